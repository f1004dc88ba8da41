"""Tables of score tests: modification indices of what is fixed, tests of the equalities there are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.partable import Parameter, ParTable
from akhlak_research.measure.cfa.score_tests import freeing, releasing
from akhlak_research.measure.cfa.standardise import in_deviations


def modification_frame(fit: Fit, groups: tuple[Any, ...]) -> pd.DataFrame:
    """``lhs op rhs group mi pvalue epc epc_std`` of every parameter that the model fixes, largest first."""
    extra = tuple(candidates(fit.table))
    found = freeing(fit, extra)
    frame = _frame(fit, extra, groups, found.change)
    frame.insert(4, "mi", found.statistic)
    frame.insert(5, "pvalue", chi2.sf(found.statistic, 1))
    return frame.dropna(subset="mi").sort_values("mi", ascending=False, kind="stable", ignore_index=True)


def equality_frame(fit: Fit, groups: tuple[Any, ...]) -> pd.DataFrame:
    """``lhs op rhs group label chisq pvalue epc epc_std`` of every row that a label ties to others."""
    places = _tied(fit.table)
    rows = tuple(fit.table.free[j] for j in places)
    directions = np.eye(len(fit.theta))[:, places]
    found = releasing(fit, directions)
    frame = _frame(fit, rows, groups, found.change)
    frame.insert(4, "label", [row.label.removeprefix(".") for row in rows])
    frame.insert(5, "chisq", found.statistic)
    frame.insert(6, "pvalue", chi2.sf(found.statistic, 1))
    return frame.dropna(subset="chisq").sort_values("chisq", ascending=False, kind="stable", ignore_index=True)


def _frame(fit: Fit, rows: tuple[Parameter, ...], groups: tuple[Any, ...], change: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lhs": [row.lhs for row in rows],
            "op": [row.op for row in rows],
            "rhs": ["" if row.op == "~1" else row.rhs for row in rows],
            "group": [groups[row.group] for row in rows],
            "epc": change,
            "epc_std": in_deviations(fit, rows, change),
        }
    )


def _tied(table: ParTable) -> list[int]:
    """Places in θ to set free one at a time: of two that share a label the second (the first says the same), of more
    every one."""
    by_label: dict[str, list[int]] = {}
    for j, row in enumerate(table.free):
        if row.label:
            by_label.setdefault(row.label, []).append(j)
    return [j for places in by_label.values() if len(places) > 1 for j in (places[1:] if len(places) == 2 else places)]


def candidates(table: ParTable) -> Iterator[Parameter]:
    """Rows that the model fixes or leaves out: cross-loadings, residual covariances, covariances of factors, fixed
    values. What only sets the scale of a factor has no index; it is dropped when that shows."""
    variables = table.variables
    there = {_key(row) for row in table.rows}
    inside = [name for name in variables.observed if name not in variables.exogenous]
    measured = {row.lhs for row in table.rows if row.op == "=~" and row.rhs in inside}
    first_order = [factor for factor in variables.latent if factor in measured]
    for group in range(table.options.n_groups):
        for row in table.rows:
            if row.group == group and not row.free and not row.exogenous and row.op in ("=~", "~~", "~", "~1"):
                own = row.op == "~~" and row.lhs == row.rhs and row.lhs in variables.ordered
                if row.value == row.value and not (own and table.options.parametrisation == "delta"):
                    yield row
        for factor in first_order:
            for item in inside:
                if (factor, "=~", item, group) not in there:
                    yield Parameter(factor, "=~", item, group, value=0.0)
        for a, b in combinations(inside, 2):
            if (*sorted((a, b)), "~~", group) not in there:
                yield Parameter(a, "~~", b, group, value=0.0)


def _key(row: Parameter) -> tuple[Any, ...]:
    return (*sorted((row.lhs, row.rhs)), "~~", row.group) if row.op == "~~" else (row.lhs, row.op, row.rhs, row.group)
