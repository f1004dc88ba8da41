"""Simulated answers: what is asked for is what is made, and the same seed makes it again."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import akhlak_research as ak
from akhlak_research.instrument.model import MissingKind, ResponseScale
from akhlak_research.simulate.normal_ogive import category_shares, cut, expected_percent, solve_shift

LAW = ak.berakhlak_instrument(missing=(MissingKind("dont_know", ("9",)),))


def test_expected_percent_against_integration():
    cuts, mean = np.array([-1.3, 0.2, 0.9]), 0.37
    by_hand = quad(lambda y: 100 / 3 * (y > cuts).sum() * norm.pdf(y, mean), -9, 9, points=cuts, epsabs=1e-12)[0]
    assert expected_percent(cuts, np.array([mean]))[0] == pytest.approx(by_hand, abs=1e-10)
    shares = category_shares(cuts, np.array([mean]))
    assert shares.sum() == pytest.approx(1, abs=1e-14)
    assert 100 / 3 * shares @ np.arange(4) == pytest.approx(by_hand, abs=1e-10)


@pytest.mark.parametrize("target", [0.5, 38.9, 74.1, 99.5])
def test_solved_shift_hits_the_target(target):
    shape, means = np.array([-1.0, 0.0, 2.0]), np.array([-0.4, 0.1, 1.2])
    assert expected_percent(shape + solve_shift(shape, target, means), means).mean() == pytest.approx(target, abs=1e-10)


def test_cutting_counts_thresholds_below():
    assert cut(np.array([-2.0, 0.0, 5.0]), np.array([-1.0, 0.0, 1.0])).tolist() == [0, 1, 3]


def test_means_are_met_with_office_effects_and_dif():
    groups = pd.DataFrame({"status": ["PNS", "PPPK"] * 150})
    effects = np.random.default_rng(3).normal(0, 0.5, (300, 7))
    made = ak.simulate_responses(
        LAW, 300, means={"KP": 56.7, "KP2": 40.0, "AD": 38.9}, factor_means=effects, groups=groups,
        dif=[ak.Dif("KP1", "status", "PPPK", 0.5)], rng=1,
    )  # fmt: skip
    wanted = {"KP1": 56.7, "KP2": 40.0, "KP3": 56.7, "AD1": 38.9, "AD2": 38.9, "AD3": 38.9}
    assert {item: made.expected[item] for item in wanted} == pytest.approx(wanted, abs=1e-9)
    by_status = made.expectations["KP1"].groupby(groups["status"]).mean()
    without = ak.simulate_responses(LAW, 300, means={"KP": 56.7}, factor_means=effects, groups=groups, rng=1)
    gap = without.expectations["KP1"].groupby(groups["status"]).mean()
    assert (by_status["PNS"] - by_status["PPPK"]) - (gap["PNS"] - gap["PPPK"]) > 5


def test_same_seed_same_answers_and_the_seed_is_kept():
    one, two, other = (ak.simulate_responses(LAW, 50, rng=seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(one.responses, two.responses)
    assert not one.responses.equals(other.responses)
    assert (one.seed, ak.simulate_responses(LAW, 5, rng=np.random.default_rng(1)).seed) == (7, None)
    assert one.record() == two.record() and one.record()["digest"] != other.record()["digest"]
    json.dumps(one.record(), allow_nan=False)


def test_reversed_items_are_recorded_as_answered():
    turned = replace(LAW, items=tuple(replace(i, reverse=i.code == "AK3") for i in LAW.items))
    plain, reverse = (ak.simulate_responses(x, 200, means=80.0, rng=4) for x in (LAW, turned))
    assert (reverse.responses["AK3"] == 6 - plain.responses["AK3"]).all()
    assert reverse.responses["AK2"].equals(plain.responses["AK2"])
    assert reverse.expected["AK3"] == pytest.approx(80, abs=1e-9)
    keyed = ak.read_responses(reverse.cells(), turned).keyed
    np.testing.assert_array_equal(keyed, plain.responses)


def test_careless_respondents_of_each_kind():
    shares = {"straight": 0.05, "random": 0.02, "alternating": 0.03}
    made = ak.simulate_responses(LAW, 200, careless=shares, rng=5)
    assert made.careless.value_counts().to_dict() == {"": 180, "straight": 10, "random": 4, "alternating": 6}
    answers = made.responses[list(LAW.item_codes)].to_numpy()
    assert (answers[made.careless == "straight"] == answers[made.careless == "straight"][:, [0]]).all()
    alternating = answers[made.careless == "alternating"]
    assert (alternating[:, 0] != alternating[:, 1]).all()
    assert (alternating == np.where(np.arange(21) % 2, alternating[:, [1]], alternating[:, [0]])).all()
    attentive = made.careless == ""
    assert made.responses[attentive].equals(made.attentive[attentive])
    assert not made.responses[~attentive].equals(made.attentive[~attentive])


def test_missing_answers_of_two_kinds_survive_the_file():
    made = ak.simulate_responses(LAW, 2000, missing={"blank": 0.02, "dont_know": {"AK2": 0.10}}, rng=6)
    kinds = made.missing_kinds
    assert set(kinds["AK2"]) == {"", "blank", "dont_know"} and set(kinds["AK1"]) == {"", "blank"}
    n_unknown = (kinds["AK2"] == "dont_know").sum()
    assert abs(n_unknown - 200) < 3 * np.sqrt(2000 * 0.1 * 0.9)
    assert made.responses["AK2"].isna().equals(kinds["AK2"] != "")
    read = ak.read_responses(made.cells(), LAW)
    np.testing.assert_array_equal(read.codes, made.responses)
    assert (read.missing_kinds.astype(str).to_numpy() == kinds.to_numpy()).all()


def test_items_may_have_scales_of_their_own():
    items = tuple(replace(i, scale=ResponseScale(0, 1) if i.code == "BP1" else None) for i in LAW.items)
    made = ak.simulate_responses(replace(LAW, items=items), 500, careless={"straight": 0.5, "random": 0.2}, rng=2)
    assert set(made.responses["BP1"]) == {0, 1} and set(made.responses["BP2"]) == {1, 2, 3, 4, 5}
    assert made.thresholds["BP1"] == (0.0,)


def test_perfectly_correlated_factors_are_one_factor():
    made = ak.simulate_responses(LAW, 30, factor_correlations=1.0, rng=2)
    assert np.ptp(made.factors.to_numpy(), axis=1).max() < 1e-6


@pytest.mark.parametrize(
    "code, arguments",
    [
        ("count_out_of_range", {"n": 0}),
        ("loading_out_of_range", {"loadings": 1.0}),
        ("loading_out_of_range", {"loadings": {"BP1": 0.5}}),
        ("factor_correlations_invalid", {"factor_correlations": -0.5}),
        ("factor_correlations_invalid", {"factor_correlations": np.eye(3)}),
        ("factor_correlations_invalid", {"factor_correlations": 2 * np.eye(7)}),
        ("thresholds_invalid", {"thresholds": [0, 1]}),
        ("thresholds_invalid", {"thresholds": {"BP1": [0, 1, 1, 2]}}),
        ("mean_out_of_range", {"means": {"BP": 100}}),
        ("unknown_choice", {"means": {"ZZ": 50}}),
        ("shape_wrong", {"factor_means": np.zeros((10, 6))}),
        ("shape_wrong", {"groups": pd.DataFrame({"a": [1]})}),
        ("unknown_choice", {"dif": [ak.Dif("BP1", "status", "PNS", 1)]}),
        ("unknown_choice", {"groups": pd.DataFrame({"s": list("ab") * 5}), "dif": [ak.Dif("BP1", "s", "c", 1)]}),
        ("unknown_choice", {"careless": {"asleep": 0.1}}),
        ("share_out_of_range", {"careless": {"random": 1.2}}),
        ("shares_exceed_one", {"careless": {"random": 0.7, "straight": 0.7}}),
        ("unknown_choice", {"missing": {"refused": 0.1}}),
        ("unknown_choice", {"missing": {"blank": {"ZZ1": 0.1}}}),
        ("shares_exceed_one", {"missing": {"blank": 0.7, "dont_know": 0.7}}),
        ("seed_invalid", {"rng": -1}),
    ],
)
def test_refusals(code, arguments):
    with pytest.raises(ak.AkhlakError) as caught:
        ak.simulate_responses(LAW, **{"n": 10, **arguments})
    assert caught.value.code == code
    assert caught.value.message("id") != caught.value.message("en")


def test_table_shows_the_truth():
    made = ak.simulate_responses(LAW, 10, loadings=0.6, thresholds=[-2, -1, 0.5, 1], rng=1)
    row = made.table().set_index("item").loc["BP1"]
    assert row["loading"] == 0.6 and row["threshold_3"] == 0.5
    assert row["expected_mean"] == pytest.approx(100 * norm.cdf([2, 1, -0.5, -1]).mean(), abs=1e-10)
