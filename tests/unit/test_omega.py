"""McDonald's omega."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.measure.omega_kernels import fit_one_factor, omega_gradients, omega_observed, omega_of

DIMENSIONS = {scale: [f"{scale}{i}" for i in range(1, 6)] for scale in "ACENO"}
REVERSED = {"keys": dict.fromkeys(["A1", "C4", "C5", "E1", "E2", "O2", "O5"], -1), "scale": (1, 6)}


def simulated(n=300, seed=1, loadings=(0.8, 0.7, 0.6, 0.5), noise=0.0):
    """Simulated normal answers to one factor; ``noise`` is a second factor behind the last two items."""
    rng = np.random.default_rng(seed)
    lam = np.array(loadings)
    values = lam * rng.standard_normal((n, 1)) + np.sqrt(1 - lam**2) * rng.standard_normal((n, len(lam)))
    values[:, -2:] += noise * rng.standard_normal((n, 1))
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(len(lam))])


def codes_of(result):
    return [notice.code for notice in result.notices]


def test_one_omega_per_dimension_and_none_for_the_total(bfi, bfi_study):
    omega = ak.mcdonald_omega(bfi_study.responses)
    assert [one.dimension for one in omega.scales] == list("ACENO")
    assert omega.total.code == "hierarchical_needed" and omega.total.reason("id").startswith("Skor total")
    assert np.isnan(omega.estimate) and omega.n == 0 and omega.interval.code == "hierarchical_needed"
    same = ak.mcdonald_omega(bfi, dimensions=DIMENSIONS, **REVERSED)
    for scale in "ACENO":
        assert omega[scale].estimate == pytest.approx(same[scale].estimate, abs=1e-10)
        assert omega[scale].n == len(bfi[DIMENSIONS[scale]].dropna())
        alone = ak.mcdonald_omega(bfi_study.responses.of_dimension(scale))
        assert alone.estimate == pytest.approx(omega[scale].estimate, abs=1e-10)
        assert alone.total is alone.scales[0].omega
    assert omega.inputs.n_used == int(np.any([bfi[d].notna().all(axis=1) for d in DIMENSIONS.values()], axis=0).sum())
    table = omega.table()
    assert list(table.columns) == [
        "dimension", "estimate", "std_error", "ci_low", "ci_high", "n", "omega_observed", "chisq", "df", "pvalue",
        "rmsea", "srmr",
    ]  # fmt: skip
    assert table["dimension"].tolist() == [*"ACENO", "total"] and np.isnan(table["estimate"].iloc[-1])
    assert json.loads(json.dumps(omega.record()))["total"]["unavailable"] == "hierarchical_needed"
    assert omega.definition == "omega, one-factor ML, model-implied variance"


def test_a_frame_is_one_scale(bfi):
    omega = ak.mcdonald_omega(bfi[DIMENSIONS["A"]], **{**REVERSED, "keys": {"A1": -1}})
    assert omega.estimate == omega["total"].estimate == omega.total.estimate
    assert omega.interval.low < omega.estimate < omega.interval.high
    assert omega.interval.method == "delta-logit-adf"
    assert len(omega.table()) == 1
    with pytest.raises(ArgumentError) as caught:
        omega["A"]
    assert caught.value.code == "unknown_choice"


def test_gradients_are_those_of_the_refitted_model():
    """Central differences of omega under a change of S, refitted; the model does not fit exactly here."""
    S = np.cov(simulated(noise=0.4).to_numpy().T)
    change = np.random.default_rng(2).normal(size=S.shape)
    change, step = (change + change.T) / 2, 1e-4
    gradients = omega_gradients(fit_one_factor(S), S)
    for gradient, value in zip(gradients, (lambda m, S: omega_of(m), omega_observed), strict=True):
        up, down = (value(fit_one_factor(S + sign * step * change), S + sign * step * change) for sign in (1, -1))
        assert float((gradient * change).sum()) == pytest.approx((up - down) / (2 * step), abs=1e-6)


def test_units_of_the_items_do_not_matter_when_all_change_alike():
    frame = simulated()
    first, second = ak.mcdonald_omega(frame), ak.mcdonald_omega(10 * frame + 3)
    assert second.estimate == pytest.approx(first.estimate, abs=1e-9)
    assert second.se == pytest.approx(first.se, abs=1e-9)


def test_counts_have_normal_theory_errors(bfi):
    items = bfi[DIMENSIONS["N"]]
    counts = ak.mcdonald_omega(ak.count_responses(items))
    rows = ak.mcdonald_omega(items)
    assert counts.estimate == pytest.approx(rows.estimate, abs=1e-9)
    assert counts.interval.method == "delta-logit-normal-theory"
    assert counts.se != pytest.approx(rows.se, rel=1e-3)
    several = ak.mcdonald_omega(ak.count_responses(bfi, **REVERSED), dimensions=DIMENSIONS)
    assert several["A"].n == len(bfi.dropna())


def test_weights_and_pairwise_have_errors_but_no_test_of_fit(bfi):
    items = bfi[DIMENSIONS["N"]]
    weighted = ak.mcdonald_omega(items, weights=np.random.default_rng(1).uniform(0.5, 2, len(items))).scales[0]
    assert weighted.interval.method == "delta-logit-linearised"
    assert weighted.chisq.code == weighted.rmsea.code == weighted.pvalue.code == "fit_weights"
    pairwise = ak.mcdonald_omega(items, missing="pairwise").scales[0]
    assert pairwise.chisq.code == "fit_pairwise" and pairwise.n == 2800
    assert isinstance(pairwise.srmr, float) and isinstance(pairwise.se, float)
    counted = ak.mcdonald_omega(ak.count_responses(items, weights=np.ones(len(items)))).scales[0]
    assert counted.se.code == "error_needs_rows" and counted.interval.code == "error_needs_rows"


def test_misfit_is_told():
    assert "one_factor_misfit" not in codes_of(ak.mcdonald_omega(simulated()))
    said = [n for n in ak.mcdonald_omega(simulated(noise=1.0)).notices if n.code == "one_factor_misfit"]
    assert said and "RMSEA" in said[0].say("id")


@pytest.mark.parametrize("r", [(0.2, 0.3, 0.9), (0.8, 0.3, 0.05)])
def test_heywood_case_is_told_and_has_no_interval(r):
    """Three items with a product of two correlations above the third: λ² of one item would exceed its variance."""
    S = np.array([[1, r[0], r[1]], [r[0], 1, r[2]], [r[1], r[2], 1]])
    z = np.random.default_rng(1).standard_normal((200, 3))
    z = (z - z.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
    omega = ak.mcdonald_omega(pd.DataFrame(z @ np.linalg.cholesky(S).T, columns=list("abc")))
    assert "omega_heywood" in codes_of(omega)
    assert 0 < omega.estimate < 1 and omega.se.code == omega.interval.code == "heywood_interval"


def test_what_has_no_omega():
    frame = simulated()
    assert ak.mcdonald_omega(frame.iloc[:, :2]).total.code == "omega_needs_three_items"
    twice = frame.assign(again=frame["x0"])
    assert ak.mcdonald_omega(twice).total.code == "omega_not_positive_definite"
    assert ak.mcdonald_omega(frame.iloc[:4]).total.code == "omega_not_positive_definite"
    assert ak.mcdonald_omega(frame.iloc[:, :3]).scales[0].rmsea.code == "fit_saturated"


def test_one_refused_dimension_leaves_the_others():
    frame = simulated().assign(same=1.0)
    omega = ak.mcdonald_omega(frame, dimensions={"fine": ["x0", "x1", "x2"], "flat": ["x3", "same"], "one": ["x0"]})
    assert [one.dimension for one in omega.scales] == ["fine"]
    refused = {n.values["group"]: n.values["code"] for n in omega.notices if n.code == "group_refused"}
    assert refused == {"flat": "constant_item", "one": "too_few_items"}
    with pytest.raises(DataError) as caught:
        ak.mcdonald_omega(frame)
    assert caught.value.code == "constant_item"
    with pytest.raises(DataError) as caught:
        ak.mcdonald_omega(ak.count_responses(pd.DataFrame({"a": [1, 2, 2], "b": [1, 1, 1], "c": [1, 2, 1]})))
    assert caught.value.code == "constant_item"


def test_unknown_items_of_a_dimension():
    with pytest.raises(ArgumentError) as caught:
        ak.mcdonald_omega(simulated(), dimensions={"A": ["x0", "x1", "q"]})
    assert caught.value.code == "dimension_items_unknown" and caught.value.got == ["q"]


def test_groups():
    frame = simulated()
    groups = pd.Series(np.arange(len(frame)) % 2, name="half")
    by = ak.mcdonald_omega(frame, by=groups)
    assert by[1].estimate == pytest.approx(ak.mcdonald_omega(frame[groups == 1]).estimate, abs=1e-10)
    assert by.table().columns[:2].tolist() == ["half", "dimension"]


def test_per_dimension_names_the_dimension_once(bfi_study):
    table = ak.per_dimension(ak.mcdonald_omega, bfi_study.responses).table()
    assert list(table.columns).count("dimension") == 1 and table["dimension"].tolist() == list("ACENO")
