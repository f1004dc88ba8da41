"""``combine``: one score per unit from several components by declared weights, with what stands beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.index import composite_kernels as kernels
from akhlak_research.index.bands import UNKNOWN, Band, Bands, band_registry
from akhlak_research.index.classify import classify
from akhlak_research.index.component import Component, Given, as_component, check_kinds
from akhlak_research.index.recipe import read_recipe
from akhlak_research.index.rounding import check_decimals, round_half_up
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.margin import critical_value

Method = Literal["arithmetic", "geometric", "equal", "factor"]
METHOD = "t"
_SUM_TOLERANCE, _LEAST_UNITS, _LEAST_COMPONENTS = 1e-9, 10, 3


@dataclass(frozen=True, slots=True)
class CompositeUnit:
    """The composite of one unit.

    Attributes
    ----------
    unit : str
    score : Estimate or Unavailable
    parts : mapping of str to float
        Its components; NaN where one is missing.
    band : str, Unavailable or None
        Class of the rounded score; None without bands.
    probabilities : mapping of str to float, Unavailable or None
        Of each class, given the error of the score.
    beside : mapping of str to float
        What is shown beside it and is no part of it; NaN where missing.
    beside_bands : mapping of str to str or None
        Classes of these by their own bands.
    """

    unit: str
    score: Estimate | Unavailable
    parts: Mapping[str, float]
    band: str | Unavailable | None
    probabilities: Mapping[str, float] | Unavailable | None
    beside: Mapping[str, float]
    beside_bands: Mapping[str, str | None]


@result
class Composite(ResultBase):
    """Composites of units.

    Attributes
    ----------
    units : tuple of CompositeUnit
        In sorted order: every unit of the first component.
    weights : mapping of str to float
        Shares of the components, summing to 1.
    kinds : mapping of str to str
        Kind of data of each component.
    method : {"arithmetic", "geometric", "equal", "factor"}
    preset : str or None
        Where the weights were used, where they are a preset.
    bands : str or None
    rounding : int or None
    level : float
    """

    kind: ClassVar[str] = "composite"
    units: tuple[CompositeUnit, ...]
    weights: Mapping[str, float]
    kinds: Mapping[str, str]
    method: str
    preset: str | None
    bands: str | None
    rounding: int | None
    level: float
    notices: tuple[Notice, ...] = ()

    def of(self, unit: str) -> CompositeUnit:
        """The composite of a unit."""
        for one in self.units:
            if one.unit == unit:
                return one
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=[one.unit for one in self.units])

    @property
    def scores(self) -> pd.Series:
        """Composites by unit; NaN where there is none."""
        return pd.Series({one.unit: one.score.estimate for one in self.units}, name="composite")

    @property
    def variances(self) -> pd.Series:
        """Squared standard errors by unit, as ``rank_sets`` takes them; NaN where there is none."""
        return pd.Series({one.unit: float(one.score.se) ** 2 for one in self.units}, name="variance")

    def table(self) -> pd.DataFrame:
        """One row per unit: components, composite with interval, band, and what stands beside it."""
        rows = []
        for one in self.units:
            row: dict[str, object] = {"unit": one.unit, **one.parts, "composite": one.score.estimate}
            row |= {"std_error": float(one.score.se), "ci_low": float(one.score.interval.low),
                    "ci_high": float(one.score.interval.high)}  # fmt: skip
            if self.bands is not None:
                row["band"] = one.band if isinstance(one.band, str) else None
            for name, value in one.beside.items():
                row[name] = value
                if name in one.beside_bands:
                    row[f"{name}_band"] = one.beside_bands[name]
            rows.append(row)
        return pd.DataFrame(rows)

    def weight_table(self) -> pd.DataFrame:
        """``component kind weight``."""
        rows = [(name, self.kinds[name], share) for name, share in self.weights.items()]
        return pd.DataFrame(rows, columns=["component", "kind", "weight"])

    def headline(self) -> str:
        """Weights and how many units."""
        shares = ", ".join(f"{name} {100 * share:.4g} %" for name, share in self.weights.items())
        return f"{len(self.units)} units: {shares}"


def combine(
    components: Mapping[str, Given],
    weights: Mapping[str, float] | str | None = None,
    *,
    method: Method = "arithmetic",
    beside: Mapping[str, pd.Series | tuple[pd.Series, str]] | None = None,
    bands: str | Bands | None = None,
    rounding: int | None = None,
    level: float = 0.95,
) -> Composite:
    """A composite score per unit by declared weights, its error, and other measures beside it.

    Parameters
    ----------
    components : mapping
        Name to scores of units on 0–100: an index of ratings (its totals), an ``EvidenceScore``, a ``VoteIndex`` with
        one of its measures (and the question) in a tuple, a Series, or a table with ``estimate`` and ``std_error``.
        Votes and ratings are not combined.
    weights : mapping or str, optional
        Share of each component, summing to 1; or the name of a preset, called after where it was used:
        ``"barito-utara-2025"`` (``survey`` 0.8, ``evidence`` 0.2).
    method : {"arithmetic", "geometric", "equal", "factor"}
        Weighted mean; weighted geometric mean (a weak component cannot be made up for by a strong one); equal shares;
        shares in proportion to squared loadings on one factor of three or more components over ten or more units.
    beside : mapping, optional
        Measures that are shown with the composite and are no part of it (Employee Engagement, Employer Branding, SAKIP,
        RB): a Series by unit, or a pair with the name of its own bands (``"sakip-2021"``, ``"rb-2023"``).
    bands : str or Bands, optional
        Bands of the composite; none by default, for no official bands of a composite were found.
    rounding : int, optional
        Decimals before banding, half away from zero.
    level : float
        Level of the intervals.

    Returns
    -------
    Composite
        ``.table()``, ``.weight_table()``, ``.scores``, ``.variances`` (for ``rank_sets``), ``.of(unit)``.

    Raises
    ------
    ArgumentError
        ``combine_type``, ``component_type``, ``weights_with_method``, ``weights_needed``, ``unknown_choice``,
        ``index_without_units``, ``level_out_of_range``.
    DataError
        ``recipe_weights_sum`` (says the sum and the shares), ``combine_weights_names``, ``combine_weight_negative``,
        ``component_out_of_range`` (names unit and component), ``component_columns``, ``duplicate_units``,
        ``combine_few``, ``score_out_of_range``.
    MethodError
        ``kinds_mixed``, ``factor_needs``, ``factor_signs``.

    Notes
    -----
    Components come from different sources and are taken as independent; one given without errors is taken
    as known, and a notice says so. Errors by the delta method, Student's t with Satterthwaite's degrees of freedom, cut
    at 0 and 100. Factor weights are treated as given once computed: they say which components go together, not which
    matter. A unit that lacks a component has no composite. A geometric mean with a 0 in it is 0 whatever the rest: such
    units have none.

    References
    ----------
    OECD & JRC (2008), Handbook on Constructing Composite Indicators, steps 6 and 7.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> survey = pd.DataFrame({"estimate": [82.0, 70.0], "std_error": [1.5, 2.0]}, index=["u", "v"])
    >>> evidence = pd.Series({"u": 75.0, "v": 90.0})
    >>> made = ak.combine({"survey": survey, "evidence": evidence}, "barito-utara-2025")
    >>> made.scores.round(1).to_dict()
    {'u': 80.6, 'v': 74.0}
    """
    check_level(level)
    check_choice(method, ("arithmetic", "geometric", "equal", "factor"), "method")
    if not isinstance(components, Mapping):
        raise ArgumentError("combine_type", got=type(components).__name__)
    if len(components) < 2:
        raise DataError("combine_few", got=list(components))
    made = [as_component(name, given) for name, given in components.items()]
    check_kinds(made)
    units = sorted(made[0].score)
    x, variance, df = (_matrix(made, units, part) for part in ("score", "variance", "df"))
    shares, preset = _weights(weights, method, [component.name for component in made], x)
    kernel = kernels.geometric if method == "geometric" else kernels.arithmetic
    value, spread, parts = kernel(x, variance, shares)
    freedom = kernels.effective_df(np.where(np.isnan(parts), 0.0, parts), df)
    chosen = bands if isinstance(bands, Bands) or bands is None else band_registry()[bands]
    decimals = check_decimals(rounding)
    aside, aside_bands = _beside(beside or {}, units)
    entries = []
    for at, unit in enumerate(units):
        score = _score(unit, made, x[at], value[at], spread[at], freedom[at], level)
        band, chances = _band(score, chosen, decimals)
        entries.append(
            CompositeUnit(unit, score, dict(zip(components, x[at].tolist(), strict=True)), band, chances,
                          {name: aside[name][unit] for name in aside},
                          {name: aside_bands[name][unit] for name in aside_bands})
        )  # fmt: skip
    return Composite(
        units=tuple(entries), weights=dict(zip(components, shares.tolist(), strict=True)),
        kinds={component.name: component.kind for component in made}, method=method, preset=preset,
        bands=None if chosen is None else chosen.name, rounding=decimals, level=level,
        notices=_notices(made, entries, method, preset),
    )  # fmt: skip


def _matrix(made: list[Component], units: list[str], part: str) -> Floats:
    fallback = math.inf if part == "df" else math.nan
    return np.array([[getattr(component, part).get(unit, fallback) for component in made] for unit in units])


def _weights(
    given: Mapping[str, float] | str | None, method: Method, names: list[str], x: Floats
) -> tuple[Floats, str | None]:
    if method in ("equal", "factor"):
        if given is not None:
            raise ArgumentError("weights_with_method", method=method)
        return (np.full(len(names), 1 / len(names)) if method == "equal" else _factor(x, names)), None
    if given is None:
        raise ArgumentError("weights_needed", method=method)
    preset = given if isinstance(given, str) else None
    shares = _preset(given) if isinstance(given, str) else {str(name): float(share) for name, share in given.items()}
    if set(shares) != set(names):
        raise DataError("combine_weights_names", got=sorted(set(shares) ^ set(names)), expected=names)
    bad = {name: share for name, share in shares.items() if not share >= 0}
    if bad:
        raise DataError("combine_weight_negative", got=bad)
    total = sum(shares.values())
    if abs(total - 1) > _SUM_TOLERANCE:
        said = [f"{name} {share:g}" for name, share in shares.items()]
        raise DataError("recipe_weights_sum", step="components", got=total, parts=said, expected=1)
    return np.array([shares[name] for name in names]) / total, preset


def _preset(name: str) -> dict[str, float]:
    parts = read_recipe(name).components
    if parts is None:
        raise ArgumentError("unknown_choice", argument="weights", got=name, expected=("barito-utara-2025",))
    return dict(parts)


def _factor(x: Floats, names: list[str]) -> Floats:
    whole = x[~np.isnan(x).any(axis=1)]
    if len(names) < _LEAST_COMPONENTS or len(whole) < _LEAST_UNITS or (np.ptp(whole, axis=0) == 0).any():
        raise MethodError(
            "factor_needs", got=[len(names), len(whole)], components=_LEAST_COMPONENTS, units=_LEAST_UNITS
        )
    shares, loadings = kernels.factor_weights(whole)
    if (loadings <= 0).any():
        raise MethodError("factor_signs", got=[n for n, load in zip(names, loadings, strict=True) if load <= 0])
    return shares


def _score(
    unit: str, made: list[Component], x: Floats, value: float, variance: float, df: float, level: float
) -> Estimate | Unavailable:
    absent = [component.name for component, score in zip(made, x, strict=True) if math.isnan(score)]
    if absent:
        return Unavailable("component_missing", {"names": absent})
    if math.isnan(value):
        return Unavailable("geometric_zero")
    n = max((component.n.get(unit, 0) for component in made), default=0)
    without = next((component.without[unit] for component in made if unit in component.without), None)
    if without is not None:
        return Estimate(float(value), without, without, n)
    error = math.sqrt(variance)
    finite = math.isfinite(df)
    half = error * critical_value(level, max(df, 1.0) if finite else df, "t" if finite else "normal")
    interval = Interval(max(0.0, value - half), min(100.0, value + half), level, METHOD)
    return Estimate(float(value), error, interval, n)


def _band(
    score: Estimate | Unavailable, bands: Bands | None, decimals: int | None
) -> tuple[str | Unavailable | None, Mapping[str, float] | Unavailable | None]:
    if bands is None:
        return None, None
    found = bands.find(round_half_up(score.estimate, decimals))
    band = found.code if isinstance(found, Band) else found
    if isinstance(score, Unavailable) or isinstance(score.se, Unavailable):
        return band, score if isinstance(score, Unavailable) else score.se  # type: ignore[return-value]
    if score.se == 0:
        return band, {band if isinstance(band, str) else UNKNOWN: 1.0}
    codes, shares = bands.probabilities(np.array([score.estimate]), np.array([score.se]), decimals)
    return band, dict(zip(codes, shares[0].tolist(), strict=True))


def _beside(
    given: Mapping[str, pd.Series | tuple[pd.Series, str]], units: list[str]
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, str | None]]]:
    values: dict[str, dict[str, float]] = {}
    classes: dict[str, dict[str, str | None]] = {}
    for name, entry in given.items():
        series, bands = entry if isinstance(entry, tuple) else (entry, None)
        if not isinstance(series, pd.Series):
            raise ArgumentError("component_type", component=name, got=type(series).__name__, expected=("Series",))
        labelled = series.set_axis([str(unit) for unit in series.index])
        if labelled.index.duplicated().any():
            raise DataError("duplicate_units", got=labelled.index[labelled.index.duplicated()].tolist()[:10])
        values[name] = {unit: float(labelled.get(unit, math.nan)) for unit in units}
        if bands is not None:
            found = classify(pd.Series(values[name]), bands).band
            classes[name] = {unit: found[unit] if isinstance(found[unit], str) else None for unit in units}
    return values, classes


def _notices(
    made: list[Component], entries: list[CompositeUnit], method: Method, preset: str | None
) -> tuple[Notice, ...]:
    found = []
    if preset is not None:
        found.append(Notice("preset_is_local", "info", {"name": preset}))
    known = [component.name for component in made if component.known]
    if known:
        found.append(Notice("components_taken_as_known", "info", {"names": known}))
    lacking = [one.unit for one in entries if isinstance(one.score, Unavailable)]
    if lacking:
        found.append(Notice("units_without_composite", "caution", {"count": len(lacking), "units": lacking[:10]}))
    elsewhere = sorted({unit for component in made for unit in component.score} - {one.unit for one in entries})
    if elsewhere:
        found.append(Notice("units_not_in_first", "caution", {"count": len(elsewhere), "units": elsewhere[:10]}))
    if method == "factor":
        found.append(Notice("factor_weights_say", "caution"))
    return tuple(found)
