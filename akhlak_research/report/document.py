"""A whole study as one plain document in a language: what the PDF and the Word file are made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from akhlak_research.core.text import Language, text
from akhlak_research.report.executive import ExecutiveParts, executive_parts
from akhlak_research.report.exhibit import Exhibit
from akhlak_research.report.format import visible
from akhlak_research.report.markdown import render_markdown
from akhlak_research.report.markup import marked
from akhlak_research.report.notebook import Block, Html, Plain, Shown, Text, blocks, read_notebook
from akhlak_research.report.page import StudyPages, provenance_rows
from akhlak_research.stages.catalogue import STAGES
from akhlak_research.stages.catalogue import stage as stage_of

#: columns of figures in a row of a page; a wider table is set in smaller type
WIDE = 8
#: signs of a cell from which it may break over lines
LONG = 26


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
            self._exhibit(exhibit, text("executive.letter", self.lang), counts)
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in parts.cautions)
        self.html.append(f"<h2>{escape(text('executive.cautions', self.lang))}</h2><ul>{items}</ul>")

    def _exhibit(self, exhibit: Exhibit, stage: int | str, counts: dict[str, int]) -> None:
        content = exhibit.content[self.lang]
        if exhibit.kind == "note":
            self.html += [f"<blockquote><p>{escape(line)}</p></blockquote>" for line in content["paragraphs"]]
            return
        counts[exhibit.kind] += 1
        called = text(f"report.{exhibit.kind}", self.lang, number=f"{stage}.{counts[exhibit.kind]}")
        mark = text("report.simulated_prefix", self.lang) + " " if self.simulated and exhibit.of_study else ""
        words = f"<strong>{escape(called)}.</strong> <em>{escape(mark + content['caption'])}</em>"
        self.html.append(f'<div class="caption"><p>{words}</p></div>')
        if exhibit.kind == "table":
            self.html.append(plain_table(content["head"], content["numeric"], content["rows"]))
        else:
            self.figures.append(marked(content["svg"], self.lang) if mark else content["svg"])
            name = f"figure-{len(self.figures)}.svg"
            self.html.append(f'<p><img src="{name}" alt="{escape(mark + content["alt"])}"></p>')
        for at, line in enumerate(content["notes"]):
            word = f"<em>{escape(text('report.note', self.lang))}</em> " if at == 0 else ""
            self.html.append(f"<p><small>{word}{escape(line)}</small></p>")

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
    def subtitle(self) -> str:
        """Whose study it is; of a simulated one also the warning that nothing may lose."""
        if not self.simulated:
            return self.institution
        said = (text("report.simulated_title", self.lang), text("report.simulated_banner", self.lang))
        return f"{self.institution}. {said[0].upper()}: {said[1]}"


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


def plain_table(head: Sequence[str], numeric: Sequence[bool], rows: Sequence[Sequence[str]]) -> str:
    """A plain table with column widths by what stands in them (a document converter makes them equal otherwise)."""
    columns = range(len(head))
    room = [max(len(head[c]) / 2, *(len(row[c]) for row in rows[:60]), 3) ** 0.6 for c in columns]
    widths = "".join(f'<col style="width:{100 * part / sum(room):.1f}%">' for part in room)
    align = [f' style="text-align:{"right" if right else "left"}"' for right in numeric]
    limit = LONG if len(head) <= WIDE else LONG // 3
    long = [c for c in columns if not numeric[c] and any(len(row[c]) > limit for row in rows)]
    kind = ' class="wide"' if len(head) > WIDE else ""
    kind += f' data-long="{",".join(str(c + 1) for c in long)}"'
    top = "".join(f"<th{align[c]}>{escape(head[c])}</th>" for c in columns)
    body = "".join("<tr>" + "".join(f"<td{align[c]}>{escape(row[c])}</td>" for c in columns) + "</tr>" for row in rows)
    colgroup = f"<colgroup>{widths}</colgroup>"
    return f"<table{kind}>{colgroup}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
