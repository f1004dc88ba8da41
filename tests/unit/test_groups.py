"""Scores of groups: Welch's t and F, Hedges' g, superiority, against scipy and brute force, and what it refuses."""

from math import gamma, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Estimate, Unavailable
from akhlak_research.measure.group_kernels import explained


def made(seed=1, sizes=(40, 60, 25), shifts=(0, 0.6, -0.3), spreads=(1, 1.6, 0.7)):
    """Scores on a scale of half points of three groups with unequal spread, as two items."""
    rng = np.random.default_rng(seed)
    parts = [s + d * rng.normal(size=(n, 2)) for n, s, d in zip(sizes, shifts, spreads, strict=True)]
    values = np.clip(np.round(4 + np.concatenate(parts)), 1, 7)
    return pd.DataFrame(values, columns=["a", "b"]).assign(office=np.repeat(list("xyz"), sizes))


def scores(frame, office):
    return frame.loc[frame["office"] == office, ["a", "b"]].mean(axis=1).to_numpy()


def numbers(found):
    return found.table().select_dtypes("number").to_numpy(dtype=float)


def test_differences_are_welch_of_scipy():
    frame = made()
    found = ak.compare_groups(frame, "office")
    assert found.reference == "y"  # the largest
    for office in "xz":
        one = found[office][0]
        theirs = stats.ttest_ind(scores(frame, office), scores(frame, "y"), equal_var=False)
        limits = theirs.confidence_interval(0.95)
        gap = scores(frame, office).mean() - scores(frame, "y").mean()
        assert one.difference.estimate == pytest.approx(gap, abs=1e-12)
        assert one.pvalue == pytest.approx(theirs.pvalue, rel=1e-10)
        assert [one.difference.interval.low, one.difference.interval.high] == pytest.approx(list(limits), abs=1e-10)
        assert one.sd == pytest.approx(scores(frame, office).std(ddof=1), rel=1e-12)


def test_overall_is_welchs_f():
    frame = made()
    overall = ak.compare_groups(frame, "office").overall[0]
    theirs = stats.f_oneway(*[scores(frame, office) for office in "xyz"], equal_var=False)
    assert overall.statistic == pytest.approx(theirs.statistic, rel=1e-10)
    assert overall.pvalue == pytest.approx(theirs.pvalue, rel=1e-9)


def test_superiority_is_mann_whitney_with_brunner_munzels_error():
    frame = made()
    x, y = scores(frame, "x"), scores(frame, "y")
    found = ak.compare_groups(frame, "office")["x"][0].superiority
    assert found.estimate == pytest.approx(stats.mannwhitneyu(x, y).statistic / (len(x) * len(y)), rel=1e-12)
    # Brunner and Munzel's statistic is (p − ½)/se, with p the chance that y is higher
    theirs = stats.brunnermunzel(x, y).statistic
    assert (1 - found.estimate - 0.5) / found.se == pytest.approx(theirs, rel=1e-10)


def test_hedges_g_is_that_of_the_average_variance_and_its_error_that_of_resampling():
    frame = made(sizes=(400, 500, 30))
    x, y = scores(frame, "x"), scores(frame, "y")
    found = ak.compare_groups(frame, "office")["x"][0].hedges_g

    def size(a, b):
        return (a.mean(-1) - b.mean(-1)) / np.sqrt((a.var(-1, ddof=1) + b.var(-1, ddof=1)) / 2)

    assert found.estimate == pytest.approx(size(x, y), rel=2e-3)  # the correction at n 900
    rng = np.random.default_rng(4)
    draws = size(rng.choice(x, (4000, len(x))), rng.choice(y, (4000, len(y))))
    # 4,000 resamples know their own spread to 1.1 %; three of these, and the correction
    assert found.se == pytest.approx(draws.std(ddof=1), rel=0.036)


