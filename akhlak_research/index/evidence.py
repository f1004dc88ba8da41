"""``evidence_score``: what evaluators saw of an action plan, in red, yellow and green, and how far they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.index.evidence_kernels import evaluator_error, evaluator_scores, unit_scores
from akhlak_research.index.evidence_table import POINTS, TOP, Evidence, as_evidence
from akhlak_research.measure.agreement import Agreement, Coefficient, measure_agreement
from akhlak_research.survey.margin import critical_value

METHOD = "evaluators"
_DUST = 1e-10


@dataclass(frozen=True, slots=True)
class EvidenceUnit:
    """The evidence of one unit.

    Attributes
    ----------
    unit : str
    score : Estimate
        Percent of the points; ``n`` counts evaluators.
    red, yellow, green, disputed : int
        Indicators that all evaluators rated 0, 1, 2, or not alike.
    """

    unit: str
    score: Estimate
    red: int
    yellow: int
    green: int
    disputed: int


@dataclass(frozen=True, slots=True)
class EvidenceIndicator:
    """One indicator over all units: mean points, share of the points, colours, share of units rated alike."""

    indicator: str
    text: str
    mean: float
    score_percent: float
    red: int
    yellow: int
    green: int
    disputed: int


@result
class EvidenceScore(ResultBase):
    """Evidence per unit and indicator, with the agreement of the evaluators.

    Attributes
    ----------
    units : tuple of EvidenceUnit
        In sorted order.
    indicators : tuple of EvidenceIndicator
    cells : DataFrame
        Mean rating, units × indicators.
    codes : DataFrame
        0, 1, 2 where all evaluators said so, 3 where they did not, −1 where nobody rated; units × indicators.
    weights : mapping of str to float
        Of the indicators, summing to 1.
    evaluators : tuple of str
    agreement : tuple of Agreement
        Over all cells of units and indicators; empty with one evaluator.
    df : float
        Degrees of freedom of the intervals.
    level : float
    """

    kind: ClassVar[str] = "evidence_score"
    units: tuple[EvidenceUnit, ...]
    indicators: tuple[EvidenceIndicator, ...]
    cells: pd.DataFrame
    codes: pd.DataFrame
    weights: Mapping[str, float]
    evaluators: tuple[str, ...]
    agreement: tuple[Agreement, ...]
    df: float
    level: float
    notices: tuple[Notice, ...] = ()

    def of(self, unit: str) -> EvidenceUnit:
        """The evidence of a unit."""
        for one in self.units:
            if one.unit == unit:
                return one
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[one.unit for one in self.units])

    @property
    def scores(self) -> pd.Series:
        """Percent of the points by unit."""
        return pd.Series({one.unit: one.score.estimate for one in self.units}, name="evidence")

    @property
    def std_errors(self) -> pd.Series:
        """Standard errors by unit; NaN where there is none."""
        return pd.Series({one.unit: float(one.score.se) for one in self.units}, name="std_error")

    def table(self) -> pd.DataFrame:
        """One row per unit: ``unit score_percent std_error ci_low ci_high red yellow green disputed``."""
        rows = [
            (one.unit, one.score.estimate, float(one.score.se), float(one.score.interval.low),
             float(one.score.interval.high), one.red, one.yellow, one.green, one.disputed)
            for one in self.units
        ]  # fmt: skip
        names = ["unit", "score_percent", "std_error", "ci_low", "ci_high", "red", "yellow", "green", "disputed"]
        return pd.DataFrame(rows, columns=names)

    def indicator_table(self) -> pd.DataFrame:
        """One row per indicator: ``indicator text weight mean score_percent red yellow green disputed``."""
        rows = [
            (one.indicator, one.text, self.weights[one.indicator], one.mean, one.score_percent, one.red, one.yellow,
             one.green, one.disputed)
            for one in self.indicators
        ]  # fmt: skip
        names = ["indicator", "text", "weight", "mean", "score_percent", "red", "yellow", "green", "disputed"]
        return pd.DataFrame(rows, columns=names)

    def agreement_table(self) -> pd.DataFrame:
        """One row per coefficient of agreement."""
        if not self.agreement:
            return pd.DataFrame(columns=["coefficient", "estimate"])
        kept = ["coefficient", "metric", "estimate", "std_error", "ci_low", "ci_high", "n", "n_raters"]
        return pd.concat([one.table() for one in self.agreement], ignore_index=True)[kept]

    def headline(self) -> str:
        """Units, indicators, evaluators."""
        return f"{len(self.units)} units, {len(self.indicators)} indicators, {len(self.evaluators)} evaluators"


def evidence_score(
    ratings: pd.DataFrame,
    *,
    unit: str = "unit",
    indicator: str = "criterion",
    evaluators: Sequence[str] | None = None,
    long: tuple[str, str] | None = None,
    weights: Mapping[str, float] | None = None,
    missing: Literal["refuse", "available"] = "refuse",
    level: float = 0.95,
    n_boot: int = 1000,
    rng: int | np.random.Generator | None = 1,
) -> EvidenceScore:
    """Share of the points that evaluators gave each unit's evidence, and the agreement of the evaluators.

    Parameters
    ----------
    ratings : DataFrame
        Ratings 0 (red: not available), 1 (yellow: done but lacking) or 2 (green: sufficient).
    unit, indicator : str
        Columns of the unit and of the indicator. The list of indicators is the user's own; a column named like
        ``indicator`` with ``_text`` after it says what each asks.
    evaluators : sequence of str, optional
        Columns that hold the ratings, one per evaluator: one row per unit and indicator.
    long : (evaluator, rating), optional
        Instead: names of the columns of a table with one row per rating.
    weights : mapping, optional
        Weight ≥ 0 of every indicator; default: equal. Their scale does not matter.
    missing : {"refuse", "available"}
        Whether a missing rating is an error, or a unit is scored on what was rated.
    level : float
        Level of the intervals.
    n_boot : int
        Bootstrap samples of Krippendorff's alpha.
    rng : int or Generator, optional
        Their seed.

    Returns
    -------
    EvidenceScore
        ``.table()`` per unit, ``.indicator_table()``, ``.agreement_table()``, ``.cells``, ``.scores``.

    Raises
    ------
    ArgumentError
        ``evidence_type``, ``evidence_layout``, ``unknown_choice``, ``level_out_of_range``, ``count_out_of_range``.
    DataError
        ``evidence_rating`` (row, column and what stands there), ``evidence_missing``, ``evidence_twice``,
        ``evidence_names``, ``evidence_columns``, ``evidence_weights``.

    Notes
    -----
    A unit's score is 100 Σ w x̄ / (2 Σ w), x̄ the mean of the evaluators: a suggestion, for an official list of items,
    weights and cut points was not found. The ratings are ordinal judgements, so the question of quality is agreement of
    evaluators, not Cronbach's alpha. The standard error says how far the mean of as many other judgements would differ:
    pooled over units from the residual of units × evaluators (the evaluators as given: one who is strict with all units
    adds nothing; with gaps, or other evaluators elsewhere, from the variance within units), Student's t, cut at 0 and
    100. It does not say whether the indicators were the right ones. Intervals of agreement take the cells as a sample
    although those of one unit belong together, so they are rather narrow.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> seen = pd.DataFrame({"unit": ["u", "u", "v", "v"], "criterion": ["E1", "E2"] * 2})
    >>> seen = seen.assign(first=[2, 1, 0, 1], second=[2, 2, 0, 0])
    >>> ak.evidence_score(seen, evaluators=("first", "second")).table()[["unit", "score_percent"]].values.tolist()
    [['u', 87.5], ['v', 12.5]]
    """
    check_level(level)
    check_choice(missing, ("refuse", "available"), "missing")
    check_count(n_boot, 100, "n_boot")
    given = as_evidence(
        ratings, unit=unit, indicator=indicator, evaluators=evaluators, long=long, weights=weights, missing=missing
    )
    each = evaluator_scores(given.cells, given.weights, TOP)
    rated = ~np.isnan(given.cells)
    se, df, crossed = evaluator_error(each, complete=bool(rated.all()))
    score = unit_scores(given.cells, given.weights, TOP)
    agreement = _agreement(given, level, n_boot, generator(rng)[0])
    mean = np.where(rated, given.cells, 0.0).sum(axis=2) / np.where(rated.any(axis=2), rated.sum(axis=2), np.nan)
    colours = _colours(given.cells)
    codes = np.where(colours.any(axis=0), colours.argmax(axis=0), -1)
    units = tuple(
        EvidenceUnit(name, _estimate(float(score[at]), float(se[at]), df, int((~np.isnan(each[at])).sum()), level),
                     *(int(c) for c in colours[:, at].sum(axis=1)))
        for at, name in enumerate(given.units)
    )  # fmt: skip
    indicators = tuple(
        EvidenceIndicator(name, given.texts.get(name, ""), float(np.nanmean(mean[:, at])),
                          100 * float(np.nanmean(mean[:, at])) / TOP, *(int(c) for c in colours[:, :, at].sum(axis=1)))
        for at, name in enumerate(given.indicators)
    )  # fmt: skip
    return EvidenceScore(
        units=units, indicators=indicators, cells=pd.DataFrame(mean, index=given.units, columns=given.indicators),
        codes=pd.DataFrame(codes, index=given.units, columns=given.indicators),
        weights=dict(zip(given.indicators, given.weights.tolist(), strict=True)), evaluators=given.evaluators,
        agreement=agreement, df=df, level=level, notices=_notices(given, crossed, df),
    )  # fmt: skip


def _estimate(score: float, se: float, df: float, evaluators: int, level: float) -> Estimate:
    none = None
    if np.isnan(se):
        none = Unavailable("one_evaluator")
    elif se <= _DUST:
        none = Unavailable("evaluators_alike")
    if none is not None:
        return Estimate(score, none, none, evaluators)
    half = se * critical_value(level, df, "t")
    return Estimate(score, se, Interval(max(0.0, score - half), min(100.0, score + half), level, METHOD), evaluators)


def _colours(cells: np.ndarray) -> np.ndarray:
    """(4, g, k) whether all evaluators of a cell said 0, 1, 2, or not the same."""
    rated = ~np.isnan(cells)
    some = rated.any(axis=2)
    alike = [((cells == point) | ~rated).all(axis=2) & some for point in POINTS]
    return np.stack([*alike, some & ~np.any(alike, axis=0)])


def _agreement(given: Evidence, level: float, n_boot: int, rng: np.random.Generator) -> tuple[Agreement, ...]:
    g, k, r = given.cells.shape
    together = (~np.isnan(given.cells)).sum(axis=2) >= 2
    if r < 2 or int(together.sum()) < 2:
        return ()
    names = [f"{unit} / {indicator}" for unit in given.units for indicator in given.indicators]
    wide = pd.DataFrame(given.cells.reshape(g * k, r).T, index=list(given.evaluators), columns=names)
    chosen: list[Coefficient] = ["krippendorff", "gwet-ac2"]
    both = int((~np.isnan(given.cells)).all(axis=2).sum())
    if r == 2 and both >= 2:
        chosen.append("weighted-kappa")
    return tuple(
        measure_agreement(wide, name, categories=POINTS, level=level, n_boot=n_boot, rng=rng) for name in chosen
    )


def _notices(given: Evidence, crossed: bool, df: float) -> tuple[Notice, ...]:
    found = [Notice("evidence_points_are_a_choice", "info")]
    if crossed and df >= 1:
        found.append(Notice("evaluators_as_given", "info", {"count": len(given.evaluators)}))
    empty = int(np.isnan(given.cells).sum())
    if empty:
        found.append(Notice("evidence_not_rated", "caution", {"count": empty, "cells": given.cells.size}))
    if len(given.evaluators) == 1:
        found.append(Notice("one_evaluator", "caution"))
    return tuple(found)
