"""Replicate weights: factors per cluster, adjusted in step with the weights, never spread out over rows unasked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.survey.linearised import Floats, Ints

#: replicates of one pass over the rows
BLOCK = 64
#: deviations of replicates below this share of the estimate are rounding
_DUST = 1e-13


class Adjustment(Protocol):
    """An adjustment solved for every replicate: it turns the weights of some replicates into adjusted ones."""

    def apply(self, w: Floats, start: int) -> Floats:
        """(n, b) adjusted weights of replicates ``start`` … ``start + b − 1``."""
        ...

    def rows(self, keep: np.ndarray) -> Adjustment:
        """The same adjustment for some of the rows."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """R sets of weights: w_i (a_c + b_c m_cr) for a row i of cluster c, then the adjustments.

    Attributes
    ----------
    kind : str
    multiplier : (C, R) array
        m: resampled counts (small integers) or factors.
    cluster : (n,) int
    offset, slope : (C,) float
        a and b.
    scale : float
    rscales : (R,) float
        V = scale Σ_r rscales_r (θ_r − centre)².
    mse : bool
        Whether the centre is the estimate itself rather than the mean of the replicates.
    df : int
    base : (n,) float
        Weights that the factors multiply.
    adjustments : tuple
        Solved for every replicate.
    seed : int or None
        Seed that remakes a bootstrap.
    """

    kind: str
    multiplier: np.ndarray
    cluster: Ints
    offset: Floats
    slope: Floats
    scale: float
    rscales: Floats
    mse: bool
    df: int
    base: Floats
    adjustments: tuple[Adjustment, ...] = field(default=())
    seed: int | None = None

    @property
    def count(self) -> int:
        """Number of replicates R."""
        return int(self.multiplier.shape[1])

    def on(self, w: Floats) -> Replicates:
        """These replicates on a design of n rows."""
        if len(w) != len(self.cluster):
            raise ArgumentError("design_length", role="replicates", got=len(self.cluster), expected=len(w))
        return self

    def rows(self, keep: np.ndarray) -> Replicates:
        """The same replicates for some of the rows."""
        return replace(
            self, cluster=self.cluster[keep], base=self.base[keep],
            adjustments=tuple(part.rows(keep) for part in self.adjustments),
        )  # fmt: skip

    def weights(self, start: int = 0, stop: int | None = None) -> Floats:
        """(n, b) weights of replicates ``start`` … ``stop`` − 1 (default: all)."""
        factor = self.multiplier[:, start:stop].astype(np.float64)
        factor *= self.slope[:, None]
        factor += self.offset[:, None]
        w = factor[self.cluster]
        w *= self.base[:, None]
        for step in self.adjustments:
            w = step.apply(w, start)
        return w

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """The weights of all replicates, some at a time: (start, (n, b))."""
        for start in range(0, self.count, BLOCK):
            yield start, self.weights(start, min(start + BLOCK, self.count))

    def sums(self, y: Floats, domain: Ints, g: int) -> Floats:
        """(R, g, m) weighted sums of y over domains, for every replicate.

        Parameters
        ----------
        y : (n, m)
        domain : (n,) int
            −1 for a row outside every domain.
        """
        order = np.argsort(domain, kind="stable")
        edges = np.searchsorted(domain[order], np.arange(g + 1))
        out = np.zeros((self.count, g, y.shape[1]))
        if self.adjustments:
            for start, w in self.blocks():
                for d in range(g):
                    rows = order[edges[d] : edges[d + 1]]
                    out[start : start + w.shape[1], d] = w[rows].T @ y[rows]
            return out
        for d in range(g):
            rows = order[edges[d] : edges[d + 1]]
            clusters, weighted = self.cluster[rows], y[rows] * self.base[rows, None]
            fixed = self.offset[clusters] @ weighted
            weighted *= self.slope[clusters, None]
            out[:, d] = fixed
            for part in range(0, len(rows), 50_000):
                piece = slice(part, part + 50_000)
                out[:, d] += self.multiplier[clusters[piece]].T.astype(np.float64) @ weighted[piece]
        return out

    def covariance(self, theta: Floats, estimate: Floats) -> tuple[Floats, int]:
        """(q, q) covariance of q estimates from their (R, q) replicates, and how many replicates lack a value."""
        there = ~np.isnan(theta).any(axis=1)
        used, scales = theta[there], self.rscales[there]
        if not len(used):
            return np.full((theta.shape[1],) * 2, np.nan), len(theta)
        centre = estimate if self.mse else used[scales > 0].mean(axis=0)
        deviation = used - centre
        size = np.abs(used).max(axis=0)
        deviation[:, np.abs(deviation).max(axis=0) <= _DUST * size] = 0.0  # rounding of equal values is no spread
        deviation *= np.sqrt(scales)[:, None]
        return np.asarray(self.scale * (deviation.T @ deviation), dtype=np.float64), int((~there).sum())


def ReplicateWeights(
    weights: pd.DataFrame | np.ndarray,
    *,
    kind: str = "bootstrap",
    scale: float | None = None,
    rscales: Any = None,
    df: int | None = None,
    mse: bool = False,
) -> Replicates:
    """Replicate weights that came with the data.

    Parameters
    ----------
    weights : DataFrame or array, n × R
        Whole replicate weights (not factors), ≥ 0.
    kind : str
        Name shown.
    scale, rscales : float, array of R
        V = scale Σ rscales (θ_r − centre)². Default: 1 / (R − 1), as of a bootstrap; state both for a jackknife.
    df : int, optional
        Degrees of freedom; default R − 1.
    mse : bool
        Whether deviations are from the estimate itself rather than from the mean of the replicates.

    Returns
    -------
    Replicates
        For ``SurveyDesign(..., replicates=)``.

    Examples
    --------
    >>> import akhlak_research as ak, numpy as np
    >>> ak.ReplicateWeights(np.ones((10, 4))).count
    4
    """
    values = np.asarray(weights, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ArgumentError("replicates_shape", got=values.shape, expected="n × R, R ≥ 2")
    odd = np.argwhere(~(np.isfinite(values) & (values >= 0)))
    if len(odd):
        row, column = odd[0]
        raise DataError(
            "replicates_invalid", row=int(row) + 1, replicate=int(column) + 1, got=float(values[row, column])
        )
    n, count = values.shape
    scales = np.ones(count) if rscales is None else np.asarray(rscales, dtype=np.float64)
    if scales.shape != (count,):
        raise ArgumentError("replicates_shape", got=scales.shape, expected=f"rscales: {count}")
    return Replicates(
        kind=kind, multiplier=values, cluster=np.arange(n), offset=np.zeros(n), slope=np.ones(n),
        scale=1 / (count - 1) if scale is None else float(scale), rscales=scales, mse=mse,
        df=count - 1 if df is None else df, base=np.ones(n),
    )  # fmt: skip
