"""``protect``: the same result with nothing in it that stands for too few people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypeVar, overload

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import ByGroup, Notice, ResultBase, Unavailable, result
from akhlak_research.disclosure.cells import suppress, suppress_groups
from akhlak_research.disclosure.policy import DisclosurePolicy, disclosure_policy
from akhlak_research.index.result import Index
from akhlak_research.index.small_areas import SmallAreas
from akhlak_research.measure.aggregation import Aggregation
from akhlak_research.measure.measurement_error import MeasurementError
from akhlak_research.responses.profile import Category, RespondentProfile

P = TypeVar("P", Index, Aggregation, SmallAreas, RespondentProfile, MeasurementError, ByGroup[Any], Unavailable)


@result
class ProtectedCounts(ResultBase):
    """A frequency table that may be published.

    Attributes
    ----------
    counts : DataFrame
        People per cell with margins in the last row and column (``total``); NaN where hidden.
    hidden : DataFrame of bool
        The same shape.
    n_small, n_secondary : int
        Cells hidden because they are small, and further ones that would have given those away.
    threshold, round_to : int
        Of the policy.
    notices : tuple of Notice
    """

    kind: ClassVar[str] = "protected_counts"
    counts: pd.DataFrame
    hidden: pd.DataFrame
    n_small: int
    n_secondary: int
    threshold: int
    round_to: int
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """The counts, rows named in the first column."""
        return self.counts.reset_index()

    def headline(self) -> str:
        """How much is hidden."""
        return f"{self.n_small} small cells hidden, {self.n_secondary} more with them"


@overload
def protect(data: P, policy: DisclosurePolicy | None = None) -> P: ...
@overload
def protect(data: pd.DataFrame, policy: DisclosurePolicy | None = None) -> ProtectedCounts: ...


def protect(data: Any, policy: DisclosurePolicy | None = None) -> Any:
    """Hide what stands for too few people, and what would give it away.

    Parameters
    ----------
    data : Index, Aggregation, SmallAreas, RespondentProfile, MeasurementError, ByGroup, DataFrame or Unavailable
        An index, an aggregation or small areas by unit: units of too few respondents are left out. A profile of
        respondents: so are categories. Errors of measurement: so are scores in the table of errors by score. A
        frequency table (rows × columns, people per cell, without margins): cells are hidden, and margins added. What
        is unavailable stays so.
    policy : DisclosurePolicy, optional
        Default: that of the catalogue.

    Returns
    -------
    Of the same type, ProtectedCounts of a DataFrame
        The same without the hidden units or categories, and a notice with their number. At least two of a total are
        hidden and together they have the threshold's number of respondents, so that the total less the published ones
        says nothing about one of them.

    Raises
    ------
    DataError
        ``counts_invalid``: a cell that is no whole number of people.
    ArgumentError
        ``items_type``: nothing that this function knows.

    Notes
    -----
    In a frequency table a cell of 1 to threshold − 1 people is hidden. Further cells follow until the largest value
    that an attacker who knows all published cells and margins must allow for a hidden cell reaches the threshold and
    its range is not a single value; both ends come from linear programmes (the exact audit), the further cells from the
    cheapest rectangles. Cells of zero are published: they say that nobody is there.

    References
    ----------
    Hundepool, A., et al. (2012). Statistical Disclosure Control. Wiley, ch. 4.
    Fischetti, M., & Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
    constraints. Management Science, 47, 1008–1027.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> people = pd.DataFrame({"men": [3, 40, 35], "women": [30, 28, 50]}, index=["A", "B", "C"])
    >>> safe = ak.protect(people)
    >>> safe.n_small, safe.n_secondary, float(safe.counts.loc["total", "total"])
    (1, 3, 186.0)
    """
    policy = policy or disclosure_policy()
    for kind, how in _PROTECTIONS.items():
        if isinstance(data, kind):
            return how(data, policy)
    raise ArgumentError("items_type", got=type(data).__name__, expected=[kind.__name__ for kind in _PROTECTIONS])


def _index(index: Index, policy: DisclosurePolicy) -> Index:
    people = {unit: min(score.n for score in index.scores if score.unit == unit and score.n) for unit in index.units}
    hidden, said = _hidden(people, policy)
    kept = tuple(score for score in index.scores if score.unit not in hidden)
    return replace(index, scores=kept, notices=index.notices + said)


def _aggregation(found: Aggregation, policy: DisclosurePolicy) -> Aggregation:
    hidden, said = _hidden({unit.unit: unit.n for unit in found.units}, policy)
    kept = tuple(unit for unit in found.units if unit.unit not in hidden)
    return replace(found, units=kept, notices=found.notices + said)


def _areas(found: SmallAreas, policy: DisclosurePolicy) -> SmallAreas:
    hidden, said = _hidden({area.unit: area.n for area in found.areas}, policy)
    kept = tuple(area for area in found.areas if area.unit not in hidden)
    return replace(found, areas=kept, notices=found.notices + said)


def _hidden(people: Mapping[str, int], policy: DisclosurePolicy) -> tuple[list[str], tuple[Notice, ...]]:
    """Units with few people and as many others as it takes to hide these, and what is said of them."""
    small = suppress_groups(np.array(list(people.values()), dtype=np.int64), policy.threshold)
    hidden = [unit for unit, out in zip(people, small, strict=True) if out]
    if not hidden:
        return hidden, ()
    said = {"n": len(hidden), "of": len(people), "threshold": policy.threshold, "units": hidden}
    return hidden, (Notice("units_hidden", "caution", said),)


def _profile(profile: RespondentProfile, policy: DisclosurePolicy) -> RespondentProfile:
    kept: list[Category] = []
    for variable in dict.fromkeys(category.variable for category in profile.categories):
        of_it = [category for category in profile.categories if category.variable == variable]
        hidden = suppress_groups(np.array([category.n for category in of_it], dtype=np.int64), policy.threshold)
        kept += [category for category, out in zip(of_it, hidden, strict=True) if not out]
    n = len(profile.categories) - len(kept)
    if not n:
        return profile
    notice = Notice("categories_hidden", "info", {"n": n, "threshold": policy.threshold})
    others = tuple(one for one in profile.notices if one.code != "small_cells")  # it names them, with their numbers
    return replace(profile, categories=tuple(kept), notices=(*others, notice))


def _error(found: MeasurementError, policy: DisclosurePolicy) -> MeasurementError:
    by_score = found.conditional
    if isinstance(by_score, Unavailable):
        return found
    hidden = suppress_groups(by_score["n"].to_numpy(dtype=np.int64), policy.threshold)
    if not hidden.any():
        return found
    notice = Notice("scores_hidden", "info", {"n": int(hidden.sum()), "threshold": policy.threshold})
    kept = by_score[~hidden].reset_index(drop=True)
    return replace(found, conditional=kept, notices=(*found.notices, notice))


def _groups(found: ByGroup[Any], policy: DisclosurePolicy) -> ByGroup[Any]:
    return replace(found, parts={group: protect(part, policy) for group, part in found.parts.items()})


def _counts(table: pd.DataFrame, policy: DisclosurePolicy) -> ProtectedCounts:
    values = table.to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(values) | (values < 0) | (values != np.rint(values))
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise DataError("counts_invalid", column=str(table.columns[j]), got=values[i, j], row_name=table.index[i])
    whole = values.astype(np.int64)
    hidden, full = suppress(whole, policy.threshold)
    shown = np.where(hidden, np.nan, np.rint(full / policy.round_to) * policy.round_to)
    index: pd.Index[str] = pd.Index([str(name) for name in table.index] + ["total"], dtype="str")
    index = index.rename(str(table.index.name or "row"))
    columns = [str(name) for name in table.columns] + ["total"]
    small = int(((full > 0) & (full < policy.threshold) & hidden).sum())
    notices = [Notice("cells_hidden", "info", {"n": int(hidden.sum()), "threshold": policy.threshold})]
    if policy.round_to > 1:
        notices.append(Notice("cells_rounded", "info", {"base": policy.round_to}))
    return ProtectedCounts(
        counts=pd.DataFrame(shown, index=index, columns=columns),
        hidden=pd.DataFrame(hidden, index=index, columns=columns), n_small=small,
        n_secondary=int(hidden.sum()) - small, threshold=policy.threshold, round_to=policy.round_to,
        notices=tuple(notices) if hidden.any() or policy.round_to > 1 else (),
    )  # fmt: skip


def _nothing(data: Unavailable, policy: DisclosurePolicy) -> Unavailable:
    return data


#: a type, and how its results are protected
_PROTECTIONS: dict[type, Callable[[Any, DisclosurePolicy], Any]] = {
    Unavailable: _nothing,
    Index: _index,
    Aggregation: _aggregation,
    SmallAreas: _areas,
    RespondentProfile: _profile,
    MeasurementError: _error,
    ByGroup: _groups,
    pd.DataFrame: _counts,
}
