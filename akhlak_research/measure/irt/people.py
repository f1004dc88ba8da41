"""People's scores, how well they are known, and whether answers hang together."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.errors import DataError, MethodError
from akhlak_research.core.results import Notice, Result, Unavailable, result, to_jsonable
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.mean_squares import expectation, extreme, mean_squares
from akhlak_research.measure.irt.person_kernels import guttman_errors, standardised_likelihood
from akhlak_research.measure.irt.reliability import empirical_reliability
from akhlak_research.measure.irt.results import Irt, one_population
from akhlak_research.measure.irt.scores import SCORERS
from akhlak_research.measure.irt.sum_scores import score_likelihood, score_posterior
from akhlak_research.responses.careless_results import CarelessScreen

Method = Literal["EAP", "MAP", "ML", "WLE"]


@result
class PersonScores(Result):
    """Where people stand on θ.

    Attributes
    ----------
    scores : DataFrame
        Index of the data; ``theta se``. Stays out of ``record()``.
    method : str
    mean, sd : float
        Of the finite scores, weighted.
    reliability : float or Unavailable
        Empirical: EAP and MAP var(θ̂)/(var(θ̂) + mean se²), ML and WLE 1 − mean se²/var(θ̂).
    n_extreme : int
        People with only lowest or only highest answers. Their ML score is infinite, their WLE far out and loose.
    """

    kind: ClassVar[str] = "person_scores"
    scores: pd.DataFrame
    method: str
    mean: float
    sd: float
    reliability: float | Unavailable
    n_extreme: int

    def table(self) -> pd.DataFrame:
        """One row: ``method mean sd reliability n n_extreme``; the scores themselves are in ``.scores``."""
        row = (self.method, self.mean, self.sd, float(self.reliability), self.inputs.n_used, self.n_extreme)
        return pd.DataFrame([row], columns=["method", "mean", "sd", "reliability", "n", "n_extreme"])

    def headline(self) -> str:
        """Method, mean and spread."""
        return f"{self.method}, mean {self.mean:.3f}, sd {self.sd:.3f}, n={self.inputs.n_used}"

    def record(self) -> dict[str, Any]:
        """Everything but the scores of single people."""
        body = {f.name: to_jsonable(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "scores"}
        return {"kind": self.kind, "version": self.version, **body}


def irt_scores(result: Irt, *, method: Method = "EAP") -> PersonScores:
    """Scores of people on the scale of a fitted model.

    Parameters
    ----------
    result : Irt
        A fitted model.
    method : {"EAP", "MAP", "ML", "WLE"}
        Posterior mean; posterior mode; maximum likelihood (infinite for perfect answers); Warm's weighted likelihood
        (finite and nearly unbiased; the choice where people are compared one by one). EAP and MAP lean towards the
        mean of their group, the more so the less a person answered.

    Returns
    -------
    PersonScores
        ``.scores`` with the index of the data; standard errors are the posterior's spread (EAP), its curvature (MAP),
        the likelihood's curvature (ML), 1/√information (WLE).

    Raises
    ------
    DataError
        ``irt_all_extreme``: by ML, where nobody has a finite score.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> ak.irt_scores(fit, method="WLE").scores.head(2).round(2)["theta"].tolist()
    [-0.04, 0.09]

    References
    ----------
    Warm, T. A. (1989). Weighted likelihood estimation of ability in item response theory. Psychometrika, 54, 427–450.
    """
    fitted = result.fitted
    scorer = SCORERS[method]
    theta, se = scorer.estimate(fitted)
    finite = np.isfinite(theta)
    if not finite.any():
        raise DataError("irt_all_extreme")
    weight = fitted.patterns.weight
    mean = float(np.average(theta[finite], weights=weight[finite]))
    scores = pd.DataFrame({"theta": fitted.by_row(theta), "se": fitted.by_row(se)}, index=fitted.index)
    n_extreme = int(fitted.people()[extreme(fitted)].sum())
    notices = (Notice("irt_infinite_scores", "caution", {"n": n_extreme}),) if not finite.all() else ()
    return PersonScores(
        inputs=result.inputs,
        notices=notices,
        scores=scores,
        method=method,
        mean=mean,
        sd=float(np.sqrt(np.average((theta[finite] - mean) ** 2, weights=weight[finite]))),
        reliability=empirical_reliability(theta, se, weight, uses_prior=scorer.uses_prior),
        n_extreme=n_extreme,
    )


@result
class SumScoreTable(Result):
    """What a sum of codes says about θ: a table to be used with pencil and paper.

    Attributes
    ----------
    sums : DataFrame
        ``sum_score theta se n expected_n``: expected a posteriori of θ given the sum, its standard error, people
        observed with the sum (complete rows), and people the model expects.
    """

    kind: ClassVar[str] = "sum_scores"
    sums: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row per sum."""
        return self.sums

    def headline(self) -> str:
        """Range of sums."""
        return f"sums {self.sums['sum_score'].iloc[0]:g} to {self.sums['sum_score'].iloc[-1]:g}"


