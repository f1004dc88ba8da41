"""Scores of persons by a recipe: from keyed answers to one number per person and value, on the scale of the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs
from akhlak_research.counts.rows import Floats, Rows, as_rows
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.steps import ScoreMethod, aggregate_methods, normalise_methods, score_methods
from akhlak_research.instrument.model import Instrument
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import Ints


@dataclass(frozen=True, slots=True)
class PersonScores:
    """Scores of n persons on k values.

    Attributes
    ----------
    y : (n, k) float
        NaN where too little was answered. With ``persons: same`` there are no gaps: people with any are left out.
    w : (n,) float
        Sampling weights > 0, or ones.
    unit : (n,) int or None
        Position of each person's unit in ``unit_names``, −1 where missing.
    unit_names : tuple of str
        Units in sorted order, some perhaps without a score.
    values : tuple of str
        Codes of the dimensions.
    aggregate : (k,) float
        Weights of the values in the total, summing to 1.
    low, high : float
        Lowest and highest score possible.
    row : (n,) int
        Their rows in the answers.
    left_out : int
        People left out for missing answers.
    inputs : Inputs
        ``n_dropped`` are these and the people of weight 0.
    """

    y: Floats
    w: Floats
    unit: Ints | None
    unit_names: tuple[str, ...]
    values: tuple[str, ...]
    aggregate: Floats
    low: float
    high: float
    row: Ints
    left_out: int
    inputs: Inputs


def score_persons(
    responses: Responses, recipe: Recipe, unit: pd.Series | None = None, scores: pd.DataFrame | None = None
) -> PersonScores:
    """Apply the steps score, normalise and weight of a recipe.

    Parameters
    ----------
    responses : Responses
    recipe : Recipe
    unit : Series of length n, optional
        Unit of each person.
    scores : DataFrame, optional
        Scores of persons on 0–100 instead of the steps score and normalise.

    Raises
    ------
    DataError
        ``recipe_mixed_scales``, ``recipe_top_outside``, ``recipe_weights_unknown``, ``nobody_scored``,
        ``scores_columns``, ``scores_rows``, ``scores_range``; those of reading rows.
    """
    rows = as_rows(responses)
    codes, names = (None, ()) if unit is None else _units(unit, responses)
    instrument = responses.instrument
    values = tuple(dimension.code for dimension in instrument.dimensions)
    aggregate = aggregate_weights(recipe, values)
    row = np.arange(len(responses.codes))
    if responses.weights is not None:
        row = row[np.asarray(responses.weights, dtype=np.float64) > 0]
    if scores is None:
        y, low, high = _scored(rows, instrument, values, recipe)
    else:
        y, low, high = _given(scores, responses, values)[row], 0.0, 100.0
    some = ~np.isnan(y)
    together = np.all if recipe["score"]["persons"] == "same" else np.any
    keep: NDArray[np.bool_] = together(some, axis=1)
    if not keep.any():
        raise DataError("nobody_scored", got=0, n_rows=len(keep))
    w = np.ones(len(y)) if rows.weights is None else rows.weights
    return PersonScores(
        y=y[keep], w=w[keep], unit=None if codes is None else codes[keep], unit_names=names,
        values=values, aggregate=aggregate, low=low, high=high, row=row[keep], left_out=int((~keep).sum()),
        inputs=rows.inputs(int(keep.sum()), recipe["score"]["persons"]),
    )  # fmt: skip


def _scored(
    rows: Rows, instrument: Instrument, values: Sequence[str], recipe: Recipe
) -> tuple[Floats, float, float]:
    """(n, k) scores by the recipe, and their common limits."""
    made = [_score(rows, instrument, instrument.items_of(value), recipe) for value in values]
    limits = sorted({(low, high) for _, low, high in made})
    if len(limits) > 1:
        raise DataError("recipe_mixed_scales", got=[f"{low:g}–{high:g}" for low, high in limits], where=values)
    return np.stack([y for y, _, _ in made], axis=1), *limits[0]


def _given(scores: pd.DataFrame, responses: Responses, values: Sequence[str]) -> Floats:
    """(n, k) scores of persons that a model made, checked."""
    if not isinstance(scores, pd.DataFrame):
        raise ArgumentError("scores_type", got=type(scores).__name__, expected="DataFrame")
    if set(map(str, scores.columns)) != set(values):
        raise DataError("scores_columns", got=[str(c) for c in scores.columns], expected=list(values))
    if not scores.index.equals(responses.codes.index):
        raise DataError("scores_rows", got=len(scores), expected=len(responses.codes))
    y = scores[list(values)].to_numpy(dtype=np.float64)
    outside = np.argwhere((y < 0) | (y > 100))
    if len(outside):
        at, value = (int(i) for i in outside[0])
        raise DataError("scores_range", row=at + 2, column=values[value], got=float(y[at, value]), expected="0–100")
    return y


def aggregate_weights(recipe: Recipe, values: Sequence[str]) -> Floats:
    """(k,) weights of the values in the total, summing to 1; NaN where the recipe makes no total.

    Raises
    ------
    DataError
        ``recipe_weights_unknown`` where the weights of the recipe and the dimensions are not the same.
    """
    method = aggregate_methods[recipe["aggregate"]["method"]]
    if not method.total:
        return np.full(len(values), np.nan)
    if not method.weighted:
        return np.full(len(values), 1 / len(values))
    declared = recipe.weights or {}
    odd = sorted(set(declared) ^ set(values))
    if odd:
        raise DataError("recipe_weights_unknown", got=odd, expected=list(values))
    weights = np.array([declared[value] for value in values], dtype=np.float64)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _score(rows: Rows, instrument: Instrument, items: Sequence[str], recipe: Recipe) -> tuple[Floats, float, float]:
    """(n,) scores of one value and their limits."""
    method = score_methods[recipe["score"]["method"]]
    normalise = normalise_methods[recipe["normalise"]["method"]]
    scales = [instrument.scale_of(item) for item in items]
    low, high = (np.array([getattr(s, end) for s in scales], dtype=np.float64) for end in ("low", "high"))
    _check_scales(method, low, high, recipe["score"]["top_answers"], items)
    x = rows.values[:, [rows.names.index(item) for item in items]]
    scored = method.kernel(x, low, high, recipe["score"]["top_answers"] or 0)
    score = mean_of_answered(scored, recipe["score"]["minimum_answered"])
    ends = method.limits(float(low[0]), float(high[0]))
    return normalise.kernel(score, *ends), *normalise.limits(*ends)


def _check_scales(method: ScoreMethod, low: Floats, high: Floats, top: int | None, items: Sequence[str]) -> None:
    same = bool((low == low[0]).all() and (high == high[0]).all())
    if not same and not method.mixes_scales:
        found = sorted({f"{a:g}–{b:g}" for a, b in zip(low, high, strict=True)})
        raise DataError("recipe_mixed_scales", got=found, where=list(items))
    if top is not None and bool((top > high - low).any()):
        short = int(np.argmin(high - low))
        raise DataError("recipe_top_outside", column=items[short], got=top, expected=int(high[short] - low[short]))


def mean_of_answered(scored: Floats, minimum: float) -> Floats:
    """(n,) means over the answered items of (n, q); NaN where less than the share ``minimum`` was answered."""
    there = ~np.isnan(scored)
    answered = there.sum(axis=1)
    enough = (answered >= minimum * scored.shape[1] - 1e-9) & (answered > 0)
    total = np.where(there, scored, 0.0).sum(axis=1)
    return np.where(enough, total / np.maximum(answered, 1), np.nan)


def _units(unit: pd.Series, responses: Responses) -> tuple[Ints, tuple[str, ...]]:
    """(n,) positions of units, and their names, for the rows that ``as_rows`` keeps: those with a weight above 0."""
    position, distinct = pd.factorize(unit)
    said = [str(label) for label in distinct]
    names = tuple(sorted(set(said)))
    lookup = {name: at for at, name in enumerate(names)}
    place = np.array([*(lookup[name] for name in said), -1], dtype=np.int64)
    codes = place[position]
    if responses.weights is not None:
        codes = codes[np.asarray(responses.weights, dtype=np.float64) > 0]
    return codes, names
