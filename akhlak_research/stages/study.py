"""A study is a folder; ``Study`` opens it, keeps the records of what was computed, and runs its stages."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import locked
from akhlak_research.core.results import ResultBase, Unavailable, record_digest
from akhlak_research.stages.catalogue import STAGES, stage
from akhlak_research.stages.decisions import Decisions, add_decision, read_decisions
from akhlak_research.stages.evidence import StudyEvidence
from akhlak_research.stages.frozen import FREEZING_STAGE, Frozen, freeze
from akhlak_research.stages.gates import Gate, Verdicts, judge, verdicts_of
from akhlak_research.stages.ledger import Ledger
from akhlak_research.stages.provenance import file_digest, package_versions, program_digest, text_digest
from akhlak_research.stages.records import Figure, read_records, write_record
from akhlak_research.stages.status import StageStatus, State

K = TypeVar("K", bound="ResultBase | Unavailable | Figure")


@dataclass(frozen=True, init=False)
class Study(StudyEvidence):
    """A study folder.

    Parameters
    ----------
    path : str or Path
        Folder that holds ``study.yaml``.

    Attributes
    ----------
    title, institution : mapping of language to str
    languages : tuple of {"id", "en"}
    seed : int
        Seed of everything random in the study.
    group, unit : str or None
        Background variables: by which tables are repeated, and the office whose score it is.
    simulated : bool
        Whether the answers are made up; every page says so.

    Raises
    ------
    StudyError
        ``no_study`` without a ``study.yaml``; ``study_schema`` where it is wrong, naming the field.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> study.responses.n
    2800
    """

    def keep(self, name: str, result: K) -> K:
        """Write the record of a result, or of a figure that computed its own, to ``out/records/<name>.json``; hand the
        result back.

        The record holds every number at full precision with its notices and inputs; pages show formatted copies.
        """
        record = write_record(self.out / "records", name, result)
        self.ledger.append("record", name, record_digest(record), kind=record.get("kind", "unavailable"))
        return result

    def records(self) -> dict[str, dict[str, Any]]:
        """The kept records by name, each with ``record`` and, of results, ``tables``."""
        return read_records(self.out / "records")

    @property
    def moment(self) -> datetime:
        """UTC time of the study as it stands: SOURCE_DATE_EPOCH where set, else the newest line of the ledger."""
        entries = self.ledger.entries()
        if not entries:
            raise StudyError("not_run_yet", file=self.path)
        fixed = os.environ.get("SOURCE_DATE_EPOCH")
        return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.fromisoformat(entries[-1].time)

    @property
    def ledger(self) -> Ledger:
        """What was computed, in order."""
        return Ledger(self.out / "ledger.jsonl")

    def gate(self, number: int) -> Gate:
        """The verdicts of a stage: its kept records against the criteria, with the decisions recorded."""
        stage(number)
        return judge(number, self.out / "records", self.decisions.of_criteria(), self.criteria)

    def verdicts(self, before: int) -> Verdicts:
        """The verdicts of every stage before this one, with what was decided."""
        return verdicts_of([self.gate(number) for number in range(1, before)])

    @property
    def decisions(self) -> Decisions:
        """What people decided at the gates (``decisions.yaml``; none without the file)."""
        return read_decisions(self.file("decisions") or self.path / "decisions.yaml", self.criteria)

    def decide(
        self, criterion: str, options: Mapping[str, Mapping[str, str]], choice: str, rationale: Mapping[str, str],
        role: Mapping[str, str], date: str | None = None,
    ) -> Decisions:  # fmt: skip
        """Record a decision in ``decisions.yaml`` and return all of them; nothing is written that does not read back.

        Parameters
        ----------
        criterion : str
            Name of the criterion that it settles, as in ``criteria``.
        options : mapping
            What could have been chosen: short name to its words in both languages.
        choice : str
            The name of one of them.
        rationale, role : mapping
            Why, and who decided, as a role; in both languages.
        date : str, optional
            ISO date; default: today.

        Raises
        ------
        StudyError, ArgumentError
            As reading the file.
        """
        entry = {
            "criterion": criterion, "options": {name: dict(words) for name, words in options.items()},
            "choice": choice, "rationale": dict(rationale), "role": dict(role),
            "date": date or datetime.now(UTC).date().isoformat(),
        }  # fmt: skip
        return add_decision(self.file("decisions") or self.path / "decisions.yaml", entry, self.criteria)

    def freeze(self) -> Frozen:
        """Fix recipe, criteria and hypotheses before the data are seen; the ledger keeps their digest.

        Called again with the same ones it changes nothing. Other ones need an amendment in ``decisions.yaml`` that
        names their digest and the reason; it is shown from then on.

        Raises
        ------
        StudyError
            ``frozen_changed``, naming the digest that an amendment must name.
        """
        recipe = None if isinstance(self.recipe, Unavailable) else self.recipe.digest
        stated = self.hypotheses
        expected = None if isinstance(stated, Unavailable) else stated.digest
        fixed = freeze(self.ledger, recipe, self.criteria, self.decisions.amendments, expected)
        return self.keep("frozen", fixed)

    def _check_gates(self, number: int) -> None:
        """Refuse to go past a stage that waits for a decision."""
        for status in self.status():
            if status.stage.number < number and status.waiting:
                raise StudyError(
                    "gate_open", got=number, file=self.path / "decisions.yaml",
                    criteria=[verdict.criterion.words.say() for verdict in status.waiting],
                    names=[verdict.criterion.name for verdict in status.waiting],
                    concerns=[target for verdict in status.waiting for target in verdict.targets("insufficient")],
                )  # fmt: skip

    def executed(self, number: int) -> Path:
        """Where a stage's executed notebook stands (whether or not it exists yet)."""
        return self.out / "notebooks" / f"{stage(number).slug}.ipynb"

    def run(self, number: int, tick: Callable[[], object] | None = None, *, again: bool = False) -> Path:
        """Execute a stage's notebook on this study; returns the executed copy in ``out/notebooks``.

        A stage whose notebook, inputs, packages and program are those of its last finished run is not run again, unless
        ``again``.
        """
        from akhlak_research.stages.execute import execute

        entry = stage(number)
        self._check_gates(number)
        if number > FREEZING_STAGE and self.ledger.last("freeze", "plan"):
            self.freeze()
        if entry.notebook is None:
            raise StudyError("stage_without_notebook", got=number, expected=runnable_stages())
        out = self.executed(number)
        if self._fresh(number) and not again:
            return out
        with locked(self.out / "run.lock", 0) as got:
            if not got:
                raise StudyError("already_running", file=self.path)
            fingerprint = self._fingerprint(entry.notebook)
            execute(entry.notebook, self.path, out, tick)
            self.ledger.append("stage", entry.slug, fingerprint, stage=number, notebook=file_digest(out))
        return out

    def _fresh(self, number: int) -> bool:
        """Whether a stage's executed notebook is that of its last finished run, and nothing changed since."""
        entry, out = stage(number), self.executed(number)
        done = self.ledger.last("stage", entry.slug)
        if done is None or entry.notebook is None or not out.is_file():
            return False
        return done.detail.get("notebook") == file_digest(out) and done.digest == self._fingerprint(entry.notebook)

    def _fingerprint(self, notebook: Path) -> str:
        """Everything that can change what a stage shows."""
        digests = {path.name: file_digest(path) for path in [self.path / "study.yaml", notebook, *self.inputs()]}
        return text_digest(json.dumps([digests, package_versions(), program_digest()], sort_keys=True))

    def status(self) -> tuple[StageStatus, ...]:
        """The six stages, where each stands, and the verdicts of those that were run."""
        found: list[StageStatus] = []
        for entry in STAGES:
            executed = self.executed(entry.number)
            if not executed.is_file():
                held = any(status.state == "waiting" for status in found)
                ahead: State = "blocked" if held else "ready"
                found.append(StageStatus(entry, ahead if entry.notebook else "no_notebook"))
                continue
            gate = self.gate(entry.number)
            state: State = "waiting" if gate.open else "done" if self._fresh(entry.number) else "changed"
            found.append(StageStatus(entry, state, executed, gate))
        return tuple(found)

    def provenance(self) -> dict[str, Any]:
        """What a page must say about its origin: versions, digests of the inputs, seed."""
        return {
            "seed": self.seed,
            "inputs": {path.name: file_digest(path) for path in self.inputs()},
            "versions": package_versions(),
        }


def runnable_stages() -> list[int]:
    """Numbers of the stages that have a notebook."""
    return [entry.number for entry in STAGES if entry.notebook]
