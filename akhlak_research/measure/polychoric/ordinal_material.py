"""What a reliability coefficient of ordered answers is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Inputs, Unavailable
from akhlak_research.counts.moments import Missing
from akhlak_research.counts.rows import Keys, Scale, as_rows
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.correlations import Polychoric, polychoric
from akhlak_research.measure.polychoric.ordinal_moments import OrdinalMoments, ordinal_moments
from akhlak_research.measure.polychoric.pair_tables import Answers
from akhlak_research.measure.polychoric.reliability_kernels import Share


@dataclass(frozen=True, slots=True)
class OrdinalMaterial:
    """Thresholds and latent correlations of p items.

    Attributes
    ----------
    names : tuple of str
    correlation : (p, p)
    tau : (p, T)
        Thresholds, filled up with infinite ones.
    gap : (p, T)
        Distance between the two codes that a threshold separates; 0 behind the last one.
    diagonal : (p, p) or Unavailable
        Sampling variances of the correlations.
    moments : OrdinalMoments or None
        Rows behind them; None for counts.
    inputs : Inputs
    """

    names: tuple[str, ...]
    correlation: Floats
    tau: Floats
    gap: Floats
    diagonal: Floats | Unavailable
    moments: OrdinalMoments | None
    inputs: Inputs

    def standard_error(self, share: Share) -> float | Unavailable:
        """Of a function of thresholds and correlations, by the delta method; needs rows, whose answers to all items
        together say how the errors of correlations go together."""
        if self.moments is None:
            return Unavailable("error_needs_rows")
        finite = np.isfinite(self.tau)
        of_tau = share.by_tau[finite] if share.by_tau.size else np.zeros(int(finite.sum()))
        return self.moments.standard_error(np.concatenate([of_tau, share.by_rho]))


def ordinal_material(
    items: Answers,
    *,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
) -> OrdinalMaterial:
    """From rows or counts.

    Raises
    ------
    DataError
        As ``polychoric``.
    MethodError
        ``perfect_association``: two items whose latent responses are one.
    """
    if isinstance(items, Counts):
        if keys is not None or scale is not None:
            raise ArgumentError("keyed_already")
        if weights is not None or frequencies is not None:
            raise ArgumentError("weights_twice")
        return _of_counts(items, missing)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    moments = ordinal_moments(
        rows.values, rows.names, weights=rows.weights, weighting=rows.weighting, missing=missing
    )  # fmt: skip
    tau, gap = _filled([np.asarray(t) for t in moments.thresholds], [np.diff(c) for c in moments.categories])
    p = len(rows.names)
    first, second = np.triu_indices(p, 1)
    diagonal = np.zeros((p, p))
    diagonal[first, second] = diagonal[second, first] = moments.gamma_diagonal[-len(first) :] / moments.n
    return OrdinalMaterial(
        rows.names, moments.correlation, tau, gap, diagonal, moments, rows.inputs(moments.n, missing)
    )  # fmt: skip


def _of_counts(counts: Counts, missing: Missing) -> OrdinalMaterial:
    found = polychoric(counts, missing=missing)
    assert isinstance(found, Polychoric)
    if found.at_bound:
        raise MethodError("perfect_association", pairs=found.at_bound)
    used = counts.single_tables(missing) > 0
    codes = np.asarray(counts.categories, dtype=np.float64)
    tau, gap = _filled(
        [row[~np.isnan(row)] for row in found.thresholds.to_numpy()], [np.diff(codes[there]) for there in used]
    )  # fmt: skip
    errors, n = found.standard_errors, found.n_pair.to_numpy()
    # polychoric's errors carry n / (n − 1) of each pair
    diagonal = errors if isinstance(errors, Unavailable) else np.nan_to_num(errors.to_numpy() ** 2 * (n - 1) / n)
    return OrdinalMaterial(
        counts.items, found.correlations.to_numpy(), tau, gap, diagonal, None, found.inputs
    )  # fmt: skip


def _filled(tau: list[Floats], gap: list[Floats]) -> tuple[Floats, Floats]:
    width = max(map(len, tau))
    of_tau, of_gap = np.full((len(tau), width), np.inf), np.zeros((len(tau), width))
    for item, (t, g) in enumerate(zip(tau, gap, strict=True)):
        of_tau[item, : len(t)], of_gap[item, : len(g)] = t, g
    return of_tau, of_gap


def named(values: Floats, names: tuple[str, ...], name: str) -> pd.Series:
    """A value per item."""
    return pd.Series(values, index=pd.Index(names, name="item"), name=name)
