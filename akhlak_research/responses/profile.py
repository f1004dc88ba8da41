"""Who answered: categories and quantities of the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Notice, Result, Unavailable, result
from akhlak_research.core.text import Language, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background
from akhlak_research.responses.model import Responses, inputs_of


@dataclass(frozen=True, slots=True)
class Category:
    """Respondents of a category; ``value`` is None for those who gave none."""

    variable: str
    name: Words
    value: int | str | None
    label: Words
    n: int
    percent: float


@dataclass(frozen=True, slots=True)
class Quantity:
    """Summary of a quantity over the ``n`` respondents who gave it; ``sd`` has the divisor n − 1."""

    variable: str
    name: Words
    n: int
    n_missing: int
    mean: float | Unavailable
    sd: float | Unavailable
    minimum: float | Unavailable
    median: float | Unavailable
    maximum: float | Unavailable


@result
class RespondentProfile(Result):
    """Background of the respondents.

    Attributes
    ----------
    categories : tuple of Category
        By variable, in the order of the instrument; those without an answer last.
    quantities : tuple of Quantity
        One per numeric variable.
    """

    kind: ClassVar[str] = "respondent_profile"
    categories: tuple[Category, ...]
    quantities: tuple[Quantity, ...]

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per category: ``variable name value label n percent``; name and label in ``lang``.

        Percentages are of all respondents, those without an answer included.
        """
        rows = [
            (c.variable, c.name.say(lang), "" if c.value is None else str(c.value), c.label.say(lang), c.n, c.percent)
            for c in self.categories
        ]
        return pd.DataFrame(rows, columns=["variable", "name", "value", "label", "n", "percent"])

    def numeric(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per quantity: ``variable name n n_missing mean sd min median max``; name in ``lang``."""
        rows = [
            (
                q.variable, q.name.say(lang), q.n, q.n_missing,
                float(q.mean), float(q.sd), float(q.minimum), float(q.median), float(q.maximum),
            )
            for q in self.quantities
        ]  # fmt: skip
        columns = ["variable", "name", "n", "n_missing", "mean", "sd", "min", "median", "max"]
        return pd.DataFrame(rows, columns=columns)

    def headline(self) -> str:
        """Respondents and variables."""
        variables = dict.fromkeys(
            [part.variable for part in self.categories] + [part.variable for part in self.quantities]
        )
        return f"{self.inputs.n_rows} respondents by {', '.join(variables) or 'nothing'}"


def describe_respondents(responses: Responses) -> RespondentProfile:
    """Describe who answered, by the background variables.

    Rows are counted as they are: sampling weights are not used, and a notice says so where there are some. Categories
    of fewer respondents than the threshold ``small_cell`` are named in a notice; nothing is suppressed here.

    Parameters
    ----------
    responses : Responses
        Answers as read.

    Returns
    -------
    RespondentProfile
        ``.table()`` of categories, ``.numeric()`` of quantities.

    Raises
    ------
    DataError
        ``no_rows`` for a selection without respondents.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> who = ak.describe_respondents(ak.Study("data/bfi").responses)
    >>> who
    <respondent_profile 2800 respondents by gender, education, age>
    >>> who.table("en").set_index("label")["n"].head(2).to_dict()
    {'Male': 919, 'Female': 1881}
    """
    if responses.n == 0:
        raise DataError("no_rows")
    described = {background.code: background for background in responses.instrument.groups}
    categories: list[Category] = []
    quantities: list[Quantity] = []
    for name in responses.groups.columns:
        column = responses.groups[name]
        background = described.get(name) or Background(name, Words({"id": name, "en": name}))
        if background.kind == "numeric":
            quantities.append(_quantity(background, column.to_numpy(dtype=np.float64)))
        else:
            categories += _categories(background, column)
    return RespondentProfile(
        inputs=inputs_of(responses, responses.groups, responses.n), categories=tuple(categories),
        quantities=tuple(quantities), notices=_notices(responses, categories),
    )  # fmt: skip


def _categories(background: Background, column: pd.Series) -> list[Category]:
    counts = column.value_counts()
    found: list[tuple[int | str | None, Words, int]] = [
        (value, background.labels.get(value) or _same(str(value)), int(counts.get(value, 0)))
        for value in list(background.labels) or sorted(counts.index)
    ]
    n_missing = int(column.isna().sum())
    if n_missing:
        silent = Words({"id": text("label.no_answer", "id"), "en": text("label.no_answer", "en")})
        found.append((None, silent, n_missing))
    return [
        Category(background.code, background.name, value, said, n, 100.0 * n / len(column)) for value, said, n in found
    ]


def _same(word: str) -> Words:
    return Words({"id": word, "en": word})


def _quantity(background: Background, values: NDArray[np.float64]) -> Quantity:
    there = values[~np.isnan(values)]
    none = Unavailable("too_few_values", {"n": len(there)})
    return Quantity(
        background.code, background.name, len(there), len(values) - len(there),
        mean=float(there.mean()) if len(there) else none,
        sd=float(there.std(ddof=1)) if len(there) > 1 else none,
        minimum=float(there.min()) if len(there) else none,
        median=float(np.median(there)) if len(there) else none,
        maximum=float(there.max()) if len(there) else none,
    )  # fmt: skip


def _notices(responses: Responses, categories: list[Category]) -> tuple[Notice, ...]:
    limit = thresholds("small_cell")
    small = [part for part in categories if part.value is not None and part.n > 0 and not limit.met(part.n)]
    found = []
    if small:
        cells = [f"{part.variable} {part.value}: {part.n}" for part in small]
        found.append(Notice("small_cells", "caution", {"n": len(small), "limit": limit.value, "cells": cells}))
    if responses.weights is not None:
        found.append(Notice("profile_unweighted", "info"))
    return tuple(found)
