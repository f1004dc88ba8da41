"""Results are values: frozen, named, with a reason where a number does not exist, and one record each.

Notebook, report, ledger and release read ``result.record()`` or ``result.table()``; nothing is computed twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, dataclass_transform

from akhlak_research.core.numbers import DASH, format_number
from akhlak_research.core.text import LANGUAGES, Language, active_language, label, text

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
Level = Literal["info", "caution", "warning"]
T = TypeVar("T")
R = TypeVar("R", bound="Result")


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval estimate: ``low``, ``high``, its ``level`` and the ``method`` that made it."""

    low: float
    high: float
    level: float = 0.95
    method: str = ""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A value that does not exist, with the reason. Reads like the value (NaN), so tables need no special case."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def reason(self, lang: Language | None = None) -> str:
        """Why there is no value, in a language."""
        return text(f"unavailable.{self.code}", lang, **self.values)

    @property
    def estimate(self) -> float:
        """NaN."""
        return NAN

    low = high = se = level = estimate
    n: ClassVar[int] = 0

    @property
    def interval(self) -> Unavailable:
        """Itself: what does not exist has no interval either."""
        return self

    def __float__(self) -> float:
        return NAN

    def __repr__(self) -> str:
        return f"Unavailable({self.code!r})"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty: ``estimate``, ``se``, ``interval`` (``.low``, ``.high``) and ``n``."""

    estimate: float
    se: float | Unavailable
    interval: Interval | Unavailable
    n: int

    def __float__(self) -> float:
        return self.estimate

    def __repr__(self) -> str:
        shown = f"{self.estimate:.4g}"
        if isinstance(self.interval, Interval):
            shown += f" [{self.interval.low:.4g}, {self.interval.high:.4g}]"
        return f"Estimate({shown}, n={self.n})"


class OneEstimate:
    """Mixin of results that speak for one estimate, ``main``: its numbers are theirs."""

    __slots__ = ()

    @property
    def main(self) -> Estimate | Unavailable:
        """The estimate that the result is about."""
        raise TypeError(f"{type(self).__name__} names no main estimate")

    @property
    def estimate(self) -> float:
        """The main estimate; NaN where it does not exist."""
        return self.main.estimate

    @property
    def se(self) -> float | Unavailable:
        """Its standard error."""
        return self.main if isinstance(self.main, Unavailable) else self.main.se

    @property
    def interval(self) -> Interval | Unavailable:
        """Its interval."""
        return self.main.interval

    @property
    def n(self) -> int:
        """People behind it."""
        return self.main.n


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader must know about a result. ``values`` fill the sentence ``notice.<code>``."""

    code: str
    level: Level = "info"
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: Language | None = None) -> str:
        """The sentence, in a language."""
        return text(f"notice.{self.code}", lang, **self.values)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a result was computed from.

    ``n_rows`` rows came in (frequencies counted), ``n_used`` of them entered, ``n_dropped`` did not. With pairwise
    deletion ``n_used`` counts rows with at least one answer. ``digest`` is a SHA-256 of names, codes and weights.
    """

    digest: str
    n_rows: int
    n_used: int
    n_dropped: int
    missing: str
    weighting: Literal["none", "frequency", "sampling"]
    items: tuple[str, ...]
    reversed_items: tuple[str, ...] = ()

    def say(self, lang: Language | None = None) -> str:
        """How missing answers were treated and whom that left, in a language; empty where nobody was left out."""
        if self.missing == "pairwise" or (self.missing == "listwise" and self.n_dropped):
            return text(f"inputs.{self.missing}", lang, used=self.n_used, rows=self.n_rows, dropped=self.n_dropped)
        return ""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def result(cls: type[T]) -> type[T]:
    """Decorator of every result class: a frozen, slotted dataclass compared by identity, shown in one line."""
    made = dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)(cls)
    # with slots Python makes the class anew, and its own refusal then trips over the old one
    made.__setattr__ = made.__delattr__ = _refuse_change  # type: ignore[method-assign]
    return made


def _refuse_change(self: object, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__name__}.{name}: results do not change")


class ResultBase:
    """What every result can do. Subclasses set ``kind`` and define ``table`` and ``headline``."""

    __slots__ = ()
    kind: ClassVar[str]
    version: ClassVar[int] = 1
    #: attributes or methods that give further tables, beside ``table()``, whose numbers stand nowhere else
    further_tables: ClassVar[tuple[str, ...]] = ()
    #: whether it says something about the study's data; what the catalogues know stays real in a simulated study
    of_study: ClassVar[bool] = True

    def table(self) -> pd.DataFrame:
        """The result as a tidy DataFrame with stable English column names."""
        raise TypeError(f"{type(self).__name__} defines no table()")

    def headline(self) -> str:
        """The result in a few words (for ``repr``)."""
        return ""

    def record(self) -> dict[str, Any]:
        """The result as a JSON-able dict: kind, version, every field at full precision, notices in both languages."""
        body = {f.name: to_jsonable(getattr(self, f.name)) for f in dataclasses.fields(self)}  # type: ignore[arg-type]
        return {"kind": self.kind, "version": self.version, **body}

    def __repr__(self) -> str:
        return f"<{self.kind} {self.headline()}>"

    def _repr_html_(self) -> str:
        from akhlak_research.core.said import lines_below, simulated_line

        lang = active_language()
        frame = without_reasons(self.table())
        absent = bool(frame.isna().to_numpy().any())
        others = frame.select_dtypes(exclude="float").columns
        frame[others] = frame[others].astype(object).fillna(DASH)
        frame.columns = [label(str(name)) for name in frame.columns]
        lines = [simulated_line(self, lang), *lines_below(self, lang, absent=absent)]
        below = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
        return frame.to_html(index=False, na_rep=DASH, float_format=lambda v: format_number(v, 3, lang)) + below


@result
class Result(ResultBase):
    """Base of results computed from answers.

    Attributes
    ----------
    inputs : Inputs
        What it was computed from.
    notices : tuple of Notice
        What the reader must know.
    """

    inputs: Inputs
    notices: tuple[Notice, ...] = ()


@result
class ByGroup(ResultBase, Generic[R]):
    """The same result for each group of ``by=``; behaves as a mapping from group label to result.

    Attributes
    ----------
    by : str
        Name of the grouping variable.
    parts : mapping
        Group label to result, in sorted order of labels.
    n_without_group : int
        Rows left out because their group is missing.
    notices : tuple of Notice
        Groups that the method refused, and why.
    """

    kind: ClassVar[str] = "by_group"
    by: str
    parts: Mapping[Any, R]
    n_without_group: int = 0
    notices: tuple[Notice, ...] = ()

    def __getitem__(self, group: Any) -> R:
        return self.parts[group]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def table(self) -> pd.DataFrame:
        """The tables of the groups, one below the other, with the group in the first column."""
        import pandas as pd

        frames = [pd.DataFrame(columns=[self.by])] if not self.parts else []
        for group, part in self.parts.items():
            # omega names its dimension itself; per dimension that column would stand twice
            frame = part.table().drop(columns=self.by, errors="ignore")
            frame.insert(0, self.by, [group] * len(frame))
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def headline(self) -> str:
        """Number of groups."""
        return f"by {self.by}: {len(self.parts)} groups"


def tables_of(result: ResultBase) -> Iterator[pd.DataFrame]:
    """The tables of a result: ``table()`` and its ``further_tables``."""
    yield result.table()
    for name in result.further_tables:
        part = getattr(result, name)
        yield part() if callable(part) else part


def without_reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with empty cells (NaN) where a cell holds a reason and not a value."""
    if not any(isinstance(cell, Unavailable) for cell in frame.to_numpy(dtype=object).ravel()):
        return frame.copy()
    return frame.map(lambda cell: NAN if isinstance(cell, Unavailable) else cell)


def record_digest(record: object) -> str:
    """SHA-256 of a JSON-able record in canonical form (sorted keys, no spaces, UTF-8); ties pages to the ledger."""
    written = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(written.encode("utf-8", "backslashreplace")).hexdigest()


def to_jsonable(value: Any) -> Any:
    """Convert results, arrays and frames to plain JSON values at full precision; NaN and infinities become None."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Notice):
        said = {lang: value.say(lang) for lang in LANGUAGES}
        return {"code": value.code, "level": value.level, "values": to_jsonable(value.values), "text": said}
    if isinstance(value, Unavailable):
        said = {lang: value.reason(lang) for lang in LANGUAGES}
        return {"unavailable": value.code, "values": to_jsonable(value.values), "reason": said}
    if isinstance(value, ResultBase):
        return value.record()
    if dataclasses.is_dataclass(value):
        return {f.name: to_jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return {
            "columns": [str(c) for c in value.columns],
            "index": [to_jsonable(i) for i in value.index],
            "data": [[to_jsonable(v) for v in row] for row in value.itertuples(index=False, name=None)],
        }
    if hasattr(value, "items"):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return to_jsonable(value.tolist())
    if isinstance(value, tuple | list | set | frozenset):
        return [to_jsonable(item) for item in value]
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)
