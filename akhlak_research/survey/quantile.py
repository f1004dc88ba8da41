"""Quantiles of a survey with Woodruff intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Interval, Unavailable
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.domains import By, Domains, Missing, as_domains, inputs_of, numbers, valid_cells
from akhlak_research.survey.estimate import Fit
from akhlak_research.survey.estimates import SurveyEstimate, SurveyEstimates
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.margin import critical_value

_EXACT = 1e-12


def estimate_quantile(
    design: SurveyDesign, variable: Any, q: float | Sequence[float] = 0.5, by: By = None, *, where: Any = None,
    missing: Missing = "listwise", interval: str = "mean", level: float = 0.95,
) -> SurveyEstimates:  # fmt: skip
    """Quantiles with Woodruff intervals.

    Parameters
    ----------
    design : SurveyDesign
    variable : str, Series or list of them
    q : float or list
        Probabilities, 0 < q < 1.
    by, where, missing, level
        As in ``estimate_mean``.
    interval : {"mean", "xlogit"}
        Interval of the share below the quantile, as a mean or on the logit scale, turned back into values.

    Returns
    -------
    SurveyEstimates
        Variables are named ``score@0.5``. The standard error is the width of the interval over twice Student's t, as
        in R's survey. Where an end of the interval lies outside the data there is none.

    Raises
    ------
    ArgumentError
        ``q_out_of_range``, ``unknown_choice``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"score": range(1, 101)}))
    >>> ak.estimate_quantile(design, "score").estimate
    Estimate(50 [41, 60], n=100)

    Notes
    -----
    The quantile is the smallest value whose share of the weight at or below reaches q. On a coarse scale (a five-point
    item) it jumps; report shares there instead.

    References
    ----------
    Woodruff, R. S. (1952), Journal of the American Statistical Association 47, 635–646.
    """
    check_level(level)
    check_choice(interval, ("mean", "xlogit"), "interval")
    wanted = [float(q)] if isinstance(q, int | float) else [float(one) for one in q]
    if not wanted or not all(0 < one < 1 for one in wanted):
        raise ArgumentError("q_out_of_range", got=wanted, expected="0 < q < 1")
    names, y = numbers(design, variable)
    there = valid_cells(y, missing)
    domains = as_domains(design, by, where)
    sorted_ = [
        [_Sorted(y[:, at], there[:, at], design.weights, domains, d) for at in range(len(names))]
        for d in range(len(domains))
    ]
    found: dict[tuple[int, int, int], SurveyEstimate] = {}
    notices: tuple[Any, ...] = ()
    for place, p in enumerate(wanted):
        value = np.array([[one.quantile(p) for one in row] for row in sorted_])
        edge = np.full(y.shape, np.nan)
        inside = domains.code >= 0
        edge[inside] = value[domains.code[inside]]
        below = (np.where(there, y, np.inf) <= edge).astype(np.float64)
        share = Fit(design, domains, names, below, there.astype(np.float64), there).result("proportion", missing, level)
        notices = tuple(note for note in share.notices if note.code != "estimates_without_variance")
        for at, one in enumerate(share.estimates):
            d, k = divmod(at, len(names))
            made = _woodruff(value[d, k], one, sorted_[d][k], interval, level)
            found[d, k, place] = SurveyEstimate(one.group, f"{names[k]}@{p:g}", made, one.df, Unavailable("no_deff"))
    used = (domains.code >= 0) & there.any(axis=1)
    return SurveyEstimates(
        inputs=inputs_of(design, names, y, used, missing), notices=notices, statistic="quantile", by=domains.names,
        estimates=tuple(found[key] for key in sorted(found)), covariance=Unavailable("no_covariance_of_quantiles"),
        level=level, variance="taylor" if design.replicates is None else design.replicates.kind,
    )  # fmt: skip


class _Sorted:
    """Values of one domain in order, with the share of weight up to each."""

    def __init__(self, y: Floats, there: Any, w: Floats, domains: Domains, d: int) -> None:
        rows = np.flatnonzero((domains.code == d) & there)
        order = rows[np.argsort(y[rows], kind="stable")]
        self.y = y[order]
        total = np.cumsum(w[order])
        self.share = total / total[-1] if len(total) else total

    def quantile(self, p: float) -> float:
        """The smallest value whose share reaches p."""
        if not len(self.y):
            return float("nan")
        return float(self.y[min(int(np.searchsorted(self.share, p - _EXACT)), len(self.y) - 1)])


def _woodruff(
    value: float, share: SurveyEstimate, values: _Sorted, interval: str, level: float
) -> Estimate | Unavailable:
    if isinstance(share.value, Unavailable):
        return share.value
    if isinstance(share.se, Unavailable):
        return Estimate(value, share.se, share.se, share.n)
    t, p = critical_value(level, share.df, "t"), share.estimate
    half = t * share.se
    if interval == "xlogit" and 0 < p < 1:
        centre, half = np.log(p / (1 - p)), half / (p * (1 - p))
        low, high = (float(1 / (1 + np.exp(-at))) for at in (centre - half, centre + half))
    else:
        low, high = p - half, p + half
    if share.se == 0 or low < 0 or high > 1:
        none = Unavailable("quantile_interval_outside", {"n": share.n})
        return Estimate(value, none, none, share.n)
    ends = Interval(values.quantile(low), values.quantile(high), level, f"woodruff-{interval}")
    return Estimate(value, (ends.high - ends.low) / (2 * t), ends, share.n)
