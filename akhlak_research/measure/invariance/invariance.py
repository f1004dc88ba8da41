"""Measurement invariance: the public function and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Notice, Result, Unavailable, result, to_jsonable
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.instrument.model import Instrument
from akhlak_research.measure.cfa.compare import compare_models
from akhlak_research.measure.cfa.partable import ParTable
from akhlak_research.measure.cfa.problem import Ordered, Problem, Wish, solve, state
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.invariance.ladder import (
    CONTINUOUS,
    ORDERED,
    Change,
    Rung,
    change_between,
    ordered_rung,
)
from akhlak_research.responses.model import Responses

if TYPE_CHECKING:
    from akhlak_research.measure.invariance.effects import InvarianceEffects

#: rung → names of the cut-offs that its differences are set beside
_CUTOFFS = {
    "cfi_diff": "invariance_cfi_drop", "rmsea_diff": "invariance_rmsea_rise", "srmr_diff": "invariance_srmr_rise",
}  # fmt: skip


@result
class Invariance(Result):
    """A ladder of invariance; ``found["scalar"]`` is the model of a rung, or why there is none.

    Attributes
    ----------
    steps : DataFrame
        Index ``step``; ``chisq df pvalue cfi rmsea srmr`` of each rung, ``constraints`` added and parameters
        ``released``, ``chisq_diff df_diff pvalue_diff cfi_diff rmsea_diff srmr_diff`` against the rung below.
    unavailable : mapping of str to Unavailable
        Rungs that cannot be told from the one below.
    indices : str
        Which CFI and RMSEA: ``robust``, ``scaled`` or ``standard``.
    method : str
        Of the difference tests.
    free : tuple of str
        What was left free by decision.
    groups, n_by_group : tuple
        The first group is the reference.
    estimator : str
    ordered : bool
    scale : (low, high) or None
        Limits of the answers.
    """

    kind: ClassVar[str] = "invariance"
    further_tables: ClassVar[tuple[str, ...]] = ("cutoffs",)
    steps: pd.DataFrame
    unavailable: Mapping[str, Unavailable]
    indices: str
    method: str
    free: tuple[str, ...]
    groups: tuple[Any, ...]
    n_by_group: tuple[float, ...]
    estimator: str
    ordered: bool
    scale: tuple[float, float] | None
    #: the fits; not part of the record
    models: Mapping[str, CfaResult]

    def __getitem__(self, step: str) -> CfaResult | Unavailable:
        if step in self.models:
            return self.models[step]
        if step in self.unavailable:
            return self.unavailable[step]
        known = [*self.models, *self.unavailable]
        raise ArgumentError("unknown_choice", argument="step", got=step, expected=known)

    def table(self) -> pd.DataFrame:
        """One row per rung."""
        return self.steps.reset_index()

    @property
    def cutoffs(self) -> pd.DataFrame:
        """The differences beside the cut-offs that are customary: ``step statistic value cutoff met cited_to``.

        They were found for continuous items and maximum likelihood; nothing here decides by them.
        """
        rows = []
        for step in list(self.models)[1:]:
            for column, name in _CUTOFFS.items():
                loadings = column == "srmr_diff" and step in ("metric", "thresholds", "loadings")
                cut = thresholds(name + "_loadings" if loadings else name)
                value = float(self.steps[column].loc[step])
                change = -value if column == "cfi_diff" else value
                rows.append((step, column, value, cut.value, cut.met(change), cut.cited_to))
        return pd.DataFrame(rows, columns=["step", "statistic", "value", "cutoff", "met", "cited_to"])

    def constraints(self, step: str) -> pd.DataFrame:
        """Which equality of a rung hurts: score test of each, largest first (see ``CfaResult.equality_tests``)."""
        found = self[step]
        if isinstance(found, Unavailable):
            raise MethodError("invariance_no_step", got=step, expected=list(self.models))
        return found.equality_tests

    def effects(self, *, reference: Any = None) -> InvarianceEffects:
        """How much items that work differently change answers and the 0–100 score (dMACS, index points)."""
        from akhlak_research.measure.invariance.effects import effects_of

        return effects_of(self, reference)

    def record(self) -> dict[str, Any]:
        """The result as a JSON-able dict."""
        body = {f.name: to_jsonable(getattr(self, f.name)) for f in fields(self) if f.name != "models"}
        return {"kind": self.kind, "version": self.version, **body}

    def headline(self) -> str:
        """Each rung's difference test."""
        said = [
            f"{step}: Δχ²({row['df_diff']:g}) = {row['chisq_diff']:.2f}, p = {row['pvalue_diff']:.3g}"
            for step, row in self.steps.iterrows()
            if row["chisq_diff"] == row["chisq_diff"]
        ]
        return f"{self.estimator}, {len(self.groups)} groups; " + "; ".join(said)


