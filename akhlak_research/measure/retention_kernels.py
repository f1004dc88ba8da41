"""Arithmetic of the criteria that suggest a number of factors; arrays only."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.adequacy import kmo_kernel
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue


def leading(above: np.ndarray) -> int:
    """How many are True before the first False."""
    return len(above) if above.all() else int(np.argmin(above))


def mean_partial_correlations(R: Floats) -> Floats:
    """(2, p − 1) average squared, and average fourth power of, partial correlations once m = 0 … p − 2 components are
    held constant (Velicer 1976; Velicer, Eaton & Fava 2000).

    NaN from the m on where an item is wholly explained, so that its partial correlations do not exist.
    """
    p = len(R)
    values, vectors = np.linalg.eigh(R)
    off = ~np.eye(p, dtype=bool)
    out = np.full((2, p - 1), np.nan)
    left = np.array(R, dtype=np.float64)  # what the components so far leave of R
    for m in range(p - 1):
        size = np.diag(left)
        if size.min() <= SMALLEST_EIGENVALUE:
            break
        partial = left[off] / np.sqrt(np.outer(size, size)[off])
        out[:, m] = np.mean(partial**2), np.mean(partial**4)
        axis = vectors[:, p - 1 - m]
        left = left - values[p - 1 - m] * np.outer(axis, axis)
    return out


def empirical_kaiser(eigenvalues: Floats, n: float, *, observed: bool) -> Floats:
    """(p,) reference eigenvalues of the empirical Kaiser criterion, never below 1.

    l_j = max[(p − Σ_{i<j} λ_i) / (p − j + 1) · (1 + √(p/n))², 1]: the largest eigenvalue of noise (Marchenko & Pastur
    1967), scaled by the variance that is left. With ``observed`` the λ are the data's eigenvalues (Braeken & van
    Assen 2017, eq. 2); without, the references themselves (as printed by Auerswald & Moshagen 2019).
    """
    p = len(eigenvalues)
    edge = (1 + np.sqrt(p / n)) ** 2
    if observed:
        taken = np.concatenate([[0.0], np.cumsum(eigenvalues)[:-1]])
        return np.asarray(np.maximum((p - taken) / (p - np.arange(p)) * edge, 1.0))
    references = np.empty(p)
    for j in range(p):
        references[j] = max((p - references[:j].sum()) / (p - j) * edge, 1.0)
    return references


def common_part_accounted_for(R: Floats, loadings: Floats) -> float:
    """CAF: 1 − KMO of what loadings (p, k) leave of R, with ones on its diagonal (Lorenzo-Seva et al. 2011, eq. 3).

    NaN where the residual matrix has no inverse.
    """
    left = R - loadings @ loadings.T
    np.fill_diagonal(left, 1.0)
    if smallest_eigenvalue(left) <= SMALLEST_EIGENVALUE:
        return float("nan")
    return 1.0 - kmo_kernel(left)[0]


def hull(fit: Floats, parameters: Floats) -> Floats:
    """(m,) scree test values st of m solutions in order of size; NaN for those that are not inside the upper hull.

    Parameters
    ----------
    fit : (m,)
        Goodness of fit, larger is better; NaN is left out.
    parameters : (m,)
        Numbers of free parameters, ascending.

    Notes
    -----
    Solutions that a smaller one equals or betters are left out, then those below or on the line between their
    neighbours, until a concave hull remains; st is the ratio of slopes before and after a solution (Lorenzo-Seva,
    Timmerman & Kiers 2011, steps 4 to 8). The largest st marks the elbow. A solution that no larger one betters ends
    the hull and has no slope behind it; the paper leaves it without st, which hides the elbow where fit falls off
    beyond the right number. Its slope behind is 0 here, its st infinite.
    """
    st = np.full(len(fit), np.nan)
    kept: list[int] = []
    for i in np.flatnonzero(~np.isnan(fit)).tolist():
        if kept and fit[i] <= fit[kept].max():
            continue
        kept.append(i)
    kept = _upper_hull(kept, fit, parameters)
    for before, here, after in zip(kept, kept[1:], kept[2:], strict=False):
        rise = (fit[here] - fit[before]) / (parameters[here] - parameters[before])
        st[here] = rise / ((fit[after] - fit[here]) / (parameters[after] - parameters[here]))
    if len(kept) > 1 and kept[-1] < np.flatnonzero(~np.isnan(fit))[-1]:
        st[kept[-1]] = np.inf
    return st


def _upper_hull(points: list[int], fit: Floats, parameters: Floats) -> list[int]:
    """Monotone chain (Andrew 1979), which ends where leaving out one triplet's middle at a time does."""
    chain: list[int] = []
    for i in points:
        while len(chain) > 1:
            a, b = chain[-2:]
            line = fit[a] + (fit[i] - fit[a]) * (parameters[b] - parameters[a]) / (parameters[i] - parameters[a])
            if fit[b] > line:
                break
            chain.pop()
        chain.append(i)
    return chain
