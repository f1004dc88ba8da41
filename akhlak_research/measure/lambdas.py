"""Guttman's lambdas and the greatest lower bound to the reliability of a sum score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import ByGroup, Estimate, Notice, Result, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure import lambda_kernels as kernels
from akhlak_research.measure.alpha import estimates_table
from akhlak_research.measure.alpha_kernels import alpha_gradient, alpha_of
from akhlak_research.measure.bound_kernels import Bound, largest_errors
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.intervals import smooth_estimate
from akhlak_research.measure.material import Material, for_each
from akhlak_research.measure.split_kernels import MOST_LISTED, Halves, Splits, extreme_split, halved, splits_of

Value = Estimate | Unavailable


@result
class GuttmanLambdas(Result):
    """Six lower bounds; ``lambdas["lambda2"]`` is one of them, of the covariances.

    Attributes
    ----------
    raw : mapping of str to Estimate or Unavailable
        ``lambda1`` … ``lambda6`` of the covariances: bounds to the reliability of the sum score.
    standardised : mapping of str to Estimate or Unavailable
        Of the correlations: of a sum of standardised items.
    best_split : tuple of two tuples of str
        The halves behind raw λ4.
    halves : str
        As asked.
    exhaustive : bool
        Whether λ4 was taken over every split; otherwise it is the best that a search found.
    seed : int or None
        Of the search.
    """

    kind: ClassVar[str] = "guttman_lambdas"
    raw: Mapping[str, Value]
    standardised: Mapping[str, Value]
    best_split: tuple[tuple[str, ...], tuple[str, ...]]
    halves: str
    exhaustive: bool
    seed: int | None

    def __getitem__(self, name: str) -> Value:
        if name not in self.raw:
            raise ArgumentError("unknown_choice", argument="lambda", got=name, expected=tuple(self.raw))
        return self.raw[name]

    def table(self) -> pd.DataFrame:
        """Twelve rows: ``coefficient estimate std_error ci_low ci_high n``."""
        standardised = {f"{name}_standardised": value for name, value in self.standardised.items()}
        return estimates_table("coefficient", {**self.raw, **standardised})

    def headline(self) -> str:
        """The six values."""
        return ", ".join(f"{name.replace('lambda', 'λ')} {value.estimate:.3f}" for name, value in self.raw.items())


def guttman_lambdas(
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
) -> GuttmanLambdas | ByGroup[GuttmanLambdas]:
    """Guttman's lambdas λ1 to λ6: lower bounds to the reliability of the sum score.

    Each holds whatever the items measure, as long as their errors are unrelated. λ2 is never below λ3, which is
    Cronbach's alpha, and costs no further assumption.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Two items or more of one scale.
    halves : {"equal", "any"}
        Splits among which λ4 is the best: halves that differ by at most one item, or all partitions in two.
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
        Seed of the search for λ4 where there are more than 100,000 splits (more than 20 items; 17 for any halves).

    Returns
    -------
    GuttmanLambdas, or ByGroup of GuttmanLambdas
        ``["lambda1"]`` … ``["lambda6"]`` are Estimates (``.estimate .se .interval .n``) of the covariances.

    Raises
    ------
    DataError
        ``too_few_items``, ``too_few_rows``, ``constant_item``, ``all_missing``, ``no_pair``, ``total_constant``.
    ArgumentError
        An unknown choice; keys or weights for counts, which carry theirs.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> lambdas = ak.guttman_lambdas(ak.Study("data/bfi").responses.of_dimension("A"))
    >>> round(lambdas["lambda2"].estimate, 4), round(lambdas["lambda2"].interval.low, 3)
    (0.7091, 0.689)
    >>> lambdas["lambda4"].interval
    Unavailable('extreme_split_interval')

    Notes
    -----
    *Definitions*, with σ² the variance of the sum: λ1 = 1 − Σs²/σ²; λ2 = λ1 + √(k/(k − 1) · C₂)/σ² with C₂ the sum of
    squared covariances; λ3 = k/(k − 1) · λ1; λ4 = 4C/σ² of the best split, C the covariance of its halves; λ5 = λ1 +
    2√C₂ⱼ/σ² for the item with the largest sum of squared covariances; λ6 = 1 − Σe²/σ², e² the error of predicting an
    item from the others. ``psych::guttman`` prints those of the correlations.

    *Intervals.* λ1, λ2, λ3 and λ6 are smooth functions of the covariances: value ± z·se with the error that
    ``cronbach_alpha`` uses (distribution-free from rows, normal theory from counts). λ4 and λ5 are the largest of
    several values; their sample values lean upwards and have no normal law, so they have no interval. λ6 is a multiple
    correlation and leans upwards too where people are few for the number of items.

    *What does not exist.* λ6 without an inverse of the covariance matrix (items that repeat each other, fewer people
    than items, pairwise deletion).

    References
    ----------
    Guttman, L. (1945). A basis for analyzing test-retest reliability. Psychometrika, 10, 255–282.
    """
    check_level(level)
    check_choice(halves, ("equal", "any"), "halves")

    def build(material: Material) -> GuttmanLambdas:
        return _lambdas(material, halves, level, *generator(rng))

    return for_each(
        build, items, by=by, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
    )


def require_total(material: Material) -> None:
    """Refuse items whose sum does not vary."""
    if np.isnan(alpha_of(material.moments.cov)):
        raise DataError("total_constant", items=material.moments.names)


def _lambdas(
    material: Material, halves: Halves, level: float, rng: np.random.Generator, seed: int | None
) -> GuttmanLambdas:
    require_total(material)
    moments = material.moments
    splits = splits_of(moments.cov, halves, rng)
    best = extreme_split(moments.cov, splits, halves, lowest=False)
    notices = material.notices
    if not splits.complete:
        notices += (Notice("splits_searched", "caution", {"k": len(best), "most": MOST_LISTED}),)
    return GuttmanLambdas(
        inputs=material.inputs,
        notices=notices,
        raw=_family(material, splits, halves, level, of_correlations=False),
        standardised=_family(material, splits, halves, level, of_correlations=True),
        best_split=split_names(moments.names, best),
        halves=halves,
        exhaustive=splits.complete,
        seed=None if splits.complete else seed,
    )


def split_names(names: tuple[str, ...], signs: Floats) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The items of both halves, the first item in the first."""
    same = signs == signs[0]
    return (
        tuple(name for name, first in zip(names, same, strict=True) if first),
        tuple(name for name, first in zip(names, same, strict=True) if not first),
    )


