"""Answers as response patterns: every distinct row once, with how many people it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from akhlak_research.core.errors import DataError
from akhlak_research.counts.rows import Rows
from akhlak_research.measure.bounded import Floats

#: rows per chunk: a chunk of one-hot codes and posteriors stays in the processor's cache
CHUNK = 4096
#: one-hot codes are kept between passes up to this many bytes; beyond it they are made again
KEPT_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Patterns:
    """N distinct rows of p items.

    Attributes
    ----------
    codes : (N, p) int16
        Position of the answer among the item's used categories; −1 where missing. Sorted by group.
    weight, weight_squared : (N,) float
        Sum over the pattern's rows of the weight (sampling weights scaled to sum to n) and of its square.
    group : (N,) int
    categories : tuple of (K_i,) float
        Codes that item i uses, ascending.
    row_pattern : (n,) int
        Pattern of each row.
    n : int
        People (frequencies counted).
    names, groups : tuple
        Items; labels of the groups.
    """

    codes: np.ndarray
    weight: Floats
    weight_squared: Floats
    group: np.ndarray
    categories: tuple[Floats, ...]
    row_pattern: np.ndarray
    n: int
    names: tuple[str, ...]
    groups: tuple[object, ...] = ("all",)

    @property
    def n_categories(self) -> np.ndarray:
        """(p,) categories used per item."""
        return np.array([len(c) for c in self.categories])

    @property
    def complete(self) -> np.ndarray:
        """(N,) whether nothing is missing."""
        return np.asarray((self.codes >= 0).all(axis=1))

    def sample(self, size: int) -> Patterns:
        """A systematic sample of people, patterns in proportion to their weight (no ``row_pattern``)."""
        total = np.cumsum(self.weight)
        spots = (np.arange(size) + 0.5) * (total[-1] / size)
        at, times = np.unique(np.searchsorted(total, spots), return_counts=True)
        weight = times.astype(np.float64)
        return Patterns(
            self.codes[at], weight, weight, self.group[at], self.categories, np.empty(0, int), size, self.names,
            self.groups,
        )  # fmt: skip


def as_patterns(
    rows: Rows, group: Sequence[int] | np.ndarray | None = None, labels: tuple[object, ...] = ("all",)
) -> Patterns:
    """Distinct rows of answers, all categories that anybody used numbered from 0.

    Raises
    ------
    DataError
        ``constant_item``: an item that everybody answers alike says nothing about anybody.
    """
    n, p = rows.values.shape
    categories, codes = [], np.empty((n, p), np.int16)
    for i in range(p):
        column = rows.values[:, i]
        answered = ~np.isnan(column)
        used, at = np.unique(column[answered], return_inverse=True)
        if len(used) < 2:
            got = float(used[0]) if len(used) else "–"
            raise DataError("constant_item", column=rows.names[i], items=[rows.names[i]], got=got)
        categories.append(used)
        codes[:, i] = -1
        codes[answered, i] = at
    where = np.zeros(n, int) if group is None else np.asarray(group)
    weights = np.ones(n) if rows.weights is None else rows.weights
    if rows.weighting == "sampling":
        weights = weights * (n / weights.sum())
    first, inverse = _distinct(codes, where, [len(c) for c in categories])
    count = len(first)
    squared = weights if rows.weighting == "frequency" else weights**2
    people = int(weights.sum()) if rows.weighting == "frequency" else n
    return Patterns(
        codes[first], _sums(inverse, weights, count), _sums(inverse, squared, count), where[first],
        tuple(categories), inverse, people, rows.names, labels,
    )  # fmt: skip


def _sums(at: np.ndarray, values: Floats, size: int) -> Floats:
    return np.bincount(at, values, size).astype(np.float64)


def _distinct(codes: np.ndarray, group: np.ndarray, sizes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """First row of each distinct pattern, sorted by group, and each row's pattern."""
    span = float(group.max() + 1) * float(np.prod([float(size + 1) for size in sizes]))
    if span < 2**62:
        key = group.astype(np.int64)
        for i, size in enumerate(sizes):
            key = key * (size + 1) + (codes[:, i] + 1)
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        return first, inverse
    packed = np.ascontiguousarray(np.column_stack([group.astype(np.int16), codes]))
    # big-endian bytes of non-negative numbers sort as the numbers do, so groups stay together
    keys = (packed + 1).astype(">u2").view([("", "V" + str(2 * packed.shape[1]))]).ravel()
    _, first, inverse = np.unique(keys.view("S" + str(2 * packed.shape[1])), return_index=True, return_inverse=True)
    return first, inverse


@dataclass
class Coded:
    """Patterns as one-hot codes in chunks of one group each, for products with tables of (ΣK, Q).

    Attributes
    ----------
    patterns : Patterns
    versions : (G, p) int
        Which version of an item a group answers.
    offset : (V + 1,) int
        First column of each version in the flat order of categories.
    """

    patterns: Patterns
    versions: np.ndarray
    offset: np.ndarray
    _kept: list[Floats] | None = field(default=None, init=False)

    def chunks(self) -> Iterator[tuple[slice, int, np.ndarray, Floats]]:
        """Slice of patterns, group, columns of the flat tables (ΣK_g,), and one-hot codes (c, ΣK_g)."""
        spans = list(self._spans())
        sizes = self.patterns.n_categories
        width = int(sizes.sum())
        if self._kept is None and len(self.patterns.codes) * width * 8 <= KEPT_BYTES:
            self._kept = [self._one_hot(span, width) for span, _ in spans]
        columns = [self.columns_of(g) for g in range(len(self.versions))]
        for number, (span, group) in enumerate(spans):
            codes = self._kept[number] if self._kept is not None else self._one_hot(span, width)
            yield span, group, columns[group], codes

    def columns_of(self, group: int) -> np.ndarray:
        """(ΣK,) columns of the flat tables that a group's items use, item by item."""
        sizes = self.patterns.n_categories
        starts = self.offset[self.versions[group]]
        return np.concatenate([np.arange(start, start + size) for start, size in zip(starts, sizes, strict=True)])

    def _spans(self) -> Iterator[tuple[slice, int]]:
        edges = np.searchsorted(self.patterns.group, np.arange(len(self.versions) + 1))
        for group, (low, high) in enumerate(pairwise(edges.tolist())):
            for start in range(low, high, CHUNK):
                yield slice(start, min(start + CHUNK, high)), group

    def _one_hot(self, span: slice, width: int) -> Floats:
        codes = self.patterns.codes[span]
        begin = np.concatenate([[0], np.cumsum(self.patterns.n_categories)[:-1]])
        hot = np.zeros((len(codes), width))
        row, item = np.nonzero(codes >= 0)
        hot[row, begin[item] + codes[row, item]] = 1.0
        return hot
