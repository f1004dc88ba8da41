"""Large samples come back to the truth that made them."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

import akhlak_research as ak
from akhlak_research.simulate.normal_ogive import category_shares
from akhlak_research.simulate.population import civil_service
from akhlak_research.simulate.truth import expected_values

pytestmark = pytest.mark.slow
N = 200_000
LAW = ak.berakhlak_instrument().subset(dimensions=["BP", "AK"])
LOADINGS = dict(zip(LAW.item_codes, [0.8, 0.7, 0.5, 0.75, 0.65, 0.55], strict=True))
CUTS = [-2.0, -1.0, 0.3, 0.9]


def covariance(rho):
    """Cov of two category numbers: Σ_kl Φ₂(τ_k, τ_l; ρ) − Φ(τ_k) Φ(τ_l)."""
    pairs = list(itertools.product(CUTS, CUTS))
    joint = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf(pairs)
    return float(np.sum(joint - np.prod(norm.cdf(pairs), axis=1)))


@pytest.fixture(scope="module")
def answers():
    return ak.simulate_responses(LAW, N, loadings=LOADINGS, factor_correlations=0.6, thresholds=CUTS, rng=20)


def test_category_shares(answers):
    shares = category_shares(np.array(CUTS), np.zeros(1))
    error = np.sqrt(shares * (1 - shares) / N)
    for item in LAW.item_codes:
        found = answers.responses[item].value_counts(normalize=True).sort_index().to_numpy()
        assert (np.abs(found - shares) < 4 * error).all(), item  # 30 comparisons: 4 standard errors


def test_covariances_of_all_pairs(answers):
    values = answers.responses.to_numpy()
    centred = values - values.mean(axis=0)
    place = [item.dimension for item in LAW.items]
    for i, j in itertools.combinations(range(6), 2):
        rho = LOADINGS[LAW.item_codes[i]] * LOADINGS[LAW.item_codes[j]] * (1 if place[i] == place[j] else 0.6)
        product = centred[:, i] * centred[:, j]
        error = product.std() / np.sqrt(N)
        # the normal integral of scipy is right to 1e-5 per pair of thresholds
        assert abs(product.mean() - covariance(rho)) < 3.5 * error + 1e-4, (i, j)


def test_factor_scores(answers):
    found = np.corrcoef(answers.factors.to_numpy(), rowvar=False)[0, 1]
    assert abs(found - 0.6) < 3 * (1 - 0.36) / np.sqrt(N)
    assert np.abs(answers.factors.mean()).max() < 3 / np.sqrt(N)


def test_dif_is_a_shift_of_all_thresholds():
    groups = pd.DataFrame({"status": np.repeat(["PNS", "PPPK"], N // 2)})
    made = ak.simulate_responses(
        LAW, N, thresholds=CUTS, groups=groups, dif=[ak.Dif("AK2", "status", "PPPK", 0.5)], rng=21
    )
    for status, shift in (("PNS", 0.0), ("PPPK", 0.5)):
        rows = made.responses.loc[groups["status"] == status, "AK2"]
        found = norm.ppf([(rows <= code).mean() for code in (1, 2, 3, 4)])
        share = norm.cdf(np.array(CUTS) + shift)
        error = np.sqrt(share * (1 - share) / len(rows)) / norm.pdf(np.array(CUTS) + shift)
        assert (np.abs(found - CUTS - shift) < 3.5 * error).all()
    other = made.responses.groupby(groups["status"])["AK1"].mean()
    assert abs(other["PNS"] - other["PPPK"]) < 3 * made.responses["AK1"].std() * np.sqrt(4 / N)


def test_lost_and_careless_shares():
    made = ak.simulate_responses(LAW, N, careless={"random": 0.03}, missing={"blank": 0.05}, rng=22)
    lost = made.missing_kinds == "blank"
    assert np.abs(lost.mean() - 0.05).max() < 4 * np.sqrt(0.05 * 0.95 / N)
    random = made.responses[made.careless == "random"]
    assert len(random) == 6000 and np.abs(random.mean() - 3).max() < 4 * np.sqrt(2 / 6000 / 0.95)


@pytest.mark.parametrize("seed", range(3))
def test_census_of_the_worked_study_hits_the_published_means(seed):
    made = civil_service(seed)
    expected = expected_values(made)
    for dimension in made.instrument.dimensions:
        person = (made.everybody.attentive[list(made.instrument.items_of(dimension.code))].mean(axis=1) - 1) * 25
        # answers scatter around each person's own expectation
        error = (person - expected[dimension.code]).std() / np.sqrt(len(person))
        assert abs(person.mean() - expected[dimension.code].mean()) < 3.5 * error, dimension.code


def test_weighting_by_office_removes_the_bias_that_nonresponse_makes():
    """Over repeated populations the weighted index is unbiased; the unweighted one is too high by what TRUTH says."""
    naive, weighted, bias = [], [], []
    for seed in range(20):
        made = civil_service(seed)
        person = (made.everybody.attentive.mean(axis=1).to_numpy() - 1) * 25
        expected = expected_values(made).mean(axis=1).to_numpy()
        office = made.unit[made.respondents]
        weight = made.offices.sizes[office] / made.answered[office]
        own = person[made.respondents]
        there = made.answered[made.unit] > 0  # offices from which nobody answered stand outside
        naive.append(own.mean() - expected.mean())
        weighted.append(np.average(own, weights=weight) - expected[there].mean())
        bias.append(np.average(expected, weights=made.offices.propensity[made.unit]) - expected.mean())
    error = np.std(weighted, ddof=1) / np.sqrt(len(weighted))
    assert abs(np.mean(weighted)) < 3 * error
    gap = np.array(naive) - np.array(bias)
    assert abs(gap.mean()) < 3 * gap.std(ddof=1) / np.sqrt(len(gap))
    assert np.mean(naive) > 0.8
