"""Standard errors of measurement, overall, at each score, and from two occasions."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import akhlak_research as ak
from akhlak_research.measure.conditional_error import error_parts


def answers(n=300, seed=0, k=6):
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, 1)) + rng.standard_normal((n, k))
    return pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0, columns=[f"x{i}" for i in range(k)])


def scores(n=200, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    true = rng.normal(50, 10, n)
    index = [f"p{i}" for i in range(n)]
    return (
        pd.Series(true + rng.normal(0, 4, n), index=index),
        pd.Series(true + shift + rng.normal(0, 4, n), index=index),
    )


@pytest.mark.parametrize("coefficient", ["alpha", "lambda2", "omega"])
def test_error_is_what_the_coefficient_leaves(coefficient):
    frame = answers()
    found = ak.measurement_error(frame, coefficient=coefficient)
    value = {
        "alpha": ak.cronbach_alpha(frame).estimate,
        "lambda2": ak.guttman_lambdas(frame)["lambda2"].estimate,
        "omega": ak.mcdonald_omega(frame).estimate,
    }[coefficient]
    assert found.reliability == pytest.approx(value, abs=1e-12)
    assert found.estimate == pytest.approx(frame.sum(axis=1).std() * np.sqrt(1 - value), abs=1e-10)
    assert found.sdc.estimate == pytest.approx(stats.norm.ppf(0.975) * np.sqrt(2) * found.estimate)
    mean = ak.measurement_error(frame, coefficient=coefficient, score="mean")
    assert mean.estimate == pytest.approx(found.estimate / 6)
    assert mean.interval.high == pytest.approx(found.interval.high / 6)


def test_parts_of_persons_average_to_the_error_by_alpha():
    frame = answers()
    values = frame.to_numpy()
    mean = error_parts(values, values.mean(axis=0)).mean() * 300 / 299
    assert np.sqrt(mean) == pytest.approx(ak.measurement_error(frame, coefficient="alpha").estimate, abs=1e-10)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_conditional_errors_average_to_the_error_by_alpha(degree):
    """A least-squares fit with a constant keeps the mean."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(300, 1)) + rng.normal(size=(300, 6)), columns=list("abcdef")).round(1)
    found = ak.measurement_error(frame, coefficient="alpha", degree=degree)
    table = found.conditional
    assert table["n"].sum() == 300
    assert np.sqrt(np.average(table["sem"] ** 2, weights=table["n"])) == pytest.approx(found.estimate, abs=1e-9)
    assert (table["ci_low"] < table["sem"]).all() and (table["sem"] < table["ci_high"]).all()


def test_conditional_errors_follow_a_planted_course():
    """Errors grow with the true score; the curve must."""
    rng = np.random.default_rng(1)
    true = rng.uniform(0, 10, (20_000, 1))
    frame = pd.DataFrame(true + rng.normal(size=(20_000, 8)) * (0.5 + 0.2 * true), columns=list("abcdefgh"))
    table = ak.measurement_error(frame.round(1), coefficient="alpha", score="mean", degree=2).conditional
    at = table.set_index("score")["sem"]
    for score in (2.5, 5.0, 7.5):
        near = at[np.abs(at.index - score) < 0.1].mean()
        assert near == pytest.approx((0.5 + 0.2 * score) / np.sqrt(8), rel=0.08)


def test_what_does_not_exist():
    frame = answers()
    counts = ak.count_responses(frame, scale=(1, 5))
    assert ak.measurement_error(counts).conditional.code == "interval_needs_rows"
    assert ak.measurement_error(counts).interval.method == "delta-log-normal-theory"
    patchy = frame.copy()
    patchy.iloc[0, 0] = np.nan
    assert ak.measurement_error(patchy, missing="pairwise").conditional.code == "conditional_pairwise"
    two = frame[["x0", "x1"]]
    assert ak.measurement_error(two).sem.code == "omega_needs_three_items"
    few = pd.DataFrame({"a": [1, 2, 1, 2], "b": [1, 2, 2, 2]})
    assert ak.measurement_error(few, coefficient="alpha").conditional.code == "conditional_few_scores"
    steep = ak.measurement_error(answers(60, seed=4), coefficient="alpha", degree=4)
    assert steep.conditional["sem"].isna().any() == ("conditional_negative" in [n.code for n in steep.notices])


def test_frequencies_weights_and_groups():
    frame, times = answers(150), np.random.default_rng(1).integers(1, 4, 150)
    repeated = frame.loc[frame.index.repeat(times)]
    ours, theirs = ak.measurement_error(frame, frequencies=times), ak.measurement_error(repeated)
    pd.testing.assert_frame_equal(ours.table(), theirs.table(), atol=1e-8)
    pd.testing.assert_frame_equal(ours.conditional, theirs.conditional, atol=1e-8)
    w = times * 0.3
    ours, theirs = ak.measurement_error(frame, weights=w), ak.measurement_error(frame, weights=5 * w)
    pd.testing.assert_frame_equal(ours.conditional, theirs.conditional, atol=1e-8)
    group = pd.Series(["a", "b"] * 75, name="g")
    together = ak.measurement_error(frame, by=group)
    pd.testing.assert_frame_equal(together["a"].table(), ak.measurement_error(frame[group == "a"]).table())


