"""Several correlated traits, each item measuring one of them: stochastic approximation EM.

θ (D,) is normal with mean 0 and correlation matrix Σ. Given all traits but one, the remaining one has a distribution
on a line, which fixed nodes hold exactly: a sweep draws each trait in turn from it (Gibbs on a grid, Ritter & Tanner
1992), whatever D is. The complete data's sufficient statistics are the tables of answers by node and the second moments
of θ; SAEM (Delyon, Lavielle & Moulines 1999) averages them over sweeps with falling steps and maximises as EM does.
The tables take the whole conditional distribution in place of the draw, which removes most of the noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import solve
from akhlak_research.measure.irt.families import TINY, Family
from akhlak_research.measure.irt.patterns import Patterns


@dataclass(frozen=True, slots=True)
class Layout:
    """What is fitted.

    Attributes
    ----------
    family : Family
    sizes : (p,)
        Categories.
    member : (p,)
        Dimension of each item, 0 … D − 1.
    theta : (Q,)
        Nodes.
    """

    family: Family
    sizes: np.ndarray
    member: np.ndarray
    theta: Floats

    @property
    def n_dimensions(self) -> int:
        """D."""
        return int(self.member.max()) + 1


@dataclass(frozen=True, slots=True)
class State:
    """Parameters: items ψ (p, J) and correlations Σ (D, D)."""

    psi: Floats
    sigma: Floats


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep leaves.

    Attributes
    ----------
    theta : (N, D)
        Draws.
    counts : (p, K, Q)
        People by item, answer and node.
    second : (D, D)
        Weighted mean of θθᵀ.
    """

    theta: Floats
    counts: Floats
    second: Floats


class Chain:
    """Draws of the traits of N patterns."""

    def __init__(self, patterns: Patterns, layout: Layout, rng: np.random.Generator) -> None:
        self.layout, self.rng = layout, rng
        self.weight = patterns.weight
        self.hot = [_one_hot(patterns.codes[:, i], int(size)) for i, size in enumerate(layout.sizes)]
        self.theta = np.zeros((len(patterns.codes), layout.n_dimensions))
        self.log_item = np.zeros((layout.n_dimensions, len(patterns.codes), len(layout.theta)))

    def use(self, state: State) -> None:
        """Tables of log-likelihood of a dimension's items, (D, N, Q), at these parameters."""
        p = self.layout.family.curves(state.psi, self.layout.sizes, self.layout.theta).p
        self.log_item[:] = 0.0
        for i, hot in enumerate(self.hot):
            self.log_item[self.layout.member[i]] += hot @ np.log(np.maximum(p[i, : self.layout.sizes[i]], TINY))

    def conditional(self, j: int, sigma: Floats) -> Floats:
        """(N, Q) distribution of trait j given the answers and the other traits."""
        others = np.arange(len(sigma)) != j
        node = self.layout.theta
        if others.any():
            beta = np.linalg.solve(sigma[np.ix_(others, others)], sigma[others, j])
            variance = float(sigma[j, j] - sigma[j, others] @ beta)
            mean = self.theta[:, others] @ beta
        else:
            variance, mean = float(sigma[j, j]), np.zeros(len(self.theta))
        # −(θ − m)²/2v up to a constant of each row
        log = self.log_item[j] + (mean / variance)[:, None] * node - node**2 / (2 * variance)
        log -= log.max(axis=1, keepdims=True)
        np.exp(log, out=log)
        return np.asarray(log / log.sum(axis=1, keepdims=True))

    def sweep(self, state: State) -> Sweep:
        """Draw every trait once."""
        layout = self.layout
        counts = np.zeros((len(layout.sizes), state.psi.shape[1], len(layout.theta)))
        for j in range(layout.n_dimensions):
            p = self.conditional(j, state.sigma)
            weighted = p * self.weight[:, None]
            for i in np.flatnonzero(layout.member == j):
                counts[i, : layout.sizes[i]] = self.hot[i].T @ weighted
            self.theta[:, j] = layout.theta[self._draw(p)]
        second = (self.theta * self.weight[:, None]).T @ self.theta / self.weight.sum()
        return Sweep(self.theta, counts, second)

    def _draw(self, p: Floats) -> np.ndarray:
        np.cumsum(p, axis=1, out=p)
        u = self.rng.random(len(p)) * p[:, -1]
        return np.asarray((p < u[:, None]).sum(axis=1))