def sum_score_table(result: Irt) -> SumScoreTable:
    """θ for every sum of codes, with its standard error: scoring by table, without a computer.

    Parameters
    ----------
    result : Irt
        A fitted model of one group; codes must be whole numbers.

    Returns
    -------
    SumScoreTable
        For people who answered everything. In the Rasch family the sum holds all that the answers say; in the other
        models pattern scores (``irt_scores``) know a little more.

    Raises
    ------
    MethodError
        ``irt_whole_codes``, ``irt_one_population``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> table = ak.sum_score_table(ak.irt(study.responses.of_dimension("N"), "grm")).sums
    >>> table.loc[table["sum_score"] == 15, ["theta", "se"]].round(2).values.tolist()
    [[-0.08, 0.4]]

    References
    ----------
    Thissen, D., Pommerich, M., Billeaud, K., & Williams, V. S. L. (1995). Item response theory for scores on tests
    including polytomous items with ordered responses. APM, 19, 39–49.
    """
    fitted = one_population(result)
    steps = fitted.steps()
    if any((np.round(step) != step).any() for step in steps):
        raise MethodError("irt_whole_codes")
    whole = [step.astype(int) for step in steps]
    likelihood = score_likelihood(fitted.curves(fitted.theta).p, whole)
    theta, se, share = score_posterior(likelihood, np.exp(fitted.log_prior()[0]), fitted.theta)
    complete = fitted.patterns.complete
    total = sum(step[fitted.patterns.codes[complete, i]] for i, step in enumerate(whole))
    observed = np.bincount(total, fitted.people()[complete], len(theta))
    lowest = sum(c[0] for c in fitted.patterns.categories)
    columns = {
        "sum_score": _whole(lowest + np.arange(len(theta))), "theta": theta, "se": se, "n": observed.astype(int),
        "expected_n": share * observed.sum(),
    }  # fmt: skip
    # a sum that no combination of codes reaches has no row
    frame = pd.DataFrame(columns)[share > 0].reset_index(drop=True)
    return SumScoreTable(inputs=result.inputs, sums=frame)


def _whole(values: Floats) -> np.ndarray:
    """As whole numbers where they are (codes may start at a half)."""
    rounded = np.round(values)
    return rounded.astype(int) if (rounded == values).all() else values


