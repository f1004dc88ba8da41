"""What criteria for the number of factors look at, each thing computed once and only when asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Notice, Unavailable
from akhlak_research.counts.moments import Items
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import chi_square_people
from akhlak_research.measure.extraction import extract
from akhlak_research.measure.fit import Measure, fit_measures, most_factors
from akhlak_research.measure.material import Material
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue
from akhlak_research.measure.noise import component_eigenvalues
from akhlak_research.measure.noise_spectra import COMMUNALITIES, Noise, draw_noise, noise_rows
from akhlak_research.measure.retention_kernels import leading

#: of the RMSEA's interval: its lower limit is a one-sided limit of 95 percent
_RMSEA_LEVEL = 0.90


class Evidence:
    """A correlation matrix and what it was computed from.

    Parameters
    ----------
    items : Items
        As they came.
    material : Material
        As they were gathered.
    R : (p, p)
        The matrix whose factors are counted.
    correlation : str
        What kind of correlations they are.
    n : int, optional
        As the caller gave it.
    n_iter, percentile, rng
        Of parallel analysis.
    """

    def __init__(
        self, items: Items, material: Material, R: Floats, correlation: str, *, n: int | None, n_iter: int,
        percentile: float, rng: np.random.Generator,
    ) -> None:  # fmt: skip
        self._items, self.material, self.R, self.correlation = items, material, R, correlation
        self.percentile = percentile
        self._given, self._n_iter, self._rng = n, n_iter, rng
        self._loadings: dict[tuple[int, str], Floats] = {}
        self._fits: dict[int, dict[str, Measure]] = {}

    @property
    def p(self) -> int:
        """Items."""
        return len(self.R)

    @cached_property
    def rows_of_noise(self) -> tuple[int | Unavailable, tuple[Notice, ...]]:
        """n that sampling errors go by, and what must be said about it."""
        try:
            return noise_rows(self.material, self._given)
        except MethodError as error:  # weighted counts do not hold the weights
            return Unavailable(error.code), ()

    @cached_property
    def people(self) -> int | Unavailable:
        """n of chi-square statistics."""
        inputs = self.material.inputs
        open_n = inputs.missing == "pairwise" and inputs.weighting != "sampling"
        return chi_square_people(self.material, self.correlation, self._given if open_n else None)

    @cached_property
    def has_inverse(self) -> bool:
        """Whether the matrix is positive definite."""
        return smallest_eigenvalue(self.R) > SMALLEST_EIGENVALUE

    @cached_property
    def eigenvalues(self) -> Floats:
        """(p,) largest first."""
        return np.asarray(component_eigenvalues(self.R[None])[0])

    @cached_property
    def simulated(self) -> Noise:
        """Noise of normal answers."""
        return self._noise("simulated")

    @cached_property
    def shuffled(self) -> Noise:
        """The data's answers, each item shuffled."""
        return self._noise("permutation")

    def _noise(self, method: str) -> Noise:
        n = self._given if method == "simulated" else None
        names = ["one-factor", "smc"] if self._smc_exists(method) else ["one-factor"]
        return draw_noise(
            self._items, self.material, method, self._n_iter, names, correlation=self.correlation, n=n, rng=self._rng
        )  # fmt: skip

    def _smc_exists(self, method: str) -> bool:
        size = self.material.moments.n if method == "permutation" else self.rows_of_noise[0]
        return self.has_inverse and not isinstance(size, Unavailable) and size > self.p

    def reduced_eigenvalues(self, communality: str) -> Floats:
        """(p,) eigenvalues with communalities on the diagonal."""
        return np.asarray(COMMUNALITIES[communality].spectrum(self.R[None])[0])

    @cached_property
    def most_by_parallel(self) -> int:
        """The largest number that parallel analysis of simulated noise retains, on any basis."""
        noise = self.simulated
        found = [self._above(self.eigenvalues, noise.components)]
        for name, spectra in noise.factors.items():
            found.append(self._above(self.reduced_eigenvalues(name), spectra))
        return max(found)

    def _above(self, eigenvalues: Floats, noise: Floats) -> int:
        return leading(eigenvalues > np.percentile(noise, self.percentile, axis=0))

    @cached_property
    def most_factors(self) -> int:
        """The largest number that leaves no negative degrees of freedom."""
        return most_factors(self.p)

    def loadings(self, k: int, extraction: str) -> Floats:
        """(p, k) unrotated loadings."""
        if k == 0:
            return np.zeros((self.p, 1))
        if (k, extraction) not in self._loadings:
            self._loadings[k, extraction] = extract(self.R, k, extraction).loadings
        return self._loadings[k, extraction]

    def fit(self, k: int) -> dict[str, Measure]:
        """Fit of k factors by maximum likelihood; with none, of uncorrelated items."""
        if k not in self._fits:
            implied = np.eye(self.p)
            if k > 0:
                found = extract(self.R, k, "ml")
                implied = found.loadings @ found.loadings.T + np.diag(found.uniquenesses)
            self._fits[k] = fit_measures(self.R, implied, k, self.people, _RMSEA_LEVEL)
        return self._fits[k]
