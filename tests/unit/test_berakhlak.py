"""The catalogue of the 21 behaviours and the questionnaire made of it."""

import copy
import json

import pytest
from jsonschema import Draft202012Validator

import akhlak_research as ak
from akhlak_research.catalog.loader import FOLDER, load

CORE = ak.core_values()
SE, UU = "SE 20/2021", "UU 20/2023"
DIFFERENT = {"AK1": "none", "LY1": "none", "KL3": "none", "HR1": "small", "HR2": "small", "LY2": "real"}


def test_seven_values_with_three_behaviours_each():
    assert [value.code for value in CORE.values] == ["BP", "AK", "KP", "HR", "LY", "AD", "KL"]
    assert [b.code for b in CORE.behaviours] == [f"{value.code}{n}" for value in CORE.values for n in (1, 2, 3)]
    assert all(b.code.startswith(b.value) for b in CORE.behaviours)


def test_wordings_differ_exactly_where_the_catalogue_says():
    differing = {b.code: b.difference for b in CORE.behaviours if b.texts[SE]["id"] != b.texts[UU]["id"]}
    assert differing == DIFFERENT
    assert all(b.difference == "same" for b in CORE.behaviours if b.code not in DIFFERENT)
    assert "impin" in CORE["LY2"].texts[SE]["id"] and "impin" not in CORE["LY2"].texts[UU]["id"]
    assert CORE["LY2"].difference_note["en"] and CORE["LY2"].difference_note["id"]


def test_only_ak3_is_negative_and_it_is_desirable():
    assert [b.code for b in CORE.behaviours if b.negation] == ["AK3"]
    assert CORE["AK3"].negation in CORE["AK3"].texts[UU]["id"].casefold()


def test_listed_ideas_stand_in_the_text():
    assert {b.code: len(b.ideas[UU]) for b in CORE.behaviours if b.ideas} == {
        "BP2": 4, "AK1": 5, "AK2": 3, "LY1": 4, "LY2": 3, "AD2": 2,
    }  # fmt: skip
    assert len(CORE["LY2"].ideas[SE]) == 4
    for behaviour in CORE.behaviours:
        for wording, ideas in behaviour.ideas.items():
            assert all(idea.casefold() in behaviour.texts[wording]["id"].casefold() for idea in ideas), behaviour.code


def test_nothing_is_presented_as_read_in_the_official_text():
    assert {wording.status for wording in CORE.wordings} == {"V2"}
    assert all("JDIH" in wording.caveat[lang] for wording in CORE.wordings for lang in ("id", "en"))
    assert load("berakhlak")["values_clause"]["status"] == "M"


def test_tables_have_a_row_each_in_both_languages():
    assert len(CORE.table("id")) == 21 and len(CORE.value_table("en")) == 7 and len(CORE.wording_table()) == 2
    table = CORE.table("en").set_index("item")
    assert table.loc["LY2", "difference"] == "wording_real" and table.loc["AK1", "n_ideas"] == 5
    assert CORE.table("id")["dimension"].tolist() != CORE.table("en")["dimension"].tolist()
    json.dumps(CORE.record(), allow_nan=False)


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(ak.AkhlakError) as caught:
        CORE["ZZ9"]
    assert caught.value.code == "unknown_choice" and "AK3" in str(caught.value)
    with pytest.raises(ak.AkhlakError):
        ak.berakhlak_instrument("UU 5/2014")


@pytest.mark.parametrize("wording", [SE, UU])
def test_the_questionnaire_repeats_its_wording_and_traces_to_it(wording):
    instrument = ak.berakhlak_instrument(wording)
    assert not instrument.reversed_items
    for behaviour in CORE.behaviours:
        item = instrument.item(behaviour.code)
        assert item.text == behaviour.texts[wording] and item.trace.startswith(wording)
    assert [len(instrument.items_of(d.code)) for d in instrument.dimensions] == [3] * 7
    assert instrument.scale.codes == (1, 2, 3, 4, 5) and set(instrument.scale.labels) == {1, 2, 3, 4, 5}


def test_the_questionnaire_survives_its_file(tmp_path):
    instrument = ak.berakhlak_instrument()
    assert ak.read_instrument(ak.write_instrument(instrument, tmp_path / "instrument.yaml")) == instrument


@pytest.mark.parametrize("name", ["berakhlak", "audit"])
def test_the_schema_can_fail(name):
    schema = json.loads((FOLDER / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    data = load(name)
    assert not list(Draft202012Validator(schema).iter_errors(data))
    wrong = copy.deepcopy(data)
    wrong[next(iter(wrong))] = None
    assert list(Draft202012Validator(schema).iter_errors(wrong))
