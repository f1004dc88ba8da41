"""Mantel and generalised Mantel–Haenszel tests of every item, on strata of the matching score."""

from __future__ import annotations

import numpy as np

from akhlak_research.core.results import Unavailable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.dif_mantel import generalised, liu_agresti, mantel, standardised_difference
from akhlak_research.measure.dif_material import DifData, Strata, matching_scores, strata
from akhlak_research.measure.dif_tested import DifCurve, Effect, Tested, tail


def mantel_ordered(data: DifData, anchors: np.ndarray, matching: str, test: str) -> list[Tested | Unavailable]:
    """Mantel's χ² of every item: ordered categories, two groups."""
    return _each(data, anchors, matching, nominal=False)


def mantel_nominal(data: DifData, anchors: np.ndarray, matching: str, test: str) -> list[Tested | Unavailable]:
    """Generalised Mantel–Haenszel χ² of every item: all groups at once, any difference in the categories."""
    return _each(data, anchors, matching, nominal=True)


def _each(data: DifData, anchors: np.ndarray, matching: str, *, nominal: bool) -> list[Tested | Unavailable]:
    match = matching_scores(data, matching, anchors)
    found: list[Tested | Unavailable] = []
    for i, name in enumerate(data.names):
        one = strata(data, i, match[:, i])
        if one is None:
            found.append(Unavailable("dif_item_constant", {"item": name}))
            continue
        chisq, df = generalised(one.table) if nominal else (mantel(one.table, one.codes)[0], 1)
        if np.isnan(chisq):
            found.append(Unavailable("dif_no_common_strata", {"item": name}))
            continue
        effects = tuple(_effect(one, g) for g in range(1, len(data.groups)))
        absent = Unavailable("dif_not_tested")
        uniform = absent if nominal else tail(chisq, df)
        found.append(Tested(chisq, df, tail(chisq, df), uniform, absent, effects))
    return found


def _effect(one: Strata, g: int) -> Effect:
    pair = one.table[:, [0, g]]
    difference, error = standardised_difference(pair, one.codes)
    absent = Unavailable("dif_not_by_strata")
    odds = liu_agresti(pair)
    none = Unavailable("dif_no_common_strata", {"item": "–"})
    return Effect(
        difference=none if np.isnan(difference) else difference, error=none if np.isnan(error) else error,
        unsigned=absent, area=absent, spread=one.spread, log_odds=none if np.isnan(odds) else odds,
        log_odds_error=absent, nagelkerke=absent, mcfadden=absent, curve=_curve(one, pair),
    )  # fmt: skip


def _curve(one: Strata, pair: Floats) -> DifCurve:
    """Mean answers observed in the strata that hold both groups."""
    n = pair.sum(axis=2)
    kept = (n > 0).all(axis=1)
    means = pair[kept] @ one.codes / n[kept]
    share = n[kept] / np.maximum(n[kept].sum(axis=0), 1e-300)
    return DifCurve(one.score[kept], means[:, 0], means[:, 1], share[:, 0], share[:, 1])
