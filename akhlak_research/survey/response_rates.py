"""Response rates by unit, and what weighting units back to their size would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.responses.model import Responses, inputs_of
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.population import Population, frame_population


@dataclass(frozen=True, slots=True)
class UnitRate:
    """The response rate of one unit, or of all of them (``unit`` empty).

    Attributes
    ----------
    unit : str
    population, n : int
        People of the frame, and those who answered.
    rate : float
        Percent.
    """

    unit: str
    population: int
    n: int

    @property
    def rate(self) -> float:
        """Percent of the people who answered."""
        return 100 * self.n / self.population


@result
class ResponseRates(Result):
    """Response rates; ``rates["Dinas A"]`` is one unit.

    Attributes
    ----------
    units : tuple of UnitRate
        In the order of the frame.
    overall : UnitRate
        The sums over the units.
    kish_deff : float
        Design effect of unequal weights if every answer stood for N / n people of its unit (Kish): ≥ 1, and 1 where
        all units answered at the same rate.
    effective_n : float
        Answers divided by that.
    """

    kind: ClassVar[str] = "response_rates"
    units: tuple[UnitRate, ...]
    overall: UnitRate
    kish_deff: float
    effective_n: float

    def __getitem__(self, unit: str) -> UnitRate:
        for one in self.units:
            if one.unit == unit:
                return one
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[one.unit for one in self.units])

    def table(self) -> pd.DataFrame:
        """One row per unit, all of them last: ``scope unit population n rate`` (scope ``unit`` or ``overall``)."""
        rows = [("unit", one) for one in self.units] + [("overall", self.overall)]
        return pd.DataFrame(
            [(scope, one.unit, one.population, one.n, one.rate) for scope, one in rows],
            columns=["scope", "unit", "population", "n", "rate"],
        )

    def headline(self) -> str:
        """Overall rate, units and Kish's design effect."""
        return f"{self.overall.rate:.1f}% of {self.overall.population} in {len(self.units)} units, " + (
            f"Kish deff {self.kish_deff:.3f}"
        )


def response_rates(frame: pd.DataFrame, responses: Responses, unit: str) -> ResponseRates:
    """How many of each unit's people answered.

    Everybody of the frame is taken as invited, so a rate is a fact about the units and has no interval. A high rate is
    no proof of good answers: what matters is whether those who stayed silent differ.

    Parameters
    ----------
    frame : DataFrame
        One row per unit: its name in the column ``unit`` (or a column called like the argument ``unit``), its people in
        ``population``; other columns are not read.
    responses : Responses
        Answers. A row counts if it holds an answer to at least one item; sampling weights play no part.
    unit : str
        Background variable of the answers that names the unit. Respondents without one are counted in a notice and in
        no rate.

    Returns
    -------
    ResponseRates
        ``.table()``, ``.overall``, ``["unit"]``, ``.kish_deff``, ``.effective_n``. Units from which nobody answered are
        named in a notice; they have no weight.

    Raises
    ------
    DataError
        ``unit_not_in_frame``, ``more_answers_than_people``, ``frame_columns``, ``frame_unit_missing``,
        ``duplicate_units``, ``population_invalid``, ``no_units`` where no answer names a unit, ``no_rows``.
    ArgumentError
        ``frame_type``, ``rates_need_responses``, ``by_unknown``, ``population_type``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> answers = ak.Study("data/bfi").responses
    >>> frame = pd.DataFrame({"gender": ["1", "2"], "population": [2000, 3000]})  # made up
    >>> ak.response_rates(frame, answers, "gender")
    <response_rates 56.0% of 5000 in 2 units, Kish deff 1.023>

    References
    ----------
    Kish, L. (1965), Survey Sampling, section 11.7.
    """
    if not isinstance(responses, Responses):
        raise ArgumentError("rates_need_responses", got=type(responses).__name__, expected="Responses")
    if unit not in responses.groups.columns:
        raise ArgumentError("by_unknown", got=unit, expected=[str(name) for name in responses.groups.columns])
    people = frame_population(frame, unit)
    if responses.n == 0:
        raise DataError("no_rows")
    answered = responses.codes.notna().any(axis=1).to_numpy()
    named = responses.groups[unit].notna().to_numpy()
    n = answers_by_unit(people, responses.groups[unit][answered & named])
    size = np.array(people.sizes)
    units = tuple(UnitRate(*one) for one in zip(people.units, size.astype(int).tolist(), n.tolist(), strict=True))
    overall = UnitRate("", int(people.total), int(n.sum()))
    deff = kish_design_effect(size[n > 0], n[n > 0].astype(np.float64))
    return ResponseRates(
        inputs=inputs_of(responses, responses.groups[[unit]], overall.n), units=units, overall=overall, kish_deff=deff,
        effective_n=overall.n / deff,
        notices=_notices(units, overall, int((answered & ~named).sum()), int((~answered).sum())),
    )  # fmt: skip


def kish_design_effect(size: Floats, n: Floats) -> float:
    """n Σw² / (Σw)² over people with weight w = N_h / n_h in unit h (Kish 1965, section 11.7).

    Parameters
    ----------
    size, n : (H,)
        N_h people and n_h ≥ 1 answers.
    """
    return float(n.sum() * (size**2 / n).sum() / size.sum() ** 2)


def answers_by_unit(people: Population, labels: pd.Series) -> np.ndarray:
    """(g,) answers of each unit of the frame."""
    if labels.empty:
        raise DataError("no_units")
    counts = labels.astype(str).value_counts(sort=False)
    unknown = sorted(set(counts.index) - set(people.units))
    if unknown:
        raise DataError("unit_not_in_frame", got=unknown[:10], count=len(unknown))
    n = counts.reindex(people.units, fill_value=0).to_numpy(dtype=np.int64)
    for name, size, answers in zip(people.units, people.sizes, n.tolist(), strict=True):
        if answers > size:
            raise DataError("more_answers_than_people", unit=name, got=answers, expected=int(size))
    return n


def _notices(units: tuple[UnitRate, ...], overall: UnitRate, without: int, blank: int) -> tuple[Notice, ...]:
    found = []
    silent = [one for one in units if one.n == 0]
    if silent:
        people, names = sum(one.population for one in silent), tuple(one.unit for one in silent)
        values = {"count": len(silent), "people": people, "units": names}
        found.append(Notice("rates_silent_units", "warning", values))
    if without:
        rate = 100 * (overall.n + without) / overall.population
        found.append(Notice("rates_without_unit", "caution", {"n": without, "rate": rate}))
    if blank:
        found.append(Notice("rates_blank_rows", "info", {"n": blank}))
    return tuple(found)
