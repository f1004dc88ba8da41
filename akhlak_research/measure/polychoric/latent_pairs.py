"""Step two of a mixed model's statistics: the correlation of each pair of residuals, its margins held (Olsson 1979;
Olsson, Drasgow & Dorans 1982), and the scores of the pair's likelihood.

Polychoric for two ordered variables, polyserial for an ordered and a continuous one, product-moment for two continuous
ones. Given covariates every row has its own limits; where rows share them the likelihood is that of a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.binormal import corners, small_cells
from akhlak_research.measure.polychoric.margins import Margin, between, height

#: rows that go through the kernel together: their corners stay in the cache
_ROWS = 8192
_STEP = 1e-5  # Newton's error after the last step is about the square of its length
_MAX_ITER = 60
#: correlations this close to ±1 have no maximum inside
AT_BOUND = 1 - 1e-7
_SMALL = 1e-9
#: steps of ρ up to these lengths are integrated from where the probability is known, by so many nodes
_STEPS = ((0.02, 3), (0.15, 6))
_RULES = {n: np.polynomial.legendre.leggauss(n) for _, n in _STEPS}


@dataclass(frozen=True, slots=True)
class PairScores:
    """(n,) derivatives of a pair's log-likelihood: by ρ, and by the limits of each margin (mean and variance of a
    continuous one)."""

    rho: Floats
    first: tuple[Floats, Floats]
    second: tuple[Floats, Floats]


def correlate(first: Margin, second: Margin, weight: Floats) -> tuple[float, Floats | None]:
    """The ρ of greatest likelihood, near ±1 where it has no maximum inside; and of two ordered variables the (n,)
    probabilities of their cells there."""
    if first.place is None and second.place is None:
        return _product_moment(first.low, second.low, weight), None
    if first.place is None:
        return _climb(_Polyserial(second, first, weight)), None
    if second.place is None:
        return _climb(_Polyserial(first, second, weight)), None
    pair = _Polychoric(first, second, weight)
    rho = _climb(pair)
    return rho, pair.probabilities(rho)


def scores(first: Margin, second: Margin, rho: float, cells: Floats | None = None) -> PairScores:
    """Scores at ρ; ``cells`` as ``correlate`` tells them, if known."""
    if first.place is None and second.place is None:
        return _normal_scores(first, second, rho)
    if first.place is None:
        found = _polyserial_scores(second, first, rho)
        return PairScores(found.rho, found.second, found.first)
    if second.place is None:
        return _polyserial_scores(first, second, rho)
    return _polychoric_scores(first, second, rho, cells)


def _product_moment(a: Floats, b: Floats, weight: Floats) -> float:
    """The root of n ρ(1 − ρ²) + (1 + ρ²) Σab − ρ(Σa² + Σb²) of greatest likelihood: Σab/n, but where answers to either
    variable alone have moved its variance."""
    n, squares, product = weight.sum(), weight @ (a**2 + b**2), weight @ (a * b)
    roots = np.roots([-n, product, n - squares, product])
    roots = np.clip(roots[np.abs(roots.imag) < 1e-6].real, -1 + 1e-12, 1 - 1e-12)
    value = -n / 2 * np.log1p(-(roots**2)) - (squares - 2 * roots * product) / (2 * (1 - roots**2))
    return float(roots[np.argmax(value)])


def _climb(pair: _Polychoric | _Polyserial) -> float:
    """Newton's method inside a bracket of the score's signs."""
    low, high = -1.0, 1.0
    rho = pair.start()
    for _ in range(_MAX_ITER):
        slope, curvature, information = pair.slopes(rho)
        low, high = (rho, high) if slope > 0 else (low, rho)
        step = slope / max(-curvature if curvature < 0 else information, 1e-300)
        new = rho + step
        if not low < new < high and abs(step) > _STEP * (1 - abs(rho)):
            new = (low + high) / 2
        if abs(new - rho) < _STEP * np.sqrt(max(1 - abs(new), 1e-12)):
            return float(np.clip(new, -1 + 1e-12, 1 - 1e-12))
        rho = float(np.clip(new, -1 + 1e-10, 1 - 1e-10))
        if abs(rho) > AT_BOUND:
            break
    return rho


def _moment_start(first: Floats, second: Floats, weight: Floats) -> float:
    """Covariance of the expected residuals over their variances: exact to the first order in ρ."""
    n = weight.sum()
    variances = (weight @ first**2 / n) * (weight @ second**2 / n)
    return float(np.clip((weight @ (first * second) / n) / max(variances, 1e-6), -0.9, 0.9))


def _expected(margin: Margin) -> Floats:
    """(n,) expected residual given the answer."""
    return margin.low if margin.place is None else -sum(margin.slope_by_limits(), start=np.zeros(1))


class _Polychoric:
    """Two ordered variables; the cells' probabilities are kept and moved along with ρ."""

    def __init__(self, first: Margin, second: Margin, weight: Floats) -> None:
        self.first = first.low, first.high
        self.second = second.low, second.high
        self.weight = weight
        self.p, self.at = np.empty(len(weight)), np.inf
        self._start = _moment_start(_expected(first), _expected(second), weight)

    def start(self) -> float:
        """Where the search begins."""
        return self._start

    def slopes(self, rho: float) -> tuple[float, float, float]:
        """Σ s, Σ ∂s and Σ s² at ρ."""
        p = self.probabilities(rho)
        total = np.zeros(3)
        for part in _parts(len(self.weight)):
            heights, slope = _heights(_limits(self.first, part), _limits(self.second, part), rho)
            s = _difference(heights) / p[part]
            w = self.weight[part]
            total += np.array([w @ s, w @ (_difference(slope * heights) / p[part] - s**2), w @ s**2])
        return float(total[0]), float(total[1]), float(total[2])

    def probabilities(self, rho: float) -> Floats:
        """(n,) of the cells at ρ, near ones from where they are known."""
        if rho == self.at:
            return self.p
        near = abs(rho - self.at) <= _STEPS[-1][0] and max(abs(rho), abs(self.at)) < 0.9
        for part in _parts(len(self.weight)):
            a, b = _limits(self.first, part), _limits(self.second, part)
            if near:
                p = self.p[part] + _grown(a, b, self.at, rho)
                self.p[part] = _exact_where_small(p, a, b, rho)
            else:
                self.p[part] = _cell(a, b, rho)
        self.at = rho
        return self.p


