"""A whole study as one plain document in a language: what the PDF and the Word file are made from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from akhlak_research.core.text import Language, text
from akhlak_research.report.executive import ExecutiveParts, executive_parts
from akhlak_research.report.exhibit import Exhibit
from akhlak_research.report.format import visible
from akhlak_research.report.layout import is_crowded, lay_out, shares
from akhlak_research.report.markdown import render_markdown
from akhlak_research.report.markup import marked
from akhlak_research.report.notebook import Block, Html, Plain, Shown, Text, blocks, read_notebook
from akhlak_research.report.page import StudyPages, provenance_rows
from akhlak_research.stages.catalogue import STAGES
from akhlak_research.stages.catalogue import stage as stage_of

#: signs on a line of a table on A4, in its usual and in its smaller type
LINE, SMALL_LINE = 112, 140
#: a drawing higher than wide by this is set narrower, so that text finds room on its page
TALL = 1.05


@dataclass(slots=True)
class Document:
    """A document while it is being filled.

    Attributes
    ----------
    lang : {"id", "en"}
    title, institution : str
    simulated : bool
    html : list of str
        Body: headings, paragraphs, tables with caption, ``<img src="figure-<k>.svg" alt>``.
    figures : list of str
        The drawings, in the order of their numbers.
    contents : bool
        Whether it opens with a title page and a list of contents; a form does not.
    """

    lang: Language
    title: str
    institution: str
    simulated: bool
    html: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    contents: bool = True

    def stage(self, number: int, found: Iterable[Block]) -> None:
        """Append a stage; its exhibits are numbered within it."""
        counts = {"table": 0, "figure": 0}
        entry = stage_of(number)
        self.html.append(f"<h1>{number}. {escape(entry.name(self.lang))}</h1>")
        first = True
        for block in found:
            match block:
                case Text(source):
                    prose = render_markdown(source, self.lang, take_title=first)
                    first = first and prose.title is None
                    self.html.append(prose.html)
                case Shown(exhibit):
                    self._exhibit(exhibit, number, counts)
                case Html(html):
                    self.html.append(html)
                case Plain(words):
                    self.html.append(f"<pre>{escape(words)}</pre>")
                case _:  # code stays in the pages and the notebooks
                    pass

    def executive(self, parts: ExecutiveParts) -> None:
        """Put the summary for officials in front."""
        self.html.append(f"<h1>{escape(text('executive.title', self.lang))}</h1>")
        self.html += [f"<p>{escape(sentence)}</p>" for sentence in parts.says]
        counts = {"table": 0, "figure": 0}
        for exhibit in parts.exhibits:
            self._exhibit(exhibit, text("executive.letter", self.lang), counts, width=70)
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in parts.cautions)
        self.html.append(f"<h2>{escape(text('executive.cautions', self.lang))}</h2><ul>{items}</ul>")

    def _exhibit(self, exhibit: Exhibit, stage: int | str, counts: dict[str, int], *, width: int = 92) -> None:
        content = exhibit.content[self.lang]
        if exhibit.kind == "note":
            self.html += [f"<blockquote><p>{escape(line)}</p></blockquote>" for line in content["paragraphs"]]
            return
        counts[exhibit.kind] += 1
        called = text(f"report.{exhibit.kind}", self.lang, number=f"{stage}.{counts[exhibit.kind]}")
        mark = text("report.simulated_prefix", self.lang) + " " if self.simulated and exhibit.of_study else ""
        words = f"<strong>{escape(called)}.</strong> <em>{escape(mark + content['caption'])}</em>"
        self.html.append(f'<div class="caption" data-custom-style="Table Caption"><p>{words}</p></div>')
        if exhibit.kind == "table" and content["rows"]:
            self.html.append(plain_table(content["head"], content["numeric"], content["rows"]))
        elif exhibit.kind == "figure":
            self.figures.append(marked(content["svg"], self.lang) if mark else content["svg"])
            name = f"figure-{len(self.figures)}.svg"
            share = min(width, 78) if proportion(content["svg"]) > TALL else width
            self.html.append(f'<p><img src="{name}" alt="{escape(mark + content["alt"])}" width="{share}%"></p>')
        if content["notes"]:
            word = f"<em>{escape(text('report.note', self.lang))}</em> "
            lines = (f"<p>{word if at == 0 else ''}{escape(line)}</p>" for at, line in enumerate(content["notes"]))
            self.html.append(f'<div class="notes" data-custom-style="Notes">{"".join(lines)}</div>')

    def provenance(self, rows: Sequence[tuple[str, Any]]) -> None:
        """Append where the numbers come from."""
        self.html.append(f"<h1>{escape(text('report.provenance', self.lang))}</h1><dl>")
        for word, value in rows:
            said = value if isinstance(value, str) else None
            self.html.append(f"<dt>{escape(word)}</dt>")
            if said is not None:
                self.html.append(f"<dd>{escape(said)}</dd>")
            else:
                lines = "<br>".join(f"{escape(name)} <code>{escape(what)}</code>" for name, what in value)
                self.html.append(f"<dd>{lines}</dd>")
        self.html.append("</dl>")

    @property
    def warning(self) -> str:
        """What nothing may lose of a simulated study; else empty."""
        if not self.simulated:
            return ""
        return f"{text('report.simulated_title', self.lang).upper()}: {text('report.simulated_banner', self.lang)}"

    @property
    def subtitle(self) -> str:
        """Whose study it is; of a simulated one also the warning that nothing may lose."""
        return f"{self.institution}. {self.warning}" if self.simulated else self.institution


def study_document(study: StudyPages, lang: Language) -> Document:
    """The document of a study that has been run.

    Raises
    ------
    StudyError
        As ``render_stage``.
    """
    title, institution = visible(study.title[lang]), visible(study.institution[lang])
    document = Document(lang, title, institution, study.simulated)
    last = STAGES[-1].number
    if study.executive is not None and last in study.stages:
        document.executive(executive_parts(study.executive, study.stages[last], lang))
    for number in sorted(study.stages):
        path = study.stages[number]
        document.stage(number, blocks(read_notebook(path), lang, path.name))
    document.provenance(provenance_rows(study.meta, [], lang))
    return document


def proportion(svg: str) -> float:
    """Height of a drawing in its widths."""
    found = re.search(r'viewBox="[-0-9.]+ [-0-9.]+ ([0-9.]+) ([0-9.]+)"', svg)
    return float(found[2]) / float(found[1]) if found else 1.0


def plain_table(head: Sequence[str], numeric: Sequence[bool], rows: Sequence[Sequence[str]]) -> str:
    """A plain table with column widths by what stands in them (a document converter makes them equal otherwise)."""
    columns = range(len(head))
    layout = lay_out(head, numeric, rows)
    crowded = is_crowded(head, rows, LINE)
    kind = " ".join(name for name, applies in (("crowded", crowded), ("wide", crowded and layout.dense)) if applies)
    parts = shares(head, numeric, rows, SMALL_LINE if layout.dense else LINE)
    widths = "".join(f'<col style="width:{100 * part:.1f}%">' for part in parts)
    align = [f' style="text-align:{"right" if right else "left"}"' for right in numeric]
    top = "".join(f"<th{align[c]}><strong>{escape(head[c])}</strong></th>" for c in columns)
    lines = []
    for row, run, total in zip(rows, layout.runs, layout.sums, strict=True):
        # a name that stands for several rows is written once: pages break anywhere
        said = ["" if c == 0 and run == 0 else _cell(row[c]) for c in columns]
        strong = [f"<strong>{cell}</strong>" if cell and (total or (c == 0 and run > 1)) else cell
                  for c, cell in enumerate(said)]  # fmt: skip
        lines.append("<tr>" + "".join(f"<td{align[c]}>{strong[c]}</td>" for c in columns) + "</tr>")
    return (
        f'<table class="{kind}"><colgroup>{widths}</colgroup><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _cell(words: str) -> str:
    """A cell that no converter takes for the start of a list: the space after its number does not break."""
    return escape(re.sub(r"^([0-9]+[.)]|[-+*]) ", "\\1\u00a0", words))
