"""Figures of factor models: numbers behind them, alternative texts, the same bytes."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.cfa.loadings import standardised_gradient


def simulated(factors, items, n=400, seed=2):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    blocks = {}
    for f in range(factors):
        eta = 0.6 * common[:, 0] + 0.8 * rng.normal(size=n)
        for i in range(items):
            blocks[f"f{f + 1}_{i + 1}"] = (0.8 - 0.08 * i) * eta + 0.6 * rng.normal(size=n)
    model = "\n".join(
        f"F{f + 1} =~ " + " + ".join(f"f{f + 1}_{i + 1}" for i in range(items)) for f in range(factors)
    )
    return model, pd.DataFrame(blocks)


@pytest.fixture(scope="module")
def fit():
    return ak.cfa(*simulated(3, 3))


@pytest.fixture(scope="module")
def ladder():
    model, data = simulated(2, 3)
    return ak.invariance(model, data.assign(g=np.arange(len(data)) % 2), "g")


def check(shown, again):
    for lang in ("id", "en"):
        content = shown.content[lang]
        assert content["svg"] == again.content[lang]["svg"]
        ET.fromstring(content["svg"])
        assert content["alt"] and content["caption"] and content["notes"] and content["rows"]
        assert len(content["head"]) == len(content["rows"][0])
    assert shown.content["id"]["alt"] != shown.content["en"]["alt"]


@pytest.mark.parametrize("plot", [ak.plot_path_diagram, ak.plot_residuals])
def test_figures_of_a_model_are_complete(fit, plot):
    check(plot(fit), plot(fit))


def test_ladder_is_complete(ladder):
    check(ak.plot_invariance(ladder), ak.plot_invariance(ladder))
    assert "Metric" in ak.plot_invariance(ladder).content["en"]["alt"]


def test_loadings_of_a_model_have_intervals(fit):
    shown = ak.plot_loadings(fit)
    check(shown, ak.plot_loadings(fit))
    assert "bootstrap" not in shown.content["en"]["notes"][0]
    assert shown.content["en"]["rows"][0][2] == "–"


@pytest.mark.parametrize("shape", [(7, 3), (5, 5), (1, 4)])
def test_path_diagram_says_every_loading(shape):
    fit = ak.cfa(*simulated(*shape))
    content = ak.plot_path_diagram(fit).content["en"]
    written = "".join(ET.fromstring(content["svg"]).itertext())
    for row in fit.parameters.query("op == '=~'").itertuples():
        assert row.rhs in written and f"{row.std_all:.2f}" in written
    assert all(f"F{f + 1}" in written for f in range(shape[0]))


def test_groups_signs_and_residual_covariances():
    model, data = simulated(2, 3)
    data["f1_2"] *= -1
    fit = ak.cfa(model + "\nf1_1 ~~ f2_1", data.assign(g=np.arange(len(data)) % 2), group="g")
    first, second = ak.plot_path_diagram(fit), ak.plot_path_diagram(fit, group=1)
    assert first.content["en"]["svg"] != second.content["en"]["svg"]
    assert "(1)" in second.content["en"]["caption"]
    assert ak.plot_residuals(fit, group=1).content["en"]["rows"]
    with pytest.raises(ak.AkhlakError):
        ak.plot_path_diagram(fit, group=7)


def test_standardised_errors_agree_with_the_parametrisation_that_has_them():
    """With unit factors and unit variances of the items the estimate is the standardised one."""
    model, data = simulated(1, 4)
    marked, unit = ak.cfa(model, data), ak.cfa(model, data, std_lv=True)
    one, two = (f.loading_intervals.loadings_high - f.loading_intervals.loadings for f in (marked, unit))
    np.testing.assert_allclose(one, two, atol=1e-7)
    cut = data.apply(lambda x: np.digitize(x, [-0.5, 0.5]) + 1.0)
    ordered = ak.cfa(model, cut, estimator="WLSMV", std_lv=True)
    rows = ordered.parameters.query("op == '=~'")
    np.testing.assert_allclose(ordered.loading_intervals.loadings_high["F1"], rows["ci_high"], atol=1e-8)


def test_standardised_errors_by_differences():
    model, data = simulated(2, 3)
    fit = ak.cfa(model, data).fitted
    gradient = standardised_gradient(fit, 0)[1]
    h = 1e-6
    for j in range(len(fit.theta)):
        up, down = (replace(fit.optimum, theta=fit.theta + s * h * np.eye(len(fit.theta))[j]) for s in (1, -1))
        change = standardised_gradient(replace(fit, optimum=up), 0)[0] - standardised_gradient(
            replace(fit, optimum=down), 0
        )[0]
        np.testing.assert_allclose(change / (2 * h), gradient[:, j], atol=1e-6)
