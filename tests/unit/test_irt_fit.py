"""Fit statistics of item response models: derivatives, known distributions, planted faults."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import akhlak_research as ak
from akhlak_research.core.errors import MethodError
from akhlak_research.measure.irt.calibrate import Calibration
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.limited_information import fitted_moments
from akhlak_research.measure.irt.person_kernels import guttman_errors


def simulate(n=1000, p=6, seed=1, extra=0.0) -> pd.DataFrame:
    """Four-point answers of a graded model; ``extra`` ties the first two items together beyond θ."""
    rng = np.random.default_rng(seed)
    latent = 1.5 * rng.standard_normal((n, 1)) + rng.logistic(size=(n, p))
    latent[:, :2] += extra * rng.standard_normal((n, 1))
    return pd.DataFrame(np.digitize(latent, [-2, 0, 2]) + 1.0, columns=[f"x{i}" for i in range(p)])


@pytest.fixture(scope="module")
def fit():
    return ak.irt(simulate())


@pytest.mark.parametrize("kind", ["M2*", "C2"])
@pytest.mark.parametrize("model", ["grm", "gpcm", "pcm"])
def test_derivatives_of_the_moments_equal_finite_differences(model, kind):
    fitted = ak.irt(simulate(), model).fitted
    phi, step = fitted.calibration.phi, 1e-5

    def expected(at):
        moved = Calibration(fitted.design, at, 0.0, None, "", 0.0, 0, 0, True, fitted.theta)
        return fitted_moments(Fitted(moved, fitted.patterns, fitted.rows, fitted.index, fitted.position), kind).expected

    derivative = fitted_moments(fitted, kind).derivative
    for j in range(len(phi)):
        unit = np.eye(len(phi))[j] * step
        np.testing.assert_allclose(
            (expected(phi + unit) - expected(phi - unit)) / (2 * step), derivative[:, j], atol=1e-8
        )


def test_covariance_of_the_moments_is_that_of_simulated_people(fit):
    """Ξ by brute force: the moments of many simulated people, within three standard errors of each cell."""
    rng = np.random.default_rng(5)
    n = 40_000
    theta = rng.standard_normal(n)
    p = fit.fitted.curves(theta).p
    x = (rng.random((n, 1, 6)) > p.cumsum(1).transpose(2, 1, 0)).sum(1)
    first, second = np.triu_indices(6, 1)
    made = np.column_stack([x, x[:, first] * x[:, second]])
    moments = fitted_moments(fit.fitted, "M2*")
    away = made - moments.expected
    products = away[:, :, None] * away[:, None, :]
    error = products.std(0) / np.sqrt(n)
    assert np.abs((products.mean(0) - moments.covariance) / error).max() < 4.5  # the largest of 231 z


def test_fit_of_a_true_model(fit):
    measures = ak.irt_model_fit(fit).measures
    assert measures.loc["C2", "pvalue"] > 0.01
    assert measures.loc["C2", "rmsea"] < 0.05
    assert (ak.irt_item_fit(fit).items["pvalue_adjusted"] > 0.01).all()
    assert 2 < ak.irt_person_fit(fit).percent_flagged < 8


def test_a_tied_pair_is_found():
    tied = ak.irt(simulate(extra=2.0))
    top = ak.local_dependence(tied).pairs.iloc[0]
    assert {top["item_1"], top["item_2"]} == {"x0", "x1"} and top["q3_star"] > 0.2 and top["cramers_v"] > 0
    assert ak.irt_model_fit(tied).measures.loc["C2", "pvalue"] < 1e-6


def test_noise_is_misfit():
    frame = simulate()
    frame["x5"] = np.random.default_rng(2).integers(1, 5, len(frame))
    items = ak.irt_item_fit(ak.irt(frame, "rsm")).items
    assert items["outfit_mnsq"].idxmax() == "x5" and items.loc["x5", "outfit_mnsq"] > 1.5
    assert items.loc["x5", "verdict"] == "misfit"


def test_random_people_are_flagged():
    frame = simulate(p=20)
    careless = np.random.default_rng(4).integers(1, 5, (50, 20))
    frame.iloc[:50] = careless
    people = ak.irt_person_fit(ak.irt(frame, errors="none"))
    assert people.flagged.iloc[:50].mean() > 0.8
    assert people.flagged.iloc[50:].mean() < 0.07
    assert people.people["guttman_share"].iloc[:50].mean() > 1.5 * people.people["guttman_share"].iloc[50:].mean()


def test_lz_star_is_standard_normal_where_lz_is_too_narrow():
    """Five hundred people, 30 items of two categories: the spread of l_z* is 1, that of l_z below it."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame((1.5 * rng.standard_normal((2000, 1)) + rng.logistic(size=(2000, 30)) > 0) * 1.0)
    people = ak.irt_person_fit(ak.irt(frame.rename(columns=str), "2pl", errors="none"), method="WLE").people
    inner = people["theta"].abs() < 1.5
    assert people.loc[inner, "lz_star"].std() == pytest.approx(1, abs=0.06)
    assert (people.loc[inner, "lz_star"] < norm.ppf(0.05)).mean() == pytest.approx(0.05, abs=0.02)
    assert people.loc[inner, "lz"].std() < people.loc[inner, "lz_star"].std()


def test_guttman_errors_by_hand():
    # steps by ease: A≥1 (3 people), B≥1 (2), A≥2 (1); the second person takes A≥2 without B≥1
    codes = np.array([[1, 1], [2, 0], [1, 1]])
    errors, most = guttman_errors(codes, np.ones(3), np.array([3, 2]))
    assert errors.tolist() == [0, 1, 0]
    assert most.tolist() == [2, 2, 2]


def test_weights_leave_out_what_has_no_distribution(fit):
    weighted = ak.irt(simulate(), weights=np.tile([1.0, 2.0], 500))
    items = ak.irt_item_fit(weighted)
    assert items.items[["s_x2", "infit_zstd"]].isna().all(axis=None)
    assert items.items["infit_mnsq"].notna().all()
    assert [notice.code for notice in items.notices] == ["irt_s_x2_weighted"]
    with pytest.raises(MethodError, match="irt_fit_weighted"):
        ak.irt_model_fit(weighted)


def test_categories_out_of_order_are_named():
    frame = simulate()
    rare = frame.copy()
    rare["x0"] = rare["x0"].where((rare["x0"] != 2) | (rare.index % 10 == 0), 1.0)
    checked = ak.irt_categories(ak.irt(rare, "pcm"))
    assert checked.disordered == ("x0",)
    assert checked.unsteady == ()
    assert checked.categories["percent"].sum() == pytest.approx(600)


def test_person_fit_beside_the_screening():
    study = ak.Study("data/berakhlak-contoh")
    checked = ak.irt_person_fit(ak.irt(study.responses, errors="none"))
    table = checked.beside(ak.screen_responses(study.responses, rng=1))
    assert table["n"].sum() == checked.n_judged and table["n_flagged"].sum() == checked.n_flagged
    many = table[table["n_flags"] >= 2]
    assert many["n_flagged"].sum() / many["n"].sum() > 2 * table.loc[0, "percent"] / 100
