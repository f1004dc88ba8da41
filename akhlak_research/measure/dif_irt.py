"""Item response models as a test of differential item functioning: likelihood ratio and Wald, anchors held equal.

A graded response model of both groups, in which the reference is N(0, 1) and the other group has a mean and variance
of its own; the anchors have the same parameters in both. An item is tested by giving it parameters of its own in each
group and comparing: by twice the gain in log-likelihood (Thissen, Steinberg & Wainer 1993), or by the distance of the
two sets of parameters in units of their covariance (Lord 1980; Langer 2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.results import Unavailable
from akhlak_research.counts.rows import Rows, Weighting
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.dif_material import DifData, strata
from akhlak_research.measure.dif_tested import DifCurve, Effect, Number, Tested, tail
from akhlak_research.measure.irt.calibrate import Calibration, calibrate
from akhlak_research.measure.irt.design import Design, make_design
from akhlak_research.measure.irt.families import FAMILIES
from akhlak_research.measure.irt.patterns import Patterns, as_patterns
from akhlak_research.measure.irt.posterior import log_prior, nodes

_GRID = np.linspace(-4.0, 4.0, 41)


def irt_ratio(data: DifData, anchors: np.ndarray, matching: str, test: str) -> list[Tested | Unavailable]:
    """Likelihood ratio test of every item."""
    return _each(data, anchors, wald=False)


def irt_wald(data: DifData, anchors: np.ndarray, matching: str, test: str) -> list[Tested | Unavailable]:
    """Wald test of every item."""
    return _each(data, anchors, wald=True)


@dataclass(frozen=True, slots=True)
class _Model:
    """The patterns, how errors are computed, and the places of the items that vary."""

    patterns: Patterns
    errors: str

    def fit(self, equal: np.ndarray, start: Calibration | None, *, errors: bool) -> Calibration:
        """The model with some items equal in both groups, from where another one ended."""
        design = make_design(FAMILIES["grm"], self.patterns.n_categories, 2, equal)
        phi = None if start is None else _carried(start, design)
        return calibrate(self.patterns, design, nodes(), errors=self.errors if errors else "none", start=phi)


def _carried(ended: Calibration, design: Design) -> Floats:
    """φ of a design that gives each item the parameters it had in each group."""
    psi = design.base.copy()
    items, mean, variance = design.split(psi)
    for g in (1, 0):  # the reference last: shared versions take its parameters
        items[design.versions[g]] = ended.items[ended.design.versions[g]]
        mean[g], variance[g] = ended.mean[g], ended.variance[g]
    return np.asarray(np.linalg.lstsq(design.matrix, psi - design.base, rcond=None)[0])


def _each(data: DifData, anchors: np.ndarray, *, wald: bool) -> list[Tested | Unavailable]:
    varied = np.nanmax(data.values, axis=0) > np.nanmin(data.values, axis=0)
    found: list[Tested | Unavailable] = [Unavailable("dif_item_constant", {"item": name}) for name in data.names]
    at = np.flatnonzero(varied)
    weighting: Weighting = "sampling" if data.sampled else "frequency"
    names = tuple(data.names[i] for i in at)
    rows = Rows(data.values[:, at], names, data.weight, weighting, (), "", int(data.people.sum()))
    model = _Model(as_patterns(rows, data.group, data.groups), "sandwich" if data.sampled else "observed")
    held = anchors[at]
    if held.sum() < 2:
        return [Unavailable("dif_few_anchors", {"item": name}) for name in data.names]
    base = model.fit(held, None, errors=not held.all())
    for place, i in enumerate(at):
        other = held.copy()
        other[place] = not held[place]
        second = model.fit(other, base, errors=bool(held[place]))
        free, tied = (second, base) if held[place] else (base, second)
        found[i] = _test(data, int(i), place, model, free, tied, wald=wald)
    return found


def _test(
    data: DifData, item: int, place: int, model: _Model, free: Calibration, tied: Calibration, *, wald: bool
) -> Tested | Unavailable:
    if not (free.converged and tied.converged):
        return Unavailable("dif_irt_not_converged", {"item": data.names[item]})
    k = int(model.patterns.n_categories[place])
    first, second = (int(free.design.versions[g][place]) for g in (0, 1))
    width = free.design.width
    rows = [np.arange(v * width, v * width + k) for v in (first, second)]
    apart = free.items[second, :k] - free.items[first, :k]
    covariance = free.full_covariance()
    absent = Unavailable("dif_not_tested")
    slope: Number = absent
    chisq = 2 * (free.loglik - tied.loglik)
    if covariance is not None:
        between = (
            covariance[np.ix_(rows[0], rows[0])] + covariance[np.ix_(rows[1], rows[1])]
            - covariance[np.ix_(rows[0], rows[1])] - covariance[np.ix_(rows[1], rows[0])]
        )  # fmt: skip
        slope = tail(float(apart[0] ** 2 / between[0, 0]), 1)
        if wald:
            chisq = float(apart @ np.linalg.solve(between, apart))
    elif wald:
        return Unavailable("irt_information_not_definite")
    effect = _effect(data, item, model.patterns.categories[place], free, (first, second), covariance)
    return Tested(chisq, k, tail(chisq, k), absent, slope, (effect,))


def _effect(
    data: DifData, item: int, codes: Floats, free: Calibration, versions: tuple[int, int], covariance: Floats | None
) -> Effect:
    """Expected answers of the group minus those of the reference, over the group's distribution of θ."""
    family, sizes = free.design.family, np.array([len(codes)] * 2)
    psi = free.items[list(versions)]
    prior = np.exp(log_prior(free.theta, free.mean, free.variance))
    share = prior[1] / prior[1].sum()
    curves = family.curves(psi, sizes, free.theta)
    used = curves.p[:, : len(codes)]
    expected = np.einsum("k,vkq->vq", codes, used)
    apart = expected[1] - expected[0]
    error: Number = Unavailable("irt_information_not_definite")
    if covariance is not None:
        slope = np.einsum("k,vkq,vkqj,q->vj", codes, used, curves.score[:, : len(codes)], share)
        gradient = np.zeros(len(covariance))
        for v, sign, row in zip(versions, (-1.0, 1.0), slope, strict=True):
            gradient[v * free.design.width : (v + 1) * free.design.width] = sign * row
        error = float(np.sqrt(np.maximum(gradient @ covariance @ gradient, 0.0)))
    drawn = np.einsum("k,vkq->vq", codes, family.curves(psi, sizes, _GRID).p[:, : len(codes)])
    people = np.exp(log_prior(_GRID, free.mean, free.variance))
    people /= people.sum(axis=1, keepdims=True)
    one = strata(data, item, np.zeros(len(data.values)))
    assert one is not None
    absent = Unavailable("dif_not_by_irt")
    return Effect(
        difference=float(share @ apart), error=error, unsigned=float(share @ np.abs(apart)),
        area=float(np.abs(drawn[1] - drawn[0]).mean()), spread=one.spread, log_odds=absent, log_odds_error=absent,
        nagelkerke=absent, mcfadden=absent, curve=DifCurve(_GRID, drawn[0], drawn[1], people[0], people[1]),
    )  # fmt: skip
