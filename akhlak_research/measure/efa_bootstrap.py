"""How far loadings move when other people are drawn: bootstrap with aligned replicates (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from tqdm.std import tqdm

from akhlak_research.core.errors import MethodError
from akhlak_research.counts.rows import Rows
from akhlak_research.measure.alignment import align
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.factor_solution import Solution
from akhlak_research.measure.polychoric_noise import joint_tables, polychoric_matrices

_SECONDS_BEFORE_BAR = 2.0


@dataclass(frozen=True, slots=True)
class Replicates:
    """Loadings (b, p, k) and factor correlations (b, k, k) of replicates, aligned with the solution of all people, and
    how many replicates had no solution."""

    loadings: Floats
    phi: Floats
    failed: int


def bootstrap_solutions(
    rows: Rows,
    correlation: str,
    solution: Solution,
    solve: Callable[[Floats], Solution],
    n_boot: int,
    rng: np.random.Generator,
) -> Replicates:
    """Solutions of n people drawn with replacement from n.

    Parameters
    ----------
    rows : Rows
        Complete rows. A frequency stands for that many people; a person keeps their sampling weight when drawn.
    correlation : {"pearson", "polychoric"}
    solution : Solution
        Of all people.
    solve : callable
        ``R (p, p) -> Solution``; should rotate from near ``solution``, or replicates jump between local minima.
    n_boot : int
    rng : Generator
    """
    make = pearson_replicates if correlation == "pearson" else polychoric_replicates
    loadings, phis, failed = [], [], 0
    with tqdm(total=n_boot, delay=_SECONDS_BEFORE_BAR, disable=None, leave=False, unit="replicate") as bar:
        for R in make(rows, n_boot, rng):
            bar.update(1)
            try:
                found = solve(R)
            except MethodError:  # fewer factors than asked for, or no likelihood, in this draw
                failed += 1
                continue
            match = align(found.loadings, solution.loadings)
            loadings.append(match.loadings(found.loadings))
            phis.append(match.correlations(found.phi))
    k = solution.loadings.shape[1]
    shape = (len(loadings), len(solution.loadings), k)
    return Replicates(np.array(loadings).reshape(shape), np.array(phis).reshape(-1, k, k), failed)


def _draws(rows: Rows, n_boot: int, rng: np.random.Generator) -> tuple[Floats, Iterator[Floats]]:
    """(m, p) values in an order that does not depend on how the rows came, and for each replicate (m,) weights."""
    w = np.ones(len(rows.values)) if rows.weights is None else rows.weights
    order = np.lexsort((w, *rows.values.T))
    values, w = rows.values[order], w[order]
    if rows.weighting == "frequency":
        people = np.repeat(np.arange(len(w)), w.astype(np.int64))
    else:
        people = np.arange(len(w))
    keep = w / w.max() if rows.weighting == "sampling" else np.ones(len(w))

    def weights() -> Iterator[Floats]:
        for _ in range(n_boot):
            drawn = people[rng.integers(0, len(people), len(people))]
            yield np.bincount(drawn, minlength=len(w)) * keep

    return values, weights()


def pearson_replicates(rows: Rows, n_boot: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Correlation matrices (p, p) of people drawn with replacement; draws with a constant item are left out."""
    values, draws = _draws(rows, n_boot, rng)
    x = values - (values.min(axis=0) + values.max(axis=0)) / 2
    for w in draws:
        total = w.sum()
        mean = w @ x / total
        S = (x * w[:, None]).T @ x / total - np.outer(mean, mean)
        sd = np.sqrt(np.diag(S))
        if sd.min() > 1e-9:  # a draw in which an item is constant has no correlations
            yield S / np.outer(sd, sd)


def polychoric_replicates(rows: Rows, n_boot: int, rng: np.random.Generator) -> Iterator[Floats]:
    """The same of polychoric correlations."""
    values, draws = _draws(rows, n_boot, rng)
    known = np.unique(values)
    codes = np.searchsorted(known, values).astype(np.uint8)
    first, second = np.triu_indices(values.shape[1], 1)
    for w in draws:
        tables = joint_tables(codes, len(known), w)
        single = np.einsum("ppkk->pk", tables)
        if ((single > 0).sum(axis=1) > 1).all():
            yield polychoric_matrices(single[None], tables[first, second][None])[0]
