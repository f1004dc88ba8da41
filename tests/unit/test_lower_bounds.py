"""Guttman's lambdas, split halves and the greatest lower bound: kernels, what does not exist, records."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure import lambda_kernels, split_kernels
from akhlak_research.measure.alpha_kernels import alpha_of
from akhlak_research.measure.bound_kernels import largest_errors


def covariance(k, n=60, seed=0):
    rng = np.random.default_rng(seed)
    return np.cov((rng.normal(size=(n, 1)) + rng.normal(size=(n, k)) * rng.uniform(0.5, 2, k)).T)


def answers(k=6, n=80, seed=0):
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    return pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0, columns=[f"x{i}" for i in range(k)])


def numerical_gradient(function, cov, step=1e-6):
    gradient = np.zeros_like(cov)
    for i, j in itertools.product(range(len(cov)), repeat=2):
        e = np.zeros_like(cov)
        e[i, j] += step / 2
        e[j, i] += step / 2
        gradient[i, j] = (function(cov + e) - function(cov - e)) / (2 * step)
    return gradient


@pytest.mark.parametrize("name", ["lambda1", "lambda2", "lambda6"])
def test_gradients_of_lambdas(name):
    cov = covariance(5)
    expected = numerical_gradient(getattr(lambda_kernels, name), cov)
    np.testing.assert_allclose(getattr(lambda_kernels, f"{name}_gradient")(cov), expected, atol=1e-8)


@pytest.mark.parametrize("k", [4, 5])
def test_gradients_of_splits(k):
    cov = covariance(k)
    signs = split_kernels.all_splits(k, "equal")
    shares = np.random.default_rng(1).random(len(signs))
    for name in ("flanagan_rulon", "spearman_brown"):
        expected = numerical_gradient(lambda S, name=name: getattr(split_kernels.halved(S, signs), name) @ shares, cov)
        got = getattr(split_kernels, f"{name}_gradient")(cov, signs, shares)
        np.testing.assert_allclose(got, expected, atol=1e-8)
    expected = numerical_gradient(split_kernels.mean_flanagan_rulon, cov)
    np.testing.assert_allclose(split_kernels.mean_flanagan_rulon_gradient(cov), expected, atol=1e-8)


@pytest.mark.parametrize("halves", ["equal", "any"])
@pytest.mark.parametrize("k", [2, 3, 4, 5, 7])
def test_every_split_is_listed_once(k, halves):
    signs = split_kernels.all_splits(k, halves)
    assert len(signs) == split_kernels.number_of_splits(k, halves)
    canonical = {tuple(row * row[0]) for row in signs}
    assert len(canonical) == len(signs)
    size = np.abs(signs.sum(axis=1))
    assert (size < k).all() and (halves == "any" or (size <= 1).all())


@pytest.mark.parametrize("k", [2, 5, 6, 9])
def test_closed_mean_over_all_splits(k):
    cov = covariance(k)
    listed = split_kernels.halved(cov, split_kernels.all_splits(k, "equal")).flanagan_rulon.mean()
    assert split_kernels.mean_flanagan_rulon(cov) == pytest.approx(listed, abs=1e-12)
    if k % 2 == 0:
        assert listed == pytest.approx(float(alpha_of(cov)), abs=1e-12)


@pytest.mark.parametrize("halves", ["equal", "any"])
@pytest.mark.parametrize("lowest", [False, True])
def test_search_finds_what_listing_finds(halves, lowest):
    rng = np.random.default_rng(3)
    for seed in range(10):
        cov = covariance(10, seed=seed) + covariance(10, seed=seed + 50)
        listed = split_kernels.halved(cov, split_kernels.all_splits(10, halves)).flanagan_rulon
        starts = split_kernels.random_splits(10, halves, 200, rng)
        assert (np.abs(starts.sum(axis=1)) < 10).all()
        found = split_kernels.improve_splits(cov, starts, halves, lowest=lowest)
        best = split_kernels.halved(cov, found).flanagan_rulon
        if lowest:
            assert best.min() == pytest.approx(listed.min(), abs=1e-12)
        else:
            assert best.max() == pytest.approx(listed.max(), abs=1e-12)


@pytest.mark.parametrize("k", [2, 3, 8, 25])
def test_greatest_lower_bound_meets_its_conditions(k):
    """Feasible: S − D has no negative eigenvalue. Optimal: the dual solution is feasible and its value the same."""
    cov = covariance(k, n=200)
    bound = largest_errors(cov)
    assert (bound.errors >= 0).all()
    assert np.linalg.eigvalsh(cov - np.diag(bound.errors))[0] >= -1e-12 * np.trace(cov)
    assert np.linalg.eigvalsh(bound.dual)[0] >= -1e-9 * np.trace(bound.dual)
    assert np.diag(bound.dual).min() >= 1 - 1e-12
    assert (np.sum(cov * bound.dual) - bound.errors.sum()) / cov.sum() == pytest.approx(bound.gap, abs=1e-12)
    assert bound.gap < 1e-7


def test_greatest_lower_bound_of_two_items_by_hand():
    """Two items: D takes as much from both as leaves c² = (s₁ − d₁)(s₂ − d₂); with equal variances the true parts are
    c each, so glb = 4c/σ²."""
    cov = np.array([[2.0, 0.6], [0.6, 2.0]])
    assert 1 - largest_errors(cov).errors.sum() / cov.sum() == pytest.approx(4 * 0.6 / cov.sum(), abs=1e-8)


def test_greatest_lower_bound_with_repeated_items():
    cov = covariance(4)
    twice = cov[np.ix_([0, 1, 2, 3, 0], [0, 1, 2, 3, 0])]
    bound = largest_errors(twice)
    assert bound.errors[0] == bound.errors[4] == 0
    assert bound.gap < 1e-7
    assert np.linalg.eigvalsh(twice - np.diag(bound.errors))[0] > -1e-10


def test_greatest_lower_bound_of_an_indefinite_matrix_does_not_exist():
    assert largest_errors(np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])) is None


def test_order_of_the_bounds():
    for seed in range(20):
        frame = answers(seed=seed)
        found = ak.guttman_lambdas(frame, halves="any")
        glb = ak.greatest_lower_bound(frame)
        value = {name: estimate.estimate for name, estimate in found.raw.items()}
        assert value["lambda1"] <= value["lambda3"] <= value["lambda2"] + 1e-12
        assert value["lambda4"] <= glb.estimate + 1e-7
        assert value["lambda2"] <= glb.estimate + 1e-7


def test_lambda3_is_alpha_with_its_distribution_free_interval():
    frame = answers()
    alpha, found = ak.cronbach_alpha(frame, interval="adf"), ak.guttman_lambdas(frame)
    assert found["lambda3"].estimate == alpha.estimate
    assert found["lambda3"].interval == alpha.interval
    assert found.standardised["lambda3"].interval == alpha.standardised.interval


def test_what_has_no_interval_says_why():
    found, splits, glb = ak.guttman_lambdas(answers()), ak.split_half(answers()), ak.greatest_lower_bound(answers())
    for value, code in (
        (found["lambda4"], "extreme_split_interval"), (found["lambda5"], "lambda5_interval"),
        (splits["max"], "extreme_split_interval"), (splits.spearman_brown["min"], "extreme_split_interval"),
        (glb, "glb_interval"),
    ):  # fmt: skip
        assert isinstance(value.interval, ak.Unavailable) and value.interval.code == code
    assert [notice.code for notice in glb.notices] == ["glb_leans_upwards"]


def test_many_items_are_searched_and_said_so():
    frame = answers(k=24, n=200)
    found = ak.split_half(frame, rng=1)
    assert not found.exhaustive and found.seed == 1 and found.n_splits == 1352078
    assert [notice.code for notice in found.notices] == ["splits_searched"]
    assert found["min"].estimate < found["mean"].estimate < found["max"].estimate
    assert found["mean"].estimate == pytest.approx(ak.cronbach_alpha(frame).estimate, abs=1e-12)
    assert found["max"].estimate == ak.guttman_lambdas(frame, rng=1)["lambda4"].estimate
    assert ak.split_half(frame, rng=1).table().equals(found.table())


def test_lambda6_needs_an_inverse():
    frame = answers().assign(x9=lambda f: f["x0"])
    assert ak.guttman_lambdas(frame)["lambda6"].code == "lambda6_singular"
    assert ak.guttman_lambdas(frame)["lambda2"].estimate > 0


def test_a_half_that_does_not_vary():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 2], "b": [2, 2, 3, 5, 1], "c": [4, 3, 2, 1, 3]})
    frame["d"] = frame["b"] + frame["c"] * 0 + [1, 0, 1, 1, 0]
    found = ak.split_half(frame[["a", "b", "c", "d"]])  # a + c is always 5
    assert found.spearman_brown["odd_even"].code == "split_constant"
    assert found.spearman_brown["mean"].code == "split_constant"
    assert np.isfinite(found["odd_even"].estimate)


def test_no_covariance_leaves_lambda2_without_error():
    frame = pd.DataFrame(list(itertools.product([1.0, 2.0, 3.0], repeat=3)), columns=list("abc"))
    found = ak.guttman_lambdas(frame)
    assert found["lambda2"].estimate == pytest.approx(0, abs=1e-12)
    assert found["lambda2"].se.code == "no_derivative"


def test_sum_that_does_not_vary_is_refused():
    frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1]})
    for function in (ak.guttman_lambdas, ak.split_half, ak.greatest_lower_bound):
        with pytest.raises(ak.AkhlakError) as caught:
            function(frame)
        assert caught.value.code == "total_constant"


def test_unknown_names_are_refused():
    for call in (
        lambda: ak.guttman_lambdas(answers(), halves="thirds"),
        lambda: ak.guttman_lambdas(answers())["lambda7"],
        lambda: ak.split_half(answers())["third"],
    ):
        with pytest.raises(ak.AkhlakError) as caught:
            call()
        assert caught.value.code == "unknown_choice"


def test_records_are_json_and_tables_tidy():
    for result in (ak.guttman_lambdas(answers()), ak.split_half(answers()), ak.greatest_lower_bound(answers())):
        assert json.loads(json.dumps(result.record()))["kind"] == result.kind
        assert {"estimate", "std_error", "ci_low", "ci_high", "n"} < set(result.table().columns)
        assert result.kind in repr(result)


def test_by_and_sampling_weights():
    frame = answers(n=120)
    group = pd.Series(["x", "y"] * 60, name="half")
    weights = np.random.default_rng(1).uniform(1, 2, 120)
    for function in (ak.guttman_lambdas, ak.split_half, ak.greatest_lower_bound):
        together = function(frame, by=group, weights=weights)
        alone = function(frame[group == "x"], weights=weights[group == "x"])
        pd.testing.assert_frame_equal(together["x"].table(), alone.table())
    found = ak.guttman_lambdas(frame, weights=weights)["lambda2"]
    assert found.interval.method == "linearised"
    counts = ak.count_responses(frame, scale=(1, 5))
    assert ak.guttman_lambdas(counts)["lambda2"].interval.method == "normal-theory"
