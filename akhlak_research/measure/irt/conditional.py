"""Conditional maximum likelihood for the Rasch family: items without any assumption about the people.

Given a person's sum r, the probability of the answers does not hold θ: P(x | r) = Π ε_{i,x_i} / γ_r, with
ε_ik = exp(d_ik) and γ_r the elementary symmetric function, the sum of Π ε over all ways to reach r (Andersen 1972;
Fischer & Molenaar 1995). γ and its leave-one-out and leave-two-out forms are products of polynomials in which every
term is positive, so nothing cancels. People who answered the same items form a block with γ of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import block_diag, null_space

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import Point, climb, solve
from akhlak_research.measure.irt.calibrate import Calibration, calibrate, starting_values
from akhlak_research.measure.irt.design import Design, make_design
from akhlak_research.measure.irt.families import Family
from akhlak_research.measure.irt.patterns import Patterns


@dataclass(frozen=True, slots=True)
class Block:
    """People who answered the same items.

    Attributes
    ----------
    items : (b,) int
    counts : (b, K) float
        People by item and answer.
    sums : (R + 1,) float
        People by sum of answers.
    """

    items: np.ndarray
    counts: Floats
    sums: Floats


def blocks_of(patterns: Patterns) -> list[Block]:
    """Sufficient statistics of every set of answered items."""
    answered = patterns.codes >= 0
    sizes = patterns.n_categories
    width = int(sizes.max())
    found = []
    kinds, which = np.unique(answered, axis=0, return_inverse=True)
    for number, kind in enumerate(kinds):
        items = np.flatnonzero(kind)
        at = which.ravel() == number
        codes, weight = patterns.codes[at][:, items], patterns.weight[at]
        counts = np.stack([np.bincount(codes[:, j], weight, width).astype(np.float64) for j in range(len(items))])
        sums = np.bincount(codes.sum(axis=1), weight, int((sizes[items] - 1).sum()) + 1)
        found.append(Block(items, counts, sums.astype(np.float64)))
    return found


def conditional_point(blocks: list[Block], d: Floats, sizes: np.ndarray) -> tuple[float, Floats, Floats]:
    """Conditional log-likelihood, gradient (p · m,) and −Hessian (p · m, p · m) by the intercepts d (p, m)."""
    p, m = d.shape
    loglik = 0.0
    gradient = np.zeros((p, m))
    information = np.zeros((p, m, p, m))
    for block in blocks:
        value, slope, bend = _block_point(block, d[block.items], sizes[block.items])
        loglik += value
        gradient[block.items] += slope
        at = block.items
        information[at[:, None], :, at[None, :], :] += bend.transpose(0, 2, 1, 3)
    return loglik, gradient.ravel(), information.reshape(p * m, p * m)


def _block_point(block: Block, d: Floats, sizes: np.ndarray) -> tuple[float, Floats, Floats]:
    b, m = d.shape
    # moving the origin changes nothing but keeps γ near 1: take the mean step out of every category
    tops = sizes - 1
    drift = float(d[np.arange(b), tops - 1].sum() / tops.sum())
    shifted = d - drift * np.arange(1, m + 1)
    epsilon = [np.concatenate([[1.0], np.exp(shifted[i, : tops[i]])]) for i in range(b)]
    gamma, without = _leave_one_out(epsilon)
    loglik = float((block.counts[:, 1:] * np.where(np.arange(1, m + 1) <= tops[:, None], shifted, 0.0)).sum())
    people = block.sums
    loglik -= float(people @ np.log(gamma))
    share = people / gamma
    probability = np.zeros((b, m, len(gamma)))
    for i in range(b):
        for k in range(1, tops[i] + 1):
            probability[i, k - 1, k : k + len(without[i])] = epsilon[i][k] * without[i]
    probability /= gamma
    expected = probability @ people
    flat = probability.reshape(b * m, -1)
    bend = -((flat * people) @ flat.T).reshape(b, m, b, m)
    at = np.arange(m)
    for i in range(b):
        bend[i, at, i, at] += expected[i]
    _add_pairs(bend, epsilon, tops, share)
    return loglik, block.counts[:, 1:] - expected, bend


def _leave_one_out(epsilon: list[Floats]) -> tuple[Floats, list[Floats]]:
    """γ of all, and of all but each."""
    before = [np.ones(1)]
    for each in epsilon:
        before.append(np.convolve(before[-1], each))
    after = [np.ones(1)]
    for each in reversed(epsilon):
        after.append(np.convolve(after[-1], each))
    after.reverse()
    return before[-1], [np.convolve(before[i], after[i + 1]) for i in range(len(epsilon))]


def _add_pairs(bend: Floats, epsilon: list[Floats], tops: np.ndarray, share: Floats) -> None:
    """Σ_r n_r P(x_i = k, x_j = l | r), added to the cells of two different items."""
    for i in range(len(epsilon)):
        others = [j for j in range(len(epsilon)) if j != i]
        _, without = _leave_one_out([epsilon[j] for j in others])
        for j, gamma in zip(others, without, strict=True):
            if j < i:
                continue
            reach = np.array([share[t : t + len(gamma)] @ gamma for t in range(tops[i] + tops[j] + 1)])
            steps = np.arange(1, tops[i] + 1)[:, None] + np.arange(1, tops[j] + 1)
            joint = np.outer(epsilon[i][1:], epsilon[j][1:]) * reach[steps]
            bend[i, : tops[i], j, : tops[j]] += joint
            bend[j, : tops[j], i, : tops[i]] += joint.T


def calibrate_conditional(
    patterns: Patterns, family: Family, theta: Floats, *, errors: str, tolerance: float = 1e-9, most: int = 100
) -> tuple[Calibration, int]:
    """Items by conditional likelihood, then mean and variance of θ by marginal likelihood with the items held.

    Returns
    -------
    calibration, n_parameters
        The calibration's ``loglik`` is the conditional one; the origin is eRm's.
    """
    design = make_design(family, patterns.n_categories)
    p, width = len(patterns.n_categories), design.width
    spots = (np.arange(p)[:, None] * width + np.arange(1, width)).ravel()
    there = (np.arange(1, width) < patterns.n_categories[:, None]).ravel()
    free = design.matrix[spots][:, :-1]
    basis = free @ null_space(_origin(family, there, p)[None] @ free)
    blocks = blocks_of(patterns)

    def point(eta: Floats) -> Point | None:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, gradient, information = conditional_point(
                blocks, (basis @ eta).reshape(p, -1), patterns.n_categories
            )
        if not (np.isfinite(value) and np.isfinite(information).all()):
            return None
        return Point(value, basis.T @ gradient, basis.T @ information @ basis)

    start = design.psi(starting_values(patterns, design))[spots]
    climbed = climb(point, np.linalg.lstsq(basis, start, rcond=None)[0], tolerance=tolerance, most=most)
    people = _people(patterns, design, spots, basis @ climbed.phi, theta, errors)
    whole = np.zeros((len(design.base), basis.shape[1] + 2))
    whole[spots, : basis.shape[1]] = basis
    whole[-2, -2] = whole[-1, -1] = 1.0
    base = people.design.base.copy()
    base[spots] = 0.0
    covariance, problem = None, "not_asked"
    if errors != "none":
        problem = people.problem
        if people.covariance is not None:
            covariance = block_diag(solve(climbed.point.information, np.eye(basis.shape[1])), people.covariance)
    return replace(
        people,
        design=Design(family, design.n_categories, design.versions, base, whole),
        phi=np.concatenate([climbed.phi, people.phi]),
        loglik=climbed.point.loglik,
        covariance=covariance,
        problem=problem,
        decrement=climbed.decrement,
        iterations=climbed.iterations,
        evaluations=climbed.evaluations + people.evaluations,
        converged=climbed.converged and people.converged,
    ), basis.shape[1]


def _origin(family: Family, there: np.ndarray, p: int) -> Floats:
    """(p · m,) eRm's origin, Σ of these times d is 0: all intercepts, in the rating scale model each item's first."""
    if family.shared_steps:
        return np.where(np.arange(len(there)) % (len(there) // p) == 0, 1.0, 0.0)
    return there.astype(np.float64)


def _people(
    patterns: Patterns, design: Design, spots: np.ndarray, d: Floats, theta: Floats, errors: str
) -> Calibration:
    """Mean and variance of θ with the items held."""
    base = design.base.copy()
    base[spots] = d
    base[-2:] = 0.0
    matrix = np.zeros((len(base), 2))
    matrix[-2, 0] = matrix[-1, 1] = 1.0
    held = Design(design.family, design.n_categories, design.versions, base, matrix)
    how = "none" if errors == "none" else "observed"
    return calibrate(patterns, held, theta, errors=how, start=np.array([0.0, 1.0]))
