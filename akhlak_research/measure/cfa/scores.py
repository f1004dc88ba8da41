"""Factor scores: regression (Thurstone 1935) and Bartlett (1937) for continuous variables, EBM for ordered items.

EBM is the empirical Bayes modal score: the mode of the factors' distribution given the answers of a person
(Bock & Aitkin 1981; lavaan's ``lavPredict`` for ordered items).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from akhlak_research.core.errors import MethodError
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.data import ModelData
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import System
from akhlak_research.measure.cfa.least_squares import LeastSquaresBlock
from akhlak_research.measure.cfa.material import Observed
from akhlak_research.measure.cfa.mixed import Mixed
from akhlak_research.measure.cfa.ordinal import Ordinal
from akhlak_research.measure.cfa.response import Response

_SMALLEST = 1e-12


def linear_scores(fit: Fit, group: int, values: Floats, *, bartlett: bool) -> Floats:
    """(n, m) scores of continuous variables; NaN-free rows and, by their own observed part, incomplete ones."""
    system = fit.system(group)
    p = system.p
    C, means = system.covariance, system.means
    scores = np.full((len(values), len(C) - p), np.nan)
    there = ~np.isnan(values)
    packed, of_row = np.unique(np.packbits(there, axis=1), axis=0, return_inverse=True)
    mu = fit.blocks[group].location(fit.theta)
    for r in range(len(packed)):
        at = of_row.reshape(-1) == r
        seen = there[at][0]
        if not seen.any():
            continue
        weights = (_bartlett if bartlett else _regression)(system, seen)
        if weights is None and seen.all():
            raise MethodError("cfa_bartlett_undetermined")
        # a person whose answers leave a factor undetermined has no Bartlett score
        if weights is not None:
            scores[at] = means[p:] + (values[at][:, seen] - mu[seen]) @ weights.T
    return scores


def _regression(system: System, seen: NDArray[np.bool_]) -> Floats | None:
    """(m, p_seen) Cov(η, y) Σ⁻¹."""
    p, C = system.p, system.covariance
    return np.asarray(np.linalg.solve(C[:p, :p][np.ix_(seen, seen)], C[:p, p:][seen]).T)


def _bartlett(system: System, seen: NDArray[np.bool_]) -> Floats | None:
    """(m, p_seen) (Λ′Θ⁻¹Λ)⁻¹Λ′Θ⁻¹; None where the items seen do not determine every factor."""
    p = system.p
    loadings = system.A[:p, p:]
    inner = np.linalg.inv(np.eye(p) - system.A[:p, :p])
    L, theta = (inner @ loadings)[seen], (inner @ system.S[:p, :p] @ inner.T)[np.ix_(seen, seen)]
    if np.linalg.eigvalsh(theta)[0] <= _SMALLEST or np.linalg.matrix_rank(L) < L.shape[1]:
        return None
    turned = np.linalg.solve(theta, L)
    return np.asarray(np.linalg.solve(L.T @ turned, turned.T))


def modal_scores(fit: Fit, group: int, answers: Floats, max_iter: int = 100) -> Floats:
    """(n, m) empirical Bayes modal scores; of ordered items ``answers`` (n, p) count categories from 0; NaN where
    missing.

    Newton's method for all different answer patterns at once: maximise Σ_i log f(answer_i | η, x) + log φ(η; α, Φ), α
    and Φ given the covariates x.
    """
    block, whole = fit.blocks[group], fit.system(group)
    assert isinstance(block, LeastSquaresBlock) and block.response is not None
    response, p = block.response, whole.p
    inner, given = response.inner, response.given
    system = response.left(whole)
    phi = system.covariance[p:, p:]
    L = system.A[inner, p:]
    residual = np.diag(system.S)[inner]
    loose = np.count_nonzero(system.S[np.ix_(inner, inner)] - np.diag(residual)) or system.A[:, inner].any()
    if loose or not (residual > _SMALLEST).all():
        raise MethodError("cfa_scores_residuals")
    if np.linalg.eigvalsh(phi)[0] <= _SMALLEST:
        raise MethodError("cfa_scores_latent")
    patterns, of_row = np.unique(answers, axis=0, return_inverse=True)
    x, y = patterns[:, given], patterns[:, inner]
    seen, continuous = ~np.isnan(y), np.isin(inner, response.numeric)
    low, high = _limits(response, system.threshold, np.where(seen, y, 0.0), continuous)
    sd, precision = np.sqrt(residual), np.linalg.inv(phi)
    intercept = system.m[inner] + x @ system.A[np.ix_(inner, given)].T
    alpha = system.means[p:] + x @ system.E[p:, given].T
    eta = alpha.copy()
    for _ in range(max_iter):
        center = intercept + eta @ L.T
        first, second = _item_slopes((low - center) / sd, (high - center) / sd)
        first[:, continuous] = ((low - center) / sd)[:, continuous]
        second[:, continuous] = 1.0
        gradient = (np.where(seen, first / sd, 0.0)) @ L - (eta - alpha) @ precision
        curvature = np.einsum("ni,ij,ik->njk", np.where(seen, second / residual, 0.0), L, L) + precision
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        eta = eta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(eta[of_row.reshape(-1)])


def _limits(response: Response, threshold: Floats, y: Floats, continuous: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """(n, p) ends of the interval that each answer says; a continuous answer itself is both."""
    low, high = y.copy(), y.copy()
    item = response.item[response.threshold >= 0]
    for place, variable in enumerate(response.inner):
        if not continuous[place]:
            edges = np.concatenate([[-np.inf], threshold[item == variable], [np.inf]])
            code = y[:, place].astype(np.intp)
            low[:, place], high[:, place] = edges[code], edges[code + 1]
    return low, high


def _item_slopes(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Slope and minus curvature of log(Φ(b) − Φ(a)) by the center, in units of the residual's sd."""
    low, high = norm.pdf(a), norm.pdf(b)
    # the tail that both lie in keeps its digits
    turn = a > 0
    mass = np.where(turn, norm.sf(a) - norm.sf(b), norm.cdf(b) - norm.cdf(a))
    mass = np.maximum(mass, 1e-300)
    first = (low - high) / mass
    moment = np.where(np.isfinite(a), a, 0.0) * low - np.where(np.isfinite(b), b, 0.0) * high
    return first, first**2 - moment / mass


