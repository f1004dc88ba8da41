"""One common factor for many correlation matrices at once (what parallel analysis needs)."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.extraction import LOWEST_UNIQUENESS

_MAX_ROUNDS = 200
_HIGHEST = 1.0 - LOWEST_UNIQUENESS


def one_factor_loadings(R: Floats, start: Floats) -> Floats:
    """Minres loadings of a single factor.

    Parameters
    ----------
    R : (b, p, p)
        Correlation matrices.
    start : (b, p)
        Loadings to start from.

    Returns
    -------
    (b, p)

    Notes
    -----
    Minimises f(λ) = ½ Σ_{i≠j} (r_ij − λ_i λ_j)² + ½ Σ_i max(0, λ_i² − .995)². This is unweighted least squares with
    uniquenesses of at least .005, the best uniqueness for given loadings being max(.005, 1 − λ_i²); so the minimum is
    that of ``extraction.extract(R, 1, "minres")``. Damped Newton steps (Levenberg 1944) on closed-form derivatives.
    """
    off = R * (1.0 - np.eye(R.shape[-1]))
    found = np.array(start, dtype=np.float64)
    value = _misfit(off, found)
    damping = np.full(len(found), 0.1)
    active = np.arange(len(found))
    for _ in range(_MAX_ROUNDS):
        gradient, hessian = _slope(off[active], found[active])
        moving = np.abs(gradient).max(axis=-1) > 1e-8
        active, gradient, hessian = active[moving], gradient[moving], hessian[moving]
        if len(active) == 0:
            break
        step = np.linalg.solve(hessian + damping[active, None, None] * np.eye(R.shape[-1]), -gradient[..., None])[
            ..., 0
        ]
        trial = found[active] + step
        reached = _misfit(off[active], trial)
        better = reached <= value[active] + 1e-15
        taken = active[better]
        found[taken], value[taken] = trial[better], reached[better]
        damping[active] = np.where(better, damping[active] / 8, damping[active] * 4 + 1e-3)
    return found


def _misfit(off: Floats, loadings: Floats) -> Floats:
    products = loadings[:, :, None] * loadings[:, None, :]
    squares = loadings**2
    over = np.maximum(squares - _HIGHEST, 0.0)
    total = ((off - products) ** 2).sum(axis=(-2, -1)) - (squares**2).sum(axis=-1)  # the diagonal of off is zero
    return np.asarray((total + (over**2).sum(axis=-1)) / 2)


def _slope(off: Floats, loadings: Floats) -> tuple[Floats, Floats]:
    squares = loadings**2
    others = squares.sum(axis=-1, keepdims=True) - squares
    over = np.maximum(squares - _HIGHEST, 0.0)
    gradient = 2 * (loadings * (others + over) - (off @ loadings[..., None])[..., 0])
    hessian = 4 * loadings[:, :, None] * loadings[:, None, :] - 2 * off
    diagonal = np.arange(loadings.shape[-1])
    hessian[:, diagonal, diagonal] = 2 * others + np.where(over > 0, 6 * squares - 2 * _HIGHEST, 0.0)
    return gradient, hessian
