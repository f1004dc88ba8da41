"""From a table and observed statistics to a fit: start values, blocks, optimum."""

from __future__ import annotations

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.cfa.constraints import reparametrise
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import places_of
from akhlak_research.measure.cfa.material import Observed
from akhlak_research.measure.cfa.optimise import minimise
from akhlak_research.measure.cfa.partable import ParTable
from akhlak_research.measure.cfa.start import starting_theta, with_exogenous


def fit_table(table: ParTable, observed: tuple[Observed, ...]) -> Fit:
    """Estimate the free rows of a table."""
    moments = tuple(group.moments for group in observed)
    table = with_exogenous(table, moments)
    reparam = reparametrise(table)
    blocks = tuple(group.block(places_of(table, g), means=table.options.means) for g, group in enumerate(observed))
    thresholds = tuple(group.thresholds for group in observed)
    optimum = minimise(blocks, reparam, reparam.x(starting_theta(table, moments, thresholds)))
    if not np.isfinite(optimum.value):
        raise MethodError("cfa_no_start", got=len(table.free))
    return Fit(table, reparam, blocks, optimum)
