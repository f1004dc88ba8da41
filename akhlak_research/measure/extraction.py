"""Extract common factors from a correlation matrix: minres, maximum likelihood, principal axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.measure.bounded import Floats, Minimum, minimise_in_box
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue

# A uniqueness of zero would claim that an item is free of error; the customary floor of factor programs.
LOWEST_UNIQUENESS = 0.005


@dataclass(frozen=True, slots=True)
class Extraction:
    """An unrotated solution.

    Attributes
    ----------
    loadings : (p, k)
        In canonical position, columns in descending order of what they explain, each with a sum that is not negative.
    uniquenesses : (p,)
    objective : float
        What was minimised, at the solution: half the sum of squared residuals of the reduced matrix (minres, pa:
        then the sum of squared correlations left over, each pair once), or the discrepancy F of Jöreskog (ml).
    iterations : int
    converged : bool
    heywood : bool
        A uniqueness rests on its floor.
    """

    loadings: Floats
    uniquenesses: Floats
    objective: float
    iterations: int
    converged: bool
    heywood: bool


@dataclass(frozen=True, slots=True)
class ExtractionMethod:
    """An entry of the registry: its kernel takes R (p, p), k and a start (p,) for the uniquenesses."""

    name: str
    needs_positive_definite: bool
    solve: Callable[[Floats, int, Floats], tuple[Floats, Minimum]]


def extract(R: Floats, k: int, method: str = "minres") -> Extraction:
    """Loadings and uniquenesses of k common factors.

    Parameters
    ----------
    R : (p, p)
        Correlation matrix.
    k : int
        Number of factors, 1 ≤ k < p.
    method : {"minres", "ml", "pa"}
        ``minres``: least squares on the residual correlations (Harman & Jones 1966), which is unweighted least
        squares (Jöreskog 1977). ``ml``: maximum likelihood (Lawley 1940, Jöreskog 1967). ``pa``: principal axis
        (Thomson 1934) iterated until the uniquenesses stand still, where it has found the minres solution.

    Raises
    ------
    MethodError
        ``not_positive_definite`` (ml).
    """
    entry = EXTRACTIONS[method]
    R = np.asarray(R, dtype=np.float64)
    k = check_count(k, 1, "k", len(R) - 1)
    smallest = smallest_eigenvalue(R)
    if entry.needs_positive_definite and smallest <= SMALLEST_EIGENVALUE:
        raise MethodError("ml_not_positive_definite", got=smallest)
    loadings, found = entry.solve(R, k, _start(R, smallest))
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    psi = np.exp(found.x) if method == "ml" else found.x
    at_floor = bool((psi <= LOWEST_UNIQUENESS * (1 + 1e-9)).any())
    return Extraction(loadings * signs, psi, found.value, found.iterations, found.converged, at_floor)


def _start(R: Floats, smallest: float) -> Floats:
    """1 − squared multiple correlations; without an inverse, 1 − the largest squared correlation."""
    if smallest > SMALLEST_EIGENVALUE:
        unique = 1.0 / np.diag(np.linalg.inv(R))
    else:
        unique = 1.0 - ((R - np.diag(np.diag(R))) ** 2).max(axis=0)
    return np.clip(unique, LOWEST_UNIQUENESS, 1.0)


def _split(values: Floats, k: int, threshold: float) -> np.ndarray:
    """Which ascending eigenvalues belong to factors: the k largest, as far as they exceed the threshold."""
    rank = np.arange(len(values)) >= len(values) - k
    return np.asarray(rank & (values > threshold))


def _minres_surface(R: Floats, k: int) -> Callable[[Floats], tuple[float, Floats, Floats]]:
    """f(ψ) = ½ Σ θ_m² over the eigenvalues of R − Ψ that no factor takes; Jöreskog (1977), his ULS."""

    def surface(psi: Floats) -> tuple[float, Floats, Floats]:
        theta, u = np.linalg.eigh(R - np.diag(psi))
        factor = _split(theta, k, 0.0)
        rest = ~factor
        left, kept = theta[rest], theta[factor]
        squares = u[:, rest] ** 2
        hessian = (u[:, rest] @ u[:, rest].T) ** 2
        # θ_m / (θ_m − θ_n): how a residual axis m turns towards a factor axis n
        turn = 2 * left[:, None] / _apart(left, kept)
        shared = np.einsum("im,in->imn", u[:, rest], u[:, factor])
        hessian += np.einsum("imn,mn,jmn->ij", shared, turn, shared, optimize=True)
        return 0.5 * float(left @ left), -squares @ left, hessian

    return surface


def _apart(left: Floats, kept: Floats) -> Floats:
    """(m, n) differences θ_m − θ_n, kept away from zero."""
    return np.minimum(left[:, None] - kept[None, :], -1e-10)


def _minres(R: Floats, k: int, start: Floats) -> tuple[Floats, Minimum]:
    found = minimise_in_box(_minres_surface(R, k), start, LOWEST_UNIQUENESS, 1.0)
    return _principal(R, k, found.x), found


def _principal(R: Floats, k: int, psi: Floats) -> Floats:
    """(p, k) principal axes of R − Ψ, scaled to loadings."""
    theta, u = np.linalg.eigh(R - np.diag(psi))
    return np.asarray(u[:, : -k - 1 : -1] * np.sqrt(np.maximum(theta[: -k - 1 : -1], 0.0)))


def _ml_surface(R: Floats, k: int) -> Callable[[Floats], tuple[float, Floats, Floats]]:
    """f(x) = Σ (θ_m − ln θ_m − 1) over the eigenvalues of Ψ^-½ R Ψ^-½ that no factor takes, x = ln ψ.

    Jöreskog (1967, eq. 26), second derivatives in the manner of Clarke (1970).
    """

    def surface(x: Floats) -> tuple[float, Floats, Floats]:
        scale = np.exp(-x / 2)
        theta, u = np.linalg.eigh(R * np.outer(scale, scale))
        factor = _split(theta, k, 1.0)
        rest = ~factor
        left, kept = theta[rest], theta[factor]
        v = u[:, rest]
        hessian = ((v * left) @ v.T) * (v @ v.T)
        turn = -(1 - left)[:, None] * (left[:, None] + kept[None, :]) / _apart(left, kept)
        shared = np.einsum("im,in->imn", v, u[:, factor])
        hessian += np.einsum("imn,mn,jmn->ij", shared, turn, shared, optimize=True)
        value = float(np.sum(left - np.log(left) - 1.0))
        return value, v**2 @ (1.0 - left), hessian

    return surface


def _ml(R: Floats, k: int, start: Floats) -> tuple[Floats, Minimum]:
    found = minimise_in_box(_ml_surface(R, k), np.log(start), float(np.log(LOWEST_UNIQUENESS)), 0.0)
    root = np.exp(found.x / 2)
    theta, u = np.linalg.eigh(R / np.outer(root, root))
    size = np.sqrt(np.maximum(theta[: -k - 1 : -1] - 1.0, 0.0))
    return root[:, None] * u[:, : -k - 1 : -1] * size, found


def _principal_axis(R: Floats, k: int, start: Floats) -> tuple[Floats, Minimum]:
    """Communalities from the loadings of the last round, until none moves by more than 1e-11."""
    psi, moved, iteration = start, np.inf, 0
    while moved > 1e-11 and iteration < 20_000:
        iteration += 1
        loadings = _principal(R, k, psi)
        unique = np.clip(1.0 - (loadings**2).sum(axis=1), LOWEST_UNIQUENESS, 1.0)
        moved = float(np.abs(unique - psi).max())
        psi = unique
    value, _, _ = _minres_surface(R, k)(psi)
    return _principal(R, k, psi), Minimum(psi, value, moved, iteration, moved <= 1e-11)


EXTRACTIONS = Registry(
    "extraction",
    ExtractionMethod("minres", False, _minres),
    ExtractionMethod("ml", True, _ml),
    ExtractionMethod("pa", False, _principal_axis),
)
