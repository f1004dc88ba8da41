"""Ordered beside continuous indicators with covariates on simulated truth: no bias, coverage, the test's size, planted
effects found and none invented."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

pytestmark = pytest.mark.slow

MODEL = "f =~ a + b + c + d + e + h\nf ~ x + z"
LOADINGS = np.array([0.8, 0.7, 0.6, 0.75, 0.65, 0.7])
EFFECTS = np.array([0.4, -0.3])
ORDERED = ("a", "b", "c")


def population(rng, n, direct=0.0):
    """Factor of unit variance given x (0/1) and z (normal); items with unit variance given them."""
    x, z = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    f = EFFECTS[0] * x + EFFECTS[1] * z + rng.normal(size=n)
    values = f[:, None] * LOADINGS + rng.normal(size=(n, 6)) * np.sqrt(1 - LOADINGS**2)
    frame = pd.DataFrame(values, columns=list("abcdeh")).assign(x=x, z=z)
    frame["b"] += direct * x
    for item in ORDERED:
        frame[item] = np.digitize(frame[item], [-1.0, 0.1, 0.9]) + 1.0
    return frame


def within(share, expected, replicates, *, errors=3):
    return abs(share - expected) <= errors * np.sqrt(expected * (1 - expected) / replicates)


def test_wlsmv_recovers_loadings_and_effects_of_covariates():
    rng, replicates = np.random.default_rng(41), 200
    truth = np.concatenate([LOADINGS, EFFECTS])
    rejected, covered, estimates, errors = [], [], [], []
    for _ in range(replicates):
        found = ak.cfa(MODEL, population(rng, 1000), estimator="WLSMV", ordered=ORDERED, std_lv=True)
        rejected.append(found.fit["pvalue_scaled"] < 0.05)
        rows = found.parameters[found.parameters["op"].isin(["=~", "~"])]
        covered.append((rows["ci_low"] <= truth) & (rows["ci_high"] >= truth))
        estimates.append(rows["est"].to_numpy())
        errors.append(rows["se"].to_numpy())
    assert within(np.mean(rejected), 0.05, replicates)
    assert within(np.mean(covered), 0.95, replicates)
    spread = np.std(estimates, axis=0, ddof=1)
    # the bias of order 1/n that a sample of 1,000 leaves is below a tenth of a standard error
    bias = np.mean(estimates, axis=0) - truth
    assert (np.abs(bias) < 3 * spread / np.sqrt(replicates) + spread / 10).all()
    # relative Monte Carlo error of a standard deviation: 1/√(2 · 200)
    np.testing.assert_allclose(np.mean(errors, axis=0), spread, rtol=3 / np.sqrt(2 * replicates))


@pytest.mark.parametrize("direct, lowest, highest", [(0.0, 0.0, 0.11), (0.4, 0.9, 1.0)])
def test_a_direct_effect_is_found_where_planted_only(direct, lowest, highest):
    """x moves item b beyond what it does to the factor (uniform DIF)."""
    rng, replicates = np.random.default_rng(42), 100
    hits = []
    for _ in range(replicates):
        found = ak.cfa(MODEL + "\nb ~ x", population(rng, 800, direct), estimator="WLSMV", ordered=ORDERED)
        row = found.parameters.query("lhs == 'b' and op == '~'").iloc[0]
        hits.append(row["pvalue"] < 0.05)
    assert lowest <= np.mean(hits) <= highest
