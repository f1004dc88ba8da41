"""The study in DDI-Codebook 2.5 (XML), which data archives read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Tree

from akhlak_research.core.results import Unavailable
from akhlak_research.core.text import LANGUAGES
from akhlak_research.core.words import Words
from akhlak_research.disclosure.microdata import PublicUse
from akhlak_research.release.context import Context

_NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def ddi_codebook(context: Context, public: PublicUse | Unavailable) -> bytes:
    """Document, study, file and variables; frequencies of the public-use data, where there are some."""
    Tree.register_namespace("", _NAMESPACE)
    study = context.study
    root = Tree.Element(_tag("codeBook"), {"version": "2.5", _LANG: LANGUAGES[0]})
    document = _path(root, "docDscr", "citation")
    _titles(document, context)
    _add(_path(document, "prodStmt"), "prodDate", context.day, date=context.day)
    about = _path(root, "stdyDscr")
    citation = _path(about, "citation")
    _titles(citation, context)
    _words(_path(citation, "rspStmt"), "AuthEnty", context.institution)
    _add(_path(citation, "verStmt"), "version", context.version, date=context.day)
    info = _path(about, "stdyInfo")
    for dimension in study.instrument.dimensions:
        _words(_path(info, "subject", reuse=True), "keyword", dimension.name)
    if study.instrument.note:
        _words(info, "abstract", study.instrument.note)
    summary = _path(info, "sumDscr")
    _add(summary, "anlyUnit", "individual")
    _add(summary, "dataKind", "survey data")
    if isinstance(public, PublicUse):
        file = _path(root, "fileDscr", "fileTxt")
        _add(file, "fileName", "data/responses.csv")
        size = _path(file, "dimensns")
        _add(size, "caseQnty", str(public.n))
        _add(size, "varQnty", str(len(public.frame.columns)))
    _variables(_path(root, "dataDscr"), context, public)
    Tree.indent(root)
    body: bytes = Tree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def _variables(parent: Tree.Element, context: Context, public: PublicUse | Unavailable) -> None:
    instrument = context.study.instrument
    frame = public.frame if isinstance(public, PublicUse) else None
    kept = public.kept if isinstance(public, PublicUse) else ()
    for background in instrument.groups:
        if background.code in kept:
            counts = frame[background.code].value_counts().to_dict() if frame is not None else {}
            _variable(parent, background.code, background.name, None, background.labels, counts)
    for item in instrument.items:
        scale = instrument.scale_of(item.code)
        labels = {code: scale.labels.get(code, Words({"en": str(code)})) for code in scale.codes}
        counts = frame[item.code].value_counts().to_dict() if frame is not None else {}
        _variable(parent, item.code, item.text, item.text, labels, counts)


def _variable(
    parent: Tree.Element, name: str, label: Words, question: Words | None, labels: Mapping[Any, Words],
    counts: Mapping[object, int],
) -> None:  # fmt: skip
    variable = Tree.SubElement(parent, _tag("var"), {"ID": f"V_{name}", "name": name, "intrvl": "discrete"})
    _words(variable, "labl", label)
    if question is not None:
        _words(_path(variable, "qstn"), "qstnLit", question)
    for code, words in labels.items():
        category = _path(variable, "catgry")
        _add(category, "catValu", str(code))
        _words(category, "labl", Words(words))
        if counts:
            _add(category, "catStat", str(int(counts.get(code, 0))), type="freq")


def _titles(citation: Tree.Element, context: Context) -> None:
    title = _path(citation, "titlStmt")
    _add(title, "titl", context.title.say(LANGUAGES[0]))
    for lang in LANGUAGES[1:]:
        _add(title, "parTitl", context.title.say(lang), **{_LANG: lang})


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _path(parent: Tree.Element, *names: str, reuse: bool = False) -> Tree.Element:
    """A chain of new elements (``reuse``: the existing one where there is one); the last of them."""
    for name in names:
        found = parent.find(_tag(name)) if reuse else None
        parent = found if found is not None else Tree.SubElement(parent, _tag(name))
    return parent


def _add(parent: Tree.Element, name: str, content: str, **attributes: str) -> None:
    Tree.SubElement(parent, _tag(name), attributes).text = _clean(content)


def _words(parent: Tree.Element, name: str, words: Words) -> None:
    for lang in LANGUAGES:
        _add(parent, name, words.say(lang), **{_LANG: lang})


def _clean(content: str) -> str:
    """What XML 1.0 can hold."""
    whole = (ord(sign) >= 32 and ord(sign) not in (0xFFFE, 0xFFFF) for sign in content)
    return "".join(sign for sign, fine in zip(content, whole, strict=True) if fine or sign in "\t\n\r")
