"""Composite reliability and AVE against lavaan's standardised solutions (other optimiser: 1e-6 of closed sums)."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

STORED = json.loads((Path(__file__).parent / "composite_reliability.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dimension", STORED["one_factor"])
def test_answers(bfi_study, dimension):
    r, found = STORED["one_factor"][dimension], ak.composite_reliability(bfi_study.responses)[dimension]
    sign = np.sign(np.sum(r["loadings"]))
    assert found.composite_reliability.n == r["n"]
    np.testing.assert_allclose(np.array(found.loadings), sign * np.array(r["loadings"]), atol=1e-5)
    assert found.composite_reliability.estimate == pytest.approx(r["cr"], abs=1e-5)
    assert found.average_variance_extracted.estimate == pytest.approx(r["ave"], abs=1e-5)


@pytest.mark.parametrize("dimension", STORED["one_factor"])
def test_loadings(dimension):
    r = STORED["one_factor"][dimension]
    found = ak.composite_reliability({dimension: r["loadings"]})[dimension]
    assert found.composite_reliability.estimate == pytest.approx(r["cr"], abs=1e-12)
    assert found.average_variance_extracted.estimate == pytest.approx(r["ave"], abs=1e-12)


def test_model_with_errors_that_covary(bfi_study):
    table = pd.DataFrame(STORED["model"]["parameters"]).rename(columns={"est.std": "std_all"})
    model = SimpleNamespace(parameters=table, inputs=ak.kmo(bfi_study.responses).inputs)
    found = ak.composite_reliability(model)
    for name, value in STORED["model"]["cr"].items():
        assert found[name].composite_reliability.estimate == pytest.approx(value, abs=1e-7)
        assert found[name].composite_reliability.interval.code == "model_interval"