class _Polyserial:
    """An ordered variable and a continuous one."""

    def __init__(self, ordered: Margin, linear: Margin, weight: Floats) -> None:
        used = weight > 0
        self.low, self.high, self.z = ordered.low[used], ordered.high[used], linear.low[used]
        self.weight = weight[used]
        self._start = float(np.clip(_moment_start(_expected(ordered)[used], self.z, self.weight), -0.9, 0.9))

    def start(self) -> float:
        """Where the search begins."""
        return self._start

    def slopes(self, rho: float) -> tuple[float, float, float]:
        """Σ s, Σ ∂s and Σ s² at ρ."""
        root = np.sqrt((1 - rho) * (1 + rho))
        ends = []
        for limit in (self.low, self.high):
            t = (limit - rho * self.z) / root
            first = (rho * limit - self.z) / root**3
            second = limit / root**3 + 3 * rho * first / root**2
            h = height(t)
            ends.append((t, h * first, h * (second - t * first**2)))
        p = between(ends[0][0], ends[1][0])
        s = (ends[1][1] - ends[0][1]) / p
        w = self.weight
        return float(w @ s), float(w @ ((ends[1][2] - ends[0][2]) / p - s**2)), float(w @ s**2)


def _normal_scores(first: Margin, second: Margin, rho: float) -> PairScores:
    a, b = first.low, second.low
    left = (1 - rho) * (1 + rho)
    by_rho = (rho * left + a * b * (1 + rho**2) - rho * (a**2 + b**2)) / left**2

    def own(x: Floats, other: Floats, variance: float) -> tuple[Floats, Floats]:
        turned = (x - rho * other) / left
        return turned / np.sqrt(variance), (x * turned - 1) / (2 * variance)

    return PairScores(by_rho, own(a, b, first.variance), own(b, a, second.variance))


