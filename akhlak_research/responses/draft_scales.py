"""Which answers a column offers: labels that are known, labels with their number, numbers alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from akhlak_research.catalog.loader import load
from akhlak_research.core.text import LANGUAGES
from akhlak_research.instrument.model import ResponseScale
from akhlak_research.instrument.rules import plain_cell, plain_word
from akhlak_research.responses.exports import code_and_label

_WHOLE = re.compile(r"-?[0-9]{1,3}")
#: kind of a code that a file declares missing without saying why
USER_MISSING = "user_missing"


@dataclass(frozen=True, slots=True)
class Answers:
    """The different cells of a column, without empty ones and ones that mean no answer, and how often each occurs."""

    cells: Mapping[str, int]
    missing: Mapping[str, str]

    @property
    def words(self) -> frozenset[str]:
        """The cells as they are compared."""
        return frozenset(map(plain_word, self.cells))

    def numbers(self) -> frozenset[int] | None:
        """The cells as whole numbers, if all are."""
        plain = [plain_cell(cell) for cell in self.cells]
        return frozenset(map(int, plain)) if plain and all(map(_WHOLE.fullmatch, plain)) else None

    def numbered(self) -> dict[int, str] | None:
        """Label by code, if all cells are a code with its label and no code has two."""
        pairs = [code_and_label(cell) for cell in self.cells]
        found: dict[int, str] = {}
        for pair in pairs:
            if pair is None or plain_word(found.setdefault(*pair)) != plain_word(pair[1]):
                return None
        return found or None


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A known set of labels: level (from 1) by word, and the usual word of each level by language."""

    name: str
    level_of: Mapping[str, int]
    usual: Mapping[str, tuple[str, ...]]
    language_of: Mapping[str, str]

    @property
    def size(self) -> int:
        """Number of levels."""
        return len(self.usual["id"])

    def tells_apart(self, words: Collection[str]) -> bool:
        """Whether it knows these words and gives no two of them one level."""
        return all(word in self.level_of for word in words) and len({self.level_of[w] for w in words}) == len(words)


@cache
def catalogue() -> Mapping[str, Any]:
    """The catalogue ``answer_labels.yaml``."""
    return load("answer_labels")


@cache
def answer_sets() -> tuple[AnswerSet, ...]:
    """The known sets of labels."""
    found = []
    for entry in catalogue()["sets"]:
        levels: dict[str, int] = {}
        languages: dict[str, str] = {}
        for level, words in enumerate(entry["levels"], 1):
            for lang in LANGUAGES:
                for word in words[lang]:
                    levels[plain_word(word)] = level
                    languages.setdefault(plain_word(word), lang)
        usual: dict[str, tuple[str, ...]] = {
            lang: tuple(words[lang][0] for words in entry["levels"]) for lang in LANGUAGES
        }
        found.append(AnswerSet(entry["name"], levels, usual, languages))
    return tuple(found)


@cache
def missing_words() -> Mapping[str, str]:
    """Kind of missing answer by the word that says it."""
    return {plain_word(word): entry["kind"] for entry in catalogue()["missing"] for word in entry["words"]}


def own_set(labels: Sequence[str]) -> AnswerSet:
    """A set of labels given by a person, lowest first."""
    words = {plain_word(label): level for level, label in enumerate(labels, 1)}
    usual = tuple(labels)
    return AnswerSet("given", words, {"id": usual, "en": usual}, {})


def answers_in(cells: Mapping[str, int], declared: Mapping[str, str]) -> Answers:
    """Tell answers from cells that mean no answer: known words, and what the file declares (with its label)."""
    known = missing_words()
    missing = {cell: known[plain_word(cell)] for cell in cells if plain_word(cell) in known}
    missing |= {cell: known.get(plain_word(said), USER_MISSING) for cell, said in declared.items() if cell in cells}
    return Answers({cell: n for cell, n in cells.items() if cell not in missing}, missing)


def choose_sets(columns: Mapping[int, Answers], given: AnswerSet | None) -> dict[int, AnswerSet]:
    """A known set of labels for each column that fits one.

    A set fits a column if it tells all its words apart. The set that fits the most columns is taken first; among equals
    one that tells the words of these columns together apart, then the one with the fewest levels, so that levels which
    nobody chose are not made up.
    """
    known = (given, *answer_sets()) if given else answer_sets()
    left = {at: answers.words for at, answers in columns.items() if answers.cells}
    chosen: dict[int, AnswerSet] = {}
    while left:
        fitting = {s.name: [at for at, words in left.items() if s.tells_apart(words)] for s in known}
        together = {s.name: frozenset().union(*(left[at] for at in fitting[s.name])) for s in known}
        best = max(
            known,
            key=lambda s: (len(fitting[s.name]), s.name == "given", s.tells_apart(together[s.name]), -s.size),
        )
        if not fitting[best.name]:
            break
        for at in fitting[best.name]:
            chosen[at] = best
            del left[at]
    return chosen


def labelled_scale(found: AnswerSet, columns: Iterable[Answers]) -> ResponseScale:
    """The scale of columns of one set: the words that occur the most, the usual ones where none does."""
    seen: dict[int, Counter[str]] = {level: Counter() for level in range(1, found.size + 1)}
    languages: Counter[str] = Counter()
    for answers in columns:
        for cell, count in answers.cells.items():
            seen[found.level_of[plain_word(cell)]][cell.strip()] += count
            languages[found.language_of.get(plain_word(cell), "id")] += count
    lang = languages.most_common(1)[0][0]
    words = {
        level: counts.most_common(1)[0][0] if counts else found.usual[lang][level - 1] for level, counts in seen.items()
    }
    return ResponseScale(1, found.size, {level: {lang: word} for level, word in words.items()})  # type: ignore[misc]


def unseen_levels(scale: ResponseScale, columns: Iterable[Answers]) -> tuple[str, ...]:
    """Labels, or codes, of a scale that nobody chose in any of the columns."""
    said = {plain_word(cell) for answers in columns for cell in answers.cells}
    said |= {plain_cell(cell) for answers in columns for cell in answers.cells}
    said |= {str(code) for answers in columns for code in answers.numbered() or ()}
    levels = {code: scale.labels[code].say("id") if code in scale.labels else str(code) for code in scale.codes}
    return tuple(word for code, word in levels.items() if not {plain_word(word), str(code)} & said)


def numeric_scale(numbers: frozenset[int]) -> tuple[int, int] | None:
    """The first customary scale that holds all numbers."""
    scales = [(int(low), int(high)) for low, high in catalogue()["numeric"]]
    return next((scale for scale in scales if numbers and scale[0] <= min(numbers) and max(numbers) <= scale[1]), None)


def stray_codes(columns: Iterable[frozenset[int]]) -> frozenset[int]:
    """Numbers that customarily mean no answer and whose neighbours on the scale nobody chose."""
    seen = frozenset().union(*columns)
    codes = {int(code) for code in catalogue()["missing_codes"]} & seen
    return frozenset(code for code in codes if not {code - 1, code + 1} & seen)


def language_of(texts: Iterable[str]) -> str:
    """The language of questions, by the words they use; Indonesian where that does not tell."""
    words = Counter(word for text in texts for word in re.findall(r"[a-z]+", text.casefold()))
    score = {lang: sum(words[word] for word in catalogue()["language"][lang]) for lang in LANGUAGES}
    return "en" if score["en"] > score["id"] else "id"
