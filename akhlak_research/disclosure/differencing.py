"""What two published numbers tell together, and whether one person carries a number: differencing and dominance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import ResultBase, result
from akhlak_research.disclosure.policy import DisclosurePolicy, disclosure_policy


@result
class Differencing(ResultBase):
    """Pairs of published groups whose difference is too small a group.

    Attributes
    ----------
    pairs : DataFrame
        ``larger smaller n_larger n_smaller n_difference``: the smaller lies within the larger, and fewer people than
        the threshold are in the one but not in the other.
    n_groups, threshold : int
    """

    kind: ClassVar[str] = "differencing"
    pairs: pd.DataFrame
    n_groups: int
    threshold: int

    @property
    def safe(self) -> bool:
        """Whether there is no such pair."""
        return self.pairs.empty

    def table(self) -> pd.DataFrame:
        """The pairs."""
        return self.pairs

    def headline(self) -> str:
        """Number of pairs."""
        return f"{len(self.pairs)} pairs of {self.n_groups} groups"


def check_differencing(groups: Mapping[str, ArrayLike], policy: DisclosurePolicy | None = None) -> Differencing:
    """Find published groups whose difference gives away a few people.

    Two tables may be safe each by itself: the mean of an office and that of the same office without its head differ by
    one person, whose answer follows from the two.

    Parameters
    ----------
    groups : mapping of str to bool array (n,)
        Name of each published group, and which of the n respondents belong to it.
    policy : DisclosurePolicy, optional

    Returns
    -------
    Differencing

    Raises
    ------
    DataError
        ``groups_shape``: arrays of different lengths.
    ArgumentError
        ``no_groups``.

    Examples
    --------
    >>> import akhlak_research as ak, numpy as np
    >>> office = np.arange(40) < 25
    >>> staff = np.arange(40) < 24  # the office without its head
    >>> ak.check_differencing({"office": office, "staff": staff}).pairs.to_dict("records")[0]["n_difference"]
    1
    """
    policy = policy or disclosure_policy()
    if not groups:
        raise ArgumentError("no_groups")
    names = list(groups)
    arrays = [np.asarray(groups[name], dtype=bool) for name in names]
    if len({array.shape for array in arrays}) != 1:
        raise DataError("groups_shape", got=sorted({len(array) for array in arrays}))
    member = np.stack(arrays).astype(np.float64)  # sums below 2**53 are exact
    both = np.rint(member @ member.T).astype(np.int64)
    n = both.diagonal()
    rows = [
        (names[i], names[j], int(n[i]), int(n[j]), int(n[i] - n[j]))
        for i, j in np.argwhere((both == n[None, :]) & (n[:, None] > n[None, :]) & (n[None, :] > 0))
        if n[i] - n[j] < policy.threshold
    ]
    columns = ["larger", "smaller", "n_larger", "n_smaller", "n_difference"]
    return Differencing(pairs=pd.DataFrame(rows, columns=columns), n_groups=len(names), threshold=policy.threshold)


@result
class Dominance(ResultBase):
    """Groups whose weighted score one person carries.

    Attributes
    ----------
    groups : DataFrame
        ``group n largest_share dominated``: the share of the group's weight that its heaviest member has.
    limit : float
    """

    kind: ClassVar[str] = "dominance"
    groups: pd.DataFrame
    limit: float

    @property
    def safe(self) -> bool:
        """Whether nobody carries more than the limit."""
        return not bool(self.groups["dominated"].any())

    def table(self) -> pd.DataFrame:
        """The groups."""
        return self.groups

    def headline(self) -> str:
        """Number of groups that one person dominates."""
        return f"{int(self.groups['dominated'].sum())} of {len(self.groups)} groups dominated"


def check_dominance(weights: ArrayLike, group: ArrayLike, policy: DisclosurePolicy | None = None) -> Dominance:
    """Find groups in which one person carries most of the weight: who knows the score knows that person's answer.

    Parameters
    ----------
    weights : array (n,)
        Sampling weights, or contributions to a magnitude; not negative.
    group : array (n,)
        Group of each person; a missing one is left out.
    policy : DisclosurePolicy, optional

    Returns
    -------
    Dominance

    Raises
    ------
    DataError
        ``weights_negative``; ``groups_shape``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.check_dominance([1, 1, 1, 9, 1], ["a", "a", "a", "b", "b"]).groups["dominated"].tolist()
    [False, True]
    """
    policy = policy or disclosure_policy()
    weight = np.asarray(weights, dtype=np.float64)
    if len(weight) != len(np.asarray(group)):
        raise DataError("groups_shape", got=[len(weight), len(np.asarray(group))])
    if not np.isfinite(weight).all() or (weight < 0).any():
        at = int(np.argmax(~np.isfinite(weight) | (weight < 0)))
        raise DataError("weights_negative", row=at + 1, got=float(weight[at]))
    by = pd.DataFrame({"group": group, "weight": weight}).groupby("group", observed=True, sort=True)["weight"]
    frame = pd.DataFrame({"n": by.size(), "largest_share": by.max() / by.sum()}).reset_index()
    frame["dominated"] = frame["largest_share"] > policy.dominance
    return Dominance(groups=frame, limit=policy.dominance)
