"""Rules of the house that a reader should not have to check by eye."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import time
from pathlib import Path
from string import Formatter

import pytest

import akhlak_research as ak
from akhlak_research.core.text import LANGUAGES, text_keys

PACKAGE = Path(ak.__file__).parent
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
SPEAKERS = {"cli.py", "__main__.py"}


def test_texts_exist_in_both_languages_with_the_same_values():
    faults = []
    for key, words in text_keys().items():
        if set(words) != set(LANGUAGES) or not all(isinstance(w, str) and w.strip() for w in words.values()):
            faults.append(f"{key}: {sorted(words)}")
            continue
        named = {lang: {name for _, name, _, _ in Formatter().parse(words[lang]) if name} for lang in LANGUAGES}
        if named["id"] != named["en"]:
            faults.append(f"{key}: values differ {named}")
    assert not faults, "\n".join(faults)


def test_no_key_stands_twice():
    seen = {}
    for path in sorted((PACKAGE / "core" / "text").glob("*.yaml")):
        for key in re.findall(r"^([\w.<>-]+):", path.read_text(encoding="utf-8"), re.M):
            assert key not in seen, f"{key} in {path.name} and {seen[key]}"
            seen[key] = path.name


def codes_used() -> dict[str, str]:
    """Text key → place, for every error, notice and unavailable code that the source names."""
    kinds = {"Notice": "notice", "Unavailable": "unavailable"}
    errors = {
        "AkhlakError", "ArgumentError", "DataError", "InstrumentError", "StudyError", "MethodError",
        "EnvironmentProblem",
    }  # fmt: skip
    used = {}
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            code = node.args[0]
            if not (isinstance(code, ast.Constant) and isinstance(code.value, str)):
                continue
            kind = "error" if node.func.id in errors else kinds.get(node.func.id)
            if kind:
                used[f"{kind}.{code.value}"] = f"{path.name}:{node.lineno}"
    return used


def test_every_code_has_its_words_and_every_error_a_hint():
    used = codes_used()
    assert len(used) > 20
    missing = [f"{key} ({place})" for key, place in used.items() if key not in text_keys()]
    hints = [key for key in used if key.startswith("error.") and f"{key}.hint" not in text_keys()]
    assert not missing, missing
    assert not hints, hints


def test_every_kind_of_result_has_a_caption():
    kinds = {
        line.value.value
        for tree in SOURCES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.AnnAssign) and getattr(line.target, "id", "") == "kind"
        and isinstance(line.value, ast.Constant) and "ClassVar" in ast.unparse(line.annotation)
    }  # fmt: skip
    assert len(kinds) > 15
    missing = sorted(kind for kind in kinds - {"by_group"} if f"caption.{kind}" not in text_keys())
    assert not missing


def test_no_words_without_use():
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    unused = [
        key
        for key in text_keys()
        if key.split(".")[0] in ("error", "notice", "unavailable")
        and not re.search(rf"[\"'](\w+\.)?{re.escape(key.split('.')[1])}[\"']", source)
        and key.split(".")[1] not in ("weights_invalid", "frequencies_invalid")  # built from the argument's name
    ]
    assert not unused, unused


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_keeps_the_rules(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{lines} lines"
    for node in ast.walk(SOURCES[path]):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None and getattr(node.type, "id", "") not in ("Exception", "BaseException"), (
                f"broad except, line {node.lineno}"
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            assert path.name in SPEAKERS, f"print in the library, line {node.lineno}"
        if isinstance(node, ast.Attribute) and node.attr == "seed" and ast.unparse(node).endswith("random.seed"):
            raise AssertionError(f"global seed, line {node.lineno}")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (
                node.end_lineno
                - node.lineno
                - (len(ast.get_docstring(node).split("\n")) if ast.get_docstring(node) else 0)
            )
            assert size <= 60, f"{node.name}: {size} lines without its docstring"


FUNCTIONS = [name for name in ak.__all__ if inspect.isfunction(getattr(ak, name))]


@pytest.mark.parametrize("name", ak.__all__)
def test_public_names_exist_and_are_documented(name):
    assert inspect.getdoc(getattr(ak, name)), name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_are_typed_and_have_a_full_docstring(name):
    function = getattr(ak, name)
    if hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter
    document = inspect.getdoc(function)
    for section in ("Parameters\n---", "Examples\n---"):
        assert section in document or not signature.parameters, f"{name}: no section {section.split()[0]}"
    for parameter in signature.parameters:
        assert re.search(rf"\b{parameter}\b", document), f"{name}: {parameter} is not described"


def test_import_is_light_and_quick():
    """The flat import loads neither pandas nor scipy (goal: < 0.2 s; the limit leaves room for a busy machine)."""
    probe = "import akhlak_research, sys; print([m for m in ('pandas', 'scipy', 'numpy', 'yaml') if m in sys.modules])"
    start = time.perf_counter()
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
    assert time.perf_counter() - start < 2


def test_old_pythons_can_read_the_door():
    """__init__ and __main__ must parse anywhere, or a wrong version gets a syntax error instead of a sentence."""
    for name in ("__init__.py", "__main__.py"):
        source = (PACKAGE / name).read_text(encoding="utf-8")
        tree = ast.parse(source, feature_version=(3, 6))
        assert not any(isinstance(node, ast.JoinedStr | ast.NamedExpr | ast.Match) for node in ast.walk(tree))


def test_gpl_packages_are_imported_by_the_adapter_only():
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [getattr(node, "module", "") or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                if name.split(".")[0] in ("pingouin", "factor_analyzer", "krippendorff"):
                    assert path.name == "second_opinion.py", f"{path.name} imports {name}"
                    assert node not in tree.body, "must be imported on demand"


def test_room_modules_import():
    for path in SOURCES:
        if path.name != "__main__.py":
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
