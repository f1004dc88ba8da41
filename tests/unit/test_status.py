"""Where the stages stand: in the terminal, on the overview page, and what counts as changed."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from akhlak_research.catalog.gates import criteria
from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.core.words import Words
from akhlak_research.report.page import StudyPages, render_study
from akhlak_research.stages.catalogue import STAGES
from akhlak_research.stages.gates import Finding, Gate, Verdict
from akhlak_research.stages.status import StageStatus, picture
from akhlak_research.stages.study import Study

DECIDED = Words({"id": "pertahankan", "en": "keep it"})


def gate(*statuses, decision=None):
    criterion = next(c for c in criteria() if c.name == "alpha_scale")
    findings = tuple(Finding(f"D{at}", 0.5, None, None, status) for at, status in enumerate(statuses))
    return Gate(stage=5, verdicts=(Verdict(criterion, findings, decision),))


def statuses(state="done", verdicts=None):
    done = [StageStatus(entry, "done", Path("x.ipynb"), Gate(stage=entry.number, verdicts=())) for entry in STAGES[:4]]
    return (*done, StageStatus(STAGES[4], state, Path("x.ipynb"), verdicts), StageStatus(STAGES[5], "ready"))


def test_the_worst_verdict_speaks_for_a_stage():
    assert statuses(verdicts=gate("supported", "review"))[4].verdict == "review"
    assert statuses(verdicts=gate("supported", "insufficient", "review"))[4].verdict == "insufficient"
    assert statuses()[0].verdict is None, "a stage without criteria claims nothing"


def test_a_finding_says_counts_and_decision():
    [open_] = statuses("waiting", gate("insufficient", "supported", "supported"))[4].findings("en")
    assert "2 supported, 1 insufficient" in open_ and "Waits for a decision" in open_
    [decided] = statuses(verdicts=gate("insufficient", decision=DECIDED))[4].findings("id")
    assert "belum memadai" in decided and "1 belum" not in decided and "Keputusan: pertahankan" in decided
    assert not statuses(verdicts=gate("insufficient", decision=DECIDED))[4].waiting


PATHS = [("utf-8", "●━━━━●━━━━●━━━━●━━━━◐━━━━○"), ("cp1252", "#----#----#----#----!----o")]


@pytest.mark.parametrize(("encoding", "path"), PATHS)
def test_the_terminal_shows_six_marks(encoding, path):
    lines = picture(statuses("waiting", gate("insufficient")), encoding)
    assert lines[0].strip() == path
    assert len([line for line in lines if line[2:3] in path and line[4:5].isdigit()]) == 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_overview_shows_every_state_in_words(lang):
    study = StudyPages(
        slug="s", title={"id": "Studi", "en": "Study"}, institution={"id": "L", "en": "I"}, simulated=False,
        stages=dict.fromkeys(range(1, 6), Path("x.ipynb")),
        statuses={s.stage.number: s for s in statuses("waiting", gate("insufficient"))},
    )  # fmt: skip
    page = render_study(study, lang)
    assert page.count(f"<strong>{text('report.state.done', lang)}</strong>") == 4
    assert page.count(text("report.state.waiting", lang)) == 1
    assert text("status.verdict.insufficient", lang) in page
    assert f"<strong>{text('report.state.ready', lang)}</strong>" in page
    assert '<a href="06_rilis_final.html">' not in page, "a stage without a page is no link"
    hostile = dataclasses.replace(study, title={"id": "<script>x</script>", "en": "<script>x</script>"})
    assert "<script>" not in render_study(hostile, lang)


def test_stages_behind_an_open_decision_are_not_said_to_be_ready(tmp_path):
    """What ``run`` would refuse is not offered: the first open decision holds the stages after it."""
    ran = tmp_path / "ran.ipynb"
    ran.write_text("{}")
    study = SimpleNamespace(
        executed=lambda number: ran if number <= 2 else tmp_path / "none.ipynb",
        gate=lambda number: gate("insufficient") if number == 2 else Gate(stage=number, verdicts=()),
        _fresh=lambda number: True,
    )
    assert [status.state for status in Study.status(study)] == ["done", "waiting", *["blocked"] * 4]
    study.gate = lambda number: Gate(stage=number, verdicts=())
    assert [status.state for status in Study.status(study)] == ["done", "done", *["ready"] * 4]
