"""``build_index`` against closed forms, R's survey, and the edge cases of small offices."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Unavailable
from akhlak_research.index.estimate import Scale
from akhlak_research.instrument.model import Dimension, Instrument, Item, ResponseScale
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import domain_means
from akhlak_research.survey.stages import people_in_strata
from akhlak_research.survey.variance import domain_covariances

R = json.loads((Path(__file__).parents[1] / "reference" / "survey_api_strata.json").read_text(encoding="utf-8"))
NAN = float("nan")


def responses(codes: dict, *, scale=(1, 5), weights=None, scales=None, reverse=(), **groups) -> Responses:
    """Answers to items named D1, D2 …: the letters are the dimension."""
    frame = pd.DataFrame(codes, dtype=float)
    dimensions = list(dict.fromkeys(name.rstrip("0123456789") for name in frame.columns))
    items = tuple(
        Item(name, name.rstrip("0123456789"), {"en": name}, name in reverse, scale=(scales or {}).get(name))
        for name in frame.columns
    )
    instrument = Instrument(
        name="t", title={"en": "t"}, version="1", scale=ResponseScale(*scale), items=items,
        dimensions=tuple(Dimension(code, {"en": code}) for code in dimensions),
    )  # fmt: skip
    missing = frame.isna().map(lambda gap: "blank" if gap else "")
    return Responses(
        codes=frame, missing_kinds=missing, groups=pd.DataFrame(groups, index=frame.index),
        weights=None if weights is None else pd.Series(weights, index=frame.index, dtype=float), instrument=instrument,
    )  # fmt: skip


RNG = np.random.default_rng(20240612)
TWO = responses(
    {"A1": RNG.integers(1, 6, 60), "A2": RNG.integers(1, 6, 60), "B1": RNG.integers(1, 6, 60)},
    unit=np.repeat(["x", "y", "z"], 20),
    sex=np.tile(["m", "w"], 30),
)
PERSON = pd.DataFrame({"A": TWO.codes[["A1", "A2"]].mean(axis=1), "B": TWO.codes["B1"]}).sub(1).mul(25)


def test_scores_are_means_of_percent_of_maximum_with_t_intervals():
    index = ak.build_index(TWO, {})
    for value in ("A", "B"):
        score, x = index.values[value], PERSON[value]
        assert score.estimate == pytest.approx(x.mean(), rel=1e-12)
        assert score.se == pytest.approx(x.std() / math.sqrt(60), rel=1e-12)
        low, high = stats.t.interval(0.95, 59, x.mean(), x.std() / math.sqrt(60))
        assert (score.interval.low, score.interval.high) == pytest.approx((low, high), rel=1e-10)
        assert score.n == 60 and score.band is None


def test_the_total_respects_that_values_are_of_the_same_persons():
    index = ak.build_index(TWO, {})
    total = PERSON.mean(axis=1)
    assert index.total.estimate == pytest.approx(total.mean(), rel=1e-12)
    assert index.total.se == pytest.approx(total.std() / math.sqrt(60), rel=1e-12)
    np.testing.assert_allclose(index.covariance, PERSON.cov() / 60, rtol=1e-12)
    weighted = ak.build_index(
        TWO, {"aggregate": {"method": "weighted"}, "weight": {"values": {"A": 0.9, "B": 0.1}}}
    ).total
    mixed = 0.9 * PERSON["A"] + 0.1 * PERSON["B"]
    assert weighted.estimate == pytest.approx(mixed.mean())
    assert weighted.se == pytest.approx(mixed.std() / math.sqrt(60))


def test_units_and_groups_are_subsets():
    index = ak.build_index(TWO, "plain-mean", unit="unit")
    assert index.units == ("x", "y", "z")
    alone = ak.build_index(TWO.where(TWO.groups["unit"] == "y"), "plain-mean")
    for value, score in alone.of().items():
        other = index.of("y")[value]
        assert (other.estimate, other.se, other.interval, other.band) == pytest.approx(
            (score.estimate, score.se, score.interval, score.band)
        )
        assert dict(other.probabilities) == pytest.approx(dict(score.probabilities))
    by = ak.build_index(TWO, "plain-mean", by="sex", unit="unit")
    women = ak.build_index(TWO.where(TWO.groups["sex"] == "w"), "plain-mean", unit="unit")
    pd.testing.assert_frame_equal(by["w"].table(), women.table())
    assert by.table().columns[0] == "sex"


def test_the_table():
    frame = ak.build_index(TWO, "plain-mean", unit="unit").table()
    assert frame.columns.tolist() == ["unit", "value", "n", "estimate", "std_error", "ci_low", "ci_high", "band"]
    assert frame["value"].tolist() == ["A", "B", "total"] * 4
    assert frame["unit"].isna().sum() == 3 and frame["n"].tolist() == [60] * 3 + [20] * 9


API = R["api_rows"]


def api_responses(weights=None) -> Responses:
    """R's data as one-item dimensions on a scale wide enough for their values."""
    items = {name.upper() if name == "ell" else name: API[name] for name in ("meals", "ell")}
    frame = {"M1": items["meals"], "E1": items["ELL"], "P1": API["api00"], "Q1": API["api99"], "R1": API["enroll"]}
    return responses(frame, scale=(0, 5000), weights=weights, stype=API["stype"])


