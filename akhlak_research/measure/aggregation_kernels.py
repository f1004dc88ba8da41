"""Answers of people nested in units: variance between and within, and agreement within each unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from akhlak_research.measure.ratings import Floats

#: where both mean squares are equal, their rounding must not decide the sign of ICC(1)
_DUST = 1e-12

# Variance of a slightly skewed null by number of answers. Five answers: James, Demaree and Wolf (1984); the others:
# LeBreton and Senter (2008, table 2), who give none outside 5 to 11.
SLIGHT_SKEW = {5: 1.34, 6: 1.85, 7: 2.90, 8: 3.47, 9: 5.66, 10: 6.30, 11: 7.31}


@dataclass(frozen=True, slots=True)
class OneWay:
    """One-way analysis of variance of G units.

    Attributes
    ----------
    sizes, means, within : (G,)
        n_i, the mean and the sum of squares within each unit.
    msb, msw : float
        Mean squares between and within; NaN without degrees of freedom.
    k : float
        (N − Σn²/N)/(G − 1): the size that stands for unequal units (Bliese 2000); n where all are equal.
    """

    sizes: Floats
    means: Floats
    within: Floats
    msb: float
    msw: float
    k: float

    @property
    def df(self) -> int:
        """G − 1."""
        return len(self.sizes) - 1

    @property
    def df_error(self) -> int:
        """N − G."""
        return int(self.sizes.sum()) - len(self.sizes)

    @property
    def icc1(self) -> float:
        """(MSB − MSW)/[MSB + (k − 1)MSW]; NaN where nothing varies or every unit is one person."""
        total = self.msb + (self.k - 1) * self.msw
        if not total > 0:
            return np.nan
        icc = (self.msb - self.msw) / total
        return 0.0 if abs(icc) < _DUST else icc

    @property
    def clustered_size(self) -> float:
        """Σn²/Σn: how many colleagues (oneself included) the average person has (Kish 1987)."""
        return float((self.sizes**2).sum() / self.sizes.sum())


def one_way(score: Floats, unit: NDArray[np.intp], frequency: Floats) -> OneWay:
    """The analysis of ``score`` (n,) by ``unit`` (n,) numbered 0 … G − 1; a frequency k counts as k people."""
    center = score.mean()
    y = score - center
    sizes: Floats = np.bincount(unit, frequency).astype(np.float64)
    means = np.bincount(unit, frequency * y) / sizes
    within: Floats = np.bincount(unit, frequency * (y - means[unit]) ** 2).astype(np.float64)
    n, g = sizes.sum(), len(sizes)
    grand = float((sizes * means).sum() / n)
    between = float((sizes * (means - grand) ** 2).sum())
    # equal scores leave rounding dust; it is nothing beside the numbers squared that made it
    dust = 1e-24 * float((frequency * score**2).sum()) + np.finfo(np.float64).tiny
    within = np.where(within > dust, within, 0.0)
    between = between if between > dust else 0.0
    msw = float(within.sum() / (n - g)) if n > g else np.nan
    k = float((n - (sizes**2).sum() / n) / (g - 1))
    return OneWay(sizes, means + center, within, between / (g - 1), msw, k)


def icc1_limits(a: OneWay, level: float) -> tuple[float, float]:
    """Wald's (1940) exact interval for ICC(1) of units of any sizes, under normality.

    H(ρ) = Σ w_i(ȳ_i − ȳ_w)²/[(G − 1)·MSW] with w_i = n_i(1 − ρ)/(1 + (n_i − 1)ρ) is distributed as F(G − 1, N − G) at
    the true ρ and falls as ρ grows; the limits are where it meets the quantiles of F. With equal sizes they are those
    of Shrout and Fleiss (1979). A limit beyond the smallest correlation that the largest unit allows,
    −1/(n_max − 1), is that value.
    """
    n = a.sizes

    def excess(rho: float, quantile: float) -> float:
        w = n * (1 - rho) / (1 + (n - 1) * rho)
        middle = (w * a.means).sum() / w.sum()
        return float((w * (a.means - middle) ** 2).sum() / (a.df * a.msw) - quantile)

    least = -1 / (n.max() - 1)
    bracket = least + 1e-12 * abs(least), 1 - 1e-15
    limits = []
    for chance in (0.5 + level / 2, 0.5 - level / 2):
        quantile = float(stats.f.ppf(chance, a.df, a.df_error))
        if excess(bracket[0], quantile) <= 0:
            limits.append(float(least))
        elif excess(bracket[1], quantile) >= 0:
            limits.append(1.0)
        else:
            limits.append(float(optimize.brentq(excess, *bracket, args=(quantile,), xtol=1e-15, rtol=1e-14)))
    return limits[0], limits[1]


def item_variances(values: Floats, unit: NDArray[np.intp], frequency: Floats, units: int) -> Floats:
    """(G, p) variances of the items of ``values`` (n, p) within each unit, denominator n − 1; NaN below two answers."""
    out = np.full((units, values.shape[1]), np.nan)
    for j, x in enumerate(values.T):
        there = ~np.isnan(x)
        f, g = frequency[there], unit[there]
        n = np.bincount(g, f, minlength=units)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(g, f * x[there], minlength=units) / n
            square = np.bincount(g, f * (x[there] - mean[g]) ** 2, minlength=units)
            out[:, j] = np.where(n >= 2, square / (n - 1), np.nan)
    return out


def r_wg(ratio: Floats, items: int) -> Floats:
    """r_wg(j) of James, Demaree and Wolf (1984): J(1 − q)/[J(1 − q) + q], q = mean item variance over that of the null.

    Where q > 1 people differ more than chance; the formula then leaves 0 … 1 and the authors set 0.
    """
    spread = np.maximum(1 - ratio, 0.0)
    with np.errstate(invalid="ignore"):
        return items * spread / (items * spread + ratio)


def uniform_variance(answers: int) -> float | None:
    """(A² − 1)/12: every answer alike."""
    return (answers**2 - 1) / 12


def slight_skew_variance(answers: int) -> float | None:
    """Most answers near, none at, the upper end; None where no published value is known."""
    return SLIGHT_SKEW.get(answers)
