"""Worked rubrics for rating evidence: what red, yellow and green mean, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import pandas as pd

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.index.bands import STATUS_WORDS, Status


@dataclass(frozen=True, slots=True)
class RubricLevel:
    """One colour: its points, whether the source states them (``points_status``), meaning and example."""

    colour: str
    points: int
    points_status: Status
    meaning: Words
    example: Words


@result
class EvidenceRubric(ResultBase):
    """A rubric.

    Attributes
    ----------
    name : str
    title : Words
    levels : tuple of RubricLevel
        Green first.
    source : str
    status : str
        How well the meanings are known.
    note : Words
        What was not found.
    """

    kind: ClassVar[str] = "evidence_rubric"
    of_study: ClassVar[bool] = False
    name: str
    title: Words
    levels: tuple[RubricLevel, ...]
    source: str
    status: Status
    note: Words

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per colour: ``colour points status meaning example``; words in ``lang``."""
        rows = [
            (one.colour, one.points, STATUS_WORDS[one.points_status], one.meaning.say(lang), one.example.say(lang))
            for one in self.levels
        ]
        return pd.DataFrame(rows, columns=["colour", "points", "status", "meaning", "example"])

    def headline(self) -> str:
        """Its title."""
        return self.title.say()


@cache
def evidence_rubric(name: str = "publication-cadence") -> EvidenceRubric:
    """A worked rubric for rating evidence, with what the source states and what is only implied.

    Parameters
    ----------
    name : str
        ``"publication-cadence"``: how often and where a work-culture programme is made known.

    Returns
    -------
    EvidenceRubric
        ``.table()``: one row per colour. A help for evaluators, not an official list; nothing is computed from data, so
        weights and missing values play no part.

    Raises
    ------
    ArgumentError
        ``unknown_choice``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> [(level.colour, level.points, level.points_status) for level in ak.evidence_rubric().levels]
    [('green', 2, 'V'), ('yellow', 1, 'A'), ('red', 0, 'A')]
    """
    known = {entry["name"]: entry for entry in load("evidence_rubrics")["rubrics"]}
    check_choice(name, tuple(known), "name")
    entry = known[name]
    levels = tuple(
        RubricLevel(
            one["colour"], one["points"], one["points_status"], Words(one["meaning"]), Words(one["example"] or {})
        )
        for one in entry["levels"]
    )
    return EvidenceRubric(
        name=name, title=Words(entry["title"]), levels=levels, source=entry["source"], status=entry["status"],
        note=Words(entry["note"]),
    )  # fmt: skip
