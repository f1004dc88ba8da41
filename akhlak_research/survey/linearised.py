"""Means of domains with sampling weights, and their covariances by Taylor linearisation."""

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


def domain_means(y: Floats, w: Floats, domain: Ints, g: int) -> DomainMeans:
    """ŷ_d = Σ w y / Σ w over the rows of a domain that have y, and the linearised variable of that ratio.

    Parameters
    ----------
    y : (n, k)
        Values, NaN where missing.
    w : (n,)
        Weights > 0; their scale does not matter.
    domain : (n,) int
        Domain of each row, 0 … g − 1.

    Notes
    -----
    Influence z = w (y − ŷ_d) / Σ w (Särndal, Swensson & Wretman 1992, section 5.8).
    """
    there = ~np.isnan(y)
    filled = np.where(there, y, 0.0)
    n, k = y.shape
    mean, count, z = np.full((g, k), np.nan), np.zeros((g, k), dtype=np.int64), np.zeros((n, k))
    for column in range(k):
        weight = w * there[:, column]
        total = np.bincount(domain, weight, g)
        count[:, column] = np.bincount(domain[there[:, column]], minlength=g)
        some = count[:, column] > 0
        mean[some, column] = (np.bincount(domain, weight * filled[:, column], g)[some]) / total[some]
        center = np.where(some, mean[:, column], 0.0)[domain]
        z[:, column] = weight * (filled[:, column] - center) / np.where(some, total, 1.0)[domain]
    return DomainMeans(mean, count, z)


def domain_covariances(means: DomainMeans, domain: Ints, g: int, fraction: Floats | None = None) -> Floats:
    """(g, k, k) covariances of the means of each domain, taken as a simple random sample of itself.

    Σ z zᵀ · n / (n − 1) · (1 − f); without weights this is s² / n · (1 − f). NaN where n < 2 and f < 1. The factor
    n / (n − 1) is applied per variable, so that each variance is that of its own rows.

    Parameters
    ----------
    fraction : (g,), optional
        Sampling fraction f of each domain.
    """
    n = means.n.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.sqrt(np.where(n > 1, n / (n - 1), np.nan))
    out = _cross(means.influence, domain, g) * small[:, :, None] * small[:, None, :]
    if fraction is not None:
        out *= (1 - fraction)[:, None, None]
        out[fraction >= 1] = 0.0
    return out


def stratified_covariance(z: Floats, stratum: Ints, fraction: Floats) -> Floats:
    """(k, k) covariance of a sum of influences over strata, with finite-population correction.

    Σ_h (1 − f_h) n_h / (n_h − 1) Σ_i (z_i − z̄_h)(z_i − z̄_h)ᵀ. A stratum with one row and f < 1 is centred at 0, the
    mean over all rows (``survey.lonely.psu = "adjust"`` of R's survey).

    Parameters
    ----------
    z : (n, k)
        Influences on the estimate of the whole.
    stratum : (n,) int
        0 … H − 1, every stratum present.
    fraction : (H,)
        Sampling fractions.
    """
    strata = len(fraction)
    size = np.bincount(stratum, minlength=strata).astype(np.float64)
    sums = np.stack([np.bincount(stratum, column, strata) for column in z.T], axis=1)
    lonely = size < 2
    centre = sums[:, :, None] * sums[:, None, :] / size[:, None, None]
    factor = (1 - fraction) * np.where(lonely, 1.0, size / np.maximum(size - 1, 1.0))
    squares = _cross(z, stratum, strata) - np.where(lonely[:, None, None], 0.0, centre)
    return np.asarray((factor[:, None, None] * squares).sum(axis=0), dtype=np.float64)


def _cross(z: Floats, domain: Ints, g: int) -> Floats:
    """(g, k, k) sums of z zᵀ per domain."""
    k = z.shape[1]
    out = np.empty((g, k, k))
    for a in range(k):
        for b in range(a, k):
            out[:, a, b] = out[:, b, a] = np.bincount(domain, z[:, a] * z[:, b], g)
    return out
