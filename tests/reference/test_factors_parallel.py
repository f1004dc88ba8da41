"""Parallel analysis against psych::fa.parallel."""

import json
from pathlib import Path

import numpy as np
import pytest

import akhlak_research as ak
from akhlak_research.measure.noise import component_eigenvalues, one_factor_eigenvalues, simulated_correlations

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "factors_parallel.json").read_text(encoding="utf-8"))
ADEQUACY = json.loads((HERE / "factors_adequacy.json").read_text(encoding="utf-8"))
DRAWS = 4000


@pytest.fixture(scope="module", params=["bfi", "hs9"])
def noise(request):
    known = ADEQUACY[request.param]
    rng = np.random.default_rng(20)
    batches = list(simulated_correlations(known["n"], len(known["items"]), DRAWS, rng))
    spectra = {
        "component": np.concatenate([component_eigenvalues(R) for R in batches]),
        "factor": np.concatenate([one_factor_eigenvalues(R) for R in batches]),
    }
    return REFERENCE[request.param], spectra


@pytest.mark.parametrize("basis", ["component", "factor"])
def test_noise_means(noise, basis):
    """Every mean within 3.5 joint standard errors (68 comparisons; 3 would fail one in five times by chance)."""
    known, spectra = noise
    ours, theirs = spectra[basis], known[f"{basis}_noise"]
    error = np.sqrt(ours.var(axis=0) / DRAWS + np.square(theirs["sd"]) / known["n_iter"])
    z = (ours.mean(axis=0) - theirs["mean"]) / error
    assert np.abs(z).max() < 3.5, z
    np.testing.assert_allclose(ours.std(axis=0)[1:], theirs["sd"][1:], rtol=0.12)


@pytest.mark.parametrize("basis", ["component", "factor"])
def test_noise_percentiles(noise, basis):
    """The standard error of a percentile by its order statistics: the 95th ± one binomial standard deviation."""
    known, spectra = noise
    ours, theirs = spectra[basis], np.array(known[f"{basis}_noise"]["q95"])
    spread = np.sqrt(0.95 * 0.05 * (1 / DRAWS + 1 / known["n_iter"]))
    low, high = np.quantile(ours, [0.95 - 3.5 * spread, min(0.95 + 3.5 * spread, 1)], axis=0)
    assert ((low <= theirs) & (theirs <= high)).all(), (low, theirs, high)


def test_numbers_retained_on_real_answers(bfi):
    known = REFERENCE["bfi"]
    found = ak.parallel_analysis(bfi, rng=1)
    assert (found.n_components, found.n_factors) == (known["n_components"], known["n_factors"]) == (5, 6)
    np.testing.assert_allclose(found.components["eigenvalue"], known["component_eigenvalues"], atol=1e-10)
    # psych's one-factor communalities stop early: 2e-5
    np.testing.assert_allclose(found.factors["eigenvalue"], known["factor_eigenvalues"], atol=1e-4)
    by_smc = ak.parallel_analysis(bfi, rng=1, communalities="smc")
    assert (by_smc.n_components, by_smc.n_factors) == (5, known["n_factors_smc"])


def test_shuffled_answers_agree_with_resampled_ones(bfi):
    known = REFERENCE["bfi"]
    found = ak.parallel_analysis(bfi, method="permutation", n_iter=300, rng=2)
    assert (found.n_components, found.n_factors) == (5, 6)
    theirs = known["component_resampled"]
    error = np.array(theirs["sd"]) * np.sqrt(1 / 300 + 1 / 1000)
    z = (found.components["reference_mean"].to_numpy() - theirs["mean"]) / error
    assert np.abs(z).max() < 3.5


def test_numbers_retained_of_nine_tests():
    """The matrix of Holzinger and Swineford's nine tests, by the kernels."""
    known, matrix = REFERENCE["hs9"], np.array([ADEQUACY["hs9"]["correlation"]])
    rng = np.random.default_rng(3)
    noise = np.concatenate(list(simulated_correlations(ADEQUACY["hs9"]["n"], 9, 1000, rng)))
    for spectrum, expected in (
        (component_eigenvalues, known["n_components"]),
        (one_factor_eigenvalues, known["n_factors"]),
    ):
        above = spectrum(matrix)[0] > np.percentile(spectrum(noise), 95, axis=0)
        assert int(np.argmin(above)) == expected
