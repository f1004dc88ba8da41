"""``external_criterion``: does a score go with something outside it, and what a restricted range does to that."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Estimate, Interval, Notice, ResultBase, Unavailable, result
from akhlak_research.index.predicates import Predicates
from akhlak_research.survey.margin import critical_value

_LEAST = 10


@result
class CriterionCorrelation(ResultBase):
    """A correlation with an external criterion.

    Attributes
    ----------
    correlation : Estimate
    corrected : Estimate or Unavailable
        Corrected for the restricted range of the criterion, where its unrestricted standard deviation was given.
    method : {"spearman", "pearson"}
    n : int
    shares : mapping of str to float
        Percent of people (or units) in each category of a criterion with few; empty otherwise.
    sd, unrestricted_sd : float
        Of the criterion here, and elsewhere; NaN where not given.
    level : float
    """

    kind: ClassVar[str] = "criterion_correlation"
    correlation: Estimate
    corrected: Estimate | Unavailable
    method: str
    n: int
    shares: dict[str, float]
    sd: float
    unrestricted_sd: float
    level: float
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """``quantity estimate ci_low ci_high n``: as seen, and corrected where that is possible."""
        rows = [("as_seen", self.correlation), ("range_corrected", self.corrected)]
        return pd.DataFrame(
            [(name, one.estimate, float(one.interval.low), float(one.interval.high), self.n) for name, one in rows],
            columns=["quantity", "estimate", "ci_low", "ci_high", "n"],
        )

    def share_table(self) -> pd.DataFrame:
        """``category percent``."""
        return pd.DataFrame(list(self.shares.items()), columns=["category", "percent"])

    def headline(self) -> str:
        """The correlation."""
        return f"{self.method} {self.correlation!r}"


def external_criterion(
    scores: pd.Series,
    criterion: pd.Series | Predicates,
    *,
    method: Literal["spearman", "pearson"] = "spearman",
    unrestricted_sd: float | None = None,
    level: float = 0.95,
) -> CriterionCorrelation:
    """Correlation of scores with an external criterion, its range stated.

    Parameters
    ----------
    scores : Series
        Scores of people or units.
    criterion : Series or Predicates
        Numbers for the same people or units (matched by the index), or predicates of performance from ``predicate``,
        ordered by their credit.
    method : {"spearman", "pearson"}
        Ranks (for predicates and other ordered categories), or numbers.
    unrestricted_sd : float, optional
        Standard deviation of the criterion where nobody limits it: gives a corrected correlation (Pearson only).
    level : float
        Level of the interval.

    Returns
    -------
    CriterionCorrelation
        ``.correlation``, ``.corrected``, ``.shares``, ``.table()``.

    Raises
    ------
    ArgumentError
        ``criterion_type``, ``unknown_choice``, ``level_out_of_range``, ``unrestricted_sd_invalid``.
    DataError
        ``criterion_few`` (fewer than ten pairs), ``criterion_constant``, ``duplicate_units``.

    Notes
    -----
    Interval by Fisher's z with standard error 1 / √(n − 3) for Pearson and √((1 + r² / 2) / (n − 3)) for
    Spearman (Bonett & Wright 2000). Correction: r u / √(1 + r² (u² − 1)), u = unrestricted over restricted standard
    deviation (Thorndike's case 2), applied to the limits too; it supposes a straight line and equal scatter. The
    predicates of civil servants are restricted by the organisation's own predicate, so a correlation with them tends to
    be too low; no unrestricted standard deviation was found, so none is supposed. Pairs with a missing value are left
    out; no weights.

    References
    ----------
    Bonett, D. G. & Wright, T. A. (2000), Psychometrika 65, 23–28; Thorndike, R. L. (1949), Personnel Selection.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> scores = pd.Series(range(12), dtype=float)
    >>> ak.external_criterion(scores, scores // 3).correlation.estimate > 0.9
    True
    """
    check_level(level)
    check_choice(method, ("spearman", "pearson"), "method")
    if unrestricted_sd is not None and not (math.isfinite(unrestricted_sd) and unrestricted_sd > 0):
        raise ArgumentError("unrestricted_sd_invalid", got=unrestricted_sd)
    y, names = _criterion(criterion)
    if not isinstance(scores, pd.Series):
        raise ArgumentError("criterion_type", got=type(scores).__name__)
    for side in (scores, y):
        twice = side.index[side.index.duplicated()]
        if len(twice):
            raise DataError("duplicate_units", got=[str(name) for name in twice[:10]])
    pairs = pd.DataFrame({"x": pd.to_numeric(scores), "y": y}).dropna()
    n = len(pairs)
    if n < _LEAST:
        raise DataError("criterion_few", got=n, expected=_LEAST)
    for name in ("x", "y"):
        if pairs[name].nunique() < 2:
            raise DataError("criterion_constant", side=name, got=float(pairs[name].iloc[0]))
    ranked = pairs.rank() if method == "spearman" else pairs
    r = float(np.corrcoef(ranked["x"], ranked["y"])[0, 1])
    seen = _interval(r, n, method, level)
    sd = float(pairs["y"].std())
    notices = [Notice("predicate_range", "caution")] if names else []
    shares = _shares(pairs["y"], names)
    top = max(shares.values(), default=0.0)
    if top > 50:
        notices.append(Notice("criterion_crowded", "caution", {"percent": top}))
    return CriterionCorrelation(
        correlation=seen, corrected=_corrected(seen, method, sd, unrestricted_sd, n, level), method=method, n=n,
        shares=shares, sd=sd, unrestricted_sd=math.nan if unrestricted_sd is None else unrestricted_sd, level=level,
        notices=tuple(notices),
    )  # fmt: skip


def _criterion(given: pd.Series | Predicates) -> tuple[pd.Series, dict[float, str]]:
    """Numbers by unit, and names of the categories where they are predicates."""
    if isinstance(given, Predicates):
        credit = {one["code"]: float(one["credit_percent"]) for one in load("predicates")["predicates"]}
        numbers = given.predicate.map(credit).astype(float)
        return numbers, {value: code for code, value in credit.items()}
    if isinstance(given, pd.Series):
        return pd.to_numeric(given), {}
    raise ArgumentError("criterion_type", got=type(given).__name__)


def _interval(r: float, n: int, method: str, level: float) -> Estimate:
    if abs(r) >= 1 - 1e-12:
        none = Unavailable("perfect_correlation")
        return Estimate(r, none, none, n)
    error = math.sqrt(((1 + r**2 / 2) if method == "spearman" else 1.0) / (n - 3))
    half = error * critical_value(level, math.inf, "normal")
    z = math.atanh(r)
    return Estimate(r, error * (1 - r**2), Interval(math.tanh(z - half), math.tanh(z + half), level, "fisher-z"), n)


def _corrected(
    seen: Estimate, method: str, sd: float, unrestricted: float | None, n: int, level: float
) -> Estimate | Unavailable:
    if method != "pearson" or unrestricted is None:
        return Unavailable("range_not_known")
    u = unrestricted / sd

    def wider(r: float) -> float:
        return r * u / math.sqrt(1 + r**2 * (u**2 - 1))

    if isinstance(seen.interval, Unavailable) or isinstance(seen.se, Unavailable):
        return Estimate(wider(seen.estimate), seen.se, seen.interval, n)
    r = seen.estimate
    slope = u / (1 + r**2 * (u**2 - 1)) ** 1.5
    interval = Interval(wider(seen.interval.low), wider(seen.interval.high), level, "thorndike-2")
    return Estimate(wider(r), seen.se * slope, interval, n)


def _shares(y: pd.Series, names: dict[float, str]) -> dict[str, float]:
    if y.nunique() > 10:
        return {}
    values, counts = np.unique(y.to_numpy(dtype=np.float64), return_counts=True)
    pairs = zip(values.tolist(), counts.tolist(), strict=True)
    return {names.get(value, f"{value:g}"): 100 * count / len(y) for value, count in pairs}
