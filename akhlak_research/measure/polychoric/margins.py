"""Step one of a mixed model's statistics: each variable alone, given the covariates (Muthén 1984).

A continuous variable has a linear regression with normal residuals, an ordered one a probit regression

    y* = β′x + ε,   P(y ≤ c | x) = Φ(τ_c − β′x).

The errors of both come from products of casewise scores, as in lavaan (``muthen1984``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.binormal import FAR
from akhlak_research.measure.polychoric.two_step import thresholds

_MAX_ITER = 50
_STEP = 1e-10
#: a probit slope of this many standard deviations says that a covariate separates the categories
_SEPARATED = 8.0
_ROOT = np.sqrt(2 * np.pi)


@dataclass(frozen=True, slots=True)
class Margin:
    """One variable over n rows.

    Attributes
    ----------
    weight : (n,)
        What a row counts; 0 where the answer is missing.
    place : (n,) int or None
        Category of an ordered variable, from 0.
    location : (K − 1,) or (1,)
        Thresholds, or the intercept.
    slopes : (k,)
    variance : float
        Of the residual; 1 for ordered variables.
    low, high : (n,)
        Limits of the category less β′x; of a continuous variable both hold its standardised residual.
    """

    weight: Floats
    place: NDArray[np.intp] | None
    location: Floats
    slopes: Floats
    variance: float
    low: Floats
    high: Floats

    @property
    def width(self) -> int:
        """Parameters: thresholds (or the intercept), slopes, a continuous variable's variance."""
        return len(self.location) + len(self.slopes) + (self.place is None)

    def gather(self, by_low: Floats, by_high: Floats, x: Floats) -> Floats:
        """(width,) sums over rows of derivatives by the parameters, from (n,) derivatives by the two limits; of a
        continuous variable by its mean and its variance."""
        if self.place is None:
            return np.concatenate([[by_low.sum()], x.T @ by_low, [by_high.sum()]])
        k = len(self.location) + 1
        own = np.bincount(self.place, by_high, k)[:-1] + np.bincount(self.place, by_low, k)[1:]
        return np.concatenate([own, -x.T @ (by_low + by_high)])

    def scores(self, x: Floats) -> Floats:
        """(n, width) derivatives of each row's log-likelihood by the parameters; 0 where the answer is missing."""
        out = np.zeros((len(self.weight), self.width), order="F")
        by_low, by_high = self.slope_by_limits()
        k = len(self.location)
        if self.place is None:
            out[:, 0], out[:, -1] = by_low, by_high
            out[:, k:-1] = x * by_low[:, None]
        else:
            for c in range(k):
                out[:, c] = np.where(self.place == c, by_high, 0.0) + np.where(self.place == c + 1, by_low, 0.0)
            out[:, k:] = -x * (by_low + by_high)[:, None]
        out[self.weight == 0] = 0.0
        return out

    def slope_by_limits(self) -> tuple[Floats, Floats]:
        """(n,) derivatives of log f by the lower and the upper limit, or by mean and variance."""
        if self.place is None:
            z, sd = self.low, np.sqrt(self.variance)
            return z / sd, (z**2 - 1) / (2 * self.variance)
        p = between(self.low, self.high)
        return -height(self.low) / p, height(self.high) / p


def height(x: Floats) -> Floats:
    """φ(x)."""
    return np.asarray(np.exp(-(x**2) / 2) / _ROOT)


def between(low: Floats, high: Floats) -> Floats:
    """Φ(high) − Φ(low), from the tail in which both lie."""
    turn = low > 0
    p = ndtr(np.where(turn, -low, high)) - ndtr(np.where(turn, -high, low))
    return np.asarray(np.maximum(p, 1e-300))


def linear_margin(y: Floats, x: Floats, weight: Floats) -> Margin:
    """Least squares of ``y`` (n,) on ``x`` (n, k); ``variance`` has the denominator n."""
    design = np.column_stack([np.ones(len(y)), x])
    filled = np.where(weight > 0, y, 0.0)
    turned = design * weight[:, None]
    found: Floats = np.asarray(np.linalg.solve(turned.T @ design, turned.T @ filled), dtype=np.float64)
    residual = np.where(weight > 0, filled - design @ found, 0.0)
    variance = float(weight @ residual**2 / weight.sum())
    z = np.asarray(residual / np.sqrt(variance), dtype=np.float64)
    return Margin(weight, None, found[:1], found[1:], variance, z, z)


