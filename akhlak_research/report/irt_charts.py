"""Drawings of item response models from plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.text import Language, text
from akhlak_research.report.drawing import BLUE, INK, ORANGE, QUIET, RULE, canvas, shades, short, style, svg, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
_SOFT = "#c9d9e8"
_ROW = 0.19


@dataclass(frozen=True, slots=True)
class People:
    """Where people stand: edges (m + 1,) of bins and the percentage in each (m,)."""

    edges: Floats
    percent: Floats


def draw_wright_map(people: People, names: Sequence[str], thresholds: Floats, lang: Language) -> str:
    """People as a histogram at the left, (p, m) thresholds of the items at the right, on one scale."""
    with style():
        height = max(3.6, _ROW * len(names) + 1.4)
        figure, first = canvas(height)
        figure.delaxes(first)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 2.4])
        left.barh(
            people.edges[:-1], people.percent, height=np.diff(people.edges), align="edge", color=_SOFT,
            edgecolor="white", linewidth=0.4,
        )  # fmt: skip
        left.invert_xaxis()
        left.set_xlabel(text("irt_figure.percent", lang))
        left.xaxis.set_major_formatter(ticks(0, lang))
        left.set_ylabel(text("irt_figure.theta", lang))
        left.yaxis.set_major_formatter(ticks(1, lang))
        colours = shades(max(thresholds.shape[1], 2))
        for k in range(thresholds.shape[1]):
            at = np.flatnonzero(~np.isnan(thresholds[:, k]))
            right.plot(at, thresholds[at, k], "o", color=colours[k], markersize=8)
            for i in at:
                right.text(
                    i, thresholds[i, k], str(k + 1), color="white", fontsize=6, ha="center", va="center_baseline"
                )
        low, high = np.nanmin(thresholds, axis=1), np.nanmax(thresholds, axis=1)
        right.vlines(np.arange(len(names)), low, high, color=RULE, linewidth=1, zorder=0)
        right.set_xticks(range(len(names)), [short(name, 14) for name in names], rotation=90, fontsize=8)
        right.grid(axis="y")
        left.grid(axis="y")
        limit = (min(people.edges[0], np.nanmin(thresholds)) - 0.2, max(people.edges[-1], np.nanmax(thresholds)) + 0.2)
        right.set_ylim(*limit)
        right.tick_params(axis="y", length=0)
        return svg(figure)


def draw_categories(
    theta: Floats, names: Sequence[str], curves: Sequence[Floats], labels: Sequence[Sequence[str]], lang: Language
) -> str:
    """Probability of every category over θ (K_i, Q), a small panel for each item; categories by shade and number."""
    with style():
        across = min(3, len(names))
        down = -(-len(names) // across)
        figure, first = canvas(1.55 * down + 0.5)
        figure.delaxes(first)
        axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
        for ax in axes.flat[len(names) :]:
            ax.set_axis_off()
        for ax, name, p, codes in zip(axes.flat, names, curves, labels, strict=False):
            for k, colour in enumerate(shades(max(len(p), 2))[: len(p)]):
                ax.plot(theta, p[k], color=colour, linewidth=1.5)
                at = int(p[k].argmax())
                ax.text(
                    theta[at], min(p[k, at] + 0.03, 1.02), codes[k], color=colour, fontsize=7, ha="center", va="bottom"
                )
            ax.set_title(short(name, 24), loc="left", fontsize=8.5, fontweight="bold")
            ax.set_ylim(0, 1.14)
            ax.xaxis.set_major_formatter(ticks(0, lang))
            ax.yaxis.set_major_formatter(ticks(1, lang))
        figure.supxlabel(text("irt_figure.theta", lang), fontsize=9)
        figure.supylabel(text("irt_figure.probability", lang), fontsize=9)
        return svg(figure)


def draw_information(
    theta: Floats, people: People, names: Sequence[str], by_item: Floats, needed: float, lang: Language
) -> str:
    """Information of all items over θ before the people, and below it (p, Q) that of each item by shade."""
    with style():
        figure, first = canvas(3.0 + 0.19 * len(names))
        figure.delaxes(first)
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 0.19 * len(names) + 0.2])
        _draw_total(top, theta, people, by_item.sum(axis=0), needed, lang)
        from matplotlib.colors import LinearSegmentedColormap

        ramp = LinearSegmentedColormap.from_list("information", ["#ffffff", _SOFT, BLUE, "#0b3358"])
        edges = np.concatenate([[theta[0]], (theta[1:] + theta[:-1]) / 2, [theta[-1]]])
        below.pcolormesh(edges, np.arange(len(names) + 1) - 0.5, by_item, cmap=ramp, vmin=0, rasterized=False)
        below.set_yticks(range(len(names)), [short(name, 18) for name in names], fontsize=8)
        below.invert_yaxis()
        below.tick_params(axis="y", length=0)
        below.set_xlabel(text("irt_figure.theta", lang))
        below.xaxis.set_major_formatter(ticks(0, lang))
        return svg(figure)


def _draw_total(ax: Axes, theta: Floats, people: People, total: Floats, needed: float, lang: Language) -> None:
    crowd = ax.twinx()
    crowd.bar(
        people.edges[:-1], people.percent, width=np.diff(people.edges), align="edge", color=_SOFT, edgecolor="white",
        linewidth=0.4, label=text("irt_figure.people", lang),
    )  # fmt: skip
    crowd.set_ylim(0, 2.2 * people.percent.max())
    crowd.set_ylabel(text("irt_figure.percent", lang))
    crowd.yaxis.set_major_formatter(ticks(0, lang))
    crowd.spines["right"].set_visible(True)
    ax.set_zorder(crowd.get_zorder() + 1)
    ax.patch.set_visible(False)
    ax.plot(theta, total, color=INK, linewidth=1.8, label=text("irt_figure.information", lang))
    ax.axhline(needed, color=ORANGE, linestyle=(0, (4, 2)), linewidth=1.2, label=text("irt_figure.needed", lang))
    ax.set_ylim(0, 1.12 * max(total.max(), needed))
    ax.set_ylabel(text("irt_figure.information", lang))
    ax.yaxis.set_major_formatter(ticks(0, lang))
    handles, names = ax.get_legend_handles_labels()
    more, others = crowd.get_legend_handles_labels()
    ax.legend([*handles, *more], [*names, *others], loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


def draw_person_fit(people: People, critical: float, expected: Floats, lang: Language) -> str:
    """How l_z* is spread, beside what it would be if all answered as the model says; flagged part in another colour."""
    with style():
        figure, ax = canvas(3.2)
        flagged = people.edges[1:] <= critical + 1e-9
        width = np.diff(people.edges)
        left = people.edges[:-1]
        ax.bar(left[~flagged], people.percent[~flagged], width=width[~flagged], align="edge", color=_SOFT,
               edgecolor="white", linewidth=0.4)  # fmt: skip
        ax.bar(left[flagged], people.percent[flagged], width=width[flagged], align="edge", color=ORANGE,
               edgecolor="white", linewidth=0.4, label=text("irt_figure.flagged", lang))  # fmt: skip
        ax.plot(left + width / 2, expected, color=INK, linewidth=1.4, label=text("irt_figure.as_expected", lang))
        ax.axvline(critical, color=QUIET, linewidth=1, linestyle=(0, (4, 2)))
        ax.set_xlabel(text("irt_figure.lz_star", lang))
        ax.set_ylabel(text("irt_figure.percent", lang))
        ax.xaxis.set_major_formatter(ticks(0, lang))
        ax.yaxis.set_major_formatter(ticks(0, lang))
        ax.legend(loc="upper left")
        return svg(figure)
