"""Chi-squares whose fit measures estimate those of complete normal data."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import normal
from akhlak_research.measure.cfa.fiml_block import FimlBlock
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.inference import constrained_inverse, information_of
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.measures import ChiSquare
from akhlak_research.measure.cfa.response import pairs
from akhlak_research.measure.cfa.tests import degrees_of_freedom


def fiml_corrected(fit: Fit, *, robust: bool) -> ChiSquare:
    """The complete-data discrepancy at the FIML estimates, with the c that makes up for incomplete (and, ``robust``,
    non-normal) answers: FIML-C of Zhang & Savalei (2023), versions 6 and 3.

    With A, B the observed information and score cross-products of the unrestricted model, C its complete-data
    information, Γ = A⁻¹BA⁻¹ and P the constrained inverse of ΣΔ′AΔ: k = tr(CA⁻¹) − tr(P ΣΔ′CΔ), or
    k = tr(CΓ) − 2 tr(P ΣΔ′CΓAΔ) + tr(P ΣΔ′CΔ P ΣΔ′BΔ).
    """
    q = len(fit.theta)
    inner, completed, crossed, scores = (np.zeros((q, q)) for _ in range(4))
    trace = value = 0.0
    for g, block in enumerate(fit.blocks):
        assert isinstance(block, FimlBlock)
        share, delta = fit.share(g), block.delta(fit.theta)
        A, C = block.sample_weight(), block.complete_weight()
        inner += share * delta.T @ A @ delta
        completed += share * delta.T @ C @ delta
        value += share * block.complete_value(fit.theta)
        if robust:
            B = block.sample_meat()
            turned = np.linalg.solve(A, B)
            trace += float(np.trace(C @ np.linalg.solve(A, turned.T)))
            crossed += share * delta.T @ C @ turned @ delta
            scores += share * delta.T @ B @ delta
        else:
            trace += float(np.trace(np.linalg.solve(A, C)))
    P = constrained_inverse(fit.reparam.K, inner)
    turned = P @ completed
    k = trace - float(np.trace(turned))
    if robust:
        k = trace - 2 * float(np.trace(P @ crossed)) + float(np.trace(turned @ P @ scores))
    df = degrees_of_freedom(fit)
    return ChiSquare(fit.n * value, df, k / df if df > 0 else 1.0)


def ordinal_corrected(fit: Fit) -> ChiSquare | None:
    """The normal-theory discrepancy between polychoric and implied correlations at the least-squares estimates, with
    the c that makes up for both (Savalei 2021); None where thresholds are constrained or a matrix is not positive
    definite, for then it is not defined.

    With V the normal-theory weight of correlations and P the constrained inverse of ΣΔ′WΔ, on the correlations' rows:
    k = tr(VΓ) − 2 tr(P ΣΔ′WΓVΔ) + tr(P ΣΔ′VΔ P ΣΔ′WΓWΔ).
    """
    if not _free_thresholds(fit):
        return None
    q = len(fit.theta)
    crossed, completed, scores = (np.zeros((q, q)) for _ in range(3))
    trace = value = 0.0
    for g, block in enumerate(fit.blocks):
        assert isinstance(block, LeastSquaresBlock) and block.response is not None
        implied, observed = normal.inverse(block.implied(fit.theta)), normal.inverse(block.observed())
        if implied is None or observed is None:
            return None
        share, first = fit.share(g), block.response.n_before
        gamma, delta = block.gamma[first:, first:], block.delta(fit.theta)[first:]
        at = np.flatnonzero(delta.any(axis=0))
        delta = delta[:, at]
        V = correlation_weight(implied[0])
        weighted, turned = block.W[first:, None] * delta, V @ delta
        pulled = gamma @ weighted
        here = np.ix_(at, at)
        crossed[here] += share * pulled.T @ turned
        completed[here] += share * delta.T @ turned
        scores[here] += share * weighted.T @ pulled
        trace += float(np.vdot(V, gamma))
        value += block.people * normal.discrepancy(*implied, block.observed(), observed[1], np.zeros(block.places.p))
    P = constrained_inverse(fit.reparam.K, information_of(fit, observed=False))
    turned = P @ completed
    k = trace - 2 * float(np.trace(P @ crossed)) + float(np.trace(turned @ P @ scores))
    df = degrees_of_freedom(fit)
    return ChiSquare(value, df, k / df if df > 0 else 1.0)


def correlation_weight(inverse: Floats) -> Floats:
    """(r, r) normal-theory information of one observation about the r correlations below the diagonal."""
    i, j = pairs(len(inverse))
    on_i, on_j = inverse[i], inverse[j]
    weight = on_i[:, i] * on_j[:, j]
    weight += on_i[:, j] * on_j[:, i]
    return weight


def ordinal_null(null: Fit) -> ChiSquare | None:
    """The same of the baseline model, where W and V are the identity: k = tr Γ over the correlations."""
    value = trace = 0.0
    for block in null.blocks:
        assert isinstance(block, LeastSquaresBlock) and block.response is not None
        observed = normal.inverse(block.observed())
        if observed is None:
            return None
        value -= block.people * observed[1]
        trace += float(np.diag(block.gamma)[block.response.n_before :].sum())
    df = degrees_of_freedom(null)
    return ChiSquare(value, df, trace / df)


def _free_thresholds(fit: Fit) -> bool:
    """Whether thresholds are as many as their parameters, none shared, and nothing else moves them."""
    by_theta, ordered = fit.table.options.parametrisation == "theta", fit.table.variables.ordered
    used = fit.reparam.K != 0
    alone = (used & (used.sum(axis=0) == 1)).sum(axis=1) == 1
    for j, row in enumerate(fit.table.free):
        own_variance = row.op == "~~" and row.lhs == row.rhs and row.lhs in ordered
        if row.op in ("~1", "~*~") or (by_theta and own_variance) or (row.op == "|" and not alone[j]):
            return False
    return all(row.free for row in fit.table.rows if row.op == "|")
