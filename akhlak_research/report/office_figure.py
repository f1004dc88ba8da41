"""One office on one page: its values with intervals, the ranks it can have, its evidence, what to strengthen first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Unavailable, record_digest, to_jsonable
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.index.evidence import EvidenceScore
from akhlak_research.index.norms import Norms
from akhlak_research.index.priorities import Priorities
from akhlak_research.index.ranks import RankSets
from akhlak_research.index.result import COMPOSITE, TOTAL, Index, IndexScore
from akhlak_research.instrument.model import Instrument
from akhlak_research.report.drawing import BLUE, ORANGE, QUIET, RULE, WIDTH, canvas, short, style, svg
from akhlak_research.report.exhibit import Exhibit, FigureContent, show, slug
from akhlak_research.report.format import DASH, visible
from akhlak_research.report.index_chart import DOTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Office:
    """Everything that is known of one office; parts that were not given are None."""

    unit: str
    index: Index
    ranks: RankSets | None
    norms: Norms | None
    evidence: EvidenceScore | None
    priorities: Priorities | None
    instrument: Instrument | None

    @property
    def scores(self) -> list[IndexScore]:
        """Total first, then values."""
        found = self.index.of(self.unit)
        order = [TOTAL, *(v for v in found if v not in (TOTAL, COMPOSITE)), *(v for v in found if v == COMPOSITE)]
        return [found[value] for value in order]

    def name(self, value: str, lang: Language) -> str:
        """A value in words."""
        if value in (TOTAL, COMPOSITE):
            return text(f"unit_figure.{value}", lang)
        return value if self.instrument is None else visible(self.instrument.dimension(value).name.say(lang) or value)


def plot_office(
    index: Index | Unavailable,
    unit: str,
    *,
    ranks: RankSets | None = None,
    norms: Norms | None = None,
    evidence: EvidenceScore | None = None,
    priorities: Priorities | None = None,
    instrument: Instrument | None = None,
) -> Exhibit:
    """Draw one office on one page.

    Parameters
    ----------
    index : Index or Unavailable
        With units; where there is none, a note says why.
    unit : str
        Name of the office. With one respondent nothing is drawn: its score would be that person's answer.
    ranks : RankSets, optional
        The ranks it can have.
    norms : Norms, optional
        Its distance from the median unit.
    evidence : EvidenceScore, optional
        Its indicators in red, yellow and green.
    priorities : Priorities, optional
        What to strengthen first, in words.
    instrument : Instrument, optional
        Gives values their names.

    Returns
    -------
    Exhibit
        Values beside those of all respondents, and below them whatever was given; parts without this office are left
        out.

    Raises
    ------
    ArgumentError
        ``figure_input``, ``unknown_choice`` for an office that is not there.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> index = ak.build_index(answers, {"round": {"decimals": 1}}, unit="education")
    >>> ak.plot_office(index, "1").content["en"]["rows"][0][0]
    'Total score'
    """
    if isinstance(index, Unavailable):
        return show(index, name="office")
    if not isinstance(index, Index):
        raise ArgumentError("figure_input", got=type(index).__name__, expected=("Index", "Unavailable"))
    if unit not in index.units:
        raise ArgumentError("unknown_choice", argument="unit", got=unit, expected=list(index.units)[:40])
    total = index.of(unit)[TOTAL]
    if total.n < _FEWEST:
        return show(Unavailable("single_person"), name="office")
    office = _Office(
        unit, index, ranks if ranks is not None and unit in ranks.names else None,
        norms if norms is not None and unit in [one.unit for one in norms.units] else None,
        evidence if evidence is not None and unit in [one.unit for one in evidence.units] else None,
        priorities, instrument,
    )  # fmt: skip
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        head, rows = _table(office, lang)
        content[lang] = FigureContent(
            caption=text("caption.figure_office", lang, unit=visible(unit)), svg=_draw(office, lang),
            alt=_alt(office, lang), head=head, numeric=[False, True, True, True], rows=rows, notes=_notes(office, lang),
        )  # fmt: skip
    parts = [to_jsonable(part) for part in (ranks, norms, evidence, priorities)]
    record = {
        "kind": "figure_office", "unit": unit, "scores": [score.record() for score in office.scores],
        "beside": record_digest(parts),
    }  # fmt: skip
    return Exhibit("figure", slug(f"office {unit}"), record_digest(record), content, record=record)


def _table(office: _Office, lang: Language) -> tuple[list[str], list[list[str]]]:
    everyone = office.index.of()
    rows = []
    for score in office.scores:
        ends = score.interval
        shown = DASH if isinstance(ends, Unavailable) else f"[{_number(ends.low, lang)}; {_number(ends.high, lang)}]"
        beside = everyone[score.value].estimate if score.value in everyone else float("nan")
        rows.append([office.name(score.value, lang), _number(score.estimate, lang), shown, _number(beside, lang)])
    head = [label("value", lang), label("score", lang), text("report.interval", lang), text("unit_figure.all", lang)]
    return head, rows


def _number(value: float, lang: Language) -> str:
    return format_number(value, 1, lang)


def _draw(office: _Office, lang: Language) -> str:
    scores = office.scores
    heights = [0.24 * len(scores) + 0.7]
    heights += [0.75] if office.ranks is not None else []
    heights += [0.95] if office.evidence is not None else []
    with style():
        figure, first = canvas(sum(heights) + 0.35, WIDTH)
        figure.delaxes(first)
        axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        handles = _draw_values(axes[0], office, scores, lang)
        at = 1
        if office.ranks is not None:
            _draw_rank(axes[at], office.ranks, office.unit, lang)
            at += 1
        if office.evidence is not None:
            _draw_evidence(axes[at], office.evidence, office.unit, lang)
        figure.legend(handles=handles, loc="outside upper left", ncols=2)
        return svg(figure)


def _draw_values(ax: Axes, office: _Office, scores: Sequence[IndexScore], lang: Language) -> list[Any]:
    everyone = office.index.of()
    places = [at for at, s in enumerate(scores) if not isinstance(s.interval, Unavailable)]
    ends = [scores[at].interval for at in places]
    ax.hlines(places, [float(e.low) for e in ends], [float(e.high) for e in ends], color=BLUE, linewidth=2)
    own = ax.plot([s.estimate for s in scores], range(len(scores)), linestyle="none", marker="o", color=BLUE,
                  markersize=5, label=text("office_figure.office", lang))  # fmt: skip
    beside = [(everyone[s.value].estimate, at) for at, s in enumerate(scores) if s.value in everyone]
    marks = ax.plot([x for x, _ in beside], [y for _, y in beside], linestyle="none", marker="|", color=ORANGE,
                    markersize=13, markeredgewidth=2, label=text("unit_figure.all", lang))  # fmt: skip
    ax.set_yticks(range(len(scores)), [short(office.name(s.value, lang), 30) for s in scores], fontsize=8.5)
    ax.set_ylim(len(scores) - 0.4, -0.6)
    ax.axhline(0.5, color=RULE, linewidth=0.8)
    ax.grid(axis="x")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(lambda value, _at: format_number(value, None, lang))
    level = format_number(100 * office.index.level, None, lang)
    ax.set_xlabel(text("unit_figure.axis", lang, level=level))
    return [*own, *marks]


def _draw_rank(ax: Axes, ranks: RankSets, unit: str, lang: Language) -> None:
    at, last = ranks.names.index(unit), len(ranks.names)
    ax.hlines([0], 1, last, color=RULE, linewidth=5)
    ax.hlines([0], ranks.lows[at], ranks.highs[at], color=BLUE, linewidth=5)
    ax.plot([ranks.ranks[at]], [0], marker="o", color="white", markeredgecolor=BLUE, markersize=6)
    ax.set_yticks([0], [text("index_figure.rank_set", lang)], fontsize=8.5)
    ax.set_ylim(-0.6, 0.6)
    ax.set_xlim(0.5, last + 0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    level = format_number(100 * ranks.level, None, lang)
    ax.set_xlabel(text("index_figure.rank_axis", lang, level=level))


def _draw_evidence(ax: Axes, evidence: EvidenceScore, unit: str, lang: Language) -> None:
    codes: list[int] = evidence.codes.to_numpy()[list(evidence.codes.index).index(unit)].tolist()
    for at, code in enumerate(codes):
        if code >= 0:
            ax.plot([at], [0], linestyle="none", **(DOTS[int(code)] | {"markersize": 8}))
    names = [short(one.indicator, 14) for one in evidence.indicators]
    ax.set_xticks(range(len(names)), names, rotation=90 if len(names) > 12 else 0, fontsize=8)
    ax.set_yticks([0], [label("evidence", lang)], fontsize=8.5)
    ax.set_ylim(-0.6, 0.6)
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
        ax.spines[side].set_visible(False)


def _notes(office: _Office, lang: Language) -> list[str]:
    notes = []
    total = office.index.of(office.unit)[TOTAL]
    people = DASH if total.population is None else format_number(total.population, 0, lang)
    notes.append(text("office_figure.people", lang, n=total.n, population=people))
    if isinstance(total.probabilities, Mapping):
        chances = [
            f"{label('unknown', lang) if code == 'unknown' else code} {format_number(100 * chance, 0, lang)} %"
            for code, chance in total.probabilities.items() if chance >= 0.005
        ]  # fmt: skip
        notes.append(text("office_figure.bands", lang, chances="; ".join(chances)))
    if office.norms is not None:
        one = office.norms.of(office.unit)
        low_, high_ = (_number(float(end), lang) for end in (one.difference.interval.low, one.difference.interval.high))
        ends = f"[{low_}; {high_}]"
        shown = _number(one.difference.estimate, lang)
        notes.append(text("office_figure.median", lang, points=shown, interval=ends))
    if office.ranks is not None:
        at = office.ranks.names.index(office.unit)
        low, high, p = office.ranks.lows[at], office.ranks.highs[at], len(office.ranks.names)
        notes.append(text("office_figure.ranks", lang, low=low, high=high, n=p))
    if office.evidence is not None:
        one_ = office.evidence.of(office.unit)
        counts = {name: getattr(one_, name) for name in ("green", "yellow", "red", "disputed")}
        notes.append(text("office_figure.evidence", lang, percent=_number(one_.score.estimate, lang), **counts))
    if office.priorities is not None:
        first = [office.name(e.driver, lang) for e in office.priorities.entries if e.quadrant == "strengthen"]
        notes.append(text("office_figure.first", lang, names=", ".join(first) or DASH))
    return notes


def _alt(office: _Office, lang: Language) -> str:
    scores = [s for s in office.scores if s.value not in (TOTAL, COMPOSITE)]
    best, worst = max(scores, key=lambda s: s.estimate), min(scores, key=lambda s: s.estimate)
    total = office.index.of(office.unit)[TOTAL]
    return text(
        "alt.office", lang, unit=visible(office.unit), total=_number(total.estimate, lang),
        best=office.name(best.value, lang), best_score=_number(best.estimate, lang),
        worst=office.name(worst.value, lang), worst_score=_number(worst.estimate, lang),
    )  # fmt: skip
