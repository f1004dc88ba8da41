"""Composite reliability and AVE: sources, intervals, refusals."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.omega_kernels import (
    average_variance_extracted,
    average_variance_gradient,
    fit_one_factor,
)


def answers(n=300, seed=0):
    rng = np.random.default_rng(seed)
    loadings = np.array([0.4, 0.6, 0.7, 0.8])
    x = loadings * rng.standard_normal((n, 1)) + np.sqrt(1 - loadings**2) * rng.standard_normal((n, 4))
    return pd.DataFrame(x * [1, 2, 3, 4], columns=list("abcd"))


def test_gradient_of_the_average_variance():
    cov = np.cov(answers().T)
    got = average_variance_gradient(fit_one_factor(cov), cov)
    for i, j in ((0, 0), (1, 2), (3, 3), (0, 3)):
        e = np.zeros_like(cov)
        e[i, j] += 5e-6
        e[j, i] += 5e-6
        up, down = (average_variance_extracted(fit_one_factor(S)) for S in (cov + e, cov - e))
        assert (up - down) / 2e-5 == pytest.approx(got[i, j], abs=1e-6)


def test_the_scale_of_items_does_not_matter():
    frame = answers()
    ours, scaled = ak.composite_reliability(frame)["total"], ak.composite_reliability(frame / [1, 2, 3, 4])["total"]
    assert ours.composite_reliability.estimate == pytest.approx(scaled.composite_reliability.estimate, abs=1e-9)
    assert ours.composite_reliability.interval.low == pytest.approx(scaled.composite_reliability.interval.low, abs=1e-7)
    z = frame / frame.std()
    omega = ak.mcdonald_omega(z)
    assert ours.composite_reliability.estimate == pytest.approx(omega.estimate, abs=1e-9)
    assert ours.average_variance_extracted.estimate == pytest.approx(np.mean(np.square(ours.loadings)), abs=1e-6)


def test_frequencies_weights_and_counts():
    frame = answers(200).apply(lambda c: np.digitize(c / c.std(), [-1, 0, 1]) + 1.0)
    times = np.random.default_rng(1).integers(1, 4, 200)
    repeated = frame.loc[frame.index.repeat(times)]
    pd.testing.assert_frame_equal(
        ak.composite_reliability(frame, frequencies=times).table(), ak.composite_reliability(repeated).table(),
        atol=1e-8,
    )  # fmt: skip
    w = times * 0.7
    pd.testing.assert_frame_equal(
        ak.composite_reliability(frame, weights=w).table(), ak.composite_reliability(frame, weights=3 * w).table()
    )
    counts = ak.count_responses(frame, scale=(1, 4))
    found = ak.composite_reliability(counts)["total"].composite_reliability
    assert found.estimate == pytest.approx(ak.composite_reliability(frame)["total"].composite_reliability.estimate)
    assert found.interval.method == "delta-logit-normal-theory"


def test_loadings_of_several_factors_have_no_interval():
    found = ak.composite_reliability({"A": pd.Series([0.7, 0.8], index=["x", "y"]), "B": [0.5, 0.6, -0.2]})
    assert found["A"].items == ("x", "y")
    assert found["A"].composite_reliability.estimate == pytest.approx(1.5**2 / (1.5**2 + 0.51 + 0.36))
    assert found["A"].composite_reliability.interval.code == "loadings_interval"
    assert [n.values["items"] for n in found.notices] == [("3",)]
    assert json.dumps(found.record()) and len(found.table()) == 2


def test_model_groups_and_second_order_factors():
    rows = [("F", "=~", i, 0.5, g) for i in "abc" for g in (1, 2)] + [("G", "=~", "F", 0.9, g) for g in (1, 2)]
    table = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "std_all", "group"])
    model = SimpleNamespace(parameters=table, inputs=ak.kmo(answers()).inputs)
    found = ak.composite_reliability(model)
    assert [f.dimension for f in found.factors] == ["F (1)", "F (2)"]
    assert found.factors[0].composite_reliability.estimate == pytest.approx(2.25 / (2.25 + 2.25))


def test_what_is_refused():
    model = SimpleNamespace(parameters=pd.DataFrame({"lhs": [1]}), inputs=ak.kmo(answers()).inputs)
    for call, code in (
        (lambda: ak.composite_reliability([1.2, 0.5]), "loadings_invalid"),
        (lambda: ak.composite_reliability([0.5]), "loadings_invalid"),
        (lambda: ak.composite_reliability("abc"), "loadings_invalid"),
        (lambda: ak.composite_reliability([0.5, np.nan]), "loadings_invalid"),
        (lambda: ak.composite_reliability([0.5, 0.6], by="x"), "answers_only"),
        (lambda: ak.composite_reliability(model), "model_without_loadings"),
        (lambda: ak.composite_reliability(answers(), dimensions={"A": ["q"]}), "dimension_items_unknown"),
    ):
        with pytest.raises(ak.AkhlakError) as caught:
            call()
        assert caught.value.code == code


def test_two_items_have_no_factor():
    found = ak.composite_reliability(answers()[["a", "b"]])["total"]
    assert found.composite_reliability.code == "omega_needs_three_items"


def test_by_is_the_subset():
    frame, group = answers(), pd.Series(["u", "v"] * 150, name="g")
    together = ak.composite_reliability(frame, by=group)
    pd.testing.assert_frame_equal(together["u"].table(), ak.composite_reliability(frame[group == "u"]).table())


REFERENCE = Path(__file__).parents[1] / "reference"
ERRORS = json.loads((REFERENCE / "composite_errors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("estimator", ["ML", "MLR", "WLSMV"])
def test_errors_of_a_model_are_those_of_defined_parameters(estimator, bfi):
    """lavaan's := rows of the same formulas, an error covariance within the factor included."""
    known = ERRORS[estimator.lower()]
    if estimator == "WLSMV":
        data = bfi.dropna(subset=[f"N{i}" for i in range(1, 6)])
        model, name = "N =~ N1 + N2 + N3 + N4 + N5", "N"
    else:
        data, name = pd.read_csv(REFERENCE / "hs1939.csv"), "visual"
        model = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nx2 ~~ x3"
    for std_lv in (False, True):  # another metric of the factor, the same reliability
        fitted = ak.cfa(model, data, estimator=estimator, std_lv=std_lv)
        one = ak.composite_reliability(fitted)[name]
        both = one.composite_reliability, one.average_variance_extracted
        assert [e.estimate for e in both] == pytest.approx(known["est"], abs=1e-5)
        assert [e.se for e in both] == pytest.approx(known["se"], abs=2e-5)
    for each in both:
        assert each.interval.low < each.estimate < each.interval.high and each.interval.level == 0.95
        assert each.interval.method == "delta-logit-model"
    row = ak.convergent_validity(fitted).table().set_index("factor").loc[name]
    assert (row["cr_ci_low"], row["ave_ci_high"]) == (both[0].interval.low, both[1].interval.high)


