"""Where the search begins: centroid loadings of each factor's indicators (Thurstone 1947), brought to the metric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.partable import Parameter, ParTable

#: share of an item's variance that stays unexplained at least, so that the first implied matrix is positive definite
_LEAST_UNIQUE = 0.3
#: start of the standard deviation of latent responses with unit residual variance
_WIDE = 1.3


def with_exogenous(table: ParTable, moments: tuple[tuple[Floats, Floats], ...]) -> ParTable:
    """The table with the sample's moments where exogenous observed variables are fixed at them."""
    at = {name: i for i, name in enumerate(table.variables.observed)}
    rows = []
    for row in table.rows:
        if row.exogenous and not row.free:
            mean, cov = moments[row.group]
            value = mean[at[row.lhs]] if row.op == "~1" else cov[at[row.lhs], at[row.rhs]]
            row = replace(row, value=float(value))
        rows.append(row)
    return table.with_rows(rows)


def starting_theta(
    table: ParTable, moments: tuple[tuple[Floats, Floats], ...], thresholds: tuple[dict[str, float], ...] | None = None
) -> Floats:
    """(q,) start values: what the model says with ``start()``, else by rule."""
    # with unit residual variances a latent response varies more than 1
    wide = _WIDE if table.options.parametrisation == "theta" and table.variables.ordered else 1.0
    by_group = [_group_starts(table, g, m, S * wide**2) for g, (m, S) in enumerate(moments)]
    theta = []
    for row in table.free:
        if row.op == "~~" and row.lhs == row.rhs and row.lhs in table.variables.ordered:
            theta.append(1.0 if row.start != row.start else row.start)
        elif row.start == row.start:
            theta.append(row.start)
        elif row.op == "|" and thresholds is not None:
            theta.append(wide * thresholds[row.group][row.name])
        else:
            theta.append(by_group[row.group].get((row.lhs, row.op, row.rhs), 1.0 if row.op == "~*~" else 0.0))
    return np.array(theta)


def _group_starts(table: ParTable, g: int, mean: Floats, cov: Floats) -> dict[tuple[str, str, str], float]:
    at = {name: i for i, name in enumerate(table.variables.observed)}
    sd = np.sqrt(np.diag(cov))
    R = cov / np.outer(sd, sd)
    rows = [row for row in table.rows if row.group == g]
    starts: dict[tuple[str, str, str], float] = {
        (name, "~1", "1"): float(mean[i]) for name, i in at.items() if name not in table.variables.ordered
    }
    spread = dict.fromkeys(table.variables.latent, 1.0)
    explained, left = np.zeros(len(sd)), R.copy()
    for factor in table.variables.latent:
        loadings = [r for r in rows if r.op == "=~" and r.lhs == factor]
        measured = [r for r in loadings if r.rhs in at]
        if not measured:
            continue
        places = [at[r.rhs] for r in measured]
        # of items that an earlier factor measures too only what that one leaves
        standard = _centroid(left[np.ix_(places, places)])
        left[np.ix_(places, places)] -= np.outer(standard, standard)
        spread[factor] = _spread(measured, standard * sd[places], _variance(rows, factor))
        for row, i, value in zip(measured, places, standard, strict=True):
            starts[row.lhs, "=~", row.rhs] = float(value * sd[i] / spread[factor])
            explained[i] += value**2
    for name, i in at.items():
        starts[name, "~~", name] = float(cov[i, i] * max(_LEAST_UNIQUE, 1 - explained[i]))
    _factor_means(rows, table, mean, starts)
    _higher_order(rows, table, spread, starts)
    return starts


def _factor_means(
    rows: list[Parameter], table: ParTable, mean: Floats, starts: dict[tuple[str, str, str], float]
) -> None:
    """Free means of factors where an intercept is fixed: the item's mean tells the factor's, and the factor's the other
    intercepts."""
    at = {name: i for i, name in enumerate(table.variables.observed) if name not in table.variables.ordered}
    fixed = {r.lhs: r.value for r in rows if r.op == "~1" and not r.free and r.lhs in at and not r.exogenous}
    for factor in [r.lhs for r in rows if r.op == "~1" and r.free and r.lhs in table.variables.latent]:
        loadings = [r for r in rows if r.op == "=~" and r.lhs == factor and r.rhs in at]
        size = {r.rhs: starts[factor, "=~", r.rhs] if r.free else r.value for r in loadings}
        told = [(mean[at[item]] - fixed[item]) / size[item] for item in size if item in fixed and size[item] != 0]
        if not told:
            continue
        starts[factor, "~1", "1"] = float(told[0])
        for item in size:
            starts[item, "~1", "1"] -= float(size[item] * told[0])


def _higher_order(
    rows: list[Parameter], table: ParTable, spread: dict[str, float], starts: dict[tuple[str, str, str], float]
) -> None:
    below: set[str] = set()
    for factor in table.variables.latent:
        loadings = [r for r in rows if r.op == "=~" and r.lhs == factor and r.rhs in spread]
        if not loadings:
            continue
        below |= {r.rhs for r in loadings}
        standard = np.array([0.7 * spread[r.rhs] for r in loadings])
        spread[factor] = _spread(loadings, standard, _variance(rows, factor))
        for row, value in zip(loadings, standard, strict=True):
            starts[factor, "=~", row.rhs] = float(value / spread[factor])
    for factor, size in spread.items():
        starts[factor, "~~", factor] = size**2 * (0.5 if factor in below else 1.0)


def _variance(rows: list[Parameter], factor: str) -> Parameter:
    return next(r for r in rows if r.op == "~~" and r.lhs == r.rhs == factor)


def _spread(loadings: list[Parameter], raw: Floats, variance: Parameter) -> float:
    """Standard deviation of the factor that its fixed variance or its marker asks for."""
    if not variance.free and variance.value > 0:
        return float(np.sqrt(variance.value))
    for row, value in zip(loadings, raw, strict=True):
        if not row.free and row.value != 0:
            return float(abs(value / row.value))
    return 1.0


def _centroid(R: Floats) -> Floats:
    """(k,) one-factor loadings of a correlation matrix, the first one positive."""
    k = len(R)
    if k == 1:
        return np.array([0.9])
    signs = np.where(np.linalg.eigh(R)[1][:, -1] < 0, -1.0, 1.0)
    signs *= signs[0]
    turned = R * np.outer(signs, signs)
    sums = turned.sum(axis=1) - np.diag(R)
    total = max(float(sums.sum()), 0.1)
    # k/(k − 1) makes up for the missing diagonal
    loadings = np.clip(sums / np.sqrt(total * (k - 1) / k), 0.15, 0.95)
    return np.asarray(loadings * signs)
