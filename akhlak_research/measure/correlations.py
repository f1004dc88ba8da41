"""Which correlations of the answers are factored: one registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Notice, Unavailable
from akhlak_research.counts.moments import Items, Moments
from akhlak_research.counts.rows import Rows
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import Material
from akhlak_research.measure.matrices import people_behind
from akhlak_research.measure.polychoric.correlations import Polychoric, polychoric


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix to be factored.

    Attributes
    ----------
    R : (p, p)
    notices : tuple of Notice
    """

    R: Floats
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Correlation:
    """An entry of the registry.

    Attributes
    ----------
    name : str
    matrix : callable
        ``items, material, data -> Matrix``; ``data`` are the arguments by which the items were gathered.
    latent : bool
        Whether they are correlations of what lies behind the answers: no one's values on it are known, and neither
        normal-theory chi-square nor scores of the answers follow from them.
    """

    name: str
    matrix: Callable[[Items, Material, dict[str, Any]], Matrix]
    latent: bool


def _pearson(items: Items, material: Material, data: dict[str, Any]) -> Matrix:
    return Matrix(material.moments.correlation)


def _polychoric(items: Items, material: Material, data: dict[str, Any]) -> Matrix:
    if isinstance(items, Moments):
        raise MethodError("polychoric_needs_answers")
    found = polychoric(items, **data)  # type: ignore[arg-type]
    assert isinstance(found, Polychoric)
    # what the matrix can carry is said by whoever factors it
    kept = tuple(notice for notice in found.notices if notice.code != "matrix_not_positive_definite")
    return Matrix(found.correlations.to_numpy(dtype=np.float64), kept)


CORRELATIONS = Registry(
    "correlation", Correlation("pearson", _pearson, False), Correlation("polychoric", _polychoric, True)
)


def chi_square_people(material: Material, correlation: str, n: int | None) -> int | Unavailable:
    """The n of a normal-theory chi-square statistic, or why there is none."""
    people = people_behind(material.moments, n)
    return Unavailable("polychoric_chi_square") if CORRELATIONS[correlation].latent else people


def category_shares(items: Items, material: Material, missing: str) -> list[Floats]:
    """Per item, the share of each category that was chosen; sampling weights weight them."""
    if isinstance(items, Counts):
        tables = items.single_tables(missing).astype(np.float64)
    else:
        assert material.rows is not None
        tables = np.array(_count(material.rows))
    return [row[row > 0] / row.sum() for row in tables]


def _count(rows: Rows) -> list[Floats]:
    codes = np.unique(rows.values[~np.isnan(rows.values)])
    w = np.ones(len(rows.values)) if rows.weights is None else rows.weights
    return [
        np.array([w[rows.values[:, j] == code].sum() for code in codes], dtype=np.float64)
        for j in range(rows.values.shape[1])
    ]
