"""One item at a time: shape of its answers, what its correlation with the rest could be by chance."""

from __future__ import annotations

import math

from scipy import stats

from akhlak_research.measure.bounded import Floats


def shape_of(codes: Floats, weights: Floats) -> tuple[float, float]:
    """Skewness g₁ = m₃ / m₂^1.5 and excess kurtosis g₂ = m₄ / m₂² − 3 with moments over Σw (Joanes & Gill 1998: the
    population forms, no correction for n); ``codes`` and ``weights`` (m,). NaN without variance."""
    share = weights / weights.sum()
    apart = codes - share @ codes
    squared = apart**2
    m2 = float(share @ squared)
    if m2 <= 1e-12 * float(share @ codes**2):
        return math.nan, math.nan
    return float(share @ (squared * apart)) / m2**1.5, float(share @ squared**2) / m2**2 - 3.0


def share_at(codes: Floats, weights: Floats, code: float) -> float:
    """Share of answers with a code."""
    return float(weights[codes == code].sum() / weights.sum())


def critical_r(n: int, size: float = 0.05) -> float:
    """The r that Pearson's test of r = 0 needs, two-sided: t / √(n − 2 + t²) with n − 2 degrees of freedom; NaN below
    three people."""
    if n < 3:
        return math.nan
    t = float(stats.t(n - 2).ppf(1 - size / 2))
    return t / math.sqrt(n - 2 + t**2)


def fisher_limits(r: float, se: float, level: float) -> tuple[float, float]:
    """Limits of a correlation with standard error ``se`` from a normal interval of z = artanh r, whose standard error
    is se / (1 − r²) (Fisher 1921)."""
    if 1 - r**2 <= 1e-12:  # an item that repeats the rest: what is left is rounding
        return r, r
    step = float(stats.norm.ppf((1 + level) / 2)) * se / (1 - r**2)
    return math.tanh(math.atanh(r) - step), math.tanh(math.atanh(r) + step)
