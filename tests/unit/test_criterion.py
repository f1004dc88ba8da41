"""Hypotheses and method factors."""

import json

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


def test_none_is_invented():
    found = ak.method_factor(MODEL, answers(0.0), form="marker", markers=["m0", "m1", "m2"])
    assert found.comparison.pvalue > 0.001 and found.method_share < 0.01
