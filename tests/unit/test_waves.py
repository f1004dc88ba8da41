"""Change between waves: the paired and the Welch test, the covariance of an overlap, breaks and links."""

import dataclasses
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.index.linking_kernels import percentile_rank

RECIPE = {"round": {"decimals": 1}}


@pytest.fixture(scope="module")
def waves(bfi_study):
    """Two waves of 300 people, 180 of them in both, the second with fresh noise; and the persons' totals."""
    answers = bfi_study.responses
    whole = answers.where(answers.codes.notna().all(axis=1).to_numpy())
    rng = np.random.default_rng(2)
    rows = rng.permutation(len(whole.codes))[:420]
    first, second = rows[:300], rows[120:]
    a, b = (whole.where(np.isin(np.arange(len(whole.codes)), part)) for part in (first, second))
    noise = rng.integers(-1, 2, b.codes.shape)
    b = replace(b, codes=(b.codes + noise).clip(1, 6))
    key = (pd.Series(np.sort(first).astype(str)), pd.Series(np.sort(second).astype(str)))
    return a, b, key


def totals(responses) -> np.ndarray:
    """Persons' totals: the mean over dimensions of the mean percent of maximum."""
    from akhlak_research.index.scores import score_persons

    return score_persons(responses, ak.read_recipe(RECIPE)).y.mean(axis=1)


def test_everybody_in_both_waves_is_the_paired_t_test(waves):
    a, _, _ = waves
    noise = np.random.default_rng(3).integers(-1, 2, a.codes.shape)
    b = replace(a, codes=(a.codes + noise).clip(1, 6))
    who = pd.Series([f"p{at}" for at in range(len(a.codes))])
    change = ak.compare_waves(a, b, RECIPE, key=(who, who)).of().change
    paired = stats.ttest_rel(totals(b), totals(a))
    assert change.estimate / change.se == pytest.approx(paired.statistic)
    interval = paired.confidence_interval()
    assert (change.interval.low, change.interval.high) == pytest.approx((interval.low, interval.high))
    same = ak.compare_waves(a, a, RECIPE, key=(who, who)).of()
    assert (same.change.estimate, same.change.se, same.direction) == (0.0, 0.0, "undecided")


def test_without_a_key_it_is_the_welch_test(waves):
    a, b, _ = waves
    found = ak.compare_waves(a, b, RECIPE)
    welch = stats.ttest_ind(totals(b), totals(a), equal_var=False)
    change = found.of().change
    assert change.estimate / change.se == pytest.approx(welch.statistic)
    interval = welch.confidence_interval()
    assert (change.interval.low, change.interval.high) == pytest.approx((interval.low, interval.high))
    assert "waves_independent" in [notice.code for notice in found.notices] and found.comparable
    indexes = [ak.build_index(wave, RECIPE) for wave in (a, b)]
    pd.testing.assert_frame_equal(ak.compare_waves(*indexes).table(), found.table())


def test_a_partial_overlap_brings_the_covariance_of_those_in_both(waves):
    a, b, key = waves
    found = ak.compare_waves(a, b, RECIPE, key=key, unit="gender")
    x, y = (pd.Series(totals(wave), index=who.to_numpy()) for wave, who in zip((a, b), key, strict=True))
    both = x.index.intersection(y.index)
    products = (x - x.mean())[both] * (y - y.mean())[both]
    expected = products.sum() / 300**2 * 300 / 299
    assert found.of().covariance == pytest.approx(expected) and found.n_both == 180 == found.of().change.n
    alone = ak.compare_waves(a, b, RECIPE)
    assert found.of().change.se < alone.of().change.se
    for unit in found.before.units:
        sexes = [wave.groups["gender"].astype(str).to_numpy() == unit for wave in (a, b)]
        u, v = x[sexes[0]], y[sexes[1]]
        both = u.index.intersection(v.index)
        n, m = len(u), len(v)
        expected = ((u - u.mean())[both] * (v - v.mean())[both]).sum() / np.sqrt(n * (n - 1) * m * (m - 1))
        assert found.of(unit).covariance == pytest.approx(expected)
    json.dumps(found.record())


