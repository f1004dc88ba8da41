"""Ordered beside continuous variables, covariates of ordered items, and MLM given covariates against lavaan.

lavaan finds correlations by a search that stops at about 1e-5 where the likelihood is flat, so its own statistics,
estimates and χ² carry that much; the largest deviations seen are 1.2e-5 of a correlation, 3.3e-5 of an estimate and
1.3e-3 of a χ². Where its correlations agree to 1e-8 (``mimic``), estimates do to 5e-8.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

HERE = Path(__file__).parent
KNOWN = json.loads((HERE / "cfa_mixed.json").read_text(encoding="utf-8"))
CUTS = {"x1": (4, 5, 6), "x2": (5.5, 6.5), "x4": (2, 3, 4), "x5": (4.4,), "x7": (3.2, 4, 5)}
WLSMV, THETA = {"estimator": "WLSMV"}, {"parametrisation": "theta"}
O1, O3 = {"ordered": ("o1", "o4", "o5")}, {"ordered": ("o1", "o2", "o4", "o5", "o7")}
EQUAL = {"group": "school", "group_equal": ("loadings", "thresholds", "intercepts")}
CASES = {
    "one": WLSMV | O1,
    "three": WLSMV | O3,
    "three_theta": WLSMV | O3 | THETA,
    "three_dwls": {"estimator": "DWLS"} | O3,
    "three_ulsmv": {"estimator": "ULSMV"} | O3,
    "three_wlsm": {"estimator": "WLSM"} | O3,
    "one_wls": {"estimator": "WLS"} | O1,
    "three_weights": WLSMV | O3 | {"weights": "w"},
    "three_pairwise": WLSMV | O3 | {"missing": "pairwise"},
    "groups": WLSMV | O1 | EQUAL,
    "groups_theta": WLSMV | O1 | EQUAL | THETA,
    "mimic": WLSMV,
    "mimic_theta": WLSMV | THETA,
    "mimic_direct": WLSMV,
    "mimic_ulsmv": {"estimator": "ULSMV"},
    "mimic_groups": WLSMV | {"group": "gender", "group_equal": ("loadings", "thresholds")},
    "mixed_mimic": WLSMV | O3,
    "mixed_mimic_theta": WLSMV | O3 | THETA,
    "mixed_mimic_weights": WLSMV | O3 | {"weights": "w"},
    "mediator": WLSMV | O1,
    "wls": {"estimator": "WLS"},
    "wls_theta": {"estimator": "WLS"} | THETA,
}
CONTINUOUS = {
    "mlm": {"estimator": "MLM"},
    "mlm_groups": {"estimator": "MLM", "group": "school", "group_equal": ("loadings", "intercepts")},
}
MEASURES = {
    "df": "df", "pvalue.scaled": "pvalue_scaled", "cfi": "cfi", "tli": "tli", "cfi.scaled": "cfi_scaled",
    "tli.scaled": "tli_scaled", "rmsea": "rmsea", "rmsea.scaled": "rmsea_scaled",
    "rmsea.ci.lower.scaled": "rmsea_ci_low_scaled", "rmsea.ci.upper.scaled": "rmsea_ci_high_scaled", "gfi": "gfi",
    "agfi": "agfi", "baseline.df": "baseline_df", "chisq.scaling.factor": "scaling_factor", "npar": "n_parameters",
}  # fmt: skip
STATISTICS = {
    "chisq": "chisq", "chisq.scaled": "chisq_scaled", "baseline.chisq": "baseline_chisq",
    "baseline.chisq.scaled": "baseline_chisq_scaled",
}  # fmt: skip


def answers(name):
    if name.startswith(("mimic", "wls")):
        data = pd.read_csv(HERE.parents[1] / "data" / "bfi" / "responses.csv")
        data = data[[*(f"N{i}" for i in range(1, 6)), "gender", "age"]].dropna()
        data = data.sort_values("gender", kind="stable", ignore_index=True)
        data["male"] = (data["gender"] == data["gender"][0]).astype(float)
        return data.assign(decade=data["age"] / 10).iloc[::2].reset_index(drop=True)
    data = pd.read_csv(HERE / "hs1939.csv").sort_values("school", kind="stable", ignore_index=True)
    for item, cuts in CUTS.items():
        data["o" + item[1:]] = np.searchsorted(cuts, data[item], side="right") + 1.0
    data["w"] = 0.5 + (data["id"] % 5) / 4
    if name == "three_pairwise":
        data["o1"] = data["o1"].mask(data["id"] % 7 == 0)
        data["x6"] = data["x6"].mask(data["id"] % 11 == 0)
    return data


def fitted(name):
    data, options = answers(name), dict((CASES | CONTINUOUS)[name])
    if "weights" in options:
        options["weights"] = data[options["weights"]]
    return ak.cfa(KNOWN[name]["model"], data, **options)


def place(lhs, op, rhs, group):
    return (*sorted((lhs, rhs or "")), op, group) if op == "~~" else (lhs, rhs or "", op, group)


def rows_of(found):
    return {
        place(row.lhs, row.op, row.rhs, 1 if len(found.groups) == 1 else found.groups.index(row.group) + 1): row
        for row in found.parameters.itertuples()
    }


@pytest.mark.parametrize("name", CASES)
def test_statistics_and_gamma(name):
    """Thresholds, slopes, variances, covariances; their Γ."""
    for g, observed in enumerate(fitted(name).problem.observed):
        np.testing.assert_allclose(observed.sample.statistics, KNOWN[name]["statistics"][g], atol=2e-5)
        np.testing.assert_allclose(observed.sample.gamma_diagonal, KNOWN[name]["gamma_diagonal"][g], rtol=2e-5)
        np.testing.assert_allclose(observed.sample.gamma[-1], KNOWN[name]["gamma_row"][g], atol=5e-5)


@pytest.mark.parametrize("name", CASES | CONTINUOUS)
def test_estimates(name):
    found, known = fitted(name), KNOWN[name]["parameters"]
    mine, compared = rows_of(found), 0
    for i, lhs in enumerate(known["lhs"]):
        if known["op"][i] in ("~*~", "=="):
            continue
        row = mine[place(lhs, known["op"][i], known["rhs"][i], known["group"][i])]
        assert row.est == pytest.approx(known["est"][i], abs=4e-5), row
        assert row.std_all == pytest.approx(known["std"][i], abs=2e-5), row
        if known["se"][i]:
            assert row.se == pytest.approx(known["se"][i], abs=1e-4, rel=1e-4), row
            assert row.std_se == pytest.approx(known["std_se"][i], abs=1e-4) or known["std_se"][i] < 1e-8, row
            compared += 1
    assert compared == found.fit["n_parameters"] or found.groups != (None,)


@pytest.mark.parametrize("name", CASES | CONTINUOUS)
def test_measures(name):
    found, known = fitted(name), KNOWN[name]["fit"]
    for theirs, ours in STATISTICS.items():
        if theirs in known and not (name == "one_wls" and theirs.startswith("baseline")):
            assert found.fit[ours] == pytest.approx(known[theirs], abs=2e-3, rel=1e-6), ours
    for theirs, ours in MEASURES.items():
        if theirs in known and not (name == "one_wls" and ours in ("cfi", "tli")):
            assert found.fit[ours] == pytest.approx(known[theirs], abs=1e-4, rel=1e-5), ours
    # not defined where variables are mixed or covariates given
    assert name in CONTINUOUS or not [word for word in found.fit.index if "robust" in word]


def test_baseline_of_the_full_weight_lies_at_its_minimum():
    """lavaan's search for the baseline of this model ends with the variance of x6 at 0, its bound, and a slope of 0.3:
    its discrepancy is the larger one."""
    assert fitted("one_wls").fit["baseline_chisq"] < KNOWN["one_wls"]["fit"]["baseline.chisq"] - 5


@pytest.mark.parametrize("name", [name for name in CASES if name != "one_wls"])
def test_srmr(name):
    """lavaan divides by p(p + 1)/2 and the number of covariates, which have no residual."""
    found, known = fitted(name), KNOWN[name]["fit"]["srmr"]
    table = found.fitted.table
    p, k = len(table.modelled), len(table.variables.exogenous)
    full = p * (p + 1) / 2
    # a variance that equality across groups holds leaves a residual that lavaan does not count: none here
    assert found.fit["srmr"] == pytest.approx(known * np.sqrt((full + k) / full), abs=2e-5)


@pytest.mark.parametrize("name", ["one", "three", "mixed_mimic"])
def test_factor_scores(name):
    """lavaan searches person by person with a tolerance of 1e-8 of the posterior: 2.4e-4 apart at most."""
    found = fitted(name).factor_scores.to_numpy()[:12]
    np.testing.assert_allclose(found, KNOWN[name]["scores"], atol=5e-4)


def test_scores_do_not_depend_on_the_parametrisation():
    """Delta and theta say the same in another unit of the factors. In lavaan 0.6-14 they do not: its theta scores
    cut at thresholds in units of the latent response."""
    delta, theta = fitted("mixed_mimic").factor_scores, fitted("mixed_mimic_theta").factor_scores
    ratio = theta / delta
    np.testing.assert_allclose(ratio, np.tile(ratio.iloc[0], (len(ratio), 1)), rtol=1e-5)
    theirs = np.array(KNOWN["mixed_mimic_theta"]["scores"]) / np.array(KNOWN["mixed_mimic"]["scores"])
    assert theirs.std(axis=0).max() > 0.1


@pytest.mark.parametrize("name", ["one", "three"])
def test_residual_correlations(name):
    known = KNOWN[name]["residuals"]
    for row in fitted(name).standardised_residuals.itertuples():
        i, j = known["names"].index(row.lhs), known["names"].index(row.rhs)
        assert row.residual == pytest.approx(known["cov"][i][j], abs=2e-5)


@pytest.mark.parametrize("name", ["one", "three", "mimic"])
def test_modification_indices(name):
    """lavaan takes (n − 1)/n into the slope of the discrepancy and not into its curvature, so its indices and expected
    changes are (n − 1)/n of these."""
    found, known = fitted(name), KNOWN[name]["mi"]
    mine = {place(r.lhs, r.op, r.rhs, 1): r for r in found.modification_indices.itertuples()}
    share = (found.n - 1) / found.n
    for i, lhs in enumerate(known["lhs"]):
        row = mine[place(lhs, known["op"][i], known["rhs"][i], 1)]
        assert row.mi * share == pytest.approx(known["mi"][i], abs=2e-3, rel=1e-3)
        assert row.epc * share == pytest.approx(known["epc"][i], abs=1e-4, rel=1e-3)
        assert row.epc_std * share == pytest.approx(known["sepc.all"][i], abs=1e-4, rel=1e-3)
