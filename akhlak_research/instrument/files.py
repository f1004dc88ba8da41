"""Instruments as YAML files: read with the line of every fault, written so that reading gives the same again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from akhlak_research.catalog.loader import schema_fault
from akhlak_research.core.errors import InstrumentError
from akhlak_research.core.files import write_text
from akhlak_research.core.words import Words
from akhlak_research.core.yaml_files import read_yaml_file
from akhlak_research.instrument.model import Background, Dimension, Instrument, Item, MissingKind, ResponseScale
from akhlak_research.instrument.plain import as_plain

FILE_NAME = "instrument.yaml"


def read_instrument(name_or_path: str | Path) -> Instrument:
    """Read a questionnaire.

    Parameters
    ----------
    name_or_path : str or Path
        A YAML file (UTF-8, a byte-order mark is accepted), or a study folder that holds ``instrument.yaml``.

    Returns
    -------
    Instrument

    Raises
    ------
    InstrumentError
        With file and line: ``yaml_missing``, ``yaml_encoding``, ``yaml_syntax``, ``yaml_unsafe``, ``yaml_alias``,
        ``yaml_duplicate_key``; ``instrument_schema`` naming the entry, the rule and what stands there; and the
        faults that ``Instrument`` lists.

    Notes
    -----
    Unquoted words stay text: a code ``NO`` or ``Y`` is no truth value here. A number where text belongs (``version:
    1.0``) is refused, not turned into text.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> ak.read_instrument("data/bfi")
    <instrument bfi-25 1.0: 25 items, 5 dimensions>
    """
    path = Path(name_or_path)
    if path.is_dir():
        path = path / FILE_NAME
    document = read_yaml_file(path, InstrumentError)
    fault = schema_fault(document, _schema())
    if fault is not None:
        raise InstrumentError(
            "instrument_schema", file=path, row=fault.row, expected=fault.expected, got=fault.got, path=fault.place
        )
    try:
        return _build(document.data)
    except InstrumentError as broken:
        steps = broken.values["steps"]
        row = document.row(*steps)  # type: ignore[misc]
        raise InstrumentError(
            broken.code, file=path, row=row, column=broken.where.column, expected=broken.expected, got=broken.got,
            **broken.values,
        ) from None  # fmt: skip


def write_instrument(instrument: Instrument, path: str | Path) -> Path:
    """Write a questionnaire; reading the file gives an equal instrument.

    Parameters
    ----------
    instrument : Instrument
        What to write.
    path : str or Path
        A YAML file, or a folder that shall hold ``instrument.yaml``.

    Returns
    -------
    Path
        The file, written whole or not at all.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> instrument = ak.read_instrument("data/bfi")
    >>> ak.read_instrument(ak.write_instrument(instrument, "copy.yaml")) == instrument
    True
    """
    path = Path(path)
    if path.is_dir():
        path = path / FILE_NAME
    return write_text(path, _dumped(as_plain(instrument)))


def _dumped(plain: Mapping[str, Any]) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        def represent_text(self, words: str) -> yaml.ScalarNode:
            # only double quotes keep these: elsewhere they would end a line or open the file
            style = '"' if any(mark in words for mark in "\x85\u2028\u2029\ufeff") else None
            return self.represent_scalar("tag:yaml.org,2002:str", words, style=style)

    Dumper.add_representer(str, Dumper.represent_text)
    return yaml.dump(plain, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)


@cache
def _schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(files(__package__).joinpath("schema.json").read_text(encoding="utf-8"))
    return schema


def _build(data: Mapping[str, Any]) -> Instrument:
    return Instrument(
        name=data["name"],
        title=Words(data["title"]),
        version=data["version"],
        source=data.get("source", ""),
        licence=data.get("licence", ""),
        legal_basis=data.get("legal_basis", ""),
        note=Words(data.get("note")),
        scale=ResponseScale(**data["scale"]),
        dimensions=tuple(Dimension(**entry) for entry in data["dimensions"]),
        items=tuple(_item(entry) for entry in data["items"]),
        missing=tuple(MissingKind(**entry) for entry in data.get("missing", ())),
        groups=tuple(Background(**entry) for entry in data.get("groups", ())),
    )


def _item(entry: Mapping[str, Any]) -> Item:
    scale = entry.get("scale")
    return Item(**{**entry, "scale": None if scale is None else ResponseScale(**scale)})