def _polyserial_scores(ordered: Margin, linear: Margin, rho: float) -> PairScores:
    root, z = np.sqrt((1 - rho) * (1 + rho)), linear.low
    low, high = (ordered.low - rho * z) / root, (ordered.high - rho * z) / root
    p = between(low, high)
    on_low, on_high = height(low) / p, height(high) / p
    by_rho = (on_high * (rho * ordered.high - z) - on_low * (rho * ordered.low - z)) / root**3
    by_z = -z - rho / root * (on_high - on_low)
    sd = np.sqrt(linear.variance)
    of_linear = (-by_z / sd, -(1 + z * by_z) / (2 * linear.variance))
    return PairScores(by_rho, (-on_low / root, on_high / root), of_linear)


def _polychoric_scores(first: Margin, second: Margin, rho: float, cells: Floats | None) -> PairScores:
    n = len(first.low)
    out = [np.empty(n) for _ in range(5)]
    root = np.sqrt((1 - rho) * (1 + rho))
    for part in _parts(n):
        a, b = _limits((first.low, first.high), part), _limits((second.low, second.high), part)
        p = _cell(a, b, rho) if cells is None else cells[part]
        out[0][part] = _difference(_heights(a, b, rho)[0]) / p
        for own, other, at in ((a, b, 1), (b, a, 3)):
            for end, sign in ((0, -1.0), (1, 1.0)):
                # how fast the cell grows with this limit: φ times the share of the other's interval there
                limit = own[:, end]
                share = between((other[:, 0] - rho * limit) / root, (other[:, 1] - rho * limit) / root)
                out[at + end][part] = sign * height(limit) * share / p
    return PairScores(out[0], (out[1], out[2]), (out[3], out[4]))


def _parts(n: int) -> Iterator[slice]:
    for begin in range(0, n, _ROWS):
        yield slice(begin, begin + _ROWS)


def _limits(ends: tuple[Floats, Floats], part: slice) -> Floats:
    return np.stack([ends[0][part], ends[1][part]], axis=1)


def _difference(at_corners: Floats) -> Floats:
    """(m,) of (m, 2, 2) corners what lies between them."""
    return np.asarray(at_corners[:, 1, 1] - at_corners[:, 0, 1] - at_corners[:, 1, 0] + at_corners[:, 0, 0])


def _cell(a: Floats, b: Floats, rho: float) -> Floats:
    """(m,) probabilities of rectangles with limits ``a``, ``b`` (m, 2)."""
    return _exact_where_small(_difference(corners(a, b, np.full(len(a), rho))), a, b, rho)


def _exact_where_small(p: Floats, a: Floats, b: Floats, rho: float) -> Floats:
    few = np.flatnonzero(p < _SMALL)
    if len(few):
        p[few] = small_cells(a[few, 0], a[few, 1], b[few, 0], b[few, 1], np.full(len(few), rho))
    return np.asarray(np.maximum(p, 1e-300))


def _grown(a: Floats, b: Floats, old: float, new: float) -> Floats:
    """(m,) what rectangles gain while ρ moves: ∫ φ₂ dρ over their corners (Plackett 1954)."""
    half = (new - old) / 2
    nodes, weights = _RULES[next(n for longest, n in _STEPS if abs(new - old) <= longest)]
    squares, product = _squares(a, b)
    total = np.zeros(len(a))
    for node, weight in zip(nodes, weights, strict=True):
        r = old + half * (1 + node)
        left = (1 - r) * (1 + r)
        total += weight / np.sqrt(left) * _difference(np.exp((r * product - squares) / left))
    return np.asarray(total * half / (2 * np.pi))


def _squares(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """(m, 2, 2) ½(a² + b²) and ab at the corners."""
    return (a**2 / 2)[:, :, None] + (b**2 / 2)[:, None, :], a[:, :, None] * b[:, None, :]


def _heights(a: Floats, b: Floats, rho: float) -> tuple[Floats, Floats]:
    """(m, 2, 2) φ₂ at the corners, and the derivative of its logarithm by ρ."""
    squares, product = _squares(a, b)
    left = (1 - rho) * (1 + rho)
    value = np.exp((rho * product - squares) / left) / (2 * np.pi * np.sqrt(left))
    return value, rho / left + (product * (1 + rho**2) - 2 * rho * squares) / left**2
