"""``verify_release``: the offline verifier's findings as a result."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pandas as pd

from akhlak_research.core.results import ResultBase, result
from akhlak_research.release.verify import verify


@result
class Verification(ResultBase):
    """What a check of a release found.

    Attributes
    ----------
    path : str
    problems, notes : tuple of str
        What is wrong, and what was checked; both as the shipped ``verify.py`` says them.
    """

    kind: ClassVar[str] = "verification"
    of_study: ClassVar[bool] = False
    path: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def table(self) -> pd.DataFrame:
        """One row per finding: ``finding problem``."""
        rows = [(line, True) for line in self.problems] + [(line, False) for line in self.notes]
        return pd.DataFrame(rows, columns=["finding", "problem"])

    def headline(self) -> str:
        """Verified, or the number of problems."""
        return "verified" if self.verified else f"{len(self.problems)} problems"


def verify_release(path: str | Path) -> Verification:
    """Check a release: files, ledger, records, numbers of the report, signature.

    Parameters
    ----------
    path : str or Path
        Folder or zip of a release. Nothing of the study is needed; ``verify.py`` inside the release does the same with
        Python's standard library alone.

    Returns
    -------
    Verification

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.verify_release("data/bfi").verified  # a study is no release
    False
    """
    problems, notes = verify(str(path))
    return Verification(path=str(path), problems=tuple(problems), notes=tuple(notes))
