"""Identities of the factor-analytic statistics on any answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.measure.rotation import ROTATIONS, rotate

SETTINGS = settings(deadline=None, max_examples=25)
seeds = st.integers(0, 2**31)
STATISTICS = ("kmo", "bartlett", "efa")


def answers(seed: int, n: int = 120) -> pd.DataFrame:
    """Two clear factors of eight items on a scale of five, with gaps; one set of answers per seed."""
    rng = np.random.default_rng(seed)
    loadings = np.zeros((2, 8))
    loadings[0, :4], loadings[1, 4:] = rng.uniform(0.9, 1.6, 4), rng.uniform(0.9, 1.6, 4)
    values = np.clip(np.round(3 + rng.normal(size=(n, 2)) @ loadings + rng.normal(size=(n, 8))), 1, 5)
    values[rng.random(values.shape) < 0.02] = np.nan
    return pd.DataFrame(values, columns=[f"i{j}" for j in range(8)])


def compute(items, **options) -> dict[str, np.ndarray]:
    """Every number of the three statistics that does not depend on the order of rows."""
    adequacy = ak.kmo(items, **options)
    solution = ak.efa(items, 2, **options)
    out = {
        "kmo": np.r_[float(adequacy.overall), adequacy.per_item],
        "loadings": solution.loadings.to_numpy(),
        "phi": solution.factor_correlations.to_numpy(),
        "uniquenesses": solution.uniquenesses.to_numpy(),
        "fit": np.array([float(value) for value in solution.fit]),
    }
    if options.get("missing") != "pairwise":
        test = ak.bartlett_sphericity(items, **options)
        out["bartlett"] = np.array([test.statistic, test.df, float(test.pvalue), test.n])
    return out


def same(a: dict[str, np.ndarray], b: dict[str, np.ndarray], without: tuple[str, ...] = ()) -> None:
    for name in a:
        if name not in without:
            # rotation stops at gradients of 1e-10, so loadings of one matrix reached twice agree to about 1e-8
            np.testing.assert_allclose(a[name], b[name], rtol=1e-7, atol=1e-7, err_msg=name)


@SETTINGS
@given(seeds, st.sampled_from(["listwise", "pairwise"]))
def test_row_order_never_matters(seed, missing):
    frame = answers(seed)
    shuffled = frame.sample(frac=1, random_state=seed % 2**32)
    same(compute(frame, missing=missing), compute(shuffled, missing=missing))


@SETTINGS
@given(seeds)
def test_item_order_permutes_results(seed):
    frame = answers(seed)
    order = list(np.random.default_rng(seed).permutation(frame.columns))
    adequacy, turned = ak.kmo(frame), ak.kmo(frame[order])
    assert adequacy.overall == pytest.approx(turned.overall, abs=1e-12)
    np.testing.assert_allclose(adequacy.per_item[order], turned.per_item, atol=1e-12)
    a, b = ak.efa(frame, 2), ak.efa(frame[order], 2)
    np.testing.assert_allclose(a.loadings.loc[order], b.loadings, atol=1e-7)
    np.testing.assert_allclose(a.factor_correlations, b.factor_correlations, atol=1e-7)
    np.testing.assert_allclose(a.fit, b.fit, rtol=1e-8, atol=1e-10)


@SETTINGS
@given(seeds)
def test_listwise_is_dropping_first(seed):
    frame = answers(seed)
    same(compute(frame), compute(frame.dropna()))
    np.testing.assert_allclose(ak.efa(frame, 2).scores, ak.efa(frame.dropna(), 2).scores, atol=1e-7)


@SETTINGS
@given(seeds, st.floats(0.01, 100))
def test_weights(seed, scale):
    """Weights of one are none, for what weights allow; their scale changes nothing; whole weights give the point
    estimates of repeated rows."""
    frame = answers(seed)
    weights = np.random.default_rng(seed).integers(1, 4, len(frame)).astype(float)
    plain, ones = compute(frame), compute(frame, weights=np.ones(len(frame)))
    same(plain, ones, without=("fit", "bartlett"))
    same(compute(frame, weights=weights), compute(frame, weights=scale * weights))
    same(compute(frame, weights=weights), compute(frame, frequencies=weights), without=("fit", "bartlett"))


@SETTINGS
@given(seeds, st.sampled_from(["listwise", "pairwise"]))
def test_frequency_k_is_k_rows(seed, missing):
    frame = answers(seed)
    k = np.random.default_rng(seed).integers(0, 4, len(frame))
    repeated = frame.loc[frame.index.repeat(k)].reset_index(drop=True)
    same(compute(frame, frequencies=k, missing=missing), compute(repeated, missing=missing))
    # the digest of the noise's n follows: the same draws
    a, b = (ak.parallel_analysis(f, n_iter=5, rng=1, **o) for f, o in ((frame, {"frequencies": k}), (repeated, {})))
    np.testing.assert_allclose(a.components, b.components, atol=1e-10)


@SETTINGS
@given(seeds, st.sampled_from(["listwise", "pairwise"]))
def test_counts_are_as_good_as_rows(seed, missing):
    frame = answers(seed)
    same(compute(frame, missing=missing), compute(ak.count_responses(frame), missing=missing))


@SETTINGS
@given(seeds)
def test_a_group_is_its_subset(seed):
    frame = answers(seed)
    labels = pd.Series(np.random.default_rng(seed).integers(0, 2, len(frame)), name="half")
    for function, options in ((ak.kmo, {}), (ak.bartlett_sphericity, {}), (ak.efa, {"n_factors": 2})):
        grouped = function(frame, by=labels, **options)
        for group in grouped:
            expected = function(frame[labels == group], **options)
            pd.testing.assert_frame_equal(grouped[group].table(), expected.table())


@SETTINGS
@given(seeds)
def test_turning_an_item_around_turns_its_signs(seed):
    frame = answers(seed)
    plain, turned = ak.efa(frame, 2), ak.efa(frame, 2, keys={"i0": -1}, scale=(1, 5))
    assert ak.kmo(frame).overall == pytest.approx(ak.kmo(frame, keys={"i0": -1}, scale=(1, 5)).overall, abs=1e-12)
    np.testing.assert_allclose(plain.loadings.abs(), turned.loadings.abs(), atol=1e-7)
    np.testing.assert_allclose(plain.fit, turned.fit, rtol=1e-8, atol=1e-10)


@SETTINGS
@given(seeds, st.sampled_from([e.name for e in ROTATIONS if e.fixed == 0]), st.booleans(), st.integers(1, 4))
def test_rotation_changes_no_correlation(seed, name, kaiser, k):
    A = np.random.default_rng(seed).uniform(-0.8, 0.8, size=(9, k)) / np.sqrt(k)
    found = rotate(A, name, kaiser=kaiser, n_starts=3, rng=np.random.default_rng(seed))
    L, phi = found.loadings, found.phi
    np.testing.assert_allclose(L @ phi @ L.T, A @ A.T, atol=1e-8)
    np.testing.assert_allclose(np.diag(phi), 1, atol=1e-12)
    assert np.linalg.eigvalsh(phi)[0] > 0


@SETTINGS
@given(seeds, st.integers(1, 3))
def test_more_factors_fit_better(seed, k):
    frame = answers(seed)
    few, more = (ak.efa(frame, m, rotation="none", extraction="ml").fit["objective"] for m in (k, k + 1))
    assert more <= few + 1e-9
