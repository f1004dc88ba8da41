"""Identifiers at the door. Every number, name and address here is synthetic: made up by this file."""

import json
import os
import stat
from datetime import date

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.cli import main
from akhlak_research.core.errors import ArgumentError, DataError, StudyError
from akhlak_research.core.results import ResultBase, result
from akhlak_research.instrument.model import Background, Dimension, Instrument, Item, ResponseScale
from akhlak_research.responses.identifiers import band, employee_numbers, header_kind, read_employee_number, sight
from akhlak_research.responses.privacy import inspect_privacy
from akhlak_research.responses.pseudonyms import pseudonymise, read_key, write_key
from akhlak_research.stages.records import write_record

PNS = "198502282010011001"  # synthetic: born 28 Feb 1985, appointed January 2010, a man
PPPK = "199007072022212003"  # synthetic: born 7 Jul 1990, appointed 2022, code 21, a woman
KEY = b"synthetic key of more than thirty-two bytes"
DAY = date(2026, 1, 1)


def numbers():
    """Synthetic employee numbers with their parts."""
    return st.builds(
        lambda born, year, code, sex, order: f"{born:%Y%m%d}{year}{code:02d}{sex}{order:03d}",
        st.dates(date(1950, 1, 1), date(2005, 12, 31)),
        st.integers(1975, 2026),
        st.integers(1, 99),
        st.integers(1, 2),
        st.integers(1, 999),
    )


class TestEmployeeNumbers:
    @given(numbers())
    def test_every_number_is_seen_however_it_is_written(self, number):
        spaced = f"{number[:8]} {number[8:14]} {number[14]} {number[15:]}"
        for cell in (number, spaced, spaced.replace(" ", "."), f"'{number}", f"  {number} ", spaced.replace(" ", "-")):
            found = sight(cell)
            assert (found.kind, found.normal, found.ruined) == ("employee_number", number, False)

    @given(numbers())
    def test_inside_other_text_it_is_seen_but_not_hashed(self, number):
        found = sight(f"NIP. {number} (aktif)")
        assert (found.kind, found.normal) == ("employee_number", "")

    def test_digits_13_and_14_need_not_be_a_month(self):
        assert read_employee_number(PNS).is_month
        pppk = read_employee_number(PPPK)
        assert pppk.code == 21 and not pppk.is_month
        assert (pppk.born, pppk.appointed, pppk.sex_word()) == (date(1990, 7, 7), 2022, "female")

    @pytest.mark.parametrize(
        "digits", ["198502292010011001", "198513012010011001", "182502282010011001", "19850228201001100", "x" * 18]
    )
    def test_no_plausible_birth_no_number(self, digits):
        assert read_employee_number(digits) is None

    @pytest.mark.parametrize(
        "cell", ["1.98502282010011E+17", "1.99E+17", "1,98502282010011E+17", "2E17", "198502282010011000"]
    )
    def test_ruined_by_a_spreadsheet(self, cell):
        found = sight(cell)
        assert (found.kind, found.normal, found.ruined) == ("employee_number", "", True)

    @given(numbers())
    def test_a_float_never_gives_back_a_number(self, number):
        """What a spreadsheet kept of the number is seen as ruined, whichever program wrote it."""
        frame = pd.DataFrame({"kode": [float(number), float("nan")]})
        entry = inspect_privacy(frame).columns[0]
        assert (entry.kind, entry.n, entry.n_ruined) == ("employee_number", 1, 1)

    def test_age_and_tenure(self):
        number = read_employee_number("199001012015011001")
        assert number.age(date(2025, 12, 31)) == 35 and number.age(date(2026, 1, 1)) == 36
        assert read_employee_number("200002292020011001").age(date(2026, 2, 28)) == 25
        assert number.tenure_band(date(2020, 1, 1)) == "5-9"
        assert read_employee_number("199001011992011001").tenure_band(DAY) is None

    @pytest.mark.parametrize(("value", "said"), [(24, "<25"), (25, "25-34"), (34, "25-34"), (54, "45-54"), (55, "55+")])
    def test_bands(self, value, said):
        assert band(value, [25, 35, 45, 55]) == said


