"""Content validity: what the panel's table may look like, and what it says at its edges."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Interval, Unavailable
from akhlak_research.core.text import LANGUAGES, has_text

PANEL = pd.DataFrame({"B1": [4, 4, 3, 4, 4, 3], "B2": [3, 4, 2, 4, 3, 1], "B3": [4, 4, 4, 4, 4, 4]})


def long(frame: pd.DataFrame) -> pd.DataFrame:
    cells = [(f"expert {i}", item, frame[item].iloc[i]) for i in range(len(frame)) for item in frame]
    return pd.DataFrame(cells, columns=["who", "what", "mark"])


@pytest.mark.parametrize(("rating", "expected"), [(4, 1.0), (1, 0.0)])
def test_bounds_of_aiken(rating, expected):
    item = ak.content_validity(pd.DataFrame({"B1": [rating] * 5}), 1, 4)["B1"]
    assert item.aiken_v.estimate == expected
    assert item.aiken_v.interval.high == 1 if expected else item.aiken_v.interval.low == 0


def test_v_of_a_known_panel():
    """s = 2 + 3 + 1 over 3 experts and 3 steps."""
    assert ak.content_validity(pd.DataFrame({"B1": [3, 4, 2]}), 1, 4)["B1"].aiken_v.estimate == pytest.approx(6 / 9)


def test_tables_in_three_forms_say_the_same():
    wide = ak.content_validity(PANEL, 1, 4, essential=4).table()
    turned = ak.content_validity(PANEL.T, 1, 4, essential=4, raters="columns").table()
    told = ak.content_validity(long(PANEL), 1, 4, essential=4, columns=("who", "what", "mark")).table()
    pd.testing.assert_frame_equal(wide, turned)
    pd.testing.assert_frame_equal(wide, told)


def test_a_missing_rating_lowers_the_number_of_experts_of_its_item_only():
    holes = PANEL.astype(float)
    holes.loc[0, "B2"] = np.nan
    got = ak.content_validity(holes, 1, 4)
    assert [item.n_raters for item in got.items] == [6, 5, 6]
    assert got["B2"].aiken_v.estimate == ak.content_validity(PANEL.iloc[1:], 1, 4)["B2"].aiken_v.estimate
    assert got.notices[0].code == "ratings_missing"
    assert got.notices[0].values["items"] == ["B2"]
    assert got.s_cvi_ave.estimate == pytest.approx(np.mean([1, 3 / 5, 1]))


def test_an_item_nobody_rated_has_a_reason():
    got = ak.content_validity(PANEL.astype(float).assign(B2=np.nan), 1, 4, essential=4)
    assert isinstance(got["B2"].aiken_v, Unavailable)
    assert got["B2"].aiken_v.code == "nobody_rated"
    assert got["B2"].n_raters == 0
    assert np.isnan(got.table().loc[1, "cvr"])
    assert got.s_cvi_ua.n == 2


@pytest.mark.parametrize(("high", "cut"), [(4, 3.0), (2, 2.0)])
def test_relevance_by_default_is_said(high, cut):
    got = ak.content_validity(PANEL.clip(upper=high), 1, high)
    assert got.relevant_from == cut
    assert "relevant_by_default" in [n.code for n in got.notices]


def test_relevance_on_another_scale_must_be_said():
    got = ak.content_validity(PANEL, 1, 5)
    assert got["B1"].i_cvi.code == got["B1"].kappa_modified.code == got.s_cvi_ave.code == "relevant_not_said"
    assert isinstance(got["B1"].aiken_v.interval, Interval)
    assert ak.content_validity(PANEL, 1, 5, relevant_from=4)["B2"].i_cvi.estimate == pytest.approx(2 / 6)


def test_ratio_needs_to_know_what_is_essential():
    assert ak.content_validity(PANEL, 1, 4)["B1"].cvr.code == "essential_not_said"
    got = ak.content_validity(PANEL, 1, 4, essential=4)["B3"]
    assert (got.cvr.estimate, got.cvr_critical, got.cvr_p) == (1.0, 1.0, pytest.approx(0.5**6))


def test_small_panels_have_no_critical_value():
    got = ak.content_validity(PANEL.iloc[:2], 1, 4, essential=4)["B3"]
    assert got.aiken_v_critical.code == got.cvr_critical.code == "no_critical_value"
    assert "2" in got.aiken_v_critical.reason("id")
    assert got.aiken_p == pytest.approx(1 / 16)


def test_kappa_is_mapped_with_its_chance_term():
    got = ak.content_validity(PANEL, 1, 4)["B2"]  # 4 of 6 relevant, P_c = 15/64
    chance = 15 / 64
    for bound in ("low", "high"):
        expected = (getattr(got.i_cvi.interval, bound) - chance) / (1 - chance)
        assert getattr(got.kappa_modified.interval, bound) == pytest.approx(expected, abs=1e-12)


def test_scale_level_says_why_it_has_no_interval():
    alike = ak.content_validity(pd.DataFrame({"B1": [4, 4, 4], "B2": [1, 1, 1]}), 1, 4)
    assert alike.s_cvi_ave.estimate == 0.5
    assert alike.s_cvi_ave.interval.code == "raters_alike"
    assert ak.content_validity(PANEL.iloc[:1], 1, 4).aiken_v_mean.interval.code == "one_rater"
    assert ak.content_validity(PANEL, 1, 4).s_cvi_ua.interval.code == "no_valid_interval"


def test_jackknife_of_complete_ratings_is_the_error_of_the_experts_means():
    got = ak.content_validity(PANEL, 1, 4).aiken_v_mean
    means = ((PANEL - 1) / 3).mean(axis=1)
    assert got.se == pytest.approx(means.std(ddof=1) / np.sqrt(6), abs=1e-12)
    assert 0 < got.interval.low < got.estimate < got.interval.high < 1


@pytest.mark.parametrize(
    ("change", "code", "values"),
    [
        ({"ratings": PANEL.replace(1, 7)}, "outside_scale", {"got": 7.0, "column": "B2", "row": 6}),
        ({"ratings": PANEL.replace(1, 1.5)}, "rating_not_whole", {"got": 1.5, "column": "B2", "row": 6}),
        ({"ratings": PANEL.astype(object).replace(1, "tidak")}, "not_numeric", {"got": "tidak", "column": "B2"}),
        ({"ratings": PANEL * np.nan}, "no_ratings", {}),
        ({"ratings": pd.DataFrame()}, "no_ratings", {}),
        ({"ratings": PANEL.set_axis(["a", "a", "b"], axis=1)}, "duplicate_items", {"column": "a"}),
        ({"ratings": pd.concat([long(PANEL), long(PANEL).iloc[:1]]), "columns": ("who", "what", "mark")},
         "rated_twice", {"row": 19}),
        ({"ratings": long(PANEL).replace("expert 3", None), "columns": ("who", "what", "mark")},
         "rating_without_key", {"got": 3, "row": 10}),
    ],
)  # fmt: skip
def test_faults_of_the_table(change, code, values):
    with pytest.raises(DataError) as caught:
        ak.content_validity(**({"low": 1, "high": 4} | change))
    assert caught.value.code == code
    known = {"got": caught.value.got, "column": caught.value.where.column, "row": caught.value.where.row}
    assert {name: known[name] for name in values} == values
    assert all(caught.value.message(lang) and caught.value.advice(lang) for lang in LANGUAGES)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"low": 4, "high": 1}, "scale_limits"),
        ({"high": 4.5}, "scale_not_whole"),
        ({"relevant_from": 1}, "rating_cut"),
        ({"essential": 5}, "rating_cut"),
        ({"alpha": 5}, "alpha_out_of_range"),
        ({"level": 95}, "level_out_of_range"),
        ({"raters": "both"}, "unknown_choice"),
        ({"ratings": PANEL.to_numpy()}, "ratings_type"),
        ({"columns": ("who", "what", "mark")}, "rating_columns"),
    ],
)
def test_faults_of_the_arguments(change, code):
    with pytest.raises(ArgumentError) as caught:
        ak.content_validity(**({"ratings": PANEL, "low": 1, "high": 4} | change))
    assert caught.value.code == code
    assert all(caught.value.advice(lang) for lang in LANGUAGES)


def test_an_item_that_is_not_there():
    with pytest.raises(ArgumentError):
        ak.content_validity(PANEL, 1, 4)["B9"]


def test_tables_and_record():
    got = ak.content_validity(PANEL, 1, 4, essential=4)
    assert got.table().columns[:5].tolist() == ["item", "n_raters", "aiken_v", "aiken_v_ci_low", "aiken_v_ci_high"]
    for name in [*got.table().columns, *got.overall().columns, *got.overall()["statistic"]]:
        assert has_text(f"label.{name}"), name
    record = got.record()
    assert record["kind"] == "content_validity"
    assert record["items"][0]["aiken_v"]["interval"]["method"] == "penfield-giacobbi"
    assert record["inputs"]["n_used"] == 6
    assert got.inputs.digest != ak.content_validity(PANEL.replace(1, 2), 1, 4).inputs.digest
    assert "B1" in got._repr_html_()
