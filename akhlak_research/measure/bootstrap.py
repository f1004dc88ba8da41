"""Bootstrap of people with complete answers (Efron 1979): what they weigh in each sample; alpha of all samples as one
product of these weights with row sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats

# numbers held at once: bounds the memory of a chunk of replicates to some 100 MB
_CHUNK = 6_000_000


@dataclass(frozen=True, slots=True)
class People:
    """Complete rows in an order of their own, so that a draw depends on who answered and not on the order of rows.

    Attributes
    ----------
    values : (n, p)
    weights : (n,)
        Sampling weights, which a person keeps when drawn, scaled to at most 1; else ones.
    rows : (N,) int or None
        With frequencies, the row of each person; None where a row is a person.
    """

    values: Floats
    weights: Floats
    rows: np.ndarray | None

    def draw(self, n_boot: int, rng: np.random.Generator) -> Iterator[Floats]:
        """Chunks (b, n) of weights of the rows in ``n_boot`` samples of as many people, drawn with replacement."""
        length = len(self.values)
        n = length if self.rows is None else len(self.rows)
        chunk = max(1, _CHUNK // max(n, length))
        for start in range(0, n_boot, chunk):
            size = min(chunk, n_boot - start)
            drawn = rng.integers(0, n, size=(size, n))
            if self.rows is not None:
                drawn = self.rows[drawn]
            drawn += np.arange(size)[:, None] * length
            yield np.bincount(drawn.ravel(), minlength=size * length).reshape(size, -1) * self.weights


def as_people(values: Floats, weights: Floats | None, *, sampling: bool) -> People:
    """People of complete rows ``values`` (n, p) with frequencies or (``sampling``) sampling weights."""
    order = np.lexsort((*(() if weights is None else (weights,)), *values.T))
    values, none = values[order], np.ones(len(values))
    if weights is None:
        return People(values, none, None)
    w = weights[order]
    if sampling:
        return People(values, w / w.max(), None)
    return People(values, none, np.repeat(np.arange(len(w)), w.astype(np.int64)))


def bootstrap_alpha(
    values: Floats, weights: Floats | None, sampling: bool, n_boot: int, rng: np.random.Generator
) -> Floats:
    """(n_boot,) alphas of n people drawn with replacement from n people.

    Alpha needs Σ x², (Σ x)² and x of each row, so a replicate is one row of a product (n_boot × n) · (n × (p + 3)).
    """
    people = as_people(values, weights, sampling=sampling)
    values = people.values
    x = values - (values.min(axis=0) + values.max(axis=0)) / 2  # the same whatever the frequencies; exact for codes
    rows = np.column_stack([np.ones(len(x)), (x**2).sum(axis=1), x.sum(axis=1) ** 2, x])
    return np.concatenate([_alpha_of_sums(times @ rows) for times in people.draw(n_boot, rng)])


def bootstrap_covariances(people: People, n_boot: int, rng: np.random.Generator) -> Iterator[Floats]:
    """``n_boot`` covariance matrices (p, p), denominator Σw: what is drawn from them does not depend on the scale."""
    x = people.values - people.values.mean(axis=0)
    for times in people.draw(n_boot, rng):
        for w in times:
            share = w / w.sum()
            mean = share @ x
            yield (x * share[:, None]).T @ x - np.outer(mean, mean)


def normal_covariances(cov: Floats, n: int, n_boot: int, rng: np.random.Generator) -> Iterator[Floats]:
    """``n_boot`` covariance matrices of n normal rows with covariances ``cov`` (p, p), positive definite, n > p.

    Wishart matrices as CAA′C′ with C the Cholesky root and A lower triangular, χ on its diagonal (Bartlett 1933).
    """
    root, p = np.linalg.cholesky(cov), len(cov)
    for _ in range(n_boot):
        A = np.tril(rng.standard_normal((p, p)), -1)
        A[np.diag_indices(p)] = np.sqrt(rng.chisquare(n - 1 - np.arange(p)))
        half = root @ A
        yield half @ half.T / (n - 1)


def _alpha_of_sums(sums: Floats) -> Floats:
    """Alpha from (m, p + 3) sums of w, w Σx², w (Σx)² and wx; NaN where the sum of the items does not vary."""
    k = sums.shape[1] - 3
    mean = sums[:, 3:] / sums[:, :1]
    trace = sums[:, 1] / sums[:, 0] - (mean**2).sum(axis=1)
    total = sums[:, 2] / sums[:, 0] - mean.sum(axis=1) ** 2
    varies = total > 1e-12 * (trace + (mean**2).sum(axis=1))
    alphas: Floats = np.where(varies, k / (k - 1) * (1 - trace / np.where(varies, total, 1.0)), np.nan)
    return alphas
