"""What is asked: model, data and estimator brought together and checked; what is found: a result.

``state`` reads model and rows and observes their statistics once; ``with_options`` asks something else of the same
statistics (another ``group_equal``, another metric) at no new cost; ``solve`` fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.instrument.model import Instrument
from akhlak_research.measure.cfa.baseline import baseline_table
from akhlak_research.measure.cfa.data import ModelData, gather_data
from akhlak_research.measure.cfa.diagnose import fit_notices, refuse_saddle, refuse_unfit
from akhlak_research.measure.cfa.engine import fit_table
from akhlak_research.measure.cfa.estimators import ESTIMATORS, Estimator
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.inference import covariance_of
from akhlak_research.measure.cfa.material import Observed, observe
from akhlak_research.measure.cfa.mixed import observe_mixed
from akhlak_research.measure.cfa.ordinal import category_counts, observe_ordinal
from akhlak_research.measure.cfa.parameters import parameter_frame
from akhlak_research.measure.cfa.partable import (
    GROUP_EQUAL,
    Options,
    ParTable,
    Variables,
    build,
    equal_across_groups,
    variables_of,
)
from akhlak_research.measure.cfa.result import CfaResult, implied_frames, residual_frames
from akhlak_research.measure.cfa.standardise import explained
from akhlak_research.measure.cfa.summary import fit_summary
from akhlak_research.measure.cfa.syntax import ModelText, read_model
from akhlak_research.measure.cfa.tests import model_test
from akhlak_research.responses.model import Responses

Ordered = bool | Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a model besides its data; see ``cfa`` for the words."""

    estimator: str = "ML"
    ordered: Ordered = None
    parametrisation: str = "delta"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    std_lv: bool = False
    orthogonal: bool = False
    means: bool | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A model's table beside the statistics it is to be fitted to."""

    text: str
    read: ModelText
    wish: Wish
    table: ParTable
    data: ModelData
    observed: tuple[Observed, ...]

    @property
    def estimator(self) -> Estimator:
        """The estimator's entry."""
        return ESTIMATORS[self.wish.estimator]

    def with_options(self, model: str | None = None, **changes: Any) -> Problem:
        """The same data and statistics, asked otherwise; ``model`` may be another string of the same variables."""
        wish = replace(self.wish, **changes)
        text = self.text if model is None else model
        read = self.read if model is None else read_model(text)
        known = self.table.variables
        found = variables_of(read)
        if set(found.observed) != set(known.observed):
            raise ArgumentError("cfa_other_variables", got=found.observed, expected=known.observed)
        # the statistics stand in the order of the first model
        variables = Variables(known.observed, found.latent, found.exogenous, known.ordered)
        observed = self.observed
        if known.ordered and wish.parametrisation != self.wish.parametrisation:
            observed = _observe(self.data, variables, ESTIMATORS[wish.estimator], wish)
        table = _table(read, variables, wish, self.data, self.table.options.thresholds)
        return Problem(text, read, wish, table, self.data, observed)


def state(
    model: str | Instrument,
    data: pd.DataFrame | Responses,
    wish: Wish,
    *,
    group: str | pd.Series | None = None,
    missing: str = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    cluster: str | pd.Series | None = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
) -> Problem:
    """Read, check and observe."""
    estimator = ESTIMATORS[wish.estimator]
    check_choice(missing, ("listwise", "pairwise", "fiml"), "missing")
    check_choice(wish.parametrisation, ("delta", "theta"), "parametrisation")
    for word in wish.group_equal:
        check_choice(word, GROUP_EQUAL, "group_equal")
    text = model.model() if isinstance(model, Instrument) else model
    read = read_model(text)
    variables = _with_ordered(variables_of(read), wish, estimator, read)
    rows = gather_data(
        variables.observed, data, required=variables.exogenous, group=group, missing=missing, weights=weights,
        frequencies=frequencies, cluster=cluster, keys=keys, scale=scale,
    )  # fmt: skip
    _check_material(estimator, bool(variables.ordered), missing, rows, exogenous=bool(variables.exogenous))
    if variables.ordered:
        thresholds = category_counts(rows, variables.ordered)
        table = _table(read, variables, wish, rows, thresholds)
    else:
        table = _table(read, variables, wish, rows, None)
    observed = _observe(rows, variables, estimator, wish)
    return Problem(text, read, wish, table, rows, observed)


def _observe(rows: ModelData, variables: Variables, estimator: Estimator, wish: Wish) -> tuple[Observed, ...]:
    theta = wish.parametrisation == "theta"
    if not variables.ordered:
        return observe(rows, estimator, variables.exogenous)
    if set(variables.ordered) == set(variables.observed):
        return observe_ordinal(rows, estimator, theta=theta)
    return observe_mixed(rows, variables, estimator, theta=theta)


def _with_ordered(variables: Variables, wish: Wish, estimator: Estimator, read: ModelText) -> Variables:
    ordered = wish.ordered
    if ordered is None or ordered is True:
        inside = tuple(name for name in variables.observed if name not in variables.exogenous)
        names = inside if ordered or not estimator.continuous else ()
    else:
        names = () if ordered is False else tuple(ordered)
    unknown = [name for name in names if name not in variables.observed]
    if unknown:
        raise ArgumentError("cfa_ordered_unknown", got=unknown, expected=variables.observed)
    if names and not estimator.ordinal:
        raise MethodError("cfa_estimator_ordered", got=estimator.name, expected=_names(ordinal=True))
    if not names and not estimator.continuous:
        raise MethodError("cfa_estimator_continuous", got=estimator.name, expected=_names(ordinal=False))
    predictors = {s.rhs for s in read.statements if s.op == "~"} & set(names)
    if predictors:
        raise MethodError("cfa_ordered_predictor", got=sorted(predictors))
    return replace(variables, ordered=tuple(name for name in variables.observed if name in names))


