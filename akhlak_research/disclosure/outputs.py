"""A record of every output that leaves: which rule was applied, how it came out, and by what exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.disclosure.policy import DisclosurePolicy, disclosure_policy

if TYPE_CHECKING:
    import pandas as pd

OutputStatus = Literal["passes", "exempt", "refused"]


@dataclass(frozen=True, slots=True)
class OutputReview:
    """One output.

    Attributes
    ----------
    name : str
        Of the record.
    rule : str
        ``"threshold"``, or ``"none"`` where nothing in it counts people.
    status : {"passes", "exempt", "refused"}
    n_smallest : int or None
        Fewest people behind a number in it.
    places : tuple of str
        Where the threshold is broken, the first few.
    why : Words or None
        Of an exemption.
    """

    name: str
    rule: str
    status: OutputStatus
    n_smallest: int | None
    places: tuple[str, ...] = ()
    why: Words | None = None


@result
class OutputsReview(ResultBase):
    """All outputs of a study against the policy.

    Attributes
    ----------
    policy : DisclosurePolicy
    entries : tuple of OutputReview
    """

    kind: ClassVar[str] = "outputs_review"
    policy: DisclosurePolicy
    entries: tuple[OutputReview, ...]

    @property
    def refused(self) -> tuple[OutputReview, ...]:
        """What must not leave."""
        return tuple(entry for entry in self.entries if entry.status == "refused")

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per output, its name in plain words: ``output policy_rule status n_smallest reason``."""
        import pandas as pd

        rows = [
            (e.name.replace("_", " "), e.rule, e.status, e.n_smallest,
             e.why.say(lang) if e.why else "; ".join(e.places))
            for e in self.entries
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=["output", "policy_rule", "status", "n_smallest", "reason"])
        return frame.astype({"n_smallest": "Int64"})

    def headline(self) -> str:
        """How many are refused."""
        return f"{len(self.entries)} outputs, {len(self.refused)} refused"


def review_outputs(records: Mapping[str, Any], policy: DisclosurePolicy | None = None) -> OutputsReview:
    """Hold every record that leaves against the policy.

    Parameters
    ----------
    records : mapping of str to dict
        Name to record, as ``result.record()`` makes them.
    policy : DisclosurePolicy, optional

    Returns
    -------
    OutputsReview
        A record is refused where a number in it (an estimate, or a row of a table with a column ``n``) stands for 1 to
        threshold − 1 people and no exemption names the record.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> small = {"kind": "x", "mean": {"estimate": 3.5, "se": None, "interval": None, "n": 4}}
    >>> [entry.status for entry in ak.review_outputs({"means": small}).entries]
    ['refused']
    """
    policy = policy or disclosure_policy()
    return OutputsReview(
        policy=policy, entries=tuple(_review(name, record, policy) for name, record in sorted(records.items()))
    )


def _review(name: str, record: Any, policy: DisclosurePolicy) -> OutputReview:
    found = [(n, place) for n, place in _people(record, name) if n > 0]
    smallest = min((n for n, _ in found), default=None)
    exemption = policy.exemption(name)
    if exemption is not None:
        return OutputReview(name, "threshold", "exempt", smallest, why=exemption.why)
    small = tuple(f"{place} (n = {n})" for n, place in found if n < policy.threshold)
    rule = "none" if smallest is None else "threshold"
    return OutputReview(name, rule, "refused" if small else "passes", smallest, small[:5])


def _people(node: Any, place: str) -> Iterator[tuple[int, str]]:
    """Numbers of people behind numbers, and where: ``n`` beside an estimate, and columns ``n`` of tables."""
    if isinstance(node, Mapping):
        if _is_table(node):
            yield from _of_table(node, place)
            return
        n = node.get("n")
        # n: 0 beside an estimate that does not exist is no group of people
        if isinstance(n, int) and not isinstance(n, bool) and len(node) > 1:
            yield n, place
        for key, value in node.items():
            if key not in ("inputs", "notices", "values"):  # they count rows, cells and units, and publish no answer
                yield from _people(value, f"{place}.{key}")
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _people(value, f"{place}[{at}]")


def _is_table(node: Mapping[str, Any]) -> bool:
    return {"columns", "data"} <= set(node) and isinstance(node["data"], list) and isinstance(node["columns"], list)


def _of_table(node: Mapping[str, Any], place: str) -> Iterator[tuple[int, str]]:
    if "n" not in node["columns"]:
        return
    at = node["columns"].index("n")
    for row, values in enumerate(node["data"]):
        if isinstance(values[at], int | float):
            yield int(values[at]), f"{place} row {row + 1}"
