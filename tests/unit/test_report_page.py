"""Pages: nothing lost, nothing foreign, one language each, the same bytes, provenance, simulated data announced."""

import base64
import hashlib
import html
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from akhlak_research.core.errors import StudyError
from akhlak_research.core.results import Unavailable
from akhlak_research.core.text import text_keys
from akhlak_research.report.exhibit import show
from akhlak_research.report.figures import plot_correlations, plot_item_distributions
from akhlak_research.report.markdown import clean, render_markdown
from akhlak_research.report.page import render_stage
from akhlak_research.report.site import StudyPages, build_site
from akhlak_research.stages.catalogue import STAGES

EVIL = ("<script>alert(1)</script>", "=cmd()", "a\u202eb", "$\\badcmd$", '"><img src=x onerror=alert(1)>')
META = {"seed": 7, "inputs": {"responses.csv": "ab" * 32}, "versions": {"numpy": "2.4.6"}}


def shown(exhibit):
    data = exhibit._repr_mimebundle_() | {"text/plain": repr(exhibit)}
    return new_output("execute_result", data=data, execution_count=1)


@cache
def exhibits(names=("a", "b", "c")):
    frame = pd.DataFrame(np.random.default_rng(1).integers(1, 4, (40, len(names))), columns=list(names))
    table = pd.DataFrame(
        {"item": list(names), "n": 40, "mean": 2.5, "sd": 1.0, "estimate": 0.5, "std_error": 0.1, "ci_low": 0.4,
         "ci_high": 0.6, "pvalue": 1e-9}
    )  # fmt: skip
    said = names[0]
    return [
        show(table, caption={"id": f"Tabel {said}", "en": f"A table {said}"}, note={"id": said, "en": said}),
        plot_item_distributions(frame),
        plot_correlations(frame),
        show(Unavailable("hierarchical_needed")),
    ]


def notebook(names=("a", "b", "c"), extra=()):
    cells = [
        new_markdown_cell("# Judul halaman\n\nTeks *satu*.", metadata={"tags": ["lang-id"]}),
        new_markdown_cell("# Page title\n\nText *one*.", metadata={"tags": ["lang-en"]}),
        new_code_cell("STUDY = 'x'", metadata={"tags": ["injected-parameters", "remove-input"]}),
        new_markdown_cell("## Bagian pertama", metadata={"tags": ["lang-id"]}),
        new_markdown_cell("## First part", metadata={"tags": ["lang-en"]}),
        *(new_code_cell(f"show({at})", outputs=[shown(e)]) for at, e in enumerate(exhibits(names))),
        new_markdown_cell("## Kedua\n\n| a | b |\n|---|--:|\n| x | 1 |", metadata={"tags": ["lang-id"]}),
        new_markdown_cell("## Second\n\n| a | b |\n|---|--:|\n| x | 1 |", metadata={"tags": ["lang-en"]}),
        *extra,
    ]
    for at, cell in enumerate(cells):
        cell["id"] = f"c{at}"
    return new_notebook(cells=cells)


def study(simulated=False, stages=(4, 5), **changes):
    values = {
        "slug": "contoh", "title": {"id": "Studi contoh", "en": "Sample study"}, "simulated": simulated,
        "institution": {"id": "Lembaga", "en": "Institution"}, "stages": dict.fromkeys(stages, Path("x.ipynb")),
        "meta": META,
    }  # fmt: skip
    return StudyPages(**values | changes)


def page(lang="id", node=None, **changes):
    return render_stage(node or notebook(), lang=lang, study=study(**changes), stage=4, next=5)