def test_hedges_correction_of_two_small_groups():
    a, b = np.array([1.0, 2, 3, 6]), np.array([2.0, 4, 6, 7, 8])
    frame = pd.DataFrame({"a": np.concatenate([a, b]), "g": list("ppppqqqqq")})
    g = ak.compare_groups(frame, "g")["p"][0].hedges_g.estimate
    va, vb = a.var(ddof=1), b.var(ddof=1)
    df = 3 * 4 * (va + vb) ** 2 / (4 * va**2 + 3 * vb**2)
    correction = gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
    assert g == pytest.approx((a.mean() - b.mean()) / sqrt((va + vb) / 2) * correction, rel=1e-12)


def test_explained_variance_inverts_the_noncentral_f():
    estimate, low, high = explained(5.0, 3, 80.0, 120, 0.95)
    assert estimate == pytest.approx(12 / 132, rel=1e-12)
    for limit, tail in ((low, 0.975), (high, 0.025)):
        noncentrality = 120 * limit / (1 - limit)
        assert stats.ncf.cdf(5.0, 3, 80.0, noncentrality) == pytest.approx(tail, abs=1e-8)
    assert explained(0.9, 3, 80.0, 120, 0.95)[:2] == (0.0, 0.0)


def test_two_groups_of_a_study_by_dimension(root):
    answers = ak.Study(root / "data" / "bfi").responses
    found = ak.compare_groups(answers, "gender")
    assert [one.dimension for one in found.overall] == list("ACENO")
    one = answers.of_dimension("A").keyed.dropna()
    men = one[answers.groups.loc[one.index, "gender"] == 1].mean(axis=1)
    assert found[1][0].mean.estimate == pytest.approx(men.mean(), rel=1e-12)
    assert found[1][0].n == len(men)
    adjusted = [one.pvalue_adjusted for one in found.scores if isinstance(one.pvalue_adjusted, float)]
    assert len(adjusted) == 5
    assert all(isinstance(one.difference, Unavailable) for one in found[2])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_frequencies_are_repeated_rows_and_order_is_nothing(seed):
    rng = np.random.default_rng(seed)
    frame = made(seed, sizes=(12, 15, 9))
    times = rng.integers(0, 4, len(frame))
    times[[0, 1, 13, 14, 30, 31]] += 1
    repeated = frame.loc[frame.index.repeat(times)].sample(frac=1, random_state=seed).reset_index(drop=True)
    counted = ak.compare_groups(frame, "office", frequencies=times, reference="x")
    plain = ak.compare_groups(repeated, "office", reference="x")
    np.testing.assert_allclose(numbers(counted), numbers(plain), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(counted.tests().iloc[:, 1:], plain.tests().iloc[:, 1:], rtol=1e-7, atol=1e-9)
    assert counted.inputs.n_used == plain.inputs.n_used


def test_sampling_weights_are_scale_free_and_linearised():
    frame, rng = made(), np.random.default_rng(8)
    w = rng.gamma(3, 1, len(frame))
    w[5] = 0
    found = ak.compare_groups(frame, "office", weights=w)
    np.testing.assert_allclose(numbers(found), numbers(ak.compare_groups(frame, "office", weights=7 * w)), rtol=1e-12)
    people = frame.assign(score=frame[["a", "b"]].mean(axis=1), w=w)
    people = people[people["w"] > 0]
    for office in "xyz":
        # the design inside the group alone: people drawn one by one
        design = ak.SurveyDesign(people[people["office"] == office], weights="w")
        theirs = ak.estimate_mean(design, "score").estimate
        mine = found[office][0].mean
        assert mine.estimate == pytest.approx(theirs.estimate, rel=1e-12)
        assert mine.se == pytest.approx(float(theirs.se), rel=1e-12)
    ones = ak.compare_groups(frame, "office", weights=np.full(len(frame), 2.0))
    np.testing.assert_allclose(numbers(ones), numbers(ak.compare_groups(frame, "office")), rtol=1e-10)


def test_missing_answers_and_groups():
    frame = made()
    frame.loc[3, "a"] = np.nan
    frame.loc[7, "office"] = None
    frame.loc[len(frame)] = [4, 4, "single"]
    found = ak.compare_groups(frame, "office")
    assert found.inputs.n_used == len(frame) - 3
    assert [notice.code for notice in found.notices] == ["groups_small", "groups_without"]
    dropped = frame.dropna()[lambda f: f["office"] != "single"].reset_index(drop=True)
    np.testing.assert_allclose(numbers(found), numbers(ak.compare_groups(dropped, "office")), rtol=1e-12)
    everybody = ak.compare_groups(frame, "office", missing="pairwise")
    assert everybody.inputs.n_used == found.inputs.n_used + 1


def test_groups_that_answer_alike():
    frame = pd.DataFrame({"a": [3.0] * 12 + [4.0] * 12, "g": ["p"] * 12 + ["q"] * 12})
    found = ak.compare_groups(frame, "g")["q"][0]
    assert found.difference.estimate == 1
    assert isinstance(found.difference.interval, Unavailable)
    assert isinstance(found.hedges_g, Unavailable)
    assert found.superiority.estimate == 1
    assert isinstance(found.superiority.interval, Unavailable)
    overall = ak.compare_groups(frame, "g").overall[0]
    assert isinstance(overall.statistic, Unavailable)
    spread = frame.assign(a=[3.0] * 12 + [4.0, 5.0] * 6)
    one = ak.compare_groups(spread, "g")["q"][0]
    assert isinstance(one.difference, Estimate)
    assert one.difference.se == pytest.approx(spread["a"][12:].std(ddof=1) / np.sqrt(12))


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"group": "nowhere"}, ArgumentError, "by_unknown"),
        ({"reference": "w"}, ArgumentError, "unknown_choice"),
        ({"level": 95}, ArgumentError, "level_out_of_range"),
        ({"missing": "fiml"}, ArgumentError, "unknown_choice"),
    ],
)
def test_what_it_refuses(change, error, code):
    with pytest.raises(error) as caught:
        ak.compare_groups(made(), **({"group": "office"} | change))
    assert caught.value.code == code


