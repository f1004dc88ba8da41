"""Chance-corrected agreement of raters: point values and their sampling error.

Letters as in Gwet (2014): n objects, q categories, r_ik raters who put object i into category k, w_kl the weight of
agreement between categories k and l. Every kernel takes plain arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.ratings import Floats

_CELLS = 4_000_000  # of a block of bootstrap samples; bounds memory, changes no number


@dataclass(frozen=True, slots=True)
class Corrected:
    """Agreement seen, agreement expected by chance, the coefficient and its standard error (NaN where none)."""

    observed: float
    expected: float
    estimate: float
    se: float


def agreement_weights(values: Floats, metric: str) -> Floats:
    """(q, q) weights of agreement between category values: 1 on the diagonal, 0 at the farthest.

    nominal: identity. linear: 1 − |k − l|/range. interval: 1 − (k − l)²/range² (quadratic). ordinal: 1 − C(d + 1, 2)
    over its maximum, d the distance in ranks (Gwet 2014, ch. 3).
    """
    q = len(values)
    if metric == "nominal" or q == 1:
        return np.eye(q)
    if metric == "ordinal":
        rank = np.arange(q, dtype=np.float64)
        distance = np.abs(rank[:, None] - rank)
        between = distance * (distance + 1) / 2
        return np.asarray(1 - between / between.max())
    distance = np.abs(values[:, None] - values) / (values.max() - values.min())
    return np.asarray(1 - (distance if metric == "linear" else distance**2))


def count_ratings(ratings: Floats, values: Floats) -> Floats:
    """(n, q) raters per object and category, from ratings (r, n)."""
    return np.asarray((ratings.T[:, :, None] == values).sum(axis=1), dtype=np.float64)


def fleiss_or_gwet(counts: Floats, weights: Floats, gwet: bool) -> Corrected:
    """Fleiss' kappa (generalised to weights and missing ratings), or Gwet's AC1 and AC2.

    p_a = mean over objects with two ratings or more of Σ_k r_ik(r*_ik − 1)/[r_i(r_i − 1)], r*_ik = Σ_l w_kl r_il;
    π_k = mean of r_ik/r_i. p_e = ΣΣ w_kl π_k π_l (Fleiss), or T_w Σ π_k(1 − π_k)/[q(q − 1)] (Gwet 2008). Variance by
    linearisation over objects, missing ratings included (Gwet 2014, eq. 5.3.9 ff.).

    Parameters
    ----------
    counts : (n, q)
        Every row holds a rating.
    weights : (q, q)
    """
    n, q = counts.shape
    raters = counts.sum(axis=1)
    two = raters >= 2
    share = counts / raters[:, None]
    pi = share.mean(axis=0)
    together = (counts * (counts @ weights - 1)).sum(axis=1)
    own = np.where(two, together / np.where(two, raters * (raters - 1), 1.0), 0.0)
    observed = float(own.sum() / two.sum())
    if gwet:
        scale = weights.sum() / (q * (q - 1))
        expected, slope = float(scale * (pi * (1 - pi)).sum()), scale * (share @ (1 - pi))
    else:
        expected, slope = float(pi @ weights @ pi), share @ (weights @ pi)
    if 1 - expected < 1e-12:
        return Corrected(observed, expected, np.nan, np.nan)
    kappa = (observed - expected) / (1 - expected)
    part = n / two.sum() * (own - expected * two) / (1 - expected)
    part = part - 2 * (1 - kappa) * (slope - expected) / (1 - expected)
    se = float(np.sqrt(((part - kappa) ** 2).sum() / (n * (n - 1)))) if n > 1 else np.nan
    return Corrected(observed, expected, float(kappa), se)


def cohen(table: Floats, weights: Floats) -> Corrected:
    """Cohen's kappa of two raters from their table of counts (q, q); standard error of Fleiss, Cohen and Everitt
    (1969, eq. 13), which holds for any true value (the one under independence is for a test of zero only)."""
    n = table.sum()
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float((weights * p).sum()), float(rows @ weights @ columns)
    if 1 - expected < 1e-12:
        return Corrected(observed, expected, np.nan, np.nan)
    kappa = (observed - expected) / (1 - expected)
    margin = (weights @ columns)[:, None] + (weights.T @ rows)[None, :]
    spread = (p * (weights - margin * (1 - kappa)) ** 2).sum() - (kappa - expected * (1 - kappa)) ** 2
    return Corrected(observed, expected, kappa, float(np.sqrt(max(spread, 0.0) / n) / (1 - expected)))


def coincidences(counts: Floats) -> Floats:
    """(n, q, q) what each object adds to Krippendorff's table: r_ik(r_il − δ_kl)/(r_i − 1); zero for a lone rating."""
    raters = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    q = counts.shape[1]
    pairs[:, np.arange(q), np.arange(q)] -= counts
    return np.asarray(pairs / np.where(raters >= 2, raters - 1, np.inf)[:, None, None])


