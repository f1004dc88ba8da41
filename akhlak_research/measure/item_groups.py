"""A screen for items that work differently in groups."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, group_labels
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.item_group_kernels import group_means, hc3, holm
from akhlak_research.measure.material import dimensions_of, take_items
from akhlak_research.responses.model import Responses


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """One item in one group, beside the reference group.

    Attributes
    ----------
    item, dimension, group : str
        ``dimension`` is empty for a DataFrame.
    n : int
        People of the group who answered every item of the dimension.
    difference : Estimate or Unavailable
        Group minus reference in keyed scale points at equal rest score; its ``n`` counts everybody in the regression.
    pvalue, pvalue_adjusted : float or Unavailable
        Two-sided; the second by Holm over all tests of the screen.
    effect_size : float or Unavailable
        ``difference`` divided by the standard deviation of the item within groups.
    raw_difference : float or Unavailable
        Difference of the means, whatever the rest score.
    """

    item: str
    dimension: str
    group: str
    n: int
    difference: Estimate | Unavailable
    pvalue: float | Unavailable
    pvalue_adjusted: float | Unavailable
    effect_size: float | Unavailable
    raw_difference: float | Unavailable


@result
class ItemGroups(Result):
    """Items compared between groups; ``screen["A1"]`` holds the comparisons of one item.

    Attributes
    ----------
    group, reference : str
        Name of the grouping variable, and its largest group.
    comparisons : tuple of ItemGroup
        Items in the order of the data, within an item the groups in sorted order.
    flagged : tuple of str
        Items that meet both cut-offs of the catalogue ``item_groups`` in some group.
    level : float
    """

    kind: ClassVar[str] = "item_groups"
    group: str
    reference: str
    comparisons: tuple[ItemGroup, ...]
    flagged: tuple[str, ...]
    level: float

    def __getitem__(self, item: str) -> tuple[ItemGroup, ...]:
        found = tuple(one for one in self.comparisons if one.item == item)
        if not found:
            known = list(dict.fromkeys(one.item for one in self.comparisons))
            raise ArgumentError("unknown_choice", argument="item", got=item, expected=known)
        return found

    def table(self) -> pd.DataFrame:
        """One row per item and group: ``item dimension group reference n difference std_error ci_low ci_high pvalue
        pvalue_adjusted effect_size raw_difference``."""
        return pd.DataFrame(
            [
                {
                    "item": one.item, "dimension": one.dimension, "group": one.group, "reference": self.reference,
                    "n": one.n, "difference": one.difference.estimate, "std_error": float(one.difference.se),
                    "ci_low": one.difference.interval.low, "ci_high": one.difference.interval.high,
                    "pvalue": float(one.pvalue), "pvalue_adjusted": float(one.pvalue_adjusted),
                    "effect_size": float(one.effect_size), "raw_difference": float(one.raw_difference),
                }
                for one in self.comparisons
            ]
        )  # fmt: skip

    def headline(self) -> str:
        """The grouping variable and the items named."""
        return f"by {self.group} (reference {self.reference}): {', '.join(self.flagged) or 'no item'} flagged"


def compare_items(
    items: pd.DataFrame | Responses,
    group: str | pd.Series,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> ItemGroups:
    """Screen for items that work differently in groups: differences between groups at equal rest score.

    Each item is regressed (least squares) on indicators of the groups and the mean of the other items of its
    dimension. The coefficient of a group is its difference from the largest group, in keyed scale points, among people
    with the same rest score; its standard error is heteroscedasticity-consistent (HC3), its interval and p are those of
    Student's t with n − parameters degrees of freedom.

    This is a screen, not a model of differential item functioning (DIF): it is linear on an ordinal scale; the rest
    score carries measurement error, so part of a true difference between groups stays in the coefficient of every item;
    and an item that works differently contaminates the rest score of the others, which then seem to differ the other
    way. ``dif`` is the tool for what the screen names.

    Parameters
    ----------
    items : DataFrame or Responses
        n × k codes. For Responses the other items are those of the item's own dimension, for a DataFrame all others.
    group : str or Series
        A background variable of Responses, a column of the DataFrame (then no item), or a Series of n labels. Rows
        without a group are left out and counted in a notice; so are groups of fewer than ten people (catalogue
        ``item_groups``).
    keys : mapping, optional
        ``{"A1": -1}`` turns item A1 around; needs ``scale``. Responses bring their own keys.
    scale : (low, high), optional
        Limits of the codes of a DataFrame.
    weights : array of length n, optional
        Sampling weights: weighted least squares and means, with HC3 errors of people drawn with unequal chances; their
        scale does not matter. The largest group and n count people. Responses bring their own.
    level : float
        Level of the intervals.

    Returns
    -------
    ItemGroups
        ``.table()``, ``.flagged``, ``["A1"]``. Listwise deletion within a dimension. An item without variance within
        groups, without other items, or with too few complete answers in a group has ``Unavailable`` values.

    Raises
    ------
    MethodError
        ``one_group`` where fewer than two groups are left.
    DataError, ArgumentError
        As ``analyse_items``; ``by_unknown``, ``by_invalid``, ``by_index`` for the group.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> screen = ak.compare_items(ak.Study("data/bfi").responses, "gender")
    >>> screen
    <item_groups by gender (reference 2): A1, N5 flagged>
    >>> round(screen["A1"][0].difference.estimate, 2)
    -0.32

    References
    ----------
    Long, J. S. & Ervin, L. H. (2000), The American Statistician 54, 217–224 (HC3); Holm, S. (1979), Scandinavian
    Journal of Statistics 6, 65–70.
    """
    check_level(level)
    labels, items, name = group_labels(items, group)
    rows = as_rows(items, keys=keys, scale=scale, weights=weights)
    given = items.weights if isinstance(items, Responses) and items.weights is not None else weights
    # rows of weight zero are gone from the answers, so their labels go too
    present = labels if given is None else labels[np.asarray(given, dtype=np.float64) > 0]
    groups = _groups(present, name)
    blocks = dimensions_of(items, None) or {"": rows.names}
    found = [one for code, names in blocks.items() for one in _dimension(take_items(rows, names), code, groups, level)]
    found.sort(key=lambda one: rows.names.index(one.item))
    comparisons = _adjusted(found)
    flagged = _flagged(comparisons)
    used = np.zeros(len(rows.values), dtype=bool)
    for names in blocks.values():
        used |= ~np.isnan(take_items(rows, names).values).any(axis=1) & (groups.code >= 0)
    digest = hashlib.sha256(f"{rows.digest}{groups.names}{groups.code.tolist()}".encode()).hexdigest()
    return ItemGroups(
        inputs=replace(rows.inputs(int(used.sum()), "listwise per dimension"), digest=digest), group=name,
        reference=groups.names[groups.reference], comparisons=comparisons, flagged=flagged, level=level,
        notices=_notices(comparisons, flagged, groups, name),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups large enough: their names in sorted order, and (n,) codes, −1 where a row is left out."""

    names: tuple[str, ...]
    code: NDArray[np.int64]
    reference: int
    small: tuple[str, ...]
    without: int
    smallest: int


