"""The bivariate normal distribution on a grid of thresholds, for many pairs of items at once.

Below |ρ| = 0.925 the integral of Sheppard over the angle whose sine is ρ, by Gauss–Legendre nodes (Drezner &
Wesolowsky 1990); above it the expansion around |ρ| = 1 of Genz (2004), which leaves a small smooth rest to the nodes.
Errors of a probability stay near 1e-15.

Drezner, Z., & Wesolowsky, G. O. (1990). On the computation of the bivariate normal integral. Journal of Statistical
Computation and Simulation, 35, 101–107.
Genz, A. (2004). Numerical computation of rectangular bivariate and trivariate normal and t probabilities. Statistics
and Computing, 14, 251–260.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from akhlak_research.measure.bounded import Floats

#: stands for an infinite threshold: Φ(−37) is the last one that a double tells from zero
FAR = 37.0
_NEAR_ONE = 0.925
# nodes that give 1e-15 up to each |ρ|; fewer suffice where the angle is small
_CLASSES = ((0.15, 6), (0.35, 8), (0.6, 12), (0.8, 16), (_NEAR_ONE, 24))
_RULES = {n: np.polynomial.legendre.leggauss(n) for _, n in (*_CLASSES, (0, 20))}


def corners(a: Floats, b: Floats, rho: Floats) -> Floats:
    """(m, A, B) Φ₂(a_i, b_j; ρ) of every pair's thresholds ``a`` (m, A) and ``b`` (m, B); ``rho`` (m,) within (−1, 1).

    Infinite thresholds are allowed.
    """
    a, b = np.clip(a, -FAR, FAR), np.clip(b, -FAR, FAR)
    out = np.empty((len(rho), a.shape[1], b.shape[1]))
    size = np.abs(rho)
    floor = -1.0
    for ceiling, nodes in _CLASSES:
        at = np.flatnonzero((size > floor) & (size <= ceiling))
        floor = ceiling
        if len(at):
            out[at] = _by_angle(a[at], b[at], rho[at], nodes)
    at = np.flatnonzero(size > _NEAR_ONE)
    if len(at):
        out[at] = _near_one(a[at], b[at], rho[at])
    return out


def _by_angle(a: Floats, b: Floats, rho: Floats, nodes: int) -> Floats:
    """Φ(a)Φ(b) + 1/2π ∫ exp(−(a² + b² − 2ab sin θ) / (2 cos² θ)) dθ over θ from 0 to arcsin ρ."""
    x, w = _RULES[nodes]
    half = np.arcsin(rho) / 2
    total = np.zeros((len(rho), a.shape[1], b.shape[1]))
    squares = (a**2)[:, :, None] + (b**2)[:, None, :]
    product = a[:, :, None] * b[:, None, :]
    buffer, term = np.empty_like(total), np.empty_like(total)
    for node, weight in zip(x, w, strict=True):
        s = np.sin(half * (1 + node))
        inverse = 0.5 / (1 - s * s)
        np.multiply(product, (2 * s * inverse)[:, None, None], out=term)
        np.multiply(squares, inverse[:, None, None], out=buffer)
        np.subtract(term, buffer, out=term)
        np.exp(term, out=term)
        term *= weight
        total += term
    total *= (half / (2 * np.pi))[:, None, None]
    total += ndtr(a)[:, :, None] * ndtr(b)[:, None, :]
    return total


def _near_one(a: Floats, b: Floats, rho: Floats) -> Floats:
    """Genz's expansion for the upper orthant P(X > h, Y > k), turned to the lower one by symmetry."""
    sign = np.where(rho < 0, -1.0, 1.0)[:, None, None]
    h = np.broadcast_to(-a[:, :, None], (len(rho), a.shape[1], b.shape[1]))
    k = np.broadcast_to(-b[:, None, :], h.shape) * sign
    rest = -_expansion(h, k, np.abs(rho)[:, None, None]) / (2 * np.pi)
    # ρ > 0: below both; ρ < 0: what the mirrored pair leaves between its two limits
    between = np.maximum(ndtr(k) - ndtr(h), 0.0)
    also = np.maximum(ndtr(-h) - ndtr(-k), 0.0)
    return np.asarray(np.where(sign > 0, rest + ndtr(-np.maximum(h, k)), np.where(h < 0, between, also) - rest))


def _expansion(h: Floats, k: Floats, r: Floats) -> Floats:
    hk, spread = h * k, (1 - r) * (1 + r)
    root, distance = np.sqrt(spread), (h - k) ** 2
    c, d = (4 - hk) / 8, (12 - hk) / 16
    total = root * _exp(-(distance / spread + hk) / 2) * (
        1 - c * (distance - spread) * (1 - d * distance / 5) / 3 + c * d * spread**2 / 5
    )  # fmt: skip
    apart = np.abs(h - k)
    inner = np.sqrt(2 * np.pi) * ndtr(-apart / root)
    total -= _exp(-hk / 2) * inner * apart * (1 - c * distance * (1 - d * distance / 5) / 3)
    x, w = _RULES[20]
    half = root / 2
    for node, weight in zip(x, w, strict=True):
        step = (half * (1 + node)) ** 2
        cosine = np.sqrt(1 - step)
        exact = np.exp(np.minimum(-hk * step / (2 * (1 + cosine) ** 2), 700.0)) / cosine
        total += half * weight * _exp(-(distance / step + hk) / 2) * (exact - (1 + c * step * (1 + d * step)))
    return np.asarray(total)


