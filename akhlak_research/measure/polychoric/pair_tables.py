"""The tables that a polychoric correlation needs, from anything that holds answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs
from akhlak_research.counts.engines import count_responses
from akhlak_research.counts.moments import Missing
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.bounded import Floats
from akhlak_research.responses.model import Responses

Answers: TypeAlias = "pd.DataFrame | Responses | Counts"


@dataclass(frozen=True, slots=True)
class PairTables:
    """Tables of p items and q = p(p − 1)/2 pairs in ``numpy.triu_indices`` order; K categories common to all.

    Attributes
    ----------
    names : tuple of str
    categories : tuple of int
    single : (p, K) float
        Answers per category, over every answer of the item; sampling weights scaled to sum to the people.
    pairs : (q, K, K) float
        Joint answers.
    squares : (single, pairs) or None
        The same sums of squared weights; None where unknown (counts of sampling weights).
    n_pair : (p, p) int
        People behind each pair; diagonal: behind each item.
    inputs : Inputs
    """

    names: tuple[str, ...]
    categories: tuple[int, ...]
    single: Floats
    pairs: Floats
    squares: tuple[Floats, Floats] | None
    n_pair: np.ndarray
    inputs: Inputs


def pair_tables(
    items: Answers,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
) -> PairTables:
    """Tables of at least two items that each have at least two answered categories.

    Raises
    ------
    DataError
        ``too_few_items``, ``too_few_rows``, ``all_missing``, ``no_pair``, ``constant_item``, ``not_categorical`` and
        what counting finds wrong with the codes.
    ArgumentError
        ``keyed_already``, ``weights_twice``: counts carry theirs.
    """
    if isinstance(items, Counts):
        if keys is not None or scale is not None:
            raise ArgumentError("keyed_already")
        if weights is not None or frequencies is not None:
            raise ArgumentError("weights_twice")
        counts, squares = items, None
    else:
        counts = count_responses(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
        squares = None
        if counts.weighting == "sampling":
            rows = as_rows(items, keys=keys, scale=scale, weights=weights)
            squares = _count_squares(rows, counts.categories, missing)
    _require(counts, missing)
    return _scaled(counts, squares, missing)


def _count_squares(rows: Rows, categories: tuple[int, ...], missing: Missing) -> tuple[Floats, Floats]:
    """(p, K) and (q, K, K) sums of squared weights, each category in its place among ``categories``."""
    assert rows.weights is not None
    frame = pd.DataFrame(rows.values, columns=list(rows.names))
    counted = count_responses(frame, weights=rows.weights**2)
    place = [categories.index(code) for code in counted.categories]
    tables = counted.complete if missing == "listwise" else counted.available
    spread = tables.spread([0], 1, place, len(categories))
    return spread.single[0], spread.pairs[0]


def _require(counts: Counts, missing: Missing) -> None:
    if len(counts.items) < 2:
        raise DataError("too_few_items", got=len(counts.items), expected=2)
    nobody = counts.pair_n("pairwise").diagonal() == 0
    if nobody.any():
        raise DataError("all_missing", column=counts.items[int(np.argmax(nobody))])
    codes = [counts.categories] * len(counts.items)
    n_rows, n_used = counts.n_rows, counts.n_used(missing)
    check_tables(counts.items, codes, counts.single_tables(missing), counts.pair_n(missing), n_used, n_rows)


def check_tables(
    names: Sequence[str], codes: Sequence[Sequence[float]], single: Floats, n_pair: np.ndarray, n_used: int, n_rows: int
) -> None:
    """Refuse tables in which some correlation does not exist: ``too_few_rows``, ``no_pair``, ``constant_item``.

    ``codes`` holds the codes of each item's columns in ``single`` (p, K).
    """
    if n_used < 2:
        raise DataError("too_few_rows", got=n_used, expected=2, n_rows=n_rows)
    if (n_pair < 2).any():
        i, j = np.argwhere(n_pair < 2)[0].tolist()
        raise DataError("no_pair", column=names[i], got=int(n_pair[i, j]), other=names[j])
    constant = np.flatnonzero((single > 0).sum(axis=1) < 2)
    if len(constant):
        first = int(constant[0])
        got = codes[first][int(np.argmax(single[first] > 0))]
        raise DataError("constant_item", column=names[first], got=got, items=tuple(names[i] for i in constant.tolist()))


def _scaled(counts: Counts, squares: tuple[Floats, Floats] | None, missing: Missing) -> PairTables:
    first, second = np.triu_indices(len(counts.items), 1)
    single = counts.single_tables(missing).astype(np.float64)
    pairs = counts.pair_tables(missing)[first, second].astype(np.float64)
    if counts.weighting == "sampling":
        factor = counts.n_used(missing) / single.sum(axis=1).max()
        single, pairs = single * factor, pairs * factor
        squared = None if squares is None else (squares[0] * factor**2, squares[1] * factor**2)
    else:
        squared = (single, pairs)
    return PairTables(
        counts.items, counts.categories, single, pairs, squared, counts.pair_n(missing),
        counts.inputs(counts.n_used(missing), missing),
    )  # fmt: skip
