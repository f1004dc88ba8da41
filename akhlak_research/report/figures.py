"""Figures: drawn from results in both languages, each with caption, alternative text and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import record_digest, to_jsonable
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.counts.engines import count_responses
from akhlak_research.counts.moments import Items, Missing, as_moments
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.counts.tables import Counts
from akhlak_research.report.charts import Block, draw_answers, draw_matrix
from akhlak_research.report.describe import describe_answers, describe_correlations, fixed
from akhlak_research.report.exhibit import Exhibit, FigureContent, slug
from akhlak_research.report.format import visible
from akhlak_research.responses.model import Responses

if TYPE_CHECKING:
    from akhlak_research.instrument.model import Instrument

Floats = NDArray[np.float64]
#: matrices up to this many rows have room for their numbers
_ROOM_FOR_NUMBERS = 10


@dataclass(frozen=True, slots=True)
class _Layout:
    """Items in the order of their dimensions: positions (p,), and per language the blocks and the items' wording."""

    order: list[int]
    blocks: Mapping[Language, list[Block]]
    wording: Mapping[Language, list[str]] = field(default_factory=dict)


def _layout(items: Sequence[str], instrument: Instrument | None) -> _Layout:
    if instrument is None:
        return _Layout(list(range(len(items))), {lang: [Block("", len(items))] for lang in LANGUAGES})
    of = {item.code: item.dimension for item in instrument.items}
    present = [d for d in instrument.dimensions if any(of[code] == d.code for code in items)]
    order = [at for d in present for at, code in enumerate(items) if of[code] == d.code]
    sizes = [sum(of[code] == d.code for code in items) for d in present]
    blocks = {
        lang: [Block(visible(d.name.say(lang)) or d.code, size) for d, size in zip(present, sizes, strict=True)]
        for lang in LANGUAGES
    }
    wording = {lang: [visible(instrument.item(items[at]).text.say(lang)) for at in order] for lang in LANGUAGES}
    return _Layout(order, blocks, wording)


def plot_item_distributions(answers: Responses | Counts | pd.DataFrame, *, dimension: str | None = None) -> Exhibit:
    """Draw how the answers to each item spread over the categories, as stacked bars of 100 percent.

    Parameters
    ----------
    answers : Responses, Counts or DataFrame
        Responses are drawn as answered, before any item is turned around, items in the order of their dimensions;
        Counts and DataFrames as they stand. Missing answers do not enter the percentages; n beside each bar counts
        who answered. Sampling weights weight the percentages, not n.
    dimension : str, optional
        Code of the one dimension to draw (of Responses).

    Returns
    -------
    Exhibit
        A figure in both languages.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for a dimension that is not there, ``dimension_needs_responses``.
    DataError
        As ``count_responses``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> figure = ak.plot_item_distributions(pd.DataFrame({"a": [1, 2, 2, 3], "b": [3, 3, 1, None]}))
    >>> figure.content["id"]["rows"]
    [['a', '25,0', '50,0', '25,0', '4'], ['b', '33,3', '0,0', '66,7', '3']]
    """
    counts, instrument = _counted(answers, dimension)
    layout = _layout(counts.items, instrument)
    items = [visible(counts.items[at]) for at in layout.order]
    single = counts.single_tables()[layout.order].astype(float)
    total = single.sum(axis=1, keepdims=True)
    shares = np.divide(single, total, out=np.zeros_like(single), where=total > 0)
    n = np.diag(counts.pair_n())[layout.order]
    texts = ["item", "text"] if layout.wording else ["item"]
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        categories = _category_labels(counts.categories, instrument, lang)
        shown_n = [format_number(float(k), 0, lang) for k in n]
        wording = [[words] for words in layout.wording[lang]] if layout.wording else [[] for _ in items]
        content[lang] = FigureContent(
            caption=_distribution_caption(instrument, dimension, lang),
            svg=draw_answers(items, layout.blocks[lang], shares, shown_n, categories, lang),
            alt=describe_answers(items, categories, shares, n, lang),
            head=[*(label(name, lang) for name in texts), *categories, label("n", lang)],
            numeric=[*[False] * len(texts), *[True] * len(categories), True],
            rows=[
                [item, *said, *(format_number(100 * float(v), 1, lang) for v in row), k]
                for item, said, row, k in zip(items, wording, shares, shown_n, strict=True)
            ],
            notes=_distribution_notes(counts, instrument, lang),
        )
    record = counts.record()
    return Exhibit("figure", slug(f"distributions {dimension or ''}"), record_digest(record), content, record=record)


