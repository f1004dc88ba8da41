"""Bands, rounding before banding, and the reasons where there is no band."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Unavailable
from akhlak_research.index.bands import band_registry
from akhlak_research.index.rounding import round_half_up, settle


def band(score, bands="berakhlak-2022", rounding=None):
    found = ak.classify(score, bands, rounding=rounding).band
    return found.code if isinstance(found, Unavailable) else found


@pytest.mark.parametrize(
    ("score", "plain", "rounded", "value"),
    [
        (74.94, "between_bands", "B", 74.9),
        (74.95, "between_bands", "A", 75.0),
        (74.85, "B", "B", 74.9),
        (49.95, "between_bands", "B", 50.0),
        (49.94, "between_bands", "C", 49.9),
        (74.9, "B", "B", 74.9),
        (75, "A", "A", 75.0),
        (24.95, "band_unknown", "C", 25.0),
        (24.9, "band_unknown", "band_unknown", 24.9),
        (0, "band_unknown", "band_unknown", 0.0),
        (100, "A", "A", 100.0),
    ],
)
def test_berakhlak_edges(score, plain, rounded, value):
    assert band(score) == plain
    assert band(score, rounding=1) == rounded
    assert ak.classify(score, rounding=1).rounded == value


def test_published_categories():
    # domain figures: national and Kemendikbudristek 2022, Kalteng, Probolinggo
    expected = {38.9: "C", 43.5: "C", 74.1: "B", 75.3: "A", 60.9: "B", 58.5: "B", 59.5: "B", 62.3: "B", 78.0: "A"}
    assert {score: band(score) for score in expected} == expected


def test_sakip_is_open_below_and_closed_above():
    expected = {70.0: "B", 70.01: "BB", 90.0: "A", 90.01: "AA", 30: "D", 30.01: "C", 60: "CC", 100: "AA"}
    assert {score: band(score, "sakip-2021") for score in expected} == expected
    assert band(0, "sakip-2021") == "band_unknown"


def test_rb_bands_never_give_a_minus():
    assert band(93.08, "rb-2023") == "A" and band(100.5, "rb-2023") == "AA" and band(0, "rb-2023") == "D"
    rb = band_registry()["rb-2023"]
    assert rb.band("A-").low is None and "A-" not in [b.code for b in rb.known]
    grid = pd.Series(np.round(np.arange(0, 110.01, 0.01), 2))
    assert set(ak.classify(grid, "rb-2023").band) == {"AA", "A", "BB", "B", "CC", "C", "D"}


def test_reasons_and_words():
    found = ak.classify(74.95)
    assert found.band.code == "between_bands" and found.source and found.status is None
    assert found.band.values["lower"] == "B" and found.band.values["upper"] == "A"
    assert "74,95" in found.band.reason("id") and "A" in found.band.reason("en")
    known = ak.classify(60.9)
    assert known.name["id"] == "Cukup Sehat" and known.status == "V"
    assert ak.classify(30).status == "A", "the upper edge of C is inferred"
    assert known.table().loc[0, "status"] == "read_in_source"
    (notice,) = ak.classify(60.9, rounding=1).notices
    assert notice.code == "rounded_before_banding" and not ak.classify(60.9).notices


def test_a_series_keeps_its_index_and_its_gaps():
    scores = pd.Series([75.3, None, 74.95, 12.0], index=list("wxyz"))
    found = ak.classify(scores)
    assert found.band.index.tolist() == list("wxyz")
    assert [p.band if isinstance(p.band, str) else p.band.code for p in found] == [
        "A", "no_score", "between_bands", "band_unknown",
    ]  # fmt: skip
    assert found.table()["unit"].tolist() == list("wxyz") and found.record()["kind"] == "classifications"


@pytest.mark.parametrize("score", [-0.01, 100.5, float("inf")])
def test_scores_outside_the_scale(score):
    with pytest.raises(DataError) as error:
        ak.classify(score)
    assert error.value.code == "score_out_of_range" and error.value.expected == "0–100"
    with pytest.raises(DataError) as error:
        ak.classify(pd.Series([50.0, score], index=["Dinas A", "Dinas B"]))
    assert error.value.where.column == "Dinas B"


def test_wrong_arguments():
    for call, code in (
        (lambda: ak.classify(50, "skm-2017"), "unknown_choice"),
        (lambda: ak.classify(50, rounding=-1), "count_out_of_range"),
        (lambda: ak.classify(50, rounding=1.5), "count_out_of_range"),
        (lambda: ak.classify("60"), "not_a_score"),
        (lambda: ak.classify([60]), "not_a_score"),
    ):
        with pytest.raises(ArgumentError) as error:
            call()
        assert error.value.code == code and error.value.advice("id")


def test_rounding_goes_by_the_decimal_number():
    cases = {(74.95, 1): 75.0, (74.85, 1): 74.9, (2.5, 0): 3.0, (0.5, 0): 1.0, (1.005, 2): 1.01, (-0.05, 1): -0.1}
    assert {case: round_half_up(*case) for case in cases} == cases
    assert round_half_up(74.94999999999999, 1) == 75.0, "the noise of a sum is no difference"
    assert settle(74.99999999999999) == 75.0 and band(74.99999999999999) == "A"
    assert round_half_up(60.94, None) == 60.94 and np.isnan(round_half_up(float("nan"), 1))


@pytest.mark.parametrize("name", band_registry().names)
@pytest.mark.parametrize("decimals", [None, 0, 1, 2])
def test_cut_points_are_where_the_class_of_the_rounded_score_changes(name, decimals):
    bands = band_registry()[name]
    pieces = bands.cuts(decimals)
    assert pieces[0][1] == -np.inf and pieces[-1][2] == np.inf
    for left, right in pairwise(pieces):
        assert left[2] == right[1]
    for score in np.round(np.arange(bands.low, bands.high + 0.001, 0.005), 3):
        rounded = round_half_up(float(score), decimals)
        found = bands.find(rounded)
        code = "unknown" if isinstance(found, Unavailable) else found.code
        around = {code for code, start, end in pieces if start - 1e-9 <= score <= end + 1e-9}
        if rounded == 0 and name == "sakip-2021":
            continue  # exactly 0 has no class; a probability cannot tell it from what lies beside it
        assert code in around, (score, code, around)


def test_probabilities_sum_to_one_and_follow_the_normal():
    bands = band_registry()["berakhlak-2022"]
    codes, shares = bands.probabilities(np.array([74.95, 60.0, 20.0]), np.array([2.0, 0.01, 5.0]), 1)
    assert codes == ("A", "B", "C", "unknown")
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-12)
    assert shares[0, 0] == pytest.approx(0.5, abs=1e-12), "with one decimal A begins at 74.95"
    assert shares[1, 1] == pytest.approx(1)
    assert shares[2, 3] == pytest.approx(0.8389129404891691, rel=1e-10)  # Φ((24.95 − 20) / 5)


def test_names_of_the_sources():
    assert band_registry()["sakip-2021"].regulation == "PermenPANRB 88/2021"
    assert band_registry()["berakhlak-2022"].regulation is None
    for bands in band_registry():
        assert bands.note["id"] and bands.note["en"] and bands.source
