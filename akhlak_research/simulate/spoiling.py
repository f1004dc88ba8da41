"""What respondents do to data: careless answering and unanswered items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.registry import Registry
from akhlak_research.simulate.normal_ogive import Ints

ATTENTIVE = ""


@dataclass(frozen=True, slots=True)
class Carelessness:
    """A way of answering without reading.

    Attributes
    ----------
    name : str
    answer : callable
        ``(n, widths, rng)`` → category numbers from 0, (n, p); ``widths`` (p,) the number of categories of each item.
    """

    name: str
    answer: Callable[[int, Ints, np.random.Generator], Ints]


def _straight(n: int, widths: Ints, rng: np.random.Generator) -> Ints:
    """One point for all items, chosen evenly."""
    point = rng.integers(0, widths.max(), (n, 1))
    return np.asarray(np.minimum(point, widths - 1), dtype=np.int64)


def _random(n: int, widths: Ints, rng: np.random.Generator) -> Ints:
    """Any point for every item."""
    return np.asarray(rng.integers(0, widths, (n, len(widths))), dtype=np.int64)


def _alternating(n: int, widths: Ints, rng: np.random.Generator) -> Ints:
    """Two different points in turn."""
    first = rng.integers(0, widths.max(), n)
    second = (first + rng.integers(1, widths.max(), n)) % widths.max()
    pair = np.column_stack([first, second])
    return np.asarray(np.minimum(pair[:, np.arange(len(widths)) % 2], widths - 1), dtype=np.int64)


CARELESSNESS: Registry[Carelessness] = Registry(
    "careless",
    Carelessness("straight", _straight),
    Carelessness("random", _random),
    Carelessness("alternating", _alternating),
)


def draw_careless(n: int, shares: Mapping[str, float], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Kind of each respondent ("" attentive): exactly ``round(share × n)`` of each kind, drawn without replacement."""
    kinds = np.full(n, ATTENTIVE, dtype=object)
    counts = {CARELESSNESS[kind].name: round(check_share(share, "careless") * n) for kind, share in shares.items()}
    if sum(counts.values()) > n:
        raise ArgumentError("shares_exceed_one", argument="careless", got=sum(shares.values()), expected="≤ 1")
    drawn = rng.permutation(n)[: sum(counts.values())]
    kinds[drawn] = np.repeat(list(counts), list(counts.values()))
    return kinds


def answer_carelessly(categories: Ints, kinds: np.ndarray[Any, Any], widths: Ints, rng: np.random.Generator) -> Ints:
    """Category numbers (n, p) with the rows of careless respondents replaced; ``kinds`` (n,)."""
    answered = categories.copy()
    for entry in CARELESSNESS:
        rows = np.flatnonzero(kinds == entry.name)
        if len(rows):
            answered[rows] = entry.answer(len(rows), widths, rng)
    return answered


def draw_missing(
    n: int, items: tuple[str, ...], shares: Mapping[str, float | Mapping[str, float]], rng: np.random.Generator
) -> np.ndarray[Any, Any]:
    """Kind of missing answer of each cell ("" answered), each cell by itself (missing completely at random).

    ``shares``: kind → share of all answers, or kind → item → share (items not named: none).
    """
    chance = rng.random((n, len(items)))
    kinds = np.full((n, len(items)), "", dtype=object)
    low = np.zeros(len(items))
    for kind, share in shares.items():
        by_item = share if isinstance(share, Mapping) else dict.fromkeys(items, share)
        unknown = [item for item in by_item if item not in items]
        if unknown:
            raise ArgumentError("unknown_choice", argument="missing", got=unknown[0], expected=items)
        high = low + np.array([check_share(by_item.get(item, 0.0), "missing") for item in items])
        if (high > 1).any():
            raise ArgumentError("shares_exceed_one", argument="missing", got=float(high.max()), expected="≤ 1")
        kinds[(chance >= low) & (chance < high)] = kind
        low = high
    return kinds


def check_share(value: float, argument: str) -> float:
    """A share from 0 to 1."""
    if not 0 <= value <= 1:
        raise ArgumentError("share_out_of_range", argument=argument, got=value, expected="0 ≤ share ≤ 1")
    return float(value)
