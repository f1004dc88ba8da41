"""Sampling stages as arrays: which cluster a row came from, how many were drawn of how many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.survey.linearised import Floats, Ints

Lonely = Literal["fail", "remove", "adjust", "average"]
LONELY: tuple[Lonely, ...] = ("fail", "remove", "adjust", "average")


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of sampling: C clusters drawn in H strata.

    Attributes
    ----------
    cluster : (n,) int
        Cluster of each row, 0 … C − 1. A cluster without rows (people who did not answer) stays in the design.
    stratum : (C,) int
        Stratum of each cluster, 0 … H − 1. At the second stage strata lie within first-stage clusters.
    drawn : (H,) float
        Clusters drawn.
    population : (H,) float
        Clusters there are; infinity if unknown.
    above : (H,) float
        Product of the sampling fractions of the stages above; 1 at the first.
    names : tuple of str
        Names of the strata.
    """

    cluster: Ints
    stratum: Ints
    drawn: Floats
    population: Floats
    above: Floats
    names: tuple[str, ...]

    @property
    def fraction(self) -> Floats:
        """(H,) sampling fractions; 0 where the population is unknown."""
        return np.asarray(self.drawn / self.population, dtype=np.float64)

    @property
    def lonely(self) -> Ints:
        """Strata with one cluster of several."""
        return np.flatnonzero((self.drawn < 2) & (self.fraction < 1 - 1e-7))

    @property
    def row_is_cluster(self) -> bool:
        """Whether every row is a cluster of its own, in order."""
        n = len(self.cluster)
        return len(self.stratum) == n and bool((self.cluster == np.arange(n)).all())

    def rows(self, keep: np.ndarray) -> Stage:
        """The same stage seen through some of its rows."""
        return replace(self, cluster=self.cluster[keep])

    def factors(self, lonely: Lonely, stage: int) -> tuple[Floats, Floats]:
        """(H,) factor of the sum of squares of a stratum, and (H,) the part of it that centring takes away.

        V = Σ_h [ a_h Σ_c t_c t_cᵀ − b_h s_h s_hᵀ ] with cluster totals t and their sum s; a = (1 − f) n / (n − 1) times
        the fractions above and b = a / n (Särndal, Swensson & Wretman 1992, section 4.3; R's survey::svyrecvar).

        Raises
        ------
        MethodError
            ``lonely_psu`` where ``lonely`` is ``"fail"`` and a stratum has one cluster of several.
        """
        n, free = self.drawn, 1 - self.fraction
        free = np.where(free < 1e-7, 0.0, free)
        a = self.above * free * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
        b = a / n
        alone = self.lonely
        if len(alone):
            if lonely == "fail":
                names = tuple(self.names[at] for at in alone[:10])
                raise MethodError("lonely_psu", got=names, count=len(alone), stage=stage, expected=LONELY[1:])
            if lonely == "adjust":
                b[alone] = 0.0
            else:
                a[alone] = b[alone] = 0.0
        return a, b

    def averaging(self, touched: np.ndarray) -> Floats:
        """(q,) factors that give lonely strata the mean of the others.

        Parameters
        ----------
        touched : (H, q) bool
            Strata with rows in the domain of each estimate; a stratum without is no part of the mean.
        """
        strata = touched.sum(axis=0).astype(np.float64)
        known = strata - touched[self.lonely].sum(axis=0)
        return np.asarray(np.divide(strata, known, out=np.full(len(strata), np.nan), where=known > 0), dtype=np.float64)


def people_in_strata(stratum: Ints, names: tuple[str, ...], population: Floats | None = None) -> Stage:
    """One stage: the rows themselves, drawn in strata, of ``population`` people each (unknown without)."""
    drawn = np.bincount(stratum, minlength=len(names)).astype(np.float64)
    whole = np.full(len(names), np.inf) if population is None else population
    return Stage(np.arange(len(stratum)), stratum, drawn, whole, np.ones(len(names)), names)


def codes_of(labels: pd.Series, role: str) -> tuple[Ints, tuple[str, ...]]:
    """Positions of labels in their sorted order, and the labels as text.

    Raises
    ------
    DataError
        ``design_missing`` (names the rows) where a label is missing.
    """
    position, distinct = pd.factorize(labels, sort=True)
    if (position < 0).any():
        rows = np.flatnonzero(position < 0)
        raise DataError(
            "design_missing", role=role, column=str(labels.name), got=(rows[:10] + 1).tolist(), count=len(rows)
        )
    return position.astype(np.int64), tuple(map(str, distinct))


