"""Full-information maximum likelihood (Anderson 1957; Arbuckle 1996): one group's incomplete rows.

F is −2/n times the log-likelihood, less that of the unrestricted model, so that N F is the likelihood-ratio statistic.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import normal, patterns
from akhlak_research.measure.cfa.implied import Places, curvature, moments_of, system_of, vech, vech_index
from akhlak_research.measure.cfa.normal_block import stacked_delta
from akhlak_research.measure.cfa.patterns import Patterns, Saturated


@dataclass(frozen=True, slots=True)
class FimlBlock:
    """``rows`` by pattern and the unrestricted estimates ``saturated``; means are always modelled."""

    places: Places
    rows: Patterns
    saturated: Saturated
    last: dict[bytes, patterns.Stack | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def n(self) -> float:
        """People."""
        return self.rows.n

    @property
    def people(self) -> float:
        """People."""
        return self.rows.n

    def moments(self, theta: Floats) -> tuple[Floats, Floats]:
        """μ and Σ."""
        return moments_of(system_of(self.places, theta))

    def _found(self, theta: Floats) -> patterns.Stack | None:
        """The stack at θ; the last one is kept, for loss, gradient and Hessian ask for it in turn."""
        name = theta.tobytes()
        if name not in self.last:
            stack = patterns.stack_of(self.rows, *self.moments(theta))
            self.last.clear()
            self.last[name] = stack
        return self.last[name]

    def _stack(self, theta: Floats) -> patterns.Stack:
        stack = self._found(theta)
        assert stack is not None
        return stack

    def value(self, theta: Floats) -> float:
        """F."""
        stack = self._found(theta)
        return np.inf if stack is None else patterns.minus_twice_loglik(self.rows, stack) - self.saturated.value

    def gradient(self, theta: Floats) -> Floats:
        """Gradient."""
        by_mu, by_sigma, _ = patterns.slopes(self.rows, self._stack(theta))
        return self.delta(theta).T @ _by_statistics(by_mu, by_sigma)

    def slope(self, theta: Floats) -> tuple[Floats, Floats]:
        """Gradient and expected Hessian."""
        stack = self._stack(theta)
        by_mu, by_sigma, _ = patterns.slopes(self.rows, stack)
        delta = self.delta(theta)
        weight = patterns.expected_weight(self.rows, stack)
        return delta.T @ _by_statistics(by_mu, by_sigma), 2 * delta.T @ weight @ delta

    def hessian(self, theta: Floats) -> Floats:
        """Exact Hessian."""
        stack = self._stack(theta)
        by_mu, by_sigma, own = patterns.slopes(self.rows, stack)
        delta = self.delta(theta)
        total = delta.T @ patterns.exact_hessian(self.rows, stack, own) @ delta
        free = (self.places.theta >= 0) & (self.places.kind <= 2)
        at = self.places.theta[free]
        total[np.ix_(at, at)] += curvature(self.places, system_of(self.places, theta), by_sigma, by_mu)
        return np.asarray(total)

    def delta(self, theta: Floats) -> Floats:
        """(s, q): rows [μ, vech Σ]."""
        return stacked_delta(self.places, theta, True)

    def weight(self, theta: Floats) -> Floats:
        """W at the implied moments."""
        return patterns.expected_weight(self.rows, self._stack(theta))

    def weighted(self, theta: Floats) -> Floats:
        """WΔ."""
        return self.weight(theta) @ self.delta(theta)

    def meat(self, theta: Floats) -> Floats:
        """Mean cross-product of the casewise scores of θ."""
        delta = self.delta(theta)
        return np.asarray(delta.T @ patterns.score_products(self.rows, *self.moments(theta)) @ delta)

    def sample_weight(self) -> Floats:
        """Observed information of the unrestricted model."""
        stack = patterns.stack_of(self.rows, self.saturated.mean, self.saturated.cov)
        assert stack is not None
        own = patterns.slopes(self.rows, stack)[2]
        return patterns.exact_hessian(self.rows, stack, own) / 2

    def sample_meat(self) -> Floats:
        """Mean cross-product of casewise scores of the unrestricted model."""
        return patterns.score_products(self.rows, self.saturated.mean, self.saturated.cov)

    @property
    def gamma(self) -> Floats:
        """A⁻¹ B A⁻¹ of the unrestricted model."""
        A = self.sample_weight()
        return np.asarray(np.linalg.solve(A, np.linalg.solve(A, self.sample_meat()).T))

    def trace_saturated(self) -> float:
        """tr(A⁻¹B)."""
        return float(np.trace(np.linalg.solve(self.sample_weight(), self.sample_meat())))

    def complete_weight(self) -> Floats:
        """Information of one complete row at the unrestricted estimates."""
        found = normal.inverse(self.saturated.cov)
        assert found is not None
        return normal.weight_matrix(found[0])

    def complete_value(self, theta: Floats) -> float:
        """The complete-data discrepancy of the unrestricted estimates from the implied moments."""
        mu, sigma = self.moments(theta)
        found = normal.inverse(sigma)
        own = normal.inverse(self.saturated.cov)
        assert found is not None and own is not None
        return normal.discrepancy(*found, self.saturated.cov, own[1], self.saturated.mean - mu)

    def residual(self, theta: Floats) -> Floats:
        """(s,) unrestricted less implied moments."""
        mu, sigma = self.moments(theta)
        return np.concatenate([self.saturated.mean - mu, vech(self.saturated.cov - sigma)])

    def statistics(self) -> Floats:
        """(s,) unrestricted moments."""
        return np.concatenate([self.saturated.mean, vech(self.saturated.cov)])

    def standardised_residual(self, theta: Floats) -> Floats:
        """(s,) residuals in standard deviations."""
        sd = np.sqrt(np.diag(self.saturated.cov))
        return np.asarray(self.residual(theta) / np.concatenate([sd, vech(np.outer(sd, sd))]))

    def location(self, theta: Floats) -> Floats:
        """(p,) implied means."""
        return self.moments(theta)[0]

    def implied(self, theta: Floats) -> Floats:
        """(p, p) Σ."""
        return self.moments(theta)[1]

    def observed(self) -> Floats:
        """(p, p) unrestricted covariances."""
        return self.saturated.cov


def _by_statistics(by_mu: Floats, by_sigma: Floats) -> Floats:
    i, j = vech_index(len(by_mu))
    return np.concatenate([by_mu, vech(by_sigma) * np.where(i == j, 1.0, 2.0)])
