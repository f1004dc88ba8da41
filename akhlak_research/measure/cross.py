"""Two background variables crossed: people, shares, and whether the two go together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.noncentral import noncentrality
from akhlak_research.core.results import Estimate, Inputs, Interval, Notice, Result, Unavailable, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.counts.frames import named_weights
from akhlak_research.counts.rows import weight_vector
from akhlak_research.responses.model import Responses

Floats = NDArray[np.float64]
Number = float | Unavailable
Of = Literal["row", "column", "all"]


@dataclass(frozen=True, slots=True)
class Side:
    """One variable of the table: its name, what it is called, and its categories with their labels."""

    variable: str
    name: Words
    values: tuple[str, ...]
    labels: tuple[Words, ...]


@result
class CrossTable(Result):
    """People by two variables.

    Attributes
    ----------
    rows, columns : Side
        Categories that somebody chose, in the instrument's order, else sorted.
    people : (r, c) int
        Unweighted.
    percent : (r, c) float
        Weighted under sampling weights; of what ``of`` says.
    residuals : (r, c) float
        Adjusted standardised residuals (unweighted): about standard normal where the variables are unrelated.
    of : {"row", "column", "all"}
    statistic, df, df_error, pvalue : float or Unavailable
        Pearson's χ² (``df_error`` unavailable); under sampling weights Rao and Scott's F.
    cramers_v : Estimate or Unavailable
        Corrected for bias.
    level : float
    """

    kind: ClassVar[str] = "cross_table"
    further_tables: ClassVar[tuple[str, ...]] = ("test",)
    rows: Side
    columns: Side
    people: NDArray[np.int64]
    percent: Floats
    residuals: Floats
    of: Of
    statistic: Number
    df: Number
    df_error: Number
    pvalue: Number
    cramers_v: Estimate | Unavailable
    level: float

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per pair of categories: ``row_category column_category n percent residual``; labels in ``lang``."""
        at_row, at_column = (index.ravel() for index in np.indices(self.people.shape))
        return pd.DataFrame(
            {
                "row_category": [self.rows.labels[i].say(lang) for i in at_row],
                "column_category": [self.columns.labels[i].say(lang) for i in at_column],
                "n": self.people.ravel(), "percent": self.percent.ravel(), "residual": self.residuals.ravel(),
            }
        )  # fmt: skip

    def counts(self, lang: Language | None = None) -> pd.DataFrame:
        """People, rows × columns, without margins: what ``protect`` takes."""
        columns = pd.Index([label.say(lang) for label in self.columns.labels], name=self.columns.name.say(lang))
        index = pd.Index([label.say(lang) for label in self.rows.labels], name=self.rows.name.say(lang))
        return pd.DataFrame(self.people, index=index, columns=columns)

    def test(self) -> pd.DataFrame:
        """One row: ``n statistic df df_error pvalue cramers_v_corrected ci_low ci_high``."""
        v = self.cramers_v
        return pd.DataFrame(
            [
                {
                    "n": self.inputs.n_used, "statistic": float(self.statistic), "df": float(self.df),
                    "df_error": float(self.df_error), "pvalue": float(self.pvalue), "cramers_v_corrected": v.estimate,
                    "ci_low": v.interval.low, "ci_high": v.interval.high,
                }
            ]
        )  # fmt: skip

    def headline(self) -> str:
        """The variables, their categories, and how closely they go together."""
        r, c = self.people.shape
        said = f", V {self.cramers_v.estimate:.2f}" if isinstance(self.cramers_v, Estimate) else ""
        return f"{self.rows.variable} × {self.columns.variable}: {r} × {c}, n={self.inputs.n_used}{said}"


