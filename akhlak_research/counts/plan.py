"""What is to be counted, settled before the first row is read; the same for every engine."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.counts.rows import Keys, Scale, Weighting, reversed_by
from akhlak_research.responses.model import Responses


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows become counts.

    Attributes
    ----------
    columns : tuple
        The items' columns in the source.
    items : tuple of str
        Their names.
    turns : tuple of float or None
        Low + high of an item that is to be turned around.
    scale : (low, high) or None
        A code outside is an error.
    places : tuple of int
        Categories that have their place whether somebody answered them or not.
    by, weight : column names or None
        Grouping variable, and sampling weight or frequency, where the source holds them.
    weighting : {"none", "frequency", "sampling"}
    dimensions : tuple of (name, items)
        Items whose complete rows are counted beside those of all items.
    """

    columns: tuple[Hashable, ...]
    items: tuple[str, ...]
    turns: tuple[float | None, ...]
    scale: Scale | None
    places: tuple[int, ...]
    by: Hashable | None
    weight: Hashable | None
    weighting: Weighting
    dimensions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def reversed_items(self) -> tuple[str, ...]:
        """Items turned around, in order."""
        return tuple(name for name, turn in zip(self.items, self.turns, strict=True) if turn is not None)

    @property
    def needed(self) -> list[Hashable]:
        """Columns to read from the source."""
        return [*self.columns, *(name for name in (self.by, self.weight) if name is not None)]


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asked for, apart from the answers themselves; see ``count_responses``."""

    keys: Keys | None = None
    scale: Scale | None = None
    by: Any = None
    weights: Any = None
    frequencies: Any = None
    columns: Sequence[Hashable] | None = None
    dimensions: Mapping[str, Sequence[str]] | None = None

    @property
    def weighting(self) -> Weighting:
        """Which kind of weights was given."""
        if self.weights is not None and self.frequencies is not None:
            raise ArgumentError("weights_twice")
        return "sampling" if self.weights is not None else "frequency" if self.frequencies is not None else "none"

    @property
    def weight(self) -> Any:
        """The weights or frequencies, whichever were given."""
        return self.weights if self.weights is not None else self.frequencies


def plan_of(request: Request, found: Sequence[Hashable]) -> Plan:
    """The plan for a source with the columns ``found``.

    Raises
    ------
    DataError
        ``no_items``, ``duplicate_items``, ``column_unknown``.
    ArgumentError
        ``by_unknown``, ``keys_unknown``, ``keys_value``, ``keys_need_scale``, ``scale_limits``, ``weights_twice``.
    """
    by = request.by if isinstance(request.by, str) else None
    if by is not None and by not in found:
        raise ArgumentError("by_unknown", got=by, expected=[str(c) for c in found])
    weight = request.weight if isinstance(request.weight, str) else None
    if request.columns is None:
        chosen = [name for name in found if name not in (by, weight)]
    else:
        chosen = list(request.columns)
    unknown = [str(name) for name in (*chosen, *([] if weight is None else [weight])) if name not in found]
    if unknown:
        raise DataError("column_unknown", column=unknown[0], got=unknown, expected=[str(c) for c in found])
    if not chosen:
        raise DataError("no_items")
    names = tuple(str(name) for name in chosen)
    twice = sorted({name for name in names if names.count(name) > 1} | {str(c) for c in found if found.count(c) > 1})
    if twice:
        raise DataError("duplicate_items", column=twice[0], got=twice)
    turned = reversed_by(names, request.keys, request.scale)
    turns = tuple(sum(request.scale) if request.scale and name in turned else None for name in names)
    return Plan(
        tuple(chosen), names, turns, request.scale, places_of(request.scale), by, weight, request.weighting,
        _dimensions(request, names),
    )  # fmt: skip


def _dimensions(request: Request, items: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Dimensions with their items in the order of the items."""
    found = []
    for name, members in (request.dimensions or {}).items():
        unknown = [member for member in members if member not in items]
        if unknown or not members:
            raise ArgumentError("unknown_choice", argument=f"dimensions[{name}]", got=unknown, expected=items)
        found.append((str(name), tuple(item for item in items if item in members)))
    return tuple(found)


def plan_of_responses(answers: Responses, weighting: Weighting) -> Plan:
    """The plan that an instrument gives: its items, their direction and their scale."""
    instrument = answers.instrument
    turns = []
    for item in instrument.items:
        scale = instrument.scale_of(item.code)
        turns.append(scale.low + scale.high if item.reverse else None)
    places = places_of((instrument.scale.low, instrument.scale.high))
    dimensions = tuple((d.code, instrument.items_of(d.code)) for d in instrument.dimensions)
    return Plan(answers.items, answers.items, tuple(turns), None, places, None, None, weighting, dimensions)


def places_of(scale: Scale | None) -> tuple[int, ...]:
    """Every whole code of a scale of whole numbers."""
    if scale is None or not all(float(edge).is_integer() for edge in scale):
        return ()
    return tuple(range(int(scale[0]), int(scale[1]) + 1))
