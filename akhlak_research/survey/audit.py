"""What was done to the weights, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.results import Notice, Result, result
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.domains import inputs_of
from akhlak_research.survey.linearised import Floats


@dataclass(frozen=True, slots=True)
class MarginReached:
    """One known total: what the weights gave before and give after."""

    margin: str
    category: str
    n: int
    wanted: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How unequal weights are.

    Attributes
    ----------
    n : int
    total, low, median, high : float
        Sum, smallest, median and largest weight.
    cv : float
        Coefficient of variation.
    kish_deff : float
        n Σw² / (Σw)² = 1 + cv².
    effective_n : float
        n / kish_deff.
    """

    n: int
    total: float
    low: float
    median: float
    high: float
    cv: float
    kish_deff: float
    effective_n: float


@dataclass(frozen=True, slots=True)
class WeightStep:
    """One adjustment.

    Attributes
    ----------
    kind : str
        ``nonresponse``, ``poststratify``, ``rake``, ``calibrate``, ``trim``.
    before, after : Spread
    factor_low, factor_high : float
        Smallest and largest change of a weight.
    iterations : int
    gap : float
        Largest |reached / wanted − 1| over known totals.
    margins : tuple of MarginReached
    changed : int
        Weights changed.
    replicates_off : int
        Replicates whose weights miss a margin (a category without people in them, most often).
    """

    kind: str
    before: Spread
    after: Spread
    factor_low: float
    factor_high: float
    iterations: int
    gap: float
    margins: tuple[MarginReached, ...] = ()
    changed: int = 0
    replicates_off: int = 0


@result
class WeightAudit(Result):
    """The weights of a design and the way to them.

    Attributes
    ----------
    spread : Spread
        Of the weights now.
    steps : tuple of WeightStep
        Adjustments, oldest first.
    """

    kind: ClassVar[str] = "weight_audit"
    spread: Spread
    steps: tuple[WeightStep, ...]

    @property
    def margins(self) -> pd.DataFrame:
        """Known totals of all steps: ``step margin category n wanted before after gap_percent``."""
        rows = [
            (step.kind, one.margin, one.category, one.n, one.wanted, one.before, one.after,
             100 * (one.after / one.wanted - 1))
            for step in self.steps for one in step.margins
        ]  # fmt: skip
        names = ["step", "margin_of", "category", "n", "wanted", "before", "after", "gap_percent"]
        return pd.DataFrame(rows, columns=names)

    def table(self) -> pd.DataFrame:
        """One row per step, the weights before the first one on top: spread, Kish's design effect, factors, gap."""
        rows = []
        if self.steps:
            rows.append(("design_weights", self.steps[0].before, np.nan, np.nan, np.nan, np.nan))
            for step in self.steps:
                rows.append((step.kind, step.after, step.factor_low, step.factor_high, step.iterations, step.gap))
        else:
            rows.append(("design_weights", self.spread, np.nan, np.nan, np.nan, np.nan))
        return pd.DataFrame(
            [
                {
                    "step": kind, "n": spread.n, "weight_sum": spread.total, "weight_low": spread.low,
                    "weight_median": spread.median, "weight_high": spread.high, "kish_deff": spread.kish_deff,
                    "effective_n": spread.effective_n, "factor_low": low, "factor_high": high,
                    "iterations": count, "gap": gap,
                }
                for kind, spread, low, high, count, gap in rows
            ]
        ).astype({"iterations": "Int64"})  # fmt: skip

    def headline(self) -> str:
        """Spread and design effect."""
        s = self.spread
        return f"{s.low:.4g}–{s.high:.4g}, Kish deff {s.kish_deff:.3f}, {len(self.steps)} steps"


def replicate_notices(design: SurveyDesign) -> list[Notice]:
    """A caution where replicate weights miss known totals that the weights meet."""
    off = max((step.replicates_off for step in design.steps), default=0)
    if not off or design.replicates is None:
        return []
    return [Notice("replicates_off_margins", "caution", {"n": off, "count": design.replicates.count})]


def spread_of(w: Floats) -> Spread:
    """Spread of weights."""
    n, total = len(w), float(w.sum())
    deff = n * float(w @ w) / total**2
    return Spread(
        n,
        total,
        float(w.min()),
        float(np.median(w)),
        float(w.max()),
        float(np.sqrt(max(deff - 1, 0.0))),
        deff,
        n / deff,
    )


def audit_weights(design: SurveyDesign) -> WeightAudit:
    """What was done to the weights of a design: convergence, margins reached, spread, Kish's design effect.

    Parameters
    ----------
    design : SurveyDesign

    Returns
    -------
    WeightAudit
        ``.table()`` with one row per step, ``.margins`` with every known total before and after, ``.spread``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> design = ak.SurveyDesign(pd.DataFrame({"sex": list("LLLPP")}), weights=[10.0] * 5)
    >>> audit = ak.audit_weights(ak.rake(design, {"sex": {"L": 20, "P": 30}}))
    >>> audit
    <weight_audit 6.667–15, Kish deff 1.167, 1 steps>
    >>> audit.margins[["category", "wanted", "before", "after"]].values.tolist()
    [['L', 20.0, 30.0, 20.0], ['P', 30.0, 20.0, 30.0]]

    References
    ----------
    Kish, L. (1965), Survey Sampling, section 11.7.
    """
    w = design.weights
    used = np.ones(design.n, dtype=bool)
    spread, notices = spread_of(w), []
    if any(step.margins for step in design.steps) and design.steps[-1].kind == "trim":
        notices.append(Notice("trimmed_after_margins", "caution"))
    notices += replicate_notices(design)
    return WeightAudit(
        inputs=inputs_of(design, ("weights",), w, used, "none"),
        notices=tuple(notices),
        spread=spread,
        steps=design.steps,
    )
