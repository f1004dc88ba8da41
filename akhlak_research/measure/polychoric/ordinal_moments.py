"""Thresholds, polychoric correlations and their joint asymptotic covariance: the sample statistics of an ordinal model.

What weighted least squares (WLSMV and its kin) need of one group of people: Muthén (1984), Muthén, du Toit & Spisic
(1997). The order of statistics and the scale of ``gamma`` are those of lavaan's NACOV.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.counts.kernels import pair_tables as joint_tables
from akhlak_research.counts.rows import Weighting
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.casewise import Influences, cross_products, squares, sum_of_squares
from akhlak_research.measure.polychoric.influence import correlation_influence, threshold_influence
from akhlak_research.measure.polychoric.pair_tables import check_tables
from akhlak_research.measure.polychoric.two_step import maximise, thresholds

#: codes further apart than this are measurements, not categories
_WIDEST = 1000


@dataclass(frozen=True)
class OrdinalMoments:
    """Sample statistics of p ordered items and how surely they are known.

    Attributes
    ----------
    names : tuple of str
    categories : tuple of arrays
        Codes that each item's answers use, ascending.
    thresholds : tuple of arrays
        τ of each item, one fewer than its categories.
    correlation : (p, p)
        Polychoric correlations.
    n : int
        People used: complete rows (listwise) or rows with an answer (pairwise); frequencies counted.
    n_rows : int
        People who came in.
    n_pair : (p, p) int
        People behind each correlation.
    n_clusters : int or None

    Notes
    -----
    ``gamma`` and ``gamma_diagonal`` are computed on first use and kept.
    """

    names: tuple[str, ...]
    categories: tuple[Floats, ...]
    thresholds: tuple[Floats, ...]
    correlation: Floats
    n: int
    n_rows: int
    n_pair: NDArray[np.int64]
    n_clusters: int | None
    _influences: Influences = field(repr=False)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names of the statistics in their order, as lavaan writes them: ``"A1|t1"``, …, ``"A1~~A2"``, …"""
        of_tau = [
            f"{name}|t{c + 1}" for name, tau in zip(self.names, self.thresholds, strict=True) for c in range(len(tau))
        ]
        p = len(self.names)
        return (*of_tau, *(f"{self.names[i]}~~{self.names[j]}" for i in range(p) for j in range(i + 1, p)))

    @cached_property
    def statistics(self) -> Floats:
        """(s,) all thresholds, item by item; then correlations (2,1), (3,1), …, (p,1), (3,2), …"""
        rho = self.correlation[np.triu_indices(len(self.names), 1)]
        return np.concatenate([*self.thresholds, rho])

    @cached_property
    def gamma(self) -> Floats:
        """(s, s) n times the sampling covariance of ``statistics``."""
        return self._scale * cross_products(self._influences)

    @cached_property
    def gamma_diagonal(self) -> Floats:
        """(s,) the diagonal of ``gamma``, at the cost of reading the rows once."""
        if "gamma" in self.__dict__:
            return np.diag(self.gamma).copy()
        return self._scale * squares(self._influences)

    def standard_error(self, gradient: Floats) -> float:
        """Standard error of a function of ``statistics`` with this gradient (s,), by the delta method."""
        total = sum_of_squares(self._influences, gradient)
        n, g = self.n, self.n_clusters
        return float(np.sqrt(total * (n / (n - 1) if g is None else g / (g - 1))))

    @property
    def _scale(self) -> float:
        few = 1.0 if self.n_clusters is None else self.n_clusters / (self.n_clusters - 1)
        return self.n * few


def ordinal_moments(
    codes: ArrayLike,
    names: Sequence[str],
    *,
    weights: ArrayLike | None = None,
    weighting: Weighting = "none",
    missing: str = "listwise",
    clusters: ArrayLike | None = None,
    correct: float = 0.0,
) -> OrdinalMoments:
    """Sample statistics of one group.

    Parameters
    ----------
    codes : (n, p)
        Whole-number codes, NaN where missing. Items may differ in their categories.
    names : sequence of p str
    weights : (n,), optional
        Positive; frequencies or sampling weights, as ``weighting`` says.
    weighting : {"none", "frequency", "sampling"}
        Frequency k is k people. Sampling weights: weighted likelihoods, and a sandwich in which a row counts w²; their
        scale does not matter.
    missing : {"listwise", "pairwise"}
        Pairwise: thresholds from each item's own answers, correlations from each pair's; valid if answers are missing
        completely at random.
    clusters : (n,), optional
        Labels; influences are added within a cluster before they are squared, times G / (G − 1) for G clusters.
    correct : float
        Added to empty cells of pairs of categories in use, before correlations are estimated.

    Raises
    ------
    DataError
        ``too_few_items``, ``too_few_rows``, ``all_missing``, ``no_pair``, ``constant_item``, ``not_categorical``.
    MethodError
        ``perfect_association``: a correlation of ±1 has no asymptotic covariance.

    Examples
    --------
    >>> import numpy as np
    >>> from akhlak_research.measure.polychoric.ordinal_moments import ordinal_moments
    >>> rng = np.random.default_rng(1)
    >>> answers = np.digitize(rng.normal(size=(500, 1)) + rng.normal(size=(500, 3)), [-1, 0, 1])
    >>> moments = ordinal_moments(answers, ["a", "b", "c"])
    >>> moments.gamma.shape, moments.labels[0], moments.labels[-1]
    ((12, 12), 'a|t1', 'b~~c')
    """
    check_choice(missing, ("listwise", "pairwise"), "missing")
    values = np.asarray(codes, dtype=np.float64)
    if values.shape[1] < 2:
        raise DataError("too_few_items", got=values.shape[1], expected=2)
    n_rows = len(values) if weighting != "frequency" else round(float(np.sum(np.asarray(weights))))
    w = None if weights is None or weighting == "none" else np.asarray(weights, dtype=np.float64)
    there = ~np.isnan(values)
    if not there.any(axis=0).all():
        raise DataError("all_missing", column=names[int(np.argmin(there.any(axis=0)))])
    keep = np.asarray(there.all(axis=1) if missing == "listwise" else there.any(axis=1))
    groups = None if clusters is None else np.asarray(clusters)[keep]
    if not keep.all():
        values, w = values[keep], None if w is None else w[keep]
    positions, categories = positions_of(values, names)
    return _estimate(positions, categories, tuple(names), w, weighting, groups, n_rows, correct)


