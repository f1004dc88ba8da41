"""How many respondents, by the formulas that offices use, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import NAN, Notice, ResultBase, Unavailable, result
from akhlak_research.survey.formulas import SizeFormula, finite_size, infinite_size, size_formulas, whole
from akhlak_research.survey.population import Population, as_population, whole_numbers

Method = Literal["cochran", "slovin", "krejcie-morgan", "isaac-michael", "all"]
Scope = Literal["unit", "sum", "whole"]
DEFAULT_MARGIN = 0.05


@result
class UnitSize(ResultBase):
    """The size for one population by one formula.

    Attributes
    ----------
    scope : {"unit", "sum", "whole"}
        One unit; all units added up (each reaches the margin); all people as one population.
    unit : str
        Name of the unit, empty otherwise.
    method : str
    population : float
        People; infinity if unknown.
    exact : float
        What the formula gives; NaN for a sum.
    n : int or Unavailable
        Answers needed.
    invitations : int or Unavailable
        People to ask at the expected response rate, at most all.
    """

    kind: ClassVar[str] = "unit_size"
    scope: Scope
    unit: str
    method: str
    population: float
    exact: float
    n: int | Unavailable
    invitations: int | Unavailable

    def headline(self) -> str:
        """Answers needed."""
        return f"{self.unit or self.scope} {self.method}: {self.n}"


@result
class SampleSize(ResultBase):
    """Sample sizes.

    Attributes
    ----------
    sizes : tuple of UnitSize
        Units in the order given, then their sum and all people as one population; per method.
    margin : float
        Half the width of the interval aimed at: a share of 1, or in units of ``sd``.
    level, p, deff, response_rate : float
        As used; Slovin's formula uses neither level nor p.
    sd : float or None
        Standard deviation of the score where the size is for a mean.
    """

    kind: ClassVar[str] = "sample_size"
    sizes: tuple[UnitSize, ...]
    margin: float
    level: float
    p: float
    sd: float | None
    deff: float
    response_rate: float
    notices: tuple[Notice, ...] = ()

    def __getitem__(self, method: str) -> UnitSize:
        """The size for all people as one population by one method."""
        for size in self.sizes:
            if size.scope == "whole" and size.method == method:
                return size
        known = [size.method for size in self.sizes if size.scope == "whole"]
        raise ArgumentError("unknown_choice", argument="method", got=method, expected=known)

    def _one(self) -> UnitSize:
        wholes = [size for size in self.sizes if size.scope == "whole"]
        if len(wholes) > 1:
            raise MethodError("several_methods", expected=[size.method for size in wholes])
        return wholes[0]

    @property
    def n(self) -> int | Unavailable:
        """Answers needed from all people as one population."""
        return self._one().n

    @property
    def exact(self) -> float:
        """The same before rounding to people."""
        return self._one().exact

    @property
    def invitations(self) -> int | Unavailable:
        """People to ask at the expected response rate."""
        return self._one().invitations

    def table(self) -> pd.DataFrame:
        """One row per unit and method: ``scope unit method population n invitations exact``."""
        return pd.DataFrame(
            {
                "scope": [size.scope for size in self.sizes],
                "unit": [size.unit for size in self.sizes],
                "method": [size.method for size in self.sizes],
                "population": whole_numbers([size.population for size in self.sizes]),
                "n": whole_numbers([_count(size.n) for size in self.sizes]),
                "invitations": whole_numbers([_count(size.invitations) for size in self.sizes]),
                "exact": [size.exact for size in self.sizes],
            }
        )

    def compare(self) -> pd.DataFrame:
        """Answers needed, methods side by side: one row per unit, one column per method."""
        frame = self.table()
        methods = list(dict.fromkeys(frame["method"]))
        parts = {name: frame[frame["method"] == name].reset_index(drop=True) for name in methods}
        shared = parts[methods[0]][["scope", "unit", "population"]]
        wide: pd.DataFrame = pd.concat([shared, *(p["n"].rename(name) for name, p in parts.items())], axis="columns")
        return wide

    def headline(self) -> str:
        """Answers needed by each method."""
        return ", ".join(f"{size.method}: {size.n}" for size in self.sizes if size.scope == "whole")


def _count(value: int | Unavailable) -> float:
    return NAN if isinstance(value, Unavailable) else float(value)


def sample_size(
    population: int | pd.Series | Mapping[object, int] | None,
    margin: float | None = None,
    *,
    method: Method = "cochran",
    level: float = 0.95,
    p: float = 0.5,
    sd: float | None = None,
    deff: float = 1.0,
    response_rate: float = 1.0,
) -> SampleSize:
    """Answers needed for a margin of error, with finite-population correction.

    Parameters
    ----------
    population : int, Series or None
        People; a Series of people per unit gives a size for each unit, their sum, and all as one population; None for
        a population of unknown size.
    margin : float
        Half the width of the interval: 0.05 (the default) is five percentage points of a proportion. With ``sd`` it
        has no default and is in units of the score: 2 is two index points.
    method : {"cochran", "slovin", "krejcie-morgan", "isaac-michael", "all"}
        ``"all"`` puts them side by side.
    level : float
        Level of the interval. Slovin's formula has none.
    p : float
        Expected proportion; 0.5 needs most people.
    sd : float, optional
        Standard deviation of a person's score. An index is a mean of scores, not a proportion: where its standard
        deviation is known, or guessed from a pilot, this is the size that the index itself needs.
    deff : float
        Design effect: how many times larger the variance is than that of a simple random sample. It multiplies the
        size before the finite-population correction.
    response_rate : float
        Share of the people asked who are expected to answer, > 0 to 1.

    Returns
    -------
    SampleSize
        ``.n``, ``.invitations`` (one method); ``.table()``; ``.compare()`` with methods side by side;
        ``["cochran"].n``.

    Raises
    ------
    ArgumentError
        ``unknown_choice``, ``level_out_of_range``, ``margin_invalid`` (a margin of 5 for a proportion is an error, not
        5 percent), ``margin_needs_sd_unit``, ``size_argument_invalid``, ``population_type``.
    DataError
        ``population_invalid`` (names the unit), ``duplicate_units``, ``no_units``.
    MethodError
        ``formula_has_no_sd``, ``formula_is_fixed`` where a formula was asked for something that it does not know.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> sizes = ak.sample_size(9000, method="all")
    >>> sizes.compare()[["cochran", "slovin", "krejcie-morgan", "isaac-michael"]].astype(int).values.tolist()
    [[369, 383, 368, 368]]
    >>> ak.sample_size(9000, margin=2, sd=15).n
    212

    Notes
    -----
    Krejcie and Morgan's formula is Cochran's for a proportion in other letters; what differs is χ² printed as 3.841
    and rounding to the nearest person, which reproduces their table. Isaac and Michael's formula is the same again;
    the table printed under their name has other figures at 5 percent (155 for 280 people where the formula gives 162,
    347 for 100,000 where it gives 383), so the formula is used. Its columns 1, 5 and 10 percent are 1 − ``level``, not
    the margin, which stays 0.05. Slovin's N / (1 + N e²) is the case p = 0.5, z = 2 of Cochran's formula for a mean.
    ``"nearest"`` rounding can miss the margin by half a person.

    References
    ----------
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., sections 4.4 and 4.6. Krejcie, R. V. & Morgan, D. W. (1970),
    Educational and Psychological Measurement 30, 607–610. Isaac, S. & Michael, W. B. (1981), Handbook in Research and
    Evaluation.
    """
    check_level(level)
    where = as_population(population)
    margin = _check_margin(margin, sd)
    _check_numbers(p=p, sd=sd, deff=deff, response_rate=response_rate)
    formulas = list(size_formulas) if method == "all" else [size_formulas[method]]
    if method != "all":
        _refuse(formulas[0], level, p, sd)
    variance = p * (1 - p) if sd is None else sd * sd
    plan = _Plan(margin, level, variance, sd is None, deff, response_rate)
    sizes = [size for formula in formulas for size in _sizes(where, formula, plan)]
    return SampleSize(
        sizes=tuple(sizes), margin=margin, level=level, p=p, sd=sd, deff=deff, response_rate=response_rate,
        notices=_notices(formulas, sizes, plan),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all formulas share."""

    margin: float
    level: float
    variance: float
    proportion: bool
    deff: float
    response_rate: float

    def size(self, formula: SizeFormula, scope: Scope, unit: str, people: float) -> UnitSize:
        if not self.proportion and not formula.takes_sd:
            none = Unavailable("formula_has_no_sd", {"method": formula.name})
            return UnitSize(
                scope=scope, unit=unit, method=formula.name, population=people, exact=NAN, n=none, invitations=none
            )
        z, variance = formula.critical(self.level).z, 0.25 if formula.fixed else self.variance
        n0 = infinite_size(self.margin, z, variance, self.deff)
        exact = finite_size(n0, people, proportion=self.proportion and not formula.fixed)
        n = int(min(whole(exact, formula.rounding), people))
        asked = int(min(whole(n / self.response_rate, "up"), people))
        return UnitSize(
            scope=scope, unit=unit, method=formula.name, population=people, exact=exact, n=n, invitations=asked
        )


