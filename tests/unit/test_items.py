"""Item analysis."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError
from akhlak_research.counts.moments import as_moments

COLUMNS = [
    "item", "n", "missing", "mean", "sd", "skew", "kurtosis", "floor", "ceiling", "item_rest_r", "item_rest_r_ci_low",
    "item_rest_r_ci_high", "item_total_r", "alpha_if_dropped", "critical_r",
]  # fmt: skip


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "a": [1, 2, 3, 4, 5, 4, 1],
            "b": [2, 2, 3, 5, 4, 5, None],
            "c": [5, 3, 3, 2, 1, 3, 4],
            "d": [1, 1, 2, 5, 5, 4, 2],
        }
    )


def codes_of(result):
    return [notice.code for notice in result.notices]


def test_table(frame):
    table = ak.analyse_items(frame, keys={"c": -1}, scale=(1, 5)).table().set_index("item")
    whole = frame.dropna().assign(c=lambda f: 6 - f["c"])
    assert list(table.reset_index().columns) == COLUMNS
    assert table["n"].tolist() == [6] * 4 and table["missing"].tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(table["mean"], whole.mean(), atol=1e-12)
    np.testing.assert_allclose(table["sd"], whole.std(), atol=1e-12)
    np.testing.assert_allclose(table["floor"], (whole == 1).mean(), atol=1e-12)
    np.testing.assert_allclose(table["ceiling"], (whole == 5).mean(), atol=1e-12)
    for item in whole:
        rest = whole.drop(columns=item)
        assert table.loc[item, "item_rest_r"] == pytest.approx(whole[item].corr(rest.sum(axis=1)), abs=1e-12)
        assert table.loc[item, "item_total_r"] == pytest.approx(whole[item].corr(whole.sum(axis=1)), abs=1e-12)
        assert table.loc[item, "alpha_if_dropped"] == pytest.approx(ak.cronbach_alpha(rest).estimate, abs=1e-12)
    assert table["critical_r"].round(3).unique().tolist() == [0.811]


def test_shape_is_the_population_form(frame):
    from scipy import stats

    table = ak.analyse_items(frame).table()
    whole = frame.dropna()
    np.testing.assert_allclose(table["skew"], stats.skew(whole), atol=1e-12)
    np.testing.assert_allclose(table["kurtosis"], stats.kurtosis(whole), atol=1e-12)


def test_fisher_interval(bfi):
    items = bfi[["N1", "N2", "N3"]]
    one = ak.analyse_items(items)["N1"].item_rest_r
    z, step = np.arctanh(one.estimate), 1.959963984540054 / np.sqrt(one.n - 3)
    assert (one.interval.low, one.interval.high) == pytest.approx((np.tanh(z - step), np.tanh(z + step)), abs=1e-12)
    assert one.interval.method == "fisher-z"
    free = ak.analyse_items(items, interval="adf")["N1"].item_rest_r
    assert free.interval.method == "adf-z" and free.estimate == one.estimate
    assert free.interval.low != one.interval.low


def test_error_of_item_rest_r_follows_its_gradient(bfi):
    """The distribution-free error is that of the influence ab − r (a² + b²)/2, by definition."""
    items = bfi[["N1", "N2", "N3", "N4"]].dropna()
    one = ak.analyse_items(items, interval="adf")["N2"].item_rest_r
    a, b = (x.to_numpy() for x in (items["N2"], items.drop(columns="N2").sum(axis=1)))
    a, b = (a - a.mean()) / a.std(ddof=1), (b - b.mean()) / b.std(ddof=1)
    part = a * b - one.estimate / 2 * (a**2 + b**2)
    assert one.se == pytest.approx(part.std(ddof=1) / np.sqrt(len(a)), rel=1e-12)


def test_constant_item_keeps_its_row_and_changes_no_other(frame):
    with_it = ak.analyse_items(frame.assign(e=3), scale=(1, 5))
    without = ak.analyse_items(frame, scale=(1, 5))
    assert "constant_item_flagged" in codes_of(with_it) and "constant_item_flagged" not in codes_of(without)
    row = with_it["e"]
    assert (row.mean, row.sd, row.floor) == (3, 0, 0)
    for name in ("item_rest_r", "item_total_r", "skew", "kurtosis"):
        assert getattr(row, name).code == "item_constant"
    assert with_it.table().set_index("item").loc["e", ["item_rest_r", "item_rest_r_ci_low", "skew"]].isna().all()
    np.testing.assert_allclose(with_it.table()["item_rest_r"][:4], without.table()["item_rest_r"], atol=1e-12)


def test_all_others_constant():
    analysis = ak.analyse_items(pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 2], "c": [1, 1, 1]}))
    assert analysis["a"].item_rest_r.code == "rest_constant"
    assert analysis["a"].alpha_if_dropped.code == "alpha_undefined"


def test_negative_item_is_told(frame):
    analysis = ak.analyse_items(frame, scale=(1, 5))
    said = next(n for n in analysis.notices if n.code == "negative_item_rest")
    assert said.values["items"] == ["c"]
    assert analysis["c"].item_rest_r.estimate < 0


def test_scale_ends_need_the_scale(frame):
    analysis = ak.analyse_items(frame)
    assert analysis["a"].floor.code == "scale_unknown" and analysis.table()["ceiling"].isna().all()
    assert "floor_needs_scale" in codes_of(analysis)
    counts = ak.count_responses(frame)
    assert ak.analyse_items(counts)["a"].floor == pytest.approx(1 / 6)
    assert ak.analyse_items(counts, scale=(0, 5))["a"].floor == 0


def test_responses_know_their_scale(bfi_study):
    analysis = ak.analyse_items(bfi_study.responses.of_dimension("A"))
    keyed = bfi_study.responses.of_dimension("A").keyed.dropna()
    assert analysis["A1"].ceiling == pytest.approx((keyed["A1"] == 6).mean(), abs=1e-12)
    assert "several_dimensions" in codes_of(ak.analyse_items(bfi_study.responses))


def test_r_tabel_comes_with_its_caution(frame):
    said = next(n for n in ak.analyse_items(frame).notices if n.code == "critical_r_is_weak")
    assert "r-tabel" in said.say("id") and said.values["critical_r"] == pytest.approx(0.811, abs=5e-4)
    assert ak.analyse_items(frame.iloc[:2])["a"].critical_r.code == "error_needs_three_rows"


def test_weights_count_people_and_linearise(frame):
    weights = [1, 2, 1, 1, 2, 1, 1]
    analysis = ak.analyse_items(frame, weights=weights, scale=(1, 5))
    assert analysis["a"].n == 6 and analysis["b"].missing == 1
    assert analysis["a"].item_rest_r.interval.method == "linearised-z"
    assert analysis["a"].mean == pytest.approx(np.average(frame["a"][:6], weights=weights[:6]))
    assert analysis["a"].ceiling == pytest.approx(2 / 8)
    assert ak.analyse_items(frame, weights=weights, interval="fisher")["a"].item_rest_r.interval.code == "feldt_weights"
    counts = ak.count_responses(frame, weights=weights)
    assert ak.analyse_items(counts)["a"].item_rest_r.interval.code == "interval_needs_rows"


def test_frequencies_count_missing_people(frame):
    table = ak.analyse_items(frame, frequencies=[1, 1, 1, 1, 1, 1, 5]).table()
    assert table["missing"].tolist() == [0, 5, 0, 0]


def test_few_people():
    assert (
        ak.analyse_items(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]}))["a"].item_rest_r.se.code
        == "fisher_needs_four_rows"
    )


def test_groups_and_record(frame):
    by = ak.analyse_items(frame.assign(sex=list("xxxyyyx")), by="sex", scale=(1, 5))
    assert list(by) == ["x", "y"] and by.table().columns[0] == "sex"
    assert json.loads(json.dumps(by.record()))["kind"] == "by_group"
    assert repr(ak.analyse_items(frame)).startswith("<item_analysis 4 items")


def test_refusals(frame):
    with pytest.raises(ArgumentError) as caught:
        ak.analyse_items(as_moments(frame))
    assert caught.value.code == "items_type"
    with pytest.raises(ArgumentError) as caught:
        ak.analyse_items(frame, interval="bootstrap")
    assert caught.value.code == "unknown_choice"
    with pytest.raises(ArgumentError) as caught:
        ak.analyse_items(frame)["z"]
    assert caught.value.code == "unknown_choice"