def _family(
    material: Material, splits: Splits, halves: Halves, level: float, *, of_correlations: bool
) -> dict[str, Value]:
    """The six lambdas of the covariances or of the correlations."""
    matrix = material.moments.correlation if of_correlations else material.moments.cov
    names = [f"lambda{i}" for i in range(1, 7)]
    if np.isnan(alpha_of(matrix)):
        return dict.fromkeys(names, Unavailable("alpha_undefined"))

    def smooth(value: float, gradient: Floats | None) -> Estimate:
        return smooth_estimate(material, value, gradient, level, of_correlations=of_correlations)

    def bare(value: float, code: str) -> Estimate:
        return Estimate(value, Unavailable(code), Unavailable(code), material.moments.n)

    best = extreme_split(matrix, splits, halves, lowest=False)
    sixth = kernels.lambda6(matrix)
    found: list[Value] = [
        smooth(kernels.lambda1(matrix), kernels.lambda1_gradient(matrix)),
        smooth(kernels.lambda2(matrix), kernels.lambda2_gradient(matrix)),
        smooth(float(alpha_of(matrix)), alpha_gradient(matrix)),
        bare(float(halved(matrix, best[None]).flanagan_rulon[0]), "extreme_split_interval"),
        bare(kernels.lambda5(matrix), "lambda5_interval"),
        Unavailable("lambda6_singular") if sixth is None else smooth(sixth, kernels.lambda6_gradient(matrix)),
    ]
    return dict(zip(names, found, strict=True))


