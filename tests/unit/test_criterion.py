"""Hypotheses and method factors."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"score": rng.normal(size=200)})
    frame["peer"] = 0.6 * frame["score"] + 0.8 * rng.normal(size=200)
    frame["absence"] = -0.1 * frame["score"] + rng.normal(size=200)
    frame["noise"] = rng.normal(size=200)
    frame.loc[:9, "peer"] = np.nan
    return frame


def test_hypotheses_are_confirmed_or_not(scores):
    said = [
        ak.Hypothesis("score", "peer", "+", 0.3), ak.Hypothesis("score", "absence", "-", 0.5),
        ak.Hypothesis("score", "noise", "0", 0.3), ak.Hypothesis("score", "peer", "-", 0.3),
    ]  # fmt: skip
    found = ak.criterion_validity(scores, said)
    assert found.table()["confirmed"].tolist() == [True, False, True, False] and found.share == 0.5
    assert found.table()["n"].tolist() == [190, 200, 200, 190]
    whole = scores.dropna()
    known = pearsonr(whole["score"], whole["peer"])
    row = found.table().iloc[0]
    assert row["r"] == pytest.approx(known.statistic)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(known.confidence_interval(0.95)))
    assert row["settled"]
    assert found.stated == ak.criterion_validity(scores.head(50), said).stated
    assert found.stated != ak.criterion_validity(scores, said[:3]).stated
    json.dumps(found.record(), allow_nan=False)


def test_ranks_do_not_mind_the_scale(scores):
    said = [ak.Hypothesis("score", "peer", "+", 0.3)]
    turned = scores.assign(score=np.exp(scores["score"]))
    one, two = (ak.criterion_validity(each, said, method="spearman").table() for each in (scores, turned))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda d: ak.criterion_validity(d, []), "hypotheses_missing"),
        (lambda d: ak.criterion_validity(d, [ak.Hypothesis("score", "x", "+", 0.3)]), "hypothesis_unknown"),
        (lambda d: ak.criterion_validity(d.assign(x=1), [ak.Hypothesis("peer", "x", "+", 0.3)]), "hypothesis_constant"),
        (lambda d: ak.Hypothesis("score", "x", "+", 1.3), "hypothesis_size"),
        (lambda d: ak.method_factor("f =~ score + peer", d, form="marker"), "method_markers"),
    ],
)
def test_refusals(scores, call, code):
    with pytest.raises(AkhlakError) as caught:
        call(scores)
    assert caught.value.code == code and caught.value.hint


def answers(method, n=3000):
    rng = np.random.default_rng(6)
    eta = rng.normal(size=(n, 2)) @ np.linalg.cholesky([[1, 0.3], [0.3, 1]]).T
    common = rng.normal(size=n)
    columns = {}
    for f, name in enumerate("fg"):
        for i in range(4):
            columns[f"{name}{i}"] = 0.7 * eta[:, f] + method * common + rng.normal(size=n) * np.sqrt(0.51)
    columns |= {f"m{i}": 0.8 * common + 0.6 * rng.normal(size=n) for i in range(3)}
    return pd.DataFrame(columns)


MODEL = "f =~ f0 + f1 + f2 + f3\ng =~ g0 + g1 + g2 + g3"


@pytest.mark.parametrize("form", ["marker", "equal"])
def test_a_planted_method_factor_is_found(form):
    markers = ["m0", "m1", "m2"] if form == "marker" else []
    data = answers(0.4)
    found = ak.method_factor(MODEL, data, form=form, markers=markers)
    assert found.comparison.df == 1
    if form == "marker":
        assert found.comparison.pvalue < 1e-10
        assert found.method_share == pytest.approx(0.16 / 1.16, abs=0.02)
        row = found.correlations.iloc[0]
        assert row["with"] == pytest.approx(0.3, abs=0.06) and row["without"] > row["with"]
    json.dumps(found.record(), allow_nan=False)


REFERENCE = Path(__file__).parents[1] / "reference"
BIFACTOR = json.loads((REFERENCE / "method_factor.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("estimator", ["ML", "MLR", "WLSMV"])
def test_bifactor_form_is_that_of_lavaan(estimator, bfi_study):
    known = BIFACTOR[estimator.lower()]
    dimensions = "ACE"
    model = "\n".join(f"{d} =~ " + " + ".join(f"{d}{i}" for i in range(1, 6)) for d in dimensions)
    found = ak.method_factor(model, bfi_study.responses, form="bifactor", estimator=estimator)
    assert found.comparison.df == known["df"] == 15
    assert found.comparison.statistic == pytest.approx(known["diff"], abs=1e-3)
    if estimator == "ML":
        assert found.comparison.models["chisq"].to_list()[::-1] == pytest.approx(known["chisq"], abs=1e-3)
    theirs = {(r["lhs"], r["rhs"]): r["est.std"] for r in known["loadings"]}
    turn = np.sign(sum(theirs["method", item] for item in found.items["item"]) * found.items["method"].sum())
    for row in found.items.itertuples():
        assert row.loading_with == pytest.approx(theirs[row.factor, row.item], abs=1e-4)
        assert turn * row.method == pytest.approx(theirs["method", row.item], abs=1e-4)
        assert row.method_share == pytest.approx(row.method**2)
    mine = {(r.first, r.second): r for r in found.correlations.itertuples()}
    for row in known["correlations"]:
        assert mine[row["lhs"], row["rhs"]]._4 == pytest.approx(row["est.std"], abs=1e-4)
    assert "method_test_irregular" in [n.code for n in found.notices]


def test_two_dimensions_and_a_method_factor_with_loadings_of_its_own(bfi_study):
    """lavaan's minimum (χ² 245.492): the search must not run off with the covariance of the dimensions."""
    found = ak.method_factor(
        "A =~ A1 + A2 + A3 + A4 + A5\nN =~ N1 + N2 + N3 + N4 + N5", bfi_study.responses, form="bifactor"
    )
    assert found.comparison.models.loc["freer", "chisq"] == pytest.approx(245.492, abs=1e-3)
    assert found.correlations["with"].item() == pytest.approx(-0.095, abs=1e-3)


def test_planted_method_loadings_are_found():
    """Three dimensions, method loadings .2 to .5: shares of variance and correlations of the dimensions."""
    rng, n = np.random.default_rng(12), 20_000
    eta = rng.normal(size=(n, 3)) @ np.linalg.cholesky(0.3 + 0.7 * np.eye(3)).T
    common, size = rng.normal(size=n), np.array([0.2, 0.3, 0.4, 0.5])
    data = pd.DataFrame(
        {
            f"{name}{i}": 0.7 * eta[:, f] + size[i] * common + rng.normal(size=n) * np.sqrt(0.51)
            for f, name in enumerate("fgh")
            for i in range(4)
        }
    )
    model = "\n".join(f"{name} =~ " + " + ".join(f"{name}{i}" for i in range(4)) for name in "fgh")
    found = ak.method_factor(model, data, form="bifactor")
    expected = np.tile(size**2 / (1 + size**2), 3)
    # largest deviation seen: .05, standard error about .02
    assert found.items["method_share"].to_numpy() == pytest.approx(expected, abs=0.06)
    assert found.method_share == pytest.approx(expected.mean(), abs=0.03)
    assert found.correlations["with"].to_numpy() == pytest.approx(0.3, abs=0.06)
    assert (found.correlations["without"] > found.correlations["with"]).all()


def test_none_is_invented():
    found = ak.method_factor(MODEL, answers(0.0), form="marker", markers=["m0", "m1", "m2"])
    assert found.comparison.pvalue > 0.001 and found.method_share < 0.01
