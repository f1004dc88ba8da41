"""Reading answers: every fault has a code, a place, a value, a rule and advice in both languages; the rest is read."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background, Dimension, Item, MissingKind, ResponseScale


def words(text):
    return Words({"en": text, "id": text})


SCALE = ResponseScale(
    1, 5,
    {
        1: Words({"en": "Strongly disagree", "id": "Sangat tidak setuju"}),
        2: Words({"en": "Disagree", "id": "Tidak setuju"}),
        3: Words({"en": "Neutral", "id": "Netral"}),
        4: Words({"en": "Agree", "id": "Setuju"}),
        5: Words({"en": "Strongly agree", "id": "Sangat setuju"}),
    },
)  # fmt: skip
DEMO = ak.Instrument(
    "demo", words("Demo"), "1", SCALE, (Dimension("D", words("D")), Dimension("F", words("F"))),
    (
        Item("q1", "D", words("One")),
        Item("q2", "D", words("Two"), reverse=True),
        Item("t1", "F", words("Heat"), reverse=True, scale=ResponseScale(-2, 2)),
    ),
    missing=(MissingKind("not_applicable", ("99", "-9")), MissingKind("dont_know", ("TT",))),
    groups=(
        Background("sex", words("Sex"), labels={1: words("male"), 2: words("female")}),
        Background("rank", words("Rank"), labels={"J": words("junior"), "S": words("senior")}, missing=("0",)),
        Background("age", words("Age"), kind="numeric"),
    ),
)  # fmt: skip
HEAD = "q1,q2,t1,sex,rank,age\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="answers.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


# --- faults: (content, arguments, code, row, column, got, expected, words of the hint in English and Indonesian)

FAULTS = {
    "empty file": ("", {}, "empty_file", None, None, None, None, ("Export the answers again", "Ekspor ulang")),
    "only space": (" \n\n", {}, "empty_file", None, None, None, None, ("Export the answers again", "Ekspor ulang")),
    "only a mark": (b"\xef\xbb\xbf", {}, "empty_file", None, None, None, None, ("first line", "baris pertama")),
    "header only": (HEAD, {}, "header_only", 1, None, 6, None, ("check the filter", "periksa penyaring")),
    "header only, no line end": (HEAD.strip(), {}, "header_only", 1, None, 6, None, ("filter", "penyaring")),
    "unknown item": (
        "q1,Q_2,t1\n1,2,0\n", {}, "unknown_item", 1, "q2", ["q2"], ["Q_2"],
        ("Nearest column names: Q_2", "paling mirip: Q_2"),
    ),
    "items spelled otherwise": (
        "\nQ1,Q2,T1\n1,2,0\n", {}, "unknown_item", 2, "q1", ["q1", "q2", "t1"], ["Q1"],
        ("first line must hold the item codes", "Baris pertama harus berisi kode butir"),
    ),
    "no header": (
        "1,2,0\n2,3,1\n", {}, "unknown_item", 1, "q1", ["q1", "q2", "t1"], "–",
        ("first line must hold the item codes", "Baris pertama harus berisi kode butir"),
    ),
    "unexpected column": (
        "q1,q2,t1,qq1\n1,2,0,5\n", {"extra": "error"}, "unexpected_column", 1, "qq1", ["qq1"], ["q1"],
        ('extra="ignore"', 'extra="ignore"'),
    ),
    "text in an item column": (
        HEAD + "1,2,0,1,J,30\n1,x,0,1,J,30\n3,NA,1,2,S,40\n", {}, "text_in_item", 3, "q2", "x", "1–5",
        ("under missing", "bagian missing"),
    ),
    "labels and codes mixed": (
        HEAD + "1,2,0,1,J,30\nSetuju,2,0,1,J,30\n", {}, "text_in_item", 3, "q1", "Setuju", "1–5",
        ("labels throughout the column", "label di seluruh kolom"),
    ),
    "code out of scale": (
        HEAD + "1,2,0,1,J,30\n6,2,0,1,J,30\n0,7,1,2,S,40\n", {}, "code_out_of_scale", 3, "q1", "6", "1–5",
        ("declare it in the instrument under missing", "nyatakan dalam instrumen pada bagian missing"),
    ),
    "code outside the item's own scale": (
        HEAD + "1,2,3,1,J,30\n", {}, "code_out_of_scale", 2, "t1", "3", "-2…2", ("Correct the cell", "Perbaiki selnya"),
    ),
    "a number of 18 digits": (
        HEAD + "198001012005011001,2,1,1,J,30\n", {}, "code_out_of_scale", 2, "q1", "•" * 18, "1–5",
        ("Correct the cell", "Perbaiki selnya"),
    ),
    "fraction": (
        HEAD + "1,2,0,1,J,30\n3.5,2,0,1,J,30\n", {}, "fractional_code", 3, "q1", "3.5", "1–5",
        ("not means or imputed values", "bukan rata-rata"),
    ),
    "decimal comma in quotes": (
        HEAD + '1,2,0,1,J,30\n1,"3,5",0,1,J,30\n', {}, "decimal_comma", 3, "q2", "3,5", "1–5",
        ("decimal point", "titik desimal"),
    ),
    "decimal comma after semicolons": (
        HEAD.replace(",", ";") + "1;2;0;1;J;30\n1;3,5;0;1;J;30\n", {"delimiter": ";"}, "decimal_comma", 3, "q2", "3,5",
        "1–5", ("decimal point", "titik desimal"),
    ),
    "decimal comma in a quantity": (
        HEAD + '1,2,0,1,J,"30,5"\n', {}, "decimal_comma", 2, "age", "30,5", "0.5", ("decimal point", "titik desimal"),
    ),
    "decimal comma without quotes": (
        HEAD + "1,3,5,0,1,J,30\n", {}, "ragged_row", 2, None, 7, 6, ("decimal comma is two cells", "menjadi dua sel"),
    ),
    "row too short": (
        HEAD + "1,2,0,1,J,30\n1,2,0\n", {}, "ragged_row", 3, None, 3, 6, ("quotation marks", "tanda petik"),
    ),
    "row too short, quoted file": (
        HEAD + '"1",2,0,1,J,30\n1,2,0\n', {}, "ragged_row", 3, None, 3, 6, ("quotation marks", "tanda petik"),
    ),
    "all-missing item": (
        HEAD + "1,,0,1,J,30\n1,99,0,1,J,30\n2,TT,1,1,J,30\n", {}, "all_missing_item", 1, "q2", ["q2"], "1–5",
        ("Check the export", "Periksa ekspornya"),
    ),
    "duplicate column": (
        "q1,q2,t1,q1\n1,2,0,3\n", {}, "duplicate_column", 1, "q1", 2, 1, ("cannot be guessed", "tidak dapat ditebak"),
    ),
    "duplicate background": (
        "q1,q2,t1,sex, sex\n1,2,0,1,1\n", {}, "duplicate_column", 1, "sex", 2, 1, ("all but one", "tersisa satu"),
    ),
    "semicolons": (
        HEAD.replace(",", ";") + "1;2;0;1;J;30\n", {}, "wrong_delimiter", 1, None, ",", ";",
        ('Give delimiter=";"', 'Berikan delimiter=";"'),
    ),
    "semicolons, quoted": (
        '"q1";"q2";"t1"\n"1";"2";"0"\n', {}, "wrong_delimiter", 1, None, ",", ";", ('delimiter=";"', 'delimiter=";"'),
    ),
    "semicolons and a comma in a name": (
        'q1;q2;t1;"weight, kg"\n1;2;0;4\n', {}, "wrong_delimiter", 1, None, ",", ";", ('";"', '";"'),
    ),
    "tabs": ("\nq1\tq2\tt1\n1\t2\t0\n", {}, "wrong_delimiter", 2, None, ",", "\t", ("a tab is written", "tab ditulis")),
    "bars": ("q1|q2|t1\n1|2|0\n", {}, "wrong_delimiter", 1, None, ",", "|", ('"|"', '"|"')),
    "unknown names and bars": ("a|b|c\n1|2|0\n", {}, "wrong_delimiter", 1, None, ",", "|", ('"|"', '"|"')),
    "commas read with semicolons": (
        HEAD + "1,2,0,1,J,30\n", {"delimiter": ";"}, "wrong_delimiter", 1, None, ";", ",", ('","', '","'),
    ),
    "cp1252": (
        HEAD.encode() + "1,2,0,1,J,30\n1,2,0,1,é,30\n".encode("cp1252"), {}, "not_utf8", 3, None, "0xE9", "UTF-8",
        ('encoding="cp1252"', 'encoding="cp1252"'),
    ),
    "latin-1": (b"q1,q2,t1\n1,2,\x81\n", {}, "not_utf8", 2, None, "0x81", "UTF-8", ("latin-1", "latin-1")),
    "utf-16": (
        HEAD.encode("utf-16"), {}, "not_utf8", 1, None, "0xFF", "UTF-8", ('encoding="utf-16"', 'encoding="utf-16"'),
    ),
    "utf-16 without a mark": (
        HEAD.encode("utf-16-le"), {}, "not_text", 1, None, "NUL", "CSV", ("Save it as CSV", "Simpan sebagai CSV"),
    ),
    "an Excel file": (
        b"PK\x03\x04....", {}, "not_text", None, None, "xlsx", "CSV", ("ending is not enough", "tidak cukup"),
    ),
    "open quotation mark": (
        HEAD + '1,2,0,1,J,30\n1,"2,0,1,J,30\n1,2,0,1,J,30\n', {}, "csv_syntax", 3, None, "unexpected end of data", None,
        ("Close the quotation mark", "Tutup tanda petiknya"),
    ),
    "text after a quotation mark": (
        HEAD + '"1"x,2,0,1,J,30\n', {}, "csv_syntax", 2, None, "',' expected after '\"'", None, ("twice", "dua kali"),
    ),
    "category not listed": (
        HEAD + "1,2,0,1,J,30\n1,2,0,3,J,30\n", {}, "unlisted_category", 3, "sex", "3", [1, 2],
        ("The categories are: 1, 2", "Kategorinya: 1, 2"),
    ),
    "text in a quantity": (
        HEAD + "1,2,0,1,J,old\n", {}, "text_in_number", 2, "age", "old", "0.5", ("such as 0.5", "seperti 0.5"),
    ),
    "weight missing": (
        "q1,q2,t1,w\n1,2,0,1.5\n1,2,0,\n", {"weights": "w"}, "weight_invalid", 3, "w", "", "≥ 0",
        ("Every respondent needs a weight", "Setiap responden memerlukan bobot"),
    ),
    "weight negative": (
        "q1,q2,t1,w\n1,2,0,-1\n", {"weights": "w"}, "weight_invalid", 2, "w", "-1", "≥ 0", ("weight", "bobot"),
    ),
    "weight infinite": (
        "q1,q2,t1,w\n1,2,0,inf\n", {"weights": "w"}, "weight_invalid", 2, "w", "inf", "≥ 0", ("weight", "bobot"),
    ),
    "weights all zero": (
        "q1,q2,t1,w\n1,2,0,0\n1,2,0,0\n", {"weights": "w"}, "weights_all_zero", None, "w", 0, "> 0",
        ("sampling weights", "bobot sampel"),
    ),
    "unknown weights": (
        "q1,q2,t1,weights\n1,2,0,1\n", {"weights": "weight"}, "unknown_column", 1, "weight", ["weight"], ["weights"],
        ("Nearest column names: weights", "paling mirip: weights"),
    ),
    "unknown group": (
        "q1,q2,t1\n1,2,0\n", {"groups": ["unit"]}, "unknown_column", 1, "unit", ["unit"], "–", ("Nearest", "mirip"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults(file, case):
    content, arguments, code, row, column, got, expected, hint = FAULTS[case]
    path = file(content)
    with pytest.raises(DataError) as caught:
        ak.read_responses(path, DEMO, **arguments)
    error = caught.value
    assert (error.code, error.where.row, error.where.column) == (code, row, column)
    assert error.where.file == str(path)
    assert (error.got, error.expected) == (got, expected)
    assert hint[0] in error.advice("en") and hint[1] in error.advice("id")
    for lang in ("en", "id"):
        said = error.message(lang)
        assert f"[{code}]" in said and str(path) in said and "{" not in said
        assert column is None or column in said


def test_faults_of_a_column_are_counted(file):
    path = file(HEAD + "6,7,0,1,J,30\n0,2,0,1,J,30\nx,2,0,1,J,30\n")
    with pytest.raises(DataError) as caught:
        ak.read_responses(path, DEMO)
    error = caught.value
    assert (error.values["n"], error.values["n_columns"]) == (3, 2)
    assert "3 cells of this column, 2 columns at fault" in error.message("en")


def test_missing_file(tmp_path):
    with pytest.raises(DataError) as caught:
        ak.read_responses(tmp_path / "none.csv", DEMO)
    assert caught.value.code == "file_missing" and caught.value.where.file == str(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("arguments", "code", "got"),
    [
        ({"delimiter": "::"}, "unknown_choice", "::"),
        ({"delimiter": ""}, "unknown_choice", ""),
        ({"extra": "warn"}, "unknown_choice", "warn"),
        ({"encoding": "utf-99"}, "encoding_unknown", "utf-99"),
        ({"weights": "q1"}, "column_used_twice", "q1"),
        ({"groups": ["sex", "sex"]}, "column_used_twice", "sex"),
    ],
)
def test_arguments_are_checked(file, arguments, code, got):
    with pytest.raises(ArgumentError) as caught:
        ak.read_responses(file(HEAD + "1,2,0,1,J,30\n"), DEMO, **arguments)
    assert (caught.value.code, caught.value.got) == (code, got)
    assert caught.value.advice("en") and caught.value.advice("id")


# --- rows of faults are the lines that a person sees

PLACES = {
    "quoted line ends before": (HEAD + '1,2,0,1,"J\n",30\n1,2,0,1,J,30\n9,2,0,1,J,30\n', 5),
    "blank lines before": ("\n" + HEAD + "\n1,2,0,1,J,30\n\n\n9,2,0,1,J,30\n", 7),
    "blank lines in a quoted file": ("\n" + HEAD + '\n"1",2,0,1,J,30\n\n\n9,2,0,1,J,30\n', 7),
    "CRLF": (HEAD.replace("\n", "\r\n") + "1,2,0,1,J,30\r\n9,2,0,1,J,30\r\n", 3),
    "CR": (HEAD.replace("\n", "\r") + "1,2,0,1,J,30\r9,2,0,1,J,30\r", 3),
    "a line end in the header": ('q1,q2,t1,sex,rank,age,"a\nb"\n9,2,0,1,J,30,\n', 3),
}


@pytest.mark.parametrize("case", PLACES)
def test_row_is_the_line_of_the_file(file, case):
    content, row = PLACES[case]
    with pytest.raises(DataError) as caught:
        ak.read_responses(file(content), DEMO)
    assert (caught.value.code, caught.value.got, caught.value.where.row) == ("code_out_of_scale", "9", row)


def test_row_of_a_frame_counts_from_one():
    frame = pd.DataFrame({"q1": [1, 2, 9], "q2": [1, 2, 3], "t1": [0, 1, 2]}, index=[10, 20, 30])
    with pytest.raises(DataError) as caught:
        ak.read_responses(frame, DEMO)
    assert (caught.value.where.file, caught.value.where.row, caught.value.where.column) == (None, 3, "q1")


# --- what is read

BODY = "1,2,0,1,J,30\n5, 4 ,-2,2,S,41.5\n,99,TT,,,\n3.0,+3,2,2,0,\n"


def check_body(answers):
    nan = np.nan
    assert answers.codes.to_numpy() == pytest.approx(
        np.array([[1, 2, 0], [5, 4, -2], [nan, nan, nan], [3, 3, 2]]), nan_ok=True, abs=0
    )
    assert answers.missing_kinds.astype(str).to_numpy().tolist() == [
        ["", "", ""], ["", "", ""], ["blank", "not_applicable", "dont_know"], ["", "", ""],
    ]  # fmt: skip
    assert answers.keyed.to_numpy() == pytest.approx(
        np.array([[1, 4, 0], [5, 2, 2], [nan, nan, nan], [3, 3, -2]]), nan_ok=True, abs=0
    )
    assert answers.groups["sex"].dtype == "Int64" and answers.groups["sex"].fillna(0).tolist() == [1, 2, 0, 2]
    assert answers.groups["rank"].fillna("–").tolist() == ["J", "S", "–", "–"]
    assert answers.groups["age"].fillna(-1).tolist() == [30, 41.5, -1, -1]
    assert list(answers.codes.index) == [1, 2, 3, 4] == list(answers.groups.index)


def as_csv(content, **options):
    stream = io.StringIO(newline="")
    csv.writer(stream, **options).writerows(csv.reader(io.StringIO(content)))
    return stream.getvalue()


VARIANTS = {
    "plain": (HEAD + BODY, {}),
    "no last line end": ((HEAD + BODY).rstrip("\n"), {}),
    "byte-order mark": (b"\xef\xbb\xbf" + (HEAD + BODY).encode(), {}),
    "byte-order mark, encoding named": (b"\xef\xbb\xbf" + (HEAD + BODY).encode(), {"encoding": "utf-8"}),
    "byte-order mark and quotes": (b"\xef\xbb\xbf" + as_csv(HEAD + BODY, quoting=csv.QUOTE_ALL).encode(), {}),
    "CRLF": ((HEAD + BODY).replace("\n", "\r\n"), {}),
    "CR": ((HEAD + BODY).replace("\n", "\r"), {}),
    "all quoted": (as_csv(HEAD + BODY, quoting=csv.QUOTE_ALL), {}),
    "semicolons": (as_csv(HEAD + BODY, delimiter=";"), {"delimiter": ";"}),
    "tabs": (as_csv(HEAD + BODY, delimiter="\t"), {"delimiter": "\t"}),
    "utf-16": ((HEAD + BODY).encode("utf-16"), {"encoding": "utf-16"}),
    "space around names": (HEAD.replace(",", " , ") + BODY, {}),
    "blank lines at the end": (HEAD + BODY + "\n  \n\n", {}),
    "blank lines at the end, quoted": (as_csv(HEAD + BODY, quoting=csv.QUOTE_ALL) + "\n  \n\n", {}),
}


@pytest.mark.parametrize("case", VARIANTS)
def test_every_way_to_write_it_reads_the_same(file, case):
    content, arguments = VARIANTS[case]
    answers = ak.read_responses(file(content), DEMO, **arguments)
    check_body(answers)
    assert [note.code for note in answers.notices] == ["rows_without_answer"]
    assert answers.notices[0].values["n"] == 1
    assert answers.source == "answers.csv" and answers.n == len(answers) == 4


def test_another_encoding_is_read_when_named(file):
    content = (HEAD + "1,2,0,1,J,30\n").replace("age", "age,café").replace("30", "30,né").encode("cp1252")
    answers = ak.read_responses(file(content), DEMO, encoding="cp1252", groups=["café"])
    assert answers.groups["café"].tolist() == ["né"]


def test_columns_in_any_order_and_others_ignored(file):
    frame = pd.read_csv(io.StringIO(HEAD + BODY), dtype=str, keep_default_na=False)
    frame.insert(0, "name of person", "x")
    answers = ak.read_responses(frame[list(frame.columns[::-1])], DEMO)
    check_body(answers)
    assert list(answers.codes) == ["q1", "q2", "t1"] and "name of person" not in answers.groups


FRAMES = {
    "float": np.float64,
    "Int64": "Int64",
    "object": object,
    "string": "str",
    "category": "category",
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_any_type(kind):
    frame = pd.DataFrame({"q1": [1.0, 5.0, np.nan], "q2": [2.0, np.nan, 4.0], "t1": [0.0, -2.0, 2.0]})
    if kind in ("Int64", "object", "string", "category"):
        frame = frame.astype("Int64")
    frame = frame.astype(FRAMES[kind])
    answers = ak.read_responses(frame, DEMO)
    assert np.array_equal(answers.codes.to_numpy(), [[1, 2, 0], [5, np.nan, -2], [np.nan, 4, 2]], equal_nan=True)
    assert answers.source == "" and len(answers.digest) == 64


def test_truth_values_are_no_codes():
    frame = pd.DataFrame({"q1": [True, False], "q2": [1, 2], "t1": [0, 1]})
    with pytest.raises(DataError) as caught:
        ak.read_responses(frame, DEMO)
    assert (caught.value.code, caught.value.got) == ("text_in_item", "True")


def test_empty_frame():
    with pytest.raises(DataError) as caught:
        ak.read_responses(pd.DataFrame(columns=["q1", "q2", "t1"]), DEMO)
    assert caught.value.code == "header_only" and caught.value.got == 3


def test_labels_are_read_as_codes_with_a_notice(file):
    content = "q1,q2,t1,sex,rank\nSangat setuju,2,0,male,J\n NETRAL ,3,1,FEMALE,S\nagree,4,1,male,S\nTT,,1,,\n"
    answers = ak.read_responses(file(content), DEMO)
    assert answers.codes["q1"].fillna(0).tolist() == [5, 3, 4, 0]
    assert answers.missing_kinds["q1"].tolist() == ["", "", "", "dont_know"]
    assert answers.groups["sex"].fillna(0).tolist() == [1, 2, 1, 0]
    codes = {note.code: note for note in answers.notices}
    assert codes["labels_read"].values["columns"] == ("q1", "sex")
    assert "q1, sex" in codes["labels_read"].say("en") and "q1, sex" in codes["labels_read"].say("id")
    assert codes["background_absent"].values["columns"] == ("age",)


def test_a_constant_item_and_one_respondent_are_read(file):
    answers = ak.read_responses(file("q1,q2,t1\n3,1,0\n3,2,\n3,2,\n"), DEMO)
    constant = next(note for note in answers.notices if note.code == "constant_item")
    assert constant.values["columns"] == ("q1",) and constant.level == "warning"
    assert "q1" in constant.say("en") and "q1" in constant.say("id")
    alone = ak.read_responses(file("q1,q2,t1\n3,1,0\n"), DEMO)
    assert alone.n == 1 and "constant_item" not in [note.code for note in alone.notices]


def test_blank_lines_between_rows_are_told(file):
    for quote in ("", '"'):
        answers = ak.read_responses(file(f"q1,q2,t1\n\n{quote}1{quote},1,0\n  \n\n3,2,1\n\n"), DEMO)
        assert answers.n == 2
        assert {note.code: note.values.get("n") for note in answers.notices}["blank_lines"] == 3


def test_one_column_keeps_its_empty_cells(file):
    alone = ak.Instrument(
        "one", words("One"), "1", SCALE, (Dimension("D", words("D")),), (Item("q1", "D", words("One")),)
    )
    frame = pd.DataFrame({"q1": [1, None, 3]}, dtype="Int64")
    answers = ak.read_responses(file(frame.to_csv(index=False)), alone)
    assert answers.codes["q1"].isna().tolist() == [False, True, False]


def test_groups_asked_for(file):
    content = "q1,q2,t1,sex,unit\n1,2,0,1, Dinas A \n2,3,1,2,\n"
    answers = ak.read_responses(file(content), DEMO, groups=["unit"])
    assert list(answers.groups) == ["unit"]
    assert answers.groups["unit"].fillna("–").tolist() == ["Dinas A", "–"]
    assert list(ak.read_responses(file(content), DEMO, groups=[]).groups) == []
    assert list(ak.read_responses(file(content), DEMO, groups="sex").groups) == ["sex"]


def test_weights(file):
    answers = ak.read_responses(file("q1,q2,t1,w\n1,2,0,1.5\n2,3,1,0\n3,4,1,2\n"), DEMO, weights="w")
    assert answers.weights.tolist() == [1.5, 0, 2] and answers.weights.name == "w"
    assert list(answers.weights.index) == [1, 2, 3]


def test_extra_error_passes_when_nothing_is_extra(file):
    ak.read_responses(file(HEAD + BODY), DEMO, extra="error")
    with pytest.raises(DataError) as caught:
        ak.read_responses(file(HEAD.strip() + ",\n1,2,0,1,J,30,\n"), DEMO, extra="error")
    assert (caught.value.code, caught.value.got) == ("unexpected_column", [""])


# --- the real file


def test_bfi_equals_the_file(root):
    instrument = ak.read_instrument(root / "data" / "bfi")
    path = root / "data" / "bfi" / "responses.csv"
    answers = ak.read_responses(path, instrument, extra="error")
    plain = pd.read_csv(path)
    assert answers.n == 2800 and int(answers.codes.notna().all(axis=1).sum()) == 2436
    assert np.array_equal(answers.codes.to_numpy(), plain[list(answers.items)].to_numpy(float), equal_nan=True)
    assert np.array_equal(
        answers.groups.to_numpy(float, na_value=np.nan), plain.iloc[:, 25:].to_numpy(float), equal_nan=True
    )
    assert answers.digest == "d7f44209d9301111037853426c7b2a6ef60e470a4b1031003408e53cbb148c0e"
    assert answers.digest in (root / "data" / "bfi" / "README.md").read_text(encoding="utf-8")
    turned = plain["A1"].dropna()
    assert np.array_equal(answers.keyed["A1"].dropna(), 7 - turned)
    assert answers.notices == ()
