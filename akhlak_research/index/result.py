"""An index: scores per unit and value with intervals, bands and the probability of each band."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Interval, Result, ResultBase, Unavailable, result
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.index.recipe import Recipe

TOTAL = "total"
COMPOSITE = "composite"


@result
class IndexScore(ResultBase):
    """One score of an index.

    Attributes
    ----------
    unit : str or None
        None for all respondents.
    value : str
        Code of a dimension, ``"total"`` or ``"composite"``.
    score : Estimate or Unavailable
        Before rounding, on the scale of the index.
    df : float
        Degrees of freedom of its interval.
    population : float or None
        People of the unit, where a frame says it.
    rounded : float
        As compared with the bands.
    band : str, Unavailable or None
        Class of the rounded score; None where the recipe has no bands.
    band_name : Words, Unavailable or None
    probabilities : mapping of str to float, Unavailable or None
        Probability of each class given the error of the score; ``"unknown"`` is what falls outside known classes.
    """

    kind: ClassVar[str] = "index_score"
    unit: str | None
    value: str
    score: Estimate | Unavailable
    df: float
    population: float | None
    rounded: float
    band: str | Unavailable | None
    band_name: Words | Unavailable | None
    probabilities: FrozenMap[str, float] | Unavailable | None

    @property
    def estimate(self) -> float:
        """The score; NaN where there is none."""
        return self.score.estimate

    @property
    def se(self) -> float | Unavailable:
        """Its standard error."""
        return self.score if isinstance(self.score, Unavailable) else self.score.se

    @property
    def interval(self) -> Interval | Unavailable:
        """Its interval, within the limits of the scale."""
        return self.score.interval

    @property
    def n(self) -> int:
        """Persons behind it."""
        return self.score.n

    def __float__(self) -> float:
        return self.estimate

    def table(self) -> pd.DataFrame:
        """One row: ``unit value n estimate std_error ci_low ci_high band``."""
        return pd.DataFrame([self._row()])

    def _row(self) -> dict[str, object]:
        return {
            "unit": self.unit,
            "value": self.value,
            "n": self.n,
            "estimate": self.estimate,
            "std_error": float(self.se),
            "ci_low": float(self.interval.low),
            "ci_high": float(self.interval.high),
            "band": self.band if isinstance(self.band, str) else None,
        }

    def headline(self) -> str:
        """Unit, value, score and band."""
        where = f"{self.unit} " if self.unit is not None else ""
        return f"{where}{self.value}: {self.score!r}" + (f" {self.band}" if self.band is not None else "")


@result
class Index(Result):
    """An index by a recipe.

    Attributes
    ----------
    recipe : Recipe
        How it was made.
    level : float
        Of the intervals.
    unit_name : str or None
        Name of the variable that tells units apart.
    scores : tuple of IndexScore
        All respondents first, then units in sorted order; values in the order of the instrument, then the total (and
        the composite of a unit).
    covariance : DataFrame
        Of the scores of the values over all respondents, values × values, for what needs more than standard errors.
    """

    kind: ClassVar[str] = "index"
    recipe: Recipe
    level: float
    unit_name: str | None
    scores: tuple[IndexScore, ...]
    covariance: pd.DataFrame

    def of(self, unit: str | None = None) -> Mapping[str, IndexScore]:
        """Scores of a unit (None: all respondents) by value."""
        found = {score.value: score for score in self.scores if score.unit == unit}
        if not found:
            raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=self.units)
        return FrozenMap(found)

    @property
    def values(self) -> Mapping[str, IndexScore]:
        """Scores of the values over all respondents."""
        return FrozenMap({name: score for name, score in self.of().items() if name not in (TOTAL, COMPOSITE)})

    @property
    def total(self) -> IndexScore:
        """The total over all respondents."""
        return self.of()[TOTAL]

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units."""
        return tuple(dict.fromkeys(score.unit for score in self.scores if score.unit is not None))

    def table(self) -> pd.DataFrame:
        """One row per unit and value: ``unit value n estimate std_error ci_low ci_high band``.

        ``unit`` is missing in the rows of all respondents. The estimate is not rounded; the band is that of the score
        rounded as the recipe says. A recipe whose values make no sum has no rows of totals: ``total`` says why.
        """
        return pd.DataFrame([score._row() for score in self.scores if not _no_total(score)])

    def whole(self) -> pd.DataFrame:
        """The rows of all respondents: ``value n estimate std_error ci_low ci_high band``."""
        kept = [score._row() for score in self.scores if score.unit is None and not _no_total(score)]
        return pd.DataFrame(kept).drop(columns="unit")

    def whole_bands(self) -> pd.DataFrame:
        """Probability of each band for all respondents: one row per value, one column per band."""
        rows = [
            {"value": score.value, **score.probabilities}
            for score in self.scores
            if score.unit is None and isinstance(score.probabilities, Mapping)
        ]
        return pd.DataFrame(rows, columns=["value"] if not rows else None)

    def unit_totals(self) -> pd.DataFrame:
        """One row per unit of two or more respondents: its total with the probability of its band."""
        rows = []
        for score in self.scores:
            if score.unit is not None and score.value == TOTAL:
                if score.n == 1:
                    continue  # the score of an office with one respondent is that person's answer
                chances = score.probabilities if isinstance(score.probabilities, Mapping) else {}
                rows.append(score._row() | {"band_probability": chances.get(str(score.band))})
        return pd.DataFrame(rows).drop(columns="value")

    def band_table(self) -> pd.DataFrame:
        """One row per unit, value and class: ``unit value band probability``."""
        rows = [
            (score.unit, score.value, band, probability)
            for score in self.scores
            if isinstance(score.probabilities, Mapping)
            for band, probability in score.probabilities.items()
        ]
        return pd.DataFrame(rows, columns=["unit", "value", "band", "probability"])

    def headline(self) -> str:
        """The total and the number of units."""
        return f"total {self.total.score!r}" + (f", {len(self.units)} units" if self.units else "")


def _no_total(score: IndexScore) -> bool:
    return isinstance(score.score, Unavailable) and score.score.code == "no_total"
