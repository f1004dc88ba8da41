"""The normal likelihood of incomplete rows, gathered by pattern of missing answers.

Every pattern r stands as full p × p arrays with zeros where its variables are missing, so all patterns are one stack:
P_r is the inverse of the observed part of Σ, d_r = m_r − μ on it, T_r = S_r + d_r d_r′. Sums over patterns of products
of P_r are matrix products of the stacks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import vech, vech_index

_BATCH = 4_000


@dataclass(frozen=True, slots=True)
class Patterns:
    """Incomplete rows of one group.

    Attributes
    ----------
    seen : (R, p) bool
        Which variables each pattern has.
    share : (R,) float
        Its part of n.
    mean, cov : (R, p), (R, p, p)
        Of its rows, denominator its own n; zero where missing.
    rows : (m, p) float
        Zero where missing.
    of_row : (m,) int
        Pattern of each row.
    weights, squared : (m,) float
        As in ``observed.Sample``.
    clusters : (m,) int or None
    n : float
    """

    seen: NDArray[np.bool_]
    share: Floats
    mean: Floats
    cov: Floats
    rows: Floats
    of_row: NDArray[np.intp]
    weights: Floats
    squared: Floats
    clusters: NDArray[np.intp] | None
    n: float


def patterns_of(
    rows: Floats, weights: Floats | None, *, sampling: bool, clusters: NDArray[np.intp] | None = None
) -> Patterns:
    """Gather rows (NaN where missing) by pattern."""
    observed = ~np.isnan(rows)
    packed = np.packbits(observed, axis=1)
    _, first, of_row = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    of_row = of_row.reshape(-1).astype(np.intp)
    seen = observed[first]
    w = np.ones(len(rows)) if weights is None else weights
    n = float(w.sum())
    filled = np.where(observed, rows, 0.0)
    size = np.bincount(of_row, w)
    order = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[order], np.arange(len(seen) + 1))
    p = rows.shape[1]
    mean, cov = np.zeros((len(seen), p)), np.zeros((len(seen), p, p))
    for r in range(len(seen)):
        at = order[bounds[r] : bounds[r + 1]]
        own = w[at] / size[r]
        mean[r] = own @ filled[at]
        centred = (filled[at] - mean[r]) * np.sqrt(own)[:, None]
        cov[r] = centred.T @ centred
    squared = w**2 if sampling else w
    return Patterns(seen, size / n, mean, cov, filled, of_row, w, squared, clusters, n)


@dataclass(frozen=True, slots=True)
class Stack:
    """All patterns at one (μ, Σ): ``P`` (R, p, p), ``d`` (R, p), ``log_det`` (R,), ``T`` (R, p, p)."""

    P: Floats
    d: Floats
    log_det: Floats
    T: Floats


def stack_of(patterns: Patterns, mu: Floats, sigma: Floats) -> Stack | None:
    """The stacks at (μ, Σ), or None where Σ is not positive definite."""
    seen = patterns.seen
    both = seen[:, :, None] & seen[:, None, :]
    eye = np.eye(len(mu))
    try:
        np.linalg.cholesky(sigma)
        padded = np.where(both, sigma, eye)
        factor = np.linalg.cholesky(padded)
    except np.linalg.LinAlgError:
        return None
    P = np.where(both, np.linalg.inv(padded), 0.0)
    d = np.where(seen, patterns.mean - mu, 0.0)
    log_det = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return Stack(P, d, log_det, patterns.cov + d[:, :, None] * d[:, None, :])


def minus_twice_loglik(patterns: Patterns, stack: Stack) -> float:
    """Σ_r (n_r/n) (log|Σ_r| + tr(P_r T_r)), without the constant."""
    return float(patterns.share @ (stack.log_det + (stack.P * stack.T).sum(axis=(1, 2))))


def slopes(patterns: Patterns, stack: Stack) -> tuple[Floats, Floats, Floats]:
    """∂/∂μ (p,), M (p, p) = Σ_r (n_r/n) M_r, and the stack of M_r = P_r(Σ_r − T_r)P_r (R, p, p)."""
    w, P = patterns.share, stack.P
    turned = np.matmul(P, stack.d[:, :, None])[:, :, 0]
    own = P - np.matmul(np.matmul(P, stack.T), P)
    return -2 * w @ turned, np.tensordot(w, own, axes=1), own


def expected_weight(patterns: Patterns, stack: Stack) -> Floats:
    """(p + p*, p + p*) information of one row about [μ, vech Σ], given the patterns."""
    w, P = patterns.share, stack.P
    p = P.shape[1]
    flat = P.reshape(len(P), -1)
    return _assembled(np.tensordot(w, P, axes=1), None, _folded((flat * w[:, None]).T @ flat, p), p)


def exact_hessian(patterns: Patterns, stack: Stack, own: Floats) -> Floats:
    """(p + p*, p + p*) Hessian of the discrepancy by [μ, vech Σ]; ``own`` is the stack of M_r."""
    w, P = patterns.share, stack.P
    p = P.shape[1]
    flat = P.reshape(len(P), -1)
    crossed = (flat * w[:, None]).T @ own.reshape(len(P), -1)
    # dM = Σ⁻¹∂ΣΣ⁻¹ − Σ⁻¹∂ΣM − M∂ΣΣ⁻¹, and d(Σ⁻¹d) brings means and covariances together
    products = (flat * w[:, None]).T @ flat - crossed - crossed.T
    turned = np.matmul(P, stack.d[:, :, None])[:, :, 0]
    mixed = ((flat * w[:, None]).T @ turned).reshape(p, p, p)
    return 2 * _assembled(np.tensordot(w, P, axes=1), mixed, _folded(products, p), p)


def _folded(products: Floats, p: int) -> Floats:
    """(p*, p*) ½D′(ΣA⊗B)D of Σ_r A_r[i,k] B_r[j,l], given as (p², p²) with rows (i,k), columns (j,l)."""
    i, j = vech_index(p)
    half = np.where(i == j, 0.5, 1.0)
    left, right, cross_l, cross_r = (i[:, None] * p + i[None], j[:, None] * p + j[None],
                                     i[:, None] * p + j[None], j[:, None] * p + i[None])  # fmt: skip
    both = products[left, right] + products[right, left] + products[cross_l, cross_r] + products[cross_r, cross_l]
    return np.asarray(both / 2 * half[:, None] * half[None])


def _assembled(means: Floats, mixed: Floats | None, block: Floats, p: int) -> Floats:
    full = np.zeros((p + len(block), p + len(block)))
    full[:p, :p], full[p:, p:] = means, block
    if mixed is not None:
        i, j = vech_index(p)
        # ∂²/∂μ_a ∂σ_ij of −2 d′Σ⁻¹∂μ: Σ_r P_r[a,i] (P_r d_r)[j] and the same with i, j exchanged
        cross = (mixed[:, i, j] + mixed[:, j, i]) * np.where(i == j, 0.5, 1.0)
        full[:p, p:], full[p:, :p] = cross, cross.T
    return full


def score_products(patterns: Patterns, mu: Floats, sigma: Floats) -> Floats:
    """(p + p*, p + p*) mean cross-product of the rows' scores about [μ, vech Σ] (clusters: of their sums)."""
    stack = stack_of(patterns, mu, sigma)
    assert stack is not None
    p = len(mu)
    i, j = vech_index(p)
    half = np.where(i == j, 0.5, 1.0)
    inverse = vech(stack.P)
    size = p + len(i)
    clusters = patterns.clusters
    sums = np.zeros((0 if clusters is None else int(clusters.max()) + 1, size))
    total = np.zeros((size, size))
    for start in range(0, len(patterns.rows), _BATCH):
        part = slice(start, start + _BATCH)
        at = patterns.of_row[part]
        d = np.where(patterns.seen[at], patterns.rows[part] - mu, 0.0)
        e = np.matmul(stack.P[at], d[:, :, None])[:, :, 0]
        z = np.concatenate([e, (e[:, i] * e[:, j] - inverse[at]) * half], axis=1)
        if clusters is None:
            z *= np.sqrt(patterns.squared[part])[:, None]
            total += z.T @ z
        else:
            np.add.at(sums, clusters[part], z * patterns.weights[part, None])
    if clusters is not None:
        total = len(sums) / (len(sums) - 1) * sums.T @ sums
    return total / patterns.n


