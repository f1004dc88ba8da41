"""Sharing a number of answers out over offices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.catalog.quotas import quota_rules
from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Notice, ResultBase, Unavailable, result
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.margin import ExpectedMargin, expected_margin
from akhlak_research.survey.population import Population, as_population, frame_population, per_unit

PerUnit = float | pd.Series | Mapping[object, float]


@dataclass(frozen=True, slots=True)
class AllocationMethod:
    """A way to share out.

    Attributes
    ----------
    name : str
    reference : str
    measure : callable
        ``measure(N, S, power)`` → what shares are proportional to.
    needs_sd : bool
    """

    name: str
    reference: str
    measure: Callable[[Floats, Floats, float], Floats]
    needs_sd: bool = False


allocation_methods: Registry[AllocationMethod] = Registry(
    "method",
    AllocationMethod("proportional", "Cochran (1977), section 5.9", lambda n, s, q: n),
    AllocationMethod("equal", "Cochran (1977), section 5.9", lambda n, s, q: np.ones_like(n)),
    AllocationMethod("power", "Bankier (1988), The American Statistician 42, 174–177", lambda n, s, q: n**q),
    AllocationMethod("neyman", "Neyman (1934); Cochran (1977), section 5.5", lambda n, s, q: n * s, needs_sd=True),
)


@result
class Allocation(ResultBase):
    """Answers per office.

    Attributes
    ----------
    units : tuple of str
    population, n : tuple of int
        People, and answers planned.
    method : str
    minimum : int
        Asked for in every office (or all its people, where there are fewer).
    expected : ExpectedMargin
        Margins that this plan gives.
    """

    kind: ClassVar[str] = "allocation"
    units: tuple[str, ...]
    population: tuple[int, ...]
    n: tuple[int, ...]
    method: str
    minimum: int
    expected: ExpectedMargin
    notices: tuple[Notice, ...] = ()

    @property
    def total(self) -> int:
        """All answers."""
        return sum(self.n)

    def __getitem__(self, unit: str) -> int:
        if unit not in self.units:
            raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=self.units)
        return self.n[self.units.index(unit)]

    def series(self) -> pd.Series:
        """Answers by unit."""
        return pd.Series(self.n, index=list(self.units), name="n")

    def table(self) -> pd.DataFrame:
        """One row per unit, the whole last: ``scope unit population n sampling_fraction std_error margin``."""
        return self.expected.table()

    def headline(self) -> str:
        """Method and total."""
        return f"{self.method}: {self.total} of {sum(self.population)} in {len(self.units)} units"


def allocate(
    frame: pd.DataFrame | pd.Series | Mapping[object, int],
    n: int,
    method: str = "proportional",
    minimum: int | str = 0,
    *,
    unit: str = "unit",
    power: float = 0.5,
    sd: PerUnit | None = None,
    level: float = 0.95,
) -> Allocation:
    """Share ``n`` answers out over offices, with the margins that result.

    Parameters
    ----------
    frame : DataFrame, Series or mapping
        People per office: a table with the columns ``unit`` and ``population``, or numbers by name.
    n : int
        Answers in all.
    method : {"proportional", "equal", "power", "neyman"}
        In proportion to people N; the same for each; to N^power (between the two); to N times the standard deviation
        (smallest error of the whole).
    minimum : int or str
        Answers asked for in every office, or the name of one of ``quota_rules`` (where the frame lists agencies). An
        office with fewer people is asked in full.
    unit : str
        Column of a frame that names the office.
    power : float
        Exponent of ``"power"``, 0 (equal) to 1 (proportional).
    sd : float, Series or mapping, optional
        Standard deviations of the score; needed by ``"neyman"``. Margins are then those of the mean, else of a share of
        one half.
    level : float
        Level of the margins.

    Returns
    -------
    Allocation
        Whole numbers that add up to ``n``, none above the people of its office. ``.table()``, ``["Dinas A"]``.

    Raises
    ------
    MethodError
        ``allocation_needs_sd``; ``quota_has_no_number`` for a rule whose number was not found.
    DataError
        ``allocation_too_large`` (more answers than people), ``allocation_below_minimum`` (the minimum alone needs
        more), and those of a frame.
    ArgumentError
        ``unknown_choice``, ``count_out_of_range``, ``size_argument_invalid``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> offices = {"Dinas A": 30, "Dinas B": 300, "Dinas C": 900}
    >>> ak.allocate(offices, 200).n
    (5, 49, 146)
    >>> ak.allocate(offices, 200, "power", minimum=20).n
    (21, 65, 114)

    Notes
    -----
    Where a share would fall below the minimum or above the people of an office it is set there and the rest is shared
    out again; rounding is by largest remainders.

    References
    ----------
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., sections 5.5–5.9. Bankier, M. D. (1988), The American
    Statistician 42, 174–177.
    """
    where = frame_population(frame, unit) if isinstance(frame, pd.DataFrame) else as_population(frame)
    if not where.units:
        raise DataError("no_units")
    chosen = allocation_methods[method]
    if chosen.needs_sd and sd is None:
        raise MethodError("allocation_needs_sd", got=method)
    if not 0 <= power <= 1:
        raise ArgumentError("size_argument_invalid", argument="power", got=power, expected="0 ≤ power ≤ 1")
    least = check_count(_minimum(minimum), 0, "minimum")
    total = check_count(n, 1, "n")
    sizes = np.array(where.sizes)
    floor = np.minimum(float(least), sizes)
    if total > sizes.sum():
        raise DataError("allocation_too_large", got=total, expected=int(sizes.sum()))
    if total < floor.sum():
        raise DataError("allocation_below_minimum", got=total, expected=int(floor.sum()), minimum=least)
    spread = np.array(per_unit(1.0 if sd is None else sd, where, "sd"))
    shares = share_out(chosen.measure(sizes, spread, power), float(total), floor, sizes)
    planned = round_to_total(shares, total, sizes)
    answers = pd.Series(planned, index=list(where.units))
    expected = expected_margin(pd.Series(sizes.astype(int), index=list(where.units)), answers, sd=sd, level=level)
    return Allocation(
        units=where.units, population=tuple(int(size) for size in sizes), n=tuple(int(part) for part in planned),
        method=method, minimum=least, expected=expected,
        notices=(*_notices(where, planned, floor, least), *expected.notices),
    )  # fmt: skip


def _minimum(minimum: int | str) -> int:
    if not isinstance(minimum, str):
        return minimum
    found = quota_rules()[minimum].minimum
    if isinstance(found, Unavailable):
        raise MethodError("quota_has_no_number", got=minimum)
    return found


def share_out(measure: Floats, total: float, floor: Floats, ceiling: Floats) -> Floats:
    """(g,) shares of ``total`` in proportion to ``measure``, none below ``floor`` or above ``ceiling``.

    The bounded shares are those of Σ min(max(c m, floor), ceiling) = total, whose left side grows in c.
    """
    low, high = 0.0, float((ceiling / np.where(measure > 0, measure, np.inf)).max(initial=0.0)) + 1.0

    def parts(c: float) -> Floats:
        return np.asarray(np.clip(c * measure, floor, ceiling), dtype=np.float64)

    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if parts(middle).sum() < total else (low, middle)
    return parts(high)


def round_to_total(shares: Floats, total: int, ceiling: Floats) -> Ints:
    """Whole numbers by largest remainders; ties go to the earlier unit."""
    whole = np.floor(shares + 1e-9).astype(np.int64)
    remainder = np.where(whole < ceiling, shares - whole, -1.0)
    order = np.argsort(-remainder, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def _notices(where: Population, n: Ints, floor: Floats, minimum: int) -> list[Notice]:
    small = [unit for unit, size in zip(where.units, where.sizes, strict=True) if size < minimum]
    found = []
    if small:
        found.append(
            Notice("offices_below_minimum", "caution", {"count": len(small), "units": small[:10], "n": minimum})
        )
    raised = int(((n <= floor) & (floor >= minimum) & (minimum > 0)).sum())
    if raised:
        found.append(Notice("offices_raised_to_minimum", "info", {"count": raised, "n": minimum}))
    return found
