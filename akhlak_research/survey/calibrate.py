"""Calibration of weights to known totals of categories and of quantities (GREG and its relatives)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.survey.adjust import add_step, step_of
from akhlak_research.survey.audit import MarginReached
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.domains import numbers
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.margins import Margin, as_margins, indicators
from akhlak_research.survey.replicates import Replicates
from akhlak_research.survey.variance import Projection

#: F and F′ of g = F(x′λ) for limits (low, high) of g
Link = Callable[[Floats, float, float], "tuple[Floats, Floats]"]


@dataclass(frozen=True, slots=True)
class CalibrationMethod:
    """A way to move weights as little as possible.

    Attributes
    ----------
    name : str
    link : callable
        ``link(u, low, high)`` → g and its slope.
    needs_bounds : bool
    """

    name: str
    link: Link
    needs_bounds: bool = False


def _linear(u: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    g = np.clip(1 + u, low, high)
    return g, ((1 + u > low) & (1 + u < high)).astype(np.float64)


def _raking(u: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    raw = np.exp(np.minimum(u, 50))
    g = np.clip(raw, low, high)
    return g, np.where((raw > low) & (raw < high), raw, 0.0)


def _logit(u: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    a = (high - low) / ((1 - low) * (high - 1))
    e = np.exp(np.clip(a * u, -50, 50))
    below, above = high - 1, 1 - low
    g = (low * below + high * above * e) / (below + above * e)
    return g, (g - low) * (high - g) * a / (high - low)


#: Deville & Särndal (1992), section 2: cases 1, 2, 6 and 7
calibration_methods: Registry[CalibrationMethod] = Registry(
    "method",
    CalibrationMethod("linear", _linear),
    CalibrationMethod("raking", _raking),
    CalibrationMethod("logit", _logit, needs_bounds=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class LinkFactors:
    """An adjustment g = F(x′λ_r), solved for every replicate."""

    x: Any
    coefficients: Floats
    link: Link
    low: float
    high: float

    def apply(self, w: Floats, start: int) -> Floats:
        """(n, b) adjusted weights."""
        u = np.asarray(self.x @ self.coefficients[:, start : start + w.shape[1]], dtype=np.float64)
        return np.asarray(w * self.link(u, self.low, self.high)[0], dtype=np.float64)

    def rows(self, keep: np.ndarray) -> LinkFactors:
        """For some of the rows."""
        return LinkFactors(self.x[np.flatnonzero(keep)], self.coefficients, self.link, self.low, self.high)


def calibrate(
    design: SurveyDesign,
    totals: Mapping[Any, Any],
    *,
    method: str = "linear",
    bounds: tuple[float, float] | None = None,
    population: float | None = None,
    tolerance: float = 1e-8,
    max_iterations: int = 50,
) -> SurveyDesign:
    """Calibrate weights to known totals of categories and of quantities.

    Parameters
    ----------
    design : SurveyDesign
    totals : mapping
        ``{"status": {"PNS": 5200, "PPPK": 3400}, "years_served": 98000}``: a mapping of categories, or the total of a
        number.
    method : {"linear", "raking", "logit"}
        Distance that is kept small: linear (the regression estimator, GREG), multiplicative (weights stay above 0), or
        logit (factors stay within ``bounds``).
    bounds : (low, high), optional
        Limits of the factors, low < 1 < high.
    population : float, optional
        Known number of people, where no margin of categories gives it.
    tolerance : float
        Largest |reached / wanted − 1| at the end.
    max_iterations : int

    Returns
    -------
    SurveyDesign
        With errors from the residuals of the calibration variables; replicate weights are calibrated likewise.

    Raises
    ------
    MethodError
        ``calibration_failed`` where no weights reach the totals within the bounds; ``calibrated_not_positive`` where
        the linear method turns weights to 0 or below.
    DataError
        ``calibration_missing``, ``calibration_total``, and those of ``rake`` for margins.
    ArgumentError
        ``bounds_invalid``, ``unknown_choice``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> people = pd.DataFrame({"sex": list("LLPP"), "years": [3.0, 9, 4, 14]})
    >>> design = ak.calibrate(ak.SurveyDesign(people), {"sex": {"L": 20, "P": 20}, "years": 320}, method="raking")
    >>> design.weights.round(2).tolist()
    [9.11, 10.89, 8.53, 11.47]

    References
    ----------
    Deville, J.-C. & Särndal, C.-E. (1992), Journal of the American Statistical Association 87, 376–382.
    """
    made = calibration_methods[check_choice(method, calibration_methods.names, "method")]
    low, high = bounds if bounds is not None else (-np.inf, np.inf)
    if (made.needs_bounds and bounds is None) or not low < 1 < high or (made.needs_bounds and not high < np.inf):
        raise ArgumentError("bounds_invalid", got=bounds, expected="low < 1 < high", method=method)
    problem = _problem(design, totals, population)
    w = design.weights
    solve = _Solver(made.link, low, high, tolerance, max_iterations)
    coefficients, iterations, gap = solve(problem, w)
    if not gap <= tolerance:
        raise MethodError("calibration_failed", got=gap, expected=tolerance, iterations=iterations)
    g = made.link(problem.x @ coefficients, low, high)[0]
    new = w * g
    odd = np.flatnonzero(new <= 0)
    if len(odd):
        raise MethodError("calibrated_not_positive", count=len(odd), got=(odd[:10] + 1).tolist())
    reached = [
        MarginReached(name, "", design.n, float(total), float(x @ w), float(x @ new))
        for name, x, total in problem.quantities
    ]
    step = step_of("calibrate", w, new, problem.margins, iterations, reached)
    replicates = design.replicates
    if replicates is not None:
        replicates = _replicated(replicates, problem, solve)
    return design.with_weights(new, step, Projection(problem.x, w, new), replicates)


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Calibration variables X (n, p), their totals, and where they come from."""

    x: Any
    totals: Floats
    margins: tuple[Margin, ...]
    quantities: tuple[tuple[str, Floats, float], ...]


