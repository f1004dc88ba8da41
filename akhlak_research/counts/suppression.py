"""Blanking small cells before counts are shown, and why nothing may be computed from what remains.

A sum over institutions that left small cells out is biased towards common answers, and a national alpha made of it
would look as good as any. So blanked counts carry what is missing, their sums too, and every statistic refuses them.
Exact sums without anybody's table being seen: ``counts.masks``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.counts.table_arrays import Suppression, Tables
from akhlak_research.counts.tables import Counts


def suppress(counts: Counts, below: int) -> Counts:
    """Blank what ``Counts.suppress`` says.

    Raises
    ------
    ArgumentError
        ``suppression_threshold`` for a threshold below 2.
    MethodError
        ``suppression_weighted``: with sampling weights a cell does not say how many people are in it.
    """
    if below < 2:
        raise ArgumentError("suppression_threshold", got=below)
    if counts.weighting == "sampling":
        raise MethodError("suppression_weighted")
    tables = counts.available
    small_item = np.any((tables.single > 0) & (tables.single < below), axis=2)
    small_pair = np.any((tables.pairs > 0) & (tables.pairs < below), axis=(2, 3))
    first, second = np.triu_indices(len(counts.items), 1)
    items: np.ndarray = small_item
    pairs: np.ndarray = small_pair | small_item[:, first] | small_item[:, second]
    if counts.suppressed is not None:
        items, pairs = items | counts.suppressed.items, pairs | counts.suppressed.pairs
    missing, total = _joint(counts, pairs)
    return _blanked(_bare(counts), Suppression(below, items, pairs, missing, total))


def blanked_sum(first: Counts, second: Counts) -> Counts:
    """The sum of counts of which at least one was blanked: blank where either is."""
    total = _bare(first) + _bare(second)
    items = np.zeros(total.available.single.shape[:2], dtype=bool)
    pairs = np.zeros(total.available.pairs.shape[:2], dtype=bool)
    missing = answers = below = 0
    for part in (first, second):
        at = [total.groups.index(label) for label in part.groups]
        if part.suppressed is None:
            answers += _joint(part, np.zeros(part.available.pairs.shape[:2], dtype=bool))[1]
            continue
        items[at] |= part.suppressed.items
        pairs[at] |= part.suppressed.pairs
        missing, answers = missing + part.suppressed.missing, answers + part.suppressed.total
        below = max(below, part.suppressed.below)
    return _blanked(total, Suppression(below, items, pairs, missing, answers))


def _joint(counts: Counts, blank: np.ndarray) -> tuple[int, int]:
    """Joint answers of blank pairs and of all pairs."""
    first, second = np.triu_indices(len(counts.items), 1)
    people = counts.available.cases[:, first, second]
    if counts.suppressed is None:
        return int(people[blank].sum()), int(people.sum())
    newly = int(people[blank].sum())  # what was blank before holds zeros
    return counts.suppressed.missing + newly, counts.suppressed.total


def _bare(counts: Counts) -> Counts:
    """Tables of all answers alone, as if nothing were blank; those of complete rows would give blanks back."""
    nothing = Tables(*(np.zeros_like(array) for array in counts.complete.arrays))
    zeros = np.zeros_like(counts.complete_rows)
    return replace(counts, complete=nothing, complete_rows=zeros, dimensions=(), suppressed=None)


def _blanked(counts: Counts, what: Suppression) -> Counts:
    first, second = np.triu_indices(len(counts.items), 1)
    single, pairs, cases = (array.copy() for array in counts.available.arrays)
    single[what.items] = 0
    pairs[what.pairs] = 0
    hidden = np.zeros(cases.shape, dtype=bool)
    hidden[:, first, second] = hidden[:, second, first] = what.pairs
    hidden[:, np.arange(len(counts.items)), np.arange(len(counts.items))] = what.items
    cases[hidden] = 0
    return replace(counts, available=Tables(single, pairs, cases), suppressed=what)
