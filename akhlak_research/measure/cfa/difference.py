"""Differences of chi-square statistics of nested models (kernels of ``compare_models``).

Model 1 has more free parameters than model 0. T and df are the unscaled statistics, c their scaling factors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import null_space

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fiml_block import FimlBlock
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import moments_of, system_of
from akhlak_research.measure.cfa.inference import meat_of
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.normal_block import NormalBlock
from akhlak_research.measure.cfa.observed import Sample
from akhlak_research.measure.cfa.optimise import Optimum, minimise

#: loss below which model 1 reproduces what model 0 implies
_REPRODUCED = 1e-7


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference test: ``statistic``, ``df``; ``scale`` is c, ``shift`` what was added."""

    statistic: float
    df: float
    scale: float = 1.0
    shift: float = 0.0


def scaled_difference(t0: float, t1: float, df0: float, df1: float, c0: float, c1: float) -> Difference | None:
    """Satorra & Bentler (2001), or (2010) where c₁ is of model 1 at model 0's estimates; None where c ≤ 0."""
    c = (df0 * c0 - df1 * c1) / (df0 - df1)
    return Difference((t0 - t1) / c, df0 - df1, c) if c > 0 else None


def restricted_difference(fit1: Fit, fit0: Fit, information: Floats, gap: float, *, rule: str) -> Difference:
    """Satorra (2000): the difference's own UΓ at model 1's estimates.

    With D = ΔK stacked over groups, H solves D₁H ≈ D₀, A spans the complement of H, and Q = P A′(APA′)⁻¹A P in free
    numbers; UΓ has the traces of QM, M = Σ (n_g/N) Δ′WΓWΔ. ``rule``: ``shifted`` (scaled and shifted), ``adjusted``
    (df fitted too) or ``scaled``.
    """
    K = fit1.reparam.K
    D1 = np.concatenate([block.delta(fit1.theta) @ K for block in fit1.blocks])
    D0 = np.concatenate([block.delta(fit0.theta) @ fit0.reparam.K for block in fit0.blocks])
    H = np.linalg.lstsq(D1, D0, rcond=None)[0]
    A = null_space(H.T).T
    inverse = np.linalg.inv(K.T @ information @ K)
    pulled = A @ inverse
    Q = pulled.T @ np.linalg.solve(pulled @ A.T, pulled)
    product = Q @ (K.T @ meat_of(fit1, casewise=False) @ K)
    first, second = float(np.trace(product)), float((product * product.T).sum())
    df = fit1.reparam.n_free - fit0.reparam.n_free
    if rule == "scaled":
        return Difference(gap * df / first, df, first / df)
    if rule == "adjusted":
        return Difference(gap * first / second, first**2 / second, second / first)
    a = float(np.sqrt(df / second))
    return Difference(gap * a + df - a * first, df, 1 / a, df - a * first)


def embedded(fit1: Fit, fit0: Fit) -> Fit | None:
    """Model 1 at the parameters that reproduce what model 0 implies (Bentler & Satorra 2010, NET); None if it cannot:
    then the models are not nested."""
    pairs = zip(fit1.blocks, fit0.blocks, strict=True)
    targets = tuple(_target(block1, block0, fit0.theta) for block1, block0 in pairs)
    found = minimise(targets, fit1.reparam, fit1.reparam.x(fit1.theta))
    if not found.value < _REPRODUCED:
        return None
    optimum = Optimum(found.theta, found.value, found.gradient, found.iterations, found.converged)
    return replace(fit1, optimum=optimum)


def _target(block1: Block, block0: Block, theta0: Floats) -> Block:
    """Model 1's block with model 0's implied statistics in place of the sample's."""
    if isinstance(block1, LeastSquaresBlock):
        assert isinstance(block0, LeastSquaresBlock)
        return replace(block1, s=block0.sigma(theta0))
    mu, sigma = moments_of(system_of(block0.places, theta0))
    assert isinstance(block1, NormalBlock | FimlBlock)
    means = block1.means if isinstance(block1, NormalBlock) else True
    empty = np.zeros(0)
    sample = Sample(np.zeros((0, len(mu))), empty, block1.n, mu, sigma, empty)
    return NormalBlock(block1.places, sample, means)
