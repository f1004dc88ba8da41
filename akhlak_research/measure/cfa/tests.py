"""Chi-square tests of a fit: the standard one and those that correct it for non-normality or for ordered answers.

With U = W − WΔ P Δ′W over all groups, c = tr(UΓ)/df scales the statistic to the mean of its reference distribution
(Satorra & Bentler 1994); scaled and shifted, it has the variance too (Asparouhov & Muthén 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import normal
from akhlak_research.measure.cfa.estimators import Test
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import vech_index
from akhlak_research.measure.cfa.inference import Covariance, constrained_inverse, information_of, meat_of
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.measures import ChiSquare
from akhlak_research.measure.cfa.partable import ParTable


@dataclass(frozen=True, slots=True)
class ModelTest:
    """``standard`` test, and the ``scaled`` one with its scaling factor and shift (T_scaled = T / factor + shift).

    ``factor_h0``, ``factor_h1`` are the corrections of the two log-likelihoods (Yuan–Bentler, Mplus).
    """

    standard: ChiSquare
    scaled: ChiSquare | None = None
    factor: float = 1.0
    shift: float = 0.0
    factor_h0: float = np.nan
    factor_h1: float = np.nan


def degrees_of_freedom(fit: Fit) -> int:
    """Statistics less free parameters; moments of exogenous variables count on neither side."""
    statistics = sum(len(block.statistics()) for block in fit.blocks)
    return int(statistics - _exogenous(fit) - fit.reparam.n_free)


def _exogenous(fit: Fit) -> int:
    return 0 if fit.table.conditional else sum(row.exogenous and not row.free for row in fit.table.rows)


def model_test(fit: Fit, test: Test, covariance: Covariance | None = None) -> ModelTest:
    """The test of a fit by one of the rules."""
    df = degrees_of_freedom(fit)
    statistic = fit.n * fit.optimum.value if test != "browne-residual" else browne_residual(fit)
    standard = ChiSquare(max(statistic, 0.0), df)
    if test in ("standard", "browne-residual") or df == 0:
        return ModelTest(standard)
    if test == "yuan-bentler-mplus":
        return _yuan_bentler(fit, standard)
    information = information_of(fit, observed=False)
    bread = constrained_inverse(fit.reparam.K, information)
    first, second = traces(fit, bread, second=test == "scaled-shifted")
    if test == "satorra-bentler":
        factor = first / df
        return ModelTest(standard, ChiSquare(statistic / factor, df), factor)
    ratio = np.sqrt(df / second)
    shift = df - ratio * first
    return ModelTest(standard, ChiSquare(statistic * ratio + shift, df), float(1 / ratio), float(shift))


def traces(fit: Fit, bread: Floats, *, second: bool) -> tuple[float, float]:
    """tr(UΓ) and, if asked for, tr(UΓUΓ), without ever forming U."""
    q = len(fit.theta)
    middle, crossed = np.zeros((q, q)), np.zeros((q, q))
    first_all = second_all = 0.0
    for g, block in enumerate(fit.blocks):
        share, gamma, weight = fit.share(g), block.gamma, block.weight(fit.theta)
        left = block.weighted(fit.theta)
        right = fit.pulled(g)
        middle += share * left.T @ right
        if weight.ndim == 1:
            first_all += float(weight @ np.diag(gamma))
            if second:
                crossed += share * right.T @ (weight[:, None] * right)
                second_all += float(weight @ gamma**2 @ weight)
        else:
            product = weight @ gamma
            first_all += float(np.trace(product))
            if second:
                crossed += share * right.T @ weight @ right
                second_all += float((product * product.T).sum())
    turned = bread @ middle
    first = first_all - float(np.trace(turned))
    if not second:
        return first, np.nan
    return first, second_all - 2 * float(np.trace(bread @ crossed)) + float((turned * turned.T).sum())


def _yuan_bentler(fit: Fit, standard: ChiSquare) -> ModelTest:
    """Yuan & Bentler (2000) as Mplus computes it: c = (k₁c₁ − k₀c₀)/df from the two models' own corrections."""
    observed = information_of(fit, observed=True)
    bread = constrained_inverse(fit.reparam.K, observed)
    k0 = fit.reparam.n_free
    trace_h0 = float(np.trace(bread @ meat_of(fit, casewise=True)))
    trace_h1 = sum(block.trace_saturated() - _exogenous_trace(fit, block) for block in fit.blocks)
    statistics = sum(len(block.statistics()) for block in fit.blocks) - _exogenous(fit)
    factor = (trace_h1 - trace_h0) / standard.df
    return ModelTest(
        standard, ChiSquare(standard.statistic / factor, standard.df), factor,
        factor_h0=trace_h0 / k0, factor_h1=trace_h1 / statistics,
    )  # fmt: skip


def _exogenous_trace(fit: Fit, block: Block) -> float:
    """tr(A⁻¹B) of the exogenous variables alone: their density is no part of the model, and the likelihood factors."""
    outside = among_exogenous(fit.table)
    if not outside.any():
        return 0.0
    names = fit.table.variables
    at = [names.observed.index(name) for name in names.exogenous]
    order = np.sort(at)
    found = normal.inverse(block.observed()[np.ix_(order, order)])
    assert found is not None
    weight = normal.weight_matrix(found[0])[0 if fit.table.options.means else len(at) :][
        :, 0 if fit.table.options.means else len(at) :
    ]
    return float((weight * block.gamma[np.ix_(outside, outside)]).sum())


def among_exogenous(table: ParTable) -> NDArray[np.bool_]:
    """(s,) which statistics are means of exogenous variables or covariances among them."""
    outside = np.array([name in table.variables.exogenous for name in table.variables.observed])
    i, j = vech_index(len(outside))
    return np.concatenate([*([outside] if table.options.means else []), outside[i] & outside[j]])


def browne_residual(fit: Fit) -> float:
    """N r′(V − VΔ(Δ′VΔ)⁻¹Δ′V) r with V the normal-theory weight of the sample (Browne 1984, eq. 2.20a)."""
    q = len(fit.theta)
    total, pulled, inner = 0.0, np.zeros(q), np.zeros((q, q))
    for g, block in enumerate(fit.blocks):
        residual, weight, delta = block.residual(fit.theta), block.sample_weight(), block.delta(fit.theta)
        turned = weight @ delta
        total += fit.share(g) * float(residual @ weight @ residual)
        pulled += fit.share(g) * turned.T @ residual
        inner += fit.share(g) * turned.T @ delta
    K = fit.reparam.K
    left = K.T @ pulled
    return fit.n * (total - float(left @ np.linalg.solve(K.T @ inner @ K, left)))
