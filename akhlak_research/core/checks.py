"""Checks at the door of public functions."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from akhlak_research.core.errors import ArgumentError

T = TypeVar("T")


def check_choice(value: T, allowed: Collection[T], argument: str) -> T:
    """``value`` if it is one of ``allowed``; an error that lists them otherwise."""
    if value not in allowed:
        raise ArgumentError("unknown_choice", argument=argument, got=value, expected=tuple(map(str, allowed)))
    return value


def check_level(level: float) -> float:
    """An interval level strictly between 0.5 and 1 (95 meant as percent is an error, not 0.95)."""
    if not 0.5 < level < 1:
        raise ArgumentError("level_out_of_range", got=level, expected="0.5 < level < 1")
    return float(level)


def check_count(value: int, low: int, argument: str, high: int | None = None) -> int:
    """A whole number from ``low`` (to ``high``)."""
    if not hasattr(value, "__index__") or isinstance(value, bool) or value < low or (high is not None and value > high):
        allowed = f"{low} ≤ {argument}" + (f" ≤ {high}" if high is not None else "")
        raise ArgumentError("count_out_of_range", argument=argument, got=value, expected=allowed)
    return int(value)
