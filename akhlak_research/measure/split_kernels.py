"""Split halves as functions of a covariance matrix.

A split is a row u of ±1 that says which half an item is in. With S (k, k) and total σ² = 1′S1, all that a split needs
are q = u′Su and d = u′S1: the halves have variances V = (σ² + q)/4 ± d/2 and covariance C = (σ² − q)/4.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from akhlak_research.measure.bounded import Floats

Halves = Literal["equal", "any"]
#: more splits than this are not listed but searched and drawn: 20 items in equal halves, 17 in any halves are listed
MOST_LISTED = 100_000
#: starts of a search for the best or worst split, and splits drawn for the mean
N_STARTS, N_DRAWN = 200, 10_000


@dataclass(frozen=True, slots=True)
class Halved:
    """Both coefficients of m splits.

    Attributes
    ----------
    flanagan_rulon : (m,)
        4C/σ² (Rulon 1939; Guttman 1945): the halves may have unequal variances.
    spearman_brown : (m,)
        2r/(1 + r), r = C/√(V₁V₂) (Spearman 1910; Brown 1910): NaN where a half does not vary, or r = −1.
    """

    flanagan_rulon: Floats
    spearman_brown: Floats


def halved(cov: Floats, signs: Floats) -> Halved:
    """Coefficients of the splits ``signs`` (m, k) of S (k, k)."""
    total, r, _ = _parts(cov, signs)
    q = np.einsum("ij,ij->i", signs @ cov, signs)
    stepped = np.divide(2 * r, 1 + r, out=np.full_like(r, np.nan), where=1 + r > 1e-9)
    return Halved(np.asarray(1 - q / total), stepped)


def _parts(cov: Floats, signs: Floats) -> tuple[float, Floats, tuple[Floats, Floats]]:
    """σ², the halves' correlation (m,) and their variances; NaN where a half does not vary."""
    total = float(cov.sum())
    q = np.einsum("ij,ij->i", signs @ cov, signs)
    d = signs @ cov.sum(axis=0)
    one, other = (total + q) / 4 + d / 2, (total + q) / 4 - d / 2
    dust = 1e-12 * float(np.trace(cov))
    fine = (one > dust) & (other > dust)
    scale = np.sqrt(np.where(fine, one * other, 1.0))
    r = np.where(fine, np.clip((total - q) / 4 / scale, -1.0, 1.0), np.nan)
    return total, r, (np.where(fine, one, np.nan), np.where(fine, other, np.nan))


def flanagan_rulon_gradient(cov: Floats, signs: Floats, shares: Floats) -> Floats:
    """(k, k) gradient of Σ share · 4C/σ² over the splits ``signs`` (m, k), ``shares`` (m,)."""
    total = float(cov.sum())
    q = np.einsum("ij,ij->i", signs @ cov, signs)
    return np.asarray(float(shares @ q) / total**2 - (signs * shares[:, None]).T @ signs / total)


def spearman_brown_gradient(cov: Floats, signs: Floats, shares: Floats) -> Floats:
    """(k, k) gradient of Σ share · 2r/(1 + r); no half may be constant.

    With a = (1 + u)/2 and b = (1 − u)/2 the halves, dr = r (½(ab′ + ba′)·dS/C − ½ aa′·dS/V₁ − ½ bb′·dS/V₂); the three
    products are sums of 11′, u1′ + 1u′ and uu′.
    """
    _, r, (one, other) = _parts(cov, signs)
    slope = shares * 2 / (1 + r) ** 2
    cross = slope / np.sqrt(one * other)  # weight of ½(ab′ + ba′) = (11′ − uu′)/4
    first, second = slope * r / (2 * one), slope * r / (2 * other)  # weights of aa′ and bb′
    ones, both = float((cross - first - second).sum()) / 4, (-cross - first - second) / 4
    mixed = signs.T @ ((second - first) / 4)
    return np.asarray(ones + mixed[:, None] + mixed[None, :] + (signs * both[:, None]).T @ signs)


def mean_flanagan_rulon(cov: Floats) -> float:
    """Mean of 4C/σ² over all splits into halves that differ by at most one item, in closed form: E u_i u_j is
    −1/(k − 1) for even k (the mean is alpha: Cronbach 1951) and −1/k for odd k."""
    return 1.0 - float((_mean_product(len(cov)) * cov).sum()) / float(cov.sum())


def mean_flanagan_rulon_gradient(cov: Floats) -> Floats:
    """(k, k) gradient of that mean."""
    product, total = _mean_product(len(cov)), float(cov.sum())
    return np.asarray(float((product * cov).sum()) / total**2 - product / total)


