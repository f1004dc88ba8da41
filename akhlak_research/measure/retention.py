"""How many factors: several criteria side by side, and how their families vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import ByGroup, Notice, Result, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.correlations import CORRELATIONS
from akhlak_research.measure.material import gather, repeat_for
from akhlak_research.measure.retention_criteria import CRITERIA, Criterion, Finding, obstacle
from akhlak_research.measure.retention_evidence import Evidence


@result
class Retention(Result):
    """Numbers of factors that criteria suggest: a vote, not a verdict.

    Attributes
    ----------
    criteria : DataFrame
        One row per criterion: ``criterion family n_factors voting``; ``n_factors`` is a whole number or an Unavailable
        with the reason, ``voting`` whether it counts.
    tally : DataFrame
        ``n_factors families criteria``: each family has one vote, split evenly among its criteria that vote; most votes
        first.
    n_families : int
        Families that voted.
    leading : tuple of int
        The number, or the tied numbers, with the most votes.
    low, high : int or Unavailable
        The smallest and the largest number that a voting criterion suggests.
    curves : DataFrame
        ``criterion k value against``: what each criterion looked at. Eigenvalues by rank with what they must exceed;
        average partial correlations by components held constant; fit by number of factors with the scree test value st
        (hull); p-values and lower limits of the RMSEA with their threshold.
    eigenvalues : Series
        Of the correlation matrix, by rank.
    n : int or Unavailable
        Respondents that sampling error went by (rows of the noise).
    n_iter, percentile, correlation, seed
        As asked; ``seed`` is None if a Generator was given.
    """

    kind: ClassVar[str] = "retain_factors"
    criteria: pd.DataFrame
    tally: pd.DataFrame
    n_families: int
    leading: tuple[int, ...]
    low: int | Unavailable
    high: int | Unavailable
    curves: pd.DataFrame
    eigenvalues: pd.Series
    n: int | Unavailable
    n_iter: int
    percentile: float
    correlation: str
    seed: int | None

    def table(self) -> pd.DataFrame:
        """One row per criterion: ``criterion family n_factors voting``."""
        return self.criteria.copy()

    def curve(self, criterion: str) -> pd.DataFrame:
        """What one criterion looked at: ``value against`` by k."""
        if criterion not in set(self.criteria["criterion"]):
            raise ArgumentError(
                "unknown_choice", argument="criterion", got=criterion, expected=tuple(self.criteria["criterion"])
            )
        chosen = self.curves[self.curves["criterion"] == criterion]
        return chosen.drop(columns="criterion").set_index("k")

    def headline(self) -> str:
        """Numbers with the most votes, and the range of all."""
        if not self.leading:
            return "no criterion could be used"
        most = " or ".join(map(str, self.leading))
        votes = float(self.tally["families"].iloc[0])
        return f"{most} ({votes:.3g} of {self.n_families} families; criteria from {self.low} to {self.high})"


def retain_factors(
    items: Items,
    *,
    criteria: Sequence[str] | str | None = None,
    correlation: str = "pearson",
    n_iter: int = 1000,
    percentile: float = 95,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    n: int | None = None,
    rng: int | np.random.Generator | None = None,
) -> Retention | ByGroup[Retention]:
    """Set several criteria for the number of factors side by side, and count how their families vote.

    No criterion is right everywhere, and those that look at the same thing err together. Each family has one vote,
    which its criteria share evenly. Take the numbers that several families name as candidates, fit them all with
    ``efa``, and decide by what the factors mean.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Item codes, respondents × items; at least three items.
    criteria : sequence of str, or "all", optional
        *component*: ``scree`` (picture only), ``kaiser`` (shown, does not vote), ``ekc-2017``, ``ekc-2019``,
        ``parallel-components``, ``permutation-components``; *partial*: ``map-1976``, ``map-2000``; *factor*:
        ``parallel-factors``, ``parallel-smc``, ``permutation-factors``; *fit*: ``hull-caf``, ``hull-cfi``,
        ``hull-rmsea``; *test*: ``chi-square``, ``rmsea-lower``. Default: all but ``ekc-2019``, ``hull-rmsea`` and
        the permutations. What the data do not allow is skipped, and a notice says so.
    correlation : {"pearson", "polychoric"}
        Whose factors are counted. Polychoric: noise has the items' shares of categories; criteria whose references
        were derived for Pearson correlations (EKC, χ², RMSEA, CFI) are skipped.
    n_iter : int
        Draws of noise for parallel analysis.
    percentile : float
        Of the noise that an eigenvalue must exceed; 50 ≤ percentile < 100.
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame; the numbers do not depend on them.
    missing : {"listwise", "pairwise"}
        Pairwise, tests and hull-cfi need ``n``; sampling error goes by the harmonic mean of the pairs' n.
    weights : array (n,), optional
        Sampling weights: criteria of the weighted correlations, noise with Kish's effective n; tests, hull-cfi,
        hull-rmsea and permutations are skipped.
    frequencies : array (n,), optional
        Row counts.
    by : str or Series, optional
        Repeat for each group.
    n : int, optional
        Respondents that sampling error goes by, where the data leave it open (pairwise, weighted counts).
    rng : int or Generator, optional
        Seed; the result carries it. None draws a fresh one.

    Returns
    -------
    Retention, or ByGroup of Retention
        ``.table()``, ``.tally``, ``.leading``, ``.curve(criterion)``; ``ak.plot_scree`` draws it.

    Raises
    ------
    DataError
        ``efa_needs_items``, and as ``as_moments``: constant item, too few rows, and so on.
    ArgumentError
        ``percentile_out_of_range``, ``no_criteria``, unknown choices.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> found = ak.retain_factors(study.responses, n_iter=100, rng=1)
    >>> found.curve("map-1976")["value"].idxmin()
    5
    >>> found.low, found.high
    (5, 13)

    Notes
    -----
    *Kaiser* counts eigenvalues above 1. *EKC*: references of Braeken and van Assen (2017), or as Auerswald and
    Moshagen (2019) print them, where references instead of observed eigenvalues use up the variance. *MAP*: the number
    of components (0 allowed) after which the average squared (1976) or fourth-power (2000) partial correlation is
    smallest. *Parallel analysis* as in ``parallel_analysis``. *Hull*: the elbow among 0 … J factors, J one more than
    any parallel analysis retains; CAF from minres, CFI and 1 − RMSEA from maximum likelihood. A number that none
    larger up to J betters is the elbow; J itself cannot be. *chi-square*: the smallest number of factors that a test
    at 5 percent does not reject (maximum likelihood, Bartlett's correction); with many respondents it finds trifles.
    *rmsea-lower*: the smallest whose lower limit of the RMSEA (one-sided, 95 percent) is below .05.

    References
    ----------
    Auerswald, M., & Moshagen, M. (2019). How to determine the number of factors to retain in exploratory factor
    analysis. Psychological Methods, 24, 468–491.
    Braeken, J., & van Assen, M. A. L. M. (2017). An empirical Kaiser criterion. Psychological Methods, 22, 450–466.
    Lorenzo-Seva, U., Timmerman, M. E., & Kiers, H. A. L. (2011). The hull method for selecting the number of common
    factors. Multivariate Behavioral Research, 46, 340–364.
    Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations.
    Psychometrika, 41, 321–327.
    Velicer, W. F., Eaton, C. A., & Fava, J. L. (2000). Construct explication through factor or component analysis. In
    Problems and solutions in human assessment (pp. 41–71). Kluwer.
    """
    check_count(n_iter, 1, "n_iter")
    if not 50 <= percentile < 100:
        raise ArgumentError("percentile_out_of_range", got=percentile, expected="50 ≤ percentile < 100")
    _ = CORRELATIONS[correlation]
    data: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies
    }  # fmt: skip
    request = _Request(_chosen(criteria), correlation, n_iter, float(percentile), n, rng)
    return repeat_for(_retain, items, by, request=request, **data)


@dataclass(frozen=True, slots=True)
class _Request:
    criteria: tuple[Criterion, ...]
    correlation: str
    n_iter: int
    percentile: float
    n: int | None
    rng: int | np.random.Generator | None


def _chosen(criteria: Sequence[str] | str | None) -> tuple[Criterion, ...]:
    if criteria is None:
        return tuple(entry for entry in CRITERIA if entry.default)
    if criteria == "all":
        return tuple(CRITERIA)
    names = [criteria] if isinstance(criteria, str) else list(criteria)
    if not names:
        raise ArgumentError("no_criteria", expected=CRITERIA.names)
    return tuple(CRITERIA[name] for name in dict.fromkeys(names))


def _retain(items: Items, *, request: _Request, **data: Any) -> Retention:
    material = gather(items, **data)
    if len(material.moments.names) < 3:
        raise DataError("efa_needs_items", got=len(material.moments.names), expected=3)
    matrix = CORRELATIONS[request.correlation].matrix(items, material, data)
    R = matrix.R
    draw, seed = generator(request.rng)
    evidence = Evidence(
        items, material, R, request.correlation,
        n=request.n, n_iter=request.n_iter, percentile=request.percentile, rng=draw,
    )  # fmt: skip
    findings = {entry: _finding(entry, evidence) for entry in request.criteria}
    tally, families = _vote(findings)
    voted = tally["n_factors"].tolist()
    nobody = Unavailable("no_vote")
    most = tally["families"].max() if voted else 0.0
    n, notices = evidence.rows_of_noise
    return Retention(
        inputs=material.inputs,
        notices=(*matrix.notices, *notices, *_skipped(findings)),
        criteria=_criteria_table(findings),
        tally=tally,
        n_families=families,
        leading=tuple(sorted(k for k, v in zip(voted, tally["families"], strict=True) if v > most - 1e-9)),
        low=min(voted) if voted else nobody,
        high=max(voted) if voted else nobody,
        curves=_curves(findings),
        eigenvalues=pd.Series(evidence.eigenvalues, index=pd.RangeIndex(1, len(R) + 1, name="rank"), name="eigenvalue"),
        n=n,
        n_iter=request.n_iter,
        percentile=request.percentile,
        correlation=request.correlation,
        seed=seed,
    )


def _finding(criterion: Criterion, evidence: Evidence) -> Finding:
    reason = obstacle(criterion, evidence)
    if reason is None:
        return criterion.look(evidence)
    return Finding(reason, np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))


def _skipped(findings: dict[Criterion, Finding]) -> tuple[Notice, ...]:
    names = tuple(
        entry.name for entry, found in findings.items()
        if isinstance(found.n_factors, Unavailable) and not entry.visual
    )  # fmt: skip
    return (Notice("criteria_skipped", "caution", {"criteria": names}),) if names else ()


def _criteria_table(findings: dict[Criterion, Finding]) -> pd.DataFrame:
    frame = pd.DataFrame({
        "criterion": [entry.name for entry in findings],
        "family": [entry.family for entry in findings],
        "n_factors": pd.Series([found.n_factors for found in findings.values()], dtype=object),
        "voting": [
            entry.votes and not isinstance(found.n_factors, Unavailable) for entry, found in findings.items()
        ],
    })  # fmt: skip
    return frame


def _vote(findings: dict[Criterion, Finding]) -> tuple[pd.DataFrame, int]:
    """One vote per family, split evenly among its criteria that have a number and may vote."""
    ballots: dict[str, list[tuple[int, str]]] = {}
    for entry, found in findings.items():
        if entry.votes and not isinstance(found.n_factors, Unavailable):
            ballots.setdefault(entry.family, []).append((found.n_factors, entry.name))
    votes: dict[int, float] = {}
    voters: dict[int, list[str]] = {}
    for cast in ballots.values():
        for number, name in cast:
            votes[number] = votes.get(number, 0.0) + 1 / len(cast)
            voters.setdefault(number, []).append(name)
    order = sorted(votes, key=lambda number: (-round(votes[number], 9), number))
    tally = pd.DataFrame({
        "n_factors": pd.Series(order, dtype=np.int64),
        "families": pd.Series([votes[number] for number in order], dtype=np.float64),
        "criteria": pd.Series([", ".join(voters[number]) for number in order], dtype=object),
    })  # fmt: skip
    return tally, len(ballots)


def _curves(findings: dict[Criterion, Finding]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"criterion": entry.name, "k": found.k, "value": found.value, "against": found.reference})
        for entry, found in findings.items()
        if len(found.k)
    ]
    columns = ["criterion", "k", "value", "against"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns})
