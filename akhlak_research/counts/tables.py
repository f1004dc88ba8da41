"""Counts: how often each category, and each pair of categories, was answered. Additive, exact, without rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs, ResultBase

Weighting = Literal["none", "frequency", "sampling"]


def label_of(value: object) -> str:
    """The text of a group's label; 1, 1.0 and "1" are the same group whatever a file's reader made of them."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one set of rows; G groups, p items, K categories, q = p(p − 1)/2 pairs in ``numpy.triu_indices``
    order.

    Attributes
    ----------
    single : (G, p, K)
        Answers per category: int64, or weighted sums (float64) under sampling weights.
    pairs : (G, q, K, K)
        Joint answers; first axis of a table belongs to the item that stands first.
    cases : (G, p, p) int64
        People behind each pair (diagonal: behind each item), weights ignored.
    """

    single: np.ndarray
    pairs: np.ndarray
    cases: np.ndarray

    def __add__(self, other: Tables) -> Tables:
        return Tables(self.single + other.single, self.pairs + other.pairs, self.cases + other.cases)

    def take(self, categories: Sequence[int]) -> Tables:
        """The tables of some of the categories."""
        at = list(categories)
        return Tables(self.single[:, :, at], self.pairs[:, :, at][:, :, :, at], self.cases)

    def spread(self, groups: Sequence[int], n_groups: int, categories: Sequence[int], n_categories: int) -> Tables:
        """The same numbers in larger arrays: where each group and category stands there."""
        p, q = self.single.shape[1], self.pairs.shape[1]
        single = np.zeros((n_groups, p, n_categories), dtype=self.single.dtype)
        pairs = np.zeros((n_groups, q, n_categories, n_categories), dtype=self.pairs.dtype)
        cases = np.zeros((n_groups, p, p), dtype=np.int64)
        single[np.ix_(groups, range(p), categories)] = self.single
        pairs[np.ix_(groups, range(q), categories, categories)] = self.pairs
        cases[list(groups)] = self.cases
        return Tables(single, pairs, cases)


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
        Complete rows only (listwise deletion).
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

    @property
    def n_rows(self) -> int:
        """People counted, all groups together."""
        return int(self.rows.sum())

    def n_used(self, missing: str) -> int:
        """People who enter a statistic: complete rows (listwise), or those with an answer (pairwise)."""
        return int((self.complete_rows if missing == "listwise" else self.answered_rows).sum())

    def _tables(self, missing: str) -> Tables:
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
        tables = [Tables(t.single[at], t.pairs[at], t.cases[at]) for t in (self.available, self.complete)]
        return Counts(
            self.items, self.categories, self.by, (label,), self.weighting, self.reversed_items,
            self.rows[at], self.answered_rows[at], self.complete_rows[at], tables[0], tables[1],
        )  # fmt: skip

    def __add__(self, other: Counts) -> Counts:
        for name in ("items", "reversed_items", "weighting", "by"):
            if getattr(self, name) != getattr(other, name):
                raise DataError("counts_differ", what=name, got=getattr(other, name), expected=getattr(self, name))
        groups = tuple(sorted(set(self.groups) | set(other.groups)))
        categories = tuple(sorted(set(self.categories) | set(other.categories)))
        a, b = self._spread(groups, categories), other._spread(groups, categories)
        return Counts(
            self.items, categories, self.by, groups, self.weighting, self.reversed_items,
            a.rows + b.rows, a.answered_rows + b.answered_rows, a.complete_rows + b.complete_rows,
            a.available + b.available, a.complete + b.complete,
        )  # fmt: skip

    def __radd__(self, other: object) -> Counts:
        if other == 0:  # the start value of sum()
            return self
        return NotImplemented

    def _spread(self, groups: tuple[str, ...], categories: tuple[int, ...]) -> Counts:
        if groups == self.groups and categories == self.categories:
            return self
        g = [groups.index(label) for label in self.groups]
        c = [categories.index(code) for code in self.categories]
        numbers = np.zeros((3, len(groups)), dtype=np.int64)
        numbers[:, g] = self.rows, self.answered_rows, self.complete_rows
        available = self.available.spread(g, len(groups), c, len(categories))
        complete = self.complete.spread(g, len(groups), c, len(categories))
        return Counts(
            self.items, categories, self.by, groups, self.weighting, self.reversed_items,
            numbers[0], numbers[1], numbers[2], available, complete,
        )  # fmt: skip

    def without_empty(self, places: Sequence[int]) -> Counts:
        """The same counts without categories that nobody answered, except those that have their place anyway."""
        answered = np.asarray(self.available.single.any(axis=(0, 1)))
        at = [i for i, code in enumerate(self.categories) if answered[i] or code in places]
        if len(at) == len(self.categories):
            return self
        return replace(
            self, categories=tuple(self.categories[i] for i in at), available=self.available.take(at),
            complete=self.complete.take(at),
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 of everything that can change a statistic."""
        head = (self.items, self.categories, self.by, self.groups, self.weighting, self.reversed_items)
        digest = hashlib.sha256(repr(head).encode())
        for array in (self.rows, self.answered_rows, self.complete_rows):
            digest.update(np.ascontiguousarray(array).tobytes())
        for tables in (self.available, self.complete):
            for array in (tables.single, tables.pairs, tables.cases):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def inputs(self, n_used: int, missing: str) -> Inputs:
        """The note on inputs that a result carries."""
        return Inputs(
            digest=self.digest, n_rows=self.n_rows, n_used=n_used, n_dropped=self.n_rows - n_used, missing=missing,
            weighting=self.weighting, items=self.items, reversed_items=self.reversed_items,
        )  # fmt: skip

    def equals(self, other: Counts) -> bool:
        """Whether both hold the same numbers."""
        return self.digest == other.digest

    def table(self) -> pd.DataFrame:
        """One row per group, item and category: ``group item category count share``."""
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
        return table if self.by is not None else table.drop(columns="group")

    def write(self, path: Any) -> Any:
        """Write to a JSON file that ``read_counts`` reads back exactly; returns the path."""
        from akhlak_research.counts.files import write_counts

        return write_counts(self, path)

    def headline(self) -> str:
        """Size in a few words."""
        return f"{self.n_rows} rows × {len(self.items)} items, {len(self.categories)} categories"
