"""Factor analysis of polychoric correlations against an independent optimum, GPArotation and psych."""

import json
from pathlib import Path

import numpy as np
import pytest

import akhlak_research as ak
from akhlak_research.measure.alignment import align
from akhlak_research.measure.extraction import extract

HERE = Path(__file__).parent
EFA = json.loads((HERE / "efa_polychoric.json").read_text(encoding="utf-8"))
PARALLEL = json.loads((HERE / "parallel_polychoric.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("method", ["minres", "ml"])
def test_extraction_reaches_the_optimum(method):
    found = extract(np.array(EFA["correlation"]), 5, method)
    np.testing.assert_allclose((found.loadings**2).sum(axis=1), EFA[method]["communality"], atol=1e-8)


def test_the_whole_way_from_answers(bfi):
    """psych's correlations are off by up to 3.5e-5; largest deviations seen that this leaves: 2.5e-5 (communalities),
    3.5e-5 (loadings)."""
    found = ak.efa(bfi, 5, correlation="polychoric")
    np.testing.assert_allclose(found.communalities, EFA["minres"]["communality"], atol=1e-4)
    target = np.array(EFA["oblimin"]["loadings"])
    match = align(found.loadings.to_numpy(), target)
    np.testing.assert_allclose(match.loadings(found.loadings.to_numpy()), target, atol=2e-4)
    np.testing.assert_allclose(
        match.correlations(found.factor_correlations.to_numpy()), EFA["oblimin"]["phi"], atol=2e-4
    )  # fmt: skip


@pytest.mark.parametrize("method", ["simulated", "permutation"])
def test_noise_is_that_of_psych_s_resampled_answers(bfi, method):
    """psych has 20 draws, so its standard deviations are rough (t on 19 df): 50 comparisons within 5 errors. It decides
    on simulated *Pearson* noise, though, which varies less than polychoric noise: it is lower at the first rank by
    several errors, and a decision on it retains too many."""
    found = ak.parallel_analysis(bfi, correlation="polychoric", method=method, n_iter=200, rng=1)
    for name, basis in (("component_resampled", found.components), ("factor_resampled", found.factors)):
        known = PARALLEL[name]
        error = np.array(known["sd"]) * np.sqrt(1 / 20 + 1 / 200)
        z = (basis["reference_mean"].to_numpy() - known["mean"]) / error
        assert np.abs(z).max() < 5, (name, z)
    pearson = PARALLEL["component_simulated"]
    assert found.components["reference_mean"].iloc[1] > pearson["mean"][1] + 4 * pearson["sd"][1] / np.sqrt(20)
    np.testing.assert_allclose(found.components["eigenvalue"], PARALLEL["component_eigenvalues"], atol=1e-4)
    assert (found.n_components, found.n_factors) == (PARALLEL["n_components"], PARALLEL["n_factors"]) == (5, 6)
