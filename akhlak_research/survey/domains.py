"""Domains of a survey: groups whose estimate is wanted while the design stays whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats, Ints

By: TypeAlias = "str | pd.Series | Sequence[str] | None"
Missing = Literal["listwise", "pairwise"]


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """g domains.

    Attributes
    ----------
    names : tuple of str
        The variables that make them; empty for one domain of all rows.
    labels : tuple of tuple
        What each domain has on these variables, in sorted order.
    code : (n,) int
        Domain of each row, −1 outside.
    n_without : int
        Rows without a label.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[Any, ...], ...]
    code: Ints
    n_without: int

    def __len__(self) -> int:
        return len(self.labels)


def as_domains(design: SurveyDesign, by: By, where: Any) -> Domains:
    """Domains of a design.

    Raises
    ------
    ArgumentError
        ``design_column``, ``design_length``, ``mask_invalid``.
    DataError
        ``no_rows`` where no row lies in a domain.
    """
    inside = np.ones(design.n, dtype=bool)
    if where is not None:
        inside = np.asarray(where)
        if inside.dtype != np.bool_ or inside.shape != (design.n,):
            raise ArgumentError("mask_invalid", got=f"{inside.dtype} {inside.shape}", expected=f"bool ({design.n},)")
    if by is None:
        if not inside.any():
            raise DataError("no_rows")
        return Domains((), ((),), np.where(inside, 0, -1), 0)
    listed = [by] if isinstance(by, str | pd.Series | np.ndarray) else list(by)
    columns = [design.column(one, "by") for one in listed]
    code, sizes, values = np.zeros(design.n, dtype=np.int64), [], []
    there = np.ones(design.n, dtype=bool)
    for column in columns:
        position, distinct = pd.factorize(column, sort=True)
        there &= position >= 0
        code = code * len(distinct) + np.maximum(position, 0)
        sizes.append(len(distinct))
        values.append(distinct.tolist())
    n_without = int((inside & ~there).sum())
    inside &= there
    if not inside.any():
        raise DataError("no_rows")
    found, at = np.unique(code[inside], return_inverse=True)
    out = np.full(design.n, -1, dtype=np.int64)
    out[inside] = at
    places = np.unravel_index(found, sizes)
    labels = tuple(zip(*([value[i] for i in place] for value, place in zip(values, places, strict=True)), strict=True))
    return Domains(tuple(str(c.name) for c in columns), labels, out, n_without)


def numbers(design: SurveyDesign, variable: Any, role: str = "variable") -> tuple[tuple[str, ...], Floats]:
    """(n, k) values of variables, NaN where missing, and their names.

    Raises
    ------
    DataError
        ``not_numeric``, ``infinite_value``.
    """
    if isinstance(variable, pd.DataFrame):
        parts = [design.column(variable[name], role) for name in variable.columns]
    elif isinstance(variable, str | pd.Series | np.ndarray):
        parts = [design.column(variable, role)]
    else:
        listed = list(variable)
        named = bool(listed) and all(isinstance(one, str | pd.Series) for one in listed)
        parts = [design.column(one, role) for one in listed] if named else [design.column(listed, role)]
    out = np.empty((design.n, len(parts)))
    for at, part in enumerate(parts):
        if not (pd.api.types.is_numeric_dtype(part) or pd.api.types.is_bool_dtype(part)):
            raise DataError("not_numeric", column=str(part.name), got=str(part.dtype))
        out[:, at] = part.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(out[:, at]).any():
            raise DataError(
                "infinite_value", column=str(part.name), row=int(np.flatnonzero(np.isinf(out[:, at]))[0]) + 1
            )
    return tuple(str(part.name) for part in parts), out


def valid_cells(values: Floats, missing: Missing) -> np.ndarray:
    """(n, k) which values enter: those of complete rows (listwise), or each where it is there (pairwise)."""
    check_choice(missing, ("listwise", "pairwise"), "missing")
    there: np.ndarray = np.logical_not(np.isnan(values))
    if missing == "listwise":
        there &= there.all(axis=1, keepdims=True)
    return there


def domain_df(design: SurveyDesign, domains: Domains, there: np.ndarray) -> Ints:
    """(g, k) degrees of freedom: first-stage clusters with values in the domain minus strata with values in it.

    Parameters
    ----------
    there : (n, k) bool
        Which values enter.
    """
    g, k, stage = len(domains), there.shape[1], design.stages[0]
    if design.replicates is not None:
        return np.full((g, k), design.replicates.df, dtype=np.int64)
    same = bool((there == there[:, :1]).all())
    columns = []
    for at in range(1 if same else k):
        inside = np.flatnonzero((domains.code >= 0) & there[:, at])
        clusters = stage.cluster[inside] * g + domains.code[inside]
        clusters = clusters if stage.row_is_cluster else np.unique(clusters)
        strata = np.unique(stage.stratum[clusters // g] * g + clusters % g)
        columns.append(np.bincount(clusters % g, minlength=g) - np.bincount(strata % g, minlength=g))
    return np.repeat(np.stack(columns, axis=1), k if same else 1, axis=1)


def inputs_of(design: SurveyDesign, names: Sequence[str], values: Floats, used: np.ndarray, missing: str) -> Inputs:
    """The note on inputs: names, values and weights, and how many rows entered."""
    digest = hashlib.sha256(repr(tuple(names)).encode())
    digest.update(np.ascontiguousarray(values).tobytes())
    digest.update(np.ascontiguousarray(design.weights).tobytes())
    n_used = int(used.sum())
    return Inputs(
        digest=digest.hexdigest(), n_rows=design.n, n_used=n_used, n_dropped=design.n - n_used, missing=missing,
        weighting="sampling", items=tuple(names),
    )  # fmt: skip
