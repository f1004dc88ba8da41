"""Published figures and tables of the field: complete, sourced, and adding up."""

import math

import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Unavailable
from akhlak_research.index.predicates import predicate
from akhlak_research.index.published import index_uses, published_coverage
from akhlak_research.index.rounding import round_half_up
from akhlak_research.index.strengthening import strengthening_stages

SEVEN = ["BP", "AK", "KP", "HR", "LY", "AD", "KL"]


def figure(institution, year, index_type=None):
    (found,) = [
        f
        for f in ak.published_figures(institution=institution, year=year).figures
        if index_type is None or f.index_type == index_type
    ]
    return found


@pytest.mark.parametrize(
    ("institution", "mean", "shown"), [("Indonesia", 60.943, 60.9), ("Kemendikbudristek", 58.514, 58.5)]
)
def test_the_implementation_index_is_the_plain_mean_of_seven(institution, mean, shown):
    known = figure(institution, 2022)
    values = [known.dimensions[code] for code in SEVEN]
    assert sum(values) / 7 == pytest.approx(mean, abs=5e-4)
    assert round_half_up(sum(values) / 7, 1) == shown == known.value
    assert known.category == ak.classify(shown).band == "B"
    assert ak.classify(known.dimensions["AD"]).band == "C"


def test_two_indices_of_one_province_in_one_year():
    found = ak.published_figures(institution="Provinsi Kalimantan Tengah", year=2022)
    assert {(f.index_type, f.value, f.category) for f in found.figures} == {
        ("IMP", 59.5, "B"), ("TOT", 75.3, "A"), ("ENE", 92.4, "A"),
    }  # fmt: skip
    assert "two_indices_one_name" in [n.code for n in found.notices]


def test_probolinggo_and_the_break_in_series():
    found = ak.published_figures(institution="Kabupaten Probolinggo")
    before, after = found.figures
    assert after.value - before.value == pytest.approx(15.7)
    assert (ak.classify(before.value).band, ak.classify(after.value).band) == ("B", "A")
    assert "break_in_series" in [n.code for n in found.notices]


def test_numbers_of_people_and_agencies_add_up():
    for known in published_coverage():
        for split in known.splits:
            assert sum(split.values()) == known.total, known.name
    assert published_coverage()["below_minimum_berakhlak"].total == 135
    assert published_coverage()["probolinggo_census"].total == figure("Kabupaten Probolinggo", 2024).n
    # five limiting votes of Kalteng fit ten votes each of 1,805 people and 92.4 percent positive energy
    province = figure("Provinsi Kalimantan Tengah", 2022, "ENE")
    assert published_coverage()["kalteng_limiting_votes"].total <= (100 - province.value) / 100 * 10 * province.n


def test_points_in_the_rb_index():
    use = index_uses()["rb-general-2024"]
    assert use.points(61.1) == pytest.approx(2.444) and use.points(60.9) == pytest.approx(2.436)
    assert use.points(78.0) == pytest.approx(3.12) and use.points(15.7) == pytest.approx(0.628)
    assert "pemerintah daerah" in use.applies_to["id"]
    with pytest.raises(DataError) as error:
        use.points(101)
    assert error.value.code == "figure_use_unknown"


def test_published_categories_agree_with_the_bands():
    """Every figure that was published with a letter; 80/20 scores of 2025 too (A at 80.04 to 80.97)."""
    checked = 0
    for known in ak.published_figures().figures:
        if known.category in ("A", "B", "C") and not isinstance(known.value, Unavailable):
            assert ak.classify(known.value).band == known.category, known.institution
            checked += 1
    assert checked >= 20


def test_what_was_not_found_is_listed_without_a_value():
    for year in (2021, 2024, 2025):
        known = figure("Indonesia", year)
        assert known.value.code == "not_found" and known.status == "NF" and not known.dimensions
    assert figure("Provinsi Jawa Barat", 2024).value.code == "not_found"
    assert not figure("Indonesia", 2023).dimensions


def test_every_value_has_a_source_and_a_type_or_says_that_it_has_none():
    for known in ak.published_figures().figures:
        if not isinstance(known.value, Unavailable):
            assert known.source and known.status == "V"
        assert (known.index_type == "?") == (known.type_status == "NF")
    likely = [f.institution for f in ak.published_figures().figures if f.type_status == "A"]
    assert likely == ["Kota Padang", "Kota Payakumbuh", "Kota Padang Panjang", "Kota Sawahlunto"]


def test_the_state_firms_mean_of_six():
    known = figure("BUMN (AKHLAK)", 2021)
    assert known.instrument == "AKHLAK" and len(known.dimensions) == 5
    assert 6 * known.value - sum(known.dimensions.values()) == pytest.approx(36.0)


def test_table_and_filters():
    frame = ak.published_figures(year=2022, index_type="IMP").table("id")
    assert frame.columns.tolist() == [
        "institution", "year", "index_type", "type_status", "value", "estimate", "band", "n", "n_of", "status",
        "source", "note",
    ]  # fmt: skip
    national = frame[frame["institution"] == "Indonesia"]
    assert national["value"].tolist() == ["total", *SEVEN]
    assert ak.published_figures(index_type="?").table()["index_type"].unique().tolist() == ["?"]
    for wrong in ({"year": 1999}, {"index_type": "X"}, {"institution": "Narnia"}):
        with pytest.raises(ArgumentError) as error:
            ak.published_figures(**wrong)
        assert error.value.code == "unknown_choice"
    assert ak.published_figures().record()["kind"] == "published_figures"


NINE = [
    ["very_good", "good", "poor"],
    ["good", "good", "poor"],
    ["needs_improvement", "needs_improvement", "very_poor"],
]


def test_the_nine_predicates():
    levels = ["di atas ekspektasi", "sesuai ekspektasi", "di bawah ekspektasi"]
    assert [[predicate(result, behaviour).predicate for behaviour in levels] for result in levels] == NINE
    assert predicate("Di Atas  Ekspektasi", "above").name["id"] == "Sangat Baik"
    assert predicate("below", "below").credit_percent == 25 and predicate("meets", "meets").credit_percent == 100
    assert predicate("meets", "above").status == "V2", "the annex was not read"


def test_predicates_of_many():
    ratings = pd.DataFrame({"hasil": ["sesuai ekspektasi", "above", None], "perilaku": ["sesuai", "below", "above"]})
    found = ak.predicate(ratings["hasil"], ratings["perilaku"])
    assert found.predicate.tolist()[:2] == ["good", "poor"] and pd.isna(found.predicate.iloc[2])
    assert math.isnan(found.table().loc[2, "credit_percent"]) and found.notices[0].code == "predicate_range"
    with pytest.raises(ArgumentError) as error:
        ak.predicate("bagus", "above")
    assert error.value.code == "expectation_unknown" and error.value.got == "bagus"
    with pytest.raises(ArgumentError) as error:
        ak.predicate(ratings["hasil"], "above")
    assert error.value.code == "ratings_mixed"
    with pytest.raises(DataError) as error:
        ak.predicate(ratings["hasil"], ratings["perilaku"].iloc[:2])
    assert error.value.code == "ratings_index"


def test_seven_stages_in_their_true_order():
    stages = strengthening_stages()
    assert [stage.number for stage in stages] == list(range(1, 8))
    assert stages.stages[5].name["id"] == "Penghargaan dan apresiasi", "sixth of seven"
    assert stages.stages[2].code == "baseline" and len(stages.table("id")) == 7
