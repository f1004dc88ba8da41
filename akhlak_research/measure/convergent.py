"""Convergence and discrimination of the factors of a fitted model: CR, AVE and the criterion of Fornell and Larcker."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Result, result
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.composite_reliability import CompositeReliability, composite_reliability


@result
class ConvergentValidity(Result):
    """What the factors of a model share with their items and with each other.

    Attributes
    ----------
    factors : DataFrame
        One row per factor (and group): ``factor group n_items loading_min composite_reliability
        cr_ci_low cr_ci_high average_variance_extracted ave_ci_low ave_ci_high ave_met largest_correlation with
        larcker``; intervals as ``composite_reliability`` says, ``larcker`` says that AVE exceeds every
        squared correlation with another factor.
    correlations : mapping of group to DataFrame
        Correlations of the factors; on the diagonal the square root of AVE, as Fornell and Larcker print it.
    """

    kind: ClassVar[str] = "convergent_validity"
    factors: pd.DataFrame
    correlations: dict[Any, pd.DataFrame]

    def table(self) -> pd.DataFrame:
        """One row per factor."""
        return self.factors.copy()

    def headline(self) -> str:
        """How many factors meet the criterion."""
        met = int(self.factors["larcker"].sum())
        return f"AVE above all squared correlations: {met} of {len(self.factors)} factors"


def convergent_validity(model: CfaResult) -> ConvergentValidity:
    """Average variance extracted, composite reliability and the Fornell–Larcker criterion of a fitted model.

    Parameters
    ----------
    model : CfaResult
        From ``cfa``; with several groups every group has its rows. Missing data and weights are as the model had them.

    Returns
    -------
    ConvergentValidity
        ``.table()``, ``.correlations``.

    Raises
    ------
    ArgumentError
        ``model_without_loadings``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> ak.convergent_validity(ak.cfa(answers.instrument, answers))
    <convergent_validity AVE above all squared correlations: 3 of 5 factors>

    Notes
    -----
    AVE and the largest correlation come from one model, so the criterion fails easily where factors are close and says
    nothing on how sure that is: read it beside the intervals and ``htmt``. Loadings that a model holds equal, and
    errors that it lets covary, enter as ``composite_reliability`` says.

    References
    ----------
    Fornell, C., & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables and
    measurement error. Journal of Marketing Research, 18, 39–50.
    """
    if not isinstance(model, CfaResult):
        raise ArgumentError("convergent_model", got=type(model).__name__)
    source: Any = model  # a frozen result has the attributes of a fitted model, but read-only ones
    reliability = composite_reliability(source)
    assert isinstance(reliability, CompositeReliability)
    found = {one.dimension: one for one in reliability.factors}
    cut = thresholds("ave")
    rows: list[dict[str, Any]] = []
    matrices: dict[Any, pd.DataFrame] = {}
    several = len(model.groups) > 1
    for g, group in enumerate(model.groups):
        R = factor_correlations(model, g)
        matrix = R.copy()
        for factor in R.index:
            key = f"{factor} ({group})" if several else factor
            if key not in found:
                continue
            one = found[key]
            cr, ave = one.composite_reliability, float(one.average_variance_extracted)
            spread = one.average_variance_extracted.interval
            matrix.loc[factor, factor] = np.sqrt(ave)
            others = R.loc[factor].drop(factor).abs()
            largest = float(others.max()) if len(others) else np.nan
            rows.append(
                {
                    "factor": factor, "group": group, "n_items": len(one.items),
                    "loading_min": float(np.abs(one.loadings).min()),
                    "composite_reliability": float(cr), "cr_ci_low": cr.interval.low,
                    "cr_ci_high": cr.interval.high, "average_variance_extracted": ave, "ave_ci_low": spread.low,
                    "ave_ci_high": spread.high,
                    "ave_met": cut.met(ave), "largest_correlation": largest,
                    "with": others.idxmax() if len(others) else None,
                    "larcker": bool(ave > largest**2) if len(others) else True,
                }
            )  # fmt: skip
        matrices[group] = matrix
    frame = pd.DataFrame(rows)
    return ConvergentValidity(
        inputs=model.inputs, notices=model.notices, factors=frame if several else frame.drop(columns="group"),
        correlations=matrices,
    )  # fmt: skip


def factor_correlations(model: CfaResult, group: int = 0) -> pd.DataFrame:
    """Correlations of the factors that a model implies in a group."""
    fit = model.fitted
    p = len(fit.table.variables.observed)
    cov = fit.system(group).covariance[p:, p:]
    sd = np.sqrt(np.diag(cov))
    names = list(fit.table.variables.latent)
    return pd.DataFrame(cov / np.outer(sd, sd), index=names, columns=names)
