"""Covariance of the scores of two waves from the people who are in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.core.errors import DataError
from akhlak_research.counts.rows import group_labels
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.result import TOTAL
from akhlak_research.index.scores import PersonScores, score_persons
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import Floats, Ints, domain_means
from akhlak_research.survey.population import frame_population


@dataclass(frozen=True, slots=True)
class Overlap:
    """Covariances of the scores of two waves.

    Attributes
    ----------
    values : tuple of str
    matrices : mapping of unit (None: the whole) to (k + 1,) float
        Covariance of each value's scores, and of the totals.
    counts : mapping of unit to int
        People in both waves.
    n_before, n_after, n_both : int
    """

    values: tuple[str, ...]
    matrices: Mapping[str | None, Floats]
    counts: Mapping[str | None, int]
    n_before: int
    n_after: int
    n_both: int

    def covariance(self, unit: str | None, value: str) -> float:
        """Of one score; 0 where nobody is in both."""
        row = self.matrices.get(unit)
        if row is None:
            return 0.0
        at = len(self.values) if value == TOTAL else self.values.index(value)
        return 0.0 if np.isnan(row[at]) else float(row[at])

    def n(self, unit: str | None) -> int:
        """People of a unit in both waves."""
        return self.counts.get(unit, 0)


@dataclass(frozen=True, slots=True)
class _Wave:
    """Persons of one wave: who they are, their unit, their scores."""

    persons: PersonScores
    key: Ints
    names: tuple[str, ...]
    unit: tuple[str | None, ...]


def overlap_of(
    before: Responses, after: Responses, recipe: Recipe, key: str | tuple[pd.Series, pd.Series], unit: str | None,
    frames: tuple[pd.DataFrame | None, pd.DataFrame | None],
) -> Overlap:  # fmt: skip
    """Match people by ``key`` and sum the products of their influences, per unit and for the whole.

    Raises
    ------
    DataError
        ``key_twice`` where one wave has a key more than once.
    """
    keys = (key, key) if isinstance(key, str) else key
    a, b = _wave(before, recipe, keys[0], unit), _wave(after, recipe, keys[1], unit)
    place = {name: at for at, name in enumerate(b.names)}
    row_b = np.full(len(b.names), -1)
    row_b[b.key[b.key >= 0]] = np.flatnonzero(b.key >= 0)
    pairs = [
        (row, int(row_b[place[a.names[code]]]))
        for row, code in enumerate(a.key.tolist())
        if code >= 0 and a.names[code] in place and row_b[place[a.names[code]]] >= 0
    ]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    people = [None if frame is None else _sizes(frame, unit) for frame in frames]
    whole = [_influence(wave, None, people[0] is not None) for wave in (a, b)]
    same = np.array([a.unit[i] is not None and a.unit[i] == b.unit[j] for i, j in pairs], dtype=bool)
    matrices: dict[str | None, Floats] = {None: _covariance(whole[0], whole[1], both)}
    counts: dict[str | None, int] = {None: len(both)}
    if people[0] is not None:
        matrices[None] = matrices[None] * _reduction(len(a.key), len(b.key), len(both), sum(people[0].values()))
    if unit is not None:
        each = [_influence(wave, unit, False) for wave in (a, b)]
        names = np.array([str(a.unit[i]) for i, _ in pairs])
        for name in sorted(set(names[same].tolist())):
            chosen = both[same & (names == name)]
            matrices[name] = _covariance(each[0], each[1], chosen)
            counts[name] = len(chosen)
            if people[0] is not None:
                n_a, n_b = (sum(u == name for u in wave.unit) for wave in (a, b))
                matrices[name] = matrices[name] * _reduction(n_a, n_b, len(chosen), people[0].get(name, np.inf))
    return Overlap(a.persons.values, matrices, counts, len(a.key), len(b.key), len(both))


def _wave(responses: Responses, recipe: Recipe, key: str | pd.Series, unit: str | None) -> _Wave:
    labels, _, name = group_labels(responses, key)
    keyed = score_persons(responses, recipe, labels)
    assert keyed.unit is not None
    count = np.bincount(keyed.unit[keyed.unit >= 0], minlength=len(keyed.unit_names))
    if (count > 1).any():
        at = int(np.argmax(count > 1))
        raise DataError("key_twice", column=name, got=int(count[at]))
    units: tuple[str | None, ...] = (None,) * len(keyed.unit)
    if unit is not None:
        offices = score_persons(responses, recipe, group_labels(responses, unit)[0])
        assert offices.unit is not None
        units = tuple(offices.unit_names[code] if code >= 0 else None for code in offices.unit.tolist())
    return _Wave(keyed, keyed.unit, keyed.unit_names, units)


def _influence(wave: _Wave, unit: str | None, by_unit: bool) -> Floats:
    """(n, k + 1) influences on the whole or on the own unit's scores, the total last; scaled by √(n / (n − 1))."""
    persons = wave.persons
    if unit is None:
        domain, g = np.zeros(len(persons.y), dtype=np.int64), 1
    else:
        names = sorted({name for name in wave.unit if name is not None})
        place = {name: at for at, name in enumerate(names)}
        domain = np.array([place.get(str(name), len(names)) for name in wave.unit], dtype=np.int64)
        g = len(names) + 1
    means = domain_means(persons.y, persons.w, domain, g)
    n = means.n.astype(np.float64)
    scale = np.sqrt(np.where(n > 1, n / np.maximum(n - 1, 1), 0.0))
    z = means.influence * scale[domain]
    if by_unit:  # units are strata of the whole
        groups = pd.Series([str(name) for name in wave.unit])
        z = z - pd.DataFrame(z).groupby(groups.to_numpy()).transform("mean").to_numpy()
    total = z @ np.where(np.isnan(persons.aggregate), np.nan, persons.aggregate)
    return np.column_stack([z, total])


def _covariance(z_a: Floats, z_b: Floats, pairs: Ints) -> Floats:
    if not len(pairs):
        return np.zeros(z_a.shape[1])
    return np.asarray((z_a[pairs[:, 0]] * z_b[pairs[:, 1]]).sum(axis=0), dtype=np.float64)


def _reduction(n_a: int, n_b: int, both: int, population: float) -> float:
    """1 − n n' / (n_both N), kept in 0 … 1."""
    return float(np.clip(1 - n_a * n_b / (max(both, 1) * population), 0.0, 1.0))


def _sizes(frame: pd.DataFrame, unit: str | None) -> dict[str, float]:
    people = frame_population(frame, unit or "unit")
    return dict(zip(people.units, people.sizes, strict=True))
