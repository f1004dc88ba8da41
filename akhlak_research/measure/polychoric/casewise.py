"""Sums over people of products of influences, from rows: additive over batches, each one matrix product.

A row's influence on a correlation is read off the table of its pair of answers, so a batch of rows becomes an array Z
(rows × statistics) by table look-up and its share of Σ uu′ is Z′Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk

from akhlak_research.measure.bounded import Floats

#: numbers in one batch of influences (32 MB)
BATCH = 1 << 22

Positions = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Influences:
    """Tables of influences, and the rows that look them up.

    Attributes
    ----------
    codes : (p, n) uint8
        Position of each answer among its item's categories; K where missing.
    on_tau : (p, K + 1, K − 1)
    n_tau : (p,) int
        Thresholds that an item has; the first columns of ``on_tau`` are theirs.
    on_rho : (q, K + 1, K + 1)
    weights : (n,) or None
        What a row's influence is multiplied by before it is squared: sampling weights, roots of frequencies.
    clusters : (n,) int or None
        Rows of a cluster are added before they are squared; positions 0, 1, …
    """

    codes: Positions
    on_tau: Floats
    n_tau: NDArray[np.intp]
    on_rho: Floats
    weights: Floats | None
    clusters: NDArray[np.intp] | None

    @property
    def width(self) -> int:
        """Number of statistics: thresholds of all items, then correlations."""
        return int(self.n_tau.sum()) + len(self.on_rho)

    def batches(self) -> Iterator[Floats]:
        """Z of one batch of rows after the other, a row for each person or cluster; memory by columns."""
        n = self.codes.shape[1]
        step = max(BATCH // self.width, 256)
        if self.clusters is None:
            for begin in range(0, n, step):
                yield self._look_up(np.arange(begin, min(begin + step, n)))
            return
        order = np.argsort(self.clusters, kind="stable")
        starts = np.flatnonzero(np.diff(self.clusters[order], prepend=-1))
        ends = np.append(starts[1:], n)
        begin = 0
        while begin < len(starts):
            # whole clusters, at least one
            end = max(int(np.searchsorted(ends, starts[begin] + step, side="right")), begin + 1)
            z = self._look_up(order[starts[begin] : ends[end - 1]])
            yield np.asfortranarray(np.add.reduceat(z, starts[begin:end] - starts[begin], axis=0))
            begin = end

    def _look_up(self, rows: NDArray[np.intp]) -> Floats:
        codes = self.codes[:, rows].astype(np.intp)
        p, base = len(codes), self.on_tau.shape[1]
        z = np.empty((len(rows), self.width), order="F")
        at = 0
        for item in range(p):
            for threshold in range(self.n_tau[item]):
                np.take(self.on_tau[item, :, threshold], codes[item], out=z[:, at])
                at += 1
        tables = self.on_rho.reshape(len(self.on_rho), -1)
        joint = np.empty(len(rows), dtype=np.intp)
        pair = 0
        for first in range(p - 1):
            high = codes[first] * base
            for second in range(first + 1, p):
                np.add(high, codes[second], out=joint)
                np.take(tables[pair], joint, out=z[:, at])
                at, pair = at + 1, pair + 1
        if self.weights is not None:
            z *= self.weights[rows][:, None]
        return z


def merged(influences: Influences) -> Influences:
    """The same sums from fewer rows: people who answered alike as one row with the root of their squared weights.

    Only where there are far fewer possible answers than people; across clusters nobody is merged.
    """
    p, n = influences.codes.shape
    base = influences.on_tau.shape[1]
    if influences.clusters is not None or p * np.log(base) > np.log(max(n, 2) / 4):
        return influences
    key = np.zeros(n, dtype=np.intp)
    for codes in influences.codes:
        key *= base
        key += codes
    squares = None if influences.weights is None else influences.weights**2
    sums = np.bincount(key, squares, base**p)
    found = np.flatnonzero(sums)
    codes = np.array([found // base ** (p - 1 - item) % base for item in range(p)], dtype=np.uint8)
    return Influences(codes, influences.on_tau, influences.n_tau, influences.on_rho, np.sqrt(sums[found]), None)


def cross_products(influences: Influences) -> Floats:
    """(s, s) Σ uu′ over people (or clusters), s = ``width``."""
    total = np.zeros((influences.width, influences.width), order="F")
    for z in merged(influences).batches():
        total = dsyrk(1.0, z, beta=1.0, c=total, trans=1, overwrite_c=1)
    upper = np.triu(total)
    return np.asarray(upper + np.triu(total, 1).T)


def squares(influences: Influences) -> Floats:
    """(s,) diagonal of ``cross_products``."""
    total = np.zeros(influences.width)
    for z in merged(influences).batches():
        total += np.einsum("rs,rs->s", z, z)
    return total


def sum_of_squares(influences: Influences, gradient: Floats) -> float:
    """Σ (g′u)² over people (or clusters), ``gradient`` (s,)."""
    return float(sum(np.sum((z @ gradient) ** 2) for z in merged(influences).batches()))
