"""Every example that a person can read, runs."""

import doctest
import importlib
import re
import shutil
from pathlib import Path

import pytest

import akhlak_research as ak

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "akhlak_research").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch, tmp_path):
    """Examples read ``data/bfi`` and may write where they stand."""
    shutil.copytree(ROOT / "data" / "bfi", tmp_path / "data" / "bfi", ignore=shutil.ignore_patterns("out"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("module", MODULES)
def test_docstring_examples(module):
    outcome = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_examples_of_the_pages(page):
    """```python blocks with >>> are doctests; without, they must run. One name space a page."""
    names: dict = {}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)):
        if ">>> " in block:
            test = doctest.DocTestParser().get_doctest(block, names, f"{page.name}:{number}", str(page), 0)
            runner.run(test, clear_globs=False)
            names.update(test.globs)
        else:
            exec(compile(block, f"{page.name}:{number}", "exec"), names)
    assert runner.failures == 0


def test_links_between_pages_exist():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_architecture_page_names_every_room():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room in (path.name for path in Path(ak.__file__).parent.iterdir() if (path / "__init__.py").is_file()):
        assert f"{room}/" in page, room
