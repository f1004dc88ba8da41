"""The frame: how many people each unit has, beside those who answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.population import people


@dataclass(frozen=True, slots=True)
class Units:
    """The units of an index.

    Attributes
    ----------
    names : tuple of str
        Units with answers, in sorted order.
    code : (n,) int
        Unit of each person, −1 where missing.
    people : (g,) float or None
        People in each; None without a frame.
    silent : tuple of str
        Units of the frame from which nobody's answers can be used.
    silent_people : tuple of float
    """

    names: tuple[str, ...]
    code: Ints
    people: Floats | None
    silent: tuple[str, ...] = ()
    silent_people: tuple[float, ...] = ()

    def fraction(self) -> Floats | None:
        """(g,) shares of the people whose answers are used."""
        if self.people is None:
            return None
        answered = np.bincount(self.code[self.code >= 0], minlength=len(self.names))
        return np.asarray(answered / self.people, dtype=np.float64)


def as_units(position: Ints, names: tuple[str, ...], frame: pd.DataFrame | None, variable: str) -> Units:
    """Units of persons, checked against the frame.

    Parameters
    ----------
    position : (n,) int
        Position in ``names``, −1 where missing.
    names : tuple of str
        In sorted order; those that nobody has are dropped.

    Raises
    ------
    DataError
        ``frame_columns``, ``duplicate_units``, ``population_invalid``, ``unit_not_in_frame``,
        ``more_answers_than_people``, ``no_units``.
    """
    answered = np.bincount(position[position >= 0], minlength=len(names))
    names = tuple(name for name, n in zip(names, answered, strict=True) if n)
    if not names:
        raise DataError("no_units")
    code = np.append(np.cumsum(answered > 0) - 1, -1)[position]
    answered = answered[answered > 0]
    if frame is None:
        return Units(names, code, None)
    sizes = _sizes(frame, variable)
    unknown = [unit for unit in names if unit not in sizes]
    if unknown:
        raise DataError("unit_not_in_frame", got=unknown[:10], count=len(unknown))
    size = np.array([sizes[unit] for unit in names])
    over = np.flatnonzero(answered > size)
    if len(over):
        at = int(over[0])
        raise DataError("more_answers_than_people", unit=names[at], got=int(answered[at]), expected=int(size[at]))
    known = set(names)
    silent = tuple(unit for unit in sizes if unit not in known)
    return Units(names, code, size, silent, tuple(sizes[unit] for unit in silent))


def _sizes(frame: pd.DataFrame, name: str) -> dict[str, float]:
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError("frame_type", got=type(frame).__name__, expected="DataFrame")
    column = name if name in frame.columns else "unit"
    if column not in frame.columns or "population" not in frame.columns:
        raise DataError("frame_columns", got=[str(c) for c in frame.columns], expected=[name, "population"])
    if frame[column].isna().any():
        raise DataError("frame_unit_missing", column=str(column), got=int(frame[column].isna().sum()))
    units = [str(unit) for unit in frame[column]]
    if len(set(units)) != len(units):
        raise DataError("duplicate_units", got=[unit for unit in dict.fromkeys(units) if units.count(unit) > 1][:10])
    return {unit: people(size, unit) for unit, size in zip(units, frame["population"].tolist(), strict=True)}
