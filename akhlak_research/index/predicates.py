"""The predicate of a civil servant's performance: result of work × behaviour at work, a 3×3 table."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, overload

import pandas as pd

from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import NAN, Notice, ResultBase, Unavailable, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.index.bands import STATUS_WORDS, Status


@result
class Predicate(ResultBase):
    """The predicate of one person.

    Attributes
    ----------
    work_result, behaviour : str
        ``"above"``, ``"meets"`` or ``"below"`` expectation; empty where missing.
    predicate : str or Unavailable
        ``"very_good"``, ``"good"``, ``"needs_improvement"``, ``"poor"``, ``"very_poor"``.
    name : Words or Unavailable
        ``Sangat Baik`` …
    credit_percent : float
        Percentage of credit points; NaN where there is no predicate.
    regulation, source : str
    status : str
        How well the table is known.
    """

    kind: ClassVar[str] = "predicate"
    work_result: str
    behaviour: str
    predicate: str | Unavailable
    name: Words | Unavailable
    credit_percent: float
    regulation: str
    source: str
    status: Status

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row: ``work_result behaviour predicate credit_percent status source``; words in ``lang``."""
        return pd.DataFrame([_row(self, lang)])

    def headline(self) -> str:
        """The predicate in Indonesian."""
        return self.name.say("id") if isinstance(self.name, Words) else "–"


@result
class Predicates(ResultBase):
    """The predicates of many persons, in their order.

    Attributes
    ----------
    parts : tuple of Predicate
    labels : tuple
        Index of the Series given.
    """

    kind: ClassVar[str] = "predicates"
    parts: tuple[Predicate, ...]
    labels: tuple[object, ...]
    notices: tuple[Notice, ...] = ()

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def predicate(self) -> pd.Series:
        """Codes with the index of the ratings; missing where a rating is."""
        codes = [part.predicate if isinstance(part.predicate, str) else None for part in self.parts]
        return pd.Series(codes, index=list(self.labels), dtype=object, name="predicate")

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per person: ``work_result behaviour predicate credit_percent status source``."""
        return pd.DataFrame([_row(part, lang) for part in self.parts])

    def headline(self) -> str:
        """How many."""
        return f"{len(self)} persons"


def _row(part: Predicate, lang: Language | None) -> dict[str, object]:
    levels = _levels()
    return {
        "work_result": levels[part.work_result].say(lang) if part.work_result else None,
        "behaviour": levels[part.behaviour].say(lang) if part.behaviour else None,
        "predicate": part.name.say(lang) if isinstance(part.name, Words) else None,
        "credit_percent": part.credit_percent,
        "status": STATUS_WORDS[part.status],
        "source": part.source,
    }


@overload
def predicate(work_result: str, behaviour: str) -> Predicate: ...
@overload
def predicate(work_result: pd.Series, behaviour: pd.Series) -> Predicates: ...
def predicate(work_result: str | pd.Series, behaviour: str | pd.Series) -> Predicate | Predicates:
    """The predicate that two ratings give by PermenPANRB 6/2022.

    Parameters
    ----------
    work_result : str or Series of str
        Rating of the result of work (*hasil kerja*): ``"di atas ekspektasi"``, ``"sesuai ekspektasi"``,
        ``"di bawah ekspektasi"``, or ``"above"``, ``"meets"``, ``"below"``; capital letters do not matter.
    behaviour : str or Series of str
        Rating of behaviour at work (*perilaku kerja*), the same way. A missing rating gives no predicate.

    Returns
    -------
    Predicate
        ``.predicate``, ``.name``, ``.credit_percent``, ``.source``.
    Predicates
        For Series with the same index: ``.predicate`` as a Series, ``.table()``.

    Raises
    ------
    ArgumentError
        ``expectation_unknown`` (names the rating), ``ratings_mixed`` for one Series and one word.
    DataError
        ``ratings_index`` where the two Series have other indexes.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.predicate("sesuai ekspektasi", "di atas ekspektasi")
    <predicate Baik>

    Notes
    -----
    The table agrees over independent public code; the annex of the regulation was not read. As an external criterion
    the predicate is restricted in range, because the organisation's predicate limits how many may get each one.
    """
    if isinstance(work_result, pd.Series) and isinstance(behaviour, pd.Series):
        if not work_result.index.equals(behaviour.index):
            raise DataError("ratings_index", got=len(behaviour), expected=len(work_result))
        pairs = zip(work_result.tolist(), behaviour.tolist(), strict=True)
        notices = (Notice("predicate_range", "caution"),)
        return Predicates(parts=tuple(_one(*p) for p in pairs), labels=tuple(work_result.index), notices=notices)
    if isinstance(work_result, pd.Series) or isinstance(behaviour, pd.Series):
        raise ArgumentError("ratings_mixed", got=[type(work_result).__name__, type(behaviour).__name__])
    return _one(work_result, behaviour)


def _one(work_result: object, behaviour: object) -> Predicate:
    known = _catalogue()
    rows, columns = _level(work_result, "work_result"), _level(behaviour, "behaviour")
    about = {"regulation": known["regulation"], "source": known["source"], "status": known["status"]}
    if not rows or not columns:
        none = Unavailable("no_expectation")
        return Predicate(work_result=rows, behaviour=columns, predicate=none, name=none, credit_percent=NAN, **about)
    code = known["table"][rows][columns]
    entry = next(one for one in known["predicates"] if one["code"] == code)
    return Predicate(
        work_result=rows, behaviour=columns, predicate=code, name=Words(entry["name"]),
        credit_percent=float(entry["credit_percent"]), **about,
    )  # fmt: skip


def _level(given: object, argument: str) -> str:
    """Code of a rating, empty for a missing one."""
    if given is None or given != given or type(given).__name__ == "NAType":
        return ""
    said = " ".join(str(given).lower().split())
    for code, name in _levels().items():
        if said in (code, name["id"], name["en"], name["id"].removesuffix(" ekspektasi")):
            return code
    raise ArgumentError(
        "expectation_unknown", argument=argument, got=given, expected=[name["id"] for name in _levels().values()]
    )


@cache
def _levels() -> dict[str, Words]:
    return {entry["code"]: Words(entry["name"]) for entry in _catalogue()["levels"]}


@cache
def _catalogue() -> dict[str, Any]:
    return load("predicates")
