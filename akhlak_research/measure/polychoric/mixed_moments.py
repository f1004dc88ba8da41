"""Statistics of ordered beside continuous variables, given covariates, and their joint asymptotic covariance.

Three stages (Muthén 1984; lavaan's ``muthen1984``): regressions of each variable, correlations of each pair's
residuals, then Γ from products of casewise scores z,

    Γ = n B⁻¹ (Σ z z′) B⁻ᵀ,

B block triangular: products of scores within each variable, within each pair, and of a pair's score with its
variables'. Order and scale are those of lavaan's NACOV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsyrk

from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.counts.rows import Weighting
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.latent_pairs import AT_BOUND, PairScores, correlate, scores
from akhlak_research.measure.polychoric.margins import Margin, linear_margin, probit_margin
from akhlak_research.measure.polychoric.ordinal_moments import positions_of


@dataclass(frozen=True)
class MixedMoments:
    """Sample statistics of p variables given k covariates.

    Attributes
    ----------
    names : tuple of p str
    covariates : tuple of k str
    categories : tuple of arrays
        Codes of each ordered variable, ascending; empty for a continuous one.
    locations : tuple of arrays
        Thresholds of each ordered variable, the intercept of a continuous one.
    slopes : (p, k)
    cov : (p, p)
        Residual covariances; 1 on the diagonal for ordered variables.
    n : int
    statistics : (s,)
        Thresholds and, with their sign turned, intercepts, variable by variable; slopes, covariate by covariate;
        variances of continuous variables; covariances below the diagonal, column by column.
    gamma : (s, s)
        n times their sampling covariance.
    """

    names: tuple[str, ...]
    covariates: tuple[str, ...]
    categories: tuple[Floats, ...]
    locations: tuple[Floats, ...]
    slopes: Floats
    cov: Floats
    n: int
    statistics: Floats
    gamma: Floats

    @property
    def gamma_diagonal(self) -> Floats:
        """(s,)."""
        return np.diag(self.gamma).copy()

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the thresholds and intercepts, in their order."""
        found: list[str] = []
        for name, codes, own in zip(self.names, self.categories, self.locations, strict=True):
            found += [f"{name}|t{c + 1}" for c in range(len(own))] if len(codes) else [f"{name}~1"]
        return tuple(found)


def mixed_moments(
    values: Floats,
    names: Sequence[str],
    ordered: Sequence[str],
    covariates: Floats,
    covariate_names: Sequence[str] = (),
    *,
    weights: Floats | None = None,
    weighting: Weighting = "none",
    clusters: NDArray[np.intp] | None = None,
) -> MixedMoments:
    """Sample statistics of one group.

    Parameters
    ----------
    values : (n, p)
        NaN where missing; every margin and pair uses the answers it has.
    names : sequence of p str
    ordered : sequence of str
        Which are ordered categories.
    covariates : (n, k)
        Without missing values and of full rank.
    weights, weighting, clusters
        As in ``ordinal_moments``.

    Raises
    ------
    MethodError
        ``perfect_association``, ``flat_association``, ``cfa_probit_separated``.
    DataError
        ``no_pair``, ``not_categorical``, ``too_few_clusters``.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(500, 1))
    >>> y = x + rng.normal(size=(500, 3))
    >>> y[:, 0] = np.digitize(y[:, 0], [-1, 0, 1])
    >>> found = mixed_moments(y, ["a", "b", "c"], ["a"], x, ["x"])
    >>> found.gamma.shape, found.labels
    ((13, 13), ('a|t1', 'a|t2', 'a|t3', 'b~1', 'c~1'))
    """
    n = len(values)
    w = np.ones(n) if weights is None or weighting == "none" else np.asarray(weights, dtype=np.float64)
    if weighting == "sampling":
        w = w * (n / w.sum())
    there = ~np.isnan(values)
    _check_pairs(there, names)
    margins, categories = [], []
    for i, name in enumerate(names):
        if name in ordered:
            place, codes = positions_of(values[:, i : i + 1], [name])
            known = np.where(there[:, i], place[0], 0).astype(np.intp)
            margins.append(probit_margin(known, covariates, w * there[:, i], name))
            categories.append(codes[0])
        else:
            margins.append(linear_margin(values[:, i], covariates, w * there[:, i]))
            categories.append(np.zeros(0))
    times = np.sqrt(w) if weighting == "frequency" and clusters is None else w
    found = _Statistics(tuple(names), margins, covariates, w, times, clusters)
    people = n if weighting != "frequency" else round(float(w.sum()))
    few = 1.0
    if clusters is not None:
        groups = int(clusters.max()) + 1
        if groups < 2:
            raise DataError("too_few_clusters", got=groups, expected=2)
        few = groups / (groups - 1)
    return MixedMoments(
        tuple(names), tuple(covariate_names), tuple(categories), tuple(m.location for m in margins),
        np.stack([m.slopes for m in margins]), found.cov, people, found.statistics, people * few * found.acov(),
    )  # fmt: skip


