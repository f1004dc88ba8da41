"""A column of answers as whole numbers, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import DataError
from akhlak_research.counts.kernels import Positions
from akhlak_research.counts.plan import Plan
from akhlak_research.counts.tables import label_of

Bools = NDArray[np.bool_]
_STEP = 1 << 12

#: what is said first where a batch has several kinds of faults
_ORDER = (
    "not_numeric", "infinite_value", "outside_scale", "weights_invalid", "frequencies_invalid", "not_categorical",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """The first fault of its kind, and how many there are.

    Attributes
    ----------
    code : str
        Of the ``DataError`` it leads to.
    row : int
        Position among the rows, from 0.
    column : str or None
    got, expected
        As in the error.
    count : int
    place : int
        Position of the column; text in a column is a fault of the column, so the first column comes first.
    vague : bool
        Whether a later fault of the same column may name a value, which this one does not.
    """

    code: str
    row: int
    column: str | None
    got: object
    count: int = 1
    expected: object = None
    place: int = 0
    vague: bool = False

    @property
    def rank(self) -> tuple[int, ...]:
        """Which of two faults is told."""
        at = (self.place, self.vague, self.row) if self.code == "not_numeric" else (self.row, self.place)
        return (_ORDER.index(self.code), *at)

    def after(self, rows: int) -> Fault:
        """The same fault with rows before its own."""
        return replace(self, row=self.row + rows)

    def error(self, file: str | None, first: int | None) -> DataError:
        """The error; ``first`` is the number of the first row, None where rows have no order to look them up by."""
        row = None if first is None else self.row + first
        values = {"count": self.count} if self.code == "outside_scale" else {}
        return DataError(
            self.code, file=file, column=self.column, row=row, got=self.got, expected=self.expected, **values
        )  # fmt: skip


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The first fault of each kind with the number of all of that kind, most telling kind first."""
    first: dict[str, Fault] = {}
    for fault in sorted(faults, key=lambda f: f.rank):
        known = first.setdefault(fault.code, fault)
        if known is not fault:
            first[fault.code] = replace(known, count=known.count + fault.count)
    return tuple(first.values())


