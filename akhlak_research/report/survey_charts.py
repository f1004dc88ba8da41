"""Drawings of a survey's plan and fieldwork; they know numbers and words, no results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from babel.dates import format_skeleton

from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, INK, ORANGE, QUIET, RULE, canvas, short, style, svg, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW, _FRAME = 0.19, 1.1


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of bars: its name, planned and possible numbers, and what stands at its right."""

    name: str
    value: float
    limit: float
    beside: str


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """A category: its share of the frame, of the answers, and of the weighted answers, in percent."""

    group: str
    name: str
    frame: float
    sample: float
    weighted: float


def draw_bars(bars: Sequence[Bar], words: tuple[str, str, str, str], lang: Language) -> str:
    """Planned numbers as bars within the people there are; words: planned, people, axis, head of the right column."""
    planned, people, axis, beside = words
    with style():
        figure, ax = canvas(_ROW * len(bars) + _FRAME)
        places = np.arange(len(bars))
        ax.barh(places, [bar.limit for bar in bars], height=0.62, color=RULE, label=people)
        ax.barh(places, [bar.value for bar in bars], height=0.62, color=BLUE, label=planned)
        _rows(ax, [bar.name for bar in bars], [bar.beside for bar in bars], beside)
        ax.set_xscale("symlog", linthresh=10)
        ax.set_xlim(0, 1.15 * max(bar.limit for bar in bars))
        marks = [
            mark
            for mark in (0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000)
            if mark <= ax.get_xlim()[1]
        ]
        ax.set_xticks(marks, minor=False)
        ax.set_xticks([], minor=True)
        ax.xaxis.set_major_formatter(ticks(0, lang))
        ax.set_xlabel(axis)
        figure.legend(loc="outside upper left", ncols=2)
        return svg(figure)


def _rows(ax: Axes, names: Sequence[str], beside: Sequence[str], head: str) -> None:
    """Names at the left, a column of numbers at the right."""
    ax.set_ylim(len(names) - 0.4, -1.4)
    ax.set_yticks(range(len(names)), [short(name, 36) for name in names], fontsize=8)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    edge = ax.get_yaxis_transform()
    ax.text(1.12, -0.95, head, transform=edge, ha="right", va="center", fontsize=8.5, color=QUIET)
    for at, said in enumerate(beside):
        ax.text(1.12, at, said, transform=edge, ha="right", va="center_baseline", fontsize=8)


@dataclass(frozen=True, slots=True)
class Course:
    """Days with numbers and limits, of which the first ``counted`` were seen and the others are expected."""

    days: Sequence[str]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    counted: int


def draw_course(course: Course, required: float | None, closes: str | None, lang: Language) -> str:
    """Cumulative answers, their projection with its interval, the required number and the closing date."""
    with style():
        figure, ax = canvas(3.4)
        x, seen = np.arange(len(course.days)), course.counted
        ax.plot(
            x[:seen],
            course.values[:seen],
            color=BLUE,
            marker="o",
            markersize=3.5,
            label=text("survey_figure.counted", lang),
        )
        if seen < len(x):
            tail = slice(seen - 1, None)
            ax.fill_between(x[tail], course.low[tail], course.high[tail], color=RULE, linewidth=0)
            ax.plot(
                x[tail],
                course.values[tail],
                color=ORANGE,
                linestyle=(0, (4, 2)),
                label=text("survey_figure.projected", lang),
            )
        if required is not None:
            ax.axhline(
                required, color=INK, linewidth=1, linestyle=(0, (1, 2)), label=text("survey_figure.required", lang)
            )
        if closes is not None and closes in course.days:
            at = list(course.days).index(closes)
            ax.axvline(at, color=QUIET, linewidth=1, label=text("survey_figure.closes", lang))
        ax.set_ylim(0, 1.08 * max([*course.high, required or 0]))
        _days(ax, course.days, lang)
        ax.yaxis.set_major_formatter(ticks(0, lang))
        ax.grid(axis="y")
        ax.set_ylabel(text("survey_figure.answers", lang))
        figure.legend(loc="outside upper left", ncols=2)
        return svg(figure)


