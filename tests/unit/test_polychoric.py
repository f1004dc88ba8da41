"""Polychoric correlations: the kernel, degenerate tables, what is refused and what is said."""

import json
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.polychoric.binormal import cells, corners, density, small_cells
from akhlak_research.measure.polychoric.two_step import cell_probabilities, maximise, thresholds

RHOS = (-0.9999, -0.95, -0.9249, -0.6, -0.1, 0.0, 0.149, 0.34, 0.59, 0.79, 0.9251, 0.97, 0.999, 0.999999)


def codes_of(result):
    return [notice.code for notice in result.notices]


@pytest.fixture
def answers():
    rng = np.random.default_rng(3)
    latent = 0.7 * rng.normal(size=(400, 1)) + 0.7 * rng.normal(size=(400, 4))
    return pd.DataFrame(np.digitize(latent, [-1, -0.2, 0.5, 1.2]) + 1, columns=list("abcd"))


@pytest.mark.parametrize("rho", RHOS)
def test_distribution_function_against_an_integral(rho):
    """∫ φ(x) Φ((b − ρx)/√(1 − ρ²)) dx by adaptive quadrature."""
    a, b = np.array([[-2.1, -0.3, 0.8, 3.0]]), np.array([[-3.2, -0.31, 0.8, 1.7]])
    got = corners(a, b, np.array([rho]))[0]
    s = math.sqrt((1 - rho) * (1 + rho))
    for i, x in enumerate(a[0]):
        for j, y in enumerate(b[0]):
            middle = y / rho if abs(rho) > 0.3 else 0.0
            edges = sorted({-12.0, x, *np.clip([middle + k * s for k in (-9, -3, 0, 3, 9)], -12, x)})
            want = sum(
                quad(
                    lambda t, y=y: math.exp(-t * t / 2) / math.sqrt(2 * math.pi) * ndtr((y - rho * t) / s),
                    low, high, epsabs=1e-15, epsrel=1e-13,
                )[0]
                for low, high in pairwise(edges)
            )  # fmt: skip
            assert got[i, j] == pytest.approx(want, abs=2e-13)


def test_distribution_function_at_its_known_points():
    zero = np.zeros((3, 1))
    rho = np.array([0.5, -0.5, 0.96])
    np.testing.assert_allclose(corners(zero, zero, rho)[:, 0, 0], 0.25 + np.arcsin(rho) / (2 * np.pi), atol=1e-15)
    far = np.array([[-np.inf, np.inf]])
    tau = np.array([[0.3]])
    for r in (0.2, 0.95, -0.95):
        np.testing.assert_allclose(corners(far, tau, np.array([r]))[0, :, 0], [0, ndtr(0.3)], atol=1e-15)


def test_derivatives_are_those_of_the_function():
    a, b = np.array([[-1.0, 0.4]]), np.array([[-0.2, 1.5]])
    step = 1e-5
    for rho in (-0.7, 0.1, 0.94):
        value, slope = density(a, b, np.array([rho]))
        up, down = (corners(a, b, np.array([rho + sign * step])) for sign in (1, -1))
        np.testing.assert_allclose(value, (up - down) / (2 * step), rtol=1e-7, atol=1e-11)
        up, down = (density(a, b, np.array([rho + sign * step]))[0] for sign in (1, -1))
        np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=1e-6, atol=1e-10)


def test_cells_are_a_distribution_with_the_margins_of_the_thresholds():
    tau_a, tau_b = np.array([[-1.0, 0.2, 0.9]]), np.array([[-0.5, 0.0, 2.0]])
    p = cells(corners(tau_a, tau_b, np.array([0.6])), ndtr(tau_a), ndtr(tau_b))[0]
    assert p.sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(p.sum(axis=1), np.diff([0, *ndtr(tau_a[0]), 1]), atol=1e-15)


def test_small_cells_keep_their_digits():
    """Where differences of corners still hold ten digits, both ways agree; far beyond, the value stays positive."""
    edges = [np.array([e]) for e in (-1.0, -0.5, 1.5, 2.0)]
    rho = np.array([0.85])
    direct = small_cells(*edges, rho)
    difference = cells(corners(np.array([[-1.0, -0.5]]), np.array([[1.5, 2.0]]), rho))
    assert direct[0] == pytest.approx(difference[0, 1, 1], rel=1e-9)
    far = small_cells(np.array([3.0]), np.array([np.inf]), np.array([-np.inf]), np.array([-3.0]), np.array([0.9]))
    want, _ = quad(
        lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * ndtr((-3 - 0.9 * x) / math.sqrt(0.19)), 3, 8,
        epsabs=0, epsrel=1e-12,
    )  # fmt: skip
    assert 0 < far[0] < 1e-35 and far[0] == pytest.approx(want, rel=1e-10)


