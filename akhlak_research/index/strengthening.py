"""The seven stages of strengthening the work culture of civil servants, to which priorities are mapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import pandas as pd

from akhlak_research.catalog.loader import load
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.index.bands import STATUS_WORDS, Status


@dataclass(frozen=True, slots=True)
class StrengtheningStage:
    """One stage: its place in the order, name, and what a source says it holds (empty where none does)."""

    number: int
    code: str
    name: Words
    content: Words


@result
class StrengtheningStages(ResultBase):
    """The stages in their order.

    Attributes
    ----------
    stages : tuple of StrengtheningStage
    source : str
    status : str
    """

    kind: ClassVar[str] = "strengthening_stages"
    stages: tuple[StrengtheningStage, ...]
    source: str
    status: Status

    def __iter__(self) -> Iterator[StrengtheningStage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per stage: ``number name content status source``; words in ``lang``."""
        return pd.DataFrame(
            [
                (stage.number, stage.name.say(lang), stage.content.say(lang), STATUS_WORDS[self.status], self.source)
                for stage in self
            ],
            columns=["number", "name", "content", "status", "source"],
        )

    def headline(self) -> str:
        """First and last."""
        return f"{self.stages[0].name.say()} … {self.stages[-1].name.say()}"


@cache
def strengthening_stages() -> StrengtheningStages:
    """The seven stages.

    Examples
    --------
    >>> from akhlak_research.index.strengthening import strengthening_stages
    >>> [stage.name["id"] for stage in strengthening_stages()][:3]
    ['Internalisasi', 'Penyelarasan sistem', 'Pengukuran baseline']
    """
    known = load("strengthening_stages")
    stages = tuple(
        StrengtheningStage(entry["number"], entry["code"], Words(entry["name"]), Words(entry["content"] or {}))
        for entry in known["stages"]
    )
    return StrengtheningStages(stages=stages, source=known["source"], status=known["status"])
