"""Weighted means of components and their error by the delta method, components being independent."""

from __future__ import annotations

import math

import numpy as np

from akhlak_research.survey.linearised import Floats


def arithmetic(x: Floats, variance: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Σ w x of (g, c) components: values (g,), variances (g,), and the parts w² v of the variance (g, c)."""
    parts = weights**2 * variance
    return x @ weights, parts.sum(axis=1), parts


def geometric(x: Floats, variance: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Π x^w: as ``arithmetic``; NaN where a component is 0 or less. Parts: (G w / x)² v."""
    good = np.isnan(x) | (x > 0)
    safe = np.where(x > 0, x, np.nan)
    value = np.exp(np.log(safe) @ weights)
    parts = (value[:, None] * weights / safe) ** 2 * variance
    value = np.where(good.all(axis=1), value, np.nan)
    return value, parts.sum(axis=1), parts


def effective_df(parts: Floats, df: Floats) -> Floats:
    """(g,) Satterthwaite's degrees of freedom of sums of (g, c) independent variances with their own; ∞ where known."""
    total = parts.sum(axis=1)
    estimated = np.isfinite(df) & (df > 0)
    below = np.where(estimated, parts**2 / np.where(estimated, df, 1.0), 0.0).sum(axis=1)
    return np.where(below > 0, total**2 / np.where(below > 0, below, 1.0), math.inf)


def factor_weights(x: Floats) -> tuple[Floats, Floats]:
    """(c,) weights in proportion to squared loadings on one common factor of (g, c) components, and the loadings."""
    from akhlak_research.measure.one_factor import one_factor_loadings

    r = np.atleast_2d(np.corrcoef(x.T)).astype(np.float64)
    values, vectors = np.linalg.eigh(r)
    start = vectors[:, -1] * np.sqrt(values[-1]) * 0.9
    loadings = one_factor_loadings(r[None], start[None])[0]
    loadings = loadings * np.sign(loadings.sum())
    return loadings**2 / (loadings**2).sum(), loadings