def probit_margin(place: NDArray[np.intp], x: Floats, weight: Floats, name: str) -> Margin:
    """Ordered probit regression of categories ``place`` (n,) on ``x`` (n, k) by Newton's method.

    Raises
    ------
    MethodError
        ``cfa_probit_separated`` where a covariate tells the categories apart without overlap.
    """
    single = np.asarray(np.bincount(place, weight), dtype=np.float64)
    tau = thresholds(single)
    if x.shape[1] == 0:
        return _ordered(place, tau, np.zeros(0), x, weight)
    mean = weight @ x / weight.sum()
    sd = np.sqrt(weight @ (x - mean) ** 2 / weight.sum())
    z = (x - mean) / sd
    tau, beta = _newton(place, tau, z, weight, name)
    raw = beta / sd
    return _ordered(place, tau + raw @ mean, raw, x, weight)


def _ordered(place: NDArray[np.intp], tau: Floats, beta: Floats, x: Floats, weight: Floats) -> Margin:
    ends = np.concatenate([[-np.inf], tau, [np.inf]])
    eta = x @ beta
    low: Floats = np.clip(ends[place] - eta, -FAR, FAR).astype(np.float64)
    high: Floats = np.clip(ends[place + 1] - eta, -FAR, FAR).astype(np.float64)
    return Margin(weight, place, tau, beta, 1.0, low, high)


def _newton(
    place: NDArray[np.intp], tau: Floats, z: Floats, weight: Floats, name: str
) -> tuple[Floats, Floats]:
    k = len(tau)
    beta = np.zeros(z.shape[1])
    value = -np.inf
    step: Floats = np.zeros(k + len(beta))
    for _ in range(_MAX_ITER):
        # a step that overshoots is halved; the likelihood is concave, so this ends at its maximum
        for _ in range(40):
            t, b = tau + step[:k], beta + step[k:]
            margin = _ordered(place, t, b, z, weight)
            ordered = bool((np.diff(t) > 0).all())
            now = float(weight @ np.log(between(margin.low, margin.high))) if ordered else -np.inf
            if now >= value - 1e-10 * abs(value):
                break
            step = step / 2
        tau, beta, value = t, b, now
        if np.abs(beta).max() > _SEPARATED:
            break
        if step.any() and np.abs(step).max() < _STEP:
            return tau, beta
        gradient, curvature = _slopes(margin, z)
        step = np.asarray(np.linalg.solve(curvature, gradient))
    raise MethodError("cfa_probit_separated", got=name)


def _slopes(margin: Margin, z: Floats) -> tuple[Floats, Floats]:
    """Gradient (r,) and minus Hessian (r, r) of the log-likelihood by thresholds and slopes."""
    w, place, k = margin.weight, margin.place, len(margin.location)
    assert place is not None
    by_low, by_high = margin.slope_by_limits()
    gradient = margin.gather(w * by_low, w * by_high, z)
    # minus second derivatives by the limits of a row
    ll = w * (by_low**2 + margin.low * by_low)
    hh = w * (by_high**2 + margin.high * by_high)
    lh = w * by_low * by_high
    own = np.diag(np.bincount(place, hh, k + 1)[:-1] + np.bincount(place, ll, k + 1)[1:])
    inner = np.arange(k - 1)
    own[inner, inner + 1] = own[inner + 1, inner] = np.bincount(place, lh, k + 1)[1:-1]
    at = np.zeros((len(place), k))
    for c in range(k):
        at[:, c] = np.where(place == c, hh + lh, 0.0) + np.where(place == c + 1, ll + lh, 0.0)
    cross = -at.T @ z
    slopes = (z * (hh + ll + 2 * lh)[:, None]).T @ z
    return gradient, np.block([[own, cross], [cross.T, slopes]])
