"""Polychoric correlations of answers that have nothing in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.two_step import maximise, thresholds

#: pairs whose tables are maximised together
_PAIRS = 8192
#: rows whose indicators are held at once; sums of ones stay exact in single precision
_ROWS = 65_536
_TRIES = 100
#: numbers of tables held at once: bounds a batch to 160 MB
_NUMBERS = 20_000_000


def shuffled_codes(values: Floats, rng: np.random.Generator) -> tuple[Callable[[], NDArray[np.uint8]], int]:
    """A drawer of ``values`` (n, p) with each column shuffled by itself, as category numbers, and their number."""
    codes = np.unique(values)
    numbers = np.searchsorted(codes, values).astype(np.uint8)
    return lambda: rng.permuted(numbers, axis=0), len(codes)


def drawn_codes(
    shares: Sequence[Floats], n: int, rng: np.random.Generator
) -> tuple[Callable[[], NDArray[np.uint8]], int]:
    """A drawer of n independent answers per item with the given shares of categories, and the largest number of them.

    This is cutting independent normal variables at the items' thresholds. A draw that leaves an item with a single
    category has no correlations and is drawn again.
    """

    def draw() -> NDArray[np.uint8]:
        out = np.empty((n, len(shares)), dtype=np.uint8)
        for j, share in enumerate(shares):
            for _ in range(_TRIES):
                out[:, j] = np.searchsorted(np.cumsum(share)[:-1], rng.random(n), side="right")
                if out[0, j] != out[-1, j] or (out[:, j] != out[0, j]).any():
                    break
            else:
                raise MethodError("noise_constant", got=n, share=float(share.max()))
        return out

    return draw, max(map(len, shares))


def polychoric_batches(
    draw: Callable[[], NDArray[np.uint8]], p: int, categories: int, n_draws: int
) -> Iterator[Floats]:
    """Batches (b, p, p) of polychoric correlation matrices of draws."""
    first, second = np.triu_indices(p, 1)
    size = max(1, min(_PAIRS // len(first), _NUMBERS // (p * categories) ** 2))
    for start in range(0, n_draws, size):
        count = min(size, n_draws - start)
        tables = np.empty((count, p, p, categories, categories))
        for at in range(count):
            tables[at] = joint_tables(draw(), categories)
        single = np.einsum("bppkk->bpk", tables)
        yield polychoric_matrices(single, tables[:, first, second])


def joint_tables(codes: NDArray[np.uint8], categories: int, weights: Floats | None = None) -> Floats:
    """(p, p, K, K) joint answers of category numbers (n, p), rows counted ``weights`` (n,) times.

    Sums of whole numbers below 2²⁴ are exact in single precision, which is twice as fast.
    """
    n, p = codes.shape
    total = np.zeros((p * categories, p * categories))
    whole = weights is None or (bool((weights == np.rint(weights)).all()) and float(weights.sum()) < 2**24)
    kind = np.float32 if whole else np.float64
    for start in range(0, n, _ROWS):
        part = slice(start, start + _ROWS)
        indicators = (codes[part, :, None] == np.arange(categories, dtype=np.uint8)).reshape(-1, p * categories)
        x = indicators.astype(kind)
        total += x.T @ (x if weights is None else x * weights[part, None].astype(kind))
    return total.reshape(p, categories, p, categories).transpose(0, 2, 1, 3)


def polychoric_matrices(single: Floats, pairs: Floats) -> Floats:
    """(b, p, p) two-step correlations from margins (b, p, K) and joint answers (b, q, K, K) of all pairs."""
    b, p, k = single.shape
    first, second = np.triu_indices(p, 1)
    tau = thresholds(single)
    found = maximise(
        tau[:, first].reshape(-1, k - 1), tau[:, second].reshape(-1, k - 1), pairs.reshape(-1, k, k)
    )  # fmt: skip
    out = np.tile(np.eye(p), (b, 1, 1))
    out[:, first, second] = out[:, second, first] = found.rho.reshape(b, -1)
    return out
