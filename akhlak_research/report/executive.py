"""The page for an official: the index, a picture, sentences and two tables of the kept summary, in two minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import record_digest
from akhlak_research.core.text import Language, text
from akhlak_research.core.words import Words
from akhlak_research.report.exhibit import Exhibit
from akhlak_research.report.format import format_value, visible
from akhlak_research.report.notebook import Shown, blocks, read_notebook

if TYPE_CHECKING:
    from pathlib import Path

#: name under which the last stage keeps the summary; its exhibits, and the picture of the values before them
RECORD = "executive"
_EXHIBITS = ("executive-summary", "executive-summary-priority-table")
_PICTURE = "values"
ADDRESS = "ringkasan.html"


@dataclass(frozen=True, slots=True)
class Headline:
    """The index in a language: its name, as written and as a machine reads it, and what is known of it.

    ``facts`` are rows of a word, what is said, and whether that is a number of the record.
    """

    name: str
    score: str
    plain: str
    facts: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class ExecutiveParts:
    """What the page holds in a language: the index, what was found, its exhibits, what must not be concluded.

    ``key`` is None where a study has no index; ``digest`` names the record that the page shows.
    """

    key: Headline | None
    says: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]
    cautions: tuple[str, ...]
    digest: str


def executive_parts(record: Mapping[str, Any], notebook: Path, lang: Language) -> ExecutiveParts:
    """The parts of the page, from the kept record and the exhibits that the last stage showed of it."""
    found = blocks(read_notebook(notebook), lang, notebook.name)
    shown = [block.exhibit for block in found if isinstance(block, Shown)]
    picture = [_brief(one) for one in shown if one.name == _PICTURE and one.kind == "figure"][:1]
    tables = [one for one in shown if one.name in _EXHIBITS and one.kind == "table" and _rows(one, lang)]
    return ExecutiveParts(
        key=None if record["total"] is None else _headline(record["total"], lang),
        says=tuple(visible(Words(one).say(lang)) for one in record["says"]),
        exhibits=(*picture, *tables),
        cautions=tuple(visible(Words(one).say(lang)) for one in record["cautions"]),
        digest=record_digest(record),
    )


def _brief(figure: Exhibit) -> Exhibit:
    """The picture with its first note: how to read it; how it was made stands in the last stage."""
    content = {lang: {**part, "notes": part["notes"][:1]} for lang, part in figure.content.items()}
    return replace(figure, content=content)


def _headline(total: Mapping[str, Any], lang: Language) -> Headline:
    low, high = (format_number(total[end], 1, lang) for end in ("low", "high"))
    facts = [(text("executive.interval", lang), f"{low} – {high}", True)]
    if total["band_name"] is not None and total["probability"] is not None:
        chance = format_value(100 * total["probability"], "share", lang)
        facts += [
            (text("label.band_name", lang), visible(Words(total["band_name"]).say(lang)), False),
            (text("executive.chance", lang), f"{chance} %", True),
        ]
    facts.append((text("executive.respondents", lang), format_number(total["n"], 0, lang), True))
    score = total["estimate"]
    return Headline(
        visible(Words(total["name"]).say(lang)), format_number(score, 1, lang), f"{score:.1f}", tuple(facts)
    )


def _rows(exhibit: Exhibit, lang: Language) -> int:
    return len(exhibit.content[lang]["rows"])
