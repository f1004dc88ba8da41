"""One batch of rows to a part of the counts. Parts add up in order, whatever engine made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import DataError
from akhlak_research.counts.columns import Fault, Number, as_numbers, find_faults, in_order, labels_of, side_by_side
from akhlak_research.counts.kernels import Codes, Positions, pair_tables
from akhlak_research.counts.plan import Plan
from akhlak_research.counts.rows import Floats, Weighting
from akhlak_research.counts.table_arrays import Dimension, Tables
from akhlak_research.counts.tables import Counts

#: rows that are looked at together: large enough to be quick, small enough for any memory
BATCH_ROWS = 1 << 17
#: more distinct codes than this are measurements, not categories
MAX_CATEGORIES = 50


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as they come: a column per item of the plan, the labels of groups, and weights; each of length n."""

    columns: Sequence[Any]
    labels: Any = None
    weights: Any = None


@dataclass(frozen=True, slots=True)
class Part:
    """What some rows give: their counts, or what is wrong with them.

    Attributes
    ----------
    seen : int
        Rows looked at.
    counts : Counts or None
        None where no row counts (weight zero, no group) or where there are faults.
    faults : tuple of Fault
        The first of each kind, with how many there are.
    """

    seen: int
    counts: Counts | None
    faults: tuple[Fault, ...] = ()

    def __add__(self, other: Part) -> Part:
        faults = in_order([*self.faults, *(fault.after(self.seen) for fault in other.faults)])
        if faults:
            return Part(self.seen + other.seen, None, faults)
        counts = [part.counts for part in (self, other) if part.counts is not None]
        return Part(self.seen + other.seen, sum(counts[1:], start=counts[0]) if counts else None)

    def result(self, *, file: str | None = None, first: int | None = 1) -> Counts:
        """The counts, or the error that the faults amount to; ``first`` is the number of the first row."""
        if self.faults:
            raise self.faults[0].error(file, first)
        if self.counts is None:
            raise DataError("no_rows", file=file)
        if len(self.counts.categories) > MAX_CATEGORIES:
            raise too_many().error(file, None)
        return self.counts


def too_many(column: str | None = None) -> Fault:
    """The fault of measurements that pass for categories."""
    return Fault("not_categorical", 0, column, f"> {MAX_CATEGORIES}", 1, MAX_CATEGORIES)


def count_batches(plan: Plan, batches: Iterable[Batch]) -> Part:
    """Count batches one after the other; only one of them need be in memory."""
    total = Part(0, None)
    for batch in batches:
        for piece in _pieces(batch):
            total = total + count_batch(plan, piece)
    return total


def _pieces(batch: Batch) -> Iterator[Batch]:
    n = len(batch.columns[0])
    if n <= BATCH_ROWS:
        yield batch
        return

    def cut(column: Any) -> Any:
        return None if column is None else getattr(column, "iloc", column)[rows]

    for start in range(0, n, BATCH_ROWS):
        rows = slice(start, start + BATCH_ROWS)
        yield Batch([cut(column) for column in batch.columns], cut(batch.labels), cut(batch.weights))


def frame_batch(plan: Plan, frame: pd.DataFrame) -> Batch:
    """A frame that holds the items and, where the plan names them, the groups and weights."""
    return Batch(
        [frame[name] for name in plan.columns],
        None if plan.by is None else frame[plan.by],
        None if plan.weight is None else frame[plan.weight],
    )


def count_batch(plan: Plan, batch: Batch) -> Part:
    """Count one batch."""
    n = len(batch.columns[0])
    columns = [as_numbers(column) for column in side_by_side(batch.columns)]
    weights = None if batch.weights is None else as_numbers(batch.weights)
    faults = find_faults(plan, columns, weights)
    if faults:
        return Part(n, None, faults)
    numbers = [column for column in columns if isinstance(column, Number)]
    w = weights.values.astype(np.float64) if isinstance(weights, Number) else None
    groups, strata = (("",), None) if batch.labels is None else labels_of(batch.labels)
    keep = _keep(w, strata)
    if keep is not None:
        numbers = [number.where(keep) for number in numbers]
        w = None if w is None else w[keep]
        if strata is not None:  # a group of rows that do not count is no group
            present, strata = np.unique(strata[keep], return_inverse=True)
            groups = tuple(groups[at] for at in present)
    if len(numbers[0].values) == 0:
        return Part(n, None)
    place = _place(plan, numbers)
    if isinstance(place, Fault):
        return Part(n, None, (place,))
    codes, categories = place
    k = len(categories)
    placed = _Placed(codes, k, k + 1, strata, len(groups), w, plan.weighting)
    return Part(n, _count(plan, placed, categories, groups))


def _keep(weights: Floats | None, strata: Positions | None) -> NDArray[np.bool_] | None:
    """Rows that count: with a weight above zero and with a group; None if all do."""
    keep = None
    if weights is not None and not (weights > 0).all():
        keep = weights > 0
    if strata is not None and (strata < 0).any():
        keep = (strata >= 0) if keep is None else keep & (strata >= 0)
    return keep


