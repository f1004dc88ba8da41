"""``count_responses``: one door to every place where answers lie, and the engines behind it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.registry import Registry
from akhlak_research.counts.cluster import count_in_dask
from akhlak_research.counts.frames import as_frame
from akhlak_research.counts.local import count_here
from akhlak_research.counts.plan import Request
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.counts.sources import Kind, kind_of
from akhlak_research.counts.sql import count_in_duckdb
from akhlak_research.counts.tables import Counts
from akhlak_research.responses.model import Responses


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to bring rows to the kernel.

    Attributes
    ----------
    name : str
    count : callable
        ``count(items, kind, request, connection) -> Counts``.
    reads : tuple of str
        Kinds of sources it can read; the first engine that reads a kind is the default for it.
    streams : bool
        Whether files are read in batches, so that their size does not matter.
    distributes : bool
        Whether rows can lie on other machines.
    extra : str
        The extra that installs what it needs; empty for none.
    """

    name: str
    count: Callable[[Any, Kind, Request, Any], Counts]
    reads: tuple[Kind, ...]
    streams: bool
    distributes: bool
    extra: str


ENGINES: Registry[Engine] = Registry(
    "engine",
    Engine("local", count_here, ("frame", "responses", "csv", "parquet"), True, False, ""),
    Engine("duckdb", count_in_duckdb, ("relation", "sql", "csv", "parquet"), True, False, "engines"),
    Engine("dask", count_in_dask, ("dask", "parquet"), True, True, "engines"),
)


def count_responses(
    items: pd.DataFrame | Responses | str | Path | Any,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    by: str | pd.Series | None = None,
    weights: ArrayLike | str | None = None,
    frequencies: ArrayLike | str | None = None,
    columns: Sequence[Hashable] | None = None,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    connection: Any = None,
    engine: str | None = None,
) -> Counts:
    """Count categories and pairs of categories, wherever the answers lie.

    Parameters
    ----------
    items : DataFrame or 2-d array, Responses, path, DuckDB relation, SQL with ``connection``, or Dask DataFrame
        Whole-number codes, respondents × items; missing answers as NaN, NULL or an empty cell. A path ends in
        ``.csv``, ``.tsv`` or ``.parquet``; ``*`` and folders ``….parquet`` stand for several files.
    keys, scale : optional
        Reverse keying and limits of the codes (Responses carry their own). With a scale of whole numbers every code
        of the scale gets its place, answered or not.
    by : str or Series, optional
        Grouping variable: a column beside the items, a background variable of Responses, or (rows in memory) a
        Series. Rows without a group are left out. All groups are counted in one pass.
    weights, frequencies : column name, or array of length n for rows in memory; optional
        Sampling weights (tables hold weighted sums; numbers of people stay unweighted) or row counts.
    columns : sequence, optional
        The items among the columns of the source; default: all that are neither ``by`` nor weights.
    dimensions : mapping of name to items, optional
        Items that will be analysed on their own (Responses bring their instrument's): their complete rows are counted
        in the same pass, since tables of pairs do not tell them. ``counts.select(dimension=…)``, ``per_dimension``.
    connection : DuckDB connection, optional
        Where ``items`` is a query.
    engine : {"local", "duckdb", "dask"}, optional
        Default: the one at home where the answers are: ``local`` for rows in memory and files, ``duckdb`` for
        relations and queries, ``dask`` for Dask DataFrames. Counts do not depend on it.

    Returns
    -------
    Counts
        Tables over all answers (pairwise) and over complete rows (listwise), made in the same pass.

    Raises
    ------
    DataError
        ``not_numeric``, ``infinite_value``, ``outside_scale``, ``not_categorical`` (a code with decimals, or more than
        50 distinct codes), each with column and value, and the row where rows have an order; ``weights_invalid``,
        ``frequencies_invalid``, ``no_rows``, ``no_items``, ``duplicate_items``, ``column_unknown``,
        ``file_not_found``; ``rows_refused`` with the words of the database.
    ArgumentError
        ``items_type``, ``connection_type``, ``unknown_format``, ``engine_cannot_read``, ``column_expected`` and
        those of keys, scale, by and weights.
    EnvironmentProblem
        ``missing_package`` where an engine's package is not installed.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> first = ak.count_responses(pd.DataFrame({"a": [1, 2, 2], "b": [1, 1, None]}))
    >>> second = ak.count_responses(pd.DataFrame({"a": [3, 2], "b": [2, 2]}))
    >>> sum([first, second]).n_rows
    5
    >>> ak.count_responses("data/bfi/responses.csv", columns=["A1", "A2", "A3"], keys={"A1": -1}, scale=(1, 6))
    <counts 2800 rows × 3 items, 6 categories; complete: 2736>

    Notes
    -----
    The tables are sufficient for means, covariances, Pearson and polychoric correlations, and add over institutions.
    Files and queries are read in batches of 131,072 rows; a Dask partition must fit into a worker.
    """
    frame = as_frame(items)
    items = items if frame is None else frame
    kind = kind_of(items, connection)
    request = Request(keys, scale, by, weights, frequencies, columns, dimensions)
    chosen = next(e for e in ENGINES if kind in e.reads) if engine is None else ENGINES[engine]
    if kind not in chosen.reads:
        able = tuple(entry.name for entry in ENGINES if kind in entry.reads)
        raise ArgumentError("engine_cannot_read", got=kind, engine=chosen.name, expected=able)
    return chosen.count(items, kind, request, connection)
