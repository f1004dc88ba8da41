"""Notebooks are thin, bilingual and stripped; they run, and what they show becomes pages."""

import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

import akhlak_research as ak
from akhlak_research.core.errors import StudyError
from akhlak_research.core.results import record_digest
from akhlak_research.stages.catalogue import STAGES
from akhlak_research.stages.study import runnable_stages

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.xdist_group("ran")
MIME = "application/vnd.akhlak.exhibit+json"


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def tags_of(cell):
    return cell["metadata"].get("tags", [])


def test_every_notebook_belongs_to_a_stage():
    assert [path.stem for path in NOTEBOOKS] == [stage.slug for stage in STAGES if stage.notebook]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_keeps_the_rules(path):
    cells = cells_of(path)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code), "outputs are stored"
    assert not any(re.search(r"^\s*(def|class|for|while) ", "".join(c["source"]), re.M) for c in code), (
        "logic in a cell"
    )
    pairs = sum("lang-id" in tags_of(cell) for cell in cells)
    assert len(cells) - pairs <= 48, "more than 48 cells in one language"
    assert sum("parameters" in tags_of(cell) for cell in cells) == 1
    texts = [cell for cell in cells if cell["cell_type"] == "markdown"]
    assert [tags_of(cell) for cell in texts] == [["lang-id"], ["lang-en"]] * (len(texts) // 2), "a pair is broken"
    for first, second in zip(texts[::2], texts[1::2], strict=True):
        heads = [re.findall(r"^#+(?= )", "".join(cell["source"]), re.M) for cell in (first, second)]
        assert heads[0] == heads[1], "the two languages have other headings"


@pytest.fixture(params=sorted(path.parent.name for path in (ROOT / "data").glob("*/study.yaml")))
def study(ran, request):
    """Each shipped study after its run."""
    return ak.Study(ran / request.param)


def exhibits(notebook):
    return [
        output["data"][MIME]
        for cell in cells_of(notebook)
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]


def test_every_stage_leaves_a_notebook_records_and_pages(study, ran_pages):
    assert [s.stage.number for s in study.status() if s.state == "done"] == runnable_stages()
    for lang in ("id", "en"):
        for number in runnable_stages():
            assert (ran_pages / study.slug / lang / f"{study.executed(number).stem}.html").is_file()
    assert (ran_pages / "index.html").is_file()


def test_nothing_is_said_outside_exhibits(study):
    """No warning, traceback or print slips into a page."""
    for number in runnable_stages():
        for cell in cells_of(study.executed(number)):
            for output in cell.get("outputs", []):
                assert MIME in output.get("data", {}), output


def test_every_table_shown_is_a_kept_record(study):
    """One path to a number: what a page shows is the digest of a record that the ledger names."""
    kept = {entry.digest for entry in study.ledger.entries() if entry.event == "record"}
    records = list((study.out / "records").glob("*.json"))
    assert {record_digest(json.loads(path.read_text())["record"]) for path in records} <= kept
    shown = [e for n in runnable_stages() for e in exhibits(study.executed(n)) if e["kind"] == "table"]
    assert len(shown) > 8
    strangers = [exhibit["name"] for exhibit in shown if exhibit["record_digest"] not in kept]
    assert not strangers


def test_no_name_of_the_program_shows_on_a_page(study):
    """Column heads and words of cells are labels; a snake_case name is a label that somebody forgot."""
    packages = {"factor_analyzer"}
    for number in runnable_stages():
        for exhibit in exhibits(study.executed(number)):
            for content in exhibit["content"].values():
                cells = [*content.get("head", []), *(cell for row in content.get("rows", []) for cell in row)]
                raw = {cell for cell in cells if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", cell)} - packages
                assert not raw, f"{exhibit['name']}: {raw}"


def test_a_second_run_does_nothing_and_a_changed_input_does_it_again(ran, tmp_path, monkeypatch):
    folder = shutil.copytree(ran / "bfi", tmp_path / "bfi")
    study = ak.Study(folder)
    before = {n: study.executed(n).stat().st_mtime_ns for n in runnable_stages()}
    for number in runnable_stages():
        study.run(number)
    assert {n: study.executed(n).stat().st_mtime_ns for n in runnable_stages()} == before
    called = []
    monkeypatch.setattr("akhlak_research.stages.execute.execute", lambda *a: called.append(a[0].stem) or a[2])
    settings = folder / "study.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert {status.state for status in ak.Study(folder).status()} == {"changed"}
    ak.Study(folder).run(4)
    assert called == ["04_uji_coba"]


def test_a_cell_that_fails_names_the_notebook_and_leaves_no_page(tmp_path, monkeypatch):
    folder = tmp_path / "bfi"
    shutil.copytree(ROOT / "data" / "bfi", folder, ignore=shutil.ignore_patterns("out"))
    lines = (folder / "responses.csv").read_text().splitlines()
    (folder / "responses.csv").write_text("\n".join([lines[0], lines[1].replace("2,4", "9,4", 1), *lines[2:]]))
    with pytest.raises(StudyError, match="notebook_failed") as caught:
        ak.Study(folder).run(4)
    assert "code_out_of_scale" in str(caught.value) and caught.value.where.file == "04_uji_coba.ipynb"
    assert not (folder / "out" / "notebooks").exists()


def everything_in(path):
    """Bytes of a file and of the files packed into it."""
    content = path.read_bytes() if isinstance(path, Path) else path
    yield content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from everything_in(archive.read(member))


def test_planted_employee_numbers_reach_nothing_that_was_produced(ran, planted, tmp_path):
    """They stand in a column and in free text of the answers; pages, records, notebooks, release: none has them."""
    folder = Path(shutil.copytree(ran / "bfi", tmp_path / "bfi"))
    answers = (folder / "responses.csv").read_text(encoding="utf-8")
    assert all(answers.count(number) > 1000 for number in planted)
    ak.build_release(ak.Study(folder))
    produced = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert len(produced) > 100 and any(path.suffix == ".zip" for path in produced)
    plain = [number.replace(" ", "") for number in planted]
    for path in produced:
        for content in everything_in(path):
            found = [number for number in (*planted, *plain) if number.encode() in content]
            assert not found, path
