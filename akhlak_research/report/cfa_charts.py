"""Drawings of factor models from plain numbers: paths between factors and items, the rungs of invariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.numbers import format_number
from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, INK, ORANGE, QUIET, RULE, canvas, short, style, svg, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
#: inches of an item's row, and of everything above and below
_ROW, _FRAME = 0.3, 0.5
#: places from left to right, in inches of the drawing
_FACTOR, _ITEM, _REST = 3.0, 5.6, 6.55
_HALF_WIDTH, _HALF_HEIGHT = 0.62, 0.28
#: more factors than these have their correlations in the table alone, or the arcs would be covered by numbers
_NUMBERED = 5


@dataclass(frozen=True, slots=True)
class Paths:
    """A factor model to be drawn: names, ``loadings`` (p, k) with NaN where there is none, ``correlations`` (k, k),
    what is left of each item's variance (p,), and residual correlations (item, item, value)."""

    factors: Sequence[str]
    items: Sequence[str]
    loadings: Floats
    correlations: Floats
    unique: Floats
    residual: Sequence[tuple[int, int, float]]


def draw_paths(paths: Paths, lang: Language) -> str:
    """Factors as ellipses, items as boxes, loadings on the lines between them, correlations as arcs at the left; width
    tells size, orange and dashes a negative sign."""
    places = _rows(paths)
    centre = {
        j: float(np.mean([places[int(i)] for i in np.flatnonzero(~np.isnan(paths.loadings[:, j]))]))
        for j in range(len(paths.factors))
    }
    centre = _apart(centre)
    with style():
        figure, ax = canvas(_ROW * len(paths.items) + _FRAME)
        ax.set_axis_off()
        ax.set_xlim(0, 7)
        ax.set_ylim((len(paths.items) - 0.3) * _ROW, -0.7 * _ROW)
        _draw_correlations(ax, paths, centre, lang)
        _draw_loadings(ax, paths, places, centre, lang)
        _draw_residuals(ax, paths, places, lang)
        for i, item in enumerate(paths.items):
            _box(ax, short(item, 14), places[i])
        for j, factor in enumerate(paths.factors):
            _ellipse(ax, short(factor, 14), centre[j])
        return svg(figure)


def _rows(paths: Paths) -> dict[int, float]:
    """Item → height; items stand with the factor that they measure most."""
    main = np.nan_to_num(np.abs(paths.loadings)).argmax(axis=1)
    order = np.argsort(main, kind="stable")
    return {int(item): at * _ROW for at, item in enumerate(order)}


def _apart(centre: dict[int, float]) -> dict[int, float]:
    """Heights of factors, moved down where two would overlap (bifactor models)."""
    least = 2 * _HALF_HEIGHT + 0.06
    found: dict[int, float] = {}
    last = -np.inf
    for j in sorted(centre, key=lambda each: centre[each]):
        found[j] = last = max(centre[j], last + least)
    return found


def _stroke(value: float) -> dict[str, Any]:
    return {
        "color": BLUE if value >= 0 else ORANGE, "linewidth": 0.5 + 2.2 * min(abs(value), 1.0),
        "linestyle": "-" if value >= 0 else (0, (4, 2)),
    }  # fmt: skip


def _draw_loadings(
    ax: Axes, paths: Paths, places: dict[int, float], centre: dict[int, float], lang: Language
) -> None:
    several = (~np.isnan(paths.loadings)).sum(axis=1) > 1
    for (i, j), value in np.ndenumerate(paths.loadings):
        if np.isnan(value):
            continue
        start, end = (_FACTOR + _HALF_WIDTH, centre[j]), (_ITEM - 0.5, places[i])
        ax.annotate(
            "", xy=end, xytext=start, zorder=1,
            arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7, **_stroke(value)},
        )  # fmt: skip
        share = 0.72 if not several[i] else 0.6 + 0.22 * (j % 2)
        at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        _number(ax, *at, value, lang)


def _number(ax: Axes, x: float, y: float, value: float, lang: Language) -> None:
    ax.text(
        x, y, format_number(float(value), 2, lang), ha="center", va="center", fontsize=8, color=INK, zorder=3,
        bbox={"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none"},
    )  # fmt: skip


