"""Fit measures, one function each, from chi-square statistics, their baseline and residuals.

References: Bentler (1990) CFI; Tucker & Lewis (1973) TLI; Steiger (1990), Browne & Cudeck (1993) RMSEA; Bentler (1995)
SRMR; Jöreskog & Sörbom (1986) GFI, AGFI; Brosseau-Liard & Savalei (2014), Brosseau-Liard, Savalei & Li (2012) robust
CFI and RMSEA.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, ncx2

from akhlak_research.core.noncentral import noncentrality
from akhlak_research.measure.bounded import Floats

NAN = float("nan")
#: the null value of the close-fit test
CLOSE = 0.05


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A statistic and its degrees of freedom; ``scale`` is the c of robust measures (1: unscaled)."""

    statistic: float
    df: float
    scale: float = 1.0

    @property
    def excess(self) -> float:
        """How much the statistic exceeds what a true model gives on average."""
        return self.statistic - self.scale * self.df


def pvalue(test: ChiSquare) -> float:
    """P(χ²_df > statistic); NaN without degrees of freedom."""
    return float(chi2.sf(test.statistic, test.df)) if test.df > 0 else NAN


def cfi(model: ChiSquare, baseline: ChiSquare) -> float:
    """Comparative fit index, within [0, 1]."""
    model_excess = max(model.excess, 0.0)
    worst = max(model_excess, baseline.excess, 0.0)
    return 1.0 - model_excess / worst if worst > 0 else 1.0


def tli(model: ChiSquare, baseline: ChiSquare) -> float:
    """Tucker–Lewis index (also called NNFI); may leave [0, 1]."""
    if model.df == 0:
        return 1.0
    below = baseline.excess * model.df
    return 1.0 - model.excess * baseline.df / below if below != 0 else 1.0


def nfi(model: ChiSquare, baseline: ChiSquare) -> float:
    """Normed fit index (Bentler & Bonett 1980)."""
    return (baseline.statistic - model.statistic) / baseline.statistic


def rmsea(model: ChiSquare, n: float, n_groups: int) -> float:
    """Root mean square error of approximation."""
    if model.df <= 0:
        return 0.0
    return math.sqrt(max(model.excess / (n * model.df), 0.0) * n_groups)


def rmsea_interval(model: ChiSquare, n: float, n_groups: int, level: float = 0.90) -> tuple[float, float]:
    """Limits by the noncentral χ² distribution; with ``scale`` c the statistic X/c has it."""
    if model.df <= 0:
        return 0.0, 0.0
    x = model.statistic / model.scale
    low = noncentrality(x, model.df, (1 + level) / 2)
    high = noncentrality(x, model.df, (1 - level) / 2)
    factor = model.scale * n_groups / (n * model.df)
    return math.sqrt(low * factor), math.sqrt(high * factor)


def _noncentral_cdf(x: float, df: float, lam: float) -> float:
    return float(chi2.cdf(x, df)) if lam == 0 else float(ncx2.cdf(x, df, lam))


def close_fit(model: ChiSquare, n: float, n_groups: int) -> float:
    """p value of the hypothesis that RMSEA ≤ .05 (Browne & Cudeck 1993)."""
    if model.df <= 0:
        return NAN
    lam = n * model.df * CLOSE**2 / n_groups / model.scale
    return 1.0 - _noncentral_cdf(model.statistic / model.scale, model.df, lam)


def srmr(residuals: list[Floats], shares: list[float]) -> float:
    """Root mean square of standardised residuals, groups weighted by n; one flat array a group."""
    return float(sum(share * math.sqrt(float(np.mean(r**2))) for r, share in zip(residuals, shares, strict=True)))


def gfi(misfit: float, size: float) -> float:
    """1 − e′We / s′Ws."""
    return 1.0 - misfit / size


def agfi(gfi_value: float, n_statistics: int, df: float) -> float:
    """GFI adjusted for degrees of freedom."""
    return 1.0 - n_statistics / df * (1.0 - gfi_value) if df > 0 else 1.0


def loglik_saturated(log_det: float, p: int, n: float) -> float:
    """Log-likelihood of the unrestricted normal model."""
    return -n / 2 * (p * math.log(2 * math.pi) + log_det + p)


def aic(loglik: float, n_parameters: int) -> float:
    """Akaike's criterion."""
    return -2 * loglik + 2 * n_parameters


def bic(loglik: float, n_parameters: int, n: float) -> float:
    """Schwarz's criterion."""
    return -2 * loglik + n_parameters * math.log(n)


def bic_adjusted(loglik: float, n_parameters: int, n: float) -> float:
    """Schwarz's criterion with n* = (n + 2)/24 (Sclove 1987)."""
    return -2 * loglik + n_parameters * math.log((n + 2) / 24)