def test_retest_is_the_analysis_of_variance():
    first, second = scores(shift=2.0)
    found = ak.test_retest(first, second)
    d = second - first
    assert found.sem_consistency.estimate == pytest.approx(d.std() / np.sqrt(2))
    ems, jms, n = d.var() / 2, 200 * d.mean() ** 2 / 2, 200
    assert found.sem_agreement.estimate == pytest.approx(np.sqrt(ems + (jms - ems) / n))
    assert found.agreement_high.estimate == pytest.approx(d.mean() + stats.norm.ppf(0.975) * d.std())
    low, high = stats.t.interval(0.95, 199, d.mean(), d.sem())
    assert (found.mean_difference.interval.low, found.mean_difference.interval.high) == pytest.approx((low, high))
    icc = ak.intraclass_correlation(pd.DataFrame({"a": first, "b": second}))
    assert found.icc_agreement == icc["ICC2"] and found.icc_consistency == icc["ICC3"]
    assert found.sem_agreement.interval.code == "two_occasions"
    assert found.sem_agreement.estimate > found.sem_consistency.estimate


def test_retest_matches_people_not_rows():
    first, second = scores()
    shuffled = second.sample(frac=1, random_state=1)
    assert ak.test_retest(first, shuffled).estimate == ak.test_retest(first, second).estimate
    late = pd.concat([second.iloc[5:], pd.Series([1.0, 2.0], index=["new1", "new2"])])
    found = ak.test_retest(first, late)
    assert (found.n, found.n_only_once) == (195, 7)
    assert [n.code for n in found.notices] == ["measured_once"]


def test_retest_of_items_and_frequencies():
    frame = answers(100)
    again = np.clip(frame + np.random.default_rng(2).integers(-1, 2, frame.shape), 1, 5)
    mean, total = ak.test_retest(frame, again), ak.test_retest(frame, again, score="sum")
    assert mean.estimate == pytest.approx(total.estimate)
    assert total.sem_agreement.estimate == pytest.approx(6 * mean.sem_agreement.estimate)
    times = np.random.default_rng(1).integers(0, 3, 100)
    a, b = frame.mean(axis=1), again.mean(axis=1)
    counted = ak.test_retest(a, b, frequencies=times)
    repeated = ak.test_retest(a.repeat(times).reset_index(drop=True), b.repeat(times).reset_index(drop=True))
    pd.testing.assert_frame_equal(counted.table(), repeated.table(), atol=1e-10)
    group = pd.Series(np.where(np.arange(100) < 60, "u", "v"), index=frame.index, name="g")
    together = ak.test_retest(a, b, by=group)
    pd.testing.assert_frame_equal(together["u"].table(), ak.test_retest(a[:60], b[:60]).table())


def test_refusals():
    first, second = scores(10)
    twice = first.set_axis(["p0"] * 10)
    for call, code in (
        (lambda: ak.test_retest(first, second.set_axis(list("abcdefghij"))), "too_few_twice"),
        (lambda: ak.test_retest(twice, second), "people_twice"),
        (lambda: ak.test_retest([1, 2], [2, 3]), "occasion_type"),
        (lambda: ak.test_retest(answers(), answers()[["x0"]]), "occasions_differ"),
        (lambda: ak.test_retest(first, second, score="median"), "unknown_choice"),
        (lambda: ak.test_retest(first.astype(str), second), "not_numeric"),
        (lambda: ak.test_retest(first, second, frequencies=[1] * 3), "frequencies_invalid"),
        (lambda: ak.measurement_error(answers(), coefficient="beta"), "unknown_choice"),
        (lambda: ak.measurement_error(answers(), score="median"), "unknown_choice"),
        (lambda: ak.measurement_error(answers(), degree=9), "count_out_of_range"),
    ):
        with pytest.raises(ak.AkhlakError) as caught:
            call()
        assert caught.value.code == code


def test_equal_occasions_have_no_error():
    first, _ = scores(10)
    found = ak.test_retest(first, first)
    assert found.estimate == pytest.approx(1.0)
    assert found.sem_consistency.estimate == 0.0


def test_records():
    first, second = scores(30)
    for result in (ak.test_retest(first, second), ak.measurement_error(answers())):
        assert json.loads(json.dumps(result.record()))["kind"] == result.kind
        assert "SEM" in repr(result)
