"""The questionnaire as data: ``Instrument`` ▸ ``Dimension`` ▸ ``Item`` ▸ ``ResponseScale``."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language, label
from akhlak_research.core.words import FrozenMap, Words
from akhlak_research.instrument.plain import as_plain, digest_of
from akhlak_research.instrument.rules import check_instrument

if TYPE_CHECKING:
    import pandas as pd

BLANK = "blank"


def _set(this: object, **values: object) -> None:
    """Set fields of a frozen dataclass while it is being made."""
    for name, value in values.items():
        object.__setattr__(this, name, value)


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """The answers offered: whole-number codes from ``low`` to ``high``.

    Attributes
    ----------
    low, high : int
        Lowest and highest code.
    labels : mapping of int to Words
        What a code says; may name all codes, some or none.
    """

    low: int
    high: int
    labels: Mapping[int, Words] = field(default_factory=FrozenMap)

    def __post_init__(self) -> None:
        _set(self, labels=FrozenMap({int(code): Words(words) for code, words in self.labels.items()}))

    @property
    def codes(self) -> tuple[int, ...]:
        """All codes in order."""
        return tuple(range(self.low, self.high + 1))

    def __str__(self) -> str:
        return f"{self.low}–{self.high}" if self.low >= 0 else f"{self.low}…{self.high}"


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a group of items measures together."""

    code: str
    name: Words
    definition: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        _set(self, name=Words(self.name), definition=Words(self.definition))


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes
    ----------
    code : str
        Column of the answers; letters, digits, ``_`` and ``.``, starting with a letter.
    dimension : str
        Code of its dimension.
    text : Words
        What the respondent read.
    reverse : bool
        Whether agreement means less of the dimension. Analyses turn its codes: low + high − code.
    trace : str
        Where it comes from: the clause of a law, the item of another instrument.
    scale : ResponseScale or None
        Its own scale where it differs from the instrument's.
    """

    code: str
    dimension: str
    text: Words
    reverse: bool = False
    trace: str = ""
    scale: ResponseScale | None = None

    def __post_init__(self) -> None:
        _set(self, text=Words(self.text))


@dataclass(frozen=True, slots=True)
class MissingKind:
    """A reason for which an answer is missing, and the cells that say so. An empty cell is always ``blank``."""

    kind: str
    codes: tuple[str, ...]
    label: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        _set(self, codes=tuple(str(code) for code in self.codes), label=Words(self.label))


@dataclass(frozen=True, slots=True)
class Background:
    """A background variable of respondents.

    Attributes
    ----------
    code : str
        Its column.
    name : Words
        What it is called.
    kind : {"categorical", "numeric"}
        Categories, or a quantity.
    labels : mapping of int or str to Words
        Categories in their order; where there are some, no others may occur.
    missing : tuple of str
        Cells that mean "no answer", beside the empty cell.
    """

    code: str
    name: Words
    kind: Literal["categorical", "numeric"] = "categorical"
    labels: Mapping[int | str, Words] = field(default_factory=FrozenMap)
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        labels = FrozenMap({code: Words(words) for code, words in self.labels.items()})
        _set(self, name=Words(self.name), labels=labels, missing=tuple(str(code) for code in self.missing))


@dataclass(frozen=True, slots=True, repr=False)
class Instrument:
    """A questionnaire.

    Attributes
    ----------
    name, version : str
        Identify it.
    title : Words
        By language.
    scale : ResponseScale
        Of every item that has none of its own.
    dimensions : tuple of Dimension
        What it measures, in order.
    items : tuple of Item
        In order; each belongs to one dimension and each dimension has at least one.
    missing : tuple of MissingKind
        Kinds of missing answers that are kept apart.
    groups : tuple of Background
        Background variables.
    source, licence, legal_basis : str
        Where it comes from, on which terms, by which law.
    note : Words
        What a user must know, e.g. that a translation was not validated.

    Raises
    ------
    InstrumentError
        ``words_missing``, ``item_code``, ``duplicate_item``, ``dimension_code``, ``duplicate_dimension``,
        ``unknown_dimension``, ``empty_dimension``, ``scale_invalid``, ``scale_label_outside``, ``label_twice``,
        ``missing_kind_name``, ``missing_code_twice``, ``missing_code_on_scale``, ``group_code_taken``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> big_five = ak.read_instrument("data/bfi")
    >>> big_five.reversed_items
    ('A1', 'C4', 'C5', 'E1', 'E2', 'O2', 'O5')
    >>> print(big_five.subset(dimensions=["A", "C"]).model())
    A =~ A1 + A2 + A3 + A4 + A5
    C =~ C1 + C2 + C3 + C4 + C5
    """

    name: str
    title: Words
    version: str
    scale: ResponseScale
    dimensions: tuple[Dimension, ...]
    items: tuple[Item, ...]
    source: str = ""
    licence: str = ""
    legal_basis: str = ""
    missing: tuple[MissingKind, ...] = ()
    groups: tuple[Background, ...] = ()
    note: Words = field(default_factory=Words)

    def __post_init__(self) -> None:
        _set(self, title=Words(self.title), note=Words(self.note))
        _set(self, **{name: tuple(getattr(self, name)) for name in ("dimensions", "items", "missing", "groups")})
        check_instrument(self)

    @property
    def item_codes(self) -> tuple[str, ...]:
        """Codes of the items in order."""
        return tuple(item.code for item in self.items)

    @property
    def reversed_items(self) -> tuple[str, ...]:
        """Codes of the items that are turned before analysis."""
        return tuple(item.code for item in self.items if item.reverse)

    @property
    def keys(self) -> dict[str, int]:
        """``{"A1": -1, …}`` for the reversed items, as ``keys=`` of a bare DataFrame takes it."""
        return dict.fromkeys(self.reversed_items, -1)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that it says, independent of the file's layout."""
        return digest_of(as_plain(self))

    def item(self, code: str) -> Item:
        """The item with a code."""
        check_choice(code, self.item_codes, "item")
        return self.items[self.item_codes.index(code)]

    def scale_of(self, code: str) -> ResponseScale:
        """The scale of an item: its own, else the instrument's."""
        return self.item(code).scale or self.scale

    def dimension(self, code: str) -> Dimension:
        """The dimension with a code."""
        codes = [dimension.code for dimension in self.dimensions]
        check_choice(code, codes, "dimension")
        return self.dimensions[codes.index(code)]

    def items_of(self, dimension: str) -> tuple[str, ...]:
        """Codes of the items of a dimension, in order."""
        self.dimension(dimension)
        return tuple(item.code for item in self.items if item.dimension == dimension)

    def subset(self, *, dimensions: Iterable[str] | None = None, items: Iterable[str] | None = None) -> Instrument:
        """The same instrument with these dimensions or items only, in the instrument's order."""
        wanted = set(self.item_codes if items is None else map(self._known, items))
        if dimensions is not None:
            wanted &= {code for dimension in dimensions for code in self.items_of(dimension)}
        kept = tuple(item for item in self.items if item.code in wanted)
        used = {item.dimension for item in kept}
        return replace(self, items=kept, dimensions=tuple(d for d in self.dimensions if d.code in used))

    def _known(self, code: str) -> str:
        return self.item(code).code

    def model(self) -> str:
        """The measurement model in lavaan's syntax, one line per dimension.

        Reversed items carry no sign: ``Responses`` bring their answers already turned.
        """
        return "\n".join(f"{d.code} =~ {' + '.join(self.items_of(d.code))}" for d in self.dimensions)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """The codebook: one row per item, ``item dimension text reverse low high trace``; text in ``lang``."""
        return self.codebook().table(lang)

    def codebook(self) -> Codebook:
        """The codebook as a result, for ``ak.export`` and ``ak.show``."""
        return Codebook(instrument=self)

    def __repr__(self) -> str:
        return f"<instrument {self.name} {self.version}: {len(self.items)} items, {len(self.dimensions)} dimensions>"

    def _repr_html_(self) -> str:
        head = html.escape(f"{self.title.say()} ({self.name} {self.version})")
        return f"<p><b>{head}</b></p>" + self.codebook()._repr_html_()


