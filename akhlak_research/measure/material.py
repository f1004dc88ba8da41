"""What a reliability coefficient is computed from: moments always, rows where they exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.refusals import group_refused
from akhlak_research.core.results import ByGroup, Inputs, Notice, Result, Unavailable
from akhlak_research.counts.moments import Items, Missing, Moments, as_moments
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, repeat_by
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.sampling_error import (
    error_of_mean,
    influence,
    normal_theory_error,
    pairwise_influence,
)
from akhlak_research.responses.model import Responses

if TYPE_CHECKING:
    import pandas as pd

R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Material:
    """Moments of p items, and the rows behind them.

    Attributes
    ----------
    moments : Moments
    rows : Rows or None
        The rows that entered: complete ones (listwise), or all with an answer (pairwise). None for counts and moments.
    notices : tuple of Notice
        What must be known where the items are treated as one scale.
    """

    moments: Moments
    rows: Rows | None
    notices: tuple[Notice, ...] = ()

    @property
    def inputs(self) -> Inputs:
        """Provenance."""
        return self.moments.inputs

    @property
    def sampled(self) -> bool:
        """Whether sampling weights are in the moments."""
        return self.inputs.weighting == "sampling"

    @property
    def origin(self) -> str:
        """What ``standard_error`` rests on: ``adf`` (any distribution), ``linearised`` (sampling weights, any
        distribution) or ``normal-theory``."""
        return "normal-theory" if self.rows is None else "linearised" if self.sampled else "adf"

    @property
    def patchy(self) -> bool:
        """Whether covariances rest on different people: pairwise deletion with answers missing."""
        return bool((self.moments.n_pair != self.moments.n).any())

    @property
    def smallest_n(self) -> int:
        """People behind the least answered pair; without missing answers, all."""
        return int(self.moments.n_pair.min())

    def take(self, names: Sequence[str]) -> Material:
        """The same people and some of their items."""
        rows = None if self.rows is None else take_items(self.rows, names)
        return Material(self.moments.take(names), rows)

    def standard_error(self, gradient: Floats, *, of_correlations: bool = False) -> float | Unavailable:
        """Standard error of a function of the covariances (or correlations) with this gradient (p, p).

        From rows without any assumption on the distribution, under sampling weights and pairwise deletion too; from
        moments alone by normal theory, with the smallest n of a pair.
        """
        return self.standard_errors((gradient, of_correlations))[0]

    def standard_errors(self, *gradients: tuple[Floats, bool]) -> list[float | Unavailable]:
        """The same for several gradients, each with whether it is of the correlations, in one pass over the rows."""
        if self.rows is None:
            if self.sampled:
                return [Unavailable("error_needs_rows")] * len(gradients)
            matrices = {True: self.moments.correlation, False: self.moments.cov}
            return [normal_theory_error(matrices[flag], g, self.smallest_n) for g, flag in gradients]
        weights = self.rows.weights
        found = [error_of_mean(part, weights, sampling=self.sampled) for part in self._parts(gradients)]
        return [error if np.isfinite(error) else Unavailable("error_needs_three_rows") for error in found]

    def _parts(self, gradients: Sequence[tuple[Floats, bool]]) -> Iterable[Floats]:
        assert self.rows is not None
        values = self.rows.values
        if self.patchy:
            weights = np.ones(len(values)) if self.rows.weights is None else self.rows.weights
            return (pairwise_influence(values, weights, g, of_correlations=flag) for g, flag in gradients)
        sd = np.sqrt(np.diag(self.moments.cov))  # z′Gz of standardised answers is z′(G / ss′)z
        return influence(values, self.moments.mean, [g / np.outer(sd, sd) if flag else g for g, flag in gradients])


def gather(
    items: Items,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    allow_constant: bool = False,
) -> Material:
    """Moments and rows of anything that holds answers, at least two items of them.

    Raises
    ------
    DataError
        As ``as_rows`` and ``as_moments``.
    ArgumentError
        ``keyed_already``, ``weights_twice``: counts, moments and prepared rows carry theirs.
    """
    if isinstance(items, Counts | Moments | Rows):
        if keys is not None:
            raise ArgumentError("keyed_already")
        if weights is not None or frequencies is not None:
            raise ArgumentError("weights_twice")
    if isinstance(items, Counts | Moments):
        return Material(as_moments(items, missing=missing, allow_constant=allow_constant), None)
    said = several_dimensions(items)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    moments = as_moments(rows, missing=missing, allow_constant=allow_constant)
    all_used = missing == "listwise" and moments.inputs.n_dropped == 0
    return Material(moments, rows if all_used else used_rows(rows, missing), said)


def for_each(
    build: Callable[[Material], R],
    items: Items,
    *,
    by: str | pd.Series | None,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
) -> R | ByGroup[R]:
    """``build`` on the material of the items, or on that of each group of ``by``."""

    def of_part(part: Items, **data: Any) -> R:
        return build(gather(part, keys=keys, scale=scale, missing=missing, **data))

    return repeat_for(of_part, items, by, weights=weights, frequencies=frequencies)


def used_rows(rows: Rows, missing: str) -> Rows:
    """The rows that a choice of ``missing`` leaves: complete ones, or those with at least one answer."""
    if missing == "listwise":
        return rows.complete()
    return rows.where(np.asarray(~np.isnan(rows.values).all(axis=1)))


def take_items(rows: Rows, names: Sequence[str]) -> Rows:
    """The rows with some of their items; ``digest`` and ``n_rows`` still describe all."""
    at = [rows.names.index(name) for name in names]
    reversed_items = tuple(name for name in rows.reversed_items if name in names)
    return replace(rows, values=rows.values[:, at], names=tuple(names), reversed_items=reversed_items)


def repeat_for(
    function: Callable[..., R],
    items: Items,
    by: str | pd.Series | None,
    *,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    **options: Any,
) -> R | ByGroup[R]:
    """``function`` on the items, or on each group, of rows or of counts that were made with the same ``by``."""
    if by is None:
        return function(items, weights=weights, frequencies=frequencies, **options)
    if isinstance(items, Counts):
        if by != items.by:
            raise ArgumentError("by_unknown", got=str(by), expected=items.by)
        return _repeat_for_counts(function, items, weights=weights, frequencies=frequencies, **options)
    if isinstance(items, Moments | Rows):
        raise ArgumentError("items_type", got=type(items).__name__, expected=("DataFrame", "Responses", "Counts"))
    return repeat_by(function, items, by, weights=weights, frequencies=frequencies, **options)


def _repeat_for_counts(function: Callable[..., R], counts: Counts, **options: Any) -> ByGroup[R]:
    parts: dict[Any, R] = {}
    notices: list[Notice] = []
    for group in counts.groups:
        try:
            parts[group] = function(counts.of_group(group), **options)
        except (DataError, MethodError) as error:
            notices.append(group_refused(group, error))
    return ByGroup(by=str(counts.by), parts=parts, notices=tuple(notices))


def several_dimensions(items: object) -> tuple[Notice, ...]:
    """A warning where answers to several dimensions are about to be treated as one scale."""
    if isinstance(items, Responses) and len(items.instrument.dimensions) > 1:
        return (Notice("several_dimensions", "warning", {"n": len(items.instrument.dimensions)}),)
    return ()


def dimensions_of(items: Items, dimensions: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]] | None:
    """Dimension to items: as given, else the instrument's or the counts'; None where nothing says there are several."""
    if dimensions is not None:
        return {str(name): tuple(map(str, members)) for name, members in dimensions.items()}
    if isinstance(items, Responses):
        known = items.instrument
        return {dimension.code: known.items_of(dimension.code) for dimension in known.dimensions}
    if isinstance(items, Counts) and items.dimensions:
        return {dimension.name: dimension.items for dimension in items.dimensions}
    return None
