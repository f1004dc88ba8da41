"""Identities of polychoric correlations."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.measure.polychoric.two_step import cell_probabilities, maximise, thresholds


@st.composite
def frames(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, p, k = draw(st.integers(60, 150)), draw(st.integers(2, 5)), draw(st.integers(2, 6))
    latent = rng.uniform(0.2, 1) * rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    codes = np.digitize(latent, np.sort(rng.normal(size=k - 1))).astype(float)
    codes[:k] = np.arange(k)[:, None]  # every category somewhere, so no item is constant
    holes = rng.uniform(size=(n, p)) < draw(st.sampled_from([0.0, 0.1]))
    holes[:k] = False
    return pd.DataFrame(np.where(holes, np.nan, codes), columns=list("abcde")[:p])


def same(one, other, atol=1e-9):
    """1e-9: each search stops within about 1e-14 of its maximum, but near ±1 the likelihood is flat."""
    np.testing.assert_allclose(one.correlations, other.correlations, rtol=0, atol=atol)
    np.testing.assert_allclose(one.thresholds, other.thresholds, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.standard_errors, other.standard_errors, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(one.threshold_errors, other.threshold_errors, rtol=1e-9, atol=1e-12)


MISSING = st.sampled_from(["listwise", "pairwise"])


@settings(max_examples=25)
@given(frames(), MISSING, st.integers(0, 99))
def test_order_of_rows_and_items(frame, missing, seed):
    rng = np.random.default_rng(seed)
    items = list(rng.permutation(frame.columns))
    found = ak.polychoric(frame, missing=missing)
    moved = ak.polychoric(frame.iloc[rng.permutation(len(frame))][items], missing=missing)
    np.testing.assert_allclose(moved.correlations, found.correlations.loc[items, items], rtol=0, atol=1e-9)
    np.testing.assert_allclose(moved.standard_errors, found.standard_errors.loc[items, items], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(moved.thresholds, found.thresholds.loc[items], rtol=0, atol=1e-13)


@settings(max_examples=25)
@given(frames(), MISSING, st.integers(0, 99))
def test_frequencies_are_rows(frame, missing, seed):
    k = np.random.default_rng(seed).integers(0, 4, len(frame))
    k[:8] = 1
    rows = frame.loc[np.repeat(frame.index, k)].reset_index(drop=True)
    counted, repeated = ak.polychoric(frame, frequencies=k, missing=missing), ak.polychoric(rows, missing=missing)
    same(counted, repeated)
    assert counted.n == repeated.n and counted.n_pair.equals(repeated.n_pair)


@settings(max_examples=25)
@given(frames(), MISSING, st.floats(0.01, 100))
def test_sampling_weights_have_no_scale(frame, missing, scale):
    w = np.random.default_rng(1).uniform(0.5, 3, len(frame))
    same(ak.polychoric(frame, weights=w, missing=missing), ak.polychoric(frame, weights=w * scale, missing=missing))
    equal = ak.polychoric(frame, weights=np.full(len(frame), scale), missing=missing)
    same(equal, ak.polychoric(frame, missing=missing))


@settings(max_examples=25)
@given(frames(), MISSING)
def test_counts_are_enough(frame, missing):
    half = len(frame) // 2
    counts = ak.count_responses(frame.iloc[:half]) + ak.count_responses(frame.iloc[half:])
    whole = ak.polychoric(frame, missing=missing)
    added = ak.polychoric(counts, missing=missing)
    assert whole.correlations.equals(added.correlations) and whole.standard_errors.equals(added.standard_errors)


@settings(max_examples=15)
@given(frames())
def test_listwise_is_dropping_first(frame):
    same(ak.polychoric(frame), ak.polychoric(frame.dropna(), missing="pairwise"))


def test_by_is_the_subset():
    rng = np.random.default_rng(2)
    latent = rng.normal(size=(300, 1)) + rng.normal(size=(300, 3))
    frame = pd.DataFrame(np.digitize(latent, [-1, 0, 1]), columns=list("abc"))
    frame["g"] = np.where(rng.uniform(size=300) < 0.4, "x", "y")
    groups = ak.polychoric(frame, by="g")
    counted = ak.polychoric(ak.count_responses(frame, by="g"), by="g")
    for label in ("x", "y"):
        alone = ak.polychoric(frame[frame["g"] == label].drop(columns="g"))
        same(groups[label], alone)
        same(counted[label], alone)
    assert next(iter(groups.table().columns)) == "g"


def test_integer_sampling_weights_repeat_rows_for_estimates_only():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(0, 3, (200, 3)), columns=list("abc"))
    k = rng.integers(1, 4, 200)
    sampled, repeated = ak.polychoric(frame, weights=k), ak.polychoric(frame, frequencies=k)
    np.testing.assert_allclose(sampled.correlations, repeated.correlations, atol=1e-12)
    assert sampled.standard_errors.loc["a", "b"] > repeated.standard_errors.loc["a", "b"] * 1.2
    assert sampled.n == 200 and repeated.n == pytest.approx(k.sum())


@st.composite
def sparse_tables(draw):
    """Small, strongly associated tables with empty cells, empty categories and now and then an outlier."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    k, n = draw(st.integers(2, 6)), draw(st.integers(4, 60))
    rho = draw(st.sampled_from([-0.999, -0.9, -0.3, 0.0, 0.5, 0.95, 0.9999]))
    z = rng.normal(size=(n, 2))
    z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
    z[: draw(st.integers(0, 1))] = (3, -3)
    table = np.zeros((1, k, k))
    cuts = np.sort(rng.normal(size=(2, k - 1)), axis=1)
    np.add.at(table[0], tuple(np.digitize(z[:, i], cuts[i]) for i in (0, 1)), 1)
    for axis in (1, 2):  # both items need two categories
        assume((table.sum(axis=axis) > 0).sum() > 1)
    return table


