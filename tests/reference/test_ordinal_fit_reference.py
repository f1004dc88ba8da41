"""Scaled fit of factors to polychoric correlations against lavaan (efa, estimator ULSMV)."""

import json
from pathlib import Path

import pytest

import akhlak_research as ak

KNOWN = json.loads((Path(__file__).parent / "efa_ulsmv.json").read_text(encoding="utf-8"))
NAMES = {
    "chisq_scaled": "chisq.scaled", "cfi_scaled": "cfi.scaled", "tli_scaled": "tli.scaled",
    "rmsea_scaled": "rmsea.scaled", "rmsea_scaled_ci_low": "rmsea.ci.lower.scaled",
    "rmsea_scaled_ci_high": "rmsea.ci.upper.scaled", "null_chisq_scaled": "baseline.chisq.scaled",
}  # fmt: skip


@pytest.mark.parametrize("case", [name for name in KNOWN if name != "_meta"])
def test_scaled_fit(bfi, case):
    known = KNOWN[case]
    found = ak.efa(bfi[known["items"]], known["k"], correlation="polychoric", rotation="none")
    assert (found.inputs.n_used, found.fit["df"]) == (known["n"], known["df.scaled"])
    for ours, theirs in NAMES.items():
        assert found.fit[ours] == pytest.approx(known[theirs], rel=1e-6), ours
