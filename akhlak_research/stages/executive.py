"""What an official reads in two minutes: index, values, priorities, what not to conclude; from kept records alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import LANGUAGES, Language, text
from akhlak_research.core.words import Words
from akhlak_research.index.strengthening import strengthening_stages

if TYPE_CHECKING:
    import pandas as pd

    from akhlak_research.stages.study import Study

_TOTAL, _MOST = "total", 3


@dataclass(frozen=True, slots=True)
class ExecutiveScore:
    """A score: its code and name, limits, and the band with its probability (None: no bands)."""

    value: str
    name: Words
    estimate: float
    low: float
    high: float
    n: int
    band: str | None
    band_name: Words | None
    probability: float | None


@dataclass(frozen=True, slots=True)
class ExecutivePriority:
    """What to strengthen: a value, where it stands, and the stage of strengthening suggested (None: no outcome)."""

    name: Words
    performance: float
    stage: Words | None


@result
class ExecutiveSummary(ResultBase):
    """The whole study on one page.

    Attributes
    ----------
    total : ExecutiveScore or None
        The index; None where the study has none.
    values : tuple of ExecutiveScore
    priorities : tuple of ExecutivePriority
        Three at most.
    says, cautions : tuple of Words
        What was found, and what must not be concluded, one sentence each.
    """

    kind: ClassVar[str] = "executive_summary"
    further_tables: ClassVar[tuple[str, ...]] = ("priority_table",)
    total: ExecutiveScore | None
    values: tuple[ExecutiveScore, ...]
    priorities: tuple[ExecutivePriority, ...]
    says: tuple[Words, ...]
    cautions: tuple[Words, ...]

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per value, the total last: ``name executive_score ci_low ci_high band_name band_percent``."""
        import pandas as pd

        listed = [*self.values, *([self.total] if self.total else [])]
        rows = [
            (one.name.say(lang), one.estimate, one.low, one.high,
             one.band_name.say(lang) if one.band_name else None,
             None if one.probability is None else 100 * one.probability)
            for one in listed
        ]  # fmt: skip
        names = ["name", "executive_score", "ci_low", "ci_high", "band_name", "band_percent"]
        frame = pd.DataFrame(rows, columns=names)
        banded = any(one.band_name for one in listed)
        return frame if banded else frame.drop(columns=["band_name", "band_percent"])

    def priority_table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per priority: ``name executive_score stage_name``."""
        import pandas as pd

        rows = [(p.name.say(lang), p.performance, p.stage.say(lang) if p.stage else "") for p in self.priorities]
        return pd.DataFrame(rows, columns=["name", "executive_score", "stage_name"])

    def headline(self) -> str:
        """The index with its interval."""
        if self.total is None:
            return f"no index; {len(self.values)} values"
        return f"{self.total.estimate:.1f} [{self.total.low:.1f}; {self.total.high:.1f}] {self.total.band or ''}"


def executive_summary(study: Study) -> ExecutiveSummary:
    """The study on one page: index, values, three priorities, what not to conclude.

    Parameters
    ----------
    study : Study
        Its kept records are read; nothing is computed.

    Returns
    -------
    ExecutiveSummary
        Without an index (no recipe, or values without a total) it says what there is.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> kept = study.keep("index", study.index)
    >>> ak.executive_summary(study).total is None
    True
    """
    records = {name: kept["record"] for name, kept in study.records().items()}
    names = {d.code: Words(d.name) for d in study.instrument.dimensions}
    names[_TOTAL] = Words({lang: text("executive.total", lang) for lang in LANGUAGES})
    index = records.get("index", {})
    whole = [_score(row, names) for row in index.get("scores", ()) if row["unit"] is None]
    scores = [score for score in whole if score is not None]
    total = next((score for score in scores if score.value == _TOTAL), None)
    values = tuple(score for score in scores if score.value != _TOTAL)
    first = _priorities(records.get("priorities", {}), names, values) if total else ()
    return ExecutiveSummary(
        total=total, values=values, priorities=first, says=tuple(_says(total, values, first, records)),
        cautions=tuple(_cautions(total, records, study)),
    )  # fmt: skip


def _score(row: Mapping[str, Any], names: Mapping[str, Words]) -> ExecutiveScore | None:
    score = row["score"]
    if "unavailable" in score or row["value"] not in names:
        return None
    interval = score["interval"] if "low" in (score["interval"] or {}) else {"low": float("nan"), "high": float("nan")}
    band, chances = row.get("band"), row.get("probabilities")
    known = isinstance(band, str) and isinstance(chances, Mapping) and band in chances
    name = row.get("band_name")
    return ExecutiveScore(
        row["value"], names[row["value"]], score["estimate"], interval["low"], interval["high"], score["n"],
        band if known else None, Words(name) if known and isinstance(name, Mapping) else None,
        chances[band] if known and isinstance(chances, Mapping) else None,
    )  # fmt: skip


def _priorities(
    record: Mapping[str, Any], names: Mapping[str, Words], values: tuple[ExecutiveScore, ...]
) -> tuple[ExecutivePriority, ...]:
    """By the outcome, where there is one: important and below the reference first; else the lowest scores."""
    entries = [e for e in record.get("entries", ()) if "estimate" in e["gap"] and e["gap"]["estimate"] is not None]
    if not entries:
        lowest = sorted(values, key=lambda score: score.estimate)[:_MOST]
        return tuple(ExecutivePriority(score.name, score.estimate, None) for score in lowest)
    stages = {stage.code: stage.name for stage in strengthening_stages()}
    below = [e for e in entries if e["gap"]["estimate"] < 0]
    below.sort(key=lambda e: (e["quadrant"] != "strengthen", -e["importance"]["estimate"]))
    return tuple(
        ExecutivePriority(
            names.get(e["driver"]) or _same(e["driver"]), e["performance"]["estimate"], stages[e["stage"]]
        )
        for e in below[:_MOST]
    )  # fmt: skip


def _same(code: str) -> Words:
    return Words(dict.fromkeys(LANGUAGES, code))


def _says(
    total: ExecutiveScore | None, values: tuple[ExecutiveScore, ...], first: tuple[ExecutivePriority, ...],
    records: Mapping[str, Mapping[str, Any]],
) -> list[Words]:  # fmt: skip
    if total is None:
        return [_words("executive.no_index" if values else "executive.nothing", n=len(values))]
    said = [_words("executive.index", score=total.estimate, low=total.low, high=total.high, n=total.n)]
    if total.probability is not None and total.band_name is not None:
        certain = "executive.band" if total.probability < 0.995 else "executive.band_sure"
        said.append(_words(certain, band=total.band_name, percent=100 * total.probability))
    if first:
        by_outcome = first[0].stage is not None
        said.append(_words("executive.priority" if by_outcome else "executive.lowest", name=first[0].name))
    ranks = records.get("ranks", {})
    if ranks.get("names"):
        said.append(_words("executive.tiers", units=len(ranks["names"]), tiers=int(max(ranks["tiers_high"]))))
    return said


def _cautions(total: ExecutiveScore | None, records: Mapping[str, Mapping[str, Any]], study: Study) -> list[Words]:
    said = [_words("executive.not_persons")]
    if total is not None:
        said += [_words("executive.not_comparable"), _words("executive.not_bias")]
    if "names" in records.get("ranks", {}):
        said.append(_words("executive.not_ranks"))
    spread = next((row for row in records.get("uncertainty", {}).get("scores", ()) if row["unit"] is None), None)
    if spread is not None:
        said.append(_words("executive.recipe_matters", low=spread["low"], high=spread["high"]))
    open_gates = [status for status in study.status() if status.waiting]
    if open_gates:
        said.append(_words("executive.open_gates", n=len(open_gates)))
    return said


def _words(key: str, **values: Any) -> Words:
    """A sentence in both languages, with numbers and names as each writes them."""
    return Words({lang: text(key, lang, **{k: _plain(v, k, lang) for k, v in values.items()}) for lang in LANGUAGES})


def _plain(value: Any, key: str, lang: Language) -> str:
    if isinstance(value, Mapping):
        return Words(value).say(lang)
    if isinstance(value, float):
        return format_number(value, 0 if key == "percent" else 1, lang)
    return format_number(value, 0, lang)
