"""What Responses give: keyed codes, selections, missing answers, who answered."""

import dataclasses
import json
import pickle

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.words import Words

INSTRUMENT = """\
name: demo
title: {en: Demo}
version: "1"
scale: {low: 1, high: 5}
missing: [{kind: not_applicable, codes: [9]}, {kind: refused, codes: [R]}]
dimensions: [{code: D, name: {en: D}}, {code: F, name: {en: F}}]
items:
  - {code: a, dimension: D, text: {en: A}}
  - {code: b, dimension: F, text: {en: B}, reverse: true}
  - {code: c, dimension: D, text: {en: C}}
groups:
  - code: sex
    name: {en: Sex, id: Kelamin}
    labels: {1: {en: man, id: pria}, 2: {en: woman, id: wanita}}
  - {code: unit, name: {en: Unit}}
  - {code: age, name: {en: Age}, kind: numeric}
"""
ANSWERS = """\
a,b,c,sex,unit,age,w
1,9,5,1,Y,20,1
2,R,,1,X,,1
,,,,,40,2
3,4,9,1,X,30,0
5,1,1,1,X,30,1
"""


@pytest.fixture(scope="module")
def big_five(root):
    return ak.read_instrument(root / "data" / "bfi")


@pytest.fixture(scope="module")
def answers(root, big_five):
    return ak.read_responses(root / "data" / "bfi" / "responses.csv", big_five)


