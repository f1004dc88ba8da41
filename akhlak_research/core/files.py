"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
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
