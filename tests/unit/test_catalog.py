"""Thresholds: each with its reference, checked against a schema, met as the comparison says."""

import json
import pickle

import pytest

import akhlak_research as ak
from akhlak_research.catalog import loader
from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError, EnvironmentProblem

# as reviewers cite them, written down apart from the catalogue: name, comparison, value, reference, mark
PRINTED = [
    ("item_rest_r", "ge", 0.30, "Azwar 2012", "V"),
    ("r_table", "lt", 0.05, "Sugiyono", "V"),
    ("alpha_ghozali", "gt", 0.60, "Ghozali", "V"),
    ("alpha", "gt", 0.70, "Nunnally", "V"),
    ("kmo", "gt", 0.50, "Ghozali; Hair", "V"),
    ("bartlett", "lt", 0.05, "Ghozali; Hair", "V"),
    ("loading", "ge", 0.50, "Ghozali; Hair", "V"),
    ("eigenvalue", "gt", 1.0, "Ghozali; Hair", "M"),
    ("rmsea", "le", 0.08, "Hair; Ghozali", "V"),
    ("cfi", "ge", 0.90, "Hair; Ghozali", "V"),
    ("htmt", "lt", 0.90, "Henseler 2015", "V"),
    ("i_cvi", "ge", 0.78, "Hendryadi 2017", "M"),
    ("rasch_raw_variance", "ge", 0.20, "Sumintono & Widhiarso 2015; Boone", "M"),
]


@pytest.mark.parametrize(("name", "comparison", "value", "cited_to", "status"), PRINTED)
def test_thresholds_are_those_of_the_field(name, comparison, value, cited_to, status):
    entry = ak.thresholds(name)
    assert (entry.comparison, entry.value, entry.cited_to, entry.status) == (comparison, value, cited_to, status)


@pytest.mark.parametrize(
    ("name", "below", "at", "above"),
    [
        ("item_rest_r", False, True, True),  # ge
        ("kmo", False, False, True),  # gt
        ("rmsea", True, True, False),  # le
        ("bartlett", True, False, False),  # lt
    ],
)
def test_met_follows_the_comparison(name, below, at, above):
    entry = ak.thresholds(name)
    assert [entry.met(entry.value + step) for step in (-0.001, 0, 0.001)] == [below, at, above]


@pytest.mark.parametrize("nothing", [float("nan"), ak.Unavailable("hierarchical_needed")])
def test_what_does_not_exist_meets_nothing(nothing):
    assert not any(entry.met(nothing) for entry in ak.thresholds())


def test_table_names_every_threshold_in_both_languages():
    everything = ak.thresholds()
    english, indonesian = everything.table("en"), everything.table("id")
    assert list(english) == ["name", "statistic", "comparison", "value", "cited_to", "status", "role", "note"]
    assert list(english["name"]) == [entry.name for entry in everything]
    assert english["name"].is_unique and len(everything) == len(english)
    assert (english["note"] != indonesian["note"]).sum() > 0.7 * len(english)  # "AMOS school." and the like aside
    assert set(english["comparison"]) <= {"≥", ">", "≤", "<"}
    with ak.language("id"):
        assert everything.table().equals(indonesian)


def test_statistics_status_and_role_have_words():
    from akhlak_research.core.text import has_text

    frame = ak.thresholds().table()
    for column in ("status", "role"):
        assert all(has_text(f"label.{word}") for word in frame[column].unique())


def test_record_and_export(tmp_path):
    everything = ak.thresholds()
    body = json.loads(json.dumps(everything.record()))
    assert body["kind"] == "thresholds" and body["entries"][0]["note"]["id"]
    written = ak.export(everything, tmp_path / "thresholds.csv").read_text(encoding="utf-8")
    assert written.count("\n") == len(everything) + 1


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ArgumentError) as caught:
        ak.thresholds("cronbach")
    assert caught.value.code == "unknown_choice"
    assert caught.value.got == "cronbach" and "alpha" in caught.value.expected


def test_thresholds_are_values():
    entry = ak.thresholds("kmo")
    assert pickle.loads(pickle.dumps(entry)) == entry
    assert hash(entry) == hash(ak.thresholds("kmo"))
    with pytest.raises(AttributeError):
        entry.value = 0.1


def test_load_hands_out_a_copy():
    first = load("thresholds")
    first["thresholds"][0]["value"] = -1
    assert load("thresholds")["thresholds"][0]["value"] == 0.80


def test_load_refuses_unknown_catalogues():
    with pytest.raises(ArgumentError) as caught:
        load("../thresholds")
    assert caught.value.code == "unknown_choice"


def test_a_catalogue_that_breaks_its_schema_is_refused(tmp_path, monkeypatch):
    (tmp_path / "schema").mkdir()
    schema = loader.FOLDER / "schema" / "thresholds.json"
    (tmp_path / "schema" / "thresholds.json").write_text(schema.read_text(encoding="utf-8"), encoding="utf-8")
    text = (loader.FOLDER / "thresholds.yaml").read_text(encoding="utf-8")
    (tmp_path / "thresholds.yaml").write_text(text.replace("comparison: ge", "comparison: about", 1), encoding="utf-8")
    monkeypatch.setattr(loader, "FOLDER", tmp_path)
    loader._load.cache_clear()
    try:
        with pytest.raises(EnvironmentProblem) as caught:
            load("thresholds")
    finally:
        loader._load.cache_clear()
    error = caught.value
    assert error.code == "catalogue_schema" and error.where.file == "thresholds.yaml"
    assert text.split("\n")[error.where.row - 1].strip().startswith("- {name: aiken_v,")
    assert (error.values["path"], error.expected, error.got) == (
        "thresholds[0].comparison", "ge, gt, le, lt", '"about"',
    )  # fmt: skip
