"""What each stage is judged by, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from akhlak_research.catalog.loader import load
from akhlak_research.catalog.thresholds import Threshold, thresholds
from akhlak_research.core.words import Words


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
    """

    name: str
    stage: int
    record: str
    path: tuple[str, ...]
    label: str | None
    threshold: Threshold
    blocking: bool
    words: Words


@cache
def criteria() -> tuple[Criterion, ...]:
    """All criteria, in the order of the stages."""
    found = [
        Criterion(
            entry["name"], entry["stage"], entry["record"], tuple(entry["path"]), entry.get("label"),
            thresholds(entry["threshold"]), entry["blocking"], Words(entry["words"]),
        )
        for entry in load("gates")["criteria"]
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda criterion: criterion.stage))
