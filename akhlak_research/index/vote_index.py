"""``vote_index``: what a culture survey by picked words says, with the respondent as the cluster of every error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Notice, ResultBase, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.index.vote_measures import Key, Measures, bootstrap_estimates, linearised_estimates, measures_of
from akhlak_research.index.vote_table import Votes, as_votes, blank_notices
from akhlak_research.index.votes import VoteShares, shares_of
from akhlak_research.instrument.model import Instrument
from akhlak_research.survey.linearised import Ints

#: measures of the culture as a whole, in the order of reports
OVERALL = ("entropy", "positive_energy", "match", "profile_match", "evenness")


@dataclass(frozen=True, slots=True)
class VoteMeasure:
    """One statistic of the votes.

    Attributes
    ----------
    unit : str or None
        None for all respondents.
    measure : str
        ``"share_of_votes"``, ``"share_of_respondents"`` (of a value), ``"area_share"``, ``"entropy"``,
        ``"positive_energy"``, ``"match"``, ``"profile_match"``, ``"evenness"``.
    question : str
        One question, or two joined by ``–``.
    value : str
        Value or area; empty for measures of the whole.
    score : Estimate or Unavailable
        In percent; ``n`` counts respondents.
    by_chance : float or None
        For ``match``: what two different respondents would show.
    """

    unit: str | None
    measure: str
    question: str
    value: str
    score: Estimate | Unavailable
    by_chance: float | None = None

    @property
    def estimate(self) -> float:
        """The statistic in percent."""
        return self.score.estimate


@result
class VoteIndex(ResultBase):
    """Statistics of votes for all respondents and per unit.

    Attributes
    ----------
    measures : tuple of VoteMeasure
        All respondents first, then units in sorted order.
    shares : VoteShares
        Shares of the values over all respondents, with counts.
    word_counts : DataFrame
        One row per question and word: ``question word value votes voters_percent``.
    questions : mapping
        Column of each of ``personal``, ``current``, ``desired``.
    limit : int
    level : float
    method : {"taylor", "bootstrap"}
    n_boot, seed : int or None
    n_respondents : int
        Those who picked something on one question at least.
    n_blank : int
        Those who left every question blank; no measure counts them.
    """

    kind: ClassVar[str] = "vote_index"
    measures: tuple[VoteMeasure, ...]
    shares: VoteShares
    word_counts: pd.DataFrame
    questions: Mapping[str, str]
    limit: int
    level: float
    method: str
    n_boot: int | None
    seed: int | None
    n_respondents: int
    n_blank: int
    notices: tuple[Notice, ...] = ()

    def find(self, measure: str, question: str = "", value: str = "", unit: str | None = None) -> VoteMeasure:
        """One statistic. ``question`` may be left out where the measure belongs to one question only."""
        found = [
            m for m in self.measures
            if m.measure == measure and m.unit == unit and m.value == value and question in ("", m.question)
        ]  # fmt: skip
        if len(found) != 1:
            known = list(dict.fromkeys(f"{m.measure} {m.question} {m.value}".strip() for m in self.measures))
            got = f"{measure} {question} {value}".strip()
            raise ArgumentError("unknown_choice", argument="measure", got=got, expected=known)
        return found[0]

    @property
    def entropy(self) -> Estimate | Unavailable:
        """Share of limiting words among all votes on the current culture, in percent."""
        return self.find("entropy").score

    @property
    def positive_energy(self) -> Estimate | Unavailable:
        """100 − entropy."""
        return self.find("positive_energy").score

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units."""
        return tuple(dict.fromkeys(m.unit for m in self.measures if m.unit is not None))

    def table(self) -> pd.DataFrame:
        """Measures of the culture as a whole: ``measure question estimate std_error ci_low ci_high by_chance n``."""
        return self._frame([m for m in self.measures if m.unit is None and m.measure in OVERALL]).drop(
            columns=["unit", "value"]
        )

    def value_table(self) -> pd.DataFrame:
        """Per question and value (or area), share of votes and share of respondents apart."""
        chosen = [m for m in self.measures if m.unit is None and m.measure not in OVERALL]
        return self._frame(chosen).drop(columns=["unit", "by_chance"])

    def unit_table(self, measure: str = "positive_energy", question: str = "", value: str = "") -> pd.DataFrame:
        """One measure of every unit of two or more voters: ``unit question estimate std_error ci_low ci_high n``.

        What an office with one voter would show is that person's vote.
        """
        chosen = [
            m for m in self.measures
            if m.unit is not None and m.measure == measure and m.value == value and question in ("", m.question)
            and m.score.n != 1
        ]  # fmt: skip
        return self._frame(chosen).drop(columns=["measure", "value", "by_chance"])

    def word_table(self, question: str | None = None) -> pd.DataFrame:
        """Words by number of votes, most first: ``question word value votes voters_percent``."""
        frame = self.word_counts
        if question is not None:
            check_choice(question, tuple(self.questions.values()), "question")
            frame = frame[frame["question"] == question]
        return frame.sort_values(["question", "votes", "word"], ascending=[True, False, True], ignore_index=True)

    def _frame(self, chosen: list[VoteMeasure]) -> pd.DataFrame:
        rows = [
            (m.unit, m.measure, m.question, m.value, m.estimate, float(m.score.se), float(m.score.interval.low),
             float(m.score.interval.high), m.by_chance, m.score.n)
            for m in chosen
        ]  # fmt: skip
        names = ["unit", "measure", "question", "value", "estimate", "std_error", "ci_low", "ci_high", "by_chance", "n"]
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """Respondents, and positive energy where the list allows it."""
        energy = self.positive_energy
        return f"{self.n_respondents} respondents" + (
            f", positive energy {energy!r}" if isinstance(energy, Estimate) else ""
        )


