"""How much each of p correlated drivers contributes to the explained variance of an outcome.

Johnson, J. W. (2000), A heuristic method for estimating the relative weight of predictor variables in multiple
regression, Multivariate Behavioral Research 35, 1–19. Lindeman, R. H., Merenda, P. F. & Gold, R. Z. (1980),
Introduction to Bivariate and Multivariate Analysis, p. 119 (LMG); Budescu, D. V. (1993), Psychological Bulletin 114,
542–551.
"""

from __future__ import annotations

from math import comb

import numpy as np

from akhlak_research.survey.linearised import Floats

#: drivers above which all subsets are too many
MAX_SUBSETS = 14
_SINGULAR = 1e-10


def relative_weights(r: Floats, c: Floats) -> Floats:
    """(…, p) Johnson's weights, which sum to R².

    With the eigendecomposition R = Q D Qᵀ, Λ = Q D^½ Qᵀ are the loadings of the drivers on their closest orthogonal
    counterparts, β = Λ⁻¹ c the regression on these, and ε_j = Σ_k Λ²_jk β²_k.

    Parameters
    ----------
    r : (…, p, p)
        Correlations of the drivers.
    c : (…, p)
        Their correlations with the outcome.
    """
    d, q = np.linalg.eigh(r)
    root = np.sqrt(np.maximum(d, 0.0))
    loading = (q * root[..., None, :]) @ np.swapaxes(q, -1, -2)
    inverse = np.where(root > _SINGULAR, 1 / np.where(root > _SINGULAR, root, 1.0), 0.0)
    beta = np.einsum("...jk,...k,...lk,...l->...j", q, inverse, q, c)
    return np.asarray(np.einsum("...jk,...k->...j", loading**2, beta**2), dtype=np.float64)


def lmg(r: Floats, c: Floats) -> Floats:
    """(…, p) increments of R² averaged over all orders in which drivers can enter (Shapley value); they sum to R².

    Parameters
    ----------
    r, c
        As in ``relative_weights``; p ≤ ``MAX_SUBSETS``.
    """
    p = c.shape[-1]
    explained = np.zeros((2**p, *c.shape[:-1]))
    for subset in range(1, 2**p):
        chosen = [j for j in range(p) if subset >> j & 1]
        part = r[..., chosen, :][..., chosen]
        target = c[..., chosen]
        explained[subset] = (target * np.linalg.solve(part, target[..., None])[..., 0]).sum(axis=-1)
    share = np.zeros(c.shape)
    for j in range(p):
        for subset in range(2**p):
            if subset >> j & 1:
                continue
            size = int(subset).bit_count()
            share[..., j] += (explained[subset | 1 << j] - explained[subset]) / (p * comb(p - 1, size))
    return share


def explained_variance(r: Floats, c: Floats) -> Floats:
    """(…,) R² of all drivers together."""
    return np.asarray((c * np.linalg.solve(r, c[..., None])[..., 0]).sum(axis=-1), dtype=np.float64)


def products(columns: Floats) -> Floats:
    """(n, 1 + q + q (q + 1) / 2) ones, columns about their means, and their products: what correlations are sums of."""
    x = columns - columns.mean(axis=0)
    rows, cols = np.triu_indices(columns.shape[1])
    return np.column_stack([np.ones(len(x)), x, x[:, rows] * x[:, cols]])


def weighted_correlations(columns: Floats, weights: Floats) -> Floats:
    """(…, q, q) correlations of (n, q) columns under (…, n) weights: one product with products of columns."""
    return correlations_of_sums(weights @ products(columns), columns.shape[1])


def correlations_of_sums(sums: Floats, q: int) -> Floats:
    """(…, q, q) correlations from weighted sums (…, 1 + q + q (q + 1) / 2) of ``products``."""
    rows, cols = np.triu_indices(q)
    total, mean = sums[..., :1], sums[..., 1 : q + 1] / sums[..., :1]
    cross = sums[..., q + 1 :] / total - mean[..., rows] * mean[..., cols]
    matrix = np.zeros((*sums.shape[:-1], q, q))
    matrix[..., rows, cols] = cross
    matrix[..., cols, rows] = cross
    sd = np.sqrt(np.einsum("...ii->...i", matrix))
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Floats = matrix / (sd[..., :, None] * sd[..., None, :])
    return out
