"""What is fixed before the data: recipe and criteria, as a digest in the ledger; a change is an amendment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.gates import Criterion
from akhlak_research.core.errors import StudyError
from akhlak_research.core.results import ResultBase, record_digest, result, to_jsonable
from akhlak_research.core.text import Language
from akhlak_research.stages.decisions import Amendment
from akhlak_research.stages.ledger import Entry, Ledger

if TYPE_CHECKING:
    import pandas as pd

#: the stage whose notebook fixes them
FREEZING_STAGE = 2


@result
class Frozen(ResultBase):
    """What was fixed.

    Attributes
    ----------
    recipe : str or None
        Digest of the recipe; None without one.
    criteria : str
        Digest of the criteria with their cut-offs.
    hypotheses : str or None
        Digest of what was expected of other measures; None where nothing was.
    digest : str
        Of all.
    since : str
        When this was fixed (UTC).
    amendments : tuple of Amendment
        Changes after the first time, with their reasons, oldest first.
    """

    kind: ClassVar[str] = "frozen"
    of_study: ClassVar[bool] = False
    recipe: str | None
    criteria: str
    digest: str
    since: str
    hypotheses: str | None = None
    amendments: tuple[Amendment, ...] = ()

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per part and amendment: ``what fingerprint since reason decided_by``."""
        import pandas as pd

        rows = [
            (name, (digest or "")[:16], self.since, "", "")
            for name, digest in (("recipe", self.recipe), ("criteria", self.criteria), ("hypotheses", self.hypotheses))
            if digest or name != "hypotheses"
        ]
        rows += [
            ("amendment", change.digest[:16], change.date, change.reason.say(lang), change.role.say(lang))
            for change in self.amendments
        ]
        return pd.DataFrame(rows, columns=["what", "fingerprint", "since", "reason", "decided_by"])

    def headline(self) -> str:
        """Digest and number of amendments."""
        return f"{self.digest[:12]}, {len(self.amendments)} amendments"


def criteria_digest(criteria: Sequence[Criterion]) -> str:
    """SHA-256 of the criteria: what is judged, by which cut-off, and whether it blocks; wordings do not matter."""
    plain: list[dict[str, Any]] = [
        {
            "name": c.name, "stage": c.stage, "record": c.record, "path": list(c.path), "blocking": c.blocking,
            "comparison": c.threshold.comparison, "value": c.threshold.value,
            "where": dict(c.where), "reads": c.reads, "fields": list(c.fields),
        }
        for c in criteria
    ]  # fmt: skip
    return record_digest(plain)


def freeze(
    ledger: Ledger, recipe: str | None, criteria: Sequence[Criterion], amendments: Sequence[Amendment],
    hypotheses: str | None = None,
) -> Frozen:  # fmt: skip
    """Fix them, or check that they are those fixed before or amended since; see ``Study.freeze``."""
    parts = {"recipe": recipe, "criteria": criteria_digest(criteria)}
    if hypotheses is not None:
        parts["hypotheses"] = hypotheses
    digest = record_digest(to_jsonable(parts))
    fixed = [entry for entry in ledger.entries() if entry.event in ("freeze", "amendment") and entry.name == "plan"]
    if fixed and fixed[-1].digest != digest:
        known = [change for change in amendments if digest.startswith(change.digest)]
        if not known:
            changed = [name for name, value in parts.items() if value != fixed[-1].detail.get(name)]
            raise StudyError("frozen_changed", got=digest[:16], expected=fixed[-1].digest[:16], changed=changed)
        fixed.append(ledger.append("amendment", "plan", digest, FREEZING_STAGE, **parts, reason=dict(known[-1].reason)))
    elif not fixed:
        fixed.append(ledger.append("freeze", "plan", digest, FREEZING_STAGE, **parts))
    return Frozen(
        recipe=recipe, criteria=criteria_digest(criteria), digest=digest, since=fixed[-1].time,
        hypotheses=hypotheses, amendments=tuple(_of(entry, amendments) for entry in fixed[1:]),
    )  # fmt: skip


def _of(entry: Entry, amendments: Sequence[Amendment]) -> Amendment:
    return next(change for change in amendments if entry.digest.startswith(change.digest))
