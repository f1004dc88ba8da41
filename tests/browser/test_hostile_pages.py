"""Pages of hostile words in a real browser: nothing runs, nothing is fetched, nothing sticks out of a screen."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import akhlak_research as ak
from akhlak_research.report.exhibit import show
from akhlak_research.report.factor_figures import plot_loadings
from akhlak_research.report.figures import plot_correlations, plot_item_distributions
from akhlak_research.report.site import StudyPages, build_site
from akhlak_research.report.unit_figure import plot_units

ROOT = Path(__file__).resolve().parents[2]


class Server(ThreadingHTTPServer):
    """Serves a folder and remembers what was asked for."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/favicon.ico":  # the browser asks for it by itself, now and then, whatever a page says
            self.server.asked.append(self.path)
        file = self.server.folder / self.path.split("?")[0].lstrip("/")
        found = file.is_file()
        body = file.read_bytes() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def evil_words(address: str) -> list[str]:
    return [
        "<script>document.title='RAN'</script>",
        "<script>alert(1)</script>",
        f"<script src='{address}/script.js'></script>",
        f"\"><img src='{address}/picture.png' onerror=\"document.title='RAN'\">",
        f"<svg onload=\"document.title='RAN'\"><image href='{address}/svg.png'/></svg>",
        f"</style><style>@import url({address}/style.css)</style>",
        f"<meta http-equiv=refresh content='0;url={address}/moved'>",
        f"<iframe srcdoc='<script>top.document.title=1</script>' src='{address}/frame'></iframe>",
        "=cmd()",
        "turned \u202eback",
        "$\\badcmd$",
    ]


def shown(exhibit):
    data = exhibit._repr_mimebundle_() | {"text/plain": repr(exhibit)}
    return new_output("execute_result", data=data, execution_count=1)


class Solution:
    def __init__(self, loadings):
        self.loadings = loadings

    def record(self):
        return {"kind": "x"}


def index_of(units: list[str]):
    """An index whose answers and frame name units so."""
    study = ak.Study(ROOT / "data" / "berakhlak-contoh")
    names = dict(zip(sorted(study.responses.groups["unit"].unique()), units, strict=False))
    unit = study.responses.groups["unit"].replace(names)
    return ak.build_index(study.responses, unit=unit, frame=study.frame("frame").replace({"unit": names}))


