"""The distributions behind the tables of content validity, computed instead of looked up."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats: TypeAlias = NDArray[np.float64]
_DUST = 1 + 1e-12  # a probability that equals alpha on paper may exceed it by rounding


def score_interval(p: Floats, m: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits of Wilson (1927) for a proportion p of m trials; NaN where m is 0.

    With m = n·k (n raters, k = categories − 1) it is the interval for Aiken's V of Penfield and Giacobbi (2004,
    eq. 2 and 3): (2mp + z² ∓ z·√(4mp(1 − p) + z²)) / (2(m + z²)).
    """
    z = stats.norm.ppf(0.5 + level / 2)
    with np.errstate(invalid="ignore"):
        m = np.where(m > 0, m, np.nan)
        half = z * np.sqrt(4 * m * p * (1 - p) + z**2)
        low, high = ((2 * m * p + z**2 + sign * half) / (2 * (m + z**2)) for sign in (-1, 1))
    # at p = 0 and 1 the limit is the end itself; arithmetic would leave 1e-17 beside it
    return np.where(p == 0, 0.0, low), np.where(p == 1, 1.0, high)


@lru_cache(maxsize=512)
def aiken_tail(n: int, c: int) -> Floats:
    """P(S ≥ s) for s = 0 … n(c − 1), where S sums n independent ratings, each uniform on 0 … c − 1.

    The right-tail probabilities of Aiken (1985), by convolution: every term is positive, so nothing cancels.
    """
    one = np.full(c, 1.0 / c)
    mass = np.ones(1)
    for _ in range(n):
        mass = np.convolve(mass, one)
    tail: Floats = np.minimum(mass[::-1].cumsum()[::-1], 1.0)
    tail[0] = 1.0
    tail.flags.writeable = False
    return tail


def aiken_critical(n: int, c: int, alpha: float) -> float | None:
    """The smallest V with a right-tail probability of at most alpha; None where even V = 1 is too probable."""
    tail = aiken_tail(n, c)
    enough = np.flatnonzero(tail <= alpha * _DUST)
    return float(enough[0] / (n * (c - 1))) if len(enough) else None


def lawshe_tail(n_essential: int, n: int) -> float:
    """P(X ≥ n_essential) where each of n raters says "essential" with probability 1/2."""
    return float(stats.binom.sf(n_essential - 1, n, 0.5))


def lawshe_critical(n: int, alpha: float) -> float | None:
    """The smallest CVR that is significant at alpha, one-sided; None where even CVR = 1 is not.

    The exact binomial values of Ayre and Scally (2014, table 2), which replace Lawshe's (1975) table.
    """
    needed = next((k for k in range(n + 1) if lawshe_tail(k, n) <= alpha * _DUST), None)
    return None if needed is None else (2 * needed - n) / n


def chance_of_agreement(relevant: int, n: int) -> float:
    """P_c of Polit, Beck and Owen (2007): exactly this many of n raters say "relevant", each with probability 1/2."""
    return float(stats.binom.pmf(relevant, n, 0.5))


def jackknife_over_raters(values: Floats) -> tuple[float, float, int]:
    """Mean over items of the item means of ``values`` (n, p), its standard error and n.

    The jackknife over the n raters who rated anything; items nobody rated are left out. For complete
    ratings the error is that of the raters' means. It is NaN where an item hangs on one rater.
    """
    there = ~np.isnan(values)
    values = values[there.any(axis=1)][:, there.any(axis=0)]
    n, there = len(values), ~np.isnan(values)
    total, count = np.nansum(values, axis=0), there.sum(axis=0)
    estimate = float((total / count).mean())
    if (count < 2).any():
        return estimate, np.nan, n
    without = ((total - np.where(there, values, 0.0)) / (count - there)).mean(axis=1)
    return estimate, float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())), n