def _names(*, ordinal: bool) -> tuple[str, ...]:
    return tuple(e.name for e in ESTIMATORS if (e.ordinal if ordinal else e.continuous))


def _check_material(
    estimator: Estimator, ordered: bool, missing: str, rows: ModelData, *, exogenous: bool
) -> None:
    if missing == "fiml" and not estimator.fiml:
        raise MethodError("cfa_no_fiml", got=estimator.name, expected=tuple(e.name for e in ESTIMATORS if e.fiml))
    if missing == "pairwise" and not ordered:
        raise MethodError("cfa_no_pairwise", got=estimator.name)
    if exogenous and not ordered and estimator.loss == "least-squares":
        raise MethodError("cfa_covariates_weight", got=estimator.name, expected=("ML", "MLM", "MLR"))
    clustered = any(group.clusters is not None for group in rows.groups)
    for each in rows.groups:
        if each.clusters is not None and each.clusters.max() < 1:
            raise DataError("too_few_clusters", got=1, expected=2)
    sandwich = estimator.errors == "huber-white" or (ordered and estimator.errors == "robust-sem")
    if (rows.sampling or clustered) and not sandwich:
        raise MethodError("cfa_weights_need_sandwich", got=estimator.name, expected=("MLR", "WLSMV", "ULSMV"))


def _table(
    read: ModelText, variables: Variables, wish: Wish, rows: ModelData, thresholds: dict[str, int] | Any
) -> ParTable:
    equal = wish.group_equal
    together = ("thresholds", "intercepts")
    if variables.ordered and set(together) & set(equal):
        # both say where a response lies; of a latent one only their difference does
        equal = tuple(dict.fromkeys([*equal, *together]))
    clustered = any(group.clusters is not None for group in rows.groups)
    told = any(s.op == "~1" for s in read.statements) or bool({"intercepts", "means"} & set(equal))
    needed = told or rows.inputs.missing == "fiml" or clustered or bool(variables.ordered)
    options = Options(
        n_groups=len(rows.labels),
        means=bool(wish.means) or needed or (wish.means is None and len(rows.labels) > 1),
        std_lv=wish.std_lv,
        orthogonal=wish.orthogonal,
        parametrisation=wish.parametrisation,
        group_equal=equal,
        thresholds=thresholds,
    )
    table = equal_across_groups(build(read, variables, options), wish.group_partial)
    _check_scale(table)
    return table


def _check_scale(table: ParTable) -> None:
    """Refuse parameters that the parametrisation leaves to follow from others."""
    ordered, theta = set(table.variables.ordered), table.options.parametrisation == "theta"
    if ordered and not theta and "residuals" in table.options.group_equal:
        raise ArgumentError("cfa_residual_in_delta", got="residuals")
    for row in table.rows:
        own = row.op == "~~" and row.lhs == row.rhs and row.lhs in ordered
        if own and not theta and (row.free or (row.user and row.value != 1)):
            raise ArgumentError("cfa_residual_in_delta", got=row.name)
        if row.op == "~*~" and theta and row.free:
            raise ArgumentError("cfa_scale_in_theta", got=row.name)


def estimate(problem: Problem, near: Fit | None = None) -> Fit:
    """Estimates of a stated problem without what is told about them; ``near`` as for ``fit_table``."""
    fit = fit_table(problem.table, problem.observed, near)
    refuse_unfit(fit)
    if _exact(problem):
        refuse_saddle(fit)
    return fit


def _exact(problem: Problem) -> bool:
    """Whether errors rest on the exact Hessian."""
    return problem.estimator.errors == "huber-white" or problem.data.inputs.missing == "fiml"


def solve(problem: Problem, level: float) -> CfaResult:
    """Fit a stated problem."""
    estimator, rows, table = problem.estimator, problem.data, problem.table
    fit = estimate(problem)
    covariance = covariance_of(fit, estimator.errors, observed=_exact(problem))
    baseline = fit_table(baseline_table(table), problem.observed)
    test, null = model_test(fit, estimator.test), model_test(baseline, estimator.test)
    labels = rows.labels
    r2 = {label: explained(fit, g) for g, label in enumerate(labels)}
    return CfaResult(
        inputs=rows.inputs,
        notices=fit_notices(fit, rows, covariance, scaled=test.scaled is not None),
        parameters=parameter_frame(fit, covariance.vcov, labels, level),
        fit=pd.Series(fit_summary(fit, test, baseline, null), name="fit", dtype=float),
        residuals=residual_frames(fit, labels),
        r_squared=pd.DataFrame(r2),
        implied=implied_frames(fit, labels),
        estimator=estimator.name,
        parametrisation=table.options.parametrisation,
        groups=labels,
        n_by_group=rows.n_by_group,
        model=problem.text,
        iterations=fit.optimum.iterations,
        level=level,
        fitted=fit,
        covariance=covariance,
        test=test,
        problem=problem,
    )