def cross_table(
    responses: Responses | pd.DataFrame,
    rows: str,
    columns: str,
    *,
    of: Of = "row",
    weights: ArrayLike | str | None = None,
    level: float = 0.95,
) -> CrossTable:
    """Cross two variables: people, percentages, and a test that they are unrelated.

    Parameters
    ----------
    responses : Responses or DataFrame
        Answers as read, or any table with a row per person.
    rows, columns : str
        Background variables (or items, as answered) of Responses; columns of a DataFrame. Each must have at most 60
        categories.
    of : {"row", "column", "all"}
        What percentages are shares of.
    weights : array (n,) or name of a column, optional
        Sampling weights ≥ 0: weighted percentages and Rao and Scott's test for people drawn one by one; their scale
        does not matter, numbers of people stay unweighted. Responses bring their own.
    level : float
        Of the interval of V.

    Returns
    -------
    CrossTable
        ``.table()``, ``.counts()``, ``.test()``. People without an answer to either variable are left out and counted
        in ``inputs``. Cells below the threshold ``small_cell`` are named in a notice; ``protect(found.counts())`` hides
        them. With one category on a side there is no test, and with an expected number below 5 a notice.

    Raises
    ------
    ArgumentError
        ``by_unknown``, ``same_variable``, ``unknown_choice``, ``weights_twice``, ``weights_unknown``,
        ``level_out_of_range``.
    DataError
        ``no_rows``, ``weights_invalid``, ``too_many_categories``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.cross_table(ak.Study("data/bfi").responses, "gender", "education")
    >>> found
    <cross_table gender × education: 2 × 5, n=2577, V 0.08>
    >>> found.counts("en").loc["Male"].tolist()
    [93, 103, 356, 134, 152]

    Notes
    -----
    V = √(φ̃²/min(r̃ − 1, c̃ − 1)), φ̃² = max(0, χ²/n − (r − 1)(c − 1)/(n − 1)) (Bergsma 2013); its interval inverts the
    noncentral χ² of Pearson's statistic and is put through the same correction. Under sampling weights V comes from the
    weighted shares and has no interval here.

    References
    ----------
    Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the Korean Statistical Society,
    42, 323–328.
    Rao, J. N. K. & Scott, A. J. (1984). On chi-squared tests for multiway contingency tables with cell proportions
    estimated from survey data. Annals of Statistics, 12, 46–60.
    Haberman, S. J. (1973). The analysis of residuals in cross-classified tables. Biometrics, 29, 205–220.
    """
    check_level(level)
    check_choice(of, ("row", "column", "all"), "of")
    if rows == columns:
        raise ArgumentError("same_variable", got=rows)
    first, second = _column(responses, rows), _column(responses, columns)
    there = np.asarray((first.notna() & second.notna()).to_numpy(dtype=bool))
    w = _weights(responses, weights)
    there = there if w is None else there & (w > 0)
    if not there.any():
        raise DataError("no_rows")
    row_side, a = _side(responses, rows, first[there])
    column_side, b = _side(responses, columns, second[there])
    shape = (len(row_side.values), len(column_side.values))
    people = np.zeros(shape, dtype=np.int64)
    np.add.at(people, (a, b), 1)
    share = people / people.sum() if w is None else weighted_shares(a, b, w[there], shape)
    statistic, df, df_error, pvalue = _test(people, share, a, b, None if w is None else w[there])
    return CrossTable(
        inputs=_inputs((rows, columns), people, a, b, w, there),
        notices=_notices(people, row_side, column_side, isinstance(pvalue, float)),
        rows=row_side, columns=column_side, people=people, percent=100 * share / _whole(share, of),
        residuals=adjusted_residuals(people), of=of, statistic=statistic, df=df, df_error=df_error, pvalue=pvalue,
        cramers_v=_association(people, share, w is not None, level), level=level,
    )  # fmt: skip


def weighted_shares(a: NDArray[np.intp], b: NDArray[np.intp], w: Floats, shape: tuple[int, int]) -> Floats:
    """(r, c) shares of people at (a, b) with weights w, summing to 1."""
    return np.asarray(np.bincount(a * shape[1] + b, w, shape[0] * shape[1]).reshape(shape) / w.sum())


def pearson(share: Floats) -> float:
    """Σ (p − e)²/e of shares (r, c) whose margins are positive: χ²/n."""
    expected = share.sum(axis=1, keepdims=True) * share.sum(axis=0)
    return float(((share - expected) ** 2 / expected).sum())


