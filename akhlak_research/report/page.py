"""One page per stage and language: semantic HTML without scripts, in which every string is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from akhlak_research.core.errors import EnvironmentProblem
from akhlak_research.core.text import LANGUAGES, Language, has_text, text
from akhlak_research.report.executive import ADDRESS as EXECUTIVE
from akhlak_research.report.executive import ExecutiveParts, executive_parts
from akhlak_research.report.exhibit import Exhibit, slug
from akhlak_research.report.format import visible
from akhlak_research.report.markdown import render_markdown
from akhlak_research.report.markup import exhibit_html
from akhlak_research.report.notebook import Block, Code, Html, Node, Plain, Shown, Text, blocks, read_notebook
from akhlak_research.stages.catalogue import STAGES, Stage
from akhlak_research.stages.catalogue import stage as stage_of
from akhlak_research.stages.status import StageStatus

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class StudyPages:
    """What the pages must know of a study.

    Attributes
    ----------
    slug : str
        Its folder among the pages.
    title, institution : mapping of language to str
    simulated : bool
        Whether its answers are made up; every page, caption and alternative text says so.
    stages : mapping of int to Path
        Stage number to executed notebook, for the stages that exist.
    meta : mapping
        Provenance for the foot of each page: ``seed``, ``inputs`` (file to SHA-256), ``versions`` (package to version);
        further entries are shown under their own names.
    languages : tuple of {"id", "en"}
        Languages to write.
    statuses : mapping of int to StageStatus
        Stage number to where it stands, for the map of the stages; a stage without one is shown by its page alone.
    seconds : int
        Day of the study as seconds since 1970, written into documents.
    executive : mapping, optional
        Record of the summary for officials, where the last stage kept one.
    """

    slug: str
    title: Mapping[str, str]
    institution: Mapping[str, str]
    simulated: bool
    stages: Mapping[int, Path]
    meta: Mapping[str, Any] = field(default_factory=dict)
    languages: tuple[Language, ...] = LANGUAGES
    statuses: Mapping[int, StageStatus] = field(default_factory=dict)
    seconds: int = 0
    executive: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "slug", slug(self.slug))


@dataclass(slots=True)
class _Body:
    """A page while it is being filled: its HTML, title, sections, exhibits so far."""

    lang: Language
    simulated: bool
    html: list[str] = field(default_factory=list)
    title: str | None = None
    sections: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"table": 0, "figure": 0, "note": 0})
    anchors: set[str] = field(default_factory=set)
    records: list[tuple[str, str]] = field(default_factory=list)

    def add(self, block: Block) -> None:
        """Append a block."""
        match block:
            case Text(source):
                self._prose(source)
            case Shown(exhibit):
                self._exhibit(exhibit)
            case Html(html):
                where = text("report.output", self.lang)
                self.html.append(fill("output.html", where=where, html=html))
            case Plain(words):
                self.html.append(fill("plain.html", where=text("report.output", self.lang), words=words))
            case Code(source, messages):
                self.html.append(fill("code.html", lang=self.lang, source=source, messages=messages))

    def _prose(self, source: str) -> None:
        prose = render_markdown(source, self.lang, len(self.sections) + 1, take_title=self.title is None)
        self.title = self.title or prose.title
        self.sections += prose.sections
        self.html.append(prose.html)

    def _exhibit(self, exhibit: Exhibit) -> None:
        self.counts[exhibit.kind] += 1
        number = self.counts[exhibit.kind]
        anchor, again = f"x-{exhibit.name}", 1
        while anchor in self.anchors:
            again += 1
            anchor = f"x-{exhibit.name}-{again}"
        self.anchors.add(anchor)
        if exhibit.kind != "note":
            self.records.append((text(f"report.{exhibit.kind}", self.lang, number=number), exhibit.record_digest))
        self.html.append(
            exhibit_html(
                exhibit, self.lang, number=number, anchor=anchor, simulated=self.simulated and exhibit.of_study
            )
        )


def render_stage(
    notebook: Path | str | Node,
    *,
    lang: Language,
    study: StudyPages,
    stage: int,
    previous: int | None = None,
    next: int | None = None,
) -> str:
    """The page of a stage in a language.

    Parameters
    ----------
    notebook : Path or notebook node
        The executed notebook.
    lang : {"id", "en"}
    study : StudyPages
    stage : int
        Its number, 1 to 6.
    previous, next : int, optional
        Numbers of the neighbouring stages that have a page.

    Returns
    -------
    str
        A complete HTML document: no script, nothing fetched, the same bytes for the same notebook.

    Raises
    ------
    StudyError
        ``notebook_unreadable``, ``notebook_error``, ``figure_without_alt``, ``output_unknown``, ``exhibit_payload``.
    """
    entry = stage_of(stage)
    file = f"{entry.slug}.ipynb" if isinstance(notebook, Mapping) else Path(notebook).name
    node = notebook if isinstance(notebook, Mapping) else read_notebook(notebook)
    body = _Body(lang, study.simulated)
    for block in blocks(node, lang, file):
        body.add(block)
    return fill(
        "stage.html", **_frame(study, lang, address=f"{entry.slug}.html"), stage=entry,
        heading=body.title or entry.name(lang), body=body.html, sections=body.sections,
        previous=_neighbour(previous, lang), following=_neighbour(next, lang),
        provenance=provenance_rows({"notebook": file, **study.meta}, body.records, lang),
    )  # fmt: skip


def render_executive(study: StudyPages, lang: Language) -> str | None:
    """The page for an official; None where the last stage has not been run."""
    parts = _summary(study, lang)
    if parts is None:
        return None
    body = _Body(lang, study.simulated)
    for exhibit in parts.exhibits:
        body.add(Shown(exhibit))
    return fill(
        "executive.html", **_frame(study, lang, address=EXECUTIVE), heading=text("executive.title", lang),
        parts=parts, exhibits=body.html, provenance=provenance_rows(study.meta, body.records, lang),
    )  # fmt: skip


def render_study(study: StudyPages, lang: Language, documents: tuple[str, ...] = ()) -> str:
    """The overview of a study: its six stages, those that exist and those that do not, and its documents beside it."""
    return fill(
        "study.html", parts=_summary(study, lang), heading=study.title[lang],
        **_frame(study, lang, address="index.html"),
        standing=[(entry, *_standing(study, entry)) for entry in STAGES], documents=documents,
        provenance=provenance_rows(study.meta, [], lang),
    )  # fmt: skip


def _has_summary(study: StudyPages) -> bool:
    return study.executive is not None and STAGES[-1].number in study.stages


def _summary(study: StudyPages, lang: Language) -> ExecutiveParts | None:
    if study.executive is None or not _has_summary(study):
        return None
    return executive_parts(study.executive, study.stages[STAGES[-1].number], lang)


def _standing(study: StudyPages, entry: Stage) -> tuple[str, StageStatus | None]:
    """The word for where a stage stands, and its status where one is known."""
    status = study.statuses.get(entry.number)
    if entry.number not in study.stages:
        return "ready", None
    return (status.state, status) if status else ("done", None)


def render_landing(studies: Iterable[StudyPages]) -> str:
    """The first page, in both languages."""
    return fill(
        "landing.html",
        studies=list(studies),
        lang=LANGUAGES[0],
        languages=LANGUAGES,
        stages=STAGES,
        simulated=False,
        summary=EXECUTIVE,
    )


def _frame(study: StudyPages, lang: Language, address: str) -> dict[str, Any]:
    """What every page of a study shows around its own content; ``address`` is the page's file name."""
    return {
        "lang": lang, "study": study, "simulated": study.simulated, "stages": STAGES, "address": address,
        "others": [other for other in study.languages if other != lang],
        "summary": EXECUTIVE if _has_summary(study) else None,
    }  # fmt: skip


