"""What people decided at the gates, and why: ``decisions.yaml``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.gates import criteria
from akhlak_research.catalog.loader import schema_fault
from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import StudyError
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.core.yaml_files import read_yaml_file

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice at a gate.

    Attributes
    ----------
    criterion : str
        Name of the criterion it settles.
    options : mapping of str to Words
        What could have been chosen: a short name and what it means.
    choice : str
        The name of one of them.
    rationale : Words
        Why.
    role : str
        Who decided, as a role; never a person.
    date : str
        ISO date.
    """

    criterion: str
    options: Mapping[str, Words]
    choice: str
    rationale: Words
    role: Words
    date: str


@result
class Decisions(ResultBase):
    """All recorded choices of a study.

    Attributes
    ----------
    entries : tuple of Decision
    """

    kind: ClassVar[str] = "decisions"
    entries: tuple[Decision, ...]

    def of_criteria(self) -> Mapping[str, Words]:
        """Criterion to the choice made, in words; the latest one where there are several."""
        return {entry.criterion: entry.options[entry.choice] for entry in self.entries}

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per decision: ``criterion options choice rationale decided_by date``."""
        import pandas as pd

        words = {criterion.name: criterion.words for criterion in criteria()}
        columns = ["criterion", "options", "choice", "rationale", "decided_by", "date"]
        rows = [
            (
                words[e.criterion].say(lang), "; ".join(option.say(lang) for option in e.options.values()),
                e.options[e.choice].say(lang), e.rationale.say(lang), e.role.say(lang), e.date,
            )
            for e in self.entries
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self.entries)} decisions"


def read_decisions(path: Path) -> Decisions:
    """The decisions in a file; none where there is no file.

    Raises
    ------
    StudyError
        ``decisions_schema`` with line and field; ``decision_choice`` for a choice that is not among its options.
    ArgumentError
        ``unknown_choice`` for a criterion that does not exist.
    """
    if not path.is_file():
        return Decisions(entries=())
    document = read_yaml_file(path, StudyError)
    schema: dict[str, Any] = json.loads(
        files(__package__).joinpath("decisions.schema.json").read_text(encoding="utf-8")
    )
    fault = schema_fault(document, schema)
    if fault is not None:
        raise StudyError(
            "decisions_schema", file=path, row=fault.row, column=fault.place, got=fault.got, expected=fault.expected
        )
    entries = []
    for position, entry in enumerate(document.data["decisions"]):
        check_choice(entry["criterion"], [criterion.name for criterion in criteria()], "criterion")
        options = FrozenMap({name: Words(words) for name, words in entry["options"].items()})
        if entry["choice"] not in options:
            row = document.row("decisions", position, "choice")
            raise StudyError("decision_choice", file=path, row=row, got=entry["choice"], expected=list(options))
        words = (Words(entry["rationale"]), Words(entry["role"]))
        entries.append(Decision(entry["criterion"], options, entry["choice"], *words, entry["date"]))
    return Decisions(entries=tuple(entries))
