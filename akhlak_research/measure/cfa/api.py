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
        ``"GLS"``, ``"ULS"``. Ordered items: ``"WLSMV"`` and ``"ULSMV"`` (scaled and shifted), ``"WLSM"``, ``"ULSM"``
        (scaled), ``"DWLS"`` (neither).
    ordered : bool or sequence of str, optional
        Which items are ordered categories; default: all, where the estimator is for ordered items.
    parametrisation : {"delta", "theta"}
        Of ordered items: what fixes the unit of a latent response, its variance or its residual variance.
    group : str or Series, optional
        Fit the model in each group at once.
    group_equal : sequence of str
        What is equal across groups: ``loadings intercepts means residuals residual.covariances lv.variances
        lv.covariances regressions thresholds``.
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
        ``.parameters``, ``.fit``, ``.residuals``, ``.r_squared``, ``.implied``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> result = ak.cfa("A =~ A1 + A2 + A3 + A4 + A5", study.responses)
    >>> result.fit["df"]
    np.float64(5.0)
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
