"""Exhibits as HTML. The one place where their strings become markup, and every string is escaped on the way."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from akhlak_research.core.text import Language, text
from akhlak_research.report.layout import Layout, cell_class, lay_out

if TYPE_CHECKING:
    from akhlak_research.report.exhibit import Exhibit

#: the size of a drawing as the drawing board writes it, and the height of the strip for a mark
_FRAME = re.compile(
    r'height="(?P<height>[0-9.]+)pt"(?P<between>[^>]*?)viewBox="0 0 (?P<width>[0-9.]+) (?P<tall>[0-9.]+)"'
)
_STRIP = 16


def exhibit_html(
    exhibit: Exhibit, lang: Language, *, number: int | None = None, anchor: str | None = None, simulated: bool = False
) -> str:
    """An exhibit in a language.

    Parameters
    ----------
    exhibit : Exhibit
    lang : {"id", "en"}
    number : int, optional
        Its number on the page ("Tabel 1"); none in JupyterLab.
    anchor : str, optional
        Its address on the page.
    simulated : bool
        Whether caption and alternative text must say that the data are simulated.
    """
    content = exhibit.content[lang]
    if exhibit.kind == "note":
        return f'<aside class="note">{_paragraphs(content["paragraphs"])}</aside>'
    called = text(f"report.{exhibit.kind}", lang, number="" if number is None else number)
    identity = f' id="{escape(anchor)}"' if anchor else ""
    opening = f'<figure class="{exhibit.kind}"{identity} data-record="{escape(exhibit.record_digest)}">'
    caption = _caption(content["caption"], called if number is not None else "", lang, simulated)
    notes = _notes(content["notes"], lang)
    if exhibit.kind == "table":
        return f"{opening}{_table(content, caption, called, lang)}{notes}</figure>"
    alt = (text("report.simulated_prefix", lang) + " " if simulated else "") + content["alt"]
    drawing = image(marked(content["svg"], lang) if simulated else content["svg"], alt)
    behind = _table(content, "", text("report.data_of", lang, exhibit=called), lang)
    return (
        f"{opening}<figcaption>{caption}</figcaption>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(called)}">{drawing}</div>'
        f"{notes}<details><summary>{escape(text('report.behind', lang))}</summary>"
        f"<p>{escape(content['alt'])}</p>{behind}</details></figure>"
    )


def image(svg: str, alt: str) -> str:
    """A drawing as an image: what is inside can neither run nor fetch."""
    coded = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{coded}" alt="{escape(alt)}">'


def marked(svg: str, lang: Language) -> str:
    """The drawing with the mark in a strip above it, so that it goes along when somebody saves the picture."""
    room = _FRAME.search(svg)
    if room is not None:
        height, width, tall = (float(room[name]) for name in ("height", "width", "tall"))
        wider = f'height="{height + _STRIP:g}pt"{room["between"]}viewBox="0 {-_STRIP} {width:g} {tall + _STRIP:g}"'
        svg = svg[: room.start()] + wider + svg[room.end() :]
    mark = (
        f'<text x="100%" y="{-5 if room else 11}" text-anchor="end" font-size="11" font-weight="bold" fill="#8a3b00" '
        f'font-family="sans-serif">{escape(text("report.simulated_prefix", lang))}</text>'
    )
    head, end, tail = svg.rpartition("</svg>")
    return f"{head}{mark}{end}{tail}"


def _caption(words: str, called: str, lang: Language, simulated: bool) -> str:
    number = f'<span class="number">{escape(called)}</span> ' if called else ""
    mark = f'<strong class="mark">{escape(text("report.simulated_prefix", lang))}</strong> ' if simulated else ""
    return f'<span class="caption">{number}<span class="title">{mark}<bdi>{escape(words)}</bdi></span></span>'


def _table(content: Any, caption: str, called: str, lang: Language) -> str:
    """The table in a frame that scrolls; of one without rows the caption alone (notes say that nothing is there)."""
    head, numeric, rows = content["head"], content["numeric"], content["rows"]
    if not rows:
        return f"<figcaption>{caption}</figcaption>" if caption else ""
    layout = lay_out(head, numeric, rows, lang)
    spoken = [f' lang="{other}"' if other else "" for other in layout.languages]
    top = "".join(
        f'<th scope="col"{_class("number" if right else "")}>{escape(name)}</th>'
        for name, right in zip(head, numeric, strict=True)
    )
    body = "".join(
        f"<tr{_class('sum' if total else '')}>{_row(row, numeric, spoken, run, layout)}</tr>"
        for row, run, total in zip(rows, layout.runs, layout.sums, strict=True)
    )
    kind = " ".join(name for name, applies in (("dense", layout.dense), ("grouped", layout.grouped)) if applies)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(called)}">'
        f"<table{_class(kind)}>{f'<caption>{caption}</caption>' if caption else ''}"
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[str], numeric: Sequence[bool], spoken: Sequence[str], run: int, layout: Layout) -> str:
    """Cells; names are heads of their row, and a name that stands for several rows is the head of its group."""
    cells = []
    for at, (cell, right, other) in enumerate(zip(row, numeric, spoken, strict=True)):
        if at == 0 and run == 0:
            continue
        names = not right and bool(cell) and (at == 0 or (at == 1 and layout.grouped))
        tag, scope = ("th", ' scope="row"') if names else ("td", "")
        if at == 0 and run > 1:
            scope = f' scope="rowgroup" rowspan="{run}"'
        shown = escape(cell) if right else f"<bdi>{escape(cell)}</bdi>"
        cells.append(f"<{tag}{scope}{_class(cell_class(cell, right, layout.dense))}{other}>{shown}</{tag}>")
    return "".join(cells)


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _notes(notes: Sequence[str], lang: Language) -> str:
    if not notes:
        return ""
    word = f"<em>{escape(text('report.note', lang))}</em> "
    return (
        '<div class="notes">'
        + "".join(f"<p>{word if at == 0 else ''}{escape(line)}</p>" for at, line in enumerate(notes))
        + "</div>"
    )


def _paragraphs(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
