"""Statistics of votes as ratios of totals over respondents, the respondent being the cluster.

With y_i what respondent i adds to the numerator and m_i to the denominator, r = Σ w y / Σ w m and, by linearisation,
var(r) = n / (n − 1) Σ z², z_i = w_i (y_i − r m_i) / Σ w m (Cochran 1977, Sampling Techniques, eq. 6.13).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from akhlak_research.survey.linearised import Floats, Ints, ratio_of_sums

#: numbers held at once in a chunk of bootstrap replicates
_CHUNK = 4_000_000
#: columns taken at once, so that a row of them stays within a line of the cache
_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Ratios:
    """K ratios in g domains: ``estimate`` (g, K) with NaN where nobody voted, ``n`` (g, K), ``influence`` (n, K)."""

    estimate: Floats
    n: Ints
    influence: Floats

    def variance(self, domain: Ints) -> Floats:
        """(g, K) linearised variances; NaN where fewer than two respondents voted."""
        return cluster_variance(self.influence, self.n, domain)


def cluster_variance(influence: Floats, n: Ints, domain: Ints) -> Floats:
    """(g, K) n / (n − 1) Σ z² per domain; NaN where n < 2."""
    g = len(n)
    squares = np.stack([np.bincount(domain, column**2, g) for column in influence.T], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Floats = np.where(n > 1, n / (n - 1.0), np.nan) * squares
    return out


def domain_ratios(y: Floats, m: Floats, w: Floats, domain: Ints, g: int) -> Ratios:
    """Ratios of (n, K) numerators to (n, K) denominators in each domain, with their linearised variables."""
    k = y.shape[1]
    estimate, z = np.empty((g, k)), np.empty(y.shape, order="F")  # columns are what everything runs along
    for start in range(0, k, _COLUMNS):
        part = slice(start, start + _COLUMNS)
        estimate[:, part], z[:, part] = ratio_of_sums(y[:, part], m[:, part], w, domain, g)
    count = np.stack([np.bincount(domain[column > 0], minlength=g) for column in m.T], axis=1)
    return Ratios(estimate, count, z)


def evenness(shares: Floats) -> Floats:
    """(…,) Shannon entropy of (…, A) shares over ln A: 1 where all areas get the same, 0 where one gets everything."""
    logs = np.where(shares > 0, np.log(np.where(shares > 0, shares, 1.0)), 0.0)
    return np.asarray(-(shares * logs).sum(axis=-1) / np.log(shares.shape[-1]), dtype=np.float64)


def evenness_influence(shares: Floats, influence: Floats, domain: Ints) -> Floats:
    """(n,) linearised variable of the evenness: −Σ (ln s + 1) z_s / ln A."""
    slope = np.where(shares > 0, -(np.log(np.where(shares > 0, shares, 1.0)) + 1), 0.0) / np.log(shares.shape[1])
    return np.asarray((slope[domain] * influence).sum(axis=1), dtype=np.float64)


def overlap(first: Floats, second: Floats) -> Floats:
    """(…,) Σ min(p, q) of two (…, W) profiles of shares: 1 where they are the same, 0 where they share no word."""
    return np.asarray(np.minimum(first, second).sum(axis=-1), dtype=np.float64)


def overlap_influence(first: Floats, second: Floats, z_first: Floats, z_second: Floats, domain: Ints) -> Floats:
    """(n,) linearised variable of the overlap: that of the smaller share of each word, half of each where equal."""
    lower = (first < second) + 0.5 * (first == second)
    return np.asarray((lower[domain] * z_first + (1 - lower)[domain] * z_second).sum(axis=1), dtype=np.float64)


def chance_match(first: NDArray[np.bool_], second: NDArray[np.bool_], w: Floats, domain: Ints, g: int) -> Floats:
    """(g,) 2 |P ∩ C| / (|P| + |C|) that would be seen if P were of one respondent and C of another of the same domain.

    Σ_{i ≠ j} w_i w_j 2 |P_i ∩ C_j| over Σ_{i ≠ j} w_i w_j (|P_i| + |C_j|). NaN with fewer than two respondents.
    """
    out = np.full(g, np.nan)
    both = np.flatnonzero((domain >= 0) & first.any(axis=1) & second.any(axis=1))
    both = both[np.argsort(domain[both], kind="stable")]
    edges = np.searchsorted(domain[both], np.arange(g + 1))
    for at in range(g):
        rows = both[edges[at] : edges[at + 1]]
        p, c, v = first[rows].astype(np.float64), second[rows].astype(np.float64), w[rows]
        if len(v) < 2:
            continue
        own, sizes = v**2, p.sum(axis=1) + c.sum(axis=1)
        common = (v @ p) @ (v @ c) - own @ (p * c).sum(axis=1)
        size = v.sum() * (v @ sizes) - own @ sizes
        out[at] = 2 * common / size
    return out


def resampled_totals(columns: Floats, n_boot: int, rng: np.random.Generator) -> Floats:
    """(n_boot, q) column totals of n respondents drawn with replacement from n, in whatever order the rows stand."""
    n = len(columns)
    columns = columns[np.lexsort(columns.T)]
    out = np.empty((n_boot, columns.shape[1]))
    chunk = max(1, _CHUNK // max(n, 1))
    for start in range(0, n_boot, chunk):
        size = min(chunk, n_boot - start)
        drawn = rng.integers(0, n, (size, n)) + np.arange(size)[:, None] * n
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        out[start : start + size] = times @ columns
    return out
