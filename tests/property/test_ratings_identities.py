"""Identities of content validity, agreement and aggregation on any small table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Interval
from akhlak_research.measure.agreement import METHODS
from akhlak_research.measure.content_tables import aiken_critical, aiken_tail

RATING = [1.0, 2, 3, 4, np.nan]
panels = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.sampled_from(RATING))
complete = arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(3, 6)), elements=st.sampled_from(RATING[:4]))
seeds = st.integers(0, 2**31)


def frame_of(values) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"B{i}" for i in range(values.shape[1])])


def or_code(function, *args, **options):
    """The result, or the code of the refusal."""
    try:
        return function(*args, **options)
    except AkhlakError as error:
        return error.code


def numbers(table: pd.DataFrame) -> np.ndarray:
    return table.select_dtypes("number").to_numpy(dtype=float)


@settings(deadline=None, max_examples=60)
@given(panels, seeds)
def test_order_of_experts_never_matters(values, seed):
    assume(not np.isnan(values).all())
    order = np.random.default_rng(seed).permutation(len(values))
    first, second = (ak.content_validity(frame_of(v), 1, 4, essential=3) for v in (values, values[order]))
    np.testing.assert_allclose(numbers(first.table()), numbers(second.table()), atol=1e-12)
    np.testing.assert_allclose(numbers(first.overall()), numbers(second.overall()), atol=1e-10)


@settings(deadline=None, max_examples=60)
@given(panels)
def test_turning_the_scale_mirrors_v_and_its_interval(values):
    assume(not np.isnan(values).all())
    straight, turned = (ak.content_validity(frame_of(v), 1, 4).table() for v in (values, 5 - values))
    np.testing.assert_allclose(straight["aiken_v"], 1 - turned["aiken_v"], atol=1e-12)
    np.testing.assert_allclose(straight["aiken_v_ci_low"], 1 - turned["aiken_v_ci_high"], atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(panels)
def test_on_two_points_v_is_the_content_validity_index(values):
    assume(not np.isnan(values).all())
    table = ak.content_validity(frame_of(np.where(np.isnan(values), np.nan, values >= 3)), 0, 1).table()
    for end in ("", "_ci_low", "_ci_high"):
        np.testing.assert_allclose(table[f"aiken_v{end}"], table[f"i_cvi{end}"], atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(panels)
def test_the_test_of_v_and_its_critical_value_say_the_same(values):
    assume(not np.isnan(values).all())
    table = ak.content_validity(frame_of(values), 1, 4, essential=3).table().dropna()
    assert ((table["aiken_p"] <= 0.05) == (table["aiken_v"] >= table["aiken_v_critical"] - 1e-12)).all()
    assert ((table["cvr_p"] <= 0.05) == (table["cvr"] >= table["cvr_critical"] - 1e-12)).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.integers(2, 9), st.sampled_from([0.01, 0.05, 0.1]))
def test_tails_are_probabilities_and_symmetric(n, c, alpha):
    tail = aiken_tail(n, c)
    assert tail[0] == 1
    assert (np.diff(tail) <= 0).all()
    np.testing.assert_allclose(tail[1:] + tail[1:][::-1], 1, atol=1e-12)  # P(S ≥ s) + P(S ≥ max + 1 − s) = 1
    critical = aiken_critical(n, c, alpha)
    assert critical is None or 0.5 < critical <= 1


@settings(deadline=None, max_examples=100)
@given(panels, seeds, st.sampled_from(METHODS.names))
def test_order_of_raters_and_objects_never_matters(values, seed, name):
    values = values[:2] if METHODS[name].two_raters else values
    rng = np.random.default_rng(seed)
    turned = values[rng.permutation(len(values))][:, rng.permutation(values.shape[1])]
    first, second = (
        or_code(ak.measure_agreement, frame_of(v), name, categories=range(1, 5), rng=1, n_boot=100)
        for v in (values, turned)
    )
    if isinstance(first, str):
        assert first == second
        return
    assert first.estimate == pytest.approx(second.estimate, abs=1e-10, nan_ok=True)
    assert float(first.value.se) == pytest.approx(float(second.value.se), abs=1e-8, nan_ok=True) or first.n_boot
    if not np.isnan(first.estimate):
        assert first.estimate <= 1 + 1e-12
    if isinstance(first.interval, Interval):
        assert first.interval.low <= first.interval.high <= 1 + 1e-12


@settings(deadline=None, max_examples=60)
@given(panels, st.floats(0.5, 3), st.floats(-5, 5))
def test_interval_alpha_knows_no_unit_and_ordinal_alpha_only_order(values, scale, shift):
    plain = or_code(ak.measure_agreement, frame_of(values), metric="interval", rng=1, n_boot=100)
    assume(not isinstance(plain, str))
    moved = ak.measure_agreement(frame_of(values * scale + shift), metric="interval", rng=1, n_boot=100)
    assert moved.estimate == pytest.approx(plain.estimate, abs=1e-9, nan_ok=True)
    ranks, curved = (
        ak.measure_agreement(frame_of(v), metric="ordinal", rng=1, n_boot=100) for v in (values, values**3)
    )
    assert ranks.estimate == pytest.approx(curved.estimate, abs=1e-10, nan_ok=True)


@settings(deadline=None, max_examples=60)
@given(panels)
def test_two_weights_of_one_category_pair_are_one_coefficient(values):
    """With two categories every metric is the nominal one."""
    two = np.where(np.isnan(values), np.nan, values >= 3)
    nominal = or_code(ak.measure_agreement, frame_of(two), "gwet-ac1", categories=[0, 1])
    assume(not isinstance(nominal, str))
    for metric in ("ordinal", "linear", "interval"):
        other = ak.measure_agreement(frame_of(two), "gwet-ac2", metric=metric, categories=[0, 1])
        assert other.estimate == pytest.approx(nominal.estimate, abs=1e-12, nan_ok=True)


@settings(deadline=None, max_examples=60)
@given(complete)
def test_averages_of_raters_are_stepped_up(values):
    got = ak.intraclass_correlation(frame_of(values), raters="rows")
    k = len(values)
    for form in ("ICC1", "ICC2", "ICC3"):
        single, mean = got[form].estimate, got[f"{form}k"].estimate
        if not np.isnan([single, mean]).any():
            assert mean == pytest.approx(k * single / (1 + (k - 1) * single), abs=1e-10)
        if isinstance(got[form].interval, Interval):
            assert got[form].interval.low <= single + 1e-12
            assert single <= got[form].interval.high + 1e-12


people = st.integers(4, 25).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, (n, 3), elements=st.sampled_from([1.0, 2, 3, 4, 5, np.nan])),
        arrays(np.int64, n, elements=st.integers(0, 3)),
        arrays(np.int64, n, elements=st.integers(0, 3)),
    )
)


def aggregate(values, unit, **options):
    return or_code(ak.check_aggregation, frame_of(values), pd.Series(unit, name="office"), scale=(1, 5), **options)


def same(first, second):
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
        return
    np.testing.assert_allclose(numbers(first.table()), numbers(second.table()), atol=1e-8)
    np.testing.assert_allclose(numbers(first.overall()), numbers(second.overall()), atol=1e-7)
    assert (first.df, first.df_error) == (second.df, second.df_error)
    assert [n.code for n in first.notices] == [n.code for n in second.notices]


@settings(deadline=None, max_examples=80)
@given(people, seeds, st.sampled_from(["listwise", "pairwise"]))
def test_order_of_people_and_items_never_matters(table, seed, missing):
    values, unit, _ = table
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(values))
    turned = values[order][:, rng.permutation(3)]
    same(aggregate(values, unit, missing=missing), aggregate(turned, unit[order], missing=missing))


@settings(deadline=None, max_examples=80)
@given(people, st.sampled_from(["listwise", "pairwise"]))
def test_a_frequency_is_as_many_rows(table, missing):
    values, unit, k = table
    assume(k.sum() > 0)
    counted = aggregate(values, unit, missing=missing, frequencies=k)
    same(counted, aggregate(values.repeat(k, axis=0), unit.repeat(k), missing=missing))
    if not isinstance(counted, str):
        assert counted.inputs.n_rows == k.sum()


@settings(deadline=None, max_examples=60)
@given(people)
def test_listwise_is_dropping_first(table):
    values, unit, _ = table
    whole = ~np.isnan(values).any(axis=1)
    assume(whole.sum() > 1)
    same(aggregate(values, unit), aggregate(values[whole], unit[whole]))


@settings(deadline=None, max_examples=60)
@given(people)
def test_limits_hold_the_estimate_where_it_can_be_held(table):
    values, unit, _ = table
    got = aggregate(values, unit, level=0.9)
    assume(not isinstance(got, str) and isinstance(got.icc1.interval, Interval))
    interval = got.icc1.interval
    assert -1 <= interval.low <= interval.high <= 1
    turned = or_code(
        ak.check_aggregation, frame_of(values), pd.Series(unit), keys={"B0": -1, "B1": -1, "B2": -1}, scale=(1, 5),
        level=0.9,
    )  # fmt: skip
    assert turned.icc1.interval.low == pytest.approx(interval.low, abs=1e-8)
    assert turned.units[0].item_variance == pytest.approx(got.units[0].item_variance, abs=1e-10) or np.isnan(
        float(got.units[0].item_variance)
    )
