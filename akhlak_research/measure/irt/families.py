"""Response functions: the probability of each category given the latent trait θ, and its derivatives.

An item has a slope a and intercepts d₁ … d_m: ψ = (a, d₁, …, d_m), J = 1 + m numbers, padded with zeros where an item
has fewer categories than the longest (K = m + 1). Arrays run over item versions v (an item, or an item in one group),
categories k, nodes q and parameters j.

*graded*: P(X ≥ k) = σ(aθ + d_k) (Samejima 1969). *partial credit*: P(X = k) ∝ exp(k·aθ + d_k), d₀ = 0 (Masters 1982;
Muraki 1992). With two categories they are one and the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit

from akhlak_research.core.registry import Registry
from akhlak_research.measure.bounded import Floats

#: a probability below this would make a logarithm infinite; it moves no sum that double precision can hold
TINY = 1e-200


@dataclass(frozen=True, slots=True)
class Curves:
    """Probabilities and their derivatives.

    Attributes
    ----------
    p : (V, K, Q)
        Zero in padded categories.
    score : (V, K, Q, J)
        ∂ log P / ∂ψ.
    """

    p: Floats
    score: Floats


@dataclass(frozen=True, slots=True)
class ThetaCurves:
    """P, ∂P/∂θ and ∂²P/∂θ², each (V, K, Q)."""

    p: Floats
    first: Floats
    second: Floats


def _present(n_categories: np.ndarray, width: int) -> np.ndarray:
    """(V, width) True where a category exists."""
    return np.asarray(np.arange(width) < n_categories[:, None])


def _cumulative(psi: Floats, n_categories: np.ndarray, theta: Floats) -> Floats:
    """(V, K + 1, Q): aθ + d_k, with +∞ below the first category and −∞ above the last."""
    versions, width = psi.shape
    z = np.full((versions, width + 1, len(theta)), -np.inf)
    z[:, 0] = np.inf
    inner = psi[:, :1, None] * theta + psi[:, 1:, None]
    keep = _present(n_categories - 1, width - 1)
    z[:, 1:-1] = np.where(keep[:, :, None], inner, -np.inf)
    return z


def _difference(upper: Floats, lower: Floats) -> Floats:
    """σ(upper) − σ(lower) without cancellation in the upper tail."""
    with np.errstate(invalid="ignore"):
        turn = upper + lower > 0
    return np.asarray(np.where(turn, expit(-lower) - expit(-upper), expit(upper) - expit(lower)))


def graded_curves(psi: Floats, n_categories: np.ndarray, theta: Floats) -> Curves:
    """Graded response model. A category whose intercepts are out of order has a negative "probability"."""
    z = _cumulative(psi, n_categories, theta)
    p = _difference(z[:, :-1], z[:, 1:])
    slope = expit(z) * expit(-z)
    floor = np.where(p >= 0, np.maximum(p, TINY), p)
    score = np.zeros((*p.shape, psi.shape[1]))
    width = p.shape[1]
    score[..., 0] = theta * (slope[:, :-1] - slope[:, 1:]) / floor
    for k in range(1, width):
        # d_k is the lower edge of category k and the upper edge of category k − 1
        score[:, k, :, k] = slope[:, k] / floor[:, k]
        score[:, k - 1, :, k] = -slope[:, k] / floor[:, k - 1]
    score *= _present(n_categories, width)[:, :, None, None]
    return Curves(p, score)


def graded_information(
    psi: Floats, n_categories: np.ndarray, theta: Floats, curves: Curves, expected: Floats
) -> Floats:
    """(V, J, J): minus the Hessian of Σ r log P for expected counts r (V, K, Q)."""
    r_score = expected[..., None] * curves.score
    information = np.einsum("vkqi,vkqj->vij", r_score, curves.score, optimize=True)
    z = _cumulative(psi, n_categories, theta)[:, 1:-1]
    s = expit(z)
    bend = s * (1 - s) * (1 - 2 * s)
    ratio = np.where(curves.p > 0, expected / np.maximum(curves.p, TINY), 0.0)
    weight = (ratio[:, 1:] - ratio[:, :-1]) * bend
    weight *= _present(n_categories - 1, weight.shape[1])[:, :, None]
    information[:, 0, 0] -= (weight * theta**2).sum((1, 2))
    mixed = (weight * theta).sum(2)
    information[:, 0, 1:] -= mixed
    information[:, 1:, 0] -= mixed
    at = np.arange(1, psi.shape[1])
    information[:, at, at] -= weight.sum(2)
    return np.asarray(information)


def graded_theta(psi: Floats, n_categories: np.ndarray, theta: Floats) -> ThetaCurves:
    """Derivatives by θ of the graded response model."""
    z = _cumulative(psi, n_categories, theta)
    a = psi[:, :1, None]
    s = expit(z)
    slope = s * expit(-z)
    bend = slope * (1 - 2 * s)
    p = _difference(z[:, :-1], z[:, 1:])
    return ThetaCurves(p, a * (slope[:, :-1] - slope[:, 1:]), a**2 * (bend[:, :-1] - bend[:, 1:]))


def credit_curves(psi: Floats, n_categories: np.ndarray, theta: Floats) -> Curves:
    """Generalised partial credit model."""
    p = _credit(psi, n_categories, theta)
    versions, width, nodes = p.shape
    k = np.arange(width, dtype=float)
    score = np.zeros((versions, width, nodes, psi.shape[1]))
    mean = np.einsum("k,vkq->vq", k, p)
    score[..., 0] = theta * (k[None, :, None] - mean[:, None])
    score[..., 1:] = -np.moveaxis(p[:, 1:], 1, 2)[:, None]
    for j in range(1, width):
        score[:, j, :, j] += 1
    score *= _present(n_categories, width)[:, :, None, None]
    return Curves(p, score)


def credit_information(
    psi: Floats, n_categories: np.ndarray, theta: Floats, curves: Curves, expected: Floats
) -> Floats:
    """(V, J, J): minus the Hessian of Σ r log P; an exponential family, so it does not depend on which r."""
    weighted = (expected.sum(1, keepdims=True) * curves.p)[..., None] * curves.score
    return np.asarray(np.einsum("vkqi,vkqj->vij", weighted, curves.score, optimize=True))


def credit_theta(psi: Floats, n_categories: np.ndarray, theta: Floats) -> ThetaCurves:
    """Derivatives by θ of the partial credit models."""
    p = _credit(psi, n_categories, theta)
    k = np.arange(p.shape[1], dtype=float)
    a = psi[:, :1, None]
    mean = np.einsum("k,vkq->vq", k, p)[:, None]
    variance = np.einsum("k,vkq->vq", k**2, p)[:, None] - mean**2
    away = k[None, :, None] - mean
    return ThetaCurves(p, a * p * away, a**2 * p * (away**2 - variance))


def _credit(psi: Floats, n_categories: np.ndarray, theta: Floats) -> Floats:
    width = psi.shape[1]
    intercept = psi.copy()
    intercept[:, 0] = 0.0
    k = np.arange(width, dtype=float)
    z = k[None, :, None] * (psi[:, :1, None] * theta) + intercept[:, :, None]
    z = np.where(_present(n_categories, width)[:, :, None], z, -np.inf)
    z -= z.max(axis=1, keepdims=True)
    p = np.exp(z)
    p /= p.sum(axis=1, keepdims=True)
    return np.asarray(p)


@dataclass(frozen=True, slots=True)
class Family:
    """An entry of the registry of models.

    Attributes
    ----------
    name : str
    form : {"graded", "credit"}
        Which response function.
    slopes : {"free", "one"}
        Estimated, the variance of θ being 1; or all 1, the variance being estimated.
    shared_steps : bool
        Whether all items have the same distances between categories (rating scale model).
    binary : bool
        Whether it is for two categories only.
    curves, information, theta : callable
        As the functions of this module.
    """

    name: str
    form: Literal["graded", "credit"]
    slopes: Literal["free", "one"]
    curves: Callable[[Floats, np.ndarray, Floats], Curves]
    information: Callable[[Floats, np.ndarray, Floats, Curves, Floats], Floats]
    theta: Callable[[Floats, np.ndarray, Floats], ThetaCurves]
    shared_steps: bool = False
    binary: bool = False

    @property
    def rasch(self) -> bool:
        """Whether the sum score holds all that the answers say about θ."""
        return self.slopes == "one"


_GRADED = (graded_curves, graded_information, graded_theta)
_CREDIT = (credit_curves, credit_information, credit_theta)
FAMILIES = Registry(
    "model",
    Family("grm", "graded", "free", *_GRADED),
    Family("gpcm", "credit", "free", *_CREDIT),
    Family("pcm", "credit", "one", *_CREDIT),
    Family("rsm", "credit", "one", *_CREDIT, shared_steps=True),
    Family("rasch", "credit", "one", *_CREDIT),
    Family("2pl", "credit", "free", *_CREDIT, binary=True),
)


def difficulties(psi: Floats, n_categories: np.ndarray, family: Family) -> Floats:
    """(V, m): where P(X ≥ k) = ½ (graded), or where categories k − 1 and k are equally likely (partial credit)."""
    a = psi[:, :1]
    d = psi[:, 1:]
    steps = d if family.form == "graded" else np.diff(d, axis=1, prepend=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -steps / a
    return np.asarray(np.where(_present(n_categories - 1, d.shape[1]), b, np.nan))


def difficulty_gradient(psi: Floats, n_categories: np.ndarray, family: Family) -> Floats:
    """(V, m, J): ∂b/∂ψ, for standard errors by the delta method."""
    versions, width = psi.shape
    a = psi[:, :1]
    gradient = np.zeros((versions, width - 1, width))
    gradient[..., 0] = -difficulties(psi, n_categories, family) / a
    for k in range(width - 1):
        gradient[:, k, k + 1] = -1 / a[:, 0]
        if family.form == "credit" and k > 0:
            gradient[:, k, k] = 1 / a[:, 0]
    return gradient
