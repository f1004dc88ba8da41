"""Eigenvalues of answers that have nothing in common: how many rows the noise has, and its spectra."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm.std import tqdm

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Notice
from akhlak_research.counts.moments import Items
from akhlak_research.counts.rows import Rows
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import category_shares
from akhlak_research.measure.material import Material
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE
from akhlak_research.measure.noise import (
    component_eigenvalues,
    one_factor_eigenvalues,
    permuted_correlations,
    simulated_correlations,
    smc_eigenvalues,
)
from akhlak_research.measure.polychoric_noise import drawn_codes, polychoric_batches, shuffled_codes

_SECONDS_BEFORE_BAR = 2.0


@dataclass(frozen=True, slots=True)
class Communality:
    """An entry of the registry: what stands on the diagonal for common factors; ``spectrum`` (b, p, p) -> (b, p)."""

    name: str
    needs_positive_definite: bool
    spectrum: Callable[[Floats], Floats]


COMMUNALITIES = Registry(
    "communalities",
    Communality("one-factor", False, one_factor_eigenvalues),
    Communality("smc", True, smc_eigenvalues),
)


def noise_rows(material: Material, n: int | None) -> tuple[int, tuple[Notice, ...]]:
    """Rows of simulated noise, and what must be said about them."""
    moments = material.moments
    if n is not None:
        return check_count(n, 3, "n"), ()
    if not (material.patchy or material.sampled):
        return moments.n, ()
    off = ~np.eye(len(moments.names), dtype=bool)
    size = 1.0 / float(np.mean(1.0 / moments.n_pair[off]))
    code = "noise_n_pairwise"
    if material.sampled:
        if material.rows is None:
            raise MethodError("weighted_needs_n")
        size *= _evenness(material.rows)
        code = "noise_n_weighted"
    size = max(3, round(size))
    return size, (Notice(code, "info", {"n": size, "n_used": moments.n}),)


def _evenness(rows: Rows) -> float:
    """Kish's (1965) (Σw)² / nΣw²: the share of n that is left after unequal weights."""
    assert rows.weights is not None
    return float(rows.weights.sum() ** 2 / (rows.weights**2).sum() / len(rows.weights))


def answers_to_shuffle(material: Material, n: int | None) -> Floats:
    """(n, p) complete answers to be shuffled, a row of frequency k standing k times."""
    if n is not None:
        raise ArgumentError("n_for_permutation", got=n, expected=material.moments.n)
    if material.rows is None:
        raise MethodError("permutation_needs_rows")
    if material.sampled:
        raise MethodError("permutation_weighted")
    values = material.rows.values
    if np.isnan(values).any():
        raise MethodError("permutation_incomplete")
    return np.repeat(values, material.rows.multiplicity.astype(np.int64), axis=0)


@dataclass(frozen=True, slots=True)
class Noise:
    """Spectra of noise.

    Attributes
    ----------
    n : int
        Rows of each draw.
    components : (n_iter, p)
        Eigenvalues of correlation matrices.
    factors : dict
        Name of the communality to (n_iter, p) eigenvalues of reduced matrices.
    notices : tuple of Notice
    """

    n: int
    components: Floats
    factors: dict[str, Floats]
    notices: tuple[Notice, ...]


def draw_noise(
    items: Items,
    material: Material,
    method: str,
    n_iter: int,
    communalities: Sequence[str],
    *,
    correlation: str,
    n: int | None,
    rng: np.random.Generator,
) -> Noise:
    """Spectra of ``n_iter`` draws of noise as large as the data, every kind from the same draws.

    A communality that needs an inverse is left out of ``factors`` where a draw had none.
    """
    diagonals = [COMMUNALITIES[name] for name in communalities]
    p = len(material.moments.names)
    notices: tuple[Notice, ...] = ()
    if method == "permutation":
        answers = answers_to_shuffle(material, n)
        size = len(answers)
    else:
        size, notices = noise_rows(material, n)
    if correlation == "polychoric":
        if method == "permutation":
            draw, categories = shuffled_codes(answers, rng)
        else:
            draw, categories = drawn_codes(category_shares(items, material, material.inputs.missing), size, rng)
        batches = polychoric_batches(draw, p, categories, n_iter)
    elif method == "permutation":
        batches = permuted_correlations(answers, n_iter, rng)
    else:
        batches = simulated_correlations(size, p, n_iter, rng)
    components, factors = _spectra(batches, diagonals, n_iter)
    return Noise(size, components, factors, notices)


def _spectra(
    batches: Iterator[Floats], diagonals: Sequence[Communality], n_iter: int
) -> tuple[Floats, dict[str, Floats]]:
    components: list[Floats] = []
    factors: dict[str, list[Floats]] = {diagonal.name: [] for diagonal in diagonals}
    with tqdm(total=n_iter, delay=_SECONDS_BEFORE_BAR, disable=None, leave=False, unit="draw") as bar:
        for R in batches:
            components.append(component_eigenvalues(R))
            singular = components[-1].min() <= SMALLEST_EIGENVALUE
            for diagonal in diagonals:
                if singular and diagonal.needs_positive_definite:
                    factors.pop(diagonal.name, None)
                elif diagonal.name in factors:
                    factors[diagonal.name].append(diagonal.spectrum(R))
            bar.update(len(R))
    return np.concatenate(components), {name: np.concatenate(parts) for name, parts in factors.items()}
