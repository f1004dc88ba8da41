"""Scores of units as a vector with its covariance: what ranks, benchmarks and shrinkage start from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice, Unavailable
from akhlak_research.index.result import TOTAL, Index
from akhlak_research.survey.linearised import Floats

#: a variance this far below zero, as a share of the largest one, is rounding
_ROUNDING = 1e-10


@dataclass(frozen=True, slots=True)
class UnitEstimates:
    """Scores of p units known with error.

    Attributes
    ----------
    names : tuple of str
    estimate : (p,) float
    covariance : (p, p) float
        Of the estimates; diagonal where units are independent samples.
    df : (p,) float
        Degrees of freedom of each variance; infinite where it is taken as known.
    n : (p,) float
        Persons behind each; NaN where it is not said.
    left_out : tuple of str
        Units without a score or without a standard error.
    low, high : float
        Limits of the scale; infinite where not known.
    """

    names: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    df: Floats
    n: Floats
    left_out: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf

    @property
    def se(self) -> Floats:
        """(p,) standard errors."""
        return np.sqrt(np.diag(self.covariance))

    def notices(self) -> list[Notice]:
        """Which units were left out."""
        if not self.left_out:
            return []
        return [Notice("units_without_error", "caution", {"count": len(self.left_out), "units": self.left_out[:10]})]


def as_unit_estimates(
    estimates: Index | pd.Series,
    covariance: pd.DataFrame | pd.Series | np.ndarray | None,
    value: str | None,
    df: pd.Series | float | None,
    least: int,
) -> UnitEstimates:
    """Scores of units from an index or from a Series with its covariance, checked.

    Raises
    ------
    ArgumentError
        ``estimates_type``, ``covariance_with_index``, ``covariance_missing``, ``unknown_choice`` (no such value),
        ``index_without_units``.
    DataError
        ``duplicate_units``, ``covariance_shape``, ``covariance_labels``, ``covariance_invalid``, ``too_few_estimates``.
    """
    if isinstance(estimates, Index):
        if covariance is not None or df is not None:
            raise ArgumentError("covariance_with_index")
        made = _of_index(estimates, TOTAL if value is None else value)
    elif isinstance(estimates, pd.Series):
        made = _of_series(estimates, covariance, df)
    else:
        raise ArgumentError("estimates_type", got=type(estimates).__name__, expected=("Index", "Series"))
    if len(made.names) < least:
        raise DataError("too_few_estimates", got=len(made.names), expected=least)
    return made


def _of_index(index: Index, value: str) -> UnitEstimates:
    if not index.units:
        raise ArgumentError("index_without_units")
    scores = [score for score in index.scores if score.unit is not None and score.value == value]
    if not scores:
        known = list(dict.fromkeys(score.value for score in index.scores if score.unit is not None))
        raise ArgumentError("unknown_choice", argument="value", got=value, expected=known)
    good = [s for s in scores if not isinstance(s.score, Unavailable) and not isinstance(s.se, Unavailable)]
    kept = {score.unit for score in good}
    se = np.array([float(score.se) for score in good])
    df = np.array([score.df if spread > 0 else math.inf for score, spread in zip(good, se, strict=True)])
    ranges = {"percent-of-maximum": (0.0, 100.0)}
    low, high = ranges.get(index.recipe["normalise"]["method"], (-math.inf, math.inf))
    return UnitEstimates(
        names=tuple(str(score.unit) for score in good), estimate=np.array([score.estimate for score in good]),
        covariance=np.diag(se**2), df=df, n=np.array([float(score.n) for score in good]),
        left_out=tuple(str(score.unit) for score in scores if score.unit not in kept), low=low, high=high,
    )  # fmt: skip


def _of_series(
    estimates: pd.Series, covariance: pd.DataFrame | pd.Series | np.ndarray | None, df: pd.Series | float | None
) -> UnitEstimates:
    names = [str(name) for name in estimates.index]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1] if len(set(names)) < len(names) else []
    if twice:
        raise DataError("duplicate_units", got=twice[:10])
    if covariance is None:
        raise ArgumentError("covariance_missing")
    matrix = _matrix(covariance, names)
    values = estimates.to_numpy(dtype=np.float64)
    if np.isinf(values).any():
        raise ArgumentError("not_a_score", got=f"{names[int(np.argmax(np.isinf(values)))]}: ∞")
    variance = np.diag(matrix)
    keep = ~(np.isnan(values) | np.isnan(variance))
    _check_matrix(matrix[np.ix_(keep, keep)], [name for name, k in zip(names, keep, strict=True) if k])
    freedom = np.full(len(names), math.inf)
    if isinstance(df, pd.Series):
        freedom = df.set_axis([str(name) for name in df.index]).reindex(names).to_numpy(dtype=np.float64)
        lost = np.flatnonzero(keep & np.isnan(freedom))
        if len(lost):  # a unit without a number would silently get the narrowest interval
            raise DataError("df_invalid", unit=names[int(lost[0])], got=math.nan, expected="≥ 1")
    elif df is not None:
        freedom[:] = float(df)
    at = np.flatnonzero(keep & (freedom < 1))
    if len(at):
        raise DataError("df_invalid", unit=names[int(at[0])], got=float(freedom[at[0]]), expected="≥ 1")
    return UnitEstimates(
        names=tuple(name for name, k in zip(names, keep, strict=True) if k), estimate=values[keep],
        covariance=matrix[np.ix_(keep, keep)], df=freedom[keep], n=np.full(int(keep.sum()), np.nan),
        left_out=tuple(name for name, k in zip(names, keep, strict=True) if not k),
    )  # fmt: skip


def _matrix(covariance: pd.DataFrame | pd.Series | np.ndarray, names: list[str]) -> Floats:
    if isinstance(covariance, pd.Series | pd.DataFrame):
        labels = [str(name) for name in covariance.index]
        if sorted(labels) != sorted(names):
            raise DataError("covariance_labels", got=sorted(set(labels) ^ set(names))[:10])
        order = [labels.index(name) for name in names]
        if isinstance(covariance, pd.Series):
            return np.diag(covariance.to_numpy(dtype=np.float64)[order])
        columns = [str(name) for name in covariance.columns]
        if sorted(columns) != sorted(names):
            raise DataError("covariance_labels", got=sorted(set(columns) ^ set(names))[:10])
        across = [columns.index(name) for name in names]
        return np.asarray(covariance.to_numpy(dtype=np.float64)[np.ix_(order, across)], dtype=np.float64)
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = np.diag(matrix)
    if matrix.shape != (len(names), len(names)):
        raise DataError("covariance_shape", got=list(matrix.shape), expected=[len(names), len(names)])
    return matrix


def _check_matrix(matrix: Floats, names: list[str]) -> None:
    if not len(matrix):
        return
    variance = np.diag(matrix)
    negative = np.flatnonzero(variance < 0)
    if len(negative):
        at = int(negative[0])
        raise DataError("covariance_invalid", unit=names[at], got=float(variance[at]), expected="≥ 0")
    off = np.abs(matrix - matrix.T)
    if not np.isfinite(matrix).all() or off.max() > 1e-8 * max(variance.max(), 1e-300):
        at = int(np.argmax(off.max(axis=1)))
        raise DataError("covariance_invalid", unit=names[at], got="asymmetric", expected="symmetric")
    if np.count_nonzero(matrix - np.diag(variance)):
        smallest = float(np.linalg.eigvalsh(matrix)[0])
        if smallest < -_ROUNDING * float(variance.max()) * len(matrix):
            raise DataError("covariance_invalid", unit=names[0], got=smallest, expected="eigenvalues ≥ 0")
