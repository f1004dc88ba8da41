"""Rotate loadings to simple structure: one registry, orthogonal and oblique."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from akhlak_research.core.errors import ArgumentError, MethodError
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
    minima : (m, 2)
        Values that starts ended at, lowest first, and how many ended there.
    """

    loadings: Floats
    phi: Floats
    value: float
    converged: bool
    n_starts: int
    n_best: int
    minima: Floats = field(default_factory=lambda: np.zeros((0, 2)))


@dataclass(frozen=True, slots=True)
class Settings:
    """How to rotate.

    Attributes
    ----------
    kaiser : bool
        Rows brought to unit length first.
    parameter : float
        The criterion's own constant.
    n_starts : int
    rng : Generator
        Of the random starts.
    target : (p, k) or None
        Loadings to come near to, NaN where free.
    near : (p, k) or None
        Rotated loadings of nearly the same solution: the one start is the rotation that leads there.
    """

    kaiser: bool
    parameter: float
    n_starts: int
    rng: np.random.Generator
    target: Floats | None = None
    near: Floats | None = None


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
    fixed : int or None
        Leading columns that keep their place (a general factor); None: all of them, and their signs (a target's).
    fewest : int
        Factors below which the criterion does not tell rotations apart.
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
    fixed: int | None = 0
    fewest: int = 1

    @property
    def needs_target(self) -> bool:
        """Whether it turns towards loadings that the caller gives."""
        return self.fixed is None


def rotate(
    A: Floats,
    method: str,
    *,
    kaiser: bool | None = None,
    parameter: float | None = None,
    n_starts: int | None = None,
    rng: np.random.Generator,
    target: Floats | None = None,
    near: Floats | None = None,
) -> Rotated:
    """Loadings A (p, k) rotated by a method of the registry; None takes the method's own default."""
    entry = ROTATIONS[method]
    if A.shape[1] < entry.fewest:
        raise ArgumentError("rotation_few_factors", got=A.shape[1], expected=entry.fewest, method=method)
    chosen = entry.kaiser if kaiser is None else kaiser
    _check_target(entry, target, A.shape, chosen)
    starts = n_starts or entry.n_starts
    settings = Settings(chosen, _parameter(entry, parameter), starts, rng, target, near)
    turned = _unrotated(A, settings) if A.shape[1] == 1 and target is None else entry.turn(A, settings)
    return _arranged(turned, entry.fixed)


def _check_target(entry: RotationMethod, target: Floats | None, shape: tuple[int, int], kaiser: bool) -> None:
    if not entry.needs_target:
        if target is not None:
            raise ArgumentError("target_not_used", got=entry.name)
        return
    if target is None:
        raise ArgumentError("target_missing", got=entry.name)
    if target.shape != shape:
        raise ArgumentError("target_shape", got=str(target.shape), expected=str(shape))
    if kaiser:
        raise ArgumentError("target_kaiser", got=entry.name)
    given = (~np.isnan(target)).sum(axis=0)
    if given.min() < shape[1] - 1:
        raise ArgumentError("target_too_free", got=int(given.min()), expected=shape[1] - 1)


def _parameter(entry: RotationMethod, given: float | None) -> float:
    if given is None:
        return entry.parameter
    low, high = entry.allowed
    if np.isnan(entry.parameter) or not low <= given <= high:
        allowed = "None" if np.isnan(entry.parameter) else f"{low:g} ≤ parameter ≤ {high:g}"
        raise ArgumentError("rotation_parameter", got=given, method=entry.name, expected=allowed)
    return float(given)


def _arranged(turned: Rotated, fixed: int | None) -> Rotated:
    """The same solution, factors by explained variance (diagonal of Φ L'L), column sums not negative; ``fixed`` leading
    columns stay where they are."""
    if fixed is None:
        return turned
    L, phi = turned.loadings, turned.phi
    explained = np.diag(phi @ L.T @ L).copy()
    explained[:fixed] = np.inf
    order = np.argsort(-explained, kind="stable")
    signs = np.where(L[:, order].sum(axis=0) < 0, -1.0, 1.0)
    return replace(turned, loadings=L[:, order] * signs, phi=phi[np.ix_(order, order)] * np.outer(signs, signs))


def _row_lengths(A: Floats, kaiser: bool) -> Floats:
    """(p, 1) square roots of the communalities; ones for items without any, or without Kaiser's normalisation."""
    length = np.sqrt((A**2).sum(axis=1, keepdims=True))
    return np.where(kaiser & (length > 0), length, 1.0)


def _unrotated(A: Floats, settings: Settings) -> Rotated:
    return Rotated(A, np.eye(A.shape[1]), NOT_USED, True, 1, 1)


def _by_criterion(criterion: Criterion, oblique: bool) -> Turn:
    def turn(A: Floats, settings: Settings) -> Rotated:
        return _search(A, criterion, oblique, settings)

    return turn


def _to_target(oblique: bool) -> Turn:
    def turn(A: Floats, settings: Settings) -> Rotated:
        target = settings.target
        assert target is not None

        def criterion(L: Floats, _: float) -> tuple[Floats, Floats]:
            return criteria.target_misfit(L, target)

        found = _search(A, criterion, oblique, settings)
        # no path of rotations leads to a mirrored axis, so a column that fits better mirrored is turned here
        mirrored = np.nansum((found.loadings + target) ** 2, axis=0) < np.nansum((found.loadings - target) ** 2, axis=0)
        if not mirrored.any():
            return found
        near = found.loadings * np.where(mirrored, -1.0, 1.0)
        again = _search(A, criterion, oblique, replace(settings, near=near))
        return again if again.value < found.value else found

    return turn


def _search(A: Floats, criterion: Criterion, oblique: bool, settings: Settings) -> Rotated:
    length = _row_lengths(A, settings.kaiser)
    geometry = Geometry(A / length, oblique)
    if settings.near is not None:
        starts = _nearby(geometry, settings.near / length)
        found = search_rotations(geometry, criterion, settings.parameter, starts, tolerance=1e-6, max_iter=1000)
        minima = np.array([[found.value[0], 1.0]])
    else:
        found, minima = _best(geometry, criterion, settings)
    T = found.T[0]
    phi = T.T @ T if oblique else np.eye(len(T))
    phi[np.diag_indices_from(phi)] = 1.0
    return Rotated(
        geometry.loadings(found.T)[0] * length, phi, float(found.value[0]), bool(found.slope[0] <= 1e-7),
        int(minima[:, 1].sum()), int(minima[0, 1]), minima,
    )  # fmt: skip


def _nearby(geometry: Geometry, loadings: Floats) -> Floats:
    """(1, k, k) the rotation of ``geometry`` whose loadings come nearest to those given, in least squares."""
    forward = np.linalg.lstsq(geometry.A, loadings, rcond=None)[0]  # T, or (T')⁻¹ where oblique
    try:
        turn = np.linalg.inv(forward).T if geometry.oblique else forward
    except np.linalg.LinAlgError:
        # with hardly more people than items a factor can be lost altogether
        raise MethodError("rotation_singular", got=geometry.A.shape[1]) from None
    return geometry.back(np.asarray(turn, dtype=np.float64)[None])


def _best(geometry: Geometry, criterion: Criterion, settings: Settings) -> tuple[Search, Floats]:
    """The best of all starts, polished, and the minima that starts led to. The first start is no rotation at all."""
    k = geometry.A.shape[1]
    starts = _random_rotations(k, settings.n_starts, settings.rng)
    rough = search_rotations(geometry, criterion, settings.parameter, starts, tolerance=1e-5, max_iter=1000)
    best = rough.value.min()
    start = rough.T[np.flatnonzero(rough.value <= best + _same(best))[:1]]
    found = search_rotations(geometry, criterion, settings.parameter, start, tolerance=1e-10, max_iter=3000)
    return found, _distinct(rough.value)


def _same(value: float) -> float:
    """Criterion values nearer to each other than this are one minimum."""
    return 1e-6 * (1.0 + abs(float(value)))


def _distinct(values: Floats) -> Floats:
    """(m, 2) values that differ, lowest first, and how often each occurs."""
    out: list[list[float]] = []
    for value in np.sort(values).tolist():
        if out and value <= out[-1][0] + _same(out[-1][0]):
            out[-1][1] += 1
        else:
            out.append([value, 1.0])
    return np.array(out)


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
    return replace(first, loadings=X @ U * length, phi=phi)


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
    RotationMethod("bifactor", True, False, 50, _by_criterion(criteria.biquartimin, oblique=True), fixed=1, fewest=3),
    RotationMethod(
        "bifactor-orthogonal", False, False, 50, _by_criterion(criteria.biquartimin, oblique=False), fixed=1, fewest=3
    ),
    RotationMethod("target", True, False, 20, _to_target(oblique=True), fixed=None),
    RotationMethod("target-orthogonal", False, False, 20, _to_target(oblique=False), fixed=None),
)
