"""Ordinal logistic regression as a test of differential item functioning (Swaminathan & Rogers 1990; Zumbo 1999).

Three nested models per item: matching score; and group; and their product. Twice the gain in log-likelihood tests the
group's part (uniform), the product (non-uniform) or both; under sampling weights a Wald statistic with sandwich
covariance takes its place, since a pseudo-likelihood has no χ² law.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.results import Unavailable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.dif_logistic import Cumulative, expected_score, fit_cumulative, sandwich_meat
from akhlak_research.measure.dif_material import DifData, Strata, matching_scores, strata
from akhlak_research.measure.dif_tested import DifCurve, Effect, Tested, binned, tail

#: numbers in one block of cells, so that a block stays in the processor's cache
_BLOCK = 250_000
_GRID = 41


@dataclass(frozen=True, slots=True)
class _Cells:
    """Items with K categories as cells (B, C): standardised match, group, counts; and the standardisation."""

    match: Floats
    group: Floats
    counts: Floats
    squared: Floats
    centre: Floats
    scale: Floats


def ordinal_logistic(data: DifData, anchors: np.ndarray, matching: str, test: str) -> list[Tested | Unavailable]:
    """The tests of every item; group 0 is the reference, group 1 the other."""
    match = matching_scores(data, matching, anchors)
    found: list[Tested | Unavailable] = [Unavailable("dif_item_constant", {"item": name}) for name in data.names]
    pending: dict[int, list[tuple[int, Strata]]] = {}
    for i, name in enumerate(data.names):
        one = strata(data, i, match[:, i])
        if one is None:
            continue
        if len(one.score) < 2:
            found[i] = Unavailable("dif_match_constant", {"item": name})
        else:
            pending.setdefault(len(one.codes), []).append((i, one))
    for k, members in pending.items():
        longest = max(len(one.score) for _, one in members)
        step = max(1, _BLOCK // (longest * 2 * k))
        for start in range(0, len(members), step):
            block = members[start : start + step]
            for (i, _), tested in zip(block, _tests(data, block, test), strict=True):
                found[i] = tested
    return found


def _cells(block: list[tuple[int, Strata]]) -> _Cells:
    """Cells that hold people; shorter items are padded with empty ones."""
    k = len(block[0][1].codes)
    held = [one.table.sum(axis=2) > 0 for _, one in block]
    longest = max(int(cells.sum()) for cells in held)
    counts, squared = np.zeros((2, len(block), longest, k))
    match, group = np.zeros((2, len(block), longest))
    centre, scale = np.zeros((2, len(block)))
    for b, ((_, one), cells) in enumerate(zip(block, held, strict=True)):
        at, who = np.nonzero(cells)
        counts[b, : len(at)], squared[b, : len(at)] = one.table[at, who], one.squared[at, who]
        weight = one.table.sum(axis=(1, 2))
        centre[b] = weight @ one.score / weight.sum()
        scale[b] = np.sqrt(weight @ (one.score - centre[b]) ** 2 / weight.sum())
        match[b, : len(at)] = (one.score[at] - centre[b]) / scale[b]
        group[b, : len(at)] = who
    return _Cells(match, group, counts, squared, centre, scale)


def _tests(data: DifData, block: list[tuple[int, Strata]], test: str) -> list[Tested | Unavailable]:
    cells = _cells(block)
    columns = np.stack([cells.match, cells.group, cells.match * cells.group], axis=2)
    fits = [fit_cumulative(columns[..., :q], cells.counts) for q in range(4)]
    covariances = [
        fit.covariance(sandwich_meat(columns[..., :q], cells.squared, fit) if data.sampled else None)
        for q, fit in enumerate(fits[2:], 2)
    ]
    found: list[Tested | Unavailable] = []
    for b, (i, one) in enumerate(block):
        if not all(fit.converged[b] for fit in fits[1:]):
            found.append(Unavailable("dif_separation", {"item": data.names[i], "group": data.groups[1]}))
            continue
        two, three = covariances[0][b], covariances[1][b]
        uniform, nonuniform, both = _statistics(fits, b, two, three, data.sampled)
        chosen, df = {"both": (both, 2), "uniform": (uniform, 1), "nonuniform": (nonuniform, 1)}[test]
        effect = _effect(cells, fits, b, one, (two, three), test)
        found.append(Tested(chosen, df, tail(chosen, df), tail(uniform, 1), tail(nonuniform, 1), (effect,)))
    return found


def _statistics(fits: list[Cumulative], b: int, two: Floats, three: Floats, wald: bool) -> tuple[float, float, float]:
    """χ² of the uniform part, of the product, and of both."""
    if wald:
        last = fits[3].beta[b, 1:]
        both = float(last @ np.linalg.solve(three[-2:, -2:], last))
        return float(fits[2].beta[b, 1] ** 2 / two[-1, -1]), float(last[1] ** 2 / three[-1, -1]), both
    l1, l2, l3 = (float(fit.loglik[b]) for fit in fits[1:])
    return 2 * (l2 - l1), 2 * (l3 - l2), 2 * (l3 - l1)


def _effect(
    cells: _Cells, fits: list[Cumulative], b: int, one: Strata, both: tuple[Floats, Floats], test: str
) -> Effect:
    fit = fits[2 if test == "uniform" else 3]
    covariance = both[0 if test == "uniform" else 1]
    before = fits[2 if test == "nonuniform" else 1]
    zeta, beta = fit.zeta[b], np.append(fit.beta[b], 0.0)[:3]
    x = (one.score - cells.centre[b]) / cells.scale[b]
    weight = one.table.sum(axis=2)
    share = weight[:, 1] / weight[:, 1].sum()
    apart, gradient = _apart(x, zeta, beta, one.codes)
    slope = share @ gradient[:, : len(covariance)]
    grid = _grid(one.score)
    z = (grid - cells.centre[b]) / cells.scale[b]
    reference = expected_score(zeta, z * beta[0], one.codes)[0]
    other = expected_score(zeta, z * (beta[0] + beta[2]) + beta[1], one.codes)[0]
    n = weight.sum()
    curve = DifCurve(
        grid, reference, other, binned(one.score, weight[:, 0], grid), binned(one.score, weight[:, 1], grid)
    )
    null = float(fits[0].loglik[b])
    return Effect(
        difference=float(share @ apart), error=float(np.sqrt(slope @ covariance @ slope)),
        unsigned=float(share @ np.abs(apart)), area=float(np.abs(other - reference).mean()), spread=one.spread,
        log_odds=float(fits[2].beta[b, 1]), log_odds_error=float(np.sqrt(both[0][-1, -1])),
        nagelkerke=_nagelkerke(null, float(fit.loglik[b]), n) - _nagelkerke(null, float(before.loglik[b]), n),
        mcfadden=float((before.loglik[b] - fit.loglik[b]) / null), curve=curve,
    )  # fmt: skip


def _grid(score: Floats) -> Floats:
    """Points to draw at. For whole scores equally many lie nearest to each point, or shares would look ragged."""
    low, high = score[0], score[-1]
    if (score != np.round(score)).any():
        return np.linspace(low, high, _GRID)
    step = max(1.0, np.ceil((high - low) / _GRID))
    return np.asarray(low + step * np.arange(np.ceil((high - low) / step) + 1))


def _apart(x: Floats, zeta: Floats, beta: Floats, codes: Floats) -> tuple[Floats, Floats]:
    """(C,) expected answer of the group minus that of the reference at each x, and its gradient (C, K − 1 + 3)."""
    first, f0 = expected_score(zeta, x * beta[0], codes)
    other, f1 = expected_score(zeta, x * (beta[0] + beta[2]) + beta[1], codes)
    s0, s1 = f0.sum(axis=1), f1.sum(axis=1)
    gradient = np.column_stack([f0 - f1, x * (s1 - s0), s1, x * s1])
    return np.asarray(other - first), np.asarray(gradient)


def _nagelkerke(null: float, loglik: float, n: float) -> float:
    """Nagelkerke (1991): Cox and Snell's R² over its largest value."""
    return float(-np.expm1(2 * (null - loglik) / n) / -np.expm1(2 * null / n))