@result
class Codebook(ResultBase):
    """The items of an instrument as a table."""

    kind: ClassVar[str] = "codebook"
    of_study: ClassVar[bool] = False
    instrument: Instrument

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per item: ``item dimension text reverse low high trace``."""
        import pandas as pd

        rows = [
            (i.code, i.dimension, i.text.say(lang), i.reverse, scale.low, scale.high, i.trace)
            for i in self.instrument.items
            for scale in [self.instrument.scale_of(i.code)]
        ]
        return pd.DataFrame(rows, columns=["item", "dimension", "text", "reverse", "low", "high", "trace"])

    def scale_table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per code of the instrument's scale: ``code label``."""
        import pandas as pd

        scale = self.instrument.scale
        said = [scale.labels[code].say(lang) if code in scale.labels else "" for code in scale.codes]
        return pd.DataFrame({"code": scale.codes, "label": said})

    def headline(self) -> str:
        """Name, version and number of items."""
        return f"{self.instrument.name} {self.instrument.version}: {len(self.instrument.items)} items"

    def record(self) -> dict[str, Any]:
        """Kind, version, digest and the whole instrument."""
        body = {"digest": self.instrument.digest, "instrument": as_plain(self.instrument)}
        return {"kind": self.kind, "version": self.version, **body}


def missing_label(kind: str, instrument: Instrument, lang: Language | None = None) -> str:
    """What a kind of missing answer is called: the instrument's label, else the catalogue's."""
    for known in instrument.missing:
        if known.kind == kind and known.label:
            return known.label.say(lang)
    return label(f"missing_{kind}", lang)
