"""What non-invariance does to answers and to the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.problem import Problem, estimate
from akhlak_research.measure.invariance.effect_kernels import (
    Gap,
    OrderedItem,
    linear_gap,
    mean_and_sd,
    ordered_gap,
    pooled_sd,
)
from akhlak_research.measure.invariance.ladder import CONTINUOUS, ORDERED, ordered_rung

if TYPE_CHECKING:
    from akhlak_research.measure.invariance.invariance import Invariance


@result
class InvarianceEffects(Result):
    """How differently items work, and what that does to a 0–100 score.

    Attributes
    ----------
    items : DataFrame
        One row per item and focal group: ``factor item group free dmacs dmacs_signed difference index_points``. Each
        item is set free by itself beside those free by decision; ``difference`` is focal less reference at the same
        standing, in units of the answers, over the focal group's distribution; ``index_points`` its share of the 0–100
        score of the factor's items.
    index : DataFrame
        One row per factor and focal group: ``factor group n_free index_points`` of the items free by decision,
        together.
    reference : object
        The group compared with.
    scale : (low, high) or None
    """

    kind: ClassVar[str] = "invariance_effects"
    further_tables: ClassVar[tuple[str, ...]] = ("index",)
    items: pd.DataFrame
    index: pd.DataFrame
    reference: Any
    scale: tuple[float, float] | None

    def table(self) -> pd.DataFrame:
        """One row per item and focal group."""
        return self.items.copy()

    @property
    def largest(self) -> pd.DataFrame:
        """The rows of ``items``, those that differ most first; without a size last."""
        return self.items.sort_values("dmacs", ascending=False, kind="stable", ignore_index=True)

    def headline(self) -> str:
        """The item that differs most."""
        known = self.items.dropna(subset="dmacs")
        if known.empty:
            return "no item could be compared"
        worst = known.iloc[int(known["dmacs"].argmax())]
        return f"largest dMACS {worst['dmacs']:.3f}: {worst['item']} ({worst['group']} against {self.reference})"


def effects_of(found: Invariance, reference: Any) -> InvarianceEffects:
    """Effects of every item of a ladder (see ``Invariance.effects``)."""
    groups = found.groups
    first = groups[0] if reference is None else reference
    if first not in groups:
        raise ArgumentError("unknown_choice", argument="reference", got=first, expected=list(groups))
    base = found.models["configural"].problem
    rung = "intercepts" if found.ordered else "scalar"
    if rung not in found.models:
        raise MethodError("invariance_no_step", got=rung, expected=list(found.models))
    r = groups.index(first)
    measured = _measured(base)
    near = found.models[rung].fitted if found.ordered else estimate(_released(base, found.free))
    rows, failed = [], []
    for item, factors in measured.items():
        try:
            fit = estimate(_released(base, [*found.free, *_own_rows(base, item, factors)]), near)
        except MethodError:
            failed.append(item)
            continue
        rows += [_item_row(fit, base, item, factors, g, r, found) for g in range(len(groups)) if g != r]
    notices = [Notice("invariance_effect_missing", "warning", {"items": failed})] if failed else []
    if not found.free:
        notices.append(Notice("invariance_none_free", "info"))
    if found.scale is None:
        notices.append(Notice("invariance_no_scale", "caution"))
    partial = found.models[rung].fitted
    return InvarianceEffects(
        inputs=found.inputs, notices=tuple(notices),
        items=pd.DataFrame(rows, columns=_ITEM_COLUMNS),
        index=pd.DataFrame(_index_rows(partial, base, measured, r, found), columns=_INDEX_COLUMNS),
        reference=first, scale=found.scale,
    )  # fmt: skip


_ITEM_COLUMNS = ["factor", "item", "group", "free", "dmacs", "dmacs_signed", "difference", "index_points"]
_INDEX_COLUMNS = ["factor", "group", "n_free", "index_points"]


def _measured(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Item → its factors, items in the order of the model."""
    found: dict[str, tuple[str, ...]] = {}
    for row in problem.table.rows:
        if row.op == "=~" and row.group == 0:
            found[row.rhs] = (*found.get(row.rhs, ()), row.lhs)
    return found


def _own_rows(problem: Problem, item: str, factors: Sequence[str]) -> list[str]:
    """Names of the parameters that make an item's expected answer."""
    thresholds = [row.name for row in problem.table.rows if row.op == "|" and row.lhs == item and row.group == 0]
    return [*(f"{factor}=~{item}" for factor in factors), *(thresholds or [f"{item}~1"])]


