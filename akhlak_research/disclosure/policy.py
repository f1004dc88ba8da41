"""The policy: how many people a published number must stand for. Values stand in ``catalog/disclosure.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import FrozenMap, Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Exemption:
    """A record that the threshold does not apply to, and why."""

    record: str
    why: Words


@result
class DisclosurePolicy(ResultBase):
    """What may leave.

    Attributes
    ----------
    threshold : int
        People that a published cell stands for, at least.
    round_to : int
        Published counts are multiples of this; 1 leaves them.
    dominance : float
        Share of a weighted score that one person may carry, at most.
    k_anonymity : int
        People who share each combination of background variables in public-use data, at least.
    exempt : tuple of Exemption
        Records that the threshold does not apply to: those of the catalogue, and exceptions of the study.
    why : mapping of str to Words
        Each rule in words.
    """

    kind: ClassVar[str] = "disclosure_policy"
    of_study: ClassVar[bool] = False
    threshold: int
    round_to: int
    dominance: float
    k_anonymity: int
    exempt: tuple[Exemption, ...]
    why: FrozenMap[str, Words]

    def exemption(self, record: str) -> Exemption | None:
        """The exemption of a record, if it has one."""
        return next((entry for entry in self.exempt if entry.record == record), None)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per rule: ``policy_rule value meaning``."""
        import pandas as pd

        rows = [(name, getattr(self, name), self.why[name].say(lang)) for name in self.why]
        return pd.DataFrame(rows, columns=["policy_rule", "value", "meaning"]).astype({"value": object})

    def headline(self) -> str:
        """The threshold."""
        return f"at least {self.threshold} people, {len(self.exempt)} exemptions"


def disclosure_policy(changes: Mapping[str, Any] | None = None) -> DisclosurePolicy:
    """The disclosure policy of the catalogue, with a study's changes.

    Parameters
    ----------
    changes : mapping, optional
        ``disclosure`` of ``study.yaml``: other values of the rules, and ``exceptions`` as
        ``[{"record": "index", "why": {"id": ..., "en": ...}}]``. A laxer rule needs ``reason`` in both languages.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for a rule that does not exist; ``policy_value`` for a value that is none;
        ``policy_needs_reason``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.disclosure_policy().threshold, ak.disclosure_policy({"threshold": 20}).threshold
    (10, 20)
    """
    catalogue = load("disclosure")
    rules = {name: rule["value"] for name, rule in catalogue["policy"].items()}
    base = DisclosurePolicy(
        threshold=int(rules["threshold"]), round_to=int(rules["round_to"]), dominance=float(rules["dominance"]),
        k_anonymity=int(rules["k_anonymity"]),
        exempt=tuple(Exemption(entry["record"], Words(entry["why"])) for entry in catalogue["exempt"]),
        why=FrozenMap({name: Words(rule["why"]) for name, rule in catalogue["policy"].items()}),
    )  # fmt: skip
    if not changes:
        return base
    values = {name: value for name, value in changes.items() if name not in ("exceptions", "reason")}
    unknown = [name for name in values if name not in rules]
    if unknown:
        raise ArgumentError("unknown_choice", argument="disclosure", got=unknown[0], expected=list(rules))
    for name, value in values.items():
        whole = name != "dominance"
        if isinstance(value, bool) or value != value or value <= 0 or (whole and value != int(value)):
            raise ArgumentError("policy_value", argument=name, got=value)
    laxer = [name for name in values if _is_laxer(name, values[name], rules[name])]
    if laxer and not changes.get("reason"):
        raise ArgumentError("policy_needs_reason", argument=laxer[0], got=values[laxer[0]], expected=rules[laxer[0]])
    more = tuple(Exemption(entry["record"], Words(entry["why"])) for entry in changes.get("exceptions", ()))
    made: DisclosurePolicy = replace(base, **values, exempt=base.exempt + more)
    return made


def _is_laxer(name: str, value: float, usual: float) -> bool:
    return value > usual if name == "dominance" else value < usual
