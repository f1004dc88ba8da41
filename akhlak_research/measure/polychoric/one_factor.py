"""One factor behind latent responses, by diagonally weighted least squares on their correlations (Muthén 1984)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats

_TOLERANCE = 1e-12
_MAX_ITER = 200


@dataclass(frozen=True, slots=True)
class LatentFactor:
    """The fit.

    Attributes
    ----------
    loadings : (p,)
        λ; their sum is positive.
    by_correlation : (p, q)
        dλ/dr of the pairs in ``numpy.triu_indices(p, 1)`` order, the weights held fixed.
    srmr : float
        Root mean square of r − λλ′ over the pairs.
    converged : bool
    """

    loadings: Floats
    by_correlation: Floats
    srmr: float
    converged: bool


def fit_latent_factor(R: Floats, weights: Floats) -> LatentFactor:
    """Minimise ½ Σ_{i<j} w_ij (r_ij − λ_i λ_j)², R and ``weights`` (p, p), p ≥ 3, by Newton's method.

    Where the surface is not convex, the Hessian is shifted until it is (Levenberg 1944). An item may get |λ| ≥ 1
    (Heywood case): then its residual variance would be negative.
    """
    p = len(R)
    w = weights / weights[np.triu_indices(p, 1)].mean()
    w = w * (1 - np.eye(p))
    values, vectors = np.linalg.eigh(R)
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 1e-8)) * 0.9
    value, converged = _value(R, w, loadings), False
    shift = 0.0
    for _ in range(_MAX_ITER):
        gradient = _gradient(R, w, loadings)
        if np.abs(gradient).max() < _TOLERANCE:
            converged = True
            break
        hessian = _hessian(R, w, loadings)
        lowest = np.linalg.eigvalsh(hessian)[0]
        ridge = max(shift, 1e-3 - lowest if lowest < 1e-8 else 0.0)
        step = np.linalg.solve(hessian + ridge * np.eye(p), gradient)
        new = _value(R, w, loadings - step)
        if new <= value + 1e-15:
            # at the bottom the value has no digits left to fall; the gradient tells when to stop
            loadings, value, shift = loadings - step, new, shift / 10 if shift > 1e-8 else 0.0
        else:
            shift = max(shift * 10, 1e-3)
    loadings = loadings if loadings.sum() >= 0 else -loadings
    first, second = np.triu_indices(p, 1)
    moves = np.zeros((p, len(first)))
    pairs = np.arange(len(first))
    moves[first, pairs] = w[first, second] * loadings[second]
    moves[second, pairs] = w[first, second] * loadings[first]
    by_correlation = np.asarray(np.linalg.lstsq(_hessian(R, w, loadings), moves, rcond=None)[0], dtype=np.float64)
    residual = R[first, second] - loadings[first] * loadings[second]
    return LatentFactor(loadings, by_correlation, float(np.sqrt((residual**2).mean())), converged)


def _value(R: Floats, w: Floats, loadings: Floats) -> float:
    return float((w * (R - np.outer(loadings, loadings)) ** 2).sum() / 4)


def _gradient(R: Floats, w: Floats, loadings: Floats) -> Floats:
    return np.asarray(-(w * (R - np.outer(loadings, loadings))) @ loadings)


def _hessian(R: Floats, w: Floats, loadings: Floats) -> Floats:
    hessian = -w * (R - 2 * np.outer(loadings, loadings))
    hessian[np.diag_indices(len(R))] = w @ loadings**2
    return np.asarray(hessian)
