"""The arguments of a simulation, checked and turned into the arrays of the graded normal-ogive model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError
from akhlak_research.instrument.model import Instrument
from akhlak_research.simulate.normal_ogive import (
    Floats,
    Ints,
    cut,
    even_thresholds,
    expected_percent,
    latent_responses,
    solve_shift,
)


@dataclass(frozen=True, slots=True)
class Dif:
    """Uniform differential item functioning: for one group, all thresholds of an item lie ``shift`` higher.

    Attributes
    ----------
    item : str
        Code of the item.
    group, level : str
        Background variable, and the category for which the item is harder (``shift`` > 0) or easier.
    shift : float
        In standard deviations of the latent response.
    """

    item: str
    group: str
    level: str
    shift: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A population of n people, m factors and p items.

    Attributes
    ----------
    slopes : (p,) float
        Standardised loadings.
    place : (p,) int
        Factor of each item.
    phi : (m, m) float
        Factor correlations.
    shifts : (n, m) float
        Added to the factors of each person.
    harder : (n, p) float
        Added to the thresholds that each person meets (DIF).
    cuts : tuple of (k − 1,) float
        Thresholds of each item.
    widths : (p,) int
        Categories of each item.
    reverse : (p,) bool
        Items that are answered the other way round.
    """

    slopes: Floats
    place: Ints
    phi: Floats
    shifts: Floats
    harder: Floats
    cuts: tuple[Floats, ...]
    widths: Ints
    reverse: NDArray[np.bool_]

    def draw_factors(self, rng: np.random.Generator) -> Floats:
        """Factor scores (n, m): normal with correlations ``phi`` around each person's shift."""
        # the symmetric root does not depend on the signs of eigenvectors, which differ between machines
        values, vectors = np.linalg.eigh(self.phi)
        root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
        return np.asarray(self.shifts + rng.standard_normal(self.shifts.shape) @ root, dtype=np.float64)

    def answer(self, factors: Floats, rng: np.random.Generator) -> Ints:
        """Category numbers from 0 as answered (n, p)."""
        latent = latent_responses(factors, self.slopes, self.place, rng)
        keyed = np.column_stack([cut(latent[:, i], row + self.harder[:, [i]]) for i, row in enumerate(self.cuts)])
        return np.where(self.reverse, self.widths - 1 - keyed, keyed)

    def expectations(self) -> Floats:
        """Expected percent of maximum of each keyed answer (n, p), given shifts and DIF."""
        centres = self.shifts[:, self.place] * self.slopes - self.harder
        return np.column_stack([expected_percent(row, centres[:, i]) for i, row in enumerate(self.cuts)])


def read_model(
    instrument: Instrument,
    groups: pd.DataFrame,
    loadings: float | Mapping[str, float],
    factor_correlations: float | ArrayLike,
    thresholds: Sequence[float] | Mapping[str, Sequence[float]] | None,
    means: float | Mapping[str, float] | None,
    factor_means: ArrayLike | None,
    dif: Sequence[Dif],
) -> Model:
    """The model that the arguments of ``simulate_responses`` describe; they are checked here."""
    items, dimensions = instrument.item_codes, [d.code for d in instrument.dimensions]
    shape = (len(groups), len(dimensions))
    place = np.array([dimensions.index(item.dimension) for item in instrument.items])
    slopes = _loadings(loadings, items)
    shifts = np.zeros(shape) if factor_means is None else _array(factor_means, shape)
    harder = _harder(dif, groups, items)
    cuts = _thresholds(instrument, thresholds)
    if means is not None:
        # DIF only moves the latent mean against the thresholds, so one expectation serves both
        cuts = _placed(instrument, cuts, means, shifts[:, place] * slopes - harder)
    return Model(
        slopes=slopes, place=place, phi=_correlations(factor_correlations, len(dimensions)), shifts=shifts,
        harder=harder, cuts=tuple(cuts), widths=np.array([len(instrument.scale_of(item).codes) for item in items]),
        reverse=np.array([item.reverse for item in instrument.items]),
    )  # fmt: skip


