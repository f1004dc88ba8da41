"""A drafted instrument as YAML, with a comment wherever something was guessed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from akhlak_research.core.files import write_text
from akhlak_research.core.text import text
from akhlak_research.instrument.files import FILE_NAME
from akhlak_research.instrument.plain import as_plain

if TYPE_CHECKING:
    from akhlak_research.responses.draft import Draft

_WIDTH = 110


def write_draft(draft: Draft, path: str | Path) -> Path:
    """Write a draft; see ``Draft.write``. Comments are in the active language."""
    path = Path(path)
    if path.is_dir():
        path = path / FILE_NAME
    plain = as_plain(draft.instrument)
    parts = [_comment(text("draft.file_head", file=draft.source))]
    parts.append(_dump({key: plain[key] for key in plain if key not in _SECTIONS}))
    for key in _SECTIONS:
        if key in plain:
            parts += [_comment(said) for said in _about(draft, key)]
            parts.append(_items(draft, plain[key]) if key == "items" else _dump({key: plain[key]}))
    return write_text(path, "".join(parts))


_SECTIONS = ("scale", "missing", "dimensions", "items", "groups")


def _about(draft: Draft, section: str) -> list[str]:
    """What is to be confirmed in a section."""
    if section == "scale":
        seen = text("draft.scale_unseen", levels=draft.unseen) if draft.unseen else text("draft.scale_seen")
        return [text("draft.scale_check"), seen]
    if section == "dimensions":
        return [text(f"draft.dimensions_{draft.basis}"), text("draft.dimensions_check")]
    return [text(f"draft.{section}_check")]


def _items(draft: Draft, entries: Iterable[dict[str, Any]]) -> str:
    """The items one by one, each under the header of its column."""
    headers = {column.code: column.column for column in draft.columns if column.role == "item"}
    parts = ["items:\n"]
    for entry in entries:
        if headers[entry["code"]].strip() not in (entry["code"], *entry["text"].values()):
            parts.append(_comment(text("draft.item_column", header=" ".join(headers[entry["code"]].split())), 2))
        if entry["code"] in draft.maybe_reversed:
            parts.append(_comment(text("draft.item_reversed"), 2))
        if "scale" in entry:
            parts.append(_comment(text("draft.item_scale"), 2))
        parts.append("".join(f"  {line}\n" for line in _dump([entry]).splitlines()))
    return "".join(parts)


def _comment(said: str, indent: int = 0) -> str:
    import textwrap

    lead = " " * indent + "# "
    return "".join(f"{lead}{line}\n" for line in textwrap.wrap(said, _WIDTH - len(lead)))


def _dump(plain: Any) -> str:
    import yaml

    return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=_WIDTH))