def build_stages(
    strata: list[pd.Series | None], clusters: list[pd.Series], fpc: list[Floats | None], *, nest: bool, n: int
) -> tuple[Stage, ...]:
    """Stages of a design.

    Parameters
    ----------
    strata : list
        Labels of strata per stage; None for a stage without. No longer than the stages.
    clusters : list
        Labels of clusters per stage; empty for a sample of the rows themselves.
    fpc : list
        (n,) populations (of clusters in the stratum) or fractions per stage, None where unknown.
    nest : bool
        Whether labels of clusters start anew in every stratum.

    Raises
    ------
    DataError
        ``cluster_in_several_strata``, ``fpc_varies``, ``fpc_too_small``, ``design_missing``.
    """
    made: list[Stage] = []
    parent, above = np.zeros(n, dtype=np.int64), np.ones(1)
    for at in range(max(len(clusters), 1)):
        labels = strata[at] if at < len(strata) else None
        if labels is None:
            stratum_row, names = parent, tuple(str(i + 1) for i in range(int(parent.max(initial=0)) + 1))
        else:
            own, names = codes_of(labels, "strata")
            stratum_row, names = (own, names) if at == 0 else _within(parent, own, names)
        cluster = _clusters(clusters[at] if clusters else None, stratum_row, names, nest or at > 0, n)
        stage = _stage(cluster, stratum_row, names, fpc[at] if at < len(fpc) else None, parent, above)
        made.append(stage)
        if at + 1 < len(clusters) and not np.isfinite(stage.population).all():
            break  # without the fraction of a stage, those below it add nothing (ultimate clusters)
        parent = cluster
        above = (stage.above * stage.fraction)[stage.stratum]
    return tuple(made)


def _within(parent: Ints, own: Ints, names: tuple[str, ...]) -> tuple[Ints, tuple[str, ...]]:
    pairs, codes = np.unique(parent * len(names) + own, return_inverse=True)
    return codes, tuple(f"{pair // len(names) + 1}:{names[pair % len(names)]}" for pair in pairs)


def _clusters(labels: pd.Series | None, stratum: Ints, names: tuple[str, ...], nest: bool, n: int) -> Ints:
    """(n,) clusters, each within one stratum."""
    if labels is None:
        return np.arange(n)
    own, said = codes_of(labels, "cluster")
    if nest:
        return np.asarray(np.unique(stratum * len(said) + own, return_inverse=True)[1], dtype=np.int64)
    first = np.zeros(len(said), dtype=np.int64)
    first[own[::-1]] = stratum[::-1]
    odd = np.flatnonzero(first[own] != stratum)
    if len(odd):
        cluster = own[odd[0]]
        both = tuple(names[i] for i in np.unique(stratum[own == cluster]))
        raise DataError("cluster_in_several_strata", got=said[cluster], expected=both)
    return own


def _stage(
    cluster: Ints, stratum_row: Ints, names: tuple[str, ...], fpc: Floats | None, parent: Ints, above: Floats
) -> Stage:
    count = int(cluster.max(initial=-1)) + 1
    first = np.zeros(count, dtype=np.int64)
    first[cluster[::-1]] = np.arange(len(cluster))[::-1]
    stratum = stratum_row[first]
    h = len(names)
    drawn = np.bincount(stratum, minlength=h).astype(np.float64)
    population = np.full(h, np.inf)
    if fpc is not None:
        population[stratum_row] = fpc
        odd = np.flatnonzero(population[stratum_row] != fpc)
        if len(odd):
            raise DataError("fpc_varies", stratum=names[stratum_row[odd[0]]], got=fpc[odd[0]])
        fraction = population < 1
        population = np.where(fraction, drawn / np.where(fraction, population, 1.0), population)
        short = np.flatnonzero(population < drawn - 1e-9)
        if len(short):
            at = short[0]
            raise DataError("fpc_too_small", stratum=names[at], got=float(population[at]), expected=int(drawn[at]))
    weight = np.ones(h)
    weight[stratum] = above[parent[first]]
    return Stage(cluster, stratum, drawn, population, weight, names)