def test_one_group_is_none():
    with pytest.raises(MethodError) as caught:
        ak.compare_groups(made().assign(office="x"), "office")
    assert caught.value.code == "one_group"


@pytest.mark.slow
def test_limits_cover_the_planted_sizes():
    """95 % limits of g and ω² on skewed answers with unequal spread; 2,000 samples know it to half a percent."""
    rng = np.random.default_rng(12)
    shapes, n = ((0.0, 1.0), (0.5, 1.5), (0.2, 0.8)), (60, 120, 90)

    def draw(size):
        # skewed: shifted and scaled exponentials, mean and spread as named
        return [m + s * (rng.exponential(size=k) - 1) for (m, s), k in zip(shapes, size, strict=True)]

    mean, spread = np.array(shapes).T
    truth_g = (mean[0] - mean[1]) / np.sqrt((spread[0] ** 2 + spread[1] ** 2) / 2)
    precision = np.array(n) / spread**2
    truth_noncentrality = precision @ (mean - precision @ mean / precision.sum()) ** 2
    truth_omega = truth_noncentrality / (truth_noncentrality + sum(n))
    hits = np.zeros(2)
    for _ in range(2000):
        frame = pd.DataFrame({"a": np.concatenate(draw(n)), "g": np.repeat(list("pqr"), n)})
        found = ak.compare_groups(frame, "g", reference="q")
        for at, (value, truth) in enumerate(
            ((found["p"][0].hedges_g, truth_g), (found.overall[0].omega_squared, truth_omega))
        ):
            hits[at] += value.interval.low <= truth <= value.interval.high
    coverage = hits / 2000
    assert coverage[0] == pytest.approx(0.95, abs=0.02), coverage
    assert coverage[1] == pytest.approx(0.95, abs=0.03), coverage
