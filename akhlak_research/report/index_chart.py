"""Drawings for an index: sets of ranks, dots of evidence, shares of uncertainty, a trend, priorities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from akhlak_research.core.numbers import format_number
from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, GREEN, INK, ORANGE, QUIET, canvas, short, style, svg

_ROW = 0.19
#: a shape of its own for each colour: not available, lacking, sufficient, rated differently
DOTS: tuple[dict[str, Any], ...] = (
    {"marker": "x", "color": ORANGE, "markersize": 5, "markeredgewidth": 1.6},
    {"marker": "o", "color": "#8a6a00", "markersize": 5.5, "markerfacecolor": "#f2d77c", "markeredgewidth": 1.1},
    {"marker": "s", "color": GREEN, "markersize": 5},
    {"marker": "D", "color": QUIET, "markersize": 4.6, "markerfacecolor": "white", "markeredgewidth": 1.1},
)


@dataclass(frozen=True, slots=True)
class Span:
    """A row: name, place, ends, and whether it is settled (drawn full) or open."""

    name: str
    at: float
    low: float
    high: float
    settled: bool


def draw_spans(rows: Sequence[Span], axis: str, words: tuple[str, str], last: int, lang: Language) -> str:
    """Sets of ranks from the top, 1 at the left; a filled dot where the tier is settled."""
    from matplotlib.lines import Line2D

    with style():
        figure, ax = canvas(_ROW * len(rows) + 1.05)
        for settled, colour in ((True, BLUE), (False, ORANGE)):
            places = [at for at, row in enumerate(rows) if row.settled is settled]
            low, high = [rows[at].low for at in places], [rows[at].high for at in places]
            ax.hlines(places, low, high, color=colour, linewidth=2.2, alpha=1)
            face = colour if settled else "white"
            dots = [rows[at].at for at in places]
            ax.plot(dots, places, linestyle="none", marker="o", markersize=4.5, color=colour, markerfacecolor=face)
        ax.set_yticks(range(len(rows)), [short(row.name, 36) for row in rows], fontsize=8)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0.5, last + 0.5)
        ax.grid(axis="both", linewidth=0.4)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_formatter(lambda value, _at: format_number(value, 0, lang))
        ax.set_xlabel(axis)
        handles = [
            Line2D([], [], color=BLUE, linewidth=2.2, marker="o", markersize=4.5, label=words[0]),
            Line2D([], [], color=ORANGE, linewidth=2.2, marker="o", markersize=4.5, mfc="white", label=words[1]),
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=1, labelspacing=0.35)
        return svg(figure)


def draw_dots(units: Sequence[str], indicators: Sequence[str], cells: np.ndarray, words: Sequence[str]) -> str:
    """A dot for every unit and indicator: (g, k) codes 0, 1, 2, 3 (rated differently); −1 draws nothing."""
    from matplotlib.lines import Line2D

    with style():
        figure, ax = canvas(_ROW * len(units) + 1.5, 7.0)
        for code, mark in enumerate(DOTS):
            y, x = np.nonzero(cells == code)
            ax.plot(x, y, linestyle="none", **mark)
        ax.set_yticks(range(len(units)), [short(unit, 36) for unit in units], fontsize=8)
        turned = max(map(len, indicators)) * len(indicators) > 60
        names = [short(name, 18) for name in indicators]
        ax.set_xticks(range(len(names)), names, rotation=90 if turned else 0, fontsize=8)
        ax.xaxis.tick_top()
        ax.set_xlim(-0.6, len(indicators) - 0.4)
        ax.set_ylim(len(units) - 0.4, -0.6)
        ax.grid(axis="y", linewidth=0.4)
        ax.tick_params(length=0)
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        handles = [Line2D([], [], linestyle="none", label=said, **mark) for said, mark in zip(words, DOTS, strict=True)]
        figure.legend(handles=handles, loc="outside lower left", ncols=2, columnspacing=1.4)
        return svg(figure)


#: name of a source, its first-order share and error, its total share and error
Shares: TypeAlias = tuple[str, float, float, float, float]


def draw_shares(
    groups: Sequence[tuple[str, Sequence[Shares]]], words: tuple[str, str], lang: Language
) -> str:
    """Bars of total shares with the first-order share as a mark; (name, first, error, total, error) per source."""
    with style():
        count = sum(len(rows) + 1.4 for _, rows in groups)
        figure, ax = canvas(0.26 * count + 1.0)
        at, places, names = 0.0, [], []
        for title, rows in groups:
            ax.text(0.0, at, title, fontsize=9, fontweight="bold", va="center")
            at += 1
            for name, first, first_error, total, total_error in rows:
                places.append(at)
                names.append(short(name, 34))
                label = at == 1
                ax.barh(at, 100 * total, height=0.62, color="#9fbcd6", xerr=100 * total_error, ecolor=INK,
                        error_kw={"linewidth": 0.9}, label=words[1] if label else None)  # fmt: skip
                ax.errorbar(100 * first, at, xerr=100 * first_error, marker="D", color=ORANGE, markersize=4.5,
                            linewidth=0.9, linestyle="none", label=words[0] if label else None)  # fmt: skip
                at += 1
            at += 0.4
        ax.axvline(0, color=QUIET, linewidth=0.8)
        ax.set_yticks(places, names, fontsize=8.5)
        ax.set_ylim(at - 0.6, -0.7)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_formatter(lambda value, _at: format_number(value, 0, lang))
        ax.set_xlabel(text("index_figure.share_axis", lang))
        ax.grid(axis="x")
        figure.legend(loc="outside upper left", ncols=2)
        return svg(figure)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a trend: year, score and limits (NaN where there is no interval)."""

    year: float
    score: float
    low: float
    high: float


