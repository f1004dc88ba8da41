"""What items that work differently do to the index of groups and units, in points of 0–100."""

from __future__ import annotations

import numpy as np
import pandas as pd

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.dif_material import DifData
from akhlak_research.measure.dif_result import ItemDif


def _index(data: DifData) -> Floats:
    """(n,) mean over the items a person answered, each on 0–100."""
    return np.asarray(100 * np.nanmean((data.values - data.low) / (data.high - data.low), axis=1))


def _points(data: DifData, comparisons: tuple[ItemDif, ...], *, flagged_only: bool) -> Floats:
    """(G,) sum of the items' points per group; 0 for the reference."""
    total = np.zeros(len(data.groups))
    flagged = {one.item for one in comparisons if one.verdict in ("dif_moderate", "dif_large")}
    for one in comparisons:
        if not np.isnan(float(one.points.estimate)) and (one.item in flagged or not flagged_only):
            total[data.groups.index(one.group)] += one.points.estimate
    return total


def effect_on_groups(data: DifData, comparisons: tuple[ItemDif, ...]) -> pd.DataFrame:
    """``group n index flagged_points all_points``, the reference first."""
    index = _index(data)
    size = len(data.groups)
    weight = np.bincount(data.group, data.weight, size)
    return pd.DataFrame({
        "group": data.groups, "n": [data.size(g) for g in range(size)],
        "index": np.bincount(data.group, data.weight * index, size) / weight,
        "flagged_points": _points(data, comparisons, flagged_only=True),
        "all_points": _points(data, comparisons, flagged_only=False),
    })  # fmt: skip


def effect_on_units(data: DifData, comparisons: tuple[ItemDif, ...]) -> pd.DataFrame:
    """``unit n index flagged_points``: each person counts with the average effect of the flagged items on their
    group; people without a unit are left out."""
    assert data.unit is not None
    at, names = pd.factorize(pd.Series(data.unit, dtype=object), sort=True)
    keep = at >= 0
    at, size = at[keep], len(names)
    weight = np.bincount(at, data.weight[keep], size)
    effect = _points(data, comparisons, flagged_only=True)[data.group[keep]]
    return pd.DataFrame({
        "unit": [str(name) for name in names], "n": np.bincount(at, data.people[keep], size).astype(int),
        "index": np.bincount(at, data.weight[keep] * _index(data)[keep], size) / weight,
        "flagged_points": np.bincount(at, data.weight[keep] * effect, size) / weight,
    })  # fmt: skip