def _draw_correlations(ax: Axes, paths: Paths, centre: dict[int, float], lang: Language) -> None:
    k = len(paths.factors)
    longest = max((abs(centre[a] - centre[b]) for a in range(k) for b in range(a)), default=1.0)
    for a in range(k):
        for b in range(a + 1, k):
            value = paths.correlations[a, b]
            if np.isnan(value) or value == 0:
                continue
            top, bottom = sorted((centre[a], centre[b]))
            reach = 0.35 + 1.75 * (bottom - top) / longest
            t = np.linspace(-1, 1, 41)
            x = _FACTOR - _HALF_WIDTH - reach * (1 - t**2)
            y = (top + bottom) / 2 + t * (bottom - top) / 2
            ax.plot(x, y, zorder=0.5, alpha=0.75, solid_capstyle="round", **_stroke(value))
            if k <= _NUMBERED:
                _number(ax, _FACTOR - _HALF_WIDTH - reach, (top + bottom) / 2, value, lang)


def _draw_residuals(ax: Axes, paths: Paths, places: dict[int, float], lang: Language) -> None:
    for i, at in places.items():
        shown = format_number(float(paths.unique[i]), 2, lang)
        ax.text(_REST, at, shown, ha="left", va="center", fontsize=8, color=QUIET)
        ax.plot([_ITEM + 0.5, _REST - 0.06], [at, at], color=RULE, linewidth=0.8, zorder=0.5)
    for i, j, value in paths.residual:
        top, bottom = sorted((places[i], places[j]))
        t = np.linspace(-1, 1, 21)
        reach = 0.18 + 0.12 * min((bottom - top) / _ROW, 4)
        ax.plot(
            _ITEM + 0.5 + reach * (1 - t**2), (top + bottom) / 2 + t * (bottom - top) / 2, zorder=2, **_stroke(value)
        )  # fmt: skip


def _box(ax: Axes, name: str, at: float) -> None:
    from matplotlib.patches import Rectangle

    look: dict[str, Any] = {"facecolor": "white", "edgecolor": INK, "linewidth": 0.9, "zorder": 2}
    ax.add_patch(Rectangle((_ITEM - 0.5, at - 0.12), 1.0, 0.24, **look))
    ax.text(_ITEM, at, name, ha="center", va="center", fontsize=8, zorder=3)


def _ellipse(ax: Axes, name: str, at: float) -> None:
    from matplotlib.patches import Ellipse

    look: dict[str, Any] = {"facecolor": "white", "edgecolor": INK, "linewidth": 1.2, "zorder": 2}
    ax.add_patch(Ellipse((_FACTOR, at), 2 * _HALF_WIDTH, 2 * _HALF_HEIGHT, **look))
    ax.text(_FACTOR, at, name, ha="center", va="center", fontsize=8.5, fontweight="bold", zorder=3)


@dataclass(frozen=True, slots=True)
class Rise:
    """One measure's change at each rung (m,), its ``cutoffs`` (m,) and which side of them is worse."""

    name: str
    change: Floats
    cutoffs: Floats
    falls: bool


def draw_ladder(steps: Sequence[str], pvalues: Sequence[str], rises: Sequence[Rise], lang: Language) -> str:
    """Change of each measure by rung, a panel for each; full marks stay within the cut-off (dashes), hollow ones do
    not."""
    with style():
        figure, first = canvas(0.34 * len(steps) + 1.3)
        figure.delaxes(first)
        axes = figure.subplots(1, len(rises), sharey=True, squeeze=False)[0]
        place = np.arange(len(steps))
        for ax, rise in zip(axes, rises, strict=True):
            limit = -rise.cutoffs if rise.falls else rise.cutoffs
            within = rise.change >= limit if rise.falls else rise.change <= limit
            ax.axvline(0, color=QUIET, linewidth=0.8)
            ax.vlines(limit, place - 0.38, place + 0.38, color=ORANGE, linewidth=1.4, linestyle=(0, (4, 2)))
            ax.hlines(place, 0, rise.change, color=BLUE, linewidth=1.6)
            for inside, face in ((within, BLUE), (~within, "white")):
                look: dict[str, Any] = {"color": BLUE, "markerfacecolor": face, "markersize": 5, "zorder": 3}
                ax.plot(rise.change[inside], place[inside], "o", **look)
            ax.set_title(rise.name, loc="left", fontsize=9.5, fontweight="bold")
            ax.xaxis.set_major_formatter(ticks(3, lang))
            ax.locator_params(axis="x", nbins=3)
            ax.margins(x=0.15)
            ax.grid(axis="y", linewidth=0.4)
        names = [f"{step}\n{p}" for step, p in zip(steps, pvalues, strict=True)]
        axes[0].set_yticks(place, names, fontsize=8)
        axes[0].set_ylim(len(steps) - 0.5, -0.6)
        figure.supxlabel(text("report.ladder_axis", lang), fontsize=9)
        return svg(figure)
