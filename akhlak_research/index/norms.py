"""``norms``: each unit beside the median unit, with the error of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, result
from akhlak_research.core.seeding import generator
from akhlak_research.index.rank_kernels import draw_errors
from akhlak_research.index.result import Index
from akhlak_research.index.unit_estimates import as_unit_estimates

METHOD = "parametric-bootstrap"


@dataclass(frozen=True, slots=True)
class Norm:
    """One unit beside the median unit.

    Attributes
    ----------
    unit : str
    score : float
    difference : Estimate
        Score − median.
    above : float
        Probability that its true score is above the true median, to first order: share of draws.
    position : {"above_median", "below_median", "undecided"}
        Whether the interval of the difference leaves 0 out.
    """

    unit: str
    score: float
    difference: Estimate
    above: float
    position: str


@result
class Norms(ResultBase):
    """Quartiles of the units and the place of each.

    Attributes
    ----------
    units : tuple of Norm
        In sorted order.
    quartiles : tuple of Estimate
        Lower quartile, median, upper quartile of the units' scores; ``n`` counts units.
    level : float
    n_draws : int
    seed : int or None
    """

    kind: ClassVar[str] = "norms"
    units: tuple[Norm, ...]
    quartiles: tuple[Estimate, ...]
    level: float
    n_draws: int
    seed: int | None
    notices: tuple[Notice, ...] = ()

    @property
    def median(self) -> Estimate:
        """The median unit."""
        return self.quartiles[1]

    def of(self, unit: str) -> Norm:
        """The place of a unit."""
        for one in self.units:
            if one.unit == unit:
                return one
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[one.unit for one in self.units])

    def table(self) -> pd.DataFrame:
        """One row per unit: ``unit unit_score distance std_error ci_low ci_high above position``."""
        rows = [
            (one.unit, one.score, one.difference.estimate, float(one.difference.se), one.difference.interval.low,
             one.difference.interval.high, one.above, one.position)
            for one in self.units
        ]  # fmt: skip
        names = ["unit", "unit_score", "distance", "std_error", "ci_low", "ci_high", "above", "position"]
        return pd.DataFrame(rows, columns=names)

    def quartile_table(self) -> pd.DataFrame:
        """``quartile estimate std_error ci_low ci_high n``."""
        names = ("lower_quartile", "median_unit", "upper_quartile")
        rows = [
            (name, one.estimate, float(one.se), one.interval.low, one.interval.high, one.n)
            for name, one in zip(names, self.quartiles, strict=True)
        ]
        return pd.DataFrame(rows, columns=["quartile", "estimate", "std_error", "ci_low", "ci_high", "n"])

    def headline(self) -> str:
        """The median, and how many units are surely on one side."""
        sure = sum(one.position != "undecided" for one in self.units)
        return f"median unit {self.median.estimate:.1f}; {sure} of {len(self.units)} surely above or below"


def norms(
    estimates: Index | pd.Series,
    covariance: pd.DataFrame | pd.Series | np.ndarray | None = None,
    *,
    value: str | None = None,
    df: pd.Series | float | None = None,
    level: float = 0.95,
    n_draws: int = 2000,
    rng: int | np.random.Generator | None = None,
) -> Norms:
    """Each unit beside the median unit, which is itself known with error.

    Parameters
    ----------
    estimates : Index or Series
        An index with units, or scores by unit.
    covariance : DataFrame, Series or array
        Of a Series of scores: matrix, or variances of independent units. Not with an index.
    value : str, optional
        Value of the index; default: its total.
    df : Series or float, optional
        Degrees of freedom of the variances of a Series.
    level : float
        Level of the intervals.
    n_draws : int
        Draws of the errors.
    rng : int or Generator, optional
        Seed of the draws; the result carries it.

    Returns
    -------
    Norms
        ``.median``, ``.table()``, ``.quartile_table()``.

    Raises
    ------
    ArgumentError, DataError
        Those of ``rank_sets``.

    Notes
    -----
    Units count alike, whatever their size: the median office, not the median employee. The errors of all
    units are drawn from N(0, covariance) (t where degrees of freedom are few), the quartiles computed each time.
    Quartiles of scores with error lie further apart than quartiles of the true scores; that is bias no interval shows.
    The median is little affected. Each interval holds on its own. Units without a standard error are left out and
    named.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> scores = pd.Series({"a": 80.0, "b": 71.0, "c": 60.0})
    >>> places = ak.norms(scores, pd.Series(1.0, index=scores.index), rng=1)
    >>> places.median.estimate, places.of("a").position
    (71.0, 'above_median')
    """
    check_level(level)
    check_count(n_draws, 200, "n_draws")
    given = as_unit_estimates(estimates, covariance, value, df, least=3)
    draw, seed = generator(rng)
    order = np.argsort(np.array(given.names), kind="stable")
    names = [given.names[at] for at in order]
    x, sigma, freedom = given.estimate[order], given.covariance[np.ix_(order, order)], given.df[order]
    errors, spread = draw_errors(sigma, freedom, n_draws, draw)
    if spread is not None:  # Student's t: the error over the drawn share of its variance
        variance = np.diag(sigma)
        errors = errors * np.sqrt(np.where(spread > 0, variance / np.where(spread > 0, spread, 1.0), 1.0))
    drawn = x + errors
    shares = (0.25, 0.5, 0.75)
    quartiles, sampled = np.quantile(x, shares), np.quantile(drawn, shares, axis=1)
    ends = (0.5 - level / 2, 0.5 + level / 2)
    difference = x - quartiles[1]
    # error of (score − median), centred: the bias of drawing twice is not passed on
    shifts = errors - (sampled[1] - np.median(sampled[1]))[:, None]
    low, high = difference - np.quantile(shifts, ends[1], axis=0), difference - np.quantile(shifts, ends[0], axis=0)
    units = tuple(
        Norm(
            name, float(x[at]), _estimate(float(difference[at]), shifts[:, at], float(low[at]), float(high[at]), level,
                                          len(x)),
            float((difference[at] - shifts[:, at] > 0).mean()),
            "above_median" if low[at] > 0 else "below_median" if high[at] < 0 else "undecided",
        )
        for at, name in enumerate(names)
    )  # fmt: skip
    made = []
    for value_, sample in zip(quartiles, sampled, strict=True):
        centred = sample - np.median(sample)
        a, b = value_ - np.quantile(centred, ends[1]), value_ - np.quantile(centred, ends[0])
        made.append(_estimate(float(value_), centred, float(a), float(b), level, len(x)))
    notices = (*given.notices(), Notice("quartiles_spread", "info"))
    return Norms(units=units, quartiles=tuple(made), level=level, n_draws=n_draws, seed=seed, notices=notices)


def _estimate(value: float, sample: np.ndarray, low: float, high: float, level: float, n: int) -> Estimate:
    spread = float(np.std(sample))
    if spread == 0:
        return Estimate(value, 0.0, Interval(value, value, level, METHOD), n)
    return Estimate(value, spread, Interval(low, high, level, METHOD), n)
