"""Forms of the statistics and the copyright office, filled from what the study knows; what it does not is a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from akhlak_research.catalog.loader import load
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Unavailable
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.core.words import Words
from akhlak_research.release.context import Context
from akhlak_research.release.sheets import csv_bytes


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its code and name, and its content or None where the study does not give it."""

    code: str
    name: Words
    content: Words | None


def form_fields(context: Context, form: str) -> tuple[Field, ...]:
    """The fields of ``"ms_keg"`` or ``"djki"``; ``release.metadata.<form>`` of study.yaml overrides and fills gaps."""
    known = _known(context)
    given: Mapping[str, Any] = context.settings.get("metadata", {}).get(form, {})
    fields = []
    for entry in load("release_fields")[form]:
        content = Words(given[entry["code"]]) if entry["code"] in given else known.get(entry.get("from", ""))
        fields.append(Field(entry["code"], Words(entry["name"]), content))
    return tuple(fields)


def form_csv(fields: tuple[Field, ...], lang: Language) -> bytes:
    """A form in a language: ``code field content``, gaps marked."""
    gap = text("release.gap", lang)
    rows = [(f.code, f.name.say(lang), f.content.say(lang) if f.content else gap) for f in fields]
    return csv_bytes([text(f"release.head.{name}", lang) for name in ("code", "field", "content")], rows)


def variables_csv(context: Context, lang: Language) -> bytes:
    """MS-Var: one row per variable, in the office's order of fields."""
    instrument = context.study.instrument
    names = ("name", "alias", "concept", "definition", "classification_reference", "time_reference", "data_type",
             "classification", "rule", "question", "accessible")  # fmt: skip
    yes, no = text("report.yes", lang), text("report.no", lang)
    public = context.settings.get("data") is not None
    rows = []
    for item in instrument.items:
        scale, dimension = instrument.scale_of(item.code), instrument.dimension(item.dimension)
        rows.append((
            item.code, "", dimension.name.say(lang), dimension.definition.say(lang), item.trace, "",
            text("release.integer", lang), _codes(scale.labels, lang), f"{scale.low}–{scale.high}", item.text.say(lang),
            yes if public else no,
        ))  # fmt: skip
    kept = context.settings.get("data", {}).get("keep", [])
    for background in instrument.groups:
        rows.append((
            background.code, "", background.name.say(lang), "", "", "",
            text("release.integer" if background.kind == "numeric" else "release.category", lang),
            _codes(background.labels, lang), "", background.name.say(lang), yes if background.code in kept else no,
        ))  # fmt: skip
    return csv_bytes([text(f"release.var.{name}", lang) for name in names], rows)


def indicators_csv(context: Context, lang: Language) -> bytes:
    """MS-Ind: the index and its values; nothing without a recipe."""
    instrument, recipe = context.study.instrument, context.study.recipe
    names = ("name", "concept", "definition", "interpretation", "method", "formula", "measure", "unit",
             "classification", "composite", "building_indicators", "building_variables", "level",
             "accessible")  # fmt: skip
    rows: list[tuple[str, ...]] = []
    yes, no = text("report.yes", lang), text("report.no", lang)
    if not isinstance(recipe, Unavailable):
        method = recipe.title.say(lang)
        level = text("release.level", lang)
        for dimension in instrument.dimensions:
            rows.append((
                dimension.name.say(lang), dimension.name.say(lang), dimension.definition.say(lang),
                text("release.interpretation", lang), method, label(recipe["score"]["method"], lang),
                text("release.score", lang), "0–100", recipe.bands or "", no, "",
                ", ".join(instrument.items_of(dimension.code)), level, yes,
            ))  # fmt: skip
        rows.append((
            context.title.say(lang), context.title.say(lang), "", text("release.interpretation", lang), method,
            label(recipe["aggregate"]["method"], lang), text("release.score", lang), "0–100", recipe.bands or "", yes,
            ", ".join(d.code for d in instrument.dimensions), "", level, yes,
        ))  # fmt: skip
    return csv_bytes([text(f"release.ind.{name}", lang) for name in names], rows)


def codebook_csv(context: Context, lang: Language) -> bytes:
    """The items as a reader meets them: words for heads, yes and no, and what each code of the scale means."""
    instrument = context.study.instrument
    table = instrument.codebook().table(lang)
    yes, no = text("report.yes", lang), text("report.no", lang)
    rows = [
        [*((yes if cell else no) if isinstance(cell, bool) else cell for cell in row),
         _codes(instrument.scale_of(str(row[0])).labels, lang)]
        for row in table.astype(object).itertuples(index=False, name=None)
    ]  # fmt: skip
    return csv_bytes([*(label(str(name), lang) for name in table.columns), text("release.head.codes", lang)], rows)


def gaps_csv(context: Context, lang: Language) -> bytes:
    """What the forms still need from people."""
    rows = [
        (form.upper().replace("_", "-"), field.code, field.name.say(lang))
        for form in ("ms_keg", "djki")
        for field in form_fields(context, form)
        if field.content is None
    ]
    return csv_bytes([text(f"release.head.{name}", lang) for name in ("form", "code", "field")], rows)


def _written(day: str, lang: Language) -> str:
    return str(format_date(date.fromisoformat(day), format="long", locale=lang))


def _codes(labels: Mapping[Any, Mapping[str, str]], lang: Language) -> str:
    return "; ".join(f"{code} = {Words(words).say(lang)}" for code, words in labels.items())


def _known(context: Context) -> dict[str, Words]:
    """What the study says, by the names that the catalogue uses."""
    study = context.study
    instrument = study.instrument

    def said(key: str, **values: object) -> Words:
        return Words({lang: text(f"release.known.{key}", lang, **values) for lang in LANGUAGES})

    known = {
        "title": context.title, "institution": context.institution, "year": Words({"id": context.day[:4]}),
        "day": Words({lang: _written(context.day, lang) for lang in LANGUAGES}),
        "collection": said("collection"), "means": said("means"),
        "statistics_kind": said("statistics_kind"), "cross_sectional": said("cross_sectional"),
        "individual": said("individual"), "trial": said("trial", n=study.responses.n), "quality": said("quality"),
        "processing": said("processing"), "analysis": said("analysis"),
        "analysis_unit": said("by_unit" if study.unit else "whole_only"), "products": said("products"),
        "variables": Words({lang: ", ".join(d.name.say(lang) for d in instrument.dimensions) for lang in LANGUAGES}),
        "work_kind": said("work_kind"), "sample": said("sample"),
        "description": said("description", items=len(instrument.items), dimensions=len(instrument.dimensions)),
        "nonresponse": said("weighted" if study.has_weights else "unweighted"),
    }  # fmt: skip
    if instrument.legal_basis:
        known["background"] = Words(dict.fromkeys(LANGUAGES, instrument.legal_basis))
    for name in ("purpose", "contact"):
        words = context.words(name)
        if words is not None:
            known[name] = words
    frame = study.frame("frame")
    if not isinstance(frame, Unavailable):
        population = int(frame["population"].sum())
        known["frame"] = said("frame", units=len(frame), people=population)
        known["fraction"] = Words(
            {lang: format_number(100 * study.responses.n / population, 1, lang) + " %" for lang in LANGUAGES}
        )
    index = study.index
    if not isinstance(index, Unavailable) and not isinstance(index.total.se, Unavailable):
        error = float(index.total.se)
        known["sampling_error"] = Words(
            {lang: said("error", error=format_number(error, 2, lang)).say(lang) for lang in LANGUAGES}
        )
    return known
