"""Numbers as people read them: decimal comma in Indonesian, a true minus sign, no digits that mean nothing."""

from __future__ import annotations

import math

MINUS = "\u2212"
#: stands for a value that does not exist
DASH = "\u2013"


def format_number(value: float, digits: int | None, lang: str) -> str:
    """A number in a language.

    Parameters
    ----------
    value : float
        NaN becomes an en dash.
    digits : int or None
        Decimals; None keeps four significant digits and drops trailing zeros (for sentences).
    lang : {"id", "en"}
        ``1.234,5`` or ``1,234.5``.
    """
    if not math.isfinite(value):
        return DASH if math.isnan(value) else ("\u221e" if value > 0 else MINUS + "\u221e")
    if digits is None:
        if value == int(value) and abs(value) < 1e15:
            shown = f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
        else:
            shown = f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    else:
        shown = f"{value:,.{digits}f}"
        if float(shown.replace(",", "")) == 0.0:
            shown = shown.lstrip("-")
    if lang == "id":
        shown = shown.replace(",", "\0").replace(".", ",").replace("\0", ".")
    return shown.replace("-", MINUS) if "e" not in shown else shown


def format_p(value: float, lang: str) -> str:
    """A p-value to three decimals; below .001 it says so."""
    if math.isfinite(value) and value < 0.001:
        return "< " + format_number(0.001, 3, lang)
    return format_number(value, 3, lang)
