"""Marginal maximum likelihood of a design: start, climb, standard errors. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cholesky

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import Climb, climb, solve
from akhlak_research.measure.irt.design import Design
from akhlak_research.measure.irt.marginal import Marginal
from akhlak_research.measure.irt.patterns import Patterns

#: with more patterns than this the climb starts on a sample of them
_LADDER = 2_000
#: and with more than this, their curvature comes from the sample, too
_LARGE = 50_000
#: nodes reach no further than this
_WIDEST = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model.

    Attributes
    ----------
    design : Design
    phi : (F,)
    loglik : float
    covariance : (F, F) or None
        Of φ: inverse observed information, or the sandwich under sampling weights.
    problem : str
        Why there is no covariance: ``""``, ``"not_asked"``, ``"not_definite"``.
    decrement : float
        What the last step still promised; 0 at a maximum.
    iterations, evaluations : int
        Steps; passes over all answers.
    converged : bool
    theta : (Q,)
    """

    design: Design
    phi: Floats
    loglik: float
    covariance: Floats | None
    problem: str
    decrement: float
    iterations: int
    evaluations: int
    converged: bool
    theta: Floats

    @property
    def items(self) -> Floats:
        """(V, J)."""
        return self.design.split(self.design.psi(self.phi))[0]

    @property
    def mean(self) -> Floats:
        """(G,)."""
        return self.design.split(self.design.psi(self.phi))[1]

    @property
    def variance(self) -> Floats:
        """(G,)."""
        return self.design.split(self.design.psi(self.phi))[2]

    def full_covariance(self) -> Floats | None:
        """(M, M) covariance of ψ; zero for what is fixed."""
        if self.covariance is None:
            return None
        return np.asarray(self.design.matrix @ self.covariance @ self.design.matrix.T)


def calibrate(
    patterns: Patterns,
    design: Design,
    theta: Floats,
    *,
    errors: str = "observed",
    tolerance: float = 1e-9,
    most: int = 500,
    start: Floats | None = None,
) -> Calibration:
    """Fit a model.

    Parameters
    ----------
    patterns : Patterns
    design : Design
    theta : (Q,)
        Nodes.
    errors : {"observed", "sandwich", "none"}
    tolerance : float
        Of the decrement gᵀH⁻¹g: about twice what is still to be gained in log-likelihood.
    most : int
        Most steps.
    start : (F,), optional
        Of φ.
    """
    marginal = Marginal(design, patterns, theta)
    phi = starting_values(patterns, design) if start is None else start
    curvature = None
    if start is None and len(patterns.codes) > 2 * _LADDER:
        phi, curvature = _rehearse(patterns, design, theta, phi)
    climbed = climb(marginal.point, phi, tolerance=tolerance, most=most, fixed=curvature)
    wider = _wider(design, climbed.phi, theta)
    if wider is not None:
        return calibrate(
            patterns, design, wider, errors=errors, tolerance=tolerance, most=most, start=climbed.phi
        )  # fmt: skip
    covariance, problem = None, "not_asked"
    if errors != "none":
        climbed, covariance, problem = _with_errors(marginal, climbed, patterns, errors, tolerance)
    return Calibration(
        design, climbed.phi, climbed.point.loglik, covariance, problem, climbed.decrement, climbed.iterations,
        marginal.evaluations, climbed.converged, theta,
    )  # fmt: skip


def _wider(design: Design, phi: Floats, theta: Floats) -> Floats | None:
    """Nodes that hold 4 standard deviations of every group, where the given ones do not hold 3.5."""
    _, mean, variance = design.split(design.psi(phi))
    sd = np.sqrt(variance)
    limit = float(theta[-1])
    if limit >= _WIDEST or (np.abs(mean) + 3.5 * sd <= limit).all():
        return None
    needed = min(float(np.ceil((np.abs(mean) + 4 * sd).max())), _WIDEST)
    step = float(theta[1] - theta[0])
    return np.linspace(-needed, needed, 2 * round(needed / step) + 1)


