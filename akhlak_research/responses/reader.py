"""``read_responses``: a file or DataFrame of answers, checked cell by cell against its instrument."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import BLANK, Background, Instrument
from akhlak_research.responses.cells import Judged, judge_background, judge_item, judge_weights
from akhlak_research.responses.exports import adapt, open_answers
from akhlak_research.responses.formats import Export
from akhlak_research.responses.model import Responses, respondent_index
from akhlak_research.responses.privacy import bystanders, guard, veiled
from akhlak_research.responses.text_table import Table, frame_table


def read_responses(
    path_or_frame: str | Path | pd.DataFrame,
    instrument: Instrument,
    *,
    weights: str | None = None,
    groups: Sequence[str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    extra: Literal["ignore", "error"] = "ignore",
) -> Responses:
    """Read the answers to an instrument; every cell is understood or named in an error.

    Parameters
    ----------
    path_or_frame : str, Path or DataFrame
        A DataFrame, or a file: delimited text with a header of column names (any ending), ``.xlsx .xlsm .xlsb .xls
        .ods``, ``.sav .zsav``, ``.dta``, ``.parquet``; as Google Forms, KoboToolbox and LimeSurvey export them.
    instrument : Instrument
        Says which columns are items, their scales, the cells that mean a missing answer, and the background.
    weights : str, optional
        Column of sampling weights, ≥ 0 in every row.
    groups : sequence of str, optional
        Background columns; default: those of the instrument that the data have. A column that the instrument does not
        describe is read as categories in text.
    delimiter : {",", ";", "\\t", "|"}, optional
        Default: a comma. Another one is never guessed.
    encoding : str, optional
        Default: UTF-8, with or without byte-order mark.
    sheet : str, optional
        Sheet of a workbook; default: the first one that is visible and not empty.
    extra : {"ignore", "error"}
        What to do with columns that are neither items, background nor weights.

    Returns
    -------
    Responses
        Codes as answered (not turned), the kind of every missing answer, background and weights.

    Raises
    ------
    DataError
        Of the file: ``file_missing``, ``empty_file``, ``header_only``, ``not_utf8``, ``not_text``, ``csv_syntax``,
        ``wrong_delimiter``, ``ragged_row``, ``file_unreadable``, ``unknown_sheet``. Of columns: ``unknown_item``,
        ``unknown_column``, ``duplicate_column``, ``unexpected_column``, ``all_missing_item``, ``ambiguous_header``,
        ``labels_disagree``. Of cells, naming the first place and how many there are in the
        column: ``code_out_of_scale``, ``fractional_code``, ``decimal_comma``, ``text_in_item``, ``text_in_number``,
        ``unlisted_category``, ``weight_invalid``.
    ArgumentError
        ``unknown_choice``, ``encoding_unknown``, ``column_used_twice``.
    EnvironmentProblem
        ``missing_package`` where a format needs the extra ``formats``.

    Notes
    -----
    Empty cells are ``blank``; other kinds are those that the instrument declares under ``missing`` and stay apart. A
    column in which every answer is one of the scale's labels (either language) is read as codes, with a notice. A cell
    ``NA`` is text unless the instrument declares it. A row without any answer stays a respondent; a line without any
    character is none. An item answered the same by all is read, with a notice; statistics refuse it themselves.

    A column may also be headed by the text of its item (see ``responses.exports``). A background column that identifies
    people (employee numbers, e-mail addresses, names …) is left out with a notice, and one that nobody asked for is
    named; ``pseudonymise`` keeps what may be kept.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.read_responses("data/bfi/responses.csv", ak.read_instrument("data/bfi"))
    >>> answers.n, int(answers.codes.notna().all(axis=1).sum())
    (2800, 2436)
    """
    check_choice(extra, ("ignore", "error"), "extra")
    if isinstance(path_or_frame, pd.DataFrame):
        export = Export(frame_table(path_or_frame))
    else:
        export = open_answers(path_or_frame, instrument, sheet, delimiter, encoding)
    adapted = adapt(export, instrument)
    table = adapted.table
    backgrounds, notices = _backgrounds(instrument, groups, table)
    used = [*instrument.item_codes, *(background.code for background in backgrounds), *([weights] if weights else [])]
    _check_columns(table, instrument, used, extra)
    guarded = guard(table, [entry.code for entry in backgrounds], adapted.originals)
    backgrounds = [entry for entry in backgrounds if entry.code in guarded.columns]
    items = {
        name: judge_item(table.column(name), instrument.scale_of(name), instrument) for name in instrument.item_codes
    }
    background = {entry.code: judge_background(guarded.columns[entry.code], entry) for entry in backgrounds}
    _refuse(table, items, {name: str(instrument.scale_of(name)) for name in items})
    _refuse(table, background, {entry.code: _allowed(entry) for entry in backgrounds})
    _refuse_unanswered(table, items, instrument)
    index = respondent_index(table.n)
    known = ("", BLANK, *(missing.kind for missing in instrument.missing))
    return Responses(
        codes=pd.DataFrame(np.column_stack([part.numbers() for part in items.values()]), index, list(items)),
        missing_kinds=pd.DataFrame({name: part.kinds(known) for name, part in items.items()}, index),
        groups=pd.DataFrame({name: part.values() for name, part in background.items()}, index),
        weights=_weights(table, weights, index),
        instrument=instrument,
        source=Path(table.file).name if table.file else "",
        digest=table.digest,
        notices=(
            *adapted.notices,
            *notices,
            *guarded.notices,
            *bystanders(table, used),
            *_notices(table, items, background),
        ),
    )


def _backgrounds(
    instrument: Instrument, groups: Sequence[str] | None, table: Table
) -> tuple[list[Background], list[Notice]]:
    described = {background.code: background for background in instrument.groups}
    if groups is None:
        absent = tuple(code for code in described if code not in table.names)
        notices = [Notice("background_absent", "info", {"columns": absent})] if absent else []
        return [background for code, background in described.items() if code not in absent], notices
    groups = [groups] if isinstance(groups, str) else list(groups)
    return [described.get(code) or Background(code, Words({"id": code, "en": code})) for code in groups], []


def _check_columns(table: Table, instrument: Instrument, used: list[str], extra: str) -> None:
    twice = [name for name in used if used.count(name) > 1]
    if twice:
        raise ArgumentError("column_used_twice", column=twice[0], got=twice[0])
    at: dict[str, Any] = {"file": table.file, "row": table.header_row}
    counted = used if extra == "ignore" else table.names
    for name in counted:
        if table.names.count(name) > 1:
            raise DataError("duplicate_column", **at, column=name, got=table.names.count(name), expected=1)
    absent = [name for name in used if name not in table.names]
    if absent:
        near = _near(absent[0], table.names)
        missing = [name for name in absent if name in instrument.item_codes]
        if missing:
            raise DataError("unknown_item", **at, column=missing[0], got=missing, expected=near or "–", n=len(missing))
        raise DataError("unknown_column", **at, column=absent[0], got=absent, expected=near or "–")
    unexpected = [name for name in table.names if name not in used]
    if unexpected and extra == "error":
        near = _near(unexpected[0], used)
        raise DataError("unexpected_column", **at, column=unexpected[0], got=unexpected, expected=near or "–")


def _near(name: str, names: Sequence[str]) -> list[str]:
    """Columns spelled like a name, case aside."""
    folded = {other.casefold(): other for other in names}
    return [folded[close] for close in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.7)]


def _refuse(table: Table, parts: Mapping[str, Judged], expected: Mapping[str, object]) -> None:
    """Raise the first fault of the first column at fault: its place, how many cells of it, how many columns."""
    faulty = [name for name, part in parts.items() if part.has_fault]
    if not faulty:
        return
    column, part = faulty[0], parts[faulty[0]]
    rows = part.faulty()
    first = int(np.argmax(rows))
    cell = part.column.positions[first]
    raise DataError(
        part.verdicts[cell].fault, file=table.file, row=table.row(first), column=column, expected=expected[column],
        got=veiled(part.column.distinct[cell].strip())[:60], n=int(rows.sum()), n_columns=len(faulty),
    )  # fmt: skip


def _refuse_unanswered(table: Table, items: Mapping[str, Judged], instrument: Instrument) -> None:
    empty = [name for name, part in items.items() if all(verdict.kind for verdict in part.verdicts)]
    if empty:
        expected = str(instrument.scale_of(empty[0]))
        raise DataError(
            "all_missing_item", file=table.file, row=table.header_row, column=empty[0], got=empty, expected=expected,
            n=table.n,
        )  # fmt: skip


def _allowed(background: Background) -> object:
    return list(background.labels) if background.kind == "categorical" else "0.5"


def _weights(table: Table, name: str | None, index: pd.RangeIndex) -> pd.Series | None:
    if name is None:
        return None
    part = judge_weights(table.column(name))
    _refuse(table, {name: part}, {name: "≥ 0"})
    values = part.numbers()
    if not values.sum() > 0:
        raise DataError("weights_all_zero", file=table.file, column=name, got=0, expected="> 0", n=table.n)
    return pd.Series(values, index, name=name)


def _notices(table: Table, items: Mapping[str, Judged], background: Mapping[str, Judged]) -> list[Notice]:
    found = []
    labelled = tuple(name for name, part in {**items, **background}.items() if part.from_labels)
    if labelled:
        found.append(Notice("labels_read", "info", {"columns": labelled}))
    constant = tuple(name for name, part in items.items() if part.n_answers > 1 and part.n_values == 1)
    if constant:
        found.append(Notice("constant_item", "warning", {"columns": constant}))
    if table.blank_lines:
        found.append(Notice("blank_lines", "info", {"n": table.blank_lines}))
    unanswered = np.logical_and.reduce([np.isnan(part.numbers()) for part in items.values()])
    if unanswered.any():
        found.append(Notice("rows_without_answer", "caution", {"n": int(unanswered.sum())}))
    return found
