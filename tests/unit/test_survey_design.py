import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.results import Unavailable


@pytest.fixture
def people():
    rng = np.random.default_rng(3)
    n = 120
    return pd.DataFrame(
        {
            "office": rng.choice(list("ABC"), n), "sex": rng.choice(list("LP"), n), "age": rng.choice([1, 2, 3], n),
            "score": rng.normal(70, 12, n), "w": rng.uniform(1, 9, n), "team": rng.integers(0, 15, n),
        }
    )  # fmt: skip


def code(call):
    with pytest.raises(ak.AkhlakError) as raised:
        call()
    assert raised.value.message("id") != raised.value.message("en")
    return raised.value.code


def test_a_design_does_not_change(people):
    design = ak.SurveyDesign(people, strata="office", weights="w")
    with pytest.raises(AttributeError):
        design._w = np.ones(len(people))
    before = design.weights
    ak.rake(design, {"sex": {"L": 300, "P": 200}})
    design.weights[:] = 0
    assert (design.weights == before).all()
    assert design.steps == ()
    people.loc[0, "score"] = -1e9
    assert design.data["score"].min() > 0


@pytest.mark.parametrize("bad", [0, -1, np.nan, np.inf])
def test_weights_must_be_above_zero(people, bad):
    people.loc[[4, 7], "w"] = bad
    with pytest.raises(ak.AkhlakError) as raised:
        ak.SurveyDesign(people, weights="w")
    assert raised.value.code == "weights_not_positive"
    assert raised.value.values["rows"] == [5, 8]


def test_errors_of_a_design(people):
    assert code(lambda: ak.SurveyDesign(people, strata="nowhere")) == "design_column"
    assert code(lambda: ak.SurveyDesign(people, weights=[1.0, 2.0])) == "design_length"
    assert code(lambda: ak.SurveyDesign(people.assign(office=None), strata="office")) == "design_missing"
    assert code(lambda: ak.SurveyDesign(people, strata="office", fpc={"A": 900, "B": 900})) == "fpc_without_stratum"
    assert code(lambda: ak.SurveyDesign(people, strata="office", fpc={"A": 900, "B": 900, "C": 2})) == "fpc_too_small"
    assert code(lambda: ak.SurveyDesign(people, strata="office", fpc=np.arange(1000, 1120))) == "fpc_varies"
    assert code(lambda: ak.SurveyDesign(people, fpc={"A": 900})) == "fpc_needs_strata"
    assert code(lambda: ak.SurveyDesign(people, strata="office", cluster="team")) == "cluster_in_several_strata"
    assert code(lambda: ak.SurveyDesign([1, 2])) == "design_data"
    nested = ak.SurveyDesign(people, strata="office", cluster="team", nest=True)
    assert nested.df == people.groupby("office")["team"].nunique().sum() - 3


def test_lonely_stratum_is_an_error_that_names_it(people):
    people.loc[0, "office"] = "Z"
    design = ak.SurveyDesign(people, strata="office", weights="w")
    with pytest.raises(ak.AkhlakError) as raised:
        ak.estimate_mean(design, "score")
    assert (raised.value.code, raised.value.got) == ("lonely_psu", ("Z",))
    asked = ak.estimate_mean(ak.SurveyDesign(people, strata="office", weights="w", lonely="adjust"), "score")
    assert [notice.code for notice in asked.notices] == ["lonely_strata"]
    # a stratum whose only member was asked is no riddle
    ak.estimate_mean(ak.SurveyDesign(people, strata="office", fpc={"A": 90, "B": 90, "C": 90, "Z": 1}), "score")


def test_margins_that_do_not_fit(people):
    design = ak.SurveyDesign(people, weights="w")
    assert code(lambda: ak.rake(design, {"sex": {"L": 5}})) == "margin_category_unknown"
    assert code(lambda: ak.rake(design, {"sex": {"L": 5, "P": 5, "X": 1}})) == "margin_category_empty"
    assert code(lambda: ak.rake(design, {"sex": {"L": 5, "P": 0}})) == "margin_total_invalid"
    assert code(lambda: ak.rake(design, {"sex": {"L": 5, "P": 5}, "age": {1: 5, 2: 5, 3: 5}})) == "margins_differ"
    assert code(lambda: ak.rake(design, {})) == "margins_type"
    assert code(lambda: ak.rake(design, {"gone": {"L": 5, "P": 5}})) == "design_column"
    assert code(lambda: ak.post_stratify(design, {"sex": {"L": 5, "P": 5}, "age": {1: 4, 2: 3, 3: 3}})) == "one_margin"
    apart = pd.DataFrame({"a": list("xxyy"), "b": list("uuvv")})
    with pytest.raises(ak.AkhlakError, match="rake_not_converged") as raised:
        ak.rake(ak.SurveyDesign(apart), {"a": {"x": 1, "y": 3}, "b": {"u": 2, "v": 2}})
    # the last margin raked is met, the one before it is not: by 100 % and by a third
    assert raised.value.values["worst"] == ["a = x: 2 / 1", "a = y: 2 / 3"]
    assert "a = x: 2 / 1" in raised.value.message("id")
    assert code(lambda: ak.trim_weights(design, upper=1.5)) == "trim_limits"
    assert code(lambda: ak.nonresponse_adjust(design, people["sex"] == "L", "sex")) == "class_without_answers"