def _free_by_decision(problem: Problem, item: str, factors: Sequence[str], free: Sequence[str]) -> bool:
    """Whether a recorded decision moves the item's expected answer."""
    own = {*_own_rows(problem, item, factors), f"{item}~1"}
    if problem.table.variables.ordered:
        own.add(f"{item}~~{item}")
    return bool(own & set(free))


def _released(problem: Problem, free: Sequence[str]) -> Problem:
    """The model with equal loadings and intercepts (thresholds) but for those in ``free``; factors have unit variance
    in the reference group, so that any item can be free."""
    released = tuple(dict.fromkeys(free))
    if problem.table.variables.ordered:
        return replace(problem, table=ordered_rung(problem.table, ORDERED[3], released))
    return problem.with_options(group_equal=CONTINUOUS[2].equal, group_partial=released, means=True, std_lv=True)


def _item_row(
    fit: Fit, problem: Problem, item: str, factors: Sequence[str], g: int, r: int, found: Invariance
) -> list[Any]:
    head = [" + ".join(factors), item, found.groups[g], _free_by_decision(problem, item, factors, found.free)]
    gap = _gap(fit, problem, item, factors, g, r)
    if gap is None:
        return [*head, np.nan, np.nan, np.nan, np.nan]
    at = problem.data.names.index(item)
    both = [problem.data.groups[k] for k in (g, r)]
    sd = pooled_sd(
        tuple(mean_and_sd(part.values[:, at], part.weights)[1] for part in both),  # type: ignore[arg-type]
        tuple(problem.data.n_by_group[k] for k in (g, r)),  # type: ignore[arg-type]
    )
    dmacs, signed = gap.standardised(sd)
    points = _points(gap.signed, _n_items(problem, factors[0]), found.scale)
    return [*head, dmacs, signed, gap.signed, points]


def _n_items(problem: Problem, factor: str) -> int:
    return sum(row.op == "=~" and row.lhs == factor and row.group == 0 for row in problem.table.rows)


def _points(difference: float, n_items: int, scale: tuple[float, float] | None) -> float:
    """Points of the 0–100 mean of n items that a difference of one of them makes."""
    return np.nan if scale is None else 100 * difference / (scale[1] - scale[0]) / n_items


def _gap(fit: Fit, problem: Problem, item: str, factors: Sequence[str], g: int, r: int) -> Gap | None:
    """Focal group g against reference r; None for an ordered item of several factors."""
    variables = fit.table.variables
    p, at = len(variables.observed), variables.observed.index(item)
    focal, reference = fit.system(g), fit.system(r)
    places = [p + variables.latent.index(factor) for factor in factors]
    mean, cov = focal.means[places], focal.covariance[np.ix_(places, places)]
    if not variables.ordered:
        slope = focal.A[at, places] - reference.A[at, places]
        return linear_gap(float(focal.m[at] - reference.m[at]), slope, mean, cov)
    if len(factors) > 1:
        return None
    every = np.concatenate([part.values[:, at] for part in problem.data.groups])
    codes = np.unique(every[~np.isnan(every)])
    one, other = (_ordered(fit, k, at, places[0], codes) for k in (g, r))
    return ordered_gap(one, other, float(mean[0]), float(cov[0, 0]))


def _ordered(fit: Fit, group: int, at: int, factor: int, codes: Floats) -> OrderedItem:
    system, block = fit.system(group), fit.blocks[group]
    item = block.response.item  # type: ignore[attr-defined]
    return OrderedItem(
        float(system.A[at, factor]), float(system.m[at]), float(system.S[at, at]), system.threshold[item == at], codes
    )  # fmt: skip


def _index_rows(
    fit: Fit, problem: Problem, measured: dict[str, tuple[str, ...]], r: int, found: Invariance
) -> list[list[Any]]:
    rows = []
    for factor in problem.table.variables.latent:
        items = [item for item, factors in measured.items() if factors[0] == factor]
        free = [item for item in items if _free_by_decision(problem, item, measured[item], found.free)]
        for g, label in enumerate(found.groups):
            if g == r:
                continue
            gaps = [_gap(fit, problem, item, measured[item], g, r) for item in free]
            known = [gap.signed for gap in gaps if gap is not None]
            points = _points(sum(known), len(items), found.scale)
            rows.append([factor, label, len(free), points if free and len(known) == len(free) else np.nan])
    return rows
