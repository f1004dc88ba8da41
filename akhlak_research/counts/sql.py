"""Counting where DuckDB reads: its own tables, files, and the tables of other databases attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from akhlak_research.core.errors import DataError
from akhlak_research.core.packages import need
from akhlak_research.counts.batch import BATCH_ROWS, Batch, count_batches
from akhlak_research.counts.columns import parsed
from akhlak_research.counts.local import refuse_vectors
from akhlak_research.counts.plan import Plan, Request, plan_of
from akhlak_research.counts.sources import MISSING, Kind, arrow_batch, csv_columns, files_of, first_row
from akhlak_research.counts.tables import Counts


def count_in_duckdb(items: Any, kind: Kind, request: Request, connection: Any = None) -> Counts:
    """Count a relation, a query, or files, streamed in record batches; DuckDB holds what its memory limit lets it.

    Raises
    ------
    DataError
        ``rows_refused`` with DuckDB's words: a query it does not understand, a table it does not find, a database
        behind it that failed on a row or went away. Nothing counted until then is handed out.
    """
    refuse_vectors(request)
    duckdb, arrow = need("duckdb", "engines"), need("pyarrow", "formats")
    try:
        return _count(duckdb, items, kind, request, connection)
    except (duckdb.Error, arrow.ArrowException, OSError) as fault:  # the last two from the middle of a stream
        raise DataError("rows_refused", file=items if kind in ("csv", "parquet") else None, got=_said(fault)) from fault


def _said(fault: Exception) -> str:
    """What DuckDB says, in one line; of a syntax error also the place that it points at."""
    return " ".join(part for line in str(fault).splitlines() if (part := line.strip()) and part != "^")


def _count(duckdb: Any, items: Any, kind: Kind, request: Request, connection: Any) -> Counts:
    file, first = None, None
    if kind == "sql":
        relation = connection.sql(items)
        if relation is None:  # a statement that is no query
            raise DataError("no_rows")
    elif kind == "relation":
        relation = items
    else:
        file = str(items)
        connection = duckdb.connect()  # closed with the last relation that needs it
        connection.execute("SET enable_progress_bar = false")
        files = files_of(items)
        first = first_row(kind, files)
        relation = connection.read_parquet(files) if kind == "parquet" else _text(connection, files)
    plan = plan_of(request, list(relation.columns))
    part = count_batches(plan, _batches(plan, relation, of_text=kind == "csv"))
    return part.result(file=file, first=first)


def quoted(name: str) -> str:
    """A column name as an SQL identifier; nothing inside it can end it."""
    return '"' + name.replace('"', '""') + '"'


def _text(connection: Any, files: list[str]) -> Any:
    """Text files with every cell as text: a type guessed from the first rows would fail on a later one."""
    separator = csv_columns(files[0])[1]
    return connection.read_csv(
        files, all_varchar=True, header=True, sep=separator, na_values=list(MISSING), quotechar='"'
    )  # fmt: skip


def _batches(plan: Plan, relation: Any, *, of_text: bool) -> Iterator[Batch]:
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    wide = ("DECIMAL", "HUGEINT", "UHUGEINT", "BIGNUM")  # not numbers to Arrow's neighbours
    parts = []
    for at, name in enumerate(plan.needed):
        column = quoted(str(name))
        cast = f"CAST({column} AS DOUBLE)" if types[str(name)].startswith(wide) else column
        parts.append(f"{cast} AS c{at}")
    reader = relation.query("source", f"SELECT {', '.join(parts)} FROM source").to_arrow_reader(BATCH_ROWS)
    plain = [f"c{at}" for at in range(len(plan.needed))]
    renamed = replace(
        plan, columns=tuple(plain[: len(plan.columns)]), by=None if plan.by is None else plain[len(plan.columns)],
        weight=None if plan.weight is None else plain[-1],
    )  # fmt: skip
    for read in reader:
        batch = arrow_batch(renamed, read)
        if of_text:
            weights = None if batch.weights is None else parsed(batch.weights)
            batch = replace(batch, columns=[parsed(column) for column in batch.columns], weights=weights)
        yield batch
