"""Figures of differential item functioning (curves, effects in index points) and of Mokken's coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.errors import MethodError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Estimate, Interval, record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.report.dif_charts import Bar, Panel, draw_curves, draw_effects, draw_scalability
from akhlak_research.report.exhibit import Exhibit, FigureContent
from akhlak_research.report.tables import table_content

if TYPE_CHECKING:
    from akhlak_research.measure.dif_result import DifResult, ItemDif
    from akhlak_research.measure.mokken import Mokken

_FOUND = ("dif_moderate", "dif_large")
#: panels where nothing is flagged: the items nearest to it
_PANELS = 6


def _figure(
    caption: str, svg: str, alt: str, behind: pd.DataFrame, notes: Sequence[str], lang: Language
) -> FigureContent:
    table = table_content(behind, "", lang)
    return FigureContent(
        caption=caption, svg=svg, alt=alt, head=table["head"], numeric=table["numeric"], rows=table["rows"],
        notes=[*notes, *table["notes"]],
    )  # fmt: skip


def plot_dif_curves(
    result: DifResult, *, items: Sequence[str] | None = None, group: str | None = None
) -> Exhibit:
    """Draw the expected answer to items by group, over what people were matched on, above where the groups stand.

    Parameters
    ----------
    result : DifResult
        From ``ak.dif``.
    items : sequence of str, optional
        Default: the flagged items of the group; where none is, the six with the largest effects.
    group : str, optional
        Which group beside the reference; default: that of the first flagged comparison, else the first.

    Returns
    -------
    Exhibit
        A figure in both languages; behind it, per item, effect and verdict.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for an item or a group that is not in the result.
    MethodError
        ``dif_nothing_to_draw`` where no item could be tested.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.dif(ak.Study("data/bfi").responses.of_dimension("N"), "gender")
    >>> ak.plot_dif_curves(found).name
    'dif_curves'
    """
    from akhlak_research.core.checks import check_choice

    groups = list(dict.fromkeys(one.group for one in result.comparisons))
    if group is None:
        group = next((one.group for one in result.comparisons if one.verdict in _FOUND), groups[0])
    check_choice(group, groups, "group")
    drawable = [one for one in result.comparisons if one.group == group and one.curve is not None]
    if not drawable:
        raise MethodError("dif_nothing_to_draw", group=group)
    if items is not None:
        chosen = [next(o for o in drawable if o.item == check_choice(name, [d.item for d in drawable], "items"))
                  for name in items]  # fmt: skip
    else:
        chosen = [one for one in drawable if one.verdict in _FOUND]
        chosen = chosen or sorted(drawable, key=lambda one: -abs(float(one.effect_size)))[:_PANELS]
    panels = [_panel(one) for one in chosen]
    ends = [np.concatenate([p.reference, p.group]) for p in panels]
    limits = np.array([np.floor(min(e.min() for e in ends)), np.ceil(max(e.max() for e in ends))])
    behind = _behind(chosen)
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        alt = text("alt.dif_curves", lang, items=[one.item for one in chosen], group=group, reference=result.reference)
        axis = text(f"dif_figure.match_{result.matching}", lang)
        names = (text("dif_figure.reference", lang, group=result.reference), group)
        drawn = draw_curves(panels, names, axis, limits, lang)
        content[lang] = _figure(
            text("caption.figure_dif_curves", lang), drawn, alt, behind, [text("dif_figure.curves_note", lang)], lang
        )
    return Exhibit("figure", "dif_curves", record_digest(result.record()), content)


def _panel(one: ItemDif) -> Panel:
    assert one.curve is not None
    c = one.curve
    return Panel(one.item, c.match, c.reference, c.group, c.reference_share, c.group_share)


def _behind(chosen: Sequence[ItemDif]) -> pd.DataFrame:
    return pd.DataFrame([
        {
            "item": one.item, "group": one.group, "points": one.points.estimate,
            "ci_low": one.points.interval.low, "ci_high": one.points.interval.high,
            "pvalue_adjusted": one.pvalue_adjusted, "effect_size": one.effect_size, "verdict": one.verdict,
        }
        for one in chosen
    ])  # fmt: skip


def plot_dif_effects(result: DifResult) -> Exhibit:
    """Draw what every item does to the index of a group, in index points with intervals.

    Parameters
    ----------
    result : DifResult
        From ``ak.dif``.

    Returns
    -------
    Exhibit
        A forest plot in both languages, the largest effects at the top; flagged items in another colour and shape.

    Raises
    ------
    MethodError
        ``dif_nothing_to_draw`` where no item could be tested.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.dif(ak.Study("data/bfi").responses.of_dimension("N"), "gender")
    >>> ak.plot_dif_effects(found).content["en"]["rows"][0][0]
    'N5'
    """
    several = len({one.group for one in result.comparisons}) > 1
    tested = [one for one in result.comparisons if isinstance(one.points, Estimate)]
    tested.sort(key=lambda one: -abs(one.points.estimate))
    if not tested:
        raise MethodError("dif_nothing_to_draw", group=result.group)
    bars = [_bar(one, several) for one in tested]
    behind = _behind(tested)
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        top = tested[0]
        alt = text(
            "alt.dif_effects", lang, n_items=len(tested), flagged=list(result.flagged) or "–", item=top.item,
            points=format_number(top.points.estimate, 2, lang), group=top.group, reference=top.reference,
        )  # fmt: skip
        level = format_number(100 * result.level, None, lang)
        note = text("dif_figure.effects_note", lang, reference=result.reference, level=level)
        content[lang] = _figure(
            text("caption.figure_dif_effects", lang), draw_effects(bars, lang), alt, behind, [note], lang
        )
    return Exhibit("figure", "dif_effects", record_digest(result.record()), content)


def _bar(one: ItemDif, several: bool) -> Bar:
    name = f"{one.item} · {one.group}" if several else one.item
    interval = one.points.interval
    value = one.points.estimate
    sure = isinstance(interval, Interval)
    return Bar(name, value, interval.low if sure else value, interval.high if sure else value, one.verdict in _FOUND)


def plot_mokken(result: Mokken) -> Exhibit:
    """Draw the scalability of every item and of the scale, beside the customary cut-offs.

    Parameters
    ----------
    result : Mokken
        From ``ak.mokken``.

    Returns
    -------
    Exhibit
        Bars of H_i with intervals in both languages; items below the lowest cut-off in another colour.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.mokken(ak.Study("data/bfi").responses.of_dimension("N"))
    >>> ak.plot_mokken(found).name
    'mokken'
    """
    weak = thresholds("mokken_weak")
    bars = [
        Bar(name, h.estimate, h.interval.low, h.interval.high, not weak.met(h.estimate))
        for name, h in result.items.items()
    ]
    behind = result.table()[["item", "h", "std_error", "ci_low", "ci_high", "scale_number"]]
    content: dict[Language, FigureContent] = {}
    low, high = min(bars, key=lambda b: b.value), max(bars, key=lambda b: b.value)
    for lang in LANGUAGES:
        edges = [
            (label(f"mokken_{word}", lang), thresholds(f"mokken_{word}").value) for word in ("weak", "medium", "strong")
        ]
        h = result.scale
        whole = Bar(text("dif_figure.all_items", lang), h.estimate, h.interval.low, h.interval.high, False)
        alt = text(
            "alt.mokken", lang, n_items=len(bars), h=format_number(h.estimate, 2, lang), low_name=low.name,
            low=format_number(low.value, 2, lang), high_name=high.name, high=format_number(high.value, 2, lang),
        )  # fmt: skip
        level = format_number(100 * result.level, None, lang)
        note = text("dif_figure.mokken_note", lang, level=level, source=weak.cited_to)
        content[lang] = _figure(
            text("caption.figure_mokken", lang), draw_scalability(bars, whole, edges, lang), alt, behind, [note], lang
        )
    return Exhibit("figure", "mokken", record_digest(result.record()), content)
