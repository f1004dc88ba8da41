"""Priorities: importance against its definitions, places in the picture, people and offices, refusals."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Estimate, Interval
from akhlak_research.index.importance_kernels import lmg, relative_weights, weighted_correlations
from akhlak_research.index.priorities import _quadrant


@pytest.fixture(scope="module")
def answers(bfi_study):
    return bfi_study.responses


@pytest.fixture(scope="module")
def outcome(answers):
    """Driven by A strongly, by C a little, by chance."""
    keyed = answers.codes.assign(**{item: 7 - answers.codes[item] for item in ("A1", "C4", "C5")})
    a, c = (20 * (keyed[[f"{value}{i}" for i in range(1, 6)]].mean(axis=1) - 1) for value in "AC")
    noise = np.random.default_rng(1).normal(0, 5, len(keyed))
    return (0.5 * a + 0.15 * c + noise).rename("engagement")


def example(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    y = x @ [1, 0.5, 0, -0.3] + rng.normal(size=200)
    matrix = np.corrcoef(np.column_stack([x, y]).T)
    return matrix, np.column_stack([x, y])


def test_relative_weights_are_those_of_the_closest_orthogonal_drivers():
    """Johnson's own steps: Z = P Qᵀ of the singular value decomposition, regressions of y on Z and of X on Z."""
    matrix, data = example()
    z = (data - data.mean(axis=0)) / data.std(axis=0) / np.sqrt(len(data))
    p, _, q = np.linalg.svd(z[:, :4], full_matrices=False)
    orthogonal = p @ q
    beta, loading = orthogonal.T @ z[:, 4], orthogonal.T @ z[:, :4]
    expected = (loading.T**2) @ beta**2
    found = relative_weights(matrix[:4, :4], matrix[:4, 4])
    assert found == pytest.approx(expected, abs=1e-12)


def test_lmg_is_the_mean_over_all_orders_of_entry():
    matrix, data = example(3)
    z = data - data.mean(axis=0)

    def r2(chosen):
        if not chosen:
            return 0.0
        fit = z[:, chosen] @ np.linalg.lstsq(z[:, chosen], z[:, 4], rcond=None)[0]
        return (fit**2).sum() / (z[:, 4] ** 2).sum()

    expected = np.zeros(4)
    orders = list(itertools.permutations(range(4)))
    for order in orders:
        for at, j in enumerate(order):
            expected[j] += (r2(list(order[: at + 1])) - r2(list(order[:at]))) / len(orders)
    found = lmg(matrix[:4, :4], matrix[:4, 4])
    assert found == pytest.approx(expected, abs=1e-10)
    assert found.sum() == pytest.approx(relative_weights(matrix[:4, :4], matrix[:4, 4]).sum())


def test_uncorrelated_drivers_have_their_squared_correlations():
    c = np.array([0.5, 0.3, -0.2])
    for kernel in (relative_weights, lmg):
        assert kernel(np.eye(3), c) == pytest.approx(c**2)


def test_correlations_under_weights_are_those_of_repeated_rows():
    _, data = example()
    times = np.random.default_rng(2).integers(0, 4, len(data))
    expected = np.corrcoef(np.repeat(data, times, axis=0).T)
    assert weighted_correlations(data, times.astype(float)[None])[0] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("method", ["relative-weights", "lmg"])
def test_the_planted_driver_comes_first(answers, outcome, method):
    found = ak.priorities(answers, outcome, method=method, rng=1, n_boot=200)
    assert [e.driver for e in found.entries[:2]] == ["A", "C"]
    assert sum(e.importance.estimate for e in found.entries) == pytest.approx(100)
    assert found["A"].quadrant in ("keep", "strengthen") and found["A"].performance.estimate > 70
    assert found["O"].importance.interval.high < 20
    json.dumps(found.record())


