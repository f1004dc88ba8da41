"""The report as PDF and Word: tagged, described, marked, the same bytes, harmless."""

import dataclasses
import io
import time
from pathlib import Path

import docx
import pandas as pd
import pypdf
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError
from akhlak_research.report.convert import to_docx, to_pdf
from akhlak_research.report.document import Document
from akhlak_research.report.notebook import Shown, Text
from akhlak_research.report.page import StudyPages
from akhlak_research.report.site import FORMATS, build_site

SECONDS = 1795305600
HOSTILE = 'Unit $x$ "quoted" \\ #panic() <script>alert(1)</script> [a](b) `c` _d_ @e'


@pytest.fixture(scope="module")
def document():
    made = Document("id", HOSTILE, "Lembaga (SIMULASI)", True)
    frame = pd.DataFrame({"unit": [HOSTILE, "B"], "mean": [2.5, 3.25], "n": [12, 14]})
    table = ak.show(frame, caption={"id": f"Rerata {HOSTILE}", "en": "Means"})
    figure = ak.plot_item_distributions(pd.DataFrame({"a": [1, 2, 2, 3], "b": [3, 3, 1, 2]}))
    made.stage(4, [Text("# Uji coba\n\n## Rerata\n\nSebuah *kalimat*."), Shown(table), Shown(figure)])
    made.provenance([("Versi", [("numpy", "2.4.6")]), ("Benih", "1")])
    return made


@pytest.fixture(scope="module")
def pdf(document):
    return to_pdf(document, SECONDS)


@pytest.fixture(scope="module")
def word(document):
    return to_docx(document, SECONDS)


def test_the_pdf_is_tagged_titled_and_marked_on_every_page(pdf):
    book = pypdf.PdfReader(io.BytesIO(pdf))
    root = book.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("id")
    assert "Data simulasi" in book.metadata.title and "<script>" in book.metadata.title, "shown as text, not run"
    pages = [page.extract_text() for page in book.pages]
    assert len(pages) >= 3 and all("DATA SIMULASI" in words for words in pages)
    whole = "\n".join(pages)
    assert "3,25" in whole and "Tabel 4.1" in whole and "Gambar 4.1" in whole and "#panic()" in whole


def test_pictures_in_the_pdf_are_described(pdf):
    """PDF/UA-1 does not compile without; the description must be ours."""
    book = pypdf.PdfReader(io.BytesIO(pdf))

    def alternatives(node, seen):
        node = node.get_object()
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, dict):
            if "/Alt" in node:
                yield node["/Alt"]
            if "/K" in node:
                yield from alternatives(node["/K"], seen)
        elif isinstance(node, list):
            for child in node:
                if not isinstance(child, int):
                    yield from alternatives(child, seen)

    found = list(alternatives(book.trailer["/Root"]["/StructTreeRoot"], set()))
    assert any("Batang bertumpuk" in words and "Data simulasi" in words for words in found)


def test_word_has_headings_tables_with_heads_and_described_pictures(word):
    book = docx.Document(io.BytesIO(word))
    headings = [p.text for p in book.paragraphs if p.style.name == "Heading 1"]
    assert headings == ["4. Uji coba instrumen", "Asal-usul angka"]
    assert any("SIMULASI" in p.text for p in book.paragraphs[:3])
    [table] = book.tables
    assert [[c.text for c in row.cells] for row in table.rows][1][0] == HOSTILE and len(table.rows) == 3
    assert table.rows[0]._tr.trPr.findall(".//{*}tblHeader")
    pictures = [node for node in book.element.body.iter() if node.tag.endswith("}docPr")]
    assert len(pictures) == 1 and "Batang bertumpuk" in pictures[0].get("descr")


def test_the_same_document_gives_the_same_bytes(document, pdf, word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    time.sleep(2.1)  # dates in a zip step by two seconds
    assert to_pdf(document, SECONDS) == pdf and to_docx(document, SECONDS) == word


def test_without_figures_and_mark_nothing_is_claimed():
    plain = Document("en", "Plain", "Institution", False)
    plain.stage(1, [Text("# Study\n\nWords.")])
    book = pypdf.PdfReader(io.BytesIO(to_pdf(plain, SECONDS)))
    assert "SIMUL" not in "".join(page.extract_text() for page in book.pages).upper()
    assert dataclasses.is_dataclass(plain) and to_docx(plain, SECONDS)[:2] == b"PK"


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    words = {"id": "S", "en": "S"}
    study = StudyPages(slug="s", title=words, institution=words, simulated=False, stages={1: Path("x.ipynb")})
    with pytest.raises(ArgumentError, match="unknown_choice"):
        build_site([study], tmp_path / "out", ("html", "odt"))
    assert FORMATS == ("html", "pdf", "docx") and not (tmp_path / "out").exists()
