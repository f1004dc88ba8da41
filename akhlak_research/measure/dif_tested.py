"""What a test of differential item functioning hands back, and what follows from two expected-score curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.results import Unavailable
from akhlak_research.measure.bounded import Floats

Number = float | Unavailable


@dataclass(frozen=True, slots=True)
class DifCurve:
    """Expected answers to an item by group, over what people were matched on.

    Attributes
    ----------
    match : (m,)
        Matching score or θ.
    reference, group : (m,)
        Expected item score, in codes.
    reference_share, group_share : (m,)
        Share of the people at (or nearest to) each point.
    """

    match: Floats
    reference: Floats
    group: Floats
    reference_share: Floats
    group_share: Floats


@dataclass(frozen=True, slots=True)
class Effect:
    """Group minus reference for one item, in codes of its scale.

    Attributes
    ----------
    difference, error : float or Unavailable
        Mean difference of expected answers over the group's people, and its standard error.
    unsigned : float or Unavailable
        Mean absolute difference over the group's people.
    area : float or Unavailable
        Mean absolute difference over the range of the matching score.
    spread : float
        Standard deviation of the item within groups.
    log_odds, log_odds_error : float or Unavailable
        Common log odds of a higher answer.
    nagelkerke, mcfadden : float or Unavailable
        What group adds to R².
    curve : DifCurve or None
    """

    difference: Number
    error: Number
    unsigned: Number
    area: Number
    spread: float
    log_odds: Number
    log_odds_error: Number
    nagelkerke: Number
    mcfadden: Number
    curve: DifCurve | None = None


@dataclass(frozen=True, slots=True)
class Tested:
    """The tests of one item; ``effects`` has one entry per group that was compared with the reference."""

    chisq: float
    df: int
    pvalue: float
    pvalue_uniform: Number
    pvalue_nonuniform: Number
    effects: tuple[Effect, ...]


def tail(chisq: float, df: int) -> float:
    """P(χ² > value)."""
    from scipy.special import chdtrc

    return float(chdtrc(df, max(chisq, 0.0)))


def binned(score: Floats, weight: Floats, grid: Floats) -> Floats:
    """Share of the weight nearest to each point of an ascending grid."""
    if len(grid) < 2:
        return np.ones(len(grid))
    at = np.searchsorted((grid[1:] + grid[:-1]) / 2, score)
    share = np.bincount(at, weight, len(grid))
    return np.asarray(share / share.sum())
