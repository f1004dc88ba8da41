"""Scores of units from evaluators' ratings, and what the evaluators' differences say about their error."""

from __future__ import annotations

import math

import numpy as np

from akhlak_research.survey.linearised import Floats


def evaluator_scores(cells: Floats, weights: Floats, top: float) -> Floats:
    """(g, r) percent of the points that each evaluator gives each unit: 100 Σ w x / (top Σ w) over what they rated."""
    rated = ~np.isnan(cells)
    above = np.einsum("k,gkr->gr", weights, np.where(rated, cells, 0.0))
    below = top * np.einsum("k,gkr->gr", weights, rated.astype(np.float64))
    return np.where(below > 0, 100 * above / np.where(below > 0, below, 1.0), np.nan)


def unit_scores(cells: Floats, weights: Floats, top: float) -> Floats:
    """(g,) percent of the points of each unit, each cell being the mean of its evaluators."""
    rated = ~np.isnan(cells)
    count = rated.sum(axis=2)
    mean = np.where(rated, cells, 0.0).sum(axis=2) / np.maximum(count, 1)
    there = count > 0
    below = top * (there @ weights)
    return np.where(below > 0, 100 * (mean * there) @ weights / np.where(below > 0, below, 1.0), np.nan)


def evaluator_error(scores: Floats, complete: bool) -> tuple[Floats, float, bool]:
    """Standard error of the mean of the evaluators of each unit, pooled over units.

    Parameters
    ----------
    scores : (g, r)
        From ``evaluator_scores``; NaN where an evaluator did not rate a unit.
    complete : bool
        Whether every evaluator rated every indicator of every unit.

    Returns
    -------
    se : (g,), df : float, crossed : bool
        Crossed (the same evaluators rated everything of two or more units): residual of the two-way table, so that an
        evaluator who is strict with everybody adds nothing; (g − 1)(r − 1) degrees of freedom. Otherwise the variance
        within units; Σ (r_u − 1). NaN and 0 where nothing was rated twice.
    """
    there = ~np.isnan(scores)
    r = there.sum(axis=1)
    crossed = complete and scores.shape[1] > 1 and len(scores) > 1
    if crossed:
        residual = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
        df = (len(scores) - 1.0) * (scores.shape[1] - 1.0)
    else:
        mean = np.where(there, scores, 0.0).sum(axis=1) / np.maximum(r, 1)
        residual = np.where(there, scores - mean[:, None], 0.0)
        df = float((r - 1)[r > 1].sum())
    if df < 1:
        return np.full(len(scores), math.nan), 0.0, crossed
    return np.sqrt(float((residual**2).sum()) / df / np.maximum(r, 1)), df, crossed
