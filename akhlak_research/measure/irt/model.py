"""Item response models by marginal maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import ByGroup, Notice, Unavailable
from akhlak_research.counts.frames import settle
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, group_labels, repeat_by
from akhlak_research.measure.irt.calibrate import calibrate
from akhlak_research.measure.irt.conditional import calibrate_conditional
from akhlak_research.measure.irt.design import make_design
from akhlak_research.measure.irt.families import FAMILIES, Family
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.patterns import Patterns, as_patterns
from akhlak_research.measure.irt.posterior import nodes
from akhlak_research.measure.irt.results import Irt, parameter_tables, people_table
from akhlak_research.measure.material import several_dimensions
from akhlak_research.responses.model import Responses

ModelName = Literal["grm", "gpcm", "pcm", "rsm", "rasch", "2pl"]
Estimator = Literal["MML", "CML"]
#: a curve with this slope climbs from .12 to .88 between two nodes
_STEEP = 20.0
_NO_VARIANCE = 1e-3
Errors = Literal["auto", "observed", "sandwich", "none"]


def irt(
    items: pd.DataFrame | Responses,
    model: ModelName = "grm",
    *,
    estimator: Estimator = "MML",
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Literal["fiml", "listwise"] = "fiml",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    group: str | pd.Series | None = None,
    anchors: Literal["all", "none"] | Sequence[str] = "all",
    by: str | pd.Series | None = None,
    errors: Errors = "auto",
    level: float = 0.95,
    max_iterations: int = 500,
) -> Irt | ByGroup[Irt]:
    """Fit an item response model: how the answers to each item depend on one latent trait θ.

    Parameters
    ----------
    items : DataFrame or Responses
        Item codes of one scale, respondents × items. Categories are the codes that somebody used, per item.
    model : {"grm", "gpcm", "pcm", "rsm", "rasch", "2pl"}
        Graded response; generalised partial credit; partial credit; rating scale (the distances between categories
        equal for all items); Rasch; two-parameter logistic. ``pcm``, ``rsm`` and ``rasch`` fix every slope at 1 and
        estimate the variance of θ; the others fix the variance at 1.
    estimator : {"MML", "CML"}
        Marginal maximum likelihood; or, for the Rasch family, conditional (as eRm): no assumption about the people, one
        group, no sampling weights. ``loglik`` is then the conditional one and the origin is eRm's (the sum of all
        intercepts d is zero, in the rating scale model that of all d1); mean and variance of θ are estimated
        afterwards with the items held.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"fiml", "listwise"}
        Use every answer given (valid if answers are missing at random), or complete rows only.
    weights : array (n,), optional
        Sampling weights: a pseudo-likelihood, with sandwich errors; people count as drawn independently.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    group : str or Series, optional
        Fit all groups in one model: θ is N(0, 1) in the first (N(0, v) for the Rasch family).
    anchors : {"all", "none"} or sequence of str
        With ``group``: items whose parameters are the same in all groups. With any anchor the other groups have a mean
        and a variance of their own on the scale of the first; with ``none`` each group has its own scale.
    by : str or Series, optional
        Repeat for each group, every time a model of its own.
    errors : {"auto", "observed", "sandwich", "none"}
        Standard errors by the observed information, by the sandwich (right also where the model is wrong), or none.
        ``auto``: observed, under sampling weights sandwich.
    level : float
        Of the intervals.
    max_iterations : int
        Most steps.

    Returns
    -------
    Irt, or ByGroup of Irt
        ``.parameters``, ``.standard_errors``, ``.loglik``, ``.scores``, ``.item_fit``, ``.information(theta)``, …

    Raises
    ------
    DataError
        ``too_few_items``, ``constant_item``, ``too_few_rows`` and what ``as_rows`` finds wrong with the codes.
    MethodError
        ``irt_two_categories``, ``irt_same_categories``: the model is not for such items. ``irt_cml_refused``:
        conditional likelihood was asked for what it cannot do.
    ArgumentError
        An unknown choice; ``anchors`` without ``group``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> round(fit.loglik, 3), fit.converged
    (-21721.378, True)
    >>> float(round(fit.parameters.loc["N1", "a"], 3))
    3.123
    >>> fit.information([-1.0, 2.5]).round(1).tolist()
    [6.7, 2.5]

    Notes
    -----
    *Estimation.* Marginal maximum likelihood at 61 nodes from −6 to 6 (Bock & Aitkin 1981), from distinct response
    patterns; where people are spread so widely that these do not hold 3.5 standard deviations, at more and wider
    ones. EM steps start a quasi-Newton climb (Jamshidian & Jennrich 1997); standard errors come from the observed
    information in closed form (Louis 1982), which also makes the last steps Newton's. ``evaluations`` counts passes
    over the answers.

    *Degenerate answers.* An item that everybody answers alike is refused. A category inside the scale that nobody used
    does not exist for the model (a notice names it). Fewer than ten answers in a category give a notice. A negative
    slope is a notice, never turned around.

    References
    ----------
    Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters. Psychometrika, 46,
    443–459.
    Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.
    """
    check_level(level)
    check_choice(missing, ("fiml", "listwise"), "missing")
    check_choice(errors, ("auto", "observed", "sandwich", "none"), "errors")
    check_choice(estimator, ("MML", "CML"), "estimator")
    options: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "group": group, "anchors": anchors, "errors": errors,
        "level": level, "max_iterations": check_count(max_iterations, 1, "max_iterations"), "family": FAMILIES[model],
        "estimator": estimator,
    }  # fmt: skip
    if group is None and anchors != "all":
        raise ArgumentError("anchors_need_group")
    if by is not None and group is not None:
        raise ArgumentError("irt_by_and_group")
    return repeat_by(_irt, items, by, weights=weights, frequencies=frequencies, **options)


def _irt(
    items: pd.DataFrame | Responses,
    *,
    family: Family,
    estimator: str,
    keys: Keys | None,
    scale: Scale | None,
    missing: str,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    group: str | pd.Series | None,
    anchors: str | Sequence[str],
    errors: str,
    level: float,
    max_iterations: int,
) -> Irt:
    items, weights, frequencies = settle(items, weights, frequencies)
    given = items
    labels: pd.Series | None = None
    if group is not None:
        labels, items, _ = group_labels(items, group)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    rows, places, coded, names = _used(rows, _places(items, labels, weights, frequencies), missing)
    patterns = as_patterns(rows, coded, names)
    if group is not None and len(names) < 2:
        raise DataError("irt_one_group", got=[str(name) for name in names])
    _check(patterns, family)
    how = errors if errors != "auto" else "sandwich" if rows.weighting == "sampling" else "observed"
    if estimator == "CML":
        _check_conditional(family, rows, names, how)
        calibration, free = calibrate_conditional(patterns, family, nodes(), errors=how, most=max_iterations)
    else:
        design = make_design(family, patterns.n_categories, len(names), _equal(anchors, patterns.names))
        calibration, free = calibrate(patterns, design, nodes(), errors=how, most=max_iterations), design.n_free
    fitted = Fitted(calibration, patterns, rows, places.index, places["row"].to_numpy())
    return _result(given, fitted, estimator, free, how, level, missing)


def _check_conditional(family: Family, rows: Rows, names: tuple[object, ...], how: str) -> None:
    reasons = {
        "model": not family.rasch, "weights": rows.weighting == "sampling", "group": len(names) > 1,
        "errors": how == "sandwich",
    }  # fmt: skip
    wrong = [reason for reason, present in reasons.items() if present]
    if wrong:
        raise MethodError("irt_cml_refused", got=wrong)


def _places(
    items: Any, labels: pd.Series | None, weights: ArrayLike | None, frequencies: ArrayLike | None
) -> pd.DataFrame:
    """``group`` and ``row`` (from 1) of the rows that ``as_rows`` kept, those of weight zero being out."""
    frame = items.keyed if isinstance(items, Responses) else items
    group = ["all"] * len(frame) if labels is None else labels.array
    known = pd.DataFrame({"group": group, "row": np.arange(1, len(frame) + 1)}, index=frame.index)
    given = items.weights if isinstance(items, Responses) and items.weights is not None else weights
    vector = given if given is not None else frequencies
    return known if vector is None else known[np.asarray(vector, float) > 0]


def _used(rows: Rows, places: pd.DataFrame, missing: str) -> tuple[Rows, pd.DataFrame, np.ndarray, tuple[object, ...]]:
    """Rows with an answer (or complete ones) and a group, their places, group numbers and the groups' names."""
    absent = np.isnan(rows.values)
    alone = absent.any(axis=1) if missing == "listwise" else absent.all(axis=1)
    names = tuple(sorted(places["group"].dropna().unique().tolist(), key=lambda v: (str(type(v)), v)))
    number = {name: at for at, name in enumerate(names)}
    numbers = np.asarray([number.get(label, -1) for label in places["group"].tolist()], dtype=np.int64)
    keep = np.asarray(~alone & (numbers >= 0), dtype=np.bool_)
    if keep.sum() < 3:
        raise DataError("too_few_rows", got=int(keep.sum()), n_rows=rows.n_rows, expected=3)
    return rows.where(keep), places[keep], numbers[keep], names


