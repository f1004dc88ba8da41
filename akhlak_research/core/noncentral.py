"""The noncentral χ² turned around: what fit measures and effect sizes take their limits from."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import chi2, ncx2, norm


def noncentrality(statistic: float, df: float, probability: float) -> float:
    """λ with P(χ²_df(λ) ≤ statistic) = probability; 0 where even λ = 0 lies below."""
    if chi2.cdf(statistic, df) <= probability:
        return 0.0
    if statistic > 1e4 * df:
        # far out the statistic is as good as normal, and the distribution function no longer computable
        centre = statistic - df
        return max(centre - float(norm.ppf(probability)) * math.sqrt(2 * df + 4 * centre), 0.0)
    upper = max(statistic, 1.0)
    while ncx2.cdf(statistic, df, upper) > probability:
        upper *= 2
    # from just above 0, where scipy's noncentral distribution is defined
    return float(
        brentq(lambda lam: ncx2.cdf(statistic, df, lam) - probability, 1e-12, upper, xtol=1e-9, rtol=1e-13)
    )  # fmt: skip
