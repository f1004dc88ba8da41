"""Recipes: read from files, dicts and names; every step with its basis; what is wrong is said."""

import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError

CHOICE = {"id": "keputusan tim", "en": "the team decided"}


def test_built_in_recipes_name_a_source_or_a_choice_for_every_step():
    for name in ("plain-mean", "barito-utara-2025"):
        recipe = ak.read_recipe(name)
        bases = {step.name: step.basis.kind for step in recipe.steps}
        assert set(bases.values()) - {"default"} == {"source", "choice"}
        assert bases["round"] == "choice", "no source states how to round"
        assert "default" not in [bases[step] for step in bases if step != "components"]
        for step in recipe.steps:
            assert step.basis.words["id"] and step.basis.words["en"]
    preset = ak.read_recipe("barito-utara-2025")
    assert dict(preset.components) == {"survey": 0.8, "evidence": 0.2} and preset.bands is None
    assert preset["components"].basis.kind == "source" and "Barito Utara" in preset.title["en"]


def test_a_file_a_dict_and_the_order_of_keys_give_the_same_recipe(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "title: {id: Indeks kami, en: Our index}\n"
        "band: {bands: berakhlak-2022, choice: {id: keputusan tim, en: the team decided}}\n"
        "weight: {values: {BP: 0.25, AK: 0.75}, source: SK 1/2025}\n"
        "aggregate: {method: weighted, source: SK 1/2025}\n",
        encoding="utf-8",
    )
    body = {
        "aggregate": {"source": "SK 1/2025", "method": "weighted"},
        "weight": {"source": "SK 1/2025", "values": {"AK": 0.75, "BP": 0.25}},
        "band": {"choice": CHOICE, "bands": "berakhlak-2022"},
        "title": {"en": "Our index", "id": "Indeks kami"},
    }
    read, made = ak.read_recipe(path), ak.read_recipe(body)
    assert read.digest == made.digest == ak.read_recipe(str(path)).digest
    assert read["weight"].basis.words.say("en") == "SK 1/2025"
    assert ak.read_recipe({**body, "round": {"decimals": 1}}).digest != made.digest
    written = read.plain()
    del written["components"], written["score"]["top_answers"]
    assert ak.read_recipe(written).digest == read.digest, "what it says of itself reads back as the same recipe"


def test_what_is_left_out_is_a_default_and_says_so():
    recipe = ak.read_recipe({"round": {"decimals": 2}})
    bases = {step.name: step.basis.kind for step in recipe.steps}
    assert bases["round"] == "unsaid" and {bases[s] for s in bases if s != "round"} == {"default"}
    assert recipe.decimals == 2 and recipe.bands is None and recipe.weights is None
    table = recipe.table("id")
    assert table.columns.tolist() == ["step", "setting", "choice", "basis", "reason"]
    assert table.loc[table["step"] == "weight", "choice"].item() == "equal"
    assert ak.read_recipe({}).decimals is None, "no rounding unless it is asked for"


def test_a_changed_recipe_is_checked_and_keeps_the_rest():
    recipe = ak.read_recipe("plain-mean")
    other = recipe.changed("round", decimals=None)
    assert other.decimals is None and other.bands == "berakhlak-2022" and recipe.decimals == 1
    assert other["round"].basis.kind == "unsaid" and other["band"].basis == recipe["band"].basis
    assert recipe.changed("round", decimals=1, choice=dict(recipe["round"].basis.words)).digest == recipe.digest
    with pytest.raises(ArgumentError) as error:
        recipe.changed("score", method="z-score")
    assert error.value.code == "unknown_choice"
    with pytest.raises(ArgumentError):
        recipe.changed("bake", minutes=3)


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ({"scoring": {}}, DataError, "recipe_schema"),
        ({"score": {"minimum_answered": 0}}, DataError, "recipe_schema"),
        ({"score": {"persons": "everybody"}}, DataError, "recipe_schema"),
        ({"round": {"decimals": -1}}, DataError, "recipe_schema"),
        ({"weight": {"values": {"BP": 0}}}, DataError, "recipe_schema"),
        ({"score": {"method": "z-score"}}, ArgumentError, "unknown_choice"),
        ({"normalise": {"method": "log"}}, ArgumentError, "unknown_choice"),
        ({"aggregate": {"method": "geometric"}}, ArgumentError, "unknown_choice"),
        ({"band": {"bands": "skm-2017"}}, ArgumentError, "unknown_choice"),
        ({"round": {"decimals": 1, "source": "x", "choice": "y"}}, DataError, "recipe_two_bases"),
        ({"aggregate": {"method": "weighted"}}, DataError, "recipe_weights_missing"),
        ({"weight": {"values": {"BP": 1}}}, DataError, "recipe_weights_unused"),
        (
            {"aggregate": {"method": "weighted"}, "weight": {"values": {"BP": 0.5, "AK": 0.6}}},
            DataError, "recipe_weights_sum",
        ),
        ({"components": {"parts": {"survey": 80, "evidence": 20}}}, DataError, "recipe_weights_sum"),
        ({"components": {"parts": {"answers": 0.8, "evidence": 0.2}}}, DataError, "recipe_component_survey"),
        ({"components": {"parts": {"survey": 1}}}, DataError, "recipe_component_survey"),
        ({"score": {"method": "percent-favourable"}}, DataError, "recipe_top_answers"),
        ({"score": {"top_answers": 2}}, DataError, "recipe_top_answers"),
        ("my-recipe", ArgumentError, "unknown_choice"),
        (3, ArgumentError, "recipe_type"),
    ],
)  # fmt: skip
def test_refusals(body, kind, code):
    with pytest.raises(kind) as error:
        ak.read_recipe(body)
    assert error.value.code == code and error.value.advice("id") and error.value.message("id")


def test_a_fault_in_a_file_names_its_line(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("title: x\nround:\n  decimals: one\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        ak.read_recipe(path)
    assert error.value.code == "recipe_schema" and error.value.where.row == 3 and error.value.got == '"one"'
    with pytest.raises(DataError) as error:
        ak.read_recipe(tmp_path / "no.yaml")
    assert error.value.code == "yaml_missing"


def test_the_sum_that_is_wrong_is_said_with_its_parts():
    with pytest.raises(DataError) as error:
        ak.read_recipe({"components": {"parts": {"survey": 0.8, "evidence": 0.3}}})
    assert error.value.values["step"] == "components" and error.value.got == pytest.approx(1.1)
    assert "evidence 0.3" in error.value.message("en")
    sevenths = dict.fromkeys(["BP", "AK", "KP", "HR", "LY", "AD", "KL"], 0.142857)
    assert ak.read_recipe({"aggregate": {"method": "weighted"}, "weight": {"values": sevenths}}).weights == sevenths


def test_the_record_is_the_whole_recipe():
    body = ak.read_recipe("plain-mean").record()
    assert body["recipe"]["band"]["bands"] == "berakhlak-2022" and len(body["digest"]) == 64
    assert isinstance(ak.read_recipe("plain-mean").table(), pd.DataFrame)


def test_a_weight_that_is_no_number_does_not_sum_to_one():
    shares = {"A": float("nan"), "B": 0.5, "C": 0.5}
    with pytest.raises(ak.AkhlakError, match="recipe_weights_sum"):
        ak.read_recipe({"weight": {"values": shares, "source": "made up"}, "aggregate": {"method": "weighted"}})
