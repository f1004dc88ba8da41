"""The greatest lower bound to reliability: a small semidefinite programme, solved along its central path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats

_NULL = 1e-10
_PRECISION = 1e-11
_MAX_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Bound:
    """Largest error variances that a covariance matrix allows.

    Attributes
    ----------
    errors : (k,)
        d ≥ 0 with S − diag(d) positive semidefinite and Σd as large as possible.
    gap : float
        How far Σd can at most be from its maximum, from the dual solution, as a share of 1′S1.
    dual : (k, k)
        Y positive semidefinite, Y_ii ≥ 1: tr(SY) ≥ Σd for every feasible d.
    """

    errors: Floats
    gap: float
    dual: Floats


def largest_errors(cov: Floats) -> Bound | None:
    """Maximise Σd subject to S − diag(d) ⪰ 0, d ≥ 0 (Bentler 1972; Jackson & Agunwamba 1977).

    None where S (k, k) has a negative eigenvalue: then no d is feasible.

    Notes
    -----
    Newton's method on Σd + μ (ln det(S − diag d) + Σ ln d) for a falling μ (Vandenberghe & Boyd 1996). On the path
    Y = μ (S − diag d)⁻¹ solves the dual problem, min tr(SY) with Y ⪰ 0 and Y_ii ≥ 1, up to 2kμ; scaled to meet
    Y_ii ≥ 1 it bounds Σd from above whatever the accuracy of the search. Where S has directions without variance, the
    errors of the items in them are zero and the search goes on in the remaining space.
    """
    k, sd = len(cov), np.sqrt(np.diag(cov))
    values, vectors = np.linalg.eigh(cov / np.outer(sd, sd))
    if values[0] < -_NULL * values[-1]:
        return None
    rank = int((values > _NULL * values[-1]).sum())
    scale = float(np.diag(cov).mean())
    S = cov / scale
    free = np.ones(k, dtype=bool)
    basis = np.eye(k)
    if rank < k:
        empty = vectors[:, : k - rank] / sd[:, None]  # directions v with v′Sv = 0
        free = np.asarray((np.abs(empty * sd[:, None]) < 1e-7).all(axis=1))
        basis = np.linalg.qr(empty, mode="complete")[0][:, k - rank :]
    errors = np.zeros(k)
    if not free.any():
        return Bound(errors, 0.0, np.eye(k))
    errors[free], dual = _follow_path(S, basis, free)
    gap = float((S * dual).sum()) - float(errors.sum())
    return Bound(errors * scale, max(gap, 0.0) / float(S.sum()), dual)


def _follow_path(S: Floats, basis: Floats, free: np.ndarray) -> tuple[Floats, Floats]:
    """Errors of the free items at the end of the path, and the tightest Y (k, k) met on it: further on S − D comes so
    near to a singular matrix that its inverse loses digits, though d itself does not."""
    reduced = basis.T @ S @ basis
    d = np.full(int(free.sum()), 0.5 * float(np.linalg.eigvalsh(reduced)[0]))
    mu, target = float(d[0]), _PRECISION * float(S.sum()) / (2 * len(S))
    inverse = _inverse(reduced, basis, free, d)
    assert inverse is not None  # half the smallest eigenvalue leaves the other half
    dual, lowest = inverse, np.inf
    for _ in range(_MAX_ROUNDS):
        slope = 1 - mu * np.diag(inverse)[free] + mu / d
        curve = mu * (inverse[np.ix_(free, free)] ** 2 + np.diag(1 / d**2))
        step = np.linalg.solve(curve, slope)
        decrement = float(slope @ step) / mu
        if decrement < 0.05:
            solved = inverse / min(1 / mu, float(np.diag(inverse)[free].min()))
            if (bound := float((S * solved).sum())) < lowest:
                dual, lowest = solved, bound
            if decrement < 1e-4:
                if mu <= target:
                    break
                mu = max(mu * 0.1, target)
                continue
        moved = _move(reduced, basis, free, d, step, decrement)
        if moved is None:
            break
        d, inverse = moved
    return d, dual


def _move(
    reduced: Floats, basis: Floats, free: np.ndarray, d: Floats, step: Floats, decrement: float
) -> tuple[Floats, Floats] | None:
    """The damped Newton step 1/(1 + λ), which stays feasible in exact arithmetic, halved where rounding says not."""
    length = 1.0 if decrement < 0.05 else 1.0 / (1.0 + np.sqrt(decrement))
    while length > 1e-6:
        trial = d + length * step
        inverse = _inverse(reduced, basis, free, trial) if (trial > 0).all() else None
        if inverse is not None:
            return trial, inverse
        length /= 2
    return None


def _inverse(reduced: Floats, basis: Floats, free: np.ndarray, d: Floats) -> Floats | None:
    rows = basis[free]
    try:
        factor = np.linalg.cholesky(reduced - (rows * d[:, None]).T @ rows)
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.solve(factor, basis.T)
    return np.asarray(half.T @ half)
