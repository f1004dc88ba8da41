"""The table of estimates with errors, tests, intervals and standardised values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.constraints import labelled
from akhlak_research.measure.cfa.expressions import Dual, evaluate, parse_expression
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.standardise import all_standardised

COLUMNS = ["lhs", "op", "rhs", "label", "group", "est", "se", "z", "pvalue", "ci_low", "ci_high", "std_all"]


def parameter_frame(fit: Fit, vcov: Floats, groups: tuple[Any, ...], level: float) -> pd.DataFrame:
    """One row per parameter and group, then what ``:=`` defines with errors by the delta method."""
    rows, free = fit.table.rows, np.array([row.free for row in fit.table.rows])
    se = np.full(len(rows), np.nan)
    variances = np.diag(vcov)
    # a parameter that equality constraints pin to a number varies by rounding only
    se[free] = np.sqrt(np.where(variances > 1e-20, variances, np.nan))
    frame = _tested(fit.values, se, level)
    frame["std_all"] = all_standardised(fit)
    head = pd.DataFrame(
        {
            "lhs": [r.lhs for r in rows], "op": [r.op for r in rows],
            "rhs": ["" if r.op == "~1" else r.rhs for r in rows],
            "label": [r.label for r in rows], "group": [groups[r.group] for r in rows],
        }
    )  # fmt: skip
    whole = pd.concat([head, frame], axis=1)
    if fit.table.definitions:
        whole = pd.concat([whole, _defined(fit, vcov, level)], ignore_index=True)
    return whole[COLUMNS]


def _tested(est: Floats, se: Floats, level: float) -> pd.DataFrame:
    z: Floats = est / se
    half = norm.ppf((1 + level) / 2) * se
    return pd.DataFrame(
        {"est": est, "se": se, "z": z, "pvalue": 2 * norm.sf(abs(z)), "ci_low": est - half, "ci_high": est + half}
    )


def _defined(fit: Fit, vcov: Floats, level: float) -> pd.DataFrame:
    known, standard = labelled(fit.table, fit.theta), _standard_labels(fit)
    q, by_name = len(fit.theta), dict(standard)
    rows: list[tuple[str, str, float, float, float]] = []
    for formula in fit.table.definitions:
        tree = parse_expression(formula.rhs)
        dual = evaluate(tree, known, q)
        known[formula.lhs] = dual
        by_name[formula.lhs] = evaluate(tree, by_name, q)
        error = float(np.sqrt(max(float(dual.gradient @ vcov @ dual.gradient), 0.0)))
        rows.append((formula.lhs, formula.rhs, dual.value, error if error > 0 else np.nan, by_name[formula.lhs].value))
    frame = _tested(np.array([r[2] for r in rows]), np.array([r[3] for r in rows]), level)
    frame["std_all"] = [r[4] for r in rows]
    names = [r[0] for r in rows]
    head = pd.DataFrame({"lhs": names, "op": ":=", "rhs": [r[1] for r in rows], "label": names, "group": None})
    return pd.concat([head, frame], axis=1)


def _standard_labels(fit: Fit) -> dict[str, Dual]:
    """Standardised value of every label; its first row counts."""
    zero = np.zeros(len(fit.theta))
    found: dict[str, Dual] = {}
    for row, value in zip(fit.table.rows, all_standardised(fit), strict=True):
        if row.label:
            found.setdefault(row.label, Dual(float(value), zero))
    return found
