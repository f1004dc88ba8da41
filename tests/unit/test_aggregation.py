"""Aggregation to units: variance between and within, agreement within, and what small units do."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Interval, Unavailable
from akhlak_research.core.text import LANGUAGES, has_text
from akhlak_research.measure.aggregation_kernels import SLIGHT_SKEW, OneWay, icc1_limits, one_way


def offices(sizes, items=3, seed=1, between=0.6, scale=(1, 5)) -> pd.DataFrame:
    """Simulated answers of people in offices."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(len(sizes)), sizes)
    score = 3 + between * rng.normal(size=len(sizes))[unit] + 0.7 * rng.normal(size=len(unit))
    answers = np.clip(np.rint(score[:, None] + 0.6 * rng.normal(size=(len(unit), items))), *scale)
    frame = pd.DataFrame(answers, columns=[f"B{i + 1}" for i in range(items)])
    return frame.assign(office=[f"O{u:02d}" for u in unit])


UNEVEN = offices([3, 30, 8, 1, 60, 12, 5])


def check(frame, **options):
    return ak.check_aggregation(frame, "office", **({"scale": (1, 5)} | options))


def test_mean_squares_are_those_of_the_analysis_of_variance():
    got = check(UNEVEN)
    score = UNEVEN.drop(columns="office").mean(axis=1)
    groups = [part for _, part in score.groupby(UNEVEN["office"])]
    f, p = stats.f_oneway(*groups)
    assert got.statistic == pytest.approx(f, abs=1e-10)
    assert got.pvalue == pytest.approx(p, abs=1e-10)
    assert (got.df, got.df_error) == (6, 119 - 7)


def test_unequal_sizes_by_hand():
    got = check(UNEVEN)
    n = np.array([3, 30, 8, 1, 60, 12, 5])
    k = (n.sum() - (n**2).sum() / n.sum()) / 6
    f = got.statistic
    assert got.k == pytest.approx(k)
    assert got.icc1.estimate == pytest.approx((f - 1) / (f + k - 1), abs=1e-12)
    assert got.icc2.estimate == pytest.approx(1 - 1 / f, abs=1e-12)
    m = (n**2).sum() / n.sum()
    assert got.clustered_size == pytest.approx(m)
    assert got.design_effect.estimate == pytest.approx(1 + (m - 1) * got.icc1.estimate, abs=1e-12)
    assert got.design_effect.interval.low == pytest.approx(1 + (m - 1) * got.icc1.interval.low, abs=1e-12)
    rho = got.icc1.estimate
    assert [u.mean_reliability for u in got.units] == pytest.approx(n * rho / (1 + (n - 1) * rho))


def test_limits_of_unequal_units_meet_the_quantiles_of_f():
    """Computed here by generalised least squares from the full covariance matrix of the answers."""
    rng = np.random.default_rng(8)
    sizes = np.array([2, 9, 4, 40])
    unit = np.repeat(np.arange(4), sizes)
    y = rng.normal(size=55) + 0.8 * rng.normal(size=4)[unit]
    a = one_way(y, unit, np.ones(55))
    for limit, chance in zip(icc1_limits(a, 0.9), (0.95, 0.05), strict=True):
        gamma = limit / (1 - limit)
        v = np.eye(55) + gamma * (unit[:, None] == unit)
        x = np.ones((55, 1))
        inverse = np.linalg.inv(v)
        mean = (x.T @ inverse @ y) / (x.T @ inverse @ x)
        between = (y - mean[0]) @ inverse @ (y - mean[0]) - a.msw * a.df_error
        assert between / a.df / a.msw == pytest.approx(stats.f.ppf(chance, 3, 51), rel=1e-8)


def test_limits_never_leave_what_the_largest_unit_allows():
    a = OneWay(np.array([2.0, 50.0]), np.array([0.0, 0.0]), np.array([1.0, 40.0]), 0.0, 0.82, 3.846)
    assert icc1_limits(a, 0.95) == (-1 / 49, -1 / 49)


