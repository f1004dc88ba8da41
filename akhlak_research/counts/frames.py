"""What people hand over as a table of answers, brought to one DataFrame of numbers; weights named by their column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.responses.model import Responses


def as_frame(items: object) -> pd.DataFrame | None:
    """A DataFrame as it is, an array as columns V1, V2, …, a Series as one column; None for anything else."""
    if isinstance(items, pd.DataFrame):
        return items
    if isinstance(items, pd.Series):
        return items.to_frame("V1" if items.name is None else items.name)
    if isinstance(items, np.ndarray) and items.ndim == 2:
        return pd.DataFrame(items, columns=[f"V{place}" for place in range(1, items.shape[1] + 1)])
    return None


def settle(items: Any, weights: Any, frequencies: Any) -> tuple[Any, Any, Any]:
    """Items and weights as the rest takes them: a DataFrame for what can be one, weights as numbers."""
    items, weights = named_weights(items, weights, "weights")
    items, frequencies = named_weights(items, frequencies, "frequencies")
    frame = as_frame(items)
    return (items if frame is None else frame), weights, frequencies


def named_weights(items: Any, given: Any, argument: str) -> tuple[Any, Any]:
    """Items and weights where these are the name of a column: of a DataFrame (then no item), or of the background."""
    if not isinstance(given, str):
        return items, given
    table = items.groups if isinstance(items, Responses) else as_frame(items)
    if table is None or given not in table.columns:
        known = [] if table is None else [str(name) for name in table.columns]
        raise ArgumentError("weights_unknown", argument=argument, got=given, expected=known)
    column = table[given]
    if isinstance(column, pd.Series) and not pd.api.types.is_numeric_dtype(column.dtype):
        raise DataError(f"{argument}_invalid", column=given, got=str(column.dtype), expected="≥ 0")
    return items if isinstance(items, Responses) else table.drop(columns=given), column


def number_columns(given: pd.DataFrame) -> NDArray[np.float64]:
    """(n, p) values of a DataFrame; digits written as text, also as categories, are the numbers they write.

    Raises
    ------
    DataError
        ``no_items``, ``no_rows``, ``duplicate_items``, ``not_numeric``, ``infinite_value``.
    """
    frame = given
    if frame.shape[1] == 0:
        raise DataError("no_items")
    if len(frame) == 0:
        raise DataError("no_rows")
    if not frame.columns.is_unique:
        twice = [str(c) for c in frame.columns[frame.columns.duplicated()]]
        raise DataError("duplicate_items", column=twice[0], got=twice)
    written = {}
    for name, kind in frame.dtypes.items():
        if not pd.api.types.is_numeric_dtype(kind):
            written[name] = numbers_written(frame[name])
    for name, column in written.items():
        frame = frame.copy() if frame is given else frame
        frame[name] = column
    values = np.asarray(frame.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        sums = values.sum(axis=0)
    if not np.isfinite(sums).all() and np.isinf(values).any():  # sums of finite answers settle it in one pass
        row, place = np.argwhere(np.isinf(values))[0]
        raise DataError("infinite_value", column=str(frame.columns[place]), row=int(row) + 1)
    return values


def numbers_written(column: pd.Series) -> pd.Series:
    """Digits in text or categories as numbers; ``not_numeric`` with the first cell that is none."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        raise DataError("not_numeric", column=str(column.name), got=str(column.dtype))
    numbers = pd.to_numeric(column, errors="coerce")
    odd = column[numbers.isna() & column.notna()]
    if len(odd):
        raise DataError("not_numeric", column=str(column.name), got=str(odd.iloc[0]))
    return pd.Series(np.asarray(numbers, dtype=np.float64), index=column.index)
