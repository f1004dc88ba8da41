"""Evidence as data: ratings 0, 1 or 2 that evaluators gave to indicators of units, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.survey.linearised import Floats

#: red, yellow, green
POINTS = (0, 1, 2)
TOP = 2.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Ratings of g units on k indicators by r evaluators. A data kind of its own: judgements of things that were shown.

    Attributes
    ----------
    units, indicators, evaluators : tuple of str
        In sorted order, in order of first appearance (or as declared), in order of columns.
    cells : (g, k, r) float
        NaN where an evaluator gave no rating.
    weights : (k,) float
        Summing to 1.
    texts : mapping of str to str
        What an indicator asks, where the table says it.
    """

    units: tuple[str, ...]
    indicators: tuple[str, ...]
    evaluators: tuple[str, ...]
    cells: Floats
    weights: Floats
    texts: Mapping[str, str]


def as_evidence(
    ratings: pd.DataFrame, *, unit: str, indicator: str, evaluators: Sequence[str] | tuple[str, str] | None,
    long: tuple[str, str] | None, weights: Mapping[str, float] | None, missing: str,
) -> Evidence:  # fmt: skip
    """Ratings from a table with one row per unit and indicator (evaluators in columns) or per rating (long).

    Raises
    ------
    ArgumentError
        ``evidence_type``, ``evidence_layout``.
    DataError
        ``evidence_columns``, ``evidence_names`` (an empty unit, indicator or evaluator), ``evidence_rating`` (names the
        row, the column and what stands there), ``evidence_twice``, ``evidence_missing``, ``evidence_weights``.
    """
    if not isinstance(ratings, pd.DataFrame):
        raise ArgumentError("evidence_type", got=type(ratings).__name__, expected="DataFrame")
    if (evaluators is None) == (long is None):
        raise ArgumentError("evidence_layout", got=evaluators)
    needed = [unit, indicator, *(evaluators or ()), *(long or ())]
    absent = [name for name in needed if name not in ratings.columns]
    if absent or not len(ratings):
        raise DataError("evidence_columns", got=absent, expected=[str(c) for c in ratings.columns])
    frame = ratings.reset_index(drop=True)
    for name in (unit, indicator, *(long[:1] if long else ())):
        empty = np.flatnonzero(frame[name].isna() | (frame[name].astype(str).str.strip() == ""))
        if len(empty):
            raise DataError("evidence_names", row=int(empty[0]) + 2, column=name)
    tall = _tall(frame, unit, indicator, list(evaluators or ()), long)
    names = {
        "unit": sorted(tall["unit"].unique()), "indicator": list(dict.fromkeys(tall["indicator"])),
        "evaluator": list(dict.fromkeys(tall["evaluator"])),
    }  # fmt: skip
    place = [pd.Index(names[key]).get_indexer(pd.Index(tall[key])) for key in ("unit", "indicator", "evaluator")]
    shape = tuple(len(names[key]) for key in ("unit", "indicator", "evaluator"))
    flat = np.ravel_multi_index(tuple(place), shape)
    twice = np.flatnonzero(pd.Series(flat).duplicated())
    if len(twice):
        row = tall.iloc[int(twice[0])]
        raise DataError("evidence_twice", row=int(row["row"]), unit=row["unit"], indicator=row["indicator"])
    cells = np.full(shape, np.nan)
    cells[tuple(place)] = tall["rating"].to_numpy(dtype=np.float64)
    made = Evidence(
        tuple(names["unit"]), tuple(names["indicator"]), tuple(names["evaluator"]), cells,
        _weights(weights, names["indicator"]), _texts(frame, indicator),
    )  # fmt: skip
    _check_gaps(made, missing)
    return made


def _tall(
    frame: pd.DataFrame, unit: str, indicator: str, evaluators: list[str], long: tuple[str, str] | None
) -> pd.DataFrame:
    """``row unit indicator evaluator rating``; ratings checked."""
    names = {"unit": frame[unit].astype(str).str.strip(), "indicator": frame[indicator].astype(str).str.strip()}
    parts = []
    for column in [long[1]] if long else evaluators:
        who = frame[long[0]].astype(str).str.strip() if long else column
        rating = pd.to_numeric(frame[column], errors="coerce")
        bad = np.flatnonzero(frame[column].notna() & ~rating.isin(POINTS))
        if len(bad):
            at = int(bad[0])
            raise DataError(
                "evidence_rating", row=at + 2, column=column, got=frame[column].iloc[at], expected=list(POINTS),
                unit=names["unit"].iloc[at], indicator=names["indicator"].iloc[at],
            )  # fmt: skip
        parts.append(pd.DataFrame({"row": frame.index + 2, **names, "evaluator": who, "rating": rating}))
    return pd.concat(parts, ignore_index=True)


def _texts(frame: pd.DataFrame, indicator: str) -> dict[str, str]:
    said = f"{indicator}_text"
    if said not in frame.columns:
        return {}
    pairs = frame[[indicator, said]].dropna().astype(str).drop_duplicates(subset=indicator)
    return dict(zip(pairs[indicator].str.strip(), pairs[said].str.strip(), strict=True))


def _weights(given: Mapping[str, float] | None, indicators: list[str]) -> Floats:
    if given is None:
        return np.full(len(indicators), 1 / len(indicators))
    odd = sorted(set(map(str, given)) ^ set(indicators))
    bad = {name: weight for name, weight in given.items() if not (np.isfinite(weight) and weight >= 0)}
    if odd or bad or not sum(given.values()) > 0:
        raise DataError("evidence_weights", got=odd or bad or dict(given), expected=indicators)
    weights = np.array([float(given[name]) for name in indicators])
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _check_gaps(made: Evidence, missing: str) -> None:
    """A unit without a rating where others have one: zero, left out or forgotten? Only the user knows."""
    rated: NDArray[np.bool_] = ~np.isnan(made.cells)
    gap: NDArray[np.bool_]
    if missing == "available":  # only a unit of which nothing at all was rated cannot be scored
        silent = np.asarray(~rated.any(axis=(1, 2)), dtype=np.bool_)
        gap = np.repeat(silent[:, None], len(made.indicators), axis=1)
    else:
        gap = np.asarray(~rated.all(axis=2), dtype=np.bool_)
    if gap.any():
        u, i = (int(at) for at in np.argwhere(gap)[0])
        who = [name for name, there in zip(made.evaluators, rated[u, i], strict=True) if not there]
        raise DataError(
            "evidence_missing", unit=made.units[u], indicator=made.indicators[i], evaluators=who, count=int(gap.sum())
        )
