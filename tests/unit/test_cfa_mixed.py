"""Ordered beside continuous variables: kernels, derivatives, degenerate answers and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.measure.cfa.engine import completed
from akhlak_research.measure.cfa.residual_tests import _to_correlations
from akhlak_research.measure.cfa.standardise import all_standardised, standardised_jacobian
from akhlak_research.measure.polychoric.latent_pairs import correlate, scores
from akhlak_research.measure.polychoric.margins import linear_margin, probit_margin
from akhlak_research.measure.polychoric.mixed_moments import mixed_moments
from akhlak_research.measure.polychoric.ordinal_moments import ordinal_moments

MODEL = "f =~ a + b + c + d"
MIMIC = MODEL + "\nf ~ x + z\nb ~ x"
ORDERED = ("a", "b")


def answers(n=500, seed=3):
    """Simulated: one factor that two covariates move, two ordered and two continuous indicators."""
    rng = np.random.default_rng(seed)
    x, z = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    f = 0.5 * x - 0.3 * z + rng.normal(size=n)
    values = f[:, None] * [0.8, 0.9, 0.7, 0.6] + rng.normal(size=(n, 4)) * 0.7
    frame = pd.DataFrame(values, columns=list("abcd"))
    for item in ORDERED:
        frame[item] = np.digitize(frame[item], [-0.7, 0.4]) + 1.0
    return frame.assign(x=x, z=z, g=np.arange(n) % 2)


FRAME = answers()
FITS = {
    "delta": (MODEL, {}),
    "theta": (MODEL, {"parametrisation": "theta"}),
    "given, delta": (MIMIC, {}),
    "given, theta": (MIMIC, {"parametrisation": "theta"}),
    "groups, delta": (MIMIC, {"group": "g", "group_equal": ("loadings", "thresholds", "intercepts")}),
    "groups, theta": (
        MIMIC, {"group": "g", "group_equal": ("loadings", "thresholds", "intercepts"), "parametrisation": "theta"},
    ),
    "correlated": (MODEL + "\na ~~ c", {}),
}  # fmt: skip


def model(name):
    text, options = FITS[name]
    return ak.cfa(text, FRAME, **({"estimator": "WLSMV", "ordered": ORDERED} | options))


def slopes(function, at, step=1e-6):
    """Central differences."""
    columns = []
    for j in range(len(at)):
        up, down = at.copy(), at.copy()
        up[j] += step
        down[j] -= step
        columns.append((np.atleast_1d(function(up)) - np.atleast_1d(function(down))) / (2 * step))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("name", FITS)
def test_derivatives_of_the_statistics(name):
    fit = model(name).fitted
    for block in fit.blocks:
        theta = fit.theta * 1.05 + 0.02
        np.testing.assert_allclose(block.delta(theta), slopes(block.sigma, theta), atol=2e-7)
        assert len(block.sigma(theta)) == len(block.statistics())


@pytest.mark.parametrize("name", FITS)
def test_derivatives_of_the_standardised_solution(name):
    fit = model(name).fitted
    # the scales of latent responses that theta leaves are told without errors
    told = [i for i, row in enumerate(fit.table.rows) if row.op != "~*~"]

    def moved(theta):
        return all_standardised(completed(replace(fit, optimum=replace(fit.optimum, theta=theta))))[told]

    np.testing.assert_allclose(standardised_jacobian(fit)[told], slopes(moved, fit.theta), atol=1e-6)


def test_derivatives_of_the_sample_correlations():
    """Variances and covariances of continuous variables move them; latent responses have unit variance."""
    block = model("delta").fitted.blocks[0]
    found = _to_correlations(block)
    first = len(block.response.item)

    def correlations(s):
        cov = np.eye(4)
        cov[2, 2], cov[3, 3] = s[first : first + 2]
        columns, rows = np.triu_indices(4, 1)
        cov[rows, columns] = s[first + 2 :]
        sd = np.sqrt(np.diag(cov))
        return (cov / np.outer(sd, sd))[rows, columns]

    np.testing.assert_allclose(found, slopes(correlations, block.s), atol=1e-8)


def margins(frame, covariates=()):
    x = frame[list(covariates)].to_numpy()
    w = np.ones(len(frame))
    place = {item: (frame[item].to_numpy() - 1).astype(int) for item in ORDERED}
    ordered = [probit_margin(place[i], x, w, i) for i in ORDERED]
    return ordered + [linear_margin(frame[i].to_numpy(), x, w) for i in "cd"]


@pytest.mark.parametrize("first, second", [(0, 1), (0, 2), (2, 3), (2, 1)])
def test_pair_scores_are_derivatives(first, second):
    """Of the likelihood of a row by ρ, by limits, and by mean and variance."""
    frame = FRAME.head(12)
    found = margins(FRAME, ["x", "z"])
    both = [found[first], found[second]]
    rows = range(len(frame))

    def ends(margin, r, shift=(0.0, 0.0)):
        if margin.place is None:
            sd, v = np.sqrt(margin.variance), margin.variance + shift[1]
            return (margin.low[r] * sd - shift[0]) / np.sqrt(v), v
        return margin.low[r] + shift[0], margin.high[r] + shift[1]

    def value(r, rho, a=(0.0, 0.0), b=(0.0, 0.0)):
        e, f = ends(both[0], r, a), ends(both[1], r, b)
        kinds = [m.place is None for m in both]
        if all(kinds):
            cov = [[1, rho], [rho, 1]]
            return multivariate_normal.logpdf([e[0], f[0]], cov=cov) - np.log(e[1] * f[1]) / 2
        if not any(kinds):
            law = multivariate_normal(cov=[[1, rho], [rho, 1]], abseps=1e-13, releps=1e-13)
            return np.log(law.cdf([e[1], f[1]], lower_limit=[e[0], f[0]]))
        linear, cut = (e, f) if kinds[0] else (f, e)
        low, high = ((limit - rho * linear[0]) / np.sqrt(1 - rho**2) for limit in cut)
        return norm.logpdf(linear[0]) - np.log(linear[1]) / 2 + np.log(norm.cdf(high) - norm.cdf(low))

    known = scores(*both, 0.3)
    step = 1e-5
    for r in rows:
        by_rho = (value(r, 0.3 + step) - value(r, 0.3 - step)) / (2 * step)
        assert known.rho[r] == pytest.approx(by_rho, abs=1e-6)
        for which, pair in ((0, known.first), (1, known.second)):
            for end in (0, 1):
                shift = [0.0, 0.0]
                shift[end] = step
                options = {"ab"[which]: tuple(shift)}
                back = {"ab"[which]: tuple(-s for s in shift)}
                moved = (value(r, 0.3, **options) - value(r, 0.3, **back)) / (2 * step)
                # an infinite limit does not move
                assert pair[end][r] == pytest.approx(moved, abs=1e-6)


@pytest.mark.parametrize("covariates", [(), ("x",), ("x", "z")])
def test_correlations_lie_at_maxima(covariates):
    found = margins(FRAME, covariates)
    for i in range(4):
        for j in range(i + 1, 4):
            rho, cells = correlate(found[i], found[j], np.ones(len(FRAME)))
            known, kept = scores(found[i], found[j], rho), scores(found[i], found[j], rho, cells)
            assert abs(known.rho.sum()) < 1e-6
            np.testing.assert_allclose(kept.rho, known.rho, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("item", ORDERED)
def test_probit_regression_lies_at_its_maximum(item):
    x = FRAME[["x", "z"]].to_numpy()
    margin = probit_margin((FRAME[item].to_numpy() - 1).astype(int), x, np.ones(len(FRAME)), item)
    np.testing.assert_allclose(margin.scores(x).sum(axis=0), 0, atol=1e-7)


def test_rows_and_cells_say_the_same():
    """Rows with the same covariates are read from tables; a covariate of many values goes row by row."""
    x = FRAME[["x"]].to_numpy()
    values = FRAME[["a", "b"]].to_numpy()
    nudged = x + 1e-9 * np.random.default_rng(1).normal(size=x.shape)
    by_cell = mixed_moments(values, ["a", "b"], ["a", "b"], x, ["x"])
    by_row = mixed_moments(values, ["a", "b"], ["a", "b"], nudged, ["x"])
    np.testing.assert_allclose(by_cell.statistics, by_row.statistics, atol=1e-7)
    np.testing.assert_allclose(by_cell.gamma, by_row.gamma, rtol=1e-5, atol=1e-6)


def test_ordered_items_alone_have_their_own_statistics_again():
    values = FRAME[["a", "b"]].to_numpy()
    wide = mixed_moments(values, ["a", "b"], ["a", "b"], np.zeros((len(values), 0)))
    known = ordinal_moments(values, ["a", "b"])
    np.testing.assert_allclose(wide.statistics, known.statistics, atol=1e-9)
    np.testing.assert_allclose(wide.gamma, known.gamma, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "change, options, code",
    [
        ({"x": 1.0}, {}, "cfa_constant"),
        ({"x": FRAME["z"] * 2 + 1}, {}, "cfa_singular"),
        ({"a": 1.0}, {}, "cfa_constant"),
        ({"c": FRAME["d"] * 3}, {}, "perfect_association"),
        ({"c": np.nan}, {"missing": "pairwise"}, "cfa_variable_missing"),
        ({"x": (FRAME["a"] > 1).astype(float)}, {}, "cfa_probit_separated"),
        ({}, {"ordered": ("a", "x")}, "cfa_ordered_predictor"),
        ({}, {"ordered": ("a", "c")}, "not_categorical"),
        ({"a": FRAME["a"].where(FRAME["g"] == 0, 1.0)}, {"group": "g"}, "cfa_constant"),
        ({"a": FRAME["a"].where((FRAME["g"] == 0) | (FRAME["a"] < 3), 2.0)}, {"group": "g"}, "cfa_category_empty"),
        ({}, {"missing": "fiml"}, "cfa_no_fiml"),
    ],
)
def test_refusals(change, options, code):
    with pytest.raises(AkhlakError) as caught:
        ak.cfa(MIMIC, FRAME.assign(**change), **({"estimator": "WLSMV", "ordered": ORDERED} | options))
    assert caught.value.code == code


def test_an_ordered_item_that_predicts_is_refused():
    with pytest.raises(AkhlakError) as caught:
        ak.cfa("f =~ b + c + d\na ~ x\nf ~ a", FRAME, estimator="WLSMV", ordered=ORDERED)
    assert caught.value.code == "cfa_ordered_predictor"


def test_invariance_of_mixed_items_is_refused():
    with pytest.raises(AkhlakError) as caught:
        ak.invariance(MODEL, FRAME, "g", estimator="WLSMV", ordered=ORDERED)
    assert caught.value.code == "invariance_mixed"


def test_scores_of_a_mixed_model_follow_the_factor():
    found = model("given, delta")
    frame = found.factor_scores
    assert list(frame.columns) == ["f"] and frame.notna().all(axis=None)
    by_mean = FRAME[list("abcd")].apply(lambda c: (c - c.mean()) / c.std()).mean(axis=1)
    assert np.corrcoef(frame["f"], by_mean)[0, 1] > 0.9


@pytest.mark.parametrize("word", ["thresholds", "intercepts"])
def test_thresholds_and_intercepts_are_equal_together(word):
    """As in lavaan: factor means of the second group are free only because both are held."""
    options = {"estimator": "WLSMV", "ordered": ORDERED, "group": "g"}
    one = ak.cfa(MODEL, FRAME, group_equal=("loadings", word), **options)
    both = ak.cfa(MODEL, FRAME, group_equal=("loadings", "thresholds", "intercepts"), **options)
    assert one.fit["df"] == both.fit["df"]
    assert one.fit["chisq"] == pytest.approx(both.fit["chisq"], rel=1e-9)


def test_missing_answers_pairwise_enter_scores_and_statistics():
    holes = FRAME.copy()
    holes.loc[::9, "a"] = np.nan
    holes.loc[::13, "c"] = np.nan
    found = ak.cfa(MIMIC, holes, estimator="WLSMV", ordered=ORDERED, missing="pairwise")
    assert found.n == len(FRAME) and found.factor_scores.notna().all(axis=None)


def test_covariates_must_be_there():
    holes = FRAME.copy()
    holes.loc[:9, "x"] = np.nan
    found = ak.cfa(MIMIC, holes, estimator="WLSMV", ordered=ORDERED, missing="pairwise")
    assert found.n == len(FRAME) - 10


def test_covariates_are_not_taken_for_items():
    """``ordered=True`` means the items."""
    frame = FRAME.assign(c=np.digitize(FRAME["c"], [0.0]) + 1.0, d=np.digitize(FRAME["d"], [0.0]) + 1.0)
    told = ak.cfa(MIMIC, frame, estimator="WLSMV", ordered=True)
    default = ak.cfa(MIMIC, frame, estimator="WLSMV")
    assert told.fitted.table.variables.ordered == tuple("abcd")
    assert default.fit["chisq"] == told.fit["chisq"]
    assert list(told.residuals[None].columns) == list("abcd")


def test_r_squared_counts_what_covariates_explain():
    """R² of a continuous indicator and of the factor from the implied variances."""
    found = model("given, delta")
    system = found.fitted.system(0)
    names = [*found.fitted.table.variables.observed, "f"]
    variances = np.diag(system.covariance)
    for name in ("a", "c", "f"):
        i = names.index(name)
        assert found.r_squared.loc[name].iloc[0] == pytest.approx(1 - system.S[i, i] / variances[i], abs=1e-12)
    i = names.index("a")
    # delta: unit variance given covariates
    assert variances[i] > 1
