"""Sample-size formulas that offices use, as one family: what each assumes, and how each rounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from akhlak_research.core.registry import Registry

#: how a size becomes a number of people
Rounding = Literal["up", "nearest"]


@dataclass(frozen=True, slots=True)
class Critical:
    """The critical value that a formula works with."""

    z: float
    level: float


@dataclass(frozen=True, slots=True)
class SizeFormula:
    """A sample-size formula.

    All of them divide a squared critical value times a variance by a squared margin, and then correct for a finite
    population; they differ in where those come from.

    Attributes
    ----------
    name : str
    reference : str
        Author, year, place.
    critical : callable
        ``critical(level)`` → the critical value it uses.
    fixed : bool
        Whether it knows neither level, proportion nor standard deviation (Slovin).
    takes_sd : bool
        Whether it has a form for a mean.
    rounding : {"up", "nearest"}
        ``"up"`` keeps the margin; ``"nearest"`` is how the printed tables round.
    notice : str or None
        Code of what a reader must know.
    """

    name: str
    reference: str
    critical: Callable[[float], Critical]
    fixed: bool = False
    takes_sd: bool = False
    rounding: Rounding = "up"
    notice: str | None = None


def _normal(level: float) -> Critical:
    from scipy.special import ndtri

    return Critical(float(ndtri(0.5 + level / 2)), level)


def _two(level: float) -> Critical:
    """z = 2, whatever the level: what Slovin's formula hides."""
    from scipy.special import ndtr

    return Critical(2.0, float(2 * ndtr(2.0) - 1))


def _printed_chi_square(level: float) -> Critical:
    """χ² with 1 df as tables print it, to three decimals (3.841)."""
    from scipy.special import chdtri

    return Critical(math.sqrt(round(float(chdtri(1, 1 - level)), 3)), level)


size_formulas: Registry[SizeFormula] = Registry(
    "method",
    SizeFormula("cochran", "Cochran (1977), Sampling Techniques, sections 4.4 and 4.6", _normal, takes_sd=True),
    SizeFormula(
        "slovin", "attributed to Slovin; Yamane (1967)", _two, fixed=True, notice="slovin_is_a_special_case"
    ),
    SizeFormula(
        "krejcie-morgan", "Krejcie & Morgan (1970), Educational and Psychological Measurement 30, 607–610",
        _printed_chi_square, rounding="nearest", notice="krejcie_morgan_is_cochran",
    ),
    SizeFormula(
        "isaac-michael", "Isaac & Michael (1981), Handbook in Research and Evaluation; Sugiyono",
        _printed_chi_square, rounding="nearest", notice="isaac_michael_table",
    ),
)  # fmt: skip


def infinite_size(margin: float, z: float, variance: float, deff: float) -> float:
    """n₀ = deff · z² S² / d² (Cochran 1977, sections 4.4 and 4.6): the size for a population without end.

    ``variance`` is p(1 − p) for a proportion and the squared standard deviation for a mean; ``margin`` is d, half the
    width of the interval, in the same unit.
    """
    return deff * z * z * variance / (margin * margin)


def finite_size(n0: float, population: float, *, proportion: bool) -> float:
    """n₀ corrected for a population of N.

    A proportion's population variance is N p q / (N − 1), which gives n₀ / (1 + (n₀ − 1) / N) (section 4.4); a mean's
    S² has the divisor N − 1 already, which gives n₀ / (1 + n₀ / N) (section 4.6). Slovin's formula is the second with
    n₀ = 1 / e². Never more than N. An infinite N returns n₀.
    """
    if math.isinf(population):
        return n0
    return min(population, n0 * population / (population + n0 - (1.0 if proportion else 0.0)))


def whole(size: float, rounding: Rounding) -> int:
    """A number of people; rounding up forgives the last twelfth digit, so that an exact 400 stays 400."""
    if rounding == "nearest":
        return max(1, math.floor(size + 0.5))
    return max(1, math.ceil(size - 1e-9 * max(1.0, size)))


def mean_variance(n: float, population: float, variance: float, deff: float) -> float:
    """Variance of a mean of n of N: deff · S² / n · (1 − n / N) (Cochran 1977, theorem 2.2)."""
    return deff * variance / n * (0.0 if n == population else 1 - n / population)


def population_variance(p: float, population: float) -> float:
    """S² of a proportion: N p q / (N − 1); pq for an infinite population, 0 for one person."""
    if math.isinf(population):
        return p * (1 - p)
    return p * (1 - p) * population / (population - 1) if population > 1 else 0.0