def krippendorff(table: Floats, values: Floats, metric: str) -> tuple[Floats, Floats]:
    """Disagreement seen and expected, D_o and D_e, of coincidence tables (…, q, q) (Krippendorff 2011).

    alpha = 1 − D_o/D_e; D_o = Σ o_ck δ_ck / N, D_e = Σ n_c n_k δ_ck / [N(N − 1)], N the number of pairable ratings.
    The ordinal δ² turns on the margins and is made anew for each table.
    """
    margin = table.sum(axis=-1)
    total = margin.sum(axis=-1)
    delta = _delta(margin, values, metric)
    seen = (table * delta).sum(axis=(-2, -1)) / total
    by_chance = (margin[..., :, None] * margin[..., None, :] * delta).sum(axis=(-2, -1)) / (total * (total - 1))
    return seen, by_chance


def _delta(margin: Floats, values: Floats, metric: str) -> Floats:
    """Squared difference between categories, (q, q) or one per table."""
    a, b = values[:, None], values[None, :]
    if metric == "nominal":
        return np.asarray(a != b, dtype=np.float64)
    if metric == "interval":
        return np.asarray((a - b) ** 2)
    if metric == "ratio":
        return np.asarray(((a - b) / np.where(a + b == 0, 1.0, a + b)) ** 2, dtype=np.float64)
    # ordinal: ratings lying between the two categories, half of the categories' own
    middle = margin.cumsum(axis=-1) - margin / 2
    return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2, dtype=np.float64)


def bootstrap_alpha(
    each: Floats, values: Floats, metric: str, n_boot: int, rng: np.random.Generator
) -> Floats:
    """(n_boot,) alpha of samples of objects drawn with replacement; NaN where a sample has no variation.

    ``each`` (n, q, q) are the coincidences of the objects, which add up.
    """
    n, q = each.shape[:2]
    flat = each.reshape(n, q * q)
    block = max(1, min(n_boot, _CELLS // max(q * q, n)))
    alphas = []
    for start in range(0, n_boot, block):
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=min(block, n_boot - start))
        tables = (drawn @ flat).reshape(-1, q, q)
        seen, by_chance = krippendorff(tables, values, metric)
        with np.errstate(invalid="ignore", divide="ignore"):
            alphas.append(np.where(by_chance > 0, 1 - seen / by_chance, np.nan))
    return np.concatenate(alphas)


def concordance(ratings: Floats) -> tuple[float, float]:
    """Kendall's W with correction for ties and its χ² = m(n − 1)W, for complete ratings (m, n).

    W = 12 S/[m²(n³ − n) − m ΣT], S the squared deviations of the objects' rank sums, T = Σ(t³ − t) over the ties of a
    rater (Kendall & Gibbons 1990). NaN where no rater tells the objects apart.
    """
    from scipy.stats import rankdata

    m, n = ratings.shape
    sums = rankdata(ratings, axis=1).sum(axis=0)
    groups = [np.unique(row, return_counts=True)[1].astype(np.float64) for row in ratings]
    ties = sum(float((t**3 - t).sum()) for t in groups)
    room = m**2 * (n**3 - n) - m * ties
    if room <= 0:
        return np.nan, np.nan
    w = float(12 * ((sums - sums.mean()) ** 2).sum() / room)
    return w, m * (n - 1) * w