PLAIN = {"score": {"method": "mean"}, "normalise": {"method": "none"}}
FRAME = pd.DataFrame({"stype": API["stype"], "population": API["fpc"]}).drop_duplicates()


def test_stratified_means_of_r_survey():
    index = ak.build_index(api_responses(API["pw"]), PLAIN, unit="stype", frame=FRAME)
    order = {"api00": "P", "api99": "Q", "enroll": "R", "meals": "M", "ell": "E"}
    for name, estimate, se in zip(R["strat_mean"]["names"], R["strat_mean"]["est"], R["strat_mean"]["se"], strict=True):
        score = index.values[order[name]]
        assert score.estimate == pytest.approx(estimate, rel=1e-10) and score.se == pytest.approx(se, rel=1e-10)
        assert score.df == 197
    names = [order[name] for name in R["strat_mean"]["names"]]
    np.testing.assert_allclose(index.covariance.loc[names, names], R["strat_vcov"], rtol=1e-9)


def test_domain_means_of_r_survey():
    index = ak.build_index(api_responses(API["pw"]), PLAIN, unit="stype", frame=FRAME)
    for at, unit in enumerate(R["by_stype"]["stype"]):
        for code, name in (("P", "api00"), ("M", "meals")):
            score = index.of(unit)[code]
            assert score.estimate == pytest.approx(R["by_stype"][name][at], rel=1e-10)
            assert score.se == pytest.approx(R["by_stype"][f"se.{name}"][at], rel=1e-10)


def test_a_stratum_of_one_is_adjusted_as_r_does():
    kinds = pd.Series(API["stype"])
    first = kinds[kinds == "H"].index[0]
    keep = ((kinds != "H") | (kinds.index == first)).to_numpy()
    y, w = np.array(API["api00"], dtype=float)[keep, None], np.array(API["pw"])[keep]
    stratum = pd.factorize(kinds[keep])[0]
    whole = np.zeros(len(y), dtype=np.int64)
    means = domain_means(y, w, whole, 1)
    assert means.mean[0, 0] == pytest.approx(R["lonely_adjust"]["est"], rel=1e-10)
    stage = people_in_strata(stratum, ("a", "b", "c"))
    se = math.sqrt(domain_covariances(means.influence, whole, 1, (stage,), "adjust")[0][0, 0, 0])
    assert se == pytest.approx(R["lonely_adjust"]["se"], rel=1e-10)


