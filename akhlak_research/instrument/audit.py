"""``audit_instrument``: what a careful reader would object to; ``blueprint``: how items spread over dimensions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.berakhlak import core_values
from akhlak_research.catalog.loader import load
from akhlak_research.core.results import Level, ResultBase, result, to_jsonable
from akhlak_research.core.text import LANGUAGES, Language, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.audit_rules import RULES, Subject
from akhlak_research.instrument.model import Instrument
from akhlak_research.instrument.statutory import Match, match_item

if TYPE_CHECKING:
    import pandas as pd

_SEVERITIES: tuple[Level, ...] = ("warning", "caution", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection.

    Attributes
    ----------
    code : str
        What kind it is.
    item, dimension : str
        Where; empty where it concerns the whole instrument.
    severity : {"warning", "caution", "info"}
        Settle before use; decide and record why; know it.
    basis : {"catalogue", "rule", "heuristic"}
        Known of this instrument; follows from the file; guessed from words, to be judged by a person.
    values : mapping
        What its sentence names.
    """

    code: str
    item: str
    dimension: str
    severity: Level
    basis: str
    values: Mapping[str, object]

    def say(self, lang: Language | None = None) -> str:
        """The sentence, in a language."""
        values = {k: v.say(lang) if isinstance(v, Words) else v for k, v in self.values.items()}
        return text(f"finding.{self.code}", lang, **values)


@result
class Audit(ResultBase):
    """What an audit found, the most serious first.

    Attributes
    ----------
    instrument : Instrument
        What was audited.
    findings : tuple of Finding
        By severity, then in the order of the items.
    matches : mapping of item code to Match
        Items recognised as one of the 21 statutory behaviours.
    """

    kind: ClassVar[str] = "audit"
    of_study: ClassVar[bool] = False
    instrument: Instrument
    findings: tuple[Finding, ...]
    matches: Mapping[str, Match]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def of(self, code: str) -> tuple[Finding, ...]:
        """Findings of one kind, e.g. ``"several_ideas"``."""
        return tuple(finding for finding in self.findings if finding.code == code)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per finding: ``item dimension finding severity basis detail``; the detail in ``lang``."""
        import pandas as pd

        rows = [(f.item, f.dimension, f.code, f.severity, f.basis, f.say(lang)) for f in self.findings]
        return pd.DataFrame(rows, columns=["item", "dimension", "finding", "severity", "basis", "detail"])

    def summary(self) -> pd.DataFrame:
        """One row per kind of finding: ``finding severity basis count items``."""
        import pandas as pd

        kinds = dict.fromkeys((f.code, f.severity, f.basis) for f in self.findings)
        rows = []
        for code, severity, basis in kinds:
            places = [f.item or f.dimension for f in self.of(code)]
            rows.append((code, severity, basis, len(places), ", ".join(dict.fromkeys(p for p in places if p))))
        return pd.DataFrame(rows, columns=["finding", "severity", "basis", "count", "items"])

    def trace_table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per item: ``item dimension text trace wording difference``.

        ``wording`` names the regulations whose words the item repeats (empty where it repeats neither, or is no
        statutory behaviour); ``difference`` the effect on measurement of what the two say.
        """
        import pandas as pd

        rows = []
        for item in self.instrument.items:
            match = self.matches.get(item.code)
            wording = " = ".join(match.wordings) if match else ""
            difference = f"wording_{match.behaviour.difference}" if match else ""
            rows.append((item.code, item.dimension, item.text.say(lang), item.trace, wording, difference))
        return pd.DataFrame(rows, columns=["item", "dimension", "text", "trace", "wording", "difference"])

    def headline(self) -> str:
        """How many findings, by severity."""
        count = Counter(finding.severity for finding in self.findings)
        return f"{self.instrument.name}: " + ", ".join(f"{count[severity]} {severity}" for severity in _SEVERITIES)

    def record(self) -> dict[str, Any]:
        """Kind, version, the instrument's digest, and each finding with its sentence in both languages."""
        findings = [
            {
                "code": f.code, "item": f.item, "dimension": f.dimension, "severity": f.severity, "basis": f.basis,
                "values": to_jsonable({k: dict(v) if isinstance(v, Words) else v for k, v in f.values.items()}),
                "text": {lang: f.say(lang) for lang in LANGUAGES},
            }
            for f in self.findings
        ]  # fmt: skip
        body = {"instrument": self.instrument.name, "digest": self.instrument.digest, "findings": findings}
        return {"kind": self.kind, "version": self.version, **body}