def _problem(design: SurveyDesign, totals: Mapping[Any, Any], population: float | None) -> _Problem:
    from scipy import sparse

    if not isinstance(totals, Mapping) or not totals:
        raise ArgumentError(
            "margins_type", got=type(totals).__name__, expected="{variable: total or {category: total}}"
        )
    categories = {name: value for name, value in totals.items() if isinstance(value, Mapping | pd.Series)}
    margins = as_margins(design, categories)[0] if categories else ()
    quantities: list[tuple[str, Floats, float]] = []
    if population is not None:
        quantities.append(("1", np.ones(design.n), float(population)))
    for name, value in totals.items():
        if name in categories:
            continue
        if isinstance(value, bool | str) or not np.isfinite(value):
            raise DataError("calibration_total", variable=str(name), got=str(value))
        x = numbers(design, name, "totals")[1][:, 0]
        if np.isnan(x).any():
            rows = np.flatnonzero(np.isnan(x))
            raise DataError("calibration_missing", column=str(name), got=(rows[:10] + 1).tolist(), count=len(rows))
        quantities.append((str(name), x, float(value)))
    parts: list[Any] = []
    if margins:
        parts.append(indicators([margin.code for margin in margins], [len(margin.totals) for margin in margins]))
    if quantities:
        parts.append(sparse.csr_array(np.stack([x for _, x, _ in quantities], axis=1)))
    wanted = np.concatenate([*(margin.totals for margin in margins), [total for _, _, total in quantities]])
    return _Problem(sparse.hstack(parts, format="csr"), wanted, tuple(margins), tuple(quantities))


@dataclass(frozen=True, slots=True)
class _Solver:
    """Newton's method for X′(d F(Xλ)) = T (Deville & Särndal 1992, equation 2.4)."""

    link: Link
    low: float
    high: float
    tolerance: float
    limit: int

    def __call__(self, problem: _Problem, w: Floats) -> tuple[Floats, int, float]:
        from scipy import sparse

        x, total = problem.x, problem.totals
        size = np.asarray(abs(x).T @ w, dtype=np.float64)
        scale = np.maximum(np.abs(total), 1e-9 * size)
        coefficients = np.zeros(len(total))
        gap, iterations = np.inf, 0
        while True:
            g, slope = self.link(np.asarray(x @ coefficients), self.low, self.high)
            lacking = total - x.T @ (w * g)
            gap = float(np.max(np.abs(lacking) / scale))
            if gap <= self.tolerance or iterations >= self.limit or not np.isfinite(gap):
                return coefficients, iterations, gap
            gram = np.asarray((x.T @ (sparse.diags_array(w * slope).tocsr() @ x)).todense())
            # variables of very different size (counts beside sums of scores) would hide in the tolerance of pinv
            unit = 1 / np.sqrt(np.maximum(np.diag(gram), 1e-300))
            inverse = np.linalg.pinv(gram * unit[:, None] * unit, rcond=1e-11, hermitian=True)
            coefficients = coefficients + unit * (inverse @ (unit * lacking))
            iterations += 1


def _replicated(replicates: Replicates, problem: _Problem, solve: _Solver) -> Replicates:
    columns = []
    for start, block in replicates.blocks():
        for at, w in enumerate(block.T):
            coefficients, iterations, gap = solve(problem, w)
            if not gap <= max(solve.tolerance, 1e-6):
                raise MethodError(
                    "replicate_calibration_failed", replicate=start + at + 1, got=gap, expected=solve.tolerance,
                    iterations=iterations,
                )  # fmt: skip
            columns.append(coefficients)
    return add_step(replicates, LinkFactors(problem.x, np.stack(columns, axis=1), solve.link, solve.low, solve.high))
