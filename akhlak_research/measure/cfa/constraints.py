"""Linear equality constraints by reparametrisation: θ = K x + k₀ holds every one exactly, and x is free.

Equal labels merge parameters first, so that K stays a table of zeros and ones wherever it can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.expressions import Dual, evaluate, names_in, parse_expression
from akhlak_research.measure.cfa.partable import ParTable
from akhlak_research.measure.cfa.syntax import Formula

_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class Reparametrisation:
    """θ = K x + k₀ with ``K`` (q, r), ``k0`` (q,); q free rows of the table, r free numbers."""

    K: Floats
    k0: Floats

    @property
    def n_free(self) -> int:
        """r, the number of parameters that count."""
        return int(self.K.shape[1])

    def theta(self, x: Floats) -> Floats:
        """(q,) the parameters of the rows."""
        return np.asarray(self.K @ x + self.k0)

    def x(self, theta: Floats) -> Floats:
        """(r,) the nearest free numbers to a θ that may break the constraints (start values)."""
        return np.asarray(np.linalg.lstsq(self.K, theta - self.k0, rcond=None)[0])


def reparametrise(table: ParTable) -> Reparametrisation:
    """K and k₀ of a table's labels and ``==`` constraints."""
    free = table.free
    q = len(free)
    heads: dict[str, int] = {}
    owner = [heads.setdefault(row.label, j) if row.label else j for j, row in enumerate(free)]
    kept = sorted(set(owner))
    place = {head: i for i, head in enumerate(kept)}
    K = np.zeros((q, len(kept)))
    K[np.arange(q), [place[head] for head in owner]] = 1.0
    k0 = np.zeros(q)
    tied = _fixed_labels(table)
    if not table.constraints and not tied:
        return Reparametrisation(K, k0)
    rows, right = _linear(table, q, tied)
    return _solve(K, k0, rows, right)


def _fixed_labels(table: ParTable) -> list[tuple[str, float]]:
    """Labels that a fixed row shares with free ones: those are fixed too."""
    freely = {row.label for row in table.free if row.label}
    return [(r.label, r.value) for r in table.rows if not r.free and r.label in freely and not r.exogenous]


def labelled(table: ParTable, theta: Floats) -> dict[str, Dual]:
    """Every label of the table with its value and its gradient by θ."""
    known: dict[str, Dual] = {}
    q, j = len(theta), 0
    for row in table.rows:
        gradient = np.zeros(q)
        if row.free:
            gradient[j] = 1.0
            value, j = float(theta[j]), j + 1
        else:
            value = row.value
        if row.label:
            known.setdefault(row.label, Dual(value, gradient))
    return known


def _linear(table: ParTable, q: int, tied: list[tuple[str, float]]) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(0)
    points = [np.zeros(q), rng.uniform(0.5, 1.5, q), rng.uniform(1.5, 2.5, q)]
    rows: list[Floats] = []
    right: list[float] = []
    for formula in table.constraints:
        tree = parse_expression(f"({formula.lhs}) - ({formula.rhs})")
        _check_names(formula, names_in(tree), table)
        found = [evaluate(tree, labelled(table, point), q) for point in points[1:]]
        if not np.allclose(found[0].gradient, found[1].gradient, rtol=1e-9, atol=1e-9):
            raise ArgumentError("constraint_not_linear", got=f"{formula.lhs} == {formula.rhs}", line=formula.token.line)
        rows.append(found[0].gradient)
        right.append(float(found[0].gradient @ points[1] - found[0].value))
    for label, value in tied:
        rows.append(labelled(table, points[0])[label].gradient)
        right.append(value)
    return np.array(rows), np.array(right)


def _check_names(formula: Formula, names: set[str], table: ParTable) -> None:
    known = {row.label for row in table.rows if row.label}
    for name in sorted(names - known):
        raise ArgumentError("model_label_unknown", got=name, expected=sorted(known), line=formula.token.line)


def _solve(K: Floats, k0: Floats, rows: Floats, right: Floats) -> Reparametrisation:
    C = rows @ K
    c = right - rows @ k0
    left, size, turned = np.linalg.svd(C)
    rank = int((size > _RANK * max(1.0, size.max(initial=0.0))).sum())
    particular = turned[:rank].T @ ((left[:, :rank].T @ c) / size[:rank])
    if not np.allclose(C @ particular, c, atol=1e-8):
        raise ArgumentError("constraint_contradiction", got=len(c))
    return Reparametrisation(K @ turned[rank:].T, k0 + K @ particular)
