"""The page for an official says what the kept records say, in both languages, and nothing else."""

import shutil
from pathlib import Path

import pytest

import akhlak_research as ak

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def study(tmp_path):
    folder = shutil.copytree(ROOT / "data" / "berakhlak-contoh", tmp_path / "s", ignore=shutil.ignore_patterns("out"))
    return ak.Study(folder)


def test_without_records_it_says_that_there_is_nothing(study):
    summary = ak.executive_summary(study)
    assert summary.total is None and not summary.values and not summary.priorities
    assert "no score" in summary.says[0].say("en") and summary.table().empty


def test_numbers_are_those_of_the_records(study):
    index = study.keep("index", ak.protect(study.index, study.disclosure_policy))
    study.keep("ranks", study.ranks(index))
    summary = ak.executive_summary(study)
    assert summary.total.estimate == index.total.score.estimate and summary.total.band == index.total.band
    assert [one.value for one in summary.values] == list(index.values)
    assert "60,2" in summary.says[0].say("id") and "60.2" in summary.says[0].say("en")
    # no outcome was kept: the three lowest scores, without a stage
    lowest = sorted(summary.values, key=lambda one: one.estimate)[:3]
    assert [one.name for one in summary.priorities] == [one.name for one in lowest]
    assert all(one.stage is None for one in summary.priorities)
    assert any("27" in said.say("id") for said in summary.says)


def test_with_an_outcome_what_matters_comes_first(study):
    study.keep("index", study.index)
    study.keep("priorities", study.priorities())
    summary = ak.executive_summary(study)
    assert summary.priorities[0].name.say("id") == "Adaptif" and summary.priorities[0].stage is not None
    assert len(summary.priorities) == 3
    assert all(said.say("id") != said.say("en") for said in (*summary.says, *summary.cautions))


def test_more_respondents_narrow_the_interval_and_leave_the_bias(study):
    found = study.against_truth()
    plain = [row.score for row in found.rows if row.weighting == "unweighted_mean"]
    widths = [score.interval.high - score.interval.low for score in plain]
    assert widths == sorted(widths, reverse=True)
    assert plain[-1].interval.low > found.truth  # all respondents, and surely beside the truth
    weighted = found.rows[-1].score
    assert abs(weighted.estimate - found.truth) < abs(plain[-1].estimate - found.truth)


def test_persons_of_a_study_keep_their_row(study):
    """Scores and weights belong to the same person: the weighted mean is the index."""
    history = study.history()
    assert abs(history.points[-1].so_far.estimate - study.index.total.score.estimate) < 0.1


def test_absent_settings_say_what_they_would_add():
    study = ak.Study(ROOT / "data" / "bfi")
    absent = {"allocation": "no_plan", "quota": "no_frame", "votes": "no_votes", "priorities": "no_outcome",
              "waves": "no_second_wave", "against_truth": "no_truth", "history": "no_unit"}  # fmt: skip
    for name, code in absent.items():
        assert getattr(study, name)().code == code, name
