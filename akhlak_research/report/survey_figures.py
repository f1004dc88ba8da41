"""Figures of a survey: its plan, its fieldwork, who answered, and how unequal the weights are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as Date

import numpy as np
from babel.dates import format_date

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import ResultBase, Unavailable, record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.report.exhibit import Exhibit, FigureContent, show, slug
from akhlak_research.report.format import DASH, visible
from akhlak_research.report.survey_charts import (
    Bar,
    Course,
    Dumbbell,
    draw_bars,
    draw_course,
    draw_dumbbells,
    draw_history,
    draw_weights,
)
from akhlak_research.survey.allocation import Allocation
from akhlak_research.survey.audit import audit_weights
from akhlak_research.survey.composition import Composition
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.history import ResponseHistory
from akhlak_research.survey.quota_results import QuotaStatus

Drawn = Callable[[Language], str]


def plot_allocation(allocation: Allocation | Unavailable) -> Exhibit:
    """Draw planned answers per office within the people it has, with the expected margin beside.

    Parameters
    ----------
    allocation : Allocation or Unavailable
        From ``allocate``.

    Returns
    -------
    Exhibit
        A figure in both languages; the scale of people is logarithmic above 10, so that small offices can be seen.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> plan = ak.allocate({"Dinas A": 30, "Dinas B": 300}, 60, "power")
    >>> ak.plot_allocation(plan).content["en"]["head"][:4]
    ['Unit', 'People', 'n', 'Share of people']
    """
    if isinstance(allocation, Unavailable):
        return show(allocation, name="allocation")
    _check(allocation, Allocation)
    margins = allocation.expected.margins[:-1]
    factor, digits = (100, 1) if allocation.expected.of == "proportion" else (1, 2)

    def draw(lang: Language) -> str:
        bars = [
            Bar(visible(name), n, people, _number(margin.margin, factor, digits, lang))
            for name, n, people, margin in zip(
                allocation.units, allocation.n, allocation.population, margins, strict=True
            )
        ]
        words = (
            text("survey_figure.planned", lang), text("survey_figure.people", lang),
            text("survey_figure.people_axis", lang), text("survey_figure.margin_head", lang),
        )  # fmt: skip
        return draw_bars(bars, words, lang)

    def alt(lang: Language) -> str:
        most, least = int(np.argmax(allocation.n)), int(np.argmin(allocation.n))
        return text(
            "alt.allocation", lang, count=len(allocation.units), n=allocation.total, people=sum(allocation.population),
            most=visible(allocation.units[most]), most_n=allocation.n[most], least=visible(allocation.units[least]),
            least_n=allocation.n[least],
        )  # fmt: skip

    return _figure(allocation, "allocation", draw, alt, {"method": allocation.method})


def plot_response_curve(status: QuotaStatus | Unavailable) -> Exhibit:
    """Draw the answers by day, the projection to the closing date with its interval, and the required number.

    Parameters
    ----------
    status : QuotaStatus or Unavailable
        From ``quota_status`` with the days of the answers.

    Returns
    -------
    Exhibit
        A figure in both languages; a note where there are no days.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"unit": ["A"], "population": [40]})  # made up
    >>> came = pd.DataFrame({"unit": list("AAA"), "answered_on": ["2026-03-02", "2026-03-02", "2026-03-03"]})
    >>> figure = ak.plot_response_curve(ak.quota_status(frame, came, required=10, closes="2026-03-06"))
    >>> len(figure.content["id"]["rows"])
    5
    """
    if isinstance(status, Unavailable):
        return show(status, name="response_curve")
    _check(status, QuotaStatus)
    if not status.points:
        return show(Unavailable("no_projection"), name="response-curve")
    points, counted = status.points, sum(not point.projected for point in status.points)
    course = Course(
        [point.date for point in points], [point.cumulative for point in points], [point.low for point in points],
        [point.high for point in points], counted,
    )  # fmt: skip

    def draw(lang: Language) -> str:
        return draw_course(course, status.whole.required, status.closes, lang)

    def alt(lang: Language) -> str:
        said = text("alt.response_curve", lang, n=status.whole.n, date=_day(points[counted - 1].date, lang))
        if status.whole.required is not None:
            said += " " + text("alt.response_required", lang, required=status.whole.required)
        if counted < len(points):
            ends = {name: format_number(value, 0, lang) for name, value in (
                ("expected", points[-1].cumulative), ("low", points[-1].low), ("high", points[-1].high))}  # fmt: skip
            said += " " + text("alt.response_projected", lang, closes=_day(points[-1].date, lang), **ends)
        return said

    return _figure(status, "response-curve", draw, alt, {}, table=show(status, part="curve"))


def plot_response_history(
    history: ResponseHistory | Unavailable, *, reference: float | None = None, reference_name: str | None = None
) -> Exhibit:
    """Draw an estimate with its interval as the answers came in.

    Parameters
    ----------
    history : ResponseHistory or Unavailable
        From ``response_history``.
    reference : float, optional
        A value to compare with: the truth of a simulation, or last year's.
    reference_name : str, optional
        What it is called.

    Returns
    -------
    Exhibit
        A figure in both languages: the interval narrows; where the line goes depends on who answers.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> days = ["2026-03-02"] * 3 + ["2026-03-03"] * 3
    >>> came = pd.DataFrame({"score": [80, 70, 90, 60, 50, 70.0], "answered_on": days})
    >>> history = ak.response_history(ak.SurveyDesign(came), "score")
    >>> ak.plot_response_history(history).content["en"]["rows"][0][:3]
    ['March 2, 2026', '3', '80.00']
    """
    if isinstance(history, Unavailable):
        return show(history, name="response_history")
    _check(history, ResponseHistory)
    points = [point for point in history.points if not isinstance(point.so_far.interval, Unavailable)]
    if not points:
        return show(Unavailable("nothing_to_draw", {"count": len(history.points)}), name="response-history")
    course = Course(
        [point.date for point in points], [point.so_far.estimate for point in points],
        [point.so_far.interval.low for point in points], [point.so_far.interval.high for point in points], len(points),
    )  # fmt: skip

    def draw(lang: Language) -> str:
        named = visible(reference_name) if reference_name else text("survey_figure.reference", lang)
        return draw_history(
            course, visible(label(history.variable, lang)), None if reference is None else (reference, named), lang
        )

    def alt(lang: Language) -> str:
        first, last = points[0], points[-1]
        widths = {"width_first": course.high[0] - course.low[0], "width_last": course.high[-1] - course.low[-1]}
        values = {"first": first.so_far.estimate, "last": last.so_far.estimate, **widths}
        said = {name: format_number(value, 1, lang) for name, value in values.items()}
        return text("alt.response_history", lang, n_first=first.n, n_last=last.n, **said)

    return _figure(history, "response-history", draw, alt, {"variable": history.variable})


def plot_composition(composition: Composition | Unavailable) -> Exhibit:
    """Draw the shares of the answers beside those of the frame.

    Parameters
    ----------
    composition : Composition or Unavailable
        From ``compare_composition``.

    Returns
    -------
    Exhibit
        A figure in both languages: frame, answers and, where weights differ, weighted answers.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"sex": list("LLLPP")}))
    >>> figure = ak.plot_composition(ak.compare_composition(design, {"sex": {"L": 50, "P": 50}}))
    >>> figure.content["en"]["rows"][0][:4]
    ['sex', 'L', '3', '50.0']
    """
    if isinstance(composition, Unavailable):
        return show(composition, name="composition")
    _check(composition, Composition)
    weighted = any(abs(row.weighted - row.sample) > 1e-9 for row in composition.rows)

    def named(lang: Language) -> list[Dumbbell]:
        named = [(*r.named(lang), r) for r in composition.rows]
        return [Dumbbell(visible(g), visible(c), r.frame, r.sample, r.weighted) for g, c, r in named]

    def draw(lang: Language) -> str:
        return draw_dumbbells(named(lang), weighted=weighted, lang=lang)

    def alt(lang: Language) -> str:
        rows = named(lang)
        worst = max(rows, key=lambda row: abs(row.sample - row.frame))
        frame, sample = (format_number(value, 1, lang) for value in (worst.frame, worst.sample))
        return text(
            "alt.composition", lang, count=len(rows), group=worst.group, name=worst.name, frame=frame, sample=sample
        )

    return _figure(composition, "composition", draw, alt, {})


def plot_weights(design: SurveyDesign) -> Exhibit:
    """Draw how unequal the weights of a design are.

    Parameters
    ----------
    design : SurveyDesign

    Returns
    -------
    Exhibit
        A figure in both languages of weights relative to their mean; the table behind it is that of ``audit_weights``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"y": [1.0, 2, 3]}), weights=[1.0, 2.0, 3.0])
    >>> ak.plot_weights(design).content["en"]["alt"]
    'Histogram of 3 weights from 0.5 to 1.5 times their mean; Kish design effect 1.17, effective n 2.6.'
    """
    _check(design, SurveyDesign)
    audit = audit_weights(design)
    relative = design.weights / design.weights.mean()
    counts, edges = np.histogram(relative, bins=min(40, max(5, int(np.sqrt(len(relative))))))

    def draw(lang: Language) -> str:
        return draw_weights(edges.tolist(), counts.tolist(), lang)

    def alt(lang: Language) -> str:
        low, high, n = (
            format_number(float(v), 1, lang) for v in (relative.min(), relative.max(), audit.spread.effective_n)
        )
        deff = format_number(audit.spread.kish_deff, 2, lang)
        return text("alt.weights", lang, count=len(relative), low=low, high=high, deff=deff, effective=n)

    return _figure(audit, "weights", draw, alt, {})


def _check(given: object, kind: type) -> None:
    if not isinstance(given, kind):
        raise ArgumentError("survey_figure_input", got=type(given).__name__, expected=kind.__name__)


def _day(date: str, lang: Language) -> str:
    return str(format_date(Date.fromisoformat(date), format="long", locale=lang))


def _number(value: float | Unavailable, factor: float, digits: int, lang: Language) -> str:
    return DASH if isinstance(value, Unavailable) else "±" + format_number(factor * value, digits, lang)


def _said(values: dict[str, str], lang: Language) -> dict[str, str]:
    """Names and choices by their labels."""
    return {name: visible(label(value, lang)) for name, value in values.items()}


def _figure(
    result: ResultBase, name: str, draw: Drawn, alt: Drawn, values: dict[str, str], *, table: Exhibit | None = None
) -> Exhibit:
    """A figure with the table that ``show`` gives of the same result behind it."""
    shown, record = show(result), result.record()
    behind = shown if table is None else table
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        part = behind.content[lang]
        content[lang] = FigureContent(
            caption=text(f"caption.figure_{name.replace('-', '_')}", lang, **_said(values, lang)), svg=draw(lang),
            alt=alt(lang), head=part["head"], numeric=part["numeric"], rows=part["rows"],
            notes=shown.content[lang]["notes"],
        )  # fmt: skip
    return Exhibit("figure", slug(f"survey {name}"), record_digest(record), content, record=record)
