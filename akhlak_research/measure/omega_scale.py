"""Omega of one dimension: the fit, the estimates, and why one may not exist."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, OneEstimate, Unavailable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import Material
from akhlak_research.measure.omega_kernels import (
    OneFactor,
    fit_one_factor,
    logit_limits,
    omega_gradients,
    omega_observed,
    omega_of,
)


@dataclass(frozen=True, slots=True)
class ScaleOmega(OneEstimate):
    """Omega of one dimension, with the model behind it.

    Attributes
    ----------
    dimension : str
    items : tuple of str
    omega : Estimate or Unavailable
        Common variance over the variance that the model implies.
    observed : Estimate or Unavailable
        Common variance over the variance of the sum as observed.
    loadings : tuple of float
        Standardised, one per item; empty where no model was fitted.
    chisq, pvalue, rmsea, srmr : float or Unavailable
        Fit of the one-factor model: n·F, its p, and the two indices.
    df : int
        p(p + 1)/2 − 2p.
    """

    dimension: str
    items: tuple[str, ...]
    omega: Estimate | Unavailable
    observed: Estimate | Unavailable
    loadings: tuple[float, ...]
    chisq: float | Unavailable
    df: int
    pvalue: float | Unavailable
    rmsea: float | Unavailable
    srmr: float | Unavailable

    @property
    def main(self) -> Estimate | Unavailable:
        """Omega."""
        return self.omega


def fitted_or_reason(dimension: str, cov: Floats) -> OneFactor | Unavailable:
    """One factor of the covariances (p, p) by maximum likelihood, or why there is none."""
    if len(cov) < 3:
        return Unavailable("omega_needs_three_items", {"dimension": dimension})
    try:
        model = fit_one_factor(cov)
    except MethodError:
        return Unavailable("omega_not_positive_definite", {"dimension": dimension})
    return model if model.converged else Unavailable("omega_not_converged", {"dimension": dimension})


def scale_omega(dimension: str, material: Material, level: float) -> ScaleOmega:
    """Fit one factor to the items of a dimension."""
    moments = material.moments
    p = len(moments.names)
    model = fitted_or_reason(dimension, moments.cov)
    if isinstance(model, Unavailable):
        return _without(dimension, material, model)
    errors = _standard_errors(dimension, model, material)
    estimates = [
        _estimate(value, se, moments.n, level, material)
        for value, se in zip((omega_of(model), omega_observed(model, moments.cov)), errors, strict=True)
    ]
    chisq, pvalue, rmsea = _fit(model, material)
    return ScaleOmega(
        dimension=dimension, items=moments.names, omega=estimates[0], observed=estimates[1],
        loadings=tuple(float(x) for x in model.loadings / np.sqrt(np.diag(moments.cov))),
        chisq=chisq, df=_df(p), pvalue=pvalue, rmsea=rmsea, srmr=model.srmr,
    )  # fmt: skip


def _df(p: int) -> int:
    return p * (p + 1) // 2 - 2 * p


def _without(dimension: str, material: Material, reason: Unavailable) -> ScaleOmega:
    return ScaleOmega(
        dimension=dimension, items=material.moments.names, omega=reason, observed=reason, loadings=(),
        chisq=reason, df=_df(len(material.moments.names)), pvalue=reason, rmsea=reason, srmr=reason,
    )  # fmt: skip


def _standard_errors(dimension: str, model: OneFactor, material: Material) -> list[float | Unavailable]:
    if model.heywood:
        return [Unavailable("heywood_interval", {"dimension": dimension})] * 2
    try:
        gradients = omega_gradients(model, material.moments.cov)
    except np.linalg.LinAlgError:
        return [Unavailable("omega_flat", {"dimension": dimension})] * 2
    return [material.standard_error(gradient) for gradient in gradients]


def _estimate(value: float, se: float | Unavailable, n: int, level: float, material: Material) -> Estimate:
    if isinstance(se, Unavailable):
        return Estimate(value, se, se, n)
    if not 0 < value < 1:
        return Estimate(value, se, Unavailable("omega_outside"), n)
    return Estimate(value, se, Interval(*logit_limits(value, se, level), level, f"delta-logit-{material.origin}"), n)


def _fit(model: OneFactor, material: Material) -> tuple[float | Unavailable, float | Unavailable, float | Unavailable]:
    """χ² = n·F, its p, and RMSEA = √(max(χ² − df, 0) / (df·n))."""
    df, n = _df(len(model.loadings)), material.moments.n
    reason = "fit_weights" if material.sampled else "fit_pairwise" if material.patchy else None
    if reason:
        return (Unavailable(reason),) * 3
    chisq = n * model.discrepancy
    if df == 0:
        return chisq, Unavailable("fit_saturated"), Unavailable("fit_saturated")
    return chisq, float(stats.chi2(df).sf(chisq)), math.sqrt(max(chisq - df, 0.0) / (df * n))


def scale_notices(scale: ScaleOmega) -> list[Notice]:
    """A Heywood case, or a model that fits poorly by the cut-offs of the catalogue."""
    found: list[Notice] = []
    if isinstance(scale.se, Unavailable) and scale.se.code == "heywood_interval":
        found.append(Notice("omega_heywood", "warning", {"dimension": scale.dimension}))
    fit = {"rmsea": scale.rmsea, "srmr": scale.srmr}
    if any(not isinstance(value, Unavailable) and not thresholds(name).met(value) for name, value in fit.items()):
        found.append(Notice("one_factor_misfit", "warning", {"dimension": scale.dimension, **fit}))
    return found
