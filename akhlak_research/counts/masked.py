"""Counts hidden by masks: what one institution sends."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import DataError
from akhlak_research.core.files import write_text
from akhlak_research.core.results import ResultBase
from akhlak_research.counts.files import sizes

FORMAT = "akhlak-masked-counts"
VERSION = 1


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MaskedCounts(ResultBase):
    """One party's counts plus its masks, modulo 2⁶⁴; random numbers until all parties' are added (``sum_masked``).

    Attributes
    ----------
    party : str
    parties : tuple of str
        All parties of the round.
    round : str
    context : str
        Digest of round, public keys and layout: equal for files that belong together.
    layout : dict
        What the cells stand for; not hidden.
    numbers : (cells,) uint64
    """

    kind: ClassVar[str] = "masked_counts"
    party: str
    parties: tuple[str, ...]
    round: str
    context: str
    layout: dict[str, Any]
    numbers: NDArray[np.uint64]

    def table(self) -> pd.DataFrame:
        """One row per party: ``party masked cells``; whose numbers these are."""
        mine = [name == self.party for name in self.parties]
        cells = [len(self.numbers) if here else 0 for here in mine]
        return pd.DataFrame({"party": self.parties, "masked": mine, "cells": cells})

    def headline(self) -> str:
        """Whose, and of which round."""
        return f"{self.party}, round {self.round}, one of {len(self.parties)} parties"

    def write(self, path: str | Path) -> Path:
        """Write to a JSON file that ``read_masked_counts`` reads; returns the path."""
        raw = np.ascontiguousarray(self.numbers, dtype="<u8").tobytes()
        body = {
            "format": FORMAT, "version": VERSION, "party": self.party, "parties": self.parties, "round": self.round,
            "context": self.context, "layout": self.layout, "digest": hashlib.sha256(raw).hexdigest(),
            "numbers": base64.b64encode(raw).decode("ascii"),
        }  # fmt: skip
        return write_text(path, json.dumps(body, ensure_ascii=False))


def read_masked_counts(path: str | Path) -> MaskedCounts:
    """Read counts written by ``MaskedCounts.write``.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    MaskedCounts

    Raises
    ------
    DataError
        ``file_not_found``, ``counts_format``, ``counts_damaged``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd, tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> parties = {name: ak.mask_key(folder / f"{name}.key") for name in "xyz"}
    >>> counts = ak.count_responses(pd.DataFrame({"a": [1, 2], "b": [2, 1]}), scale=(1, 2))
    >>> masked = ak.mask_counts(counts, party="x", key=folder / "x.key", parties=parties, round="pilot")
    >>> ak.read_masked_counts(masked.write(folder / "x.json"))
    <masked_counts x, round pilot, one of 3 parties>
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("file_not_found", file=path)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError("counts_format", file=path, got=str(error)) from error
    if not isinstance(body, dict) or (body.get("format"), body.get("version")) != (FORMAT, VERSION):
        found = f"{body.get('format')} {body.get('version')}" if isinstance(body, dict) else type(body).__name__
        raise DataError("counts_format", file=path, got=found, expected=f"{FORMAT} {VERSION}")
    try:
        raw = base64.b64decode(body["numbers"], validate=True)
        found, expected = hashlib.sha256(raw).hexdigest(), str(body["digest"])
        numbers = np.frombuffer(raw, dtype="<u8").astype(np.uint64)
        if found != expected or len(numbers) != sum(sizes(body["layout"])):
            raise DataError("counts_damaged", file=path, got=found[:12], expected=expected[:12])
        return MaskedCounts(
            body["party"], tuple(body["parties"]), body["round"], body["context"], body["layout"], numbers
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("counts_damaged", file=path, got=repr(error)) from error
