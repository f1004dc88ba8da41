"""``pseudonymise``: identifiers become keyed hashes; of an employee number only coarse parts stay."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.core.errors import ArgumentError, DataError, StudyError
from akhlak_research.core.results import Notice, ResultBase, result, to_jsonable
from akhlak_research.responses.identifiers import EmployeeNumber, Sighting, policy, read_employee_number, sight
from akhlak_research.responses.privacy import IdentifyingColumn, PrivacyReport, as_text, inspect_table
from akhlak_research.responses.text_table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

_ENVIRONMENT = "env:"
#: hexadecimal digits of a pseudonym: 128 bits, so that two people never share one by chance
_LENGTH = 32


@result
class Pseudonyms(ResultBase):
    """A table without identifiers.

    Attributes
    ----------
    frame : DataFrame
        The columns that identify nobody, as they were; for each column of identifiers ``<column>_pseudonym``, and for
        employee numbers ``_sex``, ``_age_group``, ``_tenure_band``, ``_employment``. It stays out of the record.
    report : PrivacyReport
        What was found.
    hashed, removed : tuple of str
        Columns replaced by a keyed hash; columns left out.
    n_unhashed : int
        Cells of hashed columns that hold no whole identifier, or a ruined one; their pseudonym is missing.
    reference_date : str
        Day (ISO) on which age and tenure were taken.
    key_check : str
        Eight hexadecimal digits that are equal for equal keys; the key itself is kept nowhere.
    notices : tuple of Notice
        What the reader must know.
    """

    kind: ClassVar[str] = "pseudonyms"
    frame: pd.DataFrame
    report: PrivacyReport
    hashed: tuple[str, ...]
    removed: tuple[str, ...]
    n_unhashed: int
    reference_date: str
    key_check: str
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per identifying column: that of the report, with what became of it under ``treatment``."""
        frame = self.report.table()
        done = dict.fromkeys(self.hashed, "column_hashed") | dict.fromkeys(self.removed, "column_dropped")
        frame["treatment"] = [done.get(name, "cells_blanked") for name in frame["column"]]
        return frame

    def record(self) -> dict[str, Any]:
        """As of every result, but without the rows."""
        kept = [name for name in self.__dataclass_fields__ if name != "frame"]
        return {"kind": self.kind, "version": self.version, **{name: to_jsonable(getattr(self, name)) for name in kept}}

    def headline(self) -> str:
        """What became of the columns."""
        return f"{len(self.hashed)} columns hashed, {len(self.removed)} removed, {len(self.frame)} rows"


def pseudonymise(
    frame: pd.DataFrame | str | Path,
    *,
    key: bytes | str | Path,
    on: date | None = None,
    study: str | Path | None = None,
) -> Pseudonyms:
    """Replace what identifies people by keyed hashes and coarse groups.

    Parameters
    ----------
    frame : DataFrame, str or Path
        A table as it came from the form, or its file.
    key : bytes, str or Path
        The secret: its bytes, a file that holds it, or ``"env:NAME"`` for an environment variable. It must have at
        least 32 bytes and is never written anywhere by this function.
    on : date, optional
        Day on which age and tenure are taken; default: today. The result says which.
    study : str or Path, optional
        Folder in which the key file must not lie.

    Returns
    -------
    Pseudonyms

    Raises
    ------
    ArgumentError
        ``key_missing``, ``key_short``, ``key_exists`` (of ``write_key``).
    StudyError
        ``key_in_study``.
    DataError
        ``duplicate_column``, and the faults of reading a file.

    Notes
    -----
    The pseudonym is HMAC-SHA-256 (RFC 2104) of kind and identifier in one spelling (digits only; small letters), cut to
    128 bits. A hash without key would be no protection: dates of birth, months, two sexes and 999 sequence numbers can
    be tried through in minutes. The same person gets the same pseudonym wherever the key is the same; an NI PPPK
    changes with a new contract, so it is no stable key of a panel.

    Employee numbers, national numbers, e-mail addresses and telephone numbers are hashed; names, addresses, dates of
    birth and devices are removed, and so is a column of ruined numbers. In columns that do not identify as a whole,
    single cells with an identifier are blanked. Sex, age group, tenure band and employment are guesses from the
    number: digits 13–14 that can be a month are taken for a PNS, others for a PPPK.

    Pseudonymous data stay personal data: whoever has the key can link them.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> made_up = pd.DataFrame({"NIP": ["198502282010011001", "199007072022212003"], "Q1": [4, 5]})
    >>> safe = ak.pseudonymise(made_up, key=b"a secret of thirty-two bytes or more", on=date(2026, 1, 1))
    >>> safe.frame[["NIP_sex", "NIP_age_group", "NIP_employment", "Q1"]].values.tolist()
    [['male', '35-44', 'pns', 4], ['female', '35-44', 'pppk', 5]]
    """
    secret = read_key(key, study=study)
    day = on or date.today()
    table = as_text(frame)
    twice = [name for name in table.names if table.names.count(name) > 1]
    if twice:
        raise DataError("duplicate_column", column=twice[0], got=table.names.count(twice[0]), expected=1)
    report = inspect_table(table)
    entries = {entry.column: entry for entry in report.columns}
    columns: dict[str, Any] = {}
    hashed, removed, n_unhashed = [], [], 0
    for at, name in enumerate(table.names):
        entry, column = entries.get(name), table.column_at(at)
        if entry is None:
            columns[name] = _as_given(frame, at, column)
        elif not entry.throughout:
            columns[name] = [None if spot or not cell else cell for cell, spot in _sightings(column)]
        elif _is_hashed(entry):
            made, unhashed = _derived(name, column, entry.kind, secret, day)
            columns |= made
            hashed.append(name)
            n_unhashed += unhashed
        else:
            removed.append(name)
    return Pseudonyms(
        frame=_frame(columns, frame, table), report=report, hashed=tuple(hashed), removed=tuple(removed),
        n_unhashed=n_unhashed, reference_date=day.isoformat(), key_check=_digest(secret, "key", "check")[:8],
        notices=_notices(report, n_unhashed),
    )  # fmt: skip


