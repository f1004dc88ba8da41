"""How many components or factors stand out of noise: parallel analysis."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Result, result
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import CORRELATIONS
from akhlak_research.measure.material import gather
from akhlak_research.measure.matrices import require_positive_definite
from akhlak_research.measure.noise import component_eigenvalues
from akhlak_research.measure.noise_spectra import COMMUNALITIES, draw_noise
from akhlak_research.measure.retention_kernels import leading

Draws = Literal["simulated", "permutation"]


@result
class ParallelAnalysis(Result):
    """Eigenvalues beside those of noise.

    Attributes
    ----------
    components, factors : DataFrame
        Ranks 1 … p × ``eigenvalue reference_mean reference_percentile``: of the correlation matrix, and of the matrix
        with communalities on its diagonal.
    n_components, n_factors : int
        How many leading eigenvalues lie above the reference percentile.
    n_components_mean, n_factors_mean : int
        The same with the reference mean (Horn's own rule; it retains more).
    n_iter, percentile, method, communalities, correlation, seed
        As asked; ``seed`` is None if a Generator was given.
    n : int
        Rows of the noise.
    """

    kind: ClassVar[str] = "parallel_analysis"
    components: pd.DataFrame
    factors: pd.DataFrame
    n_components: int
    n_factors: int
    n_components_mean: int
    n_factors_mean: int
    n_iter: int
    percentile: float
    method: str
    communalities: str
    correlation: str
    n: int
    seed: int | None

    def table(self) -> pd.DataFrame:
        """Two rows per rank: ``basis rank eigenvalue reference_mean reference_percentile retained``."""
        parts = []
        for basis, frame, kept in (
            ("component", self.components, self.n_components),
            ("factor", self.factors, self.n_factors),
        ):
            part = frame.reset_index()
            part.insert(0, "basis", basis)
            parts.append(part.assign(retained=part["rank"] <= kept))
        return pd.concat(parts, ignore_index=True)

    def headline(self) -> str:
        """Numbers retained by the percentile rule."""
        return f"{self.n_components} components, {self.n_factors} factors, {self.n_iter} draws of n={self.n}"


def parallel_analysis(
    items: Items,
    *,
    n_iter: int = 1000,
    percentile: float = 95,
    method: Draws = "simulated",
    communalities: str = "one-factor",
    correlation: str = "pearson",
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    n: int | None = None,
    rng: int | np.random.Generator | None = None,
) -> ParallelAnalysis:
    """Parallel analysis for components and for common factors.

    Eigenvalues of the data are set beside those of noise of the same size. Retained are the leading eigenvalues that
    lie above the given percentile of the noise (Glorfeld 1995); the count by its mean (Horn 1965) is reported too. The
    first eigenvalue that fails ends the count.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Item codes, respondents × items.
    n_iter : int
        Draws of noise.
    percentile : float
        50 ≤ percentile < 100.
    method : {"simulated", "permutation"}
        Independent normal answers, or the answers of each item shuffled (keeps their distributions; needs complete
        rows and no sampling weights; slower).
    communalities : {"one-factor", "smc"}
        Diagonal of the matrix for common factors, of data and noise alike: communalities of one minres factor, or
        squared multiple correlations. The second retains more.
    correlation : {"pearson", "polychoric"}
        Of data and noise alike. Polychoric noise has the items' own shares of categories: drawn independently
        ("simulated": normal variables cut at the items' thresholds), or the answers shuffled.
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame; eigenvalues do not depend on them.
    missing : {"listwise", "pairwise"}
    weights : array (n,), optional
        Sampling weights: eigenvalues of the weighted correlations.
    frequencies : array (n,), optional
        Row counts.
    n : int, optional
        Rows of simulated noise. Default: the rows used; pairwise, the harmonic mean of the pairs' n, which gives noise
        correlations their average variance; with sampling weights that times Kish's (Σw)² / nΣw². A notice names the
        last two. From weighted counts, which hold no single weights, n must be given.
    rng : int or Generator, optional
        Seed; the result carries it. None draws a fresh one.

    Returns
    -------
    ParallelAnalysis
        ``.n_components``, ``.n_factors``, ``.components``, ``.factors``, ``.table()``.

    Raises
    ------
    MethodError
        ``not_positive_definite`` and ``noise_singular`` (smc), ``noise_constant``, ``weighted_needs_n``,
        ``permutation_needs_rows``, ``permutation_weighted``, ``permutation_incomplete``, ``polychoric_needs_answers``.
    ArgumentError
        ``percentile_out_of_range``, ``n_for_permutation``, unknown choices.

    Examples
    --------
    >>> import akhlak_research as ak, numpy as np, pandas as pd
    >>> draw = np.random.default_rng(1).normal(size=(300, 8))
    >>> draw[:, :4] += draw[:, [3]]
    >>> ak.parallel_analysis(pd.DataFrame(draw), n_iter=100, rng=1).n_components
    1

    References
    ----------
    Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, 30, 179–185.
    Glorfeld, L. W. (1995). An improvement on Horn's parallel analysis methodology. Educational and Psychological
    Measurement, 55, 377–393.
    """
    check_count(n_iter, 1, "n_iter")
    check_choice(method, ("simulated", "permutation"), "method")
    if not 50 <= percentile < 100:
        raise ArgumentError("percentile_out_of_range", got=percentile, expected="50 ≤ percentile < 100")
    diagonal = COMMUNALITIES[communalities]
    data: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies
    }  # fmt: skip
    material = gather(items, **data)
    matrix = CORRELATIONS[correlation].matrix(items, material, data)
    R = matrix.R
    if diagonal.needs_positive_definite:
        require_positive_definite(R, material.moments.names)
    draw, seed = generator(rng)
    noise = draw_noise(items, material, method, n_iter, (communalities,), correlation=correlation, n=n, rng=draw)
    if communalities not in noise.factors:
        raise MethodError("noise_singular", got=noise.n, expected=len(R) + 1)
    components = against_noise(component_eigenvalues(R[None])[0], noise.components, percentile)
    factors = against_noise(diagonal.spectrum(R[None])[0], noise.factors[communalities], percentile)
    return ParallelAnalysis(
        inputs=material.inputs,
        notices=(*matrix.notices, *noise.notices),
        components=components,
        factors=factors,
        n_components=_leading(components, "reference_percentile"),
        n_factors=_leading(factors, "reference_percentile"),
        n_components_mean=_leading(components, "reference_mean"),
        n_factors_mean=_leading(factors, "reference_mean"),
        n_iter=n_iter,
        percentile=float(percentile),
        method=method,
        communalities=communalities,
        correlation=correlation,
        n=noise.n,
        seed=seed,
    )


def against_noise(eigenvalues: Floats, noise: Floats, percentile: float) -> pd.DataFrame:
    """Ranks × ``eigenvalue reference_mean reference_percentile``."""
    return pd.DataFrame(
        {
            "eigenvalue": eigenvalues,
            "reference_mean": noise.mean(axis=0),
            "reference_percentile": np.percentile(noise, percentile, axis=0),
        },
        index=pd.RangeIndex(1, len(eigenvalues) + 1, name="rank"),
    )


def _leading(compared: pd.DataFrame, reference: str) -> int:
    """How many eigenvalues from the first on lie above the reference."""
    return leading((compared["eigenvalue"] > compared[reference]).to_numpy())
