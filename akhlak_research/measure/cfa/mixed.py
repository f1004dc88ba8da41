"""Ordered beside continuous variables, and covariates that are given: the statistics of a group (Muthén 1984)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.data import GroupRows, ModelData
from akhlak_research.measure.cfa.estimators import Estimator
from akhlak_research.measure.cfa.implied import Ints, Places
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.material import check_matrix, check_rows
from akhlak_research.measure.cfa.observed import sample_of
from akhlak_research.measure.cfa.ordinal import weight_of
from akhlak_research.measure.cfa.partable import Variables
from akhlak_research.measure.cfa.response import Response
from akhlak_research.measure.polychoric.mixed_moments import MixedMoments, mixed_moments


@dataclass(frozen=True, slots=True)
class Mixed:
    """One group's statistics.

    Of the p observed variables ``inner`` are modelled and ``given`` are covariates; ``mean`` (p,) and ``cov`` (p, p)
    are those of all of them, latent responses among them. ``theta`` says which parametrisation; ``W`` is the weight.
    """

    sample: MixedMoments
    n: float
    theta: bool
    W: Floats
    known_gamma: Floats | None
    inner: Ints
    given: Ints
    mean: Floats
    cov: Floats

    @property
    def moments(self) -> tuple[Floats, Floats]:
        """Means and covariances."""
        return self.mean, self.cov

    @property
    def thresholds(self) -> dict[str, float]:
        """Thresholds by name of their row."""
        return dict(zip(self.sample.labels, self.sample.statistics.tolist(), strict=False))

    @property
    def response(self) -> Response:
        """Which statistic belongs to which variable."""
        codes = [len(own) for own in self.sample.categories]
        continuous = np.array([k == 0 for k in codes])
        item = np.repeat(self.inner, [max(k - 1, 1) for k in codes])
        of_threshold = np.repeat(~continuous, [max(k - 1, 1) for k in codes])
        threshold = np.where(of_threshold, np.cumsum(of_threshold) - 1, -1)
        return Response(self.theta, item, threshold, self.inner, self.inner[continuous], self.given)

    def block(self, places: Places, *, means: bool) -> Block:
        """Weighted least squares."""
        return LeastSquaresBlock(
            places, self.n, self.sample.statistics, self.W, self.sample.cov, self.mean, True, self.response,
            self.known_gamma,
        )  # fmt: skip


def observe_mixed(data: ModelData, variables: Variables, estimator: Estimator, *, theta: bool) -> tuple[Mixed, ...]:
    """Statistics of every group; refuses covariates that are constant or that follow from each other."""
    given = np.array([name in variables.exogenous for name in data.names])
    inner, outer = np.flatnonzero(~given), np.flatnonzero(given)
    found = []
    for label, rows, n in zip(data.labels, data.groups, data.n_by_group, strict=True):
        said = "–" if label is None else str(label)
        unordered = [i for i, name in enumerate(data.names) if name not in variables.ordered]
        people = len(rows.values) if data.sampling else n
        check_rows([data.names[i] for i in unordered], rows.values[:, unordered], people, said)
        found.append(_observe(data, rows, n, variables, estimator, inner, outer, said, theta=theta))
    return tuple(found)


def _observe(
    data: ModelData, rows: GroupRows, n: float, variables: Variables, estimator: Estimator, inner: Ints, outer: Ints,
    group: str, *, theta: bool,
) -> Mixed:  # fmt: skip
    names = data.names
    x = rows.values[:, outer]
    covariates = [names[i] for i in outer]
    known = sample_of(x, rows.weights, sampling=data.sampling)
    if len(outer):
        check_matrix(covariates, known.cov, group)
    # what is given is described without bias, as in lavaan, which leaves sampling weights out of that
    given = known.cov if data.sampling else known.cov * known.n / (known.n - 1)
    sample = mixed_moments(
        rows.values[:, inner], [names[i] for i in inner], variables.ordered, x, covariates, weights=rows.weights,
        weighting=data.inputs.weighting, clusters=rows.clusters,
    )  # fmt: skip
    robust = estimator.errors == "robust-sem"
    mean, cov = np.zeros(len(names)), np.zeros((len(names), len(names)))
    continuous = [len(codes) == 0 for codes in sample.categories]
    intercepts = np.array([own[0] if c else 0.0 for own, c in zip(sample.locations, continuous, strict=True)])
    mean[inner], mean[outer] = intercepts + sample.slopes @ known.mean, known.mean
    cov[np.ix_(outer, outer)] = given
    cov[np.ix_(inner, outer)] = sample.slopes @ given
    cov[np.ix_(outer, inner)] = cov[np.ix_(inner, outer)].T
    cov[np.ix_(inner, inner)] = sample.cov + sample.slopes @ given @ sample.slopes.T
    mean[inner[np.logical_not(continuous)]] = 0.0
    return Mixed(
        sample, n, theta, weight_of(sample, estimator), sample.gamma if robust else None, inner, outer, mean, cov
    )
