"""Allocation, quotas while the survey runs, answers over time, sample against frame."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.core.results import Unavailable
from akhlak_research.core.yaml_files import read_yaml
from akhlak_research.survey.fieldwork import project


def code(call):
    with pytest.raises(ak.AkhlakError) as raised:
        call()
    assert raised.value.message("id") != raised.value.message("en")
    return raised.value.code


# allocation -----------------------------------------------------------------------------------------------------------
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=25), st.floats(0.01, 1), st.integers(0, 20),
    st.sampled_from(["proportional", "equal", "power", "neyman"]),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_allocation_adds_up_within_its_bounds(sizes, share, minimum, method):
    people = {f"u{at}": size for at, size in enumerate(sizes)}
    least = sum(min(minimum, size) for size in sizes)
    n = min(max(1, least, round(share * sum(sizes))), sum(sizes))
    made = ak.allocate(people, n, method, minimum, sd=10.0)
    assert sum(made.n) == n
    assert all(min(minimum, size) <= part <= size for part, size in zip(made.n, sizes, strict=True))


def test_allocation_is_what_its_method_says():
    offices = {"A": 100, "B": 400, "C": 900}
    assert ak.allocate(offices, 140).n == (10, 40, 90)
    assert ak.allocate(offices, 60, "equal").n == (20, 20, 20)
    assert ak.allocate(offices, 60, "power").n == (10, 20, 30)
    assert ak.allocate(offices, 60, "power", power=0).n == (20, 20, 20)
    assert ak.allocate(offices, 90, "neyman", sd={"A": 20, "B": 5, "C": 10}).n == (14, 14, 62)
    # Neyman's is the smallest error of the whole that whole numbers nearby can give
    best = ak.allocate(offices, 90, "neyman", sd={"A": 20, "B": 5, "C": 10}).expected.se
    for other in ((13, 15, 62), (15, 14, 61), (14, 13, 63), (13, 14, 63)):
        n = dict(zip(offices, other, strict=True))
        assert float(ak.expected_margin(offices, n, sd={"A": 20, "B": 5, "C": 10}).se) >= float(best)
    frame = pd.DataFrame({"office": ["A", "B"], "population": [10, 30]})
    assert ak.allocate(frame, 8, unit="office")["B"] == 6


def test_the_ministrys_minimum():
    rules = ak.quota_rules()
    assert rules["employee-engagement-2023"].minimum == 140
    assert isinstance(rules["berakhlak-2023"].minimum, Unavailable)
    made = ak.allocate({"A": 100, "B": 4000, "C": 9000}, 1000, minimum="employee-engagement-2023")
    assert made.n[0] == 100 and min(made.n[1:]) >= 140
    assert [notice.code for notice in made.notices][:1] == ["offices_below_minimum"]
    assert code(lambda: ak.allocate({"A": 100}, 50, minimum="berakhlak-2023")) == "quota_has_no_number"
    assert ak.show(rules).content["id"]["rows"][1][2] == "–"


def test_refusals_of_allocation():
    assert code(lambda: ak.allocate({"A": 10}, 11)) == "allocation_too_large"
    assert code(lambda: ak.allocate({"A": 10, "B": 10}, 5, minimum=4)) == "allocation_below_minimum"
    assert code(lambda: ak.allocate({"A": 10}, 5, "neyman")) == "allocation_needs_sd"
    assert code(lambda: ak.allocate({"A": 10}, 5, "guess")) == "unknown_choice"
    assert code(lambda: ak.allocate({"A": 10}, 5, power=2)) == "size_argument_invalid"
    assert code(lambda: ak.allocate(5, 5)) == "no_units"


# quotas ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def frame():
    return pd.DataFrame({"unit": list("ABC"), "population": [40, 60, 20]})


@pytest.fixture
def came():
    days = ["2026-03-02"] * 10 + ["2026-03-03"] * 8 + ["2026-03-04"] * 6
    return pd.DataFrame({"unit": list("AAAAABBBBB") + list("AAAABBBB") + list("AAABBB"), "answered_on": days})


def test_achieved_against_required(frame, came):
    made = ak.quota_status(frame, came, required={"A": 12, "B": 30, "C": 5}, closes="2026-03-08")
    assert [one.n for one in made.units] == [12, 12, 0]
    assert [one.standing for one in made.units] == ["reached", "short", "short"]
    assert made["B"].short == 18
    assert made["B"].to_ask == min(48, int(np.ceil(18 / 0.2)))
    assert made.whole.required == 47 and made.whole.short == 23
    assert made.invite_next()["unit"].tolist() == ["C", "B"]
    assert "quota_silent_offices" in [notice.code for notice in made.notices]
    assert made.record()["units"][0]["n"] == 12
    assert ak.show(made).content["id"]["rows"]
    earlier = ak.quota_status(frame, came, "2026-03-03", required=5)
    assert [one.n for one in earlier.units] == [9, 9, 0]
    assert isinstance(earlier.whole.projected, Unavailable)
    none = ak.quota_status(frame, came[["unit"]])
    assert none.points == () and none["A"].standing == "not_asked" and none.date is None


def test_margin_now_and_with_the_required(frame, came):
    made = ak.quota_status(frame, came, required={"A": 20, "B": 30, "C": 5}, sd=15)
    now = ak.expected_margin({"A": 40, "B": 60, "C": 20}, {"A": 12, "B": 12, "C": 0}, sd=15)
    assert made["A"].margin == now["A"].margin
    assert float(made["A"].margin_at_required) < float(made["A"].margin)
    assert made["A"].margin_if_all == 0
    assert isinstance(made["C"].margin, Unavailable)


def test_a_silent_office_leaves_the_margin_of_those_that_answered(frame, came):
    made = ak.quota_status(frame, came, required={"A": 20, "B": 30, "C": 5}, sd=15)
    assert made.whole.margin.code == "units_without_answers"
    part = made.answering
    assert (part.offices, part.silent, part.population, part.n, part.coverage) == (2, 1, 100, 24, 100 * 100 / 120)
    assert part.margin == ak.expected_margin({"A": 40, "B": 60}, {"A": 12, "B": 12}, sd=15).margin
    assert part.n_if_silent_answer == 29
    then = ak.expected_margin({"A": 40, "B": 60, "C": 20}, {"A": 12, "B": 12, "C": 5}, sd=15)
    assert part.margin_if_silent_answer == then.margin
    assert made.coverage()["margin"].tolist() == [part.margin, part.margin_if_silent_answer]
    assert "quota_margin_of_answering" in [notice.code for notice in made.notices]
    free = ak.quota_status(frame, came)  # nothing required: the silent office at the rate of the others, 24 of 100
    assert free.answering.n_if_silent_answer == 24 + 5
    spread = ak.quota_status(frame, came, sd={"A": 10, "B": 20, "C": 5}).answering
    assert spread.margin == ak.expected_margin({"A": 40, "B": 60}, {"A": 12, "B": 12}, sd={"A": 10, "B": 20}).margin
    everyone = ak.quota_status(frame[:2], came, sd=15)
    assert everyone.answering.margin == everyone.whole.margin and len(everyone.coverage()) == 1
    nobody = ak.quota_status(frame, came[:0][["unit"]])
    assert nobody.whole.margin.code == "no_answers" and isinstance(nobody.answering.margin, Unavailable)
    assert isinstance(nobody.answering.margin_if_silent_answer, Unavailable) and nobody.answering.offices == 0


def test_projection_keeps_the_daily_chance_of_those_still_silent():
    counts, people = np.array([[4, 4, 4]]), np.array([100.0])
    found = project(counts, people, 2, 2)
    chance = 8 / (96 + 92)
    assert found.added == pytest.approx([88 * (1 - (1 - chance) ** 2)])
    assert found.by_day == pytest.approx([88 * chance, 88 * (1 - (1 - chance) ** 2)])
    assert found.dispersion == 1
    assert project(counts, np.array([12.0]), 5, 2).added == pytest.approx([0.0])


def test_projection_ends_the_curve(frame, came):
    made = ak.quota_status(frame, came, "2026-03-03", required=5, closes="2026-03-06", window=2)
    curve = made.curve()
    assert curve["date"].tolist() == [f"2026-03-0{day}" for day in range(2, 7)]
    assert curve["is_projected"].tolist() == [False, False, True, True, True]
    assert curve["n_so_far"].iloc[-1] == pytest.approx(made.whole.projected)
    assert (curve["ci_low"] <= curve["n_so_far"]).all() and (curve["n_so_far"] <= curve["ci_high"]).all()
    assert curve["ci_high"].max() <= 120


def test_refusals_of_quotas(frame, came):
    stranger = pd.concat([came, pd.DataFrame({"unit": ["Z"], "answered_on": ["2026-03-02"]})])
    with pytest.raises(ak.AkhlakError) as raised:
        ak.quota_status(frame, stranger, required=5)
    assert raised.value.code == "unit_not_in_frame" and raised.value.got == ["Z"]
    assert code(lambda: ak.quota_status(frame, came, required={"A": 41, "B": 1, "C": 1})) == "required_invalid"
    assert code(lambda: ak.quota_status(frame, came, required={"A": 41})) == "units_differ"
    assert code(lambda: ak.quota_status(frame, came, required=5, closes="2026-03-01")) == "closes_before_date"
    assert code(lambda: ak.quota_status(frame, came, "yesterday", required=5)) == "day_invalid"
    assert code(lambda: ak.quota_status(frame, came[["unit"]], "2026-03-02")) == "days_needed"
    assert code(lambda: ak.quota_status(frame, came.assign(answered_on="soon"))) == "answer_date_invalid"
    assert code(lambda: ak.quota_status(frame, came, unit="office")) == "design_column"
    both = ak.sample_size(pd.Series({"A": 40, "B": 60, "C": 20}), method="all")
    assert code(lambda: ak.quota_status(frame, came, required=both)) == "several_methods"
    one = ak.sample_size(pd.Series({"A": 40, "B": 60, "C": 20}))
    assert ak.quota_status(frame, came, required=one)["A"].required == 37
    assert ak.quota_status(frame.assign(required=[1, 2, 3]), came)["C"].required == 3


# answers over time and sample against frame, on the simulated truth ---------------------------------------------------
@pytest.fixture(scope="module")
def fieldwork(root):
    study = ak.Study(root / "data" / "berakhlak-contoh")
    names = ["unit", "status", "sex", "stratum", "answered_on"]
    answers = ak.read_responses(study.file("responses"), study.instrument, groups=names)
    people = pd.read_csv(study.file("frame"))
    score = 25 * (answers.keyed.mean(axis=1) - 1)
    return answers.groups.assign(score=score), people, read_yaml(study.file("responses").parent / "TRUTH.yaml")


def test_more_answers_narrow_the_interval_and_do_not_bring_the_truth_nearer(fieldwork):
    """The truth is 60.9. The plain mean sinks as less willing offices answer later, and its narrowing interval ends
    above the truth; weighting offices back to their size takes away most of the planted bias of 2.2 points (careless
    answers, which pull downwards, remain)."""
    data, people, truth = fieldwork
    expected = truth["values"]["index"]["expected"]
    plain = ak.response_history(ak.SurveyDesign(data), "score")
    table = plain.table()
    widths = (table["ci_high"] - table["ci_low"]).to_numpy()
    assert widths[-1] < widths[0] / 2
    assert table["estimate"].iloc[-1] < table["estimate"].iloc[0]
    assert table["ci_low"].iloc[-1] > expected
    planted = truth["fieldwork"]["expected_of_the_later_half"] - truth["fieldwork"]["expected_of_the_earlier_half"]
    assert abs(plain.difference.estimate - planted) < 2 * plain.difference.se
    assert plain.notices[0].code == "more_answers_narrow_the_interval"
    weighted = ak.SurveyDesign(
        data, strata="unit", fpc=dict(zip(people["unit"], people["population"], strict=True)), lonely="adjust"
    )
    final = ak.estimate_mean(weighted, "score").estimate
    assert abs(final.estimate - expected) < abs(table["estimate"].iloc[-1] - expected) * 0.6
    assert truth["nonresponse"]["bias_of_the_unweighted_index"] == pytest.approx(
        table["estimate"].iloc[-1] - final.estimate, abs=1
    )


def test_history_of_one_day(fieldwork):
    data, _, _ = fieldwork
    one = data[data["answered_on"] == "2023-10-03"]
    assert code(lambda: ak.response_history(ak.SurveyDesign(one), "score")) == "one_day_only"


def test_composition_before_and_after_raking(fieldwork):
    data, people, _ = fieldwork
    margins = ak.frame_margins(
        people, {"stratum": "stratum", "status": {"PNS": "population_pns", "PPPK": "population_pppk"}}
    )
    design = ak.SurveyDesign(data)
    before = ak.compare_composition(design, margins).table()
    assert before["sample_gap"].abs().max() > 3
    assert (before["sample_percent"] == before["weighted_percent"]).all()
    after = ak.compare_composition(ak.rake(design, margins), margins)
    assert after.table()["weighted_gap"].abs().max() < 1e-5
    assert after.dissimilarity().index.tolist() == ["stratum", "status"]
    assert code(lambda: ak.frame_margins(people, {"sex": {"L": "population_l"}})) == "margins_differ"
    assert code(lambda: ak.frame_margins(people, {"sex": "gender"})) == "design_column"