class TestOtherIdentifiers:
    @pytest.mark.parametrize(("cell", "kind"), [
        ("orang.contoh@contoh.go.id", "email"), ("Contoh <orang@contoh.go.id>", "email"), ("081234567890", "phone"),
        ("+62 812-3456-7890", "phone"), ("(0812) 3456 7890", "phone"), ("3201014107900001", "national_number"),
        ("3201010107900001", "national_number"),
    ])  # fmt: skip
    def test_seen(self, cell, kind):
        assert sight(cell).kind == kind

    @pytest.mark.parametrize("cell", [
        "", "5", "3.75", "0.8123456789", "0,8123456789", "2026-01-02 03:04:05", "Setuju", "Dinas A, Bidang 2",
        "1234567890123456",
        "100200300", "12.5E+3", "7e-10", "A@", "198001-2",
    ])  # fmt: skip
    def test_passed(self, cell):
        assert sight(cell) is None

    def test_one_spelling(self):
        assert {sight(cell).normal for cell in ("081234567890", "+62 812 3456 7890", "6281234567890")} == {
            "6281234567890"
        }
        assert sight("Orang@Contoh.go.id").normal == "orang@contoh.go.id"

    @pytest.mark.parametrize(("header", "kind"), [
        ("NIP", "employee_number"), ("NIP/NI PPPK (18 digit)", "employee_number"), ("Nama Lengkap", "person_name"),
        ("nama_responden", "person_name"), ("Alamat Email", "email"), ("No. HP / WA", "phone"),
        ("Tanggal Lahir", "birth_date"),
        ("_submitted_by", "device"), ("Alamat rumah", "address"), ("ipaddr", "device"),
    ])  # fmt: skip
    def test_headers(self, header, kind):
        assert header_kind(header) == kind

    @pytest.mark.parametrize("header", [
        "Nama unit kerja", "Nama OPD", "Nama Jabatan", "Usia", "Jenis kelamin", "gender", "education", "Q1",
        "Pimpinan saya menjaga nama baik instansi di depan umum", "Unit kerja", "filename",
    ])  # fmt: skip
    def test_other_headers(self, header):
        assert header_kind(header) is None


class TestInspection:
    def frame(self):
        return pd.DataFrame({
            "Stempel waktu": ["2026-01-02 03:04:05"] * 10,
            "Kode": [PNS, PPPK, "", *[f"1985022820100110{i:02d}" for i in range(10, 17)]],
            "Nama Lengkap": [f"Orang Contoh {i}" for i in range(10)],
            "Unit kerja": ["Dinas A"] * 9 + [f"Dinas B ({PNS})"],
            "HP1": [1, 2, 3, 4, 5] * 2,
            "Q1": [5, 4] * 5,
        })  # fmt: skip

    def test_columns(self):
        report = inspect_privacy(self.frame())
        found = {entry.column: entry for entry in report.columns}
        assert report.identifying == ("Kode", "Nama Lengkap")
        assert (found["Kode"].n, found["Kode"].n_found, found["Kode"].n_not_month) == (9, 9, 1)
        assert found["Nama Lengkap"].evidence == "header"
        assert found["Unit kerja"].n_found == 1 and not found["Unit kerja"].throughout
        assert set(found) == {"Kode", "Nama Lengkap", "Unit kerja"}

    def test_the_report_holds_no_identifier(self):
        said = json.dumps(inspect_privacy(self.frame()).record()) + str(inspect_privacy(self.frame()).table())
        assert PNS not in said and "Orang Contoh" not in said

    def test_a_workbook_in_which_numbers_were_ruined(self, tmp_path):
        book = openpyxl.Workbook()
        for row in (["NIP", "Q1"], [int(PNS), 3], [PPPK, 4]):
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        report = inspect_privacy(tmp_path / "a.xlsx")
        assert (report.columns[0].n_found, report.columns[0].n_ruined) == (2, 1)
        assert "numbers_ruined" in {notice.code for notice in report.notices}

    def test_whole_numbers_of_a_frame_are_exact(self):
        entry = inspect_privacy(pd.DataFrame({"x": [int(PNS), int(PPPK)]})).columns[0]
        assert (entry.n_found, entry.n_ruined) == (2, 0)

    def test_nothing_found_is_said(self):
        report = inspect_privacy(pd.DataFrame({"Q1": [1, 2]}))
        assert report.columns == () and report.notices[0].code == "nothing_identifying"
        assert list(report.table().columns) == [
            "column",
            "kind",
            "basis",
            "treatment",
            "n",
            "n_found",
            "n_ruined",
            "n_not_month",
        ]


