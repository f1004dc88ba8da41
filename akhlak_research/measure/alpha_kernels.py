"""Coefficient alpha and its relatives as functions of a covariance matrix (Guttman 1945, λ₃; Cronbach 1951)."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats

# a total variance below this share of the sum of item variances is rounding dust of a sum that does not vary
_DUST = 1e-12


def alpha_of(cov: Floats) -> Floats:
    """α = k/(k − 1) · (1 − tr S / 1′S1), over the last two axes of ``cov`` (..., k, k); NaN where the sum of the items
    does not vary. Of a correlation matrix it is the standardised alpha k r̄ / (1 + (k − 1) r̄)."""
    k = cov.shape[-1]
    trace = np.trace(cov, axis1=-2, axis2=-1)
    return _alpha(k, trace, cov.sum(axis=(-2, -1)))


def _alpha(k: int, trace: Floats, total: Floats) -> Floats:
    varies = total > _DUST * trace
    value: Floats = np.where(varies, k / (k - 1) * (1 - trace / np.where(varies, total, 1.0)), np.nan)
    return value


def alpha_if_dropped(cov: Floats) -> Floats:
    """(k,) alpha of the other k − 1 items; ``cov`` (k, k), k ≥ 3."""
    k = len(cov)
    variance = np.diag(cov)
    return _alpha(k - 1, variance.sum() - variance, cov.sum() - 2 * cov.sum(axis=0) + variance)


def alpha_gradient(cov: Floats) -> Floats:
    """(k, k) ∂α/∂S = k/(k − 1) · (tr S / (1′S1)² · 11′ − I / 1′S1)."""
    k, total, trace = len(cov), cov.sum(), np.trace(cov)
    return np.asarray(k / (k - 1) * (np.full((k, k), trace / total**2) - np.eye(k) / total))


def standardised_gradient(correlation: Floats) -> Floats:
    """(k, k) derivative of the standardised alpha."""
    k = len(correlation)
    return through_correlations(np.full((k, k), k**2 / (k - 1) / correlation.sum() ** 2), correlation)


def through_correlations(gradient: Floats, correlation: Floats) -> Floats:
    """(k, k) derivative by the covariances of standardised items of a function of their correlations, from its
    ``gradient`` (k, k) by the correlations (the diagonal is not used): r moves by −r/2 when a variance of one grows."""
    by_variance = gradient.copy()
    np.fill_diagonal(by_variance, 0.0)
    by_variance[np.diag_indices_from(by_variance)] = -(by_variance * correlation).sum(axis=0)
    return by_variance


def item_rest_r(cov: Floats) -> Floats:
    """(k,) correlation of each item with the sum of the others; NaN where either does not vary."""
    variance, row = np.diag(cov), cov.sum(axis=0)
    rest = cov.sum() - 2 * row + variance
    return _ratio(row - variance, variance, rest, variance.sum())


def item_total_r(cov: Floats) -> Floats:
    """(k,) correlation of each item with the sum of all, itself included."""
    variance = np.diag(cov)
    return _ratio(cov.sum(axis=0), variance, np.broadcast_to(cov.sum(), variance.shape), variance.sum())


def _ratio(joint: Floats, first: Floats, second: Floats, size: float) -> Floats:
    fine = (first > _DUST * size) & (second > _DUST * size)
    scale = np.sqrt(np.where(fine, first * second, 1.0))
    return np.where(fine, np.clip(joint / scale, -1.0, 1.0), np.nan)


def item_rest_gradient(cov: Floats, item: int) -> Floats:
    """(k, k) derivative of the item–rest correlation of one item with respect to the covariances."""
    own = np.zeros(len(cov))
    own[item] = 1.0
    rest = 1.0 - own
    s, t = np.sqrt(own @ cov @ own), np.sqrt(rest @ cov @ rest)
    r = own @ cov @ rest / (s * t)
    cross = (np.outer(own, rest) + np.outer(rest, own)) / (2 * s * t)
    return np.asarray(cross - r / 2 * (np.outer(own, own) / s**2 + np.outer(rest, rest) / t**2))