def invariance(
    model: str | Instrument,
    data: pd.DataFrame | Responses,
    group: str | pd.Series,
    *,
    ordered: Ordered = None,
    estimator: str | None = None,
    free: Sequence[str] = (),
    means: bool = False,
    std_lv: bool = False,
    method: str | None = None,
    missing: Literal["listwise", "pairwise", "fiml"] = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    cluster: str | pd.Series | None = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
    level: float = 0.95,
) -> Invariance:
    """Test step by step whether an instrument measures the same in every group.

    Parameters
    ----------
    model : str or Instrument
        As for ``cfa``; factors may covary, but none is measured or predicted by another.
    data : DataFrame or Responses
    group : str or Series
        Two groups or more; the first, in sorted order or that of a categorical column, is the reference.
    ordered : bool or sequence of str, optional
        Treat the items as ordered categories. Default: as the estimator does.
    estimator : str, optional
        Default: MLR, or WLSMV for ordered items.
    free : sequence of str
        What stays free by your decision (partial invariance): ``"A=~A1"`` a loading, ``"A1~1"`` an intercept,
        ``"A1|t2"`` a threshold, ``"A1~~A1"`` a residual variance. They are recorded.
    means : bool
        Add a last rung with equal factor means.
    std_lv : bool
        Continuous items: unit factors instead of markers, so that every loading can be left free.
    method : str, optional
        Of the difference tests, as for ``compare_models``.
    missing, weights, frequencies, cluster, keys, scale, level
        As for ``cfa``. ``scale`` also gives the limits for index points.

    Returns
    -------
    Invariance
        ``.table()`` (``step chisq df …``), ``["scalar"]`` a ``CfaResult``, ``.cutoffs``, ``.constraints("scalar")``,
        ``.effects()``.

    Raises
    ------
    MethodError
        ``invariance_structure`` for models with higher-order factors or regressions.
    ArgumentError
        ``invariance_one_group``, ``invariance_free_unknown``, ``invariance_free_fixed``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> found = ak.invariance("N =~ N1 + N2 + N3 + N4 + N5", answers, "gender", ordered=True)
    >>> float(found.steps["df_diff"].loc["thresholds"])
    15.0

    Notes
    -----
    *Continuous*: configural, metric (loadings), scalar (intercepts), strict (residual variances). *Ordered* (Wu &
    Estabrook 2016, theta parametrisation): configural, thresholds, loadings, intercepts, residual variances. Equal
    thresholds release intercepts and residual variances, so Δdf = constraints added − parameters released; three
    categories or fewer leave no Δdf, and that rung does not exist by itself: it is ``Unavailable``, and the next rung
    is tested with it. With two categories the loadings cannot be tested by themselves either.

    A difference test of many people rejects small differences, one of few people misses large ones: read it beside
    ``effects()``, which says what a difference does to the score.

    References
    ----------
    Meredith, W. (1993). Measurement invariance, factor analysis and factorial invariance. Psychometrika, 58, 525–543.
    Wu, H., & Estabrook, R. (2016). Identification of confirmatory factor analysis models of different levels of
    invariance for ordered categorical outcomes. Psychometrika, 81, 1014–1045.
    Cheung, G. W., & Rensvold, R. B. (2002). Evaluating goodness-of-fit indexes for testing measurement invariance.
    Structural Equation Modeling, 9, 233–255.
    Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement invariance. Structural Equation
    Modeling, 14, 464–504.
    """
    check_level(level)
    chosen = estimator or ("WLSMV" if ordered else "MLR")
    wish = Wish(chosen, ordered, std_lv=std_lv)
    problem = state(
        model, data, wish, group=group, missing=missing, weights=weights, frequencies=frequencies, cluster=cluster,
        keys=keys, scale=scale,
    )  # fmt: skip
    _check_structure(problem)
    released = tuple(name.replace(" ", "") for name in free)
    if problem.table.variables.ordered:
        problem = problem.with_options(parametrisation="theta", std_lv=True)
    ladder = tables(problem, released, means=means)
    _check_free(released, ladder)
    return climb(problem, ladder, released, method, level, limits_of(problem, data, scale))


def _check_structure(problem: Problem) -> None:
    table = problem.table
    if len(problem.data.labels) < 2:
        raise ArgumentError("invariance_one_group", got=list(problem.data.labels))
    latent, ordered = set(table.variables.latent), table.variables.ordered
    for row in table.rows:
        if row.op == "~" or (row.op == "=~" and row.rhs in latent):
            raise MethodError("invariance_structure", got=row.name)
    continuous = [name for name in table.variables.observed if name not in ordered]
    if ordered and continuous:
        raise MethodError("invariance_mixed", got=continuous)


def tables(problem: Problem, released: Sequence[str], *, means: bool) -> dict[str, ParTable]:
    """Rung → table."""
    rungs = ORDERED if problem.table.variables.ordered else CONTINUOUS
    chosen = rungs if means else rungs[:-1]
    return {rung.name: _table(problem, rung, released) for rung in chosen}


def _table(problem: Problem, rung: Rung, released: Sequence[str]) -> ParTable:
    if problem.table.variables.ordered:
        return ordered_rung(problem.table, rung, released)
    asked = problem.with_options(group_equal=rung.equal, group_partial=tuple(released), means=True)
    return asked.table


