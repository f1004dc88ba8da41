"""Joint tables of many items in few passes: several items are packed into one number, counted once, and summed out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from akhlak_research.counts.rows import Floats

Codes = NDArray[np.uint8]
Positions = NDArray[np.intp]

#: cells of one packed table: its counters stay in the second-level cache
MAX_CELLS = 1 << 16
#: rows per step: a packed column of them stays there too
STEP = 1 << 15


def pair_tables(
    codes: Codes, base: int, strata: Positions | None, n_strata: int, weights: Floats | None
) -> tuple[np.ndarray, np.ndarray]:
    """Every single and every pair table of p items.

    Parameters
    ----------
    codes : (p, n) uint8
        Positions 0 … base − 1, one row of memory per item.
    strata : (n,) int or None
        Stratum of each row; None: all in the first.
    weights : (n,) float or None

    Returns
    -------
    single : (S, p, base), pairs : (S, p(p − 1)/2, base, base)
        Pairs in ``numpy.triu_indices(p, 1)`` order; int64, or float64 with weights.

    Notes
    -----
    Counting a number of base^(2m) values costs hardly more than counting one of base values, and its table holds the
    joint distribution of 2m items. So p items are cut into blocks of m, every two blocks are packed into one number
    and counted, and the table is summed out to its m² pairs: p(p − 1)/2 tables in about p²/(2m²) passes over the rows.
    """
    p, n = codes.shape
    if p == 0:
        kind = np.int64 if weights is None else np.float64
        return np.zeros((n_strata, 0, base), kind), np.zeros((n_strata, 0, base, base), kind)
    if p == 1:
        index = codes[0].astype(np.intp) if strata is None else strata * base + codes[0]
        alone = np.asarray(np.bincount(index, weights, n_strata * base)).reshape(n_strata, 1, base)
        return alone, np.zeros((n_strata, 0, base, base), alone.dtype)
    blocks = _blocks(p, base, n_strata, n)
    couples = [(a, b) for a in range(len(blocks)) for b in range(a + 1, len(blocks))]
    packed = _packed_tables(codes, base, blocks, strata, n_strata, weights)
    pairs = np.empty((n_strata, p * (p - 1) // 2, base, base), packed.dtype)
    for table, (a, b) in zip(packed, couples, strict=True):
        _sum_out(table, blocks[a], blocks[b], base, p, pairs)
    single = np.empty((n_strata, p, base), pairs.dtype)
    single[:, 0] = pairs[:, 0].sum(axis=2)
    single[:, 1:] = pairs[:, : p - 1].sum(axis=2)
    return single, pairs


def _blocks(p: int, base: int, n_strata: int, n: int) -> list[list[int]]:
    """Items cut into blocks, as large as the table of two of them allows; at least two blocks unless p is 1."""
    limit = min(MAX_CELLS, max(n, 1))
    m = 1
    while 2 * (m + 1) <= p and n_strata * base ** (2 * (m + 1)) <= limit:
        m += 1
    number = -(-p // m)
    return [part.tolist() for part in np.array_split(np.arange(p), number)]


def _packed_tables(
    codes: Codes,
    base: int,
    blocks: list[list[int]],
    strata: Positions | None,
    n_strata: int,
    weights: Floats | None,
) -> np.ndarray:
    """(couples, cells) flat tables of each two blocks; cells that a smaller block has no use for stay empty."""
    cells = n_strata * base ** (2 * max(len(block) for block in blocks))
    number = len(blocks) * (len(blocks) - 1) // 2
    tables = np.zeros((number, cells), np.int64 if weights is None else np.float64)
    for start in range(0, codes.shape[1], STEP):
        rows = slice(start, start + STEP)
        packed = [_pack(codes, block, base, rows) for block in blocks]
        w = None if weights is None else weights[rows]
        both = np.empty_like(packed[0])
        at = 0
        for a, first in enumerate(packed):
            high = first if strata is None else first + strata[rows] * base ** len(blocks[a])
            for b in range(a + 1, len(blocks)):
                np.multiply(high, base ** len(blocks[b]), out=both)
                both += packed[b]
                tables[at] += np.bincount(both, w, cells)
                at += 1
    return tables


def _pack(codes: Codes, block: list[int], base: int, rows: slice) -> Positions:
    packed = codes[block[0], rows].astype(np.intp)
    for item in block[1:]:
        packed *= base
        packed += codes[item, rows]
    return packed


def _sum_out(table: np.ndarray, first: list[int], second: list[int], base: int, p: int, pairs: np.ndarray) -> None:
    """Write the pairs of two blocks, and of the items inside them, into ``pairs``."""
    a, b = len(first), len(second)
    n_strata = len(pairs)
    full = table[: n_strata * base ** (a + b)].reshape(n_strata, *([base] * a), base**b)
    for at, item in enumerate(first):
        others = tuple(axis + 1 for axis in range(a) if axis != at)
        of_item = full.sum(axis=others).reshape(n_strata, base, *([base] * b))
        for to, other in enumerate(second):
            rest = tuple(axis + 2 for axis in range(b) if axis != to)
            pairs[:, _place(item, other, p)] = of_item.sum(axis=rest)
    for inside, joint in ((first, full.sum(axis=-1)), (second, full.reshape(n_strata, base**a, base**b).sum(axis=1))):
        cube = joint.reshape(n_strata, *([base] * len(inside)))
        for at in range(len(inside)):
            for to in range(at + 1, len(inside)):
                rest = tuple(axis + 1 for axis in range(len(inside)) if axis not in (at, to))
                pairs[:, _place(inside[at], inside[to], p)] = cube.sum(axis=rest)


def _place(i: int, j: int, p: int) -> int:
    """Where the pair i < j stands in ``numpy.triu_indices(p, 1)``."""
    return i * p - i * (i + 1) // 2 + j - i - 1
