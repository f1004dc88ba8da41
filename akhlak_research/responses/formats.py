"""Files of answers as tables of text, whatever program wrote them; one entry per format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.packages import need
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Notice
from akhlak_research.core.words import FrozenMap
from akhlak_research.responses.text_table import DELIMITERS, Column, Table, read_table

#: whole numbers from here on are no longer exact as floats: they are shown as a spreadsheet shows them
_EXACT = 1e15


@dataclass(frozen=True)
class Export:
    """A file of answers, and what it says about its columns.

    Attributes
    ----------
    table : Table
        Cells as text: numbers without ``.0``, dates in ISO form, a missing value as an empty cell, a user-missing value
        as the code it has in the file (``.a`` … in Stata).
    titles : mapping of str to str
        Question text by column, where the file keeps it apart from the name.
    value_labels : mapping of str to mapping of str to str
        By column, what a cell means.
    user_missing : mapping of str to frozenset of str
        By column, the cells that the file declares missing, of those that occur or have a label.
    notices : tuple of Notice
        What a reader must know.
    """

    table: Table
    titles: Mapping[str, str] = field(default_factory=FrozenMap)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=FrozenMap)
    user_missing: Mapping[str, frozenset[str]] = field(default_factory=FrozenMap)
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: the sheet of a workbook; delimiter and encoding of a text file."""

    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its endings, the package that reads it (empty: none), the reader."""

    name: str
    endings: tuple[str, ...]
    package: str
    read: Callable[[Path, Options], Export]


def read_export(
    path: str | Path, *, sheet: str | None = None, delimiter: str | None = None, encoding: str | None = None
) -> Export:
    """Read a file of answers by its ending.

    Parameters
    ----------
    path : str or Path
        ``.csv .tsv .txt``, ``.xlsx .xlsm .xlsb .xls .ods``, ``.sav .zsav``, ``.dta``, ``.parquet``.
    sheet : str, optional
        Sheet of a workbook; default: the first one that is visible and not empty.
    delimiter, encoding : str, optional
        Of a text file. Without a delimiter the one is taken under which the file has the most columns; UTF-8 is the
        default encoding.

    Returns
    -------
    Export

    Raises
    ------
    ArgumentError
        ``unknown_ending``.
    DataError
        ``file_missing``, ``file_unreadable`` (not of the format that its ending says, damaged, or with a password),
        ``unknown_sheet``, ``empty_file``, ``header_only``, and those of text files.
    EnvironmentProblem
        ``missing_package`` where the extra ``formats`` is not installed.
    """
    path = Path(path)
    entry = format_of(path)
    if entry is None:
        raise ArgumentError("unknown_ending", file=path, got=path.suffix, expected=sorted(endings()))
    if not path.is_file():
        raise DataError("file_missing", file=path)
    from akhlak_research.responses.qualtrics import without_title_rows

    return without_title_rows(entry.read(path, Options(sheet, delimiter, encoding)))


def format_of(path: str | Path) -> Format | None:
    """The format that a file's ending names."""
    ending = Path(path).suffix.casefold()
    return next((entry for entry in FORMATS if ending in entry.endings), None)


def endings() -> set[str]:
    """Endings that can be read."""
    return {ending for entry in FORMATS for ending in entry.endings}


def unreadable(path: Path, fault: Exception) -> DataError:
    """The error for a file that its reader refuses."""
    return DataError("file_unreadable", file=path, got=str(fault).splitlines()[0][:100] if str(fault) else "–")


def text_cell(value: object) -> str:
    """A value as the text of a cell."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if abs(value) >= _EXACT:
            return f"{value:.14E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return text_cell(value.total_seconds())
    if isinstance(value, list | tuple):
        return ", ".join(map(text_cell, value))
    return str(value)


def text_table(
    path: Path, names: Sequence[str], columns: Sequence[Sequence[str]], *, header_row: int | None = None,
    rows: Sequence[int] | None = None, blank_lines: int = 0,
) -> Table:  # fmt: skip
    """Columns of text as a table; ``rows`` are the lines that a person sees, by default 1, 2, …"""
    n = len(columns[0]) if columns else 0
    if not names:
        raise DataError("empty_file", file=path)
    if n == 0:
        raise DataError("header_only", file=path, row=header_row, got=len(names))
    numbers = range(1, n + 1) if rows is None else rows
    cells = [Column.of(column) for column in columns]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    said = tuple(name.strip() for name in names)
    return Table(said, n, str(path), digest, header_row, blank_lines, cells.__getitem__, lambda: numbers)


def _read_delimited(path: Path, options: Options) -> Export:
    if options.delimiter is not None:
        return Export(read_table(path, options.delimiter, options.encoding, ()))
    found: list[Table] = []
    faults: list[DataError] = []
    for delimiter in DELIMITERS:
        try:
            found.append(read_table(path, delimiter, options.encoding, ()))
        except DataError as fault:
            faults.append(fault)
    if not found:
        raise faults[0]
    return Export(max(found, key=lambda table: len(table.names)))


def _read_workbook(path: Path, options: Options) -> Export:
    from akhlak_research.responses.workbook import read_workbook

    return read_workbook(path, options.sheet)


def _read_spss(path: Path, options: Options) -> Export:
    from akhlak_research.responses.labelled import read_spss

    return read_spss(path)


def _read_stata(path: Path, options: Options) -> Export:
    from akhlak_research.responses.labelled import read_stata

    return read_stata(path)


def _read_parquet(path: Path, options: Options) -> Export:
    parquet = need("pyarrow.parquet", "formats")
    arrow = need("pyarrow", "formats")
    try:
        content = parquet.read_table(path)
    except (arrow.ArrowException, OSError) as fault:
        raise unreadable(path, fault) from None
    names = content.column_names
    columns = [[text_cell(value) for value in content.column(at).to_pylist()] for at in range(len(names))]
    return Export(text_table(path, names, columns))


FORMATS: Registry[Format] = Registry(
    "format",
    Format("csv", (".csv", ".tsv", ".txt"), "", _read_delimited),
    Format("workbook", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "python_calamine", _read_workbook),
    Format("spss", (".sav", ".zsav"), "pyreadstat", _read_spss),
    Format("stata", (".dta",), "pyreadstat", _read_stata),
    Format("parquet", (".parquet",), "pyarrow", _read_parquet),
)
