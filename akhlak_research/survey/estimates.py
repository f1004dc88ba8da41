"""What the estimators of a survey give: estimates with design-based errors, and the covariance between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Estimate, Interval, Result, Unavailable, result
from akhlak_research.survey.linearised import Floats
from akhlak_research.survey.margin import critical_value

Statistic = Literal["mean", "total", "ratio", "proportion", "quantile"]


@dataclass(frozen=True, slots=True)
class SurveyEstimate:
    """One estimate.

    Attributes
    ----------
    group : tuple
        Labels of its domain; empty for all rows.
    variable : str
        What was estimated; of a proportion also the category, of a quantile its probability.
    value : Estimate or Unavailable
    df : float
        Degrees of freedom of its interval.
    deff : float or Unavailable
        Variance over that of a simple random sample with replacement of as many.
    """

    group: tuple[Any, ...]
    variable: str
    value: Estimate | Unavailable
    df: float
    deff: float | Unavailable

    @property
    def estimate(self) -> float:
        """The number."""
        return self.value.estimate

    @property
    def se(self) -> float | Unavailable:
        """Its standard error."""
        return self.value.se

    @property
    def interval(self) -> Interval | Unavailable:
        """Its interval."""
        return self.value.interval

    @property
    def n(self) -> int:
        """Rows behind it."""
        return self.value.n


@result
class SurveyEstimates(Result):
    """Estimates from a survey; ``["A"]`` or ``["A", "score"]`` is one of them.

    Attributes
    ----------
    statistic : {"mean", "total", "ratio", "proportion", "quantile"}
    by : tuple of str
        Variables that make the domains.
    estimates : tuple of SurveyEstimate
        Domains in sorted order, variables within.
    covariance : (q, q) array or Unavailable
        Covariances between them, in this order.
    level : float
    variance : str
        ``"taylor"`` or the kind of replicate weights.
    """

    kind: ClassVar[str] = "survey_estimates"
    statistic: Statistic
    by: tuple[str, ...]
    estimates: tuple[SurveyEstimate, ...]
    covariance: Floats | Unavailable
    level: float
    variance: str

    def __getitem__(self, key: Any) -> SurveyEstimate:
        wanted = key if isinstance(key, tuple) else (key,)
        for one in self.estimates:
            if wanted in (
                (*one.group, one.variable),
                one.group if len(self._variables) == 1 else None,
                (one.variable,),
            ):
                if wanted == (one.variable,) and len(self.estimates) > len(self._variables):
                    continue
                return one
        raise ArgumentError(
            "unknown_choice", argument="key", got=key, expected=[self._key(o) for o in self.estimates[:20]]
        )

    @property
    def _variables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.variable for one in self.estimates))

    def _key(self, one: SurveyEstimate) -> str:
        return ", ".join(map(str, (*one.group, one.variable)))

    @property
    def estimate(self) -> Estimate | Unavailable:
        """The one estimate, where there is one."""
        if len(self.estimates) != 1:
            raise MethodError("several_estimates", count=len(self.estimates))
        return self.estimates[0].value

    def table(self) -> pd.DataFrame:
        """One row per domain and variable: labels, ``variable n estimate std_error ci_low ci_high df`` (``deff``)."""
        rows: dict[str, list[Any]] = {
            name: [one.group[at] for one in self.estimates] for at, name in enumerate(self.by)
        }
        rows |= {
            "variable": [one.variable for one in self.estimates],
            "n": [one.n for one in self.estimates],
            "estimate": [one.estimate for one in self.estimates],
            "std_error": [float(one.se) for one in self.estimates],
            "ci_low": [one.interval.low for one in self.estimates],
            "ci_high": [one.interval.high for one in self.estimates],
            "df": [one.df for one in self.estimates],
        }
        if self.statistic in ("mean", "proportion"):
            rows["deff"] = [float(one.deff) for one in self.estimates]
        return pd.DataFrame(rows)

    def contrast(self, coefficients: Mapping[Any, float] | Sequence[float]) -> Estimate:
        """A sum of estimates times coefficients, with the error that their covariance gives.

        Parameters
        ----------
        coefficients : mapping or sequence
            ``{"E": 1, "H": -1}`` (keys as for ``[...]``), or one number per estimate.

        Returns
        -------
        Estimate
            Its t interval has the fewest degrees of freedom of the estimates used.

        Raises
        ------
        MethodError
            ``no_covariance`` where there are too many estimates to keep it, or replicates lack values.
        """
        if isinstance(self.covariance, Unavailable):
            raise MethodError("no_covariance", count=len(self.estimates))
        a = np.zeros(len(self.estimates))
        if isinstance(coefficients, Mapping):
            for key, value in coefficients.items():
                a[self.estimates.index(self[key])] += float(value)
        else:
            a[:] = np.asarray(coefficients, dtype=np.float64)
        used = [one for one, weight in zip(self.estimates, a, strict=True) if weight]
        values = np.array([one.estimate for one in self.estimates])
        value = float(a[a != 0] @ values[a != 0])
        se = math.sqrt(max(float(a @ self.covariance @ a), 0.0))
        df = min(one.df for one in used)
        half = se * critical_value(self.level, df, "t")
        return Estimate(value, se, Interval(value - half, value + half, self.level, "t"), min(one.n for one in used))

    def headline(self) -> str:
        """The estimate, or how many."""
        if len(self.estimates) == 1:
            return f"{self.statistic} of {self.estimates[0].variable}: {self.estimates[0].value}"
        return f"{self.statistic}: {len(self.estimates)} estimates ({self.variance})"


def with_interval(value: float, variance: float, df: float, n: int, level: float) -> Estimate | Unavailable:
    """An estimate with its t interval; or why there is none."""
    if n == 0 or math.isnan(value):
        return Unavailable("no_answers")
    if math.isnan(variance):
        none = Unavailable("no_replicate_variance")
        return Estimate(value, none, none, n)
    if df < 1:
        none = Unavailable("too_few_clusters", {"df": int(df)})
        return Estimate(value, none, none, n)
    se = math.sqrt(max(variance, 0.0))
    if se == 0:
        return Estimate(value, 0.0, Unavailable("variance_zero"), n)
    half = se * critical_value(level, df, "t")
    return Estimate(value, se, Interval(value - half, value + half, level, "t"), n)


def logit_interval(estimate: Estimate | Unavailable, df: float, level: float) -> Estimate | Unavailable:
    """A share with its interval on the logit scale, which stays between 0 and 1 (R's svyciprop, method "logit")."""
    if isinstance(estimate, Unavailable) or isinstance(estimate.interval, Unavailable):
        return estimate
    p, se = estimate.estimate, float(estimate.se)
    if not 0 < p < 1:
        return estimate
    half = critical_value(level, df, "t") * se / (p * (1 - p))
    centre = math.log(p / (1 - p))
    low, high = (1 / (1 + math.exp(-at)) for at in (centre - half, centre + half))
    return Estimate(p, estimate.se, Interval(low, high, level, "logit-t"), estimate.n)
