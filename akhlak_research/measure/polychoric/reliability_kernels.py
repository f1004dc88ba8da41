"""Reliability of ordered answers as functions of thresholds and polychoric correlations, with gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.one_factor import LatentFactor
from akhlak_research.measure.polychoric.sum_score import score_covariances, score_variances


@dataclass(frozen=True, slots=True)
class Share:
    """A coefficient with its derivatives ``by_tau`` (p, T) and ``by_rho`` (q,), pairs in ``triu_indices`` order."""

    value: float
    by_tau: Floats
    by_rho: Floats


def latent_alpha(R: Floats) -> Share:
    """k/(k − 1) · (1 − k / Σr) of a correlation matrix R (k, k) (Zumbo, Gadermann & Zeisser 2007)."""
    k, total = len(R), float(R.sum())
    slope = k / (k - 1) * k / total**2 * 2  # every correlation stands twice in the sum
    pairs = k * (k - 1) // 2
    return Share(k / (k - 1) * (1 - k / total), np.zeros((k, 0)), np.full(pairs, slope))


def categorical_omegas(R: Floats, tau: Floats, gap: Floats, factor: LatentFactor) -> tuple[Share, Share]:
    """Green and Yang's reliability of the sum score: over its variance with the polychoric correlations R (p, p), and
    over its variance as the model implies it.

    Numerator: covariance of two sum scores that share the factor and nothing else, Σ_ij C_ij(λ_i λ_j), i = j included.
    Denominator: variance of the sum, Σ_i V_i + Σ_{i≠j} C_ij(ρ_ij), with ρ_ij the correlation R_ij or λ_i λ_j.
    """
    p = len(R)
    first, second = np.triu_indices(p, 1)
    loadings = factor.loadings
    cross = score_covariances(
        tau[first], tau[second], gap[first], gap[second], loadings[first] * loadings[second]
    )  # fmt: skip
    own = score_covariances(tau, tau, gap, gap, loadings**2)
    seen = score_covariances(tau[first], tau[second], gap[first], gap[second], R[first, second])
    variances, variance_slopes = score_variances(tau, gap)

    of_loadings = 2 * own.by_rho * loadings
    np.add.at(of_loadings, first, 2 * cross.by_rho * loadings[second])
    np.add.at(of_loadings, second, 2 * cross.by_rho * loadings[first])
    off_diagonal = np.zeros_like(tau)
    np.add.at(off_diagonal, first, 2 * cross.by_first)
    np.add.at(off_diagonal, second, 2 * cross.by_second)
    top = Share(
        float(own.value.sum() + 2 * cross.value.sum()),
        off_diagonal + own.by_first + own.by_second,
        of_loadings @ factor.by_correlation,
    )
    by_tau = variance_slopes.copy()
    np.add.at(by_tau, first, 2 * seen.by_first)
    np.add.at(by_tau, second, 2 * seen.by_second)
    observed = Share(float(variances.sum() + 2 * seen.value.sum()), by_tau, 2 * seen.by_rho)
    # the model's own variance moves with the loadings in its covariances only, not in the items' variances
    cross_loadings = of_loadings - 2 * own.by_rho * loadings
    implied = Share(
        float(variances.sum() + 2 * cross.value.sum()),
        variance_slopes + off_diagonal,
        cross_loadings @ factor.by_correlation,
    )
    return _ratio(top, observed), _ratio(top, implied)


def _ratio(top: Share, bottom: Share) -> Share:
    value = top.value / bottom.value
    return Share(
        value,
        (top.by_tau - value * bottom.by_tau) / bottom.value,
        (top.by_rho - value * bottom.by_rho) / bottom.value,
    )
