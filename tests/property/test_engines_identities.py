"""Identities of counting: where rows lie, how they are cut and in which order they come changes nothing."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak
from akhlak_research.counts.batch import Batch, count_batches, frame_batch
from akhlak_research.counts.kernels import pair_tables
from akhlak_research.counts.plan import Request, plan_of

duckdb = pytest.importorskip("duckdb")
dd = pytest.importorskip("dask.dataframe")

ITEMS = list("abcd")
answers = arrays(
    np.float64, st.tuples(st.integers(1, 40), st.just(4)), elements=st.sampled_from([1.0, 2, 3, 5, np.nan])
)
DIMENSIONS = {"first": ["a", "b", "c"], "second": ["d"]}


def frame_of(values: np.ndarray, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(values, columns=ITEMS)
    return frame.assign(
        g=rng.choice(["x", "y", None], len(frame)), k=rng.integers(0, 4, len(frame)), w=rng.random(len(frame)) + 0.1
    )


def counted(source, **options):
    """Counts, or the code of the error where there is nothing to count."""
    try:
        return ak.count_responses(source, columns=ITEMS, **options)
    except ak.AkhlakError as fault:
        return fault.code


def same(a, b, exact: bool = True) -> None:
    if isinstance(a, str) or isinstance(b, str):
        assert a == b
        return
    assert a.layout == b.layout
    for one, other in zip(a.arrays(), b.arrays(), strict=True):
        if exact:
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
        else:
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=0)


ways = st.sampled_from([{}, {"by": "g"}, {"frequencies": "k"}, {"weights": "w"}, {"by": "g", "frequencies": "k"}])


@settings(max_examples=40)
@given(answers, st.integers(0, 99), ways)
def test_frame_duckdb_dask_and_batches_are_one(values, seed, way):
    frame = frame_of(values, seed)
    options = {**way, "dimensions": DIMENSIONS}
    here = counted(frame, **options)
    connection = duckdb.connect()
    connection.register("answers", frame)
    same(here, counted(connection.table("answers"), **options), "weights" not in way)
    parts = dd.from_pandas(frame, npartitions=1 + seed % 4)
    same(here, counted(parts, **options), "weights" not in way)


@settings(max_examples=60)
@given(answers, st.lists(st.integers(0, 40), max_size=5), st.integers(0, 99), ways)
def test_any_cut_into_batches_gives_the_same(values, cuts, seed, way):
    frame = frame_of(values, seed)
    plan = plan_of(Request(columns=ITEMS, dimensions=DIMENSIONS, **way), list(frame.columns))
    edges = [0, *sorted(min(cut, len(frame)) for cut in cuts), len(frame)]
    pieces = [frame.iloc[a:b] for a, b in pairwise(edges) if b > a]
    whole, cut = (count_batches(plan, [frame_batch(plan, f) for f in given]).counts for given in ([frame], pieces))
    assert (whole is None) == (cut is None)
    if whole is not None:
        same(whole, cut, "weights" not in way)


@settings(max_examples=60)
@given(answers, st.integers(0, 99), ways)
def test_row_order_never_matters(values, seed, way):
    frame = frame_of(values, seed)
    order = np.random.default_rng(seed + 1).permutation(len(frame))
    options = {**way, "dimensions": DIMENSIONS}
    same(counted(frame, **options), counted(frame.iloc[order], **options), "weights" not in way)


@settings(max_examples=60)
@given(answers, st.integers(0, 40), st.integers(0, 99), ways)
def test_a_plus_b_is_both_together(values, cut, seed, way):
    frame = frame_of(values, seed)
    options = {**way, "dimensions": DIMENSIONS, "scale": (1, 5)}
    parts = [counted(frame.iloc[rows], **options) for rows in (slice(0, cut), slice(cut, None))]
    parts = [part for part in parts if part != "no_rows"]
    whole = counted(frame, **options)
    same(whole, sum(parts) if parts else "no_rows", "weights" not in way)


@settings(max_examples=60)
@given(answers, st.integers(0, 99), st.sampled_from([{}, {"by": "g"}]))
def test_frequency_k_is_k_rows(values, seed, way):
    frame = frame_of(values, seed)
    repeated = frame.loc[frame.index.repeat(frame["k"])].reset_index(drop=True)
    a, b = (
        counted(frame, frequencies="k", dimensions=DIMENSIONS, **way),
        counted(repeated, dimensions=DIMENSIONS, **way),
    )
    if isinstance(a, str) or isinstance(b, str):
        assert a == b == "no_rows"
        return
    assert a.groups == b.groups
    for one, other in zip(a.arrays(), b.arrays(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert a.n_rows == b.n_rows == len(repeated if not way else repeated.dropna(subset="g"))


@settings(max_examples=60)
@given(answers, st.integers(0, 99))
def test_groups_add_up_and_are_their_rows(values, seed):
    frame = frame_of(values, seed)
    whole = counted(frame, by="g", dimensions=DIMENSIONS, scale=(1, 5))
    if isinstance(whole, str):
        assert frame["g"].isna().all()
        return
    for group in whole.groups:
        alone = counted(frame[frame["g"] == group], dimensions=DIMENSIONS, scale=(1, 5))
        for one, other in zip(whole.of_group(group).arrays(), alone.arrays(), strict=True):
            np.testing.assert_array_equal(one, other)
    known = counted(frame.dropna(subset="g"), dimensions=DIMENSIONS, scale=(1, 5))
    for one, other in zip(whole.arrays(), known.arrays(), strict=True):
        np.testing.assert_array_equal(one.sum(axis=0), other[0])


@settings(max_examples=60)
@given(answers)
def test_turning_twice_is_nothing_and_turning_turns_the_tables(values):
    frame = pd.DataFrame(values, columns=ITEMS)
    straight = counted(frame, scale=(1, 5))
    turned = counted(frame, scale=(1, 5), keys={"b": -1})
    np.testing.assert_array_equal(turned.pair_tables()[0, 1], straight.pair_tables()[0, 1][:, ::-1])
    by_hand = counted(frame.assign(b=6 - frame["b"]), scale=(1, 5))
    np.testing.assert_array_equal(turned.pair_tables(), by_hand.pair_tables())


@settings(max_examples=40)
@given(st.integers(1, 9), st.integers(1, 6), st.integers(0, 3000), st.integers(1, 4), st.integers(0, 999))
def test_packed_tables_are_plain_histograms(p, base, n, strata, seed):
    """Against one ``bincount`` per pair; sizes cross the limits at which items are packed by two and by three."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, base, (p, n)).astype(np.uint8)
    stratum = rng.integers(0, strata, n)
    single, pairs = pair_tables(codes, base, stratum, strata, None)
    for at in range(p):
        plain = np.bincount(stratum * base + codes[at], minlength=strata * base)
        np.testing.assert_array_equal(single[:, at].ravel(), plain)
    for place, (i, j) in enumerate(zip(*np.triu_indices(p, 1), strict=True)):
        joint = (stratum * base + codes[i]) * base + codes[j]
        np.testing.assert_array_equal(pairs[:, place].ravel(), np.bincount(joint, minlength=strata * base * base))


def test_a_batch_of_views_and_a_batch_of_copies_are_one():
    """Rows side by side in memory, columns side by side, and every other row of a larger array."""
    values = np.random.default_rng(0).integers(1, 6, (20_000, 4)).astype(float)
    values[::7, 2] = np.nan
    plan = plan_of(Request(columns=ITEMS), ITEMS)
    layouts = (np.asfortranarray(values), np.ascontiguousarray(values), np.repeat(values, 2, axis=0)[::2])
    made = [
        count_batches(plan, [Batch([pd.Series(array[:, at]) for at in range(4)])]).result() for array in layouts
    ]  # fmt: skip
    assert made[0].equals(made[1]) and made[0].equals(made[2])
