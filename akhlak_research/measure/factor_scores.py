"""Scores of single people on factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.results import Unavailable
from akhlak_research.counts.moments import Items, Missing, Moments
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.material import Material, gather
from akhlak_research.responses.model import Responses


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
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    labels = items.keyed.index if isinstance(items, Responses) else items.index
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
