"""What each column of a file of answers is: an item, background, an identifier, about the form, free text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from akhlak_research.instrument.model import ResponseScale
from akhlak_research.instrument.rules import plain_cell, plain_word
from akhlak_research.responses.draft_scales import (
    Answers,
    AnswerSet,
    answers_in,
    catalogue,
    choose_sets,
    labelled_scale,
    language_of,
    missing_words,
    numeric_scale,
    stray_codes,
)
from akhlak_research.responses.exports import LIMESURVEY_CODE, is_metadata, tool_of
from akhlak_research.responses.formats import Export
from akhlak_research.responses.privacy import inspect_column
from akhlak_research.responses.text_table import Column

Role = Literal["item", "categorical", "numeric", "identifier", "metadata", "several_answers", "free_text", "empty"]
_QUANTITY = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_THOUSANDS = re.compile(r"-?[0-9]+(?:,[0-9]{3})?")
_YES_NO = frozenset({"0", "1", "true", "false", "y", "n", ""})


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column is taken for.

    Attributes
    ----------
    at : int
        Its place in the file.
    header : str
        Its header.
    role : str
        ``item``, ``categorical``, ``numeric``, ``identifier``, ``metadata``, ``several_answers``, ``free_text``,
        ``empty``.
    scale : ResponseScale or None
        Of an item.
    answers : Answers
        Its different cells.
    """

    at: int
    header: str
    role: Role
    scale: ResponseScale | None
    answers: Answers


def guess_columns(export: Export, given: AnswerSet | None) -> list[Guess]:
    """A guess for each column, in order of the file."""
    table = export.table
    tool = tool_of(table.names)
    columns = {at: table.column_at(at) for at in range(len(table.names))}
    answers = {at: answers_in(_cells(column, tool), _declared(export, at)) for at, column in columns.items()}
    roles: dict[int, Role] = {
        at: role for at, column in columns.items()
        if (role := _plain_role(table.names, at, column, answers[at], tool)) is not None
    }  # fmt: skip
    scales = _scales({at: answers[at] for at in columns if at not in roles}, export, given)
    return [
        Guess(
            at, table.names[at], "item" if at in scales else roles.get(at) or _background(answers[at]), scales.get(at),
            answers[at],
        )
        for at in columns
    ]  # fmt: skip


def _cells(column: Column, tool: str | None) -> dict[str, int]:
    times = np.bincount(column.positions, minlength=len(column.distinct)).tolist()
    cells = {cell: n for cell, n in zip(column.distinct, times, strict=True) if n and cell.strip()}
    codes = [LIMESURVEY_CODE.fullmatch(cell.strip()) for cell in cells] if tool == "limesurvey" else []
    whole = [code[1] for code in codes if code]
    # A1 A2 … is how LimeSurvey writes the places of answers
    return dict(zip(whole, cells.values(), strict=True)) if whole and len({*whole}) == len(cells) else cells


def _declared(export: Export, at: int) -> dict[str, str]:
    """Cells that the file declares missing, or labels as no answer (``99 = Tidak menjawab``), with their label."""
    name = export.table.names[at]
    labels = export.value_labels.get(name, {})
    said = {cell: label for cell, label in labels.items() if plain_word(label) in missing_words()}
    return {cell: labels.get(cell, "") for cell in export.user_missing.get(name, ())} | said


def _plain_role(names: Sequence[str], at: int, column: Column, answers: Answers, tool: str | None) -> Role | None:
    """The role of a column that can be neither item nor background."""
    if not answers.cells and not answers.missing:
        return "empty"
    entry = inspect_column(names[at], column)
    if entry is not None and entry.throughout:
        return "identifier"
    if is_metadata(names[at], tool):
        return "metadata"
    parent = names[at].rsplit("/", 1)[0]
    if parent != names[at] and parent in names and answers.words <= _YES_NO:
        return "several_answers"
    return "several_answers" if _is_checkbox(answers.cells) else None


def _is_checkbox(cells: Mapping[str, int]) -> bool:
    """Whether cells are choices joined by commas: then there are more combinations than choices.

    A category that holds a comma itself (``Dinas Pemuda, Olahraga``) always comes with the same partner.
    """
    combinations = [frozenset(part.strip() for part in re.split(r", |; |;", cell)) for cell in cells]
    parts = Counter(part for combination in combinations for part in combination)
    joined = sum(1 for combination in combinations if len(combination) > 1)
    return joined > 1 and len(combinations) > len(parts) and max(parts.values()) > 1


def _background(answers: Answers) -> Role:
    policy = catalogue()["policy"]
    if is_quantity(answers.cells):
        few = len(answers.cells) <= policy["most_codes"]
        return "categorical" if few and answers.numbers() is not None else "numeric"
    n = sum(answers.cells.values())
    repeated = len(answers.cells) <= max(policy["category_share"] * n, 2)
    return "categorical" if repeated and len(answers.cells) <= policy["most_categories"] else "free_text"


def is_quantity(cells: Iterable[str]) -> bool:
    """Whether all cells are numbers with a decimal point or comma; ``1,234`` alone may be a thousand and is none."""
    said = [cell.strip() for cell in cells]
    commas = [cell for cell in said if "," in cell]
    if not said or not all(map(_QUANTITY.fullmatch, said)) or (commas and any("." in cell for cell in said)):
        return False
    return not commas or not all(map(_THOUSANDS.fullmatch, commas))


