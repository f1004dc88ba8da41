"""The band of a score, by a named source, with the reason where there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, overload

import pandas as pd

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Notice, ResultBase, Unavailable, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words
from akhlak_research.index.bands import STATUS_WORDS, Band, Bands, Status, band_registry
from akhlak_research.index.rounding import check_decimals, round_half_up


@result
class Classification(ResultBase):
    """The band of one score.

    Attributes
    ----------
    score : float
        As given; NaN if there was none.
    rounded : float
        What was compared with the bands; the score itself without rounding.
    rounding : int or None
        Decimals it was rounded to.
    bands : str
        Name of the bands.
    band : str or Unavailable
        Code of the class; ``between_bands``, ``band_unknown`` or ``no_score`` where there is none.
    name : Words or Unavailable
        What the source calls the class.
    status : {"V", "V2", "A", "M"} or None
        How well the edges of the class are known; None where there is no class.
    source : str
        Where the ranges were read.
    """

    kind: ClassVar[str] = "classification"
    score: float
    rounded: float
    rounding: int | None
    bands: str
    band: str | Unavailable
    name: Words | Unavailable
    status: Status | None
    source: str
    notices: tuple[Notice, ...] = ()

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row: ``score rounded band name bands status source``; the name in ``lang``."""
        return pd.DataFrame([_row(self, lang)])

    def headline(self) -> str:
        """Score and band."""
        return f"{self.score:g} → {self.band} ({self.bands})"


@result
class Classifications(ResultBase):
    """The bands of many scores, in their order.

    Attributes
    ----------
    parts : tuple of Classification
        One per score.
    labels : tuple
        Index of the Series given.
    """

    kind: ClassVar[str] = "classifications"
    parts: tuple[Classification, ...]
    labels: tuple[object, ...]
    notices: tuple[Notice, ...] = ()

    def __iter__(self) -> Iterator[Classification]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def band(self) -> pd.Series:
        """Codes with the index of the scores; missing where there is no class."""
        found = [None if isinstance(part.band, Unavailable) else part.band for part in self.parts]
        return pd.Series(found, index=list(self.labels), dtype=object, name="band")

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per score: ``unit score rounded band name bands status source``."""
        frame = pd.DataFrame([_row(part, lang) for part in self.parts])
        frame.insert(0, "unit", [str(name) for name in self.labels])
        return frame

    def headline(self) -> str:
        """How many scores, and how many have a band."""
        return f"{len(self)} scores, {int(self.band.notna().sum())} in a band"


def _row(part: Classification, lang: Language | None) -> dict[str, object]:
    known = isinstance(part.band, str)
    return {
        "score": part.score,
        "rounded": part.rounded,
        "band": part.band if known else None,
        "name": part.name.say(lang) if isinstance(part.name, Words) else None,
        "bands": part.bands,
        "status": None if part.status is None else STATUS_WORDS[part.status],
        "source": part.source,
    }


@overload
def classify(score: float, bands: str | Bands = ..., *, rounding: int | None = ...) -> Classification: ...
@overload
def classify(score: pd.Series, bands: str | Bands = ..., *, rounding: int | None = ...) -> Classifications: ...
def classify(
    score: float | pd.Series, bands: str | Bands = "berakhlak-2022", *, rounding: int | None = None
) -> Classification | Classifications:
    """The class of a score by the bands of a named instrument, regulation and year.

    Bands of one index say nothing about another: a 78 is B by SAKIP of 2021 and A by BerAKHLAK of 2022.

    Parameters
    ----------
    score : float or Series of float
        On the scale of the bands (0–100; 0–110 for RB). A missing score has no class.
    bands : str or Bands
        ``"berakhlak-2022"``, ``"sakip-2021"``, ``"rb-2023"``.
    rounding : int, optional
        Decimals to which the score is rounded, half away from zero, before it is compared. Default: no rounding.
        No source states how BerAKHLAK scores are rounded, so rounding is the user's choice and never silent: without
        it 74.95 lies between B (to 74.9) and A (from 75) and has no class.

    Returns
    -------
    Classification
        ``.band``, ``.name``, ``.source``, ``.score``, ``.rounded``, ``.status``; where no class exists ``.band`` and
        ``.name`` are ``Unavailable`` with the reason.
    Classifications
        For a Series: ``.band`` as a Series with the same index, ``.table()``.

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for unknown bands, ``count_out_of_range`` for a negative number of decimals,
        ``not_a_score`` for something that is no number.
    DataError
        ``score_out_of_range`` for a score outside the scale of the bands.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.classify(78).band, ak.classify(78, "sakip-2021").band
    ('A', 'BB')
    >>> ak.classify(74.95).band
    Unavailable('between_bands')
    >>> ak.classify(74.95, rounding=1).band
    'A'

    Notes
    -----
    Weights and intervals play no part here; an index known with error has a probability of each class
    (``build_index``). Scores are compared at 12 significant digits, so that the noise of summing decides nothing.
    """
    chosen = bands if isinstance(bands, Bands) else band_registry()[bands]
    decimals = check_decimals(rounding)
    if not isinstance(score, pd.Series):
        return _classify(_number(score), chosen, decimals, None)
    labels = tuple(score.index.tolist())
    scores = [_number(value) for value in score.tolist()]
    parts = tuple(_classify(value, chosen, decimals, name) for value, name in zip(scores, labels, strict=True))
    return Classifications(parts=parts, labels=labels, notices=_notices(chosen, decimals))


def _number(value: object) -> float:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return math.nan
    if isinstance(value, str | bool | bytes):
        raise ArgumentError("not_a_score", got=value)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ArgumentError("not_a_score", got=type(value).__name__) from None


def _classify(score: float, bands: Bands, decimals: int | None, unit: object) -> Classification:
    if math.isinf(score) or score < bands.low or score > bands.high:
        raise DataError(
            "score_out_of_range", got=score, expected=f"{bands.low:g}–{bands.high:g}", bands=bands.name,
            column=None if unit is None else str(unit),
        )  # fmt: skip
    rounded = round_half_up(score, decimals)
    found = bands.find(rounded)
    band, name, status = (found.code, found.name, found.status) if isinstance(found, Band) else (found, found, None)
    return Classification(
        score=score, rounded=rounded, rounding=decimals, bands=bands.name, source=bands.source, band=band, name=name,
        status=status, notices=_notices(bands, decimals),
    )  # fmt: skip


def _notices(bands: Bands, decimals: int | None) -> tuple[Notice, ...]:
    if decimals is None:
        return ()
    return (Notice("rounded_before_banding", "info", {"decimals": decimals, "bands": bands.name}),)
