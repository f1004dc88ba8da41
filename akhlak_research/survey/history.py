"""What each day's answers did to an estimate: more answers narrow its interval; who gives them moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Estimate, Notice, Result, Unavailable, result
from akhlak_research.survey.design import Column, SurveyDesign
from akhlak_research.survey.domains import inputs_of, numbers
from akhlak_research.survey.estimate import estimate_mean
from akhlak_research.survey.fieldwork import as_days


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The estimate after a day.

    Attributes
    ----------
    date : str
    n : int
        Answers up to that day.
    so_far : Estimate or Unavailable
        Mean of all answers up to then.
    of_day : Estimate or Unavailable
        Mean of the answers of that day alone.
    """

    date: str
    n: int
    so_far: Estimate | Unavailable
    of_day: Estimate | Unavailable


@result
class ResponseHistory(Result):
    """An estimate as the answers came in.

    Attributes
    ----------
    variable : str
    points : tuple of HistoryPoint
    early, late : Estimate or Unavailable
        Means of the earlier and of the later half, split between days.
    split : str
        First day of the later half.
    difference : Estimate or Unavailable
        Late minus early.
    """

    kind: ClassVar[str] = "response_history"
    further_tables: ClassVar[tuple[str, ...]] = ("halves",)
    variable: str
    points: tuple[HistoryPoint, ...]
    early: Estimate | Unavailable
    late: Estimate | Unavailable
    split: str
    difference: Estimate | Unavailable

    def table(self) -> pd.DataFrame:
        """One row per day: ``date n estimate std_error ci_low ci_high of_day``."""
        return pd.DataFrame(
            {
                "date": [point.date for point in self.points],
                "n": [point.n for point in self.points],
                "estimate": [point.so_far.estimate for point in self.points],
                "std_error": [float(point.so_far.se) for point in self.points],
                "ci_low": [point.so_far.interval.low for point in self.points],
                "ci_high": [point.so_far.interval.high for point in self.points],
                "of_day": [point.of_day.estimate for point in self.points],
            }
        )

    def halves(self) -> pd.DataFrame:
        """The earlier half, the later half and their difference: ``half estimate std_error ci_low ci_high n``."""
        parts = {"early_half": self.early, "late_half": self.late, "late_minus_early": self.difference}
        rows = [
            (name, part.estimate, float(part.se), part.interval.low, part.interval.high, part.n)
            for name, part in parts.items()
        ]
        return pd.DataFrame(rows, columns=["half", "estimate", "std_error", "ci_low", "ci_high", "n"])

    def headline(self) -> str:
        """Late minus early."""
        return f"{self.variable}: late − early {self.difference}"


def response_history(
    design: SurveyDesign, variable: Column, answered: Column = "answered_on", *, level: float = 0.95
) -> ResponseHistory:
    """An estimate day by day, and its earlier against its later answers.

    Parameters
    ----------
    design : SurveyDesign
        Of all answers; those up to a day are a domain of it.
    variable : str or Series
        Score of each person; rows without one are left out.
    answered : str or Series
        Day of each answer.
    level : float

    Returns
    -------
    ResponseHistory
        ``.table()``, ``.early``, ``.late``, ``.difference``. If late respondents resemble those who never answer, the
        difference hints at the direction of non-response bias; it proves none, and none of it shows in the interval.

    Raises
    ------
    DataError
        ``answer_date_invalid``, ``one_day_only``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> days = ["2026-03-02"] * 3 + ["2026-03-03"] * 3
    >>> came = pd.DataFrame({"score": [80, 70, 90, 60, 50, 70.0], "answered_on": days})
    >>> ak.response_history(ak.SurveyDesign(came), "score").difference.estimate
    -20.0

    Notes
    -----
    Weights are those of the design as it stands at the end. The halves are split between days, as evenly as these
    allow; their difference has the error of two domains of one design.
    """
    names, y = numbers(design, variable)
    days = as_days(design.column(answered, "answered"), design.n)
    there = ~np.isnan(y[:, 0])
    if not there.any():
        raise DataError("no_rows")
    order = sorted(set(days[there]))
    if len(order) < 2:
        raise DataError("one_day_only", got=f"{order[0]:%Y-%m-%d}")
    points = []
    for day in order:
        until, on = np.asarray(days <= day) & there, np.asarray(days == day) & there
        so_far = estimate_mean(design, variable, where=until, level=level).estimate
        of_day = estimate_mean(design, variable, where=on, level=level).estimate
        points.append(HistoryPoint(f"{day:%Y-%m-%d}", int(until.sum()), so_far, of_day))
    counts = np.array([point.n for point in points])
    at = int(np.argmin(np.abs(counts[:-1] - there.sum() / 2))) + 1
    later = pd.Series(np.asarray(days >= order[at]), name="later")
    halves = estimate_mean(design, variable, by=later, where=there, level=level)
    difference: Estimate | Unavailable = Unavailable("too_few_clusters", {"df": 0})
    if not any(isinstance(one.se, Unavailable) for one in halves.estimates):
        difference = halves.contrast([-1.0, 1.0])
    return ResponseHistory(
        inputs=inputs_of(design, names, y, there, "listwise"), variable=names[0], points=tuple(points),
        early=halves[False].value, late=halves[True].value, split=f"{order[at]:%Y-%m-%d}", difference=difference,
        notices=(*_moved(points), *halves.notices),
    )  # fmt: skip


def _moved(points: list[HistoryPoint]) -> list[Notice]:
    """In numbers: what more answers did to the interval and to the mean."""
    known = [point for point in points if not isinstance(point.so_far.interval, Unavailable)]
    if len(known) < 2:
        return []
    first, last = known[0], known[-1]
    widths = [point.so_far.interval.high - point.so_far.interval.low for point in (first, last)]
    values = {
        "n_first": first.n, "n_last": last.n, "first": round(first.so_far.estimate, 2),
        "last": round(last.so_far.estimate, 2), "width_first": round(widths[0], 2), "width_last": round(widths[1], 2),
    }  # fmt: skip
    return [Notice("more_answers_narrow_the_interval", "info", values)]