def draw_trend(points: Sequence[Point], breaks: Sequence[tuple[float, str]], axis: str, lang: Language) -> str:
    """Scores by year, joined where the series is whole; a broken line and a word where it is not."""
    with style():
        figure, ax = canvas(3.4)
        edges = sorted(at for at, _ in breaks)
        pieces = [
            [point for point in points if start < point.year <= end]
            for start, end in zip([-math.inf, *edges], [*edges, math.inf], strict=True)
        ]
        for at, piece in enumerate(pieces):
            colour, mark = (BLUE, ORANGE, GREEN, QUIET)[at % 4], "osD^"[at % 4]
            x, y = [p.year for p in piece], [p.score for p in piece]
            ax.plot(x, y, color=colour, linewidth=1.6, marker=mark, markersize=6)
            known = [p for p in piece if not math.isnan(p.low)]
            ends = [p.low for p in known], [p.high for p in known]
            ax.vlines([p.year for p in known], *ends, color=colour, linewidth=2.2)
            for p in piece:
                shown = format_number(p.score, 1, lang)
                ax.annotate(shown, (p.year, p.score), xytext=(7, 5), textcoords="offset points", fontsize=8.5)
        top = ax.get_ylim()[1]
        for edge, said in breaks:
            ax.axvline(edge, color=INK, linewidth=1.1, linestyle=(0, (4, 3)))
            ax.text(edge, top, said, ha="center", va="bottom", fontsize=8.5)
        years = sorted({int(p.year) for p in points})
        ax.set_xticks(years, [str(year) for year in years])
        ax.set_xlim(years[0] - 0.4, years[-1] + 0.6)
        ax.yaxis.set_major_formatter(lambda value, _at: format_number(value, None, lang))
        ax.set_ylabel(axis)
        ax.grid(axis="y")
        return svg(figure)


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver: name, importance and gap with limits, and its place."""

    name: str
    importance: tuple[float, float, float]
    gap: tuple[float, float, float]
    decided: bool


def draw_priorities(
    drivers: Sequence[Driver], equal: float, axes: tuple[str, str], corners: Sequence[str], legend: tuple[str, str],
    lang: Language,
) -> str:  # fmt: skip
    """Gap across, importance upwards, both with intervals; lines at no gap and at an equal part; corners named."""
    with style():
        figure, ax = canvas(4.6)
        for decided, colour, face in ((True, BLUE, BLUE), (False, ORANGE, "white")):
            chosen = [d for d in drivers if d.decided is decided]
            if not chosen:
                continue
            x, y = np.array([d.gap for d in chosen]), np.array([d.importance for d in chosen])
            said = legend[0] if decided else legend[1]
            ax.errorbar(x[:, 0], y[:, 0], xerr=_arms(x), yerr=_arms(y), linestyle="none", marker="o", color=colour,
                        markerfacecolor=face, markersize=6, linewidth=1.0, label=said)  # fmt: skip
            for d in chosen:
                ax.annotate(short(d.name, 26), (d.gap[0], d.importance[0]), xytext=(6, 5), textcoords="offset points",
                            fontsize=8.5)  # fmt: skip
        ax.axvline(0, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
        ax.axhline(equal, color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
        for (x_at, y_at, ha, va), corner in zip(_CORNERS, corners, strict=True):
            look: dict[str, Any] = {"fontsize": 9, "color": QUIET, "fontweight": "bold"}
            ax.text(x_at, y_at, corner, transform=ax.transAxes, ha=ha, va=va, **look)
        number: Callable[[float, object], str] = lambda value, _at: format_number(value, None, lang)  # noqa: E731
        ax.xaxis.set_major_formatter(number)
        ax.yaxis.set_major_formatter(number)
        ax.set_xlabel(axes[0])
        ax.set_ylabel(axes[1])
        ax.margins(0.12)
        figure.legend(loc="outside upper left", ncols=2)
        return svg(figure)


_CORNERS = (
    (0.01, 0.99, "left", "top"), (0.99, 0.99, "right", "top"), (0.01, 0.01, "left", "bottom"),
    (0.99, 0.01, "right", "bottom"),
)  # fmt: skip


def _arms(ends: np.ndarray) -> np.ndarray:
    """(2, m) distances to both limits, at least 0."""
    arms = np.stack([ends[:, 0] - ends[:, 1], ends[:, 2] - ends[:, 0]])
    return np.asarray(np.maximum(arms, 0.0), dtype=np.float64)


