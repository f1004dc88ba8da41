"""Several correlated traits: exact small cases, planted correlations, refusals."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.counts.rows import as_rows
from akhlak_research.measure.irt.families import FAMILIES
from akhlak_research.measure.irt.patterns import as_patterns
from akhlak_research.measure.irt.posterior import nodes
from akhlak_research.measure.irt.several_dimensions import Layout, State, log_likelihood, posterior

DIMENSIONS = {"one": ["x0", "x1", "x2"], "two": ["x3", "x4", "x5"]}


def simulate(n=800, r=0.6, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal((n, 2)) @ np.linalg.cholesky([[1, r], [r, 1]]).T
    latent = 1.7 * theta[:, [0, 0, 0, 1, 1, 1]] + rng.logistic(size=(n, 6))
    return pd.DataFrame(np.digitize(latent, [-1.5, 0, 1.5]) + 1.0, columns=[f"x{i}" for i in range(6)])


@pytest.fixture(scope="module")
def fit():
    return ak.irt_dimensions(simulate(), DIMENSIONS, rng=1, sweeps=100, burn=40)


def test_posterior_and_likelihood_equal_the_double_sum():
    """Two traits on a grid of 61 × 61 nodes, every sum done."""
    frame = simulate(60)
    patterns = as_patterns(as_rows(frame))
    layout = Layout(FAMILIES["grm"], patterns.n_categories, np.repeat([0, 1], 3), nodes())
    psi = np.tile([1.7, 1.5, 0.0, -1.5], (6, 1))
    state = State(psi, np.array([[1, 0.6], [0.6, 1]]))
    p = layout.family.curves(psi, layout.sizes, layout.theta).p
    log = np.zeros((2, len(patterns.codes), 61))
    for i in range(6):
        log[i // 3] += np.log(p[i][patterns.codes[:, i]])
    a, b = np.meshgrid(nodes(), nodes(), indexing="ij")
    density = np.exp(-(a**2 - 1.2 * a * b + b**2) / (2 * 0.64)) / (2 * np.pi * 0.8) * 0.2**2
    joint = np.exp(log[0][:, :, None] + log[1][:, None, :]) * density
    exact = float(patterns.weight @ np.log(joint.sum((1, 2))))
    mean = np.stack([(joint * t).sum((1, 2)) / joint.sum((1, 2)) for t in (a, b)], axis=1)
    people = posterior(patterns, layout, state, np.random.default_rng(1), 2000)
    np.testing.assert_allclose(people.mean, mean, atol=0.03)  # 2,000 sweeps: the largest of 120 at 4 errors of 0.007
    second = (joint * a * b).sum((1, 2)) / joint.sum((1, 2)) - mean[:, 0] * mean[:, 1]
    np.testing.assert_allclose(people.covariance[:, 0, 1], second, atol=0.03)
    found, error = log_likelihood(patterns, layout, state, people, np.random.default_rng(2), 2000)
    assert error < 0.2
    assert found == pytest.approx(exact, abs=3.5 * error)


def test_planted_correlation_and_slopes(fit):
    assert fit.correlations.loc["one", "two"] == pytest.approx(0.6, abs=3 * fit.correlation_errors.loc["one", "two"])
    z = (fit.parameters["a"] - 1.7) / fit.standard_errors["a"]
    assert z.abs().max() < 3.5
    assert 0.02 < fit.correlation_errors.loc["one", "two"] < 0.06
    assert fit.monte_carlo_error < 0.05


def test_traits_borrow_from_each_other(fit):
    alone = ak.irt(simulate()[DIMENSIONS["one"]], errors="none")
    assert fit.reliability.loc["one", "reliability"] > ak.irt_scores(alone).reliability
    together = fit.loglik
    apart = alone.loglik + ak.irt(simulate()[DIMENSIONS["two"]], errors="none").loglik
    assert together > apart + 50


def test_same_seed_same_figures_and_no_person_in_the_record(fit):
    again = ak.irt_dimensions(simulate(), DIMENSIONS, rng=1, sweeps=100, burn=40)
    assert again.loglik == fit.loglik and again.seed == 1
    pd.testing.assert_frame_equal(again.parameters, fit.parameters)
    assert len(json.dumps(fit.record(), allow_nan=False)) < 30_000
    assert ak.show(fit, part="correlations").kind == "table"


def test_partial_credit_estimates_variances():
    fit = ak.irt_dimensions(simulate(), DIMENSIONS, model="pcm", rng=1, sweeps=60, burn=40)
    assert (fit.parameters["a"] == 1).all()
    assert fit.standard_errors["a"].isna().all()
    for name, items in DIMENSIONS.items():
        alone = ak.irt(simulate()[items], "pcm").people["variance"].iloc[0]
        assert fit.correlations.loc[name, name] == pytest.approx(alone, abs=0.06)
    assert (np.diag(fit.correlation_errors) > 0).all()


def test_missing_answers_and_weights():
    frame = simulate()
    frame.iloc[::4, 0] = np.nan
    frame.iloc[3] = np.nan
    weights = np.tile([1.0, 2.0], 400)
    fit = ak.irt_dimensions(frame, DIMENSIONS, weights=weights, rng=1, sweeps=30, burn=30, likelihood_draws=10)
    assert fit.inputs.n_used == 799 and len(fit.scores) == 799
    assert fit.correlations.loc["one", "two"] == pytest.approx(0.6, abs=0.15)


def test_refusals():
    frame = simulate(50)
    with pytest.raises(ArgumentError, match="irt_dimensions_missing"):
        ak.irt_dimensions(frame)
    with pytest.raises(DataError, match="irt_item_twice"):
        ak.irt_dimensions(frame, {"a": ["x0", "x1"], "b": ["x1", "x2"]})
    with pytest.raises(DataError, match="too_few_items"):
        ak.irt_dimensions(frame, {"a": ["x0", "x1"], "b": ["x2"]})
    with pytest.raises(ArgumentError, match="dimension_items_unknown"):
        ak.irt_dimensions(frame, {"a": ["x0", "z"]})
    with pytest.raises(ArgumentError, match="count_out_of_range"):
        ak.irt_dimensions(frame, DIMENSIONS, chains=1)
