"""Moments of sum scores of ordered answers, as functions of thresholds and latent correlations (Green & Yang 2009).

An item's score is its lowest code plus, for every threshold passed, the gap to the next code; so covariances of scores
are sums of probabilities of passing two thresholds.

Green, S. B., & Yang, Y. (2009). Reliability of summed item scores using structural equation modeling: An alternative to
coefficient alpha. Psychometrika, 74, 155–167.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.binormal import corners, density, moved


@dataclass(frozen=True, slots=True)
class Covariances:
    """Covariances of the scores of m pairs of items.

    Attributes
    ----------
    value : (m,)
    by_rho : (m,)
        Derivative by the latent correlation.
    by_first, by_second : (m, T)
        By the thresholds of the first and of the second item.
    """

    value: Floats
    by_rho: Floats
    by_first: Floats
    by_second: Floats


def score_covariances(tau_a: Floats, tau_b: Floats, gap_a: Floats, gap_b: Floats, rho: Floats) -> Covariances:
    """Σ_cc′ g_c g_c′ (Φ₂(τ_c, τ_c′; ρ) − Φ(τ_c)Φ(τ_c′)), thresholds and gaps (m, T), ``rho`` (m,) within (−1, 1).

    Items with fewer thresholds are filled up with infinite ones of gap zero.
    """
    apart = corners(tau_a, tau_b, rho) - ndtr(tau_a)[:, :, None] * ndtr(tau_b)[:, None, :]
    return Covariances(
        np.einsum("ma,mab,mb->m", gap_a, apart, gap_b),
        np.einsum("ma,mab,mb->m", gap_a, density(tau_a, tau_b, rho)[0], gap_b),
        _by_threshold(tau_a, tau_b, gap_a, gap_b, rho),
        _by_threshold(tau_b, tau_a, gap_b, gap_a, rho),
    )


def _by_threshold(tau: Floats, other: Floats, gap: Floats, other_gap: Floats, rho: Floats) -> Floats:
    """φ(τ_c) g_c Σ_c′ g_c′ (P(other ≤ τ_c′ | latent = τ_c) − Φ(τ_c′))."""
    upto = np.cumsum(moved(tau, other, rho), axis=2)[:, :, :-1]
    height = np.exp(-(tau**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(gap * np.einsum("mab,mb->ma", upto - height[:, :, None] * ndtr(other)[:, None, :], other_gap))


def score_variances(tau: Floats, gap: Floats) -> tuple[Floats, Floats]:
    """(p,) variances of item scores, and their derivatives (p, T) by the thresholds τ (p, T); ``gap`` (p, T)."""
    score = np.pad(np.cumsum(gap, axis=1), ((0, 0), (1, 0)))
    share = np.diff(np.pad(ndtr(tau), ((0, 0), (1, 1)), constant_values=(0.0, 1.0)), axis=1)
    mean = (share * score).sum(axis=1, keepdims=True)
    height = np.exp(-(tau**2) / 2) / np.sqrt(2 * np.pi)
    # moving τ_c up moves people from the higher score to the lower one
    slope = -height * gap * (score[:, :-1] + score[:, 1:] - 2 * mean)
    return (share * (score - mean) ** 2).sum(axis=1), np.asarray(slope)