def adjusted_residuals(people: NDArray[np.int64]) -> Floats:
    """(r, c) of (n − e)/√(e (1 − row share)(1 − column share)) (Haberman 1973); NaN with one category on a side."""
    n = people.sum()
    row, column = people.sum(axis=1, keepdims=True) / n, people.sum(axis=0) / n
    expected = n * row * column
    with np.errstate(invalid="ignore", divide="ignore"):
        out = (people - expected) / np.sqrt(expected * (1 - row) * (1 - column))
    return np.asarray(out if min(people.shape) > 1 else np.full(people.shape, np.nan))


def rao_scott(share: Floats, a: NDArray[np.intp], b: NDArray[np.intp], w: Floats) -> tuple[float, float, float]:
    """Second-order corrected F with its degrees of freedom (Rao & Scott 1984; Thomas & Rao 1987).

    Parameters
    ----------
    share : (r, c)
        Weighted shares, margins positive.
    a, b : (n,)
        Row and column of each person.
    w : (n,)
        Weights > 0.
    """
    r, c = share.shape
    n, p = len(w), share.ravel()
    # p̂ of each cell: Σ_i w_i²(e_i − p)(e_i − p)′/W² · n/(n − 1), from sums of squared weights per cell
    squared = np.bincount(a * c + b, (w / w.sum()) ** 2, r * c)
    covariance = np.diag(squared) - np.outer(squared, p) - np.outer(p, squared) + squared.sum() * np.outer(p, p)
    covariance *= n / (n - 1)
    # contrasts of interaction: what main effects leave
    main = np.column_stack([np.repeat(np.eye(r), c, axis=0), np.tile(np.eye(c), (r, 1))])
    basis = np.linalg.svd(main)[0][:, r + c - 1 :]
    expected = (share.sum(axis=1, keepdims=True) * share.sum(axis=0)).ravel()
    by = np.where(p > 0, 1 / np.where(p > 0, p, 1.0), 0.0)[:, None] * basis
    design = np.linalg.solve(basis.T @ by / n, by.T @ covariance @ by)
    trace = float(np.trace(design))
    df = trace**2 / float(np.trace(design @ design))
    statistic = n * float(((p - expected) ** 2 / expected).sum()) / trace
    return statistic, df, df * (n - 1)


def _column(responses: Responses | pd.DataFrame, name: str) -> pd.Series:
    if isinstance(responses, Responses):
        known = pd.concat([responses.groups, responses.codes], axis=1)
    elif isinstance(responses, pd.DataFrame):
        known = responses
    else:
        raise ArgumentError("items_type", got=type(responses).__name__, expected=("Responses", "DataFrame"))
    if name not in known.columns:
        raise ArgumentError("by_unknown", got=name, expected=[str(column) for column in known.columns])
    if list(known.columns).count(name) > 1:
        raise DataError("duplicate_items", column=name, got=[name])
    return known[name].reset_index(drop=True)


def _weights(responses: Responses | pd.DataFrame, given: ArrayLike | str | None) -> Floats | None:
    own = responses.weights if isinstance(responses, Responses) else None
    if own is not None and given is not None:
        raise ArgumentError("weights_twice")
    chosen = own if own is not None else named_weights(responses, given, "weights")[1]
    index = responses.codes.index if isinstance(responses, Responses) else responses.index
    return None if chosen is None else weight_vector(chosen, index, "weights")


def _side(responses: Responses | pd.DataFrame, variable: str, column: pd.Series) -> tuple[Side, NDArray[np.intp]]:
    """The variable's categories in use, and (n,) which one each person has."""
    name, labels, order = _same(variable), {}, []
    if isinstance(responses, Responses):
        for background in responses.instrument.groups:
            if background.code == variable:
                name, labels, order = background.name, dict(background.labels), list(background.labels)
    found = list(pd.unique(column))
    if len(found) > 60:
        raise DataError("too_many_categories", column=variable, got=len(found), expected=60)
    rest = sorted((value for value in found if value not in order), key=lambda value: (str(type(value)), value))
    values = [value for value in order if value in found] + rest
    place = {value: at for at, value in enumerate(values)}
    said = tuple(labels.get(value) or _same(_plain(value)) for value in values)
    side = Side(variable, name, tuple(_plain(value) for value in values), said)
    return side, np.array([place[value] for value in column], dtype=np.intp)


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _same(word: str) -> Words:
    return Words({"id": word, "en": word})


