"""Shares of votes per value: each respondent picks a few behaviours, and is the cluster of the error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_level
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.index.vote_kernels import domain_ratios
from akhlak_research.index.vote_table import Votes, as_votes, blank_notices
from akhlak_research.instrument.model import Instrument
from akhlak_research.survey.margin import critical_value

METHOD = "ratio-linearised"


@dataclass(frozen=True, slots=True)
class VoteShare:
    """Share of one value in the votes on one question.

    Attributes
    ----------
    question, value : str
    votes, voters : int
        Votes for the value, and respondents who gave it at least one.
    share : Estimate
        Votes for the value over all votes on the question, in percent; ``n`` counts respondents.
    voters_percent : float
        Respondents who gave it at least one vote, in percent of those who voted.
    """

    question: str
    value: str
    votes: int
    voters: int
    share: Estimate
    voters_percent: float


@result
class VoteShares(ResultBase):
    """Shares of the values for each question.

    Attributes
    ----------
    entries : tuple of VoteShare
    notices : tuple of Notice
        Respondents who picked nothing.
    """

    kind: ClassVar[str] = "vote_shares"
    entries: tuple[VoteShare, ...]
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """``question value votes voters voters_percent share ci_low ci_high n``."""
        rows = [
            (e.question, e.value, e.votes, e.voters, e.voters_percent, e.share.estimate, e.share.interval.low,
             e.share.interval.high, e.share.n)
            for e in self.entries
        ]  # fmt: skip
        names = ["question", "value", "votes", "voters", "voters_percent", "share_percent", "ci_low", "ci_high", "n"]
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """Number of shares."""
        return f"{len(self.entries)} shares"


def vote_shares(
    votes: pd.DataFrame,
    instrument: Instrument,
    *,
    questions: tuple[str, ...] = ("personal", "current", "desired"),
    limit: int | None = None,
    level: float = 0.95,
) -> VoteShares:
    """Share of the votes that each value receives, for each question.

    Votes of one person are dependent, so a share is a ratio of two totals over respondents and its error is the
    linearised one with the respondent as the cluster. Respondents without a vote on a question do not count for it.

    Parameters
    ----------
    votes : DataFrame
        One row per respondent; in each column of ``questions`` the item codes chosen, joined by ``;``.
    instrument : Instrument
        Says which value an item belongs to.
    questions : tuple of str
        Columns to count.
    limit : int, optional
        Votes that a respondent may give on one question; more are an error.
    level : float
        Level of the intervals (Student's t, cut at 0 and 100).

    Returns
    -------
    VoteShares
        In percent of votes; the share of respondents stands beside it under its own name.

    Raises
    ------
    DataError
        ``votes_columns`` for a question that is no column; ``votes_unknown_item`` for a code that is no item,
        ``votes_repeated`` for one named twice, ``votes_over_limit``, each with its row; ``votes_none`` for a question
        without any vote.

    Notes
    -----
    With y_i votes of respondent i for the value and m_i votes in all, r = Σy/Σm and
    var(r) = n/(n − 1) Σ(y_i − r m_i)² / (Σm)² (Cochran 1977, eq. 6.13, without finite-population correction).
    ``vote_index`` has weights, units, matches, entropy and balance.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> study = ak.Study("data/bfi")
    >>> votes = pd.DataFrame({"current": ["A1;A2", "A1;C1", "C1;C2"]})
    >>> shares = ak.vote_shares(votes, study.instrument, questions=("current",))
    >>> round(float(shares.table()["share_percent"].iloc[0]), 1)
    50.0
    """
    check_level(level)
    return shares_of(as_votes(votes, instrument, questions, limit=limit), level)


def shares_of(votes: Votes, level: float) -> VoteShares:
    """The shares of votes that are checked already."""
    entries = tuple(entry for name in votes.picks for entry in _question(votes, name, level))
    return VoteShares(entries=entries, notices=tuple(blank_notices(votes)))


def _question(votes: Votes, name: str, level: float) -> list[VoteShare]:
    made = votes.picks[name]
    voted = made.any(axis=1)
    made, w = made[voted], votes.w[voted]
    m, n, one = made.sum(axis=1).astype(np.float64), int(voted.sum()), np.zeros(int(voted.sum()), dtype=np.int64)
    values = np.array(votes.list.values)
    counts = np.stack([made[:, values == value].sum(axis=1) for value in votes.list.value_names], axis=1)
    gave = counts > 0
    shares = domain_ratios(counts, np.broadcast_to(m[:, None], counts.shape), w, one, 1)
    error = np.sqrt(shares.variance(one)[0])
    return [
        VoteShare(
            name, value, int(counts[:, at].sum()), int(gave[:, at].sum()),
            percent(float(shares.estimate[0, at]), float(error[at]), n, level),
            100 * float(w @ gave[:, at] / w.sum()),
        )
        for at, value in enumerate(votes.list.value_names)
    ]  # fmt: skip


def percent(share: float, error: float, n: int, level: float) -> Estimate:
    """A share of 1 with its error as percent, its interval cut at 0 and 100."""
    if n < 2:
        none = Unavailable("one_respondent")
        return Estimate(100 * share, none, none, n)
    half = critical_value(level, n - 1, "t") * error
    interval = Interval(100 * max(0.0, share - half), 100 * min(1.0, share + half), level, METHOD)
    return Estimate(100 * share, 100 * error, interval, n)
