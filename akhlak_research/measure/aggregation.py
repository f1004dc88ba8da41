"""May the answers of people be averaged into a score of their unit?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import DataError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, group_labels
from akhlak_research.measure import aggregation_kernels as kernels
from akhlak_research.measure.icc import step_up
from akhlak_research.measure.ratings import Floats
from akhlak_research.responses.model import Responses

if TYPE_CHECKING:
    import pandas as pd

Missing = Literal["listwise", "pairwise"]
Number = float | Unavailable


@dataclass(frozen=True, slots=True)
class UnitAgreement:
    """One unit.

    Attributes
    ----------
    unit : str
    n : int
        People used.
    mean, sd : float or Unavailable
        Of their scores (a person's score is the mean of the items).
    mean_reliability : float or Unavailable
        Of this unit's mean with its own n: nρ/(1 + (n − 1)ρ), ρ = ICC(1).
    item_variance : float or Unavailable
        Mean variance of the items within the unit.
    r_wg_uniform, r_wg_slight_skew : float or Unavailable
        Agreement within the unit against chance answers of either shape.
    """

    unit: str
    n: int
    mean: Number
    sd: Number
    mean_reliability: Number
    item_variance: Number
    r_wg_uniform: Number
    r_wg_slight_skew: Number


@result
class Aggregation(Result):
    """Evidence on averaging people's answers into a unit's score.

    Attributes
    ----------
    unit : str
        Name of the grouping variable.
    icc1 : Estimate or Unavailable
        ICC(1): share of the variance of people's scores that lies between units.
    icc2 : Estimate or Unavailable
        ICC(2): reliability of the units' means, at the size ``k``.
    design_effect : Estimate or Unavailable
        1 + (m − 1)·ICC(1), m = ``clustered_size``.
    statistic, df, df_error, pvalue : float or Unavailable
        F test that units do not differ.
    k, clustered_size : float
        Sizes behind ICC(2) and the design effect.
    units : tuple of UnitAgreement
        In sorted order of labels.
    n_without_unit : int
        People left out because their unit is missing.
    level : float
    """

    kind: ClassVar[str] = "aggregation"
    further_tables: ClassVar[tuple[str, ...]] = ("overall",)
    unit: str
    icc1: Estimate | Unavailable
    icc2: Estimate | Unavailable
    design_effect: Estimate | Unavailable
    statistic: Number
    df: int
    df_error: int
    pvalue: Number
    k: float
    clustered_size: float
    units: tuple[UnitAgreement, ...]
    n_without_unit: int
    level: float

    def table(self) -> pd.DataFrame:
        """One row per unit."""
        import pandas as pd

        columns = ("mean", "sd", "mean_reliability", "item_variance", "r_wg_uniform", "r_wg_slight_skew")
        return pd.DataFrame(
            [{"unit": u.unit, "n": u.n} | {name: float(getattr(u, name)) for name in columns} for u in self.units]
        )

    def overall(self) -> pd.DataFrame:
        """The figures for all units together, one row each; ``n`` counts people, for r_wg units."""
        import pandas as pd

        rows = [
            {"statistic": name, "estimate": value.estimate, "ci_low": value.interval.low,
             "ci_high": value.interval.high, "n": self.inputs.n_used}
            for name, value in (("icc1", self.icc1), ("icc2", self.icc2), ("design_effect", self.design_effect))
        ]  # fmt: skip
        for name in ("r_wg_uniform", "r_wg_slight_skew"):
            known = [value for value in (getattr(u, name) for u in self.units) if isinstance(value, float)]
            middle = float(np.median(known)) if known else np.nan
            row = {"statistic": f"{name}_median", "estimate": middle, "ci_low": np.nan, "ci_high": np.nan}
            rows.append(row | {"n": len(known)})
        return pd.DataFrame(rows)

    def headline(self) -> str:
        """Units, people and the figures for all of them."""
        return (
            f"{len(self.units)} units, {self.inputs.n_used} people: ICC(1) {self.icc1.estimate:.3f}, "
            f"ICC(2) {self.icc2.estimate:.3f}, design effect {self.design_effect.estimate:.2f}"
        )


@dataclass(frozen=True, slots=True)
class NullDistribution:
    """An entry of the registry: what answering without agreement would look like, by its variance for A answers."""

    name: str
    variance: Callable[[int], float | None]


NULLS: Registry[NullDistribution] = Registry(
    "null",
    NullDistribution("uniform", kernels.uniform_variance),
    NullDistribution("slight_skew", kernels.slight_skew_variance),
)


def check_aggregation(
    items: pd.DataFrame | Responses,
    unit: str | pd.Series,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    frequencies: ArrayLike | None = None,
    level: float = 0.95,
) -> Aggregation:
    """ICC(1), ICC(2), design effect, and r_wg(j) of every unit.

    Parameters
    ----------
    items : DataFrame or Responses
        People × the items of one scale (``answers.of_dimension("A")``). A person's score is the mean of the items.
    unit : str or Series
        Background variable of Responses, column of the DataFrame (then no item), or labels in the order (and with the
        index) of the rows. People without a unit are left out and counted.
    keys, scale
        Reverse keying and limits of the answers of a bare DataFrame; r_wg needs the limits.
    missing : {"listwise", "pairwise"}
        People with all answers; or everybody with any: the score is the mean of what was answered and each item's
        variance stands on its own answers.
    frequencies : array, optional
        Row counts; frequency k is the row k times. Sampling weights have no place here: agreement is that of the
        people who answered. Responses that carry weights are analysed without them, and a notice says so.
    level : float
        Level of the intervals.

    Returns
    -------
    Aggregation
        ``.table()`` per unit, ``.overall()`` for all. A unit of one person counts in ICC(1) and has no r_wg; where no
        unit has two people the ICCs are ``Unavailable``; where units agree perfectly ICC(1) is 1 without interval. A
        unit whose people differ more than chance has r_wg 0, as James et al. set it, and a notice.

    Raises
    ------
    DataError
        ``too_few_units`` (fewer than two) and all of the rows' own (``not_numeric``, ``outside_scale``, …).
    ArgumentError
        ``by_unknown``, ``by_invalid``, ``by_index``, ``unknown_choice``, ``level_out_of_range``.

    Notes
    -----
    ICC(1) = (MSB − MSW)/[MSB + (k − 1)MSW], k = (N − Σn²/N)/(G − 1) for unequal sizes; ICC(2) = (MSB − MSW)/MSB
    (Bliese 2000). Interval of ICC(1): Wald (1940), exact for any sizes under normality, equal to that of Shrout &
    Fleiss (1979) for equal ones; ICC(2) and the design effect take its limits at k and m = Σn²/N (Kish 1987). Negative
    values are reported as they are. r_wg(j): James, Demaree & Wolf (1984), item variances with n − 1, against a uniform
    null, (A² − 1)/12, and a slightly skewed one (LeBreton & Senter 2008; 5 to 11 answers only). Items on different
    scales each stand against their own null.

    Examples
    --------
    >>> import pandas as pd, akhlak_research as ak
    >>> answers = pd.DataFrame({"B1": [5, 4, 5, 3, 2, 3, 4, 4, 5], "B2": [5, 5, 4, 3, 3, 2, 4, 3, 4],
    ...                         "office": list("AAABBBCCC")})
    >>> check = ak.check_aggregation(answers, "office", scale=(1, 5))
    >>> check.icc1
    Estimate(0.877 [0.4101, 0.9966], n=9)
    >>> round(check.units[0].r_wg_uniform, 3)
    0.909
    """
    check_choice(missing, get_args(Missing), "missing")
    check_level(level)
    labels, answers, name = _labels(items, unit)
    rows = as_rows(answers, keys=keys, scale=scale, frequencies=frequencies)
    labels = _of_used_rows(labels, rows, items, frequencies)
    notices = [Notice("aggregation_unweighted", "caution")] if rows.weighting == "sampling" else []
    people = rows.multiplicity
    has_unit = np.array([label is not None for label in labels])
    answered = ~np.isnan(rows.values)
    used = has_unit & (answered.all(axis=1) if missing == "listwise" else answered.any(axis=1))
    known = sorted({label for label, kept in zip(labels, used, strict=True) if kept}, key=_order)
    if len(known) < 2:
        raise DataError("too_few_units", got=len(known), expected=2)
    place = {label: i for i, label in enumerate(known)}
    code = np.array([place[label] for label, kept in zip(labels, used, strict=True) if kept], dtype=np.intp)
    values, frequency = rows.values[used], people[used]
    analysis = kernels.one_way(np.nanmean(values, axis=1), code, frequency)
    answers_offered = _answers_offered(items, rows.names, scale)
    units, more = _units(known, analysis, kernels.item_variances(values, code, frequency, len(known)), answers_offered)
    weighting: Literal["none", "frequency"] = "none" if frequencies is None else "frequency"
    return Aggregation(
        inputs=replace(rows.inputs(int(frequency.sum()), missing), weighting=weighting), notices=(*notices, *more),
        unit=name, units=units,
        n_without_unit=int(people[~has_unit].sum()), level=level, k=analysis.k,
        clustered_size=analysis.clustered_size, **_between(analysis, level),
    )  # fmt: skip


def _order(label: Any) -> tuple[bool, Any]:
    return isinstance(label, str), label


def _labels(
    items: pd.DataFrame | Responses, unit: str | pd.Series
) -> tuple[list[object], pd.DataFrame | Responses, str]:
    import pandas as pd

    labels, answers, name = group_labels(items, unit)
    return [None if pd.isna(label) else label for label in labels.tolist()], answers, name


def _of_used_rows(
    labels: list[object], rows: Rows, items: pd.DataFrame | Responses, frequencies: ArrayLike | None
) -> list[object]:
    """Rows of weight zero are gone from ``rows``; their labels must go too."""
    weights = items.weights if isinstance(items, Responses) and items.weights is not None else frequencies
    if weights is None:
        return labels
    return [label for label, weight in zip(labels, np.asarray(weights, dtype=np.float64), strict=True) if weight > 0]


def _answers_offered(items: pd.DataFrame | Responses, names: tuple[str, ...], scale: Scale | None) -> list[int] | None:
    if isinstance(items, Responses):
        return [len(items.instrument.scale_of(name).codes) for name in names]
    return None if scale is None else [round(scale[1] - scale[0]) + 1] * len(names)


def _between(a: kernels.OneWay, level: float) -> dict[str, Any]:
    """The figures for all units together."""
    n = int(a.sizes.sum())
    no_test = Unavailable("no_test")
    test: dict[str, Any] = {"statistic": no_test, "pvalue": no_test, "df": a.df, "df_error": a.df_error}
    if np.isnan(a.icc1):
        none = Unavailable("units_of_one" if a.df_error == 0 else "scores_all_alike")
        return {"icc1": none, "icc2": none, "design_effect": none, **test}
    limits = kernels.icc1_limits(a, level) if a.msw > 0 else None
    if a.msw > 0:
        test |= {"statistic": a.msb / a.msw, "pvalue": float(stats.f.sf(a.msb / a.msw, a.df, a.df_error))}

    def estimate(of: Callable[[float], float], method: str) -> Estimate:
        interval: Interval | Unavailable = Unavailable("no_error_variance")
        if limits is not None:
            interval = Interval(of(limits[0]), of(limits[1]), level, method)
        return Estimate(of(a.icc1), Unavailable("interval_without_se"), interval, n)

    none = Unavailable("icc_undefined")
    stepped = none if a.msb <= 0 else estimate(lambda r: step_up(r, a.k), "wald")
    effect = estimate(lambda r: 1 + (a.clustered_size - 1) * r, "wald")
    return {"icc1": estimate(lambda r: r, "wald"), "icc2": stepped, "design_effect": effect, **test}


def _units(
    known: list[object], a: kernels.OneWay, variances: Floats, answers: list[int] | None
) -> tuple[tuple[UnitAgreement, ...], list[Notice]]:
    agreement: dict[str, list[Number]] = {}
    notices = []
    for null in NULLS:
        agreement[null.name], beyond = _against(null, variances, answers)
        if beyond:
            shown = [str(known[i]) for i in beyond]
            said = {"null": null.name, "count": len(beyond), "units": shown}
            notices.append(Notice("r_wg_set_to_zero", "caution", said))
    if alone := int((a.sizes == 1).sum()):
        notices.append(Notice("units_of_one", "info", {"count": alone}))
    if answers is not None and len(set(answers)) > 1:
        notices.append(Notice("scales_differ", "caution"))
    single = Unavailable("unit_of_one")
    spread = variances.mean(axis=1)
    units = tuple(
        UnitAgreement(
            unit=str(label), n=int(n), mean=float(a.means[i]),
            sd=single if n < 2 else float(np.sqrt(a.within[i] / (n - 1))),
            mean_reliability=step_up(a.icc1, n) if a.icc1 > 0 else Unavailable("no_variance_between"),
            item_variance=single if np.isnan(spread[i]) else float(spread[i]),
            r_wg_uniform=agreement["uniform"][i], r_wg_slight_skew=agreement["slight_skew"][i],
        )
        for i, (label, n) in enumerate(zip(known, a.sizes.tolist(), strict=True))
    )  # fmt: skip
    return units, notices


def _against(null: NullDistribution, variances: Floats, answers: list[int] | None) -> tuple[list[Number], list[int]]:
    """r_wg of each unit against a null, and which units were beyond it."""
    if answers is None:
        return [Unavailable("scale_needed")] * len(variances), []
    by_chance = [null.variance(count) for count in answers]
    if any(variance is None for variance in by_chance):
        unknown = next(count for count, variance in zip(answers, by_chance, strict=True) if variance is None)
        return [Unavailable("null_unknown", {"null": null.name, "answers": unknown})] * len(variances), []
    ratio: NDArray[np.float64] = (variances / np.array(by_chance, dtype=np.float64)).mean(axis=1)
    values = kernels.r_wg(ratio, variances.shape[1])
    single = Unavailable("unit_of_one")
    return [single if np.isnan(v) else float(v) for v in values], np.flatnonzero(ratio > 1).tolist()
