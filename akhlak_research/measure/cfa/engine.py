"""From a table and observed statistics to a fit: start values, blocks, optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.constraints import reparametrise
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import places_of
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.material import Observed
from akhlak_research.measure.cfa.optimise import minimise
from akhlak_research.measure.cfa.partable import Parameter, ParTable
from akhlak_research.measure.cfa.response import block_scales, residual_variances
from akhlak_research.measure.cfa.start import starting_theta, with_exogenous


def fit_table(table: ParTable, observed: tuple[Observed, ...], near: Fit | None = None) -> Fit:
    """Estimate the free rows of a table; the search begins at the estimates of ``near``, a fit of the same relations in
    the same metric, where there is one."""
    moments = tuple(group.moments for group in observed)
    table = with_exogenous(table, moments)
    reparam = reparametrise(table)
    blocks = tuple(group.block(places_of(table, g), means=table.options.means) for g, group in enumerate(observed))
    thresholds = tuple(group.thresholds for group in observed)
    start = starting_theta(table, moments, thresholds) if near is None else values_near(table, near)
    optimum = minimise(blocks, reparam, reparam.x(start))
    if not np.isfinite(optimum.value):
        raise MethodError("cfa_no_start", got=len(table.free))
    return completed(Fit(table, reparam, blocks, optimum))


def values_near(table: ParTable, near: Fit) -> Floats:
    """(q,) what another fit says of the free rows."""
    known = {_relation(row): value for row, value in zip(near.table.rows, near.values, strict=True)}
    return np.array([known[_relation(row)] for row in table.free])


def _relation(row: Parameter) -> tuple[str, str, str, int]:
    return row.lhs, row.op, row.rhs, row.group


def completed(fit: Fit) -> Fit:
    """The fit with what the scale of latent responses leaves: residual variances (delta) or scales (theta)."""
    blocks = [block for block in fit.blocks if isinstance(block, LeastSquaresBlock) and block.response is not None]
    if not blocks:
        return fit
    variables = fit.table.variables
    at = {name: i for i, name in enumerate(variables.observed) if name in variables.ordered}
    by_theta = fit.table.options.parametrisation == "theta"
    own = [
        (block_scales if by_theta else residual_variances)(block.places, fit.theta, block.response)
        for block in blocks
        if block.response is not None
    ]
    rows = []
    for row in fit.table.rows:
        follows = row.op == "~*~" if by_theta else row.op == "~~" and row.lhs == row.rhs and row.lhs in at
        rows.append(replace(row, value=float(own[row.group][at[row.lhs]])) if follows and not row.free else row)
    table = fit.table.with_rows(rows)
    filled = tuple(replace(block, places=places_of(table, g)) for g, block in enumerate(blocks))
    return Fit(table, fit.reparam, filled, fit.optimum)
