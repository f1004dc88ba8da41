"""Cut-offs with the reference each is cited to: the only place where the program keeps them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal, overload

from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd

Comparison = Literal["ge", "gt", "le", "lt"]
_SYMBOLS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt,
}  # fmt: skip
_STATUS = {"V": "read_in_source", "V2": "read_in_copy", "A": "inferred", "M": "remembered"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A cut-off.

    Attributes
    ----------
    name, statistic : str
        Its name, and the statistic it is applied to.
    comparison : {"ge", "gt", "le", "lt"}
        How a value must compare with ``value`` to meet it.
    value : float
        The cut-off, in units of the statistic.
    cited_to : str
        Reference that reviewers give for it; empty where none is given.
    status : {"V", "V2", "A", "M"}
        Read in a source, read in a secondary copy, inferred, remembered (check before use).
    role : {"gate", "customary"}
        Whether verdicts compare with it or it is only shown beside better evidence.
    note : Words
        What it means and what it does not.
    """

    name: str
    statistic: str
    comparison: Comparison
    value: float
    cited_to: str
    status: Literal["V", "V2", "A", "M"]
    role: Literal["gate", "customary"]
    note: Words

    def met(self, value: object) -> bool:
        """Whether a value meets it. What does not exist (NaN, ``Unavailable``) does not."""
        return bool(_COMPARE[self.comparison](float(value), self.value))  # type: ignore[arg-type]

    @property
    def symbol(self) -> str:
        """The comparison as a sign: ``≥``."""
        return _SYMBOLS[self.comparison]


@result
class Thresholds(ResultBase):
    """All cut-offs; ``thresholds()["kmo"]`` is one.

    Attributes
    ----------
    entries : tuple of Threshold
        In the order of the catalogue.
    """

    kind: ClassVar[str] = "thresholds"
    of_study: ClassVar[bool] = False
    entries: tuple[Threshold, ...]

    def __getitem__(self, name: str) -> Threshold:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise ArgumentError("unknown_choice", argument="name", got=name, expected=[entry.name for entry in self])

    def __iter__(self) -> Iterator[Threshold]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per cut-off: ``name statistic comparison value cited_to status role note`` (note in ``lang``)."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": [t.name for t in self],
                "statistic": [t.statistic for t in self],
                "comparison": [t.symbol for t in self],
                "value": [t.value for t in self],
                "cited_to": [t.cited_to for t in self],
                "status": [_STATUS[t.status] for t in self],
                "role": [t.role for t in self],
                "note": [t.note.say(lang) for t in self],
            }
        )

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self)} cut-offs"


@overload
def thresholds(name: None = None) -> Thresholds: ...
@overload
def thresholds(name: str) -> Threshold: ...
def thresholds(name: str | None = None) -> Thresholds | Threshold:
    """Cut-offs that reviewers ask for, each with the reference they cite and how well that was checked.

    A cut-off is a custom, not a law: results show it beside an interval, and no function of the library decides by
    it. Nothing is computed, so missing data and weights play no part.

    Parameters
    ----------
    name : str, optional
        One of them; default: all.

    Returns
    -------
    Thresholds or Threshold
        All (``.table()``, ``[name]``), or the one asked for (``.value``, ``.met(value)``).

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for a name that is not in the catalogue.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> kmo = ak.thresholds("kmo")
    >>> kmo.symbol, kmo.value, kmo.cited_to, kmo.met(0.85)
    ('>', 0.5, 'Ghozali; Hair', True)
    """
    everything = _all()
    return everything if name is None else everything[name]


@cache
def _all() -> Thresholds:
    entries = tuple(
        Threshold(**{**entry, "value": float(entry["value"]), "note": Words(entry["note"])})
        for entry in load("thresholds")["thresholds"]
    )
    names = [entry.name for entry in entries]
    if len(set(names)) != len(names):
        raise ValueError("a threshold is named twice")
    return Thresholds(entries=entries)
