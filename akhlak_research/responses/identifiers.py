"""What in a cell identifies a person: employee numbers, e-mail addresses, telephone and national numbers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from akhlak_research.catalog.loader import load

# begins where a run of such signs begins and is bounded, so that a cell of a million signs costs no more than a look
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,256}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}", re.ASCII)
_LONG = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){15,17}(?![0-9])")
_IN_TEXT = re.compile(r"(?<![0-9A-Za-z.])[0-9]{8} ?[0-9]{6} ?[0-9] ?[0-9]{3}(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![0-9+])(?:\+?62|0)[ .\-()]*8(?:[ .\-()]*[0-9]){7,11}(?![0-9])")
# a number of 16 or 18 digits that a spreadsheet took for a quantity: 1.98001012005011E+17, in Indonesian 1,98E+17
_RUINED = re.compile(r"[1-9][.,]?[0-9]*[eE]\+?1[57]")
_DECIMAL = re.compile(r"[+-]?[0-9]*[.,][0-9]+")
_SEPARATORS = re.compile(r"[ .\-()+]")
_MEN, _WOMEN = "1", "2"


@dataclass(frozen=True, slots=True)
class Sighting:
    """An identifier in a cell.

    Attributes
    ----------
    kind : str
        ``email``, ``employee_number``, ``national_number``, ``phone``.
    normal : str
        The identifier in one spelling, to be hashed; empty where the cell holds more than it, or it is ruined.
    ruined : bool
        Whether a spreadsheet has cut its last digits off, so that different people may share it.
    """

    kind: str
    normal: str = ""
    ruined: bool = False


@dataclass(frozen=True, slots=True)
class EmployeeNumber:
    """The parts of an 18-digit NIP or NI PPPK.

    Digits 1–8 date of birth; 9–12 year of appointment; 13–14 month of appointment in a NIP, a category or contract code
    in an NI PPPK; 15 sex; 16–18 sequence.
    """

    born: date
    appointed: int
    code: int
    sex: str

    @property
    def is_month(self) -> bool:
        """Whether digits 13–14 can be a month: a civil servant's NIP then, most probably."""
        return 1 <= self.code <= 12

    def sex_word(self) -> str | None:
        """``male``, ``female``, or None where digit 15 is neither 1 nor 2."""
        return {_MEN: "male", _WOMEN: "female"}.get(self.sex)

    def age(self, on: date) -> int:
        """Completed years on a day."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))

    def age_group(self, on: date) -> str:
        """Band of the age, e.g. ``35-44``."""
        return band(self.age(on), policy()["age_groups"]["edges"])

    def tenure_band(self, on: date) -> str | None:
        """Band of calendar years since the year of appointment; None where that year is impossible."""
        low = self.born.year + policy()["age_at_appointment"]["low"]
        if not low <= self.appointed <= on.year:
            return None
        return band(on.year - self.appointed, policy()["tenure_bands"]["edges"])


@cache
def policy() -> Mapping[str, Any]:
    """The catalogue ``privacy.yaml``."""
    return load("privacy")


def band(value: int, edges: list[int]) -> str:
    """The band of a whole number between lower edges: ``<25``, ``25-34``, ``55+``."""
    at = bisect_right(edges, value)
    if at == 0:
        return f"<{edges[0]}"
    return f"{edges[-1]}+" if at == len(edges) else f"{edges[at - 1]}-{edges[at] - 1}"


def read_employee_number(digits: str) -> EmployeeNumber | None:
    """The parts of 18 digits, or None where the first eight are no plausible date of birth.

    Nothing else is demanded: a month in digits 13–14 would refuse every NI PPPK, and a slip in the rest still leaves
    the date of birth in clear.

    Examples
    --------
    >>> from akhlak_research.responses.identifiers import read_employee_number
    >>> read_employee_number("198502292010011001") is None  # 1985 was no leap year
    True
    >>> read_employee_number("198502282010211001").is_month
    False
    """
    if not re.fullmatch(r"[0-9]{18}", digits):
        return None
    born = _date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    years = policy()["birth_years"]
    if born is None or not years["low"] <= born.year <= years["high"]:
        return None
    return EmployeeNumber(born, int(digits[8:12]), int(digits[12:14]), digits[14])


def is_national_number(digits: str) -> bool:
    """Whether 16 digits can be a NIK: digits 7–12 are a birthday DDMMYY, the day plus 40 for women."""
    if not re.fullmatch(r"[0-9]{16}", digits) or digits[:2] == "00":
        return False
    day = int(digits[6:8])
    return _date(2000, int(digits[8:10]), day - 40 if day > 40 else day) is not None


def employee_numbers(written: str) -> list[str]:
    """Employee numbers anywhere in a text, as they stand there.

    A run of 18 digits inside a longer word (a digest) or behind a point (a decimal) is none.
    """
    found = [match[0] for match in _IN_TEXT.finditer(written)]
    return [number for number in found if read_employee_number(_SEPARATORS.sub("", number)) is not None]


def sight(cell: str) -> Sighting | None:
    """The first identifier in a cell, or None."""
    text = cell.strip().strip("'\"").strip()
    if _DECIMAL.fullmatch(text):  # a measurement, however many digits it has
        return None
    return _email(text) or _ruined(text) or _long_number(text) or _phone(text)


def _email(text: str) -> Sighting | None:
    found = _EMAIL.search(text)
    return found and Sighting("email", found[0].casefold() if found[0] == text else "")


def _ruined(text: str) -> Sighting | None:
    if not _RUINED.fullmatch(text):
        return None
    return Sighting("employee_number" if text.endswith("7") else "national_number", ruined=True)


def _long_number(text: str) -> Sighting | None:
    for found in _LONG.finditer(text):
        digits = _SEPARATORS.sub("", found[0])
        whole = digits if found[0] == text else ""
        if read_employee_number(digits) is not None:
            # a spreadsheet keeps 15 digits and writes zeros for the rest; no sequence number is 000
            cut = digits.endswith("000")
            return Sighting("employee_number", "" if cut else whole, ruined=cut)
        if is_national_number(digits):
            return Sighting("national_number", whole)
    return None


def _phone(text: str) -> Sighting | None:
    found = _PHONE.search(text)
    if found is None:
        return None
    digits = _SEPARATORS.sub("", found[0])
    normal = "62" + digits.removeprefix("62").removeprefix("0")
    return Sighting("phone", normal if found[0] == text else "")


def header_kind(header: str) -> str | None:
    """The kind of identifier that a column's name announces, or None."""
    words = re.sub(r"[^a-z]+", " ", header.casefold()).split()
    if not words or len(words) > policy()["header_words"]["most"]:
        return None
    said = f" {' '.join(words)} "
    for kind in policy()["kinds"]:
        if any(f" {phrase} " in said for phrase in kind["words"]) and not set(words) & set(kind["unless"]):
            return str(kind["name"])
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
