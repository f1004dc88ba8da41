"""Votes as data: who picked which words, checked against the word list and the number of picks allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice
from akhlak_research.instrument.model import Instrument
from akhlak_research.survey.linearised import Floats, Ints

Picks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WordList:
    """The words or behaviours that can be picked: the user's own list.

    Attributes
    ----------
    words : tuple of str
    values : tuple of str
        Value of each word; empty where it belongs to none.
    limiting : (W,) bool or None
        Which words name what holds an organisation back; None where the list does not say.
    areas : tuple of str or None
        Area of each word; None where the list has no areas.
    """

    words: tuple[str, ...]
    values: tuple[str, ...]
    limiting: NDArray[np.bool_] | None
    areas: tuple[str, ...] | None

    @property
    def value_names(self) -> tuple[str, ...]:
        """Distinct values in the order of the list."""
        return tuple(dict.fromkeys(value for value in self.values if value))

    @property
    def area_names(self) -> tuple[str, ...]:
        """Distinct areas in the order of the list."""
        return tuple(dict.fromkeys(area for area in self.areas or () if area))


@dataclass(frozen=True, slots=True)
class Votes:
    """Picks of n respondents. A data kind of its own: no scale, no mean of answers, no reliability.

    Attributes
    ----------
    list : WordList
    picks : mapping of question to (n, W) bool
    w : (n,) float
        Sampling weights > 0, or ones.
    limit : int or None
        Picks allowed on one question.
    unit : (n,) int or None
        Position in ``unit_names``, −1 where missing.
    unit_names : tuple of str
    """

    list: WordList
    picks: dict[str, Picks]
    w: Floats
    limit: int | None
    unit: Ints | None
    unit_names: tuple[str, ...]


def blank_notices(votes: Votes) -> list[Notice]:
    """How many respondents picked nothing at all, and how many left single questions out."""
    there = np.stack([made.any(axis=1) for made in votes.picks.values()], axis=1)
    found: list[Notice] = []
    some: NDArray[np.bool_] = np.any(there, axis=1)
    if not some.all():
        found.append(Notice("votes_all_blank", "caution", {"n": int((~some).sum()), "n_rows": len(some)}))
    left = {name: int(n) for name, n in zip(votes.picks, (some[:, None] & ~there).sum(axis=0), strict=True) if n}
    if left:
        said = [f"{name}: {n}" for name, n in left.items()]
        found.append(Notice("votes_question_blank", "info", {"questions": said}))
    return found


def as_word_list(words: Instrument | pd.DataFrame) -> WordList:
    """A word list from an instrument (items and their dimensions) or from a table.

    Raises
    ------
    ArgumentError
        ``words_type``.
    DataError
        ``words_columns``, ``words_twice``, ``words_limiting``, ``words_empty``.
    """
    if isinstance(words, Instrument):
        return WordList(
            tuple(item.code for item in words.items), tuple(item.dimension for item in words.items), None, None
        )
    if not isinstance(words, pd.DataFrame):
        raise ArgumentError("words_type", got=type(words).__name__, expected=("Instrument", "DataFrame"))
    if "word" not in words.columns or not {"value", "limiting", "area"} & set(words.columns):
        found = [str(column) for column in words.columns]
        raise DataError("words_columns", got=found, expected=["word", "value", "limiting", "area"])
    names = [" ".join(str(word).split()) for word in words["word"]]
    if not names or any(word in ("", "nan", "None") for word in names):
        raise DataError("words_empty", row=next((at + 2 for at, w in enumerate(names) if w in ("", "nan")), None))
    twice = [word for word in dict.fromkeys(names) if names.count(word) > 1]
    if twice:
        raise DataError("words_twice", got=twice[:10])
    limiting = None
    if "limiting" in words.columns:
        given = words["limiting"].tolist()
        odd = [at for at, flag in enumerate(given) if flag not in (0, 1, True, False)]
        if odd:
            raise DataError("words_limiting", row=odd[0] + 2, column="limiting", got=given[odd[0]])
        limiting = np.array(given, dtype=bool)
    values = _texts(words["value"]) if "value" in words.columns else ("",) * len(names)
    return WordList(tuple(names), values, limiting, _texts(words["area"]) if "area" in words.columns else None)


def _texts(column: pd.Series) -> tuple[str, ...]:
    return tuple("" if pd.isna(cell) else str(cell).strip() for cell in column)


def as_votes(
    votes: pd.DataFrame, words: Instrument | pd.DataFrame, questions: Sequence[str], *, limit: int | None = None,
    unit: str | None = None, weights: str | pd.Series | None = None, separator: str = ";",
) -> Votes:  # fmt: skip
    """Votes from a table with one row per respondent and one column of joined words per question.

    Raises
    ------
    ArgumentError
        ``votes_type``, ``count_out_of_range``; those of ``as_word_list``.
    DataError
        ``votes_columns``, ``votes_unknown_item``, ``votes_repeated``, ``votes_over_limit`` (each names row, question
        and what was found), ``votes_none``, ``votes_weights``.
    """
    if not isinstance(votes, pd.DataFrame):
        raise ArgumentError("votes_type", got=type(votes).__name__, expected="DataFrame")
    if limit is not None:
        check_count(limit, 1, "limit")
    known = as_word_list(words)
    named = [weights] if isinstance(weights, str) else []
    missing = [name for name in (*questions, *([unit] if unit else []), *named) if name not in votes.columns]
    if missing:
        raise DataError("votes_columns", got=missing, expected=[str(c) for c in votes.columns])
    picks = {name: _picked(votes[name], name, known, limit, separator) for name in questions}
    for name, made in picks.items():
        if not made.any():
            raise DataError("votes_none", column=name)
    codes, names = (None, ()) if unit is None else _units(votes[unit])
    return Votes(known, picks, _weights(votes, weights), limit, codes, names)


def _picked(cells: pd.Series, name: str, known: WordList, limit: int | None, separator: str) -> Picks:
    made = np.zeros((len(cells), len(known.words)), dtype=bool)
    there = cells.reset_index(drop=True).dropna().astype(str)
    pieces = there.str.split(separator, regex=False).explode()
    code, distinct = pd.factorize(pieces)
    said = [" ".join(str(piece).split()) for piece in distinct]  # spelled out once, however often it was picked
    blank = np.array([not piece for piece in said], dtype=bool)
    row, code = pieces.index.to_numpy(dtype=np.int64)[~blank[code]], code[~blank[code]]
    word = pd.Index(known.words).get_indexer(pd.Index(said))[code]
    unknown = np.flatnonzero(word < 0)
    if len(unknown):
        at = int(unknown[0])
        got = said[int(code[at])]
        raise DataError("votes_unknown_item", row=int(row[at]) + 2, column=name, got=got, expected=known.words[:40])
    twice = np.flatnonzero(pd.Series(row * len(known.words) + word).duplicated())
    if len(twice):
        at = int(twice[0])
        raise DataError("votes_repeated", row=int(row[at]) + 2, column=name, got=said[int(code[at])])
    count = np.bincount(row, minlength=len(cells))
    if limit is not None and (count > limit).any():
        at = int(np.argmax(count > limit))
        raise DataError("votes_over_limit", row=at + 2, column=name, got=int(count[at]), expected=limit)
    made[row, word] = True
    return made


def _units(column: pd.Series) -> tuple[Ints, tuple[str, ...]]:
    position, distinct = pd.factorize(column)
    said = [str(label) for label in distinct]
    names = tuple(sorted(set(said)))
    lookup = {name: at for at, name in enumerate(names)}
    place = np.array([*(lookup[name] for name in said), -1], dtype=np.int64)
    return place[position], names


def _weights(votes: pd.DataFrame, weights: str | pd.Series | None) -> Floats:
    if weights is None:
        return np.ones(len(votes))
    given = votes[weights] if isinstance(weights, str) else weights
    w = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64)
    if len(w) != len(votes):
        raise DataError("votes_weights", got=len(w), expected=len(votes))
    bad = np.flatnonzero(~(np.isfinite(w) & (w > 0)))
    if len(bad):
        raise DataError("votes_weights", row=int(bad[0]) + 2, got=given.iloc[int(bad[0])], expected="> 0")
    return w
