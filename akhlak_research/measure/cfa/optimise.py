"""Fisher scoring with a trust in the step that grows and shrinks (Levenberg 1944; Marquardt 1963), in free numbers x.

Near the minimum it takes exact Newton steps where the exact Hessian is positive definite, so the gradient vanishes to
rounding and the estimates do not depend on where the search stopped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.constraints import Reparametrisation
from akhlak_research.measure.cfa.loss import Block, total_gradient, total_hessian, total_slope, total_value

#: largest |gradient| · |scale of the parameter| at which the search has arrived
TOLERANCE = 1e-9
_MOST_DAMPING = 1e12
#: scaled gradient below which exact Newton steps are tried
_NEAR = 1e-2
#: below this scaled gradient, steps that promise less than this share of the loss are taken untested, as long as the
#: gradient shrinks by this factor
_STILL, _NOISE, _SHRINKING = 1e-5, 1e-12, 0.9


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the search ended."""

    theta: Floats
    value: float
    gradient: float
    iterations: int
    converged: bool


def minimise(blocks: tuple[Block, ...], reparam: Reparametrisation, start: Floats, max_iter: int = 200) -> Optimum:
    """The minimum of the loss over x with θ = K x + k₀."""
    found = _score(blocks, reparam, start, max_iter)
    if found.converged or not np.isfinite(found.value):
        return found
    return _quasi_newton(blocks, reparam, found, max_iter)


def _score(blocks: tuple[Block, ...], reparam: Reparametrisation, start: Floats, max_iter: int) -> Optimum:
    K, x = reparam.K, start
    value = total_value(blocks, reparam.theta(x))
    damping, size, exact = 1e-3, np.inf, False
    iteration, last, hessian, scale = 0, np.inf, np.eye(len(x)), np.ones(len(x))
    while iteration < max_iter and np.isfinite(value):
        theta = reparam.theta(x)
        if exact:
            gradient = K.T @ total_gradient(blocks, theta)
        else:
            g, H = total_slope(blocks, theta)
            gradient, hessian = K.T @ g, K.T @ H @ K
            scale = np.sqrt(np.maximum(np.diag(hessian), 1e-12))
        size = float(np.abs(gradient / scale).max(initial=0.0))
        if size < TOLERANCE:
            return Optimum(theta, value, size, iteration, True)
        if exact or size < _NEAR:
            candidate = K.T @ total_hessian(blocks, theta) @ K
            if _definite(candidate):
                hessian, exact = candidate, True
            elif exact:
                hessian, exact = K.T @ total_slope(blocks, theta)[1] @ K, False
        iteration += 1
        sure = _step(hessian, gradient, np.zeros(len(x)))
        if size < _STILL and sure is not None and gradient @ sure < _NOISE * max(1.0, abs(value)):
            # what is left to gain drowns in the rounding of the loss: only the gradient can be trusted
            if size > _SHRINKING * last:
                return Optimum(theta, value, size, iteration, True)
            x, last = x - sure, size
            continue
        moved = False
        while damping < _MOST_DAMPING:
            step = _step(hessian, gradient, damping * scale**2)
            tried = np.inf if step is None else total_value(blocks, reparam.theta(x - step))
            if step is not None and tried <= value + 1e-15 * max(1.0, abs(value)):
                x, moved = x - step, True
                value = min(tried, value) if np.isfinite(tried) else value
                damping = 0.0 if damping < 1e-6 else damping / 10
                break
            damping = max(damping * 10, 1e-4)
        if not moved:
            break
    return Optimum(reparam.theta(x), value, size, iteration, False)


def _definite(matrix: Floats) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _step(hessian: Floats, gradient: Floats, damping: Floats) -> Floats | None:
    try:
        factor = cho_factor(hessian + np.diag(damping), check_finite=False)
    except LinAlgError:
        return None
    return np.asarray(cho_solve(factor, gradient, check_finite=False))


def _quasi_newton(blocks: tuple[Block, ...], reparam: Reparametrisation, at: Optimum, max_iter: int) -> Optimum:
    K = reparam.K

    def loss(x: Floats) -> tuple[float, Floats]:
        theta = reparam.theta(x)
        value = total_value(blocks, theta)
        if not np.isfinite(value):
            return 1e10, np.zeros(len(x))
        return value, K.T @ total_slope(blocks, theta)[0]

    found = minimize(loss, reparam.x(at.theta), jac=True, method="L-BFGS-B", options={"maxiter": 5000, "maxfun": 9000})
    if not found.fun <= at.value:
        return at
    polished = _score(blocks, reparam, np.asarray(found.x), max_iter)
    return Optimum(
        polished.theta, polished.value, polished.gradient, at.iterations + polished.iterations, polished.converged
    )
