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


@dataclass(frozen=True, slots=True)
class VerdictSoFar:
    """The verdict of one criterion; ``decided``: people recorded what follows from it."""

    stage: int
    criterion: Words
    verdict: Status
    decided: bool
    decision: Words | None


@result
class Verdicts(ResultBase):
    """The verdicts of all stages up to one, what was decided included.

    Attributes
    ----------
    entries : tuple of VerdictSoFar
        In the order of the stages.
    """

    kind: ClassVar[str] = "verdicts"
    entries: tuple[VerdictSoFar, ...]

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per criterion: ``stage criterion verdict decision``."""
        import pandas as pd

        rows = [
            (one.stage, one.criterion.say(lang), one.verdict, one.decision.say(lang) if one.decision else "")
            for one in self.entries
        ]
        return pd.DataFrame(rows, columns=["stage", "criterion", "verdict", "decision"])

    def headline(self) -> str:
        """How many are not met, and how many of those were decided."""
        missed = [one for one in self.entries if one.verdict == "insufficient"]
        return f"{len(missed)} of {len(self.entries)} not met, {sum(one.decided for one in missed)} of them decided"


def verdicts_of(gates: Sequence[Gate]) -> Verdicts:
    """The verdicts of several gates in one table."""
    return Verdicts(
        entries=tuple(
            VerdictSoFar(gate.stage, one.criterion.words, one.status, one.decision is not None, one.decision)
            for gate in gates
            for one in gate.verdicts
        )
    )


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
    """Pairs of what is judged and what its value is read from."""
    reached = list(_walk(record, criterion.path, criterion.record, criterion))
    if criterion.reads == "stated":
        there = [node for _, node in reached if node is not None and not _absent(node)]
        yield criterion.record, int(bool(there))
    elif criterion.reads != "count":
        yield from reached
    elif not _absent(record):
        yield criterion.record, len(reached)


def _walk(node: Any, path: tuple[str, ...], name: str, criterion: Criterion) -> Iterator[tuple[str, Any]]:
    """What a path leads to; the innermost name met on the way names it."""
    if not path:
        yield name, node
    elif path[0] != "*":
        if isinstance(node, Mapping) and path[0] in node:
            yield from _walk(node[path[0]], path[1:], name, criterion)
    else:
        for key, value in _entries(node, criterion):
            if all(isinstance(value, Mapping) and value.get(at) == wanted for at, wanted in criterion.where.items()):
                yield from _walk(value, path[1:], key or name, criterion)


def _entries(node: Any, criterion: Criterion) -> Iterator[tuple[str, Any]]:
    """The entries of a table, a mapping or a list, with their names."""
    if isinstance(node, Mapping) and {"columns", "index", "data"} <= set(node):
        rows = [dict(zip(node["columns"], values, strict=True)) for values in node["data"]]
        for key, row in zip(node["index"], rows, strict=True):
            yield str(row.get(criterion.label, key)), row
    elif isinstance(node, Mapping):
        yield from node.items()
    elif isinstance(node, list):
        for position, value in enumerate(node, 1):
            named = value.get(criterion.label) if isinstance(value, Mapping) else None
            yield str(position if named is None else named), value


def _absent(node: Any) -> bool:
    return isinstance(node, Mapping) and "unavailable" in node


def _read(node: Any, criterion: Criterion) -> Any:
    """The value as the criterion reads it; None where it does not exist."""
    if criterion.reads == "half_width":
        ends = node.get("interval") or {}
        low, high = ends.get("low"), ends.get("high")
        return None if low is None or high is None else (high - low) / 2
    if criterion.fields:
        first, second = (node.get(name) for name in criterion.fields)
        if first is None or second is None:
            return None
        return abs(first - second) if criterion.reads == "distance" else 100 * first / second if second else None
    return node


def _finding(target: str, value: Any, criterion: Criterion) -> Finding:
    low = high = None
    value = _read(value, criterion)
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
