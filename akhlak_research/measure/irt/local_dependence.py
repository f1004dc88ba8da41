"""Do pairs of items have more in common than θ? Q3 (Yen 1984) and LD-X² (Chen & Thissen 1997)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.mean_squares import expectation
from akhlak_research.measure.irt.scores import eap


def q3(fitted: Fitted) -> Floats:
    """(p, p) correlations of what answers leave over once the expected answer at the EAP is taken away; pairwise."""
    theta, _ = eap(fitted)
    expected = expectation(fitted, theta)
    rest = expected.answer - expected.mean
    there = (~np.isnan(rest)).astype(float)
    filled = np.where(there > 0, rest, 0.0)
    w = fitted.patterns.weight[:, None]
    # sums over the people who answered both items of a pair
    n = (there * w).T @ there
    sums = (filled * w).T @ there
    squares = (filled**2 * w).T @ there
    cross = (filled * w).T @ filled
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = cross - sums * sums.T / n
        variance = np.maximum(squares - sums**2 / n, 0.0)
        found = covariance / np.sqrt(variance * variance.T)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


@dataclass(frozen=True, slots=True)
class PairTables:
    """Of all pairs i < j: positions (m,), X² (m,), degrees of freedom (m,), Cramér's V with the sign of the excess."""

    first: np.ndarray
    second: np.ndarray
    statistic: Floats
    df: np.ndarray
    v: Floats


def pair_tables(fitted: Fitted) -> PairTables:
    """Observed against expected two-way tables of a one-group fit; positive where a pair goes together more."""
    p = fitted.curves(fitted.theta).p
    prior = np.exp(fitted.log_prior()[0])
    sizes, codes, weight = fitted.sizes(), fitted.patterns.codes, fitted.patterns.weight
    first, second = np.triu_indices(len(sizes), 1)
    statistic, v = np.empty(len(first)), np.empty(len(first))
    df = (sizes[first] - 1) * (sizes[second] - 1)
    for at, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        both = (codes[:, i] >= 0) & (codes[:, j] >= 0)
        a, b = int(sizes[i]), int(sizes[j])
        seen = np.bincount(codes[both, i] * b + codes[both, j], weight[both], a * b).reshape(a, b).astype(np.float64)
        expected = seen.sum() * (p[i, :a] * prior) @ p[j, :b].T
        possible = expected > 1e-12
        x2 = float(((seen - expected)[possible] ** 2 / expected[possible]).sum())
        sign = np.sign(_gamma(seen) - _gamma(expected)) or 1.0
        statistic[at] = x2
        v[at] = sign * np.sqrt(x2 / (seen.sum() * (min(a, b) - 1)))
    return PairTables(first, second, statistic, df, v)


def _gamma(table: Floats) -> float:
    """Goodman and Kruskal's gamma: which way, and how strongly, a two-way table leans."""
    below_right = np.zeros_like(table)
    below_right[:-1, :-1] = table[::-1, ::-1].cumsum(0).cumsum(1)[::-1, ::-1][1:, 1:]
    below_left = np.zeros_like(table)
    below_left[:-1, 1:] = table[::-1].cumsum(0).cumsum(1)[::-1][1:, :-1]
    agree, differ = float((table * below_right).sum()), float((table * below_left).sum())
    return (agree - differ) / (agree + differ)
