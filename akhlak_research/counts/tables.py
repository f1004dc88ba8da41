"""Counts: how often each category, and each pair of categories, was answered. Additive, exact, without rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Inputs, ResultBase
from akhlak_research.counts.table_arrays import Dimension, Suppression, Tables

Weighting = Literal["none", "frequency", "sampling"]


def label_of(value: object) -> str:
    """The text of a group's label: what a person would write, whatever type a file's reader made of it.

    1, 1.0 and "1" are one group, and so are a day and its midnight.
    """
    if isinstance(value, float | np.floating | Decimal) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    return str(value)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Counts(ResultBase):
    """Additive sufficient statistics of categorical answers.

    ``a + b`` is what counting both files together would have given: exactly (integers) without sampling weights, to
    rounding with them. Groups and categories may differ between the two; items, keying and kind of weights may not.

    Attributes
    ----------
    items : tuple of str
    categories : tuple of int
        Codes in ascending order, common to all items.
    by : str or None
        Grouping variable; ``groups`` holds its labels as text, ``("",)`` without one.
    weighting : {"none", "frequency", "sampling"}
    reversed_items : tuple of str
        Items turned around before counting.
    rows : (G,) int64
        People per group.
    answered_rows, complete_rows : (G,) int64
        People who answered at least one item, and every item.
    available : Tables
        Every answer (pairwise deletion).
    complete : Tables
        Rows complete on every item (listwise deletion).
    dimensions : tuple of Dimension
        Rows complete on the items of each dimension, where dimensions were given: ``select`` reads them.
    suppressed : Suppression or None
        What was blanked (``suppress``); no statistic is made of such counts.
    """

    kind: ClassVar[str] = "counts"
    items: tuple[str, ...]
    categories: tuple[int, ...]
    by: str | None
    groups: tuple[str, ...]
    weighting: Weighting
    reversed_items: tuple[str, ...]
    rows: np.ndarray
    answered_rows: np.ndarray
    complete_rows: np.ndarray
    available: Tables
    complete: Tables
    dimensions: tuple[Dimension, ...] = ()
    suppressed: Suppression | None = None

    @property
    def n_rows(self) -> int:
        """People counted, all groups together."""
        return int(self.rows.sum())

    def n_used(self, missing: str) -> int:
        """People who enter a statistic: complete rows (listwise), or those with an answer (pairwise)."""
        return int((self.complete_rows if missing == "listwise" else self.answered_rows).sum())

    def _tables(self, missing: str) -> Tables:
        if self.suppressed is not None:
            raise MethodError("counts_suppressed", got=self.suppressed.share, below=self.suppressed.below)
        return self.complete if missing == "listwise" else self.available

    def single_tables(self, missing: str = "pairwise") -> np.ndarray:
        """(p, K) answers per item and category, groups added."""
        return np.asarray(self._tables(missing).single.sum(axis=0))

    def pair_tables(self, missing: str = "pairwise") -> np.ndarray:
        """(p, p, K, K) joint answers, groups added; the diagonal holds the items' own tables."""
        tables = self._tables(missing)
        p, k = len(self.items), len(self.categories)
        full = np.zeros((p, p, k, k), dtype=tables.pairs.dtype)
        first, second = np.triu_indices(p, 1)
        pairs = tables.pairs.sum(axis=0)
        full[first, second] = pairs
        full[second, first] = pairs.transpose(0, 2, 1)
        single = tables.single.sum(axis=0)
        full[np.arange(p)[:, None], np.arange(p)[:, None], np.arange(k), np.arange(k)] = single
        return full

    def pair_n(self, missing: str = "pairwise") -> np.ndarray:
        """(p, p) people behind each pair, groups added."""
        return np.asarray(self._tables(missing).cases.sum(axis=0))

    def of_group(self, group: object) -> Counts:
        """The counts of one group."""
        label = label_of(group)
        if label not in self.groups:
            raise ArgumentError("by_unknown", got=label, expected=self.groups)
        at = [self.groups.index(label)]
        blank = self.suppressed
        if blank is not None:
            blank = replace(blank, items=blank.items[at], pairs=blank.pairs[at])
        return self._each(lambda n: n[at], lambda t: t.of_groups(at), groups=(label,), suppressed=blank)

    def select(self, items: Sequence[str] | None = None, *, dimension: str | None = None) -> Counts:
        """The counts of some of the items: a dimension that was counted as one, or items whose complete rows follow
        from the tables (one item, two, all, or any that everybody answered).

        Raises
        ------
        ArgumentError
            ``unknown_choice`` for an item or dimension that is not there.
        MethodError
            ``subset_not_counted``: which rows are complete on these items was not counted.
        """
        from akhlak_research.counts.subsets import select

        return select(self, items, dimension)

    def tells(self, items: Sequence[str]) -> bool:
        """Whether ``select`` can give these items, so that statistics of them use every row they can."""
        from akhlak_research.counts.subsets import complete_rows

        return set(items) <= set(self.items) and complete_rows(self, list(items)) is not None

    def suppress(self, below: int) -> Counts:
        """Blank the tables with a cell of 1 to ``below`` − 1 people; what remains can be looked at, not computed with.

        Notes
        -----
        Margins give a blank cell back, and so does the table of all rows beside that of complete rows. Therefore
        whole tables are blanked, with an item all its pairs, and tables of complete rows are left out.
        """
        from akhlak_research.counts.suppression import suppress

        return suppress(self, below)

    def __add__(self, other: Counts) -> Counts:
        for name in ("items", "reversed_items", "weighting", "by"):
            if getattr(self, name) != getattr(other, name):
                raise DataError("counts_differ", what=name, got=getattr(other, name), expected=getattr(self, name))
        if self.suppressed is not None or other.suppressed is not None:
            from akhlak_research.counts.suppression import blanked_sum

            return blanked_sum(self, other)
        mine, theirs = ([(d.name, d.items) for d in counts.dimensions] for counts in (self, other))
        if mine != theirs:
            raise DataError("counts_differ", what="dimensions", got=theirs, expected=mine)
        groups = tuple(sorted(set(self.groups) | set(other.groups)))
        categories = tuple(sorted(set(self.categories) | set(other.categories)))
        a, b = self._spread(groups, categories), other._spread(groups, categories)
        dimensions = tuple(x + y for x, y in zip(a.dimensions, b.dimensions, strict=True))
        return Counts(
            self.items, categories, self.by, groups, self.weighting, self.reversed_items,
            a.rows + b.rows, a.answered_rows + b.answered_rows, a.complete_rows + b.complete_rows,
            a.available + b.available, a.complete + b.complete, dimensions,
        )  # fmt: skip

    def __radd__(self, other: object) -> Counts:
        if other == 0:  # the start value of sum()
            return self
        return NotImplemented

    def _each(
        self, number: Callable[[np.ndarray], np.ndarray], tables: Callable[[Tables], Tables], **changes: Any
    ) -> Counts:
        """The same counts with every number per group and all tables put through a function."""
        dimensions = tuple(
            Dimension(d.name, d.items, number(d.answered_rows), number(d.complete_rows), tables(d.complete))
            for d in self.dimensions
        )
        return replace(
            self, rows=number(self.rows), answered_rows=number(self.answered_rows),
            complete_rows=number(self.complete_rows), available=tables(self.available),
            complete=tables(self.complete), dimensions=dimensions, **changes,
        )  # fmt: skip

    def _spread(self, groups: tuple[str, ...], categories: tuple[int, ...]) -> Counts:
        if groups == self.groups and categories == self.categories:
            return self
        g = [groups.index(label) for label in self.groups]
        c = [categories.index(code) for code in self.categories]

        def number(counted: np.ndarray) -> np.ndarray:
            larger = np.zeros((len(groups), *counted.shape[1:]), dtype=counted.dtype)
            larger[g] = counted
            return larger

        blank = self.suppressed
        if blank is not None:
            blank = replace(blank, items=number(blank.items), pairs=number(blank.pairs))
        return self._each(
            number, lambda t: t.spread(g, len(groups), c, len(categories)), groups=groups, categories=categories,
            suppressed=blank,
        )  # fmt: skip

    def without_empty(self, places: Sequence[int]) -> Counts:
        """The same counts without categories that nobody answered, except those that have their place anyway."""
        answered = np.asarray(self.available.single.any(axis=(0, 1)))
        at = [i for i, code in enumerate(self.categories) if answered[i] or code in places]
        if len(at) == len(self.categories):
            return self
        return self._each(
            lambda n: n, lambda t: t.of_categories(at), categories=tuple(self.categories[i] for i in at)
        )  # fmt: skip

    def arrays(self) -> Iterator[np.ndarray]:
        """Every number, in one order: people, tables of all answers, of complete rows, and of each dimension."""
        yield from (self.rows, self.answered_rows, self.complete_rows)
        yield from (*self.available.arrays, *self.complete.arrays)
        for dimension in self.dimensions:
            yield from (dimension.answered_rows, dimension.complete_rows, *dimension.complete.arrays)

    @property
    def layout(self) -> str:
        """What the numbers stand for, as text: equal for counts whose arrays mean the same, cell by cell."""
        dimensions = tuple((d.name, d.items) for d in self.dimensions)
        return repr(
            (self.items, self.categories, self.by, self.groups, self.weighting, self.reversed_items, dimensions)
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 of everything that can change a statistic."""
        digest = hashlib.sha256(self.layout.encode("utf-8", "backslashreplace"))
        for array in self.arrays():
            digest.update(np.ascontiguousarray(array).tobytes())
        if self.suppressed is not None:
            digest.update(repr((self.suppressed.below, self.suppressed.missing, self.suppressed.total)).encode())
            digest.update(self.suppressed.items.tobytes() + self.suppressed.pairs.tobytes())
        return digest.hexdigest()

    def inputs(self, n_used: int, missing: str) -> Inputs:
        """The note on inputs that a result carries."""
        return Inputs(
            digest=self.digest, n_rows=self.n_rows, n_used=n_used, n_dropped=self.n_rows - n_used, missing=missing,
            weighting=self.weighting, items=self.items, reversed_items=self.reversed_items,
        )  # fmt: skip

    @property
    def consistent(self) -> bool:
        """Whether tables without sampling weights fit together as tables of the same people must."""
        whole = [(self.complete, self.complete_rows), *((d.complete, d.complete_rows) for d in self.dimensions)]
        return self.available.consistent(None) and all(tables.consistent(rows) for tables, rows in whole)

    def equals(self, other: Counts) -> bool:
        """Whether both hold the same numbers."""
        return self.digest == other.digest

    def table(self) -> pd.DataFrame:
        """One row per group, item and category: ``group item category count share``; blank where suppressed."""
        single = self.available.single
        g, p, k = single.shape
        total = single.sum(axis=2, keepdims=True)
        share = np.divide(single, total, out=np.zeros(single.shape), where=total > 0)
        frame: dict[str, Any] = {
            "group": np.repeat(np.array(self.groups, dtype=object), p * k),
            "item": np.tile(np.repeat(np.array(self.items, dtype=object), k), g),
            "category": np.tile(np.array(self.categories), g * p),
            "count": single.ravel(),
            "share": share.ravel(),
        }
        table = pd.DataFrame(frame)
        if self.suppressed is not None:
            blank = np.repeat(self.suppressed.items.ravel(), k)
            table = table.astype({"count": "Int64"})
            table.loc[blank, ["count", "share"]] = None
        return table if self.by is not None else table.drop(columns="group")

    def write(self, path: Any) -> Any:
        """Write to a JSON file that ``read_counts`` reads back exactly; returns the path."""
        from akhlak_research.counts.files import write_counts

        return write_counts(self, path)

    def headline(self) -> str:
        """Size in a few words."""
        size = f"{self.n_rows} rows × {len(self.items)} items, {len(self.categories)} categories"
        if self.suppressed is not None:
            return f"{size}; suppressed: {self.suppressed.share:.1%} of the joint answers missing"
        return f"{size}; complete: {int(self.complete_rows.sum())}"
