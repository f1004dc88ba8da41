"""Fit, coefficients and bootstrap of the hierarchical model behind ``hierarchical_omega``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.alignment import align
from akhlak_research.measure.bootstrap import as_people, bootstrap_covariances, normal_covariances
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.extraction import extract
from akhlak_research.measure.factor_solution import solve_factors
from akhlak_research.measure.material import Material
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue
from akhlak_research.measure.rotation import rotate
from akhlak_research.measure.schmid_leiman_kernels import (
    SchmidLeimanSolution,
    constant_subscale,
    explained_common_variance,
    schmid_leiman,
    variance_shares,
)


@dataclass(frozen=True, slots=True)
class Model:
    """How many oblique factors, and how they are extracted and rotated."""

    n_factors: int
    extraction: str
    rotation: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """The oblique pattern (p, k) and its Schmid–Leiman form."""

    pattern: Floats
    solution: SchmidLeimanSolution
    converged: bool
    iterations: int


def fit_model(R: Floats, model: Model, rng: np.random.Generator) -> Fitted:
    """The solution of correlations R (p, p) from several starts."""
    found = solve_factors(R, model.n_factors, model.extraction, model.rotation, rng=rng)
    turned = schmid_leiman(found.loadings, found.phi, model.extraction)
    return Fitted(found.loadings, turned, found.extracted.converged, found.extracted.iterations)


def refit_model(R: Floats, model: Model, near: Floats, rng: np.random.Generator) -> SchmidLeimanSolution:
    """The solution of correlations R (p, p) from one start next to the pattern ``near`` (p, k), in its order and
    signs."""
    A = extract(R, model.n_factors, model.extraction).loadings
    turned = rotate(A, model.rotation, n_starts=1, rng=rng, near=near)
    placed = align(turned.loadings, near)
    return schmid_leiman(placed.loadings(turned.loadings), placed.correlations(turned.phi), model.extraction)


def coefficients(solution: SchmidLeimanSolution, cov: Floats, R: Floats, own: np.ndarray) -> Floats:
    """(5 + 2k,) ω_h, ω_total, ECV, both omegas of standardised items, then ω_s and ω_hs of each subscale."""
    raw, standardised = variance_shares(solution, cov, own), variance_shares(solution, R, own)
    whole = [raw.omega_h, raw.omega_total, explained_common_variance(solution)]
    whole += [standardised.omega_h, standardised.omega_total]
    return np.array([*whole, *raw.subscales[:, [0, 2]].ravel()])


def resample(
    material: Material, model: Model, fitted: Fitted, own: np.ndarray, n_boot: int, rng: np.random.Generator
) -> tuple[Floats, int] | Unavailable:
    """(b, 5 + 2k) coefficients of bootstrap samples, and how many samples gave none; or why there can be no samples."""
    cov = material.moments.cov
    if n_boot < 2:
        return Unavailable("bootstrap_not_asked")
    if material.patchy:
        return Unavailable("bootstrap_pairwise_none")
    if material.rows is not None:
        people = as_people(material.rows.values, material.rows.weights, sampling=material.sampled)
        draws = bootstrap_covariances(people, n_boot, rng)
    elif material.sampled:
        return Unavailable("error_needs_rows")
    elif material.moments.n <= len(cov) or smallest_eigenvalue(material.moments.correlation) <= SMALLEST_EIGENVALUE:
        return Unavailable("interval_needs_rows")
    else:
        draws = normal_covariances(cov, material.moments.n, n_boot, rng)
    found, failed = [], 0
    for S in draws:
        variance = np.diag(S)
        if not (variance > 0).all() or constant_subscale(S, own) is not None:
            failed += 1
            continue
        R = S / np.sqrt(np.outer(variance, variance))
        try:
            solution = refit_model(R, model, fitted.pattern, rng)
        except MethodError:  # no second factor, or no general one, in this sample
            failed += 1
            continue
        found.append(coefficients(solution, S, R, own))
    if len(found) < 2:
        return Unavailable("bootstrap_unstable", {"n": failed, "n_boot": n_boot})
    return np.array(found), failed
