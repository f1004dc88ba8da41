"""Gates: four words, decided by data; a blocking criterion stops the next stage until people decide."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

import akhlak_research as ak
from akhlak_research.catalog.gates import criteria
from akhlak_research.core.errors import AkhlakError, ArgumentError, StudyError
from akhlak_research.core.words import Words
from akhlak_research.stages.decisions import decision_form, read_decisions
from akhlak_research.stages.gates import judge

ROOT = Path(__file__).resolve().parents[2]


def estimate(value, low=None, high=None):
    interval = {"low": low, "high": high, "level": 0.95, "method": "x"} if low is not None else {"unavailable": "x"}
    return {"estimate": value, "se": None, "interval": interval, "n": 10}


def write(folder, name, record):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "record": record}))


@pytest.fixture
def records(tmp_path):
    parts = {
        "A": {"raw": estimate(0.80, 0.75, 0.85)},
        "B": {"raw": estimate(0.72, 0.68, 0.76)},
        "C": {"raw": estimate(0.60, 0.50, 0.70)},
        "D": {"raw": estimate(0.90)},
        "E": {"raw": {"unavailable": "x", "reason": {}}},
    }
    write(tmp_path / "records", "alpha", {"parts": parts})
    write(tmp_path / "records", "kmo", {"overall": 0.8})
    write(
        tmp_path / "records", "omega", {"scales": [{"dimension": "A", "rmsea": 0.05}, {"dimension": "B", "rmsea": 0.2}]}
    )
    return tmp_path / "records"


def verdict(gate, name):
    return next(v for v in gate.verdicts if v.criterion.name == name)


def test_a_value_and_its_interval_make_one_of_four_words(records):
    alpha = verdict(judge(5, records, {}), "alpha_scale")
    assert {f.target: f.status for f in alpha.findings} == {
        "A": "supported", "B": "review", "C": "insufficient", "D": "supported", "E": "descriptive",
    }  # fmt: skip
    assert alpha.status == "insufficient" and alpha.open and alpha.targets("insufficient", "review") == ("B", "C")


def test_lists_are_named_by_their_label_and_smaller_can_be_better(records):
    rmsea = verdict(judge(5, records, {}), "one_factor_rmsea")
    assert [(f.target, f.status) for f in rmsea.findings] == [("A", "supported"), ("B", "insufficient")]
    assert not rmsea.open, "it does not block"


def test_a_decision_closes_the_gate_and_is_shown(records):
    gate = judge(5, records, {"alpha_scale": Words({"id": "simpan", "en": "keep"})})
    assert gate.open == () and "simpan" in set(gate.table("id")["decision"])


def test_without_a_record_nothing_is_claimed(tmp_path):
    gate = judge(5, tmp_path, {})
    assert {v.status for v in gate.verdicts} == {"descriptive"} and gate.open == ()


def test_every_gate_threshold_is_marked_as_one():
    assert {c.threshold.role for c in criteria()} == {"gate"}
    assert len({c.name for c in criteria()}) == len(criteria())


def decisions_file(tmp_path, **changes):
    entry = {
        "criterion": "alpha_scale", "choice": "keep",
        "options": {"keep": {"id": "simpan", "en": "keep"}, "drop": {"id": "buang", "en": "drop"}},
        "rationale": {"id": "a", "en": "b"}, "role": {"id": "tim", "en": "team"}, "date": "2026-01-02",
    } | changes  # fmt: skip
    path = tmp_path / "decisions.yaml"
    path.write_text(json.dumps({"decisions": [entry]}, indent=1))
    return path


def test_decisions_are_read_or_refused_with_their_place(tmp_path):
    assert read_decisions(tmp_path / "none.yaml", criteria()).entries == ()
    decisions = read_decisions(decisions_file(tmp_path), criteria())
    assert decisions.of_criteria()["alpha_scale"].say("id") == "simpan" and len(decisions.table("id")) == 1
    faults = {
        "decision_choice": {"choice": "other"}, "decisions_schema": {"date": "yesterday"},
        "unknown_choice": {"criterion": "beauty"},
    }  # fmt: skip
    for code, change in faults.items():
        with pytest.raises(AkhlakError, match=code) as caught:
            read_decisions(decisions_file(tmp_path, **change), criteria())
        if code != "unknown_choice":
            assert caught.value.where.row


def test_a_study_waits_at_an_open_gate(tmp_path, records, monkeypatch):
    folder = tmp_path / "bfi"
    shutil.copytree(ROOT / "data" / "bfi", folder, ignore=shutil.ignore_patterns("out", "decisions.yaml"))
    study = ak.Study(folder)
    shutil.copytree(records, study.out / "records")
    study.executed(4).parent.mkdir(parents=True)
    study.executed(4).write_text("{}")
    monkeypatch.setattr("akhlak_research.stages.study.judge", lambda number, *rest: judge(5, *rest))
    with pytest.raises(StudyError, match="gate_open") as caught:
        study.run(5)
    assert caught.value.values["concerns"] == ["C"] and "alpha_scale" in caught.value.message()
    decisions_file(folder)
    monkeypatch.setattr("akhlak_research.stages.execute.execute", lambda *a: a[2])
    monkeypatch.setattr("akhlak_research.stages.study.file_digest", lambda path: "x")
    assert study.run(5) == study.executed(5)


WORDS = {"id": "alasan", "en": "reason"}


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(ROOT / "data" / "bfi", tmp_path / "bfi", ignore=shutil.ignore_patterns("out")))


def change_settings(folder, **values):
    settings = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8")) | values
    (folder / "study.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return ak.Study(folder)


def test_a_study_may_set_its_own_cutoff_and_says_whose_it_is(folder):
    study = change_settings(folder, criteria={"alpha_scale": {"value": 0.8, "cited_to": "Steering team"}})
    found = next(c for c in study.criteria if c.name == "alpha_scale")
    assert (found.threshold.value, found.threshold.cited_to, found.blocking) == (0.8, "Steering team", True)
    assert "Steering team" in set(ak.gate_criteria(study.criteria).table("id")["cited_to"])
    with pytest.raises(ArgumentError, match="criterion_uncited"):
        change_settings(folder, criteria={"alpha_scale": {"value": 0.8}}).criteria  # noqa: B018
    with pytest.raises(ArgumentError, match="unknown_choice"):
        change_settings(folder, criteria={"beauty": {"blocking": False}}).criteria  # noqa: B018


def test_the_plan_is_frozen_and_a_change_needs_an_amendment(folder):
    study = ak.Study(folder)
    first = study.freeze()
    assert study.freeze().digest == first.digest and first.amendments == ()
    assert len([e for e in study.ledger.entries() if e.event == "freeze"]) == 1
    changed = change_settings(folder, criteria={"alpha_scale": {"value": 0.8, "cited_to": "Steering team"}})
    with pytest.raises(StudyError, match="frozen_changed") as caught:
        changed.freeze()
    assert caught.value.values["changed"] == ["criteria"] and caught.value.expected == first.digest[:16]
    with pytest.raises(StudyError, match="frozen_changed"):
        changed.run(4)
    amendment = {"digest": caught.value.got, "reason": dict(WORDS), "role": dict(WORDS), "date": "2026-11-24"}
    decisions = folder / "decisions.yaml"
    decisions.write_text(
        decisions.read_text(encoding="utf-8") + yaml.safe_dump({"amendments": [amendment]}), encoding="utf-8"
    )
    second = changed.freeze()
    assert second.digest.startswith(caught.value.got) and second.amendments[0].reason.say("en") == "reason"
    assert changed.freeze().amendments == second.amendments, "and it stays"
    assert "alasan" in set(second.table("id")["reason"])
    assert [e.event for e in changed.ledger.entries() if e.name == "plan"] == ["freeze", "amendment"]


def test_wordings_do_not_change_what_was_frozen(folder):
    study = ak.Study(folder)
    first = study.freeze()
    recipe = (folder / "recipe.yaml").read_text(encoding="utf-8")
    (folder / "recipe.yaml").write_text("# a comment\n" + recipe, encoding="utf-8")
    assert ak.Study(folder).freeze().digest == first.digest


def test_a_decision_is_appended_or_nothing_is_written(folder):
    study = ak.Study(folder)
    before = (folder / "decisions.yaml").read_text(encoding="utf-8")
    options = {"keep": WORDS, "drop": WORDS}
    with pytest.raises(StudyError, match="decision_choice"):
        study.decide("sampling_adequacy", options, "other", WORDS, WORDS, "2026-11-24")
    with pytest.raises(ArgumentError, match="unknown_choice"):
        study.decide("beauty", options, "keep", WORDS, WORDS, "2026-11-24")
    assert (folder / "decisions.yaml").read_text(encoding="utf-8") == before
    decisions = study.decide("sampling_adequacy", options, "keep", WORDS, WORDS, "2026-11-24")
    assert len(decisions.entries) == 3 and len(study.decisions.entries) == 3
    assert (folder / "decisions.yaml").read_text(encoding="utf-8").startswith(before.splitlines()[0])


@pytest.mark.parametrize("path", ["../outside.csv", "sub/../../outside.csv", "link.csv"])
def test_a_file_outside_the_study_is_refused(folder, path):
    (folder.parent / "outside.csv").write_text("A1\n1\n")
    (folder / "link.csv").symlink_to(folder.parent / "outside.csv")
    study = change_settings(folder, files={"instrument": "instrument.yaml", "responses": path})
    with pytest.raises(StudyError, match="file_outside"):
        study.responses  # noqa: B018
    with pytest.raises(StudyError, match="file_outside"):
        study.provenance()


def only(stage, folder, name, decisions=None):
    return verdict(judge(stage, folder, decisions or {}), name)


def test_every_stage_has_a_criterion_with_whom_it_is_cited_to():
    assert {c.stage for c in criteria()} == {1, 2, 3, 4, 5, 6}
    assert all(c.threshold.cited_to for c in criteria())


def test_values_are_read_as_halves_of_intervals_shares_distances_and_counts(tmp_path):
    folder = tmp_path / "records"
    score = lambda unit, value, low, high: {"unit": unit, "value": value, "score": estimate(60.0, low, high)}  # noqa: E731
    write(folder, "index", {"scores": [score(None, "A", 58, 62), score(None, "B", 50, 70), score("x", "A", 0, 99)]})
    write(folder, "response_rates", {"overall": {"n": 45, "population": 50, "unit": ""}})
    rows = [
        {"category": "L", "weighted": 40.0, "frame": 49.0},
        {"category": "P", "weighted": 52.0, "frame": 51.0},
        {"category": "?", "weighted": {"unavailable": "x"}, "frame": None},
    ]
    write(folder, "composition", {"rows": rows})
    write(folder, "outputs", {"entries": [{"status": "passes"}, {"status": "refused"}]})
    total = only(6, folder, "total_margin")
    assert [(f.target, f.value, f.status) for f in total.findings] == [("A", 2, "supported"), ("B", 10, "insufficient")]
    assert [f.value for f in only(6, folder, "response_rate").findings] == [90]
    gap = only(6, folder, "composition_gap")
    assert [(f.target, f.status) for f in gap.findings] == [
        ("L", "insufficient"), ("P", "supported"), ("?", "descriptive"),
    ]  # fmt: skip
    refused = only(6, folder, "disclosure_held")
    assert [f.value for f in refused.findings] == [1] and refused.open and refused.concerns == ()


def test_what_is_not_stated_is_not_met_and_what_is_not_kept_is_not_judged(tmp_path):
    folder = tmp_path / "records"
    write(folder, "allocation", {"unavailable": "no_plan", "reason": {}})
    write(folder, "waves", {"unavailable": "no_second_wave", "reason": {}})
    write(folder, "frozen", {"recipe": None, "amendments": []})
    assert only(2, folder, "plan_stated").status == "insufficient" and not only(2, folder, "plan_stated").open
    assert only(2, folder, "recipe_fixed").status == "insufficient"
    assert only(2, folder, "plan_amendments").status == "supported"
    assert only(2, folder, "plan_margin").status == only(6, folder, "series_unbroken").status == "descriptive"
    assert only(6, folder, "earlier_gates").findings == ()


def test_a_plan_too_small_holds_the_fieldwork_until_people_decide(tmp_path):
    folder = tmp_path / "records"
    margins = [{"scope": "unit", "unit": "x", "margin": 9.0}, {"scope": "whole", "unit": "", "margin": 6.0}]
    write(folder, "allocation", {"method": "power", "expected": {"margins": margins}})
    assert only(2, folder, "plan_margin").open and only(2, folder, "plan_unit_margin").targets("insufficient") == ("x",)
    decided = {"plan_margin": Words({"id": "lanjut", "en": "go on"})}
    assert not only(2, folder, "plan_margin", decided).open


def test_what_earlier_stages_left_undecided_is_counted(folder):
    study = ak.Study(folder)
    write(study.out / "records", "kmo", {"overall": 0.4})
    write(study.out / "records", "blueprint", {"dimensions": [{"dimension": "A", "n_items": 2, "n_traced": 2}]})
    kept = study.keep("verdicts", study.verdicts(before=6))
    missed = [one.stage for one in kept.entries if one.verdict == "insufficient"]
    assert missed == [2, 5] and "0 of them decided" in repr(kept)
    found = verdict(study.gate(6), "earlier_gates")
    assert [f.value for f in found.findings] == [2] and not found.open


def test_the_form_of_a_decision_reads_back_once_a_choice_is_made(tmp_path):
    names = [entry.name for entry in criteria()[:2]]
    form = decision_form(names, "id")
    file = tmp_path / "decisions.yaml"
    file.write_text(form, encoding="utf-8")

    with pytest.raises(StudyError) as caught:
        read_decisions(file, criteria())
    assert caught.value.code == "decision_choice" and "keep" in caught.value.message()

    file.write_text(form.replace("choice: '?'", "choice: keep"), encoding="utf-8")
    made = read_decisions(file, criteria())
    assert [entry.criterion for entry in made.entries] == names
    assert made.entries[0].rationale["en"] == made.entries[0].rationale["id"]  # one language is enough