@result
class PersonFit(Result):
    """Whether people's answers hang together.

    Attributes
    ----------
    people : DataFrame
        Index of the data: ``row`` (place in the data, from 1) ``theta lz lz_star infit_mnsq infit_zstd outfit_mnsq
        outfit_zstd guttman guttman_share``. Stays out of ``record()``.
    method : str
        Scorer of θ.
    critical : float
        −1.645: below it l_z* flags about 5 in 100 people who answer as the model says.
    n_judged, n_flagged : int
        People with an l_z*, and those of them below the critical value.
    percent_flagged : float
        Of those with an l_z*; about 5 where all answer as the model says.
    """

    kind: ClassVar[str] = "person_fit"
    people: pd.DataFrame
    method: str
    critical: float
    n_judged: int
    n_flagged: int
    percent_flagged: float

    def table(self) -> pd.DataFrame:
        """One row: ``method n n_flagged percent``."""
        row = (self.method, self.n_judged, self.n_flagged, self.percent_flagged)
        return pd.DataFrame([row], columns=["method", "n", "n_flagged", "percent"])

    @property
    def flagged(self) -> pd.Series:
        """Of every person, whether l_z* is below the critical value."""
        return self.people["lz_star"] < self.critical

    def beside(self, screened: CarelessScreen) -> pd.DataFrame:
        """Of people with 0, 1, … flags of ``screen_responses`` on the same answers, how many the model finds unlikely.

        Columns ``n_flags n n_flagged percent``. The two look for different things: random answers raise both, answers
        that are all the same only the screening.
        """
        flags = screened.per_respondent.set_index("row")["n_flags"].reindex(self.people["row"]).to_numpy(float)
        known = ~np.isnan(flags) & self.people["lz_star"].notna().to_numpy()
        grouped = self.flagged[known].groupby(flags[known].astype(int))
        counts = grouped.agg(n="size", n_flagged="sum").rename_axis("n_flags").reset_index()
        counts["percent"] = 100 * counts["n_flagged"] / counts["n"]
        return pd.DataFrame(counts)

    def headline(self) -> str:
        """Share flagged."""
        return f"{self.n_flagged} flagged ({self.percent_flagged:.1f} %)"

    def record(self) -> dict[str, Any]:
        """Everything but the values of single people."""
        body = {f.name: to_jsonable(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "people"}
        return {"kind": self.kind, "version": self.version, **body}


#: the 5th percentile of the normal distribution
_CRITICAL = -1.6448536269514722


def irt_person_fit(result: Irt, *, method: Method = "WLE") -> PersonFit:
    """Which people's answers the model finds unlikely: l_z, l_z*, infit and outfit of persons, Guttman errors.

    Parameters
    ----------
    result : Irt
        A fitted model.
    method : {"EAP", "MAP", "ML", "WLE"}
        Scorer of θ. l_z* corrects for having estimated it by ML, WLE or MAP exactly, by EAP nearly.

    Returns
    -------
    PersonFit
        ``.people``, ``.flagged``. A flag is a reason to look (together with ``screen_responses``), not to delete:
        straight-lining fits a model well, and unusual people are no careless ones.

    Raises
    ------
    DataError
        ``irt_all_extreme``: nobody has an l_z*.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> round(ak.irt_person_fit(fit).percent_flagged, 1)
    6.8

    References
    ----------
    Drasgow, F., Levine, M. V., & Williams, E. A. (1985). Appropriateness measurement. BJMSP, 38, 67–86.
    Snijders, T. A. B. (2001). Asymptotic null distribution of person fit statistics. Psychometrika, 66, 331–342.
    Sinharay, S. (2016). Asymptotically correct standardization of person-fit statistics beyond dichotomous items.
    Psychometrika, 81, 992–1013.
    """
    fitted = result.fitted
    theta, _ = SCORERS[method].estimate(fitted)
    unlikely = standardised_likelihood(fitted, theta, method)
    squares = mean_squares(
        expectation(fitted, theta), np.ones((len(theta), 1)), 1
    )  # fmt: skip
    errors, most = _guttman(fitted)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(most > 0, errors / most, np.nan)
    columns = {
        "theta": theta, "lz": unlikely.lz, "lz_star": unlikely.lz_star, "infit_mnsq": squares.infit,
        "infit_zstd": squares.infit_z, "outfit_mnsq": squares.outfit, "outfit_zstd": squares.outfit_z,
        "guttman": errors, "guttman_share": share,
    }  # fmt: skip
    frame = pd.DataFrame(
        {"row": fitted.position, **{name: fitted.by_row(v) for name, v in columns.items()}}, index=fitted.index
    )
    known, counted = ~np.isnan(unlikely.lz_star), fitted.people()
    if not known.any():
        raise DataError("irt_all_extreme")
    flagged = float(counted[known & (unlikely.lz_star < _CRITICAL)].sum())
    return PersonFit(
        inputs=result.inputs,
        people=frame,
        method=method,
        critical=_CRITICAL,
        n_judged=int(counted[known].sum()),
        n_flagged=int(flagged),
        percent_flagged=100 * flagged / float(counted[known].sum()),
    )


def _guttman(fitted: Fitted) -> tuple[Floats, Floats]:
    """Guttman errors of complete rows, NaN elsewhere."""
    complete = fitted.patterns.complete
    errors, most = (np.full(len(complete), np.nan) for _ in range(2))
    if complete.any():
        errors[complete], most[complete] = guttman_errors(
            fitted.patterns.codes[complete], fitted.patterns.weight[complete], fitted.sizes()
        )
    return errors, most
