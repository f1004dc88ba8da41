"""Where the fieldwork stands, per office and in all, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import NAN, Notice, ResultBase, Unavailable, result
from akhlak_research.survey.fieldwork import CurvePoint
from akhlak_research.survey.population import whole_numbers

Standing = Literal["reached", "on_course", "short", "not_asked"]


@dataclass(frozen=True, slots=True)
class UnitQuota:
    """One office, or all of them (``unit`` empty).

    Attributes
    ----------
    unit : str
    population, n : int
        People, and answers so far.
    required : int or None
        Answers asked for.
    projected : float or Unavailable
        Answers expected at the closing date.
    margin, margin_at_required, margin_if_all : float or Unavailable
        Expected margin of error now, with the required answers, and if everybody answers (a census: 0).
    to_ask : int
        Silent people to be reminded so that the shortage is expected to be made up, at the response rate so far.
    """

    unit: str
    population: int
    n: int
    required: int | None
    projected: float | Unavailable
    margin: float | Unavailable
    margin_at_required: float | Unavailable
    margin_if_all: float
    to_ask: int

    @property
    def rate(self) -> float:
        """Percent of the people who answered."""
        return 100 * self.n / self.population

    @property
    def short(self) -> int:
        """Answers still lacking."""
        return 0 if self.required is None else max(0, self.required - self.n)

    @property
    def standing(self) -> Standing:
        """Whether the required number is reached, or expected to be."""
        if self.required is None:
            return "not_asked"
        if self.short == 0:
            return "reached"
        ahead = not isinstance(self.projected, Unavailable) and self.projected >= self.required - 0.5
        return "on_course" if ahead else "short"


@dataclass(frozen=True, slots=True)
class AnsweringOffices:
    """The offices that have answered, as the population that a mean of today stands for.

    Attributes
    ----------
    offices, silent : int
        Offices with an answer, and without.
    population, n : int
        People of the offices that answered, and their answers.
    people_in_frame : int
        People of all offices.
    margin : float or Unavailable
        Of the mean over the people of these offices; nothing is said about the others.
    n_if_silent_answer : int or Unavailable
        Answers in all where each silent office gives what is required of it, or, where nothing is required, answers at
        the rate of the others (one at least).
    margin_if_silent_answer : float or Unavailable
        Of the whole then.
    """

    offices: int
    silent: int
    population: int
    n: int
    people_in_frame: int
    margin: float | Unavailable
    n_if_silent_answer: int | Unavailable
    margin_if_silent_answer: float | Unavailable

    @property
    def coverage(self) -> float:
        """Percent of the people of the frame who work in an office that answered."""
        return 100 * self.population / self.people_in_frame


@result
class QuotaStatus(ResultBase):
    """Where the fieldwork stands; ``status["Dinas A"]`` is one office.

    Attributes
    ----------
    units : tuple of UnitQuota
        In the order of the frame.
    whole : UnitQuota
        All of them; its required number is the sum. It has no margin while an office is silent.
    answering : AnsweringOffices
        The offices that have answered: the margin that exists until then.
    date, closes : str or None
        Day of the count, and the last day.
    points : tuple of CurvePoint
        Answers by day, then the projection to the closing date.
    projected_low, projected_high : float or Unavailable
        Interval of the number of answers at the closing date.
    level : float
    """

    kind: ClassVar[str] = "quota_status"
    further_tables: ClassVar[tuple[str, ...]] = ("invite_next", "coverage")
    units: tuple[UnitQuota, ...]
    whole: UnitQuota
    answering: AnsweringOffices
    date: str | None
    closes: str | None
    points: tuple[CurvePoint, ...]
    projected_low: float | Unavailable
    projected_high: float | Unavailable
    level: float
    notices: tuple[Notice, ...] = ()

    def __getitem__(self, unit: str) -> UnitQuota:
        for one in self.units:
            if one.unit == unit:
                return one
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[one.unit for one in self.units])

    def table(self) -> pd.DataFrame:
        """One row per office, all of them last.

        Columns ``scope unit population required n short rate projected margin margin_at_required to_ask standing``.
        """
        listed = [*self.units, self.whole]
        return pd.DataFrame(
            {
                "scope": ["unit"] * len(self.units) + ["overall"],
                "unit": [one.unit for one in listed],
                "population": [one.population for one in listed],
                "required": whole_numbers([NAN if one.required is None else one.required for one in listed]),
                "n": [one.n for one in listed],
                "short": [one.short for one in listed],
                "rate": [one.rate for one in listed],
                "projected": [float(one.projected) for one in listed],
                "margin": [float(one.margin) for one in listed],
                "margin_at_required": [float(one.margin_at_required) for one in listed],
                "to_ask": [one.to_ask for one in listed],
                "standing": [one.standing for one in listed],
            }
        )

    def curve(self) -> pd.DataFrame:
        """One row per day: ``date n n_so_far ci_low ci_high is_projected`` (limits of the number so far)."""
        names = ["date", "n", "n_so_far", "ci_low", "ci_high", "is_projected"]
        rows = [(p.date, p.n, p.cumulative, p.low, p.high, p.projected) for p in self.points]
        return pd.DataFrame(rows, columns=names)

    def invite_next(self) -> pd.DataFrame:
        """Offices that lack answers, the largest shortage (in percent of what is required) first."""
        lacking = [one for one in self.units if one.short and one.required]
        lacking.sort(key=lambda one: (-one.short / (one.required or 1), one.unit))
        return pd.DataFrame(
            {
                "unit": [one.unit for one in lacking],
                "short": [one.short for one in lacking],
                "short_percent": [100 * one.short / (one.required or 1) for one in lacking],
                "silent": [one.population - one.n for one in lacking],
                "to_ask": [one.to_ask for one in lacking],
                "standing": [one.standing for one in lacking],
            }
        )

    def coverage(self) -> pd.DataFrame:
        """Whom a mean of today stands for, and tomorrow: ``stands_for offices population coverage_percent n margin``.

        The offices that answered, with their share of the people of the frame; where some are silent also the whole as
        it would be with answers from them.
        """
        one = self.answering
        rows = [("offices_that_answered", one.offices, one.population, one.coverage, one.n, float(one.margin))]
        if one.silent:
            more = float(one.n_if_silent_answer), float(one.margin_if_silent_answer)
            rows.append(("all_if_silent_answer", one.offices + one.silent, one.people_in_frame, 100.0, *more))  # type: ignore[arg-type]
        frame = pd.DataFrame(rows, columns=["stands_for", "offices", "population", "coverage_percent", "n", "margin"])
        return frame.assign(n=whole_numbers(frame["n"].tolist()))

    def headline(self) -> str:
        """Answers against what is required."""
        reached = sum(one.standing == "reached" for one in self.units)
        asked = "" if self.whole.required is None else f" of {self.whole.required} required, {reached} offices reached"
        return f"{self.whole.n} answers{asked}" + (f" on {self.date}" if self.date else "")
