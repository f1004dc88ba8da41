"""Two-step maximum likelihood of polychoric correlations, all pairs of items at once (Olsson 1979).

Step 1: thresholds τ from each item's own margin. Step 2: for each pair the ρ that maximises Σ n_ab log P_ab(ρ), where
P_ab is the normal probability of cell (a, b) between the thresholds. Newton's method with exact derivatives, kept
inside a bracket of the score's signs.

Letters as in Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika,
44, 443–460. K categories; items may use fewer: an unused category has an empty interval between equal thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.binormal import cells, corners, density, small_cells

#: pairs that go through the kernel together: their corners stay in the cache
BLOCK = 512
_STEP = 1e-8  # Newton's error after the last step is about the square of its length
_MAX_ITER = 100
_SMALL = 1e-9  # below this a difference of corners keeps too few digits
_NOTHING = 1e-12  # a limiting probability below this is rounding dust of equal margins


@dataclass(frozen=True, slots=True)
class Maxima:
    """Where the pairs' likelihoods have their maxima.

    Attributes
    ----------
    rho : (q,) float
        −1 or 1 where ``at_bound``.
    at_bound : (q,) bool
        The likelihood has no maximum inside (−1, 1): it rises up to perfect association.
    """

    rho: Floats
    at_bound: NDArray[np.bool_]


def thresholds(single: Floats) -> Floats:
    """(..., K − 1) τ_c = Φ⁻¹(share of answers up to category c) of margins ``single`` (..., K)."""
    total = single.sum(axis=-1, keepdims=True, dtype=np.float64)
    up, down = np.cumsum(single, axis=-1)[..., :-1], np.cumsum(single[..., ::-1], axis=-1)[..., -2::-1]
    # from the nearer end, so that a share close to 1 loses no digits
    return np.asarray(np.where(up <= down, ndtri(up / total), -ndtri(down / total)))


def maximise(tau_a: Floats, tau_b: Floats, tables: Floats) -> Maxima:
    """Maxima of q pairs.

    Parameters
    ----------
    tau_a, tau_b : (q, K − 1)
        Thresholds of the first and the second item.
    tables : (q, K, K)
        Joint answers, counts or weighted sums.
    """
    q = len(tables)
    rho, at_bound = np.empty(q), np.zeros(q, dtype=bool)
    for begin in range(0, q, BLOCK):
        part = slice(begin, begin + BLOCK)
        n = np.asarray(tables[part], dtype=np.float64)
        rho[part] = _search(tau_a[part], tau_b[part], n)
        rho[part], at_bound[part] = _or_bound(tau_a[part], tau_b[part], n, rho[part])
    return Maxima(rho, at_bound)


def cell_probabilities(tau_a: Floats, tau_b: Floats, rho: Floats, needed: NDArray[np.bool_]) -> Floats:
    """(m, K, K) P_ab; to full relative accuracy, however small, in the cells ``needed`` (m, K, K)."""
    p = cells(corners(tau_a, tau_b, rho), ndtr(tau_a), ndtr(tau_b))
    m, a, b = np.nonzero(needed & (p < _SMALL))
    if len(m):
        ends = [np.pad(tau, ((0, 0), (1, 1)), constant_values=(-np.inf, np.inf)) for tau in (tau_a, tau_b)]
        p[m, a, b] = small_cells(ends[0][m, a], ends[0][m, a + 1], ends[1][m, b], ends[1][m, b + 1], rho[m])
    return np.maximum(p, 1e-300)


def _search(tau_a: Floats, tau_b: Floats, n: Floats) -> Floats:
    rho = _start(tau_a, tau_b, n)
    low, high = np.full(len(rho), -1.0), np.full(len(rho), 1.0)
    active = np.arange(len(rho))
    for _ in range(_MAX_ITER):
        at = rho[active]
        score, curvature, information = _slopes(tau_a[active], tau_b[active], n[active], at)
        low[active] = np.where(score > 0, at, low[active])
        high[active] = np.where(score < 0, at, high[active])
        step = score / np.maximum(np.where(curvature < 0, -curvature, information), 1e-300)
        new = at + step
        # next to the maximum the sign of the score is rounding dust, and the bracket may exclude the maximum by as much
        outside = ~((new > low[active]) & (new < high[active])) & (np.abs(step) > _STEP * (1 - np.abs(at)))
        new = np.where(outside & (score != 0), (low[active] + high[active]) / 2, new)
        rho[active] = new
        # a bracket that closes at ±1 is a likelihood that rises up to there; _or_bound looks at it
        moving = (np.abs(new - at) > _STEP * np.sqrt(1 - np.abs(new))) & (np.abs(new) < 1 - 1e-12)
        active = active[moving]
        if len(active) == 0:
            break
    return np.clip(rho, -1 + 1e-12, 1 - 1e-12)


def _start(tau_a: Floats, tau_b: Floats, n: Floats) -> Floats:
    """Covariance of the categories' normal scores over their variances: exact to the first order in ρ."""
    share = n / n.sum(axis=(1, 2), keepdims=True)
    first, variance_a = _normal_scores(tau_a)
    second, variance_b = _normal_scores(tau_b)
    joint = np.matmul(np.matmul(first[:, None, :], share), second[:, :, None])[:, 0, 0]
    means = (share.sum(axis=2) * first).sum(axis=1) * (share.sum(axis=1) * second).sum(axis=1)
    return np.asarray(np.clip((joint - means) / (variance_a * variance_b), -0.95, 0.95))


