"""Delimited text as columns of cells: decoding, delimiter and rows are checked, never guessed."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError

DELIMITERS = (",", ";", "\t", "|")
_BINARY = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"PAR1": "parquet", b"$FL2": "sav"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Column:
    """Cells of a column: the different ones, and which of them each row holds."""

    distinct: list[str]
    positions: NDArray[np.int64]

    @classmethod
    def of(cls, cells: Sequence[str]) -> Column:
        """From the cells in order of rows."""
        distinct = list(dict.fromkeys(cells))
        place = {cell: i for i, cell in enumerate(distinct)}
        return cls(distinct, np.fromiter(map(place.__getitem__, cells), dtype=np.int64, count=len(cells)))


@dataclass(frozen=True)
class Table:
    """A file or DataFrame as text.

    Attributes
    ----------
    names : tuple of str
        Column names without surrounding space, as they come (perhaps twice).
    n : int
        Rows.
    file : str or None
        Path as given.
    digest : str
        SHA-256 of the content.
    header_row : int or None
        Line of the header; None for a DataFrame.
    blank_lines : int
        Empty lines between rows; they are no rows.
    """

    names: tuple[str, ...]
    n: int
    file: str | None
    digest: str
    header_row: int | None
    blank_lines: int
    _column: Callable[[int], Column]
    _rows: Callable[[], Sequence[int]]

    def column(self, name: str) -> Column:
        """The first column of a name."""
        return self._column(self.names.index(name))

    def column_at(self, place: int) -> Column:
        """The column at a place, from 0, whatever it is called."""
        return self._column(place)

    def row(self, position: int) -> int:
        """The line of the file on which a row begins; of a DataFrame the row itself, from 1."""
        return self._rows()[position]


def read_table(path: str | Path, delimiter: str | None, encoding: str | None, wanted: Sequence[str]) -> Table:
    """Read a delimited file; ``wanted`` names tell whether another delimiter would have found more of them."""
    path = Path(path)
    delimiter = check_choice("," if delimiter is None else delimiter, DELIMITERS, "delimiter")
    if not path.is_file():
        raise DataError("file_missing", file=path)
    content = path.read_bytes()
    words = _decoded(content, path, encoding)
    if not words.strip():
        raise DataError("empty_file", file=path)
    _check_delimiter(words, delimiter, path, wanted)
    stream = io.StringIO(words, newline="")
    row, header, after = next(_records(stream, delimiter, path, 0, 0))
    names = tuple(name.strip() for name in header)
    body = stream.read()
    parse = _quoted if '"' in body else _plain
    rows, blank_lines, column = parse(body, delimiter, len(names), path, after)
    if not len(rows):
        raise DataError("header_only", file=path, row=row, got=len(names))
    digest = hashlib.sha256(content).hexdigest()
    return Table(names, len(rows), str(path), digest, row, blank_lines, column, lambda: rows)


def frame_table(frame: pd.DataFrame) -> Table:
    """A DataFrame as text: whole numbers without ``.0``, missing values as empty cells."""
    names = tuple(str(name).strip() for name in frame.columns)
    if len(frame) == 0:
        raise DataError("header_only", got=len(names))
    columns = [_frame_column(frame.iloc[:, position]) for position in range(len(names))]
    digest = hashlib.sha256(repr(names).encode())
    for column in columns:
        digest.update(repr(column.distinct).encode())
        digest.update(column.positions.tobytes())
    rows = range(1, len(frame) + 1)
    return Table(names, len(frame), None, digest.hexdigest(), None, 0, columns.__getitem__, lambda: rows)


def _frame_column(series: pd.Series) -> Column:
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        positions, distinct = pd.factorize(series)
        cells = [_cell(value) for value in distinct.tolist()]
        blank = [""] if (positions < 0).any() else []  # a cell that no row holds would be judged all the same
        return Column([*cells, *blank], np.where(positions < 0, len(cells), positions).astype(np.int64))
    return Column.of([_cell(value) for value in series.tolist()])


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _decoded(content: bytes, path: Path, encoding: str | None) -> str:
    for start, kind in _BINARY.items():
        if content.startswith(start):
            raise DataError("not_text", file=path, got=kind, expected="CSV")
    wanted = "utf-8" if encoding is None else encoding
    try:
        words = content.decode(wanted).removeprefix("\ufeff")
    except LookupError:
        raise ArgumentError("encoding_unknown", file=path, got=encoding, expected=("utf-8", "cp1252")) from None
    except UnicodeDecodeError as fault:
        row, byte = content[: fault.start].count(b"\n") + 1, content[fault.start]
        fits = "utf-16" if content.startswith(_UTF16) else _first_that_fits(content)
        raise DataError(
            "not_utf8", file=path, row=row, got=f"0x{byte:02X}", expected=wanted.upper(), encoding=fits
        ) from None
    if "\0" in words:
        raise DataError(
            "not_text", file=path, row=words[: words.index("\0")].count("\n") + 1, got="NUL", expected="CSV"
        )
    return words


def _first_that_fits(content: bytes) -> str:
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _records(
    lines: Iterable[str], delimiter: str, path: Path, after: int, width: int
) -> Iterator[tuple[int, list[str], int]]:
    """Records that are not blank: first line, cells, last line; ``after`` lines came before."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    end = after
    while True:
        begin = end + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise DataError("csv_syntax", file=path, row=begin, got=str(fault)) from None
        end = after + reader.line_num
        if cells and not (width != 1 and len(cells) == 1 and cells[0].strip(" ") == ""):
            yield begin, cells, end


