"""What one person's answers add to the errors of thresholds and polychoric correlations (Muthén 1984).

θ̂ − θ is a sum over people of influences u, so Σ uu′ estimates the covariance of θ̂. An influence depends only on the
categories answered, so it is a table with a row for each category and one (the last) for a missing answer. Information
matrices are sums of products of scores, as in lavaan (0.6, ``muthen1984``); where the latent answers are normal,
observed and expected second derivatives tend to the same.

Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and continuous latent
variable indicators. Psychometrika, 49, 115–132.
"""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.binormal import cells, density, moved
from akhlak_research.measure.polychoric.two_step import BLOCK, cell_probabilities


def threshold_influence(tau: Floats, single: Floats) -> Floats:
    """(p, K + 1, K − 1) influence of an answer on its item's thresholds τ (p, K − 1); ``single`` (p, K) margins.

    τ_c = Φ⁻¹(F_c), so it is (1[x ≤ c] − F_c) / (N φ(τ_c)): zero for a missing answer and for infinite thresholds.
    """
    p, k = single.shape
    total = single.sum(axis=1, dtype=np.float64)[:, None]
    share = np.cumsum(single, axis=1)[:, :-1] / total
    height = np.exp(-(tau**2) / 2) / np.sqrt(2 * np.pi)
    below = np.arange(k)[:, None] <= np.arange(k - 1)
    finite = height > 0
    out = np.zeros((p, k + 1, k - 1))
    out[:, :k] = (below - share[:, None, :]) * (finite / (total * np.where(finite, height, 1.0)))[:, None, :]
    return out


def correlation_influence(
    tau_a: Floats, tau_b: Floats, rho: Floats, tables: Floats, on_a: Floats, on_b: Floats
) -> Floats:
    """(q, K + 1, K + 1) influence of a pair of answers on ρ.

    Parameters
    ----------
    tau_a, tau_b : (q, K − 1)
        Thresholds of the two items.
    rho : (q,)
        Strictly within (−1, 1).
    tables : (q, K, K)
        Joint answers.
    on_a, on_b : (q, K + 1, K − 1)
        ``threshold_influence`` of the two items.

    Notes
    -----
    With s = ∂log P/∂ρ and t = ∂log P/∂τ of a cell: u = (s − Σ_c B_c u_c) / A, A = Σ n s², B_c = Σ n s t_c, where u_c is
    the influence on threshold c of either item. The first part needs both answers, the second each item's own.
    """
    q, k = len(rho), tables.shape[1]
    out = np.zeros((q, k + 1, k + 1))
    for begin in range(0, q, BLOCK):
        at = slice(begin, begin + BLOCK)
        s, a_total, b_first, b_second = _sums(tau_a[at], tau_b[at], rho[at], np.asarray(tables[at], dtype=np.float64))
        part = np.zeros((len(s), k + 1, k + 1))
        part[:, :k, :k] = s
        part -= np.einsum("mxc,mc->mx", on_a[at], b_first)[:, :, None]
        part -= np.einsum("mxc,mc->mx", on_b[at], b_second)[:, None, :]
        out[at] = part / a_total[:, None, None]
    return out


def _sums(tau_a: Floats, tau_b: Floats, rho: Floats, n: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """s (m, K, K), A (m,), B of the first and of the second item (m, K − 1)."""
    there = n > 0
    p = np.where(there, cell_probabilities(tau_a, tau_b, rho, there), 1.0)
    s = np.where(there, cells(density(tau_a, tau_b, rho)[0]) / p, 0.0)
    weight = n * s / p
    first = moved(tau_a, tau_b, rho)
    second = moved(tau_b, tau_a, rho)
    b_first = ((weight[:, :-1, :] - weight[:, 1:, :]) * first).sum(axis=2)
    turned = weight.transpose(0, 2, 1)
    b_second = ((turned[:, :-1, :] - turned[:, 1:, :]) * second).sum(axis=2)
    return s, (n * s**2).sum(axis=(1, 2)), b_first, b_second


def with_missing(single: Floats, tables: Floats, first: np.ndarray, second: np.ndarray) -> Floats:
    """(q, K + 1, K + 1) joint answers where the last category is a missing answer; 0 where both are missing."""
    q, k = len(tables), tables.shape[1]
    out = np.zeros((q, k + 1, k + 1))
    out[:, :k, :k] = tables
    out[:, :k, k] = single[first] - tables.sum(axis=2)
    out[:, k, :k] = single[second] - tables.sum(axis=1)
    return out


def standard_errors(influence: Floats, squared: Floats) -> Floats:
    """(q,) root of Σ m u² over the cells of ``influence`` (q, …), ``squared`` sums of squared weights (or counts)."""
    axes = tuple(range(1, influence.ndim))
    return np.asarray(np.sqrt((influence**2 * squared).sum(axis=axes)))