def _check_margin(margin: float | None, sd: float | None) -> float:
    if margin is None:
        if sd is not None:
            raise ArgumentError("margin_needs_sd_unit", expected="margin=", got=sd)
        return DEFAULT_MARGIN
    if not 0 < margin < (1 if sd is None else math.inf):
        raise ArgumentError("margin_invalid", got=margin, expected="0 < margin < 1" if sd is None else "margin > 0")
    return float(margin)


def _check_numbers(*, p: float, sd: float | None, deff: float, response_rate: float) -> None:
    for name, value, allowed, fine in (
        ("p", p, "0 < p < 1", 0 < p < 1),
        ("sd", sd, "sd > 0", sd is None or 0 < sd < math.inf),
        ("deff", deff, "deff > 0", 0 < deff < math.inf),
        ("response_rate", response_rate, "0 < response_rate ≤ 1", 0 < response_rate <= 1),
    ):
        if not fine:
            raise ArgumentError("size_argument_invalid", argument=name, got=value, expected=allowed)


def _refuse(formula: SizeFormula, level: float, p: float, sd: float | None) -> None:
    if sd is not None and not formula.takes_sd:
        raise MethodError("formula_has_no_sd", got=formula.name, expected=[f.name for f in size_formulas if f.takes_sd])
    if formula.fixed and (level != 0.95 or p != 0.5):
        raise MethodError("formula_is_fixed", got=formula.name, expected="p = 0.5, z = 2")


