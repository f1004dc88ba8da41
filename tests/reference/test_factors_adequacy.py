"""KMO and Bartlett against psych."""

import json
from pathlib import Path

import numpy as np
import pytest

import akhlak_research as ak
from akhlak_research.measure.adequacy import bartlett_kernel, kmo_kernel

REFERENCE = json.loads((Path(__file__).parent / "factors_adequacy.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dataset", ["bfi", "hs9"])
def test_kernels(dataset):
    known = REFERENCE[dataset]
    R = np.array(known["correlation"])
    overall, per_item, partial = kmo_kernel(R)
    assert overall == pytest.approx(known["kmo"], abs=1e-10)
    np.testing.assert_allclose(per_item, known["kmo_per_item"], atol=1e-10)
    off = ~np.eye(len(R), dtype=bool)
    np.testing.assert_allclose(partial[off], -np.array(known["anti_image"])[off], atol=1e-10)
    statistic, df = bartlett_kernel(R, known["n"])
    assert (statistic, df) == (pytest.approx(known["bartlett"]["statistic"], rel=1e-12), known["bartlett"]["df"])


def test_on_real_answers(bfi):
    adequacy, sphericity = ak.kmo(bfi), ak.bartlett_sphericity(bfi)
    known = REFERENCE["bfi"]
    assert round(adequacy.overall, 6) == 0.848645
    assert adequacy.overall == pytest.approx(known["kmo"], abs=1e-10)
    np.testing.assert_allclose(adequacy.per_item, known["kmo_per_item"], atol=1e-10)
    assert round(sphericity.statistic, 3) == 18146.066
    assert sphericity.statistic == pytest.approx(known["bartlett"]["statistic"], rel=1e-12)
    assert (sphericity.df, sphericity.n, sphericity.pvalue) == (300, 2436, 0.0)
    assert sphericity.determinant == pytest.approx(known["determinant"], rel=1e-10)
    assert (adequacy.inputs.n_rows, adequacy.inputs.n_dropped) == (2800, 364)


def test_pvalue_of_a_small_battery():
    from scipy.stats import chi2

    known = REFERENCE["hs9"]
    statistic, df = bartlett_kernel(np.array(known["correlation"]), known["n"])
    assert chi2.sf(statistic, df) == pytest.approx(known["bartlett"]["pvalue"], rel=1e-8)
