"""Pages in a real browser: nothing runs, nothing is fetched, nothing sticks out of a narrow screen.

Debian's Chromium is driven by its command line; where no Chromium is found the tests are skipped and say so.
"""

import functools
import html
import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from akhlak_research.report.exhibit import show
from akhlak_research.report.figures import plot_correlations, plot_item_distributions, plot_loadings
from akhlak_research.report.site import StudyPages, build_site

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for name in NAMES if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: pages were NOT checked in a browser")


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


def browse(url: str, profile: Path, *options: str) -> str:
    """The document as Chromium holds it after loading."""
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    run = subprocess.run(
        [CHROMIUM, "--headless", *sandbox, *quiet, f"--user-data-dir={profile}", *options, "--dump-dom", url],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return run.stdout


def evil_words(address: str) -> list[str]:
    return [
        "<script>document.title='RAN'</script>",
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


def hostile_notebook(address: str):
    names = evil_words(address)
    words = " ".join(names)
    both = {"id": words, "en": words}
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (60, len(names))), columns=names)
    table = pd.DataFrame({"item": names, "n": 60, "mean": 2.5, words: names, "pvalue": 1e-9})
    loadings = pd.DataFrame(rng.uniform(-1, 1, (len(names), 3)), index=names, columns=["F1", "F2", words])
    wide = pd.DataFrame(rng.normal(size=(3, 30)), columns=[f"column_{i}" for i in range(30)])
    exhibits = [
        show(table, caption=both, note=both),
        show(wide, caption={"id": "Lebar", "en": "Wide"}),
        plot_item_distributions(frame),
        plot_correlations(frame),
        plot_loadings(Solution(loadings)),
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


@pytest.fixture(scope="module")
def open_page(tmp_path_factory):
    return functools.partial(browse, profile=tmp_path_factory.mktemp("profile"))


def test_nothing_runs_and_nothing_is_fetched(site, open_page):
    server, files = site
    for file in files:
        server.asked.clear()
        dom = open_page(f"{server.address}/{file}")
        assert server.asked == [f"/{file}"], "the page asked for something else"
        title = html.unescape(re.search(r"<title>(.*?)</title>", dom, re.S).group(1))
        assert title != "RAN" and len(title) > 5
        body = re.sub(r"base64,[^\"]*", "", dom)
        assert not re.search(r"<(script|iframe|object|embed|form|base|link|svg)\b", body)
        assert body.count("<style") == 1 and body.count("<meta http-equiv") == 1
        assert not re.search(r"<[a-z][^>]*\s(on\w+|srcdoc|style)=", re.sub(r'="[^"]*"', '=""', body))


def test_the_watch_sees_what_does_run_and_fetch(site, open_page):
    """The check above can fail: the same words, raw."""
    server, _ = site
    words = evil_words(server.address)
    (server.folder / "raw.html").write_text(f"<title>quiet</title>{words[0]}{words[2]}{words[3]}", encoding="utf-8")
    server.asked.clear()
    dom = open_page(f"{server.address}/raw.html")
    assert "<title>RAN</title>" in dom and "/picture.png" in server.asked


def test_the_policy_stops_what_escaping_would_have_missed(site, open_page):
    """Even a script or picture put raw into a finished page does nothing."""
    server, files = site
    source = (server.folder / files[-1]).read_text(encoding="utf-8")
    broken = source.replace("<h1>", "".join(evil_words(server.address)[:5]) + "<h1>", 1)
    assert broken != source
    (server.folder / "broken.html").write_text(broken, encoding="utf-8")
    server.asked.clear()
    dom = open_page(f"{server.address}/broken.html")
    assert "<title>RAN</title>" not in dom and server.asked == ["/broken.html"]


PROBE = """<!DOCTYPE html><title>probe</title>
<iframe id=f src="/{file}" style="width:{width}px;height:900px;border:0"></iframe>
<script>onload = () => {{
  const d = document.getElementById('f').contentDocument, all = s => [...d.querySelectorAll(s)];
  const out = {{
    wide: d.documentElement.scrollWidth,
    unseen: all('img').filter(i => !i.naturalWidth).length, images: all('img').length,
    undescribed: all('img').filter(i => i.alt.length < 80).length,
    unreachable: all('*').filter(e => e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0
      && getComputedStyle(e).overflowX == 'auto').length,
    clipped: all('figure.figure .scroll img').filter(i => i.getBoundingClientRect().width < Math.min(600, 42 * 16 - 1)
      && {width} < 700).length,
    levels: all('h1,h2,h3,h4').map(h => +h.tagName[1]), styled: getComputedStyle(d.querySelector('h1')).fontWeight,
  }};
  document.body.textContent = JSON.stringify(out);
}};</script>"""


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_their_screen_and_show_their_pictures(site, open_page, width):
    server, files = site
    for file in files:
        (server.folder / "probe.html").write_text(PROBE.format(file=file, width=width), encoding="utf-8")
        dom = open_page(f"{server.address}/probe.html")
        found = json.loads(html.unescape(re.search(r"<body>(.*?)</body>", dom, re.S).group(1)))
        assert found["wide"] <= width, f"{file} is {found['wide']} px wide on a screen of {width}"
        assert found["unseen"] == found["undescribed"] == found["unreachable"] == found["clipped"] == 0, found
        assert found["images"] == (3 if file.endswith("04_uji_coba.html") else 0)
        assert found["styled"] == "700", "the page's own style passes its policy"
        assert found["levels"][0] == 1 and found["levels"].count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(found["levels"])), "a level is skipped"


def test_a_page_prints(site, tmp_path):
    """A4, every exhibit on paper (the PDF is Chromium's own; only that it is complete is checked)."""
    server, files = site
    target = tmp_path / "page.pdf"
    browse(f"{server.address}/{files[-1]}", tmp_path / "profile", f"--print-to-pdf={target}", "--no-pdf-header-footer")
    content = target.read_bytes()
    assert content.startswith(b"%PDF") and len(content) > 20_000
    found = re.findall(r"/MediaBox \[([\d. ]+)\]", content.decode("latin-1"))
    boxes = {tuple(map(float, box.split())) for box in found}
    assert boxes and all(abs(box[2] - 595) < 1.5 and abs(box[3] - 842) < 1.5 for box in boxes)
