"""Packages that only some tasks need: imported when asked for, or a clear word about what to install."""

from __future__ import annotations

import importlib
from typing import Any

from akhlak_research.core.errors import EnvironmentProblem


def need(package: str, extra: str) -> Any:
    """Import a module that belongs to an extra of this project.

    Raises
    ------
    EnvironmentProblem
        ``missing_package``, naming the extra.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package=package.split(".")[0], extra=extra) from error
