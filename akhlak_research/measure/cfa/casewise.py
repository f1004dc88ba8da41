"""Scores of single rows under a normal model, and what robust errors and tests sum over them.

With r = y − μ, u = G′Σ⁻¹r and w = C F′Σ⁻¹r (G = FE, C the covariance of all variables, means M = Em), the gradient of
a row's log-likelihood by an effect A[i, j] is u_i (w_j + M_j), by a covariance S[i, j] u_i u_j (½ u_i² for variances)
and by an intercept u_i, less their expectations: products of two short vectors. Neither the p* products of a row nor
Γ, their (p*, p*) covariance matrix, is ever formed.
"""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import Ints, Places, System
from akhlak_research.measure.cfa.observed import Sample, batches, few_clusters


def score_products(
    sample: Sample, places: Places, system: System, sigma_inv: Floats, difference: Floats, *, means: bool
) -> tuple[Ints, Floats]:
    """Positions in θ of the group's k parameters, and the (k, k) mean cross-product of the scores of its rows, or of
    its clusters; ``difference`` is m − μ, zero where ``means`` are not modelled."""
    free = (places.theta >= 0) & (places.kind <= 2)
    kind, row, column = places.kind[free], places.row[free], places.column[free]
    of_a, of_s, of_m = (np.flatnonzero(kind == which) for which in (0, 1, 2))
    G = system.E[: places.p]
    to_u = G.T @ sigma_inv
    to_w = system.covariance[:, : places.p] @ sigma_inv
    added = system.means if means else np.zeros(places.v)
    half = np.where(row[of_s] == column[of_s], 0.5, 1.0)[:, None]
    expected_a = (to_u @ system.covariance[: places.p])[row[of_a], column[of_a]]
    expected_s = (to_u @ G)[row[of_s], column[of_s]]
    total = np.zeros((len(kind), len(kind)))
    sums = np.zeros((sample.n_clusters, len(kind)))
    for part in batches(len(sample.rows)):
        r = (sample.rows[part] - sample.mean).T + difference[:, None]
        u, w = to_u @ r, to_w @ r + added[:, None]
        scores = np.empty((len(kind), r.shape[1]))
        scores[of_a] = u[row[of_a]] * w[column[of_a]] - expected_a[:, None]
        scores[of_s] = half * (u[row[of_s]] * u[column[of_s]] - expected_s[:, None])
        scores[of_m] = u[row[of_m]] if means else 0.0
        if sample.clusters is not None:
            np.add.at(sums, sample.clusters[part], (scores * sample.weights[part]).T)
        else:
            if not sample.plain:
                scores *= np.sqrt(sample.squared[part])
            total += scores @ scores.T
    if sample.clusters is not None:
        total = few_clusters(sample) * sums.T @ sums
    return places.theta[free], total / sample.n


def trace_saturated(sample: Sample, sigma_inv: Floats, *, means: bool) -> float:
    """tr(WΓ), W at the sample's moments, of independent rows: the mean of ½(d⁴ − 2d² + p) and, with means, of d², d the
    Mahalanobis distance of a row; ``sigma_inv`` is S⁻¹."""
    p, total = len(sample.mean), 0.0
    for part in batches(len(sample.rows)):
        c = (sample.rows[part] - sample.mean).T
        distance = ((sigma_inv @ c) * c).sum(axis=0)
        each = (distance * (distance - 2) + p) / 2 + (distance if means else 0.0)
        total += float(sample.squared[part] @ each)
    return total / sample.n
