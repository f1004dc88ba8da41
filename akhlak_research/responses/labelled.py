"""SPSS and Stata files: codes as text, with question texts, value labels and user-missing codes beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from akhlak_research.core.packages import need
from akhlak_research.responses.formats import Export, text_cell, text_table, unreadable

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


def read_spss(path: Path) -> Export:
    """Read a ``.sav`` or ``.zsav`` file; user-missing codes stay codes."""
    package = need("pyreadstat", "formats")
    # as lists, not as a frame: frames turn a missing value beside a user-missing one into 0
    columns, meta = _read(package.read_sav, package, path)
    cells = {name: [text_cell(value) for value in values] for name, values in columns.items()}
    labelled = {name: set(map(_label_key, pairs)) for name, pairs in meta.variable_value_labels.items()}
    missing = {
        name: frozenset(cell for cell in {*cells[name], *labelled.get(name, ())} if _is_missing(cell, ranges))
        for name, ranges in meta.missing_ranges.items()
    }
    return _export(path, cells, meta, missing)


def read_stata(path: Path) -> Export:
    """Read a ``.dta`` file; the missing values ``.a`` … ``.z`` stay apart from the plain one."""
    package = need("pyreadstat", "formats")
    columns, meta = _read(package.read_dta, package, path)
    declared = {name: set(codes) & _LETTERS for name, codes in meta.missing_user_values.items()}
    cells = {
        name: [_stata_cell(value, declared.get(name, set())) for value in values] for name, values in columns.items()
    }
    missing = {name: frozenset(f".{code}" for code in codes) for name, codes in declared.items()}
    return _export(path, cells, meta, missing)


def _read(reader: Any, package: Any, path: Path) -> tuple[Mapping[str, list[object]], Any]:
    try:
        columns, meta = reader(str(path), user_missing=True, output_format="dict")
    except (package.ReadstatError, package.PyreadstatError, UnicodeDecodeError) as fault:
        raise unreadable(path, fault) from None
    return columns, meta


def _stata_cell(value: object, declared: Iterable[str]) -> str:
    return f".{value}" if isinstance(value, str) and value in declared else text_cell(value)


def _is_missing(cell: str, ranges: Iterable[Mapping[str, Any]]) -> bool:
    for span in ranges:
        low, high = span["lo"], span["hi"]
        if isinstance(low, str):
            if cell.strip() == low.strip():
                return True
        elif _is_number(cell) and low <= float(cell) <= high:
            return True
    return False


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _export(path: Path, cells: Mapping[str, list[str]], meta: Any, missing: Mapping[str, frozenset[str]]) -> Export:
    labels = {
        name: {_label_key(value): str(said) for value, said in pairs.items()}
        for name, pairs in meta.variable_value_labels.items()
    }
    titles = {name: said.strip() for name, said in meta.column_names_to_labels.items() if said and said.strip()}
    return Export(
        text_table(path, list(cells), list(cells.values())), titles=titles, value_labels=labels,
        user_missing={name: codes for name, codes in missing.items() if codes},
    )  # fmt: skip


def _label_key(value: object) -> str:
    return f".{value}" if isinstance(value, str) and len(value) == 1 and value in _LETTERS else text_cell(value)
