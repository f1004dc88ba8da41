"""Votes: each respondent picks a few behaviours; shares of votes per value, with the respondent as the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Estimate, Interval, ResultBase, Unavailable, result
from akhlak_research.instrument.model import Instrument


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
    """

    kind: ClassVar[str] = "vote_shares"
    entries: tuple[VoteShare, ...]

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
    level : float
        Level of the intervals (Student's t, cut at 0 and 100).

    Returns
    -------
    VoteShares
        In percent of votes; the share of respondents stands beside it under its own name.

    Raises
    ------
    DataError
        ``votes_columns`` for a question that is no column; ``votes_unknown_item`` for a code that is no item, with
        its row; ``votes_none`` for a question without any vote.

    Notes
    -----
    With y_i votes of respondent i for the value and m_i votes in all, r = Σy/Σm and
    var(r) = n/(n − 1) Σ(y_i − r m_i)² / (Σm)² (Cochran 1977, eq. 6.13, without finite-population correction).

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
    missing = [name for name in questions if name not in votes.columns]
    if missing:
        raise DataError("votes_columns", got=missing, expected=[str(c) for c in votes.columns])
    value_of = {item.code: item.dimension for item in instrument.items}
    return VoteShares(
        entries=tuple(
            entry for name in questions for entry in _question(votes[name], name, value_of, instrument, level)
        )
    )


def _question(
    cells: pd.Series, name: str, value_of: dict[str, str], instrument: Instrument, level: float
) -> list[VoteShare]:
    values = [dimension.code for dimension in instrument.dimensions]
    counts = np.zeros((len(cells), len(values)))
    for row, cell in enumerate(cells.tolist()):
        for code in [] if pd.isna(cell) else [part.strip() for part in str(cell).split(";") if part.strip()]:
            if code not in value_of:
                raise DataError("votes_unknown_item", row=row + 2, column=name, got=code, expected=tuple(value_of))
            counts[row, values.index(value_of[code])] += 1
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) == 0:
        raise DataError("votes_none", column=name)
    m, n = counts.sum(axis=1), len(counts)
    found = []
    for at, value in enumerate(values):
        y = counts[:, at]
        share, voters = y.sum() / m.sum(), int((y > 0).sum())
        estimate = _ratio(y, m, share, n, level)
        found.append(VoteShare(name, value, int(y.sum()), voters, estimate, 100 * voters / n))
    return found


def _ratio(y: np.ndarray, m: np.ndarray, share: float, n: int, level: float) -> Estimate:
    if n < 2:
        none = Unavailable("one_respondent")
        return Estimate(100 * share, none, none, n)
    se = float(np.sqrt(n / (n - 1) * ((y - share * m) ** 2).sum()) / m.sum())
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * se
    interval = Interval(100 * max(0.0, share - half), 100 * min(1.0, share + half), level, "ratio-linearised")
    return Estimate(100 * share, 100 * se, interval, n)
