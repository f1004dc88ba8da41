"""The words of the workbench, in Indonesian and English, under the same keys.

A key lives in ``core/text/<room>.yaml`` with both languages beside each other, so a missing translation is visible
where the text is written (and fails a test). Values are formatted for the language before they enter the sentence:
a template names ``{alpha}``, never ``{alpha:.3f}``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Literal

from akhlak_research.core.numbers import format_number

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")

#: values that count people or answers, written as tables write them (1.417); every other whole number stands as it is
_COUNTS = frozenset(("n", "n_rows", "used", "rows", "dropped", "count", "total", "people", "few", "many", "of"))
#: values that are codes of the catalogue, written by their labels
_CODES = frozenset(("criteria",))
#: lists in messages name this many and count the rest
_NAMED = 10

_active: ContextVar[Language | None] = ContextVar("akhlak_language", default=None)


def active_language() -> Language:
    """Language of messages: ``with language(...)``, else the variable AKHLAK_LANG, else English."""
    chosen = _active.get() or os.environ.get("AKHLAK_LANG", "en")
    return "id" if chosen == "id" else "en"


@contextmanager
def language(lang: Language) -> Iterator[None]:
    """Use a language for messages and tables inside a ``with`` block.

    Parameters
    ----------
    lang : {"id", "en"}
        Indonesian or English.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> with ak.language("id"):
    ...     ak.Unavailable("hierarchical_needed").reason()[:9]
    'Skor tota'
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang={lang!r}: use one of {LANGUAGES}")
    token = _active.set(lang)
    try:
        yield
    finally:
        _active.reset(token)


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    import yaml

    merged: dict[str, dict[str, str]] = {}
    for entry in sorted(files(__package__).joinpath("text").iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".yaml"):
            continue
        # keys are unique over all files (a test reads them), so the order of reading decides nothing
        merged |= yaml.safe_load(entry.read_text(encoding="utf-8")) or {}
    return merged


def text_keys() -> Mapping[str, Mapping[str, str]]:
    """All keys with their words (for the completeness test)."""
    return _catalogue()


def has_text(key: str) -> bool:
    """Whether the catalogue holds a key."""
    return key in _catalogue()


def text(key: str, lang: Language | None = None, **values: object) -> str:
    """The words under a key in a language, with values put in.

    Raises ``KeyError`` for an unknown key: a message without words is a defect of the program, not of the data.
    """
    lang = lang or active_language()
    said = {name: _named(name, value, values.get("count"), lang) for name, value in values.items()}
    return _catalogue()[key][lang].format(**said).strip()


def label(key: str, lang: Language | None = None) -> str:
    """The label of a column, statistic or choice; the key itself where nothing is catalogued (item codes)."""
    full = f"label.{key}"
    return text(full, lang) if has_text(full) else key


def _named(name: str, value: object, count: object, lang: Language) -> str:
    """A value by what its name says it is; of a list cut short beside its ``count``, how many more there are."""
    if name in _COUNTS and isinstance(value, int) and not isinstance(value, bool):
        return format_number(value, 0, lang)
    if name in _CODES and not isinstance(value, str) and isinstance(value, Iterable):
        value = [label(str(code), lang) for code in value]
    said = _say(value, lang)
    if isinstance(value, list | tuple) and len(value) == _NAMED and isinstance(count, int) and count > _NAMED:
        return f"{said} {text('message.and_more', lang, n=count - _NAMED)}"
    return said


def _say(value: object, lang: Language) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int) or value is None:
        return str(value)
    if hasattr(value, "say"):  # words of the data, in both languages
        return str(value.say(lang))
    if isinstance(value, Iterable):
        return ", ".join(_say(item, lang) for item in value)
    try:
        return format_number(float(value), None, lang)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
