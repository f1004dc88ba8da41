"""What people decided at the gates, and why: ``decisions.yaml``."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.gates import Criterion
from akhlak_research.catalog.loader import schema_fault
from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_text
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language, active_language, text
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


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of what was fixed before the data.

    Attributes
    ----------
    digest : str
        The first 16 or more digits of the digest of what holds from now on.
    reason, role : Words
        Why, and who decided, as a role.
    date : str
        ISO date.
    """

    digest: str
    reason: Words
    role: Words
    date: str


@result
class Decisions(ResultBase):
    """All recorded choices of a study.

    Attributes
    ----------
    entries : tuple of Decision
    criteria : mapping of str to Words
        Names of the criteria, in words.
    amendments : tuple of Amendment
        Changes of recipe and criteria after they were fixed.
    """

    kind: ClassVar[str] = "decisions"
    entries: tuple[Decision, ...]
    criteria: FrozenMap[str, Words]
    amendments: tuple[Amendment, ...] = ()

    def of_criteria(self) -> Mapping[str, Words]:
        """Criterion to the choice made, in words; the latest one where there are several."""
        return {entry.criterion: entry.options[entry.choice] for entry in self.entries}

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per decision: ``criterion options choice rationale decided_by date``."""
        import pandas as pd

        columns = ["criterion", "options", "choice", "rationale", "decided_by", "date"]
        rows = [
            (
                self.criteria[e.criterion].say(lang), "; ".join(option.say(lang) for option in e.options.values()),
                e.options[e.choice].say(lang), e.rationale.say(lang), e.role.say(lang), e.date,
            )
            for e in self.entries
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self.entries)} decisions"


def read_decisions(path: Path, criteria: Sequence[Criterion]) -> Decisions:
    """The decisions in a file about these criteria; none where there is no file.

    Raises
    ------
    StudyError
        ``decisions_schema`` with line and field; ``decision_choice`` for a choice that is not among its options.
    ArgumentError
        ``unknown_choice`` for a criterion that does not exist.
    """
    words = FrozenMap({criterion.name: criterion.words for criterion in criteria})
    if not path.is_file():
        return Decisions(entries=(), criteria=words)
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
    for position, entry in enumerate(document.data.get("decisions", ())):
        check_choice(entry["criterion"], list(words), "criterion")
        options = FrozenMap({name: Words(words) for name, words in entry["options"].items()})
        if entry["choice"] not in options:
            row = document.row("decisions", position, "choice")
            raise StudyError("decision_choice", file=path, row=row, got=entry["choice"], expected=list(options))
        said = (Words(entry["rationale"]), Words(entry["role"]))
        entries.append(Decision(entry["criterion"], options, entry["choice"], *said, entry["date"]))
    amendments = tuple(
        Amendment(entry["digest"], Words(entry["reason"]), Words(entry["role"]), entry["date"])
        for entry in document.data.get("amendments", ())
    )
    return Decisions(entries=tuple(entries), criteria=words, amendments=amendments)


def decision_form(criteria: Sequence[str], lang: Language | None = None) -> str:
    """An entry to fill in for each criterion, as it stands in ``decisions.yaml``: no choice is made, so it is refused
    until a person makes one.
    """
    import yaml

    said = lang or active_language()
    entries = [
        {
            "criterion": name, "options": {way: {said: text(f"decisions.{way}", said)} for way in ("keep", "revise")},
            "choice": "?", "rationale": {said: text("decisions.why", said)},
            "role": {said: text("decisions.who", said)}, "date": datetime.now(UTC).date().isoformat(),
        }
        for name in criteria
    ]  # fmt: skip
    return yaml.safe_dump({"decisions": entries}, allow_unicode=True, sort_keys=False, width=110)


def add_decision(path: Path, entry: Mapping[str, Any], criteria: Sequence[Criterion]) -> Decisions:
    """Append a decision to the file, whose comments at the top stay, and return all; see ``Study.decide``."""
    import yaml

    read_decisions(path, criteria)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    document = yaml.safe_load(before) or {}
    document["decisions"] = [*document.get("decisions", ()), dict(entry)]
    comments = "".join(line for line in before.splitlines(keepends=True) if line.startswith("#"))
    written = comments + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)
    with tempfile.TemporaryDirectory() as folder:  # nothing that does not read back reaches the study
        decisions = read_decisions(write_text(Path(folder) / path.name, written), criteria)
    write_text(path, written)
    return decisions
