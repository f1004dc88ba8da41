"""Residual correlations with standard errors and z, in the manner of lavaan's ``lavResiduals(type = "cor.bollen")``.

With A the unrestricted model's information at the implied moments, P the constrained inverse of Σ_g (n_g/N) Δ′AΔ and
Q = I − (n_g/N) ΔPΔ′A, residuals vary as Q V Q′, V the covariance matrix of the group's statistics: normal theory's, or
Γ/n_g under estimators with robust errors (Maydeu-Olivares 2017). Correlations follow by the delta method.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import normal
from akhlak_research.measure.cfa.estimators import Estimator
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import moments_of, system_of, vech_index
from akhlak_research.measure.cfa.inference import constrained_inverse
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.normal_block import NormalBlock
from akhlak_research.measure.cfa.response import pairs

#: a variance of a residual correlation below this is rounding: the model leaves the residual no freedom
_FREE = 1e-12


def residual_frame(fit: Fit, estimator: Estimator, groups: tuple[Any, ...]) -> pd.DataFrame:
    """``lhs rhs group residual se z pvalue`` of every pair; largest |z| first."""
    normal_theory = all(isinstance(block, NormalBlock) for block in fit.blocks)
    ordinal = bool(fit.table.variables.ordered) and estimator.errors == "robust-sem"
    if not (normal_theory or ordinal) or (fit.table.variables.exogenous and not ordinal):
        raise MethodError("cfa_residual_z", got=estimator.name, expected=("ML", "MLM", "MLR", "WLSMV"))
    names = np.array(fit.table.modelled)
    second, first = pairs(len(names))
    frames = []
    for label, residual, error in zip(groups, _residuals(fit), standard_errors(fit, estimator), strict=True):
        z = residual / error
        frames.append(
            pd.DataFrame(
                {
                    "lhs": names[first], "rhs": names[second], "group": label, "residual": residual, "se": error,
                    "z": z, "pvalue": 2 * norm.sf(np.abs(z)),
                }
            )
        )  # fmt: skip
    whole = pd.concat(frames, ignore_index=True)
    return whole.sort_values("z", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def _residuals(fit: Fit) -> list[Floats]:
    """Per group the sample's correlations less implied ones, as ``pairs`` orders them."""
    at = pairs(len(fit.table.modelled))
    return [_correlation(b.observed())[at] - _correlation(b.implied(fit.theta))[at] for b in fit.blocks]


def standard_errors(fit: Fit, estimator: Estimator) -> list[Floats]:
    """Per group the standard errors of residual correlations; NaN where a residual has no freedom."""
    deltas = [block.delta(fit.theta) for block in fit.blocks]
    weights = [_information(block, fit.theta, exact=estimator.errors == "huber-white") for block in fit.blocks]
    shares = [fit.share(g) for g in range(len(fit.blocks))]
    inner = np.zeros((len(fit.theta), len(fit.theta)))
    for share, delta, weight in zip(shares, deltas, weights, strict=True):
        inner += share * delta.T @ weight @ delta
    P = constrained_inverse(fit.reparam.K, inner)
    found = []
    for block, share, delta, weight in zip(fit.blocks, shares, deltas, weights, strict=True):
        Q = np.eye(len(delta)) - share * delta @ P @ (delta.T @ weight)
        standard = estimator.errors == "standard"
        V = np.linalg.inv(block.sample_weight()) if standard else block.gamma
        turned = _to_correlations(block) @ Q
        variance = ((turned @ V) * turned).sum(axis=1) / block.people
        found.append(np.sqrt(np.where(variance > _FREE, variance, np.nan)))
    return found


def _information(block: Block, theta: Floats, *, exact: bool) -> Floats:
    """(s, s) of the unrestricted model at the implied moments: expected, or half the exact Hessian."""
    weight = block.weight(theta)
    if not exact or not isinstance(block, NormalBlock):
        return np.diag(weight) if weight.ndim == 1 else weight
    p = block.places.p
    i, j = vech_index(p)
    mu, sigma = moments_of(system_of(block.places, theta))
    found = normal.inverse(sigma)
    assert found is not None
    difference = block.difference(mu)
    M = normal.slopes(sigma, found[0], block.sample.cov, difference)[1]
    s, first = len(weight), len(weight) - len(i)
    d_mu, d_sigma = np.zeros((s, p)), np.zeros((s, p, p))
    d_mu[:first] = np.eye(p)[:first]
    at = np.arange(first, s)
    d_sigma[at, i, j] = d_sigma[at, j, i] = 1.0
    return normal.exact_part(found[0], M, difference, d_mu, d_sigma) / 2


def _to_correlations(block: Block) -> Floats:
    """(r, s) derivative of the sample's correlations by its statistics."""
    cov = block.observed()
    p, s = len(cov), len(block.statistics())
    rows, columns = pairs(p)
    out = np.zeros((len(rows), s))
    at = np.arange(len(rows))
    place = np.full((p, p), -1, dtype=np.intp)
    if isinstance(block, LeastSquaresBlock):
        assert block.response is not None
        place[rows, columns] = s - len(rows) + at
        continuous = np.flatnonzero(np.isin(block.response.inner, block.response.numeric))
        place[continuous, continuous] = s - len(rows) - len(continuous) + np.arange(len(continuous))
    else:
        i, j = vech_index(p)
        place[i, j] = place[j, i] = s - len(i) + np.arange(len(i))
    variances, r = np.diag(cov), _correlation(cov)[rows, columns]
    out[at, place[rows, columns]] = 1 / np.sqrt(variances[rows] * variances[columns])
    for end in (rows, columns):
        # the variance of a latent response is no statistic
        known = place[end, end] >= 0
        out[at[known], place[end, end][known]] = (-r / (2 * variances[end]))[known]
    return out


def _correlation(cov: Floats) -> Floats:
    sd = np.sqrt(np.diag(cov))
    return np.asarray(cov / np.outer(sd, sd))
