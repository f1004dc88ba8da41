"""Observed statistics of each group, before any model: what is computed once and every model is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from akhlak_research.core.errors import DataError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import normal
from akhlak_research.measure.cfa.data import GroupRows, ModelData
from akhlak_research.measure.cfa.estimators import Estimator, Weight
from akhlak_research.measure.cfa.fiml_block import FimlBlock
from akhlak_research.measure.cfa.implied import Places, vech
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.normal_block import NormalBlock
from akhlak_research.measure.cfa.observed import Sample, sample_of
from akhlak_research.measure.cfa.patterns import Patterns, Saturated, patterns_of, saturate

#: smallest eigenvalue of a correlation matrix that still counts as positive definite
SINGULAR = 1e-10


class Observed(Protocol):
    """One group's statistics."""

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Mean (p,) and covariance (p, p), from which the search starts."""
        ...

    @property
    def thresholds(self) -> dict[str, float]:
        """Thresholds of ordered items by name of their row."""
        ...

    def block(self, places: Places, *, means: bool) -> Block:
        """The group's term of a loss."""
        ...


@dataclass(frozen=True, slots=True)
class Complete:
    """Complete rows of continuous variables."""

    sample: Sample
    weight: Weight = "normal"

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Mean and covariance."""
        return self.sample.mean, self.sample.cov

    @property
    def thresholds(self) -> dict[str, float]:
        """None."""
        return {}

    def block(self, places: Places, *, means: bool) -> Block:
        """Maximum likelihood, or least squares with the weight of the estimator."""
        sample, p = self.sample, len(self.sample.mean)
        if self.weight == "normal":
            return NormalBlock(places, sample, means)
        # least squares goes back to Wishart matrices: unbiased covariances
        cov = sample.cov * sample.n / (sample.n - 1)
        s = np.concatenate([*([sample.mean] if means else []), vech(cov)])
        found = normal.inverse(cov)
        assert found is not None
        own = normal.weight_matrix(found[0])[0 if means else p :, 0 if means else p :]
        gamma = np.asarray(np.linalg.inv(own))
        W: Floats = own if self.weight == "sample" else np.ones(len(s))
        return LeastSquaresBlock(places, sample.n, s, W, cov, sample.mean, means, None, gamma)


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Incomplete rows of continuous variables and the unrestricted estimates."""

    rows: Patterns
    saturated: Saturated

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Unrestricted mean and covariance."""
        return self.saturated.mean, self.saturated.cov

    @property
    def thresholds(self) -> dict[str, float]:
        """None."""
        return {}

    def block(self, places: Places, *, means: bool) -> Block:
        """Full-information maximum likelihood."""
        return FimlBlock(places, self.rows, self.saturated)


def observe(data: ModelData, estimator: Estimator, exogenous: tuple[str, ...] = ()) -> tuple[Observed, ...]:
    """Statistics of every group; refuses what no model could be fitted to."""
    found: list[Observed] = []
    for label, rows, n in zip(data.labels, data.groups, data.n_by_group, strict=True):
        said = "–" if label is None else str(label)
        check_rows(data.names, rows.values, len(rows.values) if data.sampling else n, said)
        if data.inputs.missing == "fiml":
            found.append(_incomplete(data, rows, said))
        else:
            found.append(_complete(data, rows, estimator, exogenous, said))
    return tuple(found)


def check_rows(names: Sequence[str], values: Floats, people: float, group: str) -> None:
    """Refuse variables without answers or without variation, and groups smaller than the matrix they must fill."""
    for name, column in zip(names, values.T, strict=True):
        seen = column[~np.isnan(column)]
        if len(seen) == 0:
            raise DataError("cfa_variable_missing", column=name, group=group)
        if (seen == seen[0]).all():
            raise DataError("cfa_constant", column=name, got=float(seen[0]), group=group)
    if people <= len(names):
        raise DataError("cfa_too_few_rows", got=people, expected=len(names) + 1, group=group)


def check_matrix(names: Sequence[str], cov: Floats, group: str) -> None:
    """Refuse a singular matrix; name the variables of its smallest eigenvector."""
    sd = np.sqrt(np.diag(cov))
    values, vectors = np.linalg.eigh(cov / np.outer(sd, sd))
    if values[0] <= SINGULAR:
        weight = np.abs(vectors[:, 0])
        involved = [name for name, w in zip(names, weight, strict=True) if w > 0.1 * weight.max()]
        raise DataError("cfa_singular", got=float(values[0]), items=involved, group=group)


def _complete(
    data: ModelData, rows: GroupRows, estimator: Estimator, exogenous: tuple[str, ...], group: str
) -> Complete:
    sample = sample_of(rows.values, rows.weights, sampling=data.sampling, clusters=rows.clusters)
    check_matrix(data.names, sample.cov, group)
    if estimator.errors == "robust-sem":
        # casewise rules find what is given by themselves; this one goes by the covariance of the moments
        sample = replace(sample, given=np.flatnonzero([name in exogenous for name in data.names]))
    return Complete(sample, estimator.weight)


def _incomplete(data: ModelData, rows: GroupRows, group: str) -> Incomplete:
    _check_pairs(data.names, rows.values, group)
    patterns = patterns_of(rows.values, rows.weights, sampling=data.sampling, clusters=rows.clusters)
    saturated = saturate(patterns)
    if saturated is None or not saturated.converged:
        raise DataError("cfa_saturated_failed", group=group, got=len(patterns.share))
    check_matrix(data.names, saturated.cov, group)
    return Incomplete(patterns, saturated)


def _check_pairs(names: Sequence[str], values: Floats, group: str) -> None:
    seen = (~np.isnan(values)).astype(np.float64)
    together = seen.T @ seen
    if (together == 0).any():
        first, second = np.argwhere(together == 0)[0]
        raise DataError("cfa_pair_missing", items=[names[first], names[second]], group=group)
