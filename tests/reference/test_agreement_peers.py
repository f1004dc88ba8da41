"""Agreement with gaps against two independent packages of PyPI, irrCAC and krippendorff, run once on simulated ratings.

The ratings and the figures stand in agreement_peers.json with the versions. irrCAC rounds to 12
digits; its quantile of t is good to 1e-9, and so are its limits.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

PEERS = json.loads((Path(__file__).parent / "agreement_peers.json").read_text(encoding="utf-8"))
RATINGS = pd.DataFrame(np.array(PEERS["ratings"], dtype=float))


def measure(coefficient, metric, plus=0):
    return ak.measure_agreement(
        RATINGS + plus, coefficient, metric=metric, categories=[k + plus for k in range(4)], raters="columns",
        n_boot=100, rng=1,
    )  # fmt: skip


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorff(metric):
    found = measure("krippendorff", metric, plus=metric == "ratio")
    assert found.estimate == pytest.approx(PEERS["krippendorff"][metric], abs=1e-12)


@pytest.mark.parametrize(
    ("coefficient", "metric", "name", "weights"),
    [
        ("gwet-ac1", "nominal", "gwet", "identity"), ("gwet-ac2", "linear", "gwet", "linear"),
        ("gwet-ac2", "interval", "gwet", "quadratic"), ("gwet-ac2", "ordinal", "gwet", "ordinal"),
        ("fleiss", "nominal", "fleiss", "identity"),
    ],
)  # fmt: skip
def test_gwet_and_fleiss(coefficient, metric, name, weights):
    found, want = measure(coefficient, metric).value, PEERS["irrcac"][weights][name]
    assert found.estimate == pytest.approx(want["est"], abs=2e-12)
    assert found.se == pytest.approx(want["se"], abs=2e-12)
    assert (found.interval.low, found.interval.high) == pytest.approx(want["ci"], abs=1e-9)
