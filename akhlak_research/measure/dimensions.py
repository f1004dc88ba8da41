"""The items of each dimension, made ready for a statistic of one scale at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.refusals import group_refused
from akhlak_research.core.results import Inputs, Notice
from akhlak_research.counts.moments import Items, Missing, Moments, as_moments
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.material import Material, dimensions_of, gather, take_items

#: name of the one scale where nothing says that there are several
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Parts:
    """Dimensions that can be analysed, which cannot and why, and where all came from.

    Attributes
    ----------
    materials : mapping of str to Material
    single : bool
        Whether there was one scale to begin with.
    inputs : Inputs
        Who entered at least one dimension counts as used.
    notices : tuple of Notice
        Dimensions that the data refused.
    """

    materials: Mapping[str, Material]
    single: bool
    inputs: Inputs
    notices: tuple[Notice, ...]


def dimension_parts(
    items: Items,
    dimensions: Mapping[str, Sequence[str]] | None,
    *,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
) -> Parts:
    """Material per dimension, as given or as the instrument has it; else of all items as ``total``.

    Raises
    ------
    DataError
        As ``gather``, for a single scale; of several, what one refuses is a notice.
    ArgumentError
        ``dimension_items_unknown``.
    """
    known = dimensions_of(items, dimensions)
    source: Rows | Material
    if isinstance(items, Counts | Moments):
        source = gather(
            items, keys=keys, missing=missing, weights=weights, frequencies=frequencies, allow_constant=True
        )
        names = source.moments.names
    else:
        source = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
        names = source.names
    known = known or {TOTAL: names}
    unknown = sorted({item for members in known.values() for item in members} - set(names))
    if unknown:
        raise ArgumentError("dimension_items_unknown", got=unknown, expected=names)
    materials: dict[str, Material] = {}
    notices: list[Notice] = []
    for dimension, members in known.items():
        try:
            part = source
            if isinstance(items, Counts) and items.tells(members):  # else of the rows complete on all items
                part = gather(items.select(members), missing=missing, allow_constant=True)
            materials[dimension] = _part(part, members, missing)
        except DataError as error:
            if len(known) == 1:
                raise
            notices.append(group_refused(dimension, error))
    return Parts(materials, len(known) == 1, _inputs_of(source, known, missing), tuple(notices))


def _part(source: Rows | Material, members: Sequence[str], missing: Missing) -> Material:
    """Moments (and rows) of some items, in the order of the data."""
    if isinstance(source, Material):
        part = source.take([name for name in source.moments.names if name in members])
        as_moments(part.moments)  # asks for two items that vary
        return part
    return gather(take_items(source, [name for name in source.names if name in members]), missing=missing)


def _inputs_of(source: Rows | Material, known: Mapping[str, Sequence[str]], missing: Missing) -> Inputs:
    """Provenance over all dimensions: who entered at least one of them counts as used."""
    if isinstance(source, Material):
        return source.inputs
    entered = np.zeros(len(source.values), dtype=bool)
    for members in known.values():
        there = ~np.isnan(take_items(source, members).values)
        entered |= there.all(axis=1) if missing == "listwise" else there.any(axis=1)
    return source.inputs(int(source.multiplicity[entered].sum()), missing)
