"""Prose of a notebook as HTML: headings below the page's own, nothing that runs, nothing that is fetched."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from akhlak_research.core.errors import EnvironmentProblem
from akhlak_research.core.text import Language, text
from akhlak_research.report.format import visible, visible_lines

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TAGS = (
    "a abbr b bdi blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h2 h3 h4 h5 h6 "
    "hr i img ins kbd li ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "ol": {"start"},
}
#: added to what our own prose may carry; foreign HTML may not look like the page's own parts
_OWN = {
    "div": {"class", "tabindex", "role", "aria-label"},
    "h2": {"id"},
    "h3": {"id"},
    "th": {"class"},
    "td": {"class"},
}
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+\Z")
_PICTURE = re.compile(r'<img((?:\s+[a-z]+="[^"]*")*)>')
_LINK = re.compile(r"https?://|mailto:|#")


@dataclass(frozen=True, slots=True)
class Prose:
    """A rendered Markdown cell: its HTML, its first-level heading if it has one, its sections (anchor, words)."""

    html: str
    title: str | None
    sections: tuple[tuple[str, str], ...]


def render_markdown(source: str, lang: Language, first_section: int = 1, *, take_title: bool = True) -> Prose:
    """A Markdown cell as HTML.

    Parameters
    ----------
    source : str
        CommonMark with tables. HTML in it is shown as text. ``#`` headings become second-level ones: the page's own
        heading is the only first-level one.
    lang : {"id", "en"}
    first_section : int
        Number of the first second-level heading, for its address.
    take_title : bool
        Take the first ``#`` heading out, for the page to show as its own.

    Raises
    ------
    EnvironmentProblem
        ``missing_package``.
    """
    environment: MutableMapping[str, Any] = {}
    tokens = _parser().parse(visible_lines(source), environment)
    title, sections, kept = None, [], []
    number, skipping = first_section, False
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            words = _plain(tokens[at + 1].children or [])
            if token.tag == "h1" and take_title and title is None:
                title, skipping = words, True
            elif token.tag in ("h1", "h2"):
                token.tag = "h2"
                token.attrSet("id", f"s{number}")
                sections.append((f"s{number}", words))
                number += 1
        elif token.type == "heading_close" and token.tag == "h1":
            token.tag = "h2"
        if not skipping:
            kept.append(token)
        if token.type == "heading_close":
            skipping = False
    html = _parser().renderer.render(kept, _parser().options, environment)
    called = escape(text("report.table", lang, number=""))
    opening = f'<div class="scroll" tabindex="0" role="region" aria-label="{called}"><table>'
    html = html.replace("<table>", opening).replace("</table>", "</table></div>")
    html = re.sub(r'style="text-align:(left|center|right)"', r'class="\1"', html)
    return Prose(clean(html, own=True), title, tuple(sections))


def clean(html: str, *, own: bool = False) -> str:
    """HTML without anything that runs, fetches or restyles the page.

    Links open in the reader's program only when clicked; pictures stay only where their bytes are in the
    page; of others their words are left.
    """
    try:
        import nh3
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package="nh3", extra="report") from error
    attributes = {tag: set(names) for tag, names in _ATTRIBUTES.items()}
    for tag, names in _OWN.items() if own else ():
        attributes[tag] = attributes.get(tag, set()) | names

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return value if tag == "img" and _IMAGE.match(value) else None
        if attribute == "href":
            return value if _LINK.match(value) else None
        return value

    cleaned = nh3.clean(
        html,
        tags=set(_TAGS.split()),
        attributes=attributes,
        attribute_filter=keep,
        link_rel="noopener noreferrer",
        url_schemes={"http", "https", "mailto", "data"},
        strip_comments=True,
    )
    shown = _PICTURE.sub(_picture_or_words, cleaned)
    return visible_lines(shown)  # after cleaning, which turns character references into characters


def has_undescribed_picture(html: str) -> bool:
    """Whether cleaned HTML holds a picture without an alternative text."""
    return any(not re.search(r'\salt="\s*[^"\s]', found) for found in _PICTURE.findall(html))


def _picture_or_words(found: re.Match[str]) -> str:
    """A picture whose bytes are in the page; of any other only its words are left."""
    if ' src="' in found[1]:
        return found[0]
    words = re.search(r'\salt="([^"]*)"', found[1])
    return escape(unescape(words[1])) if words else ""


def _plain(children: Sequence[Any]) -> str:
    said = (
        c.content if c.type in ("text", "code_inline") else " "
        for c in children
        if not c.type.endswith(("open", "close"))
    )
    return visible("".join(said))


@cache
def _parser() -> MarkdownIt:
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package="markdown-it-py", extra="report") from error
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])
