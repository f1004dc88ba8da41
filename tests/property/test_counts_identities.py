"""Identities of counts and moments on any small table."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak
from akhlak_research.core.errors import DataError
from akhlak_research.counts.moments import as_moments

answers = arrays(
    np.float64, st.tuples(st.integers(6, 30), st.just(4)), elements=st.sampled_from([1.0, 2, 3, 4, np.nan])
)


def frame_of(values) -> pd.DataFrame:
    return pd.DataFrame(values, columns=list("abcd"))


def moments_or_none(items, **options):
    try:
        return as_moments(items, allow_constant=True, **options)
    except DataError:
        return None


def same(a, b, tolerance=1e-10):
    if a is None or b is None:
        assert a is None and b is None
        return
    np.testing.assert_allclose(a.mean, b.mean, atol=tolerance)
    np.testing.assert_allclose(a.cov, b.cov, atol=tolerance)
    np.testing.assert_allclose(a.correlation, b.correlation, atol=1e-7)
    assert a.constant == b.constant


@settings(deadline=None, max_examples=60)
@given(answers, st.integers(0, 2**31), st.sampled_from(["listwise", "pairwise"]))
def test_row_order_never_matters(values, seed, missing):
    order = np.random.default_rng(seed).permutation(len(values))
    assert ak.count_responses(frame_of(values)).equals(ak.count_responses(frame_of(values[order])))
    same(moments_or_none(frame_of(values), missing=missing), moments_or_none(frame_of(values[order]), missing=missing))


@settings(deadline=None, max_examples=60)
@given(answers, st.integers(1, 29))
def test_any_split_adds_up(values, cut):
    whole = ak.count_responses(frame_of(values), scale=(1, 4))
    parts = [part for part in (values[:cut], values[cut:]) if len(part)]
    assert sum(ak.count_responses(frame_of(part), scale=(1, 4)) for part in parts).equals(whole)


@settings(deadline=None, max_examples=60)
@given(answers, st.sampled_from(["listwise", "pairwise"]))
def test_counts_and_rows_agree(values, missing):
    frame = frame_of(values)
    same(moments_or_none(frame, missing=missing), moments_or_none(ak.count_responses(frame), missing=missing))


@settings(deadline=None, max_examples=60)
@given(answers, st.data(), st.sampled_from(["listwise", "pairwise"]))
def test_frequency_k_is_k_rows(values, data, missing):
    k = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values))))
    if k.sum() == 0:
        return
    frame = frame_of(values)
    repeated = frame.loc[frame.index.repeat(k)].reset_index(drop=True)
    a, b = moments_or_none(frame, frequencies=k, missing=missing), moments_or_none(repeated, missing=missing)
    same(a, b)
    if a is not None:
        assert (a.n, a.inputs.n_rows) == (b.n, b.inputs.n_rows)
        np.testing.assert_array_equal(a.n_pair, b.n_pair)


@settings(deadline=None, max_examples=60)
@given(answers, st.floats(0.01, 100), st.sampled_from(["listwise", "pairwise"]))
def test_the_scale_of_weights_changes_nothing(values, scale, missing):
    w = np.linspace(0.5, 2, len(values))
    frame = frame_of(values)
    same(
        moments_or_none(frame, weights=w, missing=missing),
        moments_or_none(frame, weights=w * scale, missing=missing),
        1e-9,
    )
    same(
        moments_or_none(frame, weights=np.full(len(w), scale), missing=missing), moments_or_none(frame, missing=missing)
    )


@settings(deadline=None, max_examples=60)
@given(answers)
def test_listwise_is_dropping_first_and_turning_twice_is_nothing(values):
    frame = frame_of(values)
    same(moments_or_none(frame), moments_or_none(frame.dropna()) if len(frame.dropna()) else None)
    keys, scale = {"b": -1, "d": -1}, (1, 4)
    once = moments_or_none(frame, keys=keys, scale=scale)
    twice = moments_or_none(frame.assign(b=5 - frame["b"], d=5 - frame["d"]), keys=keys, scale=scale)
    same(twice, moments_or_none(frame))
    if once is not None:
        turned = np.array([1, -1, 1, -1])
        np.testing.assert_allclose(once.cov, moments_or_none(frame).cov * np.outer(turned, turned), atol=1e-10)
