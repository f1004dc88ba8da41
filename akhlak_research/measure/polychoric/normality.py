"""Does a normal distribution behind the answers reproduce the table of a pair?

Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika, 44, 443–460.
Muthén, B., & Hofacker, C. (1988). Testing the assumptions underlying tetrachoric correlations. Psychometrika, 53,
563–577.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.polychoric.two_step import BLOCK, cell_probabilities


def likelihood_ratio(
    tau_a: Floats, tau_b: Floats, rho: Floats, tables: Floats
) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:
    """χ² = 2 Σ n log(n / (N P)) of q pairs, its degrees of freedom, p and RMSEA.

    Parameters
    ----------
    tau_a, tau_b : (q, K − 1)
    rho : (q,)
        Strictly within (−1, 1).
    tables : (q, K, K)
        Joint answers of the people who gave the thresholds.

    Notes
    -----
    With k and l categories in use the table has kl − 1 free cells and the model k + l − 1 parameters. RMSEA is
    √(max(χ² − df, 0) / (df N)). Without degrees of freedom (two by two) p and RMSEA are NaN.
    """
    q = len(rho)
    chisq = np.empty(q)
    for begin in range(0, q, BLOCK):
        at = slice(begin, begin + BLOCK)
        n = np.asarray(tables[at], dtype=np.float64)
        there = n > 0
        expected = cell_probabilities(tau_a[at], tau_b[at], rho[at], there) * n.sum(axis=(1, 2), keepdims=True)
        chisq[at] = 2 * (n * np.log(np.where(there, n / expected, 1.0))).sum(axis=(1, 2))
    chisq = np.maximum(chisq, 0.0)
    rows, columns = ((tables.sum(axis=axis) > 0).sum(axis=1) for axis in (2, 1))
    df = np.asarray(rows * columns - rows - columns, dtype=np.int64)
    some = np.where(df > 0, df, 1)
    p = np.where(df > 0, chi2.sf(chisq, some), np.nan)
    rmsea = np.sqrt(np.maximum(chisq - df, 0.0) / (some * tables.sum(axis=(1, 2))))
    return chisq, df, p, np.where(df > 0, rmsea, np.nan)
