"""Small areas: against nlme, against the likelihoods themselves, what is pooled, shown and hidden."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.index.fay_herriot import _generalised, fit, predict

R = json.loads((Path(__file__).parents[1] / "reference" / "fay_herriot.json").read_text(encoding="utf-8"))
Y, PSI, Z = (np.array(R[name]) for name in ("y", "psi", "z"))
X = np.column_stack([np.ones_like(Z), Z])


def test_regression_and_shrinkage_at_the_variance_of_nlme():
    beta, covariance = _generalised(Y, PSI, X, R["variance"])
    assert np.sqrt(np.diag(covariance)) == pytest.approx(R["beta_se"], rel=1e-7)
    gamma = R["variance"] / (R["variance"] + PSI)
    assert gamma * Y + (1 - gamma) * (X @ beta) == pytest.approx(R["shrunk"], abs=1e-9)


def restricted(variance: float) -> float:
    v = variance + PSI
    a = (X / v[:, None]).T @ X
    e = Y - X @ np.linalg.solve(a, (X / v[:, None]).T @ Y)
    return -0.5 * (np.log(v).sum() + (e**2 / v).sum() + np.linalg.slogdet(a)[1])


def test_reml_is_the_top_of_the_restricted_likelihood():
    best = minimize_scalar(lambda s: -restricted(s), bounds=(0, 30), method="bounded", options={"xatol": 1e-10})
    found = fit(Y, PSI, X, "reml")
    assert found.variance == pytest.approx(best.x, abs=1e-6)
    assert restricted(found.variance) >= restricted(best.x) - 1e-12


def test_the_other_estimators_solve_their_equations():
    found = fit(Y, PSI, X, "fay-herriot")
    assert ((Y - X @ found.beta) ** 2 / (found.variance + PSI)).sum() == pytest.approx(len(Y) - 2, abs=1e-8)
    hat = X @ np.linalg.pinv(X)
    expected = (((Y - hat @ Y) ** 2).sum() - (PSI * (1 - np.diag(hat))).sum()) / (len(Y) - 2)
    assert fit(Y, PSI, X, "moments").variance == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("method", ["reml", "moments", "fay-herriot"])
def test_equal_variances_have_a_closed_form(method):
    """James–Stein: σ² = s² − ψ for all three, the expectation being the mean."""
    y = np.array([4.0, 7, 1, 9, 5, 5.5])
    found = fit(y, np.full(6, 2.0), np.ones((6, 1)), method)
    assert found.variance == pytest.approx(y.var(ddof=1) - 2)
    gamma = found.variance / (found.variance + 2)
    assert found.shrunk == pytest.approx(gamma * y + (1 - gamma) * y.mean())
    total = found.variance + 2  # of Prasad & Rao's three terms the last counts twice; var σ̂² = 2 (σ² + ψ)² / m
    expected = gamma * 2 + (1 - gamma) ** 2 * total / 6 + 2 * 2**2 / total**3 * (2 * total**2 / 6)
    assert found.mse == pytest.approx(np.full(6, expected))
    score, mse = predict(found, np.ones((1, 1)))
    assert (score[0], mse[0]) == pytest.approx((y.mean(), found.variance + (found.variance + 2) / 6))


def test_equal_scores_are_pulled_together_and_said_so():
    scores = pd.Series({"a": 60.0, "b": 60.5, "c": 59.5, "d": 60.2})
    found = ak.small_area(scores, pd.Series(9.0, index=scores.index), n=pd.Series(20, index=scores.index))
    assert found.variance == 0 and found.scores.to_numpy() == pytest.approx(scores.mean())
    assert "no_area_variance" in [notice.code for notice in found.notices]


def test_order_of_units_and_place_play_no_part():
    scores = pd.Series(Y, index=[f"u{at:02d}" for at in range(len(Y))])
    psi = pd.Series(PSI, index=scores.index)
    once = ak.small_area(scores, psi)
    pd.testing.assert_series_equal(once.scores, ak.small_area(scores.iloc[::-1], psi).scores)
    assert ak.small_area(scores + 7, psi).scores.to_numpy() == pytest.approx(once.scores.to_numpy() + 7)
    z = pd.DataFrame({"z": Z}, index=scores.index)
    assert ak.small_area(scores, psi, regressors=z).variance == pytest.approx(fit(Y, PSI, X, "reml").variance)


def test_an_index_pools_the_variance_of_a_respondent(root):
    study = ak.Study(root / "data" / "berakhlak-contoh")
    found = ak.small_area(study.index)
    totals = study.index.table().query("value == 'total'").dropna(subset="unit").set_index("unit")
    for area in found.areas:
        assert area.n == totals.loc[area.unit, "n"]
        assert (area.verdict == "hide") == (area.n < 10)
        if area.n >= 1:
            low, high = sorted([area.direct.estimate, found.coefficients["estimate"][0]])
            assert low - 1e-9 <= area.model.estimate <= high + 1e-9
    assert found.shown().query("verdict == 'hide'")["estimate"].isna().all()
    one = next(area for area in found.areas if area.n == 1)  # a unit with one respondent takes part
    assert 0 < one.gamma < 0.5 and np.isnan(float(one.direct.se))
    direct = ak.small_area(study.index, "direct")
    assert direct.of(one.unit).gamma == 0
    json.dumps(found.record())


S = pd.Series({"a": 60.0, "b": 70.0, "c": 65.0})
V = pd.Series(4.0, index=S.index)
BAD = {
    "variances_needed": lambda: ak.small_area(S),
    "estimates_type": lambda: ak.small_area([1.0], V),
    "variance_not_positive": lambda: ak.small_area(S, V * 0),
    "too_few_estimates": lambda: ak.small_area(S.head(1), V),
    "duplicate_units": lambda: ak.small_area(S.rename({"a": "b"}), V),
    "regressors_units": lambda: ak.small_area(S, V, regressors=pd.DataFrame({"x": [1.0]}, index=["a"])),
    "regressors_missing": lambda: ak.small_area(S, V, regressors=pd.DataFrame({"x": [1, None, 2]}, index=S.index)),
    "regressors_rank": lambda: ak.small_area(S, V, regressors=pd.DataFrame({"x": [1.0, 1, 1]}, index=S.index)),
    "unknown_choice": lambda: ak.small_area(S, V, method="ml"),
}


@pytest.mark.parametrize("code", BAD)
def test_refusals(code):
    with pytest.raises(AkhlakError) as caught:
        BAD[code]()
    assert caught.value.code == code and caught.value.hint


def test_no_numbers_of_respondents_are_not_zero_respondents():
    x, v = pd.Series({"a": 70.0, "b": 60.0, "c": 50.0}), pd.Series({"a": 1.0, "b": 4.0, "c": 2.0})
    assert ak.small_area(x, v).table()["n"].isna().all() and ak.small_area(x, v).shown()["n"].isna().all()
    assert ak.small_area(x, v, n=pd.Series({"a": 9, "b": 8, "c": 7})).table()["n"].tolist() == [9, 8, 7]
    for scores, variances, code in ((x.replace(60.0, np.inf), v, "not_a_score"),
                                    (x, v.replace(4.0, np.inf), "variance_not_positive")):  # fmt: skip
        with pytest.raises(AkhlakError) as caught:
            ak.small_area(scores, variances)
        assert caught.value.code == code
