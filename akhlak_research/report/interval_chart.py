"""A drawing of scores with their intervals, one row each, over the bands that they may fall into."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from akhlak_research.core.numbers import format_number
from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, INK, ORANGE, QUIET, RULE, canvas, short, style, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SOFT = "#f1f4f6"
_NAME_LIMIT = 36
#: inches of a row, and of everything above and below the rows; 40 rows stay on a page of A4
_ROW, _FRAME, _BANDS = 0.19, 1.25, 0.2
#: parts of the width that a letter of a name needs, and the place of an edge beside the next one
_LETTER_ROOM, _PLACE_ROOM = 0.0135, 0.09
#: a shape of its own beside a colour of its own
_MARKS: dict[bool, dict[str, Any]] = {
    True: {"marker": "o", "color": BLUE, "markersize": 4.5},
    False: {"marker": "D", "color": ORANGE, "markersize": 4.8, "markerfacecolor": "white", "markeredgewidth": 1.3},
}
_WORDS = {None: "unit_figure.plain", True: "unit_figure.inside", False: "unit_figure.crosses"}


@dataclass(frozen=True, slots=True)
class Row:
    """A score: name, estimate, limits, persons as shown, and whether its band is settled (None: there are no bands)."""

    name: str
    estimate: float
    low: float
    high: float
    n: str
    settled: bool | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the scale: what it is called, where it starts and ends (perhaps at infinity)."""

    name: str
    start: float
    end: float


def draw_intervals(
    rows: Sequence[Row], stretches: Sequence[Stretch], whole: Row | None, axis: str, digits: int, lang: Language
) -> str:
    """Points and intervals from top to bottom, n at the right, bands and their edges behind, the whole as a line."""
    with style():
        figure, ax = canvas(_ROW * len(rows) + _FRAME + (_BANDS if stretches else 0))
        ax.set_xlim(*_limits(rows, whole))
        ax.set_ylim(len(rows) - 0.4, -2.2 if stretches else -1.0)
        _draw_stretches(ax, stretches, digits, lang)
        handles = [*_draw_rows(ax, rows, lang), *_draw_whole(ax, whole)]
        edge = ax.get_yaxis_transform()
        ax.text(1.07, -1.0, "n", transform=edge, va="center_baseline", ha="right", fontsize=8.5, color=QUIET)
        for at, row in enumerate(rows):
            ax.text(1.07, at, row.n, transform=edge, va="center_baseline", ha="right", fontsize=8)
        ax.set_yticks(range(len(rows)), [short(row.name, _NAME_LIMIT) for row in rows], fontsize=8)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", linewidth=0.4)  # leads the eye from a name to its n
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_formatter(lambda value, _position: format_number(value, None, lang))
        ax.set_xlabel(axis)
        figure.legend(handles=handles, loc="outside upper left", ncols=1, handlelength=2.2, labelspacing=0.35)
        return svg(figure)


def _limits(rows: Sequence[Row], whole: Row | None) -> tuple[float, float]:
    """The part of the scale that all intervals need, with a little air."""
    found = [*rows, whole] if whole is not None else rows
    low, high = min(row.low for row in found), max(row.high for row in found)
    air = 0.04 * (high - low) or 1.0
    return low - air, high + air


def _draw_stretches(ax: Axes, stretches: Sequence[Stretch], digits: int, lang: Language) -> None:
    """Every other band shaded, its name above the rows where there is room, a line and its place at each edge."""
    left, right = ax.get_xlim()
    top = ax.get_ylim()[1]
    taken = -math.inf
    for at, stretch in enumerate(stretches):
        start, end = max(stretch.start, left), min(stretch.end, right)
        if start >= end:
            continue
        if at % 2:
            ax.axvspan(start, end, color=_SOFT, linewidth=0, zorder=0)
        if len(stretch.name) * _LETTER_ROOM < (end - start) / (right - left):
            ax.text((start + end) / 2, top + 0.7, stretch.name, ha="center", va="center", fontsize=8.5)
        if stretch.start > left:
            ax.axvline(start, color=INK, linewidth=1, linestyle=(0, (5, 2)), zorder=1)
            if (start - taken) / (right - left) > _PLACE_ROOM:  # the two edges of a gap share a label
                shown = format_number(start, digits, lang)
                ax.text(start, top - 0.15, shown, ha="center", va="bottom", fontsize=8.5)
                taken = start


def _draw_rows(ax: Axes, rows: Sequence[Row], lang: Language) -> list[Any]:
    """Rows by kind; gives an entry of the legend for each kind that occurs."""
    from matplotlib.lines import Line2D

    handles = []
    for settled, key in _WORDS.items():
        places = [at for at, row in enumerate(rows) if row.settled is settled]
        if not places:
            continue
        mark = _MARKS[settled is not False]
        low, high = [rows[at].low for at in places], [rows[at].high for at in places]
        ax.hlines(places, low, high, color=mark["color"], linewidth=1.5, zorder=2)
        ax.plot([rows[at].estimate for at in places], places, linestyle="none", zorder=3, **mark)
        handles.append(Line2D([], [], linewidth=1.5, label=text(key, lang), **mark))
    return handles


def _draw_whole(ax: Axes, whole: Row | None) -> list[Any]:
    """The line of reference on its interval, below the names of the bands, with its entry of the legend."""
    if whole is None:
        return []
    bottom, top = ax.get_ylim()[0], -0.6
    ax.fill_betweenx([top, bottom], whole.low, whole.high, color=RULE, linewidth=0, zorder=0.5)
    return ax.plot([whole.estimate] * 2, [top, bottom], color=QUIET, linewidth=1.4, zorder=1, label=whole.name)