class TestAnswers:
    """What read_responses lets through."""

    def form(self, *groups):
        return Instrument(
            name="made-up",
            title={"en": "Simulated"},
            version="1",
            scale=ResponseScale(1, 5),
            dimensions=(Dimension("D", {"en": "D"}),),
            items=(Item("Q1", "D", {"en": "Q1"}), Item("Q2", "D", {"en": "Q2"})),
            groups=groups,
        )

    def test_no_identifying_column_goes_further(self):
        groups = [
            Background(code, {"id": name}) for code, name in (("peg", "Kode"), ("nama", "Nama"), ("unit", "Unit kerja"))
        ]
        frame = pd.DataFrame({
            "Q1": [1, 2, 3, 4, 5, 5], "Q2": [5, 4, 3, 2, 1, 1], "peg": [PNS, PPPK, "", "", "", ""],
            "nama": ["A Contoh"] * 6,
            "unit": ["Dinas A", "Dinas B", "Dinas A", f"NIP {PNS}", "Dinas B", "Dinas A"],
        })  # fmt: skip
        answers = ak.read_responses(frame, self.form(*groups))
        assert list(answers.groups.columns) == ["unit"]
        assert answers.groups["unit"].isna().tolist() == [False, False, False, True, False, False]
        said = {notice.code: notice.say("en") for notice in answers.notices}
        assert "peg, nama" in said["identifying_dropped"] and "1 cells" in said["identifying_blanked"]
        assert not any(PNS in sentence for sentence in said.values())

    def test_asked_for_by_name_it_is_still_left_out(self):
        frame = pd.DataFrame({"Q1": [1, 2], "Q2": [5, 4], "NIP": [PNS, PPPK]})
        answers = ak.read_responses(frame, self.form(), groups=["NIP"])
        assert answers.groups.shape == (2, 0)

    def test_a_column_that_nobody_asked_for_is_named(self):
        frame = pd.DataFrame({"Q1": [1, 2], "Q2": [5, 4], "kode": ["", PNS], "Nama": ["A", "B"], "unit": ["x", "y"]})
        notices = {notice.code: notice.values for notice in ak.read_responses(frame, self.form()).notices}
        assert notices["identifying_in_file"] == {"found": ("kode", "Nama")}

    def test_no_error_shows_an_identifier(self):
        frame = pd.DataFrame({"Q1": [1, PNS], "Q2": [5, 4]})
        with pytest.raises(DataError) as fault:
            ak.read_responses(frame, self.form())
        assert PNS not in str(fault.value) and PNS not in json.dumps(fault.value.record())

    def test_real_answers_keep_their_background(self, bfi_study):
        assert list(bfi_study.responses.groups.columns) == ["gender", "education", "age"]