def test_groups_of_a_model_have_errors_of_their_own():
    frame = pd.read_csv(REFERENCE / "hs1939.csv")
    model = "textual =~ x4 + x5 + x6"
    both = ak.composite_reliability(ak.cfa(model, frame, group="school", estimator="MLR"))
    for school in ("Pasteur", "Grant-White"):
        alone = ak.composite_reliability(ak.cfa(model, frame[frame["school"] == school], estimator="MLR"))["textual"]
        one = both[f"textual ({school})"]
        assert one.composite_reliability.se == pytest.approx(alone.composite_reliability.se, abs=1e-8)
        assert one.average_variance_extracted.se == pytest.approx(alone.average_variance_extracted.se, abs=1e-8)


def test_a_heywood_case_of_a_model_has_no_interval():
    rng = np.random.default_rng(5)
    f = rng.normal(size=60)
    frame = pd.DataFrame({"a": f, "b": 0.5 * f + rng.normal(size=60), "c": 0.4 * f + rng.normal(size=60)})
    frame["a"] += 0.01 * rng.normal(size=60)
    fitted = ak.cfa("f =~ a + b + c\na ~~ v*a\nv == -0.05", frame)
    one = ak.composite_reliability(fitted)["f"]
    assert one.composite_reliability.interval.code == "heywood_interval"
    json.dumps(ak.composite_reliability(fitted).record(), allow_nan=False)
