"""Tables of a release as files: CSV that a spreadsheet will not run, and workbooks with the same bytes every time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from akhlak_research.core.export import harmless
from akhlak_research.core.packages import need

Row = Sequence[Any]


def csv_bytes(head: Row, rows: Iterable[Row]) -> bytes:
    """UTF-8 with a byte order mark (spreadsheets need it for Indonesian and English signs), text made harmless."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([harmless(cell) for cell in head])
    writer.writerows([harmless("" if cell is None else cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def workbook(sheets: Mapping[str, Sequence[Row]], moment: datetime) -> bytes:
    """An xlsx file of text cells, one sheet per entry, the first row its head."""
    xlsxwriter = need("xlsxwriter", "report")
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"created": moment.replace(tzinfo=None)})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell not in (None, ""):
                        sheet.write_string(at, column, str(cell))
    return stream.getvalue()
