"""Ordinal alpha and categorical omega against semTools."""

import json
from pathlib import Path

import pytest

import akhlak_research as ak

KNOWN = json.loads((Path(__file__).parent / "reliability_ordinal.json").read_text(encoding="utf-8"))
REVERSED = {"A": ["A1"], "C": ["C4", "C5"], "E": ["E1", "E2"], "N": [], "O": ["O2", "O5"]}


@pytest.mark.parametrize("scale", "ACENO")
def test_semtools(bfi, scale):
    """lavaan's optimiser stops within 4e-8 of the optimum; ordinal alpha is as near as its correlations."""
    answers = bfi[[f"{scale}{i}" for i in range(1, 6)]]
    options = {"keys": dict.fromkeys(REVERSED[scale], -1), "scale": (1, 6)}
    omega = ak.categorical_omega(answers, **options)
    assert omega.estimate == pytest.approx(KNOWN[scale]["omega3"], abs=1e-7)
    assert omega.implied.estimate == pytest.approx(KNOWN[scale]["omega"], abs=1e-7)
    assert ak.ordinal_alpha(answers, **options).estimate == pytest.approx(KNOWN[scale]["alpha.ord"], abs=1e-8)
