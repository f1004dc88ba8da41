"""``export(result, path)``: what ``.table()`` shows, as CSV, Excel or Word, safe to open in a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.files import write_bytes
from akhlak_research.core.numbers import DASH, format_number
from akhlak_research.core.packages import need
from akhlak_research.core.results import ResultBase, Unavailable, without_reasons
from akhlak_research.core.said import lines_below, simulated_line
from akhlak_research.core.text import Language, active_language, label, text

if TYPE_CHECKING:
    import pandas as pd

_FORMULA_STARTS = tuple("=+-@|%\t\r\n＝＋－＠")
_INVISIBLE = " \u200b\ufeff\u00a0"


def harmless(cell: object) -> object:
    """A cell that a spreadsheet will not run: text that starts like a formula gets an apostrophe in front."""
    if isinstance(cell, str) and cell.lstrip(_INVISIBLE).startswith(_FORMULA_STARTS):
        return "'" + cell
    return cell


def export(result: ResultBase, path: str | Path, *, lang: Language | None = None) -> Path:
    """Write a result's table to a file; the ending chooses the format.

    Parameters
    ----------
    result : Result
        Any result of the workbench.
    path : str or Path
        ``.csv`` (UTF-8, full precision, stable English column names), ``.xlsx`` or ``.docx`` (headings and
        notices in ``lang``).

        *A value that does not exist* is an empty cell. Why stands below (Word), on the sheet of notices (Excel), or in
        a last column ``unavailable`` (CSV: ``column: code``, only where a cell of the table knows its reason).

        *Answers of a simulated study* leave their mark: once one was opened in this process, every table about a study
        has a last column ``simulated`` (CSV, Excel) and the sentence that says so (Excel, Word).
    lang : {"id", "en"}, optional
        Default: the active language.

    Returns
    -------
    Path
        The file written. It is written whole or not at all.

    Raises
    ------
    ArgumentError
        ``unknown_format`` for another ending.
    EnvironmentProblem
        ``missing_package`` where the extra ``report`` is not installed.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd, tempfile, pathlib
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 4], "c": [1, 3, 3, 4, 5]})
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "alpha.csv"
    >>> ak.export(ak.cronbach_alpha(frame), file).exists()
    True
    """
    if not hasattr(result, "table") or not hasattr(result, "record"):
        raise ArgumentError("not_a_result", got=type(result).__name__)
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ArgumentError("unknown_format", file=path, got=path.suffix, expected=tuple(_WRITERS))
    lang = lang or active_language()
    table = result.table()
    frame = without_reasons(table)
    below = lines_below(result, lang, absent=bool(frame.isna().to_numpy().any()))
    if path.suffix.lower() == ".csv":
        frame = frame.assign(**_reasons(table))
    mark = simulated_line(result, lang)
    if mark and path.suffix.lower() != ".docx":
        frame = frame.assign(simulated=text("simulated.cell", lang))
    frame = frame.map(harmless).rename(columns=harmless)  # a head can come from a person's own column
    return write_bytes(path, writer(frame, mark, below, lang))


def _reasons(table: pd.DataFrame) -> dict[str, list[str]]:
    """A column ``unavailable`` with ``column: code`` of the cells that hold a reason; none where none does."""
    rows = [
        [f"{name}: {cell.code}" for name, cell in zip(table.columns, row, strict=True) if isinstance(cell, Unavailable)]
        for row in table.itertuples(index=False, name=None)
    ]
    return {"unavailable": ["; ".join(found) for found in rows]} if any(rows) else {}


def _csv(frame: pd.DataFrame, mark: str, notices: list[str], lang: Language) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _xlsx(frame: pd.DataFrame, mark: str, notices: list[str], lang: Language) -> bytes:
    import pandas

    need("xlsxwriter", "report")
    stream = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    shown = frame.set_axis([label(str(c), lang) for c in frame.columns], axis="columns")
    with pandas.ExcelWriter(stream, engine="xlsxwriter", engine_kwargs=options) as book:
        shown.to_excel(book, index=False, sheet_name="table")
        lines = [mark, *notices] if mark else notices
        if lines:
            pandas.DataFrame({label("notices", lang): lines}).to_excel(book, index=False, sheet_name="notices")
    return stream.getvalue()


def _docx(frame: pd.DataFrame, mark: str, notices: list[str], lang: Language) -> bytes:
    docx = need("docx", "report")
    document = docx.Document()
    if mark:
        document.add_paragraph(mark)
    table = document.add_table(rows=1, cols=len(frame.columns))
    for cell, name in zip(table.rows[0].cells, frame.columns, strict=True):
        cell.text = label(str(name), lang)
    for row in frame.itertuples(index=False, name=None):
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _word_cell(value, lang)
    for notice in notices:
        document.add_paragraph(notice)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _word_cell(value: object, lang: Language) -> str:
    if isinstance(value, float):  # numpy's too
        return format_number(value, 3, lang)
    return DASH if value is None else str(value)


_WRITERS: dict[str, Callable[[pd.DataFrame, str, list[str], Language], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".docx": _docx,
}
