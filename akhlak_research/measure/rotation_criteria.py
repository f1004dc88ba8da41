"""Criteria of simple structure: each gives its value and its derivative by the loadings.

Every function takes loadings L (s, p, k), one solution per start, and the criterion's parameter; it returns the values
(s,) to be minimised and their derivatives dQ/dL (s, p, k). Formulas after Bernaards and Jennrich (2005), table 1, so
that values can be compared with GPArotation's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from akhlak_research.measure.bounded import Floats

Criterion: TypeAlias = Callable[[Floats, float], tuple[Floats, Floats]]


def _total(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=(-2, -1)))


def quartimax(L: Floats, _: float) -> tuple[Floats, Floats]:
    """Each item on few factors (Neuhaus & Wrigley 1954)."""
    return -_total(L**4) / 4, -(L**3)


def varimax(L: Floats, _: float) -> tuple[Floats, Floats]:
    """Each factor with large and small loadings: variance of squared loadings per column (Kaiser 1958)."""
    squares = L**2
    spread = squares - squares.mean(axis=-2, keepdims=True)
    return -_total(spread**2) / 4, -L * spread


def equamax(L: Floats, _: float) -> tuple[Floats, Floats]:
    """Variance spread evenly over the factors (Saunders 1962); Crawford and Ferguson's (1970) κ = k / 2p."""
    p, k = L.shape[-2:]
    kappa = k / (2 * p)
    squares = L**2
    within_row = squares.sum(axis=-1, keepdims=True) - squares
    within_column = squares.sum(axis=-2, keepdims=True) - squares
    mixed = (1 - kappa) * within_row + kappa * within_column
    return _total(squares * mixed) / 4, L * mixed


def oblimin(L: Floats, gamma: float) -> tuple[Floats, Floats]:
    """Small products of squared loadings across factors (Jennrich & Sampson 1966); γ = 0 is quartimin."""
    squares = L**2
    others = squares.sum(axis=-1, keepdims=True) - squares
    others = others - gamma * others.mean(axis=-2, keepdims=True)
    return _total(squares * others) / 4, L * others


def quartimin(L: Floats, _: float) -> tuple[Floats, Floats]:
    """Oblimin with γ = 0 (Carroll 1953)."""
    return oblimin(L, 0.0)


def geomin(L: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """A small geometric mean of squared loadings in each row (Yates 1987); ε keeps it smooth (Browne 2001)."""
    raised = L**2 + epsilon
    product = np.exp(np.log(raised).mean(axis=-1, keepdims=True))
    return np.asarray(product.sum(axis=(-2, -1))), (2 / L.shape[-1]) * (L / raised) * product


def biquartimin(L: Floats, _: float) -> tuple[Floats, Floats]:
    """Quartimin of all columns but the first, which is left free for a general factor (Jennrich & Bentler 2011)."""
    value, slope = quartimin(L[..., 1:], 0.0)
    return value, np.concatenate([np.zeros_like(L[..., :1]), slope], axis=-1)


def target_misfit(L: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Squared differences from a target (p, k) whose NaN entries are left free (Browne 1972, 2001)."""
    apart = np.where(np.isnan(target), 0.0, L - np.nan_to_num(target))
    return _total(apart**2), 2 * apart
