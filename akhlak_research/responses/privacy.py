"""Privacy at the door: ``inspect_privacy`` says which columns identify people; none of them goes further."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.results import Notice, ResultBase, result
from akhlak_research.responses.identifiers import Sighting, header_kind, policy, read_employee_number, sight
from akhlak_research.responses.text_table import Column, Table, frame_table

if TYPE_CHECKING:
    import pandas as pd

#: whole numbers from here on are no longer exact in a spreadsheet, and the last ones not as floats either
_EXACT = 1e15
_BASIS = {"cells": "told_by_cells", "header": "told_by_header", "both": "told_by_both"}


@dataclass(frozen=True, slots=True)
class IdentifyingColumn:
    """A column that holds identifiers, or whose name announces them. No identifier itself is kept.

    Attributes
    ----------
    column : str
        Its name.
    kind : str
        ``employee_number``, ``national_number``, ``email``, ``phone``, ``person_name``, ``birth_date``, ``address``,
        ``device``.
    evidence : {"cells", "header", "both"}
        What told.
    n : int
        Cells that are not empty.
    n_found : int
        Of these, how many hold an identifier (of any kind); 0 where only the header told.
    n_ruined : int
        Long numbers whose last digits a spreadsheet cut off: different people may share one.
    n_not_month : int
        Employee numbers whose digits 13–14 are no month, as in an NI PPPK.
    """

    column: str
    kind: str
    evidence: Literal["cells", "header", "both"]
    n: int
    n_found: int
    n_ruined: int
    n_not_month: int

    @property
    def throughout(self) -> bool:
        """Whether the column as a whole identifies; otherwise only single cells do."""
        return self.evidence != "cells" or self.n_found >= policy()["column_share"]["value"] * self.n


@result
class PrivacyReport(ResultBase):
    """Columns that identify people.

    Attributes
    ----------
    columns : tuple of IdentifyingColumn
        In order of the data.
    n_columns, n_rows : int
        What was looked through.
    notices : tuple of Notice
        What the reader must know.
    """

    kind: ClassVar[str] = "privacy_report"
    columns: tuple[IdentifyingColumn, ...]
    n_columns: int
    n_rows: int
    notices: tuple[Notice, ...] = ()

    @property
    def identifying(self) -> tuple[str, ...]:
        """Names of the columns that identify as a whole."""
        return tuple(entry.column for entry in self.columns if entry.throughout)

    def table(self) -> pd.DataFrame:
        """One row per column: ``column kind basis treatment n n_found n_ruined n_not_month``."""
        import pandas as pd

        rows = [
            (
                c.column, c.kind, _BASIS[c.evidence], "column_dropped" if c.throughout else "cells_blanked", c.n,
                c.n_found, c.n_ruined, c.n_not_month,
            )
            for c in self.columns
        ]  # fmt: skip
        names = ["column", "kind", "basis", "treatment", "n", "n_found", "n_ruined", "n_not_month"]
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """How many columns identify people."""
        return f"{len(self.columns)} of {self.n_columns} columns identify people"


def inspect_privacy(data: pd.DataFrame | str | Path) -> PrivacyReport:
    """Say which columns hold employee numbers or other identifiers, whatever they are called.

    Parameters
    ----------
    data : DataFrame, str or Path
        A table as it came from the form: a DataFrame, or a file of any format that can be read.

    Returns
    -------
    PrivacyReport
        Names of columns and counts; no identifier.

    Raises
    ------
    DataError
        Where the file cannot be read.

    Notes
    -----
    Cells tell: 18 digits that begin with a plausible date of birth (NIP, and NI PPPK, whose digits 13–14 are no
    month), 16 digits with a birthday (NIK), e-mail addresses, mobile numbers, with or without spaces, dots or an
    apostrophe. A number that a spreadsheet turned into 1.98E+17, or that ends in 000, is a ruined employee number. A
    short header tells too: names, addresses, dates of birth, devices have no pattern of their own. A column that is
    not found here may still identify: sex, age and rank together single people out in a small office.

    References
    ----------
    Law 27/2022 on personal data; regulations 22/2007 and 43/2007 of the civil service agency (NIP).

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> made_up = pd.DataFrame({"Kode": ["198502282010011001", "199007072022212003"], "Q1": [4, 5]})
    >>> ak.inspect_privacy(made_up).identifying
    ('Kode',)
    """
    return inspect_table(as_text(data))


def as_text(data: pd.DataFrame | str | Path) -> Table:
    """A DataFrame or file as a table of text."""
    if isinstance(data, str | Path):
        from akhlak_research.responses.formats import read_export

        return read_export(data).table
    return frame_table(_long_numbers_as_seen(data))


def _long_numbers_as_seen(frame: pd.DataFrame) -> pd.DataFrame:
    """Floats too long to be exact as a spreadsheet shows them (1.98E+17), not with digits that were never typed."""
    import pandas as pd

    long = [
        at for at, kind in enumerate(frame.dtypes)
        if pd.api.types.is_float_dtype(kind) and (frame.iloc[:, at].abs() >= _EXACT).any()
    ]  # fmt: skip
    if not long:
        return frame
    columns = {at: frame.iloc[:, at] for at in range(frame.shape[1])}
    for at in long:
        columns[at] = columns[at].map(lambda v: f"{v:.14E}" if abs(v) >= _EXACT else v, na_action="ignore")
    return pd.concat(columns.values(), axis="columns").set_axis(frame.columns, axis="columns")


def inspect_table(table: Table) -> PrivacyReport:
    """``inspect_privacy`` of a table of text."""
    found = [inspect_column(name, table.column_at(at)) for at, name in enumerate(table.names)]
    columns = tuple(entry for entry in found if entry is not None)
    return PrivacyReport(columns=columns, n_columns=len(table.names), n_rows=table.n, notices=_notices(columns))


def inspect_column(name: str, column: Column, code: str = "") -> IdentifyingColumn | None:
    """What a column tells about people, or None; its ``code`` in an instrument tells as its header does."""
    times = np.bincount(column.positions, minlength=len(column.distinct)).tolist()
    cells = [(cell, count) for cell, count in zip(column.distinct, times, strict=True) if count and cell.strip()]
    found = [(spot, count) for cell, count in cells if (spot := sight(cell)) is not None]
    announced = None if all(_is_code(cell) for cell, _ in cells) else header_kind(name) or header_kind(code)
    if not found and announced is None:
        return None
    by_kind = Counter[str]()
    for spot, count in found:
        by_kind[spot.kind] += count
    return IdentifyingColumn(
        column=name, kind=by_kind.most_common(1)[0][0] if found else str(announced),
        evidence="cells" if announced is None else "both" if found else "header",
        n=sum(count for _, count in cells), n_found=sum(count for _, count in found),
        n_ruined=sum(count for spot, count in found if spot.ruined),
        n_not_month=sum(count for spot, count in found if _no_month(spot)),
    )  # fmt: skip


def _is_code(cell: str) -> bool:
    """Whether a cell is a short code, which names nobody: a column HP1 of answers is no telephone."""
    plain = cell.strip()
    return plain.isdigit() and len(plain) <= int(policy()["code_digits"]["most"])


def _no_month(spot: Sighting) -> bool:
    number = read_employee_number(spot.normal) if spot.kind == "employee_number" else None
    return number is not None and not number.is_month


@dataclass(frozen=True, slots=True)
class Guarded:
    """Background columns that may go further, by code, and what is said about the others."""

    columns: Mapping[str, Column]
    notices: tuple[Notice, ...]


def guard(table: Table, codes: Sequence[str], originals: Mapping[str, str]) -> Guarded:
    """Keep identifiers out of the background: whole columns, or the single cells that hold one."""
    kept: dict[str, Column] = {}
    found = []
    for code in codes:
        column = table.column(code)
        entry = inspect_column(originals.get(code, code), column, code)
        if entry is None:
            kept[code] = column
            continue
        found.append(entry)
        if not entry.throughout:
            kept[code] = Column.of(["" if hides else cell for cell, hides in _cells(column)])
    return Guarded(kept, _door_notices(found))


def bystanders(table: Table, used: Collection[str]) -> tuple[Notice, ...]:
    """Say which columns of a file identify people although nobody asked for them."""
    found = []
    for at, name in enumerate(table.names):
        if name not in used:
            column = table.column_at(at)
            coded = all(_is_code(cell) for cell in column.distinct if cell.strip())
            if (header_kind(name) and not coded) or any(sight(cell) is not None for cell in column.distinct):
                found.append(name)
    return (Notice("identifying_in_file", "warning", {"found": tuple(found)}),) if found else ()


def veiled(cell: str) -> str:
    """A cell that may be shown in a message: an identifier becomes dots."""
    return cell if sight(cell) is None else "•" * len(cell)


def _cells(column: Column) -> list[tuple[str, bool]]:
    hides: NDArray[np.bool_] = np.array([sight(cell) is not None for cell in column.distinct], dtype=bool)
    return [(column.distinct[at], bool(hides[at])) for at in column.positions]


def _door_notices(entries: Sequence[IdentifyingColumn]) -> tuple[Notice, ...]:
    """What a reader of answers is told about columns that did not go further."""
    dropped = tuple(entry.column for entry in entries if entry.throughout)
    blanked = tuple(entry.column for entry in entries if not entry.throughout)
    found = [Notice("identifying_dropped", "warning", {"dropped": dropped})] if dropped else []
    if blanked:
        n = sum(entry.n_found for entry in entries if not entry.throughout)
        found.append(Notice("identifying_blanked", "warning", {"blanked": blanked, "n": n}))
    return (*found, *_ruined_notices(entries))


def _notices(columns: Sequence[IdentifyingColumn]) -> tuple[Notice, ...]:
    if not columns:
        return (Notice("nothing_identifying", "info"),)
    names = tuple(entry.column for entry in columns)
    return (Notice("identifying_found", "warning", {"found": names}), *_ruined_notices(columns))


def _ruined_notices(columns: Sequence[IdentifyingColumn]) -> tuple[Notice, ...]:
    ruined = tuple(entry.column for entry in columns if entry.n_ruined)
    n = sum(entry.n_ruined for entry in columns)
    return (Notice("numbers_ruined", "warning", {"ruined": ruined, "n": n}),) if ruined else ()
