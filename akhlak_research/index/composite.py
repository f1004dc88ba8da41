"""An index of several components: survey and others by declared shares, per unit."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Estimate, Notice, Unavailable
from akhlak_research.index.composite_kernels import arithmetic
from akhlak_research.index.estimate import Scale
from akhlak_research.index.recipe import SURVEY
from akhlak_research.index.result import COMPOSITE, TOTAL, IndexScore

#: component → unit → score
Components: TypeAlias = Mapping[str, Mapping[str, float]]


def as_components(
    components: pd.DataFrame | None, shares: Mapping[str, float], units: Collection[str]
) -> Components | None:
    """The scores of the other components, component → unit → score, checked.

    Raises
    ------
    ArgumentError
        ``components_type``.
    DataError
        ``component_columns``, ``duplicate_units``, ``component_unit_unknown``, ``component_out_of_range`` (names the
        unit and the component).
    """
    if components is None:
        return None
    if not isinstance(components, pd.DataFrame):
        raise ArgumentError("components_type", got=type(components).__name__, expected="DataFrame")
    wanted = [name for name in shares if name != SURVEY]
    if set(components.columns) != set(wanted):
        raise DataError("component_columns", got=[str(c) for c in components.columns], expected=wanted)
    names = [str(unit) for unit in components.index]
    if len(set(names)) != len(names):
        raise DataError("duplicate_units", got=[unit for unit in dict.fromkeys(names) if names.count(unit) > 1][:10])
    unknown = [unit for unit in names if unit not in units]
    if unknown:
        raise DataError("component_unit_unknown", got=unknown[:10], count=len(unknown))
    table = {name: dict(zip(names, components[name].astype(float).tolist(), strict=True)) for name in wanted}
    for name, scores in table.items():
        for unit, score in scores.items():
            if not (math.isnan(score) or 0 <= score <= 100):
                raise DataError("component_out_of_range", column=name, unit=unit, got=score)
    return table


def composite_scores(
    scores: list[IndexScore], components: Components | None, shares: Mapping[str, float], scale: Scale
) -> tuple[list[IndexScore], list[Notice]]:
    """The scores with a composite after the total of every unit: Σ share · component.

    The other components are taken as known: the error of the composite is the survey's, times its share. A unit without
    one of them has no composite.
    """
    if (scale.low, scale.high) != (0.0, 100.0):
        raise DataError("component_scale", got=f"{scale.low:g}–{scale.high:g}", expected="0–100")
    if components is None:
        return scores, [Notice("components_missing", "caution", {"names": [n for n in shares if n != SURVEY]})]
    made = []
    lacking = []
    for score in scores:
        made.append(score)
        if score.value == TOTAL:
            estimate = _composite(score, components, shares, scale)
            if isinstance(estimate, Unavailable):
                lacking.append(str(score.unit))
            made.append(scale.score(score.unit, COMPOSITE, estimate, score.df, score.population))
    notices = [Notice("components_taken_as_known", "info", {"names": list(components)})]
    if lacking:
        notices.append(Notice("units_without_composite", "caution", {"count": len(lacking), "units": lacking[:10]}))
    return made, notices


def _composite(
    total: IndexScore, components: Components, shares: Mapping[str, float], scale: Scale
) -> Estimate | Unavailable:
    if isinstance(total.score, Unavailable):
        return total.score
    others = {name: scores.get(str(total.unit), math.nan) for name, scores in components.items()}
    absent = [name for name, score in others.items() if math.isnan(score)]
    if absent:
        return Unavailable("component_missing", {"names": absent})
    survey, names = total.score, [SURVEY, *others]
    weights = np.array([shares[name] for name in names]) / sum(shares.values())
    error = float(survey.se)
    known = np.zeros(len(others))
    scores, variances = np.array([survey.estimate, *others.values()]), np.array([error**2, *known])
    value, variance, _ = arithmetic(scores[None], variances[None], weights)
    if isinstance(survey.se, Unavailable):
        return Estimate(float(value[0]), survey.se, survey.se, survey.n)
    return scale.estimate(float(value[0]), float(variance[0]), total.df, survey.n, census=survey.se == 0)
