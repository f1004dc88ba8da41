"""Criterion evidence: hypotheses stated beforehand, each confirmed or not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs, Result, result
from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a correlation is expected to be, said before it is known.

    Parameters
    ----------
    score, criterion : str
        Columns.
    direction : {"+", "-", "0"}
        Positive, negative, or none.
    minimum : float
        Smallest size that confirms; for ``"0"`` the size that must not be reached.
    reason : str
        Why it is expected.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.Hypothesis("A", "helping", "+", 0.3, "compassion shows in helping").minimum
    0.3
    """

    score: str
    criterion: str
    direction: Literal["+", "-", "0"]
    minimum: float
    reason: str = ""

    def __post_init__(self) -> None:
        check_choice(self.direction, ("+", "-", "0"), "direction")
        if not 0 <= self.minimum < 1:
            raise ArgumentError("hypothesis_size", got=self.minimum)

    def holds(self, r: float) -> bool:
        """Whether a correlation is as expected."""
        if self.direction == "0":
            return abs(r) < self.minimum
        return bool((r if self.direction == "+" else -r) >= max(self.minimum, np.finfo(float).tiny))


@result
class CriterionValidity(Result):
    """Hypotheses beside what was found.

    Attributes
    ----------
    hypotheses : DataFrame
        ``score criterion direction minimum r ci_low ci_high n confirmed settled reason``; settled says that the whole
        interval agrees with the verdict.
    share : float
        Share confirmed.
    stated : str
        SHA-256 of the hypotheses, to be kept with the plan of the study: it shows that they were not changed later.
    method : str
    level : float
    """

    kind: ClassVar[str] = "criterion_validity"
    hypotheses: pd.DataFrame
    share: float
    stated: str
    method: str
    level: float

    def table(self) -> pd.DataFrame:
        """One row per hypothesis."""
        return self.hypotheses.copy()

    def headline(self) -> str:
        """How many are confirmed."""
        return f"{int(self.hypotheses['confirmed'].sum())} of {len(self.hypotheses)} hypotheses confirmed"


def criterion_validity(
    data: pd.DataFrame,
    hypotheses: Sequence[Hypothesis],
    *,
    method: Literal["pearson", "spearman"] = "pearson",
    level: float = 0.95,
) -> CriterionValidity:
    """Compare correlations with other measures with what was expected of them.

    Parameters
    ----------
    data : DataFrame
        Scores and criteria, one row a person; each pair uses its complete rows. Weights are not offered.
    hypotheses : sequence of Hypothesis
        Stated before the answers were seen.
    method : {"pearson", "spearman"}
    level : float
        Of the intervals (Fisher's z; for ranks with the variance of Bonett and Wright).

    Returns
    -------
    CriterionValidity
        ``.table()``, ``.share``.

    Raises
    ------
    DataError
        ``hypothesis_unknown``, ``hypothesis_constant``.
    ArgumentError
        ``hypotheses_missing``, ``hypothesis_size``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"score": [1, 2, 3, 4, 5, 6], "peer": [1, 3, 2, 4, 6, 5]})
    >>> ak.criterion_validity(frame, [ak.Hypothesis("score", "peer", "+", 0.3)])
    <criterion_validity 1 of 1 hypotheses confirmed>

    Notes
    -----
    A share of 75 percent confirmed is what COSMIN asks for good hypotheses testing. A correlation of scores is smaller
    than that of what they measure, by the root of both reliabilities; state sizes for scores.

    References
    ----------
    Prinsen, C. A. C., et al. (2018). COSMIN guideline for systematic reviews of patient-reported outcome measures.
    Quality of Life Research, 27, 1147–1157. Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for
    estimating Pearson, Kendall and Spearman correlations. Psychometrika, 65, 23–28.
    """
    check_level(level)
    check_choice(method, ("pearson", "spearman"), "method")
    if not hypotheses:
        raise ArgumentError("hypotheses_missing")
    wanted = list(dict.fromkeys(name for h in hypotheses for name in (h.score, h.criterion)))
    unknown = [name for name in wanted if name not in data.columns]
    if unknown:
        raise DataError("hypothesis_unknown", got=unknown, expected=[str(c) for c in data.columns])
    rows = []
    for one in hypotheses:
        pair = data[[one.score, one.criterion]].dropna().to_numpy(dtype=np.float64)
        if len(pair) < 4 or (pair == pair[:1]).all(axis=0).any():
            raise DataError("hypothesis_constant", got=len(pair), score=one.score, criterion=one.criterion)
        r, low, high = correlation_interval(pair, method, level)
        confirmed = one.holds(r)
        # a hypothesis of size or of none changes its verdict only at its own edges
        settled = one.holds(low) == confirmed and one.holds(high) == confirmed
        if one.direction == "0" and not confirmed and low < 0 < high:
            settled = False
        said = (one.score, one.criterion, one.direction, one.minimum)
        rows.append((*said, r, low, high, len(pair), confirmed, settled, one.reason))
    columns = [
        "score", "criterion", "direction", "minimum", "r", "ci_low", "ci_high", "n", "confirmed", "settled", "reason",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    used = data[wanted]
    digest = hashlib.sha256(used.to_csv(index=False).encode()).hexdigest()
    some = int(used.notna().any(axis=1).sum())
    return CriterionValidity(
        inputs=Inputs(digest, len(data), some, len(data) - some, "pairwise", "none", tuple(map(str, wanted))),
        hypotheses=frame, share=float(frame["confirmed"].mean()),
        stated=hashlib.sha256(repr([*hypotheses]).encode()).hexdigest(), method=method, level=level,
    )  # fmt: skip


def correlation_interval(pair: Floats, method: str, level: float) -> tuple[float, float, float]:
    """r of (n, 2) values with its interval on Fisher's scale."""
    values = np.apply_along_axis(rankdata, 0, pair) if method == "spearman" else pair
    r = float(np.clip(np.corrcoef(values.T)[0, 1], -1, 1))
    if abs(r) == 1:
        return r, r, r
    spread = 1 + r**2 / 2 if method == "spearman" else 1.0
    half = norm.ppf((1 + level) / 2) * np.sqrt(spread / (len(pair) - 3))
    low, high = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return r, float(low), float(high)
