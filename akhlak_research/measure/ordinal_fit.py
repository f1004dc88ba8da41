"""Fit of factors to polychoric correlations, with the correlations' own sampling error in it."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Unavailable
from akhlak_research.counts.rows import Rows
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.factor_solution import Solution
from akhlak_research.measure.fit import Measure, degrees_of_freedom, rmsea_interval
from akhlak_research.measure.polychoric.ordinal_moments import OrdinalMoments, ordinal_moments

SCALED_MEASURES = (
    "chisq_scaled", "pvalue_scaled", "cfi_scaled", "tli_scaled", "rmsea_scaled", "rmsea_scaled_ci_low",
    "rmsea_scaled_ci_high", "null_chisq_scaled",
)  # fmt: skip


def scaled_measures(
    rows: Rows | None, missing: str, solution: Solution, R: Floats, extraction: str, level: float
) -> dict[str, Measure]:
    """Every measure of ``SCALED_MEASURES``; where none exists, the reason."""
    reason = _reason(rows, solution, extraction)
    if reason is None and rows is not None:
        try:
            moments = ordinal_moments(
                rows.values, rows.names, weights=rows.weights, weighting=rows.weighting, missing=missing
            )
            return scaled_fit(R, solution, _of_correlations(moments), moments.n, level)
        except MethodError as error:  # a correlation of ±1 has no sampling error
            reason = Unavailable("scaled_fit_at_bound", {"code": error.code})
    assert reason is not None
    return dict.fromkeys(SCALED_MEASURES, reason)


def _reason(rows: Rows | None, solution: Solution, extraction: str) -> Unavailable | None:
    p, k = solution.loadings.shape
    if degrees_of_freedom(p, k) <= 0:
        return Unavailable("model_saturated", {"df": degrees_of_freedom(p, k)})
    if rows is None:
        return Unavailable("scaled_fit_needs_rows")
    if extraction == "ml":
        return Unavailable("scaled_fit_needs_minres")
    return Unavailable("scaled_fit_heywood") if solution.extracted.heywood else None


def _of_correlations(moments: OrdinalMoments) -> Floats:
    q = len(moments.names) * (len(moments.names) - 1) // 2
    return np.asarray(moments.gamma[-q:, -q:])


def scaled_fit(R: Floats, solution: Solution, gamma: Floats, n: int, level: float) -> dict[str, Measure]:
    """Scaled and shifted χ² of unweighted least squares, and what follows from it.

    T = (n − 1) Σ_{i<j} (r_ij − ρ_ij)² behaves like a sum of χ² variables weighted by the eigenvalues of UΓ, with U the
    projection off the model's tangent space. a T + b, a = √(df / tr (UΓ)²), b = df − a tr UΓ, has the mean and variance
    of χ² on df (Asparouhov & Muthén 2010). CFI, TLI and RMSEA are computed from such statistics with n − 1, as lavaan
    computes its ``scaled`` ones (estimator ULSMV).

    Parameters
    ----------
    R : (p, p)
        Polychoric correlations.
    solution : Solution
        By minres, which is unweighted least squares.
    gamma : (q, q)
        n times the sampling covariance of the correlations, pairs in ``numpy.triu_indices`` order.
    """
    p, k = solution.loadings.shape
    pairs = np.triu_indices(p, 1)
    df, null_df = degrees_of_freedom(p, k), p * (p - 1) // 2
    tangent = _tangent(solution.extracted.loadings, pairs)
    off = gamma - tangent @ (tangent.T @ gamma)  # UΓ
    chisq = _shifted((n - 1) * float(((R - solution.implied)[pairs] ** 2).sum()), off, df)
    null = _shifted((n - 1) * float((R[pairs] ** 2).sum()), gamma, null_df)
    excess, null_excess = max(chisq - df, 0.0), max(null - null_df, 0.0)
    independent = Unavailable("null_model_fits")
    low, high = rmsea_interval(chisq, df, n, level)
    return {
        "chisq_scaled": chisq,
        "pvalue_scaled": float(chi2.sf(chisq, df)),
        "cfi_scaled": 1 - excess / max(excess, null_excess) if null_excess > 0 else independent,
        "tli_scaled": 1 - (chisq - df) / df * null_df / (null - null_df) if null_excess > 0 else independent,
        "rmsea_scaled": float(np.sqrt(excess / (df * (n - 1)))),
        "rmsea_scaled_ci_low": low,
        "rmsea_scaled_ci_high": high,
        "null_chisq_scaled": null,
    }


def _shifted(statistic: float, u_gamma: Floats, df: int) -> float:
    a = np.sqrt(df / float((u_gamma * u_gamma.T).sum()))
    return float(a * statistic + df - a * np.trace(u_gamma))


def _tangent(loadings: Floats, pairs: tuple[np.ndarray, np.ndarray]) -> Floats:
    """(q, m) orthonormal basis of ∂ρ_ij/∂λ; rotations move no correlation, so m = pk − k(k − 1)/2."""
    p, k = loadings.shape
    slope = np.zeros((len(pairs[0]), p, k))
    at = np.arange(len(pairs[0]))
    slope[at, pairs[0]] = loadings[pairs[1]]
    slope[at, pairs[1]] += loadings[pairs[0]]
    u, _, _ = np.linalg.svd(slope.reshape(len(at), -1), full_matrices=False)
    return np.asarray(u[:, : p * k - k * (k - 1) // 2])
