"""Chi-squares whose fit measures estimate those of complete normal data."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.cfa.fiml_block import FimlBlock
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.inference import constrained_inverse
from akhlak_research.measure.cfa.measures import ChiSquare
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
