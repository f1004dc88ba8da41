"""What stands below a result wherever it is read: notices, treatment of missing answers, reasons of absent values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from akhlak_research.core.marks import simulated_is_open
from akhlak_research.core.numbers import DASH
from akhlak_research.core.results import ByGroup, Inputs, ResultBase, to_jsonable
from akhlak_research.core.text import Language, text


def lines_below(result: object, lang: Language, *, absent: bool, record: object = None) -> list[str]:
    """Each sentence once: missing answers, notices (of groups too), and with ``absent`` why values do not exist.

    ``record`` saves making it again where it is at hand.
    """
    said = dict.fromkeys([*_missing(result, lang), *_notices(result, lang)])
    if absent:
        found = dict.fromkeys(reason[lang] for reason in _reasons(record or to_jsonable(result)))
        why = " ".join(found) if found else text("report.no_value", lang)
        said[f"{DASH} {why}"] = None
    return list(said)


def simulated_line(result: ResultBase, lang: Language) -> str:
    """The mark of a result about a study's answers where a simulated study is open; else empty."""
    return text("simulated.line", lang) if result.of_study and simulated_is_open() else ""


def _missing(result: object, lang: Language) -> Iterator[str]:
    """How missing answers were treated; of groups without numbers, which differ and stand in the table."""
    inputs = getattr(result, "inputs", None)
    if isinstance(inputs, Inputs) and inputs.say(lang):
        yield inputs.say(lang)
    if isinstance(result, ByGroup):
        parts = [getattr(part, "inputs", None) for part in result.parts.values()]
        for missing in dict.fromkeys(i.missing for i in parts if isinstance(i, Inputs) and i.say(lang)):
            yield text(f"inputs.{missing}_groups", lang)


def _notices(result: object, lang: Language) -> Iterator[str]:
    for notice in getattr(result, "notices", ()):
        yield notice.say(lang)
    if isinstance(result, ByGroup):
        groups: dict[str, list[str]] = {}
        for group, part in result.parts.items():
            for line in _notices(part, lang):
                groups.setdefault(line, []).append(str(group))
        for line, named in groups.items():
            # what holds for every group is said once, without naming them
            yield line if len(named) == len(result) else f"{', '.join(named)}: {line}"


def _reasons(record: object) -> Iterator[Mapping[Language, str]]:
    """Reasons of absent values anywhere in a record."""
    if isinstance(record, Mapping):
        if "unavailable" in record and "reason" in record:
            yield record["reason"]
            return
        for value in record.values():
            yield from _reasons(value)
    elif isinstance(record, list):
        for value in record:
            yield from _reasons(value)