def test_agreement_of_a_unit_by_hand():
    """Item variances 1/3 and 0: q = (1/6)/2, J = 2."""
    frame = pd.DataFrame({"B1": [4, 4, 5, 1, 2], "B2": [3, 3, 3, 5, 1], "office": list("AAABB")})
    unit = check(frame).units[0]
    q = (1 / 3 + 0) / 2 / 2
    assert unit.item_variance == pytest.approx(1 / 6)
    assert unit.r_wg_uniform == pytest.approx(2 * (1 - q) / (2 * (1 - q) + q), abs=1e-12)
    q = 1 / 6 / 1.34
    assert unit.r_wg_slight_skew == pytest.approx(2 * (1 - q) / (2 * (1 - q) + q), abs=1e-12)
    assert check(frame[["B1", "office"]]).units[0].r_wg_uniform == pytest.approx(1 - (1 / 3) / 2, abs=1e-12)


def test_slightly_skewed_null_of_five_answers_is_the_published_distribution():
    """James, Demaree and Wolf: .05 .15 .20 .35 .25 of the answers 1 to 5."""
    shares, answers = np.array([0.05, 0.15, 0.2, 0.35, 0.25]), np.arange(1, 6)
    mean = shares @ answers
    assert SLIGHT_SKEW[5] == pytest.approx(shares @ (answers - mean) ** 2)


def test_people_who_differ_more_than_chance_are_set_to_zero_and_told():
    frame = pd.DataFrame({"B1": [1, 5, 1, 4, 4, 4], "B2": [5, 1, 5, 3, 3, 4], "office": list("AAABBB")})
    got = check(frame)
    assert got.units[0].r_wg_uniform == 0
    assert [(n.code, n.values["units"]) for n in got.notices] == [("r_wg_set_to_zero", ["A"])] * 2
    assert got.units[0].item_variance > 2


def test_a_unit_of_one_counts_but_has_no_agreement():
    got = check(UNEVEN)
    lone = got.units[3]
    assert lone.n == 1
    assert lone.r_wg_uniform.code == lone.sd.code == lone.item_variance.code == "unit_of_one"
    assert isinstance(lone.mean, float)
    assert [n.values for n in got.notices if n.code == "units_of_one"] == [{"count": 1}]


def test_only_units_of_one():
    got = check(UNEVEN.drop_duplicates("office"))
    assert got.icc1.code == got.icc2.code == got.design_effect.code == "units_of_one"
    assert isinstance(got.statistic, Unavailable)
    assert got.overall()["estimate"].isna().all()


def test_perfect_agreement_within_and_none_between():
    frame = pd.DataFrame({"B1": [2, 2, 4, 4], "B2": [2, 2, 4, 4], "office": list("AABB")})
    got = check(frame)
    assert got.icc1.estimate == got.icc2.estimate == 1
    assert got.icc1.interval.code == "no_error_variance"
    assert [u.r_wg_uniform for u in got.units] == [1.0, 1.0]
    alike = check(frame.assign(B1=3, B2=3))
    assert alike.icc1.code == "scores_all_alike"
    assert alike.units[0].mean_reliability.code == "no_variance_between"
    reverse = check(pd.DataFrame({"B1": [1, 5, 1, 5], "office": list("AABB")}))
    assert reverse.icc1.estimate == -1
    assert reverse.icc2.code == "icc_undefined"
    assert reverse.units[0].mean_reliability.code == "no_variance_between"


def test_rounding_is_not_variance():
    frame = pd.DataFrame({"B1": [1, 1, 2, 2], "B2": [1, 2, 1, 1], "B3": [2, 1, 1, 1], "office": list("AABB")})
    assert check(frame).icc1.code == "scores_all_alike"  # every mean is 4/3, summed in another order


def test_without_a_scale_there_is_no_chance_to_compare_with():
    got = check(UNEVEN, scale=None)
    assert got.units[0].r_wg_uniform.code == "scale_needed"
    assert isinstance(got.icc1.interval, Interval)


@pytest.mark.parametrize(("scale", "known"), [((1, 4), False), ((1, 6), True), ((0, 10), True), ((0, 11), False)])
def test_nulls_are_known_for_published_scales_only(scale, known):
    got = check(offices([5, 5], scale=(1, 4)), scale=scale).units[0]
    assert isinstance(got.r_wg_uniform, float)
    assert isinstance(got.r_wg_slight_skew, float) is known
    if not known:
        assert got.r_wg_slight_skew.code == "null_unknown"
        assert got.r_wg_slight_skew.reason("id")


