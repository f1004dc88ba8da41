"""What tests of differential item functioning start from: answers, groups, and people at the same matching score."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Inputs
from akhlak_research.counts.frames import settle
from akhlak_research.counts.rows import Keys, Scale, as_rows, group_labels
from akhlak_research.measure.bounded import Floats
from akhlak_research.responses.model import Responses


@dataclass(frozen=True, slots=True)
class DifData:
    """Answers of people with a group.

    Attributes
    ----------
    values : (n, p) float
    names, groups : tuple of str
        Items; groups with the reference first, the others sorted.
    group : (n,) int
        Place in ``groups``.
    weight, squared : (n,) float
        Frequencies, or sampling weights scaled to sum to n; and what to sum for a sandwich.
    people : (n,) float
        Frequencies, else ones.
    sampled : bool
        Whether the weights are sampling weights.
    low, high : (p,) float
        Limits of the answer scale; ``limits_known`` is False where they are the lowest and highest answers given.
    small : tuple of str
        Groups with too few people to be compared.
    unit : (n,) object or None
    """

    values: Floats
    names: tuple[str, ...]
    groups: tuple[str, ...]
    group: np.ndarray
    weight: Floats
    squared: Floats
    people: Floats
    sampled: bool
    low: Floats
    high: Floats
    limits_known: bool
    small: tuple[str, ...]
    without: int
    unit: np.ndarray | None
    name: str
    inputs: Inputs

    def among(self, chosen: tuple[int, ...]) -> DifData:
        """The people of some groups, numbered in the order given."""
        place = np.full(len(self.groups), -1)
        place[list(chosen)] = np.arange(len(chosen))
        keep = place[self.group] >= 0
        return replace(
            self, values=self.values[keep], group=place[self.group[keep]], weight=self.weight[keep],
            squared=self.squared[keep], people=self.people[keep], groups=tuple(self.groups[c] for c in chosen),
            unit=None if self.unit is None else self.unit[keep],
        )  # fmt: skip

    def size(self, group: int) -> int:
        """People of a group."""
        return int(self.people[self.group == group].sum())


def gather(
    items: pd.DataFrame | Responses,
    group: str | pd.Series,
    *,
    keys: Keys | None,
    scale: Scale | None,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    reference: object,
    unit: str | pd.Series | None,
    missing: str,
) -> DifData:
    """Rows, groups, weights and limits of the scale.

    Raises
    ------
    DataError
        ``too_few_items``, and what ``as_rows`` finds wrong.
    MethodError
        ``one_group`` where fewer than two groups are large enough.
    """
    items, weights, frequencies = settle(items, weights, frequencies)
    limits = _limits(items, scale)
    labels, items, name = group_labels(items, group)
    units = None
    if unit is not None:
        units, items, _ = group_labels(items, unit)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    if len(rows.names) < 2:
        raise DataError("too_few_items", got=len(rows.names), expected=2)
    given = items.weights if isinstance(items, Responses) and items.weights is not None else weights
    given = frequencies if given is None else given
    present = np.ones(len(labels), bool) if given is None else np.asarray(given, dtype=np.float64) > 0
    labels = labels[present].reset_index(drop=True)
    absent = np.isnan(rows.values)
    answered = ~(absent.any(axis=1) if missing == "listwise" else absent.all(axis=1))
    code, known = pd.factorize(labels, sort=True)
    size = np.bincount(code[(code >= 0) & answered], rows.multiplicity[(code >= 0) & answered], len(known))
    order, small = _order([str(one) for one in known], size.astype(np.float64), reference, name)
    place = np.full(len(known) + 1, -1)
    place[order] = np.arange(len(order))
    at = place[code]
    keep = answered & (at >= 0)
    used = rows.where(keep)
    weight = np.ones(len(used.values)) if used.weights is None else used.weights
    if rows.weighting == "sampling":
        weight = weight * (len(weight) / weight.sum())
    low, high = limits if limits is not None else (np.nanmin(used.values), np.nanmax(used.values))
    digest = hashlib.sha256(f"{rows.digest}{[str(known[o]) for o in order]}{at.tolist()}".encode()).hexdigest()
    return DifData(
        values=used.values, names=rows.names, groups=tuple(str(known[o]) for o in order), group=at[keep],
        weight=weight, squared=weight if rows.weighting == "frequency" else weight**2, people=used.multiplicity,
        sampled=rows.weighting == "sampling", low=np.broadcast_to(low, len(rows.names)).astype(float),
        high=np.broadcast_to(high, len(rows.names)).astype(float), limits_known=limits is not None, small=small,
        without=int(rows.multiplicity[code < 0].sum()),
        unit=None if units is None else units[present].to_numpy(object)[keep], name=name,
        inputs=replace(rows.inputs(int(used.multiplicity.sum()), missing), digest=digest),
    )  # fmt: skip


def _limits(items: object, scale: Scale | None) -> tuple[Floats, Floats] | None:
    if isinstance(items, Responses):
        scales = [items.instrument.scale_of(code) for code in items.items]
        return np.array([s.low for s in scales], float), np.array([s.high for s in scales], float)
    return None if scale is None else (np.asarray(float(scale[0])), np.asarray(float(scale[1])))


def _order(known: list[str], size: Floats, reference: object, name: str) -> tuple[list[int], tuple[str, ...]]:
    """Places of the groups large enough, the reference first; and the names of the small ones."""
    smallest = thresholds("dif_smallest_group")
    large = [at for at in range(len(known)) if smallest.met(float(size[at]))]
    small = tuple(label for at, label in enumerate(known) if at not in large and size[at] > 0)
    if len(large) < 2:
        raise MethodError("one_group", group=name, got=[known[at] for at in large] or "–", expected=smallest.value)
    first = max(large, key=lambda at: (size[at], -at))
    if reference is not None:
        possible = [known[at] for at in large]
        if str(reference) not in possible:
            raise ArgumentError("unknown_choice", argument="reference", got=str(reference), expected=possible)
        first = large[possible.index(str(reference))]
    return [first, *(at for at in large if at != first)], small


def joined(data: DifData) -> tuple[DifData, tuple[str, ...]]:
    """The data with every category that some group never uses joined to its neighbour nearer the middle, and the items
    this was done to. A joined category stands for the mean of its answers."""
    values, changed = data.values.copy(), []
    for i, name in enumerate(data.names):
        column = values[:, i]
        codes, at = np.unique(column[~np.isnan(column)], return_inverse=True)
        seen = np.zeros((len(data.groups), len(codes)))
        np.add.at(seen, (data.group[~np.isnan(column)], at), data.weight[~np.isnan(column)])
        place = np.arange(len(codes))
        while (empty := np.flatnonzero((seen == 0).any(axis=0))).size and seen.shape[1] > 1:
            gone = int(empty[0])
            to = gone + 1 if gone < (seen.shape[1] - 1) / 2 else gone - 1
            seen[:, to] += seen[:, gone]
            seen = np.delete(seen, gone, axis=1)
            low = min(gone, to)
            place[place > low] -= 1
        if len(codes) > seen.shape[1]:
            changed.append(name)
            weight = np.bincount(at, data.weight[~np.isnan(column)], len(codes))
            mean = np.bincount(place, weight * codes) / np.bincount(place, weight)
            values[~np.isnan(column), i] = mean[place[at]]
    return replace(data, values=values), tuple(changed)


@dataclass(frozen=True, slots=True)
class Strata:
    """Answers to one item of people at the same matching score.

    Attributes
    ----------
    score : (S,)
        Matching scores, ascending.
    table, squared : (S, G, K)
        Sums of weights, and of what a sandwich sums.
    codes : (K,)
        The item's used codes.
    """

    score: Floats
    table: Floats
    squared: Floats
    codes: Floats

    @property
    def spread(self) -> float:
        """Standard deviation of the item within groups."""
        n = self.table.sum(axis=(0, 2))
        share = self.table.sum(axis=0) / n[:, None]
        variance = share @ self.codes**2 - (share @ self.codes) ** 2
        return float(np.sqrt(max((n @ variance) / n.sum(), 0.0)))


def strata(data: DifData, item: int, match: Floats) -> Strata | None:
    """The strata of an item, or None where everybody who answered it gave the same answer."""
    y = data.values[:, item]
    keep = ~np.isnan(y) & ~np.isnan(match)
    codes, at = np.unique(y[keep], return_inverse=True)
    if len(codes) < 2:
        return None
    score, level = np.unique(match[keep], return_inverse=True)
    g, k = len(data.groups), len(codes)
    cell = (level * g + data.group[keep]) * k + at
    shape = (len(score), g, k)
    table = np.bincount(cell, data.weight[keep], len(score) * g * k).reshape(shape)
    squared = np.bincount(cell, data.squared[keep], len(score) * g * k).reshape(shape) if data.sampled else table
    return Strata(score, table.astype(np.float64), squared.astype(np.float64), codes)


def matching_scores(data: DifData, matching: str, anchors: np.ndarray) -> Floats:
    """(n, p) score that people are matched on for each item.

    ``total``: sum of the anchors and the item itself; ``rest``: of the anchors without it; ``trait``: weighted
    likelihood estimate of θ in a graded response model of the anchors.
    """
    if matching == "trait":
        from akhlak_research.measure.irt.model import irt
        from akhlak_research.measure.irt.results import Irt
        from akhlak_research.measure.irt.scores import weighted_likelihood

        varied = np.nanmax(data.values, axis=0) > np.nanmin(data.values, axis=0)
        chosen = np.flatnonzero(anchors & varied)
        frame = pd.DataFrame(data.values[:, chosen], columns=[data.names[i] for i in chosen])
        kept = frame.notna().any(axis=1).to_numpy()
        given = data.weight[kept]
        fit = irt(
            frame[kept], "grm", errors="none", weights=given if data.sampled else None,
            frequencies=None if data.sampled else given,
        )  # fmt: skip
        assert isinstance(fit, Irt)
        theta = np.full(len(frame), np.nan)
        theta[kept] = fit.fitted.by_row(weighted_likelihood(fit.fitted)[0])
        return np.asarray(np.repeat(theta[:, None], len(data.names), axis=1))
    total = data.values[:, anchors].sum(axis=1)[:, None]
    own = np.where(anchors, 0.0, 1.0) if matching == "total" else np.where(anchors, -1.0, 0.0)
    # sums of codes that are not whole numbers must still be equal where they are meant to be
    return np.asarray(np.round(total + data.values * own, 9))
