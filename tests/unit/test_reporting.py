"""The reporting checklist reads kept records and claims nothing else."""

import shutil
from pathlib import Path

import pytest

import akhlak_research as ak
from akhlak_research.catalog.loader import load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def study(tmp_path):
    return ak.Study(shutil.copytree(ROOT / "data" / "bfi", tmp_path / "bfi", ignore=shutil.ignore_patterns("out")))


def test_nothing_kept_nothing_reported(study):
    checklist = ak.reporting_checklist(study)
    assert {entry.status for entry in checklist.entries} == {"not_reported"} and checklist.count("reported") == 0


def test_a_result_reports_and_a_reason_is_a_reason(study):
    study.keep("missing", ak.missing_table(study.responses))
    study.keep("content", study.given("experts", ak.content_validity, low=1, high=4))
    status = {entry.name: (entry.status, entry.record) for entry in ak.reporting_checklist(study).entries}
    assert status["missing"] == ("reported", "missing") and status["content"] == ("reason_given", "content")
    table = ak.reporting_checklist(study).table("id")
    assert "Uji coba instrumen" in set(table["where"]) and not table.isna().any(axis=None)


def test_another_record_may_answer_the_same(study):
    study.keep("law", study.law())
    study.keep("audit", ak.audit_instrument(study.instrument))
    found = {entry.name: entry for entry in ak.reporting_checklist(study).entries}
    assert (found["origin"].status, found["origin"].record) == ("reported", "audit")


def test_every_requirement_says_who_asks():
    entries = load("reporting")["requirements"]
    assert len({entry["name"] for entry in entries}) == len(entries) > 15
