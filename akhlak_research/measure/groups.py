"""How far do the mean scores of groups lie apart?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri, stdtrit
from scipy.stats import f as f_distribution
from scipy.stats import t as student

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, Unavailable
from akhlak_research.counts.frames import settle
from akhlak_research.counts.moments import Missing
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, group_labels
from akhlak_research.counts.tables import label_of
from akhlak_research.measure.group_kernels import Sample, explained, hedges_g, superiority, welch_df, welch_f
from akhlak_research.measure.group_result import GroupComparison, GroupScore, Overall
from akhlak_research.measure.material import dimensions_of, take_items
from akhlak_research.measure.multiplicity import holm
from akhlak_research.responses.model import Responses


def compare_groups(
    items: pd.DataFrame | Responses,
    group: str | pd.Series,
    *,
    reference: object = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    level: float = 0.95,
) -> GroupComparison:
    """Mean scores of groups, their differences with intervals, and effect sizes.

    A person's score is the mean of the keyed answers: per dimension for Responses, of all items for a DataFrame. Equal
    variances are not supposed anywhere (Welch). A difference of observed scores is one of the trait only where the
    items work alike in the groups: ``invariance`` and ``dif`` come first.

    Parameters
    ----------
    items : DataFrame or Responses
        People × items.
    group : str or Series
        A background variable of Responses, a column of the DataFrame (then no item), or a Series of n labels. Rows
        without a group are left out and counted in a notice; so are groups of one person.
    reference : optional
        Label of the group to compare with; default: the largest (of equals, the first).
    keys, scale : optional
        Reverse keying and limits of a DataFrame's codes.
    missing : {"listwise", "pairwise"}
        People with all answers of the dimension; or everybody with any: the score is the mean of what was answered.
    weights : array (n,), optional
        Sampling weights: weighted means and spreads with linearised errors of people drawn one by one; their scale
        does not matter, n counts people. Responses bring their own. For strata and clusters: ``estimate_mean(design,
        by=)``.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    level : float
        Of the intervals.

    Returns
    -------
    GroupComparison
        ``.table()`` per dimension and group, ``.tests()`` per dimension, ``["PNS"]`` for one group. Where a group, or
        both, answer all alike, what needs their variance is ``Unavailable``.

    Raises
    ------
    MethodError
        ``one_group`` where fewer than two groups of two people are left.
    ArgumentError
        ``by_unknown``, ``by_invalid``, ``by_index``, ``unknown_choice`` (reference), ``level_out_of_range``.
    DataError
        What is wrong with the codes or weights, as everywhere; ``no_rows``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.compare_groups(ak.Study("data/bfi").responses, "gender")
    >>> found
    <group_comparison by gender: 2 groups against 2; largest |g| 0.44>
    >>> found[1][0].difference
    Estimate(-0.3972 [-0.4698, -0.3245], n=2709)

    Notes
    -----
    *Difference*: Welch's t with its degrees of freedom; errors of weighted means are linearised. *g*: see
    ``hedges_g``; its interval is estimate ± t × linearised error and needs no normality. *Superiority*: DeLong's
    variance, interval on the logit scale. *ω²*: from Welch's F, limits by inverting the noncentral F; approximate, and
    under sampling weights more so.

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values: an alternative approach. Biometrika, 38, 330–336.
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6,
    65–70.
    """
    check_level(level)
    check_choice(missing, ("listwise", "pairwise"), "missing")
    items, weights, frequencies = settle(items, weights, frequencies)
    labels, items, name = group_labels(items, group)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    groups = _Groups.of(_present(labels, items, weights, frequencies), rows, name, reference)
    blocks = dimensions_of(items, None) or {"": rows.names}
    scores: list[GroupScore] = []
    overall: list[Overall] = []
    used = np.zeros(len(rows.values), dtype=bool)
    for dimension, names in blocks.items():
        samples, kept = _samples(take_items(rows, names), groups, missing)
        used |= kept
        scores += _compare(dimension, samples, groups, level)
        overall.append(_overall(dimension, [s for s in samples if s is not None], level))
    told = "listwise per dimension" if len(blocks) > 1 and missing == "listwise" else missing
    return GroupComparison(
        inputs=rows.inputs(int(rows.multiplicity[used].sum()), told), notices=groups.notices(name), group=name,
        reference=groups.names[groups.reference], scores=_adjusted(scores), overall=tuple(overall), level=level,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Groups:
    """Names in sorted order, (n,) position of each row's group (−1: none), people per group, which is the reference."""

    names: tuple[str, ...]
    code: NDArray[np.intp]
    people: NDArray[np.float64]
    reference: int
    left_out: tuple[str, ...]
    n_without: int

    @classmethod
    def of(cls, labels: NDArray[np.object_], rows: Rows, name: str, reference: object) -> _Groups:
        there = np.array([not _absent(value) for value in labels])
        said = np.array([label_of(value) if ok else "" for value, ok in zip(labels, there, strict=True)], dtype=object)
        order = {label_of(v): v for v in labels[there]}
        names = sorted(order, key=lambda key: (str(type(order[key])), order[key]))
        people = np.array([rows.multiplicity[said == one].sum() for one in names])
        large = people >= 2
        kept = [one for one, ok in zip(names, large, strict=True) if ok]
        if len(kept) < 2:
            raise MethodError("one_group", group=name, got=", ".join(kept) or "–", expected=2)
        if reference is not None and label_of(reference) not in kept:
            raise ArgumentError("unknown_choice", argument="reference", got=reference, expected=kept)
        place = {one: at for at, one in enumerate(kept)}
        code = np.array([place.get(one, -1) if ok else -1 for one, ok in zip(said, there, strict=True)], dtype=np.intp)
        chosen = int(np.argmax(people[large])) if reference is None else kept.index(label_of(reference))
        left = tuple(one for one, ok in zip(names, large, strict=True) if not ok)
        return cls(tuple(kept), code, people[large], chosen, left, int(rows.multiplicity[~there].sum()))

    def notices(self, name: str) -> tuple[Notice, ...]:
        """Who was left out, and whom a table of groups might give away."""
        found = []
        if self.left_out:
            said = {"count": len(self.left_out), "smallest": 2, "groups": list(self.left_out)}
            found.append(Notice("groups_small", "info", said))
        if self.n_without:
            found.append(Notice("groups_without", "info", {"n": self.n_without}))
        limit = thresholds("small_cell")
        small = [f"{name} {g}: {n:.0f}" for g, n in zip(self.names, self.people, strict=True) if not limit.met(n)]
        if small:
            found.append(Notice("small_cells", "caution", {"n": len(small), "limit": limit.value, "cells": small}))
        return tuple(found)


