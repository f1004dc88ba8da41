"""Rounds of purification, and from tests to comparisons with effects, classes and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import Estimate, Interval, Notice, Unavailable
from akhlak_research.measure.dif_material import DifData, joined
from akhlak_research.measure.dif_methods import DifMethod
from akhlak_research.measure.dif_result import ItemDif
from akhlak_research.measure.dif_tested import Effect, Number, Tested
from akhlak_research.measure.multiplicity import Adjustment

#: fewer anchors than this are no scale
_FEWEST_ANCHORS = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """How to test: score to match on, what to test, anchors given, most rounds of purification, adjustment."""

    matching: str
    test: str
    anchors: Sequence[str] | None
    most: int
    adjustment: Adjustment


@dataclass(frozen=True, slots=True)
class Run:
    """The tests of one comparison of groups.

    Attributes
    ----------
    groups : tuple of int
        Places of the groups in the data, the reference first.
    tested : list
        Per item.
    anchors : (p,) bool
    rounds : int
    settled : bool
        Whether the last round changed nothing.
    joined : tuple of str
        Items of which categories were joined.
    """

    groups: tuple[int, ...]
    label: str
    tested: list[Tested | Unavailable]
    anchors: np.ndarray
    rounds: int
    settled: bool
    joined: tuple[str, ...]


def run_all(data: DifData, method: DifMethod, plan: Plan) -> list[Run]:
    """Every group against the reference, or all groups at once where the method can."""
    count = len(data.groups)
    sets = [tuple(range(count))] if method.joint else [(0, g) for g in range(1, count)]
    return [_purified(data, method, plan, chosen) for chosen in sets]


def _purified(data: DifData, method: DifMethod, plan: Plan, chosen: tuple[int, ...]) -> Run:
    part, merged = data.among(chosen), tuple[str, ...]()
    if method.joins:
        part, merged = joined(part)
    label = ", ".join(part.groups[1:])
    p = len(data.names)
    anchors = np.ones(p, dtype=bool)
    if plan.anchors is not None:
        for name in plan.anchors:
            check_choice(name, data.names, "anchors")
        anchors = np.array([name in plan.anchors for name in data.names])
    tested = method.run(part, anchors, plan.matching, plan.test)
    seen = [anchors]
    for number in range(plan.most):
        clean = ~_suspect(tested, plan.adjustment)
        if (clean == anchors).all():
            return Run(chosen, label, tested, anchors, number, True, merged)
        if clean.sum() < _FEWEST_ANCHORS or any((clean == before).all() for before in seen):
            return Run(chosen, label, tested, anchors, number, False, merged)
        anchors = clean
        seen.append(anchors)
        tested = method.run(part, anchors, plan.matching, plan.test)
    settled = plan.most == 0 or bool((~_suspect(tested, plan.adjustment) == anchors).all())
    return Run(chosen, label, tested, anchors, plan.most, settled, merged)


def _suspect(tested: list[Tested | Unavailable], adjustment: Adjustment) -> np.ndarray:
    """(p,) items that are significant and of some size, after adjustment for the tests of this comparison."""
    exist = [i for i, one in enumerate(tested) if isinstance(one, Tested)]
    p = np.array([one.pvalue for one in tested if isinstance(one, Tested)])
    suspect = np.zeros(len(tested), dtype=bool)
    if not exist:
        return suspect
    small, size = thresholds("dif_p"), thresholds("dif_size_moderate")
    for i, adjusted in zip(exist, adjustment.adjust(p), strict=True):
        one = tested[i]
        assert isinstance(one, Tested)
        suspect[i] = small.met(adjusted) and any(size.met(effect_size(effect)) for effect in one.effects)
    return suspect


def effect_size(effect: Effect) -> float:
    """Absolute expected-score difference over the item's standard deviation within groups."""
    size = effect.difference if isinstance(effect.unsigned, Unavailable) else effect.unsigned
    return abs(float(size)) / effect.spread if effect.spread > 0 else float("nan")


def compare(data: DifData, runs: list[Run], adjustment: Adjustment, level: float) -> tuple[ItemDif, ...]:
    """Every item × group, in the order of the items."""
    found = []
    p: list[float] = []
    for i in range(len(data.names)):
        for run in runs:
            one = run.tested[i]
            place = len(p) if isinstance(one, Tested) else -1
            if isinstance(one, Tested):
                p.append(one.pvalue)
            found += [(place, _comparison(data, i, run, at, level)) for at in range(1, len(run.groups))]
    adjusted = adjustment.adjust(np.array(p))
    return tuple(one if place < 0 else _judged(one, float(adjusted[place])) for place, one in found)


