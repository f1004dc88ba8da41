"""A population whose structure is known, and samples from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import moments_of, places_of, system_of
from akhlak_research.measure.cfa.partable import Options, Parameter, ParTable, build, variables_of
from akhlak_research.measure.cfa.syntax import read_model


@dataclass(frozen=True, slots=True)
class Population:
    """Normal variables ``names`` with covariances ``sigma`` (p, p), cut at ``cuts`` into categories from 1 where there
    are any; ``truth`` says the value of every relation that is not zero."""

    names: tuple[str, ...]
    sigma: Floats
    truth: dict[tuple[str, str, str], float]
    cuts: tuple[float, ...] = ()

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """n people."""
        values = rng.standard_normal((n, len(self.names))) @ np.linalg.cholesky(self.sigma).T
        if self.cuts:
            values = np.digitize(values, self.cuts) + 1.0
        return pd.DataFrame(values, columns=list(self.names))

    def value(self, lhs: str, op: str, rhs: str) -> float:
        """The true value of a relation."""
        if op == "~~":
            lhs, rhs = sorted((lhs, rhs))
        if op == "|":
            return self.cuts[int(rhs[1:]) - 1]
        return self.truth.get((lhs, op, rhs), 0.0)


def population_of(model: str, loading: float, correlation: float, cuts: Sequence[float]) -> Population:
    """The population of a model string: numbers that it gives, else ``loading`` and ``correlation``; factors have unit
    variance, and residuals what is left of unit variance unless the string says otherwise."""
    read = read_model(model)
    variables = variables_of(read)
    table = build(read, variables, Options(std_lv=True))
    for row in table.rows:
        if row.op == "~" or (row.op == "=~" and row.rhs in variables.latent):
            raise MethodError("power_structure", got=row.name)
    rows = tuple(_valued(row, table, loading, correlation) for row in table.rows)
    _, sigma = _implied(table.with_rows(rows))
    at = {name: i for i, name in enumerate(variables.observed)}
    rest = {name: 1 - float(sigma[i, i]) for name, i in at.items()}
    rows = tuple(replace(row, value=rest[row.lhs]) if row.value != row.value else row for row in rows)
    small = [row.lhs for row in rows if row.op == "~~" and row.lhs == row.rhs and not row.value > 0]
    if small:
        raise ArgumentError("power_no_residual", got=small)
    _, sigma = _implied(table.with_rows(rows))
    if np.linalg.eigvalsh(sigma)[0] <= 1e-8:
        raise ArgumentError("power_not_positive", got=float(np.linalg.eigvalsh(sigma)[0]))
    if cuts and not np.allclose(np.diag(sigma), 1):
        raise ArgumentError("power_unit_variance", got=[n for n, i in at.items() if abs(sigma[i, i] - 1) > 1e-8])
    truth = {_key(row): row.value for row in rows}
    return Population(variables.observed, sigma, truth, tuple(map(float, cuts)))


def _valued(row: Parameter, table: ParTable, loading: float, correlation: float) -> Parameter:
    """A fixed row; residual variances that nobody gave are NaN until the rest is known."""
    if not row.free and row.user:
        return replace(row, exogenous=False)
    latent = table.variables.latent
    own = row.lhs == row.rhs
    if row.op == "=~":
        value = loading
    elif row.op == "~~" and row.lhs in latent:
        value = 1.0 if own else correlation if row.free else 0.0
    else:
        value = np.nan if own else 0.0
    return replace(row, free=False, value=value)


def _implied(table: ParTable) -> tuple[Floats, Floats]:
    known = table.with_rows(replace(row, value=0.0) if row.value != row.value else row for row in table.rows)
    return moments_of(system_of(places_of(known, 0), np.zeros(0)))


def _key(row: Parameter) -> tuple[str, str, str]:
    first, second = sorted((row.lhs, row.rhs)) if row.op == "~~" else (row.lhs, row.rhs)
    return first, row.op, second