@settings(max_examples=60)
@given(sparse_tables())
def test_nothing_on_a_grid_is_more_likely(table):
    tau_a, tau_b = thresholds(table.sum(axis=2)), thresholds(table.sum(axis=1))
    found = maximise(tau_a, tau_b, table)
    edge = 1 - np.logspace(-2, -8, 13)
    grid = np.concatenate([-edge, np.linspace(-0.99, 0.99, 67), edge])

    def loglik(rho):
        shape = (len(rho), *table.shape[1:])
        there = np.broadcast_to(table > 0, shape)
        p = cell_probabilities(np.tile(tau_a, (len(rho), 1)), np.tile(tau_b, (len(rho), 1)), rho, there)
        return (table * np.log(np.where(there, p, 1.0))).sum(axis=(1, 2))

    on_grid = loglik(grid)
    if found.at_bound[0]:
        assert np.sign(grid[np.argmax(on_grid)]) == found.rho[0]
        assert loglik(found.rho * (1 - 1e-8))[0] >= on_grid.max() - 1e-6
    else:
        assert loglik(found.rho)[0] >= on_grid.max() - 1e-9


@settings(max_examples=10)
@given(frames(), MISSING, st.integers(0, 99))
def test_reliability_of_ordered_answers(frame, missing, seed):
    """Order, frequencies and the scale of weights, for ordinal alpha and categorical omega."""
    assume(frame.shape[1] > 2)
    rng = np.random.default_rng(seed)
    k = rng.integers(1, 4, len(frame))
    rows = rng.permutation(np.repeat(frame.index, k))
    w = rng.uniform(0.5, 2, len(frame))
    for function in (ak.ordinal_alpha, ak.categorical_omega):
        counted, repeated = function(frame, frequencies=k, missing=missing), function(frame.loc[rows], missing=missing)
        weighted, scaled = (function(frame, weights=w * c, missing=missing) for c in (1, 17.0))
        for one, other in ((counted, repeated), (weighted, scaled)):
            assert one.n == other.n
            np.testing.assert_allclose(one.table()["estimate"], other.table()["estimate"], rtol=0, atol=1e-7)
            np.testing.assert_allclose(one.table()["std_error"], other.table()["std_error"], rtol=1e-4)