def _groups(labels: pd.Series, name: str) -> _Groups:
    smallest = int(load("item_groups")["smallest_group"]["people"])
    code, known = pd.factorize(labels, sort=True)
    size = np.bincount(code[code >= 0], minlength=len(known))
    large = size >= smallest
    names = tuple(str(label) for label in known[large])
    if len(names) < 2:
        raise MethodError("one_group", group=name, got=list(names) or "–", expected=smallest)
    place = np.append(np.where(large, np.cumsum(large) - 1, -1), -1)[code]
    return _Groups(
        names, place.astype(np.int64), int(np.argmax(size[large])), tuple(str(label) for label in known[~large]),
        int((code < 0).sum()), smallest,
    )  # fmt: skip


def _dimension(block: Rows, dimension: str, groups: _Groups, level: float) -> Iterator[ItemGroup]:
    """The comparisons of the items of one dimension."""
    keep = np.asarray(~np.isnan(block.values).any(axis=1) & (groups.code >= 0))
    size = np.bincount(groups.code[keep], minlength=len(groups.names))
    enough = size >= groups.smallest
    others = [at for at in range(len(groups.names)) if at != groups.reference]
    keep &= np.append(enough, False)[groups.code]
    values, code = block.values[keep], groups.code[keep]
    weights = np.ones(len(values)) if block.weights is None else block.weights[keep]
    # the reference takes code 0, the others follow
    compared = [groups.reference, *(at for at in others if enough[at])]
    place = np.zeros(len(groups.names), dtype=np.int64)
    place[compared] = np.arange(len(compared))
    possible = enough[groups.reference] and len(compared) > 1
    for position, item in enumerate(block.names):
        fitted = _item(item, values, position, place[code], weights, level) if possible else []
        for at in others:
            n = int(size[at])
            if possible and enough[at]:
                one = fitted[place[at] - 1]
            else:
                said = {"item": item, "group": groups.names[at], "reference": groups.names[groups.reference]}
                one = _none(Unavailable("group_too_small", said | {"smallest": groups.smallest}))
            yield ItemGroup(item, dimension, groups.names[at], n, *one)


