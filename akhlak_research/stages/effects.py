"""What would be different: without the respondents who are flagged, with fewer answers, and against a known truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from akhlak_research.core.results import Estimate, Notice, ResultBase, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.counts.rows import per_dimension
from akhlak_research.index.build import build_index
from akhlak_research.index.recipe import Recipe
from akhlak_research.measure.alpha import Alpha, cronbach_alpha
from akhlak_research.responses.careless_results import CarelessScreen
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.estimate import estimate_mean

if TYPE_CHECKING:
    import pandas as pd

#: shares of the respondents that the truth is compared with
_SHARES = (0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class ValueEffect:
    """A value with everybody and without those who are flagged."""

    value: str
    score: float
    score_without: float
    alpha: float
    alpha_without: float


@result
class CarelessEffect(ResultBase):
    """What leaving out the flagged respondents would change; nobody is left out.

    Attributes
    ----------
    values : tuple of ValueEffect
    n_all, n_flagged, joint_flags : int
        Respondents; those with at least ``joint_flags`` flags.
    """

    kind: ClassVar[str] = "careless_effect"
    values: tuple[ValueEffect, ...]
    n_all: int
    n_flagged: int
    joint_flags: int
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per value: ``value value_score score_without change_of_score alpha_all alpha_without``."""
        import pandas as pd

        rows = [
            (one.value, one.score, one.score_without, one.score_without - one.score, one.alpha, one.alpha_without)
            for one in self.values
        ]
        names = ["value", "value_score", "score_without", "change_of_score", "alpha_all", "alpha_without"]
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """How many, and the largest change."""
        largest = max((abs(one.score_without - one.score) for one in self.values), default=0.0)
        return f"{self.n_flagged} of {self.n_all} flagged; scores change by at most {largest:.2f}"


def without_flagged(
    answers: Responses, screen: CarelessScreen, recipe: Recipe | Unavailable, least: int
) -> CarelessEffect | Unavailable:
    """Scores and alpha of the values with everybody and without those who carry the joint number of flags.

    Parameters
    ----------
    answers : Responses
    screen : CarelessScreen
        Of these answers.
    recipe : Recipe or Unavailable
        Where there is none, values are percent of maximum.
    least : int
        People that must be flagged: the difference of two published means gives away the mean of fewer.
    """
    flagged = screen.per_respondent["n_flags"].to_numpy() >= screen.joint_flags
    n = int(flagged.sum())
    if n < least or len(flagged) - n < least:
        return Unavailable("few_flagged", {"n": least})
    rest = answers.where(~flagged)
    how: Recipe | dict[str, Any] = {} if isinstance(recipe, Unavailable) else recipe
    scores = [build_index(part, how).values for part in (answers, rest)]
    alphas = [per_dimension(_alpha, part).parts for part in (answers, rest)]
    values = tuple(
        ValueEffect(
            name, *(float(part[name].score.estimate) for part in scores),
            *(float(part[name].raw.estimate) if name in part else np.nan for part in alphas),
        )
        for name in scores[0]
    )  # fmt: skip
    said = Notice("flagged_effect", "info", {"n": n, "n_rows": len(flagged), "flags": screen.joint_flags})
    return CarelessEffect(
        values=values, n_all=len(flagged), n_flagged=n, joint_flags=screen.joint_flags, notices=(said,)
    )


def _alpha(part: Responses) -> Alpha:
    found = cronbach_alpha(part)
    assert isinstance(found, Alpha)
    return found


@dataclass(frozen=True, slots=True)
class TruthRow:
    """The index of some respondents, by a way of weighting."""

    weighting: str
    score: Estimate | Unavailable


@result
class TruthComparison(ResultBase):
    """The index of ever more respondents beside what is true of everybody: only a simulated study knows it.

    Attributes
    ----------
    rows : tuple of TruthRow
        Without weights, then weighted to the people of each unit; fewer respondents first, each inside the next.
    truth : float
        The total over all people, had all answered.
    """

    kind: ClassVar[str] = "truth_comparison"
    rows: tuple[TruthRow, ...]
    truth: float
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per way and number: ``weighting n estimate ci_low ci_high width distance holds_truth``."""
        import pandas as pd

        made = []
        for row in self.rows:
            low, high = float(row.score.interval.low), float(row.score.interval.high)
            made.append(
                (row.weighting, row.score.n, row.score.estimate, low, high, high - low,
                 row.score.estimate - self.truth, "truth_inside" if low <= self.truth <= high else "truth_outside")
            )  # fmt: skip
        names = ["weighting", "n", "estimate", "ci_low", "ci_high", "ci_width", "from_truth", "holds_truth"]
        return pd.DataFrame(made, columns=names)

    def headline(self) -> str:
        """Truth, and the last of each way."""
        return f"truth {self.truth:.2f}; " + ", ".join(
            f"{row.weighting} {row.score.estimate:.2f}" for row in self.rows if row.score.n == self.rows[-1].score.n
        )


def more_respondents(
    scores: pd.Series, unit: pd.Series, population: pd.Series, truth: float, seed: int
) -> TruthComparison:
    """The mean of nested random parts of the respondents, unweighted and weighted by unit, beside the truth.

    Parameters
    ----------
    scores, unit : Series
        Total of each respondent (NaN: none) and the unit.
    population : Series
        People of each unit.
    truth : float
    seed : int
        Of the order in which respondents are added.
    """
    import pandas as pd

    there = scores.notna().to_numpy() & unit.notna().to_numpy()
    rng, _ = generator(seed)
    order = rng.permutation(np.flatnonzero(there))
    people = {str(name): int(size) for name, size in population.items()}
    rows = []
    for way in ("unweighted_mean", "weighted_by_unit"):
        for share in _SHARES:
            at = np.sort(order[: round(share * len(order))])
            part = pd.DataFrame({"score": scores.to_numpy()[at], "unit": unit.astype(str).to_numpy()[at]})
            design = SurveyDesign(part)
            if way == "weighted_by_unit":
                units = {name: people[name] for name in part["unit"].unique()}
                design = SurveyDesign(part, strata="unit", fpc=units, lonely="average")
            rows.append(TruthRow(way, estimate_mean(design, "score").estimate))
    last = [row.score for row in rows if row.score.n == len(order)]
    said = Notice(
        "more_respondents_same_bias", "info",
        {"few": rows[0].score.n, "many": len(order), "first": rows[0].score.estimate, "last": last[0].estimate,
         "weighted": last[1].estimate, "truth": truth},
    )  # fmt: skip
    return TruthComparison(rows=tuple(rows), truth=truth, notices=(said,))
