"""Answers, groups, weights and clusters of a model, group by group."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs
from akhlak_research.counts.frames import named_weights
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, plain_keys
from akhlak_research.measure.bounded import Floats
from akhlak_research.responses.model import Responses


@dataclass(frozen=True, slots=True)
class GroupRows:
    """Rows of one group: ``values`` (m, p) with NaN where missing, ``weights`` (m,) or None, ``clusters`` (m,) or None,
    and ``index``, the labels of the rows in the data given."""

    values: Floats
    weights: Floats | None
    clusters: NDArray[np.intp] | None
    index: pd.Index


@dataclass(frozen=True, slots=True)
class ModelData:
    """``names`` of the p observed variables, ``groups`` in order of their labels, ``inputs`` for the result."""

    names: tuple[str, ...]
    labels: tuple[Any, ...]
    groups: tuple[GroupRows, ...]
    inputs: Inputs
    n_without_group: int = 0
    #: where the groups' rows, one group below the other, stand in the data; None for one group
    order: NDArray[np.intp] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of names, labels and every group's rows and weights, whatever the order of the names."""
        found = hashlib.sha256(repr((sorted(self.names), self.labels, self.inputs.missing)).encode())
        order = np.argsort(self.names)
        for group in self.groups:
            found.update(np.ascontiguousarray(group.values[:, order]).tobytes())
            found.update(b"" if group.weights is None else group.weights.tobytes())
        return found.hexdigest()

    @property
    def n_by_group(self) -> tuple[float, ...]:
        """People of each group; under sampling weights their weighted number."""
        return tuple(float(len(g.values) if g.weights is None else g.weights.sum()) for g in self.groups)

    @property
    def sampling(self) -> bool:
        """Whether the weights are sampling weights."""
        return self.inputs.weighting == "sampling"


def gather_data(
    names: tuple[str, ...],
    data: pd.DataFrame | Responses,
    *,
    required: tuple[str, ...] = (),
    group: str | pd.Series | None,
    missing: str,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    cluster: str | pd.Series | None,
    keys: Keys | None,
    scale: Scale | None,
) -> ModelData:
    """Rows of the model's variables, groups in sorted order or in that of a categorical column.

    Rows without a ``required`` (exogenous) variable are dropped. Listwise deletion happens here, everything else in the
    estimators.
    """
    weights = named_weights(data, weights, "weights")[1]
    frequencies = named_weights(data, frequencies, "frequencies")[1]
    table, rows = _columns(names, data, weights, frequencies, keys, scale)
    kept = _positive(table, data, weights, frequencies)
    labels = _series(group, data, table, "group")
    members = _series(cluster, data, table, "cluster")
    used = np.ones(len(rows.values), dtype=bool)
    without = 0
    if labels is not None:
        labels = labels[kept]
        used &= labels.notna().to_numpy()
        without = int((~used).sum())
    if members is not None:
        members = members[kept]
        if members.isna().any():
            raise DataError("cfa_cluster_missing", got=int(members.isna().sum()))
    absent = np.isnan(rows.values)
    some = ~(absent.any(axis=1) if missing == "listwise" else absent.all(axis=1))
    # what is given, not modelled, must be there
    some &= ~absent[:, [names.index(name) for name in required]].any(axis=1)
    used &= some
    if not used.any():
        raise DataError("cfa_no_complete_rows", got=len(rows.values))
    taken = rows if used.all() else rows.where(used)
    scaled = _scaled(taken)
    index = table.index[kept][used]
    codes = None if members is None else pd.factorize(members[used])[0].astype(np.intp)
    found, parts = _split(taken.values, scaled, codes, index, None if labels is None else labels[used])
    n_used = round(float(taken.multiplicity.sum()))
    order = None
    if labels is not None:
        of_group = labels[used].to_numpy(dtype=object)
        stacked = np.concatenate([np.flatnonzero([value == label for value in of_group]) for label in found])
        order = np.argsort(stacked)
    return ModelData(names, found, parts, rows.inputs(n_used, missing), without, order)


def _columns(
    names: tuple[str, ...],
    data: pd.DataFrame | Responses,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    keys: Keys | None,
    scale: Scale | None,
) -> tuple[pd.DataFrame, Rows]:
    if isinstance(data, Responses):
        background = [c for c in data.groups.columns if c in names and c not in data.keyed.columns]
        table = pd.concat([data.keyed, data.groups[background]], axis=1) if background else data.keyed
        own = weights if data.weights is None else data.weights
        if data.weights is not None and (weights is not None or frequencies is not None):
            raise ArgumentError("weights_twice")
        if keys is not None or scale is not None:
            raise ArgumentError("keyed_already")
        weights = own
    elif isinstance(data, pd.DataFrame):
        table = data
    else:
        raise ArgumentError("items_type", got=type(data).__name__, expected=("DataFrame", "Responses"))
    unknown = [name for name in names if name not in table.columns]
    if unknown:
        raise DataError("cfa_unknown_variable", got=unknown, expected=[str(c) for c in table.columns])
    chosen = table[list(names)]
    own_keys = {k: v for k, v in plain_keys(keys).items() if k in names} or None
    rows = as_rows(chosen, keys=own_keys, scale=scale, weights=weights, frequencies=frequencies)
    return chosen, rows


def _positive(
    table: pd.DataFrame, data: pd.DataFrame | Responses, weights: ArrayLike | None, frequencies: ArrayLike | None
) -> NDArray[np.bool_]:
    """Which rows ``as_rows`` kept: those whose weight is not zero."""
    own = data.weights if isinstance(data, Responses) and data.weights is not None else weights
    given = own if own is not None else frequencies
    return np.ones(len(table), dtype=bool) if given is None else np.asarray(given, dtype=np.float64) > 0


def _series(
    which: str | pd.Series | None, data: pd.DataFrame | Responses, table: pd.DataFrame, argument: str
) -> pd.Series | None:
    if which is None:
        return None
    if isinstance(which, pd.Series):
        if len(which) != len(table):
            raise ArgumentError("by_invalid", got=len(which), expected=len(table))
        return which
    source = data.groups if isinstance(data, Responses) else data
    if which not in source.columns:
        raise ArgumentError(
            "cfa_unknown_column", argument=argument, got=which, expected=[str(c) for c in source.columns]
        )
    return source[which]


def _scaled(rows: Rows) -> Floats | None:
    """Frequencies as they are; sampling weights scaled to sum to the number of rows."""
    if rows.weights is None or rows.weighting == "frequency":
        return rows.weights
    return np.asarray(rows.weights * len(rows.weights) / rows.weights.sum())


def _split(
    values: Floats,
    weights: Floats | None,
    codes: NDArray[np.intp] | None,
    index: pd.Index,
    labels: pd.Series | None,
) -> tuple[tuple[Any, ...], tuple[GroupRows, ...]]:
    if labels is None:
        return (None,), (GroupRows(values, weights, codes, index),)
    array = labels.to_numpy(dtype=object)
    found = sorted(set(array.tolist()), key=lambda label: (str(type(label)), label))
    if isinstance(labels.dtype, pd.CategoricalDtype):
        found = [label for label in labels.cat.categories.tolist() if label in found]
    parts = []
    for label in found:
        at = np.array([value == label for value in array], dtype=bool)
        own = None if codes is None else pd.factorize(codes[at])[0].astype(np.intp)
        parts.append(GroupRows(values[at], None if weights is None else weights[at], own, index[at]))
    return tuple(found), tuple(parts)