def audit_instrument(instrument: Instrument) -> Audit:
    """What to settle in a questionnaire before anybody answers it.

    Looks for: items without a source; statutory behaviours whose circular and act are worded differently, copies that
    repeat neither, and behaviours left out; several ideas in one item; reversed items whose statement is desirable,
    and negative grammar that must not be reversed by itself (AK3); parts without a translation; repeated or similar
    texts; dimensions with few items, an unbalanced blueprint; scales without labels. It reads the instrument only:
    no answers, so missing data and weights play no part, and nothing is changed.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.

    Returns
    -------
    Audit
        ``.table()`` one row per finding, ``.summary()`` one per kind, ``.trace_table()`` one per item.

    Notes
    -----
    Findings on the 21 behaviours come from the catalogue. For every other item, several ideas and negation are guessed
    from joining and negating words and commas, in Indonesian and English, and marked ``heuristic``: "the rules and the
    law" may be one idea to its reader, and a list without joining words goes unseen. Kinds, severities, limits and
    words stand in ``catalog/audit.yaml``; they are this project's choices.

    References
    ----------
    UU 20/2023, article 4 paragraph (2); SE MenPANRB 20/2021.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> audit = ak.audit_instrument(ak.berakhlak_instrument())
    >>> [finding.item for finding in audit.of("several_ideas")]
    ['BP2', 'AK1', 'AK2', 'LY1', 'LY2', 'AD2']
    >>> [(finding.item, finding.severity) for finding in audit.of("wording_differs_real")]
    [('LY2', 'warning')]
    """
    policy, core = load("audit"), core_values()
    found = {item.code: match_item(item, core, policy["limits"]["changed_copy"]) for item in instrument.items}
    matches = {code: match for code, match in found.items() if match is not None}
    subject = Subject(instrument, core, matches, policy["limits"], policy["words"])
    kinds = {kind["code"]: kind for kind in policy["findings"]}
    order = {code: position for position, code in enumerate(("", *instrument.item_codes))}
    findings = [
        Finding(code, item, dimension, kinds[code]["severity"], kinds[code]["basis"], values)
        for rule in RULES
        for code, item, dimension, values in rule(subject)
    ]
    findings.sort(key=lambda f: (_SEVERITIES.index(f.severity), list(kinds).index(f.code), order[f.item]))
    return Audit(instrument=instrument, findings=tuple(findings), matches=matches)


@result
class Blueprint(ResultBase):
    """How the items of an instrument spread over its dimensions.

    Attributes
    ----------
    instrument : Instrument
        Whose blueprint it is.
    """

    kind: ClassVar[str] = "blueprint"
    of_study: ClassVar[bool] = False
    instrument: Instrument

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per dimension: ``dimension name n_items percent n_reversed n_traced items``; names in ``lang``."""
        import pandas as pd

        rows = [
            (
                d.code, d.name.say(lang), len(d_items), 100 * len(d_items) / len(self.instrument.items),
                sum(item.reverse for item in d_items), sum(bool(item.trace.strip()) for item in d_items),
                ", ".join(item.code for item in d_items),
            )
            for d in self.instrument.dimensions
            for d_items in [[item for item in self.instrument.items if item.dimension == d.code]]
        ]  # fmt: skip
        columns = ["dimension", "name", "n_items", "percent", "n_reversed", "n_traced", "items"]
        return pd.DataFrame(rows, columns=columns)

    def headline(self) -> str:
        """How many items and dimensions."""
        n_items, n_dimensions = len(self.instrument.items), len(self.instrument.dimensions)
        return f"{self.instrument.name}: {n_items} items, {n_dimensions} dimensions"

    def record(self) -> dict[str, Any]:
        """Kind, version, the instrument's digest, and per dimension what the table shows."""
        rows = self.table().to_dict("records")
        for row, dimension in zip(rows, self.instrument.dimensions, strict=True):
            row["name"] = dict(dimension.name)
        body = {"instrument": self.instrument.name, "digest": self.instrument.digest, "dimensions": to_jsonable(rows)}
        return {"kind": self.kind, "version": self.version, **body}


def blueprint(instrument: Instrument) -> Blueprint:
    """Items by dimension: how many, what share of all, how many reversed, how many with a source.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire.

    Returns
    -------
    Blueprint
        ``.table()`` one row per dimension. No answers are read, so missing data and weights play no part.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> table = ak.blueprint(ak.berakhlak_instrument()).table("en")
    >>> table["n_items"].tolist(), int(table["n_traced"].sum())
    ([3, 3, 3, 3, 3, 3, 3], 21)
    """
    return Blueprint(instrument=instrument)
