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
THIRD = np.array([0, 0, 1, 0, 0])
MODEL = "f =~ a + b + c + d + e"


def answers(n, rng, cut=False, intercept=0.0, loading=0.0, threshold=0.0, heavy=False):
    """``n`` people a group; what is planted is in the third item of the second group. ``heavy`` gives factor and errors
    the tails of a t distribution of seven degrees of freedom."""
    frames = []
    for g in range(2):
        draw = (lambda size: rng.standard_t(7, size) * np.sqrt(5 / 7)) if heavy else rng.normal
        eta = 0.5 * g + (draw(n) if heavy else rng.normal(size=n))
        errors = draw((n, 5)) if heavy else rng.normal(size=(n, 5))
        values = np.outer(eta, LOADINGS + g * loading * THIRD) + errors * np.sqrt(1 - LOADINGS**2)
        values[:, 2] += g * intercept
        if cut:
            own = [np.array(CUTS) + g * threshold * t * np.array([0, 1, 0, 0]) for t in THIRD]
            values = np.column_stack([np.digitize(v, c) + 1.0 for v, c in zip(values.T, own, strict=True)])
        frames.append(pd.DataFrame(values, columns=list("abcde")).assign(g=g))
    return pd.concat(frames, ignore_index=True)


def rejections(reps, n, seed, ordered, free=(), estimator=None, **planted):
    """Share of samples in which each rung's difference is significant at 5 percent."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(reps):
        data = answers(n, rng, cut=ordered, **planted)
        ladder = ak.invariance(MODEL, data, "g", ordered=ordered, free=free, estimator=estimator)
        found.append(ladder.steps["pvalue_diff"].dropna() < 0.05)
    return pd.DataFrame(found).mean()


def held(size, reps):
    """Whether every rung rejects in 5 percent of the samples, within three standard errors."""
    return ((size - 0.05).abs() <= 3 * np.sqrt(0.05 * 0.95 / reps)).all()


@pytest.mark.slow
@pytest.mark.parametrize("ordered", [False, True])
def test_none_is_invented(ordered, record_property):
    size = rejections(400, 2000, 1, ordered)
    record_property("size_200", rejections(200, 200, 2, ordered).to_dict())
    record_property("size_2000", size.to_dict())
    assert len(size) == (4 if ordered else 3) and held(size, 400), size


@pytest.mark.slow
def test_none_is_invented_of_heavy_tails():
    """The corrected differences keep their size where answers are not normal; the uncorrected ones do not."""
    size = rejections(300, 2000, 6, False, heavy=True)
    assert held(size, 300), size
    naive = rejections(100, 2000, 6, False, estimator="ML", heavy=True)
    assert naive["strict"] > 0.15, naive


@pytest.mark.slow
@pytest.mark.parametrize("ordered", [False, True])
def test_a_planted_intercept_is_found(ordered):
    rung = "intercepts" if ordered else "scalar"
    rate = rejections(100, 2000, 3, ordered, intercept=0.2)
    assert rate[rung] == 1.0
    before = rate.loc[: "loadings" if ordered else "metric"]
    assert held(before, 100), before
    data = answers(2000, np.random.default_rng(4), cut=ordered, intercept=0.2)
    ladder = ak.invariance(MODEL, data, "g", ordered=ordered)
    worst = ladder.constraints(rung).iloc[0]
    assert "c" in (worst["lhs"], worst["rhs"])
    assert ladder.effects().items.set_index("item")["dmacs"].idxmax() == "c"


@pytest.mark.slow
@pytest.mark.parametrize("ordered", [False, True])
def test_what_is_left_free_is_not_found_again(ordered):
    """With the planted intercept free by decision every rung keeps its size."""
    size = rejections(200, 2000, 7, ordered, free=("c~1",), intercept=0.2)
    assert held(size, 200), size


@pytest.mark.slow
@pytest.mark.parametrize("ordered", [False, True])
def test_a_planted_loading_is_found(ordered):
    rate = rejections(40, 2000, 5, ordered, loading=-0.2)
    assert rate["loadings" if ordered else "metric"] >= 0.95, rate


@pytest.mark.slow
def test_a_planted_threshold_is_found():
    rate = rejections(40, 2000, 9, True, threshold=0.25)
    assert rate["thresholds"] >= 0.95, rate
    ladder = ak.invariance(MODEL, answers(2000, np.random.default_rng(10), cut=True, threshold=0.25), "g", ordered=True)
    assert set(ladder.constraints("thresholds")["lhs"].iloc[:2]) == {"c"}


@pytest.mark.slow
def test_corrected_differences_agree_where_factor_means_differ():
    """Heavy tails, factor means 1.5 deviations apart: all corrections keep the size of the scalar step, their means
    near its four degrees of freedom (with a scaling factor without factor means it would be .5, and some negative)."""
    rng, found = np.random.default_rng(11), []
    methods = ("satorra-bentler-2001", "satorra-bentler-2010", "satorra-2000-adjusted")
    for _ in range(200):
        data = answers(2000, rng, heavy=True)
        data.loc[data["g"] == 1, list("abcde")] += LOADINGS
        metric, scalar = (
            ak.cfa(MODEL, data, group="g", group_equal=equal, estimator="MLR")
            for equal in (["loadings"], ["loadings", "intercepts"])
        )
        found.append([float(ak.compare_models(metric, scalar, method=m).statistic) for m in methods])
    table = pd.DataFrame(found, columns=methods)
    assert (abs(table.mean() - 4) <= 3 * np.sqrt(2 * 4 / 200)).all(), table.mean()
    # adjusted degrees of freedom differ a little from four
    assert held((table > 9.4877).mean(), 200), table.mean()


def test_quick_one_sample_of_each():
    none = ak.invariance(MODEL, answers(2000, np.random.default_rng(8)), "g")
    some = ak.invariance(MODEL, answers(2000, np.random.default_rng(8), intercept=0.2), "g")
    assert none.steps["pvalue_diff"].min() > 0.001 and some.steps.loc["scalar", "pvalue_diff"] < 1e-10
    assert none.cutoffs["met"].all() and none.effects().items["dmacs"].max() < 0.08
