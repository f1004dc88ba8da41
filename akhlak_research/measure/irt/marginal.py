"""The marginal likelihood of a design: value, gradient, complete and observed information, scores of single people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.ascent import Point
from akhlak_research.measure.irt.design import Design
from akhlak_research.measure.irt.families import TINY, Curves
from akhlak_research.measure.irt.patterns import Coded, Patterns
from akhlak_research.measure.irt.posterior import Expected, expect, log_prior, prior_score

#: nodes that hold less than this share of the people add nothing visible to a standard error
_NEGLIGIBLE = 1e-10


@dataclass(frozen=True, slots=True)
class Tables:
    """What a pass over the answers needs at ψ: log P (ΣK, Q), log π (G, Q), and the curves they come from."""

    table: Floats
    prior: Floats
    curves: Curves


class Marginal:
    """The marginal log-likelihood of patterns under a design, at fixed nodes."""

    def __init__(self, design: Design, patterns: Patterns, theta: Floats) -> None:
        self.design = design
        self.theta = theta
        self.coded = Coded(patterns, design.versions, design.offset)
        self.evaluations = 0

    def tables(self, psi: Floats) -> Tables | None:
        """Tables at ψ, or None where a probability is not positive or a variance not above zero."""
        items, mean, variance = self.design.split(psi)
        if not (np.isfinite(psi).all() and (variance > 1e-6).all() and (variance < 1e4).all()):
            return None
        curves = self.design.family.curves(items, self.design.n_categories, self.theta)
        p = curves.p[self.design.present]
        if (p < 0).any() or (self.design.family.form == "graded" and not self._ordered(items)):
            return None
        return Tables(np.log(np.maximum(p, TINY)), log_prior(self.theta, mean, variance), curves)

    def _ordered(self, items: Floats) -> bool:
        falls = np.diff(items[:, 1:], axis=1) < 0
        return bool((falls | ~self.design.present[:, 2:]).all())

    def point(self, phi: Floats) -> Point | None:
        """Log-likelihood, gradient and complete-data information at φ: one pass."""
        psi = self.design.psi(phi)
        tables = self.tables(psi)
        if tables is None:
            return None
        self.evaluations += 1
        found = expect(self.coded, tables.table, tables.prior)
        gradient, information = self._complete(psi, tables, found)
        matrix = self.design.matrix
        return Point(found.loglik, matrix.T @ gradient, matrix.T @ information @ matrix)

    def _complete(self, psi: Floats, tables: Tables, found: Expected) -> tuple[Floats, Floats]:
        """Gradient (M,) and −Hessian (M, M) of the expected complete-data log-likelihood.

        The Hessian is that of the model at its own expected counts (Fisher scoring), which is positive definite.
        """
        _, mean, variance = self.design.split(psi)
        counts = self._padded(found.counts)
        score = tables.curves.score
        gradient = np.einsum("vkq,vkqj->vj", counts, score, optimize=True).ravel()
        fitted = counts.sum(1, keepdims=True) * tables.curves.p
        blocks = np.einsum("vkqi,vkqj->vij", fitted[..., None] * score, score, optimize=True)
        prior = prior_score(self.theta, mean, variance)
        drift = np.einsum("gq,gqj->gj", found.mass, prior).ravel()
        spread = np.einsum("gq,gqi,gqj->gij", np.exp(tables.prior), prior, prior, optimize=True)
        information = self._assemble(blocks, spread * found.mass.sum(1)[:, None, None])
        return np.concatenate([gradient, drift]), information

    def _padded(self, counts: Floats) -> Floats:
        """(V, K, Q) of (ΣK, Q)."""
        padded = np.zeros((*self.design.present.shape, counts.shape[1]))
        padded[self.design.present] = counts
        return padded

    def _assemble(self, blocks: Floats, people: Floats) -> Floats:
        """(M, M) block-diagonal matrix; padded intercepts get zeros, which L never looks at."""
        versions, width, _ = blocks.shape
        size = versions * width
        matrix = np.zeros((size + 2 * len(people), size + 2 * len(people)))
        for v in range(versions):
            matrix[v * width : (v + 1) * width, v * width : (v + 1) * width] = blocks[v]
        for g in range(len(people)):
            at = size + 2 * g
            matrix[at : at + 2, at : at + 2] = people[g]
        return matrix

    def observed(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Observed information, cross-product of people's scores (weights squared), and the gradient, of φ.

        Louis (1982): I = E[−∂² complete] − Σ_n Var(complete score | answers of n), at fixed nodes exact. The
        variance needs, at each node, how often each pair of answers goes together: one Gram product per node.
        """
        psi = self.design.psi(phi)
        tables = self.tables(psi)
        assert tables is not None
        matrix = self.design.matrix
        size = len(self.design.base)
        flat = self._flat_scores(tables)
        items, mean, variance = self.design.split(psi)
        people = prior_score(self.theta, mean, variance)
        second, outer, meat = (np.zeros((size, size)) for _ in range(3))
        total = np.zeros(size)
        rough = expect(self.coded, tables.table, tables.prior)
        busy = np.flatnonzero(rough.mass.sum(0) > _NEGLIGIBLE * rough.mass.sum())
        n_codes = int(self.coded.patterns.n_categories.sum())
        pairs = np.zeros((len(self.design.versions), len(busy), n_codes, n_codes))
        weights = self.coded.patterns

        def visit(span: slice, group: int, columns: np.ndarray, hot: Floats, post: Floats, _: Floats) -> None:
            w = weights.weight[span]
            for number, q in enumerate(busy):
                half = hot * np.sqrt(w * post[:, q])[:, None]
                pairs[group][number] += half.T @ half
            mean_score = self._mean_scores(flat, people, group, columns, hot, post)
            nonlocal outer, meat, total
            outer += (mean_score * w[:, None]).T @ mean_score
            meat += (mean_score * weights.weight_squared[span][:, None]).T @ mean_score
            total += w @ mean_score

        found = expect(self.coded, tables.table, tables.prior, visit)
        for group in range(len(self.design.versions)):
            second += self._second_moment(flat, people, group, busy, pairs[group], found)
        complete = self._assemble(
            self.design.family.information(
                items, self.design.n_categories, self.theta, tables.curves, self._padded(found.counts)
            ),
            self._people_information(people, mean, variance, found),
        )
        information = complete - second + outer
        return matrix.T @ information @ matrix, matrix.T @ meat @ matrix, matrix.T @ total

    def _people_information(self, score: Floats, mean: Floats, variance: Floats, found: Expected) -> Floats:
        """(G, 2, 2): −Hessian of Σ_q mass · log π in (μ, v), of the density scaled to sum to 1."""
        away = self.theta - mean[:, None]
        v = variance[:, None]
        prior = np.exp(log_prior(self.theta, mean, variance))
        bend = np.empty((*away.shape, 2, 2))
        bend[..., 0, 0] = 1 / v
        bend[..., 0, 1] = bend[..., 1, 0] = away / v**2
        bend[..., 1, 1] = away**2 / v**3
        raw = np.einsum("gq,gqij->gij", found.mass, bend)
        n = found.mass.sum(1)[:, None, None]
        spread = np.einsum("gq,gqi,gqj->gij", prior, score, score)
        return np.asarray(raw - n * np.einsum("gq,gqij->gij", prior, bend) + n * spread)

    def _flat_scores(self, tables: Tables) -> Floats:
        """(ΣK, Q, J)."""
        return np.asarray(tables.curves.score[self.design.present])

    def _mean_scores(
        self, flat: Floats, people: Floats, group: int, columns: np.ndarray, hot: Floats, post: Floats
    ) -> Floats:
        """(c, M) expected complete-data score of each pattern: its contribution to the gradient."""
        width = self.design.width
        rows = len(post)
        mean = np.zeros((rows, len(self.design.base)))
        size = len(self.design.n_categories) * width
        begin = 0
        for v in self.design.versions[group]:
            k = int(self.design.n_categories[v])
            at = columns[begin : begin + k]
            by_node = flat[at].transpose(1, 0, 2).reshape(len(self.theta), k * width)
            of_category = (post @ by_node).reshape(rows, k, width)
            mean[:, v * width : (v + 1) * width] = np.einsum("ck,ckj->cj", hot[:, begin : begin + k], of_category)
            begin += k
        mean[:, size + 2 * group : size + 2 * group + 2] = post @ people[group]
        return mean

    def _second_moment(
        self, flat: Floats, people: Floats, group: int, busy: np.ndarray, pairs: Floats, found: Expected
    ) -> Floats:
        """(M, M): Σ_n w_n E[s sᵀ | answers of n] of one group."""
        columns = self.coded.columns_of(group)
        width, size = self.design.width, len(self.design.base)
        versions = np.repeat(self.design.versions[group], self.coded.patterns.n_categories)
        own = len(self.design.n_categories) * width + 2 * group
        total = np.zeros((size, size))
        spots = versions[:, None] * width + np.arange(width)
        for number, q in enumerate(busy):
            spread = np.zeros((len(columns), size))
            np.put_along_axis(spread, spots, flat[columns, q], axis=1)
            total += spread.T @ pairs[number] @ spread
            h = people[group, q]
            mixed = np.outer(spread.T @ np.diag(pairs[number]), h)
            total[:, own : own + 2] += mixed
            total[own : own + 2] += mixed.T
            total[own : own + 2, own : own + 2] += found.mass[group, q] * np.outer(h, h)
        return total
