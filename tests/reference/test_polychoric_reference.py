"""Polychoric correlations against independent maximisers, lavaan and psych."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.polychoric.ordinal_moments import ordinal_moments

HERE = Path(__file__).parent
BFI = json.loads((HERE / "polychoric_r.json").read_text(encoding="utf-8"))
SETS = json.loads((HERE / "polychoric_categories.json").read_text(encoding="utf-8"))


def upper(frame: pd.DataFrame) -> np.ndarray:
    return frame.to_numpy()[np.triu_indices(len(frame), 1)]


def as_answers(known: dict) -> pd.DataFrame:
    return pd.DataFrame(
        {item: [int(c) for c in codes] for item, codes in zip(known["items"], known["codes"], strict=True)}
    )


def of_table(table: list[list[int]]) -> tuple[pd.DataFrame, np.ndarray]:
    """Every cell of a table as one row, and its frequency."""
    counts = np.array(table, dtype=float)
    row, column = np.indices(counts.shape)
    return pd.DataFrame({"a": row.ravel(), "b": column.ravel()}), counts.ravel()


@pytest.fixture(scope="module")
def whole(bfi):
    return ak.polychoric(bfi)


def test_bfi_reaches_the_maximum(whole):
    """Largest deviation seen from the independent maximiser: 2e-14; of thresholds 2e-15."""
    known = BFI["bfi_complete"]
    assert whole.n == known["n"]
    np.testing.assert_allclose(upper(whole.correlations), known["arbiter"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(whole.thresholds.to_numpy(), known["thresholds"], rtol=0, atol=1e-12)


def test_bfi_errors_equal_those_of_lavaan(whole):
    known = BFI["bfi_complete"]
    np.testing.assert_allclose(upper(whole.standard_errors), known["lavaan_se"], rtol=1e-6, atol=0)
    np.testing.assert_allclose(whole.threshold_errors.to_numpy().ravel(), known["lavaan_threshold_se"], rtol=1e-6)


def test_bfi_against_lavaan_and_psych(whole):
    """As near as these packages are to the maximum themselves: 4e-8 and 2.1e-5."""
    known = BFI["bfi_complete"]
    np.testing.assert_allclose(upper(whole.correlations), known["lavaan"], rtol=0, atol=5e-8)
    np.testing.assert_allclose(upper(whole.correlations), known["psych"], rtol=0, atol=2.5e-5)


def test_correction_of_empty_cells(bfi):
    """The reference takes thresholds from the corrected table of the pair, as psych with ``global=FALSE``; ours stay
    those of the items. Given the corrected table itself (as weights) both are one number; on the whole the two ways
    differ by up to 3.1e-4 here."""
    found = upper(ak.polychoric(bfi, correct=0.5).correlations)
    known = np.array(BFI["bfi_complete"]["arbiter_correct05"])
    np.testing.assert_allclose(found, known, rtol=0, atol=3.1e-4)
    tables = ak.count_responses(bfi).complete.pairs[0]
    empty = np.flatnonzero((tables == 0).any(axis=(1, 2)))
    assert len(empty) == 9
    for pair in empty:
        frame, _ = of_table(tables[pair])
        corrected = np.where(tables[pair] == 0, 0.5, tables[pair]).ravel()
        rho = ak.polychoric(frame, weights=corrected).correlations.loc["a", "b"]
        assert rho == pytest.approx(known[pair], abs=1e-8)


def test_psych_says_the_same_with_and_without_its_correction():
    known = BFI["bfi_complete"]
    assert known["psych"] == known["psych_correct05"]


def test_bfi_pairwise(bfi):
    found = ak.polychoric(bfi, missing="pairwise")
    assert found.n == BFI["bfi_pairwise"]["n"]
    np.testing.assert_allclose(upper(found.correlations), BFI["bfi_pairwise"]["lavaan"], rtol=0, atol=1e-7)


@pytest.mark.parametrize("categories", ["2", "3", "4", "5", "7"])
def test_any_number_of_categories(categories):
    """Root of the score with pbivnorm in R; lavaan's errors."""
    known = SETS["sets"][categories]
    found = ak.polychoric(as_answers(known))
    np.testing.assert_allclose(upper(found.correlations), known["arbiter"], rtol=0, atol=1e-6)
    for item, tau in known["thresholds"].items():
        np.testing.assert_allclose(found.thresholds.loc[item].dropna(), tau, rtol=0, atol=1e-10)
    np.testing.assert_allclose(upper(found.standard_errors), known["lavaan_se"], rtol=0, atol=1e-4)


