"""Rotation kernels: derivatives, invariants, starts, conventions."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure import rotation_criteria as criteria
from akhlak_research.measure.alignment import align
from akhlak_research.measure.gradient_projection import Geometry, search_rotations
from akhlak_research.measure.rotation import ROTATIONS, rotate

SIMPLE = np.array([[0.8, 0, 0], [0.7, 0, 0], [0.6, 0, 0], [0, 0.7, 0], [0, 0.6, 0], [0, 0.5, 0], [0, 0, 0.6],
                   [0, 0, 0.5], [0, 0, 0.4]])  # fmt: skip


def spun(loadings: np.ndarray, seed: int = 0) -> np.ndarray:
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(loadings.shape[1],) * 2))
    return loadings @ turn


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("criterion", "parameter"),
    [(criteria.varimax, 0), (criteria.quartimax, 0), (criteria.equamax, 0), (criteria.oblimin, 0.0),
     (criteria.oblimin, -0.5), (criteria.quartimin, 0), (criteria.geomin, 0.01)],
)  # fmt: skip
def test_derivatives(criterion, parameter):
    L = np.random.default_rng(1).normal(size=(2, 6, 3)) * 0.5
    values, gradient = criterion(L, parameter)
    assert values.shape == (2,) and gradient.shape == L.shape
    for s in range(2):
        numeric = approx_fprime(L[s].ravel(), lambda x, s=s: criterion(x.reshape(1, 6, 3), parameter)[0][0], 1e-7)
        np.testing.assert_allclose(gradient[s].ravel(), numeric, atol=1e-5)


def test_projected_gradient_is_the_derivative_along_the_rotations():
    A = np.random.default_rng(2).normal(size=(7, 3)) * 0.5
    for oblique in (False, True):
        geometry = Geometry(A, oblique)
        T = geometry.back(np.eye(3)[None] + 0.3 * np.random.default_rng(3).normal(size=(1, 3, 3)))
        L = geometry.loadings(T)
        G = geometry.gradient(T, L, criteria.geomin(L, 0.01)[1])
        step = 1e-6 / np.sqrt((G**2).sum())
        moved = geometry.loadings(geometry.back(T - step * G))
        change = (criteria.geomin(moved, 0.01)[0] - criteria.geomin(L, 0.01)[0])[0]
        assert change == pytest.approx(-step * (G**2).sum(), rel=1e-4)


@pytest.mark.parametrize("name", [e.name for e in ROTATIONS if e.name != "none" and e.fixed == 0])
def test_perfect_simple_structure_is_found(name):
    """Orthogonal clusters: criteria without ε reach them exactly, geomin up to its ε, promax nearly."""
    found = rotate(spun(SIMPLE), name, rng=rng())
    match = align(found.loadings, SIMPLE)
    # equamax spreads variance over columns and so moves away from clusters of unequal size
    tolerance = {"geomin": 0.02, "geomin-orthogonal": 0.02, "equamax": 0.05}.get(name, 1e-5)
    np.testing.assert_allclose(match.loadings(found.loadings), SIMPLE, atol=tolerance)


@pytest.mark.parametrize("name", [e.name for e in ROTATIONS if e.fixed == 0])
@pytest.mark.parametrize("kaiser", [True, False])
def test_invariants(name, kaiser):
    A = spun(SIMPLE) + np.random.default_rng(4).normal(size=SIMPLE.shape) * 0.1
    found = rotate(A, name, kaiser=kaiser, rng=rng())
    L, phi = found.loadings, found.phi
    np.testing.assert_allclose(L @ phi @ L.T, A @ A.T, atol=1e-10)
    np.testing.assert_allclose(np.diag(phi), 1, atol=1e-12)
    assert np.linalg.eigvalsh(phi)[0] > 0
    if not ROTATIONS[name].oblique:
        np.testing.assert_array_equal(phi, np.eye(3))
    explained = np.diag(phi @ L.T @ L)
    assert (np.diff(explained) <= 1e-12).all() and (L.sum(axis=0) >= 0).all()


def test_factor_correlations_travel_with_their_factors():
    truth = np.array([[1, 0.6, 0.1], [0.6, 1, 0.3], [0.1, 0.3, 1]])
    A = SIMPLE @ np.linalg.cholesky(truth)
    found = rotate(spun(A), "quartimin", rng=rng())
    match = align(found.loadings, SIMPLE)
    np.testing.assert_allclose(match.loadings(found.loadings), SIMPLE, atol=1e-6)
    np.testing.assert_allclose(match.correlations(found.phi), truth, atol=1e-6)


def test_the_best_of_several_minima_is_taken_and_counted():
    A = np.array([[0.66, 0.44, -0.33], [0.32, -0.7, 0.2], [0.62, 0.3, 0.3], [0.5, -0.3, -0.5], [0.4, 0.5, 0.4],
                  [0.7, -0.1, -0.3], [0.2, 0.6, -0.4], [0.5, -0.5, 0.4]])  # fmt: skip
    many = rotate(A, "geomin-orthogonal", n_starts=60, rng=rng())
    assert many.n_starts == 60 and 1 <= many.n_best < 60
    values = [rotate(spun(A, s), "geomin-orthogonal", n_starts=1, rng=rng()).value for s in range(30)]
    assert many.value <= min(values) + 1e-8
    assert max(values) > min(values) + 1e-3


def test_one_factor_and_no_rotation():
    A = SIMPLE[:, :1] * -1
    for name in (entry.name for entry in ROTATIONS if entry.fixed == 0):
        found = rotate(A, name, rng=rng())
        np.testing.assert_array_equal(found.loadings, -A)
        np.testing.assert_array_equal(found.phi, [[1.0]])
    none = rotate(SIMPLE[:, ::-1], "none", rng=rng())
    np.testing.assert_array_equal(none.loadings, SIMPLE)


def test_kaiser_gives_every_item_the_same_weight():
    """Scaling a row changes a raw solution's axes and leaves a normalised one's alone."""
    A = spun(SIMPLE) + np.random.default_rng(5).normal(size=SIMPLE.shape) * 0.15
    weak = A * np.where(np.arange(9) == 0, 0.1, 1.0)[:, None]
    normalised = [rotate(a, "varimax", kaiser=True, rng=rng()).loadings[1:] for a in (A, weak)]
    raw = [rotate(a, "varimax", kaiser=False, rng=rng()).loadings[1:] for a in (A, weak)]
    np.testing.assert_allclose(align(*normalised).loadings(normalised[0]), normalised[1], atol=1e-8)
    assert np.abs(align(*raw).loadings(raw[0]) - raw[1]).max() > 1e-3


def test_an_item_without_communality_survives_kaiser():
    A = np.vstack([spun(SIMPLE), np.zeros(3)])
    for name in ("varimax", "promax"):
        found = rotate(A, name, kaiser=True, rng=rng())
        np.testing.assert_array_equal(found.loadings[-1], 0)


@pytest.mark.parametrize(
    ("name", "parameter"), [("oblimin", 0.5), ("geomin", 0.0), ("promax", 1e6), ("varimax", 2.0), ("geomin", np.nan)]
)
def test_parameters_out_of_reach(name, parameter):
    with pytest.raises(ArgumentError) as caught:
        rotate(SIMPLE, name, parameter=parameter, rng=rng())
    assert caught.value.code == "rotation_parameter" and caught.value.values["method"] == name


def test_an_unknown_rotation_lists_the_known():
    with pytest.raises(ArgumentError) as caught:
        rotate(SIMPLE, "oblimax", rng=rng())
    assert caught.value.code == "unknown_choice" and "oblimin" in caught.value.expected


def test_a_search_cut_short_shows_it():
    A = spun(SIMPLE) + np.random.default_rng(4).normal(size=SIMPLE.shape) * 0.1
    found = search_rotations(
        Geometry(A, True), criteria.geomin, 0.01, np.eye(3)[None], tolerance=1e-12, max_iter=2
    )  # fmt: skip
    assert found.iterations == 2 and found.slope[0] > 1e-6


def test_alignment():
    order, signs = [2, 0, 1], np.array([1, -1, 1])
    match = align(SIMPLE[:, order] * signs, SIMPLE)
    np.testing.assert_array_equal(match.loadings(SIMPLE[:, order] * signs), SIMPLE)
    np.testing.assert_allclose(match.congruence, 1)
    with pytest.raises(ArgumentError, match="loadings_shapes"):
        align(SIMPLE, SIMPLE[:, :2])


def test_a_target_is_reached_in_its_own_order_and_signs():
    target = np.where(SIMPLE > 0, np.nan, 0.0)[:, [2, 0, 1]]
    found = rotate(spun(SIMPLE), "target", target=target, rng=rng())
    assert found.value == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(np.abs(found.loadings), SIMPLE[:, [2, 0, 1]], atol=1e-6)
    full = rotate(spun(SIMPLE), "target-orthogonal", target=-SIMPLE, rng=rng())
    np.testing.assert_allclose(full.loadings, -SIMPLE, atol=1e-6)


def test_a_general_factor_is_found_and_stands_first():
    """Orthogonal; with correlated factors a perfect bifactor structure is not the only one of value zero."""
    general = np.hstack([np.full((9, 1), 0.3), SIMPLE * 0.8])
    general[:4, 0] = 0.6
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))
    found = rotate(general @ turn, "bifactor-orthogonal", rng=rng())
    assert found.value == pytest.approx(0, abs=1e-10) and align(found.loadings, general).permutation[0] == 0
    np.testing.assert_allclose(align(found.loadings, general).loadings(found.loadings), general, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("target", {}, "target_missing"),
        ("target", {"target": np.zeros((9, 2))}, "target_shape"),
        ("target", {"target": np.where(SIMPLE > 0, 0.5, np.nan)[:, [0, 0, 0]] * np.nan}, "target_too_free"),
        ("target", {"target": SIMPLE, "kaiser": True}, "target_kaiser"),
        ("oblimin", {"target": SIMPLE}, "target_not_used"),
    ],
)
def test_targets_refused(name, options, code):
    with pytest.raises(ArgumentError) as caught:
        rotate(SIMPLE, name, rng=rng(), **options)
    assert caught.value.code == code


def test_a_bifactor_rotation_needs_two_group_factors():
    with pytest.raises(ArgumentError, match="rotation_few_factors"):
        rotate(SIMPLE[:, :2], "bifactor", rng=rng())


def test_minima_are_listed_with_their_starts():
    A = spun(SIMPLE) + np.random.default_rng(4).normal(size=SIMPLE.shape) * 0.3
    found = rotate(A, "geomin", n_starts=25, rng=rng())
    assert found.minima[:, 1].sum() == found.n_starts == 25 and found.minima[0, 1] == found.n_best
    assert (np.diff(found.minima[:, 0]) > 0).all()


@pytest.mark.parametrize("name", [e.name for e in ROTATIONS if e.fixed == 0 and e.name not in ("none", "promax")])
def test_a_start_near_a_solution_leads_to_it(name):
    A = spun(SIMPLE) + np.random.default_rng(4).normal(size=SIMPLE.shape) * 0.05
    found = rotate(A, name, rng=rng())
    again = rotate(A @ np.diag([1.0, -1.0, 1.0])[[1, 0, 2]], name, near=found.loadings, rng=rng())
    np.testing.assert_allclose(again.loadings, found.loadings, atol=1e-5)
