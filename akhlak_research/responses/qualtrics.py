"""Rows below the header that are no respondents: Qualtrics repeats the questions and adds its own identifiers."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from akhlak_research.core.words import FrozenMap
from akhlak_research.responses.formats import Export
from akhlak_research.responses.text_table import Column, Table

_MARK = "ResponseId"
_MOST = 2


def without_title_rows(export: Export) -> Export:
    """Leave out the one or two rows that a Qualtrics export has below its header; the first gives the titles.

    They are known by the column ``ResponseId``, in which every respondent begins with ``R_`` in any language of the
    form.
    """
    table = export.table
    if _MARK not in table.names:
        return export
    column = table.column(_MARK)
    first = [column.distinct[at] for at in column.positions[: _MOST + 1]]
    n = len(list(takewhile(lambda cell: not cell.strip().startswith("R_"), first)))
    if n == 0 or n > _MOST or n == table.n:
        return export
    titles = {}
    for at, name in enumerate(table.names):
        said = table.column_at(at)
        words = said.distinct[said.positions[0]].strip()
        if words and words != name:
            titles[name] = words
    return replace(export, table=_from(table, n), titles=FrozenMap({**titles, **export.titles}))


def _from(table: Table, n: int) -> Table:
    """The table without its first rows."""

    def column(at: int) -> Column:
        whole = table.column_at(at)
        # cells that only the left-out rows hold would be judged all the same
        return Column.of([whole.distinct[place] for place in whole.positions[n:]])

    return replace(table, n=table.n - n, _column=column, _rows=lambda: [table.row(at + n) for at in range(table.n - n)])
