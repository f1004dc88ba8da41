"""A fitted model: the table, θ, and each group's block, from which every later statistic is computed.

This is the seam for what is built on a fit (modification indices, invariance, power):

======================  ================================================================================
``fit.table``           the parameter table (``ParTable``); ``fit.table.free`` has the order of θ
``fit.theta``           (q,) estimates; θ = K x + k₀ (``fit.reparam``)
``fit.blocks[g]``       ``.delta(θ)`` Δ (s, q), ``.weight(θ)`` W (s, s), ``.slope(θ)``, ``.hessian(θ)``
``fit.share(g)``        n_g / N
``fit.information``     (q, q) of one observation, Σ_g (n_g/N) Δ′WΔ or half the exact Hessian
``fit.gammas``          per group Γ (s, s), N times the covariance of the block's statistics
======================  ================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.cfa.constraints import Reparametrisation
from akhlak_research.measure.cfa.implied import System, system_of
from akhlak_research.measure.cfa.loss import Block
from akhlak_research.measure.cfa.optimise import Optimum
from akhlak_research.measure.cfa.partable import ParTable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fit:
    """See the module's table. ``optimum`` says how the search ended."""

    table: ParTable
    reparam: Reparametrisation
    blocks: tuple[Block, ...]
    optimum: Optimum
    _kept: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def keep(self, name: str, compute: Callable[[], T]) -> T:
        """A thing computed on first use and kept: information and products that several statistics ask for."""
        if name not in self._kept:
            self._kept[name] = compute()
        found: T = self._kept[name]
        return found

    def pulled(self, group: int) -> Floats:
        """(s, q) ΓWΔ of a group."""
        block = self.blocks[group]
        return self.keep(f"pulled{group}", lambda: block.gamma @ block.weighted(self.theta))

    @property
    def theta(self) -> Floats:
        """(q,) estimates of the free rows."""
        return self.optimum.theta

    @property
    def n(self) -> float:
        """What the loss is multiplied by: people, less one a group in least squares."""
        return float(sum(block.n for block in self.blocks))

    @property
    def people(self) -> float:
        """People, of all groups."""
        return float(sum(block.people for block in self.blocks))

    def share(self, group: int) -> float:
        """n_g / N, of people."""
        return self.blocks[group].people / self.people

    def system(self, group: int) -> System:
        """The arrays of a group at θ."""
        return system_of(self.blocks[group].places, self.theta)

    @property
    def values(self) -> Floats:
        """(rows,) the estimate or fixed value of every row of the table."""
        values = np.array([row.value for row in self.table.rows])
        values[[row.free for row in self.table.rows]] = self.theta
        return values