def test_a_census_twice_has_no_error(waves):
    a, _, _ = waves
    frame = a.groups["gender"].astype(str).value_counts().rename_axis("gender").rename("population").reset_index()
    who = pd.Series([f"p{at}" for at in range(len(a.codes))])
    found = ak.compare_waves(a, a, RECIPE, key=(who, who), unit="gender", frames=(frame, frame))
    assert found.of().covariance == 0 and found.of().change.se == 0


def test_the_new_instrument_of_2024_breaks_the_series(waves):
    a, b, _ = waves
    found = ak.compare_waves(a, b, RECIPE, years=(2023, 2024), series="berakhlak")
    assert not found.comparable and found.breaks[0].conclusion_status == "A"
    assert "series_broken" in [notice.code for notice in found.notices]
    assert found.headline().startswith("not comparable")
    for years in ((2022, 2023), (2024, 2025)):
        assert ak.compare_waves(a, b, RECIPE, years=years, series="berakhlak").comparable
    assert ak.compare_waves(a, b, RECIPE, years=(2024, 2023), series="berakhlak").breaks


def test_other_items_are_a_break_and_a_link_mends_the_total(waves):
    a, b, _ = waves
    kept = b.instrument.subset(items=b.instrument.item_codes[:-1])
    other = replace(b, instrument=kept, codes=b.codes[list(kept.item_codes)],
                    missing_kinds=b.missing_kinds[list(kept.item_codes)])  # fmt: skip
    found = ak.compare_waves(a, other, RECIPE)
    assert not found.comparable and [one.value for one in found.changes] == ["total"]
    new, old = pd.Series(totals(b)), pd.Series(totals(a))
    link = ak.link_scores(new, old, design="equivalent-groups", rng=1)
    linked = ak.compare_waves(a, b, RECIPE, link=link)
    assert linked.comparable and linked.of().after.estimate == pytest.approx(old.mean())
    assert linked.of().after.se > ak.build_index(b, RECIPE).total.se * link.slope


def test_mean_sigma_is_a_line_and_takes_anchors():
    old = pd.Series([-1.2, 0.1, 0.8, 1.5], index=["a", "b", "c", "d"])
    link = ak.link_scores((old - 0.4) / 1.3, old, design="anchor-items", rng=1)
    assert (link.slope, link.intercept, link.correlation) == pytest.approx((1.3, 0.4, 1.0))
    assert link.apply(pd.Series([0.0, 1.0])).tolist() == pytest.approx([0.4, 1.7])
    weights = pd.Series(2.0, index=old.index)
    again = ak.link_scores((old - 0.4) / 1.3, old, design="anchor-items", weights=(weights, weights), rng=1)
    assert again.slope == pytest.approx(link.slope)


def test_equipercentile_keeps_ranks_and_recovers_a_curve():
    rng = np.random.default_rng(5)
    new = pd.Series(np.round(rng.beta(2, 2, 4000) * 100))
    same = ak.link_scores(new, new, design="same-people", method="equipercentile", rng=1, n_boot=100)
    middle = same.points.query("score > 2 and score < 98")
    assert middle["linked"].to_numpy() == pytest.approx(middle["score"].to_numpy(), abs=1e-6)
    curve = 100 * (new / 100) ** 1.6
    bent = ak.link_scores(new, curve, design="same-people", method="equipercentile", rng=1, n_boot=100)
    inner = bent.points.query("score > 20 and score < 80")
    expected = 100 * (inner["score"] / 100) ** 1.6
    assert np.abs(inner["linked"] - expected).max() < 1.0  # half a step of the coarse scale
    assert bent.at(float(new.max()) + 5) == pytest.approx(bent.points["linked"].iloc[-1] + 5)


def test_percentile_ranks_by_hand():
    scores = np.array([1.0, 2, 2, 4])
    found = percentile_rank(np.array([0.5, 1, 1.5, 2, 4, 4.5]), scores, np.ones(4), 1.0)
    assert found == pytest.approx([0, 0.125, 0.25, 0.5, 0.875, 1])


