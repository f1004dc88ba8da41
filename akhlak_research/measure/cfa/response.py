"""Thresholds and correlations of latent responses that a model implies, and their derivatives (Muthén 1984).

An ordered answer is a cut of a latent response y*. Its unit cannot be seen, so one of two things fixes it:

``delta``
    The scale Δ_i = 1/sd(y*_i) is a parameter (1 unless set free); residual variances follow from it.
``theta``
    The residual variance is a parameter (1 unless set free); Δ_i = σ_ii^(−1/2) follows from it.

Statistics are stacked [Δ_i(τ − μ_i) in the order of items, Δ_i Δ_j σ_ij column by column of the lower triangle].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.implied import Ints, Places, System, derivatives, moments_of, system_of


@dataclass(frozen=True, slots=True)
class Response:
    """``theta`` says which parametrisation; ``item`` (t,) the item of each threshold."""

    theta: bool
    item: Ints


def scales(system: System, sigma: Floats, response: Response) -> Floats:
    """(p,) Δ."""
    return 1 / np.sqrt(np.diag(sigma)) if response.theta else system.scale


def pairs(p: int) -> tuple[Ints, Ints]:
    """Rows and columns of the lower triangle without diagonal, column by column."""
    columns, rows = np.triu_indices(p, 1)
    return rows, columns


def response_statistics(places: Places, theta: Floats, response: Response) -> Floats:
    """(s,) implied thresholds and correlations."""
    system = system_of(places, theta)
    mu, sigma = moments_of(system)
    i, j = pairs(places.p)
    if response.theta and not (np.diag(sigma) > 0).all():
        return np.full(len(response.item) + len(i), np.inf)
    D = scales(system, sigma, response)
    return np.concatenate([D[response.item] * (system.threshold - mu[response.item]), D[i] * D[j] * sigma[i, j]])


def response_delta(places: Places, theta: Floats, response: Response) -> Floats:
    """(s, q) derivative of ``response_statistics``."""
    system = system_of(places, theta)
    mu, sigma = moments_of(system)
    at, d_mu, d_sigma = derivatives(places, system)
    D, item = scales(system, sigma, response), response.item
    i, j = pairs(places.p)
    t = len(item)
    delta = np.zeros((t + len(i), len(theta)))
    tau, rho = D[item] * (system.threshold - mu[item]), D[i] * D[j] * sigma[i, j]
    by_tau = -D[item] * d_mu[:, item]
    by_rho = (D[i] * D[j]) * d_sigma[:, i, j]
    if response.theta:
        own = np.diagonal(d_sigma, axis1=1, axis2=2) / np.diag(sigma) / 2
        by_tau = by_tau - tau * own[:, item]
        by_rho = by_rho - rho * (own[:, i] + own[:, j])
    delta[:t, at], delta[t:, at] = by_tau.T, by_rho.T
    _thresholds(delta, places, D, item)
    if not response.theta:
        _scales(delta, places, system, mu, sigma, item)
    return delta


def _thresholds(delta: Floats, places: Places, D: Floats, item: Ints) -> None:
    free = (places.theta >= 0) & (places.kind == 3)
    row = places.row[free]
    delta[row, places.theta[free]] = D[item[row]]


def _scales(delta: Floats, places: Places, system: System, mu: Floats, sigma: Floats, item: Ints) -> None:
    free = (places.theta >= 0) & (places.kind == 4)
    i, j = pairs(places.p)
    t = len(item)
    for which, row in zip(places.theta[free], places.row[free], strict=True):
        delta[:t, which] = np.where(item == row, system.threshold - mu[item], 0.0)
        by = np.where(i == row, system.scale[j], np.where(j == row, system.scale[i], 0.0))
        delta[t:, which] = by * sigma[i, j]


def block_scales(places: Places, theta: Floats) -> Floats:
    """(p,) the scales Δ = 1/sd(y*) that the theta parametrisation leaves."""
    return np.asarray(1 / np.sqrt(np.diag(moments_of(system_of(places, theta))[1])))


def residual_variances(places: Places, theta: Floats) -> Floats:
    """(p,) residual variances that the delta parametrisation leaves: 1/Δ² less what the factors explain."""
    system = system_of(places, theta)
    _, sigma = moments_of(system)
    explained = np.diag(sigma) - np.diag(system.S)[: places.p]
    return np.asarray(1 / system.scale**2 - explained)
