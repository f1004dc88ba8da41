"""Correlation matrices of answers that have nothing in common, and the eigenvalues by which factors are counted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE
from akhlak_research.measure.one_factor import one_factor_loadings


def simulated_correlations(n: int, p: int, n_draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Batches (b, p, p) of sample correlation matrices of n rows of p independent normal variables.

    No rows are drawn: the cross-products of n centred normal rows are Wishart with n − 1 degrees of freedom, drawn as
    A A' with A lower triangular, independent χ on its diagonal and normal below (Bartlett 1933). With fewer degrees of
    freedom than variables, A keeps its first n − 1 columns.
    """
    rank = min(n - 1, p)
    freedom = n - 1 - np.arange(rank)
    for size in _batches(p, n_draws):
        A = np.tril(rng.normal(size=(size, p, rank)), -1)
        A[:, np.arange(rank), np.arange(rank)] = np.sqrt(rng.chisquare(freedom, size=(size, rank)))
        W = A @ A.swapaxes(-1, -2)
        sd = np.sqrt(np.diagonal(W, axis1=-2, axis2=-1))
        yield W / (sd[:, :, None] * sd[:, None, :])


def permuted_correlations(values: Floats, n_draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Batches (b, p, p) of correlation matrices of ``values`` (n, p), each column shuffled by itself."""
    p = values.shape[1]
    z = values - values.mean(axis=0)
    z /= np.sqrt((z**2).sum(axis=0))
    for size in _batches(p, n_draws, 10):
        batch = np.empty((size, p, p))
        for at in range(size):
            shuffled = rng.permuted(z, axis=0)
            batch[at] = shuffled.T @ shuffled
        yield batch


def _batches(p: int, n_draws: int, largest: int = 250) -> Iterator[int]:
    size = max(1, min(largest, 2_000_000 // p**2))
    for start in range(0, n_draws, size):
        yield min(size, n_draws - start)


def component_eigenvalues(R: Floats) -> Floats:
    """(b, p) eigenvalues of R (b, p, p), largest first."""
    return np.asarray(np.linalg.eigvalsh(R)[..., ::-1])


def one_factor_eigenvalues(R: Floats) -> Floats:
    """(b, p) eigenvalues of R (b, p, p) with the communalities of one minres factor on its diagonal."""
    return _reduced(R, one_factor_loadings(R, _first_axis(R)) ** 2)


def smc_eigenvalues(R: Floats) -> Floats:
    """(b, p) eigenvalues of R (b, p, p) with squared multiple correlations on its diagonal."""
    return _reduced(R, _squared_multiple(R))


def _squared_multiple(R: Floats) -> Floats:
    return np.asarray(1.0 - 1.0 / np.diagonal(np.linalg.inv(R), axis1=-2, axis2=-1))


def _with_diagonal(R: Floats, diagonal: Floats) -> Floats:
    at = np.arange(R.shape[-1])
    reduced = R.copy()
    reduced[:, at, at] = diagonal
    return reduced


def _reduced(R: Floats, communalities: Floats) -> Floats:
    return component_eigenvalues(_with_diagonal(R, communalities))


def _first_axis(R: Floats) -> Floats:
    """(b, p) loadings to start from: the first principal axis of the matrix with rough communalities."""
    off = _with_diagonal(R, np.zeros(R.shape[:-1]))
    singular = np.linalg.eigvalsh(R)[:, 0] <= SMALLEST_EIGENVALUE
    rough = (off**2).max(axis=-1)
    if not singular.all():
        rough[~singular] = _squared_multiple(R[~singular])
    values, vectors = np.linalg.eigh(_with_diagonal(R, rough))
    return np.asarray(vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0.0)))
