"""Two scales made one through items that both instruments (or years) hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import least_squares
from scipy.stats import norm

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Estimate, Interval, Result, Unavailable, result
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.families import Family, difficulties
from akhlak_research.measure.irt.results import Irt, one_population

MethodName = Literal["stocking-lord", "haebara", "mean-sigma", "mean-mean"]


@dataclass(frozen=True, slots=True)
class Anchors:
    """The common items on both scales.

    Attributes
    ----------
    family : Family
    sizes : (p,)
        Categories.
    moved, fixed : (p, J)
        ψ on the scale that moves and on the scale that stays.
    theta, weight : (Q,)
        Nodes and density of θ on the scale that stays.
    """

    family: Family
    sizes: np.ndarray
    moved: Floats
    fixed: Floats
    theta: Floats
    weight: Floats


def transformed(psi: Floats, family: Family, slope: float, intercept: float) -> Floats:
    """ψ of the same items on the scale θ* = slope · θ + intercept."""
    out = psi.copy()
    out[:, 0] = psi[:, 0] / slope
    times = 1.0 if family.form == "graded" else np.arange(1, psi.shape[1])
    there = np.abs(psi[:, 1:]) > 0
    out[:, 1:] = np.where(there, psi[:, 1:] - out[:, :1] * intercept * times, 0.0)
    return out


def mean_sigma(anchors: Anchors) -> Floats:
    """Slope from the spread of the difficulties, intercept from their mean (Marco 1977)."""
    moved, fixed = (_difficulties(anchors, psi) for psi in (anchors.moved, anchors.fixed))
    slope = fixed.std(ddof=1) / moved.std(ddof=1)
    return np.array([slope, fixed.mean() - slope * moved.mean()])


def mean_mean(anchors: Anchors) -> Floats:
    """Slope from the mean discriminations, intercept from the mean difficulties (Loyd & Hoover 1980)."""
    moved, fixed = (_difficulties(anchors, psi) for psi in (anchors.moved, anchors.fixed))
    slope = anchors.moved[:, 0].mean() / anchors.fixed[:, 0].mean()
    return np.array([slope, fixed.mean() - slope * moved.mean()])


def haebara(anchors: Anchors) -> Floats:
    """The transformation that brings every category's curve closest, squared differences summed (Haebara 1980)."""
    return _closest(anchors, lambda p: p)


def stocking_lord(anchors: Anchors) -> Floats:
    """The transformation that brings the expected sums of the common items closest (Stocking & Lord 1983)."""
    return _closest(anchors, lambda p: np.einsum("k,vkq->q", np.arange(p.shape[1], dtype=float), p))


def _difficulties(anchors: Anchors, psi: Floats) -> Floats:
    b = difficulties(psi, anchors.sizes, anchors.family)
    return b[~np.isnan(b)]


