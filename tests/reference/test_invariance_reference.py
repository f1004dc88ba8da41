"""Ladders of invariance and score tests against lavaan 0.6-21 and semTools' measEq.syntax."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

HERE = Path(__file__).parent
KNOWN = json.loads((HERE / "invariance.json").read_text(encoding="utf-8"))
MODELS = KNOWN["models"] | KNOWN["modindices"]["models"]
CONTINUOUS = {s: s for s in ("configural", "metric", "scalar", "strict")} | {"means": "strict_means"}
ORDERED = dict(
    zip(
        ("configural", "thresholds", "loadings", "intercepts", "residuals"),
        ("configural", "thresholds", "thr_load", "thr_load_int", "strict"),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def hs():
    frame = pd.read_csv(HERE / "hs1939.csv")
    frame["school"] = pd.Categorical(frame["school"], ["Pasteur", "Grant-White"])
    frame["female"] = (frame["sex"] == 2).astype(int)
    return frame


@pytest.fixture(scope="module")
def bfi_complete(bfi, bfi_study):
    turned = bfi.copy()
    for item in ("A1", "C4", "C5", "E1", "E2", "O2", "O5"):
        turned[item] = 7 - turned[item]
    turned["gender"] = bfi_study.responses.groups["gender"].to_numpy()
    return turned.dropna(subset=[c for c in turned.columns if len(c) == 2])


def check_ladder(found, known, names, differences, leave_out=()):
    for mine, theirs in names.items():
        fit = found[mine].fit
        for name, value in known[theirs].items():
            key = name.replace(".", "_").replace("npar", "n_parameters")
            tolerance = max(1e-3, 1e-6 * abs(value)) if "chisq" in name else 1e-5
            assert fit[key] == pytest.approx(value, abs=tolerance), (mine, name)
    table = found.table().set_index("step").loc[list(names)]
    compared = [i for i, name in enumerate(names) if i and name not in leave_out]
    for mine, theirs in (("chisq_diff", "Chisq diff"), ("df_diff", "Df diff"), ("pvalue_diff", "Pr(>Chisq)")):
        tolerance = 1e-3 if mine == "chisq_diff" else 1e-4
        expected = np.array(differences[theirs], dtype=float)[compared]
        assert table[mine].to_numpy()[compared] == pytest.approx(expected, abs=tolerance), mine
    exact = (table["constraints"] - table["released"]).to_numpy()[1:]
    assert np.array_equal(exact, np.diff(table["df"].to_numpy()))


@pytest.mark.parametrize(
    "estimator, method, differences",
    [
        ("ML", None, "lrt_standard_or_default"),
        ("MLR", None, "lrt_standard_or_default"),
        ("MLR", "satorra-bentler-2010", "lrt_sb2010"),
        ("MLR", "satorra-2000", "lrt_satorra2000"),
    ],
)
def test_continuous_ladder(hs, estimator, method, differences):
    known = KNOWN["hs_school_ml" if estimator == "ML" else "hs_school_mlr"]
    found = ak.invariance(MODELS["HS3"], hs, "school", estimator=estimator, method=method, means=True)
    # lavaan's 2010 statistic of the scalar step is not of the scalar model's moments: see the next two tests
    check_ladder(found, known, CONTINUOUS, known[differences], ("scalar",) if "sb2010" in differences else ())


METRIC, SCALAR = {"group_equal": ["loadings"]}, {"group_equal": ["loadings", "intercepts"]}


def test_difference_of_2010_takes_the_moments_of_the_restricted_model(hs):
    """40.05 by hand from lavaan's own pieces, where lavaan says 34.44: it carries the scalar model's estimates over row
    by row, and the metric model has no row for the factor means."""
    from akhlak_research.measure.cfa.engine import values_near
    from akhlak_research.measure.cfa.tests import model_test

    known = json.loads((HERE / "difference_2010.json").read_text(encoding="utf-8"))
    metric, scalar = (ak.cfa(MODELS["HS3"], hs, group="school", estimator="MLR", **k) for k in (METRIC, SCALAR))
    found = ak.compare_models(metric, scalar, method="satorra-bentler-2010")
    assert known["by_hand"]["moment_gap"] < 1e-12
    assert found.statistic == pytest.approx(known["by_hand"]["statistic"], abs=1e-3)
    # lavaan's figure is what comes of the estimates without the factor means
    theta = values_near(metric.fitted.table, scalar.fitted)
    without = replace(metric.fitted, optimum=replace(metric.fitted.optimum, theta=theta))
    implied, wanted = (fit.system(1).means[:9] for fit in (without, scalar.fitted))
    assert np.abs(implied - wanted).max() == pytest.approx(known["lavaan"]["mean_gap"], abs=1e-4)
    c10 = model_test(without, "yuan-bentler-mplus").factor
    t0, t1 = scalar.test.standard, metric.test.standard
    c = (t0.df * scalar.test.factor - t1.df * c10) / (t0.df - t1.df)
    assert (t0.statistic - t1.statistic) / c == pytest.approx(known["lavaan"]["statistic"], abs=1e-3)


def test_difference_of_2010_where_every_estimate_has_its_row(hs):
    """The same two models with factor means in both: nothing is lost, and lavaan agrees. The observed information at
    estimates that are not its model's own depends on the metric, hence 34.50 and not 40.05."""
    known = json.loads((HERE / "difference_2010.json").read_text(encoding="utf-8"))["equivalent"]
    markers = "x1 + x4 + x7 ~ 0*1\nvisual + textual + speed ~ NA*1"
    equal = "\n".join(f"{x} ~ c(i{x}, i{x})*1" for x in ("x2", "x3", "x5", "x6", "x8", "x9"))
    metric = ak.cfa(f"{MODELS['HS3']}\n{markers}", hs, group="school", estimator="MLR", **METRIC)
    scalar = ak.cfa(f"{MODELS['HS3']}\n{markers}\n{equal}", hs, group="school", estimator="MLR", **METRIC)
    assert [metric.fit["chisq"], scalar.fit["chisq"]] == pytest.approx(known["chisq"], abs=1e-3)
    found = ak.compare_models(metric, scalar, method="satorra-bentler-2010")
    assert known["mean_gap"] < 1e-12 and found.statistic == pytest.approx(known["statistic"], abs=1e-3)


