"""Identities of an index on any small survey, and of sizes on any population."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak
from akhlak_research.instrument.model import Dimension, Instrument, Item, ResponseScale
from akhlak_research.responses.model import Responses

ITEMS = ("A1", "A2", "B1", "B2")
INSTRUMENT = Instrument(
    name="t", title={"en": "t"}, version="1", scale=ResponseScale(1, 5),
    dimensions=(Dimension("A", {"en": "A"}), Dimension("B", {"en": "B"})),
    items=tuple(Item(name, name[0], {"en": name}) for name in ITEMS),
)  # fmt: skip
codes = arrays(np.float64, st.tuples(st.integers(8, 25), st.just(4)), elements=st.sampled_from([1.0, 2, 3, 4, 5]))
gaps = arrays(
    np.float64, st.tuples(st.integers(8, 25), st.just(4)), elements=st.sampled_from([1.0, 2, 3, 4, 5, np.nan])
)
quick = settings(deadline=None, max_examples=40)


def answers(values, weights=None) -> Responses:
    frame = pd.DataFrame(values, columns=ITEMS)
    unit = np.where(np.arange(len(frame)) % 3 == 0, "x", "y")
    return Responses(
        codes=frame, missing_kinds=frame.isna().map(lambda gap: "blank" if gap else ""),
        groups=pd.DataFrame({"unit": unit}, index=frame.index),
        weights=None if weights is None else pd.Series(weights, index=frame.index), instrument=INSTRUMENT,
    )  # fmt: skip


def same(a, b, tolerance=1e-9):
    a, b = (index if isinstance(index, pd.DataFrame) else index.table() for index in (a, b))
    pd.testing.assert_frame_equal(a, b, atol=tolerance, rtol=tolerance)


@quick
@given(codes, st.integers(0, 2**31), st.floats(0.01, 1000))
def test_the_scale_of_weights_never_matters(values, seed, factor):
    w = np.random.default_rng(seed).uniform(0.2, 5, len(values))
    same(
        ak.build_index(answers(values, w), "plain-mean", unit="unit"),
        ak.build_index(answers(values, w * factor), "plain-mean", unit="unit"),
    )


@quick
@given(codes)
def test_weights_of_one_are_no_weights(values):
    same(
        ak.build_index(answers(values), "plain-mean", unit="unit"),
        ak.build_index(answers(values, np.ones(len(values))), "plain-mean", unit="unit"),
    )


@quick
@given(codes, st.integers(0, 2**31))
def test_whole_weights_give_the_means_of_repeated_rows(values, seed):
    times = np.random.default_rng(seed).integers(1, 4, len(values))
    weighted = ak.build_index(answers(values, times.astype(float)), {}).table()["estimate"]
    repeated = ak.build_index(answers(np.repeat(values, times, axis=0)), {}).table()["estimate"]
    np.testing.assert_allclose(weighted, repeated, rtol=1e-12)


@quick
@given(gaps, st.integers(0, 2**31), st.sampled_from(["same", "available"]))
def test_row_order_never_matters(values, seed, persons):
    order = np.random.default_rng(seed).permutation(len(values))
    recipe = {"score": {"persons": persons}, "band": {"bands": "berakhlak-2022"}, "round": {"decimals": 1}}
    here = answers(values)
    shuffled = Responses(
        codes=here.codes.iloc[order], missing_kinds=here.missing_kinds.iloc[order], groups=here.groups.iloc[order],
        weights=None, instrument=INSTRUMENT,
    )  # fmt: skip
    try:
        first = ak.build_index(here, recipe, unit="unit")
    except ak.AkhlakError as error:
        with pytest.raises(ak.AkhlakError) as other:
            ak.build_index(shuffled, recipe, unit="unit")
        assert other.value.code == error.code
        return
    same(first, ak.build_index(shuffled, recipe, unit="unit"))


@quick
@given(gaps)
def test_a_unit_is_its_subset_and_the_total_the_mean_of_its_values(values):
    here = answers(values)
    for persons in ("same", "available"):
        recipe = {"score": {"persons": persons}}
        try:
            index = ak.build_index(here, recipe, unit="unit")
        except ak.AkhlakError:
            continue
        for unit in index.units:
            alone = ak.build_index(here.where(here.groups["unit"] == unit), recipe).table()
            frame = index.table()
            same(frame[frame["unit"] == unit].drop(columns="unit").reset_index(drop=True), alone.drop(columns="unit"))
        for unit in (None, *index.units):
            scores = index.of(unit)
            mean = (scores["A"].estimate + scores["B"].estimate) / 2
            assert math.isnan(mean) or scores["total"].estimate == pytest.approx(mean, rel=1e-12)


@quick
@given(codes)
def test_a_fake_choice_changes_nothing(values):
    """Percent of maximum twice, or weights that say what the plain mean does, are no choice at all."""
    here = answers(values)
    plain = ak.build_index(here, {}, unit="unit")
    for fake in (
        {"score": {"method": "mean"}},
        {"normalise": {"method": "none"}},
        {"score": {"minimum_answered": 1.0}},
        {"aggregate": {"method": "weighted"}, "weight": {"values": {"A": 0.5, "B": 0.5}}},
    ):
        same(plain, ak.build_index(here, fake, unit="unit"), 1e-10)


@quick
@given(codes)
def test_turning_every_answer_turns_the_index(values):
    up, down = (ak.build_index(answers(v), {}).total for v in (values, 6 - values))
    assert up.estimate + down.estimate == pytest.approx(100)
    assert float(up.se) == pytest.approx(float(down.se), nan_ok=True, abs=1e-9)


@quick
@given(st.integers(1, 200_000), st.floats(0.01, 0.3), st.sampled_from(["cochran", "slovin", "krejcie-morgan"]))
def test_sizes_stay_within_the_population_and_grow_with_it(people, margin, method):
    size = ak.sample_size(people, margin, method=method)
    assert 1 <= size.n <= people and size.n <= size.invitations <= people
    assert ak.sample_size(people + 1000, margin, method=method).exact >= size.exact - 1e-9
    assert ak.sample_size(people, margin * 1.1, method=method).exact <= size.exact + 1e-9


@quick
@given(st.integers(2, 50_000), st.floats(1, 10), st.floats(5, 40))
def test_the_margin_of_the_size_for_a_mean_is_kept(people, margin, sd):
    size = ak.sample_size(people, margin, sd=sd)
    found = ak.expected_margin(people, size.n, sd=sd, distribution="normal").margin
    assert found <= margin * (1 + 1e-9)


@quick
@given(st.integers(2, 500), st.integers(1, 500), st.floats(1, 30))
def test_more_answers_never_widen_the_margin(people, n, sd):
    n = min(n, people - 1)
    fewer, more = (ak.expected_margin(people, k, sd=sd, distribution="normal").margin for k in (n, n + 1))
    assert more <= fewer
    assert ak.expected_margin(people, people, sd=sd).margin == 0


@quick
@given(st.floats(0, 100), st.integers(0, 3))
def test_a_rounded_score_is_classified_as_itself(score, decimals):
    found = ak.classify(score, rounding=decimals)
    again = ak.classify(found.rounded)
    assert found.band == again.band or found.band.code == again.band.code
