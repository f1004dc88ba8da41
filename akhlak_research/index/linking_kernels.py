"""Putting scores of one instrument on the scale of another.

Kolen, M. J. & Brennan, R. L. (2014), Test Equating, Scaling, and Linking, 3rd ed., chapters 2, 6.
"""

from __future__ import annotations

import numpy as np

from akhlak_research.survey.linearised import Floats


def mean_sigma(new: Floats, old: Floats) -> tuple[float, float]:
    """Slope and intercept that give the new values the mean and standard deviation of the old ones.

    A = s(old) / s(new), B = m(old) − A m(new); of item locations, those of the anchors (Marco 1977); of persons'
    scores, linear linking.
    """
    slope = float(np.std(old, ddof=1) / np.std(new, ddof=1))
    return slope, float(np.mean(old) - slope * np.mean(new))


def percentile_rank(points: Floats, scores: Floats, weights: Floats, step: float) -> Floats:
    """(k,) share of people below each point, each score being spread evenly over half a step to either side."""
    order = np.argsort(scores, kind="stable")
    sorted_, w = scores[order], weights[order] / weights.sum()
    total = np.concatenate([[0.0], np.cumsum(w)])
    # of a score s the uniform kernel on (s − h, s + h) has the share (x − s + h) / 2h below x
    half = step / 2
    low, high = np.searchsorted(sorted_, points - half), np.searchsorted(sorted_, points + half)
    moment = np.concatenate([[0.0], np.cumsum(w * sorted_)])
    inside, centre = total[high] - total[low], moment[high] - moment[low]
    return np.asarray(total[low] + ((points + half) * inside - centre) / step, dtype=np.float64)


def equipercentile(points: Floats, new: Floats, old: Floats, w_new: Floats, w_old: Floats, step: Floats) -> Floats:
    """(k,) scores on the old scale with the same percentile rank as the points have on the new one.

    Parameters
    ----------
    points : (k,)
    new, old : (n,), (m,)
        Scores of people on each instrument.
    w_new, w_old
        Their weights.
    step : (2,)
        Distance of neighbouring scores on the new and the old scale, over which a score is spread.
    """
    rank = percentile_rank(points, new, w_new, step[0])
    distinct = np.unique(old)
    knots = np.unique(np.concatenate([distinct - step[1] / 2, distinct + step[1] / 2]))
    ranks = percentile_rank(knots, old, w_old, step[1])
    keep = np.concatenate([[True], np.diff(ranks) > 0])  # where nobody scored, the lowest point stands
    return np.asarray(np.interp(rank, ranks[keep], knots[keep]), dtype=np.float64)
