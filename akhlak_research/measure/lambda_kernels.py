"""Guttman's (1945) lower bounds λ₁, λ₂, λ₃, λ₅ and λ₆ as functions of a covariance matrix, with their gradients.

``cov`` is S (k, k) with total variance σ² = 1′S1; a gradient G (k, k) is symmetric: the value moves by tr(G dS).
λ₃ is alpha (``alpha_kernels``); λ₄ is the best split half (``split_kernels``).
"""

from __future__ import annotations

import math

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue


def lambda1(cov: Floats) -> float:
    """λ₁ = 1 − tr S / σ²."""
    return 1.0 - float(np.trace(cov)) / float(cov.sum())


def lambda1_gradient(cov: Floats) -> Floats:
    """tr S / σ⁴ · 11′ − I / σ²."""
    total = float(cov.sum())
    return np.full(cov.shape, float(np.trace(cov)) / total**2) - np.eye(len(cov)) / total


def lambda2(cov: Floats) -> float:
    """λ₂ = λ₁ + √(k/(k − 1) · C₂) / σ², C₂ the sum of squared covariances (i ≠ j)."""
    return lambda1(cov) + _root(cov) / float(cov.sum())


def lambda2_gradient(cov: Floats) -> Floats | None:
    """None where no two items covary: the root has a corner there."""
    k, total, root = len(cov), float(cov.sum()), _root(cov)
    if root <= 1e-12 * float(np.trace(cov)):
        return None
    return np.asarray(lambda1_gradient(cov) + k / (k - 1) * _off(cov) / (root * total) - root / total**2)


def lambda5(cov: Floats) -> float:
    """λ₅ = λ₁ + 2 √(max_j Σ_{i≠j} s_ij²) / σ²."""
    most = float((_off(cov) ** 2).sum(axis=0).max())
    return lambda1(cov) + 2 * math.sqrt(most) / float(cov.sum())


def lambda6(cov: Floats) -> float | None:
    """λ₆ = 1 − Σ e_j² / σ², e_j² = 1 / (S⁻¹)_jj the variance of an item that the others do not predict; None without an
    inverse."""
    inverse = _inverse(cov)
    return None if inverse is None else 1.0 - float((1 / np.diag(inverse)).sum()) / float(cov.sum())


def lambda6_gradient(cov: Floats) -> Floats | None:
    """e_j² moves by b_j′ dS b_j with b_j = S⁻¹ e_j / (S⁻¹)_jj, the residual's weights."""
    inverse = _inverse(cov)
    if inverse is None:
        return None
    total, precision = float(cov.sum()), np.diag(inverse)
    weights = inverse / precision  # columns b_j
    return np.asarray(float((1 / precision).sum()) / total**2 - weights @ weights.T / total)


def _off(cov: Floats) -> Floats:
    return np.asarray(cov - np.diag(np.diag(cov)))


def _root(cov: Floats) -> float:
    k = len(cov)
    return math.sqrt(k / (k - 1) * float((_off(cov) ** 2).sum()))


def _inverse(cov: Floats) -> Floats | None:
    sd = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(sd, sd)
    if smallest_eigenvalue(correlation) <= SMALLEST_EIGENVALUE:
        return None
    return np.asarray(np.linalg.inv(correlation) / np.outer(sd, sd))
