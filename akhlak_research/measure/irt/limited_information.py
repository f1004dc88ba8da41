"""Does the whole model fit? Statistics of the first two moments of the answers, whose distribution is known.

M2* compares the items' means and the means of their products (Cai & Hansen 2013), C2 the items' category shares and
the means of their products (Cai & Monro 2014; Monroe & Cai 2015). With r the observed less the expected moments, Ξ
their covariance for one person and Δ their derivatives by the free parameters, the statistic is
n · rᵀ[Ξ⁻¹ − Ξ⁻¹Δ(ΔᵀΞ⁻¹Δ)⁻¹ΔᵀΞ⁻¹]r, chi-squared with as many degrees of freedom as moments beyond parameters
(Maydeu-Olivares & Joe 2006). Answers are counted in steps above the lowest category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.marginal import Marginal
from akhlak_research.measure.irt.posterior import prior_score

Kind = Literal["M2*", "C2"]


@dataclass(frozen=True, slots=True)
class Moments2:
    """Moments of one group: expected (s,), covariance Ξ (s, s), and Δ (s, M)."""

    expected: Floats
    covariance: Floats
    derivative: Floats


def _pairs(p: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(p, 1)


def observed_moments(codes: np.ndarray, weight: Floats, sizes: np.ndarray, kind: Kind) -> Floats:
    """(s,) weighted means of complete rows of codes (N, p)."""
    w = weight / weight.sum()
    x = codes.astype(float)
    first, second = _pairs(x.shape[1])
    products = ((x * w[:, None]).T @ x)[first, second]
    if kind == "M2*":
        return np.concatenate([w @ x, products])
    shares = [w @ (codes[:, i] == k) for i, size in enumerate(sizes) for k in range(1, size)]
    return np.concatenate([shares, products])


def model_moments(p: Floats, prior: Floats, score: Floats, sizes: np.ndarray, kind: Kind) -> Moments2:
    """Moments that the model expects.

    Parameters
    ----------
    p : (I, K, Q)
        Probabilities.
    prior : (Q,)
    score : (I, K, Q, J)
        ∂ log P / ∂ψ of the items.
    sizes : (I,)
    kind : {"M2*", "C2"}

    Returns
    -------
    Moments2
        With ``derivative`` (s, I · J) by the items' ψ.
    """
    k = np.arange(p.shape[1], dtype=float)
    first, second = _pairs(len(sizes))
    e1, e2 = np.einsum("k,vkq->vq", k, p), np.einsum("k,vkq->vq", k**2, p)
    owner, level = _univariate(sizes, kind)
    low = e1 if kind == "M2*" else p[owner, level]
    both = e1[first] * e1[second]
    mean = np.concatenate([low @ prior, both @ prior])
    corner = _corner(low, e2, owner, level, prior, kind)
    # E[x_i x_j x_k x_l] = e_i e_j e_k e_l, times E[x²]/E[x]² for every item that both pairs hold
    member = np.zeros((len(first), len(sizes)))
    member[np.arange(len(first)), first] = member[np.arange(len(first)), second] = 1.0
    # a mean that has vanished leaves nothing to correct
    held = np.maximum(e1, 1e-100)
    ratio = np.where(e1 > 1e-100, np.log(np.maximum(e2, 1e-200) / held**2), 0.0)
    products = np.zeros((len(first), len(first)))
    mixed = np.zeros((len(low), len(first)))
    for q, share in enumerate(prior):
        if share < 1e-14:
            continue
        products += share * np.outer(both[:, q], both[:, q]) * np.exp((member * ratio[:, q]) @ member.T)
        # E[y_ik x_i x_j] = k P_ik e_j (C2), E[x_i · x_i x_j] = e2_i e_j (M2*): the same ratio trick
        inner = np.exp(ratio[:, q]) if kind == "M2*" else level / held[owner, q]
        same = member[:, owner].T
        mixed += share * np.outer(low[:, q], both[:, q]) * np.where(same > 0, inner[:, None], 1.0)
    total = np.block([[corner, mixed], [mixed.T, products]])
    return Moments2(mean, total - np.outer(mean, mean), _derivative(p, prior, score, e1, owner, level, kind))


def _univariate(sizes: np.ndarray, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Item and category of each univariate moment (category 0 stands for the whole item)."""
    if kind == "M2*":
        return np.arange(len(sizes)), np.zeros(len(sizes), int)
    owner = np.repeat(np.arange(len(sizes)), sizes - 1)
    return owner, np.concatenate([np.arange(1, size) for size in sizes])


def _corner(low: Floats, e2: Floats, owner: np.ndarray, level: np.ndarray, prior: Floats, kind: Kind) -> Floats:
    """(u, u) E[f_a f_b] of the univariate moments."""
    corner = (low * prior) @ low.T
    same = owner[:, None] == owner
    if kind == "M2*":
        return np.where(same, np.diag(e2 @ prior), corner)
    return np.where(same, np.where(level[:, None] == level, np.diag(low @ prior), 0.0), corner)


