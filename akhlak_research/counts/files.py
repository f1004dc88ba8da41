"""Counts in a file: readable JSON, exact, checked by its digest when read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from akhlak_research.core.errors import DataError
from akhlak_research.core.files import write_text
from akhlak_research.counts.tables import Counts, Tables

FORMAT = "akhlak-counts"
VERSION = 1
_NUMBERS = ("rows", "answered_rows", "complete_rows")


def write_counts(counts: Counts, path: str | Path) -> Path:
    """Write counts as JSON; whole or not at all."""
    body: dict[str, Any] = {"format": FORMAT, "version": VERSION, "digest": counts.digest}
    for name in ("items", "categories", "by", "groups", "weighting", "reversed_items"):
        body[name] = getattr(counts, name)
    for name in _NUMBERS:
        body[name] = getattr(counts, name).tolist()
    for name in ("available", "complete"):
        tables: Tables = getattr(counts, name)
        body[name] = {part: getattr(tables, part).tolist() for part in ("single", "pairs", "cases")}
    return write_text(path, json.dumps(body, ensure_ascii=False))


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
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("counts_damaged", file=path, got=repr(error)) from error
    if counts.digest != body["digest"]:
        raise DataError("counts_damaged", file=path, got=counts.digest[:12], expected=str(body["digest"])[:12])
    return counts


def _rebuild(body: dict[str, Any]) -> Counts:
    number = np.float64 if body["weighting"] == "sampling" else np.int64
    g, p, k = len(body["groups"]), len(body["items"]), len(body["categories"])
    shapes = {"single": (g, p, k), "pairs": (g, p * (p - 1) // 2, k, k), "cases": (g, p, p)}

    def tables(name: str) -> Tables:
        kinds = {"single": number, "pairs": number, "cases": np.int64}
        return Tables(**{part: np.array(body[name][part], dtype=kinds[part]).reshape(shapes[part]) for part in shapes})

    numbers = [np.array(body[name], dtype=np.int64) for name in _NUMBERS]
    return Counts(
        tuple(body["items"]), tuple(body["categories"]), body["by"], tuple(body["groups"]), body["weighting"],
        tuple(body["reversed_items"]), numbers[0], numbers[1], numbers[2],
        tables("available"), tables("complete"),
    )  # fmt: skip