def test_weights_give_the_linearised_error_of_a_ratio():
    w = np.random.default_rng(7).uniform(0.5, 4, 60)
    weighted = responses(TWO.codes.to_dict("list"), weights=w)
    index = ak.build_index(weighted, {})
    x = PERSON["A"].to_numpy()
    mean = np.average(x, weights=w)
    z = w * (x - mean) / w.sum()
    assert index.values["A"].estimate == pytest.approx(mean, rel=1e-12)
    assert index.values["A"].se == pytest.approx(math.sqrt(60 / 59 * (z**2).sum()), rel=1e-12)
    assert index.inputs.weighting == "sampling"


def test_finite_population_and_census():
    frame = pd.DataFrame({"unit": ["x", "y", "z", "silent"], "population": [20, 40, 2000, 15]})
    index = ak.build_index(TWO, "plain-mean", unit="unit", frame=frame)
    free = ak.build_index(TWO, "plain-mean", unit="unit")
    census = index.of("x")["total"]
    assert census.se == 0 and census.interval.low == census.interval.high == census.estimate
    assert set(census.probabilities.values()) <= {0.0, 1.0} and census.probabilities[census.band] == 1
    assert index.of("y")["total"].se == pytest.approx(free.of("y")["total"].se * math.sqrt(0.5), rel=1e-12)
    assert index.of("z")["A"].se == pytest.approx(free.of("z")["A"].se * math.sqrt(0.99), rel=1e-12)
    silent = index.of("silent")["total"]
    assert silent.score.code == "no_answers" and silent.n == 0 and silent.population == 15
    assert silent.band.code == "no_score" and isinstance(silent.probabilities, Unavailable)
    codes = [n.code for n in index.notices]
    assert "units_without_answers" in codes and "total_is_of_respondents" in codes
    assert index.total.df == 57 and index.total.population == 2075


def test_small_offices():
    small = responses(
        {"A1": [1, 5, 5, 5, 2, 4], "B1": [2, 5, 5, 5, 3, 3]}, unit=["one", "same", "same", "same", "two", "two"]
    )
    index = ak.build_index(small, "plain-mean", unit="unit")
    one, same, two = (index.of(unit)["total"] for unit in ("one", "same", "two"))
    assert one.se.code == "one_respondent" and isinstance(one.interval, Unavailable) and one.estimate == 12.5
    assert one.band.code == "band_unknown" and isinstance(one.probabilities, Unavailable)
    assert same.se.code == "no_spread" and same.estimate == 100 and same.band == "A"
    assert two.se > 0 and two.interval.low >= 0 and two.interval.high <= 100
    assert "intervals_cut" in [n.code for n in index.notices]
    assert index.table()["std_error"].isna().sum() == 7, "two in an office agree on B"
    frame = pd.DataFrame({"unit": ["one", "same", "two"], "population": [1, 9, 9]})
    counted = ak.build_index(small, "plain-mean", unit="unit", frame=frame)
    assert counted.of("one")["total"].se == 0, "an office of one whose one person answered"


def test_missing_answers():
    data = {
        "A1": [1, 2, 3, 4, NAN], "A2": [2, NAN, 3, NAN, NAN], "A3": [3, NAN, NAN, 5, NAN], "B1": [1, 2, 3, 4, 5],
    }  # fmt: skip
    answers = responses(data)
    half = ak.build_index(answers, {})  # at least half of three is two
    assert half.values["A"].n == half.total.n == 3 and half.inputs.n_dropped == 2
    assert half.values["A"].estimate == pytest.approx(np.mean([25, 50, 87.5]))
    assert half.values["B"].estimate == pytest.approx(np.mean([0, 50, 75])), "the same persons"
    assert "persons_left_out" in [n.code for n in half.notices]
    third = ak.build_index(answers, {"score": {"minimum_answered": 0.3}})
    assert third.values["A"].n == 4 and third.values["A"].estimate == pytest.approx(np.mean([25, 25, 50, 87.5]))
    own = ak.build_index(answers, {"score": {"persons": "available"}})
    assert (own.values["A"].n, own.values["B"].n, own.total.n) == (3, 5, 5)
    assert own.values["B"].estimate == 50
    b = np.array([0, 25, 50, 75, 100])
    assert own.values["B"].se == pytest.approx(b.std(ddof=1) / math.sqrt(5))
    a = np.array([25, 50, 87.5])
    assert own.values["A"].se == pytest.approx(a.std(ddof=1) / math.sqrt(3)), "n of its own rows"
    assert own.total.estimate == pytest.approx((own.values["A"].estimate + own.values["B"].estimate) / 2)
    with pytest.raises(DataError) as error:
        ak.build_index(responses({"A1": [NAN, 2], "B1": [1, NAN]}), {})
    assert error.value.code == "nobody_scored"


