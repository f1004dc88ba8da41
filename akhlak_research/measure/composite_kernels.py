"""Composite reliability and average variance extracted of standardised loadings; arrays and plain tables only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class FactorLoadings:
    """Standardised loadings of one factor's items.

    Attributes
    ----------
    items : tuple of str
    loadings : (p,)
    errors : (p, p)
        Covariances of the errors of standardised items; without a model, 1 − λ² on the diagonal.
    """

    items: tuple[str, ...]
    loadings: Floats
    errors: Floats


def composite(factor: FactorLoadings) -> float:
    """CR = (Σλ)² / ((Σλ)² + ΣΣθ) (Jöreskog 1971), errors that covary included (Raykov 2004)."""
    common = float(factor.loadings.sum()) ** 2
    return common / (common + float(factor.errors.sum()))


def average_variance(factor: FactorLoadings) -> float:
    """AVE = Σλ² / (Σλ² + Σθ) (Fornell & Larcker 1981)."""
    common = float((factor.loadings**2).sum())
    return common / (common + float(np.trace(factor.errors)))


def plain_factor(items: tuple[str, ...], loadings: Floats) -> FactorLoadings:
    """Loadings without a model: uncorrelated errors 1 − λ²."""
    return FactorLoadings(items, loadings, np.diag(1 - loadings**2))


def factors_of_parameters(parameters: pd.DataFrame) -> dict[str, FactorLoadings]:
    """Factors with observed indicators from a table of parameters ``lhs op rhs std_all`` of one group.

    A residual variance stands on an item's ``~~`` row with itself (else 1 − λ²), a residual correlation on that of two
    items.
    """
    measured = parameters[parameters["op"] == "=~"]
    latent = set(measured["lhs"])
    measured = measured[~measured["rhs"].isin(latent)]
    rest = parameters[parameters["op"] == "~~"]
    shared = {frozenset((a, b)): float(v) for a, b, v in zip(rest["lhs"], rest["rhs"], rest["std_all"], strict=True)}
    found = {}
    for name, rows in measured.groupby("lhs", sort=False):
        items, loadings = tuple(map(str, rows["rhs"])), rows["std_all"].to_numpy(dtype=np.float64)
        variance = np.array([shared.get(frozenset((i,)), 1 - v**2) for i, v in zip(items, loadings, strict=True)])
        errors = np.diag(variance)
        for a, b in zip(*np.triu_indices(len(items), 1), strict=True):
            r, size = shared.get(frozenset((items[a], items[b])), 0.0), variance[a] * variance[b]
            # a negative variance has no correlation: what covaries with it is not known in this metric
            errors[a, b] = errors[b, a] = 0.0 if r == 0 else r * np.sqrt(size) if size > 0 else np.nan
        found[str(name)] = FactorLoadings(items, loadings, errors)
    return found
