"""What invariance gives, refuses and says."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.invariance.effect_kernels import (
    OrderedItem,
    linear_gap,
    mean_and_sd,
    ordered_gap,
    pooled_sd,
)

MODEL = "f =~ a + b + c + d"


def grouped(n=400, cut=None, seed=3, loadings=(0.8, 0.7, 0.6, 0.7), shift=0.0, names="abcd"):
    """Two groups; ``shift`` moves the first item in the second one."""
    rng = np.random.default_rng(seed)
    frames = []
    for g in range(2):
        eta = rng.normal(0.3 * g, 1, n)
        values = np.outer(eta, loadings) + rng.normal(size=(n, len(loadings))) * np.sqrt(1 - np.square(loadings))
        values[:, 0] += shift * g
        frames.append(pd.DataFrame(values, columns=list(names)).assign(group=g))
    frame = pd.concat(frames, ignore_index=True)
    if cut is not None:
        frame[list(names)] = np.digitize(frame[list(names)], cut) + 1.0
    return frame


def test_continuous_ladder_reads_as_the_contract_says():
    found = ak.invariance(MODEL, grouped(), "group", means=True, scale=(-10, 10))
    table = found.table()
    assert table["step"].tolist() == ["configural", "metric", "scalar", "strict", "means"]
    assert table["df"].tolist() == [4, 7, 10, 14, 15]
    assert found["scalar"].fit["df"] == 10 and found.estimator == "MLR" and not found.ordered
    assert found.indices == "robust"
    cut = found.cutoffs
    assert set(cut["step"]) == {"metric", "scalar", "strict", "means"}
    assert cut.query("step == 'metric' and statistic == 'srmr_diff'")["cutoff"].item() == 0.03
    assert cut.query("step == 'scalar' and statistic == 'srmr_diff'")["cutoff"].item() == 0.01
    assert cut["cited_to"].str.contains("Chen 2007").all()
    json.dumps(found.record(), allow_nan=False)


@pytest.mark.parametrize(
    "cut, steps",
    [
        ([-1, 0, 1], {"thresholds": 4, "loadings": 3, "intercepts": 3, "residuals": 4}),
        ([-0.7, 0.7], {"thresholds": None, "loadings": 3, "intercepts": 3, "residuals": 4}),
        ([0.0], {"thresholds": None, "loadings": None, "intercepts": 2, "residuals": 4}),
    ],
)
def test_ordered_ladder_by_number_of_categories(cut, steps):
    """Δdf of Wu & Estabrook for four items: k thresholds give k − 2 each; with one, three equalities are tested at
    once: 4 thresholds + 4 loadings − 4 residual variances − mean − variance."""
    found = ak.invariance(MODEL, grouped(cut=cut), "group", ordered=True)
    for step, df in steps.items():
        if df is None:
            assert isinstance(found[step], Unavailable) and found[step].code == "invariance_same_model"
            assert np.isnan(found.steps.loc[step, "chisq"])
        else:
            row = found.steps.loc[step]
            assert row["df_diff"] == df == row["constraints"] - row["released"]
    gone = [n.code for n in found.notices if n.code == "invariance_step_missing"]
    assert len(gone) == sum(df is None for df in steps.values())
    json.dumps(found.record(), allow_nan=False)


def test_three_categories_fit_alike_with_equal_thresholds():
    """Where the threshold step is refused, it is because its model is the configural one."""
    from dataclasses import replace

    from akhlak_research.measure.cfa.problem import solve
    from akhlak_research.measure.invariance.invariance import tables

    found = ak.invariance(MODEL, grouped(cut=[-0.7, 0.7]), "group", ordered=True)
    problem = found["configural"].problem
    alike = solve(replace(problem, table=tables(problem, (), means=False)["thresholds"]), 0.95)
    assert alike.fit["chisq"] == pytest.approx(found["configural"].fit["chisq"], abs=1e-6)
    assert alike.fit["df"] == found["configural"].fit["df"]


def test_partial_invariance_of_ordered_items():
    data = grouped(n=1000, cut=[-1, -0.3, 0.4, 1.1], shift=0.6)
    whole = ak.invariance(MODEL, data, "group", ordered=True)
    assert whole.steps.loc["intercepts", "pvalue_diff"] < 1e-6
    partial = ak.invariance(MODEL, data, "group", ordered=True, free=["a ~ 1"])
    assert partial.steps.loc["intercepts", "df_diff"] == whole.steps.loc["intercepts", "df_diff"] - 1
    assert partial.steps.loc["intercepts", "pvalue_diff"] > 1e-3
    assert [n.code for n in partial.notices][:1] == ["invariance_partial"]
    one = ak.invariance(MODEL, data, "group", ordered=True, free=["a|t2"])
    assert one.steps.loc["thresholds", "df_diff"] == whole.steps.loc["thresholds", "df_diff"] - 1


def test_effects_find_the_item_and_its_points():
    data = grouped(n=3000, shift=0.5)
    found = ak.invariance(MODEL, data, "group", free=["a~1"], scale=(-10, 10))
    effects = found.effects()
    table = effects.table().set_index("item")
    assert table["dmacs"].idxmax() == "a" and table.loc["a", "free"]
    assert table.loc["a", "difference"] == pytest.approx(0.5, abs=0.1)
    # a quarter of a scale of twenty units
    assert effects.index["index_points"].item() == pytest.approx(100 * 0.5 / 20 / 4, abs=0.12)
    assert (table["dmacs"] >= table["dmacs_signed"].abs() - 1e-12).all()
    turned = found.effects(reference=1).index["index_points"].item()
    assert turned == pytest.approx(-effects.index["index_points"].item(), rel=1e-6)
    assert np.isnan(ak.invariance(MODEL, data, "group").effects().index["index_points"].item())
    json.dumps(effects.record(), allow_nan=False)


def test_effects_of_ordered_items():
    data = grouped(n=3000, cut=[-1, -0.3, 0.4, 1.1], shift=0.5)
    found = ak.invariance(MODEL, data, "group", ordered=True, free=["a~1"], scale=(1, 5))
    effects = found.effects()
    assert effects.items.set_index("item")["dmacs"].idxmax() == "a"
    # the answers at equal standing, from the population: focal people have mean .3
    rng = np.random.default_rng(0)
    y = 0.8 * rng.normal(0.3, 1, 400_000) + 0.6 * rng.normal(size=400_000)
    gap = np.mean(np.digitize(y + 0.5, [-1, -0.3, 0.4, 1.1]) - np.digitize(y, [-1, -0.3, 0.4, 1.1]))
    assert effects.index["index_points"].item() == pytest.approx(100 * gap / 4 / 4, abs=0.5)


@pytest.mark.parametrize("ordered", [False, True])
def test_effects_do_not_depend_on_where_the_search_began(ordered):
    """Each item's refit begins at the rung's estimates; one that begins anew says the same."""
    from dataclasses import replace

    from akhlak_research.measure.cfa.problem import solve
    from akhlak_research.measure.invariance.invariance import tables

    data = grouped(n=500, cut=[-1, -0.3, 0.4, 1.1] if ordered else None, shift=0.5)
    found = ak.invariance(MODEL, data, "group", ordered=ordered, std_lv=True)
    rows = [f"b|t{k}" for k in range(1, 5)] if ordered else ["b~1"]
    problem = found["configural"].problem
    table = tables(problem, ("f=~b", *rows), means=False)["intercepts" if ordered else "scalar"]
    anew = solve(replace(problem, table=table), 0.95).fitted
    A, m, threshold = zip(*((s.A[1, 4], s.m[1], s.threshold) for s in map(anew.system, (0, 1))), strict=True)
    mean, variance = anew.system(1).means[4], anew.system(1).covariance[4, 4]
    gap = linear_gap(m[1] - m[0], np.array([A[1] - A[0]]), np.array([mean]), np.array([[variance]]))
    if ordered:
        theta = [anew.system(g).S[1, 1] for g in (0, 1)]
        items = [OrderedItem(A[g], m[g], theta[g], threshold[g][4:8], np.arange(1.0, 6)) for g in (0, 1)]
        gap = ordered_gap(items[1], items[0], mean, variance)
    row = found.effects().items.set_index("item").loc["b"]
    assert row["difference"] == pytest.approx(gap.signed, abs=1e-7)
    assert row["dmacs_signed"] / row["dmacs"] == pytest.approx(gap.signed / np.sqrt(gap.square), abs=1e-7)


def test_gap_kernels():
    gap = linear_gap(0.2, np.array([0.5]), np.array([1.0]), np.array([[2.0]]))
    assert gap.signed == pytest.approx(0.7) and gap.square == pytest.approx(0.7**2 + 0.5**2 * 2)
    one = OrderedItem(0.8, 0.0, 1.0, np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2, 3, 5]))
    other = OrderedItem(0.5, 0.1, 1.2, np.array([-1.0, 0.2, 1.0]), np.array([1.0, 2, 3, 5]))
    found = ordered_gap(one, other, 1.0, 2.0)
    xi, step = np.linspace(-12, 14, 20001, retstep=True)
    direct, density = one.expected(xi) - other.expected(xi), norm.pdf(xi, 1, np.sqrt(2)) * step
    assert found.signed == pytest.approx(direct @ density, abs=1e-8)
    assert found.square == pytest.approx(direct**2 @ density, abs=1e-8)
    assert ordered_gap(one, one, 0, 1).square == 0
    assert pooled_sd((1.0, 3.0), (101, 301)) == 2.5
    answers = np.array([1.0, 4.0, np.nan, 2.0])
    assert mean_and_sd(answers, None) == pytest.approx((7 / 3, np.std([1, 4, 2], ddof=1)))
    assert mean_and_sd(answers, np.array([1.0, 2.0, 9.0, 1.0])) == pytest.approx((2.75, np.std([1, 4, 4, 2], ddof=1)))


@pytest.mark.parametrize(
    "model, options, code",
    [
        (MODEL, {"free": ["f=~z"]}, "invariance_free_unknown"),
        (MODEL, {"free": ["f=~a"]}, "invariance_free_fixed"),
        ("f =~ a + b\ng =~ c + d\nh =~ f + g", {}, "invariance_structure"),
        ("f =~ a + b + c\nf ~ d", {}, "invariance_structure"),
    ],
)
def test_refusals(model, options, code):
    with pytest.raises(AkhlakError) as caught:
        ak.invariance(model, grouped(), "group", **options)
    assert caught.value.code == code and caught.value.hint


def test_one_group_is_no_comparison():
    with pytest.raises(AkhlakError) as caught:
        ak.invariance(MODEL, grouped().query("group == 0"), "group")
    assert caught.value.code == "invariance_one_group"


def test_unit_factors_let_the_marker_go():
    data = grouped()
    found = ak.invariance(MODEL, data, "group", std_lv=True, free=["f=~a"])
    assert found.steps["df"].tolist() == [4, 6, 9, 13]
    marked, unit = ak.invariance(MODEL, data, "group"), ak.invariance(MODEL, data, "group", std_lv=True)
    assert unit.steps["chisq"].to_numpy() == pytest.approx(marked.steps["chisq"].to_numpy(), abs=1e-6)


def test_modification_index_foretells_the_fit():
    """MI and EPC are what a refit finds, to first order; MI of a quadratic discrepancy exactly (linear in the row)."""
    data = grouped().drop(columns="group")
    data["b"] += 0.15 * data["c"]
    before = ak.cfa(MODEL, data)
    top = before.modification_indices.iloc[0]
    after = ak.cfa(f"{MODEL}\n{top['lhs']} {top['op']} {top['rhs']}", data)
    assert before.fit["chisq"] - after.fit["chisq"] == pytest.approx(top["mi"], rel=0.15)
    row = after.parameters.query("lhs == @top['lhs'] and op == @top['op'] and rhs == @top['rhs']")
    assert row["est"].item() == pytest.approx(top["epc"], rel=0.2)


def test_equality_tests_name_what_a_label_ties():
    data = grouped().drop(columns="group")
    found = ak.cfa("f =~ a + l*b + l*c + l*d", data).equality_tests
    assert set(found["rhs"]) == {"b", "c", "d"} and set(found["label"]) == {"l"}
    assert ak.cfa(MODEL, data).equality_tests.empty
