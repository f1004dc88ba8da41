"""Exploratory factor analysis."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.core.results import ByGroup, Result, Unavailable, result, to_jsonable
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import CORRELATIONS
from akhlak_research.measure.extraction import EXTRACTIONS
from akhlak_research.measure.factor_notices import solution_notices
from akhlak_research.measure.factor_scores import Scored, person_scores, scored_rows
from akhlak_research.measure.factor_solution import Solution, solve_factors
from akhlak_research.measure.fit import fit_measures, most_factors
from akhlak_research.measure.material import repeat_for
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE, people_behind, smallest_eigenvalue
from akhlak_research.measure.rotation import ROTATIONS

Scores = Literal["regression", "none"]


@result
class Efa(Result):
    """A factor solution. Factors F1 … Fk stand in descending order of explained variance; signs make column sums
    positive.

    Attributes
    ----------
    loadings : DataFrame
        Items × factors (pattern).
    structure : DataFrame
        Correlations of items with factors; the loadings themselves if factors are uncorrelated.
    factor_correlations : DataFrame
    communalities, uniquenesses, complexity : Series
        Per item. With a Heywood case a uniqueness rests on its floor and the two need not add up to 1.
    variance : DataFrame
        Rows ``ss_loadings proportion cumulative``, a column per factor; right for correlated factors.
    fit : Series
        ``objective chisq df pvalue rmsea rmsea_ci_low rmsea_ci_high tli cfi bic sabic srmr crms chisq_empirical
        pvalue_empirical null_chisq null_df``; a measure that does not exist is an Unavailable with its reason.
    residuals : DataFrame
        Correlations less what the model reproduces; zero on the diagonal but for Heywood cases.
    scores : DataFrame or Unavailable
        Regression scores of the complete rows, with the index of the data. They stay out of ``record()``: a record is
        made to be passed on, answers of single people are not.
    score_weights : DataFrame or Unavailable
        Weights of standardised items, items × factors.
    determinacy : Series or Unavailable
        Squared correlation of each factor with its scores.
    n_factors, extraction, rotation, correlation
        As asked.
    kaiser : bool
        Whether rows were brought to unit length before rotation.
    parameter : float or None
        Constant of the rotation criterion.
    criterion : float or None
        Value of the rotation criterion reached.
    iterations : int
        Of the extraction.
    n_starts, n_best : int
        Starts of the rotation, and how many reached the best value.
    seed : int or None
        Of the random starts.
    """

    kind: ClassVar[str] = "efa"
    loadings: pd.DataFrame
    structure: pd.DataFrame
    factor_correlations: pd.DataFrame
    communalities: pd.Series
    uniquenesses: pd.Series
    complexity: pd.Series
    variance: pd.DataFrame
    fit: pd.Series
    residuals: pd.DataFrame
    scores: pd.DataFrame | Unavailable
    score_weights: pd.DataFrame | Unavailable
    determinacy: pd.Series | Unavailable
    n_factors: int
    extraction: str
    rotation: str
    correlation: str
    kaiser: bool
    parameter: float | None
    criterion: float | None
    iterations: int
    n_starts: int
    n_best: int
    seed: int | None

    def table(self) -> pd.DataFrame:
        """One row per item: ``item F1 … Fk communality uniqueness complexity``."""
        table = self.loadings.assign(
            communality=self.communalities, uniqueness=self.uniquenesses, complexity=self.complexity
        )  # fmt: skip
        return table.rename_axis("item").reset_index()

    def headline(self) -> str:
        """Size of the solution and how it was made."""
        shape = f"{self.n_factors} factors of {len(self.loadings)} items"
        return f"{shape}, {self.extraction}, {self.rotation}, n={self.inputs.n_used}"

    def record(self) -> dict[str, Any]:
        """As for every result, without the scores of single people."""
        fields = [f.name for f in dataclasses.fields(self) if f.name != "scores"]
        body = {name: to_jsonable(getattr(self, name)) for name in fields}
        return {"kind": self.kind, "version": self.version, **body}


def efa(
    items: Items,
    n_factors: int,
    *,
    extraction: str = "minres",
    rotation: str | None = "oblimin",
    kaiser: bool | None = None,
    parameter: float | None = None,
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
    scores: Scores = "regression",
    level: float = 0.90,
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
    rotation : {"oblimin", "quartimin", "geomin", "promax", "varimax", "quartimax", "equamax", "geomin-orthogonal", \
"none"}, or None
        The first four let factors correlate. None is "none".
    kaiser : bool, optional
        Bring rows to unit length before rotation. Default: yes for varimax and promax, no for the others, as psych and
        GPArotation do; SPSS also does so for oblimin.
    parameter : float, optional
        γ of oblimin (0; not above 0), ε of geomin (.01), power of promax (4).
    correlation : {"pearson"}
        Matrix to be factored.
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
    scores : {"regression", "none"}
        Thurstone's regression scores, or none.
    level : float
        Of the RMSEA's interval.

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
        ``rotation_parameter``, ``n_not_needed``, unknown choices.

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

    *Local minima.* Extraction starts from squared multiple correlations and follows exact second derivatives. With
    Heywood cases in small samples other minima may exist.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). Factor analysis by minimizing residuals. Psychometrika, 31, 351–368.
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika, 32, 443–482.
    Jennrich, R. I. (2002). A simple general method for oblique rotation. Psychometrika, 67, 7–19.
    Bernaards, C. A., & Jennrich, R. I. (2005). Gradient projection algorithms and software for arbitrary rotation
    criteria in factor analysis. Educational and Psychological Measurement, 65, 676–696.
    """
    rotation = "none" if rotation is None else rotation
    data: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies
    }  # fmt: skip
    request = _Request(
        check_count(n_factors, 1, "n_factors"), extraction, rotation, kaiser, parameter, correlation, n,
        None if n_starts is None else check_count(n_starts, 1, "n_starts"), rng,
        check_choice(scores, ("regression", "none"), "scores"), check_level(level),
    )  # fmt: skip
    _ = EXTRACTIONS[extraction], ROTATIONS[rotation], CORRELATIONS[correlation]
    if by is not None:
        return repeat_for(_efa, items, by, request=request, **data)
    return _efa(items, request=request, **data)


