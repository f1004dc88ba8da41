"""Item response models: identification, derivatives, degenerate answers, refusals, what results hold."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.counts.rows import as_rows
from akhlak_research.measure.irt.calibrate import starting_values
from akhlak_research.measure.irt.design import make_design
from akhlak_research.measure.irt.families import FAMILIES, difficulties, difficulty_gradient
from akhlak_research.measure.irt.marginal import Marginal
from akhlak_research.measure.irt.patterns import as_patterns
from akhlak_research.measure.irt.posterior import nodes

MODELS = ["grm", "gpcm", "pcm", "rsm"]


def simulate(n=400, p=5, k=4, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, 1)) + rng.standard_normal((n, p))
    return pd.DataFrame(np.digitize(latent, np.linspace(-1.2, 1.2, k - 1)) + 1.0, columns=[f"x{i}" for i in range(p)])


@pytest.fixture(scope="module")
def frame():
    found = simulate()
    found.iloc[::7, 1] = np.nan
    return found


def marginal_of(frame, model, groups=1):
    where = np.arange(len(frame)) % groups
    patterns = as_patterns(as_rows(frame), where, tuple(range(groups)))
    design = make_design(FAMILIES[model], patterns.n_categories, groups)
    return Marginal(design, patterns, nodes()), starting_values(patterns, design)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("model", MODELS)
def test_gradient_and_information_equal_finite_differences(frame, model, groups):
    marginal, phi = marginal_of(frame, model, groups)
    phi = phi + 0.02 * np.sin(np.arange(len(phi)))
    step = 1e-5
    gradient = marginal.point(phi).gradient
    information, _, again = marginal.observed(phi)
    np.testing.assert_allclose(gradient, again, atol=1e-9 * len(frame))
    for j in range(len(phi)):
        up, down = phi.copy(), phi.copy()
        up[j] += step
        down[j] -= step
        above, below = marginal.point(up), marginal.point(down)
        # central differences of a sum near 2,000: rounding 1e-8, curvature 1e-8
        assert gradient[j] == pytest.approx((above.loglik - below.loglik) / (2 * step), abs=1e-4)
        np.testing.assert_allclose(
            -(above.gradient - below.gradient) / (2 * step), information[:, j], atol=1e-5 * information.max()
        )


@pytest.mark.parametrize("model", MODELS)
def test_every_model_settles(frame, model):
    fit = ak.irt(frame, model)
    assert fit.converged and fit.decrement < 1e-8
    marginal, _ = marginal_of(frame, model)
    assert np.abs(marginal.point(fit.fitted.calibration.phi).gradient).max() < 1e-3


def test_models_are_nested(frame):
    loglik = {model: ak.irt(frame, model).loglik for model in MODELS}
    assert loglik["rsm"] < loglik["pcm"] < loglik["gpcm"]
    two = (frame > 2).where(frame.notna()).astype(float)
    binary = {model: ak.irt(two, model) for model in ("2pl", "grm", "gpcm", "rasch", "pcm", "rsm")}
    assert binary["2pl"].loglik == pytest.approx(binary["grm"].loglik, abs=1e-7)
    assert binary["2pl"].loglik == pytest.approx(binary["gpcm"].loglik, abs=1e-7)
    assert binary["rasch"].loglik == pytest.approx(binary["rsm"].loglik, abs=1e-7)
    assert binary["rasch"].loglik < binary["2pl"].loglik


def test_turning_all_items_around_turns_the_scale_around(frame):
    fit, turned = ak.irt(frame), ak.irt(5 - frame)
    assert turned.loglik == pytest.approx(fit.loglik, abs=1e-7)
    np.testing.assert_allclose(turned.parameters["a"], fit.parameters["a"], atol=1e-5)
    np.testing.assert_allclose(turned.parameters["b1"], -fit.parameters["b3"], atol=1e-4)
    np.testing.assert_allclose(turned.scores["theta"], -fit.scores["theta"], atol=1e-5)


def test_an_item_against_the_others_is_told_and_not_turned(frame):
    fit = ak.irt(frame.assign(x0=5 - frame["x0"]))
    assert fit.parameters.loc["x0", "a"] < 0
    assert [notice.code for notice in fit.notices] == ["irt_negative_slope"]
    keyed = ak.irt(frame.assign(x0=5 - frame["x0"]), keys={"x0": -1}, scale=(1, 4))
    assert keyed.loglik == pytest.approx(ak.irt(frame).loglik, abs=1e-7)


def test_items_with_different_categories_and_gaps(frame):
    mixed = frame.assign(x0=(frame["x0"] > 2) * 1.0, x3=frame["x3"].replace(3.0, 4.0))
    fit = ak.irt(mixed)
    assert fit.parameters.loc["x0"].notna().sum() == 3
    assert np.isnan(fit.standard_errors.loc["x0", "b2"])
    assert "irt_unused_category" in [notice.code for notice in fit.notices]
    assert fit.probabilities([0.0], "x3").columns.tolist() == [1.0, 2.0, 4.0]
    assert fit.probabilities([0.0, 1.0], "x0").sum(axis=1).tolist() == pytest.approx([1, 1])
    with pytest.raises(MethodError, match="irt_same_categories"):
        ak.irt(mixed, "rsm")


def test_perfect_answers(frame):
    frame = frame.copy()
    frame.iloc[0], frame.iloc[1] = 1.0, 4.0
    fit = ak.irt(frame)
    scores = ak.irt_scores(fit, method="ML")
    assert scores.scores["theta"].iloc[:2].tolist() == [-np.inf, np.inf]
    assert scores.scores["se"].iloc[:2].isna().all()
    assert [notice.code for notice in scores.notices] == ["irt_infinite_scores"]
    assert np.isfinite(scores.mean)
    for method in ("EAP", "MAP", "WLE"):
        assert np.isfinite(ak.irt_scores(fit, method=method).scores).all(axis=None)
    assert ak.irt_item_fit(fit).n_extreme == scores.n_extreme >= 2


def test_refusals(frame):
    with pytest.raises(DataError) as constant:
        ak.irt(frame.assign(x2=3.0))
    assert (constant.value.code, constant.value.where.column) == ("constant_item", "x2")
    with pytest.raises(MethodError, match="irt_two_categories"):
        ak.irt(frame, "2pl")
    with pytest.raises(DataError, match="too_few_items"):
        ak.irt(frame[["x0"]])
    with pytest.raises(DataError, match="too_few_rows"):
        ak.irt(frame.head(2))
    with pytest.raises(ArgumentError, match="unknown_choice"):
        ak.irt(frame, "3pl")
    with pytest.raises(ArgumentError, match="anchors_need_group"):
        ak.irt(frame, anchors="none")
    group = pd.Series(np.arange(len(frame)) % 2, index=frame.index)
    with pytest.raises(DataError, match="irt_one_group"):
        ak.irt(frame, group=group * 0)
    with pytest.raises(ArgumentError, match="irt_by_and_group"):
        ak.irt(frame, group=group, by=group)
    with pytest.raises(DataError, match="irt_group_categories"):
        ak.irt(frame.assign(x0=frame["x0"].where((group == 0) | (frame["x0"] < 4), 3.0)), group=group)
    with pytest.raises(MethodError, match="irt_one_population"):
        ak.irt_item_fit(ak.irt(frame, group=group))


def test_too_few_steps_are_told(frame):
    fit = ak.irt(frame, max_iterations=2, errors="none")
    assert not fit.converged
    assert "irt_not_converged" in [notice.code for notice in fit.notices]
    assert fit.decrement > 1e-6
    assert fit.standard_errors.code == "irt_errors_not_asked"


def test_record_holds_no_single_person(frame):
    fit = ak.irt(frame)
    functions = (
        ak.irt_scores, ak.irt_person_fit, ak.irt_item_fit, ak.irt_model_fit, ak.local_dependence, ak.irt_categories,
        ak.irt_reliability, ak.sum_score_table,
    )  # fmt: skip
    for made in (fit, *(function(fit) for function in functions)):
        written = json.dumps(made.record(), allow_nan=False)
        assert len(written) < 30_000
        assert len(made.table()) < len(frame) and made.headline() in repr(made)
        assert ak.show(made).kind == "table"


def test_two_groups_differ_as_planted():
    rng = np.random.default_rng(3)
    group = np.repeat(["a", "b"], 1500)
    latent = rng.standard_normal((3000, 1)) * np.where(group == "b", 1.3, 1)[:, None] + (group == "b")[:, None] * 0.5
    noise = rng.logistic(size=(3000, 6))
    answers = pd.DataFrame(np.digitize(1.5 * latent + noise, [-2, 0, 2]), columns=list("pqrstu"))
    fit = ak.irt(answers, group=pd.Series(group))
    assert fit.people.loc["b", "mean"] == pytest.approx(0.5, abs=3 * fit.people.loc["b", "se_mean"])
    assert fit.people.loc["b", "sd"] == pytest.approx(1.3, abs=3 * fit.people.loc["b", "se_sd"])
    np.testing.assert_allclose(fit.parameters.loc["a"], fit.parameters.loc["b"])
    partly = ak.irt(answers, group=pd.Series(group), anchors=["p", "q", "r"])
    assert partly.n_parameters == fit.n_parameters + 3 * 4
    assert partly.loglik > fit.loglik


def test_origins_of_the_scale(frame):
    fit = ak.irt(frame, "pcm")
    assert fit.difficulties("items").mean(axis=1).mean() == pytest.approx(0, abs=1e-12)
    assert fit.difficulties("erm").cumsum(axis=1).sum().sum() == pytest.approx(0, abs=1e-10)
    moved = fit.difficulties("persons") - fit.difficulties("items")
    assert np.ptp(moved.to_numpy()) < 1e-12


def test_covariance_inverts_the_information(frame):
    """All of it, not the diagonal alone: the errors of difficulties lean on the rest."""
    marginal, _ = marginal_of(frame, "gpcm")
    calibration = ak.irt(frame, "gpcm").fitted.calibration
    information, _, _ = marginal.observed(calibration.phi)
    np.testing.assert_allclose(information @ calibration.covariance, np.eye(len(information)), atol=1e-6)


@pytest.mark.parametrize("name", ["grm", "gpcm"])
def test_gradient_of_difficulties(name):
    psi, sizes = np.array([[1.3, 1.0, -0.4, -1.1], [0.7, 0.6, -0.9, 0.0]]), np.array([4, 3])
    gradient = difficulty_gradient(psi, sizes, FAMILIES[name])
    for j in range(4):
        step = np.eye(4)[j] * 1e-6
        above, below = (difficulties(psi + s, sizes, FAMILIES[name]) for s in (step, -step))
        there = ~np.isnan(above)
        np.testing.assert_allclose(((above - below) / 2e-6)[there], gradient[there, j], atol=1e-8)


def test_nearly_the_same_items_are_told():
    rng = np.random.default_rng(7)
    frame = simulate(300)
    frame["x1"] = np.where(rng.random(300) < 0.01, 5 - frame["x0"], frame["x0"])
    twins = ak.irt(frame.assign(x1=frame["x0"]), errors="none")
    assert {"x0", "x1"} <= set(next(n for n in twins.notices if n.code == "irt_steep_slope").values["items"])


def test_answers_without_anything_in_common_are_told():
    frame = pd.DataFrame(np.random.default_rng(3).integers(1, 4, (60, 4)) * 1.0, columns=list("abcd"))
    rng = np.random.default_rng(3)
    found = [ak.irt(frame.apply(lambda c: rng.permutation(c.to_numpy())), "pcm", errors="none") for _ in range(7)]
    told = ["irt_no_variance" in [n.code for n in fit.notices] for fit in found]
    assert any(told)
    assert all(tells == (fit.people["variance"].iloc[0] < 1e-3) for fit, tells in zip(found, told, strict=True))


def test_nodes_reach_as_far_as_the_people():
    """With 30 Rasch items people's spread of 2.5 is known well; nodes that end at 6 would cut it."""
    rng = np.random.default_rng(5)
    latent = 2.5 * rng.standard_normal((1500, 1)) + np.linspace(-3, 3, 30) + rng.logistic(size=(1500, 30))
    fit = ak.irt(pd.DataFrame((latent > 0) * 1.0).rename(columns=str), "rasch")
    assert fit.node_limit >= 10 and fit.n_nodes == 10 * fit.node_limit + 1
    assert fit.people["sd"].iloc[0] == pytest.approx(2.5, abs=3 * fit.people["se_sd"].iloc[0])
    assert fit.converged
