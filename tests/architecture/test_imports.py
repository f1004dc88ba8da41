"""Imports run one way only: core → … → cli."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "akhlak_research"
ORDER = [
    "core", "catalog", "instrument", "responses", "survey", "counts", "measure", "index", "disclosure", "stages",
    "report", "release", "simulate", "cli",
]  # fmt: skip
FLOOR = {room: level for level, room in enumerate(ORDER)}
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem not in ("__init__", "__main__")
)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a module imports, at the top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            names = (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "akhlak_research"
                else [node.module or ""]
            )
        found |= {name.split(".")[1] for name in names if name.startswith("akhlak_research.")}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_its_own_room_or_lower_ones(path):
    room = room_of(path)
    upward = {other for other in imported_rooms(path) - {"__version__"} if FLOOR[other] > FLOOR[room]}
    assert not upward, f"{path.relative_to(PACKAGE)} ({room}) imports upward: {upward}"


def test_every_room_opens_with_one_sentence():
    for room in (path for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()):
        source = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(source), f"{room.name}/__init__.py says nothing"
        assert len(source.body) == 1, f"{room.name}/__init__.py holds more than its sentence"


def test_the_checker_sees_an_upward_import(tmp_path):
    """The rule itself can fail."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f():\n    from akhlak_research.report.site import build_site\n", encoding="utf-8")
    assert imported_rooms(wrong) == {"report"}