def positions_of(values: Floats, names: Sequence[str]) -> tuple[NDArray[np.uint8], tuple[Floats, ...]]:
    """(p, n) position of each answer among its item's own categories, K where missing; and the categories."""
    n, p = values.shape
    found: list[Floats] = []
    places = np.empty((p, n), dtype=np.uint8)
    for item in range(p):
        column = values[:, item]
        there = ~np.isnan(column)
        known = column[there]
        low = known.min() if len(known) else 0.0
        if len(known) and known.max() - low > _WIDEST:
            raise DataError("not_categorical", column=names[item], got=float(known.max()))
        steps = (known - low).astype(np.intp)
        if (steps != known - low).any() or low != np.round(low):
            raise DataError("not_categorical", column=names[item], got=float(known[known != np.round(known)][0]))
        used = np.bincount(steps) > 0
        if used.sum() > 50:
            raise DataError("not_categorical", column=names[item], got=int(used.sum()))
        places[item, there] = (np.cumsum(used) - 1)[steps]
        places[item, ~there] = 255
        found.append(np.asarray(low + np.flatnonzero(used), dtype=np.float64))
    places[places == 255] = max(len(codes) for codes in found)
    return places, tuple(found)


def _estimate(
    positions: NDArray[np.uint8],
    categories: tuple[Floats, ...],
    names: tuple[str, ...],
    w: Floats | None,
    weighting: Weighting,
    groups: NDArray[np.generic] | None,
    n_rows: int,
    correct: float,
) -> OrdinalMoments:
    p, n_kept = positions.shape
    k = max(len(codes) for codes in categories)
    first, second = np.triu_indices(p, 1)
    if weighting == "sampling" and w is not None:
        w = w * (n_kept / w.sum())
    single, tables = _tables(positions, k, w)
    people = (single, tables) if weighting != "sampling" else _tables(positions, k, None)
    n_pair = np.empty((p, p), dtype=np.int64)
    n_pair[np.diag_indices(p)] = np.rint(people[0].sum(axis=1))
    n_pair[first, second] = n_pair[second, first] = np.rint(people[1].sum(axis=(1, 2)))
    n = n_kept if weighting != "frequency" or w is None else round(float(w.sum()))
    check_tables(names, [codes.tolist() for codes in categories], single, n_pair, n, n_rows)
    tau = thresholds(single)
    used = single > 0
    if correct:
        empty = (tables == 0) & used[first][:, :, None] & used[second][:, None, :]
        found = maximise(tau[first], tau[second], np.where(empty, correct, tables))
    else:
        found = maximise(tau[first], tau[second], tables)
    if found.at_bound.any():
        pairs = tuple(f"{names[first[i]]} × {names[second[i]]}" for i in np.flatnonzero(found.at_bound))
        raise MethodError("perfect_association", pairs=pairs)
    matrix = np.eye(p)
    matrix[first, second] = matrix[second, first] = found.rho
    on_tau = threshold_influence(tau, single)
    with np.errstate(invalid="ignore", divide="ignore"):
        on_rho = correlation_influence(tau[first], tau[second], found.rho, tables, on_tau[first], on_tau[second])
    flat = ~np.isfinite(on_rho).all(axis=(1, 2))
    if flat.any():
        pairs = tuple(f"{names[first[i]]} × {names[second[i]]}" for i in np.flatnonzero(flat))
        raise MethodError("flat_association", pairs=pairs)
    clusters, n_clusters = None, None
    if groups is not None:
        labels, clusters = np.unique(groups, return_inverse=True)
        n_clusters = len(labels)
        if n_clusters < 2:
            raise DataError("too_few_clusters", got=n_clusters, expected=2)
    n_tau = np.array([len(codes) - 1 for codes in categories])
    times = np.sqrt(w) if weighting == "frequency" and w is not None and clusters is None else w
    return OrdinalMoments(
        names, categories, tuple(tau[i, : n_tau[i]] for i in range(p)), matrix, n, n_rows, n_pair, n_clusters,
        Influences(positions, on_tau, n_tau, on_rho, times, clusters),
    )  # fmt: skip


def _tables(positions: NDArray[np.uint8], k: int, w: Floats | None) -> tuple[Floats, Floats]:
    """(p, K) margins and (q, K, K) joint tables of answers that are there."""
    single, pairs = joint_tables(positions, k + 1, None, 1, w)
    return single[0, :, :k].astype(np.float64), pairs[0, :, :k, :k].astype(np.float64)
