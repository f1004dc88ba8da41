"""Where answers can lie, and how each place is read in batches."""

from __future__ import annotations

import glob
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.packages import need
from akhlak_research.counts.batch import BATCH_ROWS, Batch, frame_batch
from akhlak_research.counts.plan import Plan
from akhlak_research.responses.model import Responses

Kind = Literal["frame", "responses", "csv", "parquet", "sql", "relation", "dask"]

#: cells of a text file that stand for no answer, the same whichever engine reads it
MISSING = ("", "NA", "N/A", "NULL", "NaN", "nan", "None", "#N/A")


def kind_of(items: object, connection: object) -> Kind:
    """What ``items`` is.

    Raises
    ------
    ArgumentError
        ``items_type``; ``connection_type``; ``unknown_format`` for a path with another ending.
    DataError
        ``file_not_found``.
    """
    if isinstance(items, Responses):
        return "responses"
    if isinstance(items, pd.DataFrame):
        return "frame"
    if connection is not None:
        if not (hasattr(connection, "sql") and hasattr(connection, "execute")):
            raise ArgumentError("connection_type", got=type(connection).__name__)
        if isinstance(items, str):
            return "sql"
    elif isinstance(items, str | Path):
        return _kind_of_path(items)
    home = type(items).__module__.partition(".")[0]
    if home in ("duckdb", "_duckdb") and hasattr(items, "to_arrow_reader") and hasattr(items, "columns"):
        return "relation"
    if home in ("dask", "dask_expr") and hasattr(items, "to_delayed") and hasattr(items, "columns"):
        return "dask"
    expected = ("DataFrame", "Responses", "CSV", "Parquet", "DuckDB relation", "SQL + connection", "Dask DataFrame")
    raise ArgumentError("items_type", got=type(items).__name__, expected=expected)


def _kind_of_path(path: str | Path) -> Kind:
    ending = Path(path).suffix.lower()
    if ending not in (".csv", ".tsv", ".parquet"):
        raise ArgumentError("unknown_format", file=path, got=ending, expected=(".csv", ".tsv", ".parquet"))
    files_of(path)
    return "parquet" if ending == ".parquet" else "csv"


def files_of(path: str | Path) -> list[str]:
    """The files behind a path: itself, those of a folder ``….parquet``, or those that ``*`` stands for; sorted."""
    given = Path(path)
    if given.is_file():
        return [str(given)]
    pattern = str(given / "**" / "*.parquet") if given.is_dir() else str(path)
    found = sorted(glob.glob(pattern, recursive=True)) if given.is_dir() or "*" in str(path) else []
    if not found:
        raise DataError("file_not_found", file=path)
    return found


def first_row(kind: Kind, files: Sequence[str]) -> int | None:
    """The number a person finds the first row of a file under; none if there are several files."""
    return None if len(files) > 1 else 2 if kind == "csv" else 1


def csv_columns(path: str) -> tuple[list[str], str]:
    """Column names of a text file, and what separates them: of comma, semicolon and tab the one that gives most."""
    best: tuple[list[str], str] = ([], ",")
    for separator in (",", ";", "\t"):
        head = pd.read_csv(path, sep=separator, nrows=0, dtype=str, encoding="utf-8-sig", index_col=False)
        if len(head.columns) > len(best[0]):
            best = ([str(name) for name in head.columns], separator)
    return best


def csv_batches(plan: Plan, files: Sequence[str], separator: str) -> Iterator[Batch]:
    """Batches of text files."""
    text = {} if plan.by is None else {plan.by: str}
    for file in files:
        with pd.read_csv(
            file, sep=separator, usecols=list(plan.needed), chunksize=BATCH_ROWS, dtype=text, na_values=list(MISSING),
            keep_default_na=False, encoding="utf-8-sig", index_col=False,
        ) as chunks:  # fmt: skip
            for chunk in chunks:
                yield frame_batch(plan, chunk)


def parquet_columns(path: str) -> list[str]:
    """Column names of a Parquet file."""
    return list(need("pyarrow.parquet", "formats").read_schema(path).names)


def row_groups(files: Sequence[str], rows: int) -> Iterator[tuple[str, list[int]]]:
    """Parquet files cut between their row groups into pieces of about so many rows."""
    parquet = need("pyarrow.parquet", "formats")
    for file in files:
        described = parquet.read_metadata(file)
        piece: list[int] = []
        held = 0
        for group in range(described.num_row_groups):
            piece.append(group)
            held += described.row_group(group).num_rows
            if held >= rows:
                yield file, piece
                piece, held = [], 0
        if piece or described.num_row_groups == 0:
            yield file, piece


def parquet_batches(plan: Plan, files: Sequence[str], groups: list[int] | None = None) -> Iterator[Batch]:
    """Batches of Parquet files (of some row groups); a row group larger than a batch is decoded piece by piece."""
    parquet = need("pyarrow.parquet", "formats")
    for file in files:
        with parquet.ParquetFile(file, pre_buffer=False) as opened:
            names = [str(name) for name in plan.needed]
            for batch in opened.iter_batches(BATCH_ROWS, row_groups=groups, columns=names, use_threads=False):
                yield arrow_batch(plan, batch)


def arrow_batch(plan: Plan, batch: Any) -> Batch:
    """An Arrow record batch that holds the plan's columns."""

    def column(name: Hashable | None) -> Any:
        return None if name is None else batch.column(str(name))

    return Batch([column(name) for name in plan.columns], column(plan.by), column(plan.weight))