@result
class GreatestLowerBound(Result):
    """The greatest lower bound to reliability.

    Attributes
    ----------
    raw : Estimate or Unavailable
        Of the covariances: of the sum score. It has no interval.
    standardised : Estimate or Unavailable
        Of the correlations.
    errors : Series or Unavailable
        Index ``item``: the error variances that the bound supposes, in the items' units.
    gap : float or Unavailable
        By how much the exact bound can at most lie below ``raw``: the duality gap of the solution.
    """

    kind: ClassVar[str] = "greatest_lower_bound"
    raw: Value
    standardised: Value
    errors: pd.Series | Unavailable
    gap: float | Unavailable

    @property
    def estimate(self) -> float:
        """The raw bound."""
        return self.raw.estimate

    @property
    def interval(self) -> Unavailable:
        """There is none."""
        assert isinstance(self.raw.interval, Unavailable)
        return self.raw.interval

    @property
    def n(self) -> int:
        """People used."""
        return self.raw.n

    def table(self) -> pd.DataFrame:
        """Two rows: ``coefficient estimate std_error ci_low ci_high n``."""
        return estimates_table("coefficient", {"glb": self.raw, "glb_standardised": self.standardised})

    def headline(self) -> str:
        """The raw bound."""
        return f"{self.raw!r}"


def greatest_lower_bound(
    items: Items,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
) -> GreatestLowerBound | ByGroup[GreatestLowerBound]:
    """Greatest lower bound (glb): the smallest reliability of the sum score that the covariances allow.

    Errors being unrelated, reliability is 1 − Σd/σ² with error variances d ≥ 0 that leave a covariance matrix of true
    scores, S − diag(d), positive semidefinite. The glb takes the largest Σd. In the population nothing known about S
    alone says more; in a sample it leans upwards, much with few people and many items.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Two items or more of one scale.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
        Complete rows, or every covariance over its own pair's rows.
    weights : array (n,), optional
        Sampling weights: of the weighted covariances.
    frequencies : array (n,), optional
        Row counts; k is the row k times.
    by : str or Series, optional
        Repeat for each group.

    Returns
    -------
    GreatestLowerBound, or ByGroup of GreatestLowerBound
        ``.estimate``, ``.standardised``, ``.errors``, ``.gap``; ``.interval`` is Unavailable.

    Raises
    ------
    DataError
        ``too_few_items``, ``too_few_rows``, ``constant_item``, ``all_missing``, ``no_pair``, ``total_constant``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> bound = ak.greatest_lower_bound(ak.Study("data/bfi").responses.of_dimension("A"))
    >>> round(bound.estimate, 4), round(bound.standardised.estimate, 4)
    (0.7419, 0.7555)

    Notes
    -----
    The definition is solved, a semidefinite programme (``psych::glb.algebraic``); ``psych::glb.fa`` instead takes the
    communalities of a factor analysis and comes out on either side of it (bfi A: .7480 where the bound is .7555; bfi E:
    .8182 where it is .7948). The dual solution proves how near the maximum is: ``gap``.

    *Sampling.* The estimate is a maximum over the data and leans upwards (ten Berge & Sočan 2004). Simulated sums of
    ten items with reliability .80 gave a mean glb of .89, .85 and .82 at n = 50, 200 and 1,000. No interval is known to
    hold, so none is given.

    *What does not exist.* A covariance matrix with a negative eigenvalue (pairwise deletion) has no glb.

    References
    ----------
    Jackson, P. H., & Agunwamba, C. C. (1977). Lower bounds for the reliability of the total score on a test composed of
    non-homogeneous items: I. Psychometrika, 42, 567–578.
    ten Berge, J. M. F., & Sočan, G. (2004). The greatest lower bound to the reliability of a test and the hypothesis of
    unidimensionality. Psychometrika, 69, 613–625.
    """
    return for_each(
        _bound, items, by=by, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
    )


def _bound(material: Material) -> GreatestLowerBound:
    require_total(material)
    moments = material.moments
    raw, standardised = largest_errors(moments.cov), largest_errors(moments.correlation)
    reason = Unavailable("glb_indefinite")
    items = pd.Index(moments.names, name="item")
    return GreatestLowerBound(
        inputs=material.inputs,
        notices=(*material.notices, Notice("glb_leans_upwards", "caution", {"n": moments.n})),
        raw=_glb(raw, moments.cov, moments.n),
        standardised=_glb(standardised, moments.correlation, moments.n),
        errors=reason if raw is None else pd.Series(raw.errors, index=items, name="error_variance"),
        gap=reason if raw is None else raw.gap,
    )


def _glb(bound: Bound | None, matrix: Floats, n: int) -> Value:
    if bound is None:
        return Unavailable("glb_indefinite")
    if np.isnan(alpha_of(matrix)):
        return Unavailable("alpha_undefined")
    none = Unavailable("glb_interval")
    return Estimate(1.0 - float(bound.errors.sum()) / float(matrix.sum()), none, none, n)
