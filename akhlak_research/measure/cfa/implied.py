"""Moments that a model implies, and their first and second derivatives, in RAM form (McArdle & McDonald 1984).

All v variables (observed and latent) stand in one system: ``A`` (v, v) directed effects (A[i, j]: of j on i), ``S``
(v, v) covariances of what is not explained, ``m`` (v,) intercepts. With E = (I − A)⁻¹ and F the rows of observed ones

    Σ = F E S E′ F′,   μ = F E m.

Statistics are stacked [μ, vech Σ], vech column by column of the lower triangle, as lavaan does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.partable import Parameter, ParTable

Ints = NDArray[np.intp]
#: kinds of place: directed effect, covariance, intercept, threshold, scale of a latent response
KINDS = ("A", "S", "m", "threshold", "scale")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parameters of one group stand.

    Attributes
    ----------
    theta : (k,) int
        Position in θ of each; −1 where fixed.
    kind : (k,) int
        Index into ``KINDS``.
    row, column : (k,) int
        Place in the array of that kind.
    value : (k,) float
        Fixed value, NaN where free.
    p, v : int
        Observed variables come first among the v.
    """

    theta: Ints
    kind: Ints
    row: Ints
    column: Ints
    value: Floats
    p: int
    v: int


@dataclass(frozen=True, slots=True)
class System:
    """A group's arrays at one θ: ``A``, ``S`` (v, v), ``m`` (v,), ``E`` = (I − A)⁻¹, ``threshold`` (t,),
    ``scale`` (p,)."""

    A: Floats
    S: Floats
    m: Floats
    E: Floats
    threshold: Floats
    scale: Floats
    p: int

    @property
    def covariance(self) -> Floats:
        """(v, v) of all variables, latent ones too."""
        return np.asarray(self.E @ self.S @ self.E.T)

    @property
    def means(self) -> Floats:
        """(v,) of all variables."""
        return np.asarray(self.E @ self.m)


def places_of(table: ParTable, group: int) -> Places:
    """Places of one group's rows of the table."""
    variables = table.variables
    names = [*variables.observed, *variables.latent]
    at = {name: i for i, name in enumerate(names)}
    thresholds = [r for r in table.rows if r.group == group and r.op == "|"]
    order = {r.name: i for i, r in enumerate(sorted(thresholds, key=lambda r: (at[r.lhs], int(r.rhs[1:]))))}
    rows: list[tuple[int, int, int, int, float]] = []
    j = 0
    for row in table.rows:
        theta = j if row.free else -1
        j += row.free
        if row.group != group:
            continue
        rows.append((theta, *_place(row, at, order), row.value))
    theta_at, kind, first, second, value = zip(*rows, strict=True)
    return Places(
        np.array(theta_at, dtype=np.intp), np.array(kind, dtype=np.intp), np.array(first, dtype=np.intp),
        np.array(second, dtype=np.intp), np.array(value), len(variables.observed), len(names),
    )  # fmt: skip


def _place(row: Parameter, at: dict[str, int], thresholds: dict[str, int]) -> tuple[int, int, int]:
    """Kind, row and column of a relation."""
    left = at[row.lhs]
    if row.op == "=~":
        return 0, at[row.rhs], left
    if row.op == "~":
        return 0, left, at[row.rhs]
    if row.op == "~~":
        return 1, max(left, at[row.rhs]), min(left, at[row.rhs])
    if row.op == "|":
        return 3, thresholds[row.name], left
    return (2 if row.op == "~1" else 4), left, 0


def system_of(places: Places, theta: Floats) -> System:
    """The group's arrays at θ."""
    values = np.where(places.theta >= 0, theta[places.theta] if len(theta) else 0.0, places.value)
    A, S, m = np.zeros((places.v, places.v)), np.zeros((places.v, places.v)), np.zeros(places.v)
    row, column, kind = places.row, places.column, places.kind
    at = kind == 0
    A[row[at], column[at]] = values[at]
    at = kind == 1
    S[row[at], column[at]] = values[at]
    S[column[at], row[at]] = values[at]
    at = kind == 2
    m[row[at]] = values[at]
    at = kind == 3
    threshold = np.zeros(int(at.sum()))
    threshold[row[at]] = values[at]
    scale = np.ones(places.p)
    at = kind == 4
    scale[row[at]] = values[at]
    E = np.asarray(np.linalg.inv(np.eye(places.v) - A))
    return System(A, S, m, E, threshold, scale, places.p)


