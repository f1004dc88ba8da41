"""The solution in standard deviations of all variables, and explained variance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.partable import Parameter


def all_standardised(fit: Fit) -> Floats:
    """(rows,) rows in standard deviations of all variables (lavaan's ``std.all``); NaN where one is not positive."""
    return in_deviations(fit, fit.table.rows, fit.values)


def in_deviations(fit: Fit, rows: Sequence[Parameter], values: Floats) -> Floats:
    """(rows,) ``values`` of any rows, in the standard deviations that the fit implies."""
    names = [*fit.table.variables.observed, *fit.table.variables.latent]
    at = {name: i for i, name in enumerate(names)}
    systems = [fit.system(g) for g in range(len(fit.blocks))]
    spread = [np.sqrt(np.where(d > 0, d, np.nan)) for d in (np.diag(s.covariance) for s in systems)]
    residual = [np.sqrt(np.where(d > 0, d, np.nan)) for d in (np.diag(s.S) for s in systems)]
    observed = set(fit.table.variables.observed)
    out = np.empty(len(rows))
    for i, (row, value) in enumerate(zip(rows, values, strict=True)):
        sd, unique = spread[row.group], residual[row.group]
        left = sd[at[row.lhs]]
        right = sd[at[row.rhs]] if row.rhs in at else 1.0
        if row.op == "=~":
            out[i] = value * left / right
        elif row.op == "~":
            out[i] = value * right / left
        elif row.op == "~~" and row.lhs == row.rhs:
            out[i] = value / left**2
        elif row.op == "~~":
            endogenous = (row.lhs in observed or row.rhs in observed or _dependent(fit, row.lhs)) and not row.exogenous
            scale = unique[at[row.lhs]] * unique[at[row.rhs]] if endogenous else left * right
            out[i] = value / scale
        elif row.op in ("~1", "|"):
            out[i] = value / left
        else:
            out[i] = value
    return out


def _dependent(fit: Fit, name: str) -> bool:
    return any((r.op == "~" and r.lhs == name) or (r.op == "=~" and r.rhs == name) for r in fit.table.rows)


def explained(fit: Fit, group: int) -> dict[str, float]:
    """R² of every dependent variable: 1 − residual variance / variance; NaN where that is not positive."""
    system = fit.system(group)
    names = [*fit.table.variables.observed, *fit.table.variables.latent]
    total, unique = np.diag(system.covariance), np.diag(system.S)
    found = {}
    for i, name in enumerate(names):
        if _dependent(fit, name):
            found[name] = float(1 - unique[i] / total[i]) if total[i] > 0 else np.nan
    return found
