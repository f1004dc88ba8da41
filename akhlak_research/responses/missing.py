"""Which answers are missing, of which kind, and how they gather on respondents."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Result, result
from akhlak_research.responses.model import Responses, inputs_of


@result
class MissingTable(Result):
    """Missing answers by item, kind and respondent.

    Attributes
    ----------
    items : tuple of str
        The p items.
    kinds : tuple of str
        ``"blank"`` and the kinds that the instrument declares.
    counts : (p, k) int
        Missing answers of each item and kind.
    per_respondent : (p + 1,) int
        How many respondents miss 0, 1, … p answers.
    """

    kind: ClassVar[str] = "missing_table"
    further_tables: ClassVar[tuple[str, ...]] = ("patterns",)
    items: tuple[str, ...]
    kinds: tuple[str, ...]
    counts: NDArray[np.int64]
    per_respondent: NDArray[np.int64]

    @property
    def n_complete(self) -> int:
        """Respondents who answered every item."""
        return int(self.per_respondent[0])

    def table(self) -> pd.DataFrame:
        """One row per item: ``item n n_missing percent_missing`` and one column ``missing_<kind>`` per kind."""
        n_rows, missing = self.inputs.n_rows, self.counts.sum(axis=1)
        frame = pd.DataFrame(
            {
                "item": self.items,
                "n": n_rows - missing,
                "n_missing": missing,
                "percent_missing": 100.0 * missing / n_rows,
            }
        )
        for position, kind in enumerate(self.kinds):
            frame[f"missing_{kind}"] = self.counts[:, position]
        return frame

    def patterns(self) -> pd.DataFrame:
        """Respondents by how many answers they miss: ``n_missing_items n percent``, for the numbers that occur."""
        there = np.flatnonzero(self.per_respondent)
        n = self.per_respondent[there]
        return pd.DataFrame({"n_missing_items": there, "n": n, "percent": 100.0 * n / self.inputs.n_rows})

    def headline(self) -> str:
        """Complete respondents and missing answers."""
        return f"{self.n_complete} of {self.inputs.n_rows} complete, {int(self.counts.sum())} answers missing"


def missing_table(responses: Responses) -> MissingTable:
    """Count missing answers by item and kind, and respondents by the number of answers they miss.

    Rows are counted as they are: sampling weights are not used.

    Parameters
    ----------
    responses : Responses
        Answers as read.

    Returns
    -------
    MissingTable
        ``.table()`` by item, ``.patterns()`` by respondent, ``.n_complete``.

    Raises
    ------
    DataError
        ``no_rows`` for a selection without respondents.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> missing = ak.missing_table(ak.Study("data/bfi").responses)
    >>> missing
    <missing_table 2436 of 2800 complete, 508 answers missing>
    >>> missing.table().set_index("item")["missing_blank"].head(3).to_dict()
    {'A1': 16, 'A2': 27, 'A3': 26}
    """
    if responses.n == 0:
        raise DataError("no_rows")
    kinds = tuple(responses.missing_kinds.iloc[:, 0].cat.categories[1:])
    at = np.column_stack([responses.missing_kinds[name].cat.codes for name in responses.items])
    counts, per_respondent = count_missing(at, len(kinds))
    return MissingTable(
        inputs=inputs_of(responses, responses.missing_kinds, responses.n), items=responses.items, kinds=kinds,
        counts=counts, per_respondent=per_respondent,
    )  # fmt: skip


def count_missing(at: NDArray[np.int8], k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tables of kinds by item and of missing answers by respondent.

    ``at`` (n, p): 0 for an answer, 1 … k for the kind of a missing one. Returns (p, k) and (p + 1,).
    """
    p = at.shape[1]
    counts = np.stack([np.bincount(at[:, item], minlength=k + 1)[1:] for item in range(p)])
    return counts.astype(np.int64), np.bincount((at > 0).sum(axis=1), minlength=p + 1).astype(np.int64)
