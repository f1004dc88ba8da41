"""Which correlations of the answers are factored: one registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from akhlak_research.core.registry import Registry
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import Material


@dataclass(frozen=True, slots=True)
class Correlation:
    """An entry of the registry: the matrix (p, p) to be factored, from what was gathered."""

    name: str
    matrix: Callable[[Material], Floats]


CORRELATIONS = Registry("correlation", Correlation("pearson", lambda material: material.moments.correlation))
