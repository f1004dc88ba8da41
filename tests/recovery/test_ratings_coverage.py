"""Do the intervals of ratings and units cover the truth as often as they say? (simulated)"""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.results import Interval

pytestmark = pytest.mark.slow


def within(hits: int, n: int, low: float = 0.95, high: float = 0.95) -> bool:
    """Coverage between low and high, give or take three standard errors of the simulation."""
    error = 3 * np.sqrt(0.95 * 0.05 / n)
    return low - error <= hits / n <= high + error


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.2, 0.5])
def test_icc1_of_very_unequal_offices(rho):
    rng = np.random.default_rng(7)
    unit = np.repeat(np.arange(10), [2, 3, 3, 5, 8, 8, 12, 20, 45, 120])
    hits = 0
    for _ in range(600):
        score = np.sqrt(rho) * rng.normal(size=10)[unit] + np.sqrt(1 - rho) * rng.normal(size=len(unit))
        interval = ak.check_aggregation(pd.DataFrame({"x": score, "unit": unit}), "unit").icc1.interval
        hits += interval.low <= rho <= interval.high
    assert within(hits, 600)


@pytest.mark.parametrize(("form", "truth"), [("ICC1", 1 / 2.5), ("ICC2", 1 / 2.5), ("ICC2k", 4 / 5.5)])
def test_intraclass_correlations(form, truth):
    """Objects 1, raters .5, error 1; ICC1 in its own design (raters nested) has 1.5 within. The interval of ICC2
    is approximate: its coverage was .941."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(1000):
        raters = rng.normal(size=(30, 4)) if form == "ICC1" else rng.normal(size=(1, 4))
        x = rng.normal(size=(30, 1)) + np.sqrt(0.5) * raters + rng.normal(size=(30, 4))
        interval = ak.intraclass_correlation(pd.DataFrame(x), form)[form].interval
        hits += interval.low <= truth <= interval.high
    assert within(hits, 1000, 0.94, 0.96)


@pytest.mark.parametrize(("experts", "spread"), [(5, 0.0), (5, 1.0), (15, 0.5)])
def test_mean_content_validity_index(experts, spread):
    """21 fixed items, experts of different leniency."""
    rng = np.random.default_rng(1)
    items = 1.5 + rng.normal(size=21)
    truth = (1 / (1 + np.exp(-(items + spread * rng.normal(size=(50_000, 1)))))).mean()
    hits = made = 0
    for _ in range(800):
        relevant = rng.random((experts, 21)) < 1 / (1 + np.exp(-(items + spread * rng.normal(size=(experts, 1)))))
        value = ak.content_validity(pd.DataFrame(relevant.astype(int)), 0, 1).s_cvi_ave
        if isinstance(value.interval, Interval):  # experts all alike: no interval
            made += 1
            hits += value.interval.low <= truth <= value.interval.high
    assert made > 780
    assert within(hits, made)


def marks(n: int, raters: int, rng: np.random.Generator) -> pd.DataFrame:
    """Every rater sees the true category with probability .6 and guesses otherwise."""
    true = rng.choice(4, size=n, p=[0.1, 0.2, 0.4, 0.3])
    seen = np.tile(true, (raters, 1)).astype(float)
    guess = rng.random((raters, n)) > 0.6
    seen[guess] = rng.choice(4, size=int(guess.sum()))
    return pd.DataFrame(seen)


@pytest.mark.parametrize(
    ("name", "raters", "metric"),
    [("fleiss", 4, None), ("gwet-ac1", 4, None), ("gwet-ac2", 4, "interval"), ("kappa", 2, None),
     ("weighted-kappa", 2, None), ("krippendorff", 4, "ordinal"), ("krippendorff", 4, "nominal")],
)  # fmt: skip
def test_agreement_of_sixty_objects(name, raters, metric):
    """Large-sample intervals at n = 60: coverage was .920 (alpha, ordinal) to .952 (kappa)."""
    rng = np.random.default_rng(11)
    options = {"metric": metric, "categories": range(4)}
    truth = ak.measure_agreement(marks(100_000, raters, rng), name, n_boot=100, rng=1, **options).estimate
    hits = 0
    for _ in range(600):
        interval = ak.measure_agreement(marks(60, raters, rng), name, n_boot=500, rng=rng, **options).interval
        hits += interval.low <= truth <= interval.high
    assert within(hits, 600, 0.925, 0.96)