def _neighbour(number: int | None, lang: Language) -> tuple[str, str] | None:
    if number is None:
        return None
    entry: Stage = stage_of(number)
    return f"{entry.slug}.html", f"{entry.number}. {entry.name(lang)}"


def provenance_rows(meta: Mapping[str, Any], records: list[tuple[str, str]], lang: Language) -> list[tuple[str, Any]]:
    """Rows for the foot of a page: a word, and a value or a list of (name, value)."""
    rows: list[tuple[str, Any]] = []
    for name, value in {**meta, "exhibits": records}.items():
        key = f"report.provenance.{name}"
        word = text(key, lang) if has_text(key) else visible(str(name))
        if isinstance(value, Mapping):
            value = list(value.items())
        if isinstance(value, list):
            pairs = [(visible(str(part)), visible(str(what))) for part, what in value]
            rows += [(word, pairs)] if pairs else []
        else:
            rows.append((word, visible(str(value))))
    return rows


def fill(template: str, **values: Any) -> str:
    """A template of ``report/templates`` with its values; every string is escaped."""
    return _templates().get_template(template).render(**values)


@cache
def _templates() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package="jinja2", extra="report") from error
    css = files("akhlak_research.report").joinpath("page.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("akhlak_research.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    digest = base64.b64encode(hashlib.sha256(css.encode("utf-8")).digest()).decode("ascii")
    environment.globals.update(css=Markup(css), css_digest=digest, text=text, visible=visible)
    environment.filters["markup"] = Markup  # for HTML made by markup.py and markdown.py, which escape and clean
    return environment