def test_score_methods():
    answers = responses({"A1": [1, 3, 5], "A2": [5, 4, NAN]}, reverse=["A2"])
    mean = ak.build_index(answers, PLAIN).values["A"].estimate
    assert mean == pytest.approx(np.mean([1, 2.5, 5])), "A2 is turned"
    good = {"score": {"method": "percent-favourable", "top_answers": 2}}
    assert ak.build_index(answers, good).values["A"].estimate == pytest.approx(100 / 3)
    ratio = ak.build_index(answers, PLAIN | {"normalise": {"method": "ratio-to-maximum"}})
    assert ratio.values["A"].estimate == pytest.approx(100 * mean / 5)
    assert "ratio_to_maximum" in [n.code for n in ratio.notices]
    with pytest.raises(DataError) as error:
        ak.build_index(answers, {"score": {"method": "percent-favourable", "top_answers": 5}})
    assert error.value.code == "recipe_top_outside" and error.value.where.column == "A1"


def test_items_with_scales_of_their_own():
    mixed = responses({"A1": [1, 5], "A2": [0, 10], "B1": [3, 3]}, scales={"A2": ResponseScale(0, 10)})
    assert ak.build_index(mixed, {}).values["A"].estimate == 50
    with pytest.raises(DataError) as error:
        ak.build_index(mixed, PLAIN)
    assert error.value.code == "recipe_mixed_scales"
    apart = responses({"A1": [1, 5], "B1": [0, 10]}, scales={"B1": ResponseScale(0, 10)})
    with pytest.raises(DataError) as error:
        ak.build_index(apart, PLAIN)
    assert error.value.code == "recipe_mixed_scales"
    assert ak.build_index(apart, {"score": {"method": "mean"}}).total.estimate == 50


def test_bands_follow_the_rounding_of_the_recipe():
    # 20 people, 75 percent of maximum less one step: 74.9375 with four items
    answers = responses({f"A{i}": [4] * 19 + [4 if i else 3] for i in range(4)})
    assert ak.build_index(answers, {}).total.estimate == pytest.approx(74.6875)
    rounded = ak.build_index(answers, {"band": {"bands": "berakhlak-2022"}, "round": {"decimals": 0}}).total
    assert rounded.rounded == 75 and rounded.band == "A" and rounded.band_name["id"] == "Sehat"
    assert ak.build_index(answers, "plain-mean").total.band == "B"
    assert [n.code for n in ak.build_index(answers, "plain-mean").notices] == [
        "bands_are_a_choice", "rounded_before_banding",
    ]  # fmt: skip


def test_probabilities_of_bands():
    score = ak.build_index(TWO, "plain-mean").total
    cut = (74.95 - score.estimate) / score.se
    assert score.probabilities["A"] == pytest.approx(stats.norm.sf(cut), rel=1e-9)
    assert sum(score.probabilities.values()) == pytest.approx(1)
    frame = ak.build_index(TWO, "plain-mean", unit="unit").band_table()
    assert frame.columns.tolist() == ["unit", "value", "band", "probability"] and len(frame) == 12 * 4


