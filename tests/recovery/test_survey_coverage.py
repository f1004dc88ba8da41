"""Design-based intervals hold the truth as often as they say, and raked errors are those of the estimator."""

import math

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.survey.linearised import ratio_of_sums
from akhlak_research.survey.variance import Projection, domain_covariances

pytestmark = pytest.mark.slow

REPEATS = 800


def population(rng) -> pd.DataFrame:
    """Four strata of 60 offices of 8–30 people; scores differ by stratum, office and a trait that margins know."""
    parts = []
    for h in range(4):
        for c in range(60):
            n = int(rng.integers(8, 31))
            kind = (rng.random(n) < 0.2 + 0.15 * h).astype(int)
            score = 55 + 3 * h + rng.normal(0, 4) + 9 * kind + rng.normal(0, 12, n)
            parts.append(
                pd.DataFrame({"h": h, "c": 100 * h + c, "kind": kind, "sex": rng.integers(0, 2, n), "y": score})
            )
    return pd.concat(parts, ignore_index=True)


DRAWN = (6, 10, 14, 24)


def two_stage(people, rng) -> pd.DataFrame:
    """Clusters at unequal rates, then six people of each."""
    rows = []
    for h, m in enumerate(DRAWN):
        for c in rng.choice(60, m, replace=False) + 100 * h:
            inside = people.index[people["c"] == c].to_numpy()
            chosen = rng.choice(inside, 6, replace=False)
            rows.append(pd.DataFrame({"row": chosen, "inside": len(inside)}))
    drawn = pd.concat(rows)
    return people.loc[drawn["row"]].reset_index(drop=True).assign(clusters=60, inside=drawn["inside"].to_numpy())


def held(count: int, level: float, repeats: int) -> bool:
    """Within three Monte Carlo errors of the level, and two points for Student's t being an approximation."""
    return abs(count / repeats - level) < 3 * math.sqrt(level * (1 - level) / repeats) + 0.02


def test_two_stage_means_and_domains():
    rng = np.random.default_rng(5)
    people = population(rng)
    truth = {"all": people["y"].mean(), "kind": people.loc[people["kind"] == 1, "y"].mean(), "total": people["y"].sum()}
    count = dict.fromkeys(truth, 0)
    for _ in range(REPEATS):
        sample = two_stage(people, rng)
        sample["id"] = np.arange(len(sample))
        design = ak.SurveyDesign(sample, strata="h", cluster=["c", "id"], fpc=["clusters", "inside"])
        found = {
            "all": ak.estimate_mean(design, "y"), "total": ak.estimate_total(design, "y"),
            "kind": ak.estimate_mean(design, "y", where=(sample["kind"] == 1).to_numpy()),
        }  # fmt: skip
        for name, made in found.items():
            interval = made.estimate.interval
            count[name] += interval.low <= truth[name] <= interval.high
    assert all(held(hits, 0.95, REPEATS) for hits in count.values()), count


def test_raked_errors_are_those_of_the_estimator_and_rs_rake_is_off():
    """Elements at very unequal rates, raked to two margins of which one works differently in the stratum that is
    sampled most. The mean estimated variance against that over samples: the regression with design
    weights is right, that of R's rake(), without, is not."""
    rng = np.random.default_rng(6)
    people = population(rng)
    people["y"] = 60 + np.where(people["h"] == 3, 30, -15) * people["kind"] + rng.normal(0, 6, len(people))
    margins = {"kind": people["kind"].value_counts().to_dict(), "sex": people["sex"].value_counts().to_dict()}
    sizes = people["h"].value_counts().to_dict()
    n = {0: 25, 1: 30, 2: 40, 3: 400}
    estimates, ours, theirs, count = [], [], [], 0
    for _ in range(REPEATS):
        rows = np.concatenate([rng.choice(people.index[people["h"] == h], n[h], replace=False) for h in n])
        sample = people.loc[rows].reset_index(drop=True)
        raked = ak.rake(ak.SurveyDesign(sample, strata="h", fpc=sizes), margins)
        made = ak.estimate_mean(raked, "y").estimate
        estimates.append(made.estimate)
        ours.append(made.se**2)
        count += made.interval.low <= people["y"].mean() <= made.interval.high
        whole = np.zeros(len(sample), dtype=np.int64)
        _, z = ratio_of_sums(sample[["y"]].to_numpy(), np.ones((len(sample), 1)), raked.weights, whole, 1)
        own = raked.projections[0]
        plain = Projection(own.x, np.ones(len(sample)), own.after)
        theirs.append(domain_covariances(z, whole, 1, raked.stages, "fail", [plain])[0][0, 0, 0])
    spread = np.var(estimates, ddof=1)
    error = math.sqrt(2 / REPEATS)  # relative, of a variance over samples
    assert abs(np.mean(ours) / spread - 1) < 3 * error
    assert held(count, 0.95, REPEATS), count
    assert np.mean(theirs) / spread - 1 > 6 * error


def test_bootstrap_with_raking_in_every_replicate():
    rng = np.random.default_rng(7)
    people = population(rng)
    margins = {"kind": people["kind"].value_counts().to_dict(), "sex": people["sex"].value_counts().to_dict()}
    count, repeats = 0, 250
    for _ in range(repeats):
        sample = two_stage(people, rng)
        weights = 60 / np.array(DRAWN)[sample["h"]] * sample["inside"] / 6
        design = ak.SurveyDesign(sample, strata="h", cluster="c", weights=weights, fpc="clusters")
        raked = ak.rake(ak.as_replicates(design, replicates=200, rng=rng), margins)
        interval = ak.estimate_mean(raked, "y").estimate.interval
        count += interval.low <= people["y"].mean() <= interval.high
    assert held(count, 0.95, repeats), count
