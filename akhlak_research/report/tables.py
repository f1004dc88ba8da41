"""Tables as formatted cells: numbers by one policy, intervals in one column, long reasons as notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, TypedDict

from babel.dates import format_date

from akhlak_research.core.results import Unavailable
from akhlak_research.core.text import Language, has_text, label, text
from akhlak_research.report.format import (
    DASH,
    Kind,
    cell_kind,
    column_kind,
    format_cell,
    is_absent,
    is_number,
    visible,
)

if TYPE_CHECKING:
    import pandas as pd

_MARKS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
#: names of rows that sum up the others, among item or unit codes that stand as they are
_SUMMARY_ROWS = ("overall", "total")
_ESTIMATE_COLUMNS = ("estimate", "std_error", "ci_low", "ci_high", "margin")
_LOW, _HIGH = "ci_low", "ci_high"
_LIMITS = ("std_error", _LOW, _HIGH)
#: columns of sentences, which stand below the table under a mark: in a cell they would stretch every row
_SENTENCES = ("reason", "note")
#: columns that hold scores of 0–100, or differences of them
_SCORES = frozenset(("change", "distance", "linked", "composite"))


class TableContent(TypedDict):
    """A table in one language; cells are formatted, so that every page shows the same characters."""

    caption: str
    head: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    notes: list[str]


def table_content(frame: pd.DataFrame, caption: str, lang: Language, *, plain: str | None = None) -> TableContent:
    """A DataFrame as formatted cells; ``plain`` names a column whose values are shown as they stand."""
    frame = _with_scope(frame, lang)
    names = [str(c) for c in frame.columns]
    kinds: list[Kind] = [
        "text" if name == plain else column_kind(name, frame.iloc[:, at]) for at, name in enumerate(names)
    ]
    kinds = _refined(frame, names, kinds)
    notes = _Notes()
    rows = []
    for values in frame.itertuples(index=False, name=None):
        word = next((v for v, k in zip(values, kinds, strict=True) if k == "word"), None)
        rows.append(
            [_cell(v, n, cell_kind(n, k, word), lang, notes) for v, n, k in zip(values, names, kinds, strict=True)]
        )
    table = TableContent(
        caption=visible(caption),
        head=[visible(label(name, lang)) for name in names],
        numeric=[kind not in ("word", "text") for kind in kinds],
        rows=rows,
        notes=notes.lines(),
    )
    return _fold_intervals(table, names, lang)


def _refined(frame: pd.DataFrame, names: Sequence[str], kinds: list[Kind]) -> list[Kind]:
    """Kinds that depend on what else the table holds."""
    there = set(names)

    def every(kind: Kind, columns: Sequence[str] | frozenset[str]) -> None:
        kinds[:] = [kind if name in columns else old for name, old in zip(names, kinds, strict=True)]

    if _is_on_index_scale(frame):
        every("level", _ESTIMATE_COLUMNS)
    if "points" in there:  # differences in index points
        every("level", _LIMITS)
    if {"share_percent", "score_percent", "executive_score"} & there:
        every("percent", _LIMITS)
    if "comparison" in there:  # cut-offs as they are cited
        every("bare", ("value",))
    if "index_type" in there:  # as published, with one decimal or two
        every("published", ("estimate",))
    if "unknown" in there:  # one column per band
        return ["chance" if kind == "coefficient" else kind for kind in kinds]
    return kinds


def _with_scope(frame: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Rows for all units at the end of the units: one column for both, and not the word "unit" on every line."""
    if not {"scope", "unit"} <= set(frame.columns):
        return frame
    units = [
        label(str(scope), lang) if is_absent(unit) or not str(unit).strip() else unit
        for scope, unit in zip(frame["scope"], frame["unit"], strict=True)
    ]
    return frame.assign(unit=units).drop(columns="scope")


def _is_on_index_scale(frame: pd.DataFrame) -> bool:
    """Whether estimates are scores of 0–100, which need fewer decimals than coefficients."""
    estimates = [v for v in frame.get("estimate", ()) if is_number(v) and not is_absent(v)]
    return any(abs(float(value)) > 10 for value in estimates) or bool(_SCORES & set(map(str, frame.columns)))


class _Notes:
    """Notes of a table and the marks by which cells refer to them."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}

    def mark(self, words: str) -> str:
        """The mark of a note, the same for the same words."""
        times, at = divmod(len(self._marks), len(_MARKS))
        return self._marks.setdefault(words, _MARKS[at] * (times + 1))

    def lines(self) -> list[str]:
        """The notes in the order of their marks."""
        return [f"{mark} {words}" for words, mark in self._marks.items()]


def _cell(value: object, name: str, kind: Kind, lang: Language, notes: _Notes) -> str:
    if isinstance(value, Unavailable):
        return DASH + notes.mark(visible(value.reason(lang)))
    if name in _SENTENCES and isinstance(value, str) and value and not has_text(f"label.{value}"):
        return notes.mark(visible(value))
    if name == "value" and kind == "coefficient" and isinstance(value, float) and value.is_integer():
        kind = "count"  # a cut-off of 10 would read as ten thousand with three decimals
    if name in ("date", "since") and isinstance(value, str) and value:
        return format_date(date.fromisoformat(value[:10]), format="long", locale=lang)
    if isinstance(value, str) and value in _SUMMARY_ROWS:
        kind = "word"
    if kind == "text" and is_number(value) and not is_absent(value):
        kind = "code"
    said = format_cell(value, kind, lang)
    catalogued = kind == "word" and isinstance(value, str) and has_text(f"label.{value}")
    return _opened(said) if catalogued or isinstance(value, bool) else said


def _opened(words: str) -> str:
    """Words of the catalogue as a cell begins: with a capital, but for signs and names such as *p*, *r_wg* or *ω*."""
    return (
        words[0].upper() + words[1:] if words[:2].isascii() and words[:2].isalpha() and words[1:2].islower() else words
    )


def _fold_intervals(table: TableContent, names: Sequence[str], lang: Language) -> TableContent:
    """Put the two limits of an interval into one column, as people write them: ``[0.68; 0.73]``."""
    low = {name.removesuffix(_LOW): at for at, name in enumerate(names) if name.endswith(_LOW)}
    pairs = {at: names.index(p + _HIGH) for p, at in low.items() if p + _HIGH in names}
    gone = set(pairs.values())
    if not pairs:
        return table

    def fold(cells: list[str]) -> list[str]:
        return [_interval(c, cells[pairs[at]]) if at in pairs else c for at, c in enumerate(cells) if at not in gone]

    return TableContent(
        caption=table["caption"],
        head=[
            text("report.interval", lang) if at in pairs else h for at, h in enumerate(table["head"]) if at not in gone
        ],
        numeric=[numeric for at, numeric in enumerate(table["numeric"]) if at not in gone],
        rows=[fold(cells) for cells in table["rows"]],
        notes=table["notes"],
    )


def _interval(low: str, high: str) -> str:
    return low if low.startswith(DASH) and high.startswith(DASH) else f"[{low}; {high}]"