@pytest.fixture
def demo(tmp_path):
    """Five people, three items; kinds of missing answers, weights, a free-text group."""
    (tmp_path / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    (tmp_path / "answers.csv").write_text(ANSWERS, encoding="utf-8")
    return ak.read_responses(tmp_path / "answers.csv", ak.read_instrument(tmp_path), weights="w")


# --- Responses


def test_selection_keeps_people_and_order(answers):
    part = answers.select(["N5", "A1"])
    assert part.items == ("A1", "N5") and part.n == 2800
    assert part.codes.equals(answers.codes[["A1", "N5"]]) and part.groups.equals(answers.groups)
    assert part.instrument.reversed_items == ("A1",)
    assert answers.select("C4").items == ("C4",)
    assert answers.of_dimension("C").items == ("C1", "C2", "C3", "C4", "C5")
    assert answers.select(["A1", "C1"], dimension="C").items == ("C1",)
    assert part.digest == answers.digest


@pytest.mark.parametrize(
    ("arguments", "code", "got"),
    [
        ({"items": ["A9"]}, "unknown_choice", "A9"),
        ({"dimension": "Z"}, "unknown_choice", "Z"),
        ({"items": []}, "no_selection", None),
        ({}, "no_selection", None),
        ({"items": ["C1"], "dimension": "A"}, "no_selection", None),
    ],
)
def test_wrong_selections(answers, arguments, code, got):
    with pytest.raises(ArgumentError) as caught:
        answers.select(**arguments)
    assert (caught.value.code, caught.value.got) == (code, got)
    assert caught.value.advice("id") and caught.value.advice("en")


def test_where_keeps_numbers(demo):
    part = demo.where(np.array([False, True, False, True, True]))
    assert list(part.codes.index) == [2, 4, 5] == list(part.groups.index) == list(part.weights.index)
    assert part.missing_kinds.loc[2].tolist() == ["", "refused", "blank"]
    assert demo.where((demo.groups["sex"] == 1).fillna(False)).n == 4
    assert demo.where(np.zeros(5, dtype=bool)).n == 0


@pytest.mark.parametrize("mask", [np.array([1, 0, 1, 0, 1]), np.array([True, False]), np.array([None] * 5)])
def test_where_takes_truth_values_only(demo, mask):
    with pytest.raises(ArgumentError) as caught:
        demo.where(mask)
    assert caught.value.code == "mask_invalid" and caught.value.expected == "bool (5,)"


def test_notices_follow_the_selection(big_five):
    frame = pd.DataFrame(np.tile([3, 4], (25, 1)).T, columns=list(big_five.item_codes)).assign(A1=2)
    read = ak.read_responses(frame, big_five)
    assert [n.values.get("columns") for n in read.notices if n.code == "constant_item"] == [("A1",)]
    assert any(n.code == "constant_item" for n in read.select(dimension="A").notices)
    assert not any(n.code == "constant_item" for n in read.select(dimension="C").notices)


def test_parts_must_fit(demo):
    with pytest.raises(DataError) as caught:
        dataclasses.replace(demo, codes=demo.codes.iloc[:3])
    assert caught.value.code == "responses_shape" and caught.value.got == [3, 5]
    with pytest.raises(DataError) as caught:
        dataclasses.replace(demo, codes=demo.codes[["b", "a", "c"]])
    assert caught.value.got == ["b", "a", "c"] and caught.value.expected == ("a", "b", "c")


def test_no_answer_is_shown(demo):
    page = demo._repr_html_()
    assert repr(demo) == "<responses answers.csv: 5 respondents, 3 items, 7 answers missing>"
    assert "7 / 15" in page and "sex, unit, age" in page
    assert "Y" not in page.replace("Yes", "") and "40" not in page
    with ak.language("id"):
        assert "Responden" in demo._repr_html_()


def test_pickles(demo):
    again = pickle.loads(pickle.dumps(demo))
    assert again.codes.equals(demo.codes) and again.instrument == demo.instrument


# --- missing answers


def test_missing_by_kind(demo):
    missing = ak.missing_table(demo)
    frame = missing.table()
    assert list(frame) == [
        "item", "n", "n_missing", "percent_missing", "missing_blank", "missing_not_applicable", "missing_refused",
    ]  # fmt: skip
    assert frame.to_numpy().tolist() == [
        ["a", 4, 1, 20.0, 1, 0, 0], ["b", 2, 3, 60.0, 1, 1, 1], ["c", 2, 3, 60.0, 2, 1, 0],
    ]  # fmt: skip
    assert missing.patterns().to_numpy().tolist() == [[0, 1, 20.0], [1, 2, 40.0], [2, 1, 20.0], [3, 1, 20.0]]
    assert missing.n_complete == 1
    assert missing.inputs.n_rows == missing.inputs.n_used == 5 and missing.inputs.weighting == "none"
    assert json.loads(json.dumps(missing.record()))["counts"] == [[1, 0, 0], [1, 1, 1], [2, 1, 0]]


def test_missing_of_bfi(answers):
    missing = ak.missing_table(answers)
    raw = pd.isna(answers.codes.to_numpy())
    assert missing.n_complete == 2436
    assert missing.table()["n_missing"].tolist() == raw.sum(axis=0).tolist()
    assert missing.patterns()["n"].sum() == 2800
    assert (missing.patterns()["n_missing_items"] * missing.patterns()["n"]).sum() == raw.sum() == 508


def test_columns_have_words(demo, answers):
    from akhlak_research.core.text import has_text

    frames = [ak.missing_table(demo).table(), ak.missing_table(demo).patterns(), answers.instrument.table()]
    profile = ak.describe_respondents(demo)
    frames += [profile.table(), profile.numeric(), ak.thresholds().table(), answers.instrument.codebook().scale_table()]
    missing = {column for frame in frames for column in frame if not has_text(f"label.{column}")}
    assert not missing


# --- who answered


def test_profile(demo):
    profile = ak.describe_respondents(demo)
    assert profile.table("en").to_numpy().tolist() == [
        ["sex", "Sex", "1", "man", 4, 80.0], ["sex", "Sex", "2", "woman", 0, 0.0],
        ["sex", "Sex", "", "No answer", 1, 20.0],
        ["unit", "Unit", "X", "X", 3, 60.0], ["unit", "Unit", "Y", "Y", 1, 20.0],
        ["unit", "Unit", "", "No answer", 1, 20.0],
    ]  # fmt: skip
    assert profile.table("id")["label"].tolist() == ["pria", "wanita", "Tidak menjawab", "X", "Y", "Tidak menjawab"]
    with ak.language("id"):
        assert profile.table()["name"].tolist()[0] == "Kelamin"
    row = profile.numeric().iloc[0]
    assert row[["variable", "n", "n_missing", "mean", "min", "median", "max"]].tolist() == ["age", 4, 1, 30, 20, 30, 40]
    assert row["sd"] == pytest.approx(np.sqrt(200 / 3), rel=1e-14)  # divisor n − 1


def test_profile_tells_small_cells_and_unused_weights(demo):
    notices = {note.code: note for note in ak.describe_respondents(demo).notices}
    assert set(notices) == {"small_cells", "profile_unweighted"}
    small = notices["small_cells"]
    assert small.values["cells"] == ["sex 1: 4", "unit X: 3", "unit Y: 1"] and small.values["limit"] == 10
    assert "3 groups hold fewer than 10" in small.say("en") and "3 kelompok" in small.say("id")


def test_profile_of_bfi(answers, root):
    profile = ak.describe_respondents(answers)
    plain = pd.read_csv(root / "data" / "bfi" / "responses.csv")
    frame = profile.table("id")
    gender = frame[frame["variable"] == "gender"]
    assert gender["n"].tolist() == plain["gender"].value_counts().sort_index().tolist()
    assert gender["label"].tolist() == ["Laki-laki", "Perempuan"]
    assert frame.groupby("variable")["percent"].sum().tolist() == pytest.approx([100, 100], rel=1e-14)
    assert frame.groupby("variable")["n"].sum().tolist() == [2800, 2800]
    age = profile.numeric("en").iloc[0]
    assert (age["mean"], age["sd"]) == pytest.approx((plain["age"].mean(), plain["age"].std()), rel=1e-13)
    assert profile.notices == ()
    assert json.loads(json.dumps(profile.record()))["kind"] == "respondent_profile"


def test_a_quantity_that_nobody_gave_has_a_reason(demo):
    silent = demo.where(np.array([False, True, False, False, False]))
    part = ak.describe_respondents(silent).quantities[0]
    assert isinstance(part.mean, ak.Unavailable) and part.mean.code == "too_few_values"
    assert "0" in part.mean.reason("en") and "0" in part.mean.reason("id")
    alone = ak.describe_respondents(demo.where(np.array([True] + [False] * 4))).quantities[0]
    assert alone.mean == 20 and isinstance(alone.sd, ak.Unavailable)


@pytest.mark.parametrize("function", [ak.missing_table, ak.describe_respondents])
def test_nobody(demo, function):
    with pytest.raises(DataError) as caught:
        function(demo.where(np.zeros(5, dtype=bool)))
    assert caught.value.code == "no_rows"


def test_inputs_know_the_data(demo):
    first, again = ak.missing_table(demo).inputs.digest, ak.missing_table(demo).inputs.digest
    fewer = ak.missing_table(demo.where(np.array([True] * 4 + [False]))).inputs.digest
    assert first == again != fewer


def test_an_undescribed_group_is_counted_as_text(demo):
    frame = demo.codes.assign(office=["X", "X", "Y", None, "Y"])
    read = ak.read_responses(frame, demo.instrument.subset(), groups=["office"])
    table = ak.describe_respondents(read).table("id")
    assert table[["name", "value", "n"]].to_numpy().tolist() == [
        ["office", "X", 2], ["office", "Y", 2], ["office", "", 1],
    ]  # fmt: skip
    assert isinstance(read.instrument.title, Words)
