"""The printable questionnaire and the scoring manual, as script-free pages in a language."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np
import pandas as pd

from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Unavailable
from akhlak_research.core.text import LANGUAGES, Language, text
from akhlak_research.disclosure.protect import protect
from akhlak_research.index.classify import classify
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.rounding import round_half_up
from akhlak_research.index.scores import score_persons
from akhlak_research.instrument.model import Dimension, Instrument, Item, missing_label
from akhlak_research.release.context import Context
from akhlak_research.report.document import Document, plain_table
from akhlak_research.report.exhibit import show
from akhlak_research.report.format import visible
from akhlak_research.report.markup import exhibit_html
from akhlak_research.report.page import fill
from akhlak_research.responses.reader import read_responses


def form_page(context: Context, lang: Language) -> str:
    """The questionnaire to print or to fill on paper."""
    instrument = context.study.instrument
    return fill(
        "form.html", lang=lang, instrument=instrument, institution=context.institution.say(lang),
        version=context.version, simulated=context.study.simulated, blocks=list(_blocks(instrument, lang)),
    )  # fmt: skip


def form_document(context: Context, lang: Language) -> Document:
    """The same questionnaire as a document, for PDF and Word."""
    instrument = context.study.instrument
    title, owner = instrument.title.say(lang), context.institution.say(lang)
    document = Document(lang, visible(title), visible(owner), context.study.simulated, contents=False)
    if instrument.note:
        document.html.append(f"<p>{escape(visible(instrument.note.say(lang)))}</p>")
    document.html.append(f"<p>{escape(text('release.form_instruction', lang))}</p>")
    for dimension, items, choices in _blocks(instrument, lang):
        document.html.append(f"<h2>{escape(visible(dimension.name.say(lang)))}</h2>")
        head = [text("release.statement", lang), *(f"{code} {label}".strip() for code, label in choices)]
        rows = [[f"{item.code} {visible(item.text.say(lang))}", *["☐"] * len(choices)] for item in items]
        document.html.append(plain_table(head, [False] * len(head), rows))
    if instrument.groups:
        document.html.append(f"<h2>{escape(text('release.background', lang))}</h2>")
    for background in instrument.groups:
        boxes = " ".join(f"☐ {visible(words.say(lang))}" for words in background.labels.values()) or "________________"
        document.html.append(f"<p><strong>{escape(visible(background.name.say(lang)))}</strong> {escape(boxes)}</p>")
    document.html.append(f"<p>{escape(text('release.form_end', lang))}</p>")
    return document


def _blocks(
    instrument: Instrument, lang: Language
) -> Iterator[tuple[Dimension, list[Item], list[tuple[str, str]]]]:
    """Items of a dimension that share a scale: ``(dimension, items, [(code, label)])``."""
    for dimension in instrument.dimensions:
        by_scale: dict[object, list[str]] = {}
        for code in instrument.items_of(dimension.code):
            by_scale.setdefault(instrument.scale_of(code), []).append(code)
        for codes in by_scale.values():
            scale = instrument.scale_of(codes[0])
            choices = [(str(c), scale.labels[c].say(lang) if c in scale.labels else "") for c in scale.codes]
            choices += [(kind.codes[0], missing_label(kind.kind, instrument, lang)) for kind in instrument.missing]
            yield dimension, [instrument.item(code) for code in codes], choices


def manual_page(context: Context, recipe: Recipe, lang: Language) -> str:
    """How answers become scores: the recipe, a worked example computed by the same functions, norms, what not to do."""
    study, simulated = context.study, context.study.simulated
    example, total = _example(context, recipe, lang)
    safe = protect(study.index, context.policy)
    norms = "" if isinstance(safe, Unavailable) else exhibit_html(show(safe, part="whole"), lang, simulated=simulated)
    return fill(
        "manual.html", lang=lang, title=context.title.say(lang), version=context.version, simulated=simulated,
        reversed_items=", ".join(study.instrument.reversed_items) or text("release.none", lang),
        formula=recipe["score"]["method"] == "percent-of-maximum", exhibits=[exhibit_html(show(recipe), lang)],
        example=example, total=total, norms=norms,
    )  # fmt: skip


def _keyed(instrument: Instrument, code: str, answer: int) -> int:
    """An answer after an item that is turned around has been."""
    scale = instrument.scale_of(code)
    return scale.low + scale.high - answer if code in instrument.reversed_items else answer


def _example(context: Context, recipe: Recipe, lang: Language) -> tuple[str, str]:
    """A made-up respondent scored by the recipe: a table of the values, and the total in a sentence."""
    instrument = context.study.instrument
    codes = {}
    for at, code in enumerate(instrument.item_codes):
        scale = instrument.scale_of(code)
        codes[code] = scale.low + (2 * at + 3) % (scale.high - scale.low + 1)
    frame = pd.DataFrame([codes] * 2)  # scores are those of one person; two rows only satisfy the reader
    scored = score_persons(read_responses(frame, instrument), recipe)
    rows = []
    for at, value in enumerate(scored.values):
        answers = "; ".join(f"{code} = {codes[code]}" for code in instrument.items_of(value))
        keyed = [_keyed(instrument, code, codes[code]) for code in instrument.items_of(value)]
        rows.append((value, answers, float(np.mean(keyed)), float(scored.y[0, at])))
    table = pd.DataFrame(rows, columns=["value", "answers", "mean", "value_score"])
    caption = {each: text("release.manual_example_caption", each) for each in LANGUAGES}
    exhibit = show(table, name="worked-example", caption=caption)
    sentence = ""
    if np.isfinite(scored.aggregate).all():
        sum_ = float(scored.aggregate @ scored.y[0])
        shown = sum_ if recipe.decimals is None else round_half_up(sum_, recipe.decimals)
        band = "" if recipe.bands is None else str(classify(shown, recipe.bands).band)
        sentence = text(
            "release.manual_total", lang, total=format_number(sum_, 4, lang),
            rounded=format_number(shown, recipe.decimals if recipe.decimals is not None else 4, lang), band=band or "–",
        )  # fmt: skip
    return exhibit_html(exhibit, lang), sentence
