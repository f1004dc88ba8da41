"""The rendered pages speak the reader's language: no names of the program, no marks of a missing number."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import akhlak_research as ak

SCHEMA = Path(ak.__file__).parent / "stages" / "study.schema.json"
pytestmark = pytest.mark.xdist_group("ran")

#: names of other people's software, which have an underscore
_SOFTWARE = {"factor_analyzer"}
_PROGRAM_WORD = re.compile(r"\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b")
_NO_NUMBER = re.compile(r"(?<![\w-])(nan|NaN|NaT|<NA>|inf|-inf|None|True|False)(?![\w-])")


class Visible(HTMLParser):
    """The text that a reader sees or hears; code and settings in code spans are left out."""

    def __init__(self):
        super().__init__()
        self.hidden, self.said = 0, []

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style", "code", "pre")
        self.said += [value for name, value in attrs if name in ("alt", "aria-label", "title") and value]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.said.append(data.strip())


def said_by(page):
    reader = Visible()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader.said


def names_of(study):
    """What a study itself calls its items, columns, files and sources, and the settings that a reader may add."""
    written = (study.path / "study.yaml").read_text(encoding="utf-8")
    headers = [path.read_text(encoding="utf-8-sig").split("\n", 1)[0] for path in study.path.glob("*.csv")]
    traces = [item.trace for item in study.instrument.items]
    asked = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    settings = set(asked) | set(asked["files"]["properties"])
    return settings | set(_PROGRAM_WORD.findall(" ".join([written, *headers, *traces]))) | _SOFTWARE


@pytest.fixture(params=["bfi", "berakhlak-contoh"])
def pages(ran, ran_pages, request):
    study = ak.Study(ran / request.param)
    return study, sorted((ran_pages / study.slug).rglob("*.html"))


def test_no_page_says_a_word_of_the_program(pages):
    study, found = pages
    allowed = names_of(study)
    assert len(found) >= 12
    said = {
        word: (page.name, line[:120])
        for page in found
        for line in said_by(page)
        for word in _PROGRAM_WORD.findall(line)
        if word not in allowed
    }
    assert not said


def test_no_page_shows_what_a_computer_writes_for_nothing(pages):
    _, found = pages
    shown = [
        (page.name, line[:120])
        for page in found
        for line in said_by(page)
        if _NO_NUMBER.fullmatch(line) or re.search(r"\b(nan|NaN|NaT)\b", line)
    ]
    assert not shown


def test_no_table_is_empty_and_no_number_has_six_decimals(pages):
    _, found = pages
    for page in found:
        written = page.read_text(encoding="utf-8")
        assert not re.search(r"<tbody>\s*</tbody>", written), page.name
        long = [line[:120] for line in said_by(page) if re.search(r"(?<![\d.,])-?\d{1,3}[.,]\d{6,}\b", line)]
        assert not long, page.name
