"""Split-half reliability: customary splits by name, and the mean, best and worst of all splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ByGroup, Estimate, Notice, Result, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.alpha import estimates_table
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.intervals import smooth_estimate
from akhlak_research.measure.lambdas import require_total, split_names
from akhlak_research.measure.material import Material, for_each
from akhlak_research.measure.split_kernels import (
    MOST_LISTED,
    Halves,
    Splits,
    extreme_split,
    flanagan_rulon_gradient,
    halved,
    mean_flanagan_rulon,
    mean_flanagan_rulon_gradient,
    number_of_splits,
    spearman_brown_gradient,
    splits_of,
)

Value = Estimate | Unavailable


@result
class SplitHalf(Result):
    """Split-half coefficients; ``found["mean"]`` is the mean over all splits, by Flanagan and Rulon.

    Attributes
    ----------
    flanagan_rulon : mapping of str to Estimate or Unavailable
        4C/σ² for the splits ``odd_even``, ``first_second``, ``mean``, ``max`` and ``min``.
    spearman_brown : mapping of str to Estimate or Unavailable
        2r/(1 + r) for the same splits. Its ``max`` and ``min`` may be of other splits.
    best_split, worst_split : tuple of two tuples of str
        The halves behind Flanagan and Rulon's ``max`` and ``min``.
    halves : str
        As asked.
    n_splits : int
        How many splits there are.
    exhaustive : bool
        Whether all were looked at.
    seed : int or None
        Of the splits drawn where not.
    """

    kind: ClassVar[str] = "split_half"
    flanagan_rulon: Mapping[str, Value]
    spearman_brown: Mapping[str, Value]
    best_split: tuple[tuple[str, ...], tuple[str, ...]]
    worst_split: tuple[tuple[str, ...], tuple[str, ...]]
    halves: str
    n_splits: int
    exhaustive: bool
    seed: int | None

    def __getitem__(self, split: str) -> Value:
        if split not in self.flanagan_rulon:
            raise ArgumentError("unknown_choice", argument="split", got=split, expected=tuple(self.flanagan_rulon))
        return self.flanagan_rulon[split]

    def table(self) -> pd.DataFrame:
        """Ten rows: ``coefficient split estimate std_error ci_low ci_high n``."""
        parts = []
        for name, values in (("flanagan_rulon", self.flanagan_rulon), ("spearman_brown", self.spearman_brown)):
            part = estimates_table("split", values)
            part.insert(0, "coefficient", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def headline(self) -> str:
        """Mean, smallest and largest."""
        low, mean, high = (self[name].estimate for name in ("min", "mean", "max"))
        return f"mean {mean:.3f}, {low:.3f} to {high:.3f} over {self.n_splits} splits"


def split_half(
    items: Items,
    *,
    halves: Halves = "equal",
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    level: float = 0.95,
    rng: int | np.random.Generator | None = 0,
) -> SplitHalf | ByGroup[SplitHalf]:
    """Split-half reliability: odd–even, first–second, and the mean, largest and smallest over all splits.

    Two coefficients are told apart. *Flanagan–Rulon* (Guttman's split half), 4C/σ², lets the halves differ in variance
    and is the reliability of the sum where the halves are essentially τ-equivalent. *Spearman–Brown*, 2r/(1 + r), asks
    for equal variances and is never below the former. One split is one of many accidents: the mean over all is alpha
    (even number of items); the spread between worst and best shows how much the choice of a split decides.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Two items or more of one scale, in the order in which odd and even are counted.
    halves : {"equal", "any"}
        All splits into halves that differ by at most one item, or all partitions in two.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
        Complete rows, or every covariance over its own pair's rows.
    weights : array (n,), optional
        Sampling weights: weighted covariances, linearised errors.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    by : str or Series, optional
        Repeat for each group.
    level : float
        Of the intervals.
    rng : int or Generator, optional
        Seed of the splits drawn where there are more than 100,000 (more than 20 items; 17 for any halves).

    Returns
    -------
    SplitHalf, or ByGroup of SplitHalf
        ``["odd_even"]``, ``["mean"]`` … are Estimates by Flanagan and Rulon; ``.spearman_brown["odd_even"]`` …

    Raises
    ------
    DataError
        ``too_few_items``, ``too_few_rows``, ``constant_item``, ``all_missing``, ``no_pair``, ``total_constant``.
    ArgumentError
        An unknown choice; keys or weights for counts, which carry theirs.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> halves = ak.split_half(ak.Study("data/bfi").responses.of_dimension("A"))
    >>> round(halves["max"].estimate, 4), round(halves["min"].estimate, 4), halves.n_splits
    (0.7402, 0.5986, 10)
    >>> round(halves.spearman_brown["odd_even"].estimate, 4)
    0.7046

    Notes
    -----
    *All splits.* Up to 100,000 splits all are computed. Beyond, the mean of Flanagan–Rulon is still exact (it has a
    closed form for equal halves), that of Spearman–Brown is over 10,000 random splits; largest and smallest are
    the best that swaps of items find from 200 random splits, and a notice says so.

    *Intervals.* Named splits and means are smooth functions of the covariances: value ± z·se with the error that
    ``cronbach_alpha`` uses. The largest and the smallest of many values have no normal law and no interval.

    *Names elsewhere.* ``psych::splitHalf`` calls its values Spearman–Brown; they are 4C/σ², as here under
    ``flanagan_rulon``, of the correlations. The smallest is also known as a first approximation of Revelle's β.

    References
    ----------
    Rulon, P. J. (1939). A simplified procedure for determining the reliability of a test by split-halves. Harvard
    Educational Review, 9, 99–103.
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297–334.
    """
    check_level(level)
    check_choice(halves, ("equal", "any"), "halves")

    def build(material: Material) -> SplitHalf:
        return _split_half(material, halves, level, *generator(rng))

    return for_each(
        build, items, by=by, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
    )


def _split_half(
    material: Material, halves: Halves, level: float, rng: np.random.Generator, seed: int | None
) -> SplitHalf:
    require_total(material)
    cov, names = material.moments.cov, material.moments.names
    k = len(names)
    splits = splits_of(cov, halves, rng)
    best, worst = (extreme_split(cov, splits, halves, lowest=lowest) for lowest in (False, True))
    notices = material.notices
    if not splits.complete:
        notices += (Notice("splits_searched", "caution", {"k": k, "most": MOST_LISTED}),)
    customary = {
        "odd_even": np.where(np.arange(k) % 2 == 0, 1.0, -1.0),
        "first_second": np.where(np.arange(k) < (k + 1) // 2, 1.0, -1.0),
    }
    extremes = np.vstack([splits.signs, best, worst])
    return SplitHalf(
        inputs=material.inputs,
        notices=notices,
        flanagan_rulon={
            **{name: _flanagan_rulon(material, signs, level) for name, signs in customary.items()},
            "mean": _mean_flanagan_rulon(material, splits, halves, level),
            "max": _extreme(material, halved(cov, best[None]).flanagan_rulon[0]),
            "min": _extreme(material, halved(cov, worst[None]).flanagan_rulon[0]),
        },
        spearman_brown={
            **{name: _spearman_brown(material, signs[None], level) for name, signs in customary.items()},
            "mean": _spearman_brown(material, splits.signs, level),
            "max": _extreme(material, halved(cov, extremes).spearman_brown.max()),
            "min": _extreme(material, halved(cov, extremes).spearman_brown.min()),
        },
        best_split=split_names(names, best),
        worst_split=split_names(names, worst),
        halves=halves,
        n_splits=number_of_splits(k, halves),
        exhaustive=splits.complete,
        seed=None if splits.complete else seed,
    )


def _extreme(material: Material, value: float) -> Value:
    if np.isnan(value):
        return Unavailable("split_constant")
    none = Unavailable("extreme_split_interval")
    return Estimate(float(value), none, none, material.moments.n)


def _flanagan_rulon(material: Material, signs: Floats, level: float) -> Estimate:
    cov, one = material.moments.cov, signs[None]
    gradient = flanagan_rulon_gradient(cov, one, np.ones(1))
    return smooth_estimate(material, float(halved(cov, one).flanagan_rulon[0]), gradient, level)


def _mean_flanagan_rulon(material: Material, splits: Splits, halves: Halves, level: float) -> Estimate:
    cov = material.moments.cov
    if halves == "equal":
        return smooth_estimate(material, mean_flanagan_rulon(cov), mean_flanagan_rulon_gradient(cov), level)
    shares = np.full(len(splits.signs), 1 / len(splits.signs))
    value = float(shares @ halved(cov, splits.signs).flanagan_rulon)
    return smooth_estimate(material, value, flanagan_rulon_gradient(cov, splits.signs, shares), level)


def _spearman_brown(material: Material, signs: Floats, level: float) -> Value:
    """Of one split, or the mean over several; it exists where every half varies."""
    cov = material.moments.cov
    values = halved(cov, signs).spearman_brown
    if np.isnan(values).any():
        return Unavailable("split_constant")
    shares = np.full(len(signs), 1 / len(signs))
    return smooth_estimate(material, float(values.mean()), spearman_brown_gradient(cov, signs, shares), level)
