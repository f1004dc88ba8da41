"""The graded normal-ogive model: a latent normal response, cut at thresholds (Samejima, 1969)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

#: logits per unit of the normal ogive: the constant D that brings both curves within .01 (Haley, 1952)
D = 1.702
_FAR = 20.0


def latent_responses(factors: Floats, loadings: Floats, dimension: Ints, rng: np.random.Generator) -> Floats:
    """y* = λ_i η_d(i) + √(1 − λ_i²) ε: latent responses (n, p).

    ``factors`` (n, m), ``loadings`` (p,) with |λ| < 1, ``dimension`` (p,) the factor of each item.
    """
    noise = rng.standard_normal((len(factors), len(loadings)))
    return np.asarray(factors[:, dimension] * loadings + noise * np.sqrt(1 - loadings**2), dtype=np.float64)


def cut(latent: Floats, thresholds: Floats) -> Ints:
    """Number of thresholds below each latent response: ``latent`` (n,), ``thresholds`` (k − 1,) or (n, k − 1)."""
    return np.asarray((latent[:, None] > thresholds).sum(axis=1), dtype=np.int64)


def expected_percent(thresholds: Floats, means: Floats) -> Floats:
    """E(category number)/(k − 1) × 100 for each latent mean: ``thresholds`` (k − 1,) or (n, k − 1), ``means`` (n,).

    The latent response has variance 1 around its mean: E = Σ_k Φ(μ − τ_k)/(k − 1).
    """
    return np.asarray(100 * ndtr(means[:, None] - thresholds).mean(axis=1), dtype=np.float64)


def solve_shift(shape: Floats, target: float, means: Floats) -> float:
    """The amount to add to all thresholds so that the mean of ``expected_percent`` is ``target`` (0 < target < 100)."""

    def miss(shift: float) -> float:
        return float(expected_percent(shape + shift, means).mean()) - target

    return float(brentq(miss, -_FAR, _FAR, xtol=1e-13, rtol=1e-14))


def category_shares(thresholds: Floats, means: Floats) -> Floats:
    """Expected share of each category (k,), averaged over latent means (n,)."""
    above = ndtr(means[:, None] - thresholds).mean(axis=0)
    return -np.diff(np.concatenate([[1.0], above, [0.0]]))


def even_thresholds(k: int) -> Floats:
    """k − 1 thresholds evenly spaced from −1.5 to 1.5 (one at 0 for two categories)."""
    return np.linspace(-1.5, 1.5, k - 1) if k > 2 else np.zeros(1)
