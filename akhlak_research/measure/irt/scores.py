"""Where a person stands: EAP, MAP, ML and WLE of θ, each with its standard error. Kernels on patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.registry import Registry
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.families import TINY
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.marginal import Marginal
from akhlak_research.measure.irt.posterior import expect

#: beyond this |θ| an estimate is taken to have no end: the answers are perfect or as good as perfect
FAR = 20.0
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Slopes:
    """At each pattern's own θ: ∂ log L (N,), ∂² log L (N,), information I (N,), and J = Σ P′P″/P (N,)."""

    first: Floats
    second: Floats
    information: Floats
    skew: Floats


def slopes(fitted: Fitted, codes: np.ndarray, theta: Floats, group: int) -> Slopes:
    """Derivatives of the log-likelihood of patterns (N, p) at θ (N,); items without an answer left out."""
    out = [np.empty(len(theta)) for _ in range(4)]
    for start in range(0, len(theta), _CHUNK):
        span = slice(start, start + _CHUNK)
        curves = fitted.curves(theta[span], group)
        answered = codes[span] >= 0
        at = np.where(answered, codes[span], 0).T[:, None]
        p = np.maximum(curves.p, TINY)
        chosen = _chosen(p, at)
        ratio = _chosen(curves.first, at) / chosen
        bend = _chosen(curves.second, at) / chosen - ratio**2
        information = (curves.first**2 / p).sum(1).T
        skew = (curves.first * curves.second / p).sum(1).T
        for store, each in zip(out, (ratio, bend, information, skew), strict=True):
            store[span] = (each * answered).sum(1)
    return Slopes(*out)


def _chosen(values: Floats, at: np.ndarray) -> Floats:
    return np.take_along_axis(values, at, axis=1)[:, 0].T


def eap(fitted: Fitted) -> tuple[Floats, Floats]:
    """(N,) posterior mean and standard deviation."""
    n = len(fitted.patterns.codes)
    mean, sd = np.empty(n), np.empty(n)
    theta = fitted.theta

    def visit(span: slice, group: int, columns: np.ndarray, hot: Floats, post: Floats, _: Floats) -> None:
        mean[span] = post @ theta
        sd[span] = np.sqrt(np.maximum(post @ theta**2 - mean[span] ** 2, 0.0))

    marginal = Marginal(fitted.design, fitted.patterns, theta)
    tables = marginal.tables(fitted.design.psi(fitted.calibration.phi))
    assert tables is not None
    expect(marginal.coded, tables.table, tables.prior, visit)
    return mean, sd


def _likeliest_node(fitted: Fitted) -> Floats:
    """(N,) the node at which the answers are likeliest, a start for Newton."""
    best = np.zeros(len(fitted.patterns.codes))
    marginal = Marginal(fitted.design, fitted.patterns, fitted.theta)
    tables = marginal.tables(fitted.design.psi(fitted.calibration.phi))
    assert tables is not None
    for span, _, columns, hot in marginal.coded.chunks():
        best[span] = fitted.theta[(hot @ tables.table[columns]).argmax(axis=1)]
    return best


def _newton(fitted: Fitted, target: Callable[[Slopes, Floats, int], tuple[Floats, Floats]]) -> Floats:
    """(N,) root of an estimating function, by Newton steps of at most 1 that fall back to bisection.

    ``target(slopes, θ, group)`` gives the function and minus its derivative (or a positive stand-in). The function is
    positive far below the root and negative far above, which keeps a bracket.
    """
    theta = _likeliest_node(fitted)
    for group in range(fitted.n_groups):
        at = np.flatnonzero(fitted.patterns.group == group)
        low, high = np.full(len(at), -FAR), np.full(len(at), FAR)
        for _ in range(100):
            s = slopes(fitted, fitted.patterns.codes[at], theta[at], group)
            value, fall = target(s, theta[at], group)
            here = theta[at]
            low, high = np.where(value > 0, here, low), np.where(value < 0, here, high)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.where(fall > 0, np.clip(value / fall, -1, 1), np.sign(value))
            new = here + step
            new = np.where((new <= low) | (new >= high), (low + high) / 2, new)
            theta[at] = new
            going = np.abs(new - here) > 1e-9
            low, high, at = low[going], high[going], at[going]
            if not len(at):
                break
    return theta


def maximum_posterior(fitted: Fitted) -> tuple[Floats, Floats]:
    """(N,) mode of the posterior; standard error from its curvature there."""
    mean, variance = fitted.calibration.mean, fitted.calibration.variance
    theta = _newton(
        fitted, lambda s, t, g: (s.first - (t - mean[g]) / variance[g], 1 / variance[g] - s.second)
    )  # fmt: skip
    return theta, _error(fitted, theta, lambda s, g: -s.second + 1 / variance[g])


def maximum_likelihood(fitted: Fitted) -> tuple[Floats, Floats]:
    """(N,) maximum of the likelihood, ±∞ (no standard error) for perfect answers."""
    theta = _newton(fitted, lambda s, t, g: (s.first, -s.second))
    error = _error(fitted, theta, lambda s, g: -s.second)
    endless = np.abs(theta) > FAR - 1e-6
    theta, error = np.where(endless, np.copysign(np.inf, theta), theta), np.where(endless, np.nan, error)
    return theta, error


def weighted_likelihood(fitted: Fitted) -> tuple[Floats, Floats]:
    """(N,) Warm's (1989) estimate: finite for all answers and nearly unbiased; 1/√information."""
    theta = _newton(fitted, lambda s, t, g: (s.first + s.skew / (2 * np.maximum(s.information, TINY)), -s.second))
    return theta, _error(fitted, theta, lambda s, g: s.information)


def _error(fitted: Fitted, theta: Floats, information: Callable[[Slopes, int], Floats]) -> Floats:
    out = np.full(len(theta), np.nan)
    for group in range(fitted.n_groups):
        at = np.flatnonzero(fitted.patterns.group == group)
        value = information(slopes(fitted, fitted.patterns.codes[at], theta[at], group), group)
        with np.errstate(divide="ignore", invalid="ignore"):
            out[at] = np.where(value > 0, 1 / np.sqrt(value), np.nan)
    return out


@dataclass(frozen=True, slots=True)
class Scorer:
    """An entry of the registry: its name, whether it leans on the distribution of θ, and the kernel."""

    name: str
    uses_prior: bool
    estimate: Callable[[Fitted], tuple[Floats, Floats]]


SCORERS = Registry(
    "method",
    Scorer("EAP", True, eap),
    Scorer("MAP", True, maximum_posterior),
    Scorer("ML", False, maximum_likelihood),
    Scorer("WLE", False, weighted_likelihood),
)
