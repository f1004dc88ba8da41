"""An index under a survey design, and with scores of persons from a model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError

RECIPE = {"round": {"decimals": 1}}


@pytest.fixture(scope="module")
def study(root):
    return ak.Study(root / "data" / "berakhlak-contoh")


@pytest.fixture(scope="module")
def complete(study):
    """People who answered everything, with their weights."""
    answers = study.weighted_responses
    return answers.where(answers.codes.notna().all(axis=1).to_numpy())


def test_offices_as_strata_with_their_sizes_are_the_frame(study, complete):
    frame = study.frame("frame")
    sizes = dict(zip(frame["unit"], frame["population"], strict=True))
    design = ak.SurveyDesign(complete, strata="unit", fpc=sizes, lonely="adjust")
    ours = ak.build_index(complete, RECIPE, unit="unit", design=design)
    known = ak.build_index(complete, RECIPE, unit="unit", frame=frame)
    for a, b in zip(ours.scores, [s for s in known.scores if s.score.n], strict=True):
        assert (a.unit, a.value, a.n) == (b.unit, b.value, b.n)
        assert a.estimate == pytest.approx(b.estimate, abs=1e-10)
        if a.unit is None or a.n > 1:
            assert float(a.se) == pytest.approx(float(b.se), rel=1e-9, nan_ok=True)
        if a.unit is not None and a.n > 1:
            assert a.df == b.df


def test_a_total_is_the_mean_of_persons_totals_under_the_design(study, complete):
    """The same number by the survey room's own door, clusters and all."""
    rng = np.random.default_rng(1)
    cluster = pd.Series(rng.integers(0, 60, len(complete.codes)))
    persons = 25 * (complete.keyed.T.groupby(lambda item: item[:2]).mean().T - 1)
    design = ak.SurveyDesign(complete, cluster=cluster.to_numpy())
    total = ak.build_index(complete, RECIPE, unit="status", design=design)
    expected = ak.estimate_mean(design, persons.mean(axis=1).reset_index(drop=True))
    assert total.total.estimate == pytest.approx(expected.estimate.estimate)
    assert total.total.se == pytest.approx(expected.estimate.se)
    assert total.total.interval.low == pytest.approx(expected.estimate.interval.low)
    by = ak.estimate_mean(design, persons.mean(axis=1).reset_index(drop=True), by="status")
    for status in ("PNS", "PPPK"):
        assert total.of(status)["total"].se == pytest.approx(by[status].value.se)


def test_replicate_weights_give_the_error_of_the_replicates(complete):
    design = ak.SurveyDesign(complete)
    replicated = ak.as_replicates(design, "bootstrap", replicates=200, rng=1)
    index = ak.build_index(complete, RECIPE, design=replicated)
    persons = 25 * (complete.keyed.T.groupby(lambda item: item[:2]).mean().T - 1)
    expected = ak.estimate_mean(replicated, persons.mean(axis=1).reset_index(drop=True))
    assert index.total.se == pytest.approx(expected.estimate.se)


def test_scores_of_the_recipes_own_making_change_nothing(complete):
    persons = 25 * (complete.keyed.T.groupby(lambda item: item[:2]).mean().T - 1)
    a, b = ak.build_index(complete, RECIPE, unit="unit"), ak.build_index(complete, RECIPE, unit="unit", scores=persons)
    pd.testing.assert_frame_equal(a.table(), b.table())
    assert "scores_given" in [notice.code for notice in b.notices]
    by = ak.build_index(complete, RECIPE, by="status", scores=persons)
    pd.testing.assert_frame_equal(by["PNS"].table(), ak.build_index(complete, RECIPE, by="status")["PNS"].table())


def test_missing_scores_leave_people_out(complete):
    persons = 25 * (complete.keyed.T.groupby(lambda item: item[:2]).mean().T - 1)
    persons.iloc[:7, 0] = np.nan
    assert ak.build_index(complete, RECIPE, scores=persons).total.n == len(persons) - 7


