"""Whether a study with made-up answers is open, so that what JupyterLab shows of it is marked as simulated.

Pages know their study. An exhibit in a running notebook does not, and a saved picture must not lose the mark: once a
simulated study was opened in a process, every exhibit about a study is marked there. To mark too much is the smaller
fault.
"""

from __future__ import annotations

_opened: set[str] = set()


def open_simulated(study: str) -> None:
    """Note that a simulated study was opened."""
    _opened.add(study)


def simulated_is_open() -> bool:
    """Whether one was."""
    return bool(_opened)
