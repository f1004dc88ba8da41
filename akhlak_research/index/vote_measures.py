"""All measures of votes in all domains as columns of ratios, so that one linearisation and one bootstrap serve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.results import Estimate, Interval, Unavailable
from akhlak_research.index import vote_kernels as kernels
from akhlak_research.index.vote_table import Votes
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.margin import critical_value

TAYLOR, BOOTSTRAP = "ratio-linearised", "bootstrap-percentile"
PAIRS = (("personal", "current"), ("current", "desired"))
_NO_SPREAD = 1e-13


@dataclass(frozen=True, slots=True)
class Key:
    """What a column is: measure, question(s) as asked, value or area."""

    measure: str
    question: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Derived:
    """A measure made from several ratio columns: ``evenness`` of one set, ``overlap`` of two."""

    key: Key
    first: slice
    second: slice | None


@dataclass(frozen=True, slots=True)
class Measures:
    """Ratio columns of n respondents in g domains, and what is derived from them.

    Attributes
    ----------
    keys : tuple of Key or None
        Of each ratio column; None for columns that only feed derived measures.
    y, m : (n, K) float
    w : (n,) float
    domain : (n,) int
        −1 for people outside every domain.
    g : int
    derived : tuple of Derived
    chance : mapping of Key to (g,) float
    absent : tuple of (Key, Unavailable)
        Measures that the word list does not allow.
    """

    keys: tuple[Key | None, ...]
    y: Floats
    m: Floats
    w: Floats
    domain: Ints
    g: int
    derived: tuple[Derived, ...]
    chance: Mapping[Key, Floats]
    absent: tuple[tuple[Key, Unavailable], ...]

    @property
    def all_keys(self) -> list[Key]:
        """Keys of the measures in the order in which estimates come."""
        return [key for key in self.keys if key is not None] + [part.key for part in self.derived]


def measures_of(votes: Votes, questions: Mapping[str, str], domain: Ints, g: int) -> Measures:
    """The columns of every measure.

    Parameters
    ----------
    votes : Votes
    questions : mapping
        Role (``personal``, ``current``, ``desired``) to column.
    domain : (n,) int
        Domain of each respondent, −1 for none.
    g : int
    """
    keys: list[Key | None] = []
    y: list[Floats] = []
    m: list[Floats] = []
    derived: list[Derived] = []
    absent: list[tuple[Key, Unavailable]] = []
    chance: dict[Key, Floats] = {}

    def add(key: Key | None, above: Floats, below: Floats) -> None:
        keys.append(key)
        y.append(above)
        m.append(below)

    for name in questions.values():
        for key, above, below in _value_columns(votes, name):
            add(key, above, below)
    current = questions["current"]
    picked = votes.picks[current].astype(np.float64)
    size = picked.sum(axis=1)
    if votes.list.limiting is None:
        none = Unavailable("no_limiting_words")
        absent += [(Key(measure, current), none) for measure in ("entropy", "positive_energy")]
    else:
        holds_back = picked[:, votes.list.limiting].sum(axis=1)
        add(Key("entropy", current), holds_back, size)
        add(Key("positive_energy", current), size - holds_back, size)
    if len(votes.list.area_names) < 2:
        absent.append((Key("evenness", current), Unavailable("no_areas")))
    else:
        areas = np.array(votes.list.areas)
        inside = picked[:, areas != ""].sum(axis=1)
        start = len(keys)
        for area in votes.list.area_names:
            add(Key("area_share", current, area), picked[:, areas == area].sum(axis=1), inside)
        derived.append(Derived(Key("evenness", current), slice(start, len(keys)), None))
    profiles: dict[str, slice] = {}
    for pair in (pair for pair in PAIRS if set(pair) <= set(questions)):
        a, b = (questions[role] for role in pair)
        first, second = votes.picks[a], votes.picks[b]
        both = first.any(axis=1) & second.any(axis=1)
        common = 2.0 * (first & second).sum(axis=1)
        key = Key("match", f"{a}–{b}")
        named = (first.sum(axis=1) + second.sum(axis=1)).astype(np.float64)
        add(key, np.where(both, common, 0.0), np.where(both, named, 0.0))
        chance[key] = kernels.chance_match(first, second, votes.w, domain, g)
        for name in (a, b):
            if name not in profiles:
                start = len(keys)
                said = votes.picks[name].sum(axis=1).astype(np.float64)
                for word in votes.picks[name].T.astype(np.float64):
                    add(None, word, said)
                profiles[name] = slice(start, len(keys))
        derived.append(Derived(Key("profile_match", f"{a}–{b}"), profiles[a], profiles[b]))
    return Measures(
        tuple(keys), np.array(y).T, np.array(m).T, votes.w, domain, g, tuple(derived), chance, tuple(absent)
    )


def _value_columns(votes: Votes, name: str) -> list[tuple[Key, Floats, Floats]]:
    made = votes.picks[name]
    size = made.sum(axis=1).astype(np.float64)
    values = np.array(votes.list.values)
    columns = []
    for value in votes.list.value_names:
        given = made[:, values == value].sum(axis=1).astype(np.float64)
        columns.append((Key("share_of_votes", name, value), given, size))
        columns.append((Key("share_of_respondents", name, value), (given > 0) * 1.0, (size > 0) * 1.0))
    return columns


Found = dict[Key, list[Estimate | Unavailable]]


def linearised_estimates(made: Measures, level: float) -> Found:
    """Every measure in every domain, its error by linearisation, Student's t on n − 1."""
    inside = np.flatnonzero(made.domain >= 0)
    domain, y, m = made.domain[inside], made.y, made.m
    if len(inside) < len(made.domain):
        y, m = y.T[:, inside].T, m.T[:, inside].T  # stays ordered by columns
    ratios = kernels.domain_ratios(y, m, made.w[inside], domain, made.g)
    estimate, n, influence = [ratios.estimate], [ratios.n], [ratios.influence]
    for part in made.derived:
        value, count, z = _derived(part, ratios, domain)
        estimate.append(value[:, None])
        n.append(count[:, None])
        influence.append(z[:, None])
    values, counts = np.hstack(estimate), np.hstack(n)
    variances = [kernels.cluster_variance(z, count, domain) for z, count in zip(influence, n, strict=True)]
    errors = np.sqrt(np.hstack(variances))
    found: Found = {}
    for at, key in enumerate([*made.keys, *(part.key for part in made.derived)]):
        if key is not None:
            found[key] = [
                _estimate(values[d, at], errors[d, at], int(counts[d, at]), level) for d in range(made.g)
            ]
    return found


