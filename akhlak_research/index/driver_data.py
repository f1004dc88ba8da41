"""Drivers and outcome of the same people, ready for arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.counts.rows import as_rows, group_labels
from akhlak_research.index.recipe import read_recipe
from akhlak_research.index.scores import score_persons
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import Floats


@dataclass(frozen=True, slots=True)
class Drivers:
    """Complete rows of n people.

    Attributes
    ----------
    names : tuple of str
    x : (n, p) float
        Percent of maximum.
    y : (n,) float
    w : (n,) float
    inside : (n,) bool
        Whether a person belongs to the office looked at.
    outcome : str
    of : str or None
    n, dropped : int
    """

    names: tuple[str, ...]
    x: Floats
    y: Floats
    w: Floats
    inside: NDArray[np.bool_]
    outcome: str
    of: str | None
    n: int
    dropped: int


def as_drivers(
    responses: Responses, outcome: str | pd.Series, drivers: str, unit: str | pd.Series | None, of: str | None
) -> Drivers:
    """Read drivers, outcome and office; for the errors see ``priorities``."""
    if (of is None) != (unit is None):
        raise ArgumentError("of_needs_unit", got=of)
    rows = as_rows(responses)
    positive = np.ones(len(responses.codes), dtype=bool)
    if responses.weights is not None:
        positive = np.asarray(responses.weights, dtype=np.float64) > 0
    y, name = _outcome(responses, outcome)
    y = y[positive]
    w = np.ones(len(rows.values)) if rows.weights is None else rows.weights
    itself = outcome if isinstance(outcome, str) else None
    if drivers == "items":
        names = tuple(item for item in rows.names if item != itself)
        scales = [responses.instrument.scale_of(item) for item in names]
        low, high = (np.array([getattr(s, end) for s in scales], dtype=np.float64) for end in ("low", "high"))
        x = 100 * (rows.values[:, [rows.names.index(item) for item in names]] - low) / (high - low)
    else:
        if itself in rows.names:
            raise DataError("outcome_is_driver", got=outcome)
        recipe = read_recipe({"score": {"method": "percent-of-maximum", "persons": "available"}})
        scored = score_persons(responses, recipe, pd.Series([str(at) for at in range(len(responses.codes))]))
        assert scored.unit is not None
        names = scored.values
        x = np.full((len(rows.values), len(names)), np.nan)
        place = np.cumsum(positive) - 1
        x[place[[int(scored.unit_names[at]) for at in scored.unit]]] = scored.y
    inside = np.zeros(len(y), dtype=bool)
    if unit is not None:
        labels = group_labels(responses, unit)[0].astype(str).to_numpy()[positive]
        if of not in labels:
            raise ArgumentError("unknown_choice", argument="of", got=of, expected=sorted(set(labels))[:40])
        inside = np.asarray(labels == of, dtype=bool)
    keep = ~np.isnan(x).any(axis=1) & ~np.isnan(y)
    x, y, w, inside = x[keep], y[keep], w[keep], inside[keep]
    _check(x, y, names, name)
    return Drivers(names, x, y, w, inside, name, of, len(y), int((~keep).sum()))


def _outcome(responses: Responses, outcome: str | pd.Series) -> tuple[Floats, str]:
    if isinstance(outcome, pd.Series):
        column, name = outcome, str(outcome.name if outcome.name is not None else "outcome")
        if len(column) != len(responses.codes):
            raise DataError("outcome_unknown", got=len(column), expected=[len(responses.codes)])
    elif outcome in responses.groups.columns:
        column, name = responses.groups[outcome], outcome
    elif outcome in responses.codes.columns:
        column, name = responses.codes[outcome], outcome
    else:
        known = [*map(str, responses.groups.columns), *map(str, responses.codes.columns)]
        raise DataError("outcome_unknown", got=outcome, expected=known)
    numbers = pd.to_numeric(column, errors="coerce")
    odd = np.flatnonzero(np.asarray(column.notna()) & np.asarray(numbers.isna()))
    if len(odd):
        raise DataError("outcome_not_numeric", column=name, row=int(odd[0]) + 2, got=column.iloc[int(odd[0])])
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan), name


def _check(x: Floats, y: Floats, names: tuple[str, ...], outcome: str) -> None:
    if len(y) < len(names) + 3:
        raise DataError("drivers_too_few_people", got=len(y), expected=len(names) + 3)
    if np.ptp(y) == 0:
        raise DataError("outcome_constant", column=outcome, got=float(y[0]))
    flat = np.flatnonzero(np.ptp(x, axis=0) == 0)
    if len(flat):
        raise DataError("driver_constant", column=names[int(flat[0])], got=float(x[0, flat[0]]))