def _closest(anchors: Anchors, view: Callable[[Floats], Floats]) -> Floats:
    root = np.sqrt(anchors.weight)
    goal = view(anchors.family.theta(anchors.fixed, anchors.sizes, anchors.theta).p)

    def gap(x: Floats) -> Floats:
        psi = transformed(anchors.moved, anchors.family, x[0], x[1])
        return np.asarray((root * (view(anchors.family.theta(psi, anchors.sizes, anchors.theta).p) - goal)).ravel())

    start = mean_sigma(anchors) if len(anchors.moved) > 1 else np.array([1.0, 0.0])
    found = least_squares(gap, start, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    return np.asarray(found.x)


@dataclass(frozen=True, slots=True)
class Linking:
    """An entry of the registry."""

    name: str
    solve: Callable[[Anchors], Floats]


LINKINGS = Registry(
    "method",
    Linking("stocking-lord", stocking_lord),
    Linking("haebara", haebara),
    Linking("mean-sigma", mean_sigma),
    Linking("mean-mean", mean_mean),
)


@result
class LinkedScales(Result):
    """θ of one scale written on another: θ* = slope · θ + intercept.

    Attributes
    ----------
    slope, intercept : Estimate
        Standard errors from both models' parameters, taken as independent samples.
    method : str
    anchors : DataFrame
        Index ``item``: ``a b`` on the fixed scale and, moved there, ``a_linked b_linked`` and ``b_difference``; b
        is the mean over the item's thresholds. An anchor far from the others has changed and should not be one.
    parameters : DataFrame
        All items of the moved model on the fixed scale: ``a b1 …``.
    """

    kind: ClassVar[str] = "linked_scales"
    slope: Estimate
    intercept: Estimate
    method: str
    anchors: pd.DataFrame
    parameters: pd.DataFrame

    def transform(self, theta: ArrayLike) -> Floats:
        """Scores of the moved scale on the fixed one; standard errors are multiplied by the slope."""
        return np.asarray(self.slope.estimate * np.asarray(theta, float) + self.intercept.estimate)

    def table(self) -> pd.DataFrame:
        """One row per anchor item."""
        return self.anchors.reset_index()

    def headline(self) -> str:
        """The line."""
        return f"θ* = {self.slope.estimate:.4f} θ + {self.intercept.estimate:.4f} ({self.method})"


def link_scales(
    moved: Irt,
    fixed: Irt,
    *,
    method: MethodName = "stocking-lord",
    anchors: Sequence[str] | None = None,
    level: float = 0.95,
) -> LinkedScales:
    """Put the scale of one calibration on that of another through their common items.

    Parameters
    ----------
    moved : Irt
        The model whose scale moves, e.g. this year's.
    fixed : Irt
        The model whose scale stays, e.g. the first year's; of the same family.
    method : {"stocking-lord", "haebara", "mean-sigma", "mean-mean"}
        The first two match curves, at the nodes and density of the fixed model's θ; the others match moments of
        parameters and suffer more from badly known ones. In the Rasch family the slope is 1: ``mean-mean`` keeps it so.
    anchors : sequence of str, optional
        Items taken to be the same on both; default: all that the two models share.
    level : float
        Of the intervals.

    Returns
    -------
    LinkedScales
        ``.slope``, ``.intercept``, ``.transform(theta)``, ``.parameters``. For one calibration of all years at once
        (concurrent calibration), use ``irt(..., group=year, anchors=[...])``.

    Raises
    ------
    ArgumentError
        ``irt_link_anchors``: fewer than two common items, or an unknown one.
    MethodError
        ``irt_link_models``: different families, or an anchor with different categories; ``irt_one_population``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.of_dimension("N").keyed
    >>> first, second = ak.irt(answers.iloc[:1400]), ak.irt(answers.iloc[1400:])
    >>> link = ak.link_scales(second, first)
    >>> round(link.slope.estimate, 2), round(link.intercept.estimate, 2)
    (1.02, 0.01)

    References
    ----------
    Kolen, M. J., & Brennan, R. L. (2014). Test equating, scaling, and linking (3rd ed.). Springer, ch. 6.
    Ogasawara, H. (2001). Standard errors of item response theory equating/linking by response function methods. APM,
    25, 53–67.
    """
    check_level(level)
    a, b = one_population(moved).patterns.names, one_population(fixed).patterns.names
    common = [name for name in a if name in b] if anchors is None else list(anchors)
    unknown = [name for name in common if name not in a or name not in b]
    if unknown or len(common) < 2:
        raise ArgumentError("irt_link_anchors", got=unknown or common)
    rule = LINKINGS[method]
    at_moved, at_fixed = [a.index(name) for name in common], [b.index(name) for name in common]
    prepared = _anchors(moved, fixed, at_moved, at_fixed, common)
    line = rule.solve(prepared)
    slope, intercept = _estimates(moved, fixed, prepared, rule, line, (at_moved, at_fixed), level)
    psi = transformed(moved.fitted.items(), prepared.family, line[0], line[1])
    sizes = moved.fitted.sizes()
    bs = difficulties(psi, sizes, prepared.family)
    columns = ["a", *(f"b{k}" for k in range(1, psi.shape[1]))]
    parameters = pd.DataFrame(np.column_stack([psi[:, 0], bs]), index=pd.Index(a, name="item"), columns=columns)
    return LinkedScales(
        inputs=moved.inputs, slope=slope, intercept=intercept, method=method, parameters=parameters,
        anchors=_anchor_table(prepared, line, common),
    )  # fmt: skip


def _anchors(moved: Irt, fixed: Irt, at_moved: list[int], at_fixed: list[int], common: list[str]) -> Anchors:
    one, two = moved.fitted, fixed.fitted
    if one.family.name != two.family.name:
        raise MethodError("irt_link_models", got=[one.family.name, two.family.name])
    for name, i, j in zip(common, at_moved, at_fixed, strict=True):
        if one.patterns.categories[i].tolist() != two.patterns.categories[j].tolist():
            raise MethodError("irt_link_models", got=[name])
    width = max(int(one.sizes()[at_moved].max()), 2)
    return Anchors(
        two.family, one.sizes()[at_moved], one.items()[at_moved][:, :width], two.items()[at_fixed][:, :width],
        two.theta, np.exp(two.log_prior()[0]),
    )  # fmt: skip


def _anchor_table(anchors: Anchors, line: Floats, common: list[str]) -> pd.DataFrame:
    psi = transformed(anchors.moved, anchors.family, line[0], line[1])
    b, linked = (np.nanmean(difficulties(p, anchors.sizes, anchors.family), axis=1) for p in (anchors.fixed, psi))
    columns = {
        "a": anchors.fixed[:, 0], "a_linked": psi[:, 0], "b": b, "b_linked": linked, "b_difference": linked - b,
    }  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index(common, name="item"))


