"""Differential item functioning: the planted item, what is refused, degenerate answers, weights, index points."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.dif_mantel import liu_agresti, standardised_difference

STRATA = ("mantel", "generalised-mantel-haenszel")


@pytest.fixture(scope="module")
def answers(root):
    return ak.Study(root / "data" / "berakhlak-contoh").responses


def simulated(n=800, p=8, planted=0.0, seed=1, groups=2):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    theta = rng.normal(size=n) + 0.4 * group
    frame = pd.DataFrame({
        f"x{i}": 1 + (1.6 * theta[:, None] - planted * (i == 0) * (group == 1)[:, None]
                      + rng.logistic(size=(n, 1)) > [-1.5, -0.3, 0.8, 1.9]).sum(axis=1) for i in range(p)
    })  # fmt: skip
    return frame, pd.Series(np.array(["a", "b", "c"])[group], name="group")


@pytest.mark.parametrize("method", ["ordinal-logistic", *STRATA])
def test_planted_item_is_named_and_no_other(answers, method):
    found = ak.dif(answers, "status", method=method)
    assert found.flagged == ("KP1",)
    assert found["KP1"][0].points.estimate < 0, "PPPK answer KP1 lower than PNS who stand equally"
    assert found["KP1"][0].points.interval.high < 0


@pytest.mark.parametrize("matching", ["rest", "trait"])
def test_planted_item_is_named_on_other_scores(answers, matching):
    assert ak.dif(answers, "status", matching=matching).flagged == ("KP1",)


def test_table_and_record(answers):
    found = ak.dif(answers, "status", unit="unit")
    table = found.table()
    assert list(table["item"]) == list(answers.items)
    assert set(table["verdict"]) == {"dif_none", "dif_large"}
    record = found.record()
    assert record["kind"] == "dif" and record["flagged"] == ["KP1"]
    assert found.units["n"].sum() == found.inputs.n_used
    by_unit = np.average(found.units["flagged_points"], weights=found.units["n"])
    by_group = np.average(found.groups["flagged_points"], weights=found.groups["n"])
    assert by_unit == pytest.approx(by_group, abs=1e-12)
    with pytest.raises(ArgumentError, match="XX"):
        found["XX"]


def test_index_points_are_the_shift_of_the_items_mean():
    """Answers moved by half a point for one group move the index by 100 · ½ / range / items."""
    frame, group = simulated(n=4000)
    moved = frame.astype(float)
    moved.loc[group == "b", "x0"] -= 0.5
    before = ak.dif(frame, group, method="mantel", scale=(0, 5), anchors=["x1", "x2", "x3"], matching="rest")
    after = ak.dif(moved, group, method="mantel", scale=(0, 5), anchors=["x1", "x2", "x3"], matching="rest")
    gained = after["x0"][0].points.estimate - before["x0"][0].points.estimate
    sign = -1 if before.comparisons[0].group == "b" else 1
    assert sign * gained == pytest.approx(100 * 0.5 / 5 / 8, abs=0.05)


def test_three_groups_each_beside_the_reference_or_all_at_once():
    frame, group = simulated(groups=3, planted=1.0)
    pairs = ak.dif(frame, group, reference="a", scale=(1, 5))
    assert [one.group for one in pairs["x0"]] == ["b", "c"]
    assert [one.verdict for one in pairs["x0"]][1] == "dif_none"
    assert pairs.flagged == ("x0",)
    joint = ak.dif(frame, group, reference="a", scale=(1, 5), method="generalised-mantel-haenszel")
    assert {one.df for one in joint["x0"]} == {8}
    assert joint.flagged == ("x0",)
    two = ak.dif(frame[group != "c"], group[group != "c"], reference="a", scale=(1, 5))
    assert pairs["x3"][0].chisq == pytest.approx(two["x3"][0].chisq, rel=1e-12)


def test_constant_item_has_a_reason():
    frame, group = simulated()
    found = ak.dif(frame.assign(x2=3), group, scale=(1, 5))
    assert found["x2"][0].verdict == "dif_untested"
    assert found["x2"][0].chisq.code == "dif_item_constant"
    assert {"dif_untested"} <= {notice.code for notice in found.notices}


def test_empty_category_in_one_group_needs_no_merging():
    frame, group = simulated()
    thin = frame.assign(x1=np.where((group == "b") & (frame["x1"] == 1), 2, frame["x1"]))
    found = ak.dif(thin, group, scale=(1, 5), purify=False)
    assert isinstance(found["x1"][0].chisq, float)


def test_perfect_separation_is_named():
    frame, group = simulated()
    split = frame.assign(x1=np.where(group == "b", 5, 1))
    found = ak.dif(split, group, scale=(1, 5), purify=False, matching="rest")
    assert found["x1"][0].chisq.code == "dif_separation"
    assert "b" in found["x1"][0].chisq.reason("id") or "a" in found["x1"][0].chisq.reason("id")


def test_matching_score_without_variance():
    frame, group = simulated()
    found = ak.dif(frame.assign(**{f"x{i}": 3 for i in range(1, 8)}), group, matching="rest", scale=(1, 5))
    assert found["x0"][0].chisq.code == "dif_match_constant"


def test_small_groups_are_left_out_or_refused():
    frame, group = simulated(n=100)
    few = group.copy()
    few.iloc[:10] = "d"
    codes = {notice.code: notice for notice in ak.dif(frame, few, scale=(1, 5)).notices}
    assert codes["groups_small"].values["groups"] == ("d",)
    assert "dif_few_people" in codes
    few[:] = "a"
    few.iloc[:29] = "b"
    with pytest.raises(MethodError) as raised:
        ak.dif(frame, few, scale=(1, 5))
    assert raised.value.code == "one_group"


@pytest.mark.parametrize("options, error, code", [
    ({"method": "mantel", "matching": "trait"}, MethodError, "dif_matching"),
    ({"method": "mantel", "test": "nonuniform"}, MethodError, "dif_test"),
    ({"method": "nothing"}, ArgumentError, "unknown_choice"),
    ({"adjust": "sidak"}, ArgumentError, "unknown_choice"),
    ({"reference": "z"}, ArgumentError, "unknown_choice"),
    ({"anchors": ["q"]}, ArgumentError, "unknown_choice"),
    ({"method": "mantel", "weights": np.ones(800)}, MethodError, "dif_no_weights"),
])  # fmt: skip
def test_refusals(options, error, code):
    frame, group = simulated()
    with pytest.raises(error) as raised:
        ak.dif(frame, group, **options)
    assert raised.value.code == code


def test_scale_not_given_is_said():
    frame, group = simulated()
    assert "dif_scale_observed" in {notice.code for notice in ak.dif(frame, group).notices}


def numbers(found):
    table = found.table().drop(columns=["n_group", "n_reference"])
    return table.select_dtypes("number").to_numpy(float)


@pytest.mark.parametrize("method", ["ordinal-logistic", *STRATA])
def test_frequency_is_the_row_so_many_times(method):
    frame, group = simulated(n=400)
    times = np.random.default_rng(3).integers(0, 4, 400)
    one = ak.dif(frame, group, method=method, frequencies=times, scale=(1, 5))
    index = np.repeat(np.arange(400), times)
    many = ak.dif(frame.iloc[index].reset_index(drop=True), group.iloc[index].reset_index(drop=True), method=method,
                  scale=(1, 5))  # fmt: skip
    np.testing.assert_allclose(numbers(one), numbers(many), rtol=1e-9, atol=1e-12)
    assert list(one.table()["n_group"]) == list(many.table()["n_group"])


def test_weights_have_no_scale_and_tests_are_wald():
    frame, group = simulated(n=600)
    weights = np.random.default_rng(4).uniform(0.5, 3, 600)
    one = ak.dif(frame, group, weights=weights, scale=(1, 5))
    other = ak.dif(frame, group, weights=1000 * weights, scale=(1, 5))
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-8, atol=1e-12)
    plain = ak.dif(frame, group, weights=np.ones(600), scale=(1, 5), purify=False)
    ratio = ak.dif(frame, group, scale=(1, 5), purify=False)
    for wald, lr in zip(plain.comparisons, ratio.comparisons, strict=True):
        assert wald.difference.estimate == pytest.approx(lr.difference.estimate, abs=1e-9)
        # a sandwich against a likelihood ratio at 600 people: 12 percent at most
        assert wald.chisq == pytest.approx(lr.chisq, rel=0.15)


def test_order_of_rows_and_items_does_not_matter():
    frame, group = simulated(n=500)
    order = np.random.default_rng(2).permutation(500)
    one = ak.dif(frame, group, scale=(1, 5))
    other = ak.dif(frame.iloc[order, ::-1], group.iloc[order], scale=(1, 5))
    for item in frame:
        assert one[item][0].chisq == pytest.approx(other[item][0].chisq, rel=1e-9, abs=1e-10)


def test_listwise_is_dropped_first_and_trait_uses_every_answer():
    frame, group = simulated(n=500)
    holes = frame.astype(float).mask(np.random.default_rng(5).random(frame.shape) < 0.02)
    kept = holes.notna().all(axis=1)
    one = ak.dif(holes, group, scale=(1, 5))
    other = ak.dif(holes[kept], group[kept], scale=(1, 5))
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-10)
    assert one.inputs.n_used == kept.sum()
    assert ak.dif(holes, group, scale=(1, 5), matching="trait").inputs.n_used == 500


def test_adjustments():
    from scipy.stats import false_discovery_control

    frame, group = simulated(n=500)
    table = ak.dif(frame, group, adjust="benjamini-hochberg", scale=(1, 5), purify=False).table()
    np.testing.assert_allclose(table["pvalue_adjusted"], false_discovery_control(table["pvalue"]), rtol=1e-12)
    table = ak.dif(frame, group, adjust="none", scale=(1, 5), purify=False).table()
    assert (table["pvalue_adjusted"] == table["pvalue"]).all()


def test_strata_give_no_area():
    frame, group = simulated(n=500)
    one = ak.dif(frame, group, method="mantel", scale=(1, 5))["x0"][0]
    assert isinstance(one.area, Unavailable) and isinstance(one.nagelkerke, Unavailable)


def test_irt_ratio_is_the_difference_of_two_fits(root):
    answers = ak.Study(root / "data" / "bfi").responses.of_dimension("N")
    found = ak.dif(answers, "gender", method="irt-lr", purify=False, reference="1")
    tied = ak.irt(answers, "grm", group="gender", errors="none")
    free = ak.irt(answers, "grm", group="gender", anchors=["N1", "N2", "N3", "N4"], errors="none")
    assert found["N5"][0].chisq == pytest.approx(2 * (free.loglik - tied.loglik), abs=1e-4)
    assert found["N5"][0].df == 6


def test_irt_tests_agree_and_purify(root):
    answers = ak.Study(root / "data" / "bfi").responses.of_dimension("N")
    ratio, wald = (ak.dif(answers, "gender", method=m) for m in ("irt-lr", "irt-wald"))
    assert ratio.flagged == wald.flagged == ("N5",)
    assert ratio.anchors == {"1": ("N1", "N2", "N3", "N4")}
    for a, b in zip(ratio.comparisons, wald.comparisons, strict=True):
        # two tests of one hypothesis: equal as n grows; the largest deviation seen is 4 percent
        assert a.chisq == pytest.approx(b.chisq, rel=0.06)
        assert a.points.estimate == pytest.approx(b.points.estimate, abs=1e-9)


def test_irt_wald_takes_weights_and_their_scale_does_not_matter():
    frame, group = simulated(n=500, p=5, planted=1.2)
    weights = np.random.default_rng(4).uniform(0.5, 2, 500)
    one, other = (ak.dif(frame, group, method="irt-wald", weights=c * weights, scale=(1, 5)) for c in (1, 300))
    assert one.flagged == ("x0",)
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-6, atol=1e-9)
    with pytest.raises(MethodError):
        ak.dif(frame, group, method="irt-lr", weights=weights)


def test_irt_joins_a_category_that_one_group_never_uses():
    frame, group = simulated(n=500, p=5)
    thin = frame.assign(x1=np.where((group == "b") & (frame["x1"] == 5), 4, frame["x1"]), x2=3)
    found = ak.dif(thin, group, method="irt-lr", scale=(1, 5), purify=False)
    said = {notice.code: notice.values for notice in found.notices}
    assert said["dif_categories_joined"]["items"] == ("x1",)
    assert found["x1"][0].df == 4 and found["x0"][0].df == 5
    assert found["x2"][0].chisq.code == "dif_item_constant"


def test_effects_of_strata_by_hand():
    """Answers by stratum and group: standardised to the focal group's strata; Mantel–Haenszel odds at every cut."""
    from statsmodels.stats.contingency_tables import StratifiedTable

    table = np.array([[[8.0, 5, 2], [3, 6, 4]], [[4, 7, 9], [1, 2, 6]], [[3, 3, 1], [0, 0, 0]]])
    codes = np.array([1.0, 2.0, 4.0])
    people = [[np.repeat(codes, group.astype(int)) for group in stratum] for stratum in table[:2]]
    n = np.array([[len(reference), len(focal)] for reference, focal in people])
    share = n[:, 1] / n[:, 1].sum()
    means = np.array([focal.mean() - reference.mean() for reference, focal in people])
    spread = np.array([np.var(np.concatenate(both), ddof=1) for both in people])
    error = np.sqrt((share**2 * spread * (1 / n).sum(axis=1)).sum())
    assert standardised_difference(table, codes) == pytest.approx((share @ means, error), rel=1e-12)
    cut = [np.stack([table[:2, :, :1].sum(axis=2), table[:2, :, 1:].sum(axis=2)], axis=2)]
    assert liu_agresti(cut[0]) == pytest.approx(StratifiedTable(list(cut[0])).logodds_pooled, rel=1e-12)
    cut.append(np.stack([table[:2, :, :2].sum(axis=2), table[:2, :, 2:].sum(axis=2)], axis=2))
    up, down = (sum((part[:, 0, i] * part[:, 1, 1 - i] / n.sum(axis=1)).sum() for part in cut) for i in (0, 1))
    assert liu_agresti(table[:2]) == pytest.approx(np.log(up / down), rel=1e-12)
