"""What every part of a release is made from: the study, its policy, and a day that reruns do not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from akhlak_research.core.words import Words
from akhlak_research.disclosure.policy import DisclosurePolicy
from akhlak_research.stages.study import Study


@dataclass(frozen=True, slots=True)
class Context:
    """A study on its way out.

    Attributes
    ----------
    study : Study
    policy : DisclosurePolicy
    moment : datetime
        ``Study.moment``.
    """

    study: Study
    policy: DisclosurePolicy
    moment: datetime

    @property
    def day(self) -> str:
        """ISO date of the release."""
        return self.moment.date().isoformat()

    @property
    def settings(self) -> Mapping[str, Any]:
        """``release`` of ``study.yaml``."""
        return self.study.release_settings

    @property
    def version(self) -> str:
        """Version of the release: as given, else that of the instrument."""
        return str(self.settings.get("version", self.study.instrument.version))

    @property
    def title(self) -> Words:
        """Title of the study."""
        return Words(self.study.title)

    @property
    def institution(self) -> Words:
        """Who releases."""
        return Words(self.study.institution)

    def words(self, name: str) -> Words | None:
        """A setting in both languages, or None."""
        given = self.settings.get(name)
        return None if given is None else Words(given)


def context_of(study: Study) -> Context:
    """The context of a study that has been run.

    Raises
    ------
    StudyError
        ``not_run_yet`` without a ledger.
    """
    return Context(study, study.disclosure_policy, study.moment)
