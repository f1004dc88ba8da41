"""What the screening for careless answering gives: one entry per index, the joint rate, a frame by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import NAN, Result, ResultBase, Unavailable, result, to_jsonable
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd

SYMBOLS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_STATUS = {
    "V": "read_in_source", "V2": "read_in_copy", "A": "inferred", "M": "remembered", "P": "project_choice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CutOff:
    """A cut-off of the catalogue: see ``catalog/careless.yaml``."""

    name: str
    comparison: str
    value: float
    per: str | None
    cited_to: str
    status: str
    chance: bool
    note: Words

    def at(self, n_items: int, span: float) -> float:
        """The cut-off for a form of so many items whose scale spans so many steps."""
        return self.value * {"item": n_items, "range": span}.get(self.per or "", 1.0)


@cache
def cut_offs() -> tuple[CutOff, ...]:
    """The cut-offs of the catalogue."""
    entries = load("careless")["indices"]
    return tuple(CutOff(**{**e, "value": float(e["value"]), "note": Words(e["note"])}) for e in entries)


@dataclass(frozen=True, slots=True)
class CarelessIndex:
    """One index over all respondents.

    Attributes
    ----------
    name : str
        ``longstring``, ``irv``, ``even_odd``, ``mahalanobis``, ``duplicate``, ``seconds``.
    cut_off : float
        In the index's own unit; ``comparison`` says on which side the flag is.
    n : int
        Respondents for whom the index exists.
    n_flagged : int
        Of these, how many are flagged.
    expected : float or Unavailable
        Share of respondents flagged when the answers to every item are dealt out again among the respondents, so that
        no two answers of a person belong together.
    cited_to, status : str
        Who uses this cut-off, and how far that was checked.
    note : Words
        What a flag means.
    """

    name: str
    comparison: str
    cut_off: float
    n: int
    n_flagged: int
    expected: float | Unavailable
    cited_to: str
    status: str
    note: Words

    @property
    def share(self) -> float:
        """Share flagged of those for whom the index exists."""
        return self.n_flagged / self.n if self.n else NAN


@result
class JointFlags(ResultBase):
    """How many respondents carry how many flags, beside what independent flags would give.

    Attributes
    ----------
    observed, expected : tuple
        Respondents with 0, 1, … flags, seen and expected.
    """

    kind: ClassVar[str] = "careless_joint"
    observed: tuple[int, ...]
    expected: tuple[float, ...]

    def at_least(self, flags: int) -> tuple[float, float]:
        """Share of respondents with at least so many flags: observed, expected."""
        n = max(sum(self.observed), 1)
        return sum(self.observed[flags:]) / n, sum(self.expected[flags:]) / n

    def table(self) -> pd.DataFrame:
        """One row per number of flags: ``n_flags n percent expected_percent``."""
        import pandas as pd

        n = max(sum(self.observed), 1)
        percent, expected = ([100 * k / n for k in counts] for counts in (self.observed, self.expected))
        columns = {"n_flags": range(len(self.observed)), "n": self.observed, "percent": percent}
        return pd.DataFrame({**columns, "expected_percent": expected})

    def headline(self) -> str:
        """Respondents, and how many carry two flags or more."""
        return f"{sum(self.observed)} respondents, {sum(self.observed[2:])} with two flags or more"


@result
class CarelessScreen(Result):
    """Flags for careless answering.

    Attributes
    ----------
    indices : tuple of CarelessIndex
        In the catalogue's order; those that do not exist for these answers are under ``unavailable``.
    unavailable : mapping of str to Unavailable
        Indices that do not exist here, and why.
    joint : JointFlags
        How many respondents carry how many flags.
    joint_flags : int
        Flags from which a respondent counts in the joint rate.
    joint_rate, joint_expected : float
        Share of respondents with at least that many flags; the share if the flags were independent.
    per_respondent : DataFrame
        ``row`` (the respondent's number), the value of each index, ``flag_<index>``, ``n_flags``. It holds no answer
        and stays out of the record.
    draws, seed : int
        How often the answers were dealt out again for the chance rates; None as seed for a generator.
    """

    kind: ClassVar[str] = "careless_screen"
    indices: tuple[CarelessIndex, ...]
    unavailable: Mapping[str, Unavailable]
    joint: JointFlags
    joint_flags: int
    joint_rate: float
    joint_expected: float
    per_respondent: pd.DataFrame
    draws: int
    seed: int | None

    def __getitem__(self, name: str) -> CarelessIndex:
        check_choice(name, [index.name for index in self.indices], "index")
        return next(index for index in self.indices if index.name == name)

    def table(self) -> pd.DataFrame:
        """One row per index: ``index comparison cut_off n n_flagged percent expected_percent cited_to status``."""
        import pandas as pd

        rows = [
            (
                i.name, SYMBOLS[i.comparison], i.cut_off, i.n, i.n_flagged, 100 * i.share, 100 * float(i.expected),
                i.cited_to, _STATUS[i.status],
            )
            for i in self.indices
        ]  # fmt: skip
        counts = ["n", "n_flagged", "percent", "expected_percent"]
        return pd.DataFrame(rows, columns=["index", "comparison", "cut_off", *counts, "cited_to", "status"])

    def record(self) -> dict[str, Any]:
        """As of every result, but without the frame of single respondents."""
        kept = [name for name in self.__dataclass_fields__ if name != "per_respondent"]
        return {"kind": self.kind, "version": self.version, **{name: to_jsonable(getattr(self, name)) for name in kept}}

    def headline(self) -> str:
        """Respondents and the joint rate."""
        return (
            f"{self.inputs.n_rows} respondents; {100 * self.joint_rate:.1f}% with {self.joint_flags} flags or more "
            f"({100 * self.joint_expected:.1f}% if flags were independent)"
        )