def _check_pairs(there: NDArray[np.bool_], names: Sequence[str]) -> None:
    together = there.T.astype(np.float64) @ there
    if (together < 2).any():
        i, j = np.argwhere(together < 2)[0].tolist()
        raise DataError("no_pair", column=names[i], got=int(together[i, j]), other=names[j])


class _Statistics:
    """Correlations, casewise scores and B of p margins."""

    def __init__(
        self, names: tuple[str, ...], margins: list[Margin], x: Floats, w: Floats, times: Floats,
        clusters: NDArray[np.intp] | None,
    ) -> None:  # fmt: skip
        self.margins, self.x, self.w, self.times, self.clusters = margins, x, w, times, clusters
        p, k = len(margins), x.shape[1]
        self.pairs = np.triu_indices(p, 1)
        self.sd = np.sqrt([m.variance for m in margins])
        self.numeric = np.flatnonzero([m.place is None for m in margins])
        sizes = [len(m.location) for m in margins]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        t = int(starts[-1])
        # where each margin's parameters stand among the statistics
        self.at = [
            np.concatenate([
                np.arange(starts[i], starts[i + 1]), t + i + p * np.arange(k),
                t + p * k + np.flatnonzero(self.numeric == i),
            ]).astype(np.intp)
            for i in range(p)
        ]  # fmt: skip
        self.first = t + p * k + len(self.numeric)
        self.size = self.first + len(self.pairs[0])
        self.patterns = _Patterns(margins, x)
        self.Z = np.zeros((len(w), self.size), order="F")
        self.B = np.zeros((self.size, self.size))
        for margin, at in zip(margins, self.at, strict=True):
            own = margin.scores(x)
            self.Z[:, at] = own
            self.B[np.ix_(at, at)] = (own * margin.weight[:, None]).T @ own
        self.rho = np.array([self._pair(r, names) for r in range(len(self.pairs[0]))])
        R = np.eye(p)
        R[self.pairs] = R[self.pairs[::-1]] = self.rho
        self.cov = R * np.outer(self.sd, self.sd)

    def _pair(self, r: int, names: tuple[str, ...]) -> float:
        i, j = self.pairs[0][r], self.pairs[1][r]
        both = self.w * (self.margins[i].weight > 0) * (self.margins[j].weight > 0)
        first, second, x, weight, back = self.patterns.collapse(i, j, both)
        rho, cells = correlate(first, second, weight)
        if abs(rho) > AT_BOUND:
            raise MethodError("perfect_association", pairs=(f"{names[i]} × {names[j]}",))
        found: PairScores = scores(first, second, rho, cells)
        turned = weight * found.rho
        row = self.first + r
        self.B[row, row] = turned @ found.rho
        if not self.B[row, row] > 0 or not np.isfinite(found.rho).all():
            raise MethodError("flat_association", pairs=(f"{names[i]} × {names[j]}",))
        for margin, (by_low, by_high), which in ((first, found.first, i), (second, found.second, j)):
            self.B[row, self.at[which]] = margin.gather(turned * by_low, turned * by_high, x)
        own = found.rho if back is None else found.rho[back]
        self.Z[:, row] = np.where(both > 0, own, 0.0)
        return rho

    @property
    def statistics(self) -> Floats:
        """(s,) in the order that ``MixedMoments`` tells."""
        locations = [-m.location if m.place is None else m.location for m in self.margins]
        slopes = np.stack([m.slopes for m in self.margins])
        return np.concatenate(
            [*locations, slopes.T.ravel(), self.sd[self.numeric] ** 2, self.cov[self.pairs]]
        )

    def acov(self) -> Floats:
        """(s, s) sampling covariance of the statistics."""
        z = self.Z
        z *= self.times[:, None]
        if self.clusters is not None:
            order = np.argsort(self.clusters, kind="stable")
            starts = np.flatnonzero(np.diff(self.clusters[order], prepend=-1))
            z = np.asfortranarray(np.add.reduceat(z[order], starts, axis=0))
        inner = dsyrk(1.0, z, trans=1)
        inner = np.triu(inner) + np.triu(inner, 1).T
        turned = self._jacobian() @ np.linalg.inv(self.B)
        found = turned @ inner @ turned.T
        return np.asarray((found + found.T) / 2)

    def _jacobian(self) -> Floats:
        """(s, s) from intercepts and correlations to what is modelled: −μ and covariances."""
        H = np.eye(self.size)
        i, j = self.pairs
        row = self.first + np.arange(len(i))
        H[row, row] = self.sd[i] * self.sd[j]
        for own, other in ((i, j), (j, i)):
            for place, variable in enumerate(self.numeric):
                mine = own == variable
                at = self.first - len(self.numeric) + place
                H[row[mine], at] = self.rho[mine] * self.sd[other[mine]] / (2 * self.sd[variable])
        for variable in self.numeric:
            at = self.at[variable][0]
            H[at, at] = -1.0
        return H


