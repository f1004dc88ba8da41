"""Published numbers of the field, one by one: each is reproduced, with the index type and the source it carries.

What was not found is never reproduced: it is listed by name without a value, and stays so.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.index.published import index_uses, published_coverage
from akhlak_research.index.rounding import round_half_up


def published(institution, year, index_type):
    found = ak.published_figures(institution=institution, year=year, index_type=index_type).figures
    assert len(found) == 1 and found[0].source and found[0].status == "V"
    return found[0]


@pytest.fixture(scope="module")
def two_people():
    answers = ak.Study("data/berakhlak-contoh").responses
    return answers.where(np.arange(len(answers.codes)) < 2)


@pytest.mark.parametrize(
    ("institution", "values", "mean", "shown"),
    [
        ("Indonesia", (57.9, 74.1, 56.7, 63.8, 65.8, 38.9, 69.4), 60.943, 60.9),
        ("Kemendikbudristek", (59.6, 64.1, 58.3, 53.7, 62.7, 43.5, 67.7), 58.514, 58.5),
    ],
)
def test_mean_of_seven(two_people, institution, values, mean, shown):
    """Implementation index of 2022: the workbench's own way from seven values to the total, its rounding and band."""
    known = published(institution, 2022, "IMP")
    assert tuple(known.dimensions.values()) == values
    codes = [dimension.code for dimension in two_people.instrument.dimensions]
    assert list(known.dimensions) == codes
    scores = pd.DataFrame([values] * 2, columns=codes, index=two_people.codes.index)
    recipe = {"round": {"decimals": 1}, "band": {"bands": "berakhlak-2022"}}
    index = ak.build_index(replace(two_people, weights=None), recipe, scores=scores)
    assert index.total.estimate == pytest.approx(mean, abs=5e-4)
    assert index.total.rounded == shown == known.value and index.total.band == "B" == known.category


def test_categories():
    national, ministry = published("Indonesia", 2022, "IMP"), published("Kemendikbudristek", 2022, "IMP")
    total = published("Provinsi Kalimantan Tengah", 2022, "TOT")
    shown = [national.dimensions["AD"], ministry.dimensions["AD"], national.dimensions["AK"], total.value]
    assert shown == [38.9, 43.5, 74.1, 75.3]
    assert [ak.classify(value).band for value in shown] == ["C", "C", "B", "A"]


def test_two_index_types_of_one_province():
    rows = ak.published_figures(institution="Provinsi Kalimantan Tengah", year=2022).table("id")
    totals = rows[rows["value"] == "total"]
    said = {row.index_type: (row.estimate, row.band) for row in totals.itertuples()}
    assert said["IMP"] == (59.5, "B") and said["TOT"] == (75.3, "A")
    assert rows["source"].str.len().min() > 0


def test_probolinggo():
    before, after = ak.published_figures(institution="Kabupaten Probolinggo").figures
    people = published_coverage()["probolinggo_census"]
    assert [dict(split) for split in people.splits] == [{"men": 3699, "women": 4908}, {"pns": 4912, "pppk": 3695}]
    assert {sum(split.values()) for split in people.splits} == {8607} == {people.total}
    assert (before.value, after.value) == (62.3, 78.0) and after.value - before.value == pytest.approx(15.7)
    assert [ak.classify(one.value).band for one in (before, after)] == ["B", "A"] == [before.category, after.category]


@pytest.mark.parametrize(
    ("code", "parts", "total"),
    [
        ("below_minimum_berakhlak", [26, 22, 54, 33], 135),
        ("below_minimum_engagement", [33, 25, 57, 32], 147),
        ("kalteng_limiting_votes", [303, 224, 214, 162, 160], 1063),
    ],
)
def test_sums(code, parts, total):
    known = published_coverage()[code]
    assert list(known.splits[0].values()) == parts and sum(parts) == total == known.total and known.source


def test_votes_of_kalteng_fit_its_positive_energy():
    """1,805 people with ten votes each; a positive energy of 92.4 leaves at most 7.6 percent of them limiting."""
    energy, votes = published("Provinsi Kalimantan Tengah", 2022, "ENE"), published_coverage()["kalteng_limiting_votes"]
    assert (energy.value, energy.n, energy.n * 10) == (92.4, 1805, 18_050)
    assert votes.total <= (100 - energy.value) / 100 * 18_050


def test_edges_of_sakip_and_rb():
    edges = [70.00, 70.01, 90.00, 90.01]
    assert [ak.classify(value, "sakip-2021").band for value in edges] == ["B", "BB", "A", "AA"]
    assert ak.classify(93.08, "rb-2023").band == "A"


def test_the_nine_cells():
    levels = ["di atas ekspektasi", "sesuai ekspektasi", "di bawah ekspektasi"]
    cells = [[ak.predicate(work, behaviour).name["id"] for behaviour in levels] for work in levels]
    assert cells[0][:2] == ["Sangat Baik", "Baik"] and cells[1][:2] == ["Baik", "Baik"]
    assert [row[2].split(" /")[0] for row in cells] == ["Kurang", "Kurang", "Sangat Kurang"]
    assert cells[2][:2] == ["Butuh Perbaikan", "Butuh Perbaikan"]
    assert ak.predicate(levels[0], levels[0]).regulation.startswith("PermenPANRB 6/2022")


def test_contribution_to_the_rb_index():
    use = index_uses()["rb-general-2024"]
    assert use.points(61.1) == pytest.approx(2.444, abs=1e-12) and (use.low, use.high, use.weight) == (0, 100, 4)


def test_r_table():
    answers = ak.Study("data/bfi").responses
    complete = answers.where(answers.codes.notna().all(axis=1).to_numpy())
    thirty = complete.where(np.arange(len(complete.codes)) < 30)
    items = ak.analyse_items(thirty.codes[list(thirty.instrument.items_of("A"))]).items
    assert {round_half_up(one.critical_r, 3) for one in items} == {0.361}


def test_bounds_of_aiken():
    panel = pd.DataFrame({"top": [4] * 5, "bottom": [1] * 5})
    content = ak.content_validity(panel, 1, 4)
    assert (content["top"].aiken_v.estimate, content["bottom"].aiken_v.estimate) == (1.0, 0.0)


def test_what_was_not_found_has_no_number():
    for institution, year in (("Indonesia", 2021), ("Indonesia", 2024), ("Indonesia", 2025),
                              ("Provinsi Jawa Barat", 2024), ("Provinsi Kalimantan Selatan", 2023)):  # fmt: skip
        figures = ak.published_figures(institution=institution, year=year).figures
        assert figures and all(isinstance(one.value, ak.Unavailable) for one in figures)
    assert isinstance(ak.quota_rules()["berakhlak-2023"].minimum, ak.Unavailable)
    assert not ak.published_figures(institution="Indonesia", year=2023).figures[0].dimensions
