"""``study.yaml``: read, checked against its schema, nothing guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from akhlak_research.catalog.loader import schema_fault
from akhlak_research.core.errors import StudyError
from akhlak_research.core.yaml_files import read_yaml_file


def read_settings(folder: Path) -> Mapping[str, Any]:
    """The settings of the study in a folder."""
    source = folder / "study.yaml"
    if not source.is_file():
        raise StudyError("no_study", file=folder)
    settings = read_yaml_file(source, StudyError)
    schema = json.loads(files(__package__).joinpath("study.schema.json").read_text(encoding="utf-8"))
    fault = schema_fault(settings, schema)
    if fault is not None:
        raise StudyError(
            "study_schema", file=source, row=fault.row, column=fault.place, got=fault.got, expected=fault.expected
        )
    return dict(settings.data)
