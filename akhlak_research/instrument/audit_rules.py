"""The rules of the audit: each looks at the whole instrument and yields what it finds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from akhlak_research.catalog.berakhlak import SE, UU, CoreValues
from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Instrument, Item, ResponseScale
from akhlak_research.instrument.statutory import Match, bare

#: code of a finding, item, dimension, values of its sentence
Found = tuple[str, str, str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What every rule is given.

    Attributes
    ----------
    instrument : Instrument
    core : CoreValues
        The 21 behaviours.
    matches : mapping of item code to Match
        Items that are one of them.
    limits, words : mapping
        From the catalogue ``audit``.
    """

    instrument: Instrument
    core: CoreValues
    matches: Mapping[str, Match]
    limits: Mapping[str, float]
    words: Mapping[str, Mapping[str, list[str]]]


def traces(subject: Subject) -> Iterator[Found]:
    """Items without a source, or with the source of another wording."""
    for item in subject.instrument.items:
        if not item.trace.strip():
            yield "trace_missing", item.code, item.dimension, {}
            continue
        match = subject.matches.get(item.code)
        cited = [code for code in (SE, UU) if code.split()[-1] in item.trace]
        if match and len(match.wordings) == 1 and cited and match.wordings[0] not in cited:
            values = {"trace": item.trace, "used": match.wordings[0]}
            yield "trace_other_wording", item.code, item.dimension, values


def wordings(subject: Subject) -> Iterator[Found]:
    """Where circular and act differ, which one the item repeats, and copies that repeat neither."""
    used: dict[str, list[str]] = {SE: [], UU: []}
    for item, match in _matched(subject):
        behaviour = match.behaviour
        said: dict[str, object] = {"circular": behaviour.texts[SE]["id"], "act": behaviour.texts[UU]["id"]}
        if not match.wordings:
            yield "wording_departs", item.code, item.dimension, {"asked": item.text["id"], **said}
        if len(match.wordings) == 1:
            used[match.wordings[0]].append(item.code)
        if behaviour.difference != "same":
            shown = ", ".join(match.wordings) or "–"
            values = {**said, "used": shown, "note": behaviour.difference_note or Words({"en": "", "id": ""})}
            yield f"wording_differs_{behaviour.difference}", item.code, item.dimension, values
    if all(used.values()):
        yield "wordings_mixed", "", "", {"circular": tuple(used[SE]), "act": tuple(used[UU])}


def definitions(subject: Subject) -> Iterator[Found]:
    """Values that the copy of the act defines in other words."""
    present = {match.behaviour.value: item.dimension for item, match in _matched(subject)}
    for value in subject.core.values:
        if value.act_definition and value.code in present:
            values = {"circular": value.definition["id"], "act": value.act_definition, "note": value.act_note}
            yield "definition_differs", "", present[value.code], values


def completeness(subject: Subject) -> Iterator[Found]:
    """Behaviours that are absent from an instrument which holds most of them."""
    present = {match.behaviour.code for _, match in _matched(subject)}
    everyone = [behaviour.code for behaviour in subject.core.behaviours]
    absent = tuple(code for code in everyone if code not in present)
    if absent and len(present) >= subject.limits["whole_instrument"] * len(everyone):
        yield "behaviour_missing", "", "", {"absent": absent, "note": subject.core.remarks["unchangeable"]}


def ideas(subject: Subject) -> Iterator[Found]:
    """Items that ask about several things at once: as the catalogue lists them, else as joining words suggest."""
    for item in subject.instrument.items:
        match = subject.matches.get(item.code)
        if match and match.wordings and match.behaviour.ideas:
            known = match.behaviour.ideas[match.wordings[-1]]
            yield "several_ideas", item.code, item.dimension, {"n_ideas": len(known), "ideas": known}
            continue
        parts = max((_parts(said, subject.words[lang]["joining"]) for lang, said in item.text.items()), key=len)
        if len(parts) > 1:
            yield "several_ideas_suspected", item.code, item.dimension, {"n_ideas": len(parts), "ideas": parts}


def negations(subject: Subject) -> Iterator[Found]:
    """Reversed items whose statement is desirable, and negative grammar that nobody reversed."""
    for item in subject.instrument.items:
        match = subject.matches.get(item.code)
        if match and _same_sense(item, match, subject):
            if item.reverse:
                yield "reversed_though_desirable", item.code, item.dimension, {}
            elif match.behaviour.negation:
                values = {"word": match.behaviour.negation, "note": match.behaviour.negation_note}
                yield "negation_desirable", item.code, item.dimension, values
            continue
        words = _negating(item.text, subject)
        if words and not item.reverse:
            yield "negation_suspected", item.code, item.dimension, {"word": words}


def _same_sense(item: Item, match: Match, subject: Subject) -> bool:
    """Whether the item's negating words are those of the statutory text."""
    asked = _negating({"id": item.text["id"]}, subject)
    return any(asked == _negating({"id": words["id"]}, subject) for words in match.behaviour.texts.values())


