"""Indices of careless answering, one value per respondent. X is n × p: codes, NaN where there is no answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: a correlation over two points is always 1 or −1 and says nothing
_FEWEST_PAIRS = 3


def longest_run(x: Array) -> NDArray[np.int64]:
    """Length of the longest run of equal answers in consecutive columns; a missing answer ends a run.

    Johnson (2005), as in ``careless::longstring``. 0 for a respondent who answered nothing.
    """
    longest = np.zeros(len(x), dtype=np.int64)
    current = np.zeros(len(x), dtype=np.int64)
    previous = np.full(len(x), np.nan)
    for column in x.T:
        current = np.where(column == previous, current + 1, np.isfinite(column)).astype(np.int64)
        longest = np.maximum(longest, current)
        previous = column
    return longest


def answer_sd(x: Array) -> Array:
    """Standard deviation (divisor k − 1) of each respondent's k answers; NaN for k < 2.

    Dunn, Heggestad, Shanock and Theilgard (2018), as in ``careless::irv``.
    """
    answered = np.isfinite(x)
    k = answered.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(answered, x, 0.0).sum(axis=1) / k
        squares = np.where(answered, x - centre[:, None], 0.0) ** 2
        return np.where(k > 1, np.sqrt(squares.sum(axis=1) / (k - 1.0)), np.nan)


def even_odd(keyed: Array, dimensions: Sequence[NDArray[np.intp]]) -> Array:
    """Even–odd consistency: correlation, over dimensions, of a person's mean even and mean odd item.

    Corrected to full length, r' = 2 r / (1 + r), and floored at −1 (Jackson 1976; Johnson 2005). High is consistent:
    ``careless::evenodd`` since its version 1.2 gives −r'. ``keyed`` has reversed items turned.

    Parameters
    ----------
    keyed : n × p
        Turned codes.
    dimensions : sequence of int arrays
        Columns of each dimension; those of one item are left out.

    Returns
    -------
    n-vector; NaN with fewer than three dimensions that have both halves, or a half that does not vary.
    """
    pairs = [(_row_mean(keyed[:, at[0::2]]), _row_mean(keyed[:, at[1::2]])) for at in dimensions if len(at) > 1]
    if len(pairs) < _FEWEST_PAIRS:
        return np.full(len(keyed), np.nan)
    odd, even = (np.column_stack(half) for half in zip(*pairs, strict=True))
    both = np.isfinite(odd) & np.isfinite(even)
    odd, even = (np.where(both, half, np.nan) for half in (odd, even))
    odd, even = odd - _row_mean(odd)[:, None], even - _row_mean(even)[:, None]
    cross, odd2, even2 = (np.where(both, product, 0.0).sum(axis=1) for product in (odd * even, odd**2, even**2))
    tiny = np.finfo(float).eps * np.maximum(np.nanmax(np.abs(keyed), initial=1.0), 1.0) ** 2 * odd.shape[1]
    real = (both.sum(axis=1) >= _FEWEST_PAIRS) & (odd2 > tiny) & (even2 > tiny)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip(np.where(real, cross / np.sqrt(odd2 * even2), np.nan), -1.0, 1.0)
        return np.asarray(np.maximum(2.0 * r / (1.0 + r), -1.0))


def _row_mean(x: Array) -> Array:
    answered = np.isfinite(x)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(answered, x, 0.0).sum(axis=1) / answered.sum(axis=1))


def mahalanobis(x: Array) -> tuple[Array, NDArray[np.int64]] | None:
    """Squared distance of each respondent from the mean, and its degrees of freedom.

    d² = (x − m)' S⁻¹ (x − m) over the k items that the respondent answered, with the rows and columns of m and S that
    belong to them, to be compared with χ² on k degrees of freedom (Mahalanobis 1936). m and S (divisor n − 1) come
    from all answers and all pairs of answers, as in ``psych::outlier``; where that S is not positive definite, from the
    respondents who answered everything.

    Returns
    -------
    d2, k
        NaN and 0 where nothing was answered; None where no regular S exists (an item without variance, an item that is
        the sum of others, or too few respondents).
    """
    answered = np.isfinite(x)
    moments = _pairwise_moments(x, answered) or _moments(x[answered.all(axis=1)])
    if moments is None:
        return None
    mean, covariance = moments
    d2 = np.full(len(x), np.nan)
    pattern_of = equal_rows(answered.astype(np.int64))
    for rows in np.split(np.argsort(pattern_of, kind="stable"), np.cumsum(np.bincount(pattern_of))[:-1]):
        pattern = answered[rows[0]]
        if pattern.any():
            away = x[np.ix_(rows, pattern)] - mean[pattern]
            d2[rows] = (away * np.linalg.solve(covariance[np.ix_(pattern, pattern)], away.T).T).sum(axis=1)
    return d2, answered.sum(axis=1)


def _pairwise_moments(x: Array, answered: Flags) -> tuple[Array, Array] | None:
    there = answered.astype(float)
    pairs = there.T @ there
    if pairs.min() < 2:
        return None
    mean = np.where(answered, x, 0.0).sum(axis=0) / np.diag(pairs)
    away = np.where(answered, x - mean, 0.0)
    shift = away.T @ there / pairs  # mean of item j, less its overall mean, over those who also answered item k
    return _if_regular(mean, (away.T @ away - pairs * shift * shift.T) / (pairs - 1.0))


def _moments(complete: Array) -> tuple[Array, Array] | None:
    if len(complete) < 2:
        return None
    return _if_regular(complete.mean(axis=0), np.atleast_2d(np.cov(complete, rowvar=False)))


def _if_regular(mean: Array, covariance: Array) -> tuple[Array, Array] | None:
    sd = np.sqrt(np.diag(covariance))
    if not (sd > 0).all():
        return None
    smallest = np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0]
    return (mean, covariance) if smallest > len(sd) * np.sqrt(np.finfo(float).eps) else None


def same_answers(x: Array, fewest: float) -> NDArray[np.int64]:
    """Number of respondents, oneself included, with exactly these answers and gaps.

    1 for those who gave one single answer throughout, and for those with fewer than ``fewest`` answers.
    """
    times = np.ones(len(x), dtype=np.int64)
    counted = (np.isfinite(x).sum(axis=1) >= fewest) & (answer_range(x) > 0)
    if counted.any():
        codes = np.unique(x[np.isfinite(x)])
        digits = np.where(np.isfinite(x[counted]), np.searchsorted(codes, x[counted]) + 1, 0)
        pattern_of = equal_rows(digits)
        times[counted] = np.bincount(pattern_of)[pattern_of]
    return times


def equal_rows(digits: NDArray[np.int64]) -> NDArray[np.intp]:
    """Number the different rows of an n × p table of whole numbers ≥ 0; equal rows get one number.

    Columns are written one behind the other as digits of one whole number for as long as it fits into 62 bits, then
    numbered anew: exact, and much faster than sorting rows.
    """
    base = int(digits.max(initial=0)) + 1
    number = np.zeros(len(digits), dtype=np.int64)
    size = 1
    for column in digits.T:
        if size * base >= 2**62:
            number = np.unique(number, return_inverse=True)[1].astype(np.int64)
            size = int(number.max(initial=0)) + 1
        number = number * base + column
        size *= base
    return np.unique(number, return_inverse=True)[1]


def answer_range(x: Array) -> Array:
    """Highest minus lowest answer of each respondent; 0 with fewer than two answers."""
    answered = np.isfinite(x)
    high = np.where(answered, x, -np.inf).max(axis=1)
    low = np.where(answered, x, np.inf).min(axis=1)
    return np.where(answered.any(axis=1), high, 0.0) - np.where(answered.any(axis=1), low, 0.0)


def flag_counts(flagged: Flags, screened: Flags) -> tuple[NDArray[np.int64], Array]:
    """How many respondents carry 0, 1, … m flags, and how many would if the flags were independent.

    Parameters
    ----------
    flagged, screened : n × m
        Whether a respondent carries a flag; whether the index exists for this respondent.

    Returns
    -------
    observed, expected : m + 1
        Expected: the sum over respondents of the Poisson-binomial distribution of independent flags that occur at the
        rates seen, over the indices that exist for the respondent.
    """
    m = flagged.shape[1]
    observed = np.bincount((flagged & screened).sum(axis=1), minlength=m + 1)
    rate = (flagged & screened).sum(axis=0) / np.maximum(screened.sum(axis=0), 1)
    expected = np.zeros(m + 1)
    patterns, times = np.unique(screened, axis=0, return_counts=True)
    for pattern, count in zip(patterns, times, strict=True):
        chances = np.ones(1)
        for p in rate[pattern]:
            chances = np.convolve(chances, [1.0 - p, p])
        expected[: len(chances)] += count * chances
    return observed, expected
