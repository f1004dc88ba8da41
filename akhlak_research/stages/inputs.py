"""What a study is given: its settings and files, read when asked for, and what its absent files would have added."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from akhlak_research.catalog.berakhlak import CoreValues, core_values
from akhlak_research.catalog.gates import Criterion, criteria
from akhlak_research.core.errors import DataError, MethodError, StudyError
from akhlak_research.core.marks import open_simulated
from akhlak_research.core.results import ByGroup, Notice, ResultBase, Unavailable
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
from akhlak_research.stages.settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

R = TypeVar("R", bound="ResultBase | Unavailable")
A = TypeVar("A")

#: what each optional table would have added
_ABSENT = {
    "experts": Unavailable("no_panel"),
    "frame": Unavailable("no_frame"),
    "votes": Unavailable("no_votes"),
    "evidence": Unavailable("no_evidence"),
}


@dataclass(frozen=True)
class StudyInputs:
    """The folder of a study, opened; see ``Study``."""

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
    def grouping(self) -> str | Unavailable:
        """``group``, or why nothing is compared between groups."""
        return Unavailable("no_group") if self.group is None else self.group

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
        return None if given is None else self._inside(given)

    def _inside(self, given: str) -> Path:
        """A path of the study; one that leads out of the folder, by ``..`` or by a link, is refused."""
        path = self.path / given
        if not path.resolve().is_relative_to(self.path):
            raise StudyError("file_outside", file=self.path / "study.yaml", got=given)
        return path

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
        return read_recipe(self._inside(given) if given.endswith(".yaml") else given)

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

    def of_units(self, function: Callable[..., R], **options: Any) -> R | Unavailable:
        """``function(index, **options)`` for what needs an index with units (ranks, small areas); or why not."""
        index = self.with_units(self.index)
        return index if isinstance(index, Unavailable) else function(index, **options)

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

    def attempt(self, function: Callable[..., A], *arguments: Any, **options: Any) -> A | Unavailable:
        """``function(*arguments, **options)``, or why the data do not allow it; a stage goes on without it.

        What cannot be computed from few people or few items is no fault of the study: the refusal's own sentence
        stands where the result would have stood. An argument that is unavailable itself gives its own reason, so that
        what rests on it says the same. Faults of arguments and files are not caught.

        Examples
        --------
        >>> import akhlak_research as ak
        >>> study = ak.Study("data/bfi")
        >>> study.attempt(ak.cronbach_alpha, study.responses.of_dimension("A").codes[["A1"]])
        Unavailable('not_possible')
        """
        for given in (*arguments, *options.values()):
            if isinstance(given, Unavailable):
                return given
        try:
            found = function(*arguments, **options)
        except (DataError, MethodError) as error:
            why: dict[str, str] = {lang: error.sentence(lang) for lang in LANGUAGES}
            return Unavailable("not_possible", {"why": Words(why)})
        if isinstance(found, ByGroup) and not found.parts:
            said: dict[str, str] = {lang: " ".join(notice.say(lang) for notice in found.notices) for lang in LANGUAGES}
            return Unavailable("not_possible", {"why": Words(said)})
        return found

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """What the stages are judged by: the catalogue's criteria with the study's own cut-offs."""
        return criteria(self._settings.get("criteria", {}))

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

    def inputs(self) -> list[Path]:
        """The files that the study consists of, beside ``study.yaml``."""
        names = dict.fromkeys([*self._settings["files"].values(), "decisions.yaml"])
        if str(self._settings.get("recipe", "")).endswith(".yaml"):
            names[self._settings["recipe"]] = None
        return [path for path in map(self._inside, names) if path.is_file()]
