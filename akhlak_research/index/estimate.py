"""From means and covariances to scores: standard error, interval, band, probability of each band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.results import NAN, Estimate, Interval, Unavailable
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.index.bands import UNKNOWN, Band, Bands, band_registry
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.result import IndexScore
from akhlak_research.index.rounding import round_half_up, settle
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.margin import critical_value

#: a standard error below this share of the scale is the noise of equal answers, not a finding
_DUST = 1e-12
_NO_SPREAD = 1e-10
METHOD = "t"


@dataclass(frozen=True, slots=True)
class Moments:
    """Means of one unit (or of all respondents).

    Attributes
    ----------
    unit : str or None
    n : (k,) int
        Persons behind each value.
    n_total : int
        Persons behind the total.
    mean : (k,) float
    covariance : (k, k) float
        NaN where it does not exist.
    df : float
    population : float or None
    census : bool
        Whether everybody answered.
    """

    unit: str | None
    n: np.ndarray
    n_total: int
    mean: Floats
    covariance: Floats
    df: float
    population: float | None
    census: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """What all scores of an index share."""

    recipe: Recipe
    level: float
    low: float
    high: float

    @property
    def bands(self) -> Bands | None:
        """The bands of the recipe."""
        return None if self.recipe.bands is None else band_registry()[self.recipe.bands]

    def estimate(self, value: float, variance: float, df: float, n: int, census: bool) -> Estimate | Unavailable:
        """An estimate with its interval, cut to the limits of the scale; or why there is none."""
        if n == 0 or math.isnan(value):
            return Unavailable("no_answers")
        spread = math.sqrt(max(variance, 0.0)) if not math.isnan(variance) else NAN
        none = self._no_error(spread, df, n, census)
        if none is not None:
            return Estimate(value, none, none, n)
        half = spread * critical_value(self.level, df, "t") if spread > 0 else 0.0
        interval = Interval(max(self.low, value - half), min(self.high, value + half), self.level, METHOD)
        return Estimate(value, spread, interval, n)

    def _no_error(self, spread: float, df: float, n: int, census: bool) -> Unavailable | None:
        if census:
            return None
        if n < 2 or df < 1 or math.isnan(spread):
            return Unavailable("one_respondent")
        if spread <= _NO_SPREAD * (self.high - self.low):
            return Unavailable("no_spread", {"n": n})
        return None

    def score(
        self, unit: str | None, value: str, estimate: Estimate | Unavailable, df: float, population: float | None
    ) -> IndexScore:
        """A score with its band and the probability of each."""
        bands = self.bands
        rounded = round_half_up(estimate.estimate, self.recipe.decimals)
        band: str | Unavailable | None = None
        name: Words | Unavailable | None = None
        if bands is not None:
            found = bands.find(rounded)
            band, name = (found.code, found.name) if isinstance(found, Band) else (found, found)
        return IndexScore(
            unit=unit, value=value, score=estimate, df=df, population=population, rounded=rounded, band=band,
            band_name=name, probabilities=None if bands is None else self._probabilities(estimate, bands),
        )  # fmt: skip

    def _probabilities(self, estimate: Estimate | Unavailable, bands: Bands) -> FrozenMap[str, float] | Unavailable:
        if isinstance(estimate, Unavailable):
            return estimate
        if isinstance(estimate.se, Unavailable):
            return estimate.se
        if estimate.se == 0:
            found = bands.find(round_half_up(estimate.estimate, self.recipe.decimals))
            certain = found.code if isinstance(found, Band) else UNKNOWN
            return FrozenMap({code: float(code == certain) for code in (*(b.code for b in bands.known), UNKNOWN)})
        codes, shares = bands.probabilities(
            np.array([settle(estimate.estimate)]), np.array([estimate.se]), self.recipe.decimals
        )
        return FrozenMap(dict(zip(codes, shares[0].tolist(), strict=True)))


def scores_of(moments: Moments, values: Sequence[str], weights: Floats, scale: Scale, total: str) -> list[IndexScore]:
    """Scores of the values and their total: aᵀm with variance aᵀVa, so that values of the same persons share error."""
    df, census = moments.df, moments.census
    parts = [
        scale.estimate(float(moments.mean[at]), float(moments.covariance[at, at]), df, int(moments.n[at]), census)
        for at in range(len(values))
    ]
    made = [
        scale.score(moments.unit, value, part, df, moments.population)
        for value, part in zip(values, parts, strict=True)
    ]
    if np.isnan(weights).any():
        return [*made, scale.score(moments.unit, total, Unavailable("no_total"), df, moments.population)]
    all_there = bool((moments.n > 0).all())
    mean = float(weights @ moments.mean) if all_there else NAN
    variance = float(weights @ moments.covariance @ weights)
    if variance <= _DUST * float(weights**2 @ np.diag(moments.covariance)):
        variance = 0.0  # values that cancel in the total leave rounding dust, which would pass for an error
    estimate = scale.estimate(mean, variance, df, moments.n_total, census)
    return [*made, scale.score(moments.unit, total, estimate, df, moments.population)]