def _absent(value: object) -> bool:
    return bool(pd.isna(value))  # type: ignore[call-overload]


def _present(
    labels: pd.Series, items: pd.DataFrame | Responses, weights: ArrayLike | None, frequencies: ArrayLike | None
) -> NDArray[np.object_]:
    """Labels of the rows that ``as_rows`` keeps: those of weight zero are gone."""
    given = items.weights if isinstance(items, Responses) and items.weights is not None else weights
    given = frequencies if given is None else given
    values = labels.to_numpy(dtype=object)
    return values if given is None else values[np.asarray(given, dtype=np.float64) > 0]


def _samples(rows: Rows, groups: _Groups, missing: Missing) -> tuple[list[Sample | None], NDArray[np.bool_]]:
    """The groups' scores on one dimension (None where fewer than two people are left), and the rows used."""
    answered = ~np.isnan(rows.values)
    kept = np.asarray(answered.all(axis=1) if missing == "listwise" else answered.any(axis=1)) & (groups.code >= 0)
    score = np.full(len(kept), np.nan)
    score[kept] = np.nanmean(rows.values[kept], axis=1)
    weight = rows.weights if rows.weighting == "sampling" and rows.weights is not None else np.ones(len(kept))
    found: list[Sample | None] = []
    for at in range(len(groups.names)):
        mine = kept & (groups.code == at)
        times = rows.multiplicity[mine]
        enough = times.sum() >= 2
        share = weight[mine] / (times @ weight[mine]) if enough else weight[mine]
        found.append(Sample(score[mine], times, share) if enough else None)
    return found, kept


