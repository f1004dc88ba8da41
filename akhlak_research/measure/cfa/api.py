"""Confirmatory factor analysis: the public function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_level
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.instrument.model import Instrument
from akhlak_research.measure.cfa.problem import Ordered, Wish, solve, state
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.responses.model import Responses


def cfa(
    model: str | Instrument,
    data: pd.DataFrame | Responses,
    *,
    estimator: str = "ML",
    ordered: Ordered = None,
    parametrisation: Literal["delta", "theta"] = "delta",
    group: str | pd.Series | None = None,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    missing: Literal["listwise", "pairwise", "fiml"] = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    cluster: str | pd.Series | None = None,
    std_lv: bool = False,
    orthogonal: bool = False,
    means: bool | None = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
    level: float = 0.95,
) -> CfaResult:
    """Fit a confirmatory factor model.

    Parameters
    ----------
    model : str or Instrument
        lavaan's model language (``=~ ~~ ~ ~1 := ==``, labels, fixed values, ``c()`` for groups, ``start()``), or an
        instrument: one factor per dimension.
    data : DataFrame or Responses
        Rows are people. Responses bring their reverse keying and weights.
    estimator : str
        Continuous variables: ``"ML"``, ``"MLM"`` (Satorra–Bentler), ``"MLR"`` (Huber–White errors, Yuan–Bentler test),
        ``"GLS"``, ``"ULS"``. Ordered items, also beside continuous variables: ``"WLSMV"`` and ``"ULSMV"`` (scaled and
        shifted), ``"WLSM"``, ``"ULSM"`` (scaled), ``"DWLS"`` (neither), ``"WLS"`` (the full weight; large samples).
    ordered : bool or sequence of str, optional
        Which items are ordered categories; default: all but covariates, where the estimator is for ordered items.
    parametrisation : {"delta", "theta"}
        Of ordered items: what fixes the unit of a latent response, its variance or its residual variance.
    group : str or Series, optional
        Fit the model in each group at once. Groups stand in sorted order, or in that of a categorical column; ``c()``
        in the model string follows it, and the first is the one whose means and scales are fixed.
    group_equal : sequence of str
        What is equal across groups: ``loadings intercepts means residuals residual.covariances lv.variances
        lv.covariances regressions thresholds``. With ordered items, thresholds and intercepts go together.
    group_partial : sequence of str
        Rows that stay free all the same, as ``"visual=~x3"`` or ``"x3~1"``.
    missing : {"listwise", "pairwise", "fiml"}
        Complete rows; every pair's own rows (ordered items; valid where answers are missing completely at random); or
        the likelihood of every row by what it has (ML, MLR; where missing at random given the answers there are).
    weights : array, optional
        Sampling weights; need an estimator with sandwich errors (MLR, WLSMV, ULSMV).
    frequencies : array, optional
        Row counts; k is the row k times.
    cluster : str or Series, optional
        Members of a cluster are not independent; needs sandwich errors too.
    std_lv : bool
        Fix the variances of factors at 1 instead of the first loadings.
    orthogonal : bool
        Factors do not covary.
    means : bool, optional
        Model means too; default: where groups or the model string need them.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    level : float
        Of the intervals.

    Returns
    -------
    CfaResult
        ``.parameters``, ``.fit``, ``.residuals``, ``.r_squared``, ``.implied``, ``.factor_scores``, ``.vcov``.

    Raises
    ------
    ArgumentError
        ``model_…`` with line and position, ``constraint_…``; an unknown choice.
    DataError
        ``cfa_unknown_variable``, ``cfa_constant``, ``cfa_category_empty``, ``cfa_singular``, ``cfa_too_few_rows``, …
    MethodError
        ``cfa_not_identified`` (names the parameters), ``cfa_too_many_parameters``, ``cfa_not_converged``, and
        combinations that are not offered. Improper estimates are no error but a notice.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> result = ak.cfa("A =~ A1 + A2 + A3 + A4 + A5", study.responses)
    >>> result.fit["df"]
    np.float64(5.0)

    Notes
    -----
    Figures are lavaan's. Maximum likelihood divides by n; least squares uses unbiased covariances and n − 1. The
    Wishart likelihood, inequality constraints and formative factors are not offered.

    Covariates, observed variables that only predict, are given: of ordered items (and what stands beside them) the
    statistics are then those of what the covariates leave, and the slopes on them (Muthén 1984). ``.residuals``,
    ``.implied`` and SRMR are of what they leave too; lavaan 0.6 also counts covariates, whose residuals are none, in
    SRMR's mean, and leaves out residuals of continuous variances. The baseline model keeps the slopes free.

    ``_scaled`` measures come from the corrected statistic, ``_robust`` ones estimate what normal complete data would
    give: for MLM and MLR after Brosseau-Liard & Savalei (2014), with answers missing after Zhang & Savalei (2023), for
    ordered items after Savalei (2021), where thresholds are free. For ordered items the unscaled statistic has no p
    value. With several groups of ordered items ``cfi_robust`` differs from lavaan 0.6 by up to 3e-4, which leaves the
    groups' shares out of the baseline's correction.

    References
    ----------
    Rosseel, Y. (2012). lavaan: An R package for structural equation modeling. Journal of Statistical Software, 48(2).
    Satorra, A., & Bentler, P. M. (1994). Corrections to test statistics and standard errors in covariance structure
    analysis. Yuan, K.-H., & Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance structure
    analysis with nonnormal missing data. Sociological Methodology, 30, 165–200. Asparouhov, T., & Muthén, B. (2010).
    Simple second order chi-square correction. Muthén, B. (1984). A general structural equation model with dichotomous,
    ordered categorical, and continuous latent variable indicators. Psychometrika, 49, 115–132.
    """
    check_level(level)
    wish = Wish(
        estimator, ordered, parametrisation, tuple(group_equal), tuple(group_partial), std_lv, orthogonal, means
    )  # fmt: skip
    problem = state(
        model, data, wish, group=group, missing=missing, weights=weights, frequencies=frequencies, cluster=cluster,
        keys=keys, scale=scale,
    )  # fmt: skip
    return solve(problem, level)
