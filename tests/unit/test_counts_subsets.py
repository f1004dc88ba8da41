"""Counts of some of the items, and counts that were blanked before they were passed on."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError, ArgumentError, DataError, MethodError
from akhlak_research.counts.moments import as_moments

DIMENSIONS = {name: [f"{name}{i}" for i in range(1, 6)] for name in "ACENO"}


def refusal(kind, call) -> AkhlakError:
    with pytest.raises(kind) as caught:
        call()
    for lang in ("id", "en"):
        assert caught.value.message(lang) and caught.value.advice(lang)
    return caught.value


@pytest.mark.parametrize("options", [{}, {"weights": True}, {"frequencies": True}, {"by": True}])
@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_a_dimension_of_counts_is_the_dimension_counted_alone(bfi, options, missing):
    rng = np.random.default_rng(3)
    given = {
        "weights": {"weights": rng.random(len(bfi)) + 0.5},
        "frequencies": {"frequencies": rng.integers(0, 3, len(bfi))},
        "by": {"by": pd.Series(rng.choice(["x", "y"], len(bfi)), name="office")},
    }
    chosen = {k: v for name in options for k, v in given[name].items()}
    counts = ak.count_responses(bfi, scale=(1, 6), dimensions=DIMENSIONS, **chosen)
    for name, items in DIMENSIONS.items():
        part, alone = counts.select(dimension=name), ak.count_responses(bfi[items], scale=(1, 6), **chosen)
        np.testing.assert_array_equal(part.complete_rows, alone.complete_rows)
        np.testing.assert_array_equal(part.answered_rows, alone.answered_rows)
        np.testing.assert_allclose(part.pair_tables(missing), alone.pair_tables(missing), rtol=1e-12)
        np.testing.assert_array_equal(part.pair_n(missing), alone.pair_n(missing))
        assert as_moments(part, missing=missing).n == as_moments(alone, missing=missing).n


def test_alpha_per_dimension_from_counts_equals_alpha_from_rows(bfi_study):
    answers = bfi_study.responses
    rows, counts = (ak.per_dimension(ak.cronbach_alpha, given) for given in (answers, ak.count_responses(answers)))
    assert list(rows) == list(counts) == list("ACENO")
    for name in rows:
        assert counts[name].estimate == pytest.approx(rows[name].estimate, abs=1e-12)
        assert counts[name].n == rows[name].n


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_omega_of_each_dimension_from_counts_equals_omega_from_rows(bfi_study, missing):
    answers = bfi_study.responses
    rows = ak.mcdonald_omega(answers, missing=missing)
    counts = ak.mcdonald_omega(ak.count_responses(answers), missing=missing)
    for one, other in zip(rows.scales, counts.scales, strict=True):
        assert (one.dimension, one.n) == (other.dimension, other.n)
        assert one.estimate == pytest.approx(other.estimate, abs=1e-9)


def test_items_in_another_order(bfi):
    counts, names = ak.count_responses(bfi, scale=(1, 6)), list(bfi.columns[::-1])
    turned, straight = counts.select(names), ak.count_responses(bfi[names], scale=(1, 6))
    assert turned.equals(straight)


def test_one_and_two_items_and_items_that_everybody_answered(bfi):
    frame = bfi.assign(C1=bfi["C1"].fillna(3), C2=bfi["C2"].fillna(3), C3=bfi["C3"].fillna(3))
    counts = ak.count_responses(frame, scale=(1, 6), by=pd.Series(np.arange(len(frame)) % 2, name="half"))
    for names in (["A1"], ["A5", "E2"], ["C3", "C1", "C2"]):
        alone = ak.count_responses(frame[names], scale=(1, 6), by=pd.Series(np.arange(len(frame)) % 2, name="half"))
        assert counts.select(names).equals(alone), names


def test_other_items_are_refused_with_the_reason(bfi):
    counts = ak.count_responses(bfi, dimensions=DIMENSIONS)
    assert refusal(MethodError, lambda: counts.select(["A1", "A2", "E1"])).code == "subset_not_counted"
    assert refusal(ArgumentError, lambda: counts.select(["zz"])).code == "unknown_choice"
    assert refusal(ArgumentError, lambda: counts.select(dimension="zz")).code == "unknown_choice"
    assert refusal(ArgumentError, lambda: counts.select([])).code == "no_selection"
    assert refusal(ArgumentError, lambda: ak.count_responses(bfi, dimensions={"X": ["zz"]})).code == "unknown_choice"
    other = ak.count_responses(bfi)
    assert refusal(DataError, lambda: counts + other).values["what"] == "dimensions"


def test_dimensions_add_up_and_come_back_from_a_file(bfi, tmp_path):
    whole = ak.count_responses(bfi, scale=(1, 6), dimensions=DIMENSIONS)
    parts = [ak.count_responses(bfi.iloc[at::7], scale=(1, 6), dimensions=DIMENSIONS) for at in range(7)]
    assert sum(parts).equals(whole)
    assert ak.read_counts(whole.write(tmp_path / "c.json")).equals(whole)


def test_suppression_blanks_whole_tables_with_their_margins(bfi, tmp_path):
    counts = ak.count_responses(bfi.iloc[:400], scale=(1, 6), dimensions=DIMENSIONS)
    blanked = counts.suppress(below=5)
    what = blanked.suppressed
    small = ((counts.available.pairs > 0) & (counts.available.pairs < 5)).any(axis=(2, 3))
    assert small.any() and what.pairs[small].all()
    first, second = np.triu_indices(25, 1)
    for pair in np.flatnonzero(~what.pairs[0]):
        np.testing.assert_array_equal(blanked.available.pairs[0, pair], counts.available.pairs[0, pair])
    people = counts.available.cases[0, first, second]
    assert what.share == pytest.approx(people[what.pairs[0]].sum() / people.sum())
    assert not blanked.available.pairs[what.pairs].any() and not blanked.complete.pairs.any()
    assert blanked.dimensions == ()
    again = ak.read_counts(blanked.write(tmp_path / "blanked.json"))
    assert again.equals(blanked) and again.suppressed.missing == what.missing
    table = ak.count_responses(bfi, scale=(1, 6)).suppress(below=60).table()
    assert table["count"].isna().any() and table["count"].min() >= 60
    json.dumps(blanked.record(), allow_nan=False)


def test_nothing_is_computed_from_blanked_counts_nor_from_their_sum(bfi):
    a, b = (ak.count_responses(bfi.iloc[half], scale=(1, 6)) for half in (slice(0, 400), slice(400, None)))
    blanked = a.suppress(below=5)
    total = sum([b, blanked, b])
    assert total.suppressed.missing == blanked.suppressed.missing
    joint = sum(c.available.cases[0][np.triu_indices(25, 1)].sum() for c in (a, b, b))
    assert total.suppressed.share == pytest.approx(blanked.suppressed.missing / joint)
    statistics = (
        ak.cronbach_alpha, as_moments, lambda c: c.pair_tables("pairwise"), lambda c: c.single_tables(),
        lambda c: c.select(["A1", "A2"]), lambda c: c.pair_n(), ak.kmo,
    )  # fmt: skip
    for counts in (blanked, total, total.suppress(below=9)):
        for statistic in statistics:
            fault = refusal(MethodError, lambda c=counts, f=statistic: f(c))
            assert fault.code == "counts_suppressed" and fault.got == counts.suppressed.share


def test_suppression_by_group_blanks_the_group_alone(bfi):
    by = pd.Series(np.where(np.arange(len(bfi)) < 60, "small", "large"), name="office")
    counts = ak.count_responses(bfi, by=by, scale=(1, 6))
    other = ak.count_responses(bfi, by=by.replace("large", "third"), scale=(1, 6))
    blanked = counts.suppress(below=3)
    assert blanked.suppressed.pairs[1].mean() > blanked.suppressed.pairs[0].mean()
    assert blanked.of_group("small").suppressed.items.shape == (1, 25)
    total = blanked + other
    assert total.groups == ("large", "small", "third") and not total.suppressed.pairs[2].any()


def test_what_cannot_be_suppressed(bfi):
    counts = ak.count_responses(bfi)
    assert refusal(ArgumentError, lambda: counts.suppress(below=1)).code == "suppression_threshold"
    weighted = ak.count_responses(bfi, weights=np.ones(len(bfi)))
    assert refusal(MethodError, lambda: weighted.suppress(below=5)).code == "suppression_weighted"
