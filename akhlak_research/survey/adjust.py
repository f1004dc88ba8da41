"""Adjusting weights: non-response classes, post-stratification, raking, trimming; replicates go along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.survey.audit import MarginReached, WeightStep, spread_of
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.margins import Margin, Margins, as_margins, indicators
from akhlak_research.survey.raking import combinations, rake_weights
from akhlak_research.survey.replicates import Adjustment, Replicates
from akhlak_research.survey.variance import Projection


@dataclass(frozen=True, slots=True, eq=False)
class CellFactors:
    """An adjustment that multiplies the weights of a cell, solved for every replicate."""

    cell: Ints
    factor: Floats

    def apply(self, w: Floats, start: int) -> Floats:
        """(n, b) adjusted weights."""
        return w * self.factor[:, start : start + w.shape[1]][self.cell]

    def rows(self, keep: np.ndarray) -> CellFactors:
        """For some of the rows."""
        return CellFactors(self.cell[keep], self.factor)


def rake(design: SurveyDesign, margins: Margins, *, tolerance: float = 1e-8, max_iterations: int = 200) -> SurveyDesign:
    """Rake weights to known margins.

    Parameters
    ----------
    design : SurveyDesign
    margins : mapping
        ``{"status": {"PNS": 5200, "PPPK": 3400}, "sex": {...}}``; a tuple of variables for a crossed margin, its
        categories as tuples. Totals of all margins must agree; shares (adding up to 1) are taken of the sum of weights.
    tolerance : float
        Largest |reached / wanted − 1| at the end.
    max_iterations : int

    Returns
    -------
    SurveyDesign
        With raked weights, the linearised errors that belong to them, and replicate weights raked likewise.
        ``audit_weights`` tells what was reached.

    Raises
    ------
    DataError
        ``margin_category_unknown``, ``margin_category_empty``, ``margin_total_invalid``, ``margins_differ``,
        ``design_missing``.
    MethodError
        ``rake_not_converged``: no weights fit these margins to the tolerance.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> people = pd.DataFrame({"sex": list("LLPPP"), "age": list("yoyoo")})
    >>> raked = ak.rake(ak.SurveyDesign(people), {"sex": {"L": 50, "P": 50}, "age": {"y": 40, "o": 60}})
    >>> raked.weights.round(2).tolist()
    [24.11, 25.89, 15.89, 17.06, 17.06]

    Notes
    -----
    Iterative proportional fitting on the table of combinations that occur. Errors are those of the residuals from the
    calibration variables, in a regression weighted by the weights before raking, as R's ``calibrate()`` has them for
    the same margins. R's ``rake()`` leaves the weights out of that regression; where design weights
    differ, so do its errors: 31.73 where ``calibrate()`` and this give 26.00 (api00, two-stage sample of R's api data).

    References
    ----------
    Deming, W. E. & Stephan, F. F. (1940), Annals of Mathematical Statistics 11, 427–444. Deville, J.-C., Särndal, C.-E.
    & Sautory, O. (1993), Journal of the American Statistical Association 88, 1013–1020.
    """
    check_count(max_iterations, 1, "max_iterations")
    known, _ = as_margins(design, margins)
    sizes = [len(margin.totals) for margin in known]
    cell, codes = combinations([margin.code for margin in known], sizes)
    totals = [margin.totals for margin in known]
    w = design.weights
    raked = rake_weights(w[:, None], cell, codes, totals, tolerance, max_iterations)
    new = w * raked.factor[cell, 0]
    step = step_of("rake", w, new, known, raked.iterations)
    if not raked.gap[0] <= tolerance:
        gap = float(raked.gap[0])
        raise MethodError(
            "rake_not_converged", got=gap, expected=tolerance, iterations=raked.iterations,
            worst=_worst(step, tolerance),
        )  # fmt: skip
    projection = Projection(indicators([margin.code for margin in known], sizes), w, new)
    off = 0

    def solve(block: Floats) -> Floats:
        nonlocal off
        made = rake_weights(block, cell, codes, totals, tolerance, max_iterations)
        off += int((~(made.gap <= tolerance)).sum())
        return made.factor

    replicates = _replicated(design, cell, solve)
    return design.with_weights(new, replace(step, replicates_off=off), projection, replicates)


def _worst(step: WeightStep, tolerance: float, most: int = 5) -> list[str]:
    """The known totals that were missed, the worst first: what was reached of what was wanted."""
    missed = [one for one in step.margins if abs(one.after / one.wanted - 1) > tolerance]
    missed.sort(key=lambda one: -abs(one.after / one.wanted - 1))
    return [f"{one.margin} = {one.category}: {one.after:.6g} / {one.wanted:.6g}" for one in missed[:most]]


def post_stratify(design: SurveyDesign, totals: Margins) -> SurveyDesign:
    """Bring weights to the known sizes of post-strata.

    Parameters
    ----------
    design : SurveyDesign
    totals : mapping
        One entry: ``{"status": {"PNS": 5200, "PPPK": 3400}}``, or ``{("status", "sex"): {("PNS", "L"): 2500, ...}}``.
        Shares are taken of the sum of weights.

    Returns
    -------
    SurveyDesign

    Raises
    ------
    ArgumentError
        ``one_margin`` where there are several: that is ``rake``.
    DataError
        As in ``rake``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"sex": list("LLLPP")}))
    >>> ak.post_stratify(design, {"sex": {"L": 30, "P": 30}}).weights.tolist()
    [10.0, 10.0, 10.0, 15.0, 15.0]

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992), Model Assisted Survey Sampling, section 7.6.
    """
    (margin, *more), _ = as_margins(design, totals)
    if more:
        raise ArgumentError("one_margin", got=[margin.name, *(one.name for one in more)])
    w, size = design.weights, len(margin.totals)
    factor = margin.totals / np.bincount(margin.code, w, size)
    new = w * factor[margin.code]
    projection = Projection(indicators([margin.code], [size]), w, new, disjoint=True)
    replicates = _replicated(design, margin.code, lambda block: _to_totals(block, margin.code, margin.totals))
    off = 0
    if design.replicates is not None:
        off = sum(
            int((np.stack([np.bincount(margin.code, column, size) for column in block.T]) <= 0).any(axis=1).sum())
            for _, block in design.replicates.blocks()
        )
    step = replace(step_of("poststratify", w, new, (margin,), 1), replicates_off=off)
    return design.with_weights(new, step, projection, replicates)


def nonresponse_adjust(design: SurveyDesign, responded: Any, classes: str | Sequence[str]) -> SurveyDesign:
    """Let those who answered stand for those of their class who did not.

    Parameters
    ----------
    design : SurveyDesign
        Of everybody who was asked.
    responded : str or (n,) bool
        Who answered.
    classes : str or list of str
        Variables known for everybody asked; crossed they make the classes.

    Returns
    -------
    SurveyDesign
        Of those who answered, their weights times Σ w asked / Σ w answered of their class; the clusters of all who were
        asked still count as drawn.

    Raises
    ------
    DataError
        ``class_without_answers`` names classes from which nobody answered: join them to others.
    ArgumentError
        ``mask_invalid``.
    MethodError
        ``rows_after_calibration`` where the weights were raked or calibrated before: adjust for non-response first.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> asked = pd.DataFrame({"office": list("AAABBB"), "came": [True, False, True, True, True, False]})
    >>> ak.nonresponse_adjust(ak.SurveyDesign(asked), "came", "office").weights.tolist()
    [1.5, 1.5, 1.5, 1.5]

    Notes
    -----
    Linearised errors take the adjusted weights as given; replicate weights made before this step carry its uncertainty.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992), Model Assisted Survey Sampling, section 15.6.
    """
    column = design.column(responded, "responded")
    if not pd.api.types.is_bool_dtype(column) or column.isna().any():
        raise ArgumentError("mask_invalid", got=str(column.dtype), expected=f"bool ({design.n},)")
    came = column.to_numpy(dtype=bool)
    names = [classes] if isinstance(classes, str) else list(classes)
    labels = (
        design.data[names].astype(str).agg(" × ".join, axis=1) if len(names) > 1 else design.column(names[0], "classes")
    )
    position, distinct = pd.factorize(labels, sort=True)
    if (position < 0).any():
        rows = np.flatnonzero(position < 0)
        raise DataError(
            "design_missing", role="classes", column=names[0], got=(rows[:10] + 1).tolist(), count=len(rows)
        )
    w, size = design.weights, len(distinct)
    asked = np.bincount(position, w, size).astype(np.float64)
    answered = np.bincount(position[came], w[came], size)
    silent = [str(distinct[at]) for at in np.flatnonzero(answered == 0).tolist()]
    if silent:
        raise DataError("class_without_answers", got=silent[:10], count=len(silent))
    factor = asked / answered
    new = w * factor[position]
    margin = Margin(" × ".join(names), tuple(map(str, distinct)), asked, position[came])
    step = step_of("nonresponse", w[came], new[came], (margin,), 1)
    replicates = _replicated(design, position, lambda block: _class_factors(block, position, came, size))
    made = design.with_weights(new, step, None, replicates)
    return made.rows(came)


def trim_weights(
    design: SurveyDesign, *, lower: float | None = None, upper: float | None = None, strict: bool = True
) -> SurveyDesign:
    """Cut weights to limits and share what was cut among the others, so that their sum stays.

    Parameters
    ----------
    design : SurveyDesign
    lower, upper : float, optional
        Limits.
    strict : bool
        Repeat until no weight is outside (sharing out can push some over the limit).

    Returns
    -------
    SurveyDesign
        Margins reached before are then missed somewhat; ``audit_weights`` says so. Replicate weights are cut likewise.

    Raises
    ------
    ArgumentError
        ``trim_limits`` where there are none, they cross, or all weights would lie outside.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"y": [1.0, 2, 3, 4]}), weights=[1.0, 2.0, 3.0, 10.0])
    >>> ak.trim_weights(design, upper=6).weights.round(4).tolist()
    [2.3333, 3.3333, 4.3333, 6.0]

    References
    ----------
    Potter, F. J. (1990), Proceedings of the Section on Survey Research Methods (ASA), 225–230.
    """
    low, high = -np.inf if lower is None else float(lower), np.inf if upper is None else float(upper)
    w = design.weights
    if not low < high or (lower is None and upper is None):
        raise ArgumentError("trim_limits", got=(lower, upper), expected=f"{w.min():.4g}–{w.max():.4g}")
    mean = float(w.mean())
    if strict and not low <= mean <= high:
        raise ArgumentError("trim_limits", got=(lower, upper), expected=f"{mean:.4g}")
    new, iterations = trim(w, low, high, strict=strict)
    step = replace(step_of("trim", w, new, (), iterations), changed=int((np.clip(w, low, high) != w).sum()))
    replicates = design.replicates
    if replicates is not None:
        replicates = replace(replicates, adjustments=(*replicates.adjustments, _Trim(low, high, strict)))
    return design.with_weights(new, step, None, replicates)


def trim(w: Floats, low: float, high: float, *, strict: bool) -> tuple[Floats, int]:
    """(n,) trimmed weights and the rounds it took (R's survey::trimWeights)."""
    iterations = 0
    while True:
        outside = (w < low) | (w > high)
        if not outside.any():
            return w, iterations
        if outside.all():
            raise ArgumentError("trim_limits", got=(low, high), expected=f"{w.min():.4g}–{w.max():.4g}")
        cut = np.clip(w, low, high)
        cut[~outside] += (w - cut).sum() / (~outside).sum()
        w, iterations = cut, iterations + 1
        if not strict:
            return w, iterations


@dataclass(frozen=True, slots=True)
class _Trim:
    """Trimming of replicate weights: 0 stays 0, the others are cut like the weights."""

    low: float
    high: float
    strict: bool

    def apply(self, w: Floats, start: int) -> Floats:
        out = w.copy()
        for column in out.T:
            there = column > 0
            column[there] = trim(column[there], self.low, self.high, strict=False)[0]
        return out

    def rows(self, keep: np.ndarray) -> _Trim:
        return self


def step_of(
    kind: str, w: Floats, new: Floats, margins: Sequence[Margin], iterations: int, more: Sequence[MarginReached] = ()
) -> WeightStep:
    """The note on an adjustment from the weights before and after; ``more`` are known totals of quantities."""
    factor = new / w
    reached = [*more]
    for margin in margins:
        size = len(margin.totals)
        columns = (np.bincount(margin.code, weights, size).tolist() for weights in (None, w, new))
        n, before, after = columns
        for one in zip(margin.categories, n, margin.totals.tolist(), before, after, strict=True):
            reached.append(MarginReached(margin.name, *one))
    gap = max((abs(one.after / one.wanted - 1) for one in reached if one.wanted), default=0.0)
    return WeightStep(
        kind, spread_of(w), spread_of(new), float(factor.min()), float(factor.max()), iterations, gap, tuple(reached),
        int((np.abs(factor - 1) > 1e-12).sum()),
    )  # fmt: skip


def _replicated(design: SurveyDesign, cell: Ints, solve: Any) -> Replicates | None:
    """The replicates with the same adjustment solved for each of them."""
    if design.replicates is None:
        return None
    factors = np.concatenate([solve(block) for _, block in design.replicates.blocks()], axis=1)
    return add_step(design.replicates, CellFactors(cell, factors))


def add_step(replicates: Replicates, step: Adjustment) -> Replicates:
    """Replicates with one more adjustment."""
    return replace(replicates, adjustments=(*replicates.adjustments, step))


def _to_totals(w: Floats, code: Ints, totals: Floats) -> Floats:
    """(cells, b) factors; a cell that lost all its weight in a replicate keeps nothing."""
    reached = np.stack([np.bincount(code, column, len(totals)) for column in w.T], axis=1)
    return np.divide(totals[:, None], reached, out=np.ones_like(reached), where=reached > 0)


def _class_factors(w: Floats, code: Ints, came: np.ndarray, size: int) -> Floats:
    asked = np.stack([np.bincount(code, column, size) for column in w.T], axis=1)
    return np.divide(
        asked, answered := np.stack([np.bincount(code[came], column[came], size) for column in w.T], axis=1),
        out=np.ones_like(asked), where=answered > 0,
    )  # fmt: skip
