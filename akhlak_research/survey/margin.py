"""The margin that a number of answers will give: of a proportion, or of the index itself, per unit and in total."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

import pandas as pd

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice, ResultBase, Unavailable, result
from akhlak_research.survey.formulas import mean_variance, population_variance
from akhlak_research.survey.population import Population, as_population, per_unit, whole_numbers

Distribution = Literal["t", "normal"]


@result
class UnitMargin(ResultBase):
    """The margin of one unit.

    Attributes
    ----------
    scope : {"unit", "whole"}
    unit : str
        Empty for the whole.
    population, n : float
        People and answers.
    se, margin : float or Unavailable
        Standard error and half the width of the interval, in the unit of ``sd`` (of 1 for a proportion).
    """

    kind: ClassVar[str] = "unit_margin"
    scope: Literal["unit", "whole"]
    unit: str
    population: float
    n: float
    se: float | Unavailable
    margin: float | Unavailable

    def headline(self) -> str:
        """Unit and margin."""
        return f"{self.unit or self.scope}: ±{float(self.margin):.4g}"


@result
class ExpectedMargin(ResultBase):
    """Expected margins of error.

    Attributes
    ----------
    margins : tuple of UnitMargin
        Units in the order given, then the whole.
    level, deff : float
    of : {"mean", "proportion"}
        What has the margin.
    distribution : {"t", "normal"}
        Where the critical value comes from.
    """

    kind: ClassVar[str] = "expected_margin"
    margins: tuple[UnitMargin, ...]
    level: float
    deff: float
    of: Literal["mean", "proportion"]
    distribution: Distribution
    notices: tuple[Notice, ...] = ()

    @property
    def margin(self) -> float | Unavailable:
        """Of the whole."""
        return self.margins[-1].margin

    @property
    def se(self) -> float | Unavailable:
        """Standard error of the whole."""
        return self.margins[-1].se

    def __getitem__(self, unit: str) -> UnitMargin:
        for part in self.margins:
            if part.scope == "unit" and part.unit == unit:
                return part
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[m.unit for m in self.margins[:-1]])

    def table(self) -> pd.DataFrame:
        """One row per unit, the whole last: ``scope unit population n sampling_fraction std_error margin``."""
        return pd.DataFrame(
            {
                "scope": [m.scope for m in self.margins],
                "unit": [m.unit for m in self.margins],
                "population": whole_numbers([m.population for m in self.margins]),
                "n": whole_numbers([m.n for m in self.margins]),
                "sampling_fraction": [m.n / m.population for m in self.margins],
                "std_error": [float(m.se) for m in self.margins],
                "margin": [float(m.margin) for m in self.margins],
            }
        )

    def headline(self) -> str:
        """Margin of the whole."""
        return f"±{float(self.margin):.4g} ({self.of}, {len(self.margins) - 1} units)"


def expected_margin(
    population: int | pd.Series | Mapping[object, int] | None,
    n: float | pd.Series | Mapping[object, float],
    *,
    sd: float | pd.Series | Mapping[object, float] | None = None,
    p: float | pd.Series | Mapping[object, float] | None = None,
    level: float = 0.95,
    deff: float = 1.0,
    distribution: Distribution | None = None,
) -> ExpectedMargin:
    """The margin of error that ``n`` answers give, with finite-population correction.

    Parameters
    ----------
    population : int, Series or None
        People, or people per unit; None for a population of unknown size.
    n : number or Series
        Answers, or answers per unit (0 allowed); one number stands for every unit.
    sd : float or Series, optional
        Standard deviation of a person's score: the margin is the index's own, in its points.
    p : float or Series, optional
        Expected proportion; used where ``sd`` is not given, by default 0.5.
    level : float
    deff : float
        Design effect within units.
    distribution : {"t", "normal"}, optional
        Student's t with n − 1 degrees of freedom (default for a mean: what ``build_index`` uses; in an office of
        five it widens the interval by two fifths) or the normal (default for a proportion: what the sample-size
        formulas use).

    Returns
    -------
    ExpectedMargin
        ``.margin`` of the whole, ``["unit"].margin``, ``.table()``. A unit without answers, or with one where t is
        asked for, has an ``Unavailable`` margin. Where a unit has no answers the whole has none either: nothing
        is known of those people (``quota_status`` gives the margin of the units that answered).

    Raises
    ------
    ArgumentError
        ``sd_and_p``, ``size_argument_invalid``, ``level_out_of_range``, ``unknown_choice``, ``population_type``.
    DataError
        ``more_answers_than_people`` (names the unit), ``n_invalid``, ``units_differ``, ``population_invalid``,
        ``duplicate_units``, ``no_units``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> offices = {"Dinas A": 40, "Dinas B": 400}
    >>> ak.expected_margin(offices, {"Dinas A": 20, "Dinas B": 100}, sd=15).table()["margin"].round(2).tolist()
    [4.96, 2.58, 2.38]

    Notes
    -----
    Answers are taken as a simple random sample of each unit; the whole weights units by their people (stratified
    mean: variance Σ W² deff S² / n (1 − n / N), W = N / ΣN; degrees of freedom Σn − units). It speaks of sampling
    error only: a census has margin 0 and can still be far off if those who did not answer differ.

    References
    ----------
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., theorems 2.2 and 5.3.
    """
    check_level(level)
    if sd is not None and p is not None:
        raise ArgumentError("sd_and_p")
    where = as_population(population)
    spread = _spread(where, sd, p)
    answers = per_unit(n, where, "n")
    _check_answers(where, answers)
    if not 0 < deff < math.inf:
        raise ArgumentError("size_argument_invalid", argument="deff", got=deff, expected="deff > 0")
    of: Literal["mean", "proportion"] = "proportion" if sd is None else "mean"
    chosen: Distribution = distribution or ("t" if of == "mean" else "normal")
    check_choice(chosen, ("t", "normal"), "distribution")
    variances = [
        mean_variance(size, people, s2, deff) if size else math.nan
        for size, people, s2 in zip(answers, where.sizes, spread, strict=True)
    ]
    names = where.units or ("",)
    units = [
        _margin("unit" if where.units else "whole", unit, people, size, variance, size - 1, level, chosen)
        for unit, people, size, variance in zip(names, where.sizes, answers, variances, strict=True)
    ]
    parts = [*units, _whole(where, answers, variances, level, chosen)] if where.units else units
    return ExpectedMargin(
        margins=tuple(parts), level=level, deff=deff, of=of, distribution=chosen, notices=_notices(parts)
    )


def _spread(
    where: Population,
    sd: float | pd.Series | Mapping[object, float] | None,
    p: float | pd.Series | Mapping[object, float] | None,
) -> list[float]:
    """Population variances per unit."""
    if sd is not None:
        deviations = per_unit(sd, where, "sd")
        if not all(0 < value < math.inf for value in deviations):
            raise ArgumentError("size_argument_invalid", argument="sd", got=min(deviations), expected="sd > 0")
        return [value * value for value in deviations]
    shares = per_unit(0.5 if p is None else p, where, "p")
    if not all(0 < value < 1 for value in shares):
        odd = next(value for value in shares if not 0 < value < 1)
        raise ArgumentError("size_argument_invalid", argument="p", got=odd, expected="0 < p < 1")
    return [population_variance(share, people) for share, people in zip(shares, where.sizes, strict=True)]


def _check_answers(where: Population, answers: tuple[float, ...]) -> None:
    for unit, people, size in zip(where.units or ("–",), where.sizes, answers, strict=True):
        if not (math.isfinite(size) and size >= 0 and size == math.floor(size)):
            raise DataError("n_invalid", got=size, unit=unit)
        if size > people:
            raise DataError("more_answers_than_people", got=int(size), expected=int(people), unit=unit)


def _margin(
    scope: Literal["unit", "whole"], unit: str, people: float, size: float, variance: float, df: float, level: float,
    distribution: Distribution,
) -> UnitMargin:  # fmt: skip
    none: Unavailable | None = None
    if math.isnan(variance):
        none = Unavailable("units_without_answers" if size > 0 else "no_answers", {"unit": unit})
    elif distribution == "t" and df < 1 and variance > 0:
        none = Unavailable("one_answer", {"unit": unit})
    if none is not None:
        return UnitMargin(scope=scope, unit=unit, population=people, n=size, se=none, margin=none)
    se = math.sqrt(variance)
    margin = se * critical_value(level, df, distribution) if se > 0 else 0.0
    return UnitMargin(scope=scope, unit=unit, population=people, n=size, se=se, margin=margin)


def _whole(
    where: Population, answers: tuple[float, ...], variances: list[float], level: float, distribution: Distribution
) -> UnitMargin:
    total = where.total
    variance = sum((people / total) ** 2 * one for people, one in zip(where.sizes, variances, strict=True))
    size = sum(answers)
    return _margin("whole", "", total, size, variance, size - len(answers), level, distribution)


def critical_value(level: float, df: float, distribution: Distribution) -> float:
    """Two-sided critical value of Student's t with ``df`` degrees of freedom, or of the normal."""
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(df, 0.5 + level / 2)) if distribution == "t" else float(ndtri(0.5 + level / 2))


def _notices(parts: list[UnitMargin]) -> tuple[Notice, ...]:
    empty = [part.unit for part in parts if part.scope == "unit" and isinstance(part.margin, Unavailable)]
    census = [part.unit or "–" for part in parts if part.n == part.population]
    found = []
    if empty:
        found.append(Notice("units_without_margin", "caution", {"count": len(empty), "units": empty[:10]}))
    if census:
        found.append(Notice("census_margin", "info", {"count": len(census), "units": census[:10]}))
    return tuple(found)