def test_the_median_unit():
    x = pd.Series({"a": 80.0, "b": 71.0, "c": 70.0, "d": 60.0, "e": 40.0})
    found = ak.norms(x, pd.Series(1.0, index=x.index), rng=1)
    assert found.median.estimate == 70 and [one.position for one in found.units] == [
        "above_median", "undecided", "undecided", "below_median", "below_median",
    ]  # fmt: skip
    assert found.of("c").difference.interval.low < 0 < found.of("c").difference.interval.high
    exact = ak.norms(x, pd.Series(0.0, index=x.index), rng=1)
    assert exact.median.se == 0 and exact.of("b").position == "above_median"
    pd.testing.assert_frame_equal(found.table(), ak.norms(x.iloc[::-1], pd.Series(1.0, index=x.index), rng=1).table())
    json.dumps(found.record())


def bad(waves):
    a, b, (first, second) = waves
    index, other = ak.build_index(a, RECIPE), ak.build_index(a, {"round": {"decimals": 2}})
    s = pd.Series([1.0, 2, 3])
    return {
        "waves_mixed": lambda: ak.compare_waves(a, index),
        "recipe_differs": lambda: ak.compare_waves(index, other),
        "key_needs_responses": lambda: ak.compare_waves(index, index, key="who"),
        "series_needs_years": lambda: ak.compare_waves(a, b, series="berakhlak"),
        "unknown_choice": lambda: ak.compare_waves(a, b, RECIPE, series="ikm", years=(2023, 2024)),
        "key_twice": lambda: ak.compare_waves(a, b, RECIPE, key=(first.replace(first[0], first[1]), second)),
        "link_type": lambda: ak.link_scores([1.0], s, design="same-people"),
        "link_unmatched": lambda: ak.link_scores(s, s.set_axis([7, 8, 9]), design="same-people"),
        "not_a_score": lambda: ak.link_scores(s, s.replace(2.0, np.inf), design="same-people"),
        "link_no_spread": lambda: ak.link_scores(s * 0, s, design="equivalent-groups"),
        "link_weights": lambda: ak.link_scores(s, s, design="same-people", weights=(s * 0, None)),
        "link_anchor_method": lambda: ak.link_scores(s, s, design="anchor-items", method="equipercentile"),
        "too_few_estimates": lambda: ak.norms(s.head(2), s.head(2)),
    }


@pytest.mark.parametrize("code", [
    "waves_mixed", "recipe_differs", "key_needs_responses", "series_needs_years", "unknown_choice", "key_twice",
    "not_a_score", "link_type", "link_unmatched", "link_no_spread", "link_weights", "link_anchor_method",
    "too_few_estimates",
])  # fmt: skip
def test_refusals(waves, code):
    with pytest.raises(AkhlakError) as caught:
        bad(waves)[code]()
    assert caught.value.code == code and caught.value.hint


def test_values_of_two_indexes_must_be_the_same(waves):
    a, _, _ = waves
    index = ak.build_index(a, RECIPE)
    fewer = dataclasses.replace(index, scores=tuple(s for s in index.scores if s.value != "A"))
    with pytest.raises(AkhlakError, match="values_differ"):
        ak.compare_waves(index, fewer)


