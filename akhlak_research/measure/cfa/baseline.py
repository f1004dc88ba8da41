"""The baseline model: every variable by itself. Only exogenous observed variables keep their covariances."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement

from akhlak_research.measure.cfa.partable import Options, Parameter, ParTable, Variables


def baseline_table(table: ParTable) -> ParTable:
    """The table of the independence model of the same variables, means and thresholds free in every group."""
    variables, options = table.variables, table.options
    exogenous, ordered = variables.exogenous, set(variables.ordered)
    block = [Parameter(o, "|", f"t{j + 1}") for o in variables.ordered for j in range((options.thresholds or {})[o])]
    for name in variables.observed:
        if name in exogenous:
            continue
        block.append(Parameter(name, "~~", name, free=name not in ordered, value=1.0))
        if options.means:
            block.append(Parameter(name, "~1", "1", free=name not in ordered, value=0.0))
    block += [
        Parameter(a, "~~", b, free=False, exogenous=True) for a, b in combinations_with_replacement(exogenous, 2)
    ]
    if options.means:
        block += [Parameter(name, "~1", "1", free=False, exogenous=True) for name in exogenous]
    if table.conditional:
        # given covariates, their effects are no part of what the variables share
        block += [Parameter(name, "~", x) for x in exogenous for name in table.modelled]
    rows = [_in_group(row, g) for g in range(options.n_groups) for row in block]
    alone = Variables(variables.observed, (), exogenous, variables.ordered)
    plain = Options(
        options.n_groups, options.means, parametrisation=options.parametrisation, thresholds=options.thresholds
    )
    return ParTable(tuple(rows), alone, (), (), plain)


def _in_group(row: Parameter, group: int) -> Parameter:
    return replace(row, group=group)
