"""What is said where one of several groups cannot be computed and the others can."""

from __future__ import annotations

from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Notice
from akhlak_research.core.text import LANGUAGES
from akhlak_research.core.words import Words


def group_refused(group: object, error: AkhlakError) -> Notice:
    """That a group was left out, with the sentence of the error that it met."""
    why: dict[str, str] = {lang: error.sentence(lang) for lang in LANGUAGES}
    return Notice("group_refused", "caution", {"group": str(group), "code": error.code, "why": Words(why)})
