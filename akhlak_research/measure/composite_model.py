"""Standard errors of composite reliability and AVE of a fitted factor model, by the delta method.

The covariance matrix of the estimates is the model's own, so errors are robust where its are (MLR, WLSMV, clusters).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.core.results import Estimate, Interval, Unavailable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.cfa.standardise import standardised_jacobian
from akhlak_research.measure.composite_kernels import FactorLoadings, average_variance, composite
from akhlak_research.measure.omega_kernels import logit_limits

Found = Estimate | Unavailable


def model_estimates(model: CfaResult, group: Any, name: str, factor: FactorLoadings) -> tuple[Found, Found]:
    """CR and AVE of one factor of one group, with intervals on the scale ln(x/(1 − x))."""
    table = model.parameters
    if not pd.isna(group):
        table = table[table["group"] == group]
    heywood = not bool((np.diag(factor.errors) > 0).all())
    variances = (np.nan, np.nan) if heywood else _error_variances(model, table, name, factor)
    values = composite(factor), average_variance(factor)
    first, second = (
        _estimate(value, variance, name, model) for value, variance in zip(values, variances, strict=True)
    )
    return first, second


def _error_variances(
    model: CfaResult, table: pd.DataFrame, name: str, factor: FactorLoadings
) -> tuple[float, float]:
    slopes = model.fitted.keep("standardised_jacobian", lambda: standardised_jacobian(model.fitted))
    by_loadings, by_variances, by_covariances = _slopes(table, slopes, name, factor)
    c, e = float(factor.loadings.sum()) ** 2, float(factor.errors.sum())
    by_errors = by_variances.sum(axis=0) + by_covariances
    cr = (2 * factor.loadings.sum() * e * by_loadings.sum(axis=0) - c * by_errors) / (c + e) ** 2
    c, e = float((factor.loadings**2).sum()), float(np.trace(factor.errors))
    ave = (2 * e * factor.loadings @ by_loadings - c * by_variances.sum(axis=0)) / (c + e) ** 2
    vcov = model.covariance.vcov
    return float(cr @ vcov @ cr), float(ave @ vcov @ ave)


def _slopes(
    table: pd.DataFrame, slopes: Floats, name: str, factor: FactorLoadings
) -> tuple[Floats, Floats, Floats]:
    """(p, q) derivatives of standardised loadings and of residual variances by θ, (q,) of the residual covariances'
    sum over both triangles."""
    at = {
        (op, frozenset((lhs, rhs))): i
        for i, op, lhs, rhs in zip(table.index, table["op"], table["lhs"], table["rhs"], strict=True)
        if op in ("=~", "~~")
    }
    by_loadings = slopes[[at["=~", frozenset((name, item))] for item in factor.items]]
    by_variances = slopes[[at["~~", frozenset((item,))] for item in factor.items]]
    variance, by_covariances = np.diag(factor.errors), np.zeros(slopes.shape[1])
    for i, j in zip(*np.triu_indices(len(factor.items), 1), strict=True):
        row = at.get(("~~", frozenset((factor.items[i], factor.items[j]))))
        if row is not None:
            size = np.sqrt(variance[i] * variance[j])
            moved = by_variances[i] / variance[i] + by_variances[j] / variance[j]
            by_covariances = by_covariances + 2 * size * slopes[row] + factor.errors[i, j] * moved
    return by_loadings, by_variances, by_covariances


def _estimate(value: float, variance: float, name: str, model: CfaResult) -> Found:
    n = model.inputs.n_used
    if np.isnan(value):
        return Unavailable("heywood_interval", {"dimension": name})
    if not np.isfinite(variance):
        gone = Unavailable("heywood_interval", {"dimension": name})
        return Estimate(value, gone, gone, n)
    se = float(np.sqrt(max(variance, 0.0)))
    if not 0 < value < 1:
        return Estimate(value, se, Unavailable("omega_outside"), n)
    return Estimate(value, se, Interval(*logit_limits(value, se, model.level), model.level, "delta-logit-model"), n)
