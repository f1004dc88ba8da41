"""The arrays of counts: single and pair tables of one set of rows, and of the rows complete on some of the items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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

    def of_categories(self, at: Sequence[int]) -> Tables:
        """The tables of some of the categories."""
        chosen = list(at)
        return Tables(self.single[:, :, chosen], self.pairs[:, :, chosen][:, :, :, chosen], self.cases)

    def of_groups(self, at: Sequence[int]) -> Tables:
        """The tables of some of the groups."""
        chosen = list(at)
        return Tables(self.single[chosen], self.pairs[chosen], self.cases[chosen])

    def of_items(self, at: Sequence[int]) -> Tables:
        """The tables of some of the items, in the order given."""
        p = self.single.shape[1]
        chosen = np.asarray(at, dtype=np.intp)
        place = np.zeros((p, p), dtype=np.intp)
        place[np.triu_indices(p, 1)] = np.arange(p * (p - 1) // 2)
        first, second = np.triu_indices(len(chosen), 1)
        a, b = chosen[first], chosen[second]
        pairs = self.pairs[:, place[np.minimum(a, b), np.maximum(a, b)]]
        turned = a > b
        pairs[:, turned] = pairs[:, turned].swapaxes(2, 3)
        return Tables(self.single[:, chosen], pairs, self.cases[:, chosen[:, None], chosen])

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

    def consistent(self, complete: np.ndarray | None) -> bool:
        """Whether numbers of people are the sums of their tables; with complete rows (G,) also every margin."""
        p = self.single.shape[1]
        first, second = np.triu_indices(p, 1)
        fits = np.array_equal(self.single.sum(axis=2), np.diagonal(self.cases, axis1=1, axis2=2))
        fits &= np.array_equal(self.pairs.sum(axis=(2, 3)), self.cases[:, first, second])
        fits &= np.array_equal(self.cases, self.cases.swapaxes(1, 2))
        if complete is not None:
            fits &= bool((self.cases == complete[:, None, None]).all())
            fits &= np.array_equal(self.pairs.sum(axis=3), self.single[:, first])
            fits &= np.array_equal(self.pairs.sum(axis=2), self.single[:, second])
        return fits

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """``single``, ``pairs``, ``cases``."""
        return self.single, self.pairs, self.cases


@dataclass(frozen=True, slots=True)
class Dimension:
    """Rows complete on the items of a dimension: which these are cannot be told from tables of pairs.

    Attributes
    ----------
    name : str
    items : tuple of str
    answered_rows, complete_rows : (G,) int64
        People who answered at least one of the items, and all of them.
    complete : Tables
        Of the p′ items, over the rows that are complete on them.
    """

    name: str
    items: tuple[str, ...]
    answered_rows: np.ndarray
    complete_rows: np.ndarray
    complete: Tables

    def __add__(self, other: Dimension) -> Dimension:
        return Dimension(
            self.name, self.items, self.answered_rows + other.answered_rows,
            self.complete_rows + other.complete_rows, self.complete + other.complete,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suppression:
    """What was blanked before counts were passed on.

    Attributes
    ----------
    below : int
        Cells of 1 to ``below`` − 1 people were not to be seen.
    items : (G, p) bool, pairs : (G, q) bool
        Tables that are blank (they hold zeros).
    missing, total : int
        Joint answers (people, summed over pairs) in the blank tables, and in all tables.
    """

    below: int
    items: np.ndarray
    pairs: np.ndarray
    missing: int
    total: int

    @property
    def share(self) -> float:
        """Share of the joint answers that is missing."""
        return self.missing / self.total if self.total else 0.0
