"""Means, covariances and numbers of answers: all that most statistics need, from rows or from counts alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Inputs
from akhlak_research.counts.blocks import BLOCK, patchy_sums, whole_sums
from akhlak_research.counts.rows import Floats, Keys, Rows, Scale, as_rows, refuse_twice
from akhlak_research.counts.tables import Counts
from akhlak_research.responses.model import Responses

Missing = Literal["listwise", "pairwise"]
Items: TypeAlias = "pd.DataFrame | Responses | Rows | Counts | Moments"


@dataclass(frozen=True, slots=True)
class Moments:
    """First and second moments of p items.

    Attributes
    ----------
    names : tuple of str
    mean : (p,) float
        With pairwise deletion, each over its own answers.
    cov : (p, p) float
        Denominator n − 1. Frequencies count as rows. Sampling weights are scaled to sum to n, so that their scale
        does not matter (the estimator of ``survey::svyvar``). Pairwise: each pair over its own complete rows with the
        means of those rows (R's ``cov(use = "pairwise")``), so the matrix need not be positive definite.
    correlation : (p, p) float
        Each over its pair's rows (R's ``cor(use = "pairwise")``); NaN for constant items.
    n_pair : (p, p) int
        Answers behind each covariance; on the diagonal, answers per item.
    inputs : Inputs
        Provenance; ``n_used`` is the listwise n, or the rows with at least one answer.
    """

    names: tuple[str, ...]
    mean: Floats
    cov: Floats
    correlation: Floats
    n_pair: np.ndarray
    inputs: Inputs

    @property
    def n(self) -> int:
        """Rows used."""
        return self.inputs.n_used

    @property
    def constant(self) -> tuple[str, ...]:
        """Items without variance."""
        return tuple(name for name, variance in zip(self.names, np.diag(self.cov), strict=True) if not variance > 0)

    def take(self, names: Sequence[str]) -> Moments:
        """The moments of some of the items (rows were chosen when the moments were made and stay as they are)."""
        at = [self.names.index(name) for name in names]
        reversed_items = tuple(name for name in self.inputs.reversed_items if name in names)
        inputs = replace(self.inputs, items=tuple(names), reversed_items=reversed_items)
        grid = np.ix_(at, at)
        return Moments(tuple(names), self.mean[at], self.cov[grid], self.correlation[grid], self.n_pair[grid], inputs)


def as_moments(
    items: Items,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    min_items: int = 2,
    allow_constant: bool = False,
) -> Moments:
    """Moments of anything that holds answers; the one door of every statistic that needs no single rows.

    Raises
    ------
    DataError
        ``too_few_rows`` (fewer than two usable rows), ``no_pair`` (two items never answered together, pairwise),
        ``all_missing`` (an item nobody answered), ``constant_item``, ``too_few_items``.
    """
    check_choice(missing, get_args(Missing), "missing")
    if isinstance(items, Moments):
        refuse_twice(keys, scale, weights, frequencies)
        moments = items
    elif isinstance(items, Counts):
        refuse_twice(keys, scale, weights, frequencies)
        moments = _of_counts(items, missing)
    else:
        rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
        moments = _of_rows(rows, missing)
    if len(moments.names) < min_items:
        raise DataError("too_few_items", got=len(moments.names), expected=min_items)
    if moments.constant and not allow_constant:
        first = moments.constant[0]
        value = float(moments.mean[moments.names.index(first)])
        file = getattr(items, "source", "") or None
        raise DataError("constant_item", file=file, column=first, got=value, items=moments.constant)
    return moments


def _of_rows(rows: Rows, missing: Missing) -> Moments:
    near = np.nan_to_num(rows.values[:BLOCK].mean(axis=0))  # about the middle: any point gives the same moments
    center, used = near, rows
    sums = whole_sums(rows.values, center, rows.weights)
    whole = not np.isnan(sums[1]).any()  # a missing answer leaves no sum
    if not whole:
        used = _answered(rows, missing)
    n_used = int(used.multiplicity.sum())
    _enough(n_used, rows.n_rows)
    if whole or missing == "listwise":
        if not whole:
            center = used.values.mean(axis=0)
            sums = whole_sums(used.values, center, used.weights)
        n_pair = np.full(sums[0].shape, n_used, dtype=np.int64)
    else:
        center = np.nanmean(used.values, axis=0)
        w = used.weights if used.weights is not None else np.ones(len(used.values))
        sums, n_pair = patchy_sums(used.values, center, w, used.multiplicity)
    mean, cov, r = _pair_moments(*sums, n_pair, rows.names)
    return Moments(rows.names, mean + center, cov, r, n_pair, rows.inputs(n_used, missing))


def _answered(rows: Rows, missing: Missing) -> Rows:
    """The rows that a choice of ``missing`` leaves."""
    nobody = np.isnan(rows.values).all(axis=0)
    if nobody.any():
        raise DataError("all_missing", column=rows.names[int(np.argmax(nobody))])
    return rows.complete() if missing == "listwise" else rows.where(np.asarray(~np.isnan(rows.values).all(axis=1)))


def _pair_moments(
    sum_w: Floats, sum_x: Floats, sum_xx: Floats, sum_xy: Floats, n_pair: np.ndarray, names: tuple[str, ...]
) -> tuple[Floats, Floats, Floats]:
    """Means (p,), covariances and correlations (p, p) from weighted sums over the rows where both i and j are answered.

    ``sum_x[i, j]`` is the sum of x_i over those rows; all arguments are p × p. A scale of weights cancels.
    """
    if (n_pair < 2).any():
        i, j = np.argwhere(n_pair < 2)[0]
        raise DataError("no_pair", column=names[i], got=int(n_pair[i, j]), other=names[j])
    mean = sum_x / sum_w
    spread = sum_xx / sum_w - mean**2  # variance of i over the rows that also have j
    # a sum of squares of equal values leaves rounding dust, which would pass for variance
    spread = np.where(spread <= 1e-12 * (sum_xx / sum_w + mean**2), 0.0, spread)
    scale = np.sqrt(spread * spread.T)
    joint = sum_xy / sum_w - mean * mean.T
    joint = np.where(scale > 0, (joint + joint.T) / 2, 0.0)  # else dust over zero would be a perfect correlation
    bessel = n_pair / (n_pair - 1)
    cov = joint * bessel
    cov[np.diag_indices_from(cov)] = np.diag(spread * bessel)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip(joint / scale, -1.0, 1.0)
    r[np.diag_indices_from(r)] = np.where(np.diag(spread) > 0, 1.0, np.nan)
    return np.diag(mean).copy(), cov, r


def _of_counts(counts: Counts, missing: Missing) -> Moments:
    n_used = counts.n_used(missing)
    nobody = counts.pair_n("pairwise").diagonal() == 0
    if nobody.any():
        raise DataError("all_missing", column=counts.items[int(np.argmax(nobody))])
    _enough(n_used, counts.n_rows)
    codes = np.asarray(counts.categories, dtype=np.float64)
    center = codes.mean()
    score = codes - center
    tables = counts.pair_tables(missing)  # (p, p, K, K), rows: category of i, columns: category of j
    sum_w = tables.sum(axis=(2, 3))
    sum_x = np.einsum("ijkl,k->ij", tables, score)
    sum_xx = np.einsum("ijkl,k->ij", tables, score**2)
    sum_xy = np.einsum("ijkl,k,l->ij", tables, score, score)
    n_pair = counts.pair_n(missing)
    mean, cov, r = _pair_moments(
        sum_w.astype(float), sum_x.astype(float), sum_xx.astype(float), sum_xy.astype(float), n_pair, counts.items
    )
    return Moments(counts.items, mean + center, cov, r, n_pair, counts.inputs(n_used, missing))


def _enough(n_used: int, n_rows: int) -> None:
    if n_used < 2:
        raise DataError("too_few_rows", got=n_used, expected=2, n_rows=n_rows)
