"""Figures of an index and what surrounds it: ranks, evidence, uncertainty, trend, priorities."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Estimate, Notice, ResultBase, Unavailable, record_digest, to_jsonable
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.index.evidence import EvidenceScore
from akhlak_research.index.priorities import Priorities
from akhlak_research.index.ranks import RankSets
from akhlak_research.index.result import Index
from akhlak_research.index.series_breaks import breaks_between
from akhlak_research.index.uncertainty import IndexUncertainty
from akhlak_research.instrument.model import Instrument
from akhlak_research.report import index_chart as chart
from akhlak_research.report.exhibit import Exhibit, FigureContent, show, slug
from akhlak_research.report.format import DASH, visible

#: rows of a page of A4
_ROWS = 60
_SOURCES = {
    "scoring": "scoring",
    "sampling": "uncertainty_sampling", "items": "uncertainty_items", "value_weights": "uncertainty_weights",
}  # fmt: skip
_QUANTITIES = {"total": "index_figure.total", "units": "index_figure.units", "rank_shift": "index_figure.rank_shift"}


def plot_ranks(ranks: RankSets | Unavailable, *, max_units: int = _ROWS) -> Exhibit:
    """Draw the ranks that each unit can have, and which units have a settled tier.

    Parameters
    ----------
    ranks : RankSets or Unavailable
        From ``rank_sets``; where there are none, a note says why.
    max_units : int
        Units drawn; of more, the first and the last half, and a note says so. The table has all.

    Returns
    -------
    Exhibit
        Lines from best to worst rank possible, the rank of the estimate as a dot.

    Raises
    ------
    ArgumentError
        ``figure_input``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> scores = pd.Series({"a": 80.0, "b": 71.0, "c": 70.0})
    >>> figure = ak.plot_ranks(ak.rank_sets(scores, pd.Series(1.0, index=scores.index), rng=1))
    >>> figure.content["en"]["rows"][0]
    ['a', '80.0', '1', '1–1', '1–1']
    """
    if isinstance(ranks, Unavailable):
        return show(ranks, name="ranks")
    _check(ranks, RankSets)
    p = len(ranks.names)
    half = max_units // 2
    drawn = list(range(p)) if p <= max_units else [*range(half), *range(p - half, p)]

    def make(lang: Language) -> FigureContent:
        spans = [
            chart.Span(visible(ranks.names[at]), ranks.ranks[at], ranks.lows[at], ranks.highs[at],
                       ranks.tiers_low[at] == ranks.tiers_high[at])
            for at in drawn
        ]  # fmt: skip
        level = format_number(100 * ranks.level, None, lang)
        words = (text("index_figure.tier_settled", lang), text("index_figure.tier_open", lang))
        axis = text("index_figure.rank_axis", lang, level=level)
        rows = [
            [visible(ranks.names[at]), format_number(ranks.estimates[at], 1, lang), str(ranks.ranks[at]),
             f"{ranks.lows[at]}–{ranks.highs[at]}", f"{ranks.tiers_low[at]}–{ranks.tiers_high[at]}"]
            for at in range(p)
        ]  # fmt: skip
        head = [label(name, lang) for name in ("unit", "score", "rank")]
        head += [text("index_figure.rank_set", lang), text("index_figure.tier_set", lang)]
        share = format_number(100 * ranks.settled_share, 0, lang)
        values = {"n": p, "tiers": ranks.n_tiers, "width": format_number(ranks.mean_width, 1, lang), "share": share}
        notes = [text("index_figure.ranks_note", lang, share=share), text("index_figure.tiers_note", lang)]
        if len(drawn) < p:
            notes.insert(0, text("index_figure.some_units", lang, shown=len(drawn), n=p))
        kind = "simultaneous" if ranks.simultaneous else "marginal"
        return FigureContent(
            caption=text(f"caption.figure_ranks_{kind}", lang, level=level),
            svg=chart.draw_spans(spans, axis, words, p, lang),
            alt=text("alt.ranks", lang, **values), head=head, numeric=[False, True, True, False, False], rows=rows,
            notes=[*notes, *_said(ranks, lang)],
        )  # fmt: skip

    return _exhibit(ranks, "ranks", make)


def plot_evidence(evidence: EvidenceScore | Unavailable) -> Exhibit:
    """Draw evidence as dots: a row per unit, a column per indicator, a shape and colour per rating.

    Parameters
    ----------
    evidence : EvidenceScore or Unavailable
        From ``evidence_score``; where there is none, a note says why.

    Returns
    -------
    Exhibit
        Cells that evaluators rated differently have a mark of their own.

    Raises
    ------
    ArgumentError
        ``figure_input``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> seen = pd.DataFrame({"unit": ["u", "v"], "criterion": ["E1"] * 2, "first": [2, 0], "second": [2, 1]})
    >>> ak.plot_evidence(ak.evidence_score(seen, evaluators=("first", "second"))).content["en"]["rows"]
    [['u', '100.0', '0', '0', '1', '0'], ['v', '25.0', '0', '0', '0', '1']]
    """
    if isinstance(evidence, Unavailable):
        return show(evidence, name="evidence")
    _check(evidence, EvidenceScore)
    cells = evidence.codes.to_numpy()
    names = ("red", "yellow", "green", "disputed")

    def make(lang: Language) -> FigureContent:
        words = [label(name, lang) for name in names]
        rows = [
            [visible(o.unit), format_number(o.score.estimate, 1, lang), *(str(getattr(o, name)) for name in names)]
            for o in evidence.units
        ]
        counts = {name: sum(getattr(one, name) for one in evidence.units) for name in names}
        keys = [f"{one.indicator}: {visible(one.text)}" for one in evidence.indicators if one.text]
        units = [visible(one.unit) for one in evidence.units]
        indicators = [one.indicator for one in evidence.indicators]
        return FigureContent(
            caption=text("caption.figure_evidence", lang), svg=chart.draw_dots(units, indicators, cells, words),
            alt=text("alt.evidence", lang, units=len(units), indicators=len(indicators), **counts),
            head=[label("unit", lang), label("score_percent", lang), *words], numeric=[False, *[True] * 5], rows=rows,
            notes=[*(["; ".join(keys) + "."] if keys else []), *_said(evidence, lang)],
        )  # fmt: skip

    return _exhibit(evidence, "evidence", make)


def plot_uncertainty(uncertainty: IndexUncertainty | Unavailable) -> Exhibit:
    """Draw how much of the uncertainty of an index each source brings.

    Parameters
    ----------
    uncertainty : IndexUncertainty or Unavailable
        From ``index_uncertainty``; where there is none, a note says why.

    Returns
    -------
    Exhibit
        Bars: share with interactions; marks: share alone; both with their standard errors.

    Raises
    ------
    ArgumentError
        ``figure_input``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> figure = ak.plot_uncertainty(ak.index_uncertainty(answers, {}, n_base=16, rng=1))
    >>> figure.content["en"]["head"][:2]
    ['Quantity', 'Source of uncertainty']
    """
    if isinstance(uncertainty, Unavailable):
        return show(uncertainty, name="uncertainty")
    _check(uncertainty, IndexUncertainty)
    there = [one for one in uncertainty.shares if not isinstance(one.total, Unavailable)]
    if not there:
        return show(Unavailable("no_uncertainty"), name="uncertainty")

    def make(lang: Language) -> FigureContent:
        def source(name: str) -> str:
            return label(_SOURCES[name], lang) if name in _SOURCES else visible(name.replace("_", " "))

        groups, rows = [], []
        for quantity, key in _QUANTITIES.items():
            chosen = [one for one in there if one.quantity == quantity]
            if not chosen:
                continue
            numbers = [(source(o.source), float(o.first), o.first_error, float(o.total), o.total_error) for o in chosen]
            groups.append((text(key, lang), numbers))
            rows += [
                [text(key, lang), name, *(format_number(100 * value, 0, lang) for value in values)]
                for name, *values in numbers
            ]
        words = (text("index_figure.alone", lang), text("index_figure.together", lang))
        head = [label(name, lang) for name in ("quantity", "source_of")]
        head += [f"{words[0]} (%)", "±", f"{words[1]} (%)", "±"]
        first = max((one for one in there if one.quantity == "total"), key=lambda o: float(o.total), default=there[0])
        whole = uncertainty.scores[0]
        low, high = (format_number(value, 1, lang) for value in (whole.low, whole.high))
        return FigureContent(
            caption=text("caption.figure_uncertainty", lang), svg=chart.draw_shares(groups, words, lang),
            alt=text("alt.uncertainty", lang, source=source(first.source), low=low, high=high), head=head,
            numeric=[False, False, True, True, True, True], rows=rows,
            notes=[text("index_figure.uncertainty_note", lang), *_said(uncertainty, lang)],
        )  # fmt: skip

    return _exhibit(uncertainty, "uncertainty", make)


def plot_trend(
    points: Mapping[int, Index | Estimate | float], *, series: str | None = None, name: str = "trend"
) -> Exhibit:
    """Draw scores by year; where the series is known to be broken, the line stops and the break is marked.

    Parameters
    ----------
    points : mapping of year to Index, Estimate or float
        Totals of an index, estimates, or published figures without an interval.
    series : str, optional
        Catalogue of breaks: ``"berakhlak"``.
    name : str
        Short name of the figure.

    Returns
    -------
    Exhibit
        Points with their intervals; points of different pieces have different shapes and are not joined.

    Raises
    ------
    ArgumentError
        ``figure_input``, ``trend_short`` (fewer than two years), ``unknown_choice``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> figure = ak.plot_trend({2022: 60.9, 2023: 61.1, 2024: 64.9}, series="berakhlak")
    >>> figure.content["en"]["rows"][2]
    ['2024', '64.9', '–', '2']
    """
    if not isinstance(points, Mapping) or len(points) < 2:
        raise ArgumentError("trend_short", got=len(points) if isinstance(points, Mapping) else type(points).__name__)
    made = [_point(int(year), given) for year, given in sorted(points.items())]
    years = (int(made[0].year), int(made[-1].year))
    breaks = breaks_between(series, years)
    edges = sorted((one.last + one.first) / 2 for one in breaks)

    def make(lang: Language) -> FigureContent:
        piece = [1 + sum(point.year > edge for edge in edges) for point in made]
        rows = [
            [str(int(p.year)), format_number(p.score, 1, lang), DASH if math.isnan(p.low)
             else f"[{format_number(p.low, 1, lang)}; {format_number(p.high, 1, lang)}]", str(part)]
            for p, part in zip(made, piece, strict=True)
        ]  # fmt: skip
        marks = [((one.last + one.first) / 2, text("index_figure.break", lang)) for one in breaks]
        notes = [f"{text('notice.series_broken', lang, reason=o.reason)} {o.evidence.say(lang)}." for o in breaks]
        if any(math.isnan(p.low) for p in made):
            notes.append(text("index_figure.no_interval", lang))
        head = [label("year", lang), label("score", lang), text("report.interval", lang)]
        head.append(text("index_figure.piece", lang))
        values = {"first": years[0], "last": years[1], "low": format_number(made[0].score, 1, lang),
                  "high": format_number(made[-1].score, 1, lang), "breaks": len(breaks)}  # fmt: skip
        return FigureContent(
            caption=text("caption.figure_trend", lang), svg=chart.draw_trend(made, marks, label("score", lang), lang),
            alt=text("alt.trend", lang, **values), head=head, numeric=[False, True, False, False], rows=rows,
            notes=notes,
        )  # fmt: skip

    shown = {str(year): to_jsonable(_plain(given)) for year, given in sorted(points.items())}
    record = {"years": shown, "series": series}
    return Exhibit("figure", slug(name), record_digest(record), {lang: make(lang) for lang in LANGUAGES})


def _plain(given: Index | Estimate | float) -> object:
    return given.total.score if isinstance(given, Index) else given


def _point(year: int, given: Index | Estimate | float) -> chart.Point:
    found = _plain(given)
    if isinstance(found, Estimate):
        return chart.Point(year, found.estimate, float(found.interval.low), float(found.interval.high))
    if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
        return chart.Point(year, float(found), math.nan, math.nan)
    raise ArgumentError("figure_input", got=type(found).__name__, expected=("Index", "Estimate", "float"))


def plot_priorities(priorities: Priorities | Unavailable, *, instrument: Instrument | None = None) -> Exhibit:
    """Draw importance against performance, with the places that both intervals allow.

    Parameters
    ----------
    priorities : Priorities or Unavailable
        From ``priorities``; where there are none, a note says why.
    instrument : Instrument, optional
        Gives values their names.

    Returns
    -------
    Exhibit
        Drivers whose place is undecided are hollow.

    Raises
    ------
    ArgumentError
        ``figure_input``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> found = ak.priorities(answers, "age", rng=1, n_boot=100)
    >>> ak.plot_priorities(found).content["en"]["head"][0]
    'Driver'
    """
    if isinstance(priorities, Unavailable):
        return show(priorities, name="priorities")
    _check(priorities, Priorities)
    absent = [entry.gap for entry in priorities.entries if isinstance(entry.gap, Unavailable)]
    if len(absent) == len(priorities.entries):  # an office of one respondent, or of none
        return show(absent[0], name="priorities")
    equal = 100 / len(priorities.entries)

    def make(lang: Language) -> FigureContent:
        def name(code: str) -> str:
            if instrument is None or code not in [dimension.code for dimension in instrument.dimensions]:
                return visible(code)
            return visible(f"{code} {instrument.dimension(code).name.say(lang)}")

        drivers = [
            chart.Driver(visible(e.driver), (e.importance.estimate, float(e.importance.interval.low),
                                          float(e.importance.interval.high)),
                         (float(e.gap.estimate), float(e.gap.interval.low), float(e.gap.interval.high)),
                         e.quadrant != "undecided")
            for e in priorities.entries if not isinstance(e.gap, Unavailable)
        ]  # fmt: skip
        stages = priorities.table(lang)["stage_name"].astype(str).tolist()
        rows = [
            [name(e.driver), *(format_number(float(value.estimate), 1, lang) for value in
                               (e.importance, e.performance, e.gap)), label(e.quadrant, lang), stage]
            for e, stage in zip(priorities.entries, stages, strict=True)
        ]  # fmt: skip
        columns = ("driver", "importance_percent", "performance", "distance", "quadrant", "stage_name")
        axes = (text("index_figure.gap_axis", lang), text("index_figure.importance_axis", lang))
        corners = [label(place, lang) for place in ("strengthen", "keep", "watch", "maintain")]
        legend = (text("index_figure.place_settled", lang), text("index_figure.place_open", lang))
        first = [name(e.driver) for e in priorities.entries if e.quadrant == "strengthen"]
        outcome = priorities.outcome_name.say(lang) if priorities.outcome_name else priorities.outcome
        return FigureContent(
            caption=text("caption.figure_priorities", lang, outcome=visible(outcome)),
            svg=chart.draw_priorities(drivers, equal, axes, corners, legend, lang),
            alt=text("alt.priorities", lang, n=len(drivers), first=", ".join(first) or DASH,
                     important=name(priorities.entries[0].driver)),
            head=[label(column, lang) for column in columns], numeric=[False, True, True, True, False, False],
            rows=rows, notes=_said(priorities, lang),
        )  # fmt: skip

    return _exhibit(priorities, "priorities", make)


def _check(given: object, kind: type[ResultBase]) -> None:
    if not isinstance(given, kind):
        raise ArgumentError("figure_input", got=type(given).__name__, expected=(kind.__name__, "Unavailable"))


def _said(result: object, lang: Language) -> list[str]:
    notices: tuple[Notice, ...] = getattr(result, "notices", ())
    return [visible(notice.say(lang)) for notice in notices]


def _exhibit(result: ResultBase, name: str, make: Callable[[Language], FigureContent]) -> Exhibit:
    content = {lang: make(lang) for lang in LANGUAGES}
    return Exhibit("figure", slug(name), record_digest(result.record()), content, result.of_study)
