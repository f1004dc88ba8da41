"""Information, and the covariance matrix of the estimates, under equality constraints.

With I the information of one observation and P = K (K′IK)⁻¹ K′:

* standard: P / N;
* robust-sem: P (Σ_g (n_g/N) Δ′WΓWΔ) P / N (Satorra & Bentler 1994; Muthén, du Toit & Spisic 1997);
* normal-sem: the same with Γ of normal data, the inverse of the sample's normal-theory weight;
* huber-white: P B P / N, I the exact Hessian, B the mean cross-product of casewise scores (Huber 1967; White 1980).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.estimators import Errors
from akhlak_research.measure.cfa.fit import Fit

#: an eigenvalue of the scaled information below this share of the largest means that a direction is not identified
SINGULAR = 1e-9


@dataclass(frozen=True, slots=True)
class Covariance:
    """``information`` (q, q) of one observation, its constrained inverse ``bread`` (q, q), ``vcov`` (q, q) of θ̂."""

    information: Floats
    bread: Floats
    vcov: Floats


def information_of(fit: Fit, *, observed: bool) -> Floats:
    """(q, q) of one observation: expected Σ_g (n_g/N) Δ′WΔ, or half the exact Hessian of the loss."""
    return fit.keep(f"information{observed}", lambda: _information(fit, observed))


def _information(fit: Fit, observed: bool) -> Floats:
    total = np.zeros((len(fit.theta), len(fit.theta)))
    for g, block in enumerate(fit.blocks):
        total += fit.share(g) * (block.hessian(fit.theta) if observed else block.slope(fit.theta)[1]) / 2
    return total


def free_directions(fit: Fit, information: Floats) -> Floats:
    """(q, d) directions of θ along which the information is zero; none in an identified model."""
    K = fit.reparam.K
    inner = K.T @ information @ K
    scale = np.sqrt(np.maximum(np.diag(inner), 1e-300))
    values, vectors = np.linalg.eigh(inner / np.outer(scale, scale))
    return np.asarray(K @ (vectors[:, values < SINGULAR * max(1.0, values[-1])] / scale[:, None]))


def constrained_inverse(K: Floats, information: Floats) -> Floats:
    """P = K (K′IK)⁻¹ K′."""
    return np.asarray(K @ np.linalg.solve(K.T @ information @ K, K.T))


def covariance_of(fit: Fit, errors: Errors, *, observed: bool) -> Covariance:
    """Covariance matrix of the estimates by one of the rules above."""
    information = information_of(fit, observed=observed)
    bread = constrained_inverse(fit.reparam.K, information)
    if errors == "standard":
        return Covariance(information, bread, bread / fit.n)
    middle = meat_of(fit, casewise=errors == "huber-white")
    return Covariance(information, bread, bread @ middle @ bread / fit.n)


def meat_of(fit: Fit, *, casewise: bool) -> Floats:
    """(q, q) Σ_g (n_g/N) of the cross-product of casewise scores, or of Δ′WΓWΔ."""
    return fit.keep(f"meat{casewise}", lambda: _meat(fit, casewise))


def _meat(fit: Fit, casewise: bool) -> Floats:
    middle = np.zeros((len(fit.theta), len(fit.theta)))
    for g, block in enumerate(fit.blocks):
        own = block.meat(fit.theta) if casewise else block.weighted(fit.theta).T @ fit.pulled(g)
        middle += fit.share(g) * own
    return middle
