"""``show(result)``: a table, figure or note with its words in both languages, for JupyterLab and for the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from akhlak_research.core.errors import ArgumentError, StudyError
from akhlak_research.core.marks import simulated_is_open
from akhlak_research.core.results import ByGroup, Notice, ResultBase, Unavailable, record_digest, to_jsonable
from akhlak_research.core.said import lines_below
from akhlak_research.core.text import LANGUAGES, Language, active_language, has_text, label, language, text
from akhlak_research.report.format import DASH, visible
from akhlak_research.report.tables import TableContent, table_content

if TYPE_CHECKING:
    import pandas as pd

#: how a notebook output says that it is an exhibit
MIME = "application/vnd.akhlak.exhibit+json"
_VERSION = 1

ExhibitKind = Literal["table", "figure", "note"]
Words: TypeAlias = Mapping[Language, str]


class FigureContent(TypedDict):
    """A figure in one language, with the numbers behind it as a table."""

    caption: str
    svg: str
    alt: str
    head: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    notes: list[str]


class NoteContent(TypedDict):
    """A note in one language."""

    paragraphs: list[str]


Content: TypeAlias = TableContent | FigureContent | NoteContent


@dataclass(frozen=True, slots=True, repr=False)
class Exhibit:
    """What a notebook shows and a page repeats: one object, both languages.

    Attributes
    ----------
    kind : {"table", "figure", "note"}
    name : str
        Short name, used in addresses within a page.
    record_digest : str
        SHA-256 of the record of the result shown (canonical JSON), which ties the page to the record that was kept.
    content : mapping of language to TableContent, FigureContent or NoteContent
    of_study : bool
        Whether it says something about the study's data, and so is simulated where the study is.
    record : object
        What ``record_digest`` is of, where the figure computed it itself, so that a study can keep it.
    """

    kind: ExhibitKind
    name: str
    record_digest: str
    content: Mapping[Language, Any]
    of_study: bool = True
    record: Any = None

    def payload(self) -> dict[str, Any]:
        """JSON-able form, from which ``from_payload`` remakes the exhibit."""
        return {
            "version": _VERSION,
            "kind": self.kind,
            "name": self.name,
            "record_digest": self.record_digest,
            "of_study": self.of_study,
            "content": {lang: dict(self.content[lang]) for lang in LANGUAGES},
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Exhibit:
        """The exhibit in an executed notebook.

        Raises
        ------
        StudyError
            ``exhibit_payload`` where it was made by another version or is damaged.
        """
        if payload.get("version") != _VERSION:
            raise StudyError("exhibit_payload", got=payload.get("version"), expected=_VERSION)
        try:
            exhibit = cls(
                payload["kind"], payload["name"], payload["record_digest"],
                {lang: _checked(payload["kind"], payload["content"][lang]) for lang in LANGUAGES},
                bool(payload["of_study"]),
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            raise StudyError("exhibit_payload", got=str(error), expected=_VERSION) from error
        return exhibit

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        from akhlak_research.report.markup import exhibit_html

        simulated = self.of_study and simulated_is_open()
        return {"text/html": exhibit_html(self, active_language(), simulated=simulated), MIME: self.payload()}

    def __repr__(self) -> str:
        content = self.content[active_language()]
        shown = content["paragraphs"][0] if self.kind == "note" else content["caption"]
        return f"<{self.kind} {self.name}: {shown}>"


_FIELDS: Mapping[str, type] = {"table": TableContent, "figure": FigureContent, "note": NoteContent}


def _checked(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    wanted = _FIELDS[kind].__annotations__
    if set(content) != set(wanted):
        raise KeyError(", ".join(sorted(set(wanted) ^ set(content))))
    widths = {len(content["head"]), len(content["numeric"]), *map(len, content["rows"])} if "head" in wanted else {0}
    if len(widths) != 1:
        raise TypeError(f"{kind}: {sorted(widths)}")
    return dict(content)


def show(
    result: ResultBase | pd.DataFrame | Notice | Unavailable | Exhibit,
    *,
    part: str | None = None,
    name: str | None = None,
    caption: Words | None = None,
    columns: Sequence[str] | None = None,
    max_rows: int | None = None,
    note: Words | None = None,
) -> Exhibit:
    """Show a result as a table that JupyterLab displays and the report's pages repeat, in both languages.

    Parameters
    ----------
    result : result, DataFrame, Notice, Unavailable or Exhibit
        What to show: the ``.table()`` of a result, a DataFrame (its index too where it has meaning; it needs a
        ``caption``), or a sentence to the reader. An exhibit, such as a figure, is given back as it is.
    part : str, optional
        Show this table of the result (a DataFrame or Series, as ``"fit"`` of an ``efa``, or a method that gives
        one) and not its ``.table()``.
    name : str, optional
        Short name in addresses; default: the result's kind.
    caption : mapping, optional
        ``{"id": ..., "en": ...}``; default: the catalogue's words under ``caption.<kind>``.
    columns : sequence of str, optional
        Columns to show, in this order; default: all.
    max_rows : int, optional
        Show only the first rows, and say so.
    note : mapping, optional
        ``{"id": ..., "en": ...}``: a further note below the table.

    Returns
    -------
    Exhibit
        Numbers formatted by the policy of ``report.format``. A value that does not exist shows an en dash; its reason,
        and the result's notices, stand below the table.

    Raises
    ------
    ArgumentError
        ``caption_missing``, ``exhibit_words`` (a language is not given), ``exhibit_column``, ``exhibit_part``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"item": ["a", "b"], "mean": [2.5, 3.0]})
    >>> ak.show(frame, caption={"id": "Rerata butir", "en": "Item means"}).content["id"]["rows"]
    [['a', '2,50'], ['b', '3,00']]
    """
    if isinstance(result, Exhibit):
        return result
    if isinstance(result, Notice | Unavailable):
        say = result.say if isinstance(result, Notice) else result.reason
        paragraphs = {lang: [visible(say(lang))] for lang in LANGUAGES}
        return Exhibit("note", slug(name or result.code), record_digest(to_jsonable(result)), _note(paragraphs, note))
    if isinstance(result, ByGroup) and not len(result) and result.notices:
        # every group was refused: what there is to show is why
        reasons = {lang: [visible(notice.say(lang)) for notice in result.notices] for lang in LANGUAGES}
        return Exhibit("note", slug(name or result.by), record_digest(to_jsonable(result)), _note(reasons, note))
    kind = _kind(result)
    record = to_jsonable(result)
    captions = _captions(result, caption, part)
    if not len(_frame(result, "en", part)):
        said = {lang: _nothing(result, captions[lang], part, lang, record) for lang in LANGUAGES}
        return Exhibit("note", slug(name or kind), record_digest(record), _note(said, note))
    plain = result.by if isinstance(result, ByGroup) else None
    content = {}
    for lang in LANGUAGES:
        frame = _chosen(_frame(result, lang, part), columns)
        table = table_content(frame if max_rows is None else frame.head(max_rows), captions[lang], lang, plain=plain)
        if part is None:  # what concerns the whole result is said below its main table, once
            absent = any(DASH in row for row in table["rows"])
            table["notes"] += map(visible, lines_below(result, lang, absent=absent, record=record))
        if max_rows is not None and len(frame) > max_rows:
            table["notes"].append(text("report.first_rows", lang, shown=max_rows, total=len(frame)))
        if note is not None:
            table["notes"].append(visible(both(note, "note")[lang]))
        content[lang] = table
    named = slug(name or (f"{kind}-{part}" if part else kind))
    return Exhibit("table", named, record_digest(record), content, getattr(result, "of_study", True))


def _frame(result: ResultBase | pd.DataFrame, lang: Language, part: str | None = None) -> pd.DataFrame:
    """The table (in a language, where a result's words depend on it) with a meaningful index as columns."""
    import pandas as pd

    with language(lang):
        if part is not None:
            frame = _part(result, part)
        else:
            frame = result.table() if isinstance(result, ResultBase) else result
    if isinstance(frame.columns, pd.MultiIndex):
        frame = frame.set_axis([" ".join(str(part) for part in c) for c in frame.columns], axis="columns")
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return frame
    names = [str(n) if n is not None else "name" for n in frame.index.names]
    return frame.reset_index(names=names, allow_duplicates=True)


def _part(result: object, part: str) -> pd.DataFrame:
    """An attribute as a table; of grouped results, one group below the other."""
    import pandas as pd

    if isinstance(result, ByGroup):
        frames = {group: _part(inner, part) for group, inner in result.parts.items()}
        together: pd.DataFrame = pd.concat(frames, names=[result.by])
        return together
    found = getattr(result, part, None)
    found = found() if callable(found) else found
    if isinstance(found, pd.Series):
        frame = found.to_frame("value")
        frame.index = frame.index.set_names(found.index.name or "statistic")
        return frame
    if not isinstance(found, pd.DataFrame):
        tables = [f for f in dir(result) if isinstance(getattr(result, f, None), pd.DataFrame | pd.Series)]
        raise ArgumentError("exhibit_part", got=part, expected=tables)
    return found


def _nothing(result: object, caption: str, part: str | None, lang: Language, record: object) -> list[str]:
    """What is said instead of a table without rows."""
    said = [] if part else [visible(line) for line in lines_below(result, lang, absent=False, record=record)]
    return [f"{visible(caption)}: {text('report.no_rows', lang)}", *said]


def _chosen(frame: pd.DataFrame, columns: Sequence[str] | None) -> pd.DataFrame:
    if columns is None:
        return frame
    unknown = [name for name in columns if name not in frame.columns]
    if unknown:
        raise ArgumentError("exhibit_column", got=unknown, expected=[str(name) for name in frame.columns])
    return frame[list(columns)]


def _kind(result: object) -> str:
    """Of a result; of grouped results, that of their parts."""
    if isinstance(result, ByGroup) and len(result):
        result = next(iter(result.parts.values()))
    return str(getattr(result, "kind", "table"))


def _captions(result: ResultBase | pd.DataFrame, given: Words | None, part: str | None = None) -> Words:
    if given is not None:
        return both(given, "caption")
    kind = _kind(result)
    kind = f"{kind}.{part}" if part else kind
    key = f"caption.{kind}"
    if not has_text(key):
        raise ArgumentError("caption_missing", got=kind)
    if isinstance(result, ByGroup):
        return {
            lang: text("report.caption_by", lang, caption=text(key, lang), by=_by(result, lang)) for lang in LANGUAGES
        }
    return {lang: text(key, lang) for lang in LANGUAGES}


def _by(result: ByGroup[Any], lang: Language) -> str:
    """The grouping variable inside a sentence: without its capital, unless it is an abbreviation."""
    name = label(result.by, lang)
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _note(paragraphs: Mapping[Language, list[str]], extra: Words | None) -> dict[Language, NoteContent]:
    more = {lang: [visible(both(extra, "note")[lang])] if extra is not None else [] for lang in LANGUAGES}
    return {lang: NoteContent(paragraphs=paragraphs[lang] + more[lang]) for lang in LANGUAGES}


def both(words: Words, argument: str) -> Words:
    """Words given in both languages, or an error."""
    if not isinstance(words, Mapping) or any(not isinstance(words.get(lang), str) for lang in LANGUAGES):
        raise ArgumentError("exhibit_words", argument=argument, got=words, expected=LANGUAGES)
    return words


def slug(words: str) -> str:
    """A name for addresses: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "exhibit"
