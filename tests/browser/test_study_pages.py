"""Every page of the shipped studies as a reader meets it: opened from the disk, in both languages."""

import json
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest

from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.report.executive import ADDRESS as EXECUTIVE
from akhlak_research.report.exhibit import MIME
from akhlak_research.stages.study import runnable_stages

pytestmark = pytest.mark.xdist_group("ran")

LOOK = """() => {
  const all = s => [...document.querySelectorAll(s)];
  return {
    lang: document.documentElement.lang, title: document.title, links: all('a[href]').map(a => a.href),
    banner: all('.simulated').some(e => e.getClientRects().length > 0),
    captions: all('figure .caption').map(e => e.innerText), descriptions: all('img').map(i => i.alt),
  };
}"""
FOCUS = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  return {words: e.textContent.trim(), id: e.id, shown: box.left >= 0 && box.top >= 0 && box.width > 0};
}"""


def inspect(page, misfits=lambda page: []):
    """Look wide, ask axe, squeeze to 320 pixels, then use the keyboard."""
    from axe_playwright_python.sync_playwright import Axe

    found = page.evaluate(LOOK)
    found["axe"] = Axe().run(page).response["violations"]
    found["misfits"] = misfits(page)
    page.set_viewport_size({"width": 320, "height": 900})
    found["misfits"] += [f"{wrong} (narrow)" for wrong in misfits(page)]
    page.keyboard.press("Tab")
    found["first"] = page.evaluate(FOCUS)
    page.keyboard.press("Enter")
    found["then"] = page.evaluate(FOCUS)
    return found


@pytest.fixture(scope="module")
def seen(browser, ran_pages):
    """Each page, opened once: its address among the pages to what was seen."""
    pytest.importorskip("axe_playwright_python", reason="no axe here: pages were NOT checked for accessibility")
    look = partial(inspect, misfits=browser.misfits)
    pages = sorted(ran_pages.rglob("*.html"))
    return {page.relative_to(ran_pages).as_posix(): browser.visit(page.as_uri(), look) for page in pages}


def faults(seen, of):
    """What is wrong on each page that has something wrong."""
    return {page: wrong for page, one in seen.items() if (wrong := of(page, one))}


def test_every_page_was_opened(seen, ran):
    studies = [folder.name for folder in ran.iterdir()]
    assert len(studies) >= 2
    # the first page; of each study and language the overview, the summary for officials and the stages
    assert len(seen) == 1 + len(studies) * len(LANGUAGES) * (2 + len(runnable_stages()))
    languages = {page: page.split("/")[1] for page in seen if "/" in page}
    assert not faults(seen, lambda page, one: one.found["lang"] != languages.get(page, LANGUAGES[0]))
    assert len({one.found["title"] for one in seen.values()}) >= len(seen) / len(studies), "titles tell pages apart"


def test_nothing_is_fetched_and_nothing_complains(seen, ran_pages):
    def wrong(page, one):
        others = [url for url in one.asked if url != (ran_pages / page).as_uri() and not url.startswith("data:")]
        return others + one.complaints

    assert not faults(seen, wrong)


def test_axe_finds_nothing_serious(seen):
    def wrong(page, one):
        return [
            (rule["id"], rule["impact"], [node["html"][:200] for node in rule["nodes"][:3]])
            for rule in one.found["axe"]
            if rule["impact"] in ("serious", "critical")
        ]

    assert not faults(seen, wrong)


def test_axe_would_find_something(browser, tmp_path):
    """The check above can fail."""
    bad = tmp_path / "bad.html"
    bad.write_text("<!DOCTYPE html><title>x</title><img src='data:,'><p style='color:#ccc'>pale", encoding="utf-8")
    found = browser.visit(bad.as_uri(), inspect).found["axe"]
    assert {"image-alt", "html-has-lang", "color-contrast"} <= {rule["id"] for rule in found}


def test_wide_and_narrow_screens_show_everything(seen):
    assert not faults(seen, lambda page, one: one.found["misfits"])
    assert sum(len(one.found["descriptions"]) for one in seen.values()) > 20


def test_the_keyboard_reaches_the_content_first(seen):
    def wrong(page, one):
        first, then = one.found["first"], one.found["then"]
        skips = first["shown"] and first["words"] == text("report.skip", one.found["lang"])
        return not (skips and then["id"] == "content")

    assert not faults(seen, wrong)


class _Anchors(HTMLParser):
    def __init__(self, words):
        super().__init__()
        self.found = set()
        self.feed(words)

    def handle_starttag(self, tag, attrs):
        self.found |= {value for name, value in attrs if name == "id"}


def test_links_lead_somewhere_and_to_every_page(seen, ran_pages):
    anchors = {page: _Anchors((ran_pages / page).read_text(encoding="utf-8")).found for page in seen}
    reached = {"index.html"}

    def wrong(page, one):
        broken = []
        for link in one.found["links"]:
            address, anchor = urldefrag(link)
            if not address.startswith("file:"):
                continue
            target = Path(unquote(urlparse(address).path)).relative_to(ran_pages).as_posix()
            reached.add(target)
            if target not in anchors or (anchor and anchor not in anchors[target]):
                broken.append(link)
        return broken

    assert not faults(seen, wrong)
    assert reached == set(seen)


def test_a_simulated_study_says_so_on_every_page_caption_and_picture(seen, ran):
    """And a real one does not. Rules and published figures are real in either, and so unmarked."""
    marked = 0
    for page, one in seen.items():
        if "/" not in page:
            continue
        simulated = page.startswith("berakhlak")
        notebook = ran / page.split("/")[0] / "out" / "notebooks" / f"{Path(page).stem}.ipynb"
        prefix = text("report.simulated_prefix", one.found["lang"])
        assert one.found["banner"] is simulated, page
        words = [one.found["title"], *one.found["descriptions"]]
        assert all((prefix in said) is simulated for said in words), page
        # the summary for officials has no notebook of its own: all its tables are about the study
        own = [True] * len(one.found["captions"]) if page.endswith(EXECUTIVE) else shown(notebook)
        expected = [simulated and of_study for of_study in own]
        assert [prefix in said for said in one.found["captions"]] == expected, page
        marked += sum(expected)
    assert marked > 20


def shown(notebook):
    """Of each table and figure in an executed notebook, whether it comes from the study's data."""
    if not notebook.is_file():
        return
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            exhibit = output.get("data", {}).get(MIME, {"kind": "note"})
            if exhibit["kind"] != "note":
                yield exhibit["of_study"]
