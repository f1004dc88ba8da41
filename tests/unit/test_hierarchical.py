"""Hierarchical omega and Schmid–Leiman: identities, refusals, bootstrap, records."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import DataError
from akhlak_research.measure.schmid_leiman_kernels import schmid_leiman

GAMMA = np.array([0.8, 0.7, 0.6])
LOADINGS = np.kron(np.eye(3), np.array([[0.7], [0.6], [0.8], [0.5]]))
PHI = np.outer(GAMMA, GAMMA) + np.diag(1 - GAMMA**2)


def answers(n=600, seed=0, k=3):
    rng = np.random.default_rng(seed)
    g = rng.standard_normal((n, 1))
    factors = g * GAMMA[:k] + rng.standard_normal((n, k)) * np.sqrt(1 - GAMMA[:k] ** 2)
    L = LOADINGS[: 4 * k, :k]
    x = factors @ L.T + rng.standard_normal((n, 4 * k)) * np.sqrt(1 - (L**2).sum(axis=1))
    return pd.DataFrame(x, columns=[f"x{i:02d}" for i in range(4 * k)])


def test_transformation_of_a_second_order_model_is_exact():
    found = schmid_leiman(LOADINGS, PHI)
    np.testing.assert_allclose(found.second_order, GAMMA, atol=1e-7)
    np.testing.assert_allclose(found.general, LOADINGS @ GAMMA, atol=1e-7)
    implied = np.outer(found.general, found.general) + found.groups @ found.groups.T
    np.testing.assert_allclose(implied, LOADINGS @ PHI @ LOADINGS.T, atol=1e-7)
    np.testing.assert_allclose(np.diag(implied), found.communalities, atol=1e-7)


def test_signs_and_order_of_factors_do_not_matter_to_the_general_factor():
    turn = [2, 0, 1]
    sign = np.array([1, -1, 1])
    found = schmid_leiman(LOADINGS[:, turn] * sign, PHI[np.ix_(turn, turn)] * np.outer(sign, sign))
    np.testing.assert_allclose(found.general, LOADINGS @ GAMMA, atol=1e-7)


def test_two_factors_share_their_correlation():
    found = schmid_leiman(LOADINGS[:8, :2], np.array([[1, 0.49], [0.49, 1]]))
    np.testing.assert_allclose(found.second_order, [0.7, 0.7], atol=1e-12)
    frame = answers(k=2)
    assert "two_factors_equal" in [n.code for n in ak.hierarchical_omega(frame, 2, n_boot=0).notices]


def test_what_cannot_have_a_general_factor_is_refused():
    opposed = answers(k=2)
    opposed.iloc[:, 4:] *= -1
    cases = [
        (lambda: ak.hierarchical_omega(answers(), 1), "general_needs_two_factors"),
        (lambda: ak.hierarchical_omega(answers(), 9), "too_many_factors"),
        (lambda: ak.hierarchical_omega(answers(), 3, rotation="varimax"), "hierarchical_needs_oblique"),
        (lambda: ak.hierarchical_omega(answers(), 3, rotation="bifactor"), "hierarchical_needs_oblique"),
        (lambda: ak.schmid_leiman(ak.efa(answers(), 3, rotation="varimax")), "hierarchical_needs_oblique"),
        (lambda: ak.schmid_leiman(ak.efa(answers(), 1)), "general_needs_two_factors"),
        (lambda: schmid_leiman(LOADINGS[:8, :2], np.array([[1, -0.2], [-0.2, 1]])), "no_general_factor"),
        (lambda: ak.hierarchical_omega(answers(), 3, extraction="best"), "unknown_choice"),
        (lambda: ak.hierarchical_omega(answers(), 3, n_boot=-1), "count_out_of_range"),
    ]
    for call, code in cases:
        with pytest.raises(ak.AkhlakError) as caught:
            call()
        assert caught.value.code == code


def test_truth_is_found():
    found = ak.hierarchical_omega(answers(20_000), 3, n_boot=0)
    general, total = LOADINGS @ GAMMA, float((LOADINGS @ PHI @ LOADINGS.T).sum())
    variance = total + float((1 - (LOADINGS**2).sum(axis=1)).sum())
    assert found.omega_h.estimate == pytest.approx(general.sum() ** 2 / variance, abs=0.02)
    assert found.omega_total.estimate == pytest.approx(total / variance, abs=0.01)
    assert {tuple(items) for items in found.subscale_items.values()} == {
        tuple(f"x{i:02d}" for i in range(start, start + 4)) for start in (0, 4, 8)
    }


def test_reversed_items_are_named_and_not_turned():
    frame = answers()
    frame["x00"] *= -1
    found = ak.hierarchical_omega(frame, 3, n_boot=0)
    assert [n.values["items"] for n in found.notices if n.code == "negative_general"] == [("x00",)]
    assert found.omega_h.estimate < ak.hierarchical_omega(answers(), 3, n_boot=0).omega_h.estimate


def test_bootstrap_repeats_and_ignores_row_order():
    frame = answers(200)
    first = ak.hierarchical_omega(frame, 3, n_boot=40, rng=4)
    again = ak.hierarchical_omega(frame.sample(frac=1, random_state=1), 3, n_boot=40, rng=4)
    pd.testing.assert_frame_equal(first.table(), again.table(), atol=1e-6)
    assert first.interval.method == "bootstrap-bias-corrected" and first.seed == 4
    assert first.omega_h.se > 0


def test_frequencies_are_rows_and_sampling_weights_have_no_scale():
    frame, times = answers(150), np.random.default_rng(2).integers(0, 3, 150)
    repeated = frame.loc[frame.index.repeat(times)].reset_index(drop=True)
    ours = ak.hierarchical_omega(frame, 3, frequencies=times, n_boot=30)
    pd.testing.assert_frame_equal(ours.table(), ak.hierarchical_omega(repeated, 3, n_boot=30).table(), atol=1e-6)
    w = np.random.default_rng(3).uniform(0.5, 2, 150)
    pd.testing.assert_frame_equal(
        ak.hierarchical_omega(frame, 3, weights=w, n_boot=30).table(),
        ak.hierarchical_omega(frame, 3, weights=7 * w, n_boot=30).table(),
        atol=1e-6,
    )


def test_by_is_the_subset():
    frame, group = answers(400), pd.Series(["a", "b"] * 200, name="g")
    together = ak.hierarchical_omega(frame, 3, by=group, n_boot=20)
    alone = ak.hierarchical_omega(frame[group == "b"], 3, n_boot=20)
    pd.testing.assert_frame_equal(together["b"].table(), alone.table())


def test_intervals_without_rows():
    codes = answers(300).apply(lambda c: np.digitize(c, [-1, 0, 1]) + 1.0)
    counts = ak.count_responses(codes, scale=(1, 4))
    found = ak.hierarchical_omega(counts, 3, n_boot=50)
    assert found.interval.method == "bootstrap-bias-corrected-normal-theory"
    assert found.estimate == pytest.approx(ak.hierarchical_omega(codes, 3, n_boot=0).estimate, abs=1e-7)
    assert ak.hierarchical_omega(codes, 3, n_boot=0).interval.code == "bootstrap_not_asked"
    codes.iloc[0, 0] = np.nan
    assert ak.hierarchical_omega(codes, 3, missing="pairwise").interval.code == "bootstrap_pairwise_none"


def test_records_and_tables():
    found = ak.hierarchical_omega(answers(), 3, n_boot=20)
    record = json.loads(json.dumps(found.record()))
    assert record["kind"] == "hierarchical_omega" and record["omega_h"]["estimate"] == found.estimate
    assert found.table()["coefficient"].tolist()[:3] == ["omega_h", "omega_total", "ecv"]
    assert found.loadings_table().columns.tolist() == [
        "item", "general", "F1", "F2", "F3", "communality", "uniqueness", "general_share",
    ]  # fmt: skip
    sl = ak.schmid_leiman(ak.efa(answers(), 3))
    assert json.dumps(sl.record()) and "ECV" in repr(sl) and len(sl.table()) == 12
    np.testing.assert_allclose(sl.loadings, found.loadings, atol=1e-9)


def test_a_subscale_that_cancels_out_is_named():
    rng = np.random.default_rng(1)
    one = rng.standard_normal((300, 1)) * 0.7 + rng.standard_normal((300, 6)) * 0.7
    frame = pd.DataFrame(np.clip(np.round(one * 1.2 + 3), 1, 5), columns=list("abcdef"))
    with pytest.raises(DataError, match="total_constant") as caught:
        ak.hierarchical_omega(frame.assign(d=6 - frame["c"]), 2, n_boot=0)
    assert caught.value.values["items"] == ["c", "d"]
    assert "keys=" in caught.value.hint
