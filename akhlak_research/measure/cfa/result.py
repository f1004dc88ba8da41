"""What a fitted model says, as a frozen result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Result, result, to_jsonable
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.inference import Covariance
from akhlak_research.measure.cfa.tables import correlation_table, loading_table, measure_table
from akhlak_research.measure.cfa.tests import ModelTest

if TYPE_CHECKING:
    from akhlak_research.measure.cfa.loadings import LoadingIntervals
    from akhlak_research.measure.cfa.problem import Problem


@result
class CfaResult(Result):
    """A confirmatory factor model fitted to answers.

    Attributes
    ----------
    parameters : DataFrame
        One row per parameter and group: ``lhs op rhs label group est se z pvalue ci_low ci_high std_all
        std_se std_ci_low std_ci_high``. Fixed rows have no standard error, though their standardised value may; ``:=``
        rows stand last.
    fit : Series
        ``chisq df pvalue cfi tli rmsea rmsea_ci_low rmsea_ci_high srmr …``; ``_scaled`` and ``_robust`` forms where the
        estimator has them.
    residuals : mapping of group to DataFrame
        Sample less implied correlations.
    r_squared : DataFrame
        Rows are dependent variables, columns groups.
    implied : mapping of group to DataFrame
        Implied covariances (ordered items: correlations of the latent responses, given covariates).
    estimator, parametrisation : str
    groups : tuple
        Labels in order; ``(None,)`` for one group.
    n_by_group : tuple of float
    model : str
        As given.
    iterations : int
    level : float
    """

    kind: ClassVar[str] = "cfa"
    parameters: pd.DataFrame
    fit: pd.Series
    residuals: Mapping[Any, pd.DataFrame]
    r_squared: pd.DataFrame
    implied: Mapping[Any, pd.DataFrame]
    estimator: str
    parametrisation: str
    groups: tuple[Any, ...]
    n_by_group: tuple[float, ...]
    model: str
    iterations: int
    level: float
    #: what later statistics are computed from (see ``fit.Fit``); not part of the record
    fitted: Fit
    covariance: Covariance
    test: ModelTest
    problem: Problem

    _INTERNAL: ClassVar[frozenset[str]] = frozenset({"fitted", "covariance", "test", "problem"})

    @property
    def n(self) -> int:
        """People used."""
        return self.inputs.n_used

    @property
    def modification_indices(self) -> pd.DataFrame:
        """What the fit would gain, and a parameter become, if one that is fixed were free: ``lhs op rhs group mi
        pvalue epc epc_std``, largest first. Chosen after the fact from one sample, such changes seldom hold in another
        (MacCallum, Roznowski & Necowitz 1992)."""
        from akhlak_research.measure.cfa.modification import modification_frame

        return modification_frame(self.fitted, self.groups)

    @property
    def standardised_residuals(self) -> pd.DataFrame:
        """Residual correlations in standard errors: ``lhs rhs group residual se z pvalue``, largest |z| first; no error
        where the model leaves a residual no freedom. Many pairs are looked at, so some pass 2 by chance."""
        from akhlak_research.measure.cfa.residual_tests import residual_frame

        return residual_frame(self.fitted, self.problem.estimator, self.groups)

    @property
    def equality_tests(self) -> pd.DataFrame:
        """What each equality (a label that several rows share) costs: ``lhs op rhs group label chisq pvalue epc
        epc_std``, ``epc`` the expected difference of the row from the others if it were free."""
        from akhlak_research.measure.cfa.modification import equality_frame

        return equality_frame(self.fitted, self.groups)

    @property
    def factor_scores(self) -> pd.DataFrame:
        """Scores of the people used: by regression; of ordered items, empirical Bayes modal scores."""
        return self.scores()

    def scores(self, method: Literal["regression", "bartlett"] = "regression") -> pd.DataFrame:
        """Factor scores: ``regression`` shrinks towards the mean, ``bartlett`` does not (continuous variables)."""
        from akhlak_research.measure.cfa.scores import score_frame

        check_choice(method, ("regression", "bartlett"), "method")
        if method == "bartlett" and self.fitted.table.variables.ordered:
            raise MethodError("cfa_bartlett_ordered")
        return score_frame(self.fitted, self.problem.data, self.problem.observed, method)

    @property
    def loadings(self) -> pd.DataFrame:
        """One row per loading, with its R²."""
        return loading_table(self.parameters, self.r_squared)

    @property
    def factor_correlations(self) -> pd.DataFrame:
        """One row per pair of factors; covariances unless their variances are 1 (``std_all`` is the correlation)."""
        return correlation_table(self.parameters)

    @property
    def measures(self) -> pd.DataFrame:
        """One row: the measures of fit that reviewers ask for, scaled where the test is."""
        return measure_table(self.fit)

    @property
    def loading_intervals(self) -> LoadingIntervals:
        """Standardised loadings of the first group with their limits by the delta method, items × factors."""
        from akhlak_research.measure.cfa.loadings import loading_intervals

        return loading_intervals(self.fitted, self.covariance.vcov, self.level)

    @property
    def vcov(self) -> pd.DataFrame:
        """Covariance matrix of the estimates, by name of the free rows."""
        several = len(self.groups) > 1
        names = [r.name + (f".g{r.group + 1}" if several else "") for r in self.fitted.table.free]
        return pd.DataFrame(self.covariance.vcov, index=names, columns=names)

    def table(self) -> pd.DataFrame:
        """The parameters."""
        return self.parameters.copy()

    def record(self) -> dict[str, Any]:
        """The result as a JSON-able dict."""
        body = {f.name: to_jsonable(getattr(self, f.name)) for f in fields(self) if f.name not in self._INTERNAL}
        return {"kind": self.kind, "version": self.version, **body}

    def headline(self) -> str:
        """Estimator, test and the customary indices."""
        f = self.fit
        scaled = "_scaled" if "chisq_scaled" in f.index else ""
        said = f"χ²({f['df' + scaled]:g}) = {f['chisq' + scaled]:.3f}, CFI {f['cfi' + scaled]:.3f}"
        return f"{self.estimator}: {said}, RMSEA {f['rmsea' + scaled]:.3f}, SRMR {f['srmr']:.3f}, n={self.n}"


def implied_frames(fit: Fit, groups: tuple[Any, ...]) -> dict[Any, pd.DataFrame]:
    """Implied covariance matrices by group."""
    names = list(fit.table.modelled)
    return {
        label: pd.DataFrame(block.implied(fit.theta), index=names, columns=names)
        for label, block in zip(groups, fit.blocks, strict=True)
    }


def residual_frames(fit: Fit, groups: tuple[Any, ...]) -> dict[Any, pd.DataFrame]:
    """Sample correlations less implied ones (Bollen's), by group."""
    names = list(fit.table.modelled)
    found = {}
    for label, block in zip(groups, fit.blocks, strict=True):
        implied = block.implied(fit.theta)
        difference = _correlation(block.observed()) - _correlation(implied)
        found[label] = pd.DataFrame(difference, index=names, columns=names)
    return found


def _correlation(cov: np.ndarray) -> np.ndarray:
    sd = np.sqrt(np.diag(cov))
    return np.asarray(cov / np.outer(sd, sd))