@pytest.fixture(scope="module")
def panel(waves):
    """300 people in rooms on floors, asked twice; the second time in another order, and 40 are gone."""
    a, _, _ = waves
    rng = np.random.default_rng(12)
    who = pd.Series([f"p{at}" for at in range(300)])
    stay = rng.permutation(300)[:260]
    moved = (a.codes + rng.integers(-1, 2, a.codes.shape)).clip(1, 6).iloc[stay]
    b = replace(a, codes=moved, missing_kinds=a.missing_kinds.iloc[stay], groups=a.groups.iloc[stay])
    rooms = a.groups.assign(room=np.arange(300) // 5, floor=np.arange(300) // 50, w=rng.uniform(1, 4, 300))
    design = ak.SurveyDesign(rooms, strata="floor", cluster="room", weights="w", fpc=pd.Series(25, rooms.index))
    return a, b, (who, who.iloc[stay]), design, stay


def test_a_panel_under_a_design_has_the_error_of_its_paired_differences(panel):
    a, _, key, design, _ = panel
    same = replace(a, codes=(a.codes + 1).clip(1, 6))
    everybody = ak.compare_waves(a, same, RECIPE, key=(key[0], key[0]), design=design, unit="gender")
    difference = ak.SurveyDesign(design.data.assign(d=totals(same) - totals(a)), strata="floor", cluster="room",
                                 weights="w", fpc=pd.Series(25, range(300)))  # fmt: skip
    want = ak.estimate_mean(difference, "d").estimate
    found = everybody.of().change
    assert (found.estimate, found.se) == pytest.approx((want.estimate, want.se), rel=1e-10)
    assert found.interval.low == pytest.approx(want.interval.low, rel=1e-10)
    by = ak.estimate_mean(difference, "d", by="gender").table()
    for unit, row in zip(everybody.before.units, by.itertuples(), strict=True):
        assert everybody.of(unit).change.se == pytest.approx(row.std_error, rel=1e-10)
    alone = ak.compare_waves(*(ak.build_index(wave, RECIPE, design=design) for wave in (a, same)))
    assert found.se < alone.of().change.se
    raked = ak.rake(ak.as_replicates(design, replicates=150, rng=1), {"gender": {"1": 0.5, "2": 0.5}})
    again = ak.rake(ak.as_replicates(difference, replicates=150, rng=1), {"gender": {"1": 0.5, "2": 0.5}})
    want = ak.estimate_mean(again, "d").estimate
    found = ak.compare_waves(a, same, RECIPE, key=(key[0], key[0]), design=raked).of().change
    assert (found.estimate, found.se) == pytest.approx((want.estimate, want.se), rel=1e-10)


def test_who_leaves_a_panel_stays_in_its_design(panel):
    a, b, key, design, stay = panel
    found = ak.compare_waves(a, b, RECIPE, key=key, design=design)
    assert found.n_both == 260 == found.of().change.n
    later = np.full(300, np.nan)
    later[stay] = totals(b)
    w, first = design.weights, totals(a)
    there = ~np.isnan(later)
    means = w @ first / w.sum(), w[there] @ later[there] / w[there].sum()
    z = np.where(there, w * (later - means[1]) / w[there].sum(), 0.0) - w * (first - means[0]) / w.sum()
    linear = ak.SurveyDesign(design.data.assign(z=z), strata="floor", cluster="room", fpc=pd.Series(25, range(300)),
                             weights=np.ones(300))  # fmt: skip
    assert found.of().change.estimate == pytest.approx(means[1] - means[0])
    assert found.of().change.se == pytest.approx(ak.estimate_total(linear, "z").estimate.se, rel=1e-10)
    plain = ak.SurveyDesign(design.data)  # nothing but people drawn at random: the same as without a design
    without = ak.compare_waves(a, b, RECIPE, key=key).of()
    assert ak.compare_waves(a, b, RECIPE, key=key, design=plain).of().change.estimate == without.change.estimate
    assert ak.compare_waves(a, b, RECIPE, key=key, design=plain).of().change.se == pytest.approx(
        without.change.se, rel=2e-3
    )


def test_refusals_of_panels(panel):
    a, b, key, design, _ = panel
    gone = key[1].copy()
    gone.iloc[0] = "stranger"
    nobody = key[1].copy()
    nobody.iloc[0] = None
    index = ak.build_index(a, RECIPE)
    for code, call in {
        "panel_needs_key": lambda: ak.compare_waves(a, b, RECIPE, design=design),
        "panel_not_in_design": lambda: ak.compare_waves(a, b, RECIPE, key=(key[0], gone), design=design),
        "panel_key_missing": lambda: ak.compare_waves(a, b, RECIPE, key=(key[0], nobody), design=design),
        "key_twice": lambda: ak.compare_waves(a, b, RECIPE, key=(key[0].replace("p1", "p2"), key[1]), design=design),
        "key_needs_responses": lambda: ak.compare_waves(index, index, key="who", design=design),
        "design_rows": lambda: ak.compare_waves(b, a, RECIPE, key=(key[1], key[0]), design=design),
        "design_with": lambda: ak.compare_waves(a, b, RECIPE, key=key, design=design, frames=(pd.DataFrame(), None)),
    }.items():
        with pytest.raises(AkhlakError) as caught:
            call()
        assert caught.value.code == code and caught.value.hint
