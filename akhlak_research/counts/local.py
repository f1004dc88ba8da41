"""Counting rows that are in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from akhlak_research.core.errors import DataError
from akhlak_research.counts.rows import Floats, Keys, Rows, Scale, as_rows, group_labels
from akhlak_research.counts.tables import Counts, Tables
from akhlak_research.responses.model import Responses

#: more distinct codes than this are measurements, not categories
MAX_CATEGORIES = 50


def count_responses(
    items: pd.DataFrame | Responses,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    by: str | pd.Series | None = None,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
) -> Counts:
    """Count categories and pairs of categories.

    Parameters
    ----------
    items : DataFrame or Responses
        Whole-number codes, respondents × items; missing answers as NaN.
    keys, scale : optional
        Reverse keying and limits of a DataFrame's codes. With a scale of whole numbers every code of the scale gets
        its place, answered or not.
    by : str or Series, optional
        Grouping variable; rows without a group are left out of the tables.
    weights, frequencies : array of length n, optional
        Sampling weights (tables hold weighted sums; numbers of people stay unweighted) or row counts.

    Returns
    -------
    Counts
        Tables over all answers and over complete rows.

    Raises
    ------
    DataError
        ``not_categorical`` for codes with decimals or more than 50 distinct codes; the errors of reading rows.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> first = ak.count_responses(pd.DataFrame({"a": [1, 2, 2], "b": [1, 1, None]}))
    >>> second = ak.count_responses(pd.DataFrame({"a": [3, 2], "b": [2, 2]}))
    >>> sum([first, second]).n_rows
    5

    Notes
    -----
    The tables are sufficient for means, covariances, Pearson and polychoric correlations, and add over institutions.
    """
    labels: np.ndarray | None = None
    name = None
    if by is not None:
        series, items, name = group_labels(items, by)
        known = series.notna().to_numpy()
        items = items.where(known) if isinstance(items, Responses) else items[known]
        weights = None if weights is None else np.asarray(weights)[known]
        frequencies = None if frequencies is None else np.asarray(frequencies)[known]
        labels = series[known].map(str).to_numpy(dtype=object)
        if isinstance(items, Responses) and items.weights is not None:
            labels = labels[np.asarray(items.weights) > 0]
        for vector in (weights, frequencies):
            if vector is not None:
                labels = labels[np.asarray(vector) > 0]
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    limits = _limits(items, scale)
    return count_rows(rows, labels, name, limits)


def _limits(items: pd.DataFrame | Responses, scale: Scale | None) -> Scale | None:
    if isinstance(items, Responses):
        return (items.instrument.scale.low, items.instrument.scale.high)
    return scale


def count_rows(rows: Rows, labels: np.ndarray | None, by: str | None, limits: Scale | None) -> Counts:
    """Count prepared rows; ``labels`` (n,) are group labels as text."""
    codes, categories = _codes(rows, limits)
    groups = tuple(sorted(set(labels))) if labels is not None else ("",)
    parts = [codes == codes] if labels is None else None
    tables: list[tuple[list[int], Tables, Tables]] = []
    for group in groups:
        keep = np.ones(len(codes), dtype=bool) if parts is not None else labels == group
        tables.append(_count_group(codes[keep], _of(rows.weights, keep), rows, len(categories)))
    people = np.array([group[0] for group in tables], dtype=np.int64)
    return Counts(
        rows.names, categories, by, groups, rows.weighting, rows.reversed_items,
        people[:, 0], people[:, 1], people[:, 2],
        _stack([group[1] for group in tables]), _stack([group[2] for group in tables]),
    )  # fmt: skip


def _of(weights: Floats | None, keep: NDArray[np.bool_]) -> Floats | None:
    return None if weights is None else weights[keep]


def _stack(tables: list[Tables]) -> Tables:
    return Tables(
        np.stack([t.single for t in tables]), np.stack([t.pairs for t in tables]), np.stack([t.cases for t in tables])
    )


def _codes(rows: Rows, limits: Scale | None) -> tuple[NDArray[np.int16], tuple[int, ...]]:
    """(n, p) positions in ``categories``, column-major; the position K stands for a missing answer."""
    there = ~np.isnan(rows.values)
    found = np.unique(rows.values[there])
    if (found != np.round(found)).any():
        raise DataError("not_categorical", got=float(found[found != np.round(found)][0]))
    categories = {int(code) for code in found}
    if limits is not None and all(float(edge).is_integer() for edge in limits):
        categories |= set(range(int(limits[0]), int(limits[1]) + 1))
    if len(categories) > MAX_CATEGORIES:
        raise DataError("not_categorical", got=len(categories), expected=MAX_CATEGORIES)
    ordered = np.array(sorted(categories), dtype=np.float64)
    codes = np.full(rows.values.shape, len(ordered), dtype=np.int16, order="F")
    codes[there] = np.searchsorted(ordered, rows.values[there])
    return codes, tuple(int(code) for code in ordered)


def _count_group(
    codes: NDArray[np.int16], weights: Floats | None, rows: Rows, k: int
) -> tuple[list[int], Tables, Tables]:
    """People (all, with an answer, complete), tables over all answers, tables over complete rows."""
    there = codes < k
    some, whole = np.asarray(there.any(axis=1)), np.asarray(there.all(axis=1))
    each = weights if rows.weighting == "frequency" and weights is not None else np.ones(len(codes))
    people = [int(each.sum()), int(each[some].sum()), int(each[whole].sum())]
    available = _tables(codes, weights, rows.weighting, k)
    if whole.all():
        return people, available, available
    return people, available, _tables(np.asfortranarray(codes[whole]), _of(weights, whole), rows.weighting, k)


def _tables(codes: NDArray[np.int16], weights: Floats | None, weighting: str, k: int) -> Tables:
    """Tables of (n, p) positions in which k means missing."""
    p = codes.shape[1]
    kind = np.float64 if weighting == "sampling" else np.int64
    first, second = np.triu_indices(p, 1)
    single = np.empty((p, k), dtype=kind)
    pairs = np.empty((len(first), k, k), dtype=kind)
    cases = np.zeros((p, p), dtype=np.int64)
    wide = codes.astype(np.int64, order="F")
    for i in range(p):
        single[i] = np.bincount(wide[:, i], weights, k + 1)[:k]
        cases[i, i] = int((codes[:, i] < k).sum() if weighting == "sampling" else single[i].sum())
    for at, (a, b) in enumerate(zip(first, second, strict=True)):
        joint = wide[:, a] * (k + 1) + wide[:, b]
        pairs[at] = np.bincount(joint, weights, (k + 1) ** 2).reshape(k + 1, k + 1)[:k, :k]
        both = (codes[:, a] < k) & (codes[:, b] < k)
        cases[a, b] = cases[b, a] = int(both.sum() if weighting == "sampling" else pairs[at].sum())
    return Tables(single, pairs, cases)
