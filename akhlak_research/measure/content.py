"""Content validity: what a panel of experts says about each item, with the uncertainty of a small panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy import stats

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.measure.content_tables import (
    Floats,
    aiken_critical,
    aiken_tail,
    chance_of_agreement,
    jackknife_over_raters,
    lawshe_critical,
    lawshe_tail,
    score_interval,
)
from akhlak_research.measure.ratings import Columns, Ratings, Side, as_ratings

if TYPE_CHECKING:
    import pandas as pd

Value = Estimate | Unavailable
Number = float | Unavailable


@dataclass(frozen=True, slots=True)
class ItemContent:
    """What the panel says about one item.

    Attributes
    ----------
    item : str
    n_raters : int
        Experts who rated this item.
    aiken_v, i_cvi, kappa_modified, cvr : Estimate or Unavailable
    aiken_p, cvr_p : float or Unavailable
        Exact one-sided probability of a value this high if experts rated at random.
    aiken_v_critical, cvr_critical : float or Unavailable
        Smallest value that is significant for this number of experts.
    """

    item: str
    n_raters: int
    aiken_v: Value
    aiken_p: Number
    aiken_v_critical: Number
    i_cvi: Value
    kappa_modified: Value
    cvr: Value
    cvr_p: Number
    cvr_critical: Number


@result
class ContentValidity(Result):
    """Content validity of each item and of the scale.

    Attributes
    ----------
    items : tuple of ItemContent
        In the order of the ratings.
    s_cvi_ave : Estimate or Unavailable
        Mean of the I-CVIs.
    s_cvi_ua : Estimate or Unavailable
        Share of items that every expert found relevant.
    aiken_v_mean : Estimate or Unavailable
        Mean of the items' V.
    low, high : float
        Lowest and highest rating of the scale.
    relevant_from, essential : float or None
        Lowest rating counted as "relevant", and as "essential".
    n_raters : int
        Experts who rated anything.
    alpha, level : float
        One-sided level of the tests; level of the intervals.
    """

    kind: ClassVar[str] = "content_validity"
    items: tuple[ItemContent, ...]
    s_cvi_ave: Value
    s_cvi_ua: Value
    aiken_v_mean: Value
    low: float
    high: float
    relevant_from: float | None
    essential: float | None
    n_raters: int
    alpha: float
    level: float

    def __getitem__(self, item: str) -> ItemContent:
        for entry in self.items:
            if entry.item == item:
                return entry
        raise ArgumentError("unknown_choice", argument="item", got=item, expected=[e.item for e in self.items])

    def table(self) -> pd.DataFrame:
        """One row per item."""
        import pandas as pd

        rows = []
        for entry in self.items:
            row: dict[str, object] = {"item": entry.item, "n_raters": entry.n_raters}
            for name in ("aiken_v", "i_cvi", "kappa_modified", "cvr"):
                value: Value = getattr(entry, name)
                row |= {name: value.estimate}
                row |= {f"{name}_ci_low": value.interval.low, f"{name}_ci_high": value.interval.high}
                if name in ("aiken_v", "cvr"):
                    test = name.removesuffix("_v")
                    row |= {f"{name}_critical": float(getattr(entry, f"{name}_critical"))}
                    row |= {f"{test}_p": float(getattr(entry, f"{test}_p"))}
            rows.append(row)
        return pd.DataFrame(rows)

    def overall(self) -> pd.DataFrame:
        """The scale-level indices, one row each."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"statistic": name, "estimate": value.estimate, "ci_low": value.interval.low,
                 "ci_high": value.interval.high, "n": value.n}
                for name, value in (("s_cvi_ave", self.s_cvi_ave), ("s_cvi_ua", self.s_cvi_ua),
                                    ("aiken_v_mean", self.aiken_v_mean))
            ]
        )  # fmt: skip

    def headline(self) -> str:
        """Items, raters and the scale's figures."""
        return (
            f"{len(self.items)} items, {self.n_raters} raters: mean V {self.aiken_v_mean.estimate:.3f}, "
            f"S-CVI/Ave {self.s_cvi_ave.estimate:.3f}"
        )


