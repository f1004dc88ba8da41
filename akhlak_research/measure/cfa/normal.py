"""The normal-theory discrepancy of a covariance matrix and a mean (Jöreskog 1969), its weight and its curvature.

    F = log|Σ| + tr(S Σ⁻¹) − log|S| − p + (m − μ)′Σ⁻¹(m − μ)
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import vech, vech_index


def inverse(sigma: Floats) -> tuple[Floats, float] | None:
    """Σ⁻¹ and log|Σ|, or None where Σ is not positive definite."""
    try:
        factor = cho_factor(sigma, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    diagonal = np.diag(factor[0])
    if not (diagonal > 0).all():
        return None
    return cho_solve(factor, np.eye(len(sigma)), check_finite=False), 2 * float(np.log(diagonal).sum())


def discrepancy(sigma_inv: Floats, log_det: float, cov: Floats, log_det_cov: float, difference: Floats) -> float:
    """F; ``difference`` is m − μ."""
    fit = log_det + float((sigma_inv * cov).sum()) - log_det_cov - len(cov)
    return fit + float(difference @ sigma_inv @ difference)


def slopes(sigma: Floats, sigma_inv: Floats, cov: Floats, difference: Floats) -> tuple[Floats, Floats]:
    """∂F/∂μ (p,) and the symmetric M (p, p) with dF = Σᵢⱼ M dΣ."""
    target = cov + np.outer(difference, difference)
    return -2 * sigma_inv @ difference, sigma_inv @ (sigma - target) @ sigma_inv


def weigh(sigma_inv: Floats, d_mu: Floats, d_sigma: Floats) -> tuple[Floats, Floats]:
    """W times derivatives: Σ⁻¹∂μ (k, p) and ½D′vec(Σ⁻¹ ∂Σ Σ⁻¹) (k, p*), W the information of one observation."""
    turned = vech(sigma_inv @ d_sigma @ sigma_inv)
    first, second = vech_index(len(sigma_inv))
    return d_mu @ sigma_inv, turned * np.where(first == second, 0.5, 1.0)


def weight_matrix(sigma_inv: Floats) -> Floats:
    """(p + p*, p + p*) information of one observation about [μ, vech Σ]: Σ⁻¹ and ½D′(Σ⁻¹ ⊗ Σ⁻¹)D."""
    p = len(sigma_inv)
    i, j = vech_index(p)
    block = sigma_inv[np.ix_(i, i)] * sigma_inv[np.ix_(j, j)] + sigma_inv[np.ix_(i, j)] * sigma_inv[np.ix_(j, i)]
    half = np.where(i == j, 0.5, 1.0)
    full = np.zeros((p + len(i), p + len(i)))
    full[:p, :p] = sigma_inv
    full[p:, p:] = block * half[:, None] * half[None, :]
    return full


def exact_part(sigma_inv: Floats, M: Floats, difference: Floats, d_mu: Floats, d_sigma: Floats) -> Floats:
    """(k, k) the Hessian of F along given derivatives; the model's own curvature is added by ``implied.curvature``."""
    k = len(d_mu)
    flat = d_sigma.reshape(k, -1)
    U = sigma_inv @ d_sigma @ sigma_inv
    second = (sigma_inv @ d_sigma @ M).reshape(k, -1)
    turned = d_sigma.transpose(0, 2, 1).reshape(k, -1)
    mean_part = d_mu @ (U @ difference).T
    crossed = second @ turned.T
    # M falls by Σ⁻¹∂Σ M + M ∂Σ Σ⁻¹ and gains Σ⁻¹(∂Σ + ∂μ d′ + d ∂μ′)Σ⁻¹
    hessian = U.reshape(k, -1) @ flat.T - crossed - crossed.T + 2 * (mean_part + mean_part.T)
    return np.asarray(hessian + 2 * d_mu @ sigma_inv @ d_mu.T)
