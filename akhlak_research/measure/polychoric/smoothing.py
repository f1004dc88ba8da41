"""The repair of a correlation matrix that is not positive definite."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats

_TINY = 1e-12


def smoothed(R: Floats) -> Floats:
    """(p, p) a positive definite correlation matrix near R (p, p).

    Eigenvalues below 1e-12 become 1e-10, all are scaled to keep their sum p, and the product is divided by its own
    diagonal (the procedure of ``psych::cor.smooth``, after Wothke 1993). It is not the nearest such matrix.
    """
    values, vectors = np.linalg.eigh(R)
    values = np.where(values < _TINY, 100 * _TINY, values)
    values *= len(R) / values.sum()
    product = (vectors * values) @ vectors.T
    size = np.sqrt(np.diag(product))
    out: Floats = product / np.outer(size, size)
    np.fill_diagonal(out, 1.0)
    return (out + out.T) / 2