def _sizes(where: Population, formula: SizeFormula, plan: _Plan) -> list[UnitSize]:
    units = [plan.size(formula, "unit", *pair) for pair in zip(where.units, where.sizes, strict=False)]
    return [*units, *_sum(units, formula), plan.size(formula, "whole", "", where.total)]


def _sum(units: list[UnitSize], formula: SizeFormula) -> list[UnitSize]:
    if not units:
        return []
    lacking = next((size.n for size in units if isinstance(size.n, Unavailable)), None)
    n, asked = (
        sum(size for size in sizes if isinstance(size, int))
        for sizes in ([size.n for size in units], [size.invitations for size in units])
    )
    return [
        UnitSize(
            scope="sum", unit="", method=formula.name, population=sum(size.population for size in units), exact=NAN,
            n=n if lacking is None else lacking, invitations=asked if lacking is None else lacking,
        )
    ]  # fmt: skip


def _notices(formulas: list[SizeFormula], sizes: list[UnitSize], plan: _Plan) -> tuple[Notice, ...]:
    found = [
        Notice(formula.notice, "info", {"level": 100 * formula.critical(plan.level).level})
        for formula in formulas
        if formula.notice is not None and (plan.proportion or formula.takes_sd)
    ]
    if not plan.proportion and len(formulas) > 1:
        found.append(Notice("formulas_without_sd", "info", {"methods": [f.name for f in formulas if not f.takes_sd]}))
    short = list(dict.fromkeys(size.unit or "–" for size in sizes if _short(size, plan.response_rate)))
    if short:
        found.append(Notice("too_few_to_ask", "caution", {"count": len(short), "units": short[:10]}))
    return tuple(found)


def _short(size: UnitSize, response_rate: float) -> bool:
    """Whether even asking everybody is expected to bring too few answers."""
    return size.scope != "sum" and isinstance(size.n, int) and size.population * response_rate < size.n - 1e-9