def vote_index(
    votes: pd.DataFrame,
    words: Instrument | pd.DataFrame,
    *,
    limit: int,
    personal: str | None = "personal",
    current: str = "current",
    desired: str | None = "desired",
    unit: str | None = None,
    weights: str | pd.Series | None = None,
    separator: str = ";",
    interval: Literal["taylor", "bootstrap"] = "taylor",
    level: float = 0.95,
    n_boot: int = 1000,
    rng: int | np.random.Generator | None = None,
) -> VoteIndex:
    """Statistics of votes: shares per value, matches of questions, entropy and positive energy, balance over areas.

    Parameters
    ----------
    votes : DataFrame
        One row per respondent; the words that were picked stand in one cell per question, joined by ``separator``.
    words : Instrument or DataFrame
        The list to pick from, the user's own: an instrument (its items, its dimensions as values), or a table with the
        columns ``word`` and ``value``, and perhaps ``limiting`` (true for words of what holds back) and ``area``.
    limit : int
        Words that a respondent may pick on one question.
    personal, current, desired : str or None
        Columns of the questions; None where one was not asked.
    unit : str, optional
        Column of the office: all measures of each office too.
    weights : str or Series, optional
        Sampling weights of respondents; their scale does not matter.
    separator : str
    interval : {"taylor", "bootstrap"}
        Linearised over respondents with Student's t, or percentiles of respondents drawn again.
    level : float
        Level of the intervals, which are cut at 0 and 100.
    n_boot : int
        Bootstrap samples.
    rng : int or Generator, optional
        Seed of the bootstrap.

    Returns
    -------
    VoteIndex
        ``.table()`` the culture as a whole, ``.value_table()`` and ``.shares`` per value, ``.unit_table(measure)``,
        ``.word_table()``, ``.entropy``, ``.positive_energy``.

    Raises
    ------
    ArgumentError
        ``votes_type``, ``words_type``, ``count_out_of_range``, ``level_out_of_range``, ``unknown_choice``.
    DataError
        ``votes_unknown_item``, ``votes_repeated``, ``votes_over_limit`` (each with row and question),
        ``votes_columns``, ``votes_none``, ``votes_weights``, ``words_columns``, ``words_twice``, ``words_limiting``,
        ``words_empty``.

    Notes
    -----
    These are votes, not ratings: alpha, factors and Rasch scales do not apply to them. All measures are in percent.

    - share_of_votes: votes for a value over all votes; share_of_respondents: people who gave it one or more, over the
      people who picked anything on that question (``n`` of its row).
    - entropy: votes for limiting words over all votes on the current culture; positive_energy = 100 − entropy. Without
      a column ``limiting`` they do not exist.
    - match: 2 · words that a respondent named in both questions, over the words named in both, summed over respondents
      who answered both. ``by_chance`` is the same between different respondents: agreement that comes from popular
      words alone.
    - profile_match: Σ min of the two shares of each word: likeness of the two profiles, whoever voted. It is biased
      downwards when few people voted.
    - evenness: Shannon entropy of the shares of areas in the current culture over its maximum: a choice of this
      project for balance.

    How the published indices of alignment, balance and total health are computed was not found; none of these is
    presented as theirs. A respondent without a pick does not count for that question, one without any pick for none;
    notices say how many there are of both. Errors are without finite-population correction.

    References
    ----------
    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., section 6.13; Dice, L. R. (1945), Ecology 26, 297–302.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> words = pd.DataFrame({"word": ["honest", "helpful", "slow"], "value": ["A", "H", ""], "limiting": [0, 0, 1]})
    >>> own, seen = ["honest", "helpful", "honest"], ["honest;slow", "slow", "helpful"]
    >>> votes = pd.DataFrame({"personal": own, "current": seen})
    >>> culture = ak.vote_index(votes, words, limit=2, desired=None)
    >>> round(culture.entropy.estimate, 1)
    50.0
    """
    check_level(level)
    check_choice(interval, ("taylor", "bootstrap"), "interval")
    check_count(limit, 1, "limit")
    check_count(n_boot, 100, "n_boot")
    asked = {"personal": personal, "current": current, "desired": desired}
    questions = {name: column for name, column in asked.items() if column is not None}
    given = as_votes(
        votes, words, tuple(questions.values()), limit=limit, unit=unit, weights=weights, separator=separator
    )
    draw, seed = generator(rng) if interval == "bootstrap" else (None, None)
    measures: list[VoteMeasure] = []
    everyone = np.zeros(len(given.w), dtype=np.int64)
    domains: list[tuple[Ints, tuple[str | None, ...]]] = [(everyone, (None,))]
    if given.unit is not None:
        domains.append((given.unit, given.unit_names))
    for domain, names in domains:
        made = measures_of(given, questions, domain, len(names))
        found = (
            linearised_estimates(made, level) if draw is None else bootstrap_estimates(made, level, n_boot, draw)
        )
        measures += _entries(made, found, names)
    some = int(np.any([made.any(axis=1) for made in given.picks.values()], axis=0).sum())
    return VoteIndex(
        measures=tuple(measures), shares=shares_of(given, level), word_counts=_word_counts(given),
        questions=questions, limit=limit, level=level, method=interval, n_boot=n_boot if draw is not None else None,
        seed=seed, n_respondents=some, n_blank=len(given.w) - some,
        notices=_notices(given),
    )  # fmt: skip


