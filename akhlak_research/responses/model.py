"""What came back: coded answers with the reason of every missing one, and who gave them."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs, Notice
from akhlak_research.core.text import label, text
from akhlak_research.instrument.model import Instrument


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Responses:
    """Answers of n respondents to the p items of an instrument.

    Attributes
    ----------
    codes : DataFrame, n × p, float64
        Codes as answered, not turned; NaN where there is no answer. Rows are respondents 1 … n in the order of the
        file, columns the items in the order of the instrument.
    missing_kinds : DataFrame, n × p, categorical
        ``""`` where there is an answer; else ``"blank"`` or a kind that the instrument declares.
    groups : DataFrame, n × g
        Background variables: coded categories as ``Int64`` (as text where the codes are text), quantities as
        float64; missing where not answered.
    weights : Series or None
        Sampling weights, ≥ 0.
    instrument : Instrument
        The questionnaire, with exactly these items.
    source : str
        Name of the file; empty for a DataFrame.
    digest : str
        SHA-256 of the source as it was read. A selection keeps the digest of what it was selected from.
    notices : tuple of Notice
        What the reader of the file must know.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.read_responses("data/bfi/responses.csv", ak.read_instrument("data/bfi"))
    >>> answers
    <responses responses.csv: 2800 respondents, 25 items, 508 answers missing>
    >>> answers.of_dimension("A").keyed.loc[1].tolist()
    [5.0, 4.0, 3.0, 4.0, 4.0]
    """

    codes: pd.DataFrame
    missing_kinds: pd.DataFrame
    groups: pd.DataFrame
    weights: pd.Series | None
    instrument: Instrument
    source: str = ""
    digest: str = ""
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        names = self.instrument.item_codes
        frames = [self.codes, self.missing_kinds]
        if any(tuple(frame.columns) != names for frame in frames):
            raise DataError("responses_shape", got=list(self.codes.columns), expected=names)
        lengths = {len(part) for part in (*frames, self.groups, self.weights) if part is not None}
        if len(lengths) != 1:
            raise DataError("responses_shape", got=sorted(lengths), expected=len(self.codes))

    @property
    def items(self) -> tuple[str, ...]:
        """Codes of the items."""
        return self.instrument.item_codes

    @property
    def n(self) -> int:
        """Number of respondents."""
        return len(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def keyed(self) -> pd.DataFrame:
        """The codes with reversed items turned: low + high − code, on the item's own scale."""
        values = self.codes.to_numpy(dtype=np.float64, copy=True)
        for position, item in enumerate(self.instrument.items):
            if item.reverse:
                scale = self.instrument.scale_of(item.code)
                values[:, position] = scale.low + scale.high - values[:, position]
        return pd.DataFrame(values, index=self.codes.index, columns=self.codes.columns)

    def select(self, items: str | Iterable[str] | None = None, *, dimension: str | None = None) -> Responses:
        """The same respondents with these items, or the items of a dimension, in the instrument's order.

        Raises
        ------
        ArgumentError
            ``unknown_choice`` for an item or dimension that is not there; ``no_selection`` for an empty one.
        """
        wanted = [items] if isinstance(items, str) else self.items if items is None else list(items)
        inside = self.items if dimension is None else self.instrument.items_of(dimension)
        nothing_asked = items is None and dimension is None
        for code in wanted:
            self.instrument.item(code)
        if nothing_asked or not set(wanted) & set(inside):
            raise ArgumentError("no_selection", argument="items", expected=self.items)
        chosen = self.instrument.subset(items=set(wanted) & set(inside))
        names = list(chosen.item_codes)
        return replace(
            self, codes=self.codes[names], missing_kinds=self.missing_kinds[names], instrument=chosen,
            notices=tuple(note for note in self.notices if _concerns(note, names)),
        )  # fmt: skip

    def of_dimension(self, code: str) -> Responses:
        """The items of a dimension; short for ``select(dimension=code)``."""
        return self.select(dimension=code)

    def where(self, keep: NDArray[np.bool_] | pd.Series) -> Responses:
        """The respondents marked True; they keep their numbers.

        Parameters
        ----------
        keep : boolean array of length n
            A Series is taken in order of its rows, not by its index.
        """
        mask = np.asarray(keep)
        if mask.dtype != np.bool_ or mask.shape != (self.n,):
            raise ArgumentError("mask_invalid", got=f"{mask.dtype} {mask.shape}", expected=f"bool ({self.n},)")
        return replace(
            self, codes=self.codes[mask], missing_kinds=self.missing_kinds[mask], groups=self.groups[mask],
            weights=None if self.weights is None else self.weights[mask],
        )  # fmt: skip

    def __repr__(self) -> str:
        return (
            f"<responses {self.source or 'DataFrame'}: {self.n} respondents, {len(self.items)} items, "
            f"{self._n_missing()} answers missing>"
        )

    def _n_missing(self) -> int:
        return int(self.codes.isna().to_numpy().sum())

    def _repr_html_(self) -> str:
        """Counts only: single answers are nobody's business."""
        cells = self.n * len(self.items)
        rows = [
            ("source", self.source or "DataFrame"),
            ("respondents", f"{self.n}"),
            ("items", f"{len(self.items)}"),
            ("answers_missing", f"{self._n_missing()} / {cells}"),
            ("background", ", ".join(map(str, self.groups.columns)) or "–"),
            ("weights", text("responses.yes") if self.weights is not None else text("responses.no")),
        ]
        body = "".join(f"<tr><th>{html.escape(label(k))}</th><td>{html.escape(v)}</td></tr>" for k, v in rows)
        notices = "".join(f"<p>{html.escape(note.say())}</p>" for note in self.notices)
        return f"<table>{body}</table>{notices}"


def _concerns(notice: Notice, names: list[str]) -> bool:
    """Whether a notice about columns is about one of these, or about no column at all."""
    about = notice.values.get("columns")
    return not isinstance(about, tuple) or bool(set(about) & set(names))


def respondent_index(n: int) -> pd.RangeIndex:
    """Respondents are numbered from 1."""
    return pd.RangeIndex(1, n + 1, name="respondent")


def inputs_of(responses: Responses, frame: pd.DataFrame, n_used: int) -> Inputs:
    """The note on inputs of a result that counts the columns of ``frame`` (answers or background) without weights."""
    digest = hashlib.sha256(repr(tuple(frame.columns)).encode())
    for name in frame.columns:
        positions, distinct = pd.factorize(frame[name])
        digest.update(repr([str(value) for value in distinct]).encode())
        digest.update(positions.astype(np.int64).tobytes())
    items = tuple(name for name in responses.items if name in frame.columns)
    return Inputs(
        digest=digest.hexdigest(), n_rows=responses.n, n_used=n_used, n_dropped=responses.n - n_used, missing="none",
        weighting="none", items=items,
    )  # fmt: skip