def _rehearse(patterns: Patterns, design: Design, theta: Floats, phi: Floats) -> tuple[Floats, Floats | None]:
    """A start from a sample of people, coarse to fine: most of the way is walked where a step costs little.

    With very many patterns the last part is large enough for its observed information, scaled up, to stand for that of
    all: steps with it need some five passes over everything.
    """
    size, curvature = _LADDER, None
    while size * 2 < len(patterns.codes) and size < _LARGE:
        part = Marginal(design, patterns.sample(size), theta)
        if part.point(phi) is not None:
            phi = climb(part.point, phi, tolerance=1e-3, most=100).phi
            if size * 8 >= _LARGE and len(patterns.codes) > _LARGE:
                information, _, _ = part.observed(phi)
                curvature = _definite(information * (patterns.weight.sum() / size))
        size *= 8
    return phi, curvature


def _definite(information: Floats) -> Floats | None:
    try:
        cholesky(information)
    except LinAlgError:
        return None
    return information


def _with_errors(
    marginal: Marginal, climbed: Climb, patterns: Patterns, errors: str, tolerance: float
) -> tuple[Climb, Floats | None, str]:
    """Observed information, with it the last Newton steps, and the covariance."""
    information, meat, gradient = marginal.observed(climbed.phi)
    if _definite(information) is None:
        return climbed, None, "not_definite"
    if float(gradient @ solve(information, gradient)) > tolerance:
        finer = climb(marginal.point, climbed.phi, tolerance=tolerance * 1e-2, most=20, fixed=information)
        moved = finer.phi - climbed.phi
        climbed = finer
        if moved @ information @ moved > 1e-4:
            information, meat, gradient = marginal.observed(climbed.phi)
    bread = solve(information, np.eye(len(information)))
    if errors == "sandwich":
        n = patterns.n
        return climbed, bread @ meat @ bread * (n / (n - 1)), ""
    return climbed, bread, ""


def starting_values(patterns: Patterns, design: Design) -> Floats:
    """(F,) from the items' margins and their correlation with the sum of the others."""
    weight = patterns.weight
    codes = np.where(patterns.codes >= 0, patterns.codes, np.nan).astype(float)
    answered = ~np.isnan(codes)
    psi = design.base.copy()
    items, _, variance = design.split(psi)
    slopes = _slopes(codes, answered, weight)
    for g, versions in enumerate(design.versions):
        inside = patterns.group == g
        for i, v in enumerate(versions):
            k = int(design.n_categories[v])
            here = inside & answered[:, i]
            share = np.bincount(patterns.codes[here, i], weight[here], k).astype(np.float64) + 0.5
            share = np.asarray(share / share.sum())
            a = 1.0 if design.family.slopes == "one" else slopes[i]
            items[v] = 0.0
            items[v, 0] = a
            items[v, 1:k] = _intercepts(share, a, design.family.form)
    variance[:] = np.where(variance > 0, variance, 1.0)
    return np.asarray(np.linalg.lstsq(design.matrix, psi - design.base, rcond=None)[0])


def _intercepts(share: Floats, a: float, form: str) -> Floats:
    wider = np.sqrt(1 + a**2 / 1.7**2)
    if form == "graded":
        above = 1 - np.cumsum(share)[:-1]
        return np.asarray(wider * np.log(above / (1 - above)))
    return np.asarray(np.cumsum(np.log(share[1:] / share[:-1])))


def _slopes(codes: Floats, answered: np.ndarray, weight: Floats) -> Floats:
    """(p,) from each item's correlation with the mean of the others, between 0.4 and 3 in absolute value."""
    filled = np.where(answered, codes, 0.0)
    w = answered * weight[:, None]
    mean = (filled * w).sum(0) / w.sum(0)
    centred = np.where(answered, codes - mean, 0.0)
    centred /= np.sqrt((centred**2 * w).sum(0) / w.sum(0))
    total = centred.sum(1)
    out = np.empty(codes.shape[1])
    for i in range(codes.shape[1]):
        rest, own = total - centred[:, i], centred[:, i]
        r = (own * rest * w[:, i]).sum() / np.sqrt((own**2 * w[:, i]).sum() * (rest**2 * w[:, i]).sum())
        r = np.clip(np.nan_to_num(r), -0.85, 0.85)
        out[i] = np.copysign(np.clip(1.7 * abs(r) / np.sqrt(1 - r**2), 0.4, 3.0), r if r else 1.0)
    return out
