"""From a correlation matrix to a rotated solution and what follows from it; arrays only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.extraction import Extraction, extract
from akhlak_research.measure.rotation import Rotated, rotate


@dataclass(frozen=True, slots=True)
class Solution:
    """k factors of p items.

    Attributes
    ----------
    extracted : Extraction
    rotated : Rotated
    """

    extracted: Extraction
    rotated: Rotated

    @property
    def loadings(self) -> Floats:
        """(p, k) regression weights of items on factors."""
        return self.rotated.loadings

    @property
    def phi(self) -> Floats:
        """(k, k) factor correlations."""
        return self.rotated.phi

    @property
    def structure(self) -> Floats:
        """(p, k) correlations of items with factors, Λ Φ."""
        return np.asarray(self.loadings @ self.phi)

    @property
    def communalities(self) -> Floats:
        """(p,) diagonal of Λ Φ Λ'; rotation leaves it alone."""
        return np.asarray((self.loadings * self.structure).sum(axis=1))

    @property
    def complexity(self) -> Floats:
        """(p,) how many factors an item loads on, (Σλ²)² / Σλ⁴ (Hofmann 1978); NaN for an item without loadings."""
        squares = self.loadings**2
        most = (squares**2).sum(axis=1)
        total = squares.sum(axis=1) ** 2
        return np.asarray(np.divide(total, most, out=np.full(len(most), np.nan), where=most > 0))

    @property
    def implied(self) -> Floats:
        """(p, p) correlations that the model says: Λ Φ Λ' + Ψ."""
        return np.asarray(self.structure @ self.loadings.T + np.diag(self.extracted.uniquenesses))

    @property
    def variance(self) -> Floats:
        """(3, k) per factor: diagonal of Φ Λ'Λ, its share of the p items' variance, and the shares added up.

        The diagonal adds up to the sum of communalities also where factors correlate.
        """
        explained = np.diag(self.phi @ self.loadings.T @ self.loadings)
        share = explained / len(self.loadings)
        return np.vstack([explained, share, share.cumsum()])


def solve_factors(
    R: Floats,
    k: int,
    extraction: str,
    rotation: str,
    *,
    kaiser: bool | None = None,
    parameter: float | None = None,
    n_starts: int | None = None,
    rng: np.random.Generator,
    target: Floats | None = None,
    near: Floats | None = None,
) -> Solution:
    """Extract k factors of R (p, p) and rotate them, towards a target (p, k) or starting near loadings (p, k) if given.

    Raises
    ------
    MethodError
        ``factors_vanish`` where the matrix does not hold k factors with loadings other than zero.
    """
    extracted = extract(R, k, extraction)
    size = (extracted.loadings**2).sum(axis=0)
    real = int((size > 1e-8).sum())
    if real < k:
        raise MethodError("factors_vanish", got=k, expected=real)
    turned = rotate(
        extracted.loadings, rotation,
        kaiser=kaiser, parameter=parameter, n_starts=n_starts, rng=rng, target=target, near=near,
    )  # fmt: skip
    return Solution(extracted, turned)
