"""Kept records: every number at full precision, and the tables that people read of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_text
from akhlak_research.core.results import ResultBase, Unavailable, tables_of, to_jsonable
from akhlak_research.responses.identifiers import employee_numbers


class Figure(Protocol):
    """A figure that computed what it shows (``report.exhibit.Exhibit``)."""

    @property
    def record(self) -> Any:
        """Of what it shows."""

    @property
    def content(self) -> Mapping[Any, Any]:
        """Language to what is shown."""


def write_record(folder: Path, name: str, result: ResultBase | Unavailable | Figure) -> dict[str, Any]:
    """Write ``<folder>/<name>.json``; returns the record.

    Raises
    ------
    StudyError
        ``record_name``; ``nothing_to_keep`` for a figure that shows another result; ``identifier_in_output``.
    """
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise StudyError("record_name", got=name)
    record: dict[str, Any]
    if isinstance(result, ResultBase | Unavailable):
        record = to_jsonable(result)
        tables = [to_jsonable(part) for part in tables_of(result)] if isinstance(result, ResultBase) else []
    elif result.record is not None:
        record, tables = result.record, [result.content["en"]["rows"]]
    else:
        raise StudyError("nothing_to_keep", got=name)
    # the tables are what people read of the record: with them, a stranger finds every number of a page
    kept = {"name": name, "record": record, "tables": tables}
    written = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True)
    refuse_identifiers(written, name)
    write_text(folder / f"{name}.json", written)
    return record


def refuse_identifiers(written: str, name: str) -> None:
    """The last net: what holds an employee number is not written, wherever it came from (a unit's name, a decision).

    Raises
    ------
    StudyError
        ``identifier_in_output``; the number itself is not repeated.
    """
    found = employee_numbers(written)
    if found:
        raise StudyError("identifier_in_output", got=name, n=len(found))


def read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """The kept records by name: ``record`` and ``tables``."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
