"""Scores of single people on factors: one registry of methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Unavailable
from akhlak_research.counts.frames import settle
from akhlak_research.counts.moments import Items, Missing, Moments
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.factor_solution import Solution
from akhlak_research.measure.material import Material, gather
from akhlak_research.responses.model import Responses


@dataclass(frozen=True, slots=True)
class ScoringMethod:
    """An entry of the registry: ``weights`` takes R (p, p) positive definite and a solution, and gives (p, k) weights
    of standardised items."""

    name: str
    weights: Callable[[Floats, Solution], Floats]


def _regression(R: Floats, solution: Solution) -> Floats:
    """R⁻¹ Λ Φ (Thurstone 1935): nearest to the factors, but shrunken and related to each other as factors are not."""
    return np.asarray(np.linalg.solve(R, solution.structure))


def _bartlett(R: Floats, solution: Solution) -> Floats:
    """Ψ⁻¹ Λ (Λ'Ψ⁻¹Λ)⁻¹ (Bartlett 1937): each expects its own factor, free of the others."""
    weighted = solution.loadings / solution.extracted.uniquenesses[:, None]
    return np.asarray(weighted @ np.linalg.inv(solution.loadings.T @ weighted))


def _ten_berge(R: Floats, solution: Solution) -> Floats:
    """R^-½ C Φ^½ with C'C = I (ten Berge et al. 1999): scores correlate exactly as the factors do."""
    half = _root(R, -0.5)
    phi = _root(solution.phi, 0.5)
    L = solution.loadings @ phi
    C = half @ L
    return np.asarray(half @ C @ _root(C.T @ C, -0.5) @ phi)


def _root(S: Floats, power: float) -> Floats:
    """Symmetric power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(S)
    return np.asarray((vectors * np.maximum(values, 1e-300) ** power) @ vectors.T)


SCORING = Registry(
    "scores",
    ScoringMethod("regression", _regression),
    ScoringMethod("bartlett", _bartlett),
    ScoringMethod("tenberge", _ten_berge),
)


def determinacy(R: Floats, solution: Solution, weights: Floats) -> Floats:
    """(k,) squared correlations of scores with their factors."""
    along = (solution.structure * weights).sum(axis=0)
    return np.asarray(along**2 / (weights * (R @ weights)).sum(axis=0))


@dataclass(frozen=True, slots=True)
class Scored:
    """What was gathered, all rows that came in (None for counts and moments), and the labels of those rows."""

    material: Material
    rows: Rows | None
    labels: pd.Index | None

    @property
    def moments(self) -> Moments:
        """Means, covariances, correlations."""
        return self.material.moments


def scored_rows(
    items: Items,
    *,
    keys: Keys | None,
    scale: Scale | None,
    missing: Missing,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
) -> Scored:
    """Moments of items and, where there are rows, the rows with their index in the data."""
    if isinstance(items, Counts | Moments | Rows):
        material = gather(
            items, keys=keys, scale=scale, missing=missing, weights=weights, frequencies=frequencies
        )  # fmt: skip
        rows = items if isinstance(items, Rows) else None
        return Scored(material, rows, None if rows is None else pd.RangeIndex(len(rows.values)))
    table, weights, frequencies = settle(items, weights, frequencies)
    rows = as_rows(table, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    labels = table.keyed.index if isinstance(table, Responses) else table.index
    given = items.weights if isinstance(items, Responses) and items.weights is not None else weights
    given = frequencies if given is None else given
    if given is not None:  # rows of weight zero are gone
        labels = labels[np.asarray(given, dtype=np.float64) > 0]
    return Scored(gather(rows, missing=missing), rows, labels)


def person_scores(scored: Scored, weights: pd.DataFrame | Unavailable) -> pd.DataFrame | Unavailable:
    """Scores of the complete rows: standardised answers times ``weights`` (items × factors)."""
    if scored.rows is None or scored.labels is None:
        return Unavailable("needs_rows")
    if isinstance(weights, Unavailable):
        return weights
    values = scored.rows.values
    complete = np.asarray(~np.isnan(values).any(axis=1))
    z = (values[complete] - scored.moments.mean) / np.sqrt(np.diag(scored.moments.cov))
    return pd.DataFrame(z @ weights.to_numpy(), index=scored.labels[np.flatnonzero(complete)], columns=weights.columns)
