"""The Schmid–Leiman transformation and the coefficients that rest on it; arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.extraction import extract

# a variance of a sum below this share of the sum of variances is rounding dust
_DUST = 1e-12


@dataclass(frozen=True, slots=True)
class SchmidLeimanSolution:
    """A general factor and k group factors, all uncorrelated.

    Attributes
    ----------
    general : (p,)
        Loadings on the general factor, Λγ; their sum is not negative.
    groups : (p, k)
        Loadings on the group factors, Λ diag(√(1 − γ²)).
    second_order : (k,)
        γ, loadings of the factors on the general factor.
    communalities : (p,)
        Of the oblique solution, diag(ΛΦΛ′). The squared loadings add up to them as far as γγ′ reproduces Φ: exactly for
        k ≤ 3 without a Heywood case.
    heywood : bool
        A γ² rests on its ceiling: a factor is all general.
    converged : bool
    """

    general: Floats
    groups: Floats
    second_order: Floats
    communalities: Floats
    heywood: bool
    converged: bool


def schmid_leiman(loadings: Floats, phi: Floats, method: str = "minres") -> SchmidLeimanSolution:
    """Schmid and Leiman's (1957) orthogonal form of a second-order model.

    Parameters
    ----------
    loadings, phi : (p, k), (k, k)
        An oblique solution, k ≥ 2. The factors' correlations are given one factor of their own: of two factors, two
        equal loadings √φ₁₂ (one correlation cannot tell them apart); of three or more, by ``method``.

    Raises
    ------
    MethodError
        ``general_needs_two_factors``; ``no_general_factor``: two factors that do not correlate positively."""
    k = len(phi)
    if k < 2:
        raise MethodError("general_needs_two_factors", got=k, expected=2)
    if k == 2:
        if phi[0, 1] <= 0:
            raise MethodError("no_general_factor", got=float(phi[0, 1]))
        gamma, heywood, converged = np.full(2, np.sqrt(phi[0, 1])), False, True
    else:
        found = extract(phi, 1, method)
        gamma, heywood, converged = found.loadings[:, 0], found.heywood, found.converged
        gamma = np.clip(gamma, -1.0, 1.0)
    general = loadings @ gamma
    sign = -1.0 if general.sum() < 0 else 1.0
    groups, communalities = loadings * np.sqrt(1 - gamma**2), ((loadings @ phi) * loadings).sum(axis=1)
    return SchmidLeimanSolution(
        sign * general, np.asarray(groups), sign * gamma, np.asarray(communalities), heywood, converged
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a sum score's variance.

    Attributes
    ----------
    omega_h, omega_total : float
        ω_h = (Σ s g)² / σ² and ω_t = 1 − Σ s² (1 − h²) / σ² of the sum over all items.
    subscales : (m, 3)
        Of each subscale's own sum: common (general and own group factor), general, and group factor.
    """

    omega_h: float
    omega_total: float
    subscales: Floats


def variance_shares(solution: SchmidLeimanSolution, cov: Floats, own: np.ndarray) -> Shares:
    """Shares in the sum of items with covariances ``cov`` (p, p); of correlations, of the sum of standardised items.

    Parameters
    ----------
    own : (p,) int
        The group factor of each item; the subscale of a factor is the sum of its items.

    Notes
    -----
    σ² is the observed variance, 1′S1 (McDonald 1999; Zinbarg, Revelle, Yovel & Li 2005). Loadings on the group factors
    of other subscales count as error of a subscale, as in ``psych::omega``.
    """
    sd = np.sqrt(np.diag(cov))
    total = float(cov.sum())
    general = sd * solution.general
    unique = sd**2 * (1 - solution.communalities)
    subscales = np.full((solution.groups.shape[1], 3), np.nan)
    for j in np.unique(own):
        members = own == j
        variance = float(cov[np.ix_(members, members)].sum())
        from_general = float(general[members].sum()) ** 2 / variance
        from_group = float((sd * solution.groups[:, j])[members].sum()) ** 2 / variance
        subscales[j] = from_general + from_group, from_general, from_group
    return Shares(float(general.sum()) ** 2 / total, 1 - float(unique.sum()) / total, subscales)


def constant_subscale(cov: Floats, own: np.ndarray) -> int | None:
    """The first group factor whose items, as ``own`` (p,) gives them out, have a sum that does not vary; None if all
    sums do."""
    for j in np.unique(own):
        of_items = cov[np.ix_(own == j, own == j)]
        if of_items.sum() <= _DUST * np.trace(of_items):
            return int(j)
    return None


def explained_common_variance(solution: SchmidLeimanSolution) -> float:
    """ECV: the general factor's share in the sum of squared loadings (Reise, Moore & Haviland 2010)."""
    general = float((solution.general**2).sum())
    return general / (general + float((solution.groups**2).sum()))
