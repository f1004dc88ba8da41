"""One registry per family of methods: an entry is a name, capability flags and a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from akhlak_research.core.errors import ArgumentError


class _Named(Protocol):
    @property
    def name(self) -> str: ...


E = TypeVar("E", bound=_Named)


class Registry(Generic[E]):
    """Methods of one family by name; an unknown name is answered with the list of known ones.

    Parameters
    ----------
    family : str
        The argument that chooses from it (``"rotation"``), used in the error.
    *entries
        Frozen dataclasses with a ``name`` and whatever flags the family needs.
    """

    def __init__(self, family: str, *entries: E) -> None:
        self.family = family
        self._entries = {entry.name: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise ValueError(f"a {family} is registered twice")

    def __getitem__(self, name: str) -> E:
        if name not in self._entries:
            raise ArgumentError("unknown_choice", argument=self.family, got=name, expected=self.names)
        return self._entries[name]

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    @property
    def names(self) -> tuple[str, ...]:
        """Known names in order of registration."""
        return tuple(self._entries)
