"""Answers over time: how many came on each day, and how many will if the pace of the last days holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.survey.linearised import Floats, Ints


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A day of the fieldwork.

    Attributes
    ----------
    date : str
        ``2023-10-13``.
    n : float
        Answers of the day; expected ones where ``projected``.
    cumulative : float
    low, high : float
        Interval of the cumulative number; the number itself where it was counted.
    projected : bool
    """

    date: str
    n: float
    cumulative: float
    low: float
    high: float
    projected: bool


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What the closing date would bring.

    Attributes
    ----------
    added : (g,) float
        Expected further answers of each unit.
    by_day : (D,) float
        Expected further answers up to each day, all units together.
    dispersion : float
        How much more days differ than a Poisson count would, ≥ 1.
    """

    added: Floats
    by_day: Floats
    dispersion: float


def as_days(dates: Any, n: int) -> pd.DatetimeIndex:
    """Days of n answers.

    Raises
    ------
    DataError
        ``answer_date_invalid`` names the rows.
    ArgumentError
        ``design_length``.
    """
    given = pd.Series(dates).reset_index(drop=True)
    if len(given) != n:
        raise ArgumentError("design_length", role="answered", got=len(given), expected=n)
    days = pd.to_datetime(given, errors="coerce", format=None if given.dtype.kind == "M" else "ISO8601")
    odd = np.flatnonzero(days.isna())
    if len(odd):
        shown = [str(given.iloc[at]) for at in odd[:5]]
        raise DataError("answer_date_invalid", got=shown, rows=(odd[:10] + 1).tolist(), count=len(odd))
    return pd.DatetimeIndex(days).normalize()


def one_day(value: Any, argument: str) -> pd.Timestamp:
    """A day given as text or date."""
    day = pd.to_datetime(pd.Series([value]), errors="coerce")[0]
    if pd.isna(day):
        raise ArgumentError("day_invalid", argument=argument, got=value, expected="2023-10-20")
    return pd.Timestamp(day).normalize()


def daily_counts(unit: Ints, day: Ints, g: int, days: int) -> Ints:
    """(g, days) answers of each unit on each day."""
    return np.bincount(unit * days + day, minlength=g * days).reshape(g, days)


def project(counts: Ints, people: Floats, ahead: int, window: int) -> Projection:
    """Further answers if each silent person keeps answering at the daily chance of the last days.

    The chance of a unit is its answers in the window over the silent person-days in it; those still silent then answer
    with 1 − (1 − h)^D within D days. Dispersion is Pearson's of the daily counts of all units in the window.

    Parameters
    ----------
    counts : (g, days)
    people : (g,)
    ahead : int
        Days D to the closing date.
    window : int
        Days looked back on.
    """
    done = counts.cumsum(axis=1)
    before = np.concatenate([np.zeros((len(people), 1)), done[:, :-1]], axis=1)
    silent = people[:, None] - before
    last = slice(max(0, counts.shape[1] - window), None)
    exposure = silent[:, last].sum(axis=1)
    chance = np.divide(counts[:, last].sum(axis=1), exposure, out=np.zeros(len(people)), where=exposure > 0)
    left = people - done[:, -1]
    steps = np.arange(1, ahead + 1)
    by_day = (left[:, None] * (1 - (1 - chance[:, None]) ** steps)).sum(axis=0)
    expected = (chance[:, None] * silent[:, last]).sum(axis=0)
    seen = counts[:, last].sum(axis=0)
    ok = expected > 0
    spread = ((seen[ok] - expected[ok]) ** 2 / expected[ok]).sum() / max(int(ok.sum()) - 1, 1)
    added = left * (1 - (1 - chance) ** ahead)
    return Projection(np.asarray(added, dtype=np.float64), by_day, max(1.0, float(spread)))
