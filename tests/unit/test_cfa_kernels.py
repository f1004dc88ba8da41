"""Derivatives of moments and losses against finite differences."""

from dataclasses import replace

import numpy as np
import pytest

from akhlak_research.measure.cfa.implied import moments_of, places_of, system_of, vech
from akhlak_research.measure.cfa.normal_block import NormalBlock, stacked_delta
from akhlak_research.measure.cfa.observed import sample_of
from akhlak_research.measure.cfa.partable import Options, build, variables_of
from akhlak_research.measure.cfa.syntax import read_model

MODELS = {
    "factors": "f =~ a + b + c\ng =~ d + e + h\na ~~ d",
    "second order": "f =~ a + b\ng =~ c + d\nk =~ f + g + e + h",
    "regressions": "f =~ a + b + c\ng =~ d + e\ng ~ f + h\na ~ h\na ~~ b",
}


@pytest.fixture(params=[(m, means) for m in MODELS for means in (False, True)], ids=str)
def block(request):
    name, means = request.param
    text = read_model(MODELS[name])
    table = build(text, variables_of(text), Options(means=means))
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    sample = sample_of(rows, None, sampling=False)
    rows_of = [
        r if r.free or not r.exogenous else type(r)(**{**{f: getattr(r, f) for f in r.__slots__}, "value": 1.0})
        for r in table.rows
    ]
    table = table.with_rows(rows_of)
    theta = np.array([3.0 if r.op == "~~" and r.lhs == r.rhs else 0.4 + 0.1 * i for i, r in enumerate(table.free)])
    theta = np.where([r.op == "~~" and r.lhs != r.rhs for r in table.free], 0.3, theta)
    return NormalBlock(places_of(table, 0), sample, means), theta


def differences(function, theta, h=1e-6):
    steps = np.eye(len(theta)) * h
    return np.stack([(function(theta + step) - function(theta - step)) / (2 * h) for step in steps], axis=-1)


def test_delta(block):
    own, theta = block

    def stacked(at):
        mu, sigma = moments_of(system_of(own.places, at))
        return np.concatenate([mu, vech(sigma)] if own.means else [vech(sigma)])

    np.testing.assert_allclose(stacked_delta(own.places, theta, own.means), differences(stacked, theta), atol=1e-6)


def test_gradient_and_hessian(block):
    own, theta = block
    gradient, _ = own.slope(theta)
    np.testing.assert_allclose(gradient, differences(own.value, theta), atol=1e-6, rtol=1e-6)
    hessian = differences(lambda at: own.slope(at)[0], theta)
    np.testing.assert_allclose(own.hessian(theta), hessian, atol=1e-5, rtol=1e-5)


def test_weighted_is_the_weight_times_delta(block):
    own, theta = block
    np.testing.assert_allclose(own.weighted(theta), own.weight(theta) @ own.delta(theta), atol=1e-10)
    np.testing.assert_allclose(own.slope(theta)[1], 2 * own.delta(theta).T @ own.weighted(theta), atol=1e-10)


COUNTS = np.random.default_rng(4).integers(1, 4, size=40).astype(float)
DESIGNS = {
    "rows": {},
    "frequencies": {"weights": COUNTS, "sampling": False},
    "sampling weights": {"weights": COUNTS * 40 / COUNTS.sum(), "sampling": True},
    "clusters": {"clusters": np.repeat(np.arange(10), 4)},
}


def in_design(own, name):
    options = {"weights": None, "sampling": False, "clusters": None} | DESIGNS[name]
    weights = options.pop("weights")
    return replace(own, sample=sample_of(own.sample.rows, weights, **options))


@pytest.mark.parametrize("design", DESIGNS)
def test_meat_is_the_cross_product_of_casewise_scores(block, design):
    own, theta = in_design(block[0], design), block[1]
    sample = own.sample
    mu, sigma = moments_of(system_of(own.places, theta))
    d = sample.rows - (mu if own.means else sample.mean)
    scores = np.stack([vech(np.outer(row, row) - sigma) for row in d])
    scores = np.concatenate([d, scores], axis=1) if own.means else scores
    scores = scores @ own.weight(theta) @ own.delta(theta)
    if design == "clusters":
        sums = np.stack([scores[sample.clusters == c].sum(axis=0) for c in range(10)])
        expected = 10 / 9 * sums.T @ sums
    else:
        expected = (scores * sample.squared[:, None]).T @ scores
    np.testing.assert_allclose(own.meat(theta), expected / sample.n, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("design", DESIGNS)
def test_trace_of_the_unrestricted_model_is_that_of_its_matrices(block, design):
    own = in_design(block[0], design)
    assert own.trace_saturated() == pytest.approx(np.trace(own.sample_weight() @ own.gamma), rel=1e-10)
