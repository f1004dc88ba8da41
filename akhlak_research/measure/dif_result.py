"""Results of tests for differential item functioning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Result, Unavailable, result
from akhlak_research.measure.dif_tested import DifCurve, Number


@dataclass(frozen=True, slots=True)
class ItemDif:
    """One item, one group beside the reference.

    Attributes
    ----------
    item, group, reference : str
    n_group, n_reference : int
    chisq, df, pvalue : float, int, float or Unavailable
        The test asked for; ``generalised-mantel-haenszel`` tests all groups at once and repeats it for each.
    pvalue_uniform, pvalue_nonuniform, pvalue_adjusted : float or Unavailable
    log_odds : Estimate or Unavailable
        Common log odds ratio of a higher answer, group to reference.
    difference : Estimate or Unavailable
        Group minus reference in points of the item's scale, at equal standing, averaged over the group's people.
    effect_size : float or Unavailable
        Standardised expected-score difference: mean absolute difference over the group's people (for the tests on
        strata: the signed mean difference) divided by the item's standard deviation within groups.
    area : float or Unavailable
        Mean absolute distance of the two curves over the range of the matching score (θ from −4 to 4).
    nagelkerke, mcfadden : float or Unavailable
        What the group adds to R².
    jodoin_gierl, zumbo_thomas : str or Unavailable
        Class A, B or C of ``nagelkerke`` by their cut-offs.
    points : Estimate or Unavailable
        What the item alone does to the group's index of 0–100, in index points.
    form : str
        ``uniform``, ``nonuniform`` or ``none``.
    verdict : str
        ``dif_none``, ``dif_negligible``, ``dif_moderate`` or ``dif_large``; ``dif_untested``.
    curve : DifCurve or None
    """

    item: str
    group: str
    reference: str
    n_group: int
    n_reference: int
    chisq: Number
    df: int | Unavailable
    pvalue: Number
    pvalue_uniform: Number
    pvalue_nonuniform: Number
    pvalue_adjusted: Number
    log_odds: Estimate | Unavailable
    difference: Estimate | Unavailable
    effect_size: Number
    area: Number
    nagelkerke: Number
    mcfadden: Number
    jodoin_gierl: str | Unavailable
    zumbo_thomas: str | Unavailable
    points: Estimate | Unavailable
    form: str
    verdict: str
    curve: DifCurve | None


@result
class DifResult(Result):
    """Items tested for differential functioning; ``result["KP1"]`` holds the comparisons of one item.

    Attributes
    ----------
    group, reference, method, matching, test, adjust : str
    comparisons : tuple of ItemDif
        Items in the order of the data, within an item the groups in sorted order.
    flagged : tuple of str
        Items whose adjusted p is below ``dif_p`` and whose effect reaches ``dif_size_moderate`` in some group.
    anchors : mapping
        Group to the items it was matched on in the last round.
    rounds : mapping
        Group to rounds of purification.
    groups : DataFrame
        ``group n index flagged_points all_points``: the index of each group and how many of its points come from
        flagged items (and from all items) working differently than in the reference.
    units : DataFrame or None
        The same per unit, each person counted with the average effect on their group.
    level : float
    """

    kind: ClassVar[str] = "dif"
    further_tables: ClassVar[tuple[str, ...]] = ("groups",)
    group: str
    reference: str
    method: str
    matching: str
    test: str
    adjust: str
    comparisons: tuple[ItemDif, ...]
    flagged: tuple[str, ...]
    anchors: dict[str, tuple[str, ...]]
    rounds: dict[str, int]
    groups: pd.DataFrame
    units: pd.DataFrame | None
    level: float

    def __getitem__(self, item: str) -> tuple[ItemDif, ...]:
        found = tuple(one for one in self.comparisons if one.item == item)
        if not found:
            known = list(dict.fromkeys(one.item for one in self.comparisons))
            raise ArgumentError("unknown_choice", argument="item", got=item, expected=known)
        return found

    def table(self) -> pd.DataFrame:
        """One row per item and group: ``item group reference n_group n_reference chisq df pvalue pvalue_uniform
        pvalue_nonuniform pvalue_adjusted log_odds nagelkerke jodoin_gierl zumbo_thomas scale_difference effect_size
        area points ci_low ci_high form verdict``."""
        return pd.DataFrame([
            {
                "item": one.item, "group": one.group, "reference": one.reference, "n_group": one.n_group,
                "n_reference": one.n_reference, "chisq": one.chisq, "df": one.df, "pvalue": one.pvalue,
                "pvalue_uniform": one.pvalue_uniform, "pvalue_nonuniform": one.pvalue_nonuniform,
                "pvalue_adjusted": one.pvalue_adjusted, "log_odds": _value(one.log_odds),
                "nagelkerke": one.nagelkerke, "jodoin_gierl": one.jodoin_gierl, "zumbo_thomas": one.zumbo_thomas,
                "scale_difference": _value(one.difference), "effect_size": one.effect_size, "area": one.area,
                "points": _value(one.points), "ci_low": one.points.interval.low, "ci_high": one.points.interval.high,
                "form": one.form, "verdict": one.verdict,
            }
            for one in self.comparisons
        ])  # fmt: skip

    def headline(self) -> str:
        """The method, the grouping variable and the items named."""
        named = ", ".join(self.flagged) or "no item"
        return f"{self.method} by {self.group} (reference {self.reference}): {named} flagged"


def _value(one: Estimate | Unavailable) -> Number:
    return one if isinstance(one, Unavailable) else one.estimate
