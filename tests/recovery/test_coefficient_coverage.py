"""How often 95 % intervals of lambdas, split halves and hierarchical omega hold the truth, on simulated answers.

The truth is the same coefficient of the population's covariance matrix: what the interval is for. Six items with
loadings .3 to .8, or twelve items of a second-order model, normal or cut into five skewed categories.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.results import Inputs
from akhlak_research.counts.moments import Moments

LOADINGS = np.array([0.3, 0.5, 0.6, 0.6, 0.7, 0.8])
CUTS = [-2.2, -1.8, -1.2, -0.3]
GAMMA = np.array([0.8, 0.7, 0.6])
GROUPS = np.kron(np.eye(3), np.array([[0.7], [0.6], [0.8], [0.5]]))
GROUPS[0, 1] = GROUPS[5, 2] = 0.2


def normal(rng, n):
    noise = rng.standard_normal((n, 6)) * np.sqrt(1 - LOADINGS**2)
    return LOADINGS * rng.standard_normal((n, 1)) + noise


def skewed(rng, n):
    return np.digitize(normal(rng, n), CUTS) + 1.0


def second_order(rng, n):
    factors = rng.standard_normal((n, 1)) * GAMMA + rng.standard_normal((n, 3)) * np.sqrt(1 - GAMMA**2)
    return factors @ GROUPS.T + rng.standard_normal((n, 12)) * 0.7


def skewed_second_order(rng, n):
    return np.digitize(second_order(rng, n), CUTS) + 1.0


@cache
def population(draw) -> Moments:
    x = draw(np.random.default_rng(0), 2_000_000)
    cov, n = np.cov(x.T), len(x)
    sd, names = np.sqrt(np.diag(cov)), tuple(f"x{i}" for i in range(len(cov)))
    inputs = Inputs("", n, n, 0, "listwise", "none", names)
    return Moments(names, x.mean(axis=0), cov, cov / np.outer(sd, sd), np.full(cov.shape, n), inputs)


def smooth(items) -> dict:
    lambdas, halves = ak.guttman_lambdas(items), ak.split_half(items)
    found = {name: lambdas[name] for name in ("lambda1", "lambda2", "lambda3", "lambda6")}
    found |= {f"{name}_standardised": lambdas.standardised[name] for name in ("lambda2", "lambda6")}
    for name in ("odd_even", "mean"):
        found |= {f"fr_{name}": halves.flanagan_rulon[name], f"sb_{name}": halves.spearman_brown[name]}
    return found


def hierarchical(items, n_boot=200) -> dict:
    found = ak.hierarchical_omega(items, 3, n_boot=n_boot)
    return {"h": found.omega_h, "total": found.omega_total, "ecv": found.explained_common_variance}


def coverage(draw, coefficients, n, reps, seed) -> pd.Series:
    truth = {name: value.estimate for name, value in coefficients(population(draw)).items()}
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(reps):
        frame = pd.DataFrame(draw(rng, n), columns=[f"x{i}" for i in range(len(population(draw).names))])
        found = coefficients(frame)
        held.append({name: value.interval.low <= truth[name] <= value.interval.high for name, value in found.items()})
    return pd.DataFrame(held).mean()


def error(reps) -> float:
    return 3 * np.sqrt(0.95 * 0.05 / reps)


def test_quick_smooth_coefficients():
    reps = 150
    rate = coverage(normal, smooth, 1000, reps, 1)
    assert (abs(rate - 0.95) <= error(reps)).all(), rate.to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "n", "least"),
    [(normal, 100, 0.88), (normal, 300, 0.915), (normal, 1000, 0.93), (skewed, 300, 0.895), (skewed, 1000, 0.92)],
)
def test_smooth_coefficients(draw, n, least, record_property):
    """Asymptotic: nominal from some hundred people; λ6 is short below, because it leans upwards."""
    reps = 1000
    rate = coverage(draw, smooth, n, reps, 5)
    record_property("coverage", rate.to_dict())
    assert (rate >= least).all() and (rate <= 0.95 + error(reps)).all(), rate.to_dict()


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "n", "least"), [(second_order, 500, 0.86), (skewed_second_order, 1500, 0.86)])
def test_hierarchical_omega(draw, n, least, record_property):
    """Nominal up to the Monte Carlo error of so few samples (each is a bootstrap of factor analyses)."""
    rate = coverage(draw, hierarchical, n, 100, 6)
    record_property("coverage", rate.to_dict())
    assert (rate >= least).all(), rate.to_dict()


def errors(items) -> dict:
    found = {f"sem_{name}": ak.measurement_error(items, coefficient=name).sem for name in ("alpha", "omega")}
    factor = ak.composite_reliability(items)["total"]
    return found | {"cr": factor.composite_reliability, "ave": factor.average_variance_extracted}


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "n", "least"), [(normal, 200, 0.92), (normal, 1000, 0.93), (skewed, 1000, 0.92)])
def test_errors_of_measurement_and_composites(draw, n, least, record_property):
    reps = 800
    rate = coverage(draw, errors, n, reps, 7)
    record_property("coverage", rate.to_dict())
    assert (rate >= least).all() and (rate <= 0.95 + error(reps)).all(), rate.to_dict()


def test_two_occasions(record_property):
    """SEM by consistency, mean difference and limits of agreement, of normal scores with a shift."""
    rng, reps, n = np.random.default_rng(8), 500, 40
    truth = {"sem_consistency": 4.0, "mean_difference": 2.0, "agreement_high": 2 + 1.959964 * 4 * np.sqrt(2)}
    truth |= {"icc_consistency": 100 / 116}
    held = []
    for _ in range(reps):
        true = rng.normal(50, 10, n)
        first, second = (pd.Series(true + shift + rng.normal(0, 4, n)) for shift in (0, 2))
        found = ak.test_retest(first, second)
        intervals = {name: getattr(found, name).interval for name in truth}
        held.append({name: i.low <= truth[name] <= i.high for name, i in intervals.items()})
    rate = pd.DataFrame(held).mean()
    record_property("coverage", rate.to_dict())
    assert (abs(rate - 0.95) <= error(reps)).all(), rate.to_dict()
