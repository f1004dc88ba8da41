"""Alpha, item analysis and omega against psych, semTools and survey."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.results import Inputs
from akhlak_research.counts.moments import Moments
from akhlak_research.measure.intervals import feldt_limits
from akhlak_research.measure.item_kernels import critical_r

STORED = json.loads((Path(__file__).parent / "reliability_r.json").read_text())
BFI = [name for name in STORED["scales"] if name.startswith("bfi")]
OTHERS = [name for name in STORED["scales"] if not name.startswith("bfi")]
REVERSED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")
# closed forms; the references carry 1e-12, their printed means of rows a few units of the last digit more
EXACT = {"atol": 1e-10, "rtol": 0}


def options(frame):
    return {"keys": {name: -1 for name in REVERSED if name in frame}, "scale": (1, 6)}


def items_of(bfi, scale):
    return bfi[[f"{scale[-1]}{i}" for i in range(1, 6)]]


def moments_of(own, names) -> Moments:
    cov = np.array(own["cov"])
    n, sd = own["n"], np.sqrt(np.diag(cov))
    inputs = Inputs("", n, n, 0, "listwise", "none", tuple(names))
    return Moments(tuple(names), np.array(own["item_mean"]), cov, cov / np.outer(sd, sd), np.full(cov.shape, n), inputs)


@pytest.mark.parametrize("scale", BFI)
@pytest.mark.parametrize(("missing", "stored"), [("listwise", "complete"), ("pairwise", "pairwise")])
def test_alpha_equals_psych(bfi, scale, missing, stored):
    frame, r = items_of(bfi, scale), STORED["scales"][scale][stored]
    ours = ak.cronbach_alpha(frame, missing=missing, **options(frame))
    assert ours.n == r["n"]
    assert ours.estimate == pytest.approx(r["raw"], abs=1e-10)
    assert ours.standardised.estimate == pytest.approx(r["standardised"], abs=1e-10)
    assert ours.average_r == pytest.approx(r["average_r"], abs=1e-10)
    np.testing.assert_allclose(ours.if_dropped["raw"], r["dropped_raw"], **EXACT)
    np.testing.assert_allclose(ours.if_dropped["standardised"], r["dropped_standardised"], **EXACT)
    np.testing.assert_allclose(ours.item_rest_r, r["r_drop"], **EXACT)
    assert list(ours.item_rest_r.index) == r["items"]


@pytest.mark.parametrize("scale", BFI)
def test_feldt_equals_psych_on_complete_rows(bfi, scale):
    frame, r = items_of(bfi, scale), STORED["scales"][scale]["complete"]
    found = ak.cronbach_alpha(frame, **options(frame)).raw.interval
    np.testing.assert_allclose([found.low, found.high], r["feldt"], **EXACT)


@pytest.mark.parametrize("scale", BFI)
def test_pairwise_feldt_counts_the_smallest_pair_where_psych_counts_all_rows(bfi, scale):
    frame, r = items_of(bfi, scale), STORED["scales"][scale]["pairwise"]
    ours = ak.cronbach_alpha(frame, missing="pairwise", interval="feldt", **options(frame))
    smallest = int((frame.notna().T.astype(int) @ frame.notna().astype(int)).to_numpy().min())
    assert smallest < r["n"]
    assert (ours.interval.low, ours.interval.high) == pytest.approx(
        feldt_limits(r["raw"], smallest, 5, 0.95), abs=1e-10
    )
    assert r["feldt"] == pytest.approx(feldt_limits(r["raw"], r["n"], 5, 0.95), abs=1e-10)
    assert [notice.code for notice in ours.notices] == ["feldt_pairwise"]


@pytest.mark.parametrize("scale", OTHERS)
def test_alpha_from_moments_equals_psych(scale):
    r = STORED["scales"][scale]
    ours = ak.cronbach_alpha(moments_of(r["own"], r["complete"]["items"]))
    assert ours.estimate == pytest.approx(r["complete"]["raw"], abs=1e-10)
    assert ours.standardised.estimate == pytest.approx(r["complete"]["standardised"], abs=1e-10)
    np.testing.assert_allclose(ours.item_rest_r, r["complete"]["r_drop"], **EXACT)
    np.testing.assert_allclose(ours.if_dropped["raw"], r["complete"]["dropped_raw"], **EXACT)
    np.testing.assert_allclose([ours.interval.low, ours.interval.high], r["complete"]["feldt"], **EXACT)


@pytest.mark.parametrize("scale", STORED["scales"])
def test_normal_theory_error_equals_psych_ase(scale):
    """psych's ase is that of van Zyl, Neudecker & Nel: ours where there are no rows."""
    r = STORED["scales"][scale]
    ours = ak.cronbach_alpha(moments_of(r["own"], r["complete"]["items"]))
    assert ours.se == pytest.approx(r["complete"]["ase"], abs=1e-10)


