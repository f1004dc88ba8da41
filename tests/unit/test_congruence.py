"""Congruence of two solutions."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

A = pd.DataFrame({"F1": [0.8, 0.7, 0.1, 0.0], "F2": [0.0, 0.1, 0.6, 0.9]}, index=list("abcd"))


def test_factors_are_matched_whatever_their_order_and_sign():
    B = pd.DataFrame({"x": -A["F2"], "y": 2 * A["F1"]}).loc[list("dcba")]
    found = ak.factor_congruence(A, B)
    assert found.table().to_dict("list") == {
        "factor": ["x", "y"], "with_factor": ["F2", "F1"], "congruence": pytest.approx([1, 1])
    }  # fmt: skip
    assert found.coefficients.loc["F2", "x"] == pytest.approx(-1)
    expected = (A["F1"] * A["F2"]).sum() / np.sqrt((A["F1"] ** 2).sum() * (A["F2"] ** 2).sum())
    assert found.coefficients.loc["F2", "y"] == pytest.approx(expected, abs=1e-12)
    assert repr(found) == "<factor_congruence 1.000 to 1.000, 4 items>" and found.record()["items"] == list("dcba")


def test_halves_of_real_answers(bfi):
    one, two = (ak.efa(bfi.iloc[start::2], 5, scores="none") for start in (0, 1))
    assert ak.factor_congruence(one, two).table()["congruence"].min() > 0.9


def test_refusals():
    with pytest.raises(ak.AkhlakError, match="congruence_items"):
        ak.factor_congruence(A, A.rename(index={"a": "e"}))
    with pytest.raises(ak.AkhlakError, match="loadings_shapes"):
        ak.factor_congruence(A, A[["F1"]])
