"""Exports of survey tools brought to an instrument's terms: headers become item codes, answers become its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Notice
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.instrument.model import Background, Instrument, ResponseScale
from akhlak_research.instrument.rules import CODE, limesurvey_codes, plain_cell, plain_word
from akhlak_research.responses.formats import Export, format_of, read_export
from akhlak_research.responses.qualtrics import without_title_rows
from akhlak_research.responses.text_table import Column, Table, read_table

_BRACKETS = re.compile(r"(.*\S)\s*\[([^\[\]]+)\]", re.DOTALL)
_NUMBERED = re.compile(r"(?:[0-9]+|[A-Za-z][A-Za-z0-9_]*)[.):]\s+(\S.*)", re.DOTALL)
_LEADING_CODE = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)[.:]\s")
# labels begin with a letter: 21-30 is a group of ages, 2026-01-02 a day
_CODE_FIRST = re.compile(r"(-?[0-9]{1,2})\s*[-–—.:=)]\s*([^\W\d_].*)", re.DOTALL)
_CODE_LAST = re.compile(r"([^\W\d_].*\S|[^\W\d_])\s*[(\[](-?[0-9]{1,2})[)\]]", re.DOTALL)
LIMESURVEY_CODE = re.compile(r"AO?0*([0-9]+)")


@dataclass(frozen=True, slots=True)
class Adapted:
    """A table in an instrument's terms.

    Attributes
    ----------
    table : Table
        Columns of items and background under their codes.
    originals : mapping of str to str
        Code to the header that the column had, where it differed.
    notices : tuple of Notice
        What was done.
    """

    table: Table
    originals: Mapping[str, str] = FrozenMap()
    notices: tuple[Notice, ...] = ()


def tool_of(names: Sequence[str]) -> str | None:
    """The tool whose export has these headers, or None."""
    known = [plain_word(name) for name in names]
    for tool in load("exports")["tools"]:
        if (known and known[0] in tool["first"]) or len(set(known) & set(tool["marks"])) > 1:
            return str(tool["name"])
    return None


def is_metadata(name: str, tool: str | None) -> bool:
    """Whether a header is about the row or the form, not about the respondent."""
    catalogue = load("exports")
    own = [entry["metadata"] for entry in catalogue["tools"] if entry["name"] == tool]
    return plain_word(name) in {*catalogue["metadata"], *(said for names in own for said in names)}


def adapt(export: Export, instrument: Instrument) -> Adapted:
    """Bring a table to the terms of an instrument.

    A header stands for an item or background variable if it is its code or its text in either language, by itself, or
    behind a group (``group/Q1``), or in brackets (``Question [row]``, ``Q1[SQ001]``: also ``Q1_SQ001``), or behind a
    number (``12. text``, ``Q1. text``); in a text, case and repeated space do not count. Answers written ``5 - label``,
    ``label (5)`` or ``label_with_underscores`` are read where the label is the instrument's for that code, LimeSurvey's
    ``A1 A2 …`` as 1, 2, …; what the file declares missing and the instrument does not is blank.

    Raises
    ------
    DataError
        ``ambiguous_header`` where several columns fit one item or one column several; ``labels_disagree`` where the
        file labels a code with the instrument's label of another code.
    """
    table = export.table
    places = _match(export, instrument)
    names = list(table.names)
    for code, place in places.items():
        names[place] = code
    renamed = {code: table.names[place] for code, place in places.items() if table.names[place] != code}
    missing = {table.names[at]: codes for at, codes in enumerate(map(export.user_missing.get, table.names)) if codes}
    changed: dict[int, Column] = {}
    decoded, blanked = [], []
    for code, place in places.items():
        column, original = table.column_at(place), table.names[place]
        labels, declared = _labels_and_missing(instrument, code)
        _check_labels(export, original, code, labels, declared)
        hidden = {c for c in missing.get(original, ()) if c in column.distinct and plain_cell(c) not in declared}
        reads = _readings(column, code, instrument, hidden, tool_of(table.names))
        if hidden:
            blanked.append(code)
        if hidden or reads:
            decoded += [code] if reads else []
            changed[place] = _rewritten(column, lambda cell, h=hidden, r=reads: "" if cell in h else r.get(cell, cell))  # type: ignore[misc]
    notices = [*export.notices]
    notices += [Notice("headers_matched", "info", {"n": len(renamed)})] if renamed else []
    notices += [Notice("answers_decoded", "info", {"columns": tuple(decoded)})] if decoded else []
    notices += [Notice("user_missing_blank", "caution", {"columns": tuple(blanked)})] if blanked else []
    read = table.column_at
    table = replace(table, names=tuple(names), _column=lambda at: changed[at] if at in changed else read(at))
    return Adapted(table, FrozenMap(renamed), tuple(notices))


def open_answers(
    path: str | Path, instrument: Instrument, sheet: str | None, delimiter: str | None, encoding: str | None
) -> Export:
    """A file of answers of any format; delimited text with the checks that an instrument makes possible."""
    entry = format_of(path)
    if entry is None or entry.name == "csv":
        return without_title_rows(Export(read_table(path, delimiter, encoding, instrument.item_codes)))
    return read_export(path, sheet=sheet)


def header_forms(name: str) -> list[str]:
    """What a header may stand for, itself first."""
    return list(dict.fromkeys(form.strip() for form in _forms(name)))


def _forms(name: str) -> Iterator[str]:
    yield name
    if "/" in name:
        yield name.rsplit("/", 1)[1]
    brackets = _BRACKETS.fullmatch(name)
    if brackets:
        question, row = brackets.groups()
        yield from (row, f"{question}_{row}", f"{question}.{row}")
        numbered = _NUMBERED.fullmatch(row)
        if numbered:
            yield numbered[1]
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        yield numbered[1]
        code = _LEADING_CODE.match(name)
        if code:
            yield code[1]


def question_part(name: str) -> str | None:
    """What a header shares with the other rows of its grid or group: ``Question`` of ``Question [row]``."""
    brackets = _BRACKETS.fullmatch(name)
    if brackets:
        return brackets[1]
    return name.rsplit("/", 1)[0] if "/" in name and " " not in name else None


def row_part(name: str) -> str:
    """What is left of a header without group, grid question and number."""
    brackets = _BRACKETS.fullmatch(name)
    said = brackets[2].strip() if brackets else name.strip()
    numbered = _NUMBERED.fullmatch(said)
    return numbered[1] if numbered else said


def code_part(name: str) -> str | None:
    """The code that a header holds: ``Q1`` of ``group/Q1``, ``Q1_SQ001`` of ``Q1[SQ001]``, ``AK1`` of ``AK1. text``."""
    last = name.rsplit("/", 1)[-1] if " " not in name else name
    brackets = _BRACKETS.fullmatch(last)
    leading = _LEADING_CODE.match(last)
    said = f"{brackets[1]}_{brackets[2]}" if brackets else leading[1] if leading else last
    return said if CODE.fullmatch(said) else None


def _match(export: Export, instrument: Instrument) -> dict[str, int]:
    """Place of the column of each item and background variable that is found."""
    table = export.table
    wanted: dict[str, Words] = {item.code: item.text for item in instrument.items}
    wanted |= {entry.code: entry.name for entry in instrument.groups}
    places = {code: table.names.index(code) for code in wanted if code in table.names}
    if len(places) == len(wanted):
        return places
    taken = set(places.values())
    by_code: dict[str, set[int]] = {}
    by_text: dict[str, set[int]] = {}
    for at, name in enumerate(table.names):
        if at not in taken:
            for form in (*header_forms(name), *header_forms(export.titles.get(name, ""))):
                by_code.setdefault(form, set()).add(at)
                by_text.setdefault(plain_word(form), set()).add(at)
    owner: dict[int, str] = {}
    bare: dict[str, str] = {}
    if tool_of(table.names) == "limesurvey":
        bare = limesurvey_codes(instrument.item_codes) | limesurvey_codes(entry.code for entry in instrument.groups)
    for code, said in wanted.items():
        if code in places:
            continue
        texts = (by_text.get(plain_word(word), set()) for word in said.values() if word.strip())
        found = sorted(by_code.get(code, set()).union(by_code.get(bare.get(code, code), set()), *texts))
        if len(found) > 1 or (found and found[0] in owner):
            raise _ambiguous(table, code, found, owner)
        if found:
            places[code] = found[0]
            owner[found[0]] = code
    return places


def _ambiguous(table: Table, code: str, found: Sequence[int], owner: Mapping[int, str]) -> DataError:
    headers = [table.names[at][:60] for at in found]
    others = [owner[at] for at in found if at in owner]
    return DataError(
        "ambiguous_header", file=table.file, row=table.header_row, column=code, got=headers, expected=[code, *others]
    )


def _labels_and_missing(instrument: Instrument, code: str) -> tuple[Mapping[Any, Words], set[str]]:
    """Labels of the codes of an item or background variable, and the cells that the instrument calls missing."""
    groups: dict[str, Background] = {entry.code: entry for entry in instrument.groups}
    if code in groups:
        return groups[code].labels, {plain_cell(cell) for cell in groups[code].missing}
    return instrument.scale_of(code).labels, {plain_cell(cell) for kind in instrument.missing for cell in kind.codes}


def _check_labels(export: Export, header: str, code: str, labels: Mapping[Any, Words], declared: set[str]) -> None:
    """The codes of a labelled file must mean what they mean in the instrument: a turned scale would go unseen."""
    meaning = _meaning(labels)
    for cell, said in export.value_labels.get(header, {}).items():
        ours = meaning.get(plain_word(said))
        if ours is not None and ours != plain_cell(cell) and plain_cell(cell) not in declared:
            raise DataError(
                "labels_disagree", file=export.table.file, column=header, got=f"{cell} = {said}",
                expected=f"{ours} = {said}", entry=code,
            )  # fmt: skip


def _readings(column: Column, code: str, instrument: Instrument, hidden: set[str], tool: str | None) -> dict[str, str]:
    """Cells of an item that are read as codes, and as which."""
    if code not in instrument.item_codes:
        return {}
    scale = instrument.scale_of(code)
    reads = {cell: _numbered_label(cell, scale) for cell in column.distinct}
    if tool == "limesurvey":
        reads |= {cell: _limesurvey_code(cell, scale) for cell in column.distinct if reads[cell] is None}
    found = {cell: value for cell, value in reads.items() if value is not None and cell not in hidden}
    meaning = _meaning(scale.labels)
    # beside "sangat_setuju" stands "netral", which is a label as it is
    plain = {cell: meaning[plain_word(cell)] for cell in column.distinct if found and plain_word(cell) in meaning}
    return {**plain, **found}


def _meaning(labels: Mapping[Any, Words]) -> dict[str, str]:
    """Label to code, both as text."""
    return {plain_word(said): str(value) for value, words in labels.items() for said in words.values()}


def _numbered_label(cell: str, scale: ResponseScale) -> str | None:
    """The code of ``5 - label``, ``label (5)`` or ``label_with_underscores``; None for anything else."""
    meaning = _meaning(scale.labels)
    if plain_word(cell) in meaning:
        return None
    if "_" in cell:
        return meaning.get(plain_word(cell.replace("_", " ")))
    pair = code_and_label(cell)
    return str(pair[0]) if pair and meaning.get(plain_word(pair[1])) == str(pair[0]) else None


def code_and_label(cell: str) -> tuple[int, str] | None:
    """The parts of ``5 - label`` or ``label (5)``, or None."""
    first, last = _CODE_FIRST.fullmatch(cell.strip()), _CODE_LAST.fullmatch(cell.strip())
    if first:
        return int(first[1]), first[2].strip()
    return (int(last[2]), last[1].strip()) if last else None


def _limesurvey_code(cell: str, scale: ResponseScale) -> str | None:
    found = LIMESURVEY_CODE.fullmatch(cell.strip())
    return found[1] if found and int(found[1]) in scale.codes else None


def _rewritten(column: Column, rewrite: Callable[[str], str]) -> Column:
    said = [rewrite(cell) for cell in column.distinct]
    return Column.of([said[at] for at in column.positions])


def cells_of(column: Column) -> Iterable[str]:
    """Cells in order of rows."""
    return (column.distinct[at] for at in column.positions)
