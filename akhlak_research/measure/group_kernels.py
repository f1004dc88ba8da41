"""Arithmetic of scores compared between groups: means, Welch's F, standardised differences, superiority."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import f as f_distribution
from scipy.stats import ncf

from akhlak_research.measure.bounded import Floats

# a variance below this share of the squares it is made of is rounding
_ROUNDING = 1e-18


@dataclass(frozen=True, slots=True)
class Sample:
    """Scores of one group.

    Attributes
    ----------
    x : (m,)
        Distinct rows.
    times : (m,)
        People each row stands for.
    share : (m,)
        Weight of one person of the row; ``times @ share`` is 1.
    """

    x: Floats
    times: Floats
    share: Floats

    @property
    def n(self) -> float:
        """People."""
        return float(self.times.sum())

    @property
    def bessel(self) -> float:
        """n / (n − 1)."""
        return self.n / (self.n - 1)

    @property
    def mean(self) -> float:
        """(Weighted) mean."""
        return float(self.times * self.share @ self.x)

    @property
    def variance(self) -> float:
        """(Weighted) variance, with n/(n − 1); 0 where that is rounding."""
        centred = (self.x - self.mean) ** 2
        found = float(self.times * self.share @ centred) * self.bessel
        return found if found > _ROUNDING * float(self.times * self.share @ self.x**2) else 0.0

    def error(self, influence: Floats) -> float:
        """Squared standard error of a statistic with this influence (m,) of one person of each row:
        n/(n − 1) Σ ψ², the linearised variance with replacement."""
        return self.bessel * float(self.times @ influence**2)

    @property
    def mean_error(self) -> float:
        """Squared standard error of the mean; s²/n without weights."""
        return self.error(self.share * (self.x - self.mean)) if self.variance > 0 else 0.0


def welch_df(a: Sample, b: Sample) -> float:
    """Degrees of freedom of a difference of means (Welch 1947; Satterthwaite 1946)."""
    u, v = a.mean_error, b.mean_error
    return (u + v) ** 2 / (u**2 / (a.n - 1) + v**2 / (b.n - 1))


def hedges_g(a: Sample, b: Sample) -> tuple[float, float]:
    """Difference of means over √((s_a² + s_b²)/2), corrected for small samples, and its standard error.

    The error is linearised, so it holds for any distribution and under sampling weights.

    References
    ----------
    Delacre, M., Lakens, D., Ley, C., Liu, L. & Leys, C. (2021). Why Hedges' g*s based on the non-pooled standard
    deviation should be reported with Welch's t-test. PsyArXiv 10.31234/osf.io/tu6mp: estimator, and df of the
    correction; Hedges, L. V. (1981), Journal of Educational Statistics 6, 107–128: the correction.
    """
    va, vb = a.variance, b.variance
    spread = np.sqrt((va + vb) / 2)
    gap = a.mean - b.mean
    df = (a.n - 1) * (b.n - 1) * (va + vb) ** 2 / ((b.n - 1) * va**2 + (a.n - 1) * vb**2)
    correction = float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2))
    error = 0.0
    for sample, sign, variance in ((a, 1.0, va), (b, -1.0, vb)):
        centred = sample.x - sample.mean
        on_gap, on_variance = sign * centred / spread, (centred**2 - variance) * gap / (4 * spread**3)
        error += sample.error(sample.share * (on_gap - on_variance))
    return float(correction * gap / spread), float(correction * np.sqrt(error))


def superiority(a: Sample, b: Sample) -> tuple[float, float]:
    """P(X_a > X_b) + ½ P(X_a = X_b), and its standard error.

    References
    ----------
    DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988), Biometrics 44, 837–845; Brunner, E. & Munzel, U.
    (2000), Biometrical Journal 42, 17–25: the same variance.
    """
    values = np.unique(np.concatenate([a.x, b.x]))
    at = [np.searchsorted(values, sample.x) for sample in (a, b)]
    masses = [
        np.bincount(place, sample.times * sample.share, len(values))
        for place, sample in zip(at, (a, b), strict=True)
    ]  # fmt: skip
    below = [np.cumsum(mass) - mass / 2 for mass in masses]
    chance = float(masses[0] @ below[1])
    error = a.error(a.share * (below[1][at[0]] - chance)) + b.error(b.share * (1 - below[0][at[1]] - chance))
    return chance, float(np.sqrt(error))


def welch_f(samples: list[Sample]) -> tuple[float, float, float]:
    """Welch's F for equal means with unequal variances, and its degrees of freedom.

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values: an alternative approach. Biometrika, 38, 330–336.
    """
    k = len(samples)
    precision = np.array([1 / sample.mean_error for sample in samples])
    mean, n = np.array([sample.mean for sample in samples]), np.array([sample.n for sample in samples])
    share = precision / precision.sum()
    doubt = float(((1 - share) ** 2 / (n - 1)).sum())
    between = float(precision @ (mean - share @ mean) ** 2) / (k - 1)
    statistic = between / (1 + 2 * (k - 2) / (k**2 - 1) * doubt)
    return statistic, k - 1, (k**2 - 1) / (3 * doubt)


def explained(statistic: float, df: float, df_error: float, n: float, level: float) -> tuple[float, float, float]:
    """Share of variance that lies between groups, ω² = λ/(λ + n), with limits from the noncentral F.

    λ is the noncentrality Σ n_g (μ_g − μ̃)²/σ_g²; its estimate is df·(F − 1), not below 0.

    References
    ----------
    Kulinskaya, E. & Staudte, R. G. (2006). Interval estimates of weighted effect sizes in the one-way heteroscedastic
    ANOVA. British Journal of Mathematical and Statistical Psychology, 59, 97–111.
    """

    def limit(tail: float) -> float:
        if f_distribution.sf(statistic, df, df_error) >= 1 - tail:
            return 0.0

        def miss(noncentrality: float) -> float:
            return float(ncf.cdf(statistic, df, df_error, noncentrality)) - tail

        high = max(df * statistic, 1.0)
        while miss(high) > 0:
            high *= 2
        return float(brentq(miss, 0.0, high, xtol=1e-10, rtol=1e-12))

    found = (max(df * (statistic - 1), 0.0), limit(0.5 + level / 2), limit(0.5 - level / 2))
    estimate, low, high = (value / (value + n) for value in found)
    return estimate, low, high
