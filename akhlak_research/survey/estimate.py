"""Means, totals, ratios and shares of a survey, for all rows and by domain, with design-based errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Notice, Unavailable
from akhlak_research.survey.audit import replicate_notices
from akhlak_research.survey.design import Column, SurveyDesign
from akhlak_research.survey.domains import By, Domains, Missing, as_domains, domain_df, inputs_of, numbers, valid_cells
from akhlak_research.survey.estimates import Statistic, SurveyEstimate, SurveyEstimates, logit_interval, with_interval
from akhlak_research.survey.linearised import Floats, Ints, ratio_of_sums
from akhlak_research.survey.variance import domain_covariances


def estimate_mean(
    design: SurveyDesign, variable: Any, by: By = None, *, where: Any = None, missing: Missing = "listwise",
    level: float = 0.95,
) -> SurveyEstimates:  # fmt: skip
    """Means with design-based errors.

    Parameters
    ----------
    design : SurveyDesign
        Data with strata, clusters, weights and their adjustments.
    variable : str, Series or list of them
        What is averaged.
    by : str, Series or list, optional
        Domains. The design stays whole: an estimate by group is the same as one with ``where=`` that group.
    where : (n,) bool, optional
        Rows of interest.
    missing : {"listwise", "pairwise"}
        Rows with all variables, or each variable where it is there. Either is a domain of the design.
    level : float
        Level of the t intervals.

    Returns
    -------
    SurveyEstimates
        ``.table()``, ``["A"]``, ``.contrast({"A": 1, "B": -1})``, ``.covariance``. Degrees of freedom are clusters
        minus strata of the first stage among those that have rows in the domain; a domain with none has no error.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> answers = pd.DataFrame({"office": list("AAABBB"), "score": [50.0, 60, 70, 70, 80, 75]})
    >>> design = ak.SurveyDesign(answers, strata="office", fpc={"A": 30, "B": 10})
    >>> ak.estimate_mean(design, "score", by="office")["B"].value
    Estimate(75 [64.61, 85.39], n=3)

    Notes
    -----
    Ratio estimator Σ w y / Σ w, linearised; weights × c changes nothing. ``deff`` compares with a simple random sample
    with replacement of as many rows. With replicate weights errors come from them.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992), Model Assisted Survey Sampling, sections 5.6–5.8.
    """
    names, y = numbers(design, variable)
    there = valid_cells(y, missing)
    return _estimate("mean", design, names, np.where(there, y, 0.0), there * 1.0, there, by, where, missing, level)


def estimate_total(
    design: SurveyDesign, variable: Any, by: By = None, *, where: Any = None, missing: Missing = "listwise",
    level: float = 0.95,
) -> SurveyEstimates:  # fmt: skip
    """Totals with design-based errors.

    Parameters
    ----------
    design : SurveyDesign
        Its weights must add up to people; relative weights give relative totals.
    variable : str, Series or list of them
        What is added up.
    by, where, missing, level
        As in ``estimate_mean``. A missing value counts as nothing, which makes a total too small.

    Returns
    -------
    SurveyEstimates

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> answers = pd.DataFrame({"office": list("AAABBB"), "late": [0, 1, 0, 1, 1, 0]})
    >>> design = ak.SurveyDesign(answers, strata="office", fpc={"A": 30, "B": 9})
    >>> ak.estimate_total(design, "late").estimate.estimate
    16.0
    """
    names, y = numbers(design, variable)
    there = valid_cells(y, missing)
    return _estimate("total", design, names, np.where(there, y, 0.0), None, there, by, where, missing, level)


def estimate_ratio(
    design: SurveyDesign, numerator: Any, denominator: Any, by: By = None, *, where: Any = None,
    missing: Missing = "listwise", level: float = 0.95,
) -> SurveyEstimates:  # fmt: skip
    """Ratios of totals with design-based errors.

    Parameters
    ----------
    design : SurveyDesign
    numerator, denominator : str, Series or list of them
        As many of one as of the other, or one denominator for all.
    by, where, missing, level
        As in ``estimate_mean``.

    Returns
    -------
    SurveyEstimates
        Variables are named ``numerator/denominator``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"yes": [3, 4, 2, 5], "votes": [5, 5, 4, 5]}))
    >>> ak.estimate_ratio(design, "yes", "votes").estimate
    Estimate(0.7368 [0.391, 1.083], n=4)
    """
    top_names, top = numbers(design, numerator, "numerator")
    low_names, low = numbers(design, denominator, "denominator")
    if low.shape[1] == 1:
        low, low_names = np.repeat(low, top.shape[1], axis=1), low_names * top.shape[1]
    if low.shape != top.shape:
        raise ArgumentError("ratio_shape", got=low.shape[1], expected=top.shape[1])
    names = tuple(f"{a}/{b}" for a, b in zip(top_names, low_names, strict=True))
    there = valid_cells(top + low, missing)
    top, low = np.where(there, top, 0.0), np.where(there, low, 0.0)
    return _estimate("ratio", design, names, top, low, there, by, where, missing, level)


def estimate_proportion(
    design: SurveyDesign, variable: Column, by: By = None, *, where: Any = None, interval: str = "logit",
    level: float = 0.95,
) -> SurveyEstimates:  # fmt: skip
    """Shares of the categories of a variable with design-based errors.

    Parameters
    ----------
    design : SurveyDesign
    variable : str or Series
        Categories; rows without one are left out (a domain).
    by, where, level
        As in ``estimate_mean``.
    interval : {"logit", "wald"}
        On the logit scale with t (stays between 0 and 1), or estimate ± t · se.

    Returns
    -------
    SurveyEstimates
        Variables are named ``variable=category``. A share of 0 or 1 has no interval: the design tells nothing about it.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"answer": list("yynyn")}))
    >>> ak.estimate_proportion(design, "answer")["answer=y"].value
    Estimate(0.6 [0.08105, 0.9623], n=5)
    """
    check_choice(interval, ("logit", "wald"), "interval")
    column = design.column(variable, "variable")
    position, distinct = pd.factorize(column, sort=True)
    y = (position[:, None] == np.arange(len(distinct))).astype(np.float64)
    there = np.repeat((position >= 0)[:, None], len(distinct), axis=1)
    names = tuple(f"{column.name}={category}" for category in distinct)
    made = Fit(design, as_domains(design, by, where), names, y, there.astype(np.float64), there)
    return made.result("proportion", "listwise", level, logit=interval == "logit")


def _estimate(
    statistic: Statistic, design: SurveyDesign, names: tuple[str, ...], top: Floats, low: Floats | None, there: Any,
    by: By, where: Any, missing: Missing, level: float,
) -> SurveyEstimates:  # fmt: skip
    return Fit(design, as_domains(design, by, where), names, top, low, there).result(statistic, missing, level)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Arrays of one call: numerators, denominators (none for totals) and which cells are there."""

    design: SurveyDesign
    domains: Domains
    names: tuple[str, ...]
    top: Floats
    low: Floats | None
    there: Any

    def result(self, statistic: Statistic, missing: Missing, level: float, *, logit: bool = False) -> SurveyEstimates:
        """The estimates with their errors."""
        check_level(level)
        design, domains, g, k = self.design, self.domains, len(self.domains), len(self.names)
        theta, z = ratio_of_sums(self.top, self.low, design.weights, domains.code, g)
        notices = list(design_notices(design, domains))
        if design.replicates is None:
            within, full = domain_covariances(z, domains.code, g, design.stages, design.lonely, design.projections)
        else:
            within, full, absent = self._replicated(theta)
            if absent:
                notices.append(Notice("replicates_without_value", "caution", {"count": absent}))
        variance = np.diagonal(within, axis1=1, axis2=2)
        n = np.stack([np.bincount(domains.code[(domains.code >= 0) & ok], minlength=g) for ok in self.there.T], axis=1)
        df, deff = domain_df(design, domains, self.there), self._deff(statistic, theta, variance, n)
        made = []
        for d in range(g):
            for at in range(k):
                free = float(df[d, at])
                value = with_interval(float(theta[d, at]), float(variance[d, at]), free, int(n[d, at]), level)
                value = logit_interval(value, free, level) if logit else value
                made.append(SurveyEstimate(domains.labels[d], self.names[at], value, free, deff(d, at, value)))
        flat = sum(isinstance(one.value, Estimate) and one.se == 0 for one in made)
        if flat:
            notices.append(Notice("estimates_without_variance", "info", {"count": flat}))
        used = (domains.code >= 0) & self.there.any(axis=1)
        return SurveyEstimates(
            inputs=inputs_of(design, self.names, self.top, used, missing), notices=tuple(notices), statistic=statistic,
            by=domains.names, estimates=tuple(made), level=level,
            covariance=Unavailable("covariance_not_kept", {"count": g * k}) if full is None else full,
            variance="taylor" if design.replicates is None else design.replicates.kind,
        )  # fmt: skip

    def _replicated(self, theta: Floats) -> tuple[Floats, Floats | None, int]:
        """Within-domain and whole covariances by replicates, and the replicates that lack a value somewhere."""
        replicates, (g, k) = self.design.replicates, theta.shape
        assert replicates is not None
        y = self.top if self.low is None else np.hstack([self.top, self.low])
        sums = replicates.sums(y, self.domains.code, g)
        if self.low is None:
            again = sums
        else:
            size = sums[:, :, k:]
            again = np.divide(sums[:, :, :k], size, out=np.full(size.shape, np.nan), where=size != 0)
        absent = int(np.isnan(again[:, ~np.isnan(theta)]).any(axis=1).sum())
        within = np.empty((g, k, k))
        for d in range(g):
            within[d] = replicates.covariance(again[:, d], theta[d])[0]
        full = None
        if g * k <= 1000 and not absent and not np.isnan(theta).any():
            full = replicates.covariance(again.reshape(len(again), -1), theta.ravel())[0]
        return within, full, absent

    def _deff(self, statistic: Statistic, theta: Floats, variance: Floats, n: Ints) -> Any:
        """A function that gives the design effect of an estimate of domain d and variable j."""
        none = Unavailable("no_deff")
        if statistic not in ("mean", "proportion"):
            return lambda d, at, value: none
        inside = self.domains.code >= 0
        rows, w, g = self.domains.code[inside], self.design.weights[inside], len(theta)
        alone = np.full(theta.shape, np.nan)
        for at in range(theta.shape[1]):
            ok = self.there[inside, at]
            weight = w * ok
            spread = np.bincount(rows, weight * (self.top[inside, at] - np.nan_to_num(theta[rows, at])) ** 2, g)
            size, count = np.bincount(rows, weight, g), n[:, at]
            some = (count > 1) & (size > 0)
            alone[some, at] = spread[some] / size[some] / (count[some] - 1)  # s²/n with s² on n − 1

        def found(d: int, at: int, value: Estimate | Unavailable) -> float | Unavailable:
            if isinstance(value, Unavailable) or isinstance(value.se, Unavailable) or not alone[d, at] > 0:
                return none
            return float(variance[d, at] / alone[d, at])

        return found


def design_notices(design: SurveyDesign, domains: Domains) -> tuple[Notice, ...]:
    """What a reader must know of the design behind estimates."""
    found = []
    if domains.n_without:
        found.append(Notice("rows_without_domain", "info", {"n": domains.n_without, "by": domains.names}))
    if design.replicates is None:
        for number, stage in enumerate(design.stages, start=1):
            if len(stage.lonely):
                said = {"count": len(stage.lonely), "stage": number, "choice": design.lonely}
                found.append(Notice("lonely_strata", "caution", said))
    found += replicate_notices(design)
    return tuple(found)
