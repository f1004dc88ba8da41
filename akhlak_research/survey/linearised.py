"""Ratios and means of domains with sampling weights, and what each row adds to their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DomainMeans:
    """Means of g domains of k variables.

    Attributes
    ----------
    mean : (g, k)
        NaN where a domain has no value.
    n : (g, k) int
        Rows behind each mean.
    influence : (n, k)
        What each row adds to the error of its domain's mean; sums to 0 in every domain.
    """

    mean: Floats
    n: Ints
    influence: Floats


def ratio_of_sums(top: Floats, low: Floats | None, w: Floats, domain: Ints, g: int) -> tuple[Floats, Floats]:
    """(g, k) ratios Σ w top / Σ w low by domain (totals without ``low``), and (n, k) influences on them.

    Influence w (top − θ low) / Σ w low (Särndal, Swensson & Wretman 1992, section 5.6); w top for a total. Rows
    outside every domain (−1) have none; a domain without weight has NaN.

    Parameters
    ----------
    top, low : (n, k)
    w : (n,)
        Weights; their scale does not matter to a ratio.
    domain : (n,) int
        −1 … g − 1.
    """
    inside = domain >= 0
    rows, weight = domain[inside], w[inside]
    theta, z = np.full((g, top.shape[1]), np.nan), np.zeros(top.shape)
    for at in range(top.shape[1]):
        y = weight * top[inside, at]
        total = np.bincount(rows, y, g)
        if low is None:
            theta[:, at], z[inside, at] = total, y
            continue
        x = weight * low[inside, at]
        size = np.bincount(rows, x, g)
        some = size != 0
        theta[some, at] = total[some] / size[some]
        centre = np.where(some, theta[:, at], 0.0)[rows]
        z[inside, at] = (y - centre * x) / np.where(some, size, 1.0)[rows]
    return theta, z


def domain_means(y: Floats, w: Floats, domain: Ints, g: int) -> DomainMeans:
    """Means of (n, k) values over domains, each over the rows that have it (NaN: missing), with their influences."""
    there = np.logical_not(np.isnan(y))
    mean, z = ratio_of_sums(np.where(there, y, 0.0), there.astype(np.float64), w, domain, g)
    count = np.stack([np.bincount(domain[(domain >= 0) & ok], minlength=g) for ok in there.T], axis=1)
    return DomainMeans(mean, count, z)
