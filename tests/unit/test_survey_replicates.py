import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak


def code(call):
    with pytest.raises(ak.AkhlakError) as raised:
        call()
    return raised.value.code


@pytest.fixture
def pairs():
    rng = np.random.default_rng(5)
    h = np.repeat(np.arange(12), 2)
    data = pd.DataFrame({"h": h, "y": rng.normal(10, 3, 24) + h, "x": rng.normal(5, 1, 24), "w": 1.0 + h % 3})
    return data.assign(sex=np.where(rng.random(24) < 0.5, "L", "P"))


@pytest.mark.parametrize("fay", [0, 0.5])
def test_half_samples_of_a_total_are_the_linearised_error(pairs, fay):
    design = ak.SurveyDesign(pairs, strata="h", weights="w")
    replicated = ak.as_replicates(design, "brr", fay=fay)
    assert replicated.replicates.count == 16
    for variable in ("y", "x"):
        expected = ak.estimate_total(design, variable).estimate.se
        assert ak.estimate_total(replicated, variable).estimate.se == pytest.approx(expected, rel=1e-12)


def test_jackknife_of_a_total_is_the_linearised_error(pairs):
    design = ak.SurveyDesign(pairs, strata="h", weights="w", fpc=np.full(24, 7))
    replicated = ak.as_replicates(design, "jackknife")
    assert ak.estimate_total(replicated, "y").estimate.se == pytest.approx(ak.estimate_total(design, "y").estimate.se)


def test_bootstrap_comes_near_the_linearised_error_and_can_be_drawn_again():
    rng = np.random.default_rng(2)
    n = 400
    data = pd.DataFrame({"h": rng.integers(0, 4, n), "y": rng.normal(0, 1, n), "g": rng.integers(0, 2, n)})
    design = ak.SurveyDesign(data, strata="h", fpc={0: 200, 1: 150, 2: 120, 3: 1000})
    boot = ak.as_replicates(design, replicates=2000, rng=7)
    taylor = ak.estimate_mean(design, "y", by="g").table()["std_error"]
    found = ak.estimate_mean(boot, "y", by="g")
    # a bootstrap's standard error has itself one of about 1 / √(2 R) = 1.6 percent
    assert found.table()["std_error"].to_numpy() == pytest.approx(taylor.to_numpy(), rel=0.05)
    assert boot.replicates.seed == 7
    again = ak.estimate_mean(ak.as_replicates(design, replicates=2000, rng=7), "y", by="g")
    assert again.record() == found.record()


def test_resampled_counts_of_a_stratum_add_up(pairs):
    data = pd.concat([pairs] * 3, ignore_index=True)
    boot = ak.as_replicates(ak.SurveyDesign(data, strata="h"), replicates=50, rng=1).replicates
    per_stratum = pd.DataFrame(boot.multiplier).groupby(data["h"].to_numpy()).sum()
    assert (per_stratum == 5).all(axis=None)
    whole = pd.DataFrame(boot.weights()).groupby(data["h"].to_numpy()).sum()
    assert whole.to_numpy() == pytest.approx(np.full((12, 50), 6.0))


def test_adjustments_are_made_in_every_replicate(pairs):
    data = pd.concat([pairs] * 4, ignore_index=True).assign(age=np.tile([1, 2, 3, 1], 24))
    boot = ak.as_replicates(ak.SurveyDesign(data, strata="h", weights="w"), replicates=30, rng=3)
    margins = {"sex": {"L": 70, "P": 50}, "age": {1: 60, 2: 40, 3: 20}}
    for adjusted in (ak.rake(boot, margins), ak.calibrate(boot, margins, method="raking")):
        w = adjusted.replicates.weights()
        for variable, totals in margins.items():
            for category, total in totals.items():
                assert w[(data[variable] == category).to_numpy()].sum(axis=0) == pytest.approx(
                    np.full(30, total), rel=1e-6
                )
    w = ak.post_stratify(boot, {"sex": margins["sex"]}).replicates.weights()
    assert w[(data["sex"] == "L").to_numpy()].sum(axis=0) == pytest.approx(np.full(30, 70.0))
    came = np.random.default_rng(1).random(len(data)) < 0.7
    answered = ak.nonresponse_adjust(boot, came, "sex")
    before, after = boot.replicates.weights(), answered.replicates.weights()
    assert after.shape[0] == came.sum()
    for sex in "LP":
        asked = before[(data["sex"] == sex).to_numpy()].sum(axis=0)
        assert after[(answered.data["sex"] == sex).to_numpy()].sum(axis=0) == pytest.approx(asked)
    trimmed = ak.trim_weights(boot, upper=2.8).replicates.weights()
    assert trimmed.sum() == pytest.approx(boot.replicates.weights().sum())


def test_sums_of_plain_and_of_adjusted_replicates_agree(pairs):
    """The quick way (counts times values) against the weights spread out."""
    boot = ak.as_replicates(ak.SurveyDesign(pd.concat([pairs] * 4), strata="h", weights="w"), replicates=130, rng=3)
    y, domain = boot.data[["y", "x"]].to_numpy(), (boot.data["sex"] == "L").to_numpy() * 1 - 0
    domain[:5] = -1
    sums = boot.replicates.sums(y, domain, 2)
    w = boot.replicates.weights()
    for d in range(2):
        assert sums[:, d] == pytest.approx(w[domain == d].T @ y[domain == d])