def _loadings(given: float | Mapping[str, float], items: tuple[str, ...]) -> Floats:
    by_item = given if isinstance(given, Mapping) else dict.fromkeys(items, given)
    for item in items:
        if item not in by_item or not abs(by_item[item]) < 1:
            raise ArgumentError("loading_out_of_range", column=item, got=by_item.get(item), expected="−1 < λ < 1")
    return np.array([by_item[item] for item in items], dtype=np.float64)


def _correlations(given: float | ArrayLike, m: int) -> Floats:
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.ndim == 0:
        matrix = np.full((m, m), float(matrix))
        np.fill_diagonal(matrix, 1.0)
    expected = f"{m} × {m}, symmetric, diagonal 1, no negative eigenvalue"
    if matrix.shape != (m, m):
        raise ArgumentError("factor_correlations_invalid", got=matrix.shape, expected=expected)
    sound = np.allclose(matrix, matrix.T, atol=1e-12, rtol=0) and np.allclose(np.diag(matrix), 1, atol=1e-12, rtol=0)
    if not sound or np.linalg.eigvalsh(matrix)[0] < -1e-10:
        got = f"{np.linalg.eigvalsh((matrix + matrix.T) / 2)[0]:.4g}"
        raise ArgumentError("factor_correlations_invalid", got=got, expected=expected)
    return matrix


def _thresholds(instrument: Instrument, given: Sequence[float] | Mapping[str, Sequence[float]] | None) -> list[Floats]:
    cuts = []
    for item in instrument.item_codes:
        k = len(instrument.scale_of(item).codes)
        own = given.get(item) if isinstance(given, Mapping) else given
        row = even_thresholds(k) if own is None else np.asarray(own, dtype=np.float64)
        if row.shape != (k - 1,) or not np.isfinite(row).all() or (np.diff(row) <= 0).any():
            raise ArgumentError("thresholds_invalid", column=item, got=np.round(row, 4).tolist(), expected=k - 1)
        cuts.append(row)
    return cuts


def _placed(
    instrument: Instrument, cuts: list[Floats], means: float | Mapping[str, float], centres: Floats
) -> list[Floats]:
    """The thresholds, shifted where a mean is asked for; ``centres`` (n, p) the latent means against them."""
    wanted = means if isinstance(means, Mapping) else dict.fromkeys(instrument.item_codes, means)
    for name, target in wanted.items():
        check_choice(name, (*instrument.item_codes, *(d.code for d in instrument.dimensions)), "means")
        if not 0 < target < 100:
            raise ArgumentError("mean_out_of_range", column=name, got=target, expected="0 < mean < 100")
    targets = [wanted.get(item.code, wanted.get(item.dimension)) for item in instrument.items]
    return [
        row if target is None else row + solve_shift(row, target, centres[:, i])
        for i, (row, target) in enumerate(zip(cuts, targets, strict=True))
    ]


def _harder(dif: Sequence[Dif], groups: pd.DataFrame, items: tuple[str, ...]) -> Floats:
    """Shift of the thresholds (n, p) that each respondent meets."""
    harder = np.zeros((len(groups), len(items)))
    for effect in dif:
        check_choice(effect.item, items, "dif")
        check_choice(effect.group, tuple(map(str, groups.columns)), "dif")
        member = (groups[effect.group].astype(str) == effect.level).to_numpy()
        if not member.any():
            raise ArgumentError(
                "unknown_choice", argument="dif", got=effect.level, expected=_levels(groups[effect.group])
            )
        harder[member, items.index(effect.item)] += effect.shift
    return harder


def _levels(column: pd.Series) -> list[str]:
    return sorted(column.dropna().astype(str).unique())


def _array(given: ArrayLike, shape: tuple[int, int]) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.shape != shape or not np.isfinite(values).all():
        raise ArgumentError("shape_wrong", argument="factor_means", got=values.shape, expected=shape)
    return values