def score_frame(fit: Fit, data: ModelData, observed: tuple[Observed, ...], method: str) -> pd.DataFrame:
    """One row per person used, one column per factor, in the order of the data given."""
    names = list(fit.table.variables.latent)
    frames = []
    for g, (rows, statistics) in enumerate(zip(data.groups, observed, strict=True)):
        if isinstance(statistics, Ordinal):
            found = modal_scores(fit, g, _positions(rows.values, statistics.sample.categories))
        elif isinstance(statistics, Mixed):
            answers = rows.values.copy()
            answers[:, statistics.inner] = _positions(answers[:, statistics.inner], statistics.sample.categories)
            found = modal_scores(fit, g, answers)
        else:
            found = linear_scores(fit, g, rows.values, bartlett=method == "bartlett")
        frames.append(pd.DataFrame(found, index=rows.index, columns=names))
    whole = pd.concat(frames) if len(frames) > 1 else frames[0]
    return whole if data.order is None else whole.iloc[data.order]


def _positions(values: Floats, categories: tuple[Floats, ...]) -> Floats:
    """Place of each answer among its item's categories; continuous answers as they are."""
    columns = [
        np.searchsorted(codes, column) if len(codes) else column
        for codes, column in zip(categories, values.T, strict=True)
    ]
    return np.where(np.isnan(values), np.nan, np.stack(columns, axis=1).astype(np.float64))
