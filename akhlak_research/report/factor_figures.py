"""Figures of factor analysis: eigenvalues beside what they are compared with, and loadings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import Unavailable, record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.measure.retention import Retention
from akhlak_research.report.charts import Block, draw_matrix
from akhlak_research.report.describe import describe_loadings, fixed
from akhlak_research.report.exhibit import Exhibit, FigureContent
from akhlak_research.report.factor_charts import Eigen, Line, draw_loading_intervals, draw_scree
from akhlak_research.report.format import DASH, visible
from akhlak_research.report.tables import table_content

if TYPE_CHECKING:
    from akhlak_research.measure.parallel import ParallelAnalysis

Floats = NDArray[np.float64]


def plot_scree(found: ParallelAnalysis | Retention) -> Exhibit:
    """Draw the eigenvalues beside what they are compared with: random data, or the references of several criteria.

    Parameters
    ----------
    found : ParallelAnalysis or Retention
        From ``parallel_analysis``: components and common factors beside the mean and the percentile of random data.
        From ``retain_factors``: beside every reference of a criterion that counts eigenvalues; the alternative text
        says what all criteria suggest.

    Returns
    -------
    Exhibit
        A figure in both languages; marks are filled where parallel analysis retains an eigenvalue.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5, 5], "b": [1, 3, 2, 4, 5, 4], "c": [2, 1, 4, 3, 5, 5]})
    >>> ak.plot_scree(ak.parallel_analysis(frame, n_iter=20, rng=1)).content["id"]["head"][1:3]
    ['Urutan', 'Nilai eigen']
    >>> ak.plot_scree(ak.retain_factors(frame, n_iter=20, rng=1)).content["en"]["head"][1]
    'Eigenvalue'
    """
    content: dict[Language, FigureContent] = {
        lang: _of_criteria(found, lang) if isinstance(found, Retention) else _of_noise(found, lang)
        for lang in LANGUAGES
    }
    return Exhibit("figure", "scree", record_digest(found.record()), content)


def _of_noise(parallel: ParallelAnalysis, lang: Language) -> FigureContent:
    kinds = (
        ("report.scree_components", parallel.components, parallel.n_components),
        ("report.scree_factors", parallel.factors, parallel.n_factors),
    )
    percentile = _percentile_name(parallel.percentile, lang)
    panels = []
    for key, frame, kept in kinds:
        columns = {name: frame[name].to_numpy(dtype=float) for name in frame.columns}
        lines = [
            Line("mean", text("report.scree_mean", lang), columns["reference_mean"]),
            Line("percentile", percentile, columns["reference_percentile"]),
        ]
        panels.append(Eigen(text(key, lang), columns["eigenvalue"], lines, kept))
    behind = table_content(parallel.table(), "", lang)
    return FigureContent(
        caption=text("caption.figure_scree", lang),
        svg=draw_scree(panels, lang),
        alt=text(
            "alt.scree",
            lang,
            n_components=parallel.n_components,
            n_factors=parallel.n_factors,
            first_component=fixed(panels[0].observed[:1], lang)[0],
            first_factor=fixed(panels[1].observed[:1], lang)[0],
        ),
        head=behind["head"],
        numeric=behind["numeric"],
        rows=behind["rows"],
        notes=[text("report.scree_note", lang), *(visible(notice.say(lang)) for notice in parallel.notices)],
    )


def _percentile_name(percentile: float, lang: Language) -> str:
    return text("report.scree_percentile", lang, level=format_number(percentile, None, lang))


#: what each panel shows: its title, and how the references of criteria are drawn in it
_PANELS = (
    (
        "report.scree_components",
        {
            "parallel-components": "percentile",
            "permutation-components": "mean",
            "ekc-2017": "empirical",
            "kaiser": "one",
        },
    ),
    ("label.parallel-factors", {"parallel-factors": "percentile", "permutation-factors": "mean"}),
    ("label.parallel-smc", {"parallel-smc": "percentile"}),
)


def _of_criteria(found: Retention, lang: Language) -> FigureContent:
    number = dict(zip(found.criteria["criterion"], found.criteria["n_factors"], strict=True))
    names = {
        name: text(f"report.scree_{stroke}_line", lang) for _, drawn in _PANELS for name, stroke in drawn.items()
    } | dict.fromkeys(
        ("parallel-components", "parallel-factors", "parallel-smc"), _percentile_name(found.percentile, lang)
    )  # fmt: skip
    panels, behind = [], [found.eigenvalues.rename("eigenvalue")]
    for key, drawn in _PANELS:
        there = [name for name in drawn if isinstance(number.get(name), int)]
        if not there and key != _PANELS[0][0]:
            continue
        observed = found.curve(there[0])["value"] if there else found.eigenvalues
        lines: list[Line] = []
        for name in there:
            reference = found.curve(name)["against"]
            lines.append(Line(drawn[name], names[name], reference.to_numpy(dtype=float)))  # type: ignore[arg-type]
            behind.append(reference.rename(f"{label(name, lang)}: {label('against', lang)}"))
        if key != _PANELS[0][0]:
            behind.insert(len(behind) - len(there), observed.rename(f"{text(key, lang)}: {label('eigenvalue', lang)}"))
        kept = number[there[0]] if there and drawn[there[0]] == "percentile" else None
        panels.append(Eigen(_short_title(key, lang), observed.to_numpy(dtype=float), lines, kept))
    frame = pd.concat(behind, axis=1).rename_axis("rank").reset_index()
    table = table_content(frame, "", lang)
    return FigureContent(
        caption=text("caption.figure_scree_criteria", lang),
        svg=draw_scree(panels, lang),
        alt=_describe(found, number, lang),
        head=table["head"],
        numeric=table["numeric"],
        rows=table["rows"],
        notes=[text("report.scree_criteria_note", lang), *(visible(notice.say(lang)) for notice in found.notices)],
    )


def _short_title(key: str, lang: Language) -> str:
    return text(key.replace("label.parallel-", "report.scree_title_"), lang)


def _describe(found: Retention, number: dict[str, Any], lang: Language) -> str:
    """The first eigenvalue, what each criterion suggests, and which number most families name."""
    said = [
        f"{label(name, lang)} {value}" for name, value in number.items() if not isinstance(value, Unavailable)
    ]  # fmt: skip
    return text(
        "alt.scree_criteria", lang,
        first=fixed(found.eigenvalues.to_numpy(dtype=float)[:1], lang)[0], numbers="; ".join(said) or "–",
        leading=" / ".join(map(str, found.leading)) or "–",
        low=format_number(float(found.low), 0, lang), high=format_number(float(found.high), 0, lang),
    )  # fmt: skip


class Loadings(Protocol):
    """A result with loadings, items × factors."""

    @property
    def loadings(self) -> pd.DataFrame:
        """Items × factors."""

    def record(self) -> dict[str, Any]:
        """The record that is kept."""


@runtime_checkable
class Modelled(Protocol):
    """A fitted model: its loadings come with intervals by the delta method."""

    @property
    def loading_intervals(self) -> Any:
        """``loadings``, ``loadings_low``, ``loadings_high``, ``level``."""

    def record(self) -> dict[str, Any]:
        """The record that is kept."""


def plot_loadings(solution: Loadings | Modelled) -> Exhibit:
    """Draw the loadings of a factor analysis: a heat map with every number, or points with their intervals.

    Parameters
    ----------
    solution : result of ``efa`` or ``cfa``
        Its ``loadings``: items × factors, in the order it gives them. Small loadings are shown like large ones. With
        intervals (``efa(..., n_boot=500)``, any ``cfa``) they are points with intervals, a panel for each factor.

    Returns
    -------
    Exhibit
        A figure in both languages.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.select(dimension="A")
    >>> ak.plot_loadings(ak.efa(answers, 1, rotation=None)).content["id"]["head"]
    ['Butir', 'F1']
    """
    shown_loadings: Any = solution.loading_intervals if isinstance(solution, Modelled) else solution
    frame: pd.DataFrame = shown_loadings.loadings
    values = frame.to_numpy(dtype=float)
    items = [visible(str(name)) for name in frame.index]
    factors = [visible(str(name)) for name in frame.columns]
    limits = _limits(shown_loadings)
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        if limits is None:
            alt = describe_loadings(items, factors, values, lang)
            drawn = draw_matrix(
                values, items, factors, [Block("", len(items))], text("report.loading", lang), lang,
                numbers=True, square=False,
            )  # fmt: skip
            rows = [[item, *fixed(row, lang)] for item, row in zip(items, values, strict=True)]
            notes = [text("report.loadings_note", lang)]
        else:
            cut = float(getattr(solution, "cut", 0.0))
            drawn = draw_loading_intervals(items, factors, values, *limits, cut, lang)
            rows = _with_limits(items, values, *limits, lang)
            shown = {"cut": format_number(cut, 2, lang), "level": _level(shown_loadings, lang)}
            bootstrap = hasattr(solution, "boot_level")
            notes = [text("report.loading_intervals_note" if bootstrap else "report.loading_delta_note", lang, **shown)]
            alt = _beyond(items, factors, *limits, cut, lang)
        content[lang] = FigureContent(
            caption=text("caption.figure_loadings", lang, n_factors=len(factors)),
            svg=drawn,
            alt=alt,
            head=[label("item", lang), *factors],
            numeric=[False, *[True] * len(factors)],
            rows=rows,
            notes=notes,
        )
    return Exhibit("figure", "loadings", record_digest(solution.record()), content)


def _limits(solution: Loadings) -> tuple[Floats, Floats] | None:
    """(p, k) lower and upper limits of the loadings, where the solution has any."""
    low, high = getattr(solution, "loadings_low", None), getattr(solution, "loadings_high", None)
    if not isinstance(low, pd.DataFrame) or not isinstance(high, pd.DataFrame):
        return None
    return low.to_numpy(dtype=float), high.to_numpy(dtype=float)


def _level(solution: Loadings, lang: Language) -> str:
    return format_number(100 * float(getattr(solution, "boot_level", getattr(solution, "level", 0.95))), None, lang)


def _with_limits(items: Sequence[str], values: Floats, low: Floats, high: Floats, lang: Language) -> list[list[str]]:
    rows = []
    for item, *parts in zip(items, values, low, high, strict=True):
        at, start, end = (fixed(part, lang) for part in parts)
        cells = [f"{v} [{a}; {b}]" for v, a, b in zip(at, start, end, strict=True)]
        rows.append([item, *(DASH if np.isnan(value) else cell for value, cell in zip(parts[0], cells, strict=True))])
    return rows


def _beyond(items: Sequence[str], factors: Sequence[str], low: Floats, high: Floats, cut: float, lang: Language) -> str:
    """How many items have a loading whose interval lies beyond the cut, and which have none."""
    sure = np.asarray(((low >= cut) | (high <= -cut)).any(axis=1), dtype=bool)
    missing = [item for item, known in zip(items, sure, strict=True) if not known]
    without = ", ".join(missing) or text("alt.loading_intervals_all", lang)
    return text(
        "alt.loading_intervals", lang, n_sure=int(sure.sum()), n_items=len(items),
        n_factors=len(factors), cut=format_number(cut, 2, lang), without=without,
    )  # fmt: skip
