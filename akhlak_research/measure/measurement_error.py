"""Standard error of measurement of a scale score, overall and at each score."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import ByGroup, Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.alpha import estimates_table
from akhlak_research.measure.alpha_kernels import alpha_gradient, alpha_of
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.conditional_error import error_parts, smooth_parts
from akhlak_research.measure.lambda_kernels import lambda2, lambda2_gradient
from akhlak_research.measure.lambdas import require_total
from akhlak_research.measure.material import Material, for_each
from akhlak_research.measure.omega_kernels import omega_gradients, omega_of
from akhlak_research.measure.omega_scale import fitted_or_reason

Value = Estimate | Unavailable
_Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, slots=True)
class _Coefficient:
    """An entry of the registry: value and gradient by the covariances, or why there is none."""

    name: str
    of: Callable[[Floats], tuple[float, Floats | None] | Unavailable]


def _omega(cov: Floats) -> tuple[float, Floats | None] | Unavailable:
    model = fitted_or_reason("total", cov)
    if isinstance(model, Unavailable):
        return model
    try:
        gradient = None if model.heywood else omega_gradients(model, cov)[0]
    except np.linalg.LinAlgError:
        gradient = None
    return omega_of(model), gradient


COEFFICIENTS = Registry(
    "coefficient",
    _Coefficient("alpha", lambda cov: (float(alpha_of(cov)), alpha_gradient(cov))),
    _Coefficient("lambda2", lambda cov: (lambda2(cov), lambda2_gradient(cov))),
    _Coefficient("omega", _omega),
)


@result
class MeasurementError(Result):
    """Errors of measurement of one scale's score.

    Attributes
    ----------
    reliability : float or Unavailable
        The coefficient that the errors rest on (with its interval in ``mcdonald_omega``, ``cronbach_alpha``,
        ``guttman_lambdas``).
    sem : Estimate or Unavailable
        Standard error of measurement, SD √(1 − reliability), in the score's units.
    sdc : Estimate or Unavailable
        Smallest change of one person that 95 % of pure errors stay below, 1.96 √2 SEM.
    conditional : DataFrame or Unavailable
        Columns ``score sem ci_low ci_high n``: the error at each score that occurs. It rests on alpha's model.
    coefficient, score : str
        As asked.
    score_sd : float
        Standard deviation of the score.
    degree : int
        Of the polynomial in the conditional error.
    """

    kind: ClassVar[str] = "measurement_error"
    reliability: float | Unavailable
    sem: Value
    sdc: Value
    conditional: pd.DataFrame | Unavailable
    coefficient: str
    score: str
    score_sd: float
    degree: int

    @property
    def estimate(self) -> float:
        """The standard error of measurement."""
        return self.sem.estimate

    @property
    def interval(self) -> Interval | Unavailable:
        """Its interval."""
        return self.sem.interval

    @property
    def n(self) -> int:
        """People used."""
        return self.sem.n

    def table(self) -> pd.DataFrame:
        """Two rows: ``coefficient estimate std_error ci_low ci_high n``."""
        return estimates_table("coefficient", {"sem": self.sem, "sdc": self.sdc})

    def headline(self) -> str:
        """SEM and what it rests on."""
        return f"SEM {self.sem!r} by {self.coefficient}, of the {self.score}"


def measurement_error(
    items: Items,
    *,
    coefficient: str = "omega",
    score: str = "sum",
    degree: int = 2,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    level: float = 0.95,
) -> MeasurementError | ByGroup[MeasurementError]:
    """Standard error of measurement, smallest detectable change, and the error at each score.

    A reliability compares people; these say in the score's own units how far a person's score may be off. The error by
    two occasions is in ``test_retest``.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Two items or more of one scale.
    coefficient : {"omega", "alpha", "lambda2"}
        Reliability of the sum score that the error rests on.
    score : {"sum", "mean"}
        Units: of the sum of items, or of their mean.
    degree : int
        Of the polynomial that smooths the conditional error over scores, 0 to 4.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
        Complete rows; or pairwise covariances (then no conditional errors).
    weights : array (n,), optional
        Sampling weights: weighted covariances and regression, linearised errors.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    by : str or Series, optional
        Repeat for each group.
    level : float
        Of the intervals.

    Returns
    -------
    MeasurementError, or ByGroup of MeasurementError

    Raises
    ------
    DataError
        ``too_few_items``, ``too_few_rows``, ``constant_item``, ``all_missing``, ``no_pair``, ``total_constant``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> error = ak.measurement_error(ak.Study("data/bfi").responses.of_dimension("A"), coefficient="alpha")
    >>> round(error.sem.estimate, 2), round(error.sdc.estimate, 2)
    (2.45, 6.79)

    Notes
    -----
    *Interval.* SEM² = σ²(1 − ρ̂) is a function of the covariances; delta method, normal on the scale of ln SEM. A
    Heywood case leaves omega without one. The interval of the reliability itself is that of its own function.

    *Conditional errors.* Items are parallel parts but for their means (alpha's model): a person's error variance is
    estimated by the scatter of their items around their own mean, less the items' means (Feldt & Qualls 1996), and
    smoothed by a polynomial in the score (as Mollenkopf 1949 did with halves). Over all people they average to SEM² by
    alpha, not by omega. The interval is that of the fitted curve, with robust errors, normal on the scale of ln SEM. At
    the ends of the scale, where everybody gives the same extreme answers, the error shrinks for lack of room; that is
    no precision.

    References
    ----------
    Mollenkopf, W. G. (1949). Variation of the standard error of measurement. Psychometrika, 14, 189–229.
    Feldt, L. S., & Qualls, A. L. (1996). Estimation of measurement error variance at specific score levels. Journal of
    Educational Measurement, 33, 141–156.
    """
    check_level(level)
    entry = COEFFICIENTS[coefficient]
    check_choice(score, ("sum", "mean"), "score")
    check_count(degree, 0, "degree", 4)

    def build(material: Material) -> MeasurementError:
        return _error(material, entry, score, degree, level)

    return for_each(
        build, items, by=by, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
    )


def _error(material: Material, entry: _Coefficient, score: str, degree: int, level: float) -> MeasurementError:
    require_total(material)
    cov = material.moments.cov
    unit = 1.0 if score == "sum" else 1.0 / len(cov)
    found = entry.of(cov)
    reliability: float | Unavailable
    sem: Value
    if isinstance(found, Unavailable):
        reliability, sem = found, found
    else:
        reliability, sem = found[0], _sem(material, *found, unit, level)
    sdc = sem if isinstance(sem, Unavailable) else _scaled(sem, _Z * math.sqrt(2))
    conditional = _conditional(material, unit, degree, level)
    notices = material.notices
    if not isinstance(conditional, Unavailable) and conditional["sem"].isna().any():
        notices += (Notice("conditional_negative", "caution", {"degree": degree}),)
    return MeasurementError(
        inputs=material.inputs, notices=notices, reliability=reliability, sem=sem, sdc=sdc, conditional=conditional,
        coefficient=entry.name, score=score, score_sd=unit * math.sqrt(float(cov.sum())), degree=degree,
    )  # fmt: skip


def _sem(material: Material, value: float, gradient: Floats | None, unit: float, level: float) -> Estimate:
    """√(σ²(1 − ρ)): the variance of the errors moves by (1 − ρ) 11′ − σ² ∂ρ/∂S."""
    total, n = float(material.moments.cov.sum()), material.moments.n
    sem = math.sqrt(max(total * (1 - value), 0.0))
    if gradient is None or sem == 0:
        none = Unavailable("sem_interval")
        return Estimate(unit * sem, none, none, n)
    se = material.standard_error(((1 - value) - total * gradient) / (2 * sem))
    return Estimate(unit * sem, _times(se, unit), _log_limits(sem, se, unit, level, material.origin), n)


def _times(se: float | Unavailable, unit: float) -> float | Unavailable:
    return se if isinstance(se, Unavailable) else unit * se


def _log_limits(sem: float, se: float | Unavailable, unit: float, level: float, origin: str) -> Interval | Unavailable:
    if isinstance(se, Unavailable):
        return se
    step = math.exp(float(stats.norm.ppf((1 + level) / 2)) * se / sem)
    return Interval(unit * sem / step, unit * sem * step, level, f"delta-log-{origin}")


def _scaled(value: Estimate, factor: float) -> Estimate:
    interval = value.interval
    if isinstance(interval, Interval):
        interval = Interval(factor * interval.low, factor * interval.high, interval.level, interval.method)
    return Estimate(factor * value.estimate, _times(value.se, factor), interval, value.n)


def _conditional(material: Material, unit: float, degree: int, level: float) -> pd.DataFrame | Unavailable:
    if material.rows is None:
        return Unavailable("interval_needs_rows")
    if material.patchy:
        return Unavailable("conditional_pairwise")
    rows = material.rows
    sums = rows.values.sum(axis=1)
    scores, place = np.unique(np.round(sums, 10), return_inverse=True)
    if len(scores) <= degree + 1:
        return Unavailable("conditional_few_scores", {"n": len(scores), "degree": degree})
    weights = np.ones(len(sums)) if rows.weights is None else rows.weights
    people = float(len(sums)) if material.sampled else float(weights.sum())
    parts = error_parts(rows.values, material.moments.mean) * people / (people - 1)
    value, error = smooth_parts(sums, parts, weights, scores, degree, frequencies=not material.sampled)
    sem = np.sqrt(np.where(value > 0, value, np.nan))
    step = np.exp(float(stats.norm.ppf((1 + level) / 2)) * error / (2 * np.where(value > 0, value, np.nan)))
    n = np.bincount(place, weights=rows.multiplicity).astype(np.int64)
    return pd.DataFrame(
        {"score": unit * scores, "sem": unit * sem, "ci_low": unit * sem / step, "ci_high": unit * sem * step, "n": n}
    )
