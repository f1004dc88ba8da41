"""Answers in other files than CSV, and exports of survey tools. All answers here are made up."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, EnvironmentProblem
from akhlak_research.instrument.model import Background, Dimension, Instrument, Item, MissingKind, ResponseScale
from akhlak_research.responses.exports import header_forms, tool_of
from akhlak_research.responses.formats import endings, read_export, text_cell
from akhlak_research.responses.text_table import Table

sys.path.insert(0, str(Path(__file__).parent))
from old_excel import xls

AGREEMENT = {1: "Sangat tidak setuju", 2: "Tidak setuju", 3: "Netral", 4: "Setuju", 5: "Sangat setuju"}
TEXTS = [
    "Saya memahami kebutuhan masyarakat",
    "Saya ramah, cekatan, dan solutif",
    "Saya melakukan perbaikan tiada henti",
]


def form(**changes):
    items = [Item(f"Q{i}", "D", {"id": text}) for i, text in enumerate(TEXTS, 1)]
    return Instrument(
        **{
            "name": "made-up",
            "title": {"id": "Formulir simulasi"},
            "version": "1",
            "scale": ResponseScale(1, 5, {code: {"id": label} for code, label in AGREEMENT.items()}),
            "dimensions": (Dimension("D", {"id": "Dimensi"}),),
            "items": tuple(items),
            "missing": (MissingKind("refused", ("9",)),),
            **changes,
        }
    )


def workbook(path, *sheets, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def cells(table: Table) -> dict[str, list[str]]:
    found = {}
    for at, name in enumerate(table.names):
        column = table.column_at(at)
        found[name] = [column.distinct[place] for place in column.positions]
    return found


class TestCells:
    @pytest.mark.parametrize(("value", "said"), [
        (None, ""), (float("nan"), ""), (3.0, "3"), (2.5, "2.5"), (-1, "-1"), (True, "TRUE"), ("x", "x"), (0.1, "0.1"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"), (datetime(2026, 1, 2), "2026-01-02"),
        (date(2026, 1, 2), "2026-01-02"), (198001012005011001, "198001012005011001"),
        (1.98001012005011e17, "1.98001012005011E+17"), (["a", "b"], "a, b"),
    ])  # fmt: skip
    def test_text(self, value, said):
        assert text_cell(value) == said

    @given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
    def test_a_number_keeps_its_value(self, value):
        assert float(text_cell(value)) == value


class TestWorkbooks:
    def test_rows_are_those_of_the_sheet(self, tmp_path):
        rows = [["Rekap jawaban"], [], ["Q1", "Q2", None, "Q3"], [1, "2", None, 3.0], [], [4, 5, None, 9], [None] * 4]
        export = read_export(workbook(tmp_path / "a.xlsx", ("Jawaban", rows)))
        table = export.table
        assert (table.names, table.n, table.header_row, table.blank_lines) == (("Q1", "Q2", "Q3"), 2, 3, 1)
        assert [table.row(0), table.row(1)] == [4, 6]
        assert cells(table) == {"Q1": ["1", "4"], "Q2": ["2", "5"], "Q3": ["3", "9"]}
        assert [notice.code for notice in export.notices] == ["rows_above_header"]
        answers = ak.read_responses(tmp_path / "a.xlsx", form())
        assert answers.codes.to_numpy(dtype=float)[0].tolist() == [1, 2, 3]
        assert answers.missing_kinds["Q3"].tolist() == ["", "refused"]

    def test_a_fault_names_the_row_of_the_sheet(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", ("S", [["Q1", "Q2", "Q3"], [1, 2, 3], [1, 7, 3]]))
        with pytest.raises(DataError) as fault:
            ak.read_responses(path, form())
        assert (fault.value.code, fault.value.where.row, fault.value.where.column) == ("code_out_of_scale", 3, "Q2")

    def test_sheets(self, tmp_path):
        table = [["Q1", "Q2", "Q3"], [1, 2, 3]]
        sheets = [("Kosong", []), ("Rahasia", table), ("Isi", table), ("Lain", [["Q1", "Q2", "Q3"], [5, 5, 5]])]
        path = workbook(tmp_path / "a.xlsx", *sheets, hidden=["Rahasia"])
        export = read_export(path)
        assert export.notices[0].values["sheet"] == "Isi"
        assert ak.read_responses(path, form(), sheet="Lain").codes.to_numpy().tolist() == [[5, 5, 5]]
        with pytest.raises(DataError, match="unknown_sheet"):
            read_export(path, sheet="Tidak ada")

    def test_columns_without_a_name_are_called_by_their_letter(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", ("S", [["Q1", None, "Q3"], [1, 2, 3]]))
        export = read_export(path)
        assert export.table.names == ("Q1", "(B)", "Q3")
        assert export.notices[0].code == "columns_without_name"

    def test_old_workbooks(self, tmp_path):
        (tmp_path / "a.xls").write_bytes(xls([["Q1", "Q2", "Q3"], [1.0, "Setuju", None], [2.0, "Netral", 5.0]]))
        answers = ak.read_responses(tmp_path / "a.xls", form())
        np.testing.assert_array_equal(answers.codes.to_numpy(), [[1, 4, np.nan], [2, 3, 5]])

    @pytest.mark.parametrize("ending", sorted(endings() - {".csv", ".tsv", ".txt"}))
    def test_what_is_not_the_format_is_refused(self, tmp_path, ending):
        path = tmp_path / f"a{ending}"
        path.write_bytes(b"Q1,Q2\n1,2\n")
        with pytest.raises(DataError) as fault:
            read_export(path)
        assert fault.value.code == "file_unreadable"
        with pytest.raises(DataError, match="file_missing"):
            read_export(tmp_path / f"b{ending}")

    def test_an_empty_workbook_and_a_header_alone(self, tmp_path):
        with pytest.raises(DataError, match="empty_file"):
            read_export(workbook(tmp_path / "a.xlsx", ("S", [])))
        with pytest.raises(DataError, match="header_only"):
            read_export(workbook(tmp_path / "b.xlsx", ("S", [["Q1", "Q2"]])))

    def test_an_unknown_ending(self, tmp_path):
        with pytest.raises(ArgumentError, match="unknown_ending"):
            read_export(tmp_path / "a.pdf")

    def test_without_the_package_the_error_says_what_to_install(self, tmp_path, monkeypatch):
        path = workbook(tmp_path / "a.xlsx", ("S", [["Q1", "Q2"], [1, 2]]))
        monkeypatch.setitem(sys.modules, "python_calamine", None)
        with pytest.raises(EnvironmentProblem) as fault:
            read_export(path)
        assert "akhlak-research[formats]" in fault.value.hint


class TestLabelledFiles:
    """Labels survive .sav, .zsav and .dta; user-missing codes stay apart."""

    FRAME: ClassVar = pd.DataFrame(
        {"Q1": [1.0, 5.0, np.nan], "Q2": [4.0, 9.0, 2.0], "Q3": [3.0, 3.0, 1.0], "kota": ["Bogor", "", "Solo"]}
    )
    LABELS: ClassVar = {"Q1": AGREEMENT, "Q2": AGREEMENT | {9: "Menolak menjawab"}}
    TITLES: ClassVar = dict(zip(["Q1", "Q2", "Q3"], TEXTS, strict=True))

    @pytest.mark.parametrize("ending", [".sav", ".zsav"])
    def test_spss_round_trip(self, tmp_path, ending):
        path = tmp_path / f"a{ending}"
        pyreadstat.write_sav(
            self.FRAME,
            str(path),
            column_labels=self.TITLES,
            compress=ending == ".zsav",
            missing_ranges={"Q2": [9]},
            variable_value_labels={
                name: {float(c): said for c, said in pairs.items()} for name, pairs in self.LABELS.items()
            },
        )
        export = read_export(path)
        assert cells(export.table) == {
            "Q1": ["1", "5", ""],
            "Q2": ["4", "9", "2"],
            "Q3": ["3", "3", "1"],
            "kota": ["Bogor", "", "Solo"],
        }
        assert export.titles == self.TITLES
        assert export.value_labels == {
            n: {str(c): said for c, said in pairs.items()} for n, pairs in self.LABELS.items()
        }
        assert export.user_missing == {"Q2": {"9"}}
        answers = ak.read_responses(path, form())
        assert answers.missing_kinds["Q2"].tolist() == ["", "refused", ""]
        assert answers.missing_kinds["Q1"].tolist() == ["", "", "blank"]

    def test_stata_round_trip(self, tmp_path):
        path = tmp_path / "a.dta"
        pyreadstat.write_dta(
            self.FRAME, str(path), column_labels=self.TITLES, variable_value_labels={"Q1": AGREEMENT}, version=15
        )
        export = read_export(path)
        assert cells(export.table)["Q1"] == ["1", "5", ""]
        assert export.titles == self.TITLES
        assert export.value_labels == {"Q1": {str(code): said for code, said in AGREEMENT.items()}}

    def test_stata_missing_letters_stay_apart(self, tmp_path):
        """A frame of pyreadstat would turn the plain missing value beside ``.a`` into 0."""
        frame = pd.DataFrame({"Q1": [1, 2, "a", None], "Q2": [1.0, 2, 3, 4], "Q3": [1.0, 2, 3, 4]}).astype(
            {"Q1": object}
        )
        path = tmp_path / "a.dta"
        pyreadstat.write_dta(frame, str(path), missing_user_values={"Q1": ["a"]})
        assert cells(read_export(path).table)["Q1"] == ["1", "2", ".a", ""]
        declared = form(missing=(MissingKind("not_applicable", (".a",)),))
        assert ak.read_responses(path, declared).missing_kinds["Q1"].tolist() == ["", "", "not_applicable", "blank"]
        answers = ak.read_responses(path, form())
        assert answers.missing_kinds["Q1"].tolist() == ["", "", "blank", "blank"]
        assert "user_missing_blank" in {notice.code for notice in answers.notices}

    def test_columns_are_found_by_their_labels(self, tmp_path):
        frame = self.FRAME.rename(columns={"Q1": "V1", "Q2": "V2", "Q3": "V3"})
        titles = {"V1": TEXTS[0], "V2": TEXTS[1].upper(), "V3": TEXTS[2]}
        pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), column_labels=titles)
        answers = ak.read_responses(tmp_path / "a.sav", form())
        assert answers.codes["Q3"].tolist() == [3, 3, 1]

    def test_a_turned_scale_is_seen(self, tmp_path):
        turned = {float(6 - code): said for code, said in AGREEMENT.items()}
        pyreadstat.write_sav(self.FRAME, str(tmp_path / "a.sav"), variable_value_labels={"Q3": turned})
        with pytest.raises(DataError) as fault:
            ak.read_responses(tmp_path / "a.sav", form())
        assert (fault.value.code, fault.value.where.column) == ("labels_disagree", "Q3")
        assert "file says 5 = Sangat tidak setuju, but in the instrument 1" in str(fault.value)


class TestParquet:
    def test_values(self, tmp_path):
        frame = pd.DataFrame({
            "Q1": pd.array([1, None, 3], dtype="Int8"), "Q2": [1.0, np.nan, 5.0],
            "Q3": pd.Categorical(["Setuju", None, "Netral"]),
            "nip": [198502282010011001, 199007072022212003, 1],
        })  # fmt: skip
        frame.to_parquet(tmp_path / "a.parquet")
        found = cells(read_export(tmp_path / "a.parquet").table)
        assert found["Q1"] == ["1", "", "3"] and found["Q3"] == ["Setuju", "", "Netral"]
        assert found["nip"][0] == "198502282010011001"
        answers = ak.read_responses(tmp_path / "a.parquet", form())
        np.testing.assert_array_equal(answers.codes["Q3"], [4, np.nan, 3])


class TestDelimited:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_with_the_most_columns(self, tmp_path, delimiter):
        lines = [delimiter.join(["Q1", "Q2", '"a, b; c"']), delimiter.join("123")]
        (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
        assert read_export(tmp_path / "a.csv").table.names == ("Q1", "Q2", "a, b; c")

    def test_given_it_is_taken(self, tmp_path):
        (tmp_path / "a.csv").write_text("a;b,c\n1;2,3\n", encoding="utf-8")
        assert read_export(tmp_path / "a.csv", delimiter=";").table.names == ("a", "b,c")


class TestGoogleForms:
    HEAD: ClassVar = ["Stempel waktu", "Unit kerja", *TEXTS]

    def rows(self):
        moment = datetime(2026, 1, 2, 3, 4, 5)
        return [
            self.HEAD,
            [moment, "Dinas A", "Setuju", "Netral", "Sangat setuju"],
            [moment, "Dinas B", "Sangat tidak setuju", "Setuju", None],
        ]

    @pytest.mark.parametrize("ending", [".xlsx", ".csv"])
    def test_full_question_texts_and_labels(self, tmp_path, ending):
        path = tmp_path / f"a{ending}"
        if ending == ".xlsx":
            workbook(path, ("Form Responses 1", self.rows()))
        else:
            pd.DataFrame(self.rows()[1:], columns=self.HEAD).to_csv(path, index=False)
        unit = (Background("unit", {"id": "Unit kerja"}),)
        answers = ak.read_responses(path, form(groups=unit))
        np.testing.assert_array_equal(answers.codes.to_numpy(), [[4, 3, 5], [1, 4, np.nan]])
        assert answers.groups["unit"].tolist() == ["Dinas A", "Dinas B"]
        assert {"headers_matched", "labels_read"} <= {notice.code for notice in answers.notices}

    def test_a_grid_and_numbers_before_texts(self, tmp_path):
        head = [f"Seberapa setuju Anda? [{TEXTS[0]}]", f"2. {TEXTS[1]}", f"  {TEXTS[2].upper()}  "]
        path = workbook(
            tmp_path / "a.xlsx",
            ("S", [head, ["5 - Sangat setuju", "Setuju (4)", "Netral"], ["1 - Sangat tidak setuju", "", "Netral"]]),
        )
        answers = ak.read_responses(path, form())
        np.testing.assert_array_equal(answers.codes.to_numpy(), [[5, 4, 3], [1, np.nan, 3]])
        assert {"answers_decoded", "labels_read"} <= {notice.code for notice in answers.notices}

    def test_a_number_with_the_label_of_another_code_is_refused(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", ("S", [["Q1", "Q2", "Q3"], ["1 - Sangat setuju", 2, 3]]))
        with pytest.raises(DataError) as fault:
            ak.read_responses(path, form())
        assert fault.value.code == "text_in_item"

    def test_two_columns_for_one_item_are_refused(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", ("S", [["x/Q1", "y/Q1", "Q2", "Q3"], [1, 2, 3, 4]]))
        with pytest.raises(DataError) as fault:
            ak.read_responses(path, form())
        assert fault.value.code == "ambiguous_header"
        assert fault.value.got == ["x/Q1", "y/Q1"]

    def test_the_code_itself_wins(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", ("S", [["lama/Q1", "Q1", "Q2", "Q3"], [1, 2, 3, 4]]))
        assert ak.read_responses(path, form()).codes["Q1"].tolist() == [2]


class TestKobo:
    META: ClassVar = {"_id": [1, 2], "_uuid": ["a", "b"], "_submission_time": ["2026-01-02", "2026-01-02"]}

    def test_names_behind_groups_and_answers_with_underscores(self, tmp_path):
        frame = pd.DataFrame(
            {
                "start": ["x", "y"],
                "bagian/Q1": [1, 5],
                "bagian/sub/Q2": ["sangat_setuju", "netral"],
                "Q3": [2, 3],
                **self.META,
            }
        )
        frame.to_excel(tmp_path / "a.xlsx", index=False)
        assert tool_of(list(frame.columns)) == "kobo"
        answers = ak.read_responses(tmp_path / "a.xlsx", form())
        assert answers.codes.to_numpy().tolist() == [[1, 5, 2], [5, 3, 3]]

    def test_labels_in_a_semicolon_file(self, tmp_path):
        frame = pd.DataFrame(
            {TEXTS[0]: ["Setuju", "Netral"], TEXTS[1]: ["Setuju", ""], TEXTS[2]: ["Netral", "Netral"], **self.META}
        )
        frame.to_csv(tmp_path / "a.csv", index=False, sep=";")
        answers = ak.read_responses(tmp_path / "a.csv", form(), delimiter=";")
        np.testing.assert_array_equal(answers.codes.to_numpy(), [[4, 4, 3], [3, np.nan, 3]])


class TestLimeSurvey:
    META: ClassVar = {"id": [1, 2], "submitdate": ["2026-01-02", ""], "lastpage": [3, 3], "startlanguage": ["id", "id"]}

    @pytest.mark.parametrize("heads", [
        ["Q[Q1]", "Q[Q2]", "Q3"], ["Q1. " + TEXTS[0], "Q2. " + TEXTS[1], "Q3. " + TEXTS[2]],
        [f"Seberapa setuju? [{text}]" for text in TEXTS],
    ])  # fmt: skip
    @pytest.mark.parametrize(
        ("low", "high"), [("A1", "A5"), ("AO01", "AO05"), ("Sangat tidak setuju", "Sangat setuju"), ("1", "5")]
    )
    def test_headings_and_answers(self, tmp_path, heads, low, high):
        frame = pd.DataFrame({**self.META, heads[0]: [low, high], heads[1]: [high, ""], heads[2]: [low, low]})
        frame.to_csv(tmp_path / "a.csv", index=False)
        assert tool_of(list(frame.columns)) == "limesurvey"
        answers = ak.read_responses(tmp_path / "a.csv", form())
        np.testing.assert_array_equal(answers.codes.to_numpy(), [[1, 5, 1], [5, np.nan, 1]])

    def test_answer_codes_are_read_in_limesurvey_files_only(self, tmp_path):
        pd.DataFrame({"Q1": ["A1"], "Q2": [1], "Q3": [1]}).to_csv(tmp_path / "a.csv", index=False)
        with pytest.raises(DataError, match="text_in_item"):
            ak.read_responses(tmp_path / "a.csv", form())


class TestHeaders:
    @pytest.mark.parametrize(("name", "form"), [
        ("grup/sub/Q1", "Q1"), ("Q1[SQ001]", "Q1_SQ001"), ("Q1[SQ001]", "SQ001"), ("12. Saya ramah", "Saya ramah"),
        ("Q7. Saya ramah", "Q7"), ("Seberapa?\n[ Saya ramah ]", "Saya ramah"), ("AK1: Saya jujur", "AK1"),
    ])  # fmt: skip
    def test_what_a_header_may_stand_for(self, name, form):
        assert form in header_forms(name)
        assert header_forms(name)[0] == name

    def test_brackets_never_make_another_items_number(self):
        assert "Q11" not in header_forms("Q1[1]")

    @settings(max_examples=50, deadline=None)
    @given(st.text(max_size=40))
    def test_any_header_stands_for_itself(self, name):
        assert name.strip() in header_forms(name)

    def test_plain_tables_belong_to_no_tool(self):
        assert tool_of(["A1", "A2", "gender"]) is None
        assert tool_of([]) is None