def test_an_office_is_compared_with_everybody(answers, outcome):
    found = ak.priorities(answers, outcome, unit="gender", of="1", rng=1, n_boot=200)
    everyone = ak.priorities(answers, outcome, rng=1, n_boot=200)
    one = found["A"]
    assert one.importance.estimate == pytest.approx(everyone["A"].importance.estimate)
    assert one.gap.estimate == pytest.approx(one.performance.estimate - everyone["A"].performance.estimate)
    assert one.gap.interval.high < 0  # men score lower on agreeableness in these answers
    assert found.table("id")["stage_name"].str[0].isin(list("1234567")).all()


def test_order_of_rows_and_scale_of_weights_play_no_part(answers, outcome):
    mixed = np.random.default_rng(1).permutation(len(answers.codes))
    parts = ("codes", "missing_kinds", "groups")
    frames = {name: getattr(answers, name).iloc[mixed].reset_index(drop=True) for name in parts}
    other = ak.priorities(replace(answers, **frames), outcome.iloc[mixed].reset_index(drop=True), rng=1, n_boot=200)
    same = ak.priorities(answers, outcome, rng=1, n_boot=200)
    pd.testing.assert_frame_equal(other.table(), same.table(), rtol=1e-9)
    weights = pd.Series(np.linspace(1, 3, len(answers.codes)), index=answers.codes.index)
    a, b = (ak.priorities(replace(answers, weights=weights * c), outcome, rng=1, n_boot=200) for c in (1, 5))
    pd.testing.assert_frame_equal(a.table(), b.table())


def test_places_need_both_intervals():
    def number(low, high):
        return Estimate((low + high) / 2, 1.0, Interval(low, high), 9)

    places = {
        (25, 30, 1, 3): "keep", (25, 30, -3, -1): "strengthen", (5, 15, -3, -1): "watch", (5, 15, 1, 3): "maintain",
        (15, 30, 1, 3): "undecided", (25, 30, -1, 1): "undecided",
    }  # fmt: skip
    for (a, b, c, d), place in places.items():
        assert _quadrant(number(a, b), number(c, d), 20.0) == place


def test_items_leave_the_outcome_out_and_stages_can_be_the_users_own(answers):
    found = ak.priorities(answers, "A3", drivers="items", rng=1, n_boot=100, stages={"undecided": "baseline"})
    assert len(found.entries) == 24 and found.explained.estimate > 20
    assert {e.stage for e in found.entries if e.quadrant == "undecided"} == {"baseline"}


def bad(answers, outcome):
    flat = replace(answers, codes=answers.codes.assign(O1=3, O2=4, O3=3, O4=3, O5=4))
    return {
        "of_needs_unit": lambda: ak.priorities(answers, outcome, of="1"),
        "outcome_unknown": lambda: ak.priorities(answers, "joy"),
        "outcome_not_numeric": lambda: ak.priorities(answers, pd.Series(["much"] * len(answers.codes))),
        "outcome_constant": lambda: ak.priorities(answers, outcome * 0),
        "driver_constant": lambda: ak.priorities(flat, outcome),
        "drivers_too_few_people": lambda: ak.priorities(answers, outcome.where(outcome.index < 5)),
        "outcome_is_driver": lambda: ak.priorities(answers, "A1"),
        "too_many_drivers": lambda: ak.priorities(answers, outcome, drivers="items", method="lmg"),
        "unknown_choice": lambda: ak.priorities(answers, outcome, unit="gender", of="7"),
        "responses_needed": lambda: ak.priorities(answers.codes, outcome),
    }


@pytest.mark.parametrize("code", [
    "of_needs_unit", "outcome_unknown", "outcome_not_numeric", "outcome_constant", "driver_constant",
    "drivers_too_few_people", "outcome_is_driver", "too_many_drivers", "unknown_choice", "responses_needed",
])  # fmt: skip
def test_refusals(answers, outcome, code):
    with pytest.raises(AkhlakError) as caught:
        bad(answers, outcome)[code]()
    assert caught.value.code == code and caught.value.hint


def test_dependent_drivers_are_refused(answers, outcome):
    codes = answers.codes.copy()
    codes["C1"] = codes["A1"]
    twin = replace(answers, codes=codes)
    with pytest.raises(AkhlakError, match="drivers_dependent"):
        ak.priorities(twin, outcome, drivers="items", rng=1, n_boot=100)