@dataclass(frozen=True, slots=True)
class Text:
    """A column that is no numbers: its first value that cannot be read as one, and where that stands.

    Without such a value, ``odd`` is the name of its type and ``vague`` is true.
    """

    odd: str
    row: int
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A column of numbers.

    Attributes
    ----------
    values : (n,) array of integers or floats
        An answer of somebody else stands where there is none, so that no look at the values needs a mask.
    gone : (n,) bool or None
        Missing answers; None where there are none.
    """

    values: NDArray[Any]
    gone: Bools | None

    @property
    def answered(self) -> bool:
        """Whether anybody answered."""
        return len(self.values) > 0 and (self.gone is None or not self.gone.all())

    @property
    def floats(self) -> NDArray[np.float64]:
        """(n,) values with NaN where there is none."""
        values = np.asarray(self.values, dtype=np.float64)
        return values if self.gone is None else np.where(self.gone, np.nan, values)

    def where(self, keep: Bools) -> Number:
        """The rows marked."""
        if self.gone is None:
            return Number(self.values[keep], None)
        return _filled(self.floats[keep])

    def range(self, turn: float | None) -> tuple[int, int] | None:
        """Lowest and highest keyed code; None if nobody answered."""
        if not self.answered:
            return None
        low, high = int(self.values.min()), int(self.values.max())
        return (low, high) if turn is None else (int(turn) - high, int(turn) - low)

    def distinct(self, turn: float | None) -> NDArray[np.int64]:
        """The keyed codes that occur."""
        codes = np.unique(self.values[: None if self.answered else 0]).astype(np.int64)
        return codes if turn is None else int(turn) - codes

    def place(
        self, turn: float | None, low: int, categories: NDArray[np.int64] | None, missing: int, out: NDArray[np.uint8]
    ) -> None:
        """Write positions of keyed codes: code − low, or where it stands in ``categories``."""
        values = self.values
        if not self.answered:
            out[:] = missing
            return
        if categories is not None:
            codes = values.astype(np.int64)
            out[:] = np.searchsorted(categories, codes if turn is None else int(turn) - codes)
        elif turn is None:
            np.subtract(values, values.dtype.type(low), out=out, casting="unsafe")
        else:
            np.subtract(values.dtype.type(turn - low), values, out=out, casting="unsafe")
        if self.gone is not None:
            np.putmask(out, self.gone, missing)


def _filled(values: NDArray[Any]) -> Number:
    """Floats with NaN as numbers with a mask."""
    gone = np.isnan(values)
    if not gone.any():
        return Number(values, None)
    stand_in = values[np.argmin(gone)]
    return Number(np.where(gone, 0 if np.isnan(stand_in) else stand_in, values), gone)


def side_by_side(columns: Sequence[Any]) -> list[Any]:
    """Columns of a frame that lies in memory row by row, each copied to its own piece; others as they are.

    Reading one such column touches every row's memory; in steps that the cache holds, all columns cost one touch.
    """
    found = list(columns)
    apart = []
    for at, column in enumerate(columns):
        if isinstance(column, pd.Series) and isinstance(column.dtype, np.dtype) and column.dtype.kind in "iufb":
            found[at] = column.to_numpy()
            if found[at].strides != (found[at].itemsize,):
                apart.append(at)
    sources = {at: found[at] for at in apart}
    for at in apart:
        found[at] = np.empty(sources[at].shape, sources[at].dtype)
    for start in range(0, len(columns[0]) if apart else 0, _STEP):
        rows = slice(start, start + _STEP)
        for at, source in sources.items():
            found[at][rows] = source[rows]
    return found


def as_numbers(column: Any) -> Number | Text:
    """A Series, a numpy array or an Arrow array as numbers with missing answers marked.

    Whole numbers stay whole; truth values are 0 and 1. A column without any type (nothing but missing) is numbers.
    """
    if hasattr(column, "to_pylist"):
        column = _of_arrow(column)
    if isinstance(column, pd.Series):
        if not pd.api.types.is_numeric_dtype(column.dtype):
            return _text(column)
        kind = column.dtype
        if isinstance(kind, np.dtype):
            values = column.to_numpy()
        else:
            whole = getattr(kind, "kind", "f") in "iub" and not column.hasnans
            values = column.to_numpy(np.int64) if whole else column.to_numpy(np.float64, na_value=np.nan)
    else:
        values = np.asarray(column)
        if values.dtype.kind not in "iufb":
            return _text(pd.Series(values))
    if values.dtype.kind == "f":
        return _filled(values)
    if values.dtype == np.uint64:
        return Number(values.astype(np.float64), None)
    wider = {1: np.int16, 2: np.int32}.get(values.dtype.itemsize, np.int64)  # differences of codes must fit
    return Number(values.astype(wider, copy=False), None)


def parsed(cells: Any) -> Any:
    """An Arrow array of text as numbers; as it is if a cell cannot be read as one."""
    import pyarrow as pa

    try:
        return cells.cast(pa.float64())
    except pa.ArrowInvalid:
        series = cells.to_pandas()
        numbers = pd.to_numeric(series, errors="coerce")
        return cells if (numbers.isna() & series.notna()).any() else numbers


def _of_arrow(column: Any) -> Any:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return column.to_pandas()
    return column.to_numpy(zero_copy_only=False)


def _text(column: pd.Series) -> Number | Text:
    numbers = pd.to_numeric(column, errors="coerce")
    odd = np.asarray(numbers.isna() & column.notna(), dtype=bool)
    at = int(np.argmax(odd))
    if odd.any():
        return Text(str(column.iloc[at]), at)
    if column.dtype.kind not in "mM":  # digits written as text, also as categories
        return _filled(np.asarray(numbers, dtype=np.float64))
    return Text("text" if pd.api.types.is_string_dtype(column.dtype) else str(column.dtype), 0, vague=True)


def find_faults(plan: Plan, columns: Sequence[Number | Text], weights: Number | Text | None) -> tuple[Fault, ...]:
    """Everything in a batch that cannot be counted."""
    faults: list[Fault] = []
    for place, (name, column) in enumerate(zip(plan.items, columns, strict=True)):
        turn = plan.turns[place]
        if isinstance(column, Text):
            faults.append(Fault("not_numeric", column.row, name, column.odd, place=place, vague=column.vague))
        elif not _is_fine(column, plan, turn):
            faults.extend(_faults_of_column(column, plan, name, place, turn))
    if weights is not None:
        faults.extend(_faults_of_weights(weights, plan))
    return in_order(faults)


def _is_fine(column: Number, plan: Plan, turn: float | None) -> bool:
    """Whether a column holds whole codes inside the scale, by the fewest looks at it."""
    if turn is not None and not float(turn).is_integer():
        return False
    if not column.answered:
        return True
    there = column.values
    low, high = there.min(), there.max()
    if plan.scale is not None and not (plan.scale[0] <= low and high <= plan.scale[1]):
        return False
    if there.dtype.kind != "f":
        return True
    return bool(low > -(2**31) and high < 2**31 and (there == there.astype(np.int32)).all())


def _faults_of_column(column: Number, plan: Plan, name: str, place: int, turn: float | None) -> list[Fault]:
    values = column.floats
    keyed = values if turn is None else turn - values
    broken = np.asarray(((keyed != np.round(keyed)) | (np.abs(values) >= 2**31)) & np.isfinite(values))
    faults = [
        _fault("infinite_value", np.isinf(values), values, name, place),
        _fault("not_categorical", broken, keyed, name, place),
    ]
    if plan.scale is not None:
        low, high = plan.scale
        outside = np.asarray((values < low) | (values > high))
        faults.append(_fault("outside_scale", outside, values, name, place, f"{low:g}–{high:g}"))
    return [fault for fault in faults if fault is not None]


def _faults_of_weights(weights: Number | Text, plan: Plan) -> list[Fault]:
    argument = "weights" if plan.weighting == "sampling" else "frequencies"
    name = None if plan.weight is None else str(plan.weight)
    if isinstance(weights, Text):
        return [Fault(f"{argument}_invalid", weights.row, name, weights.odd, expected="≥ 0")]
    values = weights.floats
    bad = ~np.isfinite(values) | (values < 0)
    if argument == "frequencies":
        bad |= values != np.round(values)
    fault = _fault(f"{argument}_invalid", np.asarray(bad), values, name, 0, "≥ 0")
    return [] if fault is None else [fault]


def _fault(
    code: str, bad: Bools, values: NDArray[np.float64], name: str | None, place: int, expected: object = None
) -> Fault | None:
    if not bad.any():
        return None
    row = int(np.argmax(bad))
    return Fault(code, row, name, float(values[row]), int(bad.sum()), expected, place)


def labels_of(column: Any) -> tuple[tuple[str, ...], Positions]:
    """Groups in order of their labels, and (n,) the group of each row; −1 where there is none."""
    if hasattr(column, "to_pylist"):
        column = column.to_pandas()
    at, distinct = pd.factorize(column)
    texts = [label_of(value) for value in distinct]
    groups = tuple(sorted(set(texts)))
    order = {text: place for place, text in enumerate(groups)}
    place = np.array([*(order[text] for text in texts), -1], dtype=np.intp)  # the last one is what −1 leads to
    return groups, place[at]
