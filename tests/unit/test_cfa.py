"""What cfa gives, refuses and warns of."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError, ArgumentError, DataError, MethodError

MODEL = "f =~ a + b + c + d"


def factor_data(n=300, loadings=(0.8, 0.7, 0.6, 0.7), seed=5, cut=None):
    rng = np.random.default_rng(seed)
    eta = rng.normal(size=n)
    values = np.outer(eta, loadings) + rng.normal(size=(n, len(loadings))) * np.sqrt(1 - np.square(loadings))
    frame = pd.DataFrame(values, columns=list("abcdefgh")[: len(loadings)])
    return frame if cut is None else frame.apply(lambda x: np.digitize(x, cut) + 1.0)


@pytest.fixture(scope="module")
def plain():
    return factor_data()


@pytest.fixture(scope="module")
def ordered():
    return factor_data(n=800, cut=[-1, 0, 1])


def test_result_reads_as_the_contract_says(plain):
    found = ak.cfa(MODEL, plain)
    columns = ["lhs", "op", "rhs", "label", "group", "est", "se", "z", "pvalue", "ci_low", "ci_high", "std_all"]
    columns += ["std_se", "std_ci_low", "std_ci_high"]
    assert list(found.table().columns) == columns
    measures = {"chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea_ci_low", "rmsea_ci_high", "srmr"}
    assert measures <= set(found.fit.index)
    assert found.fit["df"] == 2 and found.n == 300
    assert found.factor_scores.shape == (300, 1)
    assert found.residuals[None].shape == (4, 4)
    assert found.r_squared.loc["a", None] == pytest.approx(
        found.parameters.query("op == '=~' and rhs == 'a'")["std_all"].iloc[0] ** 2
    )
    assert found.vcov.shape == (8, 8) and repr(found).startswith("<cfa ML:")
    json.dumps(found.record(), allow_nan=False)


def test_an_instrument_is_a_model(bfi_study):
    answers = bfi_study.responses.of_dimension("N")
    found = ak.cfa(answers.instrument, answers, estimator="WLSMV")
    assert found.fit["df"] == 5 and set(found.parameters.query("op == '=~'")["lhs"]) == {"N"}


def test_defined_parameters_carry_delta_method_errors(plain):
    found = ak.cfa("f =~ a + l2*b + l3*c + d\nproduct := l2*l3\nhalf := l2/2", plain)
    rows = found.parameters.set_index("lhs")
    l2 = found.parameters.query("label == 'l2'").iloc[0]
    assert rows.loc["half", "est"] == pytest.approx(l2["est"] / 2)
    assert rows.loc["half", "se"] == pytest.approx(l2["se"] / 2)


def test_equal_labels_give_equal_estimates(plain):
    found = ak.cfa("f =~ a + k*b + k*c + d", plain)
    pair = found.parameters.query("label == 'k'")
    assert len(pair) == 2 and len(set(pair["est"])) == len(set(pair["se"])) == 1
    assert found.fit["df"] == 3


@pytest.mark.parametrize(
    "model, code, name",
    [
        ("f =~ a + b", "cfa_too_many_parameters", None),
        ("f =~ NA*a + b + c + d", "cfa_not_identified", "f~~f"),
        ("f =~ a + b + c + d\ng =~ NA*a + NA*b\ng ~~ 1*g\nf ~~ 0*g", "cfa_not_identified", "g=~a"),
    ],
)
def test_unidentified_models_name_the_parameters(plain, model, code, name):
    with pytest.raises(MethodError) as caught:
        ak.cfa(model, plain)
    assert caught.value.code == code and caught.value.hint
    if name:
        assert name in caught.value.values["parameters"]


def test_unidentified_ordinal_model(ordered):
    with pytest.raises(MethodError, match="f~~f") as caught:
        ak.cfa("f =~ NA*a + b + c + d", ordered, estimator="WLSMV")
    assert caught.value.code == "cfa_not_identified"


@pytest.mark.parametrize(
    "change, options, code",
    [
        (lambda d: d.assign(a=1.0), {}, "cfa_constant"),
        (lambda d: d.assign(a=np.nan), {"missing": "fiml"}, "cfa_variable_missing"),
        (lambda d: d.assign(a=d["b"] * 2), {}, "cfa_singular"),
        (lambda d: d.head(4), {}, "cfa_too_few_rows"),
        (lambda d: d.assign(a=np.where(d["b"].notna(), np.nan, 1)), {}, "cfa_no_complete_rows"),
        (lambda d: d.drop(columns="a"), {}, "cfa_unknown_variable"),
        (lambda d: d, {"group": "nowhere"}, "cfa_unknown_column"),
        (lambda d: d, {"weights": np.ones(300)}, "cfa_weights_need_sandwich"),
        (lambda d: d, {"estimator": "MLM", "missing": "fiml"}, "cfa_no_fiml"),
        (lambda d: d, {"missing": "pairwise"}, "cfa_no_pairwise"),
        (lambda d: d, {"ordered": True}, "cfa_estimator_ordered"),
        (lambda d: d, {"estimator": "WLSMV", "ordered": False}, "cfa_estimator_continuous"),
        (lambda d: d, {"estimator": "WLSMV", "ordered": ["a"]}, "not_categorical"),
        (lambda d: d, {"estimator": "WLSMV", "ordered": ["z"]}, "cfa_ordered_unknown"),
        (lambda d: d, {"estimator": "LISREL"}, "unknown_choice"),
        (lambda d: d, {"group_equal": ("everything",)}, "unknown_choice"),
    ],
)
def test_refusals(plain, change, options, code):
    with pytest.raises(AkhlakError) as caught:
        ak.cfa(MODEL, change(plain), **options)
    assert caught.value.code == code and caught.value.hint


def test_pairs_that_nobody_answered(plain):
    data = plain.copy()
    data.loc[:149, "a"] = np.nan
    data.loc[150:, "b"] = np.nan
    with pytest.raises(DataError) as caught:
        ak.cfa(MODEL, data, missing="fiml")
    assert caught.value.code == "cfa_pair_missing" and caught.value.values["items"] == ["a", "b"]


def test_category_that_a_group_does_not_use(ordered):
    data = ordered.assign(g=np.where(np.arange(800) < 400, "x", "y"))
    data.loc[(data["g"] == "y") & (data["a"] == 4), "a"] = 3
    with pytest.raises(DataError) as caught:
        ak.cfa(MODEL, data, estimator="WLSMV", group="g")
    assert caught.value.code == "cfa_category_empty"
    assert (caught.value.where.column, caught.value.values["group"]) == ("a", "y")


def test_single_category_item(ordered):
    with pytest.raises(DataError) as caught:
        ak.cfa(MODEL, ordered.assign(a=2), estimator="WLSMV")
    assert caught.value.code == "cfa_constant"


@pytest.mark.parametrize(
    "model, parametrisation, code",
    [
        ("f =~ a + b + c + d\na ~~ NA*a", "delta", "cfa_residual_in_delta"),
        ("f =~ a + b + c + d\na ~*~ NA*a", "theta", "cfa_scale_in_theta"),
        ("f =~ b + c + d\nb ~ a\na ~~ a", "delta", "cfa_ordered_predictor"),
    ],
)
def test_ordinal_refusals(ordered, model, parametrisation, code):
    with pytest.raises(AkhlakError) as caught:
        ak.cfa(model, ordered, estimator="WLSMV", parametrisation=parametrisation)
    assert caught.value.code == code


def codes(found):
    return {notice.code for notice in found.notices}


def test_heywood_case_is_said():
    rng = np.random.default_rng(0)
    S = np.array([[1, 0.9, 0.9, 0.1], [0.9, 1, 0.7, 0.1], [0.9, 0.7, 1, 0.1], [0.1, 0.1, 0.1, 1.0]])
    rows = rng.normal(size=(500, 4))
    rows -= rows.mean(axis=0)
    rows = rows @ np.linalg.inv(np.linalg.cholesky(rows.T @ rows / 500)).T @ np.linalg.cholesky(S).T
    found = ak.cfa(MODEL, pd.DataFrame(rows, columns=list("abcd")))
    assert {"cfa_heywood", "cfa_loading_above_one"} <= codes(found)
    heywood = next(n for n in found.notices if n.code == "cfa_heywood")
    assert heywood.values["parameters"] == ["a~~a"] and "a~~a" in heywood.say("id")


def test_factors_that_cannot_be_told_apart(plain):
    found = ak.cfa("f =~ a + b\ng =~ c + d", plain)
    r = found.parameters.query("lhs == 'f' and rhs == 'g'")["std_all"].iloc[0]
    assert ("cfa_latent_not_positive" in codes(found)) == (abs(r) >= 1)
    merged = ak.cfa("f =~ a + b\ng =~ c + d\nf ~~ 1*g\nf ~~ 1*f\ng ~~ 1*g", plain)
    assert "cfa_latent_not_positive" in codes(merged)


def test_few_people_and_saturated_models_are_said(ordered):
    eight = "factor =~ " + " + ".join("abcdefgh")
    for n, code in ((45, "cfa_n_below_statistics"), (28, "cfa_n_below_parameters")):
        data = factor_data(n=n, loadings=(0.7,) * 8, cut=[-1, 0, 1])
        assert code in codes(ak.cfa(eight, data, estimator="WLSMV"))
    found = ak.cfa("f =~ a + b + c", ordered, estimator="WLSMV")
    assert "cfa_saturated" in codes(found) and found.fit["df"] == 0


def test_diagonal_weights_have_no_unscaled_p_value(ordered):
    scaled, plain = (ak.cfa(MODEL, ordered, estimator=e) for e in ("WLSMV", "DWLS"))
    assert np.isnan(scaled.fit["pvalue"]) and 0 <= scaled.fit["pvalue_scaled"] <= 1
    levels = [next(n.level for n in r.notices if n.code == "cfa_unscaled_no_pvalue") for r in (scaled, plain)]
    assert levels == ["info", "warning"] and np.isnan(plain.fit["pvalue"])


def test_rows_without_a_group_are_counted(plain):
    data = plain.assign(g=np.where(np.arange(300) < 150, 1.0, 2.0))
    data.loc[:9, "g"] = np.nan
    found = ak.cfa(MODEL, data, group="g")
    assert next(n for n in found.notices if n.code == "cfa_group_missing").values["n"] == 10
    assert found.n == 290 and found.n_by_group == (140.0, 150.0)


def test_scores_stand_in_the_order_of_the_data(plain):
    data = plain.assign(g=np.tile(["x", "y", "x"], 100))
    data.loc[7, "a"] = np.nan
    found = ak.cfa(MODEL, data, group="g")
    assert found.factor_scores.index.tolist() == [i for i in range(300) if i != 7]
    one = ak.cfa(MODEL, data[data["g"] == "y"])
    both = found.factor_scores.loc[one.factor_scores.index, "f"]
    free = both - both.mean()
    assert np.corrcoef(free, one.factor_scores["f"])[0, 1] == pytest.approx(1)


def test_nested_and_unnested_models(plain):
    free = ak.cfa(MODEL, plain)
    equal = ak.cfa("f =~ a + k*b + k*c + k*d", plain)
    found = ak.compare_models(equal, free)
    assert found.df == 2 and found.statistic == pytest.approx(equal.fit["chisq"] - free.fit["chisq"])
    assert len(found.table()) == 2 and found.method == "standard"
    json.dumps(found.record(), allow_nan=False)
    other = ak.cfa("f =~ a + b + c + d\nf ~~ 0.3*f", plain)
    crossed = ak.cfa("f =~ a + k*b + k*c + d\na ~~ b\nc ~~ 0*d", plain)
    with pytest.raises(MethodError) as caught:
        ak.compare_models(other, crossed)
    assert caught.value.code in ("compare_not_nested", "compare_same_df")


@pytest.mark.parametrize("change, code", [("rows", "compare_other_data"), ("estimator", "compare_other_estimator"),
                                          ("same", "compare_same_df")])  # fmt: skip
def test_comparisons_that_mean_nothing(plain, change, code):
    free = ak.cfa(MODEL, plain)
    equal = {
        "rows": lambda: ak.cfa("f =~ a + k*b + k*c + d", plain.head(250)),
        "estimator": lambda: ak.cfa("f =~ a + k*b + k*c + d", plain, estimator="MLR"),
        "same": lambda: ak.cfa(MODEL, plain, std_lv=True),
    }[change]()
    with pytest.raises((ArgumentError, MethodError)) as caught:
        ak.compare_models(free, equal)
    assert caught.value.code == code


@pytest.mark.parametrize("estimator", ["GLS", "ULS"])
def test_observed_predictors_need_maximum_likelihood(plain, estimator):
    with pytest.raises(MethodError) as caught:
        ak.cfa("f =~ b + c + d\nf ~ a", plain, estimator=estimator)
    assert caught.value.code == "cfa_covariates_weight"


def test_one_cluster_has_no_sandwich(plain):
    with pytest.raises(DataError) as caught:
        ak.cfa(MODEL, plain.assign(office=1), estimator="MLR", cluster="office")
    assert caught.value.code == "too_few_clusters"


def test_bartlett_scores_need_items_that_determine_every_factor():
    data = factor_data(n=400, loadings=(0.8, 0.7, 0.6, 0.7, 0.6, 0.7, 0.8, 0.7), seed=8)
    rng = np.random.default_rng(1)
    for names in ("abc", "def"):
        data[list(names)] = data[list(names)].add(0.5 * rng.normal(size=400), axis=0)
    found = ak.cfa("one =~ a + b + c\ntwo =~ d + e + f\nthree =~ g + h\nall =~ one + two + three", data)
    assert found.factor_scores.notna().all(axis=None)
    with pytest.raises(MethodError) as caught:
        found.scores("bartlett")
    assert caught.value.code == "cfa_bartlett_undetermined"
