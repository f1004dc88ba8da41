"""Parallel analysis: rules, seeds, what n the noise has."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.measure.noise import permuted_correlations, simulated_correlations


@pytest.fixture
def two():
    rng = np.random.default_rng(5)
    common = np.repeat(rng.normal(size=(300, 2)), 4, axis=1)
    return pd.DataFrame(common + rng.normal(size=(300, 8)), columns=list("abcdefgh"))


def test_two_factors_are_seen_and_the_rules_are_stated(two):
    found = ak.parallel_analysis(two, n_iter=200, rng=1)
    assert (found.n_components, found.n_factors) == (2, 2)
    table = found.table()
    assert list(table.columns) == ["basis", "rank", "eigenvalue", "reference_mean", "reference_percentile", "retained"]
    assert len(table) == 16 and table["retained"].sum() == 4
    kept = table[table["retained"]]
    assert (kept["eigenvalue"] > kept["reference_percentile"]).all()
    assert (table["reference_percentile"] > table["reference_mean"]).all()
    assert found.n_components_mean >= found.n_components
    assert (found.n, found.seed, found.n_iter, found.percentile) == (300, 1, 200, 95.0)


def test_the_count_ends_at_the_first_failure(two):
    """A later eigenvalue above its reference does not count."""
    from akhlak_research.measure.parallel import _leading

    compared = pd.DataFrame({"eigenvalue": [3.0, 1.0, 1.1, 0.5], "x": [1.5, 1.2, 1.0, 0.4]})
    assert _leading(compared, "x") == 1
    assert _leading(compared.assign(x=0.0), "x") == 4
    assert _leading(compared.assign(x=9.0), "x") == 0


def test_a_seed_repeats_and_a_fresh_one_is_told(two):
    first, again = (ak.parallel_analysis(two, n_iter=50, rng=9) for _ in range(2))
    pd.testing.assert_frame_equal(first.table(), again.table())
    fresh = ak.parallel_analysis(two, n_iter=50)
    pd.testing.assert_frame_equal(fresh.table(), ak.parallel_analysis(two, n_iter=50, rng=fresh.seed).table())
    assert ak.parallel_analysis(two, n_iter=50, rng=np.random.default_rng(1)).seed is None


def test_missing_answers_name_the_n_of_the_noise(two):
    holes = two.mask(np.random.default_rng(1).random(two.shape) < 0.1)
    listwise = ak.parallel_analysis(holes, n_iter=20, rng=1)
    assert listwise.n == len(holes.dropna()) and not listwise.notices
    pairwise = ak.parallel_analysis(holes, n_iter=20, rng=1, missing="pairwise")
    there = holes.notna().to_numpy().astype(int)
    pairs = (there.T @ there)[np.triu_indices(8, 1)]
    assert pairwise.n == round(1 / np.mean(1 / pairs))
    assert pairwise.notices[0].code == "noise_n_pairwise"
    assert ak.parallel_analysis(holes, n_iter=20, rng=1, missing="pairwise", n=150).n == 150


def test_unequal_weights_cost_people(two):
    weights = np.r_[np.full(150, 1.0), np.full(150, 3.0)]
    found = ak.parallel_analysis(two, n_iter=20, rng=1, weights=weights)
    assert found.n == round(600**2 / (150 * 1 + 150 * 9)) and found.notices[0].code == "noise_n_weighted"
    assert ak.parallel_analysis(two, n_iter=20, rng=1, weights=np.full(300, 7.0)).n == 300
    coded = two.round().clip(-3, 3) + 4
    counts = ak.count_responses(coded, weights=weights)
    with pytest.raises(MethodError, match="weighted_needs_n"):
        ak.parallel_analysis(counts, n_iter=20, rng=1)
    assert ak.parallel_analysis(counts, n_iter=20, rng=1, n=240).n == 240


def test_shuffling_refuses_what_it_cannot_do(two):
    holes = two.mask(two > 2.5)
    weights = np.ones(300)
    cases = [
        (two, {"weights": weights}, "permutation_weighted"),
        (holes, {"missing": "pairwise"}, "permutation_incomplete"),
        (ak.count_responses(two.round().clip(-3, 3)), {}, "permutation_needs_rows"),
        (two, {"n": 100}, "n_for_permutation"),
    ]
    for items, options, code in cases:
        with pytest.raises((MethodError, ArgumentError), match=code):
            ak.parallel_analysis(items, n_iter=5, rng=1, method="permutation", **options)


def test_shuffling_counts_frequencies_as_rows(two):
    k = np.arange(300) % 3
    by_frequency = ak.parallel_analysis(two, n_iter=30, rng=4, method="permutation", frequencies=k)
    repeated = two.loc[two.index.repeat(k)].reset_index(drop=True)
    by_rows = ak.parallel_analysis(repeated, n_iter=30, rng=4, method="permutation")
    assert by_frequency.n == by_rows.n == k.sum()
    pd.testing.assert_frame_equal(by_frequency.table(), by_rows.table(), atol=1e-8)


def test_a_matrix_without_inverse(two):
    doubled = two.assign(copy=two["a"])
    assert ak.parallel_analysis(doubled, n_iter=20, rng=1).n_components >= 2
    with pytest.raises(MethodError, match="not_positive_definite"):
        ak.parallel_analysis(doubled, n_iter=20, rng=1, communalities="smc")


@pytest.mark.parametrize(
    "options",
    [{"n_iter": 0}, {"percentile": 0.95}, {"percentile": 100}, {"method": "bootstrap"}, {"communalities": "one"},
     {"n": 2}, {"rng": -1}],
)  # fmt: skip
def test_wrong_requests(two, options):
    with pytest.raises(ArgumentError):
        ak.parallel_analysis(two, **{"n_iter": 10, **options})


@pytest.mark.parametrize("n", [5, 12, 200])
def test_simulated_matrices_are_those_of_drawn_rows(n):
    """Same law as correlations of n normal rows, also with fewer rows than items: means of squared correlations are
    1 / (n − 1), within 4 standard errors."""
    draws = np.concatenate(list(simulated_correlations(n, 8, 4000, np.random.default_rng(6))))
    np.testing.assert_allclose(np.diagonal(draws, axis1=1, axis2=2), 1, atol=1e-12)
    squares = draws[:, *np.triu_indices(8, 1)] ** 2
    error = squares.std() / np.sqrt(squares.size)
    assert abs(squares.mean() - 1 / (n - 1)) < 4 * error
    assert np.linalg.matrix_rank(draws[0]) == min(n - 1, 8)


def test_batches_add_up_to_the_number_asked():
    for n_iter in (1, 249, 250, 501):
        assert sum(len(b) for b in simulated_correlations(30, 4, n_iter, np.random.default_rng(1))) == n_iter
    values = np.random.default_rng(2).normal(size=(40, 3))
    assert sum(len(b) for b in permuted_correlations(values, 23, np.random.default_rng(1))) == 23
