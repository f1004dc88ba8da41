"""Uncertainty by source: shares with a known answer, a fake choice that does nothing, agreement with the index."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Unavailable
from akhlak_research.index.sobol_kernels import radial_design, share_errors, variance_shares

SCORING = [{}, {"score": {"method": "percent-favourable", "top_answers": 2}}]
FAKE = [{}, {"round": {"decimals": 2}}]


@pytest.fixture(scope="module")
def answers(bfi_study):
    keep = np.zeros(len(bfi_study.responses.codes), dtype=bool)
    keep[:400] = True
    return bfi_study.responses.where(keep)


def test_shares_of_the_ishigami_function():
    """a = 7, b = 0.1: S = (.3139, .4424, 0), T = (.5576, .4424, .2437) (Ishigami & Homma 1990)."""
    design = radial_design(2048, 3, np.random.default_rng(1))
    x = np.pi * (2 * design.rows - 1)
    f = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    parts = design.split(f[:, None])
    first, total, variance = variance_shares(*parts)
    errors = share_errors(*parts, 100, np.random.default_rng(2))
    assert (np.abs(first[:, 0] - [0.3139, 0.4424, 0]) < 3 * errors[0][:, 0] + 1e-3).all()
    assert (np.abs(total[:, 0] - [0.5576, 0.4424, 0.2437]) < 3 * errors[1][:, 0] + 1e-3).all()
    assert variance[0] == pytest.approx(7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 0.5, rel=0.02)


def test_a_fake_choice_has_exactly_no_effect(answers):
    found = ak.index_uncertainty(
        answers, {}, alternatives={"scoring": SCORING, "fake": FAKE}, unit="education", n_base=32, rng=1
    )
    for quantity in ("total", "units", "rank_shift"):
        share = found.of(quantity, "fake")
        assert (float(share.first), float(share.total)) == (0.0, 0.0)
    assert float(found.of("total", "scoring").total) > 0.9
    json.dumps(found.record())


def test_with_nothing_but_a_fake_choice_nothing_moves(answers):
    off = {"sampling": False, "items": False}
    found = ak.index_uncertainty(answers, {}, alternatives={"fake": FAKE}, n_base=16, rng=1, **off)
    assert isinstance(found.of("total", "fake").total, Unavailable)
    assert found.scores[0].low == found.scores[0].high == found.scores[0].score


def test_respondents_alone_bring_the_standard_error_of_the_index(answers):
    index = ak.build_index(answers, {}, unit="gender")
    found = ak.index_uncertainty(answers, {}, unit="gender", items=False, n_base=1024, rng=3)
    for score in found.scores:
        total = index.of(score.unit)["total"]
        assert score.score == pytest.approx(total.estimate)
        if score.unit is not None:  # of the whole, units are strata here and not in an index without a frame
            assert score.sd == pytest.approx(total.se, rel=3 / np.sqrt(2 * 256))
    assert float(found.of("total", "sampling").total) == pytest.approx(1, abs=0.1)


def test_weights_of_respondents_are_used(answers):
    from dataclasses import replace

    weights = pd.Series(np.linspace(1, 4, len(answers.codes)), index=answers.codes.index)
    weighted = replace(answers, weights=weights)
    found = ak.index_uncertainty(weighted, {}, n_base=16, rng=1)
    assert found.scores[0].score == pytest.approx(ak.build_index(weighted, {}).total.estimate)


def test_the_seed_decides(answers):
    once, again = (ak.index_uncertainty(answers, {}, weight_spread=0.2, n_base=16, rng=5) for _ in range(2))
    pd.testing.assert_frame_equal(once.table(), again.table())
    assert [share.source for share in once.shares] == ["sampling", "items", "value_weights"]


BAD = {
    "nothing_uncertain": {"sampling": False, "items": False},
    "alternatives_invalid": {"alternatives": {"one": [{}]}},
    "alternatives_overlap": {"alternatives": {"a": SCORING, "b": SCORING}},
    "uncertainty_no_total": {"alternatives": {"a": [{}, {"aggregate": {"method": "none"}}]}},
    "weight_spread_range": {"weight_spread": 25},
    "count_out_of_range": {"n_base": 100},
    "unknown_choice": {"alternatives": {"a": [{}, {"score": {"method": "magic"}}]}},
}


@pytest.mark.parametrize("code", BAD)
def test_refusals(answers, code):
    with pytest.raises(AkhlakError) as caught:
        ak.index_uncertainty(answers, {}, **BAD[code])
    assert caught.value.code == code and caught.value.hint
    with pytest.raises(AkhlakError, match="responses_needed"):
        ak.index_uncertainty(answers.codes)


def sizes(answers, share):
    counts = answers.groups["gender"].value_counts()
    return pd.DataFrame({"gender": counts.index, "population": np.ceil(counts.to_numpy() / share).astype(int)})


def test_finite_populations_bring_the_variance_of_the_index(answers):
    frame = sizes(answers, 0.6)
    index = ak.build_index(answers, {}, unit="gender", frame=frame)
    found = ak.index_uncertainty(answers, {}, unit="gender", frame=frame, items=False, n_base=1024, rng=3)
    large = ak.index_uncertainty(answers, {}, unit="gender", items=False, n_base=1024, rng=3)
    for score, without in zip(found.scores, large.scores, strict=True):
        total = index.of(score.unit)["total"]
        assert score.score == pytest.approx(total.estimate)
        # 256 draws: 3 Monte Carlo errors of a standard deviation; units are the strata of both
        assert score.sd == pytest.approx(total.se, rel=3 / np.sqrt(2 * 256))
        assert score.sd < 0.8 * without.sd
    assert found.n_evaluations == large.n_evaluations


def test_a_census_leaves_sampling_nothing(answers):
    known = answers.where(answers.groups["gender"].notna().to_numpy() & answers.codes.notna().all(axis=1).to_numpy())
    frame = sizes(known, 1.0)
    found = ak.index_uncertainty(known, {}, alternatives={"scoring": SCORING}, unit="gender", frame=frame, n_base=32,
                                 rng=1)  # fmt: skip
    for quantity in ("total", "units"):
        share = found.of(quantity, "sampling")
        assert (share.first, share.total) == (0.0, 0.0)
    alone = ak.index_uncertainty(known, {}, unit="gender", frame=frame, items=False, n_base=16, rng=1)
    assert alone.of("total", "sampling").total.code == "no_uncertainty" and alone.scores[0].sd == 0
    drawn = ak.SurveyDesign(known, strata="gender", fpc=dict(zip(frame["gender"], frame["population"], strict=True)))
    designed = ak.index_uncertainty(known, {}, design=drawn, items=False, n_base=16, rng=1)
    assert designed.scores[0].sd == 0


def test_a_design_brings_its_own_variance(answers):
    rng = np.random.default_rng(8)
    people = answers.groups.assign(room=np.arange(len(answers.codes)) // 8, w=rng.uniform(1, 3, len(answers.codes)))
    people["floor"] = people["room"] // 10
    design = ak.SurveyDesign(people, strata="floor", cluster="room", weights="w", fpc=[pd.Series(16, people.index)])
    index = ak.build_index(answers, {}, design=design)
    drawn = ak.index_uncertainty(answers, {}, design=design, items=False, n_base=1024, rng=2)
    assert drawn.scores[0].score == pytest.approx(index.total.estimate)
    assert drawn.scores[0].sd == pytest.approx(index.total.se, rel=3 / np.sqrt(2 * 256))
    replicated = ak.rake(ak.as_replicates(design, replicates=300, rng=1), {"gender": {"1": 0.5, "2": 0.5}})
    index = ak.build_index(answers, {}, design=replicated)
    found = ak.index_uncertainty(answers, {}, design=replicated, items=False, n_base=1024, rng=2)
    assert found.scores[0].score == pytest.approx(index.total.estimate)
    assert found.scores[0].sd == pytest.approx(index.total.se, rel=0.06)  # the same 300 draws, picked by the plan
    raked = ak.rake(design, {"gender": {"1": 0.5, "2": 0.5}})
    for odd in (raked, ak.as_replicates(design, "jackknife")):
        with pytest.raises(AkhlakError, match="uncertainty_needs_bootstrap"):
            ak.index_uncertainty(answers, {}, design=odd, rng=1)


def test_refusals_of_frames_and_designs(answers):
    frame = sizes(answers, 0.5)
    for code, given in {
        "frame_without_unit": {"frame": frame},
        "unit_not_in_frame": {"frame": frame[:1], "unit": "gender"},
        "more_answers_than_people": {"frame": frame.assign(population=3), "unit": "gender"},
        "design_with": {"frame": frame, "unit": "gender", "design": ak.SurveyDesign(answers)},
        "design_type": {"design": "stratified"},
        "design_rows": {"design": ak.SurveyDesign(answers.groups[:5])},
    }.items():
        with pytest.raises(AkhlakError) as caught:
            ak.index_uncertainty(answers, {}, rng=1, **given)
        assert caught.value.code == code