def _place(plan: Plan, numbers: list[Number]) -> tuple[Codes, tuple[int, ...]] | Fault:
    """(p, n) positions of the keyed codes among the categories; the last position stands for a missing answer."""
    edges = [number.range(turn) for number, turn in zip(numbers, plan.turns, strict=True)]
    known = [edge for edge in edges if edge is not None] + ([(plan.places[0], plan.places[-1])] if plan.places else [])
    low, high = min((e[0] for e in known), default=0), max((e[1] for e in known), default=-1)
    codes = np.empty((len(numbers), len(numbers[0].values)), dtype=np.uint8)
    if high - low < MAX_CATEGORIES:
        categories: NDArray[np.int64] | None = None
        width = high - low + 1
    else:
        found = [number.distinct(turn) for number, turn in zip(numbers, plan.turns, strict=True)]
        for name, codes_of_item in zip(plan.items, found, strict=True):
            if len(codes_of_item) > MAX_CATEGORIES:
                return too_many(name)
        categories = np.unique(np.concatenate([*found, np.array(plan.places, dtype=np.int64)]))
        width = len(categories)
        if width > MAX_CATEGORIES:
            return too_many()
    for row, number, turn in zip(codes, numbers, plan.turns, strict=True):
        number.place(turn, low, categories, width, row)
    return codes, tuple(range(low, high + 1)) if categories is None else tuple(categories.tolist())


@dataclass(frozen=True, slots=True)
class _Placed:
    """(p, n) positions below ``base``, of which the k-th and no other means missing, with strata and weights."""

    codes: Codes
    k: int
    base: int
    strata: Positions | None
    n_groups: int
    weights: Floats | None
    weighting: Weighting

    def rows(self, at: Positions, *, complete: bool) -> _Placed:
        """Some rows; where they are complete, the place of a missing answer goes."""
        return replace(
            self, codes=self.codes.take(at, axis=1), base=self.k + (not complete),
            strata=None if self.strata is None else self.strata[at],
            weights=None if self.weights is None else self.weights[at],
        )  # fmt: skip

    def items(self, at: Sequence[int]) -> _Placed:
        """Some items."""
        return replace(self, codes=self.codes[list(at)])

    def people(self, marked: np.ndarray | None = None) -> np.ndarray:
        """(G,) people of each group among the rows marked (None: all)."""
        each = self.weights if self.weighting == "frequency" else None
        if self.strata is None and each is None:
            n = self.codes.shape[1] if marked is None else int(marked.sum())
            return np.array([n] + [0] * (self.n_groups - 1), dtype=np.int64)
        strata = np.zeros(self.codes.shape[1], dtype=np.intp) if self.strata is None else self.strata
        if marked is not None:
            strata, each = strata[marked], None if each is None else each[marked]
        return np.rint(np.bincount(strata, each, self.n_groups)).astype(np.int64)


def _count(plan: Plan, placed: _Placed, categories: tuple[int, ...], groups: tuple[str, ...]) -> Counts:
    """Counts of one batch; each row is counted once, with the complete ones or with the others."""
    gone: np.ndarray = placed.codes == placed.k
    some_gone = np.asarray(gone.any(axis=0))
    at = [[plan.items.index(item) for item in items] for _, items in plan.dimensions]
    if not some_gone.any():
        n = placed.people()
        complete = _tables(replace(placed, base=placed.k))
        available, answered, whole_n = complete, n, n
        parts = [(n, n, complete.of_items(items)) for items in at]
    else:
        whole = placed.rows(np.flatnonzero(~some_gone), complete=True)
        rest = placed.rows(np.flatnonzero(some_gone), complete=False)
        complete = _tables(whole)
        n, whole_n = placed.people(), whole.people()
        available = complete + _tables(rest)
        gone = gone[:, some_gone]
        answered = whole_n + rest.people(np.asarray(~gone.all(axis=0)))
        parts = [_dimension(rest, gone, items, whole_n, complete) for items in at]
    dimensions = tuple(
        Dimension(name, items, *part) for (name, items), part in zip(plan.dimensions, parts, strict=True)
    )
    return Counts(
        plan.items, categories, None if plan.by is None else str(plan.by), groups, plan.weighting,
        plan.reversed_items, n, answered, whole_n, available, complete, dimensions,
    ).without_empty(plan.places)  # fmt: skip


def _dimension(
    rest: _Placed, gone: np.ndarray, items: list[int], whole_n: np.ndarray, complete: Tables
) -> tuple[np.ndarray, np.ndarray, Tables]:
    """Answered rows, complete rows, and their tables: those complete on all items, and those only on these."""
    theirs = gone[items]
    filled = np.asarray(~theirs.any(axis=0))
    tables = _tables(rest.rows(np.flatnonzero(filled), complete=True).items(items))
    answered = whole_n + rest.people(np.asarray(~theirs.all(axis=0)))
    return answered, whole_n + rest.people(filled), complete.of_items(items) + tables


def _tables(placed: _Placed) -> Tables:
    codes, k, strata, g, weights = placed.codes, placed.k, placed.strata, placed.n_groups, placed.weights
    single, pairs = pair_tables(codes, placed.base, strata, g, weights)
    single, pairs = single[:, :, :k], pairs[:, :, :k, :k]
    if placed.weighting == "frequency":
        single, pairs = np.rint(single).astype(np.int64), np.rint(pairs).astype(np.int64)
    if placed.weighting != "sampling":
        each, both = single.sum(axis=2), pairs.sum(axis=(2, 3))
    else:  # people are counted without their weights
        there, together = pair_tables((codes == k).view(np.uint8), 2, strata, g, None)
        each, both = there[:, :, 0], together[:, :, 0, 0]
    p = len(codes)
    cases = np.zeros((g, p, p), dtype=np.int64)
    first, second = np.triu_indices(p, 1)
    cases[:, first, second] = cases[:, second, first] = both
    cases[:, np.arange(p), np.arange(p)] = each
    return Tables(np.ascontiguousarray(single), np.ascontiguousarray(pairs), cases)
