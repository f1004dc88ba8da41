"""The dossier of every item: what each stage found about it, read from the kept records, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_choice
from akhlak_research.core.results import Notice, ResultBase, Unavailable, result
from akhlak_research.core.text import Language, label
from akhlak_research.core.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from akhlak_research.stages.study import Study

Number = float | Unavailable
#: kind of evidence → the cut-off that it is held against
_CUTOFFS = {"expert_evidence": "aiken_v", "trial_evidence": "item_rest_r", "structure_evidence": "loading"}
_UNLIKE = ("dif_moderate", "dif_large")
#: verdict by the number of kinds of evidence that speak against the item
_VERDICTS = ("item_keep", "item_read_again", "item_revise")


@dataclass(frozen=True, slots=True)
class ItemDossier:
    """One item, from its clause to a verdict.

    Attributes
    ----------
    item, dimension, trace : str
        ``trace`` is the clause that it comes from.
    text : Words
        Its wording.
    wording : tuple of str
        What the audit of the wording found; it is a mark to read again, and does not count against the item.
    aiken_v : float or Unavailable
        What experts said.
    mean, item_rest_r, ceiling : float or Unavailable
        How it did in the trial; ``ceiling`` is the share of answers at the high end.
    loading, communality : float or Unavailable
        Its standardised loading in the planned model; its communality in the exploratory one.
    dif_points : float or Unavailable
        What the item alone does to the index of the group where it works most differently, in index points.
    dif_group, dif_verdict : str
        That group and the verdict of the test; empty without a test.
    against : tuple of str
        Kinds of evidence that speak against the item.
    verdict : {"item_keep", "item_read_again", "item_revise", "item_undecided"}
        No kind of evidence speaks against it, one does, several do; ``item_undecided`` without any evidence.
    """

    item: str
    dimension: str
    trace: str
    text: Words
    wording: tuple[str, ...]
    aiken_v: Number
    mean: Number
    item_rest_r: Number
    ceiling: Number
    loading: Number
    communality: Number
    dif_points: Number
    dif_group: str
    dif_verdict: str
    against: tuple[str, ...]
    verdict: str


@result
class Dossier(ResultBase):
    """The items of an instrument; ``dossier["KP1"]`` is one of them.

    Attributes
    ----------
    items : tuple of ItemDossier
        In the order of the instrument.
    notices : tuple of Notice
    """

    kind: ClassVar[str] = "item_dossier"
    items: tuple[ItemDossier, ...]
    notices: tuple[Notice, ...] = ()

    def __getitem__(self, item: str) -> ItemDossier:
        check_choice(item, [one.item for one in self.items], "item")
        return next(one for one in self.items if one.item == item)

    def table(self, lang: Language | None = None) -> pd.DataFrame:
        """One row per item: ``item aiken_v mean item_rest_r ceiling loading communality dif_points dif_group
        dif_verdict verdict evidence_against``."""
        import pandas as pd

        rows = [
            {
                "item": one.item, "aiken_v": one.aiken_v, "mean": one.mean, "item_rest_r": one.item_rest_r,
                "ceiling": one.ceiling, "loading": one.loading, "communality": one.communality,
                "dif_points": one.dif_points, "dif_group": one.dif_group,
                "dif_verdict": label(one.dif_verdict, lang) if one.dif_verdict else "", "verdict": one.verdict,
                "evidence_against": ", ".join(label(kind, lang) for kind in one.against),
            }
            for one in self.items
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def wordings(self, lang: Language | None = None) -> pd.DataFrame:
        """Clause, wording and what the audit found in it, of every item: ``item dimension trace text wording_finding
        verdict evidence_against``."""
        import pandas as pd

        rows = [
            (
                one.item, one.dimension, one.trace, one.text.say(lang),
                ", ".join(label(code, lang) for code in one.wording), one.verdict,
                ", ".join(label(kind, lang) for kind in one.against),
            )
            for one in self.items
        ]  # fmt: skip
        names = ["item", "dimension", "trace", "text", "wording_finding", "verdict", "evidence_against"]
        return pd.DataFrame(rows, columns=names)

    def headline(self) -> str:
        """How many items have which verdict."""
        counts = {name: sum(one.verdict == name for one in self.items) for name in (*_VERDICTS, "item_undecided")}
        return ", ".join(f"{n} {name}" for name, n in counts.items() if n)


def item_dossier(study: Study) -> Dossier:
    """Bring together what the stages found about every item.

    Parameters
    ----------
    study : Study
        Nothing is computed: numbers come from its kept records ``content``, ``items``, ``cfa``, ``efa`` and ``dif``.

    Returns
    -------
    Dossier
        ``.table()``; ``["A1"]`` for one item. Evidence that is missing says why.

    Notes
    -----
    Four kinds of evidence count: experts (Aiken's V), trial (item–rest correlation), structure (standardised loading in
    the planned model), fairness (a moderate or large difference in functioning). Each is held against the cut-off of
    the catalogue, or of the study. None against: the item can be kept. One: read it again. Several: revise it. The
    verdict is a proposal; people who know what the item means decide.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> dossier = ak.item_dossier(ak.Study("data/bfi"))
    >>> len(dossier.items)
    25
    """
    records = {name: kept["record"] for name, kept in study.records().items()}
    sources = {name: _reason(records, name) for name in ("content", "items", "cfa", "efa", "dif")}
    found = {
        "aiken_v": dict(_aiken(records.get("content"))),
        "trial": dict(_trial(records.get("items"))),
        "loading": dict(_loadings(records.get("cfa"))),
        "communality": _mapping(records.get("efa"), "communalities"),
        "dif": dict(_dif(records.get("dif"))),
    }
    limits = {kind: thresholds(name) for kind, name in _CUTOFFS.items()}
    for criterion in study.criteria:  # the study may have cut-offs of its own
        for kind, name in (("expert_evidence", "content_item"), ("trial_evidence", "item_rest")):
            if criterion.name == name:
                limits[kind] = criterion.threshold
    items = []
    for item in study.instrument.items:
        trial: Mapping[str, Any] = found["trial"].get(item.code, {})
        unlike: Mapping[str, Any] = found["dif"].get(item.code, {})
        values: dict[str, Number] = {
            "aiken_v": _number(found["aiken_v"].get(item.code), sources["content"]),
            "mean": _number(trial.get("mean"), sources["items"]),
            "item_rest_r": _number(trial.get("item_rest_r"), sources["items"]),
            "ceiling": _number(trial.get("ceiling"), sources["items"]),
            "loading": _number(found["loading"].get(item.code), sources["cfa"]),
            "communality": _number(found["communality"].get(item.code), sources["efa"]),
            "dif_points": _number(unlike.get("points"), sources["dif"]),
        }
        held = {
            "expert_evidence": values["aiken_v"],
            "trial_evidence": values["item_rest_r"],
            "structure_evidence": values["loading"],
        }
        there = {kind: value for kind, value in held.items() if not isinstance(value, Unavailable)}
        against = [kind for kind, value in there.items() if not limits[kind].met(value)]
        dif_verdict = str(unlike.get("verdict", ""))
        if dif_verdict in _UNLIKE:
            against.append("fairness_evidence")
        verdict = _VERDICTS[min(len(against), 2)] if there or dif_verdict else "item_undecided"
        items.append(
            ItemDossier(
                item=item.code,
                dimension=item.dimension,
                trace=item.trace,
                text=item.text,
                wording=_findings(records.get("audit"), item.code),
                **values,
                dif_group=str(unlike.get("group", "")),
                dif_verdict=dif_verdict,
                against=tuple(against),
                verdict=verdict,
            )
        )
    return Dossier(items=tuple(items), notices=(Notice("dossier_proposes", "info"),))


def _reason(records: Mapping[str, Any], name: str) -> Unavailable:
    """Why a record has no number: it was not kept, it says so itself, or it does not reach this item."""
    record = records.get(name)
    if record is None:
        return Unavailable("dossier_not_kept", {"record": name})
    if "unavailable" in record:
        return Unavailable("dossier_absent", {"why": Words(record["reason"])})
    return Unavailable("dossier_no_value")


def _number(value: Any, why: Unavailable) -> Number:
    """A number of a record (an estimate's own, where it is one), or why there is none."""
    if isinstance(value, Mapping):
        if "unavailable" in value:
            return Unavailable("dossier_absent", {"why": Words(value["reason"])})
        value = value.get("estimate")
    return float(value) if isinstance(value, int | float) else why


def _findings(record: Mapping[str, Any] | None, item: str) -> tuple[str, ...]:
    """What the audit found in the wording of an item, each kind once."""
    found = [one["code"] for one in (record or {}).get("findings", ()) if one.get("item") == item]
    return tuple(dict.fromkeys(found))


def _mapping(record: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    found = (record or {}).get(name)
    return found if isinstance(found, Mapping) else {}


def _aiken(record: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    for one in (record or {}).get("items", ()):
        yield one["item"], one["aiken_v"]


def _parts(record: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The parts of a record by dimension; a record without parts is its own."""
    if record and "unavailable" not in record:
        yield from record["parts"].values() if "parts" in record else (record,)


def _trial(record: Mapping[str, Any] | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for part in _parts(record):
        for one in part["items"]:
            yield one["item"], one


def _loadings(record: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    table = (record or {}).get("parameters")
    if not table:
        return
    at = {name: position for position, name in enumerate(table["columns"])}
    for row in table["data"]:
        if row[at["op"]] == "=~":
            yield row[at["rhs"]], row[at["std_all"]]


def _dif(record: Mapping[str, Any] | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of every item the comparison with the most points; those that the test names go before the others."""
    best: dict[str, Mapping[str, Any]] = {}
    for part in _parts(record):
        for one in part["comparisons"]:
            known = best.get(one["item"])
            if known is None or _weight(one) > _weight(known):
                best[one["item"]] = one
    yield from best.items()


def _weight(one: Mapping[str, Any]) -> tuple[bool, float]:
    points = one["points"].get("estimate")
    return one["verdict"] in _UNLIKE, abs(points) if points is not None else -1.0
