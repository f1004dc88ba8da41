"""Rank sets: against plain loops over all pairs, against Tukey's range, refusals, what tiers promise."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.index.rank_kernels import (
    draw_errors,
    normal_equivalent,
    pair_errors,
    settled_pairs,
    tier_limits,
    welch_df,
)

INF = np.inf


def scores(p: int, seed: int = 0, spread: float = 4.0) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    names = [f"u{at:02d}" for at in range(p)]
    return pd.Series(rng.normal(60, spread, p), index=names), pd.Series(rng.uniform(0.5, 3, p), index=names)


def by_loops(x, covariance, df, level, stepdown, n_draws, seed, family):
    """The published procedure, pair by pair: (j, k) rejected where θ_j ≤ θ_k is."""
    z, spread = draw_errors(covariance, df, n_draws, np.random.default_rng(seed))
    nu = welch_df(np.diag(covariance), df)

    def statistic(d, variance, j, k):
        t = d / np.sqrt(variance)
        return t if spread is None else normal_equivalent(t, np.array(nu[j, k]))

    observed, drawn = {}, {}
    for j, k in family:
        error = covariance[j, j] + covariance[k, k] - 2 * covariance[j, k]
        observed[j, k] = float(statistic(x[j] - x[k], error, j, k))
        drawn[j, k] = statistic(z[:, j] - z[:, k], error if spread is None else spread[:, j] + spread[:, k], j, k)
    rejected = set()
    while True:
        still = [pair for pair in family if pair not in rejected]
        critical = np.quantile(np.maximum(np.max([drawn[pair] for pair in still], axis=0), 0), level)
        new = {pair for pair in still if observed[pair] > critical}
        rejected |= new
        if not new or not stepdown:
            return rejected


@pytest.mark.parametrize("stepdown", [True, False])
@pytest.mark.parametrize("kind", ["diagonal", "dependent", "few respondents"])
def test_settled_pairs_are_those_of_plain_loops(kind, stepdown):
    x, v = scores(7, seed=3)
    x, covariance, df = x.to_numpy(), np.diag(v), np.full(7, INF)
    if kind == "dependent":
        load = np.random.default_rng(5).normal(size=(7, 3))
        covariance = covariance + load @ load.T
    if kind == "few respondents":
        df = np.array([2.0, 5, 30, 4, INF, 11, 3])
    pairs = [(j, k) for j in range(7) for k in range(7) if j != k]
    above, below, _ = settled_pairs(x, covariance, df, 0.9, stepdown, True, 500, np.random.default_rng(8))
    expected = by_loops(x, covariance, df, 0.9, stepdown, 500, 8, pairs)
    assert {tuple(pair) for pair in np.argwhere(above)} == expected and len(expected) > 2
    assert (below == above.T).all()
    above, below, _ = settled_pairs(x, covariance, df, 0.9, stepdown, False, 500, np.random.default_rng(8))
    for j in range(7):
        mine = [pair for pair in pairs if j in pair]
        expected = by_loops(x, covariance, df, 0.9, stepdown, 500, 8, mine)
        found = {(j, int(k)) for k in np.flatnonzero(above[j])} | {(int(k), j) for k in np.flatnonzero(below[j])}
        assert found == expected


def test_the_error_of_a_difference_and_its_degrees_of_freedom():
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(3, 3))
    covariance = factor @ factor.T
    contrast = np.array([0.0, 1.0, -1.0])
    assert pair_errors(covariance)[1, 2] == pytest.approx(np.sqrt(contrast @ covariance @ contrast), rel=1e-12)
    a, b = rng.normal(size=5), rng.normal(0, 3, size=9)
    theirs = stats.ttest_ind(a, b, equal_var=False).df
    assert welch_df(np.array([a.var(ddof=1) / 5, b.var(ddof=1) / 9]), np.array([4.0, 8.0]))[0, 1] == pytest.approx(
        theirs
    )


@pytest.mark.parametrize("p", [2, 6, 20])
def test_the_critical_value_of_equal_errors_is_that_of_tukeys_range(p):
    """max |Z_j − Z_k| / √2σ is the studentised range over √2: a value that needs no draws."""
    names = [f"u{at}" for at in range(p)]
    x = pd.Series(0.0, index=names)
    found = ak.rank_sets(x, pd.Series(1.0, index=names), n_draws=40_000, rng=2).critical[0]
    exact = stats.studentized_range.ppf(0.95, p, INF) / np.sqrt(2)
    # error of a quantile from 40,000 draws: √(.05 · .95 / 40,000) / density
    density = stats.studentized_range.pdf(exact * np.sqrt(2), p, INF) * np.sqrt(2)
    assert abs(found - exact) < 3 * np.sqrt(0.05 * 0.95 / 40_000) / density


def test_stepdown_never_widens_and_marginal_sets_lie_inside():
    x, v = scores(25)
    one, step = (ak.rank_sets(x, v, stepdown=flag, rng=4) for flag in (False, True))
    alone = ak.rank_sets(x, v, simultaneous=False, rng=4)
    assert (step.low >= one.low).all() and (step.high <= one.high).all()
    assert (alone.low >= step.low).all() and (alone.high <= step.high).all()
    assert alone.mean_width < step.mean_width and step.mean_width <= one.mean_width
    assert ((step.low <= step.rank) & (step.rank <= step.high)).all()
    assert [notice.code for notice in alone.notices] == ["ranks_marginal"]


def test_order_of_rows_place_and_unit_of_measurement_play_no_part():
    x, v = scores(9, seed=1)
    mixed = np.random.default_rng(1).permutation(9)
    pd.testing.assert_frame_equal(
        ak.rank_sets(x, v, rng=1).table(), ak.rank_sets(x.iloc[mixed], v, rng=1).table(), check_exact=True
    )
    moved = ak.rank_sets(3 * x - 100, 9 * v, rng=1)
    same = ak.rank_sets(x, v, rng=1)
    assert moved.lows == same.lows and moved.highs == same.highs and moved.critical == pytest.approx(same.critical)
    assert ak.rank_sets(x, np.diag(v), rng=1).critical == same.critical


def test_known_scores_have_one_rank_and_equal_ones_share_it():
    x = pd.Series({"a": 3.0, "b": 3.0, "c": 1.0})
    found = ak.rank_sets(x, pd.Series(0.0, index=x.index), rng=1).table()
    assert found[["rank", "rank_low", "rank_high"]].values.tolist() == [[1, 1, 2], [1, 1, 2], [3, 3, 3]]


def test_an_office_with_two_respondents_does_not_widen_the_sets_of_others():
    x, v = scores(12, spread=6.0)
    few = pd.Series(60.0, index=x.index)
    without = ak.rank_sets(x, v, df=few, rng=6)
    x["tiny"], v["tiny"], few["tiny"] = 61.0, 30.0, 1.0
    found = ak.rank_sets(x, v, df=few, rng=6)
    others = found.table().set_index("unit").drop(index="tiny")
    width = (others["rank_high"] - others["rank_low"]).mean()
    assert width < (without.high - without.low).mean() + 1.5  # itself, that may stand anywhere, and a little
    assert "ranks_few_respondents" in [notice.code for notice in found.notices]


def test_units_that_share_a_first_tier_cannot_be_told_apart():
    x, v = scores(30, spread=6.0)
    found = ak.rank_sets(x, v, rng=1)
    first, settled = np.array(found.tiers_low), np.array(found.settled)
    assert not (settled & (first[:, None] == first[None, :])).any()
    for j in np.flatnonzero(first > 1):
        assert settled[first == first[j] - 1, j].any()
    assert (first <= np.array(found.tiers_high)).all() and found.n_tiers >= 3
    chain = np.triu(np.ones((4, 4), dtype=bool), 1)
    assert [list(ends) for ends in tier_limits(chain)] == [[1, 2, 3, 4], [1, 2, 3, 4]]
    assert [list(ends) for ends in tier_limits(np.zeros((3, 3), dtype=bool))] == [[1, 1, 1], [1, 1, 1]]


def test_ranks_of_an_index(bfi_study):
    index = ak.build_index(bfi_study.responses, {}, unit="education")
    found = ak.rank_sets(index, rng=1)
    table = index.table().query("value == 'total'").dropna(subset="unit").set_index("unit")
    assert found.table().set_index("unit")["std_error"].to_dict() == pytest.approx(table["std_error"].to_dict())
    one = ak.rank_sets(index, value="A", rng=1)
    of_a = index.table().query("value == 'A'").dropna(subset="unit").set_index("unit")["estimate"]
    assert one.table().set_index("unit")["estimate"].to_dict() == pytest.approx(of_a.to_dict())
    json.dumps(found.record())


def test_a_study_without_units_says_so_instead(root, bfi_study):
    none = bfi_study.of_units(ak.rank_sets, rng=1)
    assert none.code == "no_unit" and ak.plot_ranks(none).kind == "note"
    study = ak.Study(root / "data" / "berakhlak-contoh")
    assert study.of_units(ak.rank_sets, rng=1).critical == ak.rank_sets(study.index, rng=1).critical


def test_units_without_an_error_are_named():
    x, v = scores(5)
    v["u01"] = np.nan
    found = ak.rank_sets(x, v, rng=1)
    assert len(found.names) == 4 and found.notices[0].values["units"] == ("u01",)


BAD = {
    "estimates_type": lambda x, v: ak.rank_sets(x.to_numpy(), v),
    "covariance_missing": lambda x, v: ak.rank_sets(x),
    "covariance_shape": lambda x, v: ak.rank_sets(x, np.eye(3)),
    "covariance_labels": lambda x, v: ak.rank_sets(x, v.rename({"u00": "other"})),
    "covariance_invalid": lambda x, v: ak.rank_sets(x, -v),
    "duplicate_units": lambda x, v: ak.rank_sets(x.rename({"u00": "u01"}), v.to_numpy()),
    "too_few_estimates": lambda x, v: ak.rank_sets(x.head(1), v.head(1)),
    "df_invalid": lambda x, v: ak.rank_sets(x, v, df=0.5),
    "df_needs_independence": lambda x, v: ak.rank_sets(x, np.diag(v) + 0.1, df=5.0),
    "level_out_of_range": lambda x, v: ak.rank_sets(x, v, level=95),
    "count_out_of_range": lambda x, v: ak.rank_sets(x, v, n_draws=10),
}


@pytest.mark.parametrize("code", BAD)
def test_refusals(code):
    x, v = scores(5)
    with pytest.raises(AkhlakError, match=code) as caught:
        BAD[code](x, v)
    assert caught.value.code == code and caught.value.hint


def test_a_matrix_that_is_no_covariance_is_refused():
    x, _ = scores(3)
    bad = np.array([[1.0, 2, 0], [2, 1, 0], [0, 0, 1]])
    with pytest.raises(AkhlakError, match="covariance_invalid"):
        ak.rank_sets(x, bad)
    with pytest.raises(AkhlakError, match="covariance_invalid"):
        ak.rank_sets(x, np.array([[1.0, 0.5, 0], [0, 1, 0], [0, 0, 1]]))


def test_scores_and_degrees_of_freedom_that_are_no_numbers():
    x, v = pd.Series({"a": 70.0, "b": 60.0, "c": 50.0}), pd.Series({"a": 1.0, "b": 1.0, "c": 1.0})
    with pytest.raises(AkhlakError, match="not_a_score") as caught:
        ak.rank_sets(x.replace(60.0, np.inf), v)
    assert caught.value.got == "b: ∞"
    with pytest.raises(AkhlakError, match="df_invalid"):  # not the narrowest interval for the one without a number
        ak.rank_sets(x, v, df=pd.Series({"a": 9.0, "b": 9.0}))
