"""Maximum likelihood from complete rows of continuous variables: one group's term of the loss."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import casewise, normal
from akhlak_research.measure.cfa.implied import (
    Ints,
    Places,
    curvature,
    derivatives,
    moments_of,
    system_of,
    vech,
)
from akhlak_research.measure.cfa.observed import Sample


@dataclass(frozen=True, slots=True)
class NormalBlock:
    """Maximum likelihood from complete rows; ``means`` says whether means are modelled."""

    places: Places
    sample: Sample
    means: bool
    log_det: float = field(init=False)

    def __post_init__(self) -> None:
        found = normal.inverse(self.sample.cov)
        object.__setattr__(self, "log_det", np.nan if found is None else found[1])

    @property
    def n(self) -> float:
        """People."""
        return self.sample.n

    @property
    def people(self) -> float:
        """People."""
        return self.sample.n

    def difference(self, mu: Floats) -> Floats:
        """m − μ; zero where means are not modelled."""
        return self.sample.mean - mu if self.means else np.zeros_like(mu)

    def value(self, theta: Floats) -> float:
        """F."""
        mu, sigma = moments_of(system_of(self.places, theta))
        found = normal.inverse(sigma)
        if found is None:
            return np.inf
        return normal.discrepancy(*found, self.sample.cov, self.log_det, self.difference(mu))

    def gradient(self, theta: Floats) -> Floats:
        """Gradient."""
        return self._pulled(self._linearised(theta), len(theta))

    def slope(self, theta: Floats) -> tuple[Floats, Floats]:
        """Gradient and expected Hessian."""
        linear = self._linearised(theta)
        at, d_mu, d_sigma, _, _, sigma_inv = linear
        hessian = np.zeros((len(theta), len(theta)))
        left, right = normal.weigh(sigma_inv, d_mu, d_sigma)
        hessian[np.ix_(at, at)] = 2 * (left @ d_mu.T + right @ vech(d_sigma).T)
        return self._pulled(linear, len(theta)), hessian

    def _pulled(self, linear: tuple[Ints, Floats, Floats, Floats, Floats, Floats], q: int) -> Floats:
        at, d_mu, d_sigma, mu, sigma, sigma_inv = linear
        by_mu, by_sigma = normal.slopes(sigma, sigma_inv, self.sample.cov, self.difference(mu))
        gradient = np.zeros(q)
        gradient[at] = d_mu @ by_mu + d_sigma.reshape(len(at), -1) @ by_sigma.ravel()
        return gradient

    def hessian(self, theta: Floats) -> Floats:
        """Exact Hessian."""
        at, d_mu, d_sigma, mu, sigma, sigma_inv = self._linearised(theta)
        d = self.difference(mu)
        by_mu, by_sigma = normal.slopes(sigma, sigma_inv, self.sample.cov, d)
        own = normal.exact_part(sigma_inv, by_sigma, d, d_mu, d_sigma)
        full = np.zeros((len(theta), len(theta)))
        full[np.ix_(at, at)] = own + curvature(self.places, system_of(self.places, theta), by_sigma, by_mu)
        return full

    def _linearised(self, theta: Floats) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats]:
        system = system_of(self.places, theta)
        mu, sigma = moments_of(system)
        at, d_mu, d_sigma = derivatives(self.places, system)
        if not self.means:
            d_mu = np.zeros_like(d_mu)
        found = normal.inverse(sigma)
        assert found is not None
        return at, d_mu, d_sigma, mu, sigma, found[0]

    def delta(self, theta: Floats) -> Floats:
        """(s, q): rows [μ, vech Σ], or vech Σ alone where means are not modelled."""
        return stacked_delta(self.places, theta, self.means)

    def weight(self, theta: Floats) -> Floats:
        """W at the implied moments."""
        found = normal.inverse(moments_of(system_of(self.places, theta))[1])
        assert found is not None
        full = normal.weight_matrix(found[0])
        return full if self.means else full[self.places.p :, self.places.p :]

    def weighted(self, theta: Floats) -> Floats:
        """WΔ."""
        at, d_mu, d_sigma, _, _, sigma_inv = self._linearised(theta)
        left, right = normal.weigh(sigma_inv, d_mu, d_sigma)
        stacked = np.concatenate([left, right] if self.means else [right], axis=1).T
        full = np.zeros((len(stacked), len(theta)))
        full[:, at] = stacked
        return full

    @property
    def gamma(self) -> Floats:
        """Γ of [m, vech S], or of vech S."""
        first = 1 if self.means else 1 + self.places.p
        return self.sample.products[first:, first:] / self.n

    def meat(self, theta: Floats) -> Floats:
        """Mean cross-product of the casewise scores of θ."""
        system = system_of(self.places, theta)
        mu, sigma = moments_of(system)
        found = normal.inverse(sigma)
        assert found is not None
        at, products = casewise.score_products(
            self.sample, self.places, system, found[0], self.difference(mu), means=self.means
        )
        full = np.zeros((len(theta), len(theta)))
        full[np.ix_(at, at)] = products
        return full

    def trace_saturated(self) -> float:
        """tr(A⁻¹B) of the unrestricted model: tr(WΓ) with W at the sample's moments."""
        if self.sample.clusters is not None:
            return float((self.sample_weight() * self.gamma.T).sum())
        found = normal.inverse(self.sample.cov)
        assert found is not None
        return casewise.trace_saturated(self.sample, found[0], means=self.means)

    def residual(self, theta: Floats) -> Floats:
        """(s,) statistics less what the model implies."""
        mu, sigma = moments_of(system_of(self.places, theta))
        parts = [self.sample.mean - mu] if self.means else []
        return np.concatenate([*parts, vech(self.sample.cov - sigma)])

    def location(self, theta: Floats) -> Floats:
        """(p,) implied means, or the sample's."""
        return moments_of(system_of(self.places, theta))[0] if self.means else self.sample.mean

    def implied(self, theta: Floats) -> Floats:
        """(p, p) Σ."""
        return moments_of(system_of(self.places, theta))[1]

    def observed(self) -> Floats:
        """(p, p) S."""
        return self.sample.cov

    def statistics(self) -> Floats:
        """(s,) the sample's [m, vech S] or vech S."""
        return np.concatenate([*([self.sample.mean] if self.means else []), vech(self.sample.cov)])

    def standardised_residual(self, theta: Floats) -> Floats:
        """(s,) residuals in standard deviations of the sample."""
        sd = np.sqrt(np.diag(self.sample.cov))
        scale = [*([sd] if self.means else []), vech(np.outer(sd, sd))]
        return np.asarray(self.residual(theta) / np.concatenate(scale))

    def sample_weight(self) -> Floats:
        """W at the sample's own moments."""
        found = normal.inverse(self.sample.cov)
        assert found is not None
        full = normal.weight_matrix(found[0])
        return full if self.means else full[self.places.p :, self.places.p :]


def stacked_delta(places: Places, theta: Floats, means: bool) -> Floats:
    """Δ (s, q) of [μ, vech Σ] or vech Σ."""
    at, d_mu, d_sigma = derivatives(places, system_of(places, theta))
    parts = [d_mu, vech(d_sigma)] if means else [vech(d_sigma)]
    stacked = np.concatenate(parts, axis=1).T
    delta = np.zeros((len(stacked), len(theta)))
    delta[:, at] = stacked
    return delta
