"""The area-level model of Fay & Herriot: y_i = x_iᵀβ + v_i + e_i, v_i ~ (0, σ²), e_i ~ (0, ψ_i) with ψ_i known.

Fay, R. E. & Herriot, R. A. (1979), JASA 74, 269–277. Prasad, N. G. N. & Rao, J. N. K. (1990), JASA 85, 163–171. Datta,
G. S. & Lahiri, P. (2000), Statistica Sinica 10, 613–627. Rao, J. N. K. & Molina, I. (2015), Small Area Estimation, 2nd
ed., chapter 6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from akhlak_research.survey.linearised import Floats

Method = Literal["reml", "moments", "fay-herriot"]


@dataclass(frozen=True, slots=True)
class AreaModel:
    """A fitted model of m areas with q regressors.

    Attributes
    ----------
    variance : float
        σ², at least 0.
    variance_error : float
        Asymptotic standard error of σ².
    beta : (q,) float
    beta_covariance : (q, q) float
    shrunk : (m,) float
        γ y + (1 − γ) xᵀβ.
    gamma : (m,) float
        Weight of the direct estimate, σ² / (σ² + ψ).
    mse : (m,) float
        Second-order estimate of the mean squared error of ``shrunk``.
    """

    variance: float
    variance_error: float
    beta: Floats
    beta_covariance: Floats
    shrunk: Floats
    gamma: Floats
    mse: Floats


def fit(y: Floats, psi: Floats, x: Floats, method: Method) -> AreaModel:
    """Fit the model and shrink.

    Parameters
    ----------
    y, psi : (m,)
        Direct estimates and their sampling variances > 0.
    x : (m, q)
        Regressors, of full column rank, q < m.
    """
    variance = {"reml": _reml, "moments": _prasad_rao, "fay-herriot": _fay_herriot}[method](y, psi, x)
    beta, covariance = _generalised(y, psi, x, variance)
    gamma = variance / (variance + psi)
    synthetic = x @ beta
    information = float((1 / (variance + psi) ** 2).sum())
    # asymptotic variance of σ̂²: REML 2 / Σ b²; Prasad & Rao's moments 2 Σ (σ² + ψ)² / m²; Fay–Herriot 2 m / (Σ b)²
    m = len(y)
    error = {
        "reml": 2 / information, "moments": 2 * float(((variance + psi) ** 2).sum()) / m**2,
        "fay-herriot": 2 * m / float((1 / (variance + psi)).sum()) ** 2,
    }[method]  # fmt: skip
    g1 = gamma * psi
    g2 = (1 - gamma) ** 2 * np.einsum("iq,qr,ir->i", x, covariance, x)
    g3 = psi**2 / (variance + psi) ** 3 * error
    mse = g1 + g2 + 2 * g3
    if method == "fay-herriot":  # σ̂² is biased to this order (Datta, Rao & Smith 2005)
        b = 1 / (variance + psi)
        mse = mse - (1 - gamma) ** 2 * 2 * (m * float((b**2).sum()) - float(b.sum()) ** 2) / float(b.sum()) ** 3
    return AreaModel(
        float(variance), float(np.sqrt(error)), beta, covariance, gamma * y + (1 - gamma) * synthetic, gamma, mse
    )


def predict(model: AreaModel, x: Floats) -> tuple[Floats, Floats]:
    """(h,) synthetic estimates xᵀβ of areas without data, and their mean squared errors σ² + xᵀ var(β) x."""
    error: Floats = model.variance + np.einsum("iq,qr,ir->i", x, model.beta_covariance, x)
    return x @ model.beta, error


def _generalised(y: Floats, psi: Floats, x: Floats, variance: float) -> tuple[Floats, Floats]:
    w = 1 / (variance + psi)
    covariance: Floats = np.asarray(np.linalg.inv((x * w[:, None]).T @ x), dtype=np.float64)
    beta: Floats = covariance @ ((x * w[:, None]).T @ y)
    return beta, covariance


def _score(y: Floats, psi: Floats, x: Floats, variance: float) -> float:
    """Derivative of the restricted log-likelihood in σ², by P = V⁻¹ − V⁻¹X(XᵀV⁻¹X)⁻¹XᵀV⁻¹: (yᵀPPy − tr P) / 2."""
    w = 1 / (variance + psi)
    _, covariance = _generalised(y, psi, x, variance)
    weighted = x * w[:, None]
    py = w * y - weighted @ (covariance @ (weighted.T @ y))
    trace = float(w.sum()) - float(np.einsum("iq,qr,ir->", weighted, covariance, weighted))
    return 0.5 * (float(py @ py) - trace)


def _reml(y: Floats, psi: Floats, x: Floats) -> float:
    """The root of the restricted score, by bisection from a sign change: it cannot run away as scoring can."""
    if _score(y, psi, x, 0.0) <= 0:
        return 0.0
    high = float(np.var(y)) + float(psi.max()) + 1e-12
    while _score(y, psi, x, high) > 0:
        high *= 2
    return _root(lambda s: _score(y, psi, x, s), high)


def _prasad_rao(y: Floats, psi: Floats, x: Floats) -> float:
    """σ² = [Σ ê² − Σ ψ (1 − h)] / (m − q) of ordinary least squares, at least 0."""
    m, q = len(x), len(x[0])
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    residual = y - hat @ y
    expected = float((psi * (1 - np.diag(hat))).sum())
    squares = float((residual**2).sum())
    return max(0.0, (squares - expected) / (m - int(q)))


def _fay_herriot(y: Floats, psi: Floats, x: Floats) -> float:
    """The root of Σ (y − xᵀβ)² / (σ² + ψ) = m − q."""
    m, q = len(x), len(x[0])

    def excess(variance: float) -> float:
        beta, _ = _generalised(y, psi, x, variance)
        scaled = float(((y - x @ beta) ** 2 / (variance + psi)).sum())
        return scaled - (m - q)

    if excess(0.0) <= 0:
        return 0.0
    high = float(np.var(y)) + float(psi.max()) + 1e-12
    while excess(high) > 0:
        high *= 2
    return _root(excess, high)


def _root(function: Callable[[float], float], high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, 0.0, high, xtol=1e-13 * high, rtol=8.9e-16 * 4, maxiter=300))
