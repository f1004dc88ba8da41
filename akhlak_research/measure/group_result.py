"""What a comparison of groups gives: a group's score, the test of all, the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Result, Unavailable, result
from akhlak_research.counts.tables import label_of

Number = float | Unavailable


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group's score on one dimension, beside the reference group.

    Attributes
    ----------
    dimension, group : str
        ``dimension`` is empty for a DataFrame.
    n : int
        People used.
    mean : Estimate or Unavailable
        In keyed scale points.
    sd : float or Unavailable
    difference : Estimate or Unavailable
        Mean less that of the reference; itself ``Unavailable("reference_group")`` for the reference.
    pvalue, pvalue_adjusted : float or Unavailable
        Welch's t, two-sided; the second by Holm over all differences of the result.
    hedges_g : Estimate or Unavailable
        The difference in standard deviations: √ of the average variance of the two groups, small-sample corrected.
    superiority : Estimate or Unavailable
        Chance that a person of the group scores higher than one of the reference, ties counting half; Cliff's delta is
        twice this less one.
    """

    dimension: str
    group: str
    n: int
    mean: Estimate | Unavailable
    sd: Number
    difference: Estimate | Unavailable
    pvalue: Number
    pvalue_adjusted: Number
    hedges_g: Estimate | Unavailable
    superiority: Estimate | Unavailable


@dataclass(frozen=True, slots=True)
class Overall:
    """Welch's test that all groups have one mean on a dimension, and the share of variance between them, ω²."""

    dimension: str
    n: int
    statistic: Number
    df: Number
    df_error: Number
    pvalue: Number
    omega_squared: Estimate | Unavailable


@result
class GroupComparison(Result):
    """Scores of groups.

    Attributes
    ----------
    group, reference : str
        Grouping variable, and the group that others are compared with.
    scores : tuple of GroupScore
        Dimensions in the instrument's order, within one the groups in sorted order.
    overall : tuple of Overall
        One per dimension.
    level : float
    """

    kind: ClassVar[str] = "group_comparison"
    further_tables: ClassVar[tuple[str, ...]] = ("tests",)
    group: str
    reference: str
    scores: tuple[GroupScore, ...]
    overall: tuple[Overall, ...]
    level: float

    def __getitem__(self, group: object) -> tuple[GroupScore, ...]:
        """A group's scores, one per dimension."""
        found = tuple(one for one in self.scores if one.group == label_of(group))
        if not found:
            known = list(dict.fromkeys(one.group for one in self.scores))
            raise ArgumentError("unknown_choice", argument="group", got=group, expected=known)
        return found

    def table(self) -> pd.DataFrame:
        """One row per dimension and group: ``dimension group n``, the mean, its limits and ``sd``, then ``difference
        ci_low ci_high pvalue pvalue_adjusted``, ``hedges_g`` and ``superiority`` with their limits; differences of the
        reference group from itself are empty."""
        rows = []
        for one in self.scores:
            row = {"dimension": one.dimension, "group": one.group, "n": one.n}
            row |= _columns("mean", one.mean) | {"sd": float(one.sd)}
            row |= {
                "difference": one.difference.estimate, "ci_low": one.difference.interval.low,
                "ci_high": one.difference.interval.high, "pvalue": float(one.pvalue),
                "pvalue_adjusted": float(one.pvalue_adjusted),
            }  # fmt: skip
            rows.append(row | _columns("hedges_g", one.hedges_g) | _columns("superiority", one.superiority))
        return pd.DataFrame(rows)

    def tests(self) -> pd.DataFrame:
        """One row per dimension: ``dimension n statistic df df_error pvalue omega_squared ci_low ci_high``."""
        return pd.DataFrame(
            [
                {
                    "dimension": one.dimension, "n": one.n, "statistic": float(one.statistic), "df": float(one.df),
                    "df_error": float(one.df_error), "pvalue": float(one.pvalue),
                    "omega_squared": one.omega_squared.estimate, "ci_low": one.omega_squared.interval.low,
                    "ci_high": one.omega_squared.interval.high,
                }
                for one in self.overall
            ]
        )  # fmt: skip

    def headline(self) -> str:
        """Grouping variable, its groups, and the largest difference in standard deviations."""
        sizes = [abs(one.hedges_g.estimate) for one in self.scores if isinstance(one.hedges_g, Estimate)]
        largest = f"; largest |g| {max(sizes):.2f}" if sizes else ""
        return f"by {self.group}: {len({one.group for one in self.scores})} groups against {self.reference}{largest}"


def _columns(name: str, value: Estimate | Unavailable) -> dict[str, float]:
    return {
        name: value.estimate,
        f"{name}_ci_low": value.interval.low,
        f"{name}_ci_high": value.interval.high,
    }