_Values = tuple[
    Estimate | Unavailable, float | Unavailable, float | Unavailable, float | Unavailable, float | Unavailable
]


def _none(why: Unavailable, raw: float | Unavailable | None = None) -> _Values:
    return why, why, why, why, why if raw is None else raw


def _item(item: str, values: Floats, position: int, group: NDArray[Any], w: Floats, level: float) -> list[_Values]:
    """Difference, p, p, size and raw difference of groups 1 … g − 1 from group 0."""
    from scipy.special import stdtr, stdtrit

    y, g = values[:, position], int(group.max()) + 1
    mean, sd = group_means(y, group, w, g)
    raw = [float(one) for one in mean[1:] - mean[0]]
    said = {"item": item}
    if sd == 0:
        return [_none(Unavailable("item_constant_within_groups", said), one) for one in raw]
    if values.shape[1] == 1:
        return [_none(Unavailable("item_without_rest", said), one) for one in raw]
    rest = np.delete(values, position, axis=1).mean(axis=1)
    dummies = (group[:, None] == np.arange(1, g)).astype(np.float64)
    fit = None
    if group_means(rest, group, w, g)[1] > 0:
        fit = hc3(y, np.column_stack([np.ones(len(y)), dummies, rest - rest.mean()]), w)
    if fit is None:
        return [_none(Unavailable("rest_constant_within_groups", said), one) for one in raw]
    b, se = fit[0][1:g], fit[1][1:g]
    if np.isnan(se).any():
        return [_none(Unavailable("item_follows_rest", said), one) for one in raw]
    df = len(y) - g - 1
    reach = float(stdtrit(df, 0.5 + level / 2)) * se
    p = 2 * stdtr(df, -np.abs(b / se))
    return [
        (Estimate(float(b[k]), float(se[k]), Interval(float(b[k] - reach[k]), float(b[k] + reach[k]), level, "hc3-t"),
                  len(y)), float(p[k]), float(p[k]), float(b[k]) / sd, raw[k])
        for k in range(g - 1)
    ]  # fmt: skip


def _adjusted(found: Sequence[ItemGroup]) -> tuple[ItemGroup, ...]:
    """Holm's adjustment over every test that exists."""
    tested = [at for at, one in enumerate(found) if isinstance(one.pvalue, float)]
    adjusted = dict(zip(tested, holm(np.array([float(found[at].pvalue) for at in tested])).tolist(), strict=True))
    return tuple(replace(one, pvalue_adjusted=adjusted.get(at, one.pvalue)) for at, one in enumerate(found))


def _flagged(comparisons: Sequence[ItemGroup]) -> tuple[str, ...]:
    policy = load("item_groups")
    p, size = policy["pvalue_adjusted"]["below"], policy["effect_size"]["at_least"]
    met = (one.item for one in comparisons if float(one.pvalue_adjusted) < p and abs(float(one.effect_size)) >= size)
    return tuple(dict.fromkeys(met))


def _notices(
    comparisons: Sequence[ItemGroup], flagged: tuple[str, ...], groups: _Groups, name: str
) -> tuple[Notice, ...]:
    said = {"group": name, "size": load("item_groups")["effect_size"]["at_least"]}
    found = [
        Notice("item_groups_flagged", "caution", said | {"items": flagged})
        if flagged
        else Notice("item_groups_none_flagged", "info", said)
    ]
    constant = dict.fromkeys(
        one.item
        for one in comparisons
        if isinstance(one.pvalue, Unavailable) and one.pvalue.code == "item_constant_within_groups"
    )
    if constant:
        found.append(Notice("item_groups_constant", "warning", {"items": tuple(constant)}))
    if groups.small:
        values = {"count": len(groups.small), "groups": groups.small[:10], "smallest": groups.smallest}
        found.append(Notice("item_groups_small", "caution", values))
    if groups.without:
        found.append(Notice("item_groups_without_group", "caution", {"n": groups.without}))
    return tuple(found)
