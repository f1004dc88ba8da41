"""Which numbers of a model are free: ψ = ψ₀ + L φ.

ψ holds, for each of V item versions, (a, d₁ … d_m), then (μ_g, v_g) for each of G groups; φ are the free parameters.
Equal items in several groups share a version; fixed slopes and padded intercepts have no row in L; the rating scale
model is a matrix L with several entries in a row. So every constraint is one and the same line of algebra.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.families import Family


@dataclass(frozen=True, slots=True)
class Design:
    """The parameters of a model.

    Attributes
    ----------
    family : Family
    n_categories : (V,) int
    versions : (G, p) int
        Version of each item in each group.
    base : (M,) float
        ψ₀.
    matrix : (M, F) float
        L.
    """

    family: Family
    n_categories: np.ndarray
    versions: np.ndarray
    base: Floats
    matrix: Floats

    @property
    def width(self) -> int:
        """J, numbers per item version."""
        return int(self.n_categories.max())

    @property
    def n_free(self) -> int:
        """F, free parameters."""
        return int(self.matrix.shape[1])

    @property
    def offset(self) -> np.ndarray:
        """(V + 1,) first column of each version in the flat order of categories."""
        return np.concatenate([[0], np.cumsum(self.n_categories)])

    @property
    def present(self) -> np.ndarray:
        """(V, K) True where a category exists; its True cells in order are the flat order."""
        return np.asarray(np.arange(self.width) < self.n_categories[:, None])

    def psi(self, phi: Floats) -> Floats:
        """(M,) all numbers."""
        return np.asarray(self.base + self.matrix @ phi)

    def split(self, psi: Floats) -> tuple[Floats, Floats, Floats]:
        """Item numbers (V, J), means (G,), variances (G,)."""
        versions, groups = len(self.n_categories), len(self.versions)
        items = psi[: versions * self.width].reshape(versions, self.width)
        people = psi[versions * self.width :].reshape(groups, 2)
        return items, people[:, 0], people[:, 1]


def make_design(family: Family, n_categories: np.ndarray, n_groups: int = 1, equal: np.ndarray | None = None) -> Design:
    """The design of a model.

    Parameters
    ----------
    family : Family
    n_categories : (p,) int
    n_groups : int
    equal : (p,) bool, optional
        Items with the same parameters in all groups. With any such item the groups after the first have a mean (and
        a variance) of their own; without one, each group is standard normal (or N(0, v) for the Rasch family).
    """
    p = len(n_categories)
    equal = np.ones(p, bool) if equal is None or n_groups == 1 else equal
    versions = np.zeros((n_groups, p), int)
    versions[0] = np.arange(p)
    top = p
    for group in range(1, n_groups):
        versions[group] = np.arange(p)
        versions[group, ~equal] = np.arange(top, top + int((~equal).sum()))
        top += int((~equal).sum())
    sizes = np.empty(top, int)
    for group in range(n_groups):
        sizes[versions[group]] = n_categories
    width = int(sizes.max())
    base = np.zeros(top * width + 2 * n_groups)
    base[top * width + 1 :: 2] = 1.0
    slopes = np.arange(top) * width
    columns: list[Floats] = []
    if family.slopes == "one":
        base[slopes] = 1.0
    else:
        columns += [_unit(len(base), int(at)) for at in slopes]
    columns += _steps(family, sizes, width, len(base), versions)
    for group in range(n_groups):
        at = top * width + 2 * group
        linked = group > 0 and bool(equal.any())
        if linked:
            columns.append(_unit(len(base), at))
        if linked or family.slopes == "one":
            base[at + 1] = 0.0
            columns.append(_unit(len(base), at + 1))
    return Design(family, sizes, versions, base, np.column_stack(columns))


def _unit(size: int, at: int) -> Floats:
    column = np.zeros(size)
    column[at] = 1.0
    return column


def _steps(family: Family, sizes: np.ndarray, width: int, total: int, versions: np.ndarray) -> list[Floats]:
    """Columns of L for the intercepts."""
    if not family.shared_steps:
        return [_unit(total, v * width + k) for v, size in enumerate(sizes) for k in range(1, size)]
    # rating scale: d_ik = −(k β_i + τ_1 + … + τ_k) with Σ τ = 0; groups share the steps where they share all items
    columns = []
    k = np.arange(1, width)
    for own in range(len(sizes)):
        column = np.zeros(total)
        column[own * width + 1 : (own + 1) * width] = -k
        columns.append(column)
    shared = len(sizes) == versions.shape[1]
    blocks = [np.arange(len(sizes))] if shared else [np.unique(row) for row in versions]
    for block in blocks:
        for j in range(1, width - 1):
            column = np.zeros(total)
            for v in block:
                column[v * width + 1 : (v + 1) * width] = -(k >= j).astype(float) + (k >= width - 1)
            columns.append(column)
    return columns