def _counted(answers: Responses | Counts | pd.DataFrame, dimension: str | None) -> tuple[Counts, Instrument | None]:
    if isinstance(answers, Responses):
        if dimension is not None:
            answers = answers.of_dimension(dimension)
        scale = answers.instrument.scale
        mixed = any(item.scale not in (None, scale) for item in answers.instrument.items)
        limits = None if mixed else (scale.low, scale.high)
        return count_responses(answers.codes, scale=limits, weights=answers.weights), answers.instrument
    if dimension is not None:
        raise ArgumentError("dimension_needs_responses", got=dimension)
    return (answers if isinstance(answers, Counts) else count_responses(answers)), None


def _category_labels(categories: Sequence[int], instrument: Instrument | None, lang: Language) -> list[str]:
    if instrument is None or any(item.scale not in (None, instrument.scale) for item in instrument.items):
        return [str(code) for code in categories]
    named = instrument.scale.labels
    return [visible(f"{code} {named[code].say(lang)}" if code in named else str(code)) for code in categories]


def _distribution_caption(instrument: Instrument | None, dimension: str | None, lang: Language) -> str:
    if instrument is None or dimension is None:
        return text("caption.figure_distributions", lang)
    return text(
        "caption.figure_distributions_of", lang, dimension=visible(instrument.dimension(dimension).name.say(lang))
    )


def _distribution_notes(counts: Counts, instrument: Instrument | None, lang: Language) -> list[str]:
    notes = [text("report.n_note", lang)]
    if counts.weighting == "sampling":
        notes.append(text("report.weighted_shares", lang))
    if counts.reversed_items:
        notes.append(text("report.turned", lang, items=list(map(visible, counts.reversed_items))))
    elif instrument is not None and instrument.reversed_items:
        notes.append(text("report.as_answered", lang, items=list(map(visible, instrument.reversed_items))))
    return notes


def plot_correlations(
    items: Items, *, keys: Keys | None = None, scale: Scale | None = None, missing: Missing = "listwise"
) -> Exhibit:
    """Draw the correlations between items as a heat map from −1 to 1.

    Parameters
    ----------
    items : DataFrame, Responses, Counts or Moments
        Responses are turned around by their instrument and ordered by dimension, whose blocks are framed; their
        weights are used.
    keys, scale : optional
        Reverse keying and limits of a DataFrame's codes.
    missing : {"listwise", "pairwise"}
        Whose answers enter a correlation.

    Returns
    -------
    Exhibit
        A figure in both languages; all correlations stand in the table behind it.

    Raises
    ------
    DataError
        As every statistic of moments: ``constant_item``, ``too_few_rows``, ``no_pair`` …

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 2, 4], "c": [4, 3, 2, 1]})
    >>> ak.plot_correlations(frame).content["en"]["rows"][1]
    ['b', '0.80', '–', '−0.80']
    """
    instrument = items.instrument if isinstance(items, Responses) else None
    moments = as_moments(items, keys=keys, scale=scale, missing=missing)
    layout = _layout(moments.names, instrument)
    names = [visible(moments.names[at]) for at in layout.order]
    values = moments.correlation[np.ix_(layout.order, layout.order)].copy()
    np.fill_diagonal(values, np.nan)
    pairwise = moments.inputs.missing == "pairwise"
    used = "pairwise" if pairwise else "listwise"
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        n, total = (format_number(float(k), 0, lang) for k in (moments.n, moments.inputs.n_rows))
        notes = [text(f"report.{used}", lang, n=n, total=total)]
        if moments.inputs.reversed_items:
            notes.append(text("report.turned", lang, items=list(map(visible, moments.inputs.reversed_items))))
        content[lang] = FigureContent(
            caption=text("caption.figure_correlations", lang, n=n),
            svg=draw_matrix(
                values, names, names, layout.blocks[lang], text("report.correlation", lang), lang,
                numbers=len(names) <= _ROOM_FOR_NUMBERS, square=True,
            ),
            alt=describe_correlations(names, values, layout.blocks[lang], lang),
            head=[label("item", lang), *names],
            numeric=[False, *[True] * len(names)],
            rows=[[name, *fixed(row, lang)] for name, row in zip(names, values, strict=True)],
            notes=notes,
        )  # fmt: skip
    record = to_jsonable(moments)
    return Exhibit("figure", "correlations", record_digest(record), content, record=record)
