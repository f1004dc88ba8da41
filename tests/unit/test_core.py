"""Core: errors in two languages, results, numbers, seeds, exports that a spreadsheet will not run."""

import dataclasses
import json
import math
import pickle
import string
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core import marks
from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import AkhlakError, ArgumentError, DataError
from akhlak_research.core.export import harmless
from akhlak_research.core.files import write_text
from akhlak_research.core.numbers import format_number, format_p
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Inputs, Result, Unavailable, result, to_jsonable
from akhlak_research.core.seeding import generator
from akhlak_research.core.text import active_language, label


@result
class Small(Result):
    kind = "small"
    frame: pd.DataFrame

    def table(self):
        return self.frame.copy()


INPUTS = Inputs("d", 3, 2, 1, "listwise", "none", ("a",))


def small(**columns) -> Small:
    return Small(inputs=INPUTS, frame=pd.DataFrame(columns))


def test_an_error_says_what_where_and_what_to_do_in_both_languages():
    error = DataError("file_not_found", file="x.csv")
    assert error.code == "file_not_found" and error.where.file == "x.csv"
    assert "does not exist" in error.message("en") and "tidak ada" in error.message("id")
    assert error.advice("id") and error.advice("id") != error.advice("en")
    assert isinstance(error, AkhlakError) and isinstance(error, ValueError)
    assert json.dumps(error.record())


def test_errors_cross_process_borders():
    error = pickle.loads(pickle.dumps(DataError("outside_scale", column="A", row=3, got=9.0, expected="1–6", count=2)))
    assert (error.code, error.where.column, error.where.row, error.got) == ("outside_scale", "A", 3, 9.0)
    assert error.values["count"] == 2


def test_language_is_chosen_by_block_then_by_variable(monkeypatch):
    monkeypatch.setenv("AKHLAK_LANG", "id")
    assert active_language() == "id" and label("item") == "Butir"
    with ak.language("en"):
        assert label("item") == "Item"
    monkeypatch.delenv("AKHLAK_LANG")
    assert active_language() == "en"
    with pytest.raises(ValueError, match="fr"), ak.language("fr"):
        pass


@pytest.mark.parametrize(
    ("value", "digits", "en", "id_"),
    [
        (1234.5, 1, "1,234.5", "1.234,5"), (-0.5, 2, "−0.50", "−0,50"), (-0.0001, 2, "0.00", "0,00"),
        (float("nan"), 2, "–", "–"), (float("inf"), 2, "∞", "∞"), (0.7037559, None, "0.7038", "0,7038"),
        (18146.0656, None, "18,146", "18.146"), (3.0, None, "3", "3"), (2800.0, None, "2800", "2800"),
    ],
)  # fmt: skip
def test_numbers_as_people_read_them(value, digits, en, id_):
    assert format_number(value, digits, "en") == en
    assert format_number(value, digits, "id") == id_


def test_small_p_values_are_not_zero():
    assert format_p(1e-20, "id") == "< 0,001" and format_p(0.04, "en") == "0.040"


def test_unavailable_reads_like_a_value_and_has_a_reason():
    value = ak.Unavailable("hierarchical_needed")
    assert math.isnan(value.estimate) and math.isnan(value.interval.low) and math.isnan(float(value))
    assert value.reason("id") != value.reason("en")
    assert to_jsonable(value)["unavailable"] == "hierarchical_needed"


def test_results_are_frozen_and_their_record_is_json():
    one = small(x=[1.0, math.nan])
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.frame = None
    record = json.loads(json.dumps(one.record(), allow_nan=False))
    assert record["kind"] == "small" and record["version"] == 1
    assert record["frame"]["data"] == [[1.0], [None]] and record["inputs"]["n_dropped"] == 1


def test_record_keeps_full_precision():
    assert to_jsonable(np.array([1 / 3]))[0] == 1 / 3
    assert to_jsonable(np.int64(3)) == 3 and to_jsonable(np.float64(2.5)) == 2.5 and to_jsonable(np.bool_(True)) is True


def test_notebook_view_escapes_and_translates():
    with ak.language("id"):
        html = small(item=["<script>alert(1)</script>"])._repr_html_()
    assert "<script>" not in html and "Butir" in html


def test_registry_answers_an_unknown_name_with_the_known_ones():
    @dataclasses.dataclass(frozen=True)
    class Entry:
        name: str

    registry = Registry("rotation", Entry("varimax"), Entry("oblimin"))
    assert registry["varimax"].name == "varimax" and "x" not in registry
    with pytest.raises(ArgumentError) as caught:
        registry["x"]
    assert caught.value.expected == ("varimax", "oblimin") and caught.value.got == "x"
    with pytest.raises(ValueError):
        Registry("rotation", Entry("a"), Entry("a"))


