"""The index as a function of what is uncertain in it: who answered, which items were asked, how it is made."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.counts.rows import Rows, as_rows
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.scores import aggregate_weights
from akhlak_research.index.steps import aggregate_methods, normalise_methods, score_methods
from akhlak_research.responses.model import Responses
from akhlak_research.survey.linearised import Floats, Ints

#: changes of a recipe: step → settings
Change = Mapping[str, Mapping[str, Any]]
SAMPLING, ITEMS, WEIGHTS = "sampling", "items", "value_weights"


@dataclass(frozen=True, slots=True)
class Variant:
    """A recipe made ready: scored items (n, q), minimum share, normalisation, weights of the values."""

    scored: Floats
    minimum: float
    same: bool
    normalise: str
    low: float
    high: float
    aggregate: Floats


@dataclass(slots=True)
class RecipeModel:
    """Evaluates the index for rows of levels, one level per factor.

    Attributes
    ----------
    factors : tuple of str
        ``sampling``, ``items``, ``value_weights`` where used, then the names of the alternatives.
    sizes : tuple of int
        Levels of each.
    """

    dimension: Ints
    k: int
    unit: Ints
    g: int
    base: Floats
    samples: Floats
    item_counts: Floats
    value_weights: Floats
    variants: dict[tuple[int, ...], Variant]
    factors: tuple[str, ...]
    sizes: tuple[int, ...]
    _scores: dict[tuple[tuple[int, ...], int], Floats] = field(default_factory=dict)

    def evaluate(self, levels: Ints) -> Floats:
        """(rows, 1 + g) totals: of all respondents, then of each unit.

        Parameters
        ----------
        levels : (rows, factors) int
        """
        out = np.empty((len(levels), 1 + self.g))
        at = {name: place for place, name in enumerate(self.factors)}
        columns = [at[name] for name in self.factors if name not in (SAMPLING, ITEMS, WEIGHTS)]
        items = levels[:, at[ITEMS]] if ITEMS in at else np.zeros(len(levels), dtype=np.int64)
        keys = np.column_stack([levels[:, columns], items]) if columns else items[:, None]
        _, group = np.unique(keys, axis=0, return_inverse=True)
        for which in range(int(group.max()) + 1):
            rows = np.flatnonzero(group.ravel() == which)
            first = rows[0]
            variant = self.variants[tuple(int(levels[first, column]) for column in columns)]
            y = self._persons(variant, int(items[first]))
            for row in rows:
                w = self.base if SAMPLING not in at else self.base * self.samples[levels[row, at[SAMPLING]]]
                a = variant.aggregate
                if WEIGHTS in at:
                    a = a * self.value_weights[levels[row, at[WEIGHTS]]]
                    a = a / a.sum()
                out[row] = self._means(y, w) @ a
        return out

    def _persons(self, variant: Variant, items: int) -> Floats:
        """(n, k) scores of the values from the items drawn."""
        count = self.item_counts[items]
        there = ~np.isnan(variant.scored)
        member = self.dimension[:, None] == np.arange(self.k)
        picked = member * count[:, None]
        answered = there @ picked
        y = np.where(there, variant.scored, 0.0) @ picked
        enough = (answered >= variant.minimum * picked.sum(axis=0) - 1e-9) & (answered > 0)
        score = np.where(enough, y / np.where(enough, answered, 1.0), np.nan)
        score = normalise_methods[variant.normalise].kernel(score, variant.low, variant.high)
        if variant.same:
            score[np.isnan(score).any(axis=1)] = np.nan
        return score

    def _means(self, y: Floats, w: Floats) -> Floats:
        """(1 + g, k) weighted means."""
        there = ~np.isnan(y)
        filled = np.where(there, y, 0.0)
        out = np.empty((1 + self.g, self.k))
        inside = self.unit >= 0
        for value in range(self.k):
            weight = w * there[:, value]
            above, below = weight * filled[:, value], weight
            out[0, value] = above.sum() / below.sum()
            if self.g:
                total = np.bincount(self.unit[inside], below[inside], self.g)
                sums = np.bincount(self.unit[inside], above[inside], self.g)
                out[1:, value] = np.where(total > 0, sums / np.where(total > 0, total, 1.0), np.nan)
        return out


def recipe_model(
    responses: Responses, recipe: Recipe, alternatives: Mapping[str, Sequence[Change]], unit: Ints, g: int, *,
    draws: Floats | None, items: int, weight_spread: float | None, rng: np.random.Generator,
) -> RecipeModel:  # fmt: skip
    """Build the model: draws of respondents (factors of their weights) and items (within values), and every recipe.

    Raises
    ------
    ArgumentError
        ``alternatives_invalid``.
    DataError
        ``alternatives_overlap``, ``uncertainty_no_total``, ``recipe_mixed_scales``; those of reading recipes.
    """
    rows = as_rows(responses)
    instrument = responses.instrument
    values = [dimension.code for dimension in instrument.dimensions]
    belongs = {item.code: values.index(item.dimension) for item in instrument.items}
    dimension = np.array([belongs[name] for name in rows.names], dtype=np.int64)
    options = list(alternatives.values())
    _check_alternatives(alternatives)
    variants = {
        levels: _variant(rows, responses, recipe, [options[at][level] for at, level in enumerate(levels)], values)
        for levels in itertools.product(*(range(len(option)) for option in options))
    }
    factors: list[tuple[str, int]] = []
    n = len(rows.values)
    samples, counts = np.ones((1, n)) if draws is None else draws, np.ones((1, len(rows.names)))
    spread = np.ones((1, len(values)))
    if draws is not None:
        factors.append((SAMPLING, len(draws)))
    if items:
        counts = _draw_items(dimension, items, rng)
        factors.append((ITEMS, items))
    if weight_spread is not None:
        spread = 1 + weight_spread * rng.uniform(-1, 1, (256, len(values)))
        factors.append((WEIGHTS, 256))
    factors += [(name, len(option)) for name, option in alternatives.items()]
    base = np.ones(n) if rows.weights is None else rows.weights
    return RecipeModel(
        dimension, len(values), unit, g, base, samples, counts, spread, variants, tuple(name for name, _ in factors),
        tuple(size for _, size in factors),
    )


def _check_alternatives(alternatives: Mapping[str, Sequence[Change]]) -> None:
    seen: dict[str, str] = {}
    for name, options in alternatives.items():
        if name in (SAMPLING, ITEMS, WEIGHTS) or isinstance(options, Mapping | str) or len(options) < 2:
            raise ArgumentError("alternatives_invalid", got=name)
        for step in {step for option in options for step in option}:
            if seen.setdefault(step, name) != name:
                raise DataError("alternatives_overlap", step=step, got=[seen[step], name])


def _variant(rows: Rows, responses: Responses, recipe: Recipe, changes: list[Change], values: list[str]) -> Variant:
    for change in changes:
        for step, settings in change.items():
            recipe = recipe.changed(step, **settings)
    method = score_methods[recipe["score"]["method"]]
    if not aggregate_methods[recipe["aggregate"]["method"]].total:
        raise DataError("uncertainty_no_total")
    scales = [responses.instrument.scale_of(item) for item in rows.names]
    low, high = (np.array([getattr(s, end) for s in scales], dtype=np.float64) for end in ("low", "high"))
    if not method.mixes_scales and (np.ptp(low) or np.ptp(high)):
        found = sorted({f"{a:g}–{b:g}" for a, b in zip(low, high, strict=True)})
        raise DataError("recipe_mixed_scales", got=found, where=list(rows.names)[:5])
    ends = method.limits(float(low[0]), float(high[0]))
    return Variant(
        method.kernel(rows.values, low, high, recipe["score"]["top_answers"] or 0), recipe["score"]["minimum_answered"],
        recipe["score"]["persons"] == "same", recipe["normalise"]["method"], *ends, aggregate_weights(recipe, values),
    )  # fmt: skip


def _draw_items(dimension: Ints, size: int, rng: np.random.Generator) -> Floats:
    """(size, q) how often each item is drawn, with replacement within its value."""
    out = np.zeros((size, len(dimension)))
    for value in np.unique(dimension):
        rows = np.flatnonzero(dimension == value)
        at = rng.integers(0, len(rows), (size, len(rows))) + np.arange(size)[:, None] * len(rows)
        out[:, rows] = np.bincount(at.ravel(), minlength=size * len(rows)).reshape(size, len(rows))
    return out
