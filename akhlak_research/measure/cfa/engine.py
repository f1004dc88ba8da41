"""From a model string and rows to a fit: table → observed statistics → blocks → optimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.constraints import reparametrise
from akhlak_research.measure.cfa.data import ModelData
from akhlak_research.measure.cfa.estimators import Estimator
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import places_of
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.normal_block import NormalBlock
from akhlak_research.measure.cfa.observed import Sample, cross_products, sample_of
from akhlak_research.measure.cfa.optimise import minimise
from akhlak_research.measure.cfa.partable import ParTable
from akhlak_research.measure.cfa.start import starting_theta, with_exogenous

#: smallest eigenvalue of a correlation matrix that still counts as positive definite
_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True)
class Material:
    """Observed statistics of every group, before any model: ``samples`` of complete rows."""

    samples: tuple[Sample, ...]
    products: tuple[Floats | None, ...]
    labels: tuple[object, ...]

    @property
    def moments(self) -> tuple[tuple[Floats, Floats], ...]:
        """Mean and covariance of each group."""
        return tuple((s.mean, s.cov) for s in self.samples)


def observe(data: ModelData, estimator: Estimator) -> Material:
    """Sample statistics of continuous variables; refuses what no model could be fitted to."""
    robust = estimator.errors != "standard" or estimator.test not in ("standard", "browne-residual")
    samples, products = [], []
    for label, rows in zip(data.labels, data.groups, strict=True):
        _check_rows(data.names, rows.values, label)
        sample = sample_of(rows.values, rows.weights, sampling=data.sampling, clusters=rows.clusters)
        _check_matrix(data.names, sample, label)
        samples.append(sample)
        products.append(cross_products(sample) if robust else None)
    return Material(tuple(samples), tuple(products), data.labels)


def _check_rows(names: Sequence[str], values: Floats, label: object) -> None:
    p = len(names)
    for name, column in zip(names, values.T, strict=True):
        seen = column[~np.isnan(column)]
        if len(seen) == 0:
            raise DataError("cfa_variable_missing", column=name, group=_said(label))
        if (seen == seen[0]).all():
            raise DataError("cfa_constant", column=name, got=float(seen[0]), group=_said(label))
    if len(values) <= p:
        raise DataError("cfa_too_few_rows", got=len(values), expected=p + 1, group=_said(label))


def _said(label: object) -> str:
    return "–" if label is None else str(label)


def _check_matrix(names: Sequence[str], sample: Sample, label: object) -> None:
    sd = np.sqrt(np.diag(sample.cov))
    values, vectors = np.linalg.eigh(sample.cov / np.outer(sd, sd))
    if values[0] <= _SINGULAR:
        weight = np.abs(vectors[:, 0])
        involved = [name for name, w in zip(names, weight, strict=True) if w > 0.1 * weight.max()]
        raise DataError("cfa_singular", got=float(values[0]), items=involved, group=_said(label))


def fit_table(table: ParTable, material: Material, estimator: Estimator, *, means: bool) -> Fit:
    """Estimate the free rows of a table."""
    table = with_exogenous(table, material.moments)
    reparam = reparametrise(table)
    blocks = _blocks(table, material, estimator, means)
    start = reparam.x(starting_theta(table, material.moments))
    optimum = minimise(blocks, reparam, start)
    if not np.isfinite(optimum.value):
        raise MethodError("cfa_no_start", got=len(table.free))
    return Fit(table, reparam, blocks, optimum)


def _blocks(table: ParTable, material: Material, estimator: Estimator, means: bool) -> tuple[Block, ...]:
    return tuple(
        NormalBlock(places_of(table, g), sample, means, material.products[g])
        for g, sample in enumerate(material.samples)
    )
