"""Automated item selection (Mokken 1971, chapter 5; Sijtsma & Molenaar 2002): which items form a scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from akhlak_research.measure.bounded import Floats


def select_items(covariance: Floats, largest: Floats, n: float, bound: float, alpha: float) -> np.ndarray:
    """(p,) number of the scale each item goes to, from 1; 0 where it fits none.

    A scale starts with the pair of highest H_ij that reaches the bound and differs from zero; then items join one by
    one: of those with no negative H_ij with a member, H_i ≥ bound and a significant Z_i, the one that leaves H highest.
    The level of the tests is divided by the number of tests made for the scale so far.

    Parameters
    ----------
    covariance, largest : (p, p)
        C and M of the scalability coefficients.
    n : float
        People.
    bound : float
        Lower bound c of the coefficients.
    alpha : float
        Level of the one-sided tests.
    """
    p = len(covariance)
    scale = np.zeros(p, int)
    number = 0
    while (free := np.flatnonzero(scale == 0)).size >= 2:
        members = _first_pair(covariance, largest, n, bound, alpha, free)
        if not members:
            break
        number += 1
        made = len(free) * (len(free) - 1) // 2
        while (candidates := [int(i) for i in free if i not in members]) and (
            best := _next_item(covariance, largest, n, bound, alpha / (made := made + len(candidates)), members,
                               candidates)
        ) is not None:  # fmt: skip
            members.append(best)
        scale[members] = number
    return scale


def _z(covariance: Floats, n: float, item: int, others: list[int]) -> float:
    """Z_i: the sum of covariances over its standard deviation under independence (Mokken 1971)."""
    variance = np.diag(covariance)
    return float(covariance[item, others].sum() * np.sqrt(n - 1) / np.sqrt((variance[item] * variance[others]).sum()))


def _critical(alpha: float) -> float:
    from scipy.special import ndtri

    return float(-ndtri(alpha))


def _first_pair(
    covariance: Floats, largest: Floats, n: float, bound: float, alpha: float, free: np.ndarray
) -> list[int]:
    critical = _critical(alpha / (len(free) * (len(free) - 1) / 2))
    pairs = [
        (covariance[i, j] / largest[i, j], -int(i), -int(j))
        for at, i in enumerate(free)
        for j in free[at + 1 :]
        if covariance[i, j] >= bound * largest[i, j] and _z(covariance, n, i, [j]) > critical
    ]
    if not pairs:
        return []
    _, i, j = max(pairs)
    return [-i, -j]


def _next_item(
    covariance: Floats, largest: Floats, n: float, bound: float, alpha: float, members: list[int],
    candidates: Sequence[int],
) -> int | None:  # fmt: skip
    critical = _critical(alpha)
    best, highest = None, -np.inf
    inside = np.ix_(members, members)
    c = covariance[inside].sum() - np.trace(covariance[inside])
    m = largest[inside].sum() - np.trace(largest[inside])
    for i in candidates:
        ci, mi = covariance[i, members], largest[i, members]
        if (ci < 0).any() or ci.sum() < bound * mi.sum() or _z(covariance, n, i, members) <= critical:
            continue
        h = float((c + 2 * ci.sum()) / (m + 2 * mi.sum()))
        if h > highest:
            best, highest = i, h
    return best
