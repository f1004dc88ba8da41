"""The one-factor model Σ = λλ′ + Θ by maximum likelihood, and how its reliability moves with the covariances."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.extraction import extract


@dataclass(frozen=True, slots=True)
class OneFactor:
    """A fitted one-factor model.

    Attributes
    ----------
    loadings, errors : (p,)
        λ and the diagonal of Θ, in the units of the items; Σλ ≥ 0.
    discrepancy : float
        F = ln|Σ| + tr(SΣ⁻¹) − ln|S| − p at the solution (Jöreskog 1967).
    srmr : float
        Root mean squared residual correlation, over p(p + 1)/2 elements.
    converged, heywood : bool
        Whether the search ended at a minimum; whether an error variance rests on its floor.
    """

    loadings: Floats
    errors: Floats
    discrepancy: float
    srmr: float
    converged: bool
    heywood: bool

    @property
    def implied(self) -> Floats:
        """(p, p) Σ."""
        return np.outer(self.loadings, self.loadings) + np.diag(self.errors)


def fit_one_factor(cov: Floats) -> OneFactor:
    """ML fit to a covariance matrix (p, p), p ≥ 3; the model is free of scale, so correlations are fitted."""
    sd = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(sd, sd)
    found = extract(correlation, 1, "ml")
    loadings = found.loadings[:, 0]
    residual = correlation - np.outer(loadings, loadings) - np.diag(found.uniquenesses)
    p = len(cov)
    srmr = math.sqrt(float((np.tril(residual) ** 2).sum()) / (p * (p + 1) / 2))
    return OneFactor(
        sd * loadings, sd**2 * found.uniquenesses, max(found.objective, 0.0), srmr, found.converged, found.heywood
    )


def omega_of(model: OneFactor) -> float:
    """ω = (Σλ)² / ((Σλ)² + Σθ) (McDonald 1999, eq. 6.20a)."""
    common = float(model.loadings.sum()) ** 2
    return common / (common + float(model.errors.sum()))


def omega_observed(model: OneFactor, cov: Floats) -> float:
    """(Σλ)² over the variance of the sum as observed, 1′S1."""
    return float(model.loadings.sum()) ** 2 / float(cov.sum())


def omega_gradients(model: OneFactor, cov: Floats) -> tuple[Floats, Floats]:
    """(p, p) derivatives of both omegas with respect to S, through the fit; raises as ``through_fit``."""
    p, total = len(cov), float(cov.sum())
    common, error = float(model.loadings.sum()), float(model.errors.sum())
    implied = common**2 + error
    slopes = np.empty((2 * p, 2))
    slopes[:p] = 2 * common * error / implied**2, 2 * common / total
    slopes[p:] = -(common**2) / implied**2, 0.0
    first, second = through_fit(model, cov, slopes)
    return first, second - common**2 / total**2


def average_variance_extracted(model: OneFactor) -> float:
    """AVE = Σλ² / (Σλ² + Σθ) (Fornell & Larcker 1981)."""
    common = float((model.loadings**2).sum())
    return common / (common + float(model.errors.sum()))


def average_variance_gradient(model: OneFactor, cov: Floats) -> Floats:
    """(p, p) derivative of the AVE with respect to S, through the fit; raises as ``through_fit``."""
    common, error = float((model.loadings**2).sum()), float(model.errors.sum())
    total = common + error
    slopes = np.concatenate([2 * model.loadings * error, np.full(len(cov), -common)]) / total**2
    return through_fit(model, cov, slopes[:, None])[0]


def through_fit(model: OneFactor, cov: Floats, slopes: Floats) -> list[Floats]:
    """(p, p) derivatives with respect to S of m functions of the fitted (λ, θ), from their ``slopes`` (2p, m).

    At the minimum ∂F/∂τ (τ, S) = 0, so dτ = −(∂²F/∂τ∂τ′)⁻¹ (∂²F/∂τ∂S) dS. With V = Σ⁻¹ the second factor is
    −tr(V dS V ∂Σ/∂τ). The Hessian is the observed one, so the errors also hold where the model only fits roughly
    (White 1982).

    Raises ``numpy.linalg.LinAlgError`` where the Hessian is not positive definite.
    """
    v = np.asarray(np.linalg.inv(model.implied), dtype=np.float64)
    factor = np.linalg.cholesky(_hessian(model.loadings, v, v - v @ cov @ v))
    turned = np.linalg.solve(factor.T, np.linalg.solve(factor, slopes))
    return [v @ _direction(column, model.loadings) @ v for column in turned.T]


def _direction(step: Floats, loadings: Floats) -> Floats:
    """dΣ for a step (2p,) in (λ, θ)."""
    p = len(loadings)
    cross = np.outer(step[:p], loadings)
    return np.asarray(cross + cross.T + np.diag(step[p:]))


def _hessian(loadings: Floats, v: Floats, a: Floats) -> Floats:
    """(2p, 2p) second derivatives of F by (λ, θ); V = Σ⁻¹, A = V(Σ − S)V.

    ∂²F/∂τ∂σ = tr(V Σ_τ V Σ_σ) − 2 tr(A Σ_τ V Σ_σ) + tr(A Σ_τσ), symmetric in τ and σ.
    """
    p = len(loadings)
    vl, al = v @ loadings, a @ loadings
    lvl, lal = float(loadings @ vl), float(loadings @ al)
    h = np.empty((2 * p, 2 * p))
    h[:p, :p] = 2 * (np.outer(vl, vl) + v * lvl)
    h[:p, :p] -= 2 * (np.outer(al, vl) + np.outer(vl, al) + a * lvl + v * lal)
    h[:p, :p] += 2 * a
    h[p:, p:] = v * v - 2 * a * v
    h[:p, p:] = 2 * (v * vl - a * vl - v * al)
    h[p:, :p] = h[:p, p:].T
    return h


def logit_limits(value: float, se: float, level: float) -> tuple[float, float]:
    """Normal limits of ln(ω / (1 − ω)), turned back; ``value`` strictly between 0 and 1."""
    step = float(stats.norm.ppf((1 + level) / 2)) * se / (value * (1 - value))
    middle = math.log(value / (1 - value))
    return tuple(1 / (1 + math.exp(-(middle + side * step))) for side in (-1, 1))  # type: ignore[return-value]
