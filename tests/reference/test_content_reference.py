"""Content validity, agreement and intraclass correlation against R and against published figures."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.agreement_kernels import (
    agreement_weights,
    cohen,
    coincidences,
    fleiss_or_gwet,
    krippendorff,
)
from akhlak_research.measure.content_tables import aiken_critical, aiken_tail, lawshe_critical

HERE = Path(__file__).parent
R = json.loads((HERE / "content_interrater.json").read_text(encoding="utf-8"))
PUBLISHED = json.loads((HERE / "content_published.json").read_text(encoding="utf-8"))
CLOSED_FORM = {"rel": 0, "abs": 1e-10}


@pytest.fixture(scope="module")
def content():
    given = R["content_validity"]["ratings"]
    panel = pd.DataFrame(given["data"], index=given["rows"]).T
    return ak.content_validity(panel, 1, 4, essential=4)


@pytest.mark.parametrize("item", R["content_validity"]["ratings"]["rows"])
def test_content_indices_of_an_item(content, item):
    expected = R["content_validity"]
    got = content[item]
    assert got.i_cvi.estimate == pytest.approx(expected["I_CVI"][item], **CLOSED_FORM)
    assert got.kappa_modified.estimate == pytest.approx(expected["kappa_star"][item], **CLOSED_FORM)
    assert got.aiken_v.estimate == pytest.approx(expected["aiken_V"][item], **CLOSED_FORM)
    assert got.aiken_v.interval.low == pytest.approx(expected["aiken_V_score_ci95_lower"][item], **CLOSED_FORM)
    assert got.aiken_v.interval.high == pytest.approx(expected["aiken_V_score_ci95_upper"][item], **CLOSED_FORM)
    assert got.cvr.estimate == pytest.approx(expected["lawshe_CVR_essential_is_4"][item], **CLOSED_FORM)


def test_content_indices_of_the_scale(content):
    assert content.s_cvi_ave.estimate == pytest.approx(R["content_validity"]["S_CVI_Ave"], **CLOSED_FORM)
    assert content.s_cvi_ua.estimate == pytest.approx(R["content_validity"]["S_CVI_UA"], **CLOSED_FORM)


def test_critical_values_of_lawshe_by_the_exact_binomial():
    table = R["lawshe_critical_one_sided_.05"]
    got = [lawshe_critical(n, 0.05) for n in table["n"]]
    np.testing.assert_allclose(got, table["CVR_critical"], atol=1e-12)
    assert lawshe_critical(4, 0.05) is None


@pytest.mark.parametrize(("n", "c", "v", "p"), PUBLISHED["aiken"]["rows"])
def test_critical_values_of_aiken(n, c, v, p):
    got = aiken_critical(n, c, 0.05)
    assert round(got, 2) == v
    assert round(aiken_tail(n, c)[round(got * n * (c - 1))], 3) == p


@pytest.mark.parametrize(("n", "c"), [(3, 4), (5, 3), (4, 5), (6, 2)])
def test_tail_probabilities_of_aiken_counted_out(n, c):
    sums = np.array([sum(ratings) for ratings in itertools.product(range(c), repeat=n)])
    expected = [(sums >= s).mean() for s in range(n * (c - 1) + 1)]
    np.testing.assert_allclose(aiken_tail(n, c), expected, atol=1e-13)


def test_six_intraclass_correlations_of_shrout_and_fleiss():
    table = ak.intraclass_correlation(pd.DataFrame(R["icc"]["data"])).table()
    expected = R["icc"]["psych_aov"]
    assert table["form"].tolist() == expected["type"]
    for ours, theirs in {
        "estimate": "ICC", "ci_low": "lower bound", "ci_high": "upper bound", "statistic": "F", "df": "df1",
        "df_error": "df2", "pvalue": "p",
    }.items():  # fmt: skip
        np.testing.assert_allclose(table[ours], expected[theirs], atol=1e-10, err_msg=ours)


def test_units_of_judged_targets_are_the_one_way_forms():
    """ICC(1) and ICC(2) of people in units are the one-way forms of Shrout and Fleiss, limits included."""
    judged = np.array(R["icc"]["data"], dtype=float)
    people = pd.DataFrame({"x": judged.ravel(), "unit": np.repeat(np.arange(6), 4)})
    got = ak.check_aggregation(people, "unit")
    expected = R["icc"]["psych_aov"]
    for value, row in ((got.icc1, 0), (got.icc2, 3)):
        assert value.estimate == pytest.approx(expected["ICC"][row], **CLOSED_FORM)
        assert value.interval.low == pytest.approx(expected["lower bound"][row], **CLOSED_FORM)
        assert value.interval.high == pytest.approx(expected["upper bound"][row], **CLOSED_FORM)
    assert got.statistic == pytest.approx(expected["F"][0], **CLOSED_FORM)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_of_krippendorff(metric):
    ratings = pd.DataFrame(R["krippendorff"]["data"]["data"], dtype=float)
    got = ak.measure_agreement(ratings, "krippendorff", metric=metric, rng=1, n_boot=100)
    assert got.estimate == pytest.approx(R["krippendorff"][metric], **CLOSED_FORM)
    assert got.inputs.n_used == 11  # the twelfth unit has one rating


@pytest.mark.parametrize("coefficient", ["gwet-ac1", "fleiss"])
def test_gwet_and_fleiss_with_missing_ratings(coefficient):
    case = PUBLISHED["cac_raw4raters"]
    got = ak.measure_agreement(pd.DataFrame(case["data"]), coefficient, raters="columns", categories=[1, 2, 3, 4, 5])
    row = got.table().iloc[0]
    for name, value in case[coefficient].items():
        printed = 5e-4 if name.startswith("ci") else 5e-6  # half of the last digit printed
        assert row[name] == pytest.approx(value, abs=printed), name


def test_gwet_with_quadratic_weights():
    case = PUBLISHED["cac_raw4raters"]
    ratings = pd.DataFrame(case["data"])
    got = ak.measure_agreement(ratings, "gwet-ac2", metric="interval", raters="columns", categories=range(1, 6))
    assert got.estimate == pytest.approx(case["gwet-ac2-interval"]["estimate"], abs=5e-4)
    assert got.observed == pytest.approx(case["gwet-ac2-interval"]["observed"], abs=5e-6)
    assert got.expected == pytest.approx(case["gwet-ac2-interval"]["expected"], abs=5e-5)


@pytest.mark.parametrize("gwet", [True, False])
def test_many_raters_from_counts(gwet):
    case = PUBLISHED["distrib_6raters"]
    expected = case["gwet-ac1" if gwet else "fleiss"]
    got = fleiss_or_gwet(np.array(case["data"], dtype=float), np.eye(5), gwet)
    for name, value in (("estimate", got.estimate), ("std_error", got.se), ("observed", got.observed)):
        assert value == pytest.approx(expected[name], abs=5e-8), name


def test_alpha_of_krippendorff_from_counts():
    case = PUBLISHED["distrib_6raters"]
    table = coincidences(np.array(case["data"], dtype=float)).sum(axis=0)
    seen, by_chance = krippendorff(table, np.arange(5.0), "nominal")
    assert 1 - seen / by_chance == pytest.approx(case["krippendorff-nominal"]["estimate"], abs=5e-8)


def test_kappa_from_a_table():
    case = PUBLISHED["cont3x3"]
    table = np.array(case["data"], dtype=float)
    assert cohen(table, np.eye(3)).estimate == pytest.approx(case["kappa"], abs=5e-8)
    one = np.eye(3)
    pairs = np.array([one[i] + one[j] for i, j in np.ndindex(3, 3) for _ in range(int(table[i, j]))])
    got = fleiss_or_gwet(pairs, one, gwet=True)
    assert got.estimate == pytest.approx(case["gwet-ac1"]["estimate"], abs=5e-8)
    # for a table of two raters the package divides by n where it divides by n − 1 for raw ratings, as here
    assert got.se * np.sqrt(99 / 100) == pytest.approx(case["gwet-ac1"]["std_error"], abs=5e-9)


@pytest.mark.parametrize("metric", ["nominal", "linear", "interval"])
def test_kappa_beside_statsmodels(metric):
    """A second opinion on the estimate, its large-sample error and limits."""
    from statsmodels.stats.inter_rater import cohens_kappa

    table = np.random.default_rng(5).integers(1, 20, (4, 4)).astype(float)
    codes = np.arange(4.0)
    got = cohen(table, agreement_weights(codes, metric))
    theirs = cohens_kappa(table, wt={"nominal": None, "linear": "linear", "interval": "quadratic"}[metric])
    assert got.estimate == pytest.approx(theirs.kappa, **CLOSED_FORM)
    assert got.se == pytest.approx(theirs.std_kappa, **CLOSED_FORM)


def test_fleiss_beside_statsmodels():
    from statsmodels.stats.inter_rater import fleiss_kappa

    counts = np.random.default_rng(2).multinomial(5, [0.5, 0.3, 0.2], size=30).astype(float)
    assert fleiss_or_gwet(counts, np.eye(3), False).estimate == pytest.approx(fleiss_kappa(counts), **CLOSED_FORM)
