"""What must be refused, and what the reader must know, of a fit."""

from __future__ import annotations

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Notice
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.data import ModelData
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.inference import Covariance, free_directions, information_of
from akhlak_research.measure.cfa.standardise import all_standardised
from akhlak_research.measure.cfa.tests import degrees_of_freedom

#: eigenvalues of a correlation matrix at or below this count as not positive
_FLAT = 1e-8
#: parameters whose part in an unidentified direction is below this share of the largest are not named
_PART = 0.1


def refuse_unfit(fit: Fit) -> None:
    """Refuse a model with more parameters than statistics, one that is not identified, or a search that failed.

    Raises
    ------
    MethodError
        ``cfa_too_many_parameters``, ``cfa_not_identified`` (names the parameters), ``cfa_not_converged``.
    """
    df = degrees_of_freedom(fit)
    if df < 0:
        raise MethodError("cfa_too_many_parameters", got=fit.reparam.n_free, expected=fit.reparam.n_free + df)
    loose = free_directions(fit, information_of(fit, observed=False))
    if loose.shape[1]:
        raise MethodError("cfa_not_identified", got=loose.shape[1], parameters=_involved(fit, loose))
    if not fit.optimum.converged:
        raise MethodError("cfa_not_converged", got=fit.optimum.iterations, gradient=f"{fit.optimum.gradient:.2g}")


def refuse_saddle(fit: Fit) -> None:
    """Refuse a point where the exact Hessian is not positive definite: the likelihood is not at a maximum there."""
    loose = free_directions(fit, information_of(fit, observed=True))
    if loose.shape[1]:
        raise MethodError("cfa_not_maximum", parameters=_involved(fit, loose))


def _involved(fit: Fit, directions: Floats) -> list[str]:
    weight = np.abs(directions).max(axis=1)
    several = len(fit.blocks) > 1
    names = [row.name + (f" (group {row.group + 1})" if several else "") for row in fit.table.free]
    return [name for name, w in zip(names, weight, strict=True) if w > _PART * weight.max()]


def fit_notices(fit: Fit, data: ModelData, covariance: Covariance, *, scaled: bool) -> tuple[Notice, ...]:
    """Improper estimates, matrices that are not positive definite, samples that are too small."""
    found = [*_improper(fit), *_matrices(fit, data)]
    smallest = min(data.n_by_group)
    if fit.people < fit.reparam.n_free:
        found.append(Notice("cfa_n_below_parameters", "warning", {"n": fit.people, "parameters": fit.reparam.n_free}))
    elif fit.table.variables.ordered and smallest < _statistics(fit):
        found.append(Notice("cfa_n_below_statistics", "caution", {"n": smallest, "statistics": _statistics(fit)}))
    if fit.table.variables.ordered:
        found.append(Notice("cfa_unscaled_no_pvalue", "info" if scaled else "warning"))
    if degrees_of_freedom(fit) == 0:
        found.append(Notice("cfa_saturated", "caution"))
    if data.n_without_group:
        found.append(Notice("cfa_group_missing", "caution", {"n": data.n_without_group}))
    if (np.diag(covariance.vcov) < -1e-12).any():
        found.append(Notice("cfa_negative_error_variance", "warning"))
    return tuple(found)


def _statistics(fit: Fit) -> int:
    return max(len(block.statistics()) for block in fit.blocks)


def _improper(fit: Fit) -> list[Notice]:
    """Heywood cases: negative variances, standardised loadings of single-factor items beyond 1."""
    several, negative, large = len(fit.blocks) > 1, [], []
    shares = all_standardised(fit)
    for row, value, standard in zip(fit.table.rows, fit.values, shares, strict=True):
        name = row.name + (f" (group {row.group + 1})" if several else "")
        if row.op == "~~" and row.lhs == row.rhs and value < 0:
            negative.append(name)
        if row.op == "=~" and abs(standard) > 1 + 1e-8 and row.rhs in fit.table.variables.observed:
            alone = sum(r.op == "=~" and r.rhs == row.rhs and r.group == row.group for r in fit.table.rows) == 1
            if alone:
                large.append(name)
    found = [Notice("cfa_heywood", "warning", {"parameters": negative})] if negative else []
    return found + ([Notice("cfa_loading_above_one", "warning", {"parameters": large})] if large else [])


def _matrices(fit: Fit, data: ModelData) -> list[Notice]:
    found = []
    p = len(fit.table.variables.observed)
    for g, block in enumerate(fit.blocks):
        group = "–" if data.labels[g] is None else str(data.labels[g])
        latent = fit.system(g).covariance[p:, p:]
        if len(latent) and _smallest(latent) <= _FLAT:
            found.append(Notice("cfa_latent_not_positive", "warning", {"group": group, "value": _smallest(latent)}))
        if _smallest(block.implied(fit.theta)) <= _FLAT:
            value = _smallest(block.implied(fit.theta))
            found.append(Notice("cfa_implied_not_positive", "warning", {"group": group, "value": value}))
        if fit.table.variables.ordered and _smallest(block.observed()) <= _FLAT:
            value = _smallest(block.observed())
            found.append(Notice("cfa_polychoric_not_positive", "warning", {"group": group, "value": value}))
    return found


def _smallest(matrix: Floats) -> float:
    """Smallest eigenvalue, of the correlations where all variances are positive."""
    diagonal = np.diag(matrix)
    if (diagonal > 0).all():
        matrix = matrix / np.sqrt(np.outer(diagonal, diagonal))
    return float(np.linalg.eigvalsh(matrix)[0])
