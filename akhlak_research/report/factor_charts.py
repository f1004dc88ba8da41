"""Drawings of factor analysis from plain numbers: eigenvalues with references, loadings with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, GREEN, INK, ORANGE, QUIET, RULE, canvas, short, style, svg, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Stroke = Literal["mean", "percentile", "empirical", "one"]

#: told apart by dash as well as by colour
_STROKES: Mapping[str, dict[str, Any]] = {
    "mean": {"color": QUIET, "linestyle": (0, (4, 2)), "linewidth": 1.3},
    "percentile": {"color": ORANGE, "linestyle": (0, (1, 1)), "linewidth": 1.8},
    "empirical": {"color": GREEN, "linestyle": (0, (6, 1.5, 1, 1.5)), "linewidth": 1.5},
    "one": {"color": INK, "linestyle": "-", "linewidth": 0.8},
}
#: inches of a row of loadings, and of everything above and below
_ROW, _FRAME = 0.19, 1.15


@dataclass(frozen=True, slots=True)
class Line:
    """What eigenvalues are compared with: values (k,), what they are called, and how they are drawn."""

    stroke: Stroke
    name: str
    values: Floats


@dataclass(frozen=True, slots=True)
class Eigen:
    """Eigenvalues (k,) of one kind, what they are compared with, and how many are retained (None: not said)."""

    title: str
    observed: Floats
    lines: Sequence[Line]
    retained: int | None


def draw_scree(panels: Sequence[Eigen], lang: Language) -> str:
    """Eigenvalues by position, one panel for each kind, on one scale."""
    with style():
        figure, first = canvas(3.5)
        figure.delaxes(first)
        axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for ax, panel in zip(axes, panels, strict=True):
            _draw_panel(ax, panel, " · " if len(panels) < 3 else "\n", lang)
            ax.set_xticks(_positions(len(panel.observed), len(panels)))
            ax.yaxis.set_major_formatter(ticks(1, lang))
            ax.set_xlabel(text("report.position", lang))
            ax.grid(axis="y")
        axes[0].set_ylabel(text("report.eigenvalue", lang))
        entries: dict[str, Any] = {}
        for ax in axes:
            handles, names = ax.get_legend_handles_labels()
            entries |= {name: handle for name, handle in zip(names, handles, strict=True) if name not in entries}
        figure.legend(list(entries.values()), list(entries), loc="outside upper left", ncols=3, columnspacing=1.4)
        return svg(figure)


def _positions(k: int, panels: int) -> list[int]:
    """Labelled positions 1 … k: all where there is room, else the first and round ones."""
    room = k * panels / 2
    step = 1 if room <= 8 else 2 if room <= 16 else 5 if room <= 60 else 20
    return [at for at in range(1, k + 1) if at == 1 or at % step == 0]


def _draw_panel(ax: Axes, panel: Eigen, gap: str, lang: Language) -> None:
    position = np.arange(1, len(panel.observed) + 1)
    ax.axhline(0, color=QUIET, linewidth=0.8)
    for line in panel.lines:
        ax.plot(position, line.values, label=line.name, **_STROKES[line.stroke])
    ax.plot(position, panel.observed, color=BLUE, linewidth=1.4, label=text("report.scree_data", lang), zorder=3)
    kept = position <= (panel.retained or 0)
    ax.plot(position[kept], panel.observed[kept], "o", color=BLUE, markersize=6, zorder=4)
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markersize": 5, "markeredgewidth": 1.2, "zorder": 4}
    ax.plot(position[~kept], panel.observed[~kept], "o", color=BLUE, **hollow)
    title = panel.title
    if panel.retained is not None:
        title = f"{title}{gap}{text('report.scree_retained', lang, n=panel.retained)}"
    ax.set_title(title, loc="left", fontsize=9.5, fontweight="bold")
    ax.margins(x=0.04)


def draw_loading_intervals(
    items: Sequence[str],
    factors: Sequence[str],
    values: Floats,
    low: Floats,
    high: Floats,
    cut: float,
    lang: Language,
) -> str:
    """(p, k) loadings as points with intervals, a panel for each factor; full marks where the interval lies beyond
    ±cut, hollow ones elsewhere."""
    with style():
        figure, first = canvas(_ROW * len(items) + _FRAME)
        figure.delaxes(first)
        axes = figure.subplots(1, len(factors), sharex=True, sharey=True, squeeze=False)[0]
        place = np.arange(len(items))
        most = min(1.3, max(1.0, float(np.nanmax(np.abs([low, high]))) + 0.05))
        for j, ax in enumerate(axes):
            ax.axvline(0, color=QUIET, linewidth=0.8)
            for edge in (-cut, cut):
                ax.axvline(edge, color=RULE, linewidth=1, linestyle=(0, (4, 2)))
            ax.hlines(place, low[:, j], high[:, j], color=BLUE, linewidth=1.4)
            beyond = (low[:, j] >= cut) | (high[:, j] <= -cut)
            ax.plot(values[beyond, j], place[beyond], "o", color=BLUE, markersize=3)
            ax.plot(values[~beyond, j], place[~beyond], "o", color=BLUE, markersize=3, markerfacecolor="white")
            ax.set_title(short(factors[j], 60 // len(factors) + 2), loc="left", fontsize=9.5, fontweight="bold")
            ax.set_xlim(-most, most)
            ax.set_xticks([-1, 0, 1] if len(factors) > 3 else [-1, -0.5, 0, 0.5, 1])
            ax.xaxis.set_major_formatter(ticks(0 if len(factors) > 3 else 1, lang))
            ax.grid(axis="y", linewidth=0.4)
        axes[0].set_yticks(place, [short(item) for item in items])
        axes[0].set_ylim(len(items) - 0.4, -0.6)
        figure.supxlabel(text("report.loading", lang), fontsize=9)
        return svg(figure)
