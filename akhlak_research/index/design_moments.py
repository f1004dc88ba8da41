"""Means of values and their covariances under a survey design: strata, clusters, calibration or replicate weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Notice
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.domains import Domains, domain_df
from akhlak_research.survey.linearised import Floats, Ints, ratio_of_sums
from akhlak_research.survey.variance import domain_covariances


def designed(responses: Responses, design: SurveyDesign, **others: object) -> Responses:
    """The answers with the weights of their design; what stands for another design (``others``) is refused.

    Raises
    ------
    ArgumentError
        ``design_type``.
    MethodError
        ``design_with`` names the first other that is given.
    DataError
        ``design_rows``.
    """
    if not isinstance(design, SurveyDesign):
        raise ArgumentError("design_type", got=type(design).__name__, expected="SurveyDesign")
    for name, other in others.items():
        if other is not None:
            raise MethodError("design_with", argument=name)
    if design.n != len(responses.codes):
        raise DataError("design_rows", got=design.n, expected=len(responses.codes))
    return replace(responses, weights=pd.Series(design.weights, index=responses.codes.index))


def design_moments(
    design: SurveyDesign, y: Floats, row: Ints, domain: Ints, g: int
) -> tuple[Floats, Floats, Floats, Ints]:
    """Means of k values in g domains, the design kept whole.

    Parameters
    ----------
    y : (n, k)
        Scores of the persons that have them, NaN where missing.
    row : (n,) int
        Their rows in the design; its other rows have no score.
    domain : (n,) int
        −1 for a person in no domain.

    Returns
    -------
    mean : (g, k)
    covariance : (g, k, k)
    df : (g,)
        The smallest over the values.
    n : (g, k) int
    """
    k = y.shape[1]
    whole, code = np.full((design.n, k), np.nan), np.full(design.n, -1, dtype=np.int64)
    whole[row], code[row] = y, domain
    there = np.logical_not(np.isnan(whole))
    top, low = np.where(there, whole, 0.0), there.astype(np.float64)
    theta, z = ratio_of_sums(top, low, design.weights, code, g)
    if design.replicates is None:
        within, _ = domain_covariances(z, code, g, design.stages, design.lonely, design.projections)
    else:
        sums = design.replicates.sums(np.hstack([top, low]), code, g)
        size = sums[:, :, k:]
        again = np.divide(sums[:, :, :k], size, out=np.full(size.shape, np.nan), where=size != 0)
        within = np.stack([design.replicates.covariance(again[:, d], theta[d])[0] for d in range(g)])
    names = tuple((str(d),) for d in range(g))
    df = domain_df(design, Domains(("unit",), names, code, 0), there).min(axis=1).astype(np.float64)
    n = np.stack([np.bincount(code[(code >= 0) & ok], minlength=g) for ok in there.T], axis=1)
    return theta, within, df, n


def is_census(design: SurveyDesign) -> bool:
    """Whether everybody of every stage was drawn, so that no error is no accident."""
    return all(bool((stage.fraction >= 1).all()) for stage in design.stages)


def shared_clusters(design: SurveyDesign | None, row: Ints, unit: Ints) -> list[Notice]:
    """A caution where first-stage clusters hold people of several units, whose scores then share an error."""
    if design is None:
        return []
    cluster, known = design.stages[0].cluster[row], unit >= 0
    pairs = np.unique(np.column_stack([cluster[known], unit[known]]), axis=0)
    several = int((np.bincount(pairs[:, 0]) > 1).sum()) if len(pairs) else 0
    return [Notice("clusters_across_units", "caution", {"count": several})] if several else []
