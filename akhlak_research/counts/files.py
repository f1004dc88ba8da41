"""Counts in a file: readable JSON, exact, checked by its digest when read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from akhlak_research.core.errors import DataError
from akhlak_research.core.files import write_text
from akhlak_research.core.results import to_jsonable
from akhlak_research.counts.table_arrays import Dimension, Suppression, Tables
from akhlak_research.counts.tables import Counts

FORMAT = "akhlak-counts"
VERSION = 2
_LAYOUT = ("items", "categories", "by", "groups", "weighting", "reversed_items")


def write_counts(counts: Counts, path: str | Path) -> Path:
    """Write counts as JSON; whole or not at all."""
    body: dict[str, Any] = {"format": FORMAT, "version": VERSION, "digest": counts.digest, **layout_of(counts)}
    body["arrays"] = [array.tolist() for array in counts.arrays()]
    if counts.suppressed is not None:
        body["suppressed"] = to_jsonable(counts.suppressed)
    return write_text(path, json.dumps(body, ensure_ascii=False))


def layout_of(counts: Counts) -> dict[str, Any]:
    """What the arrays of counts stand for, JSON-able; ``counts_from`` puts arrays into it."""
    body: dict[str, Any] = {name: getattr(counts, name) for name in _LAYOUT}
    body["dimensions"] = {dimension.name: dimension.items for dimension in counts.dimensions}
    return body


def counts_from(layout: dict[str, Any], numbers: Sequence[Any], suppressed: Suppression | None = None) -> Counts:
    """Counts of a layout and their arrays (in any shape) in the order of ``Counts.arrays``."""
    kind = np.float64 if layout["weighting"] == "sampling" else np.int64
    g, k = len(layout["groups"]), len(layout["categories"])
    arrays = iter(numbers)

    def people() -> np.ndarray:
        return np.array(next(arrays), dtype=np.int64).reshape(g)

    def tables(p: int) -> Tables:
        single = np.array(next(arrays), dtype=kind).reshape(g, p, k)
        pairs = np.array(next(arrays), dtype=kind).reshape(g, p * (p - 1) // 2, k, k)
        return Tables(single, pairs, np.array(next(arrays), dtype=np.int64).reshape(g, p, p))

    p = len(layout["items"])
    rows, answered, whole, available, complete = people(), people(), people(), tables(p), tables(p)
    dimensions = tuple(
        Dimension(name, tuple(items), people(), people(), tables(len(items)))
        for name, items in layout["dimensions"].items()
    )
    return Counts(
        tuple(layout["items"]), tuple(layout["categories"]), layout["by"], tuple(layout["groups"]),
        layout["weighting"], tuple(layout["reversed_items"]), rows, answered, whole, available, complete, dimensions,
        suppressed,
    )  # fmt: skip


def sizes(layout: dict[str, Any]) -> list[int]:
    """Cells of each array of a layout, in the order of ``Counts.arrays``."""
    g, k = len(layout["groups"]), len(layout["categories"])

    def tables(p: int) -> list[int]:
        return [g * p * k, g * p * (p - 1) // 2 * k * k, g * p * p]

    whole = tables(len(layout["items"]))
    dimensions = [[g, g, *tables(len(items))] for items in layout["dimensions"].values()]
    return [g, g, g, *whole, *whole, *(size for part in dimensions for size in part)]


def read_counts(path: str | Path) -> Counts:
    """Read counts written by ``Counts.write``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Counts

    Raises
    ------
    DataError
        ``file_not_found``; ``counts_format`` if the file is something else or of a later version; ``counts_damaged``
        if its numbers do not give its digest.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd, tempfile, pathlib
    >>> counts = ak.count_responses(pd.DataFrame({"a": [1, 2, 2], "b": [1, 1, 2]}))
    >>> ak.read_counts(counts.write(pathlib.Path(tempfile.mkdtemp()) / "counts.json")).equals(counts)
    True
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("file_not_found", file=path)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError("counts_format", file=path, got=str(error)) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT or body.get("version") != VERSION:
        found = f"{body.get('format')} {body.get('version')}" if isinstance(body, dict) else type(body).__name__
        raise DataError("counts_format", file=path, got=found, expected=f"{FORMAT} {VERSION}")
    try:
        counts = _rebuild(body)
    except (KeyError, TypeError, ValueError, StopIteration, AttributeError) as error:
        raise DataError("counts_damaged", file=path, got=repr(error)) from error
    if counts.digest != body["digest"]:
        raise DataError("counts_damaged", file=path, got=counts.digest[:12], expected=str(body["digest"])[:12])
    return counts


def _rebuild(body: dict[str, Any]) -> Counts:
    given = body.get("suppressed")
    suppressed = None
    if given is not None:
        items, pairs = (np.array(given[n], dtype=bool).reshape(len(body["groups"]), -1) for n in ("items", "pairs"))
        suppressed = Suppression(int(given["below"]), items, pairs, int(given["missing"]), int(given["total"]))
    return counts_from(body, body["arrays"], suppressed)
