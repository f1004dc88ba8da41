"""Who answered against who there is: the sample beside the frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Result, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.domains import inputs_of
from akhlak_research.survey.margins import Margins, as_margins


@dataclass(frozen=True, slots=True)
class CompositionRow:
    """A category: its share of the frame, of the answers, and of the answers as weighted (percent).

    ``margin`` and ``category`` are codes; ``margin_name`` and ``category_name`` their words, where they are known.
    """

    margin: str
    category: str
    n: int
    frame: float
    sample: float
    weighted: float
    margin_name: Words | None = None
    category_name: Words | None = None

    def named(self, lang: Language | None = None) -> tuple[str, str]:
        """Variable and category by their words, else by their codes."""
        margin, category = self.margin_name, self.category_name
        return (margin.say(lang) if margin else self.margin), (category.say(lang) if category else self.category)


@result
class Composition(Result):
    """Sample against frame.

    Attributes
    ----------
    rows : tuple of CompositionRow
    """

    kind: ClassVar[str] = "composition"
    rows: tuple[CompositionRow, ...]

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per category, in percent: ``frame``, ``sample``, ``weighted``, and both differences in points."""
        named = [row.named(lang) for row in self.rows]
        return pd.DataFrame(
            {
                "margin_of": [margin for margin, _ in named],
                "category": [category for _, category in named],
                "n": [row.n for row in self.rows],
                "frame_percent": [row.frame for row in self.rows],
                "sample_percent": [row.sample for row in self.rows],
                "weighted_percent": [row.weighted for row in self.rows],
                "sample_gap": [row.sample - row.frame for row in self.rows],
                "weighted_gap": [row.weighted - row.frame for row in self.rows],
            }
        )

    def dissimilarity(self) -> pd.Series:
        """Percent of the answers that would have to be others for the sample to look like the frame, by margin."""
        margins = pd.Series([row.margin for row in self.rows], name="margin_of")
        return self.table()["sample_gap"].abs().groupby(margins, sort=False).sum() / 2

    def headline(self) -> str:
        """Largest gap."""
        worst = max(self.rows, key=lambda row: abs(row.sample - row.frame))
        return f"{len(self.rows)} categories; {worst.margin} {worst.category}: {worst.sample - worst.frame:+.1f} points"


def compare_composition(design: SurveyDesign, margins: Margins, groups: Iterable[Background] = ()) -> Composition:
    """Shares of the answers beside those of the frame, before and after weighting.

    Parameters
    ----------
    design : SurveyDesign
    margins : mapping
        Known totals, as for ``rake``; ``frame_margins`` makes them from a frame.
    groups : iterable of Background
        Background variables of an instrument (``instrument.groups``), whose names and labels are shown for codes.

    Returns
    -------
    Composition
        ``.table()``, ``.dissimilarity()``. A sample that looks like the frame on these variables may still differ on
        what was asked.

    Raises
    ------
    DataError
        As in ``rake``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"sex": list("LLLPP")}))
    >>> ak.compare_composition(design, {"sex": {"L": 50, "P": 50}})
    <composition 2 categories; sex L: +10.0 points>
    """
    known, _ = as_margins(design, margins)
    w, rows, backgrounds = design.weights, [], {background.code: background for background in groups}
    for margin in known:
        size = len(margin.totals)
        n, weighted = np.bincount(margin.code, minlength=size), np.bincount(margin.code, w, size)
        shares = [100 * part / part.sum() for part in (margin.totals, n, weighted)]
        background = backgrounds.get(margin.name)
        labels = {str(code): words for code, words in background.labels.items()} if background else {}
        for at, category in enumerate(margin.categories):
            rows.append(
                CompositionRow(
                    margin.name, category, int(n[at]), float(shares[0][at]), float(shares[1][at]), float(shares[2][at]),
                    background.name if background else None, labels.get(str(category)),
                )
            )  # fmt: skip
    used = np.ones(design.n, dtype=bool)
    names = tuple(margin.name for margin in known)
    codes = np.stack([margin.code for margin in known], axis=1).astype(np.float64)
    return Composition(inputs=inputs_of(design, names, codes, used, "none"), rows=tuple(rows))


def frame_margins(
    frame: pd.DataFrame, columns: Mapping[str, Mapping[Any, str] | str], *, population: str = "population"
) -> dict[str, dict[Any, float]]:
    """Known totals of a population from its frame.

    Parameters
    ----------
    frame : DataFrame
        One row per office.
    columns : mapping
        Variable of the answers → either the frame's column that holds its category (``{"stratum": "stratum"}``), whose
        ``population`` is added up, or the columns of people by category (``{"sex": {"L": "population_l", ...}}``).
    population : str
        Column of all people.

    Returns
    -------
    dict
        For ``rake``, ``post_stratify`` and ``compare_composition``. Categories without people are left out.

    Raises
    ------
    ArgumentError
        ``design_column``.
    DataError
        ``margins_differ`` where the columns of a variable do not add up to all people.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"unit": ["A", "B"], "population": [40, 60], "men": [15, 30], "women": [25, 30]})
    >>> ak.frame_margins(frame, {"unit": "unit", "sex": {"L": "men", "P": "women"}})
    {'unit': {'A': 40.0, 'B': 60.0}, 'sex': {'L': 45.0, 'P': 55.0}}
    """
    wanted = [
        population,
        *(c for part in columns.values() for c in ([part] if isinstance(part, str) else part.values())),
    ]
    for column in wanted:
        if column not in frame.columns:
            raise ArgumentError("design_column", role="frame", got=column, expected=[str(c) for c in frame.columns])
    people = float(frame[population].sum())
    found: dict[str, dict[Any, float]] = {}
    for variable, part in columns.items():
        if isinstance(part, str):
            sums = frame.groupby(part, sort=True)[population].sum()
            totals = {category: float(total) for category, total in sums.items()}
        else:
            totals = {category: float(frame[column].sum()) for category, column in part.items()}
        if abs(sum(totals.values()) - people) > 1e-6 * people:
            raise DataError(
                "margins_differ", got=[f"{variable} {sum(totals.values()):.10g}", f"{population} {people:.10g}"]
            )
        found[variable] = {category: total for category, total in totals.items() if total > 0}
    return found
