"""Score tests: what a fixed parameter would gain by being free, and what an equality costs (kernels).

With g the gradient of one observation's log-likelihood, or −½ of the discrepancy, at the constrained estimates, I its
expected information and P = K (K′IK)⁻¹ K′ the inverse under the constraints that stay, freeing one more direction e
gives, V = e′(I − IPI)e,

    MI = N (e′g)² / V,   EPC = e′g / V    (Sörbom 1989; Saris, Satorra & Sörbom 1987),

and moves the others by −PIe times that. A marker of scale has V = 0 and no index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.fit import Fit
from akhlak_research.measure.cfa.implied import places_of
from akhlak_research.measure.cfa.inference import constrained_inverse
from akhlak_research.measure.cfa.loss import total_gradient
from akhlak_research.measure.cfa.partable import Parameter, ParTable

#: V below this share of e′Ie: the direction is none the data could tell
_FLAT = 1e-8


@dataclass(frozen=True, slots=True)
class Scores:
    """``statistic`` (k,) χ² of one degree of freedom each, NaN where the direction is not identified; ``change`` (k,)
    expected change of the parameter, or of the difference that an equality forbids."""

    statistic: Floats
    change: Floats


def extend(fit: Fit, extra: tuple[Parameter, ...]) -> tuple[Fit, Floats]:
    """The fit with further rows, free at the values they have now, and (q + k,) its θ; K does not know them."""
    table: ParTable = fit.table.with_rows([*fit.table.rows, *(replace(row, free=True) for row in extra)])
    theta = np.concatenate([fit.theta, [row.value for row in extra]])
    blocks = tuple(replace(block, places=places_of(table, g)) for g, block in enumerate(fit.blocks))  # type: ignore[type-var]
    return replace(fit, table=table, blocks=blocks), theta


def score_and_information(fit: Fit, theta: Floats) -> tuple[Floats, Floats]:
    """(q,) g and (q, q) expected information of one observation at θ."""
    information = np.zeros((len(theta), len(theta)))
    for g, block in enumerate(fit.blocks):
        information += fit.share(g) * block.slope(theta)[1] / 2
    return -total_gradient(fit.blocks, theta) / 2, information


def freeing(fit: Fit, extra: tuple[Parameter, ...]) -> Scores:
    """Score test of each further row by itself."""
    wide, theta = extend(fit, extra)
    g, information = score_and_information(wide, theta)
    q, k = len(fit.theta), len(extra)
    K = np.zeros((q + k, fit.reparam.n_free))
    K[:q] = fit.reparam.K
    return _along(np.eye(q + k)[:, q:], g, information, K, fit.n)


def releasing(fit: Fit, directions: Floats) -> Scores:
    """Score test of letting θ move along each column of ``directions`` (q, k), against the constraints."""
    g, information = score_and_information(fit, fit.theta)
    return _along(directions, g, information, fit.reparam.K, fit.n)


def _along(directions: Floats, g: Floats, information: Floats, K: Floats, n: float) -> Scores:
    P = constrained_inverse(K, information)
    turned = information @ directions
    whole = (directions * turned).sum(axis=0)
    V = whole - (turned * (P @ turned)).sum(axis=0)
    # the gradient along K is zero but for rounding: what is left of e′g is its own
    along = directions.T @ g - turned.T @ (P @ g)
    known = _FLAT * np.maximum(whole, 1e-12) < V
    safe = np.where(known, V, 1.0)
    return Scores(np.where(known, n * along**2 / safe, np.nan), np.where(known, along / safe, np.nan))
