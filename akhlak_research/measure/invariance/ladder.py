"""The rungs of measurement invariance: which parameters become equal, and what each equality sets free.

Continuous items follow Meredith (1993): loadings, intercepts, residual variances, then means. Ordered items follow Wu &
Estabrook (2016), for equal thresholds are what gives latent responses a common origin and unit: thresholds first, which
set intercepts and residual variances free in later groups; loadings, which set the factors' variances free; intercepts,
which set the factors' means free; residual variances. The first group is the reference; factors have unit variance and
residuals unit variance in it (theta).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from akhlak_research.measure.cfa.constraints import reparametrise
from akhlak_research.measure.cfa.partable import Parameter, ParTable


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder: ``equal`` are the words of ``group_equal`` that hold there."""

    name: str
    equal: tuple[str, ...]


CONTINUOUS = (
    Rung("configural", ()),
    Rung("metric", ("loadings",)),
    Rung("scalar", ("loadings", "intercepts")),
    Rung("strict", ("loadings", "intercepts", "residuals")),
    Rung("means", ("loadings", "intercepts", "residuals", "means")),
)
ORDERED = (
    Rung("configural", ()),
    Rung("thresholds", ("thresholds",)),
    Rung("loadings", ("thresholds", "loadings")),
    Rung("intercepts", ("thresholds", "loadings", "intercepts")),
    Rung("residuals", ("thresholds", "loadings", "intercepts", "residuals")),
    Rung("means", ("thresholds", "loadings", "intercepts", "residuals", "means")),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a rung does to the parameters: ``constraints`` added, parameters ``released``; Δdf is their difference."""

    constraints: int
    released: int

    @property
    def df(self) -> int:
        """Δdf."""
        return self.constraints - self.released


def change_between(before: ParTable, after: ParTable) -> Change:
    """Compare two tables of the same rows, relation by relation: how many numbers it may take over all groups."""
    first, second = _numbers(before), _numbers(after)
    gaps = [first.get(key, 0) - second.get(key, 0) for key in {**first, **second}]
    return Change(sum(g for g in gaps if g > 0), -sum(g for g in gaps if g < 0))


def _numbers(table: ParTable) -> dict[tuple[str, str, str], int]:
    """Relation → number of different free values over the groups."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for j, row in enumerate(table.free):
        found.setdefault((row.lhs, row.op, row.rhs), set()).add(row.label or f"#{j}")
    return {key: len(values) for key, values in found.items()}


def ordered_rung(base: ParTable, rung: Rung, free: Iterable[str]) -> ParTable:
    """The table of a rung of ordered items from the configural one (unit factors, theta); rows in ``free`` stay free.

    Intercepts of an item can be told apart from thresholds where one threshold is equal, residual variances where two
    are (or, later, the loading). Items with fewer keep them fixed, so that the rung costs them nothing.
    """
    if not rung.equal:
        return base
    equal, released = set(rung.equal), set(free)
    shared = _equal_thresholds(base, released)
    scaled = _scaled_factors(base, released, shared)
    return base.with_rows(_row(row, equal, released, shared, scaled, base) for row in base.rows)


def _equal_thresholds(base: ParTable, released: set[str]) -> dict[str, int]:
    """Item → thresholds that may be equal across groups."""
    found = dict.fromkeys(base.variables.ordered, 0)
    for row in base.rows:
        if row.op == "|" and row.group == 0 and row.name not in released:
            found[row.lhs] += 1
    return found


def _scaled_factors(base: ParTable, released: set[str], shared: Mapping[str, int]) -> set[str]:
    """Factors that an item with two equal thresholds and an equal loading measures: their variances can be compared."""
    return {
        row.lhs
        for row in base.rows
        if row.op == "=~" and row.name not in released and shared.get(row.rhs, 0) >= 2
    }


def _row(
    row: Parameter, equal: set[str], released: set[str], shared: Mapping[str, int], scaled: set[str], base: ParTable
) -> Parameter:
    variables, item = base.variables, row.lhs
    later, factor, own = row.group > 0, row.lhs in variables.latent, row.op == "~~" and row.lhs == row.rhs
    tied = f".{row.name}" if row.free and not row.label and row.name not in released else row.label
    if row.op == "|" and "thresholds" in equal:
        return replace(row, label=tied)
    if row.op == "=~" and "loadings" in equal:
        return replace(row, label=tied)
    if not later or row.user:
        return row
    if row.op == "~1" and not factor:
        open_ = row.name in released if "intercepts" in equal else True
        return replace(row, free=open_ and shared[item] >= 1)
    if own and not factor:
        if "residuals" in equal:
            open_ = row.name in released
        else:
            # one threshold gives no unit; an equal loading does, once the factor has one
            open_ = shared[item] >= 2 or (shared[item] == 1 and "loadings" in equal)
        return replace(row, free=open_)
    if own and factor and "loadings" in equal:
        alone = row.lhs not in scaled and "intercepts" not in equal
        return replace(row, free=not alone)
    if row.op == "~1" and factor and "intercepts" in equal:
        return replace(row, free="means" not in equal)
    return row


def n_free(table: ParTable) -> int:
    """Parameters that count."""
    return reparametrise(table).n_free
