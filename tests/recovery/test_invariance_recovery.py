"""Planted differences between groups are found, and none is invented.

Two groups, five items of one factor with loadings .6 to .8, the second group half a standard deviation higher: nothing
that measures differs unless it is planted. Size is asserted at 2,000 people a group and shown at 200.
"""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

LOADINGS = np.array([0.8, 0.75, 0.7, 0.65, 0.6])
CUTS = [-1.2, -0.4, 0.4, 1.2]
MODEL = "f =~ a + b + c + d + e"


def answers(n, rng, cut=False, intercept=0.0, loading=0.0):
    frames = []
    for g in range(2):
        eta = rng.normal(0.5 * g, 1, n)
        slope = LOADINGS + g * loading * np.array([0, 0, 1, 0, 0])
        values = np.outer(eta, slope) + rng.normal(size=(n, 5)) * np.sqrt(1 - LOADINGS**2)
        values[:, 2] += g * intercept
        values = np.digitize(values, CUTS) + 1.0 if cut else values
        frames.append(pd.DataFrame(values, columns=list("abcde")).assign(g=g))
    return pd.concat(frames, ignore_index=True)


def rejections(reps, n, seed, ordered, **planted):
    """Share of samples in which each rung's difference is significant at 5 percent."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(reps):
        ladder = ak.invariance(MODEL, answers(n, rng, cut=ordered, **planted), "g", ordered=ordered)
        found.append(ladder.steps["pvalue_diff"].dropna() < 0.05)
    return pd.DataFrame(found).mean()


@pytest.mark.slow
@pytest.mark.parametrize("ordered", [False, True])
def test_none_is_invented(ordered, record_property):
    reps = 60 if ordered else 200
    size = rejections(reps, 2000, 1, ordered)
    record_property("size_200", rejections(reps, 200, 2, ordered).to_dict())
    record_property("size_2000", size.to_dict())
    assert ((size - 0.05).abs() <= 3 * np.sqrt(0.05 * 0.95 / reps)).all(), size


@pytest.mark.slow
@pytest.mark.parametrize("ordered", [False, True])
def test_a_planted_intercept_is_found(ordered):
    rate = rejections(20, 2000, 3, ordered, intercept=0.2)
    assert rate["intercepts" if ordered else "scalar"] == 1.0
    data = answers(2000, np.random.default_rng(4), cut=ordered, intercept=0.2)
    ladder = ak.invariance(MODEL, data, "g", ordered=ordered)
    worst = ladder.constraints("intercepts" if ordered else "scalar").iloc[0]
    assert "c" in (worst["lhs"], worst["rhs"])
    assert ladder.effects().items.set_index("item")["dmacs"].idxmax() == "c"


@pytest.mark.slow
def test_a_planted_loading_is_found():
    rate = rejections(20, 2000, 5, False, loading=-0.2)
    assert rate["metric"] == 1.0


def test_quick_one_sample_of_each():
    none = ak.invariance(MODEL, answers(2000, np.random.default_rng(8)), "g")
    some = ak.invariance(MODEL, answers(2000, np.random.default_rng(8), intercept=0.2), "g")
    assert none.steps["pvalue_diff"].min() > 0.001 and some.steps.loc["scalar", "pvalue_diff"] < 1e-10
    assert none.cutoffs["met"].all() and none.effects().items["dmacs"].max() < 0.08
