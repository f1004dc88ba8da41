"""Test–retest reliability: the same people measured twice."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from akhlak_research.core.checks import check_choice, check_level
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import ByGroup, Estimate, Inputs, Interval, Notice, Result, Unavailable, result
from akhlak_research.counts.rows import repeat_by
from akhlak_research.measure.alpha import estimates_table
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.icc import intraclass_correlation
from akhlak_research.responses.model import Responses

Value = Estimate | Unavailable
#: limits of agreement and smallest detectable change are customarily those of 95 % of people
_Z = float(stats.norm.ppf(0.975))


@result
class TestRetest(Result):
    """Agreement of two occasions.

    Attributes
    ----------
    icc_agreement : Estimate or Unavailable
        ICC(2,1) = ``ICC2``: two-way random effects, absolute agreement, one measurement. A shift between occasions
        counts as error.
    icc_consistency : Estimate or Unavailable
        ICC(3,1) = ``ICC3``: two-way mixed effects, consistency. A shift of everybody does not count.
    sem_agreement, sem_consistency : Estimate
        Standard errors of one measurement, in the score's units, with and without the shift.
    sdc_agreement, sdc_consistency : Estimate
        Smallest detectable change of one person, 1.96 √2 SEM.
    mean_difference : Estimate
        Second less first.
    agreement_low, agreement_high : Estimate
        Limits of agreement: mean difference ∓ 1.96 SD of the differences.
    score : str
        How items were made a score: ``given``, ``mean`` or ``sum``.
    n_only_once : int
        People with one occasion only, left out.
    """

    __test__: ClassVar[bool] = False  # the name is no test's
    kind: ClassVar[str] = "test_retest"
    icc_agreement: Value
    icc_consistency: Value
    sem_agreement: Estimate
    sem_consistency: Estimate
    sdc_agreement: Estimate
    sdc_consistency: Estimate
    mean_difference: Estimate
    agreement_low: Estimate
    agreement_high: Estimate
    score: str
    n_only_once: int

    @property
    def estimate(self) -> float:
        """ICC(2,1)."""
        return self.icc_agreement.estimate

    @property
    def interval(self) -> Interval | Unavailable:
        """Its interval."""
        return self.icc_agreement.interval

    @property
    def n(self) -> int:
        """People measured twice."""
        return self.mean_difference.n

    def table(self) -> pd.DataFrame:
        """Nine rows: ``coefficient estimate std_error ci_low ci_high n``."""
        names = (
            "icc_agreement", "icc_consistency", "sem_agreement", "sem_consistency", "sdc_agreement", "sdc_consistency",
            "mean_difference", "agreement_low", "agreement_high",
        )  # fmt: skip
        return estimates_table("coefficient", {name: getattr(self, name) for name in names})

    def headline(self) -> str:
        """ICC(2,1) and SEM."""
        return f"ICC(2,1) {self.icc_agreement!r}, SEM {self.sem_agreement.estimate:.4g}"


Occasion = pd.Series | pd.DataFrame | Responses


def test_retest(
    first: Occasion,
    second: Occasion,
    *,
    score: str = "mean",
    frequencies: ArrayLike | None = None,
    by: pd.Series | None = None,
    level: float = 0.95,
) -> TestRetest | ByGroup[TestRetest]:
    """Test–retest reliability: intraclass correlations, standard error of measurement, smallest detectable change.

    Parameters
    ----------
    first, second : Series, DataFrame or Responses
        The two occasions, one score (Series) or several items (DataFrame, Responses: keyed) per person. People are
        matched by index; who was measured once is left out and counted. Of items, only complete rows have a score.
    score : {"mean", "sum"}
        How several items become a score.
    frequencies : array (n,), optional
        Row counts of ``first``, in its order; k is the person k times.
    by : Series, optional
        Repeat for each group; labels with the index of ``first``.
    level : float
        Of the intervals.

    Returns
    -------
    TestRetest, or ByGroup of TestRetest

    Raises
    ------
    DataError
        ``too_few_twice`` (fewer than three people measured twice), ``people_twice`` (an index that names a person
        twice), ``not_numeric``.
    ArgumentError
        ``occasion_type``, ``occasions_differ`` (other items at the second occasion), unknown choices.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> first = pd.Series([12, 15, 9, 20, 17, 11], index=list("abcdef"))
    >>> second = pd.Series([13, 16, 9, 21, 16, 13], index=list("abcdef"))
    >>> found = ak.test_retest(first, second)
    >>> round(found.icc_agreement.estimate, 3), round(found.sem_agreement.estimate, 3), found.n
    (0.96, 0.816, 6)

    Notes
    -----
    *Model.* Two-way analysis of variance of people × occasions. SEM for consistency is √EMS; for agreement √(EMS +
    σ²_occasion), σ²_occasion = max((JMS − EMS)/n, 0) (de Vet, Terwee, Knol & Bouter 2006). The ICCs are those of
    ``intraclass_correlation`` with their intervals.

    *Intervals.* They suppose normal differences. SEM and SDC for consistency: χ² with n − 1 degrees of freedom, exact.
    For agreement there is none: two occasions give one degree of freedom for the difference between occasions. Mean
    difference: Student's t. Limits of agreement: ± t √(1/n + 1.96²/(2(n − 1))) SD (Bland & Altman 1999).

    *Weights.* Sampling weights are not taken: the models behind the intervals suppose equal chances.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations. Psychological Bulletin, 86, 420–428.
    de Vet, H. C. W., Terwee, C. B., Knol, D. L., & Bouter, L. M. (2006). When to use agreement versus reliability
    measures. Journal of Clinical Epidemiology, 59, 1033–1039.
    Bland, J. M., & Altman, D. G. (1999). Measuring agreement in method comparison studies. Statistical Methods in
    Medical Research, 8, 135–160.
    """
    check_level(level)
    check_choice(score, ("mean", "sum"), "score")
    pair, strangers = _pair(first, second, score)
    made = "given" if isinstance(first, pd.Series) else score
    if by is not None:
        if not isinstance(by, pd.Series):
            raise ArgumentError("by_unknown", got=str(by), expected="Series")
        return repeat_by(_retest, pair, by, frequencies=frequencies, level=level, score=made)
    return _retest(pair, frequencies=frequencies, level=level, score=made, strangers=strangers)


def _pair(first: Occasion, second: Occasion, score: str) -> tuple[pd.DataFrame, int]:
    """Scores of both occasions, in the rows of the first, NaN for who lacks one; how many the second has besides."""
    one, other = _score(first, score), _score(second, score)
    if isinstance(first, pd.Series) != isinstance(second, pd.Series) or not _same_items(first, second):
        raise ArgumentError("occasions_differ")
    strangers = int((~other.dropna().index.isin(one.index)).sum())
    return pd.DataFrame({"first": one, "second": other.reindex(one.index)}), strangers


def _same_items(first: Occasion, second: Occasion) -> bool:
    if isinstance(first, pd.Series) or isinstance(second, pd.Series):
        return True
    return set(_codes(first).columns) == set(_codes(second).columns)


def _codes(occasion: pd.DataFrame | Responses) -> pd.DataFrame:
    return occasion.keyed if isinstance(occasion, Responses) else occasion


def _score(occasion: Occasion, score: str) -> pd.Series:
    if isinstance(occasion, pd.Series):
        scores = occasion
    elif isinstance(occasion, pd.DataFrame | Responses):
        codes = _codes(occasion)
        odd = [str(name) for name, kind in codes.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
        if odd:
            raise DataError("not_numeric", column=odd[0], got=str(codes[odd[0]].dtype))
        made = codes.mean(axis=1) if score == "mean" else codes.sum(axis=1)
        scores = made.where(codes.notna().all(axis=1))
    else:
        raise ArgumentError("occasion_type", got=type(occasion).__name__)
    if not pd.api.types.is_numeric_dtype(scores.dtype):
        raise DataError("not_numeric", column=str(scores.name or "score"), got=str(scores.dtype))
    if not scores.index.is_unique:
        raise DataError("people_twice", got=str(scores.index[scores.index.duplicated()][0]))
    return scores.astype(np.float64)


def _retest(
    pair: pd.DataFrame,
    *,
    level: float,
    score: str,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    strangers: int = 0,
) -> TestRetest:
    assert weights is None  # test_retest takes none; groups are repeated with a pair of both
    times = np.ones(len(pair), dtype=np.int64)
    if frequencies is not None:
        given = np.asarray(frequencies, dtype=np.float64)
        if given.shape != times.shape or not ((given >= 0) & (given == np.round(given))).all():
            raise DataError("frequencies_invalid", got=str(given.shape), expected=str(times.shape))
        times = given.astype(np.int64)
    values = np.repeat(pair.to_numpy(), times, axis=0)
    whole = np.asarray(~np.isnan(values).any(axis=1))
    only_once = int((~whole & ~np.isnan(values).all(axis=1)).sum()) + strangers
    used = values[whole]
    n = len(used)
    if n < 3:
        raise DataError("too_few_twice", got=n, expected=3)
    icc = intraclass_correlation(pd.DataFrame(used, columns=["first", "second"]), level=level)
    agreement = _agreement(used, level)
    digest = hashlib.sha256(np.ascontiguousarray(used).tobytes()).hexdigest()
    inputs = Inputs(
        digest, len(values), n, len(values) - n, "listwise", "none" if frequencies is None else "frequency",
        ("first", "second"),
    )  # fmt: skip
    notices = (Notice("measured_once", "info", {"n": only_once}),) if only_once else ()
    return TestRetest(
        inputs=inputs, notices=notices, icc_agreement=icc["ICC2"], icc_consistency=icc["ICC3"],
        sem_agreement=agreement.sem_agreement, sem_consistency=agreement.sem_consistency,
        sdc_agreement=_times(agreement.sem_agreement, _Z * math.sqrt(2)),
        sdc_consistency=_times(agreement.sem_consistency, _Z * math.sqrt(2)),
        mean_difference=agreement.mean, agreement_low=agreement.low, agreement_high=agreement.high,
        score=score, n_only_once=only_once,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Agreement:
    sem_agreement: Estimate
    sem_consistency: Estimate
    mean: Estimate
    low: Estimate
    high: Estimate


def _agreement(used: Floats, level: float) -> _Agreement:
    """From n pairs: EMS = s²/2 with s the SD of the differences d, JMS = n d̄²/2."""
    n = len(used)
    difference = used[:, 1] - used[:, 0]
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    shift = max((n * mean**2 / 2 - sd**2 / 2) / n, 0.0)
    tail = (1 - level) / 2
    chi_low, chi_high = stats.chi2.ppf([tail, 1 - tail], n - 1)
    sem = sd / math.sqrt(2)
    no_se = Unavailable("interval_without_se")
    limits = Interval(sem * math.sqrt((n - 1) / chi_high), sem * math.sqrt((n - 1) / chi_low), level, "chi-square")
    none = Unavailable("two_occasions")
    t = float(stats.t.ppf(1 - tail, n - 1))

    def student(value: float, se: float) -> Estimate:
        return Estimate(value, se, Interval(value - t * se, value + t * se, level, "student-t"), n)

    of_limit = sd * math.sqrt(1 / n + _Z**2 / (2 * (n - 1)))
    return _Agreement(
        sem_agreement=Estimate(math.sqrt(shift + sd**2 / 2), none, none, n),
        sem_consistency=Estimate(sem, no_se, limits, n),
        mean=student(mean, sd / math.sqrt(n)),
        low=student(mean - _Z * sd, of_limit),
        high=student(mean + _Z * sd, of_limit),
    )


def _times(value: Estimate, factor: float) -> Estimate:
    """An estimate in other units."""
    interval = value.interval
    if isinstance(interval, Interval):
        interval = Interval(factor * interval.low, factor * interval.high, interval.level, interval.method)
    return Estimate(factor * value.estimate, value.se, interval, value.n)
