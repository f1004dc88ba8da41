"""Identities of the criteria for the number of factors, and of polychoric factor analysis, on any answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak

SETTINGS = settings(deadline=None, max_examples=8)
seeds = st.integers(0, 2**31)
kinds = st.sampled_from(["pearson", "polychoric"])


def answers(seed: int, n: int = 150) -> pd.DataFrame:
    """Two factors of six items on a scale of four, with gaps; one set of answers per seed."""
    rng = np.random.default_rng(seed)
    loadings = np.kron(np.eye(2), rng.uniform(1.0, 1.6, (1, 3)))
    values = np.clip(np.round(2.5 + rng.normal(size=(n, 2)) @ loadings + rng.normal(size=(n, 6))), 1, 4)
    values[rng.random(values.shape) < 0.02] = np.nan
    return pd.DataFrame(values, columns=list("abcdef"))


def retain(items, correlation: str, **options):
    return ak.retain_factors(items, correlation=correlation, n_iter=10, rng=1, **options)


def same(a, b, criteria: set[str] | None = None) -> None:
    """The same numbers of factors, and the same curves to what optimisers leave."""
    numbers = [
        {name: str(value) for name, value in zip(one.criteria["criterion"], one.criteria["n_factors"], strict=True)}
        for one in (a, b)
    ]
    keep = criteria or set(numbers[0])
    assert {k: v for k, v in numbers[0].items() if k in keep} == {k: v for k, v in numbers[1].items() if k in keep}
    for name in keep:
        if name in set(a.curves["criterion"]):
            left, right = a.curve(name), b.curve(name)
            np.testing.assert_allclose(left["value"], right["value"], rtol=1e-5, atol=1e-6, err_msg=name)


@SETTINGS
@given(seeds, kinds, st.sampled_from(["listwise", "pairwise"]))
def test_order_of_rows_counts_and_listwise(seed, correlation, missing):
    frame = answers(seed)
    found = retain(frame, correlation, missing=missing)
    same(found, retain(frame.sample(frac=1, random_state=seed % 2**32), correlation, missing=missing))
    same(found, retain(ak.count_responses(frame), correlation, missing=missing))
    if missing == "listwise":
        same(found, retain(frame.dropna(), correlation))


@SETTINGS
@given(seeds, kinds)
def test_frequency_k_is_k_rows(seed, correlation):
    frame = answers(seed)
    k = np.random.default_rng(seed).integers(0, 4, len(frame))
    repeated = frame.loc[frame.index.repeat(k)].reset_index(drop=True)
    same(retain(frame, correlation, frequencies=k), retain(repeated, correlation))


@SETTINGS
@given(seeds, kinds, st.floats(0.01, 100))
def test_the_scale_of_weights_does_not_matter(seed, correlation, scale):
    frame = answers(seed)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(frame))
    same(retain(frame, correlation, weights=weights), retain(frame, correlation, weights=scale * weights))
    # the criteria that need no n give what repeated rows give
    whole = np.random.default_rng(seed).integers(1, 3, len(frame))
    same(
        retain(frame, correlation, weights=whole), retain(frame, correlation, frequencies=whole),
        {"kaiser", "map-1976", "map-2000"},
    )  # fmt: skip


@SETTINGS
@given(seeds, kinds)
def test_a_group_is_its_subset(seed, correlation):
    frame = answers(seed, 240)
    labels = pd.Series(np.random.default_rng(seed).integers(0, 2, len(frame)), name="half")
    grouped = retain(frame, correlation, by=labels)
    for group in grouped:
        same(grouped[group], retain(frame[labels == group], correlation))


@SETTINGS
@given(seeds)
def test_items_may_stand_in_any_order(seed):
    frame = answers(seed)
    order = list(np.random.default_rng(seed).permutation(frame.columns))
    names = {"kaiser", "ekc-2017", "map-1976", "map-2000", "chi-square", "rmsea-lower"}  # noise is drawn item by item
    same(retain(frame, "pearson"), retain(frame[order], "pearson"), names)
    a, b = (ak.efa(f, 2, correlation="polychoric") for f in (frame, frame[order]))
    np.testing.assert_allclose(a.loadings.loc[order].abs(), b.loadings.abs(), atol=1e-5)
    assert float(a.fit["chisq_scaled"]) == pytest.approx(float(b.fit["chisq_scaled"]), rel=1e-5, nan_ok=True)
