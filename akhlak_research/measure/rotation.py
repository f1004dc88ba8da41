"""Rotate loadings to simple structure: one registry, orthogonal and oblique."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.registry import Registry
from akhlak_research.measure import rotation_criteria as criteria
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.gradient_projection import Geometry, Search, search_rotations
from akhlak_research.measure.rotation_criteria import Criterion

NOT_USED = float("nan")


@dataclass(frozen=True, slots=True)
class Rotated:
    """A rotated solution.

    Attributes
    ----------
    loadings : (p, k)
        Columns in descending order of the variance they explain, each with a sum that is not negative.
    phi : (k, k)
        Factor correlations in the same order; the identity for orthogonal rotations.
    value : float
        The criterion reached (that of the varimax step for promax; NaN without rotation).
    converged : bool
    n_starts, n_best : int
        Starts made, and how many of them ended at the best value.
    """

    loadings: Floats
    phi: Floats
    value: float
    converged: bool
    n_starts: int
    n_best: int


@dataclass(frozen=True, slots=True)
class Settings:
    """How to rotate: rows brought to unit length first (``kaiser``), the criterion's own constant, and the starts."""

    kaiser: bool
    parameter: float
    n_starts: int
    rng: np.random.Generator


Turn: TypeAlias = Callable[[Floats, Settings], Rotated]


@dataclass(frozen=True, slots=True)
class RotationMethod:
    """An entry of the registry.

    Attributes
    ----------
    name : str
    oblique : bool
    kaiser, n_starts, parameter
        What is used unless the caller says otherwise; NaN for a method without a parameter.
    allowed : (low, high)
        Limits of the parameter, included.
    turn : callable
        ``A (p, k), Settings -> Rotated``; order and signs of the columns are set afterwards.
    """

    name: str
    oblique: bool
    kaiser: bool
    n_starts: int
    turn: Turn
    parameter: float = NOT_USED
    allowed: tuple[float, float] = (-np.inf, np.inf)


def rotate(
    A: Floats,
    method: str,
    *,
    kaiser: bool | None = None,
    parameter: float | None = None,
    n_starts: int | None = None,
    rng: np.random.Generator,
) -> Rotated:
    """Loadings A (p, k) rotated by a method of the registry; None takes the method's own default."""
    entry = ROTATIONS[method]
    chosen = entry.kaiser if kaiser is None else kaiser
    settings = Settings(chosen, _parameter(entry, parameter), n_starts or entry.n_starts, rng)
    turned = _unrotated(A, settings) if A.shape[1] == 1 else entry.turn(A, settings)
    return _arranged(turned)


def _parameter(entry: RotationMethod, given: float | None) -> float:
    if given is None:
        return entry.parameter
    low, high = entry.allowed
    if np.isnan(entry.parameter) or not low <= given <= high:
        allowed = "None" if np.isnan(entry.parameter) else f"{low:g} ≤ parameter ≤ {high:g}"
        raise ArgumentError("rotation_parameter", got=given, method=entry.name, expected=allowed)
    return float(given)


def _arranged(turned: Rotated) -> Rotated:
    """The same solution, factors by explained variance (diagonal of Φ L'L), column sums not negative."""
    L, phi = turned.loadings, turned.phi
    order = np.argsort(-np.diag(phi @ L.T @ L), kind="stable")
    signs = np.where(L[:, order].sum(axis=0) < 0, -1.0, 1.0)
    phi = phi[np.ix_(order, order)] * np.outer(signs, signs)
    return Rotated(L[:, order] * signs, phi, turned.value, turned.converged, turned.n_starts, turned.n_best)


def _row_lengths(A: Floats, kaiser: bool) -> Floats:
    """(p, 1) square roots of the communalities; ones for items without any, or without Kaiser's normalisation."""
    length = np.sqrt((A**2).sum(axis=1, keepdims=True))
    return np.where(kaiser & (length > 0), length, 1.0)


def _unrotated(A: Floats, settings: Settings) -> Rotated:
    return Rotated(A, np.eye(A.shape[1]), NOT_USED, True, 1, 1)


