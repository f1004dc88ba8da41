"""Ordinal logistic regression (proportional odds) of many items at once, on tables of counts.

logit P(Y ≤ k | x) = ζ_k − x′β, as McCullagh (1980) and R's ``polr`` write it. People with the same matching score
and group share their x, so they are counted once per category; the likelihood then costs as much as there are
different scores, however many people there are. The log-likelihood is concave in (ζ, β) (Pratt 1981), so Newton's steps
with halving arrive wherever a maximum exists.

McCullagh, P. (1980), JRSS B 42, 109–142; Pratt, J. W. (1981), JASA 76, 103–106.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from akhlak_research.measure.bounded import Floats

#: steps after which a climb counts as one towards infinity
_STEPS = 60
#: a linear predictor beyond this is a probability of 0 or 1 to double precision: separation
_INFINITE = 30.0


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Fits of B items with K categories and q predictors.

    Attributes
    ----------
    zeta : (B, K − 1)
    beta : (B, q)
    loglik : (B,)
    information : (B, K − 1 + q, K − 1 + q)
        Minus the Hessian, ζ first.
    converged : (B,) bool
        False where no finite maximum was found (perfect separation).
    """

    zeta: Floats
    beta: Floats
    loglik: Floats
    information: Floats
    converged: np.ndarray

    def covariance(self, meat: Floats | None = None) -> Floats:
        """(B, P, P) inverse information, or the sandwich around ``meat``; NaN where there is no maximum."""
        size = self.information.shape[-1]
        safe = np.where(self.converged[:, None, None], self.information, np.eye(size))
        bread = np.linalg.inv(safe)
        out = bread if meat is None else bread @ meat @ bread
        return np.asarray(np.where(self.converged[:, None, None], out, np.nan))


def _edges(zeta: Floats, eta: Floats) -> tuple[Floats, Floats, Floats]:
    """π (B, C, K), density f = σ(1 − σ) at the inner edges (B, C, K − 1), and its slope f(1 − 2σ)."""
    u = zeta[:, None, :] - eta[:, :, None]
    above, below = expit(u), expit(-u)
    f = above * below
    p = np.empty((*eta.shape, zeta.shape[1] + 1))
    p[..., 0] = above[..., 0]
    p[..., -1] = below[..., -1]
    # σ(a) − σ(b) = (1 − e^{b − a}) σ(a) σ(−b): no cancellation in either tail
    p[..., 1:-1] = -np.expm1(u[..., :-1] - u[..., 1:]) * above[..., 1:] * below[..., :-1]
    return np.maximum(p, 1e-300), f, f * (below - above)


def _loglik(zeta: Floats, eta: Floats, counts: Floats) -> Floats:
    p = _edges(zeta, eta)[0]
    value = np.einsum("bck,bck->b", counts, np.log(p))
    return np.asarray(np.where((np.diff(zeta, axis=1) > 0).all(axis=1), value, -np.inf))


