"""The page for an official: sentences and two tables of the kept summary, in two minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.report.exhibit import Exhibit
from akhlak_research.report.format import visible
from akhlak_research.report.notebook import Shown, blocks, read_notebook

if TYPE_CHECKING:
    from pathlib import Path

#: name under which the last stage keeps the summary, and the names of its exhibits
RECORD = "executive"
_EXHIBITS = ("executive-summary", "executive-summary-priority-table")
ADDRESS = "ringkasan.html"


@dataclass(frozen=True, slots=True)
class ExecutiveParts:
    """What the page holds in a language: what was found, its tables, what must not be concluded."""

    says: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]
    cautions: tuple[str, ...]


def executive_parts(record: Mapping[str, Any], notebook: Path, lang: Language) -> ExecutiveParts:
    """The parts of the page, from the kept record and the exhibits that the last stage showed of it."""
    found = blocks(read_notebook(notebook), lang, notebook.name)
    shown = [block.exhibit for block in found if isinstance(block, Shown)]
    return ExecutiveParts(
        says=tuple(visible(Words(one).say(lang)) for one in record["says"]),
        exhibits=tuple(one for one in shown if one.name in _EXHIBITS and one.kind == "table" and _rows(one, lang)),
        cautions=tuple(visible(Words(one).say(lang)) for one in record["cautions"]),
    )


def _rows(exhibit: Exhibit, lang: Language) -> int:
    return len(exhibit.content[lang]["rows"])
