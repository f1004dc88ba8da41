"""Standardised loadings with intervals by the delta method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.standardise import all_standardised, standardised_jacobian


def standardised_gradient(fit: Fit, group: int) -> tuple[Floats, Floats]:
    """(r,) standardised loadings of a group in the order of the table, and (r, q) their derivatives by θ."""
    at = [i for i, row in enumerate(fit.table.rows) if row.op == "=~" and row.group == group]
    return all_standardised(fit)[at], standardised_jacobian(fit)[at]


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