class Elements(HTMLParser):
    """Tags with attributes, and the text of each kind of element."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if data.strip():
            self.texts.append((tuple(self.open), data.strip()))

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)

    def inside(self, tag):
        return [data for path, data in self.texts if tag in path]


def test_a_page_is_whole_and_speaks_one_language():
    for lang, title, other in (("id", "Judul halaman", "Page title"), ("en", "Page title", "Judul halaman")):
        source = page(lang)
        found = Elements(source)
        assert ("html", {"lang": lang}) in found.tags
        assert found.inside("h1") == [title] and other not in source
        assert found.count("main") == found.count("footer") == found.count("title") == 1
        assert next(a for t, a in found.tags if t == "a") == {"class": "skip", "href": "#content"}
        ids = [a["id"] for _, a in found.tags if "id" in a]
        assert len(ids) == len(set(ids)) and "content" in ids
        links = [a["href"] for t, a in found.tags if t == "a" and a["href"].startswith("#")]
        assert {link[1:] for link in links} <= set(ids)


def test_both_languages_hold_the_same_exhibits_in_the_same_order():
    opening = r'<figure class="(\w+)" id="([^"]+)" data-record="(\w{64})"'
    records = [re.findall(opening, page(lang)) for lang in ("id", "en")]
    assert records[0] == records[1] and len(records[0]) == 3


def test_outputs_in_are_objects_out():
    extra = [
        new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="baris\n")]),
        new_code_cell("1", outputs=[new_output("execute_result", data={"text/plain": "42"}, execution_count=1)]),
        new_code_cell("f", outputs=[new_output("display_data", data={"text/html": "<b>tebal</b>", "text/plain": "x"})]),
        new_code_cell("m", outputs=[new_output("display_data", data={"text/markdown": "**kuat**", "text/plain": "x"})]),
        new_code_cell("i", outputs=[new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "x"},
                                               metadata={"alt": "Sebuah gambar"})]),
    ]  # fmt: skip
    source = page(node=notebook(extra=extra))
    found = Elements(source)
    assert found.count("figure") == 3 and source.count('<aside class="note">') == 1
    assert source.count('class="output scroll"') == 4
    for words in ("baris", "42", "<b>tebal</b>", "<strong>kuat</strong>", 'alt="Sebuah gambar"'):
        assert words in source
    assert len(re.findall('<details class="code">', source)) == 4 + len(extra)


def test_what_a_cell_tells_its_author_stays_with_the_code():
    words = "\r 10%\r 100%\n\x1b[31mhati-hati\x1b[0m"
    extra = [new_code_cell("run()", outputs=[new_output("stream", name="stderr", text=words)])]
    source = page(node=notebook(extra=extra))
    assert " 10%" not in source and "\x1b" not in source
    assert re.search(r"<details class=\"code\">.*?100%\s*hati-hati.*?</details>", source, re.S)


@pytest.mark.parametrize(
    ("output", "code"),
    [
        (new_output("error", ename="ValueError", evalue="tidak", traceback=[]), "notebook_error"),
        (new_output("display_data", data={"image/png": "iVBORw0KGgo="}), "figure_without_alt"),
        (new_output("display_data", data={"image/svg+xml": "<svg/>"}, metadata={"alt": " "}), "figure_without_alt"),
        (new_output("display_data", data={"text/html": "<img src='data:image/png;base64,AA'>"}), "figure_without_alt"),
        (new_output("display_data", data={"application/javascript": "alert(1)"}), "output_unknown"),
    ],
)
def test_what_a_page_cannot_hold_stops_it(output, code):
    node = notebook(extra=[new_code_cell("x", outputs=[output])])
    with pytest.raises(StudyError) as caught:
        page(node=node)
    assert caught.value.code == code and caught.value.where.row == len(node.cells)
    assert caught.value.where.file == "04_uji_coba.ipynb"


def test_tables_and_figures_are_numbered_apart():
    found = Elements(page("id"))
    numbers = [words for _, words in found.texts if re.fullmatch(r"(Tabel|Gambar) \d", words)]
    assert numbers[:3] == ["Tabel 1", "Gambar 1", "Gambar 2"]
    assert "Table 1" in page("en") and "Figure 2" in page("en")


def test_every_picture_is_a_described_image_without_a_source_outside():
    images = [a for t, a in Elements(page()).tags if t == "img"]
    assert len(images) == 2
    for attributes in images:
        assert len(attributes["alt"]) > 80
        assert attributes["src"].startswith("data:image/svg+xml;base64,")
        assert b"<svg" in base64.b64decode(attributes["src"].split(",")[1])


def test_an_indonesian_page_has_no_english_heads():
    english = {
        words["en"] for key, words in text_keys().items() if key.startswith("label.") and words["en"] != words["id"]
    }
    indonesian = {words["id"] for key, words in text_keys().items() if key.startswith("label.")}
    heads = set(Elements(page("id")).inside("th"))
    assert {"Butir", "Rerata", "Galat baku"} <= heads
    assert not heads & (english - indonesian)
    assert not [head for head in heads if "_" in head]
    assert {"Item", "Mean", "Std. error"} <= set(Elements(page("en")).inside("th")), "the check can see English heads"


def test_the_policy_allows_nothing_but_the_pages_own_style():
    source = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', source).group(1)
    style = re.search(r"<style>(.*?)</style>", source, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert html.unescape(policy) == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    found = Elements(source)
    assert not {"script", "link", "iframe", "object", "form", "base"} & {tag for tag, _ in found.tags}
    assert not [a for _, attributes in found.tags for a in attributes if a == "style" or a.startswith("on")]


def hostile_page(lang="id"):
    words = " ".join(EVIL)
    both = {"id": words, "en": words}
    acting = (
        f"<div onclick=alert(1) style='x'>{words}</div><iframe srcdoc=x></iframe>"
        "<meta http-equiv=refresh content=0><a href='data:text/html,x'>d</a>"
    )
    outputs = [
        new_output("stream", name="stdout", text=words),
        new_output("display_data", data={"text/html": acting}),
    ]
    extra = [
        new_markdown_cell(f"# {words}\n\n{words} [x](javascript:alert(1)) ![y](http://127.0.0.1/x.png)"),
        new_code_cell(words, outputs=outputs),
    ]
    meta = META | {words: words, "inputs": {words: words}}
    return page(lang, notebook(EVIL, extra), title=both, institution=both, meta=meta)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_hostile_words_stay_words(lang):
    source = hostile_page(lang)
    found = Elements(source)
    assert not {"script", "iframe", "object", "svg"} & {tag for tag, _ in found.tags}
    policies = [a["http-equiv"] for t, a in found.tags if t == "meta" and "http-equiv" in a]
    assert policies == ["Content-Security-Policy"]
    for tag, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")], tag
        for name in ("href", "src"):
            assert not re.match(r"(?!data:image/)(data|javascript|vbscript):", attributes.get(name) or ""), attributes
        assert not (tag == "img" and (attributes.get("src") or "data:").startswith("http"))
    assert "\u202e" not in source and "⟦U+202E⟧" in source
    assert "<script>alert(1)</script>" in found.inside("th"), "the name is shown as it is"
    assert any("$\\badcmd$" in words for words in found.inside("td") + found.inside("th"))


def test_prose_keeps_headings_below_the_pages_own():
    prose = render_markdown("# Satu\n## Dua *x* `y`\n# Tiga\n### Empat", "id", 4)
    assert prose.title == "Satu" and prose.sections == (("s4", "Dua x y"), ("s5", "Tiga"))
    assert "<h1" not in prose.html and prose.html.count("<h2") == 2 and "<h3>Empat</h3>" in prose.html
    kept = render_markdown("# Satu", "id", take_title=False)
    assert kept.title is None and ">Satu</h2>" in kept.html
    assert '<th class="right">' in render_markdown("| a |\n|--:|\n| 1 |", "id").html


def test_foreign_html_loses_what_acts():
    table = "<table><caption>c</caption></table>"
    foreign = f"<div class=top id=content><b>x</b></div>{table}<img src='https://a.b/x.png' alt=y>"
    assert clean("a&#x202e;b") == "a⟦U+202E⟧b"
    assert clean(foreign) == f"<div><b>x</b></div>{table}y"


def test_the_foot_says_where_the_numbers_come_from():
    source = page()
    for words in ("04_uji_coba.ipynb", "7", "responses.csv", "ab" * 32, "numpy", "2.4.6", "Lembaga"):
        assert words in source.split("<footer>")[1]
    first = exhibits()[0].record_digest
    assert first in source.split("<footer>")[1]


def test_simulated_data_cannot_be_overlooked():
    for lang, mark in (("id", "[Data simulasi]"), ("en", "[Simulated data]")):
        source = page(lang, simulated=True)
        found = Elements(source)
        assert 'class="simulated" role="note"' in source
        assert all(a["alt"].startswith(mark) for t, a in found.tags if t == "img")
        assert found.inside("figcaption").count(mark) == 2 and found.inside("caption").count(mark) == 1
        assert found.inside("title")[0].startswith(mark)
        assert mark not in page(lang) and "simulated" not in Elements(page(lang)).inside("body")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name in ("04_uji_coba", "05_evaluasi_instrumen"):
        nbformat.write(notebook(), folder / f"{name}.ipynb")
    stages = {4: folder / "04_uji_coba.ipynb", 5: folder / "05_evaluasi_instrumen.ipynb"}
    real, made_up = study(), study(simulated=True, slug="Dua Lagi", languages=("id",))
    studies = [StudyPages(**{n: getattr(s, n) for n in s.__slots__} | {"stages": stages}) for s in (real, made_up)]
    return studies, folder


def test_a_site_has_every_page_and_its_links_lead_somewhere(site):
    studies, folder = site
    out = folder / "out"
    files = build_site(studies, out)
    names = {path.relative_to(out).as_posix() for path in files}
    stages = {"index.html", "04_uji_coba.html", "05_evaluasi_instrumen.html"}
    assert names == {"index.html"} | {
        f"{where}/{name}" for where in ("contoh/id", "contoh/en", "dua-lagi/id") for name in stages
    }
    assert files[0] == out / "index.html"
    known = {file.resolve() for file in files}
    for file in files:
        source = file.read_text(encoding="utf-8")
        for tag, attributes in Elements(source).tags:
            if tag == "a" and not attributes["href"].startswith("#"):
                assert (file.parent / attributes["href"].split("#")[0]).resolve() in known, attributes
        assert not re.search(r"https?://", re.sub(r"base64,[^\"]*", "", source))


def test_an_overview_shows_what_is_absent(site):
    studies, folder = site
    build_site(studies, folder / "out")
    source = (folder / "out" / "contoh" / "id" / "index.html").read_text(encoding="utf-8")
    assert source.count('<li class="ready">') == 4 and source.count("belum dikerjakan") >= 4
    for entry in STAGES:
        assert html.escape(entry.name("id")) in source
    landing = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert {"Studi contoh", "Sample study"} <= set(Elements(landing).inside("bdi"))
    assert "Data simulasi" in landing and "Simulated data" not in landing, "the simulated study is in Indonesian only"
    assert Elements(landing).count("h1") == 1


def test_two_builds_are_the_same_bytes(site):
    studies, folder = site
    first, second = (build_site(studies, folder / name) for name in ("one", "two"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_fault_leaves_the_old_pages_whole(site):
    studies, folder = site
    out = folder / "kept"
    before = {path: path.read_bytes() for path in build_site(studies, out)}
    nbformat.write(
        notebook(extra=[new_code_cell("x", outputs=[new_output("error", ename="E", evalue="e", traceback=[])])]),
        folder / "broken.ipynb",
    )
    broken = study(stages=())
    broken = StudyPages(**{n: getattr(broken, n) for n in broken.__slots__} | {"stages": {4: folder / "broken.ipynb"}})
    with pytest.raises(StudyError, match="notebook_error"):
        build_site([broken], out)
    assert {path: path.read_bytes() for path in before} == before


def test_faults_of_a_site(site, tmp_path):
    studies, _ = site
    with pytest.raises(StudyError) as caught:
        build_site([studies[0], studies[0]], tmp_path)
    assert caught.value.code == "study_twice"
    (tmp_path / "no.ipynb").write_text("not json")
    for missing in (tmp_path / "no.ipynb", tmp_path / "absent.ipynb"):
        with pytest.raises(StudyError) as caught:
            render_stage(missing, lang="id", study=study(), stage=4)
        assert caught.value.code == "notebook_unreadable"
