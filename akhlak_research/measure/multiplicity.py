"""How p-values are adjusted for each other where many tests are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from akhlak_research.core.registry import Registry
from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A way to adjust (m,) p-values for each other."""

    name: str
    adjust: Callable[[Floats], Floats]


def holm(p: Floats) -> Floats:
    """(m,) p-values adjusted for m tests (Holm 1979): running maximum of (m − i + 1) p₍ᵢ₎, at most 1; NaN stays NaN and
    does not count."""
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    out = np.full(len(p), np.nan)
    out[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1.0)
    return out


def benjamini_hochberg(p: Floats) -> Floats:
    """(m,) p-values adjusted for the false discovery rate (Benjamini & Hochberg 1995): running minimum of m p₍ᵢ₎ / i
    from the largest down."""
    order = np.argsort(p, kind="stable")[::-1]
    m = len(p)
    out = np.empty(m)
    out[order] = np.minimum(np.minimum.accumulate(p[order] * m / np.arange(m, 0, -1)), 1.0)
    return out


def unadjusted(p: Floats) -> Floats:
    """The p-values as they are."""
    return p


ADJUSTMENTS: Registry[Adjustment] = Registry(
    "adjust",
    Adjustment("holm", holm),
    Adjustment("benjamini-hochberg", benjamini_hochberg),
    Adjustment("none", unadjusted),
)
