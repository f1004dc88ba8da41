"""Exploratory factor analysis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import ByGroup, Notice, Unavailable
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import CORRELATIONS, Matrix, chi_square_people
from akhlak_research.measure.efa_bootstrap import Replicates, bootstrap_solutions
from akhlak_research.measure.efa_result import Efa
from akhlak_research.measure.extraction import EXTRACTIONS
from akhlak_research.measure.factor_notices import solution_notices
from akhlak_research.measure.factor_scores import SCORING, Scored, determinacy, person_scores, scored_rows
from akhlak_research.measure.factor_solution import Solution, solve_factors
from akhlak_research.measure.fit import fit_measures, most_factors
from akhlak_research.measure.material import repeat_for
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, smallest_eigenvalue
from akhlak_research.measure.ordinal_fit import scaled_measures
from akhlak_research.measure.rotation import ROTATIONS


def efa(
    items: Items,
    n_factors: int,
    *,
    extraction: str = "minres",
    rotation: str | None = "oblimin",
    kaiser: bool | None = None,
    parameter: float | None = None,
    target: pd.DataFrame | ArrayLike | None = None,
    correlation: str = "pearson",
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    n: int | None = None,
    n_starts: int | None = None,
    rng: int | np.random.Generator | None = 0,
    scores: str = "regression",
    level: float = 0.90,
    cut: float = 0.30,
    n_boot: int = 0,
    boot_level: float = 0.95,
) -> Efa | ByGroup[Efa]:
    """Exploratory factor analysis: extraction, rotation, fit, scores.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Item codes, respondents × items; at least three items.
    n_factors : int
        Number of factors k; the model must leave no less than 0 degrees of freedom.
    extraction : {"minres", "ml", "pa"}
        Least squares on residual correlations, maximum likelihood, or principal axis iterated to convergence (which
        ends at the minres solution). Uniquenesses are kept at .005 or more.
    rotation : {"oblimin", "quartimin", "geomin", "promax", "bifactor", "target", "varimax", "quartimax", "equamax", \
"geomin-orthogonal", "bifactor-orthogonal", "target-orthogonal", "none"}, or None
        The first six let factors correlate. None is "none". Bifactor: a general factor, which stands first, and two or
        more of groups of items (biquartimin). Target: as near as possible to ``target``.
    kaiser : bool, optional
        Bring rows to unit length before rotation. Default: yes for varimax and promax, no for the others, as psych and
        GPArotation do; SPSS also does so for oblimin.
    parameter : float, optional
        γ of oblimin (0; not above 0), ε of geomin (.01), power of promax (4).
    target : DataFrame or array (p, k), optional
        Loadings to come near to, NaN where free; each column needs k − 1 given entries or more. A DataFrame is matched
        by item, and its columns name the factors.
    correlation : {"pearson", "polychoric"}
        Matrix to be factored. Polychoric: of the variables behind the answers. Normal-theory fit and scores do not
        apply to it and are Unavailable; ``fit`` has the scaled and shifted χ² of least squares in their place, and
        CFI, TLI and RMSEA from it (rows are needed).
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
        With pairwise deletion the matrix may have no inverse: maximum likelihood then refuses, minres goes on with a
        notice and without scores; chi-square measures need ``n``.
    weights : array (n,), optional
        Sampling weights: the solution of the weighted correlations. Chi-square and what rests on it do not exist then.
    frequencies : array (n,), optional
        Row counts; k is the row k times. Scores have one row per row of the data.
    by : str or Series, optional
        Repeat for each group.
    n : int, optional
        The n of chi-square measures with ``missing="pairwise"``; not allowed otherwise.
    n_starts : int, optional
        Starts of the rotation: none turned, the others random. Default 30 for geomin, 10 for other criteria. A notice
        tells where they end at different values; the best is taken.
    rng : int or Generator, optional
        Seed of the random starts; the same by default, so that a repetition gives the same result.
    scores : {"regression", "bartlett", "tenberge", "none"}
        Thurstone's regression scores (nearest to the factors, shrunken), Bartlett's (unbiased), ten Berge's (correlated
        as the factors are), or none.
    level : float
        Of the RMSEA's interval.
    cut : float
        Size from which a loading counts, for notices on weak factors (fewer than three items), cross-loadings and
        items without a factor, and for ``sorted_loadings()``. It changes no estimate.
    n_boot : int
        Bootstrap replicates for standard errors and intervals of loadings and factor correlations; 0 for none. People
        are drawn with replacement; each replicate is rotated from near the solution and aligned with it. Needs
        complete rows of answers. Under a complex sampling design, errors of single draws are not valid.
    boot_level : float
        Of the bootstrap's percentile intervals.

    Returns
    -------
    Efa, or ByGroup of Efa

    Raises
    ------
    MethodError
        ``too_many_factors`` (names the largest number possible), ``factors_vanish``, ``ml_not_positive_definite``.
    DataError
        ``efa_needs_items``, and as ``as_moments``: constant item, too few rows, and so on.
    ArgumentError
        ``rotation_parameter``, ``rotation_few_factors``, ``n_not_needed``, ``cut_out_of_range``, ``target_missing``,
        ``target_shape``, ``target_items``, ``target_too_free``, ``target_not_used``, unknown choices.

    Examples
    --------
    >>> import akhlak_research as ak, numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> one, two = rng.normal(size=(2, 400, 1))
    >>> answers = np.hstack([one + rng.normal(size=(400, 3)), two + rng.normal(size=(400, 3))])
    >>> solution = ak.efa(pd.DataFrame(answers, columns=list("abcdef")), 2)
    >>> solution.loadings.abs().idxmax(axis=1).nunique()
    2

    Notes
    -----
    *Fit.* With F the maximum likelihood discrepancy of the solution, whatever extracted it: χ² = F (n − 1 −
    (2p + 5)/6 − 2k/3) (Bartlett 1950); RMSEA = √max(χ²/(df n) − 1/(n − 1), 0), its interval by noncentral χ² with
    n − 1; TLI after Tucker and Lewis (1973); CFI from χ² and the χ² of no correlation; BIC = χ² − df ln n; SRMR is the
    root mean square of the residual correlations, CRMS the same over degrees of freedom; the empirical χ² is n times
    the squared residual correlations. These are psych's definitions. The χ² law assumes normal answers and, for minres
    and principal axis, is an approximation that makes χ² a little too large; the empirical χ² has no proven law.

    *Fit to polychoric correlations.* χ² of unweighted least squares, scaled and shifted by the correlations' own
    sampling covariance; equal to lavaan's estimator ULSMV.

    *Local minima.* Extraction starts from squared multiple correlations and follows exact second derivatives. With
    Heywood cases in small samples other minima may exist.

    *Conventions that differ between programs.* Oblimin on raw loadings is psych's and GPArotation's; SPSS normalises
    rows (``kaiser=True``). Promax with Kaiser's normalisation powers rows of unit length (psych); ``kaiser=False`` is
    ``stats::promax``.

    References
    ----------
    Browne, M. W. (2001). An overview of analytic rotation in exploratory factor analysis. Multivariate Behavioral
    Research, 36, 111–150.
    Harman, H. H., & Jones, W. H. (1966). Factor analysis by minimizing residuals. Psychometrika, 31, 351–368.
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika, 32, 443–482.
    Jennrich, R. I., & Bentler, P. M. (2011). Exploratory bi-factor analysis. Psychometrika, 76, 537–549.
    Jennrich, R. I. (2002). A simple general method for oblique rotation. Psychometrika, 67, 7–19.
    Asparouhov, T., & Muthén, B. (2010). Simple second order chi-square correction. Mplus technical appendix.
    Bernaards, C. A., & Jennrich, R. I. (2005). Gradient projection algorithms and software for arbitrary rotation
    criteria in factor analysis. Educational and Psychological Measurement, 65, 676–696.
    """
    rotation = "none" if rotation is None else rotation
    data: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies
    }  # fmt: skip
    request = _Request(
        n_factors=check_count(n_factors, 1, "n_factors"), extraction=extraction, rotation=rotation, kaiser=kaiser,
        parameter=parameter, target=target, correlation=correlation, n=n,
        n_starts=None if n_starts is None else check_count(n_starts, 1, "n_starts"), rng=rng, scores=scores,
        level=check_level(level), cut=_check_cut(cut), n_boot=check_count(n_boot, 0, "n_boot"),
        boot_level=check_level(boot_level),
    )  # fmt: skip
    _ = EXTRACTIONS[extraction], ROTATIONS[rotation], CORRELATIONS[correlation]
    if scores != "none":
        _ = SCORING[scores]
    return repeat_for(_efa, items, by, request=request, **data)


def _check_cut(cut: float) -> float:
    if not 0 <= cut < 1:
        raise ArgumentError("cut_out_of_range", got=cut, expected="0 ≤ cut < 1")
    return float(cut)


@dataclass(frozen=True, slots=True)
class _Request:
    n_factors: int
    extraction: str
    rotation: str
    kaiser: bool | None
    parameter: float | None
    target: pd.DataFrame | ArrayLike | None
    correlation: str
    n: int | None
    n_starts: int | None
    rng: int | np.random.Generator | None
    scores: str
    level: float
    cut: float
    n_boot: int
    boot_level: float


def _efa(items: Items, *, request: _Request, **data: Any) -> Efa:
    scored = scored_rows(items, **data)
    moments = scored.moments
    p, k = len(moments.names), request.n_factors
    if p < 3:
        raise DataError("efa_needs_items", got=p, expected=3)
    if k > most_factors(p):
        raise MethodError("too_many_factors", got=k, expected=most_factors(p), items=p)
    people = chi_square_people(scored.material, request.correlation, request.n)
    matrix = CORRELATIONS[request.correlation].matrix(items, scored.material, data)
    draw, seed = generator(request.rng)
    target, names = _target(request.target, moments.names, k)

    def solve(R: Floats, near: Floats | None = None) -> Solution:
        return solve_factors(
            R, k, request.extraction, request.rotation, kaiser=request.kaiser, parameter=request.parameter,
            n_starts=request.n_starts, rng=draw, target=target, near=near,
        )  # fmt: skip

    solution = solve(matrix.R)
    fit = fit_measures(matrix.R, solution.implied, k, people, request.level)
    if CORRELATIONS[request.correlation].latent:
        rows = scored.material.rows
        fit |= scaled_measures(rows, moments.inputs.missing, solution, matrix.R, request.extraction, request.level)
    spread = _bootstrap(request, scored, solution, solve, draw)
    return _assemble(request, scored, matrix, solution, fit, spread, names, seed)


def _target(
    given: pd.DataFrame | ArrayLike | None, items: tuple[str, ...], k: int
) -> tuple[Floats | None, tuple[str, ...]]:
    """The target in the order of the items, and the names of the factors."""
    names = tuple(f"F{j + 1}" for j in range(k))
    if given is None:
        return None, names
    if isinstance(given, pd.DataFrame):
        lacking = [item for item in items if item not in given.index]
        if lacking:
            raise ArgumentError("target_items", got=lacking)
        if given.shape[1] == k:
            names = tuple(map(str, given.columns))
        given = given.loc[list(items)]
    return np.asarray(given, dtype=np.float64), names


@dataclass(frozen=True, slots=True)
class _Spread:
    """Bootstrap errors and limits, or why there are none."""

    errors: Floats | Unavailable
    limits: tuple[Floats, Floats] | Unavailable
    phi_errors: Floats | Unavailable
    notices: tuple[Notice, ...] = field(default=())


def _bootstrap(request: _Request, scored: Scored, solution: Solution, solve: Any, draw: np.random.Generator) -> _Spread:
    rows = scored.material.rows
    reason: Unavailable | None = None
    if request.n_boot == 0:
        reason = Unavailable("errors_not_asked")
    elif rows is None or np.isnan(rows.values).any():
        reason = Unavailable("errors_need_complete_rows")
    if reason is not None or rows is None:
        assert reason is not None
        return _Spread(reason, reason, reason)
    found = bootstrap_solutions(
        rows, request.correlation, solution, lambda R: solve(R, near=solution.loadings), request.n_boot, draw
    )
    return _spread(found, request)


def _spread(found: Replicates, request: _Request) -> _Spread:
    lost = request.n_boot - len(found.loadings)
    if len(found.loadings) < max(2, request.n_boot / 2):
        reason = Unavailable("errors_few_replicates", {"n": len(found.loadings), "n_boot": request.n_boot})
        return _Spread(reason, reason, reason)
    notices = (Notice("replicates_lost", "caution", {"n": lost, "n_boot": request.n_boot}),) if lost else ()
    tail = (1 - request.boot_level) / 2
    low, high = np.quantile(found.loadings, [tail, 1 - tail], axis=0)
    phi_errors = found.phi.std(axis=0, ddof=1)
    np.fill_diagonal(phi_errors, np.nan)
    return _Spread(found.loadings.std(axis=0, ddof=1), (low, high), phi_errors, notices)


def _assemble(
    request: _Request,
    scored: Scored,
    matrix: Matrix,
    solution: Solution,
    fit: dict[str, Any],
    spread: _Spread,
    names: tuple[str, ...],
    seed: int | None,
) -> Efa:
    items, factors = pd.Index(scored.moments.names), pd.Index(names)
    smallest = smallest_eigenvalue(matrix.R)
    weights, determined = _score_weights(request, matrix.R, solution, smallest, items, factors)
    entry, turned = ROTATIONS[request.rotation], solution.rotated
    parameter = entry.parameter if request.parameter is None else request.parameter

    def frame(values: Floats | Unavailable, rows: pd.Index) -> Any:
        return values if isinstance(values, Unavailable) else pd.DataFrame(values, index=rows, columns=factors)

    low, high = (spread.limits, spread.limits) if isinstance(spread.limits, Unavailable) else spread.limits
    said = solution_notices(scored.moments, solution, request.rotation, smallest, request.n, request.cut)
    return Efa(
        inputs=scored.moments.inputs,
        notices=(*matrix.notices, *spread.notices, *said),
        loadings=frame(solution.loadings, items),
        structure=frame(solution.structure, items),
        factor_correlations=frame(solution.phi, factors),
        communalities=pd.Series(solution.communalities, index=items, name="communality"),
        uniquenesses=pd.Series(solution.extracted.uniquenesses, index=items, name="uniqueness"),
        complexity=pd.Series(solution.complexity, index=items, name="complexity"),
        variance=pd.DataFrame(solution.variance, index=["ss_loadings", "proportion", "cumulative"], columns=factors),
        fit=pd.Series(fit, name="fit"),
        residuals=pd.DataFrame(matrix.R - solution.implied, index=items, columns=items),
        loading_errors=frame(spread.errors, items),
        loadings_low=frame(low, items),
        loadings_high=frame(high, items),
        factor_correlation_errors=frame(spread.phi_errors, factors),
        scores=Unavailable("scores_not_asked") if request.scores == "none" else person_scores(scored, weights),
        score_weights=weights,
        determinacy=determined,
        minima=pd.DataFrame(
            {"criterion": turned.minima[:, 0], "starts": turned.minima[:, 1].astype(np.int64)}
        ),
        n_factors=request.n_factors,
        extraction=request.extraction,
        rotation=request.rotation,
        correlation=request.correlation,
        scoring=request.scores,
        cut=request.cut,
        n_boot=request.n_boot,
        boot_level=request.boot_level,
        kaiser=entry.kaiser if request.kaiser is None else request.kaiser,
        parameter=None if np.isnan(parameter) else parameter,
        criterion=None if np.isnan(turned.value) else turned.value,
        iterations=solution.extracted.iterations,
        n_starts=turned.n_starts,
        n_best=turned.n_best,
        seed=seed,
    )  # fmt: skip


def _score_weights(
    request: _Request, R: Floats, solution: Solution, smallest: float, items: pd.Index, factors: pd.Index
) -> tuple[pd.DataFrame | Unavailable, pd.Series | Unavailable]:
    """Weights of standardised items, and the squared correlation of each factor with its scores."""
    if CORRELATIONS[request.correlation].latent:
        return Unavailable("scores_polychoric"), Unavailable("scores_polychoric")
    if smallest <= SMALLEST_EIGENVALUE:
        singular = Unavailable("scores_singular", {"eigenvalue": smallest})
        return singular, singular
    method = SCORING["regression" if request.scores == "none" else request.scores]
    weights = method.weights(R, solution)
    squared = determinacy(R, solution, weights)
    return (
        pd.DataFrame(weights, index=items, columns=factors),
        pd.Series(squared, index=factors, name="determinacy"),
    )  # fmt: skip
