"""Standard error of measurement at each score (Feldt & Qualls 1996); arrays only."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats


def error_parts(values: Floats, mean: Floats) -> Floats:
    """(n,) estimated error variances of the sums of complete rows ``values`` (n, p), items as parts.

    y_i = p/(p − 1) Σ_j ((x_ij − x̄_j) − (x_i. − x̄..))²: Feldt and Qualls (1996), with every item a part. Their mean,
    times n/(n − 1), is σ²(1 − α): an analysis of variance of people × items.
    """
    p = values.shape[1]
    z = values - mean
    return np.asarray(p / (p - 1) * ((z - z.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))


def smooth_parts(
    score: Floats, parts: Floats, weights: Floats, at: Floats, degree: int, *, frequencies: bool
) -> tuple[Floats, Floats]:
    """Error variance at the scores ``at`` (m,) by weighted regression of ``parts`` (n,) on powers of the score.

    Returns
    -------
    value, error : (m,)
        Fitted values, and their standard errors that allow the parts any variance (White 1980; people with sampling
        weights count as drawn with unequal chances).
    """
    middle, width = float(score.mean()), float(np.ptp(score)) / 2 or 1.0
    design, wanted = (np.vander((x - middle) / width, degree + 1, increasing=True) for x in (score, at))
    bread = np.linalg.inv((design * weights[:, None]).T @ design)
    slopes = bread @ (design.T @ (weights * parts))
    residual = parts - design @ slopes
    n = float(weights.sum()) if frequencies else float(len(score))
    times = weights if frequencies else weights**2
    meat = (design * (times * residual**2)[:, None]).T @ design
    spread = bread @ meat @ bread * n / (n - degree - 1)
    return np.asarray(wanted @ slopes), np.sqrt(np.einsum("ij,jk,ik->i", wanted, spread, wanted))
