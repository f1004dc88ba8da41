"""The criteria for the number of factors: one registry, with what each needs and what it may be used on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.fit import degrees_of_freedom
from akhlak_research.measure.noise_spectra import Noise
from akhlak_research.measure.retention_evidence import Evidence
from akhlak_research.measure.retention_kernels import (
    common_part_accounted_for,
    empirical_kaiser,
    hull,
    leading,
    mean_partial_correlations,
)

Family = Literal["component", "partial", "factor", "fit", "test"]
#: the test rejects a number of factors below this; RMSEA up to this is a close fit (Browne & Cudeck 1992)
_ALPHA, _CLOSE_FIT = 0.05, 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """What a criterion says.

    Attributes
    ----------
    n_factors : int or Unavailable
    k : (m,) int
        Ranks of eigenvalues, or numbers of factors tried.
    value, reference : (m,)
        What was looked at, and what it is compared with (NaN where a minimum decides).
    """

    n_factors: int | Unavailable
    k: np.ndarray
    value: Floats
    reference: Floats


@dataclass(frozen=True, slots=True)
class Criterion:
    """An entry of the registry.

    Attributes
    ----------
    name : str
    family : str
        Criteria of one family look at the same thing and share one vote.
    look : callable
        ``Evidence -> Finding``.
    default : bool
        Used unless the caller names criteria.
    votes : bool
        Whether its number counts in the vote; Kaiser's rule is shown because it is customary, not because it is right.
    polychoric_ok : bool
        Whether its reference holds for polychoric correlations.
    needs_rows : bool
        Answers of single people, complete and without sampling weights.
    needs_n : bool
        A number of respondents that sampling error goes by.
    needs_inverse : bool
        A positive definite matrix.
    likelihood : bool
        Chi-square of normal theory: no sampling weights, and an n.
    visual : bool
        A picture, read by eye: it gives no number.
    """

    name: str
    family: Family
    look: Callable[[Evidence], Finding]
    default: bool = True
    votes: bool = True
    polychoric_ok: bool = False
    needs_rows: bool = False
    needs_n: bool = False
    needs_inverse: bool = False
    likelihood: bool = False
    visual: bool = False


def obstacle(criterion: Criterion, evidence: Evidence) -> Unavailable | None:
    """Why a criterion cannot be used on this material, if so."""
    material = evidence.material
    if criterion.visual:
        return Unavailable("criterion_visual")
    if evidence.correlation == "polychoric" and not criterion.polychoric_ok:
        return Unavailable("criterion_pearson_only")
    if criterion.needs_rows:
        rows = material.rows
        if rows is None or material.sampled or np.isnan(rows.values).any():
            return Unavailable("criterion_needs_rows")
    if criterion.needs_n and isinstance(evidence.rows_of_noise[0], Unavailable):
        return evidence.rows_of_noise[0]
    if criterion.likelihood and isinstance(evidence.people, Unavailable):
        return evidence.people
    if criterion.needs_inverse and not evidence.has_inverse:
        return Unavailable("likelihood_singular" if criterion.likelihood else "criterion_singular")
    return None


def _ranks(evidence: Evidence, values: Floats, reference: Floats) -> Finding:
    return Finding(leading(values > reference), np.arange(1, evidence.p + 1), values, reference)


def _kaiser(evidence: Evidence) -> Finding:
    """Eigenvalues above 1 (Guttman 1954, Kaiser 1960)."""
    return _ranks(evidence, evidence.eigenvalues, np.ones(evidence.p))


def _scree(evidence: Evidence) -> Finding:
    """Cattell's (1966) scree; see ``obstacle``."""
    return Finding(Unavailable("criterion_visual"), *_nothing())


def _nothing() -> tuple[np.ndarray, Floats, Floats]:
    return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)


def _empirical_kaiser(observed: bool) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        n = evidence.rows_of_noise[0]
        assert not isinstance(n, Unavailable)
        return _ranks(
            evidence, evidence.eigenvalues, empirical_kaiser(evidence.eigenvalues, n, observed=observed)
        )  # fmt: skip

    return look


def _parallel(noise: Callable[[Evidence], Noise], communality: str | None) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        drawn = noise(evidence)
        if communality is None:
            values, spectra = evidence.eigenvalues, drawn.components
        elif communality not in drawn.factors:
            return Finding(Unavailable("criterion_singular"), *_nothing())
        else:
            values, spectra = evidence.reduced_eigenvalues(communality), drawn.factors[communality]
        return _ranks(evidence, values, np.percentile(spectra, evidence.percentile, axis=0))

    return look


