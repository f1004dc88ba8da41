"""Gradients of incomplete rows, ordered items and standardised values against finite differences."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import MethodError
from akhlak_research.measure.cfa.standardise import all_standardised, standardised_jacobian

MODEL = "f =~ a + b + c\ng =~ d + e + h\na ~~ d"


def answers(n=400):
    """Simulated: two factors, six items."""
    rng = np.random.default_rng(8)
    eta = rng.normal(size=(n, 2)) @ np.array([[1.0, 0.5], [0.0, 0.9]])
    values = np.repeat(eta, 3, axis=1) * 0.8 + rng.normal(size=(n, 6)) * 0.7
    return pd.DataFrame(values, columns=list("abcdeh"))


CUT = answers().apply(lambda x: np.digitize(x, [-0.8, 0.4]) + 1.0)
HOLES = answers().mask(np.random.default_rng(9).random((400, 6)) < 0.1)
HALVES = {"group": pd.Series(np.arange(400) % 2), "group_equal": ("thresholds", "loadings")}
FITS = {
    "incomplete": (HOLES, {"missing": "fiml"}),
    "delta": (CUT, {"estimator": "WLSMV"}),
    "theta": (CUT, {"estimator": "WLSMV", "parametrisation": "theta"}),
    "delta, free scales": (CUT, {"estimator": "WLSMV"} | HALVES),
    "theta, free residuals": (CUT, {"estimator": "ULSMV", "parametrisation": "theta"} | HALVES),
    "complete, regression": (answers(), {"model": MODEL + "\ng ~ f"}),
}


@pytest.fixture(params=FITS, scope="module")
def fit(request):
    data, options = FITS[request.param]
    return ak.cfa(**({"model": MODEL, "data": data} | options)).fitted


def differences(function, theta, h=1e-5):
    steps = np.eye(len(theta)) * h
    return np.stack([(function(theta + step) - function(theta - step)) / (2 * h) for step in steps], axis=-1)


def beside(fit):
    """A point near the optimum where no gradient vanishes."""
    return fit.theta + 0.05 * np.random.default_rng(1).uniform(-1, 1, len(fit.theta))


def test_gradient_of_every_block(fit):
    theta = beside(fit)
    for block in fit.blocks:
        numeric = differences(block.value, theta)
        assert np.abs(numeric).max() > 1e-3
        np.testing.assert_allclose(block.gradient(theta), numeric, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(block.slope(theta)[0], block.gradient(theta), rtol=1e-10, atol=1e-12)


def test_delta_of_every_block(fit):
    theta = beside(fit)
    for block in fit.blocks:
        numeric = -differences(block.residual, theta)
        np.testing.assert_allclose(block.delta(theta), numeric, rtol=1e-6, atol=1e-7)


def test_exact_hessian_where_there_is_one(fit):
    theta = beside(fit)
    for block in fit.blocks:
        if fit.table.variables.ordered:
            continue
        np.testing.assert_allclose(block.hessian(theta), differences(block.gradient, theta), rtol=1e-5, atol=1e-6)


def test_jacobian_of_standardised_values(fit):
    from akhlak_research.measure.cfa.engine import completed

    def standardised(theta):
        return all_standardised(completed(replace(fit, optimum=replace(fit.optimum, theta=theta))))

    numeric = differences(standardised, fit.theta)
    shown = [row.op != "~*~" for row in fit.table.rows]
    np.testing.assert_allclose(standardised_jacobian(fit)[shown], numeric[shown], rtol=1e-6, atol=1e-7)


def test_residuals_have_errors_where_their_theory_is_settled():
    found = ak.cfa(MODEL, CUT, estimator="WLSMV").standardised_residuals
    assert list(found.columns) == ["lhs", "rhs", "group", "residual", "se", "z", "pvalue"]
    assert len(found) == 15 and found["z"].iloc[0] == found["z"].iloc[found["z"].abs().argmax()]
    for data, options in ((HOLES, {"missing": "fiml"}), (answers(), {"estimator": "GLS"})):
        with pytest.raises(MethodError) as error:
            _ = ak.cfa(MODEL, data, **options).standardised_residuals
        assert error.value.code == "cfa_residual_z"
