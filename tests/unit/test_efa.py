"""efa(): fit, scores, notices, refusals."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.measure.fit import FIT_MEASURES, degrees_of_freedom, fit_measures, most_factors, rmsea_interval

CHI_SQUARE = ("chisq", "pvalue", "rmsea", "rmsea_ci_low", "rmsea_ci_high", "tli", "cfi", "bic", "sabic",
              "chisq_empirical", "pvalue_empirical", "null_chisq")  # fmt: skip


def codes(result) -> list[str]:
    return [notice.code for notice in result.notices]


@pytest.fixture(scope="module")
def five(bfi):
    return ak.efa(bfi, 5)


@pytest.fixture
def six():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, 400, 1))
    answers = np.hstack([one + rng.normal(size=(400, 3)), 0.5 * one + two + rng.normal(size=(400, 3))])
    return pd.DataFrame(answers, columns=list("abcdef"), index=np.arange(400) + 1000)


def test_shapes_and_names(five, bfi):
    factors = ["F1", "F2", "F3", "F4", "F5"]
    assert list(five.loadings.columns) == factors and list(five.loadings.index) == list(bfi.columns)
    assert list(five.factor_correlations.index) == factors
    assert list(five.variance.index) == ["ss_loadings", "proportion", "cumulative"]
    assert list(five.fit.index) == list(FIT_MEASURES)
    assert list(five.table().columns) == ["item", *factors, "communality", "uniqueness", "complexity"]
    assert (five.extraction, five.rotation, five.kaiser, five.parameter) == ("minres", "oblimin", False, 0.0)
    assert (five.n_starts, five.n_best, five.seed) == (10, 10, 0)
    assert repr(five) == "<efa 5 factors of 25 items, minres, oblimin, n=2436>"
    assert codes(five) == ["efa_cross_loading", "efa_convention"]
    assert five.notices[0].values["items"] == ("E3", "N4", "O4")


def test_parts_fit_together(five, bfi):
    L, phi = five.loadings.to_numpy(), five.factor_correlations.to_numpy()
    np.testing.assert_allclose(five.structure, L @ phi, atol=1e-12)
    np.testing.assert_allclose(five.communalities, np.diag(L @ phi @ L.T), atol=1e-12)
    np.testing.assert_allclose(five.communalities + five.uniquenesses, 1, atol=1e-8)
    assert five.variance.loc["ss_loadings"].sum() == pytest.approx(five.communalities.sum(), abs=1e-10)
    R = bfi.dropna().corr().to_numpy()
    np.testing.assert_allclose(five.residuals, R - L @ phi @ L.T - np.diag(five.uniquenesses), atol=1e-10)
    assert (five.complexity >= 1).all() and (five.complexity <= 5).all()


def test_scores_are_regressions_of_the_factors(five, bfi):
    complete = bfi.dropna()
    assert five.scores.index.equals(complete.index) and len(five.scores) == 2436
    z = (complete - complete.mean()) / complete.std()
    np.testing.assert_allclose(five.scores, z @ five.score_weights, atol=1e-10)
    np.testing.assert_allclose(five.scores.mean(), 0, atol=1e-10)
    # the variance of a regression score is its squared correlation with the factor
    np.testing.assert_allclose(five.scores.var(), five.determinacy, atol=1e-10)


def test_records_hold_no_single_person(five):
    record = five.record()
    assert "scores" not in record and "score_weights" in record
    assert record["fit"]["df"] == 185 and record["communalities"]["A1"] == five.communalities["A1"]


def test_counts_and_moments_have_everything_but_scores(five, bfi):
    from_counts = ak.efa(ak.count_responses(bfi), 5)
    np.testing.assert_allclose(from_counts.loadings, five.loadings, atol=1e-8)
    assert from_counts.scores.code == "needs_rows"
    np.testing.assert_allclose(from_counts.score_weights, five.score_weights, atol=1e-8)
    assert ak.efa(bfi, 5, scores="none").scores.code == "scores_not_asked"


def test_scores_keep_the_labels_of_the_data(six):
    answers = six.copy()
    answers.iloc[3, 2] = np.nan
    frequencies = np.ones(400)
    frequencies[[0, 10]] = 0
    found = ak.efa(answers, 2, frequencies=frequencies)
    assert len(found.scores) == 397
    assert not {1000, 1003, 1010} & set(found.scores.index) and 1001 in found.scores.index
    pairwise = ak.efa(answers, 2, missing="pairwise")
    assert len(pairwise.scores) == 399


def test_sampling_weights_leave_no_chi_square(six):
    found = ak.efa(six, 2, weights=np.linspace(1, 3, 400))
    for name in FIT_MEASURES:
        if name in CHI_SQUARE:
            assert found.fit[name].code == "weighted_chi_square", name
        else:
            assert np.isfinite(found.fit[name]), name
    assert found.record()["fit"]["chisq"]["unavailable"] == "weighted_chi_square"


def test_a_saturated_model_is_not_tested(six):
    found = ak.efa(six, 3, rotation="none")
    assert found.fit["df"] == 0
    for name in (*CHI_SQUARE, "crms"):
        if name != "null_chisq":
            assert found.fit[name].code == "model_saturated", name
    assert found.fit["srmr"] < 0.01


def test_pairwise_deletion(bfi):
    found = ak.efa(bfi, 5, missing="pairwise")
    assert codes(found)[0] == "efa_pairwise"
    assert (found.notices[0].values["low"], found.notices[0].values["high"]) == (2739, 2800)
    assert found.fit["chisq"].code == "pairwise_needs_n" and found.fit["srmr"] > 0
    given = ak.efa(bfi, 5, missing="pairwise", n=2800)
    assert given.fit["chisq"] > 1000 and given.notices[0].values["n"] == 2800
    with pytest.raises(ArgumentError, match="n_not_needed"):
        ak.efa(bfi, 5, n=2436)


def test_a_matrix_without_inverse(six):
    doubled = six.assign(total=six.sum(axis=1), g=np.arange(400) % 7)
    found = ak.efa(doubled, 2)
    assert "efa_singular" in codes(found)
    assert found.scores.code == found.score_weights.code == found.determinacy.code == "scores_singular"
    assert found.fit["objective"].code == found.fit["chisq"].code == "likelihood_singular"
    assert found.fit["srmr"] > 0
    with pytest.raises(MethodError, match="ml_not_positive_definite"):
        ak.efa(doubled, 2, extraction="ml")


def test_a_heywood_case_is_named(six):
    twin = six["a"] + 0.05 * np.random.default_rng(2).normal(size=400)
    found = ak.efa(six.assign(twin=twin), 3)
    notice = found.notices[0]
    assert (notice.code, notice.level) == ("efa_heywood", "warning")
    assert notice.values["items"] == ("a", "twin") and "a, twin" in notice.say("id")
    assert found.uniquenesses[list(notice.values["items"])].max() <= 0.005 * 1.001


def test_local_minima_are_counted(bfi):
    found = ak.efa(bfi, 5, rotation="geomin-orthogonal")
    assert "rotation_local_minima" in codes(found)
    assert 0 < found.n_best < found.n_starts == 30
    again = ak.efa(bfi, 5, rotation="geomin-orthogonal")
    pd.testing.assert_frame_equal(found.loadings, again.loadings)


@pytest.mark.parametrize(("p", "most"), [(2, 0), (3, 1), (4, 1), (5, 2), (6, 3), (9, 5), (25, 18)])
def test_the_largest_number_of_factors(p, most):
    assert most_factors(p) == most
    assert degrees_of_freedom(p, most + 1) < 0


def test_no_rotation_has_two_names(six):
    a, b = ak.efa(six, 2, rotation=None), ak.efa(six, 2, rotation="none")
    assert a.rotation == b.rotation == "none" and a.criterion is None and a.parameter is None
    pd.testing.assert_frame_equal(a.loadings, b.loadings)


def test_too_many_factors(six):
    with pytest.raises(MethodError) as caught:
        ak.efa(six, 4)
    assert (caught.value.code, caught.value.got, caught.value.expected) == ("too_many_factors", 4, 3)
    with pytest.raises(DataError, match="efa_needs_items"):
        ak.efa(six[["a", "b"]], 1)


def test_factors_that_are_not_there():
    values = np.array([(a, b, c, d, e) for a in (1, 2) for b in (1, 2) for c in (1, 2) for d in (1, 2) for e in (1, 2)])
    with pytest.raises(MethodError) as caught:
        ak.efa(pd.DataFrame(values, columns=list("abcde")), 1)
    assert (caught.value.code, caught.value.expected) == ("factors_vanish", 0)


@pytest.mark.parametrize(
    "options",
    [{"extraction": "uls"}, {"rotation": "oblimax"}, {"correlation": "spearman"}, {"scores": "anderson"},
     {"n_starts": 0}, {"level": 90}, {"missing": "fiml"}, {"rotation": "oblimin", "parameter": 0.5}],
)  # fmt: skip
def test_unknown_requests(six, options):
    with pytest.raises(ArgumentError):
        ak.efa(six, 2, **options)


@pytest.mark.parametrize("n_factors", [0, 1.5, True, "2"])
def test_a_number_of_factors_is_a_whole_number(six, n_factors):
    with pytest.raises(ArgumentError, match="count_out_of_range"):
        ak.efa(six, n_factors)


def test_keys_turn_loadings_around(bfi):
    raw = ak.efa(bfi, 1)
    turned = ak.efa(bfi, 1, keys={"A1": -1, "C4": -1}, scale=(1, 6))
    assert turned.inputs.reversed_items == ("A1", "C4")
    sign = np.where(bfi.columns.isin(["A1", "C4"]), -1.0, 1.0)
    np.testing.assert_allclose(np.abs(turned.loadings["F1"]), np.abs(raw.loadings["F1"]), atol=1e-8)
    product = turned.loadings["F1"] * raw.loadings["F1"] * sign
    assert (product > 0).all() or (product < 0).all()


def test_groups(six):
    labels = pd.Series(np.arange(400) % 2, index=six.index, name="half")
    found = ak.efa(six, 2, by=labels)
    assert list(found) == [0, 1]
    pd.testing.assert_frame_equal(found[1].loadings, ak.efa(six[labels == 1], 2).loadings)
    assert found.table().columns[0] == "half"


def test_rmsea_interval_puts_the_statistic_at_the_tails():
    from scipy.stats import ncx2

    low, high = rmsea_interval(300.0, 185, 500, 0.90)
    for limit, tail in ((low, 0.95), (high, 0.05)):
        assert ncx2.cdf(300.0, 185, limit**2 * 185 * 499) == pytest.approx(tail, abs=1e-8)
    assert rmsea_interval(150.0, 185, 500, 0.90)[0] == 0.0
    assert rmsea_interval(90.0, 185, 500, 0.90) == (0.0, 0.0)


def test_fit_of_a_perfect_and_of_an_empty_model():
    R = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
    perfect = fit_measures(R, R, 1, 200, 0.90)
    assert perfect["chisq"] == pytest.approx(0, abs=1e-9) and perfect["cfi"] == 1 and perfect["rmsea"] == 0
    nothing = fit_measures(np.eye(6), np.eye(6), 1, 200, 0.90)
    assert nothing["cfi"].code == nothing["tli"].code == "null_model_fits"
    assert fit_measures(R, R, 1, 3, 0.90)["chisq"].code == "chi_square_few_people"
