"""Parts of a drafted instrument: texts and codes of items, background variables, kinds of missing answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background, MissingKind
from akhlak_research.instrument.rules import CODE, plain_cell, plain_word
from akhlak_research.responses.draft_columns import Guess
from akhlak_research.responses.draft_scales import language_of
from akhlak_research.responses.exports import code_part, row_part
from akhlak_research.responses.formats import Export

_LONGEST_CODE = 16
_MOST_ANSWERS = 12
_OPEN = ("categorical", "free_text")


def texts_of(items: Sequence[Guess], export: Export) -> list[str]:
    """Question texts without number, group and grid question, unless that makes two alike."""
    said = [" ".join((export.titles.get(guess.header) or guess.header).split()) for guess in items]
    short = [row_part(one) for one in said]
    return short if len(set(map(plain_word, short))) == len(short) else said


def codes_of(items: Sequence[Guess]) -> list[str]:
    """Headers where they can be codes, else Q01 …"""
    own = [code_part(guess.header) for guess in items]
    if all(code and len(code) <= _LONGEST_CODE for code in own) and len(set(own)) == len(own):
        return [str(code) for code in own]
    width = max(2, len(str(len(items))))
    return [f"Q{number:0{width}d}" for number in range(1, len(items) + 1)]


def background_of(guesses: Sequence[Guess], export: Export, codes: Sequence[str]) -> list[tuple[int, Background]]:
    """Place and description of each background variable."""
    taken = set(codes)
    found = []
    for guess in guesses:
        if guess.role not in ("categorical", "numeric"):
            continue
        said = " ".join((export.titles.get(guess.header) or guess.header).split())
        code = free_code(_slug(guess.header), taken)
        taken.add(code)
        labels = _file_labels(guess, export) if guess.role == "categorical" else {}
        name, missing = Words({language_of([said]): said}), tuple(sorted(guess.answers.missing))
        found.append((guess.at, Background(code, name, guess.role, labels, missing)))
    return found


def _file_labels(guess: Guess, export: Export) -> dict[int | str, Words]:
    """Value labels of a labelled file, if they name every category that occurs."""
    pairs = export.value_labels.get(guess.header, {})
    said = {cell: words for cell, words in pairs.items() if cell not in guess.answers.missing}
    if not {plain_cell(cell) for cell in guess.answers.cells} <= said.keys() or len(set(said.values())) < len(said):
        return {}
    return {int(c) if re.fullmatch(r"-?[0-9]+", c) else c: Words({language_of([w]): w}) for c, w in said.items()}


def _slug(header: str) -> str:
    if CODE.fullmatch(header) and len(header) <= _LONGEST_CODE:
        return header
    words = re.sub(r"[^a-z0-9]+", "_", header.rsplit("/", 1)[-1].casefold()).strip("_")
    return (words if words[:1].isalpha() else f"x_{words}")[:32].rstrip("_") or "x"


def free_code(code: str, taken: set[str]) -> str:
    """A code that nothing else has: itself, or with a number behind."""
    number, free = 1, code
    while free in taken:
        number += 1
        free = f"{code}_{number}"
    return free


def missing_of(items: Sequence[Guess]) -> tuple[MissingKind, ...]:
    """Kinds of missing answers: words, codes that the file declares, numbers off the scale."""
    kinds: dict[str, list[str]] = {}
    for guess in items:
        found = dict(guess.answers.missing)
        codes = {cell for cell in guess.answers.cells if re.fullmatch(r"-?[0-9]+", plain_cell(cell))}
        if guess.scale is not None:
            off = {plain_cell(cell) for cell in codes} - {str(code) for code in guess.scale.codes}
            found |= {cell: f"code_{cell.lstrip('-')}" for cell in off}
        for cell, kind in found.items():
            known = kinds.setdefault(kind, [])
            if plain_cell(cell) not in known:
                known.append(plain_cell(cell))
    return tuple(MissingKind(kind, tuple(sorted(cells))) for kind, cells in sorted(kinds.items()))


def shared_answers(guesses: Sequence[Guess]) -> list[str]:
    """Answers of the set that the most columns share, for a person to put in order."""
    shared = Counter(
        guess.answers.words for guess in guesses
        if guess.role in _OPEN and 2 < len(guess.answers.cells) <= _MOST_ANSWERS
    )  # fmt: skip
    words = shared.most_common(1)[0][0] if shared else frozenset[str]()
    return sorted(words)
