"""Weights of factor scores against psych."""

import json
from pathlib import Path

import numpy as np
import pytest

from akhlak_research.measure.extraction import Extraction
from akhlak_research.measure.factor_scores import SCORING, determinacy
from akhlak_research.measure.factor_solution import Solution
from akhlak_research.measure.rotation import Rotated

HERE = Path(__file__).parent
WEIGHTS = json.loads((HERE / "factor_scores.json").read_text(encoding="utf-8"))
KNOWN = json.loads((HERE / "factors_efa.json").read_text(encoding="utf-8"))


def stored(dataset: str) -> tuple[np.ndarray, Solution]:
    R = np.array(KNOWN[dataset]["correlation"])
    rotated = KNOWN[dataset]["rotated"]["oblimin_gam0_raw"]
    L, phi = np.array(rotated["loadings"]), np.array(rotated["phi"])
    unique = 1 - np.diag(L @ phi @ L.T)
    return R, Solution(Extraction(L, unique, 0.0, 0, True, False), Rotated(L, phi, 0.0, True, 1, 1))


@pytest.mark.parametrize("method", SCORING.names)
@pytest.mark.parametrize("dataset", ["bfi", "thurstone"])
def test_weights(dataset, method):
    R, solution = stored(dataset)
    weights = SCORING[method].weights(R, solution)
    np.testing.assert_allclose(weights, WEIGHTS[dataset][method], atol=1e-9)


@pytest.mark.parametrize("dataset", ["bfi", "thurstone"])
def test_what_each_method_promises(dataset):
    R, solution = stored(dataset)
    by = {method.name: method.weights(R, solution) for method in SCORING}
    # Bartlett's scores expect their own factor and no other; under the model, whatever R is
    np.testing.assert_allclose(by["bartlett"].T @ solution.loadings, np.eye(len(solution.phi)), atol=1e-10)
    # ten Berge's correlate as the factors do
    np.testing.assert_allclose(by["tenberge"].T @ R @ by["tenberge"], solution.phi, atol=1e-9)
    # regression scores are the most determinate
    best = determinacy(R, solution, by["regression"])
    for name in ("bartlett", "tenberge"):
        assert (determinacy(R, solution, by[name]) <= best + 1e-12).all()
