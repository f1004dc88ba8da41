"""Infit and outfit: squared residuals of an item (or a person) over what the model expects (Wright & Masters 1982).

With E, V and C the mean, variance and fourth central moment of an answer at the person's θ, and z² = (x − E)²/V:
outfit is the mean of z², infit Σ(x − E)²/ΣV. Their spread is q² = Σ(C/V²)/n² − 1/n (outfit) and Σ(C − V²)/(ΣV)²
(infit); ZSTD = (MNSQ^⅓ − 1)·3/q + q/3 (Wilson & Hilferty), q held to at most √2 as Winsteps and mirt do:
beyond that the cube root is no longer near normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted

_WIDEST = 2**0.5


@dataclass(frozen=True, slots=True)
class Expectation:
    """E, V, C of every answer, and the answer x in the same units, each (N, p); NaN where nothing was answered."""

    mean: Floats
    variance: Floats
    fourth: Floats
    answer: Floats


def expectation(fitted: Fitted, theta: Floats) -> Expectation:
    """At each pattern's θ (N,), answers counted in steps above the lowest category."""
    n, p = fitted.patterns.codes.shape
    out = [np.full((n, p), np.nan) for _ in range(4)]
    k = np.arange(fitted.design.width, dtype=float)
    for group in range(fitted.n_groups):
        at = np.flatnonzero((fitted.patterns.group == group) & np.isfinite(theta))
        for start in range(0, len(at), 5_000):
            part = at[start : start + 5_000]
            prob = fitted.curves(theta[part], group).p
            mean = np.einsum("k,vkq->vq", k, prob)
            away = k[None, :, None] - mean[:, None]
            out[0][part] = mean.T
            out[1][part] = (prob * away**2).sum(1).T
            out[2][part] = (prob * away**4).sum(1).T
            out[3][part] = fitted.patterns.codes[part]
    absent = fitted.patterns.codes < 0
    for array in out:
        array[absent] = np.nan
    return Expectation(*out)


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """``outfit outfit_z infit infit_z n`` along an axis."""

    outfit: Floats
    outfit_z: Floats
    infit: Floats
    infit_z: Floats
    n: Floats


def mean_squares(expected: Expectation, weight: Floats, axis: int) -> MeanSquares:
    """Over people (axis 0, with weights (N, 1)) or over items (axis 1, weights of 1)."""
    there = ~np.isnan(expected.answer)
    w = weight * there
    with np.errstate(invalid="ignore", divide="ignore"):
        squared = (expected.answer - expected.mean) ** 2
        z2 = np.where(there, squared / expected.variance, 0.0)
        v = np.where(there, expected.variance, 0.0)
        c = np.where(there, expected.fourth, 0.0)
        n = w.sum(axis)
        outfit = (w * z2).sum(axis) / n
        total = (w * v).sum(axis)
        infit = (w * np.where(there, squared, 0.0)).sum(axis) / total
        q_out = np.sqrt((w * np.where(there, c / np.where(there, v, 1.0) ** 2, 0.0)).sum(axis) / n**2 - 1 / n)
        q_in = np.sqrt((w * (c - v**2)).sum(axis)) / total
        q_out, q_in = np.minimum(q_out, _WIDEST), np.minimum(q_in, _WIDEST)
        return MeanSquares(
            outfit, (np.cbrt(outfit) - 1) * 3 / q_out + q_out / 3, infit, (np.cbrt(infit) - 1) * 3 / q_in + q_in / 3, n
        )  # fmt: skip


def extreme(fitted: Fitted) -> np.ndarray:
    """(N,) whether all answers of a pattern are the lowest, or all the highest, category."""
    codes, top = fitted.patterns.codes, fitted.sizes() - 1
    answered = codes >= 0
    lowest = (~answered | (codes == 0)).all(axis=1)
    highest = (~answered | (codes == top)).all(axis=1)
    return np.asarray(lowest | highest)


def point_measure(fitted: Fitted, theta: Floats, keep: np.ndarray) -> Floats:
    """(p,) correlation of the answers with the measures of the people who gave them."""
    out = np.empty(len(fitted.patterns.names))
    for i in range(len(out)):
        at = keep & (fitted.patterns.codes[:, i] >= 0) & np.isfinite(theta)
        x, t, w = fitted.patterns.codes[at, i].astype(float), theta[at], fitted.patterns.weight[at]
        x, t = x - np.average(x, weights=w), t - np.average(t, weights=w)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[i] = (w * x * t).sum() / np.sqrt((w * x**2).sum() * (w * t**2).sum())
    return out
