"""How a release is cited and described to machines: CITATION.cff, a data package, an RO-Crate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from akhlak_research.core.text import LANGUAGES
from akhlak_research.release.context import Context
from akhlak_research.release.data import labels_of

_TYPES = {
    ".csv": "text/csv", ".html": "text/html", ".json": "application/json", ".jsonl": "application/x-ndjson",
    ".xml": "application/xml", ".yaml": "application/yaml", ".py": "text/x-python", ".txt": "text/plain",
    ".parquet": "application/vnd.apache.parquet", ".sav": "application/x-spss-sav", ".dta": "application/x-stata-dta",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".cff": "application/yaml",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".pdf": "application/pdf",
    ".ipynb": "application/x-ipynb+json",
}  # fmt: skip


def citation(context: Context) -> bytes:
    """CITATION.cff 1.2.0 of the release."""
    body: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this instrument or its data, please cite it as below.",
        "title": context.title.say("en"),
        "type": "dataset",
        "authors": [{"name": context.institution.say("id")}],
        "version": context.version,
        "date-released": context.day,
    }
    if "licence" in context.settings:
        body["license"] = context.settings["licence"]
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110).encode("utf-8")


def data_package(context: Context, files: Mapping[str, bytes]) -> bytes:
    """datapackage.json (Frictionless): the table of answers with a schema from the instrument."""
    instrument = context.study.instrument
    head = files["data/responses.csv"].decode("utf-8-sig").split("\n", 1)[0].split(",")
    titles, _ = labels_of(instrument, head)
    fields: list[dict[str, Any]] = []
    for name in head:
        field: dict[str, Any] = {"name": name, "title": titles[name], "type": "string"}
        if name in instrument.item_codes:
            scale = instrument.scale_of(name)
            field |= {"type": "integer", "constraints": {"minimum": scale.low, "maximum": scale.high}}
        fields.append(field)
    resource = {
        "name": "responses", "path": "data/responses.csv", "format": "csv", "mediatype": "text/csv",
        "encoding": "utf-8", "profile": "tabular-data-resource", "bytes": len(files["data/responses.csv"]),
        "hash": f"sha256:{hashlib.sha256(files['data/responses.csv']).hexdigest()}",
        "schema": {"fields": fields, "missingValues": [""]},
    }  # fmt: skip
    body = {
        "profile": "tabular-data-package", "name": context.study.slug, "title": context.title.say("en"),
        "version": context.version, "created": context.moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "resources": [resource],
    }  # fmt: skip
    return _json(body)


def crate(context: Context, files: Mapping[str, bytes]) -> bytes:
    """ro-crate-metadata.json (RO-Crate 1.1): what each file is, with its size and SHA-256."""
    root: dict[str, Any] = {
        "@id": "./", "@type": "Dataset", "name": context.title.say("en"),
        "description": " / ".join(context.title.say(lang) for lang in LANGUAGES), "datePublished": context.day,
        "version": context.version, "publisher": {"@id": "#institution"},
        "hasPart": [{"@id": name} for name in sorted(files)],
    }  # fmt: skip
    if "licence" in context.settings:
        root["license"] = context.settings["licence"]
    about = {
        "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }  # fmt: skip
    who = {"@id": "#institution", "@type": "Organization", "name": context.institution.say("id")}
    parts = [
        {
            "@id": name, "@type": "File", "name": name.rsplit("/", 1)[-1], "contentSize": str(len(content)),
            "encodingFormat": _TYPES.get("." + name.rsplit(".", 1)[-1], "application/octet-stream"),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in sorted(files.items())
    ]  # fmt: skip
    return _json({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [about, root, who, *parts]})


def _json(body: object) -> bytes:
    return (json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
