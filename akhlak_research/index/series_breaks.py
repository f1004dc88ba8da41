"""Known breaks in published series: between which years, why, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_choice
from akhlak_research.core.words import Words
from akhlak_research.index.bands import Status


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """A break.

    Attributes
    ----------
    code, series : str
    last, first : int
        Last year of the old series, first of the new one.
    reason, evidence : Words
        What happened, and what shows it.
    status, conclusion_status : str
        How well the figures, and the conclusion from them, are known.
    source : str
    """

    code: str
    series: str
    last: int
    first: int
    reason: Words
    evidence: Words
    status: Status
    conclusion_status: Status
    source: str


def breaks_between(series: str | None, years: tuple[int, int] | None) -> tuple[SeriesBreak, ...]:
    """Breaks of a series between two years, in whichever order; none where no series is named.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for an unknown series.
    """
    if series is None or years is None:
        return ()
    known = [
        SeriesBreak(**{**entry, "reason": Words(entry["reason"]), "evidence": Words(entry["evidence"])})
        for entry in load("series_breaks")["breaks"]
    ]
    check_choice(series, tuple(dict.fromkeys(one.series for one in known)), "series")
    low, high = min(years), max(years)
    return tuple(one for one in known if one.series == series and low <= one.last and high >= one.first)
