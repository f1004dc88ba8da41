"""An executed notebook as a sequence of blocks in one language. Nothing that a cell showed is lost on the way."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal, TypeAlias

from akhlak_research.core.errors import EnvironmentProblem, StudyError
from akhlak_research.core.text import LANGUAGES, Language
from akhlak_research.report.exhibit import MIME, Exhibit
from akhlak_research.report.format import visible, visible_lines
from akhlak_research.report.markdown import clean, has_undescribed_picture
from akhlak_research.report.markup import image

_WIDGET = "application/vnd.jupyter.widget-view+json"
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown cell."""

    source: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An exhibit."""

    exhibit: Exhibit


@dataclass(frozen=True, slots=True)
class Html:
    """Cleaned HTML of any other output."""

    html: str


@dataclass(frozen=True, slots=True)
class Plain:
    """Printed text."""

    words: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code cell's source and what it wrote for its own author (progress, warnings)."""

    source: str
    messages: str


Block: TypeAlias = Text | Shown | Html | Plain | Code
Node: TypeAlias = Mapping[str, Any]


def read_notebook(path: Path | str) -> Node:
    """A notebook file.

    Raises
    ------
    StudyError
        ``notebook_unreadable``.
    """
    try:
        import nbformat
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package="nbformat", extra="report") from error
    try:
        node: Node = nbformat.read(str(path), as_version=4)
    except (OSError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise StudyError("notebook_unreadable", file=path) from error
    return node


def blocks(node: Node, lang: Language, file: str = "") -> Iterator[Block]:
    """What a page shows of a notebook, in order.

    Markdown cells tagged ``lang-id`` or ``lang-en`` appear in their language, untagged ones in both. A code cell gives
    its exhibits and other outputs, then its source. What is not there is said once, not again by every part of it.

    Raises
    ------
    StudyError
        ``notebook_error`` for an output that is an error, ``figure_without_alt`` for a picture without a description,
        ``output_unknown`` for a kind of output that no page can hold.
    """
    said: object = None
    for number, cell in enumerate(node["cells"], start=1):
        tags = set(cell["metadata"].get("tags", ()))
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            spoken = {tag.removeprefix("lang-") for tag in tags} & set(LANGUAGES)
            if not spoken or lang in spoken:
                yield Text(source)
        elif cell["cell_type"] == "code":
            place = _Place(file, number)
            shown = [_block(output, place) for output in cell["outputs"]]
            for _, block in shown:
                note = None
                if isinstance(block, Shown) and block.exhibit.kind == "note":
                    note = block.exhibit.content[lang]
                if block is not None and (note is None or note != said):
                    yield block
                said = note or said
            if source.strip() and "remove-input" not in tags:
                messages = "\n".join(words for words, _ in shown if words)
                yield Code(visible_lines(source), messages)


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    cell: int

    def fault(self, code: Literal["notebook_error", "figure_without_alt", "output_unknown"], got: object) -> StudyError:
        return StudyError(code, file=self.file or None, row=self.cell, got=got)


def _block(output: Node, place: _Place) -> tuple[str, Block | None]:
    """(message to the author, block for the reader) of an output."""
    kind = output["output_type"]
    if kind == "error":
        raise place.fault("notebook_error", visible(f"{output['ename']}: {output['evalue']}"))
    if kind == "stream":
        words = _terminal("".join(output["text"]))
        if not words.strip():
            return "", None
        return (words, None) if output["name"] == "stderr" else ("", Plain(words))
    return _bundle(output["data"], output.get("metadata", {}), place)


def _bundle(data: Node, metadata: Node, place: _Place) -> tuple[str, Block | None]:
    """The richest form of an output that a page can hold."""
    if MIME in data:
        return "", Shown(Exhibit.from_payload(data[MIME]))
    if _WIDGET in data:  # a progress bar
        return _terminal("".join(data.get("text/plain", ""))), None
    for kind in _PICTURES:
        if kind in data:
            return "", Html(_picture(kind, data, metadata, place))
    if "text/html" in data:
        html = clean("".join(data["text/html"]))
        if has_undescribed_picture(html):
            raise place.fault("figure_without_alt", "text/html")
        return "", Html(html)
    if "text/markdown" in data:
        return "", Text("".join(data["text/markdown"]))
    if "text/plain" in data:
        return "", Plain(_terminal("".join(data["text/plain"])))
    raise place.fault("output_unknown", ", ".join(data))


def _picture(kind: str, data: Node, metadata: Node, place: _Place) -> str:
    alt = metadata.get("alt") or metadata.get(kind, {}).get("alt")
    if not isinstance(alt, str) or not alt.strip():
        raise place.fault("figure_without_alt", kind)
    content = "".join(data[kind])
    if kind == "image/svg+xml":
        return image(content, visible(alt))
    coded = base64.b64encode(base64.b64decode(content)).decode("ascii")
    return f'<img src="data:{kind};base64,{coded}" alt="{escape(visible(alt))}">'


def _terminal(words: str) -> str:
    """Text as a terminal leaves it: no colours, and of overwritten lines the last state."""
    lines = _ESCAPES.sub("", words).replace("\r\n", "\n").split("\n")
    return visible_lines("\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)).strip("\n")
