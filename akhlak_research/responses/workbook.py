"""Workbooks (.xlsx, .xls, .ods …): one sheet as a table of text, with the rows as a person sees them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from akhlak_research.core.errors import DataError
from akhlak_research.core.packages import need
from akhlak_research.core.results import Notice
from akhlak_research.responses.formats import Export, text_cell, text_table, unreadable

Rows = list[list[str]]

#: bytes of all parts of a workbook together; a million answers to 40 items need about 200 million
_MOST_UNFOLDED = 2 * 1024**3


def read_workbook(path: Path, sheet: str | None) -> Export:
    """Read a sheet.

    The header is the first row with at least two filled cells (the first filled one where no row has two), so that a
    title above the table is passed over. Empty rows are no respondents. A column without a name that holds something
    is called by its letter: ``(D)``. The format keeps no text of an error cell (#N/A): it comes as an empty one.
    """
    calamine = need("python_calamine", "formats")
    _refuse_bomb(path)
    try:
        book = calamine.load_workbook(str(path))
    except (calamine.CalamineError, OSError) as fault:
        raise unreadable(path, fault) from None
    try:
        name, rows = _sheet(book, path, sheet)
    except calamine.CalamineError as fault:  # a damaged sheet shows only when its cells are read
        raise unreadable(path, fault) from None
    head = _header(rows, path)
    names, places = _columns(rows, head)
    body = [at for at in range(head + 1, len(rows)) if any(rows[at])]
    blank = body[-1] - head - len(body) if body else 0
    columns = [[rows[at][place] for at in body] for place in places]
    numbers = [at + 1 for at in body]
    table = text_table(path, names, columns, header_row=head + 1, rows=numbers, blank_lines=blank)
    return Export(table, notices=tuple(_notices(book, name, rows, head, names, places)))


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook whose few bytes unfold into more than any survey holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            unfolded = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        return  # an old .xls, or nothing that can be read: the reader says so
    if unfolded > _MOST_UNFOLDED:
        raise DataError("workbook_too_large", file=path, got=unfolded, expected=_MOST_UNFOLDED)


def _sheet(book: Any, path: Path, wanted: str | None) -> tuple[str, Rows]:
    if wanted is not None:
        if wanted not in book.sheet_names:
            raise DataError("unknown_sheet", file=path, got=wanted, expected=book.sheet_names)
        return wanted, _cells(book, wanted)
    visible = [entry.name for entry in book.sheets_metadata if str(entry.visible).endswith("Visible")]
    for name in visible or book.sheet_names:
        rows = _cells(book, name)
        if rows:
            return name, rows
    raise DataError("empty_file", file=path)


def _cells(book: Any, name: str) -> Rows:
    """Cells of a sheet from its first row and column on; empty where the sheet is."""
    given = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    rows = [[text_cell(value).strip() for value in row] for row in given]
    return rows if any(any(row) for row in rows) else []


def _header(rows: Rows, path: Path) -> int:
    filled = [sum(1 for cell in row if cell) for row in rows]
    if not any(filled):
        raise DataError("empty_file", file=path)
    several = [at for at, count in enumerate(filled) if count > 1]
    return several[0] if several else next(at for at, count in enumerate(filled) if count)


def _columns(rows: Rows, head: int) -> tuple[list[str], list[int]]:
    """Names and places of the columns that have a name or a cell."""
    used = [place for place in range(len(rows[head])) if any(row[place] for row in rows[head:])]
    return [rows[head][place] or f"({_letter(place)})" for place in used], used


def _letter(place: int) -> str:
    """The letter of a column as spreadsheets write it: A … Z, AA …"""
    said = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        said = chr(ord("A") + rest) + said
    return said


def _notices(book: Any, name: str, rows: Rows, head: int, names: Sequence[str], places: Sequence[int]) -> list[Notice]:
    found = []
    others = tuple(other for other in book.sheet_names if other != name)
    if others:
        found.append(Notice("other_sheets", "info", {"sheet": name, "others": others}))
    if any(any(row) for row in rows[:head]):
        found.append(Notice("rows_above_header", "caution", {"row": head + 1}))
    unnamed = tuple(said for said, place in zip(names, places, strict=True) if not rows[head][place])
    if unnamed:
        found.append(Notice("columns_without_name", "caution", {"unnamed": unnamed}))
    return found