def _scales(columns: Mapping[int, Answers], export: Export, given: AnswerSet | None) -> dict[int, ResponseScale]:
    """The scale of each column that is taken for an item."""
    fewest = int(catalogue()["policy"]["fewest_items"])
    found: dict[int, ResponseScale] = {}
    for family in (_by_file_labels(columns, export), _by_known_labels(columns, given), _by_numbered_labels(columns)):
        found = {**family, **found}
    names = export.table.names
    numbers = {
        at: said for at, answers in columns.items()
        if at not in found and (said := answers.numbers()) is not None and not _announces_background(names[at], export)
    }  # fmt: skip
    found |= _by_numbers(numbers)
    sizes = Counter((scale.low, scale.high) for scale in found.values())
    return {at: scale for at, scale in found.items() if sizes[scale.low, scale.high] >= fewest}


def _by_file_labels(columns: Mapping[int, Answers], export: Export) -> dict[int, ResponseScale]:
    """Columns whose value labels several columns share."""
    shared: dict[tuple[tuple[int, str], ...], list[int]] = {}
    lang = language_of(export.titles.values() or export.table.names)
    for at, answers in columns.items():
        labels = export.value_labels.get(export.table.names[at], {})
        pairs = {cell: said for cell, said in labels.items() if cell not in _declared(export, at)}
        whole = {int(cell): said for cell, said in pairs.items() if re.fullmatch(r"-?[0-9]{1,2}", cell)}
        seen = set(map(plain_cell, answers.cells))
        if len(whole) > 1 and seen <= {str(code) for code in range(min(whole), max(whole) + 1)}:
            shared.setdefault(tuple(sorted(whole.items())), []).append(at)
    fewest = int(catalogue()["policy"]["fewest_items"])
    return {
        at: ResponseScale(pairs[0][0], pairs[-1][0], {code: {lang: said} for code, said in pairs})  # type: ignore[misc]
        for pairs, places in shared.items() if len(places) >= fewest for at in places
    }  # fmt: skip


def _by_known_labels(columns: Mapping[int, Answers], given: AnswerSet | None) -> dict[int, ResponseScale]:
    chosen = choose_sets({at: answers for at, answers in columns.items() if answers.numbers() is None}, given)
    scales = {}
    for found in {entry.name: entry for entry in chosen.values()}.values():
        places = [at for at, entry in chosen.items() if entry.name == found.name]
        common = labelled_scale(found, [columns[at] for at in places])
        said = {plain_word(word) for words in common.labels.values() for word in words.values()}
        for at in places:
            # a column that calls a level otherwise (Ragu-ragu, Netral) has a scale of its own with its own word
            scales[at] = common if columns[at].words <= said else labelled_scale(found, [columns[at]])
    return scales


def _by_numbered_labels(columns: Mapping[int, Answers]) -> dict[int, ResponseScale]:
    """Columns of ``5 - label``: the codes stand beside the labels."""
    pairs = {at: said for at, answers in columns.items() if (said := answers.numbered()) is not None}
    everything: dict[int, Counter[str]] = {}
    for said in pairs.values():
        for code, word in said.items():
            everything.setdefault(code, Counter())[word] += 1
    limits = numeric_scale(frozenset(everything))
    if limits is None or len(everything) < 2:
        return {}
    lang = language_of(word for said in pairs.values() for word in said.values())
    high = max(everything) if max(everything) > 3 else limits[1]
    words = {code: {lang: counts.most_common(1)[0][0]} for code, counts in everything.items()}
    common = ResponseScale(limits[0], high, words)  # type: ignore[arg-type]
    return {at: common for at, said in pairs.items() if all(words[c][lang] == word for c, word in said.items())}


def _by_numbers(numbers: Mapping[int, frozenset[int]]) -> dict[int, ResponseScale]:
    """Columns of numbers: the customary scale that most of them need; others their own."""
    stray = stray_codes(numbers.values())
    kept = {at: said - stray for at, said in numbers.items()}
    limits = {at: scale for at, said in kept.items() if len(said) > 1 and (scale := numeric_scale(said)) is not None}
    if not limits:
        return {}
    usual = Counter(limits.values()).most_common(1)[0][0]
    widest = max((limits[at] for at in limits if limits[at][0] >= usual[0]), key=lambda s: s[1])
    fewest = int(catalogue()["policy"]["fewest_items"])
    common = widest if sum(1 for scale in limits.values() if scale == widest) >= fewest else usual
    found = {}
    for at, said in kept.items():
        if at not in limits or (len(said) == 2 and common[1] - common[0] > 2):
            continue  # two codes on a form of five are two groups of people
        fits = common[0] <= min(said) and max(said) <= common[1]
        low, high = common if fits else limits[at]
        found[at] = ResponseScale(low, high)
    return found


def _announces_background(header: str, export: Export) -> bool:
    said = export.titles.get(header) or header
    words = re.sub(r"[^a-z]+", " ", said.casefold()).split()
    if not words or len(words) > int(catalogue()["background_words"]["most"]):
        return False
    return any(f" {phrase} " in f" {' '.join(words)} " for phrase in catalogue()["background"])