def test_continuous_ladder_of_thousands(bfi_complete):
    known = KNOWN["bfi_N_gender_mlr"]
    found = ak.invariance(MODELS["N"], bfi_complete, "gender", means=True)
    check_ladder(found, known, CONTINUOUS, known["lrt_standard_or_default"])


def test_partial_invariance(hs):
    known = KNOWN["hs_school_ml"]["partial_scalar_x3_x7"]
    found = ak.invariance(MODELS["HS3"], hs, "school", estimator="ML", free=["x3 ~ 1", "x7 ~ 1"])
    assert found["scalar"].fit["chisq"] == pytest.approx(known["chisq"], abs=1e-6)
    row = found.steps.loc["scalar"]
    assert row["chisq_diff"] == pytest.approx(known["lrt"]["Chisq diff"][1], abs=1e-6) and row["df_diff"] == 4
    assert found.free == ("x3~1", "x7~1") and found.record()["free"] == ["x3~1", "x7~1"]


@pytest.mark.parametrize("method, differences", [(None, "lrt_default"), ("satorra-2000-adjusted", "exact")])
def test_ordered_ladder_of_wu_and_estabrook(bfi_complete, method, differences):
    known = KNOWN["bfi_N_gender_wlsmv_WuEstabrook_theta"]
    found = ak.invariance(MODELS["N"], bfi_complete, "gender", ordered=True, method=method)
    if differences == "exact":
        gaps = known["lrt_satorra2000_exact_A_scaled_shifted_F"]
        table = found.table()
        assert table["chisq_diff"].to_numpy()[1:] == pytest.approx(gaps["Chisq diff"][1:], abs=1e-4)
        assert table["df_diff"].to_numpy()[1:] == pytest.approx(gaps["Df diff"][1:], abs=1e-4)
        return
    check_ladder(found, known, ORDERED, known[differences])
    row = found.steps.loc["thresholds"]
    assert (row["df_diff"], row["constraints"], row["released"]) == (15, 25, 10)
    mine = found["intercepts"].parameters.set_index(["lhs", "op", "rhs", "group"])
    theirs = known["scalar_parameters"]
    for lhs, op, rhs, group, est, se in zip(*(theirs[k] for k in theirs), strict=True):
        if op == "~*~":
            continue
        row = mine.loc[(lhs, op, rhs or "", group)]
        assert row["est"] == pytest.approx(est, abs=2e-5) and (se == 0 or row["se"] == pytest.approx(se, abs=1e-4))