def _check_delimiter(words: str, delimiter: str, path: Path, wanted: Sequence[str]) -> None:
    """Refuse a header in which the items only appear when it is split elsewhere."""
    lines = words.replace("\r", "\n").split("\n")
    place = next(place for place, line in enumerate(lines) if line.strip(" "))
    found = {other: {name.strip(' \t"') for name in lines[place].split(other)} for other in DELIMITERS}
    if found[delimiter] & set(wanted):
        return
    for other, names in found.items():
        if names & set(wanted) or (len(found[delimiter]) == 1 and len(names) > 1):
            row = words[: words.index(lines[place])].count("\n") + 1
            n = len(found[delimiter])
            raise DataError("wrong_delimiter", file=path, row=row, got=delimiter, expected=other, n_columns=n)


def _plain(
    body: str, delimiter: str, width: int, path: Path, after: int
) -> tuple[Sequence[int], int, Callable[[int], Column]]:
    """Rows without any quote: one split gives all cells."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    places = [place for place, line in enumerate(lines) if (line if width == 1 else line.strip(" "))]
    kept = [lines[place] for place in places] if len(places) < len(lines) else lines
    for place, line in zip(places, kept, strict=True):
        if line.count(delimiter) != width - 1:
            raise _ragged(path, after + place + 1, line.count(delimiter) + 1, width)
    flat = delimiter.join(kept).split(delimiter)
    blank = places[-1] + 1 - len(places) if places else 0
    return [after + place + 1 for place in places], blank, lambda j: Column.of(flat[j::width])


def _quoted(
    body: str, delimiter: str, width: int, path: Path, after: int
) -> tuple[Sequence[int], int, Callable[[int], Column]]:
    """Rows with quotes, which may hold delimiters and line ends."""
    flat: list[str] = []
    begins, blank, last = [], 0, after
    for begin, cells, end in _records(io.StringIO(body, newline=""), delimiter, path, after, width):
        if len(cells) != width:
            raise _ragged(path, begin, len(cells), width)
        flat += cells
        begins.append(begin)
        blank += begin - last - 1
        last = end
    return begins, blank, lambda j: Column.of(flat[j::width])


def _ragged(path: Path, row: int, got: int, expected: int) -> DataError:
    return DataError("ragged_row", file=path, row=row, got=got, expected=expected)
