"""Debian's Chromium for the tests, driven by playwright. Where either is absent the tests are skipped and say so."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ABSENT = "no {} here: pages were NOT checked in a browser"
LAYOUT = """() => {
  const all = s => [...document.querySelectorAll(s)], width = e => e.getBoundingClientRect().width;
  const count = (s, test) => all(s).filter(test).length;
  const cut = e => e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0 && getComputedStyle(e).overflowX == 'auto';
  const full = Math.min(600, 42 * 16 - 1);
  return {
    "pixels too wide": Math.max(0, document.documentElement.scrollWidth - innerWidth),
    "pictures not drawn": count('img', i => !i.naturalWidth),
    "pictures not described": count('img', i => i.alt.length < 80),
    "pictures shrunk": innerWidth < 700 ? count('figure.figure .scroll img', i => width(i) < full) : 0,
    "parts that no key can scroll": count('*', cut),
    "headings without style": count('h1', h => getComputedStyle(h).fontWeight != '700'),
    levels: all('h1, h2, h3, h4').map(h => +h.tagName[1]),
  };
}"""


@dataclass
class Seen:
    """What happened while a page was open: addresses asked for, complaints of the console, what was looked up."""

    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    found: object = None


class Browser:
    """One Chromium in a thread of its own: playwright keeps an event loop running there, which notebooks here need."""

    def __init__(self, program: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._thread.submit(self._open, program).result()

    def _open(self, program: str) -> None:
        from playwright.sync_api import sync_playwright

        self._driver = sync_playwright().start()
        self._chromium = self._driver.chromium.launch(executable_path=program)

    def close(self) -> None:
        self._thread.submit(self._chromium.close).result()
        self._thread.submit(self._driver.stop).result()
        self._thread.shutdown()

    def visit(self, address: str, look: Callable = lambda page: page.content(), width: int = 1280) -> Seen:
        """Open a page in a fresh context and keep what ``look(page)`` gives (plain data; it runs in the thread)."""
        return self._thread.submit(self._visit, address, look, width).result()

    def _visit(self, address: str, look: Callable, width: int) -> Seen:
        seen = Seen()
        with self._chromium.new_context(viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            page.on("request", lambda request: seen.asked.append(request.url))
            page.on("pageerror", lambda error: seen.complaints.append(str(error)))
            page.on("console", lambda said: seen.complaints.append(f"{said.type}: {said.text}"))
            page.on("dialog", lambda box: (seen.complaints.append(f"{box.type}: {box.message}"), box.dismiss()))
            page.goto(address, wait_until="load")
            seen.found = look(page)
        return seen

    @staticmethod
    def misfits(page) -> list[str]:
        """What a reader misses on a screen of this size (to be called inside ``look``)."""
        found = page.evaluate(LAYOUT)
        levels = found.pop("levels")
        skipped = levels[:1] != [1] or levels.count(1) != 1 or any(b - a > 1 for a, b in pairwise(levels))
        return [f"{name}: {k}" for name, k in found.items() if k] + [f"heading levels: {levels}"] * skipped


@pytest.fixture(scope="session")
def browser():
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip(ABSENT.format("Chromium"))
    pytest.importorskip("playwright", reason=ABSENT.format("playwright"))
    browser = Browser(program)
    yield browser
    browser.close()
