"""Ordered items: thresholds, polychoric correlations and their Γ as the statistics of a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import DataError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.data import GroupRows, ModelData
from akhlak_research.measure.cfa.estimators import Estimator
from akhlak_research.measure.cfa.implied import Places
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.response import Response
from akhlak_research.measure.polychoric.mixed_moments import MixedMoments
from akhlak_research.measure.polychoric.ordinal_moments import OrdinalMoments, ordinal_moments

#: codes within this distance are counted, others sorted
_NEAR = 1000


@dataclass(frozen=True, slots=True)
class Ordinal:
    """One group's ordered items; ``theta`` says which parametrisation, ``W`` (s,) the diagonal weight."""

    sample: OrdinalMoments
    n: float
    theta: bool
    W: Floats
    known_gamma: Floats | None

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Zero means and the correlations of the latent responses."""
        return np.zeros(len(self.sample.names)), self.sample.correlation

    @property
    def thresholds(self) -> dict[str, float]:
        """Thresholds by name of their row."""
        return dict(zip(self.sample.labels, self.sample.statistics.tolist(), strict=False))

    def block(self, places: Places, *, means: bool) -> Block:
        """Weighted least squares."""
        every = np.arange(len(self.sample.names))
        item = np.repeat(every, [len(tau) for tau in self.sample.thresholds])
        response = Response(self.theta, item, np.arange(len(item)), every)
        sample = self.sample
        return LeastSquaresBlock(
            places, self.n, sample.statistics, self.W, sample.correlation, np.zeros(places.p), True, response,
            self.known_gamma,
        )  # fmt: skip


def category_counts(data: ModelData, ordered: tuple[str, ...]) -> dict[str, int]:
    """Thresholds of each ordered item; refuses categories that a group does not use, for then its thresholds do not
    exist."""
    found = {}
    for name in ordered:
        i = data.names.index(name)
        used = [_codes(g.values[:, i]) for g in data.groups]
        every = np.unique(np.concatenate(used))
        for label, codes in zip(data.labels, used, strict=True):
            empty = np.setdiff1d(every, codes)
            if len(codes) == 0:
                raise DataError("cfa_variable_missing", column=name, group=_said(label))
            if len(codes) == 1:
                raise DataError("cfa_constant", column=name, got=float(codes[0]), group=_said(label))
            if len(empty):
                raise DataError("cfa_category_empty", column=name, group=_said(label), got=empty.tolist())
        found[name] = len(every) - 1
    return found


def _codes(column: Floats) -> Floats:
    """The codes in use, ascending; quick where they are whole numbers near each other."""
    there = column[~np.isnan(column)]
    low = there.min(initial=0.0)
    steps = there - low
    places = steps.astype(np.intp)
    if len(there) and steps.max() < _NEAR and (places == steps).all():
        return np.asarray(low + np.flatnonzero(np.bincount(places)), dtype=np.float64)
    return np.unique(there)


def _said(label: object) -> str:
    return "–" if label is None else str(label)


def observe_ordinal(data: ModelData, estimator: Estimator, *, theta: bool) -> tuple[Ordinal, ...]:
    """Statistics of every group."""
    robust = estimator.errors == "robust-sem"
    found = []
    for rows, n in zip(data.groups, data.n_by_group, strict=True):
        sample = _moments(data, rows)
        gamma = sample.gamma if robust else None
        found.append(Ordinal(sample, n, theta, weight_of(sample, estimator), gamma))
    return tuple(found)


def weight_of(sample: OrdinalMoments | MixedMoments, estimator: Estimator) -> Floats:
    """The weight of the statistics: the identity, 1/diag Γ, or Γ⁻¹."""
    if estimator.weight == "identity":
        return np.ones(len(sample.statistics))
    if estimator.weight == "full":
        return np.asarray(np.linalg.inv(sample.gamma))
    return np.asarray(1 / sample.gamma_diagonal)


def _moments(data: ModelData, rows: GroupRows) -> OrdinalMoments:
    return ordinal_moments(
        rows.values, data.names, weights=rows.weights, weighting=data.inputs.weighting, missing=data.inputs.missing,
        clusters=rows.clusters,
    )  # fmt: skip