def test_score_vanishes_at_the_estimate():
    rng = np.random.default_rng(1)
    table = rng.integers(0, 30, size=(1, 4, 4)).astype(float)
    tau_a, tau_b = thresholds(table.sum(axis=2)), thresholds(table.sum(axis=1))
    rho = maximise(tau_a, tau_b, table).rho
    p = cell_probabilities(tau_a, tau_b, rho, table > 0)
    assert abs((table * cells(density(tau_a, tau_b, rho)[0]) / p).sum()) < 1e-9


def test_normal_answers_cut_anywhere_give_back_the_correlation():
    """A table in the proportions of a normal distribution with ρ = .55 has its maximum there."""
    for cuts in ([0.0], [-2.0], [-1.0, 0.5, 2.4]):
        tau = np.array([cuts])
        p = cells(corners(tau, tau, np.array([0.55])), ndtr(tau), ndtr(tau))
        assert maximise(tau, tau, p * 1000).rho[0] == pytest.approx(0.55, abs=1e-12)


def test_table_and_record(answers):
    found = ak.polychoric(answers)
    table = found.table()
    assert list(table.columns) == ["item", "with_item", "estimate", "std_error", "ci_low", "ci_high", "n"]
    assert len(table) == 6 and (table["ci_low"] < table["estimate"]).all() and (table["ci_high"] < 1).all()
    assert found.correlations.loc["b", "d"] == table.query("item == 'b' and with_item == 'd'")["estimate"].item()
    json.dumps(found.record(), allow_nan=False)
    assert "4 items" in repr(found)
    wider = ak.polychoric(answers, level=0.99).table()
    assert (wider["ci_low"] < table["ci_low"]).all()


def test_keys_turn_signs_only(answers):
    turned = ak.polychoric(answers, keys={"a": -1}, scale=(1, 5))
    plain = ak.polychoric(answers)
    assert turned.correlations.loc["a", "b"] == pytest.approx(-plain.correlations.loc["a", "b"], abs=1e-12)
    assert turned.inputs.reversed_items == ("a",)
    np.testing.assert_allclose(turned.standard_errors, plain.standard_errors, atol=1e-12)


def test_a_category_that_nobody_chose_changes_nothing_but_is_said(answers):
    spread = answers.assign(a=answers["a"].replace({3: 30, 4: 40, 5: 50}))
    found, plain = ak.polychoric(spread), ak.polychoric(answers)
    np.testing.assert_allclose(found.correlations, plain.correlations, atol=1e-12)
    np.testing.assert_allclose(found.standard_errors, plain.standard_errors, atol=1e-12)
    assert found.thresholds.loc["a"].notna().sum() == 4 and found.thresholds.loc["a", [3, 4]].isna().all()
    assert "categories_unused" in codes_of(found)
    scale = ak.polychoric(answers, scale=(0, 6))
    np.testing.assert_allclose(scale.correlations, plain.correlations, atol=1e-12)
    assert scale.thresholds.shape == (4, 6) and np.isnan(scale.thresholds.loc["a", 0])


def test_items_may_differ_in_their_number_of_categories(answers):
    mixed = answers.assign(a=(answers["a"] > 3).astype(int))
    found = ak.polychoric(mixed)
    alone = ak.polychoric(mixed[["a", "b"]])
    assert found.correlations.loc["a", "b"] == pytest.approx(alone.correlations.loc["a", "b"], abs=1e-13)
    assert found.thresholds.loc["a"].notna().sum() == 1


def test_perfect_association_is_a_bound_and_a_notice(answers):
    found = ak.polychoric(answers.assign(e=answers["a"], f=6 - answers["b"]))
    assert found.at_bound == ("a × e", "b × f")
    assert found.correlations.loc["a", "e"] == 1 and found.correlations.loc["b", "f"] == -1
    assert np.isnan(found.standard_errors.loc["a", "e"]) and np.isfinite(found.standard_errors.loc["a", "b"])
    assert {"correlation_at_bound", "matrix_not_positive_definite"} <= set(codes_of(found))
    assert not found.repaired


def test_almost_perfect_association_stays_inside(answers):
    e = answers["a"].copy()
    e.iloc[0] = 5 if e.iloc[0] < 3 else 1
    found = ak.polychoric(answers.assign(e=e))
    assert found.at_bound == () and 0.8 < found.correlations.loc["a", "e"] < 1
    assert np.isfinite(found.standard_errors.loc["a", "e"])


