"""How an index is made, as data: score → normalise → weight → aggregate → round → band, each with its reason."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

import pandas as pd

from akhlak_research.catalog.loader import FOLDER, load, schema_fault
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import LANGUAGES, Language, active_language, text
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.core.yaml_files import YamlFile, read_yaml_file
from akhlak_research.index.bands import band_registry
from akhlak_research.index.steps import aggregate_methods, normalise_methods, score_methods

SURVEY = "survey"
#: how far declared weights may miss 1; seven weights written as 0.142857 miss it by 1e-6
_SUM_TOLERANCE = 2e-6
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "score": {"method": "percent-of-maximum", "minimum_answered": 0.5, "persons": "same", "top_answers": None},
    "normalise": {"method": "percent-of-maximum"},
    "weight": {"values": None},
    "aggregate": {"method": "mean"},
    "round": {"decimals": None},
    "band": {"bands": None},
    "components": {"parts": None},
}
#: settings that a file leaves out rather than setting them to null
_ABSENT = ("top_answers", "values", "parts")
STEPS = tuple(_DEFAULTS)
_CHOICES: Mapping[str, Registry[Any]] = {
    "score": score_methods, "normalise": normalise_methods, "aggregate": aggregate_methods,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a step is as it is: a source, a choice with its reason, a choice without one (``unsaid``), or nothing but
    this project's default, which is a choice too."""

    kind: Literal["source", "choice", "unsaid", "default"]
    words: Words


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its settings and their basis."""

    name: str
    settings: FrozenMap[str, Any]
    basis: Basis

    def __getitem__(self, setting: str) -> Any:
        return self.settings[setting]


@result
class Recipe(ResultBase):
    """A recipe; made by ``read_recipe`` and never changed (``changed`` gives another one).

    Attributes
    ----------
    title : Words
    steps : tuple of Step
        score, normalise, weight, aggregate, round, band, components.
    """

    kind: ClassVar[str] = "recipe"
    of_study: ClassVar[bool] = False
    title: Words
    steps: tuple[Step, ...]

    def __getitem__(self, step: str) -> Step:
        for one in self.steps:
            if one.name == step:
                return one
        raise ArgumentError("unknown_choice", argument="step", got=step, expected=STEPS)

    @property
    def decimals(self) -> int | None:
        """Decimals before banding; None for no rounding."""
        decimals: int | None = self["round"]["decimals"]
        return decimals

    @property
    def bands(self) -> str | None:
        """Name of the bands, None for no classes."""
        bands: str | None = self["band"]["bands"]
        return bands

    @property
    def weights(self) -> Mapping[str, float] | None:
        """Declared weights of the values, None for equal ones."""
        values: Mapping[str, float] | None = self["weight"]["values"]
        return values

    @property
    def components(self) -> Mapping[str, float] | None:
        """Shares of survey and other components, None where there is the survey alone."""
        parts: Mapping[str, float] | None = self["components"]["parts"]
        return parts

    def plain(self) -> dict[str, Any]:
        """The recipe as nested dicts in the layout of its file, defaults written out."""
        body: dict[str, Any] = {"title": dict(self.title)}
        for step in self.steps:
            settings = {
                name: dict(value) if isinstance(value, Mapping) else value for name, value in step.settings.items()
            }
            if step.basis.kind in ("source", "choice"):
                settings[step.basis.kind] = dict(step.basis.words)
            body[step.name] = settings
        return body

    @property
    def digest(self) -> str:
        """SHA-256 of everything it says, independent of the file's layout: fix it before the data are seen."""
        canonical = json.dumps(self.plain(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def changed(self, step: str, **settings: Any) -> Recipe:
        """The recipe with other settings in one step, checked like a file: for comparing choices.

        The basis of the step no longer holds and is dropped unless ``source=`` or ``choice=`` is given.
        """
        body = self.plain()
        left_out = [one.name for one in self.steps if one.basis.kind == "default" and one.name != step]
        left_out += [] if self.title else ["title"]
        kept = {name: value for name, value in body[self[step].name].items() if name not in ("source", "choice")}
        body[step] = kept | settings
        filled = {
            name: {k: v for k, v in one.items() if v is not None or k not in _ABSENT} for name, one in body.items()
        }
        return read_recipe({name: one for name, one in filled.items() if name not in left_out})

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per setting: ``step setting choice basis reason``; the reason in ``lang``."""
        rows = [
            (step.name, name, _shown(name, value, lang), step.basis.kind, step.basis.words.say(lang))
            for step in self.steps
            for name, value in step.settings.items()
            if value is not None or name not in ("top_answers", "parts")
        ]
        return pd.DataFrame(rows, columns=["step", "setting", "choice", "basis", "reason"])

    def record(self) -> dict[str, Any]:
        """Kind, version, digest and the whole recipe."""
        return {"kind": self.kind, "version": self.version, "digest": self.digest, "recipe": self.plain()}

    def headline(self) -> str:
        """Title and digest."""
        return f"{self.title.say()} ({self.digest[:12]})"


def _shown(setting: str, value: object, lang: Language | None) -> str:
    spoken = lang or active_language()
    if value is None:
        return "equal" if setting == "values" else "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {format_number(share, None, spoken)}" for name, share in value.items())
    return format_number(value, None, spoken) if isinstance(value, float) else str(value)


def read_recipe(recipe: str | Path | Mapping[str, Any]) -> Recipe:
    """Read how an index is made.

    Steps that are left out get the project's default and say so. Nothing in a recipe is official: each step carries
    its ``source`` or the reason of the ``choice``.

    Parameters
    ----------
    recipe : str, Path or mapping
        A YAML file, its content as a dict, or the name of a built-in recipe: ``"plain-mean"`` (this project's) or
        ``"barito-utara-2025"`` (80 % survey and 20 % evidence, named after where it was used).

        Its steps, all optional:

        - ``score``: ``method`` is ``percent-of-maximum`` (100 (x − low) / (high − low) of each answer), ``mean`` (codes
          of the scale) or ``percent-favourable`` (share of the ``top_answers`` highest answers); ``minimum_answered``
          is the share of a dimension's items that a person must have answered; ``persons`` is ``same`` (only people
          with every dimension) or ``available``.
        - ``normalise``: ``percent-of-maximum``, ``ratio-to-maximum`` (100 x / high, which does not reach 0), ``none``.
        - ``weight``: ``values``, a weight per dimension; they sum to 1.
        - ``aggregate``: ``mean`` (plain mean of the values), ``weighted``, or ``none`` (values that make no sum).
        - ``round``: ``decimals`` before banding, half away from zero; left out: none.
        - ``band``: ``bands``, a name that ``classify`` knows; left out: none.
        - ``components``: ``parts``, the shares of ``survey`` and others; they sum to 1.

    Returns
    -------
    Recipe
        ``.table()``, ``.digest``, ``.changed(step, ...)``.

    Raises
    ------
    DataError
        ``recipe_schema`` (file, line, what was expected), ``recipe_two_bases``, ``recipe_weights_sum``,
        ``recipe_weights_unused``, ``recipe_weights_missing``, ``recipe_top_answers``, ``recipe_component_survey``;
        those of reading YAML.
    ArgumentError
        ``unknown_choice`` for a method or bands that do not exist, ``recipe_type``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> recipe = ak.read_recipe("plain-mean")
    >>> recipe.bands, recipe.decimals
    ('berakhlak-2022', 1)
    >>> ak.read_recipe({"band": {"bands": "sakip-2021"}}).table()["basis"].unique().tolist()
    ['default', 'unsaid']
    """
    if isinstance(recipe, Mapping):
        return _checked(YamlFile(dict(recipe), "", {}))
    if isinstance(recipe, str) and recipe in load("recipes")["recipes"]:
        return _built_in(recipe)
    if not isinstance(recipe, str | Path):
        raise ArgumentError("recipe_type", got=type(recipe).__name__, expected=("path", "dict", "name"))
    if isinstance(recipe, str) and not recipe.endswith((".yaml", ".yml")):
        raise ArgumentError("unknown_choice", argument="recipe", got=recipe, expected=list(load("recipes")["recipes"]))
    return _checked(read_yaml_file(recipe, DataError))


@cache
def _built_in(name: str) -> Recipe:
    return _checked(YamlFile(load("recipes")["recipes"][name], f"recipes.yaml: {name}", {}))


@cache
def _schema() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "schema" / "recipe.json").read_text(encoding="utf-8"))
    return content


def _checked(document: YamlFile) -> Recipe:
    where: dict[str, Any] = {"file": document.file or None}
    fault = schema_fault(document, _schema())
    if fault is not None:
        row = fault.row if document.file.endswith((".yaml", ".yml")) else None
        raise DataError("recipe_schema", **where, row=row, expected=fault.expected, got=fault.got, path=fault.place)
    steps = tuple(_step(name, document.data.get(name), where) for name in STEPS)
    recipe = Recipe(title=_words(document.data.get("title", {})), steps=steps)
    _check_weights(recipe, where)
    if recipe.bands is not None:
        band_registry()[recipe.bands]
    score = recipe["score"]
    if (score["method"] == "percent-favourable") != (score["top_answers"] is not None):
        raise DataError("recipe_top_answers", **where, got=score["top_answers"], method=score["method"])
    return recipe


def _step(name: str, given: Mapping[str, Any] | None, where: dict[str, Any]) -> Step:
    content = dict(given or {})
    if "source" in content and "choice" in content:
        raise DataError("recipe_two_bases", **where, step=name)
    source, choice = content.pop("source", None), content.pop("choice", None)
    if source is not None:
        basis = Basis("source", _words(source))
    elif choice is not None:
        basis = Basis("choice", _words(choice))
    else:
        key = "recipe.unsaid" if given else "recipe.default"
        basis = Basis("unsaid" if given else "default", Words({lang: text(key, lang) for lang in LANGUAGES}))
    settings: dict[str, Any] = {**_DEFAULTS[name], **content}
    if name in _CHOICES:
        _CHOICES[name][settings["method"]]
    frozen: dict[str, Any] = {
        key: FrozenMap({str(k): float(v) for k, v in value.items()}) if isinstance(value, Mapping) else value
        for key, value in settings.items()
    }
    if name == "score":
        frozen["minimum_answered"] = float(frozen["minimum_answered"])
    return Step(name, FrozenMap(frozen), basis)


def _words(said: str | Mapping[str, str]) -> Words:
    return Words({"id": said} if isinstance(said, str) else said)


def _check_weights(recipe: Recipe, where: dict[str, Any]) -> None:
    method = recipe["aggregate"]["method"]
    weighted = aggregate_methods[method].weighted
    if recipe.weights is not None and not weighted:
        raise DataError("recipe_weights_unused", **where, got=dict(recipe.weights), method=method)
    if recipe.weights is None and weighted:
        raise DataError("recipe_weights_missing", **where)
    for step, shares in (("weight", recipe.weights), ("components", recipe.components)):
        if shares is not None and not abs(sum(shares.values()) - 1) <= _SUM_TOLERANCE:
            total = sum(shares.values())
            said = [f"{name} {share:g}" for name, share in shares.items()]
            raise DataError("recipe_weights_sum", **where, step=step, got=total, parts=said, expected=1)
    if recipe.components is not None and (SURVEY not in recipe.components or len(recipe.components) < 2):
        raise DataError("recipe_component_survey", **where, got=list(recipe.components), expected=SURVEY)