def _comparison(data: DifData, item: int, run: Run, at: int, level: float) -> ItemDif:
    one, group = run.tested[item], run.groups[at]
    answered = ~np.isnan(data.values[:, item])
    sizes = [int(data.people[answered & (data.group == g)].sum()) for g in (group, run.groups[0])]
    names = {"item": data.names[item], "group": data.groups[group], "reference": data.groups[run.groups[0]]}
    if isinstance(one, Unavailable):
        return ItemDif(
            **names, n_group=sizes[0], n_reference=sizes[1], chisq=one, df=one, pvalue=one, pvalue_uniform=one,
            pvalue_nonuniform=one, pvalue_adjusted=one, log_odds=one, difference=one, effect_size=one, area=one,
            nagelkerke=one, mcfadden=one, jodoin_gierl=one, zumbo_thomas=one, points=one, form="none",
            verdict="dif_untested", curve=None,
        )  # fmt: skip
    effect = one.effects[at - 1]
    n = sum(sizes)
    difference = _estimate(effect.difference, effect.error, n, level)
    factor = float(100 / (data.high[item] - data.low[item]) / len(data.names))
    points = _estimate(_times(effect.difference, factor), _times(effect.error, factor), n, level)
    size = _signed(effect)
    return ItemDif(
        **names, n_group=sizes[0], n_reference=sizes[1], chisq=one.chisq, df=one.df, pvalue=one.pvalue,
        pvalue_uniform=one.pvalue_uniform, pvalue_nonuniform=one.pvalue_nonuniform, pvalue_adjusted=one.pvalue,
        log_odds=_estimate(effect.log_odds, effect.log_odds_error, n, level), difference=difference, effect_size=size,
        area=effect.area, nagelkerke=effect.nagelkerke, mcfadden=effect.mcfadden,
        jodoin_gierl=_class(effect.nagelkerke, "jodoin_gierl"), zumbo_thomas=_class(effect.nagelkerke, "zumbo_thomas"),
        points=points, form="none", verdict="dif_none", curve=effect.curve,
    )  # fmt: skip


def _signed(effect: Effect) -> Number:
    size = effect.difference if isinstance(effect.unsigned, Unavailable) else effect.unsigned
    return size if isinstance(size, Unavailable) else size / effect.spread


def _times(value: Number, factor: float) -> Number:
    return value if isinstance(value, Unavailable) else value * factor


def _estimate(value: Number, error: Number, n: int, level: float) -> Estimate | Unavailable:
    """Normal interval around a value."""
    from scipy.special import ndtri

    if isinstance(value, Unavailable):
        return value
    if isinstance(error, Unavailable):
        return Estimate(value, error, error, n)
    reach = float(ndtri(0.5 + level / 2)) * error
    return Estimate(value, error, Interval(value - reach, value + reach, level, "normal"), n)


def _class(change: Number, school: str) -> str | Unavailable:
    """A below the first cut-off, B from it, C from the second."""
    if isinstance(change, Unavailable):
        return change
    return "ABC"[sum(thresholds(f"dif_{school}_{letter}").met(change) for letter in "bc")]


def _judged(one: ItemDif, adjusted: float) -> ItemDif:
    """With the adjusted p, the form and the verdict."""
    small = thresholds("dif_p")
    if not small.met(adjusted):
        return replace(one, pvalue_adjusted=adjusted)
    form = "nonuniform" if small.met(one.pvalue_nonuniform) else "uniform"
    if isinstance(one.pvalue_nonuniform, Unavailable) and isinstance(one.pvalue_uniform, Unavailable):
        form = "any_form"
    size = abs(float(one.effect_size))
    word = "dif_negligible"
    if thresholds("dif_size_large").met(size):
        word = "dif_large"
    elif thresholds("dif_size_moderate").met(size):
        word = "dif_moderate"
    return replace(one, pvalue_adjusted=adjusted, form=form, verdict=word)


def notices_of(
    data: DifData, runs: list[Run], comparisons: tuple[ItemDif, ...], flagged: tuple[str, ...]
) -> tuple[Notice, ...]:
    """What the reader must know."""
    said = {"group": data.name, "size": thresholds("dif_size_moderate").value}
    found = [Notice("dif_none", "info", said)]
    if flagged:
        found = [Notice("dif_flagged", "caution", said | {"items": flagged})]
    untested = tuple(dict.fromkeys(one.item for one in comparisons if one.verdict == "dif_untested"))
    if untested:
        found.append(Notice("dif_untested", "warning", {"items": untested}))
    if any(not run.settled for run in runs):
        found.append(Notice("dif_not_settled", "warning", {"groups": [run.label for run in runs if not run.settled]}))
    merged = tuple(dict.fromkeys(name for run in runs for name in run.joined))
    if merged:
        found.append(Notice("dif_categories_joined", "caution", {"items": merged}))
    recommended = thresholds("dif_recommended_group")
    few = [name for at, name in enumerate(data.groups) if not recommended.met(data.size(at))]
    if few:
        found.append(Notice("dif_few_people", "caution", {"groups": few, "n": recommended.value}))
    if data.small:
        smallest = thresholds("dif_smallest_group").value
        values = {"count": len(data.small), "groups": data.small[:10], "smallest": smallest}
        found.append(Notice("groups_small", "caution", values))
    if data.without:
        found.append(Notice("groups_without", "caution", {"n": data.without}))
    if not data.limits_known:
        found.append(Notice("dif_scale_observed", "caution", {"low": float(data.low[0]), "high": float(data.high[0])}))
    return tuple(found)
