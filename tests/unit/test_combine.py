"""Composites: declared weights by hand, alternatives, what may not be mixed, what stands beside, external criteria."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Unavailable
from akhlak_research.index.composite_kernels import factor_weights, geometric

SURVEY = pd.DataFrame({"estimate": [82.0, 70.0, 60.0], "std_error": [1.5, 2.0, 1.0]}, index=["u", "v", "w"])
EVIDENCE = pd.DataFrame({"estimate": [75.0, 90.0, 0.0], "std_error": [2.0, 1.0, 3.0]}, index=["u", "v", "w"])
BOTH = {"survey": SURVEY, "evidence": EVIDENCE}


@pytest.fixture(scope="module")
def study(root):
    return ak.Study(root / "data" / "berakhlak-contoh")


@pytest.fixture(scope="module")
def evidence(study):
    return study.given("evidence", ak.evidence_score, evaluators=("evaluator_1", "evaluator_2"))


def test_declared_weights_by_hand():
    found = ak.combine(BOTH, {"survey": 0.8, "evidence": 0.2})
    one = found.of("u").score
    assert one.estimate == pytest.approx(0.8 * 82 + 0.2 * 75)
    assert one.se == pytest.approx(math.hypot(0.8 * 1.5, 0.2 * 2))
    preset = ak.combine(BOTH, "barito-utara-2025")
    pd.testing.assert_frame_equal(found.table(), preset.table())
    assert preset.preset == "barito-utara-2025" and "preset_is_local" in [n.code for n in preset.notices]


def test_equal_and_geometric():
    equal = ak.combine(BOTH, method="equal")
    assert equal.scores.to_dict() == {"u": 78.5, "v": 80.0, "w": 30.0}
    found = ak.combine(BOTH, {"survey": 0.5, "evidence": 0.5}, method="geometric")
    assert found.scores["u"] == pytest.approx(math.sqrt(82 * 75))
    assert isinstance(found.of("w").score, Unavailable) and found.of("w").score.code == "geometric_zero"
    x, v, w = np.array([[82.0, 75]]), np.array([[2.25, 4]]), np.array([0.5, 0.5])
    steps = [(geometric(x + d, v, w)[0] - geometric(x - d, v, w)[0]) / 2e-5 for d in 1e-5 * np.eye(2)]
    assert geometric(x, v, w)[1] == pytest.approx(sum(s**2 * e for s, e in zip(steps, v[0], strict=True)), rel=1e-6)


def test_factor_weights_follow_the_loadings():
    rng = np.random.default_rng(1)
    common = rng.normal(size=4000)
    own = rng.normal(size=(4000, 3)) * np.sqrt([0.19, 0.64, 0.91])
    x = 60 + 5 * (common[:, None] * [0.9, 0.6, 0.3] + own)
    weights, loadings = factor_weights(x)
    assert loadings == pytest.approx([0.9, 0.6, 0.3], abs=0.06)
    assert weights == pytest.approx(loadings**2 / (loadings**2).sum())
    frames = {name: pd.Series(np.clip(x[:50, at], 0, 100)) for at, name in enumerate("abc")}
    assert ak.combine(frames, method="factor").weights["a"] > 0.4
    with pytest.raises(AkhlakError, match="factor_signs"):
        ak.combine({**frames, "c": 100 - frames["a"]}, method="factor")


def test_a_study_with_its_evidence_is_the_composite_of_its_recipe(study, evidence):
    found = ak.combine({"survey": study.index, "evidence": evidence}, "barito-utara-2025")
    assert found.kinds == {"survey": "ratings", "evidence": "evidence"}
    frame = evidence.scores.to_frame("evidence")
    recipe = ak.read_recipe("barito-utara-2025")
    index = ak.build_index(study.weighted_responses, recipe, unit="unit", frame=study.frame("frame"), components=frame)
    for one in found.units:
        known = index.of(one.unit)["composite"]
        assert one.score.estimate == pytest.approx(known.estimate)
        if not isinstance(known.se, Unavailable):  # there the evidence is taken as known, here its error counts
            assert one.score.se > known.se
    ranks = ak.rank_sets(found.scores, found.variances, rng=1)
    assert len(ranks.names) == 39
    json.dumps(found.record())


def test_bands_and_what_stands_beside():
    sakip = pd.Series({"u": 70.0, "v": 70.01})
    options = {"bands": "berakhlak-2022", "rounding": 1, "beside": {"sakip": (sakip, "sakip-2021")}}
    found = ak.combine(BOTH, method="equal", **options)
    table = found.table().set_index("unit")
    assert table["sakip_band"].tolist()[:2] == ["B", "BB"] and found.of("w").beside_bands["sakip"] is None
    assert table["band"].tolist() == ["A", "A", "C"]
    assert sum(found.of("u").probabilities.values()) == pytest.approx(1)
    without = ak.combine(BOTH, method="equal")
    pd.testing.assert_series_equal(found.scores, without.scores)  # no part of it
    assert without.of("u").band is None


def test_components_without_error_are_said_and_units_without_one_have_none():
    found = ak.combine({"survey": SURVEY, "evidence": EVIDENCE["estimate"].drop("w")}, method="equal")
    codes = [notice.code for notice in found.notices]
    assert "components_taken_as_known" in codes and "units_without_composite" in codes
    assert found.of("w").score.code == "component_missing"
    assert found.of("u").score.se == pytest.approx(0.75)


def test_votes_and_ratings_are_not_mixed(study):
    votes = study.frame("votes")
    culture = ak.vote_index(votes, study.instrument, limit=5, unit="unit")
    with pytest.raises(AkhlakError, match="kinds_mixed"):
        ak.combine({"survey": study.index, "votes": (culture, "match", "personal–current")}, method="equal")
    with pytest.raises(AkhlakError, match="kinds_mixed"):
        frames = pd.Series(50.0, index=list(study.index.units))
        parts = {"votes": (culture, "match", "current–desired"), "b": frames, "a": study.index}
        ak.combine(parts, method="equal")


BAD = {
    "recipe_weights_sum": lambda: ak.combine(BOTH, {"survey": 0.8, "evidence": 0.3}),
    "combine_weights_names": lambda: ak.combine({"survey": SURVEY, "bukti": EVIDENCE}, "barito-utara-2025"),
    "combine_weight_negative": lambda: ak.combine(BOTH, {"survey": 1.2, "evidence": -0.2}),
    "weights_with_method": lambda: ak.combine(BOTH, {"survey": 0.8, "evidence": 0.2}, method="equal"),
    "weights_needed": lambda: ak.combine(BOTH),
    "combine_few": lambda: ak.combine({"survey": SURVEY}, {"survey": 1.0}),
    "component_type": lambda: ak.combine({"survey": SURVEY, "evidence": [1, 2]}, method="equal"),
    "component_out_of_range": lambda: ak.combine({"survey": SURVEY * 2, "evidence": EVIDENCE}, method="equal"),
    "component_columns": lambda: ak.combine({"survey": SURVEY[["std_error"]], "evidence": EVIDENCE}, method="equal"),
    "duplicate_units": lambda: ak.combine({"survey": pd.concat([SURVEY] * 2), "evidence": EVIDENCE}, method="equal"),
    "factor_needs": lambda: ak.combine(BOTH, method="factor"),
    "unknown_choice": lambda: ak.combine(BOTH, "plain-mean"),
}


@pytest.mark.parametrize("code", BAD)
def test_refusals(code):
    with pytest.raises(AkhlakError) as caught:
        BAD[code]()
    assert caught.value.code == code and caught.value.hint
    if code == "recipe_weights_sum":
        assert caught.value.got == pytest.approx(1.1) and "survey 0.8" in str(caught.value)
    if code == "component_out_of_range":
        assert caught.value.values["unit"] == "u" and caught.value.where.column == "survey"


def test_correlation_with_predicates_states_their_range():
    rng = np.random.default_rng(1)
    z = rng.normal(size=200)
    work = pd.Series(np.where(z + rng.normal(size=200) > 1.5, "above", "meets"))
    behaviour = pd.Series(np.where(z + rng.normal(size=200) > 1, "above", "meets"))
    found = ak.external_criterion(pd.Series(z), ak.predicate(work, behaviour))
    assert 0.1 < found.correlation.estimate < 0.6 and isinstance(found.corrected, Unavailable)
    assert found.shares["good"] > 80 and sum(found.shares.values()) == pytest.approx(100)
    assert [notice.code for notice in found.notices] == ["predicate_range", "criterion_crowded"]
    json.dumps(found.record())


def test_pearson_is_that_of_scipy_and_the_correction_undoes_a_selection():
    rng = np.random.default_rng(2)
    y = rng.normal(size=40_000)
    x = 0.6 * y + 0.8 * rng.normal(size=40_000)
    chosen = y > 0.5
    found = ak.external_criterion(pd.Series(x[chosen]), pd.Series(y[chosen]), method="pearson", unrestricted_sd=1.0)
    expected = stats.pearsonr(x[chosen], y[chosen])
    assert found.correlation.estimate == pytest.approx(expected.statistic)
    interval = expected.confidence_interval()
    assert (found.correlation.interval.low, found.correlation.interval.high) == pytest.approx(tuple(interval))
    assert found.corrected.interval.low < 0.6 < found.corrected.interval.high
    ranks = ak.external_criterion(pd.Series(x[:500]), pd.Series(y[:500]))
    assert ranks.correlation.estimate == pytest.approx(stats.spearmanr(x[:500], y[:500]).statistic)


S = pd.Series(np.arange(12.0))
WRONG = {
    "criterion_few": lambda: ak.external_criterion(S.head(5), S),
    "criterion_constant": lambda: ak.external_criterion(S, S * 0),
    "criterion_type": lambda: ak.external_criterion(S, [1, 2]),
    "unrestricted_sd_invalid": lambda: ak.external_criterion(S, S, method="pearson", unrestricted_sd=-1),
    "duplicate_units": lambda: ak.external_criterion(pd.concat([S, S]), S),
}


@pytest.mark.parametrize("code", WRONG)
def test_criterion_refusals(code):
    with pytest.raises(AkhlakError) as caught:
        WRONG[code]()
    assert caught.value.code == code and caught.value.hint


def test_components_without_names_are_refused():
    with pytest.raises(ak.AkhlakError, match="combine_type"):
        ak.combine(pd.Series({"u": 70.0}))
