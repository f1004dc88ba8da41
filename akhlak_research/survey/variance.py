"""Design variance by Taylor linearisation: strata, stages of clusters, finite populations, calibrated weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.stages import Lonely, Stage

#: columns of one pass; beyond it only the covariances within a domain are kept
WIDEST = 1000
#: a variance below this share of the sum of squares that it was left of is rounding
_DUST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A calibration of weights, as linearisation sees it.

    Attributes
    ----------
    x : (n, p) sparse or dense
        Calibration variables (indicators of margins or cells).
    before, after : (n,) float
        Weights before and after.
    disjoint : bool
        Whether the columns of ``x`` are indicators of cells that do not overlap.
    """

    x: Any
    before: Floats
    after: Floats
    disjoint: bool = False

    def rows(self, keep: np.ndarray) -> Projection:
        """The same calibration seen through some of its rows."""
        return Projection(self.x[np.flatnonzero(keep)], self.before[keep], self.after[keep], self.disjoint)

    def solve(self, moments: Floats) -> Floats:
        """B = (XᵀDX)⁺ M for (p, q) moments M = XᵀD u."""
        weighted = self.x.T @ _scaled(self.x, self.before)
        gram = np.asarray(weighted.todense() if hasattr(weighted, "todense") else weighted, dtype=np.float64)
        if self.disjoint:
            size = np.diag(gram)[:, None]
            return np.divide(moments, size, out=np.zeros_like(moments), where=size > 0)
        return np.asarray(np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ moments, dtype=np.float64)


def _scaled(matrix: Any, by: Floats) -> Any:
    """Rows of a sparse or dense matrix times a vector."""
    if hasattr(matrix, "multiply"):
        from scipy import sparse

        return sparse.diags_array(by).tocsr() @ matrix
    return matrix * by[:, None]


def domain_influence(z: Floats, domain: Ints, g: int) -> Any:
    """(n, g k) sparse influences: those of row i on the k estimates of its domain, 0 on all others.

    Parameters
    ----------
    z : (n, k)
    domain : (n,) int
        −1 for a row outside every domain.
    """
    from scipy import sparse

    n, k = z.shape
    inside = domain >= 0
    indptr = np.concatenate([[0], np.cumsum(inside * k)])
    columns = (domain[inside, None] * k + np.arange(k)).ravel()
    return sparse.csr_array((np.ascontiguousarray(z[inside]).ravel(), columns, indptr), shape=(n, g * k))


def residuals(z: Any, projections: Sequence[Projection]) -> tuple[Any, Any, Floats | None]:
    """Influences after calibration as Z − L B: what the calibration variables do not explain.

    The newest calibration is taken first; each replaces e by e − w X B with B the regression of e / w on X, weighted
    by the weights before that calibration (Deville & Särndal 1992, section 4; R's survey::svyrecvar).

    Returns
    -------
    z : (n, q) sparse
    left : (n, p) or None
    right : (p, q) or None
    """
    from scipy import sparse

    left: Any = None
    right: Floats | None = None
    for step in reversed(projections):
        ratio = step.before / step.after
        pulled = _scaled(step.x, ratio).T
        moments = np.asarray((pulled @ z).todense(), dtype=np.float64)
        if left is not None and right is not None:
            shared = pulled @ left
            moments -= np.asarray(shared.todense() if hasattr(shared, "todense") else shared) @ right
        b, part = step.solve(moments), sparse.csr_array(_scaled(step.x, step.after))
        left = part if left is None else sparse.hstack([left, part], format="csr")
        right = b if right is None else np.vstack([right, b])
    return z, left, right


def covariance(z: Any, stages: Sequence[Stage], lonely: Lonely, projections: Sequence[Projection] = ()) -> Floats:
    """(q, q) covariance of q estimates from their influences.

    Parameters
    ----------
    z : (n, q) sparse
        What each row adds to the error of each estimate, its weight included.
    stages : sequence of Stage
        First stage first.
    lonely : {"fail", "remove", "adjust", "average"}
        What a stratum with one cluster adds.
    projections : sequence of Projection
        Calibrations of the weights, oldest first.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992), Model Assisted Survey Sampling, sections 4.3, 5.7 and 6.5.
    """
    z, left, right = residuals(z, projections)
    out = np.zeros((z.shape[1], z.shape[1]))
    scale = np.zeros(z.shape[1])
    for number, stage in enumerate(stages, start=1):
        a, b = stage.factors(lonely, number)
        t, p = _totals(z, stage), None if left is None else _totals(left, stage)
        here = _bilinear(t, t, stage, a, b)
        if p is not None and right is not None:
            mixed = _bilinear(t, p, stage, a, b) @ right
            here += right.T @ _bilinear(p, p, stage, a, b) @ right - mixed - mixed.T
        if lonely == "average" and len(stage.lonely):
            touched = (_gather(stage.stratum, len(stage.drawn)) @ _pattern(t)).toarray() > 0
            factor = np.sqrt(stage.averaging(touched))
            here *= factor[:, None] * factor
        scale += a[stage.stratum] @ (t * t)
        out += here
    known = np.diag(out) <= _DUST * scale  # fixed by strata or calibration: what is left is rounding
    out[known] = out[:, known] = 0.0
    return out


def domain_covariances(
    z: Floats, domain: Ints, g: int, stages: Sequence[Stage], lonely: Lonely, projections: Sequence[Projection] = ()
) -> tuple[Floats, Floats | None]:
    """Covariances of k estimates in each of g domains, the design kept whole.

    Returns
    -------
    within : (g, k, k)
    whole : (g k, g k) or None
        Covariances over all domains, where they are no more than ``WIDEST``.
    """
    k = z.shape[1]
    if g * k <= WIDEST:
        full = covariance(domain_influence(z, domain, g), stages, lonely, projections)
        return _blocks(full, g, k), full
    step = max(1, WIDEST // k)
    parts = []
    for start in range(0, g, step):
        here = (domain >= start) & (domain < start + step)
        count = min(step, g - start)
        made = covariance(domain_influence(z, np.where(here, domain - start, -1), count), stages, lonely, projections)
        parts.append(_blocks(made, count, k))
    return np.concatenate(parts), None


def _blocks(full: Floats, g: int, k: int) -> Floats:
    at = np.arange(g)
    return np.asarray(full.reshape(g, k, g, k)[at, :, at, :], dtype=np.float64)


def _totals(matrix: Any, stage: Stage) -> Any:
    """(C, q) totals of clusters."""
    if stage.row_is_cluster:
        return matrix
    return _gather(stage.cluster, len(stage.stratum)) @ matrix


def _gather(code: Ints, count: int) -> Any:
    """(count, n) sparse indicators that add up rows of the same code."""
    from scipy import sparse

    n = len(code)
    return sparse.csr_array((np.ones(n), (code, np.arange(n))), shape=(count, n))


def _pattern(t: Any) -> Any:
    """Ones where a sparse matrix holds an entry, even a zero."""
    out = t.copy()
    out.data = np.ones(len(t.data))
    return out


def _bilinear(t: Any, p: Any, stage: Stage, a: Floats, b: Floats) -> Floats:
    """Σ_h [ a_h Σ_c t_c p_cᵀ − b_h s_h r_hᵀ ] with s, r the sums of t, p over a stratum."""
    strata = _gather(stage.stratum, len(stage.drawn))
    s = strata @ t
    r = s if p is t else strata @ p
    squares = _scaled(t, a[stage.stratum]).T @ p
    centre = _scaled(s, b).T @ r
    return np.asarray((squares - centre).todense(), dtype=np.float64)
