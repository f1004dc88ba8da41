"""Ordinal alpha and categorical omega: gradients, limits, what is refused and what is said."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Estimate, Unavailable
from akhlak_research.measure.polychoric.one_factor import fit_latent_factor
from akhlak_research.measure.polychoric.reliability_kernels import categorical_omegas, latent_alpha
from akhlak_research.measure.polychoric.sum_score import score_covariances, score_variances

LOADINGS = np.array([0.4, 0.6, 0.7, 0.8])
TAU = np.array([[-1.0, 0.1, 1.1], [-0.4, 0.8, np.inf], [-1.5, -0.6, 0.3], [0.2, np.inf, np.inf]])
GAP = np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 0.0], [1.0, 1.0, 1.0], [3.0, 0.0, 0.0]])


def one_factor_answers(n, seed=1, loadings=LOADINGS, tau=TAU):
    rng = np.random.default_rng(seed)
    latent = loadings * rng.normal(size=(n, 1)) + np.sqrt(1 - loadings**2) * rng.normal(size=(n, len(loadings)))
    codes = [np.digitize(latent[:, i], tau[i][np.isfinite(tau[i])]) for i in range(len(loadings))]
    return pd.DataFrame(np.column_stack(codes), columns=list("abcdef")[: len(loadings)])


def codes_of(result):
    return [notice.code for notice in result.notices]


def test_moments_of_scores_are_those_of_simulated_answers():
    """Half a million people; four standard errors."""
    frame = one_factor_answers(500_000)
    value = {0: [0, 1, 2, 3], 1: [0, 1, 3], 2: [0, 1, 2, 3], 3: [0, 3]}
    scores = np.column_stack([np.array(value[i])[frame.iloc[:, i]] for i in range(4)])
    seen = np.cov(scores.T)
    first, second = np.triu_indices(4, 1)
    covariance = score_covariances(TAU[first], TAU[second], GAP[first], GAP[second], LOADINGS[first] * LOADINGS[second])
    np.testing.assert_allclose(covariance.value, seen[first, second], atol=4 * 2.5 / np.sqrt(500_000))
    np.testing.assert_allclose(score_variances(TAU, GAP)[0], np.diag(seen), atol=4 * 2.5 / np.sqrt(500_000))


def test_gradients_are_differences():
    rng = np.random.default_rng(2)
    R = np.outer(LOADINGS, LOADINGS) + rng.normal(scale=0.03, size=(4, 4))
    R = (R + R.T) / 2
    np.fill_diagonal(R, 1)
    weight = rng.uniform(0.5, 2, (4, 4))
    weight = weight + weight.T
    first, second = np.triu_indices(4, 1)

    def both(matrix, tau):
        return categorical_omegas(matrix, tau, GAP, fit_latent_factor(matrix, weight))

    step = 1e-5
    for which, share in enumerate(both(R, TAU)):
        for pair, (i, j) in enumerate(zip(first, second, strict=True)):
            up, down = R.copy(), R.copy()
            up[i, j] = up[j, i] = R[i, j] + step
            down[i, j] = down[j, i] = R[i, j] - step
            slope = (both(up, TAU)[which].value - both(down, TAU)[which].value) / (2 * step)
            assert share.by_rho[pair] == pytest.approx(slope, abs=1e-8)
        for i, c in np.argwhere(np.isfinite(TAU)):
            up, down = TAU.copy(), TAU.copy()
            up[i, c] += step
            down[i, c] -= step
            slope = (both(R, up)[which].value - both(R, down)[which].value) / (2 * step)
            assert share.by_tau[i, c] == pytest.approx(slope, abs=1e-8)
    slope = (latent_alpha(up_by(R, step)).value - latent_alpha(up_by(R, -step)).value) / (2 * step)
    assert latent_alpha(R).by_rho[0] == pytest.approx(slope, abs=1e-8)


def up_by(R, step):
    moved = R.copy()
    moved[0, 1] = moved[1, 0] = R[0, 1] + step
    return moved


def test_one_factor_is_recovered_exactly_with_any_weights():
    R = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(R, 1)
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.1, 10, (4, 4))
    fit = fit_latent_factor(R, weight + weight.T)
    np.testing.assert_allclose(fit.loadings, LOADINGS, atol=1e-10)
    assert fit.converged and fit.srmr < 1e-10


def test_both_omegas_are_equal_where_one_factor_holds_exactly():
    R = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(R, 1)
    observed, implied = categorical_omegas(R, TAU, GAP, fit_latent_factor(R, np.ones((4, 4))))
    assert observed.value == pytest.approx(implied.value, abs=1e-12)


def test_omega_of_very_many_categories_is_that_of_the_latent_responses():
    """Thirty-nine thresholds lose almost nothing of a normal variable: (Σλ)² over the variance of the sum."""
    tau = np.tile(np.linspace(-3, 3, 39), (4, 1))
    R = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(R, 1)
    found, _ = categorical_omegas(R, tau, np.ones((4, 39)), fit_latent_factor(R, np.ones((4, 4))))
    assert found.value == pytest.approx(LOADINGS.sum() ** 2 / R.sum(), abs=2e-3)


def test_omega_is_the_correlation_of_parallel_forms():
    """Two sums that share nothing but the factor correlate by omega; 400,000 people, three standard errors."""
    rng = np.random.default_rng(4)
    n = 400_000
    factor = rng.normal(size=(n, 1))
    forms = []
    for _ in range(2):
        latent = LOADINGS * factor + np.sqrt(1 - LOADINGS**2) * rng.normal(size=(n, 4))
        forms.append(sum(np.digitize(latent[:, i], TAU[i][np.isfinite(TAU[i])]) for i in range(4)))
    R = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(R, 1)
    omega, _ = categorical_omegas(R, TAU, np.isfinite(TAU).astype(float), fit_latent_factor(R, np.ones((4, 4))))
    r = np.corrcoef(*forms)[0, 1]
    assert omega.value == pytest.approx(r, abs=3 * (1 - r**2) / np.sqrt(n))


def test_results_tell_what_they_are():
    frame = one_factor_answers(800)
    alpha, omega = ak.ordinal_alpha(frame), ak.categorical_omega(frame)
    assert "ordinal_alpha_is_latent" in codes_of(alpha) and "latent" in alpha.notices[-1].say("en")
    assert alpha.interval.low < alpha.estimate < alpha.interval.high < 1
    assert omega.interval.low < omega.estimate < omega.interval.high < 1
    assert list(omega.table()["coefficient"]) == ["categorical_omega", "categorical_omega_implied"]
    assert alpha.table()["coefficient"].tolist() == ["ordinal_alpha"]
    for result in (alpha, omega):
        json.dumps(result.record(), allow_nan=False)
    wider = ak.categorical_omega(frame, level=0.99).interval
    assert wider.low < omega.interval.low and wider.high > omega.interval.high
    assert omega.srmr < 0.05 and codes_of(omega) == []


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_counts_give_the_estimate_and_say_why_no_interval(missing):
    frame = one_factor_answers(500).astype(float).mask(np.random.default_rng(3).uniform(size=(500, 4)) < 0.05)
    counts = ak.count_responses(frame)
    for function in (ak.ordinal_alpha, ak.categorical_omega):
        of_rows, of_counts = function(frame, missing=missing), function(counts, missing=missing)
        assert of_counts.estimate == pytest.approx(of_rows.estimate, abs=1e-9)
        assert of_counts.n == of_rows.n
        assert of_counts.se.code == "error_needs_rows" and isinstance(of_counts.interval, Unavailable)
        json.dumps(of_counts.record(), allow_nan=False)


def test_counts_under_sampling_weights_have_nothing_to_weight_by():
    frame = one_factor_answers(500)
    counts = ak.count_responses(frame, weights=np.linspace(1, 2, 500))
    omega = ak.categorical_omega(counts)
    assert isinstance(omega.omega, Unavailable) and omega.omega.code == "error_needs_rows"
    assert np.isfinite(ak.ordinal_alpha(counts).estimate)
    json.dumps(omega.record(), allow_nan=False)


def test_codes_count_as_they_are():
    """A gap between codes is a gap between scores."""
    frame = one_factor_answers(600)
    wide = frame.assign(a=frame["a"].map({0: 0, 1: 1, 2: 2, 3: 9}))
    assert ak.categorical_omega(wide).estimate != pytest.approx(ak.categorical_omega(frame).estimate, abs=1e-3)
    assert ak.ordinal_alpha(wide).estimate == pytest.approx(ak.ordinal_alpha(frame).estimate, abs=1e-12)
    doubled = ak.categorical_omega(frame * 2)
    assert doubled.estimate == pytest.approx(ak.categorical_omega(frame).estimate, abs=1e-12)


def test_heywood_has_no_omega():
    """Latent correlations .9, .9 and .5 ask for a loading of √(.81/.5) > 1."""
    rng = np.random.default_rng(1)
    R = np.array([[1, 0.75, 0.75], [0.75, 1, 0.3], [0.75, 0.3, 1]])
    latent = rng.multivariate_normal(np.zeros(3), R, size=3000)
    omega = ak.categorical_omega(pd.DataFrame(np.digitize(latent, [-0.5, 0.5]), columns=list("abc")))
    assert isinstance(omega.omega, Unavailable) and omega.omega.code == "categorical_omega_heywood"
    assert omega.omega.values["item"] == "a" and "a" in omega.omega.reason("id")
    assert np.isnan(omega.estimate) and omega.table()["estimate"].isna().all()


def test_misfit_and_opposed_items_are_said():
    frame = one_factor_answers(2000, loadings=np.full(4, 0.7))
    turned = ak.categorical_omega(frame.assign(a=3 - frame["a"]))
    assert "negative_item_rest" in codes_of(turned) and turned.loadings["a"] < 0
    rng = np.random.default_rng(0)
    two = 0.9 * np.repeat(rng.normal(size=(2000, 2)), 2, axis=1) + 0.4 * rng.normal(size=(2000, 4))
    two += 0.4 * rng.normal(size=(2000, 1))
    found = ak.categorical_omega(pd.DataFrame(np.digitize(two, [-0.5, 0.5]), columns=list("abcd")))
    assert "one_latent_factor_misfit" in codes_of(found)


def test_what_is_refused():
    frame = one_factor_answers(300)
    with pytest.raises(DataError, match="too_few_items"):
        ak.categorical_omega(frame[["a", "b"]])
    assert isinstance(ak.ordinal_alpha(frame[["a", "b"]]).alpha, Estimate)
    with pytest.raises(MethodError, match="perfect_association"):
        ak.ordinal_alpha(frame.assign(e=frame["a"]))
    with pytest.raises(MethodError, match="perfect_association"):
        ak.ordinal_alpha(ak.count_responses(frame.assign(e=frame["a"])))
    with pytest.raises(ArgumentError, match="weights_twice"):
        ak.ordinal_alpha(ak.count_responses(frame), weights=np.ones(300))
    with pytest.raises(ArgumentError, match="keyed_already"):
        ak.categorical_omega(ak.count_responses(frame), scale=(0, 3))
    with pytest.raises(DataError, match="constant_item"):
        ak.categorical_omega(frame.assign(a=1))


def test_by_and_per_dimension(bfi_study):
    answers = bfi_study.responses
    each = ak.per_dimension(ak.categorical_omega, answers)
    assert each["A"].estimate == pytest.approx(ak.categorical_omega(answers.of_dimension("A")).estimate, abs=1e-14)
    assert "several_dimensions" in codes_of(ak.ordinal_alpha(answers))
    groups = ak.ordinal_alpha(answers.of_dimension("A"), by="gender")
    assert len(groups) == 2
