"""Scores with their intervals as figures: offices side by side, and the values of an index. Never as a ranking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Interval, Unavailable, record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.index.bands import UNKNOWN, Band, Bands, band_registry
from akhlak_research.index.result import COMPOSITE, TOTAL, Index, IndexScore
from akhlak_research.index.rounding import round_half_up, settle
from akhlak_research.report.exhibit import Exhibit, FigureContent, show, slug
from akhlak_research.report.format import DASH, visible
from akhlak_research.report.interval_chart import Row, Stretch, draw_intervals

if TYPE_CHECKING:
    from akhlak_research.instrument.model import Instrument

Name = Callable[[IndexScore], str]
#: notices that count the scores of the whole index, or that the figure itself gives
_LEFT_TO_TABLES = ("intervals_cut", "units_without_answers")


def plot_units(
    index: Index | Unavailable, *, value: str | None = None, instrument: Instrument | None = None
) -> Exhibit:
    """Draw the scores of units with their intervals, ordered by estimate but without ranks.

    Parameters
    ----------
    index : Index or Unavailable
        From ``build_index(..., unit=...)``; weights, missing answers and finite populations are what it says of itself.
        Where there is none (a study without units), a note says why.
    value : str, optional
        Code of a value, or ``"composite"``; default: the total.
    instrument : Instrument, optional
        Gives the value its name.

    Returns
    -------
    Exhibit
        A figure in both languages. A unit whose interval crosses the edge of a band is marked as undecided; edges stand
        where a score before rounding changes its band. Units with one respondent or without an interval are not drawn
        and their estimate is not shown: it would be one person's answer, or look certain. A note names them with the
        reason. Where no unit can be drawn: a note alone.

    Raises
    ------
    ArgumentError
        ``index_needed`` (of an index by groups, draw each group), ``index_without_units``, ``unknown_choice`` for a
        value that is not there.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> index = ak.build_index(answers, {"round": {"decimals": 1}}, unit="education")
    >>> ak.plot_units(index).content["en"]["head"]
    ['education', 'n', 'Score', 'CI']
    """
    if isinstance(index, Unavailable):
        return show(index, name="units")
    _check(index)
    if not index.units:
        raise ArgumentError("index_without_units")
    chosen = TOTAL if value is None else value
    scores = [score for score in index.scores if score.unit is not None and score.value == chosen]
    if not scores:
        expected = list(dict.fromkeys(score.value for score in index.scores if score.unit is not None))
        raise ArgumentError("unknown_choice", argument="value", got=value, expected=expected)
    view = _view(index, sorted(scores, key=lambda s: (-s.estimate, str(s.unit))), index.of().get(chosen))
    captions = {
        lang: text("caption.figure_units", lang, score=_score_words(chosen, instrument, lang), level=view.level(lang))
        for lang in LANGUAGES
    }
    names: dict[Language, Name] = dict.fromkeys(LANGUAGES, lambda score: visible(str(score.unit)))
    return _exhibit(view, "units", slug(f"units {value or ''}"), names, str(index.unit_name), captions)


def plot_values(index: Index | Unavailable, *, instrument: Instrument | None = None) -> Exhibit:
    """Draw the scores of the values over all respondents with their intervals, in the order of the instrument.

    Parameters
    ----------
    index : Index or Unavailable
        From ``build_index``; weights, missing answers and finite populations are what it says of itself. Where there
        is none, a note says why.
    instrument : Instrument, optional
        Gives the values their names.

    Returns
    -------
    Exhibit
        A figure in both languages, marked like ``plot_units``; the total is the line of reference.

    Raises
    ------
    ArgumentError
        ``index_needed``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> index = ak.build_index(study.responses, {"round": {"decimals": 1}})
    >>> ak.plot_values(index, instrument=study.instrument).content["en"]["rows"][0]
    ['Agreeableness', '2,796', '73.06', '[72.40; 73.73]']
    """
    if isinstance(index, Unavailable):
        return show(index, name="values")
    _check(index)
    view = _view(index, list(index.values.values()), index.total)
    names: dict[Language, Name] = {lang: _namer(instrument, lang) for lang in LANGUAGES}
    captions = {lang: text("caption.figure_values", lang, level=view.level(lang)) for lang in LANGUAGES}
    return _exhibit(view, "values", "values", names, "value", captions)


def _check(index: object) -> None:
    if not isinstance(index, Index):
        raise ArgumentError("index_needed", got=type(index).__name__, expected="Index")


def _namer(instrument: Instrument | None, lang: Language) -> Name:
    return lambda score: _value_name(score.value, instrument, lang)


def _value_name(value: str, instrument: Instrument | None, lang: Language) -> str:
    name = value if instrument is None else instrument.dimension(value).name.say(lang) or value
    return visible(name)


def _score_words(value: str, instrument: Instrument | None, lang: Language) -> str:
    if value in (TOTAL, COMPOSITE):
        return text(f"unit_figure.{value}", lang)
    return text("unit_figure.of_value", lang, value=_value_name(value, instrument, lang))


@dataclass(frozen=True, slots=True)
class _Bands:
    """Bands as intervals meet them: before rounding."""

    bands: Bands
    decimals: int | None

    def touched(self, interval: Interval) -> tuple[str, ...]:
        """Codes of the classes that an interval reaches, lowest first; an end counts as its rounded score does."""
        low, high = settle(interval.low), settle(interval.high)
        return tuple(
            dict.fromkeys(
                code
                for code, start, end in self.bands.cuts(self.decimals)
                if (start < high and end > low)
                or any(start <= at <= end and self._class_of(at) == code for at in (low, high))
            )
        )

    def _class_of(self, score: float) -> str:
        found = self.bands.find(round_half_up(score, self.decimals))
        return found.code if isinstance(found, Band) else UNKNOWN

    def name(self, code: str, lang: Language) -> str:
        """Code and name of a class."""
        if code == UNKNOWN:
            return text("unit_figure.unknown", lang)
        return f"{code} {self.bands.band(code).name.say(lang)}"

    def stretches(self, lang: Language) -> list[Stretch]:
        """The scale cut at the edges, lowest first."""
        return [Stretch(self.name(code, lang), low, high) for code, low, high in self.bands.cuts(self.decimals)]


@dataclass(frozen=True, slots=True)
class _Case:
    """A score that is drawn, with its interval and the classes that this reaches (none without bands)."""

    score: IndexScore
    interval: Interval
    touched: tuple[str, ...]

    @property
    def settled(self) -> bool | None:
        return len(self.touched) == 1 if self.touched else None


@dataclass(frozen=True, slots=True)
class _View:
    """What a figure shows, in no language."""

    index: Index
    bands: _Bands | None
    cases: Sequence[_Case]
    absent: Sequence[tuple[IndexScore, Unavailable]]
    whole: IndexScore | None

    @property
    def digits(self) -> int:
        """One decimal more than what is rounded to, so that a score beside an edge can be told from it."""
        decimals = self.index.recipe.decimals
        return 2 if decimals is None else decimals + 1

    def level(self, lang: Language) -> str:
        """Level of the intervals in percent."""
        return format_number(100 * self.index.level, None, lang)

    def number(self, value: float, lang: Language) -> str:
        """A score."""
        return format_number(value, self.digits, lang)

    def span(self, score: IndexScore, lang: Language) -> str:
        """The limits of a score."""
        interval = score.interval
        if isinstance(interval, Unavailable):
            return DASH
        return f"[{self.number(interval.low, lang)}; {self.number(interval.high, lang)}]"

    def whole_words(self, score: IndexScore, lang: Language) -> str:
        """The whole in words."""
        shown = self.number(score.estimate, lang)
        return text("unit_figure.whole", lang, score=shown, interval=self.span(score, lang))

    def touched(self, score: IndexScore) -> tuple[str, ...]:
        """Codes of the classes that the interval of a score reaches."""
        if self.bands is None or isinstance(score.interval, Unavailable):
            return ()
        return self.bands.touched(score.interval)


def _view(index: Index, scores: Sequence[IndexScore], whole: IndexScore | None) -> _View:
    recipe = index.recipe
    bands = None if recipe.bands is None else _Bands(band_registry()[recipe.bands], recipe.decimals)
    cases, absent = [], []
    for score in scores:
        interval = score.interval
        if isinstance(interval, Unavailable):
            absent.append((score, interval))
        elif score.n < 2:
            absent.append((score, Unavailable("single_person")))
        else:
            cases.append(_Case(score, interval, () if bands is None else bands.touched(interval)))
    if whole is not None and isinstance(whole.score, Unavailable):
        whole = None  # a recipe without a total: there is no line to draw the others against
    return _View(index, bands, cases, absent, whole)


def _exhibit(
    view: _View, kind: str, name: str, names: dict[Language, Name], column: str, captions: dict[Language, str]
) -> Exhibit:
    if not view.cases:
        return show(Unavailable("nothing_to_draw", {"count": len(view.absent)}), name=name)
    content: dict[Language, FigureContent] = {}
    for lang, said in names.items():
        head, rows = _table(view, said, column, lang)
        content[lang] = FigureContent(
            caption=captions[lang], svg=_draw(view, said, lang), alt=_describe(view, kind, said, lang), head=head,
            numeric=[False, *[True] * (len(head) - 1 - (view.bands is not None)), *[False] * (view.bands is not None)],
            rows=rows, notes=_notes(view, kind, said, lang),
        )  # fmt: skip
    return Exhibit("figure", name, record_digest(view.index.record()), content)


def _draw(view: _View, name: Name, lang: Language) -> str:
    rows = [
        Row(name(c.score), c.score.estimate, c.interval.low, c.interval.high, _count(c.score, lang), c.settled)
        for c in view.cases
    ]
    whole = None
    if view.whole is not None:
        score = view.whole
        at = score.interval if isinstance(score.interval, Interval) else Interval(score.estimate, score.estimate)
        whole = Row(view.whole_words(score, lang), score.estimate, at.low, at.high, "")
    stretches = [] if view.bands is None else view.bands.stretches(lang)
    axis = text("unit_figure.axis", lang, level=view.level(lang))
    return draw_intervals(rows, stretches, whole, axis, view.digits, lang)


def _count(score: IndexScore, lang: Language) -> str:
    return format_number(float(score.n), 0, lang)


def _table(view: _View, name: Name, column: str, lang: Language) -> tuple[list[str], list[list[str]]]:
    """The numbers behind: rows as drawn, then those not drawn, then the whole."""
    counted = any(case.score.unit is not None and case.score.population is not None for case in view.cases)
    head = [visible(label(column, lang)), label("n", lang)]
    head += [label("population", lang)] if counted else []
    head += [label("score", lang), text("report.interval", lang)]
    head += [text("unit_figure.band", lang)] if view.bands is not None else []

    def row(said: str, score: IndexScore, touched: Sequence[str], *, drawn: bool = True) -> list[str]:
        people = [DASH if score.population is None else format_number(score.population, 0, lang)] if counted else []
        numbers = [view.number(score.estimate, lang), view.span(score, lang)] if drawn else [DASH, DASH]
        band = [_band_words(view.bands, touched, lang)] if view.bands is not None else []
        return [said, _count(score, lang), *people, *numbers, *band]

    rows = [row(name(case.score), case.score, case.touched) for case in view.cases]
    rows += [row(name(score), score, (), drawn=False) for score, _ in view.absent]
    if view.whole is not None:
        rows.append(row(text("unit_figure.all", lang), view.whole, view.touched(view.whole)))
    return head, rows


def _band_words(bands: _Bands, touched: Sequence[str], lang: Language) -> str:
    if not touched:
        return DASH
    words = [bands.name(code, lang) for code in touched]
    return words[0] if len(words) == 1 else text("unit_figure.undecided", lang, bands=words)


def _notes(view: _View, kind: str, name: Name, lang: Language) -> list[str]:
    notes = []
    pairs = list(pairwise(case.interval for case in view.cases))
    if kind == "units" and pairs:
        overlapping = sum(a.low <= b.high and b.low <= a.high for a, b in pairs)
        notes.append(text("unit_figure.no_ranks", lang, overlapping=overlapping, pairs=len(pairs)))
    if kind == "values":
        notes.append(text("unit_figure.same_persons", lang))
    if view.bands is not None:
        edges = [
            text("unit_figure.edge", lang, band=stretch.name, score=view.number(stretch.start, lang))
            for stretch in view.bands.stretches(lang)[1:]
        ]
        notes.append(text("unit_figure.edges", lang, edges="; ".join(edges)))
    asked_all = [name(case.score) for case in view.cases if case.interval.low == case.interval.high]
    if asked_all:
        notes.append(text("unit_figure.everybody", lang, names=asked_all))
    reasons: dict[str, list[str]] = {}
    for score, reason in view.absent:
        reasons.setdefault(reason.reason(lang), []).append(name(score))
    notes += [text("unit_figure.absent", lang, names=names, reason=reason) for reason, names in reasons.items()]
    notices = [notice for notice in view.index.notices if notice.code not in _LEFT_TO_TABLES]
    return [*notes, *(visible(notice.say(lang)) for notice in notices)]


def _describe(view: _View, kind: str, name: Name, lang: Language) -> str:
    """What there is to see: the ends, bands settled and undecided, the widest interval, the whole."""
    top = max(view.cases, key=lambda case: case.score.estimate)
    bottom = min(view.cases, key=lambda case: case.score.estimate)
    wide = max(view.cases, key=lambda case: case.interval.high - case.interval.low)
    said = [
        text(
            f"alt.{kind}", lang, count=len(view.cases), top=name(top.score), bottom=name(bottom.score),
            top_score=view.number(top.score.estimate, lang), bottom_score=view.number(bottom.score.estimate, lang),
        )
    ]  # fmt: skip
    if view.bands is not None:
        settled = Counter(case.touched[0] for case in view.cases if case.settled)
        codes = [band.code for band in view.bands.bands.known] + ([UNKNOWN] if settled[UNKNOWN] else [])
        shares = "; ".join(f"{view.bands.name(code, lang)}: {settled[code]}" for code in codes)
        undecided = len(view.cases) - settled.total()
        said.append(text("alt.interval_bands", lang, settled=settled.total(), bands=shares, undecided=undecided))
    low, high = (view.number(end, lang) for end in (wide.interval.low, wide.interval.high))
    said.append(text("alt.interval_width", lang, name=name(wide.score), low=low, high=high, n=_count(wide.score, lang)))
    if view.whole is not None:
        said.append(f"{view.whole_words(view.whole, lang)}.")
    return " ".join(said)
