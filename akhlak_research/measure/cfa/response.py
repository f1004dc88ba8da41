"""Thresholds and correlations of latent responses that a model implies, and their derivatives (Muthén 1984).

An ordered answer is a cut of a latent response y*. Its unit cannot be seen, so one of two things fixes it:

``delta``
    The scale Δ_i = 1/sd(y*_i) is a parameter (1 unless set free); residual variances follow from it.
``theta``
    The residual variance is a parameter (1 unless set free); Δ_i = σ_ii^(−1/2) follows from it.

Continuous variables beside ordered ones keep their own unit, Δ = 1. Exogenous covariates x are given: thresholds, means
and covariances are those of what x leaves, and the slopes Π of all variables on x are statistics of their own. Stacked:
[Δ_i(τ − μ_i) and −μ_i in the order of variables, Π covariate by covariate, variances of continuous variables,
Δ_i Δ_j σ_ij column by column of the lower triangle].
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import Ints, Places, System, derivatives, moments_of, system_of


def _none() -> Ints:
    return np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Response:
    """How the statistics of ordered items, and of what stands beside them, follow from a model's moments.

    ``theta`` says which parametrisation; ``item`` (t,) the variable of each threshold or mean, ``threshold`` (t,) its
    place among the thresholds, −1 for a mean. Of the p observed variables ``inner`` are modelled, ``numeric`` of these
    are continuous, ``given`` are covariates.
    """

    theta: bool
    item: Ints
    threshold: Ints
    inner: Ints
    numeric: Ints = field(default_factory=_none)
    given: Ints = field(default_factory=_none)

    @property
    def n_before(self) -> int:
        """Statistics that stand before the covariances below the diagonal."""
        return len(self.item) + len(self.inner) * len(self.given) + len(self.numeric)

    def pairs(self) -> tuple[Ints, Ints]:
        """Variables of the covariances below the diagonal."""
        i, j = pairs(len(self.inner))
        return self.inner[i], self.inner[j]

    def left(self, system: System) -> System:
        """The system of what the covariates leave: they have neither variance nor mean."""
        if len(self.given) == 0:
            return system
        S, m = system.S.copy(), system.m.copy()
        S[self.given], S[:, self.given], m[self.given] = 0.0, 0.0, 0.0
        return replace(system, S=S, m=m)

    def cuts(self, system: System) -> Floats:
        """(t,) thresholds, 0 for means."""
        own = self.threshold >= 0
        found = np.zeros(len(self.item))
        found[own] = system.threshold[self.threshold[own]]
        return found


def scales(system: System, sigma: Floats, response: Response) -> Floats:
    """(p,) Δ; 1 for continuous variables and covariates."""
    if not response.theta:
        return system.scale
    D = np.ones(len(sigma))
    ordered = np.setdiff1d(response.inner, response.numeric)
    D[ordered] = 1 / np.sqrt(np.diag(sigma)[ordered])
    return D


def pairs(p: int) -> tuple[Ints, Ints]:
    """Rows and columns of the lower triangle without diagonal, column by column."""
    columns, rows = np.triu_indices(p, 1)
    return rows, columns


def response_statistics(places: Places, theta: Floats, response: Response) -> Floats:
    """(s,) implied statistics."""
    system = response.left(system_of(places, theta))
    mu, sigma = moments_of(system)
    i, j = response.pairs()
    item, numeric = response.item, response.numeric
    if response.theta and not (np.diag(sigma)[response.inner] > 0).all():
        return np.full(response.n_before + len(i), np.inf)
    D = scales(system, sigma, response)
    tau, rho = D[item] * (response.cuts(system) - mu[item]), D[i] * D[j] * sigma[i, j]
    return np.concatenate([tau, _slopes(system, D, response), sigma[numeric, numeric], rho])


def _slopes(system: System, D: Floats, response: Response) -> Floats:
    """(p k,) Π in units of Δ."""
    inner, given = response.inner, response.given
    return np.asarray((D[inner, None] * system.E[np.ix_(inner, given)]).T.ravel())


def response_delta(places: Places, theta: Floats, response: Response) -> Floats:
    """(s, q) derivative of ``response_statistics``."""
    system = response.left(system_of(places, theta))
    mu, sigma = moments_of(system)
    at, d_mu, d_sigma = derivatives(places, system)
    D, item, numeric = scales(system, sigma, response), response.item, response.numeric
    i, j = response.pairs()
    by_tau = -D[item] * d_mu[:, item]
    by_slope = _slope_derivatives(places, system, D, response)
    by_rho = (D[i] * D[j]) * d_sigma[:, i, j]
    if response.theta:
        own = _scale_derivatives(sigma, d_sigma, response)
        by_tau += D[item] * (response.cuts(system) - mu[item]) * own[:, item]
        by_slope += _slopes(system, D, response) * np.tile(own[:, response.inner], (1, len(response.given)))
        by_rho += D[i] * D[j] * sigma[i, j] * (own[:, i] + own[:, j])
    delta = np.zeros((response.n_before + len(i), len(theta)))
    delta[:, at] = np.concatenate([by_tau, by_slope, d_sigma[:, numeric, numeric], by_rho], axis=1).T
    _thresholds(delta, places, D, response)
    if not response.theta:
        _scales(delta, places, system, mu, sigma, response)
    return delta


def _slope_derivatives(places: Places, system: System, D: Floats, response: Response) -> Floats:
    """(k, p·x) ∂Π by the parameters of ``derivatives``, Δ held: only directed effects move total effects."""
    free = (places.theta >= 0) & (places.kind <= 2)
    inner, given = response.inner, response.given
    E, row, column = system.E, places.row[free], places.column[free]
    moved = E[np.ix_(column, given)].T[:, None, :] * (D[inner, None] * E[np.ix_(inner, row)])[None]
    moved = np.where(places.kind[free] == 0, moved, 0.0)
    return np.asarray(moved.reshape(len(given) * len(inner), len(row)).T)


def _scale_derivatives(sigma: Floats, d_sigma: Floats, response: Response) -> Floats:
    """(k, p) ∂Δ/Δ where Δ = σ_ii^(−1/2); 0 for continuous variables and covariates."""
    ordered = np.setdiff1d(response.inner, response.numeric)
    own = np.zeros(d_sigma.shape[:2])
    own[:, ordered] = -d_sigma[:, ordered, ordered] / (2 * np.diag(sigma)[ordered])
    return own


def _thresholds(delta: Floats, places: Places, D: Floats, response: Response) -> None:
    free = (places.theta >= 0) & (places.kind == 3)
    place = np.flatnonzero(response.threshold >= 0)[places.row[free]]
    delta[place, places.theta[free]] = D[response.item[place]]


def _scales(delta: Floats, places: Places, system: System, mu: Floats, sigma: Floats, response: Response) -> None:
    free = (places.theta >= 0) & (places.kind == 4)
    i, j = response.pairs()
    item, t, before = response.item, len(response.item), response.n_before
    slopes = _slopes(system, np.ones(places.p), response)
    of_slope = np.tile(response.inner, len(response.given))
    for which, row in zip(places.theta[free], places.row[free], strict=True):
        delta[:t, which] = np.where(item == row, response.cuts(system) - mu[item], 0.0)
        delta[t : t + len(slopes), which] = np.where(of_slope == row, slopes, 0.0)
        by = np.where(i == row, system.scale[j], np.where(j == row, system.scale[i], 0.0))
        delta[before:, which] = by * sigma[i, j]


def block_scales(places: Places, theta: Floats, response: Response) -> Floats:
    """(p,) the scales Δ = 1/sd(y*) that the theta parametrisation leaves."""
    system = response.left(system_of(places, theta))
    return scales(system, moments_of(system)[1], response)


def residual_variances(places: Places, theta: Floats, response: Response) -> Floats:
    """(p,) residual variances that the delta parametrisation leaves: 1/Δ² less what the factors explain, given
    covariates."""
    system = response.left(system_of(places, theta))
    _, sigma = moments_of(system)
    explained = np.diag(sigma) - np.diag(system.S)[: places.p]
    return np.asarray(1 / system.scale**2 - explained)
