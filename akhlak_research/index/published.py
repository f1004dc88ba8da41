"""What has been published about the index: figures with source, index type and n, and what was not found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import pandas as pd

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import DataError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Notice, ResultBase, Unavailable, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.index.bands import STATUS_WORDS, Status
from akhlak_research.index.result import TOTAL

IndexType = Literal["IMP", "TOT", "ENE", "80/20", "?"]
INDEX_TYPES: tuple[IndexType, ...] = ("IMP", "TOT", "ENE", "80/20", "?")


@dataclass(frozen=True, slots=True)
class Figure:
    """One published index value.

    Attributes
    ----------
    instrument : {"BerAKHLAK", "AKHLAK"}
    institution, parent : str
        Whose value it is, and to whom that belongs (empty where not needed).
    scope : {"national", "institution", "unit"}
    year : int or None
        Of the survey; None where the source does not say.
    index_type : {"IMP", "TOT", "ENE", "80/20", "?"}
        Implementation index, total index of culture health, positive energy, survey with evidence; ``"?"`` where the
        source does not say.
    type_status, status : {"V", "A", "NF"}
        How well the type, and the value, are known.
    value : float or Unavailable
    category : str
        As published, empty where none is.
    dimensions : mapping of str to float
        Values of dimensions that were published.
    n : int or None
        With ``n_of``: of respondents or of agencies.
    source : str
    note : Words
    """

    instrument: str
    institution: str
    parent: str
    scope: str
    year: int | None
    index_type: IndexType
    type_status: Status
    value: float | Unavailable
    category: str
    dimensions: FrozenMap[str, float]
    n: int | None
    n_of: str
    status: Status
    source: str
    note: Words


@dataclass(frozen=True, slots=True)
class Coverage:
    """A published number of people or agencies and the ways in which it was split."""

    name: str
    title: Words
    year: int
    date: str
    total: int
    splits: tuple[FrozenMap[str, int], ...]
    source: str


@dataclass(frozen=True, slots=True)
class Use:
    """What the index counts for in another index: ``weight`` points for the whole range ``low``–``high``."""

    name: str
    title: Words
    year: int
    weight: float
    low: float
    high: float
    applies_to: Words
    status: Status
    source: str

    def points(self, index: float) -> float:
        """Points that an index value brings.

        Raises
        ------
        DataError
            ``figure_use_unknown`` for a value outside the range.
        """
        if not self.low <= index <= self.high:
            raise DataError("figure_use_unknown", got=index, expected=f"{self.low:g}–{self.high:g}")
        return (index - self.low) / (self.high - self.low) * self.weight


@result
class PublishedFigures(ResultBase):
    """Published figures.

    Attributes
    ----------
    figures : tuple of Figure
    """

    kind: ClassVar[str] = "published_figures"
    of_study: ClassVar[bool] = False
    figures: tuple[Figure, ...]
    notices: tuple[Notice, ...] = ()

    def __len__(self) -> int:
        return len(self.figures)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per figure and published value of a dimension.

        ``institution year index_type type_status value estimate band n n_of status source note``; ``value`` is
        ``"total"`` or the code of a dimension, ``band`` as published.
        """
        rows = []
        for figure in self.figures:
            shared: dict[str, object] = {
                "institution": f"{figure.parent}: {figure.institution}" if figure.parent else figure.institution,
                "year": figure.year, "index_type": figure.index_type, "type_status": STATUS_WORDS[figure.type_status],
            }  # fmt: skip
            ends: dict[str, object] = {
                "n": figure.n, "n_of": figure.n_of, "status": STATUS_WORDS[figure.status], "source": figure.source,
                "note": figure.note.say(lang),
            }  # fmt: skip
            value: dict[str, object] = {"value": TOTAL, "estimate": float(figure.value), "band": figure.category}
            rows.append(shared | value | ends)
            for code, found in figure.dimensions.items():
                rows.append(shared | {"value": code, "estimate": found, "band": ""} | ends)
        frame = pd.DataFrame(rows)
        return frame.astype({"year": "Int64", "n": "Int64"}) if rows else frame

    def headline(self) -> str:
        """How many, and how many were looked for in vain."""
        missing = sum(isinstance(figure.value, Unavailable) for figure in self.figures)
        return f"{len(self)} figures, {missing} without a value"


