"""What a cell means: an answer, a missing answer of some kind, or a fault. Equal cells are judged once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.words import Words
from akhlak_research.instrument.model import BLANK, Background, Instrument, ResponseScale
from akhlak_research.instrument.rules import plain_cell, plain_word
from akhlak_research.responses.text_table import Column

NAN = float("nan")
_WHOLE = re.compile(r"-?[0-9]+")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_POINT = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)")

_MANY_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """A cell's value, the kind of missing answer that it is, the code of its fault; each empty where it has none."""

    value: int | float | str | None = None
    kind: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A column with a verdict on each of its different cells."""

    column: Column
    verdicts: tuple[Verdict, ...]
    from_labels: bool = False

    @property
    def has_fault(self) -> bool:
        """Whether any cell is at fault."""
        return any(verdict.fault for verdict in self.verdicts)

    def faulty(self) -> NDArray[np.bool_]:
        """(n,) rows whose cell is at fault."""
        return np.array([bool(verdict.fault) for verdict in self.verdicts], dtype=bool)[self.column.positions]

    @property
    def n_values(self) -> int:
        """Different values."""
        return len({verdict.value for verdict in self.verdicts} - {None})

    @property
    def n_answers(self) -> int:
        """Rows with a value."""
        there = np.array([verdict.value is not None for verdict in self.verdicts], dtype=bool)
        return int(there[self.column.positions].sum())

    def numbers(self) -> NDArray[np.float64]:
        """(n,) values; NaN where there is none."""
        values = [NAN if verdict.value is None else verdict.value for verdict in self.verdicts]
        return np.array(values, dtype=np.float64)[self.column.positions]

    def kinds(self, known: Sequence[str]) -> Any:
        """(n,) kinds of missing answers as a Categorical of ``known``, whose first is the empty one."""
        at = np.array([known.index(verdict.kind) for verdict in self.verdicts], dtype=np.int8)
        return pd.Categorical.from_codes(at[self.column.positions], categories=pd.Index(list(known)))

    def values(self) -> Any:
        """(n,) values: float64 quantities, Int64 where all categories are whole numbers, else text."""
        values: list[Any] = [verdict.value for verdict in self.verdicts]
        if any(isinstance(value, float) for value in values):
            return self.numbers()
        if all(isinstance(value, int) or value is None for value in values):
            return pd.array(values, dtype="Int64").take(self.column.positions)
        said = [None if value is None else str(value) for value in values]
        return pd.array(said, dtype="str").take(self.column.positions)


def judge_item(column: Column, scale: ResponseScale, instrument: Instrument) -> Judged:
    """Judge the cells of an item."""
    kinds = {plain_cell(code): missing.kind for missing in instrument.missing for code in missing.codes}

    def judge(cell: str) -> Verdict:
        plain = plain_cell(cell)
        if plain == "":
            return Verdict(kind=BLANK)
        if plain in kinds:
            return Verdict(kind=kinds[plain])
        if _WHOLE.fullmatch(plain):
            # Python refuses to read thousands of digits as a number, and no scale has so many
            inside = len(plain) < _MANY_DIGITS and scale.low <= int(plain) <= scale.high
            return Verdict(value=int(plain)) if inside else Verdict(fault="code_out_of_scale")
        return Verdict(fault=_number_fault(plain, "fractional_code") or "text_in_item")

    return _judged(column, judge, scale.labels, "text_in_item")


def judge_background(column: Column, background: Background) -> Judged:
    """Judge the cells of a background variable."""
    missing = {plain_cell(code) for code in background.missing}
    codes = {plain_cell(str(code)): code for code in background.labels}

    def judge(cell: str) -> Verdict:
        plain = plain_cell(cell)
        if plain == "" or plain in missing:
            return Verdict(kind=BLANK)
        if background.kind == "numeric":
            return judge_quantity(plain)
        if not codes:
            return Verdict(value=cell.strip())
        return Verdict(value=codes[plain]) if plain in codes else Verdict(fault="unlisted_category")

    return _judged(column, judge, background.labels, "unlisted_category")


def judge_weights(column: Column) -> Judged:
    """Judge the cells of sampling weights: a number ≥ 0 in each row."""

    def judge(cell: str) -> Verdict:
        verdict = judge_quantity(plain_cell(cell))
        good = isinstance(verdict.value, float) and verdict.value >= 0
        return verdict if good else Verdict(fault="weight_invalid")

    return _judged(column, judge, {}, "")


def judge_quantity(plain: str) -> Verdict:
    """A cell that must hold a number with a decimal point."""
    if _WHOLE.fullmatch(plain) or _POINT.fullmatch(plain):
        value = float(plain)
        return Verdict(value=value) if math.isfinite(value) else Verdict(fault="text_in_number")
    return Verdict(fault=_number_fault(plain, "") or "text_in_number")


def _number_fault(plain: str, fractional: str) -> str:
    if _COMMA.fullmatch(plain):
        return "decimal_comma"
    return fractional if _POINT.fullmatch(plain) else ""


def _judged(
    column: Column, judge: Callable[[str], Verdict], labels: Mapping[int, Words] | Mapping[int | str, Words], text: str
) -> Judged:
    verdicts = tuple(map(judge, column.distinct))
    if text not in {verdict.fault for verdict in verdicts}:
        return Judged(column, verdicts)
    codes = {plain_word(said): code for code, words in labels.items() for said in words.values()}
    read = tuple(
        Verdict(value=codes[plain_word(cell)]) if verdict.fault and plain_word(cell) in codes else verdict
        for cell, verdict in zip(column.distinct, verdicts, strict=True)
    )
    # a column is read as labels only as a whole: codes and labels mixed are a fault for a person to look at
    whole = not any(verdict.fault for verdict in read) and all(verdict.value is None for verdict in verdicts)
    return Judged(column, read if whole else verdicts, whole)
