"""What the area-level model starts from: direct scores of units, their sampling variances, how many answered."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Estimate, Unavailable
from akhlak_research.index.result import TOTAL, Index, IndexScore
from akhlak_research.survey.linearised import Floats

SMOOTHED, DIRECT, GIVEN = "smoothed", "direct", "given"


@dataclass(frozen=True, slots=True)
class Areas:
    """Direct scores of m units.

    Attributes
    ----------
    names : tuple of str
    score, variance : (m,) float
        NaN where a unit has none that the model can use.
    n : (m,) int
    direct : tuple of Estimate or Unavailable
    kind : str
        Where the variances come from.
    pooled : float
        Pooled variance of one respondent; NaN where not smoothed.
    counted : bool
        Whether ``n`` is known.
    low, high : float
        Limits of the scale.
    """

    names: tuple[str, ...]
    score: Floats
    variance: Floats
    n: np.ndarray
    direct: tuple[Estimate | Unavailable, ...]
    kind: str
    pooled: float
    counted: bool
    low: float
    high: float


def as_areas(estimates: Index | pd.Series, variances: pd.Series | str, value: str | None, n: pd.Series | None) -> Areas:
    """Direct scores from an index or a Series, checked; for the errors see ``small_area``."""
    if isinstance(estimates, Index):
        if not isinstance(variances, str) or variances not in (SMOOTHED, DIRECT):
            got = type(variances).__name__ if not isinstance(variances, str) else variances
            raise ArgumentError("unknown_choice", argument="variances", got=got, expected=(SMOOTHED, DIRECT))
        return _of_index(estimates, TOTAL if value is None else value, variances)
    if not isinstance(estimates, pd.Series):
        raise ArgumentError("estimates_type", got=type(estimates).__name__, expected=("Index", "Series"))
    if not isinstance(variances, pd.Series):
        raise ArgumentError("variances_needed", got=variances)
    return _of_series(estimates, variances, n)


def _of_index(index: Index, value: str, kind: str) -> Areas:
    if not index.units:
        raise ArgumentError("index_without_units")
    scores = [score for score in index.scores if score.unit is not None and score.value == value]
    if not scores:
        known = list(dict.fromkeys(score.value for score in index.scores if score.unit is not None))
        raise ArgumentError("unknown_choice", argument="value", got=value, expected=known)
    n = np.array([score.n for score in scores])
    free = np.array([_unsampled(score) for score in scores])
    own = np.array([float(score.se) ** 2 for score in scores])
    pooled = math.nan
    if kind == SMOOTHED:
        # n · variance / (1 − f) of a unit is the variance of one respondent; n − 1 degrees of freedom each
        good = (n > 1) & (free > 0) & np.isfinite(own)
        if not good.any():
            raise DataError("too_few_estimates", got=0, expected=2)
        each = n[good] * own[good] / free[good]
        silent = np.array([_no_spread(score) for score in scores]) & (n > 1) & (free > 0)  # all alike: variance 0
        pooled = float(((n[good] - 1) * each).sum() / ((n[good] - 1).sum() + (n[silent] - 1).sum()))
        variance = np.where(n > 0, pooled * free / np.maximum(n, 1), np.nan)
    else:
        variance = own
    score = np.array([one.estimate for one in scores])
    known = (variance > 0) & np.isfinite(score)
    census = (free == 0) & np.isfinite(score)
    if census.any():  # everybody answered: nothing to shrink, yet the model needs a variance above 0
        variance = np.where(census, 1e-10 * max(float(np.nanmax(variance)), 1e-10), variance)
        known |= census
    low, high = (0.0, 100.0) if index.recipe["normalise"]["method"] == "percent-of-maximum" else (-math.inf, math.inf)
    return Areas(
        tuple(str(one.unit) for one in scores), np.where(known, score, np.nan), np.where(known, variance, np.nan), n,
        tuple(one.score for one in scores), kind, pooled, True, low, high,
    )  # fmt: skip


def _unsampled(score: IndexScore) -> float:
    """1 − n / N, or 1 where N is not known."""
    return 1.0 if score.population is None else max(0.0, 1 - score.n / score.population)


def _no_spread(score: IndexScore) -> bool:
    return isinstance(score.se, Unavailable) and score.se.code == "no_spread"


def _of_series(scores: pd.Series, variances: pd.Series, n: pd.Series | None) -> Areas:
    names = [str(name) for name in scores.index]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError("duplicate_units", got=twice[:10])
    variance = variances.set_axis([str(name) for name in variances.index]).reindex(names).to_numpy(dtype=np.float64)
    score = scores.to_numpy(dtype=np.float64)
    if np.isinf(score).any():
        raise ArgumentError("not_a_score", got=f"{names[int(np.argmax(np.isinf(score)))]}: ∞")
    bad = np.flatnonzero(~np.isnan(score) & ~((variance > 0) & np.isfinite(variance)))
    if len(bad):
        raise DataError("variance_not_positive", unit=names[int(bad[0])], got=float(variance[bad[0]]))
    count = np.zeros(len(names), dtype=np.int64)
    if n is not None:
        given = n.set_axis([str(name) for name in n.index]).reindex(names).fillna(0)
        count = given.to_numpy(dtype=np.int64)
    none = Unavailable("no_answers")
    direct = tuple(
        none if math.isnan(s) else Estimate(float(s), float(np.sqrt(v)), Unavailable("not_found"), int(k))
        for s, v, k in zip(score, variance, count, strict=True)
    )
    order = np.argsort(np.array(names), kind="stable")
    return Areas(
        tuple(names[at] for at in order), score[order], np.where(np.isnan(score), np.nan, variance)[order],
        count[order], tuple(direct[at] for at in order), GIVEN, math.nan, n is not None, -math.inf, math.inf,
    )  # fmt: skip