def _normal_scores(tau: Floats) -> tuple[Floats, Floats]:
    """(m, K) mean of a standard normal within each category, and (m,) the variance of these scores."""
    height = np.pad(np.exp(-(tau**2) / 2) / np.sqrt(2 * np.pi), ((0, 0), (1, 1)))
    share = np.diff(np.pad(ndtr(tau), ((0, 0), (1, 1)), constant_values=(0.0, 1.0)), axis=1)
    scores = -np.diff(height, axis=1) / np.where(share > 0, share, 1.0)
    return scores, np.maximum((share * scores**2).sum(axis=1), 1e-3)


def _slopes(tau_a: Floats, tau_b: Floats, n: Floats, rho: Floats) -> tuple[Floats, Floats, Floats]:
    """(m,) first and second derivative of the log-likelihood, and Σ n s² (which is positive)."""
    there = n > 0
    p = cell_probabilities(tau_a, tau_b, rho, there)
    value, slope = density(tau_a, tau_b, rho)
    p = np.where(there, p, 1.0)
    s = cells(value) / p
    information = n * s**2
    return (n * s).sum(axis=(1, 2)), (n * cells(slope) / p - information).sum(axis=(1, 2)), information.sum(axis=(1, 2))


def _or_bound(tau_a: Floats, tau_b: Floats, n: Floats, rho: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Replace ρ by ±1 where every answer lies in cells that perfect association allows and fits at least as well.

    Elsewhere some answer has probability 0 at ±1, so the likelihood falls to nothing there and the maximum is inside.
    """
    rho, at_bound = rho.copy(), np.zeros(len(rho), dtype=bool)
    up = [np.pad(ndtr(tau), ((0, 0), (1, 1)), constant_values=(0.0, 1.0)) for tau in (tau_a, tau_b)]
    for sign in (1.0, -1.0):
        edges = up[1] if sign > 0 else 1.0 - up[1]
        top = np.minimum(up[0][:, 1:, None], np.maximum(edges[:, 1:], edges[:, :-1])[:, None, :])
        bottom = np.maximum(up[0][:, :-1, None], np.minimum(edges[:, 1:], edges[:, :-1])[:, None, :])
        limit = top - bottom
        at = np.flatnonzero(((n == 0) | (limit > _NOTHING)).all(axis=(1, 2)))
        if len(at):
            inside = cell_probabilities(tau_a[at], tau_b[at], rho[at], n[at] > 0)
            gain = (n[at] * np.log(np.where(n[at] > 0, limit[at] / inside, 1.0))).sum(axis=(1, 2))
            fits = at[gain > -1e-9 * n[at].sum(axis=(1, 2))]
            rho[fits], at_bound[fits] = sign, True
    return rho, at_bound
