"""Identities of votes, evidence, ranks, composites, shrinkage and importance over generated inputs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.index.importance_kernels import explained_variance, lmg, relative_weights
from akhlak_research.index.linking_kernels import equipercentile

seeds = st.integers(0, 2**32 - 1)
WORDS = pd.DataFrame({"word": list("pqrstu"), "value": list("AABBCC"), "area": list("xxyyzz")})
WORDS["limiting"] = [0, 0, 0, 0, 1, 1]


def votes(seed: int, n: int = 14) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    words = WORDS["word"].to_numpy()
    pick = lambda: ";".join(rng.permutation(words)[: rng.integers(1, 4)])  # noqa: E731
    columns = {question: [pick() for _ in range(n)] for question in ("personal", "current")}
    return pd.DataFrame(columns).assign(unit=rng.choice(list("uv"), n), w=rng.uniform(0.5, 3, n).round(2))


def numbers(found) -> list[tuple[float, float]]:
    return [(m.estimate, float(m.score.se)) for m in found.measures]


def close(a, b) -> None:
    assert np.allclose(np.array(a, dtype=float), np.array(b, dtype=float), rtol=1e-9, atol=1e-9, equal_nan=True)


@settings(max_examples=25)
@given(seeds, st.floats(0.1, 50))
def test_votes_in_any_order_and_with_weights_of_any_scale(seed, factor):
    frame = votes(seed)
    once = ak.vote_index(frame, WORDS, limit=3, desired=None, unit="unit", weights="w")
    mixed = frame.sample(frac=1, random_state=seed % 1000).assign(w=lambda d: d["w"] * factor)
    close(numbers(once), numbers(ak.vote_index(mixed, WORDS, limit=3, desired=None, unit="unit", weights="w")))
    turned = ak.vote_index(frame, WORDS.iloc[::-1], limit=3, desired=None, unit="unit", weights="w")
    for m in once.measures:
        close([m.estimate], [turned.find(m.measure, m.question, m.value, m.unit).estimate])


@settings(max_examples=25)
@given(seeds)
def test_shares_sum_to_everything_and_energy_is_what_entropy_leaves(seed):
    found = ak.vote_index(votes(seed), WORDS, limit=3, desired=None)
    for question in ("personal", "current"):
        total = sum(m.estimate for m in found.measures if (m.measure, m.question) == ("share_of_votes", question))
        assert total == pytest.approx(100)
    assert found.entropy.estimate + found.positive_energy.estimate == pytest.approx(100)
    assert float(found.entropy.se) == pytest.approx(float(found.positive_energy.se), nan_ok=True)
    assert -1e-9 <= found.find("evenness").estimate <= 100 + 1e-9


@settings(max_examples=25)
@given(seeds, st.permutations(range(3)))
def test_evidence_does_not_hang_on_the_order_of_evaluators_or_rows(seed, order):
    rng = np.random.default_rng(seed)
    rows = [(f"u{i}", f"E{j}", *rng.integers(0, 3, 3)) for i in range(4) for j in range(3)]
    frame = pd.DataFrame(rows, columns=["unit", "criterion", "a", "b", "c"])
    once = ak.evidence_score(frame, evaluators=("a", "b", "c"), n_boot=100)
    names = [list("abc")[at] for at in order]
    again = ak.evidence_score(frame.sample(frac=1, random_state=seed % 1000), evaluators=names, n_boot=100)
    pd.testing.assert_frame_equal(once.table(), again.table())
    assert once.table()[["red", "yellow", "green", "disputed"]].sum(axis=1).eq(3).all()


@settings(max_examples=25)
@given(seeds, st.floats(0.1, 20), st.floats(-50, 50))
def test_rank_sets_move_with_the_scores_and_turn_with_their_sign(seed, factor, shift):
    rng = np.random.default_rng(seed)
    x = pd.Series(rng.normal(0, 3, 6), index=list("abcdef"))
    v = pd.Series(rng.uniform(0.2, 2, 6), index=x.index)
    once = ak.rank_sets(x, v, rng=1, n_draws=300)
    moved = ak.rank_sets(factor * x + shift, factor**2 * v, rng=1, n_draws=300)
    places = ["unit", "rank", "rank_low", "rank_high", "tier_low", "tier_high"]
    assert once.table()[places].equals(moved.table()[places])
    known = ak.rank_sets(x, v * 0, rng=1, n_draws=300), ak.rank_sets(-x, v * 0, rng=1, n_draws=300)
    assert (known[0].rank[x.index] + known[1].rank[x.index] == 7).all()


@settings(max_examples=40)
@given(seeds)
def test_composites_stay_between_their_components(seed):
    rng = np.random.default_rng(seed)
    draw = lambda: pd.DataFrame({"estimate": rng.uniform(1, 99, 4), "std_error": rng.uniform(0.1, 5, 4)})  # noqa: E731
    frames = {name: draw() for name in "abc"}
    share = rng.dirichlet(np.ones(3))
    weights = dict(zip("abc", (share / share.sum()).tolist(), strict=True))
    plain = ak.combine(frames, weights)
    geometric = ak.combine(frames, weights, method="geometric")
    parts = np.array([[one.parts[name] for name in "abc"] for one in plain.units])
    for made in (plain, geometric):
        assert (made.scores >= parts.min(axis=1) - 1e-9).all() and (made.scores <= parts.max(axis=1) + 1e-9).all()
    assert (geometric.scores <= plain.scores + 1e-9).all()
    equal = ak.combine(frames, dict.fromkeys("abc", 1 / 3))
    pd.testing.assert_series_equal(equal.scores, ak.combine(frames, method="equal").scores)


@settings(max_examples=40)
@given(seeds, st.permutations(range(4)))
def test_importance_sums_to_what_is_explained_and_follows_its_drivers(seed, order):
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4))
    data = np.column_stack([data, data.sum(axis=1) + rng.normal(size=30)])
    r = np.corrcoef(data.T)
    if np.linalg.eigvalsh(r[:4, :4])[0] < 1e-4:
        return
    order = list(order)
    for kernel in (relative_weights, lmg):
        weights = kernel(r[:4, :4], r[:4, 4])
        assert weights.sum() == pytest.approx(float(explained_variance(r[:4, :4], r[:4, 4])), abs=1e-8)
        assert (weights > -1e-10).all()
        turned = kernel(r[:4, :4][np.ix_(order, order)], r[:4, 4][order])
        assert turned == pytest.approx(weights[order], abs=1e-8)


@settings(max_examples=25)
@given(seeds)
def test_shrunk_scores_lie_between_the_score_and_the_common_mean(seed):
    rng = np.random.default_rng(seed)
    y = pd.Series(rng.normal(60, 5, 8), index=list("abcdefgh"))
    psi = pd.Series(rng.uniform(0.5, 30, 8), index=y.index)
    for method in ("reml", "moments", "fay-herriot"):
        found = ak.small_area(y, psi, method=method)
        mean = found.coefficients["estimate"][0]
        low, high = np.minimum(y, mean), np.maximum(y, mean)
        assert (found.scores >= low - 1e-8).all() and (found.scores <= high + 1e-8).all()
        assert all(0 <= area.gamma < 1 for area in found.areas)


@settings(max_examples=25)
@given(seeds)
def test_equipercentile_is_monotone_and_knows_a_change_of_unit(seed):
    rng = np.random.default_rng(seed)
    new = rng.integers(0, 15, 60).astype(float)
    points, one = np.linspace(0, 14, 9), np.ones(60)
    linked = equipercentile(points, new, 3 * new + 2, one, one, np.array([1.0, 3.0]))
    assert (np.diff(linked) >= -1e-9).all()
    inside = (points >= new.min()) & (points <= new.max()) & np.isin(points, new)
    assert linked[inside] == pytest.approx(3 * points[inside] + 2, abs=1e-6)
