"""Catalogues are YAML files beside their JSON schema; nothing unchecked enters the program."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import EnvironmentProblem
from akhlak_research.core.yaml_files import Step, YamlFile, read_yaml_file

FOLDER = Path(str(files(__package__)))


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """The first entry of a file that its schema refuses.

    Attributes
    ----------
    path : tuple of str and int
        Way to the entry.
    row : int
        Its line.
    expected, got : str
        The rule it breaks and what stands there.
    """

    path: tuple[Step, ...]
    row: int
    expected: str
    got: str

    @property
    def place(self) -> str:
        """The way to the entry as one word: ``items[3].text``."""
        return place(self.path)


def place(path: tuple[Step, ...]) -> str:
    """A path as one word: ``items[3].text``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".") or "(top)"


def schema_fault(document: YamlFile, schema: Mapping[str, Any]) -> SchemaFault | None:
    """The fault nearest the top of the file, or None where the schema is met."""
    from jsonschema import Draft202012Validator

    faults = [
        SchemaFault(tuple(fault.absolute_path), document.row(*fault.absolute_path), *_rule_and_value(fault))
        for fault in Draft202012Validator(schema).iter_errors(document.data)
    ]
    return min(faults, key=lambda fault: (fault.row, fault.place, fault.expected), default=None)


def _rule_and_value(fault: Any) -> tuple[str, str]:
    rule, value, found = fault.validator, fault.validator_value, fault.instance
    if rule == "required":
        return next(name for name in value if name not in found), "–"
    if rule == "additionalProperties":
        known = list(fault.schema.get("properties", ()))
        extra = [name for name in found if name not in known]
        return ", ".join(known), ", ".join(map(str, extra))
    if rule == "type":
        return value if isinstance(value, str) else ", ".join(value), _shown(found)
    if rule == "enum":
        return ", ".join(map(str, value)), _shown(found)
    return f"{rule} {value}", _shown(found)


def _shown(value: object) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= 60 else said[:57] + "..."


@cache
def _load(name: str) -> Any:
    source = FOLDER / f"{name}.yaml"
    document = read_yaml_file(source, EnvironmentProblem)
    schema = json.loads((FOLDER / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    fault = schema_fault(document, schema)
    if fault is not None:
        said = {"expected": fault.expected, "got": fault.got, "path": fault.place}
        raise EnvironmentProblem("catalogue_schema", file=source.name, row=fault.row, **said)
    return document.data


def catalogues() -> tuple[str, ...]:
    """Names of the catalogues."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load(name: str) -> dict[str, Any]:
    """A catalogue as plain data, checked against its schema.

    Parameters
    ----------
    name : str
        One of ``catalogues()``, e.g. ``"thresholds"``.

    Returns
    -------
    dict
        The caller's own copy.

    Raises
    ------
    ArgumentError
        ``unknown_choice``.
    EnvironmentProblem
        ``catalogue_schema`` where the file breaks its schema.

    Examples
    --------
    >>> from akhlak_research.catalog.loader import load
    >>> sorted(load("thresholds")["thresholds"][0])[:3]
    ['cited_to', 'comparison', 'name']
    """
    check_choice(name, catalogues(), "name")
    data: dict[str, Any] = copy.deepcopy(_load(name))
    return data
