"""The seven core values and their 21 behaviours, in the wording of the circular and of the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from akhlak_research.catalog.loader import load
from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import ResultBase, result
from akhlak_research.core.text import Language
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd

Effect = Literal["same", "none", "small", "real"]
SE, UU = "SE 20/2021", "UU 20/2023"
_KEYS = {SE: "se", UU: "uu"}
_CHECKED = {"V": "read_in_source", "V2": "read_in_copy", "A": "inferred", "M": "remembered"}


@dataclass(frozen=True, slots=True)
class Wording:
    """A regulation that words the behaviours.

    Attributes
    ----------
    code : str
        Its short name, as items trace to it.
    regulation, title : str
        Its full name and the matter in it.
    clause : Words
        Where the behaviours stand.
    status : {"V", "V2", "A", "M"}
        How far the text was checked.
    source : str
        Where it was read.
    caveat : Words
        What to check before printing.
    """

    code: str
    regulation: str
    title: str
    clause: Words
    status: str
    source: str
    caveat: Words


@dataclass(frozen=True, slots=True)
class CoreValue:
    """A core value: ``code``, ``name``, ``definition``, and a note where the act's copy defines it differently."""

    code: str
    name: Words
    definition: Words
    act_definition: str | None
    act_note: Words


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One of the 21 behaviours.

    Attributes
    ----------
    code, value : str
        Its code, and that of its value.
    texts : mapping of wording to Words
        The behaviour in each wording; the English is this project's own translation.
    difference : {"same", "none", "small", "real"}
        Effect on measurement of the difference between the wordings.
    difference_note : Words
        What changes.
    ideas : mapping of wording to tuple of str
        The ideas that one text carries, where they are several.
    negation : str
        The word that makes its grammar negative although it is desirable; empty where there is none.
    negation_note : Words
        What follows for scoring.
    """

    code: str
    value: str
    texts: Mapping[str, Words]
    difference: Effect
    difference_note: Words
    ideas: Mapping[str, tuple[str, ...]]
    negation: str
    negation_note: Words


@result
class CoreValues(ResultBase):
    """The core values with their behaviours, both wordings side by side.

    Attributes
    ----------
    wordings : tuple of Wording
        The circular and the act.
    values : tuple of CoreValue
        Seven, in official order.
    behaviours : tuple of Behaviour
        Twenty-one, in official order.
    remarks : mapping of str to Words
        ``translation``, ``unchangeable``, ``copyright``, ``validation``.
    """

    kind: ClassVar[str] = "core_values"
    of_study: ClassVar[bool] = False
    wordings: tuple[Wording, ...]
    values: tuple[CoreValue, ...]
    behaviours: tuple[Behaviour, ...]
    remarks: Mapping[str, Words]

    def __getitem__(self, code: str) -> Behaviour:
        check_choice(code, [behaviour.code for behaviour in self.behaviours], "code")
        return next(behaviour for behaviour in self.behaviours if behaviour.code == code)

    def wording(self, code: str) -> Wording:
        """The regulation with a short name."""
        check_choice(code, [wording.code for wording in self.wordings], "wording")
        return next(wording for wording in self.wordings if wording.code == code)

    def value(self, code: str) -> CoreValue:
        """The core value with a code."""
        check_choice(code, [value.code for value in self.values], "value")
        return next(value for value in self.values if value.code == code)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per behaviour: ``item dimension circular act translation difference n_ideas note``.

        Both wordings stand in Indonesian in either language, for that is what was enacted; ``translation`` and
        ``n_ideas`` are of the act's text.
        """
        import pandas as pd

        rows = [
            (
                b.code, self.value(b.value).name.say(lang), b.texts[SE]["id"], b.texts[UU]["id"], b.texts[UU]["en"],
                f"wording_{b.difference}", len(b.ideas.get(UU, ("",))),
                " ".join(note.say(lang) for note in (b.difference_note, b.negation_note) if note),
            )
            for b in self.behaviours
        ]  # fmt: skip
        columns = ["item", "dimension", "circular", "act", "translation", "difference", "n_ideas", "note"]
        return pd.DataFrame(rows, columns=columns)

    def wording_table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per regulation: ``wording regulation clause status source note``."""
        import pandas as pd

        rows = [
            (w.code, w.regulation, w.clause.say(lang), _CHECKED[w.status], w.source, w.caveat.say(lang))
            for w in self.wordings
        ]
        return pd.DataFrame(rows, columns=["wording", "regulation", "clause", "status", "source", "note"])

    def value_table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per value: ``dimension name definition note``."""
        import pandas as pd

        rows = [(v.code, v.name.say(lang), v.definition.say(lang), v.act_note.say(lang)) for v in self.values]
        return pd.DataFrame(rows, columns=["dimension", "name", "definition", "note"])

    def headline(self) -> str:
        """How many there are."""
        return f"{len(self.values)} values, {len(self.behaviours)} behaviours"


def core_values() -> CoreValues:
    """The seven core values and 21 behaviours of Indonesia's civil service, in both wordings.

    Both texts were read in secondary copies, not in the official gazette; each wording says what to check before
    printing. Nothing is computed, so missing data and weights play no part.

    Returns
    -------
    CoreValues
        ``.table()`` per behaviour, ``.wording_table()`` and ``.value_table()`` beside it; ``["LY2"]`` is one behaviour.

    References
    ----------
    SE MenPANRB 20/2021; UU 20/2023, article 4 paragraph (2).

    Examples
    --------
    >>> import akhlak_research as ak
    >>> core = ak.core_values()
    >>> core["LY2"].texts["UU 20/2023"]["id"]
    'Menjaga nama baik ASN, instansi, dan negara'
    >>> [b.code for b in core.behaviours if b.difference in ("small", "real")]
    ['HR1', 'HR2', 'LY2']
    """
    return _core_values()


@cache
def _core_values() -> CoreValues:
    data = load("berakhlak")
    wordings = tuple(
        Wording(**{**entry, "clause": Words(entry["clause"]), "caveat": Words(entry["caveat"])})
        for entry in data["wordings"]
    )
    remarks = ("translation", "unchangeable", "copyright", "validation")
    return CoreValues(
        wordings=wordings,
        values=tuple(_value(entry) for entry in data["values"]),
        behaviours=tuple(_behaviour(entry) for entry in data["behaviours"]),
        remarks={name: Words(data[name]["note"]) for name in remarks},
    )


def _value(entry: Mapping[str, Any]) -> CoreValue:
    other = entry.get("difference", {})
    return CoreValue(
        code=entry["code"], name=Words(entry["name"]), definition=Words(entry["definition"]),
        act_definition=other.get("uu"), act_note=Words(other.get("note")),
    )  # fmt: skip


def _behaviour(entry: Mapping[str, Any]) -> Behaviour:
    ideas = entry.get("ideas", {})
    return Behaviour(
        code=entry["code"], value=entry["value"],
        texts={code: Words({lang: entry[key][lang] for lang in ("id", "en")}) for code, key in _KEYS.items()},
        difference=entry["difference"], difference_note=Words(entry.get("difference_note")),
        ideas={code: tuple(ideas[key]) for code, key in _KEYS.items() if key in ideas},
        negation=entry.get("negation", ""), negation_note=Words(entry.get("negation_note")),
    )  # fmt: skip
