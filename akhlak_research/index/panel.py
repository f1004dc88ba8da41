"""Two waves of one sample: the change of an index with the strata, clusters and weights that people were drawn by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from akhlak_research.core.errors import DataError
from akhlak_research.counts.rows import group_labels
from akhlak_research.index.build import build_index
from akhlak_research.index.design_moments import designed
from akhlak_research.index.overlap import Overlap
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.result import Index
from akhlak_research.index.scores import score_persons
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats, Ints, ratio_of_sums
from akhlak_research.survey.variance import covariance

Keys = str | tuple[pd.Series, pd.Series]


def panel_indexes(
    before: Responses, after: Responses, recipe: Recipe, key: Keys, unit: str | None, design: SurveyDesign, level: float
) -> tuple[Index, Index, Overlap]:
    """Both indexes under the design of the first wave, and the covariances of their scores.

    Raises
    ------
    DataError
        ``key_twice``, ``panel_key_missing`` for a person without a key, ``panel_not_in_design`` for people of the later
        wave whom the design does not have.
    """
    before = designed(before, design)
    keys = (key, key) if isinstance(key, str) else key
    place = _positions(before, keys[0], after, keys[1])
    again = _aligned(before, after, place)
    first = build_index(before, recipe, unit=unit, design=design, level=level)
    second = build_index(again, recipe, unit=unit, design=design, level=level)
    y = [_full(wave, recipe) for wave in (before, again)]
    aggregate = score_persons(before, recipe).aggregate
    names = sorted(set(first.units) & set(second.units))
    everyone = np.zeros(design.n, dtype=np.int64)
    matrices: dict[str | None, Floats] = {None: _covariances(design, y, (everyone, everyone), 1, aggregate)[0]}
    there = [~np.isnan(part).all(axis=1) for part in y]
    both = there[0] & there[1]
    counts: dict[str | None, int] = {None: int(both.sum())}
    if unit is not None:
        codes = [_codes(wave, unit, names) for wave in (before, again)]
        found = _covariances(design, y, (codes[0], codes[1]), len(names), aggregate)
        same = both & (codes[0] == codes[1])
        for at, name in enumerate(names):
            matrices[name], counts[name] = found[at], int((same & (codes[0] == at)).sum())
    values = tuple(dimension.code for dimension in before.instrument.dimensions)
    return first, second, Overlap(values, matrices, counts, int(there[0].sum()), int(there[1].sum()), counts[None])


def _positions(before: Responses, key: str | pd.Series, after: Responses, later: str | pd.Series) -> Ints:
    """(n,) row of each person of the first wave in the second, −1 for who is not there."""
    labels = []
    for responses, given in ((before, key), (after, later)):
        column, _, name = group_labels(responses, given)
        if column.isna().any():
            raise DataError("panel_key_missing", column=name, got=int(column.isna().sum()))
        said = pd.Index(column.astype(str))
        if said.has_duplicates:
            raise DataError("key_twice", column=name, got=int(said.value_counts().max()))
        labels.append(said)
    strangers = int((labels[0].get_indexer(labels[1]) < 0).sum())
    if strangers:
        raise DataError("panel_not_in_design", got=strangers, expected=len(labels[0]))
    return np.asarray(labels[1].get_indexer(labels[0]), dtype=np.int64)


def _aligned(before: Responses, after: Responses, place: Ints) -> Responses:
    """The later answers in the rows of the first wave; who did not answer again has none."""
    there = place >= 0

    def rows(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.iloc[np.maximum(place, 0)].set_axis(before.codes.index, axis=0)

    groups = rows(after.groups)
    return replace(
        after, codes=rows(after.codes).where(pd.Series(there, index=before.codes.index), axis=0),
        missing_kinds=rows(after.missing_kinds), groups=groups.where(pd.Series(there, index=groups.index), axis=0),
        weights=before.weights,
    )  # fmt: skip


def _full(responses: Responses, recipe: Recipe) -> Floats:
    """(n, k) scores of persons, NaN where there is none."""
    persons = score_persons(responses, recipe)
    y = np.full((len(responses.codes), len(persons.values)), np.nan)
    y[persons.row] = persons.y
    return y


def _codes(responses: Responses, unit: str, names: list[str]) -> Ints:
    labels = group_labels(responses, unit)[0]
    said = labels.astype(str).where(labels.notna())
    return np.asarray(pd.Index(names).get_indexer(pd.Index(said)), dtype=np.int64)


def _covariances(
    design: SurveyDesign, y: list[Floats], codes: tuple[Ints, Ints], g: int, aggregate: Floats
) -> Mapping[int, Floats]:
    """Per domain: (k + 1,) covariances of the later with the earlier mean of each value, and of the totals."""
    from scipy import sparse

    k = y[0].shape[1]
    parts = []
    for values, code in zip(y, codes, strict=True):
        there = ~np.isnan(values)
        parts.append((np.where(there, values, 0.0), there.astype(np.float64), code))
    influences = [ratio_of_sums(top, low, design.weights, code, g) for top, low, code in parts]
    again = None
    if design.replicates is not None:
        sums = [design.replicates.sums(np.hstack([top, low]), code, g) for top, low, code in parts]
        again = [np.divide(s[:, :, :k], s[:, :, k:], out=np.full(s[:, :, k:].shape, np.nan), where=s[:, :, k:] != 0)
                 for s in sums]  # fmt: skip
    found: dict[int, Floats] = {}
    for d in range(g):
        if design.replicates is not None and again is not None:
            theta = np.concatenate([mean[d] for mean, _ in influences])
            block = design.replicates.covariance(np.hstack([part[:, d] for part in again]), theta)[0]
        else:
            z = np.hstack([np.where((code == d)[:, None], z, 0.0) for (_, z), (_, _, code) in
                           zip(influences, parts, strict=True)])  # fmt: skip
            block = covariance(sparse.csr_array(z), design.stages, design.lonely, design.projections)
        cross = block[:k, k:]
        found[d] = np.append(np.diag(cross), aggregate @ cross @ aggregate)
    return found
