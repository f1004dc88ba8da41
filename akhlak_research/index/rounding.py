"""Rounding as people do it: decimal, half away from zero, on the number as it is written."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from akhlak_research.core.checks import check_count
from akhlak_research.core.results import NAN

#: more decimals than this would round the noise of binary arithmetic
MAX_DECIMALS = 9
#: digits that a sum of many floats still holds whatever the order of its terms
_DIGITS = 12


def check_decimals(decimals: int | None) -> int | None:
    """None (no rounding) or a number of decimals from 0 to 9."""
    return None if decimals is None else check_count(decimals, 0, "rounding", MAX_DECIMALS)


def settle(value: float) -> float:
    """A number without the noise of its arithmetic: its first 12 significant digits.

    A mean that is 75 in exact arithmetic can come out as 74.99999999999999, and differently for another order of the
    same rows; a category must not hang on that.
    """
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else NAN


def round_half_up(value: float, decimals: int | None) -> float:
    """A number rounded to ``decimals`` places, halves away from zero; None only settles it.

    The decimal number that a person sees is rounded (74.95 → 75.0, 74.85 → 74.9). ``round`` would go by the binary
    value behind it (74.95 is 74.9500000000000028, 74.85 is 74.8499999999999943) and to the even digit.
    """
    settled = settle(value)
    if decimals is None or math.isnan(settled):
        return settled
    return float(Decimal(repr(settled)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