@dataclass(frozen=True, slots=True)
class Saturated:
    """The unrestricted estimates: ``mean`` (p,), ``cov`` (p, p), ``value`` of ``minus_twice_loglik``."""

    mean: Floats
    cov: Floats
    value: float
    iterations: int
    converged: bool


def saturate(patterns: Patterns, max_iter: int = 200) -> Saturated | None:
    """Unrestricted mean and covariance: EM steps (Little & Rubin 2002, ch. 11), then Newton; None where Σ collapses."""
    p = patterns.seen.shape[1]
    weight = patterns.share[:, None] * patterns.seen
    total = weight.sum(axis=0)
    mu = (weight * patterns.mean).sum(axis=0) / total
    spread = ((weight * (np.diagonal(patterns.cov, axis1=1, axis2=2) + (patterns.mean - mu) ** 2)).sum(axis=0)) / total
    sigma = np.diag(spread)
    value, iteration, newton = np.inf, 0, False
    while iteration < max_iter:
        stack = stack_of(patterns, mu, sigma)
        if stack is None:
            return None
        value = minus_twice_loglik(patterns, stack)
        by_mu, by_sigma, own = slopes(patterns, stack)
        sd = np.sqrt(np.diag(sigma))
        size = max(float(np.abs(by_mu * sd).max()), float(np.abs(by_sigma * np.outer(sd, sd)).max()))
        if size < 1e-11:
            return Saturated(mu, sigma, value, iteration, True)
        iteration += 1
        newton = newton or size < 0.05
        step = _newton_step(patterns, stack, by_mu, by_sigma, own, p) if newton else None
        if step is not None:
            mu_new, sigma_new = mu - step[0], sigma - step[1]
            trial = stack_of(patterns, mu_new, sigma_new)
            if trial is not None and minus_twice_loglik(patterns, trial) <= value + 1e-13 * abs(value):
                mu, sigma = mu_new, sigma_new
                continue
        move = -sigma @ by_mu / 2
        mu = mu + move
        sigma = sigma - sigma @ by_sigma @ sigma - np.outer(move, move)
        sigma = (sigma + sigma.T) / 2
    return Saturated(mu, sigma, value, iteration, False)


def _newton_step(
    patterns: Patterns, stack: Stack, by_mu: Floats, by_sigma: Floats, own: Floats, p: int
) -> tuple[Floats, Floats] | None:
    i, j = vech_index(p)
    gradient = np.concatenate([by_mu, vech(by_sigma) * np.where(i == j, 1.0, 2.0)])
    try:
        factor = cho_factor(exact_hessian(patterns, stack, own))
    except LinAlgError:
        return None
    step = cho_solve(factor, gradient)
    change = np.zeros((p, p))
    change[i, j] = change[j, i] = step[p:]
    return step[:p], change