def _derivative(
    p: Floats, prior: Floats, score: Floats, e1: Floats, owner: np.ndarray, level: np.ndarray, kind: Kind
) -> Floats:
    items, _, _, width = score.shape
    k = np.arange(p.shape[1], dtype=float)
    change = p[..., None] * score
    slope = np.einsum("k,vkqj->vqj", k, change)
    first, second = _pairs(items)
    low = np.zeros((len(owner), items, width))
    at = np.arange(len(owner))
    low[at, owner] = np.einsum("uqj,q->uj", slope if kind == "M2*" else change[owner, level], prior)
    both = np.zeros((len(first), items, width))
    at = np.arange(len(first))
    both[at, first] = np.einsum("pqj,pq->pj", slope[first], e1[second] * prior)
    both[at, second] = np.einsum("pqj,pq->pj", slope[second], e1[first] * prior)
    return np.concatenate([low, both]).reshape(-1, items * width)


def fitted_moments(fitted: Fitted, kind: Kind) -> Moments2:
    """Moments of a one-group fit, with Δ (s, F) by its free parameters."""
    design = fitted.design
    tables = Marginal(design, fitted.patterns, fitted.theta).tables(design.psi(fitted.calibration.phi))
    assert tables is not None
    prior = np.exp(tables.prior[0])
    p = tables.curves.p
    made = model_moments(p, prior, tables.curves.score, fitted.sizes(), kind)
    # the distribution of θ: ∂/∂(μ, v) of Σ π f(θ)
    drift = prior_score(fitted.theta, fitted.calibration.mean, fitted.calibration.variance)[0]
    k = np.arange(p.shape[1], dtype=float)
    e1 = np.einsum("k,vkq->vq", k, p)
    owner, level = _univariate(fitted.sizes(), kind)
    first, second = _pairs(len(e1))
    given = np.concatenate([e1 if kind == "M2*" else p[owner, level], e1[first] * e1[second]])
    full = np.column_stack([made.derivative, (given * prior) @ drift])
    return Moments2(made.expected, made.covariance, full @ design.matrix)


def independence(codes: np.ndarray, weight: Floats, sizes: np.ndarray, kind: Kind) -> Moments2:
    """Moments of items that have nothing to do with each other, with the observed shares."""
    width = int(sizes.max())
    w = weight / weight.sum()
    p = np.zeros((len(sizes), width, 1))
    for i, size in enumerate(sizes):
        p[i, :size, 0] = np.bincount(codes[:, i], w, size)
    # ψ: the shares of categories 1 … m themselves; ∂ log P_k = (δ_kj/P_j for k > 0, −1/P_0 for k = 0)
    score = np.zeros((len(sizes), width, 1, width - 1))
    for i, size in enumerate(sizes):
        for j in range(1, size):
            score[i, j, 0, j - 1] = 1 / p[i, j, 0]
            score[i, 0, 0, j - 1] = -1 / p[i, 0, 0]
    made = model_moments(p, np.ones(1), score, sizes, kind)
    keep = np.abs(made.derivative).sum(axis=0) > 0
    return Moments2(made.expected, made.covariance, made.derivative[:, keep])


def quadratic_form(observed: Floats, moments: Moments2, n: float) -> tuple[float, int]:
    """Statistic and degrees of freedom."""
    scale = np.sqrt(np.diag(moments.covariance))
    xi = moments.covariance / np.outer(scale, scale)
    r = (observed - moments.expected) / scale
    delta = moments.derivative / scale[:, None]
    # the part of r outside the space of Δ, in the metric of Ξ
    half = np.linalg.cholesky(xi)
    u = np.linalg.solve(half, r)
    d = np.linalg.solve(half, delta)
    left, values, _ = np.linalg.svd(d, full_matrices=False)
    rank = int((values > values[0] * 1e-9).sum())
    basis = left[:, :rank]
    return float(n * (u @ u - ((basis.T @ u) ** 2).sum())), len(r) - rank


def srmsr(observed: Floats, moments: Moments2, codes: np.ndarray, weight: Floats, fitted: Fitted) -> float:
    """Root mean squared difference of observed and expected correlations of the answers."""
    first, second = _pairs(codes.shape[1])
    p = fitted.curves(fitted.theta).p
    prior = np.exp(fitted.log_prior()[0])
    k = np.arange(p.shape[1], dtype=float)
    mean, square = np.einsum("k,vkq,q->v", k, p, prior), np.einsum("k,vkq,q->v", k**2, p, prior)
    pairs = len(first)
    expected = moments.expected[-pairs:] - mean[first] * mean[second]
    sd = np.sqrt(np.maximum(square - mean**2, 1e-12))
    w = weight / weight.sum()
    x = codes - w @ codes
    spread = (x * w[:, None]).T @ x
    own = np.sqrt(np.diag(spread))
    gap = (spread / np.outer(own, own))[first, second] - expected / (sd[first] * sd[second])
    return float(np.sqrt((gap**2).mean()))
