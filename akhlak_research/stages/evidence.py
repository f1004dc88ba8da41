"""What a study brings beside its instrument: hypotheses stated beforehand, its weights, ways to share a sample out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from akhlak_research.core.results import Notice, ResultBase, Unavailable, record_digest, result
from akhlak_research.core.text import Language, text
from akhlak_research.core.words import Words
from akhlak_research.index.result import TOTAL, Index
from akhlak_research.index.scores import score_persons
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.criterion import CriterionValidity, Hypothesis, criterion_validity
from akhlak_research.responses.reader import read_responses
from akhlak_research.stages.plan import StudyPlan
from akhlak_research.survey.adjust import rake
from akhlak_research.survey.allocation import Allocation, allocation_methods
from akhlak_research.survey.audit import WeightAudit, audit_weights
from akhlak_research.survey.composition import frame_margins
from akhlak_research.survey.design import SurveyDesign

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class StatedHypothesis:
    """An expectation of ``study.yaml``: see ``Hypothesis``; the reason in both languages."""

    score: str
    criterion: str
    direction: str
    minimum: float
    reason: Words


@result
class StatedHypotheses(ResultBase):
    """What was expected of other measures, before the answers were seen.

    Attributes
    ----------
    entries : tuple of StatedHypothesis
    digest : str
        SHA-256 of them; it is fixed together with recipe and criteria.
    """

    kind: ClassVar[str] = "stated_hypotheses"
    of_study: ClassVar[bool] = False
    entries: tuple[StatedHypothesis, ...]
    digest: str

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per hypothesis: ``score outside_measure direction least_r reason``."""
        import pandas as pd

        rows = [(one.score, one.criterion, one.direction, one.minimum, one.reason.say(lang)) for one in self.entries]
        return pd.DataFrame(rows, columns=["score", "outside_measure", "direction", "least_r", "reason"])

    def headline(self) -> str:
        """How many, and the digest."""
        return f"{len(self.entries)} hypotheses, {self.digest[:12]}"


@result
class SharedOut(ResultBase):
    """The planned answers shared out in every way, beside each other.

    Attributes
    ----------
    plans : tuple of Allocation
    margin : float
        Margin that the study plans for, in index points.
    """

    kind: ClassVar[str] = "shared_out"
    of_study: ClassVar[bool] = False
    plans: tuple[Allocation, ...]
    margin: float
    notices: tuple[Notice, ...] = ()

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per way: ``shared n fewest most margin_whole margin_median margin_widest
        units_within units_beyond``."""
        import pandas as pd

        rows = []
        for plan in self.plans:
            margins = np.array([float(one.margin) for one in plan.expected.margins if one.scope == "unit"])
            known = margins[~np.isnan(margins)]
            whole = next(float(one.margin) for one in plan.expected.margins if one.scope == "whole")
            within = int((known <= self.margin).sum())
            rows.append(
                (text(f"shared.{plan.method}", lang), plan.total, min(plan.n), max(plan.n), whole,
                 float(np.median(known)), float(known.max()), within, len(margins) - within)
            )  # fmt: skip
        names = [
            "shared", "n", "fewest", "most", "margin_whole", "margin_median", "margin_widest",
            "units_within", "units_beyond",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """The ways."""
        return ", ".join(plan.method for plan in self.plans)


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that the model fixes: what fit would gain and what it would become if it were free."""

    lhs: str
    op: str
    rhs: str
    group: str
    mi: float
    epc_std: float


