"""Which of p scores are surely above which: stepdown tests of all ordered pairs, from draws of their errors.

Mogstad, M., Romano, J. P., Shaikh, A. M. & Wilhelm, D. (2024), Inference for ranks with applications to mobility across
neighbourhoods and academic achievement across countries, Review of Economic Studies 91(1), 476–518, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from akhlak_research.survey.linearised import Floats, Ints

Mask = NDArray[np.bool_]
#: draws taken at once, so that a block of differences stays in the cache
_BLOCK = 96
#: a bound must not fall below its value by rounding
_SLACK = 1 + 1e-12


def draw_errors(covariance: Floats, df: Floats, n_draws: int, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
    """(R, p) errors Z ~ N(0, Σ) and, where some variances are estimated, (R, p) variances s² ~ σ² χ²_df / df.

    The second makes each difference a studentised one, as with Welch's t for two samples; it needs a diagonal Σ.
    """
    p = len(covariance)
    variance = np.diag(covariance)
    z = rng.standard_normal((n_draws, p))
    if np.count_nonzero(covariance - np.diag(variance)):
        values, vectors = np.linalg.eigh(covariance)
        z = z @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    else:
        z *= np.sqrt(variance)
    finite = np.isfinite(df)
    if not finite.any():
        return z, None
    spread = np.tile(variance, (n_draws, 1))
    spread[:, finite] *= rng.chisquare(df[finite], (n_draws, int(finite.sum()))) / df[finite]
    return z, spread


def pair_errors(covariance: Floats) -> Floats:
    """(p, p) standard errors of all differences; 0 where a difference is known exactly."""
    variance = np.diag(covariance)
    squared = variance[:, None] + variance[None, :] - 2 * covariance
    squared[squared <= 1e-12 * (variance[:, None] + variance[None, :])] = 0.0
    np.fill_diagonal(squared, 0.0)
    return np.sqrt(squared)


def welch_df(variance: Floats, df: Floats) -> Floats:
    """(p, p) degrees of freedom of the variance of each difference (Satterthwaite 1946); infinite where it is known."""
    total = variance[:, None] + variance[None, :]
    own = np.where(np.isfinite(df), variance**2 / df, 0.0)
    parts = own[:, None] + own[None, :]
    return np.where(parts > 0, total**2 / np.where(parts > 0, parts, 1.0), np.inf)


def normal_equivalent(t: Floats, freedom: Floats) -> Floats:
    """Student's t on the scale of a normal deviate (Wallace 1959).

    With it, pairs with little data do not set the critical value of all others. Exactness is not needed: what was seen
    and what is drawn go through the same function.
    """
    known = np.isinf(freedom)
    nu = np.where(known, 1.0, freedom)
    shrink = (8 * nu + 1) / (8 * nu + 3)
    return np.where(known, t, np.copysign(np.sqrt(nu * np.log1p(t**2 / nu)) * shrink, t))


def row_maxima(
    z: Floats, spread: Floats | None, error: Floats, freedom: Floats, j: int, above: Mask, below: Mask
) -> Floats:
    """(R,) largest statistic of the hypotheses of unit j that are still open; at least 0.

    Parameters
    ----------
    z, spread : (R, p)
        Draws, from ``draw_errors``.
    error, freedom : (p, p)
        From ``pair_errors`` and ``welch_df``.
    above, below : (p,) bool
        Units k for which θ_j ≤ θ_k (statistic Z_j − Z_k), and θ_k ≤ θ_j (Z_k − Z_j), are open.
    """
    either = (above | below) & (error[j] > 0)
    if not either.any():
        return np.zeros(len(z))
    t = z[:, [j]] - z[:, either]
    if spread is None:
        t *= 1 / error[j, either]
    else:
        t /= np.sqrt(spread[:, [j]] + spread[:, either])
        t = normal_equivalent(t, freedom[j, either])
    up, down = above[either], below[either]
    if up.all() and down.all():
        return np.asarray(np.abs(t).max(axis=1), dtype=np.float64)
    found = np.zeros(len(z))
    if up.any():
        found = np.maximum(found, t[:, up].max(axis=1))
    if down.any():
        found = np.maximum(found, -t[:, down].min(axis=1))
    return found


def settled_pairs(
    estimate: Floats, covariance: Floats, df: Floats, level: float, stepdown: bool, simultaneous: bool,
    n_draws: int, rng: np.random.Generator,
) -> tuple[Mask, Mask, Floats]:  # fmt: skip
    """For each unit the others that it is established to be above, and below.

    The family holds the hypotheses θ_j ≤ θ_k of all ordered pairs (simultaneous), or for each j those that involve j
    (marginal). Stepdown (Romano & Wolf 2005): what is rejected leaves the family and the critical value is taken again
    from the rest, until nothing more is rejected. The reverse of a rejected hypothesis stays in the family, so errors
    of direction are controlled too.

    Returns
    -------
    above, below : (p, p) bool
        Row j: units below and above unit j. Simultaneous: one is the other transposed.
    critical : (1,) or (p,) float
        The last critical values.
    """
    p = len(estimate)
    error = pair_errors(covariance)
    difference = estimate[:, None] - estimate[None, :]
    known = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    t = np.where(error > 0, difference / np.where(error > 0, error, 1.0), known)
    z, spread = draw_errors(covariance, df, n_draws, rng)
    freedom = welch_df(np.diag(covariance), df)
    if spread is not None:
        t = np.where(np.isinf(t), t, normal_equivalent(np.where(np.isinf(t), 0.0, t), freedom))
    u = standardised(z, spread, covariance)
    if simultaneous:
        above, critical = _simultaneous(t, z, spread, error, freedom, u, level, stepdown)
        return above, above.T, np.array([critical])
    above, below, criticals = np.zeros((p, p), dtype=bool), np.zeros((p, p), dtype=bool), np.zeros(p)
    for j in range(p):
        above[j], below[j], criticals[j] = _marginal(t[j], z, spread, error, freedom, u, j, level, stepdown)
    return above, below, criticals


def _simultaneous(
    t: Floats, z: Floats, spread: Floats | None, error: Floats, freedom: Floats, u: Standardised | None, level: float,
    stepdown: bool,
) -> tuple[Mask, float]:
    p = len(t)
    still = ~np.eye(p, dtype=bool)
    settled = np.zeros((p, p), dtype=bool)
    later = np.triu(np.ones((p, p), dtype=bool), 1)
    bound = np.full(len(z), np.inf) if u is None else u.bound()

    def exact(draws: Ints) -> Floats:
        part, width = z[draws], None if spread is None else spread[draws]
        largest = np.zeros(len(draws))
        for j in range(p - 1):
            found = row_maxima(part, width, error, freedom, j, still[j] & later[j], still[:, j] & later[j])
            np.maximum(largest, found, out=largest)
        return largest

    while True:
        critical, bound = upper_quantile(bound, exact, level)
        now = (t > critical) & still
        settled |= now
        still &= ~now
        if not stepdown or not now.any():
            return settled, critical


def _marginal(
    t: Floats, z: Floats, spread: Floats | None, error: Floats, freedom: Floats, u: Standardised | None, j: int,
    level: float, stepdown: bool,
) -> tuple[Mask, Mask, float]:
    up = np.arange(len(t)) != j
    down = up.copy()
    above, below = np.zeros(len(t), dtype=bool), np.zeros(len(t), dtype=bool)
    bound = np.full(len(z), np.inf) if u is None else u.bound(j)

    def exact(draws: Ints) -> Floats:
        return row_maxima(z[draws], None if spread is None else spread[draws], error, freedom, j, up, down)

    while True:
        critical, bound = upper_quantile(bound, exact, level)
        over, under = (t > critical) & up, (t < -critical) & down
        above |= over
        below |= under
        up &= ~over
        down &= ~under
        if not stepdown or not (over.any() or under.any()):
            return above, below, critical


@dataclass(frozen=True, slots=True)
class Standardised:
    """Drawn errors over their own standard deviations, u (R, p), with the largest and the smallest of each draw.

    For independent units |z_j − z_k| / √(v_j + v_k) ≤ √(u_j² + u_k²) (Cauchy and Schwarz), and with equal signs it is
    at most the larger |u|; a normal equivalent is never above its t. So few draws need all their pairs to find a high
    quantile.
    """

    u: Floats
    high: Floats
    low: Floats

    def bound(self, j: int | None = None) -> Floats:
        """(R,) upper bounds of the largest statistic of each draw, over all pairs or those of unit j."""
        if j is None:
            return np.asarray(np.hypot(self.high, self.low) * _SLACK, dtype=np.float64)
        own = self.u[:, j]
        opposite = np.hypot(own, np.where(own > 0, self.low, self.high))
        return np.asarray(np.maximum(opposite, np.maximum(self.high, self.low)) * _SLACK, dtype=np.float64)


def standardised(z: Floats, spread: Floats | None, covariance: Floats) -> Standardised | None:
    """What bounds are taken from; None for dependent units, and where a score is known exactly."""
    variance = np.diag(covariance)
    if np.count_nonzero(covariance - np.diag(variance)) or not (variance > 0).all():
        return None
    u = z / np.sqrt(variance if spread is None else spread)
    return Standardised(u, np.maximum(u.max(axis=1), 0.0), np.maximum(-u.min(axis=1), 0.0))


def upper_quantile(bound: Floats, exact: Callable[[Ints], Floats], level: float) -> tuple[float, Floats]:
    """The quantile (as ``numpy.quantile``) of R values of which upper bounds are known, computing as few as it takes.

    Returns
    -------
    quantile : float
    bound : (R,)
        The bounds, with the values where they were computed: bounds of whatever is at most these values.
    """
    r = len(bound)
    place = level * (r - 1)
    need = r - int(np.floor(place))  # the order statistics from the top down to the one at or below the place
    order = np.argsort(-bound, kind="stable")
    known = bound.copy()
    done = 0
    while True:
        rows = order[done : done + _BLOCK]
        known[rows] = exact(rows)
        done += len(rows)
        top = np.sort(known[order[:done]])[::-1][:need]
        if done == r or (len(top) == need and top[-1] >= bound[order[done]]):
            break
    weight = place - np.floor(place)
    upper = top[-2] if need > 1 else top[-1]
    return float(top[-1] + weight * (upper - top[-1])), known


def tier_limits(above: Mask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last tier that a unit can stand in, from 1 at the top.

    A chain of units, each established to be above the next, pushes those below it down and those above it up: the first
    tier is 1 + the longest chain above a unit, the last one the number of tiers − the longest chain below it. Units
    that share a first tier cannot be told apart.

    Parameters
    ----------
    above : (p, p) bool
        Established order of pairs; without cycles.
    """
    p = len(above)
    over, under = np.zeros(p, dtype=np.int64), np.zeros(p, dtype=np.int64)
    # fewer units above first: every unit comes after all that are above it
    order = np.argsort(-above.sum(axis=1) + above.sum(axis=0), kind="stable")
    for _ in range(p):
        before = over.copy(), under.copy()
        for j in order:
            over[j] = over[above[:, j]].max(initial=-1) + 1
        for j in order[::-1]:
            under[j] = under[above[j]].max(initial=-1) + 1
        if (over == before[0]).all() and (under == before[1]).all():
            break
    tiers = int(over.max(initial=0)) + 1
    return over + 1, tiers - under
