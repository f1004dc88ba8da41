"""Differential item functioning beside MASS::polr, lordif and stats::mantelhaen.test of R (dif.R, dif_bfi.json)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.dif_logistic import fit_cumulative
from akhlak_research.measure.dif_mantel import generalised, mantel

HERE = Path(__file__).parent
STORED = json.loads((HERE / "dif.json").read_text())
BFI = json.loads((HERE / "dif_bfi.json").read_text())


@pytest.fixture(scope="module")
def made():
    y = np.array(STORED["y"])
    return pd.DataFrame(y, columns=[f"i{k + 1}" for k in range(6)]), pd.Series(STORED["g"], name="g")


def table_of(y, group, band):
    counts = np.zeros((band.max() + 1, group.max() + 1, y.max() + 1))
    np.add.at(counts, (band, group, y), 1)
    return counts


def test_log_likelihoods_and_coefficients_equal_polr(made):
    y, g = made[0].to_numpy(), made[1].to_numpy()
    total = y.sum(axis=1)
    x = np.column_stack([total, g, total * g]).astype(float)
    for i, ref in enumerate(STORED["polr"]):
        counts = np.eye(5)[y[:, i] - 1][None]
        fits = [fit_cumulative(x[None, :, :q], counts) for q in range(4)]
        np.testing.assert_allclose([f.loglik[0] for f in fits], ref["loglik"], atol=1e-6)
        assert fits[2].beta[0, 1] == pytest.approx(ref["log_odds"], abs=1e-4)
        # polr takes its Hessian by differences; the largest deviation seen is 2e-6
        assert np.sqrt(fits[2].covariance()[0, -1, -1]) == pytest.approx(ref["se"], abs=1e-5)


def test_tests_of_dif_equal_polr(made):
    found = ak.dif(made[0], made[1], purify=False, reference=0, scale=(1, 5))
    for one, ref in zip(found.comparisons, STORED["polr"], strict=True):
        l0, l1, _, l3 = ref["loglik"]
        assert one.chisq == pytest.approx(2 * (l3 - l1), abs=1e-5)
        assert one.mcfadden == pytest.approx((l1 - l3) / l0, abs=1e-8)
        assert one.log_odds.estimate == pytest.approx(ref["log_odds"], abs=1e-4)
        assert one.log_odds.se == pytest.approx(ref["se"], abs=1e-5)


def test_bfi_by_gender_equals_lordif(root):
    answers = ak.Study(root / "data" / "bfi").responses
    answers = answers.where(answers.keyed.notna().all(axis=1).to_numpy())
    found = ak.dif(answers.of_dimension("N"), "gender", purify=False, reference=1)
    for one, ref in zip(found.comparisons, BFI["items"], strict=True):
        assert (one.n_reference, one.n_group) == (805, 1631)
        assert one.chisq == pytest.approx(ref["chi13"], abs=1e-6)
        assert one.pvalue == pytest.approx(ref["p13"], rel=1e-6)
        assert one.pvalue_uniform == pytest.approx(ref["p12"], rel=1e-6)
        assert one.pvalue_nonuniform == pytest.approx(ref["p23"], rel=1e-5)
        assert one.nagelkerke == pytest.approx(ref["nagelkerke3"] - ref["nagelkerke1"], abs=1e-9)
        assert one.mcfadden == pytest.approx(ref["mcfadden3"] - ref["mcfadden1"], abs=1e-9)
        assert one.log_odds.estimate == pytest.approx(ref["beta_group_M2"], abs=1e-6)
        assert one.log_odds.se == pytest.approx(ref["se_group_M2"], abs=1e-6)


def test_contingency_tests_equal_mantelhaen(made):
    y, band = made[0].to_numpy(), np.array(STORED["band"]) - 1
    for i, ref in enumerate(STORED["gmh"]):
        chisq, df = generalised(table_of(y[:, i] - 1, np.array(STORED["third"]), band))
        assert (chisq, df) == (pytest.approx(ref["chisq"], rel=1e-10), ref["df"])
        binary = table_of((y[:, i] > 3).astype(int), np.array(STORED["g"]), band)
        assert mantel(binary, np.arange(2.0))[0] == pytest.approx(STORED["mantel_binary"][i], rel=1e-10)
