"""Sample sizes and margins: the formulas, their printed tables, and what they refuse."""

import math

import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Unavailable
from akhlak_research.survey.formulas import finite_size, size_formulas, whole

# Krejcie & Morgan (1970), table 1: the entries that were read in copies of the article
KREJCIE_MORGAN = {
    10: 10, 15: 14, 20: 19, 25: 24, 30: 28, 35: 32, 40: 36, 45: 40, 50: 44, 55: 48, 60: 52, 65: 56, 70: 59, 75: 63,
    80: 66, 85: 70, 90: 73, 95: 76, 100: 80, 110: 86, 120: 92, 130: 97, 140: 103, 220: 140, 230: 144, 240: 148,
    250: 152, 500: 217, 900: 269, 950: 274, 1000: 278, 1100: 285, 1200: 291, 1300: 297, 1400: 302, 1500: 306,
    2800: 338, 9000: 368,
}  # fmt: skip
OFFICES = pd.Series({"Dinas A": 8, "Dinas B": 40, "Dinas C": 400})


@pytest.mark.parametrize(("population", "size"), KREJCIE_MORGAN.items())
def test_krejcie_and_morgan_table(population, size):
    assert ak.sample_size(population, method="krejcie-morgan").n == size


def test_cochran_is_z_squared_pq_over_d_squared_with_the_finite_correction():
    n0 = 1.959963984540054**2 * 0.3 * 0.7 / 0.04**2
    size = ak.sample_size(1200, 0.04, p=0.3)
    assert size.exact == pytest.approx(n0 / (1 + (n0 - 1) / 1200), rel=1e-12)
    assert size.n == math.ceil(size.exact)
    assert ak.sample_size(None).n == 385 and ak.sample_size(None).exact == pytest.approx(384.1459, abs=1e-4)


def test_slovin_is_the_case_p_half_and_z_two():
    for people in (8, 280, 9000, 120_979):
        size = ak.sample_size(people, method="slovin")
        assert size.exact == pytest.approx(people / (1 + people * 0.05**2), rel=1e-12)
        assert size.exact == pytest.approx(finite_size(2**2 * 0.25 / 0.05**2, people, proportion=False), rel=1e-12)
    assert ak.sample_size(280, method="slovin").n == 165
    assert ak.sample_size(400, method="slovin").n == 200, "an exact 200 stays 200"
    (notice,) = size.notices
    assert notice.code == "slovin_is_a_special_case" and notice.values["level"] == pytest.approx(95.44997, abs=1e-5)


def test_isaac_and_michael_is_the_formula_and_says_where_the_printed_table_differs():
    assert ak.sample_size(140, method="isaac-michael", level=0.99).n == 116  # read in a copy of the table
    assert ak.sample_size(1000, method="isaac-michael").n == 278  # a worked example
    size = ak.sample_size(280, method="isaac-michael")
    assert size.n == 162 != 155 and "155" in size.notices[0].say("id")
    assert ak.sample_size(100_000, method="isaac-michael").n == 383  # the table prints 347


def test_krejcie_morgan_is_cochran_in_other_letters():
    for people in (10, 500, 10_000):
        ours = ak.sample_size(people).exact
        assert ak.sample_size(people, method="krejcie-morgan").exact == pytest.approx(ours, rel=2e-4)


def test_all_methods_side_by_side_and_per_unit():
    sizes = ak.sample_size(OFFICES, method="all")
    table = sizes.compare()
    assert list(table.columns) == ["scope", "unit", "population", *size_formulas.names]
    assert table["unit"].tolist() == ["Dinas A", "Dinas B", "Dinas C", "", ""]
    assert table["scope"].tolist() == ["unit"] * 3 + ["sum", "whole"]
    units = table[table["scope"] == "unit"]
    for method in size_formulas.names:
        assert table.loc[3, method] == units[method].sum()
        assert table.loc[4, method] == sizes[method].n == ak.sample_size(448, method=method).n
        assert (units[method] <= units["population"]).all()
    with pytest.raises(MethodError) as error:
        sizes.n  # noqa: B018
    assert error.value.code == "several_methods"


def test_the_size_for_an_index_is_that_of_a_mean():
    size = ak.sample_size(9000, 2, sd=15)
    n0 = (1.959963984540054 * 15 / 2) ** 2
    assert size.exact == pytest.approx(n0 / (1 + n0 / 9000), rel=1e-12) and size.n == 212
    both = ak.sample_size(OFFICES, 2, sd=15, method="all")
    assert isinstance(both["slovin"].n, Unavailable) and both["slovin"].n.code == "formula_has_no_sd"
    assert "formulas_without_sd" in [notice.code for notice in both.notices]
    assert both.compare()["slovin"].isna().all() and both.compare()["cochran"].notna().all()


def test_design_effect_and_response_rate():
    assert ak.sample_size(None, deff=2).exact == pytest.approx(2 * ak.sample_size(None).exact)
    assert ak.sample_size(500, deff=50).n <= 500
    size = ak.sample_size(1000, response_rate=0.6)
    assert size.invitations == math.ceil(size.n / 0.6)
    short = ak.sample_size(OFFICES, response_rate=0.5)
    assert [n.code for n in short.notices] == ["too_few_to_ask"]
    assert short.notices[0].values["units"] == ["Dinas A", "Dinas B"]
    assert short.sizes[0].invitations == 8


