"""Counts of some of the items: which complete rows follow from tables of pairs, and which do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.counts.table_arrays import Dimension, Tables
from akhlak_research.counts.tables import Counts


def select(counts: Counts, items: Sequence[str] | None, dimension: str | None) -> Counts:
    """What ``Counts.select`` gives.

    Notes
    -----
    Whether a row is complete on three items is not known from who answered each two of them. It is known for the
    dimensions that were counted as such, for all items, for one or two items (their table is that of complete rows),
    and for items that everybody answered.
    """
    known = {d.name: d.items for d in counts.dimensions}
    if dimension is not None and dimension not in known:
        raise ArgumentError("unknown_choice", argument="dimension", got=dimension, expected=tuple(known))
    wanted = list(counts.items) if items is None else list(items)
    for name in wanted:
        if name not in counts.items:
            raise ArgumentError("unknown_choice", argument="items", got=name, expected=counts.items)
    if dimension is not None:
        wanted = [name for name in known[dimension] if name in wanted]
    if not wanted:
        raise ArgumentError("no_selection", argument="items", expected=counts.items)
    if counts.suppressed is not None:
        raise MethodError("counts_suppressed", got=counts.suppressed.share, below=counts.suppressed.below)
    found = complete_rows(counts, wanted)
    if found is None:
        raise MethodError("subset_not_counted", got=wanted, expected=[d.name for d in counts.dimensions])
    answered, complete, tables = found
    return replace(
        counts, items=tuple(wanted), reversed_items=tuple(n for n in wanted if n in counts.reversed_items),
        available=counts.available.of_items([counts.items.index(name) for name in wanted]), answered_rows=answered,
        complete_rows=complete, complete=tables,
        dimensions=tuple(d for d in counts.dimensions if set(d.items) <= set(wanted)),
    )  # fmt: skip


def complete_rows(counts: Counts, wanted: list[str]) -> tuple[np.ndarray, np.ndarray, Tables] | None:
    """Answered rows, complete rows and tables of complete rows; None where they do not follow."""
    whole = Dimension("", counts.items, counts.answered_rows, counts.complete_rows, counts.complete)
    for counted in (whole, *counts.dimensions):
        if set(counted.items) == set(wanted):
            place = [counted.items.index(name) for name in wanted]
            return counted.answered_rows, counted.complete_rows, counted.complete.of_items(place)
    tables = counts.available.of_items([counts.items.index(name) for name in wanted])
    people = tables.cases
    if (people == counts.rows[:, None, None]).all():  # nobody left any of them out
        return counts.rows, counts.rows, tables
    if len(wanted) == 1:
        return people[:, 0, 0], people[:, 0, 0], tables
    if len(wanted) == 2:
        both = people[:, 0, 1]
        joint = tables.pairs[:, 0]
        single = np.stack([joint.sum(axis=2), joint.sum(axis=1)], axis=1)
        cases = np.broadcast_to(both[:, None, None], people.shape).copy()
        return people[:, 0, 0] + people[:, 1, 1] - both, both, Tables(single, tables.pairs, cases)
    return None
