"""The dossier of items: read from kept records alone; what is missing says why; verdicts count kinds of evidence."""

import shutil

import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.text import label


@pytest.fixture
def study(root, tmp_path):
    folder = shutil.copytree(root / "data" / "bfi", tmp_path / "bfi", ignore=shutil.ignore_patterns("out"))
    return ak.Study(folder)


def test_without_records_nothing_is_decided_and_every_absence_has_its_reason(study):
    dossier = ak.item_dossier(study)
    assert [one.item for one in dossier.items] == list(study.instrument.item_codes)
    assert {one.verdict for one in dossier.items} == {"item_undecided"}
    assert dossier["A1"].loading.code == "dossier_not_kept" and "cfa" in dossier["A1"].loading.reason("en")
    assert set(dossier.wordings()["verdict"]) == {"item_undecided"}
    shown = ak.show(dossier).content["id"]
    assert any("belum tersimpan" in line for line in shown["notes"])


def test_numbers_are_those_of_the_kept_records(study):
    answers = study.responses
    items = study.keep("items", ak.per_dimension(ak.analyse_items, answers))
    planned = study.keep("cfa", ak.cfa(study.instrument.model(), answers, std_lv=True))
    unlike = study.keep("dif", ak.per_dimension(ak.dif, answers, group="education"))
    dossier = ak.item_dossier(study)
    loadings = planned.loadings.set_index("item")["std_all"]
    for one in dossier.items:
        assert one.item_rest_r == items[one.dimension][one.item].item_rest_r.estimate
        assert one.mean == items[one.dimension][one.item].mean
        assert one.loading == loadings[one.item]
        assert one.communality.code == "dossier_not_kept"
        tested = {each.group: each for each in unlike[one.dimension][one.item]}
        assert one.dif_points == tested[one.dif_group].points.estimate
        assert one.dif_verdict == tested[one.dif_group].verdict
    assert "fairness_evidence" in dossier["A1"].against and "A1" in unlike["A"].flagged


def test_verdicts_count_kinds_of_evidence(study):
    answers = study.responses
    study.keep("items", ak.per_dimension(ak.analyse_items, answers))
    study.keep("cfa", ak.cfa(study.instrument.model(), answers))
    dossier = ak.item_dossier(study)
    named = {0: "item_keep", 1: "item_read_again"}
    assert all(one.verdict == named.get(len(one.against), "item_revise") for one in dossier.items)
    weak = {one.item for one in dossier.items if "structure_evidence" in one.against}
    assert weak == {one.item for one in dossier.items if one.loading < ak.thresholds("loading").value}
    assert {"item_keep", "item_read_again"} <= {one.verdict for one in dossier.items}
    again = dossier.wordings("id")
    assert list(again["item"]) == [one.item for one in dossier.items]
    assert list(again["text"]) == [study.instrument.item(item).text.say("id") for item in again["item"]]


def test_a_record_that_is_unavailable_gives_its_own_reason(study):
    study.keep("content", study.given("experts", ak.content_validity, low=1, high=4))
    found = ak.item_dossier(study)["A1"].aiken_v
    assert study.given("experts", ak.content_validity).reason("id") == found.reason("id")


def test_words_and_unknown_items(study):
    dossier = ak.item_dossier(study)
    shown = ak.show(study.keep("item_dossier", dossier)).content
    assert label("item_undecided", "id") in {row[-2].lower() for row in shown["id"]["rows"]}
    with pytest.raises(ArgumentError, match="unknown_choice"):
        dossier["Z9"]


def test_what_the_audit_found_in_a_wording_stands_beside_it(study):
    audit = study.keep("audit", ak.audit_instrument(study.instrument))
    marked = {finding.item for finding in audit.findings if finding.item}
    dossier = ak.item_dossier(study)
    assert marked and {one.item for one in dossier.items if one.wording} == marked
    shown = dossier.wordings("en").set_index("item")["wording_finding"]
    assert all(shown[item] for item in marked) and "_" not in "".join(shown)
