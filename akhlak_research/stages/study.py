"""A study is a folder; ``Study`` opens it, keeps the records of what was computed, and runs its stages."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from akhlak_research.catalog.berakhlak import CoreValues, core_values
from akhlak_research.core.errors import StudyError
from akhlak_research.core.marks import open_simulated
from akhlak_research.core.results import Notice, ResultBase, Unavailable, record_digest
from akhlak_research.core.text import LANGUAGES, Language
from akhlak_research.core.words import Words
from akhlak_research.disclosure.policy import DisclosurePolicy, disclosure_policy
from akhlak_research.index.build import build_index
from akhlak_research.index.published import PublishedFigures, published_figures
from akhlak_research.index.recipe import Recipe, read_recipe
from akhlak_research.index.result import Index
from akhlak_research.instrument.files import read_instrument
from akhlak_research.instrument.model import Instrument
from akhlak_research.responses.model import Responses
from akhlak_research.responses.reader import read_responses
from akhlak_research.stages.catalogue import STAGES, stage
from akhlak_research.stages.decisions import Decisions, read_decisions
from akhlak_research.stages.gates import Gate, judge
from akhlak_research.stages.ledger import Ledger
from akhlak_research.stages.provenance import file_digest, package_versions, program_digest, text_digest
from akhlak_research.stages.records import Figure, read_records, write_record
from akhlak_research.stages.settings import read_settings
from akhlak_research.stages.status import StageStatus, State

if TYPE_CHECKING:
    import pandas as pd

R = TypeVar("R", bound="ResultBase | Unavailable")
K = TypeVar("K", bound="ResultBase | Unavailable | Figure")


#: what each optional table would have added
_ABSENT = {
    "experts": Unavailable("no_panel"),
    "frame": Unavailable("no_frame"),
    "votes": Unavailable("no_votes"),
    "evidence": Unavailable("no_evidence"),
}


@dataclass(frozen=True)
class Study:
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

    path: Path
    _settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __init__(self, path: str | Path) -> None:
        folder = Path(path).resolve()
        object.__setattr__(self, "path", folder)
        object.__setattr__(self, "_settings", read_settings(folder))
        if self.simulated:
            open_simulated(str(folder))

    @property
    def slug(self) -> str:
        """The folder's name, used in addresses."""
        return re.sub(r"[^a-z0-9]+", "-", self.path.name.lower()).strip("-") or "study"

    @property
    def title(self) -> dict[str, str]:
        """Title by language."""
        return dict(self._settings["title"])

    @property
    def institution(self) -> dict[str, str]:
        """Institution by language."""
        return dict(self._settings["institution"])

    @property
    def languages(self) -> tuple[Language, ...]:
        """Languages of the report."""
        return tuple(self._settings.get("languages", LANGUAGES))

    @property
    def seed(self) -> int:
        """Seed of everything random in the study."""
        return int(self._settings["seed"])

    @property
    def group(self) -> str | None:
        """Background variable by which tables are repeated."""
        return self._settings.get("group")

    @property
    def simulated(self) -> bool:
        """Whether the answers are made up."""
        return bool(self._settings.get("simulated", False))

    @property
    def out(self) -> Path:
        """Folder of everything the workbench writes."""
        return self.path / "out"

    def about(self) -> Notice:
        """What a reader of a notebook must know first: whose study it is, and whether its answers are made up."""
        words = {"title": Words(self.title), "institution": Words(self.institution)}
        return Notice("study_simulated" if self.simulated else "study_real", "info", words)

    def file(self, name: str) -> Path | None:
        """Path of an input named in ``study.yaml``, or None where the study has none."""
        given = self._settings["files"].get(name)
        return None if given is None else self.path / given

    @cached_property
    def instrument(self) -> Instrument:
        """The questionnaire."""
        return read_instrument(self._needed("instrument"))

    @cached_property
    def responses(self) -> Responses:
        """The answers, every respondent counting once: evidence about the instrument."""
        return read_responses(self._needed("responses"), self.instrument)

    @cached_property
    def weighted_responses(self) -> Responses:
        """The answers with the study's sampling weights: statements about the population. Without weights, the same."""
        weights = self._settings.get("weights")
        if weights is None:
            return self.responses
        return read_responses(self._needed("responses"), self.instrument, weights=weights)

    @property
    def has_weights(self) -> bool:
        """Whether the answers carry sampling weights."""
        return "weights" in self._settings

    @property
    def disclosure_policy(self) -> DisclosurePolicy:
        """What may leave: the catalogue's policy with the study's changes."""
        return disclosure_policy(self._settings.get("disclosure"))

    @property
    def release_settings(self) -> Mapping[str, Any]:
        """``release`` of ``study.yaml``: version, licence, public-use data, what the forms need."""
        return dict(self._settings.get("release", {}))

    @property
    def unit(self) -> str | None:
        """Background variable of the office whose score it is."""
        return self._settings.get("unit")

    @cached_property
    def recipe(self) -> Recipe | Unavailable:
        """How the index is made: a file of the study or a recipe of the catalogue; or why there is none."""
        given = self._settings.get("recipe")
        if given is None:
            return Unavailable("no_recipe")
        path = self.path / given
        return read_recipe(path if path.suffix == ".yaml" else given)

    @cached_property
    def index(self) -> Index | Unavailable:
        """The index by the study's recipe, weighted, per unit, with the frame where there is one; or why not."""
        recipe, frame = self.recipe, self.frame("frame")
        if isinstance(recipe, Unavailable):
            return recipe
        people = None if isinstance(frame, Unavailable) or self.unit is None else frame
        return build_index(self.weighted_responses, recipe, unit=self.unit, frame=people)

    @property
    def unweighted_index(self) -> Index | Unavailable:
        """The index of those who answered, whatever they stand for: beside ``index`` it shows what weights correct."""
        recipe = self.recipe
        if isinstance(recipe, Unavailable) or self._settings.get("weights") is None:
            return recipe if isinstance(recipe, Unavailable) else Unavailable("no_weights")
        return build_index(self.responses, recipe)

    def with_units(self, index: Index | Unavailable) -> Index | Unavailable:
        """An index where the answers name a unit; else why nothing can be said about units."""
        return Unavailable("no_unit") if self.unit is None else index

    def group_index(self) -> Index | Unavailable:
        """The index by the groups of ``group``, weighted; or why there is none."""
        if self.group is None:
            return Unavailable("no_group")
        if isinstance(self.recipe, Unavailable):
            return self.recipe
        return build_index(self.weighted_responses, self.recipe, unit=self.group)

    def by_group(self, function: Callable[..., R], **options: Any) -> R | Unavailable:
        """``function(responses, group, **options)`` by the study's ``group``; or why not."""
        return Unavailable("no_group") if self.group is None else function(self.responses, self.group, **options)

    def by_unit(self, function: Callable[..., R], **options: Any) -> R | Unavailable:
        """``function(responses, unit, **options)`` by the study's ``unit``; or why not."""
        return Unavailable("no_unit") if self.unit is None else function(self.responses, self.unit, **options)

    def law(self) -> CoreValues | Unavailable:
        """Both wordings of the law that the instrument rests on; or why there is none."""
        return core_values() if self.instrument.legal_basis else Unavailable("no_law")

    def published(self) -> PublishedFigures | Unavailable:
        """Published figures of the index that this study measures; or why there are none."""
        return published_figures() if self._settings.get("published") == "berakhlak" else Unavailable("no_published")

    def frame(self, name: str) -> pd.DataFrame | Unavailable:
        """An optional table of the study (``experts``, ``frame``, ``votes``, ``evidence``), or why there is none."""
        import pandas as pd

        path = self.file(name)
        if path is None:
            return _ABSENT[name]
        if not path.is_file():
            raise StudyError("study_file_missing", file=path, got=name)
        return pd.read_csv(path, encoding="utf-8-sig")

    def given(self, name: str, function: Callable[..., R], **options: Any) -> R | Unavailable:
        """``function(table, **options)`` where the study has that table; else what the table would have added.

        A stage without an input says so instead of failing: ``study.given("experts", ak.content_validity, low=1,
        high=4)``.
        """
        table = self.frame(name)
        return table if isinstance(table, Unavailable) else function(table, **options)

    def _needed(self, name: str) -> Path:
        path = self.file(name)
        if path is None or not path.is_file():
            raise StudyError("study_file_missing", file=path or self.path / "study.yaml", got=name)
        return path

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
        return judge(number, self.out / "records", self.decisions.of_criteria())

    @property
    def decisions(self) -> Decisions:
        """What people decided at the gates (``decisions.yaml``; none without the file)."""
        return read_decisions(self.file("decisions") or self.path / "decisions.yaml")

    def _check_gates(self, number: int) -> None:
        """Refuse to go past a stage that waits for a decision."""
        for status in self.status():
            if status.stage.number < number and status.waiting:
                raise StudyError(
                    "gate_open", got=number, file=self.path / "decisions.yaml",
                    criteria=[verdict.criterion.words.say() for verdict in status.waiting],
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
        if entry.notebook is None:
            raise StudyError("stage_without_notebook", got=number, expected=runnable_stages())
        out = self.executed(number)
        if self._fresh(number) and not again:
            return out
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
        digests = {path.name: file_digest(path) for path in [self.path / "study.yaml", notebook, *self._inputs()]}
        return text_digest(json.dumps([digests, package_versions(), program_digest()], sort_keys=True))

    def status(self) -> tuple[StageStatus, ...]:
        """The six stages, where each stands, and the verdicts of those that were run."""
        found = []
        for entry in STAGES:
            executed = self.executed(entry.number)
            if not executed.is_file():
                found.append(StageStatus(entry, "ready" if entry.notebook else "no_notebook"))
                continue
            gate = self.gate(entry.number)
            state: State = "waiting" if gate.open else "done" if self._fresh(entry.number) else "changed"
            found.append(StageStatus(entry, state, executed, gate))
        return tuple(found)

    def provenance(self) -> dict[str, Any]:
        """What a page must say about its origin: versions, digests of the inputs, seed."""
        return {
            "seed": self.seed,
            "inputs": {path.name: file_digest(path) for path in self._inputs()},
            "versions": package_versions(),
        }

    def _inputs(self) -> list[Path]:
        names = dict.fromkeys([*self._settings["files"].values(), "decisions.yaml"])
        if str(self._settings.get("recipe", "")).endswith(".yaml"):
            names[self._settings["recipe"]] = None
        return [self.path / name for name in names if (self.path / name).is_file()]


def runnable_stages() -> list[int]:
    """Numbers of the stages that have a notebook."""
    return [entry.number for entry in STAGES if entry.notebook]
