"""``rank_sets``: the ranks that each unit can have given the error of its score, and tiers instead of naked ranks."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Notice, ResultBase, result
from akhlak_research.core.seeding import generator
from akhlak_research.index.rank_kernels import settled_pairs, tier_limits
from akhlak_research.index.result import Index
from akhlak_research.index.unit_estimates import UnitEstimates, as_unit_estimates

#: with fewer degrees of freedom the variance of a unit is too uncertain for its own error to be trusted
_FEW_DF = 4


@result
class RankSets(ResultBase):
    """The ranks that each of p units can have, 1 being the highest score.

    Attributes
    ----------
    names : tuple of str
        Units, highest estimate first.
    estimates, std_errors : tuple of float
    ranks : tuple of int
        Of the estimates alone; equal estimates share the better rank.
    lows, highs : tuple of int
        Ends of the confidence sets.
    tiers_low, tiers_high : tuple of int
        First and last tier a unit can stand in.
    settled : tuple of tuple of bool
        Row j, column k: unit j is established to be above unit k.
    critical : tuple of float
        Critical value(s) of the studentised differences: one, or one per unit for marginal sets.
    level : float
    simultaneous, stepdown : bool
    n_draws : int
    seed : int or None
    """

    kind: ClassVar[str] = "rank_sets"
    names: tuple[str, ...]
    estimates: tuple[float, ...]
    std_errors: tuple[float, ...]
    ranks: tuple[int, ...]
    lows: tuple[int, ...]
    highs: tuple[int, ...]
    tiers_low: tuple[int, ...]
    tiers_high: tuple[int, ...]
    settled: tuple[tuple[bool, ...], ...]
    critical: tuple[float, ...]
    level: float
    simultaneous: bool
    stepdown: bool
    n_draws: int
    seed: int | None
    notices: tuple[Notice, ...] = ()

    @property
    def rank(self) -> pd.Series:
        """Rank of each estimate, by unit: the naked rank, which says nothing of its error."""
        return pd.Series(self.ranks, index=list(self.names), name="rank")

    @property
    def low(self) -> pd.Series:
        """Best rank that a unit can have."""
        return pd.Series(self.lows, index=list(self.names), name="low")

    @property
    def high(self) -> pd.Series:
        """Worst rank that a unit can have."""
        return pd.Series(self.highs, index=list(self.names), name="high")

    @property
    def n_tiers(self) -> int:
        """How many tiers can be told apart."""
        return max(self.tiers_low)

    @property
    def mean_width(self) -> float:
        """Mean number of ranks in a set."""
        return float(np.mean(np.array(self.highs) - np.array(self.lows) + 1))

    @property
    def settled_share(self) -> float:
        """Share of all pairs of units whose order is established."""
        p = len(self.names)
        return float(np.sum(self.settled)) / (p * (p - 1) / 2)

    def table(self) -> pd.DataFrame:
        """One row per unit: ``unit estimate std_error rank rank_low rank_high tier_low tier_high``."""
        return pd.DataFrame(
            {
                "unit": self.names, "estimate": self.estimates, "std_error": self.std_errors, "rank": self.ranks,
                "rank_low": self.lows, "rank_high": self.highs, "tier_low": self.tiers_low,
                "tier_high": self.tiers_high,
            }
        )  # fmt: skip

    def tiers(self) -> pd.DataFrame:
        """One row per tier: ``tier n units uncertain``: those that stand in it surely, and those that may."""
        rows = []
        for tier in range(1, self.n_tiers + 1):
            limits = list(zip(self.names, self.tiers_low, self.tiers_high, strict=True))
            sure = [name for name, low, high in limits if low == high == tier]
            perhaps = [name for name, low, high in limits if low <= tier <= high and low < high]
            rows.append((tier, len(sure), ", ".join(sure), ", ".join(perhaps)))
        return pd.DataFrame(rows, columns=["tier", "n", "units", "uncertain"])

    def headline(self) -> str:
        """Units, tiers and the mean width of the sets."""
        return f"{len(self.names)} units, {self.n_tiers} tiers, sets hold {self.mean_width:.1f} ranks on average"


def rank_sets(
    estimates: Index | pd.Series,
    covariance: pd.DataFrame | pd.Series | np.ndarray | None = None,
    *,
    value: str | None = None,
    df: pd.Series | float | None = None,
    simultaneous: bool = True,
    stepdown: bool = True,
    level: float = 0.95,
    n_draws: int = 2000,
    rng: int | np.random.Generator | None = None,
) -> RankSets:
    """Confidence sets for the ranks of units, and tiers of units that can be told apart.

    Parameters
    ----------
    estimates : Index or Series
        An index with units (their totals, with the standard errors and degrees of freedom it holds), or scores by unit.
    covariance : DataFrame, Series or array
        Of a Series of scores: p × p, or p variances where units are independent samples. Not with an index.
    value : str, optional
        Value of the index to rank; default: its total.
    df : Series or float, optional
        Degrees of freedom of the variances of a Series; without, they are taken as known. Needs independent units.
    simultaneous : bool
        True: all sets hold together with probability ``level``. False: each on its own, narrower.
    stepdown : bool
        Drop what is established and test the rest more sharply; never wider, same guarantee.
    level : float
        Probability of the sets; each end of a rank set is inside.
    n_draws : int
        Draws for the critical values.
    rng : int or Generator, optional
        Seed of the draws; the result carries it.

    Returns
    -------
    RankSets
        ``.rank .low .high`` by unit, ``.tiers()``, ``.mean_width``, ``.table()``. Rank 1 is the highest score.

    Raises
    ------
    ArgumentError
        ``estimates_type``, ``covariance_missing``, ``covariance_with_index``, ``unknown_choice``,
        ``index_without_units``, ``level_out_of_range``, ``count_out_of_range``, ``seed_invalid``.
    DataError
        ``too_few_estimates``, ``duplicate_units``, ``covariance_shape``, ``covariance_labels``, ``covariance_invalid``,
        ``df_invalid``.
    MethodError
        ``df_needs_independence``.

    Notes
    -----
    Unit j is above unit k where (x_j − x_k) / se(x_j − x_k) exceeds a critical value of the largest such statistic
    over all ordered pairs (marginal sets: over those with j), drawn from N(0, covariance). With finite degrees of
    freedom the drawn differences are studentised by drawn variances, as with Welch's t, and put on the scale of a
    normal deviate, so that an office with three respondents does not widen the sets of all others. The rank of j is
    then between 1 + the units above it and p − the units below it. Weights and finite populations are in the standard
    errors of the index. Units without a standard error (one respondent, all alike) cannot be ranked: they are left out
    and named, and ranks count the others. A unit in which everybody answered is known exactly.

    Units of an index are taken as independent samples. Where clusters of a design cross units, give the scores with
    the covariance of ``estimate_mean(design, score, by=unit)`` instead.

    A tier is no cut in the scores: units that share a first tier cannot be told apart, each unit of a later tier is
    established to be below one of the tier before. A unit with little data may stand in several.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. & Wilhelm, D. (2024), Inference for ranks, Review of Economic Studies 91,
    476–518. Romano, J. P. & Wolf, M. (2005), Econometrica 73, 1237–1282.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> scores = pd.Series({"a": 80.0, "b": 71.0, "c": 70.0, "d": 60.0})
    >>> ranks = ak.rank_sets(scores, pd.Series(1.0, index=scores.index), rng=1)
    >>> ranks.table()[["unit", "rank", "rank_low", "rank_high"]].values.tolist()
    [['a', 1, 1, 1], ['b', 2, 2, 3], ['c', 3, 2, 3], ['d', 4, 4, 4]]
    """
    check_level(level)
    check_count(n_draws, 200, "n_draws")
    for name, flag in (("simultaneous", simultaneous), ("stepdown", stepdown)):
        if not isinstance(flag, bool | np.bool_):
            raise ArgumentError("unknown_choice", argument=name, got=flag, expected=("True", "False"))
    units = as_unit_estimates(estimates, covariance, value, df, least=2)
    made = _sets(units, bool(simultaneous), bool(stepdown), level, n_draws, rng)
    shared = tuple(n for n in getattr(estimates, "notices", ()) if n.code == "clusters_across_units")
    return replace(made, notices=(*made.notices, *shared))


def _sets(
    units: UnitEstimates, simultaneous: bool, stepdown: bool, level: float, n_draws: int,
    rng: int | np.random.Generator | None,
) -> RankSets:  # fmt: skip
    draw, seed = generator(rng)
    x, covariance, df = units.estimate, units.covariance, units.df
    if np.isfinite(df).any() and np.count_nonzero(covariance - np.diag(np.diag(covariance))):
        raise MethodError("df_needs_independence")
    # highest first, so that equal scores and the draws do not depend on the order of rows
    order = np.lexsort((np.array(units.names), -x))
    x, covariance, df = x[order], covariance[np.ix_(order, order)], df[order]
    above, below, critical = settled_pairs(x, covariance, df, level, stepdown, simultaneous, n_draws, draw)
    first, last = tier_limits(above if simultaneous else above & below.T)
    few = int((df < _FEW_DF).sum())
    notices = units.notices()
    if few:
        notices.append(Notice("ranks_few_respondents", "caution", {"count": few, "least": _FEW_DF + 1}))
    if not simultaneous:
        notices.append(Notice("ranks_marginal", "info", {"level": 100 * level}))
    return RankSets(
        names=tuple(units.names[at] for at in order), estimates=tuple(x.tolist()),
        std_errors=tuple(np.sqrt(np.diag(covariance)).tolist()),
        ranks=tuple(int(rank) for rank in 1 + (x[None, :] > x[:, None]).sum(axis=1)),
        lows=tuple((1 + below.sum(axis=1)).tolist()), highs=tuple((len(x) - above.sum(axis=1)).tolist()),
        tiers_low=tuple(first.tolist()), tiers_high=tuple(last.tolist()),
        settled=tuple(tuple(row) for row in above.tolist()), critical=tuple(critical.tolist()), level=level,
        simultaneous=simultaneous, stepdown=stepdown, n_draws=n_draws, seed=seed, notices=tuple(notices),
    )  # fmt: skip
