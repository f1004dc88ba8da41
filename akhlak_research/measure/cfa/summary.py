"""The series of fit measures of a fit, under the names that every result uses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa import measures
from akhlak_research.measure.cfa.fiml_block import FimlBlock
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.measures import ChiSquare
from akhlak_research.measure.cfa.normal_block import NormalBlock
from akhlak_research.measure.cfa.robust import fiml_corrected, ordinal_corrected, ordinal_null
from akhlak_research.measure.cfa.tests import ModelTest, among_exogenous


@dataclass(frozen=True, slots=True)
class Pair:
    """A model's test beside its baseline's."""

    model: ChiSquare
    baseline: ChiSquare


def fit_summary(fit: Fit, test: ModelTest, null: Fit, baseline: ModelTest) -> dict[str, float]:
    """Every measure that exists for the fit, in the order of reading."""
    n, g = fit.n, len(fit.blocks)
    incomplete = isinstance(fit.blocks[0], FimlBlock)
    found = _set(Pair(test.standard, baseline.standard), n, g, "")
    if fit.table.variables.ordered:
        # with a diagonal weight the unscaled statistic is no χ², so it has no p value
        found |= {"pvalue": np.nan, "rmsea_pvalue": np.nan}
    found |= {"baseline_chisq": baseline.standard.statistic, "baseline_df": baseline.standard.df}
    if test.scaled is not None and baseline.scaled is not None:
        found |= _set(Pair(test.scaled, baseline.scaled), n, g, "_scaled")
        if test.shift == 0:
            # these tests scale the mean only: lavaan finds RMSEA from T against c·df degrees of freedom
            found |= _rmsea(ChiSquare(test.standard.statistic, test.factor * test.standard.df), n, g, "_scaled")
        if test.shift == 0 and not incomplete and not fit.table.variables.ordered:
            found |= _robust(
                replace(test.standard, scale=test.factor), replace(baseline.standard, scale=baseline.factor), n, g
            )
        found |= {"scaling_factor": test.factor, "shift": test.shift}
        found |= {"baseline_chisq_scaled": baseline.scaled.statistic, "baseline_scaling_factor": baseline.factor}
    if incomplete and not fit.table.variables.exogenous:
        # how the correction treats given variables is not settled
        corrected = [fiml_corrected(each, robust=test.scaled is not None) for each in (fit, null)]
        found |= _robust(corrected[0], corrected[1], n, g)
    if set(fit.table.variables.ordered) == set(fit.table.variables.observed) and test.scaled is not None:
        model, alone = ordinal_corrected(fit), ordinal_null(null)
        if model is not None and alone is not None:
            found |= _robust(model, alone, fit.people, g)
    found["srmr"] = measures.srmr(_residuals(fit), [fit.share(i) for i in range(g)])
    if not incomplete:
        # the weight that GFI would need has no agreed form when patterns differ
        found |= _absolute(fit, test.standard.df)
    found |= _likelihood(fit, test)
    found |= {"n_parameters": fit.reparam.n_free, "n_groups": g}
    return found


def _set(pair: Pair, n: float, groups: int, suffix: str) -> dict[str, float]:
    found = {
        "chisq": pair.model.statistic,
        "df": pair.model.df,
        "pvalue": measures.pvalue(pair.model),
        "cfi": measures.cfi(pair.model, pair.baseline),
        "tli": measures.tli(pair.model, pair.baseline),
        "nfi": measures.nfi(pair.model, pair.baseline),
    }
    found["nnfi"] = found["tli"]
    return {name + suffix: value for name, value in found.items()} | _rmsea(pair.model, n, groups, suffix)


def _rmsea(model: ChiSquare, n: float, groups: int, suffix: str) -> dict[str, float]:
    low, high = measures.rmsea_interval(model, n, groups)
    found = {
        "rmsea": measures.rmsea(model, n, groups),
        "rmsea_ci_low": low,
        "rmsea_ci_high": high,
        "rmsea_pvalue": measures.close_fit(model, n, groups),
    }
    return {name + suffix: value for name, value in found.items()}


def _robust(model: ChiSquare, null: ChiSquare, n: float, groups: int) -> dict[str, float]:
    """Measures whose population value is that of complete normal data (Brosseau-Liard & Savalei 2014; Zhang & Savalei
    2023)."""
    found = {"cfi_robust": measures.cfi(model, null), "tli_robust": measures.tli(model, null)}
    return found | _rmsea(model, n, groups, "_robust")


def _residuals(fit: Fit) -> list[Floats]:
    """Standardised residuals of every group, flat."""
    return [block.standardised_residual(fit.theta) for block in fit.blocks]


def _absolute(fit: Fit, df: float) -> dict[str, float]:
    value, statistics = 0.0, 0
    for g, block in enumerate(fit.blocks):
        residual, weight = block.residual(fit.theta), block.weight(fit.theta)
        observed = block.statistics()
        statistics += len(residual)
        if fit.table.variables.exogenous and not fit.table.conditional:
            # moments of exogenous variables are given, not fitted
            inside = ~among_exogenous(fit.table)
            residual, observed = residual[inside], observed[inside]
            weight = weight[np.ix_(inside, inside)] if weight.ndim == 2 else weight[inside]
        if weight.ndim == 1:
            misfit, size = float(weight @ residual**2), float(weight @ observed**2)
        else:
            misfit, size = float(residual @ weight @ residual), float(observed @ weight @ observed)
        value += fit.share(g) * measures.gfi(misfit, size)
    return {"gfi": value, "agfi": measures.agfi(value, statistics, df)}


def _likelihood(fit: Fit, test: ModelTest) -> dict[str, float]:
    names = fit.table.variables.observed
    outside = [i for i, name in enumerate(names) if name in fit.table.variables.exogenous]
    saturated = 0.0
    for block in fit.blocks:
        if isinstance(block, FimlBlock):
            counted = float(block.rows.share @ block.rows.seen.sum(axis=1)) * block.n
            saturated -= (block.n * block.saturated.value + counted * np.log(2 * np.pi)) / 2
        elif isinstance(block, NormalBlock):
            saturated += measures.loglik_saturated(block.log_det, len(names), block.n)
        else:
            return {}
        if outside:
            part = np.linalg.slogdet(block.observed()[np.ix_(outside, outside)])[1]
            saturated -= measures.loglik_saturated(float(part), len(outside), block.n)
    logl = saturated - test.standard.statistic / 2
    k = fit.reparam.n_free
    return {
        "logl": logl,
        "logl_saturated": saturated,
        "aic": measures.aic(logl, k),
        "bic": measures.bic(logl, k, fit.n),
        "bic_adjusted": measures.bic_adjusted(logl, k, fit.n),
    }