def test_published_values_through_the_whole_recipe():
    """Simulated answers whose dimension means are the published values of 2022: the total is the published total."""
    values = {"BP": 57.9, "AK": 74.1, "KP": 56.7, "HR": 63.8, "LY": 65.8, "AD": 38.9, "KL": 69.4}
    codes = {}
    for code, value in values.items():
        high = round(10 * value)  # of 1,000 people on a 0–1 scale, 579 say 1
        codes[f"{code}1"] = [1] * high + [0] * (1000 - high)
    index = ak.build_index(responses(codes, scale=(0, 1)), "plain-mean")
    assert {code: round(score.estimate, 6) for code, score in index.values.items()} == values
    assert index.total.rounded == 60.9 and index.total.band == "B" and index.values["AD"].band == "C"


def test_composite_of_survey_and_evidence():
    evidence = pd.DataFrame({"evidence": [90.0, 50.0, None]}, index=["x", "y", "z"])
    index = ak.build_index(TWO, "barito-utara-2025", unit="unit", components=evidence)
    total, composite = index.of("x")["total"], index.of("x")["composite"]
    assert composite.estimate == pytest.approx(0.8 * total.estimate + 0.2 * 90)
    assert composite.se == pytest.approx(0.8 * total.se) and composite.band is None
    assert index.of("z")["composite"].score.code == "component_missing"
    codes = {n.code for n in index.notices}
    assert {"components_taken_as_known", "units_without_composite"} <= codes
    assert "composite" not in index.of()
    bare = ak.build_index(TWO, "barito-utara-2025", unit="unit")
    assert "components_missing" in [n.code for n in bare.notices] and "composite" not in bare.of("x")
    assert "components_not_used" in [n.code for n in ak.build_index(TWO, "barito-utara-2025").notices]


def test_rows_without_a_unit():
    labels = pd.Series(["x", None, "y"] * 20, index=TWO.codes.index, name="office")
    index = ak.build_index(TWO, {}, unit=labels)
    assert index.total.n == 60 and index.of("x")["total"].n == 20
    assert "persons_without_unit" in [n.code for n in index.notices]
    frame = pd.DataFrame({"unit": ["x", "y"], "population": [50, 50]})
    counted = ak.build_index(TWO, {}, unit=labels, frame=frame)
    assert counted.total.n == 40 and "persons_without_unit_left_out" in [n.code for n in counted.notices]


def test_by_with_a_frame_needs_people_per_group():
    frame = pd.DataFrame(
        {"unit": list("xyz") * 2, "sex": ["m"] * 3 + ["w"] * 3, "population": [20, 20, 20, 30, 30, 30]}
    )
    by = ak.build_index(TWO, {}, unit="unit", by="sex", frame=frame)
    men = ak.build_index(TWO.where(TWO.groups["sex"] == "m"), {}, unit="unit", frame=frame[frame["sex"] == "m"])
    pd.testing.assert_frame_equal(by["m"].table(), men.table())
    with pytest.raises(MethodError) as error:
        ak.build_index(TWO, {}, unit="unit", by="sex", frame=frame.drop(columns="sex").drop_duplicates("unit"))
    assert error.value.code == "by_needs_frame_column"


def framed(units: list, people: list):
    return ak.build_index(TWO, {}, unit="unit", frame=pd.DataFrame({"unit": units, "population": people}))


def with_component(unit: str, **scores: float):
    components = pd.DataFrame({name: [score] for name, score in scores.items()}, index=[unit])
    return ak.build_index(TWO, "barito-utara-2025", unit="unit", components=components)