def _exp(x: Floats) -> Floats:
    """exp x, and 0 where it is too small to matter or (far corners, hk → −∞) its factor vanishes faster."""
    return np.asarray(np.where((x > -100) & (x < 50), np.exp(np.clip(x, -100, 50)), 0.0))


def density(a: Floats, b: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """(m, A, B) φ₂(a_i, b_j; ρ) = ∂Φ₂/∂ρ (Plackett 1954) and its own derivative by ρ."""
    a, b = np.clip(a, -FAR, FAR)[:, :, None], np.clip(b, -FAR, FAR)[:, None, :]
    r = rho[:, None, None]
    left = (1 - r) * (1 + r)
    squares, product = a**2 + b**2, a * b
    value = np.exp(-(squares - 2 * r * product) / (2 * left)) / (2 * np.pi * np.sqrt(left))
    slope = value * (r / left + (product * (1 + r**2) - r * squares) / left**2)
    return value, slope


def cells(at_corners: Floats, edge_a: Floats | None = None, edge_b: Floats | None = None) -> Floats:
    """(m, A + 1, B + 1) differences of corners (m, A, B): what lies in each cell of the table.

    ``edge_a`` (m, A) and ``edge_b`` (m, B) are the values at b = ∞ and a = ∞ (margins; with them goes 1 at both), zero
    where a derivative is differenced.
    """
    m, rows, columns = at_corners.shape
    full = np.zeros((m, rows + 2, columns + 2))
    full[:, 1:-1, 1:-1] = at_corners
    if edge_a is not None and edge_b is not None:
        full[:, 1:-1, -1] = edge_a
        full[:, -1, 1:-1] = edge_b
        full[:, -1, -1] = 1.0
    along = full[:, 1:, :] - full[:, :-1, :]
    return np.asarray(along[:, :, 1:] - along[:, :, :-1])


def small_cells(low: Floats, high: Floats, left: Floats, right: Floats, rho: Floats) -> Floats:
    """(m,) P(low < X ≤ high, left < Y ≤ right) of cells too small for differences of corners.

    ∫ φ(x) [Φ((right − ρx)/s) − Φ((left − ρx)/s)] dx has a positive integrand, so nothing cancels: the relative error
    stays near 1e-12 however small the cell. Its mass sits close to one point, which a grid finds first.
    """
    low, high = np.clip(low, -FAR, FAR)[:, None], np.clip(high, -FAR, FAR)[:, None]
    left, right = left[:, None], right[:, None]
    r, s = rho[:, None], np.sqrt((1 - rho) * (1 + rho))[:, None]

    def integrand(x: Floats) -> Floats:
        lower, upper = (left - r * x) / s, (right - r * x) / s
        flip = lower > 0  # in the upper tail differences of Φ keep no digits; mirrored they do
        lower, upper = np.where(flip, -upper, lower), np.where(flip, -lower, upper)
        return np.asarray(np.exp(-(x**2) / 2) * (ndtr(upper) - ndtr(lower)))

    for share in (1e-18, 1e-18, 1e-18):
        grid = low + (high - low) * np.linspace(0, 1, 65)
        there = integrand(grid)
        kept = there > share * there.max(axis=1, keepdims=True)
        first, last = np.argmax(kept, axis=1), 64 - np.argmax(kept[:, ::-1], axis=1)
        take = np.arange(len(grid))
        low, high = grid[take, np.maximum(first - 1, 0)][:, None], grid[take, np.minimum(last + 1, 64)][:, None]
    edges = low + (high - low) * np.linspace(0, 1, 9)
    x, w = _RULES[16]
    total = np.zeros(len(low))
    for panel in range(8):
        half = (edges[:, panel + 1] - edges[:, panel])[:, None] / 2
        total += (integrand(edges[:, panel][:, None] + half * (1 + x)) * w).sum(axis=1) * half[:, 0]
    return np.asarray(total / np.sqrt(2 * np.pi))


def moved(tau: Floats, other: Floats, rho: Floats) -> Floats:
    """(m, A, B + 1) how fast the cells below a threshold grow when it moves up.

    φ(τ_i) times the probability that the other variable lies between two of its thresholds, given that this one stands
    exactly at τ_i.
    """
    r = rho[:, None, None]
    z = (np.clip(other, -FAR, FAR)[:, None, :] - r * np.clip(tau, -FAR, FAR)[:, :, None]) / np.sqrt((1 - r) * (1 + r))
    upto = np.pad(ndtr(z), ((0, 0), (0, 0), (1, 1)))
    upto[:, :, -1] = 1.0
    height = np.exp(-(tau**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(np.diff(upto, axis=2) * height[:, :, None])
