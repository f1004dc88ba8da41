"""The simulated BerAKHLAK study: the shipped folder, its marks, and what is planted in it."""

import filecmp

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.catalog.loader import load
from akhlak_research.core.yaml_files import read_yaml
from akhlak_research.simulate.berakhlak import SEED
from akhlak_research.simulate.population import civil_service, item_targets, value_targets

FILES = {
    "README.md", "TRUTH.yaml", "decisions.yaml",
    "evidence.csv", "experts.csv", "frame.csv", "instrument.yaml", "responses.csv",
    "study.yaml", "votes.csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(root):
    return root / "data" / "berakhlak-contoh"


@pytest.fixture(scope="module")
def made():
    return civil_service(SEED)


@pytest.fixture(scope="module")
def truth(folder):
    return read_yaml(folder / "TRUTH.yaml")


@pytest.fixture(scope="module")
def study(folder):
    return ak.Study(folder)


def table(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def test_the_shipped_folder_is_made_again_byte_by_byte(folder, tmp_path):
    ak.simulate_berakhlak(tmp_path / "again")
    assert {path.name for path in (tmp_path / "again").iterdir()} == FILES
    same, different, absent = filecmp.cmpfiles(folder, tmp_path / "again", sorted(FILES), shallow=False)
    assert (set(same), different, absent) == (FILES, [], [])


def test_another_seed_makes_another_study(folder, tmp_path):
    ak.simulate_berakhlak(tmp_path, seed=1)
    assert not filecmp.cmp(folder / "responses.csv", tmp_path / "responses.csv", shallow=False)
    assert read_yaml(tmp_path / "TRUTH.yaml")["chosen"] == load("simulation")


def test_every_file_says_that_it_is_simulated(folder):
    for name in FILES:
        first = (folder / name).read_text(encoding="utf-8").split("\n")[0]
        assert "SIMULASI" in first or first.startswith("keterangan,"), name
    for name in ("responses", "frame", "experts", "votes", "evidence"):
        assert set(table(folder, name)["keterangan"]) == {"SIMULASI"}


def test_a_real_study_is_not_overwritten(tmp_path):
    (tmp_path / "study.yaml").write_text("title: {id: a, en: a}\nsimulated: false\n", encoding="utf-8")
    with pytest.raises(ak.AkhlakError) as caught:
        ak.simulate_berakhlak(tmp_path)
    assert caught.value.code == "simulation_would_overwrite"
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


def test_the_study_opens(study):
    assert study.simulated and study.group == "status" and study.seed == SEED
    for name in ("instrument", "responses", "experts", "frame", "votes", "evidence"):
        assert study.file(name).is_file()
    answers = study.responses
    assert answers.n == 1417 and set(answers.groups) == {"unit", "stratum", "status", "sex", "age", "job", "engagement"}
    assert set(answers.missing_kinds.astype(str).to_numpy().ravel()) == {"", "blank", "dont_know"}
    assert [item.trace[:10] for item in study.instrument.items] == ["UU 20/2023"] * 21
    assert not ak.audit_instrument(study.instrument).of("reversed_though_desirable")


def test_published_means_are_the_targets(truth, made):
    assert value_targets(made.truth) == {
        "BP": 57.9, "AK": 74.1, "KP": 56.7, "HR": 63.8, "LY": 65.8, "AD": 38.9, "KL": 69.4,
    }  # fmt: skip
    by_value = pd.Series(item_targets(made.truth)).groupby(lambda item: item[:2]).mean()
    assert by_value.to_dict() == pytest.approx(value_targets(made.truth), abs=1e-10)
    for code, target in value_targets(made.truth).items():
        assert truth["values"][code]["expected"] == pytest.approx(target, abs=1e-4)
    assert truth["values"]["index"]["expected"] == pytest.approx(60.9429, abs=1e-4)
    assert {item: made.everybody.expected[item] for item in made.instrument.item_codes} == pytest.approx(
        item_targets(made.truth), abs=1e-9
    )


def test_frame_and_responses_agree(folder):
    frame, answers = table(folder, "frame"), table(folder, "responses")
    sizes = frame["population"].astype(int)
    assert len(frame) == 40 and sizes.min() == 6 and sizes.max() == 900
    for one, other in (("pns", "pppk"), ("l", "p")):
        assert (frame[f"population_{one}"].astype(int) + frame[f"population_{other}"].astype(int)).equals(sizes)
    answered = answers["unit"].value_counts().reindex(frame["unit"], fill_value=0)
    assert (answered.to_numpy() <= sizes).all()
    weight = answers["weight"].astype(float).groupby(answers["unit"]).sum().reindex(frame["unit"], fill_value=0)
    there = answered.to_numpy() > 0
    assert np.abs(weight.to_numpy() - sizes)[there].max() < 1e-3
    assert answers["respondent"].is_unique


def test_items_are_easy_and_pile_up_at_the_top(truth):
    assert truth["person_mean_logit"] == pytest.approx(1.58, abs=0.05)
    shares = pd.DataFrame({item: entry["category_shares"] for item, entry in truth["items"].items()})
    assert np.abs(shares.sum() - 1).max() < 5e-4
    assert shares.iloc[0].mean() < 0.02 and shares.iloc[-1].mean() > 0.15 and shares.loc[4, "AK3"] > 0.35


def test_careless_respondents_stand_where_the_truth_says(folder, truth):
    answers = table(folder, "responses").set_index("respondent")
    items = list(answers.columns[-21:])
    assert {kind: len(rows) for kind, rows in truth["careless"].items()} == {
        "straight": 21,
        "random": 21,
        "alternating": 14,
    }
    for row in truth["careless"]["straight"]:
        assert len(set(answers.loc[row, items]) - {"", "9"}) == 1
    for row in truth["careless"]["alternating"]:
        assert all(len(set(answers.loc[row, items[start::2]]) - {"", "9"}) == 1 for start in (0, 1))


def test_dif_is_where_it_was_planted(made, truth):
    """Means of the complete census: only KP1 sets PPPK apart from what its two neighbours show."""
    answers, status = made.everybody.attentive, made.background["status"]
    means = answers.groupby(status).mean()
    gap = (means.loc["PPPK"] - means.loc["PNS"]) * 25
    n, spread = status.value_counts(), answers.std() * 25
    error = spread * np.sqrt(1 / n["PNS"] + 1 / n["PPPK"])
    within = {item: gap[item] - gap.drop(["KP1"]).mean() for item in gap.index}
    assert within["KP1"] < -5 * error["KP1"]
    assert abs(within["KP1"] - truth["dif"][0]["points_of_item"]) < 3 * error["KP1"]
    assert max(abs(within[item] / error[item]) for item in gap.index if item != "KP1") < 4


def test_nonresponse_makes_the_unweighted_mean_too_high(study, truth):
    answers = study.responses
    percent = (answers.keyed - 1) * 25
    person = percent.mean(axis=1)
    weights = pd.read_csv(study.file("responses"))["weight"].to_numpy()
    naive, weighted = person.mean(), np.average(person, weights=weights)
    assert truth["nonresponse"]["correlation_of_propensity_and_office_index"] > 0.5
    assert truth["nonresponse"]["bias_of_the_unweighted_index"] > 1
    expected = truth["values"]["index"]
    assert abs(naive - expected["expected_of_respondents"]) < abs(naive - expected["expected"])
    assert naive - weighted > 0.5


def test_panel_finds_the_weak_items(folder, truth):
    ratings = table(folder, "experts").astype({"relevance": int})
    content = ak.content_validity(ratings, 1, 4, columns=("expert", "item", "relevance"))
    assert ratings["expert"].nunique() == 8 and len(ratings) == 168
    i_cvi = {item: content[item].i_cvi.estimate for item in truth["items"]}
    assert sorted(i_cvi, key=i_cvi.get)[:2] == sorted(truth["weak_items"], key=i_cvi.get)
    assert max(i_cvi[item] for item in truth["weak_items"]) < 0.78
    assert min(value for item, value in i_cvi.items() if item not in truth["weak_items"]) >= 0.75


def test_votes_name_five_different_behaviours(folder):
    votes = table(folder, "votes")
    for question in ("personal", "current", "desired"):
        named = votes[question].str.split(";")
        assert all(len(set(row)) == 5 for row in named)
    count = {q: votes[q].str.split(";").explode().str[:2].value_counts() for q in ("current", "desired")}
    assert count["current"]["AK"] > 2 * count["current"]["AD"] and count["desired"]["AD"] > 1.5 * count["desired"]["AK"]


def test_evidence_of_two_evaluators(folder):
    evidence = table(folder, "evidence").astype({"evaluator_1": int, "evaluator_2": int})
    assert len(evidence) == 400 and set(evidence["evaluator_1"]) == set(evidence["evaluator_2"]) == {0, 1, 2}
    apart = evidence["evaluator_1"] - evidence["evaluator_2"]
    assert set(apart) == {-1, 0, 1} and 0.1 < (apart != 0).mean() < 0.26


def test_nobody_is_named(folder):
    roles = {entry["name"]["id"] for entry in load("simulation")["panel"]["roles"]}
    assert set(table(folder, "experts")["role"]) == roles
    assert all(unit.startswith("Perangkat Daerah ") for unit in table(folder, "frame")["unit"])