def _check_free(released: Sequence[str], ladder: Mapping[str, ParTable]) -> None:
    """Every row left free must exist, and some rung must have made it equal."""
    last = list(ladder.values())[-1]
    there = {row.name: row for row in last.rows if row.group == 1}
    for name in released:
        if name not in there:
            raise ArgumentError("invariance_free_unknown", got=name, expected=_examples(there))
        if not there[name].free:
            raise ArgumentError("invariance_free_fixed", got=name)


def _examples(there: Mapping[str, Any]) -> list[str]:
    return [name for name in there if "~*~" not in name][:8]


def limits_of(problem: Problem, data: pd.DataFrame | Responses, scale: Scale | None) -> tuple[float, float] | None:
    """Limits of the answers if all items share them."""
    if isinstance(data, Responses):
        codes = {item.code for item in data.instrument.items}
        known = [data.instrument.scale_of(name) for name in problem.data.names if name in codes]
        found = {(float(s.low), float(s.high)) for s in known}
        return found.pop() if len(found) == 1 and len(known) == len(problem.data.names) else None
    return None if scale is None else (float(scale[0]), float(scale[1]))


def climb(
    problem: Problem,
    ladder: Mapping[str, ParTable],
    released: tuple[str, ...],
    method: str | None,
    level: float,
    scale: tuple[float, float] | None,
) -> Invariance:
    """Fit the rungs that exist and test each against the one below."""
    models: dict[str, CfaResult] = {}
    gone: dict[str, Unavailable] = {}
    changes: dict[str, Change] = {}
    below: str | None = None
    for name, table in ladder.items():
        if below is not None:
            changes[name] = change_between(ladder[below], table)
            if changes[name].df <= 0:
                gone[name] = Unavailable("invariance_same_model", {"step": name, "below": below})
                continue
        models[name] = solve(replace(problem, table=table), level)
        below = name
    indices = _indices(models)
    steps, used, notices = _steps(ladder, models, changes, indices, method)
    first = models["configural"]
    notices += [Notice("invariance_step_missing", "info", {"step": n, **_below(u)}) for n, u in gone.items()]
    if released:
        notices.append(Notice("invariance_partial", "info", {"free": list(released)}))
    return Invariance(
        inputs=first.inputs, notices=_unique((*notices, *(n for m in models.values() for n in m.notices))),
        steps=steps, unavailable=gone, indices=indices, method=used, free=released, groups=first.groups,
        n_by_group=first.n_by_group, estimator=first.estimator, ordered=bool(problem.table.variables.ordered),
        scale=scale, models=models,
    )  # fmt: skip


def _below(gone: Unavailable) -> dict[str, object]:
    return {"below": gone.values["below"]}


def _unique(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    return tuple({(n.code, str(n.values)): n for n in notices}.values())


def _indices(models: Mapping[str, CfaResult]) -> str:
    """The best of the CFI and RMSEA that every rung has."""
    for name in ("robust", "scaled"):
        if all(np.isfinite(m.fit.get(f"cfi_{name}", np.nan)) for m in models.values()):
            return name
    return "standard"


def _steps(
    ladder: Mapping[str, ParTable],
    models: Mapping[str, CfaResult],
    changes: Mapping[str, Change],
    indices: str,
    method: str | None,
) -> tuple[pd.DataFrame, str, list[Notice]]:
    rows: dict[str, dict[str, float]] = {}
    suffix = "" if indices == "standard" else f"_{indices}"
    below: CfaResult | None = None
    used, notices = "", []
    for name in ladder:
        if name not in models:
            rows[name] = {}
            continue
        fit = models[name].fit
        test = "_scaled" if "chisq_scaled" in fit.index else ""
        row = {n: float(fit[n + test]) for n in ("chisq", "df", "pvalue")}
        row |= {n: float(fit[n + suffix]) for n in ("cfi", "rmsea")} | {"srmr": float(fit["srmr"])}
        if below is not None:
            compared = compare_models(below, models[name], method=method)
            used = compared.method
            if isinstance(compared.statistic, Unavailable):
                notices.append(Notice("invariance_difference_missing", "warning", {"step": name}))
            row |= {"constraints": changes[name].constraints, "released": changes[name].released}
            row |= {"chisq_diff": float(compared.statistic), "df_diff": compared.df}
            row |= {"pvalue_diff": float(compared.pvalue)}
            before = rows[_step_of(models, below)]
            row |= {f"{n}_diff": row[n] - before[n] for n in ("cfi", "rmsea", "srmr")}
        rows[name], below = row, models[name]
    columns = [
        "chisq", "df", "pvalue", "constraints", "released", "chisq_diff", "df_diff", "pvalue_diff", "cfi", "cfi_diff",
        "rmsea", "rmsea_diff", "srmr", "srmr_diff",
    ]  # fmt: skip
    frame = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).astype(float)
    return frame.rename_axis("step"), used, notices


def _step_of(models: Mapping[str, CfaResult], wanted: CfaResult) -> str:
    return next(name for name, model in models.items() if model is wanted)
