"""What a study planned and what became of it: allocation, fieldwork, votes, evidence, composite, priorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from akhlak_research.core.errors import StudyError
from akhlak_research.core.results import Unavailable
from akhlak_research.core.yaml_files import read_yaml
from akhlak_research.disclosure.outputs import OutputsReview, review_outputs
from akhlak_research.index.combine import Composite, combine
from akhlak_research.index.evidence import EvidenceScore, evidence_score
from akhlak_research.index.norms import Norms, norms
from akhlak_research.index.priorities import Priorities, priorities
from akhlak_research.index.ranks import RankSets, rank_sets
from akhlak_research.index.result import Index
from akhlak_research.index.scores import score_persons
from akhlak_research.index.small_areas import SmallAreas, small_area
from akhlak_research.index.uncertainty import IndexUncertainty, index_uncertainty
from akhlak_research.index.vote_index import VoteIndex, vote_index
from akhlak_research.index.waves import WaveChanges, compare_waves
from akhlak_research.measure.cfa.power import CfaPower, power_cfa
from akhlak_research.responses.careless_results import CarelessScreen
from akhlak_research.responses.reader import read_responses
from akhlak_research.stages.effects import CarelessEffect, TruthComparison, more_respondents, without_flagged
from akhlak_research.stages.inputs import StudyInputs
from akhlak_research.stages.records import read_records
from akhlak_research.survey.allocation import Allocation, allocate
from akhlak_research.survey.composition import Composition, compare_composition, frame_margins
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.history import ResponseHistory, response_history
from akhlak_research.survey.margin import ExpectedMargin, expected_margin
from akhlak_research.survey.quota import quota_status
from akhlak_research.survey.quota_results import QuotaStatus
from akhlak_research.survey.sample_size import SampleSize, sample_size

if TYPE_CHECKING:
    import pandas as pd

#: what could have been chosen otherwise about the scoring: the share of the two best answers, not the mean
_SCORINGS: tuple[Mapping[str, Mapping[str, Any]], ...] = (
    {}, {"score": {"method": "percent-favourable", "top_answers": 2}},
)  # fmt: skip
#: weights of the values vary by a quarter to either side
_SPREAD = 0.25
#: samples of the power analysis: time grows with the fourth power of the items, so samples × items is held
_POWER_LEAST, _POWER_MOST, _POWER_ITEMS = 10, 40, 1000
#: a power of two; about a second for fifteen hundred people
_ROWS = 128


class StudyPlan(StudyInputs):
    """The settings ``plan``, ``fieldwork``, ``outcome`` and ``vote_limit`` at work; see ``Study``.

    Each method hands back a result, or why this study has none.
    """

    @property
    def plan(self) -> Mapping[str, Any] | Unavailable:
        """How many answers were planned (``plan`` of ``study.yaml``), or why nobody knows."""
        return self._settings.get("plan") or Unavailable("no_plan")

    @property
    def population(self) -> pd.Series | Unavailable:
        """People per unit of the frame; or why there are none."""
        frame = self.frame("frame")
        return frame if isinstance(frame, Unavailable) else frame.set_index("unit")["population"]

    def sample_sizes(self) -> SampleSize | Unavailable:
        """Answers needed per unit by every customary formula."""
        return self.attempt(sample_size, self.population, method="all")

    def size_for_index(self) -> SampleSize | Unavailable:
        """Answers that the index itself needs for a margin of the plan's points, and invitations for them."""
        plan, people = self.plan, self.population
        if isinstance(plan, Unavailable):
            return plan
        if isinstance(people, Unavailable):
            return people
        return sample_size(people, plan["margin"], sd=plan["sd"], response_rate=plan.get("response_rate", 1.0))

    def allocation(self, method: str | None = None, *, minimum: int = 0) -> Allocation | Unavailable:
        """The planned answers shared out over the frame's units; ``method`` and ``minimum`` instead of the plan's."""
        plan, frame = self.plan, self.frame("frame")
        if isinstance(plan, Unavailable):
            return plan
        how = method or plan["method"]
        least = plan.get("minimum", 0) if how == plan["method"] else minimum
        return self.attempt(allocate, frame, plan["n"], how, least, sd=plan["sd"])

    def power(self, n: Sequence[int], **assumed: Any) -> CfaPower | Unavailable:
        """``power_cfa`` of the instrument's model at these sizes; fewer samples where items are many."""
        samples = max(_POWER_LEAST, min(_POWER_MOST, _POWER_ITEMS // len(self.instrument.items)))
        return self.attempt(
            power_cfa, self.instrument, n, replicates=samples, rng=self.seed, progress=False, **assumed
        )  # fmt: skip

    def margins_at(self, rate: float) -> ExpectedMargin | Unavailable:
        """The margin of the index where this share of every unit's people answers, two at least."""
        plan, people = self.plan, self.population
        if isinstance(plan, Unavailable):
            return plan
        if isinstance(people, Unavailable):
            return people
        return expected_margin(people, (people * rate).round().clip(lower=2).astype(int), sd=plan["sd"])

    def quota(self, date: str | None = None) -> QuotaStatus | Unavailable:
        """Where the fieldwork stood on a day (``"watched"``: that of the settings; default: the last)."""
        frame, came, wanted, plan = self.frame("frame"), self._came(), self.allocation(), self.plan
        fieldwork = self._settings.get("fieldwork", {})
        day = fieldwork.get("watched") if date == "watched" else date
        if isinstance(frame, Unavailable):
            return frame
        if isinstance(came, Unavailable):
            return came
        if isinstance(wanted, Unavailable) or isinstance(plan, Unavailable):
            return Unavailable("no_plan")
        if date == "watched" and day is None:
            return Unavailable("no_days")
        return quota_status(
            frame, came, day, required=wanted, unit=str(self.unit), answered=fieldwork["answered"],
            closes=fieldwork.get("closes") if day else None, sd=plan["sd"],
        )  # fmt: skip

    def composition(self) -> Composition | Unavailable:
        """Who answered beside the frame, before and after the study's weights."""
        frame, columns = self.frame("frame"), self._settings.get("frame_columns")
        if isinstance(frame, Unavailable):
            return frame
        if not columns:
            return Unavailable("no_frame_columns")
        weights = self.weighted_responses.weights
        return self.attempt(
            compare_composition, SurveyDesign(self.responses.groups, weights=weights), frame_margins(frame, columns),
            self.instrument.groups,
        )  # fmt: skip

    def history(self) -> ResponseHistory | Unavailable:
        """The total day by day, and early against late answers, by the study's weights."""
        came = self._came()
        if isinstance(came, Unavailable):
            return came
        scores = self.person_scores()
        if isinstance(scores, Unavailable):
            return scores
        weights = self.weighted_responses.weights
        design = SurveyDesign(came.assign(total=scores), weights=weights, strata=self.unit, lonely="average")
        return self.attempt(response_history, design, "total", self._settings["fieldwork"]["answered"])

    def person_scores(self) -> pd.Series | Unavailable:
        """The total of each person by the recipe (NaN where too little was answered); or why there is none."""
        import pandas as pd

        recipe = self.recipe
        if isinstance(recipe, Unavailable):
            return recipe
        scored = score_persons(self.responses, recipe)
        total = np.full(self.responses.n, np.nan)
        total[scored.row] = scored.y @ scored.aggregate
        return pd.Series(total, index=self.responses.codes.index, name="total")

    def _came(self) -> pd.DataFrame | Unavailable:
        """Unit and day of each answer."""
        answered = self._settings.get("fieldwork", {}).get("answered")
        if self.unit is None:
            return Unavailable("no_unit")
        if answered is None:
            return Unavailable("no_days")
        return read_responses(self._needed("responses"), self.instrument, groups=[self.unit, answered]).groups

    def without_flagged(self, screen: CarelessScreen) -> CarelessEffect | Unavailable:
        """What leaving out the flagged respondents would change."""
        return without_flagged(self.responses, screen, self.recipe, self.disclosure_policy.threshold)

    def against_truth(self) -> TruthComparison | Unavailable:
        """The index of ever more respondents beside the truth of a simulated study (``TRUTH.yaml``); or why not."""
        path = self.path / "TRUTH.yaml"
        if not (self.simulated and path.is_file()):
            return Unavailable("no_truth")
        truth = float(read_yaml(path, StudyError)["values"]["index"]["census"])
        if self.unit is None:
            return Unavailable("no_unit")
        unit = self.responses.groups[self.unit]
        return self.attempt(more_respondents, self.person_scores(), unit, self.population, truth, self.seed)

    def votes(self, unit: str | None = None) -> VoteIndex | Unavailable:
        """Shares, matches and balance of the votes; the instrument's behaviours are the list to pick from."""
        votes, limit = self.frame("votes"), self._settings.get("vote_limit")
        if isinstance(votes, Unavailable):
            return votes
        if limit is None:
            return Unavailable("no_vote_limit")
        return self.attempt(vote_index, votes, self.instrument, limit=limit, unit=unit)

    def evidence(self) -> EvidenceScore | Unavailable:
        """The evaluators' ratings: columns that begin with ``evaluator``."""
        table = self.frame("evidence")
        if isinstance(table, Unavailable):
            return table
        evaluators = tuple(str(name) for name in table.columns if str(name).startswith("evaluator"))
        return self.attempt(evidence_score, table, evaluators=evaluators, rng=self.seed)

    def ranks(self, index: Index | Unavailable) -> RankSets | Unavailable:
        """Sets of ranks of the units of an index."""
        return self.attempt(rank_sets, self.with_units(index), rng=self.seed)

    def norms(self, index: Index | Unavailable) -> Norms | Unavailable:
        """The units beside the median unit."""
        return self.attempt(norms, self.with_units(index), rng=self.seed)

    def small_areas(self) -> SmallAreas | Unavailable:
        """Scores of small units that lean on all others; of all units, also those that may not be shown."""
        return self.attempt(small_area, self.with_units(self.index))

    def composite(self, index: Index | Unavailable, evidence: EvidenceScore | Unavailable) -> Composite | Unavailable:
        """80 % survey and 20 % evidence, as one regency was told to."""
        if isinstance(evidence, Unavailable):
            return evidence
        found = self.with_units(index)
        if isinstance(found, Unavailable):
            return found
        return self.attempt(combine, {"survey": found, "evidence": evidence}, "barito-utara-2025")

    def uncertainty(self) -> IndexUncertainty | Unavailable:
        """How far the total moves with other respondents, items, weights of values and another scoring."""
        if isinstance(self.index, Unavailable):
            return self.index
        if isinstance(self.index.total, Unavailable):
            return self.index.total
        return self.attempt(
            index_uncertainty, self.weighted_responses, self.recipe, alternatives={"scoring": _SCORINGS},
            weight_spread=_SPREAD, n_base=_ROWS, rng=self.seed, **self._finite_units(),
        )  # fmt: skip

    def _finite_units(self) -> dict[str, Any]:
        """The unit and the frame of its people, where the study has both: small offices are not drawn as if large."""
        frame = self.frame("frame")
        if self.unit is None or isinstance(frame, Unavailable):
            return {}
        return {"unit": self.unit, "frame": frame}

    def priorities(self) -> Priorities | Unavailable:
        """Which values go with the study's outcome, and where they stand."""
        outcome = self._settings.get("outcome")
        if outcome is None:
            return Unavailable("no_outcome")
        return self.attempt(priorities, self.weighted_responses, outcome, rng=self.seed)

    def waves(self) -> WaveChanges | Unavailable:
        """The change since the earlier wave (``files.responses_before``), unit by unit, with breaks in the series."""
        settings, recipe = self._settings.get("waves"), self.recipe
        if settings is None:
            return Unavailable("no_second_wave")
        if isinstance(recipe, Unavailable):
            return recipe
        before = read_responses(
            self._needed("responses_before"), self.instrument, weights=self._settings.get("weights")
        )
        first, second = settings["years"]
        return self.attempt(
            compare_waves, before, self.weighted_responses, recipe, years=(first, second),
            series=self._settings.get("published"), unit=self.unit, key=settings.get("key"),
        )  # fmt: skip

    def review_outputs(self) -> OutputsReview:
        """Every record kept so far against the disclosure policy."""
        records = read_records(self.out / "records")
        left = {name: kept["record"] for name, kept in records.items() if name not in ("outputs", "policy")}
        return review_outputs(left, self.disclosure_policy)