def test_missing_answers_by_choice():
    holes = UNEVEN.astype({"B1": float})
    holes.loc[[0, 5, 60], "B1"] = np.nan
    listwise, pairwise = check(holes), check(holes, missing="pairwise")
    assert (listwise.inputs.n_used, pairwise.inputs.n_used) == (116, 119)
    assert listwise.icc1 == check(UNEVEN.drop(index=[0, 5, 60])).icc1
    score = holes.drop(columns="office").mean(axis=1)
    f, _ = stats.f_oneway(*[part for _, part in score.groupby(holes["office"])])
    assert pairwise.statistic == pytest.approx(f, abs=1e-10)


def test_people_without_a_unit_are_left_out_and_counted():
    lost = UNEVEN.copy()
    lost.loc[:9, "office"] = None
    got = check(lost)
    assert (got.n_without_unit, got.inputs.n_dropped) == (10, 10)
    assert got.icc1 == check(UNEVEN.iloc[10:]).icc1


def test_labels_of_units_as_a_series_must_be_of_the_same_rows():
    items, labels = UNEVEN.drop(columns="office"), UNEVEN["office"]
    assert ak.check_aggregation(items, labels).icc1 == check(UNEVEN).icc1
    with pytest.raises(AkhlakError) as caught:
        ak.check_aggregation(items, labels.sort_values(ascending=False))
    assert caught.value.code == "by_index"


def test_numbered_units_are_in_order_of_their_numbers():
    got = check(UNEVEN.assign(office=UNEVEN["office"].str[1:].astype(int) + 8))
    assert [u.unit for u in got.units] == [str(i) for i in range(8, 15)]


@pytest.fixture(scope="module")
def answers(bfi_study):
    return bfi_study.responses


def test_responses_bring_their_scale_and_units(answers):
    one = answers.of_dimension("A")
    got = ak.check_aggregation(one, "education")
    frame = one.keyed.assign(education=one.groups["education"])
    assert got.icc1 == ak.check_aggregation(frame, "education", scale=(1, 6)).icc1
    assert got.table()["r_wg_uniform"].tolist() == ak.check_aggregation(
        frame, "education", scale=(1, 6)
    ).table()["r_wg_uniform"].tolist()  # fmt: skip
    assert set(ak.per_dimension(ak.check_aggregation, answers, unit="education")) == set("ACENO")


def test_responses_with_weights_are_analysed_without_them(answers):
    from dataclasses import replace

    one = answers.of_dimension("A")
    weights = pd.Series(np.random.default_rng(1).uniform(1, 3, one.n), index=one.codes.index)
    got, plain = (ak.check_aggregation(r, "education") for r in (replace(one, weights=weights), one))
    assert got.icc1 == plain.icc1
    assert got.inputs.weighting == "none"
    assert got.notices[0].code == "aggregation_unweighted"
    weights.iloc[:500] = 0  # people outside the sample
    assert (
        ak.check_aggregation(replace(one, weights=weights), "education").icc1
        == ak.check_aggregation(one.where(np.arange(one.n) >= 500), "education").icc1
    )


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (UNEVEN[UNEVEN["office"] == "O01"], {}, "too_few_units"),
        (UNEVEN, {"unit": "kantor"}, "by_unknown"),
        (UNEVEN, {"missing": "fiml"}, "unknown_choice"),
        (UNEVEN, {"scale": (1, 3)}, "outside_scale"),
        (UNEVEN, {"level": 95}, "level_out_of_range"),
        (UNEVEN.assign(B1="setuju"), {}, "not_numeric"),
    ],
)
def test_refusals(frame, options, code):
    with pytest.raises(AkhlakError) as caught:
        ak.check_aggregation(frame, **({"unit": "office"} | options))
    assert caught.value.code == code
    assert all(caught.value.advice(lang) for lang in LANGUAGES)


def test_tables_have_words_and_the_record_says_all():
    got = check(UNEVEN)
    for name in [*got.table().columns, *got.overall().columns, *got.overall()["statistic"]]:
        assert has_text(f"label.{name}"), name
    record = got.record()
    assert record["kind"] == "aggregation"
    assert record["units"][3]["r_wg_uniform"]["unavailable"] == "unit_of_one"
    assert "7 units, 119 people" in repr(got)
