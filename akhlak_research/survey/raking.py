"""Raking on the table of all combinations that occur: its cost hardly depends on the number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from akhlak_research.survey.linearised import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Raked:
    """Factors that bring weights to margins.

    Attributes
    ----------
    cell : (n,) int
        Combination of categories of each row.
    factor : (cells, b) float
        What the weights of a cell are multiplied with, for each set of weights.
    iterations : int
        The most that any set of weights needed.
    gap : (b,) float
        Largest |reached / wanted − 1| over all margins.
    """

    cell: Ints
    factor: Floats
    iterations: int
    gap: Floats


def combinations(codes: Sequence[Ints], sizes: Sequence[int]) -> tuple[Ints, list[Ints]]:
    """(n,) combination of each row among those that occur, and the (cells,) categories of each margin."""
    cell = np.zeros(len(codes[0]), dtype=np.int64)
    wide = float(np.prod([float(size) for size in sizes])) > 2e7
    for code, size in zip(codes, sizes, strict=True):
        cell *= size
        cell += code
        if wide:
            cell = np.unique(cell, return_inverse=True)[1]
    if wide:
        first = np.zeros(int(cell.max()) + 1, dtype=np.int64)
        first[cell[::-1]] = np.arange(len(cell))[::-1]
        return cell, [code[first] for code in codes]
    found = np.flatnonzero(np.bincount(cell, minlength=int(np.prod(sizes))))
    place = np.zeros(int(np.prod(sizes)), dtype=np.int64)
    place[found] = np.arange(len(found))
    return place[cell], [np.asarray(part, dtype=np.int64) for part in np.unravel_index(found, sizes)]


def rake_table(
    table: Floats, codes: Sequence[Ints], totals: Sequence[Floats], tolerance: float, limit: int
) -> tuple[Floats, int, Floats]:
    """Iterative proportional fitting of (cells, b) tables to margins.

    Parameters
    ----------
    table : (cells, b)
        Sums of weights.
    codes : (cells,) per margin
    totals : (c,) per margin
    tolerance : float
        Largest |reached / wanted − 1| at the end.

    Returns
    -------
    factor : (cells, b)
    iterations : int
    gap : (b,)
        Above ``tolerance`` where the limit came first.

    References
    ----------
    Deming, W. E. & Stephan, F. F. (1940), Annals of Mathematical Statistics 11, 427–444.
    """
    fitted = table.copy()
    gap = np.full(table.shape[1], np.inf)
    marks = [_marks(code, len(total)) for code, total in zip(codes, totals, strict=True)]
    iterations = 0
    while iterations < limit and not (gap <= tolerance).all():
        iterations += 1
        for code, total, mark in zip(codes, totals, marks, strict=True):
            reached = mark @ fitted
            ratio = np.divide(total[:, None], reached, out=np.zeros_like(reached), where=reached > 0)
            fitted *= ratio[code]
        gap = np.zeros(table.shape[1])
        for total, mark in zip(totals, marks, strict=True):
            np.maximum(gap, np.abs(mark @ fitted / total[:, None] - 1).max(axis=0), out=gap)
    return np.divide(fitted, table, out=np.ones_like(table), where=table > 0), iterations, gap


def _marks(code: Ints, size: int):  # type: ignore[no-untyped-def]
    from scipy import sparse

    return sparse.csr_array((np.ones(len(code)), (code, np.arange(len(code)))), shape=(size, len(code)))


def rake_weights(
    w: Floats, cell: Ints, codes: Sequence[Ints], totals: Sequence[Floats], tolerance: float, limit: int
) -> Raked:
    """Raking factors of (n, b) sets of weights.

    Parameters
    ----------
    w : (n, b)
    cell : (n,) int
    codes : (cells,) categories of each margin
    totals : (c,) wanted totals of each margin
    """
    cells = len(codes[0])
    table = np.stack([np.bincount(cell, column, cells) for column in w.T], axis=1).astype(np.float64)
    return Raked(cell, *rake_table(table, codes, totals, tolerance, limit))
