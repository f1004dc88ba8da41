"""The solution in standard deviations of all variables, its derivatives, and explained variance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import Places, System
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.partable import Parameter
from akhlak_research.measure.cfa.response import Response

#: a factor of a standardised value: power of which variance, total (True) or residual, of which variable
Factor = tuple[float, bool, int]


def all_standardised(fit: Fit) -> Floats:
    """(rows,) rows in standard deviations of all variables (lavaan's ``std.all``); NaN where one is not positive."""
    return in_deviations(fit, fit.table.rows, fit.values)


def in_deviations(fit: Fit, rows: Sequence[Parameter], values: Floats) -> Floats:
    """(rows,) ``values`` of any rows, in the standard deviations that the fit implies."""
    variances = [_variances(fit.system(g)) for g in range(len(fit.blocks))]
    out = np.array(values, dtype=np.float64)
    for i, row in enumerate(rows):
        for power, total, at in _factors(fit, row):
            out[i] *= variances[row.group][total][at] ** power
    return out


def _variances(system: System) -> dict[bool, Floats]:
    """Total (True) and residual (False) variances (v,), NaN where not positive."""
    both = {True: np.diag(system.covariance), False: np.diag(system.S)}
    return {which: np.where(d > 0, d, np.nan) for which, d in both.items()}


def _factors(fit: Fit, row: Parameter) -> list[Factor]:
    """What a row's value is multiplied by."""
    names = [*fit.table.variables.observed, *fit.table.variables.latent]
    left = names.index(row.lhs)
    if row.op in ("~1", "|"):
        return [(-0.5, True, left)]
    if row.op not in ("=~", "~", "~~"):
        return []
    right = names.index(row.rhs)
    if row.op == "=~":
        return [(0.5, True, left), (-0.5, True, right)]
    if row.op == "~":
        return [(0.5, True, right), (-0.5, True, left)]
    if left == right:
        return [(-1.0, True, left)]
    observed = fit.table.variables.observed
    endogenous = row.lhs in observed or row.rhs in observed or _dependent(fit, row.lhs)
    total = row.exogenous or not endogenous
    return [(-0.5, total, left), (-0.5, total, right)]


def standardised_jacobian(fit: Fit) -> Floats:
    """(rows, q) derivative of ``all_standardised`` by θ."""
    rows, q = fit.table.rows, len(fit.theta)
    values, out = fit.values, all_standardised(fit)
    slopes = np.zeros((len(rows), q))
    slopes[np.flatnonzero([row.free for row in rows]), np.arange(q)] = 1.0
    own = [_variances(fit.system(g)) for g in range(len(fit.blocks))]
    moved = [_variance_slopes(fit, g) for g in range(len(fit.blocks))]
    variables = fit.table.variables
    at = {name: i for i, name in enumerate(variables.observed) if name in variables.ordered}
    by_delta = fit.table.variables.ordered and fit.table.options.parametrisation == "delta"
    for i, row in enumerate(rows):
        if by_delta and not row.free and row.op == "~~" and row.lhs == row.rhs and row.lhs in at:
            slopes[i] = moved[row.group][False][at[row.lhs]]
        factors = _factors(fit, row)
        if values[i] != 0:
            slopes[i] *= out[i] / values[i]
        else:
            for power, total, which in factors:
                slopes[i] *= own[row.group][total][which] ** power
        for power, total, which in factors:
            slopes[i] += out[i] * power * moved[row.group][total][which] / own[row.group][total][which]
    return slopes


def _variance_slopes(fit: Fit, group: int) -> dict[bool, Floats]:
    """(v, q) derivatives of total (True) and residual (False) variances of all variables by θ.

    In the delta parametrisation 1/Δ² is the variance of a latent response given covariates; its residual variance
    follows.
    """
    block, system = fit.blocks[group], fit.system(group)
    total, residual = _held_slopes(block.places, system, len(fit.theta))
    if fit.table.options.parametrisation == "delta" and isinstance(block, LeastSquaresBlock) and block.response:
        _follow(block.places, system, block.response, total, residual)
    return {True: total, False: residual}


def _held_slopes(places: Places, system: System, q: int) -> tuple[Floats, Floats]:
    """The same (v, q) where every variance is a parameter or held."""
    total, residual = np.zeros((places.v, q)), np.zeros((places.v, q))
    free = places.theta >= 0
    theta, kind, row, column = (a[free] for a in (places.theta, places.kind, places.row, places.column))
    for j, k, a, b in zip(theta, kind, row, column, strict=True):
        if k == 0:
            total[:, j] = 2 * system.E[:, a] * system.covariance[b]
        elif k == 1:
            total[:, j] = (1.0 if a == b else 2.0) * system.E[:, a] * system.E[:, b]
            residual[a, j] = 1.0 if a == b else 0.0
    return total, residual


def _follow(places: Places, system: System, response: Response, total: Floats, residual: Floats) -> None:
    ordered = np.setdiff1d(response.inner, response.numeric)
    left = _held_slopes(places, response.left(system), total.shape[1])[0]
    scaled = (places.theta >= 0) & (places.kind == 4)
    row, theta = places.row[scaled], places.theta[scaled]
    own = np.zeros_like(total)
    own[row, theta] = -2 / system.scale[row] ** 3
    residual[ordered] = own[ordered] - left[ordered]
    total[ordered] += residual[ordered]


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
