"""Compare nested factor models by the difference of their chi-squares, corrected as the estimator asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.stats import chi2

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Result, Unavailable, result
from akhlak_research.measure.cfa.difference import Difference, embedded, restricted_difference, scaled_difference
from akhlak_research.measure.cfa.estimators import ESTIMATORS
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.cfa.tests import model_test


@dataclass(frozen=True, slots=True)
class DifferenceMethod:
    """One way to correct a difference; ``scaled`` says that it needs an estimator with a corrected test."""

    name: str
    scaled: bool
    gamma: bool = False


METHODS = Registry(
    "method",
    DifferenceMethod("standard", scaled=False),
    DifferenceMethod("satorra-bentler-2001", scaled=True),
    DifferenceMethod("satorra-bentler-2010", scaled=True),
    DifferenceMethod("satorra-2000", scaled=True, gamma=True),
    DifferenceMethod("satorra-2000-adjusted", scaled=True, gamma=True),
)


@result
class ModelComparison(Result):
    """Two nested models side by side.

    Attributes
    ----------
    models : DataFrame
        Rows ``freer`` and ``restricted``: ``chisq df cfi rmsea srmr aic bic``, scaled where the estimator scales.
    statistic, df, pvalue : float or Unavailable
        Of the difference; unavailable where its scaling factor is not positive.
    cfi_difference, rmsea_difference : float
        Restricted less free.
    method : str
    """

    kind: ClassVar[str] = "model_comparison"
    models: pd.DataFrame
    statistic: float | Unavailable
    df: float
    pvalue: float | Unavailable
    cfi_difference: float
    rmsea_difference: float
    method: str

    def table(self) -> pd.DataFrame:
        """Two rows; the difference stands in the row of the restricted model."""
        frame = self.models.rename_axis("model").reset_index()
        frame["chisq_diff"] = [np.nan, float(self.statistic)]
        frame["df_diff"] = [np.nan, self.df]
        frame["pvalue"] = [np.nan, float(self.pvalue)]
        return frame

    def headline(self) -> str:
        """The difference and its p value."""
        return f"Δχ²({self.df:.4g}) = {float(self.statistic):.3f}, p = {float(self.pvalue):.4g}, {self.method}"


def compare_models(first: CfaResult, second: CfaResult, *, method: str | None = None) -> ModelComparison:
    """Test whether restrictions make a model fit worse.

    Parameters
    ----------
    first, second : CfaResult
        Two models of the same data by the same estimator, one a restriction of the other; in any order.
    method : str, optional
        ``standard``; ``satorra-bentler-2001`` or ``-2010`` (scaled difference), ``satorra-2000`` (scaled and shifted)
        or ``satorra-2000-adjusted`` (mean and variance adjusted). Default, as lavaan's: standard for ML, GLS and ULS,
        ``satorra-bentler-2001`` where the test is scaled, ``satorra-2000`` where it is shifted too.

    Returns
    -------
    ModelComparison
        ``.statistic``, ``.df``, ``.pvalue``, ``.cfi_difference``, ``.rmsea_difference``, ``.table()``.

    Raises
    ------
    ArgumentError
        ``compare_other_data``, ``compare_other_estimator``.
    MethodError
        ``compare_same_df``, ``compare_not_nested``; ``compare_method`` where a method does not fit the estimator.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> free = ak.cfa("A =~ A1 + A2 + A3 + A4 + A5", answers, estimator="MLR")
    >>> equal = ak.cfa("A =~ A1 + l*A2 + l*A3 + l*A4 + l*A5", answers, estimator="MLR")
    >>> ak.compare_models(free, equal).df
    3.0

    Notes
    -----
    Nested is checked by numbers: the freer model must reproduce what the restricted one implies (the NET procedure of
    Bentler & Satorra 2010).

    References
    ----------
    Satorra, A., & Bentler, P. M. (2001). A scaled difference chi-square test statistic for moment structure analysis.
    Psychometrika, 66, 507–514. Satorra, A. (2000). Scaled and adjusted restricted tests in multi-sample analysis of
    moment structures. Bentler, P. M., & Satorra, A. (2010). Testing model nesting and equivalence. Psychological
    Methods, 15, 111–123.
    """
    free, restricted = sorted((first, second), key=lambda each: each.test.standard.df)
    _check_same(free, restricted)
    chosen = METHODS[method] if method is not None else METHODS[_default(free)]
    _check_method(chosen, free)
    inside = embedded(free.fitted, restricted.fitted)
    if inside is None:
        raise MethodError("compare_not_nested", got=free.test.standard.df, expected=restricted.test.standard.df)
    found = _difference(chosen.name, free, restricted, inside)
    df = restricted.test.standard.df - free.test.standard.df if found is None else found.df
    gone = Unavailable("difference_not_positive")
    suffix = "_scaled" if "chisq_scaled" in free.fit.index else ""
    names = ["chisq", "df", "cfi", "rmsea"]
    rows = {
        label: {n: each.fit[n + suffix] for n in names} | {n: each.fit.get(n, np.nan) for n in ("srmr", "aic", "bic")}
        for label, each in (("freer", free), ("restricted", restricted))
    }
    return ModelComparison(
        inputs=free.inputs,
        models=pd.DataFrame.from_dict(rows, orient="index"),
        statistic=gone if found is None else found.statistic,
        df=float(df),
        pvalue=gone if found is None else float(chi2.sf(found.statistic, found.df)),
        cfi_difference=rows["restricted"]["cfi"] - rows["freer"]["cfi"],
        rmsea_difference=rows["restricted"]["rmsea"] - rows["freer"]["rmsea"],
        method=chosen.name,
    )


def _check_same(free: CfaResult, restricted: CfaResult) -> None:
    same_people = free.problem.data.digest == restricted.problem.data.digest
    if not same_people or free.groups != restricted.groups:
        raise ArgumentError("compare_other_data", got=restricted.n, expected=free.n)
    if free.estimator != restricted.estimator:
        raise ArgumentError("compare_other_estimator", got=restricted.estimator, expected=free.estimator)
    if free.fitted.table.options.means != restricted.fitted.table.options.means:
        raise ArgumentError("compare_other_means")
    if free.test.standard.df == restricted.test.standard.df:
        raise MethodError("compare_same_df", got=free.test.standard.df)


def _default(free: CfaResult) -> str:
    test = ESTIMATORS[free.estimator].test
    if test in ("standard", "browne-residual"):
        return "standard"
    return "satorra-2000" if test == "scaled-shifted" else "satorra-bentler-2001"


def _check_method(method: DifferenceMethod, free: CfaResult) -> None:
    test = ESTIMATORS[free.estimator].test
    scaled = test not in ("standard", "browne-residual")
    shifted = test == "scaled-shifted" and not method.gamma
    incomplete = method.gamma and free.inputs.missing == "fiml"
    if scaled != method.scaled or shifted or incomplete:
        raise MethodError("compare_method", got=method.name, estimator=free.estimator, expected=_default(free))


def _difference(method: str, free: CfaResult, restricted: CfaResult, inside: Fit) -> Difference | None:
    t0, t1 = restricted.test.standard, free.test.standard
    if method == "standard":
        return Difference(t0.statistic - t1.statistic, t0.df - t1.df)
    if method.startswith("satorra-2000"):
        rule = "adjusted" if method.endswith("adjusted") else "shifted"
        gap = t0.statistic - t1.statistic
        return restricted_difference(free.fitted, restricted.fitted, free.covariance.information, gap, rule=rule)
    c1 = free.test.factor
    if method == "satorra-bentler-2010":
        c1 = model_test(inside, ESTIMATORS[free.estimator].test).factor
    return scaled_difference(t0.statistic, t1.statistic, t0.df, t1.df, restricted.test.factor, c1)