@pytest.mark.parametrize(
    ("call", "kind", "code"),
    [
        (lambda: ak.sample_size(100, 5), ArgumentError, "margin_invalid"),
        (lambda: ak.sample_size(100, 0), ArgumentError, "margin_invalid"),
        (lambda: ak.sample_size(100, sd=10), ArgumentError, "margin_needs_sd_unit"),
        (lambda: ak.sample_size(100, level=95), ArgumentError, "level_out_of_range"),
        (lambda: ak.sample_size(100, method="lemeshow"), ArgumentError, "unknown_choice"),
        (lambda: ak.sample_size(100, p=0), ArgumentError, "size_argument_invalid"),
        (lambda: ak.sample_size(100, deff=0), ArgumentError, "size_argument_invalid"),
        (lambda: ak.sample_size(100, response_rate=60), ArgumentError, "size_argument_invalid"),
        (lambda: ak.sample_size("100"), ArgumentError, "population_type"),
        (lambda: ak.sample_size(0), DataError, "population_invalid"),
        (lambda: ak.sample_size(10.5), DataError, "population_invalid"),
        (lambda: ak.sample_size(float("nan")), DataError, "population_invalid"),
        (lambda: ak.sample_size(pd.Series([], dtype=int)), DataError, "no_units"),
        (lambda: ak.sample_size(pd.Series([3, 4], index=["a", "a"])), DataError, "duplicate_units"),
        (lambda: ak.sample_size(100, method="slovin", sd=3, margin=1), MethodError, "formula_has_no_sd"),
        (lambda: ak.sample_size(100, method="slovin", level=0.99), MethodError, "formula_is_fixed"),
        (lambda: ak.expected_margin(100, 50, sd=1, p=0.5), ArgumentError, "sd_and_p"),
        (lambda: ak.expected_margin(100, 50, sd=0), ArgumentError, "size_argument_invalid"),
        (lambda: ak.expected_margin(100, 50, p=1.5), ArgumentError, "size_argument_invalid"),
        (lambda: ak.expected_margin(100, 101), DataError, "more_answers_than_people"),
        (lambda: ak.expected_margin(100, -1), DataError, "n_invalid"),
        (lambda: ak.expected_margin(100, 50, distribution="z"), ArgumentError, "unknown_choice"),
        (lambda: ak.expected_margin(OFFICES, pd.Series({"Dinas A": 3})), DataError, "units_differ"),
    ],
)
def test_refusals(call, kind, code):
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code and error.value.advice("id") and error.value.message("en")


def test_the_unit_at_fault_is_named():
    with pytest.raises(DataError) as error:
        ak.sample_size(pd.Series({"Dinas A": 10, "Dinas B": 0}))
    assert error.value.values["unit"] == "Dinas B" and "Dinas B" in str(error.value)
    with pytest.raises(DataError) as error:
        ak.expected_margin(OFFICES, pd.Series({"Dinas A": 9, "Dinas B": 1, "Dinas C": 1}), sd=10)
    assert error.value.values["unit"] == "Dinas A" and error.value.got == 9 and error.value.expected == 8


def test_the_margin_of_a_proportion_inverts_the_size():
    for people in (60, 1000, 50_000):
        size = ak.sample_size(people)
        assert ak.expected_margin(people, size.n).margin <= 0.05
        assert ak.expected_margin(people, size.n - 1).margin > 0.05


def test_the_margin_of_an_index_is_a_t_interval_with_the_finite_correction():
    found = ak.expected_margin(100, 5, sd=10)
    se = 10 / math.sqrt(5) * math.sqrt(1 - 5 / 100)
    assert found.se == pytest.approx(se, rel=1e-12)
    assert found.margin == pytest.approx(2.7764451051977987 * se, rel=1e-10)
    assert ak.expected_margin(100, 5, sd=10, distribution="normal").margin == pytest.approx(1.959963984540054 * se)
    assert ak.expected_margin(100, 5, sd=10, deff=4).se == pytest.approx(2 * se)
    assert ak.expected_margin(None, 25, sd=10).se == pytest.approx(2)


def test_the_whole_is_a_stratified_mean():
    n = pd.Series({"Dinas C": 100, "Dinas A": 4, "Dinas B": 20})  # order of names does not matter
    sd = {"Dinas A": 8, "Dinas B": 12, "Dinas C": 15}
    found = ak.expected_margin(OFFICES, n, sd=sd)
    expected = math.sqrt(
        sum((OFFICES[u] / 448) ** 2 * sd[u] ** 2 / n[u] * (1 - n[u] / OFFICES[u]) for u in OFFICES.index)
    )
    assert found.se == pytest.approx(expected, rel=1e-12)
    assert found["Dinas B"].n == 20 and found.table()["scope"].tolist() == ["unit", "unit", "unit", "whole"]


def test_units_with_too_few_answers_have_no_margin_and_say_so():
    found = ak.expected_margin(OFFICES, {"Dinas A": 0, "Dinas B": 1, "Dinas C": 400}, sd=10)
    assert found["Dinas A"].margin.code == "no_answers" and found["Dinas B"].margin.code == "one_answer"
    assert found["Dinas C"].margin == 0 and isinstance(found.margin, Unavailable)
    assert {n.code for n in found.notices} == {"units_without_margin", "census_margin"}
    assert found.table()["margin"].isna().tolist() == [True, True, False, True]


def test_records_and_words():
    for result in (ak.sample_size(OFFICES, method="all"), ak.expected_margin(OFFICES, 5, sd=10)):
        body = result.record()
        assert body["kind"] == result.kind and repr(result).startswith("<")
    assert whole(200.0000000001, "up") == 200 and whole(200.4, "nearest") == 200 and whole(0.2, "nearest") == 1
