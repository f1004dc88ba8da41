"""Standardised loadings with intervals by the delta method."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import derivatives


def standardised_gradient(fit: Fit, group: int) -> tuple[Floats, Floats]:
    """(r,) standardised loadings of a group in the order of the table, and (r, q) their derivatives by θ.

    λ* = λ s_f / s_i with variances v_f, v_i: ∂λ* = ∂λ s_f / s_i + λ* (∂v_f / v_f − ∂v_i / v_i) / 2. Ordered items in
    the delta parametrisation have v_i = 1/Δ² whatever the model.
    """
    block, system = fit.blocks[group], fit.system(group)
    names = [*fit.table.variables.observed, *fit.table.variables.latent]
    at = {name: i for i, name in enumerate(names)}
    # all variables count as observed, so that the derivatives are those of every variance
    wide = replace(block.places, p=block.places.v)
    places, _, d_sigma = derivatives(wide, replace(system, p=block.places.v))
    variance = np.diag(system.covariance).copy()
    by_theta = np.zeros((len(names), len(fit.theta)))
    by_theta[:, places] = np.diagonal(d_sigma, axis1=1, axis2=2).T
    if fit.table.variables.ordered and fit.table.options.parametrisation == "delta":
        p = block.places.p
        variance[:p], by_theta[:p] = 1 / system.scale**2, 0.0
        free = (block.places.theta >= 0) & (block.places.kind == 4)
        row = block.places.row[free]
        by_theta[row, block.places.theta[free]] = -2 / system.scale[row] ** 3
    values, gradients = [], []
    position = {id(row): j for j, row in enumerate(fit.table.free)}
    for row, value in zip(fit.table.rows, fit.values, strict=True):
        if row.op != "=~" or row.group != group:
            continue
        f, i = at[row.lhs], at[row.rhs]
        ratio = np.sqrt(variance[f] / variance[i])
        gradient = value * ratio * (by_theta[f] / variance[f] - by_theta[i] / variance[i]) / 2
        if row.free:
            gradient[position[id(row)]] += ratio
        values.append(value * ratio)
        gradients.append(gradient)
    return np.array(values), np.array(gradients).reshape(-1, len(fit.theta))


@dataclass(frozen=True, slots=True)
class LoadingIntervals:
    """Standardised ``loadings`` with ``loadings_low``, ``loadings_high`` at ``level``: items × factors, NaN where the
    model has no path."""

    loadings: pd.DataFrame
    loadings_low: pd.DataFrame
    loadings_high: pd.DataFrame
    level: float


def loading_intervals(fit: Fit, vcov: Floats, level: float, group: int = 0) -> LoadingIntervals:
    """Of one group, by the delta method."""
    variables = fit.table.variables
    rows = [row for row in fit.table.rows if row.op == "=~" and row.group == group and row.rhs in variables.observed]
    every = [row for row in fit.table.rows if row.op == "=~" and row.group == group]
    values, gradient = standardised_gradient(fit, group)
    error = np.sqrt(np.maximum(np.einsum("rq,qk,rk->r", gradient, vcov, gradient), 0.0))
    half = norm.ppf((1 + level) / 2) * error
    items = list(dict.fromkeys(row.rhs for row in rows))
    factors = [name for name in variables.latent if any(row.lhs == name for row in rows)]
    found = []
    for part in (values, values - half, values + half):
        frame = pd.DataFrame(np.nan, index=items, columns=factors)
        for row, value in zip(every, part, strict=True):
            if row.rhs in items:
                frame.loc[row.rhs, row.lhs] = value
        found.append(frame)
    middle, low, high = found
    return LoadingIntervals(middle, low, high, level)
