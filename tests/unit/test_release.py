"""Releases: forms that tools read back, data that come back equal, a verifier that sees every change."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from xml.etree import ElementTree

import pandas as pd
import pypdf
import pyreadstat
import pytest
import yaml
from openpyxl import load_workbook

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, StudyError
from akhlak_research.core.results import ResultBase, Unavailable, result
from akhlak_research.instrument.model import Background, Dimension, Instrument, Item, ResponseScale
from akhlak_research.release.cite import citation, data_package
from akhlak_research.release.context import Context, context_of
from akhlak_research.release.data import _spss, _stata, data_files, labels_of, public_data
from akhlak_research.release.ddi import ddi_codebook
from akhlak_research.release.forms import limesurvey, xlsform
from akhlak_research.release.metadata import form_fields, gaps_csv, indicators_csv, variables_csv
from akhlak_research.release.package import build_release, new_signing_key
from akhlak_research.release.pages import form_document, form_page, manual_page
from akhlak_research.release.verify import check_decisions, is_shown, numbers, verify
from akhlak_research.report.convert import to_pdf
from akhlak_research.stages.catalogue import STAGES
from akhlak_research.stages.provenance import file_digest

ROOT = Path(__file__).resolve().parents[2]
MOMENT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def context():
    study = ak.Study(ROOT / "data" / "berakhlak-contoh")
    return Context(study, study.disclosure_policy, MOMENT)


@pytest.fixture(scope="module")
def data(context):
    return data_files(context)


def test_pyxform_takes_the_form_and_finds_every_item(context, tmp_path):
    from pyxform.xls2xform import convert

    (tmp_path / "form.xlsx").write_bytes(xlsform(context))
    made = convert(tmp_path / "form.xlsx", validate=False)
    assert not made.warnings, made.warnings
    tree = ElementTree.fromstring(made.xform)
    bound = {node.get("nodeset", "").rsplit("/", 1)[-1] for node in tree.iter() if node.tag.endswith("}bind")}
    assert set(context.study.instrument.item_codes) <= bound
    languages = {node.get("lang") for node in tree.iter() if node.tag.endswith("}translation")}
    assert languages == {"Bahasa Indonesia (id)", "English (en)"}


def test_a_filled_kobo_form_reads_back(context, tmp_path):
    """The export of the form: headers are group/name, answers the names of the choices."""
    instrument = context.study.instrument
    sheet = load_workbook(io.BytesIO(xlsform(context)))["survey"]
    rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=2)]
    group, names = "", []
    for kind, name, *_ in rows:
        if kind == "begin_group":
            group = f"{name}/"
        elif kind == "end_group":
            group = ""
        elif kind.startswith("select_one") and name in instrument.item_codes:
            names.append(group + name)
    codes = [[(at + k) % 5 + 1 for at in range(len(names))] for k in range(4)]
    lines = [["start", *names, "_id", "_uuid"]]
    lines += [[f"2026-01-0{k + 1}", *row, k, f"u{k}"] for k, row in enumerate(codes)]
    (tmp_path / "kobo.csv").write_text("\n".join(";".join(map(str, line)) for line in lines), encoding="utf-8")
    answers = ak.read_responses(tmp_path / "kobo.csv", instrument, delimiter=";")
    expected = pd.DataFrame(codes, columns=[name.rsplit("/", 1)[-1] for name in names], dtype=float)
    assert answers.codes[expected.columns].to_numpy().tolist() == expected.to_numpy().tolist()


def test_a_filled_limesurvey_form_reads_back(context, tmp_path):
    instrument = context.study.instrument
    rows = list(csv.DictReader(io.StringIO(limesurvey(context).decode("utf-8-sig")), delimiter="\t"))
    base = [row for row in rows if row["language"] == "id"]
    names, question = [], ""
    for row in base:
        if row["class"] == "Q":
            question = row["name"]
        elif row["class"] == "SQ":
            names.append(f"{question}[{row['name']}]")
    assert len(names) == len(instrument.items)
    answers = [[(at + k) % 5 + 1 for at in range(len(names))] for k in range(4)]
    lines = [["id", "submitdate", "lastpage", "startlanguage", *names]]
    lines += [[k, "2026-01-01", 3, "id", *row] for k, row in enumerate(answers)]
    with (tmp_path / "lime.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    read = ak.read_responses(tmp_path / "lime.csv", instrument)
    assert read.codes.to_numpy().tolist() == [[float(v) for v in row] for row in answers]


def test_limesurvey_structure_repeats_in_every_language(context):
    rows = list(csv.DictReader(io.StringIO(limesurvey(context).decode("utf-8-sig")), delimiter="\t"))
    by = {lang: [r for r in rows if r["language"] == lang and r["class"] != "SL"] for lang in ("id", "en")}
    shape = {lang: [(r["class"], r["type/scale"]) for r in by[lang]] for lang in by}
    assert shape["id"] == shape["en"] and len(shape["id"]) > 90
    assert [r["name"] for r in by["id"] if r["class"] != "G"] == [r["name"] for r in by["en"] if r["class"] != "G"]
    assert all(len(r["name"]) <= 5 for r in rows if r["class"] == "A")


def test_codes_that_limesurvey_refuses_lose_their_signs_and_are_found_again(context, tmp_path):
    scale = ResponseScale(1, 5)
    items = tuple(Item(code, "D_1", {"en": f"Text of {code}"}) for code in ("a_b", "ab", "q" * 30, "q" * 31))
    background = Background("unit_kerja", {"en": "Office"}, "categorical")
    odd = Instrument("x", {"en": "X"}, "1", scale, (Dimension("D_1", {"en": "D"}),), items, groups=(background,))
    odd_context = Context(SimpleNamespace(instrument=odd, title={"en": "X"}), context.policy, MOMENT)

    rows = list(csv.DictReader(io.StringIO(limesurvey(odd_context).decode("utf-8-sig")), delimiter="\t"))

    names = [row["name"] for row in rows if row["class"] == "SQ" and row["language"] == "id"]
    assert names == ["ab2", "ab", "q" * 20, "q" * 19 + "2"]
    questions = {row["name"] for row in rows if row["class"] == "Q"}
    assert questions == {"D1", "unitkerja"}
    head = ["id", "submitdate", "lastpage", "startlanguage", *(f"D1[{name}]" for name in names), "unitkerja"]
    file = tmp_path / "lime.csv"
    file.write_text(",".join(head) + "\n1,2026-01-01,3,en,1,2,3,4,North\n", encoding="utf-8")
    read = ak.read_responses(file, odd)
    assert read.codes.iloc[0].tolist() == [1, 2, 3, 4] and read.groups["unit_kerja"].iloc[0] == "North"


def test_sav_and_dta_come_back_with_equal_codes_and_labels(context, data, tmp_path):
    public = public_data(context)
    instrument = context.study.instrument
    variables, values = labels_of(instrument, list(public.frame.columns))
    for name, reader in (("sav", pyreadstat.read_sav), ("dta", pyreadstat.read_dta)):
        (tmp_path / f"r.{name}").write_bytes(data[f"data/responses.{name}"])
        frame, meta = reader(str(tmp_path / f"r.{name}"))
        assert list(frame.columns) == list(public.frame.columns) and len(frame) == public.n
        for item in instrument.item_codes:
            equal = frame[item].fillna(-1) == public.frame[item].astype("float64").fillna(-1)
            assert equal.all(), item
            said = {int(code): words for code, words in meta.variable_value_labels[item].items()}
            assert said == {int(code): words for code, words in values[item].items()}
        for at, column in enumerate(frame.columns):
            shown = meta.column_labels[at]
            assert variables[column].startswith(shown.rstrip("…")) and len(shown) > 3


@pytest.mark.parametrize("code", ["if", "ALL", "with", "x" * 70, "A.1", "str5", "A1_"])
def test_codes_that_spss_or_stata_refuse_get_another_name_and_keep_theirs_in_the_label(code, tmp_path):
    instrument = Instrument(
        "x", {"en": "X"}, "1", ResponseScale(1, 5), (Dimension("D", {"en": "D"}),),
        (Item(code, "D", {"en": "First"}), Item("A_1", "D", {"en": "Second"})),
    )  # fmt: skip
    frame = pd.DataFrame({code: [1.0, 2.0], "A_1": [3.0, 4.0]})
    for write, reader, name in ((_spss, pyreadstat.read_sav, "r.sav"), (_stata, pyreadstat.read_dta, "r.dta")):
        (tmp_path / name).write_bytes(write(frame, instrument, MOMENT))
        read, meta = reader(str(tmp_path / name))
        assert read.to_numpy().tolist() == frame.to_numpy().tolist() and read.columns[1] == "A_1"
        first = read.columns[0]
        assert first == code or meta.column_names_to_labels[first].startswith(code[:30])


def test_csv_and_parquet_hold_the_same_answers(context, data):
    from_csv = pd.read_csv(io.BytesIO(data["data/responses.csv"]), encoding="utf-8-sig")
    from_parquet = pd.read_parquet(io.BytesIO(data["data/responses.parquet"]))
    items = list(context.study.instrument.item_codes)
    assert from_csv[items].fillna(-1).astype(int).equals(from_parquet[items].astype("float64").fillna(-1).astype(int))
    assert "unit" not in from_csv and "respondent" not in from_csv and "weight" not in from_csv


def test_the_data_package_describes_the_file(context, data):
    package = json.loads(data_package(context, data))
    [resource] = package["resources"]
    head = data["data/responses.csv"].decode("utf-8-sig").split("\n")[0].split(",")
    assert [field["name"] for field in resource["schema"]["fields"]] == head
    assert resource["bytes"] == len(data["data/responses.csv"])


def test_ddi_is_well_formed_and_counts_what_was_released(context):
    public = public_data(context)
    root = ElementTree.fromstring(ddi_codebook(context, public))
    ns = {"d": "ddi:codebook:2_5"}
    variables = root.findall(".//d:var", ns)
    assert [v.get("name") for v in variables] == [*public.kept, *context.study.instrument.item_codes]
    first = variables[len(public.kept)]
    counts = {c.find("d:catValu", ns).text: int(c.find("d:catStat", ns).text) for c in first.findall("d:catgry", ns)}
    expected = public.frame["BP1"].value_counts()
    assert counts == {str(code): int(expected.get(code, 0)) for code in range(1, 6)}
    assert [child.tag.split("}")[1] for child in root] == ["docDscr", "stdyDscr", "fileDscr", "dataDscr"]


#: order of the elements that the schema of DDI-Codebook 2.5 (codebook.xsd) lets stand in each element written here
DDI_ORDER = {
    "codeBook": "docDscr stdyDscr fileDscr dataDscr otherMat", "docDscr": "citation guide docStatus docSrc",
    "citation": "titlStmt rspStmt prodStmt distStmt serStmt verStmt biblCit",
    "titlStmt": "titl subTitl altTitl parTitl",
    "stdyDscr": "citation studyAuthorization stdyInfo studyDevelopment method dataAccs",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement notes", "subject": "keyword topcClas",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox boundPoly anlyUnit universe dataKind",
    "rspStmt": "AuthEnty othId", "prodStmt": "producer copyright prodDate", "verStmt": "version verResp",
    "fileDscr": "fileTxt locMap notes", "fileTxt": "fileName fileCont fileStrc dimensns",
    "dataDscr": "varGrp nCubeGrp var",
    "dimensns": "caseQnty varQnty logRecL", "qstn": "preQTxt qstnLit postQTxt",
    "var": "location labl imputation security qstn valrng invalrng universe sumStat txt stdCatgry catgryGrp catgry",
    "catgry": "catValu labl txt catStat",
}  # fmt: skip


def test_ddi_keeps_the_order_of_its_schema(context):
    root = ElementTree.fromstring(ddi_codebook(context, public_data(context)))
    for element in root.iter():
        name = element.tag.split("}")[1]
        children = [child.tag.split("}")[1] for child in element]
        if children:
            places = [DDI_ORDER[name].split().index(child) for child in children]
            assert places == sorted(places), (name, children)


def test_forms_are_filled_from_the_study_and_gaps_are_listed(context):
    fields = {field.code: field for field in form_fields(context, "ms_keg")}
    assert fields["0.1"].content.say("id") == context.study.title["id"] and fields["0.4"].content is None
    assert "40" in fields["5.4"].content.say("en") and "%" in fields["5.5"].content.say("id")
    gaps = gaps_csv(context, "id").decode("utf-8-sig")
    assert "Sektor kegiatan" in gaps and "Judul kegiatan" not in gaps and "NPWP" in gaps
    n_variables = 21 + len(context.study.instrument.groups)
    assert len(variables_csv(context, "en").decode().strip().split("\n")) == 1 + n_variables
    assert len(indicators_csv(context, "en").decode().strip().split("\n")) == 1 + 7 + 1


@pytest.mark.parametrize("lang", ["id", "en"])
def test_form_and_manual_are_pages_in_one_language(context, lang):
    form = form_page(context, lang)
    assert form.count("☐") > 21 * 5 and "<script" not in form and f'lang="{lang}"' in form
    manual = manual_page(context, context.study.recipe, lang)
    assert ("Contoh perhitungan" in manual) == (lang == "id") and "SIMUL" in manual.upper()


def test_the_form_prints_on_a_few_tagged_pages_with_a_box_for_every_answer(context):
    document = form_document(context, "id")
    book = pypdf.PdfReader(io.BytesIO(to_pdf(document, 1795305600)))
    words = "".join(page.extract_text() for page in book.pages)
    n_background = sum(len(group.labels) for group in context.study.instrument.groups)
    assert len(book.pages) <= 3 and book.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert words.count("☐") == 21 * 6 + n_background and "Pernyataan" in words and "DATA SIMULASI" in words


def test_the_worked_example_follows_the_recipe_by_hand(context):
    """BP of the made-up respondent: codes 4, 1, 3 on 1–5 → mean 8/3 → (8/3 − 1)/4 = 41.67."""
    manual = manual_page(context, context.study.recipe, "en")
    assert "BP1 = 4; BP2 = 1; BP3 = 3" in manual and "41.67" in manual


def test_citation_says_who_what_when(context):
    body = yaml.safe_load(citation(context))
    assert body["cff-version"] == "1.2.0" and body["date-released"] == "2026-11-22" and body["license"] == "CC0-1.0"


def test_numbers_of_pages_are_found_in_both_languages():
    known = sorted(numbers({"a": 0.8486454, "b": [1417, {"c": -2.5}], "d": "x 2,800", "e": True}))
    for bound, written, lang in (
        ("", "0,85", "id"), ("", "0.849", "en"), ("", "1.417", "id"), ("", "1,417", "en"), ("", "−2,50", "id"),
        ("", "84.9", "en"), ("", "2.800", "id"), ("<", "0.001", "en"),
    ):  # fmt: skip
        assert is_shown(bound, written, lang, known), (written, lang)
    for written, lang in (("0,86", "id"), ("1,418", "en"), ("0.850", "en")):
        assert not is_shown("", written, lang, known)
    assert is_shown(">", "0.99", "en", [0.2, 0.995]) and not is_shown(">", "0.99", "en", [0.2, 0.5])
    assert not is_shown("<", "0.001", "en", [0.2, 0.5])


# ---- whole releases, from a study that pretends to have been run


@pytest.fixture(scope="module")
def run_study(tmp_path_factory):
    """A study whose stages count as run: two kept records, and notebooks that show one of them."""
    import nbformat

    folder = tmp_path_factory.mktemp("release") / "bfi"
    shutil.copytree(ROOT / "data" / "bfi", folder, ignore=shutil.ignore_patterns("out"))
    study = ak.Study(folder)
    answers = study.responses
    items = study.keep("items", ak.per_dimension(ak.analyse_items, answers))
    study.keep("index", study.index)
    bundle = ak.show(items)._repr_mimebundle_()
    for entry in STAGES:
        cell = nbformat.v4.new_code_cell("ak.show(items)", outputs=[nbformat.v4.new_output("execute_result", bundle)])
        cell["id"] = "c0"
        path = study.executed(entry.number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])), encoding="utf-8")
        digest = study._fingerprint(entry.notebook)
        study.ledger.append("stage", entry.slug, digest, stage=entry.number, notebook=file_digest(path))
    return study


@pytest.fixture(scope="module")
def released(run_study):
    return build_release(run_study)


def test_a_release_verifies_with_the_standard_library_alone(released, tmp_path):
    assert ak.verify_release(released.folder).verified and ak.verify_release(released.archive).verified
    clean = {"PATH": os.environ["PATH"]}
    run = [sys.executable, "-I", "-S", str(released.folder / "verify.py")]
    found = subprocess.run(run, capture_output=True, text=True, env=clean, cwd=tmp_path, check=False)
    assert found.returncode == 0 and found.stdout.strip().endswith("VERIFIED"), found.stdout + found.stderr
    assert "ledger" in found.stdout and "numbers" in found.stdout


def test_the_same_study_gives_the_same_bytes(run_study, released):
    before = {p.relative_to(released.folder): p.read_bytes() for p in released.folder.rglob("*") if p.is_file()}
    archive = released.archive.read_bytes()
    again = build_release(run_study)
    assert {p.relative_to(again.folder): p.read_bytes() for p in again.folder.rglob("*") if p.is_file()} == before
    assert again.archive.read_bytes() == archive and again.digest == released.digest


@pytest.fixture
def copy(released, tmp_path):
    return Path(shutil.copytree(released.folder, tmp_path / "copy"))


def test_a_changed_missing_or_added_file_is_named(copy):
    target = copy / "instrument" / "instrument.yaml"
    kept = target.read_bytes()
    target.write_bytes(kept.replace(b"A1", b"A9", 1))
    assert verify(str(copy))[0] == ["instrument/instrument.yaml was changed"]
    target.unlink()
    assert verify(str(copy))[0] == ["instrument/instrument.yaml is missing"]
    target.write_bytes(kept)
    (copy / "extra.txt").write_text("x")
    assert verify(str(copy))[0] == ["extra.txt was added"]
    (copy / "extra.txt").unlink()
    (copy / "link").symlink_to(copy / "verify.py")
    assert "link is a link" in verify(str(copy))[0]


def test_every_changed_file_is_named_not_only_the_first(copy):
    changed = ["disclosure.csv", "instrument/codebook.id.csv", "scoring/recipe.yaml"]
    for name in changed:
        (copy / name).write_bytes((copy / name).read_bytes() + b" ")
    assert verify(str(copy))[0] == [f"{name} was changed" for name in changed]


def test_records_that_were_swapped_are_named_although_the_manifest_fits(copy):
    one, other = (copy / "evidence" / "records" / f"{name}.json" for name in ("index", "items"))
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    remanifest(copy)
    said = "the record {}.json is not the one that the ledger keeps under this name"
    assert verify(str(copy))[0] == [said.format("index"), said.format("items")]


def test_a_changed_decision_is_named_although_the_manifest_fits(copy):
    evidence = copy / "evidence"
    entry = {"criterion": "alpha", "choice": "keep", "rationale": {"en": "Because it's so."}, "date": "2026-11-22"}
    record = {"kind": "decisions", "entries": [entry]}
    kept = {"name": "decisions", "record": record, "tables": []}
    (evidence / "records" / "decisions.json").write_text(json.dumps(kept), encoding="utf-8")
    said = "- criterion: alpha\n  choice: keep\n  rationale: {en: 'Because it''s\n    so.'}\n  date: 2026-11-22\n"
    problems = []
    (evidence / "decisions.yaml").write_text(said, encoding="utf-8")
    check_decisions(str(copy), problems)
    assert problems == []
    (evidence / "decisions.yaml").write_text(said.replace("choice: keep", "choice: drop"), encoding="utf-8")
    check_decisions(str(copy), problems)
    assert problems == ["evidence/decisions.yaml says otherwise than its record: choice of alpha"]


def test_evidence_that_cannot_be_read_is_a_problem_not_a_crash(copy):
    (copy / "evidence" / "ledger.jsonl").write_text("no json\n", encoding="utf-8")
    remanifest(copy)
    assert verify(str(copy))[0][0].startswith("the evidence cannot be read")


def remanifest(folder):
    """What a forger would do: a manifest that fits the changed files."""
    import hashlib

    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in ("MANIFEST.sha256", "SIGNATURE.txt"))
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / "MANIFEST.sha256").write_text("".join(sorted(lines, key=lambda line: line[66:])), encoding="utf-8")


@pytest.mark.parametrize("written", ["9876,54", "[{true}; 9876,54]"])
def test_a_number_changed_on_a_page_is_found_although_the_manifest_fits(copy, written):
    page = next((copy / "report").rglob("04_*.html"))
    source = page.read_text(encoding="utf-8")
    at = source.index('<td class="number">') + len('<td class="number">')
    end = source.index("<", at)
    page.write_text(source[:at] + written.format(true=source[at:end]) + source[end:], encoding="utf-8")
    remanifest(copy)
    problems, _ = verify(str(copy))
    assert len(problems) == 1 and "9876" in problems[0]


def test_a_record_changed_or_a_ledger_line_dropped_is_found(copy):
    record = copy / "evidence" / "records" / "index.json"
    kept = record.read_text(encoding="utf-8")
    record.write_text(kept.replace('"level": 0.95', '"level": 0.5'), encoding="utf-8")
    remanifest(copy)
    assert verify(str(copy))[0][0] == "the record index.json is not in the ledger"
    record.write_text(kept, encoding="utf-8")
    ledger = copy / "evidence" / "ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.write_text("".join([*lines[:1], *lines[2:]]), encoding="utf-8")
    remanifest(copy)
    assert "line 2 of the ledger" in verify(str(copy))[0][0]


def test_a_signature_binds_the_manifest_to_a_key(run_study, tmp_path):
    key = new_signing_key(tmp_path / "keys" / "release.pem", run_study)
    assert oct(key.stat().st_mode)[-3:] == "600"
    with pytest.raises(ArgumentError, match="key_exists"):
        new_signing_key(key)
    with pytest.raises(StudyError, match="key_in_study"):
        new_signing_key(run_study.path / "release.pem", run_study)
    made = build_release(run_study, key=key)
    problems, notes = verify(str(made.folder))
    assert not problems and any("signed with the key" in note for note in notes)
    copy = Path(shutil.copytree(made.folder, tmp_path / "copy"))
    (copy / "CITATION.cff").write_text("title: other\n")
    remanifest(copy)
    assert "the signature does not fit the manifest" in verify(str(copy))[0]
    (tmp_path / "not-a-key.pem").write_text("x")
    with pytest.raises(StudyError, match="key_unreadable"):
        build_release(run_study, key=tmp_path / "not-a-key.pem")


@result
class Small(ResultBase):
    kind: ClassVar[str] = "small"
    n: int = 4
    mean: float = 2.5

    def table(self):
        return pd.DataFrame({"n": [self.n], "mean": [self.mean]})


def test_nothing_is_released_that_breaks_the_policy(run_study, tmp_path):
    folder = Path(shutil.copytree(run_study.path, tmp_path / "bfi"))
    study = ak.Study(folder)
    study.keep("means", Small())
    before = sorted(p.name for p in (folder / "out" / "release").iterdir())
    with pytest.raises(StudyError, match="release_refused") as caught:
        build_release(study)
    assert caught.value.values["records"] == ["means"] and "n = 4" in caught.value.values["places"][0]
    assert sorted(p.name for p in (folder / "out" / "release").iterdir()) == before, "the old release stays as it was"


def test_a_page_with_a_stray_number_does_not_build(run_study, tmp_path):
    folder = Path(shutil.copytree(run_study.path, tmp_path / "bfi"))
    study = ak.Study(folder)
    for file in (folder / "out" / "records").glob("items.json"):
        body = json.loads(file.read_text(encoding="utf-8"))
        body["tables"] = []
        body["record"]["parts"].pop("A")
        file.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(StudyError, match="release_unverified"):
        build_release(study)
    assert not list((folder / "out" / "release").glob(".building-*"))


def test_a_study_that_was_not_run_or_changed_waits(run_study, tmp_path):
    folder = Path(shutil.copytree(run_study.path, tmp_path / "bfi"))
    (folder / "recipe.yaml").write_text((folder / "recipe.yaml").read_text() + "\n")
    with pytest.raises(StudyError, match="release_not_ready"):
        build_release(ak.Study(folder))
    shutil.rmtree(folder / "out")
    with pytest.raises(StudyError, match="release_not_ready"):
        build_release(ak.Study(folder))
    with pytest.raises(StudyError, match="not_run_yet"):
        context_of(ak.Study(folder))


@pytest.mark.parametrize("name", ["../outside.txt", "/absolute.txt", "..\\outside.txt"])
def test_a_zip_that_reaches_out_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr(name, "x")
    problems, _ = verify(str(tmp_path / "bad.zip"))
    assert "outside itself" in problems[0] and not (tmp_path.parent / "outside.txt").exists()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("akhlak_research.release.verify._MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/zeros", bytes(100_000))
    assert "more than" in verify(str(tmp_path / "bomb.zip"))[0][0]


def test_without_data_in_the_settings_nothing_of_the_rows_leaves(context, monkeypatch):
    settings = {name: value for name, value in context.study.release_settings.items() if name != "data"}
    monkeypatch.setattr(type(context.study), "release_settings", property(lambda self: settings))
    assert isinstance(data_files(context), Unavailable)
    assert "catStat" not in ddi_codebook(context, public_data(context)).decode()