@result
class SuggestedChanges(ResultBase):
    """Where a model misses most: the largest modification indices, in words.

    Attributes
    ----------
    changes : tuple of Change
        Largest first.
    n_possible : int
        Parameters that could be freed.
    """

    kind: ClassVar[str] = "suggested_changes"
    changes: tuple[Change, ...]
    n_possible: int
    notices: tuple[Notice, ...] = ()

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per change: ``change_of_model mi epc_std``."""
        import pandas as pd

        kinds = {"=~": "suggested.loading", "~~": "suggested.covariance"}
        rows = [
            (text(kinds.get(one.op, "suggested.other"), lang, first=one.lhs, second=one.rhs, relation=one.op),
             one.mi, one.epc_std)
            for one in self.changes
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["change_of_model", "mi", "epc_std"])

    def headline(self) -> str:
        """The largest."""
        first = self.changes[0] if self.changes else None
        return f"{first.lhs} {first.op} {first.rhs}: {first.mi:.1f}" if first else "none"


def suggested_changes(model: CfaResult, most: int = 10) -> SuggestedChanges:
    """The largest modification indices of a fitted model."""
    frame = model.modification_indices
    changes = tuple(
        Change(
            str(row["lhs"]), str(row["op"]), str(row["rhs"]), "" if row["group"] is None else str(row["group"]),
            float(row["mi"]), float(row["epc_std"]),
        )
        for _, row in frame.head(most).iterrows()
    )  # fmt: skip
    said = Notice("changes_after_the_fact", "caution", {"n": len(frame), "shown": len(changes)})
    return SuggestedChanges(changes=changes, n_possible=len(frame), notices=(said,))


class StudyEvidence(StudyPlan):
    """The settings ``hypotheses``, ``weights`` and ``plan`` at work; see ``Study``."""

    @property
    def hypotheses(self) -> StatedHypotheses | Unavailable:
        """What the study expects of other measures (``hypotheses`` of ``study.yaml``), or why it expects nothing."""
        given = self._settings.get("hypotheses")
        if not given:
            return Unavailable("no_hypotheses")
        entries = tuple(
            StatedHypothesis(
                one["score"], one["criterion"], one["direction"], float(one["minimum"]), Words(one["reason"])
            )
            for one in given
        )
        plain = [[one.score, one.criterion, one.direction, one.minimum] for one in entries]
        return StatedHypotheses(entries=entries, digest=record_digest(plain))

    def criterion(self) -> CriterionValidity | Unavailable:
        """The hypotheses of the study beside what was found: scores by the recipe, unweighted."""
        import pandas as pd

        stated, recipe = self.hypotheses, self.recipe
        if isinstance(stated, Unavailable):
            return stated
        if isinstance(recipe, Unavailable):
            return recipe
        outside = list(dict.fromkeys(one.criterion for one in stated.entries))
        groups = read_responses(self._needed("responses"), self.instrument, groups=outside).groups
        measures = groups[outside].apply(pd.to_numeric, errors="coerce")
        scored = score_persons(self.responses, recipe)
        scores = pd.DataFrame(scored.y, index=measures.index[scored.row], columns=list(scored.values))
        scores[TOTAL] = scored.y @ scored.aggregate
        wanted: list[Any] = [
            Hypothesis(one.score, one.criterion, one.direction, one.minimum)  # type: ignore[arg-type]
            for one in stated.entries
        ]
        return self.attempt(criterion_validity, scores.join(measures, how="left"), wanted)

    def suggested_changes(self, model: CfaResult | Unavailable) -> SuggestedChanges | Unavailable:
        """Where a model misses most, in words; or why there is no model."""
        return self.attempt(suggested_changes, model)

    def shared_out(self) -> SharedOut | Unavailable:
        """The planned answers by every way of sharing out, each with the plan's minimum."""
        plan, first = self.plan, self.allocation()
        if isinstance(plan, Unavailable):
            return plan
        if isinstance(first, Unavailable):
            return first
        found = [self.allocation(name, minimum=first.minimum) for name in allocation_methods.names]
        plans = tuple(one for one in found if not isinstance(one, Unavailable))
        said = Notice("one_sd_for_all", "info") if any(one.method == "neyman" for one in plans) else None
        return SharedOut(plans=plans, margin=float(plan["margin"]), notices=(said,) if said else ())

    def design(self) -> SurveyDesign | Unavailable:
        """The answers with their weights as a design; or why they have none."""
        if not self.has_weights:
            return Unavailable("no_weights")
        return SurveyDesign(self.responses.groups, weights=self.weighted_responses.weights)

    def weight_audit(self) -> WeightAudit | Unavailable:
        """The study's weights raked to what the frame knows beside the units: what was reached, and at what price."""
        frame, columns, design = self.frame("frame"), self._settings.get("frame_columns"), self.design()
        if isinstance(design, Unavailable):
            return design
        if isinstance(frame, Unavailable):
            return frame
        if not columns:
            return Unavailable("no_frame_columns")
        return self.attempt(audit_weights, self.attempt(rake, design, frame_margins(frame, columns)))

    def office(self, index: Index | Unavailable) -> str | Unavailable:
        """The office that is shown as an example: the one of most respondents among those that may be shown."""
        if self.unit is None:
            return Unavailable("no_unit")
        if isinstance(index, Unavailable):
            return index
        shown = {unit: index.of(unit)[TOTAL].score for unit in index.units if TOTAL in index.of(unit)}
        people = {unit: score.n for unit, score in shown.items() if not isinstance(score, Unavailable)}
        return max(people, key=lambda unit: people[unit]) if people else Unavailable("no_unit_shown")

    @staticmethod
    def known(**results: Any) -> dict[str, Any]:
        """Those of the results that exist: what a picture can be given."""
        return {name: found for name, found in results.items() if not isinstance(found, Unavailable)}
