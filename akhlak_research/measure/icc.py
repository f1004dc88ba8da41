"""Intraclass correlations of objects that several raters measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import stats

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Estimate, Interval, Result, Unavailable, result
from akhlak_research.measure.ratings import Columns, Floats, Side, as_ratings

if TYPE_CHECKING:
    import pandas as pd

Model = Literal["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Variation:
    """Mean squares of n objects × k raters (Shrout & Fleiss 1979, table 2).

    ``bms`` between objects, ``wms`` within objects, ``jms`` between raters (judges), ``ems`` residual.
    """

    n: int
    k: int
    bms: float
    wms: float
    jms: float
    ems: float


@dataclass(frozen=True, slots=True)
class IccForm:
    """One form: its estimate with interval, and the F test that the objects do not differ."""

    model: str
    value: Estimate | Unavailable
    statistic: float
    df: float
    df_error: float
    pvalue: float


@result
class IntraclassCorrelation(Result):
    """Intraclass correlations.

    Attributes
    ----------
    forms : tuple of IccForm
        The forms asked for.
    n_objects, n_raters : int
        n and k.
    variation : Variation
        The mean squares.
    level : float
    """

    kind: ClassVar[str] = "intraclass_correlation"
    forms: tuple[IccForm, ...]
    n_objects: int
    n_raters: int
    variation: Variation
    level: float

    def __getitem__(self, model: str) -> Estimate | Unavailable:
        for form in self.forms:
            if form.model == model:
                return form.value
        raise ArgumentError("unknown_choice", argument="model", got=model, expected=[f.model for f in self.forms])

    def table(self) -> pd.DataFrame:
        """One row per form."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"form": form.model, "estimate": form.value.estimate, "ci_low": form.value.interval.low,
                 "ci_high": form.value.interval.high, "n": self.n_objects, "n_raters": self.n_raters,
                 "statistic": form.statistic, "df": form.df, "df_error": form.df_error, "pvalue": form.pvalue}
                for form in self.forms
            ]
        )  # fmt: skip

    def headline(self) -> str:
        """Objects, raters and the forms."""
        shown = ", ".join(f"{form.model} {form.value.estimate:.3f}" for form in self.forms)
        return f"{self.n_objects} objects × {self.n_raters} raters: {shown}"


@dataclass(frozen=True, slots=True)
class IccModel:
    """An entry of the registry: the single-rater estimate and limits; ``average`` forms step up to k raters."""

    name: str
    estimate: Callable[[Variation], float]
    limits: Callable[[Variation, float], Limits]
    one_way: bool = False
    average: bool = False


def intraclass_correlation(
    ratings: pd.DataFrame,
    model: Model | Literal["all"] = "all",
    *,
    raters: Side = "columns",
    columns: Columns | None = None,
    level: float = 0.95,
) -> IntraclassCorrelation:
    """The six intraclass correlations of Shrout and Fleiss (1979) with F-based intervals.

    Parameters
    ----------
    ratings : DataFrame
        Objects × raters, as respondents × items elsewhere: one row per measured object (person, unit), one column per
        rater or occasion. The panel tables of ``content_validity`` and ``measure_agreement`` lie the other way round:
        give those with ``raters="rows"``. A long table with ``columns``. Objects with a missing rating are dropped and
        counted. No weights.
    model : str
        ``"ICC1"``: each object judged by other raters. ``"ICC2"``: the same raters, a sample of many, absolute
        agreement. ``"ICC3"``: these raters only, consistency. With ``k``: of the mean of the k raters. ``"all"``.
    raters : {"columns", "rows"}
        Where the raters stand.
    columns : (rater, object, rating), optional
        Names of the three columns of a long table.
    level : float
        Level of the interval.

    Returns
    -------
    IntraclassCorrelation
        ``["ICC2"]`` is an Estimate. Negative values are reported as they are. Where nothing varies the value is
        ``Unavailable``; where errors or objects do not, its interval is.

    Raises
    ------
    ArgumentError
        ``unknown_choice``, ``ratings_type``, ``rating_columns``, ``level_out_of_range``.
    DataError
        ``too_few_objects``, ``too_few_raters``, ``no_ratings``, ``not_numeric``, ``rated_twice``.

    Notes
    -----
    Intervals suppose normal effects: exact for ICC1 and ICC3; for ICC2 Satterthwaite's approximation (Shrout & Fleiss
    1979, p. 424; McGraw & Wong 1996). The forms for k raters are stepped up by Spearman and Brown, limits included.
    ICC3k is Cronbach's alpha of the same table.

    Examples
    --------
    >>> import pandas as pd, akhlak_research as ak
    >>> judged = pd.DataFrame({"J1": [9, 6, 8, 7, 10, 6], "J2": [2, 1, 4, 1, 5, 2],
    ...                        "J3": [5, 3, 6, 2, 6, 4], "J4": [8, 2, 8, 6, 9, 7]})
    >>> icc = ak.intraclass_correlation(judged)
    >>> icc["ICC2"]
    Estimate(0.2898 [0.01879, 0.7611], n=6)
    """
    chosen = tuple(MODELS) if model == "all" else (MODELS[model],)
    check_level(level)
    given = as_ratings(ratings, raters=raters, columns=columns)
    used = given.keep_objects(np.asarray(~np.isnan(given.cells).any(axis=0)))
    if len(used.raters) < 2:
        raise DataError("too_few_raters", got=len(used.raters), expected=2)
    if len(used.objects) < 2:
        raise DataError("too_few_objects", got=len(used.objects), expected=2)
    variation = mean_squares(used.cells.T)
    return IntraclassCorrelation(
        inputs=given.inputs(len(used.objects), of="objects", missing="listwise"),
        forms=tuple(_form(entry, variation, level) for entry in chosen),
        n_objects=variation.n, n_raters=variation.k, variation=variation, level=level,
    )  # fmt: skip


