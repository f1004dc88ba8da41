"""What a recipe can choose from at each step: one registry entry per method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from akhlak_research.core.registry import Registry

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoreMethod:
    """How answers become scores.

    Attributes
    ----------
    name : str
    kernel : callable
        ``kernel(x, low, high, top)``: (n, q) keyed codes, (q,) limits of each item's scale, number of highest answers
        that count as favourable → (n, q) scores; missing stays NaN.
    limits : callable
        ``limits(low, high)`` → lowest and highest score possible.
    mixes_scales : bool
        Whether items with different scales may be averaged.
    """

    name: str
    kernel: Callable[[Floats, Floats, Floats, int], Floats]
    limits: Callable[[float, float], tuple[float, float]]
    mixes_scales: bool


@dataclass(frozen=True, slots=True)
class NormaliseMethod:
    """How a score is put on the scale of the index: ``kernel(y, low, high)`` with the limits of the score.

    ``caution`` is the code of a notice that results carry.
    """

    name: str
    kernel: Callable[[Floats, float, float], Floats]
    caution: str | None = None

    def limits(self, low: float, high: float) -> tuple[float, float]:
        """Lowest and highest value that come out."""
        ends = self.kernel(np.array([low, high], dtype=np.float64), low, high)
        return float(ends[0]), float(ends[1])


@dataclass(frozen=True, slots=True)
class AggregateMethod:
    """How values become a total: whether the weights of the recipe are used, and whether there is a total at all."""

    name: str
    weighted: bool
    total: bool = True


def _codes(x: Floats, low: Floats, high: Floats, top: int) -> Floats:
    return x


def _percent(x: Floats, low: Floats, high: Floats, top: int) -> Floats:
    return 100 * (x - low) / (high - low)


def _favourable(x: Floats, low: Floats, high: Floats, top: int) -> Floats:
    return np.where(np.isnan(x), np.nan, 100.0 * (x > high - top))


score_methods: Registry[ScoreMethod] = Registry(
    "score",
    ScoreMethod("mean", _codes, lambda low, high: (low, high), mixes_scales=False),
    ScoreMethod("percent-of-maximum", _percent, lambda low, high: (0.0, 100.0), mixes_scales=True),
    ScoreMethod("percent-favourable", _favourable, lambda low, high: (0.0, 100.0), mixes_scales=True),
)

normalise_methods: Registry[NormaliseMethod] = Registry(
    "normalise",
    NormaliseMethod("none", lambda y, low, high: y),
    NormaliseMethod("percent-of-maximum", lambda y, low, high: 100 * (y - low) / (high - low)),
    NormaliseMethod("ratio-to-maximum", lambda y, low, high: 100 * y / high, caution="ratio_to_maximum"),
)

aggregate_methods: Registry[AggregateMethod] = Registry(
    "aggregate", AggregateMethod("mean", weighted=False), AggregateMethod("weighted", weighted=True),
    AggregateMethod("none", weighted=False, total=False),
)