@dataclass(frozen=True, slots=True)
class _Request:
    n_factors: int
    extraction: str
    rotation: str
    kaiser: bool | None
    parameter: float | None
    correlation: str
    n: int | None
    n_starts: int | None
    rng: int | np.random.Generator | None
    scores: Scores
    level: float


def _efa(items: Items, *, request: _Request, **data: Any) -> Efa:
    scored = scored_rows(items, **data)
    moments = scored.moments
    p, k = len(moments.names), request.n_factors
    if p < 3:
        raise DataError("efa_needs_items", got=p, expected=3)
    if k > most_factors(p):
        raise MethodError("too_many_factors", got=k, expected=most_factors(p), items=p)
    people = people_behind(moments, request.n)
    R = CORRELATIONS[request.correlation].matrix(scored.material)
    draw, seed = generator(request.rng)
    solution = solve_factors(
        R, k, request.extraction, request.rotation,
        kaiser=request.kaiser, parameter=request.parameter, n_starts=request.n_starts, rng=draw,
    )  # fmt: skip
    fit = fit_measures(R, solution.implied, k, people, request.level)
    return _assemble(request, scored, solution, R, fit, seed)


def _assemble(
    request: _Request, scored: Scored, solution: Solution, R: Floats, fit: dict[str, Any], seed: int | None
) -> Efa:
    items = pd.Index(scored.moments.names)
    factors = pd.Index([f"F{j + 1}" for j in range(request.n_factors)])
    smallest = smallest_eigenvalue(R)
    singular = Unavailable("scores_singular", {"eigenvalue": smallest})
    weights: pd.DataFrame | Unavailable = singular
    determinacy: pd.Series | Unavailable = singular
    if smallest > SMALLEST_EIGENVALUE:
        by_item, squared = solution.score_weights(R)
        weights = pd.DataFrame(by_item, index=items, columns=factors)
        determinacy = pd.Series(squared, index=factors, name="determinacy")
    entry, turned = ROTATIONS[request.rotation], solution.rotated
    parameter = entry.parameter if request.parameter is None else request.parameter
    measures = pd.Series(fit, name="fit")
    return Efa(
        inputs=scored.moments.inputs,
        notices=solution_notices(scored.moments, solution, request.rotation, smallest, request.n),
        loadings=pd.DataFrame(solution.loadings, index=items, columns=factors),
        structure=pd.DataFrame(solution.structure, index=items, columns=factors),
        factor_correlations=pd.DataFrame(solution.phi, index=factors, columns=factors),
        communalities=pd.Series(solution.communalities, index=items, name="communality"),
        uniquenesses=pd.Series(solution.extracted.uniquenesses, index=items, name="uniqueness"),
        complexity=pd.Series(solution.complexity, index=items, name="complexity"),
        variance=pd.DataFrame(solution.variance, index=["ss_loadings", "proportion", "cumulative"], columns=factors),
        fit=measures,
        residuals=pd.DataFrame(R - solution.implied, index=items, columns=items),
        scores=Unavailable("scores_not_asked") if request.scores == "none" else person_scores(scored, weights),
        score_weights=weights,
        determinacy=determinacy,
        n_factors=request.n_factors,
        extraction=request.extraction,
        rotation=request.rotation,
        correlation=request.correlation,
        kaiser=entry.kaiser if request.kaiser is None else request.kaiser,
        parameter=None if np.isnan(parameter) else parameter,
        criterion=None if np.isnan(turned.value) else turned.value,
        iterations=solution.extracted.iterations,
        n_starts=turned.n_starts,
        n_best=turned.n_best,
        seed=seed,
    )
