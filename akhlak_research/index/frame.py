"""The frame: how many people each unit has, beside those who answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.core.errors import DataError
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.population import frame_population


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
    people = frame_population(frame, variable)
    sizes = dict(zip(people.units, people.sizes, strict=True))
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
