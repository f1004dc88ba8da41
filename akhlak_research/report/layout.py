"""How a table of formatted cells is laid out: widths by what stands in it, repeated names once, sums apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from akhlak_research.core.text import LANGUAGES, Language, label, text

#: signs up to which a cell stays on one line (in a crowded table, and else), wraps in little room, and needs more of
#: it; longer ones are sentences
_CROWDED, _SHORT, _MIDDLE, _LONG = 12, 20, 28, 60
#: room that a cell of each class is given where the table is crowded, in signs
_ROOM = {"": _SHORT, "mid": 16, "long": 24, "prose": 34}
#: signs of a line at the width of a page, beyond which a table is set in smaller type
_LINE = 104
#: space between two columns, in signs
_GUTTER = 2
#: signs that a cell of a document keeps empty at its sides
_INSET = 3
#: labels of columns that are in one language on every page
_IN_ONE_LANGUAGE = {"translation": "en", "circular": "id", "act": "id"}


@dataclass(frozen=True, slots=True)
class Layout:
    """What the drawing of a table must know beyond its cells.

    Attributes
    ----------
    runs : tuple of int
        Per row, over how many rows its first cell stands; 0 where an earlier row's stands for it.
    sums : tuple of bool
        Per row, whether it sums up the others.
    languages : tuple of str
        Per column, its language where that is not the page's; else empty.
    dense : bool
        Whether it needs smaller type.
    """

    runs: tuple[int, ...]
    sums: tuple[bool, ...]
    languages: tuple[str, ...]
    dense: bool

    @property
    def grouped(self) -> bool:
        """Whether names in the first column stand for several rows."""
        return any(run != 1 for run in self.runs)


def lay_out(
    head: Sequence[str], numeric: Sequence[bool], rows: Sequence[Sequence[str]], lang: Language | None = None
) -> Layout:
    """The layout of a table of formatted cells; ``lang`` is the page's, None where it is not known."""
    foreign, runs = _foreign(), _runs(numeric, rows)
    grouped = any(run != 1 for run in runs)
    return Layout(
        runs=runs,
        sums=tuple(any(cell in _sums() for cell in row[: 2 if grouped else 1]) for row in rows),
        languages=tuple(found if (found := foreign.get(name, "")) != lang else "" for name in head),
        dense=_width(head, numeric, rows) > _LINE,
    )


def cell_class(cell: str, numeric: bool, dense: bool = False) -> str:
    """The class of a cell by its own length."""
    if numeric:
        return "number"
    short = _CROWDED if dense else _SHORT
    return "prose" if len(cell) > _LONG else "long" if len(cell) > _MIDDLE else "mid" if len(cell) > short else ""


def shares(head: Sequence[str], numeric: Sequence[bool], rows: Sequence[Sequence[str]], line: int) -> list[float]:
    """Parts of a line of so many signs for each column, adding to one: no word breaks, the rest goes where needed."""
    need: list[float] = []
    want: list[float] = []
    for at, name in enumerate(head):
        cells = [row[at] for row in rows]
        bold = max((len(word) * 1.2 for word in name.split()), default=1)
        pieces = cells if numeric[at] else [word for cell in cells for word in cell.split()]
        need.append(max([bold, *map(len, pieces)]) + _INSET)
        want.append(max([need[-1], *(min(len(cell), 4 * _LONG) for cell in cells)]))
    left = max(line - sum(need), 0)
    pull = [(wanted - needed) ** 0.7 for needed, wanted in zip(need, want, strict=True)]
    given = [needed + left * part / (sum(pull) or 1) for needed, part in zip(need, pull, strict=True)]
    return [part / sum(given) for part in given]


def is_crowded(head: Sequence[str], rows: Sequence[Sequence[str]], line: int) -> bool:
    """Whether the cells do not stand beside each other on one line of so many signs."""
    return sum(max([len(name), *(len(row[at]) for row in rows)]) + _GUTTER for at, name in enumerate(head)) > line


def _runs(numeric: Sequence[bool], rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Where every name of the first column stands in one run of rows, and on average in two or more."""
    if not rows or len(rows[0]) < 3 or numeric[0]:
        return (1,) * len(rows)
    found = [(name, len(list(part))) for name, part in groupby(row[0] for row in rows)]
    names = [name for name, _ in found]
    if len(set(names)) < len(names) or 2 * len(names) > len(rows) or not all(names):
        return (1,) * len(rows)
    return tuple(at for _, length in found for at in (length, *(0 for _ in range(length - 1))))


def _width(head: Sequence[str], numeric: Sequence[bool], rows: Sequence[Sequence[str]]) -> int:
    """Signs that the table needs beside each other where each cell wraps as far as it may."""
    total = 0
    for at, name in enumerate(head):
        cells = [row[at] for row in rows]
        room = [len(cell) if numeric[at] else min(len(cell), _ROOM[cell_class(cell, False)]) for cell in cells]
        total += max([*room, *(len(word) for word in name.split())], default=0) + _GUTTER
    return total


@cache
def _sums() -> frozenset[str]:
    found = {label(key, lang) for lang in LANGUAGES for key in ("total", "overall", "sum", "whole")}
    return frozenset(found | {text("executive.total", lang) for lang in LANGUAGES})


@cache
def _foreign() -> dict[str, str]:
    return {label(key, lang): spoken for key, spoken in _IN_ONE_LANGUAGE.items() for lang in LANGUAGES}