def _estimates(
    moved: Irt,
    fixed: Irt,
    anchors: Anchors,
    rule: Linking,
    line: Floats,
    at: tuple[list[int], list[int]],
    level: float,
) -> tuple[Estimate, Estimate]:
    """Slope and intercept with standard errors by the delta method, derivatives by central differences."""
    errors: list[float | Unavailable] = [Unavailable("irt_errors_not_asked")] * 2
    variance = np.zeros((2, 2))
    parts = ((moved, anchors.moved, at[0]), (fixed, anchors.fixed, at[1]))
    if all(part.fitted.calibration.covariance is not None for part, _, _ in parts):
        for number, (part, psi, where) in enumerate(parts):
            gradient = _slopes(anchors, rule, psi, number)
            variance += gradient @ _covariance(part, where, psi.shape[1]) @ gradient.T
        errors = [float(v) for v in np.sqrt(np.diag(variance))]
    n = min(moved.n, fixed.n)
    z = float(norm.ppf((1 + level) / 2))
    found = []
    for value, se in zip(line.tolist(), errors, strict=True):
        interval: Interval | Unavailable
        if isinstance(se, Unavailable):
            interval = se
        else:
            interval = Interval(value - z * se, value + z * se, level, "delta")
        found.append(Estimate(value, se, interval, n))
    return found[0], found[1]


def _slopes(anchors: Anchors, rule: Linking, psi: Floats, number: int) -> Floats:
    """(2, p · J): derivatives of slope and intercept by the parameters of one of the two models."""
    step = 1e-5
    out = np.zeros((2, psi.size))
    for j in range(psi.size):
        if psi.ravel()[j] == 0:
            continue
        ends = []
        for sign in (1, -1):
            changed = psi.copy()
            changed.ravel()[j] += sign * step
            both = (changed, anchors.fixed) if number == 0 else (anchors.moved, changed)
            ends.append(rule.solve(Anchors(anchors.family, anchors.sizes, *both, anchors.theta, anchors.weight)))
        out[:, j] = (ends[0] - ends[1]) / (2 * step)
    return out


def _covariance(part: Irt, where: list[int], width: int) -> Floats:
    """(p · width, p · width) covariance of the anchors' ψ."""
    full = part.fitted.calibration.full_covariance()
    assert full is not None
    own = part.fitted.design.width
    spots = np.concatenate([part.fitted.design.versions[0][i] * own + np.arange(width) for i in where])
    return np.asarray(full[np.ix_(spots, spots)])
