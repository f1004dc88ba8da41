"""Reliability coefficients with their intervals, dimension by dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import ByGroup, Estimate, Interval, ResultBase, Unavailable, record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.measure.composite_reliability import CompositeReliability
from akhlak_research.measure.lambdas import GreatestLowerBound, GuttmanLambdas
from akhlak_research.measure.omega import Omega
from akhlak_research.measure.split_half import SplitHalf
from akhlak_research.report.drawing import BLUE, GREEN, INK, ORANGE, QUIET, canvas, short, style, svg, ticks
from akhlak_research.report.exhibit import Exhibit, FigureContent, show
from akhlak_research.report.format import DASH, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from akhlak_research.instrument.model import Instrument

Value = Estimate | Unavailable
_ROW, _FRAME = 0.2, 1.3
#: a shape of its own beside a colour of its own, in the order in which coefficients come
_MARKS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "color": BLUE},
    {"marker": "D", "color": ORANGE},
    {"marker": "s", "color": GREEN},
    {"marker": "^", "color": INK},
    {"marker": "v", "color": QUIET},
    {"marker": "P", "color": BLUE},
    {"marker": "X", "color": ORANGE},
)


@dataclass(frozen=True, slots=True)
class _Point:
    """A coefficient of a dimension."""

    dimension: str
    coefficient: str
    value: Value


def plot_reliability(*results: ResultBase, instrument: Instrument | None = None) -> Exhibit:
    """Draw reliability coefficients with their intervals, grouped by dimension.

    Parameters
    ----------
    *results : results of one or several functions
        What ``per_dimension(cronbach_alpha, answers)``, ``mcdonald_omega(answers)``,
        ``composite_reliability(answers)``, ``per_dimension(guttman_lambdas, answers)`` (λ2),
        ``per_dimension(greatest_lower_bound, answers)``, ``per_dimension(split_half, answers)`` (mean of all
        splits), ``ordinal_alpha`` and so on returned; nothing is computed again. Up to seven coefficients.
    instrument : Instrument, optional
        Gives dimensions their names.

    Returns
    -------
    Exhibit
        A figure in both languages. A coefficient without an interval is a hollow mark, and a note says why; one that
        does not exist stands in the table with its reason.

    Raises
    ------
    ArgumentError
        ``reliability_results`` for something that is no such result, or too many.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> alphas = ak.per_dimension(ak.cronbach_alpha, answers)
    >>> ak.plot_reliability(alphas, ak.mcdonald_omega(answers)).content["en"]["rows"][0]
    ['A', "Cronbach's alpha", '0.704', '[0.686; 0.721]', '2,709']
    """
    points = [point for result in results for point in _points(result, None)]
    coefficients = list(dict.fromkeys(point.coefficient for point in points))
    if not points or len(coefficients) > len(_MARKS):
        raise ArgumentError("reliability_results", got=len(coefficients), expected=len(_MARKS))
    dimensions = list(dict.fromkeys(point.dimension for point in points))
    points.sort(key=lambda p: (dimensions.index(p.dimension), coefficients.index(p.coefficient)))
    drawn = [point for point in points if isinstance(point.value, Estimate)]
    if not drawn:
        return show(Unavailable("no_coefficient_exists", {"count": len(points)}), name="reliability")
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        names = {code: _dimension_name(code, instrument, lang) for code in dimensions}
        content[lang] = FigureContent(
            caption=text("caption.figure_reliability", lang), svg=_draw(drawn, names, coefficients, lang),
            alt=_describe(drawn, names, coefficients, lang),
            head=[label(n, lang) for n in ("dimension", "coefficient", "estimate")]
            + [text("report.interval", lang), label("n", lang)],
            numeric=[False, False, True, True, True],
            rows=[_row(point, names, lang) for point in points], notes=_notes(points, names, lang),
        )  # fmt: skip
    # a figure of several results is a record of its own, for it shows them together
    record = {"kind": "figure_reliability", "results": [result.record() for result in results]}
    return Exhibit("figure", "reliability", record_digest(record), content, record=record)


def _points(result: object, dimension: str | None) -> Iterator[_Point]:
    """The coefficients that a result brings, one path for each kind."""
    name = dimension or "total"
    if isinstance(result, ByGroup):
        for group, part in result.parts.items():
            yield from _points(part, str(group))
    elif isinstance(result, Omega):
        for one in result.scales:
            yield _Point(one.dimension if len(result.scales) > 1 else name, "mcdonald_omega", one.omega)
    elif isinstance(result, CompositeReliability):
        for factor in result.factors:
            code = factor.dimension if len(result.factors) > 1 else name
            yield _Point(code, "composite_reliability", factor.composite_reliability)
    elif isinstance(result, GuttmanLambdas):
        yield _Point(name, "lambda2", result["lambda2"])
    elif isinstance(result, GreatestLowerBound):
        yield _Point(name, "glb", result.raw)
    elif isinstance(result, SplitHalf):
        yield _Point(name, "split_half_mean", result["mean"])
    elif isinstance(result, ResultBase) and result.kind in _NAMED:
        field = getattr(result, _NAMED[result.kind])
        yield _Point(name, result.kind, field)
    else:
        raise ArgumentError("reliability_results", got=type(result).__name__, expected=len(_MARKS))


#: kind of a result with one coefficient to draw, and the field that holds it
_NAMED: Mapping[str, str] = {
    "cronbach_alpha": "raw",
    "hierarchical_omega": "omega_h",
    "ordinal_alpha": "alpha",
    "categorical_omega": "omega",
}


def _dimension_name(code: str, instrument: Instrument | None, lang: Language) -> str:
    if instrument is not None and code in {dimension.code for dimension in instrument.dimensions}:
        return visible(instrument.dimension(code).name.say(lang)) or code
    return label(code, lang) if code == "total" else visible(code)


def _coefficient_name(coefficient: str, lang: Language) -> str:
    return text(f"coefficient.{coefficient}", lang)


def _draw(points: Sequence[_Point], names: Mapping[str, str], coefficients: Sequence[str], lang: Language) -> str:
    with style():
        figure, ax = canvas(_ROW * len(points) + _FRAME)
        handles = [_draw_coefficient(ax, points, c, _MARKS[coefficients.index(c)], lang) for c in coefficients]
        ax.set_ylim(len(points) - 0.4, -0.6)
        ends = [at for at in range(1, len(points)) if points[at].dimension != points[at - 1].dimension]
        for end in ends:
            ax.axhline(end - 0.5, color=QUIET, linewidth=0.5)
        bounds = [0, *ends, len(points)]
        middles = [(low + high - 1) / 2 for low, high in pairwise(bounds)]
        ax.set_yticks(middles, [short(names[points[low].dimension], 30) for low in bounds[:-1]])
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x")
        ax.xaxis.set_major_formatter(ticks(2, lang))
        ax.set_xlabel(text("reliability_figure.axis", lang))
        shown = [handle for handle in handles if handle is not None]
        figure.legend(handles=shown, loc="outside upper left", ncols=min(3, len(shown)))
        return svg(figure)


def _draw_coefficient(
    ax: Axes, points: Sequence[_Point], coefficient: str, mark: Mapping[str, Any], lang: Language
) -> Any:
    """The points of one coefficient; gives its entry of the legend, None where it has no point."""
    from matplotlib.lines import Line2D

    places = [at for at, point in enumerate(points) if point.coefficient == coefficient]
    for at in places:
        value = points[at].value
        interval = value.interval
        sure = isinstance(interval, Interval)
        if isinstance(interval, Interval):
            ax.hlines(at, interval.low, interval.high, color=mark["color"], linewidth=1.5, zorder=2)
        face = mark["color"] if sure else "white"
        ax.plot([value.estimate], [at], linestyle="none", markersize=5, markerfacecolor=face, zorder=3, **mark)
    if not places:
        return None
    return Line2D([], [], linewidth=1.5, markersize=5, label=_coefficient_name(coefficient, lang), **mark)


def _row(point: _Point, names: Mapping[str, str], lang: Language) -> list[str]:
    name = [names[point.dimension], _coefficient_name(point.coefficient, lang)]
    value = point.value
    if isinstance(value, Unavailable):
        return [*name, DASH, DASH, DASH]
    return [*name, _number(value.estimate, lang), _span(value.interval, lang), format_number(value.n, 0, lang)]


def _number(value: float, lang: Language) -> str:
    return format_number(value, 3, lang)


def _span(interval: Interval | Unavailable, lang: Language) -> str:
    if isinstance(interval, Unavailable):
        return DASH
    return f"[{_number(interval.low, lang)}; {_number(interval.high, lang)}]"


def _describe(points: Sequence[_Point], names: Mapping[str, str], coefficients: Sequence[str], lang: Language) -> str:
    low = min(points, key=lambda p: p.value.estimate)
    high = max(points, key=lambda p: p.value.estimate)
    return text(
        "alt.reliability", lang, count=len(points), dimensions=len(names),
        coefficients=[_coefficient_name(c, lang) for c in coefficients],
        low=_number(low.value.estimate, lang), low_name=names[low.dimension],
        high=_number(high.value.estimate, lang), high_name=names[high.dimension],
    )  # fmt: skip


def _notes(points: Sequence[_Point], names: Mapping[str, str], lang: Language) -> list[str]:
    """What the coefficients do not share, and why an interval or a value is missing."""
    levels = {p.value.interval.level for p in points if isinstance(p.value.interval, Interval)}
    notes = [text("reliability_figure.questions", lang)]
    if len(levels) == 1:
        notes.append(text("reliability_figure.level", lang, level=format_number(100 * levels.pop(), None, lang)))
    reasons: dict[str, list[str]] = {}
    for point in points:
        if isinstance(point.value.interval, Unavailable):
            said = f"{names[point.dimension]} {_coefficient_name(point.coefficient, lang)}"
            reasons.setdefault(point.value.interval.reason(lang), []).append(said)
    notes += [
        text("reliability_figure.absent", lang, names=said, reason=visible(reason)) for reason, said in reasons.items()
    ]
    return notes