def test_equalities_of_the_scalar_model(hs):
    known = KNOWN["hs_school_ml"]["score_test_scalar"]["uni"]
    found = ak.invariance(MODELS["HS3"], hs, "school", estimator="ML").constraints("scalar")
    # lavaan's search with equality constraints stops at a gradient of 1e-6: 5e-6 relative at the largest
    assert sorted(found["chisq"]) == pytest.approx(sorted(known["X2"]), rel=1e-4, abs=1e-4)
    assert found["label"].iloc[0] == "x3~1" and found["label"].iloc[1] == "x7~1"


#: estimators with n − 1: lavaan's score is (n − 1)/n of the derivative of what it minimises, so index and change are
#: that much smaller than those whose prediction a refit confirms
LEAST = {"hs_gls", "hs_uls", "bfi_wlsmv", "bfi_ulsmv"}
DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
"""


@pytest.mark.parametrize(
    "name, options",
    [
        ("hs_ml", {}), ("hs_mlr", {"estimator": "MLR"}), ("hs_gls", {"estimator": "GLS"}),
        ("hs_uls", {"estimator": "ULS"}), ("bfi_ml", {}), ("bfi_fiml_ml", {"missing": "fiml"}),
        ("bfi_wlsmv", {"estimator": "WLSMV"}), ("bfi_ulsmv", {"estimator": "ULSMV", "ordered": True}),
        ("mixed_polidem_ml", {}), ("hs_mimic_ml", {}),
    ],
)  # fmt: skip
def test_modification_indices(name, options, hs, bfi, bfi_complete):
    known = KNOWN["modindices"][name]
    if name.startswith("hs"):
        model, data = MODELS["HS3"], hs
        model += "\nvisual + textual + speed ~ female + ageyr" if name == "hs_mimic_ml" else ""
    elif name.startswith("bfi"):
        model, data = MODELS["BFI5"], bfi_complete
        if "fiml" in name:
            data = bfi.copy()
            for item in ("A1", "C4", "C5", "E1", "E2", "O2", "O5"):
                data[item] = 7 - data[item]
    else:
        model, data = DEMOCRACY, pd.read_csv(HERE / "political_democracy.csv")
    result = ak.cfa(model, data, **options)
    mine = {frozenset((r.lhs, r.rhs)) | {r.op}: r for r in result.modification_indices.itertuples()}
    shrunk = 1 - 1 / result.n if name in LEAST else 1.0
    for lhs, op, rhs, mi, epc, std in zip(*(known[k] for k in known), strict=True):
        row = mine[frozenset((lhs, rhs)) | {op}]
        # lavaan's optimum is not polished in all of these; largest deviation seen 1.2e-4 (WLSMV), 7.3e-5 (democracy)
        assert row.mi * shrunk == pytest.approx(mi, rel=2e-4)
        assert row.epc * shrunk == pytest.approx(epc, rel=2e-4)
        assert row.epc_std * shrunk == pytest.approx(std, rel=2e-4)
