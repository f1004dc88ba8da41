"""Judging a stage: kept records against criteria, in four words that are used everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from akhlak_research.catalog.gates import Criterion, cutoff
from akhlak_research.catalog.gates import criteria as catalogued
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language, label
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd

#: worst first
Status = Literal["insufficient", "review", "supported", "descriptive"]
#: labels whose values are words of the catalogue; items, dimensions and units stand as they are
_NAMED_BY_WORDS = ("step",)
_WORST_FIRST: tuple[Status, ...] = ("insufficient", "review", "supported", "descriptive")


@dataclass(frozen=True, slots=True)
class Finding:
    """One value against one criterion.

    ``supported``: the value meets the cut-off, and so does the whole of its interval where it has one. ``review``: the
    value meets it, its interval does not. ``insufficient``: the value does not meet it. ``descriptive``: there is no
    value to compare.
    """

    target: str
    value: float | None
    low: float | None
    high: float | None
    status: Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """A criterion with its findings; its status is the worst of theirs."""

    criterion: Criterion
    findings: tuple[Finding, ...]
    decision: Words | None = None

    @property
    def status(self) -> Status:
        """The worst status among the findings; ``descriptive`` without any."""
        return _worst({finding.status for finding in self.findings}) or "descriptive"

    @property
    def open(self) -> bool:
        """Whether the next stage must wait: blocking, not met, and nobody has decided."""
        return self.criterion.blocking and self.status == "insufficient" and self.decision is None

    def count(self, status: Status) -> int:
        """Number of findings with a status."""
        return sum(finding.status == status for finding in self.findings)

    def targets(self, *statuses: Status) -> tuple[str, ...]:
        """What was judged so."""
        return tuple(finding.target for finding in self.findings if finding.status in statuses)

    @property
    def concerns(self) -> tuple[str, ...]:
        """What was not fully supported; nothing where the criterion judges one value, which it names itself."""
        named = dict.fromkeys(self.targets("insufficient", "review"))
        return tuple(name for name in named if name != self.criterion.record)


def _worst(there: set[Status]) -> Status | None:
    return next((status for status in _WORST_FIRST if status in there), None)


@result
class Gate(ResultBase):
    """The verdicts of a stage.

    Attributes
    ----------
    stage : int
    verdicts : tuple of Verdict
    """

    kind: ClassVar[str] = "gate"
    stage: int
    verdicts: tuple[Verdict, ...]

    @property
    def open(self) -> tuple[Verdict, ...]:
        """Verdicts for which the next stage waits."""
        return tuple(verdict for verdict in self.verdicts if verdict.open)

    @property
    def status(self) -> Status | None:
        """The worst status of its criteria; None where the stage has no criterion."""
        return _worst({verdict.status for verdict in self.verdicts})

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per criterion: ``criterion cutoff cited_to judged supported review insufficient verdict concerns
        decision``."""
        import pandas as pd

        rows = [
            {
                "criterion": v.criterion.words.say(lang),
                "cutoff": cutoff(v.criterion.threshold, lang),
                "cited_to": v.criterion.threshold.cited_to,
                "judged": len(v.findings),
                "supported": v.count("supported"),
                "review": v.count("review"),
                "insufficient": v.count("insufficient"),
                "verdict": v.status,
                "concerns": ", ".join(
                    label(name, lang) if v.criterion.label in _NAMED_BY_WORDS else name for name in v.concerns
                ),
                "decision": v.decision.say(lang) if v.decision else "",
            }
            for v in self.verdicts
        ]
        return pd.DataFrame(rows)

    def headline(self) -> str:
        """Stage and number of open criteria."""
        return f"stage {self.stage}: {len(self.verdicts)} criteria, {len(self.open)} open"


def judge(
    stage: int, records: Path, decisions: Mapping[str, Words], criteria: Sequence[Criterion] | None = None
) -> Gate:
    """Judge a stage from the records in a folder; ``decisions`` maps criterion to the choice that people recorded.

    ``criteria``: those of the study; default: the catalogue's.
    """
    verdicts = []
    for criterion in catalogued() if criteria is None else criteria:
        if criterion.stage != stage:
            continue
        path = records / f"{criterion.record}.json"
        if path.is_file():
            record = json.loads(path.read_text(encoding="utf-8"))["record"]
            found = tuple(_finding(target, value, criterion) for target, value in _values(record, criterion))
        else:
            found = ()
        verdicts.append(Verdict(criterion, found, decisions.get(criterion.name)))
    return Gate(stage=stage, verdicts=tuple(verdicts))


def _values(record: Any, criterion: Criterion) -> Iterator[tuple[str, Any]]:
    """Pairs of what is judged and its value; the innermost name met on the way names it."""

    def walk(node: Any, path: tuple[str, ...], name: str) -> Iterator[tuple[str, Any]]:
        if not path:
            yield name, node
        elif path[0] != "*":
            if isinstance(node, Mapping) and path[0] in node:
                yield from walk(node[path[0]], path[1:], name)
        elif isinstance(node, Mapping) and {"columns", "index", "data"} <= set(node):
            for row, values in zip(node["index"], node["data"], strict=True):
                yield from walk(dict(zip(node["columns"], values, strict=True)), path[1:], str(row))
        elif isinstance(node, Mapping):
            for key, value in node.items():
                yield from walk(value, path[1:], key)
        elif isinstance(node, list):
            for position, value in enumerate(node, 1):
                named = value.get(criterion.label) if isinstance(value, Mapping) else None
                yield from walk(value, path[1:], str(named or position))

    return walk(record, criterion.path, criterion.record)


def _finding(target: str, value: Any, criterion: Criterion) -> Finding:
    low = high = None
    if isinstance(value, Mapping):
        interval = value.get("interval") or {}
        low, high, value = interval.get("low"), interval.get("high"), value.get("estimate")
    if value is None:
        return Finding(target, None, None, None, "descriptive")
    met = criterion.threshold.met
    if not met(value):
        status: Status = "insufficient"
    elif low is not None and not (met(low) and met(high)):
        status = "review"
    else:
        status = "supported"
    return Finding(target, value, low, high, status)
