"""What must hold for any survey: rows in any order, weights × c, by ≡ where, a domain ≡ zeros elsewhere."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak


def survey(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(40, 90))
    data = pd.DataFrame(
        {
            "h": rng.integers(0, 3, n), "c": rng.integers(0, 6, n), "g": rng.integers(0, 3, n),
            "s": rng.integers(0, 2, n),
            "y": rng.normal(50, 10, n), "x": rng.normal(20, 5, n), "w": rng.uniform(1, 5, n),
        }
    )  # fmt: skip
    data.loc[rng.random(n) < 0.1, "y"] = np.nan
    return data


def design(data, **more):
    given = {"strata": "h", "cluster": "c", "weights": "w", "nest": True, "lonely": "adjust"} | more
    return ak.SurveyDesign(data, **given)


def numbers(made):
    return made.table()[["n", "estimate", "std_error", "ci_low", "ci_high", "df"]].to_numpy(dtype=float)


seeds = given(st.integers(0, 10_000))


@seeds
@settings(max_examples=25, deadline=None)
def test_order_of_rows_and_scale_of_weights_change_nothing(seed):
    data = survey(seed)
    base = numbers(ak.estimate_mean(design(data), ["y", "x"], by="g"))
    shuffled = data.sample(frac=1, random_state=seed)
    assert numbers(ak.estimate_mean(design(shuffled), ["y", "x"], by="g")) == pytest.approx(base, rel=1e-9, nan_ok=True)
    scaled = data.assign(w=data["w"] * 7.3)
    assert numbers(ak.estimate_mean(design(scaled), ["y", "x"], by="g")) == pytest.approx(base, rel=1e-9, nan_ok=True)


@seeds
@settings(max_examples=25, deadline=None)
def test_by_is_where_also_after_raking(seed):
    data = survey(seed)
    made = ak.rake(design(data), {"s": {0: 60, 1: 40}, "g": {0: 20, 1: 50, 2: 30}})
    for estimate in (ak.estimate_mean, ak.estimate_total):
        whole = ak.estimate_mean if estimate is ak.estimate_mean else ak.estimate_total
        by = numbers(whole(made, "y", by="g"))
        for group in range(3):
            one = numbers(whole(made, "y", where=(data["g"] == group).to_numpy()))
            assert one[0] == pytest.approx(by[group], rel=1e-8, nan_ok=True)


@seeds
@settings(max_examples=25, deadline=None)
def test_a_domain_is_a_ratio_with_zeros_elsewhere(seed):
    data = survey(seed)
    inside = ((data["g"] == 1) & data["y"].notna()).to_numpy()
    data = data.assign(top=np.where(inside, data["y"], 0.0), low=inside * 1.0)
    mean = ak.estimate_mean(design(data), "y", where=inside).estimate
    ratio = ak.estimate_ratio(design(data), "top", "low").estimate
    assert mean.estimate == pytest.approx(ratio.estimate)
    assert float(mean.se) == pytest.approx(float(ratio.se), rel=1e-9, nan_ok=True)


@seeds
@settings(max_examples=25, deadline=None)
def test_listwise_is_dropping_as_a_domain_and_shares_add_up(seed):
    data = survey(seed)
    whole = (data["y"].notna() & data["x"].notna()).to_numpy()
    made = design(data)
    assert numbers(ak.estimate_mean(made, ["y", "x"])) == pytest.approx(
        numbers(ak.estimate_mean(made, ["y", "x"], where=whole))
    )
    shares = ak.estimate_proportion(made, "g", interval="wald")
    assert sum(one.estimate for one in shares.estimates) == pytest.approx(1)
    assert shares.contrast([1.0] * len(shares.estimates)).se == pytest.approx(0, abs=1e-7)


@seeds
@settings(max_examples=25, deadline=None)
def test_margins_are_reached_and_not_again_left(seed):
    data = survey(seed)
    margins = {"s": {0: 60, 1: 40}, "g": {0: 20, 1: 50, 2: 30}}
    once = ak.rake(design(data), margins)
    again = ak.rake(once, margins)
    assert again.weights == pytest.approx(once.weights, rel=1e-6)
    total = ak.estimate_total(once, [once.data["s"] == 0, once.data["g"] == 2])
    assert [one.estimate for one in total.estimates] == pytest.approx([60, 30], rel=1e-6)
    assert [float(one.se) for one in total.estimates] == pytest.approx([0, 0], abs=1e-6)
