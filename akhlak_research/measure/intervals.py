"""Intervals of coefficient alpha: one registry entry per method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Estimate, Interval, Notice, Unavailable
from akhlak_research.measure.alpha_kernels import alpha_gradient, through_correlations
from akhlak_research.measure.bootstrap import bootstrap_alpha
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import Material
from akhlak_research.measure.sampling_error import normal_theory_error


@dataclass(frozen=True, slots=True)
class Task:
    """What an interval is asked for: raw alpha of ``material``, its standard error, and how to draw."""

    material: Material
    alpha: float
    se: float | Unavailable
    level: float
    n_boot: int
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Found:
    """An interval or why there is none, and what the reader must know of it."""

    interval: Interval | Unavailable
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class IntervalMethod:
    """An entry of the registry.

    Attributes
    ----------
    name : str
    needs_rows : bool
        Moments and counts are not enough.
    takes_weights : bool
        Holds under sampling weights.
    takes_patchy : bool
        Defined where pairwise deletion left covariances of different people.
    make : callable
    """

    name: str
    needs_rows: bool
    takes_weights: bool
    takes_patchy: bool
    make: Callable[[Task], Found]


def interval_of(method: IntervalMethod, task: Task) -> Found:
    """The interval by a method, or the reason why the data do not allow it."""
    if task.material.sampled and not method.takes_weights:
        return Found(Unavailable("feldt_weights"))
    if method.needs_rows and task.material.rows is None:
        return Found(Unavailable("interval_needs_rows"))
    if task.material.patchy and not method.takes_patchy:
        return Found(Unavailable("bootstrap_pairwise"))
    return method.make(task)


def default_interval(material: Material) -> IntervalMethod:
    """Feldt's; distribution-free where his has no meaning (sampling weights, covariances of different people)."""
    return INTERVALS["adf" if material.rows is not None and (material.sampled or material.patchy) else "feldt"]


def feldt_limits(alpha: float, n: float, k: int, level: float) -> tuple[float, float]:
    """(1 − α)/(1 − α̂) is F with n − 1 and (n − 1)(k − 1) degrees of freedom (Feldt 1965; Feldt, Woodruff & Salih 1987,
    eq. 6), exactly so for parallel items with normal errors."""
    tail = (1 - level) / 2
    quantile = stats.f(n - 1, (n - 1) * (k - 1)).ppf
    return float(1 - (1 - alpha) * quantile(1 - tail)), float(1 - (1 - alpha) * quantile(tail))


def normal_interval(alpha: float, se: float | Unavailable, level: float, method: str) -> Interval | Unavailable:
    """α̂ ± z·se, cut at 1 (van Zyl, Neudecker & Nel 2000; Maydeu-Olivares, Coffman & Hartmann 2007)."""
    if isinstance(se, Unavailable):
        return se
    step = float(stats.norm.ppf((1 + level) / 2)) * se
    return Interval(alpha - step, min(alpha + step, 1.0), level, method)


def smooth_estimate(
    material: Material, value: float, gradient: Floats | None, level: float, *, of_correlations: bool = False
) -> Estimate:
    """A function of the covariances (correlations) with its delta-method error and α̂ ± z·se; ``gradient`` (k, k) is by
    the covariances (off the diagonal, by the correlations), None where the function has no derivative."""
    n = material.moments.n
    if gradient is None:
        none = Unavailable("no_derivative")
        return Estimate(value, none, none, n)
    if of_correlations:
        gradient = through_correlations(gradient, material.moments.correlation)
    se = material.standard_error(gradient, of_correlations=of_correlations)
    return Estimate(value, se, normal_interval(value, se, level, material.origin), n)


def _feldt(task: Task) -> Found:
    material = task.material
    n = material.smallest_n
    low, high = feldt_limits(task.alpha, n, len(material.moments.names), task.level)
    notices: tuple[Notice, ...] = ()
    if material.patchy:
        notices = (Notice("feldt_pairwise", "caution", {"n": n}),)
    elif material.rows is not None:
        free = normal_interval(task.alpha, task.se, task.level, "adf")
        notices = (Notice("feldt_assumes_normal", "info", {"low": free.low, "high": free.high}),)
    return Found(Interval(low, high, task.level, "feldt"), notices)


def _adf(task: Task) -> Found:
    method = "linearised" if task.material.sampled else "adf"
    return Found(normal_interval(task.alpha, task.se, task.level, method))


def _normal_theory(task: Task) -> Found:
    cov = task.material.moments.cov
    se = normal_theory_error(cov, alpha_gradient(cov), task.material.smallest_n)
    return Found(normal_interval(task.alpha, se, task.level, "normal-theory"))


def _bootstrap(task: Task) -> Found:
    rows = task.material.rows
    assert rows is not None
    alphas = bootstrap_alpha(rows.values, rows.weights, task.material.sampled, task.n_boot, task.rng)
    fine = alphas[~np.isnan(alphas)]
    if len(fine) == 0:
        return Found(Unavailable("bootstrap_constant"))
    notices: tuple[Notice, ...] = ()
    if len(fine) < len(alphas):
        notices = (Notice("bootstrap_some_constant", "caution", {"n": len(alphas) - len(fine), "n_boot": len(alphas)}),)
    tail = (1 - task.level) / 2
    low, high = np.quantile(fine, [tail, 1 - tail])
    return Found(Interval(float(low), float(high), task.level, "bootstrap-percentile"), notices)


INTERVALS = Registry(
    "interval",
    IntervalMethod("feldt", needs_rows=False, takes_weights=False, takes_patchy=True, make=_feldt),
    IntervalMethod("adf", needs_rows=True, takes_weights=True, takes_patchy=True, make=_adf),
    IntervalMethod("normal-theory", needs_rows=False, takes_weights=False, takes_patchy=True, make=_normal_theory),
    IntervalMethod("bootstrap", needs_rows=True, takes_weights=True, takes_patchy=False, make=_bootstrap),
)
