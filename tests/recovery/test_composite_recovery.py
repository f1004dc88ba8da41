"""Intervals of composite reliability and AVE of a model cover their population values where answers are not normal."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

LOADINGS = np.array([0.8, 0.7, 0.6, 0.5])
COMMON = LOADINGS.sum() ** 2
TRUE = COMMON / (COMMON + (1 - LOADINGS**2).sum()), (LOADINGS**2).mean()
MODEL = "f =~ a + b + c + d"


def answers(n, rng, *, cut):
    """Tails of a t distribution of seven degrees of freedom; cut: normal latent responses in four categories."""
    draw = rng.normal if cut else (lambda size: rng.standard_t(7, size) * np.sqrt(5 / 7))
    values = np.outer(draw(size=n), LOADINGS) + draw(size=(n, 4)) * np.sqrt(1 - LOADINGS**2)
    return pd.DataFrame(np.digitize(values, [-1, 0.2, 1.1]) + 1.0 if cut else values, columns=list("abcd"))


def coverage(reps, n, seed, estimator):
    rng, hits = np.random.default_rng(seed), np.zeros(2)
    for _ in range(reps):
        fitted = ak.cfa(MODEL, answers(n, rng, cut=estimator == "WLSMV"), estimator=estimator)
        one = ak.composite_reliability(fitted)["f"]
        for k, found in enumerate((one.composite_reliability, one.average_variance_extracted)):
            hits[k] += found.interval.low <= TRUE[k] <= found.interval.high
    return hits / reps


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["MLR", "WLSMV"])
def test_coverage(estimator):
    found, reps = coverage(400, 500, 21, estimator), 400
    assert (abs(found - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / reps)).all(), found


@pytest.mark.slow
def test_normal_theory_covers_too_seldom():
    """What the robust errors are for."""
    assert (coverage(300, 500, 22, "ML") < 0.93).all()


def test_quick():
    one = ak.composite_reliability(ak.cfa(MODEL, answers(5000, np.random.default_rng(1), cut=False), estimator="MLR"))
    found = one["f"].composite_reliability
    assert abs(found.estimate - TRUE[0]) < 4 * found.se
