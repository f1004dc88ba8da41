"""Contingency tests for differential item functioning: strata × groups × categories.

Mantel, N. (1963), JASA 58, 690–700; Landis, Heyman & Koch (1978), International Statistical Review 46, 237–254
(generalised Mantel–Haenszel); Dorans & Schmitt (1991), ETS RR-91-47 (standardised mean difference); Zwick & Thayer
(1996), Journal of Educational and Behavioral Statistics 21, 187–201 (its error); Liu & Agresti (1996), Biometrics 52,
1223–1234 (common odds ratio).
"""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats


def mantel(table: Floats, codes: Floats) -> tuple[float, float]:
    """Mantel's χ² (1 df) and its variance.

    Parameters
    ----------
    table : (S, 2, K)
        People per stratum, group (reference, focal) and category. A stratum without one of the groups adds nothing.
    codes : (K,)
    """
    observed = table[:, 1] @ codes
    expected, variance = _hypergeometric(table, codes)
    total = float(variance.sum())
    if total <= 0:
        return float("nan"), 0.0
    return float((observed - expected).sum() ** 2 / total), total


def _hypergeometric(table: Floats, codes: Floats) -> tuple[Floats, Floats]:
    """(S,) mean and variance of the focal group's sum of codes given the margins."""
    n, both = table.sum(axis=2), table.sum(axis=1)
    whole = np.maximum(n.sum(axis=1), 1.0)
    first, second = both @ codes, both @ codes**2
    expected = n[:, 1] / whole * first
    spread = np.maximum(whole * second - first**2, 0.0)
    return expected, np.asarray(n[:, 0] * n[:, 1] / (whole**2 * np.maximum(whole - 1, 1.0)) * spread)


def generalised(table: Floats) -> tuple[float, int]:
    """Generalised Mantel–Haenszel χ² for (S, G, K) counts of unordered categories, with (G − 1)(K − 1) df."""
    n = table.sum(axis=(1, 2))
    table = table[n > 1]
    n = n[n > 1]
    row, column = table.sum(axis=2), table.sum(axis=1)
    g, k = table.shape[1] - 1, table.shape[2] - 1
    apart = (table - row[:, :, None] * column[:, None, :] / n[:, None, None])[:, :-1, :-1].sum(axis=0).ravel()
    r, c = row[:, :-1] / n[:, None], column[:, :-1] / n[:, None]
    rows = np.einsum("sa,ab->sab", r, np.eye(g)) - r[:, :, None] * r[:, None, :]
    columns = np.einsum("sa,ab->sab", c, np.eye(k)) - c[:, :, None] * c[:, None, :]
    covariance = np.einsum("s,sab,scd->acbd", n**2 / (n - 1), rows, columns).reshape(g * k, g * k)
    if np.linalg.matrix_rank(covariance, hermitian=True) < g * k:
        return float("nan"), g * k
    return float(apart @ np.linalg.solve(covariance, apart)), g * k


def standardised_difference(table: Floats, codes: Floats) -> tuple[float, float]:
    """Standardised mean difference focal − reference at the focal group's strata, and its standard error.

    Strata without one of the groups are left out.
    """
    n = table.sum(axis=2)
    table = table[(n > 0).all(axis=1)]
    n = table.sum(axis=2)
    if len(n) == 0:
        return float("nan"), float("nan")
    means = table @ codes / n
    share = n[:, 1] / n[:, 1].sum()
    variance = _hypergeometric(table, codes)[1]
    error = np.sqrt((share**2 * variance * (1 / n[:, 0] + 1 / n[:, 1]) ** 2).sum())
    return float(share @ (means[:, 1] - means[:, 0])), float(error)


def liu_agresti(table: Floats) -> float:
    """Log of Liu and Agresti's common cumulative odds ratio; positive where the focal group answers higher."""
    n = np.maximum(table.sum(axis=(1, 2)), 1.0)
    below = np.cumsum(table, axis=2)[:, :, :-1]
    above = table.sum(axis=2)[:, :, None] - below
    up = (below[:, 0] * above[:, 1] / n[:, None]).sum()
    down = (above[:, 0] * below[:, 1] / n[:, None]).sum()
    return float(np.log(up / down)) if up > 0 and down > 0 else float("nan")
