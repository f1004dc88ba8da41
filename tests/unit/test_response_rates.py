"""Response rates: sums, Kish's design effect, and faults between frame and answers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.survey.response_rates import kish_design_effect

FRAME = pd.DataFrame({"unit": ["A", "B", "C"], "population": [10, 40, 6], "invited": [10, 40, 6]})


@pytest.fixture(scope="module")
def study(root):
    return ak.Study(root / "data" / "berakhlak-contoh")


def from_units(study, units):
    """The first answers of the study, from these units."""
    first = study.responses.where(np.arange(study.responses.n) < len(units))
    return replace(first, groups=first.groups.assign(unit=pd.Series(units, index=first.groups.index, dtype="object")))


def test_table(study):
    rates = ak.response_rates(FRAME, from_units(study, ["A"] * 5 + ["B"] * 4), "unit")
    table = rates.table()
    assert list(table.columns) == ["scope", "unit", "population", "n", "rate"]
    assert table["unit"].tolist() == ["A", "B", "C", ""] and table["scope"].tolist() == ["unit"] * 3 + ["overall"]
    assert table["n"].tolist() == [5, 4, 0, 9] and table["population"].tolist() == [10, 40, 6, 56]
    np.testing.assert_allclose(table["rate"], [50, 10, 0, 900 / 56], atol=1e-12)
    assert rates.overall.rate == pytest.approx(900 / 56) and rates["B"].n == 4
    (notice,) = rates.notices
    assert notice.code == "rates_silent_units" and notice.values["units"] == ("C",) and notice.values["people"] == 6
    w = np.array([2.0] * 5 + [10.0] * 4)
    assert rates.kish_deff == pytest.approx(9 * (w**2).sum() / w.sum() ** 2, abs=1e-12)
    assert rates.effective_n == pytest.approx(w.sum() ** 2 / (w**2).sum(), abs=1e-12)


def test_order_of_answers_and_frame_does_not_matter(study):
    units = ["A"] * 5 + ["B"] * 4 + ["C"]
    first = ak.response_rates(FRAME, from_units(study, units), "unit")
    second = ak.response_rates(FRAME.iloc[[2, 0, 1]], from_units(study, units[::-1]), "unit")
    assert [second[unit].n for unit in "ABC"] == [one.n for one in first.units] == [5, 4, 1]
    assert second.kish_deff == pytest.approx(first.kish_deff, abs=1e-12) and second.overall == first.overall


def test_frame_may_name_the_unit_like_the_answers(study):
    answers = from_units(study, ["A", "B"])
    answers = replace(answers, groups=answers.groups.rename(columns={"unit": "office"}))
    for frame in (FRAME, FRAME.rename(columns={"unit": "office"})):
        assert ak.response_rates(frame, answers, "office").overall.n == 2


def test_people_without_unit_or_without_answers_are_counted_in_notices(study):
    answers = from_units(study, ["A", "A", None, "B", "B"])
    codes = answers.codes.copy()
    codes.iloc[-1] = np.nan
    rates = ak.response_rates(FRAME, replace(answers, codes=codes), "unit")
    assert rates.overall.n == 3 and rates["B"].n == 1 and rates.inputs.n_dropped == 2
    said = {notice.code: notice.values for notice in rates.notices}
    assert said["rates_without_unit"]["n"] == 1 and said["rates_without_unit"]["rate"] == pytest.approx(400 / 56)
    assert said["rates_blank_rows"]["n"] == 1


def test_refusals(study):
    answers = from_units(study, ["A", "B"])
    for frame, given_answers, unit, kind, code in (
        (FRAME, from_units(study, ["A", "Z"]), "unit", DataError, "unit_not_in_frame"),
        (FRAME, from_units(study, ["C"] * 7), "unit", DataError, "more_answers_than_people"),
        (FRAME, from_units(study, [None, None]), "unit", DataError, "no_units"),
        (FRAME, from_units(study, []), "unit", DataError, "no_rows"),
        (FRAME.assign(population=[0, 40, 6]), answers, "unit", DataError, "population_invalid"),
        (FRAME.assign(unit=["A", "A", "C"]), answers, "unit", DataError, "duplicate_units"),
        (FRAME.assign(unit=["A", None, "C"]), answers, "unit", DataError, "frame_unit_missing"),
        (FRAME.drop(columns="population"), answers, "unit", DataError, "frame_columns"),
        (FRAME, answers, "office", ArgumentError, "by_unknown"),
        (FRAME["unit"], answers, "unit", ArgumentError, "frame_type"),
        (FRAME, answers.codes, "unit", ArgumentError, "rates_need_responses"),
    ):
        with pytest.raises(kind) as caught:
            ak.response_rates(frame, given_answers, unit)
        assert caught.value.code == code


def test_study(study):
    frame = study.frame("frame")
    rates = ak.response_rates(frame, study.responses, "unit")
    assert rates.overall.n == study.responses.n and rates.overall.population == frame["population"].sum()
    counted = study.responses.groups["unit"].value_counts()
    assert {one.unit: one.n for one in rates.units if one.n} == counted.to_dict()
    assert ak.show(rates).content["id"]["rows"][-1][0] == "Keseluruhan"
    assert rates.record()["kish_deff"] == rates.kish_deff > 1


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 20)), min_size=1, max_size=12), st.floats(0.01, 100))
def test_kish(units, factor):
    """At least 1; 1 at equal rates; free of the scale; equal to the sum over people."""
    n = np.array([float(one) for one, _ in units])
    size = n * np.array([float(times) for _, times in units])
    w = np.repeat(size / n, n.astype(int))
    deff = kish_design_effect(size, n)
    assert deff == pytest.approx(len(w) * (w**2).sum() / w.sum() ** 2, rel=1e-12) and deff >= 1 - 1e-12
    assert kish_design_effect(factor * size, n) == pytest.approx(deff, rel=1e-10)
    assert kish_design_effect(factor * n, n) == pytest.approx(1, abs=1e-12)
