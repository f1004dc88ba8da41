"""Words that belong to data (titles, item texts, labels): one mapping of language to text, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from akhlak_research.core.text import LANGUAGES, Language, active_language

K = TypeVar("K")
V = TypeVar("V")


class FrozenMap(Mapping[K, V]):
    """A mapping that cannot be changed, can be hashed and compares equal to a dict with the same content."""

    __slots__ = ("_content",)

    def __init__(self, content: Mapping[K, V] | None = None) -> None:
        self._content = dict(content or {})

    def __getitem__(self, key: K) -> V:
        return self._content[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def __hash__(self) -> int:
        return hash(frozenset(self._content.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._content})"


class Words(FrozenMap[str, str]):
    """A text by language. Where a language is not written, the other one is given rather than nothing.

    Examples
    --------
    >>> from akhlak_research.core.words import Words
    >>> title = Words({"en": "Kindness"})
    >>> title["id"], list(title)
    ('Kindness', ['en'])
    """

    __slots__ = ()

    def __getitem__(self, lang: str) -> str:
        if lang in LANGUAGES and lang not in self._content:
            return next(iter(self._content.values()), "")
        return self._content[lang]

    def __contains__(self, lang: object) -> bool:
        return lang in self._content

    def say(self, lang: Language | None = None) -> str:
        """The text in a language (default: the active one)."""
        return self[lang or active_language()]
