"""Scalability coefficients of Mokken scaling with their errors.

H_ij = C_ij / M_ij: the covariance of two items over the largest that their margins allow; H_i and H take sums of both
over pairs (Mokken 1971; Molenaar 1991). It equals one minus the ratio of observed to expected Guttman errors.

The standard errors are those of the delta method under multinomial sampling (Kuijpers, van der Ark & Croon 2013),
written as influence functions so that no table of response patterns is needed; the order of the item steps counts as
known.

Mokken, R. J. (1971), A theory and procedure of scale analysis; Molenaar, I. W. (1991), Kwantitatieve Methoden 37,
97–117; Kuijpers, R. E., van der Ark, L. A. & Croon, M. A. (2013), Sociological Methodology 43, 42–69.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class Scalability:
    """Coefficients of p items.

    Attributes
    ----------
    pairs, pair_errors : (p, p)
        H_ij and their standard errors; NaN on the diagonal.
    items, item_errors : (p,)
    scale, scale_error : float
    covariance, largest : (p, p)
        C and M.
    """

    pairs: Floats
    pair_errors: Floats
    items: Floats
    item_errors: Floats
    scale: float
    scale_error: float
    covariance: Floats
    largest: Floats


@dataclass(frozen=True, slots=True)
class Steps:
    """Item steps: the code of each step, the one below it, the share that passes, and which item they belong to.

    Attributes
    ----------
    passed : (n, ΣS) float
        1 where a person passes a step.
    gap, share : (ΣS,)
    item : (ΣS,) int
    """

    passed: Floats
    gap: Floats
    share: Floats
    item: np.ndarray


def steps_of(values: Floats, share_weight: Floats) -> Steps:
    """Steps between the used codes of each item; ``share_weight`` (n,) sums to 1."""
    passed, gaps, item = [], [], []
    for i in range(values.shape[1]):
        codes = np.unique(values[:, i])
        passed += [values[:, i] >= code for code in codes[1:]]
        gaps.append(np.diff(codes))
        item.append(np.full(len(codes) - 1, i))
    table = np.column_stack(passed).astype(np.float64)
    return Steps(table, np.concatenate(gaps), share_weight @ table, np.concatenate(item))


def scalability(values: Floats, weight: Floats, squared: Floats) -> Scalability:
    """H_ij, H_i and H with errors.

    Parameters
    ----------
    values : (n, p)
        Complete answers; every item has at least two used codes.
    weight, squared : (n,)
        Frequencies or sampling weights; and what the error sums (frequencies, or squares of sampling weights).
    """
    p = values.shape[1]
    w = weight / weight.sum()
    spread = squared / weight.sum() ** 2
    steps = steps_of(values, w)
    apart = values - w @ values
    covariance = (apart * w[:, None]).T @ apart
    member = (steps.item[:, None] == np.arange(p)) * steps.gap[:, None]
    # of two steps the harder one decides how many can pass both; equal ones share
    harder = (steps.share[:, None] < steps.share) + 0.5 * (steps.share[:, None] == steps.share)
    lowest = np.minimum(steps.share[:, None], steps.share)
    rise = steps.share @ member
    largest = member.T @ lowest @ member - np.outer(rise, rise)
    # ∂M_ij/∂(share of step a of item i), (ΣS, p); a person moves a share by passed − share
    slope = steps.gap[:, None] * (harder @ member) - steps.gap[:, None] * rise
    moved = steps.passed - steps.share
    off = ~np.eye(p, dtype=bool)
    pairs = np.where(off, covariance / largest, np.nan)
    pair_errors = np.full((p, p), np.nan)
    for i in range(p):
        own = moved[:, steps.item == i] @ slope[steps.item == i]
        other = np.column_stack([moved[:, steps.item == j] @ slope[steps.item == j, i] for j in range(p)])
        influence = (apart[:, [i]] * apart - covariance[i] - pairs[i] * (own + other)) / largest[i]
        pair_errors[i] = np.sqrt(spread @ influence**2)
    pair_errors[~off] = np.nan
    c, m = np.where(off, covariance, 0.0), np.where(off, largest, 0.0)
    items = c.sum(axis=1) / m.sum(axis=1)
    scale = float(c.sum() / m.sum())
    product = apart * (apart.sum(axis=1, keepdims=True) - apart) - c.sum(axis=1)
    allowed = _allowed(moved, slope, steps.item, p)
    influence = (product - items * allowed) / m.sum(axis=1)
    whole = (product.sum(axis=1) - scale * allowed.sum(axis=1)) / m.sum()
    return Scalability(
        pairs, pair_errors, items, np.sqrt(spread @ influence**2), scale, float(np.sqrt(spread @ whole**2)),
        covariance, largest,
    )  # fmt: skip


def _allowed(moved: Floats, slope: Floats, item: np.ndarray, p: int) -> Floats:
    """(n, p) what each person adds to Σ_{j ≠ i} M_ij."""
    inside = item[:, None] == np.arange(p)
    outside = np.where(inside, 0.0, slope)
    return np.asarray(moved @ (inside * outside.sum(axis=1, keepdims=True)) + moved @ outside)


def person_scalability(values: Floats, weight: Floats, squared: Floats) -> float:
    """H^T: the coefficient H of the table turned on its side, persons for items (Sijtsma & Meijer 1992).

    The largest covariance of two persons is that of their answers in sorted order, so both sums over pairs of persons
    are variances of sums; nothing grows with the square of n.
    """

    def pairs(table: Floats) -> float:
        apart = table - table.mean(axis=1, keepdims=True)
        return float(((weight @ apart) ** 2).sum() - squared @ (apart**2).sum(axis=1))

    largest = pairs(np.sort(values, axis=1))
    return pairs(values) / largest if largest > 0 else float("nan")