def published_figures(
    *, year: int | None = None, index_type: IndexType | None = None, institution: str | None = None
) -> PublishedFigures:
    """Published values of the BerAKHLAK index (and one of its predecessor), as the named pages give them.

    Two different numbers carry the same name: the implementation index and the total index of culture health. The
    instrument was made anew in 2024. Rows whose type the source does not state must not be compared with others. What
    was looked for and not found is listed without a value.

    Parameters
    ----------
    year : int, optional
        Only figures of this year.
    index_type : {"IMP", "TOT", "ENE", "80/20", "?"}, optional
        Only figures of this type; ``"?"``: type not stated.
    institution : str, optional
        Only this institution.

    Returns
    -------
    PublishedFigures
        ``.table()``, ``.figures``.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for a year, type or institution that is not there.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> figures = ak.published_figures(institution="Provinsi Kalimantan Tengah", year=2022).table()
    >>> figures.loc[figures["value"] == "total", ["index_type", "estimate", "band"]].values.tolist()
    [['TOT', 75.3, 'A'], ['IMP', 59.5, 'B'], ['ENE', 92.4, 'A']]

    Notes
    -----
    No published figure carries an interval, and none is computed here.
    """
    chosen = _all()
    if year is not None:
        check_choice(year, sorted({f.year for f in chosen if f.year is not None}), "year")
        chosen = tuple(f for f in chosen if f.year == year)
    if index_type is not None:
        check_choice(index_type, INDEX_TYPES, "index_type")
        chosen = tuple(f for f in chosen if f.index_type == index_type)
    if institution is not None:
        check_choice(institution, list(dict.fromkeys(f.institution for f in _all())), "institution")
        chosen = tuple(f for f in chosen if f.institution == institution)
    return PublishedFigures(figures=chosen, notices=_notices(chosen))


def _notices(figures: tuple[Figure, ...]) -> tuple[Notice, ...]:
    found = []
    if len({figure.index_type for figure in figures}) > 1:
        found.append(Notice("two_indices_one_name", "caution"))
    years = {figure.year for figure in figures if figure.year is not None}
    if years and min(years) < 2024 <= max(years):
        found.append(Notice("break_in_series", "caution"))
    return tuple(found)


@cache
def _all() -> tuple[Figure, ...]:
    return tuple(_figure(entry) for entry in load("published")["figures"])


def _figure(entry: Mapping[str, Any]) -> Figure:
    value = entry["value"]
    return Figure(
        instrument=entry["instrument"], institution=entry["institution"], parent=entry["parent"] or "",
        scope=entry["scope"], year=entry["year"], index_type=entry["index_type"] or "?",
        type_status=entry["type_status"], value=Unavailable("not_found") if value is None else float(value),
        category=entry["category"] or "",
        dimensions=FrozenMap({code: float(one) for code, one in entry["dimensions"].items()}), n=entry["n"],
        n_of=entry["n_of"] or "", status=entry["status"], source=entry["source"] or "", note=Words(entry["note"] or {}),
    )  # fmt: skip


@cache
def published_coverage() -> Registry[Coverage]:
    """Published numbers of respondents and agencies whose parts can be added up."""
    return Registry(
        "coverage",
        *(
            Coverage(
                e["code"], Words(e["name"]), e["year"], e["date"] or "", e["total"],
                tuple(FrozenMap(split) for split in e["splits"]), e["source"],
            )
            for e in load("published")["coverage"]
        ),
    )  # fmt: skip


@cache
def index_uses() -> Registry[Use]:
    """What the index counts for elsewhere: ``index_uses()["rb-general-2024"].points(61.1)``."""
    return Registry(
        "use",
        *(
            Use(
                e["code"], Words(e["name"]), e["year"], float(e["weight"]), float(e["low"]), float(e["high"]),
                Words(e["applies_to"]), e["status"], e["source"],
            )
            for e in load("published")["uses"]
        ),
    )  # fmt: skip
