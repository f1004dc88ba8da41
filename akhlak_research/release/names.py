"""Names of variables as SPSS and Stata take them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

_SPSS = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
_STATA = frozenset(["byte", "double", "float", "if", "in", "int", "long", "strL", "using", "with"])
#: bytes (SPSS) or signs (Stata) that a name may have; codes are ASCII, so both are signs
_LONGEST = {"spss": 64, "stata": 32}


def variable_names(codes: Sequence[str], program: Literal["spss", "stata"]) -> dict[str, str]:
    """Each code as the program takes it; a code that it takes as it is stays so.

    SPSS refuses words of its language and more than 64 signs, and takes names that differ in case alone for one; Stata
    refuses words of its language, points, and more than 32 signs.
    """
    most = _LONGEST[program]
    found: dict[str, str] = {}
    taken: set[str] = set()
    fitting = [code for code in codes if _fits(code, program)]
    for code in [*fitting, *(code for code in codes if code not in fitting)]:
        bare = re.sub(r"\W", "_", code)[:most]
        name, number = (code if code in fitting else bare), 1
        while _compared(name, program) in taken or not _fits(name, program):
            number += 1
            name = f"{bare[: most - len(str(number)) - 1]}_{number}"
        taken.add(_compared(name, program))
        found[code] = name
    return {code: found[code] for code in codes}


def _compared(name: str, program: str) -> str:
    return name.upper() if program == "spss" else name


def _fits(name: str, program: str) -> bool:
    if len(name) > _LONGEST[program]:
        return False
    if program == "spss":
        return name.upper() not in _SPSS and not name.endswith(".")
    return name not in _STATA and re.fullmatch(r"str[0-9]+", name) is None and re.fullmatch(r"\w+", name) is not None