def bad(study, complete):
    design, scores = ak.SurveyDesign(complete), 25 * (complete.keyed.T.groupby(lambda i: i[:2]).mean().T - 1)
    fewer = complete.where(np.arange(len(complete.codes)) < 50)
    return {
        "design_type": lambda: ak.build_index(complete, RECIPE, design="srs"),
        "design_with": lambda: ak.build_index(complete, RECIPE, unit="unit", frame=study.frame("frame"), design=design),
        "design_rows": lambda: ak.build_index(fewer, RECIPE, design=design),
        "scores_type": lambda: ak.build_index(complete, RECIPE, scores=scores.to_numpy()),
        "scores_columns": lambda: ak.build_index(complete, RECIPE, scores=scores.drop(columns="BP")),
        "scores_rows": lambda: ak.build_index(complete, RECIPE, scores=scores.head(9)),
        "scores_range": lambda: ak.build_index(complete, RECIPE, scores=scores * 2),
    }


@pytest.mark.parametrize("code", [
    "design_type", "design_with", "design_rows", "scores_type", "scores_columns", "scores_rows", "scores_range",
])  # fmt: skip
def test_refusals(study, complete, code):
    with pytest.raises(AkhlakError) as caught:
        bad(study, complete)[code]()
    assert caught.value.code == code and caught.value.hint


def test_weights_of_the_design_count_whatever_the_answers_carry(complete):
    weights = np.linspace(1, 5, len(complete.codes))
    design = ak.SurveyDesign(complete, weights=weights)
    plain = replace(complete, weights=pd.Series(weights, index=complete.codes.index))
    assert ak.build_index(complete, RECIPE, design=design).total.estimate == pytest.approx(
        ak.build_index(plain, RECIPE).total.estimate
    )


def test_clusters_that_cross_units_are_said_and_ranks_pass_it_on(complete):
    cluster = np.arange(len(complete.codes)) % 60
    crossing = ak.build_index(complete, RECIPE, unit="status", design=ak.SurveyDesign(complete, cluster=cluster))
    (said,) = [n for n in crossing.notices if n.code == "clusters_across_units"]
    assert said.values["count"] == 60
    assert said in ak.rank_sets(crossing, n_draws=200, rng=1).notices
    alone = ak.build_index(complete, RECIPE, unit="status", design=ak.SurveyDesign(complete))
    assert not [n for n in alone.notices if n.code == "clusters_across_units"]


def test_expected_a_posteriori_scores_of_each_value_make_an_index(study, complete):
    """Person scores of graded response models on 0–100 (θ −4 … 4), value by value, to the total and each office."""
    scores = {}
    for dimension in study.instrument.dimensions:
        fit = ak.irt(replace(complete, weights=None).of_dimension(dimension.code), "grm")
        scores[dimension.code] = 12.5 * (np.clip(fit.scores["theta"].to_numpy(), -4, 4) + 4)
    table = pd.DataFrame(scores, index=complete.codes.index)
    index = ak.build_index(complete, RECIPE, unit="unit", scores=table)
    w = complete.weights.to_numpy()
    for value, column in scores.items():
        assert index.values[value].estimate == pytest.approx(np.average(column, weights=w))
    assert index.total.estimate == pytest.approx(np.average(table.mean(axis=1), weights=w))
    means = ak.build_index(complete, RECIPE, unit="unit")
    both = [(index.of(u)["total"].estimate, means.of(u)["total"].estimate) for u in means.units]
    assert np.corrcoef(np.array(both).T)[0, 1] > 0.95


def test_two_indexes_with_designs_are_compared_with_the_errors_of_their_designs(complete):
    cluster = np.arange(len(complete.codes)) % 60
    one, two = (
        ak.build_index(complete, RECIPE, design=ak.SurveyDesign(complete, cluster=c)) for c in (cluster, None)
    )
    change = ak.compare_waves(one, two).of().change
    assert change.se == pytest.approx(np.hypot(one.total.se, two.total.se))