def _entries(
    made: Measures, found: Mapping[Key, list[Estimate | Unavailable]], names: tuple[str | None, ...]
) -> list[VoteMeasure]:
    entries = []
    for at, unit in enumerate(names):
        for key, scores in found.items():
            by_chance = 100 * float(made.chance[key][at]) if key in made.chance else None
            entries.append(VoteMeasure(unit, key.measure, key.question, key.value, scores[at], by_chance))
        entries += [VoteMeasure(unit, key.measure, key.question, key.value, why) for key, why in made.absent]
    return entries


def _word_counts(votes: Votes) -> pd.DataFrame:
    frames = []
    for name, made in votes.picks.items():
        voted = votes.w[made.any(axis=1)].sum()
        frames.append(
            pd.DataFrame(
                {
                    "question": name, "word": votes.list.words, "value": votes.list.values, "votes": made.sum(axis=0),
                    "voters_percent": 100 * (votes.w @ made) / voted,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _notices(votes: Votes) -> tuple[Notice, ...]:
    found = [Notice("votes_are_not_ratings", "info"), *blank_notices(votes)]
    if votes.list.limiting is not None or votes.list.areas is not None:
        found.append(Notice("vote_formulas_are_a_choice", "info"))
    without = 0 if votes.unit is None else int((votes.unit < 0).sum())
    if without:
        found.append(Notice("persons_without_unit", "caution", {"n": without}))
    return tuple(found)
