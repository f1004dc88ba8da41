"""``roll_up``: from the smallest unit to the whole, every level by the people behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.core.text import label
from akhlak_research.index.area_input import as_areas
from akhlak_research.index.composite_kernels import arithmetic, effective_df
from akhlak_research.index.estimate import Scale
from akhlak_research.index.result import COMPOSITE, TOTAL, Index, IndexScore
from akhlak_research.survey.linearised import Floats

WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class RolledScore:
    """One score of one group of units.

    Attributes
    ----------
    level, group : str
        Column of the levels and what stands there; ``"whole"`` for everything.
    score : IndexScore
        ``unit`` is the group.
    units, units_scored : int
    covered_percent : float
        Share of the group's people that live in units with a score.
    """

    level: str
    group: str
    score: IndexScore
    units: int
    units_scored: int
    covered_percent: float


@result
class RollUp(ResultBase):
    """Scores of every level, smallest groups first.

    Attributes
    ----------
    scores : tuple of RolledScore
    levels : tuple of str
    weights : str
        ``"population"`` or ``"given"``.
    level : float
        Of the intervals.
    """

    kind: ClassVar[str] = "roll_up"
    scores: tuple[RolledScore, ...]
    levels: tuple[str, ...]
    weights: str
    level: float
    notices: tuple[Notice, ...] = ()

    def of(self, group: str = WHOLE, value: str = TOTAL, level: str | None = None) -> RolledScore:
        """One score of a group."""
        found = [s for s in self.scores if s.group == group and s.score.value == value and level in (None, s.level)]
        if not found:
            known = list(dict.fromkeys(s.group for s in self.scores))
            raise ArgumentError("unknown_choice", argument="group", got=f"{group} {value}", expected=known)
        return found[0]

    def table(self) -> pd.DataFrame:
        """One row per level, group and value, with how much of the group is covered."""
        rows = [
            (*_named(s), s.score.value, s.score.estimate, float(s.score.se), float(s.score.interval.low),
             float(s.score.interval.high), s.score.band if isinstance(s.score.band, str) else None, s.units,
             s.units_scored, s.covered_percent)
            for s in self.scores
        ]  # fmt: skip
        names = [
            "level_name", "group", "value", "estimate", "std_error", "ci_low", "ci_high", "band", "units_count",
            "units_scored", "covered_percent",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """The whole."""
        return f"{' → '.join((*self.levels, WHOLE))}: {self.of().score.score!r}"


def _named(score: RolledScore) -> tuple[str, str]:
    return ("everything", label("everything")) if score.level == WHOLE else (score.level, score.group)


def roll_up(
    index: Index,
    levels: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
    *,
    missing: Literal["refuse", "available"] = "refuse",
    lonely: Literal["refuse", "pooled"] = "refuse",
) -> RollUp:
    """Scores of groups of units and of the whole, each unit counting by its people.

    Parameters
    ----------
    index : Index
        With units, the smallest ones.
    levels : DataFrame, optional
        Units in the index; one column per level, from the smallest group to the largest. Default: the whole alone.
    weights : Series, optional
        People (or another size ≥ 0) by unit. Default: the populations that the index knows from its frame.
    missing : {"refuse", "available"}
        Whether a group with a unit that has people and no score has no score itself, or the mean of the others.
    lonely : {"refuse", "pooled"}
        Whether a unit without a standard error (one respondent, all alike) leaves its groups without one, or gets the
        variance of one respondent pooled over all units.

    Returns
    -------
    RollUp
        ``.table()``, ``.of(group, value)``.

    Raises
    ------
    ArgumentError
        ``index_needed``, ``index_without_units``, ``unknown_choice``, ``levels_type``.
    DataError
        ``levels_units``, ``levels_missing``, ``levels_nested`` (a group that stands in two larger ones),
        ``duplicate_units``, ``roll_weights``.

    Notes
    -----
    A group's score is Σ N x / Σ N over its units, its variance Σ (N / Σ N)² v: a stratified mean, with Satterthwaite's
    degrees of freedom. Unlike the mean of all respondents it does not count an office for more because more of it
    answered.

    References
    ----------
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., chapter 5.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> index = ak.build_index(ak.Study("data/bfi").responses, {"round": {"decimals": 1}}, unit="education")
    >>> levels = pd.DataFrame({"school": ["low", "low", "high", "high", "high"]}, index=list("12345"))
    >>> rolled = ak.roll_up(index, levels, pd.Series(1.0, index=list("12345")))
    >>> [score.group for score in rolled.scores if score.score.value == "total"]
    ['high', 'low', 'whole']
    """
    if not isinstance(index, Index):
        raise ArgumentError("index_needed", got=type(index).__name__, expected="Index")
    if not index.units:
        raise ArgumentError("index_without_units")
    check_choice(missing, ("refuse", "available"), "missing")
    check_choice(lonely, ("refuse", "pooled"), "lonely")
    people = _people(index, weights)
    groups = _groups(levels, list(people))
    table = {(score.unit, score.value): score for score in index.scores if score.unit is not None}
    values = [value for value in index.of() if value != COMPOSITE]
    scale = _scale(index)
    known = {s.value for s in index.scores if s.unit is not None and isinstance(s.score, Estimate) and s.n > 1}
    lend = [value for value in values if lonely == "pooled" and value in known]
    pooled = {value: as_areas(index, "smoothed", value, None).pooled for value in lend}
    made = []
    for level, group, units in groups:
        size = np.array([people[unit] for unit in units])
        for value in values:
            parts = [table.get((unit, value)) for unit in units]
            lent = [_lent(part, pooled.get(value)) for part in parts]
            made.append(_rolled(level, group, lent, size, scale, missing, value))
    lacking = sorted({s.group for s in made if isinstance(s.score.score, Unavailable)})
    notices = []
    if lacking:
        notices.append(Notice("groups_not_covered", "caution", {"count": len(lacking), "units": lacking[:10]}))
    return RollUp(
        scores=tuple(made), levels=() if levels is None else tuple(map(str, levels.columns)),
        weights="population" if weights is None else "given", level=index.level, notices=tuple(notices),
    )  # fmt: skip


def _people(index: Index, weights: pd.Series | None) -> dict[str, float]:
    if weights is None:
        known = {str(s.unit): s.population for s in index.scores if s.unit is not None and s.value == TOTAL}
        without = [unit for unit, population in known.items() if population is None]
        if without:
            raise DataError("roll_weights", got=without[:10], count=len(without))
        return {unit: float(population) for unit, population in known.items() if population is not None}
    named = weights.set_axis([str(unit) for unit in weights.index])
    if named.index.duplicated().any():
        raise DataError("duplicate_units", got=named.index[named.index.duplicated()].tolist()[:10])
    bad = [unit for unit in index.units if unit not in named.index or not named[unit] >= 0]
    if bad or not named.sum() > 0:
        raise DataError("roll_weights", got=bad[:10], count=len(bad))
    return {str(unit): float(size) for unit, size in named.items()}


def _groups(levels: pd.DataFrame | None, units: list[str]) -> list[tuple[str, str, list[str]]]:
    """Level, group and units of each, smallest level first, the whole last."""
    whole = (WHOLE, WHOLE, sorted(units))
    if levels is None:
        return [whole]
    if not isinstance(levels, pd.DataFrame):
        raise ArgumentError("levels_type", got=type(levels).__name__, expected="DataFrame")
    frame = levels.set_axis([str(unit) for unit in levels.index])
    if frame.index.duplicated().any():
        raise DataError("duplicate_units", got=frame.index[frame.index.duplicated()].tolist()[:10])
    absent = [unit for unit in units if unit not in frame.index]
    if absent:
        raise DataError("levels_units", got=absent[:10], count=len(absent))
    frame = frame.loc[sorted(units)]
    made = []
    for at, column in enumerate(frame.columns):
        names = frame[column]
        if names.isna().any():
            raise DataError("levels_missing", column=str(column), unit=str(names.index[int(names.isna().argmax())]))
        if at + 1 < frame.shape[1]:
            above = frame.groupby(column)[frame.columns[at + 1]].nunique()
            if (above > 1).any():
                raise DataError("levels_nested", column=str(column), got=str(above.index[int((above > 1).argmax())]))
        for group in sorted(names.astype(str).unique()):
            made.append((str(column), group, names.index[names.astype(str) == group].tolist()))
    return [*made, whole]


def _scale(index: Index) -> Scale:
    percent = index.recipe["normalise"]["method"] == "percent-of-maximum"
    return Scale(index.recipe, index.level, 0.0 if percent else -math.inf, 100.0 if percent else math.inf)


def _lent(part: IndexScore | None, pooled: float | None) -> IndexScore | None:
    """A score without a standard error, with that of the pooled variance of one respondent where there is one."""
    if part is None or pooled is None or not isinstance(part.score, Estimate) or not isinstance(part.se, Unavailable):
        return part
    free = 1.0 if part.population is None else max(0.0, 1 - part.n / part.population)
    error = math.sqrt(pooled * free / part.n)
    interval = Interval(part.estimate - error, part.estimate + error, 0.683, "pooled")
    return replace(part, score=Estimate(part.estimate, error, interval, part.n), df=math.inf)


def _rolled(
    level: str, group: str, parts: list[IndexScore | None], size: Floats, scale: Scale, missing: str, value: str
) -> RolledScore:
    there = np.array([part is not None and not isinstance(part.score, Unavailable) for part in parts], dtype=bool)
    matters = size > 0
    covered = float(size[there].sum() / size.sum()) if size.sum() > 0 else 0.0
    population = float(size.sum())
    use = there & matters
    if not use.any() or (missing == "refuse" and (matters & ~there).any()):
        none = Unavailable("group_not_covered", {"percent": 100 * covered})
        score = scale.score(group, value, none, 0.0, population)
    else:
        chosen = [part for part, used in zip(parts, use, strict=True) if used and part is not None]
        score = _mean(group, value, chosen, size[use], scale, population)
    return RolledScore(level, group, score, len(parts), int(there.sum()), 100 * covered)


def _mean(
    group: str, value: str, parts: list[IndexScore], size: Floats, scale: Scale, population: float
) -> IndexScore:
    x = np.array([[part.estimate for part in parts]])
    variance = np.array([[float(part.se) ** 2 for part in parts]])
    point, spread, pieces = arithmetic(x, variance, size / size.sum())
    n = sum(part.n for part in parts)
    without = next((part.se for part in parts if isinstance(part.se, Unavailable)), None)
    if without is not None:
        why = Unavailable("units_without_se", {"count": sum(isinstance(part.se, Unavailable) for part in parts)})
        return scale.score(group, value, Estimate(float(point[0]), why, why, n), 0.0, population)
    df = float(effective_df(pieces, np.array([[part.df for part in parts]]))[0])
    free = min(df, 1e9) if spread[0] > 0 else 1e9
    estimate = scale.estimate(float(point[0]), float(spread[0]), free, n, census=bool(spread[0] == 0))
    return scale.score(group, value, estimate, free, population)
