"""A hostile study is refused or rendered harmless, and the readers survive anything."""

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError, DataError, StudyError
from akhlak_research.core.yaml_files import read_yaml_file

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENT = ak.read_instrument(ROOT / "data" / "bfi")
ITEMS = list(INSTRUMENT.item_codes)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(ROOT / "data" / "bfi", tmp_path / "bfi", ignore=shutil.ignore_patterns("out")))


def rewrite(folder, **values):
    old = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    (folder / "study.yaml").write_text(yaml.safe_dump(old | values, allow_unicode=True), encoding="utf-8")
    return ak.Study(folder)


@pytest.mark.parametrize("path", ["/etc/passwd", "~/secret.csv", "..\\..\\secret.csv"])
def test_absolute_and_foreign_paths_are_refused_by_the_schema(folder, path):
    with pytest.raises(StudyError, match="study_schema"):
        rewrite(folder, files={"instrument": "instrument.yaml", "responses": path})


def test_a_yaml_bomb_a_deep_nest_and_an_object_tag_are_refused(folder):
    steps = zip("abcdefgh", "bcdefghi", strict=True)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p},*{p}]\n" for p, c in steps)
    for content, code in (
        (bomb, "yaml_alias"), ("[" * 20_000, "yaml_syntax"), ("a: !!python/object/apply:os.system [ls]", "yaml_unsafe"),
    ):  # fmt: skip
        (folder / "study.yaml").write_text(content)
        with pytest.raises(StudyError, match=code):
            ak.Study(folder)


def test_a_settings_file_of_twenty_megabytes_is_not_read(folder):
    with (folder / "study.yaml").open("ab") as stream:
        stream.truncate(21 * 1024**2)
    with pytest.raises(StudyError, match="yaml_too_large"):
        ak.Study(folder)


def test_titles_of_a_million_signs_nul_and_turned_text_come_out_harmless(folder):
    from akhlak_research.report.page import render_landing, render_study
    from akhlak_research.report.site import StudyPages

    evil = "Dinas \u202egnitseretni\u2066 <script>alert(1)</script> " + "x" * 1_000_000
    study = rewrite(folder, title={"id": evil, "en": evil})
    pages = StudyPages(slug="../../up", title=study.title, institution=study.institution, simulated=False, stages={})
    for page in (render_study(pages, "id"), render_landing([pages])):
        assert "<script" not in page and "\u202e" not in page and "⟦U+202E⟧" in page
    assert pages.slug == "up", "a slug is no path"
    (folder / "study.yaml").write_bytes((folder / "study.yaml").read_bytes().replace(b"seed", b"se\0ed"))
    with pytest.raises(StudyError, match="yaml_syntax"):
        ak.Study(folder)


def test_a_zip_bomb_that_calls_itself_a_workbook_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("akhlak_research.responses.workbook._MOST_UNFOLDED", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(5_000_000))
    assert (tmp_path / "bomb.xlsx").stat().st_size < 10_000
    with pytest.raises(DataError, match="workbook_too_large"):
        ak.read_responses(tmp_path / "bomb.xlsx", INSTRUMENT)


def test_an_answer_of_a_million_signs_names_its_cell_and_stays_short(tmp_path):
    rows = [",".join(ITEMS), ",".join(["1"] * 25), ",".join(["9" * 1_000_000, *["1"] * 24])]
    (tmp_path / "answers.csv").write_text("\n".join(rows))
    with pytest.raises(DataError) as caught:
        ak.read_responses(tmp_path / "answers.csv", INSTRUMENT)
    assert caught.value.where.row == 3 and caught.value.where.column == "A1" and len(str(caught.value)) < 2_000


# ---- fuzzing: whatever the bytes, the answer is a result or an error of ours

FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
SIGNS = [*"a1:-[]{}&*!|>'\"#%@`,?\n\t ~=.", "\u2028", "é", "\x00", "\ufeff"]
YAML_LIKE = st.text(st.sampled_from(SIGNS), max_size=120)
CELLS = [*ITEMS, "1", "6", "7", "", '"', ",", ";", "\n", "\r", "\t", " ", "\x00", "=1+1", "9" * 5000]
CSV_LIKE = st.lists(st.sampled_from(CELLS), max_size=150).map(lambda parts: ",".join(parts).encode())


def attempt(name, content, reader):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            return reader(path)
        except AkhlakError as error:
            assert error.code and error.message("id") and error.message("en")
    return None


@FUZZ
@given(st.one_of(st.binary(max_size=200), YAML_LIKE.map(lambda words: words.encode("utf-8", "surrogatepass"))))
def test_the_yaml_reader_survives_anything(content):
    attempt("x.yaml", content, read_yaml_file)


@FUZZ
@given(st.one_of(st.binary(max_size=300), CSV_LIKE))
def test_the_csv_reader_survives_anything(content):
    attempt("answers.csv", content, lambda path: ak.read_responses(path, INSTRUMENT))


def good_csv():
    rows = [",".join(str((at + k) % 6 + 1) for at in range(25)) for k in range(4)]
    return "\n".join([",".join(ITEMS), *rows]).encode()


@FUZZ
@given(st.integers(0, len(good_csv()) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_csv_gives_answers_on_the_scale_or_an_error(at, damage):
    content = bytearray(good_csv())
    content[at : at + len(damage)] = damage
    answers = attempt("answers.csv", bytes(content), lambda path: ak.read_responses(path, INSTRUMENT))
    if answers is not None:
        values = answers.codes.to_numpy()
        assert ((values >= 1) & (values <= 6) | (values != values)).all()


def good_workbook():
    book = openpyxl.Workbook()
    book.active.append(ITEMS)
    book.active.append([at % 6 + 1 for at in range(25)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


WORKBOOK = good_workbook()


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=8))
def test_the_workbook_reader_survives_damage(at, damage):
    content = bytearray(WORKBOOK)
    content[at : at + len(damage)] = damage
    attempt("answers.xlsx", bytes(content), lambda path: ak.read_responses(path, INSTRUMENT))
