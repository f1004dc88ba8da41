"""Making replicate weights: jackknife, Rao–Wu bootstrap, balanced half-samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.core.checks import check_choice, check_count
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.seeding import generator
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.replicates import Replicates
from akhlak_research.survey.stages import Stage

METHODS = ("jackknife", "bootstrap", "brr")
#: clusters × replicates of factors that are held at once
_MOST = 60_000_000


def as_replicates(
    design: SurveyDesign,
    method: str = "bootstrap",
    *,
    replicates: int = 500,
    fay: float = 0.0,
    rng: int | np.random.Generator | None = None,
) -> SurveyDesign:
    """A design whose errors come from replicate weights.

    Parameters
    ----------
    design : SurveyDesign
        With its design weights: adjust the weights afterwards, so that every replicate is adjusted as well.
    method : {"bootstrap", "jackknife", "brr"}
        Rao and Wu's bootstrap (n − 1 clusters of a stratum drawn with replacement and rescaled); the jackknife that
        drops one cluster (JK1 without strata, JKn with); balanced half-samples where every stratum has two clusters.
    replicates : int
        Of the bootstrap.
    fay : float
        Fay's factor of ``"brr"``, 0 ≤ fay < 1.
    rng : int or Generator, optional
        Seed of the bootstrap; it is kept with the result.

    Returns
    -------
    SurveyDesign

    Raises
    ------
    MethodError
        ``replicates_before_adjusting``, ``lonely_psu``, ``lonely_for_replicates``, ``brr_needs_pairs``,
        ``replicates_too_many`` (a jackknife of that many clusters: use the bootstrap), ``census_has_no_replicates``.
    ArgumentError
        ``unknown_choice``, ``count_out_of_range``, ``fay_out_of_range``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> answers = pd.DataFrame({"team": list("AABBCCDD"), "score": [50.0, 60, 70, 70, 80, 75, 66, 61]})
    >>> design = ak.SurveyDesign(answers, cluster="team")
    >>> jackknife = ak.as_replicates(design, "jackknife")
    >>> ak.estimate_mean(jackknife, "score").estimate.se == ak.estimate_mean(design, "score").estimate.se
    False
    >>> ak.estimate_mean(ak.as_replicates(design, rng=1), "score")
    <survey_estimates mean of score: Estimate(66.5 [51.6, 81.4], n=8)>

    Notes
    -----
    First-stage clusters are what is dropped or drawn; their sampling fraction enters, that of later stages does not.
    Degrees of freedom stay those of the design. A lonely stratum (one sampled cluster of several) is an error unless
    the design says ``lonely="remove"`` (then it adds nothing) or, for the jackknife, ``"average"``.

    References
    ----------
    Rao, J. N. K. & Wu, C. F. J. (1988), Journal of the American Statistical Association 83, 231–241. Rust, K. F. & Rao,
    J. N. K. (1996), Statistical Methods in Medical Research 5, 283–310. Wolter, K. M. (2007), Introduction to Variance
    Estimation, chapters 3–4.
    """
    check_choice(method, METHODS, "method")
    if design.steps:
        raise MethodError("replicates_before_adjusting", got=[step.kind for step in design.steps])
    stage = design.stages[0]
    allowed = ("remove", "average") if method == "jackknife" else ("remove",)
    if len(stage.lonely):
        if design.lonely == "fail":
            stage.factors("fail", 1)
        if design.lonely not in allowed:
            raise MethodError("lonely_for_replicates", got=design.lonely, expected=allowed)
    if not (stage.fraction < 1 - 1e-7).any():
        raise MethodError("census_has_no_replicates")
    seed = None
    if method == "jackknife":
        made = _jackknife(stage, average=design.lonely == "average")
    elif method == "brr":
        made = _half_samples(stage, fay)
    else:
        random, seed = generator(rng)
        made = _bootstrap(stage, check_count(replicates, 2, "replicates"), random)
    found = Replicates(
        kind=made.kind, multiplier=made.multiplier, cluster=stage.cluster, offset=made.offset, slope=made.slope,
        scale=made.scale, rscales=made.rscales, mse=False, df=design.df, base=design.weights, seed=seed,
    )  # fmt: skip
    return design.with_replicates(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    kind: str
    multiplier: np.ndarray
    offset: Floats
    slope: Floats
    scale: float
    rscales: Floats


def _jackknife(stage: Stage, *, average: bool) -> _Made:
    """Each cluster of a stratum dropped in turn, the others of its stratum times n / (n − 1).

    V = Σ_r (1 − f_h) (n_h − 1) / n_h (θ_r − θ̄)² (Wolter 2007, section 4.5; JK1 is one stratum).
    """
    n = stage.drawn[stage.stratum]
    open_ = (n > 1) & (stage.fraction[stage.stratum] < 1 - 1e-7)
    dropped = np.flatnonzero(open_)
    count, clusters = len(dropped), len(stage.stratum)
    if count * clusters > _MOST:
        raise MethodError("replicates_too_many", got=count, clusters=clusters)
    factor = np.ones((clusters, count))
    for h in np.unique(stage.stratum[dropped]):
        rows, columns = np.flatnonzero(stage.stratum == h), np.flatnonzero(stage.stratum[dropped] == h)
        factor[np.ix_(rows, columns)] = stage.drawn[h] / (stage.drawn[h] - 1)
    factor[dropped, np.arange(count)] = 0.0
    free, size = (1 - stage.fraction)[stage.stratum[dropped]], n[dropped]
    one, zero = np.ones(clusters), np.zeros(clusters)
    if len(stage.drawn) == 1:
        scale = float(free[0] * (size[0] - 1) / size[0])
        return _Made("JK1", factor, zero, one, scale, np.ones(count))
    scale = clusters / count if average and len(stage.lonely) else 1.0
    return _Made("JKn", factor, zero, one, scale, free * (size - 1) / size)


def _bootstrap(stage: Stage, count: int, rng: np.random.Generator) -> _Made:
    """m of n − 1 clusters drawn with replacement: factor 1 − λ + λ n / (n − 1) · m with λ = √(1 − f).

    Rao & Wu (1988, section 2) with resamples of n − 1; V = Σ_r (θ_r − θ̄)² / (R − 1).
    """
    h = len(stage.drawn)
    n = stage.drawn.astype(np.int64)
    small = np.uint8 if n.max() < 1_000_000 else np.uint16  # counts of a cluster are Poisson(1): 255 never comes
    drawn = np.zeros((len(stage.stratum), count), dtype=small)
    order = np.argsort(stage.stratum, kind="stable")
    edges = np.concatenate([[0], np.cumsum(np.bincount(stage.stratum, minlength=h))])
    step = max(1, 4_000_000 // int(n.max()))
    for s in range(h):
        size = int(n[s])
        if size < 2:
            continue
        rows = order[edges[s] : edges[s + 1]]
        for start in range(0, count, step):
            b = min(step, count - start)
            picks = rng.integers(0, size, (b, size - 1), dtype=np.int32)
            picks += (np.arange(b, dtype=np.int32) * size)[:, None]
            counts = np.bincount(picks.ravel(), minlength=b * size).astype(small)
            drawn[rows, start : start + b] = counts.reshape(b, size).T
    spread = np.sqrt(1 - stage.fraction)
    spread[stage.drawn < 2] = 0.0
    slope = spread * stage.drawn / np.maximum(stage.drawn - 1, 1)
    return _Made("bootstrap", drawn, (1 - spread)[stage.stratum], slope[stage.stratum], 1 / (count - 1), np.ones(count))


def _half_samples(stage: Stage, fay: float) -> _Made:
    """One cluster of each pair up, the other down, by a Hadamard matrix (Wolter 2007, section 3.4).

    Factors 2 − ρ and ρ; V = Σ_r (θ_r − θ̄)² / (R (1 − ρ)²). Sampling fractions do not enter.
    """
    from scipy.linalg import hadamard

    if not 0 <= fay < 1:
        raise ArgumentError("fay_out_of_range", got=fay, expected="0 ≤ fay < 1")
    odd = np.flatnonzero(stage.drawn != 2)
    if len(odd):
        names = [f"{stage.names[at]} ({int(stage.drawn[at])})" for at in odd[:10]]
        raise MethodError("brr_needs_pairs", got=names, count=len(odd))
    h = len(stage.drawn)
    count = 1 << int(np.ceil(np.log2(h + 1)))
    signs = hadamard(max(count, 2))[1 : h + 1]
    count = signs.shape[1]
    second = np.zeros(len(stage.stratum), dtype=bool)
    order = np.argsort(stage.stratum, kind="stable")
    second[order[1::2]] = True
    factor = 1 + (1 - fay) * np.where(second, -1, 1)[:, None] * signs[stage.stratum]
    one = np.ones(len(stage.stratum))
    return _Made("BRR", factor, one * 0, one, 1 / (count * (1 - fay) ** 2), np.ones(count))
