"""Conditional maximum likelihood, infit, outfit and separation against eRm (irt_erm.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

STORED = json.loads((Path(__file__).parent / "irt_erm.json").read_text())
MODELS = {"rasch": "rasch", "pcm": "pcm", "rsm": "rsm", "missing": "rasch", "pcm2": "pcm"}


@pytest.fixture(scope="module")
def fits():
    found = {}
    for case, model in MODELS.items():
        frame = pd.DataFrame(STORED[case]["data"]).astype(float)
        found[case] = ak.irt(frame.add_prefix("I"), model, estimator="CML")
    return found


def cells(frame) -> np.ndarray:
    values = frame.filter(regex=r"^d\d+$").to_numpy()
    return values[~np.isnan(values)]


@pytest.mark.parametrize("case", MODELS)
def test_items(fits, case):
    r, fit = STORED[case], fits[case]
    assert fit.loglik == pytest.approx(r["loglik"], abs=1e-6)
    assert fit.n_parameters == r["npar"]
    # eRm's β is easiness, cumulated over categories: our d. Its nlm stops early, 7.7e-5 at most
    np.testing.assert_allclose(cells(fit.parameters), list(r["betapar"].values()), atol=1e-4)
    # the Hessian behind eRm's errors is one by differences: 0.6 percent at most; ours is checked against differences of
    # the gradient in tests/unit/test_irt_conditional.py
    np.testing.assert_allclose(cells(fit.standard_errors), r["se_beta"], rtol=0.01)


@pytest.mark.parametrize("case", MODELS)
def test_fit(fits, case):
    """People by maximum likelihood, extreme scores out: the default of ``irt_item_fit``."""
    r, items = STORED[case], ak.irt_item_fit(fits[case]).items
    for ours, theirs in (
        ("outfit_mnsq", "outfit"), ("infit_mnsq", "infit"), ("outfit_zstd", "outfit_t"), ("infit_zstd", "infit_t"),
    ):  # fmt: skip
        np.testing.assert_allclose(items[ours], r[theirs], atol=2e-4)
    assert ak.irt_reliability(fits[case]).coefficients.loc["person_ml", "value"] == pytest.approx(r["seprel"], abs=5e-5)
