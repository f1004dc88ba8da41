"""Judgements of several raters made ready for arithmetic, from a wide or a long table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Inputs

Floats: TypeAlias = NDArray[np.float64]
Side = Literal["rows", "columns"]
Metric = Literal["nominal", "ordinal", "linear", "interval", "ratio"]
Columns: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Ratings:
    """What each rater said of each object.

    Attributes
    ----------
    cells : (r, n) float
        Raters × objects; NaN where a rater gave no rating. Named categories are numbered 0, 1, … in sorted order.
    raters, objects : tuple of str
    labels : tuple or None
        The names behind the numbers, where categories are named.
    digest : str
        SHA-256 of names and values.
    """

    cells: Floats
    raters: tuple[str, ...]
    objects: tuple[str, ...]
    labels: tuple[object, ...] | None
    digest: str

    def keep_objects(self, keep: NDArray[np.bool_]) -> Ratings:
        """The objects marked True; the digest still describes all of them."""
        objects = tuple(name for name, kept in zip(self.objects, keep, strict=True) if kept)
        return replace(self, cells=self.cells[:, keep], objects=objects)

    def inputs(self, n_used: int, *, of: Literal["raters", "objects"], missing: str) -> Inputs:
        """The note on inputs: ``of`` says which of the two are the cases that n counts; the others are the items."""
        cases, items = (self.raters, self.objects) if of == "raters" else (self.objects, self.raters)
        return Inputs(
            digest=self.digest, n_rows=len(cases), n_used=n_used, n_dropped=len(cases) - n_used, missing=missing,
            weighting="none", items=items,
        )  # fmt: skip


def as_ratings(
    ratings: pd.DataFrame, *, raters: Side, columns: Columns | None = None, named: bool = False
) -> Ratings:
    """Ratings as an array of raters × objects.

    Parameters
    ----------
    ratings : DataFrame
        Wide (one side raters, the other objects), or long with ``columns``.
    raters : {"rows", "columns"}
        Where the raters stand in a wide table.
    columns : (rater, object, rating), optional
        Names of the three columns of a long table.
    named : bool
        Whether ratings may be names of categories instead of numbers.

    Raises
    ------
    ArgumentError
        ``ratings_type``, ``rating_columns``.
    DataError
        ``no_ratings``, ``duplicate_items``, ``rating_without_key``, ``rated_twice``, ``not_numeric``,
        ``infinite_value``.
    """
    check_choice(raters, ("rows", "columns"), "raters")
    if not isinstance(ratings, pd.DataFrame):
        raise ArgumentError("ratings_type", got=type(ratings).__name__, expected="DataFrame")
    wide = _wide(ratings, columns) if columns is not None else ratings if raters == "rows" else ratings.T
    if not ratings.columns.is_unique:
        twice = [str(c) for c in ratings.columns[ratings.columns.duplicated()]]
        raise DataError("duplicate_items", column=twice[0], got=twice)
    if wide.size == 0 or bool(wide.isna().to_numpy().all()):
        raise DataError("no_ratings")
    values, labels = _numbers(wide, named, ratings if columns is None else None)
    names = tuple(str(name) for name in wide.index), tuple(str(name) for name in wide.columns)
    digest = hashlib.sha256(repr((names, labels)).encode())
    digest.update(np.ascontiguousarray(values).tobytes())
    return Ratings(values, *names, labels, digest.hexdigest())


def with_categories(
    given: Ratings, categories: Sequence[object] | None, metric: Metric
) -> tuple[Ratings, Floats]:
    """The ratings with named categories renumbered in the order given, and the values of all categories."""
    if given.labels is not None and metric != "nominal" and (metric != "ordinal" or categories is None):
        raise MethodError("names_need_order", got=metric, names=[str(label) for label in given.labels])
    seen = np.unique(given.cells[~np.isnan(given.cells)])
    if categories is None:
        return given, seen
    allowed = list(categories)
    names: Sequence[object] = given.labels if given.labels is not None else seen.tolist()
    odd = [name for name in names if name not in allowed]
    if odd or len(set(allowed)) != len(allowed):
        raise DataError("rating_not_category", got=str(odd[0]) if odd else "", expected=[str(c) for c in allowed])
    if given.labels is None:
        return given, np.sort(np.array(allowed, dtype=np.float64))
    place = np.array([float(allowed.index(label)) for label in given.labels])
    there = ~np.isnan(given.cells)
    cells = np.full(given.cells.shape, np.nan)
    cells[there] = place[given.cells[there].astype(np.intp)]
    return replace(given, cells=cells, labels=tuple(allowed)), np.arange(len(allowed), dtype=np.float64)


def _wide(long: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    missing = [name for name in columns if name not in long.columns]
    if missing or len(set(columns)) != 3:
        raise ArgumentError("rating_columns", got=columns, expected=[str(name) for name in long.columns])
    rater, thing, rating = columns
    without = long[[rater, thing]].isna().any(axis=1).to_numpy()
    if without.any():
        raise DataError("rating_without_key", row=int(np.argmax(without)) + 1, got=int(without.sum()))
    twice = long.duplicated([rater, thing]).to_numpy()
    if twice.any():
        row = int(np.argmax(twice))
        raise DataError(
            "rated_twice", row=row + 1, rater=str(long[rater].iloc[row]), item=str(long[thing].iloc[row])
        )
    # order of first appearance, so that a table shows items as the file does
    order = long[rater].drop_duplicates(), long[thing].drop_duplicates()
    table = long.pivot(index=rater, columns=thing, values=rating)  # noqa: PD010 - every pair stands once
    return table.reindex(index=order[0].tolist(), columns=order[1].tolist())


def _numbers(wide: pd.DataFrame, named: bool, source: pd.DataFrame | None) -> tuple[Floats, tuple[object, ...] | None]:
    given = wide if source is None else source
    plain = all(pd.api.types.is_numeric_dtype(kind) and kind != np.bool_ for kind in set(given.dtypes))
    for name, column in () if plain else given.items():
        # an object column may hold plain numbers, for instance after a transposition or a late correction
        number = pd.to_numeric(column, errors="coerce")
        odd = column[number.isna() & column.notna()]
        if pd.api.types.is_bool_dtype(column) or len(odd):
            if named:
                return _named(wide)
            got = "True/False" if not len(odd) else str(odd.iloc[0])
            raise DataError("not_numeric", column=str(name), got=got)
    values = np.asarray(wide.astype(object).where(wide.notna(), np.nan), dtype=np.float64)
    if np.isinf(values).any():
        raise DataError("infinite_value", column=str(wide.columns[int(np.argwhere(np.isinf(values))[0][1])]))
    return values, None


def _named(wide: pd.DataFrame) -> tuple[Floats, tuple[object, ...]]:
    seen: Sequence[object] = pd.unique(pd.Series(wide.to_numpy(dtype=object).ravel()).dropna()).tolist()
    labels = tuple(sorted(seen, key=str))
    number = {label: float(code) for code, label in enumerate(labels)}
    values = [[np.nan if pd.isna(cell) else number[cell] for cell in row] for row in wide.to_numpy(dtype=object)]
    return np.array(values, dtype=np.float64), labels
