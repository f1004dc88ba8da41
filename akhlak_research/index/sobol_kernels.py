"""Shares of the variance of a model's output that uncertain inputs bring, from a small radial design.

Saltelli, A., Annoni, P., Azzini, I., Campolongo, F., Ratto, M. & Tarantola, S. (2010), Variance based sensitivity
analysis of model output, Computer Physics Communications 181, 259–270; Jansen, M. J. W. (1999), ibid. 117, 35–43.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.survey.linearised import Floats


@dataclass(frozen=True, slots=True)
class Design:
    """N rows of A, of B, and of A with column i from B, for d inputs: ``rows`` (N (d + 2), d) in 0 … 1."""

    rows: Floats
    n: int
    d: int

    def split(self, output: Floats) -> tuple[Floats, Floats, Floats]:
        """Outputs (N (d + 2), m) as f(A) (N, m), f(B) (N, m), f(AB) (d, N, m)."""
        n = self.n
        return output[:n], output[n : 2 * n], output[2 * n :].reshape(self.d, n, -1)


def radial_design(n: int, d: int, rng: np.random.Generator) -> Design:
    """A scrambled Sobol' sequence in 2 d dimensions, cut into A and B; n a power of two."""
    from scipy.stats import qmc

    points = qmc.Sobol(2 * d, scramble=True, rng=rng).random(n)
    a, b = points[:, :d], points[:, d:]
    mixed = np.repeat(a[None], d, axis=0)
    for at in range(d):
        mixed[at, :, at] = b[:, at]
    return Design(np.concatenate([a, b, mixed.reshape(n * d, d)]), n, d)


def variance_shares(a: Floats, b: Floats, mixed: Floats) -> tuple[Floats, Floats, Floats]:
    """First-order and total shares of d inputs in m outputs, and the variances of the outputs.

    S_i = Σ f(B) (f(AB_i) − f(A)) / (N V), f centred (Saltelli et al. 2010, table 2 (b));
    T_i = Σ (f(A) − f(AB_i))² / (2 N V) (Jansen). An input without any effect has f(AB_i) = f(A) row by row, hence
    exactly 0 in both.

    Returns
    -------
    first, total : (d, m)
        NaN where an output does not vary.
    variance : (m,)
    """
    both = np.concatenate([a, b])
    centre, variance = both.mean(axis=0), both.var(axis=0)
    varies = variance > 1e-20 * np.maximum(centre**2, 1e-300)
    safe = np.where(varies, variance, np.nan)
    first = ((b - centre) * (mixed - a)).mean(axis=1) / safe
    total = ((a - mixed) ** 2).mean(axis=1) / (2 * safe)
    return first, total, np.where(varies, variance, 0.0)


def share_errors(
    a: Floats, b: Floats, mixed: Floats, n_boot: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """(d, m) standard errors of both shares, from rows of the design drawn with replacement."""
    n = len(a)
    drawn = []
    for _ in range(n_boot):
        rows = rng.integers(0, n, n)
        drawn.append(np.stack(variance_shares(a[rows], b[rows], mixed[:, rows])[:2]))
    errors = np.std(np.array(drawn), axis=0, ddof=1)
    return errors[0], errors[1]
