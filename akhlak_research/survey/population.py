"""How many people there are: one number, or a table of units."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import SupportsIndex

import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError


@dataclass(frozen=True, slots=True)
class Population:
    """People per unit.

    Attributes
    ----------
    units : tuple of str
        Names; empty for a population given as one number.
    sizes : tuple of float
        People in each; one entry where there are no units (infinity if unknown).
    """

    units: tuple[str, ...]
    sizes: tuple[float, ...]

    @property
    def total(self) -> float:
        """All people."""
        return sum(self.sizes)


def as_population(population: int | pd.Series | Mapping[object, int] | None) -> Population:
    """A population as numbers of people.

    Raises
    ------
    DataError
        ``population_invalid`` for a size that is no whole number of at least 1, naming the unit; ``duplicate_units``;
        ``no_units`` for an empty table.
    ArgumentError
        ``population_type``.
    """
    if population is None:
        return Population((), (math.inf,))
    if isinstance(population, Mapping):
        population = pd.Series(dict(population))
    if not isinstance(population, pd.Series):
        return Population((), (people(population, None),))
    if len(population) == 0:
        raise DataError("no_units")
    units = tuple(str(name) for name in population.index)
    if len(set(units)) != len(units):
        twice = pd.Series(units)[pd.Series(units).duplicated()].tolist()
        raise DataError("duplicate_units", got=twice)
    return Population(units, tuple(people(size, unit) for size, unit in zip(population.tolist(), units, strict=True)))


def people(size: object, unit: str | None) -> float:
    """A number of people: whole, at least 1."""
    if isinstance(size, str | bool) or not isinstance(size, int | float | SupportsIndex):
        raise ArgumentError("population_type", got=type(size).__name__, expected=("int", "Series", "None"))
    number = float(size)
    if not math.isfinite(number) or number < 1 or number != math.floor(number):
        raise DataError("population_invalid", got=number, unit=unit or "–")
    return number


def whole_numbers(values: Sequence[float]) -> pd.Series:
    """A column of people: whole numbers, missing where NaN; left as it is where a size is infinite."""
    column = pd.Series(list(values), dtype=float)
    return column if column.isin([math.inf]).any() else column.astype("Int64")


def per_unit(given: float | pd.Series | Mapping[object, float], where: Population, argument: str) -> tuple[float, ...]:
    """A number for each unit: one for all, or a Series that names every unit once.

    Raises
    ------
    DataError
        ``units_differ`` where a Series names other units than the population; ``duplicate_units``.
    """
    if isinstance(given, Mapping):
        given = pd.Series(dict(given))
    if not isinstance(given, pd.Series):
        return (float(given),) * len(where.sizes)
    names = [str(name) for name in given.index]
    if len(set(names)) != len(names):
        raise DataError("duplicate_units", got=[name for name in dict.fromkeys(names) if names.count(name) > 1])
    odd = sorted(set(names) ^ set(where.units))
    if odd:
        raise DataError("units_differ", argument=argument, got=odd)
    by_name = dict(zip(names, given.tolist(), strict=True))
    return tuple(float(by_name[unit]) for unit in where.units)


def frame_population(frame: pd.DataFrame, unit: str) -> Population:
    """People per unit, as a frame tells them: a column named like ``unit`` (or ``unit``) and ``population``.

    Raises
    ------
    ArgumentError
        ``frame_type``.
    DataError
        ``frame_columns``, ``frame_unit_missing``, and the errors of ``as_population``.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError("frame_type", got=type(frame).__name__, expected="DataFrame")
    column = unit if unit in frame.columns else "unit"
    if column not in frame.columns or "population" not in frame.columns:
        raise DataError("frame_columns", got=[str(c) for c in frame.columns], expected=[unit, "population"])
    if frame[column].isna().any():
        raise DataError("frame_unit_missing", column=column, got=int(frame[column].isna().sum()))
    return as_population(frame.set_index(column)["population"])
