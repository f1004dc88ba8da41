"""Climbing a likelihood: EM steps turned into a quasi-Newton method.

The gradient of the marginal log-likelihood costs one E-step (Fisher's identity). An EM step is, near the top, that
gradient times the inverse information of the *complete* data (Lange 1995); it ignores how much is missing and so
creeps. Here it is the starting matrix of a limited-memory BFGS, which learns the missing part from the steps taken
(Jamshidian & Jennrich 1997): the first step is EM's, the later ones are superlinear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from akhlak_research.measure.bounded import Floats

MEMORY = 30


@dataclass(frozen=True, slots=True)
class Point:
    """Where a climb stands: log-likelihood, its gradient (F,), and a positive definite guess of −Hessian (F, F)."""

    loglik: float
    gradient: Floats
    information: Floats


Evaluate = Callable[[Floats], "Point | None"]


@dataclass(frozen=True, slots=True)
class Climb:
    """The end of a climb.

    Attributes
    ----------
    phi : (F,)
    point : Point
    decrement : float
        Twice the log-likelihood still to be gained, by the last quadratic.
    iterations, evaluations : int
        Steps taken; passes over the answers.
    converged : bool
    """

    phi: Floats
    point: Point
    decrement: float
    iterations: int
    evaluations: int
    converged: bool


def solve(information: Floats, vector: Floats) -> Floats:
    """Information⁻¹ · vector (F,) or matrix (F, c); where it is not positive definite, with a ridge."""
    scale = np.sqrt(np.maximum(np.diag(information), 1e-12))
    unit = information / np.outer(scale, scale)
    rows = scale if vector.ndim == 1 else scale[:, None]
    ridge = 0.0
    while True:
        try:
            factor = cho_factor(unit + ridge * np.eye(len(unit)), lower=True)
            return np.asarray(cho_solve(factor, vector / rows) / rows)
        except LinAlgError:
            ridge = max(1e-8, ridge * 10)


def climb(evaluate: Evaluate, phi: Floats, *, tolerance: float, most: int, fixed: Floats | None = None) -> Climb:
    """Climb to a maximum.

    Parameters
    ----------
    evaluate : callable
        φ → Point, or None where the model has no likelihood (intercepts out of order, a variance ≤ 0).
    phi : (F,)
        Start; must have a likelihood.
    tolerance : float
        Stop when gradientᵀ · H⁻¹ · gradient falls below it.
    most : int
        Most steps.
    fixed : (F, F), optional
        Use this matrix as −Hessian throughout (chord steps) instead of the points' own.
    """
    point = evaluate(phi)
    assert point is not None
    pairs: list[tuple[Floats, Floats]] = []
    evaluations = 1
    decrement = np.inf
    for iteration in range(most):
        direction = _direction(point, pairs, fixed)
        decrement = float(point.gradient @ direction)
        if decrement <= 0:
            pairs.clear()
            direction = _direction(point, pairs, fixed)
            decrement = float(point.gradient @ direction)
        if decrement < tolerance:
            return Climb(phi, point, decrement, iteration, evaluations, True)
        following, used, step = _search(evaluate, phi, point, direction, decrement)
        evaluations += used
        if following is None:
            # nothing better in this direction: forget what was learned once, else this is the top as far as doubles see
            if not pairs:
                return Climb(phi, point, decrement, iteration, evaluations, decrement < 1e3 * tolerance)
            pairs.clear()
            continue
        s, y = step * direction, point.gradient - following.gradient
        if s @ y > 1e-10 * np.sqrt((s @ s) * (y @ y)):
            pairs.append((s, y))
            del pairs[:-MEMORY]
        phi, point = phi + s, following
    return Climb(phi, point, decrement, most, evaluations, False)


def _search(
    evaluate: Evaluate, phi: Floats, point: Point, direction: Floats, decrement: float
) -> tuple[Point | None, int, float]:
    """Halve the step until the log-likelihood rises enough (Armijo), allowing for rounding of the sum."""
    step, slack = 1.0, 1e-13 * abs(point.loglik)
    for used in range(1, 31):
        following = evaluate(phi + step * direction)
        if following is not None and following.loglik >= point.loglik + 1e-4 * step * decrement - slack:
            return following, used, step
        step /= 2
    return None, 30, 0.0


def _direction(point: Point, pairs: list[tuple[Floats, Floats]], fixed: Floats | None) -> Floats:
    """Two-loop recursion (Nocedal 1980) around the information."""
    matrix = point.information if fixed is None else fixed
    v = point.gradient.copy()
    kept: list[float] = []
    for s, y in reversed(pairs):
        alpha = float(s @ v / (s @ y))
        kept.append(alpha)
        v -= alpha * y
    v = solve(matrix, v)
    for (s, y), alpha in zip(pairs, reversed(kept), strict=True):
        v += (alpha - float(y @ v / (s @ y))) * s
    return v
