"""Schmid–Leiman transformation of an exploratory factor analysis."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.measure.efa_result import Efa
from akhlak_research.measure.extraction import LOWEST_UNIQUENESS
from akhlak_research.measure.rotation import ROTATIONS
from akhlak_research.measure.schmid_leiman_kernels import (
    SchmidLeimanSolution,
    explained_common_variance,
)
from akhlak_research.measure.schmid_leiman_kernels import schmid_leiman as transform


@result
class SchmidLeiman(Result):
    """A general factor and group factors, uncorrelated, from an oblique solution.

    Attributes
    ----------
    loadings : DataFrame
        Items × ``general F1 … Fk``, of standardised items.
    second_order : Series
        Loadings of the oblique factors on the general factor.
    communalities : Series
    explained_common_variance : float
        ECV: the general factor's share in the sum of squared loadings.
    n_factors, extraction, rotation
        Of the oblique solution.
    """

    kind: ClassVar[str] = "schmid_leiman"
    loadings: pd.DataFrame
    second_order: pd.Series
    communalities: pd.Series
    explained_common_variance: float
    n_factors: int
    extraction: str
    rotation: str

    def table(self) -> pd.DataFrame:
        """One row per item: ``item general F1 … Fk communality uniqueness general_share``."""
        return loadings_table(self.loadings, self.communalities)

    def headline(self) -> str:
        """Size and ECV."""
        return f"{len(self.loadings)} items, {self.n_factors} group factors, ECV {self.explained_common_variance:.3f}"


def loadings_table(loadings: pd.DataFrame, communalities: pd.Series) -> pd.DataFrame:
    """Loadings with communality, uniqueness and the general factor's share in the communality."""
    table = loadings.assign(
        communality=communalities, uniqueness=1 - communalities, general_share=loadings["general"] ** 2 / communalities
    )
    return table.rename_axis("item").reset_index()


def schmid_leiman(solution: Efa) -> SchmidLeiman:
    """Schmid–Leiman transformation of an exploratory factor analysis with correlated factors.

    Parameters
    ----------
    solution : Efa
        Of two factors or more, rotated so that they correlate.

    Returns
    -------
    SchmidLeiman

    Raises
    ------
    MethodError
        ``hierarchical_needs_oblique`` (uncorrelated factors have no general factor), ``general_needs_two_factors``,
        ``no_general_factor`` (two factors that do not correlate positively).

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> transformed = ak.schmid_leiman(ak.efa(answers, 5))
    >>> transformed.loadings.columns.tolist()
    ['general', 'F1', 'F2', 'F3', 'F4', 'F5']

    Notes
    -----
    The correlations of the factors are given one factor of their own (minres); an item's loading on it is passed on
    through the factors, and what is left of each factor becomes a group factor. With two factors one correlation cannot
    give two loadings; they are taken as equal. Items' loadings on general and group factors keep the proportions of the
    oblique solution, a restriction that a bifactor model does not have.

    References
    ----------
    Schmid, J., & Leiman, J. M. (1957). The development of hierarchical factor solutions. Psychometrika, 22, 53–61.
    """
    require_oblique(solution.rotation)
    found = transform(solution.loadings.to_numpy(), solution.factor_correlations.to_numpy())
    return SchmidLeiman(
        inputs=solution.inputs,
        notices=solution_notices(found, solution.loadings.index),
        loadings=loadings_frame(found, solution.loadings.index),
        second_order=pd.Series(found.second_order, index=solution.loadings.columns, name="second_order"),
        communalities=pd.Series(found.communalities, index=solution.loadings.index, name="communality"),
        explained_common_variance=explained_common_variance(found),
        n_factors=solution.n_factors,
        extraction=solution.extraction,
        rotation=solution.rotation,
    )


def require_oblique(rotation: str) -> None:
    """Refuse a rotation after which factors do not correlate, or which has a general factor of its own (bifactor)."""
    oblique = tuple(entry.name for entry in ROTATIONS if entry.oblique and entry.fixed == 0)
    if ROTATIONS[rotation].name not in oblique:
        raise MethodError("hierarchical_needs_oblique", got=rotation, expected=oblique)


def loadings_frame(found: SchmidLeimanSolution, items: pd.Index) -> pd.DataFrame:
    """Items × general and group factors."""
    columns = ["general", *(f"F{j + 1}" for j in range(len(found.second_order)))]
    return pd.DataFrame(np.column_stack([found.general, found.groups]), index=items, columns=columns)


def solution_notices(found: SchmidLeimanSolution, items: pd.Index) -> tuple[Notice, ...]:
    """Negative general loadings, a Heywood case, two factors with equal loadings."""
    said = []
    negative = tuple(str(name) for name, g in zip(items, found.general, strict=True) if g < 0)
    if negative:
        said.append(Notice("negative_general", "warning", {"items": negative}))
    if found.heywood:
        ceiling = float(np.sqrt(1 - LOWEST_UNIQUENESS))
        at = tuple(f"F{j + 1}" for j, g in enumerate(found.second_order) if abs(g) >= ceiling - 1e-9)
        said.append(Notice("general_heywood", "warning", {"factors": at}))
    if len(found.second_order) == 2:
        said.append(Notice("two_factors_equal", "caution", {"loading": float(found.second_order[0])}))
    return tuple(said)
