"""Shares of votes: arithmetic by hand, the respondent as the cluster, refusals with their place."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Unavailable

VOTES = pd.DataFrame({"current": ["A1;A2", "A1;C1", "C1; C2", None, "N1"]})


@pytest.fixture
def instrument(bfi_study):
    return bfi_study.instrument


def shares(votes, instrument, **options):
    found = ak.vote_shares(votes, instrument, questions=("current",), **options)
    return {entry.value: entry for entry in found.entries}


def test_shares_of_votes_and_of_voters_by_hand(instrument):
    found = shares(VOTES, instrument)
    assert {v: e.votes for v, e in found.items()} == {"A": 3, "C": 3, "E": 0, "N": 1, "O": 0}
    assert found["A"].share.estimate == pytest.approx(300 / 7) and found["A"].share.n == 4
    assert found["A"].voters_percent == pytest.approx(50)
    assert sum(e.share.estimate for e in found.values()) == pytest.approx(100)


def test_the_error_is_that_of_a_ratio_with_the_respondent_as_cluster(instrument):
    y, m = np.array([2.0, 1, 0, 0]), np.array([2.0, 2, 2, 1])
    e = y - 3 / 7 * m
    expected = 100 * np.sqrt(4 / 3 * (e**2).sum()) / 7
    assert shares(VOTES, instrument)["A"].share.se == pytest.approx(expected, abs=1e-12)


def test_repeating_the_respondents_keeps_shares_and_narrows_intervals(instrument):
    once, many = shares(VOTES, instrument)["A"], shares(pd.concat([VOTES] * 9), instrument)["A"]
    assert many.share.estimate == pytest.approx(once.share.estimate)
    assert many.share.interval.high - many.share.interval.low < (once.share.interval.high - once.share.interval.low) / 2


def test_refusals_and_a_single_voter(instrument):
    for votes, code in (
        (pd.DataFrame({"x": ["A1"]}), "votes_columns"), (pd.DataFrame({"current": ["A1", "Z9"]}), "votes_unknown_item"),
        (pd.DataFrame({"current": [None, ""]}), "votes_none"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=code) as caught:
            shares(votes, instrument)
        assert caught.value.hint
        if code == "votes_unknown_item":
            assert (caught.value.where.row, caught.value.where.column, caught.value.got) == (3, "current", "Z9")
    alone = shares(pd.DataFrame({"current": ["A1"]}), instrument)["A"]
    assert alone.share.estimate == 100 and isinstance(alone.share.interval, Unavailable)
