"""Minimise a smooth function in a box by Newton's method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Surface: TypeAlias = Callable[[Floats], tuple[float, Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the search ended: ``x`` (p,), ``value`` there, ``iterations`` and whether the ``gradient`` vanished."""

    x: Floats
    value: float
    gradient: float
    iterations: int
    converged: bool


def minimise_in_box(
    surface: Surface, start: Floats, low: float, high: float, *, tolerance: float = 1e-10, max_iter: int = 300
) -> Minimum:
    """Projected Newton (Bertsekas 1982) with exact second derivatives.

    Parameters
    ----------
    surface : callable
        ``x (p,) -> value, gradient (p,), hessian (p, p)``.
    start : (p,)
    low, high : float
        The box, the same for every coordinate. A coordinate that rests on a wall and is pushed against it stays there.
    tolerance : float
        The search has converged when no free component of the gradient exceeds this.

    Notes
    -----
    Away from a minimum the Hessian may be indefinite; its eigenvalues are then replaced by their absolute values, so
    that the step always leads down. The step is halved until the value falls (Armijo).
    """
    x = np.clip(start, low, high)
    value, gradient, hessian = surface(x)
    for iteration in range(max_iter):
        free = ~(((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0)))
        steepest = float(np.abs(gradient[free]).max(initial=0.0))
        if steepest <= tolerance:
            return Minimum(x, value, steepest, iteration, True)
        step = np.zeros_like(x)
        step[free] = _downhill(hessian[np.ix_(free, free)], gradient[free])
        found = _shorten(surface, x, value, gradient, step, low, high)
        if found is None:  # rounding hides any further descent
            return Minimum(x, value, steepest, iteration, steepest <= 1e3 * tolerance)
        x, value, gradient, hessian = found
    return Minimum(x, value, steepest, max_iter, False)


def _downhill(hessian: Floats, gradient: Floats) -> Floats:
    curvature, axes = np.linalg.eigh(hessian)
    curvature = np.abs(curvature)
    curvature = np.maximum(curvature, 1e-8 * curvature.max(initial=0.0) + 1e-300)
    step: Floats = -axes @ ((axes.T @ gradient) / curvature)
    return step


def _shorten(
    surface: Surface, x: Floats, value: float, gradient: Floats, step: Floats, low: float, high: float
) -> tuple[Floats, float, Floats, Floats] | None:
    slack = 1e-12 * (1.0 + abs(value))  # differences below this are rounding, not descent
    length = 1.0
    while length > 1e-10:
        nearby = np.clip(x + length * step, low, high)
        reached, slope, hessian = surface(nearby)
        promised = float(gradient @ (nearby - x))
        if reached <= value + 1e-4 * promised + slack:
            return nearby, reached, slope, hessian
        length /= 2
    return None
