"""Guttman's lambdas, split halves and the greatest lower bound against psych (closed forms 1e-10, csdp 1e-6)."""

import json
from pathlib import Path

import numpy as np
import pytest

import akhlak_research as ak
from akhlak_research.core.results import Inputs
from akhlak_research.counts.moments import Moments

STORED = json.loads((Path(__file__).parent / "lower_bounds.json").read_text(encoding="utf-8"))["scales"]
EXACT = {"rel": 0, "abs": 1e-10}


def moments_of(scale) -> Moments:
    stored = STORED[scale]
    names, cov = tuple(stored["cov"]["cols"]), np.array(stored["cov"]["data"])
    sd, n = np.sqrt(np.diag(cov)), stored["n"]
    inputs = Inputs("", n, n, 0, "listwise", "none", names)
    return Moments(names, np.zeros(len(cov)), cov, cov / np.outer(sd, sd), np.full(cov.shape, n), inputs)


@pytest.mark.parametrize("scale", STORED)
def test_lambdas(scale):
    r, found = STORED[scale], ak.guttman_lambdas(moments_of(scale))
    for i in (1, 2, 3, 4, 5, 6):
        assert found.standardised[f"lambda{i}"].estimate == pytest.approx(r["guttman"][f"lambda.{i}"], **EXACT)
        if i != 4:
            assert found[f"lambda{i}"].estimate == pytest.approx(r["lambda_own"][f"cov_lambda{i}"], **EXACT)


@pytest.mark.parametrize("scale", STORED)
def test_all_split_halves(scale):
    r, moments = STORED[scale]["split_half"], moments_of(scale)
    of_correlations = Moments(
        moments.names, moments.mean, moments.correlation, moments.correlation, moments.n_pair, moments.inputs
    )
    found = ak.split_half(of_correlations)
    assert found.n_splits == r["n_splits"]
    for ours, theirs in {"max": "maxrb", "min": "minrb", "mean": "meanr"}.items():
        assert found[ours].estimate == pytest.approx(r[theirs], **EXACT)
    for split, halves in ((found.best_split, r["maxAB"]), (found.worst_split, r["minAB"])):
        assert set(split) == {tuple(halves["A"]), tuple(halves["B"])}


@pytest.mark.parametrize("scale", STORED)
def test_customary_splits(scale):
    r, found = STORED[scale]["lambda_own"], ak.split_half(moments_of(scale))
    assert found.spearman_brown["odd_even"].estimate == pytest.approx(r["odd_even_sb"], **EXACT)


@pytest.mark.parametrize("scale", STORED)
def test_greatest_lower_bound(scale):
    """csdp ends within 2e-9 of the solution here; the duality gap proves ours to 3e-8."""
    r, found = STORED[scale], ak.greatest_lower_bound(moments_of(scale))
    assert found.standardised.estimate == pytest.approx(r["glb_algebraic_cor"], abs=1e-6)
    assert found.estimate == pytest.approx(r["glb_algebraic_cov"], abs=1e-6)
    assert found.gap < 1e-7


@pytest.mark.parametrize(("scale", "bound", "factored"), [("bfi_A", 0.7555, 0.7480), ("bfi_E", 0.7948, 0.8182)])
def test_glb_by_factoring_is_on_either_side_of_the_definition(scale, bound, factored):
    assert round(STORED[scale]["glb_fa"], 4) == factored
    assert round(ak.greatest_lower_bound(moments_of(scale)).standardised.estimate, 4) == bound
