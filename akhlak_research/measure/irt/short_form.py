"""Which items are enough? The fewest that measure as precisely as is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.results import Irt, one_population


@result
class ShortForm(Result):
    """A choice of items.

    Attributes
    ----------
    items : tuple of str
        Chosen, in the order of the instrument.
    left_out : tuple of str
    wanted : str
        ``reliability`` or ``se``.
    target : float
    reliability, reliability_all : float
        Marginal reliability of the choice and of all items, on these people.
    path : DataFrame
        ``n_items items reliability se_worst``: the best choice found of each size: the price of an item;
        ``se_worst`` is the largest standard error within the range.
    range : (float, float)
        Of θ in which ``se_worst`` is taken.
    """

    kind: ClassVar[str] = "short_form"
    items: tuple[str, ...]
    left_out: tuple[str, ...]
    wanted: str
    target: float
    reliability: float
    reliability_all: float
    path: pd.DataFrame
    range: tuple[float, float]

    def table(self) -> pd.DataFrame:
        """One row per size."""
        return self.path

    def headline(self) -> str:
        """Items chosen and their reliability."""
        return f"{len(self.items)} items, reliability {self.reliability:.3f} (all: {self.reliability_all:.3f})"


def short_form(
    result: Irt,
    *,
    reliability: float | None = None,
    se: float | None = None,
    between: tuple[float, float] = (-2.0, 2.0),
    keep: Sequence[str] = (),
    at_least: Mapping[str, tuple[Sequence[str], int]] | None = None,
) -> ShortForm:
    """Choose the fewest items that reach a wanted precision.

    Parameters
    ----------
    result : Irt
        A fitted model of one group.
    reliability : float, optional
        Wanted marginal reliability among these people; the default, 0.80, if ``se`` is not given either.
    se : float, optional
        Wanted standard error of θ everywhere ``between`` two points; found exactly, by integer programming.
    between : (low, high)
        Range of θ for ``se`` and for the column ``se_worst``.
    keep : sequence of str
        Items that stay whatever they measure.
    at_least : mapping, optional
        ``{"name": (items, count)}``: of these items at least so many stay, e.g. some of every aspect.

    Returns
    -------
    ShortForm
        ``.items``, ``.path``. Precision is judged on the people that chose the items and so looks a little better
        than it will be; what the left-out items asked is no longer asked: content must be judged as well.

    Raises
    ------
    ArgumentError
        ``irt_short_target``: both or neither; ``keys_unknown``.
    MethodError
        ``irt_short_unreachable``: not even all items are precise enough.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> ak.short_form(fit, reliability=0.80).items
    ('N1', 'N2')

    References
    ----------
    van der Linden, W. J. (2005). Linear models for optimal test design. Springer.
    """
    fitted = one_population(result)
    names = list(fitted.patterns.names)
    if reliability is not None and se is not None:
        raise ArgumentError("irt_short_target")
    groups = dict(at_least or {})
    unknown = [n for n in [*keep, *(n for members, _ in groups.values() for n in members)] if n not in names]
    if unknown:
        raise ArgumentError("keys_unknown", got=unknown, expected=names)
    low, high = between
    if not low < high:
        raise ArgumentError("scale_limits", got=between)
    grid = np.linspace(low, high, 41)
    inside = fitted.item_information(grid)
    of_people = _Judge(
        fitted.item_information(fitted.theta), np.exp(fitted.log_prior()[0]), fitted.calibration.variance[0]
    )
    forced = np.array([name in keep for name in names])
    members = [(np.array([name in given for name in names]), count) for given, count in groups.values()]
    path = _path(of_people, inside, forced, members, names)
    target = se if se is not None else 0.80 if reliability is None else reliability
    if se is not None:
        chosen = _cover(inside, 1 / se**2, forced, members)
    else:
        enough = path[path["reliability"] >= target]
        chosen = None if enough.empty else np.array([name in enough.iloc[0]["items"] for name in names])
    if chosen is None:
        best = (
            float(1 / np.sqrt(inside.sum(0).min()))
            if se is not None
            else of_people.reliability(np.ones(len(names), bool))
        )
        raise MethodError("irt_short_unreachable", got=best, expected=target)
    return ShortForm(
        inputs=result.inputs,
        notices=(Notice("irt_short_same_people", "caution"),),
        items=tuple(name for name, taken in zip(names, chosen, strict=True) if taken),
        left_out=tuple(name for name, taken in zip(names, chosen, strict=True) if not taken),
        wanted="reliability" if se is None else "se",
        target=float(target),
        reliability=of_people.reliability(chosen),
        reliability_all=of_people.reliability(np.ones(len(names), bool)),
        path=path,
        range=(float(low), float(high)),
    )


class _Judge:
    """Marginal reliability of any choice of items."""

    def __init__(self, information: Floats, prior: Floats, variance: float) -> None:
        self.information, self.prior, self.variance = information, prior, variance

    def reliability(self, chosen: np.ndarray) -> float:
        """Mean of I/(I + 1/v) over people."""
        i = self.information[chosen].sum(axis=0)
        return float(self.prior @ (i / (i + 1 / self.variance)))


Members = list[tuple[np.ndarray, int]]


def _path(judge: _Judge, inside: Floats, forced: np.ndarray, members: Members, names: list[str]) -> pd.DataFrame:
    """The best choice found of every size: one item more at a time, then exchanges until none helps."""
    chosen = _smallest(judge, forced, members)
    rows = []
    while True:
        chosen = _exchange(judge, chosen, forced, members)
        worst = inside[chosen].sum(0).min() if chosen.any() else 0.0
        if chosen.any():
            taken = [name for name, on in zip(names, chosen, strict=True) if on]
            rows.append((int(chosen.sum()), taken, judge.reliability(chosen), float(1 / np.sqrt(worst))))
        left = np.flatnonzero(~chosen)
        if not len(left):
            return pd.DataFrame(rows, columns=["n_items", "items", "reliability", "se_worst"])
        gains = [judge.reliability(_with(chosen, int(i), True)) for i in left]
        chosen = _with(chosen, int(left[int(np.argmax(gains))]), True)


def _with(chosen: np.ndarray, item: int, on: bool) -> np.ndarray:
    changed = chosen.copy()
    changed[item] = on
    return changed


def _smallest(judge: _Judge, forced: np.ndarray, members: Members) -> np.ndarray:
    """The forced items and the best of every group up to its count."""
    chosen = forced.copy()
    for inside, count in members:
        while (chosen & inside).sum() < min(count, inside.sum()):
            left = np.flatnonzero(inside & ~chosen)
            gains = [judge.reliability(_with(chosen, int(i), True)) for i in left]
            chosen = _with(chosen, int(left[int(np.argmax(gains))]), True)
    return chosen


def _allowed(chosen: np.ndarray, forced: np.ndarray, members: Members) -> bool:
    return bool((chosen >= forced).all()) and all(
        (chosen & inside).sum() >= min(count, inside.sum()) for inside, count in members
    )


def _exchange(judge: _Judge, chosen: np.ndarray, forced: np.ndarray, members: Members) -> np.ndarray:
    while True:
        best, found = judge.reliability(chosen), None
        for out in np.flatnonzero(chosen & ~forced):
            for into in np.flatnonzero(~chosen):
                trial = _with(_with(chosen, int(out), False), int(into), True)
                if _allowed(trial, forced, members) and judge.reliability(trial) > best + 1e-12:
                    best, found = judge.reliability(trial), trial
        if found is None:
            return chosen
        chosen = found


def _cover(inside: Floats, information: float, forced: np.ndarray, members: Members) -> np.ndarray | None:
    """Fewest items whose information is enough at every point; among equals, the most informative."""
    p = len(inside)
    rows, lower = [inside.T], [np.full(inside.shape[1], information)]
    for members_in, count in members:
        rows.append(members_in[None].astype(float))
        lower.append(np.array([min(count, int(members_in.sum()))], float))
    # the tie-break is too small to be worth an item
    tie = 0.5 * inside.sum(axis=1) / max(inside.sum(), 1e-12)
    found = milp(
        1 - tie / p, integrality=np.ones(p), bounds=Bounds(forced.astype(float), 1.0),
        constraints=LinearConstraint(np.vstack(rows), np.concatenate(lower), np.inf),
    )  # fmt: skip
    return np.round(found.x).astype(bool) if found.success else None
