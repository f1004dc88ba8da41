"""A fitted model with the answers it was fitted to: what scores, fit and pictures are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.counts.rows import Rows
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.calibrate import Calibration
from akhlak_research.measure.irt.design import Design
from akhlak_research.measure.irt.families import Family, ThetaCurves
from akhlak_research.measure.irt.patterns import Patterns
from akhlak_research.measure.irt.posterior import log_prior


@dataclass(frozen=True, slots=True)
class Fitted:
    """A calibration and its answers.

    Attributes
    ----------
    calibration : Calibration
    patterns : Patterns
    rows : Rows
        The rows behind the patterns, in the order of ``patterns.row_pattern``.
    index : Index
        Their labels in the data.
    position : (n,)
        Their places in the data, from 1.
    """

    calibration: Calibration
    patterns: Patterns
    rows: Rows
    index: pd.Index
    position: np.ndarray

    @property
    def design(self) -> Design:
        """The parameters."""
        return self.calibration.design

    @property
    def family(self) -> Family:
        """The response function."""
        return self.calibration.design.family

    @property
    def theta(self) -> Floats:
        """(Q,) nodes."""
        return self.calibration.theta

    @property
    def n_groups(self) -> int:
        """Groups compared."""
        return len(self.design.versions)

    def items(self, group: int = 0) -> Floats:
        """(p, J) item numbers of a group."""
        return np.asarray(self.calibration.items[self.design.versions[group]])

    def sizes(self) -> np.ndarray:
        """(p,) categories per item."""
        return self.patterns.n_categories

    def log_prior(self) -> Floats:
        """(G, Q)."""
        return log_prior(self.theta, self.calibration.mean, self.calibration.variance)

    def curves(self, theta: Floats, group: int = 0) -> ThetaCurves:
        """Probabilities and derivatives by θ, (p, K, Q)."""
        return self.family.theta(self.items(group), self.sizes(), np.asarray(theta, float))

    def item_information(self, theta: Floats, group: int = 0) -> Floats:
        """(p, Q) Fisher information about θ."""
        return information_of(self.curves(theta, group))

    def by_row(self, values: Floats) -> Floats:
        """Values of patterns (N, …) handed to the rows (n, …)."""
        return np.asarray(values[self.patterns.row_pattern])

    def people(self) -> Floats:
        """(N,) people behind each pattern; sampling weights do not count."""
        counted = np.bincount(self.patterns.row_pattern, self.rows.multiplicity, len(self.patterns.codes))
        return counted.astype(np.float64)

    def steps(self) -> list[Floats]:
        """Per item, (K_i,) codes above its lowest."""
        return [c - c[0] for c in self.patterns.categories]


def information_of(curves: ThetaCurves) -> Floats:
    """(p, Q): Σ_k P′²/P."""
    return np.asarray((curves.first**2 / np.maximum(curves.p, 1e-200)).sum(axis=1))