def _partial(power: int) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        means = mean_partial_correlations(evidence.R)[power // 2 - 1]
        found = int(np.nanargmin(means)) if not np.isnan(means).all() else Unavailable("criterion_singular")
        return Finding(found, np.arange(len(means)), means, np.full(len(means), np.nan))

    return look


def _hull(measure: Callable[[Evidence, int], float]) -> Callable[[Evidence], Finding]:
    def look(evidence: Evidence) -> Finding:
        most = min(evidence.most_by_parallel + 1, evidence.most_factors)
        k = np.arange(most + 1)
        fit = np.array([measure(evidence, int(m)) for m in k])
        st = hull(fit, np.array([-degrees_of_freedom(evidence.p, int(m)) for m in k], dtype=np.float64))
        found = Unavailable("hull_without_elbow", {"most": most}) if np.isnan(st).all() else int(np.nanargmax(st))
        return Finding(found, k, fit, st)

    return look


def _caf(evidence: Evidence, k: int) -> float:
    return common_part_accounted_for(evidence.R, evidence.loadings(k, "minres"))


def _cfi(evidence: Evidence, k: int) -> float:
    return float(evidence.fit(k)["cfi"])


def _rmsea(evidence: Evidence, k: int) -> float:
    return 1.0 - float(evidence.fit(k)["rmsea"])


def _first(measure: str, passes: Callable[[float], bool], limit: float) -> Callable[[Evidence], Finding]:
    """The smallest number of factors whose fit passes, from none upwards."""

    def look(evidence: Evidence) -> Finding:
        values: list[float] = []
        found: int | Unavailable = Unavailable("no_number_fits", {"most": evidence.most_factors})
        for k in range(evidence.most_factors + 1):
            if degrees_of_freedom(evidence.p, k) == 0:
                break  # reproduces any data
            values.append(float(evidence.fit(k)[measure]))
            if passes(values[-1]):
                found = k
                break
        return Finding(found, np.arange(len(values)), np.array(values), np.full(len(values), limit))

    return look


def _simulated(evidence: Evidence) -> Noise:
    return evidence.simulated


def _shuffled(evidence: Evidence) -> Noise:
    return evidence.shuffled


CRITERIA = Registry(
    "criteria",
    Criterion("scree", "component", _scree, polychoric_ok=True, visual=True),
    Criterion("kaiser", "component", _kaiser, votes=False, polychoric_ok=True),
    Criterion("ekc-2017", "component", _empirical_kaiser(True), needs_n=True),
    Criterion("ekc-2019", "component", _empirical_kaiser(False), default=False, needs_n=True),
    Criterion("parallel-components", "component", _parallel(_simulated, None), polychoric_ok=True, needs_n=True),
    Criterion(
        "permutation-components", "component", _parallel(_shuffled, None),
        default=False, polychoric_ok=True, needs_rows=True,
    ),
    Criterion("map-1976", "partial", _partial(2), polychoric_ok=True),
    Criterion("map-2000", "partial", _partial(4), polychoric_ok=True),
    Criterion("parallel-factors", "factor", _parallel(_simulated, "one-factor"), polychoric_ok=True, needs_n=True),
    Criterion(
        "parallel-smc", "factor", _parallel(_simulated, "smc"), polychoric_ok=True, needs_n=True, needs_inverse=True
    ),
    Criterion(
        "permutation-factors", "factor", _parallel(_shuffled, "one-factor"),
        default=False, polychoric_ok=True, needs_rows=True,
    ),
    Criterion("hull-caf", "fit", _hull(_caf), polychoric_ok=True, needs_n=True),
    Criterion("hull-cfi", "fit", _hull(_cfi), needs_n=True, needs_inverse=True, likelihood=True),
    Criterion("hull-rmsea", "fit", _hull(_rmsea), default=False, needs_n=True, needs_inverse=True, likelihood=True),
    Criterion(
        "chi-square", "test", _first("pvalue", lambda value: value > _ALPHA, _ALPHA),
        needs_inverse=True, likelihood=True,
    ),
    Criterion(
        "rmsea-lower", "test", _first("rmsea_ci_low", lambda value: value < _CLOSE_FIT, _CLOSE_FIT),
        needs_inverse=True, likelihood=True,
    ),
)  # fmt: skip
