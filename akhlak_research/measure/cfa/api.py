"""Confirmatory factor analysis: the public function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.results import Notice
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.instrument.model import Instrument
from akhlak_research.measure.cfa.baseline import baseline_table
from akhlak_research.measure.cfa.data import ModelData, gather_data
from akhlak_research.measure.cfa.engine import fit_table
from akhlak_research.measure.cfa.estimators import ESTIMATORS, Estimator
from akhlak_research.measure.cfa.inference import covariance_of
from akhlak_research.measure.cfa.material import observe
from akhlak_research.measure.cfa.parameters import parameter_frame
from akhlak_research.measure.cfa.partable import (
    GROUP_EQUAL,
    Options,
    ParTable,
    build,
    equal_across_groups,
    variables_of,
)
from akhlak_research.measure.cfa.result import CfaResult, implied_frames, residual_frames
from akhlak_research.measure.cfa.standardise import explained
from akhlak_research.measure.cfa.summary import fit_summary
from akhlak_research.measure.cfa.syntax import read_model
from akhlak_research.measure.cfa.tests import model_test
from akhlak_research.responses.model import Responses


def cfa(
    model: str | Instrument,
    data: pd.DataFrame | Responses,
    *,
    estimator: str = "ML",
    group: str | pd.Series | None = None,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    missing: Literal["listwise", "fiml"] = "listwise",
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
        ``"ML"``; ``"MLM"`` (Satorra–Bentler), ``"MLR"`` (Huber–White errors, Yuan–Bentler test).
    group : str or Series, optional
        Fit the model in each group at once.
    group_equal : sequence of str
        What is equal across groups: ``loadings intercepts means residuals residual.covariances lv.variances
        lv.covariances regressions thresholds``.
    group_partial : sequence of str
        Rows that stay free all the same, as ``"visual=~x3"`` or ``"x3~1"``.
    missing : {"listwise", "fiml"}
        Complete rows, or the likelihood of every row by what it has (ML, MLR; valid where answers are missing at
        random given the answers that are there).
    weights : array, optional
        Sampling weights; with ML estimators their errors need ``MLR``.
    frequencies : array, optional
        Row counts; k is the row k times.
    cluster : str or Series, optional
        Members of a cluster are not independent; needs ``MLR``.
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
    chosen = ESTIMATORS[estimator]
    check_level(level)
    for word in group_equal:
        check_choice(word, GROUP_EQUAL, "group_equal")
    check_choice(missing, ("listwise", "fiml"), "missing")
    text = model.model() if isinstance(model, Instrument) else model
    read = read_model(text)
    variables = variables_of(read)
    rows = gather_data(
        variables.observed, data, group=group, missing=missing, weights=weights, frequencies=frequencies,
        cluster=cluster, keys=keys, scale=scale,
    )  # fmt: skip
    told = any(s.op == "~1" for s in read.statements) or bool({"intercepts", "means"} & set(group_equal))
    needed = told or missing == "fiml" or cluster is not None
    with_means = bool(means) or needed or (means is None and len(rows.labels) > 1)
    options = Options(len(rows.labels), with_means, std_lv, orthogonal, group_equal=tuple(group_equal))
    table = equal_across_groups(build(read, variables, options), group_partial)
    return _fitted(text, table, rows, chosen, level)


def _fitted(text: str, table: ParTable, rows: ModelData, estimator: Estimator, level: float) -> CfaResult:
    observed = observe(rows, estimator)
    fit = fit_table(table, observed)
    exact = estimator.errors == "huber-white" or rows.inputs.missing == "fiml"
    covariance = covariance_of(fit, estimator.errors, observed=exact)
    baseline = fit_table(baseline_table(table), observed)
    test, null = model_test(fit, estimator.test), model_test(baseline, estimator.test)
    notices: tuple[Notice, ...] = ()
    labels = rows.labels
    r2 = {label: explained(fit, g) for g, label in enumerate(labels)}
    return CfaResult(
        inputs=rows.inputs,
        notices=notices,
        parameters=parameter_frame(fit, covariance.vcov, labels, level),
        fit=pd.Series(fit_summary(fit, test, baseline, null), name="fit", dtype=float),
        residuals=residual_frames(fit, labels),
        r_squared=pd.DataFrame(r2),
        implied=implied_frames(fit, labels),
        estimator=estimator.name,
        parametrisation=table.options.parametrisation,
        groups=labels,
        n_by_group=rows.n_by_group,
        model=text,
        iterations=fit.optimum.iterations,
        level=level,
        fitted=fit,
        covariance=covariance,
        test=test,
        data=rows,
    )
