"""Drawings from plain numbers: stacked bars, a coloured matrix. Each returns SVG text in one language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.numbers import format_number
from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import (
    INK,
    QUIET,
    WIDTH,
    canvas,
    ink_on,
    seaborn,
    shades,
    short,
    style,
    svg,
    ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring rows that belong together: what they are called, and how many."""

    name: str
    size: int


def draw_answers(
    items: Sequence[str],
    blocks: Sequence[Block],
    shares: Floats,
    n: Sequence[str],
    categories: Sequence[str],
    lang: Language,
) -> str:
    """Stacked bars of (p, K) shares, items from top to bottom, with n at the right."""
    categories = [short(words, 60) for words in categories]
    with style():
        rows, heads = _places(blocks)
        columns, legend_rows = _legend_shape(categories)
        figure, ax = canvas(0.27 * (rows[-1] + 1) + 0.21 * legend_rows + 0.75)
        left = np.zeros(len(items))
        handles: list[Any] = []
        for at, colour in enumerate(shades(len(categories))):
            width = 100 * shares[:, at]
            handles.append(ax.barh(rows, width, left=left, height=0.78, color=colour, edgecolor="white", linewidth=1.2))
            for y, x, w in zip(rows, left, width, strict=True):
                if w >= 6:  # narrower segments cannot hold two digits
                    shown = format_number(w, 0, lang)
                    ax.text(x + w / 2, y, shown, ha="center", va="center", fontsize=8, color=ink_on(colour))
            left = left + width
        edge = ax.get_yaxis_transform()
        for y, words in zip(rows, n, strict=True):
            ax.text(1.015, y, words, transform=edge, va="center", fontsize=8.5)
        ax.text(1.015, -0.95, "n", transform=edge, va="center", fontsize=8.5, color=QUIET)
        for y, name in heads:
            ax.text(0, y, short(name, 70), va="center", fontsize=9, fontweight="bold")
        ax.set_yticks(rows, [short(item) for item in items])
        ax.set_ylim(rows[-1] + 0.6, -1.35)
        ax.set_xlim(0, 100)
        ax.set_xticks([0, 25, 50, 75, 100])
        ax.set_xlabel(text("report.percent_of_answers", lang))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        order = [i for column in range(columns) for i in range(column, len(categories), columns)]
        figure.legend(
            [handles[i] for i in order], [categories[i] for i in order], loc="outside upper left", ncols=columns,
            handlelength=1.1, handleheight=1.1, columnspacing=1.4,
        )  # fmt: skip
        return svg(figure)


def _places(blocks: Sequence[Block]) -> tuple[list[float], list[tuple[float, str]]]:
    """Heights of the bars, and of the names of blocks above them (none for a single nameless block)."""
    rows: list[float] = []
    heads: list[tuple[float, str]] = []
    y = 0.0
    for at, block in enumerate(blocks):
        if block.name:
            y += 0.55 if at else 0.0
            heads.append((y, block.name))
            y += 0.9
        rows += [y + step for step in range(block.size)]
        y += block.size
    return rows, heads


def _legend_shape(labels: Sequence[str]) -> tuple[int, int]:
    """Columns and rows of a legend that fits the width."""
    room = 92 // (max(map(len, labels)) + 6)
    rows = math.ceil(len(labels) / max(1, min(len(labels), room)))
    return math.ceil(len(labels) / rows), rows


_TICKS = np.array([-1, -0.5, 0, 0.5, 1])


def draw_matrix(
    values: Floats,
    rows: Sequence[str],
    columns: Sequence[str],
    blocks: Sequence[Block],
    scale_label: str,
    lang: Language,
    *,
    numbers: bool,
    square: bool,
    limit: float = 1.0,
) -> str:
    """A (p, q) matrix of values in −limit … limit as coloured cells; NaN stays blank; blocks of rows are marked."""
    sns = seaborn()
    rows, columns = ([short(name) for name in names] for names in (rows, columns))
    with style():
        height = WIDTH * 0.9 if square and len(rows) > 9 else 0.3 * len(rows) + 1.6
        figure, ax = canvas(height, WIDTH if square or len(columns) > 4 else 5.2)
        # steps of .05: more than 50 colours would turn the bar into a bitmap
        colours = sns.blend_palette(["#7a3409", "#c97c2a", "#f4f5f6", "#5a8fbb", "#0b3358"], as_cmap=True).resampled(41)
        sns.heatmap(
            values, vmin=-limit, vmax=limit, cmap=colours, mask=np.isnan(values), ax=ax, linewidths=0.6,
            linecolor="white", cbar=True, cbar_kws={"shrink": 0.55, "pad": 0.02, "ticks": limit * _TICKS},
        )  # fmt: skip
        ax.set_yticks(np.arange(len(rows)) + 0.5, rows, rotation=0)
        turned = (max(map(len, columns)) + 1) * len(columns) > 60
        ax.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=90 if turned else 0)
        ax.tick_params(length=0)
        bar = ax.collections[0].colorbar
        assert bar is not None
        bar.ax.yaxis.set_major_formatter(ticks(1 if limit == 1 else 2, lang))
        bar.set_label(scale_label)
        bar.outline.set_visible(False)
        if bar.solids is not None:
            bar.solids.set_edgecolor("face")  # no seams between the steps
        if numbers:
            _write_numbers(ax, values, colours, limit, lang)
        _mark_blocks(ax, blocks, len(columns), square)
        return svg(figure)


def _write_numbers(ax: Axes, values: Floats, colours: Any, limit: float, lang: Language) -> None:
    for (i, j), value in np.ndenumerate(values):
        if not math.isnan(value):
            shown = format_number(float(value), 2, lang)
            ink = ink_on(colours((value / limit + 1) / 2))
            ax.text(j + 0.5, i + 0.5, shown, ha="center", va="center", fontsize=8.5, color=ink)


def _mark_blocks(ax: Axes, blocks: Sequence[Block], width: int, square: bool) -> None:
    """Frames on the diagonal of a square matrix, lines between the rows of another; names at the right edge."""
    from matplotlib.patches import Rectangle

    start = 0
    for block in blocks if len(blocks) > 1 else ():
        if square:
            corner = (start, start)
            ax.add_patch(Rectangle(corner, block.size, block.size, fill=False, edgecolor=INK, lw=1.5, clip_on=False))
        elif start:
            ax.axhline(start, color=INK, linewidth=1.2)
        if block.name:
            ax.text(width + 0.25, start + block.size / 2, fill(short(block.name, 40), 20), va="center", fontsize=8.5)
        start += block.size
