"""One tree of errors. Each says what happened, with which values, and what to do, in both languages.

The words stand in the catalogue under ``error.<code>`` and ``error.<code>.hint``; the code is what programs and tests
test. A poor statistic is no error: it is a ``Notice`` or an ``Unavailable`` (``core.results``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from akhlak_research.core.text import LANGUAGES, Language, has_text, text


@dataclass(frozen=True, slots=True)
class Where:
    """Place of a fault. ``row`` is the line a person sees in the file, its header being line 1."""

    file: str | None = None
    row: int | None = None
    column: str | None = None

    def say(self, lang: Language | None = None) -> str:
        """The place in words, empty where nothing is known."""
        parts = [("file", self.file), ("row", self.row), ("column", self.column)]
        return ", ".join(f"{text(f'word.{name}', lang)} {value}" for name, value in parts if value is not None)


class AkhlakError(Exception):
    """Base of every error of the workbench.

    Parameters
    ----------
    code : str
        Stable identifier, e.g. ``"code_out_of_scale"``.
    file, row, column : optional
        Where it happened.
    expected, got : object, optional
        What was asked for and what was found.
    **values
        Further values that the sentence names.

    Attributes
    ----------
    code, where, expected, got, values
        As given.
    hint : str
        What to do, in the active language.
    """

    def __init__(
        self,
        code: str,
        *,
        file: object = None,
        row: int | None = None,
        column: str | None = None,
        expected: object = None,
        got: object = None,
        **values: object,
    ) -> None:
        self.code = code
        self.where = Where(None if file is None else str(file), row, column)
        self.expected = expected
        self.got = got
        self.values = values
        super().__init__(code)

    def __reduce__(self) -> tuple[Any, ...]:
        state = dict(
            file=self.where.file, row=self.where.row, column=self.where.column,
            expected=self.expected, got=self.got, **self.values,
        )  # fmt: skip
        return (_rebuild, (type(self), self.code, state))

    def _all_values(self) -> dict[str, object]:
        return {
            "file": self.where.file, "row": self.where.row, "column": self.where.column,
            "expected": self.expected, "got": self.got, **self.values,
        }  # fmt: skip

    def message(self, lang: Language | None = None) -> str:
        """What happened, where, and what to do, in a language."""
        where = self.where.say(lang)
        said = text(f"error.{self.code}", lang, **self._all_values())
        advice = self.advice(lang)
        return f"[{self.code}] {said}" + (f" ({where})" if where else "") + (f"\n  → {advice}" if advice else "")

    def sentence(self, lang: Language | None = None) -> str:
        """What happened, without its code and what to do, in a language."""
        return text(f"error.{self.code}", lang, **self._all_values())

    def advice(self, lang: Language | None = None) -> str:
        """What to do, in a language."""
        key = f"error.{self.code}.hint"
        return text(key, lang, **self._all_values()) if has_text(key) else ""

    @property
    def hint(self) -> str:
        """What to do, in the active language."""
        return self.advice()

    def record(self) -> dict[str, object]:
        """JSON-able form with the message in both languages."""
        return {
            "code": self.code,
            "file": self.where.file,
            "row": self.where.row,
            "column": self.where.column,
            "expected": None if self.expected is None else str(self.expected),
            "got": None if self.got is None else str(self.got),
            "message": {lang: self.message(lang) for lang in LANGUAGES},
        }

    def __str__(self) -> str:
        return self.message()


def _rebuild(kind: type[AkhlakError], code: str, state: dict[str, Any]) -> AkhlakError:
    return kind(code, **state)


class ArgumentError(AkhlakError, ValueError):
    """An argument is outside what the function takes."""


class DataError(AkhlakError, ValueError):
    """The data given cannot be read or analysed."""


class InstrumentError(AkhlakError, ValueError):
    """The questionnaire's description is wrong."""


class StudyError(AkhlakError):
    """A study folder is incomplete or inconsistent."""


class MethodError(AkhlakError, ValueError):
    """A method refuses: what was asked of it does not exist for it."""


class EnvironmentProblem(AkhlakError, RuntimeError):
    """A program, package or version that the task needs is not here."""
