"""Successive intervals (MSI): ordered categories scored by the normal distribution that their frequencies suggest."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.counts.engines import count_responses
from akhlak_research.counts.frames import settle
from akhlak_research.counts.rows import Keys, Scale, as_rows, refuse_twice
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.bounded import Floats
from akhlak_research.responses.model import Responses


@result
class SuccessiveIntervals(Result):
    """Scores of the categories of p items.

    Attributes
    ----------
    categories : tuple of int
        Keyed codes, ascending.
    answers : (p, K) float
        Answers per category; weighted sums under sampling weights.
    n : (p,) int
        People behind each item.
    thresholds : (p, K) float
        Upper limit of each category on the normal scale; infinite for the highest in use, NaN where nobody chose it.
    scale_values : (p, K) float
        Mean of the standard normal distribution between a category's limits.
    scores : (p, K) float
        ``scale_values`` moved so that the lowest category in use is 1.
    pearson : (p,) float
        Correlation of codes and scores over the item's answers.
    """

    kind: ClassVar[str] = "successive_intervals"
    further_tables: ClassVar[tuple[str, ...]] = ("per_item",)
    categories: tuple[int, ...]
    answers: Floats
    n: NDArray[np.int64]
    thresholds: Floats
    scale_values: Floats
    scores: Floats
    pearson: Floats

    def table(self) -> pd.DataFrame:
        """One row per item and category in use: ``item code answers percent cumulative_percent threshold scale_value
        score``; the threshold of the highest category does not exist."""
        share = 100 * self.answers / self.answers.sum(axis=1, keepdims=True)
        item, at = np.nonzero(self.answers > 0)
        threshold = self.thresholds[item, at]
        return pd.DataFrame(
            {
                "item": np.asarray(self.inputs.items, dtype=object)[item],
                "code": np.asarray(self.categories)[at],
                "answers": self.answers[item, at],
                "percent": share[item, at],
                "cumulative_percent": np.minimum(share.cumsum(axis=1)[item, at], 100.0),
                "threshold": np.where(np.isfinite(threshold), threshold, np.nan),
                "scale_value": self.scale_values[item, at],
                "score": self.scores[item, at],
            }
        )

    def per_item(self) -> pd.DataFrame:
        """One row per item: ``item n lowest_score highest_score pearson``: scores of its end categories, and how
        closely scores follow the codes."""
        return pd.DataFrame(
            {
                "item": list(self.inputs.items), "n": self.n, "lowest_score": np.nanmin(self.scores, axis=1),
                "highest_score": np.nanmax(self.scores, axis=1), "pearson": self.pearson,
            }
        )  # fmt: skip

    def transform(
        self, items: pd.DataFrame | Responses, *, keys: Keys | None = None, scale: Scale | None = None
    ) -> pd.DataFrame:
        """Answers as scores; missing answers stay missing.

        Parameters
        ----------
        items : DataFrame or Responses
            The same items; ``keys`` and ``scale`` of a DataFrame as they were given to ``successive_intervals``.

        Raises
        ------
        DataError
            ``msi_items_differ``; ``msi_code_unknown`` for a code that nobody chose when the scores were made.
        """
        if isinstance(items, Responses):  # without its weights: everybody gets a score
            refuse_twice(keys, scale, None, None)
            frame, turned = items.keyed, items.instrument.reversed_items
        else:
            frame, turned = settle(items, None, None)[0], ()
        rows = as_rows(frame, keys=keys, scale=scale)
        if rows.names != self.inputs.items or (turned or rows.reversed_items) != self.inputs.reversed_items:
            raise DataError("msi_items_differ", got=rows.names, expected=self.inputs.items)
        values, there = rows.values, ~np.isnan(rows.values)
        codes = np.asarray(self.categories, dtype=np.float64)
        place = np.searchsorted(codes, np.where(there, values, codes[0])).clip(max=len(codes) - 1)
        scored = self.scores[np.arange(len(rows.names)), place]
        unknown = there & ((codes[place] != values) | np.isnan(scored))
        if unknown.any():
            row, column = (int(at) for at in np.argwhere(unknown)[0])
            raise DataError("msi_code_unknown", row=row + 1, column=rows.names[column], got=float(values[row, column]))
        return pd.DataFrame(np.where(there, scored, np.nan), index=frame.index, columns=list(rows.names))

    def headline(self) -> str:
        """Items, categories and how little the scores change."""
        return f"{len(self.n)} items, {len(self.categories)} categories; r with the codes from {self.pearson.min():.3f}"


def successive_intervals(
    items: pd.DataFrame | Responses | Counts,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
) -> SuccessiveIntervals:
    """Scores by the method of successive intervals (*metode suksesif interval*, MSI), for comparison with work that
    used it.

    Each category of an item gets the mean of the standard normal distribution between the limits that its share of the
    answers suggests, moved so that the item's lowest category is 1. **It does not turn ordinal data into interval
    data**, as is customarily claimed: normality is supposed, not found; every item gets a scale of its own, which
    changes with the sample, so scores of two surveys cannot be compared; and correlations with the codes are usually
    above .95, so results hardly change. Analyses that need what MSI promises are ``polychoric``, ``cfa(ordered=…)``
    and ``irt``, which estimate the scale and its uncertainty.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Whole-number codes of one item or more. Each item uses all of its own answers.
    keys, scale : optional
        Reverse keying and limits of a DataFrame's codes.
    weights : array (n,), optional
        Sampling weights: shares of the population; their scale does not matter.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.

    Returns
    -------
    SuccessiveIntervals
        ``.table()`` per category, ``.per_item()``, ``.transform(answers)``. A category that nobody chose has no score.
        Nothing here has a standard error: the scores are a recoding.

    Raises
    ------
    DataError
        ``constant_item``, ``all_missing``, and what counting finds wrong with the codes.
    ArgumentError
        ``keyed_already``, ``weights_twice``: counts carry theirs.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> answers = pd.DataFrame({"a": [1, 2, 2, 3, 3, 3, 4, 4, 5, 5]})
    >>> scored = ak.successive_intervals(answers)
    >>> scored.table()[["code", "percent", "score"]].round(2).to_numpy().tolist()
    [[1.0, 10.0, 1.0], [2.0, 20.0, 1.89], [3.0, 30.0, 2.63], [4.0, 20.0, 3.29], [5.0, 20.0, 4.15]]

    References
    ----------
    Edwards, A. L. & Thurstone, L. L. (1952). An internal consistency check for scale values determined by the method of
    successive intervals. Psychometrika, 17, 169–180.
    """
    items, weights, frequencies = settle(items, weights, frequencies)
    if isinstance(items, Counts):
        refuse_twice(keys, scale, weights, frequencies)
        counts = items
    elif isinstance(items, pd.DataFrame | Responses):
        counts = count_responses(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    else:
        raise ArgumentError("items_type", got=type(items).__name__, expected=("DataFrame", "Responses", "Counts"))
    answers = counts.single_tables("pairwise").astype(np.float64)
    for name, used in zip(counts.items, (answers > 0).sum(axis=1), strict=True):
        if used < 2:
            raise DataError("all_missing" if used == 0 else "constant_item", column=name)
    thresholds, values = scale_values(answers)
    scores = values - np.nanmin(values, axis=1, keepdims=True) + 1
    return SuccessiveIntervals(
        inputs=counts.inputs(counts.n_used("pairwise"), "pairwise"),
        notices=(Notice("msi_caution", "caution"), *_unused(counts, answers)),
        categories=counts.categories, answers=answers, n=counts.pair_n("pairwise").diagonal().copy(),
        thresholds=thresholds, scale_values=values, scores=scores,
        pearson=_pearson(np.asarray(counts.categories, dtype=np.float64), scores, answers),
    )  # fmt: skip


def scale_values(answers: Floats) -> tuple[Floats, Floats]:
    """Upper limits τ and mean of the normal distribution between the limits: (φ(τ_{k−1}) − φ(τ_k)) / p_k.

    Parameters
    ----------
    answers : (p, K)
        Answers per category; a category without any gets NaN.

    Returns
    -------
    thresholds, values : (p, K)
    """
    used = answers > 0
    share = answers / answers.sum(axis=1, keepdims=True)
    below = np.minimum(share.cumsum(axis=1), 1.0)
    # nothing above: the limit is at infinity, whatever rounding left of the last share
    below = np.where(used & (np.cumsum(used[:, ::-1], axis=1)[:, ::-1] == 1), 1.0, below)
    limit = ndtri(below)
    height = np.exp(-(limit**2) / 2) / np.sqrt(2 * np.pi)
    before = np.concatenate([np.zeros((len(answers), 1)), height[:, :-1]], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (before - height) / share
    return np.where(used, limit, np.nan), np.where(used, values, np.nan)


def _pearson(codes: Floats, scores: Floats, answers: Floats) -> Floats:
    """(p,) correlation of codes and scores, each answer counting as often as it was given."""
    share = answers / answers.sum(axis=1, keepdims=True)
    scores = np.where(answers > 0, scores, 0.0)
    x = codes - (share @ codes)[:, None]
    y = scores - (share * scores).sum(axis=1, keepdims=True)
    xy, xx, yy = ((share * part).sum(axis=1) for part in (x * y, x * x, y * y))
    return np.asarray(xy / np.sqrt(xx * yy))


def _unused(counts: Counts, answers: Floats) -> tuple[Notice, ...]:
    said = [
        f"{name} ({', '.join(str(code) for code, n in zip(counts.categories, row, strict=True) if n == 0)})"
        for name, row in zip(counts.items, answers, strict=True)
        if (row == 0).any()
    ]
    return (Notice("categories_unused", "info", {"items": said}),) if said else ()