def _compare(dimension: str, samples: list[Sample | None], groups: _Groups, level: float) -> Iterator[GroupScore]:
    base = samples[groups.reference]
    for at, (name, sample) in enumerate(zip(groups.names, samples, strict=True)):
        if sample is None:
            none = Unavailable("group_below_two", {"group": name})
            yield GroupScore(dimension, name, 0, none, none, none, none, none, none, none)
            continue
        n = round(sample.n)
        error = np.sqrt(sample.mean_error)
        mean = _estimate(sample.mean, error, float(stdtrit(sample.n - 1, 0.5 + level / 2)), n, level, "t")
        sd = float(np.sqrt(sample.variance))
        if at == groups.reference or base is None:
            code = "reference_group" if at == groups.reference else "group_below_two"
            none = Unavailable(code, {"group": groups.names[groups.reference]})
            yield GroupScore(dimension, name, n, mean, sd, none, none, none, none, none)
            continue
        none = Unavailable("answers_alike")
        yield _beside(GroupScore(dimension, name, n, mean, sd, none, none, none, none, none), sample, base, level)


def _beside(score: GroupScore, a: Sample, b: Sample, level: float) -> GroupScore:
    """The score with what compares it with the reference."""
    n, gap = round(a.n + b.n), a.mean - b.mean
    error = np.sqrt(a.mean_error + b.mean_error)
    higher = _chance(*superiority(a, b), n, level)
    if error == 0:
        none = Unavailable("answers_alike")
        return replace(score, difference=Estimate(gap, none, none, n), superiority=higher)
    df = welch_df(a, b)
    critical = float(stdtrit(df, 0.5 + level / 2))
    size: Estimate | Unavailable = Unavailable("answers_alike")
    if min(a.n, b.n) > 2:
        size = _estimate(*hedges_g(a, b), critical, n, level, "linearised")
    return replace(
        score, difference=_estimate(gap, error, critical, n, level, "welch"),
        pvalue=float(2 * student.sf(abs(gap) / error, df)), hedges_g=size, superiority=higher,
    )  # fmt: skip


def _estimate(value: float, se: float, critical: float, n: int, level: float, method: str) -> Estimate:
    if se == 0:
        none = Unavailable("answers_alike")
        return Estimate(value, none, none, n)
    return Estimate(value, float(se), Interval(value - critical * se, value + critical * se, level, method), n)


def _chance(value: float, se: float, n: int, level: float) -> Estimate:
    """A probability with its interval on the logit scale, which keeps it between 0 and 1."""
    if se == 0 or not 0 < value < 1:
        none = Unavailable("no_overlap")
        return Estimate(value, none, none, n)
    step = float(ndtri(0.5 + level / 2)) * se / (value * (1 - value))
    low, high = (float(expit(logit(value) + sign * step)) for sign in (-1, 1))
    return Estimate(value, se, Interval(low, high, level, "logit"), n)


def _overall(dimension: str, samples: list[Sample], level: float) -> Overall:
    n = sum(sample.n for sample in samples)
    if len(samples) < 2 or min(sample.mean_error for sample in samples) == 0:
        none = Unavailable("answers_alike")
        return Overall(dimension, round(n), none, none, none, none, none)
    statistic, df, df_error = welch_f(samples)
    estimate, low, high = explained(statistic, df, df_error, n, level)
    interval = Interval(low, high, level, "noncentral-f")
    size = Estimate(estimate, Unavailable("interval_without_se"), interval, round(n))
    pvalue = float(f_distribution.sf(statistic, df, df_error))
    return Overall(dimension, round(n), statistic, df, df_error, pvalue, size)


def _adjusted(scores: list[GroupScore]) -> tuple[GroupScore, ...]:
    """The scores with p-values adjusted over all differences."""
    at = [i for i, one in enumerate(scores) if isinstance(one.pvalue, float)]
    for i, p in zip(at, holm(np.array([float(scores[i].pvalue) for i in at])), strict=True):
        scores[i] = replace(scores[i], pvalue_adjusted=float(p))
    return tuple(scores)
