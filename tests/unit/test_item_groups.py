"""Items across groups: the regression against statsmodels, the planted difference, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Unavailable

COLUMNS = [
    "item", "dimension", "group", "reference", "n", "difference", "std_error", "ci_low", "ci_high", "pvalue",
    "pvalue_adjusted", "effect_size", "raw_difference",
]  # fmt: skip


@pytest.fixture(scope="module")
def answers(root):
    return ak.Study(root / "data" / "berakhlak-contoh").responses


@pytest.fixture
def frame():
    """60 people in three groups, two answers and one group missing; item c points the other way."""
    random = np.random.default_rng(5)
    trait = random.normal(size=60)
    likert = {name: np.clip(np.round(3 + trait + random.normal(size=60)), 1, 5) for name in "abcd"}
    made = pd.DataFrame(likert).assign(c=lambda f: 6 - f["c"], office=["x"] * 25 + ["y"] * 20 + ["z"] * 15)
    made.loc[[3, 40], ["a", "d"]] = np.nan
    made.loc[7, "office"] = None
    return made


def codes_of(result):
    return [notice.code for notice in result.notices]


def by_statsmodels(frame, item, weights=None):
    """The same comparison with statsmodels: frame holds keyed items and the column office, complete rows."""
    rest = frame.drop(columns=[item, "office"]).mean(axis=1)
    design = pd.DataFrame({"const": 1.0, "y": frame["office"].eq("y") * 1.0, "z": frame["office"].eq("z") * 1.0})
    w = np.ones(len(frame)) if weights is None else weights
    return sm.WLS(frame[item], design.assign(rest=rest), weights=w).fit(cov_type="HC3", use_t=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_statsmodels(frame, weighted):
    weights = np.random.default_rng(1).uniform(0.5, 3, 60) if weighted else None
    screen = ak.compare_items(frame, "office", keys={"c": -1}, scale=(1, 5), weights=weights, level=0.9)
    table = screen.table()
    assert list(table.columns) == COLUMNS and table["item"].tolist() == list("aabbccdd")
    assert screen.reference == "x" and table["group"].tolist() == ["y", "z"] * 4
    whole = frame.assign(c=6 - frame["c"]).dropna()
    used = None if weights is None else weights[whole.index]
    p = []
    for item in "abcd":
        fit, part = by_statsmodels(whole, item, used), table[table["item"] == item]
        np.testing.assert_allclose(part["difference"], fit.params[["y", "z"]], atol=1e-10)
        np.testing.assert_allclose(part["std_error"], fit.bse[["y", "z"]], atol=1e-10)
        np.testing.assert_allclose(part[["ci_low", "ci_high"]], fit.conf_int(0.1).loc[["y", "z"]], atol=1e-10)
        p += fit.pvalues[["y", "z"]].tolist()
    np.testing.assert_allclose(table["pvalue"], p, atol=1e-10)
    np.testing.assert_allclose(table["pvalue_adjusted"], multipletests(p, method="holm")[1], atol=1e-10)
    assert table["n"].tolist() == [int((whole["office"] == group).sum()) for group in ("y", "z")] * 4
    assert screen.inputs.n_used == len(whole) == screen["a"][0].difference.n == 57
    assert screen.inputs.reversed_items == ("c",) and "item_groups_without_group" in codes_of(screen)


def test_size_is_the_difference_in_standard_deviations_within_groups(frame):
    two = frame[frame["office"] != "z"].dropna()
    table = ak.compare_items(two, "office").table()
    x, y = (two.loc[two["office"] == group, list("abcd")] for group in "xy")
    pooled = np.sqrt(((len(x) - 1) * x.var() + (len(y) - 1) * y.var()) / (len(x) + len(y) - 2))
    np.testing.assert_allclose(table["effect_size"], table["difference"] / pooled.to_numpy(), atol=1e-12)
    np.testing.assert_allclose(table["raw_difference"], y.mean() - x.mean(), atol=1e-12)


def test_planted_item_is_named_and_hardly_any_other(answers):
    screen = ak.compare_items(answers, "status")
    assert "KP1" in screen.flagged and len(screen.flagged) <= 2
    (one,) = screen["KP1"]
    assert screen.reference == "PNS" and one.group == "PPPK" and one.dimension == "KP"
    assert one.difference.interval.high < -0.15 and one.effect_size < -0.2
    (notice,) = screen.notices
    assert notice.code == "item_groups_flagged" and "KP1" in notice.say("id")
    for column in ("std_error", "pvalue_adjusted", "effect_size"):
        assert screen.table()[column].notna().all()


def test_rest_score_is_that_of_the_own_dimension(answers):
    whole = ak.compare_items(answers, "status")["LY2"][0]
    alone = ak.compare_items(answers.of_dimension("LY"), "status")["LY2"][0]
    frame = ak.compare_items(answers.of_dimension("LY").keyed, answers.groups["status"])["LY2"][0]
    assert whole.difference.estimate == alone.difference.estimate == frame.difference.estimate
    assert whole.pvalue == alone.pvalue == frame.pvalue and (whole.dimension, frame.dimension) == ("LY", "")


def test_shift_is_found_as_it_was_made():
    """Four continuous items with one moved by 1 in a group: the difference at equal rest score is 1 within error."""
    random = np.random.default_rng(11)
    trait = random.normal(size=4000)
    made = pd.DataFrame({name: trait + random.normal(scale=0.5, size=4000) for name in "abcd"})
    group = pd.Series(np.arange(4000) % 4 == 0, name="g")
    screen = ak.compare_items(made.assign(a=made["a"] + group), group)
    one = screen["a"][0]
    assert screen.reference == "False" and screen.flagged[0] == "a"
    assert abs(one.difference.estimate - 1) < 3 * one.difference.se


def test_small_groups_are_left_out_and_named(frame):
    frame.loc[frame.index[-6:], "office"] = "w"
    screen = ak.compare_items(frame, "office")
    (notice,) = [note for note in screen.notices if note.code == "item_groups_small"]
    assert notice.values["groups"] == ("w", "z") and notice.values["smallest"] == 10
    assert set(screen.table()["group"]) == {"y"}
    with pytest.raises(MethodError) as caught:
        ak.compare_items(frame.assign(office=["x"] * 55 + ["y"] * 5), "office")
    assert caught.value.code == "one_group"
    with pytest.raises(MethodError):
        ak.compare_items(frame.assign(office=None), "office")


def test_group_may_be_too_small_in_the_complete_answers(frame):
    frame.loc[frame["office"] == "z", "a"] = [np.nan] * 6 + [1.0] * 9
    screen = ak.compare_items(frame, "office")
    y, z = screen["b"]
    assert isinstance(z.difference, Unavailable) and z.difference.code == "group_too_small" and z.n == 9
    fewer = ak.compare_items(frame[frame["office"] != "z"], "office")["b"][0]
    assert y.difference.estimate == pytest.approx(fewer.difference.estimate, abs=1e-12)
    frame.loc[frame["office"] == "x", "a"] = np.nan
    assert np.isnan(ak.compare_items(frame, "office").table()["difference"]).all()


def test_what_cannot_be_compared_says_why(frame):
    def why(changed, item):
        return ak.compare_items(changed, "office")[item][0].difference.code

    constant = ak.compare_items(frame.assign(a=4.0), "office")
    assert constant["a"][0].difference.code == "item_constant_within_groups" and constant["a"][0].raw_difference == 0
    assert "item_groups_constant" in codes_of(constant) and np.isfinite(constant["b"][0].pvalue)
    by_office = frame.assign(a=frame["office"].map({"x": 1.0, "y": 2.0, "z": 3.0}))
    assert why(by_office, "a") == "item_constant_within_groups"
    assert why(by_office[["a", "b", "office"]], "b") == "rest_constant_within_groups"
    assert why(frame[["a", "office"]], "a") == "item_without_rest"
    assert why(frame[["a", "office"]].assign(b=frame["a"]), "a") == "item_follows_rest"
    assert "a" in ak.compare_items(frame[["a", "office"]], "office")["a"][0].difference.reason("id")


def test_refusals(frame, answers):
    for call, kind, code in (
        (lambda: ak.compare_items(frame, "nobody"), ArgumentError, "by_unknown"),
        (lambda: ak.compare_items(frame, "office", level=95), ArgumentError, "level_out_of_range"),
        (lambda: ak.compare_items(frame, "office", keys={"c": -1}), ArgumentError, "keys_need_scale"),
        (lambda: ak.compare_items(frame, "office", weights=[-1.0] * 60), DataError, "weights_invalid"),
        (lambda: ak.compare_items(answers, "status", scale=(1, 5)), ArgumentError, "keyed_already"),
        (lambda: ak.compare_items(frame, "office")["e"], ArgumentError, "unknown_choice"),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.code == code


def test_rows_of_weight_zero_are_as_if_absent(frame):
    weights = np.where(np.arange(60) % 7 == 0, 0.0, 1.0)
    ours = ak.compare_items(frame, "office", weights=weights).table()
    without = ak.compare_items(frame[weights > 0], "office").table()
    pd.testing.assert_frame_equal(ours, without, rtol=1e-10)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.floats(0.01, 1000))
def test_order_of_rows_and_scale_of_weights_never_matter(seed, factor):
    random = np.random.default_rng(seed)
    values = random.integers(1, 6, (50, 3)).astype(float)
    values[random.random((50, 3)) < 0.03] = np.nan
    made = pd.DataFrame(values, columns=list("abc")).assign(g=random.permutation(["p"] * 28 + ["q"] * 22))
    weights, order = random.uniform(0.5, 2, 50), random.permutation(50)
    first = ak.compare_items(made, "g", weights=weights)
    second = ak.compare_items(made.iloc[order], "g", weights=factor * weights[order])
    assert first.flagged == second.flagged
    pd.testing.assert_frame_equal(first.table(), second.table(), rtol=1e-8, atol=1e-10)


def test_record_and_exhibit(answers):
    screen = ak.compare_items(answers, "status")
    record = screen.record()
    assert record["kind"] == "item_groups" and record["flagged"][0] == "KP1"
    assert ak.show(screen).content["id"]["head"][3] == "Kelompok acuan"
    other = ak.compare_items(answers, "sex")
    assert other.inputs.digest != screen.inputs.digest, "the groups are part of what it was computed from"
