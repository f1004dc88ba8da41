"""Arithmetic of the screen of items across groups: least squares with robust errors, and Holm's adjustment."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats

# a sum of squares below this share of its whole is rounding
_ROUNDING = 1e-18


def hc3(y: Floats, x: Floats, w: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients and HC3 standard errors of (weighted) least squares.

    V = (X′WX)⁻¹ X′W diag(e² / (1 − h)²) W X (X′WX)⁻¹ with e = y − Xb and h the leverages of √w X. The scale of the
    weights cancels.

    Parameters
    ----------
    y : (n,)
    x : (n, p)
    w : (n,)
        Weights > 0.

    Returns
    -------
    b, se : (p,), or None where X has not full rank
        ``se`` is NaN where a row has leverage 1, or the columns determine y.

    References
    ----------
    MacKinnon, J. G. & White, H. (1985), Journal of Econometrics 29, 305–325; Long, J. S. & Ervin, L. H. (2000), The
    American Statistician 54, 217–224, equation 5.
    """
    root = np.sqrt(w / w.mean())
    scaled, target = x * root[:, None], y * root
    if np.linalg.matrix_rank(scaled / np.linalg.norm(scaled, axis=0)) < x.shape[1]:
        return None
    q, r = np.linalg.qr(scaled)
    b = np.linalg.solve(r, q.T @ target)
    error = target - scaled @ b
    free = 1 - np.einsum("ij,ij->i", q, q)
    if (free < 1e-9).any() or error @ error <= _ROUNDING * (target @ target):
        return b, np.full_like(b, np.nan)
    spread = np.linalg.solve(r, (q * (error / free)[:, None]).T)
    return b, np.sqrt(np.einsum("ij,ij->i", spread, spread))


def group_means(y: Floats, group: np.ndarray, w: Floats, g: int) -> tuple[Floats, float]:
    """(g,) weighted means, and the standard deviation within groups: √(Σ w (y − ȳ_g)² / Σ w · n / (n − g)); 0 where
    that is rounding."""
    mean = np.bincount(group, w * y, g) / np.bincount(group, w, g)
    within = float(w @ (y - mean[group]) ** 2)
    if within <= _ROUNDING * float(w @ y**2):
        return mean, 0.0
    return mean, float(np.sqrt(within / w.sum() * len(y) / (len(y) - g)))


def holm(p: Floats) -> Floats:
    """(m,) p-values adjusted for m tests (Holm 1979): running maximum of (m − i + 1) p₍ᵢ₎, at most 1."""
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(steps, 1.0)
    return out