def _one_hot(codes: np.ndarray, size: int) -> Floats:
    return np.where(codes[:, None] == np.arange(size), 1.0, 0.0)


def improve(layout: Layout, psi: Floats, counts: Floats, steps: int = 2) -> Floats:
    """(p, J): scoring steps up the expected complete-data log-likelihood of every item, halved until it rises."""
    for _ in range(steps):
        value = _value(layout, psi, counts)
        curves = layout.family.curves(psi, layout.sizes, layout.theta)
        gradient = np.einsum("vkq,vkqj->vj", counts, curves.score)
        fitted = counts.sum(1, keepdims=True) * curves.p
        information = np.einsum("vkqi,vkqj->vij", fitted[..., None] * curves.score, curves.score, optimize=True)
        step = np.zeros_like(psi)
        for v, size in enumerate(layout.sizes):
            free = np.arange(0 if layout.family.slopes == "free" else 1, size)
            step[v, free] = solve(information[v][np.ix_(free, free)], gradient[v, free])
        scale = np.ones(len(psi))
        for _ in range(12):
            trial = psi + scale[:, None] * step
            worse = ~(_value(layout, trial, counts) >= value)
            if not worse.any():
                break
            scale[worse] /= 2
        else:
            trial = np.where(worse[:, None], psi, trial)
        psi = trial
    return psi


def _value(layout: Layout, psi: Floats, counts: Floats) -> Floats:
    """(p,) expected complete-data log-likelihood; −∞ where intercepts are out of order."""
    p = layout.family.curves(psi, layout.sizes, layout.theta).p
    value = np.asarray((counts * np.log(np.maximum(p, TINY))).sum((1, 2)))
    if layout.family.form == "graded":
        later = np.arange(2, psi.shape[1]) < layout.sizes[:, None]
        value[((np.diff(psi[:, 1:], axis=1) >= 0) & later).any(axis=1)] = -np.inf
    return value


def run_chain(
    patterns: Patterns, layout: Layout, state: State, rng: np.random.Generator, burn: int, average: int
) -> State:
    """SAEM: ``burn`` sweeps with full steps, then ``average`` sweeps whose step falls as 1/t."""
    chain = Chain(patterns, layout, rng)
    counts, second = None, None
    for t in range(burn + average):
        chain.use(state)
        found = chain.sweep(state)
        step = 1.0 if t < burn or counts is None else 1 / (t - burn + 1)
        counts = found.counts if counts is None else counts + step * (found.counts - counts)
        second = found.second if second is None else second + step * (found.second - second)
        psi = improve(layout, state.psi, counts, steps=1)
        if layout.family.slopes == "one":
            state = State(psi, second)
            continue
        # parameter expansion (Liu, Rubin & Wu 1998): variances are let go for the step and put back into the slopes
        sd = np.sqrt(np.diag(second))
        psi = psi.copy()
        psi[:, 0] *= sd[layout.member]
        second = second / np.outer(sd, sd)
        state = State(psi, second)
    return state


@dataclass(frozen=True, slots=True)
class Posterior:
    """People at fixed parameters, averaged over sweeps.

    Attributes
    ----------
    mean : (N, D)
    covariance : (N, D, D)
    marginal : (D, N, Q)
        Distribution of each trait.
    """

    mean: Floats
    covariance: Floats
    marginal: Floats


def posterior(
    patterns: Patterns, layout: Layout, state: State, rng: np.random.Generator, sweeps: int, burn: int = 20
) -> Posterior:
    """Means, covariances and marginal distributions of people's traits."""
    chain = Chain(patterns, layout, rng)
    chain.use(state)
    dims = layout.n_dimensions
    n = len(patterns.codes)
    marginal = np.zeros((dims, n, len(layout.theta)))
    cross = np.zeros((n, dims, dims))
    for t in range(burn + sweeps):
        for j in range(dims):
            p = chain.conditional(j, state.sigma)
            if t >= burn:
                marginal[j] += p / sweeps
                # E[θ_j θ_k] with the conditional mean of θ_j at the current θ_k
                cross[:, j] += (p @ layout.theta)[:, None] * chain.theta / sweeps
            chain.theta[:, j] = layout.theta[chain._draw(p)]
    mean = np.stack([m @ layout.theta for m in marginal], axis=1)
    square = np.stack([m @ layout.theta**2 for m in marginal], axis=1)
    cross = (cross + cross.transpose(0, 2, 1)) / 2
    at = np.arange(dims)
    cross[:, at, at] = square
    return Posterior(mean, cross - mean[:, :, None] * mean[:, None, :], marginal)


