"""Bifactor model: derivatives, brute force, planted shares, signs."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import DataError
from akhlak_research.counts.rows import as_rows
from akhlak_research.measure.irt.bifactor_kernels import Bifactor, make_grid
from akhlak_research.measure.irt.families import FAMILIES
from akhlak_research.measure.irt.patterns import as_patterns

DIMENSIONS = {"one": ["x0", "x1", "x2", "x3"], "two": ["x4", "x5", "x6", "x7"]}


def simulate(n=1500, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    general, specific = rng.standard_normal((n, 1)), rng.standard_normal((n, 2))
    latent = 1.6 * general + 1.0 * np.repeat(specific, 4, axis=1) + rng.logistic(size=(n, 8))
    return pd.DataFrame(np.digitize(latent, [-1.5, 1.5]) + 1.0, columns=[f"x{i}" for i in range(8)])


def likelihood_of(frame, model="grm", nodes=9):
    patterns = as_patterns(as_rows(frame))
    return Bifactor(patterns, np.repeat([0, 1], 4), FAMILIES[model], make_grid(np.linspace(-4, 4, nodes)))


PHI = np.tile([1.4, 0.9, 1.6, -1.3], 8) + 0.1 * np.sin(np.arange(32))


@pytest.mark.parametrize("model", ["grm", "gpcm"])
def test_gradient_equals_finite_differences(model):
    frame = simulate(80)
    frame.iloc[::5, 2] = np.nan
    likelihood = likelihood_of(frame, model)
    gradient = likelihood.point(PHI).gradient
    _, _, scores = likelihood.people(PHI)
    np.testing.assert_allclose(likelihood.patterns.weight @ scores, gradient, atol=1e-9)
    for j in range(len(PHI)):
        step = np.eye(len(PHI))[j] * 1e-5
        ends = likelihood.point(PHI + step).loglik - likelihood.point(PHI - step).loglik
        assert gradient[j] == pytest.approx(ends / 2e-5, abs=1e-6)


def test_likelihood_equals_the_triple_sum():
    likelihood = likelihood_of(simulate(25))
    psi = likelihood.psi(PHI)
    node, prior = likelihood.grid.nodes, np.exp(likelihood.grid.log_prior)
    total = np.zeros(len(likelihood.patterns.codes))
    for g, one, two in product(range(9), repeat=3):
        value = prior[g] * prior[one] * prior[two]
        for i in range(8):
            eta = psi[i, 0] * node[g] + psi[i, 1] * node[one if i < 4 else two]
            above = 1 / (1 + np.exp(-np.array([np.inf, eta + psi[i, 2], eta + psi[i, 3], -np.inf])))
            value = value * (above[:-1] - above[1:])[likelihood.patterns.codes[:, i]]
        total += value
    assert likelihood.point(PHI).loglik == pytest.approx(likelihood.patterns.weight @ np.log(total), abs=1e-9)


def test_planted_shares():
    fit = ak.irt_bifactor(simulate(), DIMENSIONS, n_nodes=21)
    assert fit.converged
    z = (fit.parameters[["a_general", "a_specific"]] - [1.6, 1.0]) / fit.standard_errors[["a_general", "a_specific"]]
    assert z.abs().max(axis=None) < 3.5
    assert fit.explained.loc["all", "ecv"] == pytest.approx(1.6**2 / (1.6**2 + 1), abs=0.05)
    assert fit.loglik > ak.irt(simulate(), errors="none").loglik + 20
    turned = ak.irt_bifactor(4 - simulate(), DIMENSIONS, n_nodes=21)
    assert turned.loglik == pytest.approx(fit.loglik, abs=1e-5)
    assert (turned.parameters["a_general"] > 0).all()
    assert np.corrcoef(turned.scores["general"], fit.scores["general"])[0, 1] < -0.99
    assert len(json.dumps(fit.record(), allow_nan=False)) < 30_000
    assert ak.show(fit).kind == "table"


def test_refusals():
    with pytest.raises(DataError, match="too_few_items"):
        ak.irt_bifactor(simulate(50), {"one": ["x0"], "two": ["x1", "x2"]})
    with pytest.raises(DataError, match="irt_item_twice"):
        ak.irt_bifactor(simulate(50), {"one": ["x0", "x1"], "two": ["x1", "x2"]})
