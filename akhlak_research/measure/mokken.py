"""Mokken scaling: do the items order people, and people the items, without a parametric model?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import ByGroup, Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows, repeat_by
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import several_dimensions
from akhlak_research.measure.mokken_checks import Violations, item_ordering, monotonicity, smallest_group
from akhlak_research.measure.mokken_kernels import person_scalability, scalability
from akhlak_research.measure.mokken_selection import select_items
from akhlak_research.responses.model import Responses

_ALPHA = 0.05


@result
class Mokken(Result):
    """Scalability of a set of items.

    Attributes
    ----------
    scale : Estimate
        H of all items.
    items : mapping
        Item to H_i.
    pairs : DataFrame
        ``item item_2 h std_error ci_low ci_high``, one row per pair.
    ht : float or Unavailable
        H^T: how far persons order the items alike; to be read where ordering holds.
    selection : mapping
        Item to the number of the scale that automated selection puts it in, 0 for none.
    monotonicity, ordering : mapping
        Item to its ``Violations``.
    strength : str
        ``mokken_strong``, ``mokken_medium``, ``mokken_weak`` or ``mokken_none``: H beside the customary cut-offs.
    means : mapping
        Item to mean.
    group_size : int
        People per rest-score group.
    lower_bound, level : float
    """

    kind: ClassVar[str] = "mokken"
    further_tables: ClassVar[tuple[str, ...]] = ("pairs",)
    scale: Estimate
    items: dict[str, Estimate]
    pairs: pd.DataFrame
    ht: float | Unavailable
    selection: dict[str, int]
    monotonicity: dict[str, Violations]
    ordering: dict[str, Violations]
    strength: str
    means: dict[str, float]
    group_size: int
    lower_bound: float
    level: float

    def table(self) -> pd.DataFrame:
        """One row per item and one for the scale: ``item mean h std_error ci_low ci_high scale_number monotone_broken
        monotone_significant order_broken order_significant``."""
        rows = [
            {
                "item": name, "mean": self.means[name], **_numbers(h), "scale_number": self.selection[name],
                "monotone_broken": self.monotonicity[name].violations,
                "monotone_significant": self.monotonicity[name].significant,
                "order_broken": self.ordering[name].violations, "order_significant": self.ordering[name].significant,
            }
            for name, h in self.items.items()
        ]  # fmt: skip
        return pd.DataFrame([*rows, {"item": "total", **_numbers(self.scale)}]).astype(
            dict.fromkeys(["scale_number", *(c for c in rows[0] if c.startswith(("monotone", "order")))], "Int64")
        )

    def headline(self) -> str:
        """H and its interval."""
        return f"H = {self.scale.estimate:.3f} [{self.scale.interval.low:.3f}, {self.scale.interval.high:.3f}]"


def _numbers(h: Estimate) -> dict[str, float]:
    return {"h": h.estimate, "std_error": float(h.se), "ci_low": h.interval.low, "ci_high": h.interval.high}


def mokken(
    items: pd.DataFrame | Responses,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    lower_bound: float = 0.3,
    group_size: int | None = None,
    smallest_violation: float = 0.03,
    level: float = 0.95,
) -> Mokken | ByGroup[Mokken]:
    """Scalability coefficients, monotonicity, invariant item ordering and automated item selection.

    Parameters
    ----------
    items : DataFrame or Responses
        Item codes of one scale, respondents × items, all keyed in one direction.
    keys, scale : mapping, (low, high), optional
        Reverse keying and limits of the codes of a DataFrame.
    weights : array (n,), optional
        Sampling weights: weighted coefficients, errors of people drawn independently with unequal chances.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    by : str or Series, optional
        Repeat for each group.
    lower_bound : float
        c of the automated selection, 0 ≤ c < 1.
    group_size : int, optional
        Fewest people in a rest-score group; default n/10 from 500 people, n/5 from 250, else n/3 but at least 50.
    smallest_violation : float
        Reversals of probabilities smaller than this are not counted; in the ordering of items, multiplied by the
        range of the scale.
    level : float
        Level of the intervals (normal).

    Returns
    -------
    Mokken, or ByGroup of Mokken
        ``.scale`` (H), ``.items`` (H_i), ``.pairs`` (H_ij), ``.ht``, ``.selection``, ``.table()``.

    Raises
    ------
    DataError
        ``too_few_items`` (fewer than three), ``constant_item``, ``too_few_rows``.
    ArgumentError
        ``mokken_bound`` for a lower bound outside 0–1.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.mokken(ak.Study("data/bfi").responses.of_dimension("N"))
    >>> round(found.scale.estimate, 3), found.strength
    (0.483, 'mokken_medium')

    Notes
    -----
    *Missing answers.* Complete rows are used.

    *Errors* come from the delta method with the order of item steps taken as known; two steps of exactly equal
    popularity share the derivative. The tests of violations are normal, one-sided, at 5 percent, not adjusted; a
    violation is a reason to look, not a proof.

    *Selection* looks at these data alone; with many items and few people it finds scales that another sample will
    not show.

    References
    ----------
    Mokken, R. J. (1971), A theory and procedure of scale analysis; Sijtsma, K. & Molenaar, I. W. (2002), Introduction
    to nonparametric item response theory; Kuijpers, R. E., van der Ark, L. A. & Croon, M. A. (2013), Sociological
    Methodology 43, 42–69; Ligtvoet, R. et al. (2010), Educational and Psychological Measurement 70, 578–595.
    """
    check_level(level)
    if not 0 <= lower_bound < 1:
        raise ArgumentError("mokken_bound", got=lower_bound)
    return repeat_by(
        _mokken, items, by, weights=weights, frequencies=frequencies, keys=keys, scale=scale,
        lower_bound=lower_bound, group_size=group_size, smallest_violation=smallest_violation, level=level,
    )  # fmt: skip


def _mokken(
    items: pd.DataFrame | Responses,
    *,
    keys: Keys | None,
    scale: Scale | None,
    weights: ArrayLike | None,
    frequencies: ArrayLike | None,
    lower_bound: float,
    group_size: int | None,
    smallest_violation: float,
    level: float,
) -> Mokken:
    rows = as_rows(items, keys=keys, scale=scale, weights=weights, frequencies=frequencies)
    used = rows.complete()
    _check(used, rows.n_rows)
    values, people = used.values, used.multiplicity
    weight = np.ones(len(values)) if used.weights is None else used.weights
    squared = weight**2 if used.weighting == "sampling" else weight
    n = float(people.sum())
    found = scalability(values, weight, squared)
    size = group_size or smallest_group(int(n))
    checks = _checks(values, weight, people, size, smallest_violation)
    ht = person_scalability(values, weight, squared)
    names = used.names
    h = _estimate(found.scale, found.scale_error, int(n), level)
    upper = np.triu_indices(len(names), 1)
    pairs = pd.DataFrame([
        {"item": names[i], "item_2": names[j],
         **_numbers(_estimate(float(found.pairs[i, j]), float(found.pair_errors[i, j]), int(n), level))}
        for i, j in zip(*upper, strict=True)
    ])  # fmt: skip
    selected = select_items(found.covariance, found.largest, n, lower_bound, _ALPHA)
    return Mokken(
        inputs=rows.inputs(int(n), "listwise"),
        notices=several_dimensions(items) + _notices(names, found.items, found.pairs, checks),
        scale=h, pairs=pairs, ht=Unavailable("mokken_no_ht") if np.isnan(ht) else ht,
        items={name: _estimate(float(a), float(b), int(n), level)
               for name, a, b in zip(names, found.items, found.item_errors, strict=True)},
        selection=dict(zip(names, selected.tolist(), strict=True)),
        monotonicity=dict(zip(names, checks[0], strict=True)), ordering=dict(zip(names, checks[1], strict=True)),
        strength=_strength(h.estimate), group_size=size, lower_bound=lower_bound, level=level,
        means=dict(zip(names, (weight @ values / weight.sum()).tolist(), strict=True)),
    )  # fmt: skip


def _check(rows: Rows, n_rows: int) -> None:
    if len(rows.names) < 3:
        raise DataError("too_few_items", got=len(rows.names), expected=3)
    if rows.multiplicity.sum() < 3:
        raise DataError("too_few_rows", got=int(rows.multiplicity.sum()), n_rows=n_rows, expected=3)
    constant = [name for i, name in enumerate(rows.names) if np.ptp(rows.values[:, i]) == 0]
    if constant:
        raise DataError("constant_item", column=constant[0], items=constant)


def _checks(
    values: Floats, weight: Floats, people: Floats, size: int, least: float
) -> tuple[list[Violations], list[Violations]]:
    from scipy.special import ndtri

    critical = float(ndtri(1 - _ALPHA))
    total = values.sum(axis=1)
    monotone = [
        monotonicity(values[:, i], total - values[:, i], weight, people, size, least, critical)
        for i in range(values.shape[1])
    ]
    return monotone, item_ordering(values, weight, people, size, least * float(np.ptp(values)), critical)[0]


def _estimate(value: float, error: float, n: int, level: float) -> Estimate:
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + level / 2)) * error
    return Estimate(value, error, Interval(value - reach, value + reach, level, "delta"), n)


def _strength(h: float) -> str:
    for word in ("strong", "medium", "weak"):
        if thresholds(f"mokken_{word}").met(h):
            return f"mokken_{word}"
    return "mokken_none"


def _notices(
    names: tuple[str, ...], h: Floats, pairs: Floats, checks: tuple[list[Violations], list[Violations]]
) -> tuple[Notice, ...]:
    found = []
    both = zip(*np.triu_indices(len(names), 1), strict=True)
    negative = [f"{names[i]}–{names[j]}" for i, j in both if pairs[i, j] < 0]
    if negative:
        found.append(Notice("mokken_negative", "warning", {"pairs": negative[:10], "count": len(negative)}))
    weak = [name for name, one in zip(names, h, strict=True) if not thresholds("mokken_weak").met(one)]
    if weak:
        found.append(Notice("mokken_weak_items", "caution", {"items": weak, "bound": thresholds("mokken_weak").value}))
    for code, one in zip(("mokken_not_monotone", "mokken_not_ordered"), checks, strict=True):
        broken = [name for name, seen in zip(names, one, strict=True) if seen.significant]
        if broken:
            found.append(Notice(code, "caution", {"items": broken}))
    return tuple(found)
