"""Alternative texts: what a figure shows, computed from its numbers and said in a language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.numbers import format_number
from akhlak_research.core.text import Language, text
from akhlak_research.report.charts import Block

Floats = NDArray[np.float64]


def fixed(row: Floats, lang: Language) -> list[str]:
    """Numbers of a matrix with two decimals; NaN as a dash."""
    return [format_number(float(value), 2, lang) for value in row]


def describe_answers(
    items: Sequence[str], categories: Sequence[str], shares: Floats, n: NDArray[np.int64], lang: Language
) -> str:
    """Where (p, K) shares pile up, where the ends are chosen most, and how many answered."""
    peak, peak_category = divmod(int(shares.argmax()), shares.shape[1])
    low, high = int(shares[:, 0].argmax()), int(shares[:, -1].argmax())

    def percent(value: float) -> str:
        return format_number(100 * float(value), 1, lang)

    return text(
        "alt.distributions", lang, n_items=len(items), n_categories=len(categories),
        peak_item=items[peak], peak_share=percent(shares[peak, peak_category]), peak_category=categories[peak_category],
        low_item=items[low], low_share=percent(shares[low, 0]), low_category=categories[0],
        high_item=items[high], high_share=percent(shares[high, -1]), high_category=categories[-1],
        n_min=format_number(float(n.min()), 0, lang), n_max=format_number(float(n.max()), 0, lang),
    )  # fmt: skip


def describe_correlations(names: Sequence[str], values: Floats, blocks: Sequence[Block], lang: Language) -> str:
    """Extremes and median of a (p, p) matrix, and inside against between blocks."""
    first, second = np.triu_indices(len(names), 1)
    r = values[first, second]

    def pair(at: int) -> str:
        return f"{names[first[at]]}–{names[second[at]]}"

    low, high = int(r.argmin()), int(r.argmax())
    shown = dict(zip(("low", "high", "median"), fixed(np.array([r[low], r[high], np.median(r)]), lang), strict=True))
    said = text("alt.correlations", lang, n_items=len(names), low_pair=pair(low), high_pair=pair(high), **shown)
    member = np.repeat(np.arange(len(blocks)), [block.size for block in blocks])
    inside = member[first] == member[second]
    if inside.all() or not inside.any():
        return said
    within, between = fixed(np.array([np.median(r[inside]), np.median(r[~inside])]), lang)
    return f"{said} {text('alt.correlations_blocks', lang, n_blocks=len(blocks), within=within, between=between)}"


def describe_loadings(items: Sequence[str], factors: Sequence[str], values: Floats, lang: Language) -> str:
    """The strongest, weakest and most divided items of (p, m) loadings."""
    size = np.abs(values)
    top, on = divmod(int(size.argmax()), len(factors))
    main = size.argmax(axis=1)
    weak = int(size.max(axis=1).argmin())
    shown = {"n_items": len(items), "top_item": items[top], "weak_item": items[weak]}
    numbers = [values[top, on], values[weak, main[weak]]]
    if len(factors) == 1:
        words = dict(zip(("top", "weak"), fixed(np.array(numbers), lang), strict=True))
        return text("alt.loadings_one", lang, **shown, **words)
    rest = size.copy()
    rest[np.arange(len(items)), main] = -1.0
    cross, second = divmod(int(rest.argmax()), len(factors))
    words = dict(zip(("top", "weak", "cross"), fixed(np.array([*numbers, values[cross, second]]), lang), strict=True))
    return text(
        "alt.loadings", lang, n_factors=len(factors), top_factor=factors[on], weak_factor=factors[main[weak]],
        cross_item=items[cross], cross_factor=factors[second], **shown, **words,
    )  # fmt: skip
