"""What a study brings beside its instrument: hypotheses, weights, ways to share out; or why it brings none."""

import shutil

import pytest

import akhlak_research as ak


@pytest.fixture(scope="module")
def worked(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("s") / "worked"
    shutil.copytree(root / "data" / "berakhlak-contoh", folder, ignore=shutil.ignore_patterns("out"))
    return ak.Study(folder)


def test_hypotheses_are_fixed_with_the_plan_and_judged_by_their_sizes(worked):
    fixed = worked.freeze()
    assert fixed.hypotheses == worked.hypotheses.digest and "hypotheses" in set(fixed.table()["what"])
    found = worked.criterion().table().set_index("criterion")
    assert found["confirmed"].all() and found.loc["engagement", "r"] > 0.3
    assert abs(found.loc["age", "r"]) < 0.2


def test_every_way_shares_out_the_same_answers(worked):
    table = worked.shared_out().table("en")
    assert set(table["n"]) == {1400} and (table["units_within"] + table["units_beyond"] == 40).all()
    assert table["margin_whole"].idxmin() in (0, 3), "in proportion to people is the most precise for the whole"
    assert table["margin_widest"].idxmin() == 1, "the same for each is the most precise for the least precise unit"


def test_weights_reach_what_the_frame_knows(worked):
    margins = worked.weight_audit().margins
    assert (margins["after"] / margins["wanted"]).to_numpy() == pytest.approx(1, abs=1e-6)


def test_a_study_without_them_says_so(bfi_study):
    assert bfi_study.criterion().code == bfi_study.hypotheses.code == "no_hypotheses"
    assert bfi_study.shared_out().code == "no_plan" and bfi_study.weight_audit().code == "no_weights"
    assert bfi_study.office(ak.Unavailable("no_unit")).code == "no_unit"
    assert ak.Study.known(a=1, b=ak.Unavailable("no_unit")) == {"a": 1}


def test_where_a_model_misses_is_said_in_words(bfi_study):
    answers = bfi_study.responses.of_dimension("N")
    model = ak.cfa(answers.instrument.model(), answers)
    said = bfi_study.suggested_changes(model)
    assert said.changes[0].mi == model.modification_indices["mi"].max()
    assert not any(sign in words for words in said.table("id")["change_of_model"] for sign in ("~", "="))
