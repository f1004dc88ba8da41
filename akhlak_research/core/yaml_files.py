"""YAML as plain data: strings, numbers, true/false, lists, mappings; every value knows the line it stands on.

The text is composed into nodes and the nodes are turned into plain values here, so nothing in a file can name a Python
object to build. Of unquoted words only ``true``/``false``, ``null`` and decimal numbers are not strings: the
YAML 1.1 readings that turn ``NO`` into False, ``12:30`` into 750 and ``010`` into 8 are switched off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from akhlak_research.core.errors import AkhlakError, DataError

if TYPE_CHECKING:
    import yaml

Step = str | int
_TAG = "tag:yaml.org,2002:"
_ALIAS = "alias"
_PLAIN = {
    "bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), [*"tTfF"]),
    "int": (re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,17})$"), [*"-+0123456789"]),
    "float": (re.compile(r"^[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?$"), [*"-+0123456789"]),
    "null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
}
_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str, "int": int, "float": float, "bool": lambda word: word.lower() == "true", "null": lambda word: None,
}  # fmt: skip

#: settings and questionnaires are written by people
_MOST_BYTES = 20 * 1024**2


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a YAML file holds.

    Attributes
    ----------
    data : object
        Plain values.
    file : str
        Its path as given.
    """

    data: Any
    file: str
    _rows: dict[tuple[Step, ...], int]

    def row(self, *path: Step) -> int:
        """Line (from 1) of the value at a path; of the nearest value around it where the path does not exist."""
        while path and path not in self._rows:
            path = path[:-1]
        return self._rows.get(path, 1)


def read_yaml(path: str | Path, error: type[AkhlakError] = DataError) -> Any:
    """Plain values of a YAML file; see ``read_yaml_file``."""
    return read_yaml_file(path, error).data


def read_yaml_file(path: str | Path, error: type[AkhlakError] = DataError) -> YamlFile:
    """A YAML file with the line of every value.

    Parameters
    ----------
    path : str or Path
        UTF-8; a byte-order mark is accepted.
    error : type
        Class of the error to raise.

    Raises
    ------
    AkhlakError
        Of class ``error``: ``yaml_missing``, ``yaml_too_large``, ``yaml_encoding``, ``yaml_syntax``, ``yaml_unsafe`` (a
        tag that names an object), ``yaml_alias``, ``yaml_duplicate_key``, each with the line.
    """
    path = Path(path)
    if not path.is_file():
        raise error("yaml_missing", file=path)
    if path.stat().st_size > _MOST_BYTES:
        raise error("yaml_too_large", file=path, got=path.stat().st_size, expected=_MOST_BYTES)
    content = path.read_bytes()
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        row, byte = content[: fault.start].count(b"\n") + 1, content[fault.start]
        raise error("yaml_encoding", file=path, row=row, expected="UTF-8", got=f"0x{byte:02X}") from None
    rows: dict[tuple[Step, ...], int] = {}
    data = _Reading(str(path), error, rows).value(_compose(words, path, error), ())
    return YamlFile(data, str(path), rows)


def _compose(words: str, path: Path, error: type[AkhlakError]) -> yaml.Node | None:
    import yaml

    try:
        return yaml.compose(words, Loader=_loader())
    except yaml.reader.ReaderError as fault:
        row = words[: fault.position].count("\n") + 1
        raise error("yaml_syntax", file=path, row=row, got=f"U+{fault.character:04X}") from None
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        code = "yaml_alias" if fault.problem == _ALIAS else "yaml_syntax"
        raise error(code, file=path, row=mark.line + 1 if mark else 1, got=fault.problem or "") from None
    except RecursionError:
        raise error("yaml_syntax", file=path, row=1, got="nesting") from None


@cache
def _loader() -> Any:
    import yaml

    class PlainLoader(yaml.SafeLoader):
        yaml_implicit_resolvers = {}  # noqa: RUF012

        def compose_node(self, parent: Any, index: Any) -> Any:
            # an alias repeats a part without writing it: a small file could unfold without end
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                raise yaml.MarkedYAMLError(problem=_ALIAS, problem_mark=mark)
            return super().compose_node(parent, index)

    for name, (pattern, starts) in _PLAIN.items():
        PlainLoader.add_implicit_resolver(_TAG + name, pattern, starts)
    return PlainLoader


@dataclass(frozen=True, slots=True)
class _Reading:
    """Turns nodes into plain values and notes their lines."""

    file: str
    error: type[AkhlakError]
    rows: dict[tuple[Step, ...], int]

    def value(self, node: yaml.Node | None, path: tuple[Step, ...]) -> Any:
        if node is None:
            return None
        self.rows[path] = node.start_mark.line + 1
        kind, name = _kind(node), str(node.tag).removeprefix(_TAG)
        if (kind, name) == ("mapping", "map"):
            return self.mapping(node, path)
        if (kind, name) == ("sequence", "seq"):
            return [self.value(part, (*path, position)) for position, part in enumerate(node.value)]
        if kind == "scalar" and name in _SCALARS and (name == "str" or _PLAIN[name][0].match(node.value)):
            return _SCALARS[name](node.value)
        raise self.error("yaml_unsafe", file=self.file, row=self.rows[path], got=str(node.tag).replace(_TAG, "!!"))

    def mapping(self, node: yaml.Node, path: tuple[Step, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            row = key_node.start_mark.line + 1
            if _kind(key_node) != "scalar":
                raise self.error("yaml_syntax", file=self.file, row=row, got=_kind(key_node))
            key = self.value(key_node, path)
            if key in found:
                raise self.error("yaml_duplicate_key", file=self.file, row=row, got=str(key))
            found[key] = self.value(value_node, (*path, key))
        self.rows[path] = node.start_mark.line + 1
        return found


def _kind(node: yaml.Node) -> str:
    return str(getattr(node, "id", ""))