def content_validity(
    ratings: pd.DataFrame,
    low: float,
    high: float,
    *,
    relevant_from: float | None = None,
    essential: float | None = None,
    raters: Side = "rows",
    columns: Columns | None = None,
    alpha: float = 0.05,
    level: float = 0.95,
) -> ContentValidity:
    """Aiken's V, I-CVI, modified kappa and Lawshe's CVR of each item, S-CVI of the scale, with intervals.

    Parameters
    ----------
    ratings : DataFrame
        Experts × items: one row per expert, one column per item, whole-number ratings from ``low`` to ``high``. A
        long table with ``columns``. Missing ratings are left out item by item: every figure of an item stands on the
        experts who rated it (``n_raters``). Weights do not exist here: experts count alike.
    low, high : float
        Lowest and highest rating that could be given (not those that happened to be given).
    relevant_from : float, optional
        Lowest rating that counts as "relevant" for I-CVI, S-CVI and kappa. Default: the top two of a four-point
        scale (Lynn 1986), the upper of a two-point scale. Any other scale must say it; the figures are
        ``Unavailable`` until then.
    essential : float, optional
        Lowest rating that counts as "essential" for Lawshe's CVR; without it CVR is ``Unavailable``.
    raters : {"rows", "columns"}
        Where the experts stand.
    columns : (rater, item, rating), optional
        Names of the three columns of a long table.
    alpha : float
        One-sided level of the exact tests and their critical values.
    level : float
        Level of the intervals.

    Returns
    -------
    ContentValidity
        ``.table()`` per item, ``.overall()`` for the scale.

    Raises
    ------
    ArgumentError
        ``scale_limits``, ``scale_not_whole``, ``rating_cut``, ``alpha_out_of_range``, ``level_out_of_range``,
        ``ratings_type``, ``rating_columns``.
    DataError
        ``no_ratings``, ``outside_scale``, ``rating_not_whole``, ``not_numeric``, ``rated_twice``,
        ``rating_without_key``.

    Notes
    -----
    V = Σs/[n(c − 1)], s = rating − low, c categories (Aiken 1985). Its interval is the score interval of Penfield and
    Giacobbi (2004), which treats a rating as c − 1 independent trials; the exact test supposes that raters choose
    each category alike. I-CVI has Wilson's score interval, which is the same interval with c = 2. Modified kappa =
    (I-CVI − P_c)/(1 − P_c) (Polit, Beck & Owen 2007); its limits are those of the I-CVI with P_c held at its value,
    so they carry no uncertainty of P_c. CVR = (2n_e − n)/n (Lawshe 1975), limits from the same score interval,
    critical values by the exact binomial (Ayre & Scally 2014). S-CVI/Ave and the mean V take the experts as the
    sample and the items as fixed: jackknife over experts, t on n − 1 degrees of freedom on the logit scale. S-CVI/UA
    turns on the worst expert and has no valid interval.

    Examples
    --------
    >>> import pandas as pd, akhlak_research as ak
    >>> panel = pd.DataFrame({"B1": [4, 4, 3, 4, 4, 3], "B2": [3, 4, 2, 4, 3, 1]})
    >>> content = ak.content_validity(panel, 1, 4, essential=4)
    >>> content["B1"].aiken_v
    Estimate(0.8889 [0.672, 0.969], n=6)
    >>> content["B2"].i_cvi
    Estimate(0.6667 [0.3, 0.9032], n=6)
    """
    check_level(level)
    if not 0 < alpha < 0.5:
        raise ArgumentError("alpha_out_of_range", got=alpha, expected="0 < alpha < 0.5")
    if not low < high:
        raise ArgumentError("scale_limits", got=(low, high))
    panel = as_ratings(ratings, raters=raters, columns=columns)
    categories = _check_scale(panel, low, high)
    notices = list(_missing_notice(panel))
    if relevant_from is None and categories in (2, 4):
        relevant_from = high - 1 if categories == 4 else high
        notices.append(Notice("relevant_by_default", "info", {"lowest": relevant_from, "high": high}))
    for cut, name in ((relevant_from, "relevant_from"), (essential, "essential")):
        if cut is not None and not low < cut <= high:
            raise ArgumentError("rating_cut", argument=name, got=cut, expected=f"{low:g} < {name} ≤ {high:g}")
    measures = _Measures(panel.cells, low, categories, relevant_from, essential, alpha, level)
    relevant = measures.relevant
    no_cut = Unavailable("relevant_not_said")
    used = int((~np.isnan(panel.cells)).any(axis=1).sum())
    return ContentValidity(
        inputs=panel.inputs(used, of="raters", missing="available"),
        notices=tuple(notices),
        items=tuple(measures.item(j, name) for j, name in enumerate(panel.objects)),
        s_cvi_ave=no_cut if relevant is None else _mean_over_items(relevant, level),
        s_cvi_ua=no_cut if relevant is None else _universal(relevant),
        aiken_v_mean=_mean_over_items((panel.cells - low) / (categories - 1), level),
        low=float(low), high=float(high), relevant_from=relevant_from, essential=essential,
        n_raters=used, alpha=alpha, level=level,
    )  # fmt: skip


def _check_scale(panel: Ratings, low: float, high: float) -> int:
    if (high - low) % 1 != 0:
        raise ArgumentError("scale_not_whole", got=(low, high))
    there = ~np.isnan(panel.cells)
    outside = there & ((panel.cells < low) | (panel.cells > high))
    between = there & ((panel.cells - low) % 1 != 0)
    for bad, code in ((outside, "outside_scale"), (between, "rating_not_whole")):
        if bad.any():
            rater, item = np.argwhere(bad)[0]
            raise DataError(
                code, column=panel.objects[item], row=int(rater) + 1, got=float(panel.cells[rater, item]),
                expected=f"{low:g}–{high:g}", count=int(bad.sum()),
            )  # fmt: skip
    return int(high - low) + 1


