"""The ledger: what was computed, in order, each line sealed by a hash that covers the line before it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import locked

START = "0" * 64
#: seconds to wait for another run that is writing
LOCK_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: ``event`` of ``name`` in ``stage``, with the SHA-256 of what it is about."""

    seq: int
    time: str
    event: str
    stage: int | None
    name: str
    digest: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


def seal(body: Mapping[str, Any]) -> str:
    """SHA-256 of a line's canonical JSON without its own ``hash``."""
    plain = {key: value for key, value in body.items() if key != "hash"}
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ledger:
    """An append-only file of JSON lines.

    A line that a crash left unfinished at the end is dropped at the next append; anything else that does not fit the
    chain is an error, because it means that the file was edited.
    """

    path: Path

    def entries(self) -> list[Entry]:
        """All lines, checked.

        Raises
        ------
        StudyError
            ``ledger_broken`` with the line that does not follow from the one before.
        """
        entries: list[Entry] = []
        previous = START
        for row, line in enumerate(self._whole_lines(), 1):
            try:
                body = json.loads(line)
                entry = Entry(**body)
            except (json.JSONDecodeError, TypeError) as fault:
                raise StudyError("ledger_broken", file=self.path, row=row, got=type(fault).__name__) from fault
            if (entry.previous, entry.seq, entry.hash) != (previous, row, seal(body)):
                raise StudyError("ledger_broken", file=self.path, row=row, got=entry.hash[:12])
            entries.append(entry)
            previous = entry.hash
        return entries

    def _whole_lines(self) -> list[str]:
        if not self.path.is_file():
            return []
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]  # what follows the last line feed was never finished
        return whole.decode("utf-8").splitlines()

    def last(self, event: str, name: str) -> Entry | None:
        """The newest line of an event about a name."""
        found = [entry for entry in self.entries() if entry.event == event and entry.name == name]
        return found[-1] if found else None

    def append(self, event: str, name: str, digest: str, stage: int | None = None, **detail: Any) -> Entry:
        """Add a line, unless the newest one of this event and name already says the same; returns that line."""
        with self._lock():
            entries = self.entries()
            same = [e for e in entries if e.event == event and e.name == name]
            if same and (same[-1].digest, dict(same[-1].detail)) == (digest, detail):
                return same[-1]
            body: dict[str, Any] = {
                "seq": len(entries) + 1, "time": _now(), "event": event, "stage": stage, "name": name,
                "digest": digest, "detail": detail, "previous": entries[-1].hash if entries else START,
            }  # fmt: skip
            body["hash"] = seal(body)
            self._write_line(json.dumps(body, ensure_ascii=False, sort_keys=True))
            return Entry(**body)

    def _write_line(self, line: str) -> None:
        with self.path.open("ab") as stream:
            content = self.path.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                stream.truncate(whole)
            stream.seek(0, os.SEEK_END)
            stream.write(line.encode("utf-8") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One writer at a time, over processes."""
        with locked(self.path.with_suffix(".lock"), LOCK_PATIENCE) as got:
            if not got:
                raise StudyError("ledger_locked", file=self.path.with_suffix(".lock"))
            yield


def _now() -> str:
    """UTC to the second; SOURCE_DATE_EPOCH, where set, makes reruns byte-identical."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