def _by_criterion(criterion: Criterion, oblique: bool) -> Turn:
    def turn(A: Floats, settings: Settings) -> Rotated:
        length = _row_lengths(A, settings.kaiser)
        geometry = Geometry(A / length, oblique)
        found, n_best = _best(geometry, criterion, settings)
        T = found.T[0]
        L = geometry.loadings(found.T)[0] * length
        phi = T.T @ T if oblique else np.eye(len(T))
        phi[np.diag_indices_from(phi)] = 1.0
        return Rotated(L, phi, float(found.value[0]), bool(found.slope[0] <= 1e-7), settings.n_starts, n_best)

    return turn


def _best(geometry: Geometry, criterion: Criterion, settings: Settings) -> tuple[Search, int]:
    """The best of all starts, polished, and how many starts led there. The first start is no rotation at all."""
    k = geometry.A.shape[1]
    starts = _random_rotations(k, settings.n_starts, settings.rng)
    rough = search_rotations(geometry, criterion, settings.parameter, starts, tolerance=1e-5, max_iter=1000)
    best = rough.value.min()
    at_best = rough.value <= best + 1e-6 * (1.0 + abs(best))
    start = rough.T[np.flatnonzero(at_best)[:1]]
    found = search_rotations(geometry, criterion, settings.parameter, start, tolerance=1e-10, max_iter=3000)
    return found, int(at_best.sum())


def _random_rotations(k: int, n_starts: int, rng: np.random.Generator) -> Floats:
    """(n_starts, k, k) the identity, then rotations drawn uniformly (Stewart 1980)."""
    q, r = np.linalg.qr(rng.normal(size=(n_starts, k, k)))
    turns = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[:, None, :]
    turns[0] = np.eye(k)
    return np.asarray(turns)


_varimax = _by_criterion(criteria.varimax, oblique=False)


def _promax(A: Floats, settings: Settings) -> Rotated:
    """Varimax, then the oblique turn that comes nearest to its loadings raised to a power (Hendrickson & White 1964).

    With Kaiser's normalisation the powers are taken of rows of unit length, and lengths are given back at the end
    (psych); without it, of the varimax loadings themselves, where only the varimax step is normalised (R's ``promax``).
    """
    first = _varimax(A, Settings(True, NOT_USED, settings.n_starts, settings.rng))
    length = _row_lengths(A, settings.kaiser)
    X = first.loadings / length
    target = X * np.abs(X) ** (settings.parameter - 1)
    U = np.linalg.lstsq(X, target, rcond=None)[0]
    U = U * np.sqrt(np.diag(np.linalg.inv(U.T @ U)))
    inverse = np.linalg.inv(U)
    phi = inverse @ inverse.T
    phi[np.diag_indices_from(phi)] = 1.0
    return Rotated(X @ U * length, phi, first.value, first.converged, first.n_starts, first.n_best)


ROTATIONS = Registry(
    "rotation",
    RotationMethod("none", False, False, 1, _unrotated),
    RotationMethod("varimax", False, True, 10, _varimax),
    RotationMethod("quartimax", False, False, 10, _by_criterion(criteria.quartimax, oblique=False)),
    RotationMethod("equamax", False, False, 10, _by_criterion(criteria.equamax, oblique=False)),
    RotationMethod(
        "geomin-orthogonal", False, False, 30, _by_criterion(criteria.geomin, oblique=False), 0.01, (1e-6, 1.0)
    ),
    RotationMethod("oblimin", True, False, 10, _by_criterion(criteria.oblimin, oblique=True), 0.0, (-np.inf, 0.0)),
    RotationMethod("quartimin", True, False, 10, _by_criterion(criteria.quartimin, oblique=True)),
    RotationMethod("geomin", True, False, 30, _by_criterion(criteria.geomin, oblique=True), 0.01, (1e-6, 1.0)),
    RotationMethod("promax", True, True, 10, _promax, 4.0, (1.0, 10.0)),
)
