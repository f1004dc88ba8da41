"""The same numbers by other packages, with the reason where they differ. The only module that calls them.

pingouin and factor_analyzer are under the GPL, statsmodels under the BSD licence; all are imported when asked for.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import EnvironmentProblem, MethodError
from akhlak_research.core.packages import need
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.core.text import Language
from akhlak_research.counts.rows import Keys, Rows, Scale, as_rows
from akhlak_research.measure.adequacy import bartlett_sphericity, kmo
from akhlak_research.measure.alignment import align
from akhlak_research.measure.alpha import cronbach_alpha
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.efa import efa
from akhlak_research.measure.efa_result import Efa
from akhlak_research.measure.material import dimensions_of, take_items
from akhlak_research.responses.model import Responses

# two computations of one closed form agree to this, whatever their order of summation
_AGREE = 1e-8
# searches that stop at their own tolerance end this near to each other at one optimum
_SAME_OPTIMUM = 1e-3
# scikit-learn announces the end of an argument that factor_analyzer still uses; the extra "lab" holds it back
_KNOWN_WARNING = "'force_all_finite' was renamed to 'ensure_all_finite' in 1.6 and will be removed in 1.8."


@dataclass(frozen=True, slots=True)
class Comparison:
    """One statistic by us and by another package.

    Attributes
    ----------
    statistic : str
    about : str
        Dimension, item, or pair of factors; for a table of numbers, the cell where both differ most.
    ours, theirs, difference : float
        ``theirs − ours``.
    package, version : str
    reason : Notice or None
        Why they differ; None where they agree.
    """

    statistic: str
    about: str
    ours: float
    theirs: float
    difference: float
    package: str
    version: str
    reason: Notice | None


@result
class SecondOpinion(Result):
    """Statistics by us and by other packages.

    Attributes
    ----------
    rows : tuple of Comparison
    """

    kind: ClassVar[str] = "second_opinion"
    rows: tuple[Comparison, ...]

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per statistic: ``statistic about ours theirs difference package version reason`` (in ``lang``)."""
        names = ["statistic", "about", "ours", "theirs", "difference", "package", "version"]
        frame = pd.DataFrame([[getattr(row, name) for name in names] for row in self.rows], columns=names)
        return frame.assign(reason=["" if row.reason is None else row.reason.say(lang) for row in self.rows])

    def headline(self) -> str:
        """How many agree."""
        agree = sum(row.reason is None for row in self.rows)
        return f"{agree} of {len(self.rows)} numbers agree, the others with a reason"


def second_opinion(
    items: pd.DataFrame | Responses | Rows,
    *,
    n_factors: int | None = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
    frequencies: ArrayLike | None = None,
    level: float = 0.95,
) -> SecondOpinion:
    """What pingouin, factor_analyzer and statsmodels say about the same answers.

    Alpha with its interval (of each dimension, where the instrument has several), KMO, Bartlett's test, and a factor
    analysis (minres, oblimin; principal axis). Known faults of the packages are shown as they print them and repaired,
    each with its reason.

    Parameters
    ----------
    items : DataFrame or Responses
        Item codes, respondents × items. Rows with a missing answer are left out, of a dimension for its alpha, of all
        items for the rest (factor_analyzer would put medians in their place).
    n_factors : int, optional
        Number of factors; without it factor analysis is left out.
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame.
    frequencies : array (n,), optional
        Row counts; rows are repeated, for the packages do not know them.
    level : float
        Of the interval of alpha.

    Returns
    -------
    SecondOpinion
        ``.table()`` with ``statistic about ours theirs difference package version reason``.

    Raises
    ------
    EnvironmentProblem
        ``missing_package``, ``sklearn_too_new``: install the extra ``lab``.
    MethodError
        ``second_opinion_weights``: the packages know no sampling weights.
    DataError, ArgumentError
        As the statistics themselves; ``items_type`` for counts, which hold no rows.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> opinion = ak.second_opinion(ak.Study("data/bfi").responses)
    >>> opinion.table().query("statistic == 'kmo'")[["ours", "theirs"]].round(6).values.tolist()
    [[0.848645, 0.848645]]
    """
    check_level(level)
    rows = _repeated(as_rows(items, keys=keys, scale=scale, frequencies=frequencies))
    if n_factors is not None:
        check_count(n_factors, 1, "n_factors", len(rows.names) - 1)
    scales = dimensions_of(items, None) or {"total": rows.names}
    found: list[Comparison] = []
    for name, members in scales.items():
        found += _alpha_rows(take_items(rows, members), name, level)
    complete = rows.complete()
    found += _adequacy_rows(complete)
    if n_factors is not None:
        found += _factor_rows(complete, n_factors)
    return SecondOpinion(inputs=rows.inputs(len(complete.values), "listwise"), rows=tuple(found))


def _repeated(rows: Rows) -> Rows:
    if rows.weighting == "sampling":
        raise MethodError("second_opinion_weights")
    if rows.weights is None:
        return rows
    values = np.repeat(rows.values, rows.weights.astype(np.int64), axis=0)
    return Rows(values, rows.names, None, "none", rows.reversed_items, rows.digest, rows.n_rows)


