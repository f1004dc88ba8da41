"""Minimum numbers of respondents that an authority asked for, with their source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ResultBase, Unavailable, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class QuotaRule:
    """A minimum.

    Attributes
    ----------
    name : str
    survey, per : Words
        Of which survey, and for what it holds (an agency).
    minimum : int or Unavailable
        Respondents; absent where the number was not found.
    year : int
    status : {"V", "not_found"}
    source : str
    note : Words
    """

    name: str
    survey: Words
    minimum: int | Unavailable
    per: Words
    year: int
    status: str
    source: str
    note: Words


@result
class QuotaRules(ResultBase):
    """All minimums that the catalogue knows.

    Attributes
    ----------
    entries : tuple of QuotaRule
    """

    kind: ClassVar[str] = "quota_rules"
    of_study: ClassVar[bool] = False
    entries: tuple[QuotaRule, ...]

    def __getitem__(self, name: str) -> QuotaRule:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise ArgumentError("unknown_choice", argument="quota", got=name, expected=[e.name for e in self.entries])

    def __iter__(self) -> Iterator[QuotaRule]:
        return iter(self.entries)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per rule: ``name survey minimum per year source note``."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": [rule.name for rule in self],
                "survey": [rule.survey.say(lang) for rule in self],
                "minimum_n": pd.array(
                    [rule.minimum if isinstance(rule.minimum, int) else None for rule in self], dtype="Int64"
                ),
                "per": [rule.per.say(lang) for rule in self],
                "year": [rule.year for rule in self],
                "source": [rule.source for rule in self],
                "note": [rule.note.say(lang) for rule in self],
            }
        )

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self.entries)} rules"


@cache
def quota_rules() -> QuotaRules:
    """Minimum numbers of respondents that the ministry asked for, as far as they were found.

    Returns
    -------
    QuotaRules
        ``["employee-engagement-2023"].minimum`` is 140 for an agency; that of the BerAKHLAK index differs by agency and
        its formula was not found, so it is ``Unavailable``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.quota_rules()["employee-engagement-2023"].minimum
    140
    >>> ak.quota_rules()["berakhlak-2023"].minimum
    Unavailable('quota_not_found')
    """
    entries = tuple(
        QuotaRule(
            name=entry["name"], survey=Words(entry["survey"]), per=Words(entry["per"]), year=entry["year"],
            minimum=Unavailable("quota_not_found") if entry["minimum"] is None else int(entry["minimum"]),
            status=entry["status"], source=entry["source"], note=Words(entry["note"]),
        )
        for entry in load("quotas")["quotas"]
    )  # fmt: skip
    return QuotaRules(entries=entries)
