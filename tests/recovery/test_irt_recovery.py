"""Item response models on simulated truth: estimates without bias, errors that are true, tests of the right size."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.irt.families import FAMILIES

pytestmark = pytest.mark.slow
REPEATS = 150
SLOPES = np.array([0.8, 1.2, 1.6, 2.0, 1.4, 1.0])
INTERCEPTS = np.array([[2.0, 0.4, -1.2], [1.5, 0.0, -1.5], [2.5, 0.5, -1.0], [1.2, -0.6, -2.4], [1.0, 0.2, -0.9],
                       [1.8, 0.9, -0.8]])  # fmt: skip


def draw(model, n, rng) -> pd.DataFrame:
    psi = np.column_stack([np.ones(6) if FAMILIES[model].rasch else SLOPES, INTERCEPTS])
    theta = rng.standard_normal(n)
    p = FAMILIES[model].theta(psi, np.full(6, 4), theta).p
    return pd.DataFrame(
        (rng.random((6, 1, n)) > p.cumsum(1)).sum(1).T.astype(float), columns=[f"x{i}" for i in range(6)]
    )


@pytest.mark.parametrize("model", ["grm", "gpcm", "pcm"])
def test_estimates_and_errors(model):
    """Means over samples within 3.5 Monte Carlo errors of the truth (plus a bias of order 1/n); the errors' mean within
    15 percent of the spread; intervals hold the truth in 95 percent of samples, all parameters together."""
    rng = np.random.default_rng(11)
    columns = [*([] if FAMILIES[model].rasch else ["a"]), "d1", "d2", "d3"]
    truth = np.column_stack([*([] if FAMILIES[model].rasch else [SLOPES]), INTERCEPTS])
    found, errors = [], []
    for _ in range(REPEATS):
        fit = ak.irt(draw(model, 1000, rng), model)
        assert fit.converged
        found.append(fit.parameters[columns].to_numpy())
        errors.append(fit.standard_errors[columns].to_numpy())
    found, errors = np.array(found), np.array(errors)
    spread = found.std(axis=0, ddof=1)
    assert (np.abs(found.mean(0) - truth) < 3.5 * spread / np.sqrt(REPEATS) + 0.015).all()
    np.testing.assert_allclose(errors.mean(0), spread, rtol=0.22)  # 150 samples know a spread to 6 percent
    inside = np.abs(found - truth) < 1.96 * errors
    assert inside.mean() == pytest.approx(0.95, abs=0.01)


def test_sandwich_errors_under_sampling_weights():
    rng = np.random.default_rng(12)
    found, errors = [], []
    for _ in range(REPEATS):
        frame = draw("grm", 1000, rng)
        fit = ak.irt(frame, weights=rng.uniform(0.5, 4, 1000))
        found.append(fit.parameters[["a", "d1"]].to_numpy())
        errors.append(fit.standard_errors[["a", "d1"]].to_numpy())
    np.testing.assert_allclose(np.mean(errors, 0), np.std(found, 0, ddof=1), rtol=0.22)


def test_size_of_the_fit_tests():
    """A true model is rejected at 5 percent about as often as promised: C2 exactly, S-X² nearly."""
    rng = np.random.default_rng(13)
    c2, items = [], []
    for _ in range(REPEATS):
        fit = ak.irt(draw("grm", 1000, rng), errors="none")
        c2.append(ak.irt_model_fit(fit).measures.loc["C2", "pvalue"])
        items += ak.irt_item_fit(fit).items["pvalue"].tolist()
    error = np.sqrt(0.05 * 0.95 / REPEATS)
    assert np.mean(np.array(c2) < 0.05) == pytest.approx(0.05, abs=3 * error)
    assert np.mean(np.array(items) < 0.05) == pytest.approx(0.05, abs=0.03)


def test_seven_correlated_traits():
    rng = np.random.default_rng(14)
    r = np.full((7, 7), 0.6) + 0.4 * np.eye(7)
    theta = rng.standard_normal((2000, 7)) @ np.linalg.cholesky(r).T
    latent = 1.6 * np.repeat(theta, 3, axis=1) + rng.logistic(size=(2000, 21))
    frame = pd.DataFrame(np.digitize(latent, [-2, -0.7, 0.7, 2]) + 1.0, columns=[f"x{i}" for i in range(21)])
    dims = {f"D{d}": [f"x{3 * d + i}" for i in range(3)] for d in range(7)}
    fit = ak.irt_dimensions(frame, dims, rng=1)
    a, b = np.triu_indices(7, 1)
    z = (fit.correlations.to_numpy()[a, b] - 0.6) / fit.correlation_errors.to_numpy()[a, b]
    assert np.abs(z).max() < 3.5 and np.abs(z.mean()) < 1.5
    slopes = (fit.parameters["a"] - 1.6) / fit.standard_errors["a"]
    assert slopes.abs().max() < 3.5 and slopes.std() == pytest.approx(1, abs=0.5)
    error = fit.scores.to_numpy() - theta
    assert error.std() == pytest.approx(np.sqrt((fit.score_errors**2).mean().mean()), rel=0.05)
