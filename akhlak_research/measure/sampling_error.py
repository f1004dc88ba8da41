"""Standard errors of functions of a covariance matrix, from rows (any distribution) or from moments (normal theory).

A function g(S) moves by tr(G dS) when S moves by dS, with G its gradient over all p² entries. So the part that one
person has in the error of g is z′Gz, and the standard error of g is that of a mean of such parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from akhlak_research.counts.blocks import centred
from akhlak_research.measure.bounded import Floats


def influence(values: Floats, center: Floats, gradients: Sequence[Floats]) -> Floats:
    """(m, n) parts z′Gz of complete rows ``values`` (n, p) around ``center`` (p,), for m symmetric gradients (p, p)."""
    parts = np.empty((len(gradients), len(values)))
    axes = [_one_axis(gradient) for gradient in gradients]
    for block, z in centred(values, center):
        for part, gradient, axis in zip(parts, gradients, axes, strict=True):
            if axis is None:
                part[block] = ((z @ gradient) * z).sum(axis=1)
            else:  # alpha and its like: a square of one sum, and a sum of squares below
                part[block] = axis.sign * (z @ axis.weights) ** 2
        np.square(z, out=z)
        for part, axis in zip(parts, axes, strict=True):
            if axis is not None:
                part[block] += z @ axis.diagonal
    return parts


@dataclass(frozen=True, slots=True)
class _Axis:
    """G = sign · ww′ + diag(d)."""

    sign: float
    weights: Floats
    diagonal: Floats


def _one_axis(gradient: Floats) -> _Axis | None:
    """The gradient (p, p) as one axis and a diagonal, if it is that to the last digits."""
    p = len(gradient)
    if p < 3 or (gradient == 0).any():
        return None
    sign = float(np.sign(gradient[0, 1] * gradient[0, 2] * gradient[1, 2]))
    # w_i² = |g_ij g_ik / g_jk| for any two others
    j, k = np.array([1, *[0] * (p - 1)]), np.array([2, 2, *[1] * (p - 2)])
    i = np.arange(p)
    weights = np.sqrt(np.abs(gradient[i, j] * gradient[i, k] / gradient[j, k])) * np.sign(gradient[0])
    weights[0] = np.abs(weights[0])
    weights[1:] *= sign
    outer = sign * np.outer(weights, weights)
    np.fill_diagonal(outer, np.diag(gradient))
    if not np.allclose(outer, gradient, rtol=1e-13, atol=0.0):
        return None
    return _Axis(sign, weights, np.asarray(np.diag(gradient) - sign * weights**2))


def pairwise_influence(values: Floats, weights: Floats, gradient: Floats, *, of_correlations: bool = False) -> Floats:
    """(n,) parts of each row where every covariance was taken over its own rows.

    Parameters
    ----------
    values : (n, p)
        NaN where missing.
    weights : (n,)
        Frequencies, sampling weights or ones.
    gradient : (p, p)
        Symmetric; of the covariances, or of the correlations where ``of_correlations`` (its diagonal is then unused).

    Notes
    -----
    A row has a part in c_ij only if it has both answers, and then Σw / Σ_ij w as much as in a complete table. The part
    of a row in a correlation is ab − r (a² + b²) / 2 with a, b standardised (Hampel 1974).
    """
    parts = np.zeros(len(values))
    there = ~np.isnan(values)
    for i, j in zip(*np.nonzero(np.tril(gradient, -1 if of_correlations else 0)), strict=True):
        both = there[:, i] & there[:, j]
        share = weights[both] / weights[both].sum()
        a, b = values[both, i], values[both, j]
        a, b = a - share @ a, b - share @ b
        if of_correlations:
            a, b = a / np.sqrt(share @ a**2), b / np.sqrt(share @ b**2)
            part = a * b - (share @ (a * b)) / 2 * (a**2 + b**2)
        else:
            part = a * b - share @ (a * b)
        times = gradient[i, j] * (1.0 if i == j else 2.0)
        parts[both] += times * weights.sum() / weights[both].sum() * part
    return parts


def error_of_mean(parts: Floats, weights: Floats | None, *, sampling: bool) -> float:
    """Standard error of the mean of (n,) parts; NaN below three people.

    Without weights Σ(u − ū)² / (n (n − 1)); a frequency counts as rows. Sampling weights: people drawn independently
    with unequal chances, n/(n − 1) Σ w²(u − ū)² / (Σw)², in which the scale of the weights cancels (Binder 1983).
    """
    if weights is None and len(parts) >= 3:
        return float(parts.std(ddof=1) / np.sqrt(len(parts)))
    w = np.ones(len(parts)) if weights is None else weights
    n = float(len(parts)) if sampling else float(w.sum())
    if n < 3:
        return float("nan")
    share = w / w.sum()
    apart = parts - share @ parts
    # Σ share² u² of n equal shares is Σ u² / n², whether they stand in n rows or in fewer with frequencies
    spread = (share * apart) @ (share * apart) if sampling else share @ apart**2 / n
    return float(np.sqrt(spread * n / (n - 1)))


def normal_theory_error(cov: Floats, gradient: Floats, n: float) -> float:
    """Standard error of g(S) from n normal rows: the variance of z′Gz is 2 tr(GΣGΣ)."""
    product = gradient @ cov
    return float(np.sqrt(max(2.0 * np.sum(product * product.T), 0.0) / n))