def _whole(share: Floats, of: Of) -> Floats:
    if of == "all":
        return np.ones((1, 1))
    return np.asarray(share.sum(axis=1 if of == "row" else 0, keepdims=True))


def _test(
    people: NDArray[np.int64], share: Floats, a: NDArray[np.intp], b: NDArray[np.intp], w: Floats | None
) -> tuple[Number, Number, Number, Number]:
    r, c = people.shape
    if min(r, c) < 2:
        none = Unavailable("one_category")
        return none, none, none, none
    if w is not None:
        statistic, df, df_error = rao_scott(share, a, b, w)
        return statistic, df, df_error, float(f_distribution.sf(statistic, df, df_error))
    statistic, df = int(people.sum()) * pearson(share), (r - 1) * (c - 1)
    return statistic, df, Unavailable("chisq_no_error_df"), float(chi2.sf(statistic, df))


def _association(people: NDArray[np.int64], share: Floats, weighted: bool, level: float) -> Estimate | Unavailable:
    r, c = people.shape
    n, df = int(people.sum()), (r - 1) * (c - 1)
    if min(r, c) < 2 or n < 2:
        return Unavailable("one_category")
    correct = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    if correct <= 0:
        return Unavailable("one_category")

    def of_phi(phi: float) -> float:
        return float(np.sqrt(min(max(phi - df / (n - 1), 0.0) / correct, 1.0)))

    none = Unavailable("v_weighted" if weighted else "interval_without_se")
    statistic = n * pearson(share)
    if weighted:
        return Estimate(of_phi(statistic / n), none, none, n)
    low, high = (noncentrality(statistic, df, tail) for tail in (0.5 + level / 2, 0.5 - level / 2))
    # noncentrality λ is χ² less df; of_phi takes df away again
    limits = Interval(of_phi((low + df) / n), of_phi((high + df) / n), level, "noncentral-chisq")
    return Estimate(of_phi(statistic / n), none, limits, n)


def _inputs(
    names: tuple[str, str],
    people: NDArray[np.int64],
    a: NDArray[np.intp],
    b: NDArray[np.intp],
    w: Floats | None,
    there: NDArray[np.bool_],
) -> Inputs:
    digest = hashlib.sha256(repr((names, people.shape)).encode())
    digest.update(a.astype(np.int64).tobytes() + b.astype(np.int64).tobytes())
    if w is not None:
        digest.update((w[there] / w[there].max()).tobytes())
    n_rows, n = len(there), int(people.sum())
    return Inputs(
        digest=digest.hexdigest(), n_rows=n_rows, n_used=n, n_dropped=n_rows - n, missing="listwise",
        weighting="none" if w is None else "sampling", items=(),
    )  # fmt: skip


def _notices(people: NDArray[np.int64], rows: Side, columns: Side, tested: bool) -> tuple[Notice, ...]:
    found = []
    limit = thresholds("small_cell")
    small = [
        f"{rows.values[i]} × {columns.values[j]}: {people[i, j]}"
        for i, j in np.argwhere(people > 0)
        if not limit.met(int(people[i, j]))
    ]
    if small:
        found.append(Notice("small_cells", "caution", {"n": len(small), "limit": limit.value, "cells": small}))
    expected = people.sum(axis=1, keepdims=True) * people.sum(axis=0) / people.sum()
    if tested and (expected < 5).any():
        values = {"n": int((expected < 5).sum()), "cells": expected.size, "smallest": float(expected.min())}
        found.append(Notice("expected_small", "caution", values))
    return tuple(found)
