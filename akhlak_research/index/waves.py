"""``compare_waves``: how an index changed between two surveys, and whether the two may be compared at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.index.build import AnyRecipe, build_index
from akhlak_research.index.linking import Link
from akhlak_research.index.overlap import Overlap, overlap_of
from akhlak_research.index.panel import panel_indexes
from akhlak_research.index.recipe import Recipe, read_recipe
from akhlak_research.index.result import COMPOSITE, TOTAL, Index, IndexScore
from akhlak_research.index.series_breaks import SeriesBreak, breaks_between
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.margin import critical_value

Direction = Literal["up", "down", "undecided"]
METHOD = "t"


@dataclass(frozen=True, slots=True)
class WaveChange:
    """The change of one score.

    Attributes
    ----------
    unit : str or None
        None for all respondents.
    value : str
    before, after : Estimate or Unavailable
        Of the two waves; ``after`` on the scale of the first where a link was given.
    covariance : float
        Of the two, from people in both; 0 where samples are independent.
    change : Estimate or Unavailable
        After − before; ``n`` counts people in both waves, or the smaller wave where none are known.
    direction : {"up", "down", "undecided"}
        Whether the interval of the change leaves 0 out.
    """

    unit: str | None
    value: str
    before: Estimate | Unavailable
    after: Estimate | Unavailable
    covariance: float
    change: Estimate | Unavailable
    direction: Direction


@result
class WaveChanges(ResultBase):
    """Changes between two waves.

    Attributes
    ----------
    changes : tuple of WaveChange
        All respondents first, then units that are in both waves.
    before, after : Index
    waves : tuple of str
        What the waves are called.
    comparable : bool
        False where the series is broken between them and no link was given.
    breaks : tuple of SeriesBreak
    link : Link or None
    n_both : int or None
        People in both waves; None where nobody was matched.
    level : float
    """

    kind: ClassVar[str] = "wave_changes"
    changes: tuple[WaveChange, ...]
    before: Index
    after: Index
    waves: tuple[str, str]
    comparable: bool
    breaks: tuple[SeriesBreak, ...]
    link: Link | None
    n_both: int | None
    level: float
    notices: tuple[Notice, ...] = ()

    def of(self, unit: str | None = None, value: str = TOTAL) -> WaveChange:
        """The change of one score."""
        for one in self.changes:
            if one.unit == unit and one.value == value:
                return one
        known = list(dict.fromkeys(str(one.unit) for one in self.changes))
        raise ArgumentError("unknown_choice", argument="unit", got=f"{unit} {value}", expected=known)

    def table(self) -> pd.DataFrame:
        """One row per unit and value, before and after.

        ``unit value score_before score_after change std_error ci_low ci_high direction``
        """
        return self._frame(self.changes)

    def whole(self) -> pd.DataFrame:
        """The rows of all respondents."""
        return self._frame([one for one in self.changes if one.unit is None]).drop(columns="unit")

    def unit_totals(self) -> pd.DataFrame:
        """The totals of the units."""
        chosen = [one for one in self.changes if one.unit is not None and one.value == TOTAL]
        return self._frame(chosen).drop(columns="value")

    def _frame(self, changes: tuple[WaveChange, ...] | list[WaveChange]) -> pd.DataFrame:
        rows = [
            (c.unit, c.value, c.before.estimate, c.after.estimate, c.change.estimate, float(c.change.se),
             float(c.change.interval.low), float(c.change.interval.high), c.direction)
            for c in changes
        ]  # fmt: skip
        names = [
            "unit", "value", "score_before", "score_after", "change", "std_error", "ci_low", "ci_high", "direction",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """Change of the total, or that there is none to read."""
        total = self.of()
        said = "" if self.comparable else "not comparable: "
        return f"{said}{self.waves[0]} → {self.waves[1]}: {total.change!r}"


def compare_waves(
    before: Responses | Index,
    after: Responses | Index,
    recipe: AnyRecipe | None = None,
    *,
    key: str | tuple[pd.Series, pd.Series] | None = None,
    unit: str | None = None,
    frames: tuple[pd.DataFrame | None, pd.DataFrame | None] = (None, None),
    design: SurveyDesign | None = None,
    years: tuple[int, int] | None = None,
    series: str | None = None,
    link: Link | None = None,
    level: float = 0.95,
) -> WaveChanges:
    """The change of an index between two waves, with the covariance that people in both bring, and breaks flagged.

    Parameters
    ----------
    before, after : Responses or Index
        Answers of both waves, or two indexes (then the waves are taken as independent samples; survey
        designs come in here, by ``build_index(design=)``).
    recipe : recipe, optional
        How both are made; needed with answers, where the default is ``"plain-mean"``. Two indexes must have the same.
    key : str or (Series, Series), optional
        Background variable (or labels of both) that says who a respondent is, a pseudonym, in both waves. Without it
        the waves are taken as independent, which makes errors too large if people answered both times.
    unit : str, optional
        Background variable of the office: changes of units that are in both waves.
    frames : (DataFrame or None, DataFrame or None)
        People per unit in each wave, as in ``build_index``.
    design : SurveyDesign, optional
        How the people of a panel were sampled: rows as in ``before``, and everybody in ``after`` is one of them
        (``key`` says who). Errors of both waves and their covariance are then those of the design. Two waves with
        designs of their own are compared as indexes.
    years : (int, int), optional
        Years of the waves; needed to look for known breaks.
    series : str, optional
        Which catalogue of breaks: ``"berakhlak"``. Default: none is looked up. Instruments with other items are a break
        in any case.
    link : Link, optional
        From ``link_scores``: puts the later total on the scale of the earlier one. Values are then not compared.
    level : float
        Level of the intervals.

    Returns
    -------
    WaveChanges
        ``.comparable``, ``.breaks``, ``.table()``, ``.whole()``, ``.unit_totals()``, ``.of(unit, value)``.

    Raises
    ------
    ArgumentError
        ``waves_mixed``, ``unknown_choice``, ``level_out_of_range``, ``series_needs_years``, ``design_type``.
    DataError
        ``key_twice``, ``panel_key_missing``, ``panel_not_in_design``, ``recipe_differs``, ``values_differ``; those of
        ``build_index``.
    MethodError
        ``key_needs_responses``, ``panel_needs_key``, ``design_with`` (frames).

    Notes
    -----
    var(change) = var(before) + var(after) − 2 cov; cov = Σ z z' over people in both waves, z being what
    each adds to the error of an index (with everybody in both and no weights this is the paired t-test). With a frame
    the covariance is reduced by 1 − n n' / (n_both N), not below 0 (Tam 1984). With a design z z' is summed over its
    clusters within strata (or over its replicates), so that the change has the error of the paired differences under
    that design; who did not answer again stays in the design without a value. Degrees of freedom: Welch's for
    independent waves, the smaller of both otherwise. A change across a break is printed, but ``comparable`` is False:
    what moved may be the instrument. With a link its own error is added. Composites are not compared.

    References
    ----------
    Tam, S. M. (1984), On covariances from overlapping samples, The American Statistician 38, 288–289.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> rows = answers.groups["gender"].notna().to_numpy()
    >>> changes = ak.compare_waves(answers.where(rows), answers.where(rows), years=(2023, 2024), series="berakhlak")
    >>> changes.comparable, changes.breaks[0].code, changes.of().change.estimate
    (False, 'new_instrument_2024', 0.0)
    """
    check_level(level)
    if series is not None and years is None:
        raise ArgumentError("series_needs_years", got=series)
    if design is None:
        first, second, matched = _indexes(before, after, recipe, key, unit, frames, level)
    else:
        first, second, matched = _panel(before, after, recipe, key, unit, frames, design, level)
    breaks = breaks_between(series, years)
    changed = _other_items(before, after)
    if link is None and not changed and set(first.values) != set(second.values):
        raise DataError("values_differ", got=sorted(set(first.values) ^ set(second.values)))
    linked_or_broken = link is not None or changed
    changes = []
    for name in (None, *(name for name in first.units if name in set(second.units))):
        old, new = first.of(name), second.of(name)
        values = [TOTAL] if linked_or_broken else [value for value in old if value in new and value != COMPOSITE]
        changes += [_change(old[value], new[value], matched, link, level) for value in values]
    waves = (str(years[0]), str(years[1])) if years is not None else ("1", "2")
    comparable = link is not None or not (breaks or changed)
    return WaveChanges(
        changes=tuple(changes), before=first, after=second, waves=waves, comparable=comparable, breaks=breaks,
        link=link, n_both=None if matched is None else matched.n_both, level=level,
        notices=_notices(first, second, matched, breaks, changed, link),
    )  # fmt: skip


def _indexes(
    before: Responses | Index, after: Responses | Index, recipe: AnyRecipe | None, key: str | tuple[pd.Series,
    pd.Series] | None, unit: str | None, frames: tuple[pd.DataFrame | None, pd.DataFrame | None], level: float,
) -> tuple[Index, Index, Overlap | None]:  # fmt: skip
    if isinstance(before, Index) and isinstance(after, Index):
        if key is not None:
            raise MethodError("key_needs_responses")
        if before.recipe.digest != after.recipe.digest:
            raise DataError("recipe_differs", got=after.recipe.digest[:12], expected=before.recipe.digest[:12])
        return before, after, None
    if not (isinstance(before, Responses) and isinstance(after, Responses)):
        raise ArgumentError("waves_mixed", got=[type(before).__name__, type(after).__name__])
    made: Recipe = recipe if isinstance(recipe, Recipe) else read_recipe("plain-mean" if recipe is None else recipe)
    first = build_index(before, made, unit=unit, frame=frames[0], level=level)
    second = build_index(after, made, unit=unit, frame=frames[1], level=level)
    if key is None:
        return first, second, None
    return first, second, overlap_of(before, after, made, key, unit, frames)


def _panel(
    before: Responses | Index, after: Responses | Index, recipe: AnyRecipe | None, key: str | tuple[pd.Series,
    pd.Series] | None, unit: str | None, frames: tuple[pd.DataFrame | None, pd.DataFrame | None], design: SurveyDesign,
    level: float,
) -> tuple[Index, Index, Overlap]:  # fmt: skip
    if isinstance(before, Index) or isinstance(after, Index):
        raise MethodError("key_needs_responses")
    if not (isinstance(before, Responses) and isinstance(after, Responses)):
        raise ArgumentError("waves_mixed", got=[type(before).__name__, type(after).__name__])
    if key is None:
        raise MethodError("panel_needs_key")
    if any(frame is not None for frame in frames):
        raise MethodError("design_with", argument="frames")
    made: Recipe = recipe if isinstance(recipe, Recipe) else read_recipe("plain-mean" if recipe is None else recipe)
    return panel_indexes(before, after, made, key, unit, design, level)


def _other_items(before: Responses | Index, after: Responses | Index) -> bool:
    if isinstance(before, Responses) and isinstance(after, Responses):
        a, b = before.instrument, after.instrument
        return [(i.code, i.dimension) for i in a.items] != [(i.code, i.dimension) for i in b.items]
    assert isinstance(before, Index) and isinstance(after, Index)
    return before.inputs.items != after.inputs.items


def _change(old: IndexScore, new: IndexScore, matched: Overlap | None, link: Link | None, level: float) -> WaveChange:
    after = new.score if link is None else _linked(new, link, level)
    absent = next((s for s in (old.score, after) if isinstance(s, Unavailable)), None)
    if absent is not None:
        return WaveChange(old.unit, old.value, old.score, after, 0.0, absent, "undecided")
    assert isinstance(old.score, Estimate) and isinstance(after, Estimate)
    slope = 1.0 if link is None else _slope(new, link)
    covariance = 0.0 if matched is None else slope * matched.covariance(old.unit, old.value)
    n = min(old.n, new.n) if matched is None else matched.n(old.unit)
    point = after.estimate - old.estimate
    without = next((s.se for s in (old.score, after) if isinstance(s.se, Unavailable)), None)
    if without is not None:
        return WaveChange(old.unit, old.value, old.score, after, covariance, Estimate(point, without, without, n),
                          "undecided")  # fmt: skip
    a, b = float(old.score.se) ** 2, float(after.se) ** 2
    variance = max(0.0, a + b - 2 * covariance)
    if matched is None:
        parts = sum(v**2 / one.df for v, one in ((a, old), (b, new)) if v > 0 and one.df > 0)
        df = (a + b) ** 2 / parts if parts > 0 else math.inf
    else:
        df = max(1.0, min(old.df, new.df))
    error = math.sqrt(variance) if variance > 1e-14 * (a + b) else 0.0
    half = error * (critical_value(level, df, "t") if math.isfinite(df) else critical_value(level, df, "normal"))
    interval = Interval(point - half, point + half, level, METHOD)
    direction: Direction = "up" if interval.low > 0 else "down" if interval.high < 0 else "undecided"
    return WaveChange(old.unit, old.value, old.score, after, covariance, Estimate(point, error, interval, n), direction)


def _slope(new: IndexScore, link: Link) -> float:
    h = 1e-4
    return (link.at(new.estimate + h) - link.at(new.estimate - h)) / (2 * h)


def _linked(new: IndexScore, link: Link, level: float) -> Estimate | Unavailable:
    """The score on the old scale; its error: that of the score times the slope, and that of the link at this score."""
    import numpy as np

    if isinstance(new.score, Unavailable):
        return new.score
    value = link.at(new.estimate)
    if isinstance(new.score.se, Unavailable):
        return Estimate(value, new.score.se, new.score.se, new.n)
    own = float(np.interp(new.estimate, link.points["score"], link.points["std_error"]))
    error = math.hypot(_slope(new, link) * new.score.se, own)
    half = error * critical_value(level, max(new.df, 1.0), "t")
    return Estimate(value, error, Interval(value - half, value + half, level, METHOD), new.n)


def _notices(
    first: Index, second: Index, matched: Overlap | None, breaks: tuple[SeriesBreak, ...], changed: bool,
    link: Link | None,
) -> tuple[Notice, ...]:  # fmt: skip
    found = [Notice("series_broken", "warning", {"reason": one.reason}) for one in breaks]
    if changed:
        found.append(Notice("instrument_changed", "warning"))
    if link is not None:
        found.append(Notice("totals_linked", "caution"))
    if matched is None:
        found.append(Notice("waves_independent", "info"))
    else:
        found.append(Notice("waves_matched", "info", {"n": matched.n_both, "n_before": matched.n_before,
                                                      "n_after": matched.n_after}))  # fmt: skip
    lost = sorted(set(first.units) ^ set(second.units))
    if lost:
        found.append(Notice("units_in_one_wave", "caution", {"count": len(lost), "units": lost[:10]}))
    return tuple(found)
