"""Planted numbers of factors are found, none invented; the scaled test keeps its size (simulated data throughout)."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

pytestmark = pytest.mark.slow

LOADINGS = np.kron(np.eye(3), np.array([[0.8, 0.7, 0.7, 0.6, 0.6]])).T
PHI = np.array([[1, 0.3, 0.2], [0.3, 1, 0.3], [0.2, 0.3, 1]])
UNIQUE = 1 - np.diag(LOADINGS @ PHI @ LOADINGS.T)


def draw(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multivariate_normal(np.zeros(3), PHI, n) @ LOADINGS.T + rng.normal(size=(n, 15)) * np.sqrt(UNIQUE)


def numbers(found, name: str):
    return found.criteria.set_index("criterion")["n_factors"][name]


def test_three_planted_factors():
    """Each criterion finds three in most samples of 500; the vote in nearly all."""
    rng = np.random.default_rng(5)
    found = [ak.retain_factors(pd.DataFrame(draw(500, rng)), n_iter=100, rng=1) for _ in range(40)]
    for name in ("ekc-2017", "parallel-components", "parallel-factors", "map-1976", "map-2000", "hull-caf", "hull-cfi"):
        share = np.mean([numbers(one, name) == 3 for one in found])
        assert share >= 0.85, (name, share)
    assert np.mean([numbers(one, "chi-square") == 3 for one in found]) >= 0.8  # five percent are rejected
    assert np.mean([one.leading == (3,) for one in found]) >= 0.95


def test_three_planted_factors_behind_skewed_categories():
    rng = np.random.default_rng(6)
    votes = []
    for _ in range(15):
        frame = pd.DataFrame(np.digitize(draw(500, rng), [-1.8, -1.2, -0.5, 0.5]))
        votes.append(ak.retain_factors(frame, correlation="polychoric", n_iter=60, rng=1).leading)
    assert np.mean([vote == (3,) for vote in votes]) >= 0.9


def test_polychoric_noise_passes_its_own_percentile_once_in_twenty():
    """100 samples of 300 unrelated skewed items; four binomial errors."""
    rng = np.random.default_rng(7)
    above = []
    for _ in range(100):
        frame = pd.DataFrame(np.digitize(rng.normal(size=(300, 8)), [-1.6, -1.0, 0.2]))
        above.append(ak.parallel_analysis(frame, correlation="polychoric", n_iter=100, rng=1).n_components > 0)
    assert abs(np.mean(above) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 100)


def test_the_scaled_test_keeps_its_size_and_its_mean():
    """n = 1,000, five categories, three true factors, 200 samples; four Monte Carlo errors."""
    rng = np.random.default_rng(8)
    fits = []
    for _ in range(200):
        frame = pd.DataFrame(np.digitize(draw(1000, rng), [-1.2, -0.4, 0.4, 1.2]))
        fits.append(ak.efa(frame, 3, correlation="polychoric", rotation="none").fit)
    chisq, df = np.array([float(fit["chisq_scaled"]) for fit in fits]), float(fits[0]["df"])
    assert abs(chisq.mean() - df) < 4 * np.sqrt(2 * df / 200)
    rejected = np.mean([float(fit["pvalue_scaled"]) < 0.05 for fit in fits])
    assert abs(rejected - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 200)
