"""The change between waves of a study: who answered twice is known by a pseudonym. All answers are simulated."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

import akhlak_research as ak
from akhlak_research.core.errors import StudyError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def study(tmp_path):
    """The simulated study with two waves that share most people."""
    folder = Path(
        shutil.copytree(ROOT / "data" / "berakhlak-contoh", tmp_path / "s", ignore=shutil.ignore_patterns("out"))
    )
    answers = pd.read_csv(folder / "responses.csv").drop(columns="respondent")
    answers.insert(0, "panel", [f"k{i:04d}" for i in range(len(answers))])
    answers.iloc[:900].to_csv(folder / "before.csv", index=False)
    answers.iloc[300:].to_csv(folder / "responses.csv", index=False)
    instrument = yaml.safe_load((folder / "instrument.yaml").read_text(encoding="utf-8"))
    instrument["groups"].append({"code": "panel", "name": {"en": "Pseudonym"}, "kind": "categorical"})
    (folder / "instrument.yaml").write_text(yaml.safe_dump(instrument, allow_unicode=True), encoding="utf-8")

    def of(**waves):
        settings = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
        settings["files"]["responses_before"] = "before.csv"
        settings["waves"] = {"years": [2025, 2026], **waves}
        (folder / "study.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        return ak.Study(folder)

    return of


def test_people_in_both_waves_bring_their_covariance(study):
    alone, matched = study().waves(), study(key="panel").waves()

    assert alone.of().change.estimate == matched.of().change.estimate
    assert matched.of().change.se < alone.of().change.se
    assert "waves_matched" in {notice.code for notice in matched.notices}


def test_a_setting_that_is_unknown_is_named_with_what_is_known(study):
    with pytest.raises(StudyError) as caught:
        study(keys="panel")
    assert "expected years, key" in caught.value.message("en") and "keys" in caught.value.message("en")
