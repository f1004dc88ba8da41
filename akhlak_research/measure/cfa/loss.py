"""Discrepancy of each group as a function of θ, with its gradient and two curvatures: a block is one replaceable term.

A model's loss is Σ_g (n_g / N) F_g(θ). Estimators differ only in their blocks; optimiser, inference, tests and fit
measures see nothing but this interface.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import Places


class Block(Protocol):
    """One group's term of the loss."""

    @property
    def places(self) -> Places:
        """Where the group's parameters stand."""
        ...

    @property
    def n(self) -> float:
        """Weight of the group's F in the statistic: people, or one fewer in least squares."""
        ...

    @property
    def people(self) -> float:
        """People."""
        ...

    @property
    def gamma(self) -> Floats:
        """Γ (s, s): n times the covariance of the statistics, where the estimator asked for it."""
        ...

    def value(self, theta: Floats) -> float:
        """F; ∞ where the implied matrix is not positive definite."""
        ...

    def gradient(self, theta: Floats) -> Floats:
        """∂F/∂θ (q,)."""
        ...

    def slope(self, theta: Floats) -> tuple[Floats, Floats]:
        """∂F/∂θ (q,) and the expected Hessian 2 Δ′WΔ (q, q)."""
        ...

    def hessian(self, theta: Floats) -> Floats:
        """The exact Hessian of F (q, q)."""
        ...

    def delta(self, theta: Floats) -> Floats:
        """Δ = ∂σ/∂θ (s, q), σ the statistics."""
        ...

    def weighted(self, theta: Floats) -> Floats:
        """WΔ (s, q)."""
        ...

    def weight(self, theta: Floats) -> Floats:
        """W (s, s), or its diagonal (s,)."""
        ...

    def meat(self, theta: Floats) -> Floats:
        """Mean cross-product (q, q) of the casewise scores of θ."""
        ...

    def trace_saturated(self) -> float:
        """tr(A⁻¹B) of the unrestricted model."""
        ...

    def residual(self, theta: Floats) -> Floats:
        """(s,) statistics less what the model implies."""
        ...

    def sample_weight(self) -> Floats:
        """W (s, s) at the sample's own moments."""
        ...

    def statistics(self) -> Floats:
        """(s,) the sample's statistics."""
        ...

    def standardised_residual(self, theta: Floats) -> Floats:
        """Residuals in standard deviations of the sample, as SRMR counts them."""
        ...

    def location(self, theta: Floats) -> Floats:
        """(p,) where the variables lie: implied means, or the sample's where means are not modelled."""
        ...

    def implied(self, theta: Floats) -> Floats:
        """(p, p) implied covariances (ordered items: correlations)."""
        ...

    def observed(self) -> Floats:
        """(p, p) the sample's."""
        ...


def total_value(blocks: tuple[Block, ...], theta: Floats) -> float:
    """Σ_g (n_g / N) F_g."""
    n = sum(block.n for block in blocks)
    return float(sum(block.n / n * block.value(theta) for block in blocks))


def total_slope(blocks: tuple[Block, ...], theta: Floats) -> tuple[Floats, Floats]:
    """Gradient and expected Hessian of the loss."""
    n = sum(block.n for block in blocks)
    gradient, hessian = np.zeros(len(theta)), np.zeros((len(theta), len(theta)))
    for block in blocks:
        g, h = block.slope(theta)
        gradient += block.n / n * g
        hessian += block.n / n * h
    return gradient, hessian


def total_gradient(blocks: tuple[Block, ...], theta: Floats) -> Floats:
    """Gradient of the loss."""
    n = sum(block.n for block in blocks)
    return np.asarray(sum(block.n / n * block.gradient(theta) for block in blocks))


def total_hessian(blocks: tuple[Block, ...], theta: Floats) -> Floats:
    """Exact Hessian of the loss."""
    n = sum(block.n for block in blocks)
    return np.asarray(sum(block.n / n * block.hessian(theta) for block in blocks))
