"""How many factors: criteria, what they need, how they vote, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.retention_criteria import CRITERIA
from akhlak_research.measure.retention_kernels import hull, leading, mean_partial_correlations


def two_factors(n: int = 400, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    loadings = np.kron(np.eye(2), np.ones((1, 4)))
    return pd.DataFrame(rng.normal(size=(n, 2)) @ loadings + rng.normal(size=(n, 8)), columns=list("abcdefgh"))


def numbers(found) -> dict[str, object]:
    return dict(zip(found.criteria["criterion"], found.criteria["n_factors"], strict=True))


def test_criteria_agree_on_clear_factors():
    found = ak.retain_factors(two_factors(), criteria="all", n_iter=200, rng=1)
    said = numbers(found)
    assert isinstance(said.pop("scree"), ak.Unavailable)
    assert found.leading == (2,) and found.low == 2
    assert [said[name] for name in ("kaiser", "ekc-2017", "map-1976", "parallel-components", "hull-caf")] == [2] * 5
    assert found.tally["families"].sum() == pytest.approx(found.n_families) == 5
    assert json.dumps(found.record())


def test_noise_has_no_factors():
    noise = pd.DataFrame(np.random.default_rng(4).normal(size=(500, 10)))
    said = numbers(ak.retain_factors(noise, n_iter=300, rng=1))
    assert [said[name] for name in ("ekc-2017", "parallel-components", "map-1976", "chi-square")] == [0] * 4
    assert said["kaiser"] > 2  # which is why it has no vote


def test_a_family_has_one_vote_however_many_criteria_it_sends():
    found = ak.retain_factors(two_factors(), criteria=["map-1976", "map-2000", "rmsea-lower", "kaiser"], rng=1)
    assert found.n_families == 2
    assert found.tally.to_dict("list") == {
        "n_factors": [2], "families": [2.0], "criteria": ["map-1976, map-2000, rmsea-lower"]
    }  # fmt: skip
    assert not found.criteria.set_index("criterion").loc["kaiser", "voting"]


def test_what_the_data_do_not_allow_is_skipped_and_said():
    frame = two_factors().round().clip(-2, 2) + 3
    counts = ak.count_responses(frame.astype(int))
    found = ak.retain_factors(counts, criteria="all", n_iter=50, rng=1)
    said = numbers(found)
    assert said["permutation-factors"].code == "criterion_needs_rows"
    (notice,) = found.notices
    assert notice.code == "criteria_skipped" and "permutation-factors" in notice.values["criteria"]
    weighted = ak.retain_factors(frame, criteria="all", weights=np.linspace(1, 3, 400), n_iter=50, rng=1)
    codes = {name: value.code for name, value in numbers(weighted).items() if isinstance(value, ak.Unavailable)}
    assert codes == {
        "scree": "criterion_visual", "permutation-components": "criterion_needs_rows",
        "permutation-factors": "criterion_needs_rows", "hull-cfi": "weighted_chi_square",
        "hull-rmsea": "weighted_chi_square", "chi-square": "weighted_chi_square", "rmsea-lower": "weighted_chi_square",
    }  # fmt: skip
    assert weighted.n < 400 and weighted.notices[0].code == "noise_n_weighted"


def test_pairwise_needs_n_for_tests():
    frame = two_factors()
    frame.iloc[::7, 0] = np.nan
    without = numbers(ak.retain_factors(frame, missing="pairwise", n_iter=50, rng=1))
    assert without["chi-square"].code == "pairwise_needs_n"
    given = ak.retain_factors(frame, missing="pairwise", n=350, n_iter=50, rng=1)
    assert numbers(given)["chi-square"] == 2 and given.n == 350


def test_a_matrix_without_inverse_still_has_a_vote():
    frame = two_factors()
    frame["twin"] = frame["a"] + frame["b"]
    found = ak.retain_factors(frame, n_iter=50, rng=1)
    said = numbers(found)
    assert said["chi-square"].code == "likelihood_singular" and said["parallel-smc"].code == "criterion_singular"
    assert isinstance(said["parallel-components"], int)


def test_weighted_counts_need_n():
    frame = (two_factors().round().clip(-2, 2) + 3).astype(int)
    counts = ak.count_responses(frame, weights=np.linspace(1, 3, 400))
    assert numbers(ak.retain_factors(counts, n_iter=20, rng=1))["ekc-2017"].code == "weighted_needs_n"
    assert numbers(ak.retain_factors(counts, n=350, n_iter=20, rng=1))["ekc-2017"] == 2


def test_one_seed_one_result_and_groups():
    frame = two_factors()
    a, b = (ak.retain_factors(frame, n_iter=50, rng=7) for _ in range(2))
    pd.testing.assert_frame_equal(a.curves, b.curves)
    labels = pd.Series(np.arange(400) % 2, name="half")
    grouped = ak.retain_factors(frame, by=labels, n_iter=50, rng=7)
    pd.testing.assert_frame_equal(
        grouped[1].curves, ak.retain_factors(frame[labels == 1], n_iter=50, rng=7).curves
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"criteria": ["hul"]}, "unknown_choice"),
        ({"criteria": []}, "no_criteria"),
        ({"percentile": 0.95}, "percentile_out_of_range"),
        ({"correlation": "kendall"}, "unknown_choice"),
    ],
)
def test_refusals(options, code):
    with pytest.raises(ak.AkhlakError) as caught:
        ak.retain_factors(two_factors(60), **options)
    assert caught.value.code == code


def test_two_items_are_too_few():
    with pytest.raises(ak.AkhlakError) as caught:
        ak.retain_factors(two_factors()[["a", "b"]])
    assert caught.value.code == "efa_needs_items"


def test_curves_hold_what_each_criterion_looked_at():
    found = ak.retain_factors(two_factors(), n_iter=50, rng=1)
    assert (found.curve("kaiser")["against"] == 1).all()
    np.testing.assert_allclose(found.curve("kaiser")["value"], found.eigenvalues)
    with pytest.raises(ak.AkhlakError):
        found.curve("hull-rmsea")  # was not asked for


def test_hull_finds_the_elbow_and_leaves_out_what_lies_below():
    st = hull(np.array([0, 0.5, 0.9, 0.95, 0.94, 1.0]), np.array([0.0, 1, 2, 3, 4, 5]))
    assert int(np.nanargmax(st)) == 2 and np.isnan(st[[0, 4, 5]]).all()
    assert np.isnan(hull(np.array([0.0, np.nan, 1.0]), np.arange(3.0))).all()
    falling = hull(np.array([0.0, 0.3, 0.9, 0.8]), np.arange(4.0))
    assert falling[2] == np.inf and np.isnan(falling[[0, 1, 3]]).all()


def test_leading_and_wholly_explained_items():
    assert [leading(np.array(row)) for row in ([True, False, True], [False], [True, True])] == [1, 0, 2]
    perfect = np.kron(np.eye(2), np.ones((2, 2)))  # two pairs of twins
    means = mean_partial_correlations(perfect)
    assert np.isfinite(means[:, 0]).all() and np.isnan(means[:, 1:]).all()


def test_every_criterion_is_described_in_both_languages():
    for lang in ("id", "en"):
        with ak.language(lang):
            table = ak.show(ak.retain_factors(two_factors(100), criteria="all", n_iter=5, rng=1)).content[lang]
    assert len(table["rows"]) == len(tuple(CRITERIA))
    assert not set(CRITERIA.names) - {"scree"} & {row[0] for row in table["rows"]}
