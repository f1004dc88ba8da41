"""Figures of factor models: the path diagram, residual correlations, the ladder of invariance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.checks import check_choice
from akhlak_research.core.numbers import format_number, format_p
from akhlak_research.core.results import record_digest
from akhlak_research.core.text import LANGUAGES, Language, label, text
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.convergent import factor_correlations
from akhlak_research.measure.invariance.invariance import Invariance
from akhlak_research.report.cfa_charts import Paths, Rise, draw_ladder, draw_paths
from akhlak_research.report.charts import Block, draw_matrix
from akhlak_research.report.describe import fixed
from akhlak_research.report.exhibit import Exhibit, FigureContent
from akhlak_research.report.format import visible
from akhlak_research.report.tables import table_content

Floats = NDArray[np.float64]


def plot_path_diagram(model: CfaResult, *, group: Any = None) -> Exhibit:
    """Draw a factor model: factors, items, standardised loadings and correlations.

    Parameters
    ----------
    model : CfaResult
        From ``cfa``. Factors measured by factors are not drawn.
    group : object, optional
        Which group of several; default: the first.

    Returns
    -------
    Exhibit
        A figure in both languages, with every number in the table behind it.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.of_dimension("N")
    >>> ak.plot_path_diagram(ak.cfa(answers.instrument, answers)).content["id"]["head"]
    ['Kiri', 'Hubungan', 'Kanan', 'Terstandar']
    """
    g = _group(model, group)
    paths = _paths(model, g)
    content: dict[Language, FigureContent] = {}
    rows = _behind(model, g)
    for lang in LANGUAGES:
        table = table_content(rows, "", lang)
        content[lang] = FigureContent(
            caption=_caption("caption.figure_paths", model, g, lang), svg=draw_paths(paths, lang),
            alt=_describe_paths(paths, lang), head=table["head"], numeric=table["numeric"], rows=table["rows"],
            notes=[text("report.paths_note", lang), *(visible(notice.say(lang)) for notice in model.notices)],
        )  # fmt: skip
    return Exhibit("figure", "paths", record_digest(model.record()), content)


def plot_residuals(model: CfaResult, *, group: Any = None) -> Exhibit:
    """Draw residual correlations: what the items share beyond the model.

    Parameters
    ----------
    model : CfaResult
    group : object, optional
        Which group of several; default: the first.

    Returns
    -------
    Exhibit
        A heat map in both languages; colours end at the largest residual, ±.10 at least.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.of_dimension("N")
    >>> ak.plot_residuals(ak.cfa(answers.instrument, answers)).content["en"]["head"][:2]
    ['Item', 'N1']
    """
    g = _group(model, group)
    frame = model.residuals[model.groups[g]]
    values = frame.to_numpy(dtype=float)
    names = [visible(str(name)) for name in frame.index]
    p = len(names)
    first, second = np.tril_indices(p, -1)
    size = np.abs(values[first, second])
    limit = max(0.1, float(np.ceil(20 * size.max(initial=0)) / 20))
    shown = values.copy()
    shown[np.triu_indices(p)] = np.nan
    at = int(size.argmax())
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        largest = fixed(np.array([values[first[at], second[at]]]), lang)[0]
        content[lang] = FigureContent(
            caption=_caption("caption.figure_residuals", model, g, lang),
            svg=draw_matrix(
                shown, names, names, [Block("", p)], text("report.residual", lang), lang,
                numbers=p <= 12, square=True, limit=limit,
            ),
            alt=text(
                "alt.residuals", lang, n_items=p, largest=largest, pair=f"{names[first[at]]}–{names[second[at]]}",
                n_beyond=int((size > 0.1).sum()), n_pairs=len(size),
            ),
            head=[label("item", lang), *names], numeric=[False, *[True] * p],
            rows=[[name, *fixed(row, lang)] for name, row in zip(names, shown, strict=True)],
            notes=[text("report.residuals_note", lang)],
        )  # fmt: skip
    return Exhibit("figure", "residuals", record_digest(model.record()), content)


def plot_invariance(found: Invariance) -> Exhibit:
    """Draw the ladder of invariance: what each rung costs in CFI, RMSEA and SRMR, beside the customary cut-offs.

    Parameters
    ----------
    found : Invariance
        From ``invariance``.

    Returns
    -------
    Exhibit
        A figure in both languages.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> ladder = ak.invariance("N =~ N1 + N2 + N3 + N4 + N5", answers, "gender")
    >>> ak.plot_invariance(ladder).content["en"]["rows"][0][0]
    'Configural'
    """
    cut = found.cutoffs
    steps = [step for step in found.models if step != "configural"]
    rises = []
    for column in ("cfi_diff", "rmsea_diff", "srmr_diff"):
        part = cut[cut["statistic"] == column].set_index("step").loc[steps]
        rises.append((column, part["value"].to_numpy(dtype=float), part["cutoff"].to_numpy(dtype=float)))
    content: dict[Language, FigureContent] = {}
    for lang in LANGUAGES:
        pvalues = [f"p {_relation(found.steps['pvalue_diff'].loc[step], lang)}" for step in steps]
        panels = [Rise(label(name, lang), change, limit, name == "cfi_diff") for name, change, limit in rises]
        table = table_content(found.table(), "", lang)
        content[lang] = FigureContent(
            caption=text("caption.figure_ladder", lang, n_groups=len(found.groups)),
            svg=draw_ladder([label(step, lang) for step in steps], pvalues, panels, lang),
            alt=_describe_ladder(found, steps, lang), head=table["head"], numeric=table["numeric"],
            rows=table["rows"],
            notes=[
                text("report.ladder_note", lang, sources="; ".join(dict.fromkeys(cut["cited_to"]))),
                *(visible(notice.say(lang)) for notice in found.notices),
            ],
        )  # fmt: skip
    return Exhibit("figure", "ladder", record_digest(found.record()), content)


def _relation(p: float, lang: Language) -> str:
    shown = format_p(float(p), lang)
    return shown if shown[:1] in "<>" else f"= {shown}"


def _group(model: CfaResult, group: Any) -> int:
    if group is None:
        return 0
    check_choice(group, model.groups, "group")
    return model.groups.index(group)


def _caption(key: str, model: CfaResult, g: int, lang: Language) -> str:
    said = text(key, lang)
    return said if model.groups[g] is None else f"{said} ({visible(str(model.groups[g]))})"


def _paths(model: CfaResult, g: int) -> Paths:
    """Standardised numbers of a group."""
    table = model.parameters[model.parameters["group"].isin([model.groups[g]]) | (len(model.groups) == 1)]
    factors = list(model.fitted.table.variables.latent)
    loads = table[(table["op"] == "=~") & ~table["rhs"].isin(factors)]
    items = list(dict.fromkeys(loads["rhs"]))
    L = np.full((len(items), len(factors)), np.nan)
    for lhs, rhs, value in zip(loads["lhs"], loads["rhs"], loads["std_all"], strict=True):
        L[items.index(rhs), factors.index(lhs)] = value
    measured = ~np.isnan(L).all(axis=0)
    own = table[(table["op"] == "~~") & (table["lhs"] == table["rhs"])].set_index("lhs")["std_all"]
    among = table["lhs"].isin(items) & table["rhs"].isin(items)
    pairs = table[(table["op"] == "~~") & (table["lhs"] != table["rhs"]) & among]
    residual = [
        (items.index(a), items.index(b), float(v))
        for a, b, v in zip(pairs["lhs"], pairs["rhs"], pairs["std_all"], strict=True)
    ]
    R = factor_correlations(model, g).to_numpy()[np.ix_(measured, measured)]
    kept = [visible(name) for name, there in zip(factors, measured, strict=True) if there]
    unique = own.reindex(items).to_numpy(dtype=float)
    return Paths(kept, [visible(item) for item in items], L[:, measured], R, unique, residual)


def _behind(model: CfaResult, g: int) -> pd.DataFrame:
    table = model.parameters
    chosen = table["op"].isin(["=~", "~~"]) & (table["group"].isin([model.groups[g]]) | (len(model.groups) == 1))
    return table.loc[chosen, ["lhs", "op", "rhs", "std_all"]].reset_index(drop=True)


def _describe_paths(paths: Paths, lang: Language) -> str:
    size = np.where(np.isnan(paths.loadings), np.inf, np.abs(paths.loadings))
    weak, at = divmod(int(size.argmin()), len(paths.factors))
    low, high = fixed(np.array([paths.loadings[weak, at], np.nanmax(paths.loadings)]), lang)
    said = text(
        "alt.paths", lang, n_factors=len(paths.factors), n_items=len(paths.items), low=low, high=high,
        weak=f"{paths.items[weak]} ({paths.factors[at]})",
    )  # fmt: skip
    k = len(paths.factors)
    if k < 2:
        return said
    i, j = np.tril_indices(k, -1)
    r = paths.correlations[i, j]
    least, most = int(r.argmin()), int(r.argmax())
    shown = fixed(np.array([r[least], r[most]]), lang)
    between = text(
        "alt.paths_factors", lang, low=shown[0], low_pair=f"{paths.factors[j[least]]}–{paths.factors[i[least]]}",
        high=shown[1], high_pair=f"{paths.factors[j[most]]}–{paths.factors[i[most]]}",
    )  # fmt: skip
    return f"{said} {between}"


def _describe_ladder(found: Invariance, steps: list[str], lang: Language) -> str:
    met = found.cutoffs.groupby("step", sort=False)["met"].all()
    parts = []
    for step in steps:
        change = format_number(float(found.steps["cfi_diff"].loc[step]), 3, lang)
        p = _relation(found.steps["pvalue_diff"].loc[step], lang)
        word = text("report.ladder_within" if met[step] else "report.ladder_beyond", lang)
        parts.append(f"{label(step, lang)}: ΔCFI {change}, p {p}, {word}")
    return text("alt.ladder", lang, n_groups=len(found.groups), parts="; ".join(parts))
