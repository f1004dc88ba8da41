"""Drawings of differential item functioning and of scalability from plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, INK, ORANGE, QUIET, RULE, canvas, short, style, svg, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
_SOFT = "#c9d9e8"
_ROW, _FRAME = 0.19, 1.0


@dataclass(frozen=True, slots=True)
class Panel:
    """One item in one group: title, matching score, expected answers and shares of people of reference and group."""

    title: str
    match: Floats
    reference: Floats
    group: Floats
    reference_share: Floats
    group_share: Floats


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its limits, drawn full where ``marked``."""

    name: str
    value: float
    low: float
    high: float
    marked: bool


def draw_curves(panels: Sequence[Panel], names: tuple[str, str], axis: str, limits: Floats, lang: Language) -> str:
    """Expected answers by group over the matching score, above where the people of each group stand."""
    with style():
        across = min(3, len(panels))
        down = -(-len(panels) // across)
        figure, first = canvas(2.1 * down + 0.9)
        figure.delaxes(first)
        axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        for ax in axes.flat[len(panels) :]:
            ax.set_axis_off()
        for ax, panel in zip(axes.flat, panels, strict=False):
            _draw_panel(ax, panel, names, limits, lang)
        figure.supxlabel(axis, fontsize=9)
        figure.supylabel(text("dif_figure.expected", lang), fontsize=9)
        handles, labels = axes.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=2)
        return svg(figure)


def _draw_panel(ax: Axes, panel: Panel, names: tuple[str, str], limits: Floats, lang: Language) -> None:
    from matplotlib.ticker import MaxNLocator

    low, high = limits
    room = 0.28 * (high - low)
    top = max(panel.reference_share.max(), panel.group_share.max())
    ax.fill_between(panel.match, low, low + room * panel.reference_share / top, color=_SOFT, linewidth=0, zorder=1)
    ax.plot(panel.match, low + room * panel.group_share / top, color=ORANGE, linewidth=0.9, zorder=2)
    ax.plot(panel.match, panel.reference, color=BLUE, linewidth=1.7, label=names[0], zorder=3)
    ax.plot(panel.match, panel.group, color=ORANGE, linestyle=(0, (5, 1.5)), linewidth=1.7, label=names[1], zorder=3)
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_title(short(panel.title, 26), loc="left", fontsize=8.5, fontweight="bold")
    ax.xaxis.set_major_formatter(ticks(0, lang))
    ax.yaxis.set_major_formatter(ticks(0, lang))


def draw_effects(bars: Sequence[Bar], lang: Language) -> str:
    """Index points of every item with intervals, around zero; flagged items filled and in another colour."""
    from matplotlib.lines import Line2D

    with style():
        figure, ax = canvas(_ROW * len(bars) + _FRAME)
        for at, bar in enumerate(bars):
            colour = ORANGE if bar.marked else BLUE
            ax.hlines(at, bar.low, bar.high, color=colour, linewidth=1.5, zorder=2)
            ax.plot(bar.value, at, "D" if bar.marked else "o", color=colour, markersize=4.8, zorder=3,
                    markerfacecolor=colour if bar.marked else "white")  # fmt: skip
        ax.axvline(0, color=INK, linewidth=0.9, zorder=1)
        ax.set_yticks(range(len(bars)), [short(bar.name, 36) for bar in bars], fontsize=8)
        ax.set_ylim(len(bars) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x")
        ax.xaxis.set_major_formatter(ticks(1, lang))
        ax.set_xlabel(text("dif_figure.points", lang))
        marks = ((True, "D", ORANGE, "dif_figure.flagged"), (False, "o", BLUE, "dif_figure.other"))
        handles = [
            Line2D([], [], linewidth=1.5, marker=shape, color=colour, markersize=4.8, label=text(key, lang),
                   markerfacecolor=colour if marked else "white")
            for marked, shape, colour, key in marks
            if any(bar.marked is marked for bar in bars)
        ]  # fmt: skip
        figure.legend(handles=handles, loc="outside upper left", ncols=2)
        return svg(figure)


def draw_scalability(bars: Sequence[Bar], whole: Bar, edges: Sequence[tuple[str, float]], lang: Language) -> str:
    """H of every item as bars with intervals, that of all items as a line on its interval, customary edges dashed."""
    with style():
        figure, ax = canvas(_ROW * len(bars) + _FRAME + 0.3)
        places = np.arange(len(bars))
        values = np.array([bar.value for bar in bars])
        low, high = (np.array([getattr(bar, name) for bar in bars]) for name in ("low", "high"))
        ax.axvspan(whole.low, whole.high, color=RULE, alpha=0.7, linewidth=0, zorder=0)
        ax.axvline(whole.value, color=QUIET, linewidth=1.4, zorder=1, label=whole.name)
        colours = [ORANGE if bar.marked else BLUE for bar in bars]
        ax.barh(places, values, height=0.62, color=colours, zorder=2)
        ax.hlines(places, low, high, color=INK, linewidth=1.2, zorder=3)
        for name, edge in edges:
            ax.axvline(edge, color=INK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=4)
            ax.text(edge, -0.75, f" {name}", fontsize=8, va="bottom", ha="left")
        ax.set_yticks(places, [short(bar.name, 30) for bar in bars], fontsize=8)
        ax.set_ylim(len(bars) - 0.4, -0.7)
        ax.set_xlim(min(0.0, float(low.min()) - 0.02), max(0.66, float(high.max()) + 0.05))
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_major_formatter(ticks(1, lang))
        ax.set_xlabel(text("dif_figure.h", lang))
        figure.legend(loc="outside lower right")
        return svg(figure)
