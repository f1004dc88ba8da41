"""Where a result comes from: digests of files and of the program, versions of the packages."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def text_digest(content: str) -> str:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


@cache
def program_digest() -> str:
    """SHA-256 of the workbench's own files: a changed program may give other numbers under the same version."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".yaml", ".json", ".html", ".css"):
            digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages behind the numbers."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from akhlak_research import __version__

    found = {"akhlak-research": __version__, "Python": platform.python_version()}
    for name in ("numpy", "scipy", "pandas", "pingouin", "factor_analyzer", "statsmodels", "matplotlib", "seaborn"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
