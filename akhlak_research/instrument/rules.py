"""What makes an instrument consistent; each rule names the entry that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from akhlak_research.catalog.loader import place
from akhlak_research.core.errors import InstrumentError
from akhlak_research.core.text import LANGUAGES
from akhlak_research.core.yaml_files import Step

if TYPE_CHECKING:
    from akhlak_research.instrument.model import Instrument, ResponseScale

Path = tuple[Step, ...]
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
WHOLE = re.compile(r"[+-]?[0-9]{1,15}(?:\.0*|,0{1,2})?")
KIND = re.compile(r"[a-z][a-z0-9_]*")


def check_instrument(instrument: Instrument) -> None:
    """Raise the first ``InstrumentError``; its ``values["steps"]`` is the path of the entry in the file's layout."""
    _check_words(instrument)
    _check_codes(instrument)
    _check_membership(instrument)
    scales: list[tuple[Path, ResponseScale]] = [(("scale",), instrument.scale)]
    scales += [(("items", i, "scale"), item.scale) for i, item in enumerate(instrument.items) if item.scale]
    for path, scale in scales:
        _check_scale(path, scale)
    for i, group in enumerate(instrument.groups):
        _check_labels(("groups", i), group.labels)
    _check_missing(instrument, [scale for _, scale in scales])


def _check_words(instrument: Instrument) -> None:
    needed: list[tuple[Path, Mapping[str, str]]] = [(("title",), instrument.title)]
    needed += [(("dimensions", i, "name"), dimension.name) for i, dimension in enumerate(instrument.dimensions)]
    needed += [(("items", i, "text"), item.text) for i, item in enumerate(instrument.items)]
    needed += [(("groups", i, "name"), group.name) for i, group in enumerate(instrument.groups)]
    for path, words in needed:
        if not words or not set(words) <= set(LANGUAGES) or not all(said.strip() for said in words.values()):
            raise InstrumentError("words_missing", got=dict(words), expected=LANGUAGES, **_at(path))


def _check_codes(instrument: Instrument) -> None:
    seen: dict[str, str] = {}
    for i, item in enumerate(instrument.items):
        path: Path = ("items", i, "code")
        if not CODE.fullmatch(item.code):
            raise InstrumentError("item_code", got=item.code, expected=CODE.pattern, **_at(path))
        if item.code in seen:
            raise InstrumentError("duplicate_item", column=item.code, got=item.code, **_at(path))
        seen[item.code] = item.code
    for i, code in _twice(dimension.code for dimension in instrument.dimensions):
        raise InstrumentError("duplicate_dimension", got=code, **_at(("dimensions", i, "code")))
    for i, dimension in enumerate(instrument.dimensions):
        if not CODE.fullmatch(dimension.code) or dimension.code in seen:
            at = _at(("dimensions", i, "code"))
            raise InstrumentError("dimension_code", got=dimension.code, expected=CODE.pattern, **at)
    for i, group in enumerate(instrument.groups):
        if group.code in seen:
            raise InstrumentError("group_code_taken", column=group.code, got=group.code, **_at(("groups", i, "code")))
        seen[group.code] = group.code


def _check_membership(instrument: Instrument) -> None:
    dimensions = [dimension.code for dimension in instrument.dimensions]
    for i, item in enumerate(instrument.items):
        if item.dimension not in dimensions:
            raise InstrumentError(
                "unknown_dimension", column=item.code, got=item.dimension, expected=dimensions,
                **_at(("items", i, "dimension")),
            )  # fmt: skip
    used = {item.dimension for item in instrument.items}
    for i, code in enumerate(dimensions):
        if code not in used:
            raise InstrumentError("empty_dimension", got=code, **_at(("dimensions", i, "code")))
    if not dimensions:
        raise InstrumentError("empty_dimension", got="–", **_at(("dimensions",)))


def _check_scale(path: Path, scale: ResponseScale) -> None:
    if not scale.low < scale.high:
        raise InstrumentError("scale_invalid", got=str(scale), expected="low < high", **_at(path))
    for code in scale.labels:
        if not scale.low <= code <= scale.high:
            at = _at((*path, "labels", code))
            raise InstrumentError("scale_label_outside", got=code, expected=str(scale), **at)
    _check_labels(path, scale.labels)


def _check_labels(path: Path, labels: Mapping[Any, Mapping[str, str]]) -> None:
    """Answers may be given as labels, so a label says one code only."""
    said: dict[str, object] = {}
    for code, words in labels.items():
        for word in {plain_word(text) for text in words.values()}:
            if word in said:
                at = _at((*path, "labels", code))
                raise InstrumentError("label_twice", got=word, expected=[said[word], code], **at)
            said[word] = code


def _check_missing(instrument: Instrument, scales: list[ResponseScale]) -> None:
    codes: set[str] = set()
    kinds: set[str] = set()
    for i, missing in enumerate(instrument.missing):
        if missing.kind == "blank" or missing.kind in kinds or not KIND.fullmatch(missing.kind):
            at = _at(("missing", i, "kind"))
            raise InstrumentError("missing_kind_name", got=missing.kind, expected=KIND.pattern, **at)
        kinds.add(missing.kind)
        for j, code in enumerate(missing.codes or ("",)):
            at = _at(("missing", i, "codes", j))
            if not code.strip() or plain_cell(code) in codes:
                raise InstrumentError("missing_code_twice", got=code, **at)
            codes.add(plain_cell(code))
            for scale in scales:
                if _is_answer(code, scale):
                    raise InstrumentError("missing_code_on_scale", got=code, expected=str(scale), **at)


def limesurvey_codes(codes: Iterable[str]) -> dict[str, str]:
    """Each code as LimeSurvey takes it: at most 20 letters and digits, all different (``unit_kerja``: ``unitkerja``).

    A code that it takes as it is stays so.
    """
    bare_of = {code: re.sub(r"[^A-Za-z0-9]", "", code)[:20] for code in codes}
    found = {code: bare for code, bare in bare_of.items() if bare == code}
    for code, bare in bare_of.items():
        name, number = bare, 2
        while code not in found and name in found.values():
            name = f"{bare[: 20 - len(str(number))]}{number}"
            number += 1
        found.setdefault(code, name)
    return found


def plain_word(label: str) -> str:
    """A label as answers are compared with it: case and surrounding or repeated space do not count."""
    return " ".join(label.split()).casefold()


def plain_cell(cell: str) -> str:
    """A cell as codes are compared: without surrounding space, a whole number without ``+``, zeros, ``.0``, ``,0``."""
    cell = cell.strip()
    return str(int(re.split("[.,]", cell)[0])) if WHOLE.fullmatch(cell) else cell


def _is_answer(code: str, scale: ResponseScale) -> bool:
    labels = {plain_word(text) for words in scale.labels.values() for text in words.values()}
    return plain_cell(code) in map(str, scale.codes) or plain_word(code) in labels


def _twice(codes: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for i, code in enumerate(codes):
        if code in seen:
            yield i, code
        seen.add(code)


def _at(path: Path) -> dict[str, Any]:
    return {"path": place(path), "steps": path}
