"""Identities of factor models: what must not change, does not, in every output."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak

MODEL = "f =~ a + b + c\ng =~ d + e + h"
NAMES = list("abcdeh")
ESTIMATORS = ["ML", "MLR", "MLM", "GLS", "ULS", "WLSMV", "ULSMV", "DWLS"]
ORDINAL = ("WLSMV", "ULSMV", "DWLS")


def data(seed=1, n=240, *, cut=True):
    rng = np.random.default_rng(seed)
    eta = rng.normal(size=(n, 2)) @ np.array([[1, 0.4], [0, 0.9]])
    values = np.repeat(eta, 3, axis=1) * 0.8 + rng.normal(size=(n, 6)) * 0.6
    if cut:
        values = np.digitize(values, [-0.8, 0, 0.8]) + 1.0
    return pd.DataFrame(values, columns=NAMES)


def fitted(frame, estimator, **options):
    if estimator in ORDINAL:
        options["ordered"] = True
    return ak.cfa(MODEL, frame, estimator=estimator, **options)


def same(first, second, *, rtol=1e-6, n=True):
    """All numbers of two results; the two searches stop at their own last digits."""
    columns = ["est", "se", "ci_low", "ci_high", "std_all"]
    a = first.parameters.set_index(["lhs", "op", "rhs", "group"])[columns]
    b = second.parameters.set_index(["lhs", "op", "rhs", "group"])[columns].reindex(a.index)
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(first.fit, second.fit[first.fit.index], rtol=rtol, atol=rtol)
    assert not n or first.n == second.n


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_order_of_rows_does_not_matter(estimator):
    frame = data()
    same(fitted(frame, estimator), fitted(frame.sample(frac=1, random_state=3), estimator))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_order_of_columns_does_not_matter(estimator):
    frame = data()
    same(fitted(frame, estimator), fitted(frame[NAMES[::-1]], estimator))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_listwise_is_dropping_first(estimator):
    frame = data().mask(np.random.default_rng(4).random((240, 6)) < 0.03)
    same(fitted(frame, estimator), fitted(frame.dropna(), estimator))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@settings(max_examples=3)
@given(seed=st.integers(0, 1000))
def test_frequency_is_repeating_the_row(estimator, seed):
    frame = data(n=120)
    times = np.random.default_rng(seed).integers(0, 4, size=120)
    repeated = frame.loc[np.repeat(np.arange(120), times)].reset_index(drop=True)
    same(fitted(frame, estimator, frequencies=times), fitted(repeated, estimator))


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_frequency_is_repeating_the_row_with_answers_missing(missing):
    frame = data(n=150, cut=False).mask(np.random.default_rng(4).random((150, 6)) < 0.06)
    times = np.random.default_rng(5).integers(1, 4, size=150)
    repeated = frame.loc[np.repeat(np.arange(150), times)].reset_index(drop=True)
    options = {"estimator": "MLR", "missing": missing}
    same(ak.cfa(MODEL, frame, frequencies=times, **options), ak.cfa(MODEL, repeated, **options))


@pytest.mark.parametrize("estimator, missing", [("MLR", "listwise"), ("MLR", "fiml"), ("WLSMV", "listwise")])
def test_scale_of_sampling_weights_does_not_matter(estimator, missing):
    frame = data()
    weights = np.random.default_rng(6).uniform(0.5, 2, size=240)
    options = {"missing": missing}
    same(fitted(frame, estimator, weights=weights, **options), fitted(frame, estimator, weights=7 * weights, **options))


@pytest.mark.parametrize("estimator", ["MLR", "WLSMV"])
def test_equal_weights_are_no_weights(estimator):
    frame = data()
    same(fitted(frame, estimator, weights=np.full(240, 3.0)), fitted(frame, estimator))


@pytest.mark.parametrize("estimator", ["MLR", "WLSMV"])
def test_each_person_a_cluster_adds_the_small_sample_factor_only(estimator):
    frame = data()
    one = fitted(frame, estimator, means=True)
    each = fitted(frame.assign(who=np.arange(240)), estimator, cluster="who", means=True)
    a, b = one.parameters["se"].dropna(), each.parameters["se"].dropna()
    np.testing.assert_allclose(b, a * np.sqrt(240 / 239), rtol=1e-7)


def test_fiml_of_complete_rows_is_maximum_likelihood():
    frame = data(cut=False)
    full, plain = ak.cfa(MODEL, frame, missing="fiml"), ak.cfa(MODEL, frame, means=True)
    np.testing.assert_allclose(full.parameters["est"], plain.parameters["est"], atol=1e-8)
    assert full.fit["chisq"] == pytest.approx(plain.fit["chisq"], abs=1e-8)
    assert full.fit["logl"] == pytest.approx(plain.fit["logl"], abs=1e-8)


@pytest.mark.parametrize("estimator", ["ML", "MLR", "WLSMV"])
def test_unconstrained_groups_are_separate_fits(estimator):
    frame = data(n=500)
    frame["g"] = np.where(np.arange(500) < 260, "x", "y")
    together = fitted(frame, estimator, group="g")
    total = 0.0
    for label in ("x", "y"):
        alone = fitted(frame[frame["g"] == label][NAMES], estimator, means=True)
        part = together.parameters[together.parameters["group"] == label]
        np.testing.assert_allclose(part["est"], alone.parameters["est"], atol=1e-6)
        # least squares divides by N − 2 for both groups together, by n − 1 for one
        n = alone.n
        factor = np.sqrt(500 / 498 * (n - 1) / n) if estimator == "WLSMV" else 1.0
        np.testing.assert_allclose(part["se"], factor * alone.parameters["se"], rtol=1e-6)
        total += alone.fit["chisq"]
    assert together.fit["chisq"] == pytest.approx(total, rel=1e-8)


@pytest.mark.parametrize("estimator", ["ML", "MLR", "WLSMV"])
def test_marker_and_unit_variance_are_one_model(estimator):
    frame = data()
    marker, unit = fitted(frame, estimator), fitted(frame, estimator, std_lv=True)
    np.testing.assert_allclose(marker.parameters["std_all"], unit.parameters["std_all"], atol=1e-7)
    np.testing.assert_allclose(marker.fit, unit.fit[marker.fit.index], rtol=1e-6, atol=1e-8)


def test_delta_and_theta_are_one_model():
    delta, theta = (fitted(data(), "WLSMV", parametrisation=p) for p in ("delta", "theta"))
    np.testing.assert_allclose(delta.parameters["std_all"].iloc[:6], theta.parameters["std_all"].iloc[:6], atol=1e-7)
    np.testing.assert_allclose(delta.fit, theta.fit[delta.fit.index], rtol=1e-5, atol=1e-7)


def test_units_of_measurement_scale_loadings_and_leave_the_fit():
    frame = data(cut=False)
    scaled = frame * np.array([1, 10, 0.1, 1, 5, 2])
    plain, other = ak.cfa(MODEL, frame, estimator="MLR"), ak.cfa(MODEL, scaled, estimator="MLR")
    of_units = ("logl", "logl_saturated", "aic", "bic", "bic_adjusted")
    scale_free = [name for name in plain.fit.index if name not in of_units]
    np.testing.assert_allclose(plain.fit[scale_free], other.fit[scale_free], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(plain.parameters["std_all"], other.parameters["std_all"], atol=1e-7)


@pytest.mark.parametrize(
    "step, added",
    [(("loadings",), 4), (("loadings", "intercepts"), 4), (("loadings", "intercepts", "residuals"), 6)],
)
def test_degrees_of_freedom_count_constraints_added_less_parameters_released(step, added):
    """Loadings add 4; intercepts 6 less the two latent means they release; residuals 6."""
    frame = data(n=400, cut=False)
    frame["g"] = np.arange(400) % 2
    before = ak.cfa(MODEL, frame, group="g", group_equal=step[:-1])
    after = ak.cfa(MODEL, frame, group="g", group_equal=step)
    assert after.fit["df"] - before.fit["df"] == added
    assert after.fit["chisq"] >= before.fit["chisq"] - 1e-8
