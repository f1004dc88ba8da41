"""Design-based estimates against R's survey on its api data; survey_design.R made the figures."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.survey.domains import as_domains
from akhlak_research.survey.linearised import ratio_of_sums
from akhlak_research.survey.variance import Projection, domain_covariances

R = json.loads((Path(__file__).parent / "survey_design.json").read_text(encoding="utf-8"))
DATA = {name: pd.DataFrame(columns) for name, columns in R["data"].items()}
STYPE = dict(zip("EHM", R["margins"]["stype"], strict=True))
MARGINS = {"stype": STYPE, "sch.wide": dict(zip(("No", "Yes"), R["margins"]["sch.wide"], strict=True))}


def design(name: str) -> ak.SurveyDesign:
    if name == "strat":
        return ak.SurveyDesign(DATA["strat"], strata="stype", weights="pw", fpc="fpc")
    if name == "clus1":
        return ak.SurveyDesign(DATA["clus1"], cluster="dnum", weights="pw", fpc="fpc")
    if name == "clus2":
        return ak.SurveyDesign(DATA["clus2"], cluster=["dnum", "snum"], fpc=["fpc1", "fpc2"])
    if name == "clus2_nofpc":
        return ak.SurveyDesign(DATA["clus2"], cluster=["dnum", "snum"], weights="pw")
    step, base = name.split("_")
    if step == "rake":
        return ak.rake(design(base), MARGINS, tolerance=1e-13)
    return ak.post_stratify(design(base), {"stype": STYPE})


NAMES = ["strat", "clus1", "clus2", "clus2_nofpc", "rake_clus1", "post_clus1", "post_clus2"]


def close(got, want, rel=1e-9):
    assert np.asarray(got, dtype=float) == pytest.approx(np.asarray(want, dtype=float), rel=rel, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_whole(name):
    made, want = design(name), R[name]
    assert made.df == want["degf"]
    close(made.weights, want["weights"])
    mean = ak.estimate_mean(made, ["api00", "api99", "meals"])
    close(mean.table()["estimate"], want["mean"]["est"])
    close(mean.table()["std_error"], want["mean"]["se"])
    close(mean.covariance, want["mean"]["vcov"])
    total = ak.estimate_total(made, ["enroll", "api.stu"]).table()
    close(total["estimate"], want["total"]["est"])
    close(total["std_error"], want["total"]["se"])
    ratio = ak.estimate_ratio(made, "api.stu", "enroll").estimate
    close([ratio.estimate, ratio.se], [want["ratio"]["est"], want["ratio"]["se"]])
    close([one.deff for one in ak.estimate_mean(made, ["api00", "api99"]).estimates], want["deff"])


@pytest.mark.parametrize("name", NAMES)
def test_domains(name):
    made, want = design(name), R[name]
    mean = ak.estimate_mean(made, ["api00", "meals"], by="stype").table()
    for variable in ("api00", "meals"):
        rows = mean[mean["variable"] == variable]
        close(rows["estimate"], want["by_mean"][variable])
        close(rows["std_error"], want["by_mean"][f"se.{variable}"])
    total = ak.estimate_total(made, "api00", by="stype").table()
    close(total["std_error"], want["by_total"]["se"], rel=1e-8)
    ratio = ak.estimate_ratio(made, "api.stu", "enroll", by="stype").table()
    close(ratio["std_error"], want["by_ratio"]["se.api.stu/enroll"])
    two = ak.estimate_mean(made, "api00", by=["sch.wide", "stype"]).table()
    close(two["std_error"], want["by_two"]["se"])


@pytest.mark.parametrize("name", ["strat", "clus1", "clus2"])
def test_interval_of_a_share(name):
    """svyciprop fits a logistic model to 1e-8, so its limits carry that error (largest seen 5e-10)."""
    share = ak.estimate_proportion(design(name), "sch.wide")["sch.wide=Yes"]
    close([share.interval.low, share.interval.high], R[name]["share"]["ci"], rel=1e-7)


@pytest.mark.parametrize("name", ["rake_strat", "rake_clus2"])
def test_raked_errors_where_design_weights_differ(name):
    """R's rake() leaves the design weights out of the regression whose residuals give the error (its postStratify()
    and calibrate() have them in); with that regression its figures are met exactly, with ours those of its calibrate(),
    which reaches the same weights. rake() stops the regression after ten sweeps (largest deviation 2e-6)."""
    made, want = design(name), R[name]
    close(made.weights, want["weights"])
    mean = ak.estimate_mean(made, ["api00", "api99", "meals"]).table()
    close(mean["estimate"], want["mean"]["est"])
    close(mean["std_error"], R[name.replace("rake", "rakecal")]["mean"]["se"], rel=1e-7)
    if name == "rake_clus2":  # the figures that docs/survey.md and the docstring of rake() tell
        assert (round(mean["std_error"].iloc[0], 2), round(want["mean"]["se"][0], 2)) == (26.00, 31.73)
    y = made.data[["api00", "api99", "meals"]].to_numpy(dtype=float)
    domains = as_domains(made, None, None)
    _, z = ratio_of_sums(y, np.ones_like(y), made.weights, domains.code, 1)
    (own,) = made.projections
    theirs = Projection(own.x, np.ones(made.n), own.after)
    within, _ = domain_covariances(z, domains.code, 1, made.stages, made.lonely, [theirs])
    close(np.sqrt(np.diag(within[0])), want["mean"]["se"], rel=1e-5)


def test_trimmed():
    made = ak.trim_weights(design("rake_clus1"), lower=15, upper=60)
    close(made.weights, R["trim"]["weights"])
    mean = ak.estimate_mean(made, "api00").estimate
    close([mean.estimate, mean.se], [R["trim"]["mean"]["est"], R["trim"]["mean"]["se"]])


@pytest.mark.parametrize("choice", ["remove", "adjust", "average"])
def test_lonely_stratum(choice):
    data = DATA["strat"]
    data = data[~((data["stype"] == "H") & data["stype"].duplicated())]
    made = ak.SurveyDesign(data, strata="stype", weights="pw", lonely=choice)
    close(ak.estimate_mean(made, "api00").estimate.se, R["lonely"][choice]["mean"]["se"])
    close(ak.estimate_mean(made, "api00", by="sch.wide").table()["std_error"], R["lonely"][choice]["by"]["se"])


@pytest.mark.parametrize("name", ["linear_clus1", "linear_strat", "expcal_clus1", "expcal_clus2", "rakecal_strat"])
def test_calibrated(name):
    method, base = name.split("_")
    if method == "rakecal":
        made = ak.calibrate(design(base), MARGINS, method="raking", tolerance=1e-13)
    else:
        known = {"stype": STYPE, "api99": R["margins"]["api99"]}
        made = ak.calibrate(design(base), known, method="linear" if method == "linear" else "raking", tolerance=1e-12)
    want = R[name]
    close(made.weights, want["weights"], rel=1e-8)
    mean = ak.estimate_mean(made, ["api00", "api99", "meals"]).table()
    close(mean["estimate"], want["mean"]["est"], rel=1e-8)
    assert mean["std_error"].to_numpy() == pytest.approx(want["mean"]["se"], rel=1e-6, abs=1e-6)  # api99 is known
    by = ak.estimate_mean(made, "api00", by="stype").table()
    close(by["std_error"], want["by_mean"]["se.api00"], rel=1e-6)


@pytest.mark.parametrize("name", ["strat", "clus1", "clus2", "rake_clus1", "post_clus2"])
def test_quantiles(name):
    found = ak.estimate_quantile(design(name), "api00", [0.25, 0.5, 0.9]).table()
    close(found["estimate"], R[name]["median"])
    want = np.array(R[name]["median_ci"], dtype=float)
    both = ~np.isnan(want).any(axis=1)  # where one end lies outside the data there is no interval here
    close(found[["ci_low", "ci_high"]][both], want[both])
    assert found["ci_low"].isna().tolist() == (~both).tolist()


def replicated(name):
    if name == "jkn":
        return ak.as_replicates(design("strat"), "jackknife")
    if name == "subboot":
        return ak.SurveyDesign(
            DATA["clus1"], cluster="dnum", weights="pw", replicates=ak.ReplicateWeights(np.array(R[name]["weights"]))
        )
    made = ak.as_replicates(design("clus1"), "jackknife")
    if name == "jk1_raked":
        return ak.rake(made, MARGINS, tolerance=1e-12)
    return ak.post_stratify(made, {"stype": STYPE}) if name == "jk1_post" else made


@pytest.mark.parametrize("name", ["jk1", "jkn", "jk1_post", "jk1_raked", "subboot"])
def test_replicate_weights(name):
    """rake() of R stops a replicate at its own tolerance; largest deviation seen for jk1_raked 1e-8."""
    made, want = replicated(name), R[name]
    mean = ak.estimate_mean(made, ["api00", "api99"])
    close(mean.table()["estimate"], want["mean"]["est"])
    close(mean.table()["std_error"], want["mean"]["se"], rel=1e-7)
    close(mean.covariance, want["mean"]["vcov"], rel=1e-6)
    total = ak.estimate_total(made, "enroll").estimate
    close([total.estimate, total.se], [want["total"]["est"], want["total"]["se"]], rel=1e-7)
    by = ak.estimate_mean(made, "api00", by="stype").table()
    close(by["std_error"], want["by_mean"]["se"], rel=1e-7)
    ratio = ak.estimate_ratio(made, "api.stu", "enroll").estimate
    close([ratio.estimate, ratio.se], [want["ratio"]["est"], want["ratio"]["se"]], rel=1e-7)
