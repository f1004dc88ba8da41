"""Estimators and features of factor models together, each on a model of its own, against lavaan 0.6-14."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

HERE = Path(__file__).parent
KNOWN = json.loads((HERE / "cfa_models.json").read_text(encoding="utf-8"))
TWO, TEXTUAL = "v =~ x1+x2+x3\nt =~ x4+x5+x6", "t =~ x4+x5+x6\ns =~ x7+x8+x9"
THREE = f"{TWO}\ns =~ x7+x8+x9"
DEMOCRACY = """
i =~ x1+x2+x3
d =~ y1+a*y2+b*y3+y4
e =~ y5+a*y6+b*y7+y8
d ~ i
e ~ p*d+q*i
y1~~y5
ind := p*q
"""
C = "C =~ C1+C2+C3+C4+C5"
OPEN = "O =~ O1+O2+O3+O4+O5"
ALIKE = ["loadings", "lv.variances", "lv.covariances"]
ALL = ["loadings", "intercepts", "residuals", "means"]
#: name: (model, data, options)
MODELS = {
    "second": (f"{THREE}\ng =~ v+t+s\nx7 ~~ x8", "hs", {"estimator": "MLR"}),
    "bif": (f"g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9\n{TEXTUAL}", "hs", {"std_lv": True, "orthogonal": True}),
    "two_gls": ("v =~ x1+x2+x3\ns =~ x7+x8+x9", "hs", {"estimator": "GLS"}),
    "two_mlm": ("v =~ x1+a*x2+a*x3\ns =~ x7+b*x8+x9\nd := a-b", "hs", {"estimator": "MLM"}),
    "groups": (TEXTUAL, "hs", {"group": "school", "group_equal": ALIKE, "estimator": "MLR"}),
    "groups2": (TEXTUAL, "hs", {"group": "school", "group_equal": ALL}),
    "fiml": (THREE, "holes", {"missing": "fiml", "estimator": "MLR"}),
    "weights": (TWO, "hs", {"weights": "w", "estimator": "MLR"}),
    "cluster": (TWO, "hs", {"cluster": "cl", "estimator": "MLR"}),
    "sem": (DEMOCRACY, "democracy", {"estimator": "MLR"}),
    "ulsmv": (f"{OPEN}\n{C}\nC1~~C2", "bfi", {"estimator": "ULSMV", "ordered": True}),
    "wlsmv_g": (
        C, "bfi", {"estimator": "WLSMV", "ordered": True, "group": "gender", "group_equal": ["loadings", "thresholds"]},
    ),
    "dwls_t": (OPEN, "bfi", {"estimator": "DWLS", "ordered": True, "parametrisation": "theta"}),
}  # fmt: skip
#: least squares: lavaan's score is (n − 1)/n of the derivative of what it minimises
LEAST = {"two_gls", "ulsmv", "wlsmv_g", "dwls_t"}


@pytest.fixture(scope="module")
def frames(bfi, bfi_study):
    hs = pd.read_csv(HERE / "hs1939.csv")
    hs["school"] = pd.Categorical(hs["school"], ["Pasteur", "Grant-White"])
    at = np.arange(1, len(hs) + 1)
    hs["w"], hs["cl"] = 0.5 + (at % 7) / 5, at % 40
    holes = hs.copy()
    for k in range(1, 10):
        holes.loc[holes.index[3 * k - 1 :: 11], f"x{k}"] = np.nan
    turned = bfi.copy()
    for item in ("A1", "C4", "C5", "E1", "E2", "O2", "O5"):
        turned[item] = 7 - turned[item]
    turned["gender"] = bfi_study.responses.groups["gender"].to_numpy()
    turned = turned.dropna(subset=[f"{d}{i}" for d in "OC" for i in range(1, 6)])
    turned["gender"] = pd.Categorical(turned["gender"], list(dict.fromkeys(turned["gender"])))
    return {"hs": hs, "holes": holes, "bfi": turned, "democracy": pd.read_csv(HERE / "political_democracy.csv")}


@pytest.mark.parametrize("name", list(MODELS))
def test_estimates_fit_and_indices(name, frames):
    model, which, options = MODELS[name]
    known, data = KNOWN[name], frames[which]
    if "weights" in options:
        options = {**options, "weights": data["w"]}
    found = ak.cfa(model, data, **options)
    for key, value in known["fit"].items():
        # GFI is not told of incomplete rows; lavaan's robust indices need free thresholds
        if (key, name) == ("gfi", "fiml") or value == "NA":
            continue
        words = key.replace("chisq.scaling", "scaling").replace("lower", "low").replace("upper", "high")
        assert found.fit[words.replace(".", "_")] == pytest.approx(value, rel=2e-5, abs=2e-5), key
    mine = {}
    for row in found.parameters.itertuples():
        group = 0 if row.op == ":=" else found.groups.index(row.group) + 1
        rhs = "" if row.op == ":=" else row.rhs
        mine[row.lhs, row.op, rhs, group] = mine[rhs, row.op, row.lhs, group] = row
    for lhs, op, rhs, group, est, se in zip(*known["par"].values(), strict=True):
        key = (lhs, ":=", "", 0) if op == ":=" else (lhs, op, rhs, group)
        if key not in mine and op == "~1":
            continue  # means that are not modelled here, or zeros of ordered items
        assert mine[key].est == pytest.approx(est, abs=3e-5), key
        assert se == 0 or mine[key].se == pytest.approx(se, abs=1e-4), key
    shrunk = 1 - 1 / found.n if name in LEAST else 1.0
    indices = found.modification_indices["mi"].head(3).to_numpy() * shrunk
    # several groups shrink by each group's own n
    assert indices == pytest.approx(known["mi"], rel=1e-3 if name == "wlsmv_g" else 2e-4)
