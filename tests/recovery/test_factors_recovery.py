"""Simulated truth is found again (simulated data throughout)."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.alignment import align

pytestmark = pytest.mark.slow

LOADINGS = np.zeros((15, 3))
LOADINGS[:5, 0], LOADINGS[5:10, 1], LOADINGS[10:, 2] = 0.75, 0.65, 0.55
PHI = np.array([[1, 0.4, 0.2], [0.4, 1, 0.3], [0.2, 0.3, 1]])
UNIQUE = 1 - np.diag(LOADINGS @ PHI @ LOADINGS.T)


def draw(n: int, rng: np.random.Generator, loadings: np.ndarray = LOADINGS) -> tuple[pd.DataFrame, np.ndarray]:
    factors = rng.multivariate_normal(np.zeros(3), PHI, n)
    values = factors @ loadings.T + rng.normal(size=(n, 15)) * np.sqrt(UNIQUE)
    return pd.DataFrame(values, columns=[f"i{j}" for j in range(15)]), factors


@pytest.mark.parametrize("extraction", ["minres", "ml"])
def test_three_correlated_factors(extraction):
    """Means over 200 samples of 500, within 4 Monte Carlo errors plus the bias that rotation has in finite
    samples: largest deviations seen .017 (loadings) and .029 (factor correlations), gone at n = 100,000."""
    rng = np.random.default_rng(11)
    loadings, phis = [], []
    for _ in range(200):
        found = ak.efa(draw(500, rng)[0], 3, extraction=extraction, rotation="quartimin", scores="none")
        match = align(found.loadings.to_numpy(), LOADINGS)
        loadings.append(match.loadings(found.loadings.to_numpy()))
        phis.append(match.correlations(found.factor_correlations.to_numpy()))
    for drawn, truth, slack in ((np.array(loadings), LOADINGS, 0.01), (np.array(phis), PHI, 0.03)):
        error = drawn.std(axis=0) / np.sqrt(200)
        assert (np.abs(drawn.mean(axis=0) - truth) < 4 * error + slack).all()
    large = ak.efa(draw(100_000, rng)[0], 3, extraction=extraction, rotation="quartimin", scores="none")
    match = align(large.loadings.to_numpy(), LOADINGS)
    np.testing.assert_allclose(match.loadings(large.loadings.to_numpy()), LOADINGS, atol=0.015)
    np.testing.assert_allclose(match.correlations(large.factor_correlations.to_numpy()), PHI, atol=0.015)


def test_scores_correlate_with_their_factors_as_promised():
    found_all = []
    rng = np.random.default_rng(12)
    for _ in range(50):
        frame, factors = draw(1000, rng)
        found = ak.efa(frame, 3)
        match = align(found.loadings.to_numpy(), LOADINGS)
        scores = found.scores.to_numpy()[:, match.permutation] * match.signs
        promised = found.determinacy.to_numpy()[match.permutation]
        found_all.append([np.corrcoef(scores[:, j], factors[:, j])[0, 1] ** 2 - promised[j] for j in range(3)])
    deviation = np.array(found_all)
    assert (np.abs(deviation.mean(axis=0)) < 4 * deviation.std(axis=0) / np.sqrt(50) + 0.005).all()


def test_the_chi_square_of_a_true_model_has_its_mean_and_its_size():
    """Bartlett's correction: mean of χ² is df, 5 percent are rejected (ml, n = 300, 600 samples; 4 standard errors)."""
    rng = np.random.default_rng(13)
    fits = [ak.efa(draw(300, rng)[0], 3, extraction="ml", rotation="none", scores="none").fit for _ in range(600)]
    chisq = np.array([fit["chisq"] for fit in fits])
    df = fits[0]["df"]
    assert abs(chisq.mean() - df) < 4 * np.sqrt(2 * df / 600)
    rejected = np.mean([fit["pvalue"] < 0.05 for fit in fits])
    assert abs(rejected - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 600)
    covered = np.mean([fit["rmsea_ci_low"] == 0 for fit in fits])  # the population RMSEA is zero
    assert abs(covered - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 600)


def test_bartlett_keeps_its_size_on_unrelated_items():
    rng = np.random.default_rng(14)
    rejected = np.mean([
        ak.bartlett_sphericity(pd.DataFrame(rng.normal(size=(100, 10)))).pvalue < 0.05 for _ in range(2000)
    ])  # fmt: skip
    assert abs(rejected - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 2000)


def test_parallel_analysis_finds_three_and_finds_none():
    rng = np.random.default_rng(15)
    three = [ak.parallel_analysis(draw(500, rng)[0], n_iter=200, rng=1).n_factors for _ in range(40)]
    assert np.mean(np.array(three) == 3) >= 0.9
    noise = [ak.parallel_analysis(pd.DataFrame(rng.normal(size=(500, 15))), n_iter=200, rng=1) for _ in range(200)]
    # the first eigenvalue of noise passes its own 95th percentile once in twenty
    assert abs(np.mean([r.n_components > 0 for r in noise]) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 200)
