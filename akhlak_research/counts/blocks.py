"""Rows worked on in blocks that stay in the processor's cache; and the digest of answers, made the same way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: some dozen items of so many people fit the second-level cache; a table as a whole is read from memory once
BLOCK = 4096


class Hash(Protocol):
    """What ``hashlib`` gives."""

    def update(self, data: bytes, /) -> object:
        """Take in more."""


def blocks(n: int) -> Iterator[slice]:
    """Slices that cover n rows."""
    for start in range(0, n, BLOCK):
        yield slice(start, min(start + BLOCK, n))


def centred(values: Floats, center: Floats) -> Iterator[tuple[slice, Floats]]:
    """Blocks of ``values`` (n, p) less ``center`` (p,), each in the same piece of memory: use it before the next."""
    n, p = values.shape
    size = min(BLOCK, n)
    space = np.empty((size, p)) if values.flags.c_contiguous else np.empty((p, size)).T
    for block in blocks(n):
        z = space[: block.stop - block.start]
        np.subtract(values[block], center, out=z)
        yield block, z


def hash_answers(values: Floats, digest: Hash) -> None:
    """Feed (n, p) answers to a hash: whole numbers from −127 to 127 as one byte each (a missing one as −128), a block
    with any other value as eight; item after item, as tables lie in memory. Equal answers give equal digests, whatever
    type they came in."""
    for block in blocks(len(values)):
        part = values[block]
        codes = _as_bytes(part)
        digest.update(b"f" + part.tobytes(order="F") if codes is None else b"c" + codes.tobytes(order="F"))


def _as_bytes(part: Floats) -> NDArray[np.int8] | None:
    """Answers as bytes, or None where a byte does not hold them."""
    with np.errstate(invalid="ignore"):  # what overflows is not equal afterwards
        codes = part.astype(np.int8)
    if (codes == part).all():
        return codes if codes.min() > -128 else None
    missing = np.isnan(part)
    if not missing.any():
        return None
    codes[missing] = 0
    same = (codes == part) | missing
    if not same.all() or codes.min() <= -128:
        return None
    codes[missing] = -128
    return codes


def whole_sums(values: Floats, center: Floats, w: Floats | None) -> tuple[Floats, Floats, Floats, Floats]:
    """(p, p) sums of w, wx_i, wx_i² and wx_i x_j around ``center`` where nothing is missing; row i, column j."""
    p = values.shape[1]
    x, xy = np.zeros(p), np.zeros((p, p))
    for block, z in centred(values, center):
        zw = z if w is None else z * w[block, None]
        xy += zw.T @ z
        x += zw.sum(axis=0)
    total = float(len(values)) if w is None else float(w.sum())
    every = np.full((p, p), total)
    return every, np.repeat(x[:, None], p, axis=1), np.repeat(np.diag(xy)[:, None], p, axis=1), xy


def patchy_sums(
    values: Floats, center: Floats, w: Floats, times: Floats
) -> tuple[tuple[Floats, Floats, Floats, Floats], NDArray[np.int64]]:
    """The same over the rows where both items are answered, and how many people (``times`` (n,) a row) they are."""
    p = values.shape[1]
    sums = np.zeros((4, p, p))
    n_pair = np.zeros((p, p))
    for block in blocks(len(values)):
        there = ~np.isnan(values[block])
        z, m = np.where(there, values[block] - center, 0.0), there.astype(np.float64)
        mw, zw = m * w[block, None], z * w[block, None]
        sums += np.stack([mw.T @ m, zw.T @ m, (zw * z).T @ m, zw.T @ z])
        n_pair += m.T @ (m * times[block, None])
    return (sums[0], sums[1], sums[2], sums[3]), np.rint(n_pair).astype(np.int64)
