"""What each stage is judged by, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from akhlak_research.catalog.loader import load
from akhlak_research.catalog.thresholds import Threshold, thresholds
from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language, active_language, label
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Criterion:
    """A question that a stage must answer from a kept record.

    Attributes
    ----------
    name : str
    stage : int
    record : str
        Name of the record it reads.
    path : tuple of str
        Steps into the record; ``"*"`` takes every entry.
    label : str or None
        Field that names an entry of a list.
    threshold : Threshold
        What the values are compared with.
    blocking : bool
        Whether the next stage waits for a decision when it is not supported.
    words : Words
        The criterion in words.
    where : mapping
        What the fields of an entry of a list must hold for it to be judged.
    reads : {"value", "half_width", "count", "stated", "percent", "distance"}
        How the value is read from what the path leads to.
    fields : tuple of str
        The two fields of ``percent`` and ``distance``.
    """

    name: str
    stage: int
    record: str
    path: tuple[str, ...]
    label: str | None
    threshold: Threshold
    blocking: bool
    words: Words
    where: Mapping[str, str | bool | None] = field(default_factory=dict)
    reads: Literal["value", "half_width", "count", "stated", "percent", "distance"] = "value"
    fields: tuple[str, ...] = ()


@cache
def _catalogued() -> tuple[Criterion, ...]:
    found = [
        Criterion(
            entry["name"], entry["stage"], entry["record"], tuple(entry["path"]), entry.get("label"),
            thresholds(entry["threshold"]), entry["blocking"], Words(entry["words"]),
            entry.get("where", {}), entry.get("reads", "value"), tuple(entry.get("fields", ())),
        )
        for entry in load("gates")["criteria"]
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda criterion: criterion.stage))


def criteria(changes: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Criterion, ...]:
    """All criteria, in the order of the stages.

    Parameters
    ----------
    changes : mapping, optional
        ``criteria`` of ``study.yaml``: name of a criterion to another ``value``, ``blocking``, or both; a value needs
        whom it is ``cited_to``.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for a criterion that does not exist; ``criterion_uncited``.
    """
    known = {criterion.name: criterion for criterion in _catalogued()}
    for name, change in (changes or {}).items():
        found = known[check_choice(name, list(known), "criteria")]
        threshold = found.threshold
        if "value" in change:
            if not change.get("cited_to"):
                raise ArgumentError("criterion_uncited", argument=name, got=change["value"])
            threshold = replace(threshold, value=float(change["value"]), cited_to=str(change["cited_to"]), status="M")
        known[name] = replace(found, threshold=threshold, blocking=bool(change.get("blocking", found.blocking)))
    return tuple(known.values())


@result
class GateCriteria(ResultBase):
    """The criteria as a table.

    Attributes
    ----------
    entries : tuple of Criterion
    """

    kind: ClassVar[str] = "gate_criteria"
    of_study: ClassVar[bool] = False
    entries: tuple[Criterion, ...]

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per criterion: ``stage criterion cutoff cited_to blocking``."""
        import pandas as pd

        rows = [
            (c.stage, c.words.say(lang), cutoff(c.threshold, lang), c.threshold.cited_to, c.blocking)
            for c in self.entries
        ]
        return pd.DataFrame(rows, columns=["stage", "criterion", "cutoff", "cited_to", "blocking"])

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self.entries)} criteria"


def gate_criteria(chosen: tuple[Criterion, ...] | None = None) -> GateCriteria:
    """What the gates of the six stages will ask, with the cut-offs and whom they are cited to.

    Parameters
    ----------
    chosen : tuple of Criterion, optional
        Those of a study (``study.criteria``); default: the catalogue's.

    Returns
    -------
    GateCriteria
        To be kept before the data are seen.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> sorted(set(ak.gate_criteria().table()["stage"]))
    [1, 2, 3, 4, 5, 6]
    """
    return GateCriteria(entries=criteria() if chosen is None else chosen)


def cutoff(threshold: Threshold, lang: Language | None = None) -> str:
    """A cut-off as people write it: ``≥ 0,3``; in a word where something need only be stated."""
    if threshold.statistic == "stated":
        return label("stated", lang)
    return f"{threshold.symbol} {format_number(threshold.value, None, lang or active_language())}"
