"""What all tests share: the repository's root, the real answers."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# The same examples every time, so that a run can be repeated; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

#: marked ``pytest.mark.xdist_group("ran")``: they share a minute's work
GROUP_RAN = ("tests/browser/test_study_pages.py::", "tests/notebooks/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the group together where ``--dist loadgroup`` does not: under pytest 9.2, marks do not reach
    pytest-xdist 3.8 (its issue 1386)."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class Scheduling(LoadGroupScheduling):
        def _split_scope(self, nodeid):
            return "ran" if nodeid.startswith(GROUP_RAN) else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def bfi():
    """The 25 items of 2,800 real respondents, as read from the shipped file."""
    import pandas as pd

    frame = pd.read_csv(ROOT / "data" / "bfi" / "responses.csv")
    return frame[[f"{scale}{i}" for scale in "ACENO" for i in range(1, 6)]]


@pytest.fixture(scope="session")
def bfi_study():
    import akhlak_research as ak

    return ak.Study(ROOT / "data" / "bfi")


#: synthetic employee numbers, in the columns of an export where they occur: a column of its own, and inside free text
PLANTED = ("198502282010011001", "199007072022212003", "19770317 200501 2 004")


def plant_identifiers(responses):
    """Put made-up employee numbers into a file of answers."""
    lines = responses.read_text(encoding="utf-8").splitlines()
    more = [f",{PLANTED[at % 2]},catatan {PLANTED[2]} mohon dirahasiakan" for at in range(len(lines) - 1)]
    planted = [lines[0] + ",NIP,Catatan", *(line + extra for line, extra in zip(lines[1:], more, strict=True))]
    responses.write_text("\n".join(planted) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def planted():
    """The synthetic employee numbers in the answers of ``ran``."""
    return PLANTED


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """The shipped studies, copied to a path with a space and run through the command line as a person does.

    It takes a minute: tests that use it carry ``pytest.mark.xdist_group("ran")``, so that it happens in one worker
    only. They leave the folder as it is.
    """
    from akhlak_research.cli import main

    folder = tmp_path_factory.mktemp("shipped studies")
    studies = sorted(path.parent for path in (ROOT / "data").glob("*/study.yaml"))
    for study in studies:
        shutil.copytree(study, folder / study.name, ignore=shutil.ignore_patterns("out"))
    plant_identifiers(folder / "bfi" / "responses.csv")
    assert main(["run", "--format", "html", *(str(folder / study.name) for study in studies)]) == 0
    return folder


@pytest.fixture(scope="session")
def ran_pages(ran):
    """Where the pages of all of them stand: beside the first one."""
    return next(ran.glob("*/out/report"))


@pytest.fixture(autouse=True)
def no_study_is_open(monkeypatch):
    """What a test reads does not depend on whether an earlier one opened a simulated study."""
    monkeypatch.setattr("akhlak_research.core.marks._opened", set())
