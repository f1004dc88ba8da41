"""The questionnaire for survey tools: XLSForm (KoboToolbox, ODK) and a LimeSurvey structure file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Instrument, Item, ResponseScale
from akhlak_research.instrument.rules import limesurvey_codes
from akhlak_research.release.context import Context
from akhlak_research.release.sheets import Row, workbook

_LABELS = tuple(f"label::{text('report.language_name', lang)} ({lang})" for lang in LANGUAGES)


def xlsform(context: Context) -> bytes:
    """The questionnaire as an XLSForm workbook in both languages; pyxform reads it.

    One group per dimension, one question per item, choice lists per scale with the kinds of missing answers at their
    end, background variables last. Names are the instrument's codes, so an export reads back by them.
    """
    instrument = context.study.instrument
    head = ["type", "name", *_LABELS, "required", "appearance"]
    survey: list[Row] = [head]
    if instrument.note:
        survey.append(["note", "about", *_say(instrument.note), "", ""])
    for dimension in instrument.dimensions:
        survey.append(["begin_group", f"group_{dimension.code}", *_say(dimension.name), "", "field-list"])
        for code in instrument.items_of(dimension.code):
            item = instrument.item(code)
            survey.append([f"select_one {_list_name(instrument, item)}", code, *_say(item.text), "", ""])
        survey.append(["end_group", "", *("",) * len(LANGUAGES), "", ""])
    for background in instrument.groups:
        kind = f"select_one {background.code}_choices" if background.labels else "decimal"
        if background.kind == "categorical" and not background.labels:
            kind = "text"
        survey.append([kind, background.code, *_say(background.name), "", ""])
    settings: list[Row] = [
        ["form_title", "form_id", "version", "default_language"],
        [context.title.say(LANGUAGES[0]), instrument.name, context.version, _LABELS[0].removeprefix("label::")],
    ]
    sheets = {"survey": survey, "choices": [["list_name", "name", *_LABELS], *_choices(instrument)]}
    return workbook(sheets | {"settings": settings}, context.moment)


def _say(words: Words) -> list[str]:
    return [words.say(lang) for lang in LANGUAGES]


def _list_name(instrument: Instrument, item: Item) -> str:
    return "scale" if item.scale is None else f"scale_{item.code}"


def _choices(instrument: Instrument) -> Iterator[Row]:
    scales: dict[str, ResponseScale] = {}
    for item in instrument.items:
        scales.setdefault(_list_name(instrument, item), instrument.scale_of(item.code))
    for name, scale in scales.items():
        for code in scale.codes:
            yield [name, str(code), *_say(_label(scale, code))]
        for kind in instrument.missing:
            yield [name, kind.codes[0], *_say(kind.label or Words({"en": kind.kind}))]
    for background in instrument.groups:
        for value, words in background.labels.items():
            yield [f"{background.code}_choices", str(value), *_say(words)]


def _label(scale: ResponseScale, code: int) -> Words:
    """The label of a code; unlabelled ones between labelled ends show their number."""
    return Words(scale.labels[code]) if code in scale.labels else Words({"en": str(code)})


def limesurvey(context: Context) -> bytes:
    """The questionnaire as LimeSurvey's tab-separated structure (UTF-8 with byte order mark, base language first).

    An array question per dimension and scale, its items as subquestions under the instrument's codes, which lose what
    LimeSurvey does not take (``unit_kerja`` becomes ``unitkerja``; ``read_responses`` finds them all the same). The
    file is checked by structure only; no LimeSurvey server was there to import it.
    """
    instrument = context.study.instrument
    columns = ("class", "type/scale", "name", "relevance", "text", "help", "language", "mandatory", "other")
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, dialect="excel-tab", lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerow({"class": "S", "name": "language", "text": LANGUAGES[0]})
    writer.writerow({"class": "S", "name": "additional_languages", "text": " ".join(LANGUAGES[1:])})
    for lang in LANGUAGES:
        said = {"class": "SL", "language": lang}
        writer.writerow(said | {"name": "surveyls_title", "text": context.title.say(lang)})
        writer.writerow(said | {"name": "surveyls_description", "text": instrument.note.say(lang)})
    for lang in LANGUAGES:
        for row in _lime_rows(instrument):
            line = {name: value.say(lang) if isinstance(value, Words) else value for name, value in row.items()}
            writer.writerow(line | {"language": lang})
    return stream.getvalue().encode("utf-8-sig")


def _lime_rows(instrument: Instrument) -> Iterator[Mapping[str, str | Words]]:
    items = limesurvey_codes(instrument.item_codes)
    questions = limesurvey_codes([*_arrays(instrument), *(background.code for background in instrument.groups)])
    for order, dimension in enumerate(instrument.dimensions, 1):
        yield {"class": "G", "type/scale": str(order), "name": dimension.name, "relevance": "1"}
        for at, (scale, members) in enumerate(_by_scale(instrument, dimension.code).items()):
            name = questions[_array(dimension.code, at)]
            array = {"class": "Q", "type/scale": "F", "name": name, "relevance": "1", "mandatory": "N"}
            yield array | {"text": dimension.name}
            for item in members:
                row = {"class": "SQ", "type/scale": "0", "name": items[item.code], "relevance": "1"}
                yield row | {"text": item.text}
            yield from _lime_answers(instrument, scale)
    if instrument.groups:
        words = Words({lang: text("release.background", lang) for lang in LANGUAGES})
        order = len(instrument.dimensions) + 1
        yield {"class": "G", "type/scale": str(order), "name": words, "relevance": "1"}
        for background in instrument.groups:
            kind = "L" if background.labels else "N" if background.kind == "numeric" else "S"
            yield {
                "class": "Q", "type/scale": kind, "name": questions[background.code], "relevance": "1",
                "text": background.name, "mandatory": "N", "other": "N",
            }  # fmt: skip
            # an answer has a code of five signs at most; longer ones are numbered, in the order of the instrument
            long = any(len(str(value)) > 5 for value in background.labels)
            for at, (value, words) in enumerate(background.labels.items(), 1):
                yield {"class": "A", "type/scale": "0", "name": f"A{at}" if long else str(value), "text": words}


def _by_scale(instrument: Instrument, dimension: str) -> dict[ResponseScale, list[Item]]:
    found: dict[ResponseScale, list[Item]] = {}
    for code in instrument.items_of(dimension):
        found.setdefault(instrument.scale_of(code), []).append(instrument.item(code))
    return found


def _array(dimension: str, at: int) -> str:
    """Code of the array question of a dimension's scale number ``at``."""
    return dimension if at == 0 else f"{dimension}{at + 1}"


def _arrays(instrument: Instrument) -> Iterator[str]:
    for dimension in instrument.dimensions:
        yield from (_array(dimension.code, at) for at in range(len(_by_scale(instrument, dimension.code))))


def _lime_answers(instrument: Instrument, scale: ResponseScale) -> Iterator[Mapping[str, str | Words]]:
    for code in scale.codes:
        yield {"class": "A", "type/scale": "0", "name": str(code), "text": _label(scale, code)}
    for kind in instrument.missing:
        yield {"class": "A", "type/scale": "0", "name": kind.codes[0], "text": kind.label or Words({"en": kind.kind})}
