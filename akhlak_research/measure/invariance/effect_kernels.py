"""How far apart people of two groups with the same standing answer an item (kernels).

With ŷ_R(ξ) and ŷ_F(ξ) the expected answers under the reference group's and the focal group's parameters and f_F the
focal group's distribution of the factors (Nye & Drasgow 2011):

    d_MACS = √( ∫ (ŷ_F − ŷ_R)² f_F dξ ) / SD,   signed: ∫ (ŷ_F − ŷ_R) f_F dξ / SD,

the signed one after Nye, Bradburn, Olenick, Bialko & Drasgow (2019). SD is that of the answers, pooled over the
two groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from akhlak_research.measure.bounded import Floats

#: nodes of Gauss and Hermite; answers are smooth in ξ
_NODES = 61


@dataclass(frozen=True, slots=True)
class Gap:
    """``signed`` ∫ (ŷ_F − ŷ_R) f_F dξ and ``square`` ∫ (ŷ_F − ŷ_R)² f_F dξ, in units of the answers."""

    signed: float
    square: float

    def standardised(self, sd: float) -> tuple[float, float]:
        """d_MACS and its signed form."""
        return float(np.sqrt(self.square)) / sd, self.signed / sd


def linear_gap(intercept: float, slope: Floats, mean: Floats, cov: Floats) -> Gap:
    """Of a difference a + b′ξ, ξ (k,) with focal ``mean`` (k,) and ``cov`` (k, k)."""
    signed = float(intercept + slope @ mean)
    return Gap(signed, signed**2 + float(slope @ cov @ slope))


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """An ordered item of one factor: y* = ν + λξ + ε, var ε = θ, cut at ``tau`` (c − 1,) into ``codes`` (c,)."""

    loading: float
    intercept: float
    residual: float
    tau: Floats
    codes: Floats

    def expected(self, xi: Floats) -> Floats:
        """(m,) expected answer at ξ (m,)."""
        above = ndtr((self.intercept + self.loading * xi[:, None] - self.tau) / np.sqrt(self.residual))
        return np.asarray(self.codes[0] + above @ np.diff(self.codes))


def ordered_gap(focal: OrderedItem, reference: OrderedItem, mean: float, variance: float) -> Gap:
    """Of two expected answers over a normal ξ."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    share = weights / weights.sum()
    xi = mean + np.sqrt(variance) * nodes
    gap = focal.expected(xi) - reference.expected(xi)
    return Gap(float(share @ gap), float(share @ gap**2))


def pooled_sd(sd: tuple[float, float], n: tuple[float, float]) -> float:
    """Mean standard deviation of two groups, weighted by n − 1."""
    return ((n[0] - 1) * sd[0] + (n[1] - 1) * sd[1]) / (n[0] + n[1] - 2)


def mean_and_sd(values: Floats, weights: Floats | None) -> tuple[float, float]:
    """Weighted mean and standard deviation (denominator Σw − 1) of the answers there are."""
    seen = ~np.isnan(values)
    x = values[seen]
    w = np.ones(len(x)) if weights is None else weights[seen]
    mean = float(w @ x / w.sum())
    return mean, float(np.sqrt(w @ (x - mean) ** 2 / (w.sum() - 1)))
