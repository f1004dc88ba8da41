"""Drafting from exports that need to be understood first: LimeSurvey codes, Qualtrics heads, commas, labelled gaps."""

import csv

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import akhlak_research as ak
from akhlak_research.cli import main
from akhlak_research.core.errors import DataError
from akhlak_research.instrument.rules import plain_cell
from akhlak_research.responses.draft_columns import is_quantity
from akhlak_research.stages.new import new_study


def codes(n=120, items=6, high=5, seed=3):
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n, 1))
    x = np.digitize(common + rng.standard_normal((n, items)), np.linspace(-1.5, 1.5, high - 1)) + 1
    x[0] = high
    x[1] = 1
    return x


def said(draft):
    return [notice.code for notice in draft.notices]


def test_a_code_that_the_file_labels_as_no_answer_is_missing_and_not_the_top_of_a_scale(tmp_path):
    x = codes().astype(float)
    x[5, :3] = 99
    frame = pd.DataFrame(x, columns=[f"v{i}" for i in range(1, 7)])
    labels = {1: "STS", 2: "TS", 3: "N", 4: "S", 5: "SS", 99: "Tidak menjawab"}
    pyreadstat.write_dta(frame, str(tmp_path / "a.dta"), variable_value_labels=dict.fromkeys(frame, labels))

    study = ak.Study(new_study(tmp_path / "study", tmp_path / "a.dta"))

    assert str(study.instrument.scale) == "1–5"
    assert study.instrument.missing[0].kind == "refused" and study.instrument.missing[0].codes == ("99",)
    assert study.responses.codes.isna().sum().sum() == 3


def test_limesurvey_answer_codes_are_places_on_a_scale(tmp_path):
    x = codes()
    frame = pd.DataFrame({"id": range(len(x)), "submitdate": "2026-01-01", "lastpage": 3, "startlanguage": "id"})
    for i in range(6):
        frame[f"G1[SQ{i + 1:03d}]"] = [f"A{code}" for code in x[:, i]]
    frame.to_csv(tmp_path / "lime.csv", index=False)

    study = ak.Study(new_study(tmp_path / "study", tmp_path / "lime.csv"))

    assert study.instrument.item_codes[0] == "G1_SQ001" and str(study.instrument.scale) == "1–5"
    np.testing.assert_array_equal(study.responses.codes.to_numpy(dtype=int), x)


@pytest.mark.parametrize("rows", [1, 2])
def test_the_rows_below_a_qualtrics_header_are_no_respondents(tmp_path, rows):
    words = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]
    x = codes()
    heads = ["StartDate", "IPAddress", "ResponseId", *(f"Q1_{i}" for i in range(1, 7))]
    titles = ["Start Date", "IP Address", "Response ID", *(f"Do you agree? - I do thing {i}" for i in range(1, 7))]
    file = tmp_path / "qualtrics.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerows([heads, titles, [f'{{"ImportId":"{head}"}}' for head in heads]][: rows + 1])
        for i, answers in enumerate(x):
            writer.writerow(["2026-01-01", f"10.0.0.{i}", f"R_{i:04d}", *(words[code - 1] for code in answers)])

    draft = ak.draft_instrument(file)
    answers = ak.read_responses(file, draft.instrument)

    assert draft.instrument.items[0].text["en"] == "Do you agree? - I do thing 1"
    np.testing.assert_array_equal(answers.codes.to_numpy(dtype=int), x)


def test_decimal_commas_of_a_spreadsheet(tmp_path):
    x = codes()
    frame = pd.DataFrame({f"x{i}": [f"{code},0" for code in x[:, i]] for i in range(6)})
    frame["Bobot"] = [f"{0.5 + i / 100:.2f}".replace(".", ",") for i in range(len(x))]
    frame.to_csv(tmp_path / "a.csv", sep=";", index=False)

    study = ak.Study(new_study(tmp_path / "study", tmp_path / "a.csv"))

    np.testing.assert_array_equal(study.responses.codes.to_numpy(dtype=int), x)
    assert study.responses.groups["Bobot"].iloc[3] == 0.53


@pytest.mark.parametrize(
    ("cells", "expected"),
    [(["0,5", "1"], True), (["1.5"], True), (["1,234", "12,000"], False), (["1,5", "1.5"], False), ([], False)],
)
def test_a_quantity_is_one_only_where_it_cannot_be_two(cells, expected):
    assert is_quantity(cells) is expected


@pytest.mark.parametrize(("cell", "plain"), [("4,0", "4"), ("+04,00", "4"), ("4,000", "4,000"), ("4,5", "4,5")])
def test_a_whole_number_with_a_comma(cell, plain):
    assert plain_cell(cell) == plain


def test_items_that_never_reach_the_top_of_their_scale_are_named(tmp_path):
    frame = pd.DataFrame(np.hstack([codes(high=4), codes(seed=4)]), columns=[f"i{i}" for i in range(12)])
    frame.to_csv(tmp_path / "a.csv", index=False)

    draft = ak.draft_instrument(tmp_path / "a.csv")

    (notice,) = [notice for notice in draft.notices if notice.code == "draft_top_unseen"]
    assert notice.values["columns"] == tuple(f"i{i}" for i in range(6)) and notice.values["highest"] == 4


def test_every_scale_of_a_form_is_named(tmp_path):
    wide = np.random.default_rng(1).integers(0, 11, (120, 3))
    pd.DataFrame(np.hstack([codes(), wide])).add_prefix("i").to_csv(tmp_path / "a.csv", index=False)

    draft = ak.draft_instrument(tmp_path / "a.csv")

    assert [n.values["scale"] for n in draft.notices if n.code == "draft_items"] == ["1–5", "0–10"]


def test_the_command_takes_labels_and_encoding(tmp_path, capsys):
    words = ["Wah", "Héh", "Yah"]
    file = tmp_path / "a.csv"
    x = codes(high=3)
    lines = ["a;b;c", *(";".join(words[code - 1] for code in row[:3]) for row in x)]
    file.write_text("\n".join(lines), encoding="cp1252")

    assert main(["new", str(tmp_path / "s0"), "--from", str(file)]) == 1
    assert "--encoding cp1252" in capsys.readouterr().err
    assert main(["new", str(tmp_path / "s1"), "--from", str(file), "--encoding", "cp1252"]) == 1
    assert "--labels" in capsys.readouterr().err
    assert (
        main(["new", str(tmp_path / "s2"), "--from", str(file), "--encoding", "cp1252", "--labels", ";".join(words)])
        == 0
    )
    np.testing.assert_array_equal(ak.Study(tmp_path / "s2").responses.codes.to_numpy(dtype=int), x[:, :3])


def test_a_long_list_of_different_cells_is_not_offered_as_answers(tmp_path):
    pd.DataFrame({c: [f"word {i % 40}" for i in range(200)] for c in "abc"}).to_csv(tmp_path / "a.csv", index=False)

    with pytest.raises(DataError) as caught:
        ak.draft_instrument(tmp_path / "a.csv")

    assert caught.value.got == "–"


@pytest.mark.parametrize("twice", ["Unit", "q1"])
def test_two_columns_of_one_name_are_never_taken_for_each_other(tmp_path, twice):
    x = codes(items=3)
    names = ["q1", "q2", "q3", "Unit", twice]
    file = tmp_path / "a.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([names, *([*row, "North", "East"] for row in x)])

    with pytest.raises(DataError) as caught:
        ak.draft_instrument(file)

    assert caught.value.code == "duplicate_column" and caught.value.where.column == twice
