"""Figures of item response models: numbers behind them, alternative texts, the same bytes."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(1)
    latent = 1.5 + 1.5 * rng.standard_normal((600, 1)) + rng.logistic(size=(600, 5))
    return ak.irt(pd.DataFrame(np.digitize(latent, [-2, 0, 1.5]) + 1.0, columns=[f"x{i}" for i in range(5)]), "pcm")


@pytest.mark.parametrize(
    "plot",
    [ak.plot_wright_map, ak.plot_categories, ak.plot_information, lambda f: ak.plot_person_fit(ak.irt_person_fit(f))],
)
def test_figures_are_complete_in_both_languages(fit, plot):
    shown, again = plot(fit), plot(fit)
    assert shown.kind == "figure"
    for lang in ("id", "en"):
        content = shown.content[lang]
        assert content["svg"] == again.content[lang]["svg"]
        ET.fromstring(content["svg"])
        assert content["alt"] and content["caption"] and content["notes"] and content["rows"]
        assert len(content["head"]) == len(content["rows"][0])
    assert shown.content["id"]["alt"] != shown.content["en"]["alt"]


def test_a_ceiling_is_told(fit):
    """People were made to stand above most thresholds: the map says how many are above each item."""
    rows = ak.plot_wright_map(fit).content["en"]["rows"]
    above = [float(row[-1]) for row in rows]
    assert above == sorted(above, reverse=True) and min(above) > 50
    location = fit.parameters.filter(regex=r"^b\d+$").mean(axis=1).sort_values()
    assert [row[0] for row in rows] == location.index.tolist()


def test_information_behind_the_figure_is_that_of_the_model(fit):
    rows = ak.plot_information(fit).content["en"]["rows"]
    theta = [float(row[0].replace("−", "-")) for row in rows]
    np.testing.assert_allclose([float(row[1]) for row in rows], fit.information(theta), atol=6e-4)
    assert sum(float(row[3]) for row in rows) == pytest.approx(100, abs=1)


def test_unknown_item(fit):
    with pytest.raises(ArgumentError, match="unknown_choice"):
        ak.plot_categories(fit, items=["z"])
    assert len(ak.plot_categories(fit, items=["x1"]).content["en"]["rows"]) == 1
