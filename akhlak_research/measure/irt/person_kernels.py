"""Do a person's answers hang together? l_z, l_z* and Guttman errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.scores import slopes


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """l_z (N,) (Drasgow, Levine & Williams 1985) and l_z* (N,) (Snijders 2001; Sinharay 2016 for more categories)."""

    lz: Floats
    lz_star: Floats


def standardised_likelihood(fitted: Fitted, theta: Floats, estimator: str) -> Likelihoods:
    """How likely the answers are at θ, standardised by what the model expects there.

    l_z treats the estimate as if it were the true θ and is too narrow; l_z* corrects the expectation and the variance
    for having estimated it. ``estimator``, which says what the estimating equation adds to the likelihood's: ML
    nothing, WLE J/(2I), MAP and EAP (nearly the mode) the slope of the normal density.
    """
    n = len(theta)
    lz, star = np.full(n, np.nan), np.full(n, np.nan)
    codes = fitted.patterns.codes
    for group in range(fitted.n_groups):
        at = np.flatnonzero((fitted.patterns.group == group) & np.isfinite(theta))
        for start in range(0, len(at), 5_000):
            part = at[start : start + 5_000]
            lz[part], star[part] = _chunk(fitted, codes[part], theta[part], group, estimator)
    return Likelihoods(lz, star)


def _chunk(fitted: Fitted, codes: np.ndarray, theta: Floats, group: int, estimator: str) -> tuple[Floats, Floats]:
    curves = fitted.curves(theta, group)
    there = (codes >= 0).T
    p = np.maximum(curves.p, 1e-200)
    # a padded category has probability 0 and must count for nothing
    log = np.where(curves.p > 0, np.log(p), 0.0)
    given = np.take_along_axis(log, np.where(there, codes.T, 0)[:, None], axis=1)[:, 0]
    mean = (curves.p * log).sum(1)
    w = (np.where(there, given - mean, 0.0)).sum(0)
    variance = (np.where(there, (curves.p * log**2).sum(1) - mean**2, 0.0)).sum(0)
    s = slopes(fitted, codes, theta, group)
    centre, spread = fitted.calibration.mean[group], fitted.calibration.variance[group]
    # where nothing is known about θ the estimate is no estimate, and both statistics are NaN below
    information = np.maximum(s.information, 1e-200)
    added = {"ML": np.zeros_like(theta), "WLE": s.skew / (2 * information)}.get(estimator, -(theta - centre) / spread)
    c = (np.where(there, (curves.first * log).sum(1), 0.0)).sum(0) / information
    weight = log - c * curves.first / p
    first = (curves.p * weight).sum(1)
    corrected = (np.where(there, (curves.p * weight**2).sum(1) - first**2, 0.0)).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return w / np.sqrt(variance), (w + c * added) / np.sqrt(corrected)


def guttman_errors(codes: np.ndarray, weight: Floats, sizes: np.ndarray) -> tuple[Floats, Floats]:
    """(N,) number of pairs of item steps of which the easier was not taken and the harder was; and most possible.

    A step is "at least category k"; steps are ordered by how many people take them (Molenaar 1991; Emons 2008). Pairs
    of one item cannot be in error. The most possible counts all pairs of a taken and an untaken step.
    """
    steps = np.concatenate([codes[:, [i]] >= np.arange(1, size) for i, size in enumerate(sizes)], axis=1)
    order = np.argsort(-(weight @ steps), kind="stable")
    steps = steps[:, order]
    missed = np.cumsum(~steps, axis=1)
    errors = (steps * missed).sum(axis=1).astype(float)
    taken = steps.sum(axis=1)
    return errors, (taken * (steps.shape[1] - taken)).astype(float)