def test_seeds_make_the_same_numbers_and_are_told():
    (a, seed), (b, _) = generator(7), generator(7)
    assert seed == 7 and a.integers(1000) == b.integers(1000)
    fresh, seed = generator(None)
    assert generator(seed)[0].integers(10**9) == fresh.integers(10**9)
    given = np.random.default_rng(1)
    assert generator(given) == (given, None)
    for wrong in (-1, 1.5, "x", True):
        with pytest.raises(ArgumentError, match="seed_invalid"):
            generator(wrong)


def test_checks():
    assert check_level(0.9) == 0.9 and check_count(np.int64(3), 1, "k") == 3
    for wrong in (95, 1.0, 0.5):
        with pytest.raises(ArgumentError, match="level_out_of_range"):
            check_level(wrong)
    for wrong in (0, 2.5, True, 11):
        with pytest.raises(ArgumentError, match="count_out_of_range"):
            check_count(wrong, 1, "k", 10)


@pytest.mark.parametrize("cell", ["=1+1", " =cmd()", "\u200b=x", "+1", "-x", "@a", "|a", "%a", "\tx", "＝1"])
def test_formulas_in_cells_are_made_harmless(cell):
    assert harmless(cell) == "'" + cell


def test_numbers_and_plain_text_stay_as_they_are():
    assert harmless(-1.5) == -1.5 and harmless("A1") == "A1"


def test_exports_hold_the_table_and_no_formula(tmp_path):
    table = small(item=["=cmd()", "A1"], estimate=[0.123456789012345, math.nan])
    csv = ak.export(table, tmp_path / "t.csv").read_text(encoding="utf-8")
    assert csv.splitlines() == ["item,estimate", "'=cmd(),0.123456789012345", "A1,"]
    sheet = openpyxl.load_workbook(ak.export(table, tmp_path / "t.xlsx", lang="id")).active
    assert sheet["A1"].value == "Butir" and sheet["B2"].value == pytest.approx(0.123456789012345)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    word = ak.export(table, tmp_path / "t.docx", lang="id")
    body = zipfile.ZipFile(word).read("word/document.xml").decode()
    assert "0,123" in body and "Butir" in body
    with pytest.raises(ArgumentError, match="unknown_format"):
        ak.export(table, tmp_path / "t.pdf")


def test_a_value_that_does_not_exist_is_an_empty_cell_with_its_reason_beside(tmp_path):
    table = small(item=["A1", "A2"], estimate=[Unavailable("alpha_undefined"), 0.5])
    csv = ak.export(table, tmp_path / "t.csv").read_text(encoding="utf-8")
    assert csv.splitlines() == ["item,estimate,unavailable", "A1,,estimate: alpha_undefined", "A2,0.5,"]
    book = openpyxl.load_workbook(ak.export(table, tmp_path / "t.xlsx", lang="en"))
    assert book["table"]["B2"].value is None and book["table"]["B3"].value == 0.5
    assert Unavailable("alpha_undefined").reason("en") in book["notices"]["A3"].value
    body = zipfile.ZipFile(ak.export(table, tmp_path / "t.docx", lang="id")).read("word/document.xml").decode()
    assert "–" in body and "Unavailable" not in body
    assert "Unavailable" not in table._repr_html_() and "–" in table._repr_html_()


def test_what_is_computed_from_made_up_answers_says_so_in_every_file(tmp_path):
    table = small(item=["A1"], estimate=[0.5])
    assert "SIMULASI" not in ak.export(table, tmp_path / "t.csv").read_text(encoding="utf-8")
    marks.open_simulated("example")
    with ak.language("id"):
        csv = ak.export(table, tmp_path / "t.csv").read_text(encoding="utf-8")
        assert csv.splitlines() == ["item,estimate,simulated", "A1,0.5,SIMULASI"]
        assert "SIMULASI" in table._repr_html_()
    book = openpyxl.load_workbook(ak.export(table, tmp_path / "t.xlsx", lang="en"))
    assert book["table"]["C2"].value == "SIMULATION" and "SIMULATION" in book["notices"]["A2"].value
    body = zipfile.ZipFile(ak.export(table, tmp_path / "t.docx", lang="id")).read("word/document.xml").decode()
    assert body.index("SIMULASI") < body.index("Butir")
    known = ak.export(ak.thresholds(), tmp_path / "known.csv").read_text(encoding="utf-8")
    assert "simulated" not in known.splitlines()[0]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr("akhlak_research.core.files.os.replace", lambda *a: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_text(path, "new")
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_no_sentence_formats_a_value_itself():
    """Values are words in the reader's language before they are put in; ``{n:.0f}`` would fail on them."""
    from akhlak_research.core.text import text_keys

    sentences = [(key, said) for key, words in text_keys().items() for said in words.values()]
    formatted = {key for key, said in sentences for part in string.Formatter().parse(said) if part[2]}
    assert not formatted