def read_key(key: bytes | str | Path, *, study: str | Path | None = None) -> bytes:
    """The bytes of a key; see ``pseudonymise``."""
    fewest = int(policy()["key_bytes"]["fewest"])
    if isinstance(key, bytes):
        secret = key
    elif str(key).startswith(_ENVIRONMENT):
        name = str(key).removeprefix(_ENVIRONMENT)
        if not os.environ.get(name):
            raise ArgumentError("key_missing", argument="key", got=str(key))
        secret = os.environ[name].strip().encode()
    else:
        path = Path(key)
        if not path.is_file():
            raise ArgumentError("key_missing", argument="key", got=str(key))
        _outside(path, study)
        secret = path.read_bytes().strip()
    if len(secret) < fewest:
        raise ArgumentError("key_short", argument="key", got=len(secret), expected=fewest)
    return secret


def write_key(path: str | Path, *, study: str | Path | None = None) -> Path:
    """Write a new random key to a file that only its owner can read, outside the study.

    Parameters
    ----------
    path : str or Path
        A file that does not exist yet.
    study : str or Path, optional
        Folder in which it must not lie.
    """
    return write_secret(path, secrets.token_hex(int(policy()["key_bytes"]["fewest"])) + "\n", study=study)


def write_secret(path: str | Path, secret: str, *, study: str | Path | None = None) -> Path:
    """Write a secret to a new file that only its owner can read; see ``write_key``."""
    path = Path(path)
    _outside(path, study)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ArgumentError("key_exists", argument="path", got=str(path)) from None
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secret)
    return path


def _outside(path: Path, study: str | Path | None) -> None:
    if study is not None and path.resolve().is_relative_to(Path(study).resolve()):
        raise StudyError("key_in_study", file=path, got=str(study))


def _is_hashed(entry: IdentifyingColumn) -> bool:
    kinds: Mapping[str, bool] = {kind["name"]: kind["hashed"] for kind in policy()["kinds"]}
    return kinds[entry.kind] and 0 < entry.n_found > entry.n_ruined


def _digest(secret: bytes, kind: str, normal: str) -> str:
    return hmac.new(secret, f"{kind}:{normal}".encode(), hashlib.sha256).hexdigest()


def _sightings(column: Column) -> list[tuple[str, Sighting | None]]:
    seen = [(cell, sight(cell)) for cell in column.distinct]
    return [seen[at] for at in column.positions]


def _derived(name: str, column: Column, kind: str, secret: bytes, day: date) -> tuple[dict[str, list[str | None]], int]:
    """The columns that stand for a column of identifiers, and how many of its cells have no pseudonym."""
    cells = _sightings(column)
    normals = [spot.normal if spot is not None and spot.kind == kind else "" for _, spot in cells]
    made = {f"{name}_pseudonym": [_digest(secret, kind, n)[:_LENGTH] if n else None for n in normals]}
    if kind == "employee_number":
        numbers = [read_employee_number(normal) for normal in normals]
        parts: Mapping[str, Callable[[EmployeeNumber], str | None]] = {
            "sex": EmployeeNumber.sex_word,
            "age_group": lambda number: number.age_group(day),
            "tenure_band": lambda number: number.tenure_band(day),
            "employment": lambda number: "pns" if number.is_month else "pppk",
        }
        for part, of in parts.items():
            made[f"{name}_{part}"] = [None if number is None else of(number) for number in numbers]
    return made, sum(1 for (cell, _), normal in zip(cells, normals, strict=True) if cell.strip() and not normal)


def _as_given(data: pd.DataFrame | str | Path, at: int, column: Column) -> Any:
    if isinstance(data, str | Path):
        return [column.distinct[place] or None for place in column.positions]
    return data.iloc[:, at].array


def _frame(columns: Mapping[str, Any], data: pd.DataFrame | str | Path, table: Table) -> pd.DataFrame:
    import pandas as pd

    index = pd.RangeIndex(table.n) if isinstance(data, str | Path) else data.index
    return pd.DataFrame({name: pd.Series(values, index=index) for name, values in columns.items()}, index=index)


def _notices(report: PrivacyReport, n_unhashed: int) -> tuple[Notice, ...]:
    found = [*report.notices]
    if any(entry.kind == "employee_number" for entry in report.columns):
        found += [Notice("employment_guessed", "caution"), Notice("pppk_number_changes", "caution")]
    if n_unhashed:
        found.append(Notice("cells_unhashed", "caution", {"n": n_unhashed}))
    return (*found, Notice("pseudonyms_stay_personal", "info"))
