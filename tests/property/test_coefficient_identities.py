"""Identities of lambdas, split halves, the greatest lower bound, composites and errors of measurement."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak

codes = [1.0, 2, 3, 4]
answers = arrays(
    np.float64, st.tuples(st.integers(10, 30), st.just(4)), elements=st.sampled_from([*codes, *codes, *codes, np.nan])
)
seeds = st.integers(0, 2**31)
missing = st.sampled_from(["listwise", "pairwise"])
quick = settings(deadline=None, max_examples=25)


FUNCTIONS = {
    "lambdas": ak.guttman_lambdas,
    "halves": ak.split_half,
    "glb": ak.greatest_lower_bound,
    "error": lambda items, **options: ak.measurement_error(items, coefficient="alpha", **options),
}


def frame_of(values) -> pd.DataFrame:
    return pd.DataFrame(values, columns=list("abcd"))


def numbers(function, items, **options):
    """The table of a result, or the code of the refusal."""
    try:
        return function(items, **options).table().select_dtypes("number")
    except ak.AkhlakError as error:
        return error.code


# the glb is proven to 1e-7; errors are square roots, in which rounding of 1e-16 shows as 1e-8
def same(a, b, columns=None):
    if isinstance(a, str) or isinstance(b, str):
        assert isinstance(a, str) and isinstance(b, str) and a == b, (a, b)
        return
    a, b = (a, b) if columns is None else (a[columns], b[columns])
    np.testing.assert_allclose(a.to_numpy(float), b.to_numpy(float), atol=2e-6, rtol=1e-5)


@pytest.mark.parametrize("name", FUNCTIONS)
@quick
@given(answers, seeds, missing)
def test_row_order_never_matters(name, values, seed, missing):
    order = np.random.default_rng(seed).permutation(len(values))
    function = FUNCTIONS[name]
    same(
        numbers(function, frame_of(values), missing=missing),
        numbers(function, frame_of(values[order]), missing=missing),
    )


@pytest.mark.parametrize("name", ["lambdas", "glb", "error"])
@quick
@given(answers, seeds, missing)
def test_item_order_never_matters(name, values, seed, missing):
    names, function = list(np.random.default_rng(seed).permutation(list("abcd"))), FUNCTIONS[name]
    frame = frame_of(values)
    same(numbers(function, frame, missing=missing), numbers(function, frame[names], missing=missing))


@pytest.mark.parametrize("name", FUNCTIONS)
@quick
@given(answers)
def test_listwise_is_dropping_rows_first(name, values):
    frame = frame_of(values)
    if len(frame.dropna()) >= 2:
        same(numbers(FUNCTIONS[name], frame), numbers(FUNCTIONS[name], frame.dropna()))


@pytest.mark.parametrize("name", FUNCTIONS)
@quick
@given(answers, seeds, missing)
def test_frequency_k_is_k_rows(name, values, seed, missing):
    times = np.random.default_rng(seed).integers(0, 4, len(values))
    if times.sum() < 2:
        return
    repeated = frame_of(np.repeat(values, times, axis=0))
    same(
        numbers(FUNCTIONS[name], frame_of(values), frequencies=times, missing=missing),
        numbers(FUNCTIONS[name], repeated, missing=missing),
    )


@pytest.mark.parametrize("name", FUNCTIONS)
@quick
@given(answers, seeds, missing, st.floats(1e-3, 1e3))
def test_the_scale_of_sampling_weights_never_matters(name, values, seed, missing, factor):
    w, frame = np.random.default_rng(seed).uniform(0.2, 3, len(values)), frame_of(values)
    function = FUNCTIONS[name]
    same(
        numbers(function, frame, weights=w, missing=missing),
        numbers(function, frame, weights=factor * w, missing=missing),
    )


@pytest.mark.parametrize("name", FUNCTIONS)
@quick
@given(answers, missing)
def test_counts_give_the_estimates_of_rows(name, values, missing):
    frame = frame_of(values)
    counts = ak.count_responses(frame, scale=(1, 4))
    ours, theirs = (numbers(FUNCTIONS[name], items, missing=missing) for items in (frame, counts))
    if not isinstance(ours, str):
        same(ours, theirs, ["estimate"])


@quick
@given(answers, seeds)
def test_bounds_stand_in_their_order(values, seed):
    frame = frame_of(values).dropna()
    try:
        found, bound = ak.guttman_lambdas(frame, halves="any"), ak.greatest_lower_bound(frame)
    except ak.AkhlakError:
        return
    value = {name: float(estimate.estimate) for name, estimate in found.raw.items()}
    assert value["lambda3"] <= value["lambda2"] + 1e-12
    assert value["lambda1"] <= value["lambda2"] + 1e-12
    if not isinstance(bound.raw, ak.Unavailable):
        # the bound is over error variances that are not negative; λ2 and λ4 need no such condition, but never exceed it
        assert max(value["lambda2"], value["lambda4"]) <= bound.estimate + 1e-6