def _mean_product(k: int) -> Floats:
    product = np.full((k, k), -1.0 / (k - 1 if k % 2 == 0 else k))
    np.fill_diagonal(product, 1.0)
    return product


def number_of_splits(k: int, halves: Halves) -> int:
    """How many splits of k items there are."""
    if halves == "any":
        return (1 << (k - 1)) - 1
    return math.comb(k, k // 2) // (2 if k % 2 == 0 else 1)


def all_splits(k: int, halves: Halves) -> Floats:
    """(m, k) every split once, as ±1; the last item is always in the half −1 where halves are of equal size."""
    if halves == "any":
        numbers = np.arange(1, 2 ** (k - 1))
        return np.asarray(2.0 * ((numbers[:, None] >> np.arange(k)) & 1) - 1)
    size = k // 2
    free = k - 1 if k % 2 == 0 else k
    chosen = np.array(list(itertools.combinations(range(free), size)))
    signs = np.full((len(chosen), k), -1.0)
    np.put_along_axis(signs, chosen, 1.0, axis=1)
    return signs


def random_splits(k: int, halves: Halves, m: int, rng: np.random.Generator) -> Floats:
    """(m, k) splits drawn uniformly, with repetition."""
    if halves == "any":
        signs = np.asarray(2.0 * rng.integers(0, 2, size=(m, k)) - 1, dtype=np.float64)
        whole = np.abs(signs.sum(axis=1)) == k
        signs[whole, 0] *= -1  # a whole is no split; k splits stand in for it
        return signs
    order = rng.random((m, k)).argsort(axis=1)
    return np.asarray(np.where(order < k // 2, 1.0, -1.0), dtype=np.float64)


def improve_splits(cov: Floats, signs: Floats, halves: Halves, *, lowest: bool) -> Floats:
    """(m, k) each split after steepest moves until none helps: the best swap of two items between the halves, or (any
    halves) the best move of one. ``lowest`` looks for the smallest 4C/σ², that is the largest u′Su."""
    side = -1.0 if lowest else 1.0
    signs = signs.copy()
    active = np.arange(len(signs))
    diagonal = np.diag(cov)
    while len(active):
        u = signs[active]
        pull = u * (u @ cov)  # u_i (Su)_i; turning i changes u′Su by −4 (pull_i − s_ii)
        if halves == "any":
            gain = side * 4 * (pull - diagonal)
            gain[np.abs(u.sum(axis=1)) >= cov.shape[0] - 2] = -np.inf  # the last of a half may not leave it
            best = gain.argmax(axis=1)
            better = gain[np.arange(len(u)), best] > 1e-12 * float(diagonal.sum())
            u[np.arange(len(u)), best] *= -1
        else:
            single = pull - diagonal
            # turning i and j, which are apart (u_i u_j = −1): the pair's own term counts once more
            gain = side * 4 * (single[:, :, None] + single[:, None, :] + 2 * cov)
            gain[u[:, :, None] * u[:, None, :] > 0] = -np.inf
            flat = gain.reshape(len(u), -1)
            best = flat.argmax(axis=1)
            better = flat[np.arange(len(u)), best] > 1e-12 * float(diagonal.sum())
            i, j = np.unravel_index(best, cov.shape)
            u[np.arange(len(u)), i] *= -1
            u[np.arange(len(u)), j] *= -1
        signs[active[better]] = u[better]
        active = active[better]
    return signs


@dataclass(frozen=True, slots=True)
class Splits:
    """Splits ``signs`` (m, k), and whether they are all there are."""

    signs: Floats
    complete: bool


def splits_of(cov: Floats, halves: Halves, rng: np.random.Generator) -> Splits:
    """Every split of the items of S (k, k) once; where there are more than ``MOST_LISTED``, a random sample of them."""
    k = len(cov)
    if number_of_splits(k, halves) <= MOST_LISTED:
        return Splits(all_splits(k, halves), True)
    return Splits(random_splits(k, halves, N_DRAWN, rng), False)


def extreme_split(cov: Floats, splits: Splits, halves: Halves, *, lowest: bool) -> Floats:
    """(k,) the split with the largest (smallest) 4C/σ²: of all, or the best that a search from the first
    ``N_STARTS`` ends at."""
    signs = splits.signs
    if not splits.complete:
        signs = improve_splits(cov, signs[:N_STARTS], halves, lowest=lowest)
    value = halved(cov, signs).flanagan_rulon
    found: Floats = signs[int(value.argmin() if lowest else value.argmax())]
    return found
