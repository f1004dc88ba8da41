"""Factoring what lies behind the answers: polychoric correlations in every room of factor analysis."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.measure.polychoric_noise import drawn_codes, joint_tables, polychoric_batches, shuffled_codes


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """Two factors of four items each, five skewed categories (simulated)."""
    rng = np.random.default_rng(3)
    loadings = np.kron(np.eye(2), np.full((1, 4), 0.75))
    latent = rng.normal(size=(600, 2)) @ loadings + rng.normal(size=(600, 8)) * np.sqrt(1 - 0.75**2)
    return pd.DataFrame(np.digitize(latent, [-1.5, -1.0, -0.4, 0.6]) + 1, columns=list("abcdefgh"))


def test_loadings_are_those_behind_the_answers(answers):
    plain, behind = ak.efa(answers, 2), ak.efa(answers, 2, correlation="polychoric")
    strongest = behind.loadings.abs().max(axis=1)
    assert (strongest > plain.loadings.abs().max(axis=1)).all()
    assert strongest.mean() == pytest.approx(0.75, abs=0.03)
    np.testing.assert_allclose(
        behind.residuals + behind.loadings @ behind.factor_correlations @ behind.loadings.T
        + np.diag(behind.uniquenesses),
        ak.polychoric(answers).correlations, atol=1e-10,
    )  # fmt: skip


def test_what_normal_theory_cannot_say_is_unavailable(answers):
    found = ak.efa(answers, 2, correlation="polychoric", extraction="ml")
    for name in ("chisq", "pvalue", "rmsea", "tli", "cfi", "bic"):
        assert found.fit[name].code == "polychoric_chi_square"
    assert found.fit["srmr"] < 0.05
    assert found.fit["chisq_scaled"].code == "scaled_fit_needs_minres"
    least_squares = ak.efa(answers, 2, correlation="polychoric").fit
    assert least_squares["pvalue_scaled"] > 0.01 and least_squares["rmsea_scaled_ci_low"] < 0.05
    from_counts = ak.efa(ak.count_responses(answers), 2, correlation="polychoric").fit
    assert from_counts["chisq_scaled"].code == "scaled_fit_needs_rows"
    assert ak.efa(answers, 4, correlation="polychoric", rotation="none").fit["srmr"] < 0.02
    assert found.scores.code == found.score_weights.code == found.determinacy.code == "scores_polychoric"
    assert json.dumps(found.record())


def test_counts_frequencies_and_order_of_rows(answers):
    found = ak.efa(answers, 2, correlation="polychoric")
    for same in (
        ak.efa(ak.count_responses(answers), 2, correlation="polychoric"),
        ak.efa(answers.sample(frac=1, random_state=1), 2, correlation="polychoric"),
        ak.efa(answers, 2, correlation="polychoric", weights=np.full(600, 7.0)),
    ):
        np.testing.assert_allclose(same.loadings, found.loadings, atol=1e-7)
    k = np.random.default_rng(1).integers(0, 3, 600)
    repeated = answers.loc[answers.index.repeat(k)].reset_index(drop=True)
    a = ak.efa(answers, 2, correlation="polychoric", frequencies=k, n_boot=20)
    b = ak.efa(repeated, 2, correlation="polychoric", n_boot=20)
    np.testing.assert_allclose(a.loadings, b.loadings, atol=1e-7)
    np.testing.assert_allclose(a.loading_errors, b.loading_errors, atol=1e-5)
    np.testing.assert_allclose(
        ak.kmo(answers, frequencies=k, correlation="polychoric").per_item,
        ak.kmo(repeated, correlation="polychoric").per_item, atol=1e-8,
    )  # fmt: skip


def test_adequacy_says_what_it_is_about(answers):
    found = ak.kmo(answers, correlation="polychoric")
    assert found.correlation == "polychoric" and found.overall > ak.kmo(answers).overall
    assert found.notices[0].code == "adequacy_latent"
    test = ak.bartlett_sphericity(answers, correlation="polychoric")
    assert test.pvalue.code == "polychoric_chi_square" and test.statistic > ak.bartlett_sphericity(answers).statistic


@pytest.mark.parametrize("method", ["simulated", "permutation"])
def test_noise_has_the_items_own_categories(answers, method):
    found = ak.parallel_analysis(answers, correlation="polychoric", method=method, n_iter=60, rng=1)
    assert (found.n_components, found.n_factors, found.correlation) == (2, 2, "polychoric")
    plain = ak.parallel_analysis(answers, method=method, n_iter=60, rng=1)
    # polychoric correlations of noise vary more
    assert found.components["reference_mean"][1] > plain.components["reference_mean"][1]
    again = ak.parallel_analysis(answers, correlation="polychoric", method=method, n_iter=60, rng=1)
    pd.testing.assert_frame_equal(found.components, again.components)


def test_noise_from_counts_needs_no_rows(answers):
    rows = ak.parallel_analysis(answers, correlation="polychoric", n_iter=30, rng=1)
    counts = ak.parallel_analysis(ak.count_responses(answers), correlation="polychoric", n_iter=30, rng=1)
    pd.testing.assert_frame_equal(rows.components, counts.components)


def test_criteria_made_for_pearson_are_skipped(answers):
    found = ak.retain_factors(answers, criteria="all", correlation="polychoric", n_iter=40, rng=1)
    reasons = {
        row.criterion: row.n_factors.code for row in found.criteria.itertuples() if not isinstance(row.n_factors, int)
    }
    assert set(reasons) == {"scree", "ekc-2017", "ekc-2019", "hull-cfi", "hull-rmsea", "chi-square", "rmsea-lower"}
    assert found.leading == (2,)


def test_moments_hold_no_categories(answers):
    from akhlak_research.counts.moments import as_moments

    for call in (ak.kmo, lambda m, **o: ak.efa(m, 2, **o), ak.parallel_analysis, ak.retain_factors):
        with pytest.raises(ak.AkhlakError, match="polychoric_needs_answers"):
            call(as_moments(answers), correlation="polychoric")


def test_kernels_of_noise():
    rng = np.random.default_rng(0)
    values = rng.integers(1, 4, size=(50, 3)).astype(float)
    draw, categories = shuffled_codes(values, rng)
    codes = draw()
    assert categories == 3 and (np.sort(codes, axis=0) == np.sort(values - 1, axis=0)).all()
    w = rng.integers(0, 3, 50).astype(float)
    for weights in (None, w, w / 7):
        tables = joint_tables(codes, 3, weights)
        by_hand = np.zeros((3, 3, 3, 3))
        for row, times in zip(codes, np.ones(50) if weights is None else weights, strict=True):
            for i in range(3):
                for j in range(3):
                    by_hand[i, j, row[i], row[j]] += times
        np.testing.assert_allclose(tables, by_hand, atol=1e-12)
    rare, _ = drawn_codes([np.array([0.97, 0.03]), np.array([0.5, 0.5])], 20, rng)
    assert all(len(np.unique(rare()[:, 0])) == 2 for _ in range(50))
    never, _ = drawn_codes([np.array([1 - 1e-12, 1e-12])], 5, rng)
    with pytest.raises(ak.AkhlakError, match="noise_constant"):
        never()
    (batch,) = list(polychoric_batches(draw, 3, 3, 5))
    assert batch.shape == (5, 3, 3) and (np.diagonal(batch, axis1=1, axis2=2) == 1).all()


def test_bootstrap_needs_people(answers):
    found = ak.efa(ak.count_responses(answers), 2, n_boot=10)
    assert found.loading_errors.code == "errors_need_complete_rows"
    assert ak.efa(answers, 2).loadings_low.code == "errors_not_asked"


def test_bootstrap_tables_and_figure(answers):
    found = ak.efa(answers, 2, n_boot=60, rng=5)
    table = found.loading_table()
    assert list(table.columns) == ["item", "factor", "estimate", "std_error", "ci_low", "ci_high"] and len(table) == 16
    assert ((table["ci_low"] <= table["estimate"]) & (table["estimate"] <= table["ci_high"])).mean() > 0.9
    np.testing.assert_allclose(ak.efa(answers, 2, n_boot=60, rng=5).loadings_low, found.loadings_low)
    shuffled = ak.efa(answers.sample(frac=1, random_state=2), 2, n_boot=60, rng=5)
    np.testing.assert_allclose(shuffled.loading_errors, found.loading_errors, atol=1e-5)
    assert "bootstrap" in ak.plot_loadings(found).content["en"]["notes"][0]


def test_loadings_for_reading_and_notices(answers):
    found = ak.efa(answers, 2)
    shown = found.sorted_loadings()
    assert shown[["F1", "F2"]].isna().sum().sum() == 8 and list(shown.columns)[-1] == "communality"
    assert found.sorted_loadings(0)[["F1", "F2"]].notna().all().all()
    three = ak.efa(answers, 3)
    assert "efa_weak_factor" in [notice.code for notice in three.notices]
    with pytest.raises(ak.AkhlakError, match="cut_out_of_range"):
        ak.efa(answers, 2, cut=30)


def test_a_target_names_its_factors(answers):
    target = pd.DataFrame(np.kron(np.eye(2), np.ones((4, 1))), index=list("abcdefgh"), columns=["first", "second"])
    target = target.replace(1, np.nan)
    found = ak.efa(answers[list("hgfedcba")], 2, rotation="target", target=target)
    assert list(found.loadings.columns) == ["first", "second"]
    assert (found.loadings.abs().loc[list("abcd")].idxmax(axis=1) == "first").all()
    assert "efa_convention" not in [notice.code for notice in found.notices]
    with pytest.raises(ak.AkhlakError, match="target_items"):
        ak.efa(answers, 2, rotation="target", target=target.drop(index="a"))


def test_other_scores(answers):
    by = {name: ak.efa(answers, 2, scores=name) for name in ("regression", "bartlett", "tenberge")}
    correlations = by["tenberge"].scores.corr()
    np.testing.assert_allclose(correlations, by["tenberge"].factor_correlations, atol=1e-8)
    assert (by["bartlett"].scores.var() > by["regression"].scores.var()).all()
