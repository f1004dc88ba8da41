"""Identities of thresholds, polychoric correlations and their covariance."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.measure.polychoric import casewise
from akhlak_research.measure.polychoric.ordinal_moments import ordinal_moments

NAMES = ["a", "b", "c", "d"]
MISSING = st.sampled_from(["listwise", "pairwise"])


@st.composite
def answers(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, k = draw(st.integers(80, 160)), draw(st.integers(2, 5))
    latent = rng.uniform(0.2, 0.8) * rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))
    codes = np.digitize(latent, np.linspace(-1, 1, k - 1)).astype(float)
    codes[:, 0] = np.minimum(codes[:, 0], 1)  # items differ in their categories
    codes[:20] = rng.permuted(np.tile(np.arange(20)[:, None] % k, 4), axis=0)
    codes[:20, 0] = np.minimum(codes[:20, 0], 1)
    holes = rng.uniform(size=(n, 4)) < draw(st.sampled_from([0.0, 0.15]))
    holes[:20] = False
    return np.where(holes, np.nan, codes)


def same(one, other):
    np.testing.assert_allclose(one.statistics, other.statistics, rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.gamma, other.gamma, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(one.gamma_diagonal, np.diag(other.gamma), rtol=1e-7, atol=1e-7)


@settings(max_examples=30)
@given(answers(), MISSING, st.sampled_from(["none", "frequency", "sampling"]))
def test_errors_are_those_of_polychoric(codes, missing, weighting):
    """polychoric works from tables, the moments from rows; its errors carry n / (n − 1)."""
    w = np.random.default_rng(2).integers(1, 4, len(codes)).astype(float)
    given = {"none": {}, "frequency": {"frequencies": w}, "sampling": {"weights": w + 0.3}}[weighting]
    found = ak.polychoric(pd.DataFrame(codes, columns=NAMES), missing=missing, **given)
    weights = next(iter(given.values()), None)
    moments = ordinal_moments(codes, NAMES, weights=weights, weighting=weighting, missing=missing)
    np.testing.assert_allclose(moments.correlation, found.correlations, rtol=0, atol=1e-9)
    at = np.triu_indices(4, 1)
    n = found.n_pair.to_numpy()[at]
    np.testing.assert_array_equal(n, moments.n_pair[at])
    se = np.sqrt(moments.gamma_diagonal[-6:] / moments.n * n / (n - 1))
    np.testing.assert_allclose(se, found.standard_errors.to_numpy()[at], rtol=1e-6)


@settings(max_examples=20)
@given(answers(), MISSING, st.integers(0, 99))
def test_frequencies_are_rows_and_order_is_nothing(codes, missing, seed):
    rng = np.random.default_rng(seed)
    k = rng.integers(1, 4, len(codes))
    counted = ordinal_moments(codes, NAMES, weights=k, weighting="frequency", missing=missing)
    rows = rng.permutation(np.repeat(np.arange(len(codes)), k))
    repeated = ordinal_moments(codes[rows], NAMES, missing=missing)
    same(counted, repeated)
    assert counted.n == repeated.n and counted.n_rows == repeated.n_rows
    np.testing.assert_array_equal(counted.n_pair, repeated.n_pair)


@settings(max_examples=20)
@given(answers(), MISSING, st.floats(0.01, 100))
def test_sampling_weights_have_no_scale(codes, missing, scale):
    w = np.random.default_rng(1).uniform(0.5, 3, len(codes))
    options = {"weighting": "sampling", "missing": missing}
    same(
        ordinal_moments(codes, NAMES, weights=w, **options), ordinal_moments(codes, NAMES, weights=w * scale, **options)
    )
    flat = ordinal_moments(codes, NAMES, weights=np.full(len(codes), scale), **options)
    same(flat, ordinal_moments(codes, NAMES, missing=missing))


@settings(max_examples=20)
@given(answers(), MISSING)
def test_everyone_a_cluster_is_no_cluster(codes, missing):
    alone = ordinal_moments(codes, NAMES, missing=missing, clusters=np.arange(len(codes)))
    plain = ordinal_moments(codes, NAMES, missing=missing)
    g = alone.n_clusters
    np.testing.assert_allclose(alone.gamma, plain.gamma * g / (g - 1), rtol=1e-7, atol=1e-7)


def test_clusters_are_added_before_squaring():
    """Each person twice, in a cluster of two: twice the rows, the same people, so the same sampling covariance."""
    rng = np.random.default_rng(3)
    codes = np.digitize(rng.normal(size=(300, 1)) + rng.normal(size=(300, 4)), [-1, 0, 1])
    once = ordinal_moments(codes, NAMES)
    label = np.repeat([f"p{i}" for i in range(300)], 2)
    twice = ordinal_moments(np.repeat(codes, 2, axis=0), NAMES, clusters=label)
    np.testing.assert_allclose(twice.gamma / 600 * 299 / 300, once.gamma / 300, rtol=1e-9)
    counted = ordinal_moments(
        codes, NAMES, weights=np.full(300, 2), weighting="frequency", clusters=np.arange(300)
    )  # fmt: skip
    np.testing.assert_allclose(counted.gamma, twice.gamma, rtol=1e-9)


@pytest.mark.parametrize("clustered", [False, True])
def test_batches_add_up(monkeypatch, clustered):
    rng = np.random.default_rng(5)
    codes = np.digitize(rng.normal(size=(1500, 1)) + rng.normal(size=(1500, 6)), [-1.5, -0.5, 0.5, 1.5])
    clusters = rng.integers(0, 40, 1500) if clustered else None
    names = list("abcdef")
    whole = ordinal_moments(codes, names, clusters=clusters).gamma
    monkeypatch.setattr(casewise, "BATCH", 1)
    np.testing.assert_allclose(ordinal_moments(codes, names, clusters=clusters).gamma, whole, rtol=1e-10, atol=1e-12)


def test_what_is_refused():
    rng = np.random.default_rng(5)
    codes = np.digitize(rng.normal(size=(100, 3)), [-0.5, 0.5]).astype(float)
    names = ["a", "b", "c"]
    twin = np.column_stack([codes, codes[:, 0]])
    with pytest.raises(MethodError) as caught:
        ordinal_moments(twin, [*names, "d"])
    assert caught.value.code == "perfect_association" and caught.value.values["pairs"] == ("a × d",)
    constant, empty, measured = codes.copy(), codes.copy(), codes.copy()
    constant[:, 1], empty[:, 2], measured[:, 0] = 1, np.nan, rng.normal(size=100)
    for bad, code in ((constant, "constant_item"), (empty, "all_missing"), (measured, "not_categorical")):
        with pytest.raises(DataError) as fault:
            ordinal_moments(bad, names)
        assert fault.value.code == code and fault.value.hint
    with pytest.raises(DataError, match="too_few_clusters"):
        ordinal_moments(codes, names, clusters=np.zeros(100))