def log_likelihood(
    patterns: Patterns, layout: Layout, state: State, people: Posterior, rng: np.random.Generator, draws: int
) -> tuple[float, float]:
    """Marginal log-likelihood and its Monte Carlo error, by importance sampling from a t around each posterior."""
    n, dims = people.mean.shape
    root, log_det = _roots(1.2 * people.covariance)
    freedom = 8.0
    precision = np.linalg.inv(state.sigma)
    constant = -0.5 * np.linalg.slogdet(state.sigma)[1]
    constant -= 0.5 * dims * np.log(2 * np.pi)
    from scipy.special import gammaln

    t_constant = gammaln((freedom + dims) / 2) - gammaln(freedom / 2) - dims / 2 * np.log(freedom * np.pi)
    weights = np.empty((draws, n))
    for m in range(draws):
        z = rng.standard_normal((n, dims)) / np.sqrt(rng.chisquare(freedom, n) / freedom)[:, None]
        theta = people.mean + np.einsum("nij,nj->ni", root, z)
        log_q = t_constant - log_det - (freedom + dims) / 2 * np.log1p((z**2).sum(axis=1) / freedom)
        log_p = constant - 0.5 * np.einsum("ni,ij,nj->n", theta, precision, theta)
        weights[m] = log_p - log_q + _answers(patterns, layout, state, theta)
    top = weights.max(axis=0)
    ratio = np.exp(weights - top)
    mean = ratio.mean(axis=0)
    each = top + np.log(mean)
    error = ratio.std(axis=0, ddof=1) / mean / np.sqrt(draws)
    # the logarithm of a mean is too low by half its relative variance
    each += error**2 / 2
    return float(patterns.weight @ each), float(np.sqrt((patterns.weight**2) @ error**2))


def _roots(covariance: Floats) -> tuple[Floats, Floats]:
    """(N, D, D) roots and (N,) log-determinants of the roots; covariances from draws may not be positive."""
    values, vectors = np.linalg.eigh(covariance)
    values = np.sqrt(np.maximum(values, 0.05 * values[:, -1:]))
    return vectors * values[:, None, :], np.log(values).sum(axis=1)


def _answers(patterns: Patterns, layout: Layout, state: State, theta: Floats) -> Floats:
    """(N,) log-likelihood of the answers at θ (N, D)."""
    total = np.zeros(len(theta))
    for i, size in enumerate(layout.sizes):
        codes = patterns.codes[:, i]
        p = layout.family.theta(state.psi[[i]], layout.sizes[[i]], theta[:, layout.member[i]]).p[0, :size]
        given = np.take_along_axis(p, np.where(codes >= 0, codes, 0)[None], axis=0)[0]
        total += np.where(codes >= 0, np.log(np.maximum(given, TINY)), 0.0)
    return total


def person_scores(patterns: Patterns, layout: Layout, state: State, people: Posterior) -> tuple[Floats, np.ndarray]:
    """(N, F) expected complete-data score of each pattern by the free item parameters and then the correlations.

    Returns the scores and the (p, J) mask of free item parameters, in the order of the columns.
    """
    free = np.arange(state.psi.shape[1]) < layout.sizes[:, None]
    if layout.family.slopes == "one":
        free[:, 0] = False
    score = layout.family.curves(state.psi, layout.sizes, layout.theta).score
    columns = []
    for i, size in enumerate(layout.sizes):
        codes = patterns.codes[:, i]
        own = np.zeros((len(codes), state.psi.shape[1]))
        for k in range(size):
            at = codes == k
            own[at] = people.marginal[layout.member[i]][at] @ score[i, k]
        columns.append(own[:, free[i]])
    precision = np.linalg.inv(state.sigma)
    second = people.covariance + people.mean[:, :, None] * people.mean[:, None, :]
    bend = np.einsum("ij,njk,kl->nil", precision, second, precision) - precision
    a, b = np.triu_indices(layout.n_dimensions, 0 if layout.family.slopes == "one" else 1)
    columns.append(bend[:, a, b] * np.where(a == b, 0.5, 1.0))
    return np.concatenate(columns, axis=1), free
