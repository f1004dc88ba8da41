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
from akhlak_research.measure.cfa.standardise import all_standardised, standardised_jacobian

COLUMNS = [
    "lhs", "op", "rhs", "label", "group", "est", "se", "z", "pvalue", "ci_low", "ci_high", "std_all", "std_se",
    "std_ci_low", "std_ci_high",
]  # fmt: skip
#: below this a variance of an estimate is rounding: constraints or the standardisation pin it to a number
_PINNED = 1e-20


def parameter_frame(fit: Fit, vcov: Floats, groups: tuple[Any, ...], level: float) -> pd.DataFrame:
    """One row per parameter and group, then what ``:=`` defines; errors of defined and standardised values are by the
    delta method."""
    rows, free = fit.table.rows, np.array([row.free for row in fit.table.rows])
    se = np.full(len(rows), np.nan)
    se[free] = _errors(np.diag(vcov))
    frame = _tested(fit.values, se, level)
    standard, slopes = all_standardised(fit), standardised_jacobian(fit)
    frame = frame.join(_standardised(standard, slopes, vcov, level))
    head = pd.DataFrame(
        {
            "lhs": [r.lhs for r in rows], "op": [r.op for r in rows],
            "rhs": ["" if r.op == "~1" else r.rhs for r in rows],
            "label": [r.label for r in rows], "group": [groups[r.group] for r in rows],
        }
    )  # fmt: skip
    whole = pd.concat([head, frame], axis=1)
    if fit.table.definitions:
        labels = _standard_labels(fit, standard, slopes)
        whole = pd.concat([whole, _defined(fit, vcov, level, labels)], ignore_index=True)
    return whole[COLUMNS]


def _tested(est: Floats, se: Floats, level: float) -> pd.DataFrame:
    z: Floats = est / se
    half = norm.ppf((1 + level) / 2) * se
    return pd.DataFrame(
        {"est": est, "se": se, "z": z, "pvalue": 2 * norm.sf(abs(z)), "ci_low": est - half, "ci_high": est + half}
    )


def _errors(variances: Floats) -> Floats:
    return np.asarray(np.sqrt(np.where(variances > _PINNED, variances, np.nan)))


def _standardised(values: Floats, slopes: Floats, vcov: Floats, level: float) -> pd.DataFrame:
    """Standardised ``values`` (k,) with errors and intervals; ``slopes`` (k, q) are their derivatives by θ."""
    error = _errors(((slopes @ vcov) * slopes).sum(axis=1))
    half = norm.ppf((1 + level) / 2) * error
    return pd.DataFrame({"std_all": values, "std_se": error, "std_ci_low": values - half, "std_ci_high": values + half})


def _defined(fit: Fit, vcov: Floats, level: float, labels: dict[str, Dual]) -> pd.DataFrame:
    known = labelled(fit.table, fit.theta)
    q, by_name = len(fit.theta), dict(labels)
    rows: list[tuple[str, str, Dual]] = []
    for formula in fit.table.definitions:
        tree = parse_expression(formula.rhs)
        dual = evaluate(tree, known, q)
        known[formula.lhs] = dual
        by_name[formula.lhs] = evaluate(tree, by_name, q)
        rows.append((formula.lhs, formula.rhs, dual))
    slopes = np.stack([r[2].gradient for r in rows])
    frame = _tested(np.array([r[2].value for r in rows]), _errors(((slopes @ vcov) * slopes).sum(axis=1)), level)
    standard = [by_name[r[0]] for r in rows]
    slopes = np.stack([dual.gradient for dual in standard])
    frame = frame.join(_standardised(np.array([dual.value for dual in standard]), slopes, vcov, level))
    names = [r[0] for r in rows]
    head = pd.DataFrame({"lhs": names, "op": ":=", "rhs": [r[1] for r in rows], "label": names, "group": None})
    return pd.concat([head, frame], axis=1)


def _standard_labels(fit: Fit, standard: Floats, slopes: Floats) -> dict[str, Dual]:
    """Standardised value of every label; its first row counts."""
    found: dict[str, Dual] = {}
    for row, value, slope in zip(fit.table.rows, standard, slopes, strict=True):
        if row.label:
            found.setdefault(row.label, Dual(float(value), slope))
    return found