def _check(patterns: Patterns, family: Family) -> None:
    if len(patterns.names) < 2:
        raise DataError("too_few_items", got=len(patterns.names), expected=2)
    sizes = dict(zip(patterns.names, patterns.n_categories.tolist(), strict=True))
    if family.binary and max(sizes.values()) > 2:
        raise MethodError("irt_two_categories", model=family.name, got={k: v for k, v in sizes.items() if v > 2})
    if family.shared_steps:
        codes = {tuple(c - c[0]) for c in patterns.categories}
        if len(codes) > 1:
            said = [f"{name} {size}" for name, size in sizes.items()]
            raise MethodError("irt_same_categories", model=family.name, got=said)
    groups = len(patterns.groups)
    for i, name in enumerate(patterns.names):
        for g in range(groups):
            used = np.unique(patterns.codes[patterns.group == g, i])
            if groups > 1 and len(used[used >= 0]) < sizes[name]:
                raise DataError("irt_group_categories", column=name, group=str(patterns.groups[g]))


def _equal(anchors: str | Sequence[str], names: tuple[str, ...]) -> np.ndarray:
    if isinstance(anchors, str):
        check_choice(anchors, ("all", "none"), "anchors")
        return np.full(len(names), anchors == "all")
    unknown = [name for name in anchors if name not in names]
    if unknown:
        raise ArgumentError("keys_unknown", got=unknown, expected=sorted(names))
    return np.array([name in anchors for name in names])