def test_repair_is_asked_for_and_said(answers):
    twice = answers.assign(e=answers["a"])
    found = ak.polychoric(twice, smooth=True)
    assert found.repaired and "matrix_smoothed" in codes_of(found)
    assert np.linalg.eigvalsh(found.correlations)[0] > 0 and found.smallest_eigenvalue < 1e-10
    fine = ak.polychoric(answers, smooth=True)
    assert not fine.repaired and fine.correlations.equals(ak.polychoric(answers).correlations)


def test_what_is_refused(answers):
    for frame, code in (
        (answers.assign(a=2), "constant_item"),
        (answers.assign(a=np.nan), "all_missing"),
        (answers[["a"]], "too_few_items"),
        (answers + 0.5, "not_categorical"),
        (answers.where(np.eye(400, 4, dtype=bool)), "too_few_rows"),
    ):
        with pytest.raises(DataError) as caught:
            ak.polychoric(frame)
        assert caught.value.code == code and caught.value.hint
    apart = answers.astype(float)
    apart.loc[:199, "a"] = np.nan
    apart.loc[200:, "b"] = np.nan
    with pytest.raises(DataError, match="no_pair"):
        ak.polychoric(apart, missing="pairwise")
    with pytest.raises(ArgumentError, match="correct_negative"):
        ak.polychoric(answers, correct=-0.5)
    with pytest.raises(ArgumentError, match="weights_twice"):
        ak.polychoric(ak.count_responses(answers), weights=np.ones(400))
    with pytest.raises(ArgumentError, match="keyed_already"):
        ak.polychoric(ak.count_responses(answers), scale=(1, 5))


def test_counts_of_sampling_weights_give_no_errors(answers):
    w = np.linspace(1, 3, 400)
    from_counts = ak.polychoric(ak.count_responses(answers, weights=w))
    from_rows = ak.polychoric(answers, weights=w)
    assert isinstance(from_counts.standard_errors, Unavailable) and isinstance(from_rows.standard_errors, pd.DataFrame)
    np.testing.assert_allclose(from_counts.correlations, from_rows.correlations, atol=1e-13)
    assert from_counts.table()["ci_low"].isna().all()
    json.dumps(from_counts.record(), allow_nan=False)


def test_empty_cells_are_said(answers):
    found = ak.polychoric(answers.head(30))
    assert "empty_cells" in codes_of(found)
    assert "empty_cells" in codes_of(ak.polychoric(answers.head(30), correct=0.5))


def test_fit_of_a_table_in_normal_proportions_is_perfect():
    tau = np.array([[-0.8, 0.3, 1.2]])
    p = cells(corners(tau, tau, np.array([0.4])), ndtr(tau), ndtr(tau))[0]
    row, column = np.indices(p.shape)
    frame = pd.DataFrame({"a": row.ravel(), "b": column.ravel()})
    counts = np.round(p * 1e8).ravel()
    fit = ak.polychoric(frame, frequencies=counts).fit.iloc[0]
    assert fit["chisq"] < 1e-6 and fit["df"] == 8 and fit["pvalue"] == pytest.approx(1) and fit["rmsea"] == 0


def test_fit_sees_what_is_not_normal_and_says_where_there_is_none(answers):
    """A circle has no correlation but is far from independent."""
    angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 1000)
    circle = pd.DataFrame({name: np.digitize(f(angle), [-0.5, 0, 0.5]) for name, f in (("a", np.cos), ("b", np.sin))})
    fit = ak.polychoric(circle).fit.iloc[0]
    assert fit["pvalue"] < 1e-10 and fit["rmsea"] > 0.1
    two = ak.polychoric((answers > 2).astype(int)).fit
    assert (two["df"] == 0).all() and two[["pvalue", "rmsea"]].isna().all(axis=None) and (two["chisq"] < 1e-6).all()
    holes = answers.astype(float).mask(np.random.default_rng(0).uniform(size=answers.shape) < 0.1)
    assert ak.polychoric(holes, missing="pairwise").fit.code == "normality_patchy"
    assert isinstance(ak.polychoric(answers, missing="pairwise").fit, pd.DataFrame), "nothing is missing"
    assert ak.polychoric(answers, weights=np.ones(400)).fit.code == "normality_weights"
    assert ak.polychoric(answers.assign(e=answers["a"])).fit.query("with_item == 'e'")["chisq"].isna().sum() == 1