def test_where_lavaan_stops_at_its_floor():
    """lavaan 0.6 counts no probability below 1.5e-8, which here moves its estimate away from the maximum."""
    known = BFI["lavaan_probability_floor"]
    frame, frequency = of_table(known["table"]["data"])
    found = ak.polychoric(frame, frequencies=frequency)
    rho = found.correlations.loc["a", "b"]
    assert rho == pytest.approx(known["arbiter"], abs=1e-6)
    assert abs(rho - known["lavCor"]) > 0.07
    assert known["loglik_at_arbiter"] - known["loglik_at_lavCor"] > 19


@pytest.mark.parametrize("at", [0, 2])
def test_two_by_two(at):
    known = BFI["tetrachoric_2x2"][at]
    frame, frequency = of_table(known["table"]["data"])
    rho = ak.polychoric(frame, frequencies=frequency).correlations.loc["a", "b"]
    assert rho == pytest.approx(known["arbiter0"], abs=1e-8)


def test_an_empty_cell_of_two_by_two_is_perfect_association():
    """With one of four cells empty the likelihood rises up to 1; where a program stops on the way (.9985, .9999) is its
    own affair. With 0.5 in the empty cell the maximum is inside."""
    known = BFI["tetrachoric_2x2"][1]
    frame, frequency = of_table(known["table"]["data"])
    found = ak.polychoric(frame, frequencies=frequency)
    assert found.at_bound == ("a × b",) and found.correlations.loc["a", "b"] == 1.0
    assert np.isnan(found.standard_errors.loc["a", "b"])
    # psych takes the thresholds from the corrected table as well
    table = np.array(known["table"]["data"], dtype=float)
    corrected = np.where(table == 0, 0.5, table).ravel()
    assert ak.polychoric(frame, weights=corrected).correlations.loc["a", "b"] == pytest.approx(
        known["psych_correct05"], abs=2e-5
    )
    inside = ak.polychoric(frame, frequencies=frequency, correct=0.5)
    assert inside.at_bound == () and 0.9 < inside.correlations.loc["a", "b"] < 1


def test_polycor_two_step_error():
    """Its variance takes the thresholds as known; ours adds their error, so it is larger, and near that of maximum
    likelihood (0.9807 of it)."""
    known = BFI["single_R1_R5"]
    frame, frequency = of_table(known["table"]["data"])
    found = ak.polychoric(frame, frequencies=frequency)
    assert found.correlations.loc["a", "b"] == pytest.approx(known["two_step"]["arbiter"], abs=1e-8)
    error = found.standard_errors.loc["a", "b"]
    assert error > np.sqrt(known["two_step"]["var"]) and error == pytest.approx(known["ml"]["se"], rel=0.02)


def test_polycor_test_of_normality():
    """polycor maximises over thresholds too, so its χ² is the smaller one; the two steps cost .062 here."""
    known = BFI["single_R1_R5"]
    frame, frequency = of_table(known["table"]["data"])
    fit = ak.polychoric(frame, frequencies=frequency).fit.iloc[0]
    assert fit["df"] == known["ml"]["df"]
    assert known["ml"]["chisq"] <= fit["chisq"] < known["ml"]["chisq"] + 0.1


def test_smoothing_as_psych():
    from akhlak_research.measure.polychoric.smoothing import smoothed

    known = BFI["cor_smooth"]
    np.testing.assert_allclose(smoothed(np.array(known["input"])), known["smoothed"], atol=1e-9)


def test_gamma_of_complete_answers(bfi):
    """lavaan's NACOV; it is 3.5e-8 from ours at most, as far as its correlations are from the maximum."""
    known = BFI["gamma_A"]
    answers = bfi.dropna()[["A1", "A2", "A3", "A4", "A5"]]
    moments = ordinal_moments(answers.to_numpy(), list(answers))
    assert moments.n == known["n"] and len(moments.labels) == 35
    assert moments.labels[:2] == ("A1|t1", "A1|t2") and moments.labels[-2:] == ("A3~~A5", "A4~~A5")
    np.testing.assert_allclose(moments.gamma, known["gamma"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(1 / moments.gamma_diagonal, known["wls_v_diag"], rtol=1e-6)


@pytest.mark.parametrize("case", ["weighted", "pairwise"])
def test_gamma_with_weights_or_missing_answers(bfi, case):
    """lavaan 0.6-14 with sampling weights (listwise) and with missing = "pairwise"."""
    known = SETS[case]
    answers = bfi[["A1", "A2", "A3", "A4"]].iloc[:600]
    options = {"missing": "pairwise"} if case == "pairwise" else {
        "weights": 0.5 + (np.arange(1, 601) % 7) / 4, "weighting": "sampling",
    }  # fmt: skip
    moments = ordinal_moments(answers.to_numpy(), list(answers), **options)
    assert moments.n == known["n"]
    np.testing.assert_allclose(np.concatenate(moments.thresholds), known["th"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(moments.correlation, known["cor"], rtol=0, atol=5e-8)
    np.testing.assert_allclose(moments.gamma, known["gamma"], rtol=0, atol=2e-7)
