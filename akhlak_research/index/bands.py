"""Bands as data: which scores a source calls A, B or C, what it leaves open, and where the cut points really lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from akhlak_research.catalog.loader import load
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.registry import Registry
from akhlak_research.core.results import Unavailable
from akhlak_research.core.words import Words

Status = Literal["V", "V2", "A", "M", "NF"]
#: words for the marks of the catalogues (``label.<word>``)
STATUS_WORDS: Mapping[str, str] = {
    "V": "read_in_source", "V2": "read_in_copy", "A": "inferred", "M": "remembered", "NF": "not_found",
}  # fmt: skip
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Edge:
    """An end of a band: where, whether the point itself belongs to it, and how well that is known."""

    at: float
    closed: bool
    status: Status


@dataclass(frozen=True, slots=True)
class Band:
    """A class of scores.

    Attributes
    ----------
    code : str
        ``"A"``.
    name : Words
        What the source calls it.
    low, high : Edge or None
        None where the source names the class but gives no range.
    """

    code: str
    name: Words
    low: Edge | None
    high: Edge | None

    def holds(self, score: float) -> bool:
        """Whether a score lies in it."""
        if self.low is None or self.high is None:
            return False
        above = score >= self.low.at if self.low.closed else score > self.low.at
        return above and (score <= self.high.at if self.high.closed else score < self.high.at)

    @property
    def status(self) -> Status:
        """The weaker mark of its two edges."""
        if self.low is None or self.high is None:
            return "NF"
        order: tuple[Status, ...] = ("V", "V2", "A", "M", "NF")
        return max(self.low.status, self.high.status, key=order.index)

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return "–"
        return f"{'[' if self.low.closed else '('}{self.low.at:g}; {self.high.at:g}{']' if self.high.closed else ')'}"


@dataclass(frozen=True, slots=True)
class Bands:
    """The bands of one instrument by one regulation in one year.

    Attributes
    ----------
    name : str
        Key of the registry: ``"berakhlak-2022"``.
    instrument, source : str
        What it classifies, and where the ranges were read.
    regulation : str or None
        The rule that sets it; None where none was found.
    year : int
    decimals : int
        Decimals with which the source prints the ranges.
    low, high : float
        Limits of the scores themselves.
    note : Words
        What a user must know.
    classes : tuple of Band
        Best first.
    """

    name: str
    instrument: str
    regulation: str | None
    year: int
    source: str
    decimals: int
    low: float
    high: float
    note: Words
    classes: tuple[Band, ...]

    @property
    def known(self) -> tuple[Band, ...]:
        """The classes with a range, best first."""
        return tuple(band for band in self.classes if band.low is not None)

    def band(self, code: str) -> Band:
        """The class with a code."""
        for band in self.classes:
            if band.code == code:
                return band
        raise ArgumentError("unknown_choice", argument="band", got=code, expected=[b.code for b in self.classes])

    def find(self, score: float) -> Band | Unavailable:
        """The class of a score that is rounded already, or why there is none.

        ``no_score`` for NaN, ``between_bands`` in a gap that comes from printed decimals, ``band_unknown`` where the
        source gives no class at all.
        """
        if math.isnan(score):
            return Unavailable("no_score")
        for band in self.known:
            if band.holds(score):
                return band
        upper = [band for band in self.known if band.low is not None and score <= band.low.at]
        lower = [band for band in self.known if band.high is not None and score >= band.high.at]
        values = {"score": score, "bands": self.name}
        if upper and lower:
            values |= {"lower": lower[0].code, "upper": upper[-1].code, "decimals": self.decimals}
            return Unavailable("between_bands", values)
        return Unavailable("band_unknown", values)

    def cuts(self, decimals: int | None) -> tuple[tuple[str, float, float], ...]:
        """Where scores before rounding change class: ``(code, from, to)`` over the whole line, lowest first.

        A score rounded half up to ``decimals`` reaches an edge half a unit before it, so with one decimal A begins at
        74.95. The ends are open to infinity: the best class takes everything above. Stretches without a class have the
        code ``"unknown"``.
        """
        pieces: list[tuple[str, float, float]] = []
        reached = -math.inf
        for band in reversed(self.known):
            assert band.low is not None and band.high is not None
            start, end = _reaches(band.low, decimals, low=True), _reaches(band.high, decimals, low=False)
            if band.low.at <= self.low and band is self.known[-1]:
                start = -math.inf
            if band is self.known[0]:
                end = math.inf
            if start > reached:
                pieces.append((UNKNOWN, reached, start))
            pieces.append((band.code, start, end))
            reached = end
        return tuple(pieces)

    def probabilities(
        self, estimate: NDArray[np.float64], se: NDArray[np.float64], decimals: int | None
    ) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Probability of each class for scores known with error, by the normal approximation.

        Parameters
        ----------
        estimate, se : (m,) float
            Scores before rounding and their standard errors (> 0).
        decimals : int or None
            Decimals to which scores are rounded before they are classified.

        Returns
        -------
        codes, probabilities
            Codes best first, ``"unknown"`` last (what falls into gaps or below the lowest known class); (m, codes)
            whose rows sum to 1.
        """
        from scipy.special import ndtr

        codes = (*(band.code for band in self.known), UNKNOWN)
        out = np.zeros((len(estimate), len(codes)))
        for code, start, end in self.cuts(decimals):
            share = ndtr((end - estimate) / se) - ndtr((start - estimate) / se)
            out[:, codes.index(code)] += share
        return codes, out


def _reaches(edge: Edge, decimals: int | None, *, low: bool) -> float:
    """The score before rounding from which (``low``) or up to which a rounded score lies inside an edge."""
    if decimals is None:
        return edge.at
    unit = Decimal(1).scaleb(-decimals)
    steps = Decimal(repr(edge.at)) / unit
    inside = steps.to_integral_value(ROUND_CEILING if low else ROUND_FLOOR)
    if inside == steps and not edge.closed:
        inside += 1 if low else -1
    return float((inside + (Decimal("-0.5") if low else Decimal("0.5"))) * unit)


@cache
def band_registry() -> Registry[Bands]:
    """All bands of the catalogue by name."""
    return Registry("bands", *(_bands(entry) for entry in load("bands")["bands"]))


def _bands(entry: dict[str, Any]) -> Bands:
    classes = tuple(
        Band(one["code"], Words(one["name"]), _edge(one["low"]), _edge(one["high"])) for one in entry["classes"]
    )
    return Bands(
        name=entry["id"], instrument=entry["instrument"], regulation=entry["regulation"], year=entry["year"],
        source=entry["source"], decimals=entry["decimals"], low=float(entry["range"]["low"]),
        high=float(entry["range"]["high"]), note=Words(entry["note"]), classes=classes,
    )  # fmt: skip


def _edge(entry: dict[str, Any] | None) -> Edge | None:
    return None if entry is None else Edge(float(entry["at"]), entry["closed"], entry["status"])
