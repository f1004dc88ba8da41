"""Does the whole model fit? M2* and C2 with RMSEA, CFI, TLI; SRMSR."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.stats import chi2

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.core.noncentral import noncentrality
from akhlak_research.core.results import Result, result
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.limited_information import (
    Kind,
    Moments2,
    fitted_moments,
    independence,
    observed_moments,
    quadratic_form,
    srmsr,
)
from akhlak_research.measure.irt.results import Irt, one_population

KINDS: tuple[Kind, ...] = ("M2*", "C2")


@result
class IrtModelFit(Result):
    """How the whole model fits.

    Attributes
    ----------
    measures : DataFrame
        Index ``statistic`` (M2*, C2): ``value df pvalue rmsea rmsea_ci_low rmsea_ci_high cfi tli``. NaN where a
        statistic has no degrees of freedom.
    srmsr : float
        Root mean squared difference of observed and expected correlations.
    level : float
        Of the intervals of RMSEA.
    n_complete : int
        People: complete rows.
    """

    kind: ClassVar[str] = "irt_model_fit"
    measures: pd.DataFrame
    srmsr: float
    level: float
    n_complete: int

    def table(self) -> pd.DataFrame:
        """One row per statistic."""
        return self.measures.reset_index().assign(srmsr=self.srmsr, n=self.n_complete)

    def headline(self) -> str:
        """RMSEA of C2."""
        return f"C2 RMSEA {float(self.measures['rmsea']['C2']):.4f}, SRMSR {self.srmsr:.4f}"


def irt_model_fit(result: Irt, *, level: float = 0.90) -> IrtModelFit:
    """Fit of the whole model by limited information: M2* and C2 with RMSEA, CFI, TLI, and SRMSR.

    Parameters
    ----------
    result : Irt
        A fitted model of one group, without sampling weights.
    level : float
        Of the interval of RMSEA.

    Returns
    -------
    IrtModelFit
        ``.measures``; M2* has no degrees of freedom for a few items of many categories, C2 has more.

    Raises
    ------
    MethodError
        ``irt_one_population``; ``irt_fit_weighted``: under sampling weights the distribution is not known.
    DataError
        ``too_few_rows``: too few complete rows; ``constant_item`` among them.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> ak.irt_model_fit(fit).measures.loc["C2", ["df", "rmsea"]].round(3).tolist()
    [5.0, 0.178]

    Notes
    -----
    Complete rows only, which is right if answers are missing completely at random. CFI and TLI compare with items that
    have nothing in common.

    References
    ----------
    Cai, L., & Hansen, M. (2013). Limited-information goodness-of-fit testing of hierarchical item factor models.
    BJMSP, 66, 245–276.
    Monroe, S., & Cai, L. (2015). Evaluating structural equation models for categorical outcomes. MBR, 50, 569–583.
    """
    fitted = one_population(result)
    check_level(level)
    if fitted.rows.weighting == "sampling":
        raise MethodError("irt_fit_weighted")
    complete = fitted.patterns.complete
    codes, weight = fitted.patterns.codes[complete], fitted.patterns.weight[complete]
    n = float(weight.sum())
    if n < 10:
        raise DataError("too_few_rows", got=int(n), n_rows=result.inputs.n_rows, expected=10)
    for i, name in enumerate(fitted.patterns.names):
        if np.ptp(codes[:, i]) == 0:
            raise DataError("constant_item", column=name, items=[name],
                            got=float(fitted.patterns.categories[i][codes[0, i]]))
    rows = {}
    for kind in KINDS:
        observed = observed_moments(codes, weight, fitted.sizes(), kind)
        moments = fitted_moments(fitted, kind)
        rows[kind] = _measures(fitted, codes, weight, observed, moments, kind, level)
        residual = srmsr(observed, moments, codes, weight, fitted)
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("statistic")
    return IrtModelFit(inputs=result.inputs, measures=frame, srmsr=residual, level=level, n_complete=int(n))


def _measures(
    fitted: Fitted, codes: np.ndarray, weight: Floats, observed: Floats, moments: Moments2, kind: Kind, level: float
) -> dict[str, float]:
    n = float(weight.sum())
    try:
        value, df = quadratic_form(observed, moments, n)
    except np.linalg.LinAlgError:
        # moments that determine each other: the curves are steps, or an item hardly varies
        value, df = float("nan"), 0
    nothing = float("nan")
    if df <= 0:
        return {"value": nothing, "df": 0, **dict.fromkeys(
            ("pvalue", "rmsea", "rmsea_ci_low", "rmsea_ci_high", "cfi", "tli"), nothing)}  # fmt: skip
    null, null_df = quadratic_form(observed, independence(codes, weight, fitted.sizes(), kind), n)
    low, high = (noncentrality(value, df, (1 + sign * level) / 2) for sign in (1, -1))
    found = {"value": value, "df": df, "pvalue": float(chi2.sf(value, df))}
    found |= {"rmsea": np.sqrt(max(value / df - 1, 0.0) / (n - 1))}
    found |= {"rmsea_ci_low": np.sqrt(low / (df * (n - 1))), "rmsea_ci_high": np.sqrt(high / (df * (n - 1)))}
    if not null > null_df > 0:
        # items that have nothing in common leave nothing to explain
        return found | {"cfi": nothing, "tli": nothing}
    cfi = 1 - (value - df) / (null - null_df)
    return found | {"cfi": float(np.clip(cfi, 0, 1)), "tli": (null / null_df - value / df) / (null / null_df - 1)}
