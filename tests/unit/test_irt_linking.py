"""Linking of scales and short forms: planted transformations, exhaustive search."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.measure.irt.families import FAMILIES
from akhlak_research.measure.irt.linking import LINKINGS, Anchors, transformed
from akhlak_research.measure.irt.posterior import log_prior, nodes


def simulate(n, seed, mean=0.0, sd=1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    theta = mean + sd * rng.standard_normal((n, 1))
    slope, shift = np.linspace(0.8, 2.0, 8), np.linspace(-1, 1, 8)
    latent = slope * (theta - shift) + rng.logistic(size=(n, 8))
    return pd.DataFrame(np.digitize(latent, [-1.5, 0, 1.5]) + 1.0, columns=[f"x{i}" for i in range(8)])


@pytest.fixture(scope="module")
def years():
    return ak.irt(simulate(3000, 1)), ak.irt(simulate(3000, 2, mean=0.6, sd=1.2))


@pytest.mark.parametrize("form", ["grm", "gpcm"])
@pytest.mark.parametrize("method", LINKINGS.names)
def test_an_exact_transformation_is_undone_exactly(years, form, method):
    fitted = years[0].fitted
    family = FAMILIES[form]
    fixed, theta = fitted.items(), nodes()
    moved = transformed(fixed, family, 1 / 1.3, -0.4 / 1.3)
    density = np.exp(log_prior(theta, np.zeros(1), np.ones(1))[0])
    found = LINKINGS[method].solve(Anchors(family, fitted.sizes(), moved, fixed, theta, density))
    np.testing.assert_allclose(found, [1.3, 0.4], atol=1e-8)
    np.testing.assert_allclose(transformed(moved, family, *found), fixed, atol=1e-7)
    # the curves are the same people's: P(θ) before is P(θ*) after
    before = family.theta(moved, fitted.sizes(), theta).p
    np.testing.assert_allclose(family.theta(fixed, fitted.sizes(), 1.3 * theta + 0.4).p, before, atol=1e-8)


@pytest.mark.parametrize("method", LINKINGS.names)
def test_growth_between_years_is_found(years, method):
    link = ak.link_scales(years[1], years[0], method=method)
    assert link.slope.estimate == pytest.approx(1.2, abs=3 * link.slope.se)
    assert link.intercept.estimate == pytest.approx(0.6, abs=3 * link.intercept.se)
    assert 0.005 < link.slope.se < 0.1 and 0.005 < link.intercept.se < 0.1
    assert link.anchors["b_difference"].abs().max() < 0.3
    assert link.transform([0.0, 1.0]).tolist() == pytest.approx(
        [link.intercept.estimate, link.intercept.estimate + link.slope.estimate]
    )


def test_concurrent_calibration_agrees(years):
    both = pd.concat([simulate(3000, 1), simulate(3000, 2, 0.6, 1.2)], ignore_index=True)
    year = pd.Series(np.repeat([2024, 2025], 3000))
    together = ak.irt(both, group=year)
    link = ak.link_scales(years[1], years[0])
    assert together.people.loc["2025", "mean"] == pytest.approx(link.intercept.estimate, abs=0.03)
    assert together.people.loc["2025", "sd"] == pytest.approx(link.slope.estimate, abs=0.03)


def test_refusals(years):
    first, second = years
    with pytest.raises(ArgumentError, match="irt_link_anchors"):
        ak.link_scales(second, first, anchors=["x1"])
    with pytest.raises(ArgumentError, match="irt_link_anchors"):
        ak.link_scales(second, first, anchors=["x1", "z"])
    with pytest.raises(MethodError, match="irt_link_models"):
        ak.link_scales(second, ak.irt(simulate(300, 3), "pcm"))
    bare = ak.link_scales(ak.irt(simulate(300, 3), errors="none"), first)
    assert bare.slope.se.code == "irt_errors_not_asked"


def best_of_size(fit, size) -> float:
    """Highest marginal reliability of all forms of a size, by trying every one."""
    fitted = fit.fitted
    prior, information = np.exp(fitted.log_prior()[0]), fitted.item_information(fitted.theta)
    totals = (information[list(items)].sum(0) for items in combinations(range(8), size))
    return max(float(prior @ (total / (total + 1))) for total in totals)


def test_short_form_equals_exhaustive_search(years):
    fit = years[0]
    path = ak.short_form(fit, reliability=0.5).path
    for row in path.itertuples():
        assert row.reliability == pytest.approx(best_of_size(fit, row.n_items), abs=1e-10)
    wanted = ak.short_form(fit, reliability=0.75)
    assert wanted.reliability >= 0.75 > best_of_size(fit, len(wanted.items) - 1)
    assert set(wanted.items) | set(wanted.left_out) == set(fit.parameters.index)


def test_short_form_for_a_standard_error_is_the_smallest(years):
    fit = years[0]
    grid = np.linspace(-1, 1, 41)
    information = fit.item_information(grid)
    chosen = ak.short_form(fit, se=0.6, between=(-1, 1))
    assert 1 / np.sqrt(information[list(chosen.items)].sum(axis=1).min()) <= 0.6
    smaller = combinations(fit.parameters.index, len(chosen.items) - 1)
    assert all(1 / np.sqrt(information[list(items)].sum(axis=1).min()) > 0.6 for items in smaller)


def test_short_form_keeps_what_it_must(years):
    fit = years[0]
    chosen = ak.short_form(fit, reliability=0.7, keep=["x0"], at_least={"late": (["x1", "x2"], 1)})
    assert "x0" in chosen.items and {"x1", "x2"} & set(chosen.items)
    with pytest.raises(MethodError, match="irt_short_unreachable"):
        ak.short_form(fit, reliability=0.99)
    with pytest.raises(MethodError, match="irt_short_unreachable"):
        ak.short_form(fit, se=0.01)
    with pytest.raises(ArgumentError, match="irt_short_target"):
        ak.short_form(fit, se=0.5, reliability=0.7)
