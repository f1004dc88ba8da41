"""Extraction kernels: derivatives, degenerate matrices, the box."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from akhlak_research.core.errors import AkhlakError, MethodError
from akhlak_research.measure.bounded import minimise_in_box
from akhlak_research.measure.extraction import LOWEST_UNIQUENESS, _minres_surface, _ml_surface, extract
from akhlak_research.measure.one_factor import one_factor_loadings

LOADINGS = np.array([[0.8, 0.1], [0.7, 0.0], [0.6, 0.2], [0.1, 0.7], [0.0, 0.6], [0.2, 0.5], [0.4, 0.4]])
EXACT = LOADINGS @ LOADINGS.T + np.diag(1 - (LOADINGS**2).sum(axis=1))


def sample(n: int, p: int, seed: int) -> np.ndarray:
    return np.corrcoef(np.random.default_rng(seed).normal(size=(n, p)).T)


@pytest.mark.parametrize(("make", "x"), [(_minres_surface, 0.5), (_ml_surface, np.log(0.5))])
def test_derivatives(make, x):
    surface = make(sample(200, 7, 1), 2)
    at = x + np.random.default_rng(2).normal(size=7) * 0.05
    _, gradient, hessian = surface(at)
    np.testing.assert_allclose(gradient, approx_fprime(at, lambda z: surface(z)[0], 1e-6), atol=5e-6)
    rows = [approx_fprime(at, lambda z, i=i: surface(z)[1][i], 1e-6) for i in range(7)]
    np.testing.assert_allclose(hessian, rows, atol=1e-5)


@pytest.mark.parametrize("method", ["minres", "ml", "pa"])
def test_an_exact_model_is_found_again(method):
    found = extract(EXACT, 2, method)
    assert found.converged and not found.heywood
    assert found.objective == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, LOADINGS @ LOADINGS.T, atol=1e-8)
    np.testing.assert_allclose(np.diag(EXACT - found.loadings @ found.loadings.T), found.uniquenesses, atol=1e-8)


@pytest.mark.parametrize("method", ["minres", "ml"])
def test_noise_always_settles(method):
    """Samples without factors are the hardest: walls, ties, flat valleys."""
    for p, k, n in ((9, 1, 300), (9, 3, 100), (25, 5, 200), (12, 7, 30), (6, 3, 40)):
        for seed in range(15):
            found = extract(sample(n, p, seed), k, method)
            assert found.converged, (p, k, n, seed)
            assert found.uniquenesses.min() >= LOWEST_UNIQUENESS * (1 - 1e-12)
            assert found.heywood == bool((found.uniquenesses < LOWEST_UNIQUENESS * 1.000001).any())


def test_a_heywood_case_rests_on_the_floor():
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1.0]])  # r12 r13 / r23 = 1.62
    found = extract(r, 1, "minres")
    assert found.heywood and found.converged
    assert found.uniquenesses[0] == pytest.approx(LOWEST_UNIQUENESS)


def test_maximum_likelihood_refuses_a_matrix_without_inverse():
    with pytest.raises(MethodError) as caught:
        extract(np.ones((4, 4)) * 0.5 + np.diag([0.5, 0.5, 0.5, -0.6]), 1, "ml")
    assert caught.value.code == "ml_not_positive_definite" and caught.value.got < 0


def test_minres_takes_a_matrix_without_inverse():
    found = extract(sample(20, 30, 3), 2, "minres")
    assert found.converged and np.isfinite(found.loadings).all()


def test_no_correlation_no_loadings():
    for method in ("minres", "ml", "pa"):
        np.testing.assert_allclose(extract(np.eye(5), 1, method).loadings, 0, atol=1e-12)


@pytest.mark.parametrize(("k", "method"), [(0, "minres"), (7, "minres"), (1, "uls")])
def test_wrong_requests(k, method):
    with pytest.raises(AkhlakError):
        extract(EXACT, k, method)


def test_many_one_factor_solutions_at_once_are_the_single_ones():
    """A damped search in another parametrisation finds the same minimum (noise may hold several: one in a hundred)."""
    R = np.stack([sample(300, 9, seed) for seed in range(100)])
    start = np.stack([extract(r, 1, "minres").loadings[:, 0] for r in R])
    rough = np.sqrt((np.triu(R, 1) + np.tril(R, -1)) ** 2).max(axis=-1) * np.sign(start)
    found = one_factor_loadings(R, rough)
    same = np.abs(found**2 - start**2).max(axis=1) < 1e-6
    assert same.mean() > 0.9


def test_the_box_search_stays_in_the_box_and_says_when_it_stops():
    def bowl(x):
        return float(((x - 2) ** 2).sum()), 2 * (x - 2), 2 * np.eye(len(x))

    found = minimise_in_box(bowl, np.zeros(3), 0.0, 1.0)
    assert found.converged and (found.x == 1.0).all()
    saddle = minimise_in_box(lambda x: (float(x[0] ** 4 - x[0] ** 2), np.array([4 * x[0] ** 3 - 2 * x[0]]),
                                        np.array([[12 * x[0] ** 2 - 2]])), np.array([0.1]), -5.0, 5.0)  # fmt: skip
    assert saddle.converged and saddle.x[0] == pytest.approx(np.sqrt(0.5), abs=1e-9)
    assert not minimise_in_box(lambda x: (float(np.exp(-x[0])), -np.exp(-x), np.exp(-x)[:, None]), np.zeros(1),
                               -1.0, 1e9, max_iter=3).converged  # fmt: skip
