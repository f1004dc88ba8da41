"""Identities of alpha, item analysis and omega on any small table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak
from akhlak_research.core.errors import DataError

codes = [1.0, 2, 3, 4]
complete = arrays(np.float64, st.tuples(st.integers(5, 30), st.just(4)), elements=st.sampled_from(codes))
answers = arrays(
    np.float64, st.tuples(st.integers(8, 30), st.just(4)), elements=st.sampled_from([*codes, *codes, np.nan])
)
seeds = st.integers(0, 2**31)
missing = st.sampled_from(["listwise", "pairwise"])
quick = settings(deadline=None, max_examples=50)


def frame_of(values) -> pd.DataFrame:
    return pd.DataFrame(values, columns=list("abcd"))


def alpha(items, **options):
    """The numbers of an alpha, or the code of the refusal."""
    try:
        a = ak.cronbach_alpha(items, **options)
    except DataError as error:
        return error.code
    named = {"n": a.n, "average_r": a.average_r}
    for name, e in (("raw", a.raw), ("standardised", a.standardised)):
        named |= {
            name: e.estimate,
            f"{name}_se": float(e.se),
            f"{name}_low": e.interval.low,
            f"{name}_high": e.interval.high,
        }
    dropped = a.if_dropped.sort_index()
    named |= {f"{c}_{i}": dropped.loc[i, c] for c in dropped.columns for i in dropped.index}
    return pd.Series(named | {f"r_{i}": r for i, r in a.item_rest_r.sort_index().items()})


def table(items, **options):
    try:
        return ak.analyse_items(items, scale=(1, 4), **options).table().set_index("item").sort_index()
    except DataError as error:
        return error.code


def omega(items, **options):
    try:
        one = ak.mcdonald_omega(items, **options).scales[0]
    except DataError as error:
        return error.code
    if isinstance(one.omega, ak.Unavailable):
        return one.omega.code
    low, high = one.interval.low, one.interval.high
    parts = {"omega": one.estimate, "observed": one.observed.estimate, "se": float(one.se), "low": low, "high": high}
    return pd.Series(
        parts | {"n": one.n, "chisq": float(one.chisq), "rmsea": float(one.rmsea), "srmr": float(one.srmr)}
    )


# standard errors are square roots: rounding of 1e-16 in a zero variance shows as 1e-8
def same(a, b, atol=1e-7, only=None):
    if isinstance(a, str) or isinstance(b, str):
        assert isinstance(a, str) and isinstance(b, str) and a == b, (a, b)
        return
    if only is not None:
        a, b = a[only], b[only]
    assert list(a.index) == list(b.index)
    np.testing.assert_allclose(a.to_numpy(float), b.to_numpy(float), atol=atol, rtol=1e-6)


POINTS = ["raw", "standardised", "average_r", *(f"{c}_{i}" for c in ("raw", "standardised", "r") for i in "abcd")]


@quick
@given(answers, seeds, missing)
def test_row_order_never_matters(values, seed, missing):
    order = np.random.default_rng(seed).permutation(len(values))
    same(alpha(frame_of(values), missing=missing), alpha(frame_of(values[order]), missing=missing))
    same(table(frame_of(values), missing=missing), table(frame_of(values[order]), missing=missing))


@quick
@given(complete, seeds)
def test_row_order_never_matters_to_the_bootstrap(values, seed):
    order = np.random.default_rng(seed).permutation(len(values))
    options = {"interval": "bootstrap", "n_boot": 40, "rng": seed}
    same(alpha(frame_of(values), **options), alpha(frame_of(values[order]), **options))


@quick
@given(answers, seeds, missing)
def test_item_order_never_matters(values, seed, missing):
    names = list(np.random.default_rng(seed).permutation(list("abcd")))
    frame = frame_of(values)
    same(alpha(frame, missing=missing), alpha(frame[names], missing=missing))
    same(table(frame, missing=missing), table(frame[names], missing=missing))


@quick
@given(answers)
def test_listwise_is_dropping_rows_first(values):
    frame = frame_of(values)
    whole = frame.dropna()
    if len(whole) < 2:
        return
    same(alpha(frame), alpha(whole))
    same(alpha(frame, interval="bootstrap", n_boot=30, rng=1), alpha(whole, interval="bootstrap", n_boot=30, rng=1))
    ours, dropped = table(frame), table(whole)
    if not isinstance(ours, str):
        ours, dropped = ours.drop(columns="missing"), dropped.drop(columns="missing")
    same(ours, dropped)


@quick
@given(answers, missing)
def test_equal_weights_change_no_point_estimate(values, missing):
    frame, one = frame_of(values), np.ones(len(values))
    same(alpha(frame, missing=missing), alpha(frame, missing=missing, weights=one), only=POINTS)
    # the error from rows is distribution-free either way, so it does not change either
    same(alpha(frame, missing=missing), alpha(frame, missing=missing, weights=one), only=["raw_se", "standardised_se"])


@quick
@given(answers, seeds, missing, st.sampled_from(["feldt", "adf", "normal-theory", "bootstrap"]))
def test_frequency_k_is_k_rows_in_all_outputs(values, seed, missing, interval):
    times = np.random.default_rng(seed).integers(0, 4, len(values))
    if times.sum() < 2:
        return
    frame, repeated = frame_of(values), frame_of(np.repeat(values, times, axis=0))
    options = {"missing": missing, "interval": interval, "n_boot": 30, "rng": 3}
    same(alpha(frame, frequencies=times, **options), alpha(repeated, **options))
    same(table(frame, frequencies=times, missing=missing), table(repeated, missing=missing))


@quick
@given(answers, seeds, missing, st.floats(1e-3, 1e3), st.sampled_from(["adf", "bootstrap"]))
def test_the_scale_of_sampling_weights_never_matters(values, seed, missing, factor, interval):
    weights = np.random.default_rng(seed).uniform(0.2, 3, len(values))
    frame = frame_of(values)
    options = {"missing": missing, "interval": interval, "n_boot": 30, "rng": 3}
    same(alpha(frame, weights=weights, **options), alpha(frame, weights=factor * weights, **options))
    same(table(frame, weights=weights, missing=missing), table(frame, weights=factor * weights, missing=missing))


@quick
@given(answers, seeds)
def test_whole_number_sampling_weights_are_repeated_rows_in_point_estimates_only(values, seed):
    times = np.random.default_rng(seed).integers(1, 4, len(values))
    frame, repeated = frame_of(values), frame_of(np.repeat(values, times, axis=0))
    weighted, longer = alpha(frame, weights=times), alpha(repeated)
    if isinstance(weighted, str) or isinstance(longer, str):  # one complete row, three times, is three rows
        return
    same(weighted, longer, only=POINTS)
    assert weighted["n"] < longer["n"] or (times[frame.notna().all(axis=1)] == 1).all()


@quick
@given(answers, seeds)
def test_by_is_the_subset(values, seed):
    frame = frame_of(values)
    groups = pd.Series(np.random.default_rng(seed).choice(["x", "y"], len(frame)), name="group")
    together = ak.cronbach_alpha(frame, by=groups)
    for group in groups.unique():
        alone = alpha(frame[groups == group])
        if isinstance(alone, str):
            assert group not in together
            refused = {notice.values["group"]: notice.values["code"] for notice in together.notices}
            assert refused[group] == alone
        else:
            assert together[group].estimate == alone["raw"]
            assert together[group].interval.low == alone["raw_low"]


@quick
@given(answers, missing)
def test_turning_an_item_twice_changes_nothing(values, missing):
    frame = frame_of(values)
    options = {"keys": {"b": -1}, "scale": (1, 4), "missing": missing}
    same(alpha(frame, missing=missing), alpha(frame.assign(b=5 - frame["b"]), **options))


@quick
@given(answers, missing)
def test_counts_give_what_rows_give(values, missing):
    frame = frame_of(values)
    counts = ak.count_responses(frame, scale=(1, 4))
    there = frame.notna().any(axis=1).all()  # a row without any answer counts among the people of the tables
    points = [*POINTS, "raw_low", "raw_high", "n"] if there else POINTS
    for function, only in ((alpha, points), (table, None)):
        options = {"missing": missing} | ({"interval": "feldt"} if function is alpha else {})
        ours, theirs = function(frame, **options), function(counts, **options)
        if isinstance(ours, str):  # which of several faults is named first may differ
            assert isinstance(theirs, str)
        else:
            same(ours, theirs, only=only)


@quick
@given(complete, seeds)
def test_omega_keeps_the_same_identities(values, seed):
    rng = np.random.default_rng(seed)
    # a common part, so that there is a factor to find
    values = np.clip(np.round(values / 2 + rng.integers(1, 4, (len(values), 1))), 1, 5)
    frame, times = frame_of(values), rng.integers(1, 4, len(values))
    order, names = rng.permutation(len(values)), list(rng.permutation(list("abcd")))
    weights = rng.uniform(0.5, 2, len(values))
    same(omega(frame), omega(frame.iloc[order]), atol=1e-5)
    same(omega(frame), omega(frame[names]), atol=1e-5)
    same(omega(frame, frequencies=times), omega(frame_of(np.repeat(values, times, axis=0))), atol=1e-5)
    same(omega(frame, weights=weights), omega(frame, weights=4 * weights), atol=1e-5)


@pytest.mark.parametrize("function", [ak.cronbach_alpha, ak.mcdonald_omega])
def test_omega_and_alpha_agree_on_rows_and_counts_of_real_answers(bfi, function):
    items = bfi[["N1", "N2", "N3", "N4", "N5"]]
    rows, counts = function(items), function(ak.count_responses(items))
    assert rows.estimate == pytest.approx(counts.estimate, abs=1e-9)
    assert rows.n == counts.n
