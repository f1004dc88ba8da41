"""Weighted least squares: F = (s − σ(θ))′W(s − σ(θ)), one group's term of the loss (Browne 1984; Muthén 1984)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import normal
from akhlak_research.measure.cfa.implied import Places, curvature, moments_of, system_of, unvech, vech, vech_index
from akhlak_research.measure.cfa.normal_block import stacked_delta
from akhlak_research.measure.cfa.response import Response, pairs, response_delta, response_statistics, scales


@dataclass(frozen=True, slots=True)
class LeastSquaresBlock:
    """Statistics ``s`` with weight ``W`` (its diagonal (s,), or (s, s)).

    ``response`` is None for [m, vech S] or vech S of continuous variables, else says how the statistics follow where
    items are ordered. ``cov`` (p, p) is the sample's matrix (of modelled variables given covariates, where items are
    ordered), ``center`` (p,) its means. ``known_gamma`` may be
    absent where nothing robust was asked for.
    """

    places: Places
    people: float
    s: Floats
    W: Floats
    cov: Floats
    center: Floats
    means: bool
    response: Response | None = None
    known_gamma: Floats | None = None

    @property
    def n(self) -> float:
        """One fewer than people: least squares goes back to Wishart matrices; lavaan and Mplus keep n − 1."""
        return self.people - 1

    @property
    def gamma(self) -> Floats:
        """Γ (s, s)."""
        assert self.known_gamma is not None
        return self.known_gamma

    def sigma(self, theta: Floats) -> Floats:
        """(s,) implied statistics."""
        if self.response is not None:
            return response_statistics(self.places, theta, self.response)
        mu, sigma = moments_of(system_of(self.places, theta))
        return np.concatenate([*([mu] if self.means else []), vech(sigma)])

    def times(self, values: Floats) -> Floats:
        """W times (s,) or (s, k)."""
        if self.W.ndim == 2:
            return self.W @ values
        return self.W * values if values.ndim == 1 else self.W[:, None] * values

    def residual(self, theta: Floats) -> Floats:
        """(s,) s − σ."""
        return self.s - self.sigma(theta)

    def value(self, theta: Floats) -> float:
        """F."""
        residual = self.residual(theta)
        return float(residual @ self.times(residual)) if np.isfinite(residual).all() else np.inf

    def gradient(self, theta: Floats) -> Floats:
        """−2Δ′W(s − σ)."""
        return -2 * self.delta(theta).T @ self.times(self.residual(theta))

    def slope(self, theta: Floats) -> tuple[Floats, Floats]:
        """Gradient −2Δ′W(s − σ) and expected Hessian 2Δ′WΔ; the group's own parameters are a part of θ."""
        at = np.unique(self.places.theta[self.places.theta >= 0])
        delta = self.delta(theta)[:, at]
        weighted = self.times(delta)
        gradient, hessian = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
        gradient[at] = -2 * weighted.T @ self.residual(theta)
        hessian[np.ix_(at, at)] = 2 * delta.T @ weighted
        return gradient, hessian

    def hessian(self, theta: Floats) -> Floats:
        """Exact Hessian; for ordered items the expected one, without the curvature of the response's scale."""
        expected = self.slope(theta)[1]
        if self.response is not None:
            return expected
        pulled = -2 * self.times(self.residual(theta))
        p, first = self.places.p, self.places.p if self.means else 0
        i, j = vech_index(p)
        by_sigma = unvech(pulled[first:] * np.where(i == j, 1.0, 0.5), p)
        by_mu = pulled[:first] if self.means else np.zeros(p)
        free = (self.places.theta >= 0) & (self.places.kind <= 2)
        at = self.places.theta[free]
        expected[np.ix_(at, at)] += curvature(self.places, system_of(self.places, theta), by_sigma, by_mu)
        return expected

    def delta(self, theta: Floats) -> Floats:
        """Δ (s, q)."""
        if self.response is not None:
            return response_delta(self.places, theta, self.response)
        return stacked_delta(self.places, theta, self.means)

    def weighted(self, theta: Floats) -> Floats:
        """WΔ."""
        return self.times(self.delta(theta))

    def weight(self, theta: Floats) -> Floats:
        """W; it does not depend on θ."""
        return self.W

    def meat(self, theta: Floats) -> Floats:
        """Δ′WΓWΔ."""
        weighted = self.weighted(theta)
        return np.asarray(weighted.T @ self.gamma @ weighted)

    def trace_saturated(self) -> float:
        """tr(WΓ)."""
        return float(np.trace(self.times(self.gamma)))

    def sample_weight(self) -> Floats:
        """Normal-theory W at the sample's covariances (continuous variables)."""
        found = normal.inverse(self.cov)
        assert found is not None and self.response is None
        full = normal.weight_matrix(found[0])
        return full if self.means else full[self.places.p :, self.places.p :]

    def statistics(self) -> Floats:
        """(s,)."""
        return self.s

    def standardised_residual(self, theta: Floats) -> Floats:
        """Residuals in standard deviations; of ordered items the correlations', the diagonal's zeros counted."""
        if self.response is not None:
            return self._response_residual(theta, self.response)
        sd = np.sqrt(np.diag(self.cov))
        scale = np.concatenate([*([sd] if self.means else []), vech(np.outer(sd, sd))])
        return np.asarray(self.residual(theta) / scale)

    def _response_residual(self, theta: Floats, response: Response) -> Floats:
        sd = np.sqrt(np.diag(self.cov))
        i, j = pairs(len(sd))
        continuous = np.isin(response.inner, response.numeric)
        own = np.zeros(len(sd))
        residual, before = self.residual(theta), response.n_before
        own[continuous] = residual[before - len(response.numeric) : before] / sd[continuous] ** 2
        return np.concatenate([residual[before:] / (sd[i] * sd[j]), own])

    def location(self, theta: Floats) -> Floats:
        """(p,) implied means, or the sample's."""
        return self.center if not self.means else moments_of(system_of(self.places, theta))[0]

    def implied(self, theta: Floats) -> Floats:
        """(p, p) covariances; of modelled variables given covariates, in units of latent responses, where some are
        ordered."""
        system = system_of(self.places, theta)
        if self.response is None:
            return moments_of(system)[1]
        system, inner = self.response.left(system), self.response.inner
        sigma = moments_of(system)[1]
        D = scales(system, sigma, self.response)
        full = sigma * np.outer(D, D)
        ordered = np.setdiff1d(inner, self.response.numeric)
        full[ordered, ordered] = 1.0
        return np.asarray(full[np.ix_(inner, inner)])

    def observed(self) -> Floats:
        """(p, p) the sample's."""
        return self.cov
