"""Components of a composite: scores of units on 0–100 with their error, and which kind of data they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Estimate, Unavailable
from akhlak_research.index.evidence import EvidenceScore
from akhlak_research.index.result import TOTAL, Index
from akhlak_research.index.vote_index import VoteIndex

#: what a component may be given as: ratings, evidence, a measure of votes, or scores of any other origin
Given: TypeAlias = (
    "Index | EvidenceScore | tuple[VoteIndex, str] | tuple[VoteIndex, str, str] | pd.Series | pd.DataFrame"
)
Kind = Literal["ratings", "evidence", "votes", "other"]


@dataclass(frozen=True, slots=True)
class Component:
    """Scores of units from one source.

    Attributes
    ----------
    name : str
    kind : {"ratings", "evidence", "votes", "other"}
    score, variance, df : mapping of unit to float
        Variance 0 and infinite degrees of freedom where the score is taken as known.
    n : mapping of unit to int
    known : bool
        Whether no error was given at all.
    without : mapping of unit to Unavailable
        Units whose score has no standard error, with the reason.
    """

    name: str
    kind: Kind
    score: Mapping[str, float]
    variance: Mapping[str, float]
    df: Mapping[str, float]
    n: Mapping[str, int]
    known: bool
    without: Mapping[str, Unavailable]


def as_component(name: str, given: Given) -> Component:
    """One component, checked.

    Raises
    ------
    ArgumentError
        ``component_type``, ``index_without_units``.
    DataError
        ``duplicate_units``, ``component_out_of_range``, ``component_columns``, ``component_scale``.
    """
    if isinstance(given, Index):
        return _of_index(name, given)
    if isinstance(given, EvidenceScore):
        scores = {one.unit: one.score for one in given.units}
        return _of_estimates(name, "evidence", scores, dict.fromkeys(scores, given.df))
    if isinstance(given, tuple) and len(given) in (2, 3) and isinstance(given[0], VoteIndex):
        votes, measure, question = given[0], given[1], given[2] if len(given) == 3 else ""
        found = {unit: votes.find(measure, question, unit=unit).score for unit in votes.units}
        if not found:
            raise ArgumentError("index_without_units")
        return _of_estimates(name, "votes", found, {unit: float(score.n - 1) for unit, score in found.items()})
    if isinstance(given, pd.Series):
        return _of_table(name, given.to_frame("estimate"))
    if isinstance(given, pd.DataFrame):
        return _of_table(name, given)
    raise ArgumentError(
        "component_type", component=name, got=type(given).__name__,
        expected=("Index", "EvidenceScore", "(VoteIndex, measure, question)", "Series", "DataFrame"),
    )  # fmt: skip


def check_kinds(components: list[Component]) -> None:
    """Votes and ratings answer different questions on different scales: no composite of both.

    Raises
    ------
    MethodError
        ``kinds_mixed``.
    """
    kinds = {component.kind: component.name for component in components}
    if "votes" in kinds and "ratings" in kinds:
        raise MethodError("kinds_mixed", votes=kinds["votes"], ratings=kinds["ratings"])


def _of_index(name: str, index: Index) -> Component:
    if not index.units:
        raise ArgumentError("index_without_units")
    scores = [score for score in index.scores if score.unit is not None and score.value == TOTAL]
    return _of_estimates(
        name, "ratings", {str(s.unit): s.score for s in scores},
        {str(s.unit): s.df if float(s.se) > 0 else math.inf for s in scores},
    )  # fmt: skip


def _of_estimates(
    name: str, kind: Kind, scores: Mapping[str, Estimate | Unavailable], df: Mapping[str, float]
) -> Component:
    there = {unit: score for unit, score in scores.items() if isinstance(score, Estimate)}
    without = {unit: score.se for unit, score in there.items() if isinstance(score.se, Unavailable)}
    component = Component(
        name, kind, {unit: score.estimate for unit, score in there.items()},
        {unit: float(score.se) ** 2 for unit, score in there.items()}, df,
        {unit: score.n for unit, score in there.items()}, False, without,
    )  # fmt: skip
    _check_range(component)
    return component


def _of_table(name: str, frame: pd.DataFrame) -> Component:
    if "estimate" not in frame.columns:
        raise DataError("component_columns", got=[str(c) for c in frame.columns], expected=["estimate", "std_error"])
    units = [str(unit) for unit in frame.index]
    twice = [unit for unit in dict.fromkeys(units) if units.count(unit) > 1]
    if twice:
        raise DataError("duplicate_units", got=twice[:10])
    score = pd.to_numeric(frame["estimate"], errors="coerce").to_numpy(dtype=np.float64)
    known = "std_error" not in frame.columns
    error = np.zeros(len(score)) if known else frame["std_error"].to_numpy(dtype=np.float64)
    keep = [at for at in range(len(units)) if not math.isnan(score[at])]
    without = {units[at]: Unavailable("component_no_error", {"name": name}) for at in keep if math.isnan(error[at])}
    component = Component(
        name, "other", {units[at]: float(score[at]) for at in keep}, {units[at]: float(error[at]) ** 2 for at in keep},
        {units[at]: math.inf for at in keep}, {units[at]: 0 for at in keep}, known, without,
    )  # fmt: skip
    _check_range(component)
    return component


def _check_range(component: Component) -> None:
    for unit, score in component.score.items():
        if not 0 <= score <= 100:
            raise DataError("component_out_of_range", column=component.name, unit=unit, got=score)
