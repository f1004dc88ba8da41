"""What is observed of continuous variables: means, covariances and, for robust statistics, their cross-products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import vech_index

_BATCH = 500


@dataclass(frozen=True)
class Sample:
    """Complete rows of one group.

    Attributes
    ----------
    rows : (m, p) float
    weights : (m,) float
        What each row counts: its frequency, or its sampling weight scaled to sum to n.
    n : float
        People: Σ weights.
    mean, cov : (p,), (p, p)
        Denominator n.
    squared : (m,) float
        Weight of a row in a variance of scores: its frequency (a row k times), the square of a sampling weight.
    clusters : (m,) int or None
    given : (k,) int
        Covariates that are taken as given; their moments then do not vary.
    """

    rows: Floats
    weights: Floats
    n: float
    mean: Floats
    cov: Floats
    squared: Floats
    clusters: NDArray[np.intp] | None = None
    given: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    @property
    def explained(self) -> Floats:
        """(p, p) M with ŷ − ȳ = M (y − ȳ), what the covariates given say of every variable."""
        p, x = len(self.mean), self.given
        found = np.zeros((p, p))
        found[:, x] = np.linalg.solve(self.cov[np.ix_(x, x)], self.cov[x]).T
        return found

    @cached_property
    def products(self) -> Floats:
        """``cross_products``, computed when something first needs Γ itself."""
        return cross_products(self)

    @property
    def plain(self) -> bool:
        """Whether every row counts once."""
        return bool((self.squared == 1).all())

    @property
    def n_clusters(self) -> int:
        """Clusters; 0 where rows are independent."""
        return 0 if self.clusters is None else int(self.clusters.max()) + 1


def batches(rows: int) -> Iterator[slice]:
    """Runs of rows short enough to stay near the processor."""
    for start in range(0, rows, _BATCH):
        yield slice(start, start + _BATCH)


def few_clusters(sample: Sample) -> float:
    """C / (C − 1), C the number of clusters."""
    return sample.n_clusters / (sample.n_clusters - 1)


def sample_of(
    rows: Floats, weights: Floats | None, *, sampling: bool, clusters: NDArray[np.intp] | None = None
) -> Sample:
    """Moments of complete rows; ``weights`` are frequencies or (scaled) sampling weights."""
    w = np.ones(len(rows)) if weights is None else weights
    n = float(w.sum())
    mean = w @ rows / n
    centred = rows - mean
    cov = (centred * w[:, None]).T @ centred / n
    squared = w**2 if sampling else w
    return Sample(rows, w, n, mean, (cov + cov.T) / 2, squared, clusters)


def cross_products(sample: Sample) -> Floats:
    """(1 + p + p*, 1 + p + p*) Σ over rows (or clusters) of z z′, z = w [1, y − ȳ, vech((y − ȳ)(y − ȳ)′ − S)].

    The scores of every normal-theory fit are linear in z, so this one matrix, additive over rows, is all that sandwich
    errors and scaled tests need. Clusters count times C/(C − 1), C their number. Without its first row and column,
    over n, it is Γ (Browne 1984). Where covariates are given, z is less by what it would be at ŷ, so that Γ is that of
    all else.
    """
    p = len(sample.mean)
    first, second = vech_index(p)
    size = 1 + p + len(first)
    explained = sample.explained if len(sample.given) else None
    left = sample.cov if explained is None else sample.cov - explained @ sample.cov @ explained.T
    center = left[first, second]
    clustered, plain = sample.clusters is not None, sample.plain
    total = np.zeros((size, size))
    sums = np.zeros((sample.n_clusters, size))
    for part in batches(len(sample.rows)):
        # variables as rows: products of whole rows are quick, and the batch stays near the processor
        c = np.ascontiguousarray((sample.rows[part] - sample.mean).T)
        z = np.empty((size, c.shape[1]))
        z[0] = 1.0
        z[1 : p + 1] = c
        np.multiply(c[first], c[second], out=z[p + 1 :])
        z[p + 1 :] -= center[:, None]
        if explained is not None:
            fitted = explained @ c
            z[1 : p + 1] -= fitted
            z[p + 1 :] -= fitted[first] * fitted[second]
        if clustered:
            assert sample.clusters is not None
            np.add.at(sums, sample.clusters[part], (z * sample.weights[part]).T)
        else:
            if not plain:
                z *= np.sqrt(sample.squared[part])
            total += z @ z.T
    if not clustered:
        return total
    return np.asarray(few_clusters(sample) * sums.T @ sums)