def _missing_notice(panel: Ratings) -> tuple[Notice, ...]:
    absent = int(np.isnan(panel.cells).sum())
    if not absent:
        return ()
    items = [name for name, column in zip(panel.objects, panel.cells.T, strict=True) if np.isnan(column).any()]
    return (Notice("ratings_missing", "info", {"count": absent, "items": items}),)


class _Measures:
    """The indices of single items; ``values`` is raters × items."""

    def __init__(
        self, values: Floats, low: float, categories: int, relevant_from: float | None, essential: float | None,
        alpha: float, level: float,
    ) -> None:  # fmt: skip
        self.steps = values - low
        self.categories, self.alpha, self.level = categories, alpha, level
        self.relevant = _at_least(values, relevant_from)
        self.essential = _at_least(values, essential)

    def item(self, j: int, name: str) -> ItemContent:
        steps = self.steps[~np.isnan(self.steps[:, j]), j]
        n, k = len(steps), self.categories - 1
        none = Unavailable("nobody_rated", {"item": name})
        if n == 0:
            return ItemContent(name, 0, none, none, none, none, none, none, none, none)
        total = round(float(steps.sum()))
        critical = aiken_critical(n, self.categories, self.alpha)
        i_cvi, kappa = self._relevance(j, n)
        cvr, cvr_p, cvr_critical = self._ratio(j, n)
        return ItemContent(
            name, n,
            _proportion(total, n * k, n, self.level, "penfield-giacobbi"),
            float(aiken_tail(n, self.categories)[total]),
            Unavailable("no_critical_value", {"n": n}) if critical is None else critical,
            i_cvi, kappa, cvr, cvr_p, cvr_critical,
        )  # fmt: skip

    def _relevance(self, j: int, n: int) -> tuple[Value, Value]:
        if self.relevant is None:
            none = Unavailable("relevant_not_said")
            return none, none
        count = int(np.nansum(self.relevant[:, j]))
        i_cvi = _proportion(count, n, n, self.level, "wilson")
        chance = chance_of_agreement(count, n)
        return i_cvi, _mapped(i_cvi, lambda p: (p - chance) / (1 - chance))

    def _ratio(self, j: int, n: int) -> tuple[Value, Number, Number]:
        if self.essential is None:
            none = Unavailable("essential_not_said")
            return none, none, none
        count = int(np.nansum(self.essential[:, j]))
        share = _proportion(count, n, n, self.level, "wilson")
        critical = lawshe_critical(n, self.alpha)
        needed: Number = Unavailable("no_critical_value", {"n": n}) if critical is None else critical
        return _mapped(share, lambda p: 2 * p - 1), lawshe_tail(count, n), needed


def _at_least(values: Floats, cut: float | None) -> Floats | None:
    return None if cut is None else np.where(np.isnan(values), np.nan, (values >= cut).astype(np.float64))


def _proportion(successes: int, trials: int, n: int, level: float, method: str) -> Estimate:
    p = np.array(successes / trials)
    low, high = score_interval(p, np.array(float(trials)), level)
    return Estimate(float(p), Unavailable("interval_without_se"), Interval(float(low), float(high), level, method), n)


def _mapped(value: Estimate, by: Callable[[float], float]) -> Estimate:
    """An estimate and its limits through an increasing function."""
    assert isinstance(value.interval, Interval)
    limits = Interval(by(value.interval.low), by(value.interval.high), value.interval.level, value.interval.method)
    return Estimate(by(value.estimate), value.se, limits, value.n)


def _universal(relevant: Floats) -> Value:
    rated = (~np.isnan(relevant)).any(axis=0)
    share = float((np.nanmin(relevant[:, rated], axis=0) == 1).mean())
    none = Unavailable("no_valid_interval")
    return Estimate(share, none, none, int(rated.sum()))


def _mean_over_items(values: Floats, level: float) -> Value:
    """Mean over items of item means of values in [0, 1], raters × items, with its interval."""
    estimate, se, n = jackknife_over_raters(values)
    if not se > 1e-12:
        none = Unavailable("one_rater" if np.isnan(se) else "raters_alike")
        return Estimate(estimate, none, none, n)
    half = stats.t.ppf(0.5 + level / 2, n - 1) * se / (estimate * (1 - estimate))
    middle = np.log(estimate / (1 - estimate))
    low, high = (float(1 / (1 + np.exp(-(middle + sign * half)))) for sign in (-1, 1))
    return Estimate(estimate, se, Interval(low, high, level, "jackknife-logit"), n)