def draw_history(course: Course, axis: str, reference: tuple[float, str] | None, lang: Language) -> str:
    """An estimate with its interval as answers came in, and perhaps a line of reference."""
    with style():
        figure, ax = canvas(3.2)
        x = np.arange(len(course.days))
        ax.fill_between(x, course.low, course.high, color=RULE, linewidth=0, label=text("survey_figure.interval", lang))
        ax.plot(x, course.values, color=BLUE, marker="o", markersize=3.5, label=text("survey_figure.so_far", lang))
        if reference is not None:
            ax.axhline(reference[0], color=ORANGE, linewidth=1.3, linestyle=(0, (4, 2)), label=reference[1])
        _days(ax, course.days, lang)
        ax.yaxis.set_major_formatter(ticks(1, lang))
        ax.grid(axis="y")
        ax.set_ylabel(axis)
        figure.legend(loc="outside upper left", ncols=2)
        return svg(figure)


def _days(ax: Axes, days: Sequence[str], lang: Language) -> None:
    """At most eight dates below the axis, the year beside the first and wherever it changes."""
    step = max(1, -(-len(days) // 8))
    shown = [date.fromisoformat(days[at]) for at in range(0, len(days), step)]
    words = []
    for at, day in enumerate(shown):
        year = f"\n{day.year}" if at == 0 or day.year != shown[at - 1].year else ""
        words.append(format_skeleton("MMMd", day, locale=lang) + year)
    ax.set_xticks(range(0, len(days), step), words, fontsize=8)


def draw_dumbbells(rows: Sequence[Dumbbell], *, weighted: bool, lang: Language) -> str:
    """Frame as a bar mark, answers as a diamond, weighted answers as a dot, a line between frame and answers."""
    with style():
        figure, ax = canvas(0.26 * len(rows) + _FRAME)
        places = np.arange(len(rows))
        ax.hlines(places, [row.frame for row in rows], [row.sample for row in rows], color=RULE, linewidth=2.5)
        ax.plot(
            [row.frame for row in rows], places, "|", color=INK, markersize=12, markeredgewidth=2,
            label=text("survey_figure.frame", lang),
        )  # fmt: skip
        ax.plot(
            [row.sample for row in rows], places, "D", color=ORANGE, markersize=5, markerfacecolor="white",
            label=text("survey_figure.sample", lang),
        )  # fmt: skip
        if weighted:
            ax.plot(
                [row.weighted for row in rows],
                places,
                "o",
                color=BLUE,
                markersize=4.5,
                label=text("survey_figure.weighted", lang),
            )
        ax.set_ylim(len(rows) - 0.4, -0.6)
        alone = len({row.name for row in rows}) == len(rows)  # names say enough where no two groups share one
        coded = {row.group for row in rows if len(row.name) < 3}
        words = [row.name if alone and row.group not in coded else f"{row.group}: {row.name}" for row in rows]
        ax.set_yticks(places, [short(word, 36) for word in words], fontsize=8.5)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", linewidth=0.4)
        ax.xaxis.set_major_formatter(ticks(0, lang))
        ax.set_xlabel(text("survey_figure.percent", lang))
        figure.legend(loc="outside upper left", ncols=3)
        return svg(figure)


def draw_weights(edges: Sequence[float], counts: Sequence[float], lang: Language) -> str:
    """A histogram of weights relative to their mean."""
    with style():
        figure, ax = canvas(2.8)
        ax.stairs(counts, edges, fill=True, color=BLUE)
        ax.axvline(1, color=INK, linewidth=1, linestyle=(0, (4, 2)), label=text("survey_figure.mean_weight", lang))
        ax.xaxis.set_major_formatter(ticks(1, lang))
        ax.yaxis.set_major_formatter(ticks(0, lang))
        ax.set_xlabel(text("survey_figure.weight_axis", lang))
        ax.set_ylabel(text("survey_figure.respondents", lang))
        figure.legend(loc="outside upper left")
        return svg(figure)
