"""Polychoric correlations: how strongly the continuous answers behind ordered categories go together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ByGroup, Notice, Result, Unavailable, result
from akhlak_research.counts.moments import Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import repeat_for
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue
from akhlak_research.measure.polychoric.influence import (
    correlation_influence,
    standard_errors,
    threshold_influence,
    with_missing,
)
from akhlak_research.measure.polychoric.normality import likelihood_ratio
from akhlak_research.measure.polychoric.pair_tables import Answers, PairTables, pair_tables
from akhlak_research.measure.polychoric.smoothing import smoothed
from akhlak_research.measure.polychoric.two_step import Maxima, maximise, thresholds


@result
class Polychoric(Result):
    """Polychoric correlations of p items.

    Attributes
    ----------
    correlations : DataFrame
        Items × items, ones on the diagonal.
    thresholds : DataFrame
        Items × codes: the point of the standard normal scale between a code and the next one in use. NaN behind the
        last code in use, and for codes that nobody chose.
    standard_errors : DataFrame or Unavailable
        Of the correlations; NaN on the diagonal and for pairs in ``at_bound``. Of the matrix before smoothing.
    threshold_errors : DataFrame or Unavailable
        Of the thresholds.
    answers : DataFrame
        Items × codes: how often each was chosen (weighted sums under sampling weights).
    n_pair : DataFrame
        People behind each correlation; diagonal: behind each item.
    fit : DataFrame or Unavailable
        One row per pair, ``item with_item chisq df pvalue rmsea``: does a normal distribution reproduce the pair's
        table? NaN for pairs in ``at_bound``; p and RMSEA also for two by two tables, which it always reproduces.
    at_bound : tuple of str
        Pairs, as ``"a × b"``, whose likelihood rises up to perfect association: their correlation is −1 or 1.
    smallest_eigenvalue : float
        Of the matrix before smoothing.
    repaired : bool
        Whether the matrix was smoothed.
    correct : float
        What was added to empty cells.
    level : float
        Of the intervals of ``table()``.
    """

    kind: ClassVar[str] = "polychoric"
    correlations: pd.DataFrame
    thresholds: pd.DataFrame
    standard_errors: pd.DataFrame | Unavailable
    threshold_errors: pd.DataFrame | Unavailable
    answers: pd.DataFrame
    n_pair: pd.DataFrame
    fit: pd.DataFrame | Unavailable
    at_bound: tuple[str, ...]
    smallest_eigenvalue: float
    repaired: bool
    correct: float
    level: float

    @property
    def n(self) -> int:
        """People used."""
        return self.inputs.n_used

    def table(self) -> pd.DataFrame:
        """One row per pair: ``item with_item estimate std_error ci_low ci_high n``.

        The interval is symmetric on Fisher's z scale, so it stays within (−1, 1).
        """
        first, second = np.triu_indices(len(self.correlations), 1)
        names = np.asarray(self.correlations.index, dtype=object)
        rho = self.correlations.to_numpy()[first, second]
        se = np.full(len(rho), np.nan)
        if isinstance(self.standard_errors, pd.DataFrame):
            se = self.standard_errors.to_numpy()[first, second]
        inside = np.where(np.abs(rho) < 1, rho, np.nan)
        step = ndtri((1 + self.level) / 2) * se / (1 - inside**2)
        return pd.DataFrame(
            {
                "item": names[first], "with_item": names[second], "estimate": rho, "std_error": se,
                "ci_low": np.tanh(np.arctanh(inside) - step), "ci_high": np.tanh(np.arctanh(inside) + step),
                "n": self.n_pair.to_numpy()[first, second],
            }
        )  # fmt: skip

    def headline(self) -> str:
        """Items, n and the range of the correlations."""
        r = self.correlations.to_numpy()[np.triu_indices(len(self.correlations), 1)]
        return f"{len(self.correlations)} items, n={self.n}, r {r.min():.2f} to {r.max():.2f}"


def polychoric(
    items: Answers,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    correct: float = 0.0,
    smooth: bool = False,
    level: float = 0.95,
) -> Polychoric | ByGroup[Polychoric]:
    """Polychoric correlations with thresholds and standard errors, by two-step maximum likelihood.

    Answers on a few ordered categories are read as cuts of a normal variable. The correlation of two such variables
    does not shrink when categories are few or skewed, as Pearson's does; it speaks of the variables behind the answers,
    not of the sum score. With two categories it is the tetrachoric correlation.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Whole-number codes of two items or more. Items may differ in their number of categories.
    keys, scale : optional
        Reverse keying and limits of a DataFrame's codes; a reversed item changes the sign of its correlations.
    missing : {"listwise", "pairwise"}
        Pairwise: thresholds from each item's own answers, correlations from each pair's.
    weights : array (n,), optional
        Sampling weights: the weighted likelihood with sandwich standard errors; their scale does not matter.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    by : str or Series, optional
        Repeat for each group.
    correct : float
        Added to the empty cells of each pair's table (categories that both items use) before step 2; thresholds stay.
        0 is maximum likelihood. See Notes.
    smooth : bool
        Repair a matrix that is not positive definite: eigenvalues up to zero are raised to a tiny one and the
        diagonal is set back to 1. Never done unasked, and never without a notice.
    level : float
        Of the intervals of ``table()``.

    Returns
    -------
    Polychoric, or ByGroup of Polychoric
        ``.correlations``, ``.thresholds``, ``.standard_errors``, ``.threshold_errors``, ``.n_pair``, ``.fit``,
        ``.table()``.

    Raises
    ------
    DataError
        ``constant_item``, ``all_missing``, ``no_pair``, ``too_few_rows``, ``too_few_items``, ``not_categorical``.
    ArgumentError
        ``correct_negative``; keys or weights for counts, which carry theirs.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.codes[["A1", "A2", "A3"]]
    >>> found = ak.polychoric(answers)
    >>> found.correlations.round(3)
           A1     A2     A3
    A1  1.000 -0.409 -0.324
    A2 -0.409  1.000  0.556
    A3 -0.324  0.556  1.000

    Notes
    -----
    *Errors.* From the influence of each pair of answers on both steps (Muthén 1984), so they include the uncertainty of
    the thresholds; equal to lavaan's. Counts are enough, but not under sampling weights, whose squares they do not
    hold.

    *Fit.* ``.fit`` holds the likelihood-ratio test of a normal distribution behind each pair (complete rows, no
    sampling weights), and RMSEA, because with many people p rejects any model. In simulation the test at 5 % rejected
    true normality in 2 to 7 % of samples; thin cells pull it to either side.

    *Empty cells* are data like any others: their probability is made small. Where all answers lie on one ascending (or
    descending) chain of cells the likelihood rises up to ±1; the result says so in ``at_bound`` and gives no error.
    *Categories that nobody chose* are left out: they have no threshold.

    *Other programs.* psych's ``polychoric(correct=)`` has no effect with its default ``global=TRUE``; with
    ``global=FALSE`` it adds ``correct`` to empty cells and takes the thresholds from the corrected table of the pair.
    Its own maximiser stops within 4e-5. lavaan 0.6 replaces probabilities below 1.5e-8 by that number; where an answer
    is less likely than this (a very unusual pair of answers among strongly related items), its correlation is not the
    maximum of the likelihood, and differs from the one here. For two by two tables with an empty cell lavaan adds 0.5.

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika, 44,
    443–460.
    Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and continuous latent
    variable indicators. Psychometrika, 49, 115–132.
    """
    return repeat_for(
        _polychoric, items, by, weights=weights, frequencies=frequencies, keys=keys, scale=scale,
        missing=missing, correct=correct, smooth=smooth, level=level,
    )  # fmt: skip


def _polychoric(
    items: Answers,
    *,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    correct: float,
    smooth: bool,
    level: float,
) -> Polychoric:
    check_level(level)
    if not 0 <= correct < np.inf:
        raise ArgumentError("correct_negative", got=correct)
    tables = pair_tables(items, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies)
    first, second = np.triu_indices(len(tables.names), 1)
    tau = thresholds(tables.single)
    found = maximise(tau[first], tau[second], with_correction(tables, correct))
    matrix = np.eye(len(tables.names))
    matrix[first, second] = matrix[second, first] = found.rho
    smallest = smallest_eigenvalue(matrix)
    repair = smooth and smallest <= SMALLEST_EIGENVALUE
    shown = smoothed(matrix) if repair else matrix
    at_bound = tuple(f"{tables.names[first[i]]} × {tables.names[second[i]]}" for i in np.flatnonzero(found.at_bound))
    of_tau, of_rho = _errors(tables, tau, found)
    hidden = ~_has_threshold(tables.single)
    return Polychoric(
        inputs=tables.inputs,
        notices=_notices(tables, at_bound, smallest, float(np.abs(shown - matrix).max()) if repair else None),
        correlations=_square(shown, tables),
        thresholds=_per_code(np.where(hidden, np.nan, tau), tables),
        standard_errors=of_rho if isinstance(of_rho, Unavailable) else _square(of_rho, tables),
        threshold_errors=of_tau
        if isinstance(of_tau, Unavailable)
        else _per_code(np.where(hidden, np.nan, of_tau), tables),
        answers=_per_code(tables.single, tables),
        n_pair=_square(tables.n_pair, tables),
        fit=_fit(tables, tau, found),
        at_bound=at_bound,
        smallest_eigenvalue=smallest,
        repaired=bool(repair),
        correct=float(correct),
        level=level,
    )


def _square(values: np.ndarray, tables: PairTables) -> pd.DataFrame:
    return pd.DataFrame(values, index=list(tables.names), columns=list(tables.names))


def _per_code(values: Floats, tables: PairTables) -> pd.DataFrame:
    codes = pd.Index(tables.categories[: values.shape[1]], name="code")
    return pd.DataFrame(values, index=pd.Index(tables.names, name="item"), columns=codes)


def with_correction(tables: PairTables, correct: float) -> Floats:
    """(q, K, K) joint answers with ``correct`` in the empty cells of categories that both items use."""
    if correct == 0:
        return tables.pairs
    first, second = np.triu_indices(len(tables.names), 1)
    used = tables.single > 0
    empty = (tables.pairs == 0) & used[first][:, :, None] & used[second][:, None, :]
    return np.asarray(np.where(empty, correct, tables.pairs))


def _has_threshold(single: Floats) -> np.ndarray:
    """(p, K − 1) whether a code was chosen and a higher one too."""
    used = single > 0
    higher = np.cumsum(used[:, ::-1], axis=1)[:, -2::-1] > 0
    return np.asarray(used[:, :-1] & higher)


def _errors(tables: PairTables, tau: Floats, found: Maxima) -> tuple[Floats | Unavailable, Floats | Unavailable]:
    """Standard errors of thresholds (p, K − 1) and correlations (p, p)."""
    if tables.squares is None:
        return Unavailable("error_needs_rows"), Unavailable("error_needs_rows")
    first, second = np.triu_indices(len(tables.names), 1)
    on_tau = threshold_influence(tau, tables.single)
    n_item = tables.n_pair.diagonal()
    of_tau = np.sqrt(np.einsum("pkc,pk->pc", on_tau[:, :-1] ** 2, tables.squares[0]))
    of_tau = of_tau * np.sqrt(n_item / np.maximum(n_item - 1, 1))[:, None]
    inside = ~found.at_bound
    a, b = first[inside], second[inside]
    influence = correlation_influence(
        tau[a], tau[b], found.rho[inside], tables.pairs[inside], on_tau[a], on_tau[b]
    )  # fmt: skip
    of_rho = np.full(tables.n_pair.shape, np.nan)
    n = tables.n_pair[a, b]
    weight = with_missing(tables.squares[0], tables.squares[1][inside], a, b)
    of_rho[a, b] = of_rho[b, a] = standard_errors(influence, weight) * np.sqrt(n / (n - 1))
    return of_tau, of_rho


def _fit(tables: PairTables, tau: Floats, found: Maxima) -> pd.DataFrame | Unavailable:
    """The test of normality of each pair, where its likelihood is one."""
    if tables.inputs.weighting == "sampling":
        return Unavailable("normality_weights")
    if (tables.n_pair != tables.inputs.n_used).any():
        return Unavailable("normality_patchy")
    first, second = np.triu_indices(len(tables.names), 1)
    inside = ~found.at_bound
    a, b = first[inside], second[inside]
    numbers = np.full((4, len(first)), np.nan)
    numbers[:, inside] = likelihood_ratio(tau[a], tau[b], found.rho[inside], tables.pairs[inside])
    names = np.asarray(tables.names, dtype=object)
    values = dict(zip(("chisq", "df", "pvalue", "rmsea"), numbers, strict=True))
    frame = pd.DataFrame({"item": names[first], "with_item": names[second], **values})
    return frame.astype({"df": "Int64"})


def _notices(
    tables: PairTables, at_bound: tuple[str, ...], smallest: float, change: float | None
) -> tuple[Notice, ...]:
    found: list[Notice] = []
    used = tables.single > 0
    unused = {
        name: [tables.categories[k] for k in np.flatnonzero(~row)] for name, row in zip(tables.names, used, strict=True)
    }
    unused = {name: codes for name, codes in unused.items() if codes}
    if unused:
        said = [f"{name} ({', '.join(map(str, codes))})" for name, codes in unused.items()]
        found.append(Notice("categories_unused", "info", {"items": said}))
    first, second = np.triu_indices(len(tables.names), 1)
    empty = (tables.pairs == 0) & used[first][:, :, None] & used[second][:, None, :]
    n_empty = int(empty.any(axis=(1, 2)).sum())
    if n_empty:
        found.append(Notice("empty_cells", "info", {"n": n_empty, "n_pairs": len(first)}))
    if at_bound:
        found.append(Notice("correlation_at_bound", "warning", {"pairs": list(at_bound)}))
    if change is not None:
        found.append(Notice("matrix_smoothed", "warning", {"eigenvalue": smallest, "change": change}))
    elif smallest <= SMALLEST_EIGENVALUE:
        found.append(Notice("matrix_not_positive_definite", "warning", {"eigenvalue": smallest}))
    return tuple(found)