def hostile_notebook(address: str):
    names = evil_words(address)
    words = " ".join(names)
    both = {"id": words, "en": words}
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (60, len(names))), columns=names)
    table = pd.DataFrame({"item": names, "n": 60, "mean": 2.5, words: names, "pvalue": 1e-9})
    loadings = pd.DataFrame(rng.uniform(-1, 1, (len(names), 3)), index=names, columns=["F1", "F2", words])
    index = index_of(names)
    wide = pd.DataFrame(rng.normal(size=(3, 30)), columns=[f"column_{i}" for i in range(30)])
    exhibits = [
        show(table, caption=both, note=both),
        show(wide, caption={"id": "Lebar", "en": "Wide"}),
        plot_item_distributions(frame),
        plot_correlations(frame),
        plot_loadings(Solution(loadings)),
        plot_units(index),
        show(index),
    ]
    broad = f"<table><tr><td>{'x' * 400}</td></tr></table>"
    html_output = new_output("display_data", data={"text/html": words + broad})
    text_output = new_output("stream", name="stdout", text=words + "y" * 400)
    links = f"![x]({address}/markdown.png) [x](javascript:alert(1))"
    markdown = f"# {words}\n\n{words}\n\n{links}\n\n| {'h' * 300} |\n|---|\n| {'w' * 300} |"
    cells = [
        *(new_markdown_cell(markdown, metadata={"tags": [f"lang-{lang}"]}) for lang in ("id", "en")),
        *(new_code_cell(words, outputs=[shown(exhibit)]) for exhibit in exhibits),
        new_code_cell(words, outputs=[html_output, text_output]),
    ]
    for at, cell in enumerate(cells):
        cell["id"] = f"c{at}"
    return new_notebook(cells=cells), both


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of hostile words on a server that remembers every request."""
    folder = tmp_path_factory.mktemp("pages")
    server = Server(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    node, both = hostile_notebook(server.address)
    nbformat.write(node, folder / "04_uji_coba.ipynb")
    study = StudyPages(
        slug="evil", title=both, institution=both, simulated=True, stages={4: folder / "04_uji_coba.ipynb"},
        meta={"seed": 1, "inputs": {both["id"]: both["id"]}, both["id"]: both["id"]},
    )  # fmt: skip
    files = build_site([study], folder)
    yield server, [path.relative_to(folder).as_posix() for path in files]
    server.shutdown()
    server.server_close()


PAGE = """() => ({title: document.title, html: document.documentElement.outerHTML})"""


def visit(browser, server, file, look=lambda page: page.evaluate(PAGE), width=1280):
    server.asked.clear()
    return browser.visit(f"{server.address}/{file}", look, width)


def test_nothing_runs_and_nothing_is_fetched(site, browser):
    server, files = site
    for file in files:
        seen = visit(browser, server, file)
        assert server.asked == [f"/{file}"], "the page asked for something else"
        assert not seen.complaints, "the policy had something to stop"
        assert seen.found["title"] != "RAN" and len(seen.found["title"]) > 5
        body = re.sub(r"base64,[^\"]*", "", seen.found["html"])
        assert not re.search(r"<(script|iframe|object|embed|form|base|link|svg)\b", body)
        assert body.count("<style") == 1 and body.count("<meta http-equiv") == 1
        assert not re.search(r"<[a-z][^>]*\s(on\w+|srcdoc|style)=", re.sub(r'="[^"]*"', '=""', body))


def test_the_watch_sees_what_does_run_and_fetch(site, browser):
    """The check above can fail: the same words, raw."""
    server, _ = site
    raw = "<title>quiet</title>" + "".join(evil_words(server.address)[at] for at in (0, 1, 3))
    (server.folder / "raw.html").write_text(raw, encoding="utf-8")
    seen = visit(browser, server, "raw.html")
    assert seen.found["title"] == "RAN" and "/picture.png" in server.asked
    assert "alert: 1" in seen.complaints


def test_the_policy_stops_what_escaping_would_have_missed(site, browser):
    """Even a script or picture put raw into a finished page does nothing."""
    server, files = site
    source = (server.folder / files[-1]).read_text(encoding="utf-8")
    broken = source.replace("<h1>", "".join(evil_words(server.address)[:6]) + "<h1>", 1)
    assert broken != source
    (server.folder / "broken.html").write_text(broken, encoding="utf-8")
    seen = visit(browser, server, "broken.html")
    assert seen.found["title"] != "RAN" and server.asked == ["/broken.html"]
    assert any("Content Security Policy" in said for said in seen.complaints)


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_their_screen_and_show_their_pictures(site, browser, width):
    server, files = site
    for file in files:
        assert visit(browser, server, file, browser.misfits, width).found == [], file


def test_every_figure_is_on_the_page(site, browser):
    server, files = site
    pictures = {file: visit(browser, server, file, lambda page: page.locator("img").count()).found for file in files}
    assert {file: k for file, k in pictures.items() if k} == {
        f"evil/{lang}/04_uji_coba.html": 4 for lang in ("id", "en")
    }


def test_a_page_prints(site, browser):
    """A4, every exhibit on paper (the PDF is Chromium's own; only that it is complete is checked)."""
    server, files = site
    content = visit(browser, server, files[-1], lambda page: page.pdf(prefer_css_page_size=True)).found
    assert content.startswith(b"%PDF") and len(content) > 20_000
    found = re.findall(r"/MediaBox \[([\d. ]+)\]", content.decode("latin-1"))
    boxes = {tuple(map(float, box.split())) for box in found}
    assert boxes and all(abs(box[2] - 595) < 1.5 and abs(box[3] - 842) < 1.5 for box in boxes)
