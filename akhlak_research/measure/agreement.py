"""Agreement of raters: do different people give the same object the same rating?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from scipy import stats

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.measure import agreement_kernels as kernels
from akhlak_research.measure.ratings import Columns, Floats, Metric, Ratings, Side, as_ratings, with_categories

if TYPE_CHECKING:
    import pandas as pd

Coefficient = Literal["krippendorff", "fleiss", "kappa", "weighted-kappa", "gwet-ac1", "gwet-ac2", "kendall-w"]


@result
class Agreement(Result):
    """An agreement coefficient.

    Attributes
    ----------
    coefficient, metric : str
        Which one, and how far apart it takes two categories to be.
    value : Estimate or Unavailable
        ``n`` counts objects.
    observed, expected : float
        Agreement seen and expected by chance; for Krippendorff's alpha disagreement, D_o and D_e; NaN for Kendall's W.
    statistic, df, pvalue : float or Unavailable
        Friedman's χ² test of no agreement at all (Kendall's W only).
    n_raters : int
    categories : tuple
        The categories used.
    level : float
    n_boot : int or None
        Bootstrap samples, where the interval comes from them.
    seed : int or None
    """

    kind: ClassVar[str] = "agreement"
    coefficient: str
    metric: str
    value: Estimate | Unavailable
    observed: float
    expected: float
    statistic: float | Unavailable
    df: float | Unavailable
    pvalue: float | Unavailable
    n_raters: int
    categories: tuple[object, ...]
    level: float
    n_boot: int | None
    seed: int | None

    @property
    def estimate(self) -> float:
        """The coefficient."""
        return self.value.estimate

    @property
    def interval(self) -> Interval | Unavailable:
        """Its interval."""
        return self.value.interval

    def table(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        value = self.value
        row = {
            "coefficient": self.coefficient, "metric": self.metric, "estimate": value.estimate,
            "std_error": float(value.se), "ci_low": value.interval.low, "ci_high": value.interval.high,
            "n": self.inputs.n_used, "n_raters": self.n_raters, "observed": self.observed, "expected": self.expected,
        }  # fmt: skip
        if isinstance(self.statistic, float):
            row |= {"statistic": self.statistic, "df": float(self.df), "pvalue": float(self.pvalue)}
        return pd.DataFrame([row])

    def headline(self) -> str:
        """Coefficient, metric, raters and the value."""
        return f"{self.coefficient} ({self.metric}), {self.n_raters} raters: {self.value!r}"


@dataclass(frozen=True, slots=True)
class _Panel:
    """What a coefficient computes from: ratings (r, n), the codes of the categories (q,), and how."""

    ratings: Floats
    codes: Floats
    metric: Metric
    level: float
    n_boot: int
    rng: np.random.Generator


_NO_TEST = Unavailable("no_test")


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Estimate | Unavailable
    observed: float
    expected: float
    statistic: float | Unavailable = _NO_TEST
    df: float | Unavailable = _NO_TEST
    pvalue: float | Unavailable = _NO_TEST
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementMethod:
    """An entry of the registry.

    ``metrics``: those it is defined for, the default first. ``least``: ratings that an object needs to be used (0: all
    raters). ``two_raters``: for exactly two. ``counts_categories``: its value depends on how many categories there are.
    ``bootstraps``: its interval is drawn.
    """

    name: str
    metrics: tuple[Metric, ...]
    compute: Callable[[_Panel], _Outcome]
    least: int = 1
    two_raters: bool = False
    counts_categories: bool = False
    bootstraps: bool = False


def measure_agreement(
    ratings: pd.DataFrame,
    coefficient: Coefficient = "krippendorff",
    *,
    metric: Metric | None = None,
    categories: Sequence[object] | None = None,
    raters: Side = "rows",
    columns: Columns | None = None,
    level: float = 0.95,
    n_boot: int = 2000,
    rng: int | np.random.Generator | None = None,
) -> Agreement:
    """Agreement of raters on objects, corrected for chance, with an interval.

    Parameters
    ----------
    ratings : DataFrame
        Raters × objects: one row per rater, one column per rated thing; or a long table with ``columns``. Numbers, or
        names of categories. No weights: raters and objects count alike.
    coefficient : str
        ``"krippendorff"``: alpha, any number of raters, missing ratings allowed. ``"fleiss"``: kappa of many raters,
        each object perhaps by others; missing allowed (Gwet's generalisation). ``"gwet-ac1"``, ``"gwet-ac2"``: stay
        useful where nearly all ratings fall into one category; missing allowed. ``"kappa"``, ``"weighted-kappa"``:
        Cohen's, exactly two raters; objects that one of them left out are dropped. ``"kendall-w"``: concordance of
        rankings; objects with a missing rating are dropped.
    metric : str, optional
        How far apart two categories are: ``"nominal"``; ``"ordinal"`` (by rank); ``"linear"``, ``"interval"``
        (squared; as weights: quadratic) and ``"ratio"`` by the numbers. Default: ordinal for alpha, AC2 and W,
        interval for weighted kappa, nominal for the others.
    categories : sequence, optional
        All categories that could be given, for names in their order. Gwet's coefficients depend on how many there
        are; without it those seen are taken, and a notice says so.
    raters : {"rows", "columns"}
        Where the raters stand.
    columns : (rater, object, rating), optional
        Names of the three columns of a long table.
    level : float
        Level of the interval.
    n_boot : int
        Bootstrap samples (Krippendorff's alpha only).
    rng : int or Generator, optional
        Seed of the bootstrap; the result carries it.

    Returns
    -------
    Agreement
        Objects nobody rated (or fewer raters than the coefficient needs) are dropped; ``inputs`` counts them. Where
        all ratings are alike, chance explains everything and the value is ``Unavailable``.

    Raises
    ------
    ArgumentError
        ``unknown_choice``, ``ratings_type``, ``rating_columns``, ``level_out_of_range``, ``count_out_of_range``.
    MethodError
        ``metric_undefined``, ``two_raters_needed``, ``names_need_order``.
    DataError
        ``no_ratings``, ``too_few_raters``, ``too_few_objects``, ``rating_not_category``, ``negative_ratio``,
        ``rated_twice``, ``not_numeric``.

    Notes
    -----
    Intervals. Fleiss, AC1, AC2: standard error linearised over objects, t on n − 1 (Gwet 2014). Kappa: large-sample
    error of Fleiss, Cohen & Everitt (1969), normal. Alpha: percentiles of a bootstrap over objects. All end at 1. They
    take the objects as a sample and the raters as given, and are large-sample: in simulations 95 percent intervals
    covered .92 to .96 with 60 objects and .89 to .94 with 20. Kendall's W has no valid interval; it has a test.

    References: Krippendorff (2011); Fleiss (1971); Cohen (1960, 1968); Gwet (2008, 2014); Kendall & Gibbons (1990).

    Examples
    --------
    >>> import pandas as pd, akhlak_research as ak
    >>> marks = pd.DataFrame({"K1": [2, 2, 2], "K2": [0, 0, 1], "K3": [2, 1, 2], "K4": [1, 1, 1], "K5": [0, 1, 0]})
    >>> round(ak.measure_agreement(marks, "krippendorff", metric="ordinal", rng=1).estimate, 3)
    0.697
    >>> ak.measure_agreement(marks, "gwet-ac2", metric="ordinal", categories=[0, 1, 2])
    <agreement gwet-ac2 (ordinal), 3 raters: Estimate(0.648 [0.1957, 1], n=5)>
    """
    method = METHODS[coefficient]
    metric = method.metrics[0] if metric is None else metric
    if metric not in method.metrics:
        raise MethodError("metric_undefined", coefficient=coefficient, got=metric, expected=method.metrics)
    check_level(level)
    check_count(n_boot, 100, "n_boot")
    # only a drawn interval has a seed to report
    drawn, seed = generator(rng) if method.bootstraps else (np.random.default_rng(0), None)
    given = as_ratings(ratings, raters=raters, columns=columns, named=True)
    given, known = with_categories(given, categories, metric)
    used = _usable(given, method)
    if metric == "ratio" and (used.cells < 0).any():
        raise DataError("negative_ratio", got=float(np.nanmin(used.cells)))
    outcome = method.compute(_Panel(used.cells, known, metric, level, n_boot, drawn))
    notices = outcome.notices
    if method.counts_categories and categories is None:
        notices += (Notice("categories_as_seen", "caution", {"count": len(known)}),)
    return Agreement(
        inputs=given.inputs(len(used.objects), of="objects", missing="available" if method.least else "listwise"),
        notices=notices, coefficient=coefficient, metric=metric, value=outcome.value, observed=outcome.observed,
        expected=outcome.expected, statistic=outcome.statistic, df=outcome.df, pvalue=outcome.pvalue,
        n_raters=len(used.cells), categories=used.labels or tuple(known.tolist()), level=level,
        n_boot=n_boot if method.bootstraps else None, seed=seed,
    )  # fmt: skip


def _usable(given: Ratings, method: AgreementMethod) -> Ratings:
    there = ~np.isnan(given.cells)
    silent = ~there.any(axis=1)
    if silent.any():
        given, there = replace(given, cells=given.cells[~silent]), there[~silent]
    m = len(given.cells)
    if m < 2:
        raise DataError("too_few_raters", got=m, expected=2)
    if method.two_raters and m != 2:
        raise MethodError("two_raters_needed", coefficient=method.name, got=m)
    used = given.keep_objects(there.sum(axis=0) >= (method.least or m))
    together = int(((~np.isnan(used.cells)).sum(axis=0) >= 2).sum())
    if together < 2:
        raise DataError("too_few_objects", got=together, expected=2)
    return used


def _estimate(seen: kernels.Corrected, n: int, interval: Callable[[float, float], Interval]) -> Estimate | Unavailable:
    if np.isnan(seen.estimate):
        return Unavailable("ratings_all_alike")
    if not seen.se > 1e-12:
        none = Unavailable("objects_alike")
        return Estimate(seen.estimate, none, none, n)
    return Estimate(seen.estimate, seen.se, interval(seen.estimate, seen.se), n)


def _symmetric(quantile: float, level: float, method: str) -> Callable[[float, float], Interval]:
    return lambda value, se: Interval(
        max(value - quantile * se, -1.0), min(value + quantile * se, 1.0), level, method
    )


def _many(panel: _Panel, gwet: bool) -> _Outcome:
    n = panel.ratings.shape[1]
    if len(panel.codes) < 2:
        return _Outcome(Unavailable("ratings_all_alike"), 1.0, np.nan)
    weights = kernels.agreement_weights(panel.codes, panel.metric)
    seen = kernels.fleiss_or_gwet(kernels.count_ratings(panel.ratings, panel.codes), weights, gwet)
    quantile = float(stats.t.ppf(0.5 + panel.level / 2, n - 1))
    value = _estimate(seen, n, _symmetric(quantile, panel.level, "gwet-linearised"))
    return _Outcome(value, seen.observed, seen.expected)


def _cohen(panel: _Panel) -> _Outcome:
    weights = kernels.agreement_weights(panel.codes, panel.metric)
    first, second = (rating[:, None] == panel.codes for rating in panel.ratings)
    seen = kernels.cohen(first.T.astype(np.float64) @ second, weights)
    quantile = float(stats.norm.ppf(0.5 + panel.level / 2))
    value = _estimate(seen, panel.ratings.shape[1], _symmetric(quantile, panel.level, "fleiss-cohen-everitt"))
    return _Outcome(value, seen.observed, seen.expected)


def _krippendorff(panel: _Panel) -> _Outcome:
    n = panel.ratings.shape[1]
    each = kernels.coincidences(kernels.count_ratings(panel.ratings, panel.codes))
    seen, by_chance = (float(d) for d in kernels.krippendorff(each.sum(axis=0), panel.codes, panel.metric))
    if not by_chance > 0:
        return _Outcome(Unavailable("ratings_all_alike"), seen, by_chance)
    alpha = 1 - seen / by_chance
    drawn = kernels.bootstrap_alpha(each, panel.codes, panel.metric, panel.n_boot, panel.rng)
    defined = drawn[~np.isnan(drawn)]
    lost = len(drawn) - len(defined)
    notices = (Notice("bootstrap_undefined", "caution", {"count": lost, "n_boot": len(drawn)}),) if lost else ()
    if len(defined) < 2 or np.ptp(defined) <= 1e-12:
        none = Unavailable("objects_alike")
        return _Outcome(Estimate(alpha, none, none, n), seen, by_chance, notices=notices)
    low, high = np.quantile(defined, [0.5 - panel.level / 2, 0.5 + panel.level / 2])
    interval = Interval(float(low), float(high), panel.level, "bootstrap-percentile")
    return _Outcome(Estimate(alpha, float(defined.std(ddof=1)), interval, n), seen, by_chance, notices=notices)


def _kendall(panel: _Panel) -> _Outcome:
    n = panel.ratings.shape[1]
    w, statistic = kernels.concordance(panel.ratings)
    if np.isnan(w):
        return _Outcome(Unavailable("ratings_all_alike"), np.nan, np.nan)
    none = Unavailable("no_valid_interval")
    p = float(stats.chi2.sf(statistic, n - 1))
    return _Outcome(Estimate(w, none, none, n), np.nan, np.nan, statistic, float(n - 1), p)


METHODS: Registry[AgreementMethod] = Registry(
    "coefficient",
    AgreementMethod(
        "krippendorff", ("ordinal", "nominal", "interval", "ratio"), _krippendorff, least=2, bootstraps=True
    ),
    AgreementMethod("fleiss", ("nominal",), lambda panel: _many(panel, gwet=False)),
    AgreementMethod("kappa", ("nominal",), _cohen, least=0, two_raters=True),
    AgreementMethod("weighted-kappa", ("interval", "linear", "ordinal"), _cohen, least=0, two_raters=True),
    AgreementMethod("gwet-ac1", ("nominal",), lambda panel: _many(panel, gwet=True), counts_categories=True),
    AgreementMethod(
        "gwet-ac2", ("ordinal", "linear", "interval"), lambda panel: _many(panel, gwet=True), counts_categories=True
    ),
    AgreementMethod("kendall-w", ("ordinal",), _kendall, least=0),
)
