"""Public-use data: answers with background variables so coarse that nobody stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import Notice, ResultBase, result, to_jsonable
from akhlak_research.disclosure.policy import DisclosurePolicy, disclosure_policy
from akhlak_research.responses.model import Responses


@result
class PublicUse(ResultBase):
    """Answers that may be given to anybody.

    Attributes
    ----------
    frame : DataFrame
        Background variables kept, then the codes as answered; rows in an order that says nothing about the order of the
        file. It stays out of the record.
    kept, left_out : tuple of str
        Background variables that stand in it, and those that do not.
    k : int
        People who share each combination of kept background variables, at least (after blanking).
    blanked : mapping of str to int
        Cells of each kept variable that were blanked.
    n : int
        Rows.
    notices : tuple of Notice
    """

    kind: ClassVar[str] = "public_use"
    frame: pd.DataFrame
    kept: tuple[str, ...]
    left_out: tuple[str, ...]
    k: int
    blanked: dict[str, int]
    n: int
    notices: tuple[Notice, ...] = ()

    def table(self) -> pd.DataFrame:
        """One row per background variable: ``variable kept blanked``."""
        rows = [(name, True, self.blanked[name]) for name in self.kept] + [(name, False, 0) for name in self.left_out]
        return pd.DataFrame(rows, columns=["variable", "kept", "blanked"])

    def record(self) -> dict[str, Any]:
        """As of every result, but without the rows."""
        kept = [name for name in self.__dataclass_fields__ if name != "frame"]
        return {"kind": self.kind, "version": self.version, **{name: to_jsonable(getattr(self, name)) for name in kept}}

    def headline(self) -> str:
        """Rows, variables, k."""
        return f"{self.n} rows, {len(self.kept)} background variables, k = {self.k}"


def public_use(
    responses: Responses, keep: Sequence[str] = (), *, policy: DisclosurePolicy | None = None, seed: int = 0
) -> PublicUse:
    """Answers with the background variables named, made k-anonymous by blanking.

    Parameters
    ----------
    responses : Responses
    keep : sequence of str
        Coded background variables to keep, the most important one first. All others are left out: unit, weights,
        free text and quantities never leave this way.
    policy : DisclosurePolicy, optional
        Its ``k_anonymity``.
    seed : int
        Of the order of the rows.

    Returns
    -------
    PublicUse
        In every row whose combination of kept variables fewer than k people share, variables are blanked from the last
        to the first until k people share what is left; the blanked form counts as a combination of its own.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for a variable that the answers do not have.

    Notes
    -----
    k-anonymity (Sweeney 2002) hides who a row is, not what a group thinks: where all of a group answered alike, that
    answer is known of each of them. Answers themselves may single somebody out who is known to have given them.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems, 10, 557–570.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.read_responses("data/bfi/responses.csv", ak.read_instrument("data/bfi"))
    >>> safe = ak.public_use(answers, ["gender", "education"])
    >>> safe.n, safe.k >= 5, list(safe.frame.columns[:2])
    (2800, True, ['gender', 'education'])
    """
    policy = policy or disclosure_policy()
    for name in keep:
        check_choice(name, list(responses.groups.columns), "keep")
    coded = [name for name in keep if responses.groups[name].dtype.name in ("Int64", "string", "object", "str")]
    quantities = [name for name in keep if name not in coded]
    groups = responses.groups[coded].astype(object).where(responses.groups[coded].notna(), None)
    safe, blanked = _blank(groups, policy.k_anonymity)
    frame = pd.concat([safe, responses.codes.astype("Int64")], axis=1)
    order = np.random.default_rng(seed).permutation(len(frame))
    notices = [Notice("public_use_quantities", "info", {"variables": quantities})] if quantities else []
    if sum(blanked.values()):
        notices.append(Notice("public_use_blanked", "info", {"n": sum(blanked.values()), "k": policy.k_anonymity}))
    return PublicUse(
        frame=frame.iloc[order].reset_index(drop=True), kept=tuple(coded),
        left_out=tuple(name for name in responses.groups.columns if name not in coded), blanked=blanked,
        k=_smallest(safe), n=len(frame), notices=tuple(notices),
    )  # fmt: skip


def _blank(groups: pd.DataFrame, k: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """Blank rare combinations, last variable first; what cannot reach k is blanked whole, with company if needed."""
    safe = groups.copy()
    for name in reversed(list(groups.columns)):
        rare = _sizes(safe) < k
        safe.loc[rare, name] = None
    rare = _sizes(safe) < k
    while rare.any() and not safe.isna().all(axis=None):
        # too few fully blank rows: the smallest other combination joins them
        others = _sizes(safe).where(safe.notna().any(axis=1))
        safe.loc[others == others.min(), :] = None
        rare = _sizes(safe) < k
    return safe, {name: int((safe[name].isna() & groups[name].notna()).sum()) for name in groups.columns}


def _sizes(frame: pd.DataFrame) -> pd.Series:
    """People who share a row's combination; blanks are equal to blanks."""
    if not len(frame.columns):
        return pd.Series(len(frame), index=frame.index)
    keys = frame.astype("string").fillna("\0").agg("\1".join, axis=1)
    sizes: pd.Series = keys.map(keys.value_counts())
    return sizes


def _smallest(frame: pd.DataFrame) -> int:
    return int(_sizes(frame).min()) if len(frame) else 0