def moments_of(system: System) -> tuple[Floats, Floats]:
    """μ (p,) and Σ (p, p)."""
    G = system.E[: system.p]
    sigma = G @ system.S @ G.T
    return G @ system.m, (sigma + sigma.T) / 2


def derivatives(places: Places, system: System) -> tuple[Ints, Floats, Floats]:
    """∂μ (k, p) and ∂Σ (k, p, p) by the k free parameters of kinds A, S, m; first their positions in θ."""
    p = places.p
    free = (places.theta >= 0) & (places.kind <= 2)
    kind, row, column = places.kind[free], places.row[free], places.column[free]
    G, means = system.E[:p], system.means
    d_mu, d_sigma = np.zeros((len(kind), p)), np.zeros((len(kind), p, p))
    at = kind == 0
    right = (system.covariance[:, :p])[column[at]]
    left = G.T[row[at]]
    outer = left[:, :, None] * right[:, None, :]
    d_sigma[at] = outer + outer.transpose(0, 2, 1)
    d_mu[at] = left * means[column[at], None]
    at = kind == 1
    outer = G.T[row[at]][:, :, None] * G.T[column[at]][:, None, :]
    half = np.where(row[at] == column[at], 0.5, 1.0)[:, None, None]
    d_sigma[at] = half * (outer + outer.transpose(0, 2, 1))
    d_mu[kind == 2] = G.T[row[kind == 2]]
    return places.theta[free], d_mu, d_sigma


def curvature(places: Places, system: System, by_sigma: Floats, by_mu: Floats) -> Floats:
    """(k, k) Σᵢⱼ M[i, j] ∂²Σ[i, j] + Σᵢ h[i] ∂²μ[i] for a symmetric M (p, p) and h (p,); k as in ``derivatives``.

    With N = E′F′MFE, R = E S E′ · F′MFE and b = E′F′h, for effects (i, j), (k, l) and covariances (k, l):
    A A: 2(E_jk R_li + C_jl N_ki + R_jk E_li) + b_k E_li (Em)_j + b_i E_jk (Em)_l, A S: 2c(E_jk N_li + E_jl N_ki) with
    c = ½ for variances, A m: b_i E_jk; all others vanish.
    """
    free = (places.theta >= 0) & (places.kind <= 2)
    kind, row, column = places.kind[free], places.row[free], places.column[free]
    p, E, C, means = places.p, system.E, system.covariance, system.means
    M = np.zeros_like(E)
    M[:p, :p] = by_sigma
    N, R = E.T @ M @ E, C @ M @ E
    b = E[:p].T @ by_mu
    total = np.zeros((len(kind), len(kind)))
    a, s, m = (np.flatnonzero(kind == which) for which in (0, 1, 2))
    i, j = row[a][:, None], column[a][:, None]
    k, el = row[a][None], column[a][None]
    total[np.ix_(a, a)] = 2 * (E[j, k] * R[el, i] + C[j, el] * N[k, i] + R[j, k] * E[el, i]) + (
        b[k] * E[el, i] * means[j] + b[i] * E[j, k] * means[el]
    )
    k, el = row[s][None], column[s][None]
    mixed = np.where(k == el, 1.0, 2.0) * (E[j, k] * N[el, i] + E[j, el] * N[k, i])
    total[np.ix_(a, s)], total[np.ix_(s, a)] = mixed, mixed.T
    mixed = b[i] * E[j, row[m][None]]
    total[np.ix_(a, m)], total[np.ix_(m, a)] = mixed, mixed.T
    return total


def vech(matrix: Floats) -> Floats:
    """(…, p(p+1)/2) lower triangle with diagonal, column by column, of (…, p, p)."""
    first, second = vech_index(matrix.shape[-1])
    return np.asarray(matrix[..., first, second])


def vech_index(p: int) -> tuple[Ints, Ints]:
    """Rows and columns of vech's entries."""
    columns, rows = np.triu_indices(p)
    return rows, columns


def unvech(values: Floats, p: int) -> Floats:
    """(p, p) symmetric matrix of a vech."""
    matrix = np.zeros((p, p))
    rows, columns = vech_index(p)
    matrix[rows, columns] = matrix[columns, rows] = values
    return matrix