def _alpha_rows(rows: Rows, name: str, level: float) -> Iterator[Comparison]:
    """pingouin deletes rows with missing answers, but its interval counts them as before."""
    pingouin = need("pingouin", "lab")
    ours = cronbach_alpha(rows, level=level, interval="feldt")
    given, whole = (pd.DataFrame(part.values, columns=rows.names) for part in (rows, rows.complete()))
    alpha, limits = pingouin.cronbach_alpha(data=given, nan_policy="listwise", ci=level)
    compare = _comparer("pingouin")
    yield compare("alpha", name, ours.estimate, alpha)  # type: ignore[union-attr]
    if len(given) > len(whole):
        _, right = pingouin.cronbach_alpha(data=whole, ci=level)
        said = {"n_rows": len(given), "n": len(whole), "low": float(right[0]), "high": float(right[1])}
        reason = Notice("pingouin_counts_deleted_rows", "warning", said)
    else:
        reason = Notice("pingouin_rounds", "info")
    interval = ours.interval  # type: ignore[union-attr]
    yield compare("alpha_ci_low", name, interval.low, limits[0], reason)
    yield compare("alpha_ci_high", name, interval.high, limits[1], reason)


def _adequacy_rows(rows: Rows) -> Iterator[Comparison]:
    package = need("factor_analyzer", "lab")
    compare = _comparer("factor_analyzer")
    _, theirs = package.calculate_kmo(rows.values)
    yield compare("kmo", "", kmo(rows).overall, theirs)  # type: ignore[union-attr]
    statistic, _ = package.calculate_bartlett_sphericity(rows.values)
    # a statistic of some thousands carries its rounding with it
    reason = Notice("rounding_of_large_numbers", "info")
    yield compare("bartlett_chisq", "", bartlett_sphericity(rows).statistic, statistic, reason, 1e-6)  # type: ignore[union-attr]


def _factor_rows(rows: Rows, k: int) -> Iterator[Comparison]:
    ours = efa(rows, k, extraction="minres", rotation="oblimin" if k > 1 else "none", scores="none")
    assert isinstance(ours, Efa)
    yield from _factor_analyzer_rows(rows, ours)
    factor = need("statsmodels.multivariate.factor", "lab")
    theirs = factor.Factor(corr=np.corrcoef(rows.values.T), n_factor=k, method="pa").fit(maxiter=2000, tol=1e-10)
    stopped = Notice("search_tolerance", "info")
    yield _worst("communality_pa", ours, ours.communalities.to_numpy(), theirs.communality, "statsmodels", stopped)


def _factor_analyzer_rows(rows: Rows, ours: Efa) -> Iterator[Comparison]:
    """Oblique solutions are printed with factor correlations of another order and with communalities as if factors were
    uncorrelated. Structure = pattern · Φ holds in what it returns, which gives Φ back."""
    k = ours.n_factors
    fitted = _fit_factor_analyzer(rows.values, k)
    pattern = np.asarray(fitted.loadings_)
    structure = pattern if k == 1 else np.asarray(fitted.structure_)
    phi = np.linalg.lstsq(pattern, structure, rcond=None)[0]
    loadings, h2 = ours.loadings.to_numpy(), ours.communalities.to_numpy()
    laid = align(pattern, loadings)
    stopped = Notice("search_tolerance", "info")

    def worst(statistic: str, mine: Floats, theirs: Floats, reason: Notice, limit: float = math.inf) -> Comparison:
        return _worst(statistic, ours, mine, theirs, "factor_analyzer", reason, limit)

    yield worst("loading", loadings, laid.loadings(pattern), stopped, _SAME_OPTIMUM)
    if k > 1:
        wrong_sums = Notice("factor_analyzer_communalities", "warning")
        yield worst("communality_printed", h2, np.asarray(fitted.get_communalities()), wrong_sums)
    yield worst("communality", h2, (pattern * structure).sum(axis=1), stopped, _SAME_OPTIMUM)
    if k > 1:
        mine = ours.factor_correlations.to_numpy()
        wrong_order = Notice("factor_analyzer_phi", "warning")
        yield worst("factor_correlation_printed", mine, laid.correlations(np.asarray(fitted.phi_)), wrong_order)
        yield worst("factor_correlation", mine, laid.correlations(phi), stopped, _SAME_OPTIMUM)


def _fit_factor_analyzer(values: Floats, k: int) -> Any:
    package = need("factor_analyzer", "lab")
    release = importlib.metadata.version("scikit-learn")
    if tuple(int(part) for part in release.split(".")[:2]) >= (1, 8):
        raise EnvironmentProblem("sklearn_too_new", got=release, expected="< 1.8", extra="lab")
    with _quiet():
        analysis = package.FactorAnalyzer(n_factors=k, method="minres", rotation="oblimin" if k > 1 else None)
        return analysis.fit(values)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=re.escape(_KNOWN_WARNING), category=FutureWarning)
        yield


def _worst(
    statistic: str, ours: Efa, mine: Floats, theirs: Floats, package: str, reason: Notice, limit: float = _SAME_OPTIMUM
) -> Comparison:
    """The cell of a table where both differ most."""
    at = np.unravel_index(int(np.argmax(np.abs(theirs - mine))), mine.shape)
    factors = list(ours.loadings.columns)
    first = factors if len(mine) == len(factors) else list(ours.loadings.index)
    names = (first, factors)[: mine.ndim]
    about = " × ".join(str(name[i]) for name, i in zip(names, at, strict=True))
    return _comparer(package)(statistic, about, mine[at], theirs[at], reason, limit)


def _comparer(package: str) -> Callable[..., Comparison]:
    version = importlib.metadata.version(package)

    def compare(
        statistic: str, about: str, ours: float, theirs: float, reason: Notice | None = None, limit: float = math.inf
    ) -> Comparison:
        difference = float(theirs) - float(ours)
        if abs(difference) <= _AGREE:
            reason = None
        elif reason is None or not abs(difference) <= limit:
            reason = Notice("second_opinion_unexplained", "warning", {"package": package})
        return Comparison(statistic, about, float(ours), float(theirs), difference, package, version, reason)

    return compare