class TestPseudonyms:
    def frame(self):
        return pd.DataFrame(
            {"NIP": [PNS, f"{PPPK[:8]} {PPPK[8:]}", "salah ketik", PNS],
             "Email": ["a@contoh.id", "B@contoh.id", "", "a@contoh.id"],
             "Nama": ["A", "B", "C", "D"], "unit": ["x", "y", PPPK, "x"], "Q1": [1, 2, 3, 4]},
            index=[10, 20, 30, 40],
        )  # fmt: skip

    def test_columns(self):
        safe = pseudonymise(self.frame().assign(unit=["x", "y", "z", "x"]), key=KEY, on=DAY)
        assert list(safe.frame.columns) == [
            "NIP_pseudonym",
            "NIP_sex",
            "NIP_age_group",
            "NIP_tenure_band",
            "NIP_employment",
            "Email_pseudonym",
            "unit",
            "Q1",
        ]
        assert safe.frame.index.tolist() == [10, 20, 30, 40]
        assert safe.frame["NIP_sex"].tolist()[:2] == ["male", "female"]
        assert safe.frame["NIP_age_group"].tolist()[:2] == ["35-44", "35-44"]
        assert safe.frame["NIP_tenure_band"].tolist()[:2] == ["10-19", "<5"]
        assert safe.frame["NIP_employment"].tolist()[:2] == ["pns", "pppk"]
        assert safe.frame["NIP_pseudonym"].isna().tolist() == [False, False, True, False]
        assert (safe.hashed, safe.removed, safe.n_unhashed) == (("NIP", "Email"), ("Nama",), 1)
        assert {"employment_guessed", "pppk_number_changes", "cells_unhashed"} <= {n.code for n in safe.notices}

    def test_the_same_person_the_same_pseudonym_under_the_same_key_only(self):
        first, again = pseudonymise(self.frame(), key=KEY, on=DAY), pseudonymise(self.frame(), key=KEY, on=DAY)
        other = pseudonymise(self.frame(), key=KEY + b"!", on=DAY)
        names = first.frame["NIP_pseudonym"]
        assert names.iloc[0] == names.iloc[3] != names.iloc[1]
        assert names.equals(again.frame["NIP_pseudonym"]) and first.key_check == again.key_check
        assert (
            set(names.dropna()).isdisjoint(other.frame["NIP_pseudonym"].dropna()) and first.key_check != other.key_check
        )

    def test_hmac_of_kind_and_digits(self):
        """RFC 2104 by another road: the two nested hashes written out."""
        from hashlib import sha256

        block = KEY.ljust(64, b"\0")
        inner = sha256(bytes(b ^ 0x36 for b in block) + f"employee_number:{PNS}".encode()).digest()
        expected = sha256(bytes(b ^ 0x5C for b in block) + inner).hexdigest()[:32]
        assert pseudonymise(self.frame(), key=KEY, on=DAY).frame["NIP_pseudonym"].iloc[0] == expected

    def test_single_cells_are_blanked(self):
        frame = pd.DataFrame({"unit": ["x"] * 9 + [PNS], "Q1": range(10)})
        safe = pseudonymise(frame, key=KEY, on=DAY)
        assert safe.frame["unit"].tolist()[:9] == ["x"] * 9 and safe.frame["unit"].isna().tolist()[9]
        assert safe.table()["treatment"].tolist() == ["cells_blanked"]

    def test_ruined_numbers_are_removed_not_hashed(self):
        safe = pseudonymise(
            pd.DataFrame({"NIP": [1.98502282010011e17, 1.99007072022212e17], "Q1": [1, 2]}), key=KEY, on=DAY
        )
        assert list(safe.frame.columns) == ["Q1"] and safe.removed == ("NIP",)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(numbers(), min_size=1, max_size=5))
    def test_no_identifier_is_left(self, found):
        safe = pseudonymise(pd.DataFrame({"kode": found, "Q1": 1}), key=KEY, on=DAY)
        left = safe.frame.to_csv() + json.dumps(safe.record())
        assert not any(number in left or number[:8] in left.replace("-", "") for number in found)
        assert KEY.decode() not in left

    def test_columns_called_alike_are_refused(self):
        frame = pd.DataFrame([[PNS, 1]], columns=["a", "a"])
        with pytest.raises(DataError, match="duplicate_column"):
            pseudonymise(frame, key=KEY)

    def test_a_file(self, tmp_path):
        (tmp_path / "a.csv").write_text(f"NIP,Q1\n{PNS},3\n{PPPK},4\n", encoding="utf-8")
        safe = pseudonymise(tmp_path / "a.csv", key=KEY, on=DAY)
        assert safe.frame["Q1"].tolist() == ["3", "4"]


