"""Which items may belong together: by names that say so, else by their correlations. A proposal, never a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from akhlak_research.responses.draft_scales import catalogue
from akhlak_research.responses.exports import question_part

Array = NDArray[np.float64]
_PREFIX = re.compile(r"([A-Za-z][A-Za-z_]*?)[_.]?[0-9]+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A dimension for each item.

    Attributes
    ----------
    of : tuple of int
        Number of the dimension (from 0) of each item.
    names : tuple of str
        What the dimensions are called in the file; empty where it does not say.
    basis : {"headers", "codes", "correlations", "none"}
        What the proposal rests on.
    """

    of: tuple[int, ...]
    names: tuple[str, ...]
    basis: Literal["headers", "codes", "correlations", "none"]


def propose_dimensions(headers: Sequence[str], codes: Sequence[str], x: Array) -> Proposal:
    """Dimensions by the groups and grids of the form, else by the letters of the codes, else by correlations.

    Parameters
    ----------
    headers, codes : p
        Headers of the file and codes of the items.
    x : n × p
        Answers as codes, NaN where there is none.
    """
    by_headers = _by_names([question_part(header) for header in headers])
    if by_headers is not None:
        return Proposal(*by_headers, "headers")
    letters = [_PREFIX.fullmatch(code) for code in codes]
    by_codes = _by_names([found and found[1] for found in letters])
    if by_codes is not None:
        return Proposal(*by_codes, "codes")
    of = cluster(correlations(x))
    return Proposal(of, ("",) * (max(of, default=0) + 1), "correlations" if max(of, default=0) else "none")


def _by_names(names: Sequence[str | None]) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """A grouping by names: all items have one, there are several, and none stands alone."""
    distinct = list(dict.fromkeys(names))
    if None in distinct or len(distinct) < 2 or any(names.count(name) < 2 for name in distinct):
        return None
    return tuple(distinct.index(name) for name in names), tuple(map(str, distinct))


def correlations(x: Array) -> Array:
    """Product-moment correlations of the columns over the pairs of answers; 0 where there is none."""
    there = np.isfinite(x).astype(float)
    pairs = there.T @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.where(there > 0, x - np.where(there > 0, x, 0.0).sum(axis=0) / np.diag(pairs), 0.0)
        mean = away.T @ there / pairs
        square = (away**2).T @ there / pairs - mean**2
        r = (away.T @ away / pairs - mean * mean.T) / np.sqrt(square * square.T)
    r = np.where(np.isfinite(r) & (pairs > 2), r, 0.0)
    np.fill_diagonal(r, 1.0)
    return np.clip(r, -1.0, 1.0)


def cluster(r: Array) -> tuple[int, ...]:
    """Group items by average linkage on the distance 1 − |r|, into as many groups as the silhouette asks for.

    Rousseeuw (1987): the number of groups k = 2 … p/2 with the largest mean silhouette; one group where it stays below
    the catalogue's edge. An item alone joins the group to which it is nearest on average. Groups are numbered in order
    of their first item.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    p = len(r)
    if p < 4:
        return (0,) * p
    distance = 1.0 - np.abs(r)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), method="average")
    candidates = [fcluster(tree, k, criterion="maxclust") for k in range(2, p // 2 + 1)]
    candidates = [groups for groups in candidates if groups.max() > 1]
    if not candidates:
        return (0,) * p
    scores = [silhouette(distance, groups) for groups in candidates]
    best = int(np.argmax(scores))
    if scores[best] < float(catalogue()["policy"]["silhouette"]):
        return (0,) * p
    groups = _without_singles(distance, candidates[best])
    order = list(dict.fromkeys(groups.tolist()))
    return tuple(order.index(group) for group in groups.tolist())


def silhouette(distance: Array, groups: NDArray[np.int_]) -> float:
    """Mean over items of (b − a) / max(a, b); a, b: mean distance to the own and to the nearest other group."""
    labels = np.unique(groups)
    member = groups[:, None] == labels
    sums, sizes = distance @ member, member.sum(axis=0)
    own = member.argmax(axis=1)
    rows = np.arange(len(groups))
    alone = sizes[own] == 1
    a = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    b = means.min(axis=1)
    width = np.maximum(a, b)
    return float(np.where(alone | (width == 0), 0.0, (b - a) / np.where(width == 0, 1.0, width)).mean())


def _without_singles(distance: Array, groups: NDArray[np.int_]) -> NDArray[np.int_]:
    groups = groups.copy()
    for item in range(len(groups)):
        others = [group for group in np.unique(groups) if group != groups[item]]
        if (groups == groups[item]).sum() == 1 and others:
            groups[item] = min(others, key=lambda group: float(distance[item, groups == group].mean()))
    return groups


def against_their_dimension(r: Array, of: Sequence[int]) -> tuple[int, ...]:
    """Items whose loading on the first principal axis of their dimension has the sign of the fewer.

    Where both signs are equally many, the sign of the dimension's first item counts as that of the many.
    """
    groups = np.asarray(of)
    found: list[int] = []
    for group in np.unique(groups):
        items = np.flatnonzero(groups == group)
        signs = np.sign(np.linalg.eigh(r[np.ix_(items, items)])[1][:, -1])
        many = np.sign(signs.sum()) or signs[0]
        found += items[signs == -many].tolist()
    return tuple(sorted(found))
