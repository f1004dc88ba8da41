"""Figures of item response models: Wright map, category curves, information before the people, person fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.checks import check_choice
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import record_digest, to_jsonable
from akhlak_research.core.text import LANGUAGES, Language, text
from akhlak_research.report.exhibit import Exhibit, FigureContent
from akhlak_research.report.irt_charts import (
    People,
    draw_categories,
    draw_information,
    draw_person_fit,
    draw_wright_map,
)
from akhlak_research.report.tables import table_content

if TYPE_CHECKING:
    from akhlak_research.measure.irt.people import PersonFit
    from akhlak_research.measure.irt.results import Irt

Floats = NDArray[np.float64]
#: θ drawn
_GRID = np.linspace(-4, 4, 161)
_BIN = 0.25


def _of_people(values: Floats, weight: Floats, low: float, high: float) -> People:
    """Percentages in bins that start and end on multiples of the bin; values beyond the ends go to the last ones."""
    edges = np.arange(np.floor(low / _BIN), np.ceil(high / _BIN) + 1) * _BIN
    held = np.clip(values, edges[0], edges[-1] - 1e-9)
    counted, _ = np.histogram(held, edges, weights=weight)
    return People(edges, 100 * counted / weight.sum())


def _scores(result: Irt) -> tuple[Floats, Floats]:
    """Finite WLE of the rows and what they weigh."""
    from akhlak_research.measure.irt.scores import weighted_likelihood

    theta, _ = weighted_likelihood(result.fitted)
    return theta, result.fitted.patterns.weight


def _figure(
    name: str, caption: str, svg: str, alt: str, behind: pd.DataFrame, note: str, lang: Language
) -> FigureContent:
    table = table_content(behind, "", lang)
    return FigureContent(
        caption=text(caption, lang), svg=svg, alt=alt, head=table["head"], numeric=table["numeric"],
        rows=table["rows"], notes=[text(note, lang)],
    )  # fmt: skip


def plot_wright_map(result: Irt) -> Exhibit:
    """Draw people and items on one scale: does the instrument ask where the people stand?

    Parameters
    ----------
    result : Irt
        A fitted model of one group. People stand at their weighted likelihood estimate, in bins; items at their
        thresholds, from the easiest item to the hardest.

    Returns
    -------
    Exhibit
        A figure in both languages; the numbers behind it are the thresholds and the percentage of people above each
        item's mean threshold.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> fit = ak.irt(ak.Study("data/bfi").responses.of_dimension("N"), "pcm")
    >>> ak.plot_wright_map(fit).content["en"]["caption"]
    'Wright map: people and items on one scale'
    """
    b = result.parameters.filter(regex=r"^b\d+$")
    order = b.mean(axis=1).sort_values(kind="stable").index
    b = b.loc[order]
    theta, weight = _scores(result)
    people = _of_people(theta, weight, max(-6.0, theta.min()), min(6.0, theta.max()))
    mean = b.mean(axis=1)
    above = [100 * float(weight[theta > m].sum() / weight.sum()) for m in mean]
    behind = b.assign(location=mean, percent_above=above).rename_axis("item").reset_index()
    centre = float(np.average(np.clip(theta, -6, 6), weights=weight))
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        alt = text(
            "alt.wright_map", lang, n_items=len(b), people=format_number(centre, 2, lang),
            items=format_number(float(mean.mean()), 2, lang), easiest=str(order[0]), hardest=str(order[-1]),
        )  # fmt: skip
        drawn = draw_wright_map(people, [str(name) for name in order], b.to_numpy(float), lang)
        content[lang] = _figure(
            "wright_map", "caption.figure_wright_map", drawn, alt, behind, "irt_figure.wright_note", lang
        )
    # the shares of people above each threshold are computed here, so it is a record of its own
    record = {"kind": "figure_wright_map", "model": result.record()}
    return Exhibit("figure", "wright_map", record_digest(record), content, record=record)


def plot_categories(result: Irt, *, items: Sequence[str] | None = None) -> Exhibit:
    """Draw the probability of every category over θ: is each category somewhere the most likely one?

    Parameters
    ----------
    result : Irt
        A fitted model of one group.
    items : sequence of str, optional
        Draw these; default: all.

    Returns
    -------
    Exhibit
        A figure in both languages; behind it, per item, the categories that are nowhere the most likely.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> fit = ak.irt(ak.Study("data/bfi").responses.of_dimension("N"), "grm")
    >>> ak.plot_categories(fit, items=["N1", "N2"]).kind
    'figure'
    """
    known = result.fitted.patterns.names
    chosen = list(known) if items is None else [check_choice(name, known, "items") for name in items]
    curves, labels, never = [], [], []
    for name in chosen:
        p = result.probabilities(_GRID, name)
        curves.append(p.to_numpy().T)
        labels.append([f"{c:g}" for c in p.columns])
        top = set(p.to_numpy().argmax(axis=1).tolist())
        never.append([label for k, label in enumerate(labels[-1]) if k not in top])
    behind = pd.DataFrame(
        {"item": chosen, "categories": [len(c) for c in labels], "never_likeliest": [", ".join(n) for n in never]}
    )
    count = sum(bool(n) for n in never)
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        alt = text("alt.irt_categories", lang, n_items=len(chosen), n_never=count)
        drawn = draw_categories(_GRID, chosen, curves, labels, lang)
        content[lang] = _figure(
            "categories", "caption.figure_irt_categories", drawn, alt, behind, "irt_figure.categories_note", lang
        )
    return Exhibit("figure", "irt_categories", record_digest(result.record()), content)


def plot_information(result: Irt, *, reliability: float = 0.80) -> Exhibit:
    """Draw where the instrument measures: information over θ before the people, and which item gives it.

    Parameters
    ----------
    result : Irt
        A fitted model of one group.
    reliability : float
        A dashed line shows the information at which a score of this reliability would be had, 1/(v·(1 − r)) − 1/v
        for people of variance v.

    Returns
    -------
    Exhibit
        A figure in both languages; behind it θ, information, standard error and percentage of people from −4 to 4.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> fit = ak.irt(ak.Study("data/bfi").responses.of_dimension("N"), "grm")
    >>> ak.plot_information(fit).content["en"]["head"][:2]
    ['Measure (θ)', 'Information']
    """
    theta, weight = _scores(result)
    people = _of_people(theta, weight, -4.0, 4.0)
    by_item = result.item_information(_GRID).to_numpy().T
    variance = float(result.people["variance"].iloc[0])
    needed = (1 / (1 - reliability) - 1) / variance
    total = by_item.sum(axis=0)
    at = np.arange(0, len(_GRID), 10)
    held = np.clip(theta, -4, 4)
    share = [100 * float(weight[np.abs(held - _GRID[i]) <= 0.25].sum() / weight.sum()) for i in at]
    behind = pd.DataFrame({
        "theta": _GRID[at], "information": total[at], "se": 1 / np.sqrt(total[at]), "percent": share,
    })  # fmt: skip
    reached = np.interp(held, _GRID, total) >= needed
    covered = 100 * float(weight[reached].sum() / weight.sum())
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        alt = text(
            "alt.information", lang, peak=format_number(float(_GRID[total.argmax()]), 1, lang),
            people=format_number(float(np.average(held, weights=weight)), 1, lang),
            covered=format_number(covered, 0, lang), reliability=format_number(reliability, 2, lang),
        )  # fmt: skip
        drawn = draw_information(_GRID, people, list(result.fitted.patterns.names), by_item, needed, lang)
        content[lang] = _figure(
            "information", "caption.figure_information", drawn, alt, behind, "irt_figure.information_note", lang
        )
    # what it shows is computed from the model here, so it is a record of its own
    record = {"kind": "figure_information", "model": result.record(), "reliability": reliability, "covered": covered}
    return Exhibit("figure", "information", record_digest(record), content, record=record)


def plot_person_fit(result: PersonFit) -> Exhibit:
    """Draw how well people's answers hang together, beside what the model leads one to expect.

    Parameters
    ----------
    result : PersonFit
        From ``irt_person_fit``.

    Returns
    -------
    Exhibit
        A figure in both languages: l_z* in bins, the flagged part in another colour; no single person can be read.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> fit = ak.irt(ak.Study("data/bfi").responses.of_dimension("N"), "grm")
    >>> ak.plot_person_fit(ak.irt_person_fit(fit)).name
    'person_fit'
    """
    from scipy.stats import norm

    values = result.people["lz_star"].dropna().to_numpy()
    # bins that end exactly at the critical value, so that the colours tell the truth
    edges = np.asarray(result.critical + _BIN * np.arange(-16, 20), dtype=np.float64)
    held = np.clip(values, edges[0], edges[-1] - 1e-9)
    counted, _ = np.histogram(held, edges)
    people = People(edges, 100 * counted / max(len(values), 1))
    expected = 100 * np.diff(norm.cdf(np.concatenate([[-np.inf], edges[1:-1], [np.inf]])))
    behind = pd.DataFrame({"lz_star": edges[:-1] + _BIN / 2, "percent": people.percent, "expected_percent": expected})
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        alt = text(
            "alt.person_fit", lang, n=result.n_judged, flagged=format_number(result.percent_flagged, 1, lang)
        )  # fmt: skip
        drawn = draw_person_fit(people, result.critical, expected, lang)
        content[lang] = _figure(
            "person_fit", "caption.figure_person_fit", drawn, alt, behind, "irt_figure.person_note", lang
        )
    # what it shows is counted here, so it is a record of its own; of no single person
    record = {
        "kind": "figure_person_fit", "n_judged": result.n_judged, "percent_flagged": result.percent_flagged,
        "bins": to_jsonable(behind),
    }  # fmt: skip
    return Exhibit("figure", "person_fit", record_digest(record), content, record=record)
