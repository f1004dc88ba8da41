"""An instrument as lists and dicts: what its file holds and what its digest is taken of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from akhlak_research.core.words import Words

if TYPE_CHECKING:
    from akhlak_research.instrument.model import Instrument, ResponseScale


def as_plain(instrument: Instrument) -> dict[str, Any]:
    """The instrument as lists and dicts in the layout of its file; what says nothing is left out."""
    whole = {
        "name": instrument.name, "title": dict(instrument.title), "version": instrument.version,
        "source": instrument.source, "licence": instrument.licence, "legal_basis": instrument.legal_basis,
        "note": dict(instrument.note), "scale": _plain_scale(instrument.scale),
        "missing": [_spoken(kind=m.kind, codes=list(m.codes), label=dict(m.label)) for m in instrument.missing],
        "dimensions": [
            _spoken(code=d.code, name=dict(d.name), definition=dict(d.definition)) for d in instrument.dimensions
        ],
        "items": [
            _spoken(
                code=i.code, dimension=i.dimension, text=dict(i.text), reverse=i.reverse, trace=i.trace,
                scale=i.scale and _plain_scale(i.scale),
            )
            for i in instrument.items
        ],
        "groups": [
            _spoken(
                code=g.code, name=dict(g.name), kind=g.kind, labels=_plain_labels(g.labels), missing=list(g.missing)
            )
            for g in instrument.groups
        ],
    }  # fmt: skip
    return _spoken(**whole)


def _spoken(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value or (value == 0 and value is not False)}


def _plain_scale(scale: ResponseScale) -> dict[str, Any]:
    return _spoken(low=scale.low, high=scale.high, labels=_plain_labels(scale.labels))


def _plain_labels(labels: Mapping[Any, Words]) -> dict[Any, Any]:
    return {code: dict(words) for code, words in labels.items()}


def digest_of(plain: Any) -> str:
    """SHA-256 of plain values; the order of keys in a mapping does not count."""
    canonical = json.dumps(_ordered(plain), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _ordered(value: Any) -> Any:
    """Mappings as lists of pairs in a fixed order; the codes 1 and "1" stay different."""
    if isinstance(value, dict):
        return [[key, _ordered(value[key])] for key in sorted(value, key=repr)]
    return [_ordered(part) for part in value] if isinstance(value, list) else value
