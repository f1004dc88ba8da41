"""Where the answers to each item are cut: categories as stretches of the latent scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.measure.polychoric.correlations import Polychoric
from akhlak_research.report.drawing import INK, canvas, ink_on, shades, short, style, svg, ticks
from akhlak_research.report.exhibit import Exhibit, FigureContent
from akhlak_research.report.format import DASH, visible

if TYPE_CHECKING:
    from akhlak_research.instrument.model import Instrument

Floats = NDArray[np.float64]
#: the drawn part of the standard normal scale; wider where a threshold lies beyond
_REACH = 3.0
#: width of a stretch that can hold its code
_ROOM = 0.22


@dataclass(frozen=True, slots=True)
class _Cut:
    """An item: its name, the codes in use, the thresholds between them and their half intervals (NaN: unknown)."""

    name: str
    codes: list[int]
    tau: Floats
    half: Floats


def plot_thresholds(found: Polychoric, *, instrument: Instrument | None = None) -> Exhibit:
    """Draw each item's categories as stretches of the standard normal scale behind the answers.

    A long stretch in the middle is a category that tells few people apart; thresholds that all lie on one side show an
    item that nearly everybody agrees (or disagrees) with; an interval wider than its stretch, a category too rarely
    chosen to be placed.

    Parameters
    ----------
    found : Polychoric
        From ``polychoric``.
    instrument : Instrument, optional
        Orders the items by dimension.

    Returns
    -------
    Exhibit
        A figure in both languages, thresholds with their intervals (level of ``found``) in the table behind it.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"a": [1, 2, 2, 3, 1, 3], "b": [1, 1, 2, 2, 2, 3]})
    >>> ak.plot_thresholds(ak.polychoric(frame)).content["en"]["rows"][0]
    ['a', '−0.43', '0.43']
    """
    names = list(found.thresholds.index)
    if instrument is not None:
        order = [item.code for item in instrument.items]
        names.sort(key=lambda name: order.index(name) if name in order else len(order))
    cuts = [_cut(found, name) for name in names]
    codes = [int(code) for code in found.answers.columns]
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        n = format_number(float(found.n), 0, lang)
        content[lang] = FigureContent(
            caption=text("caption.figure_thresholds", lang, n=n),
            svg=_draw(cuts, codes, lang),
            alt=_describe(cuts, lang),
            head=[label("item", lang), *(f"{a} | {b}" for a, b in pairwise(codes))],
            numeric=[False, *[True] * (len(codes) - 1)],
            rows=[_row(cut, codes, lang) for cut in cuts],
            notes=[text("polychoric.thresholds_note", lang, level=round(100 * found.level))],
        )
    return Exhibit("figure", "thresholds", record_digest(found.record()), content)


def _cut(found: Polychoric, name: str) -> _Cut:
    answers = found.answers.loc[name]
    codes = [int(code) for code in answers.index[answers.to_numpy() > 0]]
    tau = found.thresholds.loc[name].reindex(codes[:-1]).to_numpy(dtype=np.float64)
    half = np.full(len(tau), np.nan)
    if isinstance(found.threshold_errors, pd.DataFrame):
        from scipy.special import ndtri

        se = found.threshold_errors.loc[name].reindex(codes[:-1]).to_numpy(dtype=np.float64)
        half = float(ndtri((1 + found.level) / 2)) * se
    return _Cut(visible(name), codes, tau, half)


def _row(cut: _Cut, codes: Sequence[int], lang: Language) -> list[str]:
    """The item's name and its threshold above each code."""
    known = dict(zip(cut.codes[:-1], cut.tau, strict=True))
    return [cut.name, *(format_number(float(known[code]), 2, lang) if code in known else DASH for code in codes[:-1])]


def _describe(cuts: Sequence[_Cut], lang: Language) -> str:
    lowest = min(cuts, key=lambda cut: cut.tau[0])
    middle = [float(np.mean(cut.tau)) for cut in cuts]
    easiest, hardest = cuts[int(np.argmin(middle))], cuts[int(np.argmax(middle))]
    return text(
        "polychoric.thresholds_alt", lang, n=len(cuts), lowest=lowest.name,
        value=format_number(float(lowest.tau[0]), 2, lang), easiest=easiest.name, hardest=hardest.name,
    )  # fmt: skip


def _draw(cuts: Sequence[_Cut], codes: Sequence[int], lang: Language) -> str:
    reach = max(_REACH, *(float(np.abs(cut.tau).max()) + 0.4 for cut in cuts))
    colour = dict(zip(codes, shades(len(codes)), strict=True))
    with style():
        figure, ax = canvas(0.27 * len(cuts) + 0.85)
        for y, cut in enumerate(cuts):
            edges = np.array([-reach, *cut.tau, reach])
            for code, start, end in zip(cut.codes, edges[:-1], edges[1:], strict=True):
                ax.barh(y, end - start, left=start, height=0.62, color=colour[code], edgecolor="white", linewidth=1.2)
                if end - start > _ROOM:
                    middle = (start + end) / 2
                    ax.text(middle, y, str(code), ha="center", va="center", fontsize=8, color=ink_on(colour[code]))
            known = ~np.isnan(cut.half)
            ax.hlines(
                np.full(known.sum(), y + 0.37), (cut.tau - cut.half)[known], (cut.tau + cut.half)[known],
                color=INK, linewidth=1.4,
            )  # fmt: skip
        ax.set_yticks(range(len(cuts)), [short(cut.name) for cut in cuts])
        ax.set_ylim(len(cuts) - 0.4, -0.6)
        ax.set_xlim(-reach, reach)
        ax.xaxis.set_major_formatter(ticks(0, lang))
        ax.set_xlabel(text("polychoric.latent_axis", lang))
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        return svg(figure)
