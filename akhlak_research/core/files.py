"""Files are written whole or not at all; locks end with the process that holds them."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_bytes(path: Path | str, content: bytes) -> Path:
    """Write through a temporary neighbour and a rename, so that an interrupted write leaves the old file."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)  # only there if something went wrong
    return path


def write_text(path: Path | str, content: str) -> Path:
    """UTF-8 with line feeds on every system; see ``write_bytes``."""
    return write_bytes(path, content.encode("utf-8"))


@contextmanager
def locked(path: Path | str, patience: float) -> Iterator[bool]:
    """Hold a lock over processes; yields whether it was got within ``patience`` seconds.

    The system ends it with the process, however that ends, so there is never an old lock to judge.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        until = time.monotonic() + patience
        got = _try_lock(stream.fileno())
        while not got and time.monotonic() < until:
            time.sleep(0.01)
            got = _try_lock(stream.fileno())
        yield got


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
