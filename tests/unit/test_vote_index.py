"""Votes: measures by hand and against R's survey, matches beyond chance, one kind of data that takes no other."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Unavailable
from akhlak_research.index.vote_kernels import evenness, evenness_influence

WORDS = pd.DataFrame(
    {
        "word": ["jujur", "rajin", "ramah", "lambat"], "value": ["A", "A", "H", None], "limiting": [0, 0, 0, 1],
        "area": ["x", "x", "y", "y"],
    }
)  # fmt: skip
VOTES = pd.DataFrame(
    {
        "personal": ["jujur;rajin", "jujur;ramah", "ramah", None],
        "current": ["jujur;lambat", "ramah", "ramah;lambat", "rajin"],
        "desired": ["ramah;jujur"] * 4, "unit": ["u", "u", "v", None],
    }
)  # fmt: skip
R = json.loads((Path(__file__).parents[1] / "reference" / "votes_survey.json").read_text(encoding="utf-8"))


def test_measures_by_hand():
    found = ak.vote_index(VOTES, WORDS, limit=2)
    assert found.entropy.estimate == pytest.approx(100 * 2 / 6)
    assert found.positive_energy.estimate == pytest.approx(100 * 4 / 6) and found.positive_energy.n == 4
    assert found.find("share_of_votes", "current", "A").estimate == pytest.approx(100 * 2 / 6)
    assert found.find("share_of_respondents", "current", "H").estimate == pytest.approx(50)
    assert found.find("match", "personal–current").estimate == pytest.approx(100 * 2 * 3 / (4 + 3 + 3))
    assert found.find("match", "personal–current").score.n == 3
    # personal 2/5 jujur, 1/5 rajin, 2/5 ramah; current 1/6, 1/6, 2/6, 2/6
    assert found.find("profile_match", "personal–current").estimate == pytest.approx(100 * (1 / 6 + 1 / 6 + 1 / 3))
    shares = np.array([2, 4]) / 6
    assert found.find("evenness").estimate == pytest.approx(-100 * (shares * np.log(shares)).sum() / np.log(2))
    assert found.find("area_share", value="y").estimate == pytest.approx(100 * 4 / 6)


def test_chance_is_the_match_of_different_respondents():
    own = [{"jujur", "rajin"}, {"jujur", "ramah"}, {"ramah"}]
    picks = list(zip(own, [{"jujur", "lambat"}, {"ramah"}, {"ramah", "lambat"}], strict=True))
    pairs = [(p, c) for (i, (p, _)), (j, (_, c)) in itertools.product(enumerate(picks), repeat=2) if i != j]
    expected = 2 * sum(len(p & c) for p, c in pairs) / sum(len(p) + len(c) for p, c in pairs)
    found = ak.vote_index(VOTES, WORDS, limit=2).find("match", "personal–current")
    assert found.by_chance == pytest.approx(100 * expected)


def test_weighted_ratios_and_their_errors_are_those_of_r_survey():
    words = pd.DataFrame({"word": R["words"], "value": R["value"], "limiting": [w == "x1" for w in R["words"]]})
    votes = pd.DataFrame({name: R[name] for name in ("personal", "current")}).assign(w=R["weights"])
    found = ak.vote_index(votes, words, limit=3, desired=None, weights="w")
    for measure, value in (("share_of_votes", "A"), ("share_of_respondents", "A"), ("entropy", ""), ("match", "")):
        expected = R[f"{measure}_{value}" if value else measure]
        question = "current" if value else ""
        score = found.find(measure, question, value).score
        assert [score.estimate / 100, score.se / 100] == pytest.approx(expected, abs=1e-10), measure


def test_units_are_subsets_and_those_without_a_unit_are_said():
    found = ak.vote_index(VOTES, WORDS, limit=2, unit="unit")
    alone = ak.vote_index(VOTES[VOTES["unit"] == "u"], WORDS, limit=2)
    assert found.units == ("u", "v")
    for m in alone.measures:
        same = found.find(m.measure, m.question, m.value, unit="u")
        assert same.estimate == pytest.approx(m.estimate, nan_ok=True)
        assert float(same.score.se) == pytest.approx(float(m.score.se), nan_ok=True)
        assert same.by_chance == (None if m.by_chance is None else pytest.approx(m.by_chance, nan_ok=True))
    assert found.find("entropy", unit="v").score.se.code == "one_respondent"
    assert [n.values["n"] for n in found.notices if n.code == "persons_without_unit"] == [1]
    assert list(found.unit_table()["unit"]) == ["u"]  # what one voter of v picked is nobody else's business


def test_a_list_without_limits_and_areas_has_no_entropy():
    found = ak.vote_index(VOTES, WORDS[["word", "value"]], limit=2)
    assert isinstance(found.entropy, Unavailable) and found.find("evenness").score.code == "no_areas"
    json.dumps(found.record())


def many(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    words = WORDS["word"].to_numpy()
    return pd.DataFrame({q: [";".join(rng.permutation(words)[:2]) for _ in range(n)] for q in ("personal", "current")})


def test_both_kinds_of_interval_agree_and_rows_in_any_order_draw_alike():
    votes = many()
    taylor = ak.vote_index(votes, WORDS, limit=2, desired=None)
    boot = ak.vote_index(votes, WORDS, limit=2, desired=None, interval="bootstrap", rng=1, n_boot=4000)
    for a, b in zip(taylor.measures, boot.measures, strict=True):
        assert a.estimate == pytest.approx(b.estimate)
        if a.measure not in ("profile_match", "evenness"):  # near their upper end these are not normal
            assert float(b.score.se) == pytest.approx(float(a.score.se), rel=0.08)
    mixed = votes.sample(frac=1, random_state=1)
    again = ak.vote_index(mixed, WORDS, limit=2, desired=None, interval="bootstrap", rng=1, n_boot=4000)
    lows = [[m.score.interval.low for m in found.measures] for found in (again, boot)]
    assert lows[0] == pytest.approx(lows[1])


def test_weights_by_any_factor_and_one_table_of_shares():
    votes = many(80).assign(w=np.linspace(1, 3, 80))
    once = ak.vote_index(votes, WORDS, limit=2, desired=None, weights="w")
    twice = ak.vote_index(votes, WORDS, limit=2, desired=None, weights=votes["w"] * 7)
    pd.testing.assert_frame_equal(once.table(), twice.table())
    shares = once.shares.table().set_index(["question", "value"])["share_percent"]
    for (question, value), share in shares.items():
        assert share == pytest.approx(once.find("share_of_votes", question, value).estimate)
    assert once.word_table("current")["votes"].sum() == 160


BAD = {
    "votes_over_limit": (lambda: ak.vote_index(VOTES, WORDS, limit=1), {"row": 2, "column": "personal"}),
    "votes_unknown_item": (lambda: ak.vote_index(VOTES.replace("ramah", "cepat"), WORDS, limit=2), {"row": 4}),
    "votes_repeated": (lambda: ak.vote_index(VOTES.replace("ramah", "ramah; ramah"), WORDS, limit=3), {"row": 4}),
    "votes_columns": (lambda: ak.vote_index(VOTES, WORDS, limit=2, current="now"), {}),
    "votes_type": (lambda: ak.vote_index([["a"]], WORDS, limit=2), {}),
    "votes_none": (lambda: ak.vote_index(VOTES.assign(desired=None), WORDS, limit=2), {"column": "desired"}),
    "votes_weights": (lambda: ak.vote_index(VOTES.assign(w=[1, 1, 0, 1]), WORDS, limit=2, weights="w"), {"row": 4}),
    "words_type": (lambda: ak.vote_index(VOTES, ["jujur"], limit=2), {}),
    "words_columns": (lambda: ak.vote_index(VOTES, WORDS[["word"]], limit=2), {}),
    "words_twice": (lambda: ak.vote_index(VOTES, pd.concat([WORDS, WORDS]), limit=2), {}),
    "words_limiting": (lambda: ak.vote_index(VOTES, WORDS.assign(limiting=[0, 2, 0, 1]), limit=2), {"row": 3}),
    "words_empty": (lambda: ak.vote_index(VOTES, WORDS.assign(word=["jujur", "", "ramah", "lambat"]), limit=2), {}),
    "count_out_of_range": (lambda: ak.vote_index(VOTES, WORDS, limit=0), {}),
}  # fmt: skip


@pytest.mark.parametrize("code", BAD)
def test_refusals_name_row_and_question(code):
    call, where = BAD[code]
    with pytest.raises(AkhlakError) as caught:
        call()
    assert caught.value.code == code and caught.value.hint
    for name, expected in where.items():
        assert getattr(caught.value.where, name) == expected


def test_respondents_who_picked_nothing_are_counted_and_named():
    blank = pd.DataFrame({"personal": [None, " "], "current": ["", " ; "], "desired": [None, None], "unit": ["u", "w"]})
    votes = pd.concat([VOTES, blank], ignore_index=True)
    found, without = (ak.vote_index(table, WORDS, limit=2, unit="unit") for table in (votes, VOTES))
    assert (found.n_respondents, found.n_blank, without.n_blank) == (4, 2, 0)
    said = {notice.code: notice for notice in found.notices}
    assert dict(said["votes_all_blank"].values) == {"n": 2, "n_rows": 6}
    assert said["votes_question_blank"].values["questions"] == ["personal: 1"]  # the fourth of VOTES
    assert "votes_all_blank" not in {notice.code for notice in without.notices}
    # they move nothing: the denominator of a share of respondents is those who picked something on that question
    pd.testing.assert_frame_equal(found.value_table(), without.value_table())
    assert found.find("share_of_respondents", "personal", "A").score.n == 3
    assert found.find("share_of_votes", "current", "A", unit="w").score.code == "no_votes_here"
    assert dict(found.shares.notices[0].values) == {"n": 2, "n_rows": 6}


def test_labels_of_units_that_read_alike_are_one_unit():
    votes = VOTES.assign(unit=pd.Series([1, "1", 2, None], dtype=object))
    found = ak.vote_index(votes, WORDS, limit=2, unit="unit")
    assert found.units == ("1", "2")


def test_influence_on_evenness_is_its_slope():
    shares = np.array([[0.5, 0.3, 0.2]])
    influence = np.random.default_rng(1).normal(size=(4, 3))
    step = 1e-6 * influence
    slope = (evenness(shares + step) - evenness(shares - step)) / 2e-6
    assert evenness_influence(shares, influence, np.zeros(4, dtype=np.intp)) == pytest.approx(slope, rel=1e-8)
