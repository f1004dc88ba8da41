"""Which of the 21 behaviours an item is, in whose wording, and the questionnaire made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from akhlak_research.catalog.berakhlak import UU, Behaviour, CoreValues, Wording, core_values
from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Dimension, Instrument, Item, MissingKind, ResponseScale
from akhlak_research.instrument.rules import plain_word

_PUNCTUATION = re.compile(r"[^\w\s-]")


@dataclass(frozen=True, slots=True)
class Match:
    """An item recognised as a behaviour.

    Attributes
    ----------
    behaviour : Behaviour
    wordings : tuple of str
        Wordings that the item repeats word for word (a prefix such as "Pegawai" apart); empty for a changed copy.
    """

    behaviour: Behaviour
    wordings: tuple[str, ...]


def bare(words: str) -> str:
    """A text as texts are compared: case, punctuation and repeated space do not count."""
    return plain_word(_PUNCTUATION.sub(" ", words))


def match_item(item: Item, core: CoreValues, changed_copy: float) -> Match | None:
    """The behaviour that an item asks about.

    Word for word in either wording, whatever the item's code; or as a changed copy, where the item has the behaviour's
    code and its Indonesian text is at least ``changed_copy`` alike (ratio of ``difflib.SequenceMatcher``). Items
    without an Indonesian text match nothing.
    """
    if "id" not in item.text:
        return None
    asked = item.text["id"]
    exact = {b.code: _repeated(asked, b) for b in core.behaviours}
    found = max((b for b in core.behaviours if exact[b.code]), key=lambda b: _length(b, exact[b.code]), default=None)
    if found is not None:
        return Match(found, exact[found.code])
    for behaviour in core.behaviours:
        if behaviour.code == item.code and _likeness(asked, behaviour) >= changed_copy:
            return Match(behaviour, ())
    return None


def _repeated(asked: str, behaviour: Behaviour) -> tuple[str, ...]:
    """Wordings that the text ends with: punctuation decides where it can, and is passed over where it cannot."""
    for form in (_exactly, bare):
        said = f" {form(asked)}"
        found = tuple(code for code, words in behaviour.texts.items() if said.endswith(f" {form(words['id'])}"))
        if found:
            longest = max(len(form(behaviour.texts[code]["id"])) for code in found)
            return tuple(code for code in found if len(form(behaviour.texts[code]["id"])) == longest)
    return ()


def _exactly(words: str) -> str:
    return plain_word(words).rstrip(".")


def _length(behaviour: Behaviour, wordings: tuple[str, ...]) -> int:
    return max(len(behaviour.texts[code]["id"]) for code in wordings)


def _likeness(asked: str, behaviour: Behaviour) -> float:
    return max(SequenceMatcher(None, bare(asked), bare(words["id"])).ratio() for words in behaviour.texts.values())


def berakhlak_instrument(
    wording: str = UU, *, scale: ResponseScale | None = None, missing: tuple[MissingKind, ...] = ()
) -> Instrument:
    """The 21 behaviours as a questionnaire of seven dimensions, verbatim, in Indonesian and English.

    Nothing is reversed: AK3 is negative in grammar and desirable in meaning. Several behaviours carry more than one
    idea; ``audit_instrument`` names them. The text is what was read in secondary copies: check it before printing.

    Parameters
    ----------
    wording : {"UU 20/2023", "SE 20/2021"}
        Whose words the items repeat.
    scale : ResponseScale, optional
        The answers offered. Default: five points of agreement. Neither regulation offers a scale; it is this
        project's choice.
    missing : tuple of MissingKind
        Kinds of missing answers, as ``Instrument`` takes them.

    Returns
    -------
    Instrument

    Raises
    ------
    ArgumentError
        ``unknown_choice`` for another wording.

    References
    ----------
    SE MenPANRB 20/2021; UU 20/2023, article 4 paragraph (2).

    Examples
    --------
    >>> import akhlak_research as ak
    >>> instrument = ak.berakhlak_instrument()
    >>> instrument
    <instrument berakhlak-21 uu-20-2023: 21 items, 7 dimensions>
    >>> instrument.item("LY2").trace
    'UU 20/2023 Pasal 4 ayat (2), Loyal'
    """
    core = core_values()
    law = core.wording(wording)
    return Instrument(
        name="berakhlak-21",
        title=_both("berakhlak.title", wording=wording),
        version=wording.replace(" ", "-").replace("/", "-").lower(),
        source=law.source,
        licence=core.remarks["copyright"]["id"],
        legal_basis=f"{law.regulation}, {law.clause['id']}",
        note=_both("berakhlak.note", caveat=law.caveat, translation=core.remarks["translation"]),
        scale=scale or agreement_scale(),
        missing=missing,
        dimensions=tuple(Dimension(v.code, v.name, v.definition) for v in core.values),
        items=tuple(_item(behaviour, law, core) for behaviour in core.behaviours),
    )


def agreement_scale() -> ResponseScale:
    """Five points of agreement."""
    return ResponseScale(1, 5, {code: _both(f"berakhlak.agreement_{code}") for code in range(1, 6)})


def _item(behaviour: Behaviour, law: Wording, core: CoreValues) -> Item:
    name = core.value(behaviour.value).name["id"]
    trace = f"{law.code} {law.clause['id']}, {name}"
    return Item(behaviour.code, behaviour.value, behaviour.texts[law.code], trace=trace)


def _both(key: str, **values: str | Words) -> Words:
    """The catalogue's words in both languages."""
    said: Mapping[str, str] = {
        lang: text(key, lang, **{k: v.say(lang) if isinstance(v, Words) else v for k, v in values.items()})
        for lang in LANGUAGES
    }
    return Words(said)