NOTHING = pd.DataFrame()
OTHER_WEIGHTS = {"aggregate": {"method": "weighted"}, "weight": {"values": {"A": 0.5, "C": 0.5}}}
FAULTY = [
    (lambda: ak.build_index(TWO.codes, {}), ArgumentError, "responses_needed"),
    (lambda: ak.build_index(TWO, {}, level=95), ArgumentError, "level_out_of_range"),
    (lambda: ak.build_index(TWO, {}, unit="office"), ArgumentError, "by_unknown"),
    (lambda: ak.build_index(TWO, {}, unit="unit", frame={"x": 3}), ArgumentError, "frame_type"),
    (lambda: ak.build_index(TWO, {}, frame=FRAME), MethodError, "frame_without_unit"),
    (lambda: ak.build_index(TWO, {}, components=NOTHING), MethodError, "components_without_unit"),
    (lambda: ak.build_index(TWO, {}, unit="unit", by="sex", components=NOTHING), MethodError, "by_with_components"),
    (lambda: ak.build_index(TWO, {}, unit="unit", frame=pd.DataFrame({"unit": ["x"]})), DataError, "frame_columns"),
    (lambda: framed(["x", "y"], [50, 50]), DataError, "unit_not_in_frame"),
    (lambda: framed(["x", "y", "z"], [50, 9, 50]), DataError, "more_answers_than_people"),
    (lambda: framed(["x", "y", "x"], [50, 9, 50]), DataError, "duplicate_units"),
    (lambda: framed(["x", None], [50, 9]), DataError, "frame_unit_missing"),
    (lambda: framed(["x", "y", "z"], [50, 50, 0]), DataError, "population_invalid"),
    (lambda: ak.build_index(TWO, OTHER_WEIGHTS), DataError, "recipe_weights_unknown"),
    (lambda: ak.build_index(TWO, PLAIN | {"band": {"bands": "sakip-2021"}}), DataError, "recipe_band_scale"),
    (lambda: with_component("x", proof=1.0), DataError, "component_columns"),
    (lambda: with_component("q", evidence=1.0), DataError, "component_unit_unknown"),
    (lambda: with_component("x", evidence=101.0), DataError, "component_out_of_range"),
]


@pytest.mark.parametrize(("call", "kind", "code"), FAULTY, ids=[case[2] for case in FAULTY])
def test_refusals(call, kind, code):
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code and error.value.advice("id") and error.value.message("en")


def test_the_unit_at_fault_is_named():
    with pytest.raises(DataError) as error:
        framed(["x", "y", "z"], [50, 9, 50])
    assert (error.value.values["unit"], error.value.got, error.value.expected) == ("y", 20, 9)


def test_record_and_words():
    index = ak.build_index(TWO, "plain-mean", unit="unit")
    body = index.record()
    assert body["kind"] == "index" and body["recipe"]["digest"] == index.recipe.digest
    assert len(body["scores"]) == 12 and json.dumps(body, allow_nan=False)
    assert repr(index).startswith("<index total") and "<table" in index._repr_html_()
    with pytest.raises(ArgumentError) as error:
        index.of("q")
    assert error.value.expected == ("x", "y", "z")


def test_kernels_of_domains():
    y = np.array([[1.0, NAN], [3.0, 2.0], [5.0, 4.0]])
    means = domain_means(y, np.ones(3), np.array([0, 0, 1]), 2)
    np.testing.assert_allclose(means.mean, [[2, 2], [5, 4]])
    np.testing.assert_allclose(means.influence.sum(axis=0), 0, atol=1e-15)
    assert Scale(ak.read_recipe({}), 0.95, 0, 100).bands is None


def test_a_value_of_one_person_has_no_error_and_neither_has_the_total():
    answers = responses({"A1": [1, 3, 5, 2], "A2": [1, 3, 5, 2], "B1": [NAN, NAN, 5, NAN], "B2": [NAN, NAN, 5, NAN]})
    index = ak.build_index(answers, {"score": {"persons": "available"}})
    assert index.values["A"].se == pytest.approx(np.std([0, 50, 100, 25], ddof=1) / 2)
    assert index.values["B"].se.code == index.total.se.code == "one_respondent"