class TestKeys:
    def test_written_read_and_kept_outside(self, tmp_path):
        study = tmp_path / "study"
        study.mkdir()
        path = write_key(tmp_path / "keys" / "key", study=study)
        assert len(read_key(path, study=study)) >= 32
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(ArgumentError, match="key_exists"):
            write_key(path)
        with pytest.raises(StudyError, match="key_in_study"):
            write_key(study / "key", study=study)
        (study / "key").write_bytes(KEY)
        with pytest.raises(StudyError, match="key_in_study"):
            pseudonymise(pd.DataFrame({"Q1": [1]}), key=study / "key", study=study)

    def test_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("SYNTHETIC_KEY", KEY.decode())
        assert read_key("env:SYNTHETIC_KEY") == KEY
        monkeypatch.delenv("SYNTHETIC_KEY")
        with pytest.raises(ArgumentError, match="key_missing"):
            read_key("env:SYNTHETIC_KEY")

    def test_too_short_or_absent(self, tmp_path):
        with pytest.raises(ArgumentError, match="key_short"):
            read_key(b"short")
        with pytest.raises(ArgumentError, match="key_missing"):
            read_key(tmp_path / "none")


def test_the_command_writes_a_file_without_identifiers(tmp_path, capsys):
    (tmp_path / "answers.csv").write_text(f"NIP,Nama,Q1\n{PNS},Contoh Satu,4\n{PPPK},Contoh Dua,5\n")
    arguments = ["pseudonymise", str(tmp_path / "answers.csv"), "--out", str(tmp_path / "study" / "responses.csv")]
    arguments += ["--key", str(tmp_path / "secret.key"), "--on", "2026-01-01"]
    assert main(arguments) == 1, "no key yet"
    assert main([*arguments, "--new-key"]) == 0
    first = (tmp_path / "study" / "responses.csv").read_text()
    assert "19850228" not in first and "Contoh" not in first and "35-44" in first
    assert main(arguments) == 0 and (tmp_path / "study" / "responses.csv").read_text() == first
    (tmp_path / "study" / "study.yaml").write_text("")
    inside = [a if a != str(tmp_path / "secret.key") else str(tmp_path / "study" / "my.key") for a in arguments]
    assert main([*inside, "--new-key"]) == 1 and not (tmp_path / "study" / "my.key").exists()
    assert PNS not in capsys.readouterr().out


@pytest.mark.parametrize("name", [PNS, f"Dinas {PPPK}", "19850228 201001 1 001"])
def test_an_employee_number_in_a_name_is_caught_before_it_is_written(tmp_path, name):
    """Columns of identifiers are cut at the door; a unit that is named after one meets the last net."""
    frame = pd.DataFrame({"n": [12]}, index=pd.Index([name], name="unit"))

    @result
    class ByUnit(ResultBase):
        kind = "by_unit"
        frame: pd.DataFrame

        def table(self):
            return self.frame.reset_index()

    with pytest.raises(StudyError, match="identifier_in_output") as caught:
        write_record(tmp_path, "units", ByUnit(frame=frame))
    assert name not in str(caught.value) and not list(tmp_path.iterdir())


def test_digests_decimals_and_codes_are_no_employee_numbers():
    fine = f"a{PNS}b 0.{PNS} {PNS}1 198502302010011001 12345678 {'7' * 18}"
    assert employee_numbers(fine) == [] and employee_numbers(f"({PNS})") == [PNS]
