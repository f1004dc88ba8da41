"""Minimise a rotation criterion over orthogonal or oblique rotations, from many starts at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.rotation_criteria import Criterion

Look: TypeAlias = Callable[[Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Search:
    """Where each of s starts ended: ``T`` (s, k, k), criterion ``value`` (s,), norm of the projected gradient
    ``slope`` (s,), and the ``iterations`` made."""

    T: Floats
    value: Floats
    slope: Floats
    iterations: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """Rotations of loadings A (p, k): orthogonal L = A T with T'T = I (Jennrich 2001), or oblique L = A (T')⁻¹ with
    diag(T'T) = I, so that T'T holds the factor correlations (Jennrich 2002)."""

    A: Floats
    oblique: bool

    def loadings(self, T: Floats) -> Floats:
        """(s, p, k) rotated loadings."""
        return self.A @ (np.linalg.inv(T).swapaxes(-1, -2) if self.oblique else T)

    def gradient(self, T: Floats, L: Floats, by_loadings: Floats) -> Floats:
        """(s, k, k) derivative of the criterion by T, projected on the rotations' tangent space."""
        if self.oblique:
            G = -(L.swapaxes(-1, -2) @ by_loadings @ np.linalg.inv(T)).swapaxes(-1, -2)
            return np.asarray(G - T * (T * G).sum(axis=-2, keepdims=True))
        G = self.A.T @ by_loadings
        M = T.swapaxes(-1, -2) @ G
        return np.asarray(G - T @ (M + M.swapaxes(-1, -2)) / 2)

    def back(self, X: Floats) -> Floats:
        """(s, k, k) the rotation nearest to X: its polar factor, or X with columns of unit length."""
        if self.oblique:
            return np.asarray(X / np.sqrt((X**2).sum(axis=-2, keepdims=True)))
        u, _, v = np.linalg.svd(X)
        return np.asarray(u @ v)


def search_rotations(
    geometry: Geometry, criterion: Criterion, parameter: float, starts: Floats, *, tolerance: float, max_iter: int
) -> Search:
    """Gradient projection with Barzilai and Borwein's (1988) step as the first trial of each line search.

    Parameters
    ----------
    geometry : Geometry
    criterion : callable
        ``L (s, p, k), parameter -> values (s,), derivatives (s, p, k)``.
    parameter : float
        The criterion's own constant.
    starts : (s, k, k)
        Rotations to start from.
    tolerance : float
        A start has arrived when the norm of its projected gradient is at most this.
    """

    def look(T: Floats) -> tuple[Floats, Floats]:
        L = geometry.loadings(T)
        value, by_loadings = criterion(L, parameter)
        return value, geometry.gradient(T, L, by_loadings)

    T = np.array(starts, dtype=np.float64)
    value, gradient = look(T)
    step = np.ones(len(T))
    iteration = 0
    while iteration < max_iter:
        slope2 = _dot(gradient, gradient)
        active = np.flatnonzero(slope2 > tolerance**2)
        if len(active) == 0:
            break
        iteration += 1
        moved = _line_search(geometry, look, T[active], value[active], gradient[active], step[active])
        delta, bend = moved[0] - T[active], moved[2] - gradient[active]
        T[active], value[active], gradient[active] = moved
        along = np.abs(_dot(delta, bend))
        step[active] = np.clip(_dot(delta, delta) / np.maximum(along, 1e-300), 1e-4, 1e4)
    return Search(T, value, np.sqrt(_dot(gradient, gradient)), iteration)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray((a * b).sum(axis=(-2, -1)))


def _line_search(
    geometry: Geometry, look: Look, T: Floats, value: Floats, gradient: Floats, step: Floats
) -> tuple[Floats, Floats, Floats]:
    """One step down for each start; the step of a start that did not fall far enough (Armijo) is halved."""
    promised = 0.5 * _dot(gradient, gradient)
    slack = 1e-14 * (1.0 + np.abs(value))  # differences below this are rounding, not descent
    new_T, new_value, new_gradient = T.copy(), value.copy(), gradient.copy()
    waiting = np.arange(len(T))
    length = step.copy()
    for _ in range(40):
        trial = geometry.back(T[waiting] - length[waiting, None, None] * gradient[waiting])
        reached, slope = look(trial)
        down = reached <= value[waiting] - promised[waiting] * length[waiting] + slack[waiting]
        there = waiting[down]
        new_T[there], new_value[there], new_gradient[there] = trial[down], reached[down], slope[down]
        waiting = waiting[~down]
        if len(waiting) == 0:
            break
        length[waiting] /= 2
    return new_T, new_value, new_gradient