def _derivatives(x: Floats, counts: Floats, zeta: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Gradient (B, P) and information (B, P, P)."""
    p, f, bend = _edges(zeta, np.einsum("bcq,bq->bc", x, beta))
    ratio = counts / p
    curve = ratio / p
    apart = ratio[..., :-1] - ratio[..., 1:]
    g = apart * f
    diagonal = apart * bend - (curve[..., :-1] + curve[..., 1:]) * f**2
    beside = curve[..., 1:-1] * f[..., :-1] * f[..., 1:]
    rows = diagonal.copy()
    rows[..., :-1] += beside
    rows[..., 1:] += beside
    m, q = zeta.shape[1], x.shape[2]
    gradient = np.concatenate([g.sum(axis=1), -np.einsum("bc,bcq->bq", g.sum(axis=2), x)], axis=1)
    information = np.zeros((len(x), m + q, m + q))
    at = np.arange(m)
    information[:, at, at] = -diagonal.sum(axis=1)
    information[:, at[:-1], at[1:]] = information[:, at[1:], at[:-1]] = -beside.sum(axis=1)
    mixed = np.swapaxes(rows, 1, 2) @ x
    information[:, :m, m:] = mixed
    information[:, m:, :m] = np.swapaxes(mixed, 1, 2)
    information[:, m:, m:] = -np.swapaxes(x * rows.sum(axis=2)[..., None], 1, 2) @ x
    return gradient, information


def fit_cumulative(x: Floats, counts: Floats) -> Cumulative:
    """Maximum likelihood of the proportional odds model.

    Parameters
    ----------
    x : (B, C, q)
        Predictors of each cell; q may be 0.
    counts : (B, C, K)
        (Weighted) answers of the cell per category; a cell without people is padding. Every category is used by
        somebody.
    """
    total = counts.sum(axis=1)
    share = np.cumsum(total, axis=1)[:, :-1] / total.sum(axis=1, keepdims=True)
    zeta, beta = np.log(share) - np.log1p(-share), np.zeros((len(x), x.shape[2]))
    m = zeta.shape[1]
    loglik = _loglik(zeta, np.einsum("bcq,bq->bc", x, beta), counts)
    done = np.zeros(len(x), dtype=bool)
    lost = np.zeros(len(x), dtype=bool)
    information = np.empty((len(x), m + x.shape[2], m + x.shape[2]))
    scale = np.maximum(total.sum(axis=1), 1.0)
    for _ in range(_STEPS):
        at = np.flatnonzero(~done & ~lost)
        if len(at) == 0:
            break
        gradient, information[at] = _derivatives(x[at], counts[at], zeta[at], beta[at])
        step, bad = _solve(information[at], gradient)
        lost[at[bad]] = True
        decrement = np.einsum("bp,bp->b", step, gradient)
        done[at] = (decrement < 1e-12 * scale[at]) & ~bad
        moved = _halved(x[at], counts[at], zeta[at], beta[at], loglik[at], step)
        zeta[at], beta[at], loglik[at] = moved
        eta = np.abs(np.einsum("bcq,bq->bc", x[at], beta[at])).max(axis=1, initial=0.0)
        lost[at] |= eta > _INFINITE
    at = np.flatnonzero(done & ~lost)
    if len(at):
        information[at] = _derivatives(x[at], counts[at], zeta[at], beta[at])[1]
    return Cumulative(zeta, beta, loglik, information, done & ~lost)


def _solve(information: Floats, gradient: Floats) -> tuple[Floats, np.ndarray]:
    """Newton's steps, and which information is singular to working precision."""
    size = np.sqrt(np.maximum(np.einsum("bii->bi", information), 1e-300))
    scaled = information / (size[:, :, None] * size[:, None, :])
    values = np.linalg.eigvalsh(scaled)
    bad = ~(values[:, 0] > 1e-12)
    scaled[bad] = np.eye(scaled.shape[-1])
    step = np.linalg.solve(scaled, (gradient / size)[..., None])[..., 0] / size
    step[bad] = 0.0
    return step, bad


def _halved(
    x: Floats, counts: Floats, zeta: Floats, beta: Floats, loglik: Floats, step: Floats
) -> tuple[Floats, Floats, Floats]:
    """Where the steps lead, each halved until the likelihood does not fall."""
    m, size = zeta.shape[1], np.ones((len(x), 1))
    for _ in range(30):
        to_zeta, to_beta = zeta + size * step[:, :m], beta + size * step[:, m:]
        reached = _loglik(to_zeta, np.einsum("bcq,bq->bc", x, to_beta), counts)
        short = ~(reached >= loglik - 1e-12 * np.abs(loglik))
        if not short.any():
            return to_zeta, to_beta, reached
        size[short] /= 2
    stay = short[:, None]
    return np.where(stay, zeta, to_zeta), np.where(stay, beta, to_beta), np.where(short, loglik, reached)


def sandwich_meat(x: Floats, squared: Floats, fit: Cumulative) -> Floats:
    """(B, P, P): Σ w² s s′ over people, from the (B, C, K) sums of squared weights; s is a person's score."""
    p, f, _ = _edges(fit.zeta, np.einsum("bcq,bq->bc", x, fit.beta))
    b, c, k = squared.shape
    m = k - 1
    score = np.zeros((b, c, k, m + x.shape[2]))
    for j in range(m):
        score[:, :, j, j] = f[..., j] / p[..., j]
        score[:, :, j + 1, j] = -f[..., j] / p[..., j + 1]
    score[..., m:] = -score[..., :m].sum(axis=3, keepdims=True) * x[:, :, None, :]
    flat = score.reshape(b, c * k, -1)
    return np.asarray(np.swapaxes(flat * squared.reshape(b, c * k, 1), 1, 2) @ flat)


def expected_score(zeta: Floats, eta: Floats, codes: Floats) -> tuple[Floats, Floats]:
    """E(Y) at linear predictors ``eta`` (C,) of one item, and Δcode · f at its edges (C, K − 1)."""
    u = zeta - eta[:, None]
    gap = np.diff(codes)
    return codes[-1] - expit(u) @ gap, expit(u) * expit(-u) * gap