def test_refusals(pairs):
    design = ak.SurveyDesign(pairs, strata="h", weights="w")
    assert code(lambda: ak.as_replicates(ak.rake(design, {"sex": {"L": 1, "P": 1}}))) == "replicates_before_adjusting"
    assert code(lambda: ak.as_replicates(ak.SurveyDesign(pairs), "brr")) == "brr_needs_pairs"
    assert code(lambda: ak.as_replicates(design, "brr", fay=1)) == "fay_out_of_range"
    assert code(lambda: ak.as_replicates(ak.SurveyDesign(pairs, fpc=[24] * 24))) == "census_has_no_replicates"
    lonely = ak.SurveyDesign(pairs.iloc[1:], strata="h", weights="w")
    assert code(lambda: ak.as_replicates(lonely)) == "lonely_psu"
    adjust = ak.SurveyDesign(pairs.iloc[1:], strata="h", weights="w", lonely="adjust")
    assert code(lambda: ak.as_replicates(adjust)) == "lonely_for_replicates"
    removed = ak.SurveyDesign(pairs.iloc[1:], strata="h", weights="w", lonely="remove")
    assert ak.estimate_total(ak.as_replicates(removed, "jackknife"), "y").estimate.se == pytest.approx(
        ak.estimate_total(removed, "y").estimate.se
    )
    many = ak.SurveyDesign(pd.DataFrame({"y": np.arange(9000.0)}))
    assert code(lambda: ak.as_replicates(many, "jackknife")) == "replicates_too_many"
    assert code(lambda: ak.ReplicateWeights(np.array([[1.0, -1]]))) == "replicates_invalid"
    assert code(lambda: ak.ReplicateWeights(np.ones(3))) == "replicates_shape"


def test_refusals_of_calibration(pairs):
    design = ak.SurveyDesign(pairs, weights="w")
    assert code(lambda: ak.calibrate(design, {"x": 1e6}, population=40)) == "calibrated_not_positive"
    assert code(lambda: ak.calibrate(design, {"x": 1e6}, population=40, method="raking")) == "calibration_failed"
    assert code(lambda: ak.calibrate(design, {"x": 200}, method="logit")) == "bounds_invalid"
    assert code(lambda: ak.calibrate(design, {"x": "a"})) == "calibration_total"
    pairs.loc[2, "x"] = np.nan
    assert code(lambda: ak.calibrate(ak.SurveyDesign(pairs), {"x": 200})) == "calibration_missing"
    bounded = ak.calibrate(design, {"y": 780, "sex": {"L": 20, "P": 28}}, method="logit", bounds=(0.5, 2))
    factor = bounded.weights / design.weights
    assert (factor > 0.5).all() and (factor < 2).all()
    assert float(bounded.weights @ bounded.data["y"]) == pytest.approx(780)


def test_quantiles(pairs):
    design = ak.SurveyDesign(pairs, strata="h", weights="w")
    made = ak.estimate_quantile(design, ["y", "x"], [0.25, 0.5], by="sex")
    assert made["L", "x@0.5"].estimate == pytest.approx(
        pairs[pairs["sex"] == "L"]
        .sort_values("x")
        .pipe(lambda d: d[d["w"].cumsum() >= d["w"].sum() / 2 - 1e-9])["x"]
        .iloc[0]
    )
    assert code(lambda: ak.estimate_quantile(design, "y", 50)) == "q_out_of_range"
    assert made.record()["covariance"]["unavailable"] == "no_covariance_of_quantiles"
    tail = ak.estimate_quantile(design, "y", 0.99).estimate
    assert tail.interval.code == "quantile_interval_outside"


def test_replicates_that_miss_a_margin_are_said():
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"rank": ["top"] * 2 + ["other"] * 38, "sex": rng.choice(list("LP"), 40),
                           "y": rng.normal(50, 9, 40)})  # fmt: skip
    drawn = ak.as_replicates(ak.SurveyDesign(people), replicates=200, rng=1)
    lost = int((drawn.replicates.weights()[:2] == 0).all(axis=0).sum())
    margins = {"rank": {"top": 0.1, "other": 0.9}, "sex": {"L": 0.5, "P": 0.5}}
    for made in (ak.rake(drawn, margins), ak.post_stratify(drawn, {"rank": margins["rank"]})):
        assert lost and made.steps[0].replicates_off == lost
        for found in (ak.audit_weights(made), ak.estimate_mean(made, "y")):
            said = [notice for notice in found.notices if notice.code == "replicates_off_margins"]
            assert dict(said[0].values) == {"n": lost, "count": 200}
    assert ak.audit_weights(ak.rake(ak.SurveyDesign(people), margins)).notices == ()


def test_equal_values_have_no_spread_over_replicates():
    """Rounding of a weighted mean of equal values must not pass for a standard error."""
    data = pd.DataFrame({"s": list("AAABBBC"), "c": [1, 2, 2, 3, 4, 5, 6], "y": [0.1, 0.1, 0.1, 4, 5, 6, 0.7]})
    made = ak.as_replicates(ak.SurveyDesign(data, cluster="c"), replicates=50, rng=1)
    table = ak.estimate_mean(made, "y", by="s").table()
    assert table["std_error"].iloc[[0, 2]].tolist() == [0.0, 0.0]
    assert table["ci_low"].isna().tolist() == [True, False, True]
