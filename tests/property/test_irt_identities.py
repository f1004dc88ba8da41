"""Identities of item response models on any table of answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak

MODELS = st.sampled_from(["grm", "gpcm", "pcm", "rsm"])
seeds = st.integers(0, 2**31)
few = settings(deadline=None, max_examples=8)
# parameters of small samples stand on flat tops: the same likelihood leaves them 1e-5 apart
CLOSE = {"atol": 1e-4, "rtol": 1e-4}


def table(seed, n=150) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, 1)) + rng.standard_normal((n, 4))
    frame = pd.DataFrame(np.digitize(latent, [-0.8, 0.6]) + 1.0, columns=list("abcd"))
    frame.iloc[rng.integers(0, n, 10), 1] = np.nan
    return frame


@few
@given(seeds, MODELS)
def test_rows_and_items_in_any_order(seed, model):
    frame = table(seed)
    fit = ak.irt(frame, model)
    order = np.random.default_rng(seed).permutation(len(frame))
    shuffled = ak.irt(frame.iloc[order][list("dbca")], model)
    assert shuffled.loglik == pytest.approx(fit.loglik, abs=1e-7)
    pd.testing.assert_frame_equal(shuffled.parameters.loc[list("abcd")], fit.parameters, **CLOSE)
    pd.testing.assert_frame_equal(shuffled.standard_errors.loc[list("abcd")], fit.standard_errors, **CLOSE)
    pd.testing.assert_frame_equal(shuffled.scores.loc[frame.index], fit.scores, **CLOSE)


@few
@given(seeds, MODELS)
def test_frequencies_are_rows(seed, model):
    frame = table(seed)
    times = np.random.default_rng(seed).integers(0, 4, len(frame))
    long = frame.loc[frame.index.repeat(times)].reset_index(drop=True)
    counted, repeated = ak.irt(frame, model, frequencies=times), ak.irt(long, model)
    assert counted.loglik == pytest.approx(repeated.loglik, abs=1e-7)
    assert (counted.n, counted.aic, counted.bic) == pytest.approx((repeated.n, repeated.aic, repeated.bic))
    pd.testing.assert_frame_equal(counted.parameters, repeated.parameters, **CLOSE)
    pd.testing.assert_frame_equal(counted.standard_errors, repeated.standard_errors, **CLOSE)
    for function in (ak.irt_item_fit, ak.irt_model_fit, ak.local_dependence, ak.irt_categories, ak.irt_reliability,
                     ak.irt_scores, ak.irt_person_fit):  # fmt: skip
        pd.testing.assert_frame_equal(function(counted).table(), function(repeated).table(), **CLOSE)


@few
@given(seeds, MODELS)
def test_scale_of_sampling_weights(seed, model):
    frame = table(seed)
    weights = np.random.default_rng(seed).uniform(0.5, 3, len(frame))
    one, other = ak.irt(frame, model, weights=weights), ak.irt(frame, model, weights=7 * weights)
    assert one.loglik == pytest.approx(other.loglik, abs=1e-7)
    pd.testing.assert_frame_equal(one.parameters, other.parameters, **CLOSE)
    pd.testing.assert_frame_equal(one.standard_errors, other.standard_errors, **CLOSE)
    whole = np.random.default_rng(seed).integers(1, 4, len(frame))
    repeated = ak.irt(frame.loc[frame.index.repeat(whole)].reset_index(drop=True), model, errors="none")
    pd.testing.assert_frame_equal(ak.irt(frame, model, weights=whole).parameters, repeated.parameters, **CLOSE)
    equal = ak.irt(frame, model, weights=np.full(len(frame), 2.0))
    plain = ak.irt(frame, model, errors="sandwich")
    pd.testing.assert_frame_equal(equal.standard_errors, plain.standard_errors, **CLOSE)


@few
@given(seeds, MODELS)
def test_listwise_is_dropped_first_and_by_is_subset(seed, model):
    frame = table(seed)
    listwise, dropped = ak.irt(frame, model, missing="listwise"), ak.irt(frame.dropna(), model)
    assert listwise.loglik == pytest.approx(dropped.loglik, abs=1e-8)
    group = pd.Series(np.arange(len(frame)) % 2, index=frame.index)
    parts = ak.irt(frame, model, by=group)
    assert parts[1].loglik == pytest.approx(ak.irt(frame[group == 1], model).loglik, abs=1e-8)
    apart = ak.irt(frame, model, group=group, anchors="none")
    assert apart.loglik == pytest.approx(parts[0].loglik + parts[1].loglik, abs=1e-6)
