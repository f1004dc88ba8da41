"""``small_area``: scores of small offices that lean on all offices, with an honest error, and what may be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.index.area_input import Areas, as_areas
from akhlak_research.index.fay_herriot import AreaModel, Method, fit, predict
from akhlak_research.index.result import Index
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.margin import critical_value
from akhlak_research.survey.population import whole_numbers

METHOD = "fay-herriot"
Verdict = Literal["show", "show_model", "hide"]


@dataclass(frozen=True, slots=True)
class SmallArea:
    """One unit.

    Attributes
    ----------
    unit : str
    n : int
        Respondents; 0 where nobody answered.
    direct : Estimate or Unavailable
        From its own respondents.
    model : Estimate
        Direct estimate and the model's expectation, weighted by ``gamma``; its error is √MSE.
    gamma : float
        Weight of the direct estimate.
    rse_percent : float
        √MSE in percent of the estimate.
    verdict : {"show", "show_model", "hide"}
        By the catalogue's rule: enough respondents and a direct estimate of small error; enough respondents, but only
        the model's estimate is good enough; too few respondents to show anything of theirs.
    """

    unit: str
    n: int
    direct: Estimate | Unavailable
    model: Estimate
    gamma: float
    rse_percent: float
    verdict: Verdict


@result
class SmallAreas(ResultBase):
    """Shrunk scores of units.

    Attributes
    ----------
    areas : tuple of SmallArea
        In sorted order.
    variance, variance_error : float
        Between units, beyond regressors and sampling error; its asymptotic standard error.
    coefficients : DataFrame
        ``term estimate std_error``.
    method, variances : str
    pooled_variance : float
        Of one respondent, where variances were smoothed; NaN otherwise.
    rule : mapping of str to float
        Thresholds that decided what may be shown.
    level : float
    """

    kind: ClassVar[str] = "small_areas"
    areas: tuple[SmallArea, ...]
    variance: float
    variance_error: float
    coefficients: pd.DataFrame
    method: str
    variances: str
    pooled_variance: float
    rule: dict[str, float]
    level: float
    notices: tuple[Notice, ...] = ()

    def of(self, unit: str) -> SmallArea:
        """The unit of a name."""
        for area in self.areas:
            if area.unit == unit:
                return area
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[area.unit for area in self.areas])

    @property
    def scores(self) -> pd.Series:
        """Shrunk scores by unit."""
        return pd.Series({area.unit: area.model.estimate for area in self.areas}, name="score")

    def table(self) -> pd.DataFrame:
        """One row per unit.

        ``unit n direct direct_error estimate std_error ci_low ci_high gamma rse_percent verdict``; ``n`` is missing
        where no numbers of respondents were given.
        """
        rows = [
            (area.unit, area.n, area.direct.estimate, float(area.direct.se), area.model.estimate, float(area.model.se),
             area.model.interval.low, area.model.interval.high, area.gamma, area.rse_percent, area.verdict)
            for area in self.areas
        ]  # fmt: skip
        names = [
            "unit", "n", "direct", "direct_error", "estimate", "std_error", "ci_low", "ci_high", "gamma", "rse_percent",
            "verdict",
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=names)
        counted = all(notice.code != "areas_not_counted" for notice in self.notices)
        return frame.assign(n=whole_numbers([area.n if counted else math.nan for area in self.areas]))

    def shown(self) -> pd.DataFrame:
        """What may be shown: units that are hidden have their name and verdict alone."""
        frame = self.table()
        hidden = frame["verdict"] == "hide"
        numbers = [column for column in frame.columns if column not in ("unit", "verdict")]
        frame[numbers] = frame[numbers].astype(float)
        frame.loc[hidden, numbers] = np.nan
        return frame

    def headline(self) -> str:
        """Units, and the standard deviation between them."""
        return f"{len(self.areas)} units, standard deviation between them {math.sqrt(self.variance):.2f}"


def small_area(
    estimates: Index | pd.Series,
    variances: pd.Series | Literal["smoothed", "direct"] = "smoothed",
    *,
    value: str | None = None,
    n: pd.Series | None = None,
    regressors: pd.DataFrame | None = None,
    method: Method = "reml",
    level: float = 0.95,
) -> SmallAreas:
    """Scores of small units by the area-level model of Fay and Herriot, with a rule for what may be shown.

    Parameters
    ----------
    estimates : Index or Series
        An index with units, or scores by unit (then ``variances`` is a Series). Units of the frame without answers, and
        missing scores of a Series, get the model's expectation alone.
    variances : "smoothed", "direct" or Series
        Of an index: ``"smoothed"`` pools the variance of one respondent over units and divides by each n (with the
        finite-population correction where the index knows the population): a variance from three respondents is no
        basis for anything, and units with one respondent take part. ``"direct"``: each unit's own. Of a Series of
        scores: their sampling variances.
    value : str, optional
        Value of the index; default: its total.
    n : Series, optional
        Respondents by unit for a Series of scores; without it the rule of few respondents cannot be applied.
    regressors : DataFrame, optional
        What is known of every unit (units in its index, numbers); a constant is added. Default: the common mean.
    method : {"reml", "moments", "fay-herriot"}
        Estimator of the variance between units: restricted likelihood, Prasad and Rao's moments, or Fay and Herriot's
        own equation.
    level : float
        Level of the intervals.

    Returns
    -------
    SmallAreas
        ``.table()``, ``.shown()`` (hidden units without numbers), ``.scores``, ``.variance``.

    Raises
    ------
    ArgumentError
        ``estimates_type``, ``index_without_units``, ``unknown_choice``, ``variances_needed``, ``level_out_of_range``.
    DataError
        ``variance_not_positive``, ``too_few_estimates``, ``duplicate_units``, ``regressors_units``,
        ``regressors_missing``, ``regressors_rank``.

    Notes
    -----
    The mean squared error is g1 + g2 + 2 g3 (Prasad & Rao 1990), with the bias term of Datta, Rao & Smith (2005) for
    the Fay–Herriot equation; intervals are normal and cut to the scale. Shrunk scores are better on the whole and
    biased for a unit that truly stands out; do not rank them. Where the variance between units is estimated as 0 they
    all lie on the regression, and a notice says so. Weights act through the index.

    References
    ----------
    Fay, R. E. & Herriot, R. A. (1979), JASA 74, 269–277; Prasad, N. G. N. & Rao, J. N. K. (1990), JASA 85, 163–171;
    Rao, J. N. K. & Molina, I. (2015), Small Area Estimation, chapter 6.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> scores = pd.Series({"a": 70.0, "b": 60.0, "c": 64.0, "d": 55.0, "e": 66.0})
    >>> areas = ak.small_area(scores, pd.Series({"a": 1.0, "b": 1.0, "c": 9.0, "d": 60.0, "e": 4.0}))
    >>> areas.scores.round(1).to_dict()
    {'a': 69.7, 'b': 60.2, 'c': 64.1, 'd': 62.2, 'e': 65.7}
    """
    check_level(level)
    check_choice(method, ("reml", "moments", "fay-herriot"), "method")
    areas = as_areas(estimates, variances, value, n)
    x, terms = _regressors(areas.names, regressors)
    there = ~np.isnan(areas.score)
    if int(there.sum()) <= x.shape[1]:
        raise DataError("too_few_estimates", got=int(there.sum()), expected=x.shape[1] + 1)
    if np.linalg.matrix_rank(x[there]) < x.shape[1]:
        raise DataError("regressors_rank", got=terms)
    model = fit(areas.score[there], areas.variance[there], x[there], method)
    limit, rse = thresholds("small_cell"), thresholds("area_rse")
    made = _areas(areas, model, x, there, level, limit.value, rse.value)
    error = np.sqrt(np.diag(model.beta_covariance))
    return SmallAreas(
        areas=tuple(made), variance=model.variance, variance_error=model.variance_error,
        coefficients=pd.DataFrame({"term": terms, "estimate": model.beta, "std_error": error}), method=method,
        variances=areas.kind, pooled_variance=areas.pooled, rule={limit.name: limit.value, rse.name: rse.value},
        level=level, notices=_notices(areas, model, made, limit.value),
    )  # fmt: skip


def _regressors(names: tuple[str, ...], given: pd.DataFrame | None) -> tuple[Floats, list[str]]:
    if given is None:
        return np.ones((len(names), 1)), ["constant"]
    frame = given.set_axis([str(name) for name in given.index])
    twice = frame.index[frame.index.duplicated()]
    if len(twice):
        raise DataError("duplicate_units", got=[str(name) for name in twice[:10]])
    absent = [name for name in names if name not in frame.index]
    if absent:
        raise DataError("regressors_units", got=absent[:10], count=len(absent))
    x = frame.loc[list(names)].apply(pd.to_numeric, errors="coerce")
    gaps = np.argwhere(~np.isfinite(x.to_numpy(dtype=np.float64)))
    if len(gaps):
        row, column = (int(at) for at in gaps[0])
        raise DataError("regressors_missing", column=str(x.columns[column]), unit=names[row])
    matrix = np.column_stack([np.ones(len(names)), x.to_numpy(dtype=np.float64)])
    return matrix, ["constant", *(str(name) for name in x.columns)]


def _areas(
    areas: Areas, model: AreaModel, x: Floats, there: np.ndarray, level: float, least: float, rse: float
) -> list[SmallArea]:
    score, mse, gamma = np.empty(len(there)), np.empty(len(there)), np.zeros(len(there))
    score[there], mse[there], gamma[there] = model.shrunk, model.mse, model.gamma
    score[~there], mse[~there] = predict(model, x[~there])
    half = critical_value(level, math.inf, "normal")
    made = []
    for at, name in enumerate(areas.names):
        error = math.sqrt(max(float(mse[at]), 0.0))
        low, high = max(areas.low, score[at] - half * error), min(areas.high, score[at] + half * error)
        shown = Estimate(float(score[at]), error, Interval(float(low), float(high), level, METHOD), int(areas.n[at]))
        relative = 100 * error / abs(float(score[at])) if score[at] else math.inf
        made.append(
            SmallArea(name, int(areas.n[at]), areas.direct[at], shown, float(gamma[at]), relative,
                      _verdict(areas, at, least, rse))
        )  # fmt: skip
    return made


def _verdict(areas: Areas, at: int, least: float, rse: float) -> Verdict:
    if areas.counted and areas.n[at] < least:
        return "hide"
    direct = areas.direct[at]
    if isinstance(direct, Unavailable) or isinstance(direct.se, Unavailable) or not direct.estimate:
        return "show_model"
    return "show" if 100 * direct.se / abs(direct.estimate) <= rse else "show_model"


def _notices(areas: Areas, model: AreaModel, made: list[SmallArea], least: float) -> tuple[Notice, ...]:
    found = []
    if model.variance == 0:
        found.append(Notice("no_area_variance", "caution"))
    silent = [area.unit for area in made if area.n == 0 and areas.counted]
    if silent:
        found.append(Notice("areas_without_data", "caution", {"count": len(silent), "units": silent[:10]}))
    hidden = sum(area.verdict == "hide" for area in made)
    if hidden:
        found.append(Notice("areas_hidden", "info", {"count": hidden, "least": least}))
    if not areas.counted:
        found.append(Notice("areas_not_counted", "caution"))
    return (*found, Notice("shrunk_are_not_ranked", "info"))
