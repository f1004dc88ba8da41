"""Errors of standardised solutions and of residual correlations against lavaan."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

HERE = Path(__file__).parent
BFI = HERE.parents[1] / "data" / "bfi" / "responses.csv"
KNOWN = json.loads((HERE / "cfa_standard.json").read_text(encoding="utf-8"))
SCALAR = {"group": "school", "group_equal": ("loadings", "intercepts")}
OPTIONS = {
    "ml": {}, "mlr": {"estimator": "MLR"}, "mlm": {"estimator": "MLM"},
    "fiml_mlr": {"estimator": "MLR", "missing": "fiml"}, "groups_ml": SCALAR,
    "groups_mlr": SCALAR | {"estimator": "MLR"},
    "second_order": {}, "labels": {}, "delta": {"estimator": "WLSMV"},
    "theta": {"estimator": "WLSMV", "parametrisation": "theta"},
    "delta_groups": {"estimator": "WLSMV", "group": "gender", "group_equal": ("thresholds", "loadings")},
    "mimic": {"estimator": "MLR"},
}  # fmt: skip


def fitted(name):
    data = pd.read_csv(HERE / "hs1939.csv")
    if name in ("delta", "theta", "delta_groups"):
        data = pd.read_csv(BFI)[[f"N{i}" for i in range(1, 6)] + ["gender"]].dropna()
    if name == "fiml_mlr":
        data["x1"] = data["x1"].mask(data["id"] % 7 == 0)
    return ak.cfa(KNOWN[name]["model"], data, **OPTIONS[name])


def place(lhs, op, rhs, group):
    if op == ":=":
        return lhs, "", op, 1
    return (*sorted((lhs, rhs or "")), op, group) if op == "~~" else (lhs, rhs or "", op, group)


@pytest.mark.parametrize("name", OPTIONS)
def test_standardised_solution(name):
    found, known = fitted(name), KNOWN[name]["solution"]
    mine = {}
    for row in found.parameters.itertuples():
        group = 1 if row.op == ":=" or len(found.groups) == 1 else found.groups.index(row.group) + 1
        mine[place(row.lhs, row.op, row.rhs, group)] = row
    groups, compared = known["group"], 0
    for i, lhs in enumerate(known["lhs"]):
        at = place(lhs, known["op"][i], known["rhs"][i], groups[i] or 1)
        if known["op"][i] == "~*~" or at not in mine:
            continue
        row, error = mine[at], known["se"][i]
        assert row.std_all == pytest.approx(known["est.std"][i], abs=2e-5), at
        if error is None or error < 1e-8:
            assert not row.std_se > 1e-8, at
            continue
        assert row.std_se == pytest.approx(error, abs=2e-5, rel=1e-4), at
        assert row.std_ci_low == pytest.approx(known["ci.lower"][i], abs=1e-4), at
        assert row.std_ci_high == pytest.approx(known["ci.upper"][i], abs=1e-4), at
        compared += 1
    assert compared >= 10


@pytest.mark.parametrize("name", [name for name in OPTIONS if "residuals" in KNOWN[name]])
def test_residual_correlations(name):
    found, compared = fitted(name), 0
    table = found.standardised_residuals
    for label, known in zip(found.groups, KNOWN[name]["residuals"], strict=True):
        names = known["names"]
        p = len(names)
        mine = table if label is None else table[table["group"] == label]
        for row in mine.itertuples():
            i, j = names.index(row.lhs), names.index(row.rhs)
            assert row.residual == pytest.approx(known["cov"][i][j], abs=1e-5)
            error, z = known["se"][i][j], known["z"][i][j]
            compared += 1
            if error < 1e-8:  # a parameter of its own leaves the pair no residual
                assert np.isnan(row.se) and np.isnan(row.z)
                continue
            assert row.se == pytest.approx(error, abs=1e-5, rel=1e-4), (row.lhs, row.rhs)
            assert row.z == pytest.approx(z, abs=1e-4, rel=1e-4), (row.lhs, row.rhs)
    assert compared == len(table) and set(table.groupby("group", dropna=False).size()) == {p * (p - 1) // 2}
    assert (np.diff(table["z"].dropna().abs()) <= 0).all()
