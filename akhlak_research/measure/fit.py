"""How well a factor model reproduces the correlations."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from scipy.stats import chi2

from akhlak_research.core.noncentral import noncentrality
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue

Measure: TypeAlias = float | Unavailable
FIT_MEASURES = (
    "objective", "chisq", "df", "pvalue", "rmsea", "rmsea_ci_low", "rmsea_ci_high", "tli", "cfi", "bic", "sabic",
    "srmr", "crms", "chisq_empirical", "pvalue_empirical", "null_chisq", "null_df",
)  # fmt: skip


def degrees_of_freedom(p: int, k: int) -> int:
    """Correlations less free parameters of k factors of p items: ((p − k)² − p − k) / 2."""
    return ((p - k) ** 2 - p - k) // 2


def most_factors(p: int) -> int:
    """The largest number of factors whose degrees of freedom are not negative (Ledermann 1937); 0 for two items."""
    return max((k for k in range(1, p) if degrees_of_freedom(p, k) >= 0), default=0)


def fit_measures(R: Floats, implied: Floats, k: int, people: int | Unavailable, level: float) -> dict[str, Measure]:
    """Every measure of ``FIT_MEASURES``; where one does not exist, the reason.

    Parameters
    ----------
    R, implied : (p, p)
        Correlations of the data and of the model.
    k : int
        Factors.
    people : int or Unavailable
        n of the chi-square statistics, or why there is none.
    level : float
        Of the RMSEA's interval.
    """
    p = len(R)
    df, null_df = degrees_of_freedom(p, k), p * (p - 1) // 2
    out: dict[str, Measure] = {"df": float(df), "null_df": float(null_df)}
    off = ~np.eye(p, dtype=bool)
    squared = float(((R - implied)[off] ** 2).sum())
    out["srmr"] = float(np.sqrt(squared / (p * (p - 1))))
    saturated = Unavailable("model_saturated", {"df": df})
    out["crms"] = float(np.sqrt(squared / (2 * df))) if df > 0 else saturated
    singular = smallest_eigenvalue(R) <= SMALLEST_EIGENVALUE
    out["objective"] = Unavailable("likelihood_singular") if singular else discrepancy(R, implied)
    out |= _empirical(squared, df, saturated if df <= 0 else people)
    reason = saturated if df <= 0 else Unavailable("likelihood_singular") if singular else people
    if not isinstance(reason, Unavailable) and _multiplier(reason, p, k) <= 0:
        reason = Unavailable("chi_square_few_people", {"n": reason})
    if isinstance(reason, Unavailable):
        out |= dict.fromkeys(
            ("chisq", "pvalue", "rmsea", "rmsea_ci_low", "rmsea_ci_high", "tli", "cfi", "bic", "sabic", "null_chisq"),
            reason,
        )
    else:
        out |= _chi_square(float(out["objective"]), discrepancy(R, np.eye(p)), p, k, reason, level)
    return {name: out[name] for name in FIT_MEASURES}


def discrepancy(R: Floats, implied: Floats) -> float:
    """Maximum likelihood discrepancy F = tr(Σ⁻¹R) − ln|Σ⁻¹R| − p (Jöreskog 1967, eq. 4)."""
    ratio = np.linalg.solve(implied, R)
    return float(np.trace(ratio) - np.linalg.slogdet(ratio)[1] - len(R))


def _multiplier(n: int, p: int, k: int) -> float:
    """Bartlett's (1950) multiplier of the discrepancy of k factors."""
    return n - 1 - (2 * p + 5) / 6 - 2 * k / 3


def _empirical(squared: float, df: int, people: int | Unavailable) -> dict[str, Measure]:
    """n times the squared residual correlations, and its upper tail (as psych's empirical chi-square)."""
    if isinstance(people, Unavailable):
        return {"chisq_empirical": people, "pvalue_empirical": people}
    return {"chisq_empirical": people * squared, "pvalue_empirical": float(chi2.sf(people * squared, df))}


def _chi_square(F: float, F0: float, p: int, k: int, n: int, level: float) -> dict[str, Measure]:
    df, df0 = degrees_of_freedom(p, k), p * (p - 1) // 2
    chisq, chisq0 = F * _multiplier(n, p, k), F0 * _multiplier(n, p, 0)
    low, high = rmsea_interval(chisq, df, n, level)
    excess, excess0 = max(chisq - df, 0.0), max(chisq0 - df0, 0.0)
    expected = 1 / _multiplier(n, p, k)
    independent = Unavailable("null_model_fits")
    return {
        "chisq": chisq,
        "pvalue": float(chi2.sf(chisq, df)),
        "rmsea": float(np.sqrt(max(chisq / (df * n) - 1 / (n - 1), 0.0))),
        "rmsea_ci_low": low,
        "rmsea_ci_high": high,
        "tli": (F0 / df0 - F / df) / (F0 / df0 - expected) if F0 / df0 > expected else independent,
        "cfi": 1 - excess / max(excess0, excess) if excess0 > 0 else independent,
        "bic": float(chisq - df * np.log(n)),
        "sabic": float(chisq - df * np.log((n + 2) / 24)),
        "null_chisq": chisq0,
    }


def rmsea_interval(chisq: float, df: int, n: int, level: float) -> tuple[float, float]:
    """Limits √(λ / (df (n − 1))) with the noncentralities λ that put χ² at the tails (Browne & Cudeck 1992)."""
    low, high = (noncentrality(chisq, df, (1 + sign * level) / 2) for sign in (1, -1))
    return float(np.sqrt(low / (df * (n - 1)))), float(np.sqrt(high / (df * (n - 1))))
