"""Agreement of raters and intraclass correlation: choices, edges and refusals."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError, DataError, MethodError
from akhlak_research.core.results import Interval
from akhlak_research.core.text import LANGUAGES, has_text
from akhlak_research.measure.agreement import METHODS
from akhlak_research.measure.agreement_kernels import agreement_weights

MARKS = pd.DataFrame(
    [[2, 0, 2, 1, 0, 2, 1, 0], [2, 0, 1, 1, 1, 2, 1, 0], [2, 1, 2, 1, 0, 2, 0, 0]], index=["a", "b", "c"],
    columns=[f"K{i}" for i in range(1, 9)],
)  # fmt: skip
COLOURS = MARKS.replace({0: "merah", 1: "kuning", 2: "hijau"})
ORDER = ["merah", "kuning", "hijau"]


def value(ratings, coefficient, **options):
    return ak.measure_agreement(ratings, coefficient, rng=1, n_boot=200, **options)


@pytest.mark.parametrize("name", METHODS.names)
def test_every_coefficient_is_one_for_identical_raters_and_carries_no_fake_interval(name):
    raters = 2 if METHODS[name].two_raters else 3
    same = pd.DataFrame([MARKS.iloc[0]] * raters)
    got = value(same, name)
    assert got.estimate == pytest.approx(1)
    assert got.interval.code in ("objects_alike", "no_valid_interval")


@pytest.mark.parametrize("name", METHODS.names)
def test_every_coefficient_is_unavailable_without_variation(name):
    raters = 2 if METHODS[name].two_raters else 3
    got = value(pd.DataFrame(np.ones((raters, 4))), name)
    assert got.value.code == "ratings_all_alike"
    assert np.isnan(got.estimate)
    assert np.isnan(got.table().loc[0, "ci_low"])


@pytest.mark.parametrize("name", METHODS.names)
def test_every_coefficient_has_its_label_and_columns_with_words(name):
    assert has_text(f"label.{name}")
    got = value(MARKS.iloc[:2], name)
    assert all(has_text(f"label.{column}") for column in got.table().columns)
    assert got.record()["coefficient"] == name


def test_one_category_known_to_be_one_of_three_is_perfect_for_gwet():
    assert value(pd.DataFrame(np.ones((3, 4))), "gwet-ac1", categories=[1, 2, 3]).estimate == pytest.approx(1)


def test_gwet_says_when_it_guessed_the_categories():
    guessed, told = value(MARKS, "gwet-ac2"), value(MARKS, "gwet-ac2", categories=range(5))
    assert [n.code for n in guessed.notices] == ["categories_as_seen"]
    assert not told.notices
    assert guessed.estimate != told.estimate


@pytest.mark.parametrize(
    ("name", "metric"), [("krippendorff", "nominal"), ("krippendorff", "ordinal"), ("fleiss", None)]
)
def test_names_of_categories_are_as_good_as_numbers(name, metric):
    numbers, names = value(MARKS, name, metric=metric), value(COLOURS, name, metric=metric, categories=ORDER)
    assert names.estimate == pytest.approx(numbers.estimate, abs=1e-12)
    assert names.categories == tuple(ORDER)
    assert numbers.categories == (0.0, 1.0, 2.0)


def test_long_tables_and_turned_tables():
    long = MARKS.rename_axis("who").reset_index().melt(id_vars="who", var_name="point", value_name="mark")
    wide = value(MARKS, "krippendorff")
    assert value(long, "krippendorff", columns=("who", "point", "mark")).interval == wide.interval
    assert value(MARKS.T, "krippendorff", raters="columns").interval == wide.interval


def test_interval_of_alpha_is_drawn_again_from_its_seed():
    first = ak.measure_agreement(MARKS, n_boot=300)
    assert ak.measure_agreement(MARKS, n_boot=300, rng=first.seed).interval == first.interval
    assert first.n_boot == 300
    assert ak.measure_agreement(MARKS, "fleiss").seed is None


def test_blocks_of_the_bootstrap_change_nothing_but_memory(monkeypatch):
    from akhlak_research.measure import agreement_kernels

    whole = value(MARKS, "krippendorff").interval
    monkeypatch.setattr(agreement_kernels, "_CELLS", 50)
    assert value(MARKS, "krippendorff").interval == whole


def test_samples_without_variation_are_counted():
    rare = pd.DataFrame(np.vstack([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]))
    got = value(rare, "krippendorff", metric="nominal")
    assert got.notices[0].code == "bootstrap_undefined"
    assert 0 < got.notices[0].values["count"] < 200


def test_objects_that_cannot_be_used_are_counted():
    holes = MARKS.astype(float)
    holes.loc["a", "K1"] = holes.loc[["a", "b"], "K2"] = np.nan
    holes.loc[:, "K3"] = np.nan
    assert value(holes, "fleiss").inputs.n_used == 7
    assert value(holes, "krippendorff").inputs.n_used == 6
    assert value(holes, "kendall-w").inputs.n_used == 5
    assert value(holes, "kendall-w").inputs.n_dropped == 3
    assert value(holes.iloc[:2], "kappa").inputs.n_used == 5


def test_a_rater_without_a_rating_is_no_rater():
    with_silent = pd.concat([MARKS, pd.DataFrame(np.nan, index=["d"], columns=MARKS.columns)])
    assert value(with_silent, "kendall-w").value == value(MARKS, "kendall-w").value
    assert value(with_silent.loc[["a", "b", "d"]], "kappa").n_raters == 2


def test_kendall_by_hand_with_ties():
    """Two raters, ranks 1 2.5 2.5 4 and 1 2 3 4: S of rank sums 2, 4.5, 5.5, 8 is 18.5; one tie of two, T = 6."""
    got = value(pd.DataFrame([[1, 2, 2, 3], [1, 2, 3, 4]]), "kendall-w")
    w = 12 * 18.5 / (4 * 60 - 2 * 6)
    assert got.estimate == pytest.approx(w, abs=1e-12)
    assert (got.statistic, got.df) == (pytest.approx(6 * w), 3.0)
    assert got.table().columns[-1] == "pvalue"


def test_weights_of_agreement():
    codes = np.array([1.0, 2.0, 3.0, 5.0])
    np.testing.assert_allclose(agreement_weights(codes, "interval")[0], [1, 15 / 16, 0.75, 0])
    np.testing.assert_allclose(agreement_weights(codes, "linear")[0], [1, 0.75, 0.5, 0])
    np.testing.assert_allclose(agreement_weights(codes, "ordinal")[0], [1, 5 / 6, 0.5, 0])


def test_kappa_of_a_known_table():
    """Agreement on 8 of 10, chance .5: kappa .6."""
    first = [1] * 5 + [0] * 5
    second = [1] * 4 + [0] + [1] + [0] * 4
    got = value(pd.DataFrame([first, second]), "kappa")
    assert got.estimate == pytest.approx(0.6)
    assert (got.observed, got.expected) == (pytest.approx(0.8), pytest.approx(0.5))
    assert isinstance(got.interval, Interval)
    assert got.interval.high <= 1


@pytest.mark.parametrize(
    ("ratings", "options", "kind", "code"),
    [
        (MARKS, {"coefficient": "cohen"}, AkhlakError, "unknown_choice"),
        (MARKS, {"coefficient": "fleiss", "metric": "ordinal"}, MethodError, "metric_undefined"),
        (MARKS, {"coefficient": "kappa"}, MethodError, "two_raters_needed"),
        (COLOURS, {"metric": "ordinal"}, MethodError, "names_need_order"),
        (COLOURS, {"metric": "interval", "categories": ORDER}, MethodError, "names_need_order"),
        (MARKS, {"categories": [0, 1]}, DataError, "rating_not_category"),
        (MARKS, {"categories": [0, 1, 2, 2]}, DataError, "rating_not_category"),
        (MARKS - 1, {"metric": "ratio"}, DataError, "negative_ratio"),
        (MARKS.iloc[:1], {}, DataError, "too_few_raters"),
        (MARKS.iloc[:, :1], {}, DataError, "too_few_objects"),
        (MARKS, {"n_boot": 5}, AkhlakError, "count_out_of_range"),
        (MARKS, {"level": 95}, AkhlakError, "level_out_of_range"),
    ],
)
def test_refusals(ratings, options, kind, code):
    with pytest.raises(kind) as caught:
        ak.measure_agreement(ratings, **options)
    assert caught.value.code == code
    assert all(caught.value.message(lang) and caught.value.advice(lang) for lang in LANGUAGES)


JUDGED = pd.DataFrame(np.random.default_rng(3).normal(size=(12, 1)) + np.random.default_rng(4).normal(size=(12, 4)))


def test_the_mean_of_fixed_raters_is_cronbachs_alpha():
    alpha = ak.cronbach_alpha(JUDGED)
    got = ak.intraclass_correlation(JUDGED, "ICC3k")["ICC3k"]
    assert got.estimate == pytest.approx(alpha.estimate, abs=1e-12)


def test_objects_and_raters_are_told_apart():
    assert ak.intraclass_correlation(JUDGED)["ICC2"] == ak.intraclass_correlation(JUDGED.T, raters="rows")["ICC2"]
    assert "12 objects × 4 raters" in repr(ak.intraclass_correlation(JUDGED))


def test_objects_with_a_hole_are_dropped_and_counted():
    holes = JUDGED.copy()
    holes.iloc[3, 1] = np.nan
    got = ak.intraclass_correlation(holes)
    assert (got.inputs.n_used, got.inputs.n_dropped) == (11, 1)
    assert got["ICC1"].estimate == ak.intraclass_correlation(JUDGED.drop(index=3))["ICC1"].estimate


def test_intraclass_edges():
    column = np.arange(5.0)[:, None]
    same = ak.intraclass_correlation(pd.DataFrame(np.tile(column, 3)))
    assert same["ICC1"].estimate == same["ICC2k"].estimate == 1
    assert same["ICC3"].interval.code == "no_error_variance"
    shifted = ak.intraclass_correlation(pd.DataFrame(column + np.arange(3)))
    assert shifted["ICC3"].estimate == pytest.approx(1)
    assert shifted["ICC2"].estimate < 1
    constant = ak.intraclass_correlation(pd.DataFrame(np.full((5, 3), 0.1)))
    assert {form.value.code for form in constant.forms} == {"icc_undefined"}
    assert np.isnan(constant.table()["estimate"]).all()
    opposed = ak.intraclass_correlation(pd.DataFrame([[1.0, 2.0], [2.0, 1.0]]))
    assert opposed["ICC1"].estimate == -1
    assert opposed["ICC3"].interval.code == "no_error_variance"


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (JUDGED.iloc[:, :1], {}, "too_few_raters"),
        (JUDGED.iloc[:1], {}, "too_few_objects"),
        (JUDGED, {"model": "ICC4"}, "unknown_choice"),
        (JUDGED, {"level": 0.3}, "level_out_of_range"),
        (COLOURS.T, {}, "not_numeric"),
    ],
)
def test_intraclass_refusals(frame, options, code):
    with pytest.raises(AkhlakError) as caught:
        ak.intraclass_correlation(frame, **options)
    assert caught.value.code == code


def test_intraclass_table_has_words():
    got = ak.intraclass_correlation(JUDGED)
    assert all(has_text(f"label.{name}") for name in got.table().columns)
    with pytest.raises(AkhlakError):
        ak.intraclass_correlation(JUDGED, "ICC1")["ICC2"]