def translations(subject: Subject) -> Iterator[Found]:
    """Parts that one of the languages does not have."""
    instrument = subject.instrument
    parts: list[tuple[str, str, str, str, Mapping[str, str]]] = [("title", "", "", "", instrument.title)]
    parts += [("item", i.code, i.code, i.dimension, i.text) for i in instrument.items]
    for dimension in instrument.dimensions:
        parts.append(("dimension", dimension.code, "", dimension.code, dimension.name))
        if dimension.definition:
            parts.append(("definition", dimension.code, "", dimension.code, dimension.definition))
    for item, scale in _scales(instrument):
        code = item.code if item else ""
        parts += [("label", str(point), code, "", words) for point, words in scale.labels.items()]
    for part, code, item_code, dimension_code, words in parts:
        for lang in (lang for lang in LANGUAGES if lang not in words):
            values = {"part": _said(f"audit.part_{part}", code=code), "missing": _said(f"audit.language_{lang}")}
            yield "translation_missing", item_code, dimension_code, values


def repetitions(subject: Subject) -> Iterator[Found]:
    """Items that ask the same, or nearly the same, as another one."""
    bound = subject.limits["similar_texts"]
    texts = {item.code: {lang: bare(said) for lang, said in item.text.items()} for item in subject.instrument.items}
    for first, second in combinations(subject.instrument.items, 2):
        shared = set(texts[first.code]) & set(texts[second.code])
        likeness = max((_likeness(texts[first.code][k], texts[second.code][k], bound) for k in shared), default=0.0)
        if likeness == 1:
            yield "text_repeated", second.code, second.dimension, {"other": first.code}
        elif likeness >= bound:
            yield "text_similar", second.code, second.dimension, {"other": first.code, "likeness": likeness}


def _likeness(one: str, other: str, bound: float) -> float:
    compared = SequenceMatcher(None, one, other, autojunk=False)
    # the two bounds from above are cheap and settle nearly every pair
    if compared.real_quick_ratio() < bound or compared.quick_ratio() < bound:
        return 0.0
    return compared.ratio()


def balance(subject: Subject) -> Iterator[Found]:
    """Dimensions with too few items, and blueprints that give one dimension much more than another."""
    instrument = subject.instrument
    sizes = {dimension.code: len(instrument.items_of(dimension.code)) for dimension in instrument.dimensions}
    fewest = int(subject.limits["items_per_dimension"])
    for code, n_items in sizes.items():
        if n_items < fewest:
            yield "dimension_short", "", code, {"n_items": n_items, "needed": fewest}
    small, large = min(sizes, key=lambda c: sizes[c]), max(sizes, key=lambda c: sizes[c])
    ratio = subject.limits["largest_to_smallest"]
    if sizes[large] > ratio * sizes[small]:
        values = {"large": large, "n_large": sizes[large], "small": small, "n_small": sizes[small], "ratio": ratio}
        yield "blueprint_unbalanced", "", "", values


def labels(subject: Subject) -> Iterator[Found]:
    """Scales whose points say nothing, or only some of them."""
    for item, scale in _scales(subject.instrument):
        place = (item.code, item.dimension) if item else ("", "")
        bare_points = tuple(str(code) for code in scale.codes if code not in scale.labels)
        if not scale.labels:
            yield "scale_unlabelled", *place, {"scale": str(scale)}
        elif bare_points:
            yield "scale_partly_labelled", *place, {"scale": str(scale), "points": bare_points}


RULES: tuple[Callable[[Subject], Iterator[Found]], ...] = (
    traces, wordings, definitions, completeness, ideas, negations, translations, repetitions, balance, labels,
)  # fmt: skip


def _matched(subject: Subject) -> Iterator[tuple[Item, Match]]:
    for item in subject.instrument.items:
        if item.code in subject.matches:
            yield item, subject.matches[item.code]


def _scales(instrument: Instrument) -> list[tuple[Item | None, ResponseScale]]:
    own: list[tuple[Item | None, ResponseScale]] = [(item, item.scale) for item in instrument.items if item.scale]
    everyone_has_one = len(own) == len(instrument.items)
    return own if everyone_has_one else [(None, instrument.scale), *own]


def _parts(said: str, joining: list[str]) -> tuple[str, ...]:
    """A text cut at commas, semicolons and joining words; what stands between two cuts is a part."""
    words = "|".join(re.escape(word) for word in joining)
    parts = re.split(rf"[,;/]|\b(?:{words})\b", said.strip().rstrip("."), flags=re.IGNORECASE)
    return tuple(part.strip() for part in parts if part.strip())


def _negating(texts: Mapping[str, str], subject: Subject) -> tuple[str, ...]:
    """Negating words in the texts, in order, each counted as often as it stands."""
    found: Counter[str] = Counter()
    for lang, said in texts.items():
        words = re.findall(r"[\w'’]+", said.casefold().replace("’", "'"))
        found.update(word for word in words if word in subject.words[lang]["negating"])
    return tuple(sorted(found.elements()))


def _said(key: str, **values: Any) -> Words:
    return Words({lang: text(key, lang, **values) for lang in LANGUAGES})
