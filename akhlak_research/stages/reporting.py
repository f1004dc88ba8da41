"""Which of the things that reviewers look for a study reports, and where; judged by its kept records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from akhlak_research.catalog.loader import load
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language, text
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from akhlak_research.stages.study import Study

#: reported; the record says why there is nothing; there is no record
Reported = Literal["reported", "reason_given", "not_reported"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that reviewers look for.

    Attributes
    ----------
    name : str
    stage : int
        Where the report should have it.
    sources : tuple of str
        Who asks for it.
    words : Words
    status : {"reported", "reason_given", "not_reported"}
    record : str or None
        The kept record that answers it.
    """

    name: str
    stage: int
    sources: tuple[str, ...]
    words: Words
    status: Reported
    record: str | None


@result
class ReportingChecklist(ResultBase):
    """The requirements and how the study stands.

    Attributes
    ----------
    entries : tuple of Requirement
    """

    kind: ClassVar[str] = "reporting_checklist"
    entries: tuple[Requirement, ...]

    def count(self, status: Reported) -> int:
        """How many requirements have a status."""
        return sum(entry.status == status for entry in self.entries)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per requirement: ``requirement asked_by reported where``."""
        import pandas as pd

        rows = [
            (
                entry.words.say(lang), ", ".join(entry.sources), entry.status,
                text(f"stage.{entry.stage}", lang) if entry.record else "",
            )
            for entry in self.entries
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["requirement", "asked_by", "reporting", "where"])

    def headline(self) -> str:
        """How many are reported."""
        return f"{self.count('reported')} of {len(self.entries)} reported"


def reporting_checklist(study: Study) -> ReportingChecklist:
    """What reviewers look for, and whether this study's kept records answer it.

    The requirements are adapted from JARS-Quant, COSMIN, the Standards and the ITC guidelines. That a thing is reported
    says nothing about whether it is good.

    Parameters
    ----------
    study : Study
        Its kept records are read; nothing is computed.

    Returns
    -------
    ReportingChecklist

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> kept = study.keep("missing", ak.missing_table(study.responses))
    >>> [entry.status for entry in ak.reporting_checklist(study).entries if entry.name == "missing"]
    ['reported']
    """
    records = {name: kept["record"] for name, kept in study.records().items()}
    return ReportingChecklist(entries=tuple(_judged(entry, records) for entry in load("reporting")["requirements"]))


def _judged(entry: Mapping[str, Any], records: Mapping[str, Any]) -> Requirement:
    there = [name for name in entry["records"] if name in records]
    answered = [name for name in there if "unavailable" not in records[name]]
    status: Reported = "reported" if answered else "reason_given" if there else "not_reported"
    record = next(iter(answered or there), None)
    return Requirement(entry["name"], entry["stage"], tuple(entry["sources"]), Words(entry["words"]), status, record)
