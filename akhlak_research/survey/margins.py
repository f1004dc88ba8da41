"""Known totals that weights are brought to: checked against the sample before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats, Ints

#: variable (or tuple of variables) → total per category (tuples of categories for several variables)
Margins: TypeAlias = "Mapping[str | tuple[str, ...], Mapping[Any, float] | pd.Series]"
_APART = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Margin:
    """The known totals of one variable, or of several crossed.

    Attributes
    ----------
    name : str
    categories : tuple of str
    totals : (c,) float
    code : (n,) int
        Category of each row.
    """

    name: str
    categories: tuple[str, ...]
    totals: Floats
    code: Ints


def as_margins(design: SurveyDesign, margins: Margins) -> tuple[tuple[Margin, ...], bool]:
    """Margins of a design, and whether they were given as shares.

    Shares (all adding up to 1) are taken of the sum of the weights. Totals of different margins must agree.

    Raises
    ------
    ArgumentError
        ``margins_type``, ``design_column``.
    DataError
        ``margin_total_invalid`` (≤ 0 or no number), ``margin_category_unknown`` (in the sample, without a total),
        ``margin_category_empty`` (a total, nobody in the sample), ``margins_differ`` (sums of totals),
        ``design_missing`` (rows without a category).
    """
    if not isinstance(margins, Mapping) or not margins:
        raise ArgumentError("margins_type", got=type(margins).__name__, expected="{variable: {category: total}}")
    made = [_margin(design, key, totals) for key, totals in margins.items()]
    sums = {margin.name: float(margin.totals.sum()) for margin in made}
    shares = all(abs(total - 1) < _APART for total in sums.values())
    if shares:
        whole = float(design.weights.sum())
        made = [Margin(m.name, m.categories, m.totals / m.totals.sum() * whole, m.code) for m in made]
    elif max(sums.values()) - min(sums.values()) > _APART * max(sums.values()):
        raise DataError("margins_differ", got=[f"{name} {total:.10g}" for name, total in sums.items()])
    return tuple(made), shares


def _margin(design: SurveyDesign, key: str | Sequence[str], totals: Mapping[Any, float] | pd.Series) -> Margin:
    names = [key] if isinstance(key, str) else list(key)
    name = " × ".join(names)
    labels, codes = _categories(design, names)
    if not isinstance(totals, Mapping | pd.Series):
        raise ArgumentError("margins_type", got=type(totals).__name__, expected="{category: total}")
    known: dict[str, float] = {}
    for category, total in totals.items():
        said = _said(category)
        number = isinstance(total, int | float | np.number) and not isinstance(total, bool)
        if not number or not np.isfinite(total) or total <= 0:
            raise DataError("margin_total_invalid", margin=name, category=said, got=str(total))
        known[said] = float(total)
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise DataError("margin_category_unknown", margin=name, got=unknown[:10], expected=list(known)[:20])
    empty = [label for label in known if label not in set(labels)]
    if empty:
        raise DataError("margin_category_empty", margin=name, got=empty[:10])
    return Margin(name, labels, np.array([known[label] for label in labels]), codes)


def _said(category: Any) -> str:
    return " × ".join(map(_plain, category)) if isinstance(category, tuple) else _plain(category)


def _plain(value: Any) -> str:
    """2.0 and 2 are the same category: a column with gaps turns whole numbers into floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _categories(design: SurveyDesign, names: list[str]) -> tuple[tuple[str, ...], Ints]:
    """Categories present and the code of each row, for one variable or several crossed."""
    code, labels = np.zeros(design.n, dtype=np.int64), [""]
    for at, name in enumerate(names):
        column = design.column(name, "margins")
        position, distinct = pd.factorize(column, sort=True)
        if (position < 0).any():
            rows = np.flatnonzero(position < 0)
            raise DataError(
                "design_missing", role="margins", column=name, got=(rows[:10] + 1).tolist(), count=len(rows)
            )
        own = [_plain(value) for value in distinct.tolist()]
        code = code * len(own) + position
        labels = own if at == 0 else [f"{a} × {b}" for a in labels for b in own]
    if len(names) == 1:
        return tuple(labels), code
    found = np.flatnonzero(np.bincount(code, minlength=len(labels)))
    place = np.full(len(labels), -1, dtype=np.int64)
    place[found] = np.arange(len(found))
    return tuple(labels[at] for at in found), place[code]


def indicators(codes: Sequence[Ints], sizes: Sequence[int]) -> Any:
    """(n, Σ sizes) sparse indicators of the categories of several variables side by side."""
    from scipy import sparse

    n, starts = len(codes[0]), np.cumsum([0, *sizes])
    columns = np.stack([code + start for code, start in zip(codes, starts[:-1], strict=True)], axis=1).ravel()
    indptr = np.arange(n + 1) * len(codes)
    return sparse.csr_array((np.ones(n * len(codes)), columns, indptr), shape=(n, int(starts[-1])))