def _result(given: object, fitted: Fitted, estimator: str, free: int, how: str, level: float, missing: str) -> Irt:
    calibration = fitted.calibration
    parameters, errors, long = parameter_tables(fitted, level)
    absent = Unavailable("irt_errors_not_asked" if how == "none" else "irt_information_not_definite")
    n = fitted.patterns.n
    deviance = -2 * calibration.loglik
    weighted = Unavailable("irt_weighted_likelihood")
    sampled = fitted.rows.weighting == "sampling"
    return Irt(
        inputs=fitted.rows.inputs(n, missing),
        notices=several_dimensions(given) + _notices(fitted),
        model=fitted.family.name,
        estimator=estimator,
        parameters=parameters,
        standard_errors=absent if errors is None else errors,
        estimates=absent if long is None else long,
        people=people_table(fitted),
        loglik=calibration.loglik,
        n_parameters=free,
        aic=weighted if sampled else deviance + 2 * free,
        bic=weighted if sampled else deviance + free * float(np.log(n)),
        sabic=weighted if sampled else deviance + free * float(np.log((n + 2) / 24)),
        converged=calibration.converged,
        decrement=calibration.decrement,
        iterations=calibration.iterations,
        evaluations=calibration.evaluations,
        n_nodes=len(fitted.theta),
        node_limit=float(fitted.theta[-1]),
        errors=how,
        level=level,
        fitted=fitted,
    )


def _notices(fitted: Fitted) -> tuple[Notice, ...]:
    found = []
    calibration, patterns = fitted.calibration, fitted.patterns
    if not calibration.converged:
        found.append(Notice("irt_not_converged", "warning", {"decrement": calibration.decrement}))
    if calibration.problem == "not_definite":
        found.append(Notice("irt_information_not_definite", "warning"))
    slope = fitted.items()[:, 0]
    negative = [name for name, a in zip(patterns.names, slope, strict=True) if a < 0]
    if negative:
        found.append(Notice("irt_negative_slope", "warning", {"items": negative}))
    steep = [name for name, a in zip(patterns.names, slope, strict=True) if abs(a) > _STEEP]
    if steep:
        found.append(Notice("irt_steep_slope", "warning", {"items": steep}))
    if calibration.variance.min() < _NO_VARIANCE:
        found.append(Notice("irt_no_variance", "warning", {"variance": float(calibration.variance.min())}))
    gaps = [n for n, c in zip(patterns.names, patterns.categories, strict=True) if (np.diff(c) > 1).any()]
    if gaps:
        found.append(Notice("irt_unused_category", "caution", {"items": gaps}))
    sparse = [name for i, name in enumerate(patterns.names) if _fewest(patterns, i, fitted.rows) < 10]
    if sparse:
        found.append(Notice("irt_sparse_category", "caution", {"items": sparse, "n": 10}))
    if fitted.family.name == "rasch" and patterns.n_categories.max() > 2:
        found.append(Notice("irt_rasch_is_pcm", "info"))
    return tuple(found)


def _fewest(patterns: Patterns, item: int, rows: Rows) -> float:
    codes = patterns.codes[patterns.row_pattern, item]
    return float(np.bincount(codes[codes >= 0], rows.multiplicity[codes >= 0]).min())
