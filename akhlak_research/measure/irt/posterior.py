"""The E-step: what the answers say about θ, by sums over fixed nodes.

θ is normal in each group, N(μ_g, v_g), its density taken at 61 equally spaced nodes from −6 to 6 and scaled to sum
to 1 (as mirt does). For answers x of a person, posterior(q) ∝ π_q · Π_i P(x_i | θ_q), items without an answer left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.patterns import Coded

N_NODES = 61
LIMIT = 6.0


def nodes(n: int = N_NODES, limit: float = LIMIT) -> Floats:
    """(Q,) equally spaced nodes."""
    return np.linspace(-limit, limit, n)


def log_prior(theta: Floats, mean: Floats, variance: Floats) -> Floats:
    """(G, Q) logarithm of the normal density at the nodes, scaled to sum to 1."""
    log = -((theta - mean[:, None]) ** 2) / (2 * variance[:, None])
    log = log - log.max(axis=1, keepdims=True)
    return np.asarray(log - np.log(np.exp(log).sum(axis=1, keepdims=True)))


def prior_score(theta: Floats, mean: Floats, variance: Floats) -> Floats:
    """(G, Q, 2): ∂ log π / ∂(μ, v) of the scaled density, exactly."""
    away = theta - mean[:, None]
    raw = np.stack([away / variance[:, None], away**2 / (2 * variance[:, None] ** 2)], axis=2)
    prior = np.exp(log_prior(theta, mean, variance))
    return np.asarray(raw - np.einsum("gq,gqj->gj", prior, raw)[:, None])


@dataclass(frozen=True, slots=True)
class Expected:
    """What an E-step gives.

    Attributes
    ----------
    loglik : float
    counts : (ΣK, Q)
        Expected number of people at each node who gave each answer.
    mass : (G, Q)
        Expected number of people at each node.
    """

    loglik: float
    counts: Floats
    mass: Floats


Visit = Callable[[slice, int, np.ndarray, Floats, Floats, Floats], None]


def expect(coded: Coded, table: Floats, prior: Floats, visit: Visit | None = None) -> Expected:
    """One pass over the patterns.

    Parameters
    ----------
    coded : Coded
    table : (ΣK, Q)
        log P.
    prior : (G, Q)
        log π.
    visit : callable, optional
        Called for every chunk with (slice, group, columns, one-hot (c, ΣK_g), posterior (c, Q), log-likelihood (c,)).
    """
    loglik = 0.0
    counts = np.zeros_like(table)
    mass = np.zeros_like(prior)
    for span, group, columns, hot in coded.chunks():
        weight = coded.patterns.weight[span]
        log = hot @ table[columns]
        log += prior[group]
        top = log.max(axis=1)
        log -= top[:, None]
        np.exp(log, out=log)
        total = log.sum(axis=1)
        each = top + np.log(total)
        loglik += float(weight @ each)
        if visit is not None:
            log /= total[:, None]
            visit(span, group, columns, hot, log, each)
            log *= weight[:, None]
        else:
            log *= (weight / total)[:, None]
        mass[group] += log.sum(axis=0)
        counts[columns] += hot.T @ log
    return Expected(loglik, counts, mass)