def mean_squares(x: Floats) -> Variation:
    """Two-way analysis of variance of x (n, k), one observation a cell."""
    n, k = x.shape
    # equal numbers leave rounding dust; it is nothing beside the squares of the numbers that made it
    dust = 1e-24 * float((x**2).sum()) + np.finfo(np.float64).tiny
    x = x - x.mean()
    objects, judges = x.mean(axis=1), x.mean(axis=0)
    between, raters = k * float((objects**2).sum()), n * float((judges**2).sum())
    within = float(((x - objects[:, None]) ** 2).sum())
    error = float(((x - objects[:, None] - judges) ** 2).sum())
    between, raters, within, error = (ss if ss > dust else 0.0 for ss in (between, raters, within, error))
    return Variation(
        n, k, between / (n - 1), within / (n * (k - 1)), raters / (k - 1), error / ((n - 1) * (k - 1))
    )


def step_up(r: float, k: float) -> float:
    """Reliability of the mean of k from that of one (Spearman–Brown)."""
    return k * r / (1 + (k - 1) * r)


def one_way_limits(f: float, df: float, df_error: float, k: float, level: float) -> Limits:
    """Limits of (F − 1)/(F + k − 1) from F = BMS/WMS with its degrees of freedom (Shrout & Fleiss 1979, p. 424)."""
    upper = 0.5 + level / 2
    low, high = f / stats.f.ppf(upper, df, df_error), f * stats.f.ppf(upper, df_error, df)
    return float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1))


def _form(entry: IccModel, v: Variation, level: float) -> IccForm:
    error = v.wms if entry.one_way else v.ems
    df, df_error = v.n - 1, v.n * (v.k - 1) if entry.one_way else (v.n - 1) * (v.k - 1)
    if error > 0:
        statistic, p = v.bms / error, float(stats.f.sf(v.bms / error, df, df_error))
    else:
        statistic, p = (np.inf, 0.0) if v.bms > 0 else (np.nan, np.nan)
    return IccForm(entry.name, _value(entry, v, error, level), statistic, df, df_error, p)


def _value(entry: IccModel, v: Variation, error: float, level: float) -> Estimate | Unavailable:
    k = v.k if entry.average else 1
    single = entry.estimate(v)
    if not np.isfinite(single) or not 1 + (k - 1) * single > 0:
        return Unavailable("icc_undefined")
    estimate, none = step_up(single, k), Unavailable("interval_without_se")
    if error <= 0 or v.bms <= 0:
        return Estimate(estimate, none, Unavailable("no_error_variance"), v.n)
    low, high = entry.limits(v, level)
    if not np.isfinite([low, high]).all() or not 1 + (k - 1) * low > 0:
        return Estimate(estimate, none, Unavailable("no_valid_interval"), v.n)
    return Estimate(estimate, none, Interval(step_up(low, k), step_up(high, k), level, "f-ratio"), v.n)


def _ratio(part: float, whole: float) -> float:
    """part/whole; NaN where nothing varies, or where a variance component below zero leaves nothing."""
    return part / whole if whole > 0 else np.nan


def _icc1(v: Variation) -> float:
    return _ratio(v.bms - v.wms, v.bms + (v.k - 1) * v.wms)


def _icc2(v: Variation) -> float:
    return _ratio(v.bms - v.ems, v.bms + (v.k - 1) * v.ems + v.k * (v.jms - v.ems) / v.n)


def _icc3(v: Variation) -> float:
    return _ratio(v.bms - v.ems, v.bms + (v.k - 1) * v.ems)


def _icc1_limits(v: Variation, level: float) -> Limits:
    return one_way_limits(v.bms / v.wms, v.n - 1, v.n * (v.k - 1), v.k, level)


def _icc3_limits(v: Variation, level: float) -> Limits:
    return one_way_limits(v.bms / v.ems, v.n - 1, (v.n - 1) * (v.k - 1), v.k, level)


def _icc2_limits(v: Variation, level: float) -> Limits:
    """Shrout and Fleiss (1979), p. 424: ν by Satterthwaite from F_J = JMS/EMS."""
    n, k, rho, f = v.n, v.k, _icc2(v), v.jms / v.ems
    a, b = k * rho * f, n * (1 + (k - 1) * rho) - k * rho
    nu = _ratio((k - 1) * (n - 1) * (a + b) ** 2, (n - 1) * a**2 + b**2)
    upper = 0.5 + level / 2
    f_low, f_high = stats.f.ppf(upper, n - 1, nu), stats.f.ppf(upper, nu, n - 1)
    rest = k * v.jms + (k * n - k - n) * v.ems
    low = _ratio(n * (v.bms - f_low * v.ems), f_low * rest + n * v.bms)
    high = _ratio(n * (f_high * v.bms - v.ems), rest + n * f_high * v.bms)
    return float(low), float(high)


MODELS: Registry[IccModel] = Registry(
    "model",
    IccModel("ICC1", _icc1, _icc1_limits, one_way=True),
    IccModel("ICC2", _icc2, _icc2_limits),
    IccModel("ICC3", _icc3, _icc3_limits),
    IccModel("ICC1k", _icc1, _icc1_limits, one_way=True, average=True),
    IccModel("ICC2k", _icc2, _icc2_limits, average=True),
    IccModel("ICC3k", _icc3, _icc3_limits, average=True),
)
