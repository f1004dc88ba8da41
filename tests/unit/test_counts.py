"""Counts: exact, additive, kept in a file without loss."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.counts.moments import as_moments
from akhlak_research.counts.rows import as_rows, repeat_by

FRAME = pd.DataFrame({"a": [1, 2, 2, 3, np.nan], "b": [1, 1, 2, 3, 3], "c": [2, 2, np.nan, 1, 3]})


def error(call) -> AkhlakError:
    with pytest.raises(AkhlakError) as caught:
        call()
    for lang in ("id", "en"):
        assert caught.value.code in caught.value.message(lang)
        assert caught.value.advice(lang), "an error says what to do"
    return caught.value


def test_tables_by_hand():
    counts = ak.count_responses(FRAME)
    assert counts.categories == (1, 2, 3)
    assert counts.n_rows == 5 and counts.n_used("listwise") == 3
    np.testing.assert_array_equal(counts.single_tables()[0], [1, 2, 1])
    np.testing.assert_array_equal(counts.pair_tables()[0, 1], [[1, 0, 0], [1, 1, 0], [0, 0, 1]])
    np.testing.assert_array_equal(counts.pair_tables("listwise")[0, 1], [[1, 0, 0], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(counts.pair_n(), [[4, 4, 3], [4, 5, 4], [3, 4, 4]])


def test_a_scale_gives_unanswered_categories_their_place():
    assert ak.count_responses(FRAME, scale=(1, 5)).categories == (1, 2, 3, 4, 5)


def test_sum_equals_counting_together_even_with_other_categories_and_groups():
    first, second = FRAME.iloc[:2], FRAME.iloc[2:]
    assert sum([ak.count_responses(first), ak.count_responses(second)]).equals(ak.count_responses(FRAME))
    labels = pd.Series(["x", "y", "y", "z", "x"])
    parts = [ak.count_responses(FRAME.iloc[part], by=labels.iloc[part]) for part in ([0, 3], [1, 2, 4])]
    together = sum(parts)
    whole = ak.count_responses(FRAME, by=labels)
    order = [together.groups.index(g) for g in whole.groups]
    np.testing.assert_array_equal(together.available.pairs[order], whole.available.pairs)


def test_frequencies_are_rows_and_weights_are_not():
    k = np.array([2, 1, 3, 1, 2])
    repeated = FRAME.loc[FRAME.index.repeat(k)].reset_index(drop=True)
    by_frequency = ak.count_responses(FRAME, frequencies=k)
    np.testing.assert_array_equal(by_frequency.available.pairs, ak.count_responses(repeated).available.pairs)
    assert by_frequency.available.pairs.dtype == np.int64
    weighted = ak.count_responses(FRAME, weights=k * 0.5)
    np.testing.assert_allclose(weighted.available.pairs * 2, by_frequency.available.pairs)
    assert weighted.n_rows == 5


def test_written_counts_come_back_exactly(tmp_path):
    for options in ({}, {"weights": [0.1, 0.7, 1 / 3, 2.0, 1.0]}, {"by": pd.Series(list("xxyyy"), name="office")}):
        counts = ak.count_responses(FRAME, **options)
        again = ak.read_counts(counts.write(tmp_path / "c.json"))
        assert again.equals(counts) and again.by == counts.by


def test_a_changed_file_is_refused(tmp_path):
    path = ak.count_responses(FRAME).write(tmp_path / "c.json")
    body = json.loads(path.read_text())
    body["arrays"][0] = [6]  # a number that no longer fits the digest
    path.write_text(json.dumps(body))
    assert error(lambda: ak.read_counts(path)).code == "counts_damaged"
    path.write_text('{"format": "other"}')
    assert error(lambda: ak.read_counts(path)).code == "counts_format"
    path.write_text("no json")
    assert error(lambda: ak.read_counts(path)).code == "counts_format"
    assert error(lambda: ak.read_counts(tmp_path / "none.json")).code == "file_not_found"


def test_table_has_a_row_per_item_and_category():
    table = ak.count_responses(FRAME).table()
    assert list(table.columns) == ["item", "category", "count", "share"]
    assert len(table) == 9 and table.groupby("item")["share"].sum().round(12).eq(1).all()


REFUSALS = {
    "no_items": lambda: as_rows(pd.DataFrame(index=[0, 1])),
    "no_rows": lambda: as_rows(FRAME.iloc[:0]),
    "items_type": lambda: as_rows([[1, 2], [3, 4]]),
    "duplicate_items": lambda: as_rows(FRAME.set_axis(["a", "a", "c"], axis=1)),
    "not_numeric": lambda: as_rows(FRAME.assign(b="often")),
    "infinite_value": lambda: as_rows(FRAME.assign(b=np.inf)),
    "outside_scale": lambda: as_rows(FRAME, scale=(1, 2)),
    "keys_unknown": lambda: as_rows(FRAME, keys={"z": -1}, scale=(1, 3)),
    "keys_value": lambda: as_rows(FRAME, keys={"a": 0}, scale=(1, 3)),
    "keys_need_scale": lambda: as_rows(FRAME, keys={"a": -1}),
    "scale_limits": lambda: as_rows(FRAME, scale=(3, 1)),
    "weights_twice": lambda: as_rows(FRAME, weights=np.ones(5), frequencies=np.ones(5)),
    "weights_invalid": lambda: as_rows(FRAME, weights=[1, 1, -1, 1, 1]),
    "frequencies_invalid": lambda: as_rows(FRAME, frequencies=[1, 1, 1.5, 1, 1]),
    "by_unknown": lambda: ak.count_responses(FRAME, by="office"),
    "by_invalid": lambda: ak.count_responses(FRAME, by=pd.Series(["x"])),
    "by_index": lambda: ak.count_responses(FRAME, by=pd.Series(list("xxyyy"), index=range(1, 6))),
    "too_few_items": lambda: as_moments(FRAME[["a"]]),
    "too_few_rows": lambda: as_moments(FRAME.iloc[:1]),
    "constant_item": lambda: as_moments(FRAME.assign(b=4)),
    "all_missing": lambda: as_moments(FRAME.assign(b=np.nan)),
    "no_pair": lambda: as_moments(
        pd.DataFrame({"a": [1, 2, np.nan, np.nan], "b": [np.nan, np.nan, 1, 2]}), missing="pairwise"
    ),
    "not_categorical": lambda: ak.count_responses(FRAME + 0.5),
    "unknown_choice": lambda: as_moments(FRAME, missing="pair"),
    "counts_differ": lambda: ak.count_responses(FRAME) + ak.count_responses(FRAME[["a", "b"]]),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals_say_what_and_what_to_do(code):
    assert error(REFUSALS[code]).code == code


def test_constant_item_names_the_item_and_its_value():
    fault = error(REFUSALS["constant_item"])
    assert (fault.where.column, fault.got) == ("b", 4.0)


def test_values_named_in_errors():
    fault = error(REFUSALS["outside_scale"])
    assert (fault.where.column, fault.where.row, fault.got, fault.values["count"]) == ("a", 4, 3.0, 4)
    assert error(REFUSALS["too_few_rows"]).got == 1
    assert error(REFUSALS["not_numeric"]).got == "often"


def test_a_series_of_weights_must_carry_the_frames_index():
    shuffled = pd.Series(np.ones(5), index=[4, 3, 2, 1, 0])
    assert error(lambda: as_rows(FRAME, weights=shuffled)).code == "weights_invalid"


def test_by_leaves_a_refused_group_out_and_says_so():
    frame = pd.DataFrame({"a": [1, 2, 3, 2], "b": [2, 1, 3, 2], "c": [1, 2, 3, 3], "g": ["x", "x", "x", "y"]})
    parts = repeat_by(lambda items, **_: _one(items), frame, "g")
    assert list(parts) == ["x"]
    assert (parts.notices[0].values["group"], parts.notices[0].values["code"]) == ("y", "too_few_rows")
    assert "1 of 1 respondents" in parts.notices[0].say("en")


def _one(items):
    as_moments(items)
    return ak.cronbach_alpha(items)


def test_moments_equal_pandas_listwise_and_pairwise(bfi):
    listwise = as_moments(bfi)
    np.testing.assert_allclose(listwise.cov, bfi.dropna().cov(), rtol=1e-12, atol=1e-12)
    assert listwise.n == 2436 and listwise.inputs.n_dropped == 364
    pairwise = as_moments(bfi, missing="pairwise")
    np.testing.assert_allclose(pairwise.cov, bfi.cov(), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(pairwise.correlation, bfi.corr(), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(pairwise.mean, bfi.mean(), rtol=1e-12)
    np.testing.assert_array_equal(np.diag(pairwise.n_pair), bfi.notna().sum())


def test_what_was_keyed_and_weighted_already_takes_no_second_keys_or_weights():
    for made in (as_rows(FRAME), ak.count_responses(FRAME), as_moments(FRAME)):
        assert error(lambda made=made: as_moments(made, keys={"a": -1}, scale=(1, 3))).code == "keyed_already"
        assert error(lambda made=made: as_moments(made, weights=np.ones(5))).code == "weights_twice"


def test_who_answered_nothing_is_used_by_nobody():
    frame = pd.concat(
        [FRAME, pd.DataFrame({"a": [np.nan] * 2, "b": [np.nan] * 2, "c": [np.nan] * 2})], ignore_index=True
    )
    for items in (frame, ak.count_responses(frame)):
        moments = as_moments(items, missing="pairwise")
        assert (moments.n, moments.inputs.n_rows, moments.inputs.n_dropped) == (5, 7, 2)


def test_an_item_nobody_answered_is_named_by_counts_too():
    counts = ak.count_responses(FRAME.assign(b=np.nan))
    fault = error(lambda: as_moments(counts))
    assert (fault.code, fault.where.column) == ("all_missing", "b")


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_counts_and_rows_give_the_same_moments(bfi, missing):
    rows, counts = as_moments(bfi, missing=missing), as_moments(ak.count_responses(bfi), missing=missing)
    np.testing.assert_allclose(counts.cov, rows.cov, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(counts.correlation, rows.correlation, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(counts.n_pair, rows.n_pair)
    assert counts.n == rows.n


def test_rounding_dust_does_not_pass_for_variance():
    """A constant of 0.1 has a sum of squares that is not exactly zero after centring."""
    frame = pd.DataFrame({"a": np.full(1000, 0.1), "b": np.arange(1000.0), "c": np.arange(1000.0) ** 2})
    assert as_moments(frame, allow_constant=True).constant == ("a",)
    huge = pd.DataFrame({"a": 1e9 + np.arange(5.0), "b": np.arange(5.0)})
    assert as_moments(huge).constant == ()


def test_statistics_of_a_file_refuse_a_constant_item_and_a_single_respondent(tmp_path, bfi_study):
    head = ",".join(bfi_study.instrument.item_codes)
    rows = ["2," + ",".join(str(1 + (row + at) % 6) for at in range(24)) for row in range(8)]
    path = tmp_path / "constant.csv"
    path.write_text("\n".join([head, *rows]))
    answers = ak.read_responses(path, bfi_study.instrument)
    fault = error(lambda: ak.cronbach_alpha(answers.of_dimension("A")))
    assert (fault.code, fault.where.file, fault.where.column, fault.got) == ("constant_item", "constant.csv", "A1", 5.0)
    assert "Leave the item out" in fault.advice("en") and "Keluarkan butir" in fault.advice("id")
    path.write_text("\n".join([head, rows[0]]))
    alone = error(lambda: ak.cronbach_alpha(ak.read_responses(path, bfi_study.instrument)))
    assert (alone.code, alone.got, alone.expected, alone.values["n_rows"]) == ("too_few_rows", 1, 2, 1)
    assert "Collect more answers" in alone.advice("en") and "Kumpulkan" in alone.advice("id")
