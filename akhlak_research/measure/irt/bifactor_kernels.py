"""A general trait and one specific trait per dimension, all independent, integrated two at a time.

Given the general trait g the dimensions do not know of each other, so the likelihood of a person is
Σ_g π_g Π_d [Σ_s π_s Π_{i in d} P(x_i | g, s)]: sums over pairs (g, s) whatever the number of dimensions (Gibbons &
Hedeker 1992; Gibbons et al. 2007). ψ of an item is (a_general, a_specific, d₁ …), J = 2 + m numbers; the response
function is that of one trait at η = a_general·g + a_specific·s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import Point
from akhlak_research.measure.irt.families import TINY, Family
from akhlak_research.measure.irt.patterns import Patterns

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Pairs of nodes.

    Attributes
    ----------
    general, specific : (Q²,)
        The two coordinates of each pair, general slow.
    log_prior : (Q,)
        Of either trait.
    nodes : (Q,)
    """

    general: Floats
    specific: Floats
    log_prior: Floats
    nodes: Floats


def make_grid(nodes: Floats) -> Grid:
    """All pairs of nodes, and the standard normal density scaled to sum to 1."""
    log = -(nodes**2) / 2
    log -= np.log(np.exp(log).sum())
    return Grid(np.repeat(nodes, len(nodes)), np.tile(nodes, len(nodes)), log, nodes)


@dataclass(frozen=True, slots=True)
class ItemCurves:
    """Of one item: log P (K, Q²) and ∂ log P/∂ψ (K, Q², J)."""

    log_p: Floats
    score: Floats


class Bifactor:
    """The marginal likelihood of a bifactor model."""

    def __init__(self, patterns: Patterns, member: np.ndarray, family: Family, grid: Grid) -> None:
        self.patterns, self.member, self.family, self.grid = patterns, member, family, grid
        self.sizes = patterns.n_categories
        self.width = int(self.sizes.max()) + 1
        self.free = np.arange(self.width) < (self.sizes + 1)[:, None]
        self.evaluations = 0

    def psi(self, phi: Floats) -> Floats:
        """(p, J) of the free parameters."""
        psi = np.zeros(self.free.shape)
        psi[self.free] = phi
        return psi

    def item(self, psi: Floats, i: int) -> ItemCurves | None:
        """Curves of an item, or None where its intercepts are out of order."""
        size = int(self.sizes[i])
        eta = psi[0] * self.grid.general + psi[1] * self.grid.specific
        plain = np.concatenate([[1.0], psi[2 : size + 1]])[None]
        if self.family.form == "graded" and (np.diff(plain[0, 1:]) >= 0).any():
            return None
        curves = self.family.curves(plain, self.sizes[[i]], eta)
        derivative = self.family.theta(plain, self.sizes[[i]], eta)
        p = np.maximum(derivative.p[0], TINY)
        by_eta = derivative.first[0] / p
        score = np.zeros((size, len(eta), self.width))
        score[..., 0], score[..., 1] = by_eta * self.grid.general, by_eta * self.grid.specific
        score[..., 2 : size + 1] = curves.score[0, :, :, 1:]
        return ItemCurves(np.log(p), score)

    def _curves(self, phi: Floats) -> list[ItemCurves] | None:
        psi = self.psi(phi)
        found = []
        for i in range(len(self.sizes)):
            curves = self.item(psi[i], i) if np.isfinite(psi[i]).all() else None
            if curves is None:
                return None
            found.append(curves)
        return found

    def point(self, phi: Floats) -> Point | None:
        """Log-likelihood, gradient and complete-data information: one pass."""
        curves = self._curves(phi)
        if curves is None:
            return None
        self.evaluations += 1
        counts = [np.zeros(c.log_p.shape) for c in curves]
        loglik = 0.0
        for start in range(0, len(self.patterns.codes), _CHUNK):
            span = slice(start, start + _CHUNK)
            each, _, joint = self._posterior(curves, span)
            weight = self.patterns.weight[span]
            loglik += float(weight @ each)
            for d, part in enumerate(joint):
                weighted = part * weight[:, None]
                for i in np.flatnonzero(self.member == d):
                    codes = self.patterns.codes[span, i]
                    hot = np.where(codes[:, None] == np.arange(self.sizes[i]), 1.0, 0.0)
                    counts[i] += hot.T @ weighted
        gradient, blocks = np.zeros(self.free.shape), np.zeros((len(curves), self.width, self.width))
        for at, c in enumerate(curves):
            gradient[at] = np.einsum("kq,kqj->j", counts[at], c.score)
            fitted = counts[at].sum(0) * np.exp(c.log_p)
            blocks[at] = np.einsum("kqi,kqj->ij", fitted[..., None] * c.score, c.score, optimize=True)
        information = np.zeros((len(phi), len(phi)))
        begin = 0
        for at, block in enumerate(blocks):
            free = self.free[at]
            end = begin + int(free.sum())
            information[begin:end, begin:end] = block[np.ix_(free, free)]
            begin = end
        return Point(loglik, gradient[self.free], information)

    def _posterior(self, curves: list[ItemCurves], span: slice) -> tuple[Floats, Floats, list[Floats]]:
        """Log-likelihood (c,), distribution of the general trait (c, Q), and of each pair (general, specific_d)."""
        codes = self.patterns.codes[span]
        q = len(self.grid.nodes)
        inner, parts = np.zeros((len(codes), q)), []
        for d in range(int(self.member.max()) + 1):
            log = np.zeros((len(codes), q * q))
            for i in np.flatnonzero(self.member == d):
                answered = codes[:, i] >= 0
                log[answered] += curves[i].log_p[codes[answered, i]]
            log = log.reshape(-1, q, q) + self.grid.log_prior
            top = log.max(axis=2, keepdims=True)
            np.exp(log - top, out=log)
            total = log.sum(axis=2, keepdims=True)
            parts.append(log / total)
            inner += (top + np.log(total))[:, :, 0]
        inner += self.grid.log_prior
        top = inner.max(axis=1, keepdims=True)
        general = np.exp(inner - top)
        total = general.sum(axis=1, keepdims=True)
        general /= total
        joint = [(part * general[:, :, None]).reshape(len(codes), -1) for part in parts]
        return (top + np.log(total))[:, 0], general, joint

    def people(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Posterior means and standard deviations (N, 1 + D), general first, and scores of people (N, F)."""
        curves = self._curves(phi)
        assert curves is not None
        n, dims = len(self.patterns.codes), int(self.member.max()) + 1
        mean, sd, scores = np.zeros((n, 1 + dims)), np.zeros((n, 1 + dims)), np.zeros((n, *self.free.shape))
        for start in range(0, n, _CHUNK):
            span = slice(start, start + _CHUNK)
            _, general, joint = self._posterior(curves, span)
            mean[span, 0] = general @ self.grid.nodes
            sd[span, 0] = general @ self.grid.nodes**2
            for d, part in enumerate(joint):
                mean[span, 1 + d] = part @ self.grid.specific
                sd[span, 1 + d] = part @ self.grid.specific**2
                for i in np.flatnonzero(self.member == d):
                    codes = self.patterns.codes[span, i]
                    for k in range(self.sizes[i]):
                        at = np.flatnonzero(codes == k)
                        scores[start + at, i] = part[at] @ curves[i].score[k]
        return mean, np.sqrt(np.maximum(sd - mean**2, 0.0)), scores[:, self.free]
