"""Identities of models of ordered beside continuous variables and of covariates: what must not change, does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak

MODEL = "f =~ a + b + c + d\nf ~ x + z\nb ~ x"
ORDERED = ("a", "b")
COLUMNS = ["est", "se", "ci_low", "ci_high", "std_all", "std_se"]


def data(seed=1, n=240):
    """Simulated: a factor that two covariates move, two ordered and two continuous indicators."""
    rng = np.random.default_rng(seed)
    x, z = rng.integers(0, 2, n).astype(float), rng.normal(size=n).round(2)
    f = 0.5 * x - 0.3 * z + rng.normal(size=n)
    frame = pd.DataFrame(f[:, None] * [0.8, 0.9, 0.7, 0.6] + rng.normal(size=(n, 4)) * 0.7, columns=list("abcd"))
    for item in ORDERED:
        frame[item] = np.digitize(frame[item], [-0.7, 0.4]) + 1.0
    return frame.assign(x=x, z=z)


def fitted(frame, model=MODEL, **options):
    return ak.cfa(model, frame, **({"estimator": "WLSMV", "ordered": ORDERED} | options))


def same(first, second, *, rtol=1e-5):
    """All numbers of two results; two searches stop at their own last digits."""
    a = first.parameters.set_index(["lhs", "op", "rhs", "group"])[COLUMNS]
    b = second.parameters.set_index(["lhs", "op", "rhs", "group"])[COLUMNS].reindex(a.index)
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(first.fit, second.fit[first.fit.index], rtol=rtol, atol=rtol)
    for ours, theirs in (
        (first.modification_indices, second.modification_indices),
        (first.standardised_residuals, second.standardised_residuals),
    ):
        np.testing.assert_allclose(
            np.sort(ours.select_dtypes("number"), axis=0), np.sort(theirs.select_dtypes("number"), axis=0),
            rtol=1e-3, atol=1e-4,
        )  # fmt: skip


@given(st.integers(0, 2**31))
@settings(max_examples=5, deadline=None)
def test_order_of_rows_does_not_matter(seed):
    frame = data()
    mixed = frame.sample(frac=1, random_state=seed % 2**31)
    first, second = fitted(frame), fitted(mixed)
    same(first, second)
    np.testing.assert_allclose(first.factor_scores, second.factor_scores.loc[frame.index], atol=1e-6)


def test_order_of_columns_and_indicators_does_not_matter():
    frame = data()
    turned = fitted(frame[list("zxdcba")], "f =~ 1*a + d + c + b\nb ~ x\nf ~ z + x")
    same(fitted(frame), turned)


def test_a_frequency_is_that_many_rows():
    frame = data()
    k = np.random.default_rng(2).integers(1, 4, len(frame))
    whole = frame.loc[frame.index.repeat(k)].reset_index(drop=True)
    counted = fitted(frame, frequencies=k)
    same(counted, fitted(whole))
    assert counted.n == k.sum()


def test_listwise_is_dropping_first():
    frame = data()
    frame.loc[::7, "a"] = np.nan
    frame.loc[::11, "c"] = np.nan
    frame.loc[::13, "z"] = np.nan
    same(fitted(frame), fitted(frame.dropna()))


def test_the_scale_of_sampling_weights_does_not_matter():
    frame = data()
    w = np.random.default_rng(3).uniform(0.5, 2, len(frame))
    same(fitted(frame, weights=w), fitted(frame, weights=7 * w))


def test_equal_weights_are_none():
    """But for the variances of what is given, which weights describe with the denominator n."""
    frame = data()
    weighted, plain = fitted(frame, weights=np.ones(len(frame))), fitted(frame)
    free, told = plain.parameters["se"].notna(), ["est", "se"]
    np.testing.assert_allclose(weighted.parameters[free][told], plain.parameters[free][told], atol=1e-8)
    assert weighted.fit["chisq_scaled"] == pytest.approx(plain.fit["chisq_scaled"], rel=1e-9)


def test_clusters_of_one_are_rows():
    """But for C/(C − 1)."""
    frame = data()
    n = len(frame)
    plain, alone = fitted(frame), fitted(frame, cluster=pd.Series(np.arange(n)))
    ratio = (alone.parameters["se"] / plain.parameters["se"]).dropna()
    np.testing.assert_allclose(ratio, np.sqrt(n / (n - 1)), rtol=1e-6)


def test_a_group_is_its_subset():
    frame = data(n=480).assign(g=np.repeat([0, 1], 240))
    both = fitted(frame, group="g")
    for label in (0, 1):
        alone = fitted(frame[frame["g"] == label]).parameters
        inside = both.parameters[both.parameters["group"] == label]
        np.testing.assert_allclose(inside[["est"]], alone[["est"]], rtol=1e-5, atol=1e-6)
        # each group counts n − 1 of all
        np.testing.assert_allclose(inside["se"], alone["se"], rtol=3e-3, atol=1e-6)


def test_units_of_continuous_variables_and_covariates_do_not_matter():
    """Standardised values, χ² of the full weight, z of slopes."""
    frame = data()
    other = frame.assign(c=frame["c"] * 10 + 3, z=frame["z"] / 5 - 2)
    first, second = fitted(frame, estimator="WLS"), fitted(other, estimator="WLS")
    assert first.fit["chisq"] == pytest.approx(second.fit["chisq"], rel=1e-5)
    rows = first.parameters["op"].isin(["=~", "~"])
    for column in ("std_all", "z"):
        np.testing.assert_allclose(first.parameters[rows][column], second.parameters[rows][column], rtol=1e-4)


def test_delta_and_theta_say_the_same():
    frame = data()
    delta, theta = fitted(frame), fitted(frame, parametrisation="theta")
    assert delta.fit["chisq"] == pytest.approx(theta.fit["chisq"], rel=1e-6)
    told = ~delta.parameters["op"].isin(["~*~"])
    np.testing.assert_allclose(delta.parameters[told]["std_all"], theta.parameters[told]["std_all"], atol=1e-5)
    ratio = theta.factor_scores / delta.factor_scores
    np.testing.assert_allclose(ratio, ratio.iloc[0, 0], rtol=1e-4)
