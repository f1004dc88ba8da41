"""The result of an exploratory factor analysis."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.results import Result, Unavailable, result, to_jsonable


@result
class Efa(Result):
    """A factor solution. Factors F1 … Fk stand in descending order of explained variance; signs make column sums
    positive. A target's factors keep its order, names and signs, and a general factor stands first.

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
        pvalue_empirical null_chisq null_df``; a measure that does not exist is an Unavailable with its reason. For
        polychoric correlations also ``chisq_scaled pvalue_scaled cfi_scaled tli_scaled rmsea_scaled
        rmsea_scaled_ci_low rmsea_scaled_ci_high null_chisq_scaled``.
    residuals : DataFrame
        Correlations less what the model reproduces; zero on the diagonal but for Heywood cases.
    loading_errors, loadings_low, loadings_high : DataFrame or Unavailable
        Bootstrap standard errors and percentile intervals of the loadings, at ``boot_level``.
    factor_correlation_errors : DataFrame or Unavailable
        Bootstrap standard errors; NaN on the diagonal.
    scores : DataFrame or Unavailable
        Of the complete rows, with the index of the data. They stay out of ``record()``: a record is made to be passed
        on, answers of single people are not.
    score_weights : DataFrame or Unavailable
        Weights of standardised items, items × factors.
    determinacy : Series or Unavailable
        Squared correlation of each factor with its scores.
    minima : DataFrame
        ``criterion starts``: values that starts of the rotation ended at, best first, and how many ended there.
    n_factors, extraction, rotation, correlation, scoring, cut, n_boot, boot_level
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
        Of the random starts and of the bootstrap.
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
    loading_errors: pd.DataFrame | Unavailable
    loadings_low: pd.DataFrame | Unavailable
    loadings_high: pd.DataFrame | Unavailable
    factor_correlation_errors: pd.DataFrame | Unavailable
    scores: pd.DataFrame | Unavailable
    score_weights: pd.DataFrame | Unavailable
    determinacy: pd.Series | Unavailable
    minima: pd.DataFrame
    n_factors: int
    extraction: str
    rotation: str
    correlation: str
    scoring: str
    cut: float
    n_boot: int
    boot_level: float
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

    def sorted_loadings(self, cut: float | None = None) -> pd.DataFrame:
        """Loadings for reading: items by their strongest factor and by size, those below ``cut`` left blank (NaN).

        Parameters
        ----------
        cut : float, optional
            Default: the ``cut`` of the analysis; 0 shows all.
        """
        least = self.cut if cut is None else cut
        size = self.loadings.abs().to_numpy()
        order = np.lexsort((-size.max(axis=1), size.argmax(axis=1)))
        shown = self.loadings.where(self.loadings.abs() >= least).iloc[order]
        return shown.assign(communality=self.communalities).rename_axis("item").reset_index()

    def loading_table(self) -> pd.DataFrame:
        """One row per item and factor: ``item factor estimate std_error ci_low ci_high`` (bootstrap)."""
        parts = {
            "estimate": self.loadings, "std_error": self.loading_errors,
            "ci_low": self.loadings_low, "ci_high": self.loadings_high,
        }  # fmt: skip
        p, k = self.loadings.shape
        frame = pd.DataFrame({
            "item": np.repeat(np.asarray(self.loadings.index, dtype=object), k),
            "factor": np.tile(np.asarray(self.loadings.columns, dtype=object), p),
        })  # fmt: skip
        for name, part in parts.items():
            frame[name] = np.full(p * k, np.nan) if isinstance(part, Unavailable) else part.to_numpy().ravel()
        return frame

    def headline(self) -> str:
        """Size of the solution and how it was made."""
        shape = f"{self.n_factors} factors of {len(self.loadings)} items"
        return f"{shape}, {self.extraction}, {self.rotation}, n={self.inputs.n_used}"

    def record(self) -> dict[str, Any]:
        """As for every result, without the scores of single people."""
        fields = [f.name for f in dataclasses.fields(self) if f.name != "scores"]
        body = {name: to_jsonable(getattr(self, name)) for name in fields}
        return {"kind": self.kind, "version": self.version, **body}