def _derived(part: Derived, ratios: kernels.Ratios, domain: Ints) -> tuple[Floats, Ints, Floats]:
    first = ratios.estimate[:, part.first]
    if part.second is None:
        value = kernels.evenness(np.where(np.isnan(first), 0.0, first))
        value = np.where(np.isnan(first).any(axis=1), np.nan, value)
        return value, ratios.n[:, part.first].min(axis=1), kernels.evenness_influence(
            first, ratios.influence[:, part.first], domain
        )  # fmt: skip
    second = ratios.estimate[:, part.second]
    z = kernels.overlap_influence(
        first, second, ratios.influence[:, part.first], ratios.influence[:, part.second], domain
    )
    n = np.minimum(ratios.n[:, part.first].min(axis=1), ratios.n[:, part.second].min(axis=1))
    return kernels.overlap(first, second), n, z


def _estimate(value: float, error: float, n: int, level: float) -> Estimate | Unavailable:
    if n == 0 or np.isnan(value):
        return Unavailable("no_votes_here")
    if n < 2:
        return _without(value, Unavailable("one_respondent"), n)
    if not error > _NO_SPREAD:
        return _without(value, Unavailable("votes_alike", {"n": n}), n)
    half = critical_value(level, n - 1, "t") * error
    interval = Interval(100 * max(0.0, value - half), 100 * min(1.0, value + half), level, TAYLOR)
    return Estimate(100 * float(value), 100 * float(error), interval, n)


def _without(value: float, why: Unavailable, n: int) -> Estimate:
    return Estimate(100 * float(value), why, why, n)


def bootstrap_estimates(made: Measures, level: float, n_boot: int, rng: np.random.Generator) -> Found:
    """Every measure in every domain, its interval from percentiles of respondents drawn with replacement."""
    found: Found = {key: [] for key in made.all_keys}
    k = len(made.keys)
    for d in range(made.g):
        rows = made.domain == d
        w = made.w[rows, None]
        columns = np.hstack([w * made.y[rows], w * made.m[rows]])
        seen = _all_of(made, _divide(columns.sum(axis=0)[None], k))[0]
        drawn = _all_of(made, _divide(kernels.resampled_totals(columns, n_boot, rng), k))
        voted = (made.m[rows] > 0).sum(axis=0)
        keep = [at for at, key in enumerate(made.keys) if key is not None]
        counts = [int(voted[at]) for at in keep] + [int(_least(part, voted)) for part in made.derived]
        for key, value, sample, n in zip(made.all_keys, seen, drawn.T, counts, strict=True):
            found[key].append(_percentiles(float(value), sample[~np.isnan(sample)], n, level))
    return found


def _least(part: Derived, voted: Ints) -> int:
    both = [voted[part.first].min(), *([] if part.second is None else [voted[part.second].min()])]
    return int(min(both))


def _divide(totals: Floats, k: int) -> Floats:
    below = totals[:, k:]
    return np.where(below > 0, totals[:, :k] / np.where(below > 0, below, 1.0), np.nan)


def _all_of(made: Measures, ratios: Floats) -> Floats:
    """(R, measures) from (R, K) ratios."""
    own = ratios[:, [at for at, key in enumerate(made.keys) if key is not None]]
    more = [
        kernels.evenness(ratios[:, part.first]) if part.second is None
        else kernels.overlap(ratios[:, part.first], ratios[:, part.second])
        for part in made.derived
    ]  # fmt: skip
    return np.column_stack([own, *more])


def _percentiles(value: float, sample: Floats, n: int, level: float) -> Estimate | Unavailable:
    if n == 0 or np.isnan(value):
        return Unavailable("no_votes_here")
    if n < 2:
        return _without(value, Unavailable("one_respondent"), n)
    if len(sample) < 2 or np.ptp(sample) <= _NO_SPREAD:
        return _without(value, Unavailable("votes_alike", {"n": n}), n)
    low, high = np.quantile(sample, [0.5 - level / 2, 0.5 + level / 2])
    interval = Interval(100 * float(low), 100 * float(high), level, BOOTSTRAP)
    return Estimate(100 * value, 100 * float(sample.std(ddof=1)), interval, n)