class _Patterns:
    """Rows whose covariates agree share their limits: pairs of ordered variables then need one row per cell."""

    def __init__(self, margins: list[Margin], x: Floats) -> None:
        self.margins, self.x = margins, x
        found, index = (x[:1], np.zeros(len(x), dtype=np.intp)) if x.shape[1] == 0 else _unique(x)
        self.found, self.index = found, index.reshape(-1)

    def collapse(
        self, i: int, j: int, weight: Floats
    ) -> tuple[Margin, Margin, Floats, Floats, NDArray[np.intp] | None]:
        """Both margins, the covariates and the weights by cell, and the cell of each row; all rows where cells would
        not be far fewer, or where a variable is continuous."""
        first, second = self.margins[i], self.margins[j]
        if first.place is None or second.place is None:
            return first, second, self.x, weight, None
        m, k = len(first.location) + 1, len(second.location) + 1
        size = len(self.found) * m * k
        if 2 * size > len(weight):
            return first, second, self.x, weight, None
        key = (self.index * m + first.place) * k + second.place
        counts = np.asarray(np.bincount(key, weight, size), dtype=np.float64)
        row = np.zeros(size, dtype=np.intp)
        row[key] = np.arange(len(key))
        used = np.flatnonzero(np.bincount(key, minlength=size))
        back = np.zeros(size, dtype=np.intp)
        back[used] = np.arange(len(used))
        row = row[used]
        return _rows(first, row), _rows(second, row), self.x[row], counts[used], back[key]


def _unique(x: Floats) -> tuple[Floats, NDArray[np.intp]]:
    found, index = np.unique(x, axis=0, return_inverse=True)
    return found, index


def _rows(margin: Margin, row: NDArray[np.intp]) -> Margin:
    place = None if margin.place is None else margin.place[row]
    return Margin(
        margin.weight[row], place, margin.location, margin.slopes, margin.variance, margin.low[row], margin.high[row]
    )