def test_shares_crossed_margins_and_audit(people):
    design = ak.SurveyDesign(people, weights="w")
    cells = {("L", 1): 0.1, ("L", 2): 0.2, ("L", 3): 0.2, ("P", 1): 0.2, ("P", 2): 0.1, ("P", 3): 0.2}
    raked = ak.rake(design, {("sex", "age"): cells, "office": {"A": 0.5, "B": 0.3, "C": 0.2}})
    assert raked.weights.sum() == pytest.approx(design.weights.sum())
    audit = ak.audit_weights(raked)
    assert audit.margins["gap_percent"].abs().max() < 1e-5
    assert audit.table()["step"].tolist() == ["design_weights", "rake"]
    assert audit.spread.kish_deff == pytest.approx(1 + audit.spread.cv**2)
    trimmed = ak.audit_weights(ak.trim_weights(raked, upper=12))
    assert trimmed.spread.high <= 12
    assert [notice.code for notice in trimmed.notices] == ["trimmed_after_margins"]
    assert trimmed.record()["steps"][1]["changed"] > 0


def test_estimates_that_do_not_exist_say_why(people):
    design = ak.SurveyDesign(people, cluster="team")
    one = ak.estimate_mean(design, "score", where=(people["team"] == 3).to_numpy())
    assert isinstance(one.estimate.se, Unavailable)
    assert one.estimate.se.code == "too_few_clusters"
    share = ak.estimate_proportion(design, pd.Series(["x"] * len(people)))
    assert share.estimate.interval.code == "variance_zero"
    assert [notice.code for notice in share.notices] == ["estimates_without_variance"]
    assert code(lambda: ak.estimate_mean(design, "sex")) == "not_numeric"
    assert code(lambda: ak.estimate_mean(design, "score", where=[1] * 120)) == "mask_invalid"


def test_tables_keys_and_contrasts(people):
    design = ak.SurveyDesign(people, strata="office", weights="w")
    made = ak.estimate_mean(design, ["score", "age"], by=["office", "sex"])
    assert made.table().columns.tolist()[:4] == ["office", "sex", "variable", "n"]
    assert made["A", "L", "score"].n == ((people["office"] == "A") & (people["sex"] == "L")).sum()
    assert code(lambda: made["A"]) == "unknown_choice"
    assert code(lambda: made.estimate) == "several_estimates"
    two = ak.estimate_mean(design, "score", by="sex")
    difference = two.contrast({"L": 1, "P": -1})
    assert difference.estimate == pytest.approx(two["L"].estimate - two["P"].estimate)
    assert ak.show(made).content["id"]["rows"]
    assert made.record()["estimates"]


def test_nonresponse_keeps_the_clusters_that_were_drawn(people):
    came = (people["team"] % 4 != 0) & (people["score"] > 60)
    design = ak.SurveyDesign(people.assign(came=came), cluster="team", weights="w")
    adjusted = ak.nonresponse_adjust(design, "came", ["sex"])
    assert adjusted.n == came.sum()
    assert adjusted.df == design.df
    for sex in "LP":
        asked = people.loc[people["sex"] == sex, "w"].sum()
        assert adjusted.weights[adjusted.data["sex"] == sex].sum() == pytest.approx(asked)


@pytest.mark.parametrize("size", ["many", None, -2, float("nan"), True])
def test_population_of_a_stratum_that_is_no_number_is_named(people, size):
    with pytest.raises(ak.AkhlakError, match="fpc_invalid") as raised:
        ak.SurveyDesign(people, strata="office", fpc={"A": size, "B": 90, "C": 90, "Z": 9})
    assert raised.value.got == [f"A: {size}"]


@pytest.mark.parametrize("total", ["5", None, float("nan"), True, -1])
def test_known_total_that_is_no_number(people, total):
    assert code(lambda: ak.rake(ak.SurveyDesign(people), {"sex": {"L": total, "P": 5}})) == "margin_total_invalid"


def test_part_of_a_raked_design_is_a_domain_of_it(people):
    """The rows alone would give another error than the domain has: what calibration explains rests on all rows."""
    margins = {"sex": {"L": 5, "P": 5}}
    plain = ak.SurveyDesign(people, weights="w")
    part = (people["sex"] == "L").to_numpy()
    domain = ak.estimate_mean(plain, "score", where=part).estimate
    assert ak.estimate_mean(plain.rows(part), "score").estimate.se == pytest.approx(domain.se)
    raked = ak.rake(plain, margins)
    assert code(lambda: raked.rows(part)) == "rows_after_calibration"
    assert code(lambda: ak.nonresponse_adjust(raked, part | (people["age"] == 1).to_numpy(), "sex")) == (
        "rows_after_calibration"
    )
    assert raked.rows(np.ones(len(people), dtype=bool)).n == len(people)
    drawn = ak.rake(ak.as_replicates(plain, replicates=60, rng=1), margins)
    domain = ak.estimate_mean(drawn, "score", where=part).estimate
    assert ak.estimate_mean(drawn.rows(part), "score").estimate.se == pytest.approx(domain.se)
