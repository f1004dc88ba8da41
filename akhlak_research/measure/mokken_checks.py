"""Observable properties of Mokken's models: manifest monotonicity and manifest invariant item ordering.

Junker, B. W. & Sijtsma, K. (2000), Applied Psychological Measurement 24, 65–81; Ligtvoet, R., van der Ark, L. A., te
Marvelde, J. M. & Sijtsma, K. (2010), Educational and Psychological Measurement 70, 578–595.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class Violations:
    """What was seen on one item: comparisons made, reversals beyond the smallest counted, the largest, and those that
    are significant (one-sided)."""

    comparisons: int
    violations: int
    largest: float
    significant: int


def smallest_group(n: int) -> int:
    """People per rest-score group (Molenaar & Sijtsma 2000, p. 67): n/10 from 500, n/5 from 250, else n/3 but 50."""
    return n // 10 if n >= 500 else n // 5 if n >= 250 else max(n // 3, 50)


def rest_groups(rest: Floats, people: Floats, size: int) -> np.ndarray:
    """(n,) number of the rest-score group; neighbouring scores are joined until a group holds ``size`` people."""
    scores, at = np.unique(np.round(rest, 9), return_inverse=True)
    held = np.bincount(at, people, len(scores))
    group = np.zeros(len(scores), int)
    number, inside, left = 0, 0.0, held.sum()
    for s, count in enumerate(held):
        # too few people left above for a group of their own: they stay in this one
        if inside >= size and left >= size:
            number, inside = number + 1, 0.0
        group[s] = number
        inside += count
        left -= count
    return np.asarray(group[at])


def monotonicity(
    item: Floats, rest: Floats, weight: Floats, people: Floats, size: int, least: float, critical: float
) -> Violations:
    """Whether P(X ≥ code) rises over rest-score groups, for every step of an item and every pair of groups."""
    group = rest_groups(rest, people, size)
    g = int(group.max()) + 1
    total, n = np.bincount(group, weight, g), np.bincount(group, people, g)
    lower, upper = np.triu_indices(g, 1)
    compared, seen, largest, significant = 0, 0, 0.0, 0
    for code in np.unique(item)[1:]:
        p = np.bincount(group, weight * (item >= code), g) / total
        fall = p[lower] - p[upper]
        active = (p[lower] < 1) & (p[upper] > 0) | (fall != 0)
        pooled = (n[lower] * p[lower] + n[upper] * p[upper]) / (n[lower] + n[upper])
        error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-300) * (1 / n[lower] + 1 / n[upper]))
        broken = fall > least
        compared += int(active.sum())
        seen += int(broken.sum())
        significant += int((broken & (fall / error > critical)).sum())
        largest = max(largest, float(fall[broken].max(initial=0.0)))
    return Violations(compared, seen, largest, significant)


def item_ordering(
    values: Floats, weight: Floats, people: Floats, size: int, least: float, critical: float
) -> tuple[list[Violations], Floats]:
    """Per item, pairs of items whose order of means turns round in a rest-score group; and (p, p) largest reversals.

    A reversal counts from ``least`` in units of the items; significance by a one-sided paired test.
    """
    p = values.shape[1]
    mean = weight @ values / weight.sum()
    total = values.sum(axis=1)
    counts = np.zeros((p, 3), int)
    reversal = np.zeros((p, p))
    for i in range(p):
        for j in range(i + 1, p):
            low, high = (i, j) if mean[i] <= mean[j] else (j, i)
            group = rest_groups(total - values[:, i] - values[:, j], people, size)
            g = int(group.max()) + 1
            w, n = np.bincount(group, weight, g), np.bincount(group, people, g)
            apart = values[:, low] - values[:, high]
            wrong = np.bincount(group, weight * apart, g) / w
            spread = np.bincount(group, weight * (apart - wrong[group]) ** 2, g) / w
            broken = wrong > least
            error = np.sqrt(np.maximum(spread, 1e-300) / np.maximum(n - 1, 1))
            counted = np.array([g, broken.sum(), (broken & (wrong / error > critical)).sum()])
            counts[[i, j]] += counted
            reversal[i, j] = reversal[j, i] = wrong[broken].max(initial=0.0)
    found = [Violations(int(c), int(v), float(reversal[i].max()), int(s)) for i, (c, v, s) in enumerate(counts)]
    return found, reversal