@pytest.mark.parametrize("row", STORED["feldt_table"], ids=lambda row: f"{row['alpha']}-{row['n']}")
def test_feldt_table(row):
    limits = feldt_limits(row["alpha"], row["n"], row["k"], 0.95)
    assert limits == pytest.approx((row["lower"], row["upper"]), abs=1e-10)


def test_bootstrap_agrees_with_psych_within_monte_carlo_error(bfi):
    """psych resampled rows with pairwise alpha 1,000 times; its 2.5 % and 97.5 % points carry about 2.7 · sd / √1000
    (density of a normal at those points), ours half as much with 4,000 draws."""
    frame, r = items_of(bfi, "bfi_A"), STORED["bootstrap_bfi_A"]
    found = ak.cronbach_alpha(frame, interval="bootstrap", n_boot=4000, rng=7, **options(frame)).interval
    error = 2.7 * r["boot_sd"] * np.sqrt(1 / 1000 + 1 / 4000)
    shift = STORED["scales"]["bfi_A"]["complete"]["raw"] - STORED["scales"]["bfi_A"]["pairwise"]["raw"]
    assert found.low - shift == pytest.approx(r["ci"]["2.5%"], abs=3 * error)
    assert found.high - shift == pytest.approx(r["ci"]["97.5%"], abs=3 * error)


@pytest.mark.parametrize("scale", BFI)
@pytest.mark.parametrize(("missing", "stored"), [("listwise", "complete"), ("pairwise", "pairwise")])
def test_item_table_equals_psych(bfi, scale, missing, stored):
    frame, r = items_of(bfi, scale), STORED["scales"][scale]
    table = ak.analyse_items(frame, missing=missing, **options(frame)).table()
    np.testing.assert_array_equal(table["n"], r[stored]["item_n"])
    for ours, theirs in (
        ("mean", "mean"),
        ("sd", "sd"),
        ("item_rest_r", "r_drop"),
        ("alpha_if_dropped", "dropped_raw"),
    ):
        np.testing.assert_allclose(table[ours], r[stored][theirs], **EXACT)
    if missing == "listwise":
        np.testing.assert_allclose(table["item_total_r"], r[stored]["raw_r"], **EXACT)
        np.testing.assert_allclose(table["skew"], r["own"]["skew_g1"], **EXACT)
        np.testing.assert_allclose(table["kurtosis"], r["own"]["kurt_g2"], **EXACT)


def test_r_tabel():
    """The value that Indonesian reviewers look up for 30 people."""
    assert round(critical_r(30), 3) == 0.361
    assert round(critical_r(1000), 3) == 0.062


def test_weighted_alpha_equals_svycralpha(bfi):
    stored = STORED["weighted_alpha_bfi_N"]
    gender = pd.read_csv(Path(__file__).parents[2] / "data" / "bfi" / "responses.csv")["gender"]
    whole = bfi.notna().all(axis=1)
    items = bfi.loc[whole, list(stored["means"])]
    weights = np.where(gender[whole] == 1, 1.5, 0.75)
    assert ak.cronbach_alpha(items, weights=weights).estimate == pytest.approx(stored["alpha"], abs=1e-10)
    means = ak.analyse_items(items, weights=weights).table()["mean"]
    np.testing.assert_allclose(means, list(stored["means"].values()), **EXACT)


@pytest.mark.parametrize("scale", STORED["scales"])
def test_omega_equals_semtools(scale):
    """lavaan stops where its gradient is small, so its omega is off the optimum by up to 1.0e-6 (bfi_A, observed
    variance); its χ² by 5e-9. The tolerance of an optimiser of the same objective, 1e-6, is left by that much."""
    r = STORED["scales"][scale]
    ours = ak.mcdonald_omega(moments_of(r["own"], r["complete"]["items"])).scales[0]
    assert ours.estimate == pytest.approx(r["omega"]["implied"], abs=2e-6)
    assert ours.observed.estimate == pytest.approx(r["omega"]["observed"], abs=2e-6)
    assert ours.df == r["omega"]["df"]
    assert ours.chisq == pytest.approx(r["omega"]["chisq"], abs=1e-7)
    assert ours.srmr == pytest.approx(r["omega"]["srmr"], abs=1e-7)
    if ours.df:
        assert ours.rmsea == pytest.approx(r["omega"]["rmsea"], abs=1e-8)
    else:
        assert ours.rmsea.code == "fit_saturated"
