"""Flags for careless answering: definitions, cut-offs, chance rates. Answers made up here are made up."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

import akhlak_research as ak
from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Unavailable
from akhlak_research.instrument.model import Background, Dimension, Instrument, Item, ResponseScale
from akhlak_research.responses import careless_kernels as kernels
from akhlak_research.responses.careless import screen_responses

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "careless.json").read_text(encoding="utf-8"))
REVERSED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")
NAN = float("nan")


def form(n_dimensions=3, n_items=4, high=5, groups=()):
    """An instrument of simulated items."""
    dimensions = [Dimension(f"D{d}", {"en": f"Dimension {d}"}) for d in range(n_dimensions)]
    items = [Item(f"D{d}_{i}", f"D{d}", {"en": f"Item {i}"}) for d in range(n_dimensions) for i in range(n_items)]
    return Instrument(
        name="made-up",
        title={"en": "Simulated form"},
        version="1",
        scale=ResponseScale(1, high),
        dimensions=tuple(dimensions),
        items=tuple(items),
        groups=tuple(groups),
    )


def answers(codes, instrument, **columns):
    frame = pd.DataFrame(codes, columns=list(instrument.item_codes)).assign(**columns)
    return ak.read_responses(frame, instrument)


def simulated(n=600, seed=3, n_dimensions=3, n_items=4):
    """Careful respondents: correlated factors cut into five categories."""
    rng = np.random.default_rng(seed)
    shared = 0.5 * rng.standard_normal((n, 1))
    factors = shared + rng.standard_normal((n, n_dimensions))
    latent = np.repeat(factors, n_items, axis=1) + 0.8 * rng.standard_normal((n, n_dimensions * n_items))
    return np.digitize(latent, [-1.6, -0.5, 0.5, 1.6]) + 1


@pytest.fixture
def complete(bfi):
    return bfi.dropna().to_numpy(dtype=float)


class TestValuesOfR:
    """R: careless definitions, stored with their software."""

    def test_longest_run(self, complete):
        runs = kernels.longest_run(complete)
        assert runs[:30].tolist() == REFERENCE["careless"]["longstring_first30"]
        assert runs.max() == REFERENCE["careless"]["longstring_max"]

    def test_variability(self, complete):
        np.testing.assert_allclose(
            kernels.answer_sd(complete)[:30], REFERENCE["careless"]["irv_first30"], rtol=0, atol=1e-12
        )

    def test_even_odd(self, bfi, complete):
        keyed = complete.copy()
        for name in REVERSED:
            place = list(bfi.columns).index(name)
            keyed[:, place] = 7 - keyed[:, place]
        found = kernels.even_odd(keyed, [np.arange(5 * d, 5 * d + 5) for d in range(5)])
        np.testing.assert_allclose(found[:30], REFERENCE["careless"]["evenodd_first30"], rtol=0, atol=1e-12)

    def test_mahalanobis(self, complete):
        d2, k = kernels.mahalanobis(complete)
        np.testing.assert_allclose(d2[:20], REFERENCE["mahalanobis"]["first20"], rtol=1e-11)
        assert d2.max() == pytest.approx(REFERENCE["mahalanobis"]["max"], rel=1e-11)
        assert (chi2.sf(d2, k) < 0.001).sum() == REFERENCE["mahalanobis"]["n_flag_.001"]


class TestKernels:
    def test_a_gap_ends_a_run_and_is_none_itself(self):
        x = np.array([[3, 3, NAN, 3, 3, 3], [NAN, NAN, NAN, 1, 2, 3], [NAN] * 6])
        assert kernels.longest_run(x).tolist() == [3, 1, 0]

    def test_variability_of_one_answer_does_not_exist(self):
        assert np.isnan(kernels.answer_sd(np.array([[4.0, NAN]]))).all()

    def test_even_odd_by_hand(self):
        # odd halves 1 2 4, even halves 2 4 5: r = cov/(sd sd) = 4.3333/(√4.6667 √4.6667)·…
        odd, even = np.array([1.0, 2, 4]), np.array([2.0, 4, 5])
        row = np.column_stack([odd, even]).reshape(1, -1)
        r = np.corrcoef(odd, even)[0, 1]
        found = kernels.even_odd(row, [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])])
        assert found[0] == pytest.approx(2 * r / (1 + r), abs=1e-12)

    def test_even_odd_is_floored_and_refuses_two_points(self):
        row = np.array([[1.0, 3, 2, 2, 3, 1]])
        three = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
        assert kernels.even_odd(row, three)[0] == -1.0
        assert np.isnan(kernels.even_odd(row, three[:2])[0])
        with_gap = row.copy()
        with_gap[0, 5] = NAN
        assert np.isnan(kernels.even_odd(with_gap, three)[0])

    def test_mahalanobis_of_an_incomplete_respondent_uses_what_was_answered(self):
        x = simulated().astype(float)
        x[0, [2, 5]] = NAN
        d2, k = kernels.mahalanobis(x)
        there = np.isfinite(x[0])
        frame = pd.DataFrame(x)
        away = (x[0] - frame.mean().to_numpy())[there]
        expected = away @ np.linalg.inv(frame.cov().to_numpy()[np.ix_(there, there)]) @ away
        assert (d2[0], k[0]) == (pytest.approx(expected, rel=1e-10), 10)

    @pytest.mark.parametrize("spoil", ["constant", "copy", "few"])
    def test_no_regular_covariance_no_distance(self, spoil):
        x = simulated().astype(float)
        if spoil == "constant":
            x[:, 3] = 2
        elif spoil == "copy":
            x[:, 3] = x[:, 0] + x[:, 1]
        else:
            x = x[:8]
        assert kernels.mahalanobis(x) is None

    def test_same_answers_leaves_straight_lines_and_near_empty_rows_out(self):
        rows = [[1, 2, 3, 4]] * 2 + [[5, 5, 5, 5]] * 2 + [[1, NAN, 2, 3]] * 2 + [[NAN, NAN, 2, 3]]
        x = np.array(rows, dtype=float)
        assert kernels.same_answers(x, 3).tolist() == [2, 2, 1, 1, 2, 2, 1]

    def test_flag_counts_of_independent_flags(self):
        flagged = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=bool)
        observed, expected = kernels.flag_counts(flagged, np.ones_like(flagged))
        assert observed.tolist() == [1, 2, 1]
        np.testing.assert_allclose(expected, [1, 2, 1], atol=1e-12)

    def test_flag_counts_where_an_index_is_absent(self):
        flagged = np.array([[1, 0], [0, 0], [1, 0], [0, 0]], dtype=bool)
        screened = np.array([[1, 1], [1, 1], [1, 0], [1, 0]], dtype=bool)
        _, expected = kernels.flag_counts(flagged, screened)
        np.testing.assert_allclose(expected, [2, 2, 0], atol=1e-12)


ANSWER = st.sampled_from([NAN, 1.0, 2.0, 3.0, 4.0, 5.0])
ROWS = st.lists(st.lists(ANSWER, min_size=6, max_size=6), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_rows_are_judged_one_by_one(rows):
    """Run, variability and halves of a respondent do not depend on who stands beside."""
    x = np.array(rows)
    halves = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    for kernel in (kernels.longest_run, kernels.answer_sd, lambda part: kernels.even_odd(part, halves)):
        together = kernel(x)
        apart = np.concatenate([kernel(x[i : i + 1]) for i in range(len(x))])
        np.testing.assert_allclose(together, apart, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([NAN, 1.0, 2.0, 3.0]), min_size=1, max_size=12))
def test_longest_run_by_counting(row):
    longest, current = 0, 0
    for before, answer in pairwise([NAN, *row]):
        current = current + 1 if answer == before else int(answer == answer)
        longest = max(longest, current)
    assert kernels.longest_run(np.array([row])).tolist() == [longest]


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(60)))
def test_order_of_respondents_does_not_matter(order):
    x = simulated(60, n_items=3).astype(float)
    order = np.array(order)
    np.testing.assert_allclose(kernels.mahalanobis(x[order])[0], kernels.mahalanobis(x)[0][order], rtol=1e-9)
    assert (kernels.same_answers(x[order], 5) == kernels.same_answers(x, 5)[order]).all()


class TestScreen:
    def test_planted_respondents_are_flagged(self):
        """Simulated: 600 careful respondents, 20 straight lines, 20 random ones, 5 copies of one row."""
        rng = np.random.default_rng(11)
        careful = simulated(600, n_dimensions=4, n_items=5)
        lines = np.repeat(rng.integers(1, 6, size=(20, 1)), 20, axis=1)
        random = rng.integers(1, 6, size=(20, 20))
        copies = np.repeat(careful[:1], 5, axis=0)
        codes = np.vstack([careful, lines, random, copies])
        screen = screen_responses(answers(codes, form(4, 5)))
        frame = screen.per_respondent
        assert frame["flag_longstring"][600:620].all()
        assert frame["flag_irv"][600:620].all()
        assert frame["flag_duplicate"][[0, *range(640, 645)]].all()
        assert not frame["flag_duplicate"][600:620].any()
        assert frame["flag_mahalanobis"][620:640].mean() > 0.5 > 10 * frame["flag_mahalanobis"][:600].mean()
        assert screen.joint_rate > 3 * screen.joint_expected
        assert len(frame) == 645 and frame["row"].tolist() == list(range(1, 646))

    def test_cut_offs_follow_the_catalogue_and_the_form(self):
        screen = screen_responses(answers(simulated(), form()))
        value = {entry["name"]: entry["value"] for entry in load("careless")["indices"]}
        assert screen["longstring"].cut_off == value["longstring"] * 12
        assert screen["irv"].cut_off == value["irv"] * 4
        assert screen["mahalanobis"].cut_off == value["mahalanobis"]

    def test_an_index_at_its_cut_off(self):
        codes = simulated(n_items=4)
        codes[0] = [3] * 6 + [1, 2, 1, 2, 1, 2]
        codes[1] = [3] * 5 + [1, 2, 1, 2, 1, 2, 1]
        frame = screen_responses(answers(codes, form())).per_respondent
        assert frame["flag_longstring"][:2].tolist() == [True, False]

    def test_bfi(self, bfi_study):
        screen = screen_responses(bfi_study.responses)
        runs = kernels.longest_run(bfi_study.responses.codes.to_numpy())
        assert screen["longstring"].n_flagged == (runs >= 12.5).sum()
        assert screen["longstring"].expected < screen["longstring"].share
        assert set(screen.unavailable) == {"seconds"}
        assert screen.inputs.n_rows == screen.inputs.n_used == 2800

    def test_respondents_without_answers_carry_no_flag(self):
        codes = simulated().astype(object)
        codes[4] = ""
        screen = screen_responses(answers(codes, form()))
        row = screen.per_respondent.iloc[4]
        assert row["n_flags"] == 0 and np.isnan(row["longstring"])
        assert screen["longstring"].n == 599

    def test_weights_change_nothing_and_are_said_to(self):
        frame = pd.DataFrame(simulated(), columns=list(form().item_codes))
        plain = screen_responses(ak.read_responses(frame, form()))
        weighted = screen_responses(ak.read_responses(frame.assign(w=2.5), form(), weights="w"))
        pd.testing.assert_frame_equal(plain.table(), weighted.table())
        assert "screen_unweighted" in {notice.code for notice in weighted.notices}

    def test_time_from_a_column_or_given(self):
        groups = [Background("durasi", {"id": "Lama pengisian (detik)"}, kind="numeric")]
        time = np.full(600, 100.0)
        time[:7] = 23.9
        time[7] = 24.0
        by_column = screen_responses(answers(simulated(), form(groups=groups), durasi=time))
        assert by_column["seconds"].n_flagged == 7
        given = screen_responses(answers(simulated(), form()), seconds=time)
        assert given["seconds"].n_flagged == 7
        with pytest.raises(ArgumentError, match="seconds_unknown"):
            screen_responses(answers(simulated(), form()), seconds="durasi")
        with pytest.raises(ArgumentError, match="seconds_length"):
            screen_responses(answers(simulated(), form()), seconds=[1.0, 2.0])

    def test_two_dimensions_have_no_even_odd_index(self):
        screen = screen_responses(answers(simulated(n_dimensions=2), form(2)))
        assert isinstance(screen.unavailable["even_odd"], Unavailable)
        assert "even_odd" not in screen.table()["index"].tolist()
        assert "even_odd_absent" in {notice.code for notice in screen.notices}

    def test_an_item_without_variance_has_no_distance(self):
        codes = simulated()
        codes[:, 0] = 4
        screen = screen_responses(answers(codes, form()))
        assert screen.unavailable["mahalanobis"].code == "no_mahalanobis"
        assert "mahalanobis_absent" in {notice.code for notice in screen.notices}

    def test_chance_rate_of_unrelated_answers_is_what_is_seen(self):
        """Independent items: shuffling changes nothing but the draw, so the rates agree within Monte Carlo error."""
        rng = np.random.default_rng(5)
        codes = rng.choice([1, 5], p=[0.15, 0.85], size=(4000, 12))
        screen = screen_responses(answers(codes, form()), draws=40)
        for name in ("longstring", "duplicate"):
            index = screen[name]
            error = np.sqrt(index.expected * (1 - index.expected) / 4000)
            # equal answers come in clumps, so their count varies more than a binomial
            assert abs(index.share - index.expected) < (3 if name == "longstring" else 9) * error
            assert index.expected > 0.1

    def test_the_same_each_time_and_no_draws_no_chance(self):
        given = answers(simulated(), form())
        assert screen_responses(given).record() == screen_responses(given).record()
        without = screen_responses(given, draws=0)
        assert all(isinstance(index.expected, Unavailable) for index in without.indices)

    def test_record_and_tables_hold_no_single_respondent(self):
        screen = screen_responses(answers(simulated(), form()))
        assert "per_respondent" not in screen.record()
        assert screen.joint.table()["n"].sum() == 600
        assert screen.joint.table()["expected_percent"].sum() == pytest.approx(100)
        assert list(screen.table().columns) == [
            "index",
            "comparison",
            "cut_off",
            "n",
            "n_flagged",
            "percent",
            "expected_percent",
            "cited_to",
            "status",
        ]
        assert "careless_screen" in repr(screen)

    def test_nothing_is_removed(self):
        given = answers(simulated(), form())
        screen = screen_responses(given)
        assert len(screen.per_respondent) == given.n == 600
        assert "flags_delete_nothing" in {notice.code for notice in screen.notices}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_equal_rows_are_those_that_are_equal(base, columns, seed):
    """Also where the digits do not fit into one whole number."""
    random = np.random.default_rng(seed)
    digits = random.integers(0, base, size=(30, columns))
    digits[10:20] = digits[random.integers(0, 10, size=10)]
    number = kernels.equal_rows(digits)
    same = (digits[:, None, :] == digits[None, :, :]).all(axis=2)
    assert (same == (number[:, None] == number[None, :])).all()
