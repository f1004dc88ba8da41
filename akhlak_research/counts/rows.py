"""Rows of answers made ready for arithmetic: numeric, keyed, weighted, with nothing guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.refusals import group_refused
from akhlak_research.core.results import ByGroup, Inputs, Notice, Result
from akhlak_research.counts.blocks import hash_answers
from akhlak_research.counts.frames import number_columns, settle
from akhlak_research.counts.tables import Counts
from akhlak_research.responses.model import Responses

Floats: TypeAlias = NDArray[np.float64]
Weighting = Literal["none", "frequency", "sampling"]
Keys: TypeAlias = Mapping[str, int]
Scale: TypeAlias = tuple[float, float]
R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Rows:
    """Answers as an array.

    Attributes
    ----------
    values : (n, p) float
        Keyed answers; NaN where missing. Rows of weight zero are gone.
    names : tuple of str
        The p items.
    weights : (n,) float or None
        Frequencies, or sampling weights as given.
    weighting : {"none", "frequency", "sampling"}
    reversed_items : tuple of str
        Items whose codes were turned (low + high − code).
    digest : str
        SHA-256 of names, keyed values and weights.
    n_rows : int
        Rows that came in; with frequencies their sum.
    source : str
        File they were read from, for errors.
    """

    values: Floats
    names: tuple[str, ...]
    weights: Floats | None
    weighting: Weighting
    reversed_items: tuple[str, ...]
    digest: str
    n_rows: int
    source: str = ""

    @property
    def multiplicity(self) -> Floats:
        """How many people a row stands for in n: its frequency, else 1."""
        if self.weighting == "frequency":
            assert self.weights is not None
            return self.weights
        return np.ones(len(self.values))

    def where(self, keep: NDArray[np.bool_]) -> Rows:
        """The rows marked True; ``n_rows`` and ``digest`` still describe all of them."""
        weights = None if self.weights is None else self.weights[keep]
        return replace(self, values=self.values[keep], weights=weights)

    def complete(self) -> Rows:
        """The rows without a missing answer (listwise deletion)."""
        missing = np.isnan(self.values)
        return self.where(np.asarray(~missing.any(axis=1))) if missing.any() else self

    def inputs(self, n_used: int, missing: str) -> Inputs:
        """The note on inputs that a result carries."""
        return Inputs(
            digest=self.digest, n_rows=self.n_rows, n_used=n_used, n_dropped=self.n_rows - n_used, missing=missing,
            weighting=self.weighting, items=self.names, reversed_items=self.reversed_items,
        )  # fmt: skip


def as_rows(
    items: pd.DataFrame | Responses | Rows,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
) -> Rows:
    """Answers ready for arithmetic.

    Parameters
    ----------
    items : DataFrame, 2-d array, Series or Responses
        Item codes, respondents × items; the columns of an array are called V1, V2, …. Responses bring their own keys,
        scale and weights.
    keys : mapping, optional
        ``{"A1": -1}`` turns item A1 around (low + high − code); needs ``scale``.
    scale : (low, high), optional
        Limits of the codes of a DataFrame; a code outside is an error.
    weights : array of length n or str, optional
        Sampling weights, ≥ 0, or the name of their column (then no item). Their scale does not matter.
    frequencies : array of length n or str, optional
        Row counts, whole numbers ≥ 0, or the name of their column.

    Raises
    ------
    DataError
        ``no_rows``, ``no_items``, ``duplicate_items``, ``not_numeric``, ``infinite_value``, ``outside_scale``,
        ``weights_invalid``, ``frequencies_invalid``.
    ArgumentError
        ``items_type``, ``keys_unknown``, ``keys_value``, ``keys_need_scale``, ``keyed_already``, ``weights_twice``.
    """
    if isinstance(items, Rows):
        refuse_twice(keys, scale, weights, frequencies)
        return items
    items, weights, frequencies = settle(items, weights, frequencies)
    if isinstance(items, Responses):
        if items.weights is not None:
            refuse_twice(keys, scale, weights, frequencies)
            weights = items.weights
        else:
            refuse_twice(keys, scale, None, None)
        frame = items.keyed
        reversed_items = tuple(name for name in items.instrument.reversed_items if name in frame.columns)
        values = number_columns(frame)
    elif isinstance(items, pd.DataFrame):
        frame = items
        values = number_columns(frame)
        reversed_items = reversed_by([str(c) for c in frame.columns], keys, scale)
        if scale is not None:
            values = _keyed(values, [str(c) for c in frame.columns], reversed_items, scale)
    else:
        raise ArgumentError("items_type", got=type(items).__name__, expected=("DataFrame", "Responses", "Counts"))
    if weights is not None and frequencies is not None:
        raise ArgumentError("weights_twice")
    names = tuple(str(c) for c in frame.columns)
    rows = _weighted(values, names, reversed_items, weights, frequencies, frame.index)
    return replace(rows, source=items.source if isinstance(items, Responses) else "")


def refuse_twice(
    keys: Keys | None, scale: Scale | None, weights: ArrayLike | None, frequencies: ArrayLike | None
) -> None:
    """Refuse keys or weights for data that were keyed and weighted before; to ignore them would be worse."""
    if keys is not None or scale is not None:
        raise ArgumentError("keyed_already")
    if weights is not None or frequencies is not None:
        raise ArgumentError("weights_twice")


def plain_keys(keys: Keys | None) -> dict[str, int]:
    """Keys by the names that columns have as text; ``keys_value`` where they are no mapping."""
    if keys is not None and not isinstance(keys, Mapping):
        raise ArgumentError("keys_value", got=str(keys))
    return {str(name): sign for name, sign in (keys or {}).items()}


def reversed_by(items: Sequence[str], keys: Keys | None, scale: Scale | None) -> tuple[str, ...]:
    """The items that ``keys`` turns around, in their order; keys and scale are checked."""
    if scale is not None and not scale[0] < scale[1]:
        raise ArgumentError("scale_limits", got=scale)
    signs = plain_keys(keys)
    names = set(items)
    unknown = [name for name in signs if name not in names]
    if unknown:
        raise ArgumentError("keys_unknown", got=unknown, expected=list(items))
    odd = {name: sign for name, sign in signs.items() if sign not in (1, -1)}
    if odd:
        raise ArgumentError("keys_value", got=str(odd))
    reversed_items = tuple(name for name in items if signs.get(name) == -1)
    if reversed_items and scale is None:
        raise ArgumentError("keys_need_scale", got=reversed_items)
    return reversed_items


def _keyed(values: Floats, names: list[str], reversed_items: tuple[str, ...], scale: Scale) -> Floats:
    low, high = scale
    outside = (values < low) | (values > high)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise DataError(
            "outside_scale", column=names[column], row=int(row) + 1, got=float(values[row, column]),
            expected=f"{low:g}–{high:g}", count=int(outside.sum()),
        )  # fmt: skip
    turn = np.array([name in reversed_items for name in names])
    return np.where(turn, low + high - values, values)


def _weighted(
    values: Floats,
    names: tuple[str, ...],
    reversed_items: tuple[str, ...],
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    index: pd.Index,
) -> Rows:
    weighting: Weighting = "none"
    vector: Floats | None = None
    if weights is not None:
        vector, weighting = weight_vector(weights, index, "weights"), "sampling"
    elif frequencies is not None:
        vector, weighting = weight_vector(frequencies, index, "frequencies"), "frequency"
        if (vector != np.round(vector)).any():
            raise DataError("frequencies_invalid", got=float(vector[vector != np.round(vector)][0]))
    n_rows = len(values) if weighting != "frequency" or vector is None else int(vector.sum())
    if vector is not None:
        values, vector = values[vector > 0], vector[vector > 0]
        if len(values) == 0:
            raise DataError("no_rows")
    digest = hashlib.sha256(repr((names, weighting)).encode())
    hash_answers(values, digest)
    if vector is not None:
        # the scale of sampling weights changes no result, so it must not change the digest either
        digest.update((vector / vector.max() if weighting == "sampling" else vector).tobytes())
    return Rows(values, names, vector, weighting, reversed_items, digest.hexdigest(), n_rows)


def weight_vector(given: ArrayLike, index: pd.Index, argument: str) -> Floats:
    """Weights of an argument as floats: one per row, finite, not negative."""
    if isinstance(given, pd.Series) and not given.index.equals(index):
        raise DataError(f"{argument}_invalid", got="index", expected="index of items")
    try:
        vector = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{argument}_invalid", got=type(given).__name__, expected="≥ 0") from None
    if vector.shape != (len(index),):
        raise DataError(f"{argument}_invalid", got=str(vector.shape), expected=str((len(index),)))
    bad = ~np.isfinite(vector) | (vector < 0)
    if bad.any():
        raise DataError(f"{argument}_invalid", row=int(np.argmax(bad)) + 1, got=float(vector[bad][0]), expected="≥ 0")
    return vector


def repeat_by(
    function: Callable[..., R],
    items: pd.DataFrame | Responses,
    by: str | pd.Series | None,
    *,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    **options: Any,
) -> R | ByGroup[R]:
    """``function`` on all rows or on each group; what a group refuses is told in a notice and the others go on.

    Parameters
    ----------
    function : callable
        ``function(items, weights=…, frequencies=…, **options) -> Result``.
    by : str or Series, optional
        A background variable of Responses, a column of the DataFrame (then no item), or a Series of labels.
    """
    if by is None:
        return function(items, weights=weights, frequencies=frequencies, **options)
    parts: dict[Any, R] = {}
    notices: list[Notice] = []
    items, weights, frequencies = settle(items, weights, frequencies)
    labels, items, name = group_labels(items, by)
    for group, keep in _groups(labels):
        chosen = {
            argument: None if given is None else np.asarray(given, dtype=np.float64)[keep]
            for argument, given in (("weights", weights), ("frequencies", frequencies))
        }
        part = items.where(keep) if isinstance(items, Responses) else items[keep]
        try:
            parts[group] = function(part, **chosen, **options)
        except (DataError, MethodError) as error:
            notices.append(group_refused(group, error))
    return ByGroup(by=name, parts=parts, n_without_group=int(labels.isna().sum()), notices=tuple(notices))


def per_dimension(function: Callable[..., R], answers: Responses | Counts, **options: Any) -> ByGroup[R]:
    """A statistic of each dimension's own items.

    Parameters
    ----------
    function : callable
        Any function of the workbench that takes items and returns a result, e.g. ``ak.cronbach_alpha``.
    answers : Responses or Counts
        Their instrument, or the dimensions they were counted with, say which items belong together.
    **options
        Handed to ``function``.

    Returns
    -------
    ByGroup
        One result per dimension; a dimension that the function refuses is told in a notice and the others go on.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> alphas = ak.per_dimension(ak.cronbach_alpha, study.responses)
    >>> round(alphas["A"].estimate, 4)
    0.7038
    """
    parts: dict[Any, R] = {}
    notices: list[Notice] = []
    if isinstance(answers, Counts):
        names = [counted.name for counted in answers.dimensions]
    else:
        names = [dimension.code for dimension in answers.instrument.dimensions]
    for name in names:
        try:
            parts[name] = function(answers.select(dimension=name), **options)
        except (DataError, MethodError) as error:
            notices.append(group_refused(name, error))
    return ByGroup(by="dimension", parts=parts, notices=tuple(notices))


def for_each(results: ByGroup[Any], function: Callable[..., R], **options: Any) -> ByGroup[R]:
    """``function(result, **options)`` of every group's result, as ``irt_item_fit`` of each dimension's model.

    Parameters
    ----------
    results : ByGroup
        As ``per_dimension`` or ``by=`` gives them.
    function : callable
        Any function that takes such a result and returns one.
    **options
        Handed to ``function``.

    Returns
    -------
    ByGroup
        A result per group; what the function refuses is told in a notice and the others go on.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> models = ak.per_dimension(ak.irt, ak.Study("data/bfi").responses)
    >>> list(ak.for_each(models, ak.irt_item_fit))
    ['A', 'C', 'E', 'N', 'O']
    """
    parts: dict[Any, R] = {}
    notices = list(results.notices)
    for group, part in results.parts.items():
        try:
            parts[group] = function(part, **options)
        except (DataError, MethodError) as error:
            notices.append(group_refused(group, error))
    return ByGroup(by=results.by, parts=parts, n_without_group=results.n_without_group, notices=tuple(notices))


def group_labels(items: pd.DataFrame | Responses, by: str | pd.Series) -> tuple[pd.Series, Any, str]:
    """The labels of ``by``, the items without it, and its name."""
    if isinstance(by, pd.Series):
        if len(by) != len(items):
            raise ArgumentError("by_invalid", got=len(by), expected=len(items))
        if isinstance(items, pd.DataFrame) and not by.index.equals(items.index):
            raise ArgumentError("by_index")
        return by, items, str(by.name or "group")
    background = items.groups if isinstance(items, Responses) else items
    if by not in background.columns:
        raise ArgumentError("by_unknown", got=by, expected=[str(c) for c in background.columns])
    return background[by], items.drop(columns=by) if isinstance(items, pd.DataFrame) else items, by


def _groups(labels: pd.Series) -> Iterator[tuple[Any, NDArray[np.bool_]]]:
    values = labels.to_numpy(dtype=object)
    for group in sorted(labels.dropna().unique().tolist(), key=lambda v: (str(type(v)), v)):
        yield group, np.array([value == group for value in values], dtype=bool)
