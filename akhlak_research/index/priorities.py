"""``priorities``: which behaviours go with the outcome, and where a unit stands on them: what to strengthen first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.index.driver_data import Drivers, as_drivers
from akhlak_research.index.importance_kernels import (
    MAX_SUBSETS,
    correlations_of_sums,
    explained_variance,
    lmg,
    products,
    relative_weights,
    weighted_correlations,
)
from akhlak_research.index.strengthening import strengthening_stages
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import Floats

Quadrant = Literal["strengthen", "keep", "watch", "maintain", "undecided"]
#: a choice of this project: which stage of strengthening a place in the picture calls for
STAGES: Mapping[Quadrant, str] = {
    "strengthen": "change_agenda", "keep": "recognition", "watch": "internalisation",
    "maintain": "continuous", "undecided": "monitoring",
}  # fmt: skip
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True)
class Priority:
    """One driver.

    Attributes
    ----------
    driver : str
        Item or value.
    importance : Estimate
        Its part of the explained variance in percent: the drivers sum to 100.
    performance : Estimate or Unavailable
        Mean score of the unit (or of all), percent of maximum.
    benchmark : float
        What it is compared with: the mean of all drivers, or the score of all respondents for a unit.
    gap : Estimate or Unavailable
        Performance − benchmark.
    quadrant : str
        ``strengthen`` (important, below), ``keep`` (important, above), ``watch`` (less important, below), ``maintain``
        (less important, above), ``undecided`` where an interval does not leave its line out.
    stage : str
        Code of the stage of strengthening that this project suggests for it.
    """

    driver: str
    importance: Estimate
    performance: Estimate | Unavailable
    benchmark: float
    gap: Estimate | Unavailable
    quadrant: Quadrant
    stage: str


@result
class Priorities(ResultBase):
    """Drivers of an outcome and where a unit stands on them.

    Attributes
    ----------
    entries : tuple of Priority
        Most important first.
    unit : str or None
    outcome, method : str
    outcome_name : Words or None
        What the instrument calls the outcome.
    explained : Estimate
        R² of all drivers together, in percent.
    n : int
        People behind the importance.
    level : float
    n_boot : int
    seed : int or None
    """

    kind: ClassVar[str] = "priorities"
    entries: tuple[Priority, ...]
    unit: str | None
    outcome: str
    method: str
    explained: Estimate
    n: int
    level: float
    n_boot: int
    seed: int | None
    outcome_name: Words | None = None
    notices: tuple[Notice, ...] = ()

    def __getitem__(self, driver: str) -> Priority:
        for one in self.entries:
            if one.driver == driver:
                return one
        raise ArgumentError("unknown_choice", argument="driver", got=driver, expected=[e.driver for e in self.entries])

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per driver: importance, performance, gap, place and suggested stage; words in ``lang``."""
        names = {stage.code: f"{stage.number}. {stage.name.say(lang)}" for stage in strengthening_stages()}
        rows = [
            (e.driver, e.importance.estimate, e.importance.interval.low, e.importance.interval.high,
             e.performance.estimate, float(e.gap.estimate), float(e.gap.interval.low), float(e.gap.interval.high),
             e.quadrant, names[e.stage])
            for e in self.entries
        ]  # fmt: skip
        columns = [
            "driver", "importance_percent", "importance_ci_low", "importance_ci_high", "performance", "distance",
            "ci_low",
            "ci_high", "quadrant", "stage_name",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def headline(self) -> str:
        """What to strengthen first."""
        first = [e.driver for e in self.entries if e.quadrant == "strengthen"]
        return f"{self.outcome}: R² {self.explained.estimate:.0f} %; first: {', '.join(first) if first else '–'}"


def priorities(
    responses: Responses,
    outcome: str | pd.Series,
    *,
    drivers: Literal["values", "items"] = "values",
    unit: str | pd.Series | None = None,
    of: str | None = None,
    method: Literal["relative-weights", "lmg"] = "relative-weights",
    stages: Mapping[str, str] | None = None,
    level: float = 0.95,
    n_boot: int = 1000,
    rng: int | np.random.Generator | None = None,
) -> Priorities:
    """Drivers by their part in the explained variance of an outcome, against where a unit stands on each.

    Parameters
    ----------
    responses : Responses
        Answers with their instrument; sampling weights are used.
    outcome : str or Series
        What matters: a background variable with numbers, an item that is no driver then, or one number per respondent
        (engagement, a single overall question). Not a score made from the drivers: that would explain itself.
    drivers : {"values", "items"}
        Scores of the dimensions, or single items; percent of maximum, keyed.
    unit : str or Series, optional
        Background variable of the office; with ``of`` the office that is looked at.
    of : str, optional
        Name of that office. Importance is always of all respondents; performance is of the office.
    method : {"relative-weights", "lmg"}
        Johnson's weights, or the average over all orders of entry (at most 14 drivers). Both sum to R².
    stages : mapping, optional
        Place in the picture (``strengthen keep watch maintain undecided``) to code of a stage, where the user's own
        mapping is to replace this project's.
    level : float
        Level of the intervals.
    n_boot : int
        Bootstrap samples of respondents.
    rng : int or Generator, optional
        Their seed.

    Returns
    -------
    Priorities
        ``.table()``, ``["AD"]``, ``.explained``.

    Raises
    ------
    ArgumentError
        ``responses_needed``, ``unknown_choice``, ``level_out_of_range``, ``count_out_of_range``, ``of_needs_unit``.
    DataError
        ``outcome_unknown``, ``outcome_not_numeric``, ``outcome_constant``, ``driver_constant``,
        ``drivers_too_few_people``, ``drivers_dependent``, ``outcome_is_driver``.
    MethodError
        ``too_many_drivers`` (LMG).

    Notes
    -----
    People with the outcome and all drivers count (listwise). Importance is association, not effect: what is raised need
    not raise the outcome. Intervals: percentiles of respondents drawn with replacement, weights going with them; of
    importance and performance, with the office's own people redrawn inside it. A driver is important where its interval
    lies above an equal part (100 / p), less important where it lies below; above or below where the interval of its gap
    leaves 0 out; otherwise undecided. The stage belongs to the place by this project's choice; the source of the stages
    says nothing of it.

    References
    ----------
    Johnson, J. W. (2000), Multivariate Behavioral Research 35, 1–19; Lindeman, Merenda & Gold (1980); Grömping, U.
    (2007), The American Statistician 61, 139–147.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> found = ak.priorities(answers, "N3", drivers="items", rng=1, n_boot=100)
    >>> found.entries[0].driver, found.n
    ('N1', 2436)
    """
    check_level(level)
    check_choice(method, ("relative-weights", "lmg"), "method")
    check_choice(drivers, ("values", "items"), "drivers")
    check_count(n_boot, 100, "n_boot")
    if not isinstance(responses, Responses):
        raise ArgumentError("responses_needed", got=type(responses).__name__, expected="Responses")
    mapping = _stages(stages)
    given = as_drivers(responses, outcome, drivers, unit, of)
    p = len(given.names)
    if method == "lmg" and p > MAX_SUBSETS:
        raise MethodError("too_many_drivers", got=p, expected=MAX_SUBSETS)
    kernel = relative_weights if method == "relative-weights" else lmg
    draw, seed = generator(rng)
    columns = np.column_stack([given.x, given.y])
    point = weighted_correlations(columns, given.w)
    if np.linalg.eigvalsh(point[:p, :p])[0] < 1e-10:
        raise DataError("drivers_dependent", got=list(given.names))
    drawn, means = _resampled(given, columns, n_boot, draw)
    weights, sample = kernel(point[:p, :p], point[:p, p]), kernel(drawn[:, :p, :p], drawn[:, :p, p])
    r2, r2s = explained_variance(point[:p, :p], point[:p, p]), explained_variance(drawn[:, :p, :p], drawn[:, :p, p])
    parts = 100 * sample / sample.sum(axis=1, keepdims=True)
    importance = _percentiles(100 * weights / weights.sum(), parts, level, given.n)
    here, gap, benchmark = _standing(given, means, level)
    entries = []
    for at, name in enumerate(given.names):
        place = _quadrant(importance[at], gap[at], 100 / p)
        entries.append(Priority(name, importance[at], here[at], float(benchmark[at]), gap[at], place, mapping[place]))
    explained = _percentiles(np.array([100 * float(r2)]), 100 * r2s[:, None], level, given.n)[0]
    return Priorities(
        entries=tuple(sorted(entries, key=lambda e: (-e.importance.estimate, e.driver))), unit=of,
        outcome=given.outcome, method=method, explained=explained, n=given.n, level=level, n_boot=n_boot, seed=seed,
        outcome_name=_words_of(responses, outcome), notices=_notices(given),
    )  # fmt: skip


def _words_of(responses: Responses, outcome: str | pd.Series) -> Words | None:
    """What the instrument calls the outcome."""
    groups = {background.code: background.name for background in responses.instrument.groups}
    return groups.get(outcome) if isinstance(outcome, str) else None


def _stages(given: Mapping[str, str] | None) -> dict[Quadrant, str]:
    known = [stage.code for stage in strengthening_stages()]
    mapping = dict(STAGES)
    for place, stage in (given or {}).items():
        check_choice(place, tuple(STAGES), "stages")
        check_choice(stage, known, "stages")
        mapping[place] = stage  # type: ignore[index]
    return mapping


def _resampled(
    given: Drivers, columns: Floats, n_boot: int, rng: np.random.Generator
) -> tuple[Floats, tuple[Floats, Floats]]:
    """Correlations (B, q, q), and means of the drivers (B, p) of all people and of the office."""
    n = len(columns)
    order = np.lexsort((given.w, given.inside, *columns.T))  # the draw must not hang on the order of rows
    columns, w, inside = columns[order], given.w[order], given.inside[order]
    outside, own = np.flatnonzero(~inside), np.flatnonzero(inside)
    parts, q = products(columns), columns.shape[1]
    correlations, everyone, office = [], [], []
    for start in range(0, n_boot, chunk := max(1, _CHUNK // n)):
        size = min(chunk, n_boot - start)
        times = np.zeros((size, n))
        for people in (own, outside):
            if len(people):
                at = people[rng.integers(0, len(people), (size, len(people)))] + np.arange(size)[:, None] * n
                times += np.bincount(at.ravel(), minlength=size * n).reshape(size, n)
        times *= w
        correlations.append(correlations_of_sums(times @ parts, q))
        x = columns[:, :-1]
        everyone.append(times @ x / times.sum(axis=1, keepdims=True))
        office.append(times[:, own] @ x[own] / times[:, own].sum(axis=1, keepdims=True) if len(own) else everyone[-1])
    return np.concatenate(correlations), (np.concatenate(everyone), np.concatenate(office))


def _standing(
    given: Drivers, means: tuple[Floats, Floats], level: float
) -> tuple[list[Estimate | Unavailable], list[Estimate | Unavailable], Floats]:
    """Performance and gap of every driver, and what the gap is to."""
    everyone = np.average(given.x, axis=0, weights=given.w)
    own = np.average(given.x[given.inside], axis=0, weights=given.w[given.inside]) if given.inside.any() else everyone
    n = int(given.inside.sum()) if given.inside.any() else given.n
    if given.of is None:
        benchmark, drawn = np.full(len(own), own.mean()), means[0] - means[0].mean(axis=1, keepdims=True)
    else:
        benchmark, drawn = everyone, means[1] - means[0]
    nobody = given.of is not None and not given.inside.any()
    if n < 2 or nobody:
        none = Unavailable("no_answers" if nobody else "one_respondent")
        return [none] * len(own), [none] * len(own), benchmark
    here: list[Estimate | Unavailable] = list(_percentiles(own, means[1], level, n))
    gap: list[Estimate | Unavailable] = list(_percentiles(own - benchmark, drawn, level, n))
    return here, gap, benchmark


def _percentiles(values: Floats, drawn: Floats, level: float, n: int) -> list[Estimate]:
    low, high = np.nanquantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    error = np.nanstd(drawn, axis=0, ddof=1)
    ends = [Interval(float(a), float(b), level, "bootstrap-percentile") for a, b in zip(low, high, strict=True)]
    return [Estimate(float(value), float(error[at]), ends[at], n) for at, value in enumerate(values)]


def _quadrant(importance: Estimate, gap: Estimate | Unavailable, equal: float) -> Quadrant:
    if isinstance(gap, Unavailable) or isinstance(importance.interval, Unavailable) or isinstance(gap.interval,
    Unavailable):
        return "undecided"
    more, less = importance.interval.low > equal, importance.interval.high < equal
    above, below = gap.interval.low > 0, gap.interval.high < 0
    if not (more or less) or not (above or below):
        return "undecided"
    if more:
        return "keep" if above else "strengthen"
    return "maintain" if above else "watch"


def _notices(given: Drivers) -> tuple[Notice, ...]:
    found = [Notice("importance_is_association", "caution"), Notice("stages_are_a_choice", "info")]
    if given.dropped:
        found.append(Notice("drivers_dropped", "info", {"n": given.dropped, "n_rows": given.dropped + given.n}))
    if given.inside.any() and int(given.inside.sum()) < 30:
        found.append(Notice("office_few", "caution", {"n": int(given.inside.sum())}))
    return tuple(found)
