"""Composite reliability and average variance extracted, from answers, loadings or a fitted model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import (
    ByGroup,
    Estimate,
    Inputs,
    Interval,
    Notice,
    Result,
    Unavailable,
    result,
)
from akhlak_research.counts.moments import Items, Missing, Moments
from akhlak_research.counts.rows import Keys, Rows, Scale
from akhlak_research.counts.tables import Counts
from akhlak_research.measure.alpha_kernels import through_correlations
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.composite_kernels import (
    FactorLoadings,
    average_variance,
    composite,
    factors_of_parameters,
    plain_factor,
)
from akhlak_research.measure.composite_model import model_estimates
from akhlak_research.measure.dimensions import TOTAL, dimension_parts
from akhlak_research.measure.material import Material, repeat_for
from akhlak_research.measure.omega_kernels import (
    OneFactor,
    average_variance_gradient,
    logit_limits,
    omega_gradients,
)
from akhlak_research.measure.omega_scale import fitted_or_reason
from akhlak_research.responses.model import Responses


@runtime_checkable
class FittedModel(Protocol):
    """A model with a table of parameters that has ``lhs op rhs std_all`` (and ``group``)."""

    parameters: pd.DataFrame
    inputs: Inputs


Loadings: TypeAlias = "Sequence[float] | pd.Series | Mapping[str, Sequence[float] | pd.Series]"
Source: TypeAlias = "Items | FittedModel | Loadings"


@dataclass(frozen=True, slots=True)
class FactorReliability:
    """CR and AVE of one factor.

    Attributes
    ----------
    dimension : str
    items : tuple of str
    loadings : tuple of float
        Standardised; empty where no model was fitted.
    composite_reliability, average_variance_extracted : Estimate or Unavailable
    """

    dimension: str
    items: tuple[str, ...]
    loadings: tuple[float, ...]
    composite_reliability: Estimate | Unavailable
    average_variance_extracted: Estimate | Unavailable


@result
class CompositeReliability(Result):
    """Composite reliability and AVE per factor; ``found["A"]`` is one of them.

    Attributes
    ----------
    factors : tuple of FactorReliability
    source : str
        ``items`` (a one-factor model per dimension was fitted), ``loadings`` or ``model``.
    """

    kind: ClassVar[str] = "composite_reliability"
    factors: tuple[FactorReliability, ...]
    source: str

    def __getitem__(self, dimension: str) -> FactorReliability:
        for factor in self.factors:
            if factor.dimension == dimension:
                return factor
        known = [factor.dimension for factor in self.factors]
        raise ArgumentError("unknown_choice", argument="dimension", got=dimension, expected=known)

    def table(self) -> pd.DataFrame:
        """One row per factor: ``dimension n_items composite_reliability cr_ci_low cr_ci_high
        average_variance_extracted ave_ci_low ave_ci_high n``."""
        rows = []
        for one in self.factors:
            cr, ave = one.composite_reliability, one.average_variance_extracted
            rows.append(
                {
                    "dimension": one.dimension, "n_items": len(one.items),
                    "composite_reliability": cr.estimate, "cr_ci_low": cr.interval.low, "cr_ci_high": cr.interval.high,
                    "average_variance_extracted": ave.estimate,
                    "ave_ci_low": ave.interval.low, "ave_ci_high": ave.interval.high, "n": cr.n,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def headline(self) -> str:
        """CR and AVE of each factor."""
        shown = [
            f"{f.dimension} CR {f.composite_reliability.estimate:.3f} AVE {f.average_variance_extracted.estimate:.3f}"
            for f in self.factors
        ]
        return ", ".join(shown)


def composite_reliability(
    source: Source,
    *,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    level: float = 0.95,
) -> CompositeReliability | ByGroup[CompositeReliability]:
    """Composite reliability (CR) and average variance extracted (AVE) of standardised loadings.

    CR, (Σλ)²/((Σλ)² + Σθ), is the reliability of the sum of *standardised* items if one factor fits; of the raw sum
    score it is ``mcdonald_omega``. AVE, the mean squared loading, is no reliability: it says how much of an item is the
    factor, and is asked for beside CR as evidence of convergence.

    Parameters
    ----------
    source : DataFrame, Responses, Counts, fitted model, or loadings
        Answers: a one-factor model is fitted per dimension. A fitted model: anything with ``parameters``, a table with
        ``lhs op rhs std_all`` (the result of ``cfa``); errors that it lets covary enter CR. Standardised loadings: a
        sequence or Series of one factor, or a mapping of factor to these.
    dimensions : mapping of str to list of str, optional
        Of answers: dimension to its items, in place of the instrument's.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    missing : {"listwise", "pairwise"}
        As for ``mcdonald_omega``.
    weights : array (n,), optional
        Sampling weights: weighted correlations, linearised errors.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    by : str or Series, optional
        Repeat for each group.
    level : float
        Of the intervals.

    Returns
    -------
    CompositeReliability, or ByGroup of CompositeReliability
        ``["A"].composite_reliability`` and ``["A"].average_variance_extracted`` are Estimates.

    Raises
    ------
    ArgumentError
        ``loadings_invalid``, ``model_without_loadings``, ``answers_only``, ``dimension_items_unknown``.
    DataError
        As ``mcdonald_omega``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.composite_reliability(ak.Study("data/bfi").responses)
    >>> round(found["A"].composite_reliability.estimate, 3), round(found["A"].average_variance_extracted.estimate, 3)
    (0.724, 0.356)
    >>> ak.composite_reliability([0.7, 0.8, 0.6])
    <composite_reliability total CR 0.745 AVE 0.497>

    Notes
    -----
    *Intervals.* From answers: delta method through the fit, normal on the scale ln(x/(1 − x)), as for
    ``mcdonald_omega``. Of a result of ``cfa``: the same from the covariances of its estimates, so they are robust where
    those are (MLR, WLSMV, clusters), at the model's level. Loadings alone, or a model of other software, do not say how
    uncertain they are and have none.

    *Elsewhere.* ``semTools::AVE`` takes raw loadings and so weights items by their variances (bfi A: .339; of
    standardised loadings .356).

    *What does not exist.* As for ``mcdonald_omega``: fewer than three items, no inverse, a search without end; with a
    Heywood case there is no interval.

    References
    ----------
    Jöreskog, K. G. (1971). Statistical analysis of sets of congeneric tests. Psychometrika, 36, 109–133.
    Raykov, T. (2004). Behavioral scale reliability and measurement invariance evaluation using latent variable
    modeling. Behavior Therapy, 35, 299–331.
    Fornell, C., & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables and
    measurement error. Journal of Marketing Research, 18, 39–50.
    """
    check_level(level)
    data: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies
    }  # fmt: skip
    if isinstance(source, pd.DataFrame | Responses | Rows | Counts | Moments):
        return repeat_for(_of_items, source, by, dimensions=dimensions, level=level, **data)
    given = {name: value for name, value in {**data, "dimensions": dimensions, "by": by}.items() if name != "missing"}
    unused = [name for name, value in given.items() if value is not None]
    if unused:
        raise ArgumentError("answers_only", got=unused)
    if isinstance(source, FittedModel):
        return _of_model(source)
    return _of_loadings(source)


def _of_items(
    items: Items, *, dimensions: Mapping[str, Sequence[str]] | None, level: float, **data: Any
) -> CompositeReliability:
    parts = dimension_parts(items, dimensions, **data)
    factors = tuple(_fitted(name, material, level) for name, material in parts.materials.items())
    return CompositeReliability(
        inputs=parts.inputs, notices=parts.notices + _notices(factors), factors=factors, source="items"
    )


def _fitted(dimension: str, material: Material, level: float) -> FactorReliability:
    """CR and AVE of the one-factor fit to the correlations."""
    names, R = material.moments.names, material.moments.correlation
    model = fitted_or_reason(dimension, R)
    if isinstance(model, Unavailable):
        return FactorReliability(dimension, names, (), model, model)
    factor = FactorLoadings(names, model.loadings, np.diag(model.errors))
    cr, ave = (
        _estimate(value, error, material, level)
        for value, error in zip(
            (composite(factor), average_variance(factor)), _errors(dimension, model, R, material), strict=True
        )
    )
    return FactorReliability(dimension, names, tuple(map(float, model.loadings)), cr, ave)


def _errors(dimension: str, model: OneFactor, R: Floats, material: Material) -> list[float | Unavailable]:
    if model.heywood:
        return [Unavailable("heywood_interval", {"dimension": dimension})] * 2
    try:
        gradients = omega_gradients(model, R)[0], average_variance_gradient(model, R)
    except np.linalg.LinAlgError:
        return [Unavailable("omega_flat", {"dimension": dimension})] * 2
    return [material.standard_error(through_correlations(g, R), of_correlations=True) for g in gradients]


def _estimate(value: float, se: float | Unavailable, material: Material, level: float) -> Estimate:
    n = material.moments.n
    if isinstance(se, Unavailable):
        return Estimate(value, se, se, n)
    if not 0 < value < 1:
        return Estimate(value, se, Unavailable("omega_outside"), n)
    return Estimate(value, se, Interval(*logit_limits(value, se, level), level, f"delta-logit-{material.origin}"), n)


def _of_model(model: FittedModel) -> CompositeReliability:
    table = model.parameters
    needed = {"lhs", "op", "rhs", "std_all"}
    if not needed <= set(table.columns) or not (table["op"] == "=~").any():
        raise ArgumentError("model_without_loadings", expected=sorted(needed))
    groups = list(pd.unique(table["group"])) if "group" in table.columns else [None]
    groups = [group for group in groups if not pd.isna(group)] or [None]
    none = Unavailable("model_interval")
    factors = []
    for group in groups:
        part = table if group is None else table[table["group"] == group]
        for name, factor in factors_of_parameters(part).items():
            label = name if len(groups) == 1 else f"{name} ({group})"
            if isinstance(model, CfaResult):
                cr, ave = model_estimates(model, group, name, factor)
                factors.append(FactorReliability(label, factor.items, tuple(map(float, factor.loadings)), cr, ave))
            else:
                factors.append(_bare(label, factor, none, model.inputs.n_used))
    return CompositeReliability(
        inputs=model.inputs, notices=_notices(tuple(factors)), factors=tuple(factors), source="model"
    )


def _of_loadings(source: Any) -> CompositeReliability:
    given = source if isinstance(source, Mapping) else {TOTAL: source}
    none = Unavailable("loadings_interval")
    factors = []
    for name, values in given.items():
        try:
            loadings = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise ArgumentError("loadings_invalid", got=str(values)[:60], dimension=str(name)) from None
        if loadings.ndim != 1 or len(loadings) < 2 or not (np.abs(loadings) <= 1).all():
            raise ArgumentError("loadings_invalid", got=str(values)[:60], dimension=str(name))
        items = values.index if isinstance(values, pd.Series) else [f"{i + 1}" for i in range(len(loadings))]
        factors.append(_bare(str(name), plain_factor(tuple(map(str, items)), loadings), none, 0))
    digest = hashlib.sha256(repr([(f.dimension, f.items, f.loadings) for f in factors]).encode()).hexdigest()
    names = tuple(item for factor in factors for item in factor.items)
    inputs = Inputs(digest, 0, 0, 0, "none", "none", names)
    return CompositeReliability(
        inputs=inputs, notices=_notices(tuple(factors)), factors=tuple(factors), source="loadings"
    )


def _bare(name: str, factor: FactorLoadings, none: Unavailable, n: int) -> FactorReliability:
    """CR and AVE without interval."""
    cr, ave = (Estimate(value, none, none, n) for value in (composite(factor), average_variance(factor)))
    return FactorReliability(name, factor.items, tuple(map(float, factor.loadings)), cr, ave)


def _notices(factors: Sequence[FactorReliability]) -> tuple[Notice, ...]:
    """Loadings of both signs, which cancel in the sum."""
    said = []
    for factor in factors:
        negative = tuple(i for i, v in zip(factor.items, factor.loadings, strict=False) if v < 0)
        if 0 < len(negative) < len(factor.loadings):
            said.append(Notice("negative_loadings", "warning", {"dimension": factor.dimension, "items": negative}))
    return tuple(said)
